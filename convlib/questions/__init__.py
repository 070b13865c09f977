"""Questions in the page: as the last line of a cell, a question shows itself."""

from convlib.questions.base import Cells, Choice, Mistake, Number, Size
from convlib.questions.mistakes import first_for_both, ignoring, swapped
from convlib.questions.windows import window_cells, window_scene

__all__ = [
    "Cells",
    "Choice",
    "Mistake",
    "Number",
    "Size",
    "first_for_both",
    "ignoring",
    "swapped",
    "window_cells",
    "window_scene",
]
