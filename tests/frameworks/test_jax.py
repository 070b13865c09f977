"""The table of frameworks, JAX's column, run by JAX on the processor."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax

from convlib import conv1d, conv2d, conv_transpose2d, rotate180, tensorflow_same_padding

RANDOM = np.random.default_rng(0)


def numbers(*shape):
    return RANDOM.integers(-4, 5, shape).astype(np.float32)


def test_layer_is_pytorchs_layout_and_does_not_flip():
    x, weight = numbers(2, 4, 7, 8), numbers(6, 2, 2, 3)
    made = lax.conv_general_dilated(
        x, weight, (2, 1), [(1, 2), (3, 4)], rhs_dilation=(2, 1), feature_group_count=2
    )
    expected = conv2d(x, weight, None, (2, 1), [(1, 2), (3, 4)], (2, 1), 2)
    np.testing.assert_allclose(made, expected, atol=1e-4)


def test_same_is_tensorflows():
    x, weight = numbers(1, 1, 8, 9), numbers(1, 1, 3, 4)
    made = lax.conv_general_dilated(x, weight, (2, 2), "SAME")
    pairs = [tensorflow_same_padding(n, k, 2) for n, k in ((8, 3), (9, 4))]
    np.testing.assert_allclose(made, conv2d(x, weight, stride=2, padding=pairs), atol=1e-4)


def test_convolve_flips():
    row, taps = numbers(9), numbers(3)
    made = jnp.convolve(row, taps, mode="valid")
    np.testing.assert_allclose(made, conv1d(row, taps[::-1]), atol=1e-4)


def test_conv_transpose_flips_only_when_asked():
    x, weight = numbers(1, 1, 4, 5), numbers(1, 1, 3, 3)
    layout = {"dimension_numbers": ("NCHW", "OIHW", "NCHW")}
    stamps = lax.conv_transpose(x, weight, (2, 2), "VALID", transpose_kernel=True, **layout)
    slides = lax.conv_transpose(x, weight, (2, 2), "VALID", **layout)
    np.testing.assert_allclose(stamps, conv_transpose2d(x, weight, stride=2), atol=1e-4)
    np.testing.assert_allclose(slides, conv_transpose2d(x, rotate180(weight), stride=2), atol=1e-4)
