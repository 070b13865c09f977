"""An explorer in a notebook: widgets for the controls, and a picture that matplotlib updates.

The widget holds only state. It draws into memory and shows the result as an image, so it needs no
extension beyond ipywidgets and works wherever those do: JupyterLab, Notebook, VS Code, Colab.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import ipywidgets as widgets
import numpy as np

from convlib._types import Cell
from convlib.draw import ScenePicture, animate
from convlib.explorers.declaration import Control, Declaration, Values, parse_state
from convlib.explorers.guessing import asked_scene, told
from convlib.explorers.live_fields import LABEL, NARROW, GuessField, NumbersField, OwnField
from convlib.scenes.changes import changed, checked_numbers
from convlib.scenes.scene import Scene
from convlib.scenes.symbols import formula_keys, symbol_words

__all__ = ["LATEST", "LiveExplorer", "go_to", "live_form"]

STEP_MILLISECONDS = 700
MOST_BUTTONS = 4  # a choice between more texts is a menu
FORMATS = {"png": "image/png", "svg": "image/svg+xml", "gif": "image/gif"}
# Read aloud but not shown: the picture itself holds these words.
HIDDEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"

#: The form of each explorer that was made last, for links in a notebook's text.
LATEST: WeakValueDictionary[str, Any] = WeakValueDictionary()


def live_form(explorer: Declaration, values: Values) -> LiveExplorer:
    """Return an explorer as a widget, with these values to begin with."""
    LATEST[explorer.name] = form = LiveExplorer(explorer, values)
    return form


def go_to(name: str, state: str) -> str:
    """Set the latest form of an explorer to a state, and return which widget that is.

    Parameters
    ----------
    name : str
        The explorer's: ``"stride"``.
    state : str
        As the role {state} has it: ``"stride=2 padding=1"``. Controls that it leaves out keep
        their values.

    Returns
    -------
    str
        The widget's ``model_id``, or ``""`` where no form of the explorer was made yet.

    Raises
    ------
    TypeError, ValueError
        As `LiveExplorer.set`.
    """
    form = LATEST.get(name)
    if form is None:
        return ""
    form.set(**parse_state(state))
    return str(form.model_id)


class LiveExplorer(widgets.VBox):
    """An explorer as a widget.

    Parameters
    ----------
    explorer : Declaration
    values : dict
        A value for each control, by name; `reset` comes back to them.

    Attributes
    ----------
    controls : dict of str to Widget
        By the name of the control; set ``controls["stride"].value`` to change it.
    own_fields : dict of str to OwnField
        By the name of the control, for those that take the reader's own value. While one is
        shown, a choice holds None, and a slider the number that it had.
    step_slider : IntSlider
        The number of the step that is lit, from 1, in reading order.
    play : Play
        Moves the step slider.
    back_button, forward_button, reset_button : Button
    numbers : NumbersField
        Where numbers of the input and the kernel are changed; hidden where there are none.
    guess : GuessField
        Where the reader is asked before they see the answer; hidden where there is no question.
    letters : ToggleButtons
        The letters of the formula; one that is chosen outlines what it counts.
    image : Image
        The picture as a PNG.
    words : HTML
        The sentence, or what is wrong; and for screen readers the formula and the sum.
    code : HTML
        The PyTorch lines.
    save_buttons : dict of str to Button
        ``"png"``, ``"svg"``, ``"gif"``.
    saved : HTML
        The link to what was saved last.
    """

    def __init__(self, explorer: Declaration, values: Values) -> None:
        self.explorer, self.start = explorer, dict(values)
        self._own: Values = {}
        self._changes: dict[str, dict[Cell, float]] = {}
        self._quiet = self._asking = False
        self._make_controls()
        self._set_controls(values)
        self.image = widgets.Image(format="png", layout={"max_width": "100%", "flex": "none"})
        self.words, self.code, self.saved = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._frame = widgets.Box([self.image], layout={"display": "block"})
        self._tallest = 0
        self.scene = self._made_scene()
        self.picture = ScenePicture(self.scene)
        super().__init__(self._arranged())
        self._listen()
        self._show_scene()

    def _make_controls(self) -> None:
        """Make what the reader moves, types into and presses."""
        controls = self.explorer.controls
        longest = max((len(control.label) for control in controls), default=0)
        self.controls = {
            control.name: _control_widget(control, f"{0.6 * longest:.1f}em") for control in controls
        }
        self.own_fields = {
            control.name: OwnField(control.own) for control in controls if control.own
        }
        self.numbers = NumbersField()
        self.guess = GuessField(self.explorer.guess)
        self.letters = widgets.ToggleButtons(
            options=[("none", "")], description="outline", style={"button_width": "auto", **LABEL}
        )
        self.play = widgets.Play(
            value=1, min=1, interval=STEP_MILLISECONDS, tooltip="play the sweep"
        )
        self.step_slider = widgets.IntSlider(1, min=1, description="step", style=LABEL)
        self.back_button, self.forward_button = (
            widgets.Button(icon=f"step-{way}", tooltip=f"step {way}", layout=NARROW)
            for way in ("backward", "forward")
        )
        self.reset_button = widgets.Button(description="Reset", icon="undo", layout=NARROW)
        self.save_buttons = {
            format: widgets.Button(
                description=format.upper(),
                tooltip=f"save {'the sweep' if format == 'gif' else 'the picture'}",
                icon="download",
                layout=NARROW,
            )
            for format in FORMATS
        }

    def _arranged(self) -> list[widgets.Widget]:
        """Return what stands in the form, from top to bottom."""
        wrap = widgets.Layout(flex_flow="row wrap")
        steps = [
            self.back_button,
            self.play,
            self.forward_button,
            self.step_slider,
            self.reset_button,
        ]
        return [
            widgets.HTML(f"<strong>{escape(self.explorer.title)}</strong>"),
            widgets.HBox([*self.controls.values()], layout=wrap),
            *self.own_fields.values(),
            self.numbers,
            widgets.HBox(steps, layout=wrap),
            self.guess,
            self._frame,
            self.letters,
            self.words,
            self.code,
            widgets.HBox([*self.save_buttons.values(), self.saved], layout=wrap),
        ]

    def _listen(self) -> None:
        """Let every control do its work."""
        for name, control in self.controls.items():
            control.observe(lambda _, name=name: self._control_moved(name), "value")
        for name, field in self.own_fields.items():
            field.button.on_click(lambda _, name=name: self._use_own(name))
        self.numbers.button.on_click(lambda _: self._use_numbers())
        self.numbers.back_button.on_click(lambda _: self._numbers_back())
        self.guess.switch.observe(self._values_changed, "value")
        self.guess.text.observe(lambda _: self.look(), "value")
        self.guess.look_button.on_click(lambda _: self.look())
        self.guess.skip_button.on_click(lambda _: self._answer(""))
        widgets.link((self.play, "value"), (self.step_slider, "value"))
        self.step_slider.observe(self._step_changed, "value")
        self.letters.observe(self._step_changed, "value")
        self.play.observe(lambda _: self._show_words(), "playing")
        self.back_button.on_click(lambda _: self._move(-1))
        self.forward_button.on_click(lambda _: self._move(1))
        self.reset_button.on_click(lambda _: self.reset())
        for format, button in self.save_buttons.items():
            button.on_click(lambda _, format=format: self.save(format))

    @property
    def shown(self) -> Scene:
        """The scene, without its answer while the reader is asked for that."""
        guess = self.explorer.guess
        return asked_scene(self.scene, guess) if self._asking and guess else self.scene

    @property
    def values(self) -> Values:
        """The value of each control, or the reader's own in its place, by name."""
        return {name: self._own.get(name, control.value) for name, control in self.controls.items()}

    @property
    def step(self) -> Cell | None:
        """The (row, column) of the step that is lit, or None where there are no steps."""
        if not self.steps:
            return None
        return divmod(int(self.step_slider.value) - 1, self.shown.step_shape[1])

    @property
    def steps(self) -> int:
        """How many steps the sweep has."""
        rows, columns = self.shown.step_shape
        return rows * columns

    @property
    def error(self) -> str:
        """Why the values make no picture; empty where they do."""
        return self.scene.error

    @property
    def changes(self) -> dict[str, dict[Cell, float]]:
        """The numbers that the reader has changed, by their source and place."""
        return {source: dict(own) for source, own in self._changes.items() if own}

    def change(self, source: str, numbers: dict[Cell, float]) -> None:
        """Change numbers of the input, the kernel or another source, by (row, column).

        Parameters
        ----------
        source : str
            As `convlib.scenes.scene.View` names it: ``"input"``.
        numbers : dict
            They stay when a control moves their cells; `reset` takes them back.

        Raises
        ------
        ValueError
            If the picture does not show such a number, or a cell cannot show it.

        Examples
        --------
        >>> from convlib.explorers import stride
        >>> form = stride()
        >>> form.change("input", {(0, 0): -2.5})
        >>> form.scene["input"].values[0][0]
        '−2.5'
        """
        checked = checked_numbers(source, numbers, self.scene)
        self._changes = {**self._changes, source: {**self._changes.get(source, {}), **checked}}
        self._values_changed()

    def look(self) -> None:
        """Show the picture, and how the answer that was typed compares with it."""
        given = self.guess.text.value
        if self._asking and given.strip() and self.explorer.guess:
            self._answer(told(given, self.explorer.guess, self.scene, self.values))

    def set(self, **values: Any) -> None:
        """Set several controls at once, by name, with one change of the picture.

        Raises
        ------
        TypeError, ValueError
            If there is no such control, or the control has no such value.
        """
        values = self.explorer.values(**{**self.values, **self.explorer.by_control(values)})
        with self._held():
            self._set_controls(values)
        self._values_changed()

    def reset(self) -> None:
        """Come back to the values and the picture of the beginning."""
        with self._held():
            self.play.playing = False
            self.step_slider.value = 1
            self.letters.value = ""
        for field in self.own_fields.values():
            field.text.value = ""
        self._changes = {}
        self.set(**self.start)

    def save(self, format: str) -> bytes:
        """Save the picture, or the sweep, to a file in the working folder and offer it as a link.

        Parameters
        ----------
        format : str
            ``"png"`` or ``"svg"``: the picture. ``"gif"``: the sweep.

        Returns
        -------
        bytes
            What the file holds.

        Raises
        ------
        ValueError
            If the format is another, or there is no sweep to save.
        """
        if format not in FORMATS:
            raise ValueError(f"format={format!r} must be one of {', '.join(FORMATS)}")
        file = BytesIO()
        if format == "gif":
            animate(self.scene, file)
        else:
            self.picture.save(file, format)
        settings = (
            f"{name}-{'own' if name in self._own else control.value}"
            for name, control in self.controls.items()
        )
        name = "_".join([self.explorer.name, *settings]).replace(" ", "-") + f".{format}"
        try:
            Path(name).write_bytes(file.getvalue())
            where = "also in this notebook's folder"
        except OSError:
            where = "this notebook's folder cannot be written to"
        address = f"data:{FORMATS[format]};base64,{b64encode(file.getvalue()).decode()}"
        self.saved.value = (
            f'<a download="{escape(name)}" href="{address}">{escape(name)}</a>, {where}'
        )
        return file.getvalue()

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Change controls without a new picture for each."""
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    def _set_controls(self, values: Values) -> None:
        for control in self.explorer.controls:
            name, value = control.name, values[control.name]
            if control.own and control.is_own(value):
                self._own[name] = value
                if not isinstance(self.controls[name], widgets.IntSlider):
                    # A choice of nothing, so that any choice is a change.
                    self.controls[name].value = None
                self.own_fields[name].text.value = control.own.text(value)
            else:
                self._own.pop(name, None)
                self.controls[name].value = value

    def _use_own(self, name: str) -> None:
        """Show what the reader typed, or say what is wrong with it."""
        field = self.own_fields[name]
        try:
            value = field.own.parse(field.text.value)
        except (TypeError, ValueError) as error:
            field.say(f"Not shown: {str(error).rstrip('. ')}.")
            return
        typed = field.text.value
        self.set(**{name: value})
        field.text.value = typed  # as they wrote it

    def _use_numbers(self) -> None:
        """Show the numbers that the reader typed, or say what is wrong with them."""
        grid = self.numbers.grid
        view = next(one for one in self.scene.views if one.grid == grid)
        try:
            typed = self.numbers.read(self.scene[grid].shape)
            numbers = {
                (view.rows[row], view.columns[column]): value
                for (row, column), value in typed.items()
                if view.rows[row] >= 0 and view.columns[column] >= 0
            }
            self.change(view.source, numbers)
        except (TypeError, ValueError) as error:
            self.numbers.say(f"Not shown: {str(error).rstrip('. ')}.")
            return
        self.numbers.say("The picture shows your numbers.")

    def _numbers_back(self) -> None:
        self._changes = {}
        self._values_changed()
        self.numbers.say("The book’s numbers are back.")

    def _control_moved(self, name: str) -> None:
        """Show what a control was moved to, in the place of the reader's own value."""
        if not self._quiet:
            self._own.pop(name, None)
        self._values_changed()

    def _values_changed(self, _: object | None = None) -> None:
        if not self._quiet:
            self.scene = self._made_scene()
            guess = self.explorer.guess
            # Of changed numbers, the answer may be another.
            unasked = not guess or (self.scene.retold and any(self._changes.values()))
            self.guess.layout.display = "none" if unasked else None
            self._asking = bool(not unasked and self.guess.switch.value)
            if self._asking and guess:
                self.guess.ask(guess.question)
            else:
                self.guess.show("")
            self._show_scene()

    def _answer(self, text: str) -> None:
        """Stop asking, show the picture, and say this."""
        self._asking = False
        self.guess.show(text)
        self._show_scene()

    def _move(self, by: int) -> None:
        self.play.playing = False
        self.step_slider.value += by  # which stops at both ends

    def _step_changed(self, _: object) -> None:
        if not self._quiet:
            self._light()
            self._show_picture()

    def _light(self) -> None:
        """Outline what the chosen letter counts, or the step's cells."""
        if self.letters.value:
            self.picture.show_symbol(self.letters.value)
        else:
            self.picture.show_step(self.step)

    def _made_scene(self) -> Scene:
        try:
            return changed(self.explorer.scene(**self.values), self._changes)
        except Exception as error:  # whatever it is, a reader must not meet a traceback
            return Scene((), f"No picture: {error}.", error=f"no picture: {error}")

    def _show_scene(self) -> None:
        """Show the scene, at the step of the same number where it has so many."""
        with self._held():
            for control in (self.play, self.step_slider):
                control.max = max(self.steps, 1)
            for control in (self.play, self.step_slider, self.back_button, self.forward_button):
                control.disabled = not self.steps
            self.play.playing &= self.steps > 0
        self.save_buttons["gif"].disabled = not self.steps
        for name, field in self.own_fields.items():
            own = name in self._own
            field.say(f"The picture shows {field.own.label}." if own else "")
        shown = self.shown
        self.numbers.offer(shown)
        self._offer_letters()
        self.picture.update(shown)
        self._light()
        lines = escape(shown.code)
        self.code.value = f"<pre><code>{lines}</code></pre>" if lines else ""
        self.saved.value = ""
        self._show_picture()

    def _offer_letters(self) -> None:
        """Offer the letters of the formula, each with what it counts."""
        keys = formula_keys(self.shown)
        options = [("none", ""), *((key, key) for key in keys)]
        chosen = self.letters.value if self.letters.value in keys else ""
        with self._held():
            if list(self.letters.options) != options:
                self.letters.options = options
            self.letters.value = chosen
        names = [self.scene.symbols[key].name for key in keys]
        self.letters.tooltips = ["outline the step", *names]
        self.letters.layout.display = None if keys else "none"

    def _show_picture(self) -> None:
        self.image.value = self.picture.png()
        self.image.layout.width = f"{self.picture.layout.width}px"
        # what is below the picture moves down when that grows, and never up
        self._tallest = max(self.picture.layout.height, self._tallest)
        self._frame.layout.min_height = f"{self._tallest}px"
        self._show_words()

    def _show_words(self) -> None:
        """Write what is shown, in words; during play without reading it aloud."""
        scene, step = self.shown, self.step
        if self.letters.value:
            total = symbol_words(scene, self.letters.value)
        else:
            total = scene.step_text(*step) if step else ""
        manner = 'aria-live="off"' if self.play.playing else 'aria-live="polite"'
        self.words.value = (
            f"<div {manner}><p>{escape(scene.sentence)}</p>"
            f'<p style="{HIDDEN}">{escape(scene.error or scene.formula)} {escape(total)}</p></div>'
        )


_SLIDER = {"width": "18em"}


def _control_widget(control: Control, label_width: str) -> widgets.Widget:
    """Return a slider for numbers, buttons or a menu for texts."""
    value = control.default
    label = {"description": control.label, "style": {"description_width": label_width}}
    if all(isinstance(choice, int) for choice in control.values):
        steps = np.diff(control.values)
        if len(steps) and steps[0] > 0 and (steps == steps[0]).all():
            ends = {"min": control.values[0], "max": control.values[-1], "step": int(steps[0])}
            return widgets.IntSlider(value, **ends, **label, layout=_SLIDER)
        return widgets.SelectionSlider(options=control.values, value=value, **label)
    kind = widgets.ToggleButtons if len(control.values) <= MOST_BUTTONS else widgets.Dropdown
    return kind(options=control.values, value=value, **label)
