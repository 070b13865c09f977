"""The questions as cards for Anki: one deck for each chapter, in one file beside the pages.

A question is one note with a card for each of a few variants, not a note for each: so Anki knows
that they are siblings, and can keep them apart. Cards are read from the forms of the questions, in
which all variants are packed already.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tempfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import genanki
from book_alone import contents_order
from sphinx.application import Sphinx
from sphinx.util import logging

from convlib.draw.looks import css_variables

LOGGER = logging.getLogger(__name__)

FILE = "convolution-cell-by-cell.apkg"
#: How many variants of a question become cards.
VARIANTS = 3
DATA = re.compile(r'data-kind="(\w+)" data-question="([^"]+)"')
#: What is for the page alone: what is clicked, and what says so.
CLICKED = re.compile(r"<input[^>]*>|: choose here(?=</p>)")
RELEASED = re.compile(r"^date-released: (\d{4}-\d\d-\d\d)$", re.MULTILINE)
TIME = (1980, 1, 1, 0, 0, 0)
#: How a card looks, besides the colours of the roles.
STYLE = """
.card { max-width: 40rem; margin: 0 auto; padding: 0.5rem; text-align: left;
  font: 1.15rem/1.5 system-ui, sans-serif; color: #1f262d; background: #fff; }
.card.nightMode { color: #e8ecf0; background: #14181d; }
.option { display: list-item; margin: 0.4rem 0 0.4rem 1.5rem; }
.grids { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; align-items: flex-start; }
.grid { max-width: 100%; }
.grid-title { margin: 0.6rem 0 0.2rem; font-size: 0.9rem; }
.grid svg { display: block; width: calc(var(--columns) * 28px); max-width: 100%; height: auto;
  overflow: visible; }
.grid svg g { font-size: 11px; }
.grid text { fill: var(--ink); font-family: system-ui, sans-serif; font-size: inherit;
  text-anchor: middle; dominant-baseline: central; }
.grid svg rect.lit { stroke: var(--lit); stroke-width: 2; stroke-dasharray: none; }
.legend { margin: 0.6rem 0 0; padding: 0; font-size: 0.9rem; list-style: none; }
.legend svg { width: 20px; margin-right: 0.4rem; vertical-align: middle; }
"""


def stable_id(name: str) -> int:
    """Return a number for a name, of the size that Anki's are.

    Examples
    --------
    >>> 2**30 <= stable_id("a deck") < 2**31
    True
    """
    return 2**30 + int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % 2**30


def style() -> str:
    """Return the style of the cards; in the dark, Anki gives them a class."""
    return STYLE + css_variables().replace('html[data-theme="dark"]', ".card.nightMode")


def model() -> genanki.Model:
    """Return what all notes have alike: a name, and the two sides of each card."""
    numbers = range(1, VARIANTS + 1)
    sides = [{"name": f"{side} {number}"} for number in numbers for side in ("Front", "Back")]
    return genanki.Model(
        stable_id(f"{FILE} with {VARIANTS} variants"),
        "Convolution, Cell by Cell",
        fields=[{"name": "Name"}, *sides],
        templates=[
            {
                "name": f"Variant {number}",
                "qfmt": f"{{{{Front {number}}}}}",
                "afmt": f"{{{{FrontSide}}}}<hr id=answer>{{{{Back {number}}}}}",
            }
            for number in numbers
        ],
        css=style(),
    )


def sides(kind: str, packed: str) -> Iterator[tuple[str, str]]:
    """Yield the front and the back of each card of a question, as its form packs it."""
    content = json.loads(zlib.decompress(base64.b64decode(packed)))
    variants = zip(content["texts"], content["fields"], content["solutions"], strict=True)
    for text, fields, solution in list(variants)[:VARIANTS]:
        # What is typed is thought instead; options and pictures are shown, to be answered in mind.
        shown = CLICKED.sub("", fields) if kind in ("choice", "cells") else ""
        yield f"<p>{text}</p>{shown}", solution


def decks(app: Sphinx) -> Iterator[genanki.Deck]:
    """Yield a deck for each page with questions, in the order of the book."""
    notes = model()
    pages = sorted(app.env.book_forms, key=contents_order(app))
    for number, page in enumerate(pages, 1):
        title, chapter = app.env.titles[page].astext(), page.rpartition("/")[2]
        name = f"{app.config.html_title}::{number:02} {title}"
        deck = genanki.Deck(stable_id(f"{FILE} {chapter}"), name)
        for question, form in app.env.book_forms[page].items():
            kind, packed = DATA.search(form).groups()
            fields = [question, *(side for card in sides(kind, packed) for side in card)]
            guid = genanki.guid_for(FILE, question)
            deck.add_note(genanki.Note(notes, fields, guid=guid, tags=[chapter]))
        yield deck


def released(top: Path) -> float:
    """Return when this edition came out: who imports a later one gets what changed."""
    citation = top / "CITATION.cff"
    date = RELEASED.search(citation.read_text(encoding="utf-8")) if citation.is_file() else None
    day = datetime.fromisoformat(date[1]) if date else datetime(*TIME)
    return day.replace(tzinfo=UTC).timestamp()


def packed(package: genanki.Package, time: float) -> bytes:
    """Return a package as a file; the same cards are the same file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, FILE)
        package.write_to_file(path, time)
        with ZipFile(path) as written, ZipFile(file := BytesIO(), "w") as archive:
            for name in written.namelist():
                archive.writestr(ZipInfo(name, TIME), written.read(name), ZIP_DEFLATED)
    return file.getvalue()


def write_cards(app: Sphinx, exception: Exception | None) -> None:
    """Write the cards beside the pages."""
    if exception or app.builder.format != "html" or not app.env.book_forms:
        return
    found = list(decks(app))
    data = packed(genanki.Package(found), released(Path(app.srcdir)))
    Path(app.outdir, FILE).write_bytes(data)
    notes = sum(len(deck.notes) for deck in found)
    LOGGER.info("cards for Anki: %s, %d notes, %.1f MB", FILE, notes, len(data) / 1e6)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("build-finished", write_cards)  # before the whole book is packed
    return {"parallel_read_safe": True, "parallel_write_safe": True}
