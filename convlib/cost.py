"""What a layer costs, and how far it sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TypeAlias

from convlib._checks import (
    WindowParameters,
    is_sequence,
    number_of_axes,
    per_axis,
    whole,
    window_parameters,
)
from convlib._types import PerAxis

__all__ = ["multiply_adds", "parameter_count", "receptive_field"]

#: A kernel size, the beginning of (kernel_size, stride, dilation), or a dict with these keys.
Layer: TypeAlias = PerAxis | Sequence[PerAxis] | Mapping[str, PerAxis]


def parameter_count(
    in_channels: int, out_channels: int, kernel_size: PerAxis, groups: int = 1, bias: bool = True
) -> int:
    """Return the numbers a layer learns: O · (I / groups) · K weights, and O biases.

    K is the number of cells of one kernel. The same for a transposed convolution.

    Parameters
    ----------
    kernel_size
        Cells; an int stands for a square, a tuple has one number per axis.
    groups : default 1
        Blocks of channels that do not meet; in_channels for a depthwise convolution.
    bias : default True
        As in PyTorch.

    Raises
    ------
    TypeError
        If a size is not a whole number.
    ValueError
        If a size is below 1 or groups does not divide both channel counts.

    Examples
    --------
    >>> parameter_count(16, 32, 3), parameter_count(16, 32, 3, bias=False)
    (4640, 4608)
    >>> parameter_count(16, 16, 3, groups=16, bias=False) + parameter_count(16, 32, 1, bias=False)
    656
    """
    in_channels, out_channels, groups = _channels(in_channels, out_channels, groups)
    weights = out_channels * (in_channels // groups) * prod(_square("kernel_size", kernel_size))
    return weights + out_channels * bool(bias)


def multiply_adds(
    in_channels: int, out_channels: int, kernel_size: PerAxis, output_size: PerAxis, groups: int = 1
) -> int:
    """Return the multiplications, each with its addition, of a layer: weights times positions.

    Products with padding are counted too; biases are not.

    Parameters
    ----------
    in_channels, out_channels, kernel_size, groups
        As in `parameter_count`.
    output_size
        Cells where the kernel is laid down: the output of a convolution. A transposed convolution
        lays it down once for each cell of its *input*, so give that.

    Raises
    ------
    TypeError
        If a size is not a whole number.
    ValueError
        If a size is below 1, groups does not divide both channel counts, or the numbers of axes
        differ.

    Examples
    --------
    >>> multiply_adds(1, 1, 3, output_size=(2, 2))
    36
    """
    axes = number_of_axes(kernel_size=kernel_size, output_size=output_size) or 2
    kernel = per_axis("kernel_size", kernel_size, axes, 1)
    positions = per_axis("output_size", output_size, axes, 1)
    weights = parameter_count(in_channels, out_channels, kernel, groups, bias=False)
    return weights * prod(positions)


def receptive_field(layers: Sequence[Layer]) -> int | tuple[int, ...]:
    """Return how many input cells one output cell of a stack of layers can see, end to end.

    1 + Σ (k̂ − 1) · (product of the strides before), with k̂ = d(k − 1) + 1. With dilation or large
    strides not every cell in between need be read.

    Parameters
    ----------
    layers
        From the input on; each a kernel size, a tuple (kernel_size, stride, dilation) whose end
        may be left out, or a dict with those keys. `plan` takes whole networks.

    Returns
    -------
    int, or one for each axis
        A tuple where a layer has one value per axis, as in ``((3, 5), 1)``.

    Raises
    ------
    TypeError
        If layers is not a sequence of such layers.
    ValueError
        If a size is below 1 or the numbers of axes differ.

    Examples
    --------
    >>> receptive_field([3, 3]), receptive_field([(3, 2), (3, 2), 3]), receptive_field([(3, 1, 2)])
    (5, 15, 5)

    References
    ----------
    Araujo, Norris & Sim 2019, equation 2.
    """
    if not is_sequence(layers):
        raise TypeError(f"layers={layers!r} must be a list of (kernel_size, stride, dilation)")
    windows = [_layer_window(index, layer) for index, layer in enumerate(layers)]
    axes = {window.axes for window in windows if window.axes is not None}
    if len(axes) > 1:
        raise ValueError(f"layers have different numbers of axes: {sorted(axes)}")
    fields = [1] * max(axes, default=1)
    jumps = [1] * len(fields)
    for window in windows:
        # A layer of plain numbers treats all axes alike.
        repeat = 1 if window.axes else len(fields)
        for axis, covers in enumerate(window.effective_kernel_size * repeat):
            fields[axis] += (covers - 1) * jumps[axis]
            jumps[axis] *= (window.stride * repeat)[axis]
    return tuple(fields) if axes else fields[0]


def _layer_window(index: int, layer: Layer) -> WindowParameters:
    if isinstance(layer, Mapping):
        unknown = set(layer) - {"kernel_size", "stride", "dilation"}
        if unknown or "kernel_size" not in layer:
            raise TypeError(
                f"layers[{index}]={layer!r} must have kernel_size and may have stride and dilation"
            )
        return window_parameters(**layer)
    values = tuple(layer) if is_sequence(layer) else (layer,)
    if not 1 <= len(values) <= 3:
        raise TypeError(f"layers[{index}]={layer!r} must be (kernel_size, stride, dilation)")
    return window_parameters(
        **dict(zip(("kernel_size", "stride", "dilation"), values, strict=False))
    )


def _channels(in_channels: int, out_channels: int, groups: int) -> tuple[int, int, int]:
    in_channels = whole("in_channels", in_channels, 1)
    out_channels = whole("out_channels", out_channels, 1)
    groups = whole("groups", groups, 1)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise ValueError(f"groups={groups} must divide {name}={channels}")
    return in_channels, out_channels, groups


def _square(name: str, size: PerAxis) -> tuple[int, ...]:
    """Return one int per axis; an int stands for two axes."""
    return per_axis(name, size, len(size) if is_sequence(size) else 2, 1)
