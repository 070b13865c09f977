"""Saving a chapter as a notebook changes its text where a cell was changed, and nowhere else."""

import re
from pathlib import Path

HEAD = re.compile(r"---\n.*?\n---\n", re.DOTALL)
CELL = re.compile(r"^(`{3,}\{code-cell\}) \w+$", re.MULTILINE)


def keep_head(model, path, contents_manager, **_):
    """Put back the head and the cells' language as the file on disk has them.

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
    text = old[0] + model["content"][new.end() :]
    if cell := CELL.search(before):
        text = CELL.sub(rf"\1 {cell[0].split()[-1]}", text)
    model["content"] = text


get_config().FileContentsManager.pre_save_hook = keep_head  # noqa: F821
