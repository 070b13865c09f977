"""The student's own check: what it says of each question, whatever the notebook does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import which

import nbformat
import pytest

from convlib.exercises import self_check
from grading import check, sources
from tests.grading import sets, toy

TOP = Path(__file__).parents[2]
SET = sources.names()[0]
SIZE = """
def output_size(input_size, kernel_size, stride, padding, dilation):
    room = input_size + 2 * padding - dilation * (kernel_size - 1) - 1
    if room < 0:
        raise ValueError("too large")
    return room // stride + 1
"""


def student_notebook(**answers):
    """Return a released notebook with some answers, by the id of the cell."""
    notebook = sets.released(sources.read(SET))
    for cell in notebook.cells:
        cell.source = re.sub(
            r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", "", cell.source, flags=re.DOTALL
        ).strip()
        cell.source = answers.get(cell.id.replace("-", "_"), cell.source)
    return notebook


def command(path):
    """Check a notebook as a student does in a terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "convlib.exercises.self_check", str(path)],
        env={**os.environ, "PYTHONPATH": str(TOP)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def said_of(notebook):
    """Return what the report says of each question, by its number, after a run in this process."""
    errors = sets.run(notebook, "ada")
    for cell in notebook.cells:
        if cell.id in errors:
            error = errors[cell.id]
            cell.outputs = [
                nbformat.v4.new_output("error", ename=type(error).__name__, evalue=str(error))
            ]
    text = self_check.report(self_check.questions(notebook))
    parts = re.split(r"^(\d)\. ", text, flags=re.MULTILINE)[1:]
    return {int(number): said for number, said in zip(parts[::2], parts[1::2], strict=True)}


def test_each_question_gets_its_line():
    said = said_of(
        student_notebook(
            output_size=SIZE,
            window="def window(position, *rest):\n    return [position]",
            convolve="def convolve(x, w):\n    return x +",
            advice="The kernel is smaller than the stride.",
        )
    )
    assert "visible checks pass: 1 of 3 points; hidden tests decide about 2 points" in said[1]
    assert "still empty" in said[2]
    assert re.search(r"not yet:\n    window: case 1 of 5 differs\n", said[3])
    assert re.search(r"not yet:\n    SyntaxError", said[4])
    assert "still empty" in said[5]
    assert "still empty" in said[6]
    assert "answered; a person gives up to 4 points" in said[7]
    assert "\n1 of 25 points" in said[7]
    assert said[7].endswith(
        "points from visible checks; hidden tests decide about 15; a person decides about 4."
    )


def test_borrowed_function_is_told_and_costs_nothing(tmp_path):
    borrowed = (
        "from convlib import conv_output_size as ready\ndef output_size(*a): return ready(*a)"
    )
    path = tmp_path / f"{SET}.ipynb"
    nbformat.write(student_notebook(output_size=borrowed), path)
    _, said = command(path)
    assert "How many stops?        visible checks pass: 1 of 3 points" in said
    assert "Note: output_size should be your own, but it uses ready from convlib" in said


def test_command_checks_a_copy_of_the_notebook(tmp_path):
    path = tmp_path / f"{SET}.ipynb"
    nbformat.write(student_notebook(output_size=SIZE), path)
    before = path.read_bytes()
    status, said = command(path)
    assert status == 1
    assert "1. How many stops?        visible checks pass: 1 of 3 points" in said
    assert "6. A layer of your own    still empty" in said
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read as a notebook"),
        ("{", "cannot be read as a notebook"),
        (nbformat.writes(nbformat.v4.new_notebook()), "is no problem set"),
    ],
)
def test_what_is_no_problem_set_is_refused(tmp_path, content, said, capsys):
    path = tmp_path / "some.ipynb"
    if content is not None:
        path.write_text(content)
    assert self_check.main(str(path)) == 2
    assert said in capsys.readouterr().out


def test_endless_loop_and_end_of_the_kernel_are_told(tmp_path):
    notebook = student_notebook(output_size="while True:\n    pass")
    notebook.cells = [cell for cell in notebook.cells if "output-size" in cell.id]
    self_check.run(notebook, timeout=2)
    (question,) = self_check.questions(notebook)
    assert "ran too long and was stopped" in question.error
    path = tmp_path / f"{SET}.ipynb"
    nbformat.write(student_notebook(output_size="import os\nos._exit(1)"), path)
    status, said = command(path)
    assert status == 1
    assert "A cell ended the kernel" in said


@pytest.mark.parametrize("has_sandbox", [True, False])
def test_the_graders_own_way_gives_the_same_report(tmp_path, monkeypatch, capsys, has_sandbox):
    if not has_sandbox:
        monkeypatch.setattr("shutil.which", lambda name: None)
    notebook = student_notebook(output_size=SIZE)
    nbformat.write(notebook, tmp_path / f"{SET}.ipynb")
    if not has_sandbox and (closed := toy.closed_to_students()):
        assert check.main(str(tmp_path / f"{SET}.ipynb")) == 2
        assert f"may not enter {closed}" in capsys.readouterr().out
        monkeypatch.setattr("grading.sandbox._is_root", lambda: False)  # here it may
    status = check.main(str(tmp_path / f"{SET}.ipynb"))
    first, *rest = capsys.readouterr().out.split("Running ")
    assert status == 1
    assert ("Without the sandbox" in first) != has_sandbox or not which("bwrap")
    self_check.run(notebook)
    end = "STUDENT is empty: write the name or number under which you hand in, in quotes."
    report = self_check.report(self_check.questions(notebook))
    assert "".join(rest).endswith(f"{report}\n{end}\n")


def test_the_grader_names_what_ended_the_notebook(tmp_path, capsys):
    path = tmp_path / f"{SET}.ipynb"
    nbformat.write(student_notebook(output_size="import os\nos._exit(1)"), path)
    assert check.main(str(path)) == 1
    assert "ended the notebook" in capsys.readouterr().out


def test_a_cell_of_the_notebook_checks_it(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("CONVLIB_STUDENT", raising=False)
    with pytest.raises(FileNotFoundError, match=r"'ps9.ipynb' is no file in"):
        self_check.check_notebook("ps9.ipynb")
    path = tmp_path / "some.ipynb"
    path.write_text("{")
    monkeypatch.setenv("PYTHONPATH", str(TOP))
    self_check.check_notebook(path)
    assert "cannot be read as a notebook" in capsys.readouterr().out
    monkeypatch.setenv("CONVLIB_STUDENT", "ada")
    self_check.check_notebook("ps9.ipynb")
    assert capsys.readouterr().out == "This notebook is being checked.\n"
