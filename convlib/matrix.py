"""A convolution as a matrix, and the rearrangements behind other ways to compute it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from convlib._checks import conv_channels, count, is_sequence, numeric_array, per_axis, whole
from convlib._types import Array, Padding, PerAxis, Size
from convlib.fast import Index
from convlib.geometry import ConvGeometry, Geometry
from convlib.operations import computed

__all__ = [
    "CONV_MATRIX_LIMIT",
    "col2im",
    "col2im_loops",
    "conv_matrix",
    "conv_matrix_loops",
    "im2col",
    "im2col_loops",
    "rotate180",
    "zero_insert",
]

#: Bytes of the largest matrix that `conv_matrix` makes.
CONV_MATRIX_LIMIT = 2**30


def conv_matrix(
    weight: ArrayLike, input_shape: Sequence[int], stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1, groups: int = 1,
) -> Array:  # fmt: skip
    """Return the matrix C of a convolution: ``C @ input.ravel()`` is the flattened output.

    Row r holds the weights of output cell r, each in the column of the input cell it meets; all
    other entries are 0. The transposed matrix maps outputs back: it is the transposed convolution.

    Parameters
    ----------
    weight : shape (kH, kW) or (O, I // groups, kH, kW)
        The kernel, or one per pair of output and input channel; any number of axes.
    input_shape : (H, W) or (C, H, W)
        Shape of the input, without batch.
    stride, dilation : default 1
        In cells.
    padding : default 0
        An int, one per axis, one (before, after) pair per axis, ``"valid"``, ``"same"`` or
        ``"full"``. Padding cells are 0 and have no column.
    groups : default 1
        Blocks of channels that do not meet.

    Returns
    -------
    shape (outputs, inputs)
        Both in row-major order, channels first. The weight's dtype; int64 for integers and bools.

    Raises
    ------
    TypeError
        If weight holds no real numbers, or a size is not a whole number.
    ValueError
        If the shapes do not fit, the parameters are refused by `ConvGeometry`, or the matrix would
        be larger than `CONV_MATRIX_LIMIT` bytes.

    Examples
    --------
    >>> conv_matrix([[1, 2], [3, 4]], (2, 3))
    array([[1, 2, 0, 3, 4, 0],
           [0, 1, 2, 0, 3, 4]])

    References
    ----------
    Dumoulin & Visin 2016, section 4.1.
    """
    weight, geometry, groups = _matrix_parts(weight, input_shape, stride, padding, dilation, groups)
    outputs, inputs = prod(geometry.output_size), prod(geometry.input_size)
    out_channels, per_group = weight.shape[:2]
    rows, columns = out_channels * outputs, per_group * groups * inputs
    _check_matrix_size(rows, columns, weight.dtype)

    matrix = np.zeros((rows, columns), weight.dtype)
    row, tap, column = _meetings(geometry)
    # One axis for each of: group, channel in it, cell, on both sides. Only equal groups meet.
    blocks = matrix.reshape(groups, out_channels // groups, outputs, groups, per_group, inputs)
    kernels = weight.reshape(groups, out_channels // groups, per_group, -1)
    for group in range(groups):
        meeting = kernels[group][:, :, tap]
        blocks[group, :, :, group][:, row, :, column] = np.moveaxis(meeting, 2, 0)
    return matrix


def conv_matrix_loops(
    weight: ArrayLike, input_shape: Sequence[int], stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1, groups: int = 1,
) -> Array:  # fmt: skip
    """Return what `conv_matrix` returns, one weight at a time, as on paper.

    Examples
    --------
    >>> conv_matrix_loops([[1, 2], [3, 4]], (2, 3))
    array([[1, 2, 0, 3, 4, 0],
           [0, 1, 2, 0, 3, 4]])
    """
    weight, geometry, groups = _matrix_parts(weight, input_shape, stride, padding, dilation, groups)
    outputs, inputs = geometry.output_size, geometry.input_size
    out_channels, per_group = weight.shape[:2]
    matrix = np.zeros((out_channels, *outputs, per_group * groups, *inputs), weight.dtype)
    for out_channel, channel in product(range(out_channels), range(per_group)):
        in_channel = out_channel // (out_channels // groups) * per_group + channel
        for position, tap, cell in _meetings_loops(geometry):
            matrix[out_channel, *position, in_channel, *cell] = weight[out_channel, channel, *tap]
    return matrix.reshape(out_channels * prod(outputs), -1)


def im2col(
    input: ArrayLike, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Array:  # fmt: skip
    """Return the windows of an input as the columns of a matrix.

    A convolution is then one matrix product: ``weight.reshape(O, -1) @ im2col(input, ...)``.

    Parameters
    ----------
    input : shape (N, C, H, W), (C, H, W) or (H, W)
        Never changed.
    kernel_size
        Cells; an int stands for two axes, a tuple has one number for each axis there is.
    stride, dilation : default 1
        In cells.
    padding : default 0
        As in `conv_matrix`.

    Returns
    -------
    shape (N, C * kH * kW, outputs), (C * kH * kW, outputs) or (kH * kW, outputs)
        The input's dtype.

    Raises
    ------
    TypeError
        If input holds no real numbers, or a size is not a whole number.
    ValueError
        If input has another number of axes, or `ConvGeometry` refuses the parameters.

    Examples
    --------
    >>> im2col([[1, 2, 3], [4, 5, 6]], 2)
    array([[1, 2],
           [2, 3],
           [4, 5],
           [5, 6]])

    References
    ----------
    torch.nn.Unfold.
    """
    input = numeric_array("input", input)
    geometry = _column_geometry(input.shape, kernel_size, stride, padding, dilation)
    leading = input.shape[: input.ndim - geometry.axes]
    padded = np.pad(input, [(0, 0)] * len(leading) + list(geometry.padding))
    taps = np.stack([padded[_last(cells)] for cells in _tap_slices(geometry)], len(leading))
    rows = (leading[-1] if leading else 1) * prod(geometry.kernel_size)
    return taps.reshape(*leading[:-1], rows, prod(geometry.output_size))


def im2col_loops(
    input: ArrayLike, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Array:  # fmt: skip
    """Return what `im2col` returns for one plain input, window by window.

    Examples
    --------
    >>> im2col_loops([[1, 2, 3], [4, 5, 6]], 2)
    array([[1, 2],
           [2, 3],
           [4, 5],
           [5, 6]])
    """
    input = numeric_array("input", input)
    geometry = _column_geometry(input.shape, kernel_size, stride, padding, dilation)
    columns = np.zeros((*geometry.kernel_size, *geometry.output_size), input.dtype)
    for position, tap, cell in _meetings_loops(geometry):
        columns[*tap, *position] = input[cell]
    return columns.reshape(prod(geometry.kernel_size), prod(geometry.output_size))


def col2im(
    columns: ArrayLike, input_shape: Sequence[int], kernel_size: PerAxis, stride: PerAxis = 1,
    padding: Padding = 0, dilation: PerAxis = 1,
) -> Array:  # fmt: skip
    """Return the input-shaped array in which every window's column is added back.

    It is the adjoint of `im2col`, not its inverse: a cell read by n windows is added n times.

    Parameters
    ----------
    columns : shape as `im2col` returns it
        Never changed.
    input_shape : (N, C, H, W), (C, H, W) or (H, W)
        Shape of the input that `im2col` had.
    kernel_size, stride, padding, dilation
        As in `im2col`.

    Returns
    -------
    shape input_shape
        The dtype of columns; int64 for integers and bools.

    Raises
    ------
    TypeError
        If columns holds no real numbers, or a size is not a whole number.
    ValueError
        If columns has another shape than `im2col` gives for `input_shape`.

    Examples
    --------
    >>> col2im(im2col([[1, 1, 1], [1, 1, 1]], 2), (2, 3), 2)
    array([[1, 2, 1],
           [1, 2, 1]])

    References
    ----------
    torch.nn.Fold.
    """
    columns = computed("columns", columns)
    input_shape = _shape("input_shape", input_shape)
    geometry = _column_geometry(input_shape, kernel_size, stride, padding, dilation)
    leading = input_shape[: len(input_shape) - geometry.axes]
    taps, outputs = prod(geometry.kernel_size), prod(geometry.output_size)
    channels = leading[-1] if leading else 1
    expected = (*leading[:-1], channels * taps, outputs)
    if columns.shape != expected:
        raise ValueError(
            f"columns has shape {columns.shape}, but input_shape={input_shape} with "
            f"kernel_size={geometry.kernel_size} gives {expected}"
        )
    # float16 would lose whole cells where many windows overlap.
    sums = np.float32 if columns.dtype == np.float16 else columns.dtype
    padded = np.zeros((*leading, *geometry.padded_size), sums)
    by_tap = columns.reshape(*leading, taps, *geometry.output_size)
    for tap, cells in enumerate(_tap_slices(geometry)):
        padded[_last(cells)] += np.take(by_tap, tap, axis=len(leading))
    inside = (
        slice(before, before + size)
        for (before, _), size in zip(geometry.padding, geometry.input_size, strict=True)
    )
    cropped: Array = padded[_last(inside)]
    return cropped.astype(columns.dtype)


def col2im_loops(
    columns: ArrayLike, input_shape: Sequence[int], kernel_size: PerAxis, stride: PerAxis = 1,
    padding: Padding = 0, dilation: PerAxis = 1,
) -> Array:  # fmt: skip
    """Return what `col2im` returns for one plain input, window by window.

    Examples
    --------
    >>> col2im_loops(im2col([[1, 1, 1], [1, 1, 1]], 2), (2, 3), 2)
    array([[1, 2, 1],
           [1, 2, 1]])
    """
    columns = computed("columns", columns)
    geometry = _column_geometry(tuple(input_shape), kernel_size, stride, padding, dilation)
    columns = columns.reshape(*geometry.kernel_size, *geometry.output_size)
    result = np.zeros(input_shape, columns.dtype)
    for position, tap, cell in _meetings_loops(geometry):
        result[cell] += columns[*tap, *position]
    return result


def zero_insert(input: ArrayLike, stride: PerAxis) -> Array:
    """Return the input with stride − 1 zeros between neighbouring cells.

    What a transposed convolution with a stride does to its input; also what a dilation does to a
    kernel.

    Parameters
    ----------
    input : shape (..., H, W)
    stride
        1 inserts nothing. An int holds for the last two axes (for the one axis there is, if there
        is one); a tuple has one number for each of the last axes.

    Returns
    -------
    shape (..., (H − 1) * stride + 1, (W − 1) * stride + 1)
        The input's dtype.

    Raises
    ------
    TypeError
        If input holds no real numbers, or stride is not a whole number.
    ValueError
        If stride is below 1 or has more numbers than input has axes.

    Examples
    --------
    >>> zero_insert([[1, 2], [3, 4]], 2)
    array([[1, 0, 2],
           [0, 0, 0],
           [3, 0, 4]])

    References
    ----------
    Dumoulin & Visin 2016, section 4.3.
    """
    cells = numeric_array("input", input)
    axes = len(stride) if is_sequence(stride) else min(cells.ndim, 2)
    steps = per_axis("stride", stride, axes, 1)
    if not 0 < axes <= cells.ndim:
        raise ValueError(
            f"stride={stride!r} has {count(axes, 'value')} "
            f"but input has {count(cells.ndim, 'axis')}"
        )
    leading = cells.shape[: cells.ndim - axes]
    spread = tuple(
        max((size - 1) * step + 1, 0)
        for size, step in zip(cells.shape[cells.ndim - axes :], steps, strict=True)
    )
    result = np.zeros((*leading, *spread), cells.dtype)
    result[_last(slice(None, None, step) for step in steps)] = cells
    return result


def rotate180(weight: ArrayLike, axes: int = 2) -> Array:
    """Return the weight turned by 180°: reversed along each of its last axes.

    Parameters
    ----------
    weight : shape (..., kH, kW)
        A kernel, or a whole weight, whose channels stay where they are.
    axes : default 2
        How many of the last axes are reversed: 1 for conv1d, 3 for conv3d.

    Returns
    -------
    the same shape and dtype

    Raises
    ------
    TypeError
        If weight holds no real numbers, or axes is not a whole number.
    ValueError
        If weight has fewer axes.

    Examples
    --------
    >>> rotate180([[1, 2, 3], [4, 5, 6]])
    array([[6, 5, 4],
           [3, 2, 1]])
    """
    weight = numeric_array("weight", weight)
    axes = whole("axes", axes, 1)
    if axes > weight.ndim:
        raise ValueError(f"axes={axes} but weight has {count(weight.ndim, 'axis')}")
    return np.flip(weight, tuple(range(-axes, 0))).copy()


def _matrix_parts(
    weight: ArrayLike, input_shape: Sequence[int], stride: PerAxis, padding: Padding,
    dilation: PerAxis, groups: int,
) -> tuple[Array, Geometry, int]:  # fmt: skip
    """Return weight as (O, I // groups, *kernel), the geometry, and groups."""
    weight = computed("weight", weight)
    input_shape = _shape("input_shape", input_shape)
    plain = weight.ndim == len(input_shape)
    if not (plain and weight.ndim <= 3) and not weight.ndim == len(input_shape) + 1 >= 3:
        raise ValueError(
            f"weight of shape {weight.shape} does not fit input_shape={input_shape}: give "
            "(kH, kW) with (H, W), or (O, I // groups, kH, kW) with (C, H, W), without batch"
        )
    if plain:
        weight, input_shape = weight[None, None], (1, *input_shape)
    groups = conv_channels(input_shape[0], weight.shape, groups)
    geometry = ConvGeometry(input_shape[1:], weight.shape[2:], stride, padding, dilation)
    return weight, geometry, groups


def _shape(name: str, value: Sequence[int]) -> tuple[int, ...]:
    if not is_sequence(value) or len(value) == 0:
        raise TypeError(f"{name}={value!r} must be a tuple such as (H, W) or (C, H, W)")
    return tuple(whole(f"{name}[{axis}]", size, 1) for axis, size in enumerate(value))


def _check_matrix_size(rows: int, columns: int, dtype: np.dtype[Any]) -> None:
    size = rows * columns * dtype.itemsize
    if size > CONV_MATRIX_LIMIT:
        raise ValueError(
            f"the matrix would have {rows} × {columns} = {rows * columns:.1e} entries and take "
            f"{size / 2**30:.1f} GiB; conv_matrix makes at most {CONV_MATRIX_LIMIT / 2**30:.0f} GiB"
        )


def _meetings(geometry: Geometry) -> tuple[Index, Index, Index]:
    """Return which (output, tap, input) cells meet: three equally long arrays of flat indices."""
    per_axis_shape = (-1, 1, 1)
    step = np.reshape(geometry.stride, per_axis_shape)
    gap = np.reshape(geometry.dilation, per_axis_shape)
    before = np.reshape([pair[0] for pair in geometry.padding], per_axis_shape)
    size = np.reshape(geometry.input_size, per_axis_shape)
    position = np.indices(geometry.output_size).reshape(geometry.axes, -1, 1)
    tap = np.indices(geometry.kernel_size).reshape(geometry.axes, 1, -1)
    cell = position * step + tap * gap - before  # (axes, outputs, taps)
    outputs, taps = np.nonzero(((cell >= 0) & (cell < size)).all(axis=0))
    return outputs, taps, np.ravel_multi_index(tuple(cell[:, outputs, taps]), geometry.input_size)


def _meetings_loops(geometry: Geometry) -> Iterator[tuple[Size, Size, Size]]:
    """Yield what `_meetings` returns, one tap at a time: the indices of output, tap and input."""
    for position in product(*map(range, geometry.output_size)):
        for tap in product(*map(range, geometry.kernel_size)):
            cell = tuple(
                at * step + t * gap - before
                for at, step, t, gap, (before, _) in zip(
                    position, geometry.stride, tap, geometry.dilation, geometry.padding, strict=True
                )
            )
            if all(0 <= x < size for x, size in zip(cell, geometry.input_size, strict=True)):
                yield position, tap, cell


def _column_geometry(
    shape: tuple[int, ...], kernel_size: PerAxis, stride: PerAxis, padding: Padding,
    dilation: PerAxis,
) -> Geometry:  # fmt: skip
    axes = len(kernel_size) if is_sequence(kernel_size) else 2
    kernel_size = per_axis("kernel_size", kernel_size, axes, 1)
    if axes == 0 or not axes <= len(shape) <= axes + 2:
        raise ValueError(
            f"input has shape {tuple(shape)}, {count(len(shape), 'axis')}; with a kernel of "
            f"{count(axes, 'axis')} it must have {axes}, {axes + 1} (channels) or "
            f"{axes + 2} (batch and channels)"
        )
    return ConvGeometry(shape[len(shape) - axes :], kernel_size, stride, padding, dilation)


def _tap_slices(geometry: Geometry) -> Iterator[tuple[slice, ...]]:
    """Yield, for each tap in row-major order, the slices of the padded cells it meets."""
    for tap in product(*map(range, geometry.kernel_size)):
        yield tuple(
            slice(t * gap, t * gap + (outputs - 1) * step + 1, step)
            for t, gap, outputs, step in zip(
                tap, geometry.dilation, geometry.output_size, geometry.stride, strict=True
            )
        )


def _last(cells: Iterable[slice]) -> tuple[Any, ...]:
    """Return the index of these cells along the last axes, whatever comes before."""
    return (..., *cells)
