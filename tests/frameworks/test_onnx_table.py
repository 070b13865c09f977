"""The table of frameworks, ONNX's column, run by ONNX's own reference."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from book.exercises.solutions import frameworks
from convlib import conv2d, conv_transpose2d, tensorflow_same_padding

RANDOM = np.random.default_rng(0)


def numbers(*shape):
    return RANDOM.integers(-4, 5, shape).astype(np.float32)


def run(kind, x, weight, **attributes):
    """Return what one node of ONNX makes of arrays."""
    node = helper.make_node(kind, ["x", "w"], ["y"], **attributes)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape)
        for name, array in (("x", x), ("w", weight))
    ]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([node], "one", inputs, [output])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    return ReferenceEvaluator(model).run(None, {"x": x, "w": weight})[0]


def test_weight_has_pytorchs_layout_and_pads_list_begins_then_ends():
    x, weight = numbers(2, 4, 7, 9), numbers(6, 2, 2, 3)
    made = run("Conv", x, weight, strides=[2, 1], pads=[1, 3, 2, 4], group=2)
    padded = F.pad(torch.tensor(x), (3, 4, 1, 2))
    expected = F.conv2d(padded, torch.tensor(weight), stride=(2, 1), groups=2)
    np.testing.assert_allclose(made, expected, atol=1e-4)


@pytest.mark.parametrize("word", ["SAME_UPPER", "SAME_LOWER"])
def test_same_puts_the_odd_cell_where_the_table_says(word):
    for size, kernel, stride in itertools.product((7, 8, 9), (2, 3, 4), (1, 2, 3)):
        pairs = [tensorflow_same_padding(n, kernel, stride) for n in (size, size + 1)]
        if word == "SAME_LOWER":
            pairs = [pair[::-1] for pair in pairs]
        x, weight = numbers(1, 1, size, size + 1), numbers(1, 1, kernel, kernel)
        pads = frameworks.onnx_same(
            (size, size + 1), (kernel,) * 2, (stride,) * 2, word == "SAME_LOWER"
        )
        assert pads == [pair[end] for end in (0, 1) for pair in pairs]
        made = run("Conv", x, weight, strides=[stride] * 2, pads=pads)
        np.testing.assert_allclose(made, conv2d(x, weight, stride=stride, padding=pairs), atol=1e-4)


def test_transposed_weight_is_pytorchs_and_output_padding_too():
    x, weight = numbers(1, 3, 4, 5), numbers(3, 2, 3, 2)
    settings = {"strides": [2, 3], "pads": [1, 0, 1, 0], "output_padding": [1, 2]}
    made = run("ConvTranspose", x, weight, **settings)
    expected = conv_transpose2d(x, weight, None, (2, 3), (1, 0), (1, 2))
    np.testing.assert_allclose(made, expected, atol=1e-4)
