"""The operations of convolutional networks, on NumPy arrays and with PyTorch's signatures.

Arrays are (N, C, H, W), or (C, H, W) for one example, or plain (H, W) with a kernel (kH, kW): a
matrix and a kernel, as on paper. Floating types keep their dtype (float16 accumulates in float32);
integers and booleans are computed and returned as int64, so that nothing wraps; mixed types promote
as in NumPy. Inputs are never changed.

As everywhere in networks, "convolution" is cross-correlation: the kernel is not flipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import lru_cache, partial
from math import prod
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from convlib import fast
from convlib._checks import (
    WindowParameters,
    check_bias,
    check_rank,
    conv_channels,
    count,
    fitting_windows,
    numeric_array,
    transposed_channels,
    transposed_windows,
    whole,
)
from convlib._types import Array, Padding, PaddingMode, PerAxis

__all__ = [
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "depthwise_conv2d",
    "depthwise_separable_conv2d",
    "pixel_shuffle",
    "pixel_unshuffle",
    "pointwise_conv2d",
]

#: What the names of the axes are, by their number.
AXES = {1: "L", 2: "H, W", 3: "D, H, W"}
#: `numpy.pad`'s names for PyTorch's padding modes.
PADDING_MODES: dict[PaddingMode, Literal["constant", "reflect", "edge", "wrap"]] = {
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}
#: Up to this many products, an input is small: taking all factors at once beats blocks of rows.
SMALL = 8192


def conv1d(
    input: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None, stride: PerAxis = 1,
    padding: Padding = 0, dilation: PerAxis = 1, groups: int = 1,
    padding_mode: PaddingMode = "zeros",
) -> Array:  # fmt: skip
    """Return the convolution of a sequence, shape (N, O, L').

    As `conv2d`, with one axis: input (N, C, L), (C, L) or plain (L,), weight (O, C // groups, k)
    or plain (k,).

    Examples
    --------
    >>> conv1d([1, 2, 4, 8], [1, -1])
    array([-1, -2, -4])
    >>> conv1d([1, 2, 4, 8], [1, 1], padding=[(1, 0)])  # causal: nothing after the cell
    array([ 1,  3,  6, 12])
    """
    return _convolution(1, input, weight, bias, stride, padding, dilation, groups, padding_mode)


def conv2d(
    input: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None, stride: PerAxis = 1,
    padding: Padding = 0, dilation: PerAxis = 1, groups: int = 1,
    padding_mode: PaddingMode = "zeros",
) -> Array:  # fmt: skip
    """Return the convolution of an image, shape (N, O, H', W').

    Output cell (y, x) of channel o is ``bias[o]`` plus the sum over input channels c and taps
    (a, b) of ``weight[o, c, a, b] * input[c, y·s + a·d − p, x·s + b·d − p]``; cells outside the
    input count as `padding_mode` says.

    Parameters
    ----------
    input : shape (N, C, H, W), (C, H, W) or (H, W)
        Never changed. Plain (H, W) goes with a plain kernel.
    weight : shape (O, C // groups, kH, kW), or (kH, kW)
        The kernels: one per output channel and input channel of its group.
    bias : shape (O,), optional
        Added to each output channel; one number for a plain kernel.
    stride : default 1
        Cells from one window to the next.
    padding : default 0
        Cells added around the input: an int, one per axis, one (before, after) pair per axis,
        ``"valid"`` (none), ``"same"`` (the output has the input's size) or ``"full"`` (every
        overlap of kernel and input).
    dilation : default 1
        Cells from one tap of the kernel to the next.
    groups : default 1
        Blocks of channels that do not meet.
    padding_mode : default "zeros"
        What the added cells hold.

    Returns
    -------
    shape (N, O, H', W'), (O, H', W') or (H', W')
        H' = ⌊(H + 2p − d(kH − 1) − 1) / s⌋ + 1, likewise W'.

    Raises
    ------
    TypeError
        If an array holds text or complex numbers, or a size is not a whole number.
    ValueError
        If ranks or channels do not fit, stride, dilation or groups is below 1, padding is negative
        or an unknown word, ``"same"`` comes with a stride, the kernel is larger than the padded
        input, or `padding_mode` is unknown or has too few cells to copy from.

    Examples
    --------
    >>> image = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    >>> conv2d(image, [[1, 0], [0, 1]])
    array([[ 6,  8],
           [12, 14]])
    >>> conv2d(image, [[1, 0], [0, 1]], stride=2, padding=1)
    array([[ 1,  3],
           [ 7, 14]])

    References
    ----------
    Dumoulin & Visin 2016, section 2; torch.nn.functional.conv2d.
    """
    return _convolution(2, input, weight, bias, stride, padding, dilation, groups, padding_mode)


def conv3d(
    input: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None, stride: PerAxis = 1,
    padding: Padding = 0, dilation: PerAxis = 1, groups: int = 1,
    padding_mode: PaddingMode = "zeros",
) -> Array:  # fmt: skip
    """Return the convolution of a volume, shape (N, O, D', H', W').

    As `conv2d`, with three axes: input (N, C, D, H, W), (C, D, H, W) or plain (D, H, W), weight
    (O, C // groups, kD, kH, kW) or plain (kD, kH, kW).

    Examples
    --------
    >>> conv3d(np.ones((2, 3, 4)), np.ones((2, 3, 3)))
    array([[[18., 18.]]])
    """
    return _convolution(3, input, weight, bias, stride, padding, dilation, groups, padding_mode)


def conv_transpose1d(
    input: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None, stride: PerAxis = 1,
    padding: Padding = 0, output_padding: PerAxis = 0, groups: int = 1, dilation: PerAxis = 1,
) -> Array:  # fmt: skip
    """Return the transposed convolution of a sequence, shape (N, O, L').

    As `conv_transpose2d`, with one axis: input (N, C, L), (C, L) or plain (L,), weight
    (C, O // groups, k) or plain (k,).

    Examples
    --------
    >>> conv_transpose1d([1, 10], [1, 2, 3], stride=2)
    array([ 1,  2, 13, 20, 30])
    """
    return _transposed_convolution(
        1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose2d(
    input: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None, stride: PerAxis = 1,
    padding: Padding = 0, output_padding: PerAxis = 0, groups: int = 1, dilation: PerAxis = 1,
) -> Array:  # fmt: skip
    """Return the transposed convolution of an image, shape (N, O, H', W').

    Each input cell stamps the kernel, scaled by its value, onto the output; stamps lie `stride`
    apart and add up where they overlap. It is multiplication with the transposed matrix of the
    convolution that has the same parameters.

    Parameters
    ----------
    input : shape (N, C, H, W), (C, H, W) or (H, W)
        Never changed. Plain (H, W) goes with a plain kernel.
    weight : shape (C, O // groups, kH, kW), or (kH, kW)
        Input channels first, unlike a convolution's.
    bias : shape (O,), optional
    stride : default 1
        Output cells from one stamp to the next.
    padding : default 0
        Cells *cropped* from each side of the output: an int, one per axis, or one (before, after)
        pair per axis.
    output_padding : default 0
        Cells added at the end of the output, computed like all others; below
        max(stride, dilation).

    Returns
    -------
    shape (N, O, H', W'), (O, H', W') or (H', W')
        H' = (H − 1)s − 2p + d(kH − 1) + 1 + a, likewise W'.

    Raises
    ------
    TypeError
        If an array holds text or complex numbers, or a size is not a whole number.
    ValueError
        If ranks or channels do not fit, a parameter is too small, output_padding is not below
        max(stride, dilation), or no output cell would remain.

    Examples
    --------
    >>> conv_transpose2d([[1, 2], [4, 5]], [[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    array([[ 1,  4,  7,  6],
           [ 8, 26, 38, 27],
           [23, 62, 74, 48],
           [28, 67, 76, 45]])

    References
    ----------
    Dumoulin & Visin 2016, section 4; torch.nn.functional.conv_transpose2d.
    """
    return _transposed_convolution(
        2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose3d(
    input: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None, stride: PerAxis = 1,
    padding: Padding = 0, output_padding: PerAxis = 0, groups: int = 1, dilation: PerAxis = 1,
) -> Array:  # fmt: skip
    """Return the transposed convolution of a volume, shape (N, O, D', H', W').

    As `conv_transpose2d`, with three axes: input (N, C, D, H, W), (C, D, H, W) or plain (D, H, W),
    weight (C, O // groups, kD, kH, kW) or plain (kD, kH, kW).

    Examples
    --------
    >>> conv_transpose3d(np.ones((1, 1, 2)), np.ones((1, 2, 2)))
    array([[[1., 2., 1.],
            [1., 2., 1.]]])
    """
    return _transposed_convolution(
        3, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


#: The transposed convolution, by how many axes of cells it has.
CONV_TRANSPOSE = {1: conv_transpose1d, 2: conv_transpose2d, 3: conv_transpose3d}


def depthwise_conv2d(
    input: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None, stride: PerAxis = 1,
    padding: Padding = 0, dilation: PerAxis = 1, padding_mode: PaddingMode = "zeros",
) -> Array:  # fmt: skip
    """Return the convolution of every channel with its own kernels, shape (N, C·M, H', W').

    `conv2d` with as many groups as channels.

    Parameters
    ----------
    input : shape (N, C, H, W) or (C, H, W)
    weight : shape (C·M, 1, kH, kW)
        M kernels for each channel: the depth multiplier.
    bias, stride, padding, dilation, padding_mode
        As in `conv2d`.

    Returns
    -------
    shape (N, C·M, H', W') or (C·M, H', W')

    Raises
    ------
    TypeError, ValueError
        As `conv2d`; also if weight does not have one input channel and a multiple of C kernels.

    Examples
    --------
    >>> image = np.arange(8).reshape(2, 2, 2)
    >>> depthwise_conv2d(image, [[[[1, 1]]], [[[1, -1]]]])
    array([[[ 1],
            [ 5]],
    <BLANKLINE>
           [[-1],
            [-1]]])

    References
    ----------
    Chollet 2017; Howard et al. 2017.
    """
    input, weight = numeric_array("input", input), numeric_array("weight", weight)
    check_rank("input", input.shape, "(N, C, H, W)", "(C, H, W)")
    check_rank("weight", weight.shape, "(C·M, 1, kH, kW)")
    channels = input.shape[-3]
    if weight.shape[1] != 1 or weight.shape[0] % max(channels, 1):
        raise ValueError(
            f"depthwise weight has shape {weight.shape}; for an input with "
            f"{count(channels, 'channel')} it must be ({channels}·M, 1, kH, kW)"
        )
    return conv2d(input, weight, bias, stride, padding, dilation, channels, padding_mode)


def pointwise_conv2d(
    input: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None, stride: PerAxis = 1
) -> Array:
    """Return the convolution with 1x1 kernels, shape (N, O, H', W'): it mixes channels only.

    Parameters
    ----------
    input : shape (N, C, H, W) or (C, H, W)
    weight : shape (O, C, 1, 1) or (O, C)
        A matrix that multiplies the channels of each cell.
    bias : shape (O,), optional

    Returns
    -------
    shape (N, O, H', W') or (O, H', W')

    Raises
    ------
    TypeError, ValueError
        As `conv2d`; also if the kernels are not 1x1.

    Examples
    --------
    >>> pointwise_conv2d([[[1, 2]], [[3, 4]]], [[1, 10], [1, -1], [0, 2]])
    array([[[31, 42]],
    <BLANKLINE>
           [[-2, -2]],
    <BLANKLINE>
           [[ 6,  8]]])
    """
    input, weight = numeric_array("input", input), numeric_array("weight", weight)
    check_rank("input", input.shape, "(N, C, H, W)", "(C, H, W)")
    check_rank("weight", weight.shape, "(O, C, 1, 1)", "(O, C)")
    if weight.shape[2:] not in {(1, 1), ()}:
        raise ValueError(f"pointwise weight has shape {weight.shape}; it must be (O, C, 1, 1)")
    return conv2d(input, weight.reshape(*weight.shape[:2], 1, 1), bias, stride)


def depthwise_separable_conv2d(
    input: ArrayLike, depthwise_weight: ArrayLike, pointwise_weight: ArrayLike,
    depthwise_bias: ArrayLike | None = None, pointwise_bias: ArrayLike | None = None,
    stride: PerAxis = 1, padding: Padding = 0, dilation: PerAxis = 1,
    padding_mode: PaddingMode = "zeros",
) -> Array:  # fmt: skip
    """Return a depthwise convolution followed by a pointwise one, shape (N, O, H', W').

    Parameters
    ----------
    input : shape (N, C, H, W) or (C, H, W)
    depthwise_weight : shape (C·M, 1, kH, kW)
    pointwise_weight : shape (O, C·M, 1, 1) or (O, C·M)
    depthwise_bias : shape (C·M,), optional
    pointwise_bias : shape (O,), optional
    stride, padding, dilation, padding_mode
        Of the depthwise convolution, as in `conv2d`.

    Returns
    -------
    shape (N, O, H', W') or (O, H', W')

    Raises
    ------
    TypeError, ValueError
        As `depthwise_conv2d` and `pointwise_conv2d`.

    Examples
    --------
    >>> image = np.arange(8).reshape(2, 2, 2)
    >>> depthwise_separable_conv2d(image, [[[[1, 1]]], [[[1, -1]]]], [[1, 10]])
    array([[[-9],
            [-5]]])

    References
    ----------
    Chollet 2017; Howard et al. 2017.
    """
    depthwise = depthwise_conv2d(
        input, depthwise_weight, depthwise_bias, stride, padding, dilation, padding_mode
    )
    return pointwise_conv2d(depthwise, pointwise_weight, pointwise_bias)


def pixel_shuffle(input: ArrayLike, upscale_factor: int) -> Array:
    """Return channels rearranged into space, shape (N, C, H·r, W·r) from (N, C·r², H, W).

    Each cell becomes a square of r·r cells, filled from as many channels.

    Parameters
    ----------
    input : shape (..., C·r², H, W)
    upscale_factor
        r, at least 1.

    Returns
    -------
    shape (..., C, H·r, W·r)

    Raises
    ------
    TypeError
        If input holds no real numbers, or `upscale_factor` is not a whole number.
    ValueError
        If r² does not divide the channels.

    Examples
    --------
    >>> pixel_shuffle([[[1]], [[2]], [[3]], [[4]]], 2)
    array([[[1, 2],
            [3, 4]]])

    References
    ----------
    Shi et al. 2016; torch.nn.functional.pixel_shuffle.
    """
    pixels = _pixels(input)
    r = whole("upscale_factor", upscale_factor, 1)
    *batch, channels, height, width = pixels.shape
    if channels % r**2:
        raise ValueError(
            f"upscale_factor={r} needs a multiple of {r**2} channels but the input has {channels}"
        )
    split = pixels.reshape(prod(batch), channels // r**2, r, r, height, width)
    # Channel offset (a, b) becomes row a, column b of the square.
    moved = split.transpose(0, 1, 4, 2, 5, 3)
    return moved.reshape(*batch, channels // r**2, height * r, width * r)


def pixel_unshuffle(input: ArrayLike, downscale_factor: int) -> Array:
    """Return space rearranged into channels, shape (N, C·r², H, W) from (N, C, H·r, W·r).

    The inverse of `pixel_shuffle`, and a convolution with stride r and r² one-hot kernels.

    Parameters
    ----------
    input : shape (..., C, H·r, W·r)
    downscale_factor
        r, at least 1.

    Returns
    -------
    shape (..., C·r², H, W)

    Raises
    ------
    TypeError
        If input holds no real numbers, or `downscale_factor` is not a whole number.
    ValueError
        If r does not divide the height and the width.

    Examples
    --------
    >>> pixel_unshuffle([[[1, 2], [3, 4]]], 2).ravel()
    array([1, 2, 3, 4])

    References
    ----------
    torch.nn.functional.pixel_unshuffle.
    """
    pixels = _pixels(input)
    r = whole("downscale_factor", downscale_factor, 1)
    *batch, channels, height, width = pixels.shape
    if height % r or width % r:
        raise ValueError(
            f"downscale_factor={r} must divide the input's height and width, {height} and {width}"
        )
    split = pixels.reshape(prod(batch), channels, height // r, r, width // r, r)
    moved = split.transpose(0, 1, 3, 5, 2, 4)
    return moved.reshape(*batch, channels * r**2, height // r, width // r)


T = TypeVar("T")
#: Number of spatial axes, and the shapes of input, weight and bias.
_Shapes: TypeAlias = tuple[int, tuple[int, ...], tuple[int, ...], tuple[int, ...] | None]
_Make: TypeAlias = "Callable[..., _Plan]"


class _Plan(NamedTuple):
    """All that follows from shapes and parameters, made once for each combination of them.

    Everything per axis is for three axes (depth, height, width); one or two are the last of them.
    """

    shape: tuple[int, ...]  # of the result
    input_shape: tuple[int, ...]  # (N, G, C, D, H, W)
    weight_shape: tuple[int, ...]  # (G, O, C, kD, kH, kW), transposed (G, C, O, kD, kH, kW)
    out_shape: tuple[int, ...]  # (N, G, O, D', H', W')
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]
    flat_shape: tuple[int, int]  # of the input for fast.gather: (N, cells)
    matrix_shape: tuple[int, ...]  # of the weight for fast.gather: (G, O, C·K) or (O, C·K)
    reads: fast.Index | None  # see fast.gather_index; None where the input is not small
    reads_zeros: bool  # whether any of them means 0


def _convolution(
    axes: int, input: ArrayLike, weight: ArrayLike, bias: ArrayLike | None, stride: PerAxis,
    padding: Padding, dilation: PerAxis, groups: int, padding_mode: PaddingMode,
) -> Array:  # fmt: skip
    input, weight, bias, result = _arrays(input, weight, bias)
    plan = _plan(
        _convolution_plan,
        (axes, input.shape, weight.shape, None if bias is None else bias.shape),
        stride,
        padding,
        dilation,
        groups,
        padding_mode,
    )
    if plan.reads is not None:
        return _small(plan, plan.reads, input, weight.reshape(plan.matrix_shape), bias, result)
    kernel = weight.reshape(plan.weight_shape)
    x, padding = input.reshape(plan.input_shape), plan.padding
    if padding_mode != "zeros":
        x = np.pad(x, ((0, 0),) * 3 + padding, PADDING_MODES[padding_mode])
        padding = ((0, 0),) * 3
    start = tuple(-before for before, _ in padding)
    windows = fast.Windows(kernel.shape[3:], start, plan.stride, plan.dilation)
    out = np.empty(plan.out_shape, x.dtype)
    fast.convolve(x, kernel, _by_group(plan, bias), out, windows)
    return out.reshape(plan.shape).astype(result, copy=False)


def _transposed_convolution(
    axes: int, input: ArrayLike, weight: ArrayLike, bias: ArrayLike | None, stride: PerAxis,
    padding: Padding, output_padding: PerAxis, groups: int, dilation: PerAxis,
) -> Array:  # fmt: skip
    input, weight, bias, result = _arrays(input, weight, bias)
    plan = _plan(
        _transposed_plan,
        (axes, input.shape, weight.shape, None if bias is None else bias.shape),
        stride,
        padding,
        output_padding,
        groups,
        dilation,
    )
    kernel = weight.reshape(plan.weight_shape).swapaxes(1, 2)
    if plan.reads is not None:
        matrix = kernel.reshape(plan.matrix_shape)
        return _small(plan, plan.reads, input, matrix, bias, result)
    x = input.reshape(plan.input_shape)
    cropped = tuple(before for before, _ in plan.padding)
    out = np.empty(plan.out_shape, x.dtype)
    fast.convolve_transposed(
        x, kernel, _by_group(plan, bias), out, cropped, plan.stride, plan.dilation
    )
    return out.reshape(plan.shape).astype(result, copy=False)


def _small(
    plan: _Plan, reads: fast.Index, input: Array, matrix: Array, bias: Array | None,
    result: np.dtype[Any],
) -> Array:  # fmt: skip
    x = input.ravel() if plan.input_shape[0] == 1 else input.reshape(plan.flat_shape)
    if plan.reads_zeros:
        x = np.concatenate((x, np.zeros((*x.shape[:-1], 1), x.dtype)), axis=-1)
    out = fast.gather(x, reads, matrix)
    if bias is not None:
        out += bias.reshape(*matrix.shape[:-1], 1)
    out = out.reshape(plan.shape)
    return out if out.dtype is result else out.astype(result, copy=False)


def _by_group(plan: _Plan, bias: Array | None) -> Array | None:
    return None if bias is None else bias.reshape(plan.out_shape[1:3])


def _arrays(
    input: ArrayLike, weight: ArrayLike, bias: ArrayLike | None
) -> tuple[Array, Array, Array | None, np.dtype[Any]]:
    """Return the three as arrays of the dtype to compute in, and the dtype of the result."""
    input, weight = numeric_array("input", input), numeric_array("weight", weight)
    if bias is None:
        accumulator, result = computing_dtypes(input.dtype, weight.dtype)
    else:
        bias = numeric_array("bias", bias)
        accumulator, result = computing_dtypes(input.dtype, weight.dtype, bias.dtype)
        bias = bias.astype(accumulator, copy=False)
    if input.dtype is not accumulator:
        input = input.astype(accumulator, copy=False)
    if weight.dtype is not accumulator:
        weight = weight.astype(accumulator, copy=False)
    return input, weight, bias, result


@lru_cache
def computing_dtypes(*given: np.dtype[Any]) -> tuple[np.dtype[Any], np.dtype[Any]]:
    """Return the dtypes to compute in and to return."""
    result = np.result_type(*given)
    if all(dtype.kind in "biu" for dtype in given):
        result = np.dtype(np.int64)
    return np.dtype(np.float32) if result == np.float16 else result, result


def _plan(make: _Make, shapes: _Shapes, *parameters: object) -> _Plan:
    """Return the plan for these shapes and parameters, kept from the last time where it can be."""
    try:
        return _kept(make, shapes, *parameters)
    except TypeError:  # not one number each: no cache, or an error that is raised again below
        pass
    return make(shapes, *parameters)


@lru_cache(maxsize=256, typed=True)
def _kept(make: _Make, shapes: _Shapes, *parameters: object) -> _Plan:
    # The cache tells 1.0 from 1, but not (1.0,) from (1,), and 1.0 must be refused.
    if any(isinstance(value, tuple) for value in parameters):
        raise TypeError
    return make(shapes, *parameters)


def _convolution_plan(
    shapes: _Shapes, stride: PerAxis, padding: Padding, dilation: PerAxis, groups: int,
    padding_mode: PaddingMode,
) -> _Plan:  # fmt: skip
    axes, input_shape, weight_shape, bias_shape = shapes
    modes = tuple(PADDING_MODES)
    if padding_mode not in modes:
        near = get_close_matches(str(padding_mode).lower(), modes, n=1, cutoff=0.0)[0]
        raise ValueError(
            f"padding_mode={padding_mode!r} must be one of {', '.join(modes)}; "
            f"did you mean {near!r}?"
        )
    _check_ranks(axes, input_shape, weight_shape, "(O, C // groups, {kernel})")
    input_shape, weight_shape, leading = _with_channels(axes, input_shape, weight_shape)
    batch, channels, *sizes = input_shape
    groups = conv_channels(channels, weight_shape, groups)
    window = fitting_windows(tuple(sizes), weight_shape[2:], stride, padding, dilation)
    _check_padding_mode(padding_mode, window)
    _check_bias(bias_shape, weight_shape[0], plain=leading == 0)
    sizes_out = tuple(
        (size + added - covers) // step + 1
        for size, added, covers, step in zip(
            sizes, window.total_padding, window.effective_kernel_size, window.stride, strict=True
        )
    )
    return _finished_plan(
        leading,
        input_shape=(batch, groups, channels // groups, *sizes),
        weight_shape=(groups, weight_shape[0] // groups, *weight_shape[1:]),
        out_shape=(batch, groups, weight_shape[0] // groups, *sizes_out),
        window=window,
        cells_read=partial(fast.cells_read, mode=padding_mode),
    )


def _transposed_plan(
    shapes: _Shapes, stride: PerAxis, padding: Padding, output_padding: PerAxis, groups: int,
    dilation: PerAxis,
) -> _Plan:  # fmt: skip
    axes, input_shape, weight_shape, bias_shape = shapes
    _check_ranks(axes, input_shape, weight_shape, "(C, O // groups, {kernel})")
    input_shape, weight_shape, leading = _with_channels(axes, input_shape, weight_shape)
    batch, channels, *sizes = input_shape
    groups = transposed_channels(channels, weight_shape, groups)
    window, sizes_out = transposed_windows(
        tuple(sizes), weight_shape[2:], stride, padding, output_padding, dilation
    )
    _check_bias(bias_shape, weight_shape[1] * groups, plain=leading == 0)
    return _finished_plan(
        leading,
        input_shape=(batch, groups, channels // groups, *sizes),
        weight_shape=(groups, channels // groups, *weight_shape[1:]),
        out_shape=(batch, groups, weight_shape[1], *sizes_out),
        window=window,
        cells_read=fast.cells_read_transposed,
    )


def _check_ranks(
    axes: int, input_shape: tuple[int, ...], weight_shape: tuple[int, ...], weight_form: str
) -> None:
    with_batch, with_channels, alone = input_forms(axes)
    kernel = ", ".join(f"k{name}" for name in AXES[axes].split(", ")) if axes > 1 else "k"
    plain = f"({kernel})" if axes > 1 else f"({kernel},)"
    check_rank("weight", weight_shape, weight_form.format(kernel=kernel), plain)
    if len(weight_shape) == axes:
        if len(input_shape) != axes:
            raise ValueError(
                f"weight has shape {weight_shape}, a plain kernel {plain}, so input must be "
                f"{alone}; it has shape {input_shape}"
            )
    else:
        check_rank("input", input_shape, with_batch, with_channels)


def input_forms(axes: int) -> tuple[str, str, str]:
    """Return how an input's axes are written: with batch and channels, with channels, alone."""
    names = AXES[axes]
    return f"(N, C, {names})", f"(C, {names})", f"({names})" if axes > 1 else f"({names},)"


def _with_channels(
    axes: int, input_shape: tuple[int, ...], weight_shape: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """Return both shapes with all their axes, and how many of N and C the input came with."""
    leading = len(input_shape) - axes
    if leading == 0:
        weight_shape = (1, 1, *weight_shape)
    return (1,) * (2 - leading) + input_shape, weight_shape, leading


def _check_bias(shape: tuple[int, ...] | None, channels: int, plain: bool) -> None:
    if shape is None or (plain and shape == ()):
        return
    check_bias(shape, channels)


def _check_padding_mode(mode: str, window: WindowParameters) -> None:
    """Refuse to reflect or wrap around more cells than there are."""
    spare = {"reflect": 1, "circular": 0}.get(mode)
    if spare is None:
        return
    for axis, (size, pair) in enumerate(zip(window.sizes, window.padding, strict=True)):
        if max(pair) > size - spare:
            raise ValueError(
                f"padding={max(pair)} with padding_mode={mode!r} must be at most {size - spare} "
                f"along axis {axis}, where the input has {count(size, 'cell')}"
            )


def _finished_plan(
    leading: int, input_shape: tuple[int, ...], weight_shape: tuple[int, ...],
    out_shape: tuple[int, ...], window: WindowParameters, cells_read: Callable[..., Array],
) -> _Plan:  # fmt: skip
    batch, groups, channels = input_shape[:3]
    reads = None
    if (
        out_shape
        and batch * groups * channels * prod(window.kernel_size) * prod(out_shape[3:]) <= SMALL
    ):
        cells = map(
            cells_read,
            window.sizes,
            out_shape[3:],
            window.kernel_size,
            window.stride,
            window.dilation,
            (before for before, _ in window.padding),
        )
        reads = fast.gather_index(tuple(cells), window.sizes, channels, groups)
    missing = 3 - len(window.sizes)

    def three(values: Iterable[T], filler: T) -> tuple[T, ...]:
        return (filler,) * missing + tuple(values)

    return _Plan(
        shape=(batch, out_shape[1] * out_shape[2], *out_shape[3:])[2 - leading :],
        input_shape=input_shape[:3] + three(input_shape[3:], 1),
        weight_shape=weight_shape[:3] + three(weight_shape[3:], 1),
        out_shape=out_shape[:3] + three(out_shape[3:], 1),
        stride=three(window.stride, 1),
        padding=three(window.padding, (0, 0)),
        dilation=three(window.dilation, 1),
        flat_shape=(batch, prod(input_shape[1:])),
        matrix_shape=(*(out_shape[1:3] if groups > 1 else out_shape[2:3]), -1),
        reads=reads,
        reads_zeros=reads is not None
        and reads.size > 0
        and int(reads.max()) == prod(input_shape[1:]),
    )


def _pixels(input: ArrayLike) -> Array:
    pixels = computed("input", input)
    if pixels.ndim < 3:
        check_rank("input", pixels.shape, "(N, C, H, W)", "(C, H, W)")
    return pixels


def computed(name: str, value: ArrayLike) -> Array:
    """Return an array in the type that computes: integers and bools as int64."""
    array = numeric_array(name, value)
    return array if array.dtype.kind == "f" else array.astype(np.int64)
