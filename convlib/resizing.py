"""Resizing of images: each new cell asks where it lies among the old ones."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from convlib._checks import check_rank, is_sequence, per_axis
from convlib._types import Array, PerAxis, Size
from convlib.operations import computed, computing_dtypes

__all__ = ["Mode", "centers", "interpolate", "positions"]

Mode: TypeAlias = Literal["nearest", "nearest-exact", "bilinear"]
MODES = ("nearest", "nearest-exact", "bilinear")


def interpolate(
    input: ArrayLike, size: PerAxis | None = None, scale_factor: float | None = None,
    mode: Mode = "nearest", align_corners: bool = False,
) -> Array:  # fmt: skip
    """Return an image with another number of cells, shape (N, C, H', W').

    Parameters
    ----------
    input : shape (N, C, H, W), (C, H, W) or (H, W)
        Integers stay integers under the nearest modes, and become float64 under ``"bilinear"``.
    size : optional
        Cells of the output, one number for both axes or one each.
    scale_factor : optional
        In place of `size`: how many times larger. The output has ⌊i · scale_factor⌋ cells.
    mode : default "nearest"
        ``"nearest"``: new cell o copies cell ⌊o · i / n⌋. ``"nearest-exact"``: it copies the cell
        that its centre lies in. ``"bilinear"``: it mixes the two nearest cells along each axis,
        by how near they are.
    align_corners : default False
        For ``"bilinear"``: whether the *centres* of the corner cells are matched, rather than the
        outer edges of the images.

    Returns
    -------
    shape (N, C, H', W'), (C, H', W') or (H', W')

    Raises
    ------
    TypeError
        If input holds no real numbers, or a size is not a whole number.
    ValueError
        If both or neither of size and scale_factor are given, a size is below 1, the mode is
        unknown, or `align_corners` comes with a mode that has none.

    Examples
    --------
    >>> interpolate([[0, 8]], size=(1, 4))
    array([[0, 0, 8, 8]])
    >>> interpolate([[0, 8]], size=(1, 4), mode="bilinear")
    array([[0., 2., 6., 8.]])
    >>> interpolate([[0, 6]], size=(1, 4), mode="bilinear", align_corners=True)
    array([[0., 2., 4., 6.]])

    References
    ----------
    torch.nn.functional.interpolate.
    """
    cells = computed("input", input)
    check_rank("input", cells.shape, "(N, C, H, W)", "(C, H, W)", "(H, W)")
    if mode not in MODES:
        raise ValueError(f"mode={mode!r} must be one of {', '.join(MODES)}")
    if align_corners and mode != "bilinear":
        raise ValueError(f"align_corners=True needs mode='bilinear', not {mode!r}")
    old = cells.shape[-2:]
    if not all(old):
        raise ValueError(f"input has shape {cells.shape}; each axis needs at least 1 cell")
    new = _new_size(old, size, scale_factor)
    scale = None if scale_factor is None else 1 / Fraction(str(scale_factor))
    if mode == "bilinear":
        accumulator, result = computing_dtypes(cells.dtype)
        mixed = cells.astype(np.result_type(accumulator, np.float32), copy=False)
        for axis in (0, 1):
            mixed = _mixed(mixed, axis - 2, positions(old[axis], new[axis], align_corners, scale))
        return mixed.astype(result, copy=False) if result.kind == "f" else mixed
    rows, columns = (
        _nearest(old[axis], new[axis], mode == "nearest-exact", scale) for axis in (0, 1)
    )
    return cells[..., rows[:, None], columns]


def positions(
    size: int, new_size: int, align_corners: bool = False, scale: Fraction | None = None
) -> tuple[Fraction, ...]:
    """Return where each new cell lies among the old ones, along one axis, as exact fractions.

    Old cell x has its centre at x. With aligned corners new cell o lies at o(i − 1)/(n − 1), else
    at (o + ½) · i/n − ½; positions outside of the image are moved to its first or last cell.

    Parameters
    ----------
    scale : optional
        Old cells per new cell, i/n by default.

    Examples
    --------
    >>> [str(place) for place in positions(2, 4)]
    ['0', '1/4', '3/4', '1']
    >>> [str(place) for place in positions(2, 4, align_corners=True)]
    ['0', '1/3', '2/3', '1']
    """
    if align_corners:
        step = Fraction(size - 1, new_size - 1) if new_size > 1 else Fraction(0)
        return tuple(cell * step for cell in range(new_size))
    return tuple(
        min(max(place, Fraction(0)), Fraction(size - 1)) for place in centers(size, new_size, scale)
    )


def centers(size: int, new_size: int, scale: Fraction | None = None) -> tuple[Fraction, ...]:
    """Return where the centre of each new cell lies, o at (o + ½) · i/n − ½, outside too.

    Parameters
    ----------
    scale : optional
        Old cells per new cell, i/n by default.

    Examples
    --------
    >>> [str(place) for place in centers(2, 4)]
    ['-1/4', '1/4', '3/4', '5/4']
    """
    step, half = scale or Fraction(size, new_size), Fraction(1, 2)
    return tuple((cell + half) * step - half for cell in range(new_size))


def _new_size(old: Size, size: PerAxis | None, scale_factor: float | None) -> Size:
    if (size is None) == (scale_factor is None):
        raise ValueError(
            f"size={size!r} and scale_factor={scale_factor!r}: exactly one of them must be given"
        )
    if size is not None:
        return per_axis("size", size, 2, 1)
    if is_sequence(scale_factor) or isinstance(scale_factor, bool | str):
        raise TypeError(f"scale_factor={scale_factor!r} must be one number for both axes")
    factor = Fraction(str(scale_factor))
    new = tuple(int(cells * factor) for cells in old)
    if factor <= 0 or min(new) < 1:
        raise ValueError(
            f"scale_factor={scale_factor} makes {new[0]}×{new[1]} cells of {old[0]}×{old[1]}; "
            "each axis needs at least 1"
        )
    return new


def edges(size: int, new_size: int, scale: Fraction | None = None) -> tuple[Fraction, ...]:
    """Return how far the first edge of each new cell lies from that of the image, in old cells."""
    return tuple(cell * (scale or Fraction(size, new_size)) for cell in range(new_size))


def _nearest(size: int, new_size: int, exact: bool, scale: Fraction | None) -> Array:
    # A cell's centre is half a cell behind its first edge: ⌊place + ½⌋ is the cell it lies in.
    half = Fraction(1, 2)
    places = (
        [place + half for place in centers(size, new_size, scale)]
        if exact
        else edges(size, new_size, scale)
    )
    return np.array([min(int(place), size - 1) for place in places])


def _mixed(cells: Array, axis: int, places: tuple[Fraction, ...]) -> Array:
    """Return the mixture of the two cells around each place, along one axis."""
    left = np.array([int(place) for place in places])
    right = np.minimum(left + 1, cells.shape[axis] - 1)
    share = np.array([float(place - int(place)) for place in places], cells.dtype)
    share = share.reshape(-1, *(1,) * (-axis - 1))
    mixed: Array = cells.take(left, axis) * (1 - share) + cells.take(right, axis) * share
    return mixed
