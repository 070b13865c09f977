"""The separable explorer: a kernel as a column times a row, or as a sum of such products."""

from convlib.explorers.base import Control, Explorer
from convlib.scene import Scene
from convlib.scenes_separable import named_kernel, separation_scene

__all__ = ["separable"]

KERNELS = ("Sobel", "Gaussian", "box", "Laplacian", "identity", "diagonal-edge", "diagonal-line")


def _scene(kernel: str, kernel_size: int, products: int) -> Scene:
    return separation_scene(named_kernel(kernel, kernel_size), products)


separable = Explorer(
    name="separable",
    title="Separable: a kernel as a column times a row",
    controls=(
        Control("kernel", "kernel", KERNELS, "Sobel"),
        Control("kernel_size", "kernel size", (3, 5, 7), 3),
        Control("products", "products", (1, 2, 3), 1),
    ),
    scene=_scene,
)
