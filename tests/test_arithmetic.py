"""Sizes: by hand first, then against the shapes PyTorch makes."""

from itertools import product

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import convlib


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ((4, 3), 2),  # the chapter's first example
        ((5, 3, 1, 1), 5),
        ((5, 3, 2, 1), 3),
        ((6, 3, 2, 1), 3),  # one cell more, the same size
        ((5, 3, 1, 0, 2), 1),
        ((4, 3, 1, 5), 12),  # padding beyond k − 1 is legal
        ((2, 2, 2, 2), 3),  # a stride need not shrink
        ((5, 4, 1, 2), 6),
        ((5, 3, 1, "same"), 5),
        ((5, 4, 1, "same", 3), 5),
        ((5, 3, 1, "full"), 7),
        ((5, 3, 1, "full", 2), 9),
        ((5, 3, 1, "valid"), 3),
        ((5, 3, 1, (2, 0)), 5),  # causal
        (((7, 9), 3, (2, 1), 0, 2), (2, 5)),
        (((4, 5, 6), (1, 2, 3), 1, ((0, 1), (0, 0), 1)), (5, 4, 6)),
        ((np.int64(5), np.uint8(3), np.int32(2), np.array(1)), 3),
    ],
)
def test_conv_output_size_by_hand(parameters, expected):
    result = convlib.conv_output_size(*parameters)
    assert result == expected
    assert type(result) is type(expected)


def test_conv_output_size_equals_torch():
    for size, kernel, stride, padding, dilation in product(
        range(1, 12), range(1, 6), (1, 2, 3, 5), range(5), (1, 2, 3)
    ):
        input, weight = torch.zeros(1, 1, size), torch.zeros(1, 1, kernel)
        arguments = {"stride": stride, "padding": padding, "dilation": dilation}
        if dilation * (kernel - 1) + 1 > size + 2 * padding:
            with pytest.raises(RuntimeError):
                F.conv1d(input, weight, **arguments)
            with pytest.raises(ValueError, match=r"^kernel covers"):
                convlib.conv_output_size(size, kernel, **arguments)
        else:
            expected = F.conv1d(input, weight, **arguments).shape[-1]
            assert convlib.conv_output_size(size, kernel, **arguments) == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        # The four cases: no padding; with padding; stride; stride and padding.
        ((2, 3), 4),
        ((6, 4, 1, 2), 5),
        ((2, 3, 2), 5),
        ((3, 3, 2, 1), 5),
        ((3, 3, 2, 1, 1), 6),  # odd: the other size that gives 3
        ((7, 5, 1, 3), 5),  # it can shrink
        ((4, 4, 2, 1), 8),
        ((3, 2, 1, 0, 1, 3), 7),
        (((4, 5), (2, 3), (2, 1), ((0, 1), 1), (1, 0)), (8, 5)),
    ],
)
def test_conv_transpose_output_size_by_hand(parameters, expected):
    assert convlib.conv_transpose_output_size(*parameters) == expected


def test_conv_transpose_output_size_equals_torch():
    legal = 0
    for size, kernel, stride, padding, added, dilation in product(
        range(1, 7), range(1, 5), (1, 2, 3), range(4), range(4), (1, 2, 3)
    ):
        input, weight = torch.zeros(1, 1, size), torch.zeros(1, 1, kernel)
        arguments = {
            "stride": stride,
            "padding": padding,
            "output_padding": added,
            "dilation": dilation,
        }
        try:
            expected = F.conv_transpose1d(input, weight, **arguments).shape[-1]
        except RuntimeError:
            expected = None
        if expected:
            legal += 1
            assert convlib.conv_transpose_output_size(size, kernel, **arguments) == expected
        else:
            with pytest.raises(ValueError, match=r"output_padding=|at least 1 must remain"):
                convlib.conv_transpose_output_size(size, kernel, **arguments)
    assert legal > 1000


def test_without_settings_windows_move_by_one_and_nothing_is_added():
    assert convlib.effective_kernel_size(3) == 3
    assert convlib.tensorflow_same_padding(5, 3) == (1, 1)
    assert convlib.remainder(7, 3) == convlib.output_padding_for(7, 3) == 0
    assert convlib.input_sizes_for(4, 3) == (6,)
    assert convlib.ConvGeometry((4, 9), (2, 3), dilation=(3, 1)).gaps() == (1, 2)
    assert convlib.receptive_field([]) == 1


def test_effective_kernel_size_of_a_dilated_kernel():
    assert convlib.effective_kernel_size(3, dilation=2) == 5
    assert convlib.effective_kernel_size((1, 4), dilation=(7, 2)) == (1, 7)


def test_same_padding_keeps_the_size():
    for size, kernel, dilation in product(range(1, 9), range(1, 6), (1, 2, 3)):
        before, after = convlib.same_padding(kernel, dilation)
        assert after - before in (0, 1)
        result = convlib.conv_output_size(size, kernel, 1, (before, after), dilation)
        assert result == size == convlib.conv_output_size(size, kernel, 1, "same", dilation)


@pytest.mark.parametrize(
    ("kernel_size", "dilation", "expected"),
    [
        (3, 1, (1, 1)),
        (2, 1, (0, 1)),
        (4, 1, (1, 2)),
        (2, 2, (1, 1)),
        (4, 3, (4, 5)),
        (1, 9, (0, 0)),
    ],
)
# PyTorch warns, once, that the odd cell may cost a copy.
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_same_padding_puts_the_odd_cell_at_the_end(kernel_size, dilation, expected):
    assert convlib.same_padding(kernel_size, dilation) == expected
    ramp = torch.arange(1.0, 10.0).reshape(1, 1, 9)
    weight = torch.arange(1.0, kernel_size + 1).reshape(1, 1, -1)
    padded = F.conv1d(F.pad(ramp, expected), weight, dilation=dilation)
    same = F.conv1d(ramp, weight, padding="same", dilation=dilation)
    np.testing.assert_array_equal(padded, same)


def test_full_padding_counts_every_overlap():
    assert convlib.full_padding(3) == 2
    for size, kernel in product(range(1, 6), range(1, 6)):
        full = convlib.conv_output_size(size, kernel, padding=convlib.full_padding(kernel))
        assert full == size + kernel - 1 == convlib.conv_output_size(size, kernel, 1, "full")


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "expected"),
    [
        (6, 3, 2, (0, 1)),  # symmetric padding 1 reads other cells: this is where values differ
        (5, 3, 2, (1, 1)),
        (224, 7, 2, (2, 3)),
        (224, 3, 2, (0, 1)),
        (4, 1, 3, (0, 0)),  # never negative
        (5, 2, 1, (0, 1)),
    ],
)
def test_tensorflow_same_padding_by_hand(size, kernel, stride, expected):
    assert convlib.tensorflow_same_padding(size, kernel, stride) == expected


def test_tensorflow_same_padding_gives_the_rounded_up_quotient():
    for size, kernel, stride, dilation in product(
        range(1, 15), range(1, 6), range(1, 5), (1, 2, 3)
    ):
        pair = convlib.tensorflow_same_padding(size, kernel, stride, dilation)
        assert convlib.conv_output_size(size, kernel, stride, pair, dilation) == -(-size // stride)
    assert convlib.tensorflow_same_padding((6, 5), 3, 2) == ((0, 1), (1, 1))


def test_remainder_counts_cells_without_gradient():
    for size, kernel, stride, padding in product(range(3, 12), (1, 2, 3, 4), (1, 2, 3), (0, 1, 2)):
        if kernel > size + 2 * padding:
            continue
        input = torch.zeros(1, 1, size, requires_grad=True)
        padded = F.pad(input, (padding, padding))
        padded.retain_grad()
        F.conv1d(padded, torch.ones(1, 1, kernel), stride=stride).sum().backward()
        reached = int(np.flatnonzero(padded.grad[0, 0])[-1]) + 1
        unread = size + 2 * padding - reached
        assert convlib.remainder(size, kernel, stride, padding) == unread
        # Between windows there may be gaps as well; at the end, these are data.
        tail = input.grad[0, 0, size - max(0, unread - padding) :]
        assert tail.shape == (max(0, unread - padding),)
        assert not tail.any()


def test_output_padding_for_brings_every_size_back():
    cases = without = 0
    for size, kernel, stride, padding in product(
        range(1, 33), (2, 3, 4, 5, 7), (2, 3, 4), range(4)
    ):
        if kernel > size + 2 * padding:
            continue
        cases += 1
        made = convlib.conv_output_size(size, kernel, stride, padding)
        added = convlib.output_padding_for(size, kernel, stride, padding)
        without += added > 0
        back = convlib.conv_transpose_output_size(made, kernel, stride, padding, added)
        assert back == size
    assert (cases, without) == (1845, 1170)


def test_output_padding_for_equals_torch():
    input = torch.zeros(1, 1, 9, 12)
    weight = torch.zeros(1, 1, 3, 2)
    small = F.conv2d(input, weight, stride=(3, 2), padding=(2, 1), dilation=(1, 3))
    added = convlib.output_padding_for((9, 12), (3, 2), (3, 2), (2, 1), (1, 3))
    assert added == (1, 0)
    back = F.conv_transpose2d(
        small, weight, stride=(3, 2), padding=(2, 1), dilation=(1, 3), output_padding=added
    )
    assert back.shape == input.shape


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ((3,), 2),
        ((3, 1), 1),
        ((3, 1, 2), 3),
        ((3, 5), -3),  # crops
        ((4, "same"), (2, 1)),  # the odd cell changes sides
        ((4, (0, 3)), (3, 0)),
        (((3, 2), 1), (1, 0)),
        (((3, 2), ((0, 1), 1)), ((2, 1), (0, 0))),
    ],
)
def test_transposed_padding_by_hand(parameters, expected):
    assert convlib.transposed_padding(*parameters) == expected


def test_transposed_padding_computes_a_transposed_convolution():
    random = np.random.default_rng(0)
    for size, kernel, padding, dilation in product((1, 4), (1, 2, 3, 4), (0, 1, 2, 3), (1, 2)):
        input = torch.tensor(random.integers(-9, 9, (1, 1, size)).astype(float))
        weight = torch.tensor(random.integers(-9, 9, (1, 1, kernel)).astype(float))
        if size + dilation * (kernel - 1) <= 2 * padding:
            continue
        expected = F.conv_transpose1d(input, weight, padding=padding, dilation=dilation)
        added = convlib.transposed_padding(kernel, padding, dilation)
        direct = F.conv1d(F.pad(input, (added, added)), weight.flip(-1), dilation=dilation)
        np.testing.assert_array_equal(direct, expected)


def test_input_sizes_for_lists_exactly_the_sizes_that_fit():
    for made, kernel, stride, padding, dilation in product(
        range(1, 6), range(1, 5), (1, 2, 3, 4), range(4), (1, 2)
    ):
        expected = tuple(
            size
            for size in range(1, 40)
            if dilation * (kernel - 1) + 1 <= size + 2 * padding
            and convlib.conv_output_size(size, kernel, stride, padding, dilation) == made
        )
        assert convlib.input_sizes_for(made, kernel, stride, padding, dilation) == expected
        assert len(expected) <= stride


def test_input_sizes_for_one_value_per_axis():
    assert convlib.input_sizes_for((3, 1), 3, stride=(2, 1)) == ((7, 8), (3,))
    assert convlib.input_sizes_for(1, 1, padding=3) == ()
