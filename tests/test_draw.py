"""The matplotlib renderer, read back from its artists."""

from __future__ import annotations

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
from PIL import Image, ImageSequence

from convlib import draw
from convlib.draw import ScenePicture, animate, draw_grid, draw_scene
from convlib.explorers import EXPLORERS
from convlib.roles import MARK_LOOKS, ROLE_LOOKS
from convlib.scene import MARKS, ROLES, Scene, Sweep, bars, grid

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
        tuple((one.shape, one.width, one.detail) for one in draw._cell_stamps(kind, 28, lit))
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
    named = {style.label for style in (*ROLE_LOOKS.values(), *MARK_LOOKS.values())}
    assert set(labels) == named - {"input", "kernel", "output", ROLE_LOOKS["blank"].label}


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
    x, y = (int(draw.SCALE * place) for place in box.center(0, 0))
    blue = np.array([211, 230, 248, 255])  # a corner inside the first cell, beside its digits
    np.testing.assert_array_equal(pixels[y - 9 * draw.SCALE, x - 9 * draw.SCALE], blue)


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
    assert sum(isinstance(artist, draw.Layer) for artist in known) == 2
    assert not [text for text in picture.axes.texts if text.get_text()]
    assert len(picture._still.printed) < 80


def test_texts_stay_inside_the_picture_and_apart():
    every = [(one, state) for one in EXPLORERS.values() for state in one.states()]
    for explorer, state in Random(1).sample(every, 200):
        scene = explorer.scene(**state)
        place = draw.layout(scene)
        assert place.width <= draw.WIDEST + draw.MARGIN
        for words in place.words:
            end = words.x + draw.text_width(words.text, words.size)
            assert end <= place.width, (state, words)
        on_a_line = {}
        for words in place.words:
            on_a_line.setdefault(words.baseline, []).append(words)
        for line in on_a_line.values():
            for left, right in pairwise(line):
                assert left.x + draw.text_width(left.text, left.size) < right.x, state
        if scene.sweep:
            steps = np.ndindex(scene.sweep.shape)
            lines = [
                len(draw.wrapped(scene.step_text(*step), draw.TEXT_SIZE, place.room))
                for step in steps
            ]
            assert place.sum_top + max(lines, default=0) * draw.LINE_HEIGHT < place.height, state


def test_long_grids_and_titles_stay_within_the_widest():
    wide = Scene((grid("input", "input", [range(40)], "input"),) * 1, "")
    assert draw.layout(wide).width <= draw.WIDEST
    many = tuple(grid(f"part{n}", "a title that is long", [[n]], "input") for n in range(12))
    picture = ScenePicture(Scene(many, ""))
    assert picture.layout.width <= draw.WIDEST
    assert [picture.cells(f"part{n}")[0, 0][0] for n in range(12)] == [str(n) for n in range(12)]


@given(
    st.lists(st.text("0123456789+×", min_size=1, max_size=8), min_size=1, max_size=20),
    st.integers(60, 400),
)
def test_wrapped_keeps_words_and_width(words, width):
    lines = draw.wrapped(" ".join(words), 10, width)
    assert " ".join(lines).split(" ") == words
    assert all(draw.text_width(line, 10) <= width for line in lines if " " in line)
    for line, following in pairwise(lines):  # as long as they can be
        assert draw.text_width(f"{line} {following.split(' ')[0]}", 10) > width


def test_png_holds_the_rendered_pixels():
    picture = ScenePicture(small_scene(), (0, 1))
    decoded = Image.open(BytesIO(picture.png()))
    np.testing.assert_array_equal(np.asarray(decoded.convert("RGBA")), picture.render())
    assert decoded.size == (
        draw.SCALE * picture.layout.width,
        draw.SCALE * picture.layout.height,
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
    assert draw.LIT[0] in (tmp_path / "one.svg").read_text()


def test_animate_writes_one_frame_for_each_step(tmp_path):
    scene = small_scene()
    animate(scene, tmp_path / "sweep.gif", seconds=0.5)
    with Image.open(tmp_path / "sweep.gif") as gif:
        frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(gif)]
        assert gif.info["duration"] == 500
        assert gif.info["loop"] == 0
    place = draw.layout(scene)
    assert len(frames) == 6
    assert {frame.shape for frame in frames} == {(place.height, place.width, 3)}
    assert len({frame.tobytes() for frame in frames}) == 6


def test_animate_without_steps_is_refused():
    with pytest.raises(ValueError, match="no steps to animate"):
        animate(all_kinds_scene(), BytesIO())


def test_draw_grid_fills_the_axes_it_is_given():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3))
    axes = figure.add_subplot()
    shown = grid("kernel", "kernel 2×3", [[1, 2, 3], [4, 5, 6]], "kernel")
    assert draw_grid(shown, axes) is axes
    assert axes.get_title("left") == "kernel 2×3"
    (layer,) = (artist for artist in axes.get_children() if isinstance(artist, draw.Layer))
    places = {stamp.shape: path.vertices for stamp, path in layer.printed.items()}
    assert sorted(places) == ["1", "2", "3", "4", "5", "6", "cell"]
    places = places["cell"]
    assert len(places) == 6
    assert places.max(axis=0)[0] < axes.get_xlim()[1]
    assert len(set(np.diff(np.unique(places[:, 0])).round(6))) == 1


def test_draw_scene_returns_a_figure_that_notebooks_show():
    data, size = draw_scene(small_scene(), (0, 0))._repr_png_()
    assert Image.open(BytesIO(data)).size == (
        draw.SCALE * size["width"],
        draw.SCALE * size["height"],
    )


def test_pictures_need_no_pyplot():
    code = (
        "import sys; from convlib.draw import ScenePicture; from convlib.scene import Scene; "
        "ScenePicture(Scene((), '')).png(); sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
