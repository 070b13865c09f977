"""Predict, then look: what is hidden, and what a reader is told of their answer."""

from __future__ import annotations

import pytest

from convlib.explorers import EXPLORERS
from convlib.explorers.guessing import asked_scene, told
from convlib.scenes.scene import Scene

STRIDE = EXPLORERS["stride"]
#: For a stride of the stride explorer: an answer, and what is said. The page says the same.
SAID = (
    (2, "2×2", "Right: 2×2."),
    (1, "3x3", "Right: 3×3."),
    (2, "(2, 2)", "Right: 2×2."),
    (1, "３ by ３", "Right: 3×3."),
    (2, " 2 ", "Right: 2×2."),
    (1, "2 AND 3", "You said 2 AND 3 (1 too few, right); it is 3×3."),
    (1, "4×3", "You said 4×3 (1 too many, right); it is 3×3."),
    (2, "none", "You said none; it is 2×2."),
    (1, "2.5", "You said 2.5; it is 3×3."),
    (1, "2.5×−3", "You said 2.5×−3 (0.5 too few, 6 too few); it is 3×3."),
    (2, "1,000 × 2", "You said 1,000 × 2 (998 too many, right); it is 2×2."),
    (1, "3.125", "You said 3.125; it is 3×3."),
    (2, "2.128×2", "You said 2.128×2 (0.13 too many, right); it is 2×2."),
    (2, "2×none", "You said 2×none; it is 2×2."),
    (2, "3", "You said 3; it is 2×2."),
)


@pytest.mark.parametrize(("stride", "given", "says"), SAID)
def test_a_reader_is_told_how_far_off_they_are(stride, given, says):
    values = STRIDE.values(stride=stride)
    assert told(given, STRIDE.guess, STRIDE.scene(**values), values) == says


def test_one_number_is_no_size_that_is_no_square():
    explorer = EXPLORERS["depthwise"]
    values = explorer.values()
    scene = explorer.scene(**values)
    assert told("68.0", explorer.guess, scene, values) == "Right: 68."
    assert told("70", explorer.guess, scene, values) == "You said 70 (2 too many); it is 68."


@pytest.mark.parametrize("name", [name for name, one in EXPLORERS.items() if one.guess])
def test_what_gives_the_answer_away_is_hidden(name):
    explorer = EXPLORERS[name]
    scene = explorer.scene(**explorer.values())
    asked = asked_scene(scene, explorer.guess)
    assert {one.name for one in scene.grids} - {one.name for one in asked.grids} == set(
        explorer.guess.hidden(scene)
    )
    assert asked.sentence == explorer.guess.question
    left = (asked.sweep, asked.matrix, asked.bars, asked.symbols)
    assert not any((*left, asked.formula, asked.code, asked.error))


@pytest.mark.parametrize("name", ["stride", "depthwise", "matrix"])
def test_what_is_asked_is_not_shown(name):
    explorer = EXPLORERS[name]
    scene = explorer.scene(**explorer.values())
    asked = asked_scene(scene, explorer.guess)
    hidden = explorer.guess.hidden(scene)
    assert asked == Scene(
        tuple(grid for grid in scene.grids if grid.name not in hidden),
        explorer.guess.question,
        views=scene.views, sums=scene.sums, matrix_weights=scene.matrix_weights,
        exact=scene.exact, in_a_row=scene.in_a_row, retold=scene.retold,
    )  # fmt: skip
