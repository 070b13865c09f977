"""What questions about windows and stamps share: the picture, and the cells that are reached.

Those about windows take the position of an output cell and the parameters of `ConvGeometry` for two
axes; those about stamps an input cell and the parameters of a transposed convolution.
"""

from __future__ import annotations

from itertools import product
from typing import Any

from convlib._types import Cell, Padding, PerAxis
from convlib.arithmetic import conv_transpose_output_size
from convlib.geometry import ConvGeometry
from convlib.scenes.convolution import (
    convolution_scene,
    example_input,
    example_kernel,
    numbered_kernel,
)
from convlib.scenes.scene import Scene, grid

__all__ = ["empty_row", "stamp_cells", "stamp_scene", "window_cells", "window_scene"]


def window_scene(
    position: Cell, input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1,
    padding: Padding = 0, dilation: PerAxis = 1,
) -> Scene:  # fmt: skip
    """Return the picture of a convolution: padded input, kernel, output.

    Parameters
    ----------
    position : (row, column)
        Of an output cell; the picture is the same for all.
    input_size : (rows, columns)
    stride, padding, dilation
        As in `ConvGeometry`.
    """
    geometry = ConvGeometry(input_size, kernel_size, stride, padding, dilation)
    geometry.window(position)  # raises where there is no such output cell
    return convolution_scene(
        example_input(*geometry.input_size),
        example_kernel(*geometry.kernel_size),
        stride,
        padding,
        dilation,
    )


def window_cells(position: Cell, **geometry: Any) -> set[tuple[int, int]]:
    """Return the (row, column) of the cells that an output cell reads, in the padded input.

    Examples
    --------
    >>> sorted(window_cells((0, 1), input_size=(5, 5), kernel_size=(2, 1), stride=2))
    [(0, 2), (1, 2)]
    """
    window = ConvGeometry(**geometry)
    window.window(position)  # raises where there is no such output cell
    rows, columns = (
        [cell for _, cell in window.links(axis)[at]] for axis, at in enumerate(position)
    )
    return set(product(rows, columns))


def stamp_scene(
    cell: Cell, input_size: tuple[int, int], kernel_size: int, stride: int = 1
) -> Scene:
    """Return the picture of a transposed convolution before its first stamp: an empty canvas.

    Parameters
    ----------
    cell : (row, column)
        Of the input; the picture is the same for all.
    input_size : (rows, columns)
    """
    rows, columns = conv_transpose_output_size(input_size, kernel_size, stride)
    grids = (
        grid("input", "input", example_input(*input_size), "input"),
        grid("kernel", "kernel", numbered_kernel(kernel_size), "kernel"),
        grid("canvas", "canvas", [[""] * columns] * rows, "output"),
    )
    return Scene(grids, "An input, a kernel, and an empty canvas.")


def stamp_cells(
    cell: Cell, input_size: tuple[int, int], kernel_size: int, stride: int = 1
) -> set[tuple[int, int]]:
    """Return the (row, column) of the cells of the canvas that the stamp of an input cell reaches.

    They are what a window at that place would read.

    Examples
    --------
    >>> sorted(stamp_cells((0, 1), (2, 2), kernel_size=2, stride=2))
    [(0, 2), (0, 3), (1, 2), (1, 3)]
    """
    canvas = conv_transpose_output_size(input_size, kernel_size, stride)
    return window_cells(cell, input_size=canvas, kernel_size=kernel_size, stride=stride)


def empty_row(columns: int, title: str = "canvas") -> Scene:
    """Return the picture of a canvas along one axis, before its first stamp, or of a result."""
    cells = grid("canvas", title, [[""] * columns], "output")
    return Scene((cells,), f"A {title} of {columns} cells in a row.")
