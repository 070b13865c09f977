"""Model answers of the chapter on shifts."""

import numpy as np


def moves_along(layer, row, stride):
    """Tell whether an output moves by one cell when its row moves by a stride.

    >>> moves_along(lambda row: 2 * row, np.arange(4), stride=1)
    True
    """
    before, after = layer(row), layer(np.roll(row, stride))
    return bool(np.allclose(after, np.roll(before, 1)))


def blur_pool(row):
    """Return max pooling of 2 cells, blurred, at stride 2, of a ring.

    >>> blur_pool(np.array([0, 0, 4, 0]))
    array([1., 3.])
    """
    largest = np.maximum(row, np.roll(row, -1))
    around = np.roll(largest, 1) + 2 * largest + np.roll(largest, -1)
    return (around / 4)[::2]
