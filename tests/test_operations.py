"""The operations: by hand, against PyTorch, and fast against slow."""

from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convlib import (
    avg_pool2d,
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
    depthwise_conv2d,
    depthwise_separable_conv2d,
    fast,
    loops,
    max_pool2d,
    operations,
    pixel_shuffle,
    pixel_unshuffle,
    pointwise_conv2d,
)
from tests.bounds import assert_within_rounding
from tests.settings import (
    MANY,
    SETTINGS,
    Draw,
    assert_same,
    covers,
    padding_setting,
    sizes_that_fit,
    tensor,
)

CONV = {1: conv1d, 2: conv2d, 3: conv3d}
TRANSPOSED = {1: conv_transpose1d, 2: conv_transpose2d, 3: conv_transpose3d}
ONE_TO_NINE = np.arange(1, 10).reshape(3, 3)


# By hand


def test_conv2d_adds_the_products_under_each_window():
    image = np.arange(1, 17).reshape(4, 4)
    np.testing.assert_array_equal(conv2d(image, ONE_TO_NINE), [[348, 393], [528, 573]])


def test_conv2d_does_not_flip_the_kernel():
    kernel = [[0, 0], [0, 1]]
    np.testing.assert_array_equal(conv2d([[1, 2], [3, 4]], kernel), [[4]])


def test_conv2d_counts_how_often_each_cell_is_used():
    used = conv2d(np.ones((5, 5), int), np.ones((3, 3), int), padding=1)
    np.testing.assert_array_equal(used[0], [4, 6, 6, 6, 4])
    np.testing.assert_array_equal(used[2], [6, 9, 9, 9, 6])


def test_conv2d_need_not_shrink_at_stride_2():
    assert conv2d(np.ones((2, 2)), np.ones((2, 2)), stride=2, padding=2).shape == (3, 3)


def test_conv2d_accepts_more_padding_than_the_kernel_covers():
    assert conv2d(np.ones((4, 4)), np.ones((3, 3)), padding=5).shape == (12, 12)


def test_conv2d_layer_of_a_paper():
    """16 kernels of 5x5 over 3 channels of 22x22 give 18x18x16."""
    assert conv2d(np.ones((3, 22, 22)), np.ones((16, 3, 5, 5))).shape == (16, 18, 18)


def test_conv2d_with_one_hot_kernels_is_pixel_unshuffle():
    one_hot = np.eye(4, dtype=int).reshape(4, 1, 2, 2)
    image = np.arange(24).reshape(1, 4, 6)
    np.testing.assert_array_equal(conv2d(image, one_hot, stride=2), pixel_unshuffle(image, 2))


def test_conv_transpose2d_stamps_the_kernel():
    expected = [[1, 4, 7, 6], [8, 26, 38, 27], [23, 62, 74, 48], [28, 67, 76, 45]]
    np.testing.assert_array_equal(conv_transpose2d([[1, 2], [4, 5]], ONE_TO_NINE), expected)


def test_conv_transpose2d_padding_crops():
    whole = conv_transpose2d([[1, 2], [4, 5]], ONE_TO_NINE)
    cropped = conv_transpose2d([[1, 2], [4, 5]], ONE_TO_NINE, padding=[(1, 0), (0, 2)])
    np.testing.assert_array_equal(cropped, whole[1:, :-2])


def test_conv_transpose2d_computes_the_row_that_output_padding_adds():
    result = conv_transpose2d([[1]], [[1, 2], [3, 4]], stride=3, padding=0, output_padding=(0, 2))
    np.testing.assert_array_equal(result, [[1, 2, 0, 0], [3, 4, 0, 0]])
    longer = conv_transpose1d([1, 10], [1, 2, 3], stride=2, padding=1, output_padding=1)
    np.testing.assert_array_equal(longer, [2, 13, 20, 30])


def test_depthwise_separable_conv2d_with_a_depth_multiplier():
    image = np.array([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])
    depthwise = np.array([[[[1, 1]]], [[[1, -1]]], [[[2, 0]]], [[[0, 2]]]])
    per_channel = depthwise_conv2d(image, depthwise)
    np.testing.assert_array_equal(per_channel[:, :, 0], [[3, 7], [-1, -1], [10, 14], [12, 16]])
    mixed = depthwise_separable_conv2d(image, depthwise, [[1, 1, 0, 1]], [0, 0, 0, 1], [100])
    np.testing.assert_array_equal(mixed[0, :, 0], [115, 123])


def test_avg_pool2d_counts_padding_or_not():
    ones = np.ones((2, 2))
    np.testing.assert_array_equal(avg_pool2d(ones, 2, padding=1), np.full((2, 2), 0.25))
    without = avg_pool2d(ones, 2, padding=1, count_include_pad=False)
    np.testing.assert_array_equal(without, np.ones((2, 2)))
    np.testing.assert_array_equal(avg_pool2d(ones, 2, divisor_override=8), [[0.5]])


@pytest.mark.parametrize(
    ("padding", "pairs"),
    [
        (1, ((1, 1), (1, 1))),
        ((2, 1), ((2, 2), (1, 1))),
        (((0, 1), (2, 0)), ((0, 1), (2, 0))),
        ("valid", ((0, 0), (0, 0))),
        ("same", ((0, 1), (1, 1))),
        ("full", ((1, 1), (2, 2))),
    ],
)
@pytest.mark.parametrize("mode", ["zeros", "replicate", "reflect", "circular"])
def test_conv2d_padding_in_every_form(padding, pairs, mode):
    image = np.arange(20.0).reshape(4, 5)
    kernel = np.array([[1.0, 2, 3], [5, 7, 11]])
    padded = np.pad(image, pairs, operations.PADDING_MODES[mode])
    expected = conv2d(padded, kernel)
    np.testing.assert_array_equal(conv2d(image, kernel, 0, 1, padding, 1, 1, mode), expected)


def test_conv1d_padded_before_only_is_causal():
    np.testing.assert_array_equal(conv1d([1, 2, 4], [1, 10], padding=[(1, 0)]), [10, 21, 42])


# Types


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("small", [0, operations.SMALL])
def test_operations_keep_floating_types(monkeypatch, dtype, small):
    use(monkeypatch, SMALL=small)
    image = np.arange(16).reshape(1, 4, 4).astype(dtype)
    weight = np.ones((1, 1, 3, 3), dtype)
    results = [
        conv2d(image, weight, np.ones(1, dtype), padding=1),
        conv_transpose2d(image, weight, np.ones(1, dtype), stride=2),
        depthwise_separable_conv2d(image, weight, weight[..., :1, :1]),
        max_pool2d(image, 2),
        avg_pool2d(image, 2),
        pixel_unshuffle(image, 2),
    ]
    assert [result.dtype for result in results] == [dtype] * len(results)


@pytest.mark.parametrize("small", [0, operations.SMALL])
def test_conv2d_accumulates_float16_in_float32(monkeypatch, small):
    use(monkeypatch, SMALL=small)
    # 2048 + 1 is 2048 in float16; the sum of all is 2052 and has a float16.
    line = np.array([2048, 1, 1, 1, 1], np.float16)
    np.testing.assert_array_equal(conv1d(line, np.ones(5, np.float16)), [2052])
    mean = avg_pool2d(line.reshape(1, 5), (1, 5))
    np.testing.assert_array_equal(mean, np.array([[2052 / 5]], np.float16))


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int32, np.uint64])
@pytest.mark.parametrize("small", [0, operations.SMALL])
def test_operations_compute_integers_as_int64(monkeypatch, dtype, small):
    use(monkeypatch, SMALL=small)
    highest = 1 if dtype is bool else min(np.iinfo(dtype).max, 2**20)
    top = np.full((2, 3, 3), highest, dtype)
    weight = np.ones((2, 2, 3, 3), dtype)
    for result in (conv2d(top, weight), conv_transpose2d(top, weight, padding=2)):
        assert result.dtype == np.int64
        np.testing.assert_array_equal(result, np.full((2, 1, 1), 18 * highest))
    assert max_pool2d(top, 2).dtype == pixel_shuffle(top.repeat(2, 0), 2).dtype == np.int64
    mean = avg_pool2d(top, 3)
    assert mean.dtype == np.float64
    np.testing.assert_array_equal(mean, np.full((2, 1, 1), highest))


def test_conv2d_promotes_mixed_types():
    image, kernel = np.ones((3, 3), np.float32), np.ones((2, 2), np.int8)
    assert conv2d(image, kernel).dtype == np.float32
    assert conv2d(image, kernel.astype(float)).dtype == np.float64
    assert conv2d(kernel, image[:1, :1], np.ones(1)).dtype == np.float64
    assert conv2d(image.astype(np.float16), kernel).dtype == np.float16


def test_conv2d_large_integers_stay_exact():
    big = np.full((2, 2), 2**60 + 1)
    np.testing.assert_array_equal(conv2d(big, [[1, 1], [1, -1]]), [[2**61 + 2]])


# Special values


def use(monkeypatch, **constants):
    """Set the sizes that decide between the ways to compute; plans made before are forgotten."""
    for name, value in constants.items():
        monkeypatch.setattr(operations if name == "SMALL" else fast, name, value)
    operations._kept.cache_clear()


@pytest.mark.parametrize("small", [0, operations.SMALL])
def test_conv2d_nan_reaches_the_windows_that_hold_it(monkeypatch, small):
    use(monkeypatch, SMALL=small, PAIR_CHANNELS=1)
    image = np.zeros((1, 9, 8))
    image[0, 4, 3] = np.nan
    reached = np.isnan(conv2d(image, np.ones((8, 1, 3, 2))))
    expected = np.zeros((8, 7, 7), bool)
    expected[:, 2:5, 2:4] = True
    np.testing.assert_array_equal(reached, expected)


def test_max_pool2d_passes_nan_on_and_pads_with_nothing():
    image = np.array([[-5.0, np.nan], [-7, -8]])
    np.testing.assert_array_equal(max_pool2d(image, 2), [[np.nan]])
    np.testing.assert_array_equal(max_pool2d([[-5, -6]], 2, padding=1), [[-5, -6]])


def test_operations_accept_an_empty_batch():
    empty = np.ones((0, 2, 5, 5))
    assert conv2d(empty, np.ones((4, 2, 3, 3))).shape == (0, 4, 3, 3)
    assert conv_transpose2d(empty, np.ones((2, 3, 3, 3))).shape == (0, 3, 7, 7)
    assert max_pool2d(empty, 2).shape == (0, 2, 2, 2)
    assert pixel_unshuffle(empty, 5).shape == (0, 50, 1, 1)


def test_conv2d_refuses_floats_in_tuples_after_the_same_integers():
    conv2d(np.ones((5, 5)), np.ones((3, 3)), stride=(1, 1))
    with pytest.raises(TypeError, match=r"stride\[0\]=1\.0 must be a whole number"):
        conv2d(np.ones((5, 5)), np.ones((3, 3)), stride=(1.0, 1))
    conv2d(np.ones((5, 5)), np.ones((3, 3)), stride=1)
    with pytest.raises(TypeError, match=r"stride=1\.0 must be a whole number"):
        conv2d(np.ones((5, 5)), np.ones((3, 3)), stride=1.0)


# Against PyTorch

#: How many random settings each operation is compared on, and how it then computes: as shipped
#: (small inputs in one go), row by row, pairs of rows, and in blocks that split in odd places.
WAYS = [
    (8000, {}),
    (5000, {"SMALL": 0}),
    (5000, {"SMALL": 0, "PAIR_CHANNELS": 1}),
    (1000, {"SMALL": 0, "BLOCK_BYTES": 2000, "BLOCK_CHANNELS": 2}),
    (1000, {"SMALL": 0, "BLOCK_BYTES": 500, "PAIR_CHANNELS": 1}),
]


def torch_padded(x, pairs, mode):
    flat = [cells for pair in reversed(pairs) for cells in pair]
    return F.pad(x, flat, "constant" if mode == "zeros" else mode) if any(flat) else x


def conv_setting(axes, draw):
    groups = draw.randint(1, 3)
    channels_in, channels_out = groups * draw.randint(1, 3), groups * draw.randint(1, 3)
    top = 4 if axes < 3 else 3  # three axes make many cells
    kernel_size, dilation = draw.axes(axes, 1, top), draw.axes(axes, 1, top - 1)
    stride = draw.axes(axes, 1, 3) if draw.random() < 0.7 else (1,) * axes
    padding, pairs = padding_setting(draw, kernel_size, stride, dilation)
    mode = draw.choice(["zeros"] * 5 + ["reflect", "replicate", "circular"])
    sizes = sizes_that_fit(draw, kernel_size, dilation, pairs, mode)
    bias = draw.array(channels_out) if draw.random() < 0.5 else None
    x = draw.array(draw.randint(1, 2), channels_in, *sizes)
    weight = draw.array(channels_out, channels_in // groups, *kernel_size)
    parameters = (draw.given(stride), padding, draw.given(dilation), groups, mode)
    reference = (F.conv1d, F.conv2d, F.conv3d)[axes - 1]

    def expected():
        padded = torch_padded(tensor(x), pairs, mode)
        return reference(padded, tensor(weight), tensor(bias), stride, 0, dilation, groups)

    form = draw.randrange(8)
    if form == 0:
        return partial(CONV[axes], x[0], weight, bias, *parameters), lambda: expected()[0]
    if form == 1 and channels_in == channels_out == 1:
        call = partial(CONV[axes], x[0, 0], weight[0, 0], bias, *parameters)
        return call, lambda: expected()[0, 0]
    return partial(CONV[axes], x, weight, bias, *parameters), expected


def transposed_setting(axes, draw):
    groups = draw.randint(1, 3)
    channels_in, channels_out = groups * draw.randint(1, 3), groups * draw.randint(1, 3)
    top = 4 if axes < 3 else 3  # three axes make many cells
    kernel_size, stride = draw.axes(axes, 1, top), draw.axes(axes, 1, 3)
    dilation = draw.axes(axes, 1, top - 1) if draw.random() < 0.5 else (1,) * axes
    added = tuple(draw.randrange(max(pair)) for pair in zip(stride, dilation, strict=True))
    padding = draw.axes(axes, 0, 3)
    # As many cells as leave one after cropping: (i − 1)s + k̂ + a > 2p.
    sizes = tuple(
        max(0, 2 * crop - size - extra) // step + 1 + draw.randrange(5 - axes)
        for size, step, crop, extra in zip(
            covers(kernel_size, dilation), stride, padding, added, strict=True
        )
    )
    sizes = tuple(
        cells if (cells - 1) * step + size + extra > 2 * crop else cells + 1
        for cells, size, step, crop, extra in zip(
            sizes, covers(kernel_size, dilation), stride, padding, added, strict=True
        )
    )
    bias = draw.array(channels_out) if draw.random() < 0.5 else None
    x = draw.array(draw.randint(1, 2), channels_in, *sizes)
    weight = draw.array(channels_in, channels_out // groups, *kernel_size)
    given = (draw.given(stride), draw.given(padding), draw.given(added))
    reference = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[axes - 1]
    call = partial(TRANSPOSED[axes], x, weight, bias, *given, groups, draw.given(dilation))
    return call, lambda: reference(
        tensor(x), tensor(weight), tensor(bias), stride, padding, added, groups, dilation
    )


def depthwise_parts(draw):
    channels, multiplier = draw.randint(1, 5), draw.randint(1, 3)
    kernel_size, stride, dilation = (draw.axes(2, 1, high) for high in (4, 3, 3))
    padding, pairs = padding_setting(draw, kernel_size, stride, dilation)
    x = draw.array(
        draw.randint(1, 2), channels, *sizes_that_fit(draw, kernel_size, dilation, pairs, "zeros")
    )
    weight = draw.array(channels * multiplier, 1, *kernel_size)
    bias = draw.array(len(weight)) if draw.random() < 0.5 else None

    def expected():
        padded = torch_padded(tensor(x), pairs, "zeros")
        return F.conv2d(padded, tensor(weight), tensor(bias), stride, 0, dilation, channels)

    return x, weight, bias, (draw.given(stride), padding, draw.given(dilation)), expected


def depthwise_setting(draw):
    x, weight, bias, parameters, expected = depthwise_parts(draw)
    return partial(depthwise_conv2d, x, weight, bias, *parameters), expected


def separable_setting(draw):
    x, weight, bias, parameters, expected = depthwise_parts(draw)
    mixing = draw.array(draw.randint(1, 6), len(weight), 1, 1)
    shift = draw.array(len(mixing)) if draw.random() < 0.5 else None
    call = partial(depthwise_separable_conv2d, x, weight, mixing, bias, shift, *parameters)
    return call, lambda: F.conv2d(expected(), tensor(mixing), tensor(shift))


def pointwise_setting(draw):
    x = draw.array(draw.randint(1, 3), draw.randint(1, 6), *draw.axes(2, 1, 8))
    weight = draw.array(draw.randint(1, 6), x.shape[1], 1, 1)
    bias = draw.array(len(weight)) if draw.random() < 0.5 else None
    stride = draw.axes(2, 1, 3)
    given = weight[:, :, 0, 0] if draw.random() < 0.3 else weight
    call = partial(pointwise_conv2d, x, given, bias, draw.given(stride))
    return call, lambda: F.conv2d(tensor(x), tensor(weight), tensor(bias), stride)


def shuffle_setting(draw):
    factor, channels = draw.randint(1, 4), draw.randint(1, 4)
    height, width = draw.axes(2, 1, 5)
    batch = draw.axes(draw.randint(0, 2), 1, 3)
    if draw.random() < 0.5:
        x = draw.array(*batch, channels * factor**2, height, width)
        return partial(pixel_shuffle, x, factor), lambda: F.pixel_shuffle(tensor(x), factor)
    x = draw.array(*batch, channels, height * factor, width * factor)
    return partial(pixel_unshuffle, x, factor), lambda: F.pixel_unshuffle(tensor(x), factor)


SETTING = {
    "conv1d": partial(conv_setting, 1),
    "conv2d": partial(conv_setting, 2),
    "conv3d": partial(conv_setting, 3),
    "conv_transpose1d": partial(transposed_setting, 1),
    "conv_transpose2d": partial(transposed_setting, 2),
    "conv_transpose3d": partial(transposed_setting, 3),
    "depthwise_conv2d": depthwise_setting,
    "pointwise_conv2d": pointwise_setting,
    "depthwise_separable_conv2d": separable_setting,
    "pixel_shuffle": shuffle_setting,
}


@pytest.mark.parametrize("settings", MANY)
@pytest.mark.parametrize("name", SETTING)
def test_operation_equals_pytorch_on_random_settings(monkeypatch, name, settings):
    draw = Draw(name)
    compared = 0
    with torch.no_grad():
        for count, constants in WAYS:
            with monkeypatch.context() as patch:
                use(patch, **constants)
                for _ in range(count * settings // SETTINGS):
                    call, reference = SETTING[name](draw)
                    assert_same(call(), reference().numpy(), call)
                    compared += 1
    assert compared >= settings


# Fast against slow


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_conv_equals_its_slow_twin(monkeypatch, axes, seed):
    draw = Draw(f"slow {axes} {seed}")
    for constants in (constants for _, constants in WAYS):
        with monkeypatch.context() as patch:
            use(patch, **constants)
            for _ in range(4):
                kernel_size, stride, dilation = (draw.axes(axes, 1, top) for top in (3, 3, 2))
                padding, groups = draw.axes(axes, 1, 2), draw.randint(1, 2)
                sizes = tuple(size + draw.randrange(3) for size in covers(kernel_size, dilation))
                x = draw.array(2, 2 * groups, *sizes)
                weight = draw.array(3 * groups, 2, *kernel_size)
                bias = draw.array(3 * groups)
                slow = loops.conv(x, weight, bias, stride, padding, dilation, groups)
                fast_twin = CONV[axes](x, weight, bias, stride, padding, dilation, groups)
                np.testing.assert_array_equal(fast_twin, slow)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_conv_transpose_equals_its_slow_twin(monkeypatch, axes, seed):
    draw = Draw(f"slow transposed {axes} {seed}")
    for constants in (constants for _, constants in WAYS):
        with monkeypatch.context() as patch:
            use(patch, **constants)
            for _ in range(4):
                kernel_size, stride = draw.axes(axes, 2, 4), draw.axes(axes, 1, 3)
                dilation, padding = draw.axes(axes, 1, 2), draw.axes(axes, 0, 1)
                added = tuple(draw.randrange(step) for step in stride)
                x = draw.array(2, 4, *draw.axes(axes, 2, 3))
                weight = draw.array(4, 3, *kernel_size)
                given = (draw.array(6), stride, padding, added, 2, dilation)
                slow = loops.conv_transpose(x, weight, *given)
                np.testing.assert_array_equal(TRANSPOSED[axes](x, weight, *given), slow)


@pytest.mark.parametrize("seed", range(20))
def test_shuffling_equals_its_slow_twin(seed):
    draw = Draw(f"slow shuffle {seed}")
    factor = draw.randint(1, 3)
    x = draw.array(2, factor**2, factor * draw.randint(7, 9), factor * draw.randint(7, 9))
    np.testing.assert_array_equal(pixel_shuffle(x, factor), loops.pixel_shuffle(x, factor))
    np.testing.assert_array_equal(pixel_unshuffle(x, factor), loops.pixel_unshuffle(x, factor))


# As large as layers are: the sizes at which blocks, pairs and channels matter as shipped

LAYERS = [
    ((1, 3, 61, 53), (13, 3, 7, 5), {"stride": 2, "padding": (3, 2)}),
    ((2, 50, 37, 41), (49, 50, 3, 2), {"padding": 1}),
    ((1, 49, 40, 33), (51, 49, 3, 3), {"padding": 2, "dilation": 2}),
    ((1, 64, 30, 31), (64, 1, 3, 5), {"padding": (1, 2), "groups": 64}),
    ((1, 20, 30, 31), (30, 2, 5, 3), {"stride": (2, 3), "groups": 10}),
    ((1, 700, 12, 300), (5, 700, 3, 3), {}),
]
TRANSPOSED_LAYERS = [
    ((50, 52, 4, 5), 2, 1, (1, 0)),  # the stride does not divide the kernel
    ((50, 52, 4, 6), 2, (1, 3), (0, 1)),
    ((50, 13, 6, 2), (3, 2), 0, 0),
]


def exactly(operation, *arrays, **parameters):
    """Return PyTorch's result in float64, and Σ|x||w| of each cell."""
    tensors = [torch.from_numpy(array.astype(np.float64)) for array in arrays]
    exact = operation(*tensors, **parameters)
    magnitude = operation(*(one.abs() for one in tensors), **parameters)
    return exact.numpy(), magnitude.numpy()


def spread(weight, stride=1):
    """Return weights whose magnitude covers what pairs of rows that share products add up.

    `fast._multiply_in_pairs` multiplies sums of a kernel's rows with sums of the three or four
    input rows that two windows read, so each row of a phase counts for all of them, and for one
    row more on both sides; 2 is the most that one of them is counted.
    """
    by_phase = [abs(weight[:, :, phase::stride]).sum(axis=2) for phase in range(stride)]
    return 2 * np.tile(np.stack(by_phase, axis=2), (1, 1, weight.shape[2] // stride + 2, 1))


def in_pairs(channels, channels_out, height, width):
    """Tell whether `fast` lets rows share products, as it does for many channels."""
    return height in (2, 3) and min(channels * width, channels_out) >= fast.PAIR_CHANNELS


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize(("shape", "kernels", "parameters"), LAYERS)
def test_conv2d_is_pytorchs_up_to_rounding_on_layers(shape, kernels, parameters, dtype):
    rng = np.random.default_rng(0)
    x, weight = (rng.standard_normal(size).astype(dtype) for size in (shape, kernels))
    exact, magnitude = exactly(F.conv2d, x, weight, **parameters)
    if in_pairs(kernels[1], kernels[0], *kernels[2:]) and "stride" not in parameters:
        rows = parameters.get("dilation", 1)
        taller = np.pad(x, ((0, 0), (0, 0), (rows, rows), (0, 0)))
        _, magnitude = exactly(F.conv2d, taller, spread(weight), **parameters)
    # Both may be off in float64, and the factors of pairs are rounded as well.
    products = 2 * (int(np.prod(kernels[1:])) + 8)
    assert_within_rounding(conv2d(x, weight, **parameters), exact, magnitude, products)


@pytest.mark.parametrize(("shape", "kernels", "parameters"), LAYERS)
def test_conv2d_is_pytorchs_on_layers_of_whole_numbers(shape, kernels, parameters):
    """Sums of whole numbers are exact, so that a single product too many or few is seen."""
    rng = np.random.default_rng(0)
    x, weight = (rng.integers(-9, 10, size).astype(np.float32) for size in (shape, kernels))
    expected = F.conv2d(torch.from_numpy(x), torch.from_numpy(weight), **parameters)
    np.testing.assert_array_equal(conv2d(x, weight, **parameters), expected.numpy())


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize(("kernels", "stride", "padding", "added"), TRANSPOSED_LAYERS)
def test_conv_transpose2d_is_pytorchs_up_to_rounding_on_layers(
    kernels, stride, padding, added, dtype
):
    rng = np.random.default_rng(0)
    sizes = ((2, 50, 37, 41), kernels, kernels[1:2])
    x, weight, bias = (rng.standard_normal(size).astype(dtype) for size in sizes)
    given = {"stride": stride, "padding": padding, "output_padding": added}
    exact, magnitude = exactly(F.conv_transpose2d, x, weight, bias, **given)
    if stride == 2 and kernels[2:] == (4, 6):  # as a convolution of kernels two rows high
        cropped = {**given, "padding": (padding[0] + stride, padding[1])}
        _, magnitude = exactly(F.conv_transpose2d, x, spread(weight, stride), bias, **cropped)
    products = 2 * (kernels[0] * kernels[2] * kernels[3] + 8)
    assert_within_rounding(conv_transpose2d(x, weight, bias, **given), exact, magnitude, products)


@pytest.mark.parametrize("channels", [700, 2048])
@pytest.mark.parametrize("channels_out", [1, 8])
def test_rounding_grows_with_a_run_of_products_not_with_the_sum(channels, channels_out):
    """Numbers of one sign, where rounding adds up most."""
    rng = np.random.default_rng(0)
    x, weight = (
        rng.random(shape).astype(np.float32)
        for shape in ((1, channels, 7, 7), (channels_out, channels, 5, 5))
    )
    exact, magnitude = exactly(F.conv2d, x, weight)
    runs = -(-channels * 25 // fast.RUN)
    assert_within_rounding(conv2d(x, weight), exact, magnitude, fast.RUN + runs)


def test_rounding_explains_no_sum_in_float16():
    """The bound is not so wide that a sum in too narrow a type, or a wrong cell, passes."""
    rng = np.random.default_rng(0)
    x, weight = rng.random((1, 64, 9, 9)), rng.random((4, 64, 3, 3))
    exact, magnitude = exactly(F.conv2d, x, weight)
    right, products = conv2d(x.astype(np.float32), weight.astype(np.float32)), 64 * 9
    assert_within_rounding(right, exact, magnitude, 2 * products)
    narrow = F.conv2d(*(torch.from_numpy(a).to(torch.bfloat16) for a in (x, weight)))
    shifted = np.roll(right, 1, axis=3)
    for wrong in (narrow.float().numpy(), shifted):
        with pytest.raises(AssertionError, match="off by more than rounding explains"):
            assert_within_rounding(wrong, exact, magnitude, 2 * products)
