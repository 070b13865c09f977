"""The names that notebook cells bind, and those they ask for without binding them."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator

__all__ = ["asked", "bound", "imported"]


def bound(source: str, imports: bool = False) -> frozenset[str]:
    """Return the names that a cell binds outside of functions.

    Parameters
    ----------
    source : str
        The cell's text; one that is no Python binds nothing.
    imports : bool
        Whether names count that it imports.
    """
    body = _parsed(source).body
    return frozenset(name for statement in body for name in _bound_by(statement, imports))


def imported(source: str) -> frozenset[str]:
    """Return the modules that a cell imports, by their full names.

    Parameters
    ----------
    source : str
        The cell's text; one that is no Python imports nothing.
    """
    nodes = list(ast.walk(_parsed(source)))
    plain = {alias.name for one in nodes if isinstance(one, ast.Import) for alias in one.names}
    parts = {one.module for one in nodes if isinstance(one, ast.ImportFrom) and not one.level}
    return frozenset(plain | parts)


def _parsed(source: str) -> ast.Module:
    """Return a cell as Python reads it; one that is none, or that nobody can read, as empty."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _bound_by(node: ast.AST, imports: bool) -> Iterator[str]:
    """Yield the names that a statement, with the statements in it, binds where it stands."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        if imports:
            yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
        return
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        return
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    for inner in ast.iter_child_nodes(node):
        yield from _bound_by(inner, imports)


def asked(source: str) -> frozenset[str]:
    """Return the names that a cell takes from elsewhere: bound neither by it nor by Python.

    Parameters
    ----------
    source : str
        The cell's text; it must be Python.

    Raises
    ------
    SyntaxError
        If it is none.
    """
    top = symtable.symtable(source, "<cell>", "exec")
    wanted, given = set(), set()
    tables = [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            is_top = table is top
            if (is_top or symbol.is_global()) and symbol.is_referenced():
                wanted.add(symbol.get_name())
            if (is_top or symbol.is_declared_global()) and (
                symbol.is_assigned() or symbol.is_imported()
            ):
                given.add(symbol.get_name())
    return frozenset(wanted - given - set(dir(builtins)))
