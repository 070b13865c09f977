"""Scenes as inline SVG: figures for the chapters, and the parts that the explorers' pages swap.

A picture is cut into *parts* (a grid, the formula, the sentence). A part is a template, shared by
all parts of the same shape, and the slots that fill it. Filling is interleaving of strings and
nothing else, so the page's script does it as well, and this stays the only SVG renderer.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from html import escape
from itertools import chain
from typing import NamedTuple

from convlib._types import Cell
from convlib.draw.looks import CELL, MARK_LOOKS
from convlib.scenes.roles import MARKS, ROLES
from convlib.scenes.scene import Bars, Fan, Grid, Scene

__all__ = [
    "LEGIBLE",
    "SLOT",
    "Part",
    "bars_part",
    "fan_html",
    "figure_html",
    "grid_part",
    "legend_html",
    "matrix_part",
    "text_part",
]

#: Stands in a template where a slot goes: ASCII's unit separator, which no text holds.
SLOT = "\x1f"
#: Most columns of a matrix whose texts are shown.
LEGIBLE = 32

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# The strokes of a mark in one cell: where each begins, and how far it goes.
_STROKES = {
    # None through the middle: a digit stands there.
    "lines": ((3, 8, 5, -5), (3, 13, 10, -10), (11, 21, 10, -10), (16, 21, 5, -5)),
    "dots": ((4.5, 4.5, 0, 0), (19.5, 4.5, 0, 0), (4.5, 19.5, 0, 0), (19.5, 19.5, 0, 0)),
}


class Part(NamedTuple):
    """A template and what fills it.

    Parameters
    ----------
    template
        HTML with n times `SLOT`.
    slots : length n
        What goes there; HTML too, so texts are escaped.
    """

    template: str
    slots: tuple[str, ...] = ()

    @property
    def html(self) -> str:
        """The template, filled.

        Examples
        --------
        >>> Part(f"<b>{SLOT}</b>", ("7",)).html
        '<b>7</b>'
        """
        pieces = self.template.split(SLOT)
        pairs = zip(pieces, (*self.slots, ""), strict=True)
        return "".join(chain.from_iterable(pairs))


def text_part(text: str) -> Part:
    """Return a text as a part: its numbers are the slots, the words between them the template.

    Examples
    --------
    >>> text_part("7 < 12").slots
    ('7', '12')
    >>> text_part("7 < 12").html
    '7 &lt; 12'
    """
    return Part(escape(_NUMBER.sub(SLOT, text), quote=False), tuple(_NUMBER.findall(text)))


def grid_part(grid: Grid, lit: Collection[Cell] = ()) -> Part:
    """Return a grid as a part: its title, and an SVG with one ``rect`` and one ``text`` per cell.

    Both are in row-major order. The template depends on the grid's shape alone; the slots are the
    title's numbers, a class for each cell, the strokes of the marks, and a text for each cell.

    Parameters
    ----------
    lit
        The cells that are outlined.
    """
    rows, columns = grid.shape
    cells = [(row, column) for row in range(rows) for column in range(columns)]
    roles = [role for row in grid.roles for role in row]
    texts = [escape(value, quote=False) for row in grid.values for value in row]
    # A cell holds three characters at the usual size; a longer text sets the size of its grid.
    longest = max(map(len, texts), default=0)
    size = f' style="font-size:{33 / longest:.3g}px"' if longest > 3 else ""
    middle = CELL // 2
    shapes = (f'<rect class="role-{SLOT}" {_box(*cell)}/>' for cell in cells)
    places = (
        f'<text x="{column * CELL + middle}" y="{row * CELL + middle}">{SLOT}</text>'
        for row, column in cells
    )
    slots = (
        *(f"{role} lit" if cell in lit else role for cell, role in zip(cells, roles, strict=True)),
        "".join(_mark_path(name, cells, roles) for name in MARK_LOOKS),
        *texts,
    )
    return _svg_part(grid, f"{''.join(shapes)}{SLOT}<g{size}>{''.join(places)}</g>", slots)


def matrix_part(grid: Grid, lit_row: int | None = None) -> Part:
    """Return a matrix as a part: its empty cells are left out, and one row can be lit.

    A convolution's matrix is mostly empty, and its rows repeat one pattern: a row is a group moved
    to its first cell, with a path for each role. The texts of more than `LEGIBLE` columns are left
    out as well, since a page is not wide enough to read them.

    Parameters
    ----------
    lit_row : optional
        The row that is outlined.
    """
    rows, columns = grid.shape
    width, height = columns * CELL, rows * CELL
    top = -height if lit_row is None else lit_row * CELL
    body = "".join(
        _matrix_row(row, *cells)
        for row, cells in enumerate(zip(grid.values, grid.roles, strict=True))
    )
    return _svg_part(
        grid,
        f'<rect class="role-blank" width="{width}" height="{height}"/><g>{SLOT}</g>'
        f'<rect class="lit-row" y="{top}" width="{width}" height="{CELL}"/>',
        [body],
    )


def _matrix_row(row: int, values: tuple[str, ...], roles: tuple[str, ...]) -> str:
    cells = [
        (column, value, role)
        for column, (value, role) in enumerate(zip(values, roles, strict=True))
        if value or role != "blank"
    ]
    if not cells:
        return ""
    first = cells[0][0]
    strokes: dict[str, str] = {}
    came_from: dict[str, int] = {}
    for column, _, role in cells:
        # A move is relative to the role's cell before; the first is relative to the group.
        move = (
            f"m{(column - came_from[role]) * CELL} 0"
            if role in came_from
            else (f"m{(column - first) * CELL + 1} 1")
        )
        came_from[role] = column
        strokes[role] = f"{strokes.get(role, '')}{move}h{CELL - 2}v{CELL - 2}h{2 - CELL}z"
    shapes = "".join(f'<path class="role-{role}" d="{d}"/>' for role, d in strokes.items())
    middle = CELL // 2
    texts = "".join(
        f'<text x="{(column - first) * CELL + middle}" y="{middle}">{escape(value, quote=False)}'
        "</text>"
        for column, value, _ in cells
        if value and len(values) <= LEGIBLE
    )
    return f'<g transform="translate({first * CELL} {row * CELL})">{shapes}{texts}</g>'


def bars_part(chart: Bars) -> Part:
    """Return a bar chart as a part: its title, and a list of label, bar and value."""
    title = text_part(chart.title)
    bar = (
        f'<li><span>{SLOT}</span><b style="width:{SLOT}%;background:var(--role-{SLOT}-fill);'
        f'border-color:var(--role-{SLOT}-edge)"></b><span>{SLOT}</span></li>'
    )
    template = f'<p class="grid-title">{title.template}</p><ul>{bar * len(chart.labels)}</ul>'
    bars = zip(chart.labels, chart.lengths, chart.roles, chart.texts, strict=True)
    slots = (
        (escape(label, quote=False), f"{60 * length:.3g}", role, role, escape(text, quote=False))
        for label, length, role, text in bars
    )
    return Part(template, (*title.slots, *chain.from_iterable(slots)))


def fan_html(fan: Fan) -> str:
    """Return a fan: its title, and an SVG with its lines, a ``rect`` and a ``text`` per cell."""
    middle = CELL // 2
    path = "".join(
        f"M{column * CELL + middle} {(row + 1) * CELL - 1}"
        f"L{under * CELL + middle} {below * CELL + 1}"
        for (row, column), (below, under) in fan.lines
    )
    shapes = "".join(
        f'<rect class="role-{fan.grid.roles[row][column]}" {_box(row, column)}/>'
        for row, column in fan.cells()
    )
    texts = "".join(
        f'<text x="{column * CELL + middle}" y="{row * CELL + middle}">'
        f"{escape(fan.grid.values[row][column], quote=False)}</text>"
        for row, column in fan.cells()
    )
    return _svg_part(fan.grid, f'<path class="fan" d="{path}"/>{shapes}<g>{texts}</g>', ()).html


def _svg_part(grid: Grid, body: str, slots: Collection[str]) -> Part:
    rows, columns = grid.shape
    title = text_part(grid.title)
    svg = f'<svg viewBox="0 0 {columns * CELL} {rows * CELL}" style="--columns:{columns}">'
    template = f'<p class="grid-title">{title.template}</p>{svg}{body}</svg>'
    return Part(template, (*title.slots, *slots))


def _box(row: int, column: int) -> str:
    side = CELL - 2
    return f'x="{column * CELL + 1}" y="{row * CELL + 1}" width="{side}" height="{side}"'


def _mark_path(mark: str, cells: Iterable[Cell], roles: Iterable[str]) -> str:
    # Each move is relative, so that cells side by side repeat the same text in a pack.
    path, at = "", (0.0, 0.0)
    for (row, column), role in zip(cells, roles, strict=True):
        if not role.endswith(f" {mark}"):
            continue
        for x, y, dx, dy in _STROKES[MARK_LOOKS[mark].pattern]:
            start = column * CELL + x, row * CELL + y
            path += f"m{start[0] - at[0]:g} {start[1] - at[1]:g}l{dx} {dy}"
            at = start[0] + dx, start[1] + dy
    return f'<path class="mark-{mark}" d="{path}"/>' if path else ""


def legend_html(used: Collection[str]) -> str:
    """Return a list of the roles and marks in `used`, each with a cell that shows it."""
    corner = f'<svg viewBox="0 0 {CELL} {CELL}" aria-hidden="true">'
    samples = [
        (label, f'<rect class="role-{name}" {_box(0, 0)}/>')
        for name, label in ROLES.items()
        if name in used and name != "blank"
    ] + [
        (
            label,
            f'<rect class="role-input" {_box(0, 0)}/>' + _mark_path(name, [(0, 0)], [f" {name}"]),
        )
        for name, label in MARKS.items()
        if name in used
    ]
    items = "".join(f"<li>{corner}{sample}</svg>{label}</li>" for label, sample in samples)
    return f'<ul class="legend">{items}</ul>' if items else ""


def figure_html(scene: Scene, caption: str = "", step: Cell | None = None) -> str:
    """Return a scene as a still figure: its grids, a legend of what their titles leave open.

    Parameters
    ----------
    caption
        Shown below, as plain text; the scene's sentence where there is none.
    step : (row, column), optional
        The step whose cells are outlined, with what it computes below.

    Returns
    -------
    str
        HTML. The picture's text alternative is the scene's sentence, and what the step computes.

    Raises
    ------
    ValueError
        If `step` is given and the scene has no such step.
    """
    lit = scene.lit(step)
    grids = [(grid.name, grid_part(grid, lit.get(grid.name, ()))) for grid in scene.grids]
    if scene.matrix:
        row = None if step is None else scene.matrix_row(step)
        grids.append((f"{scene.matrix.name} matrix", matrix_part(scene.matrix, row)))
    shown = "".join(
        f'<div class="grid" data-grid="{name}">{part.html}</div>' for name, part in grids
    )
    if scene.fan:
        shown += f'<div class="grid" data-grid="{scene.fan.grid.name}">{fan_html(scene.fan)}</div>'
    shown += "".join(f'<div class="bars">{bars_part(chart).html}</div>' for chart in scene.bars)
    error = f'<p class="error">{escape(scene.error)}</p>' if scene.error else ""
    table = f' in-rows" style="--in-a-row:{scene.in_a_row}' if scene.in_a_row else ""
    alternative, computed = scene.sentence, ""
    if step is not None:
        text = scene.step_text(*step)
        alternative = f"{alternative} Outlined: {text}."
        computed = f'<p class="sum">{escape(text, quote=False)}</p>'
    open_roles = scene.used_roles() - {"input", "kernel", "output"}
    return (
        f'<figure class="scene"><div class="grids{table}" role="img" '
        f'aria-label="{escape(alternative)}">{shown}</div>{computed}{error}'
        f"{legend_html(open_roles)}"
        f"<figcaption>{escape(caption or scene.sentence, quote=False)}</figcaption></figure>"
    )
