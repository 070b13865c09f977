"""The gradients of a convolution: by hand, against autograd, and fast against slow."""

import numpy as np
import pytest
import torch.nn.functional as F

from convlib import conv2d, conv_input_gradient, conv_transpose2d, conv_weight_gradient, loops
from tests.bounds import assert_within_rounding
from tests.settings import MANY, Draw, assert_same, covers, padding_setting, sizes_that_fit, tensor

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


def test_input_gradient_of_a_kernel_sends_each_error_to_its_window():
    gradient = conv_input_gradient((3, 3), [[1, 2], [3, 4]], [[1, 0], [0, 10]])
    np.testing.assert_array_equal(gradient, [[1, 2, 0], [3, 14, 20], [0, 30, 40]])


def test_input_gradient_of_a_cell_that_no_window_reads_is_0():
    gradient = conv_input_gradient((6, 6), np.ones((3, 3)), np.ones((2, 2)), stride=2)
    assert not gradient[5].any()
    assert not gradient[:, 5].any()
    assert gradient[:5, :5].all()


def test_input_gradient_is_the_transposed_convolution_with_output_padding():
    g, weight = np.arange(4).reshape(2, 2), np.arange(9).reshape(3, 3)
    np.testing.assert_array_equal(
        conv_input_gradient((6, 6), weight, g, stride=2),
        conv_transpose2d(g, weight, stride=2, output_padding=1),
    )


def test_weight_gradient_swaps_stride_and_dilation():
    x, g = np.arange(36).reshape(6, 6), np.array([[1, -2], [3, 5]])
    swapped = conv2d(x, g, stride=1, dilation=2)
    assert swapped.shape == (4, 4)  # the remainder, 1, is cropped
    np.testing.assert_array_equal(conv_weight_gradient(x, (3, 3), g, stride=2), swapped[:3, :3])


def test_weight_gradient_of_an_error_of_ones_counts_the_cells_of_each_tap():
    gradient = conv_weight_gradient(np.ones((5, 5)), (3, 3), np.ones((5, 5)), padding=1)
    np.testing.assert_array_equal(gradient, [[16, 20, 16], [20, 25, 20], [16, 20, 16]])


def layer(axes, draw):
    """Return the arrays of a random layer, its parameters, and those for PyTorch."""
    groups = draw.randint(1, 3)
    top = 4 if axes < 3 else 3
    kernel_size, dilation = draw.axes(axes, 1, top), draw.axes(axes, 1, top - 1)
    stride = draw.axes(axes, 1, 3)
    padding, pairs = padding_setting(draw, kernel_size, stride, dilation)
    sizes = sizes_that_fit(draw, kernel_size, dilation, pairs, "zeros")
    x = draw.array(draw.randint(1, 2), groups * draw.randint(1, 2), *sizes)
    weight = draw.array(groups * draw.randint(1, 3), x.shape[1] // groups, *kernel_size)
    return x, weight, pairs, (stride, padding, dilation, groups)


@pytest.mark.parametrize("count", MANY)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_gradients_equal_autograd_on_random_settings(axes, count):
    draw = Draw(f"gradients {axes}")
    for _ in range(count):
        x, weight, pairs, (stride, padding, dilation, groups) = layer(axes, draw)
        cells, taps = tensor(x).requires_grad_(), tensor(weight).requires_grad_()
        flat = [cells for pair in reversed(pairs) for cells in pair]
        y = CONV[axes](F.pad(cells, flat), taps, None, stride, 0, dilation, groups)
        g = draw.array(*y.shape)
        y.backward(tensor(g))
        given = (g, stride, padding, dilation, groups)
        assert_same(conv_input_gradient(x.shape, weight, *given), cells.grad.numpy(), given)
        assert_same(conv_weight_gradient(x, weight.shape, *given), taps.grad.numpy(), given)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_gradients_equal_their_slow_twins(axes):
    draw = Draw(f"slow gradients {axes}")
    for _ in range(10):
        kernel_size, stride, dilation = (draw.axes(axes, 1, top) for top in (3, 3, 2))
        padding, groups = draw.axes(axes, 0, 2), draw.randint(1, 2)
        sizes = tuple(size + draw.randrange(3) for size in covers(kernel_size, dilation))
        x, weight = draw.array(2, 2 * groups, *sizes), draw.array(2 * groups, 2, *kernel_size)
        y = loops.conv(x, weight, None, stride, padding, dilation, groups)
        given = (draw.array(*y.shape), stride, padding, dilation, groups)
        np.testing.assert_array_equal(
            conv_input_gradient(x.shape, weight, *given),
            loops.conv_input_gradient(x.shape, weight, *given),
        )
        np.testing.assert_array_equal(
            conv_weight_gradient(x, weight.shape, *given),
            loops.conv_weight_gradient(x, weight.shape, *given),
        )


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_gradients_are_right_up_to_rounding(dtype):
    random = np.random.default_rng(1)
    x, weight, g = (
        random.standard_normal(shape).astype(dtype)
        for shape in ((2, 8, 30, 31), (6, 4, 3, 3), (2, 6, 15, 15))
    )
    parameters = {"stride": 2, "padding": ((1, 0), (0, 0)), "groups": 2}
    # dtype times dtype is exact in one twice as wide.
    wide = np.float64 if dtype != np.float64 else np.longdouble
    wx, ww, wg = x.astype(wide), weight.astype(wide), g.astype(wide)
    actual = conv_weight_gradient(x, weight.shape, g, **parameters)
    assert actual.dtype == dtype
    assert_within_rounding(
        actual,
        conv_weight_gradient(wx, weight.shape, wg, **parameters),
        conv_weight_gradient(abs(wx), weight.shape, abs(wg), **parameters),
        2 * 15 * 15,
    )
    actual = conv_input_gradient(x.shape, weight, g, **parameters)
    assert actual.dtype == dtype
    assert_within_rounding(
        actual,
        conv_input_gradient(x.shape, ww, wg, **parameters),
        conv_input_gradient(x.shape, abs(ww), abs(wg), **parameters),
        3 * 9,
    )


def test_gradients_of_integers_do_not_wrap():
    gradient = conv_weight_gradient(np.full((1, 3), 200, np.uint8), (1, 1), [[200, 200, 200]])
    np.testing.assert_array_equal(gradient, [[120_000]])
    assert gradient.dtype == np.int64


def test_gradients_without_an_image_are_0():
    gradient = conv_weight_gradient(np.ones((0, 2, 5, 5)), (3, 2, 3, 3), np.ones((0, 3, 3, 3)))
    np.testing.assert_array_equal(gradient, np.zeros((3, 2, 3, 3)))
