"""Interactive pictures: `stride()` in a cell shows the stride explorer."""

from convlib.explorers.alignment import alignment
from convlib.explorers.channels import channels
from convlib.explorers.checkerboard import checkerboard
from convlib.explorers.declaration import Panel
from convlib.explorers.depthwise import depthwise
from convlib.explorers.dilation import dilation
from convlib.explorers.field import field
from convlib.explorers.gradients import gradients
from convlib.explorers.matrix import matrix
from convlib.explorers.odd import odd
from convlib.explorers.output_padding import output_padding
from convlib.explorers.padding import padding
from convlib.explorers.picture import picture
from convlib.explorers.planner import planner
from convlib.explorers.pooling import pooling
from convlib.explorers.roofline import roofline
from convlib.explorers.separable import separable
from convlib.explorers.shift import shift
from convlib.explorers.shift_test import shift_test
from convlib.explorers.stacks import stacks
from convlib.explorers.stride import stride
from convlib.explorers.transpose import transpose

__all__ = [
    "EXPLORERS",
    "PANELS",
    "alignment",
    "channels",
    "checkerboard",
    "depthwise",
    "dilation",
    "field",
    "gradients",
    "matrix",
    "odd",
    "output_padding",
    "padding",
    "picture",
    "planner",
    "pooling",
    "roofline",
    "separable",
    "shift",
    "shift_test",
    "stacks",
    "stride",
    "transpose",
]

#: Every explorer that shows scenes, by its name.
EXPLORERS = {
    explorer.name: explorer
    for explorer in (
        matrix,
        shift,
        channels,
        padding,
        stride,
        odd,
        dilation,
        pooling,
        stacks,
        field,
        shift_test,
        gradients,
        transpose,
        output_padding,
        alignment,
        checkerboard,
        separable,
        depthwise,
        roofline,
        planner,
    )
}

#: Every explorer by its name: what links can set, and what has a page of its own.
PANELS: dict[str, Panel] = {picture.name: picture, **EXPLORERS}
