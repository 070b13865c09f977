"""The checkerboard explorer: where the stamps of a transposed convolution overlap."""

from convlib.explorers.declaration import Control, Guess, Values
from convlib.explorers.explorer import Explorer
from convlib.explorers.own import MOST
from convlib.scenes.scene import Scene
from convlib.scenes.upsampling import overlap_scene

__all__ = ["checkerboard"]


def _largest(scene: Scene, values: Values) -> str:
    """Return the largest count of the last row; a cell shows thousands as ``2k``."""
    (row,) = scene[f"layer{values['layers']}"].values
    return max(row, key=lambda text: int(text.replace("k", "000")), default="none")


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
    guess=Guess(
        "What is the largest number in the last row?",
        _largest,
        ("layer1", "layer2", "layer3", "plane"),
    ),
)
