"""What Binder makes of this repository: repo2docker's own plan, and the settings it leaves."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.jupyter import post_build

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def dockerfile():
    """The Dockerfile that repo2docker would build; it says so without Docker."""
    result = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", "--debug", ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout + result.stderr


def test_python_is_the_one_that_is_tested(dockerfile):
    found = re.search(r"Building conda environment for python=(\S+)", dockerfile)
    chosen = (ROOT / "binder/runtime.txt").read_text().strip().removeprefix("python-")
    assert found[1] == chosen == "3.11"


def test_repository_is_there_before_its_list_is_installed(dockerfile):
    """The list names the folder above it, so nothing may be installed from the list alone."""
    copied = re.search(r"^COPY .*src/ \$\{REPO_DIR\}", dockerfile, flags=re.MULTILINE)
    installed = dockerfile.index('pip install --no-cache-dir -r "binder/requirements.txt"')
    assert copied.start() < installed < dockerfile.index("./binder/postBuild")


def test_list_is_the_one_of_the_book_and_torch_has_no_gpu():
    lines = (ROOT / "binder/requirements.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        "--extra-index-url https://download.pytorch.org/whl/cpu",
        "-r ../requirements.txt",
    ]


def test_post_build_can_be_run():
    assert os.access(ROOT / "binder/postBuild", os.X_OK)


def test_post_build_fills_the_environment_of_python(tmp_path):
    post_build(tmp_path)
    environment = ROOT / "binder/environment"
    expected = sorted(path.relative_to(environment) for path in environment.rglob("*"))
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == expected


def test_make_installs_the_same_settings():
    assert "cp -R binder/environment/. $(VENV)" in (ROOT / "Makefile").read_text()
