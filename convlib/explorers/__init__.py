"""Interactive pictures: `stride()` in a cell shows the stride explorer."""

from convlib.explorers.stride import stride

__all__ = ["EXPLORERS", "stride"]

#: Every explorer by its name.
EXPLORERS = {explorer.name: explorer for explorer in (stride,)}
