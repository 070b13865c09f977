"""Run the chapters' cells: as a page, side by side, again when convlib changed, and never half."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from convlib.explorers.building import PAGE_VARIABLE

LOGGER = logging.getLogger(__name__)

#: What the numbers in the book depend on, besides the chapters themselves.
SOURCES = ("convlib/**/*.py", "requirements.txt")

#: Each kernel takes a processor and, with PyTorch, some 300 MB of memory.
MOST_KERNELS = 4


def digest_of(top: Path, patterns: Iterable[str]) -> str:
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
    # Chapters run side by side: threads of one would take turns with those of the other. It also
    # makes sums, and so the numbers in the book, the same on machines with more processors.
    os.environ["OMP_NUM_THREADS"] = "1"
    config.book_sources_digest = digest_of(Path(app.srcdir), SOURCES)
    config.nb_execution_cache_path = str(caches_of(app) / config.book_sources_digest)


def notebook_of(env: BuildEnvironment, docname: str) -> NotebookNode | None:
    """Return the notebook that a page is written as, without results; None if it has no cells."""
    path = Path(env.doc2path(docname))
    source = [path.read_text(encoding="utf-8")]
    env.events.emit("source-read", docname, source)  # an edition may leave something out
    reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, source[0])
    return reader and reader.read(source[0])


def stale_notebooks(
    env: BuildEnvironment, cache: JupyterCacheAbstract, docnames: list[str]
) -> dict[str, NotebookNode]:
    """Return the notebooks among the pages whose results are not in the cache, by page."""
    stale = {}
    for docname in docnames:
        notebook = notebook_of(env, docname)
        if notebook is None:
            continue
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            stale[docname] = notebook
    return stale


def run_notebook(notebook: NotebookNode, folder: Path, **options) -> ExecutionResult:
    """Run the cells of a notebook; once more if it was not the cells that went wrong.

    A cell that raises or takes too long is in the result. What is raised here is a kernel that did
    not start, which happens on a machine that is busy.
    """
    try:
        return single_nb_execution(notebook, cwd=str(folder), **options)
    except Exception as error:
        LOGGER.info("a kernel did not start, so it is started once more (%r)", error)
        return single_nb_execution(notebook, cwd=str(folder), **options)


def run_stale_notebooks(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run what the pages to be read lack, several at a time, into the cache they read from.

    A kernel mostly waits for PyTorch to load, and reading the pages would start them one by one. A
    notebook that fails is left out of the cache: the page that lacks it runs it again, and reports
    it with its traceback as it always did.
    """
    config = env.mystnb_config
    cache = get_cache(config.execution_cache_path)
    stale = stale_notebooks(env, cache, docnames)
    if not stale:
        return

    def run(docname: str) -> ExecutionResult:
        return run_notebook(
            stale[docname],
            Path(env.doc2path(docname)).parent,
            timeout=config.execution_timeout,
            allow_errors=config.execution_allow_errors,
        )

    kernels = min(MOST_KERNELS, os.cpu_count() or 1, len(stale))
    LOGGER.info("running the cells of what changed, %d at a time", kernels)
    pool = ThreadPoolExecutor(kernels)
    try:
        runs = {pool.submit(run, docname): docname for docname in stale}
        for number, finished in enumerate(as_completed(runs), 1):
            docname, result = runs[finished], finished.result()
            if result.err is None:
                path, data = env.doc2path(docname), {"execution_seconds": result.time}
                bundle = CacheBundleIn(result.nb, path, data=data)
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            outcome = "ran" if result.err is None else "failed"
            LOGGER.info("%d/%d %s %s, %.1f s", number, len(stale), docname, outcome, result.time)
    finally:  # also when interrupted: what has not begun never will
        pool.shutdown(cancel_futures=True)


def caches_of(app: Sphinx) -> Path:
    """Return the folder of the execution caches, one for each state of convlib.

    The students' edition, which is built elsewhere, has the same results.
    """
    return Path(app.srcdir) / "_build" / ".jupyter_cache"


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
    app.connect("env-before-read-docs", run_stale_notebooks)
    app.connect("build-finished", forget_old_caches)
    app.connect("build-finished", forget_failed_build)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
