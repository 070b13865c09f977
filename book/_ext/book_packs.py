"""Write the packs of explorers to files of their own.

A cell's output may hold comments ``<!--pack:NAME:BASE64-->``; as comments they pass through the
execution cache. When a page is read they leave its HTML, and the pictures that asked for
``data-pack="NAME"`` get the address of the file instead. A pack used by several pages is one file.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from itertools import chain
from pathlib import Path

from book_memory import put_html, remember, write_files
from docutils import nodes
from sphinx.application import Sphinx

FOLDER = "_static/explorers"
COMMENT = re.compile(r"<!--pack:([\w-]+):([\w+/=-]*)-->\s*")
#: What an explorer is made of in a page; the last one needs the others.
EXPLORER_SCRIPTS = ("numbers.js", "predict.js", "symbols.js", "explorer.js")
#: What a page needs for what its cells show.
SCRIPT_FOR = re.compile(r'class="explorer(?! picture-explorer)[" ]')
PICTURE_FOR = re.compile(r'class="explorer picture-explorer"')


def pack_file(name: str, data: str) -> tuple[str, str]:
    """Return the file name and the one line of a pack.

    Examples
    --------
    >>> pack_file("stride", "QUJD")
    ('stride.29dff8fc.js', 'explorerPack("stride", "QUJD");\\n')
    """
    line = f'explorerPack("{name}", "{data}");\n'
    return f"{name}.{hashlib.sha256(line.encode()).hexdigest()[:8]}.js", line


def take_packs(html: str, docname: str) -> tuple[str, dict[str, str]]:
    """Return the HTML without its packs, and the packs as {file name: line}.

    Examples
    --------
    >>> html, packs = take_packs('<!--pack:a:QUJD--><div data-pack="a">', "book/stride")
    >>> html
    '<div data-pack="../_static/explorers/a.8430f121.js" data-pack-name="a">'
    >>> packs
    {'a.8430f121.js': 'explorerPack("a", "QUJD");\\n'}
    """
    packs = {}
    for name, data in COMMENT.findall(html):
        file_name, line = pack_file(name, data)
        packs[file_name] = line
        address = posixpath.relpath(f"{FOLDER}/{file_name}", posixpath.dirname(docname) or ".")
        html = html.replace(f'data-pack="{name}"', f'data-pack="{address}" data-pack-name="{name}"')
    return COMMENT.sub("", html), packs


def read_page(app: Sphinx, doctree: nodes.document) -> None:
    """Take the packs out of a page that was just read, and remember them with it."""
    docname = app.env.docname
    for raw in doctree.findall(nodes.raw):
        if raw.get("format") != "html":
            continue
        html, packs = take_packs(raw.astext(), docname)
        if packs:
            put_html(raw, html)
            app.env.book_packs.setdefault(docname, {}).update(packs)
        if SCRIPT_FOR.search(html):
            app.env.book_explorers.add(docname)
        if PICTURE_FOR.search(html):
            app.env.book_pictures.add(docname)


def add_script(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Load the scripts on pages with an explorer or a picture of the reader's."""
    if page in app.env.book_explorers:
        for script in EXPLORER_SCRIPTS:
            app.add_js_file(script, loading_method="defer")
    if page in app.env.book_pictures:
        app.add_js_file("picture.js", loading_method="defer")


def write_packs(app: Sphinx, exception: Exception | None) -> None:
    """Write the packs in use, and remove those that no page uses any longer."""
    if exception or app.builder.format != "html":
        return
    in_use = chain.from_iterable(packs.items() for packs in app.env.book_packs.values())
    files = {name: line.encode("ascii") for name, line in in_use}
    write_files(Path(app.outdir) / FOLDER, files)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    remember(app, "book_packs")
    remember(app, "book_explorers", set)
    remember(app, "book_pictures", set)
    app.connect("doctree-read", read_page)
    app.connect("html-page-context", add_script)
    app.connect("build-finished", write_packs)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
