"""The gradients of a convolution: where the error of an output cell goes.

One sum of products has three operations. y = x ∗ w goes forward; the gradient with respect to the
input is the transposed convolution of the output's gradient with w; the gradient with respect to
the weight is the convolution of x with the output's gradient in which stride and dilation have
changed places. The gradient with respect to the bias is the sum of the output's gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from convlib._checks import (
    WindowParameters,
    conv_channels,
    fitting_windows,
    numeric_array,
    per_axis,
)
from convlib._types import Array, Padding, PerAxis, Size
from convlib.fast import inside
from convlib.operations import CONV_TRANSPOSE, computing_dtypes

__all__ = ["conv_input_gradient", "conv_weight_gradient"]


def conv_input_gradient(
    input_size: Sequence[int], weight: ArrayLike, grad_output: ArrayLike, stride: PerAxis = 1,
    padding: Padding = 0, dilation: PerAxis = 1, groups: int = 1,
) -> Array:  # fmt: skip
    """Return the gradient of a loss with respect to the input of a convolution.

    Cell x collects ``weight[t] * grad_output[y]`` of every window y that reads it with tap t: it is
    the transposed convolution, with the r = (i + 2p − k̂) mod s cells that no window reads as output
    padding; their gradient is 0.

    Parameters
    ----------
    input_size : (N, C, H, W), (C, H, W) or (H, W)
        The shape of the input; one axis or three likewise.
    weight : shape (O, C // groups, kH, kW), or (kH, kW) or (k,)
        As the convolution has it. A plain kernel goes with a plain input; three axes are the
        weight of a `conv1d`.
    grad_output : shape (N, O, H', W'), (O, H', W') or (H', W')
        The gradient of the loss with respect to the output.
    stride, padding, dilation, groups
        Of the convolution, as in `conv2d`.

    Returns
    -------
    shape input_size

    Raises
    ------
    TypeError
        If an array holds text or complex numbers, or a size is not a whole number.
    ValueError
        If the shapes do not belong together, or a parameter is refused by `conv2d`.

    Examples
    --------
    >>> conv_input_gradient((6,), [1, 2, 3], [10, 1], stride=2)  # cell 5 is not read
    array([10, 20, 31,  2,  3,  0])

    References
    ----------
    Dumoulin & Visin 2016, section 4; torch.nn.grad.conv2d_input.
    """
    weight = numeric_array("weight", weight)
    size = per_axis("input_size", tuple(input_size), len(input_size), 1)
    layer = _layer(size, weight.shape, stride, padding, dilation, groups)
    gradient = _checked("grad_output", numeric_array("grad_output", grad_output), layer.output_size)
    window = layer.window
    return CONV_TRANSPOSE[len(window.sizes)](
        gradient, weight, None, window.stride, window.padding, window.remainder, groups,
        window.dilation,
    )  # fmt: skip


def conv_weight_gradient(
    input: ArrayLike, weight_size: Sequence[int], grad_output: ArrayLike, stride: PerAxis = 1,
    padding: Padding = 0, dilation: PerAxis = 1, groups: int = 1,
) -> Array:  # fmt: skip
    """Return the gradient of a loss with respect to the weight of a convolution.

    Tap t collects ``grad_output[y] * input[y·s + t·d − p]`` over all windows y of all examples: the
    convolution of the input with grad_output as its kernel, dilated by s, moved by d, and cropped
    to the k taps.

    Parameters
    ----------
    input : shape (N, C, H, W), (C, H, W) or (H, W)
        What went into the convolution; one axis or three likewise.
    weight_size : (O, C // groups, kH, kW), or (kH, kW)
        The shape of the weight.
    grad_output : shape (N, O, H', W'), (O, H', W') or (H', W')
        The gradient of the loss with respect to the output.
    stride, padding, dilation, groups
        Of the convolution, as in `conv2d`.

    Returns
    -------
    shape weight_size

    Raises
    ------
    TypeError
        If an array holds text or complex numbers, or a size is not a whole number.
    ValueError
        If the shapes do not belong together, or a parameter is refused by `conv2d`.

    Examples
    --------
    >>> conv_weight_gradient([1, 2, 3, 4, 5], (3,), [10, 1], stride=2)
    array([13, 24, 35])

    References
    ----------
    torch.nn.grad.conv2d_weight.
    """
    cells = numeric_array("input", input)
    size = per_axis("weight_size", tuple(weight_size), len(weight_size), 1)
    layer = _layer(cells.shape, size, stride, padding, dilation, groups)
    gradient = _checked("grad_output", numeric_array("grad_output", grad_output), layer.output_size)
    accumulator, result = computing_dtypes(cells.dtype, gradient.dtype)
    window, axes = layer.window, len(layer.window.sizes)
    x = cells.astype(accumulator, copy=False).reshape(-1, groups, layer.channels, *window.sizes)
    g = gradient.astype(accumulator, copy=False).reshape(
        -1, groups, layer.kernels, *window.output_size
    )
    out = np.empty((groups, layer.kernels, layer.channels, *window.kernel_size), accumulator)
    for tap in np.ndindex(window.kernel_size):
        # The windows whose tap lies inside the input, and the cells that they read with it.
        windows, read = zip(
            *(_meeting(window, axis, tap[axis]) for axis in range(axes)), strict=True
        )
        left = np.moveaxis(g[..., *windows], 0, 2).reshape(groups, layer.kernels, -1)
        right = np.moveaxis(x[..., *read], 0, 2).reshape(groups, layer.channels, -1)
        out[..., *tap] = left @ right.swapaxes(1, 2)
    return out.reshape(size).astype(result, copy=False)


class _Layer(NamedTuple):
    """A convolution: its windows, and how many channels and kernels a group has."""

    window: WindowParameters
    channels: int
    kernels: int
    output_size: Size


def _layer(
    input_size: Size, weight_size: Size, stride: PerAxis, padding: Padding, dilation: PerAxis,
    groups: int,
) -> _Layer:  # fmt: skip
    plain = len(weight_size) == len(input_size) <= 2
    # With channels, the input has one axis more than the kernel, or two.
    axes = len(weight_size) if plain else len(weight_size) - 2
    leading = len(input_size) - axes
    if axes not in CONV_TRANSPOSE or (not plain and leading not in (1, 2)):
        plain_forms = "or both without channels, (H, W) and (kH, kW)"
        raise ValueError(
            f"input has shape {input_size} and weight {weight_size}; they must be (N, C, H, W) or "
            f"(C, H, W) and (O, C // groups, kH, kW), with 1 to 3 axes of cells, {plain_forms}"
        )
    kernel = weight_size if plain else weight_size[2:]
    window = fitting_windows(input_size[leading:], kernel, stride, padding, dilation)
    if plain:
        if groups != 1:
            raise ValueError(f"groups={groups} must be 1 for a plain kernel, which has no channels")
        return _Layer(window, 1, 1, window.output_size)
    groups = conv_channels(input_size[leading - 1], weight_size, groups)
    batch = input_size[: leading - 1]
    return _Layer(
        window,
        weight_size[1],
        weight_size[0] // groups,
        (*batch, weight_size[0], *window.output_size),
    )


def _checked(name: str, array: Array, size: Size) -> Array:
    if array.shape != size:
        raise ValueError(f"{name} has shape {array.shape} but the convolution's output has {size}")
    return array


def _meeting(window: WindowParameters, axis: int, tap: int) -> tuple[slice, slice]:
    """Return the windows along an axis whose tap lies inside the input, and the cells they read."""
    first = tap * window.dilation[axis] - window.padding[axis][0]
    low, high, cells = inside(
        first, window.stride[axis], window.output_size[axis], window.sizes[axis]
    )
    return slice(low, high), cells
