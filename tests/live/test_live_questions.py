"""Questions as widgets, without a browser: set state, read state."""

from __future__ import annotations

import re
from html import unescape

import ipywidgets as widgets
import pytest

from convlib.explorers.building import PAGE_VARIABLE
from convlib.questions import Cells, Choice, Size
from convlib.questions.declaration import SAYS
from convlib.questions.live import LiveQuestion
from tests.questions.tools import given_for, questions_of_book

ALL = questions_of_book()
ONE_OF_EACH = list({type(question): question for question in ALL}.values())
by_name = pytest.mark.parametrize("question", ALL, ids=lambda question: question.name)


@pytest.fixture(autouse=True)
def _in_a_notebook(monkeypatch):
    monkeypatch.delenv(PAGE_VARIABLE, raising=False)


def plain(html: str) -> str:
    return unescape(re.sub("<[^>]+>", "", html))


def fill_in(form: LiveQuestion, key: str):
    """Answer as a reader does, by the normal form of the answer."""
    given = given_for(form.question, key)
    if isinstance(form.question, Choice):
        form.fields[0].index = given
    elif isinstance(form.question, Cells):
        for number, field in enumerate(form.fields):
            field.value = number in given
    else:
        for field, text in zip(
            form.fields, given if isinstance(given, tuple) else [given], strict=True
        ):
            field.value = text


def answer(form: LiveQuestion, key: str) -> str:
    """Answer, check, and return what is said."""
    fill_in(form, key)
    form.check_button.click()
    return plain(form.result.value)


def all_words(widget) -> str:
    """Return every text that a reader sees in a widget."""
    own = [str(getattr(widget, name, "")) for name in ("value", "description", "options")]
    if isinstance(widget, widgets.Image):
        own = []
    return " ".join([*own, *map(all_words, getattr(widget, "children", ()))])


@by_name
def test_right_answer_and_every_mistake_of_some_variants(question):
    form = question.form()
    for number in (0, 7):
        form.show(number)
        case = question.cases[number]
        assert plain(form.text.value) == "Question" + case.text.replace("`", "")
        for key, hint in case.hints.items():
            assert answer(form, key) == f"✗ {SAYS['wrong']} {hint}".replace("`", "")
        assert answer(form, case.key) == f"✓ {SAYS['right']}"


@by_name
def test_next_button_goes_round_with_empty_fields(question):
    form = question.form()
    fill_in(form, question.cases[0].key)
    form.check_button.click()
    form.next_button.click()
    assert (form.number, form.result.value) == (1, "")
    said = answer(form, "") if isinstance(question, Cells) else None
    if not isinstance(question, Cells):
        form.check_button.click()
        said = plain(form.result.value)
    assert said in (SAYS["empty"], SAYS["choose"], SAYS["mark"])
    form.show(len(question.cases) - 1)
    form.next_button.click()
    assert form.number == 0


@by_name
def test_answer_is_not_told_before_it_is_asked_for(question):
    form = question.form()
    case = question.cases[0]
    assert "Answer:" not in all_words(form)
    assert case.worked.splitlines()[0] not in unescape(all_words(form))
    form.worked_button.value = True
    for line in case.solution.splitlines():
        assert line.replace("`", "") in plain(form.worked.value)
    form.next_button.click()
    assert not form.worked_button.value
    assert form.worked.value == ""


@pytest.mark.parametrize("question", ONE_OF_EACH, ids=lambda question: type(question).__name__)
def test_a_cell_shows_the_form(question):
    bundle = question._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "text/html" not in bundle


@pytest.mark.parametrize("typed", ["abc", "3,5,7", ""])
def test_what_cannot_be_read_is_no_mistake(typed):
    form = next(question for question in ALL if isinstance(question, Size)).form()
    form.fields[0].value = typed
    form.check_button.click()
    assert "✗" not in form.result.value
    assert plain(form.result.value) in (SAYS["unreadable"], SAYS["empty"])


def test_a_size_typed_in_one_field_moves_into_both():
    form = next(question for question in ALL if isinstance(question, Size)).form()
    rows, columns = form.case.key.split("×")
    form.fields[0].value = f"({rows}, {columns})"
    assert [field.value for field in form.fields] == [rows, columns]
    assert "✓" in form.result.value


def test_cells_are_labelled_and_the_picture_keeps_the_secret_until_it_is_asked_for():
    question = next(question for question in ALL if question.name == "stride-window")
    form, case = question.form(), question.cases[0]
    rows, columns = case.shown.chosen_in.shape
    assert len(form.fields) == rows * columns
    assert form.fields[columns].tooltip.startswith("row 1, column 0")

    (over, asked), *_ = case.shown.asked.items()
    pictures = []
    for worked in (False, True, False):
        form.worked_button.value = worked
        assert form.drawing.lit(over) == asked
        assert form.drawing.lit(question.grid) == (case.right_cells if worked else set())
        assert not [text for text in form.drawing.texts() if "=" in text]
        pictures.append(form.picture.value)
    assert pictures[0] == pictures[2] != pictures[1]
    fill_in(form, case.key)
    assert form.fields[int(case.key.split()[0])].button_style == "info"
