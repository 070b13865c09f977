"""Imports run one way, and `import convlib` stays light.

The order is that of the book: a reader can stop at any layer and has understood all before it.
"""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import convlib

PACKAGE = Path(convlib.__file__).parent
#: The folders, and what each may import besides the standard library. A module imports from its
#: own folder and from those above it.
LAYERS = {
    "arithmetic": {"numpy"},  # the modules that lie in convlib itself
    # PyTorch is imported where a module of it was given, and is then loaded already.
    "network": {"numpy", "onnx", "torch"},
    "scenes": {"numpy"},
    "draw": {"numpy", "matplotlib", "PIL"},
    "explorers": {"numpy", "matplotlib", "ipywidgets"},
    "questions": {"ipywidgets"},
    "exercises": {"numpy", "nbclient", "nbformat"},
    "command": set(),
}
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    .removesuffix("__init__")
    .rstrip("."): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def layer(module):
    """Return the folder of a module."""
    if not module:  # convlib itself offers what these two have
        return "network"
    folder = MODULES[module].relative_to(PACKAGE).parts[0]
    if folder == "__main__.py":
        return "command"
    return "arithmetic" if folder.endswith(".py") else folder


def imports(path):
    """Yield the absolute names of what a file imports, in its functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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
def test_imports_go_up_alone(module):
    order = list(LAYERS)
    below = order[order.index(layer(module)) + 1 :]
    wrong = sorted(name for name in own(imports(MODULES[module])) if layer(name) in below)
    assert not wrong, f"convlib.{module} imports {wrong}, which come after it"


def test_imports_make_no_circle():
    graph = {module: own(imports(path)) for module, path in MODULES.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("module", MODULES)
def test_each_folder_imports_only_what_it_needs(module):
    assert foreign(imports(MODULES[module])) <= LAYERS[layer(module)]


def test_every_folder_is_a_layer_and_the_test_sees_imports():
    assert {layer(module) for module in MODULES} == set(LAYERS)
    assert own(imports(MODULES["geometry"])) == {"_checks", "_types"}
    # in a function
    assert "explorers.live" in own(imports(MODULES["explorers.explorer"]))
    assert "torch" in foreign(imports(Path(__file__).parent / "test_matrix.py"))


def loaded(statement):
    """Return the packages that are in memory after a statement, in a process of its own."""
    return {name.split(".")[0] for name in loaded_modules(statement)}


def loaded_modules(statement):
    code = f"{statement}; import sys; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    return set(run.stdout.split())


def test_import_convlib_loads_numpy_and_nothing_heavier():
    more = loaded("import convlib") - loaded("import numpy") - set(sys.stdlib_module_names)
    assert more == {"convlib"}
    assert {"torch", "convlib"} <= loaded("import convlib, torch")  # the question can be answered


def test_a_page_is_drawn_without_matplotlib_and_widgets():
    page = "import convlib.explorers.page, convlib.explorers.figure, convlib.questions.page"
    assert not {"matplotlib", "ipywidgets"} & loaded(page)
    assert {"matplotlib", "ipywidgets"} <= loaded("import convlib.explorers.live")


def test_the_drawings_are_under_the_name_of_their_folder():
    from convlib import draw

    for name in draw.__all__:
        assert getattr(draw, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'draw_everything'"):
        _ = draw.draw_everything


def test_a_name_brings_its_module_and_no_other_is_there():
    assert sorted(name for names in convlib._HOMES.values() for name in names.split()) == sorted(
        convlib.__all__
    )
    assert {*convlib.__all__} <= {*dir(convlib)}
    assert "convlib.matrix" not in loaded_modules("from convlib import conv_output_size")
    with pytest.raises(AttributeError, match="no attribute 'conv4d'"):
        _ = convlib.conv4d


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
