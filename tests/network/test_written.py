"""Layers as somebody wrote them: what is read is what PyTorch makes of the same lines."""

from __future__ import annotations

import random

import pytest
from torch import nn

from convlib import plan
from convlib.network.written import layers_written

LINES = (
    "nn.Conv2d(3, 8, 3)",
    "nn.Conv2d(3, 8, (3, 5), 2, padding=(1, 2), bias=False)",
    "nn.Conv2d(3, 6, kernel_size=3, stride=2, padding=1, dilation=2, groups=3)",
    "nn.Conv2d(3, 8, 3, 1, 1, 2, 1, False)",
    "nn.ConvTranspose2d(3, 8, 3, 2, 1, 1)",
    "nn.ConvTranspose2d(3, 6, 4, 2, 1, 0, 3, True, 1)",
    "nn.MaxPool2d(3, 2, 1)",
    "nn.MaxPool2d(kernel_size=2, ceil_mode=True)",
    "nn.AvgPool2d(2, 2, 0, True)",
    "nn.BatchNorm2d(3, eps=1e-3)",
    "nn.ReLU(inplace=True)",
    "nn.Upsample(scale_factor=2, mode='bilinear', align_corners=False)",
)


SAME = "kind input_size output_size in_channels out_channels remainder parameters multiply_adds"


def facts(layers, size):
    """Return what a plan says of each layer, however the layer was given."""
    return [[getattr(layer, name) for name in SAME.split()] for layer in plan(layers, size)]


def test_where_a_layer_comes_from_and_what_ends_a_line_do_not_matter():
    for line in LINES:
        bare = line.removeprefix("nn.")
        assert layers_written(bare) == layers_written(line)
        assert layers_written(f"  {line},\n  torch.nn.{bare} ,") == layers_written(line) * 2


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_the_layer_that_pytorch_makes(line):
    assert facts(layers_written(line), (3, 33, 33)) == facts([eval(line)], (3, 33, 33))


def test_many_lines_in_a_sequential():
    draw = random.Random(0)
    alike = [line for line in LINES if not line.startswith("nn.Conv")]  # any may follow any
    for _ in range(20):
        lines = draw.choices(alike, k=4)
        text = "model = nn.Sequential(\n" + "".join(f"    {line},\n" for line in lines) + ")"
        layers = nn.Sequential(*map(eval, lines))
        assert facts(layers_written(text), (3, 64, 64)) == facts(layers, (3, 64, 64))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"^there is no layer; write lines like nn\.Conv2d\(3, 16, 3, stride=2\)$"),
        ("nn.Conv2d(3, 8, kernel_size=k)", r"kernel_size=k\): k must be a number"),
        ("x = 3", "there is no layer"),
        ("nn.Conv2d(", "line 1 is no Python"),
        ("nn.Conv2d(3, f(8), 3)", r"f\(8\) must be a number; nothing is run"),
        ("nn.Flatten(1, 2)", r"name its arguments, as in Flatten\(size=2\)"),
    ],
)
def test_what_cannot_be_read_is_told(text, words):
    with pytest.raises(ValueError, match=words):
        layers_written(text)
