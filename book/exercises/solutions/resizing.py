"""Model answers of the chapter on resizing."""


def tent_for(factor, aligned):
    """Return the bilinear kernel of a transposed convolution.

    >>> tent_for(2, aligned=False), tent_for(2, aligned=True)
    ([0.25, 0.75, 0.75, 0.25], [0.5, 1.0, 0.5])
    """
    size = 2 * factor - 1 if aligned else 2 * factor
    middle = (size - 1) / 2
    return [1 - abs(place - middle) / factor for place in range(size)]


def resized_row(row, count):
    """Return a row with another number of cells, bilinear.

    >>> resized_row([0, 8], count=4)
    [0.0, 2.0, 6.0, 8.0]
    """
    resized = []
    for cell in range(count):
        place = (cell + 0.5) * len(row) / count - 0.5
        place = min(max(place, 0.0), float(len(row) - 1))
        left = int(place)
        right = min(left + 1, len(row) - 1)
        share = place - left
        resized.append(row[left] * (1 - share) + row[right] * share)
    return resized
