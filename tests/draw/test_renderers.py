"""Both renderers show the same: what matplotlib drew against what the page's SVG says."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from convlib.draw import ScenePicture
from convlib.draw.looks import CELL
from convlib.draw.svg import figure_html, grid_part, matrix_part
from convlib.explorers import EXPLORERS
from convlib.matrix import conv_matrix
from convlib.scenes.convolution import convolution_scene
from convlib.scenes.scene import Scene, grid
from tests.thorough import shares


def svg_grid(html: str) -> tuple[str, dict, set]:
    """Return title, {(row, column): (text, role)} and the lit cells of a grid's HTML."""
    root = ElementTree.fromstring(f"<div>{html}</div>")
    rects = [rect for rect in root.iter("rect") if rect.get("class", "").startswith("role-")]
    rects = [rect for rect in rects if rect.get("x")]  # without a matrix's frame
    texts = list(root.iter("text"))
    assert len(rects) == len(texts)
    cells, lit = {}, set()
    for rect, text in zip(rects, texts, strict=True):
        place = tuple(int(float(rect.get(axis)) // CELL) for axis in "yx")
        *role, last = rect.get("class").removeprefix("role-").split(" ")
        if last == "lit":
            lit.add(place)
        else:
            role.append(last)
        cells[place] = text.text or "", " ".join(role)
    return "".join(root.find("p").itertext()), cells, lit


def svg_matrix(html: str) -> dict:
    """Return {(row, column): (text, role)} of a matrix's HTML: paths in rows that are moved."""
    cells = {}
    for group in ElementTree.fromstring(f"<div>{html}</div>").iterfind("svg/g/g"):
        left, top = map(int, re.findall(r"\d+", group.get("transform")))
        texts = {int(text.get("x")) // CELL: text.text for text in group.iter("text")}
        for path in group.iter("path"):
            x = 0
            for move in re.findall(r"m(\d+) \d+h", path.get("d")):
                x += int(move)
                place = top // CELL, (left + x) // CELL
                cells[place] = texts.get(x // CELL, ""), path.get("class").removeprefix("role-")
    return cells


def assert_same(picture: ScenePicture, scene: Scene):
    """Hold cells, titles, formula and error of both forms together."""
    texts = picture.texts()
    for shown in scene.grids:
        title, cells, _ = svg_grid(grid_part(shown).html)
        assert picture.cells(shown.name) == cells
        assert title in texts
    page = " ".join(" ".join([scene.formula, scene.error]).split())
    assert page in " ".join(texts)


def assert_same_step(picture: ScenePicture, scene: Scene, step: tuple[int, int]):
    """Hold the lit cells and the sum of both forms together."""
    lit = scene.lit(step)
    for shown in scene.grids:
        _, _, outlined = svg_grid(grid_part(shown, lit.get(shown.name, ())).html)
        assert picture.lit(shown.name) == outlined
    assert " ".join(picture.texts()).endswith(scene.step_text(*step))


def some_steps(scene: Scene) -> list:
    """The last, and one between that depends on the shape."""
    rows, columns = scene.sweep.shape if scene.sweep else (0, 0)
    if not rows * columns:
        return []
    return sorted({(rows // 2, columns // 3), (rows - 1, columns - 1)})


@pytest.mark.parametrize(("explorer", "every"), shares(3, 11))
def test_renderers_agree_in_every_state(explorer, every):
    picture, states, errors = None, 0, 0
    for state in islice(explorer.states(), 0, None, every):
        scene = explorer.scene(**state)
        picture = picture or ScenePicture(scene)
        picture.update(scene)
        assert_same(picture, scene)
        for step in some_steps(scene):
            picture.show_step(step)
            assert_same_step(picture, scene, step)
        states, errors = states + 1, errors + bool(scene.error)
    count = np.prod([len(control.values) for control in explorer.controls])
    assert states == -(-count // every)
    assert errors < states


@pytest.mark.parametrize("explorer", EXPLORERS.values(), ids=EXPLORERS)
def test_renderers_agree_on_every_step_of_the_first_state(explorer):
    scene = explorer.scene(**explorer.values())
    picture = ScenePicture(scene)
    for step in np.ndindex(scene.sweep.shape if scene.sweep else (0, 0)):
        picture.show_step(step)
        assert_same_step(picture, scene, step)


@pytest.mark.parametrize("size", [3, 5, 9])
def test_renderers_agree_on_a_matrix(size):
    values, weight = np.arange(size * size).reshape(size, size), np.array([[1, -2], [3, 4]])
    matrix = conv_matrix(weight, values.shape).astype(int)
    texts = np.where(matrix, matrix.astype(object), "")
    scene = replace(
        convolution_scene(values, weight),
        matrix=grid("matrix", "matrix", texts, np.where(matrix, "kernel", "blank")),
    )
    picture, html = ScenePicture(scene, (0, 1)), matrix_part(scene.matrix, 1).html
    drawn, page = picture.cells("matrix"), svg_matrix(html)
    assert len(drawn) == np.count_nonzero(matrix)
    if size == 9:  # too small to read: both leave the texts out
        texts[...] = ""
    expected = {
        tuple(map(int, cell)): (grid("", "", [[texts[*cell]]], "kernel").values[0][0], "kernel")
        for cell in np.argwhere(matrix)
    }
    assert drawn == expected
    assert page == expected
    y, width, height = map(
        int, re.search(r'class="lit-row" y="(\d+)" width="(\d+)" height="(\d+)"', html).groups()
    )
    assert (y // height, width // height) == (1, size * size)
    assert picture.lit("matrix") == {(1, column) for column in range(size * size)}


def test_renderers_agree_on_legends():
    kinds = [["padding", "zero", "input unused", "input gap"]]
    scene = Scene((grid("kinds", "kinds", [[0, 0, 1, 2]], kinds),), "Four cells.")
    labels = re.findall(r"</svg>([^<]+)</li>", figure_html(scene))
    assert len(labels) == 4
    assert ScenePicture(scene).texts() == ["kinds", *labels]
