"""The stride explorer: how far the window moves, and what that does to the output."""

from convlib.explorers.declaration import Control
from convlib.explorers.explorer import Explorer
from convlib.scenes.convolution import convolution_scene, example_input, example_kernel
from convlib.scenes.scene import Scene

__all__ = ["stride"]


def _scene(input_size: int, kernel_size: int, stride: int, padding: int, dilation: int) -> Scene:
    return convolution_scene(
        example_input(input_size), example_kernel(kernel_size), stride, padding, dilation
    )


stride = Explorer(
    name="stride",
    title="Stride: how far the window moves",
    controls=(
        Control("input_size", "input size", tuple(range(3, 9)), 5),
        Control("kernel_size", "kernel size", tuple(range(1, 5)), 3),
        Control("stride", "stride", (1, 2, 3), 2),
        Control("padding", "padding", (0, 1, 2), 0),
        Control("dilation", "dilation", (1, 2), 1),
    ),
    scene=_scene,
)
