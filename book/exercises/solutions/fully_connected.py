"""Model answers of the chapter on fully connected layers."""

import numpy as np


def build_matrix(kernel, input_shape):
    """Return the matrix, (outputs, inputs), of a convolution.

    >>> build_matrix(np.array([[1, 2]]), (1, 3))
    array([[1, 2, 0],
           [0, 1, 2]])
    """
    (height, width), (rows, columns) = kernel.shape, input_shape
    down, across = rows - height + 1, columns - width + 1
    matrix = np.zeros((down * across, rows * columns), dtype=int)
    for output in range(down * across):
        row, column = divmod(output, across)
        for line in range(height):
            start = (row + line) * columns + column
            matrix[output, start : start + width] = kernel[line]
    return matrix


def as_in_networks(line, taps):
    """Return the convolution of two rows, as networks compute it.

    >>> as_in_networks([1, 2, 4, 8], [1, 10, 100])
    array([421, 842])
    """
    # NumPy turns the taps; turned twice, they are as given.
    return np.convolve(line, taps[::-1], mode="valid")
