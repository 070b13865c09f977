"""The oldest versions that pyproject.toml allows: NumPy's here, all of them by `make oldest`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: Modules of the arithmetic, whose examples need nothing but NumPy.
MODULES = ("arithmetic", "geometry", "operations", "fast", "loops", "matrix", "cost", "separable")


def oldest(requirements) -> list[str]:
    """Return the oldest version that each requirement allows, pinned."""
    return [requirement.replace(">=", "==") for requirement in requirements]


@pytest.fixture(scope="module")
def old_numpy(tmp_path_factory):
    """A folder with the oldest NumPy, which imports take it from first."""
    folder = tmp_path_factory.mktemp("numpy")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder]
    subprocess.run([*pip, *oldest(PROJECT["dependencies"])], check=True)
    return folder


def test_convlib_runs_with_the_oldest_numpy(old_numpy):
    (version,) = re.findall(r"==(\d+\.\d+)", " ".join(oldest(PROJECT["dependencies"])))
    program = (
        f"import numpy, pytest, sys; assert numpy.__version__.startswith('{version}.')\n"
        "sys.exit(pytest.main(sys.argv[1:]))"
    )
    files = [f"convlib/{name}.py" for name in MODULES] + ["tests/test_matrix.py"]
    result = subprocess.run(
        [sys.executable, "-c", program, "-q", "-p", "no:cacheprovider", *files],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(old_numpy), str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-1000:]


def test_the_list_of_make_oldest_is_that_of_the_project(tmp_path):
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    subprocess.run(["make", "--silent", "_build/oldest.txt"], cwd=tmp_path, check=True)
    lines = (tmp_path / "_build/oldest.txt").read_text(encoding="utf-8").splitlines()
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["explorers"]]
    assert lines[-len(wanted) :] == oldest(wanted)
    names = [re.match(r"[\w-]+", line)[0] for line in lines if re.match(r"\w", line)]
    assert len(set(names)) == len(names), "a package is asked for twice"
