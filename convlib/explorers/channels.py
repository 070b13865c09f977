"""The channels explorer: which input channels and kernels make which output channel."""

from convlib.explorers.declaration import Control, Guess
from convlib.explorers.explorer import Explorer
from convlib.scenes.channels import channels_scene, example_channels, example_weights
from convlib.scenes.scene import Scene

__all__ = ["channels"]

INPUT_SIZE = 4


def _scene(in_channels: int, out_channels: int, kernel_size: int, output_channel: int) -> Scene:
    return channels_scene(
        example_channels(in_channels, INPUT_SIZE),
        example_weights(out_channels, in_channels, kernel_size),
        output_channel,
    )


channels = Explorer(
    name="channels",
    title="Channels: one kernel for each pair",
    controls=(
        Control("in_channels", "input channels", (1, 2, 3), 2),
        Control("out_channels", "output channels", (1, 2, 3), 2),
        Control("kernel_size", "kernel size", (1, 2, 3, 4), 3),
        Control("output_channel", "map in colour", (0, 1, 2), 0),
    ),
    scene=_scene,
    guess=Guess(
        "How many weights has the layer, or is there no such map (none)?",
        lambda scene, values: scene.bars[0].texts[-1] if scene.bars else "none",
    ),
)
