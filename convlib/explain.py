"""Formulas as text, with the numbers substituted: the one place where they are written.

Every function takes the parameters of its namesake in `convlib` and returns lines
separated by a newline. Given one value per axis, each axis has its own lines, which begin with the
axis. A calculation that is refused raises what its namesake raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import prod

from convlib._checks import (
    WindowParameters,
    fitting_windows,
    same_pair,
    transposed_windows,
    whole,
    window_parameters,
)
from convlib._types import Padding, PerAxis
from convlib.arithmetic import input_sizes_for, pooled_windows, tensorflow_same_padding
from convlib.geometry import ConvGeometry

__all__ = [
    "explain_composed_size",
    "explain_effective_kernel_size",
    "explain_full_padding",
    "explain_grouped_parameter_count",
    "explain_input_sizes",
    "explain_multiply_adds",
    "explain_output_padding",
    "explain_output_size",
    "explain_overlap",
    "explain_parameter_count",
    "explain_pool_output_size",
    "explain_receptive_field",
    "explain_remainder",
    "explain_same_padding",
    "explain_separable_parameter_count",
    "explain_separated_kernel",
    "explain_tensorflow_same_padding",
    "explain_transpose_output_size",
    "explain_transposed_padding",
    "explain_unread_data",
    "explain_window",
]


def explain_output_size(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> str:  # fmt: skip
    """Return how `conv_output_size` comes about.

    Examples
    --------
    >>> print(explain_output_size(5, 3, stride=2, padding=1))
    o = ⌊(i + 2p − k) / s⌋ + 1 = ⌊(5 + 2·1 − 3) / 2⌋ + 1 = 3
    >>> print(explain_output_size(5, 3, padding=(0, 2), dilation=2))
    k̂ = d(k − 1) + 1 = 2·(3 − 1) + 1 = 5
    o = ⌊(i + p₁ + p₂ − k̂) / s⌋ + 1 = ⌊(5 + 0 + 2 − 5) / 1⌋ + 1 = 3
    """
    window = fitting_windows(input_size, kernel_size, stride, padding, dilation)

    def line(axis: int) -> str:
        symbols, numbers = _room(window, axis)
        step = window.stride[axis]
        return (
            f"o = ⌊({symbols}) / s⌋ + 1 = ⌊({numbers}) / {step}⌋ + 1 = {window.output_size[axis]}"
        )

    return _per_axis(window, lambda axis: [*_kernel_line(window, axis), line(axis)])


def explain_pool_output_size(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis | None = None, padding: Padding = 0,
    dilation: PerAxis = 1, ceil_mode: bool = False,
) -> str:  # fmt: skip
    """Return how `pool_output_size` comes about.

    Examples
    --------
    >>> print(explain_pool_output_size(7, 2, ceil_mode=True))
    o = ⌈(i + 2p − k) / s⌉ + 1 = ⌈(7 + 2·0 − 2) / 2⌉ + 1 = 4
    >>> print(explain_pool_output_size(3, 2, padding=1, ceil_mode=True))
    o = ⌈(i + 2p − k) / s⌉ + 1 = ⌈(3 + 2·1 − 2) / 2⌉ + 1 = 3
    window 3 would start in the padding at the end: dropped, o = 2
    """
    step = kernel_size if stride is None else stride
    if not ceil_mode:
        return explain_output_size(input_size, kernel_size, step, padding, dilation)
    window = fitting_windows(input_size, kernel_size, step, padding, dilation)
    found = pooled_windows(window, ceil_mode)

    def lines(axis: int) -> list[str]:
        symbols, numbers = _room(window, axis)
        size = -(-window.room[axis] // window.stride[axis]) + 1
        rounded = f"o = ⌈({symbols}) / s⌉ + 1 = ⌈({numbers}) / {window.stride[axis]}⌉ + 1 = {size}"
        dropped = f"window {size} would start in the padding at the end: dropped, o = {size - 1}"
        return [
            *_kernel_line(window, axis),
            rounded,
            *([dropped] if found[axis] < size else []),
        ]

    return _per_axis(window, lines)


def explain_remainder(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> str:  # fmt: skip
    """Return how `remainder` comes about.

    Examples
    --------
    >>> print(explain_remainder(6, 3, stride=2, padding=1))
    r = (i + 2p − k) mod s = (6 + 2·1 − 3) mod 2 = 1
    """
    return _explain_modulo("r", input_size, kernel_size, stride, padding, dilation)


def explain_unread_data(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> str:  # fmt: skip
    """Return how many cells of the remainder are data: the padding lies at the end too.

    Examples
    --------
    >>> print(explain_unread_data(6, 3, stride=3, padding=1))
    max(0, r − p) = max(0, 2 − 1) = 1
    """
    window = fitting_windows(input_size, kernel_size, stride, padding, dilation)

    def lines(axis: int) -> list[str]:
        before, after = window.padding[axis]
        left = window.remainder[axis]
        symbol = "p" if before == after else "p₂"
        return [f"max(0, r − {symbol}) = max(0, {left} − {after}) = {max(0, left - after)}"]

    return _per_axis(window, lines)


def explain_input_sizes(
    output_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> str:  # fmt: skip
    """Return how `input_sizes_for` comes about.

    Examples
    --------
    >>> print(explain_input_sizes(3, 3, stride=2, padding=1))
    i = (o − 1)s + k − 2p + r = (3 − 1)·2 + 3 − 2·1 + r = 5 + r, r from 0 to 1: 5, 6
    >>> print(explain_input_sizes(1, 3, stride=3, padding=2))
    i = (o − 1)s + k − 2p + r = (1 − 1)·3 + 3 − 2·2 + r = −1 + r, r from 0 to 2, i at least 1: 1
    """
    window = window_parameters(kernel_size, stride, padding, dilation, output_size=output_size)
    found = input_sizes_for(
        window.sizes, window.kernel_size, window.stride, window.padding, window.dilation
    )

    def lines(axis: int) -> list[str]:
        name, covers = _kernel(window, axis)
        size, step, (before, after) = window.sizes[axis], window.stride[axis], window.padding[axis]
        added = ("2p", f"2·{before}") if before == after else ("p₁ − p₂", f"{before} − {after}")
        smallest = (size - 1) * step + covers - before - after
        limit = ", i at least 1" if smallest < 1 else ""
        return [
            *_kernel_line(window, axis),
            f"i = (o − 1)s + {name} − {added[0]} + r = ({size} − 1)·{step} + {covers} − {added[1]} "
            f"+ r = {_signed(smallest)} + r, r from 0 to {step - 1}{limit}: "
            f"{', '.join(map(str, found[axis])) or 'none'}",
        ]

    return _per_axis(window, lines)


def explain_output_padding(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> str:  # fmt: skip
    """Return how `output_padding_for` comes about.

    Examples
    --------
    >>> print(explain_output_padding(6, 3, stride=2, padding=1))
    a = (i + 2p − k) mod s = (6 + 2·1 − 3) mod 2 = 1
    """
    return _explain_modulo("a", input_size, kernel_size, stride, padding, dilation)


def explain_transpose_output_size(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    output_padding: PerAxis = 0, dilation: PerAxis = 1,
) -> str:  # fmt: skip
    """Return how `conv_transpose_output_size` comes about.

    Examples
    --------
    >>> print(explain_transpose_output_size(3, 3, stride=2, padding=1, output_padding=1))
    o = (i − 1)s − 2p + k + a = (3 − 1)·2 − 2·1 + 3 + 1 = 6
    >>> print(explain_transpose_output_size(3, 3, dilation=2))
    k̂ = d(k − 1) + 1 = 2·(3 − 1) + 1 = 5
    o = (i − 1)s − 2p + k̂ + a = (3 − 1)·1 − 2·0 + 5 + 0 = 7
    """
    window, output_size = transposed_windows(
        input_size, kernel_size, stride, padding, output_padding, dilation
    )

    def line(axis: int) -> str:
        name, covers = _kernel(window, axis)
        before, after = window.padding[axis]
        cropped = ("2p", f"2·{before}") if before == after else ("p₁ − p₂", f"{before} − {after}")
        size, step = window.sizes[axis], window.stride[axis]
        return (
            f"o = (i − 1)s − {cropped[0]} + {name} + a = ({size} − 1)·{step} − {cropped[1]} "
            f"+ {covers} + {window.output_padding[axis]} = {output_size[axis]}"
        )

    return _per_axis(window, lambda axis: [*_kernel_line(window, axis), line(axis)])


def explain_effective_kernel_size(kernel_size: PerAxis, dilation: PerAxis = 1) -> str:
    """Return how `effective_kernel_size` comes about.

    Examples
    --------
    >>> print(explain_effective_kernel_size(3, dilation=2))
    k̂ = d(k − 1) + 1 = 2·(3 − 1) + 1 = 5
    """
    window = window_parameters(kernel_size, dilation=dilation)
    return _per_axis(window, lambda axis: [_effective_line(window, axis)])


def explain_parameter_count(in_channels: int, out_channels: int, kernel_size: PerAxis) -> str:
    """Return how `parameter_count` comes about, without groups: weights, then biases.

    Examples
    --------
    >>> print(explain_parameter_count(16, 32, 3))
    K = 3·3 = 9 cells
    I·O·K = 16·32·9 = 4608 weights, and O = 32 biases: 4640 parameters
    """
    whole("in_channels", in_channels, 1)
    whole("out_channels", out_channels, 1)
    window = window_parameters(kernel_size)
    # An int stands for a square, as in `parameter_count`.
    sides = window.kernel_size * (1 if window.axes else 2)
    cells = prod(sides)
    weights = in_channels * out_channels * cells
    biases = f"O = {out_channels} {'bias' if out_channels == 1 else 'biases'}"
    return (
        f"K = {'·'.join(map(str, sides))} = {cells} {'cell' if cells == 1 else 'cells'}\n"
        f"I·O·K = {in_channels}·{out_channels}·{cells} = {_weights(weights)}, and {biases}: "
        f"{weights + out_channels} parameters"
    )


def explain_grouped_parameter_count(
    in_channels: int, out_channels: int, kernel_size: PerAxis, groups: int
) -> str:
    """Return how many weights `parameter_count` counts in groups, without biases.

    Examples
    --------
    >>> print(explain_grouped_parameter_count(16, 32, 3, groups=4))
    I·O·K / G = 16·32·9 / 4 = 1152 weights
    """
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if whole(name, channels, 1) % whole("groups", groups, 1):
            raise ValueError(f"groups={groups} must divide {name}={channels}")
    cells = _kernel_cells(kernel_size)
    return (
        f"I·O·K / G = {in_channels}·{out_channels}·{cells} / {groups} = "
        f"{_weights(in_channels * out_channels * cells // groups)}"
    )


def explain_separable_parameter_count(
    in_channels: int, out_channels: int, kernel_size: PerAxis, multiplier: int = 1
) -> str:
    """Return the weights of a depthwise separable layer, and their share of a plain layer's.

    Parameters
    ----------
    in_channels, out_channels, kernel_size
        As in `parameter_count`.
    multiplier : default 1
        Output channels of the depthwise layer for each input channel.

    Examples
    --------
    >>> print(explain_separable_parameter_count(16, 32, 3))
    I·K + I·O = 16·9 + 16·32 = 656 weights
    1/O + 1/K = 1/32 + 1/9 = 0.142 of the plain layer
    >>> print(explain_separable_parameter_count(16, 32, 3, multiplier=2))
    M·I·K + M·I·O = 2·16·9 + 2·16·32 = 1312 weights
    M(1/O + 1/K) = 2·(1/32 + 1/9) = 0.285 of the plain layer
    """
    inner = whole("in_channels", in_channels, 1) * whole("multiplier", multiplier, 1)
    whole("out_channels", out_channels, 1)
    cells = _kernel_cells(kernel_size)
    count = inner * (cells + out_channels)
    share = count / (in_channels * out_channels * cells)
    symbol, number = ("", "") if multiplier == 1 else ("M·", f"{multiplier}·")
    shares = ("1/O + 1/K", f"1/{out_channels} + 1/{cells}")
    if multiplier != 1:
        shares = (f"M({shares[0]})", f"{multiplier}·({shares[1]})")
    return (
        f"{symbol}I·K + {symbol}I·O = {number}{in_channels}·{cells} + "
        f"{number}{in_channels}·{out_channels} = {_weights(count)}\n"
        f"{shares[0]} = {shares[1]} = {share:.3g} of the plain layer"
    )


def explain_separated_kernel(kernel_size: PerAxis, products: int = 1) -> str:
    """Return the multiplications for each output cell: of a kernel, and of columns and rows.

    Parameters
    ----------
    kernel_size : (kH, kW)
    products : default 1
        How many products of a column and a row are added up.

    Examples
    --------
    >>> print(explain_separated_kernel((3, 5)))
    kernel: kH·kW = 3·5 = 15 multiplications
    column, then row: kH + kW = 3 + 5 = 8 multiplications
    >>> print(explain_separated_kernel((3, 3), products=2).splitlines()[1])
    2 columns and rows: 2·(kH + kW) = 2·(3 + 3) = 12 multiplications
    """
    height, width = window_parameters(kernel_size).kernel_size
    whole("products", products, 1)
    total = f"{products * (height + width)} multiplications"
    if products == 1:
        separated = f"column, then row: kH + kW = {height} + {width} = {total}"
    else:
        separated = (
            f"{products} columns and rows: {products}·(kH + kW) = "
            f"{products}·({height} + {width}) = {total}"
        )
    return f"kernel: kH·kW = {height}·{width} = {height * width} multiplications\n{separated}"


def explain_multiply_adds(
    in_channels: int, out_channels: int, kernel_size: PerAxis, output_size: PerAxis
) -> str:
    """Return how `multiply_adds` comes about, without groups: weights times positions.

    Parameters
    ----------
    in_channels, out_channels, kernel_size
        As in `explain_parameter_count`.
    output_size
        Cells; an int stands for a square. Of a transposed convolution the input, whose cells are
        the positions there.

    Examples
    --------
    >>> print(explain_multiply_adds(64, 128, 3, 56))
    I·O·K = 64·128·9 = 73,728 weights at 56·56 = 3,136 positions: 231,211,008 multiply-adds
    """
    whole("in_channels", in_channels, 1)
    whole("out_channels", out_channels, 1)
    cells = _kernel_cells(kernel_size)
    positions = window_parameters(kernel_size, output_size=output_size)
    sides = positions.sizes * (1 if positions.axes else 2)
    weights = in_channels * out_channels * cells
    return (
        f"I·O·K = {in_channels}·{out_channels}·{cells} = {weights:,} weights at "
        f"{'·'.join(map(str, sides))} = {prod(sides):,} positions: "
        f"{weights * prod(sides):,} multiply-adds"
    )


def explain_receptive_field(layers: Iterable[Sequence[int]]) -> str:
    """Return how the `receptive_field` of layers comes about, along one axis.

    Parameters
    ----------
    layers
        (kernel_size, stride, dilation) of each layer, from the input on; the end may be left out.

    Examples
    --------
    >>> print(explain_receptive_field([(3, 1, 2), (3, 1, 4)]))
    receptive field = 1 + (5 − 1) + (9 − 1) = 13
    >>> print(explain_receptive_field([(3, 2), (3, 2), (3,)]))
    receptive field = 1 + (3 − 1) + (3 − 1)·2 + (3 − 1)·4 = 15
    """
    field, jump, terms = 1, 1, ["1"]
    for layer in layers:
        names = ("kernel_size", "stride", "dilation")
        window = window_parameters(**dict(zip(names, layer, strict=False)))
        covers = window.effective_kernel_size[0]
        terms.append(f"({covers} − 1)" + (f"·{jump}" if jump > 1 else ""))
        field += (covers - 1) * jump
        jump *= window.stride[0]
    return f"receptive field = {' + '.join(terms)} = {field}"


def explain_composed_size(first: int, second: int, stride: int = 1) -> str:
    """Return how large the kernel of two convolutions is, one after the other.

    Parameters
    ----------
    first, second
        Their kernel sizes, in cells.
    stride : default 1
        Of the first convolution.

    Examples
    --------
    >>> print(explain_composed_size(3, 3))
    K = k₁ + (k₂ − 1)·s₁ = 3 + (3 − 1)·1 = 5
    """
    size = first + (second - 1) * stride
    return f"K = k₁ + (k₂ − 1)·s₁ = {first} + ({second} − 1)·{stride} = {size}"


def explain_same_padding(kernel_size: PerAxis, dilation: PerAxis = 1) -> str:
    """Return how `same_padding` comes about.

    Examples
    --------
    >>> print(explain_same_padding(4))
    p₁ + p₂ = k − 1 = 4 − 1 = 3, so p₁ = 1 and p₂ = 2
    >>> print(explain_same_padding(2, dilation=2))
    p₁ + p₂ = d(k − 1) = 2·(2 − 1) = 2, so p₁ = 1 and p₂ = 1
    """
    window = window_parameters(kernel_size, dilation=dilation)

    def lines(axis: int) -> list[str]:
        kernel, gap = window.kernel_size[axis], window.dilation[axis]
        return [f"p₁ + p₂ = {_overhang(kernel, gap)}, {_two_sides(*same_pair(kernel, gap))}"]

    return _per_axis(window, lines)


def explain_full_padding(kernel_size: PerAxis, dilation: PerAxis = 1) -> str:
    """Return how `full_padding` comes about.

    Examples
    --------
    >>> print(explain_full_padding(3))
    p = k − 1 = 3 − 1 = 2
    """
    window = window_parameters(kernel_size, dilation=dilation)
    return _per_axis(
        window, lambda axis: [f"p = {_overhang(window.kernel_size[axis], window.dilation[axis])}"]
    )


def explain_tensorflow_same_padding(
    input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1, dilation: PerAxis = 1
) -> str:
    """Return how `tensorflow_same_padding` comes about.

    Examples
    --------
    >>> print(explain_tensorflow_same_padding(6, 3, stride=2))
    o = ⌈i / s⌉ = ⌈6 / 2⌉ = 3
    p₁ + p₂ = max(0, (o − 1)s + k − i) = max(0, (3 − 1)·2 + 3 − 6) = 1, so p₁ = 0 and p₂ = 1
    """
    window = window_parameters(kernel_size, stride, 0, dilation, input_size=input_size)

    def lines(axis: int) -> list[str]:
        name, covers = _kernel(window, axis)
        size, step = window.sizes[axis], window.stride[axis]
        outputs = -(-size // step)
        before, after = tensorflow_same_padding(
            (size,), (window.kernel_size[axis],), (step,), (window.dilation[axis],)
        )[0]
        return [
            *_kernel_line(window, axis),
            f"o = ⌈i / s⌉ = ⌈{size} / {step}⌉ = {outputs}",
            f"p₁ + p₂ = max(0, (o − 1)s + {name} − i) = max(0, ({outputs} − 1)·{step} + {covers} "
            f"− {size}) = {before + after}, {_two_sides(before, after)}",
        ]

    return _per_axis(window, lines)


def explain_transposed_padding(
    kernel_size: PerAxis, padding: Padding = 0, dilation: PerAxis = 1
) -> str:
    """Return how `transposed_padding` comes about, side by side where the two sides differ.

    Examples
    --------
    >>> print(explain_transposed_padding(3, padding=1, dilation=2))
    p′ = d(k − 1) − p = 2·(3 − 1) − 1 = 3
    """
    window = window_parameters(kernel_size, 1, padding, dilation)

    def lines(axis: int) -> Iterator[str]:
        kernel, gap = window.kernel_size[axis], window.dilation[axis]
        pair = window.padding[axis]
        sides = [("", pair[0])] if pair[0] == pair[1] else list(zip("₁₂", pair, strict=True))
        for side, cells in sides:
            result = _signed(gap * (kernel - 1) - cells)
            yield f"p′{side} = d(k − 1) − p{side} = {gap}·({kernel} − 1) − {cells} = {result}"

    return _per_axis(window, lines)


def explain_overlap(kernel_size: PerAxis, stride: PerAxis = 1) -> str:
    """Return how often the stamps of a transposed convolution reach a cell, along one axis.

    Examples
    --------
    >>> print(explain_overlap(3, stride=2))
    k mod s = 3 mod 2 = 1: some cells are reached ⌊k / s⌋ = 1 times, others ⌈k / s⌉ = 2 times
    >>> print(explain_overlap(4, stride=2))
    k mod s = 4 mod 2 = 0: every cell is reached k / s = 2 times
    """
    window = window_parameters(kernel_size, stride)

    def line(axis: int) -> str:
        kernel, step = window.kernel_size[axis], window.stride[axis]
        times, left = divmod(kernel, step)
        if left:
            counts = (
                f"some cells are reached ⌊k / s⌋ = {times} times, "
                f"others ⌈k / s⌉ = {times + 1} times"
            )
        else:
            counts = f"every cell is reached k / s = {times} times"
        return f"k mod s = {kernel} mod {step} = {left}: {counts}"

    return _per_axis(window, lambda axis: [line(axis)])


def explain_window(
    position: PerAxis, input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1,
    padding: Padding = 0, dilation: PerAxis = 1,
) -> str:  # fmt: skip
    """Return which cells of the padded input the output cell at `position` reads.

    Examples
    --------
    >>> print(explain_window(1, 7, 3, stride=2))
    1·s = 1·2 = 2, so cells 2, 3, 4
    >>> print(explain_window((1, 0), (7, 7), 2, stride=(2, 3), dilation=2))
    height: 1·s = 1·2 = 2, so cells 2, 4
    width: 0·s = 0·3 = 0, so cells 0, 2
    """
    geometry = ConvGeometry(input_size, kernel_size, stride, padding, dilation)
    window = window_parameters(kernel_size, stride, padding, dilation, input_size=input_size)
    positions = tuple(position) if isinstance(position, Sequence) else (position,)
    geometry.window(positions)  # raises where there is no such output cell

    def line(axis: int) -> str:
        at, step = positions[axis], window.stride[axis]
        cells = ", ".join(str(cell) for _, cell in geometry.links(axis)[at])
        return f"{at}·s = {at}·{step} = {at * step}, so cells {cells}"

    return _per_axis(window, lambda axis: [line(axis)])


def _explain_modulo(
    symbol: str, input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis, padding: Padding,
    dilation: PerAxis,
) -> str:  # fmt: skip
    window = fitting_windows(input_size, kernel_size, stride, padding, dilation)

    def line(axis: int) -> str:
        symbols, numbers = _room(window, axis)
        step = window.stride[axis]
        return f"{symbol} = ({symbols}) mod s = ({numbers}) mod {step} = {window.remainder[axis]}"

    return _per_axis(window, lambda axis: [*_kernel_line(window, axis), line(axis)])


def _room(window: WindowParameters, axis: int) -> tuple[str, str]:
    """Return i + 2p − k in symbols and in numbers."""
    before, after = window.padding[axis]
    name, covers = _kernel(window, axis)
    added = ("2p", f"2·{before}") if before == after else ("p₁ + p₂", f"{before} + {after}")
    return f"i + {added[0]} − {name}", f"{window.sizes[axis]} + {added[1]} − {covers}"


def _kernel(window: WindowParameters, axis: int) -> tuple[str, int]:
    """Return the kernel's symbol and size: k̂ where it is dilated, else k."""
    return "k̂" if window.dilation[axis] > 1 else "k", window.effective_kernel_size[axis]


def _kernel_line(window: WindowParameters, axis: int) -> list[str]:
    return [_effective_line(window, axis)] if window.dilation[axis] > 1 else []


def _effective_line(window: WindowParameters, axis: int) -> str:
    kernel, gap = window.kernel_size[axis], window.dilation[axis]
    covers = window.effective_kernel_size[axis]
    return f"k̂ = d(k − 1) + 1 = {gap}·({kernel} − 1) + 1 = {covers}"


def _overhang(kernel: int, gap: int) -> str:
    """Return d(k − 1) in symbols, in numbers, and what it is."""
    if gap == 1:
        return f"k − 1 = {kernel} − 1 = {kernel - 1}"
    return f"d(k − 1) = {gap}·({kernel} − 1) = {gap * (kernel - 1)}"


def _two_sides(before: int, after: int) -> str:
    return f"so p₁ = {before} and p₂ = {after}"


def _kernel_cells(kernel_size: PerAxis) -> int:
    """Return K; an int stands for a square, as in `parameter_count`."""
    window = window_parameters(kernel_size)
    return prod(window.kernel_size * (1 if window.axes else 2))


def _weights(count: int) -> str:
    return f"{count} weight" if count == 1 else f"{count} weights"


def _signed(number: int) -> str:
    return str(number).replace("-", "−")


def _per_axis(window: WindowParameters, lines: Callable[[int], Iterable[str]]) -> str:
    """Join the lines of all axes; more than one axis, each line says which it is of."""
    axes = len(window.kernel_size)
    if axes == 1:
        return "\n".join(lines(0))
    names = ("height", "width") if axes == 2 else tuple(f"axis {axis}" for axis in range(axes))
    return "\n".join(f"{names[axis]}: {line}" for axis in range(axes) for line in lines(axis))
