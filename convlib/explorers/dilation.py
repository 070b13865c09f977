"""The dilation explorer: a spread kernel, and what a stack of such layers reads."""

from convlib.explorers.declaration import Control
from convlib.explorers.explorer import Explorer
from convlib.scenes.convolution import example_input, example_kernel
from convlib.scenes.dilation import dilated_stack_scene
from convlib.scenes.scene import Scene

__all__ = ["dilation"]


def _scene(
    input_size: int, kernel_size: int, dilation: int, layers: int, next_layers: str
) -> Scene:
    factor = 2 if next_layers == "doubled" else 1
    dilations = [dilation * factor**layer for layer in range(layers)]
    return dilated_stack_scene(example_input(input_size), example_kernel(kernel_size), dilations)


dilation = Explorer(
    name="dilation",
    title="Dilation: a spread kernel, and a stack of them",
    controls=(
        Control("input_size", "input size", tuple(range(3, 11)), 7),
        Control("kernel_size", "kernel size", (1, 2, 3, 4), 3),
        Control("dilation", "dilation", (1, 2, 3), 2),
        Control("layers", "layers", (1, 2, 3), 1),
        Control("next_layers", "next layers", ("same", "doubled"), "same"),
    ),
    scene=_scene,
)
