"""The matrix explorer: a convolution as a fully connected layer with most weights missing."""

from math import prod
from typing import Any

from convlib.explorers.declaration import Control, Guess, size_of
from convlib.explorers.explorer import Explorer
from convlib.explorers.own import (
    MOST,
    input_control,
    input_of,
    kernel_control,
    kernel_of,
    no_room,
)
from convlib.geometry import ConvGeometry
from convlib.scenes.matrix import SHOWN_WEIGHTS, matrix_scene, numbered_kernel
from convlib.scenes.scene import Scene

__all__ = ["matrix"]


def _scene(input_size: Any, kernel_size: Any, stride: int, padding: int, weights: str) -> Scene:
    input, weight = input_of(input_size), kernel_of(kernel_size, numbered_kernel)
    try:
        outputs = ConvGeometry(input.shape, weight.shape, stride, padding).output_size
    except ValueError:  # the kernel does not fit, as the scene says
        outputs = (0, 0)
    return no_room(prod(outputs), input.size) or matrix_scene(
        input, weight, stride, padding, shown=weights
    )


matrix = Explorer(
    name="matrix",
    title="Matrix: a fully connected layer with most weights missing",
    controls=(
        input_control(3, 8, default=4),
        kernel_control(1, 4, default=3),
        Control("stride", "stride", (1, 2, 3), 1, most=MOST),
        Control("padding", "padding", (0, 1, 2), 0, most=MOST),
        Control("weights", "weights in colour", SHOWN_WEIGHTS, "all"),
    ),
    scene=_scene,
    guess=Guess("How large is the output: rows × columns, or none?", size_of("output")),
)
