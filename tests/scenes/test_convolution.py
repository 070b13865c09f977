"""Scenes of the convolution: by hand, and in words."""

from __future__ import annotations

import numpy as np
import pytest

from convlib.scenes.convolution import (
    convolution_scene,
    example_input,
    example_kernel,
    legend_scene,
    subsampling_scene,
)


def test_convolution_scene_by_hand():
    scene = convolution_scene([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, 0], [0, -1]])
    assert scene["output"].values == (("−4", "−4"), ("−4", "−4"))
    assert scene.step_text(0, 1) == "output[0, 1] = 2×1 + 3×0 + 5×0 + 6×(−1) = −4"
    assert scene.code == "F.conv2d(input, weight)"


def test_convolution_scene_with_rectangles_and_one_parameter_per_axis():
    scene = convolution_scene(
        example_input(4, 6), example_kernel(2, 3), stride=(2, 1), padding=(0, 1)
    )
    assert [scene[name].shape for name in ("input", "kernel", "output")] == [(4, 8), (2, 3), (2, 6)]
    assert scene["input"].title == "input 4×6, padding 0×1"
    assert scene.code == "F.conv2d(input, weight, stride=(2, 1), padding=(0, 1))"


def test_convolution_scene_says_why_there_is_no_output():
    scene = convolution_scene(example_input(3), example_kernel(3), dilation=2)
    assert scene.error.startswith("kernel covers 5 cells (kernel_size=3, dilation=2)")
    assert [g.name for g in scene.grids] == ["input", "kernel"]


def test_legend_shows_each_kind_once():
    scene = legend_scene()
    roles = [g.roles[0][0] for g in scene.grids]
    assert roles == ["input", "padding", "zero", "kernel", "output", "input unused", "input gap"]


@pytest.mark.parametrize(
    ("shape", "stride", "words"),
    [
        ((6, 6), 2, "No window reaches the last row and the last column of the input."),
        ((5, 6), 2, "No window reaches the last column of the input."),
        ((5, 5), 3, "No window reaches the last 2 rows and the last 2 columns of the"),
    ],
)
def test_convolution_sentence_names_what_is_not_read(shape, stride, words):
    scene = convolution_scene(example_input(*shape), example_kernel(3), stride=stride)
    assert words in scene.sentence


def test_convolution_sentence_lists_what_is_set_and_speaks_of_the_padding():
    scene = convolution_scene(example_input(8), example_kernel(3), 2, 1, 2)
    assert "with stride 2, padding 1 and dilation 2, and gives" in scene.sentence
    assert (
        "No window reaches the last row and the last column of the padded input." in scene.sentence
    )


def test_convolution_sentence_is_silent_where_all_is_read():
    scene = convolution_scene(example_input(5), example_kernel(3), stride=2)
    assert "No window" not in scene.sentence


@pytest.mark.parametrize(
    ("stride", "dilation", "words"), [(1, 4, "between the weights"), (3, 1, "between the windows")]
)
def test_convolution_sentence_says_between_what_cells_are_skipped(stride, dilation, words):
    scene = convolution_scene(np.ones((5, 5)), np.ones((2, 2)), stride=stride, dilation=dilation)
    assert f"Some rows or columns {words} are skipped." in scene.sentence


def test_subsampling_scene_keeps_the_cells_of_the_strided_output():
    scene = subsampling_scene(example_input(6, 7), example_kernel(2), stride=2)
    kept = [
        text
        for row, roles in zip(scene["plain"].values, scene["plain"].roles, strict=True)
        for text, role in zip(row, roles, strict=True)
        if role == "output"
    ]
    assert kept == [text for row in scene["output"].values for text in row]
    assert len(kept) == 9
