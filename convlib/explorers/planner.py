"""The planner: every size, cost and receptive field of a network, layer by layer."""

from contextlib import suppress

from convlib.explorers.base import Control, Explorer
from convlib.scene import Scene
from convlib.scenes_planner import CHARTS, NETWORKS, mirrored, plan_scene

__all__ = ["planner"]

AS_BUILT, MIRRORED = "none", "mirrored"


def _scene(network: str, input_size: int, output_padding: str, chart: str) -> Scene:
    layers = NETWORKS[network]
    if output_padding == MIRRORED:
        # Where a layer is too small for its kernel, the scene says which.
        with suppress(ValueError):
            layers = mirrored(layers, input_size)
    return plan_scene(layers, input_size, chart)


planner = Explorer(
    name="planner",
    title="Planner: a network, layer by layer",
    controls=(
        Control("network", "network", tuple(NETWORKS), "ResNet-stem"),
        Control(
            "input_size",
            "input size",
            (28, 32, 33, 64, 65, 96, 100, 128, 224, 225, 256, 572),
            224,
        ),
        Control("output_padding", "output padding", (AS_BUILT, MIRRORED), AS_BUILT),
        Control("chart", "bars", CHARTS, "output-size"),
    ),
    scene=_scene,
)
