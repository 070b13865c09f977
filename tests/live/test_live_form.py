"""Explorers as widgets, without a browser: set state, read state."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from html import unescape
from io import BytesIO
from random import Random

import ipywidgets as widgets
import numpy as np
import pytest
from PIL import Image

from convlib.draw import ScenePicture
from convlib.explorers import EXPLORERS
from convlib.explorers.building import PAGE_VARIABLE
from convlib.explorers.declaration import Control
from convlib.explorers.explorer import Explorer
from convlib.explorers.live import LiveExplorer, go_to
from convlib.scenes.changes import changed
from convlib.scenes.scene import Scene, grid
from convlib.scenes.symbols import symbol_cells
from tests.thorough import shares

STRIDE = EXPLORERS["stride"]
INVALID = {"input_size": 3, "kernel_size": 4, "dilation": 2, "padding": 0}

OWN = {
    "separable": ("kernel", "kernel", [[1, 2], [3, 4]], [[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    "planner": (
        "network",
        "layers",
        [{"kind": "Conv2d", "kernel_size": 3, "stride": 2}],
        [{"kind": "ConvTranspose2d", "kernel_size": 2, "stride": 2}, {"kind": "ReLU"}],
    ),
}


@pytest.fixture(autouse=True)
def _in_a_notebook(monkeypatch, tmp_path):
    monkeypatch.delenv(PAGE_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)


def assert_shows(form: LiveExplorer, values: dict, step: tuple[int, int] | None):
    """Hold everything that the form shows to these values and this step."""
    scene = form.explorer.scene(**values)
    assert form.values == values
    assert form.scene == scene
    assert form.step == step
    fresh = ScenePicture(scene, step)
    shown = np.asarray(Image.open(BytesIO(form.image.value)).convert("RGBA"))
    np.testing.assert_array_equal(shown, fresh.render())
    assert scene.sentence in _plain(form.words.value)
    assert scene.code in _plain(form.code.value)
    assert form.image.layout.width == f"{fresh.layout.width}px"


def type_in(form: LiveExplorer, control: str, text: str):
    form.own_fields[control].text.value = text
    form.own_fields[control].button.click()


def _plain(html: str) -> str:
    return unescape(re.sub("<[^>]+>", "", html))


def test_form_begins_with_the_values_given():
    form = STRIDE(input_size=7, stride=3)
    assert isinstance(form, LiveExplorer)
    assert isinstance(form, widgets.VBox)
    assert_shows(form, STRIDE.values(input_size=7, stride=3), (0, 0))


def test_controls_have_the_labels_and_ranges_declared():
    form = STRIDE()
    for control in STRIDE.controls:
        widget = form.controls[control.name]
        assert isinstance(widget, widgets.IntSlider)
        assert widget.description == control.label
        assert tuple(range(widget.min, widget.max + 1, widget.step)) == control.values


def test_controls_for_texts_and_uneven_numbers_are_choices():
    explorer = Explorer(
        "choices",
        "Choices",
        (
            Control("few", "few", ("zeros", "reflect"), "zeros"),
            Control("many", "many", tuple("abcdef"), "c"),
            Control("uneven", "uneven", (1, 2, 4, 8), 2),
            Control("even", "even", (0, 2, 4), 4),
        ),
        lambda **values: Scene((), str(values)),
    )
    form = explorer()
    kinds = [type(control) for control in form.controls.values()]
    choices = [widgets.ToggleButtons, widgets.Dropdown, widgets.SelectionSlider, widgets.IntSlider]
    assert kinds == choices
    form.set(few="reflect", many="a", uneven=8, even=0)
    assert form.words.value.count("reflect") == 1
    assert form.values == {"few": "reflect", "many": "a", "uneven": 8, "even": 0}


@pytest.mark.parametrize("name", [control.name for control in STRIDE.controls])
def test_control_changes_the_picture(name):
    form, values = STRIDE(), STRIDE.values()
    values[name] = next(
        value
        for control in STRIDE.controls
        for value in control.values
        if control.name == name and value != control.default
    )
    form.controls[name].value = values[name]
    assert_shows(form, values, (0, 0))


def test_step_slider_lights_each_step_in_reading_order():
    form = STRIDE(input_size=6, stride=1)
    rows, columns = form.scene.sweep.shape
    assert form.step_slider.max == form.play.max == rows * columns == form.steps
    for number, step in enumerate(np.ndindex(rows, columns), start=1):
        form.step_slider.value = number
        assert_shows(form, form.values, step)
        assert form.scene.step_text(*step) in _plain(form.words.value)


def test_play_moves_the_step_and_back():
    form = STRIDE()
    form.play.value = 3  # as the front end does while it plays
    assert form.step_slider.value == 3
    assert_shows(form, form.values, divmod(2, form.scene.sweep.shape[1]))
    form.step_slider.value = 2
    assert form.play.value == 2


def test_step_buttons_move_by_one_and_stop_at_the_ends():
    form = STRIDE()
    form.play.playing = True
    form.forward_button.click()
    assert form.step == (0, 1)
    assert not form.play.playing
    form.back_button.click()
    form.back_button.click()
    assert_shows(form, form.values, (0, 0))
    for _ in range(form.steps + 1):
        form.forward_button.click()
    assert form.step_slider.value == form.steps
    form.set(**INVALID)
    assert form.back_button.disabled
    assert form.forward_button.disabled


def test_play_is_not_read_aloud():
    form = STRIDE()
    assert 'aria-live="polite"' in form.words.value
    form.play.playing = True
    assert 'aria-live="off"' in form.words.value
    form.play.playing = False
    assert 'aria-live="polite"' in form.words.value


def test_step_stays_where_the_next_scene_has_it():
    form = STRIDE(input_size=8, stride=1)
    form.step_slider.value = 9
    form.controls["padding"].value = 1
    assert form.step_slider.value == 9
    assert_shows(form, form.values, divmod(8, form.scene.sweep.shape[1]))
    form.controls["stride"].value = 3
    assert form.step_slider.value == form.steps < 12


def test_invalid_state_shows_its_reason_and_leaves_no_step():
    form = STRIDE()
    form.step_slider.value = 4
    form.play.playing = True
    form.set(**INVALID)
    assert_shows(form, STRIDE.values(**INVALID), None)
    assert form.error
    assert form.error in " ".join(form.picture.texts())
    assert form.error in _plain(form.words.value)
    assert form.play.disabled
    assert form.step_slider.disabled
    assert form.save_buttons["gif"].disabled
    assert not form.play.playing
    form.set(kernel_size=2)
    assert not form.error
    assert not form.play.disabled
    assert_shows(form, form.values, (0, 0))


def test_scene_that_raises_shows_its_message():
    def scene(size):
        if size == 2:
            raise ZeroDivisionError("stride is zero")
        return Scene((grid("input", "input", [[size]], "input"),), "One cell.")

    form = Explorer("frail", "Frail", (Control("size", "size", (1, 2), 1),), scene)()
    form.controls["size"].value = 2
    assert "stride is zero" in form.error
    assert "stride is zero" in " ".join(form.picture.texts())
    form.controls["size"].value = 1
    assert form.picture.cells("input") == {(0, 0): ("1", "input")}


def test_reset_comes_back_to_the_beginning():
    form = STRIDE(input_size=7)
    form.set(kernel_size=2, stride=1, padding=2)
    form.step_slider.value = 5
    form.reset_button.click()
    assert_shows(form, STRIDE.values(input_size=7), (0, 0))


def test_set_makes_one_picture_and_refuses_what_is_not_there(monkeypatch):
    form, drawn = STRIDE(), []
    update = form.picture.update
    monkeypatch.setattr(form.picture, "update", lambda *args: (drawn.append(1), update(*args)))
    form.set(input_size=8, kernel_size=2, stride=1)
    assert len(drawn) == 1
    with pytest.raises(TypeError, match="no control 'strides'"):
        form.set(strides=2)
    with pytest.raises(ValueError, match="stride=9 must be one of 1, 2, 3"):
        form.set(stride=9)
    assert_shows(form, STRIDE.values(input_size=8, kernel_size=2, stride=1), (0, 0))


@pytest.mark.parametrize("format", ["png", "svg", "gif"])
def test_save_writes_a_file_and_offers_it(format, tmp_path):
    form = STRIDE()
    form.save_buttons[format].click()
    (file,) = tmp_path.iterdir()
    assert file.name.startswith("stride_input_size-5_kernel_size-3_stride-2")
    assert file.suffix == f".{format}"
    assert f'download="{file.name}"' in form.saved.value
    offered = re.search(r'href="data:[a-z/+]+;base64,([^"]+)"', form.saved.value).group(1)
    data = base64.b64decode(offered)
    assert data == file.read_bytes()
    if format == "svg":
        assert b"<svg" in data
    else:
        with Image.open(BytesIO(data)) as image:
            assert image.format == format.upper()
            assert getattr(image, "n_frames", 1) == (form.steps if format == "gif" else 1)
    assert_shows(form, form.values, (0, 0))  # saving leaves the picture alone
    form.controls["stride"].value = 1
    assert form.saved.value == ""


def test_save_offers_the_file_where_it_cannot_be_written(monkeypatch):
    def refused(*_):
        raise PermissionError("read-only")

    monkeypatch.setattr("pathlib.Path.write_bytes", refused)
    form = STRIDE()
    form.save_buttons["png"].click()
    assert "cannot be written" in form.saved.value
    assert "data:image/png;base64," in form.saved.value


def test_save_refuses_other_formats_and_no_sweep():
    form = STRIDE(**INVALID)
    with pytest.raises(ValueError, match="format='bmp' must be one of png, svg, gif"):
        form.save("bmp")
    with pytest.raises(ValueError, match="no steps to animate"):
        form.save("gif")


@pytest.mark.parametrize(("explorer", "every"), shares(8, 97))
def test_2000_random_actions_end_in_a_picture_that_matches(explorer, every):
    random, form = Random(2000), explorer()
    values, errors = explorer.values(), 0

    def control():
        chosen = random.choice(explorer.controls)
        values[chosen.name] = random.choice(chosen.values)
        form.controls[chosen.name].value = values[chosen.name]

    def several():
        chosen = {one.name: random.choice(one.values) for one in explorer.controls}
        values.update(chosen)
        form.set(**chosen)

    def step():
        form.step_slider.value = random.randint(1, form.step_slider.max)

    def move():
        random.choice([form.back_button, form.forward_button]).click()

    def play():
        form.play.playing = not form.play.playing
        form.play.value = random.randint(1, form.play.max)

    def reset():
        values.update(explorer.values())
        form.reset_button.click()

    def save():
        format = random.choice(
            [
                one
                for one, button in form.save_buttons.items()
                if not button.disabled and one != "gif"
            ]
        )
        form.save_buttons[format].click()

    def own():
        control, _, *good = OWN[explorer.name]
        typed = random.choice([*good, "[[", []])
        if typed in good:
            values[control] = typed
        type_in(form, control, str(typed))

    actions = {control: 10, several: 3, step: 6, move: 3, play: 3, reset: 1, save: 0.2}
    if explorer.name in OWN:
        actions[own] = 5
    for number in range(2000 // every):
        (act,) = random.choices(list(actions), list(actions.values()))
        act()
        scene = explorer.scene(**values)
        errors += bool(scene.error)
        assert form.values == values
        assert form.scene == scene
        assert form.step == (
            divmod(form.step_slider.value - 1, scene.sweep.shape[1]) if scene.sweep else None
        )
        if number % 20 == 0:
            assert_shows(form, values, form.step)
    assert_shows(form, values, form.step)
    assert 0 < errors < 1000 // every or explorer is not STRIDE


def test_form_is_widgets_only():
    form = STRIDE()
    assert not hasattr(form, "_repr_html_")
    modules = {one["model_module"] for one in form.get_manager_state()["state"].values()}
    assert modules == {"@jupyter-widgets/base", "@jupyter-widgets/controls"}


def test_importing_explorers_loads_neither_widgets_nor_matplotlib():
    code = (
        "import sys, convlib, convlib.explorers; "
        "sys.exit(any(name in sys.modules for name in ('matplotlib', 'ipywidgets', 'torch')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", OWN)
def test_own_value_is_shown_until_its_control_moves(name):
    explorer, (control, _, own, _) = EXPLORERS[name], OWN[name]
    form, other = explorer(), explorer.controls[-1]
    type_in(form, control, f"  {own}\n")
    assert_shows(form, {**explorer.values(), control: own}, form.step)
    assert "shows your own" in form.own_fields[control].message.value
    form.controls[other.name].value = other.values[1]
    assert_shows(form, {**explorer.values(), control: own, other.name: other.values[1]}, form.step)
    # Even the choice that was made before it is a change.
    form.controls[control].value = explorer.values()[control]
    assert_shows(form, {**explorer.values(), other.name: other.values[1]}, form.step)
    assert "shows" not in form.own_fields[control].message.value


@pytest.mark.parametrize("name", OWN)
def test_own_value_waits_for_the_button(name):
    form = EXPLORERS[name]()
    control, _, own, _ = OWN[name]
    form.own_fields[control].text.value = str(own)
    assert_shows(form, EXPLORERS[name].values(), form.step)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("separable", "", "cannot be read; write it like [[1, 2], [3, 4]]"),
        ("separable", "[[1, 2], [3", "cannot be read; write it like [[1, 2], [3, 4]]"),
        ("separable", "{[]: 1}", "cannot be read"),
        ("separable", "__import__('os')", "cannot be read"),
        ("separable", "(" * 5000, "cannot be read"),
        ("separable", "[[1, 2], [3]]", "its rows differ"),
        ("separable", "[1, 2]", "kernel has shape (2,), 1 axis; it must be (kH, kW)"),
        ("separable", "[['a']]", "kernel holds text"),
        ("separable", "[[0, 0]]", "kernel holds zeros alone"),
        ("separable", "[[10000]]", "kernel holds a weight beyond ±9999"),
        ("separable", str([[1] * 12]), "the picture has room for 11 cells a side"),
        ("planner", "[", "line 1 is no Python: '[' was never closed"),
        ("planner", "5", "layers=5 must be a sequence of layers"),
        ("planner", "[]", "layers are 0; they must be from 1 to 60"),
        ("planner", "[('ReLU', {})] + []", "there is no layer; write lines like nn.Conv2d"),
        ("planner", "['Conv2d']", "plan does not know this kind"),
        ("planner", "[('Konv2d', {})]", "did you mean 'Conv2d'?"),
        ("planner", "[('Conv2d', {})]", "layer 0 (Conv2d): kernel_size is missing"),
        ("planner", "[('Conv2d', {'kernel_size': 3, 'strides': 2})]", "did you mean 'stride'?"),
        ("planner", "[('Conv2d', {'kernel_size': (3, 5)})]", "is for square images"),
        ("planner", "[('Conv2d', {'kernel_size': 573})]", "kernel covers 573 cells"),
        ("planner", "[('Conv1d', {'kernel_size': 3})]", "layer 0 (Conv1d) has 1 axes"),
        ("planner", "[('Upsample', {'scale_factor': 1e9})]", "scale_factor=1000000000.0 must be"),
        ("planner", "[('Upsample', {'size': [7, 10**9]})]", "there is no layer"),
        ("planner", "[('Upsample', {'size': [7, 1000000000]})]", "must be at most 600"),
        ("planner", "[('Upsample', {'scale_factor': 9})] * 2", "there is no layer"),
        ("planner", str([("Upsample", {"scale_factor": 99})] * 60), "at most 5000"),
    ],
)
def test_own_value_that_is_wrong_leaves_the_picture_and_the_text(name, text, says):
    explorer, (control, _, own, _) = EXPLORERS[name], OWN[name]
    form = explorer()
    type_in(form, control, str(own))
    type_in(form, control, text)
    assert says in _plain(form.own_fields[control].message.value)
    assert form.own_fields[control].text.value == text
    assert_shows(form, {**explorer.values(), control: own}, form.step)
    form.controls[control].value = explorer.values()[control]
    assert says not in _plain(form.own_fields[control].message.value)


@pytest.mark.parametrize("name", OWN)
def test_own_value_given_in_python_starts_the_form_and_reset_comes_back(name):
    explorer, (control, keyword, own, other) = EXPLORERS[name], OWN[name]
    form = explorer(**{keyword: own})
    start = {**explorer.values(), control: own}
    assert_shows(form, start, form.step)
    assert form.own_fields[control].text.value == str(own)
    type_in(form, control, str(other))
    assert form.values[control] == other
    form.reset_button.click()
    assert_shows(form, start, form.step)
    assert form.own_fields[control].text.value == str(own)
    form.set(**{keyword: other})
    assert form.values[control] == other
    preset = explorer()
    type_in(preset, control, str(own))
    preset.reset_button.click()
    assert_shows(preset, explorer.values(), preset.step)
    assert preset.own_fields[control].text.value == ""


def test_own_value_is_saved_under_a_short_name(tmp_path):
    form = EXPLORERS["separable"](kernel=[[1, 2], [2, 4]])
    form.save("png")
    assert [file.name for file in tmp_path.iterdir()] == [
        "separable_kernel-own_kernel_size-3_products-1.png"
    ]


def test_explorers_without_own_values_have_no_field_for_them():
    assert EXPLORERS["channels"]().own_fields == {}


def test_link_sets_the_form_made_last_and_names_it():
    first, last = STRIDE(), STRIDE(padding=2)
    assert go_to("stride", "stride=3 input_size=8") == last.model_id
    assert_shows(last, STRIDE.values(padding=2, stride=3, input_size=8), (0, 0))
    assert_shows(first, STRIDE.values(), (0, 0))


def test_link_to_an_explorer_that_is_not_there_names_none():
    assert go_to("not-shown", "stride=3") == ""


def test_link_to_a_state_that_is_not_there_leaves_the_form():
    form = STRIDE()
    with pytest.raises(ValueError, match="stride=9 must be one of 1, 2, 3"):
        go_to("stride", "stride=9")
    assert_shows(form, STRIDE.values(), (0, 0))


def test_numbers_are_changed_in_a_field_and_stay():
    form = EXPLORERS["stride"](padding=1)
    assert list(form.numbers.menu.options) == ["input", "kernel"]
    rows = form.numbers.text.value.splitlines()
    assert rows[1].split() == list(form.scene["input"].values[1])
    rows[1] = rows[1].replace("3", "-2.5", 1)
    form.numbers.text.value = "\n".join(rows)
    form.numbers.button.click()
    assert form.changes == {"input": {(0, 1): -2.5}}
    assert form.scene["input"].values[1][2] == "−2.5"
    form.controls["padding"].value = 0
    assert form.scene["input"].values[0][1] == "−2.5"
    expected = changed(STRIDE.scene(**STRIDE.values()), {"input": {(0, 1): -2.5}})
    assert form.scene == expected
    form.numbers.back_button.click()
    assert form.scene == STRIDE.scene(**STRIDE.values())


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("1 2\n3 4", "kernel has 3 rows of 3 numbers; keep that shape"),
        ("1 2 0\n0 x 2\n2 0 1", "“x” is no number"),
        ("1 2 0\n0 100 2\n2 0 1", "is not from −99 to 99"),
    ],
)
def test_wrong_numbers_say_so_and_change_nothing(typed, rule):
    form = EXPLORERS["stride"]()
    form.numbers.menu.value = "kernel"
    form.numbers.text.value = typed
    form.numbers.button.click()
    assert rule in form.numbers.message.value
    assert form.changes == {}
    with pytest.raises(ValueError, match="source='weight' must be one of input, kernel"):
        form.change("weight", {(0, 0): 1})


def test_the_field_of_numbers_is_there_where_numbers_can_be_changed():
    for name, explorer in EXPLORERS.items():
        form = explorer()
        hidden = form.numbers.layout.display == "none"
        assert hidden == (not form.scene.views), name


def test_nothing_is_asked_of_changed_numbers_whose_answer_may_be_another():
    form = EXPLORERS["checkerboard"]()
    form.guess.switch.value = True
    assert form.guess.message.value
    form.change("kernel", {(0, 1): 2})
    assert form.guess.layout.display == "none"
    assert form.shown == form.scene
    assert form.scene["layer1"].values[0][1:5] == ("2", "2", "2", "2")
    assert "your numbers" in form.words.value
    form.numbers.back_button.click()
    assert form.guess.layout.display is None
    assert form.shown != form.scene


def test_a_letter_outlines_what_it_counts():
    form = EXPLORERS["odd"](padding=1)
    assert [name for name, _ in form.letters.options] == ["none", *"oipksr"]
    assert form.letters.tooltips[3] == "padding"
    form.letters.value = "p"
    assert form.picture.lit("input") == symbol_cells(form.scene, "p")["input"]
    assert form.picture.lit("output") == set()
    assert "p: padding: 28 cells outlined." in _plain(form.words.value)
    form.set(padding=0)
    assert form.picture.lit("input") == set()
    form.letters.value = ""
    assert_shows(form, form.values, (0, 0))


def test_letters_follow_the_formula():
    form = EXPLORERS["stride"]()
    form.letters.value = "k"
    form.set(input_size=3, kernel_size=4)  # no formula
    assert form.letters.layout.display == "none"
    assert form.letters.value == ""
    form.reset()
    assert_shows(form, form.values, (0, 0))


@pytest.mark.parametrize("name", [name for name, one in EXPLORERS.items() if one.guess])
def test_an_answer_is_hidden_until_one_is_given(name):
    form = EXPLORERS[name]()
    guess, scene = form.explorer.guess, form.scene
    form.guess.switch.value = True
    hidden = set(guess.hidden(scene))
    assert {grid.name for grid in form.shown.grids} == {one.name for one in scene.grids} - hidden
    assert guess.question in form.guess.message.value
    words = form.words.value + form.code.value
    assert scene.sentence not in _plain(words)
    assert form.steps == 0
    form.guess.text.value = guess.answer(scene, form.values)
    assert f"Right: {guess.answer(scene, form.values)}." in _plain(form.guess.message.value)
    assert_shows(form, form.values, (0, 0) if scene.sweep else None)


def test_each_change_asks_again_until_predicting_is_switched_off():
    form = EXPLORERS["stride"]()
    form.guess.switch.value = True
    form.guess.look_button.click()  # nothing is given
    assert form.steps == 0
    form.guess.text.value = "3×3"
    assert "You said 3×3 (1 too many, 1 too many); it is 2×2." in _plain(form.guess.message.value)
    form.set(stride=1)
    assert form.steps == 0
    form.guess.skip_button.click()
    assert_shows(form, form.values, (0, 0))
    form.set(stride=3)
    form.guess.switch.value = False
    assert_shows(form, form.values, (0, 0))
