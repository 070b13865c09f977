"""What the checks of graded notebooks ask of an answer, besides being right.

Both functions read the text of the notebook's cells, which IPython keeps under the name ``In``.
Answers to a student's own variant are typed as numbers, so that they belong to the student who
worked them out: `typed`. And whether a function that the student is to write calls one that does
the same is told as advice, which costs no points: `check_own`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from convlib.exercises.check import Verdict

__all__ = ["check_own", "typed", "typed_student"]


def typed(name: str, cells: list[str]) -> Any:
    """Return the value that a notebook assigns to a name, as it is written there.

    Parameters
    ----------
    name
        The variable.
    cells
        The text of the cells in the order they ran: ``In``.

    Returns
    -------
    object
        The numbers, texts, lists, tuples that stand in the last cell that assigns the name.

    Raises
    ------
    LookupError
        If no cell assigns it.
    ValueError
        If the value holds a name, a call or a calculation, or a number in quotes.

    Examples
    --------
    >>> typed("my_size", ["my_size = (3, 5)"])
    (3, 5)
    >>> typed("my_size", ["my_size = (3, 2 + 3)"])
    Traceback (most recent call last):
    ValueError: my_size must be typed as numbers, not computed in the cell: it says (3, 2 + 3)
    """
    values = _bindings(cells).get(name, [])
    if not values:
        raise LookupError(f"{name} is missing: type your answer in its cell, and run the cell")
    said = ast.unparse(values[-1])
    try:
        value = ast.literal_eval(values[-1])
    except ValueError:
        raise ValueError(
            f"{name} must be typed as numbers, not computed in the cell: it says {said}"
        ) from None
    if _has_quoted_number(value):
        raise ValueError(f"{name} must be typed as numbers, without quotes: it says {said}")
    return value


def typed_student(cells: list[str]) -> str | None:
    """Return who a notebook says its student is: what it assigns to the name ``STUDENT`` last.

    Parameters
    ----------
    cells
        The text of the cells in their order.

    Returns
    -------
    str or None
        Without spaces around it; None if the notebook does not ask, or that is no text in quotes.

    Examples
    --------
    >>> typed_student(["STUDENT = ''", "STUDENT = ' 123 '"])
    '123'
    """
    values = _bindings(cells).get("STUDENT", [None])
    said = values[-1].value if isinstance(values[-1], ast.Constant) else None
    return said.strip() if isinstance(said, str) else None


def _has_quoted_number(value: Any) -> bool:
    """Tell whether a text in a value is a number."""
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return False
        return True
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    return isinstance(value, list | tuple | dict | set) and any(map(_has_quoted_number, parts))


def check_own(
    name: str, cells: list[str], packages: tuple[str, ...] = ("convlib", "scipy", "torch")
) -> Verdict:
    """Return whether a function, with all that it calls, seems to do without some packages.

    It reads, and runs nothing, so whoever wants to can mislead it: print what it says, for the
    student before handing in and for the grader's summary, and let no points depend on it.

    Parameters
    ----------
    name
        The function.
    cells
        The text of the cells in the order they ran: ``In``.
    packages
        Those that would do the work for it.

    Returns
    -------
    Verdict
        It names what the function takes from them. What it says then begins with ``Note:``; the
        grader shows such lines of tests to the instructor.

    Examples
    --------
    >>> cells = ["from convlib import conv_output_size as ready",
    ...          "def mine(i, k): return ready(i, k)", "def size(i, k): return i - k + 1"]
    >>> check_own("mine", cells)
    Note: mine should be your own, but it uses ready from convlib
    >>> check_own("size", cells)
    size is your own
    """
    bindings = _bindings(cells)
    if name not in bindings:
        return Verdict(False, f"Note: {name} is missing: write it in its cell, and run the cell")
    borrowed = sorted(set(_borrowed(name, bindings, packages, set())))
    if borrowed:
        uses = " and ".join(f"{what} from {package}" for what, package in borrowed)
        return Verdict(False, f"Note: {name} should be your own, but it uses {uses}")
    return Verdict(True, f"{name} is your own")


def _bindings(cells: list[str]) -> dict[str, list[ast.AST]]:
    """Return what the cells bind to each name outside of functions, in order."""
    bound: dict[str, list[ast.AST]] = {}
    for cell in cells:
        try:
            tree = ast.parse(cell)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # the cell did not run, so it bound nothing
        for statement in tree.body:
            for name, node in _bound_by(statement):
                bound.setdefault(name, []).append(node)
    return bound


def _bound_by(statement: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield each name that a statement binds, with what is to be read for it."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name, statement
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        for alias in statement.names:
            yield alias.asname or alias.name.split(".")[0], statement
    elif isinstance(statement, ast.AnnAssign) and statement.value:
        yield ast.unparse(statement.target), statement.value
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            for node in ast.walk(target):
                if isinstance(node, ast.Name):
                    yield node.id, statement.value


def _borrowed(
    name: str, bindings: dict[str, list[ast.AST]], packages: tuple[str, ...], seen: set[str]
) -> Iterator[tuple[str, str]]:
    """Yield (name, package) of all that a name leads to in the packages."""
    if name in seen:
        return
    seen.add(name)
    found = bindings.get(name, [])
    # A test may import what a student's own helper is called, too: the helper is meant.
    own = [bound for bound in found if not isinstance(bound, ast.Import | ast.ImportFrom)]
    for bound in (own or found)[-1:]:
        local = _local_names(bound)
        for node in ast.walk(bound):
            if isinstance(node, ast.Import):
                homes = [alias.name for alias in node.names]
            else:
                homes = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for package in {home.split(".")[0] for home in homes} & set(packages):
                yield name, package
            if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
                continue
            if node.id not in local:
                yield from _borrowed(node.id, bindings, packages, seen)


def _local_names(bound: ast.AST) -> set[str]:
    """Return the names that a function or class binds for itself: parameters, variables, fields."""
    if not isinstance(bound, ast.FunctionDef | ast.ClassDef):
        return set()
    nodes = list(ast.walk(bound))
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {node.arg for node in nodes if isinstance(node, ast.arg)}
