"""The plan of any network: a table, and one bar a layer."""

from __future__ import annotations

from typing import Any

from convlib import Plan
from convlib.network.diagnosis import diagnose
from convlib.network.record import LayerPlan, sizes_text
from convlib.scenes.scene import Bars, Grid, Scene, grid

__all__ = ["network_scene", "sizes_scene"]

#: How many rows a picture has room for; then layers that keep shape and learn nothing are left out.
MOST_ROWS = 60


def network_scene(model: Any, input_size: Any, chart: str = "output-size") -> Scene:
    """Return the plan of any module of PyTorch.

    Parameters
    ----------
    model : nn.Module
    input_size
        As `convlib.plan` takes it.
    chart : default "output-size"
        What the bars show: ``"output-size"``, ``"receptive-field"``, ``"parameters"`` or
        ``"multiply-adds"``.

    Returns
    -------
    Scene
        A table and bars, of the layers that ran; with the error, if it did not come through.
    """
    found = diagnose(model, input_size)
    plan = Plan(_worth_a_row(found.plan))
    scene = sizes_scene(plan, chart)
    if found.works:
        return Scene((_table(plan),), scene.sentence, bars=scene.bars)
    return Scene((_table(plan),), f"No plan: {found.what}.", error=found.what)


def sizes_scene(plan: Plan, chart: str = "output-size") -> Scene:
    """Return one bar for each layer of a plan, as long as its longest axis.

    Layers that leave cells unread are marked by their colour.

    Examples
    --------
    >>> from convlib import plan
    >>> scene = sizes_scene(plan([{"kind": "MaxPool2d", "kernel_size": 2}] * 2, (350, 525)))
    >>> scene.bars[0].texts
    ('175×262, 1 unread', '87×131, 1 unread')
    """
    shown = [_shown(record, chart) for record in plan]
    longest = max((length for _, length in shown), default=1) or 1
    bars = Bars(
        "chart",
        f"{chart.replace('-', ' ')} of each layer",
        tuple(f"{record.name} {record.kind}".strip() for record in plan),
        tuple(text for text, _ in shown),
        tuple(length / longest for _, length in shown),
        tuple("blank" if _unread(record) else "output" for record in plan),
    )
    last = sizes_text(plan[-1].output_size) if plan else "nothing"
    sentence = f"{len(plan)} layers; the last one makes {last or '1 place'}."
    return Scene((), sentence, bars=(bars,))


def _shown(record: LayerPlan, chart: str) -> tuple[str, float]:
    """Return the text and the length of a bar."""
    value = getattr(record, chart.replace("-", "_"))
    if chart == "output-size":
        text = sizes_text(value) or "1"
        unread = _unread(record)
        return f"{text}, {unread} unread" if unread else text, _largest(value)
    if value is None:
        return "?", 0
    return (sizes_text(value) if isinstance(value, tuple) else f"{value:,}"), _largest(value)


def _largest(value: int | tuple[int, ...]) -> int:
    return max(value, default=1) if isinstance(value, tuple) else value


def _unread(record: LayerPlan) -> str:
    """Return how many cells a layer leaves unread, ``""`` for none."""
    left = record.remainder if isinstance(record.remainder, tuple) else (record.remainder,)
    return "×".join(map(str, sorted({*left} - {0})))


def _worth_a_row(plan: Plan) -> list[LayerPlan]:
    """Return the records, without those that change nothing where there are too many."""
    if len(plan) <= MOST_ROWS:
        return list(plan)
    kept = [
        one
        for one in plan
        if one.multiply_adds or one.input_size != one.output_size or len(one.inputs) > 1
    ]
    return kept if len(kept) <= MOST_ROWS else kept[: MOST_ROWS // 2] + kept[-MOST_ROWS // 2 :]


def _table(plan: Plan) -> Grid:
    values: list[list[object]] = [["layer", "in", "out", "r", "RF"]]
    roles = [["blank"] * 5]
    for record in plan:
        unread = _unread(record)
        field = "?" if record.receptive_field is None else sizes_text(record.receptive_field)
        values.append(
            [
                record.name,
                sizes_text(record.input_size) or "1",
                sizes_text(record.output_size) or "1",
                unread,
                field,
            ]
        )
        first = "input unused" if unread else "blank"
        roles.append(["blank", "input", "output", first, "blank"])
    return grid("plan", "sizes, layer by layer", values, roles)
