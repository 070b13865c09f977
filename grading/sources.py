"""Problem sets as their authors write them: MyST files that become nbgrader's notebooks.

A cell's metadata says ``nbgrader: {grade_id: ..., ...}`` with what matters for it: ``solution`` for
an answer, ``grade`` and ``points`` for a test, both for an answer that is graded by hand,
``locked`` for anything else that students must not change. The rest is filled in.
"""

from __future__ import annotations

import re
from pathlib import Path

import jupytext
from nbformat import NotebookNode

from convlib.exercises.self_check import HIDDEN_NOTE, questions
from grading.names import asked, bound

__all__ = ["AUTHOR", "names", "read"]

FOLDER = Path(__file__).parents[1] / "book" / "exercises"
#: Whose variant the solutions in the sources are for.
AUTHOR = "author"
#: What Python and Jupyter give to every cell.
GIVEN = ("In", "Out", "get_ipython", "display", "__name__")
BEGIN_HIDDEN = "### BEGIN HIDDEN TESTS"
TOTAL = re.compile(r"There are\s+(\d+)\s+points\.")


def names(folder: Path = FOLDER) -> list[str]:
    """Return the names of all problem sets."""
    return sorted(path.stem for path in folder.glob("*.md"))


def read(name: str, folder: Path = FOLDER) -> NotebookNode:
    """Return a problem set as a notebook with nbgrader's metadata, solutions and hidden tests.

    Raises
    ------
    ValueError
        If there is no such set, or its questions and cells do not fit together; it names all that
        is wrong.
    """
    path = folder / f"{name}.md"
    if name not in names(folder):
        raise ValueError(f"{name!r} is no problem set: there are {', '.join(names(folder))}")
    notebook = jupytext.read(path)
    notebook.metadata.pop("jupytext", None)
    for number, cell in enumerate(notebook.cells):
        _complete(cell, f"cell-{number}")
    if wrong := _problems(notebook):
        raise ValueError(f"{path.name}: " + "; ".join(wrong))
    return notebook


def _complete(cell, number):
    """Fill in what nbgrader wants to be told about a cell, and name the cell."""
    short = cell.metadata.get("nbgrader")
    cell.id = short["grade_id"] if short else number
    cell.source = cell.source.replace(BEGIN_HIDDEN, f"{HIDDEN_NOTE}\n{BEGIN_HIDDEN}")
    if short is None:
        return
    graded, answer = short.get("grade", False), short.get("solution", False)
    cell.metadata["nbgrader"] = {
        "schema_version": 3,
        "grade": graded,
        "solution": answer,
        "locked": not answer,
        "task": False,
        **short,
    }


def _problems(notebook):
    """Return what is wrong with the questions of a notebook."""
    wrong, found = _wrong_names(notebook), questions(notebook)
    if not found:
        heading = "## Question 1. Its title (4 points)"
        return [*wrong, f"it has no question: begin each with a Markdown cell {heading!r}"]
    for question in found:
        if question.points != question.stated:
            wrong.append(
                f"question {question.number} says {question.stated} points, "
                f"its cells have {question.points}"
            )
    if [question.number for question in found] != list(range(1, len(found) + 1)):
        wrong.append("questions must be numbered 1, 2, 3, ...")
    stated = TOTAL.search(notebook.cells[0].source if notebook.cells else "")
    total = sum(question.points for question in found)
    if stated is None or int(stated[1]) != total:
        wrong.append(f'the first cell must say "There are {total} points."')
    ids = [cell.id for cell in notebook.cells]
    wrong += [
        f"grade_id {name!r} is used twice" for name in sorted(set(ids)) if ids.count(name) > 1
    ]
    return wrong


def _wrong_names(notebook) -> list[str]:
    """Return what tests would ask of nobody, or of two: in grading they see only trusted names."""
    wrong: list[str] = []
    known, answers = set(GIVEN), {}
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        about = cell.metadata.get("nbgrader", {})
        if about.get("solution"):
            answers |= dict.fromkeys(bound(cell.source), cell.id)
            continue
        if not about.get("locked"):
            continue
        # What tests bind for themselves alone may have any name.
        for name in sorted(bound(cell.source) & set(answers)) if not about["grade"] else ():
            wrong.append(
                f"{name} is bound by the answer {answers[name]} and by the locked cell {cell.id}: "
                "give one of them another name"
            )
        if about["grade"]:
            for name in sorted(asked(cell.source) - known - set(answers)):
                wrong.append(
                    f"the test {cell.id} needs {name}, which neither a locked cell nor an answer "
                    f"above it binds: bind it in one, such as `{name} = None` where the answer goes"
                )
        known |= bound(cell.source, imports=True)
    return wrong
