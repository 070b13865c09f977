"""Settings of the operations that are the same wherever Python runs, and digests of their results.

The page runs this file's text as a cell: it needs NumPy and `convlib`, and nothing of the tests.
"""

import hashlib
import random

import numpy as np

import convlib

AXES = {"1d": 1, "2d": 2, "3d": 3}
OPERATIONS = (
    *(f"{name}{axes}" for name in ("conv", "conv_transpose") for axes in AXES),
    "conv_input_gradient",
    "conv_weight_gradient",
    "max_pool2d",
    "avg_pool2d",
    "pixel_shuffle",
)


def whole(draw, *shape):
    """Return whole numbers, as the type that the setting asks for."""
    count = int(np.prod(shape))
    dtype = draw.choice((np.int64, np.float64, np.float32))
    return np.array([draw.randint(-9, 9) for _ in range(count)], dtype).reshape(shape)


def setting(name, draw):
    """Return (arguments, keywords) of one call."""
    axes = AXES.get(name[-2:], 2)

    def several(low, high):
        return tuple(draw.randint(low, high) for _ in range(axes))

    kernel_size, stride, dilation = several(1, 3), several(1, 3), several(1, 2)
    padding, groups = several(0, 2), draw.choice((1, 2))
    size = tuple(
        d * (k - 1) + 1 + draw.randint(0, 4) for d, k in zip(dilation, kernel_size, strict=True)
    )
    if name == "pixel_shuffle":
        factor = draw.randint(1, 3)
        return (whole(draw, 2 * factor * factor, *several(1, 3)), factor), {}
    if "pool" in name:
        padding = tuple(draw.randint(0, k // 2) for k in kernel_size)
        size = tuple(k + draw.randint(0, 5) for k in kernel_size)
        array = whole(draw, 2, *size).astype(np.float64)
        return (array, kernel_size), {"stride": stride, "padding": padding}
    window = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    input = whole(draw, 2, 2 * groups, *size)
    weight = whole(draw, 2 * groups, 2, *kernel_size).astype(input.dtype)
    if name.startswith("conv_transpose"):
        extra = tuple(draw.randint(0, max(s, d) - 1) for s, d in zip(stride, dilation, strict=True))
        return (input, weight), {**window, "output_padding": extra}
    if "gradient" in name:
        made = convlib.conv2d(input, weight, **window).shape
        error = whole(draw, *made).astype(input.dtype)
        if name == "conv_input_gradient":
            return (input.shape, weight, error), window
        return (input, weight.shape, error), window
    return (input, weight), window


def calls(name, count):
    """Yield (arguments, keywords) of the calls of an operation, always the same."""
    draw = random.Random(f"{name}: the same everywhere")
    made = 0
    while made < count:
        try:
            arguments, keywords = setting(name, draw)
            getattr(convlib, name)(*arguments, **keywords)
        except ValueError:  # it leaves no output
            continue
        made += 1
        yield arguments, keywords


def digest(name, count, function=None):
    """Return a digest of all results: values and shapes, which are whole or exact in float64."""
    function = function or getattr(convlib, name)
    found = hashlib.sha256()
    for arguments, keywords in calls(name, count):
        result = np.asarray(function(*arguments, **keywords))
        found.update(f"{result.shape}".encode())
        found.update(np.ascontiguousarray(result, np.float64).tobytes())
    return found.hexdigest()
