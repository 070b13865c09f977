"""The commands of the README: a missing tool gets one line that says what to install."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests import browser

ROOT = Path(__file__).parent.parent


@pytest.fixture
def make(tmp_path):
    """Run make in a folder that has no environment yet, with a Python of the test's own."""
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)

    def run(target, python=""):
        interpreter = tmp_path / "python-of-the-test"
        if python:
            interpreter.write_text(f"#!/bin/sh\n{python}\n")
            interpreter.chmod(0o755)
        command = ["make", *target.split(), f"PYTHON={interpreter}"]
        # As a reader calls it, even if the tests themselves were started by make.
        alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        return subprocess.run(
            command, cwd=tmp_path, env=alone, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.parametrize(
    ("python", "line"),
    [
        ("", "Python 3.11 or newer is missing: install it"),
        (
            'case "$*" in *version_info*) exit 1;; -V) echo Python 3.9.2;; esac',
            "is Python 3.9.2, the book needs 3.11 or newer",
        ),
        (
            'case "$*" in *ensurepip*) exit 1;; esac',
            "Python's venv module is missing: apt-get install python3-venv",
        ),
    ],
)
def test_a_missing_tool_gets_one_line(make, python, line):
    result = make("book", python)
    assert result.returncode
    assert line in result.stdout
    assert len(result.stdout.splitlines()) == 1


def test_help_lists_every_target_of_the_readme(make):
    listed = make("help").stdout
    for target in re.findall(r"`make ([a-z-]+)`", (ROOT / "README.md").read_text()):
        assert f"make {target} " in listed


def test_students_edition_does_not_overwrite_the_book(make):
    book, students = (make(f"-n book SOLUTIONS={word}").stdout for word in ("yes", "no"))
    assert "/_build/html/index.html" in book
    assert "--path-output" not in book
    assert "--path-output _build/students/ ." in students
    assert "/_build/students/_build/html/index.html" in students


def test_a_missing_browser_says_what_to_run(monkeypatch):
    monkeypatch.setattr(browser, "sync_playwright", nullcontext)  # other tests run one already
    monkeypatch.setattr(browser, "chromium_path", lambda playwright: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="the browser tests need Chromium: run"):
        browser.main()
