"""Scenes of kernels and layers that are taken apart into cheaper ones."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike

from convlib._checks import whole
from convlib._types import Array, Size
from convlib.cost import multiply_adds, parameter_count
from convlib.explain import (
    explain_grouped_parameter_count,
    explain_separable_parameter_count,
    explain_separated_kernel,
)
from convlib.scenes.convolution import a_size, size_text
from convlib.scenes.scene import Bars, Grid, Retold, Scene, Sweep, Symbol, bars, grid, rows_of, view
from convlib.separable import kernel_rank, separate

__all__ = [
    "connections",
    "depthwise_scene",
    "named_kernel",
    "separation_scene",
    "separations",
]

#: Side of the output for which multiply-adds are counted.
OUTPUT_SIZE = 32


def named_kernel(name: str, size: int = 3) -> Array:
    """Return a kernel that image processing knows by a name, int64 of shape (size, size).

    Parameters
    ----------
    name
        ``"Sobel"``, ``"Gaussian"`` (binomial numbers), ``"box"``, ``"Laplacian"``,
        ``"identity"``, ``"diagonal-edge"`` (an edge at 45°) or ``"diagonal-line"``.
    size
        In cells, odd and at least 3.

    Raises
    ------
    ValueError
        If there is no such kernel, or none of this size.

    Examples
    --------
    >>> named_kernel("Sobel")
    array([[ 1,  0, -1],
           [ 2,  0, -2],
           [ 1,  0, -1]])
    >>> named_kernel("Laplacian")
    array([[ 0,  1,  0],
           [ 1, -4,  1],
           [ 0,  1,  0]])
    """
    if size < 3 or size % 2 == 0:
        raise ValueError(f"size={size} must be odd and at least 3")
    smooth, smoother = _binomial(size - 2), _binomial(size)
    slope = np.convolve(smooth, [1, 0, -1])
    # The second derivative along one axis, the same smoothing along the other.
    curve, level = np.convolve(smooth, [1, -2, 1]), np.pad(smooth, 1)
    row, column = np.indices((size, size), dtype=np.int64)
    centre = (row == size // 2) & (column == size // 2)
    kernels: dict[str, Array] = {
        "Sobel": np.outer(smoother, slope),
        "Gaussian": np.outer(smoother, smoother),
        "box": np.ones((size, size), dtype=np.int64),
        "Laplacian": np.outer(curve, level) + np.outer(level, curve),
        "identity": centre.astype(np.int64),
        "diagonal-edge": column - row,
        "diagonal-line": np.eye(size, dtype=np.int64),
    }
    if name not in kernels:
        raise ValueError(f"name={name!r} must be one of {', '.join(kernels)}")
    return kernels[name]


def separations(kernel: ArrayLike, products: int) -> list[tuple[Array, Array]]:
    """Return (column, row) pairs whose products add up to a kernel as nearly as so many can.

    Each is the `convlib.separate` of what the ones before it leave over. There are no more than
    the kernel's rank, since then nothing is left.

    Parameters
    ----------
    kernel : shape (kH, kW)
    products
        At most so many pairs.

    Examples
    --------
    >>> pairs = separations([[1, 0], [0, 2]], 2)
    >>> [(column.tolist(), row.tolist()) for column, row in pairs]
    [([0.0, 2.0], [0.0, 1.0]), ([1.0, 0.0], [1.0, 0.0])]
    """
    left = np.asarray(kernel, dtype=np.float64)
    pairs = []
    for _ in range(min(products, kernel_rank(left))):
        column, row, _ = separate(left)
        pairs.append((column, row))
        left = left - np.outer(column, row)
    return pairs


def separation_scene(kernel: ArrayLike, products: int = 1) -> Scene:
    """Return a kernel, the columns and rows that come nearest to it, and what is missing.

    Parameters
    ----------
    kernel : shape (kH, kW)
        Not all zeros.
    products
        How many products of a column and a row may be added up.

    Returns
    -------
    Scene
        Grids ``"kernel"``, ``"column-0"`` and ``"row-0"`` (and so on for more products),
        ``"product"``, swept cell by cell, and ``"missing"``: the kernel less the product. Numbers
        are rounded to one decimal.

    Raises
    ------
    TypeError, ValueError
        As `convlib.separate`; also if the kernel holds zeros alone, or products is below 1.

    Examples
    --------
    >>> scene = separation_scene([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    >>> scene.step_text(1, 2)
    'product[1, 2] = 2×(−1) = −2'
    >>> scene["missing"].values[0]
    ('0', '0', '0')
    """
    kernel = np.asarray(kernel)
    pairs = separations(kernel, whole("products", products, 1))
    if not pairs:
        raise ValueError("kernel holds zeros alone; it must have a weight other than 0")
    product = np.sum([np.outer(column, row) for column, row in pairs], axis=0)
    factors = [_factor_grids(number, *pair) for number, pair in enumerate(pairs)]
    names = [(column.name, row.name) for column, row in factors]
    rank = kernel_rank(kernel)
    error = float(np.linalg.norm(kernel - product) / np.linalg.norm(kernel))
    title = "column · row" if len(pairs) == 1 else f"sum of {len(pairs)} products"
    formula = explain_separated_kernel(kernel.shape, len(pairs))
    scene = Scene(
        (
            grid("kernel", f"kernel {size_text(kernel.shape)}", _rounded(kernel), "kernel"),
            *chain.from_iterable(factors),
            grid("product", title, _rounded(product), "output"),
            grid("missing", "kernel − product", _rounded(kernel - product), "blank"),
        ),
        _separation_sentence(kernel.shape, rank, products, error),
        _outer_sweep(kernel.shape, names),
        bars=(_multiplications(kernel.shape, len(pairs)),),
        formula=f"{formula}\nrank {rank}; ‖kernel − product‖ / ‖kernel‖ = {error:.2f}",
        code=_separation_lines(kernel, len(pairs)),
        symbols={
            "kH": Symbol("kernel height", ("kernel",), "side", "kernel"),
            "kW": Symbol("kernel width", ("kernel",), "row", "kernel"),
        },
    )
    code = "product = columns @ rows\nmissing = kernel - product"
    exact = {"kernel": kernel}
    for (column, row), (column_name, row_name) in zip(pairs, names, strict=True):
        exact |= {column_name: column[:, None], row_name: row[None]}
    return _changeable(scene, exact, Retold(_own_sentence(len(pairs)), formula, code))


def _changeable(scene: Scene, exact: dict[str, Array], retold: Retold) -> Scene:
    """Return the scene with what follows from changed numbers: the product, and what is missing.

    Parameters
    ----------
    exact
        The numbers that can be changed, which the grids round.
    """
    # The kernel's presets are those of the menu; so its numbers are not called "kernel".
    sources = {name: "weights" if name == "kernel" else name for name in exact}
    height, width = scene["kernel"].shape
    missing = Sweep(
        "missing",
        "kernel",
        "once",
        tuple(((0, row),) for row in range(height)),
        tuple(((0, column),) for column in range(width)),
        more=(("product", "less"),),
    )
    return replace(
        scene,
        views=tuple(view(name, cells.shape, source=sources[name]) for name, cells in exact.items()),
        sums=(*scene.computed, missing),
        exact={
            "once": ((1,),),
            "less": ((-1,),),
            **{name: rows_of(cells) for name, cells in exact.items()},
        },
        retold=retold,
    )


def _outer_sweep(shape: Size, names: list[tuple[str, str]]) -> Sweep:
    """Return the sweep of the product: number r of a column times number c of a row."""
    height, width = shape
    return Sweep(
        "product",
        *names[0],
        tuple(((0, row),) for row in range(height)),
        tuple(((column, 0),) for column in range(width)),
        more=tuple(names[1:]),
    )


def _own_sentence(products: int) -> str:
    if products == 1:
        return (
            "Your column times your row, and what is missing to the kernel: 0 where they make it."
        )
    return (
        f"The sum of {products} products, each of a column and a row of yours, and what is missing "
        "to the kernel: 0 where they make it."
    )


def _multiplications(shape: Size, products: int) -> Bars:
    height, width = shape
    counts = {"kernel": height * width, "columns and rows": products * (height + width)}
    return bars("multiplications", "multiplications for each output cell", counts, "kernel")


def _factor_grids(number: int, column: Array, row: Array) -> tuple[Grid, Grid]:
    return (
        grid(f"column-{number}", "column", _rounded(column[:, None]), "kernel"),
        grid(f"row-{number}", "row", _rounded(row[None]), "kernel"),
    )


def connections(in_channels: int, out_channels: int, groups: int = 1) -> Array:
    """Return which input channels each output channel reads, bool of shape (O, I).

    Examples
    --------
    >>> connections(4, 2, groups=2).astype(int)
    array([[1, 1, 0, 0],
           [0, 0, 1, 1]])
    """
    output, input = np.indices((out_channels, in_channels))
    joined: Array = output // (out_channels // groups) == input // (in_channels // groups)
    return joined


def depthwise_scene(
    in_channels: int, out_channels: int, kernel_size: int = 3, multiplier: int = 1, groups: int = 1
) -> Scene:
    """Return who reads whom in a plain, a grouped and a depthwise separable layer, and the cost.

    Parameters
    ----------
    multiplier
        Output channels of the depthwise layer for each input channel.
    groups
        Of the grouped layer.

    Returns
    -------
    Scene
        Grids ``"plain"``, ``"grouped"``, ``"depthwise"`` and ``"pointwise"``: a row for each
        output channel, a column for each input channel, and the weights between the two; and
        charts of the counts. Where groups does not divide the channels, the error's text.

    Examples
    --------
    >>> depthwise_scene(16, 32)["depthwise"].values[1][:4]
    ('', '9', '', '')
    >>> depthwise_scene(16, 32).bars[0].texts
    ('4,608', '4,608', '656')
    """
    middle, cells = in_channels * multiplier, kernel_size**2
    plain = _who_reads_whom("plain", "plain", in_channels, out_channels, cells)
    separable = (
        _who_reads_whom("depthwise", "depthwise", in_channels, middle, cells, in_channels),
        _who_reads_whom("pointwise", "pointwise", middle, out_channels, 1),
    )
    title = "1 group" if groups == 1 else f"{groups} groups"
    try:
        weights, products = _layer_costs(
            in_channels, out_channels, kernel_size, multiplier, groups, title
        )
    except ValueError as error:
        return Scene((plain, *separable), f"No grouped layer: {error}.", error=str(error))
    grouped = _who_reads_whom("grouped", title, in_channels, out_channels, cells, groups)
    area = size_text((OUTPUT_SIZE, OUTPUT_SIZE))
    return Scene(
        (plain, grouped, *separable),
        _depthwise_sentence(in_channels, out_channels, multiplier, groups, weights),
        bars=(
            bars("weights", "weights", weights, "kernel"),
            bars("multiply-adds", f"multiply-adds for {area} output cells", products, "output"),
        ),
        formula="\n".join(
            (
                explain_grouped_parameter_count(in_channels, out_channels, kernel_size, groups),
                explain_separable_parameter_count(
                    in_channels, out_channels, kernel_size, multiplier
                ),
            )
        ),
        code=_depthwise_lines(in_channels, out_channels, kernel_size, middle, groups),
        symbols={
            "I": Symbol("input channels", ("plain",), "row", "kernel"),
            "O": Symbol("output channels", ("plain",), "side", "kernel"),
        },
    )


def _who_reads_whom(
    name: str, title: str, inputs: int, outputs: int, weights: int, groups: int = 1
) -> Grid:
    """Return a row for each output channel, with the weights for each input that it reads."""
    joined = connections(inputs, outputs, groups)
    roles = np.where(joined, "kernel", "blank")
    texts = np.where(joined, str(weights), "").tolist()
    return grid(name, f"{title}: {outputs}×{inputs}", texts, roles)


def _layer_costs(
    in_channels: int, out_channels: int, kernel_size: int, multiplier: int, groups: int, title: str
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the weights and the multiply-adds of the three layers, the grouped one by its title.

    Raises
    ------
    ValueError
        If groups does not divide the channels.
    """
    middle = in_channels * multiplier
    layers = {
        "plain": [(in_channels, out_channels, kernel_size, 1)],
        title: [(in_channels, out_channels, kernel_size, groups)],
        "separable": [
            (in_channels, middle, kernel_size, in_channels),
            (middle, out_channels, 1, 1),
        ],
    }
    weights = {
        name: sum(parameter_count(i, o, k, g, bias=False) for i, o, k, g in steps)
        for name, steps in layers.items()
    }
    products = {
        name: sum(multiply_adds(i, o, k, OUTPUT_SIZE, g) for i, o, k, g in steps)
        for name, steps in layers.items()
    }
    return weights, products


def _depthwise_lines(
    in_channels: int, out_channels: int, kernel_size: int, middle: int, groups: int
) -> str:
    return "\n".join(
        (
            f"plain = nn.Conv2d({in_channels}, {out_channels}, {kernel_size}, bias=False)",
            f"grouped = nn.Conv2d({in_channels}, {out_channels}, {kernel_size}, "
            f"groups={groups}, bias=False)",
            "separable = nn.Sequential(",
            f"    nn.Conv2d({in_channels}, {middle}, {kernel_size}, groups={in_channels}, "
            "bias=False),",
            f"    nn.Conv2d({middle}, {out_channels}, 1, bias=False),",
            ")",
        )
    )


def _binomial(size: int) -> Array:
    """Return a row of Pascal's triangle.

    Examples
    --------
    >>> _binomial(5)
    array([1, 4, 6, 4, 1])
    """
    row = np.ones(1, dtype=np.int64)
    for _ in range(size - 1):
        row = np.convolve(row, [1, 1])
    return row


def _rounded(values: Array) -> Array:
    # Two decimals and a sign would not be legible in a cell.
    rounded: Array = np.round(np.asarray(values, dtype=np.float64), 1)
    return rounded


def _separation_sentence(shape: Size, rank: int, products: int, error: float) -> str:
    height, width = shape
    used = min(products, rank)
    what = "the product of a column and a row" if used == 1 else f"a sum of {used} products"
    sentence = f"{a_size(shape).capitalize()} kernel of rank {rank}"
    if used < rank:
        sentence += f" is not {what}; the nearest is off by {100 * error:.0f} %."
    else:
        sentence += f" is {what}."
        sentence += " More are not needed." if used < products else ""
    return (
        f"{sentence} The kernel takes {height * width} multiplications for each output cell, "
        f"columns and rows take {used * (height + width)}."
    )


def _separation_lines(kernel: Array, products: int) -> str:
    return "\n".join(
        (
            f"kernel = torch.tensor({kernel.tolist()}).double()",
            "left, singular, right = torch.linalg.svd(kernel)",
            f"columns, rows = left[:, :{products}] * singular[:{products}], right[:{products}]",
            "product = columns @ rows",
            "error = (kernel - product).norm() / kernel.norm()",
            "output = sum(",
            "    F.conv2d(F.conv2d(input, column.view(1, 1, -1, 1)), row.view(1, 1, 1, -1))",
            "    for column, row in zip(columns.T, rows)",
            ")",
        )
    )


def _depthwise_sentence(
    in_channels: int, out_channels: int, multiplier: int, groups: int, weights: dict[str, int]
) -> str:
    plain, grouped, separable = weights.values()
    reads = in_channels // groups
    part = "all" if reads == in_channels else str(reads)
    return (
        f"{in_channels} input and {out_channels} output channels. Plain: each output channel reads "
        f"all input channels, {plain} weights. In {groups} group{'s' if groups > 1 else ''}: it "
        f"reads {part} of them, {grouped} weights. Depthwise: each input channel alone makes "
        f"{multiplier}; pointwise: each output channel reads all of these; together {separable} "
        "weights."
    )
