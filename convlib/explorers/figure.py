"""One call for the figures of the chapters: HTML while the book is built, matplotlib elsewhere."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Mapping
from html import escape
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from convlib._types import Cell
from convlib.explorers.building import builds_page
from convlib.scenes.scene import Scene

if TYPE_CHECKING:  # loaded when it is made
    from matplotlib.figure import Figure

__all__ = ["show", "show_pictures"]


class _Page:
    """HTML as a cell's only output."""

    def __init__(self, html: str) -> None:
        self.html = html

    def _repr_html_(self) -> str:
        return self.html


def show(scene: Scene, caption: str = "", step: Cell | None = None) -> _Page | Figure:
    """Return a still picture of `scene`, with its sentence as the text alternative.

    Parameters
    ----------
    caption : optional
        What the reader sees below the picture.
    step : (row, column), optional
        A step whose cells are outlined, such as a window and its output cell, with its sum.

    Returns
    -------
    object with an HTML form while the book is built, else matplotlib.figure.Figure
    """
    if builds_page():
        from convlib.draw.svg import figure_html

        return _Page(figure_html(scene, caption, step))
    from convlib.draw.axes import draw_scene

    return draw_scene(scene, step)


def show_pictures(
    pictures: Mapping[str, ArrayLike], caption: str, signed: Collection[str] = ()
) -> _Page | Figure:
    """Return pictures side by side, in grey; the caption is their text alternative, too.

    Parameters
    ----------
    pictures
        Arrays of shape (H, W) by their titles; 0 is black and 255 white.
    caption
        What there is to see.
    signed : optional
        Titles of pictures in which 0 is the middle grey.

    Returns
    -------
    object with an HTML form while the book is built, else matplotlib.figure.Figure
    """
    from convlib.draw.photo import grey_levels, png_bytes

    levels = {title: grey_levels(cells, title in signed) for title, cells in pictures.items()}
    if builds_page():
        shown = "".join(
            f'<div class="picture"><p class="grid-title">{escape(title)}</p><img alt="" '
            f'width="{cells.shape[1]}" height="{cells.shape[0]}" '
            f'src="data:image/png;base64,{b64encode(png_bytes(cells)).decode()}"></div>'
            for title, cells in levels.items()
        )
        return _Page(
            f'<figure class="scene"><div class="pictures" role="img" '
            f'aria-label="{escape(caption)}">{shown}</div>'
            f"<figcaption>{escape(caption, quote=False)}</figcaption></figure>"
        )
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.4 * len(levels), 2.7), layout="constrained")
    for axes, (title, cells) in zip(
        figure.subplots(1, len(levels), squeeze=False)[0], levels.items(), strict=True
    ):
        axes.imshow(cells, cmap="gray", vmin=0, vmax=255)
        axes.set_title(title, fontsize=10)
        axes.set_axis_off()
    return figure
