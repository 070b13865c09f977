"""The output padding explorer: there, and back to the same size."""

from convlib.explorers.declaration import Control, Guess, size_of
from convlib.explorers.explorer import Explorer
from convlib.explorers.own import MOST
from convlib.scenes.output_padding import round_trip_input, round_trip_kernel, round_trip_scene
from convlib.scenes.scene import Scene

__all__ = ["output_padding"]


def _scene(
    input_size: int, kernel_size: int, stride: int, padding: int, output_padding: int
) -> Scene:
    return round_trip_scene(
        round_trip_input(input_size),
        round_trip_kernel(kernel_size),
        stride,
        padding,
        output_padding,
    )


output_padding = Explorer(
    name="output_padding",
    title="Output padding: there, and back to the same size",
    controls=(
        Control("input_size", "input size", tuple(range(3, 9)), 6, most=MOST),
        Control("kernel_size", "kernel size", tuple(range(1, 5)), 3, most=MOST),
        Control("stride", "stride", (1, 2, 3), 2, most=MOST),
        Control("padding", "padding", (0, 1, 2), 1, most=MOST),
        Control("output_padding", "output padding", (0, 1, 2), 0, most=MOST),
    ),
    scene=_scene,
    guess=Guess("How large is the way back: rows × columns, or none?", size_of("back"), ("sizes",)),
)
