"""First things first: something to touch comes before words about it, and code after it."""

from __future__ import annotations

import pytest
from lxml import html

from convlib.explorers import EXPLORERS
from tests.book.reader import Reader
from tests.waiting import wait_for


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_home_page_opens_with_an_explorer(chromium, book_html, width, height):
    context = chromium.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto((book_html / "index.html").as_uri())
    first = page.locator(".explorer").first
    for part in (first.locator("[name=stride]"), *first.locator(".grid svg").all()):
        box = part.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height
    # One sentence above it, and no code.
    above = page.evaluate("""() => [...document.querySelectorAll("article p, article pre")].filter(
      (one) => one.offsetParent && one.compareDocumentPosition(document.querySelector(".explorer"))
        & Node.DOCUMENT_POSITION_FOLLOWING).map((one) => [one.tagName, one.textContent])""")
    assert [tag for tag, _ in above] == ["P"]
    assert above[0][1].count(".") == 1
    context.close()


def test_the_call_of_an_explorer_stands_beneath_it(chromium, book_html):
    context = chromium.new_context()
    page = context.new_page()
    for name in ("index.html", "book/stride.html", "book/padding.html"):
        page.goto((book_html / name).as_uri())
        cell = page.locator("div.cell.call").first
        parts = cell.evaluate("(cell) => [...cell.children].map((one) => one.classList[0])")
        assert parts == ["cell_output", "cell_input"], name
    context.close()


def test_the_code_of_a_picture_is_folded_beneath_it(chromium, book_html):
    context = chromium.new_context()
    page = context.new_page()
    page.goto((book_html / "book/stride.html").as_uri())
    cell = page.locator("div.cell.drawn").first
    boxes = [cell.locator(part).bounding_box() for part in ("figure", "summary")]
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
    assert cell.locator("summary").inner_text() == "Code of this picture"
    assert not cell.locator("pre").is_visible()
    cell.locator("summary").click()
    assert cell.locator("pre").is_visible()
    context.close()


def test_all_code_that_only_draws_or_checks_is_folded(book_html, pages):
    count = 0
    for name in pages:
        page = html.parse(book_html / name)
        cells = page.xpath("//div[contains(@class, 'tag_hide-input')]")
        open_ones = [one for one in cells if not one.xpath("./details//pre")]
        assert not open_ones, (name, len(open_ones))
        count += len(cells)
    assert count > 100


@pytest.mark.parametrize("name", EXPLORERS)
def test_no_cell_is_narrower_than_a_finger_on_the_smallest_phone(chromium, book_html, name):
    explorer = EXPLORERS[name]
    page = book_html / "explorers" / f"{name}.html"
    one = Reader(chromium, page, viewport={"width": 320, "height": 640}, has_touch=True)
    one.wake()
    # The largest pictures come from the largest values.
    largest = {
        control.name: control.values[-1]
        for control in explorer.controls
        if isinstance(control.values[-1], int) and control.name != "output_channel"
    }
    for values in ({}, largest, largest | {"stride": 1} if "stride" in largest else {}):
        one.set(**values)
        one.settle()
        for svg in one.root.locator(".grid svg").all():
            columns = int(svg.get_attribute("viewBox").split(" ")[2]) / 24
            assert svg.bounding_box()["width"] / columns >= 24
        assert one.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert one.troubles == []
    one.context.close()


#: Whether all cells that are lit lie within the part of a grid that is seen.
WITHIN = """grid => {
  const frame = grid.getBoundingClientRect();
  return [...grid.querySelectorAll("rect.lit")].map((cell) => cell.getBoundingClientRect()).every(
    ({left, right}) => frame.left - 1 <= left && right <= frame.right + 1);
}"""


def test_a_grid_that_scrolls_keeps_the_step_in_view(chromium, book_html):
    page = book_html / "explorers/padding.html"
    state = "#padding:input_size=8,kernel_size=4,padding=full,stride=1"
    one = Reader(chromium, page, state, viewport={"width": 320, "height": 640})
    one.wake()
    grid = one.root.locator('[data-part="grid:input"]')
    one.page.evaluate("document.querySelector('.grids').style.width = '200px'")
    one.root.locator('[data-part="grid:output"]').focus()
    for key, step in (("End", (10, 10)), ("Home", (0, 0))):
        one.page.keyboard.press(key)
        assert one.grid("grid:output").lit == {step}
        wait_for(lambda: grid.evaluate(WITHIN), f"the cells of {step}")
    assert grid.get_attribute("tabindex") == "0"
    one.context.close()
