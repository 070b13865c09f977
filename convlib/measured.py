"""What layers cost on machines that were measured: the tables in `convlib/data`.

Their columns are those of ``python -m benchmarks.hardware``, which measures the machine it runs on.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

__all__ = ["CARDS", "COLUMNS", "Ceiling", "Measurement", "ceiling", "measurements", "read_table"]

#: The tables that come with the book, by the names of their cards.
CARDS = ("H100", "H200")
COLUMNS = (
    "family", "layer", "precision", "layout", "mode", "batch", "input", "output", "weights",
    "multiply_adds", "bytes", "milliseconds", "groups", "kernel_size", "stride", "dilation", "size",
    "channels",
)  # fmt: skip


@dataclass(frozen=True)
class Measurement:
    """One row of a table: a layer, what it must do, and how long it took.

    Parameters
    ----------
    family, layer
        What is compared with what.
    precision
        ``"float32"``, ``"tf32"`` or ``"bfloat16"``.
    layout
        ``"NCHW"`` or ``"NHWC"`` (channels last).
    mode
        ``"forward"``, or ``"train"``: with the gradients of input and weights.
    batch
        Images.
    input, output
        Channels × height × width of one image, as text.
    multiply_adds, bytes
        Of the whole batch; the bytes of input, output and weights once.
    milliseconds
        The median.
    """

    family: str
    layer: str
    precision: str
    layout: str
    mode: str
    batch: int
    input: str
    output: str
    multiply_adds: int
    bytes: int
    milliseconds: float

    @property
    def intensity(self) -> float:
        """Operations for each byte that must move; a multiply-add is two."""
        return 2 * self.multiply_adds / self.bytes

    @property
    def teraflops(self) -> float:
        """10¹² operations a second, as measured."""
        return 2 * self.multiply_adds / self.milliseconds / 1e9


@dataclass(frozen=True)
class Ceiling:
    """What a machine can do at most: 10¹² operations and 10¹² bytes a second."""

    teraflops: float
    terabytes: float

    def attainable(self, intensity: float) -> float:
        """Return the height of the roof above an intensity, in 10¹² operations a second.

        Examples
        --------
        >>> roof = Ceiling(teraflops=600, terabytes=3)
        >>> roof.attainable(10), roof.attainable(1000)
        (30, 600)
        """
        return min(self.teraflops, self.terabytes * intensity)

    @property
    def ridge(self) -> float:
        """The intensity at which the roof stops to rise."""
        return self.teraflops / self.terabytes


def read_table(lines: Iterable[str]) -> tuple[Measurement, ...]:
    """Return the rows of a table in CSV, the ceilings among them.

    Raises
    ------
    ValueError
        If a column is missing.
    """
    rows = csv.DictReader(lines)
    if missing := set(COLUMNS) - set(rows.fieldnames or ()):
        raise ValueError(f"the table lacks the columns {', '.join(sorted(missing))}")
    return tuple(
        Measurement(
            **{name: row[name] for name in ("family", "layer", "precision", "layout", "mode")},
            batch=int(row["batch"]),
            input=row["input"],
            output=row["output"],
            multiply_adds=int(row["multiply_adds"]),
            bytes=int(row["bytes"]),
            milliseconds=float(row["milliseconds"]),
        )
        for row in rows
    )


@lru_cache
def measurements(card: str) -> tuple[Measurement, ...]:
    """Return the table of one of `CARDS`.

    Raises
    ------
    ValueError
        If there is no table of this card.

    Examples
    --------
    >>> len(measurements("H100")), measurements("H200")[4].layer
    (524, 'plain')
    """
    if card not in CARDS:
        raise ValueError(f"card={card!r} must be one of {', '.join(CARDS)}")
    path = Path(__file__).with_name("data") / f"{card.lower()}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return read_table(lines)


def ceiling(table: Iterable[Measurement], precision: str) -> Ceiling:
    """Return the limits of a machine, measured in the same run as the layers of its table.

    Raises
    ------
    ValueError
        If the table holds none for this precision.

    Examples
    --------
    >>> roof = ceiling(measurements("H100"), "bfloat16")
    >>> round(roof.teraflops), round(roof.terabytes, 1), round(roof.ridge)
    (679, 3.0, 224)
    """
    rows = [row for row in table if row.family == "ceiling"]
    products = [row for row in rows if row.precision == precision]
    copies = [row for row in rows if not row.multiply_adds]
    if not products or not copies:
        raise ValueError(f"precision={precision!r}: the table holds no ceiling for it")
    return Ceiling(products[0].teraflops, copies[0].bytes / copies[0].milliseconds / 1e9)
