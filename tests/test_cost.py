"""Costs: the book's numbers, then PyTorch's modules and gradients."""

import numpy as np
import pytest
import torch
from torch import nn

from convlib import (
    ConvGeometry,
    arithmetic_intensity,
    bytes_moved,
    multiply_adds,
    parameter_count,
    receptive_field,
)


def test_parameter_count_of_the_book():
    assert parameter_count(16, 32, 3, bias=False) == 4608
    assert parameter_count(16, 32, 3) == 4640
    depthwise, pointwise = ((16, 16, 3, 16), (16, 32, 1))
    assert parameter_count(*depthwise, bias=False) + parameter_count(*pointwise, bias=False) == 656
    assert parameter_count(*depthwise) + parameter_count(*pointwise) == 704
    assert parameter_count(1, 1, 3, bias=False) == 9


def test_parameter_count_equals_torch():
    random = np.random.default_rng(0)
    modules = {
        1: (nn.Conv1d, nn.ConvTranspose1d),
        2: (nn.Conv2d, nn.ConvTranspose2d),
        3: (nn.Conv3d, nn.ConvTranspose3d),
    }
    for _ in range(200):
        groups, per_in, per_out, axes = (int(n) for n in random.integers(1, 4, 4))
        kernel = tuple(int(n) for n in random.integers(1, 5, axes))
        bias = bool(random.integers(2))
        arguments = (groups * per_in, groups * per_out, kernel)
        expected = {
            sum(
                parameter.numel()
                for parameter in make(*arguments, groups=groups, bias=bias).parameters()
            )
            for make in modules[axes]
        }
        assert {parameter_count(*arguments, groups, bias)} == expected


def test_multiply_adds_counts_every_product():
    # 2 output channels of 3x2 cells, each over 3 input channels of a 2x4 kernel.
    assert multiply_adds(3, 2, (2, 4), (3, 2)) == 2 * 6 * 3 * 8
    assert multiply_adds(4, 4, 3, (5, 5), groups=4) == 4 * 25 * 9
    assert multiply_adds(1, 1, 3, 2) == 36
    assert multiply_adds(1, 1, (3,), (2,)) == 6
    line = ConvGeometry(7, 3, stride=2)
    taps = sum(len(pairs) for pairs in line.links())
    assert multiply_adds(1, 1, (3,), (line.output_size,)) == taps


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([], 1),
        ([3], 3),
        ([3, 3, 3], 7),
        ([(3, 2), (3, 2), (3, 2)], 15),
        ([(3, 1, 1), (3, 1, 2), (3, 1, 4)], 15),
        ([{"kernel_size": 7, "stride": 2}, {"kernel_size": 3, "dilation": 2}], 15),
        ([((3, 5), (1, 2)), 3], (5, 9)),
    ],
)
def test_receptive_field_by_hand(layers, expected):
    assert receptive_field(layers) == expected


def test_receptive_field_is_what_the_gradient_reaches():
    random = np.random.default_rng(2)
    for _ in range(60):
        layers = [
            tuple(int(n) for n in random.integers(1, 4, 3)) for _ in range(random.integers(1, 5))
        ]
        expected = receptive_field(layers)
        net = nn.Sequential(
            *(nn.Conv1d(1, 1, kernel, stride, 0, dilation) for kernel, stride, dilation in layers)
        )
        for module in net:
            nn.init.ones_(module.weight)
        input = torch.zeros(1, 1, expected, requires_grad=True)
        output = net(input)
        assert output.shape[-1] == 1  # exactly one window fits
        output.sum().backward()
        assert input.grad[0, 0, 0] > 0
        assert input.grad[0, 0, -1] > 0


def test_bytes_are_input_output_and_weights_once():
    assert bytes_moved(2, 3, (1, 2), (4, 5), (4, 4)) == 4 * (2 * 20 + 3 * 16 + 2 * 3 * 2)
    assert bytes_moved(4, 4, 3, 5, 5, groups=4, batch_size=7, bytes_per_number=2) == 2 * (
        7 * 2 * 4 * 25 + 4 * 9
    )


def test_intensity_is_two_operations_a_multiply_add_for_each_byte():
    layer = {"kernel_size": 3, "input_size": 8, "output_size": 6}
    assert arithmetic_intensity(2, 3, **layer, batch_size=4) == (
        4 * 2 * multiply_adds(2, 3, 3, (6, 6)) / bytes_moved(2, 3, **layer, batch_size=4)
    )
