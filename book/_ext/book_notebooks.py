"""A notebook beside each page with cells: what a reader takes to Jupyter, Colab or VS Code.

Those know none of the book's roles and directives, so the page's text, with every reference
resolved, becomes plain Markdown. The cells are the chapter's own, and a first one installs what
they import. The wheel of convlib lies beside the notebooks.
"""

from __future__ import annotations

import ast
import os
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
from book_execution import digest_of, notebook_of
from docutils import nodes
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sphinx.application import Sphinx
from sphinx.util.math import get_node_equation_number
from sphinx_markdown_builder.contexts import (
    IndentContext,
    SubContext,
    SubContextParams,
    TableContext,
    WrappedContext,
)
from sphinx_markdown_builder.translator import MarkdownTranslator, pushing_context

import convlib

#: What convlib is called where packages are found; `convlib` is taken there.
DISTRIBUTION = "convolution-arithmetic"
WHEEL = f"{DISTRIBUTION.replace('-', '_')}-{convlib.__version__}-py3-none-any.whl"
#: Packages that come with convlib's explorers.
COME_ALONG = {"convlib", "numpy", "matplotlib", "ipywidgets", "IPython"}

#: Where a cell of code stood in the page's text.
PLACE = re.compile(r"^<!--cell (\d+)-->$", re.MULTILINE)


# --- The text --------------------------------------------------------------------------------


class PlainTable(TableContext):
    """A table whose cells stay as they are; the library reads numbers and writes them anew."""

    def make(self) -> str:
        """Return the rows between bars."""
        head, *body = map(self.make_row, [*self.headers, *self.body])
        rows = [head, ["---"] * len(head), *body]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)


class NotebookTranslator(MarkdownTranslator):
    """Writes a page as Markdown that any notebook shows, with a place for each of its cells.

    Parameters
    ----------
    document : nodes.document
        The page, its references resolved.
    builder : Builder
        Of the page.
    address_of : callable
        From a reference to where a notebook's reader finds it, or ``""``: then its text stays.
    """

    def __init__(self, document, builder, address_of):
        super().__init__(document, builder)
        self.address_of = address_of

    def visit_Text(self, node):  # noqa: N802 - named after the node
        """Write text so that it means nothing to Markdown, mathematics or HTML."""
        text = node.astext()
        if self.status.escape_text:
            text = re.sub(r"([\\`*$\[\]]|(?<!\w)_)", r"\\\1", text).replace("<", "&lt;")
        self.add(text)

    def visit_math(self, node):
        """Write a formula within a line; a bar would end a cell of a table."""
        in_table = any(isinstance(context, TableContext) for context in self._ctx_queue)
        latex = node.astext().replace("|", r"\vert ") if in_table else node.astext()
        self.add(f"${latex}$")
        raise nodes.SkipNode

    def visit_math_block(self, node):
        """Write a formula of its own, with its number."""
        latex = node.astext().strip()
        if "\\\\" in latex and "\\begin" not in latex:
            latex = f"\\begin{{aligned}}\n{latex}\n\\end{{aligned}}"
        if node["number"]:
            latex += f" \\tag{{{get_node_equation_number(self, node)}}}"
        self.add(f"$$\n{latex}\n$$", prefix_eol=2, suffix_eol=2)
        raise nodes.SkipNode

    @pushing_context
    def visit_reference(self, node):
        """Link to what the reader can reach."""
        address = self.address_of(node)
        self._push_context(WrappedContext("[", f"]({address})") if address else SubContext())

    def visit_image(self, node):
        """Show a picture of the page from where the reader can reach it."""
        name = self.builder.images.get(node["uri"], node["uri"])
        picture = nodes.reference(internal="://" not in name, refuri=name)
        if name != node["uri"]:
            picture["refuri"] = f"../{self.builder.imagedir}/{name}"
        self.add(f"![{node.get('alt', '')}]({self.address_of(picture)})")

    def visit_StateLink(self, node):  # noqa: N802 - named after the node
        """Write the text of a link to a state, and the call that shows it."""
        from convlib.explorers.prompts import call_text

        self.add(f"{node.astext()} (`{call_text(node['explorer'], node['values'])}`)")
        raise nodes.SkipNode

    def visit_TextNumber(self, node):  # noqa: N802 - named after the node
        """Write a number as any text."""

    def depart_TextNumber(self, node):  # noqa: N802
        """Go on."""

    def visit_Prompted(self, node):  # noqa: N802 - named after the node
        """Write a question to predict as any text."""

    def depart_Prompted(self, node):  # noqa: N802
        """Go on."""

    def visit_FoldedAnswer(self, node):  # noqa: N802 - named after the node
        """Fold an answer as pages do: notebooks read Markdown between the two tags."""
        self.add("<details><summary>Answer</summary>", prefix_eol=2, suffix_eol=2)

    def depart_FoldedAnswer(self, node):  # noqa: N802
        """Close it."""
        self.add("</details>", prefix_eol=2, suffix_eol=2)

    def visit_HideCodeCellNode(self, node):  # noqa: N802 - named after the node
        """Look into what the page folds."""

    def visit_container(self, node):
        """Leave a place for a cell."""
        if "cell_index" in node:
            self.add(f"<!--cell {node['cell_index']}-->", prefix_eol=2, suffix_eol=2)
            raise nodes.SkipNode

    @pushing_context
    def visit_table(self, _node):
        """Begin a table."""
        self._push_context(PlainTable(params=SubContextParams(2, 2)))

    @pushing_context
    def visit_block_quote(self, _node):
        """Begin a quotation; the library would end it at the first empty line."""
        self._push_context(IndentContext("> ", empty=True, params=SubContextParams(2, 2)))

    # Boxes. Those called after their kind got their title when the page was written.
    visit_admonition = visit_note = visit_tip = visit_hint = visit_important = visit_block_quote
    visit_warning = visit_caution = visit_attention = visit_danger = visit_block_quote
    visit_seealso = visit_error = visit_block_quote

    def visit_title(self, node):
        """Write the title of a box in bold, of a section as a heading."""
        if not isinstance(node.parent, nodes.Admonition):
            return super().visit_title(node)
        return self._push_context(WrappedContext("**", params=SubContextParams(2, 2)))

    def depart_title(self, node):
        """End the title."""
        self._pop_context(node)

    def _leave_out(self, node):
        raise nodes.SkipNode

    # HTML of the page, and what readers do not see. Solutions are for the page alone.
    visit_raw = visit_comment = visit_target = visit_meta = visit_index = _leave_out
    visit_solution_node = _leave_out


class Addresses:
    """Where the reader of a notebook finds what the page refers to.

    Parameters
    ----------
    app : Sphinx
    page : str
        Name of the page that refers.
    """

    def __init__(self, app: Sphinx, page: str):
        self.published, self.page = app.config.html_baseurl, page
        self.notebooks = pages_with_cells(app)
        cited = app.env.get_domain("cite").citations
        self.papers = {one.citation_id: paper_address(one.entry.fields) for one in cited}

    def __call__(self, node: nodes.reference) -> str:
        """Return the address of what `node` refers to, or ``""`` for the notebook's own parts."""
        uri = node.get("refuri", "")
        path, _, fragment = uri.partition("#")
        if urlsplit(uri).scheme or not path:
            return uri if path else ""
        if paper := self.papers.get(fragment):
            return paper
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.page), path))
        if self.published:
            return self.published + path + (fragment and f"#{fragment}")
        name = path.removesuffix(".html")
        if name != path and name not in self.notebooks:
            return ""
        path = f"{name}.ipynb" if name != path else path
        return posixpath.relpath(path, posixpath.dirname(self.page) or ".")


def paper_address(fields: dict) -> str:
    """Return where a publication is found, from its entry in the bibliography.

    Examples
    --------
    >>> paper_address({"doi": "10.1109/CVPR.2010.5539957"})
    'https://doi.org/10.1109/CVPR.2010.5539957'
    """
    return fields.get("url") or (f"https://doi.org/{fields['doi']}" if "doi" in fields else "")


# --- The notebook ----------------------------------------------------------------------------


def pages_with_cells(app: Sphinx) -> set[str]:
    """Return the names of the pages that are notebooks."""
    return {name for name, data in app.env.metadata.items() if "kernelspec" in data}


def imported(sources: Iterator[str]) -> set[str]:
    """Return the packages that cells import, apart from Python's own.

    Examples
    --------
    >>> sorted(imported(["import torch.nn as nn\\nimport os", "from convlib import conv2d"]))
    ['convlib', 'torch']
    """
    names, plain = set(), TransformerManager().transform_cell  # a cell may hold `%magic`
    for source in sources:
        for node in ast.walk(ast.parse(plain(source))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names


def convlib_requirement(published: str, repository: str, folder: str) -> str:
    """Return what pip takes to install convlib: from the book's address, else the repository.

    Where neither is known, from the file beside the notebook.

    Examples
    --------
    >>> convlib_requirement("https://a.example/", "", "book")  # doctest: +ELLIPSIS
    'convolution-arithmetic[explorers] @ https://a.example/book/convolution_arithmetic-...-any.whl'
    >>> convlib_requirement("", "someone/cells", "book")
    'convolution-arithmetic[explorers] @ git+https://github.com/someone/cells'
    >>> convlib_requirement("", "", "book")
    './convolution_arithmetic-0.1.0-py3-none-any.whl[explorers]'
    """
    if published:
        return f"{DISTRIBUTION}[explorers] @ {published}{posixpath.join(folder, WHEEL)}"
    if repository:
        return f"{DISTRIBUTION}[explorers] @ git+https://github.com/{repository}"
    return f"./{WHEEL}[explorers]"


def first_cell(requirement: str, packages: set[str]) -> str:
    """Return the cell that installs what the others import.

    Examples
    --------
    >>> print(first_cell("./convlib.whl[explorers]", {"convlib", "numpy", "torch"}))
    # Run this cell once. It installs what the others need.
    # The file convlib.whl must be in the same folder as this notebook.
    %pip install -q "./convlib.whl[explorers]" torch
    """
    lines = ["# Run this cell once. It installs what the others need."]
    if requirement.startswith("./"):
        name = requirement[2:].partition("[")[0]
        lines.append(f"# The file {name} must be in the same folder as this notebook.")
    others = sorted(packages - COME_ALONG)
    return "\n".join([*lines, " ".join(["%pip install -q", f'"{requirement}"', *others])])


def notebook_cells(text: str, cells: list) -> Iterator:
    """Yield the cells of a notebook: the text between the places of its code, and the code.

    Parameters
    ----------
    text : str
        Markdown with a place for each cell of code.
    cells : list of NotebookNode
        The chapter's; a place gives the number of its cell. Those that a chapter runs out of
        sight, with the tag ``remove-cell``, have no place and go before the next that has one.

    Examples
    --------
    >>> cells = [new_markdown_cell("# One"), new_code_cell("1 + 1")]
    >>> [cell.source for cell in notebook_cells("# One\\n\\n<!--cell 1-->\\n\\nTwo.", cells)]
    ['# One', '1 + 1', 'Two.']
    """
    done = 0
    markdown, *rest = PLACE.split(text)
    for place, following in [*zip(rest[::2], rest[1::2], strict=True), (len(cells), "")]:
        if markdown.strip():
            yield new_markdown_cell(markdown.strip())
        for cell in cells[done : int(place)]:
            if "remove-cell" in cell.metadata.get("tags", ()):
                yield code_cell(cell)
        if int(place) < len(cells):
            yield code_cell(cells[int(place)])
        done, markdown = int(place) + 1, following


def code_cell(cell):
    """Return a chapter's cell of code; one without its source in the page is folded.

    Examples
    --------
    >>> code_cell(new_code_cell("1", metadata={"tags": ["remove-input"]})).metadata.jupyter
    {'source_hidden': True}
    """
    tags = cell.metadata.get("tags", [])
    metadata = {"tags": tags} if tags else {}
    if {"remove-input", "remove-cell", "hide-input"} & set(tags):
        metadata["jupyter"] = {"source_hidden": True}
    return new_code_cell(cell.source, metadata=metadata)


def last_cell(title: str, address: str) -> str:
    """Return the cell that says where a notebook comes from, and its licence.

    Examples
    --------
    >>> print(last_cell("Cells", ""))
    ---
    From *Cells*. Prose and figures: [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/). \
Code: BSD-3-Clause.
    """
    book = f"[{title}]({address})" if address else f"*{title}*"
    return (
        f"---\nFrom {book}. Prose and figures: "
        "[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/). Code: BSD-3-Clause."
    )


def page_notebook(app: Sphinx, page: str, doctree: nodes.document):
    """Return the notebook of a page."""
    translator = NotebookTranslator(doctree, app.builder, Addresses(app, page))
    doctree.walkabout(translator)
    source = notebook_of(app.env, page)
    cells = list(notebook_cells(translator.astext(), source.cells))
    published = app.config.html_baseurl
    requirement = convlib_requirement(
        published, app.config.book_repository, posixpath.dirname(page)
    )
    code = (cell.source for cell in cells if cell.cell_type == "code")
    cells.insert(0, new_code_cell(first_cell(requirement, imported(code))))
    address = published and f"{published}{page}.html"
    cells.append(new_markdown_cell(last_cell(app.config.html_title, address)))
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # the same in each build
    kernel = dict(source.metadata.kernelspec)
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def write_notebook(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Write the notebook of a page that is being written."""
    if doctree is None or page not in pages_with_cells(app):
        return
    path = Path(app.outdir) / f"{page}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(page_notebook(app, page, doctree), path)
    context["book_notebook"] = path.name
    if not (app.config.html_baseurl or app.config.book_repository):
        context["book_wheel"] = WHEEL  # what the notebook needs beside it


def write_wheel(app: Sphinx, exception: Exception | None) -> None:
    """Make the wheel of convlib, if the notebooks have none of this convlib yet."""
    if exception or app.builder.format != "html":
        return
    top, record = Path(app.srcdir), Path(app.doctreedir) / "wheel.txt"
    digest = digest_of(top, package_files(top))
    folders = {Path(app.outdir, page).parent for page in pages_with_cells(app)}
    missing = [folder for folder in folders if not (folder / WHEEL).is_file()]
    old = not record.is_file() or record.read_text(encoding="utf-8") != digest
    if not folders or not (old or missing):
        return
    with tempfile.TemporaryDirectory() as work:
        wheel = make_wheel(top, Path(work))
        for folder in folders:
            shutil.copy(wheel, folder / WHEEL)
    record.write_text(digest, encoding="utf-8")


def package_files(top: Path) -> list[str]:
    """Return patterns of the files that make the package."""
    return tomllib.loads((top / "pyproject.toml").read_text())["tool"]["convlib"]["package"]


def make_wheel(top: Path, work: Path) -> Path:
    """Return the path of a wheel of convlib, made in `work` without a network."""
    source = work / "source"
    for pattern in package_files(top):
        for path in top.glob(pattern):
            target = source / path.relative_to(top)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"]
    subprocess.run(
        [*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", work, source],
        env={**os.environ, "SOURCE_DATE_EPOCH": "315532800"},  # the same file in each build
        check=True,
    )
    return work / WHEEL


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.setup_extension("sphinx_markdown_builder")  # its settings
    app.connect("html-page-context", write_notebook)
    app.connect("build-finished", write_wheel)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
