"""Random settings for the operations, and PyTorch's side of them."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

SETTINGS = 20_000
#: How many settings are compared: all of them in the long tests.
MANY = [1_000, pytest.param(SETTINGS, marks=pytest.mark.long)]
#: Whole, so that every sum is exact in every order: settings are compared for equality.
NUMBERS = np.random.default_rng(2016).integers(-9, 10, 50_000).astype(np.float64)


class Draw(random.Random):
    """Random settings: sizes small, and all of them different from axis to axis."""

    def axes(self, axes, low, high):
        return tuple(self.randint(low, high) for _ in range(axes))

    def array(self, *shape):
        """Return a read-only array; sometimes turned round, sometimes with its axes turned."""
        count = int(np.prod(shape))
        start = self.randrange(len(NUMBERS) - count)
        numbers, layout = NUMBERS[start : start + count], self.randrange(6)
        if layout == 0:
            array = numbers.reshape(shape)[..., ::-1]
        elif layout == 1:
            array = numbers.reshape(shape[::-1]).T
        else:
            array = numbers.reshape(shape)
        array.flags.writeable = False
        return array

    def given(self, values):
        """Return one value per axis, or a single one where they are alike."""
        alike = len(set(values)) == 1 and not isinstance(values[0], tuple)
        return values[0] if alike and self.random() < 0.5 else values


def tensor(array):
    return None if array is None else torch.from_numpy(np.array(array, order="C"))


def covers(kernel_size, dilation):
    return [step * (kernel - 1) + 1 for kernel, step in zip(kernel_size, dilation, strict=True)]


def padding_setting(draw, kernel_size, stride, dilation):
    """Return padding in a random form, and what it means as pairs."""
    axes = len(kernel_size)
    form = draw.choice(["per axis", "per axis", "pairs", "word"])
    if form == "per axis":
        cells = draw.axes(axes, 0, 5 - axes)
        return draw.given(cells), [(both, both) for both in cells]
    if form == "pairs":
        pairs = tuple(draw.axes(2, 0, 5 - axes) for _ in range(axes))
        return pairs, pairs
    reach = [size - 1 for size in covers(kernel_size, dilation)]
    word = draw.choice(["valid", "full"] + ["same"] * (max(stride) == 1))
    return word, {
        "valid": [(0, 0)] * axes,
        "same": [(cells // 2, cells - cells // 2) for cells in reach],
        "full": [(cells, cells) for cells in reach],
    }[word]


def sizes_that_fit(draw, kernel_size, dilation, pairs, mode):
    """Return input sizes in which the kernel fits, with enough cells to copy padding from."""
    spare = {"reflect": 1, "circular": 0}.get(mode)
    return tuple(
        max(1, size - sum(pair), 0 if spare is None else max(pair) + spare)
        + draw.randrange(6 - len(pairs))
        for size, pair in zip(covers(kernel_size, dilation), pairs, strict=True)
    )


def assert_same(actual, expected, call):
    # The quick look spares most of the time of the assertion that explains.
    if actual.shape != expected.shape or not (actual == expected).all():
        np.testing.assert_array_equal(actual, expected, err_msg=str(call))
