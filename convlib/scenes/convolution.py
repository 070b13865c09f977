"""Scenes of the operations: numbers in, a `Scene` with its sweep, formula and words out.

Explorers and the figures of the chapters are made here, so that a picture, its caption and its
text alternative come from the same values.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from convlib._types import Array, Padding, Pair, PerAxis
from convlib.explain import explain_output_size
from convlib.geometry import ConvGeometry, Geometry
from convlib.matrix import rotate180
from convlib.operations import conv2d
from convlib.scenes.roles import MARKS, ROLES
from convlib.scenes.scene import AxisLinks, Grid, Scene, Sweep, cell_text, grid, view
from convlib.scenes.symbols import SIZES

__all__ = [
    "convolution_scene",
    "example_input",
    "example_kernel",
    "flip_scene",
    "legend_scene",
    "numbered_kernel",
    "padded_roles",
    "settings_text",
    "subsampling_scene",
]


def example_input(rows: int, columns: int | None = None) -> Array:
    """Return the input that the book's pictures use, int64 of shape (rows, columns).

    Digits from 0 to 6: small enough to multiply in one's head, different enough to tell apart.

    Examples
    --------
    >>> example_input(3)
    array([[0, 3, 6],
           [1, 5, 4],
           [4, 2, 4]])
    """
    row, column = np.indices((rows, columns or rows), dtype=np.int64)
    return (row * row + 3 * column + row * column * column) % 7


def example_kernel(rows: int, columns: int | None = None) -> Array:
    """Return the kernel that the book's pictures use, int64 of shape (rows, columns).

    Examples
    --------
    >>> example_kernel(3)
    array([[1, 2, 0],
           [0, 1, 2],
           [2, 0, 1]])
    """
    row, column = np.indices((rows, columns or rows), dtype=np.int64)
    return (2 * row + column + 1) % 3


def numbered_kernel(rows: int, columns: int | None = None) -> Array:
    """Return a kernel whose weights count from 1, so that each is known by its value.

    Examples
    --------
    >>> numbered_kernel(2, 3)
    array([[1, 2, 3],
           [4, 5, 6]])
    """
    columns = columns or rows
    return np.arange(1, rows * columns + 1, dtype=np.int64).reshape(rows, columns)


def convolution_scene(
    input: ArrayLike, weight: ArrayLike, stride: PerAxis = 1, padding: Padding = 0,
    dilation: PerAxis = 1,
) -> Scene:  # fmt: skip
    """Return the picture of one convolution: padded input, kernel, output, and the sweep.

    Parameters
    ----------
    input : shape (H, W)
    weight : shape (kH, kW)
    stride, padding, dilation : as in `convlib.conv2d`
        In cells.

    Returns
    -------
    Scene
        Grids ``"input"`` (with its padding; cells that no window reads are marked), ``"kernel"``
        and ``"output"``. Where the parameters make no output, the scene holds the error's text
        and no output.
    """
    input, weight = np.asarray(input), np.asarray(weight)
    kernel = grid("kernel", f"kernel {size_text(weight.shape)}", weight, "kernel")
    try:
        geometry = ConvGeometry(input.shape, weight.shape, stride, padding, dilation)
    except ValueError as error:
        alone = grid("input", f"input {size_text(input.shape)}", input, "input")
        views = view("input", input.shape), view("kernel", weight.shape)
        return Scene((alone, kernel), f"No output: {error}.", error=str(error), views=views)
    output = conv2d(input, weight, stride=stride, padding=padding, dilation=dilation)
    return Scene(
        grids=(
            padded_input_grid(input, geometry),
            kernel,
            grid("output", f"output {size_text(output.shape)}", output, "output"),
        ),
        sentence=_convolution_sentence(geometry),
        sweep=Sweep("output", "input", "kernel", geometry.links(0), geometry.links(1)),
        formula=_size_formula(geometry),
        code=_torch_call(geometry),
        views=(view("input", input.shape, geometry.padding), view("kernel", weight.shape)),
        symbols=SIZES,
    )


def subsampling_scene(input: ArrayLike, weight: ArrayLike, stride: int) -> Scene:
    """Return a plain output beside the strided one; of the plain one, what is dropped is blank.

    Parameters
    ----------
    input : shape (H, W)
    weight : shape (kH, kW)
    stride
        In cells.
    """
    plain, strided = conv2d(input, weight), conv2d(input, weight, stride=stride)
    roles = np.full(plain.shape, "blank", dtype=object)
    roles[::stride, ::stride] = "output"
    return Scene(
        (
            grid("plain", f"stride 1: output {size_text(plain.shape)}", plain, roles),
            grid(
                "output", f"stride {stride}: output {size_text(strided.shape)}", strided, "output"
            ),
        ),
        f"The {size_text(plain.shape)} output at stride 1; stride {stride} keeps every cell whose "
        f"row and column are multiples of {stride}, and these make its "
        f"{size_text(strided.shape)} output.",
    )


def flip_scene(input: ArrayLike, weight: ArrayLike) -> Scene:
    """Return what one window makes of a kernel as it is, and of the kernel turned by 180°.

    Parameters
    ----------
    input, weight : shape (kH, kW)
        One window, and a kernel of its size.

    Returns
    -------
    Scene
        Grids ``"input"``, ``"kernel"``, ``"output"`` (the cross-correlation of networks),
        ``"turned"`` and ``"flipped"`` (the convolution of mathematics).

    Examples
    --------
    >>> scene = flip_scene([[1, 2], [3, 4]], [[1, 0], [0, 10]])
    >>> scene["output"].values, scene["flipped"].values
    ((('41',),), (('14',),))
    """
    input, weight = np.asarray(input), np.asarray(weight)
    turned = rotate180(weight)
    plain, flipped = conv2d(input, weight), conv2d(input, turned)
    return Scene(
        (
            grid("input", "one window", input, "input"),
            grid("kernel", "kernel", weight, "kernel"),
            grid("output", "as in networks", plain, "output"),
            grid("turned", "turned by 180°", turned, "kernel"),
            grid("flipped", "as in mathematics", flipped, "output"),
        ),
        f"One window of {size_text(input.shape)} cells. With the kernel as it is, the sum is "
        f"{cell_text(plain.item())}: cross-correlation. With the kernel turned by 180°, so that "
        f"its first weight is its last, the sum is {cell_text(flipped.item())}: convolution.",
    )


def legend_scene() -> Scene:
    """Return one cell of every kind, named: the key to all pictures of the book."""
    kinds = {name: label for name, label in ROLES.items() if name != "blank"}
    kinds |= {f"input {name}": label for name, label in MARKS.items()}
    return Scene(
        tuple(
            grid(kind.replace(" ", "-"), label, [[0 if kind in ("padding", "zero") else 3]], kind)
            for kind, label in kinds.items()
        ),
        f"One cell of each kind: {'; '.join(kinds.values())}.",
    )


def padded_input_grid(input: Array, geometry: Geometry) -> Grid:
    """Return the grid of the padded input, with the cells that no window reads marked."""
    roles = padded_roles(input.shape, geometry.padding, (geometry.links(0), geometry.links(1)))
    title = f"input {size_text(geometry.input_size)}"
    if any(map(any, geometry.padding)):
        title += f", {_padding_words(geometry.padding)}"
    return grid("input", title, np.pad(input, geometry.padding), roles)


def padded_roles(
    sizes: tuple[int, ...], padding: tuple[Pair, ...], links: tuple[AxisLinks, AxisLinks]
) -> Array:
    """Return the roles of a padded input's cells, those that no window reads marked.

    Parameters
    ----------
    sizes
        Of the input, in cells.
    padding
        One (before, after) pair for each axis.
    links
        For each axis, the (tap, padded cell) pairs of each window.

    Examples
    --------
    >>> padded_roles((1, 3), ((0, 0), (1, 0)), ((((0, 0),),), (((0, 0),), ((0, 2),))))
    array([['padding', 'input gap', 'input', 'input unused']], dtype=object)
    """
    inner = np.full(sizes, "input", dtype=object)
    roles: Array = np.pad(inner, padding, constant_values=np.array("padding", dtype=object))
    # A cell in an unused row and in a gap of the columns is unused first of all.
    ranks = np.maximum.outer(*map(_axis_ranks, links, roles.shape))
    for rank, mark in enumerate(_RANKED_MARKS, start=1):
        roles[ranks == rank] += f" {mark}"
    return roles


def settings_text(**given: int | tuple[int, ...]) -> str:
    """Return a layer's settings as the end of a call of PyTorch, its defaults left out.

    Examples
    --------
    >>> settings_text(stride=2, padding=0, dilation=(1, 1)), settings_text(padding=(1, 2))
    (', stride=2', ', padding=(1, 2)')
    """
    words = []
    for name, value in given.items():
        axes = value if isinstance(value, tuple) else (value,)
        if set(axes) != {_USUAL[name]}:
            words.append(f", {name}={axes[0] if len(set(axes)) == 1 else axes}")
    return "".join(words)


#: PyTorch's defaults, for convolutions and transposed ones.
_USUAL = {"stride": 1, "padding": 0, "dilation": 1, "output_padding": 0}


def size_text(shape: tuple[int, ...]) -> str:
    """Return a size as readers see it.

    Examples
    --------
    >>> size_text((4, 5))
    '4×5'
    """
    return "×".join(map(str, shape))


def axes_text(values: Iterable[int]) -> str:
    """Return what holds for each axis: once where it is the same for all.

    Examples
    --------
    >>> axes_text((2, 2)), axes_text((2, 3))
    ('2', '2×3')
    """
    values = tuple(values)
    return str(values[0]) if len(set(values)) == 1 else size_text(values)


def a_size(shape: tuple[int, ...]) -> str:
    """Return a size with its article.

    Examples
    --------
    >>> a_size((4, 5)), a_size((8, 8)), a_size((11, 3))
    ('a 4×5', 'an 8×8', 'an 11×3')
    """
    vowel = str(shape[0]).startswith("8") or shape[0] in (11, 18)
    return f"{'an' if vowel else 'a'} {size_text(shape)}"


def listed(words: Iterable[object]) -> str:
    """Return words as a list in a sentence.

    Examples
    --------
    >>> listed(["row"]), listed("ab"), listed([1, 2, 3])
    ('row', 'a and b', '1, 2 and 3')
    """
    *first, last = map(str, words)
    return f"{', '.join(first)} and {last}" if first else last


#: The marks of cells that no window reads; of two, a cell has the later one.
_RANKED_MARKS = ("gap", "unused")


def _axis_ranks(links: AxisLinks, size: int) -> Array:
    """Return for each padded index along an axis 0 if a window reads it, else its mark's rank."""
    read = {cell for pairs in links for _, cell in pairs}
    return np.array([0 if cell in read else 1 + (cell > max(read)) for cell in range(size)])


def _padding_words(padding: tuple[Pair, ...]) -> str:
    if all(before == after for before, after in padding):
        return f"padding {axes_text(tuple(before for before, _ in padding))}"
    if len(set(padding)) == 1:
        return f"padding {padding[0][0]} before and {padding[0][1]} after"
    return "padding " + " × ".join(f"{before} + {after}" for before, after in padding)


def _convolution_sentence(geometry: Geometry) -> str:
    """Return what the picture of a convolution shows, in words."""
    extras = [f"stride {axes_text(geometry.stride)}"]
    if any(map(any, geometry.padding)):
        extras.append(_padding_words(geometry.padding))
    if set(geometry.dilation) != {1}:
        extras.append(f"dilation {axes_text(geometry.dilation)}")
    sentence = (
        f"{a_size(geometry.kernel_size).capitalize()} kernel slides over "
        f"{a_size(geometry.input_size)} input with {listed(extras)}, and gives "
        f"{a_size(geometry.output_size)} output."
    )
    unused = [
        f"the last {noun}" if count == 1 else f"the last {count} {noun}s"
        for count, noun in zip(geometry.unused_tail, ("row", "column"), strict=True)
        if count
    ]
    if unused:
        whole = "padded input" if any(map(any, geometry.padding)) else "input"
        sentence += f" No window reaches {listed(unused)} of the {whole}."
    if any(geometry.unused_gaps):
        # At stride 1 windows leave nothing between them, but spread weights do.
        what = "weights" if set(geometry.stride) == {1} else "windows"
        sentence += f" Some rows or columns between the {what} are skipped."
    return sentence


def _size_formula(geometry: Geometry) -> str:
    """Return the size formula: once where the axes are alike, else once for each axis."""
    names = ("input_size", "kernel_size", "stride", "padding", "dilation")
    axes = list(zip(*(getattr(geometry, name) for name in names), strict=True))
    if axes[0] == axes[1]:
        return explain_output_size(*axes[0])
    return explain_output_size(*zip(*axes, strict=True))


def _torch_call(geometry: Geometry) -> str:
    """Return the PyTorch line that computes the same, defaults left out."""
    before = tuple(before for before, _ in geometry.padding)
    words = settings_text(stride=geometry.stride, padding=before, dilation=geometry.dilation)
    return f"F.conv2d(input, weight{words})"
