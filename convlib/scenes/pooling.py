"""Scenes of pooling: windows without weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from convlib._types import Array
from convlib.arithmetic import pool_output_size
from convlib.explain import explain_pool_output_size
from convlib.pooling import avg_pool2d, max_pool2d
from convlib.scenes.convolution import a_size, size_text
from convlib.scenes.scene import Grid, Scene, Sweep, grid

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
        return Scene((alone, window), f"No output: {error}.", error=str(error))
    if kind == "max":
        output = max_pool2d(input, *given, ceil_mode=ceil_mode)
    else:
        output = avg_pool2d(input, *given, ceil_mode, kind == "average")
    # Data alone is read where padding does not count.
    low = padding if kind == "average-of-data" else 0
    rows, columns = (
        tuple(
            tuple(
                (tap, at * stride + tap)
                for tap in range(kernel_size)
                if low <= at * stride + tap < size + 2 * padding - low
            )
            for at in range(count)
        )
        for size, count in zip(input.shape, sizes, strict=True)
    )
    axes = [
        explain_pool_output_size(size, *given, ceil_mode=ceil_mode)
        for size in dict.fromkeys(input.shape)
    ]
    return Scene(
        grids=(
            _padded(input, kind, padding, sizes, kernel_size, stride),
            window,
            grid("output", f"output {size_text(sizes)}", output, "output"),
        ),
        sentence=_sentence(input.shape, sizes, kind, given, ceil_mode),
        sweep=Sweep("output", "input", "window", rows, columns, (), SUMMARIES.get(kind, "mean")),
        formula="\n".join(axes),
        code=_torch_call(kind, given, ceil_mode),
    )


def _window(kernel_size: int) -> tuple[list[list[str]], str]:
    return [[""] * kernel_size] * kernel_size, "kernel"


def _padded(
    input: Array, kind: str, padding: int, sizes: tuple[int, ...], kernel_size: int, stride: int
) -> Grid:
    filler: Any = {"max": "−∞", "average": 0}.get(kind, "")
    cells = np.pad(input.astype(object), padding, constant_values=filler)
    roles = np.full(cells.shape, "padding", dtype=object)
    inside = tuple(slice(padding, padding + size) for size in input.shape)
    roles[inside] = "input"
    for axis, count in enumerate(sizes):
        along = np.moveaxis(roles, axis, 0)
        starts = [at * stride for at in range(count)]
        end = starts[-1] + kernel_size
        for cell in range(len(along)):
            if cell >= end:
                along[cell] = [_marked(role, "unused") for role in along[cell]]
            elif not any(start <= cell < start + kernel_size for start in starts):
                along[cell] = [_marked(role, "gap") for role in along[cell]]
    title = f"input {size_text(input.shape)}"
    return grid("input", f"{title}, padding {padding}" if padding else title, cells, roles)


def _marked(role: str, mark: str) -> str:
    return f"{role.split(' ')[0]} {mark}"


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
    words = [f"F.{function}(input, {kernel_size}"]
    if stride != kernel_size:
        words.append(f"stride={stride}")
    if padding:
        words.append(f"padding={padding}")
    if ceil_mode:
        words.append("ceil_mode=True")
    if kind == "average-of-data":
        words.append("count_include_pad=False")
    return ", ".join(words) + ")"
