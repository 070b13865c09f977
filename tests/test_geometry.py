"""Windows: by hand first, then against what PyTorch's gradients say was read."""

from dataclasses import FrozenInstanceError, replace
from itertools import product

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from convlib import ConvGeometry, conv_output_size
from convlib.scenes.scene import Sweep


def test_geometry_of_numbers_answers_in_numbers():
    line = ConvGeometry(6, 3, stride=2, padding=1)
    assert (line.output_size, line.padded_size, line.effective_kernel_size) == (3, 8, 3)
    assert [line.window(position) for position in range(3)] == [(0, 1), (1, 2, 3), (3, 4, 5)]
    assert [line.contributors(cell) for cell in range(6)] == [
        (0,),
        (0, 1),
        (1,),
        (1, 2),
        (2,),
        (2,),
    ]
    assert (line.unused_tail, line.unused_gaps) == (1, ())
    assert line.window((1,)) == line.window(np.int64(1))


def test_geometry_of_tuples_answers_in_tuples():
    plane = ConvGeometry((3, 4), (2, 1), stride=(1, 2), padding=((0, 1), 0))
    assert plane.output_size == (3, 2)
    assert plane.window((0, 1)) == ((0, 2), (1, 2))
    assert plane.window((2, 0)) == ((2, 0),)
    assert plane.contributors((1, 2)) == ((0, 1), (1, 1))
    assert plane.contributors((1, 3)) == ()
    assert (plane.unused_tail, plane.unused_gaps) == ((0, 1), ((), (1,)))
    assert ConvGeometry((5,), 3).output_size == (3,)
    assert ConvGeometry((5,), 3).window(0) == ((0,), (1,), (2,))


def test_geometry_is_frozen_hashable_and_equal_by_value():
    geometry = ConvGeometry(5, 3, padding=1)
    assert geometry == ConvGeometry(5, 3, padding=((1, 1),)) == ConvGeometry(5, 3, padding="same")
    assert len({geometry, ConvGeometry(5, 3, padding=(1, 1))}) == 1
    assert replace(geometry, stride=2).output_size == 3
    with pytest.raises(FrozenInstanceError):
        geometry.stride = 2


def test_window_in_the_padding_alone_reads_nothing():
    assert ConvGeometry(1, 2, padding=3).window(0) == ()


def test_unused_gaps_are_counted_in_the_padded_input():
    assert ConvGeometry(6, 1, stride=3, padding=1).unused_gaps == (1, 2, 4, 5)
    assert ConvGeometry(6, 1, stride=3, padding=1).unused_tail == 1
    assert ConvGeometry(7, 2, stride=2, dilation=2).unused_gaps == (1, 3, 5)
    assert ConvGeometry(7, 2, stride=1, dilation=2).unused_gaps == ()


def test_links_make_a_sweep():
    plane = ConvGeometry((3, 4), (2, 3), stride=(1, 2), padding=1, dilation=(2, 1))
    sweep = Sweep("output", "input", "kernel", plane.links(0), plane.links(1))
    assert sweep.shape == plane.output_size
    assert sweep.pairs(0, 1) == [
        ((0, 0), (0, 2)),
        ((0, 1), (0, 3)),
        ((0, 2), (0, 4)),
        ((1, 0), (2, 2)),
        ((1, 1), (2, 3)),
        ((1, 2), (2, 4)),
    ]


def test_windows_and_contributors_say_what_torch_reads():
    for size, kernel, stride, padding, dilation in product(
        range(1, 8), (1, 2, 3), (1, 2, 3), (0, 1, 2), (1, 2, 3)
    ):
        if dilation * (kernel - 1) + 1 > size + 2 * padding:
            continue
        geometry = ConvGeometry(size, kernel, stride, padding, dilation)
        # Row o of the Jacobian of an all-ones kernel marks the cells output o reads.
        reads = F.conv1d(
            torch.eye(size)[:, None],
            torch.ones(1, 1, kernel),
            stride=stride,
            padding=padding,
            dilation=dilation,
        )[:, 0].T
        assert (
            geometry.output_size
            == len(reads)
            == conv_output_size(size, kernel, stride, padding, dilation)
        )
        for position, row in enumerate(reads):
            assert geometry.window(position) == tuple(np.flatnonzero(row))
        for cell, column in enumerate(reads.T):
            assert geometry.contributors(cell) == tuple(np.flatnonzero(column))


def test_tail_gaps_and_links_split_the_padded_input():
    for size, kernel, stride, padding, dilation in product(
        range(1, 9), (1, 2, 3), (1, 2, 3, 4), (0, (0, 2), 3), (1, 2, 3)
    ):
        pads = padding if isinstance(padding, tuple) else (padding, padding)
        if dilation * (kernel - 1) + 1 > size + sum(pads):
            continue
        geometry = ConvGeometry(size, kernel, stride, padding, dilation)
        read = {cell for pairs in geometry.links() for _, cell in pairs}
        tail = set(range(geometry.padded_size - geometry.unused_tail, geometry.padded_size))
        assert read | tail | set(geometry.unused_gaps) == set(range(geometry.padded_size))
        assert len(read) + len(tail) + len(geometry.unused_gaps) == geometry.padded_size
        data = {cell - pads[0] for cell in read} & set(range(size))
        assert data == {cell for at in range(geometry.output_size) for cell in geometry.window(at)}


def test_axes_are_independent():
    space = ConvGeometry((5, 6, 4), (2, 3, 1), (1, 2, 3), (0, 1, 2), (2, 1, 1))
    lines = [ConvGeometry(*p) for p in [(5, 2, 1, 0, 2), (6, 3, 2, 1, 1), (4, 1, 3, 2, 1)]]
    assert space.output_size == tuple(line.output_size for line in lines)
    for position in product(*map(range, space.output_size)):
        cells = [line.window(at) for line, at in zip(lines, position, strict=True)]
        assert space.window(position) == tuple(product(*cells))
    for cell in product(*map(range, space.input_size)):
        readers = [line.contributors(at) for line, at in zip(lines, cell, strict=True)]
        assert space.contributors(cell) == tuple(product(*readers))
