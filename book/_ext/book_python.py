"""Python in the page: what a page loads when a reader runs its code, in pieces that scripts hold.

Browsers read no file of a page opened from disk, but for scripts; so everything comes as scripts,
as the packs of explorers do, on the web as well. Each part (`PARTS`) is gzipped, written in base64
and cut into pieces, so that a page can say how much it has loaded. Nothing is loaded before a press
of the button.

The published builds lie in ``book/_static/vendor/pyodide``. What no cell of the book can use is
left out of the archives: tests, stubs, headers, and modules that need a network, processes or a
terminal.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from book_execution import digest_of
from book_memory import write_whole
from book_notebooks import package_files
from sphinx.application import Sphinx
from sphinx.util.display import status_iterator

FOLDER = "_static/python"
VENDOR = Path("book/_static/vendor/pyodide")
#: Letters of base64 in a piece.
PIECE = 400_000
#: The earliest time that archives know: the same part is the same file.
TIME = (1980, 1, 1, 0, 0, 0)
# fmt: off
#: Modules of the standard library that need a network, processes, a terminal or a screen, or serve
#: old formats; a name with a star stands for all that begin so.
NO_USE = (
    "_aix_support _osx_support aifc antigravity asyncio/proactor_events asyncio/windows* cProfile "
    "cgi* chunk compileall crypt ctypes/macholib curses dbm ensurepip ftplib getpass "
    "http/cookiejar http/server idlelib imaplib imghdr lib2to3 logging/handlers mailbox mailcap "
    "modulefinder msilib multiprocessing netrc nntplib nturl2path pickletools pipes plistlib "
    "poplib profile pstats pty py_compile pydoc_data sched smtplib sndhdr socketserver sunau "
    "telnetlib this tkinter trace tracemalloc tty turtle* uu venv webbrowser wsgiref xdrlib "
    "xmlrpc zipapp"
).replace("*", r"\w*").replace(" ", "|")
# fmt: on
LEFT_OUT = {
    "stdlib": re.compile(rf"({NO_USE})(\.py$|/)"),
    "wheel": re.compile(
        r".*(/tests?/|/f2py/|/include/|/_pyinstaller/|/distutils/|/sphinxext/|/afm/|/pdfcorefonts/"
        r"|/backends/(backend_(gtk|qt|tk|wx|cairo|macosx|web|nbagg|pdf|ps|pgf)|qt_|_tkagg)"
        r"|/fonts/ttf/(STIX|DejaVuSerif|DejaVuSansMono-)|/mpl-data/(images|plot_directive)"
        r"|/sample_data/(?!grace)|/_(rational|struct_ufunc|operand_flag|umath)_tests\.|/RECORD$"
        r"|\.(pyi|h|a|c|f|f90|pxd|src)$)"
    ),
}


def archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return files as an archive that is not compressed: the part is, as a whole."""
    made = io.BytesIO()
    with ZipFile(made, "w") as target:
        for name, data in sorted(files):
            target.writestr(ZipInfo(name, TIME), data)
    return made.getvalue()


def members(path: Path, left_out: re.Pattern) -> Iterable[tuple[str, bytes]]:
    """Yield (name, content) of what stays of an archive."""
    with ZipFile(path) as source:
        for name in source.namelist():
            if not name.endswith("/") and not left_out.match(name):
                yield name, source.read(name)


def _wheels(top: Path, *names: str) -> bytes:
    paths = (path for name in names for path in sorted((top / VENDOR).glob(f"{name}-*.whl")))
    return archive(one for path in paths for one in members(path, LEFT_OUT["wheel"]))


def _own_files(top: Path) -> list[str]:
    """Return the patterns of the package's own files, and of what runs cells with it."""
    package = [pattern for pattern in package_files(top) if pattern.startswith("convlib/")]
    return [*package, "book/_live/*.py"]


def _own(top: Path) -> bytes:
    paths = {path for pattern in _own_files(top) for path in top.glob(pattern)}
    names = {path.relative_to(top).as_posix().removeprefix("book/_live/"): path for path in paths}
    return archive((name, path.read_bytes()) for name, path in names.items())


#: What a page loads, in the order in which it needs them; the last when a cell asks for it.
PARTS: dict[str, Callable[[Path], bytes]] = {
    "script": lambda top: b"\n".join(
        (top / VENDOR / name).read_bytes() for name in ("pyodide.asm.js", "pyodide.js")
    ),
    "wasm": lambda top: (top / VENDOR / "pyodide.asm.wasm").read_bytes(),
    "stdlib": lambda top: archive(members(top / VENDOR / "python_stdlib.zip", LEFT_OUT["stdlib"])),
    "numpy": lambda top: _wheels(top, "numpy"),
    "convlib": _own,
    "matplotlib": lambda top: _wheels(
        top,
        "matplotlib",
        "contourpy",
        "cycler",
        "kiwisolver",
        "packaging",
        "pillow",
        "pyparsing",
        "python_dateutil",
        "six",
    ),
}


#: What a page loads before it runs anything.
FIRST = [part for part in PARTS if part != "matplotlib"]


def pieces(part: str, data: bytes) -> dict[str, str]:
    """Return a part as {file name: script}.

    Examples
    --------
    >>> pieces("convlib", b"x")
    {'convlib.26d9dafa.0.js': 'pythonPiece("convlib",0,"H4sIAAAAAAACA6sAAIMW3IwBAAAA")\\n'}
    """
    text = base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    cuts = (text[start : start + PIECE] for start in range(0, len(text), PIECE))
    return {
        f"{part}.{digest}.{number}.js": f'pythonPiece("{part}",{number},"{cut}")\n'
        for number, cut in enumerate(cuts)
    }


def prepared(top: Path) -> tuple[Path, dict[str, dict[str, int]]]:
    """Return the folder of the pieces and the files of each part, and write what is not there yet.

    It lies beside the build, or where the environment says in ``BOOK_PIECES``; there, other books
    may need what this one does not. A part is made again when what it is made of changes:
    ``pieces.json`` has a digest of that, and the part's files in their order.
    """
    shared = os.environ.get("BOOK_PIECES")
    folder = Path(shared or top / "_build/.python")
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / "pieces.json"
    known = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    published = digest_of(top, [f"{VENDOR}/*", "book/_ext/book_python.py"])
    digests = dict.fromkeys(PARTS, published) | {"convlib": digest_of(top, _own_files(top))}
    stale = [part for part in PARTS if known.get(part, {}).get("digest") != digests[part]]
    for part in status_iterator(stale, "packing Python for the page... ", "brown", len(stale)):
        made = pieces(part, PARTS[part](top))
        for name, script in made.items():
            write_whole(folder / name, script.encode("ascii"))
        for name in known.get(part, {}).get("files", {}):
            if name not in made and not shared:
                (folder / name).unlink(missing_ok=True)
        known[part] = {"digest": digests[part], "files": {name: len(made[name]) for name in made}}
    if stale:
        write_whole(record, json.dumps({part: known[part] for part in PARTS}).encode("ascii"))
    return folder, {part: known[part]["files"] for part in PARTS}


def listed(app: Sphinx) -> dict[str, tuple[str, int, int]]:
    """Return what a page is told of the pieces: {part: (digest, number of pieces, bytes)}."""
    _, parts = _pieces(app)
    about = {part: (next(iter(files)), files.values()) for part, files in parts.items()}
    return {
        part: (first.split(".")[1], len(sizes), sum(sizes))
        for part, (first, sizes) in about.items()
    }


def _pieces(app: Sphinx) -> tuple[Path, dict[str, dict[str, int]]]:
    """Return their folder, and those of each part in their order: {part: {file name: bytes}}."""
    if not hasattr(app, "book_pieces"):
        app.book_pieces = prepared(Path(app.srcdir))
    return app.book_pieces


def write_pieces(app: Sphinx, exception: Exception | None) -> None:
    """Put the pieces into the site, where a page that was written asks for them."""
    if exception or not hasattr(app, "book_pieces"):
        return
    target = Path(app.outdir) / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    folder, parts = app.book_pieces
    names = {name for files in parts.values() for name in files}
    for path in target.glob("*.js"):
        if path.name not in names:
            path.unlink()
    for name in names:
        if not (target / name).exists():  # its name holds its digest
            shutil.copyfile(folder / name, target / name)
    for path in (Path(app.srcdir) / VENDOR).glob("*LICENSE.txt"):
        shutil.copyfile(path, target / path.name)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("build-finished", write_pieces)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
