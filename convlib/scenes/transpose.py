"""Scenes of the transposed convolution: one operation, seen three ways.

Every view is laid out by the geometry of the convolution whose way back it is: what that reads as
its padded input is the canvas here, and its windows are the stamps.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import ArrayLike

from convlib import (
    ConvGeometry,
    conv2d,
    conv_matrix,
    conv_transpose2d,
    conv_transpose_output_size,
    rotate180,
    zero_insert,
)
from convlib._types import Array, Padding, Pair, PerAxis, Size
from convlib.explain import explain_transpose_output_size, explain_transposed_padding
from convlib.geometry import Geometry
from convlib.scenes.convolution import (
    a_size,
    axes_text,
    convolution_scene,
    numbered_kernel,
    size_text,
)
from convlib.scenes.scene import AxisLinks, Grid, Scene, Sweep, Symbol, View, grid, view
from convlib.scenes.symbols import SIZES

__all__ = [
    "counting_input",
    "each_stamp_scene",
    "forward_matrix_scene",
    "matrix_grid",
    "sliding_scene",
    "stamps_scene",
    "there_and_back_scene",
    "transposed_matrix_grid",
    "transposed_matrix_scene",
]

#: In the three views. Strides and padding can be seen on the canvas of stamps alone.
_SYMBOLS = {
    "i": SIZES["i"],
    "k": SIZES["k"],
    "s": Symbol("stride", ("canvas",), "stride", "output"),
    "p": Symbol("padding", ("canvas",), "padding", "input"),
    "o": Symbol("output size", ("canvas", "output"), "side", "output"),
}


def counting_input(rows: int, columns: int | None = None) -> Array:
    """Return digits from 1 to 6, int64 of shape (rows, columns): no stamp is empty.

    Examples
    --------
    >>> counting_input(3, 2)
    array([[1, 2],
           [4, 5],
           [2, 3]])
    """
    row, column = np.indices((rows, columns or rows), dtype=np.int64)
    return (3 * row + row // 2 + column) % 6 + 1


def stamps_scene(
    input: ArrayLike, weight: ArrayLike, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Scene:  # fmt: skip
    """Return the first view: every input cell adds a copy of the kernel to a canvas.

    Parameters
    ----------
    input : shape (H, W)
    weight : shape (kH, kW)
    stride, padding, dilation : as in `convlib.conv_transpose2d`
        In cells.

    Returns
    -------
    Scene
        Grids ``"input"``, ``"kernel"`` and ``"canvas"``. The canvas holds the padding's cells too,
        around the output: they are computed, and cropped. Cells of the output that no stamp
        reaches are marked as gaps, here and in the other views.

    Examples
    --------
    >>> stamps_scene([[1, 2]], [[3, 4, 5]], stride=2)["canvas"].values
    (('3', '4', '11', '8', '10'),)
    """
    input, weight, geometry = _parts(input, weight, stride, padding, dilation)
    canvas = conv_transpose2d(input, weight, stride=stride, dilation=dilation)
    roles = np.full(canvas.shape, "padding", dtype=object)
    roles[_inside(geometry)] = _output_roles(geometry)
    title = f"canvas {size_text(canvas.shape)}, all of it output"
    if any(_padding(geometry)):
        title = f"canvas {size_text(canvas.shape)}, cropped to {size_text(geometry.input_size)}"
    return Scene(
        (
            _input_grid(input),
            _kernel_grid(weight),
            grid("canvas", title, canvas, roles),
        ),
        f"{_sentence(geometry)} Each input cell stamps the kernel, multiplied by its value, onto a "
        f"{size_text(canvas.shape)} canvas{_step_words(geometry)}; where stamps overlap, they "
        f"add up.{_crop_words(geometry)}",
        Sweep("input", "canvas", "kernel", geometry.links(0), geometry.links(1), kind="stamp"),
        formula=_formula(geometry),
        symbols=_SYMBOLS,
        code=f"F.conv_transpose2d(input, weight{_arguments(geometry)})",
        views=(view("input", input.shape), view("kernel", weight.shape)),
    )


def sliding_scene(
    input: ArrayLike, weight: ArrayLike, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Scene:  # fmt: skip
    """Return the second view: the kernel, turned by 180°, slides over the input spread by zeros.

    Parameters
    ----------
    input, weight, stride, padding, dilation
        As in `stamps_scene`.

    Returns
    -------
    Scene
        Grids ``"input"`` (with zeros between its cells and padding around; cropped cells, where
        the padding is below 0, are blank), ``"kernel"`` (turned) and ``"output"``.

    Examples
    --------
    >>> scene = sliding_scene([[1, 2]], [[3, 4, 5]], stride=2)
    >>> scene["input"].values, scene["kernel"].values
    ((('0', '0', '1', '0', '2', '0', '0'),), (('5', '4', '3'),))
    """
    input, weight, geometry = _parts(input, weight, stride, padding, dilation)
    around = [
        covers - 1 - cells
        for covers, cells in zip(geometry.effective_kernel_size, _padding(geometry), strict=True)
    ]
    spread = zero_insert(input, geometry.stride)
    roles = np.full(spread.shape, "zero", dtype=object)
    roles[tuple(slice(None, None, step) for step in geometry.stride)] = "input"
    border = [(max(cells, 0),) * 2 for cells in around]
    roles = np.pad(roles, border, constant_values="padding")
    spread = np.pad(spread, border)
    cropped = [max(-cells, 0) for cells in around]
    for axis, cells in enumerate(cropped):
        lines = np.moveaxis(roles, axis, 0)
        lines[:cells] = "blank"
        lines[len(lines) - cells :] = "blank"
    rows, columns = (_sliding_links(geometry, axis, cells) for axis, cells in enumerate(cropped))
    return Scene(
        (
            grid("input", _spread_title(input, geometry, around), spread, roles),
            _turned_grid(weight),
            _output_grid(input, weight, geometry),
        ),
        f"{_sentence(geometry)} Here the same comes from a plain convolution: "
        f"{_spread_words(geometry, around)}, and the kernel, turned by 180°, slides over it with "
        "stride 1.",
        Sweep("output", "input", "kernel", rows, columns),
        formula=f"{_formula(geometry)}\n{_padding_formula(geometry)}",
        symbols=_SYMBOLS,
        code=_sliding_code(geometry, around),
        views=(
            View("input", "input", *map(_spread_places, input.shape, geometry.stride, border)),
            View("kernel", "kernel", *(tuple(reversed(range(size))) for size in weight.shape)),
        ),
    )


def transposed_matrix_scene(
    input: ArrayLike, weight: ArrayLike, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Scene:  # fmt: skip
    """Return the third view: the transposed matrix, one row for each output cell.

    Parameters
    ----------
    input, weight, stride, padding, dilation
        As in `stamps_scene`.

    Returns
    -------
    Scene
        Grids ``"input"``, ``"kernel"`` and ``"output"``, and the matrix.

    Examples
    --------
    >>> scene = transposed_matrix_scene([[1, 2]], [[3, 4]])
    >>> scene.matrix.values
    (('3', ''), ('4', '3'), ('', '4'))
    >>> scene.step_text(0, 1)
    'output[0, 1] = 1×4 + 2×3 = 10'
    """
    input, weight, geometry = _parts(input, weight, stride, padding, dilation)
    shape = geometry.input_size
    return Scene(
        (
            _input_grid(input),
            _kernel_grid(weight),
            _output_grid(input, weight, geometry),
        ),
        f"{_sentence(geometry)} Its matrix has one row for each of the {prod(geometry.input_size)} "
        f"output cells and one column for each of the {input.size} input cells; a column holds the "
        "kernel where the input cell stamps it.",
        Sweep("output", "input", "kernel", _gather(geometry, 0), _gather(geometry, 1)),
        matrix=transposed_matrix_grid(weight, shape, stride, padding, dilation),
        formula=_formula(geometry),
        symbols=_SYMBOLS,
        code="from convlib import conv_matrix\n"
        f"C = torch.tensor(conv_matrix(weight[0, 0], {shape}{_arguments(geometry)}))\n"
        f"(C.T @ input.flatten()).reshape{shape}",
        views=(view("input", input.shape), view("kernel", weight.shape)),
        matrix_weights=_matrix_weights(weight.shape, shape, stride, padding, dilation),
    )


def each_stamp_scene(input: ArrayLike, weight: ArrayLike, stride: PerAxis = 1) -> Scene:
    """Return every stamp on its own, and the canvas that is their sum.

    Parameters
    ----------
    input : shape (H, W)
    weight : shape (kH, kW)
    stride : default 1
        Cells from one stamp to the next.

    Returns
    -------
    Scene
        Grids ``"stamp-0"``, ``"stamp-1"``, ... in the order of the input cells, and ``"output"``.

    Examples
    --------
    >>> each_stamp_scene([[1, 2]], [[3, 4]])["stamp-1"].values
    (('', '6', '8'),)
    """
    input, weight, geometry = _parts(input, weight, stride, 0, 1)
    stamps = []
    for number, cell in enumerate(np.ndindex(*input.shape)):
        values = np.full(geometry.input_size, "", dtype=object)
        corner = tuple(
            slice(at * step, at * step + size)
            for at, step, size in zip(cell, geometry.stride, weight.shape, strict=True)
        )
        values[corner] = input[cell] * weight
        roles = np.full(values.shape, "blank", dtype=object)
        roles[corner] = "kernel"
        stamps.append(grid(f"stamp-{number}", f"{input[cell]} × kernel", values, roles))
    return Scene(
        (*stamps, _output_grid(input, weight, geometry)),
        f"The kernel, multiplied by each of the {input.size} input cells, each at its own place on "
        f"{a_size(geometry.input_size)} canvas, and the sum of all.",
    )


def there_and_back_scene(input: ArrayLike, weight: ArrayLike, stride: PerAxis = 1) -> Scene:
    """Return an input, its convolution, and the transposed convolution of that.

    Parameters
    ----------
    input : shape (H, W)
    weight : shape (kH, kW)
    stride : default 1
        In cells.

    Returns
    -------
    Scene
        Grids ``"input"``, ``"there"`` and ``"back"``.

    Examples
    --------
    >>> there_and_back_scene([[1, 2]], [[1, 1]])["back"].values
    (('3', '3'),)
    """
    input = np.asarray(input)
    there = conv2d(input, weight, stride=stride)
    back = conv_transpose2d(there, weight, stride=stride)
    shapes = [size_text(array.shape) for array in (input, there, back)]
    return Scene(
        (
            _input_grid(input),
            grid("there", f"there: {shapes[1]}", there, "output"),
            grid("back", f"and back: {shapes[2]}", back, "output"),
        ),
        f"A {shapes[0]} input, its {shapes[1]} convolution, and the {shapes[2]} grid that comes "
        "back, which holds other numbers than the input.",
    )


def forward_matrix_scene(
    input: ArrayLike, weight: ArrayLike, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Scene:  # fmt: skip
    """Return a convolution and its matrix.

    Parameters
    ----------
    input : shape (H, W)
    weight : shape (kH, kW)
    stride, padding, dilation : as in `convlib.conv2d`
        In cells.

    Examples
    --------
    >>> forward_matrix_scene([[1, 2, 3]], [[1, 2]]).matrix.values
    (('1', '2', ''), ('', '1', '2'))
    """
    scene = convolution_scene(input, weight, stride, padding, dilation)
    matrix = matrix_grid(weight, np.shape(input), stride, padding, dilation)
    rows, columns = matrix.shape
    return replace(
        scene,
        matrix=matrix,
        sentence=f"{scene.sentence} Its matrix has {rows} rows and {columns} columns; each row "
        "holds the weights of one window.",
    )


def matrix_grid(
    weight: ArrayLike, input_shape: Size, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Grid:  # fmt: skip
    """Return the grid of a convolution's matrix.

    Where a weight is, the cell shows it, a 0 among the weights too; all other cells are empty.

    Parameters
    ----------
    weight : shape (kH, kW)
    input_shape
        (H, W).
    stride, padding, dilation
        As in `convlib.conv_matrix`.

    Returns
    -------
    Grid
        ``"matrix"``, of shape (outputs, inputs).

    Examples
    --------
    >>> matrix_grid([[5, 0]], (1, 3)).values
    (('5', '0', ''), ('', '5', '0'))
    """
    weight = np.asarray(weight)
    slots = conv_matrix(numbered_kernel(*weight.shape), input_shape, stride, padding, dilation)
    texts = np.array(["", *weight.ravel()], dtype=object)
    roles = np.where(slots > 0, "kernel", "blank")
    return grid("matrix", f"C, {size_text(slots.shape)}", texts[slots], roles)


def transposed_matrix_grid(
    weight: ArrayLike, input_shape: Size, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Grid:  # fmt: skip
    """Return the grid of the transposed matrix, of shape (inputs, outputs).

    Parameters
    ----------
    weight, input_shape, stride, padding, dilation
        As in `matrix_grid`.

    Examples
    --------
    >>> transposed_matrix_grid([[5, 0]], (1, 3)).values
    (('5', ''), ('0', '5'), ('', '0'))
    """
    matrix = matrix_grid(weight, input_shape, stride, padding, dilation)
    title = f"Cᵀ, {size_text(matrix.shape[::-1])}"
    return grid("matrix", title, zip(*matrix.values, strict=True), zip(*matrix.roles, strict=True))


def _parts(
    input: ArrayLike, weight: ArrayLike, stride: PerAxis, padding: Padding, dilation: PerAxis
) -> tuple[Array, Array, Geometry]:
    """Return the arrays, and the geometry of the convolution that leads from output to input."""
    input, weight = np.asarray(input), np.asarray(weight)
    size = conv_transpose_output_size(input.shape, weight.shape, stride, padding, dilation=dilation)
    return input, weight, ConvGeometry(size, weight.shape, stride, padding, dilation)


def _input_grid(input: Array) -> Grid:
    return grid("input", f"input {size_text(input.shape)}", input, "input")


def _kernel_grid(weight: Array) -> Grid:
    return grid("kernel", f"kernel {size_text(weight.shape)}", weight, "kernel")


def _turned_grid(weight: Array) -> Grid:
    title = f"kernel {size_text(weight.shape)}, turned by 180°"
    return grid("kernel", title, rotate180(weight), "kernel")


def _output_grid(input: Array, weight: Array, geometry: Geometry) -> Grid:
    output = conv_transpose2d(
        input,
        weight,
        stride=geometry.stride,
        padding=_padding(geometry),
        dilation=geometry.dilation,
    )
    return grid("output", f"output {size_text(output.shape)}", output, _output_roles(geometry))


def _output_roles(geometry: Geometry) -> Array:
    """Return the role of every output cell: the gaps of the convolution get no stamp."""
    roles = np.full(geometry.padded_size, "output", dtype=object)
    for axis in range(geometry.axes):
        np.moveaxis(roles, axis, 0)[list(geometry.gaps(axis))] = "output gap"
    return roles[_inside(geometry)]


def _inside(geometry: Geometry) -> tuple[slice, ...]:
    return tuple(
        slice(before, before + size)
        for (before, _), size in zip(geometry.padding, geometry.input_size, strict=True)
    )


def _padding(geometry: Geometry) -> tuple[int, ...]:
    return tuple(before for before, _ in geometry.padding)


def _gather(geometry: Geometry, axis: int) -> AxisLinks:
    """Return, for each output cell along `axis`, the (tap, input cell) pairs that add to it."""
    reached: list[list[Pair]] = [[] for _ in range(geometry.padded_size[axis])]
    for cell, pairs in enumerate(geometry.links(axis)):
        for tap, place in pairs:
            reached[place].append((tap, cell))
    return tuple(map(tuple, reached[_inside(geometry)[axis]]))


def _sliding_links(geometry: Geometry, axis: int, cropped: int) -> AxisLinks:
    """Return which tap of the turned kernel meets which cell, for each output cell of an axis."""
    taps, dilation = range(geometry.kernel_size[axis]), geometry.dilation[axis]
    return tuple(
        tuple((tap, start + cropped + tap * dilation) for tap in taps)
        for start in range(geometry.input_size[axis])
    )


def _spread_places(size: int, stride: int, around: Pair) -> tuple[int, ...]:
    """Return the input cell in each place of an axis that zeros spread; −1 for none.

    Examples
    --------
    >>> _spread_places(2, 2, (1, 0))
    (-1, 0, -1, 1)
    """
    spread = zero_insert(np.arange(1, size + 1), stride)
    return tuple((np.pad(spread, around) - 1).tolist())


def _matrix_weights(
    kernel_shape: Size, input_shape: Size, stride: PerAxis, padding: Padding, dilation: PerAxis
) -> tuple[tuple[int, ...], ...]:
    """Return for each entry of the transposed matrix the number of its weight; −1 for none."""
    slots = conv_matrix(numbered_kernel(*kernel_shape), input_shape, stride, padding, dilation)
    return tuple(map(tuple, (slots.T - 1).tolist()))


def _sentence(geometry: Geometry) -> str:
    settings = [
        f"{a_size(geometry.kernel_size)} kernel",
        f"stride {axes_text(geometry.stride)}",
    ]
    if any(_padding(geometry)):
        settings.append(f"padding {axes_text(_padding(geometry))}")
    if set(geometry.dilation) != {1}:
        settings.append(f"dilation {axes_text(geometry.dilation)}")
    return (
        f"A transposed convolution with {', '.join(settings[:-1])} and {settings[-1]} turns "
        f"{size_text(geometry.output_size)} into {size_text(geometry.input_size)}."
    )


def _step_words(geometry: Geometry) -> str:
    if set(geometry.stride) == {1}:
        return ""
    return f", {axes_text(geometry.stride)} cells from one stamp to the next"


def _crop_words(geometry: Geometry) -> str:
    if not any(_padding(geometry)):
        return ""
    cells = axes_text(_padding(geometry))
    noun = "cell is" if cells == "1" else "cells are"
    return f" Then {cells} {noun} cropped on each side."


def _spread_title(input: Array, geometry: Geometry, around: list[int]) -> str:
    title = f"input {size_text(input.shape)}"
    between, added, cropped = _spread_counts(geometry, around)
    zeros = [f"{between} between"] * (between != "0") + [f"{added} around"] * (added != "0")
    if zeros:
        title += f"; zeros: {', '.join(zeros)}"
    return title if cropped == "0" else f"{title}; cropped by {cropped}"


def _spread_words(geometry: Geometry, around: list[int]) -> str:
    between, added, cropped = _spread_counts(geometry, around)
    zeros = []
    if between != "0":
        zeros.append(f"{between} {_zeros(between)} between neighbouring cells")
    if added != "0":
        zeros.append(f"{added} {_zeros(added)} on each side")
    words = [f"gets {' and '.join(zeros)}"] if zeros else []
    if cropped != "0":
        words.append(f"loses {cropped} {'cell' if cropped == '1' else 'cells'} on each side")
    return f"the input {' and '.join(words) or 'stays as it is'}"


def _spread_counts(geometry: Geometry, around: list[int]) -> tuple[str, str, str]:
    """Return how many zeros go between cells and around them, and how many cells are cropped."""
    return (
        axes_text(step - 1 for step in geometry.stride),
        axes_text(max(cells, 0) for cells in around),
        axes_text(max(-cells, 0) for cells in around),
    )


def _zeros(count: str) -> str:
    return "zero" if count == "1" else "zeros"


def _formula(geometry: Geometry) -> str:
    axes = list(
        zip(
            geometry.output_size,
            geometry.kernel_size,
            geometry.stride,
            _padding(geometry),
            (0, 0),
            geometry.dilation,
            strict=True,
        )
    )
    if axes[0] == axes[1]:
        return explain_transpose_output_size(*axes[0])
    return explain_transpose_output_size(*zip(*axes, strict=True))


def _padding_formula(geometry: Geometry) -> str:
    axes = list(zip(geometry.kernel_size, _padding(geometry), geometry.dilation, strict=True))
    if axes[0] == axes[1]:
        return explain_transposed_padding(*axes[0])
    return explain_transposed_padding(*zip(*axes, strict=True))


def _one_or_all(values: Size) -> int | Size:
    return values[0] if len(set(values)) == 1 else values


def _arguments(
    geometry: Geometry, names: tuple[str, ...] = ("stride", "padding", "dilation")
) -> str:
    """Return the keyword arguments that are not at their defaults, each after a comma."""
    values = {
        "stride": geometry.stride,
        "padding": _padding(geometry),
        "dilation": geometry.dilation,
    }
    return "".join(
        f", {name}={_one_or_all(values[name])}"
        for name in names
        if set(values[name]) != {0 if name == "padding" else 1}
    )


def _sliding_code(geometry: Geometry, around: list[int]) -> str:
    """Return the PyTorch lines that insert the zeros and slide the turned kernel."""
    lines, source = [], "input"
    if set(geometry.stride) != {1}:
        rows, columns = (
            (cells - 1) * step + 1
            for cells, step in zip(geometry.output_size, geometry.stride, strict=True)
        )
        steps = ", ".join(f"::{step}" for step in geometry.stride)
        lines += [
            f"spread = input.new_zeros(1, 1, {rows}, {columns})",
            f"spread[:, :, {steps}] = input",
        ]
        source = "spread"
    padding = ""
    if min(around) < 0:
        sides = ", ".join(str(cells) for cells in reversed(around) for _ in range(2))
        lines.append(f"{source} = F.pad({source}, ({sides}))")
    elif any(around):
        padding = f", padding={_one_or_all(tuple(around))}"
    dilation = _arguments(geometry, ("dilation",))
    return "\n".join([*lines, f"F.conv2d({source}, weight.flip(2, 3){padding}{dilation})"])
