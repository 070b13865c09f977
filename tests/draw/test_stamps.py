"""Texts in lines."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from convlib.draw.stamps import text_width, wrapped


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
