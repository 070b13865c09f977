"""The stride chapter's questions: every answer equals PyTorch's, or what a loop counts."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from tests.questions import BOOK, questions_of

QUESTIONS = {question.name: question for question in questions_of(BOOK / "stride.md")}


def cases(name):
    """Return parameters: a question's variants."""
    return [
        pytest.param(QUESTIONS[name], case, id=f"{name}-{number}")
        for number, case in enumerate(QUESTIONS[name].cases)
    ]


def windows(values) -> list[set[int]]:
    """Return the cells of every window along one axis, laid out one after the other."""
    found, start = [], 0
    while start + values["kernel_size"] <= values["input_size"]:
        found.append(set(range(start, start + values["kernel_size"])))
        start += values["stride"]
    return found


@pytest.mark.parametrize(("question", "case"), cases("stride-size"))
def test_number_of_stops_is_pytorchs(question, case):
    values = case.values
    row, kernel = torch.zeros(1, 1, values["input_size"]), torch.zeros(1, 1, values["kernel_size"])
    output = F.conv1d(row, kernel, stride=values["stride"], padding=values["padding"])
    assert case.key == str(output.shape[-1])


@pytest.mark.parametrize(("question", "case"), cases("stride-axes"))
def test_size_with_a_stride_per_axis_is_pytorchs(question, case):
    input = torch.zeros(1, 1, *case.values["input_size"])
    output = F.conv2d(input, torch.zeros(1, 1, 3, 3), stride=case.values["stride"])
    assert case.key == "×".join(map(str, output.shape[-2:]))
    assert f"stride={case.values['stride']}" in case.text


@pytest.mark.parametrize(("question", "case"), cases("stride-window"))
def test_cells_of_a_window_are_those_that_change_the_output_in_pytorch(question, case):
    values, (row, column) = case.values, case.values["position"]
    input = torch.zeros(1, 1, *values["input_size"], requires_grad=True)
    weight = torch.ones(1, 1, values["kernel_size"], values["kernel_size"])
    F.conv2d(input, weight, stride=values["stride"])[0, 0, row, column].backward()
    assert question.right_cells(case) == set(map(tuple, input.grad[0, 0].nonzero().tolist()))


@pytest.mark.parametrize(("question", "case"), cases("stride-unread"))
def test_unread_cells_are_those_in_no_window(question, case):
    read = set().union(*windows(case.values))
    unread = set(range(case.values["input_size"])) - read
    between, end = (
        any(cell < max(read) for cell in unread),
        any(cell > max(read) for cell in unread),
    )
    expected = {
        (False, False): "none",
        (True, False): "some between the windows",
        (False, True): "some at the end",
        (True, True): "some at both places",
    }
    assert case.answer == expected[between, end]
