"""The questions of the book, and what a reader can answer."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from convlib.questions import Question, chapters

BOOK = Path(__file__).parents[2] / "book"
questions_of = chapters.questions_of


@cache
def chapters_with_questions() -> dict[str, tuple[Question, ...]]:
    """Return the questions of each chapter that has some, by its name."""
    return chapters.chapters_with_questions(BOOK)


def questions_of_book() -> list[Question]:
    """Return all questions of the book."""
    return [one for questions in chapters_with_questions().values() for one in questions]


def given_for(question: Question, key: str):
    """Return the answer that a reader gives, as `Question.feedback` takes it, from its key."""
    if question.kind == "cells":
        return [int(index) for index in key.split()]
    if question.kind == "choice":
        return int(key)
    parts = tuple(key.split("×"))
    return parts if len(parts) > 1 else parts[0]
