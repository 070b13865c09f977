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
from convlib.explorers.declaration import Control, Declaration, Own, Values, parse_state
from convlib.scenes.changes import changed, checked_numbers, read_number
from convlib.scenes.scene import Scene

__all__ = ["LATEST", "LiveExplorer", "NumbersField", "OwnField", "go_to", "live_form"]

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
        self._quiet = False
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
        self.play = widgets.Play(
            value=1, min=1, interval=STEP_MILLISECONDS, tooltip="play the sweep"
        )
        self.step_slider = widgets.IntSlider(1, min=1, description="step", style=_LABEL)
        self.back_button, self.forward_button = (
            widgets.Button(icon=f"step-{way}", tooltip=f"step {way}", layout=_NARROW)
            for way in ("backward", "forward")
        )
        self.reset_button = widgets.Button(description="Reset", icon="undo", layout=_NARROW)
        self.save_buttons = {
            format: widgets.Button(
                description=format.upper(),
                tooltip=f"save {'the sweep' if format == 'gif' else 'the picture'}",
                icon="download",
                layout=_NARROW,
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
            self._frame,
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
        widgets.link((self.play, "value"), (self.step_slider, "value"))
        self.step_slider.observe(self._step_changed, "value")
        self.play.observe(lambda _: self._show_words(), "playing")
        self.back_button.on_click(lambda _: self._move(-1))
        self.forward_button.on_click(lambda _: self._move(1))
        self.reset_button.on_click(lambda _: self.reset())
        for format, button in self.save_buttons.items():
            button.on_click(lambda _, format=format: self.save(format))

    @property
    def values(self) -> Values:
        """The value of each control, or the reader's own in its place, by name."""
        return {name: self._own.get(name, control.value) for name, control in self.controls.items()}

    @property
    def step(self) -> Cell | None:
        """The (row, column) of the step that is lit, or None where there are no steps."""
        if not self.steps:
            return None
        return divmod(int(self.step_slider.value) - 1, self.scene.step_shape[1])

    @property
    def steps(self) -> int:
        """How many steps the sweep has."""
        rows, columns = self.scene.step_shape
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
            self._show_scene()

    def _move(self, by: int) -> None:
        self.play.playing = False
        self.step_slider.value += by  # which stops at both ends

    def _step_changed(self, _: object) -> None:
        if not self._quiet:
            self.picture.show_step(self.step)
            self._show_picture()

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
        self.numbers.offer(self.scene)
        self.picture.update(self.scene, self.step)
        lines = escape(self.scene.code)
        self.code.value = f"<pre><code>{lines}</code></pre>" if lines else ""
        self.saved.value = ""
        self._show_picture()

    def _show_picture(self) -> None:
        self.image.value = self.picture.png()
        self.image.layout.width = f"{self.picture.layout.width}px"
        # what is below the picture moves down when that grows, and never up
        self._tallest = max(self.picture.layout.height, self._tallest)
        self._frame.layout.min_height = f"{self._tallest}px"
        self._show_words()

    def _show_words(self) -> None:
        """Write what is shown, in words; during play without reading it aloud."""
        scene, step = self.scene, self.step
        total = scene.step_text(*step) if step else ""
        manner = 'aria-live="off"' if self.play.playing else 'aria-live="polite"'
        self.words.value = (
            f"<div {manner}><p>{escape(scene.sentence)}</p>"
            f'<p style="{HIDDEN}">{escape(scene.error or scene.formula)} {escape(total)}</p></div>'
        )


class OwnField(widgets.VBox):
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
            style=_LABEL,
            layout={"width": "36em", "max_width": "100%"},
        )
        self.button = widgets.Button(
            description="Show", tooltip=f"show {own.label}", layout=_NARROW
        )
        self.message = widgets.HTML()
        row = widgets.HBox([self.text, self.button], layout={"flex_flow": "row wrap"})
        super().__init__([row, self.message])

    def say(self, text: str) -> None:
        """Write a text below the field, and have it read aloud."""
        self.message.value = f'<div aria-live="polite">{escape(text)}</div>'


class NumbersField(widgets.Accordion):
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
        self.menu = widgets.Dropdown(description="numbers of", style=_LABEL)
        self.text = widgets.Textarea(
            continuous_update=False, rows=6, layout={"width": "36em", "max_width": "100%"}
        )
        self.button = widgets.Button(
            description="Show", tooltip="show these numbers", layout=_NARROW
        )
        self.back_button = widgets.Button(description="The book’s numbers", layout=_NARROW)
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

    def say(self, text: str) -> None:
        """Write a text below the field, and have it read aloud."""
        self.message.value = f'<div aria-live="polite">{escape(text)}</div>'

    def _fill(self) -> None:
        self.text.value = self._shown.get(self.grid, "")


_LABEL = {"description_width": "initial"}
_NARROW = {"width": "auto"}
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
