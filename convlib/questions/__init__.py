"""Questions in the page: as the last line of a cell, a question shows itself."""

from convlib.questions.base import Case, Mistake, Question
from convlib.questions.kinds import Cells, Choice, Number, Size
from convlib.questions.mistakes import first_for_both, ignoring, swapped
from convlib.questions.windows import window_cells, window_scene

__all__ = [
    "Case",
    "Cells",
    "Choice",
    "Mistake",
    "Number",
    "Question",
    "Size",
    "first_for_both",
    "ignoring",
    "swapped",
    "window_cells",
    "window_scene",
]
