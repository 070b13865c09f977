"""The gradients explorer: its numbers are autograd's."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from convlib.explorers import EXPLORERS
from convlib.scenes.convolution import example_input, example_kernel
from convlib.scenes.gradients import error_at_output
from tests.explorers.tools import numbers

GRADIENTS = EXPLORERS["gradients"]
MADE = {"forward": "output", "input-gradient": "input", "weight-gradient": "kernel"}


def states():
    for values in GRADIENTS.states():
        scene = GRADIENTS.scene(**values)
        if not scene.error:
            yield values, scene


def tensors(values):
    x = torch.tensor(example_input(values["input_size"]))[None, None].double()
    w = torch.tensor(example_kernel(values["kernel_size"]))[None, None].double()
    return x.requires_grad_(), w.requires_grad_()


def test_states_equal_autograd_and_the_line_that_they_show():
    for values, scene in states():
        x, w = tensors(values)
        given = {name: values[name] for name in ("stride", "padding", "dilation")}
        y = F.conv2d(x, w, **given)
        g = torch.tensor(error_at_output(*y.shape[2:]))[None, None].double()
        y.backward(g)
        expected = {"forward": y, "input-gradient": x.grad, "weight-gradient": w.grad}
        made = numbers(scene[MADE[values["operation"]]])
        np.testing.assert_array_equal(made, expected[values["operation"]][0, 0].detach().numpy())
        shown = eval(scene.code, {"torch": torch, "F": F, "input": x, "weight": w, "g": g})
        np.testing.assert_array_equal(made, shown[0, 0].detach().numpy())


def test_every_step_sums_to_its_cell():
    for _, scene in list(states())[::5]:
        for step in scene.steps():
            left, terms, total = scene.step_text(*step).split(" = ")
            assert left == f"{scene.sweep.over}[{step[0]}, {step[1]}]"
            assert eval(terms.replace("×", "*").replace("−", "-")) == int(total.replace("−", "-"))
