"""What parameters are, for annotations: the words of the docstrings as types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from numpy.typing import NDArray

#: One whole number for each axis.
Size: TypeAlias = tuple[int, ...]
#: One whole number for every axis, or one for each.
PerAxis: TypeAlias = int | Sequence[int]
PaddingWord: TypeAlias = Literal["valid", "same", "full"]
#: A whole number, one per axis, one (before, after) pair per axis, or a word.
Padding: TypeAlias = int | Sequence[int | Sequence[int]] | PaddingWord
PaddingMode: TypeAlias = Literal["zeros", "reflect", "replicate", "circular"]
#: (before, after), in cells.
Pair: TypeAlias = tuple[int, int]
#: An array of any number of axes that holds numbers of any kind.
Array: TypeAlias = NDArray[Any]
#: (row, column) of a cell, from 0.
Cell: TypeAlias = tuple[int, int]
