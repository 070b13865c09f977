"""Questions in the page: as the last line of a cell, a question shows itself."""

from convlib.questions.declaration import Case, Mistake
from convlib.questions.kinds import Cells, Choice, Number, Size
from convlib.questions.mistakes import first_for_both, ignoring, swapped
from convlib.questions.question import Question
from convlib.questions.windows import (
    empty_row,
    stamp_cells,
    stamp_scene,
    window_cells,
    window_scene,
)

__all__ = [
    "Case",
    "Cells",
    "Choice",
    "Mistake",
    "Number",
    "Question",
    "Size",
    "empty_row",
    "first_for_both",
    "ignoring",
    "stamp_cells",
    "stamp_scene",
    "swapped",
    "window_cells",
    "window_scene",
]
