"""Plans: by hand, then every layer's shape, count and receptive field against PyTorch."""

import re
from collections import OrderedDict
from itertools import product

import numpy as np
import pytest
import torch
from torch import nn

from convlib import conv_output_size, plan


def test_plan_by_hand():
    first, second, third = plan(
        [
            {"kind": "Conv2d", "in_channels": 3, "out_channels": 8, "kernel_size": 3, "stride": 2},
            {"kind": "ReLU"},
            {"kind": "MaxPool2d", "kernel_size": 2},
        ],
        (3, 8, 11),
    )
    assert (first.name, first.kind) == ("0", "Conv2d")
    assert (first.in_channels, first.out_channels) == (3, 8)
    assert (first.input_size, first.output_size, first.remainder) == ((8, 11), (3, 5), (1, 0))
    assert (first.parameters, first.multiply_adds) == (8 * 3 * 9 + 8, 8 * 3 * 9 * 15)
    assert (first.receptive_field, first.jump) == ((3, 3), (2, 2))
    assert (second.output_size, second.parameters, second.multiply_adds) == ((3, 5), 0, 0)
    assert (third.output_size, third.remainder) == ((1, 2), (1, 1))
    assert (third.receptive_field, third.jump, third.output_padding) == ((5, 5), (4, 4), None)


def test_plan_of_a_number_answers_in_numbers():
    square, wide = plan(nn.Sequential(nn.Conv2d(1, 1, 3), nn.Conv2d(1, 1, (1, 3))), 9)
    assert (square.output_size, square.receptive_field, square.jump) == (7, 3, 1)
    assert (wide.output_size, wide.receptive_field, wide.jump) == ((7, 5), (3, 5), 1)


def test_plan_without_channels_knows_the_sizes():
    (record,) = plan([{"kind": "Conv1d", "kernel_size": 3}], (9,))
    assert (record.output_size, record.parameters, record.multiply_adds) == ((7,), None, None)
    assert (record.in_channels, record.out_channels) == (None, None)


def test_plan_mirrors_an_encoder():
    encoder = [
        {"kind": "Conv2d", "kernel_size": 3, "stride": 2, "padding": 1},
        {"kind": "Conv2d", "kernel_size": 3, "padding": 1},
        {"kind": "MaxPool2d", "kernel_size": 2},
        {"kind": "Conv2d", "kernel_size": (3, 4), "stride": (2, 3), "dilation": 2},
    ]
    decoder = [
        {"kind": "ConvTranspose2d", "kernel_size": (3, 4), "stride": (2, 3), "dilation": 2},
        {"kind": "ConvTranspose2d", "kernel_size": 2, "stride": 2},
        {"kind": "ConvTranspose2d", "kernel_size": 3, "padding": 1},
        {"kind": "ConvTranspose2d", "kernel_size": 3, "stride": 2, "padding": 1},
    ]
    for size in product(range(23, 31), range(31, 39)):
        advice = [record.output_padding for record in plan(encoder + decoder, size)]
        assert advice[:4] == [None] * 4
        mended = [
            {**layer, "output_padding": added}
            for layer, added in zip(decoder, advice[4:], strict=True)
        ]
        records = plan(encoder + mended, size)
        assert records[-1].output_size == size
        assert [record.output_padding for record in records] == advice


def test_plan_says_none_where_no_output_padding_helps():
    layers = [
        {"kind": "Conv1d", "kernel_size": 3, "stride": 2},
        {"kind": "ConvTranspose1d", "kernel_size": 9, "stride": 2},
        {"kind": "ConvTranspose1d", "kernel_size": 2, "stride": 2},
    ]
    assert [record.output_padding for record in plan(layers, (7,))] == [None, None, None]
    # The kernel fits, but from 5 cells it would make 1, not the 3 that the encoder made.
    small = {"kind": "Conv1d", "kernel_size": 1, "stride": 2}
    assert plan([small, {**layers[1], "kernel_size": 4}], (5,))[1].output_padding is None


def test_plan_of_pooling_that_rounds_up():
    layer = {"kind": "MaxPool1d", "kernel_size": 2, "stride": 3, "ceil_mode": True}
    for size, made, left in [(7, 3, 0), (6, 2, 1), (5, 2, 0)]:
        (record,) = plan([layer], (size,))
        assert (record.output_size, record.remainder) == ((made,), (left,))
        pooled = torch.nn.functional.max_pool1d(torch.zeros(1, 1, size), 2, 3, ceil_mode=True)
        assert pooled.shape[2] == made
    # Without rounding up 7 cells have one that is not read, and the window over it is the third.
    assert plan([{**layer, "ceil_mode": False}], (7,))[0].remainder == (2,)


@pytest.mark.parametrize("size", [(3, 30, 33), (3, 41, 28)])
def test_plan_of_a_network_equals_torch(size):
    net = nn.Sequential(
        nn.Conv2d(3, 8, (3, 5), stride=(2, 1), padding=(1, 0), bias=False),
        nn.BatchNorm2d(8),
        nn.LeakyReLU(),
        nn.Sequential(
            OrderedDict(
                deep=nn.Conv2d(8, 8, 3, dilation=2, padding="same", groups=8),
                point=nn.Conv2d(8, 16, 1),
                norm=nn.GroupNorm(4, 16),
                act=nn.PReLU(16),
            )
        ),
        nn.MaxPool2d(3, 2, 1, ceil_mode=True),
        nn.AvgPool2d((2, 3), stride=(1, 2)),
        nn.InstanceNorm2d(16, affine=True),
        nn.ConvTranspose2d(16, 12, (4, 3), stride=(2, 3), padding=1, output_padding=(0, 2)),
        nn.PixelShuffle(2),
        nn.Upsample(scale_factor=(2, 1.5)),
        nn.Dropout2d(),
        nn.Conv2d(3, 4, 2, padding_mode="circular", padding=1),
        nn.Upsample(size=(20, 26), mode="bilinear"),
        nn.PixelUnshuffle(2),
        nn.AdaptiveAvgPool2d((None, 3)),
        nn.Identity(),
    ).eval()
    modules = [*net[:3], *net[3], *net[4:]]
    records = plan(net, size)
    assert len(records) == len(modules)
    assert [record.kind for record in records] == [type(module).__name__ for module in modules]
    assert records[4].name == "3.point"
    value = torch.zeros(1, *size)
    for record, module in zip(records, modules, strict=True):
        assert (record.in_channels, *record.input_size) == tuple(value.shape[1:])
        value = module(value)
        assert (record.out_channels, *record.output_size) == tuple(value.shape[1:])
        assert record.parameters == sum(weight.numel() for weight in module.parameters())
    assert sum(record.parameters for record in records) == sum(w.numel() for w in net.parameters())


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "bilinear", "bicubic"])
@pytest.mark.parametrize("factor", [2.0, 3.0, 1.5, 0.5])
def test_plan_of_resizing_reads_what_torch_reads(mode, factor):
    # A strided convolution before it tells shifted windows apart.
    layers = [nn.Conv2d(1, 1, 1, stride=3, bias=False), nn.Upsample(scale_factor=factor, mode=mode)]
    layers.append(nn.Conv2d(1, 1, (2, 1), stride=(3, 1), bias=False))
    net = nn.Sequential(*layers).double()
    for weight in net.parameters():
        nn.init.ones_(weight)
    images = torch.eye(43, dtype=torch.float64).reshape(43, 1, 43, 1).expand(43, 1, 43, 4)
    reach = net(images)[:, 0, :, 0].detach().numpy().T != 0
    expected = max(np.ptp(np.flatnonzero(cells)) + 1 for cells in reach)
    record = plan(net, (43, 4))[-1]
    assert record.output_size == tuple(net(images).shape[2:])
    assert record.receptive_field[0] == expected


def random_layer(random):
    """Return one random 1-D layer of one channel, and how much it enlarges."""
    kernel, stride, dilation = (int(n) for n in random.integers(1, 5, 3))
    kind = random.integers(7)
    if kind <= 1:
        padding = int(random.integers(0, 3))
        return nn.Conv1d(1, 1, kernel, stride, padding, dilation, bias=False)
    if kind == 2:
        padding = int(random.integers(0, dilation * (kernel - 1) + 1))
        added = int(random.integers(max(stride, dilation)))
        return nn.ConvTranspose1d(
            1, 1, kernel, stride, padding, added, dilation=dilation, bias=False
        )
    if kind == 3:
        return nn.AvgPool1d(kernel, stride, padding=kernel // 2, ceil_mode=bool(random.integers(2)))
    if kind == 4:
        return nn.Upsample(scale_factor=float(random.choice([2, 3, 1.5, 0.5])))
    if kind == 5:
        return nn.Upsample(
            scale_factor=float(random.choice([2, 3, 1.5])),
            mode="linear",
            align_corners=bool(random.integers(2)),
        )
    return nn.AdaptiveAvgPool1d(int(random.integers(3, 30)))


def shapes_and_reach(layers, size):
    """Return each layer's output size, up to the one torch refuses, and what each cell depends on.

    All layers are linear and all weights positive, so a one in input cell n of image n shows which
    output cells depend on it.
    """
    value, sizes = torch.eye(size, dtype=torch.float64)[:, None], []
    for layer in layers:
        try:
            value = layer(value)
        except RuntimeError:
            break
        if 0 in value.shape:
            break
        sizes.append((value.shape[2],))
    return sizes, value[:, 0].detach().numpy().T != 0


@pytest.mark.parametrize("number", [300, pytest.param(1000, marks=pytest.mark.long)])
def test_plan_of_random_networks_equals_torch(number):
    random = np.random.default_rng(0)
    compared = exact = refused = 0
    while compared < number:
        layers = [random_layer(random).double() for _ in range(random.integers(1, 5))]
        for layer in layers:
            for weight in layer.parameters():
                nn.init.ones_(weight)
        size = int(random.integers(20, 50))
        sizes, reach = shapes_and_reach(layers, size)
        if len(sizes) < len(layers):
            refused += 1
            with pytest.raises(ValueError, match=rf"^layer {len(sizes)} \("):
                plan(layers, (size,))
            continue
        compared += 1
        records = plan(layers, (size,))
        assert [record.output_size for record in records] == sizes
        stretches = [np.ptp(np.flatnonzero(cells)) + 1 if cells.any() else 0 for cells in reach]
        # The border cuts off what lies in the padding, so cells may reach less far than inside.
        (field,) = records[-1].receptive_field
        assert max(stretches) <= field
        exact += max(stretches) == field
    assert exact > 0.7 * number
    assert refused > number // 50


def test_plan_of_transposed_layers_has_the_largest_receptive_field():
    # Kernel 3 and stride 2: outputs see one input or two; two such layers, up to three.
    up = {"kind": "ConvTranspose1d", "kernel_size": 3, "stride": 2, "padding": 1}
    assert [record.receptive_field for record in plan([up, up], (8,))] == [(2,), (2,)]
    assert [record.jump for record in plan([up, up], (8,))] == [(0.5,), (0.25,)]
    # Stride beyond the kernel leaves outputs that see nothing.
    (holes,) = plan([{**up, "kernel_size": 1, "stride": 3, "padding": 0}], (4,))
    assert (holes.receptive_field, holes.output_size) == ((1,), (10,))


def test_plan_reads_subclasses():
    class Padded(nn.Conv2d):
        pass

    (record,) = plan([Padded(1, 2, 3)], (1, 9, 9))
    assert (record.kind, record.output_size) == ("Conv2d", (7, 7))


def test_plan_of_a_dcgan_generator():
    layers = [nn.ConvTranspose2d(100, 512, 4, bias=False)]
    for wide, narrow in ((512, 256), (256, 128), (128, 64), (64, 3)):
        layers += [nn.ReLU(), nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False)]
    records = plan(nn.Sequential(*layers), (100, 1, 1))
    assert [r.output_size[0] for r in records if r.kind != "ReLU"] == [4, 8, 16, 32, 64]


def test_plan_keeps_to_the_formula_of_sizes():
    layer = {"kind": "Conv2d", "kernel_size": (3, 2), "stride": (2, 3), "padding": ((0, 1), 2)}
    for size in product(range(4, 9), range(5, 10)):
        (record,) = plan([layer], size)
        assert record.output_size == conv_output_size(size, (3, 2), (2, 3), ((0, 1), 2))


def test_plan_error_names_the_layer():
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Sequential(nn.Conv2d(4, 8, 3)))
    text = "layer 2.0 (Conv2d): in_channels=4 but it receives 8 channels"
    with pytest.raises(ValueError, match=re.escape(text)):
        plan(net, (3, 9, 9))
