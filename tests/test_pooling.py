"""Pooling: by hand, against PyTorch, and fast against slow."""

from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import convlib
from convlib import (
    adaptive_avg_pool2d,
    avg_pool1d,
    avg_pool2d,
    loops,
    max_pool1d,
    max_pool2d,
    max_pool2d_with_indices,
    max_unpool2d,
)
from tests.settings import MANY, Draw, assert_same, sizes_that_fit, tensor


def test_max_pooling_pads_with_nothing_and_average_pooling_with_zeros():
    np.testing.assert_array_equal(max_pool1d([-3, -1, -2], 3, 1, 1), [-1, -1, -1])
    np.testing.assert_array_equal(avg_pool1d([3, 3, 3], 3, 1, 1), [2, 3, 2])
    np.testing.assert_array_equal(
        avg_pool1d([3, 3, 3], 3, 1, 1, count_include_pad=False), [3, 3, 3]
    )


def test_ceil_mode_adds_a_window_that_starts_in_the_input_and_none_that_starts_in_padding():
    np.testing.assert_array_equal(max_pool1d([1, 2, 3, 4, 5], 2, 2, ceil_mode=True), [2, 4, 5])
    # The third window would start at padded cell 4: the padding after the three cells.
    np.testing.assert_array_equal(max_pool1d([1, 2, 3], 2, 2, 1, ceil_mode=True), [1, 3])
    assert F.max_pool1d(torch.ones(1, 1, 3), 2, 2, 1, ceil_mode=True).shape[-1] == 2


def test_adaptive_pooling_overlaps_where_sizes_do_not_divide():
    np.testing.assert_array_equal(adaptive_avg_pool2d([[0, 3, 6, 9, 12]], (1, 2)), [[3, 9]])


def test_unpooling_puts_each_maximum_back():
    x = np.array([[1, 9, 2, 3], [4, 0, 8, 5]])
    values, indices = max_pool2d_with_indices(x, 2)
    np.testing.assert_array_equal(max_unpool2d(values, indices, 2), np.where(x > 7, x, 0))


def test_maximum_of_equal_cells_is_the_first():
    _, indices = max_pool2d_with_indices(np.ones((4, 4)), 2)
    np.testing.assert_array_equal(indices, [[0, 2], [8, 10]])


def pool_parts(axes, draw, dilation):
    kernel_size = draw.axes(axes, 1, 4 if axes < 3 else 3)
    # PyTorch's limit is half of the kernel, or of the cells it covers where it is dilated.
    padding = tuple(draw.randint(0, size // 2) for size in kernel_size)
    sizes = sizes_that_fit(draw, kernel_size, dilation, [(cells, cells) for cells in padding], "")
    x = draw.array(*(draw.axes(2, 1, 3) if draw.random() < 0.8 else draw.axes(1, 1, 3)), *sizes)
    stride = draw.axes(axes, 1, 4) if draw.random() < 0.7 else None
    return x, kernel_size, stride, padding, draw.random() < 0.5


def max_pool_setting(axes, draw):
    dilation = draw.axes(axes, 1, 3)
    x, *window, ceil = pool_parts(axes, draw, dilation)
    call = partial(getattr(convlib, f"max_pool{axes}d"), x, *window, dilation, ceil)
    return call, lambda: getattr(F, f"max_pool{axes}d")(tensor(x), *window, dilation, ceil)


def avg_pool_setting(axes, draw):
    x, *window, ceil = pool_parts(axes, draw, (1,) * axes)
    if axes == 3:  # PyTorch refuses inputs that only with their padding are as large as the kernel
        low = [max(size - cells, 0) for size, cells in zip(window[0], x.shape[-3:], strict=True)]
        x = np.pad(x, [(0, 0)] * (x.ndim - 3) + [(0, cells) for cells in low])
    given = (*window, ceil, draw.random() < 0.5)
    if axes > 1:
        given = (*given, draw.choice([None, None, 3, -2]))
    call = partial(getattr(convlib, f"avg_pool{axes}d"), x, *given)
    return call, lambda: getattr(F, f"avg_pool{axes}d")(tensor(x), *given)


def adaptive_setting(axes, kind, draw):
    x = draw.array(*draw.axes(2, 1, 3), *draw.axes(axes, 1, 9 if axes < 3 else 5))
    size = draw.given(draw.axes(axes, 1, 7 if axes < 3 else 4))
    name = f"adaptive_{kind}_pool{axes}d"
    return partial(getattr(convlib, name), x, size), lambda: getattr(F, name)(tensor(x), size)


def indices_setting(draw):
    dilation = draw.axes(2, 1, 3)
    x, *window, ceil = pool_parts(2, draw, dilation)
    given = (*window, dilation, ceil)

    def reference():
        values, indices = F.max_pool2d(tensor(x), *given, return_indices=True)
        # Where a window sees padding alone, PyTorch names cells that may lie outside.
        return torch.stack((values, indices.where(values.isfinite(), 0)))

    return lambda: np.stack(max_pool2d_with_indices(x, *given)), reference


def unpool_setting(draw):
    kernel_size = draw.axes(2, 1, 3)
    x = draw.array(*draw.axes(2, 1, 3), *(size + draw.randrange(6) for size in kernel_size))
    values, indices = max_pool2d_with_indices(x, kernel_size)
    size = draw.choice([None, x.shape[-2:]])
    call = partial(max_unpool2d, values, indices, kernel_size, output_size=size)
    if size is None:  # then the indices count the cells of a smaller plane
        values = values[..., :1, :1]
        indices = np.zeros_like(values, dtype=np.int64)
        call = partial(max_unpool2d, values, indices, kernel_size)
    reference = partial(F.max_unpool2d, tensor(values), tensor(indices), kernel_size)
    return call, lambda: reference(output_size=size and tuple(size))


SETTING = {
    **{f"max_pool{axes}d": partial(max_pool_setting, axes) for axes in (1, 2, 3)},
    **{f"avg_pool{axes}d": partial(avg_pool_setting, axes) for axes in (1, 2, 3)},
    **{
        f"adaptive_{kind}_pool{axes}d": partial(adaptive_setting, axes, kind)
        for axes in (1, 2, 3)
        for kind in ("max", "avg")
    },
    "max_pool2d_with_indices": indices_setting,
    "max_unpool2d": unpool_setting,
}


@pytest.mark.parametrize("count", MANY)
@pytest.mark.parametrize("name", SETTING)
def test_pooling_equals_pytorch_on_random_settings(name, count):
    draw = Draw(name)
    for _ in range(count):
        call, reference = SETTING[name](draw)
        actual, expected = call(), reference().numpy()
        if "avg" in name:  # sums of whole numbers are exact; a quotient is rounded once
            assert actual.shape == expected.shape
            np.testing.assert_allclose(actual, expected, rtol=4 * np.finfo(float).eps)
        else:
            assert_same(actual, expected, call)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_pooling_equals_its_slow_twin(axes):
    draw = Draw(f"slow pool {axes}")
    for _ in range(20):
        dilation = draw.axes(axes, 1, 2)
        x, kernel_size, stride, padding, ceil = pool_parts(axes, draw, dilation)
        x, stride = x.reshape(-1, 1, *x.shape[-axes:]), stride or kernel_size
        np.testing.assert_array_equal(
            getattr(convlib, f"max_pool{axes}d")(x, kernel_size, stride, padding, dilation, ceil),
            loops.max_pool(x, kernel_size, stride, padding, dilation, ceil),
        )
        x, kernel_size, stride, padding, ceil = pool_parts(axes, draw, (1,) * axes)
        x, stride, counted = x.reshape(-1, 1, *x.shape[-axes:]), stride or kernel_size, axes != 2
        np.testing.assert_allclose(
            getattr(convlib, f"avg_pool{axes}d")(x, kernel_size, stride, padding, ceil, counted),
            loops.avg_pool(x, kernel_size, stride, padding, ceil, counted),
            rtol=1e-14,
            atol=1e-13,
        )
        size = draw.axes(axes, 1, 4)
        for kind, summary in (("max", np.max), ("avg", np.mean)):
            np.testing.assert_allclose(
                getattr(convlib, f"adaptive_{kind}_pool{axes}d")(x, size),
                loops.adaptive_pool(summary, x, size),
                rtol=1e-14,
                atol=1e-13,
            )


@pytest.mark.parametrize("seed", range(5))
def test_unpooling_equals_its_slow_twin(seed):
    x = Draw(f"unpool {seed}").array(2, 3, 6, 4)
    values, indices = max_pool2d_with_indices(x, 2)
    np.testing.assert_array_equal(
        max_unpool2d(values, indices, 2), loops.max_unpool(values, indices, (6, 4))
    )


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, bool])
def test_pooling_keeps_types(dtype):
    x = np.ones((1, 1, 3, 3), dtype)
    kept = dtype if np.dtype(dtype).kind == "f" else np.int64
    averaged = dtype if np.dtype(dtype).kind == "f" else np.float64
    assert max_pool2d(x, 2).dtype == kept
    assert convlib.adaptive_max_pool2d(x, 2).dtype == kept
    assert avg_pool2d(x, 2).dtype == averaged
    assert adaptive_avg_pool2d(x, 2).dtype == averaged


def test_pooling_accepts_an_empty_batch():
    empty = np.ones((0, 2, 4, 4))
    assert max_pool2d_with_indices(empty, 2)[1].shape == (0, 2, 2, 2)
    assert adaptive_avg_pool2d(empty, 3).shape == (0, 2, 3, 3)
