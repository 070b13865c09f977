"""What runs on GitHub: files that GitHub accepts, which name only what there is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import yaml

from tests.book.tools import make_book
from tests.server import LocalServer

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
SCHEMAS = {
    "workflows/*.yml": "vendor.github-workflows",
    "actions/*/action.yml": "vendor.github-actions",
    "dependabot.yml": "vendor.dependabot",
}
WORKFLOWS = {path.stem: path for path in GITHUB.glob("workflows/*.yml")}
BIN = Path(sys.executable).parent


def loaded(path: Path) -> dict:
    """Return a workflow; YAML takes its key `on` for a truth value."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in data.items()}


def steps() -> list[dict]:
    """Return every step of every workflow, and of the actions that they share."""
    jobs = [job for path in WORKFLOWS.values() for job in loaded(path)["jobs"].values()]
    jobs += [loaded(path)["runs"] for path in GITHUB.glob("actions/*/action.yml")]
    return [step for job in jobs for step in job["steps"]]


def last_command(target: str, folder: Path, **variables: str) -> str:
    """Return what make runs last for a target, with the tools of these tests."""
    for name in ("Makefile", "requirements.txt", "pyproject.toml", "book/_ext/book_links.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    arguments = [f"{name}={value}" for name, value in {"BIN": BIN, **variables}.items()]
    result = subprocess.run(
        ["make", "--no-print-directory", "-n", target, *arguments],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.splitlines()[-1]


@pytest.mark.parametrize("pattern", SCHEMAS)
def test_files_fit_the_published_schemas(pattern):
    files = list(GITHUB.glob(pattern))
    assert files
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS[pattern]]
    result = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_actions_are_pinned_or_here():
    used = [step["uses"] for step in steps() if "uses" in step]
    assert len(used) > 5
    for action in used:
        if action.startswith("./"):
            assert (ROOT / action / "action.yml").is_file(), action
        else:
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+(\.\d+)*", action), action


def test_every_command_is_there():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*##", text, flags=re.MULTILINE))
    commands = [line for step in steps() for line in step.get("run", "").splitlines()]
    made = [re.match(r"make ([a-z-]+)", line) for line in commands]
    assert {match[1] for match in made if match} == {
        "frameworks",
        "package",
        "publish",
        "links",
        "mutants",
        "newest",
        "oldest",
        "test-all",
    }
    assert {match[1] for match in made if match} <= targets
    assert ".ci/run" in commands
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_every_file_that_decides_what_is_kept_is_there():
    text = "".join(path.read_text(encoding="utf-8") for path in GITHUB.rglob("*.yml"))
    named = re.findall(r"'([^'\s]+\.(?:txt|toml|py|md))'", text)
    named += re.findall(r"^ +(\S+\.(?:txt|toml))$", text, flags=re.MULTILINE)
    assert len(named) > 4
    for pattern in named:
        assert any(ROOT.glob(pattern)), pattern


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflow_may_do_no_more_than_it_needs(name):
    workflow = loaded(WORKFLOWS[name])
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["group"]
    for job_name, job in workflow["jobs"].items():
        assert ("permissions" in job) is (job_name == "publish")
        assert job["timeout-minutes"] <= 120


def test_only_the_tested_main_branch_is_published():
    book = loaded(WORKFLOWS["book"])
    publish = book["jobs"]["publish"]
    assert publish["if"] == "github.ref == 'refs/heads/main'"
    assert publish["needs"] == "test"
    assert "BOOK_URL" in publish["env"]
    assert loaded(WORKFLOWS["weekly"])["on"]["schedule"]


@pytest.mark.parametrize(
    ("address", "kept"),
    [("https://someone.github.io/cells/", None), ("https://cells.example", "cells.example\n")],
)
def test_publishing_puts_the_book_on_its_branch(tmp_path, address, kept):
    """The branch holds the book and nothing else, in one commit however often it is published."""
    server, work = tmp_path / "server.git", tmp_path / "work"
    html = work / "_build" / "html"
    html.mkdir(parents=True)

    def git(*arguments: str) -> str:
        who = ("-c", "user.name=someone", "-c", "user.email=someone@example.org")
        command = ["git", "-C", work, *who, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    subprocess.run(["git", "init", "-q", "--bare", server], check=True)
    git("init", "-q")
    git("config", "user.name", "someone")
    git("config", "user.email", "someone@example.org")
    git("remote", "add", "origin", str(server))
    for text in ("one", "two"):
        (html / "index.html").write_text(text, encoding="utf-8")
        command = last_command("publish", work, BOOK_URL=address)
        subprocess.run(command, shell=True, cwd=work, check=True)
    git("fetch", "-q", "origin", "gh-pages")
    names = set(git("ls-tree", "-r", "--name-only", "FETCH_HEAD").split())
    assert names == {"index.html", ".nojekyll"} | ({"CNAME"} if kept else set())
    assert git("show", "FETCH_HEAD:index.html") == "two"
    assert git("rev-list", "--count", "FETCH_HEAD") == "1\n"
    if kept:
        assert git("show", "FETCH_HEAD:CNAME").strip() == kept.strip()


def test_publishing_needs_an_address(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    command = ["make", "--no-print-directory", "publish", "BOOK_URL="]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode
    assert result.stdout == (
        "where will the book be? make publish BOOK_URL=https://someone.github.io/cells\n"
    )


class OnePage(BaseHTTPRequestHandler):
    """Has one page."""

    def do_GET(self):
        self.send_response(200 if self.path == "/there" else 404)
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815 - as http.server calls it


@pytest.fixture
def server():
    with LocalServer(OnePage) as running:
        yield running.url


@pytest.mark.parametrize("page", ["there", "gone"])
def test_broken_links_are_named(tmp_path, server, page):
    make_book(tmp_path, index=f"# A\n\nA [link]({server}/{page}).\n")
    result = subprocess.run(
        last_command("links", tmp_path),
        shell=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert (result.returncode == 0) is (page == "there"), result.stdout[-2000:]
    said = re.sub(r"\x1b\[[\d;]*m", "", result.stdout)  # without its colours
    assert (f"broken    {server}/gone - 404" in said) is (page == "gone"), said[-2000:]


def test_newest_versions_come_from_the_one_list(tmp_path):
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    subprocess.run(["make", "-s", "_build/newest.txt"], cwd=tmp_path, check=True)

    def entries(path: Path) -> list[str]:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line and not line.startswith("#")]

    pinned, newest = entries(ROOT / "requirements.txt"), entries(tmp_path / "_build/newest.txt")
    assert not [line for line in newest if "==" in line]
    names = [re.match(r"[\w.-]+", line)[0] for line in pinned]
    assert [re.match(r"[\w.-]+", line)[0] for line in newest] == names
    assert "jupyter-book<2" in newest
