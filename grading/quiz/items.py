"""What a bank holds of one variant, whatever the edition of QTI that it is written in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from io import BytesIO

from PIL import Image
from PIL.Image import Quantize

from convlib._types import Cell
from convlib.draw import ScenePicture
from convlib.draw.picture import SCALE
from convlib.questions.declaration import SAYS, Board, Case, Declaration
from convlib.questions.page import cell_labels, grid_words
from convlib.scenes.scene import Grid, Scene

__all__ = ["VARIANTS", "Item", "Picture", "items_of"]

#: How many variants of a question there are in a bank, where so many are possible.
VARIANTS = 30


@dataclass(frozen=True)
class Picture:
    """A picture beside a bank's texts.

    It is a PNG: importers take these, while many drop SVG, which can hold scripts.

    Parameters
    ----------
    name
        Of the file.
    words
        What it shows, for who cannot see it.
    width, height
        In pixels of the page.
    """

    name: str
    png: bytes
    words: str
    width: int
    height: int


@dataclass(frozen=True)
class Item:
    """One variant.

    Answers are tuples: of the numbers that are typed, one for each of `labels`, or of the names of
    the options that are chosen.

    Parameters
    ----------
    name
        Unique among all variants of the book, and the same as long as its parameters are.
    kind
        ``"number"``, ``"size"``, ``"choice"`` or ``"cells"``.
    options
        What can be chosen, by name; empty where the answer is typed.
    hints
        What whoever gives a known wrong answer is told.
    near
        The same for half an answer: all parts are wrong but the one that is named by its place.
    usual
        The hints without the answers: what often goes wrong.
    worked
        How the right answer comes about, line by line.
    asked, solved : optional
        The picture of the question, and the one of its answer.
    """

    name: str
    title: str
    kind: str
    text: str
    labels: tuple[str, ...]
    options: dict[str, str]
    right: tuple[str, ...]
    hints: dict[tuple[str, ...], str]
    near: dict[int, str]
    usual: tuple[str, ...]
    worked: tuple[str, ...]
    asked: Picture | None = None
    solved: Picture | None = None

    @property
    def pictures(self) -> list[Picture]:
        """The pictures that there are."""
        return [picture for picture in (self.asked, self.solved) if picture]


@dataclass(frozen=True)
class _Outlined(Scene):
    """A scene in which some cells are outlined, whatever the step."""

    cells: dict[str, set[Cell]] = field(default_factory=dict)

    def lit(self, step: Cell | None) -> dict[str, set[Cell]]:
        return self.cells


def items_of(question: Declaration, variants: int = VARIANTS) -> list[Item]:
    """Return the variants of a question, so many where they are possible."""
    cases = question.at_most(variants)
    return [_item(question, case, f"{at} of {len(cases)}") for at, case in enumerate(cases, 1)]


def _item(question: Declaration, case: Case, place: str) -> Item:
    name = f"{question.name}-{hashlib.sha256(repr(case.values).encode()).hexdigest()[:10]}"
    # Hints about the shape of the right answer say nothing without an answer.
    more = question.more_hints(case.right_cells, case.shown) if question.kind == "cells" else {}
    item = Item(
        name,
        f"{question.name}, variant {place}",
        question.kind,
        case.text,
        question.labels,
        _options(case),
        _parts(case, case.key),
        {_parts(case, key): hint for key, hint in case.hints.items()},
        {},
        tuple(dict.fromkeys(hint for hint in case.hints.values() if hint not in more.values())),
        tuple(case.solution.splitlines()),
    )
    if question.kind == "size":
        first, second = question.labels
        near = {0: SAYS["first"].format(first, second), 1: SAYS["first"].format(second, first)}
        return replace(item, near=near)
    if isinstance(case.shown, Board):
        return replace(item, **_pictures(name, case, case.shown))
    return item


def _options(case: Case) -> dict[str, str]:
    if isinstance(case.shown, Board):
        labels = cell_labels(case.shown.chosen_in)
        return dict(zip(map(_cell_name, range(len(labels))), labels, strict=True))
    return {_option_name(at): option for at, option in enumerate(case.shown or ())}


def _parts(case: Case, key: str) -> tuple[str, ...]:
    """Return an answer in its normal form as a tuple."""
    if isinstance(case.shown, Board):
        return tuple(_cell_name(number) for number in key.split())
    return (_option_name(key),) if case.shown else tuple(key.split("×"))


def _option_name(number: int | str) -> str:
    return f"option_{number}"


def _cell_name(number: int | str) -> str:
    return f"cell_{number}"


def _pictures(name: str, case: Case, board: Board) -> dict[str, Picture]:
    chosen = _numbered(board.chosen_in)
    grids = tuple(chosen if grid.name == board.grid else grid for grid in board.scene.grids)
    asked = {
        name: {(row + 1, column + 1) for row, column in cells} if name == board.grid else cells
        for name, cells in board.asked.items()
    }
    right = {board.grid: {(row + 1, column + 1) for row, column in case.right_cells}}
    # The cells to choose from are read out as options, and the right ones with the worked answer.
    words = [_words(one, board.asked.get(one.name, ()), board) for one in board.scene.grids]
    solved = f"{board.chosen_in.title}; the cells of the answer are outlined"
    return {
        "asked": _picture(f"{name}.png", grids, asked, "; ".join(words)),
        "solved": _picture(f"{name}-answer.png", (chosen,), right, solved),
    }


def _words(grid: Grid, outlined: Iterable[Cell], board: Board) -> str:
    """Return what a picture shows of a grid, for who cannot see it."""
    if grid.name != board.grid:
        return grid_words(grid, set(outlined))
    marked = (f"row {row} column {column}" for row, column in sorted(outlined))
    return "; outlined: ".join([f"{grid.title}: choose here", *marked])


def _numbered(grid: Grid) -> Grid:
    """Return a grid with the numbers of its rows and columns, by which its cells are listed."""
    columns = range(grid.shape[1])
    return replace(
        grid,
        values=(
            ("", *map(str, columns)),
            *((str(row), *values) for row, values in enumerate(grid.values)),
        ),
        roles=(
            ("blank", *("blank" for _ in columns)),
            *(("blank", *roles) for roles in grid.roles),
        ),
    )


def _picture(
    name: str, grids: tuple[Grid, ...], outlined: dict[str, set[Cell]], words: str
) -> Picture:
    drawing = _drawing()
    drawing.update(_Outlined(grids, words, cells=outlined))
    # A picture of cells has few colours: a palette makes its file a third as long.
    pixels = Image.fromarray(drawing.render()).convert("RGB").quantize(64, Quantize.MAXCOVERAGE)
    pixels.save(file := BytesIO(), "PNG")
    return Picture(name, file.getvalue(), words, pixels.width // SCALE, pixels.height // SCALE)


@cache
def _drawing() -> ScenePicture:
    """Return what draws every picture: to change one is faster than to begin another."""
    return ScenePicture(Scene((), ""))
