"""What the letters of a picture's formula count: which of its cells.

The page's script finds the same cells (book/_static/symbols.js).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from convlib._types import Cell
from convlib.scenes.scene import Grid, Scene, Sweep, Symbol

__all__ = [
    "SIZES",
    "formula_keys",
    "formula_pieces",
    "symbol_cells",
    "symbol_words",
    "topic",
]

#: A letter that stands alone, with what makes it another one: kH, s₁; not k̂ and not p′.
LETTER = re.compile(r"(?<![A-Za-z\u0300-\u036f])([A-Za-z][HW₁₂]?)(?![\w′\u0300-\u036f])")
#: Cells that a picture adds to the ones that a size counts.
_ADDED = re.compile("padding|zero|blank")


#: The letters of the size formula in pictures of a convolution.
SIZES = {
    "i": Symbol("input size", ("input",), "side", "input"),
    "k": Symbol("kernel size", ("kernel",), "side", "kernel"),
    "s": Symbol("stride", ("input",), "stride", "input"),
    "p": Symbol("padding", ("input",), "padding", "input"),
    "d": Symbol("dilation", ("input",), "dilation", "input"),
    "o": Symbol("output size", ("output",), "side", "output"),
}


def topic(line: str) -> str:
    """Return what a line of a formula is about, as it begins: ``"way back"``.

    Examples
    --------
    >>> topic("way back: o = 5"), topic("o = 5")
    ('way back', '')
    """
    about, colon, _ = line.partition(": ")
    return about if colon else ""


def formula_pieces(
    text: str, symbols: Mapping[str, Symbol], about: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield the pieces of a formula, each with the key of the symbol that it is, or ``""``.

    Parameters
    ----------
    about
        The `topic` of its line. A key ``"way back: i"`` is for lines about the way back, and comes
        before ``"i"``, which is for all.

    Examples
    --------
    >>> list(formula_pieces("2p + k", SIZES))
    [('2', ''), ('p', 'p'), (' + ', ''), ('k', 'k')]
    """
    for number, piece in enumerate(LETTER.split(text)):
        keys = (f"{about}: {piece}", piece) if number % 2 else ()
        if piece:
            yield piece, next((key for key in keys if key in symbols), "")


def formula_keys(scene: Scene) -> list[str]:
    """Return the keys of the symbols that a scene's formula holds, in the order of reading.

    Examples
    --------
    >>> from convlib.scenes.convolution import convolution_scene
    >>> formula_keys(convolution_scene([[1, 2, 3]], [[1, 1]]))
    ['o', 'i', 'p', 'k', 's']
    """
    lines = scene.formula.split("\n")
    pieces = (pair for line in lines for pair in formula_pieces(line, scene.symbols, topic(line)))
    return list(dict.fromkeys(key for _, key in pieces if key))


def symbol_cells(scene: Scene, key: str) -> dict[str, set[Cell]]:
    """Return the cells that a letter counts, by the names of the grids.

    Examples
    --------
    >>> from convlib.scenes.convolution import convolution_scene
    >>> scene = convolution_scene([[1, 2, 3]], [[1, 1]], padding=((0, 0), (1, 0)))
    >>> symbol_cells(scene, "p"), symbol_cells(scene, "k")
    ({'input': {(0, 0)}}, {'kernel': {(0, 0)}})
    """
    symbol = scene.symbols[key]
    grids = {grid.name: grid for grid in scene.grids}
    return {
        name: set(_FINDERS[symbol.cells](grids[name], scene.sweep))
        for name in symbol.grids
        if name in grids
    }


def symbol_words(scene: Scene, key: str) -> str:
    """Return what a letter counts in this picture, in words.

    Examples
    --------
    >>> from convlib.scenes.convolution import convolution_scene
    >>> symbol_words(convolution_scene([[1, 2, 3]], [[1, 1]]), "o")
    'o: output size: 1 cell outlined.'
    """
    count = sum(map(len, symbol_cells(scene, key).values()))
    letter, name = key.rpartition(": ")[2], scene.symbols[key].name
    return f"{letter}: {name}: {count or 'no'} {'cell' if count == 1 else 'cells'} outlined."


def _own(grid: Grid) -> list[Cell]:
    return [
        (row, column)
        for row, roles in enumerate(grid.roles)
        for column, role in enumerate(roles)
        if not _ADDED.search(role)
    ]


def _first(axis: int, grid: Grid, sweep: Sweep | None) -> list[Cell]:
    """Return the first row or column of a grid's own cells."""
    own = _own(grid)
    first = min((cell[axis] for cell in own), default=0)
    return [cell for cell in own if cell[axis] == first]


def _marked(word: str, grid: Grid, sweep: Sweep | None) -> list[Cell]:
    return [
        (row, column)
        for row, roles in enumerate(grid.roles)
        for column, role in enumerate(roles)
        if word in role.split(" ")
    ]


def _between(step: int, tap: int, grid: Grid, sweep: Sweep | None) -> list[Cell]:
    """Return the cells from the first tap of the first window to another one.

    Down the first column of the window; to tap `tap` of window `step`.
    """
    if sweep is None or sweep.reads != grid.name:
        return []
    try:
        (_, first), (_, last) = sweep.rows[0][0], sweep.rows[step][tap]
        _, column = sweep.columns[0][0]
    except IndexError:  # there is no other one
        return []
    return [(row, column) for row in range(first, last)]


_FINDERS: dict[str, Callable[[Grid, Sweep | None], list[Cell]]] = {
    "side": partial(_first, 1),
    "row": partial(_first, 0),
    "all": lambda grid, sweep: _own(grid),
    "padding": partial(_marked, "padding"),
    "unused": partial(_marked, "unused"),
    "stride": partial(_between, 1, 0),
    "dilation": partial(_between, 0, 1),
}
