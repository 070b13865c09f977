"""Which input cells feed which output cell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Generic, TypeAlias, TypeVar, cast, overload

from convlib._checks import WindowParameters, fitting_windows, is_sequence, whole
from convlib._types import Padding, Pair, PerAxis

__all__ = ["ConvGeometry", "Geometry"]

#: A size, or a cell: a plain number, or one per axis.
S = TypeVar("S", int, tuple[int, ...])
#: For each output position along an axis, the (tap, padded cell) pairs it multiplies.
AxisLinks: TypeAlias = tuple[tuple[tuple[int, int], ...], ...]


@dataclass(frozen=True, init=False)
class ConvGeometry(Generic[S]):
    """The windows of a convolution: sizes and positions, no values.

    Built from plain numbers it has one axis, and its answers are plain numbers too: a size is an
    int and a cell is an int. Built from one value per axis, a size is a tuple and a cell is a tuple
    of indices. Axes do not influence one another.

    Parameters
    ----------
    input_size
        Cells of the input, without padding.
    kernel_size
        Cells of the kernel.
    stride, dilation : default 1
        Cells from one window to the next, and from one tap of the kernel to the next.
    padding : default 0
        Cells added around the input: an int, one per axis, one (before, after) pair per axis (a
        single pair where there is one axis of plain numbers), ``"valid"``, ``"same"`` or
        ``"full"``. Kept as one (before, after) pair per axis.

    Raises
    ------
    TypeError
        If a size is not a whole number.
    ValueError
        If a size, stride or dilation is below 1, a padding below 0, the numbers of axes differ,
        ``"same"`` comes with a stride, or the kernel is larger than the padded input.

    Examples
    --------
    >>> line = ConvGeometry(6, 3, stride=2, padding=1)
    >>> line.output_size, line.window(0), line.window(1), line.unused_tail
    (3, (0, 1), (1, 2, 3), 1)
    >>> line.contributors(1)
    (0, 1)
    >>> plane = ConvGeometry((4, 5), (2, 3))
    >>> plane.output_size, plane.window((0, 2))
    ((3, 3), ((0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4)))

    References
    ----------
    Dumoulin & Visin 2016, sections 2 and 4.
    """

    input_size: S
    kernel_size: S
    stride: S
    padding: tuple[Pair, ...]
    dilation: S

    @overload
    def __init__(
        self: ConvGeometry[int], input_size: int, kernel_size: int, stride: int = ...,
        padding: Padding = ..., dilation: int = ...,
    ) -> None: ...  # fmt: skip
    @overload
    def __init__(
        self: ConvGeometry[tuple[int, ...]], input_size: PerAxis, kernel_size: PerAxis,
        stride: PerAxis = ..., padding: Padding = ..., dilation: PerAxis = ...,
    ) -> None: ...  # fmt: skip
    def __init__(
        self, input_size: PerAxis, kernel_size: PerAxis, stride: PerAxis = 1,
        padding: Padding = 0, dilation: PerAxis = 1,
    ) -> None:  # fmt: skip
        window = fitting_windows(input_size, kernel_size, stride, padding, dilation)
        values: dict[str, object] = {
            "input_size": window.form(window.sizes),
            "kernel_size": window.form(window.kernel_size),
            "stride": window.form(window.stride),
            "padding": window.padding,
            "dilation": window.form(window.dilation),
            "_window": window,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def axes(self) -> int:
        """Number of axes."""
        return len(self._checked.sizes)

    @cached_property
    def effective_kernel_size(self) -> S:
        """Cells from the first tap to the last, d(k − 1) + 1."""
        return self._form(self._checked.effective_kernel_size)

    @cached_property
    def padded_size(self) -> S:
        """Cells of the padded input, i + 2p."""
        return self._form(self._checked.padded_size)

    @cached_property
    def output_size(self) -> S:
        """Number of windows, ⌊(i + 2p − k̂) / s⌋ + 1."""
        return self._form(self._checked.output_size)

    @cached_property
    def unused_tail(self) -> S:
        """Cells at the end of the padded input that no window reaches, (i + 2p − k̂) mod s.

        Padding counts as cells: max(0, unused_tail − padding after) of them are data.

        Examples
        --------
        >>> ConvGeometry((6, 5), 3, stride=2).unused_tail
        (1, 0)
        """
        return self._form(self._checked.remainder)

    @cached_property
    def unused_gaps(self) -> tuple[int, ...] | tuple[tuple[int, ...], ...]:
        """Cells of the padded input skipped between windows or taps, counted from its start.

        They lie within the reach of the windows, so the unused tail is not among them. Built with
        one value per axis, one tuple of cells for each axis, as `gaps` gives them.

        Examples
        --------
        >>> ConvGeometry(8, 2, stride=3).unused_gaps, ConvGeometry(5, 2, 2, 0, 2).unused_gaps
        ((2, 5), (1, 3))
        """
        return self._checked.form(tuple(map(self.gaps, range(self.axes))))

    def gaps(self, axis: int = 0) -> tuple[int, ...]:
        """Return the cells of `unused_gaps` along one axis."""
        read = {cell for pairs in self.links(axis) for _, cell in pairs}
        return tuple(cell for cell in range(max(read)) if cell not in read)

    def links(self, axis: int = 0) -> AxisLinks:
        """Return, for each output position along `axis`, its (tap, padded cell) pairs.

        Padded cells are counted from the first cell of the padding, and padding is among them:
        this is what a sweep lights. The form is that of `convlib.scenes.scene.Sweep`.

        Examples
        --------
        >>> ConvGeometry(3, 2, stride=2, padding=1).links()
        (((0, 0), (1, 1)), ((0, 2), (1, 3)))
        """
        axis = self._in_range("axis", axis, self.axes)
        window = self._checked
        return tuple(
            tuple(
                (tap, position * window.stride[axis] + tap * window.dilation[axis])
                for tap in range(window.kernel_size[axis])
            )
            for position in range(window.output_size[axis])
        )

    def window(self, position: S) -> tuple[S, ...]:
        """Return the input cells that the output cell at `position` reads, in row-major order.

        Cells of the input are counted from 0 without the padding, and padding is not among them: a
        window that lies in the padding alone reads nothing.

        Raises
        ------
        TypeError
            If `position` is not made of whole numbers.
        ValueError
            If it lies outside the output.

        Examples
        --------
        >>> ConvGeometry(5, 3, stride=2, padding=1, dilation=2).window(0)
        (1, 3)
        """
        at_each = self._cell("position", position, self._checked.output_size)
        window = self._checked
        cells = [
            [
                cell
                for tap in range(window.kernel_size[axis])
                if 0
                <= (cell := at * window.stride[axis] + tap * window.dilation[axis] - before)
                < window.sizes[axis]
            ]
            for axis, (at, (before, _)) in enumerate(zip(at_each, window.padding, strict=True))
        ]
        return tuple(map(self._form, product(*cells)))

    def contributors(self, cell: S) -> tuple[S, ...]:
        """Return the output cells that read the input cell `cell`, in row-major order.

        The name is that of the way back: in the transposed convolution these cells contribute
        to `cell`.

        Raises
        ------
        TypeError
            If `cell` is not made of whole numbers.
        ValueError
            If it lies outside the input.

        Examples
        --------
        >>> ConvGeometry(5, 3).contributors(2), ConvGeometry(5, 2, stride=3).contributors(2)
        ((0, 1, 2), ())
        """
        at_each = self._cell("cell", cell, self._checked.sizes)
        window = self._checked
        readers = []
        for axis, (at, (before, _)) in enumerate(zip(at_each, window.padding, strict=True)):
            # Window o reads padded cell x with tap t where x = o·s + t·d.
            starts = (
                divmod(at + before - tap * window.dilation[axis], window.stride[axis])
                for tap in reversed(range(window.kernel_size[axis]))
            )
            count = window.output_size[axis]
            readers.append([start for start, left in starts if not left and 0 <= start < count])
        return tuple(map(self._form, product(*readers)))

    @property
    def _checked(self) -> WindowParameters:
        window: WindowParameters = self.__dict__["_window"]
        return window

    def _form(self, values: tuple[int, ...]) -> S:
        # Which of the two it is, the overloads of the constructor say.
        return cast(S, self._checked.form(values))

    def _cell(self, name: str, cell: PerAxis, sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Return `cell` as one index per axis, inside `sizes`."""
        indices = cell if is_sequence(cell) else (cell,)
        if len(indices) != len(sizes):
            raise ValueError(f"{name}={indices!r} must have one index per axis, so {len(sizes)}")
        return tuple(
            self._in_range(name if len(sizes) == 1 else f"{name}[{axis}]", index, size)
            for axis, (index, size) in enumerate(zip(indices, sizes, strict=True))
        )

    @staticmethod
    def _in_range(name: str, index: object, size: int) -> int:
        index = whole(name, index)
        if not 0 <= index < size:
            raise ValueError(f"{name}={index} must be in 0..{size - 1}")
        return index


#: The windows along one axis or more, one value per axis.
Geometry: TypeAlias = ConvGeometry[tuple[int, ...]]
