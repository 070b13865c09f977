"""Taking a page or the book away: every way offered works, and none is offered that does not."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.book.tools import BUILT, NOTEBOOK, Site, build, make_book, watched_page

FOLDER = "convolution-cell-by-cell"
KNOWN = {"GITHUB_REPOSITORY": "someone/cells", "BOOK_URL": "https://someone.example/cells"}
UNKNOWN = {"GITHUB_REPOSITORY": "", "BOOK_URL": ""}
RUN, TAKE = "Run this page elsewhere", "Take this page away"
CHAPTER = f"{NOTEBOOK}# First\n\nText.\n\n```{{code-cell}} python\n1 + 1\n```\n"


def build_html(top: Path, environment: dict) -> Path:
    """Return the folder of a small book, built where its repository is known or is not."""
    make_book(top, index=CHAPTER, second="# Second\n\nText without cells.\n")
    result = build(top, **environment)
    assert result.returncode == 0, result.stdout[-2000:]
    return top / BUILT


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    return build_html(tmp_path_factory.mktemp("known"), KNOWN)


@pytest.fixture(scope="module")
def unknown(tmp_path_factory):
    return build_html(tmp_path_factory.mktemp("unknown"), UNKNOWN)


def offers(page, name: str) -> dict[str, str]:
    """Return what a menu offers, with addresses; opened by keyboard, and closed again."""
    button = page.get_by_role("button", name=name)
    button.focus()
    page.keyboard.press("Enter")
    items = button.locator("xpath=following-sibling::ul").locator("a")
    items.last.wait_for(state="visible")
    found = {item.inner_text(): item.get_attribute("href") for item in items.all()}
    page.keyboard.press("Escape")
    items.last.wait_for(state="hidden")
    return found


def test_menus_offer_what_a_known_repository_has(chromium, known):
    github = "https://github.com/someone/cells"
    with watched_page(chromium, known.as_uri()) as (page, complaints):
        page.goto(f"{known.as_uri()}/book/index.html")
        assert offers(page, RUN) == {
            "JupyterLab on Binder": "https://mybinder.org/v2/gh/someone/cells/HEAD"
            "?urlpath=lab/tree/book/index.md",
            "Google Colab": "https://colab.research.google.com/github/someone/cells"
            "/blob/gh-pages/book/index.ipynb",
        }
        assert list(offers(page, TAKE).values()) == [
            "index.ipynb",
            "../_sources/book/index.md",
            f"../{FOLDER}.zip",
        ]
        footer = page.locator("footer.bd-footer-content, .bd-footer-content").first
        addresses = [link.get_attribute("href") for link in footer.locator("a").all()]
        assert {
            github,
            f"{github}/blob/HEAD/book/index.md",
            f"{github}/issues/new?title=Mistake%20on%20book/index",
        } <= set(addresses)
        assert not complaints


def test_menus_offer_nothing_of_an_unknown_repository(chromium, unknown):
    for path in unknown.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"mybinder|colab|github\.com", text), path.name
    with watched_page(chromium, unknown.as_uri()) as (page, complaints):
        page.goto(f"{unknown.as_uri()}/book/index.html")
        assert page.get_by_role("button", name=RUN).count() == 0
        assert "convlib for the notebook (.whl)" in offers(page, TAKE)
        page.goto(f"{unknown.as_uri()}/book/second.html")
        assert list(offers(page, TAKE).values()) == [
            "../_sources/book/second.md",
            f"../{FOLDER}.zip",
        ]
        assert not complaints


@pytest.mark.parametrize("edition", ["known", "unknown"])
def test_whatever_is_offered_is_there(edition, request):
    folder = request.getfixturevalue(edition)
    found = 0
    for path in folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for address in re.findall(r'href="([^"]+)" download', text):
            assert (path.parent / unquote(address)).is_file(), f"{path.name}: {address}"
            found += 1
    assert found > 10


def test_notebook_and_book_are_saved_by_their_names(chromium, known):
    with Site(known) as site, watched_page(chromium, site.url) as (page, _):
        page.goto(f"{site.url}/book/index.html")
        for words, name in (("as a notebook", "index.ipynb"), ("whole book", f"{FOLDER}.zip")):
            page.get_by_role("button", name=TAKE).click()
            with page.expect_download() as download:
                page.locator(".dropdown-menu.show a", has_text=words).click()
            assert download.value.suggested_filename == name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_open_menus_fit_a_narrow_screen_and_axe(chromium, known, scheme):
    options = {"color_scheme": scheme, "viewport": {"width": 320, "height": 640}}
    with watched_page(chromium, known.as_uri(), **options) as (page, _):
        page.goto(f"{known.as_uri()}/book/index.html")
        for name in (RUN, TAKE):
            page.get_by_role("button", name=name).click()
            box = page.locator(".dropdown-menu.show").bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 320
            assert not Axe().run(page).response["violations"]
            page.keyboard.press("Escape")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_links_are_there_without_scripts(chromium, known):
    with watched_page(chromium, known.as_uri(), java_script_enabled=False) as (page, _):
        page.goto(f"{known.as_uri()}/book/index.html")
        assert not page.get_by_role("button", name=TAKE).is_visible()
        for words in ("as a notebook", "source (.md)", "whole book", "Binder", "Colab"):
            assert page.locator(".book-take a", has_text=words).is_visible()


@pytest.fixture(scope="module")
def unpacked(book_html, tmp_path_factory):
    """The folder that the archive of the book unpacks to."""
    top = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(book_html / f"{FOLDER}.zip") as archive:
        archive.extractall(top)
    assert [path.name for path in top.iterdir()] == [FOLDER]
    return top / FOLDER


def test_archive_holds_the_book_and_no_more(book_html, unpacked):
    def files(folder):
        names = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return {name.as_posix() for name in names if not name.name.startswith(".")}

    assert files(unpacked) == files(book_html) - {f"{FOLDER}.zip"}
    for name in files(unpacked):
        packed, built = (unpacked / name).read_bytes(), (book_html / name).read_bytes()
        if name.endswith(".html"):
            assert f"{FOLDER}.zip".encode() not in packed, name
        else:
            assert packed == built, name


def test_unpacked_book_works_from_disk(chromium, unpacked):
    with watched_page(chromium, unpacked.as_uri()) as (page, complaints):
        page.goto(f"{unpacked.as_uri()}/index.html")
        page.wait_for_url("**/book/index.html")
        page.locator("a.state-link", has_text="stride 3").click()
        page.locator("#explorer-stride [data-part=code]", has_text="stride=3").wait_for()
        page.get_by_role("link", name="stride", exact=True).first.click()
        page.wait_for_url("**/book/stride.html*")
        assert urlsplit(page.url).path.startswith(urlsplit(unpacked.as_uri()).path)
        assert not complaints
