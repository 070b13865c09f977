"""Each explorer on a page of its own: it fills its frame, and is worked with keys alone."""

from __future__ import annotations

import re

import pytest

from convlib.draw.photo import png_bytes, portrait
from convlib.explorers import PANELS
from tests.book.tools import watched_page

SIZES = ((1280, 720), (390, 844), (320, 640))


@pytest.fixture
def page(chromium):
    """An empty page, of which nobody complains."""
    with watched_page(chromium, "file://") as (page, complaints):
        yield page
        assert complaints == []


def address(book_html, name: str) -> str:
    return (book_html / "explorers" / f"{name}.html").as_uri()


def test_every_explorer_has_a_page_and_a_card(book_html):
    names = {path.stem for path in (book_html / "explorers").glob("*.html")} - {"index"}
    assert names == set(PANELS)
    index = (book_html / "explorers" / "index.html").read_text(encoding="utf-8")
    assert set(re.findall(r'<a href="([\w-]+)\.html">', index)) == names
    cards = index.split("<li><a ")[1:]
    assert all("<svg" in card or "<img" in card for card in cards)
    assert 'role="application"' not in index


@pytest.mark.parametrize("name", PANELS)
def test_page_shows_its_explorer_at_any_width_and_asks_nobody(page, book_html, name):
    page.goto(address(book_html, name))
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{width} px"
    explorer = page.locator("main > .explorer")
    explorer.locator("[name]").first.focus()  # the first touch loads the pack
    assert explorer.locator("svg, canvas").count() > 0
    assert page.locator("h1").count() == 1


def test_state_is_taken_from_the_address_and_keys_step_and_play(page, book_html):
    page.goto(f"{address(book_html, 'stride')}#stride:stride=3,step=2")
    count = page.locator(".count")
    count.filter(has_text="step 2 of").wait_for()
    assert page.locator("[name=stride]").get_attribute("aria-valuetext") == "3"
    for key, step in (("ArrowRight", 3), ("PageDown", 4), ("ArrowLeft", 3), ("PageUp", 2)):
        page.keyboard.press(key)
        count.filter(has_text=f"step {step} of").wait_for()
    page.keyboard.press("Space")
    assert page.locator("[data-do=play]").inner_text() == "Pause"
    page.keyboard.press("Space")
    assert page.locator("[data-do=play]").inner_text() == "Play"
    # Keys of a control are the control's own.
    page.locator("[name=stride]").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator("[name=stride]").get_attribute("aria-valuetext") == "2"


def test_picture_takes_its_state_from_the_address_and_its_lens_from_the_keys(page, book_html):
    page.goto(f"{address(book_html, 'picture')}#picture:kernel=Gaussian,stride=2,row=10,column=45")
    count = page.locator(".count")
    count.filter(has_text="row 10, column 45").wait_for()
    assert page.locator("[name=over]").input_value() == "16"
    for key, column in (("ArrowRight", 46), ("PageUp", 45), ("ArrowLeft", 44)):
        page.keyboard.press(key)
        assert count.inner_text() == f"row 10, column {column}"
    page.keyboard.press("Space")
    count.filter(has_text="row 10, column 46").wait_for()
    page.locator("[data-do=play]").filter(has_text="Play").wait_for()
    # The pictures grow with the frame, and both are seen in it.
    page.set_viewport_size({"width": 1280, "height": 720})
    boxes = [canvas.bounding_box() for canvas in page.locator("canvas").all()]
    assert all(box["width"] > 400 and box["y"] + box["height"] <= 720 for box in boxes), boxes


def test_photo_is_read_under_the_policy_of_the_page(page, book_html):
    page.goto(address(book_html, "picture"))
    page.get_by_text("Paint, or use a photo").click()
    photo = {"name": "a.png", "mimeType": "image/png", "buffer": png_bytes(portrait(64))}
    page.get_by_label("A photo of your own").set_input_files(photo)
    page.locator("[data-do=undo]:enabled").wait_for()
    assert page.locator("[data-of=told]").inner_text() == ""


def test_embed_code_shows_the_same_state_in_a_frame(page, book_html, tmp_path):
    page.goto(f"{address(book_html, 'transpose')}#transpose:size=5,step=4")
    page.locator(".count").filter(has_text="step 4 of").wait_for()
    page.evaluate(
        "() => { navigator.clipboard.writeText = async (text) => { window.copied = text; } }"
    )
    page.get_by_role("button", name="Copy embed code").click()
    page.get_by_role("status").filter(has_text="Embed code copied.").wait_for()
    code = page.evaluate("copied")
    assert re.search(r'title="[^"]*Transposed', code)
    course = tmp_path / "course.html"
    course.write_text(f"<!DOCTYPE html><title>A course</title><p>Here:</p>{code}")
    page.goto(course.as_uri())
    frame = page.frame_locator("iframe")
    frame.locator(".count").filter(has_text="step 4 of").wait_for()
    assert frame.locator("footer a").first.get_attribute("target") == "_top"


def test_embed_code_can_be_copied_by_hand_where_the_clipboard_is_closed(page, book_html):
    page.goto(address(book_html, "stride"))
    page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(Error('closed')); }"
    )
    page.get_by_role("button", name="Copy embed code").click()
    shown = page.locator("footer [role=status]").filter(has_text="<iframe")
    shown.wait_for()
    assert page.evaluate("getSelection().toString()") == shown.inner_text()


@pytest.mark.parametrize("name", ["stride", "index"])
def test_page_can_be_read_without_scripts(chromium, book_html, name):
    with watched_page(chromium, "file://", java_script_enabled=False) as (page, _):
        page.goto(address(book_html, name))
        assert page.locator("svg").count() > 0
        assert not page.locator("#embed").is_visible()
