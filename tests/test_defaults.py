"""What is left out means what changes nothing, and what is too small is named, everywhere."""

from __future__ import annotations

import re

import pytest

import convlib
from convlib import explain
from convlib.scenes import odd, output_padding, stacks, transpose
from convlib.scenes.convolution import example_input, example_kernel
from convlib.scenes.transpose import counting_input

#: What a parameter is where it is left out.
DEFAULTS = {
    "stride": 1,
    "padding": 0,
    "dilation": 1,
    "output_padding": 0,
    "ceil_mode": False,
    "groups": 1,
    "batch_size": 1,
    "bytes_per_number": 4,
    "multiplier": 1,
    "products": 1,
    "bias": True,
}
#: Functions, what they must be given, and what may be left out.
WINDOW = ("stride", "padding", "dilation")
CALLS = [
    ("conv_output_size", (9, 4), WINDOW),
    ("pool_output_size", (9, 4), ("padding", "dilation", "ceil_mode")),
    ("remainder", (9, 4), WINDOW),
    ("input_sizes_for", (3, 4), WINDOW),
    ("output_padding_for", (9, 4), WINDOW),
    ("conv_transpose_output_size", (9, 4), (*WINDOW, "output_padding")),
    ("effective_kernel_size", (4,), ("dilation",)),
    ("same_padding", (4,), ("dilation",)),
    ("full_padding", (4,), ("dilation",)),
    ("tensorflow_same_padding", (9, 4), ("stride", "dilation")),
    ("transposed_padding", (4,), ("padding", "dilation")),
    ("explain_output_size", (9, 4), WINDOW),
    ("explain_pool_output_size", (9, 4), ("padding", "dilation", "ceil_mode")),
    ("explain_remainder", (9, 4), WINDOW),
    ("explain_unread_data", (9, 4), WINDOW),
    ("explain_input_sizes", (3, 4), WINDOW),
    ("explain_output_padding", (9, 4), WINDOW),
    ("explain_transpose_output_size", (9, 4), (*WINDOW, "output_padding")),
    ("explain_effective_kernel_size", (4,), ("dilation",)),
    ("explain_same_padding", (4,), ("dilation",)),
    ("explain_full_padding", (4,), ("dilation",)),
    ("explain_tensorflow_same_padding", (9, 4), ("stride", "dilation")),
    ("explain_transposed_padding", (4,), ("padding", "dilation")),
    ("explain_overlap", (4,), ("stride",)),
    ("explain_window", (1, 9, 4), WINDOW),
    ("explain_composed_size", (3, 4), ("stride",)),
    ("explain_separable_parameter_count", (2, 3, 4), ("multiplier",)),
    ("explain_separated_kernel", ((3, 4),), ("products",)),
]
CHANNELS = {"in_channels": 4, "out_channels": 6, "kernel_size": 3}
COSTS = {
    "parameter_count": (CHANNELS, ("groups", "bias")),
    "multiply_adds": (CHANNELS | {"output_size": 5}, ("groups",)),
    "bytes_moved": (
        CHANNELS | {"input_size": 7, "output_size": 5},
        ("groups", "batch_size", "bytes_per_number"),
    ),
    "arithmetic_intensity": (
        CHANNELS | {"input_size": 7, "output_size": 5},
        ("groups", "batch_size", "bytes_per_number"),
    ),
}


def named(name: str):
    return getattr(explain if name.startswith("explain_") else convlib, name)


@pytest.mark.parametrize(("name", "given", "left_out"), CALLS, ids=[call[0] for call in CALLS])
def test_what_is_left_out_changes_nothing(name, given, left_out):
    function = named(name)
    for parameter in left_out:
        assert function(*given) == function(*given, **{parameter: DEFAULTS[parameter]}), parameter
    assert function(*given) == function(*given, **{one: DEFAULTS[one] for one in left_out})


@pytest.mark.parametrize("name", COSTS)
def test_what_is_left_out_of_a_cost_changes_nothing(name):
    given, left_out = COSTS[name]
    function = getattr(convlib, name)
    for parameter in left_out:
        assert function(**given) == function(**given, **{parameter: DEFAULTS[parameter]})


@pytest.mark.parametrize("name", COSTS)
def test_a_cost_names_what_is_too_small(name):
    given, left_out = COSTS[name]
    function = getattr(convlib, name)
    numbers = {one: DEFAULTS[one] for one in left_out if one != "bias"}
    for parameter in (*given, *numbers):
        for value in (0, -1):
            with pytest.raises(ValueError, match=rf"\b{parameter}={value}\b"):
                function(**(given | numbers | {parameter: value}))
        least = given | numbers | {"in_channels": 1, "out_channels": 1, parameter: 1}
        assert function(**least) > 0


def test_a_cost_of_groups_is_a_whole_number():
    assert repr(convlib.parameter_count(6, 4, 3, groups=2, bias=False)) == "108"
    assert repr(convlib.multiply_adds(6, 4, 3, 5, groups=2)) == "2700"


def test_intensity_takes_groups_and_batches_into_account():
    layer = {
        "in_channels": 6,
        "out_channels": 4,
        "kernel_size": 3,
        "input_size": 7,
        "output_size": 5,
    }
    traffic = convlib.bytes_moved(**layer, groups=2, batch_size=3, bytes_per_number=2)
    assert traffic == 2 * (108 + 3 * (6 * 49 + 4 * 25))
    operations = 2 * 3 * convlib.multiply_adds(6, 4, 3, 5, groups=2)
    intensity = convlib.arithmetic_intensity(**layer, groups=2, batch_size=3, bytes_per_number=2)
    assert intensity == operations / traffic


@pytest.mark.parametrize("along", ["kernel_size", "input_size", "output_size"])
def test_any_size_says_how_many_axes_there_are(along):
    """An int stands for as many axes as another size has."""
    sizes = {"kernel_size": 3, "input_size": 7, "output_size": 5}
    one = convlib.bytes_moved(2, 4, **(sizes | {along: (sizes[along],)}), bytes_per_number=1)
    assert one == 2 * 4 * 3 + 2 * 7 + 4 * 5


@pytest.mark.parametrize("kernel", [2, 3, 4, 5])
def test_a_pool_is_padded_by_half_a_window_at_most(kernel):
    assert convlib.pool_output_size(20, kernel, 1, kernel // 2) > 0
    with pytest.raises(ValueError, match=re.escape(f"padding={kernel // 2 + 1}")):
        convlib.pool_output_size(20, kernel, 1, kernel // 2 + 1)


X, W, SMALL = example_input(5), example_kernel(3), counting_input(2)
SCENES = [
    (transpose.each_stamp_scene, (SMALL, W), {"stride": 1}),
    (transpose.there_and_back_scene, (X, W), {"stride": 1}),
    (stacks.compose_scene, (W, W), {"stride": 1}),
    (output_padding.canvas_scene, (SMALL, W), {"stride": 1, "padding": 0, "output_padding": 0}),
    (odd.input_sizes_scene, (3, 3, 2), {"padding": 0}),
]


@pytest.mark.parametrize(("scene", "given", "left_out"), SCENES)
def test_what_is_left_out_of_a_picture_changes_nothing(scene, given, left_out):
    assert scene(*given) == scene(*given, **left_out)
