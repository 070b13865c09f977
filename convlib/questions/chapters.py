"""The questions of chapters, read from their sources: what a reader of the built book is asked."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

from convlib.questions.question import Question

__all__ = ["chapters_with_questions", "questions_of"]

_CELL = re.compile(
    r"^```\{code-cell\} \w+\n:tags: \[remove-input\]\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


@cache
def questions_of(path: Path) -> tuple[Question, ...]:
    """Return the questions of a chapter, from its cells that are tagged ``remove-input`` alone.

    So these must import what they use.
    """
    names: dict[str, Any] = {}
    shown = [_run(source, names) for source in _CELL.findall(path.read_text(encoding="utf-8"))]
    return tuple(value for value in shown if isinstance(value, Question))


def chapters_with_questions(folder: Path) -> dict[str, tuple[Question, ...]]:
    """Return the questions of each chapter of a folder that has some, by its name."""
    found = {path.stem: questions_of(path) for path in sorted(folder.glob("*.md"))}
    return {name: questions for name, questions in found.items() if questions}


def _run(source: str, names: dict[str, Any]) -> Any:
    """Run a cell and return the value of its last line."""
    *lines, last = ast.parse(source).body
    if not isinstance(last, ast.Expr):
        lines, last = [*lines, last], ast.Expr(ast.Constant(None))
    exec(compile(ast.Module(lines, []), "cell", "exec"), names)
    return eval(
        compile(ast.fix_missing_locations(ast.Expression(last.value)), "cell", "eval"), names
    )
