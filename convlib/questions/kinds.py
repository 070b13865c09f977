"""The kinds of questions: what is filled in, how it is read, and what is said when it is wrong."""

from __future__ import annotations

import operator
import random
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass
from itertools import product
from math import floor
from typing import Any

from convlib._types import Cell
from convlib.questions.declaration import NUMBER, PAIR, SAYS, Answer, Board, Case, Shown, Values
from convlib.questions.question import Question
from convlib.scenes.scene import Grid, Scene

__all__ = ["Cells", "Choice", "Number", "Size"]


@dataclass(frozen=True, repr=False)
class Number(Question):
    """A question whose answer is a whole number.

    Readers may type it with spaces around, separators of thousands or ``.0`` at the end. A mistake
    may give a fraction, for those who did not round; it is compared to two decimals.

    Parameters
    ----------
    label
        What stands before the field.

    Examples
    --------
    >>> from convlib import conv_output_size
    >>> from convlib.explain import explain_output_size
    >>> question = Number(
    ...     "output-size",
    ...     "A kernel of size {kernel_size} moves with stride {stride} over {input_size} cells. "
    ...     "How many output cells?",
    ...     answer=conv_output_size,
    ...     worked=explain_output_size,
    ...     variants=dict(input_size=range(5, 10), kernel_size=(2, 3), stride=(2, 3)),
    ... )
    >>> len(question.cases)
    16
    >>> question.feedback(0, " seven ").text
    'This cannot be read as a number. Type a whole number in digits, such as 12.'
    >>> question.feedback(0, question.cases[0].answer + ".0")
    Feedback(right=True, text='Right.')
    """

    kind = "number"

    _: KW_ONLY
    label: str = "Your answer"

    @property
    def labels(self) -> tuple[str, ...]:
        return (self.label,)

    def read(self, given: str) -> str:
        return _read_number(given)

    def key(self, value: Any, shown: Shown = None) -> str:
        return _number_key(value)

    def answer_text(self, value: Any) -> str:
        return f"{_whole(value):,}".replace("-", "−")

    def near(self, case: Case, key: str) -> str:
        if "." in key:
            raise ValueError(SAYS["whole"])
        return SAYS["look"]


@dataclass(frozen=True, repr=False)
class Size(Question):
    """A question whose answer is a pair of whole numbers: rows × columns.

    Parameters
    ----------
    labels
        What stands before the two fields.
    """

    kind = "size"

    _: KW_ONLY
    labels: tuple[str, str] = ("rows", "columns")

    def read(self, given: tuple[str, str]) -> str:
        return "×".join(map(_read_number, self.apart(given)))

    def apart(self, given: tuple[str, str]) -> tuple[str, str]:
        """Return two texts; those of a size that stands in one field, as ``3×4`` or ``(3, 4)``."""
        first, second = map(_plain, given)
        pair = re.fullmatch(PAIR, first + second) if bool(first) != bool(second) else None
        return (pair[1], pair[2]) if pair else (first, second)

    def key(self, value: Any, shown: Shown = None) -> str:
        return "×".join(map(_number_key, _pair(value)))

    def answer_text(self, value: Any) -> str:
        return " × ".join(f"{_whole(one):,}" for one in _pair(value))

    def near(self, case: Case, key: str) -> str:
        if "." in key:
            raise ValueError(SAYS["whole"])
        right = [a == b for a, b in zip(key.split("×"), case.key.split("×"), strict=True)]
        if not any(right):
            return SAYS["look"]
        return SAYS["first"].format(*(self.labels if right[0] else self.labels[::-1]))


@dataclass(frozen=True, repr=False)
class Choice(Question):
    """A question with a few answers to choose from.

    The answer, and those of the mistakes, are the texts of options (or values that print like
    them). A mistake that names no option cannot be made in that variant.

    Parameters
    ----------
    options
        The same for all variants, in this order, with parameters in braces; or computed from the
        parameters, and then mixed. Two to six different ones.

    Raises
    ------
    ValueError
        Also if the right answer stands at the same place in every variant.
    """

    kind = "choice"

    _: KW_ONLY
    options: tuple[str, ...] | Callable[..., Iterable[Any]]

    def shown(self, values: Values) -> tuple[str, ...]:
        if callable(self.options):
            options = [str(option) for option in self.options(**values)]
            random.Random(f"{self.name} {values}").shuffle(options)
        else:
            options = [self._filled(option, values) for option in self.options]
        if not 2 <= len(options) <= 6 or len(set(options)) < len(options):
            raise ValueError(
                f"{self._place(values)}: options={options} must be two to six different ones"
            )
        return tuple(options)

    def read(self, given: int | None) -> str:
        if given is None:
            raise ValueError(SAYS["choose"])
        return str(given)

    def key(self, value: Any, shown: tuple[str, ...]) -> str | None:
        return str(shown.index(str(value))) if str(value) in shown else None

    def answer_text(self, value: Any) -> str:
        return str(value)

    def _check(self) -> None:
        super()._check()
        if len({case.key for case in self.cases}) == 1:
            raise ValueError(
                f"question {self.name!r}: the right option must not stand at the same place in "
                "every variant"
            )


@dataclass(frozen=True, repr=False)
class Cells(Question):
    """A question whose answer is a set of cells, chosen in a picture.

    Hints for the right shape at a wrong place, and for rows and columns swapped, come by
    themselves, after those of the mistakes.

    Parameters
    ----------
    scene
        From the parameters to the `Scene` that is shown; its grid called `grid` is chosen in.
    answer : optional
        From the parameters to the (row, column) of the right cells, counted in that grid (so with
        its padding). Without one, the cells that the step `asked` lights.
    grid
        Name of the grid in which the reader chooses.
    asked
        The parameter, if there is one, that holds the (row, column) of the cell in question. That
        cell is outlined.
    asked_grid : optional
        Name of the grid in which it lies; the one that the scene's sweep is over, if not given.
    """

    kind = "cells"

    _: KW_ONLY
    scene: Callable[..., Scene]
    answer: Answer | None = None
    grid: str = "input"
    asked: str = "position"
    asked_grid: str = ""

    def shown(self, values: Values) -> Board:
        scene = self.scene(**values)
        if scene.error:
            raise ValueError(f"{self._place(values)}: {scene.error}")
        asked: dict[str, set[Cell]] = {}
        if self.asked in values:
            over = scene.sweep.over if scene.sweep else ""
            asked = {self.asked_grid or over: {tuple(values[self.asked])}}
        for name, cells in asked.items():
            if not _lie_in(scene[name], cells):
                raise ValueError(f"{self._place(values)}: no such cell in the grid {name!r}")
        return Board(scene, self.grid, asked)

    def _right(self, values: Values) -> Any:
        if self.answer:
            return set(self.answer(**values))
        return self.scene(**values).lit(values[self.asked])[self.grid]

    def read(self, given: Iterable[int]) -> str:
        """Return the normal form of cells, given by their numbers in reading order."""
        return _cells_key(given)

    def key(self, value: Any, shown: Board) -> str | None:
        cells, columns = set(value), shown.chosen_in.shape[1]
        if not _lie_in(shown.chosen_in, cells):
            return None
        return _cells_key(row * columns + column for row, column in cells)

    def answer_text(self, value: Any) -> str:
        return ", ".join(f"({row}, {column})" for row, column in sorted(value)) or "none"

    def more_hints(self, value: Any, shown: Board) -> dict[str, str]:
        cells, hints = set(value), {}
        for down, right in product(range(-2, 3), repeat=2):
            moved = self.key({(row + down, column + right) for row, column in cells}, shown)
            if moved and (down or right):
                hints[moved] = f"The shape is right, but it lies {_place_text(down, right)}."
        swapped = self.key({(column, row) for row, column in cells}, shown)
        if swapped:
            hints[swapped] = "You swapped rows and columns: the row comes first."
        return hints

    def near(self, case: Case, key: str) -> str:
        given, right = set(key.split()), set(case.key.split())
        if not given:
            raise ValueError(SAYS["mark"])
        return SAYS["some"].format(len(given & right), len(right), len(given - right))


def _whole(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError(f"answer={value!r} must be a whole number")
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"answer={value!r} must be a whole number") from None


def _pair(value: Any) -> tuple[Any, Any]:
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(f"answer={value!r} must be a pair: rows and columns")
    return value[0], value[1]


def _number_key(value: Any) -> str:
    """Return a number in its normal form: whole, or with two decimals.

    Examples
    --------
    >>> _number_key(1200), _number_key(3.0), _number_key(3.125)
    ('1200', '3', '3.13')
    """
    if isinstance(value, float) and not value.is_integer():
        return f"{floor(100 * value + 0.5) / 100:.2f}"
    return str(int(value) if isinstance(value, float) else _whole(value))


def _read_number(text: str) -> str:
    """Return a typed number in its normal form.

    Examples
    --------
    >>> _read_number(" 1,200 "), _read_number("12.0"), _read_number("−3"), _read_number("２.333")
    ('1200', '12', '-3', '2.33')
    >>> _read_number("3,5")
    Traceback (most recent call last):
    ValueError: This cannot be read as a number. Type a whole number in digits, such as 12.
    """
    text = _plain(text)
    if not text:
        raise ValueError(SAYS["empty"])
    match = re.fullmatch(NUMBER, text)
    if not match:
        raise ValueError(SAYS["unreadable"])
    sign, digits, decimals = match.groups()
    sign, digits = "-" if sign in ("-", "−") else "", re.sub("[ ,_]", "", digits)
    if (decimals or "").strip("0"):
        return _number_key(float(f"{sign}{digits}.{decimals}"))
    return _number_key(int(sign + digits))


def _plain(text: str) -> str:
    """Return a text without spaces around it, its full-width signs as plain ones."""
    return unicodedata.normalize("NFKC", text).strip()


def _cells_key(numbers: Iterable[int]) -> str:
    return " ".join(map(str, sorted(set(map(int, numbers)))))


def _lie_in(grid: Grid, cells: Iterable[tuple[int, int]]) -> bool:
    rows, columns = grid.shape
    return all(0 <= row < rows and 0 <= column < columns for row, column in cells)


def _place_text(down: int, right: int) -> str:
    """Return where a shape lies that was moved.

    Examples
    --------
    >>> _place_text(1, 0), _place_text(-2, 1)
    ('one row too low', 'two rows too high and one column too far right')
    """
    parts = []
    for by, noun, ways in (
        (down, "row", ("too low", "too high")),
        (right, "column", ("too far right", "too far left")),
    ):
        if by:
            count = {1: f"one {noun}", 2: f"two {noun}s"}[abs(by)]
            parts.append(f"{count} {ways[by < 0]}")
    return " and ".join(parts)
