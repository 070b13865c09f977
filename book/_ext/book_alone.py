"""Each explorer on a page of its own, `explorers/NAME.html`, for slides and course pages.

A page takes the explorer as a chapter shows it, with the packs that the chapter loads. It fills the
frame it stands in, and takes the state from its address, as the chapter does. The index,
`explorers/index.html`, shows them all.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from book_memory import remember
from book_packs import EXPLORER_SCRIPTS
from docutils import nodes
from sphinx.application import Sphinx

from convlib.explorers import PANELS

FOLDER = "explorers"
FORM = re.compile(r'<div class="explorer[^"]*" id="explorer-([\w-]+)"')
#: The picture of the first state, for the index.
PICTURE = re.compile(
    r'(<div class="grids">.*?)<p class="error"|(<div class="pictures still">.*?)</div>', re.DOTALL
)
#: What is in a picture only to be used.
USED = re.compile(r' role="application" aria-label="[^"]*"')


def read_page(app: Sphinx, doctree: nodes.document) -> None:
    """Remember the explorers of a page that was just read, their packs already in files."""
    for raw in doctree.findall(nodes.raw):
        if found := FORM.match(raw.astext().lstrip()):
            forms = app.env.book_alone.setdefault(app.env.docname, {})
            forms.setdefault(found[1], raw.astext())


def pages(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """Yield a page for each explorer of the book, and one that shows them all."""
    forms: dict[str, tuple[str, str]] = {}
    for docname in sorted(app.env.book_alone, key=contents_order(app)):
        for name, form in app.env.book_alone[docname].items():
            forms.setdefault(name, (docname, moved(form, docname)))
    shown = [explorer for explorer in PANELS.values() if explorer.name in forms]
    for explorer in shown:
        docname, form = forms[explorer.name]
        about = {"title": explorer.title, "form": form}
        about["scripts"] = ["picture.js"] if explorer.name == "picture" else EXPLORER_SCRIPTS
        about |= {"chapter": docname, "chapter_title": app.env.titles[docname].astext()}
        yield f"{FOLDER}/{explorer.name}", about, "alone.html"
    cards = [
        {"name": one.name, "title": one.title, "picture": picture_of(forms[one.name][1])}
        for one in shown
    ]
    if cards:
        yield f"{FOLDER}/index", {"title": "The explorers", "cards": cards}, "alone-index.html"


def moved(form: str, docname: str) -> str:
    """Return an explorer with the addresses of its packs as they are from its own page.

    Examples
    --------
    >>> moved('<i data-pack="_static/a.js">', "index")
    '<i data-pack="../_static/a.js">'
    """

    def address(found: re.Match) -> str:
        place = posixpath.normpath(posixpath.join(posixpath.dirname(docname), found[1]))
        return f'data-pack="{posixpath.relpath(place, FOLDER)}"'

    return re.sub(r'data-pack="([^"]+)"', address, form)


def picture_of(form: str) -> str:
    """Return the first picture of an explorer, to be looked at only."""
    found = PICTURE.search(form)
    return USED.sub("", found[1] or found[2]) + "</div>" if found else ""


def contents_order(app: Sphinx):
    """Return the key that sorts pages as the contents have them."""
    places = {name: place for place, name in enumerate(app.env.toctree_includes)}
    ordered = [name for one in app.env.toctree_includes.values() for name in one]
    places |= {name: place for place, name in enumerate(ordered)}
    return lambda docname: (places.get(docname, len(places)), docname)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    remember(app, "book_alone")
    # After book_packs, which puts the packs into files.
    app.connect("doctree-read", read_page, priority=600)
    app.connect("html-collect-pages", pages)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
