"""Where everything lies: inside the picture, and apart."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np

from convlib.draw import (
    ScenePicture,
)
from convlib.draw.layout import LINE_HEIGHT, MARGIN, TEXT_SIZE, WIDEST, layout
from convlib.draw.stamps import text_width, wrapped
from convlib.explorers import EXPLORERS
from convlib.scenes.scene import Scene, grid


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
                # The pieces of a formula touch.
                assert left.x + text_width(left.text, left.size) <= right.x + 1e-6, state
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
