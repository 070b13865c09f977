"""What every function accepts, and what it says when it does not.

Parameters come in as a learner writes them (one number, or one per axis) and leave as tuples with
one whole number per axis. An error names the parameter, the value received and the rule broken.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeGuard, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike

from convlib._types import Array, Padding, Pair, PerAxis

T = TypeVar("T")

PADDING_WORDS = ("valid", "same", "full")
PADDING_FORMS = (
    "a whole number, one per axis, one (before, after) pair per axis, or 'valid', 'same' or 'full'"
)


def is_sequence(value: object) -> TypeGuard[Sequence[Any]]:
    """Tell whether `value` lists something per axis (text does not)."""
    return isinstance(value, tuple | list) or (isinstance(value, np.ndarray) and value.ndim > 0)


def whole(name: str, value: object, minimum: int | None = None) -> int:
    """Return `value` as an int.

    Raises
    ------
    TypeError
        If it is not a whole number: a float, a text, a bool.
    ValueError
        If it is below `minimum`.

    Examples
    --------
    >>> whole("stride", np.int64(2), minimum=1)
    2
    >>> whole("stride", 2.0)
    Traceback (most recent call last):
    TypeError: stride=2.0 must be a whole number, not a float
    """
    # bool is a kind of int in Python, but True cells is no size.
    if isinstance(value, bool | np.bool_) or not hasattr(value, "__index__"):
        raise TypeError(f"{name}={value!r} must be a whole number, not a {type(value).__name__}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}={value!r} must be a whole number") from None
    if minimum is not None and number < minimum:
        raise ValueError(f"{name}={number} must be at least {minimum}")
    return number


def number_of_axes(**parameters: object) -> int | None:
    """Return how many axes these parameters list, or None if each is a single number.

    Examples
    --------
    >>> number_of_axes(input_size=(5, 6), kernel_size=3), number_of_axes(input_size=5)
    (2, None)
    >>> number_of_axes(input_size=(5, 6), kernel_size=(3, 3, 3))
    Traceback (most recent call last):
    ValueError: kernel_size=(3, 3, 3) has 3 values but input_size=(5, 6) has 2
    """
    lists = [(name, value) for name, value in parameters.items() if is_sequence(value)]
    for name, value in lists:
        first, others = lists[0]
        if len(value) == 0:
            raise ValueError(f"{name}={value!r} must have one value per axis, so at least one")
        if len(value) != len(others):
            raise ValueError(
                f"{name}={value!r} has {count(len(value), 'value')} "
                f"but {first}={others!r} has {len(others)}"
            )
    return len(lists[0][1]) if lists else None


def per_axis(
    name: str, value: PerAxis, axes: int | None, minimum: int | None = None
) -> tuple[int, ...]:
    """Return one int per axis, from one for all axes or from one for each.

    `axes` None means a single axis whose parameters are plain numbers.

    Examples
    --------
    >>> per_axis("stride", 2, axes=3), per_axis("stride", (1, 2), axes=2)
    ((2, 2, 2), (1, 2))
    """
    if not is_sequence(value):
        return (whole(name, value, minimum),) * (axes or 1)
    if len(value) != (axes or 1):
        raise ValueError(
            f"{name}={value!r} has {count(len(value), 'value')} but there {are(axes or 1, 'axis')}"
        )
    return tuple(whole(f"{name}[{axis}]", item, minimum) for axis, item in enumerate(value))


def same_pair(kernel_size: int, dilation: int) -> Pair:
    """Return (before, after): d(k − 1) cells in total, the odd one at the end."""
    total = dilation * (kernel_size - 1)
    return total // 2, total - total // 2


def padding_pairs(
    padding: Padding,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    axes: int | None,
) -> tuple[Pair, ...]:
    """Return one (before, after) pair per axis, in cells, from any form of padding.

    Where `axes` is None (one axis of plain numbers) a single (before, after) pair is accepted too.

    Examples
    --------
    >>> padding_pairs((1, (0, 2)), (3, 3), (1, 1), (1, 1), 2)
    ((1, 1), (0, 2))
    >>> padding_pairs("same", (3, 4), (1, 1), (2, 1), 2)
    ((2, 2), (1, 2))
    """
    if isinstance(padding, str):
        return _padding_from_word(padding, kernel_size, stride, dilation)
    if not is_sequence(padding):
        return (_pair("padding", padding),) * (axes or 1)
    if axes is None and len(padding) == 2 and not any(map(is_sequence, padding)):
        return (_pair("padding", padding),)
    if len(padding) != (axes or 1):
        hint = ""
        if axes == 1 and len(padding) == 2:
            hint = f"; a (before, after) pair for it is written ({tuple(padding)!r},)"
        raise ValueError(
            f"padding={padding!r} has {count(len(padding), 'value')} "
            f"but there {are(axes or 1, 'axis')}{hint}"
        )
    return tuple(_pair(f"padding[{axis}]", item) for axis, item in enumerate(padding))


def _pair(name: str, value: object) -> Pair:
    if not is_sequence(value):
        cells = whole(name, value, 0)
        return cells, cells
    if len(value) != 2:
        raise ValueError(
            f"{name}={value!r} has {count(len(value), 'value')}; a (before, after) pair has two"
        )
    return whole(f"{name}[0]", value[0], 0), whole(f"{name}[1]", value[1], 0)


def _padding_from_word(
    word: str, kernel_size: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[Pair, ...]:
    if word not in PADDING_WORDS:
        near = get_close_matches(word.lower(), PADDING_WORDS, n=1, cutoff=0.0)[0]
        raise ValueError(f"padding={word!r} must be {PADDING_FORMS}; did you mean {near!r}?")
    if word == "same" and max(stride) > 1:
        raise ValueError(
            f"padding='same' needs stride=1, but stride={as_given(stride)}: "
            "the output would not have the input's size"
        )
    pairs: dict[str, Callable[[int, int], Pair]] = {
        "valid": lambda kernel, step: (0, 0),
        "same": same_pair,
        "full": lambda kernel, step: (step * (kernel - 1), step * (kernel - 1)),
    }
    return tuple(map(pairs[word], kernel_size, dilation))


class WindowParameters(NamedTuple):
    """Sizes and steps of a window operation, checked, one entry per axis; `sizes` if given."""

    axes: int | None
    sizes: tuple[int, ...]
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[Pair, ...]
    dilation: tuple[int, ...]
    output_padding: tuple[int, ...]

    @property
    def effective_kernel_size(self) -> tuple[int, ...]:
        """d(k − 1) + 1 per axis, in cells."""
        return tuple(
            step * (kernel - 1) + 1
            for kernel, step in zip(self.kernel_size, self.dilation, strict=True)
        )

    @property
    def total_padding(self) -> tuple[int, ...]:
        """Cells added per axis, both sides together."""
        return tuple(map(sum, self.padding))

    @property
    def padded_size(self) -> tuple[int, ...]:
        """i + 2p per axis, in cells."""
        return tuple(map(sum, zip(self.sizes, self.total_padding, strict=True)))

    @property
    def room(self) -> tuple[int, ...]:
        """i + 2p − k̂ per axis: how many cells the window can move."""
        return tuple(map(operator.sub, self.padded_size, self.effective_kernel_size))

    @property
    def output_size(self) -> tuple[int, ...]:
        """⌊(i + 2p − k̂) / s⌋ + 1 per axis: how many windows fit."""
        return tuple(room // step + 1 for room, step in zip(self.room, self.stride, strict=True))

    @property
    def remainder(self) -> tuple[int, ...]:
        """(i + 2p − k̂) mod s per axis: cells at the end that no window reaches."""
        return tuple(map(operator.mod, self.room, self.stride))

    @overload
    def form(self, values: tuple[int, ...]) -> int | tuple[int, ...]: ...
    @overload
    def form(self, values: tuple[Pair, ...]) -> Pair | tuple[Pair, ...]: ...
    @overload
    def form(
        self, values: tuple[tuple[int, ...], ...]
    ) -> tuple[int, ...] | tuple[tuple[int, ...], ...]: ...
    def form(self, values: tuple[object, ...]) -> object:
        """Return `values` as the parameters were given: one number, or one per axis."""
        return values[0] if self.axes is None else values


def window_parameters(
    kernel_size: PerAxis,
    stride: PerAxis = 1,
    padding: Padding = 0,
    dilation: PerAxis = 1,
    output_padding: PerAxis = 0,
    **size: PerAxis,
) -> WindowParameters:
    """Check the parameters that window operations share, and expand them to every axis.

    One more keyword, `input_size` or `output_size`, is checked with them (at least 1 cell) and
    becomes `sizes`.
    """
    axes = number_of_axes(
        **size,
        kernel_size=kernel_size,
        stride=stride,
        dilation=dilation,
        output_padding=output_padding,
    )
    sizes: tuple[int, ...] = ()
    for name, value in size.items():
        sizes = per_axis(name, value, axes, 1)
    kernel_size = per_axis("kernel_size", kernel_size, axes, 1)
    stride = per_axis("stride", stride, axes, 1)
    dilation = per_axis("dilation", dilation, axes, 1)
    return WindowParameters(
        axes,
        sizes,
        kernel_size,
        stride,
        padding_pairs(padding, kernel_size, stride, dilation, axes),
        dilation,
        per_axis("output_padding", output_padding, axes, 0),
    )


def fitting_windows(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis, padding: Padding, dilation: PerAxis
) -> WindowParameters:
    """Check the parameters of a convolution, and that its kernel fits in the padded input.

    Raises
    ------
    ValueError
        If the kernel covers more cells than the padded input has, so that no window fits.
    """
    window = window_parameters(kernel_size, stride, padding, dilation, input_size=input_size)
    covers = window.effective_kernel_size
    for axis, padded in enumerate(window.padded_size):
        if covers[axis] > padded:
            where = "" if len(covers) == 1 else f" along axis {axis}"
            raise ValueError(
                f"kernel covers {count(covers[axis], 'cell')} "
                f"(kernel_size={window.kernel_size[axis]}, dilation={window.dilation[axis]}) "
                f"but the padded input has {padded}{where}"
            )
    return window


def transposed_windows(
    input_size: PerAxis,
    kernel_size: PerAxis,
    stride: PerAxis,
    padding: Padding,
    output_padding: PerAxis,
    dilation: PerAxis,
) -> tuple[WindowParameters, tuple[int, ...]]:
    """Check the parameters of a transposed convolution; return them and the output size.

    The output size is (i − 1)s − 2p + d(k − 1) + 1 + a, one per axis.

    Raises
    ------
    ValueError
        If output_padding is not below max(stride, dilation), or the output would be empty.
    """
    window = window_parameters(
        kernel_size, stride, padding, dilation, output_padding, input_size=input_size
    )
    output_size = []
    for axis, covers in enumerate(window.effective_kernel_size):
        extra, step, gap = window.output_padding[axis], window.stride[axis], window.dilation[axis]
        if extra >= max(step, gap):
            raise ValueError(
                f"output_padding={extra} must be below max(stride, dilation) = "
                f"max({step}, {gap}) = {max(step, gap)}"
            )
        before, after = window.padding[axis]
        uncropped = (window.sizes[axis] - 1) * step + covers + extra
        if before + after >= uncropped:
            shown = before if before == after else (before, after)
            where = "" if len(window.stride) == 1 else f" along axis {axis}"
            raise ValueError(
                f"padding={shown} crops {before + after} of the {count(uncropped, 'cell')} of the "
                f"transposed output{where}; at least 1 must remain"
            )
        output_size.append(uncropped - before - after)
    return window, tuple(output_size)


def numeric_array(name: str, value: ArrayLike) -> Array:
    """Return `value` as an array of real numbers or booleans, not copied where it is one already.

    Raises
    ------
    TypeError
        If it holds text, complex numbers or objects.
    ValueError
        If it is a ragged list.
    """
    if not isinstance(value, np.ndarray):
        try:
            value = np.asarray(value)
        except ValueError:
            raise ValueError(f"{name} must be a rectangular array: its rows differ") from None
    if value.dtype.kind not in "biuf":
        kinds = {"c": "complex numbers", "U": "text", "S": "text", "O": "objects"}
        held = kinds.get(value.dtype.kind, "no numbers")
        raise TypeError(f"{name} holds {held} (dtype={value.dtype}); it must hold real numbers")
    return value


def check_rank(name: str, shape: tuple[int, ...], *forms: str) -> None:
    """Refuse a shape whose number of axes is that of none of `forms`, such as ``"(C, H, W)"``.

    Raises
    ------
    ValueError
        With the shape received and the forms accepted.
    """
    if len(shape) not in {form.count(",") + (not form.endswith(",)")) for form in forms}:
        *rest, last = forms
        accepted = f"{', '.join(rest)} or {last}" if rest else last
        raise ValueError(
            f"{name} has shape {tuple(shape)}, {count(len(shape), 'axis')}; it must be {accepted}"
        )


def conv_channels(in_channels: int, weight_shape: tuple[int, ...], groups: int) -> int:
    """Return `groups` as an int, after checking a weight (O, I // groups, ...) against the input.

    Raises
    ------
    ValueError
        If groups does not divide both channel counts, or the weight reads another number of them.
    """
    groups = whole("groups", groups, 1)
    out_channels, reads = weight_shape[:2]
    _divides(groups, "in_channels", in_channels)
    _divides(groups, "out_channels", out_channels)
    if reads * groups != in_channels:
        raise ValueError(
            f"weight of shape {tuple(weight_shape)} with groups={groups} reads "
            f"{count(reads * groups, 'channel')} but the input has {in_channels}"
        )
    return groups


def transposed_channels(in_channels: int, weight_shape: tuple[int, ...], groups: int) -> int:
    """Return `groups` as an int, after checking a weight (I, O // groups, ...) against the input.

    Raises
    ------
    ValueError
        If groups does not divide the input's channels, or the weight has another number of them.
    """
    groups = whole("groups", groups, 1)
    if weight_shape[0] != in_channels:
        raise ValueError(
            f"transposed weight of shape {tuple(weight_shape)} reads "
            f"{count(weight_shape[0], 'channel')} but the input has {in_channels}"
        )
    _divides(groups, "in_channels", in_channels)
    return groups


def check_bias(shape: tuple[int, ...], out_channels: int) -> None:
    """Refuse the shape of a bias that does not hold one number per output channel.

    Raises
    ------
    ValueError
    """
    if shape != (out_channels,):
        raise ValueError(
            f"bias has shape {shape}; it must be ({out_channels},), one per output channel"
        )


def _divides(groups: int, name: str, channels: int) -> None:
    if whole(name, channels, 1) % groups:
        raise ValueError(f"groups={groups} must divide {name}={channels}")


def as_given(values: tuple[T, ...]) -> T | tuple[T, ...]:
    """Return one value for a tuple whose entries are all alike, for use in a message."""
    return values[0] if len(set(values)) == 1 else values


def count(number: int, noun: str) -> str:
    """Return a number with its noun: ``"1 axis"``, ``"2 axes"``, ``"3 cells"``."""
    if number == 1:
        return f"{number} {noun}"
    return f"{number} {'axes' if noun == 'axis' else noun + 's'}"


def are(number: int, noun: str) -> str:
    """Return ``"is 1 axis"`` or ``"are 2 axes"``."""
    return f"{'is' if number == 1 else 'are'} {count(number, noun)}"
