"""Saving a chapter as a notebook changes its text where a cell was changed, and nowhere else."""

import re
from pathlib import Path

HEAD = re.compile(r"---\n.*?\n---\n", re.DOTALL)
CELL = re.compile(
    r"^(?P<fence>`{3,})\{code-cell\}(?P<language>.*)\n(?P<options>(?::.*\n)*)(?P<gap>\n?)"
    r"(?P<body>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)


def keep_manner(model, path, contents_manager, **_):
    """Put back the head, and how unchanged cells are written, as the file on disk has them.

    Jupytext writes its version and the reader's kernel into the head, and drops what it does not
    know there, such as a page's description. A file that asks for it by holding a version, or that
    is saved as text, stays as it is.
    """
    file = Path(contents_manager.root_dir, path.strip("/"))
    if model["type"] != "file" or file.suffix != ".md" or not file.exists():
        return
    before = file.read_text(encoding="utf-8")
    old, new = HEAD.match(before), HEAD.match(model["content"])
    if not (old and new) or "jupytext_version" in old[0] or "jupytext_version" not in new[0]:
        return
    cells = {(cell["options"], cell["body"]): cell for cell in CELL.finditer(before)}
    language = next((cell["language"] for cell in cells.values()), "")

    def as_before(cell):
        if known := cells.get((cell["options"], cell["body"])):
            return known[0]
        opening = f"{cell['fence']}{{code-cell}}{language}\n{cell['options']}{cell['gap']}"
        return f"{opening}{cell['body']}{cell['fence']}"

    model["content"] = old[0] + CELL.sub(as_before, model["content"][new.end() :])


get_config().FileContentsManager.pre_save_hook = keep_manner  # noqa: F821
