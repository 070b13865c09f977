"""Networks whose sizes do not meet, each as people ask about it, with what is wrong and a mend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from tests.network.networks import Functional, UNet, net


@dataclass(frozen=True)
class Thread:
    """A question.

    Attributes
    ----------
    make : callable
        Returns the network that fails.
    size : tuple of int
        The input that it fails on.
    says : tuple of str
        What the explanation must say.
    kinds : tuple of str
        The kinds of mends that must be offered, the first one first.
    mended : callable
        Takes the mend's settings; returns a network, and the size, that must run for real.
    """

    make: Callable[[], nn.Module]
    size: tuple[int, ...]
    says: tuple[str, ...]
    kinds: tuple[str, ...]
    mended: Callable[[dict[str, Any]], tuple[nn.Module, tuple[int, ...]]]


def with_output_padding(make, size):
    def mended(settings):
        module = make()
        for name, added in settings.items():
            module.get_submodule(name).output_padding = added
        return module, size

    return mended


def skip_unet() -> nn.Module:
    return UNet(2)


def autoencoder_with_skip() -> nn.Module:
    """Four strided convolutions and four transposed ones; the first tensor is added at the end."""

    def forward(self, x):
        first = self.down1(x)
        return self.up1(self.up2(self.down2(first)) + first)

    return net(
        forward,
        down1=nn.Conv2d(1, 4, 3, 2, 1),
        down2=nn.Conv2d(4, 8, 3, 2, 1),
        up2=nn.ConvTranspose2d(8, 4, 3, 2, 1, output_padding=1),
        up1=nn.ConvTranspose2d(4, 1, 3, 2, 1, output_padding=1),
    )


def lenet_at_32() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(256, 10),
    )


def residual_without_shortcut() -> nn.Module:
    return net(
        lambda self, x: F.relu(self.conv2(F.relu(self.conv1(x))) + x),
        conv1=nn.Conv2d(8, 16, 3, stride=2, padding=1),
        conv2=nn.Conv2d(16, 16, 3, padding=1),
    )


def forgotten_padding() -> nn.Module:
    return net(lambda self, x: x + self.conv(x), conv=nn.Conv2d(4, 4, 3))


def wrong_channels() -> nn.Module:
    return net(
        lambda self, x: self.merge(torch.cat([self.left(x), self.right(x)], 1)),
        left=nn.Conv2d(3, 8, 3, padding=1),
        right=nn.Conv2d(3, 4, 1),
        merge=nn.Conv2d(8, 2, 3),
    )


def too_deep() -> nn.Sequential:
    layers: list[nn.Module] = []
    for given in (1, 4, 4, 4, 4):
        layers += [nn.Conv2d(given, 4, 3), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers)


def audio_unet() -> nn.Module:
    def forward(self, x):
        first = self.down1(x)
        return self.out(torch.cat([first, self.up(self.down2(first))], 1))

    return net(
        forward,
        down1=nn.Conv1d(1, 4, 8, stride=4),
        down2=nn.Conv1d(4, 8, 8, stride=4),
        up=nn.ConvTranspose1d(8, 4, 8, stride=4),
        out=nn.Conv1d(8, 1, 1),
    )


def wrong_norm() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 16, 3), nn.BatchNorm2d(32), nn.ReLU())


def pyramid() -> nn.Module:
    def forward(self, x):
        fine = self.first(x)
        coarse = self.second(fine)
        return self.side(fine) + F.interpolate(self.top(coarse), scale_factor=2)

    return net(
        forward,
        first=nn.Conv2d(3, 8, 3, 2, 1),
        second=nn.Conv2d(8, 16, 3, 2, 1),
        side=nn.Conv2d(8, 4, 1),
        top=nn.Conv2d(16, 4, 1),
    )


def volume() -> nn.Module:
    return UNet(2, axes=3)


def at(make, size):
    return lambda settings: (make(), size)


def with_linear(settings):
    module = lenet_at_32()
    ((name, got),) = settings.items()
    module[int(name)] = nn.Linear(got, 10)
    return module, (1, 32, 32)


def with_shortcut(settings):
    one = residual_without_shortcut()
    (layer,) = settings.values()
    one.shortcut = eval(layer, {"nn": nn})  # the line that people are told to write
    one._forward = lambda self, x: F.relu(self.conv2(F.relu(self.conv1(x))) + self.shortcut(x))
    return one, (8, 56, 56)


def with_fit(make, size, join):
    """Let the tensor be brought to the other's size before it is joined, as the mend says."""

    def mended(settings):
        (place,) = settings
        assert place == join
        one = make()
        assert isinstance(one, Functional)
        if join == "cat":
            return one, size
        plain = one._forward

        def forward(self, x):
            with Fitted():
                return plain(self, x)

        one._forward = forward
        return one, size

    return mended


class Fitted(torch.overrides.TorchFunctionMode):
    """Fit the second tensor of a sum to the first, by `F.pad`."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if getattr(func, "__name__", "") == "add" and all(
            isinstance(one, torch.Tensor) for one in args[:2]
        ):
            sizes = [one.shape[2:] for one in args[:2]]
            wanted = [max(pair) for pair in zip(*sizes, strict=True)]
            args = tuple(
                F.pad(one, [n for w, h in zip(wanted[::-1], one.shape[:1:-1], strict=True)
                            for n in (0, w - h)])
                for one in args[:2]
            )  # fmt: skip
        return func(*args, **(kwargs or {}))


def with_channels(settings):
    one = wrong_channels()
    one.merge = nn.Conv2d(settings["merge"], 2, 3)
    return one, (3, 9, 9)


def with_norm(settings):
    one = wrong_norm()
    one[1] = nn.BatchNorm2d(settings["1"])
    return one, (3, 9, 9)


THREADS: dict[str, Thread] = {
    "U-Net at 350x525: expected size 88 but got size 87": Thread(
        skip_unet,
        (1, 350, 525),
        (
            "`pool (use 2)` makes 87 of 175 rows (175 = 2·87 + 1: 1 row never read)",
            "so `up.0` gives 174, not 175",
        ),
        ("output_padding", "resize", "input_size"),
        with_output_padding(skip_unet, (1, 350, 525)),
    ),
    "3-D U-Net on volumes that are no multiple of 4": Thread(
        volume,
        (1, 18, 17, 21),
        ("8 and 9 planes", "`pool (use 2)` makes 4 of 9 planes (9 = 2·4 + 1: 1 plane never read)"),
        ("output_padding", "resize", "input_size"),
        with_output_padding(volume, (1, 18, 17, 21)),
    ),
    "Decoder is one too large": Thread(
        autoencoder_with_skip,
        (1, 50, 50),
        ("`down2` makes 13 of 25 rows", "so `up2` gives 26, not 25"),
        ("output_padding", "resize", "input_size"),
        with_output_padding(autoencoder_with_skip, (1, 50, 50)),
    ),
    "LeNet at 32x32: mat1 and mat2 shapes cannot be multiplied": Thread(
        lenet_at_32,
        (1, 32, 32),
        ("in_features=256, but it receives 400 numbers, 16·5·5 of `4`",),
        ("in_features", "pool", "input_size"),
        with_linear,
    ),
    "Residual block of stride 2 without a shortcut": Thread(
        residual_without_shortcut,
        (8, 56, 56),
        ("`conv1` makes 28 of 56 rows, on one way alone",),
        ("shortcut",),
        with_shortcut,
    ),
    "Residual block whose convolution has no padding": Thread(
        forgotten_padding,
        (4, 20, 20),
        ("`conv` makes 18 of 20 rows, on one way alone",),
        ("padding", "resize"),
        lambda settings: (
            net(
                lambda self, x: x + self.conv(x), conv=nn.Conv2d(4, 4, 3, padding=settings["conv"])
            ),
            (4, 20, 20),
        ),
    ),
    "Convolution after cat has the channels of one branch": Thread(
        wrong_channels,
        (3, 9, 9),
        ("in_channels=8 but it receives 12 channels",),
        ("in_channels",),
        with_channels,
    ),
    "Too many pools for the image: kernel size can't be greater": Thread(
        too_deep,
        (1, 64, 64),
        ("layer 12 (Conv2d): kernel covers 3 cells", "the padded input has 2"),
        ("input_size",),
        lambda settings: (too_deep(), (1, *settings["input"])),
    ),
    "1-D U-Net on audio of any length": Thread(
        audio_unet,
        (1, 16000),
        ("3996 and 3999 cells", "3 cells at the end never read"),
        ("output_padding", "resize", "input_size"),
        with_output_padding(audio_unet, (1, 16000)),
    ),
    "Normalization with another layer's channels": Thread(
        wrong_norm,
        (3, 9, 9),
        ("num_features=32 but it receives 16 channels",),
        ("in_channels",),
        with_norm,
    ),
    "Feature pyramid with interpolate(scale_factor=2)": Thread(
        pyramid,
        (3, 90, 90),
        ("`second` makes 23 of 45 rows", "so `interpolate` gives 46, not 45"),
        ("resize", "input_size"),
        with_fit(pyramid, (3, 90, 90), "add"),
    ),
}
