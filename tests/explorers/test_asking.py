"""Explorers in a page in which Python runs: any size, one's own numbers, refusals in words."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convlib.explorers import EXPLORERS, matrix, planner, stride, transpose
from convlib.explorers.asking import answer, asking_form
from convlib.explorers.building import PAGE_VARIABLE
from convlib.explorers.declaration import Control, Own
from convlib.explorers.own import MOST, input_control, kernel_control, own_numbers
from convlib.explorers.page import state_parts

OWN_INPUT, OWN_KERNEL = [[1, -2, 0, 3], [0.5, 4, 1, 1], [2, 2, -9, 0]], [[1, 0], [0, -1]]


def texts_of(explorer, **values):
    return {name: str(value) for name, value in explorer.values(_free=True, **values).items()}


def cells(html):
    """Return the numbers of a grid's part."""
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", html)
    return [float(text.replace("−", "-")) for text in texts]


@pytest.mark.parametrize(
    ("made", "name", "hint"),
    [(input_control, "input", "1 2 0; 0 1 3; 2 2 1"), (kernel_control, "kernel", "1 0; 0 -1")],
)
def test_a_size_can_be_given_as_ones_own_numbers(made, name, hint):
    own = Own(name, f"your own {name}", hint, own_numbers, reads=True)
    sizes = (3, 4, 5)
    assert made(3, 5, 4) == Control(f"{name}_size", f"{name} size", sizes, 4, own, most=MOST)


@pytest.mark.parametrize("explorer", EXPLORERS.values(), ids=lambda explorer: explorer.name)
def test_answers_are_the_pages_parts(explorer):
    values = explorer.values()
    answered = answer(explorer, texts_of(explorer), {})["parts"]
    legend = answered.pop("legend")
    parts = state_parts(explorer, explorer.scene(**values), values)
    assert answered == {kind: part.html for kind, part in parts.items()}
    form = asking_form(explorer, values).html
    assert f'data-asks="{explorer.name}"' in form
    assert "data-pack" not in form
    assert legend in form


@pytest.mark.parametrize("explorer", EXPLORERS.values(), ids=lambda explorer: explorer.name)
def test_every_number_up_to_the_largest_has_an_answer(explorer):
    """The picture, or why there is none; each control on its own goes up to its largest."""
    for control in explorer.controls:
        for value in control.free_values:
            answered = answer(explorer, texts_of(explorer, **{control.name: value}), {})
            assert answered["parts"]["sentence"], (control.name, value)


def test_own_numbers_are_multiplied_as_pytorch_does():
    own = {"input_size": "1 -2 0 3; 0.5 4 1 1\n2, 2, -9, 0", "kernel_size": "[[1, 0], [0, -1]]"}
    parts = answer(stride, texts_of(stride, stride=1), own)["parts"]
    input, weight = (torch.tensor(own)[None, None].double() for own in (OWN_INPUT, OWN_KERNEL))
    expected = F.conv2d(input, weight).flatten().tolist()
    assert cells(parts["grid:output"]) == expected
    assert cells(parts["grid:input"]) == np.array(OWN_INPUT).ravel().tolist()


def test_live_page_makes_the_asking_form(monkeypatch):
    monkeypatch.setenv(PAGE_VARIABLE, "live")
    form = stride(input_size=MOST, kernel=OWN_KERNEL).html
    assert 'data-asks="stride"' in form
    assert "kernel 2×2" in form
    assert ">[[1, 0], [0, -1]]</textarea>" in form
    # The reader's own stands open, and the other field is closed and empty.
    closed, opened = re.findall(r"<details.*?</details>", form)
    assert closed == (
        '<details class="own"><summary>your own input</summary><textarea data-own="input_size" '
        'rows="2" spellcheck="false" aria-label="your own input" '
        'placeholder="1 2 0; 0 1 3; 2 2 1"></textarea></details>'
    )
    assert opened.startswith('<details class="own" open><summary>your own kernel</summary>')
    assert 'rows="4"' in planner().html  # where what can be written is long
    assert re.search(r'name="kernel_size"[^>]* value="2"', form)  # the default, under one's own
    assert re.search(r'name="input_size"[^>]* value="21"', form)
    monkeypatch.setenv(PAGE_VARIABLE, "1")
    with pytest.raises(ValueError, match="the page cannot show your own kernel"):
        stride(kernel=OWN_KERNEL)


def test_notebooks_take_own_input_and_kernel(monkeypatch):
    monkeypatch.delenv(PAGE_VARIABLE, raising=False)
    form = stride(input=OWN_INPUT, kernel=OWN_KERNEL, stride=1)
    assert form.scene["kernel"].values == (("1", "0"), ("0", "−1"))
    assert form.own_fields["kernel_size"].text.value == "[[1, 0], [0, -1]]"
    form.own_fields["input_size"].text.value = "1 2; 3"
    form.own_fields["input_size"].button.click()
    assert "row 1 has 1 numbers and row 0 has 2" in form.own_fields["input_size"].message.value
    assert form.scene["input"].shape == (3, 4)  # nothing is lost
    form.controls["kernel_size"].value = 2
    assert form.values["kernel_size"] == 2
    assert form.values["input_size"] == OWN_INPUT
    form.reset()
    assert form.values["kernel_size"] == OWN_KERNEL


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1 2; 3", "row 1 has 1 numbers and row 0 has 2; they must be equal"),
        ("1 x", "'x' is no number; write rows like 1 2; 3 4"),
        ("100 1", "100 must be from −99 to 99"),
        ("nan", "nan must be from −99 to 99"),
        ("[1, 2]", "the numbers must be rows of numbers"),
        ("[[True]]", "True must be a number"),
        ("[[]]", ": there are no numbers; write rows of them, like [[1, 2], [3, 4]]."),
        (
            ";".join(["1"] * 25),
            "the numbers have shape (25, 1); a picture has room for 24 cells along an axis.",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(typed, words):
    refused = answer(stride, texts_of(stride), {"kernel_size": typed})["refused"]
    assert refused.startswith("Not shown: ")
    assert words in refused


def test_as_much_as_there_is_room_for_is_shown():
    most = own_numbers(" ".join(["99"] * MOST) + " ,; , " + " ".join(["-99"] * MOST))
    assert most == [[99] * MOST, [-99] * MOST]


@pytest.mark.parametrize("name", ["input_size", "kernel_size"])
def test_numbers_that_no_control_has_are_refused(name):
    texts = {**texts_of(stride), name: "25"}
    assert "must be one of" in answer(stride, texts, {})["refused"]


def test_matrices_beyond_the_room_are_told():
    parts = answer(matrix, texts_of(matrix, input_size=24), {})["parts"]
    assert "the matrix would have 484×576 = 278,784 entries" in parts["error"]
    wide = texts_of(transpose, size=24, stride=1, view="matrix")
    assert "the picture has room for 10,000" in answer(transpose, wide, {})["parts"]["error"]


def test_planner_reads_layers_that_somebody_wrote():
    written = "down = nn.Conv2d(3, 16, 3, stride=2)\nnn.ReLU()\nnn.ConvTranspose2d(16, 3, 3, 2)"
    sentence = answer(planner, texts_of(planner), {"network": written})["parts"]["sentence"]
    assert sentence.startswith("3 layers turn 224 cells a side into 223")
    refused = answer(planner, texts_of(planner), {"network": "nn.Conv2d(3, width, 3)"})["refused"]
    assert "width must be a number; nothing is run to find it out" in refused


def test_what_can_be_typed_can_be_given_in_python():
    assert stride.values(kernel="1 0; 0 -1")["kernel_size"] == OWN_KERNEL
    assert planner.values(layers="nn.ReLU()")["network"] == [{"kind": "ReLU"}]
    with pytest.raises(ValueError, match="row 1 has 1 numbers and row 0 has 2"):
        stride.values(input="1 2; 3")
    with pytest.raises(ValueError, match=r"network='nn\.ReLU' must be one of"):
        planner.values(network="nn.ReLU")


def test_own_numbers_take_arrays():
    assert own_numbers(np.array([[1.0, 2.5]])) == [[1, 2.5]]
    assert own_numbers(((np.int32(3),),)) == [[3]]
