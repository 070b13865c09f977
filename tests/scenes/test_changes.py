"""Numbers that a reader changes: what follows along the links is what convlib computes."""

from __future__ import annotations

import random
import re
from itertools import islice

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convlib.explorers import EXPLORERS
from convlib.scenes.changes import changed, checked_numbers, kernel_presets, read_number
from convlib.scenes.scene import cell_text
from convlib.scenes.seeing import question_kernel
from convlib.scenes.separable import named_kernel, separation_scene
from convlib.scenes.shift import Detector, placed, shift_scene
from tests.scenes.changing import ANEW, CHANGING, RETOLD, follow_and_make_anew, some_changes


def texts(scene):
    """Return every number that a scene shows."""
    shown = {grid.name: grid.values for grid in scene.grids}
    shown["matrix"] = scene.matrix.values if scene.matrix else None
    shown["bars"] = tuple(chart.texts for chart in scene.bars)
    return shown


@pytest.mark.parametrize("name", ANEW)
def test_changed_numbers_make_the_picture_that_convlib_makes(name, monkeypatch):
    chance = random.Random(name)
    states = list(EXPLORERS[name].states())
    for state in chance.choices(states, k=60):
        along, anew, changes = follow_and_make_anew(name, state, chance, monkeypatch)
        assert texts(along) == texts(anew), (state, changes)


def numbers(scene, name):
    """Return what a grid shows, as numbers."""
    return np.array([[float(text.replace("−", "-")) for text in row] for row in scene[name].values])


def of_checkerboard(scene, state):
    """Return the rows that PyTorch makes of the first one, as far as the picture shows them."""
    row = torch.tensor(numbers(scene, "input"))[None]
    kernel = torch.tensor(numbers(scene, "kernel"))[None]
    stride, padding = state["stride"], state["padding"]
    for layer in range(1, state["layers"] + 1):
        extra = max(stride - state["kernel_size"], 0)
        full = F.conv_transpose1d(row, kernel, stride=stride, output_padding=extra)
        row = full[..., padding : padding + scene[f"layer{layer}"].shape[1]]
        yield f"layer{layer}", row[0].numpy()
    yield "plane", np.outer(row, row)


def of_separable(scene, state, exact):
    """Return the product of the columns and rows, and the kernel less the product."""
    count = sum(grid.name.startswith("column") for grid in scene.grids)
    product = sum(exact[f"column-{number}"] @ exact[f"row-{number}"] for number in range(count))
    yield "product", product
    yield "missing", exact["kernel"] - product


def of_shift(scene, state, exact):
    """Return PyTorch's sums, and the largest of them plus the bias."""
    image, kernel = torch.tensor(numbers(scene, "input")), torch.tensor(exact["kernel"])
    sums = F.conv2d(image[None, None], kernel[None, None])[0, 0].numpy()
    yield "output", sums
    yield "score", np.array([[sums.max() - 2.5]])


@pytest.mark.parametrize("name", RETOLD)
def test_changed_numbers_make_what_pytorch_makes(name):
    chance = random.Random(name)
    for state in chance.choices(list(EXPLORERS[name].states()), k=60):
        scene = EXPLORERS[name].scene(**state)
        changes = some_changes(scene, chance)
        along = changed(scene, changes)
        exact = {source: np.array(rows, float) for source, rows in scene.exact.items()}
        for view in scene.views:
            for cell, value in changes.get(view.source, {}).items():
                if view.grid in exact:
                    exact[view.grid][cell] = value
        if name == "checkerboard":
            expected = of_checkerboard(along, state)
        else:
            expected = (of_separable if name == "separable" else of_shift)(along, state, exact)
        for grid_name, cells in expected:
            texts = tuple(tuple(map(cell_text, row)) for row in cells.tolist())
            assert along[grid_name].values == texts, (state, changes)


@pytest.mark.parametrize("name", RETOLD)
def test_nothing_is_said_of_changed_numbers_that_was_true_of_the_book_s(name):
    for state in EXPLORERS[name].states():
        scene = EXPLORERS[name].scene(**state)
        view = scene.views[0]
        along = changed(scene, {view.source: {(0, 0): 7}})
        assert (along.sentence, along.formula, along.code) == scene.retold[:3]
        names = [grid.name for grid in scene.grids if grid.name not in scene.retold.without]
        assert [grid.name for grid in along.grids] == names
        for grid_name, role in scene.retold.plain.items():
            for before, after in zip(scene[grid_name].roles, along[grid_name].roles, strict=True):
                marks = [one.split(" ")[1:] for one in before]
                assert [one.split(" ") for one in after] == [[role, *some] for some in marks]


def test_all_that_depends_on_numbers_follows_them():
    """What differs between two kernels of one size is no part of what is said of changed ones."""
    first, second = (
        separation_scene(kernel, 1).retold for kernel in ([[1, 2], [3, 4]], [[1, 0], [0, -5]])
    )
    assert first == second
    for weight in (np.zeros((5, 2)), np.zeros((2, 5)), np.zeros(4), np.zeros((0, 2))):
        said = f"weight has shape {weight.shape}; it must be (kH, kW), each at most 4"
        with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
            Detector(weight, 0)
    for place in ({"row": 3}, {"row": -1}, {"column": 3}, {"column": -1}):
        ((name, value),) = place.items()
        with pytest.raises(ValueError, match=f"^{name}={value} must be in 0..2$"):
            placed("turn", **{"row": 0, "column": 0, **place})
    assert placed([[1, 2], [3, 4]], 2, 2)[2:, 2:].tolist() == [[1, 2], [3, 4]]
    assert type(Detector(np.ones((4, 4)), -2).bias) is float
    assert Detector([[1]], 0).score(np.eye(4)) == 1
    first, second = (
        shift_scene(Detector([[1, 1], [-1, weight]], -2.5), pattern, 0, 1).retold
        for weight, pattern in ((1, "turn"), (-3, "block"))
    )
    assert first == second


def test_explorers_with_a_sweep_of_numbers_let_them_be_changed():
    scenes = {
        name: [explorer.scene(**state) for state in islice(explorer.states(), 0, None, 7)]
        for name, explorer in EXPLORERS.items()
    }
    with_views = {name for name, all in scenes.items() if any(scene.views for scene in all)}
    swept = {name for name, all in scenes.items() if any(scene.sweep for scene in all)}
    assert with_views == set(CHANGING)
    assert swept <= with_views


def test_changed_follows_a_number_into_its_copies():
    scene = EXPLORERS["padding"].scene(
        input_size=3, kernel_size=3, padding="same", padding_mode="replicate", stride=1
    )
    first = changed(scene, {"input": {(0, 0): 9}})["input"].values
    assert [row[:2] for row in first[:2]] == [("9", "9"), ("9", "9")]


def test_changed_leaves_out_what_a_scene_does_not_show():
    scene = EXPLORERS["stride"].scene(**EXPLORERS["stride"].values(input_size=3))
    assert changed(scene, {"input": {(7, 7): 5}, "other": {(0, 0): 1}}) == scene


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3),
        ("-3", -3),
        ("−3", -3),
        ("+0.5", 0.5),
        (".25", 0.25),
        ("１２", 12),
        (" 7 ", 7),
        ("5.", 5),
        ("0,5", 0.5),
        ("99", 99),
        ("-99", -99),
    ],
)
def test_read_number_reads_what_people_write(text, number):
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "is no number"),
        ("-", "is no number"),
        ("three", "is no number"),
        ("1e2", "is no number"),
        ("--1", "is no number"),
        ("1.2.3", "is no number"),
        ("100", "is not from −99 to 99"),
        ("-99.5", "is not from −99 to 99"),
        ("0.333", "more than 2 decimals"),
        ("nan", "is no number"),
    ],
)
def test_read_number_says_what_is_wrong(text, rule):
    with pytest.raises(ValueError, match=rule):
        read_number(text)


def test_numbers_are_checked_against_what_the_scene_has():
    scene = EXPLORERS["shift"].scene(**EXPLORERS["shift"].values(model="convolution"))
    given = {(0, 0): -1.5, (1, 1): 99}
    assert checked_numbers("kernel", given, scene) == given
    assert checked_numbers("bias", {(0, 0): 3}, scene) == {(0, 0): 3.0}  # in no grid
    for cell in ((2, 0), (0, 2), (-1, 0), (0, -1)):
        row, column = cell
        said = f"^kernel has no row {row}, column {column}; it has 2×2 numbers$"
        with pytest.raises(ValueError, match=said):
            checked_numbers("kernel", {cell: 1}, scene)
    said = "^source='nothing' must be one of input, kernel, largest, bias, once$"
    with pytest.raises(ValueError, match=said):
        checked_numbers("nothing", {}, scene)
    still = EXPLORERS["depthwise"].scene(**EXPLORERS["depthwise"].values())
    with pytest.raises(ValueError, match=r"^source='input' must be one of none$"):
        checked_numbers("input", {}, still)


def test_presets_are_the_kernels_of_the_book():
    presets = kernel_presets((3, 3))
    for name, kernel in presets.items():
        assert kernel == question_kernel(name).tolist(), name
    assert list(kernel_presets((1, 1))) == ["identity"]
    assert list(kernel_presets((2, 2))) == ["identity", "shift", "mean"]
    assert list(kernel_presets((3, 1))) == ["identity", "mean"]
    assert list(kernel_presets((5, 5))) == ["identity", "shift", "mean", "Sobel"]
    assert kernel_presets((5, 5))["Sobel"] == named_kernel("Sobel", 5).tolist()
    assert kernel_presets((2, 3)) == {
        "identity": [[0, 1, 0], [0, 0, 0]],
        "shift": [[0, 0, 1], [0, 0, 0]],
        "mean": [[1 / 6] * 3] * 2,
    }
    for presets in map(kernel_presets, ((2, 2), (3, 3))):
        numbers = [presets[name] for name in ("identity", "shift")]
        assert {type(number) for rows in numbers for row in rows for number in row} == {int}
    assert kernel_presets((4, 4))["shift"] == [[0] * 4, [0, 0, 1, 0], [0] * 4, [0] * 4]
