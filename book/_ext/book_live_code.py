"""Live code in the page: the bar with its button, and what the bar's script needs to know.

Both are on every page with code cells. Python runs in the page itself (`book_python`); where the
repository is known, Binder can lend a computer as well, for the cells that need PyTorch. The script
loads nothing before a button is pressed.
"""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from symtable import SymbolTable, symtable

from book_execution import digest_of, notebook_of
from book_links import page_links
from book_packs import EXPLORER_SCRIPTS
from book_python import FIRST, listed
from docutils import nodes
from sphinx.application import Sphinx

#: What the script loads for a computer that Binder lends.
TOOLS = "_static/vendor/thebe"
#: Its own parts, one for each way to run the code.
SCRIPTS = {"python": "live-python.js", "binder": "live-binder.js"}
#: What no browser has.
NO_BUILD = "torch"
#: The page for a reader's own cells.
NOTEBOOK = "notebook"


def parts(node: nodes.Node, kind: str) -> Iterator[nodes.container]:
    """Yield what notebooks left of this kind in a document: ``"cell_code"`` is a code cell."""
    for part in node.findall(nodes.container):
        if part.get("nb_element") == kind:
            yield part


def hidden_source(code: str) -> nodes.raw:
    r"""Return the code of a cell as data, which no browser shows or runs.

    Examples
    --------
    >>> print(hidden_source("'</script>'").astext())
    <script type="application/json" class="live-source">"'<\/script>'"</script>
    """
    data = json.dumps(code).replace("</", "<\\/")
    html = f'<script type="application/json" class="live-source">{data}</script>'
    return nodes.raw("", html, format="html")


def need_torch(codes: Sequence[str]) -> list[bool]:
    """Return for each cell of a page whether it needs PyTorch, or a name that such a cell makes.

    What else such a cell imports is there for the cells below: the page imports it (`cells.py`).

    Examples
    --------
    >>> need_torch(["import math, torch", "y = torch.ones(1)", "print(y)", "y = math.pi", "y + 1"])
    [True, True, True, False, False]
    """
    made: dict[str, bool] = {}  # each name, and whether the cell that made it last needs PyTorch
    needs = []
    for code in codes:
        try:
            read, written = _names(symtable(code, "cell", "exec"))
        except SyntaxError:  # a cell that shows one
            needs.append(False)
            continue
        imported = _imports(code)
        needs.append(any(imported.values()) or any(made.get(name) for name in read - written))
        made |= dict.fromkeys(written, needs[-1]) | imported
    return needs


def _names(table: SymbolTable) -> tuple[set[str], set[str]]:
    """Return the names that code reads from the page's memory, and those that it puts there."""
    top = table.get_type() == "module"
    read = {one.get_name() for one in table.get_symbols() if one.is_referenced()
            and (top or one.is_global())}  # fmt: skip
    written = {one.get_name() for one in table.get_symbols() if top
               and (one.is_assigned() or one.is_imported())}  # fmt: skip
    for inner in table.get_children():
        read |= _names(inner)[0]
    return read, written


def _imports(code: str) -> dict[str, bool]:
    """Return the names that code imports, each with whether it comes from PyTorch."""
    found = {}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                module = node.module if isinstance(node, ast.ImportFrom) else alias.name
                name = (alias.asname or alias.name).partition(".")[0]
                found[name] = module.partition(".")[0] == NO_BUILD
    return found


def mark_cells(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the code that a page does not show into it, and mark the cells that need PyTorch."""
    shown = {node["cell_index"]: node for node in parts(doctree, "cell_code")}
    if not shown:
        return
    cells = {
        index: cell.source
        for index, cell in enumerate(notebook_of(app.env, docname).cells)
        if cell.cell_type == "code" and cell.source.strip()
    }
    before = None
    for (index, source), needs in zip(cells.items(), need_torch([*cells.values()]), strict=True):
        node = shown.get(index)
        if node is None:
            node = nodes.container("", hidden_source(source), classes=["cell", "live-only"])
            neighbour = before or next(iter(shown.values()))
            neighbour.parent.insert(neighbour.parent.index(neighbour) + bool(before), node)
        elif not any(parts(node, "cell_code_source")):
            node.append(hidden_source(source))
        if needs:
            node["classes"].append("needs-torch")
        before = node


def notebook(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """Yield the page on which readers write cells of their own."""
    yield NOTEBOOK, {"title": "Notebook"}, f"{NOTEBOOK}.html"


def add_bar(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Put the bar below the title of a page with cells, and its script into the page."""
    if page != NOTEBOOK and not (doctree and any(parts(doctree, "cell_code"))):
        return
    links = page_links(app.config.book_repository, page, app.config.book_binderhub)
    static = Path(app.srcdir) / "book/_static"
    pieces = listed(app)
    about = {
        "build": links.get("build"),
        "pieces": json.dumps(pieces, separators=(",", ":")),
        "megabytes": round(sum(pieces[part][2] for part in FIRST) / 1e6),
        "scripts": json.dumps(
            {
                name: f"{context['pathto'](f'_static/{script}', 1)}?v={digest_of(static, [script])}"
                for name, script in SCRIPTS.items()
            }
        ),
        "torch": _count_torch(doctree) if doctree else 0,
        "notebook": context["pathto"](NOTEBOOK),
        "writes": page == NOTEBOOK,
    }
    bar = app.builder.templates.render("live-bar.html", {**context, **about})
    if page == NOTEBOOK:
        context["live_bar"] = bar
        for script in (*EXPLORER_SCRIPTS, "questions.js", "picture.js"):
            app.add_js_file(script, loading_method="defer")
    elif page == app.config.root_doc:
        # There something to touch comes first; the bar follows what explains it.
        title, opening, *rest = context["body"].split("<section", 2)
        context["body"] = "<section".join([title, f"{opening}{bar}\n", *rest])
    else:
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{bar}", 1)
    app.add_js_file("live-code.js", loading_method="defer")


def _count_torch(doctree: nodes.document) -> int:
    return sum("needs-torch" in node["classes"] for node in doctree.findall(nodes.container))


def remove_unused_tools(app: Sphinx, exception: Exception | None) -> None:
    """Remove what Binder needs, 1.6 MB, where no page offers it."""
    if not (exception or app.config.book_repository):
        shutil.rmtree(Path(app.outdir) / TOOLS, ignore_errors=True)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("doctree-resolved", mark_cells)
    app.connect("html-collect-pages", notebook)
    app.connect("html-page-context", add_bar)
    app.connect("build-finished", remove_unused_tools)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
