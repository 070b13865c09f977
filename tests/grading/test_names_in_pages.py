"""Names that strangers chose are data in every page that formgrader shows: in a browser."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from zipfile import ZipFile

import pytest
from playwright.sync_api import sync_playwright

from grading import lms
from tests.browser import launch_chromium
from tests.grading import toy
from tests.waiting import wait_for

pytestmark = pytest.mark.long
PAYLOAD = "<img src=x onerror=\"window.alarm='NAME'\">"
#: Each in a field of its own of what a learning management system hands out.
METADATA = """\
submission_1:
  :submitters:
  - :name: {name}
    :sid: ada
    :email: {email}
submission_2:
  :submitters:
  - :name: Bob
    :sid: {sid}
"""
SHOWS = """\
from IPython.display import HTML, Markdown, display
display(HTML("<img src=x onerror=\\"window.alarm='HTML'\\"><b class='modal-backdrop'>x</b>"))
display(Markdown("<svg onload=\\"window.alarm='MARKDOWN'\\"> [x](javascript:window.alarm='LINK')"))
display({"image/png": "x\\" onerror=\\"window.alarm='PNG'"}, raw=True)
display(HTML("<style>body {display: none}</style><p style='position:fixed;inset:0'>over all</p>"))
display(HTML("<img src='http://127.0.0.1:9/seen.png'>"))
print("<script>window.alarm='STREAM'</script>")
raise ValueError("<script>window.alarm='ERROR'</script>")
"""


def collected(course):
    """Hand in, collect and grade a notebook with a payload wherever a student can put one."""
    one = toy.Submission(course).solve().insert(SHOWS)
    one["essay"].source = f"{PAYLOAD} and $x^2$"
    path = course.root / "export.zip"
    names = {"name": PAYLOAD, "email": PAYLOAD, "sid": PAYLOAD}
    with ZipFile(path, "w") as archive:
        text = METADATA.format(**{field: json.dumps(name) for field, name in names.items()})
        archive.writestr("export/submission_metadata.yml", text)
        archive.writestr("export/submission_1/a.ipynb", one.text())
        archive.writestr(f"export/submission_1/{PAYLOAD.replace('/', '')}.txt", "x")
        archive.writestr("export/submission_2/a.ipynb", one.text())
    lms.main(["collect", str(path), toy.NAME, "--course", str(course.root)])
    assert toy.run(course).returncode == 0


@pytest.fixture(scope="module")
def formgrader(tmp_path_factory):
    """The course's formgrader, by its address."""
    course = toy.release(tmp_path_factory.mktemp("course"))
    collected(course)
    log = (course.root / "server.log").open("w+")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter", "server", "--no-browser", "--IdentityProvider.token=",
         "--ServerApp.port=0", "--ServerApp.port_retries=0", "--allow-root",
         "--ServerApp.jpserver_extensions=nbgrader.server_extensions.formgrader=True"],
        cwd=course.root, stdout=log, stderr=log, env=os.environ | {"PYTHONPATH": str(toy.ROOT)},
    )  # fmt: skip

    def address() -> str:
        found = re.search(r"http://127\.0\.0\.1:\d+/", (course.root / "server.log").read_text())
        return found[0] if found else ""

    try:
        wait_for(address, "formgrader", 60)
        with course.gradebook() as gradebook:
            (notebook,) = gradebook.find_submission(toy.NAME, "ada").notebooks
            key = notebook.id
        yield address(), key
    finally:
        server.kill()
        server.wait()
        log.close()


PAGES = (
    "manage_students",
    "manage_students/ada",
    f"manage_students/ada/{toy.NAME}",
    "manage_assignments",
    f"manage_submissions/{toy.NAME}",
    f"gradebook/{toy.NAME}/{toy.NAME}",
    "submission",
)


@pytest.mark.parametrize("page", PAGES)
def test_no_name_and_no_answer_runs_a_script(formgrader, page):
    address, key = formgrader
    path = f"submissions/{key}" if page == "submission" else page
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        tab = browser.new_page()
        asked = []
        tab.on("request", lambda request: asked.append(request.url))
        answer = tab.goto(f"{address}formgrader/{path}", wait_until="networkidle")
        assert answer.status == 200
        text = tab.inner_text("body")
        assert "ada" in text or "alarm" in text or toy.NAME in text
        assert tab.evaluate("window.alarm") is None
        assert [url for url in asked if not url.startswith((address, "data:"))] == []
        if page == "submission":
            assert tab.locator("math").count() >= 1
            assert tab.locator(".modal-backdrop").count() == 0
            over = tab.get_by_text("over all", exact=True).evaluate(
                "e => getComputedStyle(e).position"
            )
            assert over == "static"
        browser.close()
