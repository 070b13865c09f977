"""The usual mistakes, by hand: what somebody gets who makes them."""

from __future__ import annotations

import pytest

from convlib import conv_output_size
from convlib.questions import mistakes
from convlib.questions.mistakes import first_for_both, ignoring, swapped

#: With input 9 and kernel 4: as it is, with stride 2, and with stride 2 and padding 1; then with
#: input (9, 12) and kernel (4, 3).
LINES = {
    "UNROUNDED": ([6, 3.5, 4.5], [(6, 10), (3.5, 5.5), (4.5, 6.5)]),
    "ROUNDED_UP": ([6, 4, 5], [(6, 10), (4, 6), (5, 7)]),
    "ONE_SIDE": ([6, 3, 4], [(6, 10), (3, 5), (4, 6)]),
    "PLUS_ONE_TOO_EARLY": ([6, 3, 4], [(6, 10), (3, 5), (4, 6)]),
    "DIVIDED_INPUT": ([9, 4, 4], [(9, 12), (4, 6), (4, 6)]),
    "GAP_AFTER_LAST_TAP": ([6, 3, 4], [(6, 10), (3, 5), (4, 6)]),
    "ONE_STAMP_TOO_MANY": ([13, 22, 20], [(13, 15), (22, 27), (20, 25)]),
    "ADDED_PADDING": ([12, 20, 22], [(12, 14), (20, 25), (22, 27)]),
    "CROPPED_ONE_SIDE": ([12, 20, 19], [(12, 14), (20, 25), (19, 24)]),
}
SETTINGS = ({}, {"stride": 2}, {"stride": 2, "padding": 1})
LINE = {"input_size": 9, "kernel_size": 4}
AREA = {"input_size": (9, 12), "kernel_size": (4, 3)}
DILATED = {"UNROUNDED": 2.5, "ROUNDED_UP": 3, "ONE_SIDE": 2, "PLUS_ONE_TOO_EARLY": 2,
           "DIVIDED_INPUT": 5, "GAP_AFTER_LAST_TAP": 2}  # fmt: skip


@pytest.mark.parametrize("name", LINES)
def test_a_mistake_gives_what_is_worked_out_by_hand(name):
    answer = getattr(mistakes, name).answer
    for given, expected in zip((LINE, AREA), LINES[name], strict=True):
        assert [answer(**given, **settings) for settings in SETTINGS] == expected


@pytest.mark.parametrize("name", DILATED)
def test_a_mistake_with_gaps_gives_what_is_worked_out_by_hand(name):
    answer = getattr(mistakes, name).answer
    assert answer(input_size=10, kernel_size=4, stride=2, dilation=2) == DILATED[name]


def test_mistakes_that_are_made_of_an_answer():
    assert ignoring(conv_output_size, "stride", "padding")(**LINE, stride=3, padding=1) == 6
    assert ignoring(conv_output_size, "padding")(**LINE, stride=2, padding=3) == 3
    assert swapped(conv_output_size)(**AREA) == (10, 6)
    both = first_for_both(conv_output_size, "stride")
    assert both(**AREA, stride=(2, 3)) == (3, 5)
