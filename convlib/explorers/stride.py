"""The stride explorer: how far the window moves, and what that does to the output."""

from typing import Any

from convlib.explorers.declaration import Control, Guess, size_of
from convlib.explorers.explorer import Explorer
from convlib.explorers.own import MOST, input_control, input_of, kernel_control, kernel_of
from convlib.scenes.convolution import convolution_scene
from convlib.scenes.scene import Scene

__all__ = ["stride"]


def _scene(input_size: Any, kernel_size: Any, stride: int, padding: int, dilation: int) -> Scene:
    input, weight = input_of(input_size), kernel_of(kernel_size)
    return convolution_scene(input, weight, stride, padding, dilation)


stride = Explorer(
    name="stride",
    title="Stride: how far the window moves",
    controls=(
        input_control(3, 8, default=5),
        kernel_control(1, 4, default=3),
        Control("stride", "stride", (1, 2, 3), 2, most=MOST),
        Control("padding", "padding", (0, 1, 2), 0, most=MOST),
        Control("dilation", "dilation", (1, 2), 1, most=MOST),
    ),
    scene=_scene,
    guess=Guess("How large is the output: rows × columns, or none?", size_of("output")),
)
