"""Formulas of notebooks as MathML, which browsers show by themselves: no page loads MathJax."""

from __future__ import annotations

import html
import re
import secrets

from math_core import LatexError, LatexToMathML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

__all__ = ["as_html", "put_back"]

#: A formula would be cleaned away like other marks, so a word that nobody can guess stands for it
#: until the page is clean.
WORD = "formula-{}-"
WORDS = re.compile(r"formula-([0-9a-f]{32})-")
_MADE: dict[str, str] = {}


class _Renderer(IPythonRenderer):
    """Turns Markdown into HTML, and puts formulas aside."""

    def inline_math(self, body: str) -> str:
        return self._aside(body, display=False)

    def block_math(self, body: str) -> str:
        return self._aside(body, display=True)

    def multiline_math(self, text: str) -> str:
        return self._aside(text.strip("$"), display=True)

    def _aside(self, latex: str, display: bool) -> str:
        key = secrets.token_hex(16)
        _MADE[key] = mathml(latex, display)
        return WORD.format(key)


def mathml(latex: str, display: bool) -> str:
    """Return the MathML of a formula; one that cannot be read is shown as typed."""
    try:
        return LatexToMathML(fancy_error=False).convert_with_local_state(
            latex, displaystyle=display
        )
    except LatexError:
        return f"<code>{html.escape(latex)}</code>"


def as_html(markdown: str, attachments: dict | None = None) -> str:
    """Return the HTML of Markdown, uncleaned, with words in place of its formulas."""
    renderer = _Renderer(escape=False, attachments=attachments or {})
    return MarkdownWithMath(renderer=renderer).render(markdown)


def put_back(cleaned: str) -> str:
    """Return cleaned HTML with the formulas where their words are."""
    return WORDS.sub(lambda word: _MADE.pop(word[1], ""), cleaned)
