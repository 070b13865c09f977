"""Fans and tables of grids: both renderers draw the same cells and lines."""

from __future__ import annotations

import re

import numpy as np
import pytest

from convlib.draw import ScenePicture
from convlib.draw.looks import CELL
from convlib.draw.svg import fan_html, figure_html
from convlib.geometry import ConvGeometry
from convlib.scenes.channels import example_weights, weights_scene
from convlib.scenes.field import StackedLayer, fan_scene, spread_scene
from convlib.scenes.scene import Fan, grid

LAYERS = [StackedLayer(3, stride=2, padding=(1, 1)), StackedLayer(2, dilation=2)]
FANS = {
    "output": fan_scene(LAYERS, 11, 2),
    "input": spread_scene(LAYERS, 11, 5),
    "even": fan_scene([StackedLayer(4), StackedLayer(2)], 9, 1),
}


def svg_lines(html: str) -> set[tuple[tuple[int, int], tuple[int, int]]]:
    """Return the cells that the lines of a fan join."""
    numbers = [list(map(int, line)) for line in re.findall(r"M(\d+) (\d+)L(\d+) (\d+)", html)]
    return {
        ((y // CELL, x // CELL), (below // CELL, under // CELL)) for x, y, under, below in numbers
    }


@pytest.mark.parametrize("name", FANS)
def test_renderers_draw_the_cells_and_lines_of_a_fan(name):
    scene = FANS[name]
    fan, picture = scene.fan, ScenePicture(scene)
    box = picture.layout.boxes[fan.grid.name]
    drawn = {
        cell: (fan.grid.values[cell[0]][cell[1]], fan.grid.roles[cell[0]][cell[1]])
        for cell in fan.cells()
    }
    assert picture.cells(fan.grid.name) == drawn
    html = fan_html(fan)
    assert svg_lines(html) == set(fan.lines)
    assert html.count("<rect") == len(drawn)
    segments = {
        (round(x, 6), round(y, 6))
        for stamp, places in picture._still.printed.items()
        if stamp.shape == "segment"
        for x, y in places.vertices.tolist()
    }
    middles = {
        tuple(np.round((np.array(box.center(*upper)) + box.center(*lower)) / 2, 6).tolist())
        for upper, lower in fan.lines
    }
    assert segments == middles
    assert fan.grid.title in picture.texts()


def test_fan_of_an_output_cell_holds_what_its_windows_read():
    first, second = ConvGeometry(11, 3, 2, 1), ConvGeometry(6, 2, dilation=2)
    middle = set(second.window(2))
    below = {cell for one in middle for cell in first.window(one)}
    fan = FANS["output"].fan
    rows = [{int(text) for text in row if text} for row in fan.grid.values[::2]]
    assert rows == [{2}, middle, below]
    assert len(fan.lines) == len(middle) + sum(len(first.window(one)) for one in middle)


def test_fan_of_an_input_cell_holds_who_reads_it():
    first, second = ConvGeometry(11, 3, 2, 1), ConvGeometry(6, 2, dilation=2)
    middle = set(first.contributors(5))
    above = {cell for one in middle for cell in second.contributors(one)}
    rows = [{int(text) for text in row if text} for row in FANS["input"].fan.grid.values[::2]]
    assert rows == [above, middle, {5}]
    assert "Input cell 5 is read by" in FANS["input"].sentence


def test_line_that_ends_nowhere_is_refused():
    cells = grid("fan", "", [["1"], [""], ["2"]], [["output"], ["blank"], ["input"]])
    Fan(cells, (((0, 0), (2, 0)),))
    with pytest.raises(ValueError, match="must join two cells"):
        Fan(cells, (((0, 0), (1, 0)),))


def test_kernels_stand_in_a_table():
    scene = weights_scene(example_weights(3, 2, 3))
    assert 'class="grids in-rows" style="--in-a-row:2"' in figure_html(scene)
    boxes = [
        ScenePicture(scene).layout.boxes[f"kernel-{o}-{i}"] for o in range(3) for i in range(2)
    ]
    assert [box.x for box in boxes[::2]] == [boxes[0].x] * 3
    assert [box.y for box in boxes[::2]] == [box.y for box in boxes[1::2]]
    assert len({box.y for box in boxes}) == 3
