"""Imports run one way, and `import convlib` stays light.

The order is that of the book: a reader can stop at any stage and has understood all before it.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import convlib

PACKAGE = Path(convlib.__file__).parent
#: From left to right; a module imports only from stages before its own.
STAGES = [
    {"_checks"},
    {"arithmetic"},
    {"geometry"},
    {"fast", "loops"},
    {"operations", "cost", "separable", "explain"},
    {"matrix", "planner"},
    {""},  # convlib itself: the public interface
    {"check", "variants"},
    {"answers"},
    {"scene"},
    {"roles"},
    {"scenes"},
    {"one topic's scenes"},  # convlib.scenes_TOPIC
    {"scenes_gallery"},  # a selection from the topics
    {"draw_stamps", "png", "svg"},
    {"draw_layout"},
    {"draw_picture"},
    {"draw_animation"},
    {"draw"},
    {"explorers.base"},
    {"explorers.page", "explorers.live", "figure"},
    {"one explorer"},  # any other module of convlib.explorers
    {"explorers"},
    {"questions.base"},
    {"questions.kinds"},
    {"questions.windows"},
    {"questions.mistakes"},
    {"questions.page"},
    {"questions.live"},
    {"questions"},
    {"self_check"},
]
#: What the stages before drawing may load besides the standard library.
LIGHT = {"numpy"}
#: What is declared once and shows itself in two forms loads a form when it is shown.
WHEN_CALLED = {
    ("explorers.base", "explorers.page"),
    ("explorers.base", "explorers.live"),
    ("questions.base", "questions.page"),
    ("questions.base", "questions.live"),
}
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    .removesuffix("__init__")
    .rstrip("."): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def stage(module):
    """Return the place of a module in the order."""
    for index, modules in enumerate(STAGES):
        if module in modules:
            return index
    if module.startswith("scenes_"):
        return stage("one topic's scenes")
    if module.startswith("explorers."):
        return stage("one explorer")
    raise AssertionError(f"convlib.{module} has no place in STAGES: say where it belongs")


def imports(path, when_called):
    """Yield the absolute names of what a file imports: at once, or only in its functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    inside = {
        node
        for function in ast.walk(tree)
        if isinstance(function, functions)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if (node in inside) != when_called:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are written out in full"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                is_module = full.removeprefix("convlib.") in MODULES
                yield full if is_module else node.module


def own(names):
    """Return those of convlib, without its name."""
    return {n.removeprefix("convlib").lstrip(".") for n in names if n.split(".")[0] == "convlib"}


def foreign(names):
    """Return the packages that are neither convlib's nor Python's."""
    return {name.split(".")[0] for name in names} - {"convlib"} - set(sys.stdlib_module_names)


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_from_left_to_right(module):
    at_once = own(imports(MODULES[module], when_called=False))
    later = {
        name
        for name in own(imports(MODULES[module], when_called=True))
        if (module, name) not in WHEN_CALLED
    }
    wrong = sorted(name for name in at_once | later if stage(name) >= stage(module))
    assert not wrong, f"convlib.{module} imports {wrong}, which come after it"


@pytest.mark.parametrize("module", MODULES)
def test_no_module_imports_torch_and_the_first_only_numpy(module):
    path = MODULES[module]
    found = foreign(imports(path, when_called=False)) | foreign(imports(path, when_called=True))
    assert "torch" not in found
    if stage(module) < stage("draw_stamps"):
        assert found <= LIGHT


def test_the_order_has_every_module_and_the_test_sees_their_imports():
    named = set().union(*STAGES) - {"one topic's scenes", "one explorer"}
    assert named <= set(MODULES)
    assert own(imports(MODULES["geometry"], when_called=False)) == {"_checks"}
    assert "torch" in foreign(imports(Path(__file__).parent / "test_matrix.py", when_called=False))


def loaded(statement):
    """Return the packages in memory after a statement, in a process of its own."""
    code = f"{statement}; import sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    return set(run.stdout.split())


def test_import_convlib_loads_numpy_and_nothing_heavier():
    more = loaded("import convlib") - loaded("import numpy") - set(sys.stdlib_module_names)
    assert more == {"convlib"}
    assert {"torch", "convlib"} <= loaded("import convlib, torch")  # the question can be answered


def test_every_public_name_is_there_once_and_documented():
    assert len(set(convlib.__all__)) == len(convlib.__all__)
    for name in convlib.__all__:
        assert getattr(convlib, name).__doc__, f"convlib.{name} has no docstring"


def test_the_modules_public_names_are_where_they_say():
    for module in MODULES:
        tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
        named = [
            name
            for node in tree.body
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
            for name in ast.literal_eval(node.value)
        ]
        defined = {
            name
            for node in ast.walk(tree)
            for name in (
                [getattr(node, "name", None), getattr(node, "id", None)]
                if not isinstance(node, ast.ImportFrom)
                else [alias.asname or alias.name for alias in node.names]
            )
        }
        assert set(named) <= defined, f"convlib.{module} exports what it does not have"
