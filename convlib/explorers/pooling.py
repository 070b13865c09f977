"""The pooling explorer: what windows without weights keep, and what padding means to them."""

from typing import Any

from convlib.explorers.declaration import Control, Guess, size_of
from convlib.explorers.explorer import Explorer
from convlib.explorers.own import MOST, input_control, input_of
from convlib.scenes.pooling import KINDS, pooling_scene
from convlib.scenes.scene import Scene

__all__ = ["pooling"]


def _scene(
    kind: str, input_size: Any, kernel_size: int, stride: int, padding: int, ceil_mode: str
) -> Scene:
    input = input_of(input_size)
    return pooling_scene(input, kind, kernel_size, stride, padding, ceil_mode == "yes")


pooling = Explorer(
    name="pooling",
    title="Pooling: windows without weights",
    controls=(
        Control("kind", "kind", KINDS, "max"),
        input_control(3, 8, default=6),
        Control("kernel_size", "window size", (2, 3, 4), 2, most=MOST),
        Control("stride", "stride", (1, 2, 3), 2, most=MOST),
        Control("padding", "padding", (0, 1, 2), 0, most=MOST),
        Control("ceil_mode", "ceil mode", ("no", "yes"), "no"),
    ),
    scene=_scene,
    guess=Guess("How large is the output: rows × columns, or none?", size_of("output")),
)
