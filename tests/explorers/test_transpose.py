"""The transpose explorer: all three views show what PyTorch computes, and how it comes about."""

from __future__ import annotations

import ast
from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convlib import (
    conv_matrix,
    conv_output_size,
    conv_transpose2d,
    conv_transpose_output_size,
    remainder,
    transposed_padding,
)
from convlib.explorers import EXPLORERS
from convlib.scenes.convolution import numbered_kernel
from convlib.scenes.transpose import (
    counting_input,
    each_stamp_scene,
    forward_matrix_scene,
    matrix_grid,
    sliding_scene,
    stamps_scene,
    there_and_back_scene,
    transposed_matrix_scene,
)
from tests.explorers.tools import numbers

TRANSPOSE = EXPLORERS["transpose"]
VIEWS = ("stamps", "sliding", "matrix")
STATES = [(values, TRANSPOSE.scene(**values)) for values in TRANSPOSE.states()]
PICTURES = [(values, scene) for values, scene in STATES if not scene.error]
# Rectangles, and one parameter for each axis.
UNEVEN = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}


def of_role(grid, *roles) -> np.ndarray:
    return np.array([[role in roles for role in row] for row in grid.roles])


def output_of(scene) -> np.ndarray:
    """Return the output of any view: a grid of its own, or what is not cropped of the canvas."""
    if scene.sweep.kind == "sum":
        return numbers(scene["output"])
    kept = of_role(scene["canvas"], "output", "output gap")
    rows, columns = np.ix_(kept.any(axis=1), kept.any(axis=0))
    assert kept.sum() == kept[rows, columns].size  # one rectangle
    return numbers(scene["canvas"])[rows, columns]


def run(code: str, **names):
    """Run the lines that the reader may copy as they stand; return the value of the last."""
    *lines, last = ast.parse(code).body
    exec(compile(ast.Module(lines, []), "code", "exec"), names)
    return eval(compile(ast.Expression(last.value), "code", "eval"), names)


def settings(values) -> dict:
    return {name: values[name] for name in ("kernel_size", "stride", "padding")}


def arrays(values) -> tuple[np.ndarray, np.ndarray]:
    small = conv_output_size(values["size"], **settings(values))
    return counting_input(small), numbered_kernel(values["kernel_size"])


@pytest.mark.parametrize("view", VIEWS)
def test_every_state_equals_pytorch(view):
    shown = [(values, scene) for values, scene in PICTURES if values["view"] == view]
    assert len(shown) == 216 - 3
    for values, scene in shown:
        x, w = (torch.tensor(array)[None, None] for array in arrays(values))
        stride, padding = values["stride"], values["padding"]
        expected = F.conv_transpose2d(x, w, stride=stride, padding=padding)[0, 0]
        np.testing.assert_array_equal(output_of(scene), expected)
        result = run(scene.code, F=F, torch=torch, input=x, weight=w)
        np.testing.assert_array_equal(result.squeeze(), expected)


def test_the_error_names_the_kernel_that_does_not_fit():
    errors = [(values, scene) for values, scene in STATES if scene.error]
    assert len(errors) == 9
    for values, scene in errors:
        assert (values["size"], values["kernel_size"], values["padding"]) == (3, 4, 0)
        assert scene.error == (
            "kernel covers 4 cells (kernel_size=4, dilation=1) but the padded input has 3"
        )
        assert scene.sentence.startswith("No way back, since there is no way: kernel covers 4")
        assert numbers(scene["kernel"]).size == 16


def test_the_sentence_says_where_the_size_does_not_come_back():
    for values, scene in PICTURES:
        size = values["size"]
        short = remainder(size, values["kernel_size"], values["stride"], values["padding"])
        noun = "cell" if short == 1 else "cells"
        words = f", {short} {noun} short of {size}×{size}." if short else "."
        assert f"this is its way back{words} A transposed" in scene.sentence


def test_all_grids_fit_a_small_screen():
    assert max(max(grid.shape) for _, scene in PICTURES for grid in scene.grids) == 12


def test_stamps_add_up_to_the_canvas():
    for values, scene in PICTURES:
        if values["view"] != "stamps":
            continue
        x, w = arrays(values)
        canvas = np.zeros(scene["canvas"].shape, dtype=int)
        for cell in product(*map(range, scene.sweep.shape)):
            pairs = scene.sweep.pairs(*cell)
            assert len(pairs) == w.size
            for tap, place in pairs:
                canvas[place] += x[cell] * w[tap]
        np.testing.assert_array_equal(numbers(scene["canvas"]), canvas)
        np.testing.assert_array_equal(numbers(scene["input"]), x)


def test_gaps_are_the_cells_that_no_stamp_reaches():
    gaps = 0
    for values, scene in PICTURES:
        x, w = (np.ones_like(array) for array in arrays(values))
        reached = conv_transpose2d(x, w, stride=values["stride"], padding=values["padding"]) > 0
        grid = scene["canvas" if values["view"] == "stamps" else "output"]
        shown = of_role(grid, "output")
        assert shown.sum() == reached.sum()
        np.testing.assert_array_equal(numbers(grid)[of_role(grid, "output gap")], 0)
        gaps += (~reached).sum()
        if values["view"] != "stamps":
            np.testing.assert_array_equal(shown, reached)
    assert gaps > 0


@pytest.mark.parametrize("view", ["sliding", "matrix"])
def test_steps_sum_to_the_output(view):
    for values, scene in PICTURES:
        if values["view"] != view:
            continue
        rows, columns = scene.sweep.shape
        assert (rows, columns) == scene["output"].shape
        for row, column in ((0, 0), (rows - 1, columns - 1), (rows // 2, 0)):
            left, terms, total = scene.step_text(row, column).split(" = ")
            assert left == f"output[{row}, {column}]"
            assert eval(terms.replace("×", "*")) == int(total)


def test_sliding_shows_zeros_between_and_around_and_the_turned_kernel():
    for values, scene in PICTURES:
        if values["view"] != "sliding":
            continue
        x, w = arrays(values)
        around = transposed_padding(values["kernel_size"], values["padding"])
        grid, border = scene["input"], max(around, 0)
        inner = slice(border, grid.shape[0] - border)
        assert of_role(grid, "padding").sum() == grid.shape[0] ** 2 - (inner.stop - border) ** 2
        np.testing.assert_array_equal(
            numbers(grid)[inner, inner][:: values["stride"], :: values["stride"]], x
        )
        zeros = of_role(grid, "zero", "padding")
        assert not numbers(grid)[zeros].any()
        assert of_role(grid, "blank").any() == (around < 0)
        np.testing.assert_array_equal(numbers(scene["kernel"]), w[::-1, ::-1])
        read = {
            cell
            for step in product(*map(range, scene.sweep.shape))
            for _, cell in scene.sweep.pairs(*step)
        }
        assert read == {tuple(cell) for cell in np.argwhere(~of_role(grid, "blank"))}


def test_the_matrix_is_the_transposed_one_and_each_row_has_its_step():
    for values, scene in PICTURES:
        if values["view"] != "matrix":
            continue
        x, w = arrays(values)
        shape = scene["output"].shape
        expected = conv_matrix(w, shape, values["stride"], values["padding"]).T
        shown = np.array([[int(text or 0) for text in row] for row in scene.matrix.values])
        np.testing.assert_array_equal(shown, expected)
        for number, step in enumerate(np.ndindex(*scene.sweep.shape)):
            row = np.zeros(x.size, dtype=int)
            for tap, cell in scene.sweep.pairs(*step):
                row[np.ravel_multi_index(cell, x.shape)] = w[tap]
            np.testing.assert_array_equal(row, shown[number])


def test_formula_leads_there_and_back():
    for values, scene in PICTURES:
        way, back, *more = scene.formula.split("\n")
        small = conv_output_size(values["size"], **settings(values))
        large = conv_transpose_output_size(small, **settings(values))
        assert way.startswith("convolution: o = ")
        assert way.endswith(f"= {small}")
        assert back.startswith("way back: o = ")
        assert back.endswith(f"= {large}")
        # What does not come back is what no window of the convolution read.
        assert values["size"] - large == remainder(values["size"], **settings(values))
        around = transposed_padding(values["kernel_size"], values["padding"])
        assert [line.split(" = ")[-1] for line in more] == (
            [str(around).replace("-", "−")] if values["view"] == "sliding" else []
        )


def test_stamps_by_hand():
    scene = TRANSPOSE.scene(size=4, kernel_size=3, stride=1, padding=0, view="stamps")
    assert scene.step_text(1, 0).startswith(
        "input[1, 0] = 4 adds 4×1 to canvas[1, 0], 4×2 to canvas[1, 1]"
    )
    np.testing.assert_array_equal(
        numbers(scene["canvas"]),
        [[1, 4, 7, 6], [8, 26, 38, 27], [23, 62, 74, 48], [28, 67, 76, 45]],
    )
    assert scene["canvas"].title == "canvas 4×4, all of it output"
    assert scene.sentence == (
        "A convolution turns 4×4 into 2×2; this is its way back. "
        "A transposed convolution with a 3×3 kernel and stride 1 turns 2×2 into 4×4. Each input "
        "cell stamps the kernel, multiplied by its value, onto a 4×4 canvas; where stamps overlap, "
        "they add up."
    )


def test_the_words_name_crop_and_zeros():
    start = {"size": 6, "kernel_size": 3, "stride": 2, "padding": 1}
    stamps = TRANSPOSE.scene(**start, view="stamps")
    assert stamps["canvas"].title == "canvas 7×7, cropped to 5×5"
    assert "2 cells from one stamp to the next" in stamps.sentence
    assert stamps.sentence.endswith("Then 1 cell is cropped on each side.")
    sliding = TRANSPOSE.scene(**start, view="sliding")
    assert sliding["input"].title == "input 3×3; zeros: 1 between, 1 around"
    assert (
        "the input gets 1 zero between neighbouring cells and 1 zero on each side"
        in sliding.sentence
    )
    cropped = TRANSPOSE.scene(size=5, kernel_size=1, stride=1, padding=2, view="sliding")
    assert cropped["input"].title == "input 9×9; cropped by 2"
    assert "the input loses 2 cells on each side" in cropped.sentence
    plain = TRANSPOSE.scene(size=5, kernel_size=3, stride=1, padding=2, view="sliding")
    assert plain["input"].title == "input 7×7"
    assert "the input stays as it is" in plain.sentence


@pytest.mark.parametrize("make", [stamps_scene, sliding_scene, transposed_matrix_scene])
def test_views_with_rectangles_and_one_parameter_per_axis(make):
    x, w = counting_input(3, 5), numbered_kernel(3, 2)
    scene = make(x, w, **UNEVEN)
    expected = conv_transpose2d(x, w, **UNEVEN)
    assert expected.shape == (5, 3)
    np.testing.assert_array_equal(output_of(scene), expected)
    names = {"input": torch.tensor(x)[None, None], "weight": torch.tensor(w)[None, None]}
    result = run(scene.code, F=F, torch=torch, **names)
    np.testing.assert_array_equal(result.squeeze(), expected)
    if scene.sweep.kind == "sum":
        for step in np.ndindex(*expected.shape):
            total = sum(
                numbers(scene["input"])[cell] * numbers(scene["kernel"])[tap]
                for tap, cell in scene.sweep.pairs(*step)
            )
            assert total == expected[step]
    assert "height: o = " in scene.formula
    assert "width: k̂ = " in scene.formula


def test_each_stamp_is_the_kernel_times_its_cell():
    x, w = counting_input(2, 3), numbered_kernel(3, 2)
    scene = each_stamp_scene(x, w, stride=2)
    *stamps, output = scene.grids
    total = np.zeros(output.shape, dtype=int)
    for grid, value in zip(stamps, x.ravel(), strict=True):
        kernel = of_role(grid, "kernel")
        texts = np.array(grid.values)[kernel]
        np.testing.assert_array_equal(texts.astype(int), value * w.ravel())
        assert set(np.array(grid.values)[~kernel]) == {""}
        total[kernel] += texts.astype(int)
    np.testing.assert_array_equal(numbers(output), total)
    np.testing.assert_array_equal(total, conv_transpose2d(x, w, stride=2))


def test_matrix_grid_tells_a_weight_of_zero_from_no_weight():
    grid = matrix_grid([[0, 3], [4, 0]], (2, 3))
    assert grid.values == (("0", "3", "", "4", "0", ""), ("", "0", "3", "", "4", "0"))
    assert of_role(grid, "kernel").sum() == 8


def test_there_and_back_returns_the_shape_alone():
    scene = there_and_back_scene(counting_input(5), numbered_kernel(3), stride=2)
    assert [scene[name].shape for name in ("input", "there", "back")] == [(5, 5), (2, 2), (5, 5)]
    weight = torch.tensor(numbered_kernel(3))[None, None]
    there = F.conv2d(torch.tensor(counting_input(5))[None, None], weight, stride=2)
    np.testing.assert_array_equal(numbers(scene["there"]), there[0, 0])
    back = F.conv_transpose2d(there, weight, stride=2)
    np.testing.assert_array_equal(numbers(scene["back"]), back[0, 0])


def test_matrix_scene_holds_the_matrix():
    scene = forward_matrix_scene(counting_input(4), numbered_kernel(3))
    shown = np.array([[int(text or 0) for text in row] for row in scene.matrix.values])
    np.testing.assert_array_equal(shown, conv_matrix(numbered_kernel(3), (4, 4)))


def test_a_size_is_multiplied_exactly_where_the_kernel_less_its_padding_is_the_stride():
    found = set()
    for size, k, stride, p in product(range(1, 9), range(1, 7), (1, 2, 3), range(4)):
        layer = torch.nn.ConvTranspose2d(1, 1, k, stride, p)
        if (size - 1) * stride - 2 * p + k < 1:
            continue
        exact = layer(torch.zeros(1, 1, size, size)).shape[-1] == stride * size
        assert exact == (k - 2 * p == stride)
        found |= {(k, stride, p)} if exact else set()
    assert {(2, 2, 0), (4, 2, 1), (6, 2, 2), (3, 3, 0)} <= found
