"""Run the chapters' cells: as a page, again when convlib changed, and never half."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.config import Config

from convlib.explorers.base import PAGE_VARIABLE

#: What the numbers in the book depend on, besides the chapters themselves.
SOURCES = ("convlib/**/*.py", "requirements.txt")


def digest_of(top: Path, patterns: tuple[str, ...]) -> str:
    """Return a digest of the names and contents of all files below `top` that match."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in top.glob(pattern)):
        if path.is_file():
            digest.update(f"{path.relative_to(top).as_posix()} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def choose_cache(app: Sphinx, config: Config) -> None:
    """Keep the results of each state of convlib apart.

    The execution cache knows a notebook by its cells alone: with an edited convlib it would hand
    out the old numbers. The digest is a configuration value of its own, so that Sphinx also reads
    all pages again when it changes.
    """
    os.environ[PAGE_VARIABLE] = "1"
    config.book_sources_digest = digest_of(Path(app.srcdir), SOURCES)
    config.nb_execution_cache_path = str(caches_of(app) / config.book_sources_digest)


def caches_of(app: Sphinx) -> Path:
    """Return the folder of the execution caches, one for each state of convlib."""
    return Path(app.outdir).parent / ".jupyter_cache"


def forget_old_caches(app: Sphinx, exception: Exception | None) -> None:
    """Drop the results of other states of convlib once there are those of this one."""
    if exception:
        return
    for old in caches_of(app).glob("*"):
        if old.name != app.config.book_sources_digest:
            shutil.rmtree(old) if old.is_dir() else old.unlink()


def forget_failed_build(app: Sphinx, exception: Exception | None) -> None:
    """Make the next build read all pages again after one that failed.

    Sphinx warns about a page when it reads it, and reads an unchanged page once. Without this, a
    build that failed with a warning would succeed when repeated.
    """
    if exception or app._warncount:
        (Path(app.doctreedir) / ENV_PICKLE_FILENAME).unlink(missing_ok=True)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_config_value("book_sources_digest", "", "env", str)
    app.connect("config-inited", choose_cache)
    app.connect("build-finished", forget_old_caches)
    app.connect("build-finished", forget_failed_build)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
