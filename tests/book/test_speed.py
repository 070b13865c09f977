"""Pages come quickly: one style with what they use, few scripts; and what is read stays."""

from __future__ import annotations

import gzip
import re

import pytest

from tests.book.tools import BUILT, MOVED, build, make_book, settle, watched_page

STYLE = re.compile(r'<link[^>]*href="([^"]*\.css)(?:\?v=(\w+))?"')
#: Bytes of the pages' style, compressed, and the requests of a chapter with all it has.
STYLE_BYTES, REQUESTS = 30_000, 20
EXPLORER = ".explorer[data-name]"
#: What moved: all of it, and what moved without being asked to, as in "cumulative layout shift".
WATCH = """() => {
  window.moved = {asked: 0, unasked: 0};
  new PerformanceObserver((list) => {
    for (const {hadRecentInput, value} of list.getEntries())
      moved[hadRecentInput ? "asked" : "unasked"] += value;
  }).observe({type: "layout-shift"});
}"""
#: A line may break anew once a formula in it has its font.
LITTLE = 0.002
FRAMES = """() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""


def test_pages_have_one_style(book_html, pages):
    for name in pages:
        found = STYLE.findall((book_html / name).read_text(encoding="utf-8"))
        if name != "404.html":  # which needs no other file
            assert len(found) == 1, name
            assert found[0][1], f"{name}: an old style would be kept for the new page"
    style = (book_html / "_static/pages.css").read_bytes()
    assert len(gzip.compress(style)) <= STYLE_BYTES
    assert {path.name for path in book_html.glob("_static/**/*.css")} - {"pages.css"} <= {
        "explorers.css",
        "codemirror.css",
        "thebe.css",
    }


def test_style_has_what_a_page_uses_and_follows_it(tmp_path):
    """A rule comes with the first page that needs it; pages that stay are told the new style."""
    make_book(tmp_path, index="# A\n\nText.\n", second="# B\n\nText.\n")

    def built():
        result = build(tmp_path)
        assert result.returncode == 0, result.stdout[-2000:]
        page = (tmp_path / BUILT / "book/index.html").read_text(encoding="utf-8")
        style = (tmp_path / BUILT / "_static/pages.css").read_text(encoding="utf-8")
        return STYLE.search(page)[2], style

    first = built()
    assert built() == first, "a build that had nothing to do changed the style"
    before, style = first
    assert ".bd-article" in style
    assert ".explorer" in style, "the book's own rules are all kept"
    assert ".sd-card" not in style
    assert ".carousel" not in style
    card = "# B\n\n```{raw} html\n<div class='plain'></div><div class=\"sd-card\"></div>\n```\n"
    (tmp_path / "book/second.md").write_text(card, encoding="utf-8")
    after, style = built()
    assert ".sd-card" in style
    assert before != after


def test_chapter_makes_few_requests(chromium, site):
    site.sent.clear()
    with watched_page(chromium, site.url) as (page, complaints):
        settle(page, f"{site.url}/book/padding.html")
        assert not complaints
    assert len(site.sent) <= REQUESTS, "\n".join(site.sent)
    for absent in ("bootstrap", "togglebutton", "design-tabs"):
        assert not [path for path in site.sent if absent in path]
    assert [path for path in site.sent if "copybutton" in path], "code can no longer be copied"


@pytest.mark.parametrize(
    ("chapter", "width"),
    [
        ("padding", 390),
        ("pooling", 1280),
        *(
            pytest.param(chapter, width, marks=pytest.mark.long)
            for chapter, width in (
                ("stride", 390),
                ("padding", 1280),
                ("pooling", 390),
                ("stride", 1280),
            )
        ),
    ],
)
def test_nothing_moves_unasked_when_an_explorer_wakes(chromium, site, chapter, width):
    viewport = {"width": width, "height": 800}
    with watched_page(chromium, site.url, viewport=viewport) as (page, complaints):
        settle(page, f"{site.url}/book/{chapter}.html")
        explorer = page.locator(EXPLORER).first
        explorer.scroll_into_view_if_needed()
        page.evaluate(WATCH)
        explorer.hover()
        page.locator(f"{EXPLORER}[data-changed]").first.wait_for()  # its pictures are there
        page.evaluate(FRAMES)
        assert page.evaluate("moved.unasked") == 0
        # What sliders move is asked for if it comes soon: `benchmarks.phone` measures that.
        for slider in explorer.locator("input[type=range]").all():
            slider.press("End")
            page.evaluate(FRAMES)
        moved = page.evaluate("moved")
        assert moved["asked"] + moved["unasked"] > 0, "nothing moved: this test cannot fail"
        assert not complaints


def test_nothing_moves_while_a_page_opens(chromium, site, looked_at):
    moved = {}
    with watched_page(chromium, site.url, viewport={"width": 412, "height": 823}) as (page, _):
        page.add_init_script(MOVED)
        for name in {*looked_at, "book/networks.html", "explorers/picture.html"}:
            settle(page, f"{site.url}/{name}")
            moved[name] = sum(page.evaluate("moved"))
    assert {name for name, much in moved.items() if much > LITTLE} == set(), moved
