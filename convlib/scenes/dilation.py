"""Scenes of dilation: the spread kernel, and what a stack of dilated layers reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from convlib._checks import whole
from convlib._types import Array
from convlib.explain import explain_receptive_field
from convlib.fields import path_counts, receptive_field
from convlib.matrix import zero_insert
from convlib.scenes.convolution import convolution_scene, size_text
from convlib.scenes.scene import Grid, Scene, View, grid

__all__ = [
    "dilated_stack_scene",
    "dilation_scene",
    "read_counts",
    "reads_scene",
    "spread_kernel_grid",
]

#: Cells of a receptive field that a picture shows, along each axis.
WIDTH = 12


def read_counts(kernel_size: int, dilations: Sequence[int]) -> Array:
    """Return how often one output cell of a stack of layers reads each cell of its field.

    Along one axis, at stride 1. A cell is read once for each way that leads from it through the
    layers to the output cell; in two dimensions the counts of the axes are multiplied.

    Parameters
    ----------
    kernel_size
        In cells, the same for all layers.
    dilations
        One for each layer, from the input on.

    Returns
    -------
    numpy.ndarray of int64, shape (receptive field,)

    Raises
    ------
    TypeError, ValueError
        If kernel_size or a dilation is not a whole number of at least 1.

    Examples
    --------
    >>> read_counts(3, [1, 1]), read_counts(3, [2, 2])
    (array([1, 2, 3, 2, 1]), array([1, 0, 2, 0, 3, 0, 2, 0, 1]))
    """
    return path_counts([(kernel_size, 1, dilation) for dilation in dilations])


def spread_kernel_grid(weight: ArrayLike, dilation: int) -> Grid:
    """Return the grid of a kernel with d − 1 zeros between its weights.

    Examples
    --------
    >>> spread_kernel_grid([[1, 2], [3, 4]], dilation=2).values
    (('1', '0', '2'), ('0', '0', '0'), ('3', '0', '4'))
    """
    weight = np.asarray(weight)
    whole("dilation", dilation, 1)
    spread = zero_insert(weight, dilation)
    roles = np.where(zero_insert(np.ones_like(weight), dilation), "kernel", "zero")
    title = f"kernel {size_text(weight.shape)}"
    if dilation > 1 and weight.size > 1:
        title += f", covers {size_text(spread.shape)}"
    return grid("kernel", title, spread, roles)


def dilation_scene(input: ArrayLike, weight: ArrayLike, dilation: int) -> Scene:
    """Return a dilated convolution, with the spread kernel in place of the kernel.

    Parameters
    ----------
    input : shape (H, W)
    weight : shape (kH, kW)
    dilation
        In cells.

    Raises
    ------
    TypeError, ValueError
        If dilation is not a whole number of at least 1.

    Examples
    --------
    >>> scene = dilation_scene([[1, 2, 3]] * 3, [[1, 1], [1, 1]], dilation=2)
    >>> scene.step_text(0, 0)
    'output[0, 0] = 1×1 + 3×1 + 1×1 + 3×1 = 8'
    """
    scene = convolution_scene(input, weight, dilation=dilation)
    spread = spread_kernel_grid(weight, dilation)
    grids = tuple(spread if one.name == "kernel" else one for one in scene.grids)
    places = (_spread_places(size, dilation) for size in np.asarray(weight).shape)
    views = (scene.views[0], View("kernel", "kernel", *places))
    if not scene.sweep:
        return replace(scene, grids=grids, views=views)
    # The weights now stand where the cells they meet are: d cells apart.
    rows, columns = (
        tuple(tuple((tap * dilation, cell) for tap, cell in links) for links in axis)
        for axis in (scene.sweep.rows, scene.sweep.columns)
    )
    sweep = replace(scene.sweep, rows=rows, columns=columns)
    return replace(scene, grids=grids, sweep=sweep, views=views)


def _spread_places(size: int, dilation: int) -> tuple[int, ...]:
    """Return the number of the tap in each cell of a spread kernel along an axis; −1 for none.

    Examples
    --------
    >>> _spread_places(2, dilation=3)
    (0, -1, -1, 1)
    """
    return tuple((zero_insert(np.arange(1, size + 1), dilation) - 1).tolist())


def reads_scene(kernel_size: int, stacks: Sequence[Sequence[int]]) -> Scene:
    """Return what one output cell reads, for several stacks side by side.

    Parameters
    ----------
    kernel_size
        In cells.
    stacks
        The dilations of each stack.

    Examples
    --------
    >>> reads_scene(3, [[2]]).sentence
    'One layer, dilation 2: one output cell sees 5×5 cells and reads 9 of the 25.'
    """
    return Scene(
        tuple(_reads_grid(f"reads-{n}", kernel_size, stack) for n, stack in enumerate(stacks)),
        " ".join(_reads_sentence(kernel_size, stack) for stack in stacks),
    )


def dilated_stack_scene(input: ArrayLike, weight: ArrayLike, dilations: Sequence[int]) -> Scene:
    """Return the first layer of a stack step by step, and what the whole stack reads.

    Parameters
    ----------
    input : shape (H, W)
    weight : shape (k, k)
        The kernel of the first layer.
    dilations
        One for each layer.

    Returns
    -------
    Scene
        The grids of `dilation_scene`, and ``"reads"``: how often one output cell of the stack
        reads each cell of its receptive field. Where the first layer has no output, the scene
        holds the error's text and shows the rest.
    """
    weight = np.asarray(weight)
    kernel_size = len(weight)
    scene = dilation_scene(input, weight, dilations[0])
    layers = [(kernel_size, 1, dilation) for dilation in dilations]
    stack = replace(
        scene,
        grids=(*scene.grids, _reads_grid("reads", kernel_size, dilations)),
        sentence=f"{scene.sentence} {_reads_sentence(kernel_size, dilations)}",
    )
    if scene.error:
        return stack
    return replace(
        stack,
        formula=f"{scene.formula}\n{explain_receptive_field(layers)}",
        code=f"{scene.code}\n{_gradient_lines(kernel_size, dilations)}",
    )


def _reads_grid(name: str, kernel_size: int, dilations: Sequence[int]) -> Grid:
    row = read_counts(kernel_size, dilations)
    size = len(row)
    # The middle, as much as fits: the same number of cells is left out on both sides.
    margin = max(0, -(-(size - WIDTH) // 2))
    counts = np.outer(row, row)[margin : size - margin, margin : size - margin]
    seen = "middle of " if margin else "sees "
    title = f"dilation {', '.join(map(str, dilations))}: {seen}{size_text((size, size))}"
    return grid(name, title, counts, np.where(counts, "input", "input gap"))


def _reads_sentence(kernel_size: int, dilations: Sequence[int]) -> str:
    row = read_counts(kernel_size, dilations)
    size, total, read = len(row), len(row) ** 2, int(np.count_nonzero(row)) ** 2
    plural = "s" if len(set(dilations)) > 1 else ""
    listed = ", ".join(map(str, dilations if plural else dilations[:1]))
    share = "reads all of them" if read == total else f"reads {read} of the {total}"
    if total == 1:
        share = "reads it"
    cells = "cell" if total == 1 else "cells"
    return (
        f"{_layers_text(dilations).capitalize()}, dilation{plural} {listed}: one output cell sees "
        f"{size_text((size, size))} {cells} and {share}."
    )


def _layers_text(dilations: Sequence[int]) -> str:
    return "one layer" if len(dilations) == 1 else f"{len(dilations)} layers"


def _gradient_lines(kernel_size: int, dilations: Sequence[int]) -> str:
    """Return PyTorch lines that count the reads: of ones, the gradient is the number of ways."""
    field = receptive_field([(kernel_size, 1, dilation) for dilation in dilations])
    return "\n".join(
        (
            "# how often one output cell of the stack reads each cell",
            f"x = torch.ones(1, 1, {field}, {field}, requires_grad=True)",
            f"ones, y = torch.ones(1, 1, {kernel_size}, {kernel_size}), x",
            f"for d in {tuple(dilations)}:",
            "    y = F.conv2d(y, ones, dilation=d)",
            "y.sum().backward()",
            "x.grad",
        )
    )
