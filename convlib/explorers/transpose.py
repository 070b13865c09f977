"""The transpose explorer: one operation as stamps, as a kernel that slides, and as a matrix."""

from collections.abc import Mapping
from dataclasses import replace

from convlib.arithmetic import conv_output_size, conv_transpose_output_size
from convlib.explain import explain_output_size
from convlib.explorers.declaration import Control, Guess, size_of
from convlib.explorers.explorer import Explorer
from convlib.explorers.own import MOST, no_room
from convlib.scenes.convolution import numbered_kernel, size_text
from convlib.scenes.scene import Scene, Symbol, grid
from convlib.scenes.transpose import (
    counting_input,
    sliding_scene,
    stamps_scene,
    transposed_matrix_scene,
)

__all__ = ["transpose"]

VIEWS = {"stamps": stamps_scene, "sliding": sliding_scene, "matrix": transposed_matrix_scene}


def _scene(size: int, kernel_size: int, stride: int, padding: int, view: str) -> Scene:
    """Return the way back of the convolution that starts from `size` cells along each axis."""
    weight = numbered_kernel(kernel_size)
    try:
        small = conv_output_size(size, kernel_size, stride, padding)
    except ValueError as error:
        kernel = grid("kernel", f"kernel {size_text(weight.shape)}", weight, "kernel")
        return Scene((kernel,), f"No way back, since there is no way: {error}.", error=str(error))
    back = conv_transpose_output_size(small, kernel_size, stride, padding)
    if view == "matrix" and (large := no_room(back * back, small * small)):
        return large
    scene = VIEWS[view](counting_input(small), weight, stride, padding)
    forward = f"A convolution turns {size}×{size} into {small}×{small}; this is its way back"
    short = size - back
    if short:
        forward += f", {short} {'cell' if short == 1 else 'cells'} short of {size}×{size}"
    way = explain_output_size(size, kernel_size, stride, padding)
    return replace(
        scene,
        sentence=f"{forward}. {scene.sentence}",
        formula=f"convolution: {way}\nway back: {scene.formula}",
        symbols=_both_ways(scene.symbols),
    )


def _both_ways(symbols: Mapping[str, Symbol]) -> dict[str, Symbol]:
    """Return symbols for both lines: the output of the convolution is the input of the way back."""
    there = symbols["i"]._replace(name="output size")
    back = {f"way back: {letter}": symbols[letter] for letter in "io"}
    return {"convolution: o": there, **back, **{letter: symbols[letter] for letter in "ksp"}}


transpose = Explorer(
    name="transpose",
    title="Transposed convolution: one operation in three views",
    controls=(
        Control("size", "size to return to", tuple(range(3, 9)), 5, most=MOST),
        Control("kernel_size", "kernel size", tuple(range(1, 5)), 3, most=MOST),
        Control("stride", "stride", (1, 2, 3), 2, most=MOST),
        Control("padding", "padding", (0, 1, 2), 0, most=MOST),
        Control("view", "view", tuple(VIEWS), "stamps"),
    ),
    scene=_scene,
    guess=Guess(
        "How large is the way back: rows × columns, or none?",
        lambda scene, values: size_of("canvas" if values["view"] == "stamps" else "output")(
            scene, values
        ),
    ),
)
