"""The padding explorer: every state against PyTorch, and the words of chosen states."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convlib import tensorflow_same_padding
from convlib.explorers import EXPLORERS
from convlib.scenes.convolution import example_input, example_kernel
from convlib.scenes.padding import (
    named_paddings_scene,
    padding_modes_scene,
    padding_scene,
    read_counts,
    read_counts_scene,
    tensorflow_scene,
)
from tests.explorers.tools import numbers, with_role

PADDING = EXPLORERS["padding"]
STATES = list(PADDING.states())
TORCH_MODES = {"zeros": "constant"}


def tensors(values):
    """Return the explorer's input and kernel, as the reader has them: (N, C, H, W), float."""
    input, weight = example_input(values["input_size"]), example_kernel(values["kernel_size"])
    return (torch.tensor(array)[None, None].float() for array in (input, weight))


def sides(values):
    """Return (before, after) of a state, written here once more."""
    kernel, padding = values["kernel_size"], values["padding"]
    if padding == "same":
        return (kernel - 1) // 2, kernel // 2
    if padding == "tensorflow":
        return tensorflow_same_padding(values["input_size"], kernel, values["stride"])
    return ({"valid": 0, "full": kernel - 1}.get(padding, padding),) * 2


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
def test_padding_states_equal_pytorch():
    outputs = 0
    for values in STATES:
        scene = PADDING.scene(**values)
        if scene.error:
            continue
        outputs += 1
        input, weight = tensors(values)
        # The line that the reader may copy is run as it stands.
        expected = eval(scene.code, {"F": F, "input": input, "weight": weight})[0, 0].numpy()
        np.testing.assert_array_equal(numbers(scene["output"]), expected)
        before, after = sides(values)
        mode = TORCH_MODES.get(values["padding_mode"], values["padding_mode"])
        padded = F.pad(input, (before, after, before, after), mode)
        np.testing.assert_array_equal(numbers(scene["input"]), padded[0, 0].numpy())
        np.testing.assert_array_equal(
            with_role(scene["input"], "input"),
            F.pad(torch.ones_like(input), (before, after) * 2)[0, 0],
        )
        assert scene.formula.endswith(f"= {len(expected)}") or "⌈" in scene.formula
    assert outputs == len(STATES) - 138


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_padding_counts_are_the_gradient_of_the_sum_of_all_windows(mode):
    checked = 0
    for values in STATES:
        if values["padding_mode"] != mode:
            continue
        scene = PADDING.scene(**values)
        if scene.error:
            continue
        input, weight = (tensor.double() for tensor in tensors(values))
        input.requires_grad_()
        before, after = sides(values)
        padded = F.pad(input, (before, after) * 2, TORCH_MODES.get(mode, mode))
        F.conv2d(padded, torch.ones_like(weight), stride=values["stride"]).sum().backward()
        np.testing.assert_array_equal(numbers(scene["reads"]), input.grad[0, 0])
        checked += 1
    assert checked > 300


def convolve(input, weight, pair, mode, by_word, stride):
    if by_word:
        return F.conv2d(input, weight, padding="same", stride=stride)
    return F.conv2d(F.pad(input, pair * 2, mode), weight, stride=stride)


def test_padding_errors_are_those_of_pytorch():
    refused = 0
    for values in STATES:
        scene = PADDING.scene(**values)
        if not scene.error:
            continue
        refused += 1
        assert [grid.name for grid in scene.grids] == ["input", "kernel"]
        input, weight = tensors(values)
        before, after = sides(values)
        mode = TORCH_MODES.get(values["padding_mode"], values["padding_mode"])
        word = values["padding"] == "same"
        with pytest.raises(RuntimeError):
            convolve(input, weight, (before, after), mode, word, values["stride"])
    assert refused == 138


def test_padding_steps_sum_to_the_output():
    for values in STATES[::7]:
        scene = PADDING.scene(**values)
        if scene.error:
            continue
        rows, columns = scene.sweep.shape
        for row, column in ((0, 0), (rows - 1, columns - 1), (rows // 2, 0)):
            _, terms, total = scene.step_text(row, column).split(" = ")
            assert eval(terms.replace("×", "*")) == int(total)


def test_padding_same_of_an_even_kernel_adds_the_odd_cell_at_the_end():
    scene = PADDING.scene(
        input_size=4, kernel_size=4, padding="same", padding_mode="zeros", stride=1
    )
    assert scene["input"].title == "input 4×4, padding 1 before and 2 after"
    assert scene.formula == (
        "p₁ + p₂ = k − 1 = 4 − 1 = 3, so p₁ = 1 and p₂ = 2\n"
        "o = ⌊(i + p₁ + p₂ − k) / s⌋ + 1 = ⌊(4 + 1 + 2 − 4) / 1⌋ + 1 = 4"
    )
    assert scene.code == 'F.conv2d(input, weight, padding="same")'


def test_padding_sentence_names_the_mode_and_the_counts():
    scene = padding_scene(example_input(5), example_kernel(3), 1, "circular")
    assert scene.sentence == (
        "A 3×3 kernel slides over a 5×5 input with stride 1 and padding 1, and gives a 5×5 output. "
        "The padding continues with the opposite side. Each input cell is read 9 times."
    )
    assert scene["input"].title == "input 5×5, padding 1, circular"


@pytest.mark.parametrize(
    ("padding", "mode", "stride", "error"),
    [
        ("same", "zeros", 2, "padding='same' needs stride=1, but stride=2: the output would not"),
        (3, "reflect", 1, "padding=3 with padding_mode='reflect' must be at most 2 along axis 0"),
        ("valid", "zeros", 1, "kernel covers 4 cells (kernel_size=4, dilation=1) but the padded"),
    ],
)
def test_padding_says_why_there_is_no_output(padding, mode, stride, error):
    scene = PADDING.scene(
        input_size=3, kernel_size=4, padding=padding, padding_mode=mode, stride=stride
    )
    assert scene.error.startswith(error)
    assert scene.sentence == f"No output: {scene.error}."


def test_tensorflow_same_beside_symmetric_padding():
    for values in STATES:
        if values["padding"] != "tensorflow" or values["padding_mode"] != "zeros":
            continue
        scene = PADDING.scene(**values)
        input, weight = tensors(values)
        symmetric = F.conv2d(
            input, weight, stride=values["stride"], padding=values["kernel_size"] // 2
        )
        np.testing.assert_array_equal(numbers(scene["symmetric"]), symmetric[0, 0])
        # TensorFlow promises the size divided by the stride, rounded up.
        assert len(scene["output"].values) == -(-values["input_size"] // values["stride"])


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "words"),
    [
        (6, 3, 2, "Padding 1 on both sides gives other values in an output of this size."),
        (5, 3, 2, "Padding 1 on both sides gives the same output."),
        (6, 2, 2, "Padding 1 on both sides gives 4×4 cells."),
    ],
)
def test_tensorflow_sentence_compares(size, kernel, stride, words):
    scene = tensorflow_scene(example_input(size), example_kernel(kernel), stride)
    assert scene.sentence.endswith(words)


def test_tensorflow_scene_with_rectangles():
    scene = tensorflow_scene(example_input(5, 6), example_kernel(2, 3), 2)
    assert scene["input"].shape == (6, 7)
    assert scene.formula.startswith("height: o = ⌈i / s⌉ = ⌈5 / 2⌉ = 3")
    assert scene.code == "F.conv2d(F.pad(input, (0, 1, 0, 1)), weight, stride=2)"


def test_tensorflow_scene_leaves_out_what_cannot_be_copied():
    # Reflecting 1 cell of 2 works, 2 cells do not.
    scene = tensorflow_scene(example_input(2), example_kernel(4), 2, "reflect")
    assert [grid.name for grid in scene.grids] == ["input", "kernel", "output", "reads"]


def test_read_counts_by_hand():
    np.testing.assert_array_equal(
        read_counts((5, 5), (3, 3), padding=1),
        [[4, 6, 6, 6, 4], *[[6, 9, 9, 9, 6]] * 3, [4, 6, 6, 6, 4]],
    )
    # The border cell is read once more for every copy of it.
    np.testing.assert_array_equal(
        read_counts((1, 3), (1, 3), padding=(0, 1), padding_mode="replicate"), [[3, 3, 3]]
    )
    np.testing.assert_array_equal(read_counts((1, 4), (1, 1), stride=(1, 2)), [[1, 0, 1, 0]])


def test_named_paddings_scene_has_a_pair_of_grids_for_each_name():
    scene = named_paddings_scene(example_input(4), example_kernel(3))
    assert [grid.shape[0] for grid in scene.grids] == [4, 2, 6, 4, 8, 6]
    assert scene.sentence == (
        "A 4×4 input and a 3×3 kernel: valid, padded to 4×4, gives 2×2; same, padded to 6×6, gives "
        "4×4; full, padded to 8×8, gives 6×6."
    )


def test_padding_modes_scene_equals_pytorch():
    input = example_input(4)
    scene = padding_modes_scene(input, 2)
    for grid in scene.grids:
        padded = F.pad(
            torch.tensor(input)[None, None].float(), (2,) * 4, TORCH_MODES.get(grid.name, grid.name)
        )
        np.testing.assert_array_equal(numbers(grid), padded[0, 0])


def test_read_counts_scene_shows_each_padding():
    scene = read_counts_scene((5, 5), (3, 3), (0, 1, 2))
    assert [grid.title for grid in scene.grids] == ["padding 0", "padding 1", "padding 2"]
    assert scene["padding-0"].values[0] == ("1", "2", "3", "2", "1")
