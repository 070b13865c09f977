"""No picture and no question of the book changes without somebody's seeing it."""

from __future__ import annotations

import pytest

from convlib.explorers import EXPLORERS
from tests.questions.tools import questions_of_book
from tests.scenes import known

RENEW = "if that is meant, run `python -m tests.scenes.known` and read what changed in its files"


def stored(name: str) -> str:
    return (known.FOLDER / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXPLORERS)
def test_pictures_of_an_explorer_are_those_that_are_known(name):
    assert known.of_explorer(name) == stored(name), RENEW


def test_pictures_of_the_gallery_are_those_that_are_known():
    assert known.of_gallery() == stored("gallery"), RENEW


def test_figures_of_the_chapters_are_those_that_are_known():
    assert known.of_figures() == stored("figures"), RENEW


@pytest.mark.parametrize("question", questions_of_book(), ids=lambda question: question.name)
def test_variants_of_a_question_are_those_that_are_known(question):
    assert known.of_question(question) in stored("questions"), RENEW


def test_nothing_is_known_that_is_no_more():
    names = {path.stem for path in known.FOLDER.glob("*.txt")}
    assert names == {*EXPLORERS, "figures", "gallery", "questions"}
    assert stored("questions").count("# ") == len(questions_of_book())
