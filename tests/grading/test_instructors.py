"""What the page for instructors says exists, and its numbers are those of the problem sets."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from grading import sources

TOP = Path(__file__).parents[2]
PAGE = (TOP / "book" / "instructors.md").read_text()
LINES = [
    line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()
]
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
