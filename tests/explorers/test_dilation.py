"""The dilation explorer: each state's convolution and each count of its stack are PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convlib import conv2d, effective_kernel_size, receptive_field
from convlib.explorers.dilation import dilation as DILATION
from convlib.scenes.convolution import example_input, example_kernel
from convlib.scenes.dilation import (
    WIDTH,
    dilated_stack_scene,
    dilation_scene,
    read_counts,
    reads_scene,
    spread_kernel_grid,
)
from tests.explorers.tools import numbers, with_role

STATES = [(values, DILATION.scene(**values)) for values in DILATION.states()]


def dilations_of(values) -> list[int]:
    dilations = [values["dilation"]]
    while len(dilations) < values["layers"]:
        dilations.append(dilations[-1] * (2 if values["next_layers"] == "doubled" else 1))
    return dilations


def middle(counts: np.ndarray, shape) -> np.ndarray:
    """Return the cells in the middle of a square."""
    margin = (len(counts) - shape[0]) // 2
    return counts[margin : margin + shape[0], margin : margin + shape[1]]


def test_states_equal_pytorch():
    gradients = {}
    for values, scene in STATES:
        if scene.error:
            continue
        spread = numbers(scene["kernel"])
        step = values["dilation"]
        environment = {
            "torch": torch,
            "F": F,
            "input": torch.tensor(numbers(scene["input"]))[None, None],
            "weight": torch.tensor(spread[::step, ::step].copy())[None, None],
        }
        # The lines that the reader may copy are run as they stand.
        first, *_, last = scene.code.splitlines()
        output = eval(first, environment)[0, 0].numpy()
        np.testing.assert_array_equal(numbers(scene["output"]), output)
        stack = scene.code.removeprefix(first)
        if stack not in gradients:
            exec(stack, environment)
            gradients[stack] = eval(last, environment)[0, 0].numpy()
        counts = gradients[stack]
        shown = scene["reads"]
        assert counts.shape[0] == shown.shape[0] or len(counts) > WIDTH >= shown.shape[0] > 10
        np.testing.assert_array_equal(numbers(shown), middle(counts, shown.shape))
    assert len(gradients) > 30


def test_the_spread_kernel_is_an_ordinary_kernel():
    for values, scene in STATES:
        if scene.error:
            continue
        plain = conv2d(example_input(values["input_size"]), numbers(scene["kernel"]))
        np.testing.assert_array_equal(numbers(scene["output"]), plain)
        inserted = with_role(scene["kernel"], "zero")
        assert (~inserted).sum() == values["kernel_size"] ** 2
        assert not numbers(scene["kernel"])[inserted].any()


def test_steps_sum_to_the_output_and_light_only_weights():
    for values, scene in STATES:
        if scene.error:
            continue
        rows, columns = scene.sweep.shape
        for step in ((0, 0), (rows - 1, columns - 1), (rows // 2, 0)):
            _, terms, total = scene.step_text(*step).split(" = ")
            assert terms.count("×") == values["kernel_size"] ** 2
            assert eval(terms.replace("×", "*")) == int(total)
            for tap, _ in scene.sweep.pairs(*step):
                assert scene["kernel"].roles[tap[0]][tap[1]] == "kernel"


def test_formula_and_sentence_hold_the_numbers():
    for values, scene in STATES:
        dilations = dilations_of(values)
        field = receptive_field([(values["kernel_size"], 1, d) for d in dilations])
        counts = np.outer(*[read_counts(values["kernel_size"], dilations)] * 2)
        assert counts.shape == (field, field)
        assert f"one output cell sees {field}×{field} cell" in scene.sentence
        read = int((counts > 0).sum())
        if read < field**2:
            assert scene.sentence.endswith(f"and reads {read} of the {field**2}.")
        else:
            assert scene.sentence.endswith(("and reads all of them.", "and reads it."))
        if scene.error:
            covers = effective_kernel_size(values["kernel_size"], values["dilation"])
            assert covers > values["input_size"]
            assert scene.error.startswith(f"kernel covers {covers} cells")
        else:
            assert scene.formula.endswith(f" = {field}")


def test_marked_cells_are_those_that_no_way_leads_from():
    for _, scene in STATES:
        reads = scene["reads"]
        np.testing.assert_array_equal(with_role(reads, "gap"), numbers(reads) == 0)


def test_states_that_do_not_fit_still_show_the_kernel_and_the_stack():
    scene = DILATION.scene(**DILATION.values(input_size=3, dilation=3, layers=2))
    assert scene.error.startswith("kernel covers 7 cells (kernel_size=3, dilation=3) but")
    assert [one.name for one in scene.grids] == ["input", "kernel", "reads"]
    assert scene["reads"].title == "dilation 3, 3: middle of 13×13"


def test_default_state_in_words():
    scene = DILATION.scene(**DILATION.values(layers=2))
    assert scene.sentence == (
        "A 3×3 kernel slides over a 7×7 input with stride 1 and dilation 2, and gives a 3×3 "
        "output. 2 layers, dilation 2: one output cell sees 9×9 cells and reads 25 of the 81."
    )
    assert scene.formula.splitlines() == [
        "k̂ = d(k − 1) + 1 = 2·(3 − 1) + 1 = 5",
        "o = ⌊(i + 2p − k̂) / s⌋ + 1 = ⌊(7 + 2·0 − 5) / 1⌋ + 1 = 3",
        "receptive field = 1 + (5 − 1) + (5 − 1) = 9",
    ]
    assert [one.title for one in scene.grids] == [
        "input 7×7",
        "kernel 3×3, covers 5×5",
        "output 3×3",
        "dilation 2, 2: sees 9×9",
    ]


@pytest.mark.parametrize(
    ("kernel_size", "dilations", "read"),
    [(3, (2, 2), 5), (3, (1, 3), 9), (3, (1, 2, 4), 15), (3, (2, 2, 2), 7), (2, (1, 2, 4), 8)],
)
def test_read_counts_by_hand(kernel_size, dilations, read):
    counts = read_counts(kernel_size, dilations)
    assert len(counts) == 1 + sum(d * (kernel_size - 1) for d in dilations)
    assert np.count_nonzero(counts) == read
    assert counts.sum() == kernel_size ** len(dilations)


def test_pictures_stay_narrow():
    for kernel_size in (2, 3, 4):
        for dilations in ([3, 6, 12], [3, 3], [1, 2, 4]):
            scene = reads_scene(kernel_size, [dilations])
            assert max(scene["reads-0"].shape) <= WIDTH


def test_dilation_scene_of_a_rectangle():
    scene = dilation_scene(example_input(6, 8), example_kernel(2, 3), dilation=3)
    assert scene["kernel"].shape == (4, 7)
    expected = conv2d(example_input(6, 8), example_kernel(2, 3), dilation=3)
    np.testing.assert_array_equal(numbers(scene["output"]), expected)


def test_a_dilation_below_one_is_named():
    for picture in (
        lambda: dilation_scene(example_input(5), example_kernel(3), dilation=0),
        lambda: reads_scene(3, [(1, 0)]),
    ):
        with pytest.raises(ValueError, match="dilation=0 must be at least 1"):
            picture()


def test_a_kernel_of_one_cell_does_not_spread():
    assert spread_kernel_grid([[5]], dilation=3).title == "kernel 1×1"
    scene = dilated_stack_scene(example_input(3), [[1]], (3, 3))
    assert scene.sentence.endswith("one output cell sees 1×1 cell and reads it.")
