"""Model answers of the chapter on what the machine does."""

from convlib import im2col


def in_one_product(maps, weight, stride, padding):
    """Return a convolution layer as one matrix product.

    >>> import numpy as np
    >>> in_one_product(np.ones((1, 2, 2)), np.ones((1, 1, 2, 2)), 1, 0)
    array([[[4.]]])
    """
    kernels, _, *taps = weight.shape
    columns = im2col(maps, taps, stride=stride, padding=padding)
    sizes = [
        (cells + 2 * padding - k) // stride + 1
        for cells, k in zip(maps.shape[1:], taps, strict=True)
    ]
    return (weight.reshape(kernels, -1) @ columns).reshape(kernels, *sizes)


def fewest_milliseconds(products, size, teraflops, terabytes):
    """Return the time of what takes longer: operations, or bytes.

    >>> fewest_milliseconds(10**9, 10**6, teraflops=1, terabytes=1)
    2.0
    """
    arithmetic = 2 * products / (teraflops * 1e12)
    memory = size / (terabytes * 1e12)
    return 1000 * max(arithmetic, memory)
