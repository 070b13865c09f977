"""Fields of an explorer's live form: what a reader types, and what they are told."""

from __future__ import annotations

from html import escape

import ipywidgets as widgets
import numpy as np

from convlib._types import Cell
from convlib.explorers.declaration import Guess, Own
from convlib.scenes.changes import read_number
from convlib.scenes.scene import Scene

__all__ = ["LABEL", "NARROW", "GuessField", "NumbersField", "OwnField"]

LABEL = {"description_width": "initial"}
NARROW = {"width": "auto"}


class _Saying:
    """What has a message for the reader."""

    message: widgets.HTML

    def say(self, text: str) -> None:
        """Write a text beside the field, and have it read aloud."""
        self.message.value = f'<div aria-live="polite">{escape(text)}</div>'


class OwnField(_Saying, widgets.VBox):
    """A field for the reader's own value of a control.

    Parameters
    ----------
    own : Own

    Attributes
    ----------
    text : Textarea
    button : Button
        Shows what is typed; until then nothing happens.
    message : HTML
        What is wrong with it, or that it is shown.
    """

    def __init__(self, own: Own) -> None:
        self.own = own
        # Sent as a whole when the reader leaves the field, so before the click on the button.
        self.text = widgets.Textarea(
            continuous_update=False,
            description=own.label,
            placeholder=own.hint,
            rows=2 if len(own.hint) < 40 else 5,
            style=LABEL,
            layout={"width": "36em", "max_width": "100%"},
        )
        self.button = widgets.Button(description="Show", tooltip=f"show {own.label}", layout=NARROW)
        self.message = widgets.HTML()
        row = widgets.HBox([self.text, self.button], layout={"flex_flow": "row wrap"})
        super().__init__([row, self.message])


class NumbersField(_Saying, widgets.Accordion):
    """The numbers of one grid, to be changed.

    Attributes
    ----------
    menu : Dropdown
        Which grid.
    text : Textarea
        Its numbers, row by row; those of padding and of zeros between cells stay as they are.
    button, back_button : Button
        Show what is typed; show the book's again.
    message : HTML
    """

    def __init__(self) -> None:
        self.menu = widgets.Dropdown(description="numbers of", style=LABEL)
        self.text = widgets.Textarea(
            continuous_update=False, rows=6, layout={"width": "36em", "max_width": "100%"}
        )
        self.button = widgets.Button(
            description="Show", tooltip="show these numbers", layout=NARROW
        )
        self.back_button = widgets.Button(description="The book’s numbers", layout=NARROW)
        self.message = widgets.HTML()
        self._shown: dict[str, str] = {}
        buttons = widgets.HBox([self.button, self.back_button])
        super().__init__([widgets.VBox([self.menu, self.text, buttons, self.message])])
        self.set_title(0, "change numbers")
        self.selected_index = None
        self.menu.observe(lambda _: self._fill(), "value")

    @property
    def grid(self) -> str:
        """The name of the grid that is chosen."""
        return str(self.menu.value)

    def offer(self, scene: Scene) -> None:
        """Offer the grids of a scene whose numbers can be changed, and show the chosen one's."""
        names = list(dict.fromkeys(view.grid for view in scene.views))
        self.layout.display = None if names else "none"
        self._shown = {
            name: "\n".join(" ".join(text or "." for text in row) for row in scene[name].values)
            for name in names
        }
        if list(self.menu.options) != names:
            chosen = self.menu.value
            self.menu.options = names
            self.menu.value = chosen if chosen in names else next(iter(names), None)
        self._fill()

    def read(self, shape: tuple[int, int]) -> dict[Cell, float]:
        """Return the numbers that are typed and were not there before, by (row, column).

        Raises
        ------
        ValueError
            If the rows are not as many and as long, or a text is no number.
        """
        rows, before = (
            [line.split() for line in text.strip().splitlines()]
            for text in (self.text.value, self._shown[self.grid])
        )
        lengths = {len(row) for row in rows}
        if len(rows) != shape[0] or lengths != {shape[1]}:
            raise ValueError(
                f"{self.grid} has {shape[0]} rows of {shape[1]} numbers; keep that shape"
            )
        return {
            (row, column): read_number(rows[row][column])
            for row, column in np.ndindex(*shape)
            if rows[row][column] != before[row][column]
        }

    def _fill(self) -> None:
        self.text.value = self._shown.get(self.grid, "")


class GuessField(_Saying, widgets.VBox):
    """Whether the reader is asked before the picture shows its answer, and where they give one.

    Parameters
    ----------
    guess : Guess or None
        Without one there is nothing to ask, and the field is hidden.

    Attributes
    ----------
    switch : ToggleButton
        Whether every change of the controls asks.
    text : Text
        The reader's answer.
    look_button, skip_button : Button
        Show the answer, and what it is compared with; show it alone.
    message : HTML
        The question, and afterwards the comparison.
    """

    def __init__(self, guess: Guess | None) -> None:
        self.switch = widgets.ToggleButton(
            description="Predict first", layout={**NARROW, "align_self": "flex-start"}
        )
        # Sent when the reader presses Enter or leaves the field, so before a click on the button.
        self.text = widgets.Text(
            continuous_update=False, placeholder="your answer", layout={"width": "12em"}
        )
        self.look_button = widgets.Button(description="Look", layout=NARROW)
        self.skip_button = widgets.Button(description="Skip", layout=NARROW)
        self.message = widgets.HTML()
        self._answer = widgets.HBox([self.text, self.look_button, self.skip_button])
        super().__init__([self.switch, self.message, self._answer])
        self.layout.display = None if guess else "none"
        self.show("")

    def ask(self, question: str) -> None:
        """Ask for an answer."""
        self.text.value = ""
        self.say(question)
        self._answer.layout.display = None

    def show(self, text: str) -> None:
        """Say what came of it."""
        self.say(text)
        self._answer.layout.display = "none"
