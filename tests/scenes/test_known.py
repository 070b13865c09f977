"""No picture and no question of the book changes without somebody's seeing it."""

from __future__ import annotations

import pytest

from convlib.explorers import EXPLORERS
from tests.questions.tools import questions_of_book
from tests.scenes import known

RENEW = "if that is meant, run `python -m tests.scenes.known` and read what changed in its files"


def stored(name: str) -> str:
    return (known.FOLDER / f"{name}.txt").read_text(encoding="utf-8")


# A test for each value of the first control: what is wrong with one shows soon, which
# `make mutants` waits for some ten thousand times.
VALUES = [(name, value) for name, one in EXPLORERS.items() for value in one.controls[0].values]


@pytest.mark.parametrize("name", EXPLORERS)
def test_first_picture_of_an_explorer_is_the_known_one(name):
    first, values = known.of_first(name), EXPLORERS[name].controls[0].values
    assert stored(name).startswith(f"{first}\n"), RENEW
    assert stored(name).removeprefix(first).count("=") == len(values), RENEW


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_pictures_of_an_explorer_are_those_that_are_known(name, value):
    assert known.of_value(name, value) in stored(name).splitlines(), RENEW


def test_pictures_of_the_gallery_are_those_that_are_known():
    assert known.of_gallery() == stored("gallery"), RENEW


@pytest.mark.parametrize("name", known.FIGURES)
def test_figure_of_a_chapter_is_the_known_one(name):
    # Whole, or a figure that lost its last line would be a part of it.
    figures = [text.strip() for text in f"\n{stored('figures')}".split("\n# ")]
    assert known.of_figure(name).removeprefix("# ") in figures, RENEW


@pytest.mark.parametrize("question", questions_of_book(), ids=lambda question: question.name)
def test_variants_of_a_question_are_those_that_are_known(question):
    assert known.of_question(question) in stored("questions"), RENEW


def test_nothing_is_known_that_is_no_more():
    names = {path.stem for path in known.FOLDER.glob("*.txt")}
    assert names == {*EXPLORERS, "figures", "gallery", "questions"}
    assert stored("questions").count("# ") == len(questions_of_book())
    assert stored("figures").count("# ") == len(known.FIGURES)
