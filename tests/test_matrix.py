"""Matrices and rearrangements: by hand, against their loops, against PyTorch."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from convlib import ConvGeometry, col2im, conv_matrix, im2col, rotate180, zero_insert
from convlib.matrix import col2im_loops, conv_matrix_loops, im2col_loops

SETTINGS = 2000


def settings(seed, axes=2):
    """Yield parameters of convolutions that fit, all axes different, as keyword arguments."""
    random = np.random.default_rng(seed)
    found = 0
    while found < SETTINGS:
        shape = tuple(int(n) for n in random.integers(1, 8, axes))
        kernel = tuple(int(n) for n in random.integers(1, 5, axes))
        arguments = {
            "stride": tuple(int(n) for n in random.integers(1, 4, axes)),
            "padding": tuple(int(n) for n in random.integers(0, 4, axes)),
            "dilation": tuple(int(n) for n in random.integers(1, 4, axes)),
        }
        try:
            ConvGeometry(shape, kernel, **arguments)
        except ValueError:
            continue
        found += 1
        yield shape, kernel, arguments, random


def test_conv_matrix_of_the_first_chapter():
    matrix = conv_matrix(np.arange(1, 10).reshape(3, 3), (4, 4))
    assert matrix.shape == (4, 16)
    assert np.count_nonzero(matrix) == 36
    np.testing.assert_array_equal(
        matrix[0].reshape(4, 4), [[1, 2, 3, 0], [4, 5, 6, 0], [7, 8, 9, 0], [0, 0, 0, 0]]
    )
    np.testing.assert_array_equal(
        matrix[3].reshape(4, 4), [[0, 0, 0, 0], [0, 1, 2, 3], [0, 4, 5, 6], [0, 7, 8, 9]]
    )


def test_conv_matrix_transposed_is_the_worked_example():
    matrix = conv_matrix(np.arange(1, 10).reshape(3, 3), (4, 4))
    result = matrix.T @ [1, 2, 4, 5]
    np.testing.assert_array_equal(
        result.reshape(4, 4),
        [[1, 4, 7, 6], [8, 26, 38, 27], [23, 62, 74, 48], [28, 67, 76, 45]],
    )


def test_conv_matrix_rank_is_that_of_its_outputs():
    matrix = conv_matrix(np.arange(1.0, 10).reshape(3, 3), (5, 5), stride=2)
    assert np.linalg.matrix_rank(matrix) == len(matrix) == 4


def test_conv_matrix_equals_torch_and_its_loops():
    for index, (shape, kernel, arguments, random) in enumerate(settings(1)):
        groups, per_group, per_out = (int(n) for n in random.integers(1, 4, 3))
        weight = random.integers(-9, 10, (groups * per_out, per_group, *kernel))
        input = random.integers(-9, 10, (groups * per_group, *shape))
        matrix = conv_matrix(weight, input.shape, **arguments, groups=groups)
        expected = F.conv2d(
            torch.tensor(input), torch.tensor(weight), **arguments, groups=groups
        ).numpy()
        np.testing.assert_array_equal(matrix @ input.ravel(), expected.ravel())
        assert matrix.dtype == np.int64
        if index % 20 == 0:
            looped = conv_matrix_loops(weight, input.shape, **arguments, groups=groups)
            np.testing.assert_array_equal(matrix, looped)


def test_conv_matrix_transposed_equals_torch():
    for shape, kernel, arguments, random in settings(2):
        groups, per_in, per_out = (int(n) for n in random.integers(1, 4, 3))
        # (in, out // groups, kH, kW) of the way back is (out, in // groups, kH, kW) of the way on.
        weight = random.integers(-9, 10, (groups * per_out, per_in, *kernel))
        geometry = ConvGeometry(shape, kernel, **arguments)
        small = random.integers(-9, 10, (groups * per_out, *geometry.output_size))
        matrix = conv_matrix(weight, (groups * per_in, *shape), **arguments, groups=groups)
        expected = torch.nn.grad.conv2d_input(
            (1, groups * per_in, *shape),
            torch.tensor(weight).double(),
            torch.tensor(small)[None].double(),
            **arguments,
            groups=groups,
        )
        np.testing.assert_array_equal(matrix.T @ small.ravel(), expected.ravel())
        added = geometry.unused_tail
        if all(extra < step for extra, step in zip(added, arguments["stride"], strict=True)):
            direct = F.conv_transpose2d(
                torch.tensor(small).double(),
                torch.tensor(weight).double(),
                **arguments,
                groups=groups,
                output_padding=added,
            )
            np.testing.assert_array_equal(direct.ravel(), expected.ravel())


@pytest.mark.parametrize("axes", [1, 3])
def test_conv_matrix_has_any_number_of_axes(axes):
    convolve = {1: F.conv1d, 3: F.conv3d}[axes]
    for (shape, kernel, arguments, random), _ in zip(settings(axes, axes), range(60), strict=False):
        weight = random.integers(-9, 10, (2, 3, *kernel))
        input = random.integers(-9, 10, (3, *shape))
        expected = convolve(torch.tensor(input), torch.tensor(weight), **arguments)
        matrix = conv_matrix(weight, input.shape, **arguments)
        np.testing.assert_array_equal(matrix @ input.ravel(), expected.ravel())
        plain = conv_matrix(weight[0, 0], shape, **arguments)
        cells = int(np.prod(shape))
        np.testing.assert_array_equal(plain, matrix[: len(plain), :cells])


@pytest.mark.parametrize(
    ("padding", "pad"),
    [
        ("valid", (0, 0, 0, 0)),
        ("same", (0, 1, 1, 1)),
        ("full", (1, 1, 2, 2)),
        (((0, 2), (1, 0)), (1, 0, 0, 2)),
        (2, (2, 2, 2, 2)),
        (((3, 1), 2), (2, 2, 3, 1)),
    ],
)
def test_conv_matrix_takes_every_form_of_padding(padding, pad):
    random = np.random.default_rng(3)
    weight, input = random.integers(-9, 10, (3, 2)), random.integers(-9, 10, (4, 5))
    expected = F.conv2d(F.pad(torch.tensor(input), pad)[None], torch.tensor(weight)[None, None])
    matrix = conv_matrix(weight, (4, 5), padding=padding)
    np.testing.assert_array_equal(matrix @ input.ravel(), expected.ravel())


@pytest.mark.parametrize(
    ("given", "returned"),
    [
        (np.float16, np.float16),
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.int8, np.int64),
        (np.uint8, np.int64),
        (bool, np.int64),
    ],
)
def test_conv_matrix_dtype(given, returned):
    assert conv_matrix(np.ones((2, 2), given), (3, 3)).dtype == returned


def test_conv_matrix_does_not_change_its_input():
    weight = np.arange(4.0).reshape(2, 2)
    conv_matrix(weight, (3, 3))[:] = 9
    np.testing.assert_array_equal(weight, [[0, 1], [2, 3]])


def test_im2col_and_col2im_equal_torch_and_loops():
    for index, (shape, kernel, arguments, random) in enumerate(settings(4)):
        batch, channels = int(random.integers(1, 3)), int(random.integers(1, 4))
        # Whole numbers, whose sums are exact in any order.
        input = random.integers(-9, 10, (batch, channels, *shape)).astype(float)
        columns = im2col(input, kernel, **arguments)
        expected = F.unfold(torch.tensor(input), kernel, **arguments)
        np.testing.assert_array_equal(columns, expected)
        np.testing.assert_array_equal(im2col(input[0], kernel, **arguments), expected[0])
        random.shuffle(columns)
        back = col2im(columns, input.shape, kernel, **arguments)
        folded = F.fold(torch.tensor(columns), shape, kernel, **arguments)
        np.testing.assert_array_equal(back, folded)
        one = col2im(columns[0], input.shape[1:], kernel, **arguments)
        np.testing.assert_array_equal(one, back[0])
        if index % 20 == 0:
            plain = im2col(input[0, 0], kernel, **arguments)
            np.testing.assert_array_equal(im2col_loops(input[0, 0], kernel, **arguments), plain)
            looped = col2im_loops(plain, shape, kernel, **arguments)
            np.testing.assert_array_equal(col2im(plain, shape, kernel, **arguments), looped)


def test_im2col_is_a_convolution_after_one_product():
    random = np.random.default_rng(5)
    input, weight = random.integers(-9, 10, (3, 6, 5)), random.integers(-9, 10, (4, 3, 2, 3))
    result = weight.reshape(4, -1) @ im2col(input, (2, 3), padding="same")
    expected = F.conv2d(F.pad(torch.tensor(input), (1, 1, 0, 1)), torch.tensor(weight))
    np.testing.assert_array_equal(result.reshape(expected.shape), expected)


def test_im2col_of_one_and_three_axes():
    np.testing.assert_array_equal(im2col([1, 2, 3], (2,)), [[1, 2], [2, 3]])
    np.testing.assert_array_equal(col2im([[1, 2], [2, 3]], (3,), (2,)), [1, 4, 3])
    cube = np.arange(8).reshape(2, 2, 2)
    np.testing.assert_array_equal(im2col(cube, (2, 2, 2)).ravel(), cube.ravel())


def test_im2col_of_an_empty_batch_keeps_its_shape():
    assert im2col(np.ones((0, 2, 5, 5)), 3).shape == (0, 18, 9)
    assert col2im(np.ones((1, 18, 9)), (1, 2, 5, 5), 3).shape == (1, 2, 5, 5)


def test_im2col_and_col2im_are_adjoint():
    random = np.random.default_rng(6)
    arguments = {"kernel_size": (3, 2), "stride": (2, 1), "padding": ((0, 2), 1)}
    input = random.integers(-9, 10, (2, 5, 4))
    columns = im2col(input, **arguments)
    other = random.integers(-9, 10, columns.shape)
    back = col2im(other, input.shape, **arguments)
    assert (columns * other).sum() == (input * back).sum()


def test_col2im_does_not_lose_cells_in_float16():
    columns = np.ones((1, 4096), np.float16)
    wide = np.repeat(columns, 4096, axis=0)
    result = col2im(wide, (8191,), (4096,))
    assert result.dtype == np.float16
    assert result[4095] == 4096  # float16 itself stops counting at 2048


def test_zero_insert_by_hand():
    np.testing.assert_array_equal(zero_insert([1, 2, 3], 3), [1, 0, 0, 2, 0, 0, 3])
    np.testing.assert_array_equal(zero_insert([[1, 2], [3, 4]], (2, 1)), [[1, 2], [0, 0], [3, 4]])
    assert zero_insert(np.ones((2, 3, 4, 5), np.float32), (3, 2)).shape == (2, 3, 10, 9)
    assert zero_insert(np.ones((2, 3, 4), np.float32), (2,)).shape == (2, 3, 7)


def test_rotate180_reverses_the_last_axes():
    weight = np.arange(24).reshape(2, 3, 2, 2)
    np.testing.assert_array_equal(rotate180(weight), torch.tensor(weight).flip(2, 3))
    np.testing.assert_array_equal(rotate180(weight, axes=1), weight[..., ::-1])
    rotate180(weight)[:] = 0
    assert weight[0, 0, 0, 1] == 1


def test_zero_insertion_flip_and_padding_make_a_transposed_convolution():
    random = np.random.default_rng(7)
    small, weight = random.integers(-9, 10, (2, 3, 4)), random.integers(-9, 10, (2, 5, 3, 2))
    expected = F.conv_transpose2d(
        torch.tensor(small), torch.tensor(weight), stride=(3, 2), padding=(1, 0)
    )
    spread = zero_insert(small, (3, 2))
    flipped = rotate180(weight).swapaxes(0, 1)
    matrix = conv_matrix(flipped, spread.shape, padding=(1, 1))
    np.testing.assert_array_equal(matrix @ spread.ravel(), expected.ravel())
