"""The dilation explorer: a spread kernel, and what a stack of such layers reads."""

from typing import Any

from convlib.explorers.declaration import Control, Guess, size_of
from convlib.explorers.explorer import Explorer
from convlib.explorers.own import MOST, input_control, input_of, kernel_control, kernel_of
from convlib.scenes.dilation import dilated_stack_scene
from convlib.scenes.scene import Scene

__all__ = ["dilation"]


def _scene(
    input_size: Any, kernel_size: Any, dilation: int, layers: int, next_layers: str
) -> Scene:
    factor = 2 if next_layers == "doubled" else 1
    dilations = [dilation * factor**layer for layer in range(layers)]
    return dilated_stack_scene(input_of(input_size), kernel_of(kernel_size), dilations)


dilation = Explorer(
    name="dilation",
    title="Dilation: a spread kernel, and a stack of them",
    controls=(
        input_control(3, 10, default=7),
        kernel_control(1, 4, default=3),
        Control("dilation", "dilation", (1, 2, 3), 2, most=MOST),
        Control("layers", "layers", (1, 2, 3), 1),
        Control("next_layers", "next layers", ("same", "doubled"), "same"),
    ),
    scene=_scene,
    guess=Guess("How large is the output: rows × columns, or none?", size_of("output"), ("reads",)),
)
