"""A question in a notebook: widgets for the answer, and the same texts as in the page."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from html import escape
from typing import Any

import ipywidgets as widgets

from convlib._types import Cell
from convlib.draw import ScenePicture
from convlib.explorers.live import HIDDEN
from convlib.questions.declaration import Board, Case, Declaration, Feedback
from convlib.questions.page import cell_labels, rich
from convlib.scenes.scene import Scene

__all__ = ["LiveQuestion"]

CELL = "38px"


class LiveQuestion(widgets.VBox):
    """A question as a widget.

    Parameters
    ----------
    question : Declaration

    Attributes
    ----------
    number : int
        Of the variant that is shown, from 0.
    fields : list of Widget
        What the reader fills in: a text for each number, one choice, or a button for each cell in
        reading order.
    check_button, next_button, worked_button : Button, Button, ToggleButton
    text, result, worked : HTML
        The question; what is said about the answer; the worked answer once it is asked for.
    picture : Image
        Of a question about cells, else None. What it shows is `drawing`, a ScenePicture.
    """

    def __init__(self, question: Declaration) -> None:
        self.question = question
        self.text, self.result, self.worked = widgets.HTML(), widgets.HTML(), widgets.HTML()
        has_picture = isinstance(question.cases[0].shown, Board)
        self.picture: Any = _image() if has_picture else None
        self.check_button = widgets.Button(description="Check", button_style="primary")
        self.next_button = widgets.Button(description="Another one")
        self.worked_button = widgets.ToggleButton(description="Worked answer")
        self.check_button.on_click(lambda _: self.check())
        self.next_button.on_click(lambda _: self.show(self.number + 1))
        self.worked_button.observe(lambda _: self._show_worked(), "value")
        self._buttons = widgets.HBox(
            [self.check_button, self.next_button, self.worked_button],
            layout={"flex_flow": "row wrap"},
        )
        super().__init__()
        self.show(0)

    @property
    def case(self) -> Case:
        """The variant that is shown."""
        shown: Case = self.question.cases[self.number]
        return shown

    @property
    def given(self) -> Any:
        """The answer as it stands, as `Question.feedback` takes it."""
        if isinstance(self.case.shown, tuple):
            return self.fields[0].index
        if isinstance(self.case.shown, Board):
            return [number for number, field in enumerate(self.fields) if field.value]
        texts = tuple(field.value for field in self.fields)
        return texts if len(texts) > 1 else texts[0]

    def show(self, number: int) -> None:
        """Show the variant of this number; after the last comes the first."""
        self.number = number % len(self.question.cases)
        self.text.value = f"<strong>Question</strong><p>{rich(self.case.text)}</p>"
        self.result.value, self.worked_button.value = "", False
        self.fields, shown = self._made_fields()
        self.children = [self.text, *shown, self._buttons, self.result, self.worked]

    def check(self) -> Feedback:
        """Say whether the answer is right, or which step went wrong."""
        self._move_apart()
        feedback = self.question.feedback(self.number, self.given)
        mark = {True: "✓ ", False: "✗ ", None: ""}[feedback.right]
        self.result.value = (
            f'<div role="status" aria-live="polite">{mark}{rich(feedback.text)}</div>'
        )
        return feedback

    def _move_apart(self) -> None:
        """Put a size that stands in one field into both."""
        texts = self.question.apart(self.given)
        if isinstance(texts, tuple):
            for field, text in zip(self.fields, texts, strict=True):
                field.value = text

    def _check_if_complete(self) -> None:
        self._move_apart()
        if all(field.value.strip() for field in self.fields):
            self.check()

    def _show_worked(self) -> None:
        asked = self.worked_button.value
        lines = self.case.solution.splitlines() if asked else ()
        self.worked.value = "".join(f"<p>{rich(line)}</p>" for line in lines)
        if isinstance(self.case.shown, Board):
            self._show_picture(self.case.shown)

    def _made_fields(self) -> tuple[list[Any], list[Any]]:
        """Return the fields of this variant, and what is shown of it."""
        question, case = self.question, self.case
        if isinstance(case.shown, tuple):
            options = [option.replace("`", "") for option in case.shown]  # shown as plain text
            field = widgets.RadioButtons(options=options, index=None, layout={"width": "auto"})
            return [field], [field]
        if isinstance(case.shown, Board):
            return self._made_cells(case.shown)
        fields = [
            widgets.Text(
                description=label,
                style={"description_width": "initial"},
                continuous_update=False,  # sent when the reader presses Enter or leaves the field
            )
            for label in question.labels
        ]
        for field in fields:
            field.observe(lambda _: self._check_if_complete(), "value")
        return fields, fields

    def _made_cells(self, board: Board) -> tuple[list[Any], list[Any]]:
        grid = board.chosen_in
        values = [value for row in grid.values for value in row]
        fields = [
            widgets.ToggleButton(
                description=value,
                tooltip=label,
                layout={"width": CELL, "height": CELL, "margin": "0"},
            )
            for value, label in zip(values, cell_labels(grid), strict=True)
        ]
        for field in fields:
            field.observe(_mark_chosen, "value")
        box = widgets.GridBox(
            fields,
            layout={"grid_template_columns": f"repeat({grid.shape[1]}, {CELL})", "grid_gap": "3px"},
        )
        self._show_picture(board)
        title = widgets.HTML(
            f'<p style="{HIDDEN}">{escape(board.scene.sentence)}</p>'
            f"<p>Choose in the {rich(grid.title)}:</p>"
        )
        return fields, [self.picture, title, box]

    def _show_picture(self, board: Board) -> None:
        """Show the cell in question, and the right cells once they are asked for."""
        outlined = dict(board.asked)
        if self.worked_button.value:
            outlined[board.grid] = self.case.right_cells
        scene = _Outlined(board.scene.grids, board.scene.sentence, outlined=outlined)
        self.drawing = ScenePicture(scene)
        self.picture.value = self.drawing.png()
        self.picture.layout.width = f"{self.drawing.layout.width}px"


def _image() -> widgets.Image:
    return widgets.Image(format="png", layout={"max_width": "100%"})


def _mark_chosen(change: Any) -> None:
    change.owner.button_style = "info" if change.new else ""


@dataclass(frozen=True)
class _Outlined(Scene):
    """Grids with some cells outlined, and no sum that would tell why."""

    _: KW_ONLY
    outlined: dict[str, set[Cell]]

    def lit(self, step: Cell | None) -> dict[str, set[Cell]]:
        return self.outlined
