"""The picture explorer: what the page adds up along the links is what `convlib` computes."""

from __future__ import annotations

import json
import re
from html import unescape
from io import BytesIO
from itertools import product
from random import Random

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from convlib import conv2d
from convlib.draw.photo import grey, grey_levels, portrait
from convlib.explorers import picture
from convlib.explorers.building import PAGE_VARIABLE
from convlib.explorers.figure import show_pictures
from convlib.scenes.scene import cell_text
from convlib.scenes.seeing import QUESTIONS, Look, has_middle
from tests.book.harness import STATIC, write_page
from tests.book.tools import watched_page
from tests.thorough import one_in
from tests.waiting import wait_for

STEPS = (1, 2, 3)
BEAT = 120  # milliseconds, as in picture.js
#: What a canvas shows, without the marks: read back from its pixels.
PIXELS = """(canvas) => {
  const { data } = canvas.picture;
  return Array.from({ length: data.length / 4 }, (_, n) => data[4 * n]);
}"""
COPIES = "() => { navigator.clipboard.writeText = async (text) => { window.copied = text; } }"
CLOSED = "() => { navigator.clipboard.writeText = () => Promise.reject(Error('closed')); }"
DROP = """(place, file) => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(file.bytes);
  if (file.name) transfer.items.add(new File([bytes], file.name, { type: file.type }));
  const event = (name) => new DragEvent(name, { dataTransfer: transfer, bubbles: true,
    cancelable: true });
  return [place.dispatchEvent(event("dragover")), place.dispatchEvent(event("drop"))];
}"""


def page_form(**start) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(PAGE_VARIABLE, "1")
        return picture(**start).html


@pytest.fixture(scope="module")
def html():
    return page_form()


@pytest.fixture
def opened(chromium, tmp_path):
    """A function that opens a form in a page, of which nobody complains."""
    pages = []

    def open_form(html, address="", **options):
        path = write_page(tmp_path, html, theme=options.pop("theme", "light"))
        options = {"viewport": {"width": 900, "height": 1000}} | options
        pages.append(watched_page(chromium, "file://", **options))
        page, complaints = pages[-1].__enter__()
        page.complaints = complaints
        page.goto(path.as_uri() + address)
        return page

    yield open_form
    for watched in pages:
        watched.__exit__(None, None, None)


@pytest.fixture
def page(opened, html):
    page = opened(html)
    yield page
    assert page.complaints == []


def menu_of(page):
    return page.locator("select[name=kernel]")


def choose(page, kernel, stride, dilation):
    menu_of(page).select_option(kernel)
    for name, value in (("stride", stride), ("dilation", dilation)):
        page.get_by_label(name).fill(str(value))


def weight(page, row, column):
    return page.get_by_label(f"weight in row {row}, column {column}")


def write_kernel(page, weights, over=1):
    for (row, column), value in np.ndenumerate(weights):
        weight(page, row, column).fill(str(value))
    page.get_by_label("sum divided by").fill(str(over))


def kernel_of(page):
    """Return what the fields show."""
    texts = [field.input_value() for field in page.locator(".weights input").all()]
    return np.reshape([float(text.replace("−", "-")) for text in texts], (3, 3))


def shown(page, name="input"):
    """Return the pixels of a canvas."""
    canvas = page.locator(f"[data-of={name}]")
    size = canvas.evaluate("(canvas) => [canvas.height, canvas.width]")
    return np.reshape(canvas.evaluate(PIXELS), size)


def assert_answers(page, image, weights, over, stride, dilation):
    """The page shows this picture, and as answers what `convlib` makes of it."""
    np.testing.assert_array_equal(shown(page), image)
    made = conv2d(image, np.asarray(weights) / over, stride=stride, dilation=dilation)
    levels = grey_levels(made, has_middle(np.asarray(weights) / over))
    assert abs(shown(page, "output") - levels.astype(int)).max() <= 1  # a canvas rounds
    # The lens writes numbers out, with two decimals.
    at = [int(n) for n in re.findall(r"\d+", page.locator(".count").inner_text())]
    text = page.locator(".sum").inner_text()
    value = float(text.rpartition("= ")[2].replace("−", "-"))
    assert abs(value - made[*at]) <= 0.005 + 1e-9, text


def cell_at(page, row, column, name="input"):
    """Return where a cell of a canvas lies in the window."""
    canvas = page.locator(f"[data-of={name}]")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    rows, columns = shown(page, name).shape
    return (
        box["x"] + (column + 0.5) / columns * box["width"],
        box["y"] + (row + 0.5) / rows * box["height"],
    )


def open_paint(page):
    page.get_by_text("Paint, or use a photo").click()
    expect(page.locator("canvas[role=application][data-of=input]")).to_be_visible()


def png(cells) -> bytes:
    file = BytesIO()
    Image.fromarray(np.asarray(cells, np.uint8)).save(file, "png")
    return file.getvalue()


def give(page, name, kind, content):
    page.get_by_label("A photo of your own").set_input_files(
        {"name": name, "mimeType": kind, "buffer": content}
    )


@one_in(7)
def test_every_answer_of_every_state_is_convlibs(page, every):
    for kernel, stride, dilation in [*product(QUESTIONS, STEPS, STEPS)][::every]:
        choose(page, kernel, stride, dilation)
        assert_answers(page, portrait(), *QUESTIONS[kernel], stride, dilation)


@one_in(5)
def test_own_kernels_and_painted_pictures_are_answered_as_convlib_does(page, every):
    random, expected = Random(2024), portrait().astype(int)
    open_paint(page)
    for _ in range(25 // every):
        stride, dilation = random.choice(STEPS), random.choice(STEPS)
        choose(page, random.choice(list(QUESTIONS)), stride, dilation)
        weights = np.array([random.choice([-99, -2, -1, 0, 1, 2.5, 99]) for _ in range(9)])
        over = random.choice([1, 2, 9, 0.5, -4])
        write_kernel(page, weights.reshape(3, 3), over)
        colour = random.choice([("black", 0), ("grey", 128), ("white", 255)])
        side, row, column = random.choice([1, 3]), random.randrange(96), random.randrange(96)
        page.get_by_label(colour[0]).check()
        page.get_by_label(f"{side}×{side}").check()
        page.mouse.click(*cell_at(page, row, column))
        reach = side // 2
        expected[
            max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1
        ] = colour[1]
        assert_answers(page, expected, weights.reshape(3, 3), over, stride, dilation)


def test_lens_writes_out_the_sum_of_its_window(page):
    random, output = Random(96), page.locator("[data-of=output]")
    choose(page, "Laplacian", 2, 3)
    look = Look(portrait(), "Laplacian", 2, 3)
    made = look.answers()
    box = output.bounding_box()
    for _ in range(20):
        row, column = (random.randrange(len(made)) for _ in range(2))
        place = [(n + 0.5) / len(made) for n in (column, row)]
        output.click(position={"x": place[0] * box["width"], "y": place[1] * box["height"]})
        said = page.locator(".sum").inner_text()
        assert said == f"answer[{row}, {column}] = {look.sum_text(row, column)}"
        assert said.endswith(f" = {cell_text(int(made[row, column]))}")
        cells = [text.split("×")[0] for text in page.locator(".lens td").all_inner_texts()]
        seen = product(look.links(0)[row], look.links(1)[column])
        assert cells == [str(portrait()[y, x]) for (_, y), (_, x) in seen]


def test_first_picture_says_what_python_wrote(chromium, html, tmp_path, page):
    path = write_page(tmp_path, html, name="still.html")
    with watched_page(chromium, "file://", java_script_enabled=False) as (still, _):
        still.goto(path.as_uri())
        assert still.locator("noscript img").count() == 2
        for name in (".sum", ".sentence", "[data-of=size]"):
            assert still.locator(name).text_content() == page.locator(name).text_content()
        assert not still.get_by_text("Paint, or use a photo").is_visible()
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_role("status")).to_have_text(page.locator(".sentence").inner_text())


def test_arrow_keys_move_the_lens_and_stay_inside(page):
    output = page.locator("[data-of=output]")
    output.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".sum")).to_contain_text("answer[41, 41] =")
    expect(page.get_by_role("status")).to_contain_text("Row 41, column 41:")
    choose(page, "mean", 3, 3)
    for _ in range(60):
        output.press("ArrowDown")
    last = len(Look(portrait(), "mean", 3, 3).links(0)) - 1
    expect(page.locator(".sum")).to_contain_text(f"answer[{last}, ")


def test_lens_steps_and_plays_to_the_end_of_its_row(page):
    choose(page, "Sobel", 3, 3)  # so few answers that the lens is at the end
    count = page.locator(".count")
    expect(count).to_have_text("row 29, column 29")
    for button, column in (("Lens to the left", 28), ("Lens to the right", 29)):
        page.get_by_role("button", name=button).click()
        expect(count).to_have_text(f"row 29, column {column}")
    button = page.locator("[data-do=play]")
    page.clock.install(time=0)
    page.clock.pause_at(60_000)  # from here on it goes as it is told
    button.click()
    page.clock.run_for(5 * BEAT)
    assert (count.inner_text(), button.inner_text()) == ("row 29, column 5", "Pause")
    button.click()
    page.clock.run_for(5 * BEAT)
    assert (count.inner_text(), button.inner_text()) == ("row 29, column 5", "Play")
    button.click()
    page.clock.run_for(99 * BEAT)
    assert (count.inner_text(), button.inner_text()) == ("row 29, column 29", "Play")
    expect(page.get_by_role("status")).to_contain_text("Row 29, column 29")


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("３", 3),
        ("−２．５", -2.5),
        ("-7", -7),
        (" 1,25 ", 1.25),
        (".5", 0.5),
        ("+99", 99),
        ("－4", -4),
    ],
)
def test_weights_are_read_as_people_write_them(page, typed, number):
    weight(page, 0, 1).fill(typed)
    page.keyboard.press("Enter")
    assert weight(page, 0, 1).input_value() == f"{number}".replace("-", "−")
    weights = QUESTIONS["Sobel"][0].astype(float)
    weights[0, 1] = number
    assert_answers(page, portrait(), weights, 1, 1, 1)
    assert page.locator("[data-of=wrong]").inner_text() == ""


@pytest.mark.parametrize("typed", ["abc", "", "100", "-99.5", "1e9", "1 2", "--1", "∞", "NaN"])
def test_wrong_weight_says_so_and_changes_nothing(page, typed):
    weight(page, 1, 1).fill("5")
    page.keyboard.press("Enter")
    weight(page, 1, 1).fill(typed)
    assert weight(page, 1, 1).get_attribute("aria-invalid") == "true"
    page.keyboard.press("Tab")
    expect(page.locator("[data-of=wrong]")).to_have_text(
        f"“{typed}” is no number from −99 to 99: nothing has changed."
    )
    assert weight(page, 1, 1).input_value() == "5"
    assert weight(page, 1, 1).get_attribute("aria-invalid") == "false"
    weights = QUESTIONS["Sobel"][0].copy()
    weights[1, 1] = 5
    assert_answers(page, portrait(), weights, 1, 1, 1)
    weight(page, 1, 1).fill("6")
    expect(page.locator("[data-of=wrong]")).to_be_empty()


def test_what_was_typed_on_the_way_to_a_wrong_weight_is_taken_back(page):
    weight(page, 0, 0).focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("1000")  # its first two digits are a weight
    page.keyboard.press("Enter")
    assert weight(page, 0, 0).input_value() == "1"
    assert_answers(page, portrait(), *QUESTIONS["Sobel"], 1, 1)


def test_sum_is_not_divided_by_0(page):
    over = page.get_by_label("sum divided by")
    over.fill("0")
    page.keyboard.press("Enter")
    expect(page.locator("[data-of=wrong]")).to_contain_text("“0” is no number from −99 to 99 but 0")
    assert over.input_value() == "1"
    page.keyboard.press("ArrowDown")  # past 0
    assert over.input_value() == "−1"
    page.keyboard.press("ArrowUp")
    assert over.input_value() == "1"


def test_arrows_change_a_weight_by_1_within_its_limits_and_escape_takes_it_back(page):
    field = weight(page, 2, 2)
    field.fill("97.5")
    for key, value in (
        ("ArrowUp", "98.5"),
        ("ArrowUp", "99"),
        ("ArrowUp", "99"),
        ("ArrowDown", "98"),
    ):
        page.keyboard.press(key)
        assert field.input_value() == value
    page.keyboard.press("Escape")
    assert field.input_value() == "−1"
    assert_answers(page, portrait(), *QUESTIONS["Sobel"], 1, 1)


def test_preset_fills_the_fields_and_is_known_by_them(page):
    menu = menu_of(page)
    for name, (weights, over) in QUESTIONS.items():
        menu.select_option(name)
        np.testing.assert_array_equal(kernel_of(page), weights)
        assert page.get_by_label("sum divided by").input_value() == str(over)
        assert (f") / {over} =" in page.locator(".sum").inner_text()) == (over > 1)
    write_kernel(page, [[1, 0, -1], [2, 0, -2], [1, 0, -1]], 2)
    assert menu.input_value() == "own"
    page.get_by_label("sum divided by").fill("1")
    assert menu.input_value() == "Sobel"
    expect(page.get_by_role("status")).to_contain_text("Sobel with stride 1")


def test_link_holds_kernel_steps_and_lens(page, opened, html):
    choose(page, "mean", 2, 3)
    write_kernel(page, [[1, -2, 0.5], [0, 0, 0], [0, 0, -99]], 4)
    page.locator("[data-of=output]").press("ArrowDown")
    page.evaluate(COPIES)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status")).to_have_text("Link copied.")
    link = page.evaluate("copied")
    assert page.url == link
    other = opened(html, "#" + link.partition("#")[2])
    for one in (page, other):
        assert_answers(one, portrait(), [[1, -2, 0.5], [0, 0, 0], [0, 0, -99]], 4, 2, 3)
        assert one.locator(".count").inner_text() == "row 41, column 40"
    other.get_by_role("button", name="Reset").click()
    assert_answers(other, portrait(), *QUESTIONS["Sobel"], 1, 1)
    assert other.locator(".count").inner_text() == "row 40, column 40"


@pytest.mark.parametrize(
    ("address", "kernel", "stride"),
    [
        ("kernel=Sobel,stride=2", "Sobel", 2),
        ("kernel=Gaussian", "Gaussian", 1),
        ("kernel=blur,stride=7", "Sobel", 1),  # what is unknown changes nothing
        ("kernel=1_2_3,over=2,stride=3", "Sobel", 3),
        ("kernel=constructor", "Sobel", 1),
        ("kernel=1_2_x_4_5_6_7_8_9,row=x", "Sobel", 1),
        ("kernel=mean,over=0", "Sobel", 1),
    ],
)
def test_address_sets_what_it_can(opened, html, address, kernel, stride):
    page = opened(html, f"#picture:{address}")
    assert page.get_by_label("stride").input_value() == str(stride)
    assert menu_of(page).input_value() == kernel
    page.evaluate("() => { location.hash = '#picture:kernel=emboss,dilation=3'; }")
    expect(menu_of(page)).to_have_value("emboss")
    assert page.complaints == []


def test_link_never_carries_a_picture_of_ones_own(page):
    open_paint(page)
    page.mouse.click(*cell_at(page, 50, 20))
    page.evaluate(COPIES)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status")).to_have_text(
        "Link copied. The picture you made is not in it: that stays on your device."
    )
    values = page.evaluate("copied").partition("#picture:")[2]
    assert re.fullmatch(r"kernel=Sobel,stride=1,dilation=1(,row=\d+,column=\d+)?", values)


def test_link_can_be_copied_by_hand_where_the_clipboard_is_closed(page):
    page.evaluate(CLOSED)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status")).to_contain_text("#picture:kernel=Sobel")
    assert "#picture:kernel=Sobel" in page.evaluate("getSelection().toString()")


def test_stroke_leaves_no_gap_and_is_undone_as_one(page):
    open_paint(page)
    page.get_by_label("1×1").check()
    page.get_by_label("white").check()
    undo = page.get_by_role("button", name="Undo")
    assert undo.is_disabled()
    page.mouse.move(*cell_at(page, 10, 5))
    page.mouse.down()
    page.mouse.move(*cell_at(page, 20, 85))  # at one go, as a quick hand does
    page.mouse.move(*cell_at(page, 90, 85))
    page.mouse.up()
    page.mouse.move(*cell_at(page, 90, 5))  # no longer down
    changed = portrait().astype(int)
    changed[[round(10 + step / 8) for step in range(81)], range(5, 86)] = 255
    changed[20:91, 85] = 255
    difference = shown(page) != changed  # ties may be rounded either way
    assert difference.sum() <= 20
    assert not difference[:, 85].any()
    drawn = shown(page) != portrait()
    assert (shown(page)[drawn] == 255).all()
    columns = np.flatnonzero((shown(page)[8:23, 5:86] == 255).any(axis=0))
    assert columns.tolist() == list(range(81))
    assert_answers(page, shown(page), *QUESTIONS["Sobel"], 1, 1)
    undo.click()
    np.testing.assert_array_equal(shown(page), portrait())
    assert undo.is_disabled()


def test_nothing_is_painted_before_it_is_asked_for(page):
    page.mouse.click(*cell_at(page, 10, 10))
    page.mouse.move(*cell_at(page, 20, 20))
    np.testing.assert_array_equal(shown(page), portrait())
    assert page.locator("[data-of=input]").get_attribute("role") == "img"


def test_painting_by_keyboard(page):
    open_paint(page)
    page.get_by_label("grey", exact=True).check()
    page.get_by_label("1×1").check()
    page.locator("[data-of=input]").focus()
    for key in ("ArrowUp", "ArrowRight", "ArrowRight", "Shift+ArrowDown", "Space"):
        page.keyboard.press(key)
    expected = portrait().astype(int)
    expected[47, 42] = 128
    assert_answers(page, expected, *QUESTIONS["Sobel"], 1, 1)
    expect(page.get_by_role("status")).to_have_text("Row 47, column 42: 128.")
    for _ in range(12):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Space")
    expected[47, 0] = 128
    np.testing.assert_array_equal(shown(page), expected)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")  # there is no more
    np.testing.assert_array_equal(shown(page), portrait())


def test_empty_and_the_portrait_again_can_be_undone(page):
    open_paint(page)
    press = lambda name: page.get_by_role("button", name=name).click()  # noqa: E731
    press("Empty")
    assert_answers(page, np.full((96, 96), 255), *QUESTIONS["Sobel"], 1, 1)
    page.mouse.click(*cell_at(page, 30, 30))
    painted = shown(page)
    press("The portrait again")
    np.testing.assert_array_equal(shown(page), portrait())
    press("Undo")
    np.testing.assert_array_equal(shown(page), painted)
    press("Reset")
    np.testing.assert_array_equal(shown(page), portrait())


def test_finger_paints_and_does_not_move_the_page(opened, html):
    page = opened(
        html + "<p style='height:3000px'>", has_touch=True, viewport={"width": 390, "height": 844}
    )
    open_paint(page)
    page.locator("[data-of=input]").scroll_into_view_if_needed()
    top = page.evaluate("scrollY")
    finger = page.context.new_cdp_session(page)

    def touch(kind, *cells):
        places = [dict(zip("xy", cell_at(page, *cell), strict=True)) for cell in cells]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", (80, 20))
    for row in range(75, 9, -5):
        touch("touchMove", (row, 20))
    touch("touchEnd")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    assert page.evaluate("scrollY") == top
    assert (shown(page)[10:82, 19:22] == 0).all()
    assert_answers(page, shown(page), *QUESTIONS["Sobel"], 1, 1)
    page.get_by_text("Paint, or use a photo").click()
    action = "(one) => getComputedStyle(one).touchAction"
    wait_for(lambda: page.locator("[data-of=input]").evaluate(action) == "auto", "scrolling")
    assert page.complaints == []


def test_photo_becomes_its_middle_square_in_grey(page):
    random = np.random.default_rng(5)
    open_paint(page)
    colours = random.integers(0, 256, (96, 96, 3))
    give(page, "small.png", "image/png", png(colours))
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    assert abs(shown(page) - grey(colours).astype(int)).max() <= 1
    for kernel in ("mean", "Laplacian"):
        choose(page, kernel, 1, 2)
        assert_answers(page, shown(page), *QUESTIONS[kernel], 1, 2)
    # A wide one: its middle is a slope, and left and right of that it is red.
    slope = np.add.outer(np.arange(384), 2 * np.arange(384)) / 1152 * 255
    wide = np.zeros((384, 600, 3))
    wide[..., 0] = 255
    wide[:, 108:492] = slope[..., None]
    give(page, "wide.png", "image/png", png(wide))
    cells = slope.reshape(96, 4, 96, 4).mean(axis=(1, 3))
    wait_for(lambda: shown(page)[0, 0] < 9, "the second photo")
    assert abs(shown(page)[2:-2, 2:-2] - cells[2:-2, 2:-2]).max() <= 2
    assert_answers(page, shown(page), *QUESTIONS["Laplacian"], 1, 2)
    page.get_by_role("button", name="Undo").click()
    assert abs(shown(page) - grey(colours).astype(int)).max() <= 1


def test_photo_is_kept_nowhere(page):
    open_paint(page)
    give(page, "white.png", "image/png", png(np.full((9, 9), 255)))
    wait_for(lambda: (shown(page) == 255).all(), "the photo")
    kept = page.evaluate(
        """async () => [localStorage.length, sessionStorage.length, document.cookie,
          (await indexedDB.databases()).length]"""
    )
    assert kept == [0, 0, "", 0]
    assert page.get_by_text("It stays on your device: this page sends nothing").is_visible()
    page.reload()
    np.testing.assert_array_equal(shown(page), portrait())


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("notes.txt", "text/plain", b"not a picture"),
        ("broken.png", "image/png", png([[1, 2]])[:30]),
        ("empty.jpg", "image/jpeg", b""),
    ],
)
def test_file_that_is_no_picture_says_so_and_changes_nothing(page, name, kind, content):
    open_paint(page)
    give(page, name, kind, content)
    expect(page.locator("[data-of=told]")).to_have_text(
        f"“{name}” is no picture that this browser can read: nothing has changed."
    )
    np.testing.assert_array_equal(shown(page), portrait())
    assert page.get_by_role("button", name="Undo").is_disabled()


def test_photo_can_be_dropped_on_the_picture(page):
    place = page.locator("[data-of=drop]")

    def drop(name, kind, content):
        file = {"name": name, "type": kind, "bytes": list(content)}
        assert place.evaluate(DROP, file) == [False, False], "the browser would open the file"

    drop("words.txt", "text/plain", b"words")
    expect(page.locator("[data-of=told]")).to_contain_text("“words.txt” is no picture")
    drop("", "", b"")
    expect(page.locator("[data-of=told]")).to_contain_text("That is no picture")
    drop("black.png", "image/png", png(np.zeros((5, 8))))
    wait_for(lambda: (shown(page) == 0).all(), "the photo")
    expect(page.locator("[data-of=told]")).to_be_empty()


def test_image_and_kernel_of_ones_own_in_a_page(opened):
    image = np.random.default_rng(3).integers(0, 256, (20, 31))
    page = opened(
        page_form(image=image, kernel=[[0, 1, 0], [0, 0.5, 0], [0, -3, 0]], over=2, stride=2)
    )
    assert_answers(page, image, [[0, 1, 0], [0, 0.5, 0], [0, -3, 0]], 2, 2, 1)
    open_paint(page)
    give(page, "white.png", "image/png", png(np.full((40, 40), 255)))
    wait_for(lambda: (shown(page) == 255).all(), "the photo")
    assert_answers(page, np.full((20, 31), 255), [[0, 1, 0], [0, 0.5, 0], [0, -3, 0]], 2, 2, 1)
    page.get_by_role("button", name="The first picture again").click()
    assert_answers(page, image, [[0, 1, 0], [0, 0.5, 0], [0, -3, 0]], 2, 2, 1)
    assert page.complaints == []


def test_flat_piece_is_grey_whatever_decimals_round_to(page):
    open_paint(page)
    page.get_by_role("button", name="Empty").click()
    write_kernel(page, [[0.1, 0.2, -0.3], [0.1, 0.2, -0.3], [0.1, 0.2, -0.3]])
    assert np.ptp(shown(page, "output")) == 0
    assert shown(page, "output")[0, 0] == 128


def test_targets_are_large_enough_on_a_phone(page):
    page.set_viewport_size({"width": 320, "height": 700})
    open_paint(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    small = page.evaluate(
        """() => [...document.querySelectorAll(
            "button, select, summary, label:has([type=radio]), input:not([type=radio]), canvas")]
          .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
          .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""
    )
    assert small == []
    for name in ("input", "output"):
        assert page.locator(f"[data-of={name}]").bounding_box()["width"] >= 240


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_violation_while_one_paints(opened, html, theme):
    page = opened(html, theme=theme, viewport={"width": 320, "height": 700})
    open_paint(page)
    weight(page, 0, 0).fill("x")
    for _ in range(2):
        violations = Axe().run(page).response["violations"]
        assert [(one["id"], node["html"]) for one in violations for node in one["nodes"]] == []
        page.keyboard.press("Enter")
        give(page, "notes.txt", "text/plain", b"")
        expect(page.locator("[data-of=told]")).to_contain_text("notes.txt")


def test_page_and_script_keep_their_budgets(html):
    assert (STATIC / "picture.js").stat().st_size <= 18 * 1024
    assert len(html) <= 60_000


def test_links_hold_what_python_computed(html):
    data = json.loads(unescape(html.split('data-picture="')[1].split('"')[0]))
    links = Look(portrait(), "Sobel", 2, 3).links(0)
    assert data["links"]["96 2 3"] == [[list(pair) for pair in cell] for cell in links]
    assert set(data["kernels"]) == set(QUESTIONS)


def test_pictures_have_titles_and_a_text(monkeypatch):
    monkeypatch.setenv(PAGE_VARIABLE, "1")
    page = show_pictures({"a": [[0, 255]], "b": [[-1, 1]]}, "Two < three.", ["b"])._repr_html_()
    assert page.count("data:image/png;base64,") == 2
    assert 'aria-label="Two &lt; three."' in page
    monkeypatch.delenv(PAGE_VARIABLE)
    figure = show_pictures({"a": [[0, 255]], "b": [[-1, 1]]}, "Two.", ["b"])
    assert [axes.get_title() for axes in figure.axes] == ["a", "b"]
