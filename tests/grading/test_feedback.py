"""Feedback and formgrader show no hidden test and run no script."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from nbconvert.exporters import HTMLExporter
from nbgrader.server_extensions.formgrader import handlers

from tests.grading import toy
from tests.grading.bad import with_script_in_markdown

pytestmark = pytest.mark.long
SCRIPTS = (
    "from IPython.display import HTML, SVG, Javascript, Markdown, display\n"
    "display(HTML('<script>alert(1)</script><table><tr><td>kept</td></tr></table>'))\n"
    "display(Javascript('alert(2)'), Markdown('<img src=x onerror=alert(3)>'))\n"
    "display(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(4)</script></svg>'))\n"
    "display({'text/html': '<a href=\"javascript:alert(5)\">go</a>'}, raw=True)\n"
    "display({'text/latex': '<script>alert(6)</script>$x$'}, raw=True)\n"
)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = toy.release(tmp_path_factory.mktemp("course"))
    one = toy.Submission(course).solve(
        double="def double(number):\n    return {1: 2, 3: 6}[number]",
        total="def total(numbers):\n    return 0",
    )
    with_script_in_markdown(one.insert(SCRIPTS))
    one.hand_in(course, "ada")
    toy.run(course)
    return course


class Alerts(HTMLParser):
    """Collects what would run a script of the student's."""

    def __init__(self, page: str):
        super().__init__()
        self.found, self.in_script = [], False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.in_script = tag == "script"
        self.found += [value for _, value in attributes if "alert(" in (value or "")]

    def handle_endtag(self, tag):
        self.in_script = False

    def handle_data(self, data):
        if self.in_script and "alert(" in data:
            self.found.append(data)


def test_feedback_hides_tests_and_runs_no_script(course):
    nbgrader = Path(sys.executable).with_name("nbgrader")
    command = [nbgrader, "generate_feedback", toy.NAME]
    subprocess.run(command, cwd=course.root, env=os.environ, capture_output=True, check=True)
    page = (course.root / "feedback" / "ada" / toy.NAME / f"{toy.NAME}.html").read_text()
    assert "A hidden test of this question failed." in page
    for secret in ("a secret number", "KeyError", "HIDDEN", "largest) ==", "[5, 6, 7]"):
        assert secret not in page
    assert "AssertionError" in page  # of the visible test of `total`
    assert "kept" in page
    assert Alerts(page).found == []
    assert r"\href{javascript" not in page
    assert loaded_from_elsewhere(page) == []
    assert "<math" in page


def loaded_from_elsewhere(page: str) -> list[str]:
    """Return what a page fetches from other sites as it opens."""
    return re.findall(
        r"""<(?:script|img|link|iframe)[^>]+(?:src|href)=["'](?:https?:)?//[^"']+""", page
    )


def test_formgrader_runs_no_script_and_shows_all(course):
    config = course.config()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    about = dict.fromkeys(("assignment_id", "notebook_id", "base_url", "student"), "x")
    about |= {"submission_id": "x", "index": 0, "total": 1, "notebook_path": "x"}
    about |= {"last_name": "", "first_name": ""}
    path = course.root / "autograded" / "ada" / toy.NAME / f"{toy.NAME}.ipynb"
    page, _ = HTMLExporter(config=config).from_filename(str(path), resources=about)
    assert "a secret number" in page
    assert "kept" in page
    assert Alerts(page).found == []
    assert r"\href{javascript" not in page
    assert loaded_from_elsewhere(page) == []
    assert "<math" in page
