"""Put the picture first: the call of an explorer, and the folded code of a figure, stand beneath.

A reader wants to see and touch; the lines that made it are for who wants to make one, too.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

EXPLORER = re.compile(r'<div class="explorer[" ]')
FIGURE = re.compile(r'<figure class="scene"')
#: What says that a cell's code is folded.
FOLDED = "tag_hide-input"
#: A cell that does more than call an explorer is part of the text.
MOST_LINES = 4


def is_call(code: str) -> bool:
    """Return whether code is an explorer's call, and what that imports.

    Examples
    --------
    >>> is_call("from convlib.explorers import stride\\n\\nstride(padding=1)")
    True
    >>> is_call("kernel = [[1, 2]]\\nseparable(kernel=kernel)")
    False
    """
    lines = [line for line in code.splitlines() if line.strip()]
    calls = [line for line in lines if not line.startswith(("from ", "import "))]
    return 0 < len(lines) <= MOST_LINES and bool(re.fullmatch(r"\w+\(.*\)", " ".join(calls)))


def put_below(app: Sphinx, doctree: nodes.document) -> None:
    """Move the input of cells that call an explorer, or draw, behind what they show."""
    for cell in list(doctree.findall(nodes.container)):
        parts = {one["classes"][0]: one for one in cell.children if one.get("classes")}
        if "cell" not in cell["classes"] or not {"cell_input", "cell_output"} <= set(parts):
            continue
        code, shown = parts["cell_input"], parts["cell_output"]
        html = "".join(raw.astext() for raw in shown.findall(nodes.raw))
        calls = EXPLORER.search(html) and is_call(code.astext())
        if calls or (FOLDED in cell["classes"] and (EXPLORER.search(html) or FIGURE.search(html))):
            cell.remove(code)
            cell.append(code)
            cell["classes"].append("call" if calls else "drawn")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("doctree-read", put_below)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
