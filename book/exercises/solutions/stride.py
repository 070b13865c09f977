"""Model answers of the chapter on the stride."""

import numpy as np


def readers(cell, input_size, kernel_size, stride):
    """Return the output cells whose windows hold an input cell.

    >>> readers(2, input_size=5, kernel_size=3, stride=2)
    [0, 1]
    """
    # Windows that hold the cell start at most k − 1 cells before it.
    earliest = max(0, cell - (kernel_size - 1))
    latest = min(cell, input_size - kernel_size)
    first, last = -(-earliest // stride), latest // stride  # up, and down
    return list(range(first, last + 1))


def put_together(maps, stride):
    """Return the image, (H·s, W·s), of channels (s², H, W).

    >>> put_together(np.array([[[1]], [[2]], [[3]], [[4]]]), stride=2)
    array([[1, 2],
           [3, 4]])
    """
    _, rows, columns = maps.shape
    image = np.empty((rows * stride, columns * stride), dtype=maps.dtype)
    for n, channel in enumerate(maps):
        row, column = divmod(n, stride)
        image[row::stride, column::stride] = channel
    return image
