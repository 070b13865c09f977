"""Model answers of the chapter on seeing."""

import numpy as np

from convlib import conv2d


def answer_at(picture, kernel, place):
    """Return the sum of cells times weights at one place.

    >>> answer_at([[1, 2], [3, 4]], [[1, 0], [0, 10]], (0, 0))
    41
    """
    top, left = place
    total = 0
    for row, weights in enumerate(kernel):
        for column, weight in enumerate(weights):
            total += weight * picture[top + row][left + column]
    return total


def edge_strength(picture):
    """Return how strong an edge of any direction is, everywhere.

    >>> edge_strength([[0, 0, 1], [0, 0, 1], [0, 0, 1]])
    array([[4.]])
    """
    sobel = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    upright, flat = conv2d(picture, sobel), conv2d(picture, sobel.T)
    return np.sqrt(upright**2 + flat**2)
