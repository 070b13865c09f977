"""Modules that do unusual things: planned all the same, or refused in plain words."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from convlib import plan
from tests.network.networks import net


def conv(given=1, made=2, kernel=3, **more):
    return nn.Conv2d(given, made, kernel, **more)


def asks_for_a_number(self, x):
    made = self.conv(x)
    return made if made.sum().item() > 1e9 else F.relu(made)


def goes_through_numpy(self, x):
    return torch.from_numpy(self.conv(x).numpy() * 2)


def makes_tensors(self, x):
    made = self.conv(x)
    more = torch.zeros(made.shape, device=made.device, dtype=made.dtype)
    more[:, :, :2] = made[:, :, :2]
    return more + torch.arange(6).view(1, 1, 1, 6) + torch.tensor([1.0])


def works_in_place(self, x):
    made = self.conv(x).relu_()
    made += 1
    made[:, :1] *= 2
    return made.clamp_(0)


@pytest.mark.parametrize(
    "forward", [asks_for_a_number, goes_through_numpy, makes_tensors, works_in_place]
)
def test_what_a_forward_pass_does_besides_is_no_trouble(forward):
    records = plan(net(forward, conv=conv()), (1, 8, 8))
    assert (records[0].name, records[0].output_size) == ("conv", (6, 6))
    assert sum(one.parameters for one in records) == 20


def test_tensors_that_are_no_parameters_come_along():
    module = net(lambda self, x: self.conv(x) * self.scale, conv=conv())
    module.scale = torch.ones(1, 2, 1, 1)
    assert plan(module, (1, 8, 8))[-1].output_size == (6, 6)
    assert module.scale.device.type == "cpu"


def test_layers_of_indices_and_of_rows_are_given_them():
    words = net(
        lambda self, x: self.conv(self.embedding(x.long()).transpose(1, 2)),
        embedding=nn.Embedding(10, 4),
        conv=nn.Conv1d(4, 2, 3),
    )
    assert plan(words, (12,))[-1].output_size == (10,)
    (lstm,) = plan(nn.LSTM(4, 3, batch_first=True), (7, 4))
    assert (lstm.parameters, lstm.multiply_adds) == (4 * 3 * (4 + 3 + 2), 7 * 4 * 3 * (4 + 3))


def test_a_product_of_two_inputs_counts_both():
    (record,) = plan(nn.Bilinear(3, 4, 5), [(3,), (4,)])
    assert (record.multiply_adds, record.parameters) == (3 * 4 * 5, 3 * 4 * 5 + 5)
    assert record.inputs == ("input", "input 2")


def test_a_list_of_modules_is_a_sequence():
    records = plan([conv(), nn.Flatten(), nn.Linear(72, 3)], (1, 8, 8))
    assert [one.name for one in records] == ["0", "1", "2"]
    assert records[-1].out_channels == 3


def test_a_layer_used_twice_is_counted_once():
    one = conv(1, 1, padding=1)
    records = plan(nn.Sequential(one, nn.ReLU(), one), (1, 8, 8))
    assert [record.parameters for record in records] == [10, 0, 0]
    assert records[2].note == "shares parameters with 0"


def test_an_int_stands_for_all_axes_and_channels_come_from_the_first_layer():
    (record,) = plan(nn.Conv3d(2, 3, 3), 9)
    assert (record.input_size, record.in_channels, record.output_size) == (9, 2, 7)


@pytest.mark.parametrize(
    ("module", "size", "made"),
    [
        (nn.Upsample(size=5, mode="area"), (1, 8, 8), (5, 5)),
        (nn.FractionalMaxPool2d(2, output_size=3), (1, 12, 12), (3, 3)),
        (nn.Unfold(2, stride=2), (3, 8, 8), (16,)),
        (nn.Softmax2d(), (3, 8, 9), (8, 9)),
        (nn.LPPool1d(2, 3, 2), (3, 9), (4,)),
    ],
)
def test_kinds_that_are_not_followed_keep_their_sizes(module, size, made):
    (record,) = plan(module, size)
    assert record.output_size == made


def test_a_field_ends_where_it_is_not_followed():
    records = plan(
        nn.Sequential(conv(), nn.FractionalMaxPool2d(2, output_size=3), conv(2)), (1, 9, 9)
    )
    assert [one.receptive_field for one in records] == [(3, 3), None, None]
    assert [one.note for one in records] == ["", "not followed", "not followed"]


def test_half_and_double_are_as_good():
    assert plan(conv().half(), (1, 8, 8))[0].bytes == 2 * (64 + 20 + 72)
    assert plan(conv().double(), (1, 8, 8))[0].bytes == 8 * (64 + 20 + 72)


@pytest.mark.parametrize(
    ("module", "size", "error", "text"),
    [
        (conv(), (2, 1, 8, 8), ValueError, "input_size=(2, 1, 8, 8) has 4 values; it must be an "
         "int, (H, W) or (C, H, W): the batch is left out"),
        (conv(), None, TypeError, "input_size is missing"),
        (conv(), (1, 8.0, 8), TypeError, "input_size=8.0 must be a whole number, not a float"),
        (conv(4, 8, groups=2), (6, 8, 8), ValueError, "layer 0 (Conv2d): in_channels=4 but it "
         "receives 6 channels"),
        (nn.ConvTranspose2d(1, 1, 3, padding=4), (1, 3, 3), ValueError, "layer 0 "
         "(ConvTranspose2d): padding=4 crops 8 of the 5 cells"),
        (nn.PixelShuffle(2), (3, 4, 4), ValueError, "upscale_factor=2: 3 channels are no multiple"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_as_in_the_book(module, size, error, text):
    with pytest.raises(error) as raised:
        plan(module, size)
    assert text in str(raised.value)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scripted_module_is_refused():
    with pytest.raises(TypeError, match="model is scripted, which hides its layers"):
        plan(torch.jit.script(conv()), (1, 8, 8))


def test_a_plan_is_a_table_in_a_notebook():
    html = plan(nn.Sequential(conv(), nn.MaxPool2d(4)), (1, 11, 11))._repr_html_()
    assert html.count("<tr>") == 3
    assert '<td style="text-align: left; padding: 0.2em 0.6em">MaxPool2d</td>' in html
    assert "20 parameters" in html
