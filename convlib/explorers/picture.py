"""The picture explorer: a kernel as a question asked everywhere, and a lens on one window.

It has no states that were drawn in advance: its page multiplies and adds along the links that
Python computed, which tap meets which cell, for every stride and dilation. So the kernel and the
picture can be the reader's own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from convlib._types import Array
from convlib.explorers.building import builds_page
from convlib.explorers.declaration import Control, Own, Panel, Values
from convlib.explorers.own import own_numbers
from convlib.scenes.seeing import QUESTIONS, Look

if TYPE_CHECKING:  # a form is loaded when it is shown
    from convlib.explorers.page import PageForm
    from convlib.explorers.picture_live import LivePicture

__all__ = ["own_image", "own_kernel", "picture"]

#: What every stride and dilation finds a place on, and what a page works out while one paints.
LEAST, MOST = 7, 256


def own_kernel(weights: Any) -> list[list[int | float]]:
    """Return nine weights in three rows, if they are such.

    Parameters
    ----------
    weights : shape (3, 3)
        Numbers from −99 to 99; or text, its rows parted by ``;`` or lines.

    Raises
    ------
    TypeError
        If they are no numbers.
    ValueError
        If there are not three rows of three, or a number is beyond ±99.

    Examples
    --------
    >>> own_kernel("0 1 0; 1 -4 1; 0 1 0")
    [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
    >>> own_kernel([[1, 2]])
    Traceback (most recent call last):
    ValueError: the kernel has shape (1, 2); it must have three rows of three weights
    """
    rows = own_numbers(weights)
    shape = len(rows), len(rows[0])
    if shape != (3, 3):
        raise ValueError(f"the kernel has shape {shape}; it must have three rows of three weights")
    return rows


def own_image(image: Any) -> Array:
    """Return a picture as uint8 of shape (H, W), if it is one.

    Parameters
    ----------
    image : shape (H, W)
        Numbers from 0, black, to 255, white; they are rounded. From 7 to 256 along an axis.

    Raises
    ------
    TypeError
        If it does not hold numbers.
    ValueError
        If it has another shape, is too small or too large, or a number is out of range.

    Examples
    --------
    >>> own_image([[0, 99.6] * 4] * 7).shape
    (7, 8)
    >>> own_image([[300] * 7] * 7)
    Traceback (most recent call last):
    ValueError: image holds 300; its numbers must be from 0 (black) to 255 (white)
    """
    try:
        cells = np.asarray(image)
    except ValueError:
        raise ValueError("the rows of image differ in length; they must be equal") from None
    if cells.dtype.kind not in "iuf":
        raise TypeError(f"image holds {cells.dtype}; it must hold numbers from 0 to 255")
    if cells.ndim != 2:
        raise ValueError(
            f"image has shape {cells.shape}; it must be (H, W), and "
            "convlib.draw.photo.grey makes that of (H, W, 3)"
        )
    if not LEAST <= min(cells.shape) <= max(cells.shape) <= MOST:
        raise ValueError(
            f"image has shape {cells.shape}; it must have {LEAST} to {MOST} cells a side"
        )
    wrong = cells[~((cells >= 0) & (cells <= 255))]  # NaN is among them
    if wrong.size:
        raise ValueError(
            f"image holds {wrong[0]}; its numbers must be from 0 (black) to 255 (white)"
        )
    if cells.dtype.kind == "f" and 0 < cells.max() <= 1:
        raise ValueError("image holds numbers from 0 to 1; multiply it by 255")
    levels: Array = np.rint(cells).astype(np.uint8)
    return levels


def _own_over(over: Any) -> int | float:
    """Return what sums are divided by, if they can be."""
    [[number]] = own_numbers(str(over))
    if not number:
        raise ValueError("over=0: the sum cannot be divided by 0")
    return number


class PictureExplorer(Panel):
    """The picture explorer; parameters as `Panel`."""

    def values(self, /, _free: bool = False, **start: Any) -> Values:
        """Return a value for every control, and ``over``, None where the kernel's name says it.

        Parameters
        ----------
        **start
            By the names of the controls. A kernel is a name of `QUESTIONS`, nine weights in three
            rows, or, as in addresses, nine weights with ``_`` between them.

        Raises
        ------
        TypeError, ValueError
            As `Panel.values`.

        Examples
        --------
        >>> picture.values(kernel="0_1_0_1_-4_1_0_1_0", over=2)["kernel"]
        [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
        """
        over, kernel = start.pop("over", None), start.get("kernel")
        if isinstance(kernel, str) and re.search(r"\d", kernel):  # no name has one
            weights = kernel.split("_")
            rows = (" ".join(weights[place : place + 3]) for place in range(0, len(weights), 3))
            start["kernel"] = own_kernel("; ".join(rows))
        values = super().values(_free, **start)
        return {**values, "over": None if over is None else _own_over(over)}

    def __call__(self, *, image: Any = None, **start: Any) -> PageForm | LivePicture:
        """Show the explorer: HTML in a page of the book, widgets anywhere else.

        Parameters
        ----------
        image : shape (H, W), optional
            A picture of one's own, numbers from 0 to 255, in place of the portrait.
        **start
            The first value of a control, by name: ``kernel="Sobel"`` or nine weights in three
            rows, ``stride``, ``dilation``; and ``over``, by which each sum is divided.

        Raises
        ------
        TypeError, ValueError
            As `values` and `own_image`.
        """
        from convlib.draw.photo import portrait

        cells = portrait() if image is None else own_image(image)
        look = Look(cells, **self.values(**start))
        if builds_page():
            from convlib.explorers.picture_page import picture_form

            return picture_form(self, look)
        from convlib.explorers.picture_live import LivePicture

        return LivePicture(self, look)


picture = PictureExplorer(
    name="picture",
    title="Picture: one question, asked everywhere",
    controls=(
        Control(
            "kernel",
            "kernel",
            tuple(QUESTIONS),
            "Sobel",
            own=Own("kernel", "your own kernel", "1 0 -1; 2 0 -2; 1 0 -1", own_kernel, reads=True),
        ),
        Control("stride", "stride", (1, 2, 3), 1),
        Control("dilation", "dilation", (1, 2, 3), 1),
    ),
)
