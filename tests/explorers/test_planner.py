"""The planner explorer: every state against the network that its lines build in PyTorch."""

from __future__ import annotations

import re

import pytest
import torch
from torch import nn

from convlib.explorers import planner
from convlib.explorers.building import PAGE_VARIABLE
from convlib.scenes.planner import CHARTS, NETWORKS, mirrored, plan_scene
from tests.network.networks import UNet

#: The bars change no number of the table, so each network is built once a size.
STATES = [values for values in planner.states() if values["chart"] == CHARTS[0]]


def build(code: str) -> dict:
    """Run the lines that the reader may copy, without computing a number."""
    variables = {"torch": torch, "nn": nn}
    with torch.device("meta"):
        exec(code, variables)
    return variables


def column(scene, name: str) -> list[str]:
    heads, *rows = scene["plan"].values
    return [row[heads.index(name)] for row in rows]


def sizes_in_pytorch(code: str, input_size: int) -> list[int]:
    model = build(code)["model"]
    x, sizes = torch.zeros(1, 3, input_size, input_size, device="meta"), []
    for layer in model:
        x = layer(x)
        assert x.shape[2] == x.shape[3]
        sizes.append(x.shape[3])
    return sizes


@pytest.mark.parametrize("values", STATES, ids=lambda values: "-".join(map(str, values.values())))
def test_sizes_equal_pytorch(values):
    scene = planner.scene(**values)
    if scene.error:
        layers = NETWORKS[values["network"]]
        made = column(scene, "out")
        assert len(made) < len(layers)
        assert scene.error.startswith(f"layer {len(made)} ({layers[len(made)]['kind']}): kernel ")
        assert not scene.bars
        return
    sizes = sizes_in_pytorch(scene.code, values["input_size"])
    assert column(scene, "out") == [str(size) for size in sizes]
    assert column(scene, "in") == [str(values["input_size"]), *map(str, sizes[:-1])]
    assert build(scene.code)["output"].shape[3] == sizes[-1]
    assert f"into {sizes[-1]};" in scene.sentence
    texts = [text.split(",")[0] for text in scene.bars[0].texts]
    assert texts == [str(size) for size in sizes]


def test_errors_are_the_sizes_that_are_too_small():
    small = {(v["network"], v["input_size"]) for v in STATES if planner.scene(**v).error}
    assert small == {("VGG16", 28), *(("DCGAN", size) for size in (28, 32, 33))}


@pytest.mark.parametrize("network", NETWORKS)
def test_costs_equal_pytorch(network):
    scene = plan_scene(NETWORKS[network], 64, "parameters")
    model = build(scene.code)["model"]
    counts = [sum(p.numel() for p in layer.parameters()) for layer in model]
    assert scene.bars[0].texts == tuple(f"{count:,}" for count in counts)
    assert scene.formula.endswith(f"all layers: {sum(counts):,}")

    shapes = []
    for layer in model:
        layer.register_forward_hook(lambda m, x, y: shapes.append((m, x[0].shape, y.shape)))
    model(torch.zeros(1, 3, 64, 64, device="meta"))
    products = []
    for layer, given, made in shapes:
        if isinstance(layer, nn.ConvTranspose2d):
            products.append(layer.weight.numel() * given[2] * given[3])
        elif isinstance(layer, nn.Conv2d):
            products.append(layer.weight.numel() * made[2] * made[3])
        else:
            products.append(0)
    scene = plan_scene(NETWORKS[network], 64, "multiply-adds")
    assert scene.formula.endswith(f"all layers: {sum(products):,}")
    for text, count in zip(scene.bars[0].texts, products, strict=True):
        assert float(text.replace(",", "")) == pytest.approx(count / 1e6, rel=6e-3)
    longest = max(products)
    assert scene.bars[0].lengths == pytest.approx([count / longest for count in products])


def test_receptive_field_is_what_one_cell_can_see():
    # With positive weights and means for maxima, a cell depends on all that it can see.
    model = nn.Sequential(
        *(
            nn.AvgPool2d(layer["kernel_size"], layer.get("stride"), layer.get("padding", 0))
            if layer["kind"] == "MaxPool2d"
            else nn.Conv2d(1, 1, layer["kernel_size"], padding=1, bias=False)
            for layer in NETWORKS["VGG16"][:10]
        )
    ).double()
    for parameter in model.parameters():
        nn.init.constant_(parameter, 1)
    x = torch.zeros(1, 1, 96, 96, dtype=torch.float64, requires_grad=True)
    y = model(x)
    y[0, 0, y.shape[2] // 2, y.shape[3] // 2].backward()
    seen = (x.grad[0, 0] != 0).any(dim=0).sum().item()
    scene = plan_scene(NETWORKS["VGG16"], 96, "receptive-field")
    assert column(scene, "RF")[9] == str(seen)
    assert scene.bars[0].texts[9] == str(seen)
    assert f" = {column(scene, 'RF')[-1]}" in scene.formula


def test_marks_and_words_for_sizes_that_do_not_come_back():
    scene = plan_scene(NETWORKS["ResNet-stem"], 224)
    assert column(scene, "r") == ["1", "1", "", ""]
    assert column(scene, "a") == ["", "", "1", "1"]
    assert scene["plan"].roles[1][1:4] == ("input", "output", "input unused")
    assert scene["plan"].roles[3][2] == "blank"
    assert scene.bars[0].roles == ("output", "output", "blank", "blank")
    assert scene.sentence == (
        "4 layers turn 224 cells a side into 221; a cell at the end can see 19. Cells are left "
        "over at layers 0 and 1. The first size that does not come back is that of layer 2: 111 "
        "instead of 112. 55,811 parameters and 349,535,424 multiply-adds in all."
    )
    assert scene.formula.split("\n") == [
        "layer 0: o = ⌊(i + 2p − k) / s⌋ + 1 = ⌊(224 + 2·3 − 7) / 2⌋ + 1 = 112",
        "layer 0: r = (i + 2p − k) mod s = (224 + 2·3 − 7) mod 2 = 1",
        "layer 2: a = (i + 2p − k) mod s = (112 + 2·1 − 3) mod 2 = 1",
    ]


@pytest.mark.parametrize("network", ["ResNet-stem", "U-Net", "DCGAN"])
@pytest.mark.parametrize("input_size", range(64, 81))
def test_mirrored_layers_bring_every_size_back(network, input_size):
    layers = mirrored(NETWORKS[network], input_size)
    scene = plan_scene(layers, input_size)
    sizes = sizes_in_pytorch(scene.code, input_size)
    assert sizes[-1] == input_size
    assert "Every size of the encoder comes back." in scene.sentence
    assert not any("not" in text for text in scene.bars[0].texts)


def test_modules_are_read_as_well_as_settings():
    layers = NETWORKS["U-Net"]
    given = build(plan_scene(layers, 100).code)["model"]
    for chart in CHARTS:
        ours, theirs = plan_scene(layers, 100, chart), plan_scene(given, 100, chart)
        assert theirs["plan"] == ours["plan"]
        assert theirs.bars == ours.bars
        assert theirs.formula == ours.formula
        assert theirs.code == ""


def test_depthwise_layers_are_not_explained_by_the_plain_formula():
    layers = [
        {"kind": "Conv2d", "in_channels": 8, "out_channels": 8, "kernel_size": 3, "groups": 8}
    ]
    assert plan_scene(layers, 8, "parameters").formula == "all layers: 80"


def test_totals_agree_in_words_and_formula():
    for values in planner.states():
        scene = planner.scene(**values)
        if values["chart"] == "multiply-adds" and not scene.error:
            total = re.search(r"and ([\d,]+) multiply-adds in all", scene.sentence)[1]
            assert scene.formula.endswith(f"all layers: {total}")


def test_charts_are_checked():
    with pytest.raises(ValueError, match="chart='sizes' must be one of output-size, receptive"):
        plan_scene(NETWORKS["VGG16"], 64, "sizes")


def test_any_module_can_be_planned():
    values = planner.values(layers=UNet(depth=2), input_size=64)
    scene = planner.scene(**values)
    names = [name for name, _ in UNet(depth=2).named_modules()]
    assert {*column(scene, "layer")} - {"cat"} <= {*names}
    assert column(scene, "out")[-1] == "64"
    assert column(scene, "RF")[-1] == "44"
    for chart in CHARTS:
        bars = planner.scene(**{**values, "chart": chart}).bars[0]
        assert len(bars.texts) == len(column(scene, "layer"))
    broken = planner.scene(**{**values, "input_size": 65})
    assert "makes 32 of 65 rows" in broken.error
    with pytest.raises(ValueError, match="in_features=7"):
        planner.values(layers=nn.Sequential(nn.Conv2d(5, 3, 3), nn.Flatten(), nn.Linear(7, 2)))


def test_own_modules_give_the_plan_and_the_lines_of_their_network():
    model = nn.Sequential(
        nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(True)),
        nn.MaxPool2d((2, 2)),
        nn.AvgPool2d(3, 1, 1),
        nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=2),
    )
    flat = [*model[0], *model[1:]]
    values = planner.values(layers=model, input_size=65)
    assert values["network"][0] == {
        "kind": "Conv2d",
        "in_channels": 1,
        "out_channels": 8,
        "kernel_size": 3,
        "stride": 2,
        "padding": 1,
        "bias": False,
    }
    assert planner.values(**values) == values
    for chart in CHARTS:
        scene = planner.scene(**{**values, "chart": chart})
        theirs = plan_scene(flat, 65, chart)
        assert (scene.grids, scene.bars, scene.formula) == (
            theirs.grids,
            theirs.bars,
            theirs.formula,
        )
    built = build(scene.code)["model"]
    assert [type(layer) for layer in built] == [type(layer) for layer in flat]
    x, out = torch.zeros(1, 1, 65, 65), []
    for ours, given in zip(build_on_cpu(scene.code), flat, strict=True):
        assert ours(x).shape == given(x).shape
        x = given(x)
        out.append(str(x.shape[3]))
    assert column(scene, "out") == out
    total = sum(p.numel() for p in model.parameters())
    assert sum(p.numel() for p in built.parameters()) == total
    assert f"{total:,} parameters" in scene.sentence


def build_on_cpu(code: str) -> nn.Sequential:
    variables = {"torch": torch, "nn": nn}
    exec(code, variables)
    return variables["model"]


def test_own_layers_that_no_dict_stands_for_stay_modules():
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.GroupNorm(2, 8))
    scene = planner.scene(**planner.values(layers=model, chart="parameters"))
    assert scene.bars[0].texts == ("80", "16")
    assert scene.code == ""


def test_own_layers_are_pairs_dicts_and_nested_lists():
    conv = {"kind": "Conv2d", "kernel_size": 3}
    pair = ("Conv2d", {"kernel_size": (3, 3)})
    for layers in ([conv, conv], [pair, conv], (pair, [pair[0], pair[1]]), [[conv], [[conv]]]):
        assert planner.values(layers=layers)["network"] == [conv, conv]
    # In the place of a choice, under its name too; not beside one.
    assert planner.values(network=[pair])["network"] == [conv]
    with pytest.raises(TypeError, match="layers takes the place of network; give one of them"):
        planner.values(layers=[conv], network="VGG16")


@pytest.mark.parametrize(
    ("layers", "chart", "formula"),
    [
        (
            [{"kind": "ConvTranspose2d", "kernel_size": 3, "stride": 2}],
            "output-size",
            "layer 0: o = (i − 1)s − 2p + k + a = (64 − 1)·2 − 2·0 + 3 + 0 = 129",
        ),
        (
            [{"kind": "MaxPool2d", "kernel_size": 3, "stride": 2, "ceil_mode": True}],
            "output-size",
            "layer 0: 64 → 32 cells",
        ),
        ([{"kind": "ReLU"}], "output-size", "layer 0: 64 → 64 cells"),
        ([{"kind": "Upsample", "scale_factor": 3}], "output-size", "layer 0: 64 → 192 cells"),
        ([{"kind": "ReLU"}], "parameters", "parameters: 0"),
        (
            [{"kind": "Conv2d", "kernel_size": 3}],
            "parameters",
            "parameters: not known without channels",
        ),
        (
            [
                {
                    "kind": "Conv2d",
                    "kernel_size": 3,
                    "in_channels": 2,
                    "out_channels": 4,
                    "bias": False,
                }
            ],
            "parameters",
            "all layers: 72",
        ),
        (
            [
                {"kind": "ConvTranspose2d", "kernel_size": 4, "stride": 2},
                {"kind": "Conv2d", "kernel_size": 3},
            ],
            "receptive-field",
            "receptive field = 3",
        ),
    ],
)
def test_formula_gives_the_number_of_the_plan(layers, chart, formula):
    scene = planner.scene(**planner.values(layers=layers, input_size=64, chart=chart))
    assert not scene.error
    assert scene.formula == formula


def test_own_layers_are_refused_in_the_page(monkeypatch):
    monkeypatch.setenv(PAGE_VARIABLE, "1")
    with pytest.raises(ValueError, match="planner: the page cannot show your own layers, only a"):
        planner(layers=nn.Sequential(nn.Conv2d(1, 8, 3)))
