"""The picture of a network: a row and a bar for each layer, word by word."""

from __future__ import annotations

import pytest
from torch import nn

from convlib import plan
from convlib.scenes.network import MOST_ROWS, network_scene, sizes_scene
from convlib.scenes.seeing import QUESTIONS, is_signed, question_kernel
from tests.scenes.known import written

LAYERS = [
    {"kind": "Conv2d", "in_channels": 3, "out_channels": 8, "kernel_size": 3, "stride": 2},
    {"kind": "ReLU"},
    {"kind": "MaxPool2d", "kernel_size": (2, 3)},
]
MODEL = nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.ReLU(), nn.MaxPool2d((2, 3)))
ROWS = [
    "[plan] sizes, layer by layer",
    "layer blank | in blank | out blank | r blank | RF blank",
    "0 blank | 18×11 input | 8×5 output | 1 input unused | 3×3 blank",
    "1 blank | 8×5 input | 8×5 output | . blank | 3×3 blank",
    "2 blank | 8×5 input | 4×1 output | 2 input unused | 5×7 blank",
]
BARS = {
    "output-size": ["8×5, 1 unread (1.0000, blank)", "8×5 (1.0000, output)",
                    "4×1, 2 unread (0.5000, blank)"],
    "receptive-field": ["3×3 (0.4286, blank)", "3×3 (0.4286, output)", "5×7 (1.0000, blank)"],
    "parameters": ["224 (1.0000, blank)", "0 (0.0000, output)", "0 (0.0000, blank)"],
    "multiply-adds": ["8,640 (1.0000, blank)", "0 (0.0000, output)", "0 (0.0000, blank)"],
}  # fmt: skip


def bars(chart: str) -> list[str]:
    names = ("0 Conv2d", "1 ReLU", "2 MaxPool2d")
    title = f"[chart] {chart.replace('-', ' ')} of each layer"
    return [title, *(f"{name}: {text}" for name, text in zip(names, BARS[chart], strict=True))]


@pytest.mark.parametrize("chart", BARS)
def test_bars_of_a_plan_word_by_word(chart):
    lines = list(written(sizes_scene(plan(LAYERS, (3, 18, 11)), chart)))
    assert lines == [*bars(chart), "sentence: 3 layers; the last one makes 4×1."]
    assert list(written(network_scene(MODEL, (3, 18, 11), chart)))[5:9] == bars(chart)


def test_bars_without_a_choice_are_of_sizes():
    plain = sizes_scene(plan(LAYERS, (3, 18, 11)))
    assert plain == sizes_scene(plan(LAYERS, (3, 18, 11)), "output-size")
    scene = network_scene(MODEL, (3, 18, 11))
    assert list(written(scene))[:5] == ROWS
    assert scene.bars == plain.bars
    assert scene.error == ""


def test_what_is_not_known_and_what_has_no_axes_is_said():
    unknown = sizes_scene(plan([{"kind": "Conv2d", "kernel_size": 3}], (9, 9)), "parameters")
    assert unknown.bars[0].texts == ("?",)
    assert unknown.bars[0].lengths == (0.0,)
    linear = network_scene(nn.Sequential(nn.Flatten(), nn.Linear(12, 5)), (3, 2, 2))
    assert linear["plan"].values[-1][1:] == ("1", "1", "", "2×2")
    assert linear.bars[0].texts[-1] == "1"
    assert linear.sentence == "2 layers; the last one makes 1 place."
    empty = sizes_scene(plan([], (3, 8, 8)))
    assert empty.sentence == "0 layers; the last one makes nothing."
    assert empty.bars[0].labels == ()


def test_a_network_that_does_not_come_through_shows_how_far_it_came():
    scene = network_scene(nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(4, 2, 3)), (3, 18, 11))
    said = "layer 1 (Conv2d): in_channels=4 but it receives 8 channels"
    assert scene.error == said
    assert scene.sentence == f"No plan: {said}."
    assert len(scene["plan"].values) == 2
    assert scene.bars == ()


@pytest.mark.parametrize(("pairs", "rows"), [(30, 60), (31, 31), (61, 60)])
def test_a_long_network_leaves_out_what_changes_nothing(pairs, rows):
    layers = [layer for _ in range(pairs) for layer in (nn.Conv1d(1, 1, 3), nn.ReLU())]
    scene = network_scene(nn.Sequential(*layers), (1, 200))
    names = [row[0] for row in scene["plan"].values[1:]]
    assert len(names) == rows
    assert names[0] == "0"
    assert names[-1] == str(2 * pairs - 1 - (rows != 60 or pairs > 30))
    if pairs == 61:
        assert names[MOST_ROWS // 2 - 1 : MOST_ROWS // 2 + 1] == ["58", "62"]


@pytest.mark.parametrize("name", QUESTIONS)
def test_kernels_that_ask_add_up_to_one_or_to_nothing(name):
    kernel = question_kernel(name)
    assert kernel.shape == (3, 3)
    assert is_signed(name) is bool(abs(kernel.sum()) < 1e-12)
    kernel[:] = 9  # a copy of one's own
    assert question_kernel(name).max() < 9


def test_kernels_that_ask_by_hand():
    assert question_kernel("shift").tolist() == [[0, 0, 0], [0, 0, 1], [0, 0, 0]]
    assert question_kernel("emboss").tolist() == [[2, 1, 0], [1, 0, -1], [0, -1, -2]]
    assert question_kernel("sharpen").tolist() == [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
    assert question_kernel("mean").tolist() == [[1 / 9] * 3] * 3
    assert question_kernel("Gaussian")[1, 1] == 4 / 16
    assert question_kernel("Sobel-across").tolist() == question_kernel("Sobel").T.tolist()
    with pytest.raises(ValueError, match="name='blur' must be one of identity, shift, mean, Gau"):
        question_kernel("blur")


def test_of_a_long_network_those_that_change_something_have_a_row():
    def rows(*layers):
        scene = network_scene(nn.Sequential(*layers), (3, 8, 8))
        return [row[0] for row in scene["plan"].values[1:]]

    convolutions = [nn.Conv2d(3, 3, 3, padding=1) for _ in range(MOST_ROWS)]
    assert rows(*convolutions) == [str(n) for n in range(MOST_ROWS)]
    # One more, of which none is left out: the first half and the last.
    half = MOST_ROWS // 2
    last = range(MOST_ROWS + 1 - half, MOST_ROWS + 1)
    assert rows(*convolutions, nn.Conv2d(3, 3, 1)) == [str(n) for n in (*range(half), *last)]
    # What multiplies and what changes the size; activations are left out.
    assert rows(*[nn.ReLU()] * MOST_ROWS, nn.Conv2d(3, 3, 1), nn.MaxPool2d(2)) == [
        str(MOST_ROWS), str(MOST_ROWS + 1),
    ]  # fmt: skip


def test_cells_that_axes_leave_unread_are_told_once_each():
    layers = [{"kind": "MaxPool2d", "kernel_size": (4, 3)}]
    assert sizes_scene(plan(layers, (3, 18, 11))).bars[0].texts == ("4×3, 2 unread",)
    assert sizes_scene(plan(layers, (3, 17, 11))).bars[0].texts == ("4×3, 1×2 unread",)
