"""Kernels as questions that are asked everywhere in a picture."""

from __future__ import annotations

import numpy as np

from convlib._types import Array
from convlib.scenes.separable import named_kernel

__all__ = ["QUESTIONS", "is_signed", "question_kernel"]

#: Kernels by the names that readers see, with a divisor: what each asks of a cell.
QUESTIONS: dict[str, tuple[Array, int]] = {
    "identity": (named_kernel("identity"), 1),
    "shift": (np.array([[0, 0, 0], [0, 0, 1], [0, 0, 0]]), 1),
    "mean": (named_kernel("box"), 9),
    "Gaussian": (named_kernel("Gaussian"), 16),
    "sharpen": (named_kernel("identity") - named_kernel("Laplacian"), 1),
    "Sobel": (named_kernel("Sobel"), 1),
    "Sobel-across": (named_kernel("Sobel").T, 1),
    "Laplacian": (named_kernel("Laplacian"), 1),
    "emboss": (np.array([[2, 1, 0], [1, 0, -1], [0, -1, -2]]), 1),
}


def question_kernel(name: str) -> Array:
    """Return one of `QUESTIONS`: int64 of shape (3, 3), float64 where it is divided.

    Examples
    --------
    >>> question_kernel("sharpen")
    array([[ 0, -1,  0],
           [-1,  5, -1],
           [ 0, -1,  0]])

    Raises
    ------
    ValueError
        If there is no such kernel.
    """
    if name not in QUESTIONS:
        raise ValueError(f"name={name!r} must be one of {', '.join(QUESTIONS)}")
    weights, divisor = QUESTIONS[name]
    return weights.copy() if divisor == 1 else weights / divisor


def is_signed(name: str) -> bool:
    """Tell whether a kernel's answers have a middle: its weights add up to 0.

    Examples
    --------
    >>> is_signed("Sobel"), is_signed("mean")
    (True, False)
    """
    return not question_kernel(name).sum().round(9)
