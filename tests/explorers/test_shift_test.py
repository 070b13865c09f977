"""The shift test: its outputs are PyTorch's, and its error says whether they moved."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from convlib.explorers import EXPLORERS
from convlib.scenes.scene import cell_text
from convlib.scenes.shifts import example_signal, shift_error
from tests.explorers.tools import texts_as_numbers

SHIFT_TEST = EXPLORERS["shift-test"]


def output(scene, signal):
    found = {"F": F, "torch": torch, "x": torch.tensor(signal, dtype=torch.float)[None, None]}
    exec(scene.code, found)
    return found["y"][0, 0].numpy()


def test_states_equal_pytorch():
    for values in SHIFT_TEST.states():
        scene = SHIFT_TEST.scene(**values)
        signal = example_signal()
        before, after = output(scene, signal), output(scene, np.roll(signal, values["shift"]))
        np.testing.assert_allclose(texts_as_numbers(scene["before"])[0], before, atol=0.0051)
        np.testing.assert_allclose(texts_as_numbers(scene["after"])[0], after, atol=0.0051)
        error = shift_error(before, after, values["shift"] / values["stride"])
        assert scene.formula.endswith(f"= {cell_text(round(error, 4))}")


def test_output_moves_with_its_input_where_the_stride_divides_the_shift():
    for values in SHIFT_TEST.states():
        scene = SHIFT_TEST.scene(**values)
        if values["shift"] % values["stride"] == 0:
            assert scene.formula.endswith("= 0")
            assert "moves along" in scene.sentence
        elif values["blur"] == "none":
            assert not scene.formula.endswith("= 0")


def test_blur_makes_the_error_smaller():
    for kind in ("convolution", "max-pooling", "average-pooling"):
        errors = [
            float(SHIFT_TEST.scene(kind, 2, blur, 1).formula.split("= ")[-1])
            for blur in ("none", "3-taps", "5-taps")
        ]
        assert max(errors[1:]) < 0.7 * errors[0]
