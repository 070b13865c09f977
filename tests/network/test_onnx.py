"""Plans of ONNX files: exported from PyTorch, and made by hand."""

from __future__ import annotations

import warnings

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from convlib import plan
from tests.network.networks import NETWORKS

EXPORTED = (
    "LeNet", "VGG without head", "ResNet body", "Inception block", "GoogLeNet", "DenseNet",
    "MobileNet", "MobileNetV2 block", "U-Net, transposed", "U-Net 3-D", "WaveNet",
    "Style transfer", "Autoencoder", "Sub-pixel", "Pads 1-D", "Pads 3-D", "Pools 1-D",
    "Global mean", "DCGAN generator", "MobileNetV3 gate",
)  # fmt: skip
BatchNorm = torch.nn.modules.batchnorm._BatchNorm
CONVOLVES = ("Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d")


def export(network, path):
    module = network.make().eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter announces its successor
        torch.onnx.export(
            module,
            torch.zeros(1, *network.size),
            str(path),
            dynamo=False,
            do_constant_folding=False,
        )
    return module


@pytest.mark.parametrize("name", EXPORTED)
def test_plan_of_a_file_is_the_plan_of_the_module(name, tmp_path):
    network, path = NETWORKS[name], tmp_path / "network.onnx"
    module = export(network, path)
    ours, theirs = plan(path), plan(module, network.size)
    layers = [
        [(one.input_size, one.output_size, one.in_channels, one.out_channels, one.multiply_adds)
         for one in records if one.kind in (*CONVOLVES, "Conv", "ConvTranspose")]
        for records in (ours, theirs)
    ]  # fmt: skip
    assert layers[0] == layers[1]
    assert ours[-1].receptive_field == theirs[-1].receptive_field
    assert ours[-1].start == theirs[-1].start
    if not any(isinstance(one, BatchNorm) for one in module.modules()):  # else they are folded
        assert sum(one.parameters for one in ours) == sum(one.parameters for one in theirs)


def model_of(node, size, made=None, weight=None):
    """Return a graph of one node."""
    tensors = [] if weight is None else [helper.make_tensor(
        "weight", TensorProto.FLOAT, weight, np.ones(weight, np.float32).ravel())]  # fmt: skip
    graph = helper.make_graph(
        [node],
        "one",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, size)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, made)],
        tensors,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])


@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"])
@pytest.mark.parametrize("op", ["Conv", "ConvTranspose", "MaxPool", "AveragePool"])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_auto_pad_gives_the_sizes_that_onnx_gives(op, auto_pad, stride, tmp_path):
    weighted = op.startswith("Conv")
    given = ["x", "weight"] if weighted else ["x"]
    node = helper.make_node(
        op, given, ["y"], auto_pad=auto_pad, strides=[stride, stride], kernel_shape=[4, 3]
    )
    model = model_of(node, (1, 2, 11, 14), (1, 2, None, None), (2, 2, 4, 3) if weighted else None)
    onnx.save(model, str(tmp_path / "one.onnx"))
    (record,) = plan(str(tmp_path / "one.onnx"))
    dims = onnx.shape_inference.infer_shapes(model).graph.output[0].type.tensor_type.shape.dim
    assert (record.out_channels, *record.output_size) == tuple(dim.dim_value for dim in dims)[1:]


@pytest.mark.parametrize(
    ("auto_pad", "start"), [("SAME_UPPER", (-1, -1)), ("SAME_LOWER", (-2, -1)), ("VALID", (0, 0))]
)
def test_auto_pad_puts_the_odd_cell_at_its_end(auto_pad, start, tmp_path):
    node = helper.make_node("Conv", ["x", "weight"], ["y"], auto_pad=auto_pad)
    model = model_of(node, (1, 1, 11, 14), (1, 1, None, None), (1, 1, 4, 3))
    onnx.save(model, str(tmp_path / "one.onnx"))
    (record,) = plan(tmp_path / "one.onnx")
    assert record.start == start


def test_a_size_that_the_file_leaves_open_must_be_given(tmp_path):
    node = helper.make_node("Conv", ["x", "weight"], ["y"], kernel_shape=[3, 3])
    model = model_of(node, ("batch", 3, "height", "width"), ("batch", 4, None, None), (4, 3, 3, 3))
    path = tmp_path / "open.onnx"
    onnx.save(model, str(path))
    with pytest.raises(ValueError, match="input 'x' leaves height open: give input_size"):
        plan(path)
    (record,) = plan(path, (3, 20, 31))
    assert record.output_size == (18, 29)
    with pytest.raises(ValueError, match="must have 3 values for 'x', without the batch"):
        plan(path, (20, 31))


def test_a_kernel_that_does_not_fit_is_told_as_in_the_book(tmp_path):
    node = helper.make_node("Conv", ["x", "weight"], ["y"], name="deep", kernel_shape=[7, 7])
    model = model_of(node, (1, 1, 5, 9), (1, 1, None, None), (1, 1, 7, 7))
    path = tmp_path / "small.onnx"
    onnx.save(model, str(path))
    text = r"layer deep \(Conv\): kernel covers 7 cells .* but the padded input has 5 along axis 0"
    with pytest.raises(ValueError, match=text):
        plan(path)


def test_branches_that_do_not_meet_are_told(tmp_path):
    pool = helper.make_node(
        "MaxPool", ["x"], ["small"], "pool", kernel_shape=[2, 2], strides=[2, 2]
    )
    add = helper.make_node("Concat", ["x", "small"], ["y"], "join", axis=1)
    model = model_of(add, (1, 1, 8, 8), None)
    model.graph.node.insert(0, pool)
    path = tmp_path / "apart.onnx"
    onnx.save(model, str(path))
    with pytest.raises(ValueError, match=r"layer join .*they do not meet: 4 and 8 rows"):
        plan(path)


def test_what_is_no_model_is_said(tmp_path):
    with pytest.raises(ValueError, match=r"there is no file .*nothing\.onnx"):
        plan(tmp_path / "nothing.onnx")
    (tmp_path / "text.onnx").write_text("not a graph")
    with pytest.raises(ValueError, match=r"text\.onnx is no ONNX model"):
        plan(tmp_path / "text.onnx")
