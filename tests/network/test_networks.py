"""Plans of networks of every family equal a real forward pass: sizes, counts, fields."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from convlib import plan
from tests.network.networks import NETWORKS


def is_lazy(value):
    return isinstance(value, nn.UninitializedParameter | nn.UninitializedBuffer)


def inputs_of(network):
    sizes = network.size if isinstance(network.size, list) else [network.size]
    return [torch.zeros(1, *size) for size in sizes]


@pytest.fixture(params=NETWORKS)
def network(request):
    return NETWORKS[request.param]


@pytest.fixture(autouse=True)
def plain_attention(monkeypatch):
    """Without the fused attention, whose products PyTorch does not count."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    yield
    torch.backends.mha.set_fastpath_enabled(before)


@pytest.fixture
def module(network):
    torch.manual_seed(0)
    return network.make().eval()


def leaves(module, network):
    """Run for real; return the layers of PyTorch's own in order: name, shape in, shape out."""
    found = []
    names = {id(one): name for name, one in module.named_modules()}
    kinds = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.Linear,
             nn.ConvTranspose3d, nn.BatchNorm2d, nn.MaxPool2d, nn.ReLU, nn.Upsample,
             nn.PixelShuffle, nn.ReflectionPad2d, nn.Flatten)  # fmt: skip

    inside = {
        id(part)
        for one in module.modules()
        if isinstance(one, nn.TransformerEncoder)
        for part in one.modules()
    }

    def note(one, given, made):
        if isinstance(one, kinds) and id(one) not in inside:
            found.append((names[id(one)], tuple(given[0].shape[1:]), tuple(made.shape[1:])))

    hooks = [one.register_forward_hook(note) for one in module.modules()]
    with torch.no_grad():
        module(*inputs_of(network), *network.arguments, **network.named)
    for hook in hooks:
        hook.remove()
    return found


def test_sizes_are_those_of_a_real_forward_pass(network, module):
    records = plan(network.make(), network.size, *network.arguments, **network.named)
    planned = iter(records)
    for name, given, made in leaves(module, network):
        # In the same order; between them may lie functions, and layers of other kinds.
        record = next(one for one in planned if one.name == name)
        for size, channels, shape in (
            (record.input_size, record.in_channels, given),
            (record.output_size, record.out_channels, made),
        ):
            if len(shape) == len(size) + 1:
                assert sorted((channels, *size)) == sorted(shape), name


def test_parameters_are_each_counted_once(network, module):
    records = plan(module, network.size, *network.arguments, **network.named)
    with torch.no_grad():  # lazy layers have none before
        module(*inputs_of(network), *network.arguments, **network.named)
    assert sum(one.parameters for one in records) == sum(p.numel() for p in module.parameters())


def test_multiply_adds_are_half_the_operations_that_torch_counts(network, module):
    records = plan(network.make(), network.size, *network.arguments, **network.named)
    with torch.no_grad():
        module(*inputs_of(network), *network.arguments, **network.named)
        with FlopCounterMode(display=False) as counter:
            module(*inputs_of(network), *network.arguments, **network.named)
    ours, theirs = sum(one.multiply_adds for one in records), counter.get_total_flops() // 2
    assert ours == theirs + network.uncounted


def test_the_module_is_left_as_it_is(network):
    module = network.make()
    before = {
        name: copy.copy(value) if is_lazy(value) else value.clone()
        for name, value in module.state_dict().items()
    }
    module.train()
    plan(module, network.size, *network.arguments, **network.named)
    assert module.training
    after = module.state_dict()
    assert list(after) == list(before)
    for name, value in after.items():
        if is_lazy(value):
            assert is_lazy(before[name])
        else:
            assert value.device.type == "cpu"
            torch.testing.assert_close(value, before[name])


def positive(module):
    """Make every layer linear and every weight positive, so that nothing cancels."""
    for one in module.modules():
        for name, child in one.named_children():
            kinds = (nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.Tanh, nn.Sigmoid, nn.Dropout,
                     nn.BatchNorm2d, nn.BatchNorm1d, nn.BatchNorm3d, nn.InstanceNorm2d,
                     nn.LayerNorm, nn.LocalResponseNorm, nn.Softmax)  # fmt: skip
            if isinstance(child, kinds):
                setattr(one, name, nn.Identity())
            elif isinstance(child, nn.MaxPool1d | nn.MaxPool2d | nn.MaxPool3d):
                # A maximum of equal values passes the gradient to one of them alone.
                axes = int(type(child).__name__[-2])
                setattr(one, name, getattr(nn, f"AvgPool{axes}d")(
                    child.kernel_size, child.stride, child.padding, child.ceil_mode))  # fmt: skip
            elif isinstance(child, nn.LPPool1d | nn.LPPool2d):
                axes = int(type(child).__name__[-2])
                pool = getattr(nn, f"AvgPool{axes}d")
                setattr(one, name, pool(child.kernel_size, child.stride))
    with torch.no_grad():
        for weight in module.parameters():
            weight.copy_((torch.rand_like(weight) + 0.5) / 10)  # small: no gate is full
    return module.double()


def reach_of(module, network, out_cell, monkeypatch):
    """Return the first and last input cells, per axis, that a gradient of one cell touches."""
    for name in ("max_pool2d",):
        average = {"max_pool2d": torch.nn.functional.avg_pool2d}[name]
        monkeypatch.setattr(
            torch.nn.functional, name,
            lambda x, k, stride=None, padding=0, average=average: average(x, k, stride, padding),
        )  # fmt: skip
    given = [one.double().requires_grad_() + 0.0 for one in inputs_of(network)]
    given = [torch.rand_like(one).requires_grad_() for one in given]
    out = module(*given, *network.arguments, **network.named)
    while not isinstance(out, torch.Tensor):
        out = next(iter(out.values())) if isinstance(out, dict) else out[0]
    index = (0, slice(None), *out_cell) if out.ndim > 2 else (0,)
    (gradient,) = torch.autograd.grad(out[index].sum(), given[0])
    touched = np.argwhere(gradient[0].abs().sum(0).numpy() > 0)
    return touched.min(axis=0), touched.max(axis=0)


#: Where neighbouring cells see differently far, or from uneven places: resizing and stamps.
UNEVEN = {
    "U-Net", "U-Net, transposed", "U-Net, strided", "U-Net 3-D", "U-Net 1-D", "FPN",
    "U-Net without padding", "DCGAN generator", "Style transfer", "Autoencoder", "Sub-pixel",
    "Transposed 1-D", "Transposed 3-D", "Resizing", "Pools", "Pools 3-D", "YOLO stem",
}  # fmt: skip


FOLLOWED = [
    name
    for name, one in NETWORKS.items()
    if one.followed and name not in ("MLP", "Lazy", "Two inputs", "Two outputs")
]


@pytest.mark.parametrize("name", FOLLOWED)
def test_fields_are_where_a_gradient_is(name, monkeypatch):
    network = NETWORKS[name]
    torch.manual_seed(0)
    module = positive(network.make())
    record = plan(module, network.size)[-1]
    size = network.size[1:]
    middle = tuple(cells // 2 for cells in record.output_size)
    low, high = reach_of(module, network, middle, monkeypatch)
    for axis, cells in enumerate(size):
        # Cell 0 of the output begins to see at `start`; the middle one so many jumps further.
        stretch = high[axis] - low[axis] + 1
        assert stretch <= record.receptive_field[axis]
        if low[axis] > 0 and high[axis] < cells - 1 and name not in UNEVEN:
            assert stretch == record.receptive_field[axis]
        if record.output_size and name not in UNEVEN and record.receptive_field[axis] < cells:
            start = record.start[axis] + middle[axis] * record.jump[axis]
            assert max(0, start) == low[axis]


@pytest.mark.parametrize("name", sorted(UNEVEN - {"DCGAN generator", "Pools"}))
def test_the_widest_field_of_neighbours_is_the_one_that_is_told(name, monkeypatch):
    """Where sizes grow again, neighbours see differently far; no cell sees further than told.

    Not of maxima, which pass a gradient to one cell alone.
    """
    network = NETWORKS[name]
    torch.manual_seed(0)
    module = positive(network.make())
    record = plan(module, network.size)[-1]
    middle = [cells // 2 for cells in record.output_size]
    widest = [0] * len(middle)
    inside = [True] * len(middle)
    for more in range(-4, 4):
        cell = tuple(
            min(max(place + more, 0), cells - 1)
            for place, cells in zip(middle, record.output_size, strict=True)
        )
        low, high = reach_of(module, network, cell, monkeypatch)
        for axis, cells in enumerate(network.size[1:]):
            widest[axis] = max(widest[axis], high[axis] - low[axis] + 1)
            inside[axis] &= low[axis] > 0 and high[axis] < cells - 1
    for axis, told in enumerate(record.receptive_field):
        assert widest[axis] == told if inside[axis] else widest[axis] <= told
