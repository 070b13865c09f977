"""The alignment explorer: four ways to resize one row, and where each new cell lies."""

from convlib.explorers.declaration import Control, Guess
from convlib.explorers.explorer import Explorer
from convlib.scenes.resizing import WAYS, alignment_scene
from convlib.scenes.scene import Scene

__all__ = ["alignment"]

#: Different enough to see who is copied, even enough to be mixed in one's head.
ROW = (0, 8, 4, 12, 8, 16)


def _scene(way: str, size: int, new_size: int) -> Scene:
    return alignment_scene(ROW[:size], new_size, way)


alignment = Explorer(
    name="alignment",
    title="Alignment: where the new cells lie",
    controls=(
        Control("way", "way", WAYS, "bilinear"),
        Control("size", "cells before", (2, 3, 4, 5, 6), 4),
        Control("new_size", "cells after", tuple(range(2, 13)), 8),
    ),
    scene=_scene,
    guess=Guess(
        "What does the second new cell hold?",
        lambda scene, values: scene["output"].values[1][0],
        ("place", "shares"),
    ),
)
