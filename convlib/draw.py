"""Scenes drawn with matplotlib: single figures, files, and a picture that updates quickly.

Everything in a picture is a *stamp*: one small path printed at many places. There is one for each
kind of cell, each mark and each glyph, and one artist prints them all. Agg rasterises a stamp once
and copies it, which makes an update many times faster than one `Text` for each number.

Lengths are CSS pixels, so that this form and the page's have one look.
"""

from __future__ import annotations

import json
import struct
import zlib
from base64 import b64encode
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from html import escape
from io import BytesIO
from itertools import chain
from math import inf, prod
from numbers import Real
from os import PathLike
from pathlib import Path as FilePath
from string import Template
from subprocess import CalledProcessError
from tempfile import TemporaryDirectory
from unicodedata import combining

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D
from PIL import Image

from convlib._checks import check_rank, is_sequence, numeric_array, per_axis, whole
from convlib.geometry import ConvGeometry
from convlib.roles import CELL, INK, LIT, MARK_LOOKS, ROLE_LOOKS
from convlib.scene import Grid, Scene
from convlib.scenes import convolution_scene
from convlib.scenes_matrix import matrix_scene

__all__ = [
    "ScenePicture",
    "animate",
    "draw_convolution",
    "draw_grid",
    "draw_matrix",
    "draw_scene",
]

# --- style --------------------------------------------------------------------------------------

SCALE = 2  # device pixels to a CSS pixel: sharp on dense screens, an even downscale on others
POINTS = 0.75  # points in a CSS pixel
LIGHT = 0  # a picture has its own light ground, so it reads the same on a dark page
GROUND = "#ffffff"
FADED = "#5a636d"

MARGIN = 16
GRID_GAP = 32
TEXT_SIZE = 13
TITLE_SIZE = 12.5
LEGEND_SIZE = 11.5
LEGEND_CELL = 16
LEGEND_GAP = 18
BAR_LENGTH = 320
BAR_WIDTH = 14
LINE_HEIGHT = 20
TITLE_HEIGHT = 24
WIDEST = 800  # grids shrink to stay within this, which notebooks can show
NARROWEST = 560  # lines of text may use at least this
MOST_ENTRIES = 500_000  # of a matrix; 22×22 cells to 22×22 cells are half of it
SMALLEST_TEXT = 6  # a matrix too small for it shows its colours alone
SMALLEST_CELL = 18  # that grids shrink to before they go on in another row
SMALL_CELL = 10  # below it, cells have no room for details
# fractions of a cell's side
DIGIT_SIZE = 0.46
INSET = 1 / 24
LIT_WIDTH = 1 / 13
LIT_TINT = 0.12

Place = tuple[float, float]


def tinted(colour: str) -> str:
    """Return the fill of a lit cell: its own, shifted towards the colour of its outline."""
    own, lit = np.array(to_rgb(colour)), np.array(to_rgb(LIT[LIGHT]))
    return to_hex(own + LIT_TINT * (lit - own))


# --- text ---------------------------------------------------------------------------------------


@cache
def _font() -> FontProperties:
    # DejaVu Sans comes with matplotlib and has × − ⌊ ⌋ on every machine.
    return FontProperties(family="DejaVu Sans")


def _characters(text: str) -> list[str]:
    """Return the characters of a text, each with the accents that combine with it."""
    found = []
    for character in text:
        if found and combining(character):
            found[-1] += character
        else:
            found.append(character)
    return found


@cache
def _advance(character: str) -> float:
    """Return the width of a character, in units of the font size."""
    font = get_font(findfont(_font()))
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
    return size * sum(map(_advance, _characters(text)))


def _width_at_1(text: str) -> float:
    return text_width(text, 1)


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
            if line and end + size * _advance(" ") + advance > width:
                lines.append(line)
                line, end = word, advance
            else:
                end += advance + (size * _advance(" ") if line else 0)
                line = f"{line} {word}" if line else word
        lines.append(line)
    return lines


# --- stamps -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stamp:
    """One shape in one style, to be printed at many places.

    Parameters
    ----------
    shape : str
        A name of `_SHAPES`, or one character (with the accents that combine with it).
    size : float or tuple of float
        CSS pixels: the side of a cell, (width, height), or the size of the font.
    face, edge : str
        Colours; ``"none"`` for none.
    width : float
        CSS pixels, of the line.
    detail : tuple of float
        Radius of the corners, or dash and space, in CSS pixels.
    layer : int
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


Places = dict[Stamp, list[Place]]
FRAME, FILL, DASH, MARK, GLYPH = range(5)


@cache
def _path(shape: str, size: float | tuple[float, float], detail: tuple[float, ...]) -> Path:
    """Return the path of a stamp in CSS pixels, y upwards, about its place."""
    if shape not in _SHAPES:
        return TextPath((0, 0), shape, size=size, prop=_font())
    width, height = size if isinstance(size, tuple) else (size, size)
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


def _starts(half: float, dash: float, space: float) -> np.ndarray:
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


_SHAPES = {"cell": _cell, "dashes": _dashes, "lines": _lines, "dots": _dots}


class Layer(Artist):
    """An artist that prints stamps at places.

    Parameters
    ----------
    axes : Axes
        Whose data unit is one CSS pixel.
    zorder : float
    animated : bool
        Whether it is left out of the cached background.
    """

    def __init__(self, axes: Axes, zorder: float, animated: bool = False):
        super().__init__()
        self.set(zorder=zorder, animated=animated)
        self.printed: dict[Stamp, Path] = {}  # with the places as vertices
        axes.add_artist(self)
        self.set_clip_on(False)

    def print(self, places: Places):
        """Show these stamps at these places, and no others."""
        self.printed = {
            stamp: Path(places[stamp]) for stamp in sorted(places, key=lambda stamp: stamp.layer)
        }
        self.stale = True

    def draw(self, renderer):
        """Draw every stamp at its places, the lowest first."""
        if not self.get_visible():
            return
        gc = renderer.new_gc()
        # Stamps grow and shrink with the axes, so that texts stay in their cells.
        scale = self.axes.transData.get_matrix()[0, 0]  # device pixels to a data unit
        stamp_scale, points = Affine2D().scale(scale), scale / renderer.points_to_pixels(1)
        for stamp, places in self.printed.items():
            gc.set_linewidth(points * stamp.width)
            gc.set_foreground(stamp.edge if stamp.width else INK[LIGHT])
            gc.set_snap(stamp.is_cell)  # straight lines are sharp, letters keep their weight
            path = _path(stamp.shape, stamp.size, stamp.detail)
            face = None if stamp.face == "none" else to_rgba(stamp.face)
            renderer.draw_markers(gc, path, stamp_scale, places, self.axes.transData, face)
        gc.restore()
        self.stale = False


# --- layout -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Box:
    """Where a grid lies: its first cell's corner, a cell's side, its texts' size (0 for none)."""

    x: float
    y: float
    cell: float
    shape: tuple[int, int]
    text_size: float

    def center(self, row: int, column: int) -> Place:
        """Return the middle of a cell."""
        return self.x + (column + 0.5) * self.cell, self.y + (row + 0.5) * self.cell

    def inside(self, places: np.ndarray) -> np.ndarray:
        """Return those of the places, shape (n, 2), that lie on the grid."""
        first, extent = (self.x, self.y), np.array(self.shape[::-1]) * self.cell
        return places[((places >= first) & (places < first + extent)).all(axis=1)]

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return the (row, column) of the cell around a place, or None outside of the grid."""
        row, column = int((y - self.y) // self.cell), int((x - self.x) // self.cell)
        return (row, column) if 0 <= row < self.shape[0] and 0 <= column < self.shape[1] else None


def _box(grid: Grid, x: float, y: float, cell: float) -> Box:
    """Return a grid's box, with texts as large as the widest of them allows."""
    widest = max(map(_width_at_1, {text for row in grid.values for text in row}), default=0)
    size = min(DIGIT_SIZE * cell, 0.84 * cell / widest if widest else cell)
    return Box(x, y, cell, grid.shape, float(np.floor(2 * size) / 2))


def _matrix_box(matrix: Grid, x: float, y: float, cell: float) -> Box:
    """Return a matrix's box, without texts where they would be too small to read."""
    box = _box(matrix, x, y, cell)
    return box if box.text_size >= SMALLEST_TEXT else replace(box, text_size=0)


def _matrix_side(matrix: Grid) -> int:
    """Return the side of a matrix's cells that keeps it within the widest picture."""
    return max(min(CELL, (WIDEST - 2 * MARGIN) // max(matrix.shape[1], 1)), 3)


@dataclass(frozen=True)
class Words:
    """One line of text."""

    text: str
    x: float
    baseline: float
    size: float = TEXT_SIZE
    colour: str = INK[LIGHT]


@dataclass(frozen=True)
class Layout:
    """Where everything of a scene lies, in CSS pixels from the upper left corner."""

    width: int
    height: int
    boxes: dict[str, Box]
    words: tuple[Words, ...]
    samples: tuple[tuple[str, Place], ...]  # the legend's cells: role, middle
    charts: dict[str, tuple[tuple[str, Place, tuple[float, float]], ...]]  # role, middle, size
    sum_top: float
    room: float  # for a line of text


def layout(scene: Scene) -> Layout:
    """Return the layout of a scene: grids side by side, the matrix below, legend, then texts.

    It does not depend on the step, so that nothing moves during a sweep.
    """
    titles = [text_width(grid.title, TITLE_SIZE) for grid in scene.grids]
    cell = _cell_side(scene.grids)
    boxes, words = {}, []
    right, x, y = MARGIN, MARGIN, MARGIN + TITLE_HEIGHT
    bottom = y
    for grid, title in zip(scene.grids, titles, strict=True):
        width = max(grid.shape[1] * cell, int(title) + 1)
        if x > MARGIN and x + width > WIDEST - MARGIN:
            x, y = MARGIN, bottom + GRID_GAP // 2 + TITLE_HEIGHT
        boxes[grid.name] = _box(grid, x, y, cell)
        words.append(Words(grid.title, x, y - 9, TITLE_SIZE, FADED))
        right, bottom = max(right, x + width), max(bottom, y + grid.shape[0] * cell)
        x += width + GRID_GAP
    y = bottom

    if scene.matrix:
        y += GRID_GAP // 2 + TITLE_HEIGHT
        side = min(cell, _matrix_side(scene.matrix))
        boxes[scene.matrix.name] = _matrix_box(scene.matrix, MARGIN, y, side)
        words.append(Words(scene.matrix.title, MARGIN, y - 9, TITLE_SIZE, FADED))
        y += scene.matrix.shape[0] * side
        right = max(right, MARGIN + scene.matrix.shape[1] * side)

    charts = {}
    for chart in scene.bars:
        y += TITLE_HEIGHT + (GRID_GAP // 2 if boxes or charts else 0)
        words.append(Words(chart.title, MARGIN, y - 9, TITLE_SIZE, FADED))
        start = (
            MARGIN + max((text_width(text, LEGEND_SIZE) for text in chart.labels), default=0) + 8
        )
        blocks = []
        for number, (label, text) in enumerate(zip(chart.labels, chart.texts, strict=True)):
            end = start + max(BAR_LENGTH * chart.lengths[number], 1)
            middle = (start + end) / 2, y + LINE_HEIGHT / 2
            blocks.append((chart.roles[number], middle, (end - start, BAR_WIDTH)))
            words.append(Words(label, MARGIN, y + 14, LEGEND_SIZE))
            words.append(Words(text, end + 8, y + 14, LEGEND_SIZE))
            right = max(right, int(end + 8 + text_width(text, LEGEND_SIZE)) + 1)
            y += LINE_HEIGHT
        charts[chart.name] = tuple(blocks)

    longest_sum = _widest_sum(scene) if scene.sweep else ""
    lines = [*scene.formula.split("\n"), scene.error, longest_sum]
    longest = int(max(text_width(line, TEXT_SIZE) for line in lines)) + 1
    legend = [
        (label, role, LEGEND_CELL + 6 + int(text_width(label, LEGEND_SIZE)) + 1)
        for label, role in _legend(scene)
    ]
    widest_label = max((width for *_, width in legend), default=0)
    right = max(right, MARGIN + min(longest, NARROWEST), MARGIN + widest_label)
    room, samples = right - MARGIN, []
    x, y = MARGIN, y + MARGIN
    for label, role, width in legend:
        if x > MARGIN and x + width > right:
            x, y = MARGIN, y + LINE_HEIGHT
        samples.append((role, (x + LEGEND_CELL / 2, y + LEGEND_CELL / 2)))
        words.append(Words(label, x + LEGEND_CELL + 6, y + 12, LEGEND_SIZE, FADED))
        x += width + LEGEND_GAP
    if samples:
        y += LINE_HEIGHT + 6
    for text, colour in ((scene.formula, INK[LIGHT]), (scene.error, LIT[LIGHT])):
        for line in wrapped(text, TEXT_SIZE, room) if text else ():
            words.append(Words(line, MARGIN, y + TEXT_SIZE, colour=colour))
            y += LINE_HEIGHT
    lines = len(wrapped(longest_sum, TEXT_SIZE, room)) if longest_sum else 0
    bottom = y + lines * LINE_HEIGHT + MARGIN - (LINE_HEIGHT - TEXT_SIZE)
    return Layout(right + MARGIN, bottom, boxes, tuple(words), tuple(samples), charts, y, room)


def _cell_side(grids: tuple[Grid, ...]) -> int:
    """Return the side of a cell: smaller than usual if that puts all grids side by side."""
    columns = [grid.shape[1] for grid in grids]
    room = WIDEST - 2 * MARGIN
    side = (room - GRID_GAP * (len(grids) - 1)) // max(sum(columns), 1)
    if side < SMALLEST_CELL:  # they take more than one row; the widest has to fit
        side = room // max(columns, default=1)
    return max(min(CELL, side), 4)


def _legend(scene: Scene) -> list[tuple[str, str]]:
    """Return the label and role of what the titles leave open, in the order of the looks."""
    grids = (*scene.grids, scene.matrix) if scene.matrix else scene.grids
    used = {word for grid in grids for row in grid.roles for role in row for word in role.split()}
    titled = {"input", "kernel", "output", "blank"}
    roles = [(look.label, name) for name, look in ROLE_LOOKS.items() if name in used - titled]
    return roles + [
        (look.label, f"input {name}") for name, look in MARK_LOOKS.items() if name in used
    ]


def _widest_sum(scene: Scene) -> str:
    """Return a text that takes at least as many lines as the sum of any step."""
    sweep = scene.sweep

    def widest(names) -> str:
        texts = {text for name in names for row in scene[name].values for text in row}
        return max(texts, key=_width_at_1, default="")

    reads, weights = (widest(names) for names in zip(*sweep.slices, strict=True))
    total, (rows, columns) = widest([sweep.over]), sweep.shape
    terms = max(map(len, sweep.rows), default=0) * max(map(len, sweep.columns), default=0)
    if sweep.kind == "stamp":
        height, width = scene[sweep.reads].shape
        add = f"({total})×({weights}) to {sweep.reads}[{height}, {width}], "
        return f"{sweep.over}[{rows}, {columns}] = {total} adds nothing {add * terms}"
    products = f"({reads})×({weights}) + " * (terms * len(sweep.slices))
    return f"{sweep.over}[{rows}, {columns}] = {products}0 = {total}"


# --- what a scene prints ------------------------------------------------------------------------


def _print_text(places: Places, words: Words):
    x = words.x
    for character in _characters(words.text):
        if character != " ":
            stamp = Stamp(character, words.size, face=words.colour, layer=GLYPH)
            places[stamp].append((x, words.baseline))
        x += words.size * _advance(character)


@lru_cache(maxsize=4096)
def _cell_stamps(role: str, cell: float, lit: bool) -> tuple[Stamp, ...]:
    """Return the stamps of a cell, from the lowest to the highest."""
    base, *marks = role.split(" ")
    style = ROLE_LOOKS[base]
    fill, edge = style.fill[LIGHT], style.edge[LIGHT]
    small = cell < SMALL_CELL
    side = cell if small else cell - 2 * round(INSET * cell)
    width = style.width * cell
    radius = style.corner * cell
    if lit:
        # wider than the cell's own line, so that it shows without colour too
        fill, edge, width = tinted(fill), LIT[LIGHT], max(LIT_WIDTH * cell, 1.5 * width)
    elif small:
        width = 0.3
    if style.dash and not small:
        dashes = tuple(length * cell for length in style.dash)
        stamps = [
            Stamp("cell", side, fill, layer=FILL),
            Stamp("dashes", side, edge=edge, width=width, detail=dashes, layer=DASH),
        ]
    else:
        stamps = [Stamp("cell", side, fill, edge, width, (0 if small else radius,), FILL)]
    for mark in marks:
        drawn, colour = MARK_LOOKS[mark].pattern, MARK_LOOKS[mark].edge[LIGHT]
        line = {"edge": colour, "width": max(side / 26, 0.4)} if drawn == "lines" else {}
        dot = {"face": colour} if drawn == "dots" else {}
        stamps.append(Stamp(drawn, side, **line, **dot, layer=MARK))
    return tuple(stamps)


def _print_looks(places: Places, role: str, cell: float, middle: Place, lit: bool = False):
    for stamp in _cell_stamps(role, cell, lit):
        places[stamp].append(middle)


def _print_cell(places: Places, grid: Grid, box: Box, row: int, column: int, lit: bool = False):
    x, y = middle = box.center(row, column)
    _print_looks(places, grid.roles[row][column], box.cell, middle, lit)
    text, size = grid.values[row][column], box.text_size
    if text and size:
        left = x - text_width(text, size) / 2
        _print_text(places, Words(text, left, y + 0.365 * size, size))


def _print_grid(places: Places, grid: Grid, box: Box):
    for row, column in np.ndindex(grid.shape):
        _print_cell(places, grid, box, row, column)


def _print_matrix(places: Places, matrix: Grid, box: Box, rows: slice = slice(None), lit=False):
    """Print rows of a matrix: one frame around them, and the cells that hold something.

    A convolution's matrix is mostly empty: 36×100 cells with 9 weights in a row hold 324 numbers.
    """
    numbers = range(matrix.shape[0])[rows]
    width, height = matrix.shape[1] * box.cell, len(numbers) * box.cell
    middle = box.x + width / 2, box.y + numbers[0] * box.cell + height / 2
    blank = ROLE_LOOKS["blank"]
    look = (blank.fill[LIGHT], blank.edge[LIGHT], 1)
    if lit:
        look = (tinted(blank.fill[LIGHT]), LIT[LIGHT], 1.6)
    places[Stamp("cell", (width, height), *look, layer=FRAME)].append(middle)
    for row in numbers:
        for column, role in enumerate(matrix.roles[row]):
            if role != "blank" or matrix.values[row][column]:
                _print_cell(places, matrix, box, row, column)


def _still(scene: Scene, place: Layout) -> Places:
    """Return what a scene prints whatever the step."""
    places = defaultdict(list)
    for grid in scene.grids:
        _print_grid(places, grid, place.boxes[grid.name])
    if scene.matrix:
        _print_matrix(places, scene.matrix, place.boxes[scene.matrix.name])
    for words in place.words:
        _print_text(places, words)
    for role, middle, size in chain.from_iterable(place.charts.values()):
        look = ROLE_LOOKS[role]
        stamp = Stamp("cell", size, look.fill[LIGHT], look.edge[LIGHT], 1, layer=FILL)
        places[stamp].append(middle)
    for role, middle in place.samples:
        _print_looks(places, role, LEGEND_CELL, middle)
    return places


def _highlights(scene: Scene, place: Layout, step: tuple[int, int] | None) -> Places:
    """Return what a step prints on top: the lit cells and its sum."""
    places = defaultdict(list)
    for name, cells in scene.lit(step).items():
        for cell in cells:
            _print_cell(places, scene[name], place.boxes[name], *cell, lit=True)
    if step is None:
        return places
    if scene.matrix:
        row = step[0] * scene.sweep.shape[1] + step[1]
        _print_matrix(
            places, scene.matrix, place.boxes[scene.matrix.name], slice(row, row + 1), lit=True
        )
    y = place.sum_top + TEXT_SIZE
    for line in wrapped(scene.step_text(*step), TEXT_SIZE, place.room):
        _print_text(places, Words(line, MARGIN, y))
        y += LINE_HEIGHT
    return places


class SceneFigure(Figure):
    """A figure that notebooks show without pyplot's state."""

    def _repr_png_(self):
        file = BytesIO()
        self.savefig(file, format="png", dpi="figure", facecolor=GROUND)
        size = self.get_size_inches() * 96
        return file.getvalue(), {"width": round(size[0]), "height": round(size[1])}


class ScenePicture:
    """A scene as a matplotlib figure that can be updated to any other scene.

    Parameters
    ----------
    scene : Scene
    step : (row, column), optional
        The step to light; none by default.

    Examples
    --------
    >>> from convlib.scene import grid
    >>> picture = ScenePicture(Scene((grid("input", "input", [[3, 5]], "input"),), "3 and 5"))
    >>> picture.cells("input")
    {(0, 0): ('3', 'input'), (0, 1): ('5', 'input')}
    """

    def __init__(self, scene: Scene, step: tuple[int, int] | None = None):
        self.figure = SceneFigure(dpi=96 * SCALE, facecolor=GROUND)
        self.canvas = FigureCanvasAgg(self.figure)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self._encoder = PngEncoder()
        self._still = Layer(self.axes, zorder=1)
        self._lit = Layer(self.axes, zorder=2, animated=True)
        self.update(scene, step)

    def update(self, scene: Scene, step: tuple[int, int] | None = None):
        """Show another scene, or another step of it."""
        self.scene, self.layout, self._background = scene, layout(scene), None
        size = self.layout.width, self.layout.height
        self.figure.set_size_inches(size[0] / 96, size[1] / 96, forward=False)
        self.axes.set(xlim=(0, size[0]), ylim=(size[1], 0))
        self._still.print(_still(scene, self.layout))
        self.show_step(step)

    def show_step(self, step: tuple[int, int] | None):
        """Light the cells of a step and write its sum; None lights none.

        Raises
        ------
        ValueError
            If the scene has no such step.
        """
        self._lit.print(_highlights(self.scene, self.layout, step))
        self.step = step

    def render(self) -> np.ndarray:
        """Return the picture's device pixels, uint8 of shape (height, width, 4).

        Only the lit cells and the sum are drawn when nothing else has changed.
        """
        if self._background is None:
            self.canvas.draw()
            self._background = self.canvas.copy_from_bbox(self.figure.bbox)
        else:
            self.canvas.restore_region(self._background)
        self.axes.draw_artist(self._lit)
        return np.asarray(self.canvas.buffer_rgba())

    def render_highlights(self) -> np.ndarray:
        """Return the device pixels of what the step adds, transparent around it."""
        self.canvas.get_renderer().clear()
        self.axes.draw_artist(self._lit)
        return np.asarray(self.canvas.buffer_rgba())

    def png(self) -> bytes:
        """Return the picture as a PNG file."""
        return self._encoder(self.render())

    def save(self, file, format: str | None = None):
        """Write the picture as it is, highlights included: PNG, SVG, PDF.

        Parameters
        ----------
        file : path or binary file
            A path's ending names the format.
        format : str, optional
            ``"png"``, ``"svg"`` or ``"pdf"``, where there is no ending.
        """
        self.figure.savefig(file, format=format, dpi="figure", facecolor=GROUND)

    # What the artists show, read back from them alone.

    def cells(self, name: str) -> dict[tuple[int, int], tuple[str, str]]:
        """Return the (text, role) of each cell of a grid, as drawn."""
        return _read_cells(self._still, self.layout.boxes[name])

    def lit(self, name: str) -> set[tuple[int, int]]:
        """Return the cells of a grid that are drawn as lit."""
        return _read_lit(self._lit, self.layout.boxes[name])

    def bars(self, name: str) -> list[tuple[str, float]]:
        """Return the role and the length in CSS pixels of each bar of a chart, from the top."""
        middles = {middle for _, middle, _ in self.layout.charts[name]}
        found = [
            (place[1], _role_of({"cell": (stamp.face, stamp.edge)}), stamp.size[0])
            for stamp, places in self._still.printed.items()
            if isinstance(stamp.size, tuple)
            for place in places.vertices
            if tuple(place) in middles
        ]
        return [(role, length) for _, role, length in sorted(found)]

    def texts(self) -> list[str]:
        """Return the lines of text outside of the cells, from top to bottom and left to right."""
        boxes = self.layout.boxes.values()
        return _lines_of(
            glyph
            for glyph in (*_read_glyphs(self._still), *_read_glyphs(self._lit))
            if not any(box.cell_at(*glyph.place) for box in boxes)
        )


def draw_grid(grid: Grid, ax: Axes | None = None) -> Axes:
    """Draw one grid with its title, as large as the axes allow, and return the axes.

    Parameters
    ----------
    grid : Grid
        As `convlib.scene.grid` makes it from an array and a role.
    ax : Axes, optional
        Filled with the grid; by default those of a new pyplot figure that fits the grid.

    Raises
    ------
    TypeError
        If `ax` is not one Axes.

    Examples
    --------
    >>> from convlib.scene import grid
    >>> draw_grid(grid("kernel", "kernel 1×2", [[1, -1]], "kernel")).get_title("left")
    'kernel 1×2'
    """
    box, places = _box(grid, 0, 0, CELL), defaultdict(list)
    _print_grid(places, grid, box)
    return _titled(grid, box, places, ax)


def draw_matrix(
    weight, input_shape, stride=1, padding=0, dilation=1, ax: Axes | None = None
) -> Axes:
    """Draw the matrix of a convolution, as large as the axes allow, and return the axes.

    It has a row for each output cell and a column for each input cell; entries that are 0 for
    every kernel are empty. Numbers that would be too small to read are left out.

    Parameters
    ----------
    weight : array_like, shape (kH, kW)
    input_shape : (H, W)
        In cells.
    stride, padding, dilation : as in `convlib.conv_matrix`
        In cells.
    ax : Axes, optional
        Filled with the matrix; by default those of a new pyplot figure that fits it.

    Raises
    ------
    TypeError, ValueError
        If these parameters make no output, the matrix is too large for a picture, or `ax` is not
        one Axes.

    Examples
    --------
    >>> draw_matrix([[1, 2]], (1, 3)).get_title("left")
    'matrix 2×3: a row for each output cell'
    """
    weight, shape = _plane("weight", weight), per_axis("input_shape", input_shape, 2, minimum=1)
    outputs = ConvGeometry(shape, weight.shape, stride, padding, dilation).output_size
    if prod(outputs) * prod(shape) > MOST_ENTRIES:
        raise ValueError(
            f"the matrix would have {prod(outputs)} × {prod(shape)} entries; a picture has room "
            f"for {MOST_ENTRIES}"
        )
    scene = matrix_scene(np.zeros(shape, int), weight, stride, padding, dilation)
    box, places = _matrix_box(scene.matrix, 0, 0, _matrix_side(scene.matrix)), defaultdict(list)
    _print_matrix(places, scene.matrix, box)
    return _titled(scene.matrix, box, places, ax)


def draw_convolution(
    input, weight, stride=1, padding=0, dilation=1, step=None, ax: Axes | None = None
) -> Axes:
    """Draw a convolution, as large as the axes allow, and return the axes.

    Side by side: the input with its padding, the kernel, and the output; below, the formula of
    the output size.

    Parameters
    ----------
    input : array_like, shape (H, W)
    weight : array_like, shape (kH, kW)
    stride, padding, dilation : as in `convlib.conv2d`
        In cells.
    step : (row, column), optional
        The output cell to light, with what it is computed from and its sum; none by default.
    ax : Axes, optional
        Filled with the picture; by default those of a new pyplot figure that fits it.

    Raises
    ------
    TypeError, ValueError
        If these parameters make no output, the output has no such step, or `ax` is not one Axes.

    Examples
    --------
    >>> import numpy as np
    >>> draw_convolution(np.eye(4), [[1, 0], [0, 1]], stride=2, step=(0, 1))
    <Axes: >
    """
    input, weight = _plane("input", input), _plane("weight", weight)
    scene = convolution_scene(input, weight, stride, padding, dilation)
    if scene.error:
        raise ValueError(scene.error)
    if step is None:
        scene = replace(scene, sweep=None)  # and with it the room for a sum
    elif is_sequence(step) and len(step) == 2:
        step = tuple(whole("step", index) for index in step)
    else:
        raise ValueError(f"step={step!r} must be the (row, column) of an output cell")
    place = layout(scene)
    places = _still(scene, place), _highlights(scene, place, step)
    ax = _axes(ax, place.width, place.height)
    for zorder, printed in enumerate(places, start=1):
        Layer(ax, zorder).print(printed)
    return ax


def _plane(name: str, value) -> np.ndarray:
    """Return an array that can be drawn as one grid."""
    value = numeric_array(name, value)
    check_rank(name, value.shape, "(rows, columns): draw one channel at a time")
    return value


def _titled(grid: Grid, box: Box, places: Places, ax: Axes | None) -> Axes:
    """Print a grid on axes, its title above them."""
    rows, columns = grid.shape
    room = max(0, int(text_width(grid.title, TITLE_SIZE)) + 1 - columns * box.cell)
    ax = _axes(ax, columns * box.cell, rows * box.cell, (MARGIN, room))
    Layer(ax, zorder=1).print(places)
    ax.set_title(grid.title, loc="left", size=TITLE_SIZE * POINTS, color=FADED, font=_font())
    return ax


def _axes(ax: Axes | None, width: float, height: float, around: Place = (0, 0)) -> Axes:
    """Return axes for a drawing of this size in CSS pixels, row 0 at the top.

    `around` is the margin of a new figure, and what its title needs beside the drawing.
    """
    width, height = max(width, 1), max(height, 1)
    if ax is None:
        from matplotlib import pyplot  # whose figures notebooks show; nothing else here needs it

        margin, beside = around
        top = margin and margin + TITLE_HEIGHT
        whole_width, whole_height = width + 2 * margin + beside, height + margin + top
        figure = pyplot.figure(
            figsize=(whole_width / 96, whole_height / 96), dpi=96, facecolor=GROUND
        )
        left, bottom = margin / whole_width, margin / whole_height
        ax = figure.add_axes((left, bottom, width / whole_width, height / whole_height))
    elif not isinstance(ax, Axes) or ax.name != "rectilinear":
        raise TypeError(f"ax must be one plain Axes of matplotlib, not {type(ax).__name__}")
    ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal", xticks=[], yticks=[])
    ax.set(facecolor=GROUND)
    ax.spines[:].set_visible(False)
    return ax


def draw_scene(scene: Scene, step: tuple[int, int] | None = None) -> Figure:
    """Draw a scene, optionally with one step lit, and return the figure.

    Examples
    --------
    >>> from convlib.scene import grid
    >>> draw_scene(Scene((grid("input", "input", [[3, 5]], "input"),), "3 and 5"))
    <SceneFigure size 160x178 with 1 Axes>
    """
    return ScenePicture(scene, step).figure


def animate(scene: Scene, file, seconds: float = 0.6, format: str | None = None):
    """Write the sweep of a scene as an animation that repeats.

    Parameters
    ----------
    scene : Scene
    file : path or binary file
        A path's ending names the format.
    seconds : float
        Each step is shown for this long, at least 0.02.
    format : str, optional
        ``"gif"``; ``"mp4"``, which needs ffmpeg; or ``"html"``, a page by itself with buttons that
        play, pause and step. By default what the path's ending says; GIF for a binary file.

    Raises
    ------
    TypeError
        If `seconds` is not a number.
    ValueError
        If the scene has no steps, the format is unknown, or `seconds` is too short.
    RuntimeError
        If ffmpeg is missing or fails.

    Examples
    --------
    >>> from convlib.scenes import convolution_scene
    >>> from io import BytesIO
    >>> file = BytesIO()
    >>> animate(convolution_scene([[1, 2, 3]], [[1, 1]]), file)
    >>> file.getvalue()[:6]
    b'GIF89a'
    """
    write = ANIMATIONS[_animation_format(file, format)]
    if not scene.sweep or 0 in scene.sweep.shape:
        raise ValueError("scene has no steps to animate")
    if isinstance(seconds, bool) or not isinstance(seconds, Real):
        raise TypeError(f"seconds={seconds!r} must be a number")
    if not SHORTEST <= seconds < inf:
        raise ValueError(f"seconds={seconds} must be at least {SHORTEST}, and finite")
    # Whole or not at all: the file is opened when there is something to write.
    data = write(scene, seconds)
    if isinstance(file, str | PathLike):
        FilePath(file).write_bytes(data)
    else:
        file.write(data)


def _animation_format(file, format: str | None) -> str:
    """Return a key of `ANIMATIONS`, from what the caller says or else the path's ending."""
    known = ", ".join(ANIMATIONS)
    if format is not None:
        if format not in ANIMATIONS:
            raise ValueError(f"format={format!r} must be one of {known}")
        return format
    if not isinstance(file, str | PathLike):
        return "gif"
    ending = FilePath(file).suffix.lower().removeprefix(".")
    if ending not in ANIMATIONS:
        raise ValueError(f"file={str(file)!r} must end in one of .{known.replace(', ', ', .')}")
    return ending


def _gif(scene: Scene, seconds: float) -> bytes:
    picture, frames, file = ScenePicture(scene), [], BytesIO()
    for step in np.ndindex(scene.sweep.shape):
        picture.show_step(step)
        frame = Image.fromarray(picture.render()).convert("RGB").reduce(SCALE)
        # one palette for all: no flicker, and only what changes is stored
        palette = frames[0] if frames else frame.quantize(128)
        frames.append(frame.quantize(palette=palette, dither=Image.Dither.NONE))
    frames[0].save(
        file,
        format="GIF",
        save_all=True,
        append_images=frames[1:],
        duration=round(1000 * seconds),
        loop=0,
    )
    return file.getvalue()


def _mp4(scene: Scene, seconds: float) -> bytes:
    from matplotlib.animation import FFMpegWriter  # which loads pyplot

    others = "; " + " and ".join(f".{name}" for name in ANIMATIONS if name != "mp4") + " work"
    if not FFMpegWriter.isAvailable():
        raise RuntimeError(f"MP4 needs the program ffmpeg, which is not installed{others} without")
    picture = ScenePicture(scene)
    writer = FFMpegWriter(fps=1 / seconds, codec="h264", metadata={"comment": scene.sentence})
    with TemporaryDirectory() as folder:
        path = FilePath(folder) / "sweep.mp4"
        try:
            with writer.saving(picture.figure, path, dpi=picture.figure.dpi):
                for step in np.ndindex(scene.sweep.shape):
                    picture.show_step(step)
                    writer.grab_frame()
            return path.read_bytes()
        except (OSError, CalledProcessError) as error:
            raise RuntimeError(f"ffmpeg could not write the MP4 ({error}){others}") from error


def _html(scene: Scene, seconds: float) -> bytes:
    """Return a page that holds the picture once and, for each step, what it adds."""
    picture, layers, texts = ScenePicture(scene), [], []
    still = Image.fromarray(picture.render()).convert("RGB").quantize(128)
    for step in np.ndindex(scene.sweep.shape):
        picture.show_step(step)
        lit = Image.fromarray(picture.render_highlights())
        few = lit.quantize(128, method=Image.Quantize.FASTOCTREE)  # the method that keeps alpha
        layers.append(_embedded(few))
        texts.append(scene.step_text(*step))
    # Nothing in a text may end the script.
    data = json.dumps({"layers": layers, "texts": texts}).replace("<", "\\u003c")
    size = f'width="{picture.layout.width}" height="{picture.layout.height}"'
    return _PLAYER.substitute(
        title=escape(scene.sentence.partition(". ")[0]),
        sentence=escape(scene.sentence),
        size=size,
        still=_embedded(still),
        first=layers[0],
        count=len(layers),
        text=escape(texts[0]),
        data=data,
        milliseconds=round(1000 * seconds),
    ).encode()


def _embedded(image: Image.Image) -> str:
    file = BytesIO()
    image.save(file, format="PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"


SHORTEST = 0.02  # seconds: browsers slow a GIF down that goes faster
ANIMATIONS = {"gif": _gif, "html": _html, "mp4": _mp4}

# Without scripts it shows the first step, and no buttons.
_PLAYER = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 1rem; max-width: 52rem }
figure { margin: 0 }
.picture { position: relative }
.picture, .picture img { max-width: 100%; height: auto; display: block }
.picture img + img { position: absolute; inset: 0 }
button { font: inherit; min-width: 4.5em; min-height: 2.5em }
.sum { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden }
</style>
</head>
<body>
<main>
<figure>
<div class="picture"><img id="still" $size alt="$sentence" src="$still"><img id="lit" $size \
alt="" src="$first"></div>
<p id="controls" hidden><button id="back">Back</button> <button id="play">Play</button> \
<button id="next">Next</button> <span id="status" aria-live="polite">step <span id="number">1\
</span> of $count<span class="sum">: <span id="sum">$text</span></span></span></p>
<figcaption aria-hidden="true">$sentence</figcaption>
</figure>
</main>
<script>
const data = $data;
const part = (id) => document.getElementById(id);
let shown = 0, timer = 0;
function show(step) {
  shown = (step + data.layers.length) % data.layers.length;
  part("lit").src = data.layers[shown];
  part("number").textContent = shown + 1;
  part("sum").textContent = data.texts[shown];
}
function play(start) {
  clearInterval(timer);
  timer = start ? setInterval(() => show(shown + 1), $milliseconds) : 0;
  part("play").textContent = start ? "Pause" : "Play";
  part("status").setAttribute("aria-live", start ? "off" : "polite");
}
function move(by) { play(false); show(shown + by); }
part("back").onclick = () => move(-1);
part("next").onclick = () => move(1);
part("play").onclick = () => play(!timer);
part("controls").hidden = false;
</script>
</body>
</html>
""")


class PngEncoder:
    """PNG files of successive pictures, encoded for speed.

    A picture is cut into bands of rows that are compressed each by itself, and only those that
    differ from the picture before are compressed again: during a sweep, a few. Rows are stored
    unfiltered with the fastest compression, since a picture of cells has few colours.

    Pillow's encoder, at its fastest (``compress_level=1``), is too slow for the live form, since
    it compresses all of a picture anew: 26 ms where this takes 6, for 161 numbers and a 36×100
    matrix. An update was then 9 times and a step 12 times as fast as drawing anew with pyplot,
    instead of 20 and 39 times; the budgets of `benchmarks.explorers_live` are 12 and 35.

    Examples
    --------
    >>> file = PngEncoder()(np.zeros((2, 3, 4), np.uint8))
    >>> file[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'

    References
    ----------
    Portable Network Graphics (PNG) Specification, sections 5 (chunks) and 9.2 (filter type 0).
    RFC 1950 (zlib), section 9 (Adler-32).
    """

    BAND = 16

    def __init__(self):
        self._rows = np.empty((0, 0, 4), np.uint8)
        self._bands: list[tuple[bytes, int, int]] = []  # compressed, checksum, length before

    def __call__(self, pixels: np.ndarray) -> bytes:
        """Return a PNG file of opaque pixels, uint8 of shape (height, width, 4)."""
        height, width, _ = pixels.shape
        fresh = pixels.shape != self._rows.shape
        if fresh:
            self._rows = np.empty_like(pixels)
            self._bands = [None] * -(-height // self.BAND)
        for number in range(len(self._bands)):
            band = slice(number * self.BAND, (number + 1) * self.BAND)
            old, new = self._rows[band].view(np.uint32), pixels[band].view(np.uint32)
            if fresh or (old != new).any():
                old[...] = new
                self._bands[number] = self._compressed(pixels[band])
        checksum = 1
        for _, part, length in self._bands:
            checksum = _joined_checksum(checksum, part, length)
        stream = [b"\x78\x01", *(data for data, _, _ in self._bands)]
        stream += [b"\x03\x00", struct.pack(">I", checksum)]  # an empty last block ends it
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        chunks = (b"IHDR", header), (b"IDAT", b"".join(stream)), (b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )

    @staticmethod
    def _compressed(pixels: np.ndarray) -> tuple[bytes, int, int]:
        height, width, _ = pixels.shape
        rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each after its filter type
        for channel in range(3):
            rows[:, 1 + channel :: 3] = pixels[:, :, channel]
        compressor = zlib.compressobj(1, wbits=-15)
        data = compressor.compress(rows) + compressor.flush(zlib.Z_FULL_FLUSH)
        return data, zlib.adler32(rows), rows.size


def _joined_checksum(first: int, second: int, second_length: int) -> int:
    """Return the Adler-32 of two texts in a row from that of each.

    Examples
    --------
    >>> _joined_checksum(zlib.adler32(b"convo"), zlib.adler32(b"lution"), 6)
    476120257
    >>> zlib.adler32(b"convolution")
    476120257
    """
    low, high = first & 0xFFFF, first >> 16
    low_sum = low + (second & 0xFFFF) - 1
    high_sum = high + (second >> 16) + second_length * (low - 1)
    return (high_sum % 65521) << 16 | low_sum % 65521


# --- reading a picture back from its artists ----------------------------------------------------


@dataclass(frozen=True)
class Glyph:
    """One character as drawn."""

    character: str
    size: float
    place: Place

    @property
    def end(self) -> float:
        """Where the next character of its word begins."""
        return self.place[0] + self.size * _advance(self.character)


def _read_glyphs(layer: Layer, box: Box | None = None) -> list[Glyph]:
    """Return the characters that a layer prints, all or those on a grid."""
    return [
        Glyph(stamp.shape, stamp.size, tuple(place))
        for stamp, places in layer.printed.items()
        if not stamp.is_cell
        for place in (box.inside(places.vertices) if box else places.vertices).tolist()
    ]


def _lines_of(glyphs) -> list[str]:
    """Return the lines that glyphs form, with their spaces; a wide gap begins a new line."""
    lines, before = [], None
    for glyph in sorted(glyphs, key=lambda glyph: (glyph.place[1], glyph.place[0])):
        gap = (
            glyph.place[0] - before.end
            if before and before.place[1] == glyph.place[1]
            else float("inf")
        )
        if gap > 2 * glyph.size:
            lines.append("")
        else:
            lines[-1] += " " * round(gap / (glyph.size * _advance(" ")))
        lines[-1] += glyph.character
        before = glyph
    return lines


def _read_cells(layer: Layer, box: Box) -> dict[tuple[int, int], tuple[str, str]]:
    looks, glyphs = defaultdict(dict), defaultdict(list)
    for stamp, places in layer.printed.items():
        if stamp.is_cell and not isinstance(stamp.size, tuple):
            for place in box.inside(places.vertices).tolist():
                looks[box.cell_at(*place)][stamp.shape] = stamp.face, stamp.edge
    for glyph in _read_glyphs(layer, box):
        glyphs[box.cell_at(*glyph.place)].append(glyph)
    return {
        cell: ("".join(_lines_of(glyphs[cell])), _role_of(looks[cell]))
        for cell in np.ndindex(box.shape)
        if cell in looks
    }


def _read_lit(layer: Layer, box: Box) -> set[tuple[int, int]]:
    found = set()
    for stamp, places in layer.printed.items():
        if stamp.edge == LIT[LIGHT]:
            for place in places.vertices:
                found |= _cells_under(box, place, stamp.size)
    return found


def _cells_under(box: Box, place: Place, size: float | tuple[float, float]) -> set:
    """Return the cells of a box whose middle is covered by a stamp."""
    if not isinstance(size, tuple):
        return {box.cell_at(*place)} - {None}
    return {
        cell
        for cell in np.ndindex(box.shape)
        if 2 * abs(box.center(*cell)[0] - place[0]) < size[0]
        and 2 * abs(box.center(*cell)[1] - place[1]) < size[1]
    }


def _role_of(look: dict[str, tuple[str, str]]) -> str:
    """Return the role, and mark, of a cell that is drawn with these shapes and colours."""
    fill, edge = look["cell"]
    edge = look["dashes"][1] if "dashes" in look else edge
    roles = {(style.fill[LIGHT], style.edge[LIGHT]): role for role, style in ROLE_LOOKS.items()}
    marks = [mark for mark, style in MARK_LOOKS.items() if style.pattern in look]
    return " ".join([roles[fill, edge], *marks])
