"""How far a computed number may be from the exact one: what the arithmetic allows, and no more.

A sum of n products in floating point, added up in *any* order, fused or not, is off by at most
γ(n) · Σ|x||w| with γ(n) = n·u / (1 − n·u), where u is half the distance from 1 to the next number
of the type that adds up (Higham 2002, section 3.1). It holds on every processor, and for
every library of matrix products. Where numbers are whole and small, sums are exact, and tests ask
for equality; where the order of summation is known to be pairwise, γ(log₂ n) would do.
"""

from __future__ import annotations

import numpy as np


def gamma(operations: int, dtype) -> float:
    """Return γ(n): the relative error of so many roundings, one after the other."""
    unit = float(np.finfo(dtype).eps) / 2
    return operations * unit / (1 - operations * unit)


def assert_within_rounding(actual, exact, magnitude, products: int) -> None:
    """Hold a result to the bound, cell by cell.

    Parameters
    ----------
    actual
        The computed array, of the type whose rounding counts. float16 adds up in float32.
    exact
        The same in a type at least twice as precise.
    magnitude
        Σ|x||w| of every cell: the same operation on the absolute values.
    products
        How many numbers are added up in a cell, the bias too.
    """
    actual, exact, magnitude = np.asarray(actual), np.asarray(exact), np.asarray(magnitude)
    assert actual.shape == exact.shape
    adds_up_in = np.float32 if actual.dtype == np.float16 else actual.dtype
    bound = gamma(products, adds_up_in) * magnitude
    if actual.dtype == np.float16:  # and the result is rounded once more
        bound += np.finfo(np.float16).eps / 2 * (abs(exact) + bound) + np.finfo(np.float16).tiny
    over = abs(actual.astype(np.float64) - exact) > bound
    if over.any():
        worst = np.unravel_index(np.argmax(abs(actual - exact) / bound), bound.shape)
        raise AssertionError(
            f"{over.sum()} of {over.size} cells are off by more than rounding explains; the worst, "
            f"{tuple(map(int, worst))}, is {actual[worst]} in place of {exact[worst]}, and may be "
            f"off by {bound[worst]:.3g}"
        )
