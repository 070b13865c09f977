"""What a cell earns: the points that a test gives, and what waits for a person."""

from __future__ import annotations

import contextlib

from nbformat import NotebookNode
from nbgrader import utils

__all__ = ["give", "given", "is_possible", "remark"]


def given(outputs: list[NotebookNode]) -> str:
    """Return the number that a test ends with, as it prints it; "" where it ends with none."""
    for output in outputs:
        if output.output_type == "execute_result":
            with contextlib.suppress(ValueError):
                float(text := output.data["text/plain"])
                return text
    return ""


def is_possible(number: str, points: float) -> bool:
    """Return whether a test may give so many points.

    nbgrader gives all of them for a number below 0, and for one that is none.

    Examples
    --------
    >>> is_possible("2.5", 3), is_possible("4", 3), is_possible("-1", 3), is_possible("nan", 3)
    (True, False, False, False)
    """
    return 0 <= float(number) <= points


def give(grade, cell, flagged: bool) -> None:
    """Write down what a cell earned; what was given by hand stays."""
    if not utils.is_grade(cell):
        return  # a task, which is graded by hand alone
    earned, _ = utils.determine_grade(cell)
    has_run = not any(output.get("ename") == "NotRun" for output in cell.get("outputs", []))
    grade.auto_score = earned
    lost = flagged and earned is not None and earned < grade.max_score
    grade.needs_manual_grade = (
        grade.manual_score is not None or earned is None or lost or not has_run
    )


def remark(comment, cell) -> None:
    """Write down where a text was not touched."""
    untouched = cell is not None and cell.metadata.nbgrader["checksum"] == utils.compute_checksum(
        cell
    )
    comment.auto_comment = "No response." if untouched else None
