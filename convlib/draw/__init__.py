"""Drawings, for the book's explorers and for readers' own notebooks.

`draw_grid`, `draw_matrix` and `draw_convolution` take matplotlib's axes and return them; without
axes they open a pyplot figure, which notebooks show. `draw_scene` makes a figure of any scene,
`ScenePicture` one that updates quickly, and `animate` a file of its sweep.

How it works is in the modules: `convlib.draw.looks` says how each role looks. For matplotlib,
`convlib.draw.stamps` prints cells and glyphs, `convlib.draw.layout` says where,
`convlib.draw.picture` puts a scene together, and `convlib.draw.animation` writes its sweep. For
pages, `convlib.draw.svg` writes the same scenes as SVG, without matplotlib.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convlib.draw.animation import animate
    from convlib.draw.axes import draw_convolution, draw_grid, draw_matrix, draw_scene
    from convlib.draw.picture import ScenePicture

__all__ = [
    "ScenePicture",
    "animate",
    "draw_convolution",
    "draw_grid",
    "draw_matrix",
    "draw_scene",
]

#: The modules of these names. They load matplotlib, which pages, drawn as SVG, do without.
_HOMES = {"ScenePicture": "picture", "animate": "animation"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"convlib.draw.{_HOMES.get(name, 'axes')}"), name)
