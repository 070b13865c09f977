"""Grades one submission, in a process of its own that writes nothing but its result."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook, new_output

from convlib.exercises.answers import typed_student
from convlib.exercises.self_check import NOTE, notes_of
from grading.execute import SECONDS_TO_START, execute, is_test
from grading.notebooks import Plan, UnreadableError, clean_outputs, grade_ids, read, repair
from grading.sandbox import Limits, Sandbox, SandboxFailedError
from grading.texts import printable

MOST_FILES = 100
#: How many of the lines are shown that tests print for the instructor.
MOST_NOTES = 10
#: To read, repair, clean and send a submission.
SECONDS_BESIDE = 120
#: Address space of the worker itself, which reads what hostile processes send.
MOST_MEMORY = 4 << 30


@dataclass(frozen=True)
class Job:
    """One submission and how to grade it."""

    student: str
    assignment: str
    folder: Path
    plans: tuple[Plan, ...]
    materials: Mapping[str, Path]
    sandbox: Sandbox
    limits: Limits


@dataclass
class Result:
    """What became of a submission.

    `failure` says why there is no result, by no fault of the submission's; `starved`, that the
    machine was too busy to give it its time.
    """

    notebooks: dict[str, NotebookNode] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    memory_mb: float = 0.0
    failure: str = ""
    starved: bool = False


def work(job: Job, connection) -> None:
    """Grade a submission and send its result; end with the grader that asked for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader is the one to be interrupted
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    connection.send(grade_or_flag(job))


def grade_or_flag(job: Job) -> Result:
    """Return what a submission earns; whatever else goes wrong is its own trouble alone."""
    try:
        return grade(job)
    except Exception as error:
        return unreadable(job, f"it could not be graded: {type(error).__name__}: {error}")


def advice(notebook: NotebookNode, student: str) -> list[str]:
    """Return what tests note of a notebook, and whether it was written for somebody else."""
    lines = dict.fromkeys(notes_of(notebook.cells))
    notes = [line.removeprefix(NOTE)[:200] for line in lines][:MOST_NOTES]
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    name = typed_student(cells)
    if name is not None and name.casefold() != student.casefold():
        notes.append(
            f"STUDENT says {name[:80]!r}, but it was handed in by {student}: the numbers that it "
            "was solved for may be another's"
        )
    return notes


def unreadable(job: Job, problem: str) -> Result:
    """Return the result of a submission without one: notebooks for a person to grade."""
    problem = printable(problem)[:500]
    blanks = {plan.name: blank(plan, problem) for plan in job.plans}
    return Result(notebooks=blanks, problems=[problem])


def patience(limits: Limits) -> float:
    """Return how many seconds a submission may take with all that is done to it."""
    return 2 * (limits.total_seconds + SECONDS_TO_START) + SECONDS_BESIDE


def _end_with_parent() -> None:
    multiprocessing.parent_process().join()
    os.kill(os.getpid(), signal.SIGKILL)


def grade(job: Job) -> Result:
    """Return what a submission earns, or why a person should look."""
    begin = time.monotonic()
    result = Result()
    paths = _find_notebooks(job, result)
    for plan in job.plans:
        try:
            notebook = read(paths[plan.name], job.limits)
        except UnreadableError as error:
            result.problems.append(str(error))
            result.notebooks[plan.name] = blank(plan, str(error))
            continue
        except KeyError:
            there = ", ".join(sorted(path.name for path in job.folder.glob("*"))) or "nothing"
            problem = f"{plan.name}.ipynb was not handed in, but {there:.200}"
            result.problems.append(problem)
            result.notebooks[plan.name] = blank(plan, problem)
            continue
        result.notes += repair(notebook, plan)
        try:
            files = _files(job, result)
            outcome = execute(
                notebook,
                job.student,
                job.assignment,
                job.sandbox,
                job.limits,
                files,
                plan.answers,
            )
        except SandboxFailedError as error:
            return Result(failure=str(error))
        result.notes += advice(notebook, job.student)
        clean_outputs(notebook)
        result.notebooks[plan.name] = notebook
        result.problems += outcome.problems
        result.starved |= outcome.starved
        result.memory_mb = max(result.memory_mb, outcome.memory_mb)
    result.problems = list(map(printable, result.problems))
    result.notes = list(map(printable, result.notes))
    result.seconds = time.monotonic() - begin
    return result


def blank(plan: Plan, problem: str) -> NotebookNode:
    """Return the notebook of a submission that could not run, for a person to grade."""
    notebook = new_notebook()
    repair(notebook, plan)
    for cell in filter(is_test, notebook.cells):
        failure = {"ename": "NotRun", "evalue": problem, "traceback": [f"NotRun: {problem}"]}
        cell.outputs = [new_output("error", **failure)]
    notice = new_markdown_cell(f"**This submission could not be graded.** {problem}")
    notebook.cells.insert(0, notice)
    return notebook


def _find_notebooks(job: Job, result: Result) -> dict[str, Path]:
    """Return where the notebooks are, one that was renamed included."""
    there = {path.stem: path for path in sorted(job.folder.glob("*.ipynb"))}
    paths = {plan.name: there.pop(plan.name) for plan in job.plans if plan.name in there}
    missing = [plan for plan in job.plans if plan.name not in paths]
    if len(missing) == len(there) == 1:
        (plan,), (path,) = missing, there.values()
        with contextlib.suppress(UnreadableError):
            known = {cell.grade_id for cell in plan.cells}
            if 2 * len(grade_ids(read(path, job.limits)) & known) >= len(known):
                result.notes.append(f"{plan.name}.ipynb was handed in as {path.name}")
                paths[plan.name] = path
    return paths


def _files(job: Job, result: Result) -> dict[str, Path]:
    """Return the files that the notebook finds beside it: the student's, then the assignment's."""
    files, left = {}, job.limits.files_mb << 20
    for path in sorted(job.folder.rglob("*")):
        name = str(path.relative_to(job.folder))
        if path.is_symlink() or not path.is_file() or path.suffix == ".ipynb" or name[0] == ".":
            continue
        left -= path.stat().st_size
        if left < 0 or len(files) == MOST_FILES:
            result.notes.append(f"the files from {name} on were left out: too many, or too large")
            break
        files[name] = path
    files.pop("timestamp.txt", None)
    return files | dict(job.materials)
