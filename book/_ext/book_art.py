"""The book's own pictures, drawn while it is built: logo, icon, and the card of a shared link."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

from convlib.draw.looks import INK, ROLE_LOOKS, css_variables

FOLDER = "_static/art"
FILES = ("favicon.svg", "favicon.png", "card.png")
# Colours of the logo, which is seen on light and on dark: those that the roles' lines have in the
# dark are bright enough for both.
GRID, KERNEL = ROLE_LOOKS["input"].edge[1], ROLE_LOOKS["kernel"].edge[1]
CENTRE = ROLE_LOOKS["output"].edge[0]


def logo_cells() -> list[tuple[int, int, str]]:
    """Return (row, column, colour) of each cell: a 3x3 kernel over a 4x4 grid, and its output."""
    cells = []
    for row in range(4):
        for column in range(4):
            under = row >= 1 and column >= 1
            colour = CENTRE if (row, column) == (2, 2) else KERNEL if under else GRID
            cells.append((row, column, colour))
    return cells


def logo_svg() -> str:
    """Return the logo, 32 units wide."""
    rectangles = "".join(
        f'<rect x="{8 * column + 0.5}" y="{8 * row + 0.5}" width="7" height="7" rx="1.2" '
        f'fill="{colour}"/>'
        for row, column, colour in logo_cells()
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">{rectangles}</svg>\n'


def logo_png(path: Path, size: int = 180) -> None:
    """Write the logo as pixels, for what cannot show SVG."""
    from PIL import Image, ImageDraw

    image = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    unit = size / 32
    for row, column, colour in logo_cells():
        left, top = (8 * column + 0.5) * unit, (8 * row + 0.5) * unit
        box = (left, top, left + 7 * unit, top + 7 * unit)
        pen.rounded_rectangle(box, 1.2 * unit, fill=colour)
    image.save(path, optimize=True)


def step_png(path: Path) -> None:
    """Write one step of a convolution, as the stride explorer shows it: the README's picture."""
    from convlib.draw import draw_scene
    from convlib.scenes.convolution import convolution_scene, example_input, example_kernel

    scene = convolution_scene(example_input(6), example_kernel(3), stride=2, padding=1)
    draw_scene(scene, step=(1, 2)).savefig(path, format="png", metadata={"Software": None})


def card_png(path: Path, title: str) -> None:
    """Write the card of a shared link: the title and one step, 1200x630 pixels."""
    from io import BytesIO

    from matplotlib.font_manager import findfont
    from PIL import Image, ImageDraw, ImageFont

    step_png(picture := BytesIO())
    step = Image.open(picture)
    card = Image.new("RGB", (1200, 630), "white")
    font = ImageFont.truetype(findfont("DejaVu Sans:bold"), 52)
    ImageDraw.Draw(card).text((60, 40), title, INK[0], font)
    step.thumbnail((1080, 490), Image.Resampling.LANCZOS)
    card.paste(step, (60, 125))
    card.save(path, optimize=True)


def write_roles(app: Sphinx) -> None:
    """Write the colours of the roles for every page, before the pages name the file."""
    if app.builder.format == "html":
        path = Path(app.outdir) / "_static" / "roles.css"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(css_variables(), encoding="utf-8")


def write_art(app: Sphinx, exception: Exception | None) -> None:
    """Write the pictures beside the pages, unless they are there and nothing they show changed."""
    if exception or app.builder.format != "html":
        return
    config = app.config
    shown = f"{config.book_sources_digest} {config.book_extension_digest} {config.html_title}"
    folder, record = Path(app.outdir) / FOLDER, Path(app.doctreedir) / "art.txt"
    there = all((folder / name).is_file() for name in FILES)
    if there and record.is_file() and record.read_text(encoding="utf-8") == shown:
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "favicon.svg").write_text(logo_svg(), encoding="utf-8")
    logo_png(folder / "favicon.png")
    card_png(folder / "card.png", config.html_title)
    record.write_text(shown, encoding="utf-8")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("builder-inited", write_roles)
    app.connect("build-finished", write_art)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
