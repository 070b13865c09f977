"""`python -m grading.check NOTEBOOK`: what the visible checks say, in the sandbox of the grader.

Students without this folder have the same report from
``python -m convlib.exercises.self_check NOTEBOOK``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from convlib.exercises import self_check
from convlib.exercises.answers import typed_student
from grading.execute import execute
from grading.sandbox import SandboxMissingError, find_sandbox


def main(path: str) -> int:
    """Check one notebook; return 0 if nothing is empty and no visible check fails."""
    try:
        sandbox = find_sandbox(("convlib",))
    except SandboxMissingError as missing:
        print(f"Without the sandbox that grading runs in: {missing}")
        try:
            sandbox = find_sandbox(("convlib",), container=True)
        except SandboxMissingError as closed:
            print(f"It cannot be checked that way either: {closed}")
            return 2

    def run(notebook, **environment):
        assignment = Path(path).stem
        student = typed_student([cell.source for cell in notebook.cells])
        return execute(notebook, student or "", assignment, sandbox).problems

    return self_check.main(path, run)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m grading.check NOTEBOOK")
    sys.exit(main(sys.argv[1]))
