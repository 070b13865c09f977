"""What Binder installs from the book's one list: `python -m benchmarks.binder`.

Binder downloads all of it before a reader's first cell runs. Counted are the files of everything
that requirements.txt needs, as pip lists them in this environment.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

BUDGET = 1_500
TOP = Path(__file__).parent.parent


def roots(lines: list[str]) -> list[str]:
    """Return what a list of requirements asks for; the folder itself is convlib.

    Examples
    --------
    >>> roots(["# heart", "-e .[explorers]", "numpy==2.4.6"])
    ['convolution-arithmetic[explorers]', 'numpy==2.4.6']
    """
    named = (
        re.sub(r"^-e \.", "convolution-arithmetic", line.partition("#")[0].strip())
        for line in lines
    )
    return [line for line in named if line]


def closure(wanted: list[str]) -> set[str]:
    """Return the names of the packages that these requirements bring."""
    names, seen = set(), set()
    waiting = [Requirement(line) for line in wanted]
    while waiting:
        one = waiting.pop()
        key = (one.name.lower(), frozenset(one.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            needed = distribution(one.name).requires or []
        except PackageNotFoundError:  # for another system
            continue
        names.add(distribution(one.name).name)
        for requirement in map(Requirement, needed):
            marker = requirement.marker
            if not marker or any(marker.evaluate({"extra": e}) for e in one.extras | {""}):
                waiting.append(requirement)
    return names


@cache
def megabytes(name: str) -> float:
    """Return the size of a package's files, compiled ones included."""
    paths = (Path(file.locate()) for file in distribution(name).files or [])
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def main() -> bool:
    """Print the largest packages and the sum; return whether the budget is kept."""
    names = closure(roots((TOP / "requirements.txt").read_text().splitlines()))
    for name in sorted(names, key=megabytes, reverse=True)[:6]:
        print(f"  {name:30} {megabytes(name):7.0f} MB")
    total = sum(map(megabytes, names))
    kept = total <= BUDGET
    print(f"  {len(names)} packages together {'':10} {total:5.0f} MB   budget {BUDGET}", end="   ")
    print("kept" if kept else "BROKEN", flush=True)
    return kept


if __name__ == "__main__":
    sys.exit(not main())
