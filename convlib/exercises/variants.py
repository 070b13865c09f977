"""Numbers of one's own: the same exercise with other values for each student.

The values are drawn from a hash of assignment, student and name, so that they are the same on every
machine, in every version of Python and in any order. Whoever grades sets the environment variable
``CONVLIB_STUDENT``, so that a notebook is graded for the student who hands it in, whatever it says.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from math import prod
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from convlib._checks import whole

__all__ = ["Variant", "student_id"]

T = TypeVar("T")
#: On Binder everybody gets a user name, and another one each time.
BINDER = "BINDER_SERVICE_HOST"


def student_id(student: str = "") -> str:
    """Return who the student is: as the grader says, else as JupyterHub says, else as typed.

    Parameters
    ----------
    student
        What the notebook says: the name or number under which the student hands in.

    Raises
    ------
    TypeError
        If the id is needed and no text.
    ValueError
        If it is empty.

    Examples
    --------
    >>> student_id(" ab123 ")
    'ab123'
    >>> student_id("")
    Traceback (most recent call last):
    ValueError: student='' is empty: write the name or number under which you hand in, in quotes
    """
    hub = "" if BINDER in os.environ else os.environ.get("JUPYTERHUB_USER", "")
    if known := os.environ.get("CONVLIB_STUDENT", "") or hub:
        return known
    if not isinstance(student, str):
        raise TypeError(f'student={student!r} must be text: write it in quotes, as in "ab123"')
    if not student.strip():
        raise ValueError(
            f"student={student!r} is empty: "
            "write the name or number under which you hand in, in quotes"
        )
    return student.strip()


@dataclass(frozen=True)
class Variant:
    """The numbers of one student in one assignment.

    Every number has a name of its own; the same name always gives the same number. Capitals and
    spaces around the student's id make no difference.

    Examples
    --------
    >>> mine = Variant("sizes", "ab123")
    >>> mine.integer("kernel_size", 2, 7)
    5
    >>> mine == Variant("sizes", "AB123")
    True
    """

    assignment: str
    student: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "student", self.student.strip().casefold())

    def integer(self, name: str, smallest: int, largest: int) -> int:
        """Return a whole number from `smallest` to `largest`, both included.

        Raises
        ------
        ValueError
            If `largest` is below `smallest`.
        """
        largest = whole("largest", largest, whole("smallest", smallest))
        return smallest + self._draw(name, largest - smallest + 1)

    def choice(self, name: str, options: Iterable[T]) -> T:
        """Return one of some options.

        Raises
        ------
        ValueError
            If there are none.
        """
        known = list(options)
        if not known:
            raise ValueError(f"options={known!r} must hold at least one")
        return known[self._draw(name, len(known))]

    def array(
        self, name: str, shape: tuple[int, ...], smallest: int, largest: int
    ) -> NDArray[np.int64]:
        """Return an array of whole numbers from `smallest` to `largest`, both included.

        Raises
        ------
        ValueError
            If `largest` is below `smallest`.

        Examples
        --------
        >>> Variant("sizes", "ab123").array("kernel", (2, 3), 1, 9)
        array([[8, 8, 1],
               [8, 7, 8]])
        """
        cells = [self.integer(f"{name}[{cell}]", smallest, largest) for cell in range(prod(shape))]
        return np.array(cells, dtype=np.int64).reshape(shape)

    def _draw(self, name: str, count: int) -> int:
        """Return a number below `count`, each with the same chance."""
        # 256 bits: even a million options differ in chance by less than anybody could count.
        text = "\0".join((self.assignment, self.student, name))
        return int.from_bytes(sha256(text.encode()).digest()) % count
