"""The book's own pictures, drawn while it is built: logo, icon, and the card of a shared link."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

from convlib.roles import INK, LIT, ROLE_LOOKS, css_variables

FOLDER = "_static/art"
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


def card_png(path: Path, title: str) -> None:
    """Write the card: one step of a convolution, 1200x630 pixels."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    from convlib.operations import conv2d

    image = np.array(
        [[2, 0, 1, 3, 1], [1, 2, 0, 1, 0], [0, 1, 3, 1, 2], [2, 1, 0, 2, 1], [1, 0, 2, 1, 3]]
    )
    kernel = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    output = conv2d(image, kernel)
    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor="#fbfaf7")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 1200), ylim=(630, 0))
    axes.axis("off")

    def draw(values, left, top, side, role, lit):
        look = ROLE_LOOKS[role]
        for (row, column), value in np.ndenumerate(values):
            face = look.fill[0] if lit(row, column) else "#ffffff"
            corner = (left + side * column, top + side * row)
            edge = look.edge[0]
            axes.add_patch(Rectangle(corner, side, side, facecolor=face, edgecolor=edge, lw=2.5))
            axes.text(
                corner[0] + side / 2,
                corner[1] + side / 2,
                str(value).replace("-", "−"),
                ha="center",
                va="center",
                size=22,
                color=INK[0],
            )

    axes.text(70, 105, title, size=44, weight="bold", color=INK[0], va="center")
    draw(image, 70, 190, 72, "input", lambda row, column: row < 3 and column < 3)
    draw(kernel, 530, 262, 72, "kernel", lambda row, column: True)
    draw(output, 880, 262, 72, "output", lambda row, column: row == column == 0)
    axes.add_patch(Rectangle((70, 190), 216, 216, fill=False, edgecolor=LIT[0], lw=6))
    for x, sign in ((480, "∗"), (813, "=")):
        axes.text(x, 370, sign, size=44, ha="center", va="center", color=INK[0])
    FigureCanvasAgg(figure).print_png(path)


def write_roles(app: Sphinx) -> None:
    """Write the colours of the roles for every page, before the pages name the file."""
    if app.builder.format == "html":
        path = Path(app.outdir) / "_static" / "roles.css"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(css_variables(), encoding="utf-8")


def write_art(app: Sphinx, exception: Exception | None) -> None:
    """Write the pictures beside the pages."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "favicon.svg").write_text(logo_svg(), encoding="utf-8")
    logo_png(folder / "favicon.png")
    card_png(folder / "card.png", app.config.html_title)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("builder-inited", write_roles)
    app.connect("build-finished", write_art)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
