"""Scenes of shifts: a signal and the same signal moved, through one layer with a stride."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from convlib._types import Array
from convlib.operations import conv1d
from convlib.pooling import avg_pool1d, max_pool1d
from convlib.scenes.convolution import listed
from convlib.scenes.scene import Grid, Scene, cell_text, grid

__all__ = [
    "BLURS",
    "KINDS",
    "example_signal",
    "layer_on_a_ring",
    "moved_row",
    "shift_error",
    "shift_test_scene",
]

#: What may come before the stride, by its name: a blur of so many taps.
BLURS = {"none": (1,), "3-taps": (1, 2, 1), "5-taps": (1, 4, 6, 4, 1)}
#: Layers, by the names that readers see.
KINDS = ("convolution", "max-pooling", "average-pooling")
EDGE = (1, 0, -1)
WINDOW = 2


def example_signal() -> Array:
    """Return the row that the pictures use, int64 of shape (16,): a step, a spike, a slope.

    Examples
    --------
    >>> example_signal()
    array([0, 0, 0, 6, 6, 6, 6, 0, 0, 9, 0, 0, 1, 3, 5, 7])
    """
    return np.array([0, 0, 0, 6, 6, 6, 6, 0, 0, 9, 0, 0, 1, 3, 5, 7])


def layer_on_a_ring(signal: ArrayLike, kind: str, stride: int, blur: str = "none") -> Array:
    """Return what a layer makes of a row whose end meets its beginning, float64.

    The layer moves cell by cell, then blurs, then keeps every s-th cell: without a blur that is the
    layer with a stride.

    Parameters
    ----------
    signal : shape (n,)
    kind
        Of `KINDS`: a convolution with the kernel 1, 0, −1, or a pooling of 2 cells.
    stride
        In cells; it divides n.
    blur
        A key of `BLURS`.

    Examples
    --------
    >>> layer_on_a_ring([0, 0, 4, 0], "max-pooling", 2)
    array([0., 4.])
    """
    cells = np.asarray(signal, float)
    if kind == "convolution":
        dense = conv1d(np.pad(cells, 1, "wrap"), EDGE)
    else:
        pool = max_pool1d if kind == "max-pooling" else avg_pool1d
        dense = pool(np.pad(cells, (0, WINDOW - 1), "wrap"), WINDOW, 1)
    taps = np.array(BLURS[blur], float)
    blurred = conv1d(np.pad(dense, len(taps) // 2, "wrap"), taps / taps.sum())
    return blurred[::stride]


def moved_row(row: ArrayLike, by: float) -> Array:
    """Return a ring of cells moved to the right; between two cells it is mixed of both.

    Examples
    --------
    >>> moved_row([0, 4, 0, 0], 1), moved_row([0, 4, 0, 0], 0.5)
    (array([0., 0., 4., 0.]), array([0., 2., 2., 0.]))
    """
    cells, whole = np.asarray(row, float), int(np.floor(by))
    near, far = np.roll(cells, whole), np.roll(cells, whole + 1)
    mixed: Array = near + (by - whole) * (far - near)
    return mixed


def shift_error(before: ArrayLike, after: ArrayLike, by: float) -> float:
    """Return how far an output is from the old one moved, in units of the old one.

    ‖after − before moved‖ / ‖before‖: 0 where the output has moved with its input.

    Parameters
    ----------
    before, after : shape (n,)
        What a layer makes of a signal, and of the signal moved.
    by
        Cells that the output should have moved by: those of the input, over the stride.

    Examples
    --------
    >>> shift_error([3, 4, 0], [0, 3, 4], by=1), shift_error([1, 0, 0, 0], [0, 0, 0, 0], by=0.5)
    (0.0, 0.7071067811865476)
    """
    before, after = np.asarray(before, float), np.asarray(after, float)
    size = np.linalg.norm(before) or 1.0
    return float(np.linalg.norm(after - moved_row(before, by)) / size)


def shift_test_scene(kind: str, stride: int, blur: str, shift: int) -> Scene:
    """Return a layer's output for a row and for the row moved, and how far they differ.

    Parameters
    ----------
    kind, stride, blur
        As in `layer_on_a_ring`.
    shift
        Cells that the row is moved by, to the right.

    Returns
    -------
    Scene
        Grids ``"input"``, ``"moved"``, ``"before"``, ``"expected"`` (the old output moved) and
        ``"after"``, whose cells are coloured where they are as expected.

    Examples
    --------
    >>> shift_test_scene("convolution", 1, "none", 1).formula
    'error = ‖output − old output moved by 1‖ / ‖old output‖ = 0'
    """
    signal = example_signal()
    moved = np.roll(signal, shift)
    before = layer_on_a_ring(signal, kind, stride, blur)
    after = layer_on_a_ring(moved, kind, stride, blur)
    expected, by = moved_row(before, shift / stride), str(Fraction(shift, stride))
    same = np.isclose(after, expected)
    error = round(shift_error(before, after, shift / stride), 5)
    return Scene(
        (
            grid("input", "a row; its end meets its beginning", [signal], "input"),
            grid("moved", f"moved by {shift}", [moved], "input"),
            _outputs("before", "output", before, np.ones(len(before), bool)),
            _outputs("expected", f"that output moved by {by}", expected, np.zeros(len(same), bool)),
            _outputs("after", "output of the moved row", after, same),
        ),
        _sentence(kind, stride, blur, shift, int(same.sum()), len(same)),
        formula=f"error = ‖output − old output moved by {by}‖ / ‖old output‖ = {cell_text(error)}",
        code=_torch_lines(kind, stride, blur),
    )


def _outputs(name: str, title: str, cells: Array, same: Array) -> Grid:
    return grid(name, title, [cells], [np.where(same, "output", "blank")])


def _sentence(kind: str, stride: int, blur: str, shift: int, same: int, total: int) -> str:
    layer = [f"{kind.replace('-', ' ')} with stride {stride}"]
    if blur != "none":
        layer.append(f"a blur of {blur.replace('-', ' ')} before the stride")
    end = (
        "the output moves along"
        if same == total
        else f"only {same} of {total} output cells are those of the old output moved along"
    )
    return f"{listed(layer).capitalize()}: the row moves by {shift}, and {end}."


def _torch_lines(kind: str, stride: int, blur: str) -> str:
    layer = {
        "convolution": 'F.conv1d(F.pad(x, (1, 1), "circular"), torch.tensor([[[1., 0., -1.]]]))',
        "max-pooling": 'F.max_pool1d(F.pad(x, (0, 1), "circular"), 2, stride=1)',
        "average-pooling": 'F.avg_pool1d(F.pad(x, (0, 1), "circular"), 2, stride=1)',
    }[kind]
    lines = [f"y = {layer}"]
    taps = BLURS[blur]
    if len(taps) > 1:
        half, listed_taps = len(taps) // 2, ", ".join(f"{tap}." for tap in taps)
        lines.append(f"blur = torch.tensor([[[{listed_taps}]]]) / {sum(taps)}")
        lines.append(f'y = F.conv1d(F.pad(y, ({half}, {half}), "circular"), blur)')
    return "\n".join([*lines, f"y = y[..., ::{stride}]"])
