"""The chapters in JupyterLab: behind the Binder button, and as `make live` opens them."""

from __future__ import annotations

import re
import shlex
import subprocess
from urllib.parse import parse_qs, urlsplit

import book_links
import pytest
from playwright.sync_api import expect

from tests.book.tools import watched_page
from tests.live.jupyter import (
    CURRENT,
    TOP,
    JupyterServer,
    click_until_visible,
    leave,
    new_picture,
    run_all,
    show_explorer,
    wait,
    wait_for_notebook,
)
from tests.waiting import PATIENCE

CHAPTERS = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((TOP / "book").glob("*.md"))
    if "{code-cell}" in path.read_text(encoding="utf-8")
}
#: Loading JupyterLab anew for each chapter takes half of the time; these have one of each feature.
BY_ADDRESS = {"index", "fully_connected", "pytorch"}
#: The build runs every chapter's cells, and the long tests run them all here; `make test` runs one
#: by a double click, and one by its address.
AT_A_DOUBLE_CLICK = ("formulas",)


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

    def path(name):
        address = book_links.page_links("someone/cells", f"book/{name}")["binder"]
        return parse_qs(urlsplit(address).query)["urlpath"][0]

    return path


def move_explorer(page) -> None:
    """Move a slider of the first explorer by keyboard; hold that its picture changes."""
    with new_picture(page) as cell:
        slider = cell.locator(".widget-hslider [role=slider]").first
        at_end = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
        slider.press("ArrowLeft" if at_end else "ArrowRight")


def assert_runs(page, lab, name: str) -> None:
    """Run a chapter that is open, move its explorer, and save it: the text stays as it was."""
    wait_for_notebook(page, f"{name}.md")
    assert run_all(page) == []
    if "from convlib.explorers import" in CHAPTERS[name]:
        move_explorer(page)
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    wait(page, f"!{CURRENT}.context.model.dirty")
    assert (lab.top / f"book/{name}.md").read_text(encoding="utf-8") == CHAPTERS[name]
    leave(page)


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.long] if n != "index" else []) for n in CHAPTERS],
)
def test_chapter_runs_behind_the_binder_button(name, page, lab, binder_path):
    lab.open(page, binder_path(name))
    assert_runs(page, lab, name)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(AT_A_DOUBLE_CLICK, id="some"),
        pytest.param(
            sorted(CHAPTERS.keys() - BY_ADDRESS - {*AT_A_DOUBLE_CLICK}),
            id="others",
            marks=pytest.mark.long,
        ),
    ],
)
def test_chapters_run_at_a_double_click(names, page, lab, binder_path):
    lab.open(page, binder_path("index"))
    wait_for_notebook(page, "index.md")
    for name in names:
        page.locator(f".jp-DirListing-item[title^='Name: {name}.md']").dblclick()
        assert_runs(page, lab, name)


def test_text_of_a_chapter_reads_as_in_the_book(page, lab, binder_path):
    """Citations, states and directives of our own are no raw text, and questions show no code."""
    lab.open(page, binder_path("gallery"))
    page.get_by_role("link", name="[Dumoulin and Visin, 2016]").first.wait_for()
    page.get_by_text("The page of the book shows more here.").first.wait_for()
    expect(page.get_by_text("Unknown Directive").locator("visible=true")).to_have_count(
        0, timeout=1000 * PATIENCE
    )

    lab.open(page, binder_path("stride"))
    wait_for_notebook(page, "stride.md")
    folded = page.evaluate(
        """() => jupyterapp.shell.currentWidget.content.widgets
            .filter(cell => cell.model.getMetadata("tags")?.includes("remove-input"))
            .map(cell => cell.inputHidden)"""
    )
    assert folded
    assert all(folded)
    show_explorer(page)
    page.get_by_text("A 5×5 input gives 2×2 cells at stride 2.").wait_for()
    answer = page.locator("details", has_text="Numbers 2 and 5, dotted")
    click_until_visible(
        answer.locator("summary"), answer.get_by_text("they lie between the windows")
    )
    link = page.get_by_role("link", name="stride 3").first
    expect(page.get_by_text("stride=3 padding=0").locator("visible=true")).to_have_count(
        0, timeout=1000 * PATIENCE
    )
    note = page.get_by_text("This link moves the explorer, which is not there yet.")
    click_until_visible(link, note)
    page.get_by_role("button", name="Run all cells", exact=True).first.click()
    wait(page, f"[...{CURRENT}.content.model.cells].at(-2).executionState === 'idle'")
    show_explorer(page)
    page.get_by_role("link", name="stride 3").first.press("Enter")
    page.get_by_text("with stride 3, and gives").wait_for()


@pytest.fixture
def made_live(tmp_path):
    """A server started as `make live` does."""
    recipe = subprocess.run(
        ["make", "-n", "live"], cwd=TOP, capture_output=True, text=True, check=True
    ).stdout
    command = re.search(r"jupyter lab .*", recipe)[0]
    options = [word for word in shlex.split(command) if "=" in word]
    assert options
    with JupyterServer(tmp_path, options=options) as server:
        yield server


def test_make_live_begins_at_the_first_page_and_keeps_what_is_edited(chromium, made_live):
    with watched_page(chromium, made_live.url) as (page, _):
        made_live.open(page, "")
        wait_for_notebook(page, "index.md")
        page.locator(".jp-MarkdownCell a", has_text="padding").first.click()
        wait_for_notebook(page, "padding.md")
        page.evaluate(
            """() => {
                const {content, context} = jupyterapp.shell.currentWidget;
                const cell = [...content.model.cells].find(cell => cell.type === "markdown");
                const source = cell.sharedModel.getSource();
                cell.sharedModel.setSource(source.replace("# Padding", "# My padding"));
                return context.save();
            }"""
        )
    expected = CHAPTERS["padding"].replace("# Padding", "# My padding", 1)
    assert expected != CHAPTERS["padding"]
    assert (made_live.top / "book/padding.md").read_text(encoding="utf-8") == expected
