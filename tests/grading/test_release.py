"""The release: students get what they need, nothing that they must not see, and grades stay."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pytest
from nbgrader.api import Gradebook

from convlib.exercises.self_check import questions
from grading import release, sources
from grading.course import Course

TOP = Path(__file__).parents[2]
SET = sources.names()[0]


def command(*arguments):
    """Run the command as `make assignments` does; return its exit status and what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "grading.release", *map(str, arguments)],
        cwd=TOP,
        env={**os.environ, "PYTHONPATH": str(TOP)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with one set released."""
    course = tmp_path_factory.mktemp("course")
    status, said = command(SET, "--course", course)
    assert status == 0, said
    assert re.search(rf"^\[1/1\] {SET} questions: 7, points: 25 \(4 by hand\)", said)
    return course


def released(course, name=SET):
    return nbformat.read(course / "release" / name / f"{name}.ipynb", as_version=4)


def everything(course, name=SET):
    """Return all that students get, with what JSON escapes as it stands in a notebook."""
    files = (course / "release" / name).iterdir()
    texts = [path.read_text(encoding="utf-8") for path in files if path.suffix != ".zip"]
    return "\n".join([*texts, *(cell.source for cell in released(course, name).cells)])


def test_no_line_of_a_solution_or_hidden_test_is_released(course):
    source, shown = sources.read(SET), everything(course)
    secrets = release.secrets(source)
    assert len(secrets) > 30
    for cell in source.cells:
        for line in cell.source.splitlines():
            assert line.strip() not in secrets or len(line.strip()) < 8 or line not in shown
    assert "BEGIN" not in shown
    assert "author" not in shown


def test_the_rest_of_the_set_is_released(course):
    source, ours = sources.read(SET), released(course)
    assert [cell.id for cell in ours.cells] == [cell.id for cell in source.cells]
    assert [q.points for q in questions(ours)] == [q.points for q in questions(source)]
    assert all(q.empty for q in questions(ours))


def test_what_students_need_lies_beside_the_notebook(course):
    folder = course / "release" / SET
    assert "pip install jupyterlab ./convlib.zip" in (folder / "README.md").read_text()
    with ZipFile(folder / "convlib.zip") as archive:
        inside = set(archive.namelist())
    assert {"convlib/pyproject.toml", "convlib/README.md", "convlib/LICENSE"} <= inside
    modules = {f"convlib/{path.relative_to(TOP)}" for path in (TOP / "convlib").rglob("*.py")}
    assert modules | {"convlib/convlib/py.typed"} <= inside
    assert not [name for name in inside if name.startswith(("convlib/book", "convlib/grading"))]


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # within nbgrader's own calls
def test_a_second_release_keeps_grades(course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.add_student("ada")
        gradebook.add_submission(SET, "ada")
        grade = gradebook.find_submission_notebook(SET, SET, "ada").grades[0]
        grade.manual_score = 1.5
        name = grade.name
        gradebook.db.commit()
    status, said = command(SET, "--course", course)
    assert status == 0, said
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert gradebook.find_grade(name, SET, SET, "ada").manual_score == 1.5


def test_a_set_whose_solutions_are_wrong_is_not_released(tmp_path, monkeypatch):
    text = (sources.FOLDER / f"{SET}.md").read_text(encoding="utf-8")
    old, new = "return room // stride + 1", "return room // stride"
    assert text.count(old) == 1
    (tmp_path / f"{SET}.md").write_text(text.replace(old, new), encoding="utf-8")
    edited = sources.read(SET, tmp_path)
    monkeypatch.setattr(sources, "read", lambda name: edited)
    with pytest.raises(ValueError, match="do not pass: question 1: output_size: case 1"):
        release.release(SET, Course(tmp_path))
    assert not (tmp_path / "release").exists()


def with_last_line(tmp_path, monkeypatch, line):
    """Let the first question's visible check, worth 1 point, end with a line of one's own."""
    text = (sources.FOLDER / f"{SET}.md").read_text(encoding="utf-8")
    old = "assert verdict, verdict\nprint(verdict)\n```"
    assert old in text
    new = f"assert verdict, verdict\n{line}\n```"
    (tmp_path / f"{SET}.md").write_text(text.replace(old, new, 1), encoding="utf-8")
    edited = sources.read(SET, tmp_path)
    monkeypatch.setattr(sources, "read", lambda name: edited)


@pytest.mark.parametrize("line", ["2", "0.5", "-1", "float('nan')"])
def test_a_test_that_ends_with_other_points_is_not_released(tmp_path, monkeypatch, line):
    with_last_line(tmp_path, monkeypatch, line)
    said = "the test check-output-size ends with .*: with the solution it must be 1, or nothing"
    with pytest.raises(ValueError, match=said):
        release.release(SET, Course(tmp_path))
    assert not (tmp_path / "release").exists()


def test_a_test_may_end_with_its_points_or_with_a_verdict(tmp_path, monkeypatch):
    for line in ("1", "1.0", "verdict"):
        with_last_line(tmp_path, monkeypatch, line)
        release._try_solutions(sources.read(SET))
        monkeypatch.undo()


def test_a_leak_is_noticed():
    notebook = sources.read(SET)
    secrets = release.secrets(notebook)
    assert secrets & release.lines_of(notebook) == secrets
    hidden = nbformat.v4.new_notebook(metadata={"deep": [{"down": f"x\n  {min(secrets)} "}]})
    assert secrets & release.lines_of(hidden) == {min(secrets)}


def test_an_unknown_set_is_refused_with_the_names_of_all(tmp_path, capsys):
    assert release.main(["ps9", "--course", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "'ps9' is no problem set: there are ps1_arithmetic" in said


@pytest.mark.long
def test_all_sets_are_released(tmp_path):
    status, said = command("--course", tmp_path)
    assert status == 0, said
    for name in sources.names():
        shown = {line.strip() for line in everything(tmp_path, name).splitlines()}
        assert not release.secrets(sources.read(name)) & shown
