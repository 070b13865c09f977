"""The odd explorer: every state against PyTorch, and the words of chosen states."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convlib import conv_output_size, remainder
from convlib.explorers import EXPLORERS
from convlib.scenes.convolution import example_input, example_kernel
from convlib.scenes.odd import input_sizes_scene, odd_scene, size_table
from tests.explorers.tools import numbers, with_role

ODD = EXPLORERS["odd"]
STATES = list(ODD.states())


def output_size(values, **changed):
    """Return PyTorch's output size, or None where it refuses."""
    values = values | changed
    input = torch.zeros(1, 1, *(values["input_size"],) * 2)
    weight = torch.zeros(1, 1, *(values["kernel_size"],) * 2)
    try:
        return F.conv2d(input, weight, stride=values["stride"], padding=values["padding"]).shape[-1]
    except RuntimeError:
        return None


def test_odd_states_equal_pytorch():
    errors = 0
    for values in STATES:
        scene = ODD.scene(**values)
        input = torch.tensor(example_input(values["input_size"]))[None, None].double()
        weight = torch.tensor(example_kernel(values["kernel_size"]))[None, None].double()
        if scene.error:
            errors += 1
            assert output_size(values) is None
            assert scene.error.startswith("kernel covers")
            continue
        input.requires_grad_()
        # The line that the reader may copy is run as it stands.
        output = eval(scene.code, {"F": F, "input": input, "weight": weight})
        np.testing.assert_array_equal(numbers(scene["output"]), output[0, 0].detach())
        # Cells of the input that are marked are those that no gradient reaches.
        F.conv2d(
            input, torch.ones_like(weight), stride=values["stride"], padding=values["padding"]
        ).sum().backward()
        p, n = values["padding"], values["input_size"]
        marked = with_role(scene["input"], "unused") | with_role(scene["input"], "gap")
        np.testing.assert_array_equal(marked[p : p + n, p : p + n], input.grad[0, 0].numpy() == 0)
    assert errors == 3


def test_odd_states_count_the_data_that_is_left_over():
    for values in STATES:
        scene = ODD.scene(**values)
        if scene.error:
            continue
        p, n = values["padding"], values["input_size"]
        unused = with_role(scene["input"], "unused")[0]
        lines = scene.formula.split("\n")
        assert lines[0].endswith(f"= {output_size(values)}")
        assert lines[1].endswith(f"= {unused.sum()}")
        assert lines[2].endswith(f"= {unused[p : p + n].sum()}")


def test_odd_table_has_every_size_that_shares_the_output_size():
    for values in STATES:
        scene = ODD.scene(**values)
        if scene.error:
            continue
        expected = [
            str(size)
            for size in range(1, 13)
            if output_size(values, input_size=size) == output_size(values)
        ]
        assert scene.formula.split("\n")[3].rsplit(": ", 1)[1] == ", ".join(expected)
        sizes, outputs, remainders = scene["sizes"].values
        shared = with_role(scene["sizes"], "input")[0]
        assert [
            size for size, is_shared in zip(sizes, shared, strict=True) if is_shared
        ] == expected
        for size, output, left in list(zip(sizes, outputs, remainders, strict=True))[1:]:
            parameters = values | {"input_size": int(size)}
            if output == "–":
                assert output_size(parameters) is None
            else:
                assert int(output) == output_size(parameters) == conv_output_size(**parameters)
                assert int(left) == remainder(**parameters)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            (6, 3, 2, 0),
            "the last row and the last column of the input. What is left over is "
            "data. Input sizes 5 and 6 give this output size.",
        ),
        (
            (6, 3, 2, 1),
            "of the padded input. What is left over is padding alone. Input sizes 5 and "
            "6 give this output size.",
        ),
        (
            (6, 3, 3, 1),
            "Of the 2 rows and 2 columns left over, 1 of each is data. Input sizes 4, 5 "
            "and 6 give this output size.",
        ),
        ((5, 3, 2, 0), "and gives a 2×2 output. Input sizes 5 and 6 give this output size."),
        ((4, 3, 1, 0), "and gives a 2×2 output. Only input size 4 gives this output size."),
    ],
)
def test_odd_sentence(values, words):
    assert odd_scene(*values).sentence.endswith(words)


def test_odd_marks_gaps_and_tail_apart():
    scene = odd_scene(6, 2, 3)
    assert scene["input"].roles[0] == (
        "input",
        "input",
        "input gap",
        "input",
        "input",
        "input unused",
    )


def test_odd_says_why_there_is_no_output():
    scene = odd_scene(3, 4)
    assert scene.error.startswith("kernel covers 4 cells (kernel_size=4, dilation=1)")


def test_size_table_marks_the_remainder_of_those_that_share_a_size():
    table = size_table(6, 3, stride=2)
    assert table.shape == (3, 11)
    assert table.roles[2][5:8] == ("input", "input unused", "blank")


def test_input_sizes_scene_draws_a_line_for_each_size():
    scene = input_sizes_scene(1, 3, stride=3, padding=2)
    assert [line.title for line in scene.grids] == ["input size 1, remainder 2"]
    assert scene.grids[0].roles == (
        ("padding", "padding", "input", "padding unused", "padding unused"),
    )
    scene = input_sizes_scene(2, 2, stride=3)
    assert [line.values[0] for line in scene.grids] == [
        tuple("11011"),
        tuple("110110"),
        tuple("1101100"),
    ]
    assert scene.grids[2].roles[0][2] == "input gap"
