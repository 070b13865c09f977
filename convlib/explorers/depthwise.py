"""The depthwise explorer: who reads whom, and what that costs."""

from convlib.explorers.declaration import Control, Guess
from convlib.explorers.explorer import Explorer
from convlib.scenes.separable import depthwise_scene

__all__ = ["depthwise"]

depthwise = Explorer(
    name="depthwise",
    title="Depthwise: which channels meet, and what that costs",
    controls=(
        Control("in_channels", "input channels", (2, 4, 6), 4),
        Control("out_channels", "output channels", (4, 8, 12), 8),
        Control("kernel_size", "kernel size", (1, 3, 5, 7), 3),
        Control("multiplier", "depth multiplier", (1, 2), 1),
        Control("groups", "groups", (1, 2, 4), 2),
    ),
    scene=depthwise_scene,
    guess=Guess(
        "How many weights has the depthwise separable layer (none if the groups do not divide)?",
        lambda scene, values: scene.bars[0].texts[-1] if scene.bars else "none",
    ),
)
