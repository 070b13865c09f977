"""How the code is kept: short functions, and no passage twice."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("convlib", "book/_ext", "grading", "benchmarks")
FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
#: Most lines of a function below its docstring, and fewest lines that make a passage.
LONGEST, PASSAGE = 40, 6
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def docstring(node):
    """Return the statement that holds a node's docstring, if it has one."""
    body = getattr(node, "body", None)
    first = body[0] if isinstance(body, list) and body else None
    text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return first if text and isinstance(first.value.value, str) else None


def too_long(source):
    """Yield the functions that are longer than they may be, each with its length."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, FUNCTIONS):
            last = docstring(node) or node.body[0]
            first = last.end_lineno + 1 if docstring(node) else last.lineno
            if node.end_lineno - first + 1 > LONGEST:
                yield f"{node.name}: {node.end_lineno - first + 1} lines"


def code_lines(source):
    """Return (number, text) of each line that holds code, and more than names."""
    left_out = set()
    for node in ast.walk(ast.parse(source)):
        names = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
        if names or isinstance(node, ast.Import | ast.ImportFrom):
            left_out.update(range(node.lineno, node.end_lineno + 1))
        elif (text := docstring(node)) is not None:
            left_out.update(range(text.lineno, text.end_lineno + 1))
    lines = [(number, line.strip()) for number, line in enumerate(source.splitlines(), start=1)]
    return [
        (number, line)
        for number, line in lines
        if line and not line.startswith("#") and number not in left_out
    ]


def passages(sources):
    """Return the places of each passage that stands more than once, by name of its source."""
    places = defaultdict(list)
    for name, source in sources.items():
        lines = code_lines(source)
        for start in range(len(lines) - PASSAGE + 1):
            passage = lines[start : start + PASSAGE]
            places[tuple(line for _, line in passage)].append(f"{name}:{passage[0][0]}")
    return [found for found in places.values() if len(found) > 1]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_are_short(path):
    assert list(too_long(path.read_text(encoding="utf-8"))) == []


def test_no_passage_stands_twice():
    sources = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in FILES}
    assert passages(sources) == []


def test_long_functions_and_repeats_are_seen():
    body = [f"    x{line} = {line}" for line in range(LONGEST)]
    short = "\n".join(["def f():", '    """Do it.', "", '    At length."""', *body])
    assert list(too_long(short)) == []
    assert list(too_long(short + "\n    return x1")) == ["f: 41 lines"]
    four = "\n".join(body[: PASSAGE - 2])
    once = f"import os\n# what\ndef g():\n    '''Say it.'''\n{four}\n"
    assert passages({"a": once, "b": once}) == []
    once += "    y = 1\n"
    assert passages({"a": once, "b": once}) == [["a:3", "b:3"]]
