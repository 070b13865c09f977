"""Kernels as questions that are asked everywhere in a picture."""

from __future__ import annotations

import numpy as np

from convlib._types import Array

__all__ = ["QUESTIONS", "is_signed", "question_kernel"]

#: Kernels by the names that readers see, with a divisor: what each asks of a cell.
QUESTIONS: dict[str, tuple[tuple[tuple[int, ...], ...], int]] = {
    "identity": (((0, 0, 0), (0, 1, 0), (0, 0, 0)), 1),
    "shift": (((0, 0, 0), (0, 0, 1), (0, 0, 0)), 1),
    "mean": (((1, 1, 1), (1, 1, 1), (1, 1, 1)), 9),
    "Gaussian": (((1, 2, 1), (2, 4, 2), (1, 2, 1)), 16),
    "sharpen": (((0, -1, 0), (-1, 5, -1), (0, -1, 0)), 1),
    "Sobel": (((1, 0, -1), (2, 0, -2), (1, 0, -1)), 1),
    "Sobel-across": (((1, 2, 1), (0, 0, 0), (-1, -2, -1)), 1),
    "Laplacian": (((0, 1, 0), (1, -4, 1), (0, 1, 0)), 1),
    "emboss": (((2, 1, 0), (1, 0, -1), (0, -1, -2)), 1),
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
    kernel: Array = np.array(weights)
    return kernel if divisor == 1 else kernel / divisor


def is_signed(name: str) -> bool:
    """Tell whether a kernel's answers have a middle: its weights add up to 0.

    Examples
    --------
    >>> is_signed("Sobel"), is_signed("mean")
    (True, False)
    """
    return not question_kernel(name).sum().round(9)
