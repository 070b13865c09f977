"""The page of concepts: every cell leads somewhere, and what is missing is excused."""

from __future__ import annotations

import re

import book_concepts
import pytest

from grading import sources
from tests.book.tools import TOP

CONCEPTS, EXCUSED = book_concepts.read_concepts(
    (TOP / "book/concepts.toml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", CONCEPTS)
def test_every_empty_cell_is_excused_with_a_reason_and_no_other(name):
    empty = {column for column in book_concepts.COLUMNS if column not in CONCEPTS[name]}
    excused = EXCUSED.get(name, {})
    assert empty == set(excused)
    assert all(len(reason) > 10 for reason in excused.values())
    assert set(CONCEPTS[name]) <= {"chapter", *book_concepts.COLUMNS}


def test_excuses_are_few_and_for_concepts_that_are_there():
    assert set(EXCUSED) <= set(CONCEPTS)
    cells = len(CONCEPTS) * len(book_concepts.COLUMNS)
    assert sum(map(len, EXCUSED.values())) < cells / 10


def test_every_link_leads_to_something(book_html):
    page = (book_html / "book/concepts.html").read_text(encoding="utf-8")
    (table,) = re.findall(r'<div class="concepts".*?</div>', page, flags=re.DOTALL)
    links = re.findall(r'<a href="([^"#]+)#([^"]+)" aria-label="([^"]+)"', table)
    assert len(links) == sum(len(places) - 1 for places in CONCEPTS.values())
    pages = {}
    for target, anchor, label in links:
        if target not in pages:
            pages[target] = (book_html / "book" / target).read_text(encoding="utf-8")
        assert f'id="{anchor}"' in pages[target], (label, target, anchor)


def test_sections_hold_what_the_column_says(book_html):
    """A figure has a picture, a comparison names PyTorch's functions, numbers are printed."""
    has = {
        "figure": r'<figure class="scene"|class="explorer|<img|<svg|class="output',
        "pytorch": r"torch|nn\.|F\.",
        "numbers": r"\d",
    }
    for name, places in CONCEPTS.items():
        for column, pattern in has.items():
            if column not in places:
                continue
            address = book_concepts.address(column, places[column], places["chapter"])
            target, anchor = address.split("#")
            page = (book_html / "book" / target).read_text(encoding="utf-8")
            section = page.split(f'<section id="{anchor}"', 1)[1].split("<h2", 2)
            text = section[0] + (section[1] if len(section) > 1 else "")
            if column == "pytorch":
                text = re.sub(r"<[^>]+>", "", text)
            assert re.search(pattern, text), (name, column, address)


def test_graded_items_are_answers_of_their_sets():
    for name, places in CONCEPTS.items():
        if "graded" in places:
            problem_set, answer = places["graded"].split("/")
            ids = {cell.id for cell in sources.read(problem_set).cells}
            assert answer in ids, (name, places["graded"])
