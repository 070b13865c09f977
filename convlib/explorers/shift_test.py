"""The shift test: does the output move with its input?"""

from convlib.explorers.declaration import Control, Guess
from convlib.explorers.explorer import Explorer
from convlib.scenes.shifts import BLURS, KINDS, shift_test_scene

__all__ = ["shift_test"]

shift_test = Explorer(
    name="shift-test",
    title="Shift test: does the output move with its input?",
    controls=(
        Control("kind", "layer", KINDS, "convolution"),
        Control("stride", "stride", (1, 2, 4), 2),
        Control("blur", "blur before the stride", tuple(BLURS), "none"),
        Control("shift", "input moves by", tuple(range(5)), 1),
    ),
    scene=shift_test_scene,
    guess=Guess(
        "How many cells of the last row are those of the row above it?",
        lambda scene, values: str(scene["after"].roles[0].count("output")),
        ("after",),
    ),
)
