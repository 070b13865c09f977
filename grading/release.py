"""`python -m grading.release [SET ...]`: from the authors' sources to what students get.

Each set is converted, run with its solutions, handed to nbgrader and looked through for anything
that students must not see. Running it again renews the sets and leaves the gradebook's grades.
"""

from __future__ import annotations

import argparse
import io
import logging
import sys
import tomllib
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory

from convlib.exercises.self_check import questions, run
from grading import points, sources
from grading.course import Course, prepare
from grading.execute import is_test

TOP = Path(__file__).parents[1]
README = """# {title}

Work in {name}.ipynb: {questions} questions, {points} points. It needs Python 3.11 or newer,
Jupyter, and the package convlib, which lies beside it. If you do not have them, open a terminal in
this folder and run

    pip install jupyterlab ./convlib.zip
    jupyter lab {name}.ipynb

The last cell of the notebook tells what its visible checks say. So does this, in a terminal:

    python -m convlib.exercises.self_check {name}.ipynb

Hand in {name}.ipynb, under this name.
"""


def release(name: str, course: Course) -> Path:
    """Make the notebook that students get, and enter the set into the gradebook.

    Parameters
    ----------
    name : str
        A file in book/exercises, without ``.md``.
    course : Course

    Returns
    -------
    Path
        The folder to give to students.

    Raises
    ------
    ValueError
        If the source is not in order, its own solutions fail its tests, or something that must
        stay hidden would be handed out.
    """
    notebook = sources.read(name)
    _try_solutions(notebook)
    folder = course.root / "source" / name
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(sources.read(name), folder / f"{name}.ipynb")
    (folder / "README.md").write_text(_readme(name, notebook), encoding="utf-8")
    _pack(folder / "convlib.zip")
    _generate(name, course)
    released = course.root / "release" / name
    shown = lines_of(nbformat.read(released / f"{name}.ipynb", as_version=4))
    if leaks := secrets(notebook) & shown:
        raise ValueError(f"{name}: the release would show {sorted(leaks)}")
    return released


def secrets(notebook) -> set[str]:
    """Return the lines of a source that students must not see.

    A line that also stands outside of solutions and hidden tests is no secret, and neither is one
    without letters or digits.
    """
    hidden, shown = set(), set()
    for cell in notebook.cells:
        inside = False
        by_hand = {"grade", "solution"} <= {
            role for role, held in cell.metadata.get("nbgrader", {}).items() if held
        }
        for line in map(str.strip, cell.source.splitlines()):
            inside = (inside or "### BEGIN" in line) and "### END" not in line
            (hidden if inside or by_hand else shown).add(line)
    return {line for line in hidden - shown if any(map(str.isalnum, line))}


def lines_of(part) -> set[str]:
    """Return every line of text in a notebook, wherever it stands."""
    if isinstance(part, str):
        return {line.strip() for line in part.splitlines()}
    inside = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return set().union(*map(lines_of, inside))


def _try_solutions(notebook) -> None:
    """Run a source with its solutions; its own tests must pass."""
    failed = run(notebook, CONVLIB_STUDENT=sources.AUTHOR) or [
        f"question {q.number}: {q.error or 'it has no solution'}"
        for q in questions(notebook)
        if q.error or q.empty
    ]
    if failed:
        raise ValueError("its own solutions do not pass: " + "; ".join(failed))
    for cell in filter(is_test, notebook.cells):
        number, most = points.given(cell.outputs), cell.metadata.nbgrader["points"]
        if number and float(number) != most:
            raise ValueError(
                f"the test {cell.id} ends with {number:.40}, which nbgrader takes for the points "
                f"that it gives: with the solution it must be {most:g}, or nothing"
            )


def _readme(name, notebook) -> str:
    asked = questions(notebook)
    return README.format(
        name=name,
        title=notebook.cells[0].source.splitlines()[0].lstrip("# "),
        questions=len(asked),
        points=sum(question.points for question in asked),
    )


def _pack(archive: Path) -> None:
    """Write the package convlib, as pip installs it: students get it as it is now."""
    patterns = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["convlib"]["package"]
    with ZipFile(archive, "w", ZIP_DEFLATED) as file:
        for path in sorted(path for pattern in patterns for path in TOP.glob(pattern)):
            file.write(path, Path("convlib") / path.relative_to(TOP))


def _generate(name, course) -> None:
    """Let nbgrader take out solutions and hidden tests, and note the cells in the gradebook."""
    said = io.StringIO()
    log = logging.getLogger("grading.release")
    log.handlers, log.propagate = [logging.StreamHandler(said)], False
    config = course.config()
    folders = CourseDirectory(config=config, assignment_id=name)
    converter = GenerateAssignment(coursedir=folders, config=config, log=log, force=True)
    try:
        # The gradebook is opened once before, since this makes a new one where there is none.
        with course.writing(), course.gradebook():
            converter.start()
    except NbGraderException:
        raise ValueError(f"{name}: nbgrader refuses it:\n{said.getvalue()}") from None


def main(arguments: list[str] | None = None) -> int:
    """Release problem sets; return 0 if all went well."""
    parser = argparse.ArgumentParser("python -m grading.release", description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", help="default: all of them")
    parser.add_argument("--course", type=Path, default=TOP / "course", help="default: course/")
    chosen = parser.parse_args(arguments)
    names = chosen.sets or sources.names()
    course, failed = prepare(chosen.course), False
    for number, name in enumerate(names, 1):
        print(f"[{number}/{len(names)}] {name}", end=" ", flush=True)
        try:
            folder = release(name, course)
        except ValueError as error:
            print(f"failed: {error}")
            failed = True
            continue
        asked = questions(nbformat.read(folder / f"{name}.ipynb", as_version=4))
        points, by_hand = sum(q.points for q in asked), sum(q.by_hand for q in asked)
        print(f"questions: {len(asked)}, points: {points} ({by_hand} by hand) -> {folder}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
