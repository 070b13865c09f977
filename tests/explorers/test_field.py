"""The field explorer: its counts are the gradient of an output cell."""

from __future__ import annotations

import re

import numpy as np
import torch
import torch.nn.functional as F

from convlib.explorers import EXPLORERS

FIELD = EXPLORERS["field"]


def test_states_equal_the_gradient():
    for number, values in enumerate(FIELD.states()):
        if number % 7:
            continue  # no control has seven values
        scene = FIELD.scene(**values)
        x = torch.ones(1, 1, 900, requires_grad=True)
        exec(scene.code.removesuffix("\nx.grad"), {"F": F, "torch": torch, "x": x})
        counts = x.grad[0, 0].int().tolist()
        first, last, size, _, _ = re.search(
            r"cells (\S+) to (\S+), so (\d+); its middle is (\S+); jump (\d+)$", scene.formula
        ).groups()
        first, last = (int(end.replace("−", "-")) for end in (first, last))
        assert last - first + 1 == int(size)
        read = np.flatnonzero(counts)
        if len(read):
            assert max(0, first) <= read[0]
            assert read[-1] == last
        ways = dict(zip(scene.bars[0].labels, scene.bars[0].texts, strict=True))
        for label, text in ways.items():
            cell = int(label.split()[1].replace("−", "-"))
            if cell >= 0:
                assert counts[cell] == int(text.replace(",", ""))
        if scene.grids:
            bottom = scene["tree"].values[-1][-min(0, first) :]
            assert [int(text or 0) for text in bottom] == counts[: len(bottom)]


def test_causal_fields_look_back_alone():
    for values in FIELD.states():
        if values["padding"] == "causal" and values["stride"] == "all-1":
            scene = FIELD.scene(**values)
            assert f" to {values['position']}, so" in scene.formula.splitlines()[-1]
