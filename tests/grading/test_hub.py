"""A class on JupyterHub: its settings, and one problem set on its way there and back."""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
import requests
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.coursedir import CourseDirectory
from traitlets.config import PyFileConfigLoader

from grading import nbgrader_plugins
from grading.course import Course
from grading.nbgrader_plugins import OwnedCollect
from tests.waiting import PATIENCE, wait_for

TOP = Path(__file__).parents[2]
CONFIG = TOP / "grading" / "jupyterhub_config.py"
HUB = [sys.executable, "-m", "jupyterhub", "-f", str(CONFIG)]
COURSE_ID = "convolution"
STUDENTS = {"ada": "return 2 * number", "grace": "return number + 2", "alan": None}
#: What a class with accounts of its own sets.
SETTINGS = """
c.JupyterHub.bind_url = "http://:8000"
c.JupyterHub.authenticator_class = "pam"
c.JupyterHub.spawner_class = "localprocess"
"""


def graded(cell, grade_id: str, **about):
    """Return the cell with nbgrader's marks."""
    marks = {"schema_version": 3, "grade_id": grade_id, "locked": False, "grade": False}
    cell.metadata["nbgrader"] = {**marks, "solution": False, "task": False, **about}
    return cell


def toy_assignment():
    """Return a source notebook: twice a number (2 points), and a sentence about it (1 point)."""
    answer = (
        "def twice(number):\n    ### BEGIN SOLUTION\n    return 2 * number\n    ### END SOLUTION"
    )
    test = "### BEGIN HIDDEN TESTS\nassert twice(21) == 42\n### END HIDDEN TESTS"
    sentence = {"grade": True, "solution": True, "points": 1}
    return new_notebook(
        cells=[
            graded(new_code_cell(answer), "twice", solution=True),
            graded(new_code_cell(test), "twice_test", grade=True, locked=True, points=2),
            graded(new_markdown_cell("Every even number."), "sentence", **sentence),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def hub_environment(folder: Path) -> dict[str, str]:
    settings = {"CONVLIB_HUB": str(folder / "hub"), "CONVLIB_COURSE": str(folder / "course")}
    return {**os.environ, **settings, "PYTHONPATH": str(TOP)}


def write_class(folder: Path, text: str):
    (folder / "hub").mkdir()
    (folder / "course").mkdir()
    (folder / "hub" / "class.py").write_text(text)


@contextmanager
def running_hub(folder: Path):
    """Yield the address of a hub whose files are in `folder`."""
    public, inner, proxy = free_ports(3)
    write_class(
        folder,
        f"c.JupyterHub.bind_url = 'http://127.0.0.1:{public}'\n"
        f"c.JupyterHub.hub_port = {inner}\n"
        f"c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:{proxy}'\n",
    )
    address = f"http://127.0.0.1:{public}"
    with (folder / "hub.log").open("w") as log:
        process = subprocess.Popen(HUB, env=hub_environment(folder), stdout=log, stderr=log)

        def is_up():
            assert process.poll() is None, (folder / "hub.log").read_text()
            try:
                return requests.get(f"{address}/hub/api", timeout=10).ok
            except requests.ConnectionError:
                return False

        try:
            wait_for(is_up, "the hub")
            yield address
        finally:
            process.terminate()
            process.wait(PATIENCE)


class User:
    """Somebody who logs in as people do and then uses their own server."""

    def __init__(self, address: str, name: str):
        self.name, self.server = name, f"{address}/user/{name}"
        self.session = requests.Session()
        page = self.session.get(f"{address}/hub/login", timeout=PATIENCE)
        form = {"username": name, "password": "", "_xsrf": self.session.cookies["_xsrf"]}
        page = self.session.post(f"{address}/hub/login", data=form, timeout=PATIENCE)
        page.raise_for_status()
        wait_for(lambda: self.get("lab").url.endswith(f"/user/{name}/lab"), f"{name}'s server")

    def get(self, path: str, **arguments):
        return self.session.get(f"{self.server}/{path}", params=arguments, timeout=PATIENCE)

    def send(self, method: str, path: str, **content):
        """Return the answer to a request that changes something, or raise."""
        cookie = next(
            one.value
            for one in self.session.cookies
            if one.name == "_xsrf" and one.path == f"/user/{self.name}/"
        )
        answer = self.session.request(
            method,
            f"{self.server}/{path}",
            headers={"X-XSRFToken": cookie},
            timeout=PATIENCE,
            **content,
        )
        answer.raise_for_status()
        return answer

    def instruct(self, action: str):
        """Press a button of formgrader."""
        answer = self.send("POST", f"formgrader/api/assignment/toy/{action}").json()
        assert answer["success"], json.dumps(answer, indent=1).replace("\\n", "\n")
        return answer

    def assignment(self, action: str) -> dict[str, dict]:
        """Press a button of the assignment list; return what it then shows, by status."""
        form = {"course_id": COURSE_ID, "assignment_id": "toy"}
        return self._by_status(self.send("POST", f"assignments/{action}", data=form).json())

    def assignments(self) -> dict[str, dict]:
        return self._by_status(self.get("assignments", course_id=COURSE_ID).json())

    @staticmethod
    def _by_status(answer: dict) -> dict[str, dict]:
        assert answer["success"], json.dumps(answer, indent=1).replace("\\n", "\n")
        return {one["status"]: one for one in answer["value"]}

    def notebook(self, path: str):
        model = self.get(f"api/contents/{path}").json()
        return nbformat.from_dict(model["content"])

    def save(self, path: str, notebook):
        model = {"type": "notebook", "content": notebook}
        self.send("PUT", f"api/contents/{path}", json=model)


def load_config(folder: Path, monkeypatch):
    for name in ("CONVLIB_HUB", "CONVLIB_COURSE"):
        monkeypatch.setenv(name, hub_environment(folder)[name])
    return PyFileConfigLoader(str(CONFIG)).load_config()


def test_hub_config_loads_as_a_trial_for_this_machine_alone(tmp_path, monkeypatch):
    write_class(tmp_path, "")
    settings = load_config(tmp_path, monkeypatch)
    assert urlsplit(settings.JupyterHub.bind_url).hostname == "127.0.0.1"
    for program in (*settings.Spawner.cmd, *settings.ConfigurableHTTPProxy.command):
        assert os.access(program, os.X_OK)
    modes = {name: (tmp_path / "hub" / name).stat().st_mode for name in ("private", "exchange")}
    assert {name: oct(mode & 0o7777) for name, mode in modes.items()} == {
        "private": "0o700",
        "exchange": "0o1777",
    }


@pytest.mark.parametrize("address", ["http://0.0.0.0:8000", "http://:8000", "http://192.0.2.1"])
def test_hub_refuses_the_trial_on_a_public_address(address, tmp_path, monkeypatch):
    write_class(tmp_path, f"c.JupyterHub.bind_url = '{address}'")
    with pytest.raises(SystemExit, match=r"by any name.*share one account"):
        load_config(tmp_path, monkeypatch)


def test_hub_takes_a_public_address_with_a_log_in_and_accounts_of_the_class(tmp_path, monkeypatch):
    write_class(tmp_path, SETTINGS)
    (tmp_path / "course").chmod(0o700)
    assert load_config(tmp_path, monkeypatch).JupyterHub.authenticator_class == "pam"


def test_hub_refuses_accounts_of_a_class_while_they_can_read_the_course(tmp_path, monkeypatch):
    write_class(tmp_path, SETTINGS)
    (tmp_path / "course").chmod(0o755)
    with pytest.raises(SystemExit, match=r"chmod o= .*course"):
        load_config(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory) -> str:
    """An empty gradebook; to make one takes seconds."""
    folder = tmp_path_factory.mktemp("gradebook")
    with Course(folder).gradebook():
        return f"sqlite:///{folder}/gradebook.db"


@pytest.fixture
def inbound(tmp_path) -> Path:
    """Where submissions wait in an exchange of a course in ``tmp_path``."""
    folder = tmp_path / "exchange" / COURSE_ID / "inbound"
    folder.mkdir(parents=True)
    return folder


def collect(course: Path, gradebook: str) -> dict[str, list[str]]:
    """Collect from the exchange; return the files of each student."""
    directory = CourseDirectory(
        root=str(course), course_id=COURSE_ID, assignment_id="toy", db_url=gradebook
    )
    OwnedCollect(coursedir=directory, root=str(course / "exchange")).start()
    students = (course / "submitted").iterdir()
    return {path.name: sorted(os.listdir(path / "toy")) for path in students}


def test_collect_leaves_out_what_another_account_handed_in(inbound, gradebook, tmp_path):
    me = getpass.getuser()
    for name in (me, "mallory"):
        folder = inbound / f"{name}+toy+2026-01-01 00:00:00.000000 UTC+x"
        folder.mkdir()
        (folder / "toy.ipynb").write_text("{}")
    assert collect(tmp_path, gradebook) == {me: ["toy.ipynb"]}


def test_collect_takes_the_newest_of_the_students_own(inbound, gradebook, tmp_path, monkeypatch):
    for day, owner in enumerate(("ada", "ada", "mallory"), start=1):
        folder = inbound / f"ada+toy+2026-01-0{day} 00:00:00.000000 UTC+{owner}"
        folder.mkdir()
        (folder / f"day{day}.ipynb").write_text("{}")
    monkeypatch.setattr(nbgrader_plugins, "find_owner", lambda path: path.rsplit("+", 1)[1])
    assert collect(tmp_path, gradebook) == {"ada": ["day2.ipynb"]}


def test_collect_follows_no_link(inbound, gradebook, tmp_path):
    folder = inbound / f"{getpass.getuser()}+toy+2026-01-01 00:00:00.000000 UTC+x"
    folder.mkdir()
    (tmp_path / "solutions.ipynb").write_text("secret")
    (folder / "toy.ipynb").write_text("{}")
    (folder / "link.ipynb").symlink_to(tmp_path / "solutions.ipynb")
    (folder / "links").symlink_to(tmp_path)
    assert collect(tmp_path, gradebook) == {getpass.getuser(): ["toy.ipynb"]}


@pytest.mark.long
def test_problem_set_goes_from_the_instructor_to_three_students_and_back(tmp_path):
    with running_hub(tmp_path) as address:
        source = tmp_path / "course" / "source" / "toy" / "toy.ipynb"
        source.parent.mkdir(parents=True)
        nbformat.write(toy_assignment(), source)
        instructor = User(address, "instructor")
        for action in ("assign", "release"):
            instructor.instruct(action)

        students = [User(address, name) for name in STUDENTS]
        for student in students:
            assert list(student.assignments()) == ["released"]
            assert list(student.assignment("fetch")) == ["fetched"]
            notebook = student.notebook("toy/toy.ipynb")
            assert "twice(21)" not in json.dumps(notebook)
            if STUDENTS[student.name]:
                notebook.cells[0].source = f"def twice(number):\n    {STUDENTS[student.name]}"
                student.save("toy/toy.ipynb", notebook)
            shown = student.assignment("submit")
            assert [one["student_id"] for one in shown["submitted"]["submissions"]] == [
                student.name
            ]

        assert "3 submissions" in instructor.instruct("collect")["log"]
        grading = subprocess.run(
            [sys.executable, "-m", "grading", "toy", "--course", "."],
            cwd=tmp_path / "course",  # where the instructor's terminal opens
            env=hub_environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
        )
        assert grading.returncode == 0, grading.stdout + grading.stderr
        button = instructor.send("POST", "formgrader/api/submission/toy/ada/autograde").json()
        assert "use python -m grading toy" in button["error"]
        shown = instructor.get("formgrader/api/submissions/toy").json()
        scores = {one["student"]: one["score"] for one in shown}
        assert scores == {"ada": 2, "grace": 0, "alan": 0}

        for action in ("generate_feedback", "release_feedback"):
            instructor.instruct(action)
        for student in students:
            submitted = student.assignment("fetch_feedback")["submitted"]["submissions"][0]
            page = student.get(f"files/{submitted['local_feedback_path']}/toy.html").text
            words = " ".join(re.sub("<[^>]*>", "", page).split())
            assert ("2.0 / 3.0" if student.name == "ada" else "0.0 / 3.0") in words
            assert (STUDENTS[student.name] or "NotImplementedError") in words

        outsider = students[0].session.get(f"{address}/user/grace/api/contents", timeout=PATIENCE)
        assert outsider.status_code == 403
        assert students[0].get("formgrader/api/submissions/toy").status_code == 404
