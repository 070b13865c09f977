"""Model answers of the chapter on padding."""

import numpy as np


def mirrored(row, cells):
    """Return a row with cells mirrored at both ends.

    >>> mirrored(np.array([1, 2, 3, 4]), cells=2)
    array([3, 2, 1, 2, 3, 4, 3, 2])
    """
    # From the second cell on, as the border itself is not repeated.
    before = row[1 : cells + 1]
    after = row[len(row) - 1 - cells : len(row) - 1]
    return np.concatenate([before[::-1], row, after[::-1]])


def as_tensorflow_pads(input_size, kernel_size, stride):
    """Return the cells before and after one axis.

    >>> as_tensorflow_pads(6, kernel_size=3, stride=2)
    (0, 1)
    """
    output_size = -(-input_size // stride)  # rounded up
    missing = (output_size - 1) * stride + kernel_size - input_size
    total = max(0, missing)
    return total // 2, total - total // 2
