"""The table of frameworks, Keras' column, run by Keras on PyTorch."""

from __future__ import annotations

import itertools
import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras

from book.exercises.solutions import frameworks
from convlib import conv2d, conv_transpose2d, depthwise_conv2d, tensorflow_same_padding

RANDOM = np.random.default_rng(0)


def numbers(*shape):
    return RANDOM.integers(-4, 5, shape).astype(np.float32)


def last(x):
    return x.transpose(0, 2, 3, 1)


def made(layer, x, kernel):
    """Return what a layer with a kernel makes of maps (N, C, H, W)."""
    layer.build(last(x).shape)
    layer.set_weights([kernel])
    return np.asarray(keras.ops.convert_to_numpy(layer(last(x)))).transpose(0, 3, 1, 2)


@pytest.mark.parametrize("groups", [1, 2])
def test_kernel_is_rows_columns_inputs_outputs(groups):
    x, weight = numbers(2, 4, 7, 8), numbers(6, 4 // groups, 2, 3)
    layer = keras.layers.Conv2D(6, (2, 3), strides=2, groups=groups, use_bias=False)
    expected = conv2d(x, weight, stride=2, groups=groups)
    np.testing.assert_allclose(
        made(layer, x, frameworks.to_keras(weight, groups)), expected, atol=1e-4
    )


def test_depthwise_kernel_keeps_the_multiplier_last():
    x, weight = numbers(1, 3, 6, 7), numbers(6, 1, 3, 2)
    layer = keras.layers.DepthwiseConv2D((3, 2), depth_multiplier=2, use_bias=False)
    np.testing.assert_allclose(
        made(layer, x, frameworks.to_keras(weight, 3)), depthwise_conv2d(x, weight), atol=1e-4
    )


def test_same_is_tensorflows():
    for size, kernel, stride in itertools.product((7, 8, 9), (2, 3, 4), (1, 2, 3)):
        x, weight = numbers(1, 1, size, size), numbers(1, 1, kernel, kernel)
        layer = keras.layers.Conv2D(1, kernel, strides=stride, padding="same", use_bias=False)
        pair = tensorflow_same_padding(size, kernel, stride)
        expected = conv2d(x, weight, stride=stride, padding=[pair, pair])
        np.testing.assert_allclose(
            made(layer, x, frameworks.to_keras(weight, 1)), expected, atol=1e-4
        )


def test_transposed_sizes_are_those_of_the_chapter():
    for size, kernel, stride in itertools.product((4, 5), (2, 3, 4), (2, 3)):
        x = numbers(1, 1, size, size)
        for padding, expected in (
            ("same", size * stride),
            ("valid", (size - 1) * stride + max(kernel, stride)),
        ):
            layer = keras.layers.Conv2DTranspose(1, kernel, strides=stride, padding=padding)
            assert layer(last(x)).shape[1] == expected, (size, kernel, stride, padding)
    for extra, expected in ((0, 8), (1, 9)):
        layer = keras.layers.Conv2DTranspose(1, 4, strides=2, padding="same", output_padding=extra)
        assert layer.compute_output_shape((1, 5, 5, 1))[1] == expected


def test_transposed_kernel_is_rows_columns_outputs_inputs():
    x, weight = numbers(1, 3, 4, 5), numbers(3, 2, 3, 3)
    layer = keras.layers.Conv2DTranspose(2, 3, strides=2, use_bias=False)
    np.testing.assert_allclose(
        made(layer, x, weight.transpose(2, 3, 1, 0)),
        conv_transpose2d(x, weight, stride=2),
        atol=1e-4,
    )
