"""The roofline explorer: its points are the table's."""

from __future__ import annotations

import csv
import re
from itertools import pairwise

import pytest

from convlib.explorers import EXPLORERS
from convlib.measured import COLUMNS, Ceiling, ceiling, measurements, read_table
from convlib.scenes import roofline
from tests.book.tools import TOP

ROOFLINE = EXPLORERS["roofline"]


def test_states_are_rows_of_the_table():
    for values in ROOFLINE.states():
        scene = ROOFLINE.scene(**values)
        with (TOP / f"convlib/data/{values['card'].lower()}.csv").open(encoding="utf-8") as lines:
            rows = [
                row
                for row in csv.DictReader(lines)
                if row["precision"] == values["precision"] and row["layout"] == values["layout"]
            ]
        milliseconds = re.search(r"in ([\d.]+) ms", scene.sentence)[1]
        found = [row for row in rows if float(row["milliseconds"]) == float(milliseconds)]
        assert found
        counted = re.search(r"2 · ([\d,]+) / ([\d,]+)", scene.formula).groups()
        assert counted in {
            (f"{int(row['multiply_adds']):,}", f"{int(row['bytes']):,}") for row in found
        }


def test_only_large_kernels_in_float32_are_above_the_roof():
    """Winograd's ways have 16 products for 36, or 36 for 144, and an FFT fewer for large kernels.

    Ceilings are measured too: leave them a fifth.
    """
    above = set()
    for values in ROOFLINE.states():
        table = measurements(values["card"])
        row = roofline.find(table, values["layer"], values["precision"], values["layout"])
        reached = row.teraflops / ceiling(table, values["precision"]).attainable(row.intensity)
        said = "fewer products" in ROOFLINE.scene(**values).sentence
        assert said == (reached > roofline.ABOVE)
        if said:
            above.add((row.precision, values["layer"]))
    assert above == {("float32", name) for name in ("plain-512", "kernel-7", "groups-1")}


def test_the_picture_has_one_point_and_a_roof_that_rises_then_stays():
    for values in ROOFLINE.states():
        cells = ROOFLINE.scene(**values)["roofline"]
        assert sum(text == "●" for row in cells.values for text in row) == 1
        heights = [
            sum(row[column] in ("input", "kernel") for row in cells.roles[:-1])
            for column in range(1, cells.shape[1])
        ]
        # The point hides a cell of the part below the roof, or stands above it.
        assert all(after >= before - 1 for before, after in pairwise(heights))
        assert max(heights) - heights[-1] <= 1


def test_tables_have_the_same_columns_and_layers():
    one, other = (measurements(card) for card in ("H100", "H200"))
    assert len(one) == len(other)
    same = [(a.family, a.layer, a.multiply_adds) == (b.family, b.layer, b.multiply_adds)
            for a, b in zip(one, other, strict=True)]  # fmt: skip
    assert all(same)


def test_wrong_tables_and_names_are_refused():
    with pytest.raises(ValueError, match="the table lacks the columns batch, bytes"):
        read_table(["family,layer"])
    with pytest.raises(ValueError, match="card='A100' must be one of H100, H200"):
        measurements("A100")
    with pytest.raises(ValueError, match="precision='int8': the table holds no ceiling"):
        ceiling(measurements("H100"), "int8")
    with pytest.raises(ValueError, match="layer='plain-1' must be one of plain-64"):
        roofline.find(measurements("H100"), "plain-1", "float32", "NCHW")
    with pytest.raises(ValueError, match="was not measured in int8, NCHW"):
        roofline.find(measurements("H100"), "plain-512", "int8", "NCHW")
    assert len(COLUMNS) == 18
    assert Ceiling(100, 2).ridge == 50
