"""Every shape of a network, worked out before it is built: `plan`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from convlib._checks import count, is_sequence, whole
from convlib.network.chain import plain, plan_chain
from convlib.network.record import LayerPlan, Plan

__all__ = ["Inputs", "as_asked", "inputs_of", "is_module", "plan"]

#: The attributes in which layers hold how many channels, or numbers, they take.
_TAKES = ("in_channels", "in_features", "num_features")
#: The attributes of layers that take rows of numbers, or of indices: recurrent ones, embeddings.
_TAKES_ROWS = ("num_embeddings", "hidden_size", "embed_dim")


def plan(model: Any, input_size: Any = None, *arguments: Any, **named: Any) -> Plan:
    """Return one record per layer: sizes, unused cells, costs, and the way back.

    Parameters
    ----------
    model : nn.Module, or layers in order
        Any module of PyTorch: its forward pass runs once, with tensors that have a shape and no
        data, on a copy without data, in evaluation mode; functions that it calls count as layers.
        Or a chain without PyTorch: dicts with a kind and settings, such as
        ``{"kind": "Conv2d", "kernel_size": 3, "stride": 2}``; channels may be left out there, and
        counts that depend on them are then None. Or the path of an ``.onnx`` file.
    input_size
        (H, W), or (C, H, W), without the batch; an int stands for all axes. For several inputs, a
        list of such tuples. An ``.onnx`` file mostly says it itself.
    *arguments, **named
        What else the forward pass takes, as it is.

    Returns
    -------
    Plan
        A list of `LayerPlan`; printed, it is a table.

    Raises
    ------
    TypeError
        If something is not a layer that `plan` knows, or a setting is of the wrong kind.
    ValueError
        If a layer cannot take what it receives. The error names the layer; `diagnose` says where
        the sizes came from, and what mends it.

    Examples
    --------
    >>> encoder = {"kind": "Conv2d", "kernel_size": 3, "stride": 2, "padding": 1}
    >>> decoder = {**encoder, "kind": "ConvTranspose2d"}
    >>> for layer in plan([encoder, decoder], 6):
    ...     print(layer.kind, layer.input_size, layer.output_size, layer.output_padding)
    Conv2d 6 3 None
    ConvTranspose2d 3 5 1

    References
    ----------
    Araujo, Norris & Sim 2019, for the receptive field.
    """
    if isinstance(model, PathLike) or (isinstance(model, str) and model.endswith(".onnx")):
        from convlib.network.onnx_graph import plan_onnx

        return plan_onnx(Path(model), input_size)
    if input_size is None:
        raise TypeError("input_size is missing: (C, H, W) without the batch, such as (3, 224, 224)")
    if isinstance(model, list | tuple) and model and all(map(is_module, model)):
        model = sys.modules["torch"].nn.Sequential(*model)
    if not is_module(model):
        return plan_chain(model, input_size)
    from convlib.network.story import explain_failure
    from convlib.network.trace import run

    inputs = inputs_of(model, input_size)
    trace = run(model, inputs.shapes, arguments, named, inputs.axes)
    if trace.failure is not None:
        raise ValueError(explain_failure(trace)) from trace.failure.error
    return as_asked(trace.records, input_size)


def as_asked(records: Sequence[LayerPlan], input_size: Any) -> Plan:
    """Return the records with plain numbers, where one number was asked about."""
    if is_sequence(input_size):
        return Plan(records)
    return Plan(_simplified(one) for one in records)


def is_module(model: object) -> bool:
    """Tell whether this is a module of PyTorch, which is then loaded already."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(model, torch.nn.Module)


@dataclass(frozen=True)
class Inputs:
    """The shapes of a network's inputs, batch and channels included, and their spatial axes."""

    shapes: list[tuple[int, ...]]
    axes: int


def inputs_of(model: Any, input_size: Any) -> Inputs:
    """Return the shapes that stand for `input_size`, from what the first layers take.

    Raises
    ------
    TypeError, ValueError
        If it is no size, or has too few or too many axes.
    """
    many = is_sequence(input_size) and len(input_size) and is_sequence(input_size[0])
    sizes = list(input_size) if many else [input_size]
    if isinstance(model, sys.modules["torch"].jit.ScriptModule):
        raise TypeError("model is scripted, which hides its layers: give the module it was made of")
    axes, channels = _first_layer(model)
    if axes is None:  # layers for any number of axes, such as Upsample
        axes = min(len(sizes[0]), 2) if is_sequence(sizes[0]) else 2
    return Inputs([_shape(one, axes, channels) for one in sizes], axes)


def _first_layer(model: Any) -> tuple[int | None, int | None]:
    """Return the spatial axes and the channels that the first layers of a module take.

    None where no layer says.
    """
    axes: int | None = None
    for module in model.modules():
        kinds = (base.__name__ for base in type(module).__mro__)
        named = [int(kind[-2]) for kind in kinds if kind[-2:] in ("1d", "2d", "3d")]
        axes = named[0] if axes is None and named else axes
        takes = [getattr(module, name) for name in _TAKES if hasattr(module, name)]
        if takes:
            if axes is None:
                axes = 0 if hasattr(module, "in_features") else 2
            return axes, takes[0] or None  # a lazy layer holds 0
        if axes is None and any(hasattr(module, name) for name in _TAKES_ROWS):
            return 0, None
    return axes, None


def _shape(size: Any, axes: int, channels: int | None) -> tuple[int, ...]:
    """Return one input's shape, with a batch of one."""
    if not is_sequence(size):
        cells = whole("input_size", size, 1)
        if axes == 0:
            return (1, cells)
        return (1, 1 if channels is None else channels, *(cells,) * axes)
    values = tuple(whole("input_size", cells, 1) for cells in size)
    if len(values) == axes and axes:
        return (1, 1 if channels is None else channels, *values)
    if len(values) == axes + 1 or axes == 0:
        return (1, *values)
    names = {1: "(L,) or (C, L)", 2: "(H, W) or (C, H, W)", 3: "(D, H, W) or (C, D, H, W)"}
    raise ValueError(
        f"input_size={size!r} has {count(len(values), 'value')}; it must be an int, {names[axes]}: "
        "the batch is left out"
    )


def _simplified(record: LayerPlan) -> LayerPlan:
    """Return a record with one number where all axes agree."""
    names = (
        "input_size", "output_size", "remainder", "receptive_field", "jump", "output_padding",
        "start", "centre",
    )  # fmt: skip
    values: Mapping[str, Sequence[Any] | None] = {name: getattr(record, name) for name in names}
    found: dict[str, Any] = {name: plain(value, True) for name, value in values.items() if value}
    return replace(record, **found)
