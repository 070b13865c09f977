"""Explorers' scenes made anew from changed numbers: what the links have to come to."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np

from convlib.explorers import EXPLORERS
from convlib.scenes.changes import LARGEST, changed
from convlib.scenes.scene import Scene

#: Where an explorer takes its numbers from: the module and the function that makes them, with the
#: sources of what it makes. Those of `TYPED` take them as values of their controls.
MAKERS = {
    "odd": [("scenes.odd", "example_input", "input"), ("scenes.odd", "example_kernel", "kernel")],
    "transpose": [
        ("explorers.transpose", "counting_input", "input"),
        ("explorers.transpose", "numbered_kernel", "kernel"),
    ],
    "output_padding": [
        ("explorers.output_padding", "round_trip_input", "input"),
        ("explorers.output_padding", "round_trip_kernel", "kernel"),
    ],
    "gradients": [("scenes.gradients", "error_at_output", "error")],
    "channels": [
        ("explorers.channels", "example_channels", "input"),
        ("explorers.channels", "example_weights", "weight"),
    ],
    "stacks": [("explorers.stacks", "stack_kernel", "")],
}
TYPED = ("stride", "padding", "dilation", "matrix", "gradients", "pooling")
#: Explorers that can be made anew with other numbers, and those that say other things of them.
ANEW = sorted({*TYPED, *MAKERS, "alignment"})
RETOLD = ("checkerboard", "separable", "shift")
#: Explorers whose numbers can be changed, by their names.
CHANGING = sorted({*ANEW, *RETOLD})


def some_changes(scene: Scene, chance: random.Random) -> dict[str, dict[tuple[int, int], float]]:
    """Return a few changes of numbers that a scene shows."""
    changes: dict[str, dict[tuple[int, int], float]] = {}
    for _ in range(chance.randint(1, 6)):
        view = chance.choice(scene.views)
        cell = tuple(
            chance.choice([place for place in axis if place >= 0])
            for axis in (view.rows, view.columns)
        )
        number = chance.choice((0, chance.randint(-9, 9), chance.randint(-LARGEST, LARGEST)))
        decimals = chance.choice((0, 0, chance.randint(1, 99) / 100))
        value = max(-LARGEST, min(LARGEST, round(number + decimals, 2)))
        changes.setdefault(view.source, {})[cell] = value
    return changes


def made_anew(name: str, state: dict[str, Any], changes: dict[str, dict], patch: Any) -> Scene:
    """Return the scene that an explorer's own functions make of changed numbers."""
    with patch.context() as held:
        return _made_anew(name, state, changes, held)


def _made_anew(name: str, state: dict[str, Any], changes: dict[str, dict], held: Any) -> Scene:
    explorer = EXPLORERS[name]
    if name == "alignment":
        module = import_module("convlib.explorers.alignment")
        row = np.array(module.ROW, dtype=float)
        for (_, column), value in changes.get("input", {}).items():
            row[column] = value
        held.setattr(module, "ROW", row)
    for place, function, source in MAKERS.get(name, ()):
        # Not by its name as text: `convlib.explorers.stacks` is the explorer, too.
        module = import_module(f"convlib.{place}")
        held.setattr(module, function, _changing(getattr(module, function), source, changes))
    if name in TYPED:
        state = {**state, **_typed(explorer, state, changes)}
    return explorer.scene(**state)


def _changing(make: Callable, source: str, changes: dict[str, dict]) -> Callable:
    """Return a maker of numbers that changes what it has made."""
    calls = iter(("first", "second"))

    def makes(*arguments: Any) -> np.ndarray:
        numbers = make(*arguments).astype(float)
        for index, of_array in _parts(source or next(calls), numbers):
            for cell, value in changes.get(of_array, {}).items():
                numbers[(*index, *cell)] = value
        return numbers

    return makes


def _parts(source: str, numbers: np.ndarray) -> Iterator[tuple[tuple[int, ...], str]]:
    if numbers.ndim == 2:
        yield (), source
    elif numbers.ndim == 3:
        for channel in range(len(numbers)):
            yield (channel,), f"{source}_{channel}" if channel else source
    else:
        for index in np.ndindex(numbers.shape[:2]):
            yield index, f"{source}_{index[0]}_{index[1]}"


def _typed(explorer: Any, state: dict[str, Any], changes: dict[str, dict]) -> dict[str, Any]:
    own = import_module("convlib.explorers.own")
    typed = {}
    for control, source in (("input_size", "input"), ("kernel_size", "kernel")):
        if source not in changes:
            continue
        if control == "input_size":
            numbers = own.input_of(state[control]).astype(float)
        elif explorer.name == "matrix":
            numbers = import_module("convlib.scenes.matrix").numbered_kernel(state[control])
        else:
            numbers = own.kernel_of(state[control])
        numbers = numbers.astype(float)
        for cell, value in changes[source].items():
            numbers[cell] = value
        typed[control] = numbers.tolist()
    return typed


def follow_and_make_anew(
    name: str, state: dict[str, Any], chance: random.Random, patch: Any
) -> tuple[Scene, Scene, dict]:
    """Return a state with some changes, along the links and made anew, and the changes."""
    scene = EXPLORERS[name].scene(**state)
    changes = some_changes(scene, chance)
    return changed(scene, changes), made_anew(name, state, changes, patch), changes
