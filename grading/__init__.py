"""Grading of notebooks that may be broken or hostile; nbgrader keeps the gradebook."""

from importlib.util import find_spec

if find_spec("nbgrader") is None:
    raise ModuleNotFoundError(
        "grading needs nbgrader: run `make assignments` once, and in each new terminal "
        "`source .venv/bin/activate`"
    )
