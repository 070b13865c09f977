"""A real picture, and pictures as grey images."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from convlib._types import Array

__all__ = ["LUMA", "grey", "grey_levels", "png_bytes", "portrait"]

#: Of the photograph: left, upper, right and lower edge of a square around the face.
FACE = (90, 25, 420, 355)
#: How much red, green and blue add to a grey that looks as bright (ITU-R BT.601).
LUMA = (0.299, 0.587, 0.114)


@lru_cache
def portrait(side: int = 96) -> Array:
    """Return a portrait in grey, uint8 of shape (side, side), 0 black to 255 white.

    Grace Hopper in uniform: a photograph of the U.S. Naval Historical Center, in the public domain,
    that Matplotlib has among its sample data.

    Examples
    --------
    >>> portrait(64).shape
    (64, 64)
    """
    from matplotlib.cbook import get_sample_data

    path = get_sample_data("grace_hopper.jpg", asfileobj=False)
    with Image.open(path) as photo:
        face = photo.convert("L").crop(FACE).resize((side, side), Image.Resampling.BOX)
    cells = np.asarray(face)
    cells.flags.writeable = False
    return cells


def grey(colours: ArrayLike) -> Array:
    """Return a colour picture in grey, uint8 of shape (H, W).

    Parameters
    ----------
    colours : shape (H, W, 3) or (H, W, 4)
        Red, green and blue from 0 to 255; a fourth channel is left out.

    Examples
    --------
    >>> grey([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]])
    array([[ 76, 150,  29]], dtype=uint8)
    """
    levels: Array = np.rint(np.asarray(colours)[..., :3] @ LUMA).astype(np.uint8)
    return levels


def grey_levels(values: ArrayLike, signed: bool) -> Array:
    """Return numbers as grey levels, uint8 of the same shape.

    Parameters
    ----------
    values : shape (H, W)
        Where they are not signed, 0 is black and 255 white, and what lies outside is cut off.
    signed
        Whether 0 is the middle grey: the largest number of either sign becomes white or black.

    Examples
    --------
    >>> grey_levels([[-2, 0, 1]], signed=True), grey_levels([[-2, 0, 300]], signed=False)
    (array([[  1, 128, 191]], dtype=uint8), array([[  0,   0, 255]], dtype=uint8))
    """
    cells = np.asarray(values, float)
    if signed:
        largest = float(np.abs(cells).max(initial=0))
        # What is left of 0 by rounding stays grey.
        cells = 128 + 127 * cells / (largest if largest > 1e-9 else 1)
    levels: Array = np.floor(cells.clip(0, 255)).astype(np.uint8)
    return levels


def png_bytes(levels: Array) -> bytes:
    """Return grey levels, uint8 of shape (H, W), as a PNG file."""
    file = BytesIO()
    Image.fromarray(levels).save(file, "png", optimize=True)
    return file.getvalue()
