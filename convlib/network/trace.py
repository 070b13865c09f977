"""Running a module without data or memory, and writing down what each layer did.

The module is copied with all its numbers on PyTorch's meta device, where tensors have a shape and
nothing in it. Hooks tell which layer is running, a function mode which functions it calls.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from math import prod
from typing import Any

from convlib.network.calls import (
    JOINS,
    PRODUCTS,
    Call,
    Value,
    base_name,
    layer_of_call,
    result_of,
)
from convlib.network.fields import Cells
from convlib.network.layers import Step, effect
from convlib.network.writing import Failure, Frame, Trace, Writer

__all__ = ["Mend", "run"]

#: What a tracer may change of a call, to try whether that mends a network: it gets the function's
#: name, the place, and the arguments, and returns the arguments to use.
Mend = Callable[[str, str, tuple[Any, ...], dict[str, Any]], tuple[tuple[Any, ...], dict[str, Any]]]


def run(
    model: Any, shapes: Sequence[Sequence[int]], arguments: Sequence[Any] = (),
    named: Mapping[str, Any] | None = None, axes: int = 2, mend: Mend | None = None,
    change: Callable[[Any], None] | None = None,
) -> Trace:  # fmt: skip
    """Return what the forward pass of a module does with inputs of these shapes.

    Parameters
    ----------
    model : nn.Module
        Left as it is.
    shapes
        Of the inputs, with the batch.
    arguments, named
        What else the forward pass takes.
    axes
        Spatial axes of the inputs, where they have as many.
    mend
        See `Mend`.
    change
        Changes the copy before it runs.
    """
    import torch

    for device in ("meta", "cpu"):
        copied = _without_data(model) if device == "meta" else copy.deepcopy(model)
        copied.eval()
        if change is not None:
            change(copied)
        with torch.no_grad(), torch.device(device):
            inputs = [torch.zeros(tuple(shape), dtype=_number_type(model)) for shape in shapes]
            tracer = _Tracer(copied, device, axes, mend)
            trace = tracer.run(inputs, arguments, dict(named or {}))
        if trace.failure is None or not _needs_data(trace.failure.error):
            break
    return trace


def _number_type(model: Any) -> Any:
    """Return the type of the numbers that a module computes with."""
    import torch

    types = (weight.dtype for weight in model.parameters() if weight.is_floating_point())
    return next(types, torch.get_default_dtype())


def _needs_data(error: Exception) -> bool:
    """Tell whether a forward pass asked for numbers in a tensor, which the meta device lacks."""
    return isinstance(error, NotImplementedError) or "meta" in str(error).lower()


def _without_data(model: Any) -> Any:
    """Return a copy of a module whose parameters and buffers have shapes alone."""
    import torch
    from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

    memo: dict[int, Any] = {}
    for module in model.modules():
        kept = (module.__dict__, module._parameters, module._buffers)
        for tensor in (one for group in kept for one in group.values()):
            if not isinstance(tensor, torch.Tensor) or id(tensor) in memo:
                continue
            if isinstance(tensor, UninitializedParameter | UninitializedBuffer):
                uninitialized: Any = type(tensor)
                empty: Any = uninitialized(device="meta", dtype=tensor.dtype)
            else:
                empty = torch.empty_like(tensor.detach(), device="meta")
                if isinstance(tensor, torch.nn.Parameter):
                    empty = torch.nn.Parameter(empty, requires_grad=tensor.requires_grad)
            memo[id(tensor)] = empty
    return copy.deepcopy(model, memo)


class _Tracer:
    """Follows one forward pass."""

    def __init__(self, model: Any, device: str, axes: int, mend: Mend | None) -> None:
        self.model, self.device, self.axes, self.mend = model, device, axes, mend
        self.names = {id(module): name for name, module in model.named_modules()}
        self.writer = Writer()
        self.trace = self.writer.trace
        self.values: dict[int, tuple[Any, Value]] = {}  # kept alive, so that ids stay theirs
        self.places: list[str] = []
        self.frame: Frame | None = None
        self.depth = 0  # of modules within the frame's

    def run(self, inputs: list[Any], arguments: Sequence[Any], named: dict[str, Any]) -> Trace:
        for number, tensor in enumerate(inputs):
            self._know(tensor, self._input_value(tensor, -1 - number))
        try:
            with self._watching():
                out = self.model(*inputs, *arguments, **named)
            self.trace.outputs = [tuple(one.shape) for one in _tensors(out)]
        except Exception as error:
            if self.trace.failure is None:
                place = self.places[-1] if self.places else ""
                self.trace.failure = Failure(place or "the network", "", "", error)
        return self.trace

    @contextmanager
    def _watching(self) -> Iterator[None]:
        from torch.nn.modules import module as modules

        with ExitStack() as stack:
            for hook in (
                modules.register_module_forward_pre_hook(self._enter),
                modules.register_module_forward_hook(self._leave),
            ):
                stack.callback(hook.remove)
            stack.enter_context(_function_mode(self._call))
            yield

    def _input_value(self, tensor: Any, number: int) -> Value:
        axes = min(self.axes or tensor.ndim, max(0, tensor.ndim - 2))
        size = tuple(tensor.shape[tensor.ndim - axes :]) if axes else ()
        return Value(Cells(size), tuple(range(tensor.ndim - axes, tensor.ndim)), number)

    def _know(self, tensor: Any, value: Value) -> None:
        self.values[id(tensor)] = tensor, value

    # Modules

    def _enter(self, module: Any, args: Any) -> None:
        place = self.names.get(id(module), "")
        self.places.append(place)
        if self.frame is not None:
            self.depth += 1
        elif _is_layer(module):
            known = [self.values[id(one)] for one in _tensors(args) if id(one) in self.values]
            self.frame = Frame(place or "0", _kind_of(module), module, known)

    def _leave(self, module: Any, args: Any, out: Any) -> None:
        self.places.pop()
        frame = self.frame
        if frame is None:
            return
        if self.depth:
            self.depth -= 1
            return
        self.frame = None
        results = _tensors(out)
        if not frame.inputs or not results:
            return
        known = [self.values[id(one)] for one in results if id(one) in self.values]
        value = known[0][1] if known else Value(None, (), frame.inputs[0][1].made_by)
        self.writer.write(frame, results[0], value, list(module.parameters()))
        for one in results:
            before = self.values[id(one)][1] if id(one) in self.values else value
            self._know(one, Value(before.cells, before.places, len(self.trace.records) - 1))

    # Functions

    def _call(self, function: Any, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        name = base_name(function)
        place = self._place(name)
        if self.mend is not None:
            args, named = self.mend(name, place, args, named)
        tensors = tuple(
            self.values[id(one)] for one in _tensors((args, named)) if id(one) in self.values
        )
        if not tensors:
            return function(*args, **named)
        call = Call(name, args, named, tensors)
        try:
            found = layer_of_call(call, place)
            step = effect(*found) if found else None
            products, out = self._counted(name, function, args, named)
        except Exception as error:
            self._fail(call, place, error)
            raise
        self._follow(call, out, step, products, place)
        return out

    def _place(self, name: str) -> str:
        if self.frame is not None:
            return self.frame.place
        module = self.places[-1] if self.places else ""
        return f"{module}:{name}" if module else name

    def _counted(
        self, name: str, function: Any, args: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[int, Any]:
        """Run a function; return the multiply-adds of its matrix products, and its result."""
        if name not in PRODUCTS:
            return 0, function(*args, **named)
        from torch.utils.flop_counter import FlopCounterMode

        with FlopCounterMode(display=False) as counter:
            out = function(*args, **named)
        return counter.get_total_flops() // 2, out

    def _fail(self, call: Call, place: str, error: Exception) -> None:
        self.trace.failure = Failure(
            place,
            self.frame.kind if self.frame else call.name,
            call.name,
            error,
            [(tuple(tensor.shape), value.made_by) for tensor, value in call.tensors],
            call.args,
            dict(call.named),
            self.frame.module if self.frame else None,
        )

    def _follow(self, call: Call, out: Any, step: Step | None, products: int, place: str) -> None:
        results = _tensors(out)
        if not results:
            return
        if call.name == "linear":
            products = results[0].numel() * call.args[0].shape[-1]
        elif call.name == "bilinear":  # PyTorch's counter does not know it
            products = results[0].numel() * prod(one.shape[-1] for one in call.args[:2])
        apart = 0.0
        for one in results:
            value, apart = result_of(call, one, step)
            self._know(one, value)
        note = f"branches look {apart:g} cells apart" if apart else ""
        if self.frame is not None:
            self.frame.steps += [step] if step else []
            self.frame.multiply_adds += products
            self.frame.note = self.frame.note or note
            self.frame.inputs = self.frame.inputs or list(call.tensors)
            return
        parameters = [one for one in _tensors((call.args, call.named)) if _is_parameter(one)]
        if self._is_listed(call, results[0], step, parameters):
            frame = Frame(place, call.name, None, list(call.tensors), [], products, note)
            frame.steps += [step] if step else []
            self.writer.write(frame, results[0], self.values[id(results[0])][1], parameters)
            for one in results:
                before = self.values[id(one)][1]
                self._know(one, Value(before.cells, before.places, len(self.trace.records) - 1))

    def _is_listed(self, call: Call, out: Any, step: Step | None, parameters: list[Any]) -> bool:
        """Tell whether a function is worth a record: it counts, joins, or changes sizes."""
        if not out.ndim:  # one number: a loss, or a question about the tensor
            return False
        if step is not None or parameters or call.name in PRODUCTS:
            return True
        _, value = call.tensors[0]
        if len({id(one) for one, _ in call.tensors}) > 1 and call.name in JOINS:
            return True
        after = self.values[id(out)][1]
        if after.cells is None:
            return value.cells is not None
        return after.cells is not value.cells or len(after.places) != len(value.places)


def _tensors(values: Any) -> list[Any]:
    """Return the tensors in nested lists, tuples and dicts, in order."""
    import torch
    from torch.utils import _pytree as pytree

    return [one for one in pytree.tree_leaves(values) if isinstance(one, torch.Tensor)]


def _is_parameter(tensor: Any) -> bool:
    import torch

    return isinstance(tensor, torch.nn.Parameter)


def _own_base(module: Any) -> type | None:
    """Return the class of PyTorch's own that a module is or extends, if that is a layer."""
    import torch

    containers = (torch.nn.Sequential, torch.nn.ModuleList, torch.nn.ModuleDict)
    if isinstance(module, containers) or type(module) is torch.nn.Module:
        return None
    for base in type(module).__mro__:
        if base is torch.nn.Module:
            return None
        if base.__module__.startswith(("torch.nn.modules", "torch.ao.nn")) and not (
            inspect.isabstract(base)
        ):
            return base
    return None


def _is_layer(module: Any) -> bool:
    return _own_base(module) is not None


def _kind_of(module: Any) -> str:
    base = _own_base(module)
    assert base is not None
    return base.__name__


def _function_mode(handle: Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]) -> Any:
    """Return a context in which every function of PyTorch goes through `handle`."""
    from torch.overrides import TorchFunctionMode

    class Mode(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            return handle(func, args, kwargs or {})

    return Mode()
