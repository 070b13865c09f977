"""The odd explorer: what is left over at the end, and which input sizes share an output size."""

from convlib.explorers.declaration import Control, Guess, size_of
from convlib.explorers.explorer import Explorer
from convlib.explorers.own import MOST
from convlib.scenes.odd import odd_scene

__all__ = ["odd"]

odd = Explorer(
    name="odd",
    title="Odd convolution: what the last window does not reach",
    controls=(
        Control("input_size", "input size", tuple(range(3, 9)), 6, most=MOST),
        Control("kernel_size", "kernel size", tuple(range(1, 5)), 3, most=MOST),
        Control("stride", "stride", (1, 2, 3), 2, most=MOST),
        Control("padding", "padding", (0, 1, 2), 0, most=MOST),
    ),
    scene=odd_scene,
    guess=Guess("How large is the output: rows × columns, or none?", size_of("output"), ("sizes",)),
)
