"""What mends a network whose sizes do not meet: each idea is tried before it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isqrt, lcm, prod
from typing import Any

from convlib._checks import count
from convlib.network.calls import JOINS
from convlib.network.plan import Inputs
from convlib.network.record import sizes_text
from convlib.network.story import explain_failure, mismatch_of, path, undone
from convlib.network.writing import Trace

__all__ = ["Mending", "mendings"]

#: How many layers one kind of mend may touch, and how many sizes are tried.
MOST_LAYERS, MOST_SIZES = 12, 48
#: Runs the forward pass again: with other shapes, a changed copy, or changed calls.
Again = Callable[..., Trace]


@dataclass(frozen=True)
class Mending:
    """One way to mend a network, that was seen to work.

    Parameters
    ----------
    kind
        ``"output_padding"``, ``"padding"``, ``"resize"``, ``"shortcut"``, ``"in_channels"``,
        ``"in_features"``, ``"pool"`` or ``"input_size"``.
    text
        What to do.
    code
        The lines that do it.
    settings
        What it sets: names of layers (or ``"input"``) with their values.
    """

    kind: str
    text: str
    code: str
    settings: dict[str, Any]

    def __str__(self) -> str:
        """Return the text and the code."""
        return f"{self.text}\n       {self.code.replace(chr(10), chr(10) + '       ')}"


def mendings(model: Any, inputs: Inputs, trace: Trace, again: Again) -> Iterator[Mending]:
    """Yield what mends a network, the smallest change first."""
    for idea in (
        _output_padding,
        _padding,
        _resize,
        _shortcut,
        _channels,
        _features,
        _pool,
        _input_size,
    ):
        found = idea(model, inputs, trace, again)
        if found is not None:
            yield found


def _works(trace: Trace) -> bool:
    return trace.failure is None


def _further(before: Trace, after: Trace) -> str | None:
    """Return what is still to mend after a change, "" if nothing is, None if it mends nothing."""
    if after.failure is None:
        return ""
    if len(after.records) <= len(before.records):
        return None
    return f" (then the next fault shows: {explain_failure(after)})"


def _output_padding(model: Any, inputs: Inputs, trace: Trace, again: Again) -> Mending | None:
    """Give transposed layers the output padding that brings back what was rounded down."""
    settings: dict[str, tuple[int, ...]] = {}

    def change(copied: Any) -> None:
        for name, added in settings.items():
            copied.get_submodule(name).output_padding = added

    for _ in range(MOST_LAYERS):
        wanted = _next_output_padding(model, trace)
        if wanted is None or wanted[0] in settings:
            return None
        settings[wanted[0]] = wanted[1]
        trace = again(change=change)
        if _works(trace):
            code = "\n".join(
                f"model.{_python(one)}.output_padding = {added}" for one, added in settings.items()
            )
            layers = "layer" if len(settings) == 1 else "layers"
            text = f"Give the transposed {layers} the output padding for this size:"
            return Mending("output_padding", text, code, dict(settings))
    return None


def _next_output_padding(model: Any, trace: Trace) -> tuple[str, tuple[int, ...]] | None:
    """Return the transposed layer that misses cells where the forward pass broke, and how many."""
    mismatch = mismatch_of(trace)
    if mismatch is None or not mismatch.axes:
        return None
    for axis in mismatch.axes:
        for down, up in undone(trace, mismatch, axis):
            name = trace.records[up].name
            modules = dict(model.named_modules())
            module: Any = modules.get(name)
            given, made = trace.records[down].input_size, trace.records[up].output_size
            if not hasattr(module, "output_padding") or not isinstance(given, tuple):
                continue
            assert isinstance(made, tuple)
            missing = tuple(a - b for a, b in zip(given, made, strict=True))
            now = _per_axis(module.output_padding, len(given))
            added = tuple(a + b for a, b in zip(now, missing, strict=True))
            bounds = zip(
                _per_axis(module.stride, len(given)),
                _per_axis(module.dilation, len(given)),
                strict=True,
            )
            if all(0 <= a < max(pair) for a, pair in zip(added, bounds, strict=True)):
                return name, added
    return None


def _per_axis(value: Any, axes: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,) * axes


def _python(name: str) -> str:
    """Return a module's name as code: ``up.0.conv`` is ``up[0].conv``."""
    first, *parts = name.split(".")
    start = f"get_submodule({first!r})" if first.isdigit() else first
    return start + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts)


def _padding(model: Any, inputs: Inputs, trace: Trace, again: Again) -> Mending | None:
    """Give convolutions of stride 1 that lie on one way alone the padding that keeps a size."""
    mismatch = mismatch_of(trace)
    if mismatch is None or not mismatch.axes:
        return None
    one, other = (set(path(trace, number)) for number in mismatch.numbers)
    modules = dict(model.named_modules())
    settings: dict[str, Any] = {}
    for number in sorted(one ^ other):
        record = trace.records[number]
        module: Any = modules.get(record.name)
        if record.input_size == record.output_size or not hasattr(module, "dilation"):
            continue
        axes = len(record.input_size) if isinstance(record.input_size, tuple) else 1
        covers = [
            by * (cells - 1)
            for by, cells in zip(
                _per_axis(module.dilation, axes), _per_axis(module.kernel_size, axes), strict=True
            )
        ]
        if set(_per_axis(module.stride, axes)) != {1} or any(cells % 2 for cells in covers):
            return None
        half = tuple(cells // 2 for cells in covers)
        settings[record.name] = half[0] if len(set(half)) == 1 else half

    def change(copied: Any) -> None:
        for name, padding in settings.items():
            copied.get_submodule(name).padding = padding

    if not settings or not _works(again(change=change)):
        return None
    code = "\n".join(f"padding={value}  # of `{name}`" for name, value in settings.items())
    return Mending("padding", "Give it the padding that keeps the size:", code, settings)


def _resize(model: Any, inputs: Inputs, trace: Trace, again: Again) -> Mending | None:
    """Bring what was enlarged to the size that it should meet, wherever sizes do not meet."""
    mismatch = mismatch_of(trace)
    if mismatch is None or not mismatch.axes:
        return None
    if len(path(trace, mismatch.numbers[0])) == len(path(trace, mismatch.numbers[1])) == 0:
        return None
    places: dict[str, None] = {}

    def mend(name: str, place: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        changed = _resized(args) if name in JOINS else args
        if changed is not args:
            places[place] = None
        return changed, named

    if not _works(again(mend=mend)):
        return None
    where = " and ".join(f"`{place}`" for place in places)
    first, last = (trace.name(number) for number in mismatch.numbers)
    code = (
        f"x = F.interpolate(x, size=skip.shape[2:])  # x: `{first}`, skip: `{last}`\n"
        "# or, with zeros or a crop in place of a new grid:\n" + _pad_code(mismatch.spatial)
    )
    text = f"Before {where}, bring what was enlarged to the size of the skip connection:"
    return Mending("resize", text, code, dict.fromkeys(places, "skip"))


def _pad_code(axes: int) -> str:
    pairs = ", ".join(f"0, skip.shape[{-one}] - x.shape[{-one}]" for one in range(1, axes + 1))
    return f"x = F.pad(x, ({pairs}))"


def _resized(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the arguments of a join, with its tensors brought to the size of the last one."""
    import torch
    from torch.nn.functional import pad

    many = isinstance(args[0], list | tuple)
    tensors = list(args[0]) if many else list(args)
    shaped = [one for one in tensors if isinstance(one, torch.Tensor) and one.ndim > 2]
    if len(shaped) < 2 or len({one.shape[2:] for one in shaped}) == 1:
        return args
    if not many and any(1 in one.shape[2:] for one in shaped):
        return args  # it is repeated
    wanted = max((one.shape[2:] for one in shaped), key=prod)

    def fit(one: Any) -> Any:
        if not isinstance(one, torch.Tensor) or one.ndim <= 2:
            return one
        missing = [w - h for w, h in zip(wanted, one.shape[2:], strict=True)]
        return pad(one, [cells for after in missing[::-1] for cells in (0, after)])

    fitted = [fit(one) for one in tensors]
    return (fitted, *args[1:]) if many else tuple(fitted)


def _shortcut(model: Any, inputs: Inputs, trace: Trace, again: Again) -> Mending | None:
    """Give a shortcut that nothing shrinks the stride and the channels of the other branch."""
    mismatch = mismatch_of(trace)
    failure = trace.failure
    if mismatch is None or failure is None or failure.function not in ("add", "iadd"):
        return None
    branch, shortcut = mismatch.numbers
    if shortcut not in path(trace, branch) and shortcut >= 0:
        return None
    (made, held), axes = mismatch.shapes, mismatch.spatial
    strides = tuple(-(-h // m) for h, m in zip(held[2:], made[2:], strict=True))
    if any(-(-h // s) != m for h, s, m in zip(held[2:], strides, made[2:], strict=True)):
        return None

    def mend(name: str, place: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        return (_projected(args, held, made, strides) if name in ("add", "iadd") else args), named

    if not _works(again(mend=mend)):
        return None
    stride = strides[0] if len(set(strides)) == 1 else strides
    layer = f"nn.Conv{axes}d({held[1]}, {made[1]}, 1, stride={stride})"
    text = f"Bring the shortcut of `{trace.name(shortcut)}` to the same shape, by a convolution:"
    code = f"shortcut = {layer}  # in __init__, then: x + self.shortcut(skip)"
    return Mending("shortcut", text, code, {failure.place: layer})


def _projected(
    args: tuple[Any, ...], held: tuple[int, ...], made: tuple[int, ...], strides: tuple[int, ...]
) -> tuple[Any, ...]:
    """Return the arguments of a sum, the shortcut with the shape of the other branch."""
    import torch

    shapes = [tuple(one.shape) for one in args if isinstance(one, torch.Tensor)]
    if sorted(shapes) != sorted([held, made]):
        return args
    steps = (slice(None), slice(None), *(slice(None, None, by) for by in strides))

    def project(one: Any) -> Any:
        smaller = one[steps]
        return smaller[:, :1].expand(smaller.shape[0], made[1], *smaller.shape[2:])

    return tuple(project(one) if tuple(one.shape) == held else one for one in args)


def _channels(model: Any, inputs: Inputs, trace: Trace, again: Again) -> Mending | None:
    """Let a convolution or a normalization take the channels that it receives."""
    import torch

    failure = trace.failure
    module = failure.module if failure else None
    names = [one for one in ("in_channels", "num_features") if hasattr(module, one)]
    if failure is None or not names or not failure.tensors:
        return None
    (name,), got = names[:1], failure.tensors[0][0][1]
    wanted = getattr(module, name)
    groups = getattr(module, "groups", 1)
    if got == wanted or got % groups:
        return None

    def change(copied: Any) -> None:
        one = copied.get_submodule(failure.place)
        setattr(one, name, got)
        for key, value in [*one._parameters.items(), *one._buffers.items()]:
            if value is None or not value.ndim:
                continue
            shape = list(value.shape)
            if name == "num_features":
                shape = [got]
            elif key == "weight":
                axis = 0 if "Transpose" in failure.kind else 1
                shape[axis] = got if axis == 0 else got // groups
            empty = torch.empty(shape, dtype=value.dtype)
            kept = torch.nn.Parameter(empty) if key in one._parameters else empty
            (one._parameters if key in one._parameters else one._buffers)[key] = kept

    rest = _further(trace, again(change=change))
    if rest is None:
        return None
    maker = trace.name(failure.tensors[0][1])
    text = f"Let `{failure.place}` take the {count(got, 'channel')} of `{maker}`{rest}:"
    code = f"{name}={got}  # in place of {wanted}, in {failure.kind}(...) of `{failure.place}`"
    return Mending("in_channels", text, code, {failure.place: got})


def _features(model: Any, inputs: Inputs, trace: Trace, again: Again) -> Mending | None:
    """Let a linear layer take the numbers that it receives."""
    import torch

    failure = trace.failure
    if failure is None or not isinstance(failure.module, torch.nn.Linear):
        return None
    got = failure.tensors[0][0][-1]

    def change(copied: Any) -> None:
        one = copied.get_submodule(failure.place)
        one.in_features = got
        one.weight = torch.nn.Parameter(torch.empty(one.out_features, got))

    rest = _further(trace, again(change=change))
    if rest is None:
        return None
    text = f"Let `{failure.place}` take what this input size gives (other sizes then fail){rest}:"
    code = f"nn.Linear({got}, {failure.module.out_features})"
    return Mending("in_features", text, code, {failure.place: got})


def _pool(model: Any, inputs: Inputs, trace: Trace, again: Again) -> Mending | None:
    """Bring every input size to the one that a linear layer wants, before the flattening."""
    from torch.nn import functional

    failure = trace.failure
    if failure is None or failure.function != "linear" or failure.tensors[0][1] < 0:
        return None
    record = trace.records[failure.tensors[0][1]]
    size, channels = record.input_size, record.in_channels
    wanted = failure.args[1].shape[1]
    if record.output_size != () or not isinstance(size, tuple) or not size or not channels:
        return None
    side = isqrt(wanted // channels) if len(size) == 2 else wanted // channels
    if len(size) > 2 or not side or wanted != channels * side ** len(size):
        return None
    pool = getattr(functional, f"adaptive_avg_pool{len(size)}d")

    def mend(name: str, place: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        flattens = place == record.name and args and getattr(args[0], "ndim", 0) == len(size) + 2
        return ((pool(args[0], side), *args[1:]) if flattens else args), named

    if not _works(again(mend=mend)):
        return None
    text = f"Before `{record.name}`, bring any size to {sizes_text((side,) * len(size))}:"
    code = f"nn.AdaptiveAvgPool{len(size)}d({side})"
    return Mending("pool", text, code, {record.name: side})


def _input_size(model: Any, inputs: Inputs, trace: Trace, again: Again) -> Mending | None:
    """Find the next larger input size that works; else the next smaller one."""
    axes = inputs.axes
    shape = inputs.shapes[0]
    if not axes or len(shape) != axes + 2 or len({one[2:] for one in inputs.shapes}) > 1:
        return None
    size = shape[2:]
    for wanted in _sizes(size, trace):
        again_with = again([(*one[:2], *wanted) for one in inputs.shapes])
        if _works(again_with):
            as_large = all(tuple(shape[2:]) == wanted for shape in again_with.outputs)
            return _other_input(size, wanted, as_large)
    return None


def _sizes(size: tuple[int, ...], trace: Trace) -> Iterator[tuple[int, ...]]:
    """Yield input sizes to try, the nearest first: multiples of strides, and all axes alike."""
    jumps = [by for one in trace.records if isinstance(one.jump, tuple) for by in one.jump]
    largest = lcm(*(int(by) for by in jumps if by == int(by) and by >= 1)) if jumps else 1
    multiples = {
        tuple(-(-cells // by) * by for cells in size) for by in (2, 4, 8, 16, 32, 64, largest)
    }
    near = {
        tuple(cells + sign * more for cells in size)
        for more in range(1, MOST_SIZES)
        for sign in (1, -1)
    }

    def change(wanted: tuple[int, ...]) -> tuple[int, bool]:
        by = [w - h for w, h in zip(wanted, size, strict=True)]
        return sum(map(abs, by)), sum(by) < 0  # of two as near, the larger one first

    wanted = sorted((multiples | near) - {size}, key=change)
    yield from (one for one in wanted if min(one) > 0)


def _other_input(size: tuple[int, ...], wanted: tuple[int, ...], as_large: bool) -> Mending:
    """Tell how to get to another input size; `as_large` is the output then too."""
    more = [w - h for w, h in zip(wanted, size, strict=True)]
    pads = ", ".join(f"0, {cells}" for cells in more[::-1])
    if min(more) < 0:
        text = f"Give it {sizes_text(wanted)} in place of {sizes_text(size)}:"
        code = f"x = F.interpolate(x, size={wanted})"
    elif as_large:
        ends = ", ".join([*[":"] * 2, *(f":{cells}" for cells in size)])
        text = f"Pad the input to {sizes_text(wanted)}, and crop what comes out:"
        code = f"x = F.pad(x, ({pads}))\ny = model(x)[{ends}]"
    else:
        text = f"Pad the input to {sizes_text(wanted)}:"
        code = f"x = F.pad(x, ({pads}))"
    return Mending("input_size", text, code, {"input": wanted})
