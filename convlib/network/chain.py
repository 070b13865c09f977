"""The plan of a chain of layers, without PyTorch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from convlib._checks import is_sequence
from convlib._types import PerAxis
from convlib.network.fields import Cells, field_of
from convlib.network.layers import Layer, Step, effect, flatten, start
from convlib.network.record import LayerPlan, Plan

__all__ = ["Mirror", "plain", "plan_chain"]

T = TypeVar("T")


class Mirror:
    """Pairs layers that enlarge with those that shrank, the last one first."""

    def __init__(self) -> None:
        self._shrank: list[Step] = []

    def output_padding(self, step: Step) -> tuple[int, ...] | None:
        """Take the next step; return what brings back the size of the one that it undoes."""
        undone = self._shrank.pop() if self._shrank and min(step.scale) < 1 else None
        if max(step.scale) > 1:
            self._shrank.append(step)
        return step.output_padding_to(undone) if step.output_padding_to else None


def plan_chain(layers: Iterable[object], input_size: PerAxis) -> Plan:
    """Return the plan of layers that follow each other: modules or dicts; see `convlib.plan`."""
    found = list(flatten(layers))
    size, channels = start(found, input_size)
    one_number = not is_sequence(input_size)
    cells, mirror, records = Cells(size), Mirror(), Plan()
    inputs = ("input",)
    for layer in found:
        try:
            step = effect(layer, size, channels)
        except (TypeError, ValueError) as error:
            raise type(error)(f"layer {layer.name} ({layer.kind}): {error}") from error
        jump = tuple(a * b for a, b in zip(cells.jump, step.scale, strict=True))
        cells = Cells(step.output_size, ((cells, step.back),), jump)
        records.append(_record(layer, step, channels, cells, mirror, inputs, one_number))
        size, channels, inputs = step.output_size, step.out_channels, (layer.name,)
    return records


def _record(
    layer: Layer, step: Step, channels: int | None, cells: Cells, mirror: Mirror,
    inputs: tuple[str, ...], one_number: bool,
) -> LayerPlan:  # fmt: skip
    def form(values: Sequence[T]) -> T | tuple[T, ...]:
        return plain(values, one_number)

    output_padding = mirror.output_padding(step)
    field = field_of(cells)
    return LayerPlan(
        name=layer.name,
        kind=layer.kind,
        input_size=form(step.input_size),
        output_size=form(step.output_size),
        in_channels=channels if step.in_channels is None else step.in_channels,
        out_channels=step.out_channels,
        remainder=form(step.remainder),
        parameters=step.parameters,
        multiply_adds=step.multiply_adds,
        receptive_field=form(field.size),
        jump=form([int(by) if by == int(by) else float(by) for by in cells.jump]),
        output_padding=None if output_padding is None else form(output_padding),
        start=form(field.start),
        centre=form(field.centre),
        inputs=inputs,
    )


def plain(values: Sequence[T], one_number: bool) -> T | tuple[T, ...]:
    """Return one value where one number was asked about, and the axes agree."""
    return values[0] if one_number and len(set(values)) == 1 else tuple(values)
