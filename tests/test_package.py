"""What is put on PyPI: built, checked, complete, and tested from its own files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import convlib

ROOT = Path(__file__).parent.parent
NAME = "convolution_arithmetic"


def run(*command, cwd=ROOT):
    environment = {**os.environ, "PYTHONPATH": str(cwd), "NO_COLOR": "1"}
    result = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        cwd=cwd, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return result.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The source as a checkout holds it, built; setuptools leaves folders in it."""
    folder = tmp_path_factory.mktemp("package")
    source = folder / "source"
    made = shutil.ignore_patterns("__pycache__")
    for name in ("convlib", "tests", "book/exercises"):
        shutil.copytree(ROOT / name, source / name, ignore=made)
    for name in ("pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy(ROOT / name, source / name)
    run("build", "--no-isolation", "--outdir", folder / "made", source)
    return folder / "made"


def test_both_forms_pass_the_check(package):
    names = {path.name for path in package.iterdir()}
    version = convlib.__version__
    assert names == {f"{NAME}-{version}.tar.gz", f"{NAME}-{version}-py3-none-any.whl"}
    assert run("twine", "check", "--strict", *package.iterdir()).count("PASSED") == 2


def test_the_wheel_has_the_package_its_types_and_its_command(package):
    with zipfile.ZipFile(next(package.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
        points = wheel.read(f"{NAME}-{convlib.__version__}.dist-info/entry_points.txt").decode()
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "convlib").rglob("*.py")}
    assert modules | {"convlib/py.typed"} <= names
    assert not any(name.startswith("tests") for name in names)
    assert "convlib = convlib.__main__:main" in points


def test_tests_run_from_the_source(package, tmp_path):
    # The method's `filter` is newer than some Pythons of 3.11, and missed by 3.12 when not given.
    run("tarfile", "--extract", next(package.glob("*.tar.gz")), tmp_path)
    (source,) = tmp_path.iterdir()
    said = run(
        "pytest", "-q", "-p", "no:cacheprovider", "tests/test_arithmetic.py",
        "tests/network/test_chain.py", "tests/network/test_command.py", cwd=source,
    )  # fmt: skip
    assert " passed" in said


def test_the_name_is_the_same_wherever_it_stands():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"].replace("-", "_") == NAME
    assert f"pip install {project['name']}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_version_is_the_same_wherever_it_stands():
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    assert cited[1] == convlib.__version__
