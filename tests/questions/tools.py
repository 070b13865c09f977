"""The questions of the book, collected from its chapters, and what a reader can answer."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from convlib.questions import Question

BOOK = Path(__file__).parents[2] / "book"
CELL = re.compile(
    r"^```\{code-cell\} \w+\n:tags: \[remove-input\]\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


@cache
def questions_of(path: Path) -> tuple[Question, ...]:
    """Return the questions of a chapter, from its cells that are tagged ``remove-input`` alone.

    So these must import what they use.
    """
    names: dict = {}
    shown = [_run(source, names) for source in CELL.findall(path.read_text(encoding="utf-8"))]
    return tuple(value for value in shown if isinstance(value, Question))


def _run(source: str, names: dict):
    """Run a cell and return the value of its last line."""
    *lines, last = ast.parse(source).body
    if not isinstance(last, ast.Expr):
        lines, last = [*lines, last], ast.parse("None").body[0]
    exec(compile(ast.Module(lines, []), "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)


@cache
def chapters_with_questions() -> dict[str, tuple[Question, ...]]:
    """Return the questions of each chapter that has some, by its name."""
    found = {path.stem: questions_of(path) for path in sorted(BOOK.glob("*.md"))}
    return {name: questions for name, questions in found.items() if questions}


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
