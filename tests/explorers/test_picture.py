"""The picture explorer in Python: what it takes, what it refuses, and what it computes."""

from __future__ import annotations

import numpy as np
import pytest

from convlib import conv2d
from convlib.draw.photo import portrait
from convlib.explorers import PANELS, picture
from convlib.explorers.building import LIVE, PAGE_VARIABLE
from convlib.scenes.seeing import QUESTIONS, Look, question_kernel


def test_defaults_and_values_of_every_kind():
    assert PANELS["picture"] is picture
    usual = {"kernel": "Sobel", "stride": 1, "dilation": 1, "over": None}
    assert picture.values() == usual
    rows = [[0, 1, 0], [1, -4.5, 1], [0, 1, 0]]
    for kernel in (rows, np.array(rows), "0_1_0_1_-4.5_1_0_1_0", "0 1 0; 1 -4.5 1; 0 1 0"):
        assert picture.values(kernel=kernel, over="0.5") == usual | {"kernel": rows, "over": 0.5}


@pytest.mark.parametrize(
    ("values", "error", "says"),
    [
        ({"stride": 4}, ValueError, "stride=4 must be one of 1, 2, 3"),
        ({"kernel": "sobel"}, ValueError, "kernel='sobel' must be one of identity"),
        ({"kernel": [[1, 2], [3, 4]]}, ValueError, r"the kernel has shape \(2, 2\); it must have"),
        ({"kernel": "1_2_3_4_5_6_7_8"}, ValueError, "row 2 has 2 numbers and row 0 has 3"),
        ({"kernel": [[1, 2, 100]] * 3}, ValueError, "100 must be from −99 to 99"),
        ({"kernel": [["a", 2, 1]] * 3}, TypeError, "'a' must be a number"),
        ({"over": 0}, ValueError, "over=0: the sum cannot be divided by 0"),
        ({"over": "x"}, ValueError, "'x' is no number"),
        ({"size": 3}, TypeError, "no control 'size'"),
        ({"image": [[1, 2, 3]]}, ValueError, r"shape \(1, 3\); it must have 7 to 256 cells a side"),
        ({"image": np.zeros((257, 9))}, ValueError, "it must have 7 to 256 cells a side"),
        ({"image": np.zeros((9, 9, 3))}, ValueError, r"convlib.draw.photo.grey makes that of"),
        ({"image": np.full((9, 9), -1)}, ValueError, "image holds -1; its numbers must be from 0"),
        ({"image": np.full((9, 9), np.nan)}, ValueError, "image holds nan"),
        ({"image": np.full((9, 9), 0.5)}, ValueError, "from 0 to 1; multiply it by 255"),
        ({"image": [["a"] * 9] * 9}, TypeError, "it must hold numbers from 0 to 255"),
        ({"image": [[1], [1, 2]]}, ValueError, "the rows of image differ in length"),
    ],
)
def test_wrong_values_are_refused(values, error, says):
    with pytest.raises(error, match=says):
        picture(**values)


@pytest.mark.parametrize("name", QUESTIONS)
def test_answers_are_those_of_the_kernel(name):
    made = Look(portrait(), name, 2, 3).answers()
    expected = conv2d(portrait(), question_kernel(name), stride=2, dilation=3)
    # At most nine products of a grey and a weight below 9, in either order.
    np.testing.assert_allclose(made, expected, atol=9 * 9 * 255 * 9 * np.finfo(float).eps, rtol=0)


def test_links_are_of_each_axis():
    look = Look(np.zeros((8, 12), np.uint8), "mean", 2, 3)
    assert look.links(0) == (((0, 0), (1, 3), (2, 6)),)
    assert [cells[0] for cells in look.links(1)] == [(0, 0), (0, 2), (0, 4)]
    assert look.answers().shape == (1, 3)


def test_sum_is_written_out_with_what_it_is_divided_by():
    image = np.arange(12).reshape(3, 4)
    look = Look(image, [[0, 0.5, 0], [-2, 0, 0], [0, 0, 0]], over=-4)
    assert look.sum_text(0, 1) == "(2×0.5 + 5×(−2)) / (−4) = 2.25"
    assert Look(image, np.zeros((3, 3), int)).sum_text(0, 0) == "0 = 0"


@pytest.mark.parametrize("where", ["1", LIVE])
def test_page_takes_what_a_notebook_takes(monkeypatch, where):
    monkeypatch.setenv(PAGE_VARIABLE, where)
    html = picture(image=np.full((9, 12), 7), kernel=[[1, 0, -1]] * 3, stride=2).html
    assert "picture 9×12" in html
    assert "Your kernel with stride 2 and dilation 1: answers 4×5, 0 is grey." in html
    assert "The first picture again" in html
