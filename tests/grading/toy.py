"""A small course of the tests' own: one assignment, and the submissions that students make of it.

It holds each of nbgrader's kinds of cells: locked, answers, tests in sight and hidden, an answer
graded by hand.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from string import Template

import nbformat
import psutil
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.converters import GenerateAssignment

from grading.course import Course, prepare
from grading.sandbox import closed_folder

ROOT = Path(__file__).parent.parent.parent
NAME = "sums"
CELLS = {
    "setup": ("locked", "import numpy as np\n\nlargest = 10"),
    "double": (
        "answer",
        "def double(number):\n    ### BEGIN SOLUTION\n    return 2 * number\n    ### END SOLUTION",
    ),
    "test-double": (
        2,
        "assert double(1) == 2\n"
        "assert type(double(3)) is int\n"
        "### BEGIN HIDDEN TESTS\n"
        "assert double(largest) == 20, 'a secret number'\n"
        "assert np.array_equal(double(np.arange(6).reshape(2, 3)), [[0, 2, 4], [6, 8, 10]])\n"
        "### END HIDDEN TESTS",
    ),
    "total": (
        "answer",
        "def total(numbers):\n    ### BEGIN SOLUTION\n    return sum(numbers)\n"
        "    ### END SOLUTION",
    ),
    "test-total": (3, "assert total([1, 2]) == 3\nassert total((4,)) == 4"),
    "test-total-hidden": (
        4,
        "### BEGIN HIDDEN TESTS\nassert total([5, 6, 7]) == 18\n### END HIDDEN TESTS",
    ),
    "own": (
        "answer",
        "import os\n\nowner = None\n### BEGIN SOLUTION\nowner = os.environ['CONVLIB_STUDENT']\n"
        "### END SOLUTION",
    ),
    "test-own": (
        1,
        "### BEGIN HIDDEN TESTS\nimport os\n\nassert owner == os.environ['CONVLIB_STUDENT']\n"
        "### END HIDDEN TESTS",
    ),
    "essay": ("essay", "Why is a sum a sum?"),
}
BY_TESTS, BY_HAND = 10, 5
TESTS = [name for name, (kind, _) in CELLS.items() if isinstance(kind, int)]


def cell_of(name: str):
    """Return a cell of the assignment's source."""
    kind, source = CELLS[name]
    about = {"grade_id": name, "schema_version": 3, "grade": False, "task": False}
    about |= {"locked": kind != "answer", "solution": kind == "answer"}
    if kind == "essay":
        about |= {"grade": True, "points": BY_HAND, "solution": True, "locked": False}
        return new_markdown_cell(source, metadata={"nbgrader": about})
    if isinstance(kind, int):
        about |= {"grade": True, "points": kind}
    return new_code_cell(source, metadata={"nbgrader": about})


def release(folder: Path) -> Course:
    """Make a course and release the assignment."""
    course = prepare(folder)
    source = folder / "source" / NAME / f"{NAME}.ipynb"
    source.parent.mkdir(parents=True)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=[cell_of(name) for name in CELLS], metadata=kernel), source)
    (source.parent / "numbers.txt").write_text("1 2 3")
    directory = course.directory()
    directory.assignment_id = NAME
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(NAME)
    converter = GenerateAssignment(coursedir=directory, config=course.config())
    converter.create_assignment = True
    converter.start()
    return course


class Submission:
    """A notebook on its way from the release to the folder of what was handed in.

    Parameters
    ----------
    course : Course
        Where it was released.
    **values
        What `$name` stands for in the cells that are put in.
    """

    def __init__(self, course: Course, /, **values):
        self.values = values
        path = course.root / "release" / NAME / f"{NAME}.ipynb"
        self.notebook = deepcopy(nbformat.read(path, 4))

    def __getitem__(self, name: str):
        (cell,) = (
            c for c in self.notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name
        )
        return cell

    def place(self, name: str) -> int:
        return self.notebook.cells.index(self[name])

    def solve(self, **others: str) -> Submission:
        """Answer each question: by the source's solution, or by another text."""
        for name, (kind, source) in CELLS.items():
            if kind == "answer":
                own = [line for line in source.split("\n") if "SOLUTION" not in line]
                self[name].source = others.get(name, "\n".join(own))
            if kind == "essay":
                self[name].source = others.get(name, "Because it adds up.")
        return self

    def insert(self, source: str, before: str = "double") -> Submission:
        """Put a cell of the student's own before another."""
        source = Template(source).safe_substitute(self.values)
        self.notebook.cells.insert(self.place(before), new_code_cell(source))
        return self

    def text(self) -> str:
        return json.dumps(self.notebook)

    def hand_in(self, course: Course, student: str, name: str = f"{NAME}.ipynb") -> Path:
        """Write the notebook where nbgrader collects it, and return its path."""
        path = course.root / "submitted" / student / NAME / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.text())
        return path


def run(course: Course, *options: str, **variables: str) -> subprocess.CompletedProcess:
    """Run the grader as an instructor does."""
    command = [sys.executable, "-m", "grading", NAME, "--course", str(course.root), *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | variables
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def points(course: Course, student: str) -> dict[str, float | None]:
    """Return what the gradebook says the tests gave, cell by cell."""
    with course.gradebook() as gradebook:
        submission = gradebook.find_submission(NAME, student)
        return {
            grade.name: grade.auto_score for one in submission.notebooks for grade in one.grades
        }


def is_alive(number: int) -> bool:
    """Tell whether the process of this number runs; one that only waits to be noticed does not."""
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def closed_to_students() -> Path | None:
    """Return the folder that keeps students' code from this Python where no sandbox shows it."""
    needed = [*sys.path, sys.prefix, sys.base_prefix]
    return closed_folder(needed) if os.geteuid() == 0 else None
