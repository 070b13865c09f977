"""A scene as a picture: read back from its artists, and compared pixel by pixel."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from convlib.draw import (
    ScenePicture,
)
from convlib.draw.looks import LIT, ROLE_LOOKS
from convlib.draw.picture import SCALE, cell_stamps
from convlib.draw.stamps import Layer
from convlib.explorers import EXPLORERS
from convlib.scenes.convolution import convolution_scene, example_input, example_kernel
from convlib.scenes.roles import MARKS, ROLES
from convlib.scenes.scene import Scene, Sweep, bars, grid
from tests.draw.tools import KINDS, all_kinds_scene, expected_cells, small_scene


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
