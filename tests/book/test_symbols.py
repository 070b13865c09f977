"""Symbols and pictures are tied: a letter outlines what it counts, a cell marks its letters."""

from __future__ import annotations

import random

import pytest
from playwright.sync_api import expect

from convlib.explorers import EXPLORERS
from convlib.scenes.symbols import formula_keys, symbol_cells, symbol_words
from tests.book.reader import readers
from tests.draw.svg_reader import read_svg

SCENES = {name: explorer.scene(**explorer.values()) for name, explorer in EXPLORERS.items()}
WITH_SYMBOLS = [name for name, scene in SCENES.items() if scene.symbols]
# The cells that are outlined, by their grids: all places of one after the other.
OUTLINED = """root => Object.fromEntries([...root.querySelectorAll(".grid[data-part]")].map(
  (part) => [part.dataset.grid, [...part.querySelectorAll("rect")].flatMap(
    (cell, index) => (cell.classList.contains("pointed") ? [index] : []))]
).filter(([, cells]) => cells.length))"""


@pytest.fixture
def open_one(chromium, book_html):
    """Return what opens an explorer on its own page."""
    with readers(chromium, book_html) as opened:
        yield opened


def letter(one, name):
    return one.root.locator(f'[data-symbol="{name}"]').first


def outlined(one, grid):
    """Return the (row, column) of the cells of a grid that a letter outlines."""
    svg = one.root.locator(f'[data-part="grid:{grid}"] svg')
    columns = int(svg.get_attribute("viewBox").split(" ")[2]) // 24
    marked = svg.evaluate(
        "(svg) => [...svg.querySelectorAll('rect')].flatMap("
        "(cell, index) => cell.classList.contains('pointed') ? [index] : [])"
    )
    return {divmod(index, columns) for index in marked}


def test_each_letter_outlines_what_it_counts(open_one):
    one = open_one(EXPLORERS["odd"], input_size=6, kernel_size=3, stride=2, padding=1)
    ring = {(r, c) for r in range(8) for c in range(8) if {r, c} & {0, 7}}
    for name, grid, cells in (
        ("i", "input", {(row, 1) for row in range(1, 7)}),
        ("k", "kernel", {(row, 0) for row in range(3)}),
        ("s", "input", {(0, 0), (1, 0)}),
        ("p", "input", ring),
        ("o", "output", {(row, 0) for row in range(3)}),
        ("r", "input", {(r, c) for r in range(8) for c in range(8) if 7 in (r, c)}),
    ):
        letter(one, name).hover()
        assert outlined(one, grid) == cells, name
    one.root.locator(".explorer-title").hover()
    assert outlined(one, "input") == set()


def test_the_distance_between_taps_is_outlined_in_a_dilated_kernel(open_one):
    one = open_one(EXPLORERS["dilation"], dilation=3)
    letter(one, "d").hover()
    assert outlined(one, "input") == {(0, 0), (1, 0), (2, 0)}


def test_a_cell_marks_the_letters_that_count_it(open_one):
    one = open_one(EXPLORERS["stride"], padding=1)
    one.point("grid:kernel", 1, 0)
    expect(letter(one, "k")).to_have_class("symbol symbol-kernel pointed")
    expect(letter(one, "o")).to_have_class("symbol symbol-output")
    one.point("grid:input", 0, 3)
    expect(letter(one, "p")).to_have_class("symbol symbol-input pointed")
    expect(letter(one, "k")).to_have_class("symbol symbol-kernel")


def test_letters_are_reached_by_keyboard_and_said_in_words(open_one):
    one = open_one(EXPLORERS["stride"], padding=1)
    letter(one, "o").focus()
    assert one.announced() == "o: output size: 3 cells outlined."
    one.page.keyboard.press("ArrowRight")
    assert one.announced() == "i: input size: 5 cells outlined."
    one.page.keyboard.press("ArrowRight")
    assert one.page.evaluate("document.activeElement.dataset.symbol") == "p"
    assert one.root.locator(".symbol[tabindex='0']").count() == 1


@pytest.mark.parametrize("name", WITH_SYMBOLS)
def test_the_formula_reads_as_before(open_one, name):
    one, scene = open_one(EXPLORERS[name]), SCENES[name]
    assert one.read()["texts"]["formula"] == scene.formula
    keys = one.root.locator(".symbol").evaluate_all("all => all.map((one) => one.dataset.symbol)")
    assert list(dict.fromkeys(keys)) == formula_keys(scene)
    for grid in scene.grids:  # outlining leaves the grids as they are
        assert read_svg(one.read()["parts"][f"grid:{grid.name}"]).values == grid.values


@pytest.mark.parametrize("others", [1, pytest.param(8, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", WITH_SYMBOLS)
def test_letters_outline_the_cells_that_convlib_finds(open_one, name, others):
    explorer = EXPLORERS[name]
    one = open_one(explorer)
    states = list(explorer.states())
    for state in (explorer.values(), *random.Random(name).choices(states, k=others)):
        scene = explorer.scene(**state)
        one.set(**state)
        keys = formula_keys(scene)
        for key in keys:
            letter(one, key).focus()
            columns = {grid.name: grid.shape[1] for grid in scene.grids}
            cells = {
                grid: sorted(row * columns[grid] + column for row, column in found)
                for grid, found in symbol_cells(scene, key).items()
                if found
            }
            assert one.root.evaluate(OUTLINED) == cells, (state, key)
    if keys:
        assert one.announced() == symbol_words(scene, keys[-1])


def test_the_letters_of_sizes_are_tied_wherever_there_are_cells_of_them():
    assert set(EXPLORERS) - set(WITH_SYMBOLS) == {
        # what these write is about scores, layers or whole networks
        "shift", "shift-test", "field", "roofline", "planner",
    }  # fmt: skip
