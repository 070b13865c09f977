"""The separable explorer: a kernel as a column times a row, or as a sum of such products."""

from typing import Any

import numpy as np

from convlib.explorers.declaration import Control, Guess, Own
from convlib.explorers.explorer import Explorer
from convlib.scenes.scene import Scene
from convlib.scenes.separable import named_kernel, separation_scene
from convlib.separable import kernel_rank

__all__ = ["separable"]

KERNELS = ("Sobel", "Gaussian", "box", "Laplacian", "identity", "diagonal-edge", "diagonal-line")
MOST_CELLS, LARGEST = 11, 9999  # along a side; what a cell can show


def _own_kernel(kernel: Any) -> list[list[float]]:
    """Return a reader's kernel as lists, if there is a picture of it.

    Raises
    ------
    TypeError, ValueError
        As `convlib.separate`; also if the kernel holds zeros alone, or is too large to be drawn.

    Examples
    --------
    >>> _own_kernel(((1, 2), (3, 4.5)))
    [[1.0, 2.0], [3.0, 4.5]]
    """
    if not kernel_rank(kernel):
        raise ValueError("kernel holds zeros alone; it must have a weight other than 0")
    kernel = np.asarray(kernel)
    if max(kernel.shape) > MOST_CELLS:
        raise ValueError(
            f"kernel has shape {kernel.shape}; the picture has room for {MOST_CELLS} cells a side"
        )
    if np.abs(kernel).max() > LARGEST:
        raise ValueError(f"kernel holds a weight beyond ±{LARGEST}, more than a cell can show")
    own: list[list[float]] = kernel.tolist()
    return own


def _weights(kernel: str | list[list[float]], kernel_size: int) -> Any:
    # A reader's own kernel has a size of its own.
    return named_kernel(kernel, kernel_size) if isinstance(kernel, str) else kernel


def _scene(kernel: str | list[list[float]], kernel_size: int, products: int) -> Scene:
    return separation_scene(_weights(kernel, kernel_size), products)


separable = Explorer(
    name="separable",
    title="Separable: a kernel as a column times a row",
    controls=(
        Control(
            "kernel",
            "kernel",
            KERNELS,
            "Sobel",
            Own("kernel", "your own kernel", "[[1, 2], [3, 4]]", _own_kernel),
        ),
        Control("kernel_size", "kernel size", (3, 5, 7), 3),
        Control("products", "products", (1, 2, 3), 1),
    ),
    scene=_scene,
    guess=Guess(
        "How many products of a column and a row make the kernel: what is its rank?",
        lambda scene, values: str(kernel_rank(_weights(values["kernel"], values["kernel_size"]))),
        ("missing",),
    ),
)
