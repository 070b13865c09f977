"""Programming exercises: solutions that open natively, and the students' edition without them.

sphinx-exercise numbers the exercises and knows which solution belongs to which. ``SOLUTIONS=no`` in
the environment asks for an edition in which no file that the build writes holds a solution.
"""

from __future__ import annotations

import os
import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError, ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import exercise_enumerable_node, is_extension_node, solution_node
from sphinx_exercise.utils import get_node_number

EDITIONS = {"yes": False, "no": True}
#: A solution in the text of a chapter, with its fence of colons or backticks.
SOLUTION = re.compile(
    r"^(?P<fence>:{3,}|`{3,})\{solution\}.*?^(?P=fence)[ \t]*\n\n?", re.MULTILINE | re.DOTALL
)


def without_solutions(text: str) -> str:
    """Return the text of a chapter as the students' edition has it.

    Raises
    ------
    sphinx.errors.ExtensionError
        If a solution remains: one that does not end, or begins in another way.

    Examples
    --------
    >>> without_solutions("Try it.\\n\\n:::{solution} one\\nLike this.\\n:::\\n\\nGo on.\\n")
    'Try it.\\n\\nGo on.\\n'
    """
    stripped = SOLUTION.sub("", text)
    if "{solution" in stripped:
        start = stripped.index("{solution")
        raise ExtensionError(f"a solution does not end: {stripped[start : start + 60]!r}")
    return stripped


def choose_edition(app: Sphinx, config: Config) -> None:
    """Leave the solutions out where the environment says so.

    Raises
    ------
    sphinx.errors.ConfigError
        If it says neither yes nor no.
    """
    chosen = os.environ.get("SOLUTIONS", "yes")
    if chosen not in EDITIONS:
        raise ConfigError(f"SOLUTIONS={chosen!r} must be yes or no")
    config.hide_solutions = EDITIONS[chosen]


def unwrap_content(app: Sphinx, document: nodes.document) -> None:
    """Take the contents out of their sections, which have no title and all the same id."""
    for node in document.findall(is_extension_node):
        title, *contents = node
        node[:] = [title, *(part for section in contents for part in section)]


class PlainExercises(SphinxPostTransform):
    """Make an exercise, with its number, a box like any other once nothing refers to its kind."""

    default_priority = 30  # after those of sphinx-exercise

    def run(self, **kwargs) -> None:
        """Replace the exercises of a page."""
        for node in list(self.document.findall(exercise_enumerable_node)):
            title, *contents = node
            number = get_node_number(self.app, node, "exercise")
            title.insert(0, nodes.Text(f"Exercise {number}"))
            box = nodes.admonition("", title, *contents, classes=["exercise"], ids=node["ids"])
            node.replace_self(box)


def visit_solution(self: HTML5Translator, node: solution_node) -> None:
    """Open a solution as an element that every browser opens and closes, without a script."""
    title = node.pop(0).astext()
    # The class is for notebooks; here it would bring the theme's script to the same end.
    node["classes"].remove("dropdown")
    self.body.append(self.starttag(node, "details", CLASS="admonition"))
    self.body.append(f"<summary>{escape(title)}</summary>\n")


def depart_solution(self: HTML5Translator, node: solution_node) -> None:
    """Close it."""
    self.body.append("</details>\n")


def strip_chapter(app: Sphinx, docname: str, source: list[str]) -> None:
    """Take the solutions out of a chapter before anything is made of it."""
    if app.config.hide_solutions:
        source[0] = without_solutions(source[0])


def strip_sources(app: Sphinx, exception: Exception | None) -> None:
    """Take the solutions out of the copies of the chapters' files, which the pages offer."""
    if exception or not app.config.hide_solutions:
        return
    for path in Path(app.outdir).glob("_sources/**/*.md"):
        text = path.read_text(encoding="utf-8")
        path.write_text(without_solutions(text), encoding="utf-8")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.setup_extension("sphinx_exercise")
    app.add_node(solution_node, override=True, html=(visit_solution, depart_solution))
    app.add_post_transform(PlainExercises)
    app.connect("config-inited", choose_edition)
    app.connect("source-read", strip_chapter)
    # Before Sphinx looks for the sections of the page.
    app.connect("doctree-read", unwrap_content, priority=400)
    # Before anything is made of these files.
    app.connect("build-finished", strip_sources, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
