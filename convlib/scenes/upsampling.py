"""Scenes of upsampling: how often the stamps of a transposed convolution reach each cell."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from convlib._types import Array
from convlib.explain import explain_overlap
from convlib.operations import conv2d, conv_transpose1d, conv_transpose2d
from convlib.scenes.convolution import settings_text, size_text
from convlib.scenes.scene import AxisLinks, Grid, Retold, Scene, Sweep, Symbol, grid, rows_of, view

__all__ = ["flat_scene", "overlap_picture", "overlap_scene"]

#: Cells of a row that a picture shows, and of the row that the PyTorch lines begin with.
WIDTH, LONG = 12, 20


def overlap_scene(kernel_size: int, stride: int, padding: int = 0, layers: int = 1) -> Scene:
    """Return how often each cell is reached by equal transposed convolutions, one after another.

    A row of ones is stamped with a kernel of ones, so the sums are counts. The row is long and the
    picture shows how it begins, as far as it fits.

    Parameters
    ----------
    kernel_size, stride, padding
        In cells, the same for all layers.

    Returns
    -------
    Scene
        Grids ``"input"``, ``"kernel"``, one row of counts for each layer (``"layer1"``, ...), and
        ``"plane"``: the counts after the last layer in two dimensions. Cells that are reached at
        least as often as the average far from the border, k/s times for each layer and axis, are
        coloured; cells that are never reached are marked.

    Examples
    --------
    >>> scene = overlap_scene(3, stride=2, padding=1)
    >>> scene["layer1"].values[0][:6]
    ('1', '2', '1', '2', '1', '2')
    >>> scene["plane"].values[1][:6]
    ('2', '4', '2', '4', '2', '4')
    """
    rows = [np.ones(WIDTH, dtype=np.int64)]
    for _ in range(layers):
        rows.append(_next_row(rows[-1], kernel_size, stride, padding))
    average = Fraction(kernel_size, stride)
    names = ["input", *(f"layer{number}" for number in range(1, layers + 1))]
    moves = settings_text(
        stride=stride, padding=padding, output_padding=max(stride - kernel_size, 0)
    )
    scene = Scene(
        (
            grid("input", "a long row", [rows[0]], "input"),
            grid("kernel", f"kernel 1×{kernel_size}", np.ones((1, kernel_size), int), "kernel"),
            *(
                _counts(name, f"after layer {number}", row[None], average**number)
                for number, (name, row) in enumerate(zip(names[1:], rows[1:], strict=True), 1)
            ),
            _counts(
                "plane",
                "in two dimensions",
                np.outer(rows[-1], rows[-1]),
                average ** (2 * layers),
            ),
        ),
        _overlap_sentence(kernel_size, stride, layers),
        formula=("in each layer: " if layers > 1 else "") + explain_overlap(kernel_size, stride),
        code=f"weight = torch.ones(1, 1, {kernel_size}, {kernel_size})\n"
        f"plane = torch.ones(1, 1, {LONG}, {LONG})\n"
        f"for layer in range({layers}):\n    plane = F.conv_transpose2d(plane, weight{moves})",
        symbols={"k": Symbol("kernel size", ("kernel",), "row", "kernel")},
    )
    retold = Retold(
        f"Stamps of {_cells(kernel_size)}, {stride} apart: each cell of a row is the sum of what "
        "the stamps add to it, your numbers times the kernel’s.",
        scene.formula,
        f"for layer in range({layers}):\n    row = F.conv_transpose1d(row, weight{moves})\n"
        "plane = torch.outer(row.flatten(), row.flatten())",
        plain=dict.fromkeys((*names[1:], "plane"), "output"),
    )
    links = [_stamps(len(row), kernel_size, stride, padding) for row in rows[1:]]
    return _swept(replace(scene, retold=retold), names, links)


def _swept(scene: Scene, names: list[str], links: list[AxisLinks]) -> Scene:
    """Return the scene with its sweep, and what follows from changed numbers.

    That is each row after the first, and the plane: the last row turned into a column, times that
    row.
    """
    sweeps = [
        Sweep(to, of, "kernel", (((0, 0),),), stamps)
        for of, to, stamps in zip(names, names[1:], links, strict=False)
    ]
    (_, size), last = scene["plane"].shape, names[-1]
    every = (tuple((cell, cell) for cell in range(size)),)
    of_row = tuple(((0, cell),) for cell in range(size))
    of_column = tuple(((cell, 0),) for cell in range(size))
    return replace(
        scene,
        sweep=sweeps[-1],
        views=(view("input", scene["input"].shape), view("kernel", scene["kernel"].shape)),
        sums=(
            *sweeps,
            Sweep("column", last, "turning", of_column, every),
            Sweep("plane", "column", last, of_row, of_column),
        ),
        exact={"column": rows_of(np.zeros((size, 1))), "turning": rows_of(np.eye(size))},
    )


def _stamps(cells: int, kernel_size: int, stride: int, padding: int) -> AxisLinks:
    """Return, for each cell of a row, the (tap, cell) pairs whose stamps reach it."""
    return tuple(
        tuple(
            (tap, (cell + padding - tap) // stride)
            for tap in range(kernel_size)
            if cell + padding >= tap and (cell + padding - tap) % stride == 0
        )
        for cell in range(cells)
    )


def overlap_picture(kernel_size: int, stride: int, layers: int, side: int = 48) -> Array:
    """Return how often each cell of a plane is reached, as grey levels away from the border.

    Parameters
    ----------
    kernel_size, stride
        In cells, the same for all layers.
    side
        Of the picture, in cells.

    Returns
    -------
    Array
        float64 of shape (side, side), from 0, never, to 255, as often as any.

    Examples
    --------
    >>> overlap_picture(3, 2, 1, side=2)
    array([[255.  , 127.5 ],
           [127.5 ,  63.75]])
    """
    counts = _inner_counts(kernel_size, stride, layers)
    row = np.resize(counts, side)
    levels: Array = np.outer(row, row) * 255.0 / counts.max() ** 2
    return levels


def flat_scene(weight: ArrayLike, stride: int) -> Scene:
    """Return what a transposed convolution, and a resizing before a plain one, make of flat input.

    Parameters
    ----------
    weight : shape (kH, kW)
        The kernel of both.
    stride
        How many times larger the result is.

    Returns
    -------
    Scene
        Grids ``"kernel"``, ``"transposed"`` and ``"resized"``, without the cells near the border.
        The largest sums are coloured.

    Examples
    --------
    >>> scene = flat_scene([[1, 2, 1]] * 3, stride=2)
    >>> scene["transposed"].values[:2]
    (('4', '4', '4', '4', '4', '4'), ('2', '2', '2', '2', '2', '2'))
    >>> scene["resized"].values[0]
    ('12', '12', '12', '12', '12', '12')
    """
    weight = np.asarray(weight)
    shown = np.s_[4:10, 4:10]
    flat = np.ones((8, 8), dtype=np.int64)
    transposed = conv_transpose2d(flat, weight, stride=stride)[shown]
    resized = conv2d(flat.repeat(stride, 0).repeat(stride, 1), weight)[shown]
    return Scene(
        (
            grid("kernel", f"kernel {size_text(weight.shape)}", weight, "kernel"),
            _counts("transposed", f"transposed, stride {stride}", transposed, transposed.max()),
            _counts("resized", f"resized by {stride}, convolved", resized, resized.max()),
        ),
        f"Both start from a grid of ones. The transposed convolution repeats a pattern of "
        f"{stride}×{stride} sums, from {transposed.min()} to {transposed.max()}; after resizing, "
        f"every sum is {resized.max()}.",
    )


def _next_row(row: Array, kernel_size: int, stride: int, padding: int) -> Array:
    """Return the next layer's counts, as far as `row` determines them and the picture is wide."""
    # Where the stride is larger than the kernel, its last cells get no stamp: output padding.
    extra = max(stride - kernel_size, 0)
    ones = np.ones(kernel_size, dtype=np.int64)
    full = conv_transpose1d(row, ones, stride=stride, output_padding=extra)
    # Cell r reads no further than cell (r + p) // s of `row`.
    return full[padding : min(padding + WIDTH, len(row) * stride)]


def _inner_counts(kernel_size: int, stride: int, layers: int) -> Array:
    """Return one period of the counts along a row, away from its border.

    Examples
    --------
    >>> _inner_counts(3, 2, 1), _inner_counts(4, 2, 2)
    (array([2, 1]), array([4, 4, 4, 4]))
    """
    counts = np.ones(1, dtype=np.int64)
    for _ in range(layers):
        cells = np.arange(len(counts) * stride)
        taps = cells - np.arange(kernel_size)[:, None]
        counts = np.where(taps % stride, 0, counts[taps // stride % len(counts)]).sum(axis=0)
    return counts


def _counts(name: str, title: str, counts: Array, least: float | Fraction) -> Grid:
    """Return a grid of counts, those from `least` on in colour and zeros marked."""
    coloured = np.where(counts >= least, "output", "blank")
    roles = np.where(counts == 0, "blank gap", coloured)
    # At most three digits fit into a cell.
    texts = [[f"{n / 1000:.0f}k" if n > 999 else n for n in row] for row in counts.tolist()]
    return grid(name, title, texts, roles)


def _overlap_sentence(kernel_size: int, stride: int, layers: int) -> str:
    counts = _inner_counts(kernel_size, stride, layers)
    low, high = int(counts.min()), int(counts.max())
    after = "one layer" if layers == 1 else f"{layers} layers"
    sentence = f"Stamps of {_cells(kernel_size)}, {stride} apart. "
    sentence += f"After {after}, away from the border"
    if low == high:
        return (
            f"{sentence}, each cell of a row is reached {_times(low)} and each cell of a plane "
            f"{_times(low**2)}: even."
        )
    return (
        f"{sentence}, the cells of a row are reached {low} to {high} times and those of a plane "
        f"{low**2} to {high**2} times: uneven."
    )


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
