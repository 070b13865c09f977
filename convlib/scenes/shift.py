"""Scenes of the experiment on shifted patterns: two detectors, and a stroke that moves.

A detector is a kernel and a bias; its score of an image is the largest cell of the convolution,
plus the bias. A kernel as large as the image has one place to stand, so that detector is a fully
connected layer with one output.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from convlib._types import Array
from convlib.geometry import ConvGeometry
from convlib.operations import conv2d
from convlib.scenes.convolution import size_text
from convlib.scenes.scene import Retold, Scene, Sweep, cell_text, grid, rows_of, view

__all__ = ["IMAGE_SIZE", "PATTERNS", "Detector", "placed", "shift_scene"]

#: Rows and columns of the images.
IMAGE_SIZE = 4
#: The pattern to find, and near misses: what a careless detector takes for it.
PATTERNS = {
    "turn": ((1, 1), (0, 1)),
    "broken": ((1, 0), (0, 1)),
    "mirrored": ((1, 1), (1, 0)),
    "block": ((1, 1), (1, 1)),
}
_WORDS = {"broken": "broken turn", "mirrored": "mirrored turn"}


@dataclass(frozen=True, eq=False)
class Detector:
    """A kernel and a bias that give an image one score: above 0 it says that the turn is there.

    Parameters
    ----------
    weight : shape (kH, kW)
        The kernel; as large as the image for a fully connected layer.

    Raises
    ------
    ValueError
        If the weight is not a matrix that fits into the image.

    Examples
    --------
    >>> detector = Detector([[1, 1], [-1, 1]], -2.5)
    >>> detector.score(placed("turn", 0, 2)), detector.score(placed("block", 0, 2))
    (0.5, -0.5)
    """

    weight: Array
    bias: float

    def __post_init__(self) -> None:
        # float32 weights would show their rounding when added up
        weight = np.asarray(self.weight, dtype=float)
        if weight.ndim != 2 or not 1 <= min(weight.shape) <= max(weight.shape) <= IMAGE_SIZE:
            raise ValueError(
                f"weight has shape {weight.shape}; it must be (kH, kW), each at most {IMAGE_SIZE}"
            )
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "bias", float(self.bias))

    def sums(self, image: Any) -> Array:
        """Return the weighted sum of each window, float64 of shape (4 − kH + 1, 4 − kW + 1)."""
        return conv2d(image, self.weight)

    def score(self, image: Any) -> float:
        """Return the largest sum plus the bias."""
        return round(float(self.sums(image).max()) + self.bias, 6)


def placed(pattern: Any, row: int, column: int) -> Array:
    """Return an image that holds a pattern, int64 of shape (4, 4).

    Parameters
    ----------
    pattern : shape (2, 2)
        A key of `PATTERNS`, or the four cells.
    row, column
        Where its top left cell goes: 0 to 2.

    Examples
    --------
    >>> placed("turn", 1, 2)
    array([[0, 0, 0, 0],
           [0, 0, 1, 1],
           [0, 0, 0, 1],
           [0, 0, 0, 0]])
    """
    cells = np.asarray(PATTERNS[pattern] if isinstance(pattern, str) else pattern)
    places = IMAGE_SIZE - 1
    for name, value in (("row", row), ("column", column)):
        if not 0 <= value < places:
            raise ValueError(f"{name}={value} must be in 0..{places - 1}")
    image = np.zeros((IMAGE_SIZE, IMAGE_SIZE), dtype=cells.dtype)
    image[row : row + 2, column : column + 2] = cells
    return image


def shift_scene(detector: Detector, pattern: str, row: int, column: int) -> Scene:
    """Return a detector that looks at one image, and its scores of the pattern in every place.

    Parameters
    ----------
    detector : Detector
    pattern
        A key of `PATTERNS`.
    row, column
        Where the pattern stands.

    Returns
    -------
    Scene
        Grids ``"input"``, ``"kernel"``, ``"output"`` (the sums), ``"score"`` and ``"places"`` (the
        score of the pattern in each place; coloured where it is above 0).

    Examples
    --------
    >>> scene = shift_scene(Detector([[1, 1], [-1, 1]], -2.5), "turn", 0, 0)
    >>> scene.formula
    'score = largest sum + bias = 3 + (−2.5) = 0.5 > 0: a turn'
    """
    image, size = placed(pattern, row, column), detector.weight.shape
    dense = size == image.shape
    sums, score = detector.sums(image), detector.score(image)
    scores = np.array([detector.score(placed(pattern, *place)) for place in _places()])
    found = scores.reshape(3, 3) > 0
    geometry = ConvGeometry(image.shape, size)
    parts = ("sum", cell_text(sums[0, 0])) if dense else ("largest sum", cell_text(sums.max()))
    bias = cell_text(detector.bias)
    bias = f"({bias})" if bias.startswith("−") else bias
    verdict = "> 0: a turn" if score > 0 else "≤ 0: no turn"
    kind = "fully connected layer" if dense else "convolution"
    if dense:
        code = "F.linear(image.flatten(), weight.flatten()) + bias"
    else:
        code = "F.conv2d(image[None, None], weight[None, None]).amax() + bias"
    scene = Scene(
        grids=(
            grid("input", f"image {size_text(image.shape)}", image, _where(image > 0, "input")),
            grid("kernel", f"weights {size_text(size)}", detector.weight, "kernel"),
            grid("output", "sum" if dense else "sums", sums, "output"),
            grid("score", "score", [[score]], "output" if score > 0 else "blank"),
            grid("places", "score in each place", scores.reshape(3, 3), _where(found, "output")),
        ),
        sentence=f"The {_WORDS.get(pattern, pattern)} stands in row {row}, column {column}, and "
        f"the {kind} gives it the score {cell_text(score)}. Of the nine places it says “turn” in "
        f"{found.sum()}.",
        sweep=Sweep("output", "input", "kernel", geometry.links(0), geometry.links(1)),
        formula=f"score = {parts[0]} + bias = {parts[1]} + {bias} = {cell_text(score)} {verdict}",
        code=code,
    )
    retold = Retold(
        f"Your own numbers: the {kind} says “turn” where the score is above 0.",
        f"score = {parts[0]} + bias, with the bias {bias}; above 0: a turn",
        code,
        without=("places",),  # they are of the pattern
        plain={"input": "input", "score": "output"},
    )
    return _changeable(scene, detector, retold)


def _changeable(scene: Scene, detector: Detector, retold: Retold) -> Scene:
    """Return the scene with what follows from changed numbers: the sums, and the score of them."""
    rows, columns = ((tuple((0, cell) for cell in range(n)),) for n in scene["output"].shape)
    one = (((0, 0),),)
    return replace(
        scene,
        views=(view("input", scene["input"].shape), view("kernel", scene["kernel"].shape)),
        sums=(
            *scene.computed,
            Sweep("largest", "output", "once", rows, columns, kind="largest"),
            Sweep("score", "largest", "once", one, one, more=(("bias", "once"),)),
        ),
        exact={
            "kernel": rows_of(detector.weight),
            "largest": ((0.0,),),
            "bias": ((detector.bias,),),
            "once": ((1.0,),),
        },
        retold=retold,
    )


def _places() -> Any:
    return product(range(IMAGE_SIZE - 1), repeat=2)


def _where(condition: Array, role: str) -> Array:
    return np.where(condition, role, "blank")
