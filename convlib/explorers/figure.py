"""One call for the figures of the chapters: HTML while the book is built, matplotlib elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convlib.explorers.building import builds_page
from convlib.scenes.scene import Scene

if TYPE_CHECKING:  # loaded when it is made
    from matplotlib.figure import Figure

__all__ = ["show"]


class _Page:
    """HTML as a cell's only output."""

    def __init__(self, html: str) -> None:
        self.html = html

    def _repr_html_(self) -> str:
        return self.html


def show(scene: Scene, caption: str = "") -> _Page | Figure:
    """Return a still picture of `scene`, with its sentence as the text alternative.

    Parameters
    ----------
    caption : optional
        What the reader sees below the picture.

    Returns
    -------
    object with an HTML form while the book is built, else matplotlib.figure.Figure
    """
    if builds_page():
        from convlib.draw.svg import figure_html

        return _Page(figure_html(scene, caption))
    from convlib.draw.axes import draw_scene

    return draw_scene(scene)
