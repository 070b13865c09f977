"""Pooling: windows without weights, on NumPy arrays and with PyTorch's signatures.

Arrays are (N, C, H, W), (C, H, W) or plain (H, W), and the same with one axis or three. Types are
as in `convlib.operations`: floating types stay, integers are computed as int64, and averages of
integers are float64. Cells that padding adds never win a maximum, and count as zeros in an average
unless `count_include_pad` is False.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike

from convlib import fast
from convlib._checks import (
    check_rank,
    fitting_windows,
    is_sequence,
    per_axis,
    whole,
)
from convlib._types import Array, Padding, PerAxis
from convlib.arithmetic import pooled_windows
from convlib.operations import computed, computing_dtypes, input_forms

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "max_pool1d",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_unpool2d",
]


def max_pool1d(
    input: ArrayLike, kernel_size: PerAxis, stride: PerAxis | None = None, padding: Padding = 0,
    dilation: PerAxis = 1, ceil_mode: bool = False,
) -> Array:  # fmt: skip
    """Return the largest value under each window of a sequence, shape (N, C, L').

    As `max_pool2d`, with one axis: input (N, C, L), (C, L) or plain (L,).

    Examples
    --------
    >>> max_pool1d([1, 5, 2, 3, 4], 2)
    array([5, 3])
    >>> max_pool1d([1, 5, 2, 3, 4], 2, ceil_mode=True)  # the last window has one cell
    array([5, 3, 4])
    """
    return _largest(1, input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d(
    input: ArrayLike, kernel_size: PerAxis, stride: PerAxis | None = None, padding: Padding = 0,
    dilation: PerAxis = 1, ceil_mode: bool = False,
) -> Array:  # fmt: skip
    """Return the largest value under each window, shape (N, C, H', W').

    Parameters
    ----------
    input : shape (N, C, H, W), (C, H, W) or (H, W)
    stride : optional
        The kernel size by default: windows that touch but do not overlap.
    padding : default 0
        As in `conv2d`, at most half of the cells a window covers. Added cells never win.
    ceil_mode : default False
        Whether a last window may reach past the end, as long as it starts inside.

    Returns
    -------
    shape (N, C, H', W'), (C, H', W') or (H', W')

    Raises
    ------
    TypeError, ValueError
        As `conv2d`; also if padding exceeds half of the cells a window covers.

    Examples
    --------
    >>> max_pool2d([[1, 2, 5], [4, 3, 0], [7, 8, 9]], 2, stride=1)
    array([[4, 5],
           [8, 9]])

    References
    ----------
    torch.nn.functional.max_pool2d.
    """
    return _largest(2, input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool3d(
    input: ArrayLike, kernel_size: PerAxis, stride: PerAxis | None = None, padding: Padding = 0,
    dilation: PerAxis = 1, ceil_mode: bool = False,
) -> Array:  # fmt: skip
    """Return the largest value under each window of a volume, shape (N, C, D', H', W').

    As `max_pool2d`, with three axes: input (N, C, D, H, W), (C, D, H, W) or plain (D, H, W).

    Examples
    --------
    >>> max_pool3d(np.arange(8).reshape(2, 2, 2), 2)
    array([[[7]]])
    """
    return _largest(3, input, kernel_size, stride, padding, dilation, ceil_mode)


def avg_pool1d(
    input: ArrayLike, kernel_size: PerAxis, stride: PerAxis | None = None, padding: Padding = 0,
    ceil_mode: bool = False, count_include_pad: bool = True,
) -> Array:  # fmt: skip
    """Return the mean of the values under each window of a sequence, shape (N, C, L').

    As `avg_pool2d`, with one axis: input (N, C, L), (C, L) or plain (L,).

    Examples
    --------
    >>> avg_pool1d([2, 4, 6], 2, padding=1), avg_pool1d([2, 4], 2, 1, 1, count_include_pad=False)
    (array([1., 5.]), array([2., 3., 4.]))
    """
    return _mean(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: ArrayLike, kernel_size: PerAxis, stride: PerAxis | None = None, padding: Padding = 0,
    ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None,
) -> Array:  # fmt: skip
    """Return the mean of the values under each window, shape (N, C, H', W').

    Parameters
    ----------
    input : shape (N, C, H, W), (C, H, W) or (H, W)
        Averages of integers are float64.
    kernel_size, stride, padding, ceil_mode
        As in `max_pool2d`.
    count_include_pad : default True
        Whether padding cells count as zeros, or not at all.
    divisor_override : optional
        Divide each sum by this number instead of the number of cells.

    Returns
    -------
    shape (N, C, H', W'), (C, H', W') or (H', W')

    Raises
    ------
    TypeError, ValueError
        As `max_pool2d`; also if `divisor_override` is 0.

    Examples
    --------
    >>> avg_pool2d([[1, 2, 5, 0], [4, 3, 0, 1]], 2)
    array([[2.5, 1.5]])

    References
    ----------
    torch.nn.functional.avg_pool2d.
    """
    return _mean(
        2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def avg_pool3d(
    input: ArrayLike, kernel_size: PerAxis, stride: PerAxis | None = None, padding: Padding = 0,
    ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None,
) -> Array:  # fmt: skip
    """Return the mean of the values under each window of a volume, shape (N, C, D', H', W').

    As `avg_pool2d`, with three axes: input (N, C, D, H, W), (C, D, H, W) or plain (D, H, W).

    Examples
    --------
    >>> avg_pool3d(np.arange(8).reshape(2, 2, 2), 2)
    array([[[3.5]]])
    """
    return _mean(
        3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def max_pool2d_with_indices(
    input: ArrayLike, kernel_size: PerAxis, stride: PerAxis | None = None, padding: Padding = 0,
    dilation: PerAxis = 1, ceil_mode: bool = False,
) -> tuple[Array, Array]:  # fmt: skip
    """Return what `max_pool2d` returns, and where each maximum was found.

    Parameters
    ----------
    input, kernel_size, stride, padding, dilation, ceil_mode
        As in `max_pool2d`.

    Returns
    -------
    values : shape (N, C, H', W'), (C, H', W') or (H', W')
    indices : int64 of the same shape
        The number of the cell in its own plane, row · W + column. Of equal cells the first wins;
        a window that sees padding alone says 0.

    Raises
    ------
    TypeError, ValueError
        As `max_pool2d`.

    Examples
    --------
    >>> values, indices = max_pool2d_with_indices([[1, 2, 5, 5], [4, 3, 0, 5]], 2)
    >>> values, indices
    (array([[4, 5]]), array([[4, 2]]))

    References
    ----------
    torch.nn.functional.max_pool2d_with_indices.
    """
    cells, pool = _pool(2, input, kernel_size, stride, padding, dilation, ceil_mode)
    rows, columns = (_reads(axis, cells.shape[axis.axis]) for axis in pool)
    width = cells.shape[-1]
    index = rows[:, None, :, None] * width + columns[None, :, None, :]
    inside = (rows >= 0)[:, None, :, None] & (columns >= 0)[None, :, None, :]
    outputs = index.shape[2:]
    flat = np.where(inside, index, 0).reshape(-1, prod(outputs))
    taken = cells.reshape(*cells.shape[:-2], prod(cells.shape[-2:]))[..., flat]
    taken = np.where(inside.reshape(flat.shape), taken, fast.lowest(cells.dtype))
    # A NaN wins, as in a maximum, and of several equal cells the first.
    best = np.argmax(taken, axis=-2)
    values = np.take_along_axis(taken, best[..., None, :], axis=-2)[..., 0, :]
    places = flat[best, np.arange(flat.shape[1])]
    shape = (*cells.shape[:-2], *outputs)
    return values.reshape(shape), places.reshape(shape).astype(np.int64)


def max_unpool2d(
    input: ArrayLike, indices: ArrayLike, kernel_size: PerAxis, stride: PerAxis | None = None,
    padding: PerAxis = 0, output_size: PerAxis | None = None,
) -> Array:  # fmt: skip
    """Return the maxima put back where they were found, and 0 everywhere else.

    Parameters
    ----------
    input, indices : shape (N, C, H', W'), (C, H', W') or (H', W')
        As `max_pool2d_with_indices` gives them.
    kernel_size, stride, padding
        Of the pooling that made them.
    output_size : (H, W), optional
        (H' − 1)s − 2p + k by default, which is the size before the pooling where nothing was left
        over.

    Returns
    -------
    shape (N, C, H, W), (C, H, W) or (H, W)

    Raises
    ------
    TypeError
        If indices or a size are not whole numbers.
    ValueError
        If the shapes differ, an index lies outside the output, or the output has no cell.

    Examples
    --------
    >>> max_unpool2d([[4, 5]], [[4, 2]], 2)
    array([[0, 0, 5, 0],
           [4, 0, 0, 0]])

    References
    ----------
    Zeiler & Fergus 2014; torch.nn.functional.max_unpool2d.
    """
    values, places = computed("input", input), np.asarray(indices)
    check_rank("input", values.shape, "(N, C, H, W)", "(C, H, W)", "(H, W)")
    if places.dtype.kind not in "iu":
        raise TypeError(f"indices have dtype {places.dtype}; they must be whole numbers")
    if places.shape != values.shape:
        raise ValueError(f"indices have shape {places.shape} but input has {values.shape}")
    size = _unpooled_size(values.shape[-2:], kernel_size, stride, padding, output_size)
    if places.size and not 0 <= int(places.min()) <= int(places.max()) < prod(size):
        raise ValueError(
            f"indices go from {places.min()} to {places.max()}; "
            f"in an output of {size[0]}×{size[1]} they must be in 0..{prod(size) - 1}"
        )
    planes = values.reshape(-1, prod(values.shape[-2:]))
    out = np.zeros((len(planes), prod(size)), values.dtype)
    np.put_along_axis(out, places.reshape(planes.shape), planes, axis=1)
    return out.reshape(*values.shape[:-2], *size)


def adaptive_max_pool1d(input: ArrayLike, output_size: PerAxis) -> Array:
    """Return the largest value of each of `output_size` parts of a sequence, shape (N, C, o).

    As `adaptive_avg_pool2d`, with one axis, and the maximum in place of the mean.

    Examples
    --------
    >>> adaptive_max_pool1d([1, 5, 2, 3, 4], 2)  # cells 0 to 2, and 2 to 4
    array([5, 4])
    """
    return _adaptive(np.maximum, 1, input, output_size)


def adaptive_max_pool2d(input: ArrayLike, output_size: PerAxis) -> Array:
    """Return the largest value of each part of an image, shape (N, C, oH, oW).

    As `adaptive_avg_pool2d`, with the maximum in place of the mean.

    Examples
    --------
    >>> adaptive_max_pool2d([[1, 2], [4, 3]], 1)  # global max pooling
    array([[4]])
    """
    return _adaptive(np.maximum, 2, input, output_size)


def adaptive_max_pool3d(input: ArrayLike, output_size: PerAxis) -> Array:
    """Return the largest value of each part of a volume, shape (N, C, oD, oH, oW).

    As `adaptive_avg_pool2d`, with three axes, and the maximum in place of the mean.

    Examples
    --------
    >>> adaptive_max_pool3d(np.arange(8).reshape(2, 2, 2), (1, 1, 2))
    array([[[6, 7]]])
    """
    return _adaptive(np.maximum, 3, input, output_size)


def adaptive_avg_pool1d(input: ArrayLike, output_size: PerAxis) -> Array:
    """Return the mean of each of `output_size` parts of a sequence, shape (N, C, o).

    As `adaptive_avg_pool2d`, with one axis.

    Examples
    --------
    >>> adaptive_avg_pool1d([1, 5, 3, 3, 4, 2], 3)
    array([3., 3., 3.])
    """
    return _adaptive(np.add, 1, input, output_size)


def adaptive_avg_pool2d(input: ArrayLike, output_size: PerAxis) -> Array:
    """Return the mean of each part of an image, for an output of a given size.

    Part number o of an axis of i cells, cut for an output of n, has the cells from ⌊o · i / n⌋ to
    ⌈(o + 1) · i / n⌉ − 1: parts overlap where n does not divide i. An output of 1 is global average
    pooling.

    Parameters
    ----------
    input : shape (N, C, H, W), (C, H, W) or (H, W)
        Averages of integers are float64.
    output_size
        Cells of the output, one number for both axes or one each.

    Returns
    -------
    shape (N, C, oH, oW), (C, oH, oW) or (oH, oW)

    Raises
    ------
    TypeError
        If input holds no real numbers, or a size is not a whole number.
    ValueError
        If the rank does not fit, a size is below 1, or an axis of the input has no cell.

    Examples
    --------
    >>> adaptive_avg_pool2d([[1, 2, 3], [4, 5, 6]], (1, 2))
    array([[3., 4.]])

    References
    ----------
    torch.nn.functional.adaptive_avg_pool2d.
    """
    return _adaptive(np.add, 2, input, output_size)


def adaptive_avg_pool3d(input: ArrayLike, output_size: PerAxis) -> Array:
    """Return the mean of each part of a volume, shape (N, C, oD, oH, oW).

    As `adaptive_avg_pool2d`, with three axes.

    Examples
    --------
    >>> adaptive_avg_pool3d(np.arange(8).reshape(2, 2, 2), 1)
    array([[[3.5]]])
    """
    return _adaptive(np.add, 3, input, output_size)


class _PooledAxis(NamedTuple):
    """What pooling does along one axis."""

    axis: int
    out_size: int
    kernel_size: int
    start: int  # the input cell under tap 0 of the first window
    stride: int
    dilation: int
    after: int  # cells of padding at the end


def _pool(
    axes: int, input: ArrayLike, kernel_size: PerAxis, stride: PerAxis | None, padding: Padding,
    dilation: PerAxis, ceil_mode: bool,
) -> tuple[Array, list[_PooledAxis]]:  # fmt: skip
    """Return the input as it is computed with, and how each of its axes is pooled."""
    cells = computed("input", input)
    check_rank("input", cells.shape, *input_forms(axes))
    stride = kernel_size if stride is None else stride
    window = fitting_windows(cells.shape[-axes:], kernel_size, stride, padding, dilation)
    pool = [
        _PooledAxis(
            cells.ndim - axes + axis,
            out_size,
            window.kernel_size[axis],
            -window.padding[axis][0],
            window.stride[axis],
            window.dilation[axis],
            window.padding[axis][1],
        )
        for axis, out_size in enumerate(pooled_windows(window, ceil_mode))
    ]
    return cells, pool


def _largest(axes: int, *parameters: Any) -> Array:
    largest, pool = _pool(axes, *parameters)
    for axis, out_size, kernel, start, step, gap, _ in pool:
        largest = fast.reduce_axis(np.maximum, largest, axis, out_size, kernel, start, step, gap)
    return largest


def _mean(
    axes: int, input: ArrayLike, kernel_size: PerAxis, stride: PerAxis | None, padding: Padding,
    ceil_mode: bool, count_include_pad: bool, divisor_override: int | None,
) -> Array:  # fmt: skip
    cells, pool = _pool(axes, input, kernel_size, stride, padding, 1, ceil_mode)
    if divisor_override is not None and whole("divisor_override", divisor_override) == 0:
        raise ValueError("divisor_override=0 must not be 0: the sums are divided by it")
    accumulator, result = computing_dtypes(cells.dtype)
    sums = cells.astype(accumulator, copy=False)
    counts = np.ones((), accumulator)
    for axis, out_size, kernel, start, step, gap, after in pool:
        sums = fast.reduce_axis(np.add, sums, axis, out_size, kernel, start, step, gap)
        first = start + step * np.arange(out_size)
        size = cells.shape[axis]
        low, high = (start, size + after) if count_include_pad else (0, size)
        count_of_each = np.minimum(first + kernel, high) - np.maximum(first, low)
        counts = np.multiply.outer(counts, count_of_each.astype(accumulator))
    means = sums / (counts if divisor_override is None else divisor_override)
    return means.astype(result, copy=False) if result.kind == "f" else means


def _reads(axis: _PooledAxis, size: int) -> fast.Index:
    """Return the input cell of each tap of each window, or −1: shape (kernel_size, out_size)."""
    return fast.cells_read(
        size, axis.out_size, axis.kernel_size, axis.stride, axis.dilation, -axis.start, "zeros"
    )


def _unpooled_size(
    pooled: tuple[int, ...], kernel_size: PerAxis, stride: PerAxis | None, padding: PerAxis,
    output_size: PerAxis | None,
) -> tuple[int, ...]:  # fmt: skip
    kernel = per_axis("kernel_size", kernel_size, 2, 1)
    step = kernel if stride is None else per_axis("stride", stride, 2, 1)
    cropped = per_axis("padding", padding, 2, 0)
    if output_size is not None:
        return per_axis("output_size", output_size, 2, 1)
    size = tuple(
        (cells - 1) * s - 2 * p + k
        for cells, s, p, k in zip(pooled, step, cropped, kernel, strict=True)
    )
    if min(size) < 1:
        raise ValueError(f"padding={padding} leaves an output of {size[0]}×{size[1]} cells")
    return size


def parts(size: int, out_size: int) -> tuple[tuple[int, int], ...]:
    """Return the (first, after the last) cell of each part that adaptive pooling cuts.

    Examples
    --------
    >>> parts(7, 3)
    ((0, 3), (2, 5), (4, 7))
    """
    return tuple(
        (number * size // out_size, -(-(number + 1) * size // out_size))
        for number in range(out_size)
    )


def _adaptive(ufunc: np.ufunc, axes: int, input: ArrayLike, output_size: PerAxis) -> Array:
    cells = computed("input", input)
    check_rank("input", cells.shape, *input_forms(axes))
    if is_sequence(output_size) and None in output_size:
        raise TypeError(f"output_size={output_size!r} must have a whole number for each axis")
    sizes = per_axis("output_size", output_size, axes, 1)
    if not all(cells.shape[-axes:]):
        raise ValueError(f"input has shape {cells.shape}; each axis needs at least 1 cell")
    accumulator, result = computing_dtypes(cells.dtype)
    cut = [parts(size, n) for size, n in zip(cells.shape[-axes:], sizes, strict=True)]
    whole_input = cells.astype(accumulator, copy=False)
    averages = ufunc is np.add
    dtype = np.result_type(accumulator, float) if averages and result.kind != "f" else accumulator
    out = np.empty((*cells.shape[:-axes], *sizes), dtype)
    last = tuple(range(-axes, 0))
    for place in product(*map(range, sizes)):
        cell: tuple[Any, ...] = tuple(
            slice(*cut[axis][number]) for axis, number in enumerate(place)
        )
        part, here = whole_input[(..., *cell)], cast(Any, (..., *place))
        out[here] = part.mean(axis=last) if averages else part.max(axis=last)
    return out if dtype.kind != "f" or result.kind != "f" else out.astype(result, copy=False)
