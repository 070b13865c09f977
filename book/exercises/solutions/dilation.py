"""Model answers of the chapter on dilation."""


def cells_seen(layers):
    """Return the receptive field of (kernel size, stride, dilation).

    >>> cells_seen([(3, 2, 1), (3, 1, 2)])
    11
    """
    cells, step = 1, 1
    for kernel_size, stride, dilation in layers:
        cells += dilation * (kernel_size - 1) * step
        step *= stride  # for the layers after this one
    return cells


def reached(dilations):
    """Return the cells that one output cell reads, from the first.

    >>> reached([2, 2])
    [0, 2, 4, 6, 8]
    """
    cells = {0}
    for dilation in dilations:
        cells = {cell + tap * dilation for cell in cells for tap in (0, 1, 2)}
    return sorted(cells)
