"""Answers to exercises, held against what is right: the first difference, in words.

Nothing is printed and nothing raised for a wrong answer. A `Verdict` comes back, which shows itself
at the end of a notebook's cell and is true or false where that is asked.
"""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from textwrap import indent
from traceback import walk_tb
from typing import Any, NamedTuple

import numpy as np

from convlib._checks import count
from convlib._types import Array

__all__ = ["Verdict", "check_function", "check_value"]

#: How far a floating number may be off, relative to the largest one expected: about what rounding
#: in float32 makes of a sum that is added up in another order.
TOLERANCE = 1e-5
#: An array of more cells is described by its shape alone.
MOST_CELLS = 64
#: What a function may return, and how it is called.
KINDS = (
    (type(None) | type(...), "nothing yet"),
    (bool, "a bool"),
    (int, "a whole number"),
    (float, "a float"),
    (str, "text"),
    (list, "a list"),
    (np.ndarray, "an array"),
)


@dataclass(frozen=True, repr=False)
class Verdict:
    """Whether an answer agrees with what is right, and what there is to say about it.

    Attributes
    ----------
    agrees
        Also the truth of the verdict itself.
    text
        One line where the answer agrees; else the first difference.

    Examples
    --------
    >>> verdict = check_value(6, 6, "the output size")
    >>> verdict
    the output size: 6 is right
    >>> assert verdict, verdict
    """

    agrees: bool
    text: str

    def __bool__(self) -> bool:
        return self.agrees

    def __repr__(self) -> str:
        return self.text


def check_function(
    mine: Callable[..., Any], reference: Callable[..., Any], cases: Iterable[Any]
) -> Verdict:
    """Return whether a function gives what a reference gives, in each of some cases.

    Whole numbers and texts must be equal, floating numbers equal up to rounding. What says the same
    in another form is as good: a tuple, an array or a PyTorch tensor for a list and the other way
    round, 6.0 for 6. Where the reference raises an error, the function must raise one of the same
    kind. Each call gets its own copy of the arguments.

    Parameters
    ----------
    mine, reference
        The function to check, and one that is right.
    cases
        The arguments of each call: a tuple of them in order, a dict of them by name, or anything
        else, which is the only argument.

    Returns
    -------
    Verdict
        Of the first case that differs: its arguments, what was expected, and what came.

    Raises
    ------
    TypeError
        If `mine` or `reference` is not a function.
    ValueError
        If there are no cases, or one is not a call of the reference.

    Examples
    --------
    >>> from convlib import conv_output_size
    >>> def my_size(input_size, kernel_size, stride):
    ...     return -(-(input_size - kernel_size) // stride) + 1
    >>> check_function(my_size, conv_output_size, [(6, 3, 1), (6, 3, 2)])
    my_size: case 2 of 2 differs
      input_size = 6
      kernel_size = 3
      stride = 2
    expected: 2
    yours:    3
    """
    for parameter, function in (("mine", mine), ("reference", reference)):
        if not callable(function):
            raise TypeError(
                f"{parameter}={function!r} must be a function: its name, without brackets after it"
            )
    name, cases = _name_of(mine), list(cases)
    if not cases:
        raise ValueError("cases=[] must hold the arguments of at least one call")
    signature, outcomes = _signature(reference), _outcomes(mine, cases)
    for number, case in enumerate(cases, 1):
        try:
            arguments = _bound(signature, case)
        except TypeError as error:
            what = f"cases[{number - 1}]={case!r} is no call of {_name_of(reference)}"
            raise ValueError(f"{what}: {error}") from None
        difference = _difference(_outcome(reference, case), next(outcomes))
        if difference:
            with suppress(TypeError):  # which the call has said
                arguments = _bound(_signature(mine), case)
            lines = [f"{name}: case {number} of {len(cases)} differs"]
            lines += [_entry(f"  {key} =", _shown(value)) for key, value in arguments.items()]
            return Verdict(False, "\n".join(lines + _description(difference, mine)))
    agree = {1: "1 case agrees", 2: "both cases agree"}
    return Verdict(True, f"{name}: {agree.get(len(cases), f'all {len(cases)} cases agree')}")


def check_value(mine: Any, expected: Any, what: str) -> Verdict:
    """Return whether a value is what is expected, without giving away what that is.

    Parameters
    ----------
    mine
        The answer; compared as by `check_function`.
    expected
        What is right.
    what
        What the value is, for the verdict to begin with.

    Returns
    -------
    Verdict
        Where the type or the shape differs, it says what they must be; of a number, whether it is
        too large or too small; of an array, how many cells differ.

    Examples
    --------
    >>> check_value(4640, 16 * 32 * 9, "the number of weights")
    the number of weights: 4640 is too large
    >>> check_value(225 / 2, 112, "the output size")
    the output size: must be a whole number, but 112.5 is a float
    >>> check_value(np.eye(2), np.ones((2, 2)), "the matrix")
    the matrix: wrong in 2 of 4 cells, the first at [0, 1]
    """
    difference = _difference(_plain(expected), _plain(mine))
    return Verdict(difference is None, f"{what}: {_hint(difference, _plain(mine))}")


# --- Comparing ------------------------------------------------------------------------------------


class _Difference(NamedTuple):
    """What differs first: the type, the shape, the length or the value."""

    aspect: str
    expected: Any
    mine: Any
    where: tuple[int, ...] = ()  # an item of a list, a cell of an array
    cells: int = 0  # of an array, those that differ


def _difference(expected: Any, mine: Any) -> _Difference | None:
    """Return the first difference of two plain values, or None."""
    if isinstance(expected, Exception):
        return None if isinstance(mine, type(expected)) else _Difference("error", expected, mine)
    mine = _as_expected(expected, mine)
    # A whole number is a float too.
    as_float = _kind(expected) == "a float" and _kind(mine) == "a whole number"
    if _kind(expected) != _kind(mine) and not as_float:
        return _Difference("type", expected, mine)
    if isinstance(expected, np.ndarray):
        return _array_difference(expected, mine)
    if isinstance(expected, list):
        return _list_difference(expected, mine)
    if isinstance(expected, float):
        return None if _close(expected, mine) else _Difference("value", expected, mine)
    return None if expected == mine else _Difference("value", expected, mine)


def _as_expected(expected: Any, mine: Any) -> Any:
    """Return an answer in the form of what is expected, where it says the same in another one."""
    if isinstance(expected, np.ndarray) and isinstance(mine, list):
        try:
            array = np.array(mine)
        except ValueError:  # rows of different lengths
            return mine
        return array if array.dtype.kind in "biuf" else mine
    if isinstance(expected, list) and isinstance(mine, np.ndarray):
        return mine.tolist()
    whole = _kind(expected) == "a whole number"
    return int(mine) if whole and isinstance(mine, float) and mine.is_integer() else mine


def _array_difference(expected: Array, mine: Array) -> _Difference | None:
    if expected.shape != mine.shape:
        return _Difference("shape", expected, mine)
    wrong = np.argwhere(~_close(expected, mine))
    if len(wrong):
        return _Difference("value", expected, mine, tuple(wrong[0].tolist()), len(wrong))
    return None


def _list_difference(expected: list[Any], mine: list[Any]) -> _Difference | None:
    if len(expected) != len(mine):
        return _Difference("length", expected, mine)
    for place, (one, other) in enumerate(zip(expected, mine, strict=True)):
        if _difference(one, other):
            return _Difference("value", expected, mine, (place,))
    return None


def _close(expected: Any, mine: Any) -> Any:
    # Whole numbers are exact, however large: an answer that is off by one is wrong.
    exact = np.asarray(expected).dtype.kind in "biu"
    expected, mine = np.asarray(expected, float), np.asarray(mine, float)
    largest = np.max(np.abs(expected), initial=0, where=np.isfinite(expected))
    return np.isclose(mine, expected, 0, TOLERANCE * (1 if exact else largest), equal_nan=True)


def _plain(value: Any) -> Any:
    """Return a value as Python's own number, text or list, or as an array with axes."""
    if hasattr(value, "detach"):  # a PyTorch tensor; convlib does without the package
        value = value.detach()
    if hasattr(value, "__array__"):
        value = np.asarray(value)
        return value if value.ndim else value.item()
    if isinstance(value, list | tuple | range):
        return [_plain(item) for item in value]
    return value


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.dtype.kind not in "biuf":
        return f"an array of dtype {value.dtype}"
    named = [name for kind, name in KINDS if isinstance(value, kind)]
    return named[0] if named else f"a {type(value).__name__}"


# --- Calling --------------------------------------------------------------------------------------


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except ValueError:  # some functions written in C have none
        return None


def _bound(signature: inspect.Signature | None, case: Any) -> dict[str, Any]:
    """Return the arguments of a case by their names; TypeError says that they do not fit."""
    positional, named = _arguments(case)
    if signature is None:
        return {f"argument {place}": value for place, value in enumerate(positional)} | named
    return signature.bind(*positional, **named).arguments


def _arguments(case: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if isinstance(case, dict):
        return (), case
    return (case if isinstance(case, tuple) else (case,)), {}


def _outcomes(function: Callable[..., Any], cases: list[Any]) -> Iterator[Any]:
    """Yield what a function gives for each case, or the error it raises."""
    # In grading, what stands for the student's function asks their process for many at once.
    each = getattr(type(function), "__call_each__", None)
    if each is None:
        yield from (_outcome(function, case) for case in cases)
        return
    for result in each(function, map(_arguments, cases)):
        yield result if isinstance(result, Exception) else _plain(result)


def _outcome(function: Callable[..., Any], case: Any) -> Any:
    """Return what a function gives for a case, or the error it raises."""
    positional, named = _arguments(deepcopy(case))
    try:
        return _plain(function(*positional, **named))
    except Exception as error:  # whatever it is, it is the answer to this case
        return error


def _name_of(function: Callable[..., Any]) -> str:
    name = getattr(function, "__name__", "<>")
    return "your function" if name.startswith("<") else name


# --- Saying ---------------------------------------------------------------------------------------


def _description(difference: _Difference, function: Callable[..., Any]) -> list[str]:
    """Return the lines that tell how the result of a function differs."""
    aspect, expected, mine, where, cells = difference
    shown: Callable[[Any], str] = _shown
    if aspect in ("type", "shape"):
        shown = _with_kind if aspect == "type" else _with_shape
    lines = [_entry("expected:", shown(expected)), _entry("yours:   ", shown(mine))]
    if isinstance(mine, Exception):
        lines[1] += _place(mine, function)
    elif mine is None:
        lines[1] = "yours:    None: is a return missing?"
    elif where:
        lines.insert(0, _where(mine, where, cells))
    return lines


def _hint(difference: _Difference | None, mine: Any) -> str:
    """Return what to say about a value without telling the one expected."""
    if difference is None:
        return "right" if isinstance(mine, list | np.ndarray) else f"{_shown(mine)} is right"
    aspect, expected, mine, where, cells = difference
    if aspect == "type":
        return f"must be {_kind(expected)}, but {_with_kind(mine, ' is ')}"
    if aspect == "shape":
        return f"must have shape {expected.shape}, but has {mine.shape}"
    if aspect == "length":
        return f"must hold {count(len(expected), 'item')}, but holds {len(mine)}"
    if where:
        return _where(mine, where, cells)
    if isinstance(mine, int | float) and not isinstance(mine, bool):
        return f"{mine} is too {'large' if mine > expected else 'small'}"
    return f"{_shown(mine)} is not right"


def _where(mine: Any, where: tuple[int, ...], cells: int) -> str:
    if isinstance(mine, list):
        return f"item {where[0]} is the first that differs"
    return f"wrong in {cells} of {count(mine.size, 'cell')}, the first at {list(where)}"


def _entry(label: str, text: str) -> str:
    return f"{label.rstrip()}{text}" if text.startswith("\n") else f"{label} {text}"


def _shown(value: Any) -> str:
    if isinstance(value, Exception):
        return f"{type(value).__name__}: {value}".rstrip(": \n")
    if not isinstance(value, np.ndarray):
        return "..." if value is ... else repr(value)  # as in the starting code
    if value.size > MOST_CELLS:
        return f"an array of shape {value.shape}"
    return "\n" + indent(np.array2string(value), "    ")


def _with_kind(value: Any, between: str = ", ") -> str:
    if isinstance(value, Exception):
        return _shown(value)
    if isinstance(value, np.ndarray):
        return f"{_kind(value)} of shape {value.shape}"
    return f"{_shown(value)}{between}{_kind(value)}"


def _with_shape(value: Array) -> str:
    return f"an array of shape {value.shape}"


def _place(error: Exception, function: Callable[..., Any]) -> str:
    """Return the line of the learner's own file or cell that an error came from."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    own = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
    text = linecache.getline(str(file), own[-1]).strip() if own else ""
    return f"\n          in the line  {text}" if text else ""
