"""Scenes of odd convolutions: what the last window does not reach, and who shares a size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from convlib.arithmetic import input_sizes_for
from convlib.explain import (
    explain_input_sizes,
    explain_output_size,
    explain_remainder,
    explain_unread_data,
)
from convlib.geometry import ConvGeometry
from convlib.scenes.convolution import convolution_scene, example_input, example_kernel, listed
from convlib.scenes.scene import Grid, Scene, Symbol, grid

__all__ = ["input_sizes_scene", "odd_scene", "size_table"]

#: The input sizes in the explorer's table: all that share an output size with one of 3 to 8 cells.
TABLE_SIZES = range(1, 11)


def odd_scene(input_size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> Scene:
    """Return the picture of a square convolution, its remainder, and the sizes it gives.

    Parameters
    ----------
    input_size, kernel_size, stride, padding
        In cells.

    Returns
    -------
    Scene
        The grids of `convolution_scene`, and ``"sizes"``. Where no output is made, the scene
        holds the error's text.

    Examples
    --------
    >>> print(odd_scene(6, 3, stride=2).formula)
    o = ⌊(i + 2p − k) / s⌋ + 1 = ⌊(6 + 2·0 − 3) / 2⌋ + 1 = 2
    r = (i + 2p − k) mod s = (6 + 2·0 − 3) mod 2 = 1
    cells of data among them: max(0, r − p) = max(0, 1 − 0) = 1
    i = (o − 1)s + k − 2p + r = (2 − 1)·2 + 3 − 2·0 + r = 5 + r, r from 0 to 1: 5, 6
    """
    scene = convolution_scene(
        example_input(input_size), example_kernel(kernel_size), stride, padding
    )
    if scene.error:
        return scene
    geometry = ConvGeometry(input_size, kernel_size, stride, padding)
    unread = explain_unread_data(input_size, kernel_size, stride, padding)
    return replace(
        scene,
        grids=(*scene.grids, size_table(input_size, kernel_size, stride, padding)),
        sentence=f"{scene.sentence}{_data_words(geometry)} {_sharing_words(geometry)}",
        formula="\n".join(
            (
                explain_output_size(input_size, kernel_size, stride, padding),
                explain_remainder(input_size, kernel_size, stride, padding),
                f"cells of data among them: {unread}",
                explain_input_sizes(geometry.output_size, kernel_size, stride, padding),
            )
        ),
        symbols={**scene.symbols, "r": Symbol("remainder", ("input",), "unused", "input")},
    )


def size_table(
    input_size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    sizes: Iterable[int] = TABLE_SIZES,
) -> Grid:
    """Return a table of input sizes i, output sizes o and remainders r.

    The columns that share the output size of `input_size` are coloured.

    Parameters
    ----------
    input_size, kernel_size, stride, padding
        In cells.
    sizes
        The input sizes in the table. A kernel larger than the padded input leaves a dash.

    Examples
    --------
    >>> for row in size_table(6, 3, stride=2, sizes=range(2, 7)).values:
    ...     print(*row)
    i 2 3 4 5 6
    o – 1 1 2 2
    r – 0 1 0 1
    """
    shared = set(_sharing(ConvGeometry(input_size, kernel_size, stride, padding)))
    columns: list[tuple[object, object, object]] = [("i", "o", "r")]
    roles = [("blank", "blank", "blank")]
    for size in sizes:
        if kernel_size > size + 2 * padding:
            columns.append((size, "–", "–"))
        else:
            geometry = ConvGeometry(size, kernel_size, stride, padding)
            columns.append((size, geometry.output_size, geometry.unused_tail))
        remainder = "input unused" if columns[-1][2] else "input"
        roles.append(("input", "output", remainder) if size in shared else roles[0])
    title = "i: input size, o: output size, r: remainder"
    return grid("sizes", title, zip(*columns, strict=True), zip(*roles, strict=True))


def input_sizes_scene(output_size: int, kernel_size: int, stride: int, padding: int = 0) -> Scene:
    """Return one line of cells for each input size that gives `output_size`.

    A cell holds the number of windows that read it.

    Parameters
    ----------
    output_size, kernel_size, stride, padding
        In cells.

    Examples
    --------
    >>> for line in input_sizes_scene(3, 3, stride=2, padding=1).grids:
    ...     print(line.title, line.values[0])
    input size 5, remainder 0 ('1', '1', '2', '1', '2', '1', '1')
    input size 6, remainder 1 ('1', '1', '2', '1', '2', '1', '1', '0')
    """
    lines = []
    for size in input_sizes_for(output_size, kernel_size, stride, padding):
        geometry = ConvGeometry(size, kernel_size, stride, padding)
        read = [cell for pairs in geometry.links() for _, cell in pairs]
        roles = np.full(geometry.padded_size, "padding", dtype=object)
        roles[padding : padding + size] = "input"
        roles[list(geometry.gaps())] += " gap"
        roles[geometry.padded_size - geometry.unused_tail :] += " unused"
        lines.append(
            grid(
                f"size-{size}",
                f"input size {size}, remainder {geometry.unused_tail}",
                [np.bincount(read, minlength=geometry.padded_size)],
                [roles],
            )
        )
    return Scene(
        tuple(lines),
        f"Kernel size {kernel_size}, stride {stride} and padding {padding} give output size "
        f"{output_size} for {listed(line.title for line in lines)}. Each cell holds the "
        "number of windows that read it.",
    )


def _sharing(geometry: ConvGeometry[int]) -> tuple[int, ...]:
    size, kernel, stride = geometry.output_size, geometry.kernel_size, geometry.stride
    return input_sizes_for(size, kernel, stride, geometry.padding)


def _sharing_words(geometry: ConvGeometry[int]) -> str:
    sizes = _sharing(geometry)
    if len(sizes) == 1:
        return f"Only input size {sizes[0]} gives this output size."
    return f"Input sizes {listed(sizes)} give this output size."


def _data_words(geometry: ConvGeometry[int]) -> str:
    """Return how much of what is left over is data; nothing if nothing is left over."""
    left = geometry.unused_tail
    if not left:
        return ""
    data = max(0, left - geometry.padding[0][1])
    if data == 0:
        return " What is left over is padding alone."
    if data == left:
        return " What is left over is data."
    verb = "is" if data == 1 else "are"
    return f" Of the {left} rows and {left} columns left over, {data} of each {verb} data."
