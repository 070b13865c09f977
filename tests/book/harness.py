"""A small page with explorers or questions, as the extensions would build it, without the book."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path

from convlib.draw.looks import css_variables
from convlib.explorers.declaration import Control
from convlib.explorers.explorer import Explorer
from convlib.scenes.scene import Scene, Sweep, grid

STATIC = Path(__file__).parents[2] / "book" / "_static"
COMMENT = re.compile(r"<!--pack:([\w-]+):([\w+/=]*)-->")
PAGE = """<!doctype html>
<html lang="en" data-theme="{theme}">
<head><meta charset="utf-8"><title>Harness</title>
<meta name="viewport" content="width=device-width">
<style>body {{ font: 16px/1.5 system-ui, sans-serif; margin: 12px; background: #fff }}
html[data-theme="dark"] body {{ background: #14181d; color: #e2e6ea; --book-line: #363e47;
--book-soft: #1c2228; --book-text: #e2e6ea; --book-muted: #a5aeb8; --book-paper: #14181d }}
html[data-theme="dark"] a {{ color: #8ec5f5 }}</style>
<link rel="stylesheet" href="roles.css"><link rel="stylesheet" href="explorer.css">
<link rel="icon" href="data:,">
<script defer src="numbers.js"></script>
<script defer src="predict.js"></script>
<script defer src="symbols.js"></script>
<script defer src="explorer.js"></script>{more}</head>
<body><main><h1>Harness</h1>{body}</main></body></html>
"""

ASSETS = [
    f"{name}.{kind}" for name in ("explorer", "picture", "questions") for kind in ("css", "js")
] + ["numbers.js", "predict.js", "symbols.js", "remember.js"]
PICTURE = '<link rel="stylesheet" href="picture.css"><script defer src="picture.js"></script>'
QUESTIONS = """<link rel="stylesheet" href="questions.css">
<script defer src="remember.js"></script><script defer src="questions.js"></script>"""


def write_page(folder: Path, *bodies: str, name: str = "page.html", theme: str = "light") -> Path:
    """Write a page with pieces of HTML, their packs moved to scripts; return its path."""
    body = "\n".join(bodies)
    for pack, data in COMMENT.findall(body):
        (folder / f"{pack}.js").write_text(f'explorerPack("{pack}", "{data}");\n')
        body = body.replace(f'data-pack="{pack}"', f'data-pack="{pack}.js" data-pack-name="{pack}"')
    (folder / "roles.css").write_text(css_variables())
    for asset in ASSETS:
        shutil.copy(STATIC / asset, folder)
    page = folder / name
    more = QUESTIONS if 'class="question"' in body else ""
    more += PICTURE if "picture-explorer" in body else ""
    page.write_text(PAGE.format(theme=theme, body=COMMENT.sub("", body), more=more))
    return page


def _toy_scene(size: int, kind: str) -> Scene:
    """Return a product of a row and a column: two steps' worth of everything a scene can hold."""
    if size == 4:
        return Scene((grid("factors", "", [[1]], "input"),), "None.", error="4 < 5 & no picture")
    numbers = [value - 2 for value in range(size)]
    if kind == "b":
        numbers = [f"{kind}<{value}" for value in numbers]
        products = [["?" for _ in numbers]]
    else:
        products = [[3 * value for value in numbers]]
    links = tuple(((0, column),) for column in range(size))
    matrix = [[3 if row == column else "" for column in range(size)] for row in range(size)]
    roles = [["kernel" if value else "blank" for value in row] for row in matrix]
    return Scene(
        (
            grid("factors", f"{size} factors", [numbers], "input"),
            grid("weight", "weight", [[3]], "kernel"),
            grid("products", f"{size} products", products, "output"),
        ),
        f"{size} products & one weight.",
        sweep=Sweep("products", "factors", "weight", (((0, 0),),), links),
        matrix=grid("all", f"matrix {size}×{size}", matrix, roles),
        formula=f"{size} × 3 < 100",
        code=f"factors * 3  # {size} & {kind}",
    )


#: All that the stride explorer lacks: a matrix, a choice of texts, values with a hole.
TOY = Explorer(
    "toy",
    "Toy: a matrix & a choice",
    (Control("size", "size", (2, 3, 4, 6), 3), Control("kind", "kind", ("a", "b"), "a")),
    _toy_scene,
)


@cache
def page_html(explorer: Explorer, **values) -> str:
    """Return the HTML of an explorer's page form, made once a run."""
    from convlib.explorers.page import page_form

    return page_form(explorer, explorer.values(**values)).html
