"""The numbers of an explorer, changed by its reader: mouse, pen, fingers, keyboard, links."""

from __future__ import annotations

import random

import pytest

from convlib.explorers import EXPLORERS
from convlib.scenes.changes import changed
from tests.book.harness import page_html, write_page
from tests.book.reader import Reader
from tests.scenes.changing import CHANGING, RETOLD, some_changes
from tests.waiting import wait_for

# What the cells of an explorer show, and the entries of its matrix that are drawn.
TEXTS = """root => Object.fromEntries([...root.querySelectorAll(".grid[data-part]")].map(
  (part) => [part.dataset.grid, [...part.querySelectorAll("text")].map((text) => text.textContent)]
).filter(([, texts]) => texts.length))"""

STRIDE = EXPLORERS["stride"]


def shown_texts(scene):
    """Return what the page has to show of a scene."""
    texts = {one.name: [text for row in one.values for text in row] for one in scene.grids}
    if scene.matrix and scene.matrix.shape[1] <= 32:
        texts["matrix"] = [text for row in scene.matrix.values for text in row if text]
    return {name: found for name, found in texts.items() if found}


def address(changes):
    """Return changes as a link has them."""
    return ";".join(
        f"{source}/{row}/{column}/{number:g}"
        for source, own in changes.items()
        for (row, column), number in own.items()
    )


@pytest.fixture
def reader(chromium, tmp_path):
    """Open the stride explorer as it begins."""
    made = Reader(chromium, write_page(tmp_path, page_html(STRIDE)))
    made.wake()
    yield made
    assert made.troubles == []
    made.context.close()


@pytest.mark.parametrize(
    "count", [12, pytest.param(155, marks=pytest.mark.long)], ids=["some", "many"]
)
@pytest.mark.parametrize("name", CHANGING)
def test_changed_numbers_are_followed_as_by_convlib(chromium, book_html, name, count):
    explorer, chance = EXPLORERS[name], random.Random(name)
    made = Reader(chromium, book_html / "explorers" / f"{name}.html")
    made.wake()
    states = list(explorer.states())
    for state in chance.choices(states, k=count):
        scene = explorer.scene(**state)
        changes = some_changes(scene, chance)
        values = ",".join(f"{control}={value}" for control, value in state.items())
        made.page.evaluate(
            "(link) => { location.hash = link }", f"{name}:{values},changed={address(changes)}"
        )
        expected = shown_texts(changed(scene, changes))
        wait_for(
            lambda expected=expected: made.root.evaluate(TEXTS) == expected,
            f"the picture of {state} with {changes}",
        )
    assert made.troubles == []
    made.context.close()


def test_a_cell_is_clicked_and_typed_into(reader):
    reader.click("grid:input", 0, 0)
    field = reader.root.locator(".number-field input")
    assert field.input_value() == "0"
    field.fill("7")
    assert reader.grid("grid:input").values[0][0] == "7"
    expected = changed(STRIDE.scene(**STRIDE.values()), {"input": {(0, 0): 7}})
    assert reader.root.evaluate(TEXTS) == shown_texts(expected)
    assert "7×1" in reader.read()["sum"] or "This 7 is read by" in reader.read()["sum"]
    reader.page.keyboard.press("Enter")
    assert field.count() == 0
    assert "#stride:" in reader.page.url or reader.announced()
    assert "changed=input/0/0/7" in reader.page.url


def test_a_wrong_number_says_so_and_changes_nothing(reader):
    before = reader.root.evaluate(TEXTS)
    reader.click("grid:kernel", 1, 1)
    field = reader.root.locator(".number-field input")
    for typed, rule in (
        ("many", "is no number"),
        ("100", "is not from −99 to 99"),
        ("0.125", "has more than 2 decimals"),
        ("", "is no number"),
    ):
        field.fill(typed)
        assert f"“{typed}” {rule}: it stays 1." in reader.read()["sum"]
        assert field.get_attribute("aria-invalid") == "true"
        assert reader.root.evaluate(TEXTS) == before
    assert "it stays 1" in reader.announced()


def test_arrows_change_by_one_and_escape_takes_it_back(reader):
    before = reader.root.evaluate(TEXTS)
    reader.click("grid:kernel", 0, 0)
    for key, shown in (("ArrowUp", "2"), ("ArrowUp", "3"), ("ArrowDown", "2")):
        reader.page.keyboard.press(key)
        assert reader.grid("grid:kernel").values[0][0] == shown
    reader.page.keyboard.press("Escape")
    assert reader.root.evaluate(TEXTS) == before
    assert "changed" not in (reader.announced() and reader.page.url)


def test_a_number_is_dragged_up_and_down(reader):
    x, y = reader.cell("grid:input", 1, 1)
    reader.page.mouse.move(x, y)
    reader.page.mouse.down()
    reader.page.mouse.move(x, y - 33)
    assert reader.grid("grid:input").values[1][1] == "9"
    reader.page.mouse.move(x, y + 50)
    assert reader.grid("grid:input").values[1][1] == "−1"
    reader.page.mouse.up()
    assert reader.root.locator(".number-field").count() == 0


def test_a_second_finger_changes_the_number_under_the_first(chromium, tmp_path):
    page = write_page(tmp_path, page_html(STRIDE))
    reader = Reader(chromium, page, has_touch=True, is_mobile=True)
    reader.wake()
    x, y = reader.cell("grid:input", 2, 2)
    session = reader.context.new_cdp_session(reader.page)
    before = int(reader.grid("grid:input").values[2][2])
    for dy, by in ((-80, 1), (80, -1), (80, -1)):
        points = [{"x": x, "y": y, "id": 0}]
        session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points})
        points.append({"x": x, "y": y + dy, "id": 1})
        session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        before += by
        assert reader.grid("grid:input").values[2][2] == str(before)
    assert reader.troubles == []
    reader.context.close()


def test_numbers_are_changed_by_keyboard_alone(reader):
    reader.root.locator('[data-part="grid:input"]').focus()
    reader.page.keyboard.press("ArrowRight")
    assert "Row 0, column 0. This 0 is read by" in reader.announced()
    reader.page.keyboard.press("ArrowRight")
    reader.page.keyboard.press("Enter")
    reader.page.keyboard.type("8")
    reader.page.keyboard.press("Enter")
    assert reader.grid("grid:input").values[0][1] == "8"
    assert "input[0, 1] is now 8." in reader.announced()
    focused = reader.page.evaluate("document.activeElement.dataset.part")
    assert focused == "grid:input"


def test_changed_numbers_stay_when_a_control_moves_and_can_be_taken_back(reader):
    reader.click("grid:input", 1, 2)
    reader.page.keyboard.type("-3.5")
    reader.page.keyboard.press("Enter")
    reader.set(padding=1)
    assert reader.grid("grid:input").values[2][3] == "−3.5"
    back = reader.root.get_by_role("button", name="The book’s numbers")
    assert back.is_visible()
    back.click()
    reader.shown()
    assert reader.root.evaluate(TEXTS) == shown_texts(STRIDE.scene(**STRIDE.values(padding=1)))
    assert not back.is_visible()


def test_a_link_carries_changed_numbers(reader):
    reader.click("grid:kernel", 2, 2)
    reader.page.keyboard.type("0.25")
    reader.page.keyboard.press("Enter")
    reader.announced()
    url = reader.page.url
    other = reader.context.new_page()
    other.goto(url)
    other.locator(".explorer").first.locator("text.own").wait_for()
    assert other.locator(".explorer").first.evaluate(TEXTS) == reader.root.evaluate(TEXTS)


def test_presets_fill_the_kernel(reader):
    menu = reader.root.get_by_label("kernel’s numbers")
    assert menu.locator("option").all_inner_texts() == [
        "the book’s",
        "identity",
        "shift",
        "mean",
        "Sobel",
        "sharpen",
    ]
    menu.select_option("Sobel")
    assert reader.grid("grid:kernel").values[1] == ("2", "0", "−2")
    reader.set(kernel_size=2)  # which has no Sobel kernel
    assert (
        reader.grid("grid:kernel").values
        == STRIDE.scene(**STRIDE.values(kernel_size=2))["kernel"].values
    )
    menu.select_option("mean")
    assert reader.grid("grid:kernel").values[0] == ("0.25", "0.25")
    reader.set(kernel_size=3)
    assert reader.grid("grid:kernel").values[0] == ("0.11", "0.11", "0.11")
    assert "changed=kernel/mean" in (reader.announced() and reader.page.url)
    reader.click("grid:kernel", 0, 0)
    reader.page.keyboard.type("5")
    assert menu.input_value() == "own"


def test_long_numbers_get_smaller_letters(reader):
    reader.click("grid:input", 0, 0)
    reader.page.keyboard.type("-12.25")
    size = reader.root.locator('[data-part="grid:input"] svg > g').evaluate(
        "(group) => parseFloat(getComputedStyle(group).fontSize)"
    )
    assert size == pytest.approx(33 / 6, abs=0.01)


@pytest.mark.parametrize("name", RETOLD)
def test_what_is_true_of_the_books_numbers_alone_gives_way(chromium, tmp_path, name):
    explorer = EXPLORERS[name]
    reader = Reader(chromium, write_page(tmp_path, page_html(explorer)))
    reader.wake()
    before, scene = reader.read(), explorer.scene(**explorer.values())
    first, predict = scene.views[0], reader.root.locator("[data-do=predict]")
    predict.click()
    reader.click(f"grid:{first.grid}", 0, 0)
    reader.page.keyboard.type("7")
    reader.page.keyboard.press("Enter")
    expected = changed(scene, {first.source: {(0, 0): 7}})
    shown = reader.read()
    assert shown["texts"]["sentence"] == expected.sentence != before["texts"]["sentence"]
    assert shown["texts"]["formula"] == expected.formula
    for grid in scene.grids:
        kind = f"grid:{grid.name}"
        if grid.name in scene.retold.without:
            assert shown["parts"][kind] == ""
        else:
            assert reader.grid(kind).role_rows == expected[grid.name].roles, grid.name
    # What is asked first is another question now.
    assert not predict.is_visible()
    assert not reader.root.locator(".prediction").is_visible()
    reader.root.get_by_role("button", name="The book’s numbers").click()
    assert reader.read()["texts"] == before["texts"]
    assert reader.root.evaluate(TEXTS) == shown_texts(scene)
    assert predict.is_visible()
    assert reader.troubles == []
    reader.context.close()
