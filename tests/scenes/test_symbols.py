"""Which cells the letters of a formula count."""

from __future__ import annotations

import pytest

from convlib.explorers import EXPLORERS
from convlib.scenes.symbols import formula_keys, formula_pieces, symbol_cells, symbol_words, topic


def cells_of(name, key, **values):
    explorer = EXPLORERS[name]
    return symbol_cells(explorer.scene(**explorer.values(**values)), key)


def side(rows, column=0, first=0):
    return {(first + row, column) for row in range(rows)}


def ring(size):
    return {(r, c) for r in range(size) for c in range(size) if {r, c} & {0, size - 1}}


ODD = {"input_size": 6, "kernel_size": 3, "stride": 2, "padding": 1}


@pytest.mark.parametrize(
    ("name", "values", "key", "cells"),
    [
        ("odd", ODD, "i", {"input": side(6, column=1, first=1)}),
        ("odd", ODD, "k", {"kernel": side(3)}),
        ("odd", ODD, "s", {"input": side(2)}),
        ("odd", ODD, "p", {"input": ring(8)}),
        ("odd", ODD, "o", {"output": side(3)}),
        ("odd", ODD, "r", {"input": {cell for cell in ring(8) if 7 in cell}}),
        ("stride", {"stride": 3}, "s", {"input": set()}),  # of one window to no other
        ("dilation", {"dilation": 3}, "d", {"input": side(3)}),
        ("dilation", {"kernel_size": 1}, "d", {"input": set()}),
        ("transpose", {"padding": 1}, "p", {"canvas": ring(7)}),
        ("transpose", {}, "convolution: o", {"input": side(2)}),
        ("transpose", {}, "way back: i", {"input": side(2)}),
        ("transpose", {}, "way back: o", {"canvas": side(5)}),
        ("transpose", {}, "s", {"canvas": side(2)}),
        ("transpose", {"view": "matrix"}, "way back: o", {"output": side(5)}),
        ("transpose", {"view": "matrix"}, "s", {}),
        ("output_padding", {}, "way back: i", {"output": side(3)}),
        ("output_padding", {}, "way back: o", {"back": side(5)}),
        ("stacks", {"stride": 2}, "s₁", {"both": side(2)}),
        ("stacks", {}, "k₁", {"first": side(2)}),
        ("channels", {}, "K", {"kernel": {(r, c) for r in range(3) for c in range(3)}}),
        ("alignment", {}, "i", {"input": {(0, column) for column in range(4)}}),
        ("alignment", {}, "n", {"output": side(8)}),
        ("separable", {}, "kW", {"kernel": {(0, column) for column in range(3)}}),
        ("separable", {}, "kH", {"kernel": side(3)}),
    ],
)  # fmt: skip
def test_a_letter_counts_its_cells(name, values, key, cells):
    assert cells_of(name, key, **values) == cells


def test_all_of_some_channels_are_outlined():
    assert set(cells_of("channels", "I", in_channels=3)) == {"input", "input_1", "input_2"}


def test_letters_are_found_where_they_stand_alone():
    symbols = EXPLORERS["stride"].scene(**EXPLORERS["stride"].values()).symbols
    text = "2p, kH, k̂, k, p′, d(k − 1), mod s, is, o2, s₁"
    assert [piece for piece, key in formula_pieces(text, symbols) if key] == list("pkdks")
    assert "".join(piece for piece, _ in formula_pieces(text, symbols)) == text


def test_a_line_has_letters_of_its_own():
    explorer = EXPLORERS["transpose"]
    scene = explorer.scene(**explorer.values())
    there, back = scene.formula.split("\n")
    assert topic(back) == "way back"
    keys = [key for piece, key in formula_pieces(there, scene.symbols, topic(there)) if key]
    assert keys == ["convolution: o", "p", "k", "s"]
    assert formula_keys(scene) == ["convolution: o", "p", "k", "s", "way back: o", "way back: i"]


def test_what_is_counted_is_said():
    explorer = EXPLORERS["transpose"]
    scene = explorer.scene(**explorer.values())
    assert symbol_words(scene, "way back: o") == "o: output size: 5 cells outlined."
    assert symbol_words(scene, "p") == "p: padding: no cells outlined."
    small = explorer.scene(**explorer.values(kernel_size=1))
    assert symbol_words(small, "k") == "k: kernel size: 1 cell outlined."
