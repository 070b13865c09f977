"""A question as a piece of a built page: HTML with its first variant, and all variants packed.

The first variant can be read without scripts, its worked answer in a native ``details``. The page's
script swaps what differs between variants, and compares answers in their normal form; it knows
nothing of convolution. What it needs is JSON, deflated, in base64, in ``data-question`` (which the
book puts into a file beside the page):
``says`` (the texts of `SAYS`), ``number`` and ``pair`` (how they are read), ``labels``, and in
``texts``, ``fields``, ``solutions`` (HTML), ``keys`` and ``hints`` one entry for each variant.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Collection
from html import escape

from convlib._types import Cell
from convlib.draw.svg import grid_part, legend_html
from convlib.questions.declaration import NUMBER, PAIR, SAYS, Board, Case, Declaration
from convlib.scenes.scene import Grid

__all__ = ["cell_labels", "grid_words", "page_form", "rich"]


def rich(text: str) -> str:
    """Return a text as HTML: what stands between backticks is code.

    Examples
    --------
    >>> rich("`k < 3` & more")
    '<code>k &lt; 3</code> &amp; more'
    """
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def page_form(question: Declaration) -> str:
    """Return a question as HTML: ``<div class="question" id="question-NAME">``."""
    name, first = question.name, question.cases[0]
    return f"""\
<div class="question" id="question-{name}" data-name="{name}" data-kind="{question.kind}" \
data-question="{_pack(question)}">
<p class="question-title"><span class="done" hidden>answered</span></p>
<form method="dialog" autocomplete="off"><fieldset disabled><legend>{rich(first.text)}</legend>
<div class="fields">{_fields(question, first)}</div>
<div class="buttons"><button>Check</button>\
<button type="button" data-do="next">Another one</button></div></fieldset></form>
<noscript><p class="note">To check an answer, the page needs JavaScript.</p></noscript>
<div class="result" role="status" id="result-{name}"></div>
<details><summary>Worked answer</summary><div class="solution">{_solution(first)}</div>\
</details>
</div>"""


def _pack(question: Declaration) -> str:
    cases = question.cases
    content = {
        "says": SAYS,
        "number": NUMBER,
        "pair": PAIR,
        "labels": question.labels,
        "texts": [rich(case.text) for case in cases],
        "fields": [_fields(question, case) for case in cases],
        "solutions": [_solution(case) for case in cases],
        "keys": [case.key for case in cases],
        "hints": [case.hints for case in cases],
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _fields(question: Declaration, case: Case) -> str:
    if isinstance(case.shown, tuple):
        return "".join(
            f'<label class="option"><input type="radio" name="{question.name}" value="{number}">'
            f"<span>{rich(option)}</span></label>"
            for number, option in enumerate(case.shown)
        )
    if isinstance(case.shown, Board):
        board = case.shown
        grids = "".join(
            _board(grid)
            if grid.name == board.grid
            else _still(grid, board.asked.get(grid.name, ()))
            for grid in board.scene.grids
        )
        roles = board.scene.used_roles() - {"input", "kernel", "output"}
        return f'<div class="scene"><div class="grids">{grids}</div>{legend_html(roles)}</div>'
    negative = any("-" in case.key for case in question.cases)
    return "".join(
        f'<label>{escape(label)} <input type="text" size="9" spellcheck="false" '
        f'inputmode="{"text" if negative else "numeric"}" '
        f'aria-describedby="result-{question.name}"></label>'
        for label in question.labels
    )


def _solution(case: Case) -> str:
    lines = "".join(f"<p>{rich(line)}</p>" for line in case.solution.splitlines())
    if not isinstance(case.shown, Board):
        return lines
    grid = _still(case.shown.chosen_in, case.right_cells)
    return f'{lines}<div class="scene"><div class="grids">{grid}</div></div>'


def _still(grid: Grid, outlined: Collection[Cell]) -> str:
    """Return a grid to look at, and its numbers for who cannot."""
    return (
        f'<div class="grid" data-grid="{grid.name}" role="img" '
        f'aria-label="{escape(grid_words(grid, outlined))}">{grid_part(grid, outlined).html}</div>'
    )


def grid_words(grid: Grid, outlined: Collection[Cell] = ()) -> str:
    """Return a grid in words, for who cannot see it.

    Examples
    --------
    >>> from convlib.scenes.scene import grid
    >>> grid_words(grid("output", "output 2×1", [["4"], [""]], "output"), {(1, 0)})
    'output 2×1: 4; empty; outlined: row 1 column 0'
    """
    rows = "; ".join(" ".join(value or "empty" for value in row) for row in grid.values)
    marked = ", ".join(f"row {row} column {column}" for row, column in sorted(outlined))
    return f"{grid.title}: {rows}" + (f"; outlined: {marked}" if marked else "")


def _board(grid: Grid) -> str:
    """Return a grid whose cells are chosen: a native checkbox lies over each."""
    _, columns = grid.shape
    boxes = "".join(
        f'<input type="checkbox" aria-label="{escape(label)}">' for label in cell_labels(grid)
    )
    html = grid_part(grid).html.replace("</p>", ": choose here</p>", 1)
    html = html.replace("<svg ", '<div class="board"><svg aria-hidden="true" ')
    return (
        f'<div class="grid" data-grid="{grid.name}">{html}'
        f'<div class="cells" style="--columns:{columns}">{boxes}</div></div></div>'
    )


def cell_labels(grid: Grid) -> list[str]:
    """Return what a reader who cannot see the grid hears at each cell.

    Examples
    --------
    >>> from convlib.scenes.scene import grid
    >>> cell_labels(grid("input", "", [[3, 0]], [["input", "padding"]]))
    ['row 0, column 0: 3', 'row 0, column 1: 0, padding']
    """
    return [
        f"row {row}, column {column}"
        + (f": {value}" if value else "")
        + ("" if role.split()[0] in ("input", "output", "blank") else f", {role.split()[0]}")
        for row, (values, roles) in enumerate(zip(grid.values, grid.roles, strict=True))
        for column, (value, role) in enumerate(zip(values, roles, strict=True))
    ]
