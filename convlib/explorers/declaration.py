"""How an explorer is declared: its controls, and one pure function from values to a scene."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

from convlib.scenes.scene import Scene

__all__ = [
    "Control",
    "Declaration",
    "Guess",
    "Own",
    "Panel",
    "Values",
    "parse_state",
    "size_of",
]


def parse_state(state: str) -> dict[str, int | str]:
    """Return the values of ``"stride=2 mode=same"``; whole numbers become int.

    Raises
    ------
    ValueError
        If a word is not of the form name=value.

    Examples
    --------
    >>> parse_state("stride=2 mode=same")
    {'stride': 2, 'mode': 'same'}
    """
    values = {}
    for word in state.split():
        name, equals, value = word.partition("=")
        if not (name and equals and value):
            raise ValueError(f"{word!r} must be of the form name=value")
        values[name] = int(value) if re.fullmatch(r"-?\d+", value) else value
    return values


#: A value for each control, by name.
Values: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Own:
    """The reader's own value in place of a control's: typed in the live form, or given in Python.

    Parameters
    ----------
    name
        Keyword that takes it, besides the control's: ``"layers"``.
    label
        What the reader sees: ``"your own layers"``.
    hint
        An example of what can be typed, in Python's literals.
    check
        Turns a value into one for the scene function, of plain lists, dicts, numbers and texts
        where it can be; raises TypeError or ValueError. What it returns, it takes too.
    reads : optional
        Whether the check also reads text that is no literal.

    Examples
    --------
    >>> own = Own("size", "your own size", "[3, 4]", sorted)
    >>> own.parse("[5, 2]")
    [2, 5]
    >>> own.parse("[5, 2")
    Traceback (most recent call last):
    ValueError: this cannot be read; write it like [3, 4]
    """

    name: str
    label: str
    hint: str
    check: Callable[[Any], Any]
    reads: bool = False

    def parse(self, text: str) -> Any:
        """Return the value that a text stands for.

        Raises
        ------
        TypeError, ValueError
            If the text is no literal, or the check refuses its value.
        """
        try:
            value = literal_eval(text.strip())
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            if not self.reads:
                raise ValueError(f"this cannot be read; write it like {self.hint}") from None
            value = text
        return self.check(value)

    def text(self, value: Any) -> str:
        """Return the text that stands for a checked value; empty where none does."""
        text = str(value)
        try:
            return text if literal_eval(text) == value else ""
        except (ValueError, SyntaxError):
            return ""


@dataclass(frozen=True)
class Control:
    """One parameter that the reader changes.

    Parameters
    ----------
    name
        Keyword of the scene function: ``"kernel_size"``.
    label
        What the reader sees: ``"kernel size"``.
    values
        All values, in order. Integers are shown as a slider, texts as a choice.
    default
        The first value shown.
    own : optional
        What else the control takes, in the live form. The page and `Explorer.states` know only
        the values.
    most : optional
        The largest number that the control takes where Python is at hand in the page; 0 where it
        takes its values alone.
    """

    name: str
    label: str
    values: tuple[int | str, ...]
    default: int | str
    own: Own | None = None
    most: int = 0

    @property
    def free_values(self) -> tuple[int | str, ...]:
        """All values that the control takes where Python is at hand in the page."""
        numbers = [value for value in self.values if isinstance(value, int)]
        return self.values + tuple(range(max(numbers, default=0) + 1, self.most + 1))

    def is_own(self, value: Any) -> bool:
        """Return whether a value is not one of the control's, but for its `Own`."""
        return self.own is not None and not isinstance(value, int | str)

    def checked(self, value: Any, free: bool = False) -> Any:
        """Return `value` if the control has or takes it, else raise TypeError or ValueError."""
        if self.own and self.is_own(value):
            return self.own.check(value)
        values = self.free_values if free else self.values
        if value not in values or isinstance(value, bool):
            known = ", ".join(map(str, values))
            other = f"; or {self.own.label}, like {self.own.hint}" if self.own else ""
            raise ValueError(f"{self.name}={value!r} must be one of {known}{other}")
        return value


@dataclass(frozen=True)
class Guess:
    """What a reader can be asked before an explorer shows its answer.

    Parameters
    ----------
    question
        To be answered by a size, a number or a word.
    answer
        From a scene and the values that it was made of to the right answer, as text.
    hides
        Names of grids that would give it away, besides those that are computed. The matrix, the
        charts, the formula and the sentence are hidden always.
    """

    question: str
    answer: Callable[[Scene, Values], str]
    hides: tuple[str, ...] = ()

    def hidden(self, scene: Scene) -> list[str]:
        """Return the names of a scene's grids that wait for the answer."""
        made = {one.reads if one.kind == "stamp" else one.over for one in scene.computed}
        return [one.name for one in scene.grids if one.name in made or one.name in self.hides]


def size_of(name: str) -> Callable[[Scene, Values], str]:
    """Return what tells the size of a grid's output: the cells that are one, or ``"none"``.

    Examples
    --------
    >>> from convlib.scenes.convolution import convolution_scene
    >>> size_of("output")(convolution_scene([[1, 2, 3]], [[1, 1]]), {})
    '1×2'
    """

    def tells(scene: Scene, values: Values) -> str:
        if scene.error or name not in {one.name for one in scene.grids}:
            return "none"
        roles = [[role.split()[0] == "output" for role in row] for row in scene[name].roles]
        return f"{sum(map(any, roles))}×{sum(map(any, zip(*roles, strict=True)))}"

    return tells


@dataclass(frozen=True)
class Panel:
    """The controls of an interactive picture: what a link, an address or a call can set.

    Parameters
    ----------
    name
        Identifier, also in addresses: ``"stride"``.
    title
        What the reader sees above it.
    """

    name: str
    title: str
    controls: tuple[Control, ...]

    def values(self, /, _free: bool = False, **start: Any) -> Values:
        """Return a value for every control: the ones given, else the defaults.

        Parameters
        ----------
        **start
            By the names of the controls.
        _free : optional
            Whether numbers up to `Control.most` are taken too.

        Raises
        ------
        TypeError
            If a keyword names no control, or a reader's own value is of the wrong kind.
        ValueError
            If a control does not have the value.
        """
        by_name = {control.name: control for control in self.controls}
        start = self.by_control(start)
        for name in start:
            if name not in by_name:
                raise TypeError(f"{self.name}: no control {name!r}; there are {', '.join(by_name)}")
        return {
            name: control.checked(start.get(name, control.default), _free)
            for name, control in by_name.items()
        }

    def by_control(self, start: Values) -> Values:
        """Return values by the names of their controls; some are given by the name of an `Own`.

        Raises
        ------
        TypeError
            If both names of a control are given.
        ValueError
            If text is given by the name of an `Own` that reads text, and cannot be read.
        """
        start = dict(start)
        for control in self.controls:
            own = control.own
            name = own.name if own else control.name
            if own and name != control.name and name in start:
                if control.name in start:
                    raise TypeError(
                        f"{self.name}: {name} takes the place of {control.name}; give one of them"
                    )
                given = start.pop(name)
                typed = own.reads and isinstance(given, str)
                start[control.name] = own.parse(given) if typed else given
        return start

    def states(self) -> Iterator[dict[str, int | str]]:
        """Yield the values of every state; the last control changes fastest."""
        names = [control.name for control in self.controls]
        for combination in product(*(control.values for control in self.controls)):
            yield dict(zip(names, combination, strict=True))


@dataclass(frozen=True)
class Declaration(Panel):
    """An interactive picture: its controls and its scene, and nothing of the forms it is shown in.

    Parameters
    ----------
    name, title, controls
        As `Panel`.
    scene
        A pure function: one keyword argument for each control, returns a `Scene`. Values that
        make no picture give a scene with `Scene.error`, never an exception.
    guess : optional
        What a reader can be asked before the picture shows it.
    """

    scene: Callable[..., Scene]
    guess: Guess | None = None
