"""The alignment explorer: its rows are PyTorch's."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import torch
import torch.nn.functional as F

from convlib.explorers import EXPLORERS
from convlib.explorers.alignment import ROW
from tests.explorers.tools import texts_as_numbers

ALIGNMENT = EXPLORERS["alignment"]


def test_states_equal_pytorch():
    for values in ALIGNMENT.states():
        scene = ALIGNMENT.scene(**values)
        x = torch.tensor(ROW[: values["size"]], dtype=torch.double)[None, None]
        # The line that the reader may copy is run as it stands.
        expected = eval(scene.code, {"F": F, "x": x})[0, 0].numpy()
        np.testing.assert_allclose(texts_as_numbers(scene["output"])[:, 0], expected, atol=0.0051)


def test_shares_add_up_to_1_and_meet_at_the_place():
    for values in ALIGNMENT.states():
        scene = ALIGNMENT.scene(**values)
        shares = np.array(scene.exact["shares"])
        # Shown with two decimals.
        np.testing.assert_allclose(texts_as_numbers(scene["shares"]), shares, atol=0.005 + 1e-9)
        np.testing.assert_allclose(shares.sum(axis=1), 1)
        if values["way"].startswith("bilinear"):
            places = [float(Fraction(text)) for (text,) in scene["place"].values]
            middles = shares @ np.arange(values["size"])
            np.testing.assert_allclose(middles, places, atol=1e-9)
