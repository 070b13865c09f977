"""Model answers of the chapter on separable kernels."""

import numpy as np

from convlib import conv2d


def split(kernel):
    """Return a column and a row with the kernel as their product.

    >>> split(np.array([[0, 0], [4, 6], [2, 3]]))
    (array([0. , 1. , 0.5]), array([4, 6]))
    """
    r, c = np.argwhere(kernel)[0]  # some cell that is not 0
    column, row = kernel[:, c] / kernel[r, c], kernel[r]
    if not np.allclose(np.outer(column, row), kernel):
        raise ValueError("the kernel is not a column times a row")
    return column, row


def two_passes(image, down, across):
    """Return the convolution with the product of a column and a row, padded.

    >>> two_passes(np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]), [1, 2, 3], [1])
    array([[0, 3, 0],
           [0, 2, 0],
           [0, 1, 0]])
    """
    middle = conv2d(image, np.array(down)[:, None], padding="same")
    return conv2d(middle, np.array(across)[None, :], padding="same")
