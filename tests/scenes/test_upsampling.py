"""How often stamps reach a cell, as a picture."""

from __future__ import annotations

import numpy as np
import pytest

from convlib import conv_transpose2d
from convlib.scenes.upsampling import overlap_picture


@pytest.mark.parametrize(
    ("kernel_size", "stride", "layers"), [(3, 2, 1), (3, 2, 2), (4, 2, 3), (2, 3, 1), (1, 1, 1)]
)
def test_overlaps_are_those_in_the_middle_of_a_large_plane(kernel_size, stride, layers):
    plane = np.ones((9, 9))
    for _ in range(layers):
        extra = max(stride - kernel_size, 0)
        weight = np.ones((kernel_size, kernel_size))
        plane = conv_transpose2d(plane, weight, stride=stride, output_padding=extra)
    period, side = stride**layers, 3
    middle = len(plane) // 2 // period * period
    part = plane[middle : middle + side, middle : middle + side]
    counts = plane[middle : middle + period, middle : middle + period]
    picture = overlap_picture(kernel_size, stride, layers, side)
    np.testing.assert_allclose(picture, part * 255 / counts.max(), rtol=1e-12)
    assert overlap_picture(kernel_size, stride, layers).shape == (48, 48)
