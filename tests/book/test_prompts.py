"""Prompts in the built pages, and that each chapter has something to touch near its top."""

from __future__ import annotations

import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.book.tools import TOP, watched_page
from tests.thorough import one_in

#: Chapters, and what they have to touch, begin within so many screens.
SCREENS = 2
SIZES = ((1280, 800), (390, 844))
CHAPTERS = sorted(
    path.stem for path in (TOP / "book").glob("*.md") if "Allow" in path.read_text("utf-8")
)
PROMPT = ".try:has-text('Which rows and columns does no window read')"


@pytest.fixture
def stride(chromium, book_html):
    """A function that opens the chapter on the stride from disk, with options of the browser."""

    @contextmanager
    def opened(**options):
        with watched_page(chromium, "file://", **options) as (page, complaints):
            page.goto((book_html / "book" / "stride.html").as_uri())
            yield page
            assert complaints == []

    return opened


def test_every_link_of_a_prompt_leads_to_an_explorer_of_its_page(book_html):
    found = 0
    for path in (book_html / "book").glob("*.html"):
        html = path.read_text(encoding="utf-8")
        for prompt in re.findall(r'<div class="try">.*?</details>', html, re.DOTALL):
            found += 1
            assert "{{" not in prompt
            assert "<summary>Answer</summary>" in prompt
            for name in re.findall(r'data-explorer="([\w-]+)"', prompt):
                assert f'id="explorer-{name}"' in html, path.name
    assert found > 90


def test_reader_predicts_sets_the_explorer_and_opens_the_answer_by_keyboard(stride):
    with stride() as page:
        prompt = page.locator(PROMPT)
        answer = prompt.locator("details")
        expect(answer.get_by_text("lie between the windows")).to_be_hidden()
        prompt.get_by_role("link").focus()
        page.keyboard.press("Enter")
        sentence = page.locator("#explorer-stride .sentence")
        expect(sentence).to_contain_text("A 2×2 kernel slides over an 8×8 input with stride 3")
        prompt.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(answer).to_have_attribute("open", "")
        expect(answer.get_by_text("they lie between the windows")).to_be_visible()


def test_answers_open_without_scripts(stride):
    with stride(java_script_enabled=False) as page:
        prompt = page.locator(PROMPT)
        assert prompt.get_by_role("link").get_attribute("href") == "#explorer-stride"
        prompt.locator("summary").click()
        expect(prompt.get_by_text("they lie between the windows")).to_be_visible()


def test_paper_shows_question_and_answer_and_nothing_to_press(stride):
    with stride() as page:
        page.emulate_media(media="print")
        prompt = page.locator(PROMPT)
        expect(prompt.get_by_text("they lie between the windows")).to_be_visible()
        expect(prompt.locator("summary")).to_be_hidden()
        expect(prompt.get_by_role("link")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_open_answers_fit_a_narrow_screen(stride, theme):
    with stride(viewport={"width": 320, "height": 700}, color_scheme=theme) as page:
        page.evaluate(
            "() => document.querySelectorAll('.try details').forEach(one => one.open = true)"
        )
        wide = page.evaluate(
            """() => [...document.querySelectorAll('.try, .try *')].filter(
                (one) => one.getBoundingClientRect().right > innerWidth + 0.5).length"""
        )
        assert wide == 0
        heights = page.evaluate(
            "() => [...document.querySelectorAll('.try summary')].map(one => one.offsetHeight)"
        )
        assert min(heights) >= 24


@one_in(3)
def test_every_chapter_has_something_to_touch_within_two_screens(chromium, site, every):
    late = {}
    with watched_page(chromium, site.url) as (page, _):
        for name in [*CHAPTERS][::every]:
            page.goto(f"{site.url}/book/{name}.html", wait_until="load")
            page.evaluate("() => document.fonts.ready")
            first = page.locator(".bd-article :is(.explorer, .question)").first
            for width, height in SIZES:
                page.set_viewport_size({"width": width, "height": height})
                begins = first.evaluate("(one) => one.getBoundingClientRect().top + scrollY")
                if begins > SCREENS * height:
                    late[name, width] = round(begins / height, 2)
    assert late == {}
