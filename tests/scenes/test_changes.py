"""Numbers that a reader changes: what follows along the links is what convlib computes."""

from __future__ import annotations

import random

import pytest

from convlib.explorers import EXPLORERS
from convlib.scenes.changes import changed, kernel_presets, read_number
from convlib.scenes.seeing import question_kernel
from tests.scenes.changing import CHANGING, follow_and_make_anew


def texts(scene):
    """Return every number that a scene shows."""
    shown = {grid.name: grid.values for grid in scene.grids}
    shown["matrix"] = scene.matrix.values if scene.matrix else None
    shown["bars"] = tuple(chart.texts for chart in scene.bars)
    return shown


@pytest.mark.parametrize("name", CHANGING)
def test_changed_numbers_make_the_picture_that_convlib_makes(name, monkeypatch):
    chance = random.Random(name)
    states = list(EXPLORERS[name].states())
    for state in chance.choices(states, k=60):
        along, anew, changes = follow_and_make_anew(name, state, chance, monkeypatch)
        assert texts(along) == texts(anew), (state, changes)


def test_explorers_with_a_sweep_of_numbers_let_them_be_changed():
    with_views = {
        name
        for name, explorer in EXPLORERS.items()
        if any(explorer.scene(**state).views for state in explorer.states())
    }
    assert with_views == set(CHANGING)


def test_changed_follows_a_number_into_its_copies():
    scene = EXPLORERS["padding"].scene(
        input_size=3, kernel_size=3, padding="same", padding_mode="replicate", stride=1
    )
    first = changed(scene, {"input": {(0, 0): 9}})["input"].values
    assert [row[:2] for row in first[:2]] == [("9", "9"), ("9", "9")]


def test_changed_leaves_out_what_a_scene_does_not_show():
    scene = EXPLORERS["stride"].scene(**EXPLORERS["stride"].values(input_size=3))
    assert changed(scene, {"input": {(7, 7): 5}, "other": {(0, 0): 1}}) == scene


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3),
        ("-3", -3),
        ("−3", -3),
        ("+0.5", 0.5),
        (".25", 0.25),
        ("１２", 12),
        (" 7 ", 7),
        ("5.", 5),
    ],
)
def test_read_number_reads_what_people_write(text, number):
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "is no number"),
        ("-", "is no number"),
        ("three", "is no number"),
        ("1e2", "is no number"),
        ("--1", "is no number"),
        ("1.2.3", "is no number"),
        ("100", "is not from −99 to 99"),
        ("-99.5", "is not from −99 to 99"),
        ("0.333", "more than 2 decimals"),
        ("nan", "is no number"),
    ],
)
def test_read_number_says_what_is_wrong(text, rule):
    with pytest.raises(ValueError, match=rule):
        read_number(text)


def test_presets_are_the_kernels_of_the_book():
    presets = kernel_presets((3, 3))
    for name, kernel in presets.items():
        assert kernel == question_kernel(name).tolist(), name
    assert list(kernel_presets((1, 1))) == ["identity"]
    assert kernel_presets((4, 4))["shift"] == [[0] * 4, [0, 0, 1, 0], [0] * 4, [0] * 4]
