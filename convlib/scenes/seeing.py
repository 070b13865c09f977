"""Kernels as questions that are asked everywhere in a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convlib._types import Array
from convlib.geometry import ConvGeometry
from convlib.operations import conv2d
from convlib.scenes.scene import AxisLinks, cell_text
from convlib.scenes.separable import named_kernel

__all__ = ["QUESTIONS", "Look", "has_middle", "is_signed", "question_kernel"]

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


def has_middle(weights: Array) -> bool:
    """Tell whether 0 is in the middle of a kernel's answers: its weights add up to 0, or to less.

    Examples
    --------
    >>> has_middle(np.array([1, -1])), has_middle(np.array([0.1, 0.2, -0.3])), has_middle(np.eye(3))
    (True, True, False)
    """
    return bool(weights.sum() <= 1e-9)  # decimals that add up to 0 do so but for their rounding


def is_signed(name: str) -> bool:
    """Tell whether the answers of one of `QUESTIONS` have 0 in the middle.

    Examples
    --------
    >>> is_signed("Sobel"), is_signed("mean")
    (True, False)
    """
    return has_middle(question_kernel(name))


@dataclass(frozen=True)
class Look:
    """A kernel that is laid on a picture everywhere.

    Parameters
    ----------
    image : shape (H, W)
        From 0, black, to 255, white.
    kernel
        A name of `QUESTIONS`, or nine weights in three rows.
    stride, dilation
        In cells.
    over : optional
        What each sum is divided by; for None what the name says, and 1 for weights.

    Examples
    --------
    >>> look = Look(np.arange(16).reshape(4, 4), "mean")
    >>> look.answers().tolist()
    [[5.0, 6.0], [9.0, 10.0]]
    >>> look.sum_text(0, 1)
    '(1×1 + 2×1 + 3×1 + 5×1 + 6×1 + 7×1 + 9×1 + 10×1 + 11×1) / 9 = 6'
    """

    image: Array
    kernel: Any
    stride: int = 1
    dilation: int = 1
    over: float | None = None

    @property
    def weights(self) -> Array:
        """The kernel before it is divided, of shape (3, 3)."""
        named = isinstance(self.kernel, str)
        return QUESTIONS[self.kernel][0] if named else np.array(self.kernel)

    @property
    def divisor(self) -> float:
        """What each sum is divided by."""
        if self.over is not None:
            return self.over
        return QUESTIONS[self.kernel][1] if isinstance(self.kernel, str) else 1

    @property
    def signed(self) -> bool:
        """Whether 0 is in the middle of the answers."""
        return has_middle(self.weights / self.divisor)

    def answers(self) -> Array:
        """Return the picture convolved with the kernel."""
        sums = conv2d(self.image, self.weights, stride=self.stride, dilation=self.dilation)
        return sums if self.divisor == 1 else sums / self.divisor

    def links(self, axis: int) -> AxisLinks:
        """Return, for each answer along an axis, its (tap, input cell) pairs."""
        size, taps = self.image.shape[axis], self.weights.shape[axis]
        return ConvGeometry(size, taps, self.stride, 0, self.dilation).links()

    def sum_text(self, row: int, column: int) -> str:
        """Return the sum of one window, written out."""
        terms = [
            f"{self.image[y, x]}×{_factor(self.weights[a, b])}"
            for a, y in self.links(0)[row]
            for b, x in self.links(1)[column]
            if self.weights[a, b]
        ]
        sum = " + ".join(terms) or "0"
        total = sum if self.divisor == 1 else f"({sum}) / {_factor(self.divisor)}"
        return f"{total} = {cell_text(self.answers()[row, column])}"


def _factor(number: float) -> str:
    text = f"{number:g}".replace("-", "−")
    return f"({text})" if number < 0 else text
