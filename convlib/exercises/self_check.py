"""What the visible checks of a problem set say, run as grading runs them.

A copy of the notebook runs from top to bottom in a fresh kernel, in an empty folder. In a notebook
call `check_notebook`; in a terminal run ``python -m convlib.exercises.self_check NOTEBOOK``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convlib.exercises.answers import typed_student

if TYPE_CHECKING:  # students may have convlib without Jupyter
    from nbformat import NotebookNode

__all__ = ["Question", "check_notebook", "notes_of", "questions", "report", "run"]

#: What stands in a student's notebook where tests were taken out.
HIDDEN_NOTE = "# Hidden tests run here when your work is graded."
#: How a line begins that a test prints as advice.
NOTE = "Note: "
#: What stands where nothing has been answered yet.
EMPTY = ("raise NotImplementedError()", "YOUR ANSWER HERE")
HEADING = re.compile(r"^## Question (\d+)\. (.+) \((\d+) points?\)$", re.MULTILINE)
#: Set while a notebook is checked or graded, so that it does not check itself once more.
BUSY = ("CONVLIB_CHECKING", "CONVLIB_STUDENT")
#: Seconds that one cell may take.
TIMEOUT = 60


@dataclass(frozen=True)
class Question:
    """One question of a problem set: what its heading says, and the cells up to the next.

    Attributes
    ----------
    number, stated
        Its number, and the points that its heading states.
    """

    number: int
    title: str
    stated: int
    cells: tuple[NotebookNode, ...]

    @property
    def points(self) -> int:
        """The points of its cells."""
        return sum(_points(cell) for cell in self.cells)

    @property
    def by_hand(self) -> int:
        """Those of them that a person gives."""
        return sum(_points(cell) for cell in self.cells if _is(cell, "grade", "solution"))

    @property
    def hidden(self) -> int:
        """Those of them that depend on hidden tests."""
        return sum(_points(cell) for cell in self.cells if HIDDEN_NOTE in cell.source)

    @property
    def empty(self) -> bool:
        """Whether an answer still holds what stood there first."""
        answers = [cell.source.strip() for cell in self.cells if _is(cell, "solution")]
        return any(not text or text.endswith(EMPTY) for text in answers)

    @property
    def notes(self) -> list[str]:
        """What its tests advise, at no cost."""
        return notes_of(self.cells)

    @property
    def error(self) -> str:
        """What stopped the first of its cells that failed, after a run."""
        for cell in self.cells:
            if "nbgrader" not in cell.metadata:
                continue  # a cell of the student's own
            for output in cell.get("outputs", ()):
                if output.output_type == "error":
                    return _told(output)
        return ""


def notes_of(cells: Iterable[NotebookNode]) -> list[str]:
    """Return what tests among some cells advise, after a run: the lines that begin with `NOTE`."""
    streams = (
        output.text
        for cell in cells
        if _is(cell, "grade") and not _is(cell, "solution")
        for output in cell.get("outputs", ())
        if output.output_type == "stream"
    )
    return [line for text in streams for line in text.splitlines() if line.startswith(NOTE)]


def questions(notebook: NotebookNode) -> list[Question]:
    """Return the questions of a problem set, in their order.

    Parameters
    ----------
    notebook
        Each question begins with ``## Question 1. Its title (4 points)``.
    """
    found: list[tuple[re.Match[str], list[NotebookNode]]] = []
    for cell in notebook.cells:
        heading = HEADING.search(cell.source) if cell.cell_type == "markdown" else None
        if heading:
            found.append((heading, []))
        if found:
            found[-1][1].append(cell)
    return [
        Question(int(heading[1]), heading[2], int(heading[3]), tuple(cells))
        for heading, cells in found
    ]


def run(notebook: NotebookNode, timeout: float = TIMEOUT, **environment: str) -> list[str]:
    """Run a notebook's cells, in place, in a fresh kernel and an empty folder.

    A cell that raises does not stop the cells after it.

    Parameters
    ----------
    notebook
        It is changed.
    timeout
        Seconds for each cell, after which it is stopped.
    **environment
        Added to the environment of the kernel.

    Returns
    -------
    list of str
        What kept cells from running; empty when all of them ran.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=timeout,
            interrupt_on_timeout=True,
            allow_errors=True,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute(env={**os.environ, "MPLBACKEND": "agg", **environment})
        except DeadKernelError:
            return [
                "A cell ended the kernel, so nothing after it ran. Grading would end there too."
            ]
    return []


def report(asked: list[Question]) -> str:
    """Return what a run has shown, one line for each question and one at the end.

    Parameters
    ----------
    asked
        Those of a notebook that ran.
    """
    rows = [(f"{q.number}. {q.title}", *_verdict(q)) for q in asked]
    width = max(len(title) for title, _, _ in rows) + 2
    lines = []
    for question, (title, _, said) in zip(asked, rows, strict=True):
        lines += [f"{title:{width}}{said}", *(f"    {note}" for note in question.notes)]
    safe, total = sum(points for _, points, _ in rows), sum(q.points for q in asked)
    others = {
        "hidden tests decide": sum(q.hidden for q in asked),
        "a person decides": sum(q.by_hand for q in asked),
    }
    told = [f"{who} about {points}" for who, points in others.items() if points]
    lines.append("; ".join([f"{safe} of {total} points from visible checks", *told]) + ".")
    return "\n".join(lines)


def check_notebook(path: str | Path) -> None:
    """Print what the visible checks say about each question of a saved notebook.

    Parameters
    ----------
    path
        The notebook file. It is not changed.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    if any(os.environ.get(name) for name in BUSY):
        print("This notebook is being checked.")
        return
    if not Path(path).is_file():
        raise FileNotFoundError(f"path={str(path)!r} is no file in {Path.cwd()}")
    # In a process of its own, since this notebook's kernel is busy with this call.
    command = [sys.executable, "-m", "convlib.exercises.self_check", str(path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as check:
        for line in check.stdout or ():
            print(line, end="", flush=True)


def main(path: str, run: Callable[..., list[str]] = run) -> int:
    """Check one notebook in a terminal; return 0 if nothing is empty and no visible check fails.

    Parameters
    ----------
    path
        The notebook file.
    run
        Runs a notebook, in place, and returns what kept cells from running.
    """
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError) as error:
        print(f"{path} cannot be read as a notebook: {error}")
        return 2
    if not questions(notebook):
        print(
            f"{path} is no problem set: it has no heading such as ## Question 1. Title (4 points)"
        )
        return 2
    print(f"Running {path} from top to bottom ...", flush=True)
    if problems := run(notebook, CONVLIB_CHECKING="1"):
        print(*problems, sep="\n")
        return 1
    asked = questions(notebook)
    print("\n".join([report(asked), *_whose(notebook)]))
    return 1 if any(question.error or question.empty for question in asked) else 0


def _whose(notebook: NotebookNode) -> list[str]:
    """Return for whom a notebook was solved, where it asks: only that student's numbers count."""
    student = typed_student([cell.source for cell in notebook.cells if cell.cell_type == "code"])
    if student is None:
        return []
    if not student:
        return ["STUDENT is empty: write the name or number under which you hand in, in quotes."]
    return [f"STUDENT is {student!r}: hand in under just this name; your numbers belong to it."]


def _told(error: Any) -> str:
    """Return what an error says, for somebody who looks at the notebook's own code beside it."""
    if error.ename == "AssertionError":  # a check's own words
        return str(error.evalue).strip()
    if error.ename == "KeyboardInterrupt":
        return "a cell ran too long and was stopped: is there an endless loop?"
    return f"{error.ename}: {error.evalue.strip()}"


def _is(cell: NotebookNode, *roles: str) -> bool:
    """Tell whether nbgrader's metadata gives a cell all these roles."""
    return all(cell.metadata.get("nbgrader", {}).get(role, False) for role in roles)


def _points(cell: NotebookNode) -> int:
    points: int = cell.metadata.get("nbgrader", {}).get("points", 0)
    return points


def _verdict(question: Question) -> tuple[int, str]:
    """Return the points that a question has for certain, and a few words on it."""
    by_hand = f"a person gives up to {question.by_hand} points" if question.by_hand else ""
    if question.empty:
        return 0, "still empty" + (f"; {by_hand}" if by_hand else "")
    if question.error:
        lines = question.error.splitlines()
        return _safe(question), "\n    ".join(["not yet:", *lines])
    hidden = f"hidden tests decide about {question.hidden} points" if question.hidden else ""
    visible = f"visible checks pass: {_safe(question)} of {question.points} points"
    if question.hidden == question.points:
        visible = "the answers are there"
    elif question.by_hand == question.points:
        visible = "answered"
    return _safe(question), "; ".join(filter(None, [visible, hidden, by_hand]))


def _safe(question: Question) -> int:
    """Return the points of the visible checks that pass."""
    return sum(
        _points(cell)
        for cell in question.cells
        if _is(cell, "grade")
        and not _is(cell, "solution")
        and HIDDEN_NOTE not in cell.source
        and not any(output.output_type == "error" for output in cell.outputs)
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m convlib.exercises.self_check NOTEBOOK")
    sys.exit(main(sys.argv[1]))
