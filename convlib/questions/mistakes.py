"""The usual mistakes of the field, each with the hint that names the step.

They take the parameters of the function whose answer they miss, one number or one per axis, and
are computed from `convlib` as far as they can be.
"""

from __future__ import annotations

from operator import add, mul
from typing import Any

from convlib._types import Cell, Padding, PerAxis
from convlib.arithmetic import (
    conv_output_size,
    conv_transpose_output_size,
    effective_kernel_size,
    remainder,
)
from convlib.cost import multiply_adds, parameter_count
from convlib.questions.declaration import Answer, Mistake
from convlib.questions.windows import window_cells

__all__ = [
    "ADDED_PADDING",
    "CROPPED_ONE_SIDE",
    "DIRECT_FOR_TRANSPOSED",
    "DIVIDED_INPUT",
    "GAP_AFTER_LAST_TAP",
    "GAP_AFTER_LAST_TAP_ALONE",
    "NO_BIAS",
    "NO_DILATION",
    "NO_FIRST_CELL",
    "NO_FIRST_STOP",
    "NO_GROUPS",
    "NO_OUTPUT_PADDING",
    "NO_PADDING",
    "NO_STRIDE",
    "ONE_CHANNEL",
    "ONE_POSITION",
    "ONE_SIDE",
    "ONE_STAMP_TOO_MANY",
    "PLUS_ONE_TOO_EARLY",
    "ROUNDED_UP",
    "SIDE_FOR_AREA",
    "STRIDE_OF_ROWS",
    "SWAPPED_AXES",
    "UNROUNDED",
    "WINDOW_IN_INPUT",
    "WINDOW_NO_DILATION",
    "WINDOW_NO_STRIDE",
    "first_for_both",
    "ignoring",
    "swapped",
]


def ignoring(answer: Answer, *names: str) -> Answer:
    """Return `answer` as if some parameters had been forgotten: it takes their defaults.

    Examples
    --------
    >>> ignoring(conv_output_size, "stride")(input_size=7, kernel_size=3, stride=2)
    5
    """

    def forgetful(**values: Any) -> Any:
        return answer(**{name: value for name, value in values.items() if name not in names})

    return forgetful


def swapped(answer: Answer) -> Answer:
    """Return `answer`, a pair, the wrong way round."""
    return lambda **values: tuple(answer(**values))[::-1]


def first_for_both(answer: Answer, name: str) -> Answer:
    """Return `answer` as if the parameter had the number of the first axis on both.

    Examples
    --------
    >>> first_for_both(conv_output_size, "stride")(input_size=(7, 7), kernel_size=3, stride=(2, 1))
    (3, 3)
    """
    return lambda **values: answer(**{**values, name: values[name][0]})


def _each(function: Answer, *values: Any) -> Any:
    """Return the function of numbers, or a tuple of it for values per axis.

    Examples
    --------
    >>> _each(add, 1, 2), _each(add, (1, 2), 10)
    (3, (11, 12))
    """
    axes = [value for value in values if isinstance(value, tuple)]
    if not axes:
        return function(*values)
    spread = (v if isinstance(v, tuple) else (v,) * len(axes[0]) for v in values)
    return tuple(function(*one) for one in zip(*spread, strict=True))


def _unrounded(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Any:  # fmt: skip
    parameters = (input_size, kernel_size, stride, padding, dilation)
    return _each(
        lambda size, left, step: size + left / step if left else size,
        conv_output_size(*parameters),
        remainder(*parameters),
        stride,
    )


def _rounded_up(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Any:  # fmt: skip
    parameters = (input_size, kernel_size, stride, padding, dilation)
    return _each(
        lambda size, left: size + (left > 0), conv_output_size(*parameters), remainder(*parameters)
    )


def _one_side(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Any:  # fmt: skip
    return conv_output_size(_each(add, input_size, padding), kernel_size, stride, 0, dilation)


def _plus_one_too_early(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Any:  # fmt: skip
    """⌊(i + 2p − k̂ + 1) / s⌋."""
    room = conv_output_size(input_size, kernel_size, 1, padding, dilation)
    return _each(lambda stops, step: stops // step, room, stride)


def _divided_input(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Any:  # fmt: skip
    return _each(lambda size, step: size // step, input_size, stride)


def _gap_after_last_tap(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Any:  # fmt: skip
    return conv_output_size(input_size, _each(mul, kernel_size, dilation), stride, padding)


def _one_stamp_too_many(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    **others: Any,
) -> Any:  # fmt: skip
    """i·s in place of (i − 1)s."""
    size = conv_transpose_output_size(input_size, kernel_size, stride, padding, **others)
    return _each(add, size, stride)


def _added_padding(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    **others: Any,
) -> Any:  # fmt: skip
    size = conv_transpose_output_size(input_size, kernel_size, stride, 0, **others)
    return _each(lambda one, p: one + 2 * p, size, padding)


def _cropped_one_side(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    **others: Any,
) -> Any:  # fmt: skip
    size = conv_transpose_output_size(input_size, kernel_size, stride, padding, **others)
    return _each(add, size, padding)


def _side_for_area(kernel_size: int, **others: Any) -> int:
    """A kernel of k cells in place of k·k."""
    return parameter_count(kernel_size=(kernel_size,), **others)


def _window_in_input(position: Cell, padding: int = 0, **geometry: Any) -> set[Cell]:
    """Return the window with its start counted from the first cell after the padding."""
    cells = window_cells(position, padding=padding, **geometry)
    return {(row + padding, column + padding) for row, column in cells}


# The cells that a window reads, in the padded input.
WINDOW_NO_STRIDE = Mistake(
    ignoring(window_cells, "stride"),
    "You took the place of the output cell for that of its window: windows are a stride apart.",
)
WINDOW_NO_DILATION = Mistake(
    ignoring(window_cells, "dilation"),
    "You chose neighbours: the dilation leaves gaps between the weights.",
)
WINDOW_IN_INPUT = Mistake(
    _window_in_input,
    "You counted from the first cell of the input: the first window begins in the padding.",
)

# The output size of a convolution.
UNROUNDED = Mistake(
    _unrounded, "You kept the fraction: a step that does not fit is not taken. Round it down."
)
ROUNDED_UP = Mistake(_rounded_up, "You rounded up: a step that does not fit is not taken.")
NO_FIRST_STOP = Mistake(
    lambda **values: _each(lambda size: size - 1, conv_output_size(**values)),
    "You counted the steps. The first stop needs no step, so there is one stop more.",
)
PLUS_ONE_TOO_EARLY = Mistake(
    _plus_one_too_early,
    "You added 1 before you divided: the first stop comes on top of the steps.",
)
DIVIDED_INPUT = Mistake(
    _divided_input,
    "You divided the input size by the stride. What is divided is the room that the kernel has to "
    "move in.",
)
ONE_SIDE = Mistake(_one_side, "You counted the padding on one side: it is added on both.")
NO_PADDING = Mistake(
    ignoring(conv_output_size, "padding"), "You left out the padding: it gives more room to move."
)
NO_STRIDE = Mistake(
    ignoring(conv_output_size, "stride"),
    "You counted every stop: the stride takes several cells in one step.",
)
NO_DILATION = Mistake(
    ignoring(conv_output_size, "dilation"),
    "You left out the dilation: a dilated kernel covers more cells than it has weights.",
)
GAP_AFTER_LAST_TAP = Mistake(
    _gap_after_last_tap,
    "You made the kernel too wide: there are gaps between its weights, and none after the last.",
)
STRIDE_OF_ROWS = Mistake(
    first_for_both(conv_output_size, "stride"),
    "You took the stride of the rows for the columns: each axis has its own.",
)
SWAPPED_AXES = Mistake(
    swapped(conv_output_size), "You swapped rows and columns: the rows come first."
)

# The output size of a transposed convolution.
DIRECT_FOR_TRANSPOSED = Mistake(
    ignoring(conv_output_size, "output_padding"),
    "That is the formula of the convolution. The transposed one goes the other way.",
)
NO_OUTPUT_PADDING = Mistake(
    ignoring(conv_transpose_output_size, "output_padding"), "You left out the output padding."
)
ONE_STAMP_TOO_MANY = Mistake(
    _one_stamp_too_many,
    "You took one step too many: between i stamps there are i − 1 steps.",
)
ADDED_PADDING = Mistake(
    _added_padding, "You added the padding: in a transposed convolution it is cropped."
)
CROPPED_ONE_SIDE = Mistake(
    _cropped_one_side, "You cropped the padding on one side: it goes away on both."
)

# The cells that a dilated kernel covers.
GAP_AFTER_LAST_TAP_ALONE = Mistake(
    lambda kernel_size, dilation=1: _each(mul, kernel_size, dilation),
    "You counted a gap after the last weight as well: there are gaps only between weights.",
)
NO_FIRST_CELL = Mistake(
    lambda **values: _each(lambda size: size - 1, effective_kernel_size(**values)),
    "You counted the steps between the weights. The first weight covers a cell too.",
)

# Weights and work.
NO_BIAS = Mistake(
    lambda **values: parameter_count(**{**values, "bias": False}),
    "You left out the biases: there is one for each output channel.",
)
NO_GROUPS = Mistake(
    ignoring(parameter_count, "groups"),
    "You left out the groups: each output channel reads the channels of its own group alone.",
)
ONE_CHANNEL = Mistake(
    lambda **values: parameter_count(**{**values, "in_channels": 1, "groups": 1}),
    "You counted one input channel: each kernel has a slice for every channel that it reads.",
)
SIDE_FOR_AREA = Mistake(
    _side_for_area, "You counted one side of the kernel: it has rows and columns."
)
ONE_POSITION = Mistake(
    lambda **values: multiply_adds(**{**values, "output_size": 1}),
    "That is one output position: the same products are made at every one.",
)
