"""Predict, then look: an explorer hides its answer until its reader has committed to one."""

from __future__ import annotations

from itertools import islice

import pytest

from convlib.explorers import EXPLORERS
from tests.book.reader import readers
from tests.explorers.test_guessing import SAID
from tests.thorough import one_in

STRIDE = EXPLORERS["stride"]


@pytest.fixture
def open_one(chromium, book_html):
    """Return what opens an explorer on its own page."""
    with readers(chromium, book_html) as opened:
        yield opened


def shown(one, kind):
    return one.root.locator(f'[data-part="{kind}"]').is_visible()


def press(one, name):
    one.root.get_by_role("button", name=name, exact=True).click()
    one.shown()


def result(one):
    return one.root.locator(".predicted").inner_text()


@pytest.mark.parametrize("name", [name for name, one in EXPLORERS.items() if one.guess])
def test_every_explorer_hides_its_answer_until_one_is_given(open_one, name):
    explorer = EXPLORERS[name]
    one = open_one(explorer)
    values = explorer.values()
    scene = explorer.scene(**values)
    hidden = explorer.guess.hidden(scene)
    press(one, "Predict first")
    question = one.root.get_by_label(explorer.guess.question)
    assert question.is_visible()
    for kind in (*(f"grid:{grid}" for grid in hidden), "formula", "sentence"):
        assert not shown(one, kind), kind
    assert one.read()["sum"] == ""
    assert explorer.guess.question in one.announced()
    answer = explorer.guess.answer(scene, values)
    question.fill(answer)
    question.press("Enter")
    assert result(one) == f"Right: {answer}."
    assert all(shown(one, f"grid:{grid}") for grid in hidden)
    assert shown(one, "formula") == bool(scene.formula)


@one_in(13)
def test_every_explorer_has_a_question(every):
    assert [name for name, one in EXPLORERS.items() if not one.guess] == []
    for explorer in EXPLORERS.values():
        for state in islice(explorer.states(), 0, None, every):
            assert explorer.guess.answer(explorer.scene(**state), state), (explorer.name, state)


def test_what_is_said_is_shown_beside_what_is(open_one):
    one = open_one(STRIDE)
    press(one, "Predict first")
    for stride, given, says in SAID:
        one.set(stride=3)  # asks, whatever was answered before
        one.set(stride=stride)
        one.root.locator(".prediction input").fill(given)
        press(one, "Look")
        assert result(one) == says
    assert says in one.announced()


def test_every_change_asks_again_and_skip_and_escape_show(open_one):
    one = open_one(STRIDE)
    press(one, "Predict first")
    press(one, "Skip")
    assert shown(one, "grid:output")
    one.set(stride=3)
    assert not shown(one, "grid:output")
    assert one.read()["status"] != STRIDE.scene(**STRIDE.values(stride=3)).sentence
    one.root.locator(".prediction input").press("Escape")
    assert shown(one, "grid:output")
    assert one.page.evaluate("document.activeElement.dataset.do") == "predict"
    one.page.keyboard.press("Enter")  # off
    one.set(stride=1)
    assert shown(one, "grid:output")


def test_an_error_is_an_answer(open_one):
    one = open_one(STRIDE)
    press(one, "Predict first")
    one.set(input_size=3, kernel_size=4)
    one.root.locator(".prediction input").fill("none")
    press(one, "Look")
    assert result(one) == "Right: none."


def test_the_cells_of_a_step_are_chosen_with_the_pointer(open_one):
    one = open_one(STRIDE)
    press(one, "Predict first")
    press(one, "Skip")
    press(one, "Step forward")
    assert (
        "Which cells of input does output[0, 1] read?"
        in one.root.locator(".prediction").inner_text()
    )
    assert one.grid("grid:input").lit == set()
    for row in range(3):
        for column in (1, 2, 3):  # one too far to the left
            one.click("grid:input", row, column)
    press(one, "Look")
    assert result(one) == "6 of 9 cells found, 3 missed, 3 that it does not read."
    assert one.grid("grid:input").lit == {(row, column) for row in range(3) for column in (2, 3, 4)}
    assert one.root.locator("rect.chosen").count() == 9
    press(one, "Step forward")
    assert one.root.locator("rect.chosen").count() == 0


def test_the_cells_of_a_step_are_chosen_by_keyboard(open_one):
    one = open_one(STRIDE, kernel_size=1, input_size=3)
    press(one, "Predict first")
    press(one, "Skip")
    press(one, "Step forward")
    one.root.locator('[data-part="grid:input"]').focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "Enter"):
        one.page.keyboard.press(key)
    assert "Row 0, column 2 chosen." in one.announced()
    press(one, "Look")
    assert result(one) == "Right: this cell."
