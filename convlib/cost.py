"""What a layer costs: weights, multiply-adds, bytes."""

from __future__ import annotations

from math import prod

from convlib._checks import is_sequence, number_of_axes, per_axis, whole
from convlib._types import PerAxis

__all__ = [
    "arithmetic_intensity",
    "bytes_moved",
    "multiply_adds",
    "parameter_count",
]


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


def bytes_moved(
    in_channels: int, out_channels: int, kernel_size: PerAxis, input_size: PerAxis,
    output_size: PerAxis, groups: int = 1, batch_size: int = 1, bytes_per_number: int = 4,
) -> int:  # fmt: skip
    """Return the fewest bytes that a layer must move: input, output and weights, once each.

    What a machine really moves is more where its caches are too small for that; it is never less.

    Parameters
    ----------
    in_channels, out_channels, kernel_size, groups
        As in `parameter_count`; biases are not counted.
    input_size, output_size
        Cells of one channel; an int stands for a square.
    batch_size : default 1
        Images.
    bytes_per_number : default 4
        4 for float32, 2 for float16 and bfloat16.

    Raises
    ------
    TypeError
        If a size is not a whole number.
    ValueError
        If a size is below 1, groups does not divide both channel counts, or the numbers of axes
        differ.

    Examples
    --------
    >>> bytes_moved(16, 32, 3, input_size=112, output_size=112, batch_size=128)
    308299776
    """
    axes = number_of_axes(
        kernel_size=kernel_size, input_size=input_size, output_size=output_size
    ) or 2  # fmt: skip
    kernel = per_axis("kernel_size", kernel_size, axes, 1)
    weights = parameter_count(in_channels, out_channels, kernel, groups, bias=False)
    read = in_channels * prod(per_axis("input_size", input_size, axes, 1))
    written = out_channels * prod(per_axis("output_size", output_size, axes, 1))
    numbers = whole("batch_size", batch_size, 1) * (read + written) + weights
    return numbers * whole("bytes_per_number", bytes_per_number, 1)


def arithmetic_intensity(
    in_channels: int, out_channels: int, kernel_size: PerAxis, input_size: PerAxis,
    output_size: PerAxis, groups: int = 1, batch_size: int = 1, bytes_per_number: int = 4,
) -> float:  # fmt: skip
    """Return the operations of a layer for each byte it must move.

    A multiply-add is two operations. A machine that can do f operations a second and move b bytes
    waits for its memory where the intensity is below f / b, and for its arithmetic above.

    Parameters
    ----------
    in_channels, out_channels, kernel_size, input_size, output_size, groups, batch_size, \
bytes_per_number
        As in `bytes_moved`.

    Returns
    -------
    Operations per byte.

    Raises
    ------
    TypeError, ValueError
        As `bytes_moved`.

    Examples
    --------
    >>> plain = dict(kernel_size=3, input_size=56, output_size=56, batch_size=128)
    >>> round(arithmetic_intensity(64, 64, **plain)), round(
    ...     arithmetic_intensity(64, 64, groups=64, **plain), 1)
    (144, 2.2)

    References
    ----------
    Williams, Waterman & Patterson 2009.
    """
    operations = 2 * multiply_adds(in_channels, out_channels, kernel_size, output_size, groups)
    moved = bytes_moved(
        in_channels, out_channels, kernel_size, input_size, output_size, groups, batch_size,
        bytes_per_number,
    )  # fmt: skip
    return operations * batch_size / moved


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
