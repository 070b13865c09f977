"""Model answers of the chapter on gradients."""

import numpy as np

from convlib import conv1d, conv_input_gradient


def of_weights(row, error, taps, stride, padding):
    """Return the gradient of each weight of a convolution along a row.

    >>> of_weights([1, 3, 2, 0, 4], [1, -1, 2], taps=3, stride=1, padding=0)
    [2, 1, 10]
    """
    gradient = [0] * taps
    for tap in range(taps):
        for window, amount in enumerate(error):
            cell = window * stride + tap - padding
            if 0 <= cell < len(row):
                gradient[tap] += amount * row[cell]
    return gradient


def found_input(taps, wanted, cells, steps, rate):
    """Return a row of `cells` cells whose convolution is nearest to `wanted`.

    >>> found_input([1, 1], [2, 2], cells=3, steps=200, rate=0.1).round(2)
    array([0.67, 1.33, 0.67])
    """
    row = np.zeros(cells)
    for _ in range(steps):
        difference = conv1d(row, taps) - wanted
        row -= rate * conv_input_gradient(row.shape, taps, difference)
    return row
