"""The pooling explorer: what windows without weights keep, and what padding means to them."""

from convlib.explorers.declaration import Control
from convlib.explorers.explorer import Explorer
from convlib.scenes.convolution import example_input
from convlib.scenes.pooling import KINDS, pooling_scene
from convlib.scenes.scene import Scene

__all__ = ["pooling"]


def _scene(
    kind: str, input_size: int, kernel_size: int, stride: int, padding: int, ceil_mode: str
) -> Scene:
    input = example_input(input_size)
    return pooling_scene(input, kind, kernel_size, stride, padding, ceil_mode == "yes")


pooling = Explorer(
    name="pooling",
    title="Pooling: windows without weights",
    controls=(
        Control("kind", "kind", KINDS, "max"),
        Control("input_size", "input size", tuple(range(3, 9)), 6),
        Control("kernel_size", "window size", (2, 3, 4), 2),
        Control("stride", "stride", (1, 2, 3), 2),
        Control("padding", "padding", (0, 1, 2), 0),
        Control("ceil_mode", "ceil mode", ("no", "yes"), "no"),
    ),
    scene=_scene,
)
