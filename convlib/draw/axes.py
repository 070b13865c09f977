"""Drawings on matplotlib's axes: a grid, a matrix, a convolution, a scene."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from convlib._checks import check_rank, is_sequence, numeric_array, per_axis, whole
from convlib._types import Array, Cell, Padding, PerAxis
from convlib.draw.layout import (
    FADED,
    MARGIN,
    TITLE_HEIGHT,
    TITLE_SIZE,
    Box,
    box_of,
    layout,
    matrix_box,
    matrix_side,
)
from convlib.draw.looks import CELL
from convlib.draw.picture import (
    GROUND,
    ScenePicture,
    highlight_places,
    no_places,
    print_grid,
    print_matrix,
    still_places,
)
from convlib.draw.stamps import Layer, Place, Places, text_width, typeface
from convlib.geometry import ConvGeometry
from convlib.scenes.convolution import convolution_scene
from convlib.scenes.matrix import matrix_scene
from convlib.scenes.scene import Grid, Scene

__all__ = [
    "draw_convolution",
    "draw_grid",
    "draw_matrix",
    "draw_scene",
]

POINTS = 0.75  # points in a CSS pixel
MOST_ENTRIES = 500_000  # of a matrix; 22×22 cells to 22×22 cells are half of it


def draw_grid(grid: Grid, ax: Axes | None = None) -> Axes:
    """Draw one grid with its title, as large as the axes allow, and return the axes.

    Parameters
    ----------
    grid
        As `convlib.scenes.scene.grid` makes it from an array and a role.
    ax : optional
        Filled with the grid; by default those of a new pyplot figure that fits the grid.

    Raises
    ------
    TypeError
        If `grid` is not a Grid, or `ax` not one Axes.

    Examples
    --------
    >>> from convlib.scenes.scene import grid
    >>> draw_grid(grid("kernel", "kernel 1×2", [[1, -1]], "kernel")).get_title("left")
    'kernel 1×2'
    """
    if not isinstance(grid, Grid):
        raise TypeError(
            f"grid must be a Grid, as convlib.scenes.scene.grid makes it, not {type(grid).__name__}"
        )
    box, places = box_of(grid, 0, 0, CELL), no_places()
    print_grid(places, grid, box)
    return _titled(grid, box, places, ax)


def draw_matrix(
    weight: ArrayLike, input_shape: PerAxis, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1, ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw the matrix of a convolution, as large as the axes allow, and return the axes.

    It has a row for each output cell and a column for each input cell; entries that are 0 for
    every kernel are empty. Numbers that would be too small to read are left out.

    Parameters
    ----------
    weight : shape (kH, kW)
    input_shape : (H, W)
        In cells.
    stride, padding, dilation : as in `convlib.conv_matrix`
        In cells.
    ax : optional
        Filled with the matrix; by default those of a new pyplot figure that fits it.

    Raises
    ------
    TypeError, ValueError
        If these parameters make no output, the matrix is too large for a picture, or `ax` is not
        one Axes.

    Examples
    --------
    >>> draw_matrix([[1, 2]], (1, 3)).get_title("left")
    'matrix 2×3: a row for each output cell'
    """
    weight, shape = _plane("weight", weight), per_axis("input_shape", input_shape, 2, minimum=1)
    outputs = ConvGeometry(shape, weight.shape, stride, padding, dilation).output_size
    if prod(outputs) * prod(shape) > MOST_ENTRIES:
        raise ValueError(
            f"the matrix would have {prod(outputs)} × {prod(shape)} entries; a picture has room "
            f"for {MOST_ENTRIES}"
        )
    scene = matrix_scene(np.zeros(shape, np.int64), weight, stride, padding, dilation)
    if scene.matrix is None:  # the geometry above would have refused it
        raise ValueError(scene.error)
    box, places = matrix_box(scene.matrix, 0, 0, matrix_side(scene.matrix)), no_places()
    print_matrix(places, scene.matrix, box)
    return _titled(scene.matrix, box, places, ax)


def draw_convolution(
    input: ArrayLike, weight: ArrayLike, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1, step: Cell | None = None, ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw a convolution, as large as the axes allow, and return the axes.

    Side by side: the input with its padding, the kernel, and the output; below, the formula of
    the output size.

    Parameters
    ----------
    input : shape (H, W)
    weight : shape (kH, kW)
    stride, padding, dilation : as in `convlib.conv2d`
        In cells.
    step : (row, column), optional
        The output cell to light, with what it is computed from and its sum; none by default.
    ax : optional
        Filled with the picture; by default those of a new pyplot figure that fits it.

    Raises
    ------
    TypeError, ValueError
        If these parameters make no output, the output has no such step, or `ax` is not one Axes.

    Examples
    --------
    >>> import numpy as np
    >>> draw_convolution(np.eye(4), [[1, 0], [0, 1]], stride=2, step=(0, 1))
    <Axes: >
    """
    input, weight = _plane("input", input), _plane("weight", weight)
    scene = convolution_scene(input, weight, stride, padding, dilation)
    if scene.error:
        raise ValueError(scene.error)
    if step is None:
        scene = replace(scene, sweep=None)  # and with it the room for a sum
    elif is_sequence(step) and len(step) == 2:
        step = whole("step", step[0]), whole("step", step[1])
    else:
        raise ValueError(f"step={step!r} must be the (row, column) of an output cell")
    place = layout(scene)
    places = still_places(scene, place), highlight_places(scene, place, step)
    ax = _axes(ax, place.width, place.height)
    for zorder, printed in enumerate(places, start=1):
        Layer(ax, zorder).print(printed)
    return ax


def draw_scene(scene: Scene, step: Cell | None = None) -> Figure:
    """Draw a scene, optionally with one step lit, and return the figure.

    Examples
    --------
    >>> from convlib.scenes.scene import grid
    >>> draw_scene(Scene((grid("input", "input", [[3, 5]], "input"),), "3 and 5"))
    <SceneFigure size 160x178 with 1 Axes>
    """
    return ScenePicture(scene, step).figure


def _plane(name: str, value: ArrayLike) -> Array:
    """Return an array that can be drawn as one grid."""
    array = numeric_array(name, value)
    check_rank(name, array.shape, "(rows, columns): draw one channel at a time")
    return array


def _titled(grid: Grid, box: Box, places: Places, ax: Axes | None) -> Axes:
    """Print a grid on axes, its title above them."""
    rows, columns = grid.shape
    room = max(0, int(text_width(grid.title, TITLE_SIZE)) + 1 - columns * box.cell)
    ax = _axes(ax, columns * box.cell, rows * box.cell, (MARGIN, room))
    Layer(ax, zorder=1).print(places)
    ax.set_title(grid.title, loc="left", size=TITLE_SIZE * POINTS, color=FADED, font=typeface())
    return ax


def _axes(ax: Axes | None, width: float, height: float, around: Place = (0, 0)) -> Axes:
    """Return axes for a drawing of this size in CSS pixels, row 0 at the top.

    `around` is the margin of a new figure, and what its title needs beside the drawing.
    """
    width, height = max(width, 1), max(height, 1)
    if ax is None:
        from matplotlib import pyplot  # whose figures notebooks show; nothing else here needs it

        margin, beside = around
        top = margin and margin + TITLE_HEIGHT
        whole_width, whole_height = width + 2 * margin + beside, height + margin + top
        figure = pyplot.figure(
            figsize=(whole_width / 96, whole_height / 96), dpi=96, facecolor=GROUND
        )
        left, bottom = margin / whole_width, margin / whole_height
        ax = figure.add_axes((left, bottom, width / whole_width, height / whole_height))
    elif not isinstance(ax, Axes) or ax.name != "rectilinear":
        raise TypeError(f"ax must be one plain Axes of matplotlib, not {type(ax).__name__}")
    ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal", xticks=[], yticks=[])
    ax.set(facecolor=GROUND)
    ax.spines[:].set_visible(False)
    return ax
