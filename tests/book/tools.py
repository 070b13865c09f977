"""What the tests of the built pages share: building, serving, watching."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from functools import lru_cache
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

from tests.server import LocalServer

TOP = Path(__file__).parents[2]
BUILT = Path("_build/html")
#: The parts of the project that a book with other chapters shares with this one.
SHARED = (
    "_config.yml",
    "requirements.txt",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "convlib",
    "book/_ext",
    "book/_live",
    "book/_static",
    "book/_templates",
    "book/references.bib",
)
NOTEBOOK = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

"""


def build(top: Path, *options: str, **environment: str) -> subprocess.CompletedProcess:
    """Build the book in `top`, as `make book` does; its output is in ``stdout``."""
    program = Path(sys.executable).with_name("jupyter-book")
    return subprocess.run(
        [program, "build", "-W", "-n", "--keep-going", *options, "."],
        cwd=top,
        env={
            **os.environ,
            "PYTHONPATH": str(top),
            "NO_COLOR": "1",
            "BOOK_PIECES": str(TOP / "_build/.python"),  # which takes seconds to make
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def pages_run(result: subprocess.CompletedProcess) -> dict[str, float]:
    """Return the pages whose cells a build ran, each with the seconds they took."""
    runs = re.findall(r"^\d+/\d+ (\S+) ran, ([\d.]+) s$", result.stdout, flags=re.MULTILINE)
    return {page: float(seconds) for page, seconds in runs}


def make_book(top: Path, **chapters: str) -> None:
    """Make a book in `top` with this project's machinery and the chapters given by name.

    The chapter ``index`` comes first; a chapter with cells starts with `NOTEBOOK`.
    """
    for name in SHARED:
        source, target = TOP / name, top / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    for name, text in chapters.items():
        (top / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    contents = ["format: jb-book", "root: book/index"]
    contents += ["chapters:"] if len(chapters) > 1 else []
    contents += [f"- file: book/{name}" for name in chapters if name != "index"]
    (top / "_toc.yml").write_text("\n".join(contents) + "\n", encoding="utf-8")


@lru_cache(64)
def compressed(path: Path, changed: int) -> bytes:
    """Return a file's content, compressed."""
    return gzip.compress(path.read_bytes(), 6)


class Site(LocalServer):
    """A local web server for a folder, which compresses as published pages are.

    ``sent`` maps the path of each request to the bytes of its answer's body, or to its status
    where there was none to send. A site that is isolated lets its pages share memory; one whose
    files are kept lets the browser keep them for ten minutes, as GitHub Pages does.
    """

    def __init__(self, folder: Path, isolated: bool = False, kept: bool = False):
        self.sent: dict[str, int] = {}
        self.missing: list[str] = []
        site = self

        class Handler(SimpleHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # connections are kept, as elsewhere

            def __init__(self, *args):
                super().__init__(*args, directory=str(folder))

            def do_GET(self):
                path = Path(self.translate_path(self.path))
                if path.is_dir():
                    path /= "index.html"
                if not path.is_file():
                    site.missing.append(self.path)
                    self.send_error(404)
                    return
                body = compressed(path, path.stat().st_mtime_ns)
                site.sent[self.path] = len(body)
                self.send_response(200)
                self.send_header("Content-Type", self.guess_type(str(path)))
                self.send_header("Content-Encoding", "gzip")
                if kept:
                    self.send_header("Cache-Control", "max-age=600")
                if isolated:
                    self.send_header("Cross-Origin-Opener-Policy", "same-origin")
                    self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with suppress(ConnectionError):  # a page that was closed meanwhile
                    self.wfile.write(body)

        super().__init__(Handler)


@contextmanager
def watched_page(chromium, own: str, **options):
    """Yield a browser page that can reach `own` alone, and the list of its complaints.

    A complaint is a request to anyone else, a file that is missing, a warning or an error in the
    console, and an error of the page.
    """
    complaints: list[str] = []
    context = chromium.new_context(**options)

    def allow(route):
        if route.request.url.startswith((own, "data:", "blob:")):
            route.continue_()
        else:
            complaints.append(f"asks {route.request.url}")
            route.abort()

    context.route("**/*", allow)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
    # What a page did not wait for when it was left is no complaint.
    page.on(
        "requestfailed",
        lambda request: (
            request.failure != "net::ERR_ABORTED" and complaints.append(f"no answer: {request.url}")
        ),
    )
    page.on(
        "console",
        lambda message: (
            message.type in ("warning", "error")
            and complaints.append(f"console {message.type}: {message.text}")
        ),
    )
    page.on(
        "response",
        lambda answer: (
            answer.status >= 400 and complaints.append(f"status {answer.status}: {answer.url}")
        ),
    )
    yield page, complaints
    context.close()


#: For a page before it opens: what moves in it without being asked to, in ``moved``.
MOVED = """window.moved = []; new PerformanceObserver((list) => {
  moved.push(...list.getEntries().filter((one) => !one.hadRecentInput).map((one) => one.value));
}).observe({ type: "layout-shift", buffered: true })"""


def settle(page, address: str) -> None:
    """Open a page, scroll through it so that whatever loads late does, and wait."""
    page.goto(address, wait_until="load")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
