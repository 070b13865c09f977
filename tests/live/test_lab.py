"""The chapters in JupyterLab: behind the Binder button, and as `make live` opens them."""

from __future__ import annotations

import importlib
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.book.tools import watched_page
from tests.live.jupyter import (
    CURRENT,
    TOP,
    JupyterServer,
    leave,
    move_explorer,
    run_all,
    wait,
    wait_for_notebook,
)

CHAPTERS = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((TOP / "book").glob("*.md"))
    if "{code-cell}" in path.read_text(encoding="utf-8")
}
#: Loading JupyterLab anew for each chapter takes half of the time; these have one of each feature.
BY_ADDRESS = {"index", "stride", "fully_connected", "formulas", "separable", "pytorch"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A server started as Binder does: at the top of the repository."""
    with JupyterServer(tmp_path_factory.mktemp("binder")) as server:
        yield server


@pytest.fixture(scope="module")
def page(chromium, lab):
    """A page of that server; it may ask nobody else."""
    with watched_page(chromium, lab.url) as (page, complaints):
        yield page
        # What JupyterLab tells the console is its own.
        assert [line for line in complaints if line.startswith("asks")] == []


@pytest.fixture(scope="module")
def binder_path():
    """The path at which the Binder button opens a chapter."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TOP / "book/_ext"))
        links = importlib.import_module("book_links")

    def path(name):
        address = links.page_links("someone/cells", f"book/{name}")["binder"]
        return parse_qs(urlsplit(address).query)["urlpath"][0]

    return path


def assert_runs(page, lab, name: str) -> None:
    """Run a chapter that is open, move its explorer, and save it: the text stays as it was."""
    wait_for_notebook(page, f"{name}.md")
    assert run_all(page) == []
    if "from convlib.explorers" in CHAPTERS[name]:
        move_explorer(page)
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    wait(page, f"!{CURRENT}.context.model.dirty")
    assert (lab.top / f"book/{name}.md").read_text(encoding="utf-8") == CHAPTERS[name]
    leave(page)


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.long] if n not in BY_ADDRESS else []) for n in CHAPTERS],
)
def test_chapter_runs_behind_the_binder_button(name, page, lab, binder_path):
    lab.open(page, binder_path(name))
    assert_runs(page, lab, name)


def test_chapters_run_at_a_double_click(page, lab, binder_path):
    lab.open(page, binder_path("index"))
    wait_for_notebook(page, "index.md")
    for name in CHAPTERS.keys() - BY_ADDRESS:
        page.locator(f".jp-DirListing-item[title^='Name: {name}.md']").dblclick()
        assert_runs(page, lab, name)
