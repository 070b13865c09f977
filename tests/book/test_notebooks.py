"""The notebooks beside the pages: plain Markdown, links that lead somewhere, cells that run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sysconfig
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest

from convlib import __version__
from tests.book.tools import BUILT, NOTEBOOK, TOP, build, make_book

WHEEL = f"convolution_arithmetic-{__version__}-py3-none-any.whl"
ADDRESS = "https://someone.example/cells"
#: One of everything that a page's text may hold, and the Markdown that it becomes.
TEXT = {
    "# Text & \\<tags>\n": "# Text & &lt;tags>",
    ":::{admonition} What to *do*\n:class: tip\n- one;\n- two.\n\nThen three.\n:::\n": (
        "> **What to *do***\n> \n> - one;\n> - two.\n> \n> Then three."
    ),
    ":::{note}\nMind $x$.\n:::\n": "> **Note**\n> \n> Mind $x$.",
    "> a\n>\n> b\n": "> a\n> \n> b",
    "Said by {cite:t}`he2016resnet`.\n": (
        r"Said by He *et al.* \[[2016](https://arxiv.org/abs/1512.03385)\]."
    ),
    "$$\no = 1\n$$ (one)\n": "$$\no = 1 \\tag{1}\n$$",
    "By {eq}`one` it is \\$5 and \\*more\\*.\n": r"By (1) it is \$5 and \*more\*.",
    "At {state}`stride 3 <stride: stride=3 padding=0>` it moves.\n": (
        "At stride 3 (`stride(stride=3)`) it moves."
    ),
    ":::{try} shift-test: shift=2\n:given: n = 8\n*How* many of {{ n }}?\n\n---\nAll.\n:::\n": (
        "*How* many of 8?\n\nSet the explorer: input moves by 2 (`shift_test(shift=2)`)\n\n"
        "<details><summary>Answer</summary>\n\nAll.\n\n</details>"
    ),
    "| a | b |\n|---|---|\n| `0.50` | $\\|x\\|$ |\n| 0.50 | |\n": (
        "| a | b |\n| --- | --- |\n| `0.50` | $\\vert x\\vert $ |\n| 0.50 |  |"
    ),
    "1. one\n2. two\n   ```python\n   x = 1\n   ```\n": (
        "1. one\n2. two\n   ```python\n   x = 1\n   ```"
    ),
    "(here)=\n\nA [chapter](second.md), [its part](#part), [here](#here), [another page]"
    "(third.md), [elsewhere](https://numpy.org).\n": (
        "A [chapter](second.ipynb), [its part](second.ipynb), here, another page, "
        "[elsewhere](https://numpy.org)."
    ),
    "![Three cells](../book/_static/explorer.png)\n": "![Three cells](../_images/explorer.png)",
}
CELLS = """```{code-cell} python
:tags: [remove-cell]
import math
```

```{code-cell} python
:tags: [remove-input]
math.pi
```

After.

```{code-cell} python
import nbformat
from convlib import conv_output_size
conv_output_size(7, 3)
```
"""


def notebook_of(html: Path, page: str = "book/index"):
    """Return the notebook of a built page, checked against the format."""
    notebook = nbformat.read(html / f"{page}.ipynb", as_version=4)
    nbformat.validate(notebook)
    return notebook


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """The folders of one book, built three times: twice as it is, then changed and published.

    The first chapter holds everything.
    """
    top = tmp_path_factory.mktemp("books")
    make_book(
        top,
        index=NOTEBOOK + "\n".join(TEXT) + "\n" + CELLS,
        second=NOTEBOOK + "# Second\n\nText.\n\n(part)=\n\n## A part\n\n" + CELLS,
        third="# Third\n\nText.\n",
        bibliography="# Bibliography\n\n```{bibliography}\n```\n",
    )
    unknown = {"GITHUB_REPOSITORY": "", "BOOK_URL": ""}
    known = {"GITHUB_REPOSITORY": "someone/cells", "BOOK_URL": ADDRESS}
    folders = []
    for name, environment in (("first", unknown), ("again", unknown), ("published", known)):
        if name == "published":
            with (top / "convlib" / "cost.py").open("a") as source:
                source.write("\n# changed\n")
        result = build(top, **environment)
        assert result.returncode == 0, result.stdout[-2000:]
        folders.append(shutil.copytree(top / BUILT, top / name))
    return folders


@pytest.fixture(scope="module")
def unpublished(books):
    """The folder of a built book whose repository and address are not known."""
    return books[0]


def test_text_becomes_plain_markdown(unpublished):
    cells = notebook_of(unpublished).cells
    kinds = " ".join(cell.cell_type for cell in cells)
    assert kinds == "code markdown code code markdown code markdown"
    assert cells[1].source == "\n\n".join(TEXT.values())
    assert cells[4].source == "After."


def test_cells_are_the_chapters_own(unpublished):
    cells = [cell for cell in notebook_of(unpublished).cells if cell.cell_type == "code"]
    assert [cell.source.splitlines()[0] for cell in cells[1:]] == [
        "import math",
        "math.pi",
        "import nbformat",
    ]
    folded = [bool(cell.metadata.get("jupyter", {}).get("source_hidden")) for cell in cells]
    assert folded == [False, True, True, False]
    assert not any(cell.outputs for cell in cells)


def test_first_cell_names_the_file_beside_the_notebook(unpublished):
    first = notebook_of(unpublished).cells[0].source
    assert first.endswith(f'%pip install -q "./{WHEEL}[explorers]" nbformat')
    assert f"The file {WHEEL} must be in the same folder" in first
    assert (unpublished / "book" / WHEEL).is_file()


def test_published_notebook_names_addresses(books):
    """A notebook may be anywhere, so whatever is published is linked to with its whole address."""
    cells = notebook_of(books[2]).cells
    assert (
        f'"convolution-arithmetic[explorers] @ {ADDRESS}/book/{WHEEL}" nbformat' in cells[0].source
    )
    for link in (
        f"[chapter]({ADDRESS}/book/second.html)",
        f"[its part]({ADDRESS}/book/second.html#part)",
        f"[another page]({ADDRESS}/book/third.html)",
        f"![Three cells]({ADDRESS}/_images/explorer.png)",
        "[2016](https://arxiv.org/abs/1512.03385)",
    ):
        assert link in cells[1].source
    assert f"]({ADDRESS}/book/index.html)" in cells[-1].source


def test_wheel_is_made_anew_when_convlib_changes(books):
    first, again, changed = (folder / "book" / WHEEL for folder in books)
    assert first.stat().st_mtime_ns == again.stat().st_mtime_ns, "made again without need"
    with zipfile.ZipFile(changed) as wheel:
        assert wheel.read("convlib/cost.py").endswith(b"# changed\n")
        assert "convlib/py.typed" in wheel.namelist()
    assert first.read_bytes() != changed.read_bytes()


@pytest.fixture(scope="module")
def notebooks(book_html):
    """Every notebook of the book, by the name of its page."""
    found = {path.stem: path for path in (book_html / "book").glob("*.ipynb")}
    assert {"index", "stride", "gallery"} <= set(found)
    return {name: notebook_of(path.parent, name) for name, path in found.items()}


def test_every_page_with_cells_has_a_notebook(notebooks):
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (TOP / "book").glob("*.md")}
    assert set(notebooks) == {name for name, text in pages.items() if "kernelspec:" in text}


def test_no_notebook_holds_what_only_the_book_knows(notebooks):
    for name, notebook in notebooks.items():
        text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        left = re.findall(r"\{[\w:-]+\}`|^:::.*|^```\{.*|<!--.*|\]\([^):\s]*\.(?:md|html)\)", text)
        assert not left, name


def test_links_of_notebooks_lead_somewhere(book_html, notebooks):
    found = 0
    for name, notebook in notebooks.items():
        for cell in notebook.cells:
            if cell.cell_type != "markdown":
                continue
            for address in re.findall(r"\]\(([^)\s]+)\)", cell.source):
                found += 1
                if not re.match(r"https?://", address):
                    assert (book_html / "book" / address).is_file(), f"{name}: {address}"
    assert found > 100


@pytest.fixture(scope="module")
def alone(book_html, tmp_path_factory):
    """A folder with the notebooks and the wheel, and a Python that has all but convlib."""
    top = tmp_path_factory.mktemp("alone")
    packages = top / "packages"
    packages.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not re.match(r"(__editable__.*)?convlib|.*\.pth$", path.name):
            (packages / path.name).symlink_to(path)
    venv.create(top / "venv", symlinks=True, with_pip=False)
    site = next((top / "venv").glob("lib/python*/site-packages"))
    (site / "borrowed.pth").write_text(f"{packages}\n")
    for path in (book_html / "book").iterdir():
        if path.suffix in (".ipynb", ".whl"):
            (top / path.name).write_bytes(path.read_bytes())
    return top


def run_notebook(top: Path, name: str) -> str:
    """Run a notebook by itself, as someone who took it away does; return what it printed."""
    python = top / "venv" / "bin" / "python"
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in ("PYTHONPATH", "CONVLIB_PAGE", "VIRTUAL_ENV")
    }
    notebook = json.loads((top / f"{name}.ipynb").read_text(encoding="utf-8"))
    last = "import convlib; print('convlib is', convlib.__file__)"
    notebook["cells"].append(
        {"cell_type": "code", "id": "end", "source": last, "metadata": {}, "outputs": []}
        | {"execution_count": None}
    )
    (top / f"{name}-run.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    result = subprocess.run(
        [python, "-c", "from nbclient.cli import main; main()", "--inplace", f"{name}-run.ipynb"],
        cwd=top,
        env={
            **environment,
            "HOME": str(top),  # whoever runs it has one, and Jupyter writes into it
            "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    cells = nbformat.read(top / f"{name}-run.ipynb", as_version=4).cells
    shown = [output for cell in cells for output in cell.get("outputs", ())]
    assert not [output for output in shown if output.output_type == "error"]
    return cells[-1].outputs[0].text


def test_notebook_runs_with_what_its_first_cell_installs(alone):
    assert f"{alone / 'venv'}" in run_notebook(alone, "stride")


@pytest.mark.long
def test_every_notebook_runs_with_what_its_first_cell_installs(alone, notebooks):
    for name in notebooks:
        assert f"{alone / 'venv'}" in run_notebook(alone, name), name
