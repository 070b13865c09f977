"""One style for the pages, with the rules that they use.

The theme, its extensions and this book bring fifteen styles, of which pages use a quarter. When all
pages are there, Lightning CSS joins the styles, makes them small, and leaves out the theme's
classes that are in no page, and that no script adds. The book's own rules are all kept: what code
in the page makes of them is not known here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from book_memory import write_whole
from lightningcss import bundle_css, process_stylesheet
from sphinx.application import Sphinx

from convlib.draw.looks import css_variables

#: The style of the pages, and that of the pages of single explorers.
MADE = ("pages.css", "explorers.css")
#: The styles that the theme's templates name; Sphinx does not know of them.
THEME = ("styles/theme.css", "styles/pydata-sphinx-theme.css")
#: What the pages of single explorers are drawn by: not by the theme.
ALONE = ("roles.css", "book.css", "explorer.css", "picture.css", "alone.css")
#: Written for browsers that are not the newest; those that draw formulas are newer.
BROWSERS = ["chrome >= 100", "firefox >= 100", "safari >= 15.4"]
#: Names of classes and of elements: in a style, and in a page.
NAME = re.compile(r"[.#]([A-Za-z_-][\w-]*)")
NAMED = re.compile(r"\b(?:class|id)=\"([^\"]*)\"")
WORD = re.compile(r"[\w-]+")
#: Where the theme's scripts add names to a page. They look for many more.
ADDED = re.compile(r"classList\.(?:add|toggle|replace)\([^)]*\)|class(?:Name)?\s*=\s*[\"'][^\"']*")
#: A variable where it is set, and where it is used.
SET, USED = re.compile(r"(--[\w-]+)\s*:"), re.compile(r"var\(\s*(--[\w-]+)")


def only_used(style: str, kept: set[str]) -> str:
    """Return a style, made small, without names that are not kept and variables nobody asks for.

    Examples
    --------
    >>> only_used(".a { --c: 1px; --d: 2px; margin: var(--c) } .b i { top: 0 }", {"a"})
    '.a{--c:1px;margin:var(--c)}'
    """
    gone: set[str] = set()
    while unused := _unused(style) - kept - gone:  # a variable can be asked for by one that goes
        style = process_stylesheet(style, unused_symbols=unused, minify=True)
        gone |= unused
    return process_stylesheet(style, browsers_list=BROWSERS, minify=True)


def _unused(style: str) -> set[str]:
    return set(NAME.findall(style)) | (set(SET.findall(style)) - set(USED.findall(style)))


def joined(folder: Path, parts: Iterable[str]) -> str:
    """Return the styles as one, in this order, with what they import."""
    entry = folder / "joined.css"
    entry.write_text("".join(f'@import "{part}";\n' for part in parts), encoding="utf-8")
    try:
        return bundle_css(str(entry), minify=False)
    finally:
        entry.unlink()


def named_parts(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Note the styles that pages would load one by one: the same for all."""
    named = [str(getattr(style, "filename", style)) for style in context["css_files"]]
    app.config.book_styles = [*THEME, *(name.removeprefix("_static/") for name in named)]


def set_aside(static: Path, kept: Path) -> None:
    """Take the styles out of the site: pages load what is made of them."""
    for path in [*static.glob("*.css"), *static.glob("styles/*.css")]:
        if path.name not in MADE:
            target = kept / path.relative_to(static)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)


def names_in_use(app: Sphinx, pages: Iterable[str]) -> set[str]:
    """Return the names in pages, in the book's own styles, and those that scripts can add."""
    static, own = Path(app.outdir) / "_static", Path(app.srcdir) / "book/_static"
    used = {name for page in pages for names in NAMED.findall(page) for name in names.split()}
    for path in [*static.glob("*.js"), *static.glob("scripts/*.js")]:
        text = path.read_text(encoding="utf-8")
        used.update(WORD.findall(" ".join(ADDED.findall(text)) if path.parent != static else text))
    for text in [css_variables(), *(path.read_text("utf-8") for path in own.glob("*.css"))]:
        used.update(NAME.findall(text) + SET.findall(text))
    return used


def write_if_new(path: Path, text: str) -> None:
    """Write a file that says something else: who reads the site meanwhile sees it whole."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_whole(path, text.encode())


def write_styles(app: Sphinx, exception: Exception | None) -> None:
    """Write the styles, and tell the pages their digests."""
    if exception or app.builder.format != "html":
        return
    static, kept = Path(app.outdir) / "_static", Path(app.outdir).parent / ".styles"
    set_aside(static, kept)
    if not app.config.book_styles:  # no page was written: all is as it was
        return
    paths = [*Path(app.outdir).rglob("*.html")]
    pages = {path: path.read_text(encoding="utf-8") for path in paths}
    used = names_in_use(app, pages.values())
    digests = {}
    for name, parts in zip(MADE, (app.config.book_styles, ALONE), strict=True):
        style = only_used(joined(kept, parts), used)
        write_if_new(static / name, style)
        digests[name] = hashlib.sha256(style.encode()).hexdigest()[:8]
    # In a page that is not written anew stands the digest of the time before.
    link = re.compile(rf"(_static/({'|'.join(map(re.escape, MADE))}))(?:\?v=\w+)?\"")
    for path, page in pages.items():
        write_if_new(path, link.sub(lambda found: f'{found[1]}?v={digests[found[2]]}"', page))


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_config_value("book_styles", [], "", list)
    app.connect("html-page-context", named_parts, priority=950)  # after book_page
    app.connect("build-finished", write_styles, priority=700)  # before the archive is packed
    return {"parallel_read_safe": True, "parallel_write_safe": True}
