"""One list for each purpose: what they share must agree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
HEART = ("jupyter-book", "numpy", "matplotlib", "ipywidgets", "torch")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pins() -> dict[str, str]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-"))]
    return dict(line.split("==") for line in wanted)


def test_requirements_pin_each_package_once():
    text = (ROOT / "requirements.txt").read_text()
    names = re.findall(r"^([\w-]+)==", text, flags=re.MULTILINE)
    assert len(names) == len(set(names)) == len(pins())


def test_requirements_pin_the_packages_at_the_heart_of_the_book():
    assert set(HEART) <= set(pins())
    assert pins()["torch"] == "2.13.0"
    assert pins()["jupyter-book"].startswith("1.")


@pytest.mark.parametrize("extra", [None, *PROJECT["optional-dependencies"]])
def test_pins_satisfy_what_convlib_declares(extra):
    declared = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    for requirement in map(Requirement, declared):
        if requirement.name in pins():
            assert requirement.specifier.contains(pins()[requirement.name])
