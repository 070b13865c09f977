"""Model answers of the chapter on upsampling."""

import numpy as np


def stamps_in_tile(kernel_size, stride):
    """Return how many stamps reach each of the cells of a tile.

    >>> stamps_in_tile(kernel_size=3, stride=2)
    [2, 1]
    """
    # A stamp that begins n cells before a cell reaches it if n < k.
    return [len(range(cell, kernel_size, stride)) for cell in range(stride)]


def tent(stride):
    """Return the 2s − 1 weights that interpolate.

    >>> tent(2)
    array([0.5, 1. , 0.5])
    """
    rise = np.arange(1, stride + 1) / stride
    return np.concatenate([rise, rise[-2::-1]])
