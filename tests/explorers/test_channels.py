"""The channels explorer: each state's maps, sums and counts are those of PyTorch."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from convlib import conv_output_size
from convlib.explorers import EXPLORERS
from convlib.scenes.channels import (
    channels_scene,
    example_channels,
    example_weights,
    weights_scene,
)
from tests.explorers.tools import numbers

CHANNELS = EXPLORERS["channels"]


def stack(scene, kind: str) -> torch.Tensor:
    """Return all grids of a kind as channels."""
    names = [one.name for one in scene.grids if one.name.split("_")[0] == kind]
    return torch.tensor(np.array([numbers(scene[name]) for name in names]))


def scenes():
    """Yield the values and the scene of each state that makes a picture."""
    for values in CHANNELS.states():
        scene = CHANNELS.scene(**values)
        if not scene.error:
            yield values, scene


def test_channels_states_equal_pytorch():
    for values, scene in scenes():
        weight = torch.tensor(
            example_weights(values["out_channels"], values["in_channels"], values["kernel_size"])
        )
        chosen = values["output_channel"]
        torch.testing.assert_close(stack(scene, "kernel"), weight[chosen])
        environment = {"F": F, "nn": nn, "input": stack(scene, "input")[None], "weight": weight}
        *lines, last = scene.code.splitlines()
        exec("\n".join(lines), environment)
        assert environment["layer"].weight.shape == weight.shape
        assert lines[-1].endswith(f"# {tuple(weight.shape)}")
        maps = stack(scene, "output")
        torch.testing.assert_close(maps[chosen], eval(last, environment)[0])
        torch.testing.assert_close(maps, F.conv2d(environment["input"], weight)[0])


def test_steps_add_up_all_input_channels():
    for values, scene in scenes():
        rows, columns = scene.sweep.shape
        for step in ((0, 0), (rows - 1, columns - 1)):
            left, terms, total = scene.step_text(*step).split(" = ")
            suffix = f"_{values['output_channel']}" if values["output_channel"] else ""
            assert left == f"output{suffix}[{step[0]}, {step[1]}]"
            assert terms.count("×") == values["in_channels"] * values["kernel_size"] ** 2
            assert eval(terms.replace("×", "*").replace("−", "-")) == int(total.replace("−", "-"))


def test_counts_are_those_of_the_layer():
    for values, scene in scenes():
        layer = nn.Conv2d(values["in_channels"], values["out_channels"], values["kernel_size"])
        weights, biases = layer.weight.numel(), layer.bias.numel()
        assert scene.bars[0].texts == tuple(
            f"{n:,}" for n in (layer.weight[0, 0].numel(), layer.weight[0].numel(), weights)
        )
        noun = "weight" if weights == 1 else "weights"
        assert f"= {weights} {noun}, and O = {biases} bias" in scene.formula
        assert f": {weights + biases} parameters" in scene.formula
        size = conv_output_size(4, values["kernel_size"])
        assert scene.formula.endswith(f"= {size}")
        assert scene["output"].shape == (size, size)


def test_only_the_chosen_map_has_the_colour_of_the_output():
    for values, scene in scenes():
        coloured = [one.name for one in scene.grids if one.roles[0][0] == "output"]
        assert coloured == [scene.sweep.over]
        maps = [one for one in scene.grids if one.name.startswith("output")]
        assert maps.index(scene[scene.sweep.over]) == values["output_channel"]


def test_no_two_kernels_and_no_two_channels_are_alike():
    kernels = example_weights(3, 3, 2).reshape(9, 2, 2)
    for arrays in (kernels, example_channels(3, 4)):
        for one, other in combinations(arrays, 2):
            assert (one != other).any()


@pytest.mark.parametrize(
    ("out_channels", "chosen", "text"),
    [
        (1, 1, "there is no output channel 1: with out_channels=1 there is 0"),
        (2, 2, "there is no output channel 2: with out_channels=2 there are 0 to 1"),
    ],
)
def test_an_output_channel_that_is_not_there_is_an_error(out_channels, chosen, text):
    scene = CHANNELS.scene(**CHANNELS.values(out_channels=out_channels, output_channel=chosen))
    assert scene.error == text
    assert [one.name for one in scene.grids] == ["input", "input_1"]


def test_sentence_and_formula_of_two_channels():
    scene = CHANNELS.scene(**CHANNELS.values())
    assert scene.sentence == (
        "Output channel 0 of 2: each of its 2 kernels of 3×3 slides over one input channel, and "
        "the 2 results are added. The layer has 4 kernels."
    )
    assert scene.formula.splitlines()[1:] == [
        "I·O·K = 2·2·9 = 36 weights, and O = 2 biases: 38 parameters",
        "o = i − k + 1 = 4 − 3 + 1 = 2",
    ]


def test_sentence_of_one_channel():
    scene = channels_scene(example_channels(1, 4, 5), example_weights(1, 1, 2, 3))
    assert scene.sentence == (
        "Output channel 0 of 1: its 2×3 kernel slides over the only input channel. "
        "The layer has 1 kernel."
    )
    assert "kernel_size=(2, 3)" in scene.code
    assert scene["output"].shape == (3, 3)
    assert scene.formula.splitlines()[-2:] == [
        "height: o = i − k + 1 = 4 − 2 + 1 = 3",
        "width: o = i − k + 1 = 5 − 3 + 1 = 3",
    ]


def test_weights_scene_shows_each_kernel_under_its_index():
    weight = example_weights(3, 2, 3)
    scene = weights_scene(weight)
    np.testing.assert_array_equal(numbers(scene["kernel-2-1"]), weight[2, 1])
    assert len(scene.grids) == 6
