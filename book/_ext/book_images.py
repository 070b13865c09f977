"""Write the images in what cells show to files, so that a page's text need not wait for them.

As part of a cell's HTML they are text in base64, which half of a page can be, and as in a notebook
they must be; in a page each image is a file, and is loaded when the reader comes near.
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
import re
from itertools import chain
from pathlib import Path

from book_memory import put_html, remember, write_files
from docutils import nodes
from sphinx.application import Sphinx

FOLDER = "_static/pictures"
#: A small one is sooner there as it is.
IMAGE = re.compile(r'<img ([^>]*)src="data:image/png;base64,([\w+/=]{1500,})"')


def take_images(html: str, docname: str) -> tuple[str, dict[str, str]]:
    """Return the HTML with addresses of files for images, and the images as {file name: base64}.

    Examples
    --------
    >>> data = "QUJD" * 500
    >>> html, images = take_images(f'<img alt="" src="data:image/png;base64,{data}">', "book/a")
    >>> html
    '<img loading="lazy" alt="" src="../_static/pictures/b4f6b3e9.png">'
    >>> images == {"b4f6b3e9.png": data}
    True
    """
    images = {}
    folder = posixpath.relpath(FOLDER, posixpath.dirname(docname) or ".")

    def take(found: re.Match) -> str:
        name = f"{hashlib.sha256(found[2].encode()).hexdigest()[:8]}.png"
        images[name] = found[2]
        return f'<img loading="lazy" {found[1]}src="{folder}/{name}"'

    return IMAGE.sub(take, html), images


def read_page(app: Sphinx, doctree: nodes.document) -> None:
    """Take the images out of a page that was just read, and remember them with it."""
    for raw in doctree.findall(nodes.raw):
        html, images = take_images(raw.astext(), app.env.docname)
        if images:
            put_html(raw, html)
            app.env.book_images.setdefault(app.env.docname, {}).update(images)


def write_images(app: Sphinx, exception: Exception | None) -> None:
    """Write the images in use, and remove those that no page uses any longer."""
    if exception or app.builder.format != "html":
        return
    in_use = chain.from_iterable(images.items() for images in app.env.book_images.values())
    files = {name: base64.b64decode(data) for name, data in in_use}
    write_files(Path(app.outdir) / FOLDER, files)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    remember(app, "book_images")
    app.connect("doctree-read", read_page)
    app.connect("build-finished", write_images)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
