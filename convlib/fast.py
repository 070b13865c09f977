"""The fast twins: the same sums as `convlib.loops`, a few rows at a time.

Four ideas carry this file.

1. **Copy once per kernel column, never per kernel row.** The input rows of a block are copied once
   for each column of the kernel, shifted. The copies of one row follow those of the row above in
   memory, so that all cells under the kernel, for a whole row of the output, *are* a matrix: the
   next output row's matrix is a view that starts one input row further down. (im2col copies every
   cell kernel height times kernel width times.)
2. **A few rows at a time.** The copies of a block stay in the processor's cache, and the extra
   memory stays small: `BLOCK_BYTES`, not a multiple of the input.
3. **Two rows share products.** Where kernels are two or three rows high and channels are many, two
   rows of the output take three or four products in place of four or six.
4. **Everything else is an ordinary convolution.** A dilation along the rows interleaves ordinary
   convolutions in the input; the stride of a transposed convolution does so in the output, which
   is a pixel shuffle where it divides the kernel size. Padding is the part of a copy that lies
   outside the input.

Arrays here have three spatial axes (depth, height, width), and a groups axis before the channels;
`convlib.operations` checks its arguments and brings them to this form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import gcd, prod
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convlib._types import Array, PaddingMode

__all__ = ["Windows", "convolve", "convolve_transposed", "gather", "gather_index", "reduce_axis"]

#: Numbers of cells, or −1.
Index: TypeAlias = NDArray[np.intp]

#: Shifted copies of one block, in bytes: most of them should fit the level-2 cache.
BLOCK_BYTES = 800_000
#: Products that are added up in one run: rounding grows with the longest run, not with the sum.
RUN = 1024
#: From this many channels on (in and out), sharing products pays for the sums it takes.
PAIR_CHANNELS = 48
#: Channels that a depthwise convolution treats together.
BLOCK_CHANNELS = 16


@dataclass(frozen=True)
class Windows:
    """Where windows lie; one entry per axis (depth, height, width).

    `start` is the input cell under tap 0 of window 0: minus the padding. Cells outside the input
    read 0.
    """

    kernel_size: tuple[int, ...]
    start: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]

    @property
    def lanes(self) -> int:
        """Into how many lanes rows fall that share no window.

        Taps d rows apart meet every d-th row. In a lane, windows have their rows side by side.
        """
        return self.dilation[1] // gcd(self.stride[1], self.dilation[1])

    @property
    def row_step(self) -> int:
        """Rows of its lane from one window to the next."""
        return self.stride[1] // gcd(self.stride[1], self.dilation[1])

    @property
    def in_pairs(self) -> bool:
        """Whether rows of windows can share products two by two."""
        return self.kernel_size[1] in (2, 3) and self.row_step == 1

    def rows_read(self, rows: int) -> int:
        """Rows of its lane that this many rows of windows read."""
        return (rows - 1) * self.row_step + self.kernel_size[1]


def convolve(x: Array, weight: Array, bias: Array | None, out: Array, windows: Windows) -> None:
    """Write the convolution of `x` with `weight` into `out`.

    Parameters
    ----------
    x : shape (N, G, C, D, H, W)
        N examples of G groups of C channels.
    weight : shape (G, O, C, kD, kH, kW)
    bias : shape (G, O)
    out : shape (N, G, O, D', H', W')
        Any view, strided ones too.
    """
    _convolve(x, _Kernels.made_for(weight, windows), bias, out, windows)


class _Kernels(NamedTuple):
    """A way to compute, and the weights as it wants them: made once, used for every block."""

    compute: Callable[[Array, Array, Array, tuple[int, ...], Windows], None]
    weights: Array
    channels: int  # of the input, in one group
    together: int  # groups computed together

    @classmethod
    def made_for(cls, weight: Array, windows: Windows) -> _Kernels:
        groups, channels_out, channels = weight.shape[:3]
        cells = channels * windows.kernel_size[0] * windows.kernel_size[2]
        if channels == 1 and channels_out < 8:
            # The product with a matrix of few rows and columns is slow.
            return cls(_sum_products, weight[:, :, 0], channels, BLOCK_CHANNELS)
        enough = min(cells, channels_out) >= PAIR_CHANNELS
        if windows.in_pairs and enough and weight.dtype.kind == "f":
            return cls(_multiply_in_pairs, _paired(weight), channels, groups)
        by_row = weight.transpose(0, 1, 4, 3, 5, 2)
        matrix = by_row.reshape(groups, 1, channels_out, -1)
        return cls(_multiply, matrix, channels, groups)


def _convolve(
    x: Array, kernels: _Kernels, bias: Array | None, out: Array, windows: Windows
) -> None:
    with np.errstate(invalid="ignore"):  # inf - inf is no news here
        for first_group in range(0, x.shape[1], kernels.together):
            group = slice(first_group, first_group + kernels.together)
            for n, part, first in _blocks(kernels, out[:, group], x.itemsize, windows):
                kernels.compute(x[n, group], kernels.weights[group], part, first, windows)
                if bias is not None:
                    part += bias[group, :, None, None]


def _blocks(
    kernels: _Kernels, out: Array, itemsize: int, windows: Windows
) -> Iterator[tuple[int, Array, tuple[int, ...]]]:
    """Yield the parts of the output that are computed together.

    Yields
    ------
    n
    part : shape (G, O, rows, columns)
        A view of `out`: some rows of one lane.
    first
        The input cell under tap 0 of its first window.
    """
    height = windows.kernel_size[1]
    depth, _, width = windows.kernel_size
    row_bytes = itemsize * out.shape[1] * kernels.channels * depth * width
    columns = max(1, min(out.shape[5], BLOCK_BYTES // (row_bytes * height)))
    rows = max(1, (BLOCK_BYTES // (row_bytes * columns) - height) // windows.row_step + 1)
    rows = _alike(-(-out.shape[4] // windows.lanes), rows)
    for n, plane, lane in product(range(len(out)), range(out.shape[3]), range(windows.lanes)):
        lane_out = out[n, :, :, plane, lane :: windows.lanes]
        corners = product(range(0, lane_out.shape[2], rows), range(0, lane_out.shape[3], columns))
        for top, left in corners:
            window = (plane, top * windows.lanes + lane, left)
            first = tuple(
                start + number * stride
                for start, number, stride in zip(windows.start, window, windows.stride, strict=True)
            )
            yield n, lane_out[:, :, top : top + rows, left : left + columns], first


def _alike(rows: int, most: int) -> int:
    """Return how many rows to take at a time: blocks alike, and whole pairs of rows."""
    each = -(-rows // -(-rows // most))
    return each + each % 2


def _multiply(
    x: Array, matrix: Array, part: Array, first: tuple[int, ...], windows: Windows
) -> None:
    """Write the products of `matrix` (G, 1, O, K) with the cells under the windows to `part`."""
    groups, channels = x.shape[:2]
    rows, columns = part.shape[2:]
    depth, height, width = windows.kernel_size
    read = windows.rows_read(rows)
    copies = np.empty((groups, read, depth, width, channels, columns), x.dtype)
    _copy_shifted(x, copies.transpose(2, 3, 0, 4, 1, 5), first, windows)
    # Row r's matrix is all copies of rows r to r + kH - 1, one below the other.
    group, row, _, _, cell, column = copies.strides
    matrices = np.ndarray(
        (groups, rows, height * depth * width * channels, columns),
        copies.dtype,
        copies,
        strides=(group, row * windows.row_step, cell, column),
    )
    target = part.transpose(0, 2, 1, 3)
    if part.strides[-1] == part.itemsize:
        _matmul(matrix, matrices, target)
    else:
        # BLAS writes runs of cells only: without the detour it would not be used at all.
        target[...] = _matmul(matrix, matrices)


def _matmul(matrix: Array, cells: Array, out: Array | None = None) -> Array:
    """Return the product of `matrix` (…, O, K) with `cells` (…, K, columns), in runs of K."""
    total = np.matmul(matrix[..., :RUN], cells[..., :RUN, :], out=out)
    for first in range(RUN, matrix.shape[-1], RUN):
        run = slice(first, first + RUN)
        total += np.matmul(matrix[..., run], cells[..., run, :])
    return total


def _paired(weight: Array) -> Array:
    """Return the factors of `_multiply_in_pairs`, shape (G, products, O, K)."""
    upper, *between, lower = weight.transpose(4, 0, 1, 3, 5, 2)  # row by row of the kernel
    if between:
        ends, middle = (upper + lower) / 2, between[0] / 2
        factors = [upper, ends + middle, ends - middle, lower]
    else:
        factors = [upper, upper + lower, lower]
    groups, channels_out = weight.shape[:2]
    return np.stack(factors, axis=1).reshape(groups, len(factors), channels_out, -1)


def _multiply_in_pairs(
    x: Array, factors: Array, part: Array, first: tuple[int, ...], windows: Windows
) -> None:
    """Write what `_multiply` does, two rows of the output at a time, with fewer products.

    Two rows of windows three cells high read four input rows a, b, c, d. Instead of six products,

        upper = g₀a + g₁b + g₂c = m₀ + m₁ + m₂      m₀ = g₀(a − c)
        lower = g₀b + g₁c + g₂d = m₁ − m₂ − m₃      m₁ = (g₀ + g₁ + g₂)/2 · (b + c)
                                                    m₂ = (g₀ − g₁ + g₂)/2 · (c − b)
                                                    m₃ = g₂(b − d)

    four do, and two cells high three of four: m₀ = g₀(a − b), m₁ = (g₀ + g₁)b, m₂ = g₁(b − c),
    upper = m₀ + m₁, lower = m₁ − m₂. (Winograd 1980; Lavin & Gray 2016.) No output cell depends on
    an input cell outside its window.
    """
    groups, channels = x.shape[:2]
    rows, columns = part.shape[2:]
    depth, height, width = windows.kernel_size
    pairs = (rows + 1) // 2
    # Even and odd rows apart: then "the row two further down" is the same run of cells, shifted.
    halves = np.empty((2, groups, depth, width, channels, pairs + 1, columns), x.dtype)
    for offset, half in enumerate(halves):
        corner = (first[0], first[1] + offset * windows.dilation[1], first[2])
        _copy_shifted(x, half.transpose(1, 2, 0, 3, 4, 5), corner, windows, 2)
    even, odd = halves.reshape(2, groups, depth * width * channels, (pairs + 1) * columns)
    a, b, c, d = even[..., :-columns], odd[..., :-columns], even[..., columns:], odd[..., columns:]
    upper, lower = part[:, :, 0::2], part[:, :, 1::2]

    below = rows // 2  # the last pair has one row where their number is odd

    def times(number: int, cells: Array) -> Array:
        return _matmul(factors[:, number], cells).reshape(groups, -1, pairs, columns)

    # Each sum is multiplied while it is in cache, and each last addition writes the result.
    if height == 2:
        shared = times(1, b)
        np.add(times(0, a - b), shared, out=upper)
        np.subtract(shared[:, :, :below], times(2, b - c)[:, :, :below], out=lower)
    else:
        shared, other = times(1, b + c), times(2, c - b)
        above = times(0, a - c)
        above += shared
        np.add(above, other, out=upper)
        shared -= other
        np.subtract(shared[:, :, :below], times(3, b - d)[:, :, :below], out=lower)


def _sum_products(
    x: Array, taps: Array, part: Array, first: tuple[int, ...], windows: Windows
) -> None:
    """Write the sums over the taps (G, O, kD, kH, kW) of tap times cell to `part`."""
    rows, columns = part.shape[2:]
    depth, height, width = windows.kernel_size
    # Here the rows of a channel lie side by side: one run of cells per tap, as long as possible.
    copies = np.empty((depth, width, len(x), 1, windows.rows_read(rows), columns), x.dtype)
    _copy_shifted(x, copies, first, windows)
    plane_tap, column_tap, group, _, row, column = copies.strides
    # Where windows advance row by row, all their rows are one run of cells.
    run = (1, rows * columns) if windows.row_step == 1 else (rows, columns)
    cells = np.ndarray(
        (len(x), depth, height, width, *run),
        copies.dtype,
        copies,
        strides=(group, plane_tap, row, column_tap, row * windows.row_step, column),
    )
    part[...] = np.einsum("gozyx,gzyxrc->gorc", taps, cells).reshape(part.shape)


def _copy_shifted(
    x: Array, copies: Array, first: tuple[int, ...], windows: Windows, every: int = 1
) -> None:
    """Copy the rows of `x` that a block reads, once for each depth and column of the kernel.

    Parameters
    ----------
    x : shape (G, C, D, H, W)
    copies : shape (kD, kW, G, C, rows, columns)
        Written; 0 outside the input.
    first
        The input cell under tap 0 of the first window.
    every
        Copy every row of the lane, or every second one.
    """
    low, high, rows = inside(first[1], every * windows.dilation[1], copies.shape[4], x.shape[3])
    copies[..., :low, :] = 0
    copies[..., high:, :] = 0
    for plane_tap, column_tap in product(*map(range, copies.shape[:2])):
        copy = copies[plane_tap, column_tap, :, :, low:high]
        plane = first[0] + plane_tap * windows.dilation[0]
        if not 0 <= plane < x.shape[2]:
            copy[...] = 0
            continue
        column = first[2] + column_tap * windows.dilation[2]
        left, right, columns = inside(column, windows.stride[2], copy.shape[3], x.shape[4])
        if left > 0:
            copy[..., :left] = 0
        if right < copy.shape[3]:
            copy[..., right:] = 0
        copy[..., left:right] = x[:, :, plane, rows, columns]


def inside(first: int, step: int, count: int, size: int) -> tuple[int, int, slice]:
    """Return which of the cells first, first + step, ... (`count` of them) an axis has.

    Returns
    -------
    low, high
        Numbers low to high − 1 lie inside the axis of `size` cells.
    cells
        Those cells.

    Examples
    --------
    >>> inside(-1, 2, 4, 5)
    (1, 3, slice(1, 4, 2))
    """
    low = min(max(0, -(first // step)), count)
    high = max(low, min(count, -((first - size) // step)))
    if low == high:
        return low, high, slice(0, 0)
    return low, high, slice(first + low * step, first + (high - 1) * step + 1, step)


def convolve_transposed(
    x: Array, weight: Array, bias: Array | None, out: Array, padding: tuple[int, ...],
    stride: tuple[int, ...], dilation: tuple[int, ...],
) -> None:  # fmt: skip
    """Write the transposed convolution of `x` with `weight` into `out`.

    Parameters
    ----------
    x : shape (N, G, C, D, H, W)
    weight : shape (G, O, C, kD, kH, kW)
    bias : shape (G, O)
    out : shape (N, G, O, D', H', W')
    padding
        Cells cropped at the start of each axis.
    """
    divides = all(size % step == 0 for size, step in zip(weight.shape[3:], stride, strict=True))
    if divides and dilation == (1, 1, 1):
        _convolve_and_shuffle(x, weight, bias, out, padding, stride)
    else:
        _convolve_phases(x, weight, bias, out, padding, stride, dilation)


def _convolve_phases(
    x: Array, weight: Array, bias: Array | None, out: Array, padding: tuple[int, ...],
    stride: tuple[int, ...], dilation: tuple[int, ...],
) -> None:  # fmt: skip
    """Write the cells of each phase.

    Output cells a stride apart see the same taps of the kernel: each such phase is an ordinary
    convolution of `x` with every s-th tap, last tap first, written to every s-th cell.
    """
    apart = tuple(d // gcd(s, d) for s, d in zip(stride, dilation, strict=True))
    axes = zip(weight.shape[3:], padding, stride, dilation, strict=True)
    phases = ([_phase(phase, *axis) for phase in range(axis[2])] for axis in axes)
    for phase in product(*phases):
        into, taps, start = zip(*phase, strict=True)
        part = out[:, :, :, *into]
        kernel = weight[:, :, :, *taps]
        if not part.size:
            continue  # the stride is larger than the output
        if kernel.size:
            convolve(x, kernel, bias, part, Windows(kernel.shape[3:], start, (1, 1, 1), apart))
        else:
            part[...] = 0 if bias is None else bias[:, :, None, None, None]


def _phase(
    phase: int, kernel_size: int, padding: int, stride: int, dilation: int
) -> tuple[slice, slice, int]:
    """Return the cells that a phase writes, the taps it reads (slices), and its first cell."""
    into = slice(phase, None, stride)
    taps = [tap for tap in range(kernel_size) if (phase + padding - tap * dilation) % stride == 0]
    if not taps:
        return into, slice(0, 0), 0
    backwards = slice(
        taps[-1], taps[0] - 1 if taps[0] else None, -(stride // gcd(stride, dilation))
    )
    return into, backwards, (phase + padding - taps[-1] * dilation) // stride


def _by_phase(weight: Array, stride: tuple[int, ...]) -> Array:
    """Return the kernels of all phases, shape (G, phases·O, C, kD / s, kH / s, kW / s).

    Tap t·s + phase of the kernel is tap t of that phase; the last tap comes first.
    """
    groups, _, channels, *kernel_size = weight.shape
    taps = [size // step for size, step in zip(kernel_size, stride, strict=True)]
    split = weight.reshape(
        *weight.shape[:3], taps[0], stride[0], taps[1], stride[1], taps[2], stride[2]
    )
    phases_first = split.transpose(0, 4, 6, 8, 1, 2, 3, 5, 7)
    return phases_first[..., ::-1, ::-1, ::-1].reshape(groups, -1, channels, *taps)


def _convolve_and_shuffle(
    x: Array, weight: Array, bias: Array | None, out: Array, padding: tuple[int, ...],
    stride: tuple[int, ...],
) -> None:  # fmt: skip
    """Write what `_convolve_phases` does where the stride divides the kernel size.

    Then all phases of a square of s·s output cells read the same input cells: an ordinary
    convolution with s·s times the channels computes them together, and a pixel shuffle puts them
    in their places (Shi et al. 2016). Squares reach over the cropped edges.
    """
    groups, channels_out, _, *kernel_size = weight.shape
    taps = tuple(size // step for size, step in zip(kernel_size, stride, strict=True))
    together_out = prod(stride) * channels_out
    windows = Windows(taps, (0, 0, 0), (1, 1, 1), (1, 1, 1))
    kernels = _Kernels.made_for(_by_phase(weight, stride), windows)
    squares = [
        range(crop // step, -(-(crop + size) // step))
        for crop, size, step in zip(padding, out.shape[3:], stride, strict=True)
    ]
    row_bytes = x.itemsize * groups * together_out * len(squares[2])
    rows = _alike(len(squares[1]), max(1, BLOCK_BYTES // row_bytes))
    space = np.empty((1, groups, together_out, 1, rows, len(squares[2])), x.dtype)
    for n, plane, top in product(range(len(x)), squares[0], squares[1][::rows]):
        height = min(rows, squares[1].stop - top)
        together = space[:, :, :, :, :height]
        first = (plane, top, squares[2].start)
        start = tuple(cell - tap + 1 for cell, tap in zip(first, taps, strict=True))
        _convolve(x[n : n + 1], kernels, None, together, replace(windows, start=start))
        phases = together.reshape(groups, *stride, channels_out, height, len(squares[2]))
        for phase in np.ndindex(stride):
            cell = tuple(
                number * step + offset - crop
                for number, step, offset, crop in zip(first, stride, phase, padding, strict=True)
            )
            if not 0 <= cell[0] < out.shape[3]:
                continue
            low, high, into_rows = inside(cell[1], stride[1], height, out.shape[4])
            left, right, into_columns = inside(cell[2], stride[2], phases.shape[-1], out.shape[5])
            part = out[n, :, :, cell[0], into_rows, into_columns]
            part[...] = phases[:, *phase, :, low:high, left:right]
            if bias is not None:
                part += bias[:, :, None, None]


def cells_read(
    size: int, out_size: int, kernel_size: int, stride: int, dilation: int, padding: int,
    mode: PaddingMode,
) -> Index:  # fmt: skip
    """Return the input cell that each tap of each window reads along one axis, or −1 for none.

    Parameters
    ----------
    padding
        Cells added before the first.
    mode
        What added cells hold: nothing, or a cell of the input.

    Returns
    -------
    shape (kernel_size, out_size)

    Examples
    --------
    >>> cells_read(3, 4, 2, 1, 1, 1, "zeros")
    array([[-1,  0,  1,  2],
           [ 0,  1,  2, -1]])
    >>> cells_read(3, 4, 2, 1, 1, 1, "circular")
    array([[2, 0, 1, 2],
           [0, 1, 2, 0]])
    """
    cells = np.arange(kernel_size)[:, None] * dilation + np.arange(out_size) * stride - padding
    if mode == "zeros":
        return np.where((cells >= 0) & (cells < size), cells, -1)
    if mode == "reflect":
        return size - 1 - abs(size - 1 - abs(cells))
    return cells % size if mode == "circular" else cells.clip(0, size - 1)


def cells_read_transposed(
    size: int, out_size: int, kernel_size: int, stride: int, dilation: int, padding: int
) -> Index:
    """Return the input cell whose stamp puts each tap on each output cell, or −1 for none.

    Parameters and result are those of `cells_read`; `padding` crops.

    Examples
    --------
    >>> cells_read_transposed(2, 4, 2, 2, 1, 0)
    array([[ 0, -1,  1, -1],
           [-1,  0, -1,  1]])
    """
    steps = np.arange(out_size) + padding - np.arange(kernel_size)[:, None] * dilation
    cells = steps // stride
    return np.where((steps % stride == 0) & (cells >= 0) & (cells < size), cells, -1)


def gather_index(
    cells: Iterable[Index], input_size: Sequence[int], channels: int, groups: int
) -> Index:
    """Return, for small inputs, where each factor of each output cell is found.

    Parameters
    ----------
    cells : one per axis, shape (k, o)
        The input cell that each tap of each window reads, or −1 for none.
    channels
        Input channels of one group.

    Returns
    -------
    shape (G, C·K, outputs), or (C·K, outputs) for one group
        Numbers of the cells of one flattened example; the number after the last means 0.

    Examples
    --------
    >>> gather_index([np.array([[-1, 0, 1], [0, 1, 2]])], (3,), 1, 1)
    array([[3, 0, 1],
           [0, 1, 2]])
    """
    flat: Index = np.zeros((1, 1), np.intp)
    outside = np.zeros((1, 1), bool)
    for size, axis in zip(input_size, cells, strict=True):
        rows = len(flat) * len(axis)
        flat = (flat[:, None, :, None] * size + axis[:, None]).reshape(rows, -1)
        outside = (outside[:, None, :, None] | (axis[:, None] < 0)).reshape(rows, -1)
    planes = np.arange(groups * channels).reshape(groups, channels, 1, 1)
    cells_of_all = groups * channels * prod(input_size)
    index = np.where(outside, cells_of_all, planes * prod(input_size) + flat)
    by_group = (groups,) if groups > 1 else ()
    return np.ascontiguousarray(index.reshape(*by_group, -1, flat.shape[1]))


def gather(x: Array, index: Index, weight: Array) -> Array:
    """Return the products of the taken cells with `weight`: the whole convolution in one go.

    Parameters
    ----------
    x : shape (cells,) or (N, cells)
        One flattened example or several.
    index
        From `gather_index`.
    weight : shape (G, O, C·K), or (O, C·K) for one group

    Returns
    -------
    shape (N, G, O, outputs), without the axes that x and weight do not have
    """
    if x.ndim == index.ndim - 1 == 1:
        return weight.dot(x.take(index))  # a third of the time of matmul, where it will do
    return np.matmul(weight, x.take(index, axis=-1))


def reduce_axis(
    ufunc: np.ufunc, x: Array, axis: int, out_size: int, kernel_size: int, start: int,
    stride: int, dilation: int,
) -> Array:  # fmt: skip
    """Return the maximum, or the sum, of the cells under each window along one axis.

    Cells outside the input do not count. Windows of pooling are boxes, so one axis after the
    other gives the same as all at once, in kH + kW steps instead of kH·kW.
    """
    shape = (*x.shape[:axis], out_size, *x.shape[axis + 1 :])
    nothing = 0 if ufunc is np.add else lowest(x.dtype)
    out = np.full(shape, nothing, x.dtype)
    before = (slice(None),) * axis
    for tap in range(kernel_size):
        low, high, cells = inside(start + tap * dilation, stride, out_size, x.shape[axis])
        target = out[(*before, slice(low, high))]
        ufunc(target, x[(*before, cells)], out=target)
    return out


def lowest(dtype: np.dtype[Any]) -> float:
    """Return the value that no maximum ends at unless there is no other."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min
