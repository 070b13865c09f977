"""Scenes of padding: what the added cells hold, and how often each input cell is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from convlib._types import Array, Padding, PaddingMode, Pair, PerAxis, Size
from convlib.arithmetic import tensorflow_same_padding
from convlib.explain import (
    explain_full_padding,
    explain_output_size,
    explain_same_padding,
    explain_tensorflow_same_padding,
)
from convlib.geometry import ConvGeometry, Geometry
from convlib.operations import PADDING_MODES, conv2d
from convlib.scenes.convolution import a_size, convolution_scene, padded_input_grid, size_text
from convlib.scenes.scene import AxisLinks, Grid, Scene, Sweep, View, grid, view

__all__ = [
    "named_paddings_scene",
    "padding_modes_scene",
    "padding_scene",
    "read_counts",
    "read_counts_scene",
    "tensorflow_scene",
]

#: What the cells of each padding mode hold, in words.
_HOLDS = {
    "zeros": "holds zeros",
    "reflect": "mirrors the input at its border cells",
    "replicate": "repeats the border cells",
    "circular": "continues with the opposite side",
}


def read_counts(
    input_size: Size, kernel_size: Size, stride: PerAxis = 1, padding: Padding = 0,
    padding_mode: PaddingMode = "zeros",
) -> Array:  # fmt: skip
    """Return how often each input cell is read, int64 of shape `input_size`.

    Reading a copy of a cell in the padding counts as reading the cell.

    Parameters
    ----------
    stride, padding, padding_mode : as in `convlib.conv2d`

    Examples
    --------
    >>> read_counts((3, 3), (3, 3), padding=1)
    array([[4, 6, 4],
           [6, 9, 6],
           [4, 6, 4]])
    """
    geometry = ConvGeometry(input_size, kernel_size, stride, padding)
    by_axis = []
    for axis, size in enumerate(geometry.padded_size):
        read = [cell for pairs in geometry.links(axis) for _, cell in pairs]
        by_axis.append(np.bincount(read, minlength=size))
    cells = np.arange(np.prod(geometry.input_size)).reshape(geometry.input_size)
    # Each padded cell by the number of the cell it copies; the zeros copy cell −1, which is none.
    copied = _padded(cells + 1, geometry.padding, padding_mode) - 1
    counts = np.bincount(
        copied[copied >= 0], np.multiply.outer(*by_axis)[copied >= 0], minlength=cells.size
    )
    return counts.astype(np.int64).reshape(geometry.input_size)


def padding_scene(
    input: ArrayLike, weight: ArrayLike, padding: Padding = 0, padding_mode: PaddingMode = "zeros",
    stride: PerAxis = 1,
) -> Scene:  # fmt: skip
    """Return the picture of a padded convolution, and how often it reads each input cell.

    Parameters
    ----------
    input : shape (H, W)
    weight : shape (kH, kW)
    padding, padding_mode, stride : as in `convlib.conv2d`

    Returns
    -------
    Scene
        The grids of `convolution_scene`, with the padding's values, and ``"reads"``. Where the
        parameters make no output, the scene holds the error's text.

    Examples
    --------
    >>> scene = padding_scene([[1, 2], [3, 4]], [[1, 0, 0], [0, 0, 0], [0, 0, 1]], 1, "replicate")
    >>> scene["input"].values[0]
    ('1', '1', '2', '2')
    >>> scene.code
    'F.conv2d(F.pad(input, (1, 1, 1, 1), mode="replicate"), weight)'
    """
    input, weight = np.asarray(input), np.asarray(weight)
    scene = convolution_scene(input, weight, stride, padding)
    if scene.error:
        return scene
    geometry = ConvGeometry(input.shape, weight.shape, stride, padding)
    try:
        output = conv2d(
            input, weight, stride=stride, padding=geometry.padding, padding_mode=padding_mode
        )
    except ValueError as error:  # too few cells to copy from
        alone = grid("input", f"input {size_text(input.shape)}", input, "input")
        return Scene(
            (alone, scene["kernel"]),
            f"No output: {error}.",
            error=str(error),
            views=(view("input", input.shape), view("kernel", weight.shape)),
        )
    counts = read_counts(input.shape, weight.shape, stride, geometry.padding, padding_mode)
    return replace(
        scene,
        grids=(
            _holding(scene["input"], input, geometry.padding, padding_mode),
            scene["kernel"],
            grid("output", f"output {size_text(output.shape)}", output, "output"),
            _counts_grid("reads", "how often each input cell is read", counts),
        ),
        sentence=_sentence(scene.sentence, geometry, padding_mode, counts),
        formula=_formula(geometry, padding),
        code=_code(geometry, padding, padding_mode),
        # Where the padding copies cells, it shows their numbers.
        views=(
            View("input", "input", *_copied(input.shape, geometry.padding, padding_mode)),
            view("kernel", weight.shape),
        ),
    )


def tensorflow_scene(
    input: ArrayLike, weight: ArrayLike, stride: PerAxis = 1, padding_mode: PaddingMode = "zeros"
) -> Scene:
    """Return the picture of TensorFlow's SAME, beside the output of symmetric padding k // 2.

    Parameters
    ----------
    input : shape (H, W)
    weight : shape (kH, kW)
    stride, padding_mode : as in `convlib.conv2d`

    Examples
    --------
    >>> scene = tensorflow_scene(np.eye(4, dtype=int), np.ones((3, 3), int), stride=2)
    >>> scene["input"].title, scene["output"].values, scene["symmetric"].values
    ('input 4×4, padding 0 before and 1 after', (('3', '1'), ('1', '2')), (('2', '1'), ('1', '3')))
    """
    input, weight = np.asarray(input), np.asarray(weight)
    padding = tensorflow_same_padding(input.shape, weight.shape, stride)
    scene = padding_scene(input, weight, padding, padding_mode, stride)
    if scene.error:
        return scene
    halves = tuple(size // 2 for size in weight.shape)
    try:
        symmetric = conv2d(input, weight, stride=stride, padding=halves, padding_mode=padding_mode)
    except ValueError:  # the mode can copy this often, but not so many cells
        return scene
    output = np.array(scene["output"].values)
    words = halves[0] if len(set(halves)) == 1 else halves
    title = f"output with padding={words}: {size_text(symmetric.shape)}"
    other = grid("symmetric", title, symmetric, "output")
    if other.shape != output.shape:
        against = f"gives {size_text(other.shape)} cells"
    elif (np.array(other.values) == output).all():
        against = "gives the same output"
    else:
        against = "gives other values in an output of this size"
    beside = ConvGeometry(input.shape, weight.shape, stride, halves)
    shown = ConvGeometry(input.shape, weight.shape, stride, padding)
    rows, columns = (_links_to_shown(beside, shown, axis, padding_mode) for axis in (0, 1))
    axes = list(zip(input.shape, weight.shape, strict=True))
    size, kernel = axes[0] if axes[0] == axes[1] else (input.shape, weight.shape)
    return replace(
        scene,
        grids=(*scene.grids[:3], other, *scene.grids[3:]),
        sentence=f"{scene.sentence} Padding {words} on both sides {against}.",
        formula=explain_tensorflow_same_padding(size, kernel, stride),
        sums=(*scene.computed, Sweep("symmetric", "input", "kernel", rows, columns)),
    )


def named_paddings_scene(input: ArrayLike, weight: ArrayLike) -> Scene:
    """Return the padded input and the output of valid, same and full padding, in pairs.

    Parameters
    ----------
    input : shape (H, W)
    weight : shape (kH, kW)
    """
    input, weight = np.asarray(input), np.asarray(weight)
    grids, clauses = [], []
    for name in ("valid", "same", "full"):
        geometry = ConvGeometry(input.shape, weight.shape, padding=name)
        output = conv2d(input, weight, padding=name)
        padded = padded_input_grid(input, geometry)
        grids += [
            replace(padded, name=f"{name}-input", title=f"{name}: {padded.title}"),
            grid(f"{name}-output", f"output {size_text(output.shape)}", output, "output"),
        ]
        clauses.append(
            f"{name}, padded to {size_text(padded.shape)}, gives {size_text(output.shape)}"
        )
    return Scene(
        tuple(grids),
        f"{a_size(input.shape).capitalize()} input and {a_size(weight.shape)} kernel: "
        f"{'; '.join(clauses)}.",
    )


def padding_modes_scene(input: ArrayLike, padding: int) -> Scene:
    """Return the same input padded in each of the four modes.

    Parameters
    ----------
    input : shape (H, W)
    padding
        Cells on each side.

    Examples
    --------
    >>> scene = padding_modes_scene([[1, 2, 3]] * 2, 1)
    >>> [grid.values[0][0] for grid in scene.grids]
    ['0', '2', '1', '3']
    """
    input = np.asarray(input)
    geometry = ConvGeometry(input.shape, (1, 1), padding=padding)
    grids = tuple(
        replace(
            _holding(padded_input_grid(input, geometry), input, geometry.padding, mode),
            name=mode,
            title=f'"{mode}"',
        )
        for mode in PADDING_MODES
    )
    clauses = [f"{mode} {_HOLDS[mode]}" for mode in PADDING_MODES]
    return Scene(
        grids,
        f"{a_size(input.shape).capitalize()} input with padding {padding}: {'; '.join(clauses)}.",
    )


def read_counts_scene(input_size: Size, kernel_size: Size, paddings: Iterable[int]) -> Scene:
    """Return how often each input cell is read, for several paddings side by side.

    Parameters
    ----------
    paddings
        Cells on each side.

    Examples
    --------
    >>> read_counts_scene((5, 5), (3, 3), [0, 2]).sentence
    'How often a 3×3 kernel reads each cell of a 5×5 input: padding 0, 1 to 9 times; padding 2, \
9 times.'
    """
    counts = {
        padding: read_counts(input_size, kernel_size, padding=padding) for padding in paddings
    }
    clauses = [f"padding {padding}, {_times(count)}" for padding, count in counts.items()]
    return Scene(
        tuple(
            _counts_grid(f"padding-{padding}", f"padding {padding}", count)
            for padding, count in counts.items()
        ),
        f"How often {a_size(kernel_size)} kernel reads each cell of "
        f"{a_size(input_size)} input: {'; '.join(clauses)}.",
    )


def _copied(
    sizes: Size, padding: tuple[Pair, ...], padding_mode: PaddingMode
) -> tuple[tuple[int, ...], ...]:
    """Return, for each padded cell along each axis, the input cell it copies; −1 where it is 0.

    Examples
    --------
    >>> _copied((2, 3), ((0, 0), (1, 1)), "reflect")
    ((0, 1), (1, 0, 1, 2, 1))
    """
    return tuple(
        tuple((_padded(np.arange(size) + 1, (pair,), padding_mode) - 1).tolist())
        for size, pair in zip(sizes, padding, strict=True)
    )


def _links_to_shown(
    geometry: Geometry, shown: Geometry, axis: int, padding_mode: PaddingMode
) -> AxisLinks:
    """Return the links of a convolution along an axis to the padded input of another one."""
    copied = _copied(geometry.input_size, geometry.padding, padding_mode)[axis]
    before = shown.padding[axis][0]
    return tuple(
        tuple((tap, before + copied[cell]) for tap, cell in pairs if copied[cell] >= 0)
        for pairs in geometry.links(axis)
    )


def _padded(cells: Array, padding: tuple[Pair, ...], padding_mode: PaddingMode) -> Array:
    return np.pad(cells, padding, PADDING_MODES[padding_mode])


def _holding(
    zeros: Grid, input: Array, padding: tuple[Pair, ...], padding_mode: PaddingMode
) -> Grid:
    """Return the grid of an input padded with zeros, with the values of another mode."""
    if padding_mode == "zeros":
        return zeros
    values = _padded(input, padding, padding_mode)
    title = f"{zeros.title}, {padding_mode}" if any(map(any, padding)) else zeros.title
    return replace(grid(zeros.name, title, values, "input"), roles=zeros.roles)


def _counts_grid(name: str, title: str, counts: Array) -> Grid:
    return grid(name, title, counts, "input")


def _times(counts: Array) -> str:
    low, high = counts.min(), counts.max()
    return f"{low} to {high} times" if low < high else f"{low} time{'s' if low != 1 else ''}"


def _sentence(sentence: str, geometry: Geometry, padding_mode: PaddingMode, counts: Array) -> str:
    if padding_mode != "zeros" and any(map(any, geometry.padding)):
        sentence += f" The padding {_HOLDS[padding_mode]}."
    return f"{sentence} Each input cell is read {_times(counts)}."


def _formula(geometry: Geometry, padding: Padding) -> str:
    """Return how the sides come from their name, then the size; once if the axes are alike."""
    names = ("input_size", "kernel_size", "stride", "padding")
    axes = list(zip(*(getattr(geometry, name) for name in names), strict=True))
    size, kernel, stride, pairs = axes[0] if axes[0] == axes[1] else zip(*axes, strict=True)
    explained = {"same": explain_same_padding, "full": explain_full_padding}
    lines = [explained[padding](kernel)] if padding in explained else []
    return "\n".join([*lines, explain_output_size(size, kernel, stride, pairs)])


def _code(geometry: Geometry, padding: Padding, padding_mode: str) -> str:
    """Return the PyTorch line; `F.pad` where the layer's function has no word for the padding."""
    stride = geometry.stride[0] if len(set(geometry.stride)) == 1 else geometry.stride
    step = "" if stride == 1 else f", stride={stride}"
    sides = geometry.padding
    if not any(map(any, sides)):
        return f"F.conv2d(input, weight{step})"
    if padding_mode == "zeros" and padding == "same":
        return 'F.conv2d(input, weight, padding="same")'
    if padding_mode == "zeros" and all(before == after for before, after in sides):
        each = tuple(before for before, _ in sides)
        return f"F.conv2d(input, weight{step}, padding={each[0] if len(set(each)) == 1 else each})"
    # F.pad counts from the last axis: left, right, top, bottom.
    order = (*sides[1], *sides[0])
    mode = "" if padding_mode == "zeros" else f', mode="{padding_mode}"'
    return f"F.conv2d(F.pad(input, {order}{mode}), weight{step})"
