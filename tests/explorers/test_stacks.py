"""The stacks explorer: the one convolution is PyTorch's two."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from convlib.explorers import EXPLORERS
from convlib.scenes.stacks import stack_kernel
from tests.explorers.tools import numbers

STACKS = EXPLORERS["stacks"]


def test_states_equal_pytorch():
    x = torch.tensor(np.random.default_rng(0).integers(-9, 10, (1, 1, 20, 21))).double()
    for values in STACKS.states():
        scene = STACKS.scene(**values)
        first, second = (
            torch.tensor(stack_kernel(values[name]))[None, None].double()
            for name in ("first", "second")
        )
        found = {"F": F, "x": x, "first": first, "second": second}
        exec(scene.code, found)
        assert torch.equal(found["twice"], found["once"])
        both = found["both"][0, 0].numpy()
        np.testing.assert_array_equal(numbers(scene["both"]), both)
        assert scene.formula.endswith(f"= {len(both)}")


def test_stamps_add_up_to_the_one_kernel():
    for values in STACKS.states():
        scene = STACKS.scene(**values)
        made = np.zeros(scene["both"].shape, int)
        first, second = numbers(scene["first"]), numbers(scene["second"])
        for step in scene.steps():
            for tap, cell in scene.sweep.pairs(*step):
                made[cell] += second[step] * first[tap]
        np.testing.assert_array_equal(made, numbers(scene["both"]))
