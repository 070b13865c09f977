"""Scenes of the three operations of one sum of products: forward, and the two gradients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from convlib._types import Array
from convlib.arithmetic import remainder
from convlib.geometry import ConvGeometry, Geometry
from convlib.gradients import conv_input_gradient, conv_weight_gradient
from convlib.scenes.convolution import (
    convolution_scene,
    padded_input_grid,
    settings_text,
    size_text,
)
from convlib.scenes.scene import Scene, Sweep, grid, view

__all__ = ["OPERATIONS", "error_at_output", "gradients_scene"]

#: The three operations, by the names that readers see.
OPERATIONS = ("forward", "input-gradient", "weight-gradient")


def error_at_output(rows: int, columns: int | None = None) -> Array:
    """Return the gradient of a loss at an output that the pictures use: small, signs mixed.

    Examples
    --------
    >>> error_at_output(2, 3)
    array([[ 1, -1,  2],
           [ 2,  1, -1]])
    """
    row, column = np.indices((rows, columns or rows), dtype=np.int64)
    cells: Array = np.array([1, -1, 2])[(2 * row + column) % 3]
    return cells


def gradients_scene(
    input: ArrayLike, weight: ArrayLike, operation: str, stride: int = 1, padding: int = 0,
    dilation: int = 1,
) -> Scene:  # fmt: skip
    """Return one of the three operations of a convolution, step by step.

    Parameters
    ----------
    input : shape (H, W)
    weight : shape (kH, kW)
    operation
        Of `OPERATIONS`. The gradients begin with `error_at_output`.
    stride, padding, dilation
        Of the convolution.

    Returns
    -------
    Scene
        Grids ``"input"``, ``"kernel"`` and ``"output"``: of the three, the one that the operation
        makes is swept, and the two others are read.

    Examples
    --------
    >>> scene = gradients_scene([[1, 2, 3]], [[10, 1]], "weight-gradient")
    >>> scene.step_text(0, 1)
    'kernel[0, 1] = 2×1 + 3×(−1) = −1'
    """
    input, weight = np.asarray(input), np.asarray(weight)
    forward = convolution_scene(input, weight, stride, padding, dilation)
    if forward.error or operation == "forward":
        return forward
    geometry = ConvGeometry(input.shape, weight.shape, stride, padding, dilation)
    g = error_at_output(*geometry.output_size)
    given = (g, stride, padding, dilation)
    words = settings_text(stride=stride, padding=padding, dilation=dilation)
    error = grid("output", f"∂L/∂y {size_text(g.shape)}", g, "output")
    error_view = view("output", g.shape, source="error")
    if operation == "input-gradient":
        made = conv_input_gradient(input.shape, weight, *given)
        return replace(
            forward,
            grids=(
                error,
                forward["kernel"],
                grid("input", f"∂L/∂x {size_text(made.shape)}", made, "input"),
            ),
            sentence=_back_sentence(geometry, made),
            sweep=Sweep("input", "output", "kernel", _readers(geometry, 0), _readers(geometry, 1)),
            formula=_back_formula(input.shape[0], weight.shape[0], stride, padding, dilation),
            code=f"torch.nn.grad.conv2d_input(input.shape, weight, g{words})",
            views=(error_view, view("kernel", weight.shape)),
        )
    made = conv_weight_gradient(input, weight.shape, *given)
    return replace(
        forward,
        grids=(
            padded_input_grid(input, geometry),
            error,
            grid("kernel", f"∂L/∂w {size_text(made.shape)}", made, "kernel"),
        ),
        sentence=f"Each weight collects, over all {g.size} windows, the cell that it met times the "
        f"error of that window: {a_sum(g.size)} for each of {made.size} weights.",
        sweep=Sweep("kernel", "input", "output", _met(geometry, 0), _met(geometry, 1)),
        formula=_weight_formula(stride, dilation),
        code=f"torch.nn.grad.conv2d_weight(input, weight.shape, g{words})",
        views=(view("input", input.shape, geometry.padding), error_view),
    )


def a_sum(products: int) -> str:
    """Return how many products a sum has, in words.

    Examples
    --------
    >>> a_sum(1), a_sum(4)
    ('one product', 'a sum of 4 products')
    """
    return "one product" if products == 1 else f"a sum of {products} products"


def _readers(geometry: Geometry, axis: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Return, for each input cell along an axis, the (tap, output cell) pairs that read it."""
    before = geometry.padding[axis][0]
    links = geometry.links(axis)
    return tuple(
        tuple(
            (tap, position)
            for position, pairs in enumerate(links)
            for tap, padded in pairs
            if padded == cell + before
        )
        for cell in range(geometry.input_size[axis])
    )


def _met(geometry: Geometry, axis: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Return, for each tap along an axis, the (output cell, padded cell) pairs that it meets."""
    links = geometry.links(axis)
    return tuple(
        tuple((position, pairs[tap][1]) for position, pairs in enumerate(links))
        for tap in range(geometry.kernel_size[axis])
    )


def _back_sentence(geometry: Geometry, made: Array) -> str:
    counts = [len(pairs) for pairs in _readers(geometry, 0)]
    text = (
        "Each input cell collects, from every window that read it, the weight it met times the "
        f"error of that window: at most {a_sum(max(counts) ** 2)}."
    )
    unread = made.shape[0] - sum(map(bool, counts))
    if unread:
        rows = "1 row and column" if unread == 1 else f"{unread} rows and columns"
        text += f" No window reads {rows}: the gradient there is 0."
    return text


def _back_formula(size: int, kernel_size: int, stride: int, padding: int, dilation: int) -> str:
    left = remainder(size, kernel_size, stride, padding, dilation)
    return (
        "∂L/∂x = transposed convolution of ∂L/∂y with w: the same stride, padding and dilation, "
        f"output padding r = {left}"
    )


def _weight_formula(stride: int, dilation: int) -> str:
    return (
        f"∂L/∂w = x ∗ ∂L/∂y with stride and dilation swapped: stride {dilation}, "
        f"dilation {stride}, cropped to the kernel"
    )
