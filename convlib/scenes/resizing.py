"""Scenes of resizing: where each new cell lies among the old ones, and what it is made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from convlib._types import Array
from convlib.resizing import Mode, centers, edges, interpolate, positions
from convlib.scenes.scene import Scene, Sweep, Symbol, grid, rows_of, view

__all__ = ["WAYS", "alignment_scene", "shares"]

#: What `interpolate` calls each: its mode, and whether corners are aligned.
_MODES: dict[str, tuple[Mode, bool]] = {
    "nearest": ("nearest", False),
    "nearest-exact": ("nearest-exact", False),
    "bilinear": ("bilinear", False),
    "bilinear-aligned": ("bilinear", True),
}

#: Ways to resize, by the names that readers see.
WAYS = tuple(_MODES)


def shares(size: int, new_size: int, way: str) -> Array:
    """Return the matrix that resizes a row, float64 of shape (new_size, size).

    Row o holds the share that each old cell has in new cell o.

    Parameters
    ----------
    size, new_size
        Cells before and after.
    way
        Of `WAYS`; ``"bilinear-aligned"`` is bilinear with ``align_corners=True``.

    Examples
    --------
    >>> shares(2, 4, "bilinear")
    array([[1.  , 0.  ],
           [0.75, 0.25],
           [0.25, 0.75],
           [0.  , 1.  ]])
    """
    return np.stack([_resized(cell[None], new_size, way) for cell in np.eye(size)], axis=1)


def alignment_scene(row: ArrayLike, new_size: int, way: str) -> Scene:
    """Return one row resized: the shares of each new cell, as a matrix beside its result.

    Parameters
    ----------
    row : shape (cells,)
    new_size
        Cells after.
    way
        Of `WAYS`.

    Returns
    -------
    Scene
        Grids ``"input"``, ``"place"`` (where each new cell lies, in old cells), ``"shares"`` and
        ``"output"``.

    Examples
    --------
    >>> scene = alignment_scene([0, 8], 4, "bilinear")
    >>> [place for (place,) in scene["place"].values]
    ['0', '1/4', '3/4', '1']
    >>> scene.step_text(1, 0)
    'output[1, 0] = 0×0.75 + 8×0.25 = 2'
    """
    row = np.asarray(row)
    matrix, result = shares(len(row), new_size, way), _resized(row[None], new_size, way)
    roles = np.where(matrix, "kernel", "blank")
    places = [[place] for place in _places(len(row), new_size, way)]
    links = tuple(((cell, 0),) for cell in range(new_size))
    return Scene(
        (
            grid("input", f"input: {len(row)} cells", [row], "input"),
            grid("place", "lies at", places, "blank"),
            grid("shares", "share of each input cell", matrix, roles),
            grid("output", f"output: {new_size}", result[:, None], "output"),
        ),
        _sentence(len(row), new_size, way),
        Sweep("output", "input", "shares", links, (tuple((n, n) for n in range(len(row))),)),
        formula=_formula(len(row), new_size, way),
        code=f"F.interpolate(x, size={new_size}, {_mode(way)})  # x of shape (N, C, {len(row)})",
        views=(view("input", (1, len(row))),),
        exact={"shares": rows_of(matrix)},
        symbols={
            "i": Symbol("input size", ("input",), "row", "input"),
            "n": Symbol("output size", ("output",), "side", "output"),
        },
    )


def _resized(row: Array, new_size: int, way: str) -> Array:
    mode, aligned = _MODES[way]
    resized: Array = interpolate(row, (1, new_size), None, mode, aligned)[0]
    return resized


def _places(size: int, new_size: int, way: str) -> list[str]:
    if way == "nearest":
        places = edges(size, new_size)
    elif way == "nearest-exact":
        places = centers(size, new_size)
    else:
        places = positions(size, new_size, way == "bilinear-aligned")
    return [str(place).replace("-", "−") for place in places]


def _formula(size: int, new_size: int, way: str) -> str:
    if way == "nearest":
        return f"cell o copies cell ⌊o · i / n⌋ = ⌊o · {size}/{new_size}⌋"
    if way == "bilinear-aligned":
        return f"cell o lies at o(i − 1)/(n − 1) = o · {size - 1}/{new_size - 1}"
    place = f"(o + ½) · i / n − ½ = (o + ½) · {size}/{new_size} − ½"
    if way == "nearest-exact":
        return f"cell o lies at {place}, and copies the nearest cell"
    return f"cell o lies at {place}, moved into the row where it is outside"


def _sentence(size: int, new_size: int, way: str) -> str:
    end = {
        "nearest": "each new cell copies one old cell, counted from the left edges",
        "nearest-exact": "each new cell copies the old cell that its middle lies in",
        "bilinear": "the outer edges of both rows meet, and each new cell mixes its two neighbours",
        "bilinear-aligned": "the middles of the corner cells meet, and each new cell mixes its two "
        "neighbours",
    }[way]
    return f"{size} cells become {new_size}: {end}."


def _mode(way: str) -> str:
    mode, aligned = _MODES[way]
    return f'mode="linear", align_corners={aligned}' if mode == "bilinear" else f'mode="{mode}"'
