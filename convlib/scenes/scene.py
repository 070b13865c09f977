"""What a picture shows, and nothing about how it is drawn.

A scene is made by a pure function of an explorer's values. The matplotlib renderer
(`convlib.draw`) and the SVG renderer (`convlib.draw.svg`) both draw it, and a test holds the two to
the same cells, texts and roles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import copysign, floor, isfinite
from typing import NamedTuple, TypeAlias

import numpy as np

from convlib._types import Array, Cell
from convlib.scenes.roles import MARKS, ROLES

__all__ = [
    "SWEEPS",
    "Bars",
    "Fan",
    "Grid",
    "Retold",
    "Scene",
    "Sweep",
    "Symbol",
    "View",
    "bars",
    "cell_text",
    "grid",
    "rows_of",
    "view",
]

#: What the steps of a sweep do; see `Sweep`.
SWEEPS = ("sum", "stamp", "largest", "mean")

#: A rectangle of anything that can be shown, row by row.
Rows: TypeAlias = Iterable[Iterable[object]]
#: One axis of a sweep: for each position along the axis, the (tap, cell) pairs it multiplies.
AxisLinks: TypeAlias = tuple[tuple[tuple[int, int], ...], ...]


def cell_text(value: object) -> str:
    """Return the text a cell shows: a true minus sign, and at most two decimals.

    A 5 in the third place is rounded up, as on paper, whichever way its binary form errs: so the
    page's script comes to the same text.

    Examples
    --------
    >>> cell_text(-3), cell_text(0.25), cell_text(2.0), cell_text(-1.005), cell_text("a")
    ('−3', '0.25', '2', '−1.01', 'a')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float | np.floating) and isfinite(value):
        hundredths = copysign(floor(100 * abs(float(value)) + 0.5 + 1e-9), value)
        value = f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")
        value = "0" if value == "-0" else value
    return str(value).replace("-", "−")


@dataclass(frozen=True)
class Grid:
    """A titled rectangle of cells, each with a text and a role.

    Parameters
    ----------
    name
        Identifier, unique in its scene: ``"input"``, ``"kernel"``, ``"output"``.
    title
        What the reader sees above the grid.
    values : shape (rows, columns)
        The text of each cell; ``""`` for none.
    roles : shape (rows, columns)
        A role of `ROLES`, optionally followed by a space and a mark of `MARKS`.

    Raises
    ------
    ValueError
        If the two shapes differ, a row is ragged, or a role or mark is unknown.
    """

    name: str
    title: str
    values: tuple[tuple[str, ...], ...]
    roles: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        widths = {len(row) for row in (*self.values, *self.roles)}
        if len(self.values) != len(self.roles) or len(widths) > 1:
            raise ValueError(f"grid {self.name!r}: values and roles must be equal rectangles")
        for role in {role for row in self.roles for role in row}:
            base, *marks = role.split(" ")
            if base not in ROLES or len(marks) > 1 or not set(marks) <= set(MARKS):
                raise ValueError(
                    f"grid {self.name!r}: role={role!r} must be one of {', '.join(ROLES)}, "
                    f"optionally with a mark of {', '.join(MARKS)}"
                )

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns), in cells."""
        return len(self.values), len(self.values[0]) if self.values else 0


def grid(
    name: str,
    title: str,
    values: Iterable[Iterable[object]],
    roles: str | Iterable[Iterable[object]],
) -> Grid:
    """Return a `Grid` from any 2-D array of numbers or texts, shape (rows, columns).

    `roles` is one role for every cell, or a 2-D array of roles of the same shape.

    Examples
    --------
    >>> grid("kernel", "kernel 1×2", [[1, -1]], "kernel").values
    (('1', '−1'),)
    """
    texts = tuple(tuple(cell_text(value) for value in row) for row in values)
    if isinstance(roles, str):
        cells = tuple((roles,) * len(row) for row in texts)
    else:
        cells = tuple(tuple(str(role) for role in row) for row in roles)
    return Grid(name, title, texts, cells)


def rows_of(numbers: Array) -> tuple[tuple[float, ...], ...]:
    """Return numbers of shape (rows, columns) as `Scene.exact` has them.

    Examples
    --------
    >>> rows_of(np.array([[1, 2], [3, 4]]))
    ((1, 2), (3, 4))
    """
    return tuple(map(tuple, numbers.tolist()))


@dataclass(frozen=True)
class View:
    """Which of the numbers that a reader can change each cell of a grid shows.

    Parameters
    ----------
    grid
        Name of the grid.
    source
        Name of the numbers; a change is kept by it and by the number's own place, so that it
        stays when padding or zeros move the cell.
    rows, columns
        For each row and column of the grid, the row and column of the number it shows; −1 where it
        shows none, as in padding.
    """

    grid: str
    source: str
    rows: tuple[int, ...]
    columns: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of the numbers."""
        return max(self.rows) + 1, max(self.columns) + 1


def view(
    grid: str, shape: tuple[int, ...], around: Iterable[tuple[int, int]] = ((0, 0), (0, 0)),
    source: str = "",
) -> View:  # fmt: skip
    """Return the view of numbers of a shape, with other cells around them.

    Parameters
    ----------
    shape : (rows, columns)
        Of the numbers.
    around
        For each axis, how many cells stand before and after them.
    source
        The grid's name, if left out.

    Examples
    --------
    >>> view("input", (1, 2), [(0, 0), (1, 0)])
    View(grid='input', source='input', rows=(0,), columns=(-1, 0, 1))
    """
    rows, columns = (
        (-1,) * before + tuple(range(size)) + (-1,) * after
        for size, (before, after) in zip(shape, around, strict=True)
    )
    return View(grid, source or grid, rows, columns)


@dataclass(frozen=True)
class Fan:
    """Cells of several layers and lines between those that feed one another.

    Parameters
    ----------
    grid
        Holds the cells; those that are blank are not drawn, so that the lines have room.
    lines
        Each from the lower edge of a cell to the upper edge of one further down.

    Raises
    ------
    ValueError
        If an end of a line is no cell that is drawn.
    """

    grid: Grid
    lines: tuple[tuple[Cell, Cell], ...]

    def __post_init__(self) -> None:
        drawn = set(self.cells())
        for line in self.lines:
            if not set(line) <= drawn:
                raise ValueError(f"fan {self.grid.name!r}: the line {line} must join two cells")

    def cells(self) -> Iterator[Cell]:
        """Yield the cells that are drawn, in reading order."""
        for row, column in np.ndindex(self.grid.shape):
            if self.grid.roles[row][column] != "blank":
                yield row, column


@dataclass(frozen=True)
class Bars:
    """A titled bar chart: horizontal bars from 0, one below the other, in one colour each.

    Parameters
    ----------
    name
        Identifier, unique in its scene.
    title
        What the reader sees above the bars, the unit included.
    labels, texts
        What stands before each bar, and its value as the reader sees it.
    lengths
        The length of each bar as a fraction of the longest, from 0 to 1.
    roles
        A role of `ROLES` for each bar.

    Raises
    ------
    ValueError
        If the four do not have one entry for each bar, or a length is outside 0 to 1.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    texts: tuple[str, ...]
    lengths: tuple[float, ...]
    roles: tuple[str, ...]

    def __post_init__(self) -> None:
        if len({len(self.labels), len(self.texts), len(self.lengths), len(self.roles)}) > 1:
            raise ValueError(f"bars {self.name!r}: each bar needs a label, text, length and role")
        if not all(0 <= length <= 1 for length in self.lengths):
            raise ValueError(f"bars {self.name!r}: lengths={self.lengths} must be from 0 to 1")
        if not set(self.roles) <= set(ROLES):
            raise ValueError(
                f"bars {self.name!r}: roles={self.roles} must be of {', '.join(ROLES)}"
            )


def bars(name: str, title: str, values: Mapping[str, float], roles: str | Iterable[str]) -> Bars:
    """Return `Bars` from label to value; values are at least 0, and whole ones get thousands.

    Examples
    --------
    >>> bars("cost", "weights", {"plain": 4608, "separable": 656}, "kernel").texts
    ('4,608', '656')
    """
    numbers = tuple(values.values())
    longest = max(numbers, default=0) or 1
    return Bars(
        name,
        title,
        tuple(values),
        tuple(f"{n:,}" if isinstance(n, int | np.integer) else cell_text(n) for n in numbers),
        tuple(float(n / longest) for n in numbers),
        (roles,) * len(numbers) if isinstance(roles, str) else tuple(roles),
    )


@dataclass(frozen=True)
class Sweep:
    """Which cells each step lights: the windows, axis by axis.

    Every operation of the book treats its axes alike, so a step (row, column) lights the product
    of what its row lights and what its column lights. That keeps a sweep of 144 steps of 16
    cells each as small as 24 short lists.

    Parameters
    ----------
    over
        Name of the grid whose cells are the steps (the output of a convolution).
    reads
        Name of the grid whose cells each step multiplies (the padded input).
    weights
        Name of the grid of the weights (the kernel).
    rows, columns
        ``rows[r]`` holds the (tap, cell) pairs of row ``r`` of `over`: row ``tap`` of `weights`
        meets row ``cell`` of `reads`. Likewise for columns.
    more
        Further (reads, weights) grids that are lit alike and added to the same sum: the other
        input channels.
    kind
        ``"sum"``: the step is the sum of the products. ``"stamp"``: the step's cell is multiplied
        by every weight, and each product is added to a cell of `reads`; so a transposed
        convolution goes over its input. ``"largest"`` and ``"mean"``: of the cells, without
        weights; so pooling goes over its output.
    """

    over: str
    reads: str
    weights: str
    rows: AxisLinks
    columns: AxisLinks
    more: tuple[tuple[str, str], ...] = ()
    kind: str = "sum"

    def __post_init__(self) -> None:
        if self.kind not in SWEEPS:
            raise ValueError(f"kind={self.kind!r} must be one of {', '.join(SWEEPS)}")

    @property
    def slices(self) -> tuple[tuple[str, str], ...]:
        """The (reads, weights) grids that every step lights."""
        return ((self.reads, self.weights), *self.more)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of the steps."""
        return len(self.rows), len(self.columns)

    def pairs(self, row: int, column: int) -> list[tuple[Cell, Cell]]:
        """Return the ((tap row, tap column), (cell row, cell column)) pairs of one step."""
        return [
            ((tap_row, tap_column), (cell_row, cell_column))
            for tap_row, cell_row in self.rows[row]
            for tap_column, cell_column in self.columns[column]
        ]


class Symbol(NamedTuple):
    """What a letter counts.

    Parameters
    ----------
    name
        In words: ``"input size"``.
    grids
        Names of the grids in which it is outlined; those that a picture lacks are left out.
    cells
        Which cells of them. ``"side"`` and ``"row"``: the first column and the first row of the
        grid's own cells; ``"all"``: all of those; ``"padding"`` and ``"unused"``: the cells that
        are so; ``"stride"``: from one window to the next; ``"dilation"``: from one tap to the next.
    role
        Whose colour the letter has: a key of `convlib.scenes.roles.ROLES`.
    """

    name: str
    grids: tuple[str, ...]
    cells: str
    role: str


class Retold(NamedTuple):
    """What a picture says and shows of changed numbers, where it tells something of the book's own.

    Parameters
    ----------
    sentence, formula, code
        In place of the scene's.
    without
        Names of grids that no links lead to: they are left out.
    plain
        Names of grids whose colours depend on numbers, and the role that all their cells then
        have; marks stay.
    """

    sentence: str
    formula: str
    code: str
    without: tuple[str, ...] = ()
    plain: Mapping[str, str] = {}


@dataclass(frozen=True)
class Scene:
    """One state of an explorer, or one figure.

    Parameters
    ----------
    grids
        Side by side, in reading order.
    sentence
        The picture in words, for people who cannot see it.
    sweep : optional
        The steps; without one the picture stands still.
    matrix : optional
        A matrix with one row for each step of the sweep, in row-major order, and one column for
        each cell of the grid it multiplies; a step lights its row.
    bars
        Charts, after the grids.
    formula
        The formula with the numbers substituted; lines separated by a newline.
    code
        The PyTorch lines that do the same.
    error
        Why these values make no picture, in a learner's words; the grids then show what there is.
    views
        Which cells show numbers that a reader can change.
    sums
        What follows from those numbers, in the order in which it is computed. Only where that is
        more than the sweep; see `computed`.
    matrix_weights
        For each entry of the matrix, the number of the kernel's cell that it shows, in row-major
        order; −1 for none. Empty where the matrix shows other things.
    exact : mapping of str to rows of numbers
        What `sums` read, by its name, where it is in no grid or a grid shows it rounded.
    retold : optional
        What holds once numbers are changed, where a sentence or a colour depends on them.
    in_a_row
        How many grids lie side by side, as a table; 0 for as many as there is room for.
    fan : optional
        After the grids, in a figure.
    symbols
        What the letters of the formula count; see `convlib.scenes.symbols.formula_pieces`.
    """

    grids: tuple[Grid, ...]
    sentence: str
    sweep: Sweep | None = None
    matrix: Grid | None = None
    bars: tuple[Bars, ...] = ()
    formula: str = ""
    code: str = ""
    error: str = ""
    views: tuple[View, ...] = ()
    sums: tuple[Sweep, ...] = ()
    matrix_weights: tuple[tuple[int, ...], ...] = ()
    exact: Mapping[str, tuple[tuple[float, ...], ...]] = field(default_factory=dict, hash=False)
    retold: Retold | None = field(default=None, hash=False)
    in_a_row: int = 0
    fan: Fan | None = None
    symbols: Mapping[str, Symbol] = field(default_factory=dict, hash=False)

    def __getitem__(self, name: str) -> Grid:
        """Return the grid called `name`."""
        for candidate in self.grids:
            if candidate.name == name:
                return candidate
        raise KeyError(f"no grid {name!r}: this scene has {', '.join(g.name for g in self.grids)}")

    @property
    def computed(self) -> tuple[Sweep, ...]:
        """What follows from the numbers that a reader can change, in the order of computing."""
        return self.sums or ((self.sweep,) if self.sweep else ())

    def used_roles(self) -> set[str]:
        """Return the roles and marks that the cells and the bars have.

        Examples
        --------
        >>> sorted(Scene((grid("a", "", [[1, 2]], [["input", "input gap"]]),), "").used_roles())
        ['gap', 'input']
        """
        others = [self.matrix, self.fan and self.fan.grid]
        grids = (*self.grids, *(grid for grid in others if grid))
        roles = {role for grid in grids for row in grid.roles for role in row}
        roles.update(role for chart in self.bars for role in chart.roles)
        return {word for role in roles for word in role.split(" ")}

    @property
    def step_shape(self) -> tuple[int, int]:
        """(rows, columns) of the steps; (0, 0) where there are none."""
        return self.sweep.shape if self.sweep else (0, 0)

    def steps(self) -> Iterator[Cell]:
        """Yield every step, in reading order."""
        rows, columns = self.step_shape
        return product(range(rows), range(columns))

    def matrix_row(self, step: Cell) -> int:
        """Return the row of the matrix that a step lights."""
        row, column = step
        return row * self.step_shape[1] + column

    def lit(self, step: Cell | None) -> dict[str, set[Cell]]:
        """Return the cells that a step lights in each grid, by its name; none without a step.

        Raises
        ------
        ValueError
            If `step` is given and the scene has no such step.
        """
        if step is None:
            return {}
        sweep, (row, column), (rows, columns) = self.sweep, step, self.step_shape
        if sweep is None or not (0 <= row < rows and 0 <= column < columns):
            raise ValueError(f"step={step} must lie in the {rows}×{columns} steps of the scene")
        pairs = sweep.pairs(row, column)
        lit = {sweep.over: {(row, column)}}
        for reads, weights in sweep.slices:
            lit[reads] = {cell for _, cell in pairs}
            lit[weights] = {tap for tap, _ in pairs}
        return lit

    def step_text(self, row: int, column: int) -> str:
        """Return the sum of one step written out.

        Examples
        --------
        >>> one = grid("input", "", [[2, -3]], "input")
        >>> two = grid("kernel", "", [[4, 5]], "kernel")
        >>> out = grid("output", "", [[-7]], "output")
        >>> sweep = Sweep("output", "input", "kernel", (((0, 0),),), (((0, 0), (1, 1)),))
        >>> Scene((one, two, out), "", sweep).step_text(0, 0)
        'output[0, 0] = 2×4 + (−3)×5 = −7'
        """
        sweep = self.sweep
        if sweep is None:
            raise ValueError(f"step=({row}, {column}): the scene has no steps")
        value = self[sweep.over].values[row][column]
        step, pairs = f"{sweep.over}[{row}, {column}]", sweep.pairs(row, column)
        if sweep.kind == "stamp":
            weights = self[sweep.weights].values
            adds = [
                f"{_factor(value)}×{_factor(weights[tap[0]][tap[1]])} to "
                f"{sweep.reads}[{cell[0]}, {cell[1]}]"
                for tap, cell in pairs
            ]
            return f"{step} = {value} adds {', '.join(adds) or 'nothing'}"
        if sweep.kind in ("largest", "mean"):
            return f"{step} = {_summary(sweep.kind, self._cells_read(pairs))} = {value}"
        terms = [
            f"{_factor(self[reads].values[cell[0]][cell[1]])}×"
            f"{_factor(self[weights].values[tap[0]][tap[1]])}"
            for reads, weights in sweep.slices
            for tap, cell in pairs
        ]
        return f"{step} = {' + '.join(terms) or '0'} = {value}"

    def _cells_read(self, pairs: list[tuple[Cell, Cell]]) -> list[str]:
        reads = self[self.sweep.reads].values if self.sweep else ()
        return [reads[row][column] for _, (row, column) in pairs]


def _summary(kind: str, cells: list[str]) -> str:
    if kind == "largest":
        return f"largest of {', '.join(cells)}"
    return f"({' + '.join(map(_factor, cells))}) ÷ {len(cells)}"


def _factor(text: str) -> str:
    return f"({text})" if text.startswith("−") else text
