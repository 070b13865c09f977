"""The stacks explorer: two kernels, and the one convolution that they are."""

from convlib.explorers.declaration import Control, Guess, size_of
from convlib.explorers.explorer import Explorer
from convlib.scenes.scene import Scene
from convlib.scenes.stacks import KERNELS, compose_scene, stack_kernel

__all__ = ["stacks"]


def _scene(first: str, second: str, stride: int) -> Scene:
    return compose_scene(stack_kernel(first), stack_kernel(second), stride)


stacks = Explorer(
    name="stacks",
    title="Stacks: two kernels are one",
    controls=(
        Control("first", "first kernel", KERNELS, "pair"),
        Control("second", "second kernel", KERNELS, "pair"),
        Control("stride", "stride of the first", (1, 2, 3), 1),
    ),
    scene=_scene,
    guess=Guess("How large is the kernel of both in one: rows × columns?", size_of("both")),
)
