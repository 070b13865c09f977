"""Grading a class: `python -m grading`, sandbox included, against serial `nbgrader autograde`.

Both grade the same submissions in the same run, from gradebooks that are copies of each other. The
submissions are harmless: one that is not can end the run of the stock grader.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat

BUDGET, STUDENTS, SET = 5.0, 30, "ps1_arithmetic"
BIN = Path(sys.executable).parent


def hand_in(course: Path) -> None:
    """Write the submissions: all, most, and none of the answers of the source, in turn."""
    source = nbformat.read(course / "source" / SET / f"{SET}.ipynb", 4)
    answers = {cell.id: cell.source for cell in source.cells if "### BEGIN SOL" in cell.source}
    for number, answered in zip(range(STUDENTS), cycle((6, 4, 0)), strict=False):
        notebook = nbformat.read(course / "release" / SET / f"{SET}.ipynb", 4)
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in list(answers)[:answered]:
                cell.source = answers[name]
        folder = course / "submitted" / f"student{number:02}" / SET
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{SET}.ipynb")


def seconds(*command: str) -> float:
    """Return how long a command takes; it must end well."""
    start = time.perf_counter()
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return time.perf_counter() - start


def main() -> bool:
    """Print the throughputs and the memory; return whether the budget is kept."""
    with TemporaryDirectory() as folder:
        ours, stock = Path(folder, "ours"), Path(folder, "stock")
        seconds(sys.executable, "-m", "grading.release", SET, "--course", str(ours))
        hand_in(ours)
        shutil.copytree(ours, stock)
        (stock / "nbgrader_config.py").unlink(missing_ok=True)
        slow = seconds(str(BIN / "nbgrader"), "autograde", SET, "--course-dir", str(stock))
        fast = seconds(sys.executable, "-m", "grading", SET, "--course", str(ours))
        records = [json.loads(path.read_text()) for path in ours.glob(f".grading/{SET}/*.json")]
    assert len(records) == STUDENTS
    for name, taken in (("nbgrader autograde", slow), ("python -m grading", fast)):
        print(f"{name:20} {taken:6.1f} s for {STUDENTS}: {60 * STUDENTS / taken:5.1f} a minute")
    print(f"throughput {slow / fast:.2f}x, budget {BUDGET}x, on {os.cpu_count()} processors")
    print(f"own memory of a submission: at most {max(one['memory_mb'] for one in records):.0f} MB")
    return slow / fast >= BUDGET


if __name__ == "__main__":
    raise SystemExit(not main())
