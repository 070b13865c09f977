"""Interactive pictures: `stride()` in a cell shows the stride explorer."""

from convlib.explorers.stride import stride
from convlib.explorers.transpose import transpose

__all__ = ["EXPLORERS", "stride", "transpose"]

#: Every explorer by its name.
EXPLORERS = {explorer.name: explorer for explorer in (stride, transpose)}
