"""Why a network's sizes do not meet, told from where each size came, and what mends it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

from convlib.network.mends import Mending, mendings
from convlib.network.plan import as_asked, inputs_of, is_module
from convlib.network.record import Plan, sizes_text
from convlib.network.story import chapter_of, explain_failure, mismatch_of, way
from convlib.network.trace import run
from convlib.network.writing import Trace

__all__ = ["Diagnosis", "diagnose"]


#: Of the lines of text, in signs.
WIDTH = 88


@dataclass(frozen=True)
class Diagnosis:
    """What became of a forward pass.

    Parameters
    ----------
    works
        Whether it came through.
    what
        Where it broke, and why, in a few sentences; or what came out.
    ways
        For each of the tensors that do not meet: how it got its size, layer by layer.
    mends
        What mends it; each was tried.
    plan
        The records of the layers that ran.
    chapter
        Where the book explains it: the name of a page. Its address is printed where that of the
        book is known, from the variable ``BOOK_URL`` of the environment.
    """

    works: bool
    what: str
    ways: tuple[str, ...]
    mends: tuple[Mending, ...]
    plan: Plan
    chapter: str = ""

    def __str__(self) -> str:
        """Return all of it as text."""
        parts = [fill(self.what, WIDTH)]
        if self.ways:
            parts.append("How they got there:\n" + "\n".join(f"  {one}" for one in self.ways))
        if self.mends:
            tried = "\n".join(f"  {n}. {one}" for n, one in enumerate(self.mends, 1))
            parts.append(f"What mends it (each was tried):\n{tried}")
        elif not self.works:
            parts.append("Nothing of what was tried mends it.")
        if self.chapter and (book := os.environ.get("BOOK_URL")):
            parts.append(f"Why: {book.rstrip('/')}/book/{self.chapter}.html")
        return "\n\n".join(parts)


def diagnose(model: Any, input_size: Any, *arguments: Any, **named: Any) -> Diagnosis:
    """Say whether a module can take an input of this size; if not, why not, and what mends it.

    Parameters
    ----------
    model : nn.Module
    input_size, *arguments, **named
        As in `plan`.

    Raises
    ------
    TypeError
        If `model` is no module of PyTorch, or `input_size` no size.

    Examples
    --------
    >>> from torch import nn
    >>> print(diagnose(nn.Sequential(nn.Flatten(), nn.Linear(9, 2)), (1, 4, 4)).what)
    layer 1 (Linear): in_features=9, but it receives 16 numbers, 1·4·4 of `0`
    """
    if not is_module(model):
        raise TypeError(
            f"model={type(model).__name__} must be a module of PyTorch; for a chain of dicts, "
            "plan says what is wrong"
        )
    inputs = inputs_of(model, input_size)

    def again(shapes: Sequence[tuple[int, ...]] = inputs.shapes, **how: Any) -> Trace:
        return run(model, shapes, arguments, named, inputs.axes, **how)

    trace = again()
    plan = as_asked(trace.records, input_size)
    if trace.failure is None:
        made = ", ".join(sizes_text(shape[1:]) for shape in trace.outputs)
        return Diagnosis(True, f"It works: {made} comes out.", (), (), plan)
    mismatch = mismatch_of(trace)
    ways = tuple(way(trace, one) for one in mismatch.numbers) if mismatch else ()
    tried = tuple(mendings(model, inputs, trace, again))
    return Diagnosis(False, explain_failure(trace), ways, tried, plan, chapter_of(trace))
