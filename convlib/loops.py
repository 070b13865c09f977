"""The slow twins: loops that mirror the formulas, cell by cell, as the chapters show them.

Arrays are complete here: (N, C, H, W), with any number of spatial axes, and weights as in
`convlib.operations`, which checks what is passed in; nothing is checked here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np

from convlib._types import Array, PerAxis

__all__ = [
    "avg_pool",
    "conv",
    "conv_transpose",
    "max_pool",
    "pixel_shuffle",
    "pixel_unshuffle",
]

Mode: TypeAlias = Literal["constant", "reflect", "edge", "wrap"]


def conv(
    input: Array, weight: Array, bias: Array | None = None, stride: PerAxis = 1,
    padding: PerAxis = 0, dilation: PerAxis = 1, groups: int = 1, mode: Mode = "constant",
) -> Array:  # fmt: skip
    """Return the convolution, one product at a time.

    Parameters
    ----------
    input : shape (N, C, H, W)
    weight : shape (O, C // groups, kH, kW)
    bias : shape (O,), optional
    padding
        Cells on both sides of each axis.
    mode
        `numpy.pad`'s name for what padding holds.

    Returns
    -------
    shape (N, O, H', W')

    Examples
    --------
    >>> conv(np.arange(6).reshape(1, 1, 2, 3), np.array([[[[1, 2]]]]))
    array([[[[ 2,  5],
             [11, 14]]]])
    """
    axes = input.ndim - 2
    around = [(0, 0), (0, 0), *((cells, cells) for cells in np.broadcast_to(padding, axes))]
    padded = np.pad(input, around, mode)
    covers = dilation * (np.array(weight.shape[2:]) - 1) + 1
    sizes = (np.array(padded.shape[2:]) - covers) // stride + 1
    output = np.zeros((len(input), len(weight), *sizes), np.result_type(input, weight))
    for n, out_channel, *position in np.ndindex(output.shape):
        group = out_channel // (len(weight) // groups)
        total = 0 if bias is None else bias[out_channel]
        for channel, *tap in np.ndindex(weight.shape[1:]):
            cell = np.array(position) * stride + np.array(tap) * dilation
            in_channel = group * weight.shape[1] + channel
            total += weight[out_channel, channel, *tap] * padded[n, in_channel, *cell]
        output[n, out_channel, *position] = total
    return output


def conv_transpose(
    input: Array, weight: Array, bias: Array | None = None, stride: PerAxis = 1,
    padding: PerAxis = 0, output_padding: PerAxis = 0, groups: int = 1, dilation: PerAxis = 1,
) -> Array:  # fmt: skip
    """Return the transposed convolution: every input cell stamps the kernel, scaled by its value.

    Parameters
    ----------
    input : shape (N, C, H, W)
    weight : shape (C, O // groups, kH, kW)
    bias : shape (O,), optional

    Returns
    -------
    shape (N, O, H', W')

    Examples
    --------
    >>> conv_transpose(np.array([[[1, 10]]]), np.array([[[1, 2, 3]]]), stride=2)
    array([[[ 1,  2, 13, 20, 30]]])
    """
    sizes = np.array(input.shape[2:])
    covers = dilation * (np.array(weight.shape[2:]) - 1) + 1
    uncropped = (sizes - 1) * stride + covers + output_padding
    out_channels = weight.shape[1] * groups
    dtype = np.result_type(input, weight)
    output = np.zeros((len(input), out_channels, *uncropped), dtype)
    for n, in_channel, *position in np.ndindex(input.shape):
        group = in_channel // (len(weight) // groups)
        for channel, *tap in np.ndindex(weight.shape[1:]):
            cell = np.array(position) * stride + np.array(tap) * dilation
            stamp = weight[in_channel, channel, *tap] * input[n, in_channel, *position]
            output[n, group * weight.shape[1] + channel, *cell] += stamp
    if bias is not None:
        output = output + bias.reshape(-1, *[1] * len(sizes))
    cropped = zip(np.broadcast_to(padding, len(sizes)), uncropped, strict=True)
    return output[:, :, *(slice(cells, size - cells) for cells, size in cropped)]


def max_pool(
    input: Array, kernel_size: int, stride: int, padding: int = 0, dilation: int = 1
) -> Array:
    """Return the largest value under each window; padding never wins.

    Parameters
    ----------
    input : floats, shape (N, C, H, W)

    Returns
    -------
    shape (N, C, H', W')

    Examples
    --------
    >>> max_pool(np.array([[[[1.0, 3.0, 2.0], [4.0, 0.0, 1.0]]]]), 2, 1)
    array([[[[4., 3.]]]])
    """
    return _pool(np.max, -np.inf, input, kernel_size, stride, padding, dilation)


def avg_pool(input: Array, kernel_size: int, stride: int, padding: int = 0) -> Array:
    """Return the mean of the values under each window; padding counts as zeros.

    Parameters
    ----------
    input : floats, shape (N, C, H, W)

    Returns
    -------
    shape (N, C, H', W')

    Examples
    --------
    >>> avg_pool(np.array([[[[1.0, 3.0, 2.0], [4.0, 0.0, 1.0]]]]), 2, 1)
    array([[[[2. , 1.5]]]])
    """
    return _pool(np.mean, 0, input, kernel_size, stride, padding, 1)


def _pool(
    summary: Callable[[Array], float], filler: float, input: Array, kernel_size: int, stride: int,
    padding: int, dilation: int,
) -> Array:  # fmt: skip
    around = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
    padded = np.pad(input, around, constant_values=filler)
    covers = dilation * (kernel_size - 1) + 1
    rows, columns = ((size - covers) // stride + 1 for size in padded.shape[2:])
    output = np.empty((*input.shape[:2], rows, columns))
    for n, channel, row, column in np.ndindex(output.shape):
        top, left = row * stride, column * stride
        window = padded[n, channel, top : top + covers : dilation, left : left + covers : dilation]
        output[n, channel, row, column] = summary(window)
    return output


def pixel_shuffle(input: Array, upscale_factor: int) -> Array:
    """Return channels rearranged into space, cell by cell.

    Parameters
    ----------
    input : shape (N, C·r², H, W)
    upscale_factor
        r.

    Returns
    -------
    shape (N, C, H·r, W·r)

    Examples
    --------
    >>> pixel_shuffle(np.arange(1, 5).reshape(1, 4, 1, 1), 2)
    array([[[[1, 2],
             [3, 4]]]])
    """
    r = upscale_factor
    batch, channels, height, width = input.shape
    output = np.empty((batch, channels // r**2, height * r, width * r), input.dtype)
    for n, channel, row, column in np.ndindex(output.shape):
        offset = row % r * r + column % r
        cell = input[n, channel * r**2 + offset, row // r, column // r]
        output[n, channel, row, column] = cell
    return output


def pixel_unshuffle(input: Array, downscale_factor: int) -> Array:
    """Return space rearranged into channels, cell by cell.

    Parameters
    ----------
    input : shape (N, C, H·r, W·r)
    downscale_factor
        r.

    Returns
    -------
    shape (N, C·r², H, W)

    Examples
    --------
    >>> pixel_unshuffle(np.array([[[[1, 2], [3, 4]]]]), 2).ravel()
    array([1, 2, 3, 4])
    """
    r = downscale_factor
    batch, channels, height, width = input.shape
    output = np.empty((batch, channels * r**2, height // r, width // r), input.dtype)
    for n, channel, row, column in np.ndindex(input.shape):
        offset = row % r * r + column % r
        cell = input[n, channel, row, column]
        output[n, channel * r**2 + offset, row // r, column // r] = cell
    return output
