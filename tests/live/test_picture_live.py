"""The picture explorer in a notebook."""

from __future__ import annotations

import numpy as np
import pytest

from convlib import conv2d
from convlib.draw.photo import grey_levels, portrait
from convlib.explorers import picture
from convlib.explorers.building import PAGE_VARIABLE
from convlib.explorers.live import go_to


@pytest.fixture(autouse=True)
def _in_a_notebook(monkeypatch):
    monkeypatch.delenv(PAGE_VARIABLE, raising=False)


def assert_shows(form, image, kernel, **steps):
    """The form shows a picture, and as answers what `convlib` makes of it."""
    made = conv2d(image, kernel, **steps)
    row, column = (form.controls[name].value for name in ("row", "column"))
    assert f"answer[{row}, {column}] = " in form.words.value
    value = f"{made[row, column]:.2f}".rstrip("0").rstrip(".").replace("-", "−")
    assert form.words.value.endswith(f" = {value}</p></div>")
    before, after = (artist.get_array() for artist in form._pictures)
    np.testing.assert_array_equal(before, image)
    levels = grey_levels(made, kernel.sum() <= 1e-9).astype(int)
    assert abs(after - levels).max() <= 1  # a sum can fall just short of a level
    assert bytes(form.image.value).startswith(b"\x89PNG")


def test_controls_move_the_kernel_the_steps_and_the_lens():
    form = picture(kernel="mean", stride=2)
    assert [*form.controls] == ["kernel", "stride", "dilation", "row", "column"]
    assert_shows(form, portrait(), np.full((3, 3), 1 / 9), stride=2)
    assert " / 9 = " in form.words.value
    form.controls["row"].value, form.controls["column"].value = 7, 9
    form.controls["dilation"].value = 3
    assert_shows(form, portrait(), np.full((3, 3), 1 / 9), stride=2, dilation=3)
    assert form.controls["row"].max == (96 - 7) // 2
    form.controls["kernel"].value = "Sobel"
    sobel = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    assert_shows(form, portrait(), sobel, stride=2, dilation=3)


def test_kernel_and_image_of_ones_own():
    image = np.random.default_rng(2).integers(0, 256, (20, 31))
    kernel = np.array([[0, 1, 0], [0, 0.5, 0], [0, -3, 0]])
    form = picture(image=image, kernel=kernel, over=2, dilation=2)
    assert_shows(form, image, kernel / 2, dilation=2)
    assert form.controls["kernel"].value == "your own"
    form.controls["stride"].value = 2
    assert_shows(form, image, kernel / 2, stride=2, dilation=2)
    form.own_kernel.text.value = "1 2 3; 4 5 6; 7 8 -9"
    form.own_kernel.button.click()
    typed = np.array([[1, 2, 3], [4, 5, 6], [7, 8, -9]])
    assert_shows(form, image, typed, stride=2, dilation=2)
    form.own_kernel.text.value = "1 2; 3 4"
    form.own_kernel.button.click()
    assert "Not shown: the kernel has shape (2, 2)" in form.own_kernel.message.value
    assert_shows(form, image, typed, stride=2, dilation=2)


def test_links_in_a_notebook_set_it():
    form = picture(stride=3)
    assert go_to("picture", "kernel=0_0_0_0_2_0_0_0_0 over=4") == form.model_id
    kernel = np.array([[0, 0, 0], [0, 0.5, 0], [0, 0, 0]])
    assert_shows(form, portrait(), kernel, stride=3)
    go_to("picture", "kernel=mean stride=1")
    assert form.controls["kernel"].value == "mean"
    assert_shows(form, portrait(), np.full((3, 3), 1 / 9))
    with pytest.raises(ValueError, match="stride=9 must be one of"):
        go_to("picture", "stride=9")
