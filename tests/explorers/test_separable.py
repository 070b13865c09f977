"""The separable and depthwise explorers: every number is PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from convlib import (
    depthwise_separable_conv2d,
    explain,
    kernel_rank,
    multiply_adds,
    parameter_count,
    separate,
)
from convlib.explorers.building import PAGE_VARIABLE
from convlib.explorers.depthwise import depthwise as DEPTHWISE
from convlib.explorers.separable import KERNELS
from convlib.explorers.separable import separable as SEPARABLE
from convlib.scenes.convolution import example_input
from convlib.scenes.separable import (
    connections,
    depthwise_scene,
    named_kernel,
    separation_scene,
    separations,
)
from tests.explorers.tools import with_role

RANKS = {"Laplacian": 2, "diagonal-edge": 2, "diagonal-line": 3}
CLOSE = {"rtol": 0, "atol": 0.0501}  # pictures round to one decimal


def decimals(grid) -> np.ndarray:
    return np.array([[float(text.replace("−", "-")) for text in row] for row in grid.values])


def counts(grid) -> np.ndarray:
    return np.array([[int(text or 0) for text in row] for row in grid.values])


@pytest.mark.parametrize("name", KERNELS)
def test_separable_states_equal_pytorch(name):
    for values in SEPARABLE.states():
        if values["kernel"] != name:
            continue
        scene = SEPARABLE.scene(**values)
        kernel = named_kernel(name, values["kernel_size"])
        environment = {
            "torch": torch,
            "F": F,
            "input": torch.tensor(example_input(10))[None, None].double(),
        }
        # The lines that the reader may copy are run as they stand.
        exec(scene.code, environment)
        np.testing.assert_array_equal(environment["kernel"].numpy(), kernel)
        product = environment["product"].numpy()
        if values["products"] >= kernel_rank(kernel):
            whole = F.conv2d(environment["input"], environment["kernel"][None, None])
            torch.testing.assert_close(environment["output"], whole)
            np.testing.assert_allclose(product, kernel, atol=1e-9)
            assert not decimals(scene["missing"]).any()
        error = environment["error"].item()
        assert scene.formula.endswith(f"‖kernel − product‖ / ‖kernel‖ = {error:.2f}")
        np.testing.assert_allclose(decimals(scene["kernel"]), kernel)
        # What is nearest is not unique where two singular values are equal, how near it is, is.
        missing = kernel - decimals(scene["product"])
        np.testing.assert_allclose(decimals(scene["missing"]), missing, atol=0.101)
        assert np.linalg.norm(missing) / np.linalg.norm(kernel) == pytest.approx(error, abs=0.03)


def test_ranks_are_those_of_numpy():
    for name in KERNELS:
        assert kernel_rank(named_kernel(name)) == RANKS.get(name, 1)
        for size in (3, 5, 7):
            kernel = named_kernel(name, size)
            assert kernel.shape == (size, size)
            assert kernel_rank(kernel) == np.linalg.matrix_rank(kernel)


def test_separation_steps_multiply_a_column_and_a_row():
    for values in SEPARABLE.states():
        scene = SEPARABLE.scene(**values)
        pairs = separations(
            named_kernel(values["kernel"], values["kernel_size"]), values["products"]
        )
        exact = sum(np.outer(*pair) for pair in pairs)
        size = values["kernel_size"]
        for row in range(size):
            for column in range(size):
                left, terms, total = scene.step_text(row, column).split(" = ")
                assert left == f"product[{row}, {column}]"
                assert terms.count("×") == len(pairs)
                assert float(total.replace("−", "-")) == pytest.approx(
                    exact[row, column], abs=0.0501
                )
                # Rounded factors make a rounded product: as far off as both can be together.
                slack = 0.051 + sum(
                    0.051 * (abs(a[row]) + abs(b[column]) + 0.051) for a, b in pairs
                )
                said = eval(terms.replace("×", "*").replace("−", "-"))
                assert abs(said - exact[row, column]) <= slack


def test_each_product_is_the_best_for_what_is_left():
    kernel = np.arange(20.0).reshape(4, 5) ** 2
    pairs = separations(kernel, 4)
    left, right = separate(kernel)[:2]
    np.testing.assert_array_equal(np.outer(*pairs[0]), np.outer(left, right))
    singular = np.linalg.svd(kernel, compute_uv=False)
    for n in range(1, len(pairs) + 1):
        error = np.linalg.norm(kernel - sum(np.outer(*pair) for pair in pairs[:n]))
        assert error == pytest.approx(np.linalg.norm(singular[n:]), abs=1e-8)


def test_sobel_in_words():
    scene = SEPARABLE.scene(**SEPARABLE.values())
    assert scene["column-0"].values == (("1",), ("2",), ("1",))
    assert scene["row-0"].values == (("1", "0", "−1"),)
    assert scene.sentence == (
        "A 3×3 kernel of rank 1 is the product of a column and a row. The kernel takes 9 "
        "multiplications for each output cell, columns and rows take 6."
    )
    assert scene.bars[0].texts == ("9", "6")


def test_laplacian_in_words():
    scene = separation_scene(named_kernel("Laplacian"))
    assert "rank 2 is not the product of a column and a row; the nearest is off by 10 %." in (
        scene.sentence
    )
    scene = separation_scene(named_kernel("Laplacian"), 3)
    assert "of rank 2 is a sum of 2 products. More are not needed." in scene.sentence
    assert scene.bars[0].texts == ("9", "12")
    assert [one.name for one in scene.grids] == [
        "kernel",
        "column-0",
        "row-0",
        "column-1",
        "row-1",
        "product",
        "missing",
    ]


@pytest.mark.parametrize(
    ("name", "size", "text"),
    [
        ("Sobol", 3, r"name='Sobol' must be one of Sobel, Gaussian"),
        ("Sobel", 4, r"size=4 must be odd and at least 3"),
        ("box", 1, r"size=1 must be odd and at least 3"),
    ],
)
def test_named_kernel_refuses_what_it_does_not_have(name, size, text):
    with pytest.raises(ValueError, match=text):
        named_kernel(name, size)


@pytest.mark.parametrize(
    ("kernel", "products", "text"),
    [
        ([[0, 0]], 1, "kernel holds zeros alone; it must have a weight other than 0"),
        ([[1, 2]], 0, "products=0 must be at least 1"),
        ([1, 2], 1, "kernel has shape"),
    ],
)
def test_separation_scene_refuses_what_has_no_picture(kernel, products, text):
    with pytest.raises(ValueError, match=text):
        separation_scene(kernel, products)


def joined_by(layer: nn.Module, in_channels: int, size: int) -> np.ndarray:
    """Return which output channels a layer joins to which input channels, by gradients."""
    for parameter in layer.parameters():
        nn.init.ones_(parameter)
    image = torch.ones(1, in_channels, size, size, requires_grad=True)
    output = layer(image)[0, :, 0, 0]
    rows = [torch.autograd.grad(one, image, retain_graph=True)[0][0].sum((1, 2)) for one in output]
    return torch.stack(rows).numpy() != 0


def test_depthwise_states_equal_pytorch():
    errors = 0
    for values in DEPTHWISE.states():
        scene = DEPTHWISE.scene(**values)
        if scene.error:
            errors += 1
            assert values["groups"] == 4
            assert "groups=4 must divide in_channels=" in scene.error
            assert [one.name for one in scene.grids] == ["plain", "depthwise", "pointwise"]
            continue
        environment = {"nn": nn}
        exec(scene.code, environment)
        layers = {
            "plain": environment["plain"],
            "grouped": environment["grouped"],
            "depthwise": environment["separable"][0],
            "pointwise": environment["separable"][1],
        }
        size = values["kernel_size"]
        for name, layer in layers.items():
            shown = scene[name]
            assert shown.shape == (layer.out_channels, layer.in_channels)
            joined = joined_by(layer, layer.in_channels, size)
            np.testing.assert_array_equal(with_role(shown, "kernel"), joined)
            cells = layer.weight[0, 0].numel()
            np.testing.assert_array_equal(counts(shown), joined * cells)
            assert counts(shown).sum() == layer.weight.numel()
        numels = [layers["plain"].weight.numel(), layers["grouped"].weight.numel()]
        numels.append(sum(one.weight.numel() for one in environment["separable"]))
        assert scene.bars[0].texts == tuple(f"{n:,}" for n in numels)
        assert scene.bars[1].texts == tuple(f"{32 * 32 * n:,}" for n in numels)
        assert f"= {numels[1]} weights" in scene.formula.splitlines()[0]
        assert f"= {numels[2]} weights" in scene.formula.splitlines()[1]
        share = float(scene.formula.splitlines()[2].split(" = ")[2].split(" ")[0])
        assert share == pytest.approx(numels[2] / numels[0], rel=0.005)
    assert 0 < errors < 80


def test_depthwise_default_state_in_words():
    scene = DEPTHWISE.scene(**DEPTHWISE.values())
    assert scene.sentence == (
        "4 input and 8 output channels. Plain: each output channel reads all input channels, 288 "
        "weights. In 2 groups: it reads 2 of them, 144 weights. Depthwise: each input channel "
        "alone makes 1; pointwise: each output channel reads all of these; together 68 weights."
    )
    assert scene.formula.splitlines() == [
        "I·O·K / G = 4·8·9 / 2 = 144 weights",
        "I·K + I·O = 4·9 + 4·8 = 68 weights",
        "1/O + 1/K = 1/8 + 1/9 = 0.236 of the plain layer",
    ]


def test_the_layer_of_the_chapter():
    scene = depthwise_scene(16, 32)
    assert scene.bars[0].texts[0] == "4,608"
    assert scene.bars[0].texts[2] == "656"
    plain = multiply_adds(16, 32, 3, 32)
    assert scene.bars[1].texts[0] == f"{plain:,}"


def test_separable_layer_equals_pytorch_with_a_multiplier():
    torch.manual_seed(0)
    image = torch.randint(-9, 10, (1, 3, 6, 7)).double()
    first = nn.Conv2d(3, 6, 3, groups=3, bias=False).double()
    second = nn.Conv2d(6, 5, 1, bias=False).double()
    for layer in (first, second):  # whole numbers: exact in every order
        nn.init.constant_(layer.weight, 0).data += torch.randint(-9, 10, layer.weight.shape)
    ours = depthwise_separable_conv2d(
        image.numpy(), first.weight.detach().numpy(), second.weight.detach().numpy()
    )
    np.testing.assert_array_equal(ours, second(first(image)).detach().numpy())


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
def test_connections_count_the_weights(groups):
    joined = connections(6, 12, groups)
    assert 9 * joined.sum() == parameter_count(6, 12, 3, groups, bias=False)


def test_explanations_name_what_does_not_divide():
    with pytest.raises(ValueError, match="groups=4 must divide out_channels=6"):
        explain.explain_grouped_parameter_count(8, 6, 3, 4)
    with pytest.raises(ValueError, match="multiplier"):
        explain.explain_separable_parameter_count(8, 6, 3, 0)


def test_explain_separable_parameter_count_of_one_multiplier_and_rectangles():
    text = explain.explain_separable_parameter_count(16, 32, (3, 5))
    assert text.splitlines()[0] == "I·K + I·O = 16·15 + 16·32 = 752 weights"


@pytest.mark.parametrize(
    "kernel",
    [
        [[1, 2], [3, 4]],
        ((1, 2), (3, 4)),
        np.array([[1, 2], [3, 4]], dtype=np.float32),
        torch.tensor([[1, 2], [3, 4]]),
    ],
    ids=lambda kernel: type(kernel).__name__,
)
def test_own_kernel_is_taken_in_any_form(kernel):
    values = SEPARABLE.values(kernel=kernel)
    assert values["kernel"] == [[1, 2], [3, 4]]
    assert SEPARABLE.scene(**values) == separation_scene(np.asarray(kernel))
    assert SEPARABLE.values(**values) == values


@pytest.mark.parametrize(
    ("kernel", "error", "text"),
    [
        ("Sobol", ValueError, r"kernel='Sobol' must be one of Sobel, .*; or your own kernel, like"),
        (7, ValueError, r"kernel=7 must be one of Sobel"),
        ([[0]], ValueError, "kernel holds zeros alone"),
        (None, TypeError, "kernel holds objects"),
        (np.ones((3, 12)), ValueError, r"kernel has shape \(3, 12\); the picture has room for 11"),
    ],
)
def test_own_kernel_is_checked(kernel, error, text):
    with pytest.raises(error, match=text):
        SEPARABLE.values(kernel=kernel)


def test_own_kernel_is_refused_in_the_page(monkeypatch):
    monkeypatch.setenv(PAGE_VARIABLE, "1")
    with pytest.raises(ValueError, match="separable: the page cannot show your own kernel, only a"):
        SEPARABLE(kernel=[[1, 2], [2, 4]])
    assert {type(values["kernel"]) for values in SEPARABLE.states()} == {str}
