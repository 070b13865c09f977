"""Model answers of the chapter on the sliding kernel."""

import numpy as np


def convolution_layer(image, weight, bias):
    """Return (O, H', W') for (C, H, W), (O, C, kH, kW) and (O,).

    >>> ones = np.ones((2, 3, 3))
    >>> convolution_layer(ones, ones[None], bias=[0.5])
    array([[[18.5]]])
    """
    maps, _, height, width = weight.shape
    _, rows, columns = image.shape
    output = np.zeros((maps, rows - height + 1, columns - width + 1))
    for o, r, c in np.ndindex(output.shape):
        window = image[:, r : r + height, c : c + width]
        output[o, r, c] = (window * weight[o]).sum() + bias[o]
    return output


def slide(x, w):
    """Return the convolution, (H', W'), of (H, W) with (kH, kW).

    >>> slide(np.array([[1, 2, 3]]), np.array([[10, 1]]))
    array([[12, 23]])
    """
    height, width = w.shape
    down, across = x.shape[0] - height + 1, x.shape[1] - width + 1
    output = np.zeros((down, across), dtype=int)
    for r, c in np.ndindex(output.shape):
        output[r, c] = (x[r : r + height, c : c + width] * w).sum()
    return output
