"""Scenes of stacks: two kernels, and the one that they make."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from convlib._types import Array
from convlib.explain import explain_composed_size
from convlib.scenes.convolution import a_size, settings_text, size_text
from convlib.scenes.scene import Scene, Sweep, Symbol, grid, view
from convlib.scenes.seeing import question_kernel
from convlib.scenes.separable import named_kernel
from convlib.separable import compose

__all__ = ["KERNELS", "compose_scene", "stack_kernel"]

#: Kernels of the stacks, by the names that readers see.
KERNELS = ("box", "Gaussian", "Sobel", "Laplacian", "identity", "shift", "pair")


def stack_kernel(name: str) -> Array:
    """Return one of `KERNELS`, int64 of shape (k, k): 3×3, but for ``"pair"``, which is 2×2.

    Examples
    --------
    >>> stack_kernel("shift"), stack_kernel("pair")
    (array([[0, 0, 0],
           [0, 0, 1],
           [0, 0, 0]]), array([[1, 1],
           [1, 1]]))
    """
    if name == "shift":
        return question_kernel(name)
    return np.ones((2, 2), np.int64) if name == "pair" else named_kernel(name)


def compose_scene(first: ArrayLike, second: ArrayLike, stride: int = 1) -> Scene:
    """Return two kernels, and the kernel of the one convolution that does what both do.

    Parameters
    ----------
    first, second : shape (kH, kW)
    stride
        Of the first convolution.

    Returns
    -------
    Scene
        Grids ``"second"``, ``"first"`` and ``"both"``. Each step is a weight of the second kernel,
        which stamps the first one onto the result.

    Examples
    --------
    >>> scene = compose_scene([[1, 2]], [[1, -1]])
    >>> scene["both"].values
    (('1', '1', '−2'),)
    >>> scene.step_text(0, 1)
    'second[0, 1] = −1 adds (−1)×1 to both[0, 1], (−1)×2 to both[0, 2]'
    """
    first, second = np.asarray(first), np.asarray(second)
    both = compose(first, second, stride)
    rows, columns = (
        tuple(
            tuple((tap, at * stride + tap) for tap in range(first.shape[axis]))
            for at in range(second.shape[axis])
        )
        for axis in (0, 1)
    )
    apart = "cell after cell" if stride == 1 else f"{stride} cells apart"
    return Scene(
        (
            grid("second", f"second kernel {size_text(second.shape)}", second, "kernel"),
            grid("first", f"first kernel {size_text(first.shape)}", first, "kernel"),
            grid("both", f"both in one {size_text(both.shape)}", both, "output"),
        ),
        f"{a_size(first.shape).capitalize()} kernel with stride {stride}, then "
        f"{a_size(second.shape)} one, are one convolution with {a_size(both.shape)} "
        f"kernel: each weight of the second stamps the first kernel, {apart}.",
        Sweep("second", "both", "first", rows, columns, kind="stamp"),
        formula=explain_composed_size(len(first), len(second), stride),
        code=_compose_lines(stride),
        views=(view("first", first.shape), view("second", second.shape)),
        symbols={
            "k₁": Symbol("size of the first kernel", ("first",), "side", "kernel"),
            "k₂": Symbol("size of the second kernel", ("second",), "side", "kernel"),
            "s₁": Symbol("stride of the first layer", ("both",), "stride", "output"),
            "K": Symbol("size of both in one", ("both",), "side", "output"),
        },
    )


def _compose_lines(stride: int) -> str:
    moves = settings_text(stride=stride)
    return "\n".join(
        (
            f"twice = F.conv2d(F.conv2d(x, first{moves}), second)",
            f"both = F.conv_transpose2d(second, first{moves})",
            f"once = F.conv2d(x, both{moves})",
        )
    )
