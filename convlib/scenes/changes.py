"""A picture with numbers that its reader has changed: what follows from them, along the links.

The page's script does the same (book/_static/numbers.js). Neither knows a formula: a scene says
which cell shows which number (`View`), and which tap meets which cell (`Sweep`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf

import numpy as np

from convlib._types import Array, Cell
from convlib.scenes.scene import Grid, Retold, Scene, Sweep, cell_text
from convlib.scenes.seeing import question_kernel
from convlib.scenes.separable import named_kernel

__all__ = [
    "DECIMALS",
    "LARGEST",
    "Changes",
    "changed",
    "checked_numbers",
    "kernel_presets",
    "read_number",
]

#: What a reader may write into a cell: numbers from −99 to 99, with at most two decimals.
LARGEST, DECIMALS = 99, 2

#: For each source of numbers, the ones that the reader has changed.
Changes = Mapping[str, Mapping[Cell, float]]


def read_number(text: str) -> float:
    """Return the number that a reader wrote into a cell.

    Raises
    ------
    ValueError
        If it is none, or a cell cannot show it.

    Examples
    --------
    >>> read_number(" −1.5 "), read_number("+７"), read_number("0,5")
    (-1.5, 7.0, 0.5)
    >>> read_number("0.125")
    Traceback (most recent call last):
    ValueError: “0.125” has more than 2 decimals
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-").replace(",", ".")
    whole, _, decimals = plain.removeprefix("-").removeprefix("+").partition(".")
    if not (whole + decimals).isdigit() or not (whole + decimals).isascii():
        raise ValueError(f"“{text}” is no number")
    if len(decimals) > DECIMALS:
        raise ValueError(f"“{text}” has more than {DECIMALS} decimals")
    number = float(plain)
    if abs(number) > LARGEST:
        raise ValueError(f"“{text}” is not from −{LARGEST} to {LARGEST}")
    return number


def checked_numbers(source: str, numbers: Mapping[Cell, float], scene: Scene) -> dict[Cell, float]:
    """Return the numbers that are to take the place of a scene's, by (row, column).

    Raises
    ------
    ValueError
        If the scene has no such number, or a cell cannot show it.

    Examples
    --------
    >>> from convlib.scenes.convolution import convolution_scene
    >>> scene = convolution_scene([[1, 2, 3]], [[10, 1]])
    >>> checked_numbers("input", {(0, 1): -5}, scene)
    {(0, 1): -5.0}
    >>> checked_numbers("input", {(1, 1): -5}, scene)
    Traceback (most recent call last):
    ValueError: input has no row 1, column 1; it has 1×3 numbers
    """
    shapes = {one.source: one.shape for one in scene.views}
    shapes |= {name: (len(rows), len(rows[0])) for name, rows in scene.exact.items()}
    if source not in shapes:
        raise ValueError(f"source={source!r} must be one of {', '.join(shapes) or 'none'}")
    rows, columns = shapes[source]
    checked = {}
    for (row, column), number in numbers.items():
        if not (0 <= row < rows and 0 <= column < columns):
            raise ValueError(
                f"{source} has no row {row}, column {column}; it has {rows}×{columns} numbers"
            )
        checked[row, column] = read_number(str(number))
    return checked


def changed(scene: Scene, changes: Changes) -> Scene:
    """Return a scene with changed numbers, and everything that follows from them.

    Parameters
    ----------
    changes
        By the sources of `scene`'s views; what it does not show is left out.

    Examples
    --------
    >>> from convlib.scenes.convolution import convolution_scene
    >>> scene = changed(convolution_scene([[1, 2, 3]], [[10, 1]]), {"input": {(0, 2): -0.5}})
    >>> scene["input"].values, scene["output"].values
    ((('1', '2', '−0.5'),), (('12', '19.5'),))
    """
    if not any(changes.values()):
        return scene
    numbers = _numbers(scene)
    written: set[str] = set()
    for view in scene.views:
        own = changes.get(view.source, {})
        for (row, column), value in own.items():
            for y in _places(view.rows, row):
                for x in _places(view.columns, column):
                    numbers[view.grid][y, x] = value
                    written.add(view.grid)
    for name in scene.exact:
        for cell, value in changes.get(name, {}).items():
            if all(place < size for place, size in zip(cell, numbers[name].shape, strict=True)):
                numbers[name][cell] = value
    for sweep in scene.computed:
        _compute(sweep, numbers)
        written.add(sweep.reads if sweep.kind == "stamp" else sweep.over)
    grids = tuple(
        _rewritten(grid, numbers[grid.name]) if grid.name in written else grid
        for grid in scene.grids
    )
    made = replace(scene, grids=grids, matrix=_changed_matrix(scene, grids))
    return _retold(made, scene.retold) if scene.retold else made


def kernel_presets(shape: tuple[int, int]) -> dict[str, list[list[float]]]:
    """Return kernels of a shape by the names that readers choose.

    Examples
    --------
    >>> kernel_presets((2, 2))
    {'identity': [[1, 0], [0, 0]], 'shift': [[0, 1], [0, 0]], 'mean': [[0.25, 0.25], [0.25, 0.25]]}
    >>> list(kernel_presets((3, 3)))
    ['identity', 'shift', 'mean', 'Sobel', 'sharpen']
    """
    rows, columns = shape
    identity = np.zeros(shape, dtype=np.int64)
    middle = (rows - 1) // 2, (columns - 1) // 2
    identity[middle] = 1
    presets: dict[str, Array] = {"identity": identity}
    if columns > 1:
        presets["shift"] = np.roll(identity, 1, axis=1)
    if identity.size > 1:
        presets["mean"] = np.full(shape, 1 / identity.size)
    if rows == columns and rows >= 3 and rows % 2:
        presets["Sobel"] = named_kernel("Sobel", rows)
    if shape == (3, 3):
        presets["sharpen"] = question_kernel("sharpen")
    return {name: kernel.tolist() for name, kernel in presets.items()}


def _numbers(scene: Scene) -> dict[str, Array]:
    """Return the numbers that the sums of a scene read and write, by their names."""
    shown = {name: np.array(rows, dtype=float) for name, rows in scene.exact.items()}
    for grid in scene.grids:
        if grid.name not in shown:
            rows = [[_number(text) for text in row] for row in grid.values]
            shown[grid.name] = np.array(rows, dtype=float).reshape(grid.shape)
    return shown


def _number(text: str) -> float:
    """Return the number that a cell shows; 0 where it shows none."""
    plain = text.replace("−", "-")
    if plain == "-∞":
        return -inf
    try:
        return float(plain)
    except ValueError:
        return 0.0


def _places(shows: Sequence[int], number: int) -> list[int]:
    return [place for place, one in enumerate(shows) if one == number]


def _compute(sweep: Sweep, numbers: dict[str, Array]) -> None:
    over = numbers[sweep.over]
    if sweep.kind == "stamp":
        numbers[sweep.reads][:] = 0
    for step in np.ndindex(*sweep.shape):
        pairs = sweep.pairs(*step)
        if sweep.kind == "stamp":
            for tap, cell in pairs:
                numbers[sweep.reads][cell] += over[step] * numbers[sweep.weights][tap]
        elif sweep.kind == "sum":
            over[step] = sum(
                numbers[reads][cell] * numbers[weights][tap]
                for reads, weights in sweep.slices
                for tap, cell in pairs
            )
        else:
            read = [numbers[sweep.reads][cell] for _, cell in pairs]
            over[step] = max(read) if sweep.kind == "largest" else sum(read) / len(read)


def _rewritten(grid: Grid, numbers: Array) -> Grid:
    """Return a grid with other numbers; cells that show none stay as they are."""
    rows = zip(grid.values, numbers.tolist(), strict=True)
    return replace(
        grid,
        values=tuple(
            tuple(
                text if text in ("", "−∞") else cell_text(number)
                for text, number in zip(texts, row, strict=True)
            )
            for texts, row in rows
        ),
    )


def _retold(scene: Scene, by: Retold) -> Scene:
    return replace(
        scene,
        grids=tuple(
            _plain(grid, by.plain[grid.name]) if grid.name in by.plain else grid
            for grid in scene.grids
            if grid.name not in by.without
        ),
        sentence=by.sentence,
        formula=by.formula,
        code=by.code,
    )


def _plain(grid: Grid, role: str) -> Grid:
    """Return a grid with one role for all cells; marks stay."""
    roles = (tuple(" ".join([role, *one.split(" ")[1:]]) for one in row) for row in grid.roles)
    return replace(grid, roles=tuple(roles))


def _changed_matrix(scene: Scene, grids: tuple[Grid, ...]) -> Grid | None:
    if not scene.matrix or not scene.matrix_weights:
        return scene.matrix
    kernel = next(grid for grid in grids if grid.name == "kernel")
    weights = [text for row in kernel.values for text in row]
    values = tuple(
        tuple(weights[number] if number >= 0 else "" for number in row)
        for row in scene.matrix_weights
    )
    return replace(scene.matrix, values=values)
