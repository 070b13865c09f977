"""The plan of a network that was exported to ONNX, read from its graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from convlib._checks import is_sequence, whole
from convlib.arithmetic import tensorflow_same_padding
from convlib.network.calls import JOINS, Call, Value, result_of
from convlib.network.fields import Cells
from convlib.network.layers import Step, effect, layer_of
from convlib.network.record import Plan
from convlib.network.story import explain_failure, mismatch_of
from convlib.network.writing import Failure, Frame, Writer

__all__ = ["plan_onnx"]

#: What ONNX's operators are called in PyTorch, as far as cells are concerned.
_FUNCTIONS = {
    "Abs": "abs",
    "Add": "add",
    "BatchNormalization": "batch_norm",
    "Clip": "clamp",
    "Concat": "cat",
    "Div": "div",
    "Dropout": "dropout",
    "Elu": "elu",
    "Erf": "erf",
    "Exp": "exp",
    "Flatten": "flatten",
    "Gelu": "gelu",
    "Gemm": "linear",
    "GlobalAveragePool": "mean",
    "GlobalLpPool": "norm",
    "GlobalMaxPool": "amax",
    "GroupNormalization": "group_norm",
    "HardSigmoid": "hardsigmoid",
    "HardSwish": "hardswish",
    "Identity": "identity",
    "InstanceNormalization": "instance_norm",
    "LRN": "local_response_norm",
    "LeakyRelu": "leaky_relu",
    "Log": "log",
    "LogSoftmax": "log_softmax",
    "MatMul": "matmul",
    "Max": "maximum",
    "Min": "minimum",
    "Mul": "mul",
    "Neg": "neg",
    "PRelu": "prelu",
    "Pow": "pow",
    "ReduceMax": "amax",
    "ReduceMean": "mean",
    "ReduceSum": "sum",
    "Relu": "relu",
    "Reshape": "reshape",
    "Sigmoid": "sigmoid",
    "Sign": "sign",
    "Softmax": "softmax",
    "Softplus": "softplus",
    "Split": "split",
    "Sqrt": "sqrt",
    "Squeeze": "squeeze",
    "Sub": "sub",
    "Sum": "add",
    "Tanh": "tanh",
    "Transpose": "permute",
    "Unsqueeze": "unsqueeze",
}
_WINDOWED = {
    "Conv": "Conv", "ConvTranspose": "ConvTranspose", "MaxPool": "MaxPool",
    "AveragePool": "AvgPool", "LpPool": "LPPool",
}  # fmt: skip


#: Operators whose constants are parameters.
_LEARNS = frozenset(
    {"Add", "BatchNormalization", "Conv", "ConvTranspose", "Gemm", "GroupNormalization",
     "InstanceNormalization", "LayerNormalization", "MatMul", "Mul", "PRelu"}
)  # fmt: skip


@dataclass(eq=False)
class _Tensor:
    """A tensor of the graph: its shape, and what it holds, where that is known."""

    shape: tuple[int, ...]
    numbers: Any = None

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def numel(self) -> int:
        return prod(self.shape)

    def element_size(self) -> int:
        return 4 if self.numbers is None else int(self.numbers.dtype.itemsize)


def plan_onnx(path: str | Path, input_size: Any = None) -> Plan:
    """Return the plan of the network in a file; see `convlib.plan`.

    Parameters
    ----------
    path
        Of the ``.onnx`` file. Its weights may lie elsewhere: they are not read.
    input_size
        (C, H, W), where the file leaves it open.

    Raises
    ------
    ImportError
        If the package onnx is not installed.
    ValueError
        If a size is open, the file is none of ONNX's, or sizes do not meet.
    """
    reader = _Reader(_load(path, input_size))
    for node in reader.graph.node:
        reader.read(node)
    return Plan(reader.writer.trace.records)


def _load(path: str | Path, input_size: Any) -> Any:
    """Return the model, with whole numbers for the sizes of its inputs."""
    try:
        import onnx
    except ImportError as error:
        raise ImportError("plans of .onnx files need the package onnx: pip install onnx") from error
    if not Path(path).is_file():
        raise ValueError(f"there is no file {path}")
    try:
        model = onnx.load(str(path), load_external_data=False)
    except Exception as error:
        raise ValueError(f"{path} is no ONNX model ({error})") from error
    held = {one.name for one in model.graph.initializer}
    inputs = [one for one in model.graph.input if one.name not in held]
    _settle(inputs, input_size)
    return model


def _settle(inputs: Sequence[Any], input_size: Any) -> None:
    """Give the graph's inputs whole numbers for sizes; the batch is one."""
    many = is_sequence(input_size) and len(input_size) and is_sequence(input_size[0])
    sizes = list(input_size) if many else [input_size] * len(inputs)
    for one, size in zip(inputs, sizes, strict=True):
        dims = one.type.tensor_type.shape.dim
        values = None if size is None else [whole("input_size", n, 1) for n in size]
        if values is not None and len(values) != len(dims) - 1:
            raise ValueError(
                f"input_size={size!r} must have {len(dims) - 1} values for {one.name!r}, "
                "without the batch"
            )
        for place, dim in enumerate(dims):
            if place == 0:
                dim.dim_value = 1
            elif values is not None:
                dim.dim_value = values[place - 1]
            elif dim.dim_value < 1:
                raise ValueError(
                    f"input {one.name!r} leaves {dim.dim_param or 'a size'} open: give input_size"
                )


class _Reader:
    """Goes through the graph, node by node, in the order in which they run."""

    def __init__(self, model: Any) -> None:
        from onnx import numpy_helper

        self.graph = model.graph
        self.opset: dict[str, int] = {one.domain: one.version for one in model.opset_import}
        self.writer = Writer()
        self.tensors: dict[str, _Tensor] = {}
        self.values: dict[str, Value] = {}
        for one in self.graph.initializer:
            external = one.data_location == one.EXTERNAL
            self.tensors[one.name] = _Tensor(
                tuple(one.dims), None if external else numpy_helper.to_array(one)
            )
        inputs = [one for one in self.graph.input if one.name not in self._weights()]
        for number, one in enumerate(inputs):
            shape = tuple(dim.dim_value for dim in one.type.tensor_type.shape.dim)
            self.tensors[one.name] = _Tensor(shape)
            places = tuple(range(2, len(shape)))
            self.values[one.name] = Value(Cells(shape[2:]), places, -1 - number)

    def _weights(self) -> set[str]:
        return {one.name for one in self.graph.initializer}

    def read(self, node: Any) -> None:
        """Follow one node, and write it down if it is worth it."""
        from onnx import helper

        if self._evaluate(node):
            return
        given = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        known = [(self.tensors[n], self.values[n]) for n in node.input if n in self.values]
        if not known:
            raise ValueError(f"{node.op_type} {node.name}: what it is given is not in the file")
        name = node.name or node.output[0]
        step = self._step(node, given, known[0][0], name)
        out = self._made(node, given, known, step, name)
        call = self._call(node, given, known)
        value, apart = result_of(call, out, step)
        weights = self._learned(node)
        if step or weights or value.cells is not known[0][1].cells or len(known) > 1:
            note = f"branches look {apart:g} cells apart" if apart else ""
            frame = Frame(name, node.op_type, None, known, [step] if step else [], note=note)
            frame.multiply_adds = self._products(node, known[0][0], out)
            self.writer.write(frame, out, value, weights)
            value = Value(value.cells, value.places, len(self.writer.trace.records) - 1)
        for one in node.output:
            if one in self.tensors:
                self.values[one] = value

    def _learned(self, node: Any) -> list[_Tensor]:
        """Return what a node learns: not its settings, nor the statistics of a normalization."""
        if node.op_type not in _LEARNS:
            return []
        names = node.input[1:3] if node.op_type == "BatchNormalization" else node.input
        return [self.tensors[name] for name in names if name in self._weights()]

    def _made(
        self, node: Any, given: Mapping[str, Any], known: list[tuple[_Tensor, Value]],
        step: Step | None, name: str,
    ) -> _Tensor:  # fmt: skip
        """Return what a node makes."""
        if step is not None:
            shape = known[0][0].shape
            channels = shape[1] if step.out_channels is None else step.out_channels
            made = _Tensor((shape[0], channels, *step.output_size))
            self.tensors[node.output[0]] = made
            return made
        function = _FUNCTIONS.get(node.op_type, "")
        if function in JOINS and len({tensor.shape for tensor, _ in known}) > 1:
            tensors = [(tensor.shape, value.made_by) for tensor, value in known]
            named = {"dim": given.get("axis", 0)}
            failure = Failure(name, node.op_type, function, ValueError(), tensors, (), named)
            self.writer.trace.failure = failure
            if mismatch_of(self.writer.trace) is not None:
                raise ValueError(explain_failure(self.writer.trace))
            self.writer.trace.failure = None
        self._infer(node, name)
        return self.tensors[node.output[0]]

    def _evaluate(self, node: Any) -> bool:
        """Work out a node that says how large something is: all that it is given is known."""
        from onnx import reference

        given: dict[str, Any]
        if node.op_type == "Shape":
            given = {node.input[0]: np.empty(self.tensors[node.input[0]].shape)}
        else:
            names = [name for name in node.input if name]
            if any(name in self.values or self.tensors[name].numbers is None for name in names):
                return False
            given = {name: self.tensors[name].numbers for name in names}
        version = self.opset.get(node.domain, 1)
        made = reference.ReferenceEvaluator(node, opsets={node.domain: version}).run(None, given)
        for name, numbers in zip(node.output, made, strict=False):
            self.tensors[name] = _Tensor(tuple(np.shape(numbers)), np.asarray(numbers))
        return True

    def _infer(self, node: Any, name: str) -> None:
        """Find the shapes that a node makes, as the standard has them."""
        from onnx import defs, helper, numpy_helper, shape_inference

        schema = defs.get_schema(node.op_type, self.opset.get(node.domain, 1), node.domain)
        types, data = {}, {}
        for one in (one for one in node.input if one):
            tensor = self.tensors[one]
            kind = np.float32 if tensor.numbers is None else tensor.numbers.dtype
            of_onnx = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
            types[one] = helper.make_tensor_type_proto(of_onnx, tensor.shape)
            if tensor.numbers is not None:
                data[one] = numpy_helper.from_array(tensor.numbers, one)
        try:
            made = shape_inference.infer_node_outputs(schema, node, types, data)
        except Exception as error:
            raise ValueError(f"layer {name} ({node.op_type}): {error}") from error
        for one, found in made.items():
            shape = tuple(dim.dim_value for dim in found.tensor_type.shape.dim)
            self.tensors[one] = _Tensor(shape)

    def _step(self, node: Any, given: Mapping[str, Any], tensor: _Tensor, name: str) -> Step | None:
        settings = self._settings(node, given, tensor)
        if settings is None:
            return None
        layer = layer_of(settings, name)
        try:
            return effect(layer, tensor.shape[2:], tensor.shape[1])
        except (TypeError, ValueError) as error:
            raise type(error)(f"layer {name} ({node.op_type}): {error}") from error

    def _settings(
        self, node: Any, given: Mapping[str, Any], tensor: _Tensor
    ) -> dict[str, Any] | None:
        """Return the settings of the layer that a node stands for; None if it is none."""
        axes = tensor.ndim - 2
        if node.op_type in _WINDOWED:
            weight = self.tensors[node.input[1]].shape if len(node.input) > 1 else ()
            return _window_settings(node, given, tensor.shape[2:], weight)
        if node.op_type == "Pad":
            pads = list(given.get("pads", ())) or self._numbers(node, 1)
            half = len(pads) // 2
            pairs = list(zip(pads[:half], pads[half:], strict=True))[-axes:]
            padding = [int(cells) for pair in pairs[::-1] for cells in pair]
            return {"kind": f"ConstantPad{axes}d", "padding": padding}
        if node.op_type in ("Resize", "Upsample"):
            linear = ("linear", "bilinear", "trilinear")[axes - 1]
            modes = {b"linear": linear, b"cubic": "bicubic"}
            mode = modes.get(given.get("mode", b"nearest"), "nearest")
            corners = given.get("coordinate_transformation_mode", b"") == b"align_corners"
            self._infer(node, node.name)
            size = self.tensors[node.output[0]].shape[2:]
            return {"kind": "Upsample", "size": size, "mode": mode, "align_corners": corners}
        if node.op_type == "DepthToSpace":
            return {"kind": "PixelShuffle", "upscale_factor": given["blocksize"]}
        if node.op_type == "SpaceToDepth":
            return {"kind": "PixelUnshuffle", "downscale_factor": given["blocksize"]}
        return None

    def _numbers(self, node: Any, place: int) -> list[int]:
        """Return the whole numbers that an input of a node holds."""
        tensor = self.tensors.get(node.input[place]) if len(node.input) > place else None
        return [] if tensor is None or tensor.numbers is None else tensor.numbers.ravel().tolist()

    def _call(
        self, node: Any, given: Mapping[str, Any], known: list[tuple[_Tensor, Value]]
    ) -> Call:
        """Return the call of PyTorch that does the same to the cells."""
        tensor = known[0][0]
        named: dict[str, Any] = {}
        dims = list(given.get("axes", ())) or self._numbers(node, 1)
        if node.op_type.startswith("Global"):
            named = {"dim": list(range(2, tensor.ndim)), "keepdim": True}
        elif node.op_type.startswith("Reduce"):
            named = {"dim": dims or None, "keepdim": bool(given.get("keepdims", 1))}
        elif node.op_type in ("Concat", "Softmax", "LogSoftmax"):
            named = {"dim": given.get("axis", -1)}
        elif node.op_type == "Transpose":
            named = {"dims": given.get("perm", range(tensor.ndim)[::-1])}
        elif node.op_type == "Squeeze":
            named = {"dim": dims or None}
        elif node.op_type == "Unsqueeze" and len(dims) == 1:
            named = {"dim": dims[0]}
        elif node.op_type == "Split":
            named = {"dim": given.get("axis", 0)}
        elif node.op_type == "Slice":
            return Call("getitem", (tensor, self._slices(node, tensor)), {}, tuple(known))
        name = _FUNCTIONS.get(node.op_type, node.op_type)
        is_weighted = node.op_type == "MatMul" and node.input[1] in self._weights()
        return Call("linear" if is_weighted else name, (tensor,), named, tuple(known))

    def _slices(self, node: Any, tensor: _Tensor) -> tuple[slice, ...]:
        """Return what a Slice takes, dimension by dimension."""
        starts, ends, axes, steps = (self._numbers(node, place) for place in range(1, 5))
        index = [slice(None)] * tensor.ndim
        for place, (begin, end) in enumerate(zip(starts, ends, strict=True)):
            axis = axes[place] if axes else place
            index[axis] = slice(begin, end, steps[place] if steps else None)
        return tuple(index)

    def _products(self, node: Any, tensor: _Tensor, out: _Tensor) -> int:
        """Return the multiply-adds of a matrix product."""
        return out.numel() * tensor.shape[-1] if node.op_type in ("Gemm", "MatMul") else 0


def _window_settings(
    node: Any, given: Mapping[str, Any], size: Sequence[int], weight: Sequence[int]
) -> dict[str, Any]:
    """Return the settings of a convolution or a pooling, its padding in numbers."""
    axes = len(size)
    kernel_size = tuple(given.get("kernel_shape", weight[2:]))
    stride = tuple(given.get("strides", (1,) * axes))
    dilation = tuple(given.get("dilations", (1,) * axes))
    pads = list(given.get("pads", (0,) * 2 * axes))
    padding = tuple(zip(pads[:axes], pads[axes:], strict=True))
    settings: dict[str, Any] = {
        "kind": f"{_WINDOWED[node.op_type]}{axes}d",
        "kernel_size": kernel_size,
        "stride": stride,
    }
    if node.op_type != "AveragePool" and node.op_type != "LpPool":
        settings["dilation"] = dilation
    auto = given.get("auto_pad", b"NOTSET").decode()
    if node.op_type == "ConvTranspose":
        padding, added = _transposed_padding(given, size, kernel_size, stride, dilation, padding)
        settings["output_padding"] = added
    elif auto in ("SAME_UPPER", "SAME_LOWER"):
        lower = -1 if auto == "SAME_LOWER" else 1
        padding = tuple(
            tensorflow_same_padding(*axis)[::lower]
            for axis in zip(size, kernel_size, stride, dilation, strict=True)
        )
    elif auto == "VALID":
        padding = ((0, 0),) * axes
    settings["padding"] = padding
    if node.op_type in ("Conv", "ConvTranspose"):
        groups = given.get("group", 1)
        first, second = weight[:2]
        channels = (second * groups, first) if node.op_type == "Conv" else (first, second * groups)
        bias = len(node.input) > 2 and bool(node.input[2])
        more = {"in_channels": channels[0], "out_channels": channels[1]}
        return {**settings, **more, "groups": groups, "bias": bias}
    return {**settings, "ceil_mode": bool(given.get("ceil_mode", 0))}


def _transposed_padding(
    given: Mapping[str, Any], size: Iterable[int], kernel_size: Sequence[int],
    stride: Sequence[int], dilation: Sequence[int], padding: Sequence[tuple[int, int]],
) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:  # fmt: skip
    """Return what a transposed convolution crops, and its output padding."""
    added = tuple(given.get("output_padding", (0,) * len(kernel_size)))
    wanted = given.get("output_shape", ())
    auto = given.get("auto_pad", b"NOTSET").decode()
    if not wanted and auto in ("SAME_UPPER", "SAME_LOWER"):
        wanted = [cells * step for cells, step in zip(size, stride, strict=True)]
    if not wanted:
        return tuple(padding), added
    pairs = []
    for axis, cells in enumerate(size):
        covers = dilation[axis] * (kernel_size[axis] - 1) + 1
        whole_size = stride[axis] * (cells - 1) + added[axis] + covers
        total = max(0, whole_size - list(wanted)[-len(kernel_size) :][axis])
        pair = (total // 2, total - total // 2)
        pairs.append(pair if auto == "SAME_UPPER" else pair[::-1])
    return tuple(pairs), added
