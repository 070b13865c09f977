"""Model answers of the chapter on whole networks."""

from collections import deque


def sizes_that_work(poolings, low, high):
    """Return the sizes for which each skip of a padded U-Net meets its map.

    >>> sizes_that_work(2, low=5, high=13)
    [8, 12]
    """
    found = []
    for size in range(low, high + 1):
        skips, cells = [], size
        for _ in range(poolings):
            skips.append(cells)
            cells //= 2
        meets = cells > 0
        for skip in reversed(skips):
            cells *= 2
            meets = meets and cells == skip
        if meets:
            found.append(size)
    return found


def listen(values, taps, dilation):
    """Yield the causal convolution of values, one by one.

    >>> list(listen([1, 2, 3], taps=[10, 1], dilation=1))
    [1, 12, 23]
    """
    reach = dilation * (len(taps) - 1)
    heard = deque([0] * (reach + 1), maxlen=reach + 1)
    for value in values:
        heard.append(value)
        yield sum(tap * heard[n * dilation] for n, tap in enumerate(taps))
