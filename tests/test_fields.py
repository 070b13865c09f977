"""Receptive fields of stacks: by hand, and against the gradients of PyTorch."""

from fractions import Fraction

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convlib import (
    compose,
    conv1d,
    conv2d,
    loops,
    path_counts,
    receptive_field,
    receptive_field_at,
)
from tests.settings import MANY, Draw


def test_field_lies_around_its_cell_where_padding_is_half():
    field = receptive_field_at([(3, 1, 1, 1)] * 3, position=5)
    assert (field.start, field.size, field.stop, field.center) == (2, 7, 9, 5)


def test_one_sided_padding_sees_the_past_alone():
    causal = [(2, 1, 2**n, ((2**n, 0),)) for n in range(3)]
    field = receptive_field_at(causal, position=7)
    assert (field.start, field.stop) == (0, 8)


def test_even_kernels_drift_by_half_a_cell():
    assert receptive_field_at([2, 2, 2]).center == Fraction(3, 2)
    assert receptive_field_at([(4, 2, 1, 1)] * 2, 3).center == Fraction(27, 2)


def draw_layers(draw):
    return [
        (draw.randint(1, 4), draw.randint(1, 3), draw.randint(1, 3), draw.randint(0, 2))
        for _ in range(draw.randint(1, 4))
    ]


@pytest.mark.parametrize("count", MANY)
def test_field_and_paths_are_what_the_gradient_of_ones_reaches(count):
    draw = Draw("fields")
    for _ in range(count):
        layers = draw_layers(draw)
        field = receptive_field_at(layers)
        position = max(0, -(field.start // field.jump)) + 1
        field = receptive_field_at(layers, position)
        x = torch.ones(1, 1, field.stop + 40, dtype=torch.float64, requires_grad=True)
        y = x
        for size, stride, dilation, padding in layers:
            ones = torch.ones(1, 1, size, dtype=torch.float64)
            y = F.conv1d(y, ones, None, stride, padding, dilation)
        y[0, 0, position].backward()
        gradient = x.grad[0, 0].numpy()
        assert field.start >= 0
        np.testing.assert_array_equal(gradient[field.start : field.stop], path_counts(layers))
        assert gradient.sum() == path_counts(layers).sum()
        assert field.size == receptive_field(layers) == len(path_counts(layers))


@pytest.mark.parametrize("count", MANY)
def test_two_convolutions_are_one(count):
    draw = Draw("compose")
    for _ in range(count):
        stride = draw.randint(1, 3)
        if draw.random() < 0.5:
            first, second = draw.array(*draw.axes(2, 1, 3)), draw.array(*draw.axes(2, 1, 3))
            both = compose(first, second, stride)
            x = draw.array(*(size + draw.randint(0, 3) for size in both.shape))
        else:
            first = draw.array(*draw.axes(2, 1, 3), *draw.axes(2, 1, 3))
            second = draw.array(draw.randint(1, 3), len(first), *draw.axes(2, 1, 3))
            both = compose(first, second, stride)
            x = draw.array(1, first.shape[1], *(n + draw.randint(0, 3) for n in both.shape[2:]))
            np.testing.assert_array_equal(both, loops.compose(first, second, stride))
        np.testing.assert_array_equal(
            conv2d(conv2d(x, first, stride=stride), second), conv2d(x, both, stride=stride)
        )


def test_compose_multiplies_polynomials():
    np.testing.assert_array_equal(compose([1, 2, 3], [4, 5]), np.polymul([1, 2, 3], [4, 5]))
    x = np.arange(9)
    np.testing.assert_array_equal(
        conv1d(conv1d(x, [1, 2], stride=2), [3, 4], stride=2), conv1d(x, [3, 6, 4, 8], stride=4)
    )


def test_twenty_layers_of_3_see_41_cells_and_weigh_15():
    counts = path_counts([3] * 20)
    weight = counts / counts.sum()
    assert len(counts) == 41
    assert weight[13:28].sum() == pytest.approx(0.96, abs=0.005)
