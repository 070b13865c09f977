"""The live form against the idiomatic way: `interact` and `plt.subplots` for each change.

Both sides start from the same scene and end with a PNG of the same figure, at the same size and
resolution. The idiomatic side is what one writes to get it: a `Rectangle` and a `text` for each
cell, since cells differ in line and hatch, and `pcolormesh` for the matrix. It draws a little
less: no rounded corners, and no dots in skipped cells.
"""

from __future__ import annotations

import time
from dataclasses import replace
from statistics import median
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
from IPython.core.pylabtools import print_figure
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch, Rectangle

from convlib.draw.layout import layout
from convlib.draw.looks import ROLE_LOOKS
from convlib.draw.picture import SCALE, ScenePicture
from convlib.matrix import conv_matrix
from convlib.scenes.convolution import convolution_scene
from convlib.scenes.roles import ROLES
from convlib.scenes.scene import Grid, Scene, grid

UPDATE_BUDGET, STEP_BUDGET = 12, 35
ROUNDS = 15


def matrix_scene(shift: int) -> Scene:
    """Return a scene of 161 numbers and a 36×100 matrix, with other numbers for each shift."""
    input = (np.arange(64).reshape(8, 8) * 7 + shift) % 9 + 1
    weight = (np.arange(25).reshape(5, 5) * 3 + shift) % 7 + 1
    return _with_matrix(convolution_scene(input, weight, padding=1), weight)


def largest_stride_scene(shift: int) -> Scene:
    """Return the stride explorer's state of most cells, with other numbers for each shift."""
    input = (np.arange(64).reshape(8, 8) * 7 + shift) % 9 + 1
    return convolution_scene(input, np.array([[1 + shift]]), padding=2)


def _with_matrix(scene: Scene, weight: np.ndarray) -> Scene:
    matrix = conv_matrix(weight, scene["input"].shape)
    texts = np.where(matrix, matrix.astype(int).astype(str), "")
    roles = np.where(matrix, "kernel", "blank")
    shown = grid("matrix", "matrix {}×{}".format(*matrix.shape), texts, roles)
    return replace(scene, matrix=shown)


def idiomatic_png(scene: Scene, step: tuple[int, int] | None, size: tuple[int, int]) -> bytes:
    """Return the picture as the inline backend sends it: saved with a tight box, and closed."""
    figure = idiomatic_figure(scene, step, size)
    png = print_figure(figure, "png")
    plt.close(figure)
    return png


def idiomatic_figure(scene: Scene, step: tuple[int, int] | None, size: tuple[int, int]):
    """Return the picture as a function under `interact` draws it: a new figure for each change.

    `size` is (width, height) in CSS pixels.
    """
    figure, axes = plt.subplots(
        2 if scene.matrix else 1,
        len(scene.grids),
        figsize=(size[0] / 96, size[1] / 96),
        dpi=96 * SCALE,
        squeeze=False,
    )
    lit = scene.lit(step)
    for ax, shown in zip(axes[0], scene.grids, strict=True):
        _frame(ax, shown)
        for row, column in np.ndindex(shown.shape):
            ax.add_patch(_cell(shown.roles[row][column], row, column))
            text = shown.values[row][column]
            ax.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=9)
        for row, column in lit.get(shown.name, ()):
            ax.add_patch(Rectangle((column, row), 1, 1, fill=False, edgecolor="red", linewidth=2))
    if scene.matrix:
        for ax in axes[1]:
            ax.remove()
        _draw_matrix(figure.add_subplot(2, 1, 2), scene, step)
    look = ROLE_LOOKS["padding"]
    sample = Patch(fc=look.fill[0], ec=look.edge[0], linestyle="--", label=ROLES["padding"])
    figure.legend(handles=[sample], loc="lower right", frameon=False)
    figure.text(0.02, 0.06, scene.formula)
    if step:
        figure.text(0.02, 0.02, fill(scene.step_text(*step), 100))
    return figure


def _cell(roles: str, row: int, column: int) -> Rectangle:
    role, *marks = roles.split()
    look = ROLE_LOOKS[role]
    return Rectangle(
        (column, row),
        1,
        1,
        facecolor=look.fill[0],
        edgecolor=look.edge[0],
        linestyle="--" if look.dash else "-",
        linewidth=24 * look.width,
        hatch="///" if "unused" in marks else None,
    )


def _draw_matrix(ax, scene: Scene, step: tuple[int, int] | None):
    _frame(ax, scene.matrix)
    kernel = [[role == "kernel" for role in row] for row in scene.matrix.roles]
    colours = ListedColormap(["white", ROLE_LOOKS["kernel"].fill[0]])
    ax.pcolormesh(kernel, cmap=colours, edgecolors="lightgrey", linewidth=0.3)
    if step:
        row, width = step[0] * scene.sweep.shape[1] + step[1], scene.matrix.shape[1]
        ax.add_patch(Rectangle((0, row), width, 1, fill=False, edgecolor="red", linewidth=2))


def _frame(ax, shown: Grid):
    ax.set(xlim=(0, shown.shape[1]), ylim=(shown.shape[0], 0), aspect="equal", title=shown.title)
    ax.set_xticks([])
    ax.set_yticks([])


def compared(make) -> tuple[float, float, float, float]:
    """Return median seconds: an update and a step, each the idiomatic way and ours.

    All four are timed in every round, so that a busy machine slows them alike.
    """
    scenes = [make(shift) for shift in range(2)]
    assert not _same_texts(*scenes)
    size = layout(scenes[0]).width, layout(scenes[0]).height
    picture, times = ScenePicture(scenes[0]), []
    for number in range(ROUNDS + 1):
        scene = scenes[number % 2]
        step = divmod(number % np.prod(scene.sweep.shape), scene.sweep.shape[1])

        def update(scene=scene):
            picture.update(scene)
            return picture.png()

        def move(step=step):
            picture.show_step(step)
            return picture.png()

        times.append(
            (
                _seconds(lambda scene=scene: idiomatic_png(scene, None, size)),
                _seconds(update),
                _seconds(lambda scene=scene, step=step: idiomatic_png(scene, step, size)),
                _seconds(move),
            )
        )
    return tuple(map(median, zip(*times[1:], strict=True)))  # the first round fills caches


def _same_texts(one: Scene, other: Scene) -> bool:
    """Return whether any number is the same in both; the zeros that padding makes have to be."""
    return any(
        before == after != "0"
        for first, second in zip(one.grids, other.grids, strict=True)
        for rows in zip(first.values, second.values, strict=True)
        for before, after in zip(*rows, strict=True)
    )


def _seconds(action) -> float:
    # of the processor: the clock on the wall would count what else this machine does
    start = time.process_time()
    png = action()
    assert png.startswith(b"\x89PNG")
    return time.process_time() - start


def main() -> bool:
    """Print the table; return whether both budgets are kept for both pictures."""
    plt.switch_backend("agg")
    kept = True
    print(f"{'picture':34} {'action':8} {'idiomatic':>10} {'live':>9} {'faster':>8} {'budget':>7}")
    for name, make in (
        ("161 numbers and a 36×100 matrix", matrix_scene),
        ("largest state of the stride explorer", largest_stride_scene),
    ):
        slow_update, update, slow_step, step = compared(make)
        for action, slow, fast, budget in (
            ("update", slow_update, update, UPDATE_BUDGET),
            ("step", slow_step, step, STEP_BUDGET),
        ):
            kept &= slow / fast >= budget
            print(
                f"{name:36} {action:8} {1000 * slow:7.0f} ms {1000 * fast:6.1f} ms "
                f"{slow / fast:7.1f}x {budget:6}x"
            )
    return bool(kept)


if __name__ == "__main__":
    raise SystemExit(not main())
