"""A scene as a matplotlib picture that updates quickly, and can be read back from its artists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from itertools import chain, product
from os import PathLike
from typing import IO, TypeAlias

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from convlib._types import Array, Cell
from convlib.draw.layout import (
    FADED,
    LEGEND_CELL,
    LINE_HEIGHT,
    MARGIN,
    TEXT_SIZE,
    Box,
    Layout,
    Words,
    layout,
)
from convlib.draw.looks import LIT, MARK_LOOKS, ROLE_LOOKS
from convlib.draw.png import PngEncoder
from convlib.draw.stamps import (
    DASH,
    FILL,
    FRAME,
    GLYPH,
    LIGHT,
    MARK,
    Layer,
    Place,
    Places,
    Stamp,
    advance_of,
    characters,
    text_width,
    vertices,
    wrapped,
)
from convlib.scenes.scene import Fan, Grid, Scene
from convlib.scenes.symbols import symbol_cells, symbol_words

__all__ = ["SceneFigure", "ScenePicture"]

#: A path, or a file that is open for bytes.
File: TypeAlias = str | PathLike[str] | IO[bytes]

SCALE = 2  # device pixels to a CSS pixel: sharp on dense screens, an even downscale on others
GROUND = "#ffffff"
SMALL_CELL = 10  # below it, cells have no room for details
# fractions of a cell's side
INSET = 1 / 24
LIT_WIDTH = 1 / 13
LIT_TINT = 0.12


def tinted(colour: str) -> str:
    """Return the fill of a lit cell: its own, shifted towards the colour of its outline."""
    own, lit = np.array(to_rgb(colour)), np.array(to_rgb(LIT[LIGHT]))
    return to_hex(own + LIT_TINT * (lit - own))


# --- what a scene prints --------------------------------------------------------------------------


def no_places() -> Places:
    """Return a mapping to which places can be added."""
    return defaultdict(list)


def _print_text(places: Places, words: Words) -> None:
    x = words.x
    for character in characters(words.text):
        if character != " ":
            stamp = Stamp(character, words.size, face=words.colour, layer=GLYPH)
            places[stamp].append((x, words.baseline))
        x += words.size * advance_of(character)


@lru_cache(maxsize=4096)
def cell_stamps(role: str, cell: float, lit: bool) -> tuple[Stamp, ...]:
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
        if drawn == "lines":
            stroke = max(side / 26, 0.4)
            stamps.append(Stamp(drawn, side, edge=colour, width=stroke, layer=MARK))
        else:
            stamps.append(Stamp(drawn, side, face=colour, layer=MARK))
    return tuple(stamps)


def _print_looks(places: Places, role: str, cell: float, middle: Place, lit: bool = False) -> None:
    for stamp in cell_stamps(role, cell, lit):
        places[stamp].append(middle)


def _print_cell(
    places: Places, grid: Grid, box: Box, row: int, column: int, lit: bool = False
) -> None:
    x, y = middle = box.center(row, column)
    _print_looks(places, grid.roles[row][column], box.cell, middle, lit)
    text, size = grid.values[row][column], box.text_size
    if text and size:
        left = x - text_width(text, size) / 2
        _print_text(places, Words(text, left, y + 0.365 * size, size))


def print_grid(places: Places, grid: Grid, box: Box) -> None:
    for row, column in np.ndindex(grid.shape):
        _print_cell(places, grid, box, row, column)


def print_matrix(
    places: Places, matrix: Grid, box: Box, rows: slice = slice(None), lit: bool = False
) -> None:
    """Print rows of a matrix: one frame around them, and the cells that hold something.

    A convolution's matrix is mostly empty: 36×100 cells with 9 weights in a row hold 324 numbers.
    """
    numbers = range(matrix.shape[0])[rows]
    width, height = matrix.shape[1] * box.cell, len(numbers) * box.cell
    middle = box.x + width / 2, box.y + numbers[0] * box.cell + height / 2
    blank = ROLE_LOOKS["blank"]
    look = (blank.fill[LIGHT], blank.edge[LIGHT], 1.0)
    if lit:
        look = (tinted(blank.fill[LIGHT]), LIT[LIGHT], 1.6)
    places[Stamp("cell", (width, height), *look, layer=FRAME)].append(middle)
    for row in numbers:
        for column, role in enumerate(matrix.roles[row]):
            if role != "blank" or matrix.values[row][column]:
                _print_cell(places, matrix, box, row, column)


def print_fan(places: Places, fan: Fan, box: Box) -> None:
    """Print the lines of a fan, and its cells."""
    for (row, column), (below, under) in fan.lines:
        (x, y), (to_x, to_y) = box.center(row, column), box.center(below, under)
        size = abs(to_x - x), to_y - y - box.cell
        direction = -1.0 if to_x < x else 1.0
        stamp = Stamp("segment", size, edge=FADED, width=1, detail=(direction,), layer=FRAME)
        places[stamp].append(((x + to_x) / 2, (y + to_y) / 2))
    for row, column in fan.cells():
        _print_cell(places, fan.grid, box, row, column)


def still_places(scene: Scene, place: Layout) -> Places:
    """Return what a scene prints whatever the step."""
    places = no_places()
    for grid in scene.grids:
        print_grid(places, grid, place.boxes[grid.name])
    if scene.matrix:
        print_matrix(places, scene.matrix, place.boxes[scene.matrix.name])
    if scene.fan:
        print_fan(places, scene.fan, place.boxes[scene.fan.grid.name])
    for words in place.words:
        _print_text(places, words)
    for role, middle, size in chain.from_iterable(place.charts.values()):
        look = ROLE_LOOKS[role]
        stamp = Stamp("cell", size, look.fill[LIGHT], look.edge[LIGHT], 1, layer=FILL)
        places[stamp].append(middle)
    for role, middle in place.samples:
        _print_looks(places, role, LEGEND_CELL, middle)
    return places


def highlight_places(scene: Scene, place: Layout, step: Cell | None) -> Places:
    """Return what a step prints on top: the lit cells and its sum."""
    lit = scene.lit(step)
    places = lit_places(scene, place, lit, scene.step_text(*step) if step else "")
    if step and scene.matrix:
        row = scene.matrix_row(step)
        print_matrix(
            places, scene.matrix, place.boxes[scene.matrix.name], slice(row, row + 1), lit=True
        )
    return places


def lit_places(scene: Scene, place: Layout, lit: Mapping[str, Iterable[Cell]], text: str) -> Places:
    """Return what lights cells, by the names of their grids, with a text where the sum stands."""
    places = no_places()
    for name, cells in lit.items():
        for cell in cells:
            _print_cell(places, scene[name], place.boxes[name], *cell, lit=True)
    y = place.sum_top + TEXT_SIZE
    for line in wrapped(text, TEXT_SIZE, place.room) if text else ():
        _print_text(places, Words(line, MARGIN, y))
        y += LINE_HEIGHT
    return places


# --- the picture ----------------------------------------------------------------------------------


class SceneFigure(Figure):
    """A figure that notebooks show without pyplot's state."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        file = BytesIO()
        self.savefig(file, format="png", dpi="figure", facecolor=GROUND)
        size = self.get_size_inches() * 96
        return file.getvalue(), {"width": round(size[0]), "height": round(size[1])}


class ScenePicture:
    """A scene as a matplotlib figure that can be updated to any other scene.

    Parameters
    ----------
    step : (row, column), optional
        The step to light; none by default.

    Examples
    --------
    >>> from convlib.scenes.scene import grid
    >>> picture = ScenePicture(Scene((grid("input", "input", [[3, 5]], "input"),), "3 and 5"))
    >>> picture.cells("input")
    {(0, 0): ('3', 'input'), (0, 1): ('5', 'input')}
    """

    def __init__(self, scene: Scene, step: Cell | None = None) -> None:
        self.figure = SceneFigure(dpi=96 * SCALE, facecolor=GROUND)
        self.canvas = FigureCanvasAgg(self.figure)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self._encoder = PngEncoder()
        # The picture without highlights; which rows these touch, and which are new.
        self._background: Array = np.empty((0, 0, 4), np.uint8)
        self._touched: Array = np.zeros(0, bool)
        self._changed: Array = np.zeros(0, bool)
        self._still = Layer(self.axes, zorder=1)
        self._lit = Layer(self.axes, zorder=2, animated=True)
        self.update(scene, step)

    def update(self, scene: Scene, step: Cell | None = None) -> None:
        """Show another scene, or another step of it."""
        self.scene, self.layout, self._stale = scene, layout(scene), True
        size = self.layout.width, self.layout.height
        self.figure.set_size_inches(size[0] / 96, size[1] / 96, forward=False)
        self.axes.set(xlim=(0, size[0]), ylim=(size[1], 0))
        self._still.print(still_places(scene, self.layout))
        self.show_step(step)

    def show_step(self, step: Cell | None) -> None:
        """Light the cells of a step and write its sum; None lights none.

        Raises
        ------
        ValueError
            If the scene has no such step.
        """
        self._lit.print(highlight_places(self.scene, self.layout, step))
        self.step = step

    def show_symbol(self, key: str) -> None:
        """Light what a symbol of the formula counts, in place of a step, and say it in words.

        Raises
        ------
        KeyError
            If the scene has no such symbol.
        """
        words = symbol_words(self.scene, key) if self.scene.sweep else ""  # else there is no room
        cells = symbol_cells(self.scene, key)
        self._lit.print(lit_places(self.scene, self.layout, cells, words))
        self.step = None

    def render(self) -> Array:
        """Return the picture's device pixels, uint8 of shape (height, width, 4).

        Only the lit cells and the sum are drawn when nothing else has changed.
        """
        if self._stale:
            self.canvas.draw()
        pixels = np.asarray(self.canvas.buffer_rgba())
        if self._stale:
            self._keep_background(pixels)
        else:
            pixels[self._touched] = self._background[self._touched]
        self.axes.draw_artist(self._lit)
        self._changed |= self._touched
        self._touched = self._lit.rows(len(pixels))
        self._changed |= self._touched
        return pixels

    def _keep_background(self, pixels: Array) -> None:
        """Remember a picture without highlights, and which of its rows are new."""
        height, width, _ = pixels.shape
        if self._background.shape != pixels.shape:
            self._touched = np.zeros(height, bool)
            self._changed = np.ones(height, bool)
        else:
            # A comparison of long rows of long words is the fastest.
            words = np.uint64 if width % 2 == 0 else np.uint32
            old, new = (each.reshape(height, -1).view(words) for each in (self._background, pixels))
            self._changed |= (old != new).any(axis=1)
        self._background, self._stale = pixels.copy(), False

    def render_highlights(self) -> Array:
        """Return the device pixels of what the step adds, transparent around it."""
        self._stale = True  # the canvas no longer holds the picture
        self.canvas.get_renderer().clear()
        self.axes.draw_artist(self._lit)
        return np.asarray(self.canvas.buffer_rgba())

    def png(self) -> bytes:
        """Return the picture as a PNG file."""
        file = self._encoder(self.render(), self._changed)
        self._changed[:] = False
        return file

    def save(self, file: File, format: str | None = None) -> None:
        """Write the picture as it is, highlights included: PNG, SVG, PDF.

        Parameters
        ----------
        file : path or binary file
            A path's ending names the format.
        format : optional
            ``"png"``, ``"svg"`` or ``"pdf"``, where there is no ending.
        """
        self._stale = True  # it draws on the same canvas, highlights included
        self.figure.savefig(file, format=format, dpi="figure", facecolor=GROUND)

    # What the artists show, read back from them alone.

    def cells(self, name: str) -> dict[Cell, tuple[str, str]]:
        """Return the (text, role) of each cell of a grid, as drawn."""
        return read_cells(self._still, self.layout.boxes[name])

    def lit(self, name: str) -> set[Cell]:
        """Return the cells of a grid that are drawn as lit."""
        return read_lit(self._lit, self.layout.boxes[name])

    def bars(self, name: str) -> list[tuple[str, float]]:
        """Return the role and the length in CSS pixels of each bar of a chart, from the top."""
        middles = {middle for _, middle, _ in self.layout.charts[name]}
        found = [
            (place[1], _role_of({"cell": (stamp.face, stamp.edge)}), stamp.size[0])
            for stamp, places in self._still.printed.items()
            if isinstance(stamp.size, tuple)
            for place in vertices(places)
            if tuple(place) in middles
        ]
        return [(role, length) for _, role, length in sorted(found)]

    def texts(self) -> list[str]:
        """Return the lines of text outside of the cells, from top to bottom and left to right."""
        boxes = self.layout.boxes.values()
        return lines_of(
            glyph
            for glyph in (*read_glyphs(self._still), *read_glyphs(self._lit))
            if not any(box.cell_at(*glyph.place) for box in boxes)
        )


# --- reading a picture back from its artists ------------------------------------------------------


@dataclass(frozen=True)
class Glyph:
    """One character as drawn."""

    character: str
    size: float
    place: Place

    @property
    def end(self) -> float:
        """Where the next character of its word begins."""
        return self.place[0] + self.size * advance_of(self.character)


def read_glyphs(layer: Layer, box: Box | None = None) -> list[Glyph]:
    """Return the characters that a layer prints, all or those on a grid."""
    return [
        Glyph(stamp.shape, stamp.size, (x, y))
        for stamp, places in layer.printed.items()
        if not stamp.is_cell and not isinstance(stamp.size, tuple)
        for x, y in (box.inside(vertices(places)) if box else vertices(places)).tolist()
    ]


def lines_of(glyphs: Iterable[Glyph]) -> list[str]:
    """Return the lines that glyphs form, with their spaces; a wide gap begins a new line."""
    lines: list[str] = []
    before = None
    for glyph in sorted(glyphs, key=lambda glyph: (glyph.place[1], glyph.place[0])):
        gap = (
            glyph.place[0] - before.end
            if before and before.place[1] == glyph.place[1]
            else float("inf")
        )
        if gap > 2 * glyph.size:
            lines.append("")
        else:
            lines[-1] += " " * round(gap / (glyph.size * advance_of(" ")))
        lines[-1] += glyph.character
        before = glyph
    return lines


def read_cells(layer: Layer, box: Box) -> dict[Cell, tuple[str, str]]:
    looks: dict[Cell | None, dict[str, tuple[str, str]]] = defaultdict(dict)
    glyphs: dict[Cell | None, list[Glyph]] = defaultdict(list)
    for stamp, places in layer.printed.items():
        if stamp.is_cell and not isinstance(stamp.size, tuple):
            for place in box.inside(vertices(places)).tolist():
                looks[box.cell_at(*place)][stamp.shape] = stamp.face, stamp.edge
    for glyph in read_glyphs(layer, box):
        glyphs[box.cell_at(*glyph.place)].append(glyph)
    return {
        cell: ("".join(lines_of(glyphs[cell])), _role_of(looks[cell]))
        for cell in product(*map(range, box.shape))
        if cell in looks
    }


def read_lit(layer: Layer, box: Box) -> set[Cell]:
    found: set[Cell] = set()
    for stamp, places in layer.printed.items():
        if stamp.edge == LIT[LIGHT]:
            for x, y in vertices(places).tolist():
                found |= _cells_under(box, (x, y), stamp.size)
    return found


def _cells_under(box: Box, place: Place, size: float | tuple[float, float]) -> set[Cell]:
    """Return the cells of a box whose middle is covered by a stamp."""
    if not isinstance(size, tuple):
        cell = box.cell_at(*place)
        return set() if cell is None else {cell}
    return {
        (row, column)
        for row, column in product(*map(range, box.shape))
        if 2 * abs(box.center(row, column)[0] - place[0]) < size[0]
        and 2 * abs(box.center(row, column)[1] - place[1]) < size[1]
    }


def _role_of(look: dict[str, tuple[str, str]]) -> str:
    """Return the role, and mark, of a cell that is drawn with these shapes and colours."""
    fill, edge = look["cell"]
    edge = look["dashes"][1] if "dashes" in look else edge
    roles = {(style.fill[LIGHT], style.edge[LIGHT]): role for role, style in ROLE_LOOKS.items()}
    marks = [mark for mark, style in MARK_LOOKS.items() if style.pattern in look]
    return " ".join([roles[fill, edge], *marks])
