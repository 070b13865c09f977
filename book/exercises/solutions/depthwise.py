"""Model answers of the chapter on depthwise separable layers."""

import numpy as np
from torch import nn

from convlib import conv2d


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


def each_by_itself(maps, kernels):
    """Return the depthwise convolution of maps, (C, H, W), one by one.

    >>> each_by_itself(np.ones((1, 1, 2)), np.array([[[1, 2]], [[3, 4]]]))
    array([[[3.]],
    <BLANKLINE>
           [[7.]]])
    """
    multiplier = len(kernels) // len(maps)
    made = []
    for number, kernel in enumerate(kernels):
        made.append(conv2d(maps[number // multiplier], kernel))
    return np.stack(made)
