"""What a cell earns, and when a person is asked to look."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.utils import compute_checksum

from grading import points

PASSED: list = []
FAILED = [new_output("error", ename="AssertionError", evalue="", traceback=[])]
NOT_RUN = [new_output("error", ename="NotRun", evalue="", traceback=[])]
PART = [new_output("execute_result", {"text/plain": "1.5"})]
TEXT = [new_output("execute_result", {"text/plain": "my_size: 3 is right"})]
SHOWN = [new_output("display_data", {"text/plain": "7"}), *PART]


def cell(outputs=(), **kinds):
    about = {"grade_id": "a", "points": 3, "schema_version": 3, "grade": True, "locked": True}
    about |= {"solution": False, "task": False, "cell_type": "code"} | kinds
    return new_code_cell("x", outputs=list(outputs), metadata={"nbgrader": about})


def grade(manual=None):
    return SimpleNamespace(
        max_score=3, manual_score=manual, auto_score="before", needs_manual_grade="before"
    )


@pytest.mark.parametrize(
    ("outputs", "manual", "flagged", "earned", "waits"),
    [
        (PASSED, None, False, 3, False),
        (PASSED, None, True, 3, False),
        (FAILED, None, False, 0, False),
        (FAILED, None, True, 0, True),
        (PART, None, False, 1.5, False),
        (PART, None, True, 1.5, True),
        (NOT_RUN, None, False, 0, True),
        (PASSED, 2, False, 3, True),
        (PASSED, 0, False, 3, True),
    ],
)
def test_a_test_gives_its_points_and_may_wait(outputs, manual, flagged, earned, waits):
    one = grade(manual)
    points.give(one, cell(outputs), flagged)
    assert (one.auto_score, one.needs_manual_grade) == (earned, waits)
    assert one.manual_score == manual


@pytest.mark.parametrize("flagged", [False, True])
def test_an_answer_graded_by_hand_waits_for_a_person(flagged):
    one = grade()
    points.give(one, cell(solution=True, locked=False), flagged)
    assert (one.auto_score, one.needs_manual_grade) == (None, True)


def test_a_task_is_left_to_a_person():
    one = grade()
    points.give(one, cell(grade=False, task=True), True)
    assert (one.auto_score, one.needs_manual_grade) == ("before", "before")


def test_what_was_not_touched_is_remarked():
    about = {"grade_id": "a", "points": 3, "schema_version": 3, "grade": True, "solution": True}
    about |= {"locked": False, "task": False, "cell_type": "markdown"}
    text = new_markdown_cell("YOUR ANSWER HERE", metadata={"nbgrader": about})
    text.metadata.nbgrader["checksum"] = compute_checksum(text)
    comment = SimpleNamespace(auto_comment="before")
    points.remark(comment, text)
    assert comment.auto_comment == "No response."
    text.source = "An answer."
    points.remark(comment, text)
    assert comment.auto_comment is None
    points.remark(comment, None)
    assert comment.auto_comment is None


@pytest.mark.parametrize(
    ("outputs", "number"), [(PASSED, ""), (FAILED, ""), (SHOWN, "1.5"), (TEXT, "")]
)
def test_the_number_that_a_test_ends_with(outputs, number):
    assert points.given(outputs) == number


@pytest.mark.parametrize(
    ("number", "possible"),
    [("0", True), ("3", True), ("2.5", True), ("3.01", False), ("-0.01", False), ("nan", False),
     ("inf", False)],
)  # fmt: skip
def test_a_test_gives_from_0_to_its_points(number, possible):
    assert points.is_possible(number, 3) is possible
