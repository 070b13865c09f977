"""What the page for instructors says exists, and its numbers are those of the problem sets."""

from __future__ import annotations

import csv
import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pytest

from grading import sources
from grading.course import Course
from tests.book.tools import NOTEBOOK, build, make_book

TOP = Path(__file__).parents[2]
PAGE = (TOP / "book" / "instructors.md").read_text()
LINES = [
    line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()
]
BIN = Path(sys.executable).parent
#: What a laptop needs of the repository.
PARTS = (
    "Makefile",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "convlib",
    "grading",
    "book/exercises",
)
ROSTER = """\
Student,ID,SIS User ID,SIS Login ID,Section,Problem set 1 (4711)
    Points Possible,,,,,25
"Lovelace, Ada",1,,ada,,
"Hopper, Grace",2,,grace,,
"Turing, Alan",3,,alan,,
"""
METADATA = """\
submission_1:
  :submitters:
  - {":name": Alan Turing, ":sid": alan, ":email": alan@example.org}
"""
#: What every system has.
SYSTEM = {"cd", "chmod", "chown", "export", "source"}


@cache
def output(*command: str) -> str:
    done = subprocess.run(
        command, cwd=TOP, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(TOP), "COLUMNS": "200"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def help_of(words: list[str]) -> str:
    """Return the help of the program, and of its subcommand, that a command line calls."""
    if words[:2] == ["python", "-m"]:
        program = [sys.executable, *words[1:3]]
        inner = words[3:4] if words[2] == "grading.lms" else []
        return output(*program, *inner, "--help")
    program = str(Path(sys.executable).with_name(words[0]))
    return output(program, words[1], "--help-all")


@pytest.mark.parametrize("line", sorted(set(LINES)))
def test_command_of_the_page_exists(line):
    words = shlex.split(line)
    if words[0] == "make":
        output("make", "-n", *words[1:])
    elif words[0] not in SYSTEM:
        known = help_of(words)
        for word in words:
            if word.startswith("--"):
                assert re.search(rf"{re.escape(word.split('=')[0])}\b", known), word


def test_options_of_the_grader_exist():
    shown = re.findall(r"^\| `(--[\w-]+)", PAGE, flags=re.MULTILINE)
    assert len(shown) >= 6
    for option in shown:
        assert option in output(sys.executable, "-m", "grading", "--help")


def test_table_of_problem_sets_says_what_the_sets_say():
    rows = re.findall(r"^\| `(ps\w+)` \|.*\| (\d+) points, (\d+) minutes \|$", PAGE, re.MULTILINE)
    told = {name: (int(points), int(minutes)) for name, points, minutes in rows}
    held = {}
    for name in sources.names():
        cells = sources.read(name).cells
        graded = (cell.metadata.get("nbgrader", {}).get("points", 0) for cell in cells)
        minutes = re.search(r"Allow\s+(\d+)\s+minutes", cells[0].source)
        held[name] = sum(graded), int(minutes[1])
    assert told == held


def laptop(top: Path) -> Path:
    """Copy what an instructor works with into `top`."""
    for part in PARTS:
        copy = shutil.copytree if (TOP / part).is_dir() else shutil.copy
        (top / part).parent.mkdir(parents=True, exist_ok=True)
        copy(TOP / part, top / part)
    return top


def answered(released: Path, student: str) -> str:
    """Return a problem set of which a student has done the first question."""
    notebook = nbformat.read(released, 4)
    source = {cell.id: cell.source for cell in sources.read("ps1_arithmetic").cells}
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "output-size":
            cell.source = source["output-size"]
        if cell.source == 'STUDENT = ""':
            cell.source = f'STUDENT = "{student}"'
    return nbformat.writes(notebook)


def hand_in(top: Path, block: str) -> None:
    """Write the download that a block of the page collects: from Canvas or from Gradescope."""
    released = top / "course/release/ps1_arithmetic/ps1_arithmetic.ipynb"
    with ZipFile(top / "submissions.zip", "w") as archive:
        if "--roster" in block:
            (top / "canvas.csv").write_text(ROSTER)
            archive.writestr("lovelaceada_1_50_ps1_arithmetic.ipynb", answered(released, "ada"))
            archive.writestr("hoppergrace_2_51_ps1_arithmetic.ipynb", released.read_text())
        else:
            archive.writestr("export/submission_metadata.yml", METADATA)
            archive.writestr("export/submission_1/mine.ipynb", answered(released, "alan"))


@pytest.mark.long
def test_laptop_commands_lead_from_release_to_grades(tmp_path):
    top = laptop(tmp_path)
    section = PAGE[PAGE.index("(instructors-laptop)=") : PAGE.index("## Deadlines")]
    stand_ins = {
        # The environment of these tests is made already, and no browser waits at the end.
        "make assignments": f"make -o .venv/grading BIN={BIN} SETS=ps1_arithmetic assignments",
        "source .venv/bin/activate": "true",
        "jupyter lab --LabApp.default_url=/formgrader": "true",
    }
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("PYTHONPATH", None)
    for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL):
        if "grading.lms collect" in block:
            hand_in(top, block)
        lines = [stand_ins.get(line, line) for line in block.splitlines()]
        done = subprocess.run(
            ["sh", "-ec", "\n".join(lines)],
            cwd=top,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, block + done.stdout + done.stderr

    with (top / "ps1_arithmetic_for_canvas.csv").open(newline="") as file:
        assert [row[-1] for row in csv.reader(file)][1:] == ["25", "3", "0", "3"]
    with Course(top / "course").gradebook() as gradebook:
        names = {one.id: (one.last_name, one.first_name) for one in gradebook.students}
    assert names["ada"] == ("Lovelace", "Ada")
    assert names["alan"] == ("Turing", "Alan")
    pages = {path.parts[-3] for path in top.glob("course/feedback/*/ps1_arithmetic/*.html")}
    assert pages == {"ada", "alan", "grace"}


@pytest.mark.long
@pytest.mark.parametrize(
    ("repository", "words"),
    [("someone/cells", "%2Fsomeone%2Fcells"), ("", "%2FOWNER%2FNAME")],
)
def test_links_for_a_hub_name_the_repository_where_it_is_known(repository, words, tmp_path):
    page = "# For instructors\n\n`repo=https%3A%2F%2Fgithub.com%2FOWNER%2FNAME`\n"
    make_book(tmp_path, index=f"{NOTEBOOK}# Cells\n", instructors=page)
    done = build(tmp_path, GITHUB_REPOSITORY=repository)
    assert done.returncode == 0, done.stdout
    html = (tmp_path / "_build/html/book/instructors.html").read_text(encoding="utf-8")
    assert words in html
