"""Scenes of a convolution as a matrix: mostly zeros, and few weights in many places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import log10, prod

import numpy as np
from numpy.typing import ArrayLike

from convlib._types import Array, Padding, PerAxis, Size
from convlib.matrix import conv_matrix
from convlib.scenes.convolution import convolution_scene, numbered_kernel, size_text
from convlib.scenes.scene import Bars, Grid, Scene, bars, cell_text, grid

__all__ = [
    "SHOWN_WEIGHTS",
    "dense_matrix_scene",
    "matrix_counts",
    "matrix_scene",
    "numbered_kernel",
    "weight_counts_scene",
]

#: Which weights a picture can point out.
SHOWN_WEIGHTS = ("all", "first", "middle", "last")


def matrix_counts(
    kernel_shape: Size, input_shape: Size, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> dict[str, int]:  # fmt: skip
    """Return what the entries of a convolution's matrix are.

    Parameters
    ----------
    kernel_shape, input_shape : (kH, kW) and (H, W)
    stride, padding, dilation : as in `convlib.conv_matrix`

    Returns
    -------
    dict
        ``"outputs"`` and ``"inputs"``, the shape; ``"entries"``, what a fully connected layer
        learns; ``"weights"``, the entries that hold a weight; ``"zeros"``, the others; ``"free"``,
        what the convolution learns.

    Examples
    --------
    >>> matrix_counts((3, 3), (4, 4))
    {'outputs': 4, 'inputs': 16, 'entries': 64, 'weights': 36, 'zeros': 28, 'free': 9}
    """
    taps = _taps(kernel_shape, input_shape, stride, padding, dilation)
    weights = int(np.count_nonzero(taps))
    return {
        "outputs": taps.shape[0],
        "inputs": taps.shape[1],
        "entries": taps.size,
        "weights": weights,
        "zeros": taps.size - weights,
        "free": prod(kernel_shape),
    }


def matrix_scene(
    input: ArrayLike, weight: ArrayLike, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1, shown: str = "all",
) -> Scene:  # fmt: skip
    """Return a convolution beside its matrix, and how many weights each way of seeing it has.

    Parameters
    ----------
    input : shape (H, W)
    weight : shape (kH, kW)
    stride, padding, dilation : as in `convlib.conv2d`
        In cells.
    shown
        One of `SHOWN_WEIGHTS`: the weights that have their colour, in the kernel and in every
        place of the matrix. The others keep their numbers alone.

    Returns
    -------
    Scene
        As `convolution_scene` makes it, with the matrix and a chart of the counts.

    Raises
    ------
    ValueError
        If `shown` is unknown.

    Examples
    --------
    >>> scene = matrix_scene([[1, 2, 3]], [[4, 5]])
    >>> scene.matrix.values
    (('4', '5', ''), ('', '4', '5'))
    >>> scene.bars[0].texts
    ('6', '4', '2')
    """
    if shown not in SHOWN_WEIGHTS:
        raise ValueError(f"shown={shown!r} must be one of {', '.join(SHOWN_WEIGHTS)}")
    input, weight = np.asarray(input), np.asarray(weight)
    scene = convolution_scene(input, weight, stride, padding, dilation)
    looks = np.full(weight.size, "kernel", dtype=object)
    if shown != "all":
        looks[:] = "blank"
        looks[_shown_tap(shown, weight.size)] = "kernel"
    kernel = grid("kernel", scene["kernel"].title, weight, looks.reshape(weight.shape))
    grids = tuple(kernel if one.name == "kernel" else one for one in scene.grids)
    if scene.error:
        return replace(scene, grids=grids)
    taps = _taps(weight.shape, input.shape, stride, padding, dilation)
    counts = matrix_counts(weight.shape, input.shape, stride, padding, dilation)
    return replace(
        scene,
        grids=grids,
        matrix=_matrix_grid(taps, weight, looks),
        bars=(_counts_bars(counts),),
        sentence=f"{scene.sentence} {_counts_sentence(counts)}"
        f"{_shown_sentence(shown, taps, weight.size)}",
        formula=f"{scene.formula}\n{_counts_formula(counts)}",
        matrix_weights=tuple(map(tuple, (taps - 1).tolist())),
    )


def dense_matrix_scene(outputs: int, inputs: int) -> Scene:
    """Return the matrix of a fully connected layer: every entry is a weight of its own.

    Examples
    --------
    >>> dense_matrix_scene(2, 3).matrix.values
    (('1', '2', '3'), ('4', '5', '6'))
    """
    return Scene(
        (),
        f"A matrix of {outputs} rows and {inputs} columns with a different weight in each of its "
        f"{outputs * inputs} entries.",
        matrix=grid(
            "matrix",
            f"{outputs} outputs × {inputs} inputs",
            numbered_kernel(outputs, inputs),
            "kernel",
        ),
    )


def weight_counts_scene(sizes: Sequence[int], kernel_size: int) -> Scene:
    """Return a chart of how many weights map an image to one of its own size, by its size.

    Parameters
    ----------
    sizes
        Heights of square images, in pixels.
    kernel_size
        Of the convolution, which is padded to keep the size.

    Examples
    --------
    >>> chart = weight_counts_scene([4, 8], 3).bars[0]
    >>> chart.labels, chart.texts
    (('4×4', '8×8', '3×3 kernel'), ('256', '4,096', '9'))
    """
    values = {size_text((size, size)): size**4 for size in sizes}
    values[f"{size_text((kernel_size,) * 2)} kernel"] = kernel_size**2
    plain = bars("growth", "", values, [*["input"] * len(sizes), "kernel"])
    longest = log10(max(values.values()))
    chart = replace(
        plain,
        title="weights; equal lengths are equal factors",
        lengths=tuple(log10(number) / longest for number in values.values()),
    )
    words = "; ".join(
        f"{label}: {text}" for label, text in zip(chart.labels, chart.texts, strict=True)
    )
    return Scene(
        (),
        f"Weights of a fully connected layer by the size of its image, and of a kernel. {words}.",
        bars=(chart,),
    )


def _taps(
    kernel_shape: Size, input_shape: Size, stride: PerAxis, padding: Padding, dilation: PerAxis
) -> Array:
    """Return the matrix with the number of the tap, from 1, in each entry; 0 where none is."""
    return conv_matrix(numbered_kernel(*kernel_shape), input_shape, stride, padding, dilation)


def _matrix_grid(taps: Array, weight: Array, looks: Array) -> Grid:
    texts = np.array(["", *map(cell_text, weight.ravel())], dtype=object)
    roles = np.array(["blank", *looks], dtype=object)
    title = f"matrix {size_text(taps.shape)}: a row for each output cell"
    return grid("matrix", title, texts[taps], roles[taps])


def _counts_bars(counts: dict[str, int]) -> Bars:
    return bars(
        "counts",
        "weights",
        {
            "fully connected": counts["entries"],
            "not fixed at 0": counts["weights"],
            "learned, since shared": counts["free"],
        },
        ["input", "kernel", "kernel"],
    )


def _counts_formula(counts: dict[str, int]) -> str:
    shape = f"{counts['outputs']}·{counts['inputs']}"
    return (
        f"fully connected: {shape} = {counts['entries']} weights\n"
        f"convolution: {counts['entries']} − {counts['zeros']} fixed at 0 = {counts['weights']} "
        f"places for {_count(counts['free'], 'weight')}"
    )


def _counts_sentence(counts: dict[str, int]) -> str:
    return (
        f"As a matrix it has {_count(counts['outputs'], 'row')} and {counts['inputs']} columns; "
        f"{counts['zeros']} of the {counts['entries']} entries are fixed at 0, and the other "
        f"{counts['weights']} are filled from the kernel's {_count(counts['free'], 'weight')}."
    )


def _shown_sentence(shown: str, taps: Array, size: int) -> str:
    if shown == "all":
        return ""
    places = int(np.count_nonzero(taps == _shown_tap(shown, size) + 1))
    return f" The {shown} weight stands in {_count(places, 'place')}."


def _shown_tap(shown: str, size: int) -> int:
    return {"first": 0, "middle": size // 2, "last": size - 1}[shown]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
