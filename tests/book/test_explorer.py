"""Explorers in a page, used as readers use them: mouse, finger, keyboard, links, no scripts."""

from __future__ import annotations

import random
import re
from itertools import chain

import pytest
from axe_playwright_python.sync_playwright import Axe

from convlib.draw.svg import figure_html
from convlib.explorers import EXPLORERS, page
from convlib.explorers.page import page_form
from convlib.scenes.changes import changed
from tests.book.harness import TOY, page_html, write_page
from tests.book.reader import READ, Reader
from tests.draw.svg_reader import read_svg
from tests.thorough import one_in, shares

STRIDE = EXPLORERS["stride"]


@pytest.fixture
def reader(chromium, tmp_path):
    """Open a page with explorers; at the end it must have been quiet and asked nobody."""
    opened = []

    def open_page(*bodies, fragment="", theme="light", **context):
        path = write_page(tmp_path, *bodies, theme=theme)
        opened.append(Reader(chromium, path, fragment, **context))
        return opened[-1]

    yield open_page
    for one in opened:
        one.context.close()
        assert one.troubles == []
        assert [url for url in one.requests if not url.startswith(("file://", "data:"))] == []


def assert_shows(one, scene, step=(0, 0), root=None):
    """What a reader sees (or what was read already) is the scene, with this step lit."""
    seen = one if isinstance(one, dict) else one.read(root)
    shown = {f"grid:{grid.name}": grid for grid in scene.grids}
    for kind, html in seen["parts"].items():
        if kind in shown:
            picture, grid = read_svg(html), shown.pop(kind)
            assert (picture.title, picture.values) == (grid.title, grid.values)
            assert picture.role_rows == grid.roles
        elif kind.startswith("grid:"):
            assert html == ""
    assert not shown
    for chart in scene.bars:
        text = seen["texts"][f"bars:{chart.name}"]
        bars = zip(chart.labels, chart.texts, strict=True)
        assert text == chart.title + "".join(chain.from_iterable(bars))
    for kind in ("formula", "code", "sentence", "error"):
        assert seen["texts"][kind] == getattr(scene, kind)
    if not scene.sweep:
        assert (seen["sum"], seen["count"]) == ("", "")
        return
    rows, columns = scene.sweep.shape
    assert seen["sum"] == scene.step_text(*step)
    assert seen["count"] == f"step {step[0] * columns + step[1] + 1} of {rows * columns}"
    assert_lit(seen, scene, step)


def assert_lit(seen, scene, step):
    """What a step reads is outlined, and nothing else."""
    sweep = scene.sweep
    pairs = sweep.pairs(*step)
    lit = {sweep.over: {step}}
    for reads, weights in sweep.slices:
        lit |= {weights: {tap for tap, _ in pairs}, reads: {cell for _, cell in pairs}}
    for grid in scene.grids:
        assert read_svg(seen["parts"][f"grid:{grid.name}"]).lit == lit.get(grid.name, set())


def scene_of(seen):
    """Return the scene that the controls ask for."""
    explorer = (EXPLORERS | {TOY.name: TOY})[seen["name"]]
    known = {control.name: {str(v): v for v in control.values} for control in explorer.controls}
    scene = explorer.scene(**{name: known[name][text] for name, text in seen["values"].items()})
    return changed(scene, changes_of(seen["changed"]))


def changes_of(address):
    """Return the changes that a page keeps, those that its picture has no cell for among them."""
    changes = {}
    for word in filter(None, address.split(";")):
        source, row, column, number = word.split("/")
        changes.setdefault(source, {})[int(row), int(column)] = float(number)
    return changes


def test_the_first_state_is_there_and_nothing_is_loaded_before_a_touch(reader):
    one = reader(page_html(STRIDE))
    assert_shows(one, STRIDE.scene(**STRIDE.values()))
    one.page.wait_for_timeout(200)
    assert not [url for url in one.requests if "stride" in url]
    one.wake()
    assert [url.rpartition("/")[2] for url in one.requests if "stride" in url] == ["stride.js"]
    assert_shows(one, STRIDE.scene(**STRIDE.values()))


#: The pictures follow a slider's number at the next frame; who reads thousands waits for none.
NO_FRAMES = "() => { window.requestAnimationFrame = (draw) => void draw() }"


@one_in(13)
@pytest.mark.parametrize("explorer", EXPLORERS.values(), ids=EXPLORERS)
def test_states_show_their_scenes(reader, explorer, every):
    """One in so many states of the stride explorer; of the others as many for each of them."""
    one = reader(page_html(explorer))
    states = list(explorer.states())
    show = (
        "for (const control of root.querySelectorAll('[name]'))"
        "control.value = control.dataset.values.split('|').indexOf(values[control.name]);"
        "root.querySelector('form').dispatchEvent(new Event('input'));"
    )

    def texts(values):
        return {name: str(value) for name, value in values.items()}

    sliders = [
        control.name
        for control in explorer.controls
        if not any(isinstance(value, str) for value in control.values)
    ]
    one.page.evaluate(NO_FRAMES)
    packs = max(1, one.root.locator("[data-pack]").count())
    for first in states[:: len(states) // packs]:  # a touch of each pack
        one.root.evaluate(f"(root, values) => {{ {show} }}", texts(first))
        one.settle()
    chosen = states[::every] if explorer is STRIDE else states[:: len(states) * every // 180 or 1]
    for some in (chosen[i : i + 36] for i in range(0, len(chosen), 36)):
        seen = one.root.evaluate(
            f"async (root, states) => {{ const read = {READ}, seen = [];"
            f"for (const values of states) {{ {show} await new Promise((done) => setTimeout(done));"
            "seen.push(read(root)) } return seen }",
            list(map(texts, some)),
        )
        for values, picture in zip(some, seen, strict=True):
            assert picture["values"] == texts(values)
            assert picture["outputs"] == [str(values[name]) for name in sliders]
            assert_shows(picture, explorer.scene(**values))


def test_every_step_writes_out_the_sum_of_its_scene(reader):
    one = reader(page_html(STRIDE, input_size=6, padding=1))
    one.wake()
    for changes in ({}, {"stride": 1, "dilation": 2}):
        one.set(**changes)
        scene = scene_of(one.read())
        rows, columns = scene.sweep.shape
        for step in range(1, rows * columns + 1):
            one.root.get_by_role("button", name="Step forward").click()
            at = divmod(step % (rows * columns), columns)
            assert_shows(one, scene, at)


def test_hovering_lights_what_made_an_output_cell_and_what_reads_an_input_cell(reader):
    one = reader(page_html(STRIDE, input_size=5, stride=1))
    scene = scene_of(one.read())
    one.wake()
    one.point("grid:output", 1, 2)
    assert_lit(one.read(), scene, (1, 2))
    assert one.read()["sum"] == scene.step_text(1, 2)
    assert one.read()["count"] == "step 1 of 9"  # pointing does not move the step
    one.point("grid:input", 0, 1)
    assert one.grid("grid:output").lit == {(0, 0), (0, 1)}
    assert one.grid("grid:input").lit == {(0, 1)}
    assert one.grid("grid:kernel").lit == set()
    assert one.read()["sum"] == "This 3 is read by 2 of 9 output cells."
    one.page.mouse.move(1, 1)
    assert_shows(one, scene)
    one.click("grid:output", 2, 1)
    one.page.mouse.move(1, 1)
    assert_shows(one, scene, (2, 1))


def test_a_tap_chooses_an_output_cell_or_shows_who_reads_an_input_cell(reader):
    one = reader(page_html(STRIDE, stride=1), has_touch=True)
    scene = scene_of(one.read())
    one.page.touchscreen.tap(*one.cell("grid:output", 1, 1))  # the very first touch
    one.settle()
    assert_shows(one, scene, (1, 1))
    one.page.touchscreen.tap(*one.cell("grid:input", 4, 4))
    assert one.grid("grid:output").lit == {(2, 2)}
    assert one.announced() == "This 1 is read by 1 of 9 output cells."
    one.page.touchscreen.tap(*one.cell("grid:output", 0, 2))
    assert_shows(one, scene, (0, 2))


def test_the_keyboard_reaches_and_moves_everything(reader):
    one = reader(page_html(STRIDE, stride=1))
    one.wake()
    scene = scene_of(one.read())
    press = one.page.keyboard.press
    stops = []
    for _ in range(20):
        press("Tab")
        name = one.page.evaluate(
            "(({name, dataset: {preset, part, symbol, ...data}}) =>"
            "name || preset || data.do || part || symbol)"
            "(document.activeElement)"
        )
        if not name:
            break
        stops.append(name)
    assert stops == [
        *(control.name for control in STRIDE.controls),
        *("kernel", "back", "play", "forward", "predict", "reset", "link"),
        *("grid:input", "grid:kernel", "grid:output", "o", "code"),
    ]
    one.settle()
    one.root.locator('[data-part="grid:output"]').focus()
    for key, step in (
        ("ArrowRight", (0, 1)),
        ("ArrowDown", (1, 1)),
        ("End", (2, 2)),
        ("ArrowRight", (2, 2)),
        ("ArrowUp", (1, 2)),
        ("ArrowLeft", (1, 1)),
        ("Home", (0, 0)),
        ("ArrowUp", (0, 0)),
    ):
        press(key)
        assert_shows(one, scene, step)
        assert one.page.evaluate("document.activeElement.dataset.part") == "grid:output"
    one.root.locator("[name=stride]").focus()
    press("ArrowRight")
    assert one.read()["values"]["stride"] == "2"
    assert_shows(one, scene_of(one.read()))
    assert one.root.locator("[name=stride]").get_attribute("aria-valuetext") == "2"


#: A slider is moved, a button pressed at once, and what is there then is returned.
AT_ONCE = """(root, [index, then]) => {
  const slider = root.querySelector("[name=input_size]");
  slider.value = index;
  slider.dispatchEvent(new Event("input", {bubbles: true}));
  root.querySelector(`[data-do=${then}]`)?.click();
  return [slider.ariaValueText, root.querySelector(".grid-title").textContent, root.ariaBusy];
}"""


def test_a_slider_says_its_number_at_once_and_the_pictures_follow(reader):
    one = reader(page_html(STRIDE))
    one.wake()
    index = STRIDE.controls[0].values.index(8)
    said, title, busy = one.root.evaluate(AT_ONCE, [index, "nothing"])
    assert (said, busy) == ("8", "true")
    assert title != "input 8×8"
    one.settle()
    assert_shows(one, STRIDE.scene(**STRIDE.values(input_size=8)))
    # What is pressed before they are there is done to them, not to those before.
    said, title, busy = one.root.evaluate(AT_ONCE, [index - 1, "forward"])
    assert (said, title, busy) == ("7", "input 8×8", "true")
    one.settle()
    assert_shows(one, STRIDE.scene(**STRIDE.values(input_size=7)), (0, 1))
    said, title, busy = one.root.evaluate(AT_ONCE, [index - 2, "reset"])
    one.settle()
    assert_shows(one, STRIDE.scene(**STRIDE.values()))


def test_changes_are_announced_once_things_are_still(reader):
    one = reader(page_html(STRIDE))
    one.wake()
    one.root.locator(".status").evaluate(
        "status => { window.said = []; new MutationObserver(() => said.push(status.textContent))"
        ".observe(status, {childList: true}) }"
    )
    for size in (6, 7, 8, 7, 6):
        one.set(input_size=size)
    assert one.announced() == STRIDE.scene(**STRIDE.values(input_size=6)).sentence
    one.root.locator('[data-part="grid:output"]').focus()
    one.page.keyboard.press("ArrowRight")
    scene = scene_of(one.read())
    assert one.announced() == scene.step_text(0, 1)
    one.set(input_size=3, kernel_size=4)
    assert one.announced() == scene_of(one.read()).sentence
    assert one.page.evaluate("said.length") == 3


def test_an_error_stands_in_the_place_of_the_picture(reader):
    one = reader(page_html(STRIDE))
    one.wake()
    one.click("grid:output", 1, 1)
    one.set(input_size=3, kernel_size=4)
    scene = scene_of(one.read())
    assert scene.error
    assert_shows(one, scene)
    assert one.root.locator(".error").is_visible()
    assert not one.root.locator('[data-part="grid:output"]').is_visible()
    assert not one.root.get_by_role("button", name="Play").is_visible()
    one.set(kernel_size=2)
    assert_shows(one, scene_of(one.read()))  # the step is clamped to what there is
    assert not one.root.locator(".error").is_visible()


def test_a_step_that_is_gone_is_clamped(reader):
    one = reader(page_html(STRIDE, input_size=8, stride=1))
    one.wake()
    one.click("grid:output", 5, 5)
    one.set(input_size=5)
    assert_shows(one, scene_of(one.read()), (2, 2))


BEAT = 900  # milliseconds, as in explorer.js


def test_play_moves_on_until_paused(reader):
    one = reader(page_html(STRIDE, input_size=5))
    scene = scene_of(one.read())
    one.wake()
    one.page.clock.install(time=0)
    one.page.clock.pause_at(60_000)  # from here on it goes as it is told
    play = one.root.locator("[data-do=play]")
    play.click()
    one.page.clock.run_for(2 * BEAT)
    assert one.read()["play"] == "Pause"
    assert_shows(one, scene, (1, 0))
    play.click()
    assert one.read()["play"] == "Play"
    one.page.clock.run_for(9 * BEAT)
    assert_shows(one, scene, (1, 0))


def test_the_address_holds_the_state_and_brings_it_back(reader):
    one = reader(page_html(STRIDE))
    one.wake()
    assert one.fragment == ""  # only the reader's changes go there
    one.set(stride=1, padding=2)
    one.click("grid:output", 0, 2)
    one.announced()
    assert one.fragment == (
        "#stride:input_size=5,kernel_size=3,stride=1,padding=2,dilation=1,step=3"
    )
    two = reader("<p style='height: 2000px'>", page_html(STRIDE), fragment=one.fragment)
    two.settle()
    assert_shows(two, scene_of(one.read()), (0, 2))
    assert scene_of(two.read()).sentence == two.announced()
    assert two.page.evaluate("scrollY") > 500
    two.page.evaluate("location.hash = '#stride:kernel_size=2,nothing=1,stride=99,dilation,=,'")
    two.settle()
    seen = two.read()["values"]
    assert (seen["kernel_size"], seen["stride"]) == ("2", "1")


def test_a_link_in_the_prose_sets_a_state(reader):
    link = (
        '<p><a class="state-link" href="#explorer-stride" data-explorer="stride" '
        'data-state="stride=1,step=2">stride 1</a></p><p style="height: 2000px">'
    )
    one = reader(link, page_html(STRIDE, input_size=7))
    one.page.get_by_text("stride 1").click()
    one.settle()
    assert_shows(one, STRIDE.scene(**STRIDE.values(input_size=7, stride=1)), (0, 1))
    assert one.page.evaluate("scrollY") > 500
    assert one.announced() == STRIDE.scene(**STRIDE.values(input_size=7, stride=1)).sentence
    assert ",stride=1," in one.fragment


def test_a_link_below_shows_the_picture_on_a_phone(reader):
    link = (
        '<p><a class="state-link" href="#explorer-stride" data-explorer="stride" '
        'data-state="stride=1">stride 1</a></p>'
    )
    one = reader(page_html(STRIDE), link, viewport={"width": 320, "height": 640})
    one.page.get_by_text("stride 1", exact=True).click()
    one.settle()
    top = one.root.evaluate("root => root.getBoundingClientRect().top")
    first = one.root.locator("[data-part] svg").first.bounding_box()
    assert 0 <= top < first["y"] < first["y"] + first["height"] <= 640


def test_where_there_is_no_code_there_is_no_box_for_it(reader):
    one = reader(page_html(STRIDE))
    one.wake()
    assert one.root.locator(".code").is_visible()
    one.set(input_size=3, kernel_size=4, padding=0)
    one.settle()
    assert one.read()["texts"]["error"]
    assert not one.root.locator(".code").is_visible()


def test_reset_returns_to_the_first_state(reader):
    one = reader(page_html(STRIDE, stride=1))
    one.wake()
    one.set(input_size=8, stride=3)
    one.click("grid:output", 1, 1)
    one.root.get_by_role("button", name="Reset").click()
    assert_shows(one, STRIDE.scene(**STRIDE.values(stride=1)))
    assert one.announced() == STRIDE.scene(**STRIDE.values(stride=1)).sentence


@pytest.mark.parametrize("clipboard", [True, False], ids=["clipboard", "fallback"])
def test_copying_takes_the_link_and_the_code(reader, clipboard):
    one = reader(page_html(STRIDE), permissions=["clipboard-read", "clipboard-write"])
    if not clipboard:
        one.page.evaluate(
            "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('none')) }"
        )
    one.wake()
    one.set(padding=2)
    pasted = "navigator.clipboard.readText()"
    one.root.get_by_role("button", name="Copy code").click()
    assert one.announced() == "Code copied."
    assert one.page.evaluate(pasted) == scene_of(one.read()).code
    one.root.get_by_role("button", name="Copy link").click()
    assert one.announced() == "Link copied."
    link = one.page.evaluate(pasted)
    assert link == f"{one.page.url.partition('#')[0]}{one.fragment}"
    assert ",padding=2," in link


def test_the_row_of_a_matrix_follows_the_step_and_the_pointer(reader):
    one = reader(page_html(TOY))
    one.wake()
    bar = one.root.locator(".lit-row")
    assert bar.get_attribute("y") == "0"
    one.root.get_by_role("button", name="Step forward").click()
    one.shown()
    assert bar.get_attribute("y") == "24"
    assert_shows(one, TOY.scene(3, "a"), (0, 1))
    one.point("matrix", 2, 0)
    assert_lit(one.read(), TOY.scene(3, "a"), (0, 2))
    assert bar.get_attribute("y") == "48"
    one.point("grid:factors", 0, 0)
    assert float(bar.get_attribute("y")) < 0
    one.click("matrix", 2, 2)
    one.page.mouse.move(1, 1)
    assert_shows(one, TOY.scene(3, "a"), (0, 2))
    one.set(size=6)
    assert one.grid("matrix").shape == (6, 6)
    one.set(size=4)  # an error, without a matrix
    assert one.read()["parts"]["matrix"] == ""


def test_a_choice_of_texts_is_a_list_and_goes_into_the_address(reader):
    one = reader(page_html(TOY))
    one.root.locator("select").select_option("b")
    one.settle()
    assert_shows(one, TOY.scene(3, "b"))
    assert "b<−2" not in one.read()["sum"]
    one.announced()
    assert one.fragment == "#toy:size=3,kind=b"


def test_two_explorers_of_one_name_live_side_by_side(reader):
    one = reader(page_html(STRIDE), page_html(TOY), page_html(STRIDE, stride=1))
    roots = one.page.locator(".explorer").all()
    assert [root.get_attribute("id") for root in roots] == [
        *("explorer-stride", "explorer-toy", "explorer-stride-2")
    ]
    one.wake()
    one.set(padding=1)
    roots[2].hover()
    one.settle()
    assert_shows(one, STRIDE.scene(**STRIDE.values(padding=1)), root=roots[0])
    assert_shows(one, STRIDE.scene(**STRIDE.values(stride=1)), root=roots[2])
    one.page.evaluate("location.hash = '#stride-2:stride=3'")
    one.settle()
    assert_shows(one, STRIDE.scene(**STRIDE.values(stride=3)), root=roots[2])
    assert_shows(one, STRIDE.scene(**STRIDE.values(padding=1)), root=roots[0])


def test_split_packs_are_loaded_one_at_a_time(reader, monkeypatch):
    monkeypatch.setattr(page, "PACK_LIMIT", 900)
    one = reader(page_form(TOY, TOY.values()).html)
    one.wake()

    def loaded():
        return [url.rpartition("/")[2] for url in one.requests if "toy-" in url]

    assert loaded() == ["toy-1.js"]
    for size in (2, 3, 6):
        one.set(size=size)
        one.settle()
        assert_shows(one, TOY.scene(size, "a"))
    assert loaded() == ["toy-1.js", "toy-0.js", "toy-3.js"]


def test_data_that_does_not_load_is_said(reader, tmp_path):
    one = reader(page_html(STRIDE))
    (tmp_path / "stride.js").unlink()
    one.root.locator(".explorer-title").hover()
    one.page.get_by_text("did not load").wait_for()
    assert one.read()["sum"] == "This picture's data did not load."
    assert one.grid("grid:input").title == "input 5×5"
    assert [text for text in one.troubles if "ERR_FILE_NOT_FOUND" not in text] == []
    one.troubles.clear()


def test_without_scripts_the_first_state_and_a_sentence_remain(reader):
    one = reader(page_html(STRIDE), java_script_enabled=False)
    assert one.root.locator("noscript .note").bounding_box()["height"] > 10
    assert one.root.locator(".sentence").inner_text() == STRIDE.scene(**STRIDE.values()).sentence
    assert one.root.locator("svg rect.lit").count() == 9 + 9 + 1
    assert one.root.locator("input:enabled, button:enabled").count() == 0


def test_print_keeps_the_picture_and_hides_the_controls(reader):
    one = reader(page_html(STRIDE), theme="dark")
    one.page.emulate_media(media="print")
    assert one.root.locator(".grids").is_visible()
    assert not one.root.locator("form").first.is_visible()
    assert not one.root.get_by_text("Copy code").is_visible()
    fill = "document.querySelector('.role-input') && getComputedStyle(document.documentElement)"
    assert one.page.evaluate(f"{fill}.getPropertyValue('--ink')") == "#14202b"


def test_reduced_motion_is_honoured(reader):
    one = reader(page_html(STRIDE), reduced_motion="reduce")
    one.wake()
    one.page.wait_for_timeout(1200)
    assert one.read()["count"] == "step 1 of 4"  # nothing starts by itself
    moving = one.page.evaluate(
        "[...document.querySelectorAll('*')].filter((one) => {"
        "const {transitionDuration, animationName} = getComputedStyle(one);"
        "return transitionDuration !== '0s' || animationName !== 'none'}).length"
    )
    assert moving == 0


@pytest.mark.parametrize("width", [320, 900])
def test_nothing_overflows_and_targets_are_large_enough(reader, width):
    one = reader(page_html(STRIDE), viewport={"width": width, "height": 800})
    one.wake()
    one.set(input_size=8, padding=2, kernel_size=1, stride=1)
    assert one.grid("grid:output").shape == (12, 12)
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width
    for svg in one.root.locator("[data-part] svg").all():
        box, columns = svg.bounding_box(), int(svg.get_attribute("viewBox").split(" ")[2]) / 24
        assert box["width"] / columns >= 24
        assert box["x"] + box["width"] <= width
    for target in one.root.locator("button:visible, input:visible, select").all():
        box = target.bounding_box()
        assert min(box["width"], box["height"]) >= 24, target.get_attribute("data-do")
        assert box["x"] + box["width"] <= width


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(reader, theme):
    figure = figure_html(STRIDE.scene(**STRIDE.values(input_size=6, padding=1)), step=(0, 0))
    one = reader(page_html(STRIDE), page_html(TOY), figure, theme=theme)
    for change in ({}, {"dilation": 2, "padding": 2}, {"input_size": 3, "kernel_size": 4}):
        one.wake()
        one.set(**change)
        report = Axe().run(one.page, options={"preload": False})
        assert report.violations_count == 0, report.generate_report()


ACTIONS, BURST = 2_000, 25
# One action: what is done, and four numbers from 0 to 1 that say where.
ACT = """(roots, links) => ([kind, which, one, two, three]) => {
  const any = (list, at) => list[Math.floor(at * list.length)];
  const root = any(roots, which);
  const pick = (selector, at) => any(root.querySelectorAll(selector), at);
  const keys = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "a", "Escape"];
  if (kind === "link") location.hash = any(links, one);
  else if (kind === "control") {
    const control = pick("[name]", one);
    control.value = Math.floor(two * control.dataset.values.split("|").length);
    control.dispatchEvent(new Event("input", {bubbles: true}));
  } else if (kind === "button") {
    pick("[data-do]:not([data-do=link], [data-do=code], [data-do=predict])", one).click();
  } else if (kind === "key") {
    const key = any(keys, one);
    pick("[role=application]", two)?.dispatchEvent(new KeyboardEvent("keydown", {key}));
  } else {
    const svg = pick(".grid svg", one), box = svg?.getBoundingClientRect();
    if (!svg) return;
    const type = any(["pointermove", "click", "pointerleave", "pointerdown"], one * 7 % 1);
    const target = type === "pointerleave" ? pick(".grids", 0) : svg.querySelector("rect");
    target.dispatchEvent(new PointerEvent(type, {
      bubbles: true, pointerType: which < 0.7 ? "mouse" : "touch",
      clientX: box.left + two * box.width, clientY: box.top + three * box.height}));
  }
}"""
# The pointer leaves and play stops: what remains is the step.
REST = """(root) => {
  const play = root.querySelector("[data-do=play]");
  if (play.textContent === "Pause") play.click();
  root.querySelector(".grids").dispatchEvent(new PointerEvent("pointerleave"));
}"""


def walked(one, links: list[str], actions: int) -> list[dict]:
    """Act at random, in bursts; after each, compare the pictures whole, and return them."""
    dice = random.Random(20)
    roots = one.page.locator(".explorer").all()
    kinds = ["control", "control", "button", "cell", "cell", "key", "link"]
    seen = []
    for root in roots:
        root.hover()
    one.settle()
    for _ in range(actions // BURST):
        acts = [[dice.choice(kinds), *(dice.random() for _ in range(4))] for _ in range(BURST)]
        one.page.evaluate(
            "([actions, links]) => actions.forEach((" + ACT + ")("
            "document.querySelectorAll('.explorer'), links))",
            [acts, links],
        )
        for root in roots:  # changes of the address have arrived by now
            root.evaluate(REST)
            one.settle()  # a link's data may still be on their way
            seen.append(one.read(root))
            scene = scene_of(seen[-1])
            count = re.match(r"step (\d+) of", seen[-1]["count"])
            step = divmod(int(count[1]) - 1, scene.sweep.shape[1]) if count else (0, 0)
            assert_shows(seen[-1], scene, step)
    return seen


@pytest.mark.parametrize(("explorer", "every"), shares(10, 29))
def test_random_actions_end_in_a_picture_that_matches(reader, explorer, every):
    links = [f"{explorer.name}:step=5", f"{explorer.name}:nonsense", "nobody:x=1", ""]
    seen = walked(reader(page_html(explorer)), links, ACTIONS // every)
    assert len({str(picture["values"]) for picture in seen}) > ACTIONS // every // BURST // 2


@one_in(8)
def test_random_actions_on_two_explorers_keep_them_apart(reader, every):
    links = [
        *("stride:input_size=8,stride=1,step=9", "stride:padding=2,dilation=2,step=-4"),
        *("toy:size=4,kind=b", "toy:size=6,step=1000", "toy:size=2,kind=%E0%A4%A"),
        *("stride:nonsense", "stride:step=", "nobody:x=1", "explorer-toy", ""),
    ]
    seen = walked(reader(page_html(STRIDE), page_html(TOY)), links, ACTIONS // every)
    # The walk went places: many states of both explorers, steps and errors among them.
    assert len({str(picture["values"]) for picture in seen}) > 50 // every
    assert len({picture["count"] for picture in seen}) > 15 // every
    assert any(picture["texts"]["error"] for picture in seen)
