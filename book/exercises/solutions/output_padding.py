"""Model answers of the chapter on output padding."""

from convlib import conv_output_size, output_padding_for

#: Kernel size, stride and padding of each layer, as in the exercise.
ENCODER = [(3, 2, 1), (3, 2, 1), (4, 3, 0)]


def last_cell(row, taps, stride, padding, output_padding):
    """Return the last cell of a transposed convolution.

    >>> last_cell([1, 2, 3], [1, 2, 1], 2, padding=1, output_padding=1)
    3
    """
    canvas = (len(row) - 1) * stride + len(taps) + output_padding
    place = canvas - padding - 1
    total = 0
    for n, value in enumerate(row):
        tap = place - n * stride  # stamp n begins at n·s
        if 0 <= tap < len(taps):
            total += value * taps[tap]
    return total


def paddings(size):
    """Return the output paddings, in the order of the decoder.

    >>> paddings(100)
    [0, 1, 1]
    """
    extras = []
    for layer in ENCODER:
        extras.append(output_padding_for(size, *layer))
        size = conv_output_size(size, *layer)
    return extras[::-1]
