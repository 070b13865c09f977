"""Model answers of the chapter on PyTorch."""

from torch import nn

from convlib import conv_output_size, output_padding_for


def repaired():
    """Return the network, repaired: images (N, 3, 48, 48), scores (N, 10).

    >>> import torch
    >>> repaired()(torch.zeros(2, 3, 48, 48)).shape
    torch.Size([2, 10])
    """
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, stride=2, padding=1),  # 24 × 24
        nn.ReLU(),
        nn.Conv2d(16, 32, 5, padding=2),  # 24 × 24
        nn.ReLU(),
        nn.MaxPool2d(2),  # 12 × 12
        nn.Flatten(),
        nn.Linear(32 * 12 * 12, 10),
    )


def mirror_of(layers, size):
    """Return the decoder that comes back to a size.

    >>> mirror_of([nn.Conv2d(1, 4, 3, stride=2)], 8)[0].output_padding
    (1, 1)
    """
    mirrored = []
    for layer in layers:
        settings = layer.kernel_size, layer.stride, layer.padding
        channels = layer.out_channels, layer.in_channels
        extra = output_padding_for(size, *settings)
        mirrored.append(nn.ConvTranspose2d(*channels, *settings, extra))
        size = conv_output_size(size, *settings)
    return nn.Sequential(*reversed(mirrored))
