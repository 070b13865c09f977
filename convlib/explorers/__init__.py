"""Interactive pictures: `stride()` in a cell shows the stride explorer."""

from convlib.explorers.checkerboard import checkerboard
from convlib.explorers.odd import odd
from convlib.explorers.output_padding import output_padding
from convlib.explorers.padding import padding
from convlib.explorers.stride import stride
from convlib.explorers.transpose import transpose

__all__ = ["EXPLORERS", "checkerboard", "odd", "output_padding", "padding", "stride", "transpose"]

#: Every explorer by its name.
EXPLORERS = {
    explorer.name: explorer
    for explorer in (padding, stride, odd, transpose, output_padding, checkerboard)
}
