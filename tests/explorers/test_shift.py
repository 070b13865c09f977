"""The shift explorer: scores equal PyTorch's, and the detectors made by hand find the turn."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convlib.explorers import EXPLORERS
from convlib.explorers.shift import trained_shift
from convlib.scenes.shift import PATTERNS, Detector, placed

SHIFT = EXPLORERS["shift"]
RANDOM = np.random.default_rng(0)
#: Weights with one decimal, as the chapter passes them.
TRAINED = trained_shift(
    Detector(RANDOM.integers(-50, 50, (4, 4)) / 10, -1.5),
    Detector(RANDOM.integers(-50, 50, (2, 2)) / 10, 2.3),
)


def numbers(grid) -> np.ndarray:
    return np.array([[float(text.replace("−", "-")) for text in row] for row in grid.values])


def score_of(scene) -> float:
    """Return the score at the end of the formula."""
    return float(scene.formula.rsplit(" = ", 1)[1].split(" ")[0].replace("−", "-"))


@pytest.mark.parametrize("explorer", [SHIFT, TRAINED], ids=["by hand", "trained"])
def test_shift_states_equal_pytorch(explorer):
    verdicts = set()
    for values in explorer.states():
        scene = explorer.scene(**values)
        bias = float(scene.formula.split(" + ")[2].split(" = ")[0].strip("()").replace("−", "-"))
        environment = {
            "F": F,
            "image": torch.tensor(numbers(scene["input"])),
            "weight": torch.tensor(numbers(scene["kernel"])),
            "bias": torch.tensor([bias], dtype=torch.float64),
        }
        expected = eval(scene.code, environment).item()
        assert score_of(scene) == pytest.approx(expected, abs=1e-9)
        assert ("> 0: a turn" in scene.formula) == (expected > 0)
        place = values["row"], values["column"]
        assert numbers(scene["places"])[place] == score_of(scene)
        assert (scene["places"].roles[place[0]][place[1]] == "output") == (expected > 0)
        verdicts.add(expected > 0)
    assert verdicts == {True, False}


@pytest.mark.parametrize("explorer", [SHIFT, TRAINED], ids=["by hand", "trained"])
def test_the_sums_add_up_as_they_are_shown(explorer):
    for values in explorer.states():
        scene = explorer.scene(**values)
        rows, columns = scene.sweep.shape
        assert (rows, columns) == ((1, 1) if values["model"] == "dense" else (3, 3))
        for step in ((0, 0), (rows - 1, columns - 1)):
            _, terms, total = scene.step_text(*step).split(" = ")
            added = eval(terms.replace("×", "*").replace("−", "-"))
            assert added == pytest.approx(float(total.replace("−", "-")), abs=1e-9)


def test_the_images_hold_the_pattern_where_the_controls_say():
    for values in SHIFT.states():
        image = numbers(SHIFT.scene(**values)["input"])
        row, column = values["row"], values["column"]
        block = image[row : row + 2, column : column + 2]
        np.testing.assert_array_equal(block, PATTERNS[values["pattern"]])
        assert image.sum() == block.sum()


def test_sentence_names_the_pattern_and_where_it_stands():
    values = SHIFT.values(model="convolution", pattern="mirrored", row=0, column=2)
    assert SHIFT.scene(**values).sentence == (
        "The mirrored turn stands in row 0, column 2, and the convolution gives it the score "
        "−0.5. Of the nine places it says “turn” in 0."
    )


@pytest.mark.parametrize(("model", "places"), [("dense", 1), ("convolution", 9)])
def test_by_hand_the_turn_is_found_and_nothing_else(model, places):
    for pattern in PATTERNS:
        scene = SHIFT.scene(**SHIFT.values(model=model, pattern=pattern))
        found = np.sum(numbers(scene["places"]) > 0)
        assert found == (places if pattern == "turn" else 0)
        assert f"Of the nine places it says “turn” in {found}." in scene.sentence


def test_by_hand_no_other_way_to_fill_the_four_cells_is_a_turn():
    detector = Detector([[1, 1], [-1, 1]], -2.5)
    others = [np.reshape(cells, (2, 2)) for cells in product((0, 1), repeat=4)]
    scores = [detector.score(placed(block, 2, 0)) for block in others]
    assert [block.tolist() for block, s in zip(others, scores, strict=True) if s > 0] == [
        [list(row) for row in PATTERNS["turn"]]
    ]


def test_a_trained_explorer_takes_the_links_of_the_other():
    assert [control.values for control in TRAINED.controls] == [
        control.values for control in SHIFT.controls
    ]
    assert TRAINED.name == SHIFT.name


@pytest.mark.parametrize(
    ("dense", "convolution", "text"),
    [
        ((2, 2), (2, 2), r"dense must have a weight of shape \(4, 4\) .* not \(2, 2\) and \(2, 2"),
        ((4, 4), (4, 4), r"convolution a smaller one, not \(4, 4\) and \(4, 4\)"),
    ],
)
def test_detectors_of_the_wrong_size_are_refused(dense, convolution, text):
    with pytest.raises(ValueError, match=text):
        trained_shift(Detector(np.ones(dense), 0), Detector(np.ones(convolution), 0))


@pytest.mark.parametrize("shape", [(4,), (5, 4), (0, 2)])
def test_a_weight_that_does_not_fit_is_refused(shape):
    with pytest.raises(ValueError, match=r"weight has shape .*; it must be \(kH, kW\)"):
        Detector(np.ones(shape), 0)


def test_a_place_outside_the_image_is_refused():
    with pytest.raises(ValueError, match=r"column=3 must be in 0\.\.2"):
        placed("turn", 0, 3)
