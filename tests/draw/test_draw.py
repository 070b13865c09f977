"""The matplotlib renderer, read back from its artists."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot, rcParams
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from PIL import Image, ImageSequence

from convlib import conv2d, conv_matrix
from convlib.draw import (
    ScenePicture,
    animate,
    draw_convolution,
    draw_grid,
    draw_matrix,
    draw_scene,
)
from convlib.draw.animation import ANIMATIONS
from convlib.draw.layout import LINE_HEIGHT, MARGIN, TEXT_SIZE, WIDEST, Box, layout
from convlib.draw.looks import LIT, ROLE_LOOKS
from convlib.draw.picture import SCALE, cell_stamps, lines_of, read_cells, read_glyphs, read_lit
from convlib.draw.stamps import Layer, text_width, wrapped
from convlib.explorers import EXPLORERS
from convlib.scenes.convolution import convolution_scene, example_input, example_kernel
from convlib.scenes.roles import MARKS, ROLES
from convlib.scenes.scene import Scene, Sweep, bars, grid

KINDS = [f"{role} {mark}".strip() for role in ROLES for mark in ("", *MARKS)]


def small_scene(shift: int = 0, matrix: bool = True) -> Scene:
    """A 1×2 kernel over a 3×4 input: height, width and both steps differ."""
    values = np.arange(12).reshape(3, 4) - 5 + shift
    weights = np.array([[2, -1]])
    output = 2 * values[:, :-1:2] - values[:, 1::2]
    rows = np.zeros((6, 12), dtype=object)
    for step in range(6):
        rows[step, step * 2 : step * 2 + 2] = weights[0]
    written = np.where(rows, rows, "")
    return Scene(
        grids=(
            grid("input", "input 3×4", values, "input"),
            grid("kernel", "kernel 1×2", weights, "kernel"),
            grid("output", "output 3×2", output, "output"),
        ),
        sentence="A 1×2 kernel slides over a 3×4 input.",
        sweep=Sweep(
            "output",
            "input",
            "kernel",
            tuple(((0, row),) for row in range(3)),
            tuple(((0, 2 * column), (1, 2 * column + 1)) for column in range(2)),
        ),
        matrix=grid("matrix", "matrix 6×12", written, np.where(rows, "kernel", "blank"))
        if matrix
        else None,
        formula="⌊(4 − 2) / 2⌋ + 1 = 2",
        code="F.conv2d(input, weight, stride=(1, 2))",
    )


def expected_cells(shown) -> dict:
    return {
        cell: (shown.values[cell[0]][cell[1]], shown.roles[cell[0]][cell[1]])
        for cell in np.ndindex(shown.shape)
    }


def all_kinds_scene() -> Scene:
    return Scene((grid("kinds", "all kinds", [range(len(KINDS))], [KINDS]),), "Every kind of cell.")


def test_cells_show_every_text_and_role():
    scene = all_kinds_scene()
    assert ScenePicture(scene).cells("kinds") == expected_cells(scene["kinds"])


@pytest.mark.parametrize("name", ["input", "kernel", "output"])
def test_cells_of_each_grid_keep_their_places(name):
    scene = small_scene()
    assert ScenePicture(scene).cells(name) == expected_cells(scene[name])


def test_cells_of_a_matrix_leave_out_the_empty_ones():
    scene = small_scene()
    expected = expected_cells(scene.matrix)
    shown = ScenePicture(scene).cells("matrix")
    assert shown == {cell: look for cell, look in expected.items() if look != ("", "blank")}
    assert len(shown) == 12


def test_cells_notice_another_look_and_place():
    picture = ScenePicture(small_scene())
    printed = picture._still.printed
    for stamp in [one for one in printed if one.face == ROLE_LOOKS["kernel"].fill[0]]:
        output = ROLE_LOOKS["output"]
        printed[replace(stamp, face=output.fill[0], edge=output.edge[0])] = printed.pop(stamp)
    assert {role for _, role in picture.cells("kernel").values()} == {"output"}
    assert picture.cells("kernel")[0, 0][0] == "2"
    for stamp in [one for one in printed if one.shape == "2"]:
        del printed[stamp]
    assert picture.cells("kernel")[0, 0][0] == ""


def test_roles_marks_and_lit_cells_differ_without_colour():
    kinds = [kind for kind in KINDS if not kind.startswith("blank")]
    drawn = {
        tuple((one.shape, one.width, one.detail) for one in cell_stamps(kind, 28, lit))
        for kind in kinds
        for lit in (False, True)
    }
    assert len(drawn) == 2 * len(kinds)


def test_texts_are_titles_legend_formula_and_sum():
    scene = small_scene(matrix=False)
    assert ScenePicture(scene, (1, 0)).texts() == [
        *("input 3×4", "kernel 1×2", "output 3×2"),
        scene.formula,
        "output[1, 0] = (−1)×2 + 0×(−1) = −2",
    ]
    labels = ScenePicture(all_kinds_scene()).texts()[1:]
    named = {*ROLES.values(), *MARKS.values()}
    assert set(labels) == named - {"input", "kernel", "output", ROLES["blank"]}


def test_texts_keep_accents_with_their_letters():
    picture = ScenePicture(Scene((), "", formula="o = ⌊(i + 2p − k̂)/s⌋ + 1"))
    assert picture.texts() == ["o = ⌊(i + 2p − k̂)/s⌋ + 1"]


def test_texts_hold_the_error():
    assert ScenePicture(Scene((), "", error="stride=0 must be at least 1")).texts() == [
        "stride=0 must be at least 1"
    ]


def test_bars_have_their_lengths_roles_and_texts():
    chart = bars("cost", "multiplications", {"plain": 400, "separable": 100}, ["input", "kernel"])
    picture = ScenePicture(Scene((), "Two bars.", bars=(chart,)))
    (first, long), (second, short) = picture.bars("cost")
    assert (first, second) == ("input", "kernel")
    assert long == pytest.approx(4 * short)
    assert picture.texts() == ["multiplications", "plain", "400", "separable", "100"]


def test_stamps_and_further_channels_light_all_their_grids():
    one, two = ((0, 0), (1, 1)), ((0, 1), (1, 2))
    grids = (
        grid("a", "a", [[1, 2, 3]], "input"),
        grid("b", "b", [[4, 5, 6]], "input"),
        grid("u", "u", [[1, 1]], "kernel"),
        grid("v", "v", [[2, 2]], "kernel"),
        grid("output", "output", [[21, 27]], "output"),
    )
    sweep = Sweep("output", "a", "u", (((0, 0),),), (one, two), more=(("b", "v"),))
    for kind in ("sum", "stamp"):
        scene = Scene(grids, "Two channels.", replace(sweep, kind=kind))
        picture = ScenePicture(scene, (0, 1))
        assert picture.lit("a") == picture.lit("b") == {(0, 1), (0, 2)}
        assert picture.lit("u") == picture.lit("v") == {(0, 0), (0, 1)}
        assert picture.lit("output") == {(0, 1)}
        assert " ".join(picture.texts()).endswith(scene.step_text(0, 1))


def test_row_0_is_at_the_top():
    picture = ScenePicture(small_scene())
    box = picture.layout.boxes["input"]
    first, last = (picture.axes.transData.transform(box.center(row, 0)) for row in (0, 2))
    assert first[1] > last[1]  # display coordinates go up
    pixels = picture.render()
    x, y = (int(SCALE * place) for place in box.center(0, 0))
    blue = np.array([211, 230, 248, 255])  # a corner inside the first cell, beside its digits
    np.testing.assert_array_equal(pixels[y - 9 * SCALE, x - 9 * SCALE], blue)


@pytest.mark.parametrize("step", list(np.ndindex(3, 2)))
def test_lit_cells_are_those_of_the_step(step):
    scene = small_scene()
    picture = ScenePicture(scene, step)
    row, column = step
    assert picture.lit("output") == {step}
    assert picture.lit("input") == {(row, 2 * column), (row, 2 * column + 1)}
    assert picture.lit("kernel") == {(0, 0), (0, 1)}
    assert picture.lit("matrix") == {(2 * row + column, place) for place in range(12)}


def test_lit_cells_are_none_without_a_step():
    picture = ScenePicture(small_scene())
    assert not any(picture.lit(name) for name in ("input", "kernel", "output", "matrix"))


@pytest.mark.parametrize("step", [(3, 0), (0, 2), (-1, 0)])
def test_step_outside_of_the_sweep_is_refused(step):
    with pytest.raises(ValueError, match=r"step=.* must lie in the 3×2 steps"):
        ScenePicture(small_scene(), step)
    with pytest.raises(ValueError, match="must lie in the 0×0 steps"):
        ScenePicture(all_kinds_scene(), (0, 0))


def test_update_gives_the_pixels_of_a_new_picture():
    states = list(EXPLORERS["stride"].states())
    chosen = np.random.default_rng(7).choice(len(states), 40)
    picture = ScenePicture(small_scene(), (2, 1))
    for number in chosen:
        scene = EXPLORERS["stride"].scene(**states[number])
        picture.update(scene, (0, 0) if scene.sweep else None)
        fresh = ScenePicture(scene, (0, 0) if scene.sweep else None)
        np.testing.assert_array_equal(picture.render(), fresh.render())


def test_step_gives_the_pixels_of_a_new_picture():
    picture = ScenePicture(small_scene())
    before = picture.render().copy()
    for step in [(0, 1), (2, 0), (1, 1)]:
        picture.show_step(step)
        fresh = ScenePicture(small_scene(), step).render()
        np.testing.assert_array_equal(picture.render(), fresh)
        assert (picture.render() != before).any()
    picture.show_step(None)
    np.testing.assert_array_equal(picture.render(), before)


def test_step_draws_only_the_highlights(monkeypatch):
    picture = ScenePicture(small_scene())
    picture.render()
    monkeypatch.setattr(picture.canvas, "draw", lambda: pytest.fail("drew everything"))
    picture.show_step((1, 1))
    picture.render()


def test_artists_are_made_once_and_few():
    largest = {"input_size": 8, "kernel_size": 1, "stride": 1, "padding": 2, "dilation": 1}
    picture = ScenePicture(small_scene(), (0, 0))
    known = picture.axes.get_children()
    picture.update(EXPLORERS["stride"].scene(**largest), (1, 1))
    assert picture.axes.get_children() == known
    assert sum(len(picture.cells(name)) for name in ("input", "kernel", "output")) == 289
    assert sum(isinstance(artist, Layer) for artist in known) == 2
    assert not [text for text in picture.axes.texts if text.get_text()]
    assert len(picture._still.printed) < 80


def test_texts_stay_inside_the_picture_and_apart():
    every = [(one, state) for one in EXPLORERS.values() for state in one.states()]
    for explorer, state in Random(1).sample(every, 200):
        scene = explorer.scene(**state)
        place = layout(scene)
        assert place.width <= WIDEST + MARGIN
        for words in place.words:
            end = words.x + text_width(words.text, words.size)
            assert end <= place.width, (state, words)
        on_a_line = {}
        for words in place.words:
            on_a_line.setdefault(words.baseline, []).append(words)
        for line in on_a_line.values():
            for left, right in pairwise(line):
                assert left.x + text_width(left.text, left.size) < right.x, state
        if scene.sweep:
            steps = np.ndindex(scene.sweep.shape)
            lines = [len(wrapped(scene.step_text(*step), TEXT_SIZE, place.room)) for step in steps]
            assert place.sum_top + max(lines, default=0) * LINE_HEIGHT < place.height, state


def test_long_grids_and_titles_stay_within_the_widest():
    wide = Scene((grid("input", "input", [range(40)], "input"),) * 1, "")
    assert layout(wide).width <= WIDEST
    many = tuple(grid(f"part{n}", "a title that is long", [[n]], "input") for n in range(12))
    picture = ScenePicture(Scene(many, ""))
    assert picture.layout.width <= WIDEST
    assert [picture.cells(f"part{n}")[0, 0][0] for n in range(12)] == [str(n) for n in range(12)]


@given(
    st.lists(st.text("0123456789+×", min_size=1, max_size=8), min_size=1, max_size=20),
    st.integers(60, 400),
)
def test_wrapped_keeps_words_and_width(words, width):
    lines = wrapped(" ".join(words), 10, width)
    assert " ".join(lines).split(" ") == words
    assert all(text_width(line, 10) <= width for line in lines if " " in line)
    for line, following in pairwise(lines):  # as long as they can be
        assert text_width(f"{line} {following.split(' ')[0]}", 10) > width


def test_png_holds_the_rendered_pixels():
    picture = ScenePicture(small_scene(), (0, 1))
    decoded = Image.open(BytesIO(picture.png()))
    np.testing.assert_array_equal(np.asarray(decoded.convert("RGBA")), picture.render())
    assert decoded.size == (
        SCALE * picture.layout.width,
        SCALE * picture.layout.height,
    )


def test_save_holds_the_highlights_and_leaves_the_picture_alone(tmp_path):
    picture = ScenePicture(small_scene(), (0, 1))
    before = picture.png()
    picture.save(tmp_path / "one.png")
    picture.save(tmp_path / "one.svg")
    saved = np.asarray(Image.open(tmp_path / "one.png").convert("RGBA"))
    shown = Image.open(BytesIO(before)).convert("RGBA")
    np.testing.assert_array_equal(saved, np.asarray(shown))
    assert picture.png() == before
    root = ElementTree.parse(tmp_path / "one.svg").getroot()
    uses = root.findall(".//{http://www.w3.org/2000/svg}use")
    glyphs = sum(len(line.replace(" ", "")) for line in picture.texts())
    assert len(uses) > glyphs + 20
    assert LIT[0] in (tmp_path / "one.svg").read_text()


def test_animate_writes_one_frame_for_each_step(tmp_path):
    scene = small_scene()
    animate(scene, tmp_path / "sweep.gif", seconds=0.5)
    with Image.open(tmp_path / "sweep.gif") as gif:
        frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(gif)]
        assert gif.info["duration"] == 500
        assert gif.info["loop"] == 0
    place = layout(scene)
    assert len(frames) == 6
    assert {frame.shape for frame in frames} == {(place.height, place.width, 3)}
    assert len({frame.tobytes() for frame in frames}) == 6


@pytest.mark.parametrize("format", ANIMATIONS)
def test_animate_without_steps_is_refused(format):
    with pytest.raises(ValueError, match="no steps to animate"):
        animate(all_kinds_scene(), BytesIO(), format=format)


@pytest.mark.parametrize(
    ("name", "more", "error", "text"),
    [
        ("a.webm", {}, ValueError, "must end in one of .gif, .html, .mp4"),
        ("sweep", {}, ValueError, "sweep' must end in one of .gif, .html, .mp4"),
        ("a.gif", {"format": "GIF"}, ValueError, "format='GIF' must be one of gif, html, mp4"),
        ("a.gif", {"seconds": 0}, ValueError, "seconds=0 must be at least 0.02"),
        ("a.gif", {"seconds": float("nan")}, ValueError, "seconds=nan must be at least 0.02"),
        ("a.gif", {"seconds": "1"}, TypeError, "seconds='1' must be a number"),
    ],
)
def test_animate_refuses_bad_input_and_writes_nothing(tmp_path, name, more, error, text):
    with pytest.raises(error, match=re.escape(text)):
        animate(small_scene(), tmp_path / name, **more)
    assert not list(tmp_path.iterdir())


def test_animate_refuses_what_is_no_scene():
    with pytest.raises(TypeError, match=r"scene must be a Scene, .* not Axes"):
        animate(Figure().add_subplot(), BytesIO())


def test_animate_takes_the_format_before_the_ending(tmp_path):
    animate(small_scene(), str(tmp_path / "sweep.html"), format="gif")
    assert (tmp_path / "sweep.html").read_bytes().startswith(b"GIF89a")
    animate(small_scene(), tmp_path / "SWEEP.HTML")
    assert (tmp_path / "SWEEP.HTML").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


FFMPEG = """#!{python}
import json, sys
frames = sys.stdin.buffer.read()
with open(sys.argv[-1], "w") as file:
    json.dump([sys.argv[1:], len(frames)], file)
"""


def test_animate_gives_ffmpeg_a_frame_for_each_step(tmp_path, monkeypatch):
    program = tmp_path / "ffmpeg"  # stands in for the real one, and writes what it was given
    program.write_text(FFMPEG.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setitem(rcParams, "animation.ffmpeg_path", str(program))
    scene = small_scene()
    animate(scene, tmp_path / "sweep.mp4", seconds=0.5)
    arguments, size = json.loads((tmp_path / "sweep.mp4").read_text())
    place = layout(scene)
    width, height = SCALE * place.width, SCALE * place.height
    assert arguments[arguments.index("-s") + 1] == f"{width}x{height}"
    assert arguments[arguments.index("-framerate") + 1] == "2.0"
    assert f"comment={scene.sentence}" in arguments
    assert size == 6 * 4 * width * height


def test_animate_says_what_works_without_ffmpeg(tmp_path, monkeypatch):
    monkeypatch.setitem(rcParams, "animation.ffmpeg_path", str(tmp_path / "missing"))
    text = "MP4 needs the program ffmpeg, which is not installed; .gif and .html work without"
    with pytest.raises(RuntimeError, match=re.escape(text)):
        animate(small_scene(), tmp_path / "sweep.mp4")
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setitem(rcParams, "animation.ffmpeg_path", str(program))
    with pytest.raises(RuntimeError, match=r"ffmpeg could not write the MP4 .*; \.gif and \.html"):
        animate(small_scene(), tmp_path / "sweep.mp4")
    assert not (tmp_path / "sweep.mp4").exists()


def embedded(address: str) -> np.ndarray:
    data = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    return Image.open(BytesIO(data)).convert("RGBA")


def test_animate_writes_a_page_whose_layers_make_the_pictures(tmp_path):
    scene = replace(small_scene(), sentence="Is 1 < 2 & </script> safe?")
    animate(scene, tmp_path / "sweep.html")
    page = (tmp_path / "sweep.html").read_text(encoding="utf-8")
    assert "Is 1 &lt; 2 &amp; &lt;/script&gt; safe?" in page
    assert page.count("</script>") == 1
    data = json.loads(re.search(r"^const data = (.*);$", page, re.MULTILINE)[1])
    still = embedded(re.search(r'id="still"[^>]*src="([^"]*)"', page)[1])
    steps = list(np.ndindex(scene.sweep.shape))
    assert data["texts"] == [scene.step_text(*step) for step in steps]
    for step, layer in zip(steps, data["layers"], strict=True):
        whole = np.asarray(Image.alpha_composite(still, embedded(layer))).astype(int)
        away = abs(whole - ScenePicture(scene, step).render())
        assert away.mean() < 0.2  # of 255: its colours are few
        assert (away > 40).mean() < 1e-3


def test_animate_writes_a_page_that_plays_and_steps_alone(tmp_path, chromium):
    animate(small_scene(), tmp_path / "sweep.html", seconds=0.05)
    page = chromium.new_page()
    asked, wrong = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.goto((tmp_path / "sweep.html").as_uri())
    status, lit = page.locator("#status"), page.locator("#lit")
    sentence = "A 1×2 kernel slides over a 3×4 input."
    assert page.get_by_role("img", name=sentence).count() == 1
    assert page.title() == sentence
    texts = [small_scene().step_text(*step) for step in np.ndindex(3, 2)]
    first = lit.get_attribute("src")
    assert status.text_content() == f"step 1 of 6: {texts[0]}"
    page.get_by_role("button", name="Next").click()
    assert status.text_content() == f"step 2 of 6: {texts[1]}"
    assert lit.get_attribute("src") != first
    for _ in range(2):
        page.get_by_role("button", name="Back").click()
    assert status.text_content() == f"step 6 of 6: {texts[5]}"
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.getElementById('number').textContent === '3'")
    page.get_by_role("button", name="Pause").click()
    stopped = status.text_content()
    page.wait_for_timeout(200)
    assert status.text_content() == stopped
    assert not wrong
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    boxes = [page.locator(name).bounding_box() for name in ("#still", "#lit")]
    assert boxes[0] == boxes[1]
    page.close()


def test_draw_grid_fills_the_axes_it_is_given():
    axes = Figure(figsize=(4, 3)).add_subplot()
    shown = grid("kernel", "kernel 2×3", [[1, 2, 3], [4, 5, 6]], "kernel")
    assert draw_grid(shown, axes) is axes
    assert axes.get_title("left") == "kernel 2×3"
    (layer,) = layers(axes)
    places = {stamp.shape: path.vertices for stamp, path in layer.printed.items()}
    assert sorted(places) == ["1", "2", "3", "4", "5", "6", "cell"]
    places = places["cell"]
    assert len(places) == 6
    assert places.max(axis=0)[0] < axes.get_xlim()[1]
    assert len(set(np.diff(np.unique(places[:, 0])).round(6))) == 1


def layers(axes) -> list[Layer]:
    return [artist for artist in axes.get_children() if isinstance(artist, Layer)]


@pytest.fixture
def axes():
    """Axes wider than high, of a figure that pyplot does not know."""
    return Figure(figsize=(6, 3)).add_subplot()


@pytest.fixture
def new_figures():
    """Close the figures that drawing opens."""
    before = pyplot.get_fignums()
    yield lambda: sorted({*pyplot.get_fignums()} - {*before})
    for number in {*pyplot.get_fignums()} - {*before}:
        pyplot.close(number)


def test_draw_convolution_shows_the_cells_that_conv2d_makes(axes):
    input, weight = np.arange(20).reshape(4, 5) % 7, np.array([[1, -2, 3], [0, 1, 2]])
    arguments = {"stride": (1, 2), "padding": (0, 1)}
    assert draw_convolution(input, weight, **arguments, ax=axes) is axes
    still, lit = layers(axes)
    scene = convolution_scene(input, weight, **arguments)
    place = layout(replace(scene, sweep=None))
    for name in ("input", "kernel", "output"):
        assert read_cells(still, place.boxes[name]) == expected_cells(scene[name])
    output = read_cells(still, place.boxes["output"])
    for cell, value in np.ndenumerate(conv2d(input, weight, **arguments)):
        assert output[cell][0] == str(value).replace("-", "−")
    assert not lit.printed
    glyphs = [one for one in read_glyphs(still) if one.place[1] > place.height - 60]
    assert lines_of(glyphs)[-1] == scene.formula.split("\n")[-1]


def test_draw_convolution_lights_a_step_and_writes_its_sum(axes):
    input, weight = np.arange(12).reshape(3, 4), np.array([[2, -1]])
    draw_convolution(input, weight, stride=(1, 2), step=np.array([2, 1]), ax=axes)
    scene = convolution_scene(input, weight, stride=(1, 2))
    place = layout(scene)
    lit = layers(axes)[1]
    for name, cells in scene.lit((2, 1)).items():
        assert read_lit(lit, place.boxes[name]) == cells
    glyphs = [one for one in read_glyphs(lit) if one.place[1] > place.sum_top]
    assert lines_of(glyphs) == ["output[2, 1] = 10×2 + 11×(−1) = 9"]


def test_drawings_keep_their_shape_in_axes_of_any_size(axes):
    draw_convolution(np.eye(4), np.ones((2, 2)), ax=axes)
    for size in ((6, 3), (2, 7)):
        axes.figure.set_size_inches(size)
        axes.figure.savefig(BytesIO(), format="png")
        matrix = axes.transData.get_matrix()
        assert matrix[0, 0] == pytest.approx(-matrix[1, 1])  # square cells, row 0 at the top
        box = axes.figure.bbox
        corners = axes.transData.transform([(0, 0), (axes.get_xlim()[1], axes.get_ylim()[0])])
        assert (corners > 0).all()
        assert (corners < box.size).all()


def test_stamps_grow_with_the_axes(axes):
    class Recorder(RendererAgg):
        def draw_markers(self, gc, path, transform, *others):
            sizes.append((transform.get_matrix()[0, 0], gc.get_linewidth()))

    draw_grid(grid("k", "k", [[1]], "kernel"), axes)
    found = []
    for size in (3, 6):
        sizes = []
        axes.figure.set_size_inches(size, size)
        axes.apply_aspect()
        layers(axes)[0].draw(Recorder(600, 600, 100))
        found.append(sizes)
    np.testing.assert_allclose(found[1], 2 * np.array(found[0]))


@pytest.mark.parametrize("shape", [(3, 4), (8, 9)])
def test_draw_matrix_shows_conv_matrix(axes, shape):
    weight = np.array([[1, 0, -3], [4, 5, 6]])
    assert draw_matrix(weight, shape, stride=(1, 2), padding=(0, 1), ax=axes) is axes
    matrix = conv_matrix(weight, shape, stride=(1, 2), padding=(0, 1))
    assert axes.get_title("left").startswith("matrix {}×{}".format(*matrix.shape))
    (layer,) = layers(axes)
    side = axes.get_xlim()[1] / matrix.shape[1]
    assert axes.get_ylim() == (side * matrix.shape[0], 0)
    shown = read_cells(layer, Box(0, 0, side, matrix.shape, 0))
    places = conv_matrix(np.ones_like(weight), shape, stride=(1, 2), padding=(0, 1))
    assert set(shown) == {tuple(cell) for cell in np.argwhere(places)}
    assert {role for _, role in shown.values()} == {"kernel"}
    texts = {cell: str(int(matrix[cell])).replace("-", "−") for cell in shown}
    readable = shape == (3, 4)  # 72 columns are too many
    assert {cell: text for cell, (text, _) in shown.items()} == (
        texts if readable else dict.fromkeys(shown, "")
    )


@pytest.mark.parametrize(
    "draw_one",
    [
        lambda: draw_grid(grid("k", "a title longer than its grid", [[1]], "kernel")),
        lambda: draw_matrix(np.ones((2, 2)), (3, 4)),
        lambda: draw_convolution(np.eye(4), np.ones((2, 2)), step=(0, 0)),
    ],
)
def test_drawings_without_axes_open_one_pyplot_figure_that_holds_them(draw_one, new_figures):
    axes = draw_one()
    assert new_figures() == [axes.figure.number]
    axes.figure.savefig(BytesIO())
    box = axes.get_tightbbox()
    assert box.x0 >= 0
    assert box.y0 >= 0
    assert (box.max <= axes.figure.bbox.size).all()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda ax: draw_convolution(np.ones((1, 4, 4)), np.ones((2, 2)), ax=ax),
            ValueError,
            "input has shape (1, 4, 4), 3 axes; "
            "it must be (rows, columns): draw one channel at a time",
        ),
        (
            lambda ax: draw_convolution(np.ones((4, 4)), np.ones(2), ax=ax),
            ValueError,
            "weight has shape (2,), 1 axis; it must be (rows, columns): draw one channel at a time",
        ),
        (
            lambda ax: draw_convolution(np.ones((2, 2)), np.ones((3, 3)), ax=ax),
            ValueError,
            "kernel covers 3 cells (kernel_size=3, dilation=1) but the padded input has 2",
        ),
        (
            lambda ax: draw_convolution([["a"]], [[1]], ax=ax),
            TypeError,
            "input holds text",
        ),
        (
            lambda ax: draw_convolution(np.eye(3), [[1]], stride=0, ax=ax),
            ValueError,
            "stride=0 must be at least 1",
        ),
        (
            lambda ax: draw_convolution(np.eye(3), [[1]], step=(3, 0), ax=ax),
            ValueError,
            "step=(3, 0) must lie in the 3×3 steps of the scene",
        ),
        (
            lambda ax: draw_convolution(np.eye(3), [[1]], step=4, ax=ax),
            ValueError,
            "step=4 must be the (row, column) of an output cell",
        ),
        (
            lambda ax: draw_convolution(np.eye(3), [[1]], step=(0.5, 1), ax=ax),
            TypeError,
            "step=0.5 must be a whole number, not a float",
        ),
        (
            lambda ax: draw_matrix([[1]], (3, 0), ax=ax),
            ValueError,
            "input_shape[1]=0 must be at least 1",
        ),
        (
            lambda ax: draw_matrix(np.ones((3, 3)), (2, 2), ax=ax),
            ValueError,
            "kernel covers 3 cells",
        ),
        (
            lambda ax: draw_matrix([[1]], (100, 100), ax=ax),
            ValueError,
            "the matrix would have 10000 × 10000 entries; a picture has room for 500000",
        ),
        (
            lambda ax: draw_grid([[1, 2]], ax),
            TypeError,
            "grid must be a Grid, as convlib.scenes.scene.grid makes it, not list",
        ),
        (
            lambda ax: draw_matrix([[1]], (2, 2), ax=[ax]),
            TypeError,
            "ax must be one plain Axes of matplotlib, not list",
        ),
    ],
)
def test_drawings_refuse_bad_input_and_leave_the_axes_alone(axes, new_figures, call, error, text):
    with pytest.raises(error, match="^" + re.escape(text)):
        call(axes)
    assert not layers(axes)
    assert axes.axison
    assert axes.get_xlim() == (0, 1)
    assert not new_figures()


def test_draw_scene_returns_a_figure_that_notebooks_show():
    data, size = draw_scene(small_scene(), (0, 0))._repr_png_()
    assert Image.open(BytesIO(data)).size == (
        SCALE * size["width"],
        SCALE * size["height"],
    )


def test_pictures_need_no_pyplot():
    code = (
        "import sys; from convlib.draw import ScenePicture\n"
        "from convlib.scenes.scene import Scene\n"
        "ScenePicture(Scene((), '')).png(); sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_picture_saved_before_it_is_shown_shows_the_same():
    scene = convolution_scene(example_input(6), example_kernel(3), stride=2, padding=1)
    picture = ScenePicture(scene, (0, 0))
    picture.png()
    picture.show_step((2, 1))
    picture.save(BytesIO(), "png")
    shown = np.asarray(Image.open(BytesIO(picture.png())).convert("RGBA"))
    np.testing.assert_array_equal(shown, ScenePicture(scene, (2, 1)).render())
