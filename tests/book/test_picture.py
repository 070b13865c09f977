"""The picture explorer: what the page adds up along the links is what `convlib` computes."""

from __future__ import annotations

import json
from itertools import product
from random import Random

import numpy as np
import pytest
from playwright.sync_api import expect

from convlib.draw.photo import portrait
from convlib.explorers.building import PAGE_VARIABLE
from convlib.explorers.figure import show_pictures
from convlib.explorers.picture import DILATIONS, SIDE, STRIDES, answer, links, picture
from convlib.scenes.scene import cell_text
from convlib.scenes.seeing import QUESTIONS
from tests.book.harness import STATIC, write_page
from tests.book.tools import watched_page

#: All answers of the page, as it keeps them for its canvas: read back from the pixels.
PIXELS = """canvas => {
  const { data } = canvas.picture;
  return Array.from({ length: data.length / 4 }, (_, n) => data[4 * n]);
}"""


@pytest.fixture(scope="module")
def html():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(PAGE_VARIABLE, "1")
        return picture().html


@pytest.fixture
def page(chromium, html, tmp_path):
    path = write_page(tmp_path, html)
    with watched_page(chromium, "file://", viewport={"width": 900, "height": 900}) as (page, said):
        page.goto(path.as_uri())
        yield page
        assert said == []


def choose(page, kernel, stride, dilation):
    page.get_by_label("kernel").select_option(kernel)
    for name, value in (("stride", stride), ("dilation", dilation)):
        page.get_by_label(name).fill(str(value))


def test_every_answer_of_every_state_is_convlibs(page):
    output = page.locator("[data-of=output]")
    for kernel, stride, dilation in product(QUESTIONS, STRIDES, DILATIONS):
        choose(page, kernel, stride, dilation)
        made = answer(kernel, stride, dilation)
        shown = np.reshape(output.evaluate(PIXELS), made.shape)
        signed = made.min() < 0 and kernel != "sharpen"
        levels = 128 + 127 * made / max(1, abs(made).max()) if signed else made.clip(0, 255)
        assert abs(shown - levels).max() <= 1  # a canvas rounds


def test_lens_writes_out_the_sum_of_its_window(page):
    random, output = Random(96), page.locator("[data-of=output]")
    choose(page, "Laplacian", 2, 3)
    made = answer("Laplacian", 2, 3)
    box = output.bounding_box()
    for _ in range(20):
        row, column = (random.randrange(len(made)) for _ in range(2))
        place = [(n + 0.5) / len(made) for n in (column, row)]
        output.click(position={"x": place[0] * box["width"], "y": place[1] * box["height"]})
        said = page.locator(".sum").inner_text()
        assert said.startswith(f"answer[{row}, {column}] = ")
        assert said.endswith(f" = {cell_text(int(made[row, column]))}")
        cells = [text.split("×")[0] for text in page.locator(".lens td").all_inner_texts()]
        seen = [
            str(portrait(SIDE)[y, x])
            for (_, y), (_, x) in product(links(2, 3)[row], links(2, 3)[column])
        ]
        assert cells == seen


def test_arrow_keys_move_the_lens_and_stay_inside(page):
    output = page.locator("[data-of=output]")
    output.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".sum")).to_contain_text("answer[41, 41] =")
    expect(page.get_by_role("status")).to_contain_text("Row 41, column 41:")
    choose(page, "mean", 3, 3)
    for _ in range(60):
        page.keyboard.press("Tab") if page.evaluate(
            "document.activeElement.tagName"
        ) == "BODY" else None
        output.press("ArrowDown")
    expect(page.locator(".sum")).to_contain_text(f"answer[{len(links(3, 3)) - 1}, ")


def test_nothing_overflows_on_a_phone(page):
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_first_touch_keeps_its_budget(html):
    assert len(html) + (STATIC / "picture.js").stat().st_size < 150_000


def test_links_hold_what_python_computed(html):
    import html as markup

    data = json.loads(markup.unescape(html.split('data-picture="')[1].split('"')[0]))
    assert data["links"]["2 3"] == [[list(pair) for pair in cell] for cell in links(2, 3)]
    assert set(data["kernels"]) == set(QUESTIONS)


def test_wrong_values_are_refused():
    with pytest.raises(ValueError, match="stride=4 must be one of 1, 2, 3"):
        picture(stride=4)
    with pytest.raises(ValueError, match="kernel='sobel' must be one of identity"):
        picture(kernel="sobel")


def test_live_form_shows_the_sum_under_its_controls(monkeypatch):
    monkeypatch.delenv(PAGE_VARIABLE, raising=False)
    form = picture("mean", stride=2)
    *controls, image, words = form.children
    assert [control.description for control in controls][:3] == ["kernel", "stride", "dilation"]
    controls[3].value, controls[4].value = 7, 9
    value = answer("mean", 2, 1)[7, 9]
    assert words.value.endswith(f"/ 9 = {value:g}")
    assert bytes(image.value).startswith(b"\x89PNG")


def test_pictures_have_titles_and_a_text(monkeypatch):
    monkeypatch.setenv(PAGE_VARIABLE, "1")
    page = show_pictures({"a": [[0, 255]], "b": [[-1, 1]]}, "Two < three.", ["b"])._repr_html_()
    assert page.count("data:image/png;base64,") == 2
    assert 'aria-label="Two &lt; three."' in page
    monkeypatch.delenv(PAGE_VARIABLE)
    figure = show_pictures({"a": [[0, 255]], "b": [[-1, 1]]}, "Two.", ["b"])
    assert [axes.get_title() for axes in figure.axes] == ["a", "b"]
