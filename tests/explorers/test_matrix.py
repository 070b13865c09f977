"""The matrix explorer: each state's matrix and counts are those of PyTorch and of convlib."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convlib import conv_matrix
from convlib.explorers import EXPLORERS
from convlib.scenes.convolution import example_input, example_kernel
from convlib.scenes.matrix import matrix_counts, matrix_scene, numbered_kernel, weight_counts_scene

MATRIX = EXPLORERS["matrix"]
SIZES = ("stride", "padding")


def number(text: str) -> int:
    return int(text.replace("−", "-") or 0)


def numbers(grid) -> np.ndarray:
    return np.array([[number(text) for text in row] for row in grid.values])


def scenes():
    """Yield the values and the scene of each state that makes a picture."""
    for values in MATRIX.states():
        scene = MATRIX.scene(**values)
        if not scene.error:
            yield values, scene


def test_matrix_states_equal_pytorch():
    for values, scene in scenes():
        p, n, k = values["padding"], values["input_size"], values["kernel_size"]
        padded = numbers(scene["input"])
        environment = {
            "F": F,
            "input": torch.tensor(padded[p : p + n, p : p + n])[None, None],
            "weight": torch.tensor(numbers(scene["kernel"]))[None, None],
        }
        expected = eval(scene.code, environment)[0, 0].numpy()
        np.testing.assert_array_equal(numbers(scene["output"]), expected)
        matrix = numbers(scene.matrix)
        sizes = {name: values[name] for name in SIZES}
        np.testing.assert_array_equal(matrix, conv_matrix(numbered_kernel(k), (n, n), **sizes))
        image = environment["input"].numpy().ravel()
        np.testing.assert_array_equal(matrix @ image, expected.ravel())


def test_a_matrix_has_one_row_for_each_step_and_its_weights():
    for values, scene in scenes():
        rows, columns = scene.sweep.shape
        assert scene.matrix.shape[0] == rows * columns
        p, n = values["padding"], values["input_size"]
        row, column = rows - 1, columns // 2
        expected = np.zeros((n, n), dtype=int)
        for tap, cell in scene.sweep.pairs(row, column):
            inner = cell[0] - p, cell[1] - p
            if min(inner) >= 0 and max(inner) < n:
                expected[inner] = number(scene["kernel"].values[tap[0]][tap[1]])
        found = numbers(scene.matrix)[row * columns + column]
        np.testing.assert_array_equal(found, expected.ravel())


def test_counts_are_those_of_the_matrix():
    for values, scene in scenes():
        matrix = numbers(scene.matrix)
        weights = np.count_nonzero(matrix)
        (chart,) = scene.bars
        shown = [int(text.replace(",", "")) for text in chart.texts]
        assert shown == [matrix.size, weights, values["kernel_size"] ** 2]
        assert f"= {matrix.size} weights" in scene.formula
        assert f"{matrix.size - weights} fixed at 0 = {weights} places" in scene.formula
        assert f"{matrix.size - weights} of the {matrix.size} entries are fixed" in scene.sentence


@pytest.mark.parametrize("choice", ["all", "first", "middle", "last"])
def test_the_weights_in_colour_are_the_ones_asked_for(choice):
    for values, scene in scenes():
        if values["weights"] != choice:
            continue
        last = values["kernel_size"] ** 2
        tap = {"all": 0, "first": 1, "middle": last // 2 + 1, "last": last}[choice]
        for one in (scene.matrix, scene["kernel"]):
            coloured = np.array([[role == "kernel" for role in row] for row in one.roles])
            found = numbers(one)
            np.testing.assert_array_equal(coloured, found == tap if tap else found > 0)


def test_fully_connected_chapter_by_hand():
    scene = matrix_scene(example_input(4), numbered_kernel(3))
    assert scene["output"].values == (("157", "164"), ("149", "156"))
    assert scene.matrix.values[1][:7] == ("", "1", "2", "3", "", "4", "5")
    assert scene.formula.splitlines()[1:] == [
        "fully connected: 4·16 = 64 weights",
        "convolution: 64 − 28 fixed at 0 = 36 places for 9 weights",
    ]
    assert scene.sentence.endswith(
        "entries are fixed at 0, and the other 36 are filled from the kernel's 9 weights."
    )


def test_a_point_out_says_how_often_the_weight_stands():
    values = MATRIX.values(padding=1, weights="first")
    # The first weight misses the first row and the first column of the outputs.
    assert MATRIX.scene(**values).sentence.endswith("The first weight stands in 9 places.")


def test_one_of_a_kind_is_said_as_one():
    scene = MATRIX.scene(**MATRIX.values(input_size=3, kernel_size=3, weights="last"))
    assert "it has 1 row and 9 columns" in scene.sentence
    assert scene.sentence.endswith("The last weight stands in 1 place.")
    assert MATRIX.scene(**MATRIX.values(kernel_size=1)).formula.endswith("places for 1 weight")


def test_a_kernel_that_does_not_fit_leaves_no_matrix():
    scene = MATRIX.scene(**MATRIX.values(input_size=3, kernel_size=4))
    assert scene.error.startswith("kernel covers 4 cells (kernel_size=4, dilation=1)")
    assert scene.matrix is None
    assert not scene.bars


def test_weights_that_are_zero_are_still_weights():
    scene = matrix_scene(example_input(4), example_kernel(3))
    assert scene.matrix.values[0][:4] == ("1", "2", "0", "")
    assert scene.bars[0].texts == ("64", "36", "9")


def test_an_unknown_choice_is_refused():
    with pytest.raises(ValueError, match="shown='second' must be one of all, first, middle, last"):
        matrix_scene([[1]], [[1]], shown="second")


def test_counts_grow_as_the_fourth_power_of_the_size():
    (chart,) = weight_counts_scene([4, 224], 3).bars
    assert chart.texts == ("256", "2,517,630,976", "9")
    # Equal lengths are equal factors: a bar is as long as the logarithm of its number.
    assert chart.lengths[0] / chart.lengths[1] == pytest.approx(np.log(4) / np.log(224))
    assert chart.lengths[2] / chart.lengths[1] == pytest.approx(np.log(9) / np.log(224**4))
    one = matrix_counts((3, 3), (8, 8), padding=1)
    assert one["entries"] == 8**4
