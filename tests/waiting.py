"""Waiting for conditions: the one way in which tests outside a browser wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
#: For a machine that does much else: nothing that works takes so long.
PATIENCE = 180


def wait_for(condition: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """Return the first true value of `condition`; tests never wait for a time."""
    end = time.monotonic() + patience
    while not (value := condition()):
        assert time.monotonic() < end, f"{what} did not come within {patience} s"
        time.sleep(0.05)
    return value
