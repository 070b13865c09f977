"""Model answers of the chapter on transposed arithmetic."""

from convlib import conv2d, rotate180, transposed_padding, zero_insert


def padding_for(kernel_size, stride):
    """Return the padding that enlarges by exactly the stride.

    >>> padding_for(kernel_size=4, stride=2)
    1
    """
    extra = kernel_size - stride
    if extra < 0 or extra % 2:
        raise ValueError(f"no padding enlarges by exactly {stride}")
    return extra // 2


def by_plain_convolution(input, weight, stride, padding):
    """Return (O, H', W') for (C, H, W) and weight (C, O, kH, kW).

    >>> by_plain_convolution([[[2]]], rotate180([[[[1, 3]]]]), 1, 0)
    array([[[6, 2]]])
    """
    around = transposed_padding(weight.shape[2:], padding)
    turned = rotate180(weight).swapaxes(0, 1)
    return conv2d(zero_insert(input, stride), turned, padding=around)
