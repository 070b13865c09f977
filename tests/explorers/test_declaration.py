"""How explorers are declared: values, states, and a scene for each."""

from __future__ import annotations

import pytest

from convlib.explorers import EXPLORERS
from convlib.explorers.declaration import Control
from convlib.explorers.explorer import Explorer
from convlib.scenes.scene import Scene

STRIDE = EXPLORERS["stride"]


@pytest.mark.parametrize("name", EXPLORERS)
def test_every_state_makes_a_scene(name):
    for values in EXPLORERS[name].states():
        scene = EXPLORERS[name].scene(**values)
        assert scene.sentence
        assert bool(scene.error) != bool(scene.formula)


def test_values_fill_in_the_defaults():
    assert STRIDE.values(stride=3) == {
        "input_size": 5,
        "kernel_size": 3,
        "stride": 3,
        "padding": 0,
        "dilation": 1,
    }


def test_states_change_the_last_control_fastest():
    toy = Explorer(
        "toy",
        "Toy",
        (Control("a", "a", (1, 2), 1), Control("b", "b", ("x", "y"), "y")),
        lambda a, b: Scene((), f"{a}{b}"),
    )
    assert list(toy.states())[:2] == [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}]


@pytest.mark.parametrize(
    ("start", "error", "text"),
    [
        ({"stride": 9}, ValueError, r"stride=9 must be one of 1, 2, 3"),
        ({"stride": True}, ValueError, r"stride=True must be one of 1, 2, 3"),
        ({"strides": 2}, TypeError, r"stride: no control 'strides'; there are input_size, kernel"),
    ],
)
def test_start_values_are_checked(start, error, text):
    with pytest.raises(error, match=text):
        STRIDE.values(**start)
