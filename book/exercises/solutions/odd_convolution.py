"""Model answers of the chapter on odd convolutions."""

import torch
import torch.nn.functional as F


def sizes_before(output_size, kernel_size, stride, padding):
    """Return all input sizes that give an output size.

    >>> sizes_before(3, kernel_size=3, stride=2, padding=1)
    [5, 6]
    """
    smallest = (output_size - 1) * stride + kernel_size - 2 * padding
    return [n for n in range(smallest, smallest + stride) if n >= 1]


def never_read(input_size, kernel_size, stride):
    """Return the cells of a row that no window reads.

    >>> never_read(10, kernel_size=2, stride=3)
    [2, 5, 8, 9]
    """
    row = torch.zeros(1, 1, input_size, requires_grad=True)
    taps = torch.ones(1, 1, kernel_size)
    F.conv1d(row, taps, stride=stride).sum().backward()
    return torch.nonzero(row.grad[0, 0] == 0).flatten().tolist()
