"""Live code in the page: the bar with its button, and what the bar's script needs to know.

Both are on pages with code cells where the repository is known, since Binder makes kernels from it.
The script asks nobody for anything before the button is pressed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from book_execution import notebook_of
from book_links import page_links
from docutils import nodes
from sphinx.application import Sphinx

#: What the script loads once the button is pressed.
TOOLS = "_static/vendor/thebe"


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


def add_hidden_sources(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the code that a page does not show into it: the cells that follow may need it."""
    shown = {node["cell_index"]: node for node in parts(doctree, "cell_code")}
    if not (shown and app.config.book_repository):
        return
    before = None
    for index, cell in enumerate(notebook_of(app.env, docname).cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        node = shown.get(index)
        if node is None:
            node = nodes.container("", hidden_source(cell.source), classes=["cell", "live-only"])
            neighbour = before or next(iter(shown.values()))
            neighbour.parent.insert(neighbour.parent.index(neighbour) + bool(before), node)
        elif not any(parts(node, "cell_code_source")):
            node.append(hidden_source(cell.source))
        before = node


def add_bar(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Put the bar below the title of a page with cells, and its script and style into the page."""
    if not (app.config.book_repository and doctree and any(parts(doctree, "cell_code"))):
        return
    build = page_links(app.config.book_repository, page, app.config.book_binderhub)["build"]
    bar = app.builder.templates.render("live-bar.html", {**context, "build": build, "tools": TOOLS})
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{bar}", 1)
    app.add_css_file("live-code.css")
    app.add_js_file("live-code.js", loading_method="defer")


def remove_unused_tools(app: Sphinx, exception: Exception | None) -> None:
    """Remove what the bar would load, 1.6 MB, where no page has the bar."""
    if not (exception or app.config.book_repository):
        shutil.rmtree(Path(app.outdir) / TOOLS, ignore_errors=True)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("doctree-resolved", add_hidden_sources)
    app.connect("html-page-context", add_bar)
    app.connect("build-finished", remove_unused_tools)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
