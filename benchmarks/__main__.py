"""Run every benchmark and say whether each keeps its budgets: `make bench`."""

import sys
from importlib import import_module
from pathlib import Path

ALL = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def main() -> int:
    kept = True
    for name in ALL:
        print(f"\n== {name}", flush=True)
        kept &= import_module(f"benchmarks.{name}").main()
    print("\nevery budget kept" if kept else "\na budget is broken: see above")
    return not kept


if __name__ == "__main__":
    sys.exit(main())
