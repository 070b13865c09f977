"""The slow twins: loops that mirror the formulas, cell by cell, as the chapters show them.

Arrays are complete here: (N, C, H, W), with any number of spatial axes, and weights as in
`convlib.operations`, which checks what is passed in; nothing is checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Literal, TypeAlias

import numpy as np

from convlib._types import Array, PerAxis

__all__ = [
    "adaptive_pool",
    "avg_pool",
    "compose",
    "conv",
    "conv_input_gradient",
    "conv_transpose",
    "conv_weight_gradient",
    "interpolate",
    "max_pool",
    "max_unpool",
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


def conv_input_gradient(
    input_size: Sequence[int], weight: Array, grad_output: Array, stride: PerAxis = 1,
    padding: PerAxis = 0, dilation: PerAxis = 1, groups: int = 1,
) -> Array:  # fmt: skip
    """Return the gradient for the input: each product sends its output's gradient to its cell.

    Parameters
    ----------
    input_size
        (N, C, H, W).
    weight : shape (O, C // groups, kH, kW)
    grad_output : shape (N, O, H', W')

    Returns
    -------
    shape input_size

    Examples
    --------
    >>> conv_input_gradient((1, 1, 3), np.array([[[1, 2]]]), np.array([[[10, 1]]]))
    array([[[10, 21,  2]]])
    """
    gradient = np.zeros(input_size, np.result_type(weight, grad_output))
    for output, tap, cell in _products(input_size, weight.shape, grad_output.shape, stride,
                                       padding, dilation, groups):  # fmt: skip
        gradient[cell] += weight[tap] * grad_output[output]
    return gradient


def conv_weight_gradient(
    input: Array, weight_size: Sequence[int], grad_output: Array, stride: PerAxis = 1,
    padding: PerAxis = 0, dilation: PerAxis = 1, groups: int = 1,
) -> Array:  # fmt: skip
    """Return the gradient for the weight: each product sends its output's gradient to its tap.

    Parameters
    ----------
    input : shape (N, C, H, W)
    weight_size
        (O, C // groups, kH, kW).
    grad_output : shape (N, O, H', W')

    Returns
    -------
    shape weight_size

    Examples
    --------
    >>> conv_weight_gradient(np.array([[[1, 2, 3]]]), (1, 1, 2), np.array([[[10, 1]]]))
    array([[[12, 23]]])
    """
    gradient = np.zeros(weight_size, np.result_type(input, grad_output))
    for output, tap, cell in _products(input.shape, weight_size, grad_output.shape, stride,
                                       padding, dilation, groups):  # fmt: skip
        gradient[tap] += input[cell] * grad_output[output]
    return gradient


def _products(
    input_size: Sequence[int], weight_size: Sequence[int], output_size: Sequence[int],
    stride: PerAxis, padding: PerAxis, dilation: PerAxis, groups: int,
) -> Iterator[tuple[tuple[int, ...], ...]]:  # fmt: skip
    """Yield the (output, tap, input) cells of every product of a convolution."""
    for n, out_channel, *position in np.ndindex(*output_size):
        group = out_channel // (weight_size[0] // groups)
        for channel, *tap in np.ndindex(*weight_size[1:]):
            cell = np.array(position) * stride + np.array(tap) * dilation - padding
            if (cell >= 0).all() and (cell < input_size[2:]).all():
                in_channel = group * weight_size[1] + channel
                yield (
                    (n, out_channel, *position),
                    (out_channel, channel, *tap),
                    (n, in_channel, *cell),
                )


def max_pool(
    input: Array, kernel_size: PerAxis, stride: PerAxis, padding: PerAxis = 0,
    dilation: PerAxis = 1, ceil_mode: bool = False,
) -> Array:  # fmt: skip
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
    largest = partial(np.max, initial=-np.inf)
    return _pool(largest, input, kernel_size, stride, padding, dilation, ceil_mode, False)


def avg_pool(
    input: Array, kernel_size: PerAxis, stride: PerAxis, padding: PerAxis = 0,
    ceil_mode: bool = False, count_include_pad: bool = True,
) -> Array:  # fmt: skip
    """Return the mean of the values under each window; padding counts as zeros, or not at all.

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
    return _pool(np.mean, input, kernel_size, stride, padding, 1, ceil_mode, count_include_pad)


def _pool(
    summary: Callable[[Array], float], input: Array, kernel_size: PerAxis, stride: PerAxis,
    padding: PerAxis, dilation: PerAxis, ceil_mode: bool, with_padding: bool,
) -> Array:  # fmt: skip
    sizes, axes = input.shape[2:], input.ndim - 2
    kernel, step, cells, gap = (
        np.broadcast_to(value, axes) for value in (kernel_size, stride, padding, dilation)
    )
    room = np.array(sizes) + 2 * cells - gap * (kernel - 1) - 1
    windows = room // step + 1
    if ceil_mode:  # one more, where it starts before the padding at the end
        windows += (room % step > 0) & (windows * step < sizes + cells)
    low = -cells if with_padding else np.zeros(axes, int)
    high = sizes + cells if with_padding else np.array(sizes)
    output = np.empty((*input.shape[:2], *windows))
    for n, channel, *position in np.ndindex(output.shape):
        values = []
        for tap in np.ndindex(*kernel):
            cell = np.array(position) * step - cells + np.array(tap) * gap
            if (cell >= 0).all() and (cell < sizes).all():
                values.append(input[n, channel, *cell])
            elif (cell >= low).all() and (cell < high).all():
                values.append(0)
        output[n, channel, *position] = summary(np.array(values))
    return output


def adaptive_pool(
    summary: Callable[[Array], float], input: Array, output_size: Sequence[int]
) -> Array:
    """Return a summary, `numpy.max` or `numpy.mean`, of each of the parts that an input is cut in.

    Parameters
    ----------
    input : floats, shape (N, C, H, W)

    Returns
    -------
    shape (N, C, *output_size)

    Examples
    --------
    >>> adaptive_pool(np.max, np.array([[[1.0, 5.0, 2.0, 3.0, 4.0]]]), (2,))
    array([[[5., 4.]]])
    """
    sizes = np.array(input.shape[2:])
    output = np.empty((*input.shape[:2], *output_size))
    for n, channel, *position in np.ndindex(output.shape):
        first = np.array(position) * sizes // output_size
        stop = -(-(np.array(position) + 1) * sizes // output_size)
        part = input[n, channel][tuple(map(slice, first, stop))]
        output[n, channel, *position] = summary(part)
    return output


def max_unpool(input: Array, indices: Array, output_size: Sequence[int]) -> Array:
    """Return each value at the place that its index gives, and 0 elsewhere.

    Parameters
    ----------
    input, indices : shape (N, C, H', W')
        Indices count the cells of one plane of the output.

    Returns
    -------
    shape (N, C, *output_size)

    Examples
    --------
    >>> max_unpool(np.array([[[[4.0]]]]), np.array([[[[2]]]]), (2, 2))
    array([[[[0., 0.],
             [4., 0.]]]])
    """
    output = np.zeros((*input.shape[:2], *output_size), input.dtype)
    for place in np.ndindex(input.shape):
        cell = np.unravel_index(indices[place], output_size)
        output[(*place[:2], *cell)] = input[place]
    return output


def compose(first: Array, second: Array, stride: PerAxis = 1) -> Array:
    """Return the kernel of two convolutions, one product of taps at a time.

    Parameters
    ----------
    first : shape (O₁, I₁, k...)
    second : shape (O₂, O₁, k...)
    stride
        Of the first.

    Returns
    -------
    shape (O₂, I₁, K...)

    Examples
    --------
    >>> compose(np.array([[[1, 2]]]), np.array([[[1, 10]]]))
    array([[[ 1, 12, 20]]])
    """
    sizes = np.array(first.shape[2:]) + (np.array(second.shape[2:]) - 1) * stride
    kernel = np.zeros((len(second), first.shape[1], *sizes), np.result_type(first, second))
    for out_channel, middle, *tap in np.ndindex(second.shape):
        for channel, *inner in np.ndindex(first.shape[1:]):
            cell = np.array(tap) * stride + np.array(inner)
            term = second[out_channel, middle, *tap] * first[middle, channel, *inner]
            kernel[out_channel, channel, *cell] += term
    return kernel


def interpolate(input: Array, size: Sequence[int], mode: str, align_corners: bool) -> Array:
    """Return an image with another number of cells, cell by cell.

    Parameters
    ----------
    input : shape (N, C, H, W)
    mode
        ``"nearest"``, ``"nearest-exact"`` or ``"bilinear"``.

    Returns
    -------
    shape (N, C, *size)

    Examples
    --------
    >>> interpolate(np.array([[[[0.0, 8.0]]]]), (1, 4), "bilinear", False)
    array([[[[0., 2., 6., 8.]]]])
    """
    output = np.zeros((*input.shape[:2], *size))
    for n, channel, *position in np.ndindex(output.shape):
        shares = [
            _shares(old, new, cell, mode, align_corners)
            for old, new, cell in zip(input.shape[2:], size, position, strict=True)
        ]
        for (row, of_row), (column, of_column) in product(*shares):
            output[n, channel, *position] += of_row * of_column * input[n, channel, row, column]
    return output


def _shares(
    old: int, new: int, cell: int, mode: str, align_corners: bool
) -> list[tuple[int, float]]:
    """Return the old cells that a new cell is made of, and the share of each."""
    if mode != "bilinear":
        middle = 0 if mode == "nearest" else 1
        return [(min((2 * cell + middle) * old // (2 * new), old - 1), 1)]
    if align_corners:
        place = cell * (old - 1) / (new - 1) if new > 1 else 0.0
    else:
        place = min(max((cell + 0.5) * old / new - 0.5, 0), old - 1)
    left = int(place)
    return [(left, 1 - (place - left)), (min(left + 1, old - 1), place - left)]


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
