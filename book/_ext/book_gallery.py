"""The files of the gallery: each picture as an animation (GIF), a drawing (SVG) and an image (PNG).

The directive ``gallery-files`` links to the files of a picture. They are drawn at the end of the
build, those that a page links to, and kept beside the build until the picture or the drawing
changes.
"""

from __future__ import annotations

import hashlib
import posixpath
import shutil
from html import escape
from io import BytesIO
from itertools import chain
from pathlib import Path

from book_memory import remember
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.display import status_iterator
from sphinx.util.docutils import SphinxDirective

from convlib.scenes.gallery import GALLERY, gallery_scene

FOLDER = "_static/gallery"
FORMATS = {"gif": "animation", "svg": "drawing", "png": "image"}
LICENCE = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"
#: What the files depend on, besides their scenes.
SOURCES = ("convlib/draw/*.py", "book/_ext/book_gallery.py")


class GalleryFiles(SphinxDirective):
    """Links to the files of one picture, and its animation for whoever opens it."""

    required_arguments = 1

    def run(self):
        """Return the links, or an error that fails the build."""
        name = self.arguments[0]
        if name not in GALLERY:
            raise self.error(f"no picture {name!r}; there are {', '.join(GALLERY)}")
        self.env.book_gallery.setdefault(self.env.docname, set()).add(name)
        folder = posixpath.relpath(FOLDER, posixpath.dirname(self.env.docname) or ".")
        title, sentence = escape(GALLERY[name].title), escape(gallery_scene(name).sentence)
        # The animation moves only after the reader asked for it, and is not loaded before.
        html = (
            f'<div class="gallery-files"><details><summary>Play: {title}</summary>'
            f'<img loading="lazy" src="{folder}/{name}.gif" alt="{sentence}"></details><p>Download '
            + " · ".join(
                f'<a download href="{folder}/{name}.{ending}">{name}.{ending}</a> ({kind})'
                for ending, kind in FORMATS.items()
            )
            + "</p></div>"
        )
        return [nodes.raw("", html, format="html")]


def key_of(name: str, top: Path) -> str:
    """Return a digest of all that the files of a picture depend on."""
    digest = hashlib.sha256(repr((GALLERY[name].title, gallery_scene(name))).encode())
    for source in chain.from_iterable(sorted(top.glob(pattern)) for pattern in SOURCES):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def with_comment(gif: bytes, text: str) -> bytes:
    """Return a GIF file with a comment before its end.

    Examples
    --------
    >>> with_comment(b"...;", "Hi")
    b'...!\\xfe\\x02Hi\\x00;'
    """
    comment = text.encode("ascii", "replace")
    blocks = (comment[start : start + 255] for start in range(0, len(comment), 255))
    body = b"".join(bytes([len(block)]) + block for block in blocks)
    return gif[:-1] + b"\x21\xfe" + body + b"\x00" + gif[-1:]


def draw_files(name: str, folder: Path) -> None:
    """Draw the three files of a picture, each with its title, description and licence."""
    from convlib.draw import ScenePicture, animate
    from convlib.draw.picture import GROUND

    scene, title = gallery_scene(name), GALLERY[name].title
    file = BytesIO()
    animate(scene, file)
    text = f"{title}. {scene.sentence} {LICENCE}".replace("×", "x").replace("°", " degrees")
    (folder / f"{name}.gif").write_bytes(with_comment(file.getvalue(), text))
    figure = ScenePicture(scene).figure
    about = {"Title": title, "Description": scene.sentence}
    for ending, metadata in (
        ("svg", {**about, "Rights": LICENCE, "Date": None}),
        ("png", {**about, "Copyright": LICENCE}),
    ):
        path = folder / f"{name}.{ending}"
        figure.savefig(path, dpi="figure", facecolor=GROUND, metadata=metadata)


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Put the files that pages link to into the book, drawing those that have changed."""
    if exception or app.builder.format != "html":
        return
    target, kept = Path(app.outdir) / FOLDER, Path(app.outdir).parent / ".gallery"
    names = sorted(set().union(*app.env.book_gallery.values()))
    folders = {name: kept / key_of(name, Path(app.srcdir)) for name in names}
    missing = [name for name in names if not folders[name].exists()]
    for name in status_iterator(missing, "drawing the gallery... ", "darkgreen", len(missing)):
        # Whole or not at all: a build that is stopped must not leave half a picture.
        draft = kept / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        draw_files(name, draft)
        draft.rename(folders[name])
    for old in set(kept.glob("*")) - set(folders.values()):
        shutil.rmtree(old)
    shutil.rmtree(target, ignore_errors=True)
    for folder in folders.values():
        shutil.copytree(folder, target, dirs_exist_ok=True)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_directive("gallery-files", GalleryFiles)
    remember(app, "book_gallery")
    app.connect("build-finished", write_files)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
