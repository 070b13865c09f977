"""The pooling explorer: its numbers are PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convlib.explorers import EXPLORERS
from convlib.scenes.convolution import example_input
from tests.explorers.tools import texts_as_numbers, with_role

POOLING = EXPLORERS["pooling"]


def states():
    for values in POOLING.states():
        scene = POOLING.scene(**values)
        if not scene.error:
            yield values, scene


def test_states_equal_pytorch():
    for values, scene in states():
        input = torch.tensor(example_input(values["input_size"]))[None, None].double()
        # The line that the reader may copy is run as it stands.
        expected = eval(scene.code, {"F": F, "input": input})[0, 0].numpy()
        np.testing.assert_allclose(texts_as_numbers(scene["output"]), expected, atol=0.0051)
        assert scene.formula.endswith(f"= {len(expected)}")


def test_refused_states_are_those_that_pytorch_refuses():
    for values in POOLING.states():
        scene = POOLING.scene(**values)
        input = torch.ones(1, 1, values["input_size"], values["input_size"])
        call = (values["kernel_size"], values["stride"], values["padding"])
        if scene.error:
            with pytest.raises(RuntimeError):
                F.max_pool2d(input, *call)


def test_steps_summarize_the_cells_they_light():
    for values, scene in states():
        rows, columns = scene.sweep.shape
        for row, column in {(0, 0), (rows - 1, columns - 1)}:
            cells = [scene["input"].values[y][x] for _, (y, x) in scene.sweep.pairs(row, column)]
            numbers = [float("-inf") if text == "−∞" else float(text) for text in cells]
            expected = max(numbers) if values["kind"] == "max" else sum(numbers) / len(numbers)
            value = scene["output"].values[row][column].replace("−∞", "-inf")
            assert float(value) == pytest.approx(expected, abs=0.0051)
            said = scene.step_text(row, column)
            assert ("largest of" in said) == (values["kind"] == "max")
            assert all(text in said for text in cells)


def test_marks_are_the_cells_no_window_reads():
    for values, scene in states():
        if values["kind"] == "average-of-data":
            continue  # padding is read by no window there, and is no mistake
        marked = with_role(scene["input"], "unused") | with_role(scene["input"], "gap")
        read = np.zeros_like(marked)
        for step in scene.steps():
            for _, cell in scene.sweep.pairs(*step):
                read[cell] = True
        np.testing.assert_array_equal(read, ~marked)
