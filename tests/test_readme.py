"""The README's picture is what the code draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from book_art import step_png
from PIL import Image

ROOT = Path(__file__).parent.parent


def test_readme_shows_the_picture_that_the_code_draws(tmp_path):
    shown = ROOT / "book/_static/explorer.png"
    assert str(shown.relative_to(ROOT)) in (ROOT / "README.md").read_text()
    step_png(tmp_path / "drawn.png")
    with Image.open(shown) as old, Image.open(tmp_path / "drawn.png") as new:
        assert old.size == new.size
        # Another build of the font library may round an edge otherwise; a changed cell is more.
        difference = np.abs(np.asarray(old, dtype=int) - np.asarray(new, dtype=int))
    assert (difference > 32).mean() < 0.001
