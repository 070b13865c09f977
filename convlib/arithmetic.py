"""Sizes: how many cells go in, how many come out, and how many are never read.

Every function takes plain numbers and returns a plain number, or takes one value per axis (numbers
beside them hold for every axis) and returns a tuple. Sizes count cells. In the formulas i is the
input size, k the kernel size, s the stride, p the padding on each side, d the dilation, o the
output size and a the output padding; where two sides differ, 2p is their sum.

Padding is an int, one int per axis, one (before, after) pair per axis, ``"valid"``, ``"same"`` or
``"full"``; where all sizes are plain numbers a single (before, after) pair will do.
"""

from __future__ import annotations

from typing import overload

from convlib._checks import (
    WindowParameters,
    count,
    fitting_windows,
    same_pair,
    transposed_windows,
    window_parameters,
)
from convlib._types import Padding, Pair, PerAxis

__all__ = [
    "conv_output_size",
    "conv_transpose_output_size",
    "effective_kernel_size",
    "full_padding",
    "input_sizes_for",
    "output_padding_for",
    "pool_output_size",
    "pooled_windows",
    "remainder",
    "same_padding",
    "tensorflow_same_padding",
    "transposed_padding",
]


@overload
def conv_output_size(
    input_size: int, kernel_size: int, stride: int = ..., padding: Padding = ...,
    dilation: int = ...,
) -> int: ...  # fmt: skip
@overload
def conv_output_size(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = ..., padding: Padding = ...,
    dilation: PerAxis = ...,
) -> tuple[int, ...]: ...  # fmt: skip
def conv_output_size(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> int | tuple[int, ...]:  # fmt: skip
    """Return the output size of a convolution, o = ⌊(i + 2p − k̂) / s⌋ + 1, k̂ = d(k − 1) + 1.

    Parameters
    ----------
    input_size, kernel_size
        Cells, at least 1.
    stride : default 1
        Cells from one window to the next.
    padding : default 0
        Cells added around the input; see the module's notes for its forms.
    dilation : default 1
        Cells from one tap of the kernel to the next.

    Raises
    ------
    TypeError
        If a size is not a whole number.
    ValueError
        If a size, stride or dilation is below 1, a padding below 0, the numbers of axes differ,
        ``"same"`` comes with a stride, or the kernel is larger than the padded input.

    Examples
    --------
    >>> conv_output_size(5, 3, stride=2, padding=1)
    3
    >>> conv_output_size((7, 9), 3, stride=(2, 1), dilation=2)
    (2, 5)
    >>> conv_output_size(5, 3, dilation=3)
    Traceback (most recent call last):
    ValueError: kernel covers 7 cells (kernel_size=3, dilation=3) but the padded input has 5

    References
    ----------
    Dumoulin & Visin 2016, relationships 6 and 15; torch.nn.Conv2d, "Shape".
    """
    window = fitting_windows(input_size, kernel_size, stride, padding, dilation)
    return window.form(window.output_size)


@overload
def pool_output_size(
    input_size: int, kernel_size: int, stride: int | None = ..., padding: Padding = ...,
    dilation: int = ..., ceil_mode: bool = ...,
) -> int: ...  # fmt: skip
@overload
def pool_output_size(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis | None = ...,
    padding: Padding = ..., dilation: PerAxis = ..., ceil_mode: bool = ...,
) -> tuple[int, ...]: ...  # fmt: skip
def pool_output_size(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis | None = None, padding: Padding = 0,
    dilation: PerAxis = 1, ceil_mode: bool = False,
) -> int | tuple[int, ...]:  # fmt: skip
    """Return the output size of a pooling: that of a convolution, and with ceil_mode rounded up.

    With ceil_mode the size is ⌈(i + 2p − k̂) / s⌉ + 1, but for a last window that would start in
    the padding at the end: it is dropped.

    Parameters
    ----------
    stride : optional
        The kernel size by default.
    padding
        At most half of the cells that the kernel covers, on each side.
    ceil_mode : default False
        Whether a last window may reach past the end.

    Raises
    ------
    TypeError, ValueError
        As `conv_output_size`; also if padding exceeds half of the cells that the kernel covers.

    Examples
    --------
    >>> pool_output_size(112, 3, stride=2, padding=1), pool_output_size(7, 2)
    (56, 3)
    >>> pool_output_size(7, 2, ceil_mode=True), pool_output_size(3, 2, padding=1, ceil_mode=True)
    (4, 2)

    References
    ----------
    torch.nn.MaxPool2d, "Shape".
    """
    step = kernel_size if stride is None else stride
    window = fitting_windows(input_size, kernel_size, step, padding, dilation)
    return window.form(pooled_windows(window, ceil_mode))


def pooled_windows(window: WindowParameters, ceil_mode: bool) -> tuple[int, ...]:
    """Return how many windows a pooling has, per axis; refuse too much padding."""
    sizes = []
    for axis, covers in enumerate(window.effective_kernel_size):
        before, after = window.padding[axis]
        if 2 * max(before, after) > covers:
            raise ValueError(
                f"padding={max(before, after)} must be at most half of the "
                f"{count(covers, 'cell')} that the window covers, so {covers // 2}"
            )
        size, step = window.output_size[axis], window.stride[axis]
        # One more window, where cells are left over and it starts on data or the padding before.
        starts_inside = size * step < window.sizes[axis] + before
        sizes.append(size + (ceil_mode and window.remainder[axis] > 0 and starts_inside))
    return tuple(sizes)


@overload
def conv_transpose_output_size(
    input_size: int, kernel_size: int, stride: int = ..., padding: Padding = ...,
    output_padding: int = ..., dilation: int = ...,
) -> int: ...  # fmt: skip
@overload
def conv_transpose_output_size(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = ..., padding: Padding = ...,
    output_padding: PerAxis = ..., dilation: PerAxis = ...,
) -> tuple[int, ...]: ...  # fmt: skip
def conv_transpose_output_size(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    output_padding: PerAxis = 0, dilation: PerAxis = 1,
) -> int | tuple[int, ...]:  # fmt: skip
    """Return the output size of a transposed convolution, (i − 1)s − 2p + d(k − 1) + 1 + a.

    Parameters
    ----------
    input_size, kernel_size, stride, dilation
        As in `conv_output_size`.
    padding : default 0
        Cells cropped from the output: the padding of the convolution this one is the way back of.
    output_padding : default 0
        Cells added at the end of the output; below max(stride, dilation).

    Raises
    ------
    TypeError
        If a size is not a whole number.
    ValueError
        As `conv_output_size` for single parameters; also if output_padding is not below
        max(stride, dilation), or no output cell would remain.

    Examples
    --------
    >>> conv_transpose_output_size(3, 3, stride=2, padding=1)
    5
    >>> conv_transpose_output_size(3, 3, stride=2, padding=1, output_padding=1)
    6

    References
    ----------
    Dumoulin & Visin 2016, relationship 14; torch.nn.ConvTranspose2d, "Shape".
    """
    window, output_size = transposed_windows(
        input_size, kernel_size, stride, padding, output_padding, dilation
    )
    return window.form(output_size)


@overload
def effective_kernel_size(kernel_size: int, dilation: int = ...) -> int: ...
@overload
def effective_kernel_size(kernel_size: PerAxis, dilation: PerAxis = ...) -> tuple[int, ...]: ...
def effective_kernel_size(kernel_size: PerAxis, dilation: PerAxis = 1) -> int | tuple[int, ...]:
    """Return the cells a dilated kernel covers, k̂ = d(k − 1) + 1.

    Parameters
    ----------
    kernel_size, dilation
        As in `conv_output_size`.

    Raises
    ------
    TypeError, ValueError
        As `conv_output_size`, for these parameters.

    Examples
    --------
    >>> effective_kernel_size(3, dilation=2), effective_kernel_size((3, 4), dilation=(1, 2))
    (5, (3, 7))
    """
    window = window_parameters(kernel_size, dilation=dilation)
    return window.form(window.effective_kernel_size)


@overload
def same_padding(kernel_size: int, dilation: int = ...) -> Pair: ...
@overload
def same_padding(kernel_size: PerAxis, dilation: PerAxis = ...) -> tuple[Pair, ...]: ...
def same_padding(kernel_size: PerAxis, dilation: PerAxis = 1) -> Pair | tuple[Pair, ...]:
    """Return the (before, after) padding that keeps the size at stride 1, d(k − 1) in total.

    Where the total is odd the extra cell goes at the end, as in PyTorch and TensorFlow.

    Parameters
    ----------
    kernel_size, dilation
        As in `conv_output_size`.

    Returns
    -------
    (before, after), or one such pair for each axis

    Raises
    ------
    TypeError, ValueError
        As `conv_output_size`, for these parameters.

    Examples
    --------
    >>> same_padding(3), same_padding(4), same_padding(2, dilation=2)
    ((1, 1), (1, 2), (1, 1))
    """
    window = window_parameters(kernel_size, dilation=dilation)
    return window.form(tuple(map(same_pair, window.kernel_size, window.dilation)))


@overload
def full_padding(kernel_size: int, dilation: int = ...) -> int: ...
@overload
def full_padding(kernel_size: PerAxis, dilation: PerAxis = ...) -> tuple[int, ...]: ...
def full_padding(kernel_size: PerAxis, dilation: PerAxis = 1) -> int | tuple[int, ...]:
    """Return the padding on each side that gives every overlap of kernel and input, d(k − 1).

    Parameters
    ----------
    kernel_size, dilation
        As in `conv_output_size`.

    Raises
    ------
    TypeError, ValueError
        As `conv_output_size`, for these parameters.

    Examples
    --------
    >>> full_padding(3), full_padding((3, 2), dilation=2)
    (2, (4, 2))
    """
    window = window_parameters(kernel_size, dilation=dilation)
    return window.form(tuple(covers - 1 for covers in window.effective_kernel_size))


@overload
def tensorflow_same_padding(
    input_size: int, kernel_size: int, stride: int = ..., dilation: int = ...
) -> Pair: ...
@overload
def tensorflow_same_padding(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = ..., dilation: PerAxis = ...
) -> tuple[Pair, ...]: ...
def tensorflow_same_padding(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, dilation: PerAxis = 1
) -> Pair | tuple[Pair, ...]:
    """Return the (before, after) padding of TensorFlow's SAME, which gives o = ⌈i / s⌉.

    max((⌈i / s⌉ − 1)s + k̂ − i, 0) cells in total, the odd one at the end. Unlike symmetric
    padding it depends on the input size.

    Parameters
    ----------
    input_size, kernel_size, stride, dilation
        As in `conv_output_size`.

    Returns
    -------
    (before, after), or one such pair for each axis

    Raises
    ------
    TypeError, ValueError
        As `conv_output_size`; every kernel fits.

    Examples
    --------
    >>> tensorflow_same_padding(6, 3, stride=2), tensorflow_same_padding(5, 3, stride=2)
    ((0, 1), (1, 1))

    References
    ----------
    tf.nn, "Notes on padding".
    """
    window = window_parameters(kernel_size, stride, 0, dilation, input_size=input_size)
    pairs = []
    for size, covers, step in zip(
        window.sizes, window.effective_kernel_size, window.stride, strict=True
    ):
        total = max((-(-size // step) - 1) * step + covers - size, 0)
        pairs.append((total // 2, total - total // 2))
    return window.form(tuple(pairs))


@overload
def remainder(
    input_size: int, kernel_size: int, stride: int = ..., padding: Padding = ...,
    dilation: int = ...,
) -> int: ...  # fmt: skip
@overload
def remainder(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = ..., padding: Padding = ...,
    dilation: PerAxis = ...,
) -> tuple[int, ...]: ...  # fmt: skip
def remainder(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> int | tuple[int, ...]:  # fmt: skip
    """Return the cells at the end of the padded input no window reaches, (i + 2p − k̂) mod s.

    max(0, remainder − padding after) of them are data.

    Parameters
    ----------
    input_size, kernel_size, stride, padding, dilation
        As in `conv_output_size`.

    Raises
    ------
    TypeError, ValueError
        As `conv_output_size`.

    Examples
    --------
    >>> remainder(6, 3, stride=2), remainder(6, 3, stride=2, padding=1), remainder(5, 3, stride=2)
    (1, 1, 0)

    References
    ----------
    Dumoulin & Visin 2016, section 2.4.
    """
    window = fitting_windows(input_size, kernel_size, stride, padding, dilation)
    return window.form(window.remainder)


@overload
def output_padding_for(
    input_size: int, kernel_size: int, stride: int = ..., padding: Padding = ...,
    dilation: int = ...,
) -> int: ...  # fmt: skip
@overload
def output_padding_for(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = ..., padding: Padding = ...,
    dilation: PerAxis = ...,
) -> tuple[int, ...]: ...  # fmt: skip
def output_padding_for(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> int | tuple[int, ...]:  # fmt: skip
    """Return the output padding with which the transposed convolution gives `input_size` back.

    a = (i + 2p − k̂) mod s: the cells that the convolution did not reach.

    Parameters
    ----------
    input_size, kernel_size, stride, padding, dilation
        Those of the convolution, as in `conv_output_size`.

    Returns
    -------
    int, or one for each axis
        Below the stride.

    Raises
    ------
    TypeError, ValueError
        As `conv_output_size`.

    Examples
    --------
    >>> output_padding_for(6, 3, stride=2, padding=1)
    1
    >>> conv_transpose_output_size(3, 3, stride=2, padding=1, output_padding=1)
    6

    References
    ----------
    Dumoulin & Visin 2016, relationship 14.
    """
    return remainder(input_size, kernel_size, stride, padding, dilation)


def transposed_padding(
    kernel_size: PerAxis, padding: Padding = 0, dilation: PerAxis = 1
) -> int | tuple[int, ...] | Pair | tuple[Pair, ...]:
    """Return the padding d(k − 1) − p of the direct convolution that computes a transposed one.

    Below 0 it crops: a transposed convolution with p > d(k − 1) throws cells away.

    Parameters
    ----------
    kernel_size, padding, dilation
        Those of the transposed convolution, as in `conv_transpose_output_size`.

    Returns
    -------
    numbers, or pairs
        Numbers where both sides are equal on every axis, otherwise (before, after) pairs.

    Raises
    ------
    TypeError, ValueError
        As `conv_output_size`, for these parameters.

    Examples
    --------
    >>> transposed_padding(3, padding=1), transposed_padding(3, padding=1, dilation=2)
    (1, 3)
    >>> transposed_padding((3, 4), padding="same")
    ((1, 1), (2, 1))

    References
    ----------
    Dumoulin & Visin 2016, relationship 9.
    """
    window = window_parameters(kernel_size, 1, padding, dilation)
    pairs = tuple(
        (covers - 1 - before, covers - 1 - after)
        for covers, (before, after) in zip(
            window.effective_kernel_size, window.padding, strict=True
        )
    )
    sides = tuple(before for before, _ in pairs)
    return window.form(sides) if all(a == b for a, b in pairs) else window.form(pairs)


@overload
def input_sizes_for(
    output_size: int, kernel_size: int, stride: int = ..., padding: Padding = ...,
    dilation: int = ...,
) -> tuple[int, ...]: ...  # fmt: skip
@overload
def input_sizes_for(
    output_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = ..., padding: Padding = ...,
    dilation: PerAxis = ...,
) -> tuple[tuple[int, ...], ...]: ...  # fmt: skip
def input_sizes_for(
    output_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> tuple[int, ...] | tuple[tuple[int, ...], ...]:  # fmt: skip
    """Return all input sizes that a convolution turns into `output_size`.

    There are s of them, (o − 1)s + k̂ − 2p and the s − 1 that follow, less those below 1.

    Parameters
    ----------
    output_size
        Cells, at least 1.
    kernel_size, stride, padding, dilation
        As in `conv_output_size`.

    Returns
    -------
    sizes, or one such tuple for each axis
        In ascending order, possibly empty.

    Raises
    ------
    TypeError, ValueError
        As `conv_output_size`, for these parameters; every kernel fits.

    Examples
    --------
    >>> input_sizes_for(3, 3, stride=2, padding=1), input_sizes_for(1, 3, stride=3, padding=2)
    ((5, 6), (1,))
    """
    window = window_parameters(kernel_size, stride, padding, dilation, output_size=output_size)
    ranges: list[tuple[int, ...]] = []
    for size, covers, step, added in zip(
        window.sizes, window.effective_kernel_size, window.stride, window.total_padding, strict=True
    ):
        smallest = (size - 1) * step + covers - added
        ranges.append(tuple(range(max(smallest, 1), smallest + step)))
    return window.form(tuple(ranges))
