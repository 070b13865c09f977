"""The reader's own numbers in place of the book's: what explorers of sizes take besides a size."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from convlib._types import Array
from convlib.explorers.declaration import Control, Own
from convlib.scenes.convolution import example_input, example_kernel
from convlib.scenes.scene import Scene

__all__ = [
    "MOST",
    "input_control",
    "input_of",
    "kernel_control",
    "kernel_of",
    "no_room",
    "own_numbers",
]

#: What a picture has room for along an axis and in a matrix, and what a cell can show.
MOST, MOST_ENTRIES, LARGEST = 24, 10_000, 99
ROWS = re.compile(r"[\n;]+")


def own_numbers(numbers: Any) -> list[list[int | float]]:
    """Return the numbers of a grid as lists, if there is a picture of it.

    Parameters
    ----------
    numbers
        Rows of numbers of shape (rows, columns); or text, its rows parted by ``;`` or lines.

    Raises
    ------
    TypeError
        If they are no numbers.
    ValueError
        If the rows differ in length, there are none or more than `MOST`, or a number is beyond
        ±99.

    Examples
    --------
    >>> own_numbers("1 2; 3 4.5")
    [[1, 2], [3, 4.5]]
    >>> own_numbers([[1, 2], [3]])
    Traceback (most recent call last):
    ValueError: row 1 has 1 numbers and row 0 has 2; they must be equal
    """
    rows = _rows_of(numbers)
    if not rows or not rows[0]:
        raise ValueError("there are no numbers; write rows of them, like [[1, 2], [3, 4]]")
    for place, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ValueError(
                f"row {place} has {len(row)} numbers and row 0 has {len(rows[0])}; "
                "they must be equal"
            )
    if max(len(rows), len(rows[0])) > MOST:
        raise ValueError(
            f"the numbers have shape {(len(rows), len(rows[0]))}; a picture has room for {MOST} "
            "cells along an axis"
        )
    return [[_number(value) for value in row] for row in rows]


def _rows_of(numbers: Any) -> list[list[Any]]:
    if isinstance(numbers, str):
        lines = [re.split(r"[\s,]+", line.strip(" ,")) for line in ROWS.split(numbers.strip())]
        return [[_read(word) for word in line if word] for line in lines]
    if isinstance(numbers, np.ndarray):
        numbers = numbers.tolist()
    if not isinstance(numbers, list | tuple) or not all(
        isinstance(row, list | tuple) for row in numbers
    ):
        raise TypeError(
            f"the numbers must be rows of numbers, like [[1, 2], [3, 4]], not {numbers!r}"
        )
    return [list(row) for row in numbers]


def _read(word: str) -> int | float:
    try:
        return int(word)
    except ValueError:
        try:
            return float(word)
        except ValueError:
            raise ValueError(f"{word!r} is no number; write rows like 1 2; 3 4") from None


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{value!r} must be a number")
    number = float(value)
    if not abs(number) <= LARGEST:  # which NaN is not either
        raise ValueError(
            f"{value} must be from −{LARGEST} to {LARGEST}, or its cell cannot show it"
        )
    return int(number) if number.is_integer() else number


def input_control(first: int, last: int, default: int) -> Control:
    """Return the control of an input's size, which takes one's own input in its place."""
    return _size_control("input", "1 2 0; 0 1 3; 2 2 1", first, last, default)


def kernel_control(first: int, last: int, default: int) -> Control:
    """Return the control of a kernel's size, which takes one's own kernel in its place."""
    return _size_control("kernel", "1 0; 0 -1", first, last, default)


def _size_control(name: str, hint: str, first: int, last: int, default: int) -> Control:
    own = Own(name, f"your own {name}", hint, own_numbers, reads=True)
    sizes = tuple(range(first, last + 1))
    return Control(f"{name}_size", f"{name} size", sizes, default, own, most=MOST)


def input_of(value: Any, example: Callable[[int], Array] = example_input) -> Array:
    """Return the input that a value of `input_control` stands for, of shape (rows, columns)."""
    return example(value) if isinstance(value, int) else np.array(value)


def kernel_of(value: Any, example: Callable[[int], Array] = example_kernel) -> Array:
    """Return the kernel that a value of `kernel_control` stands for, of shape (rows, columns)."""
    return example(value) if isinstance(value, int) else np.array(value)


def no_room(rows: int, columns: int) -> Scene | None:
    """Return what is shown in place of a matrix that is too large to be drawn, else None."""
    if rows * columns <= MOST_ENTRIES:
        return None
    error = (
        f"the matrix would have {rows}×{columns} = {rows * columns:,} entries; the picture has "
        f"room for {MOST_ENTRIES:,}"
    )
    return Scene((), f"No picture: {error}.", error=error)
