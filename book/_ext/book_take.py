"""Take the book away: the whole of it as one file, to be read where there is no connection."""

from __future__ import annotations

import re
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)

#: The folder that unpacks.
FOLDER = "convolution-cell-by-cell"
ARCHIVE = f"{FOLDER}.zip"
#: What a page says of the archive, which the archive itself does not hold.
MENTION = re.compile(rb"<!--archive-->.*?<!--/archive-->", re.DOTALL)
#: The earliest time that the format knows: the same book is the same file.
TIME = (1980, 1, 1, 0, 0, 0)


def without_mention(html: bytes) -> bytes:
    """Return a page as it is in the archive.

    Examples
    --------
    >>> without_mention(b"<p>A.<!--archive--> <a href='b.zip'>B</a><!--/archive--></p>")
    b'<p>A.</p>'
    """
    return MENTION.sub(b"", html)


def write_archive(app: Sphinx, exception: Exception | None) -> None:
    """Pack the built book."""
    if exception or app.builder.format != "html":
        return
    top = Path(app.outdir)
    with ZipFile(top / ARCHIVE, "w", ZIP_DEFLATED) as archive:
        for path in sorted(top.rglob("*")):
            name = path.relative_to(top)
            if not path.is_file() or name.name == ARCHIVE or name.parts[0].startswith("."):
                continue
            data = path.read_bytes()
            entry = ZipInfo(f"{FOLDER}/{name.as_posix()}", TIME)
            entry.external_attr = 0o644 << 16
            if path.suffix == ".html":
                data = without_mention(data)
            # Base64 shrinks by a quarter, and no further however long one tries.
            effort = 1 if "_static/python/" in name.as_posix() else None
            archive.writestr(entry, data, ZIP_DEFLATED, effort)
    size = (top / ARCHIVE).stat().st_size / 1e6
    LOGGER.info("the whole book for reading offline: %s, %.1f MB", ARCHIVE, size)


def name_archive(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Tell the templates where the archive will be."""
    context["book_archive"] = ARCHIVE


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("html-page-context", name_archive)
    app.connect("build-finished", write_archive, priority=900)  # when all files are there
    return {"parallel_read_safe": True, "parallel_write_safe": True}
