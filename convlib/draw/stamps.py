"""Stamps, of which every matplotlib picture consists: one small path printed at many places.

There is one for each kind of cell, each mark and each glyph, and one artist prints them all. Agg
rasterises a stamp once and copies it, which makes an update many times faster than one `Text` for
each number.

Lengths are CSS pixels, so that this form and the page's have one look.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TypeAlias
from unicodedata import combining

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from convlib._types import Array
from convlib.draw.looks import INK

__all__ = ["Layer", "Place", "Places", "Stamp", "text_width", "vertices", "wrapped"]

LIGHT = 0  # a picture has its own light ground, so it reads the same on a dark page

Place: TypeAlias = tuple[float, float]


# --- text -----------------------------------------------------------------------------------------


@cache
def typeface() -> FontProperties:
    """Return the font of every text."""
    # DejaVu Sans comes with matplotlib and has × − ⌊ ⌋ on every machine.
    return FontProperties(family="DejaVu Sans")


def characters(text: str) -> list[str]:
    """Return the characters of a text, each with the accents that combine with it."""
    found: list[str] = []
    for character in text:
        if found and combining(character):
            found[-1] += character
        else:
            found.append(character)
    return found


@cache
def advance_of(character: str) -> float:
    """Return the width of a character, in units of the font size."""
    font = get_font(findfont(typeface()))
    font.set_size(100, 72)
    return font.load_char(ord(character[0])).linearHoriAdvance / 65536 / 100


@lru_cache(maxsize=4096)
def text_width(text: str, size: float) -> float:
    """Return the width of a text in CSS pixels, from the advances of its glyphs.

    Examples
    --------
    >>> text_width("11", 10) == 2 * text_width("1", 10)
    True
    """
    return size * sum(map(advance_of, characters(text)))


def wrapped(text: str, size: float, width: float) -> list[str]:
    """Return the lines of a text, broken at spaces so that each is at most `width` pixels wide.

    Examples
    --------
    >>> wrapped("2×4 + 3×5 = 23", 10, 60)
    ['2×4 + 3×5', '= 23']
    """
    lines = []
    for paragraph in text.split("\n"):
        line, end = "", 0.0
        for word in paragraph.split(" "):
            advance = text_width(word, size)
            if line and end + size * advance_of(" ") + advance > width:
                lines.append(line)
                line, end = word, advance
            else:
                end += advance + (size * advance_of(" ") if line else 0)
                line = f"{line} {word}" if line else word
        lines.append(line)
    return lines


# --- stamps ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stamp:
    """One shape in one style, to be printed at many places.

    Parameters
    ----------
    shape
        A name of `_SHAPES`, or one character (with the accents that combine with it).
    size
        CSS pixels: the side of a cell, (width, height), or the size of the font.
    face, edge
        Colours; ``"none"`` for none.
    width
        CSS pixels, of the line.
    detail
        Radius of the corners, or dash and space, in CSS pixels.
    layer
        What is printed later lies above.
    """

    shape: str
    size: float | tuple[float, float]
    face: str = "none"
    edge: str = "none"
    width: float = 0
    detail: tuple[float, ...] = ()
    layer: int = 0

    @property
    def is_cell(self) -> bool:
        """Whether it is a cell or a mark on it, and not a character."""
        return self.shape in _SHAPES

    @property
    def reach(self) -> tuple[float, float]:
        """How far it goes above and below its place, in CSS pixels."""
        height = self.size[1] if isinstance(self.size, tuple) else self.size
        if not self.is_cell:  # a character stands on its place; accents and tails go beyond
            return 1.1 * height, 0.4 * height
        return height / 2 + self.width, height / 2 + self.width


Places: TypeAlias = dict[Stamp, list[Place]]
FRAME, FILL, DASH, MARK, GLYPH = range(5)


@cache
def _path(shape: str, size: float | tuple[float, float], detail: tuple[float, ...]) -> Path:
    """Return the path of a stamp in CSS pixels, y upwards, about its place."""
    width, height = size if isinstance(size, tuple) else (size, size)
    if shape not in _SHAPES:
        return TextPath((0, 0), shape, size=height, prop=typeface())
    return _SHAPES[shape](width / 2, height / 2, *detail)


def _cell(x: float, y: float, radius: float = 0) -> Path:
    if not radius:
        return Path([(-x, -y), (x, -y), (x, y), (-x, y), (-x, -y)], closed=True)
    a, b = x - radius, y - radius
    corners = [
        *[(-a, -y), (a, -y), (x, -y), (x, -b), (x, b), (x, y), (a, y)],
        *[(-a, y), (-x, y), (-x, b), (-x, -b), (-x, -y), (-a, -y), (-a, -y)],
    ]
    line, curve = Path.LINETO, [Path.CURVE3] * 2
    codes = [Path.MOVETO, line, *curve, line, *curve, line, *curve, line, *curve, Path.CLOSEPOLY]
    return Path(corners, codes)


def _dashes(x: float, y: float, dash: float, space: float) -> Path:
    # Agg strokes markers without dashes, so they are part of the path.
    segments = []
    for start in _starts(x, dash, space):
        for up in (-y, y):
            segments += [(start, up), (start + dash, up)]
    for start in _starts(y, dash, space):
        for across in (-x, x):
            segments += [(across, start), (across, start + dash)]
    return Path(segments, [Path.MOVETO, Path.LINETO] * (len(segments) // 2))


def _starts(half: float, dash: float, space: float) -> Array:
    """Return where dashes begin on a side from -half to half that has one in each corner."""
    count = max(2, round((2 * half + space) / (dash + space)))
    return np.linspace(-half, half - dash, count)


def _lines(x: float, y: float) -> Path:
    """Diagonals that rise to the right, cut at the cell's border."""
    segments = []
    for shift in np.array([-1, -0.5, 0, 0.5, 1]) * 1.2 * x:  # y = x + shift
        left, right = max(-x, -y - shift), min(x, y - shift)
        segments += [(left, left + shift), (right, right + shift)]
    return Path(segments, [Path.MOVETO, Path.LINETO] * (len(segments) // 2))


def _dots(x: float, y: float) -> Path:
    corners = [(across, up) for across in (-x, x) for up in (-y, y)]
    return Path.make_compound_path(
        *(Path.circle((0.68 * across, 0.68 * up), 0.14 * x) for across, up in corners)
    )


def _segment(x: float, y: float, direction: float) -> Path:
    """Return a line across its box: 1 for one that falls to the right, −1 to the left."""
    return Path([(-direction * x, y), (direction * x, -y)], [Path.MOVETO, Path.LINETO])


_SHAPES: dict[str, Callable[..., Path]] = {
    "cell": _cell,
    "dashes": _dashes,
    "lines": _lines,
    "dots": _dots,
    "segment": _segment,
}


def vertices(path: Path) -> Array:
    """Return the points of a path, float64 of shape (n, 2)."""
    return np.asarray(path.vertices)


class Layer(Artist):
    """An artist that prints stamps at places.

    Parameters
    ----------
    axes
        Whose data unit is one CSS pixel.
    animated
        Whether it is left out of the cached background.
    """

    def __init__(self, axes: Axes, zorder: float, animated: bool = False) -> None:
        super().__init__()
        self.set(zorder=zorder, animated=animated)
        self.printed: dict[Stamp, Path] = {}  # with the places as vertices
        self._ground = axes.transData
        axes.add_artist(self)
        self.set_clip_on(False)

    def print(self, places: Places) -> None:
        """Show these stamps at these places, and no others."""
        self.printed = {
            stamp: Path(places[stamp]) for stamp in sorted(places, key=lambda stamp: stamp.layer)
        }
        self.stale = True

    def rows(self, height: int) -> Array:
        """Return which of a picture's rows the stamps may touch, bool of shape (height,)."""
        if not self.printed:
            return np.zeros(height, bool)
        scale = self._ground.get_matrix()[0, 0]  # device pixels to a data unit
        parts = [vertices(path) for path in self.printed.values()]
        places = np.concatenate(parts)
        middles = height - self._ground.transform(places)[:, 1]
        reaches = [stamp.reach for stamp in self.printed]
        above, below = np.repeat(reaches, [len(part) for part in parts], axis=0).T
        # A row counts up where a stamp begins and down after its end; antialiasing takes a pixel.
        ends = (middles - scale * above - 2, middles + scale * below + 3)
        begin, end = (np.clip(each.astype(int), 0, height) for each in ends)
        changes = np.bincount(begin, minlength=height + 1) - np.bincount(end, minlength=height + 1)
        touched: Array = changes[:height].cumsum() > 0
        return touched

    def draw(self, renderer: RendererBase) -> None:
        """Draw every stamp at its places, the lowest first."""
        if not self.get_visible():
            return
        gc = renderer.new_gc()
        # Stamps grow and shrink with the axes, so that texts stay in their cells.
        scale = self._ground.get_matrix()[0, 0]  # device pixels to a data unit
        stamp_scale, points = Affine2D().scale(scale), scale / renderer.points_to_pixels(1)
        for stamp, places in self.printed.items():
            gc.set_linewidth(points * stamp.width)
            gc.set_foreground(stamp.edge if stamp.width else INK[LIGHT])
            gc.set_snap(stamp.is_cell)  # straight lines are sharp, letters keep their weight
            path = _path(stamp.shape, stamp.size, stamp.detail)
            face = None if stamp.face == "none" else to_rgba(stamp.face)
            renderer.draw_markers(gc, path, stamp_scale, places, self._ground, face)
        gc.restore()
        self.stale = False
