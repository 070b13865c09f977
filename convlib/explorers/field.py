"""The field explorer: which input cells an output cell of a stack is made of, and where."""

from typing import Any

from convlib.explorers.declaration import Control, Guess, Values
from convlib.explorers.explorer import Explorer
from convlib.scenes.field import StackedLayer, field_of, field_scene
from convlib.scenes.scene import Scene

__all__ = ["field"]

PADDINGS = ("none", "half", "causal")
STRIDES = {"all-1": (1, 1), "first-2": (2, 1), "all-2": (2, 2)}
DILATIONS = {"all-1": 1, "doubling": 2}


def _stack(
    layers: int, kernel_size: int, stride: str, dilation: str, padding: str
) -> list[StackedLayer]:
    first, others = STRIDES[stride]
    stack = []
    for depth in range(layers):
        gap = DILATIONS[dilation] ** depth
        reach = gap * (kernel_size - 1)
        pads = {"none": (0, 0), "half": (reach // 2, reach // 2), "causal": (reach, 0)}[padding]
        stack.append(StackedLayer(kernel_size, others if depth else first, gap, pads))
    return stack


def _scene(position: int, **settings: Any) -> Scene:
    return field_scene(_stack(**settings), position)


def _cells_seen(scene: Scene, values: Values) -> str:
    settings = {name: value for name, value in values.items() if name != "position"}
    return str(field_of(_stack(**settings), values["position"]).size)


field = Explorer(
    name="field",
    title="Field: where an output cell looks",
    controls=(
        Control("layers", "layers", (1, 2, 3, 4), 3),
        Control("kernel_size", "kernel size", (1, 2, 3, 4, 5), 3),
        Control("stride", "stride", tuple(STRIDES), "all-1"),
        Control("dilation", "dilation", tuple(DILATIONS), "all-1"),
        Control("padding", "padding", PADDINGS, "half"),
        Control("position", "output cell", tuple(range(9)), 5),
    ),
    scene=_scene,
    guess=Guess(
        "How many input cells does the output cell see, from the first to the last?",
        _cells_seen,
        ("tree",),
    ),
)
