"""Where everything of a scene lies in a matplotlib picture, in CSS pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from convlib.draw.looks import CELL, INK, LIT
from convlib.draw.stamps import LIGHT, Place, text_width, wrapped
from convlib.scenes.roles import MARKS, ROLES
from convlib.scenes.scene import Grid, Scene

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

    def inside(self, places: np.ndarray) -> np.ndarray:
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
    titles = [text_width(grid.title, TITLE_SIZE) for grid in scene.grids]
    cell = _cell_side(scene.grids)
    boxes, words = {}, []
    right, x, y = MARGIN, MARGIN, MARGIN + TITLE_HEIGHT
    bottom = y
    for grid, title in zip(scene.grids, titles, strict=True):
        width = max(grid.shape[1] * cell, int(title) + 1)
        if x > MARGIN and x + width > WIDEST - MARGIN:
            x, y = MARGIN, bottom + GRID_GAP // 2 + TITLE_HEIGHT
        boxes[grid.name] = box_of(grid, x, y, cell)
        words.append(Words(grid.title, x, y - 9, TITLE_SIZE, FADED))
        right, bottom = max(right, x + width), max(bottom, y + grid.shape[0] * cell)
        x += width + GRID_GAP
    y = bottom

    if scene.matrix:
        y += GRID_GAP // 2 + TITLE_HEIGHT
        side = min(cell, matrix_side(scene.matrix))
        boxes[scene.matrix.name] = matrix_box(scene.matrix, MARGIN, y, side)
        words.append(Words(scene.matrix.title, MARGIN, y - 9, TITLE_SIZE, FADED))
        y += scene.matrix.shape[0] * side
        right = max(right, MARGIN + scene.matrix.shape[1] * side)

    charts = {}
    for chart in scene.bars:
        y += TITLE_HEIGHT + (GRID_GAP // 2 if boxes or charts else 0)
        words.append(Words(chart.title, MARGIN, y - 9, TITLE_SIZE, FADED))
        start = (
            MARGIN + max((text_width(text, LEGEND_SIZE) for text in chart.labels), default=0) + 8
        )
        blocks = []
        for number, (label, text) in enumerate(zip(chart.labels, chart.texts, strict=True)):
            end = start + max(BAR_LENGTH * chart.lengths[number], 1)
            middle = (start + end) / 2, y + LINE_HEIGHT / 2
            blocks.append((chart.roles[number], middle, (end - start, BAR_WIDTH)))
            words.append(Words(label, MARGIN, y + 14, LEGEND_SIZE))
            words.append(Words(text, end + 8, y + 14, LEGEND_SIZE))
            right = max(right, int(end + 8 + text_width(text, LEGEND_SIZE)) + 1)
            y += LINE_HEIGHT
        charts[chart.name] = tuple(blocks)

    longest_sum = _widest_sum(scene) if scene.sweep else ""
    lines = [*scene.formula.split("\n"), scene.error, longest_sum]
    longest = int(max(text_width(line, TEXT_SIZE) for line in lines)) + 1
    legend = [
        (label, role, LEGEND_CELL + 6 + int(text_width(label, LEGEND_SIZE)) + 1)
        for label, role in _legend(scene)
    ]
    widest_label = max((width for *_, width in legend), default=0)
    right = max(right, MARGIN + min(longest, NARROWEST), MARGIN + widest_label)
    room, samples = right - MARGIN, []
    x, y = MARGIN, y + MARGIN
    for label, role, width in legend:
        if x > MARGIN and x + width > right:
            x, y = MARGIN, y + LINE_HEIGHT
        samples.append((role, (x + LEGEND_CELL / 2, y + LEGEND_CELL / 2)))
        words.append(Words(label, x + LEGEND_CELL + 6, y + 12, LEGEND_SIZE, FADED))
        x += width + LEGEND_GAP
    if samples:
        y += LINE_HEIGHT + 6
    for text, colour in ((scene.formula, INK[LIGHT]), (scene.error, LIT[LIGHT])):
        for line in wrapped(text, TEXT_SIZE, room) if text else ():
            words.append(Words(line, MARGIN, y + TEXT_SIZE, colour=colour))
            y += LINE_HEIGHT
    lines = len(wrapped(longest_sum, TEXT_SIZE, room)) if longest_sum else 0
    bottom = y + lines * LINE_HEIGHT + MARGIN - (LINE_HEIGHT - TEXT_SIZE)
    return Layout(right + MARGIN, bottom, boxes, tuple(words), tuple(samples), charts, y, room)


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
    grids = (*scene.grids, scene.matrix) if scene.matrix else scene.grids
    used = {word for grid in grids for row in grid.roles for role in row for word in role.split()}
    titled = {"input", "kernel", "output", "blank"}
    roles = [(label, name) for name, label in ROLES.items() if name in used - titled]
    return roles + [(label, f"input {name}") for name, label in MARKS.items() if name in used]


def _widest_sum(scene: Scene) -> str:
    """Return a text that takes at least as many lines as the sum of any step."""
    sweep = scene.sweep

    def widest(names) -> str:
        texts = {text for name in names for row in scene[name].values for text in row}
        return max(texts, key=_width_at_1, default="")

    reads, weights = (widest(names) for names in zip(*sweep.slices, strict=True))
    total, (rows, columns) = widest([sweep.over]), sweep.shape
    terms = max(map(len, sweep.rows), default=0) * max(map(len, sweep.columns), default=0)
    if sweep.kind == "stamp":
        height, width = scene[sweep.reads].shape
        add = f"({total})×({weights}) to {sweep.reads}[{height}, {width}], "
        return f"{sweep.over}[{rows}, {columns}] = {total} adds nothing {add * terms}"
    products = f"({reads})×({weights}) + " * (terms * len(sweep.slices))
    return f"{sweep.over}[{rows}, {columns}] = {products}0 = {total}"
