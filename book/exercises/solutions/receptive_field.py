"""Model answers of the chapter on receptive fields."""


def seen_from_to(layers, position):
    """Return the first and the last input cell that an output cell sees.

    >>> seen_from_to([(3, 2, 1), (3, 2, 1)], position=2)
    (5, 11)
    """
    first = last = position
    for kernel_size, stride, padding in reversed(layers):
        first = first * stride - padding
        last = last * stride - padding + kernel_size - 1
    return first, last


def share_of_middle(layers, kernel_size, cells):
    """Return the share of all ways that end in the middle cells of the field.

    >>> share_of_middle(2, kernel_size=3, cells=3)
    0.7777777777777778
    """
    counts = [1]
    for _ in range(layers):
        wider = [0] * (len(counts) + kernel_size - 1)
        for place, count in enumerate(counts):
            for tap in range(kernel_size):
                wider[place + tap] += count
        counts = wider
    margin = (len(counts) - cells) // 2
    return sum(counts[margin : margin + cells]) / sum(counts)
