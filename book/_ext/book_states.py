"""The role {state}: a link in the prose that sets an explorer to a state.

``{state}`stride 2 <stride: stride=2>` `` shows "stride 2" and sets the explorer called stride.
Several values are separated by spaces: ``<stride: stride=2 padding=1>``.

The role {number}: ``{number}`5 <stride: input_size>` `` shows a number that can be dragged;
the explorer's control follows it, and it follows the control.
"""

from __future__ import annotations

import re
from typing import ClassVar
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole
from sphinx.writers.html5 import HTML5Translator

from convlib.explorers.declaration import parse_state

ROLE_TEXT = re.compile(r"(?P<text>.+?)\s*<(?P<name>[\w-]+):\s*(?P<state>[^<>]*)>", re.DOTALL)


class ExplorerRole(SphinxRole):
    """Prose tied to an explorer, checked while the book is built."""

    form: ClassVar[str]

    def tied(self, text: str, name: str, state: str) -> nodes.Node:
        """Return what stands in the document; raise ``ValueError`` if the explorer has no such."""
        raise NotImplementedError

    def run(self):
        """Return the node, or a system message that fails the build."""
        from convlib.explorers import PANELS

        match = ROLE_TEXT.fullmatch(self.text)
        try:
            if not match:
                raise ValueError(f"must be of the form {self.form}")
            text, name, state = match["text"], match["name"], match["state"].strip()
            if name not in PANELS:
                raise ValueError(f"no explorer {name!r}; there are {', '.join(PANELS)}")
            return [self.tied(text, name, state)], []
        except (TypeError, ValueError) as error:
            problem = f"{self.name} {self.text!r}: {error}"
            message = self.inliner.reporter.error(problem, line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]


def checked(name: str, state: str) -> dict:
    """Return the values of a state that the explorer has."""
    from convlib.explorers import PANELS

    values = parse_state(state)
    PANELS[name].values(**values)
    return values


class StateRole(ExplorerRole):
    """A link to a state of an explorer."""

    form = "text <explorer: name=value ...>"

    def tied(self, text, name, state):
        """Return the link."""
        return state_link(text, name, checked(name, state))


class StateLink(nodes.Inline, nodes.TextElement):
    """The link in the document tree, so that search and headings see its text."""


def state_link(text: str, explorer: str, values: dict) -> StateLink:
    """Return the link to a state."""
    # As in the address of a state: the explorers' script reads both.
    set_to = {key: value for key, value in values.items() if value is not None}
    fragment = ",".join(f"{key}={quote(str(value))}" for key, value in set_to.items())
    return StateLink(text, text, explorer=explorer, values=values, state=fragment)


class NumberRole(ExplorerRole):
    """A number of an explorer's control in the prose."""

    form = "number <explorer: control>"

    def tied(self, text, name, state):
        """Return the number."""
        checked(name, f"{state}={text}")
        return TextNumber(text, text, explorer=name, control=state)


class TextNumber(nodes.Inline, nodes.TextElement):
    """The number in the document tree."""


def visit_text_number(self: HTML5Translator, node: TextNumber) -> None:
    """Open the number; without scripts it is one like any other."""
    attributes = {"data-explorer": node["explorer"], "data-control": node["control"]}
    self.body.append(self.starttag(node, "span", "", CLASS="text-number", **attributes))


def depart_text_number(self: HTML5Translator, node: TextNumber) -> None:
    """Close the number."""
    self.body.append("</span>")


def visit_state_link(self: HTML5Translator, node: StateLink) -> None:
    """Open the link; without scripts it leads to the explorer."""
    attributes = {
        "href": f"#explorer-{node['explorer']}",
        "data-explorer": node["explorer"],
        "data-state": node["state"],
    }
    self.body.append(self.starttag(node, "a", "", CLASS="state-link", **attributes))


def depart_state_link(self: HTML5Translator, node: StateLink) -> None:
    """Close the link."""
    self.body.append("</a>")


def add_script(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Load what lets numbers in the text be dragged, where there are any."""
    if doctree and any(doctree.findall(TextNumber)):
        app.add_js_file("text-numbers.js", loading_method="defer")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_node(StateLink, html=(visit_state_link, depart_state_link))
    app.add_role("state", StateRole())
    app.add_node(TextNumber, html=(visit_text_number, depart_text_number))
    app.add_role("number", NumberRole())
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
