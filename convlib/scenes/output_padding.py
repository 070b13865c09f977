"""Scenes of the way back: a convolution, and the transposed convolution that undoes its size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from convlib._checks import per_axis
from convlib._types import Array, PerAxis
from convlib.arithmetic import conv_transpose_output_size, input_sizes_for, output_padding_for
from convlib.explain import (
    explain_output_padding,
    explain_output_size,
    explain_transpose_output_size,
)
from convlib.operations import conv2d, conv_transpose2d
from convlib.scenes.convolution import (
    a_size,
    convolution_scene,
    example_input,
    example_kernel,
    settings_text,
    size_text,
)
from convlib.scenes.scene import AxisLinks, Grid, Scene, Sweep, Symbol, grid
from convlib.scenes.symbols import SIZES

__all__ = ["canvas_scene", "round_trip_input", "round_trip_kernel", "round_trip_scene"]


def round_trip_input(size: int) -> Array:
    """Return an input of digits so small that the way back fits into its cells.

    Examples
    --------
    >>> round_trip_input(3)
    array([[0, 0, 0],
           [1, 2, 1],
           [1, 2, 1]])
    """
    return example_input(size) % 3


def round_trip_kernel(size: int) -> Array:
    """Return a kernel without zeros: a 0 on the way back then means that no stamp came.

    Examples
    --------
    >>> round_trip_kernel(3)
    array([[2, 1, 1],
           [1, 2, 1],
           [1, 1, 2]])
    """
    return example_kernel(size) % 2 + 1


def round_trip_scene(
    input: ArrayLike, weight: ArrayLike, stride: int = 1, padding: int = 0, output_padding: int = 0
) -> Scene:
    """Return the picture of a convolution and of the way back with the same parameters.

    Parameters
    ----------
    input : shape (i, i)
    weight : shape (k, k)
    stride, padding, output_padding
        In cells, the same on both axes.

    Returns
    -------
    Scene
        Grids ``"input"`` (with its padding), ``"kernel"`` and ``"output"``; ``"back"``, the
        transposed convolution of the output, followed by the cells that its padding crops at the
        end; ``"sizes"``, all the input sizes that give this output, each with the output padding
        that brings it back, yours in colour. Where the parameters make no output or no way back,
        the scene holds the error's text.

    Examples
    --------
    >>> import numpy as np
    >>> scene = round_trip_scene(np.ones((6, 6)), np.ones((3, 3)), 2, 1, output_padding=1)
    >>> scene["back"].title
    'way back 6×6, then 1 cropped'
    >>> scene["sizes"].values
    (('i', '5', '6'), ('a', '0', '1'))
    """
    input, weight = np.asarray(input), np.asarray(weight)
    forward = convolution_scene(input, weight, stride, padding)
    if forward.error:
        return forward
    there, output = forward.grids, conv2d(input, weight, stride=stride, padding=padding)
    size, window = len(input), (len(weight), stride, padding)
    sizes = _sizes_grid(size, len(output), window, output_padding)
    try:
        back = conv_transpose_output_size(len(output), *window, output_padding)
    except ValueError as error:
        return replace(
            forward,
            grids=(*there, sizes),
            sentence=f"No way back: {error}.",
            sweep=None,
            formula="",
            code="",
            error=str(error),
            sums=forward.computed,
            symbols={},
        )
    canvas, roles, links = _canvas(output, weight, stride, padding, output_padding)
    # What is cropped at the start is left out, so that the indices are those of the result.
    shown = np.s_[padding:, padding:]
    title = f"way back {back}×{back}" + f", then {padding} cropped" * bool(padding)
    backward = Sweep("back", "output", "kernel", links[0][padding:], links[1][padding:])
    return Scene(
        (*there, grid("back", title, canvas[shown], roles[shown]), sizes),
        _sentence(size, len(output), back, window, output_padding),
        backward,
        formula=_formula(size, len(output), window, output_padding),
        code=_torch_calls(stride, padding, output_padding),
        views=forward.views,
        sums=(*forward.computed, backward),
        symbols=_SYMBOLS,
    )


def _formula(size: int, there: int, window: tuple[int, int, int], output_padding: int) -> str:
    return "\n".join(
        (
            f"there: {explain_output_size(size, *window)}",
            f"way back: {explain_transpose_output_size(there, *window, output_padding)}",
            f"what brings {size} back: {explain_output_padding(size, *window)}",
        )
    )


#: The formula has a line for the way there, and one for the way back, whose input is its output.
_SYMBOLS = {
    **{letter: SIZES[letter] for letter in "ikpo"},
    "way back: i": Symbol("input size", ("output",), "side", "output"),
    "way back: o": Symbol("output size", ("back",), "side", "output"),
}


def canvas_scene(
    input: ArrayLike, weight: ArrayLike, stride: PerAxis = 1, padding: PerAxis = 0,
    output_padding: PerAxis = 0,
) -> Scene:  # fmt: skip
    """Return the picture of one transposed convolution: input, kernel and canvas.

    The canvas is where the stamps are added up, before the padding is cropped from it: cropped
    cells look like padding, and the cells at its end that no stamp reaches are marked.

    Parameters
    ----------
    input : shape (H, W)
    weight : shape (kH, kW)
    stride, padding, output_padding
        In cells, for both axes or for each.

    Examples
    --------
    >>> row = canvas_scene([[1, 2, 3]], [[1, 2, 1]], (1, 2), (0, 1), (0, 1))
    >>> row["canvas"].values
    (('1', '2', '3', '4', '5', '6', '3', '0'),)
    >>> row.sentence
    'Stamps on a 1×8 canvas. The padding is cropped, and 1×6 cells remain.'
    """
    input, weight = np.asarray(input), np.asarray(weight)
    canvas, roles, links = _canvas(input, weight, stride, padding, output_padding)
    cropped = per_axis("padding", padding, 2)
    kept = tuple(size - 2 * cells for size, cells in zip(canvas.shape, cropped, strict=True))
    sentence = f"Stamps on {a_size(canvas.shape)} canvas."
    if kept != canvas.shape:
        sentence += f" The padding is cropped, and {size_text(kept)} cells remain."
    return Scene(
        (
            grid("output", f"from {size_text(input.shape)}", input, "output"),
            grid("kernel", f"kernel {size_text(weight.shape)}", weight, "kernel"),
            grid("canvas", f"canvas {size_text(canvas.shape)}", canvas, roles),
        ),
        sentence,
        Sweep("canvas", "output", "kernel", links[0], links[1]),
    )


def _canvas(
    output: Array, weight: Array, stride: PerAxis, padding: PerAxis, output_padding: PerAxis
) -> tuple[Array, Array, list[AxisLinks]]:
    """Return the canvas, its roles, and for each of its cells what is added up there."""
    steps, cropped, extra = (
        per_axis(name, value, 2)
        for name, value in (
            ("stride", stride),
            ("padding", padding),
            ("output_padding", output_padding),
        )
    )
    canvas = conv_transpose2d(output, weight, stride=steps, output_padding=extra)
    links = [
        _canvas_links(canvas.shape[axis], output.shape[axis], weight.shape[axis], steps[axis])
        for axis in range(2)
    ]
    roles = np.full(canvas.shape, "padding", dtype=object)
    roles[tuple(slice(p, n - p) for p, n in zip(cropped, canvas.shape, strict=True))] = "output"
    for cell in np.ndindex(*canvas.shape):
        if any(cell[axis] >= canvas.shape[axis] - extra[axis] for axis in range(2)):
            roles[cell] += " unused"
        elif not all(links[axis][cell[axis]] for axis in range(2)):
            roles[cell] += " gap"
    return canvas, roles, links


def _canvas_links(canvas_size: int, output_size: int, kernel_size: int, stride: int) -> AxisLinks:
    """Return, for each canvas cell along an axis, the (tap, output cell) pairs that reach it."""
    return tuple(
        tuple(
            (cell - at * stride, at)
            for at in range(output_size)
            if 0 <= cell - at * stride < kernel_size
        )
        for cell in range(canvas_size)
    )


def _sizes_grid(
    size: int, output_size: int, window: tuple[int, int, int], output_padding: int
) -> Grid:
    """Return the input sizes that share an output size, above the output padding of each."""
    sizes = input_sizes_for(output_size, *window)
    paddings = [output_padding_for(one, *window) for one in sizes]
    roles = (
        ["blank", *("input" if one == size else "blank" for one in sizes)],
        ["blank", *("output" if one == output_padding else "blank" for one in paddings)],
    )
    title = f"sizes that give {output_size}×{output_size}, and their a"
    return grid("sizes", title, (("i", *sizes), ("a", *paddings)), roles)


def _sentence(
    size: int, output_size: int, back: int, window: tuple[int, int, int], output_padding: int
) -> str:
    sentence = (
        f"The {size}×{size} input becomes {output_size}×{output_size}. The way back with output "
        f"padding {output_padding} gives {back}×{back}"
    )
    if back == size:
        sentence += ", the size it came from."
    else:
        sentence += f", not {size}×{size}."
    sizes = input_sizes_for(output_size, *window)
    others = " and ".join(f"{one}×{one}" for one in sizes if one != size)
    return sentence + (f" {others} would give {output_size}×{output_size} too." if others else "")


def _torch_calls(stride: int, padding: int, output_padding: int) -> str:
    shared = settings_text(stride=stride, padding=padding)
    extra = settings_text(output_padding=output_padding)
    return (
        f"output = F.conv2d(input, weight{shared})\n"
        f"back = F.conv_transpose2d(output, weight{shared}{extra})"
    )
