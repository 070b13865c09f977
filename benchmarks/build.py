"""How long the book takes to build, in a copy of its own: `python -m benchmarks.build`.

Wall time decides, as it is what one waits for. Processor time, with that of the kernels, stands
beside it, and the machine's load before it began: where others keep it busy, a wall time far above
the processor time is theirs. Rebuilds are made three times and the quickest counts.
"""

from __future__ import annotations

import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from subprocess import CompletedProcess

from tests.book.tools import TOP, build, pages_run

EDITED = "book/padding.md"
ROUNDS = 3


def processor_seconds() -> float:
    """Return the processor time of all programs that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed_build(top: Path) -> tuple[float, float, CompletedProcess]:
    """Build the book in `top`; return the wall and processor seconds, and the finished process."""
    wall, processor = time.perf_counter(), processor_seconds()
    result = build(top)
    wall, processor = time.perf_counter() - wall, processor_seconds() - processor
    if result.returncode:
        raise RuntimeError(f"the book does not build:\n{result.stdout[-4000:]}")
    return wall, processor, result


def timed_rebuild(top: Path, line: str = "") -> tuple[float, float]:
    """Return the times of the quickest rebuild, each after adding `line` to a chapter.

    Raises
    ------
    RuntimeError
        If a rebuild ran cells, or did not bring the lines to the page: then it is not one.
    """
    times = []
    for number in range(ROUNDS):
        if line:
            with (top / EDITED).open("a", encoding="utf-8") as chapter:
                chapter.write(f"\n{line} {number}.\n")
        wall, processor, result = timed_build(top)
        page = (top / "_build/html" / EDITED).with_suffix(".html").read_text(encoding="utf-8")
        if pages_run(result) or (line and f"{line} {number}." not in page):
            raise RuntimeError(f"not a rebuild of prose:\n{result.stdout[-4000:]}")
        times.append((wall, processor))
    return min(times)


def main() -> bool:
    """Print the times beside their budgets; return whether all are kept."""
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before it began")
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder) / "book"
        left_out = shutil.ignore_patterns(".*", "_build", "__pycache__", "*.egg-info")
        shutil.copytree(TOP, top, ignore=left_out)
        wall, processor, result = timed_build(top)
        chapters = pages_run(result)
        slowest = max(chapters, key=chapters.get)
        kept = _row("cold, cells and pages", 90, wall, processor)
        kept &= _row(f"slowest chapter's cells, {slowest}", 20, chapters[slowest])
        kept &= _row("after an edit of one chapter's prose", 8, *timed_rebuild(top, "Another line"))
        kept &= _row("nothing changed", 4, *timed_rebuild(top))
    return kept


def _row(name: str, budget: float, wall: float, processor: float | None = None) -> bool:
    kept = wall <= budget
    beside = f"processor {processor:>6.1f} s" if processor else " " * 18
    verdict = "kept" if kept else "BROKEN"
    print(f"  {name:<46}{wall:>6.1f} s   {beside}   budget {budget:>3} s   {verdict}", flush=True)
    return kept


if __name__ == "__main__":
    sys.exit(not main())
