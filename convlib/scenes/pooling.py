"""Scenes of pooling: windows without weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from convlib._types import Array
from convlib.arithmetic import pool_output_size
from convlib.explain import explain_pool_output_size
from convlib.pooling import avg_pool2d, max_pool2d
from convlib.scenes.convolution import a_size, padded_roles, settings_text, size_text
from convlib.scenes.scene import AxisLinks, Grid, Scene, Sweep, Symbol, grid, view
from convlib.scenes.symbols import SIZES

__all__ = ["KINDS", "pooling_scene"]

#: Kinds of pooling, by the names that readers see.
KINDS = ("max", "average", "average-of-data")
SUMMARIES = {"max": "largest"}


def pooling_scene(
    input: ArrayLike, kind: str, kernel_size: int, stride: int, padding: int = 0,
    ceil_mode: bool = False,
) -> Scene:  # fmt: skip
    """Return the picture of one pooling: padded input, output, and the sweep.

    Parameters
    ----------
    input : shape (H, W)
    kind
        Of `KINDS`: ``"max"``, ``"average"`` (padding counts as zeros) or ``"average-of-data"``
        (padding does not count).
    kernel_size, stride, padding
        In cells, for both axes.
    ceil_mode
        Whether a last window may reach past the end.

    Returns
    -------
    Scene
        Grids ``"input"`` (with its padding), ``"window"`` and ``"output"``. Where the parameters
        make no output, the scene holds the error's text and no output.

    Examples
    --------
    >>> scene = pooling_scene([[1, 5], [3, 4]], "max", 2, 2)
    >>> scene.step_text(0, 0)
    'output[0, 0] = largest of 1, 5, 3, 4 = 5'
    """
    input = np.asarray(input)
    given = (kernel_size, stride, padding)
    window = grid("window", f"window {size_text((kernel_size,) * 2)}", *_window(kernel_size))
    try:
        sizes = pool_output_size(input.shape, *given, ceil_mode=ceil_mode)
    except ValueError as error:
        alone = grid("input", f"input {size_text(input.shape)}", input, "input")
        views = (view("input", input.shape),)
        return Scene((alone, window), f"No output: {error}.", error=str(error), views=views)
    if kind == "max":
        output = max_pool2d(input, *given, ceil_mode=ceil_mode)
    else:
        output = avg_pool2d(input, *given, ceil_mode, kind == "average")
    windows = _windows(input.shape, sizes, given)
    data = range(padding, padding + input.shape[0]), range(padding, padding + input.shape[1])
    # Data alone is read where padding does not count.
    rows, columns = map(_within, windows, data) if kind == "average-of-data" else windows
    axes = [
        explain_pool_output_size(size, *given, ceil_mode=ceil_mode)
        for size in dict.fromkeys(input.shape)
    ]
    return Scene(
        grids=(
            _padded(input, kind, padding, windows),
            window,
            grid("output", f"output {size_text(sizes)}", output, "output"),
        ),
        sentence=_sentence(input.shape, sizes, kind, given, ceil_mode),
        sweep=Sweep("output", "input", "window", rows, columns, (), SUMMARIES.get(kind, "mean")),
        formula="\n".join(axes),
        code=_torch_call(kind, given, ceil_mode),
        views=(view("input", input.shape, [(padding, padding)] * 2),),
        symbols={**SIZES, "k": Symbol("window size", ("window",), "side", "kernel")},
    )


def _window(kernel_size: int) -> tuple[list[list[str]], str]:
    return [[""] * kernel_size] * kernel_size, "kernel"


def _windows(
    shape: tuple[int, ...], sizes: tuple[int, ...], given: tuple[int, int, int]
) -> tuple[AxisLinks, AxisLinks]:
    """Return for each axis the (tap, padded cell) pairs of each window; one may hang over."""
    kernel_size, stride, padding = given
    rows, columns = (
        _within(
            tuple(
                tuple((tap, at * stride + tap) for tap in range(kernel_size)) for at in range(count)
            ),
            range(size + 2 * padding),
        )
        for size, count in zip(shape, sizes, strict=True)
    )
    return rows, columns


def _within(links: AxisLinks, cells: range) -> AxisLinks:
    return tuple(tuple(pair for pair in pairs if pair[1] in cells) for pairs in links)


def _padded(input: Array, kind: str, padding: int, windows: tuple[AxisLinks, AxisLinks]) -> Grid:
    filler: Any = {"max": "−∞", "average": 0}.get(kind, "")
    cells = np.pad(input.astype(object), padding, constant_values=filler)
    roles = padded_roles(input.shape, ((padding, padding),) * 2, windows)
    title = f"input {size_text(input.shape)}"
    return grid("input", f"{title}, padding {padding}" if padding else title, cells, roles)


def _sentence(
    shape: tuple[int, ...], sizes: tuple[int, ...], kind: str, given: tuple[int, int, int],
    ceil_mode: bool,
) -> str:  # fmt: skip
    kernel_size, stride, padding = given
    does = {
        "max": "keeps the largest cell",
        "average": "takes the mean",
        "average-of-data": "takes the mean of the data",
    }[kind]
    around = {
        "max": ", which never wins",
        "average": ", which counts as zeros",
        "average-of-data": ", which does not count",
    }[kind]
    text = (
        f"{a_size((kernel_size, kernel_size)).capitalize()} window {does} at each stop on "
        f"{a_size(shape)} input, with stride {stride}"
    )
    if padding:
        text += f" and padding {padding}{around}"
    text += f", and gives {a_size(sizes)} output."
    floored = pool_output_size(shape, *given)
    if ceil_mode and sizes != floored:
        text += " The last windows reach past the end."
    return text


def _torch_call(kind: str, given: tuple[int, int, int], ceil_mode: bool) -> str:
    kernel_size, stride, padding = given
    function = "max_pool2d" if kind == "max" else "avg_pool2d"
    words = f"F.{function}(input, {kernel_size}"
    # The default of a pooling is its own: windows that touch.
    words += f", stride={stride}" if stride != kernel_size else ""
    words += settings_text(padding=padding)
    words += ", ceil_mode=True" if ceil_mode else ""
    words += ", count_include_pad=False" if kind == "average-of-data" else ""
    return f"{words})"
