"""The sizes of any network, one bar a layer."""

from __future__ import annotations

from convlib import Plan
from convlib.network.record import sizes_text
from convlib.scenes.scene import Bars, Scene

__all__ = ["sizes_scene"]


def sizes_scene(plan: Plan) -> Scene:
    """Return the sizes of a network: a bar for each layer, as long as its longest axis.

    Layers that leave cells unread are marked by their colour.

    Examples
    --------
    >>> from convlib import plan
    >>> scene = sizes_scene(plan([{"kind": "MaxPool2d", "kernel_size": 2}] * 2, (350, 525)))
    >>> scene.bars[0].texts
    ('175×262, 1 unread', '87×131, 1 unread')
    """
    sizes = [_as_tuple(record.output_size) for record in plan]
    left = [_as_tuple(record.remainder) for record in plan]
    longest = max((max(size, default=1) for size in sizes), default=1)
    texts = [sizes_text(size) or "1" for size in sizes]
    texts = [
        f"{text}, {'×'.join(map(str, sorted({*unread} - {0})))} unread" if any(unread) else text
        for text, unread in zip(texts, left, strict=True)
    ]
    bars = Bars(
        "sizes",
        "size of what each layer makes",
        tuple(f"{record.name} {record.kind}".strip() for record in plan),
        tuple(texts),
        tuple(max(size, default=1) / longest for size in sizes),
        tuple("blank" if any(unread) else "output" for unread in left),
    )
    last = texts[-1] if texts else "nothing"
    return Scene((), f"{len(plan)} layers; the last one makes {last}.", bars=(bars,))


def _as_tuple(size: int | tuple[int, ...]) -> tuple[int, ...]:
    return size if isinstance(size, tuple) else (size,)
