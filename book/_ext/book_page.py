"""What the page is made of besides its text: scripts, links to the repository, cards, 404."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from book_execution import digest_of
from book_links import BINDERHUB, page_links
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.writers.html5 import HTML5Translator

#: A change in these must reach pages that are otherwise up to date.
PAGE_SOURCES = ("book/_static/**/*", "book/_templates/**/*")
EXTENSION_SOURCES = ("book/_ext/*.py",)

#: Fetches a script from elsewhere and declares a constant twice, which is a page error; no page
#: here uses it. Jupyter Book always loads it, so its handlers are taken out.
UNUSED_EXTENSION = "sphinx_thebe"


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
    """Return ``"owner/name"`` from the environment, else from the remote origin, else ``""``.

    An empty name in the environment says that there is none.
    """
    named = os.environ.get("GITHUB_REPOSITORY")
    if named is not None:
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
    config.book_binderhub = os.environ.get("BINDERHUB_URL", "").rstrip("/") or BINDERHUB
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


def remove_unused(app: Sphinx, config: Config) -> None:
    """Take out the handlers of the extension that no page uses."""
    for event, listeners in app.events.listeners.items():
        app.events.listeners[event] = [
            listener
            for listener in listeners
            if listener.handler.__module__.partition(".")[0] != UNUSED_EXTENSION
        ]


#: Scripts of extensions, by a part of their name or text, and the classes that they work on.
WORKS_ON = {
    "clipboard": "highlight",
    "copybutton": "highlight",
    "design-tabs": "sd-tab-set",
    "toggle": 'toggle|admonition [^"]*dropdown',
}


def has_work(script: str, body: str) -> bool:
    """Return whether a page's text holds what a script of an extension works on.

    Examples
    --------
    >>> page = '<div class="admonition tip"> <div class="highlight-python">'
    >>> has_work("_static/copybutton.js", page), has_work("_static/togglebutton.js", page)
    (True, False)
    >>> has_work("_static/explorer.js", page)
    True
    """
    wanted = [classes for name, classes in WORKS_ON.items() if name in script]
    return all(re.search(rf'class="[^"]*\b(?:{classes})\b', body) for classes in wanted)


def mend_scripts(context: dict) -> None:
    """Let no script hold back the text, and drop what would fail, show nothing or has no work."""
    # A page without a text of its own, as the notebook, has its code in a template.
    kept, body = [], context.get("body", 'class="highlight"')
    for script in context["script_files"]:
        # The theme's settings for a version switcher and for search while typing, both absent,
        # are written into an object that is only there once the deferred scripts have run.
        if script.attributes.get("body", "").strip().startswith("DOCUMENTATION_OPTIONS"):
            continue
        if not has_work(script.filename or script.attributes.get("body", ""), body):
            continue
        if script.filename:
            script.attributes["defer"] = "defer"
        if script not in kept:
            kept.append(script)
    context["script_files"] = kept
    context["css_files"] = [
        style
        for style in context["css_files"]
        if "sphinx-thebe" not in str(getattr(style, "filename", style))
    ]


#: What the pages without a text of their own are for.
DESCRIPTIONS = {
    "genindex": "The index of Convolution, Cell by Cell: every function and class.",
    "notebook": "An empty page with Python, NumPy and convlib, in your browser and nowhere else.",
    "search": "Search the chapters, formulas and reference of Convolution, Cell by Cell.",
}
#: A name that hides from screen readers what folded cells say of themselves.
HIDDEN_NAME = ' aria-label="Toggle hidden content"'


def complete_context(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Give the templates what they need for scripts, cards and links."""
    mend_scripts(context)
    context["book_description"] = first_paragraph(doctree) or DESCRIPTIONS.get(page, "")
    if "body" in context:
        context["body"] = context["body"].replace(HIDDEN_NAME, "")
    context["book_links"] = page_links(app.config.book_repository, page, app.config.book_binderhub)
    context["html_baseurl"] = app.config.html_baseurl
    # The page for a wrong address may be shown at any depth, so its link starts at the top; where
    # that is not known, it is right for addresses without a folder and when opened from disk.
    context["book_home"] = urlsplit(app.config.html_baseurl).path or "index.html"


#: What the theme brings along and no page uses: its icon fonts and their script, Bootstrap's,
#: sources of its scripts, templates.
LEFT_OVER = (
    "_static/**/*.map",
    "_static/*.html",
    "_static/scripts/bootstrap.js*",
    "_static/scripts/fontawesome.js*",
    "_static/vendor/fontawesome",
    "_static/images",
    "_static/locales",
    "_static/sphinx-thebe.*",
)


#: Where the theme's style names its icon fonts; a browser may ask for one before our style,
#: which draws the icons without a font, has arrived.
ICON_FONT = re.compile(r"@font-face\s*\{[^}]*Font Awesome[^}]*\}")


def remove_left_over(app: Sphinx, exception: Exception | None) -> None:
    """Remove what the theme copied and no page uses: 7 of 8 MB."""
    if exception or app.builder.format != "html":
        return
    for pattern in LEFT_OVER:
        for path in Path(app.outdir).glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for style in Path(app.outdir).glob("_static/styles/*.css"):
        text = style.read_text(encoding="utf-8")
        if ICON_FONT.search(text):
            style.write_text(ICON_FONT.sub("", text), encoding="utf-8")


def visit_citation(self: HTML5Translator, node: nodes.citation) -> None:
    """Open an entry of the bibliography: in a list, without the roles that browsers gave up."""
    if not isinstance(node.previous_sibling(), nodes.citation):
        self.body.append('<ul class="citation-list">\n')
    self.body.append(self.starttag(node, "li", CLASS="citation"))


def depart_citation(self: HTML5Translator, node: nodes.citation) -> None:
    """Close the entry, and the list after the last one."""
    self.body.append("</li>\n")
    if not isinstance(node.next_node(descend=False, siblings=True), nodes.citation):
        self.body.append("</ul>\n")


def extra_pages(app: Sphinx):
    """Yield the page shown for an address that is not there."""
    yield "404", {"title": "Page not found"}, "404.html"


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_config_value("book_page_digest", "", "html", str)
    app.add_config_value("book_extension_digest", "", "env", str)
    app.add_config_value("book_repository", "", "html", str)
    app.add_config_value("book_binderhub", BINDERHUB, "html", str)
    app.connect("config-inited", configure)
    app.connect("config-inited", remove_unused)
    app.add_node(nodes.citation, override=True, html=(visit_citation, depart_citation))
    app.connect("html-collect-pages", extra_pages)
    app.connect("build-finished", remove_left_over)
    # After the theme, which adds scripts of its own in the same event.
    app.connect("html-page-context", complete_context, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
