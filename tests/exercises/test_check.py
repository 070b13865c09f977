"""Answers are compared as a learner would want: what is right passes, and a difference is named."""

import re

import numpy as np
import pytest
import torch

from convlib import conv2d, conv_output_size
from convlib.exercises.check import check_function, check_value

X = np.arange(12).reshape(3, 4)
W = np.array([[1, 0], [2, -1]])


def give(value):
    """Return a function that gives a value, whatever it is called with."""
    return lambda *arguments, **named: value


@pytest.mark.parametrize(
    ("expected", "mine"),
    [
        (3, np.int64(3)),
        (3, torch.tensor(3)),
        (3.0, 3),
        (0.1 + 0.2, 0.3),
        (True, np.True_),
        ("same", "same"),
        (3, 3.0),
        (3, np.float64(3)),
        (X, X.tolist()),
        (X, tuple(map(tuple, X.tolist()))),
        (X.tolist(), X),
        ([2, 1, 2], torch.tensor([2, 1, 2])),
        ([2, 1, 2], np.array([2.0, 1.0, 2.0])),
        ((2, 3), [2, np.int64(3)]),
        ([(0, 1), (0, 2)], ([0, 1], [0, 2])),
        (range(3), [0, 1, 2]),
        (X, X.astype(np.float32)),
        (X / 3, torch.tensor(X / 3, dtype=torch.float32, requires_grad=True)),
        (np.array([1.0, np.nan, np.inf]), np.array([1.0, np.nan, np.inf])),
        (np.empty((0, 2)), np.empty((0, 2))),
        (X > 3, X > 3),
    ],
)
def test_check_agrees_with_what_is_as_good(expected, mine):
    assert check_value(mine, expected, "it").agrees
    verdict = check_function(give(mine), give(expected), [()])
    assert verdict
    assert str(verdict) == "your function: 1 case agrees"


@pytest.mark.parametrize(
    ("expected", "mine", "of_value", "of_function"),
    [
        (3, 3.5, "must be a whole number, but 3.5 is a float", "3.5, a float"),
        (1, True, "must be a whole number, but True is a bool", "True, a bool"),
        (True, 1, "must be a bool, but 1 is a whole number", "1, a whole number"),
        (3, None, "must be a whole number, but None is nothing yet", "None: is a return missing?"),
        (3, ..., "must be a whole number, but ... is nothing yet", "..., nothing yet"),
        (3, {}, "must be a whole number, but {} is a dict", "{}, a dict"),
        (3, 4, "4 is too large", "yours:    4"),
        (10**9, 10**9 - 1, "999999999 is too small", "expected: 1000000000"),
        (0.5, 0.6, "0.6 is too large", "yours:    0.6"),
        ("a", "b", "'b' is not right", "'b'"),
        (True, False, "False is not right", "False"),
        ((2, 3), (2,), "must hold 2 items, but holds 1", "expected: [2, 3]"),
        ((2, 3), (2, 3.5), "item 1 is the first that differs", "yours:    [2, 3.5]"),
        (X, X.T, "must have shape (3, 4), but has (4, 3)", "an array of shape (4, 3)"),
        (X, [[1, 2], [3]], "must be an array, but", "a list"),
        (X, X.astype(str), "must be an array, but", "an array of dtype <U"),
        (
            X,
            X + (X == 6),
            "wrong in 1 of 12 cells, the first at [1, 2]",
            "[1, 2]\nexpected:\n",
        ),
        (X * 1e9, X * 1e9 + (X > 9) * 1e7, "wrong in 2 of 12", "the first at [2, 2]"),
        (np.ones(99), np.zeros(99), "wrong in 99 of 99", "yours:    an array of shape (99,)"),
        (np.array([np.nan, 1]), np.array([0, 1]), "wrong in 1 of 2", "[0]"),
        (10**9 * X, 10**9 * X + (X > 10), "wrong in 1 of 12", "[2, 3]"),
    ],
)
def test_check_names_what_differs(expected, mine, of_value, of_function):
    verdict = check_value(mine, expected, "the answer")
    assert not verdict
    assert str(verdict).startswith(f"the answer: {of_value}")
    verdict = check_function(give(mine), give(expected), [()])
    assert not verdict
    assert of_function in str(verdict)


@pytest.mark.parametrize(("expected", "mine"), [(4711, 4712), (X + 4711, X), ([4711], [4712])])
def test_check_value_does_not_tell_the_answer(expected, mine):
    assert "4711" not in str(check_value(mine, expected, "the answer"))


def test_check_function_tells_the_first_case_that_differs():
    def transposed(image, kernel, stride=1):
        return conv2d(image, kernel.T, stride=stride)

    symmetric = np.array([[1, 2], [2, 1]])
    cases = [(X, symmetric), (X, W, 2), (X, W)]
    verdict = check_function(transposed, lambda x, w, s=1: conv2d(x, w, stride=s), cases)
    expected, mine = conv2d(X, W, stride=2), conv2d(X, W.T, stride=2)
    assert str(verdict) == "\n".join(
        [
            "transposed: case 2 of 3 differs",
            "  image =",
            "    [[ 0  1  2  3]",
            "     [ 4  5  6  7]",
            "     [ 8  9 10 11]]",
            "  kernel =",
            "    [[ 1  0]",
            "     [ 2 -1]]",
            "  stride = 2",
            "wrong in 2 of 2 cells, the first at [0, 0]",
            "expected:",
            f"    {expected}",
            "yours:",
            f"    {mine}",
        ]
    )


def test_check_function_reports_the_learners_error_and_its_line():
    def mine(input, weight):
        beyond = len(input)
        return input[beyond] * weight

    assert str(check_function(mine, conv2d, [(X, W)])).endswith(
        "yours:    IndexError: index 3 is out of bounds for axis 0 with size 3\n"
        "          in the line  return input[beyond] * weight"
    )


def test_check_function_shows_an_error_without_words():
    def mine(input, weight):
        raise NotImplementedError

    assert "yours:    NotImplementedError\n" in str(check_function(mine, conv2d, [(X, W)]))


def test_check_function_takes_a_wrong_signature_for_a_difference():
    def mine(input):
        return input

    for case in ((X, W), {"input": X, "weight": W}):
        text = str(check_function(mine, conv2d, [case]))
        assert "\n  weight =\n" in text
        assert re.search(r"\nyours:    TypeError: .*mine\(\) (takes 1|got an unexpected)", text)


def refusing(error):
    """Return a size formula that raises an error where the kernel does not fit."""

    def size(input_size, kernel_size):
        if kernel_size > input_size:
            raise error("too large")
        return input_size - kernel_size + 1

    return size


def test_check_function_expects_errors_where_the_reference_raises_them():
    cases = [(5, 3), (2, 3)]
    assert check_function(refusing(ValueError), conv_output_size, cases)
    other = check_function(refusing(RuntimeError), conv_output_size, cases)
    assert not other
    assert "expected: ValueError: kernel covers 3 cells" in str(other)
    assert "yours:    RuntimeError: too large" in str(other)
    none = check_function(lambda i, k: i - k + 1, conv_output_size, cases)
    assert str(none).endswith("yours:    0")


def test_check_function_keeps_the_cases_from_being_changed():
    def mine(input, weight):
        input *= 0
        return input

    x = X.copy()
    assert not check_function(mine, conv2d, [(x, W)])
    np.testing.assert_array_equal(x, X)


def test_check_function_passes_a_list_as_one_argument_and_numbers_it_where_it_has_no_name():
    verdict = check_function(lambda numbers: max(numbers), max, [[3, 1, 2], [5]])
    assert str(verdict) == "your function: both cases agree"
    assert "\n  argument 0 = [3, 1, 2]\n" in str(check_function(min, max, [[3, 1, 2]]))


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((3, conv2d, [()]), TypeError, "mine=3 must be a function"),
        ((conv2d, None, [()]), TypeError, "reference=None must be a function"),
        ((conv2d, conv2d, []), ValueError, "cases=\\[\\] must hold"),
        (
            (conv_output_size, conv_output_size, [(5, 3), (5,)]),
            ValueError,
            "cases\\[1\\]=\\(5,\\) is no call of conv_output_size: missing .* 'kernel_size'",
        ),
    ],
)
def test_check_function_refuses_what_is_no_check(arguments, error, text):
    with pytest.raises(error, match=f"^{text}"):
        check_function(*arguments)
