"""What PyTorch's functions do to the cells of the tensors that they are given.

`result_of` tells of one call which cells of the result depend on which of the arguments. What
it does not know keeps its shape, and is not followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from convlib._types import Size
from convlib.fast import Index
from convlib.network.fields import Cells, offset, seeing_all
from convlib.network.layers import Layer, Step, layer_of

__all__ = [
    "CONCATENATIONS",
    "JOINS",
    "PRODUCTS",
    "Call",
    "Value",
    "base_name",
    "layer_of_call",
    "result_of",
]


@dataclass(eq=False)
class Value:
    """What is known of a tensor.

    Parameters
    ----------
    cells
        Its cells; None where they are not followed.
    places
        Which of its dimensions are their axes; none after a flattening.
    made_by
        Number of the record that made it; −1 and below are inputs.
    """

    cells: Cells | None
    places: tuple[int, ...]
    made_by: int


@dataclass(frozen=True)
class Call:
    """One call of a function.

    Parameters
    ----------
    name
        Its own, without the underscore of the form that works in place.
    tensors
        Those arguments whose values are known, in order.
    """

    name: str
    args: tuple[Any, ...]
    named: Mapping[str, Any]
    tensors: tuple[tuple[Any, Value], ...]

    def bound(self, names: Sequence[str]) -> dict[str, Any]:
        """Return the arguments after the first by name."""
        return dict(zip(names, self.args[1:], strict=False)) | dict(self.named)

    def argument(self, name: str, position: int, default: Any = None) -> Any:
        """Return one argument."""
        if len(self.args) > position:
            return self.args[position]
        return self.named.get(name, default)


_POOL = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
_RESIZE = ("size", "scale_factor", "mode", "align_corners")
#: The arguments after the first, as the functions of PyTorch have them, of those that are layers.
_ARGUMENTS = {
    "conv": ("weight", "bias", "stride", "padding", "dilation", "groups"),
    "conv_transpose": (
        "weight", "bias", "stride", "padding", "output_padding", "groups", "dilation"
    ),
    "max_pool": _POOL,
    "avg_pool": ("kernel_size", "stride", "padding", "ceil_mode"),
    "lp_pool": ("norm_type", "kernel_size", "stride", "ceil_mode"),
    "adaptive_avg_pool": ("output_size",),
    "adaptive_max_pool": ("output_size",),
    "interpolate": _RESIZE,
    "pixel_shuffle": ("upscale_factor",),
    "pixel_unshuffle": ("downscale_factor",),
    "pad": ("padding", "mode"),
}  # fmt: skip
#: What these are called as layers.
_KINDS = {
    "conv": "Conv",
    "conv_transpose": "ConvTranspose",
    "max_pool": "MaxPool",
    "avg_pool": "AvgPool",
    "lp_pool": "LPPool",
    "adaptive_avg_pool": "AdaptiveAvgPool",
    "adaptive_max_pool": "AdaptiveMaxPool",
    "interpolate": "Upsample",
    "pixel_shuffle": "PixelShuffle",
    "pixel_unshuffle": "PixelUnshuffle",
}
_PADS = {
    "constant": "ConstantPad",
    "reflect": "ReflectionPad",
    "replicate": "ReplicationPad",
    "circular": "CircularPad",
}
#: Functions that put tensors one after the other.
CONCATENATIONS = frozenset({"cat", "concat", "concatenate"})
#: Functions that put tensors together, whose sizes must meet.
JOINS = CONCATENATIONS | {"stack", "add", "sub", "mul", "div", "iadd", "maximum", "minimum"}
#: Functions whose products are counted as they run.
PRODUCTS = frozenset(
    {"matmul", "bmm", "mm", "addmm", "baddbmm", "einsum", "scaled_dot_product_attention",
     "multi_head_attention_forward", "lstm", "gru", "rnn_tanh"}
)  # fmt: skip
#: Functions that treat every cell by itself. Statistics of a normalization are, as usual, not
#: counted as seeing.
# fmt: off
_CELL_BY_CELL = frozenset({
    "abs", "add", "addcdiv", "addcmul", "alpha_dropout", "batch_norm", "bfloat16",
    "bitwise_and", "ceil", "celu", "clamp", "clip", "clone", "contiguous", "cos", "cpu", "cuda",
    "detach", "div", "double", "dropout", "dropout1d", "dropout2d", "dropout3d", "elu", "erf",
    "exp", "feature_alpha_dropout", "float", "floor", "floor_divide", "gelu", "group_norm",
    "half", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "iadd", "identity", "imul",
    "instance_norm", "isub", "itruediv", "layer_norm", "leaky_relu", "lerp",
    "local_response_norm", "log", "log1p", "log_sigmoid", "logsigmoid", "masked_fill",
    "maximum", "minimum", "mish", "mul", "multiply", "neg", "normalize", "pow", "prelu", "radd",
    "reciprocal", "relu", "relu6", "requires_grad", "rms_norm", "rmul", "round", "rrelu",
    "rsqrt", "rsub", "rtruediv", "selu", "sigmoid", "sign", "silu", "sin", "softplus",
    "softshrink", "softsign", "sqrt", "square", "sub", "subtract", "tanh", "tanhshrink",
    "threshold", "to", "true_divide", "truediv", "type", "type_as", "where", "zero",
})
# fmt: on
_MEANS = frozenset({"mean", "sum", "amax", "amin", "max", "min", "std", "var", "norm", "prod"})
_RESHAPES = frozenset({"flatten", "reshape", "view", "unflatten", "view_as", "reshape_as"})


def base_name(function: Any) -> str:
    """Return the name under which this module knows a function."""
    name = str(getattr(function, "__name__", function)).strip("_")
    return name.removesuffix("_with_indices")


def layer_of_call(call: Call, place: str) -> tuple[Layer, Size, int | None] | None:
    """Return the layer that a call stands for, and the size and channels that it receives."""
    family = call.name[:-2] if call.name[-2:] in ("1d", "2d", "3d") else call.name
    if family not in _ARGUMENTS or not call.tensors:
        return None
    tensor, value = call.tensors[0]
    given = call.bound(_ARGUMENTS[family])
    axes = int(call.name[-2]) if family != call.name else len(value.places) or tensor.ndim - 2
    if family == "pad":
        axes = max(axes, -(-len(given.get("padding", given.get("pad", ()))) // 2))
    settings = _settings(family, given)
    kind = f"{_kind(family, given)}{axes}d" if family in _NAMED_BY_AXES else _KINDS[family]
    if axes < 1 or tensor.ndim < axes:
        return None
    channels = tensor.shape[-axes - 1] if tensor.ndim > axes else 1
    layer = layer_of({"kind": kind, **settings}, place)
    return layer, tuple(tensor.shape[-axes:]), channels


_NAMED_BY_AXES = frozenset(_ARGUMENTS) - {"interpolate", "pixel_shuffle", "pixel_unshuffle"}


def _kind(family: str, given: Mapping[str, Any]) -> str:
    return _PADS[given.get("mode") or "constant"] if family == "pad" else _KINDS[family]


def _settings(family: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of the layer that a call stands for."""
    if family in ("conv", "conv_transpose"):
        shape, groups = tuple(given["weight"].shape), given.get("groups", 1)
        first, second = shape[:2]
        channels = (second * groups, first) if family == "conv" else (first, second * groups)
        kept = {name: given[name] for name in _ARGUMENTS[family][2:] if name in given}
        return {
            **kept,
            "in_channels": channels[0],
            "out_channels": channels[1],
            "kernel_size": shape[2:],
            "bias": given.get("bias") is not None,
        }
    if family == "pad":
        return {"padding": list(given.get("padding", given.get("pad", ())))}
    names = [name for name in _ARGUMENTS[family] if name != "norm_type"]
    return {name: given[name] for name in names if given.get(name) is not None}


def result_of(call: Call, out: Any, step: Step | None) -> tuple[Value, float]:
    """Return what is known of the result of a call, and how far apart joined branches look."""
    made_by = call.tensors[0][1].made_by
    unknown = Value(None, tuple(range(2, out.ndim)), made_by)
    if any(value.cells is None for _, value in call.tensors):
        return unknown, 0.0
    if step is not None:
        return _after_layer(call, out, step) or unknown, 0.0
    if call.name in CONCATENATIONS or call.name in _CELL_BY_CELL:
        return _joined(call, out, unknown)
    found = None
    for names, follow in _FOLLOWED:
        if call.name in names:
            found = follow(call, out)
            break
    return found or unknown, 0.0


def _after_layer(call: Call, out: Any, step: Step) -> Value | None:
    tensor, value = call.tensors[0]
    cells, axes = value.cells, len(step.output_size)
    places = tuple(range(tensor.ndim - axes, tensor.ndim))
    if cells is None or value.places != places or tuple(out.shape[-axes:]) != step.output_size:
        return None
    jump = tuple(a * b for a, b in zip(cells.jump, step.scale, strict=True))
    return Value(Cells(step.output_size, ((cells, step.back),), jump), places, value.made_by)


def _joined(call: Call, out: Any, unknown: Value) -> tuple[Value, float]:
    """Return the union of what the tensors see, cell by cell."""
    places = None
    sources: list[Cells] = []
    for tensor, value in call.tensors:
        shifted = tuple(place + out.ndim - tensor.ndim for place in value.places)
        places = shifted if places is None or not places else places
        if shifted and shifted != places:
            return unknown, 0.0
        if value.cells is not None and value.cells not in sources:
            sources.append(value.cells)
    places = places or ()
    if call.name in CONCATENATIONS:
        dim = call.argument("dim", 1, call.named.get("axis", 0)) % out.ndim
        if dim in places:
            return unknown, 0.0
    made_by = call.tensors[0][1].made_by
    if len(sources) == 1:
        return Value(sources[0], places, made_by), 0.0
    if len({len(cells.size) for cells in sources}) > 1:
        return unknown, 0.0
    size = tuple(max(sizes) for sizes in zip(*(one.size for one in sources), strict=True))
    finest = max(sources, key=lambda one: one.size)
    cells = Cells(size, tuple((one, _spread(one.size, size)) for one in sources), finest.jump)
    full = [one for one in sources if one.size == size and min(one.jump) > 0]
    apart = max((max(map(abs, offset(full[0], one)), default=0.0) for one in full[1:]), default=0.0)
    return Value(cells, places, made_by), apart


def _spread(size: Size, wanted: Size) -> Callable[[int, Index, Index], tuple[Index, Index]]:
    """Return how cells go back where an axis of one cell is repeated."""

    def back(axis: int, first: Index, last: Index) -> tuple[Index, Index]:
        if size[axis] == wanted[axis]:
            return first, last
        return np.zeros_like(first), np.zeros_like(last)

    return back


def _dims(given: Any, ndim: int) -> list[int]:
    if given is None:
        return list(range(ndim))
    many = given if isinstance(given, Iterable) else (given,)
    return [int(dim) % ndim for dim in many]


def _mean(call: Call, out: Any) -> Value | None:
    tensor, value = call.tensors[0]
    dims = _dims(call.argument("dim", 1, call.named.get("axis")), tensor.ndim)
    keep = bool(call.argument("keepdim", 2, False))
    over = [axis for axis, place in enumerate(value.places) if place in dims]
    assert value.cells is not None
    if not over and value.places:  # a mean over channels
        lost = [] if keep else dims
        places = tuple(place - sum(dim < place for dim in lost) for place in value.places)
        return Value(value.cells, places, value.made_by)
    size = tuple(1 if axis in over else n for axis, n in enumerate(value.cells.size))
    if len(over) < len(value.places):
        return None
    places = value.places if keep else ()
    return Value(seeing_all(value.cells, size), places, value.made_by)


def _reshape(call: Call, out: Any) -> Value | None:
    """Follow a reshape that keeps the spatial axes at the end, or flattens them all."""
    tensor, value = call.tensors[0]
    cells, axes = value.cells, len(value.places)
    assert cells is not None
    if not axes:
        return Value(cells, (), value.made_by)
    at_end = value.places == tuple(range(tensor.ndim - axes, tensor.ndim))
    if at_end and out.ndim > axes and tuple(out.shape[-axes:]) == tuple(tensor.shape[-axes:]):
        return Value(cells, tuple(range(out.ndim - axes, out.ndim)), value.made_by)
    if out.ndim == 2 and out.shape[0] == tensor.shape[0]:
        return Value(seeing_all(cells, (1,) * axes), (), value.made_by)
    return None


def _permuted(call: Call, out: Any) -> Value | None:
    tensor, value = call.tensors[0]
    order = list(range(tensor.ndim))
    if call.name == "permute":
        given = call.args[1:] or (call.named["dims"],)
        order = _dims(given[0] if isinstance(given[0], Iterable) else given, tensor.ndim)
    else:
        one, other = (int(dim) % tensor.ndim for dim in (*call.args[1:], *call.named.values()))
        order[one], order[other] = order[other], order[one]
    moved = tuple(order.index(place) for place in value.places)
    # Axes that change places are another kind of picture.
    return Value(value.cells, moved, value.made_by) if sorted(moved) == list(moved) else None


def _squeezed(call: Call, out: Any) -> Value | None:
    tensor, value = call.tensors[0]
    if call.name == "unsqueeze":
        dim = int(call.argument("dim", 1)) % out.ndim
        places = tuple(place + (place >= dim) for place in value.places)
        return Value(value.cells, places, value.made_by)
    gone = _dims(call.argument("dim", 1), tensor.ndim)
    gone = [dim for dim in gone if tensor.shape[dim] == 1]
    if set(value.places) & set(gone):
        return Value(value.cells, (), value.made_by) if {*value.places} <= {*gone} else None
    places = tuple(place - sum(dim < place for dim in gone) for place in value.places)
    return Value(value.cells, places, value.made_by)


def _split(call: Call, out: Any) -> Value | None:
    tensor, value = call.tensors[0]
    dim = int(call.argument("dim", 2, 0)) % tensor.ndim
    return None if dim in value.places else Value(value.cells, value.places, value.made_by)


def _linear(call: Call, out: Any) -> Value | None:
    tensor, value = call.tensors[0]
    if tensor.ndim - 1 not in value.places:
        return Value(value.cells, value.places, value.made_by)
    return None


def _softmax(call: Call, out: Any) -> Value | None:
    tensor, value = call.tensors[0]
    dim = call.argument("dim", 1)
    if dim is not None and int(dim) % tensor.ndim not in value.places:
        return Value(value.cells, value.places, value.made_by)
    return None


def _sliced(call: Call, out: Any) -> Value | None:
    """Follow ``x[:, 1:, ::2]``: ints and slices."""
    tensor, value = call.tensors[0]
    index = call.args[1] if isinstance(call.args[1], tuple) else (call.args[1],)
    if any(not isinstance(one, slice | int) and one is not Ellipsis for one in index):
        return None
    if Ellipsis in index:
        at = index.index(Ellipsis)
        missing = tensor.ndim - len(index) + 1
        index = (*index[:at], *[slice(None)] * missing, *index[at + 1 :])
    index = (*index, *[slice(None)] * (tensor.ndim - len(index)))
    if any(isinstance(index[place], int) for place in value.places):
        return None
    ranges = [range(*index[place].indices(tensor.shape[place])) for place in value.places]
    places = tuple(p - sum(isinstance(one, int) for one in index[:p]) for p in value.places)
    return _picked(value, ranges, places)


def _picked(value: Value, ranges: list[range], places: tuple[int, ...]) -> Value:
    """Return the value of the cells that ranges take along the axes."""
    cells = value.cells
    assert cells is not None
    if all(one == range(size) for one, size in zip(ranges, cells.size, strict=True)):
        return Value(cells, places, value.made_by)

    def back(axis: int, first: Index, last: Index) -> tuple[Index, Index]:
        one = ranges[axis]
        return first * one.step + one.start, last * one.step + one.start

    jump = tuple(Fraction(one.step) * by for one, by in zip(ranges, cells.jump, strict=True))
    return Value(Cells(tuple(map(len, ranges)), ((cells, back),), jump), places, value.made_by)


def _narrowed(call: Call, out: Any) -> Value | None:
    tensor, value = call.tensors[0]
    dim = int(call.argument("dim", 1)) % tensor.ndim
    begin, length = int(call.argument("start", 2)), int(call.argument("length", 3))
    ranges = [
        range(begin, begin + length) if place == dim else range(tensor.shape[place])
        for place in value.places
    ]
    return _picked(value, ranges, value.places)


def _kept(call: Call, out: Any) -> Value | None:
    """Follow a function that mixes channels alone."""
    _, value = call.tensors[0]
    return Value(value.cells, value.places, value.made_by)


_FOLLOWED: tuple[tuple[frozenset[str], Callable[[Call, Any], Value | None]], ...] = (
    (_MEANS, _mean),
    (_RESHAPES, _reshape),
    (frozenset({"permute", "transpose", "swapaxes"}), _permuted),
    (frozenset({"squeeze", "unsqueeze"}), _squeezed),
    (frozenset({"chunk", "split", "tensor_split"}), _split),
    (frozenset({"linear"}), _linear),
    (frozenset({"softmax", "log_softmax", "glu"}), _softmax),
    (frozenset({"getitem"}), _sliced),
    (frozenset({"narrow"}), _narrowed),
    (frozenset({"channel_shuffle", "native_channel_shuffle"}), _kept),
)
