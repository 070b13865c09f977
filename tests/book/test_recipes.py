"""The recipes of CONTRIBUTING.md for a chapter and an explorer, followed to the letter."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.book.tools import BUILT, TOP, build, make_book

RECIPES = (TOP / "CONTRIBUTING.md").read_text(encoding="utf-8")


def recipe(title: str, language: str) -> str:
    """Return the block that a recipe shows."""
    text = RECIPES.partition(f"**{title}**")[2]
    return re.search(rf"^(`{{3,}}){language}\n(.*?)^\1$", text, re.MULTILINE | re.DOTALL)[2]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A copy of the project with the chapter and the explorer of the recipes."""
    top = tmp_path_factory.mktemp("recipes")
    chapter = f"{recipe('A chapter', 'md')}\n{recipe('A prompt', 'md')}"
    make_book(top, index="# A book\n\nText.\n", doubling=chapter)
    explorers = top / "convlib" / "explorers"
    (explorers / "double.py").write_text(recipe("An explorer", "python"), encoding="utf-8")
    names = (explorers / "__init__.py").read_text(encoding="utf-8")
    for before, added in (
        (
            "\n__all__ = [\n",
            'from convlib.explorers.double import double\n\n__all__ = [\n    "double",\n',
        ),
        ("    for explorer in (\n", "    for explorer in (\n        double,\n"),
    ):
        assert names.count(before) == 1
        names = names.replace(before, added)
    (explorers / "__init__.py").write_text(names, encoding="utf-8")
    return top


def test_chapter_and_explorer_build(book):
    result = build(book)
    assert result.returncode == 0, result.stdout[-2000:]
    page = (book / BUILT / "book" / "doubling.html").read_text(encoding="utf-8")
    assert 'id="explorer-double"' in page
    assert 'data-explorer="double" data-state="number=3"' in page
    assert "It is 6: each step" in page
    assert '<meta content="What doubling a number does to it." name="description"' in page
    assert (book / BUILT / "book" / "doubling.ipynb").is_file()
    packs = [path.name for path in (book / BUILT / "_static/explorers").iterdir()]
    assert [name.partition(".")[0] for name in packs] == ["double"]


def test_explorer_fits_its_place_and_is_well_formed(book):
    """The rules that every module is held to, and the explorer in its notebook form."""
    for command in (
        ["ruff", "check", "--config", TOP / "pyproject.toml"],
        ["ruff", "format", "--check"],
    ):
        file = book / "convlib" / "explorers" / "double.py"
        subprocess.run([sys.executable, "-m", *command, file], cwd=TOP, check=True)
    program = (
        "from convlib.explorers import double\n"
        "live = double()\n"
        "live.controls['number'].value = 3\n"
        "assert 'Twice 3 is 6.' in live.words.value, live.words.value\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=book, check=True)
