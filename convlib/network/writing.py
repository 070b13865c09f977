"""Writing down what the layers of a network did, whoever runs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from convlib.network.calls import Value
from convlib.network.chain import Mirror
from convlib.network.fields import field_of
from convlib.network.layers import Step
from convlib.network.record import LayerPlan

__all__ = ["Failure", "Frame", "Trace", "Writer"]


@dataclass
class Failure:
    """Where a forward pass ended, and on what.

    Parameters
    ----------
    place, kind
        Of the layer, as in its record.
    function
        The function that refused.
    tensors
        What it was given: shapes without the batch, and who made them (numbers of records; −1 and
        below are inputs).
    """

    place: str
    kind: str
    function: str
    error: Exception
    tensors: list[tuple[tuple[int, ...], int]] = field(default_factory=list)
    args: tuple[Any, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)
    module: Any = None


@dataclass
class Trace:
    """What a forward pass did: a record a layer, and where it ended, if it did not come through."""

    records: list[LayerPlan] = field(default_factory=list)
    made_from: list[list[int]] = field(default_factory=list)
    steps: list[Step | None] = field(default_factory=list)
    outputs: list[tuple[int, ...]] = field(default_factory=list)
    failure: Failure | None = None

    def name(self, number: int) -> str:
        """Return how a record or an input (−1 and below) is spoken of."""
        return "input" if number == -1 else f"input {-number}" if number < 0 else self._told(number)

    def _told(self, number: int) -> str:
        name = self.records[number].name
        before = sum(one.name == name for one in self.records[:number])
        return f"{name} (use {before + 1})" if before else name


@dataclass
class Frame:
    """A layer that is running, and what it did so far."""

    place: str
    kind: str
    module: Any
    inputs: list[tuple[Any, Value]]
    steps: list[Step] = field(default_factory=list)
    multiply_adds: int = 0
    note: str = ""


class Writer:
    """Makes records, in the order in which layers run."""

    def __init__(self) -> None:
        self.trace = Trace()
        self._mirror = Mirror()
        self._counted: dict[int, str] = {}  # parameters, and where they were counted

    def write(self, frame: Frame, out: Any, value: Value, parameters: Sequence[Any]) -> None:
        """Add the record of a layer that has run.

        Parameters
        ----------
        out, value
            What it made, and what is known of it.
        parameters
            Tensors that it learns; each is counted once.
        """
        tensor, given = frame.inputs[0]
        step = frame.steps[-1] if frame.steps else None
        new = {id(one): one for one in parameters if id(one) not in self._counted}
        shared = {self._counted[id(one)] for one in parameters if id(one) in self._counted}
        self._counted |= dict.fromkeys(new, frame.place)
        notes = [frame.note] if frame.note else []
        if out.shape[:1] != tensor.shape[:1] and frame.kind in ("view", "reshape"):
            notes.append(f"takes the batch apart: 1 becomes {out.shape[0]}")
        if value.cells is None:
            notes.append("not followed")
        if shared:
            notes.append(f"shares parameters with {', '.join(sorted(shared))}")
        in_channels, input_size = _channels_and_size(tensor, given)
        out_channels, output_size = _channels_and_size(out, value)
        seen = field_of(value.cells) if value.cells is not None else None
        parameter_count = sum(one.numel() for one in new.values())
        moved = [one for one, _ in frame.inputs] + list(new.values()) + [out]
        record = LayerPlan(
            name=frame.place,
            kind=frame.kind,
            input_size=input_size,
            output_size=output_size,
            in_channels=in_channels,
            out_channels=out_channels,
            remainder=step.remainder if step else (0,) * len(input_size),
            parameters=parameter_count,
            multiply_adds=frame.multiply_adds + sum(one.multiply_adds or 0 for one in frame.steps),
            receptive_field=seen.size if seen else None,
            jump=_numbers(value.cells.jump) if value.cells is not None else None,
            output_padding=self._mirror.output_padding(step) if step else None,
            start=seen.start if seen else None,
            centre=seen.centre if seen else None,
            bytes=sum(one.numel() * one.element_size() for one in moved),
            inputs=tuple(self.trace.name(one.made_by) for _, one in frame.inputs),
            note="; ".join(notes),
        )
        self.trace.records.append(record)
        self.trace.steps.append(step)
        self.trace.made_from.append([one.made_by for _, one in frame.inputs])


def _channels_and_size(tensor: Any, value: Value) -> tuple[int | None, tuple[int, ...]]:
    """Return the channels, and the size along the spatial axes."""
    shape = tuple(tensor.shape)
    others = [dim for dim in range(1, tensor.ndim) if dim not in value.places]
    if len(others) == 1:
        return shape[others[0]], tuple(shape[place] for place in value.places)
    return (shape[1] if len(shape) > 1 else None), shape[2:]


def _numbers(values: Sequence[Any]) -> tuple[int | float, ...]:
    return tuple(int(one) if one == int(one) else float(one) for one in values)
