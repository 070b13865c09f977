"""The shift explorer: two detectors, trained on a pattern in one place, meet it in another.

`shift` shows two detectors whose weights were chosen by hand. `trained_shift(dense, convolution)`
makes the explorer of two that were trained somewhere else; it has the same name and controls, so
links and tests know the one by the other.
"""

import numpy as np

from convlib.explorers.declaration import Control, Guess
from convlib.explorers.explorer import Explorer
from convlib.scenes.shift import IMAGE_SIZE, PATTERNS, Detector, shift_scene

__all__ = ["shift", "trained_shift"]


def trained_shift(dense: Detector, convolution: Detector) -> Explorer:
    """Return the shift explorer of two detectors.

    Parameters
    ----------
    dense : Detector
        With one weight for each of the image's cells.
    convolution : Detector
        With a kernel smaller than the image.

    Raises
    ------
    ValueError
        If a weight has another size.
    """
    image = (IMAGE_SIZE, IMAGE_SIZE)
    if dense.weight.shape != image or convolution.weight.shape == image:
        raise ValueError(
            f"dense must have a weight of shape {image} and convolution a smaller one, "
            f"not {dense.weight.shape} and {convolution.weight.shape}"
        )
    models = {"dense": dense, "convolution": convolution}
    places = tuple(range(IMAGE_SIZE - 1))
    return Explorer(
        name="shift",
        title="Shift: a pattern in a place where it never was",
        controls=(
            Control("model", "model", tuple(models), "dense"),
            Control("row", "row", places, 1),
            Control("column", "column", places, 1),
            Control("pattern", "pattern", tuple(PATTERNS), "turn"),
        ),
        scene=lambda model, row, column, pattern: shift_scene(models[model], pattern, row, column),
        guess=Guess(
            "Does it say that the turn is there: yes or no?",
            lambda scene, values: "yes" if scene.formula.endswith("> 0: a turn") else "no",
            ("score", "places"),
        ),
    )


#: +1 where the turn has ink, −1 where it has none, and a bias between three hits and two.
_BY_HAND = np.array([[1, 1], [-1, 1]])
shift = trained_shift(Detector(np.pad(_BY_HAND, 1), -2.5), Detector(_BY_HAND, -2.5))
