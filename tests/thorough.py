"""How thoroughly each explorer is driven, in `make test` and in `make test-all`."""

from __future__ import annotations

import pytest

from convlib.explorers import EXPLORERS

#: Parameters (explorer, every): the stride explorer is driven wholly, every one of its states or
#: actions; of the others every eleventh, and in the long tests every one as well. No control has
#: eleven values, so the samples hold every value of each.
EXPLORERS_AND_SHARES = [
    pytest.param(EXPLORERS["stride"], 1, id="stride"),
    *(pytest.param(one, 11, id=name) for name, one in EXPLORERS.items() if name != "stride"),
    *(
        pytest.param(one, 1, id=f"{name}-whole", marks=pytest.mark.long)
        for name, one in EXPLORERS.items()
        if name != "stride"
    ),
]
