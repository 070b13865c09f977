"""Networks of every family, small, written out by hand: what `plan` must be right about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn


@dataclass(frozen=True)
class Network:
    """A network, the size of its input, and what its plan cannot know.

    Attributes
    ----------
    make : callable
        Returns the module.
    size : tuple of int, or a list of them
        Without the batch.
    arguments : tuple
        What else the forward pass takes.
    followed : bool
        Whether the field of the last layer is known.
    uncounted : int
        Products that `torch.utils.flop_counter` does not see on a processor: those of the fused
        attention and of recurrent layers.
    """

    make: Callable[[], nn.Module]
    size: Any
    arguments: tuple[Any, ...] = ()
    followed: bool = True
    uncounted: int = 0
    named: dict[str, Any] = field(default_factory=dict)


class Functional(nn.Module):
    """Layers, and a function that uses them by name."""

    def __init__(self, forward: Callable[..., Any], **layers: nn.Module):
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)
        self._forward = forward

    def forward(self, *inputs: Any, **named: Any) -> Any:
        return self._forward(self, *inputs, **named)


def net(forward: Callable[..., Any], **layers: nn.Module) -> Functional:
    return Functional(forward, **layers)


def double(given: int, made: int, axes: int = 2, padding: int = 1) -> nn.Sequential:
    """Two convolutions, as in a U-Net."""
    conv = getattr(nn, f"Conv{axes}d")
    norm = getattr(nn, f"BatchNorm{axes}d")
    return nn.Sequential(
        conv(given, made, 3, padding=padding), norm(made), nn.ReLU(inplace=True),
        conv(made, made, 3, padding=padding), nn.ReLU(),
    )  # fmt: skip


class UNet(nn.Module):
    """Encoder, decoder, and the encoder's tensors beside the decoder's."""

    def __init__(self, depth=3, axes=2, up="transposed", pool="pool", channels=1, width=4):
        super().__init__()
        widths = [width * 2**level for level in range(depth + 1)]
        conv = getattr(nn, f"Conv{axes}d")
        self.down = nn.ModuleList(
            double(given, made, axes)
            for given, made in zip([channels, *widths], widths, strict=False)
        )
        self.pool = (
            getattr(nn, f"MaxPool{axes}d")(2)
            if pool == "pool"
            else nn.ModuleList(conv(one, one, 3, stride=2, padding=1) for one in widths[:-1])
        )
        transposed = getattr(nn, f"ConvTranspose{axes}d")
        mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[axes]
        self.up = nn.ModuleList(
            transposed(2 * one, one, 2, stride=2)
            if up == "transposed"
            else nn.Sequential(nn.Upsample(scale_factor=2, mode=mode), conv(2 * one, one, 1))
            for one in widths[-2::-1]
        )
        self.merge = nn.ModuleList(double(2 * one, one, axes) for one in widths[-2::-1])
        self.head = conv(width, 2, 1)

    def forward(self, x):
        skips = []
        for level, block in enumerate(self.down):
            x = block(x)
            if level < len(self.down) - 1:
                skips.append(x)
                x = self.pool[level](x) if isinstance(self.pool, nn.ModuleList) else self.pool(x)
        for up, merge, skip in zip(self.up, self.merge, skips[::-1], strict=True):
            x = merge(torch.cat([skip, up(x)], dim=1))
        return self.head(x)


class Block(nn.Module):
    """A residual block, basic or with a bottleneck, with anything for its sum."""

    def __init__(self, given, made, stride=1, groups=1, bottleneck=False, act=None):
        super().__init__()
        self.act = act or nn.ReLU()
        if bottleneck:
            mid = made // 2
            self.body = nn.Sequential(
                nn.Conv2d(given, mid, 1, bias=False), nn.BatchNorm2d(mid), nn.ReLU(),
                nn.Conv2d(mid, mid, 3, stride, 1, groups=groups, bias=False), nn.BatchNorm2d(mid),
                nn.ReLU(), nn.Conv2d(mid, made, 1, bias=False), nn.BatchNorm2d(made),
            )  # fmt: skip
        else:
            self.body = nn.Sequential(
                nn.Conv2d(given, made, 3, stride, 1, bias=False), nn.BatchNorm2d(made), nn.ReLU(),
                nn.Conv2d(made, made, 3, 1, 1, bias=False), nn.BatchNorm2d(made),
            )  # fmt: skip
        self.shortcut = (
            nn.Identity()
            if stride == 1 and given == made
            else nn.Sequential(nn.Conv2d(given, made, 1, stride, bias=False), nn.BatchNorm2d(made))
        )

    def forward(self, x):
        return self.act(self.body(x) + self.shortcut(x))


def resnet(*blocks: nn.Module, last: int = 16) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
        *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(last, 10),
    )  # fmt: skip


def vgg(*widths: int | str, head: bool = True) -> nn.Sequential:
    layers: list[nn.Module] = []
    given = 3
    for width in widths:
        if width == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(given, width, 3, padding=1), nn.ReLU(inplace=True)]
            given = width
    if head:
        layers += [nn.AdaptiveAvgPool2d(7), nn.Flatten(), nn.Linear(given * 49, 32), nn.ReLU(),
                   nn.Dropout(), nn.Linear(32, 10)]  # fmt: skip
    return nn.Sequential(*layers)


def lenet() -> nn.Module:
    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(-1, 16 * 5 * 5)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))

    return net(
        forward, conv1=nn.Conv2d(1, 6, 5, padding=2), conv2=nn.Conv2d(6, 16, 5),
        fc1=nn.Linear(400, 120), fc2=nn.Linear(120, 84), fc3=nn.Linear(84, 10),
    )  # fmt: skip


def alexnet() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 8, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(8, 12, 5, padding=2),
        nn.ReLU(), nn.LocalResponseNorm(2), nn.MaxPool2d(3, 2), nn.Conv2d(12, 8, 3, padding=1),
        nn.AdaptiveAvgPool2d((6, 6)), nn.Flatten(), nn.Linear(8 * 36, 10),
    )  # fmt: skip


def inception() -> nn.Module:
    def forward(self, x):
        pooled = F.avg_pool2d(x, 3, stride=1, padding=1)
        branches = [self.one(x), self.three(x), self.five(x), self.pool(pooled)]
        return torch.cat(branches, 1)

    return net(
        forward, one=nn.Conv2d(3, 4, 1),
        three=nn.Sequential(nn.Conv2d(3, 2, 1), nn.Conv2d(2, 4, 3, padding=1)),
        five=nn.Sequential(nn.Conv2d(3, 2, 1), nn.Conv2d(2, 4, (1, 7), padding=(0, 3)),
                           nn.Conv2d(4, 4, (7, 1), padding=(3, 0))),
        pool=nn.Conv2d(3, 4, 1),
    )  # fmt: skip


def reduction() -> nn.Module:
    """Inception's way to shrink: three branches of stride 2."""
    return net(
        lambda self, x: torch.cat([self.conv(x), self.deep(x), F.max_pool2d(x, 3, 2)], 1),
        conv=nn.Conv2d(3, 4, 3, 2),
        deep=nn.Sequential(
            nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, 2)
        ),
    )


def googlenet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 3, 7, 2, 3), nn.MaxPool2d(3, 2, ceil_mode=True), inception(),
        nn.MaxPool2d(3, 2, ceil_mode=True), nn.Conv2d(16, 4, 1),
    )  # fmt: skip


def densenet() -> nn.Module:
    def dense(self, x):
        made = [x]
        for layer in self.children():
            made.append(layer(torch.cat(made, 1)))
        return torch.cat(made, 1)

    layers = {
        f"layer{n}": nn.Sequential(
            nn.BatchNorm2d(8 + 4 * n), nn.ReLU(), nn.Conv2d(8 + 4 * n, 4, 3, padding=1)
        )
        for n in range(3)
    }
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), net(dense, **layers), nn.Conv2d(20, 10, 1), nn.AvgPool2d(2)
    )


def squeezenet() -> nn.Module:
    def fire(given):
        return net(
            lambda self, x: torch.cat([self.one(self.squeeze(x)), self.three(self.squeeze(x))], 1),
            squeeze=nn.Conv2d(given, 2, 1), one=nn.Conv2d(2, 4, 1),
            three=nn.Conv2d(2, 4, 3, padding=1),
        )  # fmt: skip

    return nn.Sequential(
        nn.Conv2d(3, 6, 3, 2), nn.MaxPool2d(3, 2, ceil_mode=True), fire(6), fire(8),
        nn.Conv2d(8, 10, 1), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(),
    )  # fmt: skip


def separable(given: int, made: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(given, given, 3, stride, 1, groups=given, bias=False), nn.BatchNorm2d(given),
        nn.ReLU6(), nn.Conv2d(given, made, 1, bias=False),
    )  # fmt: skip


def inverted() -> nn.Module:
    return net(
        lambda self, x: x + self.project(self.depthwise(self.expand(x))),
        expand=nn.Sequential(nn.Conv2d(3, 12, 1), nn.ReLU6()),
        depthwise=nn.Conv2d(12, 12, 5, padding=2, groups=12), project=nn.Conv2d(12, 3, 1),
    )  # fmt: skip


def squeeze_excite() -> nn.Module:
    """Every cell sees all, through the gate."""
    return net(
        lambda self, x: self.conv(x) * torch.sigmoid(self.up(F.silu(self.down(self.pool(x))))),
        conv=nn.Conv2d(3, 6, 3, padding=1), pool=nn.AdaptiveAvgPool2d(1),
        down=nn.Conv2d(3, 2, 1), up=nn.Conv2d(2, 6, 1),
    )  # fmt: skip


def shufflenet() -> nn.Module:
    def forward(self, x):
        batch, channels, height, width = x.shape
        x = x.view(batch, 2, channels // 2, height, width).transpose(1, 2).contiguous()
        kept, changed = x.view(batch, channels, height, width).chunk(2, dim=1)
        return torch.cat([kept, self.branch(changed)], 1)

    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        net(forward, branch=nn.Conv2d(4, 4, 3, padding=1, groups=4)),
        net(forward, branch=nn.Conv2d(4, 4, 5, padding=2)), nn.ChannelShuffle(4),
    )  # fmt: skip


def convnext() -> nn.Module:
    def block(self, x):
        given = x
        x = self.depthwise(x).permute(0, 2, 3, 1)
        x = self.second(F.gelu(self.first(self.norm(x))))
        return given + x.permute(0, 3, 1, 2)

    return nn.Sequential(
        nn.Conv2d(3, 8, 4, 4),
        net(block, depthwise=nn.Conv2d(8, 8, 7, padding=3, groups=8), norm=nn.LayerNorm(8),
            first=nn.Linear(8, 16), second=nn.Linear(16, 8)),
    )  # fmt: skip


def aspp() -> nn.Module:
    def forward(self, x):
        pooled = F.interpolate(self.pool(x), size=x.shape[-2:], mode="nearest")
        return self.merge(torch.cat([self.one(x), self.six(x), self.twelve(x), pooled], 1))

    return net(
        forward, one=nn.Conv2d(3, 4, 1), six=nn.Conv2d(3, 4, 3, padding=2, dilation=2),
        twelve=nn.Conv2d(3, 4, 3, padding=4, dilation=4),
        pool=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(3, 4, 1)), merge=nn.Conv2d(16, 4, 1),
    )  # fmt: skip


def fpn() -> nn.Module:
    def forward(self, x):
        fine = self.first(x)
        middle = self.second(fine)
        coarse = self.third(middle)
        up = self.lateral2(middle) + F.interpolate(self.lateral3(coarse), scale_factor=2)
        return self.lateral1(fine) + F.interpolate(up, size=fine.shape[-2:])

    return net(
        forward, first=nn.Conv2d(3, 4, 3, 2, 1), second=nn.Conv2d(4, 6, 3, 2, 1),
        third=nn.Conv2d(6, 8, 3, 2, 1), lateral1=nn.Conv2d(4, 5, 1), lateral2=nn.Conv2d(6, 5, 1),
        lateral3=nn.Conv2d(8, 5, 1),
    )  # fmt: skip


def wavenet() -> nn.Module:
    """Causal, dilated, gated, with residuals and skips."""

    def layer(self, x):
        past = F.pad(x, (self.conv.dilation[0], 0))
        gate, filtered = self.conv(past).chunk(2, dim=1)
        made = torch.tanh(filtered) * torch.sigmoid(gate)
        return x + self.out(made)

    return nn.Sequential(
        nn.Conv1d(1, 4, 1),
        *(net(layer, conv=nn.Conv1d(4, 8, 2, dilation=2**n), out=nn.Conv1d(4, 4, 1))
          for n in range(4)),
    )  # fmt: skip


def dcgan() -> nn.Sequential:
    layers: list[nn.Module] = [nn.ConvTranspose2d(10, 16, 4, bias=False)]
    for given, made in ((16, 8), (8, 4), (4, 3)):
        layers += [nn.BatchNorm2d(given), nn.ReLU(),
                   nn.ConvTranspose2d(given, made, 4, 2, 1, bias=False)]  # fmt: skip
    return nn.Sequential(*layers, nn.Tanh())


def generator() -> nn.Module:
    return nn.Sequential(
        nn.Linear(16, 8 * 16), nn.Unflatten(1, (8, 4, 4)), nn.ConvTranspose2d(8, 4, 4, 2, 1)
    )


def discriminator() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 4, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(4, 8, 4, 2, 1), nn.InstanceNorm2d(8),
        nn.LeakyReLU(0.2), nn.Conv2d(8, 1, 4, 1, 1),
    )  # fmt: skip


def transformer_net() -> nn.Sequential:
    """Style transfer: mirrored borders, residuals, nearest neighbours."""
    return nn.Sequential(
        nn.ReflectionPad2d(4), nn.Conv2d(3, 4, 9), nn.InstanceNorm2d(4, affine=True), nn.ReLU(),
        nn.ReflectionPad2d(1), nn.Conv2d(4, 8, 3, 2), Block(8, 8),
        nn.Upsample(scale_factor=2), nn.ReplicationPad2d(1), nn.Conv2d(8, 3, 3),
    )  # fmt: skip


def autoencoder() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, 2, 1), nn.ReLU(), nn.Conv2d(4, 8, 3, 2, 1), nn.ReLU(),
        nn.ConvTranspose2d(8, 4, 3, 2, 1, output_padding=1), nn.ReLU(),
        nn.ConvTranspose2d(4, 1, 3, 2, 1, output_padding=1), nn.Sigmoid(),
    )  # fmt: skip


def vit() -> nn.Module:
    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        return self.head(self.encoder(x).mean(1))

    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    return net(
        forward, patches=nn.Conv2d(3, 8, 4, 4), encoder=nn.TransformerEncoder(layer, 1),
        head=nn.Linear(8, 5),
    )  # fmt: skip


def crnn() -> nn.Module:
    def forward(self, x):
        x = self.conv(x).mean(2).permute(0, 2, 1)
        return self.head(self.lstm(x)[0])

    return net(
        forward, conv=nn.Conv2d(1, 4, 3, padding=1), lstm=nn.LSTM(4, 3, batch_first=True),
        head=nn.Linear(3, 5),
    )  # fmt: skip


def two_inputs() -> nn.Module:
    return net(
        lambda self, image, mask, weight, crop, flag=False: (
            self.merge(torch.cat([self.image(image), mask], 1)) * weight
        )[..., crop[0] :, crop[1] :],
        image=nn.Conv2d(3, 4, 3, padding=1), merge=nn.Conv2d(5, 2, 3, padding=1),
    )  # fmt: skip


def two_outputs() -> nn.Module:
    return net(
        lambda self, x: {"coarse": self.coarse(x), "fine": [self.fine(x), x]},
        coarse=nn.Conv2d(3, 2, 3, 2),
        fine=nn.Conv2d(3, 2, 3),
    )


def shared() -> nn.Module:
    one = nn.Conv2d(3, 3, 3, padding=1)
    return net(lambda self, x: self.conv(self.conv(x)) + self.tied(x), conv=one, tied=_tied(one))


def _tied(conv: nn.Conv2d) -> nn.Conv2d:
    other = nn.Conv2d(3, 3, 3, padding=1)
    other.weight = conv.weight
    return other


def learned_scale() -> nn.Module:
    one = net(lambda self, x: self.conv(x) * self.scale + self.shift, conv=nn.Conv2d(3, 4, 3))
    one.scale = nn.Parameter(torch.ones(4, 1, 1))
    one.register_buffer("shift", torch.zeros(4, 1, 1))
    return one


def own_convolution() -> nn.Module:
    """A layer of one's own, with a function of PyTorch and a parameter."""
    one = net(lambda self, x: F.conv2d(x, self.kernel, stride=2, padding=1))
    one.kernel = nn.Parameter(torch.ones(4, 3, 3, 3))
    return one


def weight_normed() -> nn.Module:
    return nn.Sequential(
        nn.utils.parametrizations.weight_norm(nn.Conv1d(2, 4, 3)),
        nn.utils.parametrizations.spectral_norm(nn.Conv1d(4, 2, 3)),
    )


def yolo() -> nn.Module:
    """Space to depth by slices, spatial pyramid of pools, and a head that flattens."""

    def focus(self, x):
        parts = [x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]]
        return self.conv(torch.cat(parts, 1))

    def pyramid(self, x):
        return self.conv(torch.cat([x, *(F.max_pool2d(x, k, 1, k // 2) for k in (5, 9))], 1))

    return nn.Sequential(
        net(focus, conv=nn.Conv2d(12, 4, 3, padding=1)), net(pyramid, conv=nn.Conv2d(12, 4, 1))
    )


def valid_unet() -> nn.Module:
    """The first U-Net: no padding, and the encoder's tensors are cropped."""

    def forward(self, x):
        skip = self.down(x)
        x = self.up(self.deep(F.max_pool2d(skip, 2)))
        top, left = ((skip.shape[n] - x.shape[n]) // 2 for n in (2, 3))
        skip = skip[:, :, top : top + x.shape[2], left : left + x.shape[3]]
        return self.merge(torch.cat([skip, x], 1))

    return net(
        forward, down=double(1, 4, padding=0), deep=double(4, 8, padding=0),
        up=nn.ConvTranspose2d(8, 4, 2, 2), merge=double(8, 2, padding=0),
    )  # fmt: skip


def attention_gate() -> nn.Module:
    return net(
        lambda self, x: x * torch.sigmoid(self.psi(F.relu(self.left(x) + self.right(x)))),
        left=nn.Conv2d(3, 4, 1), right=nn.Conv2d(3, 4, 3, padding=1), psi=nn.Conv2d(4, 1, 1),
    )  # fmt: skip


def nonlocal_block() -> nn.Module:
    def forward(self, x):
        query, key, value = (one.flatten(2) for one in self.three(x).chunk(3, 1))
        weights = (query.transpose(1, 2) @ key).softmax(-1)
        return x + (value @ weights.transpose(1, 2)).view_as(x)

    return net(forward, three=nn.Conv2d(3, 9, 1))


def lazy() -> nn.Module:
    return nn.Sequential(
        nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(5)
    )


NETWORKS: dict[str, Network] = {
    "LeNet": Network(lenet, (1, 28, 28)),
    "AlexNet": Network(alexnet, (3, 127, 131)),
    "VGG11": Network(lambda: vgg(4, "M", 6, "M", 8, 8, "M"), (3, 64, 72)),
    "VGG without head": Network(lambda: vgg(4, 4, "M", 8, 8, "M", head=False), (3, 33, 40)),
    "ResNet18": Network(lambda: resnet(Block(8, 8), Block(8, 16, 2)), (3, 65, 70)),
    "ResNet50": Network(
        lambda: resnet(Block(8, 16, 1, bottleneck=True), Block(16, 16, 2, bottleneck=True)),
        (3, 64, 64),
    ),
    "ResNeXt": Network(lambda: resnet(Block(8, 16, 1, groups=4, bottleneck=True)), (3, 64, 50)),
    "ResNet body": Network(
        lambda: nn.Sequential(Block(3, 8, 2), Block(8, 8), Block(8, 12, 2)), (3, 41, 38)
    ),
    "Wide ResNet": Network(lambda: nn.Sequential(Block(3, 32), Block(32, 32)), (3, 20, 23)),
    "Inception block": Network(inception, (3, 20, 22)),
    "Inception reduction": Network(reduction, (3, 21, 25)),
    "GoogLeNet": Network(googlenet, (3, 64, 71)),
    "DenseNet": Network(densenet, (3, 20, 26)),
    "SqueezeNet": Network(squeezenet, (3, 64, 60)),
    "MobileNet": Network(
        lambda: nn.Sequential(separable(3, 6), separable(6, 8, 2), separable(8, 8)), (3, 30, 33)
    ),
    "MobileNetV2 block": Network(inverted, (3, 18, 20)),
    "MobileNetV3 gate": Network(squeeze_excite, (3, 12, 17)),
    "ShuffleNet": Network(shufflenet, (3, 20, 17)),
    "ConvNeXt": Network(convnext, (3, 48, 52)),
    "ASPP": Network(aspp, (3, 24, 20)),
    "FPN": Network(fpn, (3, 64, 48)),
    "U-Net": Network(lambda: UNet(up="resize"), (1, 48, 64)),
    "U-Net, transposed": Network(UNet, (1, 64, 48)),
    "U-Net, strided": Network(lambda: UNet(2, pool="conv"), (1, 40, 36)),
    "U-Net 3-D": Network(lambda: UNet(2, axes=3), (1, 16, 20, 12)),
    "U-Net 1-D": Network(lambda: UNet(3, axes=1, up="resize"), (1, 64)),
    "U-Net without padding": Network(valid_unet, (1, 60, 68)),
    "Attention gate": Network(attention_gate, (3, 15, 14)),
    "DCGAN generator": Network(dcgan, (10, 1, 1)),
    "DCGAN discriminator": Network(discriminator, (3, 64, 64)),
    "Linear generator": Network(generator, (16,), followed=False),
    "WaveNet": Network(wavenet, (1, 64)),
    "Style transfer": Network(transformer_net, (3, 36, 40)),
    "Autoencoder": Network(autoencoder, (1, 28, 32)),
    "Sub-pixel": Network(
        lambda: nn.Sequential(
            nn.Conv2d(1, 8, 5, padding=2),
            nn.Tanh(),
            nn.Conv2d(8, 9, 3, padding=1),
            nn.PixelShuffle(3),
        ),
        (1, 14, 17),
    ),
    "Space to depth": Network(
        lambda: nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(12, 4, 3)), (3, 20, 22)
    ),
    "YOLO stem": Network(yolo, (3, 32, 36)),
    "ViT": Network(vit, (3, 16, 16), followed=False, uncounted=2 * 16 * 16 * 8),
    "CRNN": Network(crnn, (1, 12, 20), followed=False, uncounted=20 * 4 * 3 * (4 + 3)),
    "Non-local block": Network(nonlocal_block, (3, 8, 9), followed=False),
    "Two inputs": Network(two_inputs, [(3, 20, 21), (1, 20, 21)], (0.5, (1, 2))),
    "Two outputs": Network(two_outputs, (3, 20, 21)),
    "Shared": Network(shared, (3, 14, 15)),
    "Learned scale": Network(learned_scale, (3, 14, 15)),
    "Own convolution": Network(own_convolution, (3, 14, 15)),
    "Weight norm": Network(weight_normed, (2, 30)),
    "Lazy": Network(lazy, (3, 12, 14)),
    "MLP": Network(lambda: nn.Sequential(nn.Linear(20, 8), nn.ReLU(), nn.Linear(8, 3)), (20,)),
    "Nested": Network(
        lambda: nn.Sequential(nn.Sequential(nn.Sequential(nn.Conv2d(3, 4, 3)), nn.ReLU())),
        (3, 9, 8),
    ),
    "Pads": Network(
        lambda: nn.Sequential(
            nn.ZeroPad2d((1, 2, 3, 0)),
            nn.Conv2d(2, 3, 3),
            nn.ConstantPad2d(1, 5.0),
            nn.CircularPad2d(1),
            nn.Conv2d(3, 2, (2, 3)),
        ),
        (2, 16, 18),
    ),
    "Pads 1-D": Network(
        lambda: nn.Sequential(
            nn.ReplicationPad1d(2), nn.Conv1d(2, 3, 5), nn.ConstantPad1d((-1, 0), 0.0)
        ),
        (2, 20),
    ),
    "Pads 3-D": Network(
        lambda: nn.Sequential(nn.ReplicationPad3d(1), nn.Conv3d(1, 2, 3), nn.ZeroPad3d(1)),
        (1, 7, 8, 9),
    ),
    "Pools": Network(
        lambda: nn.Sequential(
            nn.LPPool2d(2, 3, 2),
            nn.AvgPool2d(2, 1),
            nn.MaxPool2d(3, 2, 1, ceil_mode=True),
            nn.AdaptiveMaxPool2d((3, 2)),
        ),
        (2, 40, 37),
    ),
    "Pools 1-D": Network(
        lambda: nn.Sequential(nn.MaxPool1d(3, 2), nn.AvgPool1d(2), nn.LPPool1d(2, 2)), (2, 60)
    ),
    "Pools 3-D": Network(
        lambda: nn.Sequential(nn.MaxPool3d(2), nn.AvgPool3d((1, 2, 1)), nn.AdaptiveAvgPool3d(2)),
        (2, 12, 16, 14),
    ),
    "Global mean": Network(
        lambda: nn.Sequential(
            nn.Conv2d(3, 4, 3), net(lambda self, x: x.mean(dim=(2, 3))), nn.Linear(4, 2)
        ),
        (3, 12, 13),
    ),
    "Transposed 1-D": Network(
        lambda: nn.Sequential(nn.Conv1d(1, 2, 5, 3), nn.ConvTranspose1d(2, 1, 5, 3, 1, 2)),
        (1, 50),
    ),
    "Transposed 3-D": Network(
        lambda: nn.Sequential(nn.Conv3d(1, 2, 3, 2), nn.ConvTranspose3d(2, 1, 3, 2)),
        (1, 9, 11, 13),
    ),
    "Resizing": Network(
        lambda: nn.Sequential(
            nn.Conv2d(1, 2, 3),
            nn.UpsamplingNearest2d(scale_factor=2),
            nn.UpsamplingBilinear2d(size=(30, 41)),
            nn.Conv2d(2, 1, 3),
        ),
        (1, 14, 16),
    ),
    "Gated": Network(
        lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.GLU(dim=1), nn.Softmax(dim=1)), (3, 12, 11)
    ),
}
