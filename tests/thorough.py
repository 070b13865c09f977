"""How thoroughly each explorer is driven, in `make test` and in `make test-all`."""

from __future__ import annotations

import pytest

from convlib.explorers import EXPLORERS


def one_in(every: int) -> pytest.MarkDecorator:
    """Let a test take one in so many of its cases, from the first on; in the long tests all."""
    whole = pytest.param(1, marks=pytest.mark.long, id="all")
    return pytest.mark.parametrize("every", [pytest.param(every, id=f"one in {every}"), whole])


def shares(of_stride: int, of_others: int) -> list:
    """Return parameters (explorer, every): of its states or actions, one in so many is tried.

    In the long tests every one is. No control has as many values as `of_others`, a prime, so the
    samples hold every value of each.
    """
    first = [(one, of_stride if name == "stride" else of_others) for name, one in EXPLORERS.items()]
    return [
        *(pytest.param(one, every, id=one.name) for one, every in first),
        *(
            pytest.param(one, 1, id=f"{one.name}-whole", marks=pytest.mark.long)
            for one, every in first
            if every > 1
        ),
    ]
