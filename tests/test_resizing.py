"""Resizing: by hand, against PyTorch, and fast against slow."""

from fractions import Fraction

import numpy as np
import pytest
import torch.nn.functional as F

from convlib import conv_transpose2d, interpolate, loops
from convlib.resizing import positions
from tests.settings import MANY, Draw, tensor


def test_nearest_repeats_cells():
    np.testing.assert_array_equal(
        interpolate([[1, 2], [3, 4]], scale_factor=2),
        [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]],
    )


def test_bilinear_matches_edges_or_centres():
    row = [[0, 30, 60]]
    np.testing.assert_allclose(
        interpolate(row, (1, 6), mode="bilinear"), [[0, 7.5, 22.5, 37.5, 52.5, 60]]
    )
    np.testing.assert_allclose(
        interpolate(row, (1, 5), mode="bilinear", align_corners=True), [[0, 15, 30, 45, 60]]
    )


def test_bilinear_by_2_is_a_transposed_convolution_inside_the_border():
    x = np.arange(25.0).reshape(5, 5) ** 2
    line = np.array([1, 3, 3, 1]) / 4
    stamped = conv_transpose2d(x, np.outer(line, line), stride=2, padding=1)
    resized = interpolate(x, scale_factor=2, mode="bilinear")
    np.testing.assert_allclose(stamped[1:-1, 1:-1], resized[1:-1, 1:-1])
    assert (stamped[0] < resized[0]).any()  # the border's stamps miss a neighbour


def test_bilinear_with_aligned_corners_is_the_other_kernel_on_2i_minus_1():
    x = np.arange(25.0).reshape(5, 5) ** 2
    line = np.array([1, 2, 1]) / 2
    np.testing.assert_allclose(
        conv_transpose2d(x, np.outer(line, line), stride=2, padding=1),
        interpolate(x, 9, mode="bilinear", align_corners=True),
    )


def test_positions_are_exact():
    assert positions(3, 3) == (0, 1, 2)
    assert positions(2, 3, align_corners=True) == (0, Fraction(1, 2), 1)


@pytest.mark.parametrize("count", MANY)
def test_interpolate_equals_pytorch_on_random_settings(count):
    draw = Draw("interpolate")
    for _ in range(count):
        x = draw.array(*draw.axes(2, 1, 2), *draw.axes(2, 1, 9))
        size = draw.axes(2, 1, 12)
        mode = draw.choice(["nearest", "nearest-exact", "bilinear"])
        aligned = mode == "bilinear" and draw.random() < 0.5
        given = {"size": size, "mode": mode}
        if draw.random() < 0.3:
            # Factors that floats hold exactly; of others PyTorch rounds the reciprocal.
            factor = draw.choice([0.5, 1, 2, 4])
            if min(x.shape[-2:]) * factor >= 1:
                given = {"scale_factor": factor, "mode": mode}
        actual = interpolate(x, **given, align_corners=aligned)
        expected = F.interpolate(tensor(x), **given, align_corners=aligned or None).numpy()
        assert actual.shape == expected.shape, given
        if mode == "bilinear":
            np.testing.assert_allclose(actual, expected, atol=1e-13, err_msg=str(given))
        else:
            np.testing.assert_array_equal(actual, expected, err_msg=str(given))


@pytest.mark.parametrize("seed", range(30))
def test_interpolate_equals_its_slow_twin(seed):
    draw = Draw(f"slow interpolate {seed}")
    x, size = draw.array(1, 2, *draw.axes(2, 1, 6)), draw.axes(2, 1, 8)
    for mode, aligned in (
        ("nearest", False),
        ("nearest-exact", False),
        ("bilinear", False),
        ("bilinear", True),
    ):
        np.testing.assert_allclose(
            interpolate(x, size, mode=mode, align_corners=aligned),
            loops.interpolate(x, size, mode, aligned),
            atol=1e-12,
        )


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_interpolate_keeps_floating_types(dtype):
    x = np.ones((2, 2), dtype)
    assert interpolate(x, 3).dtype == interpolate(x, 3, mode="bilinear").dtype == dtype
    assert interpolate(np.ones((2, 2), np.uint8), 3).dtype == np.int64
    assert interpolate(np.ones((2, 2), int), 3, mode="bilinear").dtype == np.float64
