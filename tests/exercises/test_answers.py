"""What a graded notebook's own text tells: numbers typed, functions written."""

import pytest

from convlib.exercises.answers import check_own, typed


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3", 3),
        ("-3", -3),
        ("(18, 25)", (18, 25)),
        ("[[1, 2], [3, -4]]", [[1, 2], [3, -4]]),
        ("0.5", 0.5),
        ("'same'", "same"),
    ],
)
def test_typed_returns_what_the_cell_says(value, expected):
    answer = typed("mine", ["import numpy", f"mine = {value}  # done"])
    assert answer == expected
    assert type(answer) is type(expected)


def test_typed_takes_the_last_cell_that_assigns_the_name():
    cells = ["mine = 1", "mine: int = 2\nother = mine = 3", "def f():\n    mine = 4", "mine ="]
    assert typed("mine", cells) == 3


@pytest.mark.parametrize("value", ["size", "f(3)", "2 * 3", "[n for n in (1, 2)]", "f'{3}'"])
def test_typed_refuses_what_is_computed(value):
    with pytest.raises(ValueError, match="mine must be typed as numbers, not computed"):
        typed("mine", [f"mine = {value}"])


@pytest.mark.parametrize("value", ["'3'", "('54', '60')", "[1, ['2.0']]", "{'a': '7'}"])
def test_typed_refuses_numbers_in_quotes(value):
    with pytest.raises(ValueError, match="mine must be typed as numbers, without quotes: it says"):
        typed("mine", [f"mine = {value}"])


def test_typed_says_what_is_missing():
    with pytest.raises(LookupError, match="mine is missing: type your answer"):
        typed("mine", ["yours = 3"])


@pytest.mark.parametrize(
    ("cells", "uses"),
    [
        (["from convlib import conv2d", "def f(x): return conv2d(x, x)"], "conv2d from convlib"),
        (["import convlib as c", "def f(x): return c.conv2d(x, x)"], "c from convlib"),
        (["from convlib import conv2d", "def f(x): return g(x)\ng = conv2d"], "conv2d from"),
        (["def g(x):\n    import torch\n    return x", "def f(x): return g(x)"], "g from torch"),
        (["import scipy.signal", "f = lambda x: scipy.signal.convolve(x, x)"], "scipy from scipy"),
        (["from convlib import conv2d as f"], "f from convlib"),
    ],
)
def test_check_own_finds_what_is_borrowed(cells, uses):
    verdict = check_own("f", cells)
    assert not verdict
    assert str(verdict).startswith(f"Note: f should be your own, but it uses {uses}")


@pytest.mark.parametrize(
    "cells",
    [
        ["import numpy as np", "def f(x): return np.pad(x, 1)"],
        ["def g(n): return f(n - 1)", "def f(n): return n and g(n)"],
        ["from convlib import remainder", "def f(remainder): return remainder + 1"],
        ["from convlib import remainder", "def f(n):\n    remainder = n % 2\n    return remainder"],
        ["from convlib import conv2d", "def f(x): return conv2d(x, x)", "def f(x): return x"],
        ["def conv2d(x): return x", "def f(x): return conv2d(x)", "from convlib import conv2d"],
        [
            "from convlib import multiply_adds",
            "class Cost(tuple):\n    multiply_adds: int\n    weights: int = 0",
            "def f(x): return Cost(x)",
        ],
    ],
)
def test_check_own_accepts_what_is_not(cells):
    assert check_own("f", cells)


def test_check_own_says_what_is_missing():
    assert "Note: f is missing" in str(check_own("f", ["g = 3"]))
