"""The roofline explorer: measured layers under what their card can do at most."""

from convlib.explorers.declaration import Control, Guess
from convlib.explorers.explorer import Explorer
from convlib.measured import CARDS
from convlib.scenes.roofline import LAYERS, LAYOUTS, PRECISIONS, bound_by, roofline_scene

__all__ = ["roofline"]

roofline = Explorer(
    name="roofline",
    title="Roofline: what holds a layer back",
    controls=(
        Control("card", "card", CARDS, "H100"),
        Control("layer", "layer", tuple(LAYERS), "plain-64-to-128"),
        Control("precision", "precision", PRECISIONS, "bfloat16"),
        Control("layout", "layout", LAYOUTS, "NHWC"),
    ),
    scene=roofline_scene,
    guess=Guess(
        "What limits the layer: memory or arithmetic?",
        lambda scene, values: bound_by(**values),
        ("roofline",),
    ),
)
