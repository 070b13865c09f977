"""The checkerboard explorer: every count against PyTorch, and figures of flat input."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convlib.explorers import checkerboard
from convlib.scenes.convolution import example_kernel
from convlib.scenes.upsampling import flat_scene

STATES = list(checkerboard.states())


def numbers(grid) -> np.ndarray:
    return np.array([[int(text) for text in row] for row in grid.values])


def run(scene) -> np.ndarray:
    """Run the lines that the reader may copy as they stand."""
    variables = {"torch": torch, "F": F}
    exec(scene.code, variables)
    return variables["plane"][0, 0].numpy().astype(int)


@pytest.mark.parametrize("values", STATES, ids=lambda values: "-".join(map(str, values.values())))
def test_counts_equal_pytorch(values):
    scene = checkerboard.scene(**values)
    plane, row = run(scene), numbers(scene[f"layer{values['layers']}"])[0]
    width = len(row)
    assert 6 <= width <= 12
    np.testing.assert_array_equal(np.outer(row, row), plane[:width, :width])
    texts = [f"{n / 1000:.0f}k" if n > 999 else str(n) for n in plane[:width, :width].ravel()]
    assert [text for line in scene["plane"].values for text in line] == texts


def test_steps_sum_to_the_last_layer():
    for values in STATES:
        scene = checkerboard.scene(**values)
        for column in range(scene.sweep.shape[1]):
            left, terms, total = scene.step_text(0, column).split(" = ")
            assert left == f"layer{values['layers']}[0, {column}]"
            assert eval(terms.replace("×", "*")) == int(total)


def test_each_layer_is_the_last_of_a_shorter_stack():
    for values in STATES:
        scene = checkerboard.scene(**values)
        for layers in range(1, values["layers"]):
            shorter = checkerboard.scene(**{**values, "layers": layers})
            assert scene[f"layer{layers}"].values == shorter[f"layer{layers}"].values


def test_sentence_is_even_exactly_where_the_stride_divides_the_kernel():
    for values in STATES:
        even = values["kernel_size"] % values["stride"] == 0
        sentence = checkerboard.scene(**values).sentence
        assert sentence.endswith(": even." if even else ": uneven.")


def test_sentence_counts_what_is_away_from_the_border():
    for values in STATES:
        row, kernel = torch.ones(1, 1, 40), torch.ones(1, 1, values["kernel_size"])
        extra = max(values["stride"] - values["kernel_size"], 0)
        for _ in range(values["layers"]):
            row = F.conv_transpose1d(row, kernel, stride=values["stride"], output_padding=extra)
        middle = row[0, 0].int().tolist()[row.shape[2] // 3 : -row.shape[2] // 3]
        low, high = min(middle), max(middle)
        if low == high:
            row_words, plane_words = ("once" if n == 1 else f"{n} times" for n in (low, low**2))
            words = (
                f"each cell of a row is reached {row_words} and each cell of a plane {plane_words}:"
            )
        else:
            words = (
                f"the cells of a row are reached {low} to {high} times and those of a plane "
                f"{low**2} to {high**2} times"
            )
        assert words in checkerboard.scene(**values).sentence


def test_coloured_cells_are_reached_at_least_as_often_as_the_average():
    for values in STATES:
        scene = checkerboard.scene(**values)
        row = numbers(scene[f"layer{values['layers']}"])
        average = (values["kernel_size"] / values["stride"]) ** values["layers"]
        for counts, grid, least in (
            (row, scene[f"layer{values['layers']}"], average),
            (np.outer(row, row), scene["plane"], average**2),
        ):
            roles = np.array(grid.roles)
            np.testing.assert_array_equal(roles == "blank gap", counts == 0)
            np.testing.assert_array_equal(roles == "output", counts > least - 1e-9)


def test_one_state_by_hand():
    scene = checkerboard.scene(kernel_size=3, stride=2, padding=0, layers=2)
    assert scene["layer1"].values[0][:7] == ("1", "1", "2", "1", "2", "1", "2")
    assert scene["layer2"].values[0][:6] == ("1", "1", "2", "1", "3", "2")
    assert scene.sentence == (
        "Stamps of 3 cells, 2 apart. After 2 layers, away from the border, the cells of a row are "
        "reached 1 to 3 times and those of a plane 1 to 9 times: uneven."
    )
    assert scene.formula == (
        "in each layer: "
        "k mod s = 3 mod 2 = 1: some cells are reached ⌊k / s⌋ = 1 times, others ⌈k / s⌉ = 2 times"
    )


@pytest.mark.parametrize(("kernel_size", "stride"), [(3, 2), (4, 2), (3, 3), (5, 2)])
def test_flat_input_stays_flat_only_after_resizing(kernel_size, stride):
    w = example_kernel(kernel_size)
    scene = flat_scene(w, stride)
    flat, weight = torch.ones(1, 1, 8, 8), torch.tensor(w)[None, None].float()
    transposed = F.conv_transpose2d(flat, weight, stride=stride)[0, 0, 4:10, 4:10]
    resized = F.conv2d(F.interpolate(flat, scale_factor=stride), weight)[0, 0, 4:10, 4:10]
    np.testing.assert_array_equal(numbers(scene["transposed"]), transposed.numpy())
    np.testing.assert_array_equal(numbers(scene["resized"]), resized.numpy())
    assert len(np.unique(numbers(scene["resized"]))) == 1
    assert f"from {int(transposed.min())} to {int(transposed.max())}" in scene.sentence
