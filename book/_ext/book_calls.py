"""Put the picture first: the call of an explorer, and the folded code of a figure, stand beneath.

A reader wants to see and touch; the lines that made it are for who wants to make one, too.
"""

from __future__ import annotations

import re

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode, HideInputCells
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

EXPLORER = re.compile(r'<div class="explorer[" ]')
FIGURE = re.compile(r'<figure class="scene"')
#: What opens and closes the folded code of a picture.
PROMPTS = "Code of this picture", "Hide the code"
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


class CodeBelow(SphinxPostTransform):
    """Move the input of cells that call an explorer, or draw, behind what they show."""

    default_priority = HideInputCells.default_priority + 1  # what is folded is folded by now
    formats = ("html",)

    def run(self, **kwargs) -> None:
        """Go through the cells of a page."""
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") != "cell_code" or len(cell) < 2:
                continue
            code, html = cell[0], "".join(raw.astext() for raw in cell.findall(nodes.raw))
            folded = isinstance(code, HideCodeCellNode)
            if not folded and EXPLORER.search(html) and is_call(code.astext()):
                cell["classes"].append("call")
            elif folded and (EXPLORER.search(html) or FIGURE.search(html)):
                cell["classes"].append("drawn")
                code["prompt_show"], code["prompt_hide"] = PROMPTS
            else:
                continue
            cell.remove(code)
            cell.append(code)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_post_transform(CodeBelow)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
