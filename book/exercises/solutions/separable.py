"""Model answers of the chapter on separable convolutions."""

import numpy as np
from torch import nn


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


def made_separable(layer):
    """Return two layers in the place of one that has no bias.

    >>> plain = nn.Conv2d(16, 8, 5, stride=2, padding=2, bias=False)
    >>> [part.weight.numel() for part in (plain, *made_separable(plain))]
    [3200, 400, 128]
    """
    channels, maps = layer.in_channels, layer.out_channels
    settings = layer.kernel_size, layer.stride, layer.padding
    return nn.Sequential(
        nn.Conv2d(channels, channels, *settings, groups=channels, bias=False),
        nn.Conv2d(channels, maps, kernel_size=1, bias=False),
    )
