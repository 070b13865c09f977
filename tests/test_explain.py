"""Formulas: the text by hand, and every number in it equal to the function it explains."""

import re
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


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: explain.explain_parameter_count(16, 32, 3),
         "K = 3·3 = 9 cells\nI·O·K = 16·32·9 = 4608 weights, and O = 32 biases: 4640 parameters"),
        (lambda: explain.explain_parameter_count(1, 1, (1,)),
         "K = 1 = 1 cell\nI·O·K = 1·1·1 = 1 weight, and O = 1 bias: 2 parameters"),
        (lambda: explain.explain_parameter_count(2, 3, (4, 5)),
         "K = 4·5 = 20 cells\nI·O·K = 2·3·20 = 120 weights, and O = 3 biases: 123 parameters"),
        (lambda: explain.explain_grouped_parameter_count(16, 32, 3, 4),
         "I·O·K / G = 16·32·9 / 4 = 1152 weights"),
        (lambda: explain.explain_grouped_parameter_count(2, 6, (4, 5), 2),
         "I·O·K / G = 2·6·20 / 2 = 120 weights"),
        (lambda: explain.explain_separable_parameter_count(16, 32, 3),
         "I·K + I·O = 16·9 + 16·32 = 656 weights\n"
         "1/O + 1/K = 1/32 + 1/9 = 0.142 of the plain layer"),
        (lambda: explain.explain_separable_parameter_count(16, 32, 3, 2),
         "M·I·K + M·I·O = 2·16·9 + 2·16·32 = 1312 weights\n"
         "M(1/O + 1/K) = 2·(1/32 + 1/9) = 0.285 of the plain layer"),
        (lambda: explain.explain_separable_parameter_count(1, 1, 1),
         "I·K + I·O = 1·1 + 1·1 = 2 weights\n1/O + 1/K = 1/1 + 1/1 = 2 of the plain layer"),
        (lambda: explain.explain_separated_kernel((3, 5)),
         "kernel: kH·kW = 3·5 = 15 multiplications\n"
         "column, then row: kH + kW = 3 + 5 = 8 multiplications"),
        (lambda: explain.explain_separated_kernel((3, 4), 2),
         "kernel: kH·kW = 3·4 = 12 multiplications\n"
         "2 columns and rows: 2·(kH + kW) = 2·(3 + 4) = 14 multiplications"),
        (lambda: explain.explain_multiply_adds(64, 128, 3, 56),
         "I·O·K = 64·128·9 = 73,728 weights at 56·56 = 3,136 positions: 231,211,008 multiply-adds"),
        (lambda: explain.explain_multiply_adds(2, 3, (4, 5), (6, 7)),
         "I·O·K = 2·3·20 = 120 weights at 6·7 = 42 positions: 5,040 multiply-adds"),
    ],
)  # fmt: skip
def test_explain_counts_word_by_word(call, expected):
    assert call() == expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: explain.explain_remainder(7, 3),
         "r = (i + 2p − k) mod s = (7 + 2·0 − 3) mod 1 = 0"),
        (lambda: explain.explain_unread_data(7, 3), "max(0, r − p) = max(0, 0 − 0) = 0"),
        (lambda: explain.explain_input_sizes(4, 3),
         "i = (o − 1)s + k − 2p + r = (4 − 1)·1 + 3 − 2·0 + r = 6 + r, r from 0 to 0: 6"),
        (lambda: explain.explain_effective_kernel_size(3), "k̂ = d(k − 1) + 1 = 1·(3 − 1) + 1 = 3"),
        (lambda: explain.explain_transposed_padding(3), "p′ = d(k − 1) − p = 1·(3 − 1) − 0 = 2"),
        (lambda: explain.explain_overlap(3),
         "k mod s = 3 mod 1 = 0: every cell is reached k / s = 3 times"),
        (lambda: explain.explain_input_sizes(2, 3, padding=(0, 1)).splitlines()[0].split(" = ")[1],
         "(o − 1)s + k − p₁ − p₂ + r"),
    ],
)  # fmt: skip
def test_explain_without_settings_means_those_that_change_nothing(call, expected):
    assert call() == expected


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: explain.explain_parameter_count(0, 1, 3), "in_channels=0 must be at least 1"),
        (lambda: explain.explain_parameter_count(1, 0, 3), "out_channels=0 must be at least 1"),
        (lambda: explain.explain_grouped_parameter_count(0, 1, 3, 1), "in_channels=0 must be at"),
        (lambda: explain.explain_grouped_parameter_count(4, 0, 3, 1), "out_channels=0 must be at"),
        (lambda: explain.explain_grouped_parameter_count(4, 8, 3, 0), "groups=0 must be at"),
        (lambda: explain.explain_grouped_parameter_count(4, 6, 3, 4),
         "groups=4 must divide out_channels=6"),
        (lambda: explain.explain_grouped_parameter_count(6, 4, 3, 4),
         "groups=4 must divide in_channels=6"),
        (lambda: explain.explain_separable_parameter_count(0, 1, 3), "in_channels=0 must be at"),
        (lambda: explain.explain_separable_parameter_count(1, 0, 3), "out_channels=0 must be at"),
        (lambda: explain.explain_separable_parameter_count(1, 1, 3, 0), "multiplier=0 must be at"),
        (lambda: explain.explain_separated_kernel((3, 3), 0), "products=0 must be at least 1"),
        (lambda: explain.explain_multiply_adds(0, 1, 3, 4), "in_channels=0 must be at least 1"),
        (lambda: explain.explain_multiply_adds(1, 0, 3, 4), "out_channels=0 must be at least 1"),
        (lambda: explain.explain_multiply_adds(1, 1, 3, 0), "output_size=0 must be at least 1"),
    ],
)  # fmt: skip
def test_explain_refuses_what_is_no_layer(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call()


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


def test_explain_pool_output_size_word_by_word():
    rounded = "o = ⌈(i + 2p − k) / s⌉ + 1 = ⌈(7 + 2·0 − 2) / 2⌉ + 1 = 4"
    assert explain.explain_pool_output_size(7, 2, ceil_mode=True) == rounded
    assert explain.explain_pool_output_size(3, 2, padding=1, ceil_mode=True) == (
        "o = ⌈(i + 2p − k) / s⌉ + 1 = ⌈(3 + 2·1 − 2) / 2⌉ + 1 = 3\n"
        "window 3 would start in the padding at the end: dropped, o = 2"
    )
    assert explain.explain_pool_output_size((9, 7), (2, 3), 2, 1, 2, True) == (
        "height: k̂ = d(k − 1) + 1 = 2·(2 − 1) + 1 = 3\n"
        "height: o = ⌈(i + 2p − k̂) / s⌉ + 1 = ⌈(9 + 2·1 − 3) / 2⌉ + 1 = 5\n"
        "width: k̂ = d(k − 1) + 1 = 2·(3 − 1) + 1 = 5\n"
        "width: o = ⌈(i + 2p − k̂) / s⌉ + 1 = ⌈(7 + 2·1 − 5) / 2⌉ + 1 = 3"
    )
    floored = explain.explain_output_size(8, 3, 2, (0, 1), 2)
    assert explain.explain_pool_output_size(8, 3, 2, (0, 1), 2) == floored
    assert explain.explain_pool_output_size(8, 3) == explain.explain_output_size(8, 3, 3)


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("padding", [0, 1, (0, 1)])
@pytest.mark.parametrize("stride", [None, 1, 2, 3, 4])
@pytest.mark.parametrize("kernel", [2, 3])
def test_explain_pool_output_size_ends_in_the_size(kernel, stride, padding, ceil_mode):
    for size, dilation in product(range(3, 12), (1, 2)):
        settings = kernel, stride, padding, dilation, ceil_mode
        expected = outcome(convlib.pool_output_size, size, *settings)
        if isinstance(expected, str):
            continue
        *_, last = explain.explain_pool_output_size(size, *settings).splitlines()
        assert last.endswith(f"= {expected}")


def test_explain_composed_size_and_overlap_word_by_word():
    assert explain.explain_composed_size(3, 5, 2) == "K = k₁ + (k₂ − 1)·s₁ = 3 + (5 − 1)·2 = 11"
    assert explain.explain_composed_size(3, 3) == "K = k₁ + (k₂ − 1)·s₁ = 3 + (3 − 1)·1 = 5"
    assert explain.explain_overlap(5, 2) == (
        "k mod s = 5 mod 2 = 1: some cells are reached ⌊k / s⌋ = 2 times, others ⌈k / s⌉ = 3 times"
    )
    assert explain.explain_overlap((4, 3), (2, 1)) == (
        "height: k mod s = 4 mod 2 = 0: every cell is reached k / s = 2 times\n"
        "width: k mod s = 3 mod 1 = 0: every cell is reached k / s = 3 times"
    )


def test_explain_transposed_names_one_padding_or_both():
    assert explain.explain_transpose_output_size(3, 3, 2, 1, 1, 2) == (
        "k̂ = d(k − 1) + 1 = 2·(3 − 1) + 1 = 5\n"
        "o = (i − 1)s − 2p + k̂ + a = (3 − 1)·2 − 2·1 + 5 + 1 = 8"
    )
    assert explain.explain_transpose_output_size(3, 3) == (
        "o = (i − 1)s − 2p + k + a = (3 − 1)·1 − 2·0 + 3 + 0 = 5"
    )
    assert explain.explain_transposed_padding(3, 1, 2) == "p′ = d(k − 1) − p = 2·(3 − 1) − 1 = 3"


def test_explain_receptive_field_word_by_word():
    assert explain.explain_receptive_field([(3, 1, 2), (3, 2), (3,)]) == (
        "receptive field = 1 + (5 − 1) + (3 − 1) + (3 − 1)·2 = 11"
    )


def test_explain_grouped_parameter_count_of_one_channel():
    assert explain.explain_grouped_parameter_count(1, 1, 1, 1) == "I·O·K / G = 1·1·1 / 1 = 1 weight"


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
    # One line for each axis where they differ in anything.
    assert explain.explain_window((1, 0), 7, 2, dilation=(1, 2)) == (
        "height: 1·s = 1·1 = 1, so cells 1, 2\nwidth: 0·s = 0·1 = 0, so cells 0, 2"
    )
    assert explain.explain_window((1, 0), (7, 7), 2, padding=((1, 1), (0, 2))) == (
        "height: 1·s = 1·1 = 1, so cells 1, 2\nwidth: 0·s = 0·1 = 0, so cells 0, 1"
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
