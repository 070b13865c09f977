"""How the cells of a network's tensors depend on those of its input, over all paths."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from typing import TypeAlias

import numpy as np

from convlib._types import Size
from convlib.fast import Index
from convlib.network.layers import EMPTY, Back

__all__ = ["Cells", "Field", "field_of", "offset", "seeing_all"]

_numbers = count()
#: First and last cells, one of each for every cell that depends on them.
Stretch: TypeAlias = tuple[Index, Index]


@dataclass(eq=False)
class Cells:
    """The cells of a tensor along its spatial axes, and from which others they are made.

    Parameters
    ----------
    size
        Cells per axis.
    sources
        What they are made from, and how to go back there; none for an input.
    jump
        Cells of the input from one of these to the next, per axis.
    """

    size: Size
    sources: tuple[tuple[Cells, Back], ...] = ()
    jump: tuple[Fraction, ...] = ()
    number: int = field(default_factory=lambda: next(_numbers))

    def __post_init__(self) -> None:
        self.jump = self.jump or (Fraction(1),) * len(self.size)


@dataclass(frozen=True)
class Field:
    """Where the cells of a tensor see the input, per axis.

    Parameters
    ----------
    size
        Cells of the input that one cell sees, end to end, at most.
    start
        The first of them for cell 0; below 0 in the padding.
    centre
        The middle of what cell 0 sees, in cells.
    """

    size: Size
    start: Size
    centre: tuple[float, ...]


def field_of(cells: Cells) -> Field:
    """Return where cells see the input (the first one, if there are several)."""
    found = []
    for axis in range(len(cells.size)):
        first, last = _reach(cells, axis)
        sees = np.flatnonzero(first <= last)
        if len(sees):
            start, end = int(first[sees[0]]), int(last[sees[0]])
            found.append((int((last - first)[sees].max()) + 1, start, (start + end) / 2))
        else:
            found.append((0, 0, 0.0))
    sizes, starts, centres = zip(*found, strict=True) if found else ((), (), ())
    return Field(sizes, starts, centres)


def offset(one: Cells, other: Cells) -> tuple[float, ...]:
    """Return how far apart two tensors' cells of the same place look, in input cells, on average.

    0 where they are aligned: a branch that is enlarged looks half a cell to the left as often as to
    the right.
    """
    apart = []
    for axis in range(len(one.size)):
        middles = []
        for cells in (one, other):
            first, last = _reach(cells, axis)
            middle = (first + last) / 2
            middle[first > last] = np.nan
            middles.append(middle)
        if len(middles[0]) != len(middles[1]):  # one of them is the same for all
            return (0.0,) * len(one.size)
        apart.append(float(np.nan_to_num(np.nanmean(middles[0] - middles[1]))))
    return tuple(apart)


def seeing_all(cells: Cells, size: Size) -> Cells:
    """Return cells each of which sees all of `cells`, along the axes where `size` differs or is 1.

    A layer that mixes all places, such as a mean over them or a flattening.
    """

    def back(axis: int, first: Index, last: Index) -> Stretch:
        return np.zeros_like(first), np.full_like(last, cells.size[axis] - 1)

    jump = tuple(Fraction(cells.size[axis], made) for axis, made in enumerate(size))
    jump = tuple(a * b for a, b in zip(jump, cells.jump, strict=True))
    return Cells(size, ((cells, back),), jump)


def _reach(cells: Cells, axis: int) -> Stretch:
    """Return the first and last input cells that each cell depends on along an axis.

    Found by going back along every path, the cells that were made last first. Padding counts as
    input, so that a field does not depend on the border.
    """
    own = np.arange(cells.size[axis], dtype=np.int64)
    pending: dict[Cells, Stretch] = {cells: (own, own)}
    latest = [(-cells.number, cells)]
    inputs: dict[Cells, Stretch] = {}
    while latest:
        _, one = heapq.heappop(latest)
        first, last = pending.pop(one)
        if not one.sources:
            inputs[one] = first, last
        nothing = first > last
        for source, back in one.sources:
            low, high = back(axis, first, last)
            low, high = np.where(nothing, EMPTY, low), np.where(nothing, -EMPTY, high)
            if source in pending:
                low = np.minimum(low, pending[source][0])
                high = np.maximum(high, pending[source][1])
            else:
                heapq.heappush(latest, (-source.number, source))
            pending[source] = low, high
    return inputs[min(inputs, key=lambda one: one.number)]
