"""Symbols and pictures are tied: a letter outlines what it counts, a cell marks its letters."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from convlib.explorers import EXPLORERS
from tests.book.test_explorer import Reader
from tests.draw.svg_reader import read_svg

WITH_SYMBOLS = [name for name, explorer in EXPLORERS.items() if explorer.symbols]


@pytest.fixture
def open_one(chromium, book_html):
    """Return what opens an explorer on its own page."""
    made = []

    def opened(name, **values):
        state = EXPLORERS[name].values(**values).items()
        fragment = ",".join(f"{control}={value}" for control, value in state)
        page = book_html / "explorers" / f"{name}.html"
        made.append(Reader(chromium, page, f"#{name}:{fragment}"))
        made[-1].wake()
        return made[-1]

    yield opened
    for one in made:
        assert one.troubles == []
        one.context.close()


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
    one = open_one("odd", input_size=6, kernel_size=3, stride=2, padding=1)
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
    one = open_one("dilation", dilation=3)
    letter(one, "d").hover()
    assert outlined(one, "input") == {(0, 0), (1, 0), (2, 0)}


def test_a_cell_marks_the_letters_that_count_it(open_one):
    one = open_one("stride", padding=1)
    one.point("grid:kernel", 1, 0)
    expect(letter(one, "k")).to_have_class("symbol symbol-kernel pointed")
    expect(letter(one, "o")).to_have_class("symbol symbol-output")
    one.point("grid:input", 0, 3)
    expect(letter(one, "p")).to_have_class("symbol symbol-input pointed")
    expect(letter(one, "k")).to_have_class("symbol symbol-kernel")


def test_letters_are_reached_by_keyboard_and_said_in_words(open_one):
    one = open_one("stride", padding=1)
    letter(one, "o").focus()
    assert one.announced() == "o: output size: 3 cells outlined."
    one.page.keyboard.press("ArrowRight")
    assert one.announced() == "i: input size: 5 cells outlined."
    one.page.keyboard.press("ArrowRight")
    assert one.page.evaluate("document.activeElement.dataset.symbol") == "p"
    assert one.root.locator(".symbol[tabindex='0']").count() == 1


@pytest.mark.parametrize("name", WITH_SYMBOLS)
def test_the_formula_reads_as_before(open_one, name):
    explorer = EXPLORERS[name]
    one = open_one(name)
    scene = explorer.scene(**explorer.values())
    assert one.read()["texts"]["formula"] == scene.formula
    letters = set(one.root.locator(".symbol").all_inner_texts())
    assert letters <= set(explorer.symbols)
    for grid in scene.grids:  # outlining leaves the grids as they are
        assert read_svg(one.read()["parts"][f"grid:{grid.name}"]).values == grid.values
