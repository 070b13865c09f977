"""Which input cells feed which output cell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

from convlib._checks import fitting_windows, is_sequence, whole

__all__ = ["ConvGeometry"]


@dataclass(frozen=True)
class ConvGeometry:
    """The windows of a convolution: sizes and positions, no values.

    Built from plain numbers it has one axis, and its answers are plain numbers too: a size is an
    int and a cell is an int. Built from one value per axis, a size is a tuple and a cell is a tuple
    of indices. Axes do not influence one another.

    Parameters
    ----------
    input_size : int or tuple of int
        Cells of the input, without padding.
    kernel_size : int or tuple of int
        Cells of the kernel.
    stride, dilation : int or tuple of int, default 1
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

    input_size: int | tuple[int, ...]
    kernel_size: int | tuple[int, ...]
    stride: int | tuple[int, ...] = 1
    padding: tuple[tuple[int, int], ...] = 0
    dilation: int | tuple[int, ...] = 1

    def __post_init__(self):
        window = fitting_windows(
            self.input_size, self.kernel_size, self.stride, self.padding, self.dilation
        )
        values = {
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
        return len(self._window.sizes)

    @cached_property
    def effective_kernel_size(self) -> int | tuple[int, ...]:
        """Cells from the first tap to the last, d(k − 1) + 1."""
        return self._form(self._window.effective_kernel_size)

    @cached_property
    def padded_size(self) -> int | tuple[int, ...]:
        """Cells of the padded input, i + 2p."""
        return self._form(self._window.padded_size)

    @cached_property
    def output_size(self) -> int | tuple[int, ...]:
        """Number of windows, ⌊(i + 2p − k̂) / s⌋ + 1."""
        return self._form(self._window.output_size)

    @cached_property
    def unused_tail(self) -> int | tuple[int, ...]:
        """Cells at the end of the padded input that no window reaches, (i + 2p − k̂) mod s.

        Padding counts as cells: max(0, unused_tail − padding after) of them are data.

        Examples
        --------
        >>> ConvGeometry((6, 5), 3, stride=2).unused_tail
        (1, 0)
        """
        return self._form(self._window.remainder)

    @cached_property
    def unused_gaps(self) -> tuple:
        """Cells of the padded input skipped between windows or taps, counted from its start.

        They lie within the reach of the windows, so the unused tail is not among them. A tuple of
        ints; built with one value per axis, a tuple of such tuples.

        Examples
        --------
        >>> ConvGeometry(8, 2, stride=3).unused_gaps, ConvGeometry(5, 2, 2, 0, 2).unused_gaps
        ((2, 5), (1, 3))
        """
        gaps = []
        for axis in range(self.axes):
            read = {cell for pairs in self.links(axis) for _, cell in pairs}
            gaps.append(tuple(cell for cell in range(max(read)) if cell not in read))
        return self._form(tuple(gaps))

    def links(self, axis: int = 0) -> tuple[tuple[tuple[int, int], ...], ...]:
        """Return, for each output position along `axis`, its (tap, padded cell) pairs.

        Padded cells are counted from the first cell of the padding, and padding is among them:
        this is what a sweep lights. The form is that of `convlib.scenes.scene.Sweep`.

        Examples
        --------
        >>> ConvGeometry(3, 2, stride=2, padding=1).links()
        (((0, 0), (1, 1)), ((0, 2), (1, 3)))
        """
        axis = self._in_range("axis", axis, self.axes)
        window = self._window
        return tuple(
            tuple(
                (tap, position * window.stride[axis] + tap * window.dilation[axis])
                for tap in range(window.kernel_size[axis])
            )
            for position in range(window.output_size[axis])
        )

    def window(self, position: int | tuple[int, ...]) -> tuple:
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
        position = self._cell("position", position, self._window.output_size)
        window = self._window
        cells = [
            [
                cell
                for tap in range(window.kernel_size[axis])
                if 0
                <= (cell := at * window.stride[axis] + tap * window.dilation[axis] - before)
                < window.sizes[axis]
            ]
            for axis, (at, (before, _)) in enumerate(zip(position, window.padding, strict=True))
        ]
        return tuple(map(self._form, product(*cells)))

    def contributors(self, cell: int | tuple[int, ...]) -> tuple:
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
        cell = self._cell("cell", cell, self._window.sizes)
        window = self._window
        readers = []
        for axis, (at, (before, _)) in enumerate(zip(cell, window.padding, strict=True)):
            # Window o reads padded cell x with tap t where x = o·s + t·d.
            starts = (
                divmod(at + before - tap * window.dilation[axis], window.stride[axis])
                for tap in reversed(range(window.kernel_size[axis]))
            )
            count = window.output_size[axis]
            readers.append([start for start, left in starts if not left and 0 <= start < count])
        return tuple(map(self._form, product(*readers)))

    def _form(self, values):
        return self._window.form(values)

    def _cell(self, name, cell, sizes):
        """Return `cell` as one index per axis, inside `sizes`."""
        if not is_sequence(cell):
            cell = (cell,)
        if len(cell) != len(sizes):
            raise ValueError(f"{name}={cell!r} must have one index per axis, so {len(sizes)}")
        return tuple(
            self._in_range(name if len(sizes) == 1 else f"{name}[{axis}]", index, size)
            for axis, (index, size) in enumerate(zip(cell, sizes, strict=True))
        )

    @staticmethod
    def _in_range(name, index, size):
        index = whole(name, index)
        if not 0 <= index < size:
            raise ValueError(f"{name}={index} must be in 0..{size - 1}")
        return index
