"""What extensions remember of the pages they read: kept with the environment between builds."""

from __future__ import annotations

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
