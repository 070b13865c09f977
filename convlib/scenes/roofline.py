"""Scenes of the roofline: a layer's point under what its machine can do at most."""

from __future__ import annotations

from math import floor, log2

import numpy as np

from convlib.measured import Ceiling, Measurement, ceiling, measurements
from convlib.scenes.scene import Grid, Scene, bars, cell_text, grid

__all__ = ["LAYERS", "PRECISIONS", "bound_by", "find", "roofline_scene"]

PRECISIONS = ("float32", "tf32", "bfloat16")
#: Layers of the tables, by the names that readers see: family, layer, input.
LAYERS = {
    "plain-64-to-128": ("separable", "plain", "64x56x56", "128x56x56"),
    "depthwise-64": ("separable", "depthwise", "64x56x56", "64x56x56"),
    "pointwise-64-to-128": ("separable", "pointwise", "64x56x56", "128x56x56"),
    "both-64-to-128": ("separable", "depthwise+pointwise", "64x56x56", "128x56x56"),
    "plain-512": ("separable", "plain", "512x14x14", "512x14x14"),
    "depthwise-512": ("separable", "depthwise", "512x14x14", "512x14x14"),
    "pointwise-512": ("separable", "pointwise", "512x14x14", "512x14x14"),
    "both-512": ("separable", "depthwise+pointwise", "512x14x14", "512x14x14"),
    "kernel-1": ("kernel size", "1x1", "", ""),
    "kernel-3": ("kernel size", "3x3", "", ""),
    "kernel-7": ("kernel size", "7x7", "", ""),
    "groups-1": ("groups", "groups 1", "", ""),
    "groups-8": ("groups", "groups 8", "", ""),
    "groups-128": ("groups", "groups 128", "", ""),
}
LAYOUTS = ("NCHW", "NHWC")
#: Of the picture's axes: log₂ of operations a byte, and of 10¹² operations a second.
LEFT, RIGHT, LOW, HIGH = -1, 11, -1, 9
#: Ceilings are measured too, so that a layer may come out a little above them.
ABOVE = 1.2


def find(table: tuple[Measurement, ...], layer: str, precision: str, layout: str) -> Measurement:
    """Return the measured forward pass of one of `LAYERS`.

    Raises
    ------
    ValueError
        If there is no such layer, or the table holds no such row.

    Examples
    --------
    >>> find(measurements("H100"), "plain-64-to-128", "bfloat16", "NHWC").milliseconds
    0.1016
    """
    if layer not in LAYERS:
        raise ValueError(f"layer={layer!r} must be one of {', '.join(LAYERS)}")
    family, name, before, after = LAYERS[layer]
    for row in table:
        if (
            (row.family, row.layer, row.precision, row.layout, row.mode)
            == (family, name, precision, layout, "forward")
            and row.input.startswith(before)
            and row.output.startswith(after)
            and row.batch > 1
        ):
            return row
    raise ValueError(f"layer={layer!r} was not measured in {precision}, {layout}")


def roofline_scene(card: str, layer: str, precision: str, layout: str) -> Scene:
    """Return a layer's point under the roof of a card.

    Parameters
    ----------
    card
        Of `convlib.measured.CARDS`.
    layer
        A key of `LAYERS`.
    precision
        Of `PRECISIONS`.
    layout
        ``"NCHW"`` or ``"NHWC"``.

    Returns
    -------
    Scene
        Grid ``"roofline"``: operations a second against operations for each byte, both doubling
        from cell to cell; the roof, and the layer's cell. Bars: what memory and arithmetic would
        allow, and what was measured.

    Examples
    --------
    >>> print(roofline_scene("H100", "depthwise-64", "bfloat16", "NHWC").sentence[:62])
    depthwise-64 in bfloat16, NHWC, on an H100: 4.5 operations for
    """
    table = measurements(card)
    row, roof = find(table, layer, precision, layout), ceiling(table, precision)
    reached = row.teraflops / roof.attainable(row.intensity)
    bound = bound_by(card, layer, precision, layout)
    verdict = f"It is bound by {bound}, and reaches {100 * reached:.0f} % of the roof"
    if reached > ABOVE:
        verdict = (
            f"It runs at {100 * reached:.0f} % of the roof, so the library found the same sums "
            "with fewer products (Winograd or FFT)"
        )
    allowed = {
        "memory allows": roof.terabytes * row.intensity,
        "arithmetic allows": roof.teraflops,
        "measured": row.teraflops,
    }
    shown = {name: min(value, 2 * roof.teraflops) for name, value in allowed.items()}
    chart = bars("rates", "10¹² operations a second", shown, ["input", "kernel", "output"])
    texts = tuple(f"{value:,.1f}" for value in allowed.values())
    return Scene(
        (_roofline(roof, row),),
        f"{layer} in {precision}, {layout}, on an {card}: {row.intensity:.1f} operations for each "
        f"byte, where {roof.ridge:.0f} are needed to keep the arithmetic busy. {verdict}, in "
        f"{row.milliseconds} ms.",
        bars=(
            type(chart)(chart.name, chart.title, chart.labels, texts, chart.lengths, chart.roles),
        ),
        formula=f"intensity = 2 · multiply-adds / bytes = 2 · {row.multiply_adds:,} / "
        f"{row.bytes:,} = {cell_text(row.intensity)}\n"
        f"roof = min({roof.teraflops:.0f}, {roof.terabytes:.2f} · {cell_text(row.intensity)}) = "
        f"{cell_text(roof.attainable(row.intensity))}; measured {cell_text(row.teraflops)}",
        code="python -m benchmarks.hardware  # the same layers on your machine",
    )


def bound_by(card: str, layer: str, precision: str, layout: str) -> str:
    """Return what holds a layer back: ``"memory"`` or ``"arithmetic"``; parameters as above.

    Examples
    --------
    >>> bound_by("H100", "depthwise-64", "bfloat16", "NHWC")
    'memory'
    """
    table = measurements(card)
    row, roof = find(table, layer, precision, layout), ceiling(table, precision)
    return "memory" if row.intensity < roof.ridge else "arithmetic"


def _roofline(roof: Ceiling, row: Measurement) -> Grid:
    columns, rows = range(LEFT, RIGHT + 1), range(HIGH, LOW - 1, -1)
    values = np.full((len(rows) + 1, len(columns) + 1), "", dtype=object)
    roles = np.full(values.shape, "blank", dtype=object)
    here = _bin(row.intensity, LEFT, RIGHT), _bin(row.teraflops, LOW, HIGH)
    for y, height in enumerate(rows):
        values[y, 0] = _power(height)
        for x, column in enumerate(columns, start=1):
            top = _bin(roof.attainable(2.0**column * 2**0.5), LOW, HIGH)
            under = "kernel" if height == top else "input" if height < top else "blank"
            roles[y, x] = "output" if (column, height) == here else under
            values[y, x] = "●" if (column, height) == here else ""
    for x, column in enumerate(columns, start=1):
        values[-1, x] = _power(column)
    return grid("roofline", "10¹² operations a second, over operations a byte", values, roles)


def _bin(value: float, low: int, high: int) -> int:
    return min(max(floor(log2(value)), low), high)


def _power(exponent: int) -> str:
    return "½" if exponent == -1 else str(2**exponent)
