"""Scenes that the tests of drawings share."""

from __future__ import annotations

import numpy as np

from convlib.draw.stamps import Layer
from convlib.scenes.roles import MARKS, ROLES
from convlib.scenes.scene import Scene, Sweep, grid

KINDS = [f"{role} {mark}".strip() for role in ROLES for mark in ("", *MARKS)]


def small_scene(shift: int = 0, matrix: bool = True) -> Scene:
    """A 1×2 kernel over a 3×4 input: height, width and both steps differ."""
    values = np.arange(12).reshape(3, 4) - 5 + shift
    weights = np.array([[2, -1]])
    output = 2 * values[:, :-1:2] - values[:, 1::2]
    rows = np.zeros((6, 12), dtype=object)
    for step in range(6):
        rows[step, step * 2 : step * 2 + 2] = weights[0]
    written = np.where(rows, rows, "")
    return Scene(
        grids=(
            grid("input", "input 3×4", values, "input"),
            grid("kernel", "kernel 1×2", weights, "kernel"),
            grid("output", "output 3×2", output, "output"),
        ),
        sentence="A 1×2 kernel slides over a 3×4 input.",
        sweep=Sweep(
            "output",
            "input",
            "kernel",
            tuple(((0, row),) for row in range(3)),
            tuple(((0, 2 * column), (1, 2 * column + 1)) for column in range(2)),
        ),
        matrix=grid("matrix", "matrix 6×12", written, np.where(rows, "kernel", "blank"))
        if matrix
        else None,
        formula="⌊(4 − 2) / 2⌋ + 1 = 2",
        code="F.conv2d(input, weight, stride=(1, 2))",
    )


def expected_cells(shown) -> dict:
    return {
        cell: (shown.values[cell[0]][cell[1]], shown.roles[cell[0]][cell[1]])
        for cell in np.ndindex(shown.shape)
    }


def all_kinds_scene() -> Scene:
    return Scene((grid("kinds", "all kinds", [range(len(KINDS))], [KINDS]),), "Every kind of cell.")


def layers(axes) -> list[Layer]:
    return [artist for artist in axes.get_children() if isinstance(artist, Layer)]
