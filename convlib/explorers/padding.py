"""The padding explorer: how many cells are added, what they hold, and who reads what then."""

from typing import Literal

from convlib._types import PaddingMode, PaddingWord
from convlib.explorers.declaration import Control
from convlib.explorers.explorer import Explorer
from convlib.operations import PADDING_MODES
from convlib.scenes.convolution import example_input, example_kernel
from convlib.scenes.padding import padding_scene, tensorflow_scene
from convlib.scenes.scene import Scene

__all__ = ["padding"]


def _scene(
    input_size: int,
    kernel_size: int,
    padding: int | PaddingWord | Literal["tensorflow"],
    padding_mode: PaddingMode,
    stride: int,
) -> Scene:
    input, weight = example_input(input_size), example_kernel(kernel_size)
    if padding == "tensorflow":
        return tensorflow_scene(input, weight, stride, padding_mode)
    return padding_scene(input, weight, padding, padding_mode, stride)


padding = Explorer(
    name="padding",
    title="Padding: what is added around the input",
    controls=(
        Control("input_size", "input size", tuple(range(3, 9)), 5),
        Control("kernel_size", "kernel size", tuple(range(1, 5)), 3),
        Control("padding", "padding", ("valid", "same", "full", "tensorflow", 1, 2, 3, 4), "same"),
        Control("padding_mode", "padding mode", tuple(PADDING_MODES), "zeros"),
        Control("stride", "stride", (1, 2), 1),
    ),
    scene=_scene,
)
