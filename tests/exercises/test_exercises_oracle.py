"""Model answers of the exercises against PyTorch or plain counting, beyond their own checks."""

from __future__ import annotations

from functools import reduce
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
    frameworks,
    fully_connected,
    gradients,
    machine,
    networks,
    odd_convolution,
    output_padding,
    padding,
    pooling,
    pytorch,
    receptive_field,
    resizing,
    seeing,
    separable,
    shifts,
    sliding,
    stacks,
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


def middle_share(layers, kernel_size, cells):
    """Return the share of a stack's gradient that lies in its middle cells."""
    row = torch.ones(1, 1, layers * (kernel_size - 1) + 1).double().requires_grad_()
    output = row
    for _ in range(layers):
        output = F.conv1d(output, ones(kernel_size))
    output.sum().backward()
    ways = row.grad[0, 0]
    margin = (len(ways) - cells) // 2
    return (ways[margin : margin + cells].sum() / ways.sum()).item()


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
    (
        gradients.of_weights,
        lambda row, error, taps, s, p: torch.nn.grad.conv1d_weight(
            image(row), (1, 1, taps), image(error), s, p)[0, 0],
        [(numbers((o - 1) * s + k - 2 * p), numbers(o), k, s, p) for o in (4, 5) for k in (2, 3)
         for s in (1, 2) for p in (0, 1)],
    ),
    (
        pooling.in_two_passes,
        lambda array, k, s: F.max_pool2d(image(array), k, s)[0, 0],
        [(numbers(6, 8), k, s) for k in (1, 2, 3) for s in (1, 2, 3)],
    ),
    (
        pooling.size_with_ceil,
        lambda n, k, s, p: F.max_pool1d(torch.zeros(1, n), k, s, p, ceil_mode=True).shape[1],
        [(n, k, s, p) for n in range(4, 12) for k in (2, 3, 4) for s in (1, 2, 3)
         for p in range(k // 2 + 1)],
    ),
    (
        stacks.one_kernel,
        lambda kernels: reduce(np.polymul, kernels).tolist(),
        [([list(map(int, 1 + abs(numbers(k)))) for k in sizes],) for sizes in ((2, 3), (3, 3, 2))],
    ),
    (
        stacks.slid_over,
        lambda rows, shape, maps: F.conv2d(image(maps), image(rows.reshape(-1, *shape))),
        [(numbers(3, 12), (2, 2, 3), numbers(2, 4, 5))],
    ),
    (
        receptive_field.share_of_middle,
        lambda layers, k, cells: middle_share(layers, k, cells),
        [(1, 3, 1), (3, 3, 3), (5, 2, 2), (8, 5, 11)],
    ),
    (
        resizing.tent_for,
        lambda s, aligned: F.interpolate(
            image(np.eye(9)[4]), size=8 * s + 1 if aligned else 9 * s, mode="linear",
            align_corners=aligned)[0, 0][slice(3 * s + 1, 5 * s) if aligned else
                                         slice(4 * s - s // 2, 5 * s + s // 2)],
        [(2, False), (4, False), (2, True), (3, True)],
    ),
    (
        resizing.resized_row,
        lambda row, n: F.interpolate(image(row), size=n, mode="linear")[0, 0],
        [(numbers(4).astype(float), n) for n in (2, 4, 7, 8)],
    ),
    (
        machine.in_one_product,
        lambda maps, w, s, p: F.conv2d(image(maps), image(w), None, s, p),
        [(numbers(2, 6, 7), numbers(3, 2, 2, 3), s, p) for s in (1, 2) for p in (0, 1)],
    ),
    (
        lambda values, taps, d: list(networks.listen(values, taps, d)),
        lambda values, taps, d: F.conv1d(
            F.pad(image(values), (d * (len(taps) - 1), 0)), image(taps), dilation=d)[0, 0],
        [(numbers(9), numbers(k), d) for k in (1, 2, 4) for d in (1, 2, 3)],
    ),
    (
        networks.sizes_that_work,
        lambda n, low, high: [
            size for size in range(low, high + 1)
            if size == size // 2**n * 2**n and size >= 2**n],
        [(1, 2, 9), (2, 4, 20), (3, 8, 40)],
    ),
    (
        depthwise.each_by_itself,
        lambda maps, w: F.conv2d(image(maps), image(w[:, None]), groups=len(maps)),
        [(numbers(3, 5, 4), numbers(m * 3, 2, 3)) for m in (1, 2)],
    ),
    (
        separable.two_passes,
        lambda x, down, across: F.conv2d(image(x), image(np.outer(down, across)),
                                         padding="same")[0, 0],
        [(numbers(6, 7), numbers(k), numbers(m)) for k in (1, 3) for m in (3, 5)],
    ),
    (
        seeing.answer_at,
        lambda x, w, place: F.conv2d(image(x), image(w))[0, 0][place].item(),
        [(numbers(5, 6), numbers(2, 3), place) for place in ((0, 0), (3, 2))],
    ),
    (
        lambda row: shifts.blur_pool(row),
        lambda row: F.conv1d(F.pad(
            F.max_pool1d(F.pad(image(row), (0, 1), mode="circular"), 2, 1), (1, 1),
            mode="circular"), image([0.25, 0.5, 0.25]), stride=2)[0, 0],
        [(numbers(8).astype(float),) for _ in range(3)],
    ),
    (
        frameworks.onnx_same,
        lambda sizes, k, s, lower: [
            side[end] for end in (0, 1) for side in (
                smallest_padding(*axis)[::-1] if lower else smallest_padding(*axis)
                for axis in zip(sizes, k, s, strict=True))],
        [((8, 9), (3, 4), (2, 1), lower) for lower in (False, True)] + [((10,), (5,), (3,), True)],
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
