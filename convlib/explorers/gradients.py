"""The gradients explorer: forward, and the two ways back, cell by cell."""

from convlib.explorers.declaration import Control
from convlib.explorers.explorer import Explorer
from convlib.scenes.convolution import example_input, example_kernel
from convlib.scenes.gradients import OPERATIONS, gradients_scene
from convlib.scenes.scene import Scene

__all__ = ["gradients"]


def _scene(
    operation: str, input_size: int, kernel_size: int, stride: int, padding: int, dilation: int
) -> Scene:
    input, weight = example_input(input_size), example_kernel(kernel_size)
    return gradients_scene(input, weight, operation, stride, padding, dilation)


gradients = Explorer(
    name="gradients",
    title="Gradients: one sum of products, three operations",
    controls=(
        Control("operation", "operation", OPERATIONS, "weight-gradient"),
        Control("input_size", "input size", tuple(range(3, 9)), 5),
        Control("kernel_size", "kernel size", (1, 2, 3, 4), 3),
        Control("stride", "stride", (1, 2, 3), 1),
        Control("padding", "padding", (0, 1, 2), 0),
        Control("dilation", "dilation", (1, 2), 1),
    ),
    scene=_scene,
)
