"""Model answers of the exercises against PyTorch or plain counting, beyond their own checks."""

from __future__ import annotations

from itertools import product
from math import ceil

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.autograd.functional import jacobian

from book.exercises.solutions import (
    depthwise,
    dilation,
    fully_connected,
    odd_convolution,
    output_padding,
    padding,
    pytorch,
    separable,
    sliding,
    stride,
    transpose_arithmetic,
    transpose_matrix,
    upsampling,
)
from convlib.exercises.check import check_function

RANDOM = np.random.default_rng(0)


def numbers(*shape):
    return RANDOM.integers(-5, 6, shape)


def image(array):
    """Return an array as a tensor with axes for batch and channels where it has none."""
    tensor = torch.tensor(array).double()
    return tensor[None, None] if tensor.ndim < 3 else tensor


def ones(*shape):
    return torch.ones(1, 1, *shape).double()


def conv_size(input_size, kernel_size, stride=1, padding=0):
    """Return the output size that PyTorch gives along one axis, 0 where it refuses."""
    if input_size + 2 * padding < kernel_size:
        return 0
    row = torch.zeros(1, 1, input_size)
    return F.conv1d(row, torch.ones(1, 1, kernel_size), None, stride, padding).shape[2]


def transposed_size(input_size, *settings):
    layer = nn.ConvTranspose1d(1, 1, *settings)
    return layer(torch.zeros(1, 1, input_size)).shape[2]


def matrix(operation, *shape):
    """Return the matrix of a linear operation by automatic differentiation."""
    inputs = int(np.prod(shape))
    zeros = torch.zeros(inputs).double()
    return jacobian(lambda x: operation(x.reshape(1, 1, *shape)).flatten(), zeros)


def smallest_padding(input_size, kernel_size, stride):
    wanted = ceil(input_size / stride)
    total = next(n for n in range(99) if conv_size(input_size + n, kernel_size, stride) >= wanted)
    return total // 2, total - total // 2


def padding_that_multiplies(kernel_size, stride):
    for cells in range(kernel_size):
        sizes = [transposed_size(n, kernel_size, stride, cells) for n in (9, 12)]
        if sizes == [9 * stride, 12 * stride]:
            return cells
    raise ValueError


def cells_of_stack(layers, size=60):
    """Return the cells that the first output cell of a stack reads, by the gradient."""
    row = torch.zeros(1, 1, size).double().requires_grad_()
    output = row
    for kernel_size, step, gap in layers:
        output = F.conv1d(output, ones(kernel_size), stride=step, dilation=gap)
    output[0, 0, 0].backward()
    return torch.nonzero(row.grad[0, 0]).flatten().tolist()


def readers_by_matrix(cell, input_size, kernel_size, stride):
    reads = matrix(lambda x: F.conv1d(x, ones(kernel_size), stride=stride), input_size)
    return torch.nonzero(reads[:, cell]).flatten().tolist()


def unread_by_change(input_size, kernel_size, stride):
    changed = torch.eye(input_size).double()[:, None]  # one cell is changed in each of the batch
    moved = F.conv1d(changed, ones(kernel_size), stride=stride).abs().sum((1, 2)) > 0
    return torch.nonzero(~moved).flatten().tolist()


def counts_by_stamps(kernel_size, stride):
    canvas = F.conv_transpose1d(ones(30), ones(kernel_size), stride=stride)[0, 0]
    return canvas[10 * stride : 11 * stride].int().tolist()


def tent_stamped(row, stride):
    weights = image(upsampling.tent(stride))
    return F.conv_transpose1d(image(row), weights, stride=stride, padding=stride - 1)


def interpolated(row, stride):
    size = (len(row) - 1) * stride + 1
    return F.interpolate(image(row), size=size, mode="linear", align_corners=True)


def shown_by_ghost(w, shape, stride):
    ghost = image(transpose_matrix.ghost(w, shape, stride))
    output = F.conv2d(ghost, image(w), stride=stride)
    return [ghost.shape[2:], round(output.abs().max().item(), 9), round(ghost.norm().item(), 9)]


def product_of_split(kernel):
    return np.outer(*separable.split(kernel))


def rank_one(kernel):
    if np.linalg.matrix_rank(kernel) > 1:
        raise ValueError
    return kernel


def round_trip(size):
    """Return where the encoder and the decoder of the exercise lead in PyTorch."""
    extras = output_padding.paddings(size)
    for layer in output_padding.ENCODER:
        size = conv_size(size, *layer)
    for layer, extra in zip(output_padding.ENCODER[::-1], extras, strict=True):
        size = transposed_size(size, *layer, extra)
    return size


ORACLES = [
    (
        fully_connected.build_matrix,
        lambda w, shape: matrix(lambda x: F.conv2d(x, image(w)), *shape),
        [(numbers(*w), shape) for w in ((1, 1), (2, 3), (3, 2)) for shape in ((3, 4), (5, 3))],
    ),
    (
        fully_connected.as_in_networks,
        lambda line, taps: F.conv1d(image(line), image(taps))[0, 0],
        [(numbers(7), numbers(k)) for k in (1, 2, 3, 7)],
    ),
    (
        sliding.convolution_layer,
        lambda x, weight, bias: F.conv2d(image(x), image(weight), torch.tensor(bias).double()),
        [(numbers(3, 5, 7), numbers(maps, 3, 2, 4), numbers(maps)) for maps in (1, 2, 5)],
    ),
    (
        sliding.slide,
        lambda x, w: F.conv2d(image(x), image(w))[0, 0],
        [(numbers(4, 7), numbers(*w)) for w in ((1, 1), (4, 7), (2, 5), (3, 1))],
    ),
    (
        padding.mirrored,
        lambda row, cells: F.pad(image(row), (cells, cells), mode="reflect")[0, 0],
        [(numbers(6), cells) for cells in range(6)],
    ),
    (
        padding.as_tensorflow_pads,
        smallest_padding,
        list(product(range(1, 12), (1, 2, 3, 4, 5), (1, 2, 3, 4))),
    ),
    (
        stride.readers,
        readers_by_matrix,
        [(cell, size, k, s) for size in (5, 8) for cell in range(size) for k in (1, 3, 4)
         for s in (1, 2, 3, 5)],
    ),
    (
        stride.put_together,
        lambda maps, factor: F.pixel_shuffle(image(maps), factor)[0],
        [(numbers(factor**2, 2, 3), factor) for factor in (1, 2, 3)],
    ),
    (
        odd_convolution.sizes_before,
        lambda o, k, s, p: [n for n in range(1, 40) if conv_size(n, k, s, p) == o],
        list(product((1, 2, 5), (1, 3, 4), (1, 2, 3), (0, 1, 2))),
    ),
    (
        odd_convolution.never_read,
        unread_by_change,
        list(product((7, 8, 9), (1, 2, 5), (1, 2, 3, 4))),
    ),
    (
        dilation.cells_seen,
        lambda layers: max(cells_of_stack(layers)) + 1,
        [[(3, 1, 1)], [(3, 2, 1), (3, 1, 2)], [(7, 2, 1), (3, 2, 1), (3, 1, 1)],
         [(2, 3, 2), (4, 2, 1), (3, 1, 1)]],
    ),
    (
        dilation.reached,
        lambda dilations: cells_of_stack([(3, 1, gap) for gap in dilations]),
        [list(gaps) for gaps in product((1, 2, 3, 4), repeat=3)],
    ),
    (
        lambda w, stride: transpose_matrix.matrix_of(
            lambda x: F.conv2d(image(x), image(w), stride=stride).numpy(), (6, 5)),
        lambda w, stride: matrix(lambda x: F.conv2d(x, image(w), stride=stride), 6, 5),
        [(numbers(2, 3), 1), (numbers(3, 2), 2)],
    ),
    (
        shown_by_ghost,
        lambda w, shape, stride: [shape, 0.0, 1.0],
        [(numbers(3, 2), (5, 6), 2), (numbers(2, 2), (2, 3), 1)],
    ),
    (
        transpose_arithmetic.padding_for,
        padding_that_multiplies,
        list(product((1, 2, 3, 4, 5, 7, 8), (1, 2, 3, 4))),
    ),
    (
        transpose_arithmetic.by_plain_convolution,
        lambda x, w, s, p: F.conv_transpose2d(image(x), image(w), stride=s, padding=p),
        [(numbers(2, 3, 4), numbers(2, 3, 2, 3), s, p) for s in (1, 2, 3) for p in (0, 1)],
    ),
    (
        output_padding.last_cell,
        lambda row, taps, s, p, a: F.conv_transpose1d(
            image(row), image(taps), None, s, p, a)[0, 0, -1].item(),
        [(numbers(4), numbers(k), s, p, a) for k in (2, 3, 6) for s in (2, 3) for p in (0, 1)
         for a in range(s)],
    ),
    (round_trip, lambda size: size, list(range(13, 80))),
    (upsampling.stamps_in_tile, counts_by_stamps, list(product(range(1, 8), (1, 2, 3, 4)))),
    (tent_stamped, interpolated, [([2.0, -1.0, 5.0, 0.5], s) for s in (1, 2, 3, 5)]),
    (
        product_of_split,
        rank_one,
        [np.outer(numbers(4), numbers(3)) for _ in range(9)] + [np.eye(2), numbers(3, 4)],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "oracle", "cases"), ORACLES)
def test_model_answer_is_right_beyond_its_check(answer, oracle, cases):
    verdict = check_function(answer, oracle, cases)
    assert verdict, verdict


def test_depthwise_layer_has_the_shape_and_the_two_kinds_of_weights():
    plain = nn.Conv2d(6, 10, (3, 5), stride=(2, 1), padding=(1, 2), bias=False)
    made = depthwise.made_separable(plain)
    x = torch.zeros(2, 6, 9, 11)
    assert made(x).shape == plain(x).shape
    assert [part.weight.shape for part in made] == [(6, 1, 3, 5), (10, 6, 1, 1)]


def test_repaired_network_keeps_the_size_in_its_second_layer():
    repaired = pytorch.repaired()
    assert repaired(torch.zeros(3, 3, 48, 48)).shape == (3, 10)
    assert repaired[2](torch.zeros(1, 16, 24, 24)).shape == (1, 32, 24, 24)


@pytest.mark.parametrize("size", [(17, 23), (20, 21), (32, 32)])
def test_mirror_comes_back_through_layers_with_an_axis_of_their_own(size):
    layers = nn.Sequential(
        nn.Conv2d(3, 4, (3, 2), stride=(2, 3), padding=(1, 0)), nn.Conv2d(4, 5, 3, stride=2)
    )
    x = torch.zeros(2, 3, *size)
    assert pytorch.mirror_of(layers, size)(layers(x)).shape == x.shape
