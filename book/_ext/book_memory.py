"""What extensions remember of the pages they read, between builds, and the files made of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def remember(app: Sphinx, name: str, kind: type[dict] | type[set] = dict) -> None:
    """Give the environment a memory, ``app.env.NAME``, by the names of pages.

    A page that is about to be read again, or is gone, is forgotten. The memory is not merged from
    workers, so an extension that has one says ``parallel_read_safe: False``.
    """

    def prepare(app: Sphinx) -> None:
        setattr(app.env, name, getattr(app.env, name, kind()))

    def forget_page(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        if kind is dict:
            getattr(env, name).pop(docname, None)
        else:
            getattr(env, name).discard(docname)

    app.connect("builder-inited", prepare)
    app.connect("env-purge-doc", forget_page)


def put_html(raw: nodes.raw, html: str) -> None:
    """Let a node that was read as HTML hold other HTML."""
    raw.children = [nodes.Text(html)]
    raw.rawsource = html


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a folder by their names, and remove what is left of others."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, data in files.items():
        write_whole(folder / name, data)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that others find whole, as it was or as it is, whoever else writes it."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_bytes(data)
    fresh.replace(path)
