"""What the page is made of besides its text: scripts, links to the repository, cards, 404."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from book_execution import digest_of
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

#: A change in these must reach pages that are otherwise up to date.
PAGE_SOURCES = ("book/_static/**/*", "book/_templates/**/*")
EXTENSION_SOURCES = ("book/_ext/*.py",)

#: Scripts that the theme and its companions add and that no page of ours needs.
#: sphinx-thebe also declares a constant twice, which ends in a page error.
UNUSED_SCRIPTS = ("sphinx-thebe.js", "design-tabs.js")
#: Styles that show nothing here: those of buttons for live code.
UNUSED_STYLES = ("sphinx-thebe.css",)


def repository_of(origin: str) -> str:
    """Return ``"owner/name"`` of a repository on GitHub, or ``""``.

    Examples
    --------
    >>> repository_of("git@github.com:someone/cells.git")
    'someone/cells'
    >>> repository_of("https://github.com/someone/cells")
    'someone/cells'
    >>> repository_of("/srv/git/cells")
    ''
    """
    match = re.fullmatch(
        r"(?:https://(?:[^/@]*@)?github\.com/|(?:ssh://)?git@github\.com[:/])"
        r"([\w.-]+/[\w.-]+?)(?:\.git)?/?",
        origin.strip(),
    )
    return match[1] if match else ""


def known_repository(top: Path) -> str:
    """Return ``"owner/name"``: what the environment says, else the remote called origin, else ``""``."""
    if named := os.environ.get("GITHUB_REPOSITORY", ""):
        return repository_of(f"https://github.com/{named}")
    try:
        origin = subprocess.run(
            ["git", "-C", str(top), "remote", "get-url", "origin"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
    except OSError:  # no git: nothing is known
        return ""
    return repository_of(origin)


def configure(app: Sphinx, config: Config) -> None:
    """Note what the pages depend on, and where they will be published if that is known."""
    top = Path(app.srcdir)
    config.book_page_digest = digest_of(top, PAGE_SOURCES)
    config.book_extension_digest = digest_of(top, EXTENSION_SOURCES)
    config.book_repository = known_repository(top)
    # The address of the published book, given by whoever publishes it.
    if address := os.environ.get("BOOK_URL", ""):
        config.html_baseurl = address.rstrip("/") + "/"


def first_paragraph(doctree: nodes.document | None, limit: int = 160) -> str:
    """Return the beginning of the page's text, cut at a word."""
    if doctree is None:
        return ""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            text = " ".join(paragraph.astext().split())
            return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"
    return ""


def mend_scripts(context: dict) -> None:
    """Drop scripts that are not needed, and let no other hold back the text."""
    kept = []
    for script in context["script_files"]:
        name = (script.filename or "").rpartition("/")[2].partition("?")[0]
        if name in UNUSED_SCRIPTS or "THEBE_JS_URL" in script.attributes.get("body", ""):
            continue
        if script.filename and "async" not in script.attributes:
            script.attributes["defer"] = "defer"
        kept.append(script)
    context["script_files"] = kept
    context["css_files"] = [
        style
        for style in context["css_files"]
        if str(getattr(style, "filename", style)).rpartition("/")[2] not in UNUSED_STYLES
    ]


def complete_context(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Give the templates what they need for scripts, cards and links."""
    mend_scripts(context)
    context["book_description"] = first_paragraph(doctree)
    context["book_repository"] = app.config.book_repository
    context["html_baseurl"] = app.config.html_baseurl
    # The page for a wrong address may be shown at any depth, so its link starts at the top; where
    # that is not known, it is right for addresses without a folder and when opened from disk.
    context["book_home"] = urlsplit(app.config.html_baseurl).path or "index.html"


def extra_pages(app: Sphinx):
    """Yield the page shown for an address that is not there."""
    yield "404", {"title": "Page not found"}, "404.html"


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_config_value("book_page_digest", "", "html", str)
    app.add_config_value("book_extension_digest", "", "env", str)
    app.add_config_value("book_repository", "", "html", str)
    app.connect("config-inited", configure)
    app.connect("html-collect-pages", extra_pages)
    # After the theme, which adds scripts of its own in the same event.
    app.connect("html-page-context", complete_context, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
