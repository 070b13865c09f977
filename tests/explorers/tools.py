"""What the tests of explorers read a scene with."""

from __future__ import annotations

import numpy as np


def numbers(grid) -> np.ndarray:
    """Return the whole numbers that a grid shows."""
    return np.array([[int(text.replace("−", "-")) for text in row] for row in grid.values])


def with_role(grid, role: str) -> np.ndarray:
    """Return which cells of a grid have a role or a mark."""
    return np.array([[role in cell.split() for cell in row] for row in grid.roles])


def texts_as_numbers(grid) -> np.ndarray:
    """Return the numbers that a grid shows, of which some are rounded or infinite."""
    return np.array(
        [[float(text.replace("−", "-").replace("∞", "inf")) for text in row] for row in grid.values]
    )
