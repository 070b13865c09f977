"""The picture explorer in a notebook: widgets, and two pictures that matplotlib updates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import escape
from io import BytesIO
from typing import Any

import ipywidgets as widgets
from matplotlib.figure import Figure

from convlib.draw.photo import grey_levels
from convlib.explorers.declaration import Panel
from convlib.explorers.live import LATEST
from convlib.explorers.live_fields import OwnField
from convlib.scenes.seeing import Look

__all__ = ["LivePicture"]

#: Row and column of the lens to begin with.
START = 40
OWN = "your own"


class LivePicture(widgets.VBox):
    """The picture explorer as a widget.

    Parameters
    ----------
    explorer : Panel
    look : Look
        What is shown first.

    Attributes
    ----------
    look : Look
        What is shown.
    controls : dict of str to Widget
        ``"kernel"``, ``"stride"``, ``"dilation"``; and ``"row"`` and ``"column"`` of the lens.
    own_kernel : OwnField
        For weights of one's own.
    image : Image
        The picture and its answers as a PNG.
    words : HTML
        The sum under the lens.
    """

    def __init__(self, explorer: Panel, look: Look) -> None:
        self.explorer, self.look, self._quiet = explorer, look, False
        kernel, *others = explorer.controls
        self.controls: dict[str, Any] = {
            "kernel": widgets.Dropdown(options=[*kernel.values, OWN], description=kernel.label)
        }
        for control in others:
            first, *_, last = control.values
            self.controls[control.name] = widgets.IntSlider(
                min=first, max=last, description=control.label
            )
        for name in ("row", "column"):
            self.controls[name] = widgets.IntSlider(START, 0, START, description=name)
        assert kernel.own
        self.own_kernel = OwnField(kernel.own)
        self.own_kernel.button.on_click(lambda _: self._use_own())
        self.image, self.words = widgets.Image(format="png"), widgets.HTML()
        self._draw_first()
        super().__init__([*self.controls.values(), self.own_kernel, self.image, self.words])
        for name, control in self.controls.items():
            control.observe(lambda _, name=name: self._moved(name), "value")
        self._show(look)
        LATEST[explorer.name] = self

    def set(self, **values: Any) -> None:
        """Set several controls at once, by name; parameters as `PictureExplorer.values`.

        Raises
        ------
        TypeError, ValueError
            If there is no such control, or the control has no such value.
        """
        shown = {name: getattr(self.look, name) for name in ("kernel", "stride", "dilation")}
        if "kernel" not in values:
            shown["over"] = self.look.over
        self._show(replace(self.look, **self.explorer.values(**{**shown, **values})))

    def _use_own(self) -> None:
        """Show the kernel that the reader typed, or say what is wrong with it."""
        try:
            self.set(kernel=self.own_kernel.own.parse(self.own_kernel.text.value))
        except (TypeError, ValueError) as error:
            self.own_kernel.say(f"Not shown: {error}.")

    def _moved(self, name: str) -> None:
        if self._quiet:
            return
        value = self.controls[name].value
        if name in ("row", "column") or value == OWN:
            self._show(self.look)
        else:
            self.set(**{name: value})

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Change controls without a new picture for each."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    def _show(self, look: Look) -> None:
        self.look = look
        named = isinstance(look.kernel, str) and look.over is None
        answers = look.answers()
        with self._held():
            self.controls["kernel"].value = look.kernel if named else OWN
            for name in ("stride", "dilation"):
                self.controls[name].value = getattr(look, name)
            for name, size in zip(("row", "column"), answers.shape, strict=True):
                self.controls[name].max = size - 1
        if not named:
            rows = look.weights.tolist()
            self.own_kernel.text.value = "; ".join(" ".join(map(str, row)) for row in rows)
        self.own_kernel.say("" if named else f"The answers are to {self.own_kernel.own.label}.")
        row, column = (self.controls[name].value for name in ("row", "column"))
        self._draw(answers, row, column)
        height, width = answers.shape
        self.words.value = (
            f'<div aria-live="polite"><p>{height}×{width} answers.</p>'
            f"<p>answer[{row}, {column}] = {escape(look.sum_text(row, column))}</p></div>"
        )

    def _draw_first(self) -> None:
        """Make what is drawn; from then on it is changed."""
        self._figure = Figure(figsize=(7, 3.7), layout="constrained")
        self._axes = self._figure.subplots(1, 2)
        self._pictures = [axes.imshow([[0]], cmap="gray", vmin=0, vmax=255) for axes in self._axes]
        self._marks = [
            axes.plot([], [], "s", color="crimson", fillstyle="none")[0] for axes in self._axes
        ]

    def _draw(self, answers: Any, row: int, column: int) -> None:
        seen = self.look.links(0)[row], self.look.links(1)[column]
        (_, y), (_, x) = (taps[len(taps) // 2] for taps in seen)
        levels = grey_levels(answers, self.look.signed)
        titles = "picture", "answers, 0 is grey" if self.look.signed else "answers"
        shown = zip(
            self._axes, self._pictures, self._marks, (self.look.image, levels), titles,
            ((y, x), (row, column)), strict=True,
        )  # fmt: skip
        for axes, picture, mark, cells, title, (down, right) in shown:
            height, width = cells.shape
            picture.set_data(cells)
            picture.set_extent((-0.5, width - 0.5, height - 0.5, -0.5))
            mark.set_data([right], [down])
            axes.set_title(f"{title} {height}×{width}", fontsize=10)
        file = BytesIO()
        self._figure.savefig(file, format="png")
        self.image.value = file.getvalue()
