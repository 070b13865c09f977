"""The output padding explorer: every state against PyTorch and convlib."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convlib.arithmetic import conv_output_size, input_sizes_for, output_padding_for
from convlib.explorers import output_padding
from convlib.scenes.convolution import example_input, example_kernel
from convlib.scenes.output_padding import canvas_scene, round_trip_input, round_trip_kernel

STATES = list(output_padding.states())


def numbers(grid) -> np.ndarray:
    return np.array([[int(text.replace("−", "-")) for text in row] for row in grid.values])


def kept(grid) -> np.ndarray:
    """Return which cells remain after the padding is cropped."""
    return np.array([[role.split()[0] == "output" for role in row] for row in grid.roles])


def window(values: dict) -> dict:
    return {name: values[name] for name in ("kernel_size", "stride", "padding")}


def run(scene, values: dict) -> dict:
    """Run the lines that the reader may copy as they stand; return their variables."""
    variables = {
        "F": F,
        "input": torch.tensor(round_trip_input(values["input_size"]))[None, None],
        "weight": torch.tensor(round_trip_kernel(values["kernel_size"]))[None, None],
    }
    exec(scene.code, variables)
    return variables


def test_states_equal_pytorch():
    errors, came_back = 0, 0
    for values in STATES:
        scene = output_padding.scene(**values)
        if scene.error:
            errors += 1
            continue
        ran, back = run(scene, values), scene["back"]
        np.testing.assert_array_equal(numbers(scene["output"]), ran["output"][0, 0].numpy())
        size = ran["back"].shape[-1]
        np.testing.assert_array_equal(numbers(back)[:size, :size], ran["back"][0, 0].numpy())
        assert kept(back)[:size, :size].all()
        assert kept(back).sum() == size**2
        assert back.shape[0] - size == values["padding"]
        came_back += size == values["input_size"]
    assert errors == 222
    assert came_back == len([v for v in STATES if fits(v) and needed(v) == v["output_padding"]])


def fits(values: dict) -> bool:
    return values["kernel_size"] <= values["input_size"] + 2 * values["padding"]


def needed(values: dict) -> int:
    return output_padding_for(values["input_size"], **window(values))


def test_states_that_are_refused_are_those_that_pytorch_refuses():
    for values in STATES:
        scene = output_padding.scene(**values)
        if not fits(values):
            assert scene.error.startswith("kernel covers")
        elif values["output_padding"] >= values["stride"]:
            assert scene.error.startswith("output_padding=")
            y = torch.tensor(numbers(scene["output"]))[None, None]
            with pytest.raises(RuntimeError, match="output padding must be smaller"):
                F.conv_transpose2d(
                    y,
                    torch.ones(1, 1, 3, 3, dtype=torch.int64),
                    stride=values["stride"],
                    output_padding=values["output_padding"],
                )
        else:
            assert not scene.error


def test_the_last_rows_are_hatched_where_no_stamp_reaches():
    for values in STATES:
        scene = output_padding.scene(**values)
        if scene.error:
            continue
        back = scene["back"]
        hatched = np.array([["unused" in role for role in row] for row in back.roles])
        extra, size = values["output_padding"], len(hatched)
        expected = np.zeros((size, size), dtype=bool)
        expected[size - extra :] = expected[:, size - extra :] = True
        np.testing.assert_array_equal(hatched, expected)
        assert not numbers(back)[hatched].any()
        # Only these and the gaps get no stamp.
        for row, column in np.ndindex(size, size):
            marked = " " in back.roles[row][column]
            assert marked != bool(scene.sweep.pairs(row, column))


def test_every_step_sums_to_its_cell():
    for values in STATES[::7]:
        scene = output_padding.scene(**values)
        if scene.error:
            continue
        for row, column in np.ndindex(*scene.sweep.shape):
            _, terms, total = scene.step_text(row, column).split(" = ")
            assert eval(terms.replace("×", "*").replace("−", "-")) == int(total)


def test_sizes_are_all_that_share_the_output_and_yours_is_coloured():
    for values in STATES:
        if not fits(values):
            continue
        table = output_padding.scene(**values)["sizes"]
        sizes, paddings = ([int(text) for text in row[1:]] for row in table.values)
        size = conv_output_size(values["input_size"], **window(values))
        assert tuple(sizes) == input_sizes_for(size, **window(values))
        assert paddings == [output_padding_for(one, **window(values)) for one in sizes]
        yours = [
            one for one, role in zip(sizes, table.roles[0][1:], strict=True) if role != "blank"
        ]
        assert yours == [values["input_size"]]
        assert [
            a for a, role in zip(paddings, table.roles[1][1:], strict=True) if role != "blank"
        ] == [a for a in paddings if a == values["output_padding"]]


def test_one_state_by_hand():
    state = {"stride": 2, "input_size": 6, "kernel_size": 3, "padding": 1}
    short = output_padding.scene(**state, output_padding=0)
    assert short["back"].title == "way back 5×5, then 1 cropped"
    assert short.sentence == (
        "The 6×6 input becomes 3×3. The way back with output padding 0 gives 5×5, not 6×6. "
        "5×5 would give 3×3 too."
    )
    right = output_padding.scene(**state, output_padding=1)
    assert right.sentence.startswith(
        "The 6×6 input becomes 3×3. The way back with output padding 1 gives 6×6, the size it came"
    )
    assert right.formula.splitlines() == [
        "there: o = ⌊(i + 2p − k) / s⌋ + 1 = ⌊(6 + 2·1 − 3) / 2⌋ + 1 = 3",
        "way back: o = (i − 1)s − 2p + k + a = (3 − 1)·2 − 2·1 + 3 + 1 = 6",
        "what brings 6 back: a = (i + 2p − k) mod s = (6 + 2·1 − 3) mod 2 = 1",
    ]
    assert right.code.endswith("stride=2, padding=1, output_padding=1)")
    # The last row was there before, and was cropped.
    np.testing.assert_array_equal(numbers(short["back"])[5, :5], numbers(right["back"])[5, :5])
    refused = output_padding.scene(**state, output_padding=2)
    assert refused.error == "output_padding=2 must be below max(stride, dilation) = max(2, 1) = 2"
    assert [grid.name for grid in refused.grids] == ["input", "kernel", "output", "sizes"]


@pytest.mark.parametrize("extra", [0, 1])
def test_canvas_holds_the_result_between_what_is_cropped(extra):
    y, w = example_input(2, 3), example_kernel(3, 2)
    canvas = canvas_scene(y, w, stride=2, padding=1, output_padding=extra)["canvas"]
    expected = F.conv_transpose2d(
        torch.tensor(y)[None, None],
        torch.tensor(w)[None, None],
        stride=2,
        padding=1,
        output_padding=extra,
    )[0, 0].numpy()
    np.testing.assert_array_equal(numbers(canvas)[1:-1, 1:-1], expected)
    inside = np.zeros(canvas.shape, dtype=bool)
    inside[1:-1, 1:-1] = True
    np.testing.assert_array_equal(kept(canvas), inside)
