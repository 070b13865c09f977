"""Interactive pictures: `stride()` in a cell shows the stride explorer."""

from convlib.explorers.channels import channels
from convlib.explorers.checkerboard import checkerboard
from convlib.explorers.depthwise import depthwise
from convlib.explorers.dilation import dilation
from convlib.explorers.matrix import matrix
from convlib.explorers.odd import odd
from convlib.explorers.output_padding import output_padding
from convlib.explorers.padding import padding
from convlib.explorers.planner import planner
from convlib.explorers.separable import separable
from convlib.explorers.shift import shift
from convlib.explorers.stride import stride
from convlib.explorers.transpose import transpose

__all__ = [
    "EXPLORERS",
    "channels",
    "checkerboard",
    "depthwise",
    "dilation",
    "matrix",
    "odd",
    "output_padding",
    "padding",
    "planner",
    "separable",
    "shift",
    "stride",
    "transpose",
]

#: Every explorer by its name.
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
        transpose,
        output_padding,
        checkerboard,
        separable,
        depthwise,
        planner,
    )
}
