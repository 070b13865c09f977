"""The cards for Anki: every question with its answers, and the same file for the same book."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from contextlib import closing
from zipfile import ZipFile

import book_anki
import genanki
import pytest

from convlib.questions.declaration import Board
from tests.draw.test_looks import contrast
from tests.questions.tools import chapters_with_questions, questions_of_book

FILE = "convolution-cell-by-cell.apkg"
#: Between the fields of a note.
FIELDS = "\x1f"
VARIANTS = 3


@pytest.fixture(scope="module")
def collection(book_html, tmp_path_factory):
    """What Anki reads of the file: notes, cards and decks."""
    path = tmp_path_factory.mktemp("anki") / "collection.anki2"
    with ZipFile(book_html / FILE) as archive:
        path.write_bytes(archive.read("collection.anki2"))
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        yield database


@pytest.fixture(scope="module")
def notes(collection):
    """The fields of each note, by the name of its question."""
    rows = [row["flds"].split(FIELDS) for row in collection.execute("select flds from notes")]
    return {name: sides for name, *sides in rows}


def text(markup: str) -> str:
    """Return what is read on a card, spaces left out."""
    return re.sub(r"\s", "", html.unescape(re.sub("<[^>]+>", "", markup)))


def plain(words: str) -> str:
    return re.sub(r"[\s`]", "", words)


def test_every_question_is_a_note_with_a_card_for_each_variant(collection, notes):
    assert set(notes) == {question.name for question in questions_of_book()}
    cards = collection.execute("select nid, count(*) as cards from cards group by nid").fetchall()
    assert len(cards) == len(notes)
    assert {row["cards"] for row in cards} == {VARIANTS}


def test_cards_ask_the_questions_and_hold_the_answers(notes):
    for question in questions_of_book():
        sides = notes[question.name]
        assert len(sides) == 2 * VARIANTS
        for case, front, back in zip(question.cases, sides[::2], sides[1::2], strict=False):
            assert text(front).startswith(plain(case.text))
            assert text(back).startswith(plain(case.solution))
            assert "<input" not in front + back
            assert "choose here" not in front
            if isinstance(case.shown, tuple):
                assert text(front) == plain(case.text + "".join(case.shown))
            if not isinstance(case.shown, Board):
                assert "<svg" not in front + back


def outlined(grid: str, columns: int) -> set[tuple[int, int]]:
    """Return the (row, column) of the cells that are outlined in a grid's SVG."""
    cells = re.findall(r'<rect class="([^"]+)"', grid)
    return {divmod(at, columns) for at, role in enumerate(cells) if "lit" in role.split()}


def test_pictures_show_the_right_cells_on_the_back_alone(notes):
    seen = 0
    for question in questions_of_book():
        sides = notes[question.name]
        for case, front, back in zip(question.cases, sides[::2], sides[1::2], strict=False):
            if isinstance(case.shown, Board):
                columns = case.shown.chosen_in.shape[1]
                name = case.shown.grid
                (asked,) = re.findall(rf'<div class="grid" data-grid="{name}".*?</svg>', front)
                assert outlined(asked, columns) == case.shown.asked.get(name, set())
                (solved,) = re.findall(r'<div class="grid" data-grid=.*?</svg>', back)
                assert outlined(solved, columns) == case.right_cells
                seen += 1
    assert seen > 20


def test_each_chapter_is_a_deck_in_the_order_of_the_book(collection):
    (row,) = collection.execute("select decks from col")
    names = {int(number): deck["name"] for number, deck in json.loads(row["decks"]).items()}
    decks = [name for name in sorted(names.values()) if "::" in name]
    assert len(decks) == len(chapters_with_questions())
    assert [name.partition("::")[2][:3] for name in decks] == [
        f"{number:02} " for number in range(1, len(decks) + 1)
    ]
    assert decks[0] == "Convolution, Cell by Cell::01 Seeing"
    rows = collection.execute("select flds, tags, did from cards join notes on nid = notes.id")
    for fields, tags, deck in rows:
        question, chapter = fields.split(FIELDS)[0], tags.strip()
        assert question in {one.name for one in chapters_with_questions()[chapter]}
        assert names[deck] in decks


def test_guids_are_those_of_the_names(collection):
    for row in collection.execute("select guid, flds from notes"):
        assert row["guid"] == genanki.guid_for(FILE, row["flds"].split(FIELDS)[0])


def test_the_same_cards_are_the_same_file_and_later_editions_are_newer(tmp_path):
    def package():
        deck = genanki.Deck(book_anki.stable_id("deck"), "deck")
        sides = [f"side {number}" for number in range(2 * book_anki.VARIANTS)]
        deck.add_note(genanki.Note(book_anki.model(), ["name", *sides], guid="one"))
        return genanki.Package([deck])

    (tmp_path / "CITATION.cff").write_text("version: 1\ndate-released: 2026-11-21\n")
    first = book_anki.released(tmp_path)
    assert book_anki.packed(package(), first) == book_anki.packed(package(), first)
    (tmp_path / "CITATION.cff").write_text("version: 2\ndate-released: 2027-01-02\n")
    assert book_anki.released(tmp_path) - first == 42 * 24 * 3600


def test_cards_are_readable_in_both_themes(chromium, collection, notes):
    (row,) = collection.execute("select models from col")
    (model,) = json.loads(row["models"]).values()
    page = chromium.new_page(viewport={"width": 320, "height": 700})
    front = notes["stride-window"][0]
    page.set_content(f"<style>{model['css']}</style><body class='card'>{front}</body>")
    colours = """() => {
      const look = (query) => getComputedStyle(document.querySelector(query));
      return [look("body").backgroundColor, look("body").color,
        look(".grid text").fill, look(".grid rect.role-input").fill];
    }"""
    light = page.evaluate(colours)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    page.evaluate("() => document.body.classList.add('nightMode')")
    dark = page.evaluate(colours)
    assert all(one != other for one, other in zip(light, dark, strict=True))
    for ground, ink in (light[:2], dark[:2], light[:1:-1], dark[:1:-1]):
        assert contrast(rgb(ground), rgb(ink)) > 4.5
    page.close()


def rgb(colour: str) -> str:
    """Return a colour as a style computes it, `rgb(1, 2, 3)`, in hexadecimal."""
    return "#" + bytes(map(int, re.findall(r"\d+", colour)[:3])).hex()
