"""What the grader's table says about a notebook besides its points."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from convlib.exercises.answers import typed_student
from convlib.exercises.self_check import _whose
from grading.worker import MOST_NOTES, advice

TEST = {"grade_id": "t", "points": 1, "grade": True, "solution": False, "locked": True}


def notebook(*sources: str, printed: str = ""):
    about = {"nbgrader": TEST | {"schema_version": 3, "task": False, "cell_type": "code"}}
    test = new_code_cell("pass", metadata=about, outputs=[new_output("stream", text=printed)])
    own = new_code_cell("x", outputs=[new_output("stream", text="Note: full points, please")])
    return new_notebook(cells=[*map(new_code_cell, sources), test, own])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("'ada'", ""),
        ("' Ada '", ""),
        ("'bob'", "STUDENT says 'bob', but it was handed in by ada"),
        ("''", "STUDENT says '', but it was handed in by ada"),
        ("'12345'", "STUDENT says '12345', but it was handed in by ada"),
    ],
)
def test_an_id_that_is_not_the_students_is_told(typed, said):
    notes = advice(notebook("STUDENT = ''", f"STUDENT = {typed}"), "ada")
    assert "; ".join(notes).startswith(said)
    assert bool(notes) is bool(said)


@pytest.mark.parametrize("source", ["pass", "STUDENT = 3", "STUDENT = name", "def f(:"])
def test_a_set_without_an_id_in_quotes_tells_nothing(source):
    assert advice(notebook(source), "ada") == []
    assert typed_student([source]) is None


def test_before_handing_in_the_check_repeats_the_id():
    (line,) = _whose(notebook("STUDENT = 'ada'"))
    assert line == "STUDENT is 'ada': hand in under just this name; your numbers belong to it."
    assert "is empty" in _whose(notebook("STUDENT = ''"))[0]
    assert _whose(notebook("pass")) == []


def test_what_tests_note_is_told_once_and_what_students_print_is_not():
    printed = "2 cases agree\nNote: f uses conv2d\nNote: f uses conv2d\nNote: g is missing\n"
    assert advice(notebook(printed=printed), "ada") == ["f uses conv2d", "g is missing"]
    many = "".join(f"Note: {number}{'x' * 500}\n" for number in range(50))
    notes = advice(notebook(printed=many), "ada")
    assert len(notes) == MOST_NOTES
    assert max(map(len, notes)) == 200
