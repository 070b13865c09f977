"""How long `import convlib` takes beside `import numpy`: `python -m benchmarks.start`."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

ROUNDS = 15
BUDGET = 1.3
STATEMENTS = ("import numpy", "import convlib", "from convlib import conv2d, plan", "import torch")


def main() -> bool:
    """Print the table; return whether the budget is kept."""
    seconds: dict[str, list[float]] = {statement: [] for statement in STATEMENTS}
    for _ in range(ROUNDS):
        for statement in STATEMENTS:  # in turns, so that what the machine does hits all alike
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", statement], check=True)
            seconds[statement].append(time.perf_counter() - begin)
    usual = {statement: median(times) for statement, times in seconds.items()}
    for statement, time_taken in usual.items():
        ratio = time_taken / usual["import numpy"]
        print(f"{statement:34} {1000 * time_taken:6.0f} ms  {ratio:5.2f}x")
    kept = usual["import convlib"] <= BUDGET * usual["import numpy"]
    print(f"budget {BUDGET}x: {'kept' if kept else 'broken'}")
    return kept


if __name__ == "__main__":
    sys.exit(not main())
