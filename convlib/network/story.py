"""How two tensors that should meet got their sizes, and where cells were lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from convlib._checks import count
from convlib.network.calls import CONCATENATIONS, JOINS
from convlib.network.record import LayerPlan, sizes_text
from convlib.network.writing import Failure, Trace

__all__ = [
    "Mismatch",
    "changed",
    "chapter_of",
    "explain_failure",
    "lost",
    "mismatch_of",
    "path",
    "undone",
    "way",
]

#: What the cells along the axes are called, by the number of axes.
AXES = {1: ("cells",), 2: ("rows", "columns"), 3: ("planes", "rows", "columns")}


@dataclass(frozen=True)
class Mismatch:
    """Two tensors that a function cannot put together.

    Parameters
    ----------
    numbers
        Of the records that made them; the one that holds the size to meet comes last.
    shapes
        With the batch.
    spatial
        How many of the last dimensions are spatial axes.
    axes
        Those of them that differ; none where the channels do.
    sizes
        Along the spatial axes.
    """

    numbers: tuple[int, int]
    shapes: tuple[tuple[int, ...], tuple[int, ...]]
    spatial: int
    axes: tuple[int, ...]
    sizes: tuple[tuple[int, ...], tuple[int, ...]]


def mismatch_of(trace: Trace) -> Mismatch | None:
    """Return the first two tensors that do not meet, if that is why a forward pass broke."""
    failure = trace.failure
    if failure is None or failure.function not in JOINS or len(failure.tensors) < 2:
        return None
    # The size to meet is that of the tensor that was there first: a skip connection.
    last = min(failure.tensors, key=lambda one: one[1])
    for one in failure.tensors:
        if one is last or len(one[0]) != len(last[0]):
            continue
        spatial = max(0, len(last[0]) - 2)
        sizes = (one[0][2:], last[0][2:])
        along = _joined_dim(failure, len(last[0]))
        axes = tuple(
            axis
            for axis in range(spatial)
            if axis + 2 != along and _apart(failure.function, axis, sizes)
        )
        if axes or (along != 1 and _apart(failure.function, 1, (one[0], last[0]))):
            return Mismatch((one[1], last[1]), (one[0], last[0]), spatial, axes, sizes)
    return None


def _joined_dim(failure: Failure, ndim: int) -> int | None:
    """Return the dimension along which tensors are put one after the other, None for a sum."""
    if failure.function not in CONCATENATIONS:
        return None
    given = failure.named.get("dim", failure.named.get("axis"))
    given = failure.args[1] if given is None and len(failure.args) > 1 else given
    return int(given or 0) % ndim


def _apart(function: str, axis: int, sizes: tuple[tuple[int, ...], tuple[int, ...]]) -> bool:
    one, other = (size[axis] for size in sizes)
    repeats = function not in (*CONCATENATIONS, "stack")
    return one != other and not (repeats and 1 in (one, other))


def path(trace: Trace, number: int) -> list[int]:
    """Return the records from the input to this one, along the longest way."""
    found = []
    while number >= 0:
        found.append(number)
        number = max(trace.made_from[number])
    return found[::-1]


def way(trace: Trace, number: int) -> str:
    """Return how a tensor got its size, layer by layer: those that changed it."""
    records = [trace.records[one] for one in path(trace, number)]
    if not records:
        return f"{trace.name(number)}: as it came in"
    told = [f"{trace.name(number)}: {_size(records[0].input_size)}"]
    for position, record in zip(path(trace, number), records, strict=True):
        if record.input_size != record.output_size:
            told.append(f"{trace.name(position)} {_size(record.output_size)}")
    return " → ".join(told)


def _size(size: int | tuple[int, ...]) -> str:
    return sizes_text(size) if size != () else "a row"


def undone(trace: Trace, mismatch: Mismatch, axis: int) -> Iterator[tuple[int, int]]:
    """Yield the layers that shrink, each with the one that enlarges again to another size."""
    one, other = (path(trace, number) for number in mismatch.numbers)
    for own in ([n for n in one if n not in other], [n for n in other if n not in one]):
        shrank: list[int] = []
        for number in own:
            step = trace.steps[number]
            if step is None or len(step.scale) <= axis:
                continue
            if step.scale[axis] > 1:
                shrank.append(number)
            elif step.scale[axis] < 1 and shrank:
                down = shrank.pop()
                if _at(trace.records[number], axis, "out") != _at(trace.records[down], axis, "in"):
                    yield down, number


def _at(record: LayerPlan, axis: int, side: str) -> int:
    size = record.input_size if side == "in" else record.output_size
    assert isinstance(size, tuple)
    return size[axis]


def lost(trace: Trace, mismatch: Mismatch, axis: int, cells: str) -> Iterator[str]:
    """Yield where cells were lost along an axis, or won, in a learner's words."""
    for down, up in undone(trace, mismatch, axis):
        record, step = trace.records[down], trace.steps[down]
        assert step is not None
        given, made = _at(record, axis, "in"), _at(record, axis, "out")
        scale, left = step.scale[axis], step.remainder[axis]
        why = ""
        if left and given == scale * made + left:
            kept = count(left, cells.removesuffix("s"))
            why = f" ({given} = {scale}·{made} + {left}: {kept} never read)"
        elif left:
            why = f" ({count(left, cells.removesuffix('s'))} at the end never read)"
        gives = _at(trace.records[up], axis, "out")
        yield (
            f"`{trace.name(down)}` makes {made} of {given} {cells}{why}, "
            f"so `{trace.name(up)}` gives {gives}, not {given}"
        )


def changed(trace: Trace, mismatch: Mismatch, axis: int, cells: str) -> Iterator[str]:
    """Yield what changes the size along an axis on one of the two ways alone."""
    one, other = (path(trace, number) for number in mismatch.numbers)
    for own, others in ((one, other), (other, one)):
        for number in own:
            record = trace.records[number]
            if number in others or record.output_size == ():
                continue
            given, made = _at(record, axis, "in"), _at(record, axis, "out")
            if given != made:
                yield f"`{trace.name(number)}` makes {made} of {given} {cells}, on one way alone"


def explain_failure(trace: Trace) -> str:
    """Return where a forward pass broke, and why, in a few sentences."""
    failure = trace.failure
    assert failure is not None
    mismatch = mismatch_of(trace)
    if mismatch is not None:
        why = _explain_mismatch(trace, mismatch)
    elif failure.function == "linear" and failure.tensors:
        why = _explain_features(trace)
    elif failure.function in ("view", "reshape", "unflatten") and failure.tensors:
        shape, maker = failure.tensors[0]
        why = (
            f"{prod(shape[1:])} numbers, {'·'.join(map(str, shape[1:]))} of "
            f"`{trace.name(maker)}`, do not fit the shape that it asks for ({failure.error})"
        )
    elif failure.function.endswith("_norm") and failure.module is not None:
        wanted = getattr(failure.module, "num_features", None)
        why = f"num_features={wanted} but it receives {count(failure.tensors[0][0][1], 'channel')}"
    else:
        why = str(failure.error)
    kind = f" ({failure.kind})" if failure.kind and failure.kind != failure.place else ""
    return f"layer {failure.place}{kind}: {why}"


def chapter_of(trace: Trace) -> str:
    """Return the name of the book's page that explains why a forward pass broke."""
    mismatch = mismatch_of(trace)
    if mismatch is not None and mismatch.axes:
        is_lost = any(True for axis in mismatch.axes for _ in undone(trace, mismatch, axis))
        return "output_padding" if is_lost else "padding"
    failed_on_size = trace.failure is not None and "kernel covers" in str(trace.failure.error)
    return "padding" if failed_on_size else "pytorch"


def _explain_mismatch(trace: Trace, mismatch: Mismatch) -> str:
    names = [f"`{trace.name(one)}`" for one in mismatch.numbers]
    sizes = [sizes_text(shape[1:]) for shape in mismatch.shapes]
    told = [f"{names[0]} gives {sizes[0]} and {names[1]} gives {sizes[1]}"]
    if mismatch.axes:
        axes = AXES[mismatch.spatial]
        differ = " and ".join(
            f"{mismatch.sizes[0][axis]} and {mismatch.sizes[1][axis]} {axes[axis]}"
            for axis in mismatch.axes
        )
        told.append(f"they do not meet: {differ}")
        told += dict.fromkeys(
            one for axis in mismatch.axes for one in lost(trace, mismatch, axis, axes[axis])
        ) or dict.fromkeys(
            one for axis in mismatch.axes for one in changed(trace, mismatch, axis, axes[axis])
        )
    else:
        first, second = (shape[1] for shape in mismatch.shapes)
        told.append(f"they do not meet: {first} and {count(second, 'channel')}")
    return "; ".join(told)


def _explain_features(trace: Trace) -> str:
    failure = trace.failure
    assert failure is not None
    shape, maker = failure.tensors[0]
    wanted = failure.args[1].shape[1]
    made = trace.records[maker] if maker >= 0 else None
    parts = ""
    if made is not None and len(shape) == 2 and isinstance(made.input_size, tuple):
        factors = [*([made.in_channels] if made.in_channels else []), *made.input_size]
        if prod(factors) == shape[-1] and len(factors) > 1:
            parts = f", {'·'.join(map(str, factors))} of `{trace.name(maker)}`"
    return f"in_features={wanted}, but it receives {count(shape[-1], 'number')}{parts}"
