"""Formulas: the text by hand, and every number in it equal to the function it explains."""

from itertools import product

import pytest

import convlib
from convlib import explain


def test_explain_output_size_plain():
    text = "o = ⌊(i + 2p − k) / s⌋ + 1 = ⌊(5 + 2·1 − 3) / 2⌋ + 1 = 3"
    assert explain.explain_output_size(5, 3, stride=2, padding=1) == text


def test_explain_output_size_dilated():
    assert explain.explain_output_size(7, 3, dilation=2) == (
        "k̂ = d(k − 1) + 1 = 2·(3 − 1) + 1 = 5\n"
        "o = ⌊(i + 2p − k̂) / s⌋ + 1 = ⌊(7 + 2·0 − 5) / 1⌋ + 1 = 3"
    )


def test_explain_output_size_of_two_axes():
    assert explain.explain_output_size((5, 6), (3, 2), padding=((1, 0), 2)) == (
        "height: o = ⌊(i + p₁ + p₂ − k) / s⌋ + 1 = ⌊(5 + 1 + 0 − 3) / 1⌋ + 1 = 4\n"
        "width: o = ⌊(i + 2p − k) / s⌋ + 1 = ⌊(6 + 2·2 − 2) / 1⌋ + 1 = 9"
    )
    assert explain.explain_output_size((5, 5, 5), 3).count("axis ") == 3


def test_explain_transposed():
    assert explain.explain_transpose_output_size(3, 3, 2, (1, 0), 1) == (
        "o = (i − 1)s − p₁ − p₂ + k + a = (3 − 1)·2 − 1 − 0 + 3 + 1 = 7"
    )
    assert explain.explain_transposed_padding(3, 5) == ("p′ = d(k − 1) − p = 1·(3 − 1) − 5 = −3")
    assert explain.explain_transposed_padding(4, "same") == (
        "p′₁ = d(k − 1) − p₁ = 1·(4 − 1) − 1 = 2\np′₂ = d(k − 1) − p₂ = 1·(4 − 1) − 2 = 1"
    )


@pytest.mark.parametrize(
    ("explained", "function", "result"),
    [
        (explain.explain_output_size, convlib.conv_output_size, "o"),
        (explain.explain_remainder, convlib.remainder, "r"),
        (explain.explain_output_padding, convlib.output_padding_for, "a"),
        (explain.explain_transpose_output_size, convlib.conv_transpose_output_size, "o"),
    ],
)
def test_explain_numbers_are_those_of_the_function(explained, function, result):
    for size, kernel, stride, padding, dilation in product(
        (3, 6), (1, 2, 3), (1, 2), (0, 1, (0, 1)), (1, 2)
    ):
        parameters = {"stride": stride, "padding": padding, "dilation": dilation}
        expected = outcome(function, size, kernel, **parameters)
        if isinstance(expected, str):
            assert outcome(explained, size, kernel, **parameters) == expected
            continue
        last = explained(size, kernel, **parameters).splitlines()[-1]
        symbol, *_, numbers, value = last.split(" = ")
        assert (symbol, int(value)) == (result, expected)
        assert calculate(numbers) == expected


def outcome(function, *sizes, **parameters):
    """Return what a function returns, or the text of its refusal."""
    try:
        return function(*sizes, **parameters)
    except ValueError as error:
        return str(error)


def calculate(text):
    """Return the value of a line of the book's arithmetic."""
    code = text.replace("−", "-").replace("·", "*").replace("mod", "%").replace(")*", ") * ")
    if "⌊" in code:
        code = code.replace("⌊", "(").replace("⌋", ")").replace(" / ", " // ")
    return eval(code, {"__builtins__": {}})


@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
def test_explain_paddings_name_both_sides(kernel, dilation):
    before, after = convlib.same_padding(kernel, dilation)
    text = explain.explain_same_padding(kernel, dilation)
    assert text.endswith(f"= {before + after}, so p₁ = {before} and p₂ = {after}")
    assert explain.explain_full_padding(kernel, dilation).endswith(
        f"= {convlib.full_padding(kernel, dilation)}"
    )
    for size, stride in product((1, 5, 6), (1, 2, 3)):
        before, after = convlib.tensorflow_same_padding(size, kernel, stride, dilation)
        text = explain.explain_tensorflow_same_padding(size, kernel, stride, dilation)
        assert text.endswith(f"= {before + after}, so p₁ = {before} and p₂ = {after}")
        numbers = text.splitlines()[-1].split(" = ")[2]
        assert eval(numbers.replace("·", "*").replace("−", "-")) == before + after


def test_explain_paddings_of_two_axes():
    assert explain.explain_same_padding((3, 2), (1, 3)) == (
        "height: p₁ + p₂ = k − 1 = 3 − 1 = 2, so p₁ = 1 and p₂ = 1\n"
        "width: p₁ + p₂ = d(k − 1) = 3·(2 − 1) = 3, so p₁ = 1 and p₂ = 2"
    )


@pytest.mark.parametrize("padding", [0, 1, 2, (0, 1)])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_explain_input_sizes_are_those_that_come_out(kernel, stride, padding):
    for output_size, dilation in product((1, 2, 3), (1, 2)):
        text = explain.explain_input_sizes(output_size, kernel, stride, padding, dilation)
        sizes = text.splitlines()[-1].rsplit(": ", 1)[1]
        expected = [
            str(size)
            for size in range(1, 20)
            if outcome(convlib.conv_output_size, size, kernel, stride, padding, dilation)
            == output_size
        ]
        assert sizes == (", ".join(expected) or "none")


def test_explain_unread_data_counts_what_is_left_of_the_remainder():
    assert explain.explain_unread_data(6, 3, 2) == "max(0, r − p) = max(0, 1 − 0) = 1"
    assert explain.explain_unread_data(6, 3, 2, 1) == "max(0, r − p) = max(0, 1 − 1) = 0"
    assert explain.explain_unread_data(6, 3, 3, (0, 1)) == "max(0, r − p₂) = max(0, 1 − 1) = 0"
    # More padding than remainder: none of it is data, and not less than none.
    assert explain.explain_unread_data(6, 3, 2, 2) == "max(0, r − p) = max(0, 1 − 2) = 0"


def test_explain_input_sizes_mention_the_smallest_where_it_decides():
    assert explain.explain_input_sizes(1, 1, 2).endswith("= 1 + r, r from 0 to 1: 1, 2")
    below = explain.explain_input_sizes(1, 2, 2, 1)
    assert below.endswith("= 0 + r, r from 0 to 1, i at least 1: 1")


@pytest.mark.parametrize(
    "layers",
    [[(3,)], [(3, 1, 2), (3, 1, 2)], [(7, 2), (3, 2), (3, 1, 4)], [(1,), (4, 3), (2, 2, 3)], []],
)
def test_explain_receptive_field_ends_in_its_value(layers):
    text = explain.explain_receptive_field(layers)
    _, terms, value = text.split(" = ")
    assert int(value) == convlib.receptive_field(layers)
    assert eval(terms.replace("−", "-").replace("·", "*")) == int(value)


def test_explain_window_names_the_cells_of_the_geometry():
    assert explain.explain_window((1, 0), (7, 7), (3, 2), stride=(2, 3)) == (
        "height: 1·s = 1·2 = 2, so cells 2, 3, 4\nwidth: 0·s = 0·3 = 0, so cells 0, 1"
    )
    for stride, padding, dilation in product((1, 2), (0, 1), (1, 2)):
        geometry = convlib.ConvGeometry(6, 2, stride, padding, dilation)
        for position in range(geometry.output_size):
            text = explain.explain_window(position, 6, 2, stride, padding, dilation)
            cells = [int(cell) - padding for cell in text.partition("cells ")[2].split(", ")]
            read = tuple(cell for cell in cells if 0 <= cell < 6)
            assert read == geometry.window(position)
    with pytest.raises(ValueError, match=r"position=9 must be in 0\.\.4"):
        explain.explain_window(9, 7, 3)
