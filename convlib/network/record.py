"""The plan of a network: a record for each layer, as a list, a table, a page or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, TypeVar

__all__ = ["LayerPlan", "Plan", "sizes_text"]

T = TypeVar("T")
#: What the columns of a table are called, and what they show of a record.
COLUMNS = (
    "layer", "kind", "channels", "in", "out", "unread", "parameters", "multiply-adds", "field",
    "note",
)  # fmt: skip
#: The columns whose values are numbers, or sizes.
NUMBERS = frozenset(COLUMNS[2:9])


@dataclass(frozen=True)
class LayerPlan:
    """What one layer does to sizes, and what it costs.

    Sizes have one value per axis; they are plain numbers where `plan` was given one and the axes
    agree. None means that nothing is known, or nothing applies.

    Parameters
    ----------
    name
        Its place in the network: ``"2"``, ``"2.0"`` in a nested sequence, ``"up1.conv"`` in a
        module, ``"up1:cat"`` for a function that the module calls.
    kind
        PyTorch's name: ``"Conv2d"``, or that of the function.
    input_size, output_size
        In cells, without channels.
    remainder
        Cells at the end of the padded input that no window reaches.
    parameters
        Numbers that it learns; 0 where an earlier layer counts them.
    multiply_adds
        Those of convolutions and matrix products, for one example; pooling, resizing and
        activations count 0.
    receptive_field
        Cells of the network's input that one output cell can see, end to end, over all paths, at
        most; the padding around the input is counted as if it were input. None where a function
        stands between that moves cells in a way that is not followed.
    jump
        Cells of the network's input from one output cell to the next; below 1 where the output is
        finer than the input.
    output_padding
        Of a transposed layer: what brings back the size that the matching layer of the encoder
        had (the last one that shrank and has not been undone yet). None where no output padding
        does, and for all other layers.
    start, centre
        The first input cell that output cell 0 sees (below 0 in the padding), and the middle of
        all that it sees.
    bytes
        What it reads and writes once, for one example: its input, its parameters, its output.
    inputs
        Names of the layers that it gets its input from; ``"input"`` is the network's own.
    note
        What else one should know: ``"not followed"``, branches that are not aligned, shared
        parameters.
    """

    name: str
    kind: str
    input_size: int | tuple[int, ...]
    output_size: int | tuple[int, ...]
    in_channels: int | None
    out_channels: int | None
    remainder: int | tuple[int, ...]
    parameters: int | None
    multiply_adds: int | None
    receptive_field: int | tuple[int, ...] | None
    jump: int | float | tuple[int | float, ...] | None
    output_padding: int | tuple[int, ...] | None = None
    start: int | tuple[int, ...] | None = None
    centre: float | tuple[float, ...] | None = None
    bytes: int | None = None
    inputs: tuple[str, ...] = ()
    note: str = ""


class Plan(list[LayerPlan]):
    """The records of a network's layers, in the order in which they run."""

    def __str__(self) -> str:
        """Return a table that a terminal shows."""
        rows = [COLUMNS, *map(_cells, self)]
        shown = _shown(rows[1:])
        widths = {index: max(len(row[index]) for row in rows) for index in shown}

        def line(row: Sequence[str]) -> str:
            cells = (
                row[index].rjust(widths[index])
                if COLUMNS[index] in NUMBERS
                else row[index].ljust(widths[index])
                for index in shown
            )
            return "  ".join(cells).rstrip()

        return "\n".join([*map(line, rows), *self._totals()])

    def _repr_html_(self) -> str:
        """Return a table that a notebook shows."""

        def cell(tag: str, name: str, text: str) -> str:
            align = "right" if name in NUMBERS else "left"
            style = f"text-align: {align}; padding: 0.2em 0.6em"
            return f'<{tag} style="{style}">{escape(text)}</{tag}>'

        rows = [_cells(one) for one in self]
        shown = _shown(rows)
        head = "".join(cell("th", COLUMNS[place], COLUMNS[place]) for place in shown)
        longest = max(map(_longest, self), default=1)
        lines = []
        for one, row in zip(self, rows, strict=True):
            cells = "".join(cell("td", COLUMNS[place], row[place]) for place in shown)
            width = 100 * _longest(one) / longest
            bar = f'<div style="background: currentColor; height: 0.6em; width: {width:.0f}px">'
            lines.append(f"<tr>{cells}<td>{bar}</div></td></tr>")
        return (
            f"<table><caption>{escape(' '.join(self._totals()))}</caption>"
            f"<thead><tr>{head}<th>size</th></tr></thead><tbody>{''.join(lines)}</tbody></table>"
        )

    def to_json(self) -> str:
        """Return the records as JSON: a list of objects with the names of the attributes."""
        return json.dumps([asdict(one) for one in self], indent=1)

    def _totals(self) -> list[str]:
        parameters = sum(one.parameters or 0 for one in self)
        products = sum(one.multiply_adds or 0 for one in self)
        return [f"{parameters:,} parameters, {products:,} multiply-adds for one example"]


def _longest(record: LayerPlan) -> int:
    size = record.output_size
    return max(size, default=1) if isinstance(size, tuple) else size


def _shown(rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the numbers of the columns that some layer has a word in."""
    return [place for place in range(len(COLUMNS)) if any(row[place] for row in rows)]


def _cells(record: LayerPlan) -> tuple[str, ...]:
    """Return what a table shows of a record."""
    remainder = record.remainder if isinstance(record.remainder, tuple) else (record.remainder,)
    field = "" if record.receptive_field is None else sizes_text(record.receptive_field)
    return (
        record.name,
        record.kind,
        _channels(record),
        sizes_text(record.input_size),
        sizes_text(record.output_size),
        sizes_text(record.remainder) if any(remainder) else "",
        f"{record.parameters:,}" if record.parameters else "",
        f"{record.multiply_adds:,}" if record.multiply_adds else "",
        field,
        record.note,
    )


def _channels(record: LayerPlan) -> str:
    if record.in_channels == record.out_channels:
        return "" if record.in_channels is None else str(record.in_channels)
    return f"{record.in_channels} → {record.out_channels}"


def sizes_text(size: Any) -> str:
    """Return a size as it is spoken of.

    Examples
    --------
    >>> sizes_text((88, 131)), sizes_text(7)
    ('88×131', '7')
    """
    return "×".join(map(str, size)) if isinstance(size, tuple) else str(size)
