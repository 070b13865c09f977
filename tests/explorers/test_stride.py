"""The stride explorer: its numbers are PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convlib.arithmetic import conv_output_size, remainder
from convlib.explorers import EXPLORERS
from tests.explorers.tools import numbers, with_role

STRIDE = EXPLORERS["stride"]


def test_stride_states_equal_pytorch():
    errors = 0
    for values in STRIDE.states():
        scene = STRIDE.scene(**values)
        sizes = {name: value for name, value in values.items() if name != "input_size"}
        if scene.error:
            errors += 1
            with pytest.raises(ValueError, match="kernel covers"):
                conv_output_size(values["input_size"], **sizes)
            continue
        padded, weight = numbers(scene["input"]), numbers(scene["kernel"])
        p, n = values["padding"], values["input_size"]
        environment = {
            "F": F,
            "input": torch.tensor(padded[p : p + n, p : p + n])[None, None],
            "weight": torch.tensor(weight)[None, None],
        }
        # The line that the reader may copy is run as it stands.
        expected = eval(scene.code, environment)[0, 0].numpy()
        np.testing.assert_array_equal(numbers(scene["output"]), expected)
        assert scene.formula.endswith(f"= {conv_output_size(n, **sizes)}")
    assert 0 < errors < 100


def test_stride_steps_sum_to_the_output():
    for values in STRIDE.states():
        scene = STRIDE.scene(**values)
        if scene.error:
            continue
        rows, columns = scene.sweep.shape
        for row, column in ((0, 0), (rows - 1, columns - 1), (rows // 2, 0)):
            left, terms, total = scene.step_text(row, column).split(" = ")
            assert left == f"output[{row}, {column}]"
            assert eval(terms.replace("×", "*").replace("−", "-")) == int(total.replace("−", "-"))


def test_stride_marks_the_cells_no_window_reads():
    for values in STRIDE.states():
        scene = STRIDE.scene(**values)
        if scene.error:
            continue
        unused, gap = with_role(scene["input"], "unused"), with_role(scene["input"], "gap")
        read = np.zeros_like(unused)
        for row in range(scene.sweep.shape[0]):
            for column in range(scene.sweep.shape[1]):
                for _, cell in scene.sweep.pairs(row, column):
                    read[cell] = True
        np.testing.assert_array_equal(read, ~(unused | gap))
        # The unused rows are the remainder of the division, at the end.
        assert unused[:, 0].sum() == remainder(**values)
