"""The checkerboard explorer: where the stamps of a transposed convolution overlap."""

from convlib.explorers.declaration import Control
from convlib.explorers.explorer import Explorer
from convlib.explorers.own import MOST
from convlib.scenes.upsampling import overlap_scene

__all__ = ["checkerboard"]

checkerboard = Explorer(
    name="checkerboard",
    title="Checkerboard: how often each cell is reached",
    controls=(
        Control("kernel_size", "kernel size", tuple(range(1, 7)), 3, most=MOST),
        Control("stride", "stride", (1, 2, 3, 4), 2, most=MOST),
        Control("padding", "padding", (0, 1, 2), 0, most=MOST),
        Control("layers", "layers", (1, 2, 3), 1),
    ),
    scene=overlap_scene,
)
