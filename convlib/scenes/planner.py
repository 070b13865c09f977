"""Scenes of whole networks: the sizes of every layer in a table, and one quantity as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from convlib import LayerPlan, Plan, plan
from convlib.explain import (
    explain_multiply_adds,
    explain_output_padding,
    explain_output_size,
    explain_parameter_count,
    explain_receptive_field,
    explain_remainder,
    explain_transpose_output_size,
)
from convlib.scenes.scene import Bars, Grid, Scene, grid

__all__ = ["CHARTS", "NETWORKS", "mirrored", "plan_scene"]

#: The kind of a layer, and its settings.
Layer: TypeAlias = dict[str, Any]

#: What the bars can show.
CHARTS = ("output-size", "receptive-field", "parameters", "multiply-adds")


def _conv(in_channels: int, out_channels: int, kernel_size: int, **more: object) -> Layer:
    settings = {"in_channels": in_channels, "out_channels": out_channels}
    return {"kind": "Conv2d", **settings, "kernel_size": kernel_size, **more}


def _up(in_channels: int, out_channels: int, kernel_size: int, **more: object) -> Layer:
    return {**_conv(in_channels, out_channels, kernel_size, **more), "kind": "ConvTranspose2d"}


def _pool(kernel_size: int, **more: object) -> Layer:
    return {"kind": "MaxPool2d", "kernel_size": kernel_size, **more}


def _same(*channels: int) -> list[Layer]:
    """Return 3×3 convolutions that keep the size, from the first number of channels to the last."""
    return [_conv(before, after, 3, padding=1) for before, after in pairwise(channels)]


_TWICE = {"stride": 2, "padding": 1}
_DCGAN = (3, 128, 256, 512, 1024)
#: Well-known networks, as far as sizes go: layers that keep the shape, such as ReLU, are left out.
NETWORKS: dict[str, list[Layer]] = {
    "VGG16": [
        *_same(3, 64, 64),
        _pool(2),
        *_same(64, 128, 128),
        _pool(2),
        *_same(128, 256, 256, 256),
        _pool(2),
        *_same(256, 512, 512, 512),
        _pool(2),
        *_same(512, 512, 512, 512),
        _pool(2),
    ],
    # The beginning of a ResNet, and a mirror of it.
    "ResNet-stem": [
        _conv(3, 64, 7, stride=2, padding=3),
        _pool(3, **_TWICE),
        _up(64, 64, 3, **_TWICE),
        _up(64, 3, 7, stride=2, padding=3),
    ],
    # With padding, as it is built today, and without the copies that skip the lower levels: they
    # change no size, and double the input channels of the layer that takes them in.
    "U-Net": [
        *_same(3, 64, 64),
        _pool(2),
        *_same(64, 128, 128),
        _pool(2),
        *_same(128, 256, 256),
        _pool(2),
        *_same(256, 512, 512),
        _pool(2),
        *_same(512, 1024, 1024),
        _up(1024, 512, 2, stride=2),
        *_same(512, 512, 512),
        _up(512, 256, 2, stride=2),
        *_same(256, 256, 256),
        _up(256, 128, 2, stride=2),
        *_same(128, 128, 128),
        _up(128, 64, 2, stride=2),
        *_same(64, 64, 64),
        _conv(64, 2, 1),
    ],
    # An encoder that mirrors the generator, then the generator.
    "DCGAN": [
        *(_conv(*pair, 4, **_TWICE) for pair in pairwise(_DCGAN)),
        _conv(1024, 100, 4),
        _up(100, 1024, 4),
        *(_up(*pair, 4, **_TWICE) for pair in pairwise(_DCGAN[::-1])),
    ],
}


def mirrored(layers: list[Layer], input_size: int) -> list[Layer]:
    """Return the layers with the output padding that brings every size of the encoder back.

    Parameters
    ----------
    layers
        As `convlib.plan` reads them.
    input_size
        Cells along one side.

    Examples
    --------
    >>> layers = mirrored(NETWORKS["ResNet-stem"], 224)
    >>> [layer.get("output_padding", 0) for layer in layers]
    [0, 0, 1, 1]
    """
    records = plan(layers, input_size)
    return [
        {**layer, "output_padding": record.output_padding} if record.output_padding else layer
        for layer, record in zip(layers, records, strict=True)
    ]


def plan_scene(layers: Sequence[Any], input_size: int, chart: str = "output-size") -> Scene:
    """Return the plan of a network: a table with one row for each layer, and bars.

    Parameters
    ----------
    layers
        As `convlib.plan` reads them.
    input_size
        Cells along one side of a square input.
    chart : default "output-size"
        One of `CHARTS`.

    Returns
    -------
    Scene
        Grid ``"plan"``, whose columns are the layer, the size that goes in and out, the cells left
        over (r), the output padding that would bring the encoder's size back (a) and the receptive
        field (RF); and the bars. If a layer cannot take what it receives, the layers before it
        and the error.

    Raises
    ------
    ValueError
        If there is no such chart.

    Examples
    --------
    >>> scene = plan_scene(NETWORKS["ResNet-stem"], 224)
    >>> for row in scene["plan"].values:
    ...     print(*(text.rjust(4) for text in row))
       #   in  out    r    a   RF
       0  224  112    1         7
       1  112   56    1        11
       2   56  111         1   15
       3  111  221         1   19
    >>> scene.bars[0].texts
    ('112', '56', '111, not 112', '221, not 224')
    """
    if chart not in CHARTS:
        raise ValueError(f"chart={chart!r} must be one of {', '.join(CHARTS)}")
    layers = list(layers)
    error = ""
    try:
        records = plan(layers, input_size)
    except ValueError as refused:
        error = str(refused)
        records = Plan(_records_before_error(layers, input_size))
    wanted = _encoder_sizes(records)
    table = _table(records, wanted)
    if error:
        return Scene((table,), f"No plan: {error}.", error=error)
    return Scene(
        (table,),
        _sentence(records, wanted),
        bars=(_bars(records, wanted, chart),),
        formula=_Formulas(layers, records, wanted).text(chart),
        code=_torch_lines(layers, input_size),
    )


def _records_before_error(layers: Sequence[Any], input_size: int) -> list[LayerPlan]:
    for count in range(len(layers) - 1, 0, -1):
        try:
            return plan(layers[:count], input_size)
        except ValueError:
            continue
    return []


def _encoder_sizes(records: list[LayerPlan]) -> list[Any]:
    """Return for each layer that enlarges the size that the encoder had there, else None.

    Layers that enlarge undo those that shrink in the opposite order, as in `convlib.plan`.
    """
    sizes: list[Any] = []
    to_undo: list[Any] = []
    before: Any = 1
    for record in records:
        jump: Any = record.jump
        sizes.append(to_undo.pop() if jump < before and to_undo else None)
        if jump > before:
            to_undo.append(record.input_size)
        before = jump
    return sizes


def _table(records: list[LayerPlan], wanted: list[Any]) -> Grid:
    values: list[list[object]] = [["#", "in", "out", "r", "a", "RF"]]
    roles = [["blank"] * 6]
    for record, size in zip(records, wanted, strict=True):
        left = record.remainder or ""
        added = "" if size is None or record.output_padding is None else record.output_padding
        values.append(
            [
                record.name,
                record.input_size,
                record.output_size,
                left,
                added,
                record.receptive_field,
            ]
        )
        missed = size not in (None, record.output_size)
        roles.append(
            [
                "blank",
                "input",
                "blank" if missed else "output",
                "input unused" if left else "blank",
                "blank",
                "blank",
            ]
        )
    return grid("plan", "sizes, layer by layer", values, roles)


#: Short names of the layers in the bars.
_NAMES = {"Conv2d": "conv", "ConvTranspose2d": "up", "MaxPool2d": "pool", "AvgPool2d": "pool"}


def _bars(records: list[LayerPlan], wanted: list[Any], chart: str) -> Bars:
    field = chart.replace("-", "_")
    known = [getattr(record, field) for record in records]
    numbers = [number or 0 for number in known]
    millions = chart == "multiply-adds"
    texts = [
        f"{number / 1e6:,.3g}"
        if millions and number < 1e9
        else f"{number / 1e6:,.0f}"
        if millions
        else f"{number:,}"
        for number in numbers
    ]
    texts = ["?" if k is None else text for k, text in zip(known, texts, strict=True)]
    roles = ["output"] * len(numbers)
    if chart == "output-size":
        for place, size in enumerate(wanted):
            if size not in (None, numbers[place]):
                texts[place] += f", not {size}"
                roles[place] = "blank"
    title = f"{chart.replace('-', ' ')} of each layer"
    if millions:
        title = "multiply-adds of each layer, in millions"
    longest = max(numbers, default=0) or 1
    return Bars(
        "chart",
        title,
        tuple(f"{r.name} {_NAMES.get(r.kind, r.kind.lower())}" for r in records),
        tuple(texts),
        tuple(number / longest for number in numbers),
        tuple(roles),
    )


def _sentence(records: list[LayerPlan], wanted: list[Any]) -> str:
    turn = "1 layer turns" if len(records) == 1 else f"{len(records)} layers turn"
    last = records[-1]
    sentence = (
        f"{turn} {records[0].input_size} cells a side into {last.output_size}; a cell at "
        f"the end can see {last.receptive_field}."
    )
    left = [record.name for record in records if record.remainder]
    if left:
        sentence += f" Cells are left over at {_layers_text(left)}."
    missed = [
        (record, size)
        for record, size in zip(records, wanted, strict=True)
        if size not in (None, record.output_size)
    ]
    if missed:
        record, size = missed[0]
        sentence += (
            f" The first size that does not come back is that of layer {record.name}: "
            f"{record.output_size} instead of {size}."
        )
    elif any(size is not None for size in wanted):
        sentence += " Every size of the encoder comes back."
    parameters = [record.parameters for record in records]
    products = [record.multiply_adds for record in records]
    if None not in parameters:
        sentence += (
            f" {sum(filter(None, parameters)):,} parameters and "
            f"{sum(filter(None, products)):,} multiply-adds in all."
        )
    return sentence


def _layers_text(names: list[str]) -> str:
    if len(names) == 1:
        return f"layer {names[0]}"
    return f"layers {', '.join(names[:-1])} and {names[-1]}"


@dataclass(frozen=True)
class _Formulas:
    """What stands below the picture of a plan, by what its bars show."""

    layers: list[Any]
    records: list[LayerPlan]
    wanted: list[Any]

    def text(self, chart: str) -> str:
        """Return the formulas for a chart of `CHARTS`."""
        if chart == "receptive-field":
            return self._receptive_field()
        return self._sizes() if chart == "output-size" else self._count(chart)

    @property
    def _windows(self) -> list[int]:
        """The places of the layers that have a kernel."""
        places = range(len(self.records))
        return [place for place in places if self._get(place, "kernel_size", None) is not None]

    def _get(self, place: int, name: str, default: Any) -> Any:
        layer = self.layers[place]
        found = layer.get(name) if isinstance(layer, Mapping) else getattr(layer, name, None)
        return default if found is None else found

    def _window(self, place: int) -> tuple[Any, Any, Any, Any]:
        """Return kernel size, stride, padding and dilation of a layer."""
        kernel = self._get(place, "kernel_size", 1)
        pool = self.records[place].kind.endswith("Pool2d")
        stride = self._get(place, "stride", kernel if pool else 1)
        return kernel, stride, self._get(place, "padding", 0), self._get(place, "dilation", 1)

    def _line(self, place: int, text: str) -> str:
        # Axes that are alike are explained once.
        lines = dict.fromkeys(
            part.removeprefix("height: ").removeprefix("width: ") for part in text.split("\n")
        )
        return "\n".join(f"layer {self.records[place].name}: {part}" for part in lines)

    def _receptive_field(self) -> str:
        last = len(self.records)
        end = next((at for at, size in enumerate(self.wanted) if size is not None), last)
        windows = (self._window(place) for place in self._windows if place < end)
        text = explain_receptive_field([(k, s, d) for k, s, _, d in windows])
        sees = self.records[end - 1].receptive_field
        return text if text.endswith(f"= {sees}") else f"receptive field = {sees}"

    def _count(self, chart: str) -> str:
        """Return the formula of the layer that has most, and the sum."""
        counts = [getattr(record, chart.replace("-", "_")) for record in self.records]
        if None in counts:
            return f"{chart}: not known without channels"
        if not sum(counts):
            return f"{chart}: 0"
        most = counts.index(max(counts))
        total, record = f"all layers: {sum(counts):,}", self.records[most]
        channels: tuple[Any, Any] = record.in_channels, record.out_channels
        if self._get(most, "groups", 1) > 1 or None in channels or most not in self._windows:
            return total
        kernel = self._get(most, "kernel_size", 1)
        if chart == "parameters":
            text = explain_parameter_count(*channels, kernel)
        else:
            size = record.input_size if "Transpose" in record.kind else record.output_size
            text = explain_multiply_adds(*channels, kernel, size)
        # The formula has no bias, and so on: it is shown where it says the same.
        fits = text.replace(",", "").endswith(f" {counts[most]} {chart}")
        return f"{self._line(most, text)}\n{total}" if fits else total

    def _sizes(self) -> str:
        """Return how the first size comes about, the first remainder, and the way back."""
        windows = self._windows
        lines = [self._size_line(windows[0] if windows else 0)]
        left = [place for place in windows if self.records[place].remainder]
        if left:
            unread = self.records[left[0]].input_size
            lines.append(self._line(left[0], explain_remainder(unread, *self._window(left[0]))))
        back = [(place, size) for place in windows if (size := self.wanted[place]) is not None]
        # The first that does not come back, else the first that does.
        back.sort(key=lambda pair: pair[1] == self.records[pair[0]].output_size)
        for place, size in back[:1]:
            with suppress(ValueError):  # a kernel that the encoder's size has no room for
                lines.append(self._line(place, explain_output_padding(size, *self._window(place))))
        return "\n".join(lines)

    def _size_line(self, place: int) -> str:
        record, text = self.records[place], ""
        if place in self._windows and "Transpose" in record.kind:
            kernel, stride, padding, dilation = self._window(place)
            added = self._get(place, "output_padding", 0)
            text = explain_transpose_output_size(
                record.input_size, kernel, stride, padding, added, dilation
            )
        elif place in self._windows:
            text = explain_output_size(record.input_size, *self._window(place))
        # The formula has no ceil_mode, and some layers have no formula.
        if not text.endswith(f"= {record.output_size}"):
            text = f"{record.input_size} → {record.output_size} cells"
        return self._line(place, text)


#: Most characters of a line of code that a page is wide enough for.
_LINE = 76


#: Kinds that can be written as PyTorch, with the arguments that these need.
_ARGUMENTS = {
    **dict.fromkeys(("Conv2d", "ConvTranspose2d"), ("in_channels", "out_channels", "kernel_size")),
    **dict.fromkeys(("MaxPool2d", "AvgPool2d"), ("kernel_size",)),
    **dict.fromkeys(("AdaptiveMaxPool2d", "AdaptiveAvgPool2d"), ("output_size",)),
    "BatchNorm2d": ("num_features",),
    **dict.fromkeys(("Dropout", "GELU", "LeakyReLU", "ReLU", "Sigmoid", "Tanh", "Upsample"), ()),
}


def _torch_lines(layers: Sequence[Any], input_size: int) -> str:
    """Return the network in PyTorch, if it was given as settings, and all that are needed."""
    calls = []
    for layer in layers:
        if not isinstance(layer, Mapping) or layer["kind"] not in _ARGUMENTS:
            return ""
        first = _ARGUMENTS[layer["kind"]]
        if not set(first) <= set(layer):
            return ""
        named = [f"{n}={value!r}" for n, value in layer.items() if n not in ("kind", *first)]
        arguments = [*(str(layer[name]) for name in first), *named]
        calls.append(f"nn.{layer['kind']}({', '.join(arguments)}),")
    # As many layers on a line as fit: a deep network stays short.
    lines: list[str] = []
    for call in calls:
        if lines and len(lines[-1]) + len(call) < _LINE:
            lines[-1] += f" {call}"
        else:
            lines.append(f"    {call}")
    reads = ("in_channels", "num_features")
    channels = next((layer[name] for layer in layers for name in reads if name in layer), 1)
    return "\n".join(
        (
            "model = nn.Sequential(",
            *lines,
            ")",
            f"output = model(torch.zeros(1, {channels}, {input_size}, {input_size}))",
        )
    )
