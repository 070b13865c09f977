"""Where everything of a scene lies in a matplotlib picture, in CSS pixels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from convlib._types import Array
from convlib.draw.looks import CELL, INK, LIT, ROLE_LOOKS
from convlib.draw.stamps import LIGHT, Place, text_width, wrapped
from convlib.scenes.roles import MARKS, ROLES
from convlib.scenes.scene import Bars, Grid, Scene, Sweep, Symbol
from convlib.scenes.symbols import formula_pieces, topic

__all__ = ["Box", "Layout", "Words", "box_of", "layout", "matrix_box", "matrix_side"]

FADED = "#5a636d"
MARGIN = 16
GRID_GAP = 32
TEXT_SIZE = 13
TITLE_SIZE = 12.5
LEGEND_SIZE = 11.5
LEGEND_CELL = 16
LEGEND_GAP = 18
BAR_LENGTH = 320
BAR_WIDTH = 14
LINE_HEIGHT = 20
TITLE_HEIGHT = 24
WIDEST = 800  # grids shrink to stay within this, which notebooks can show
NARROWEST = 560  # lines of text may use at least this
SMALLEST_TEXT = 6  # a matrix too small for it shows its colours alone
SMALLEST_CELL = 18  # that grids shrink to before they go on in another row
DIGIT_SIZE = 0.46  # as a fraction of a cell's side


def _width_at_1(text: str) -> float:
    return text_width(text, 1)


@dataclass(frozen=True)
class Box:
    """Where a grid lies: its first cell's corner, a cell's side, its texts' size (0 for none)."""

    x: float
    y: float
    cell: float
    shape: tuple[int, int]
    text_size: float

    def center(self, row: int, column: int) -> Place:
        """Return the middle of a cell."""
        return self.x + (column + 0.5) * self.cell, self.y + (row + 0.5) * self.cell

    def inside(self, places: Array) -> Array:
        """Return those of the places, shape (n, 2), that lie on the grid."""
        first, extent = (self.x, self.y), np.array(self.shape[::-1]) * self.cell
        return places[((places >= first) & (places < first + extent)).all(axis=1)]

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return the (row, column) of the cell around a place, or None outside of the grid."""
        row, column = int((y - self.y) // self.cell), int((x - self.x) // self.cell)
        return (row, column) if 0 <= row < self.shape[0] and 0 <= column < self.shape[1] else None


def box_of(grid: Grid, x: float, y: float, cell: float) -> Box:
    """Return a grid's box, with texts as large as the widest of them allows."""
    widest = max(map(_width_at_1, {text for row in grid.values for text in row}), default=0)
    size = min(DIGIT_SIZE * cell, 0.84 * cell / widest if widest else cell)
    return Box(x, y, cell, grid.shape, float(np.floor(2 * size) / 2))


def matrix_box(matrix: Grid, x: float, y: float, cell: float) -> Box:
    """Return a matrix's box, without texts where they would be too small to read."""
    box = box_of(matrix, x, y, cell)
    return box if box.text_size >= SMALLEST_TEXT else replace(box, text_size=0)


def matrix_side(matrix: Grid) -> int:
    """Return the side of a matrix's cells that keeps it within the widest picture."""
    return max(min(CELL, (WIDEST - 2 * MARGIN) // max(matrix.shape[1], 1)), 3)


@dataclass(frozen=True)
class Words:
    """One line of text."""

    text: str
    x: float
    baseline: float
    size: float = TEXT_SIZE
    colour: str = INK[LIGHT]


@dataclass(frozen=True)
class Layout:
    """Where everything of a scene lies, in CSS pixels from the upper left corner."""

    width: int
    height: int
    boxes: dict[str, Box]
    words: tuple[Words, ...]
    samples: tuple[tuple[str, Place], ...]  # the legend's cells: role, middle
    charts: dict[str, tuple[tuple[str, Place, tuple[float, float]], ...]]  # role, middle, size
    sum_top: float
    room: float  # for a line of text


def layout(scene: Scene) -> Layout:
    """Return the layout of a scene: grids side by side, the matrix below, legend, then texts.

    It does not depend on the step, so that nothing moves during a sweep.
    """
    page = _Page()
    cell = _cell_side(scene.grids[: scene.in_a_row] if scene.in_a_row else scene.grids)
    page.place_grids(scene.grids, cell, scene.in_a_row)
    if scene.fan:
        page.y += (GRID_GAP // 2 + TITLE_HEIGHT) if scene.grids else 0
        page.place_grids((scene.fan.grid,), CELL)
    if scene.matrix:
        page.place_matrix(scene.matrix, min(cell, matrix_side(scene.matrix)))
    for chart in scene.bars:
        page.place_chart(chart)
    longest_sum = _widest_sum(scene, scene.sweep) if scene.sweep else ""
    page.widen([*scene.formula.split("\n"), scene.error, longest_sum])
    page.place_legend(_legend(scene))
    for line in scene.formula.split("\n") if scene.formula else ():
        page.place_formula(line, scene.symbols)
    page.place_text(scene.error, LIT[LIGHT])
    return page.finished(longest_sum)


class _Page:
    """A picture that is filled from top to bottom."""

    def __init__(self) -> None:
        self.boxes: dict[str, Box] = {}
        self.words: list[Words] = []
        self.samples: list[tuple[str, Place]] = []
        self.charts: dict[str, tuple[tuple[str, Place, tuple[float, float]], ...]] = {}
        self.right = MARGIN  # of everything so far
        self.y: int = MARGIN + TITLE_HEIGHT  # below everything so far

    @property
    def room(self) -> int:
        """The width of a line of text."""
        return self.right - MARGIN

    def place_grids(self, grids: tuple[Grid, ...], cell: int, in_a_row: int = 0) -> None:
        """Place grids side by side, in as many rows as they need, or so many in a row."""
        x, y = MARGIN, self.y
        for number, grid in enumerate(grids):
            width = max(grid.shape[1] * cell, int(text_width(grid.title, TITLE_SIZE)) + 1)
            full = number % in_a_row == 0 if in_a_row else x + width > WIDEST - MARGIN
            if x > MARGIN and full:
                x, y = MARGIN, self.y + GRID_GAP // 2 + TITLE_HEIGHT
            self.boxes[grid.name] = box_of(grid, x, y, cell)
            self._title(grid.title, x, y)
            self.right = max(self.right, x + width)
            self.y = max(self.y, y + grid.shape[0] * cell)
            x += width + GRID_GAP

    def place_matrix(self, matrix: Grid, side: int) -> None:
        """Place a matrix below, with cells of this side."""
        self.y += GRID_GAP // 2 + TITLE_HEIGHT
        self.boxes[matrix.name] = matrix_box(matrix, MARGIN, self.y, side)
        self._title(matrix.title, MARGIN, self.y)
        self.y += matrix.shape[0] * side
        self.right = max(self.right, MARGIN + matrix.shape[1] * side)

    def place_chart(self, chart: Bars) -> None:
        """Place a bar chart below: labels, bars, values."""
        self.y += TITLE_HEIGHT + (GRID_GAP // 2 if self.boxes or self.charts else 0)
        self._title(chart.title, MARGIN, self.y)
        self.right = max(self.right, MARGIN + int(text_width(chart.title, TITLE_SIZE)) + 1)
        labels = max((text_width(text, LEGEND_SIZE) for text in chart.labels), default=0)
        start = MARGIN + labels + 8
        blocks = []
        for number, (label, text) in enumerate(zip(chart.labels, chart.texts, strict=True)):
            end = start + max(BAR_LENGTH * chart.lengths[number], 1)
            middle = (start + end) / 2, self.y + LINE_HEIGHT / 2
            blocks.append((chart.roles[number], middle, (end - start, float(BAR_WIDTH))))
            self.words.append(Words(label, MARGIN, self.y + 14, LEGEND_SIZE))
            self.words.append(Words(text, end + 8, self.y + 14, LEGEND_SIZE))
            self.right = max(self.right, int(end + 8 + text_width(text, LEGEND_SIZE)) + 1)
            self.y += LINE_HEIGHT
        self.charts[chart.name] = tuple(blocks)

    def widen(self, lines: list[str]) -> None:
        """Make room for texts, so far that short ones need no second line."""
        longest = int(max(text_width(line, TEXT_SIZE) for line in lines)) + 1
        self.right = max(self.right, MARGIN + min(longest, NARROWEST))

    def place_legend(self, entries: list[tuple[str, str]]) -> None:
        """Place the legend's cells with their labels, in as many lines as they need."""
        widths = [LEGEND_CELL + 6 + int(text_width(label, LEGEND_SIZE)) + 1 for label, _ in entries]
        self.right = max(self.right, MARGIN + max(widths, default=0))
        x, y = MARGIN, self.y + MARGIN
        for (label, role), width in zip(entries, widths, strict=True):
            if x > MARGIN and x + width > self.right:
                x, y = MARGIN, y + LINE_HEIGHT
            self.samples.append((role, (x + LEGEND_CELL / 2, y + LEGEND_CELL / 2)))
            self.words.append(Words(label, x + LEGEND_CELL + 6, y + 12, LEGEND_SIZE, FADED))
            x += width + LEGEND_GAP
        self.y = y + LINE_HEIGHT + 6 if entries else y

    def place_text(self, text: str, colour: str) -> None:
        """Place a text below, line by line."""
        for line in wrapped(text, TEXT_SIZE, self.room) if text else ():
            self.words.append(Words(line, MARGIN, self.y + TEXT_SIZE, colour=colour))
            self.y += LINE_HEIGHT

    def place_formula(self, line: str, symbols: Mapping[str, Symbol]) -> None:
        """Place a line of a formula below, its letters in the colours of what they count."""
        about = topic(line)
        for part in wrapped(line, TEXT_SIZE, self.room):
            x: float = MARGIN
            for text, key in formula_pieces(part, symbols, about):
                colour = ROLE_LOOKS[symbols[key].role].edge[LIGHT] if key else INK[LIGHT]
                self.words.append(Words(text, x, self.y + TEXT_SIZE, colour=colour))
                x += text_width(text, TEXT_SIZE)
            self.y += LINE_HEIGHT

    def finished(self, longest_sum: str) -> Layout:
        """Return the layout, with room for the longest sum of a step."""
        lines = len(wrapped(longest_sum, TEXT_SIZE, self.room)) if longest_sum else 0
        bottom = self.y + lines * LINE_HEIGHT + MARGIN - (LINE_HEIGHT - TEXT_SIZE)
        return Layout(
            self.right + MARGIN,
            bottom,
            self.boxes,
            tuple(self.words),
            tuple(self.samples),
            self.charts,
            self.y,
            self.room,
        )

    def _title(self, title: str, x: int, y: int) -> None:
        self.words.append(Words(title, x, y - 9, TITLE_SIZE, FADED))


def _cell_side(grids: tuple[Grid, ...]) -> int:
    """Return the side of a cell: smaller than usual if that puts all grids side by side."""
    columns = [grid.shape[1] for grid in grids]
    room = WIDEST - 2 * MARGIN
    side = (room - GRID_GAP * (len(grids) - 1)) // max(sum(columns), 1)
    if side < SMALLEST_CELL:  # they take more than one row; the widest has to fit
        side = room // max(columns, default=1)
    return max(min(CELL, side), 4)


def _legend(scene: Scene) -> list[tuple[str, str]]:
    """Return the label and role of what the titles leave open, in the order of the looks."""
    used = scene.used_roles()
    titled = {"input", "kernel", "output", "blank"}
    roles = [(label, name) for name, label in ROLES.items() if name in used - titled]
    return roles + [(label, f"input {name}") for name, label in MARKS.items() if name in used]


def _widest_sum(scene: Scene, sweep: Sweep) -> str:
    """Return a text that takes at least as many lines as the sum of any step."""

    def widest(names: Iterable[str]) -> str:
        texts = {text for name in names for row in scene[name].values for text in row}
        return max(texts, key=_width_at_1, default="")

    reads, weights = (widest(names) for names in zip(*sweep.slices, strict=True))
    total, (rows, columns) = widest([sweep.over]), sweep.shape
    terms = max(map(len, sweep.rows), default=0) * max(map(len, sweep.columns), default=0)
    if sweep.kind == "stamp":
        height, width = scene[sweep.reads].shape
        add = f"({total})×({weights}) to {sweep.reads}[{height}, {width}], "
        return f"{sweep.over}[{rows}, {columns}] = {total} adds nothing {add * terms}"
    if sweep.kind in ("largest", "mean"):
        cells = f"({reads}) + " * terms
        return f"{sweep.over}[{rows}, {columns}] = largest of {cells}÷ {terms} = {total}"
    products = f"({reads})×({weights}) + " * (terms * len(sweep.slices))
    return f"{sweep.over}[{rows}, {columns}] = {products}0 = {total}"
