"""The matrix explorer: a convolution as a fully connected layer with most weights missing."""

from convlib.explorers.declaration import Control
from convlib.explorers.explorer import Explorer
from convlib.scenes.convolution import example_input
from convlib.scenes.matrix import SHOWN_WEIGHTS, matrix_scene, numbered_kernel
from convlib.scenes.scene import Scene

__all__ = ["matrix"]


def _scene(input_size: int, kernel_size: int, stride: int, padding: int, weights: str) -> Scene:
    return matrix_scene(
        example_input(input_size), numbered_kernel(kernel_size), stride, padding, shown=weights
    )


matrix = Explorer(
    name="matrix",
    title="Matrix: a fully connected layer with most weights missing",
    controls=(
        Control("input_size", "input size", tuple(range(3, 9)), 4),
        Control("kernel_size", "kernel size", tuple(range(1, 5)), 3),
        Control("stride", "stride", (1, 2, 3), 1),
        Control("padding", "padding", (0, 1, 2), 0),
        Control("weights", "weights in colour", SHOWN_WEIGHTS, "all"),
    ),
    scene=_scene,
)
