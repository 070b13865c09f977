"""Kernels that are made of others: a column times a row, or one convolution after another."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convlib._checks import check_rank, count, numeric_array
from convlib._types import Array, PerAxis
from convlib.operations import CONV_TRANSPOSE

__all__ = ["compose", "kernel_rank", "separate"]

#: Singular values nearer to each other than this share of them are the same on paper.
TIED = 1e-9


def separate(kernel: ArrayLike) -> tuple[Array, Array, float]:
    """Return the column and the row whose product is nearest to a kernel, and how near it is.

    By the singular value decomposition no other product has a smaller squared error. A kernel is
    spatially separable where the error is 0 (up to rounding): it has rank 1.

    Parameters
    ----------
    kernel : shape (kH, kW)

    Returns
    -------
    column : shape (kH,)
    row : shape (kW,)
        Scaled so that its first entry other than 0 is 1. Both have the kernel's floating type,
        float64 for integers and bools.
    error
        ‖kernel − column · row‖ / ‖kernel‖ (square root of the sum of squares); 0 for a kernel of
        zeros.

    Raises
    ------
    TypeError
        If kernel holds no real numbers.
    ValueError
        If kernel has not two axes, is empty, or holds NaN or infinity.

    Examples
    --------
    >>> column, row, error = separate([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    >>> (column + 0.0).round(6).tolist(), (row + 0.0).round(6).tolist(), round(error, 6)
    ([1.0, 2.0, 1.0], [1.0, 0.0, -1.0], 0.0)

    References
    ----------
    Eckart & Young 1936.
    """
    own, exact = _matrix(kernel)
    _, singular, right = np.linalg.svd(exact, full_matrices=False)
    if singular[0] == 0:
        zeros = np.zeros(exact.shape, own.dtype)
        return zeros[:, 0], zeros[0], 0.0
    row = _leading(right[singular > singular[0] * (1 - TIED)])
    column = exact @ row
    # What is 0 on paper comes out as about 1e-17: too small to scale by, and not worth showing.
    column[np.abs(column) < 1e-12 * np.abs(column).max()] = 0
    row[np.abs(row) < 1e-12 * np.abs(row).max()] = 0
    scale = row[np.flatnonzero(row)[0]]
    column, row = column * scale, row / scale
    error = np.linalg.norm(exact - np.outer(column, row)) / np.linalg.norm(exact)
    return column.astype(own.dtype), row.astype(own.dtype), float(error)


def _leading(rows: Array) -> Array:
    """Return one row of length 1 of the space that some orthonormal rows span.

    Where the largest singular value is there twice, any row of that space is as good, and which one
    comes out of the decomposition depends on the processor: this takes the one nearest to an axis.
    """
    projection = rows.T @ rows
    lengths = projection.diagonal()
    nearest = np.flatnonzero(lengths > lengths.max() * (1 - TIED))[0]
    chosen: Array = projection[nearest] / np.sqrt(lengths[nearest])
    return chosen


def kernel_rank(kernel: ArrayLike) -> int:
    """Return the rank of a kernel: the fewest column-times-row products that add up to it.

    Parameters
    ----------
    kernel : shape (kH, kW)

    Returns
    -------
    int
        1 for a separable kernel, 0 for zeros. Singular values below the rounding of the kernel's
        type count as 0.

    Raises
    ------
    TypeError
        If kernel holds no real numbers.
    ValueError
        If kernel has not two axes, is empty, or holds NaN or infinity.

    Examples
    --------
    >>> kernel_rank([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    1
    >>> kernel_rank([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    2
    """
    own, exact = _matrix(kernel)
    singular = np.linalg.svd(exact, compute_uv=False)
    rounding = max(exact.shape) * np.finfo(own.dtype).eps
    return int(np.count_nonzero(singular > singular[0] * rounding))


def _matrix(given: ArrayLike) -> tuple[Array, NDArray[np.float64]]:
    """Return the kernel in its floating type, and in float64, where the decomposition runs."""
    kernel = numeric_array("kernel", given)
    check_rank("kernel", kernel.shape, "(kH, kW)")
    if kernel.size == 0:
        raise ValueError(f"kernel has shape {kernel.shape}; it must have at least one cell")
    if kernel.dtype.kind != "f":
        kernel = kernel.astype(np.float64)
    if not np.isfinite(kernel).all():
        raise ValueError("kernel holds NaN or infinity; it must hold finite numbers")
    return kernel, kernel.astype(np.float64)


def compose(first: ArrayLike, second: ArrayLike, stride: PerAxis = 1) -> Array:
    """Return the kernel of the one convolution that does what two do, one after the other.

    ``conv2d(conv2d(x, first, stride=s), second)`` is ``conv2d(x, compose(first, second, s),
    stride=s)``: each tap of the second kernel stamps the first one, s cells apart. Without a stride
    kernels multiply as polynomials do.

    Parameters
    ----------
    first, second : shape (k,) or (kH, kW); or (O, I, k), (O, I, kH, kW), (O, I, kD, kH, kW)
        Plain kernels, or weights; with channels, the second takes as many as the first gives.
    stride : default 1
        Of the first convolution. The second one's stays: the composed convolution has the product
        of both.

    Returns
    -------
    shape (K,), (KH, KW), or (O₂, I₁, K), ...
        K = k₁ + (k₂ − 1)·s, likewise for each axis.

    Raises
    ------
    TypeError
        If a kernel holds no real numbers, or stride is not a whole number.
    ValueError
        If the kernels differ in their axes, their channels do not meet, or stride is below 1.

    Examples
    --------
    >>> compose([1, 1], [1, 1]), compose([1, 2, 1], [1, -1])
    (array([1, 2, 1]), array([ 1,  1, -1, -1]))
    >>> compose([1, 1], [1, 10], stride=2)
    array([ 1,  1, 10, 10])
    """
    first, second = numeric_array("first", first), numeric_array("second", second)
    if first.ndim != second.ndim or not 1 <= first.ndim <= 5:
        raise ValueError(
            f"first has shape {first.shape} and second {second.shape}; both must be plain kernels, "
            "(k,) or (kH, kW), or both weights, (O, I, k...)"
        )
    axes = first.ndim if first.ndim < 3 else first.ndim - 2
    if first.ndim > 2 and second.shape[1] != first.shape[0]:
        raise ValueError(
            f"second takes {count(second.shape[1], 'channel')} but first gives {first.shape[0]}"
        )
    # The tap of a kernel is the input cell of the transposed convolution, and its sum the stamp.
    return CONV_TRANSPOSE[axes](second, first, stride=stride)
