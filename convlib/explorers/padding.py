"""The padding explorer: how many cells are added, what they hold, and who reads what then."""

from typing import Any, Literal

from convlib._types import PaddingMode, PaddingWord
from convlib.explorers.declaration import Control, Guess, size_of
from convlib.explorers.explorer import Explorer
from convlib.explorers.own import MOST, input_control, input_of, kernel_control, kernel_of
from convlib.operations import PADDING_MODES
from convlib.scenes.padding import padding_scene, tensorflow_scene
from convlib.scenes.scene import Scene

__all__ = ["padding"]


def _scene(
    input_size: Any,
    kernel_size: Any,
    padding: int | PaddingWord | Literal["tensorflow"],
    padding_mode: PaddingMode,
    stride: int,
) -> Scene:
    input, weight = input_of(input_size), kernel_of(kernel_size)
    if padding == "tensorflow":
        return tensorflow_scene(input, weight, stride, padding_mode)
    return padding_scene(input, weight, padding, padding_mode, stride)


padding = Explorer(
    name="padding",
    title="Padding: what is added around the input",
    controls=(
        input_control(3, 8, default=5),
        kernel_control(1, 4, default=3),
        Control("padding", "padding", ("valid", "same", "full", "tensorflow", 1, 2, 3, 4), "same"),
        Control("padding_mode", "padding mode", tuple(PADDING_MODES), "zeros"),
        Control("stride", "stride", (1, 2), 1, most=MOST),
    ),
    scene=_scene,
    guess=Guess("How large is the output: rows × columns, or none?", size_of("output"), ("reads",)),
)
