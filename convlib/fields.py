"""Which input cells a cell of a stack of layers sees: how many, where, and how often each.

For layers one after the other. Whole networks with branches are planned by `convlib.plan`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from convlib._checks import WindowParameters, is_sequence, whole, window_parameters
from convlib._types import Array, Padding, PerAxis
from convlib.matrix import zero_insert
from convlib.separable import compose

__all__ = ["ReceptiveField", "path_counts", "receptive_field", "receptive_field_at"]

#: A kernel size, the beginning of (kernel_size, stride, dilation, padding), or a dict of these.
Layer: TypeAlias = PerAxis | Sequence[PerAxis] | Mapping[str, PerAxis | Padding]
_NAMES = ("kernel_size", "stride", "dilation", "padding")


@dataclass(frozen=True)
class ReceptiveField:
    """Where an output cell of a stack of layers sees the input, along one axis.

    Parameters
    ----------
    start
        The first input cell it sees; below 0 where it lies in the padding.
    size
        Cells from the first to the last.
    jump
        Input cells from one output cell to the next: the product of the strides.
    """

    start: int
    size: int
    jump: int

    @property
    def stop(self) -> int:
        """The cell after the last one."""
        return self.start + self.size

    @property
    def center(self) -> Fraction:
        """The middle of the field; between two cells where the size is even.

        Examples
        --------
        >>> ReceptiveField(start=-1, size=4, jump=1).center
        Fraction(1, 2)
        """
        return Fraction(2 * self.start + self.size - 1, 2)


def receptive_field(layers: Sequence[Layer]) -> int | tuple[int, ...]:
    """Return how many input cells one output cell of a stack of layers can see, end to end.

    1 + Σ (k̂ − 1) · (product of the strides before), with k̂ = d(k − 1) + 1. With dilation or large
    strides not every cell in between need be read.

    Parameters
    ----------
    layers
        From the input on; each a kernel size, a tuple (kernel_size, stride, dilation, padding)
        whose end may be left out, or a dict with those keys. `plan` takes whole networks.

    Returns
    -------
    int, or one for each axis
        A tuple where a layer has one value per axis, as in ``((3, 5), 1)``.

    Raises
    ------
    TypeError
        If layers is not a sequence of such layers.
    ValueError
        If a size is below 1 or the numbers of axes differ.

    Examples
    --------
    >>> receptive_field([3, 3]), receptive_field([(3, 2), (3, 2), 3]), receptive_field([(3, 1, 2)])
    (5, 15, 5)

    References
    ----------
    Araujo, Norris & Sim 2019, equation 2.
    """
    windows = _windows(layers)
    axes = {window.axes for window in windows if window.axes is not None}
    if len(axes) > 1:
        raise ValueError(f"layers have different numbers of axes: {sorted(axes)}")
    fields = [1] * max(axes, default=1)
    jumps = [1] * len(fields)
    for window in windows:
        # A layer of plain numbers treats all axes alike.
        repeat = 1 if window.axes else len(fields)
        for axis, covers in enumerate(window.effective_kernel_size * repeat):
            fields[axis] += (covers - 1) * jumps[axis]
            jumps[axis] *= (window.stride * repeat)[axis]
    return tuple(fields) if axes else fields[0]


def receptive_field_at(layers: Sequence[Layer], position: int = 0) -> ReceptiveField:
    """Return the receptive field of one output cell of a stack: its size, and where it lies.

    Going back through a layer, the first cell a becomes a·s − p, and the last one b becomes
    b·s − p + d(k − 1).

    Parameters
    ----------
    layers
        From the input on; each a kernel size, a tuple (kernel_size, stride, dilation, padding)
        whose end may be left out, or a dict with those keys. Padding is a number of cells on both
        sides or a (before, after) pair.
    position : default 0
        Number of the output cell.

    Raises
    ------
    TypeError
        If layers is not a sequence of such layers, or a number is not whole.
    ValueError
        If a size is below 1, or padding or position below 0.

    Examples
    --------
    >>> receptive_field_at([(3, 2, 1, 1), (3, 2, 1, 1), 3], position=1)
    ReceptiveField(start=1, size=15, jump=4)
    >>> receptive_field_at([2, 2, 2]).center  # even kernels without padding drift to the right
    Fraction(3, 2)

    References
    ----------
    Araujo, Norris & Sim 2019, equations 2 and 5.
    """
    first = last = whole("position", position, 0)
    jump = 1
    for window in reversed(_one_axis(layers)):
        (step,), (covers,) = window.stride, window.effective_kernel_size
        before = window.padding[0][0]
        first, last, jump = first * step - before, last * step - before + covers - 1, jump * step
    return ReceptiveField(first, last - first + 1, jump)


def path_counts(layers: Sequence[Layer]) -> Array:
    """Return how many ways lead from an output cell of a stack to each cell of its field.

    With kernels of ones this is the gradient of the output cell: the kernel of the one convolution
    that the stack would be (`compose`). Divided by its sum, it is the weight that each input cell
    has where kernels are even and random: the *effective* field.

    Parameters
    ----------
    layers
        As in `receptive_field_at`; padding changes nothing.

    Returns
    -------
    numpy.ndarray of int64 (of Python's integers, beyond their range), shape (field,)

    Raises
    ------
    TypeError, ValueError
        As `receptive_field_at`.

    Examples
    --------
    >>> path_counts([3, 3]), path_counts([(2, 2), 2])
    (array([1, 2, 3, 2, 1]), array([1, 1, 1, 1]))

    References
    ----------
    Luo et al. 2016, section 2.
    """
    counts = np.ones(1, np.int64)
    jump = 1
    for window in _one_axis(layers):
        spread = zero_insert(np.ones(window.kernel_size[0], np.int64), window.dilation[0])
        # What was there before is one kernel, and moves by the strides so far.
        counts = compose(counts, spread, jump)
        jump *= window.stride[0]
    return counts


def _windows(layers: Sequence[Layer]) -> list[WindowParameters]:
    if not is_sequence(layers):
        raise TypeError(f"layers={layers!r} must be a list of ({', '.join(_NAMES)})")
    return [_window(index, layer) for index, layer in enumerate(layers)]


def _one_axis(layers: Sequence[Layer]) -> list[WindowParameters]:
    windows = _windows(layers)
    for index, window in enumerate(windows):
        if window.axes is not None:
            raise ValueError(
                f"layers[{index}]={layers[index]!r} must have one number for each parameter: "
                "axes do not influence each other, so ask for one at a time"
            )
    return windows


def _window(index: int, layer: Layer) -> WindowParameters:
    if isinstance(layer, Mapping):
        if set(layer) - set(_NAMES) or "kernel_size" not in layer:
            raise TypeError(
                f"layers[{index}]={layer!r} must have kernel_size and may have stride, dilation "
                "and padding"
            )
        settings: dict[str, Any] = dict(layer)
        return window_parameters(**settings)
    values = tuple(layer) if is_sequence(layer) else (layer,)
    if not 1 <= len(values) <= len(_NAMES):
        raise TypeError(f"layers[{index}]={layer!r} must be ({', '.join(_NAMES)})")
    return window_parameters(**dict(zip(_NAMES, values, strict=False)))
