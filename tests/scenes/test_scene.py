"""Scenes: what a picture shows, checked where it is made."""

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
from convlib.scenes.scene import Bars, Grid, Scene, Sweep, bars, cell_text, grid


@pytest.mark.parametrize(
    ("value", "text"),
    [(7, "7"), (np.int64(-12), "−12"), (0.5, "0.5"), (-0.001, "0"), (2.345, "2.35"), ("", "")],
)
def test_cell_text_is_short(value, text):
    assert cell_text(value) == text


def test_grid_names_the_unknown_role():
    with pytest.raises(ValueError, match=r"grid 'g': role='inptu' must be one of input, padding"):
        grid("g", "", [[1]], "inptu")


def test_grid_refuses_ragged_rows():
    with pytest.raises(ValueError, match="equal rectangles"):
        Grid("g", "", (("1", "2"), ("3",)), (("input", "input"), ("input",)))


def test_scene_names_the_grids_it_has():
    scene = Scene((grid("a", "", [[1]], "input"),), "")
    with pytest.raises(KeyError, match="no grid 'b': this scene has a"):
        scene["b"]


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


def test_step_text_of_a_stamp_names_each_product_and_where_it_goes():
    scene = Scene(
        (
            grid("input", "", [[4]], "input"),
            grid("kernel", "", [[2, -1]], "kernel"),
            grid("output", "", [[8, -4]], "output"),
        ),
        "",
        Sweep("input", "output", "kernel", (((0, 0),),), (((0, 0), (1, 1)),), kind="stamp"),
    )
    assert (
        scene.step_text(0, 0) == "input[0, 0] = 4 adds 4×2 to output[0, 0], 4×(−1) to output[0, 1]"
    )


def test_step_text_adds_up_the_channels():
    grids = [
        grid(name, "", [[value]], role)
        for name, value, role in (
            ("input", 2, "input"),
            ("input-1", 3, "input"),
            ("kernel", 5, "kernel"),
            ("kernel-1", 7, "kernel"),
            ("output", 31, "output"),
        )
    ]
    point = (((0, 0),),)
    sweep = Sweep("output", "input", "kernel", point, point, more=(("input-1", "kernel-1"),))
    assert Scene(tuple(grids), "", sweep).step_text(0, 0) == "output[0, 0] = 2×5 + 3×7 = 31"


def test_sweep_names_the_unknown_kind():
    with pytest.raises(ValueError, match="kind='stamps' must be 'sum' or 'stamp'"):
        Sweep("input", "output", "kernel", (), (), kind="stamps")


def test_bars_are_fractions_of_the_longest():
    chart = bars("cost", "multiply-adds", {"a": 50, "b": 200}, ["input", "output"])
    assert chart.lengths == (0.25, 1.0)
    assert chart.roles == ("input", "output")


def test_bars_of_nothing_have_no_length():
    assert bars("cost", "", {"a": 0}, "input").lengths == (0.0,)


def test_bars_refuse_a_length_outside_the_chart():
    with pytest.raises(ValueError, match=r"lengths=\(1.5,\) must be from 0 to 1"):
        Bars("cost", "", ("a",), ("3",), (1.5,), ("input",))
