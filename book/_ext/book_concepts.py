"""The page of concepts: a table of where each is told, counted, drawn, touched, asked and graded.

`book/concepts.toml` holds the places; the line ``% the table of concepts`` of the page becomes the
table while the page is read.
"""

from __future__ import annotations

import tomllib
from html import escape
from pathlib import Path

from sphinx.application import Sphinx

MARK = "% the table of concepts"
#: The columns, and what a reader sees as each one's title and link.
COLUMNS = {
    "prose": "text",
    "numbers": "by hand",
    "figure": "figure",
    "explorer": "explorer",
    "pytorch": "PyTorch",
    "question": "question",
    "exercise": "exercise",
    "graded": "graded",
}


def read_concepts(text: str) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """Return the concepts with their places, and what is excused, by the name of the concept."""
    concepts = tomllib.loads(text)
    excused = concepts.pop("excused", {})
    return concepts, excused


def address(column: str, place: str, chapter: str) -> str:
    """Return where a place is, as a link from a page of the book.

    Examples
    --------
    >>> address("prose", "gridding", "dilation"), address("figure", "stride#by-hand", "padding")
    ('dilation.html#gridding', 'stride.html#by-hand')
    >>> address("explorer", "field", "stacks"), address("explorer", "stride/stride", "padding")
    ('stacks.html#explorer-field', 'stride.html#explorer-stride')
    >>> address("question", "stride-size", "stride"), address("graded", "ps1_arithmetic/window", "")
    ('stride.html#question-stride-size', 'instructors.html#choose-a-problem-set')
    """
    if column == "graded":
        return "instructors.html#choose-a-problem-set"
    if column in ("prose", "numbers", "figure", "pytorch"):
        page, _, section = place.rpartition("#")
        return f"{page or chapter}.html#{section}"
    page, _, name = place.rpartition("/")
    prefix = {"explorer": "explorer-", "question": "question-", "exercise": ""}[column]
    return f"{page or chapter}.html#{prefix}{name}"


def table(concepts: dict[str, dict[str, str]], excused: dict[str, dict[str, str]]) -> str:
    """Return the table as HTML: a row for each concept, a link in each cell that has something."""
    heads = "".join(f'<th scope="col">{title}</th>' for title in COLUMNS.values())
    rows = []
    for name, places in concepts.items():
        chapter = places["chapter"]
        cells = []
        for column, title in COLUMNS.items():
            place, reason = places.get(column), excused.get(name, {}).get(column, "")
            if not place:
                cells.append(f'<td title="{escape(reason)}">–</td>')
                continue
            label = place.replace("_", " ").split("/")[0] if column == "graded" else title
            shown = label.split(" ")[0] if column == "graded" else title
            cells.append(
                f'<td><a href="{address(column, place, chapter)}" '
                f'aria-label="{escape(name)}: {escape(label)}">{escape(shown)}</a></td>'
            )
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{"".join(cells)}</tr>')
    return (
        '<div class="concepts" role="region" aria-label="concepts" tabindex="0"><table>'
        f'<thead><tr><th scope="col">concept</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def read(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the table into its page while it is read."""
    if MARK in source[0]:
        path = Path(app.srcdir) / "book/concepts.toml"
        app.env.dependencies[page].add(str(path))
        html = table(*read_concepts(path.read_text(encoding="utf-8")))
        source[0] = source[0].replace(MARK, f"```{{raw}} html\n{html}\n```")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("source-read", read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
