"""What each kind of layer does to sizes, and which cells it reads.

Layers are read by their attributes or from dicts, so torch is never imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from functools import partial
from math import floor
from typing import Any, TypeAlias

import numpy as np

from convlib._checks import (
    WindowParameters,
    count,
    is_sequence,
    per_axis,
    transposed_windows,
    whole,
)
from convlib._types import PerAxis, Size
from convlib.arithmetic import pool_output_size
from convlib.cost import multiply_adds, parameter_count
from convlib.fast import Index
from convlib.geometry import ConvGeometry, Geometry

__all__ = [
    "EMPTY",
    "UNREAD",
    "Back",
    "Layer",
    "Step",
    "effect",
    "family_of",
    "flatten",
    "layer_of",
    "start",
]

#: Where a cell depends on nothing: the first cell of nothing, and less than it the last.
EMPTY = 2**40


@dataclass(frozen=True)
class Layer:
    """A layer as it was given: its place, its kind, and where its settings are."""

    name: str
    kind: str
    family: str
    axes: int | None
    source: object

    def settings(self, **defaults: Any) -> list[Any]:
        """Return the settings in the order of `defaults`; ``...`` marks the ones it must have."""
        if isinstance(self.source, Mapping):
            for key in self.source:
                if key not in defaults and key not in UNREAD:
                    near = get_close_matches(str(key), defaults, n=1, cutoff=0.5)
                    hint = f"; did you mean {near[0]!r}?" if near else ""
                    raise TypeError(f"no setting {key!r}{hint}")
            found = [self.source.get(name, default) for name, default in defaults.items()]
        else:
            found = [getattr(self.source, name, default) for name, default in defaults.items()]
        for name, value in zip(defaults, found, strict=True):
            if value is ...:
                raise TypeError(f"{name} is missing")
        return found


#: Maps cells back, along one axis: (axis, first cells, last cells) of a layer's output to those of
#: its input that they depend on; (`EMPTY`, −`EMPTY`) for a cell that depends on nothing.
Back: TypeAlias = Callable[[int, Index, Index], tuple[Index, Index]]


@dataclass(frozen=True)
class Step:
    """What one layer does."""

    input_size: tuple[int, ...]
    output_size: tuple[int, ...]
    out_channels: int | None
    scale: tuple[Fraction, ...]  # input cells from one output cell to the next
    back: Back
    remainder: tuple[int, ...]
    parameters: int | None = 0
    multiply_adds: int | None = 0
    in_channels: int | None = None
    output_padding_to: Callable[[Step | None], tuple[int, ...] | None] | None = None


def flatten(layers: object, prefix: str = "") -> Iterator[Layer]:
    """Yield every layer, those of nested sequences too."""
    if isinstance(layers, str | Mapping) or not isinstance(layers, Iterable):
        raise TypeError(
            f"layers={layers!r} must be a sequence of layers, such as a list or an nn.Sequential"
        )
    for index, layer in enumerate(layers):
        name = f"{prefix}{index}"
        is_mapping = isinstance(layer, Mapping)
        if is_mapping and not isinstance(layer.get("kind"), str):
            raise TypeError(f"layer {name} is {layer!r}, which names no kind, such as 'Conv2d'")
        kinds = [layer["kind"]] if is_mapping else [base.__name__ for base in type(layer).__mro__]
        known = next((kind for kind in kinds if family_of(kind)[0] in _FAMILIES), None)
        if known:
            yield Layer(name, known, *family_of(known), layer)
        elif is_sequence(layer) or "Sequential" in kinds:
            yield from flatten(layer, f"{name}.")
        else:
            near = get_close_matches(kinds[0], _EXAMPLES, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it knows {', '.join(_EXAMPLES)} ..."
            raise TypeError(f"layer {name} ({kinds[0]}): plan does not know this kind; {hint}")


def layer_of(settings: Mapping[str, Any], name: str) -> Layer:
    """Return the layer that a dict with its kind and settings describes."""
    kind = settings["kind"]
    return Layer(name, kind, *family_of(kind), settings)


def family_of(kind: str) -> tuple[str, int | None]:
    """Return ``("Conv", 2)`` for ``"Conv2d"``, and no number of axes where the name has none."""
    if kind[-2:] in ("1d", "2d", "3d"):
        return kind[:-2], int(kind[-2])
    return kind, None


def start(layers: list[Layer], input_size: PerAxis) -> tuple[Size, int | None]:
    """Return the size per axis and the channels (None where not given) that go in."""
    axes = next((layer.axes for layer in layers if layer.axes), None)
    if not is_sequence(input_size):
        return per_axis("input_size", input_size, axes or 2, 1), None
    axes = axes or min(len(input_size), 2)
    values = per_axis("input_size", input_size, len(input_size), 1)
    if len(values) == axes:
        return values, None
    if len(values) == axes + 1:
        return values[1:], values[0]
    names = {1: "(L,) or (C, L)", 2: "(H, W) or (C, H, W)", 3: "(D, H, W) or (C, D, H, W)"}
    raise ValueError(f"input_size={input_size!r} must be an int, {names[axes]}")


def effect(layer: Layer, size: Size, channels: int | None) -> Step:
    """Return what a layer does to this size and these channels (None: not known).

    Raises
    ------
    TypeError, ValueError
        If it cannot take them, or a setting is wrong.
    """
    if layer.axes not in (None, len(size)):
        raise ValueError(
            f"it needs {count(layer.axes, 'axis')}, "
            f"but what it receives has {len(size)}: {tuple(size)}"
        )
    return _FAMILIES[layer.family](layer, size, channels)


def _conv(layer: Layer, size: Size, channels: int | None) -> Step:
    in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias = (
        _conv_settings(layer, channels)
    )
    geometry = ConvGeometry(size, kernel_size, stride, padding, dilation)
    made = geometry.output_size
    return _windowed(
        geometry,
        made,
        geometry.unused_tail,
        in_channels=in_channels,
        out_channels=out_channels,
        **_costs(in_channels, out_channels, geometry.kernel_size, made, groups, bias),
    )


def _conv_transpose(layer: Layer, size: Size, channels: int | None) -> Step:
    in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, added = (
        _conv_settings(layer, channels, output_padding=0)
    )
    window, output_size = transposed_windows(size, kernel_size, stride, padding, added, dilation)

    return Step(
        size,
        output_size,
        out_channels,
        scale=tuple(Fraction(1, step) for step in window.stride),
        back=_through_stamps(window),
        remainder=(0,) * len(size),
        in_channels=in_channels,
        output_padding_to=partial(_bringing_back, window),
        # Each input cell stamps one kernel, so that is where positions are counted.
        **_costs(in_channels, out_channels, window.kernel_size, size, groups, bias),
    )


def _through_stamps(window: WindowParameters) -> Back:
    """Return how cells of a transposed convolution's output go back to those of its input."""

    def back(axis: int, first: Index, last: Index) -> tuple[Index, Index]:
        # Output cell y is made from input cell x by tap t where y + p = x·s + t·d.
        step, before = window.stride[axis], window.padding[axis][0]
        taps = np.arange(window.kernel_size[axis])[:, None] * window.dilation[axis]
        lowest = first + (taps - before - first) % step
        highest = last - (last + before - taps) % step
        meets = lowest <= last
        lowest = np.where(meets, (lowest + before - taps) // step, EMPTY).min(axis=0)
        highest = np.where(meets, (highest + before - taps) // step, -EMPTY).max(axis=0)
        return lowest, highest

    return back


def _bringing_back(window: WindowParameters, mirrored: Step | None) -> Size | None:
    """Return the output padding with which a transposed layer gives the mirrored one's input."""
    if mirrored is None:
        return (0,) * len(window.stride) if max(window.stride) == 1 else None
    try:
        geometry = ConvGeometry(
            mirrored.input_size,
            window.kernel_size,
            window.stride,
            window.padding,
            window.dilation,
        )
    except ValueError:
        return None
    same_way = geometry.output_size == mirrored.output_size
    return geometry.unused_tail if same_way else None


def _conv_settings(layer: Layer, channels: int | None, **more: Any) -> tuple[Any, ...]:
    in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, *rest = (
        layer.settings(
            in_channels=None,
            out_channels=None,
            kernel_size=...,
            stride=1,
            padding=0,
            dilation=1,
            groups=1,
            bias=True,
            **more,
        )
    )
    if in_channels is None:
        in_channels = channels
    elif channels is not None and in_channels != channels:
        raise ValueError(f"in_channels={in_channels} but it receives {count(channels, 'channel')}")
    groups = whole("groups", groups, 1)
    # A module holds its bias or None, a dict says whether there is one.
    bias = bias is not None and bias is not False
    return in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, *rest


def _costs(
    in_channels: int | None, out_channels: int | None, kernel_size: Size, positions: Size,
    groups: int, bias: bool,
) -> dict[str, int | None]:  # fmt: skip
    if in_channels is None or out_channels is None:
        return {"parameters": None, "multiply_adds": None}
    return {
        "parameters": parameter_count(in_channels, out_channels, kernel_size, groups, bias),
        "multiply_adds": multiply_adds(in_channels, out_channels, kernel_size, positions, groups),
    }


def _pool(layer: Layer, size: Size, channels: int | None) -> Step:
    kernel_size, stride, padding, dilation, ceil_mode = layer.settings(
        kernel_size=..., stride=None, padding=0, dilation=1, ceil_mode=False
    )
    if isinstance(padding, str):
        raise TypeError(f"padding={padding!r} must be a whole number, or one per axis")
    stride = kernel_size if stride is None else stride
    geometry = ConvGeometry(size, kernel_size, stride, padding, dilation)
    output_size = pool_output_size(size, kernel_size, stride, padding, dilation, ceil_mode)
    remainder = []
    for axis, windows in enumerate(output_size):
        last = (windows - 1) * geometry.stride[axis] + geometry.effective_kernel_size[axis]
        remainder.append(max(0, geometry.padded_size[axis] - last))
    return _windowed(geometry, output_size, tuple(remainder), out_channels=channels)


def _windowed(geometry: Geometry, output_size: Size, remainder: Size, **rest: Any) -> Step:
    def back(axis: int, first: Index, last: Index) -> tuple[Index, Index]:
        step, before = geometry.stride[axis], geometry.padding[axis][0]
        covers = geometry.effective_kernel_size[axis]
        return first * step - before, last * step - before + covers - 1

    scale = tuple(map(Fraction, geometry.stride))
    return Step(
        geometry.input_size, output_size, scale=scale, back=back, remainder=remainder, **rest
    )


def _pad(layer: Layer, size: Size, channels: int | None) -> Step:
    (padding,) = layer.settings(padding=...)
    # As in torch.nn.functional.pad: (before, after) of the last axis first.
    pairs = list(padding) if is_sequence(padding) else [padding] * (2 * len(size))
    pairs += [0] * (2 * len(size) - len(pairs))
    before, after = pairs[0::2][::-1], pairs[1::2][::-1]
    output_size = tuple(map(sum, zip(before, size, after, strict=True)))
    if min(output_size) < 1:
        raise ValueError(f"padding={padding} leaves no cell of {tuple(size)}")
    if layer.family == "ReflectionPad" and any(
        max(pair) >= cells for *pair, cells in zip(before, after, size, strict=True)
    ):
        raise ValueError(f"padding={padding} must be below the size {tuple(size)} that it mirrors")

    def back(axis: int, first: Index, last: Index) -> tuple[Index, Index]:
        return first - before[axis], last - before[axis]

    remainder = tuple(max(0, -cells) for cells in after)
    return Step(size, output_size, channels, (Fraction(1),) * len(size), back, remainder)


def _adaptive_pool(layer: Layer, size: Size, channels: int | None) -> Step:
    (wanted,) = layer.settings(output_size=...)
    wanted = wanted if is_sequence(wanted) else (wanted,) * len(size)
    if len(wanted) == len(size):  # None keeps the size of an axis
        wanted = [given if want is None else want for want, given in zip(wanted, size, strict=True)]
    output_size = per_axis("output_size", wanted, len(size), 1)

    def back(axis: int, first: Index, last: Index) -> tuple[Index, Index]:
        given, made = size[axis], output_size[axis]
        return first * given // made, -(-(last + 1) * given // made) - 1

    scale = tuple(map(Fraction, size, output_size))
    return Step(size, output_size, channels, scale, back, remainder=(0,) * len(size))


#: How `Upsample` may fill cells; "area" takes means, as adaptive pooling does.
_MODES = ("nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic", "area")


def _upsample(layer: Layer, size: Size, channels: int | None) -> Step:
    default = {"UpsamplingBilinear": "bilinear"}.get(layer.family, "nearest")
    wanted, factor, mode, align_corners = layer.settings(
        size=None, scale_factor=None, mode=default, align_corners=None
    )
    output_size, factors = _resized(size, wanted, factor)
    if mode not in _MODES:
        raise ValueError(f"mode={mode!r} must be {', '.join(_MODES[:-1])} or {_MODES[-1]}")
    if mode == "area":
        pool = layer_of({"kind": "AdaptiveAvgPool", "output_size": output_size}, layer.name)
        return _adaptive_pool(pool, size, channels)

    def back(axis: int, first: Index, last: Index) -> tuple[Index, Index]:
        # The place of an output cell in the input is (cell · times + plus) / by.
        times, by = factors[axis].denominator, factors[axis].numerator
        plus = 0
        if align_corners and output_size[axis] > 1:
            times, by = size[axis] - 1, output_size[axis] - 1
        elif mode == "nearest-exact":
            times, plus, by = 2 * times, times, 2 * by
        elif mode != "nearest":
            times, plus, by = 2 * times, times - by, 2 * by
        lowest = (first * times + plus) // by
        if mode.startswith("nearest"):
            return lowest, (last * times + plus) // by
        beyond = 1 if mode == "bicubic" else 0
        return lowest - beyond, -(-(last * times + plus) // by) + beyond

    scale = tuple(1 / by for by in factors)
    return Step(size, output_size, channels, scale, back, remainder=(0,) * len(size))


def _resized(size: Size, wanted: Any, factor: Any) -> tuple[Size, list[Fraction]]:
    """Return the size that resizing makes, and by what it enlarges each axis."""
    if (wanted is None) == (factor is None):
        raise ValueError(
            f"give either size or scale_factor, not size={wanted} and scale_factor={factor}"
        )
    if wanted is not None:
        output_size = per_axis("size", wanted, len(size), 1)
        return output_size, list(map(Fraction, output_size, size))
    factors = _factors(factor, len(size))
    output_size = tuple(floor(cells * by) for cells, by in zip(size, factors, strict=True))
    if min(output_size) < 1:
        raise ValueError(f"scale_factor={factor} leaves no cell of {tuple(size)}")
    return output_size, factors


def _factors(factor: object, axes: int) -> list[Fraction]:
    factors: tuple[Any, ...] = tuple(factor) if is_sequence(factor) else (factor,) * axes
    if len(factors) != axes:
        raise ValueError(f"scale_factor={factor} must have one number per axis, so {axes}")
    for by in factors:
        if isinstance(by, bool) or not isinstance(by, int | float | np.number):
            raise TypeError(f"scale_factor={factor!r} must be a number, or one per axis")
        if not 0 < by < float("inf"):
            raise ValueError(f"scale_factor={factor} must be above 0")
    return [Fraction(float(by)).limit_denominator(1000) for by in factors]


def _pixel_shuffle(layer: Layer, size: Size, channels: int | None) -> Step:
    (factor,) = layer.settings(upscale_factor=...)
    factor = whole("upscale_factor", factor, 1)
    if len(size) != 2:
        raise ValueError(f"it needs 2 axes, but what it receives has {len(size)}")
    if channels is not None and channels % factor**2:
        raise ValueError(
            f"upscale_factor={factor}: {channels} channels are no multiple of {factor**2}"
        )

    def back(axis: int, first: Index, last: Index) -> tuple[Index, Index]:
        return first // factor, last // factor

    return Step(
        size,
        tuple(cells * factor for cells in size),
        None if channels is None else channels // factor**2,
        scale=(Fraction(1, factor),) * 2,
        back=back,
        remainder=(0, 0),
    )


def _pixel_unshuffle(layer: Layer, size: Size, channels: int | None) -> Step:
    (factor,) = layer.settings(downscale_factor=...)
    factor = whole("downscale_factor", factor, 1)
    if len(size) != 2:
        raise ValueError(f"it needs 2 axes, but what it receives has {len(size)}")
    if any(cells % factor for cells in size):
        raise ValueError(f"downscale_factor={factor} must divide the size {tuple(size)}")

    def back(axis: int, first: Index, last: Index) -> tuple[Index, Index]:
        return first * factor, last * factor + factor - 1

    return Step(
        size,
        tuple(cells // factor for cells in size),
        None if channels is None else channels * factor**2,
        scale=(Fraction(factor),) * 2,
        back=back,
        remainder=(0, 0),
    )


def _same_shape(layer: Layer, size: Size, channels: int | None) -> Step:
    parameters: int | None = 0
    if layer.family in ("BatchNorm", "InstanceNorm"):
        features, affine = layer.settings(num_features=None, affine=layer.family == "BatchNorm")
        features = channels if features is None else whole("num_features", features, 1)
        if channels is not None and features != channels:
            raise ValueError(
                f"num_features={features} but it receives {count(channels, 'channel')}"
            )
        parameters = 0 if not affine else None if features is None else 2 * features
    if callable(own := getattr(layer.source, "parameters", None)):
        parameters = sum(parameter.numel() for parameter in own())
    return Step(
        size,
        size,
        channels,
        scale=(Fraction(1),) * len(size),
        back=lambda axis, first, last: (first, last),
        remainder=(0,) * len(size),
        parameters=parameters,
    )


#: Settings that change no size, no count and no channel.
UNREAD = {
    "count_include_pad",
    "divisor_override",
    "eps",
    "kind",
    "momentum",
    "norm_type",
    "padding_mode",
    "recompute_scale_factor",
    "return_indices",
    "track_running_stats",
    "value",
}
# fmt: off
_SAME_SHAPE = (
    "AlphaDropout", "BatchNorm", "CELU", "Dropout", "ELU", "FeatureAlphaDropout", "GELU",
    "GroupNorm", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "Identity", "InstanceNorm",
    "LeakyReLU", "LocalResponseNorm", "LogSigmoid", "LogSoftmax", "Mish", "PReLU", "RReLU", "ReLU",
    "ReLU6", "SELU", "SiLU", "Sigmoid", "Softmax", "Softplus", "Softshrink", "Softsign",
    "SyncBatchNorm", "Tanh", "Tanhshrink", "Threshold",
)
_EXAMPLES = (
    "Conv2d", "ConvTranspose2d", "MaxPool2d", "AvgPool2d", "Upsample", "PixelShuffle",
    "BatchNorm2d", "Dropout", "ReLU",
)
# fmt: on
_FAMILIES = {
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "MaxPool": _pool,
    "AvgPool": _pool,
    "LPPool": _pool,
    "ZeroPad": _pad,
    "ConstantPad": _pad,
    "ReflectionPad": _pad,
    "ReplicationPad": _pad,
    "CircularPad": _pad,
    "AdaptiveAvgPool": _adaptive_pool,
    "AdaptiveMaxPool": _adaptive_pool,
    "Upsample": _upsample,
    "UpsamplingNearest": _upsample,
    "UpsamplingBilinear": _upsample,
    "PixelShuffle": _pixel_shuffle,
    "PixelUnshuffle": _pixel_unshuffle,
} | dict.fromkeys(_SAME_SHAPE, _same_shape)
