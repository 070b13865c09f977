"""The classic set: one small convolution for each kind, and the transposed convolution of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from convlib import conv_output_size, rotate180, zero_insert
from convlib.explain import explain_transpose_output_size
from convlib.scenes.convolution import convolution_scene, example_input, example_kernel
from convlib.scenes.scene import Scene, grid
from convlib.scenes.transpose import counting_input, sliding_scene

__all__ = ["GALLERY", "Picture", "gallery_scene"]


@dataclass(frozen=True)
class Picture:
    """One picture of the gallery.

    Parameters
    ----------
    title
        What the reader sees above it.
    make
        Returns its scene.
    """

    title: str
    make: Callable[[], Scene]


def gallery_scene(name: str) -> Scene:
    """Return the scene of a picture of the gallery, its sweep included.

    Parameters
    ----------
    name
        A key of `GALLERY`.

    Raises
    ------
    ValueError
        If there is no such picture.

    Examples
    --------
    >>> gallery_scene("strides").sentence
    'A 3×3 kernel slides over a 5×5 input with stride 2, and gives a 2×2 output.'
    >>> gallery_scene("strides-transposed")["output"].title
    'output 5×5'
    """
    if name not in GALLERY:
        raise ValueError(f"name={name!r} must be one of {', '.join(GALLERY)}")
    return GALLERY[name].make()


def _convolution(size: int, kernel_size: int, **settings: int) -> Scene:
    return convolution_scene(example_input(size), example_kernel(kernel_size), **settings)


def _way_back(size: int, kernel_size: int, **settings: int) -> Scene:
    """Return the transposed convolution of `_convolution`, from its output size to its input's."""
    small = conv_output_size(size, kernel_size, **settings)
    return sliding_scene(counting_input(small), example_kernel(kernel_size), **settings)


def _odd_way_back() -> Scene:
    """Return the transposed convolution that needs output padding: a row of zeros more at the end.

    Its canvas has one more row and column, and so has the padding of the sliding view.
    """
    input, weight = counting_input(3), example_kernel(3)
    scene = convolution_scene(zero_insert(input, 2), rotate180(weight), padding=((1, 2), (1, 2)))
    roles = np.full((8, 8), "padding", dtype=object)
    roles[1:6, 1:6] = "zero"
    roles[1:6:2, 1:6:2] = "input"
    title = "input 3×3; zeros: 1 between, 1 before and 2 after"
    return replace(
        scene,
        grids=(
            grid("input", title, scene["input"].values, roles),
            replace(scene["kernel"], title="kernel 3×3, turned by 180°"),
            scene["output"],
        ),
        sentence=(
            "A transposed convolution with a 3×3 kernel, stride 2, padding 1 and output padding 1 "
            "turns 3×3 into 6×6. Here the same comes from a plain convolution: the input gets 1 "
            "zero between neighbouring cells, 1 on each side and 1 more at the end, and the "
            "kernel, turned by 180°, slides over it with stride 1."
        ),
        formula=explain_transpose_output_size(3, 3, stride=2, padding=1, output_padding=1),
        code="F.conv_transpose2d(input, weight, stride=2, padding=1, output_padding=1)",
    )


#: Name, title, input size, kernel size and settings of each kind.
_KINDS: tuple[tuple[str, str, int, int, dict[str, int]], ...] = (
    ("no-padding", "No padding", 4, 3, {}),
    ("arbitrary-padding", "Arbitrary padding", 4, 4, {"padding": 2}),
    ("half-padding", "Half padding", 4, 3, {"padding": 1}),
    ("full-padding", "Full padding", 3, 3, {"padding": 2}),
    ("strides", "Strides", 5, 3, {"stride": 2}),
    ("padding-strides", "Padding and strides", 5, 3, {"stride": 2, "padding": 1}),
    ("odd", "Odd", 6, 3, {"stride": 2, "padding": 1}),
    ("dilated", "Dilated", 7, 3, {"dilation": 2}),
)

#: Every picture by its name, which is also that of its files.
GALLERY: dict[str, Picture] = {
    name: Picture(title, partial(_convolution, size, kernel_size, **settings))
    for name, title, size, kernel_size, settings in _KINDS
} | {
    f"{name}-transposed": Picture(
        f"{title}, transposed",
        _odd_way_back if name == "odd" else partial(_way_back, size, kernel_size, **settings),
    )
    for name, title, size, kernel_size, settings in _KINDS
}
