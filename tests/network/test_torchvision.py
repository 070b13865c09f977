"""Plans of torchvision's families, where it is installed: without weights, at their usual size."""

from __future__ import annotations

import pytest
import torch

from convlib import plan

#: One of each family; segmentation and detection bring their own inputs.
FAMILIES = (
    "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet",
    "inception_v3", "mnasnet1_0", "mobilenet_v2", "mobilenet_v3_small", "regnet_y_400mf",
    "resnet18", "resnet50", "resnext50_32x4d", "shufflenet_v2_x1_0", "squeezenet1_1", "vgg11_bn",
    "wide_resnet50_2", "fcn_resnet50", "deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large",
)  # fmt: skip


def made(name):
    from torchvision import models

    takes = {"weights_backbone": None} if name.startswith(("fcn", "deeplab", "lraspp")) else {}
    takes |= {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    return models.get_model(name, weights=None, **takes).eval()


@pytest.mark.long
@pytest.mark.parametrize("name", FAMILIES)
def test_plan_of_a_family_is_its_forward_pass(name):
    module, size = made(name), (3, 299, 299) if name == "inception_v3" else (3, 224, 224)
    convolutions = []

    def note(one, given, out):
        if isinstance(one, torch.nn.Conv2d):
            convolutions.append((tuple(given[0].shape[1:]), tuple(out.shape[1:])))

    for one in module.modules():
        one.register_forward_hook(note)
    records = plan(made(name), size)
    with torch.no_grad():
        module(torch.zeros(1, *size))
    planned = [
        ((one.in_channels, *one.input_size), (one.out_channels, *one.output_size))
        for one in records
        if one.kind == "Conv2d"
    ]
    assert planned == convolutions
    used = sum(one.parameters for one in records)
    unused = sum(
        weight.numel()
        for part, child in module.named_children()
        if part in ("AuxLogits", "aux1", "aux2", "aux_classifier")
        for weight in child.parameters()
    )
    assert used in (
        sum(weight.numel() for weight in module.parameters()),
        sum(weight.numel() for weight in module.parameters()) - unused,
    )
