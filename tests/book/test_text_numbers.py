"""Numbers in the text that belong to an explorer: dragged, moved by keys, and following it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


@pytest.fixture
def page(chromium, book_html):
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    made = context.new_page()
    troubles = []
    made.on("pageerror", lambda error: troubles.append(str(error)))
    made.goto((book_html / "book/stride.html").as_uri())
    yield made
    assert troubles == []
    context.close()


def number(page, control):
    return page.locator(f'.text-number[data-control="{control}"]')


def output(page, control):
    return page.locator(f'#explorer-stride .control:has([name="{control}"]) output')


def test_a_number_in_the_text_is_dragged_and_the_explorer_follows(page):
    one = number(page, "input_size")
    one.scroll_into_view_if_needed()
    box = one.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 32, y)
    page.mouse.up()
    expect(one).to_have_text("7")
    expect(output(page, "input_size")).to_have_text("7")
    expect(page.locator('#explorer-stride [data-part="grid:input"] .grid-title')).to_have_text(
        "input 7×7"
    )


def test_a_number_in_the_text_is_moved_by_keys_and_has_a_name(page):
    one = number(page, "stride")
    expect(one).to_have_role("slider")
    expect(one).to_have_accessible_name("stride")
    one.focus()
    for key, shown in (("ArrowRight", "3"), ("ArrowRight", "3"), ("Home", "1"), ("End", "3")):
        page.keyboard.press(key)
        expect(one).to_have_text(shown)
        expect(one).to_have_attribute("aria-valuenow", shown)
        expect(output(page, "stride")).to_have_text(shown)


def test_a_number_in_the_text_follows_the_explorer(page):
    page.locator("#explorer-stride [name=kernel_size]").focus()
    page.keyboard.press("ArrowRight")
    expect(number(page, "kernel_size")).to_have_text("4")
    page.locator("#explorer-stride").get_by_role("button", name="Reset").click()
    expect(number(page, "kernel_size")).to_have_text("3")


def test_numbers_in_the_text_begin_as_their_explorers_do(chromium, book_html):
    context = chromium.new_context(java_script_enabled=False)
    page, found = context.new_page(), 0
    for path in sorted(book_html.glob("**/*.html")):
        if 'class="text-number"' not in path.read_text():
            continue
        page.goto(path.as_uri())
        for one in page.locator(".text-number").all():
            explorer, control = (
                one.get_attribute(f"data-{name}") for name in ("explorer", "control")
            )
            shown = page.locator(f'#explorer-{explorer} .control:has([name="{control}"]) output')
            expect(one).to_have_text(shown.inner_text())
            found += 1
    assert found > 15
    context.close()
