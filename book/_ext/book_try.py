"""The directive {try}: a question, a link that sets the explorer, and a folded answer.

.. code-block:: md

   :::{try} stride: input_size=6
   :given: alike = size("output", input_size=5)
   Is the output of 6×6 cells larger than that of 5×5?

   ---
   No: it is {{ size("output") }}, like the {{ alike }} of 5×5.
   :::

Behind the name stands a state, as in the role {state}; without one the question is about no
explorer. `convlib.explorers.prompts.Prompt` says what may stand between braces.
"""

from __future__ import annotations

from book_states import state_link
from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator


class Prompted(nodes.General, nodes.Element):
    """A question, the link that sets its explorer, and the answer."""


class FoldedAnswer(nodes.General, nodes.Element):
    """The answer."""


class TryDirective(SphinxDirective):
    """A prompt, its texts filled and its state checked while the book is built."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"given": directives.unchanged, "refused": directives.flag}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        """Return the prompt; what is amiss fails the build."""
        from convlib.explorers.prompts import Prompt, parted

        try:
            state = " ".join(self.arguments)
            prompt = Prompt(state, self.options.get("given", ""), "refused" in self.options)
            question, answer = map(prompt.filled, parted("\n".join(self.content)))
        except (TypeError, ValueError) as error:
            raise self.error(f"try: {error}") from error
        prompted, folded = Prompted(), FoldedAnswer()
        self._parse(question, 0, prompted)
        if prompt.explorer:
            text = f"Set the explorer: {prompt.words}"
            link = state_link(text, prompt.explorer, prompt.values)
            prompted += nodes.paragraph("", "", link)
        self._parse(answer, question.count("\n") + 1, folded)
        prompted += folded
        return [prompted]

    def _parse(self, text: str, line: int, parent: nodes.Element) -> None:
        lines = StringList(text.splitlines(), source=self.env.docname)
        self.state.nested_parse(lines, self.content_offset + line, parent)


def visit_prompted(self: HTML5Translator, node: Prompted) -> None:
    """Open the box of a prompt."""
    self.body.append(self.starttag(node, "div", CLASS="try"))


def depart_prompted(self: HTML5Translator, node: Prompted) -> None:
    """Close it."""
    self.body.append("</div>\n")


def visit_answer(self: HTML5Translator, node: FoldedAnswer) -> None:
    """Open the answer as an element that every browser opens and closes, without a script."""
    self.body.append(self.starttag(node, "details") + "<summary>Answer</summary>\n")


def depart_answer(self: HTML5Translator, node: FoldedAnswer) -> None:
    """Close it."""
    self.body.append("</details>\n")


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.add_node(Prompted, html=(visit_prompted, depart_prompted))
    app.add_node(FoldedAnswer, html=(visit_answer, depart_answer))
    app.add_directive("try", TryDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
