"""The benchmark of the machine builds the layers that the tables name."""

from __future__ import annotations

import csv

import pytest
import torch

from benchmarks import hardware
from convlib.measured import CARDS, COLUMNS, ceiling, read_table
from convlib.scenes.roofline import PRECISIONS

with hardware.DATA.open(encoding="utf-8", newline="") as lines:
    ROWS = list(csv.DictReader(lines))
MACHINE = hardware.Machine(torch.device("cpu"), 1, ("forward",), ("float32",), 64, 2**16, 0.0)
#: Each layer once: precision, layout and mode change nothing in what is built.
LAYERS = {
    (row["family"], row["layer"], row["input"], row["output"]): row
    for row in ROWS
    if hardware.wanted(row, MACHINE)
}


@pytest.mark.parametrize("row", LAYERS.values(), ids=["; ".join(key) for key in LAYERS])
def test_layer_has_the_output_and_the_weights_of_its_row(row):
    with torch.device("meta"):
        layer = hardware.layer_of(row)
        output = layer(torch.zeros(2, *hardware.sizes(row["input"])))
    assert output.shape == (2, *hardware.sizes(row["output"]))
    assert sum(part.numel() for part in layer.parameters()) == int(row["weights"])


def test_measured_rows_make_a_table_and_a_picture(tmp_path, monkeypatch, capsys):
    small = [row for row in LAYERS.values() if row["family"] in ("matrix", "im2col")][:4]
    path = tmp_path / "few.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(small)
    monkeypatch.setattr(hardware, "DATA", path)
    monkeypatch.setattr(hardware.Machine, "here", classmethod(lambda cls: MACHINE))
    assert hardware.main(["--folder", str(tmp_path / "found")])
    with (tmp_path / "found/hardware.csv").open(encoding="utf-8", newline="") as lines:
        table = read_table(lines)
    assert [row.layer for row in table[2:]] == [row["layer"] for row in small]
    assert all(row.batch == 1 and row.milliseconds > 0 for row in table)
    assert (tmp_path / "found/roofline.png").read_bytes().startswith(b"\x89PNG")
    assert "4 of 4" in capsys.readouterr().out


def test_both_cards_have_a_ceiling_for_each_precision():
    from convlib.measured import measurements

    for card in CARDS:
        for precision in PRECISIONS:
            roof = ceiling(measurements(card), precision)
            assert 10 < roof.ridge < 300
