"""What questions about windows share: the picture, and the cells that are read.

They take the position of an output cell and the parameters of `ConvGeometry` for two axes.
"""

from __future__ import annotations

from itertools import product

from convlib.geometry import ConvGeometry
from convlib.scene import Scene
from convlib.scenes import convolution_scene, example_input, example_kernel

__all__ = ["window_cells", "window_scene"]


def window_scene(position, input_size, kernel_size, stride=1, padding=0, dilation=1) -> Scene:
    """Return the picture of a convolution: padded input, kernel, output.

    Parameters
    ----------
    position : (row, column)
        Of an output cell; the picture is the same for all.
    input_size : (rows, columns)
    kernel_size : int or (rows, columns)
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


def window_cells(position, **geometry) -> set[tuple[int, int]]:
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
