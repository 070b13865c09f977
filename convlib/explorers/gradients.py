"""The gradients explorer: forward, and the two ways back, cell by cell."""

from typing import Any

from convlib.explorers.declaration import Control, Guess
from convlib.explorers.explorer import Explorer
from convlib.explorers.own import MOST, input_control, input_of, kernel_control, kernel_of
from convlib.scenes.convolution import size_text
from convlib.scenes.gradients import OPERATIONS, gradients_scene
from convlib.scenes.scene import Scene

__all__ = ["gradients"]


def _scene(
    operation: str, input_size: Any, kernel_size: Any, stride: int, padding: int, dilation: int
) -> Scene:
    input, weight = input_of(input_size), kernel_of(kernel_size)
    return gradients_scene(input, weight, operation, stride, padding, dilation)


gradients = Explorer(
    name="gradients",
    title="Gradients: one sum of products, three operations",
    controls=(
        Control("operation", "operation", OPERATIONS, "weight-gradient"),
        input_control(3, 8, default=5),
        kernel_control(1, 4, default=3),
        Control("stride", "stride", (1, 2, 3), 1, most=MOST),
        Control("padding", "padding", (0, 1, 2), 0, most=MOST),
        Control("dilation", "dilation", (1, 2), 1, most=MOST),
    ),
    scene=_scene,
    guess=Guess(
        "How large is what the operation makes: rows × columns, or none?",
        lambda scene, values: size_text(scene[scene.sweep.over].shape) if scene.sweep else "none",
    ),
)
