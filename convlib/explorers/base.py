"""How an explorer is declared: its controls, and one pure function from values to a scene."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

from convlib.scene import Scene

__all__ = ["PAGE_VARIABLE", "Control", "Explorer"]

#: The book's extension sets this variable for the kernels that build the book; there an explorer
#: returns HTML only. Anywhere else it returns widgets only: widget state in a page would bring
#: back the widget bundle.
PAGE_VARIABLE = "CONVLIB_PAGE"


@dataclass(frozen=True)
class Control:
    """One parameter that the reader changes.

    Parameters
    ----------
    name : str
        Keyword of the scene function: ``"kernel_size"``.
    label : str
        What the reader sees: ``"kernel size"``.
    values : tuple of int or str
        All values, in order. Integers are shown as a slider, texts as a choice.
    default : int or str
        The first value shown.
    """

    name: str
    label: str
    values: tuple
    default: int | str

    def checked(self, value):
        """Return `value` if the control has it, else raise ValueError."""
        if value not in self.values or isinstance(value, bool):
            known = ", ".join(map(str, self.values))
            raise ValueError(f"{self.name}={value!r} must be one of {known}")
        return value


@dataclass(frozen=True)
class Explorer:
    """An interactive picture, declared once and shown in two forms.

    Parameters
    ----------
    name : str
        Identifier, also in addresses: ``"stride"``.
    title : str
        What the reader sees above it.
    controls : tuple of Control
    scene : callable
        A pure function: one keyword argument for each control, returns a `Scene`. Values that
        make no picture give a scene with `Scene.error`, never an exception.
    """

    name: str
    title: str
    controls: tuple[Control, ...]
    scene: Callable[..., Scene]

    def values(self, **start) -> dict:
        """Return a value for every control: the ones given, else the defaults.

        Raises
        ------
        TypeError
            If a keyword names no control.
        ValueError
            If a control does not have the value.
        """
        by_name = {control.name: control for control in self.controls}
        for name in start:
            if name not in by_name:
                raise TypeError(f"{self.name}: no control {name!r}; there are {', '.join(by_name)}")
        return {
            name: control.checked(start.get(name, control.default))
            for name, control in by_name.items()
        }

    def states(self) -> Iterator[dict]:
        """Yield the values of every state; the last control changes fastest."""
        names = [control.name for control in self.controls]
        for combination in product(*(control.values for control in self.controls)):
            yield dict(zip(names, combination, strict=True))

    def __call__(self, **start):
        """Show the explorer: HTML while the book is built, widgets anywhere else.

        Parameters
        ----------
        **start
            The first value of a control, by name; the others start at their defaults.
        """
        values = self.values(**start)
        if os.environ.get(PAGE_VARIABLE):
            from convlib.explorers.page import page_form

            return page_form(self, values)
        from convlib.explorers.live import live_form

        return live_form(self, values)
