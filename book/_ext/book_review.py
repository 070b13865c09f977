"""The review: the questions of all chapters, asked again after days, on a page of their own.

The page holds the parts of the directive ``review``. Its script asks the questions as their
chapters do. So what the questions of a chapter are checked with is in a file of its own, which the
chapter loads after itself, and the review when one of them is due. Every page has the script that
remembers answers, and marks them in the contents.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from book_alone import contents_order
from book_memory import remember, write_files
from book_questions import QUESTION
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

#: What checks a question, and the last of it: who has that knows which question it is.
PACKED = re.compile(r'(?<= data-question=")([^"]+)([^"]{12})(?=">)')
FOLDER = "_static/questions"
BOOK = "book.js"
#: What writes the questions as cards to take along; the page offers them where it does.
CARDS_BY, CARDS = "book_anki", "convolution-cell-by-cell.apkg"
#: Parts of the page, in `book/_templates/review.html`.
PARTS = ("session", "chapters", "kept")


def mark(part: str) -> str:
    """Return what stands for a part of the page until all chapters are read."""
    return f"<!--review:{part}-->"


class Review(SphinxDirective):
    """A part of the review: the session, the progress over the chapters, or what is kept."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return a mark that becomes the part when the page is written."""
        (part,) = self.arguments
        if part not in PARTS:
            raise self.error(f"no part {part!r}; there are {', '.join(PARTS)}")
        self.env.book_review.add(self.env.docname)
        return [nodes.raw("", mark(part), format="html")]


def read_page(app: Sphinx, doctree: nodes.document) -> None:
    """Remember the questions of a page that was just read, as their forms."""
    for raw in doctree.findall(nodes.raw):
        if found := QUESTION.match(raw.astext().lstrip()):
            forms = app.env.book_forms.setdefault(app.env.docname, {})
            forms[found[1]] = raw.astext().strip()


def script(function: str, *arguments: Any) -> str:
    """Return a script that hands values to a function of the page.

    Examples
    --------
    >>> script("bookChapters", ["2×2"])
    'bookChapters(["2×2"]);\\n'
    """
    texts = (json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in arguments)
    return f"{function}({','.join(texts)});\n"


def digest(text: str) -> str:
    """Return what tells a text from others."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def chapters(app: Sphinx) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the chapters with questions, in order, and the files of their questions."""
    listed, files = [], {}
    for page in sorted(app.env.book_forms, key=contents_order(app)):
        forms = app.env.book_forms[page]
        text = script("bookForms", page, list(forms.values()))
        pack = f"{page.replace('/', '-')}.{digest(text)}.js"
        title = app.env.titles[page].astext()
        listed.append({"page": page, "title": title, "pack": pack, "questions": list(forms)})
        files[pack] = text
    return listed, files


def list_chapters(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """List the chapters, all of them read; return the page of the review, which shows them."""
    app.book_chapters = chapters(app)
    return env.book_review & env.found_docs


def short_address(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """Yield a page at the top that leads to the review, for who types or tells its address."""
    for page in app.env.book_review:
        title = app.env.titles[page].astext()
        yield page.rpartition("/")[2], {"title": title, "to": page}, "redirect.html"


def complete(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Put the parts into the page of the review, and the scripts into every page."""
    listed, _ = app.book_chapters
    path = context["pathto"]
    about = {"data-book": f"{path(f'{FOLDER}/{BOOK}', 1)}?v={digest(script('', listed))}"}
    for review in app.env.book_review:
        about["data-review"] = path(review)
    # Before the scripts that build on it.
    app.add_js_file("remember.js", priority=400, loading_method="defer", **about)
    if page in app.env.book_forms:
        (pack,) = (one["pack"] for one in listed if one["page"] == page)
        asked = {"data-page": page, "data-pack": path(f"{FOLDER}/{pack}", 1)}
        app.add_js_file("questions.js", loading_method="defer", **asked)
        context["body"] = PACKED.sub(r"\2", context["body"])
    if page not in app.env.book_review:
        return
    for name in ("questions.js", "review.js"):
        app.add_js_file(name, loading_method="defer")
    cards = CARDS if CARDS_BY in app.extensions else None
    for part in PARTS:
        with_part = {**context, "part": part, "chapters": listed, "cards": cards}
        html = app.builder.templates.render("review.html", with_part)
        context["body"] = context["body"].replace(mark(part), html)


def write_chapters(app: Sphinx, exception: Exception | None) -> None:
    """Write the list of the chapters and the questions of each; remove what is left of others."""
    if exception or app.builder.format != "html":
        return
    listed, files = app.book_chapters
    files[BOOK] = script("bookChapters", listed)
    encoded = {name: text.encode() for name, text in files.items()}
    write_files(Path(app.outdir) / FOLDER, encoded)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_directive("review", Review)
    remember(app, "book_forms")
    remember(app, "book_review", set)
    app.connect("doctree-read", read_page)
    app.connect("env-updated", list_chapters)
    app.connect("html-collect-pages", short_address)
    app.connect("html-page-context", complete)
    app.connect("build-finished", write_chapters)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
