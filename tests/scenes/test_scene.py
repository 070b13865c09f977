"""What a scene is made of: grids, bars, sweeps."""

from __future__ import annotations

import re

import numpy as np
import pytest

from convlib.scenes.scene import Bars, Fan, Grid, Scene, Sweep, bars, cell_text, grid


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


def test_lines_of_a_fan_join_cells_that_are_drawn():
    cells = grid("f", "", [["1", ""], ["", "2"]], [["output", "blank"], ["blank", "input"]])
    fan = Fan(cells, (((0, 0), (1, 1)),))
    assert list(fan.cells()) == [(0, 0), (1, 1)]
    said = r"^fan 'f': the line \(\(0, 0\), \(1, 0\)\) must join two cells$"
    with pytest.raises(ValueError, match=said):
        Fan(cells, (((0, 0), (1, 0)),))


def test_a_step_that_is_none_is_refused():
    links = (((0, 0),), ((0, 1),), ((0, 2),))
    scene = Scene((), "", Sweep("output", "input", "kernel", links[:2], links))
    assert scene.lit((1, 2))["input"] == {(1, 2)}
    for step in ((2, 0), (0, 3), (-1, 0), (0, -1)):
        said = f"step={step} must lie in the 2×3 steps of the scene"
        with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
            scene.lit(step)
    with pytest.raises(ValueError, match="must lie in the 0×0 steps"):
        Scene((), "").lit((0, 0))


def test_a_step_lights_its_row_of_the_matrix():
    links = (((0, 0),), ((0, 1),), ((0, 2),))
    scene = Scene((), "", Sweep("output", "input", "kernel", links[:2], links))
    assert [scene.matrix_row(step) for step in scene.steps()] == [*range(6)]


def test_scene_names_the_grids_it_has():
    scene = Scene((grid("a", "", [[1]], "input"),), "")
    with pytest.raises(KeyError, match="no grid 'b': this scene has a"):
        scene["b"]


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
    with pytest.raises(ValueError, match="kind='stamps' must be one of sum, stamp, largest, mean"):
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
