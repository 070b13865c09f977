"""Kernels that are laid on a picture: what they answer, cell by cell and in words."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from convlib.scenes.seeing import QUESTIONS, Look, has_middle, is_signed

PICTURE = np.arange(63).reshape(7, 9) * 4
WEIGHTS = [[1, 0, -1], [2, 0.5, 0], [0, 0, -3]]


@pytest.mark.parametrize("kernel", [*QUESTIONS, WEIGHTS], ids=str)
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 2), (2, 3)])
def test_answers_are_pytorchs(kernel, stride, dilation):
    look = Look(PICTURE, kernel, stride, dilation)
    weights, divisor = QUESTIONS[kernel] if isinstance(kernel, str) else (kernel, 1)
    expected = F.conv2d(
        torch.tensor(PICTURE, dtype=torch.float64)[None, None],
        torch.tensor(np.array(weights), dtype=torch.float64)[None, None] / divisor,
        stride=stride, dilation=dilation,
    )[0, 0]  # fmt: skip
    np.testing.assert_allclose(look.answers(), expected, rtol=1e-12)
    rows, columns = (look.links(axis) for axis in (0, 1))
    assert (len(rows), len(columns)) == expected.shape
    assert rows[-1] == tuple((tap, (len(rows) - 1) * stride + tap * dilation) for tap in range(3))
    assert columns[0] == tuple((tap, tap * dilation) for tap in range(3))


def test_a_look_divides_by_what_it_is_told():
    assert (
        Look(PICTURE, WEIGHTS, over=4).answers()[0, 0] == Look(PICTURE, WEIGHTS).answers()[0, 0] / 4
    )
    assert Look(PICTURE, "mean", over=1).answers()[0, 0] == PICTURE[:3, :3].sum()


def test_sum_of_a_window_is_written_out():
    look = Look(PICTURE, WEIGHTS)
    # Rows 1 to 3, columns 2 to 4; weights of 0 are left out.
    assert look.sum_text(1, 2) == "44×1 + 52×(−1) + 80×2 + 84×0.5 + 124×(−3) = −178"
    assert Look(PICTURE, WEIGHTS, over=-2).sum_text(0, 0) == (
        "(0×1 + 8×(−1) + 36×2 + 40×0.5 + 80×(−3)) / (−2) = 78"
    )
    assert Look(PICTURE, [[0, 0, 0]] * 3).sum_text(0, 0) == "0 = 0"
    assert Look(PICTURE, [[0, 0, 0], [0, 1, 0], [0, 0, 0]], 2, 2).sum_text(1, 0) == "152×1 = 152"


def test_signs_follow_from_the_sum_of_the_weights():
    assert [name for name in QUESTIONS if is_signed(name)] == [
        "Sobel", "Sobel-across", "Laplacian", "emboss",
    ]  # fmt: skip
    assert has_middle(np.array([1, -2]))
    assert not has_middle(np.array([1, -0.999]))
