"""Know the questions of each page, and see that no two have one name.

A reader's answers are kept by the names of the questions, over the whole book.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from book_memory import remember
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)

QUESTION = re.compile(r'<div class="question" id="question-([\w-]+)"')


def repeated(names: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Yield (page, name) of each question whose name was used before, on that page or another.

    Examples
    --------
    >>> list(repeated({"book/stride": ["size", "size"], "book/padding": ["sum", "size"]}))
    [('book/stride', 'size'), ('book/stride', 'size')]
    """
    seen = set()
    for page, found in sorted(names.items()):
        for name in found:
            if name in seen:
                yield page, name
            seen.add(name)


def read_page(app: Sphinx, doctree: nodes.document) -> None:
    """Remember the names of the questions of a page that was just read."""
    raws = (raw.astext() for raw in doctree.findall(nodes.raw) if raw.get("format") == "html")
    if found := [name for html in raws for name in QUESTION.findall(html)]:
        app.env.book_questions[app.env.docname] = found


def check_names(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn about each name that is used twice, which fails the build."""
    for page, name in repeated(env.book_questions):
        LOGGER.warning(
            "the question %r is there twice: give each a name of its own", name, location=page
        )


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    remember(app, "book_questions")
    app.connect("doctree-read", read_page)
    app.connect("env-check-consistency", check_names)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
