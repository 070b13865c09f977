"""Formulas of notebooks as MathML, which browsers show by themselves: no page loads MathJax.

They are read in a process of their own, which has so much of a processor's time: some that students
can write make the reader run for hours, or end it.
"""

from __future__ import annotations

import html
import json
import re
import resource
import secrets
import subprocess
import sys

from math_core import LatexError, LatexToMathML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

__all__ = ["as_html", "put_back"]

#: For all formulas of a cell together: of a processor's time, since a busy machine takes longer to
#: start; and until what uses none is given up.
SECONDS, PATIENCE = 5, 120
#: A formula would be cleaned away like other marks, so a word that nobody can guess stands for it
#: until the page is clean.
WORD = "formula-{}-"
WORDS = re.compile(r"formula-([0-9a-f]{32})-")
_waiting: dict[str, str] = {}
#: Most are the instructor's, and stand in each notebook.
_known: dict[tuple[str, bool], str] = {}


class _Renderer(IPythonRenderer):
    """Turns Markdown into HTML, and puts formulas aside."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.aside: dict[str, tuple[str, bool]] = {}

    def inline_math(self, body: str) -> str:
        return self._word(body, display=False)

    def block_math(self, body: str) -> str:
        return self._word(body, display=True)

    def multiline_math(self, text: str) -> str:
        return self._word(text.strip("$"), display=True)

    def _word(self, latex: str, display: bool) -> str:
        key = secrets.token_hex(16)
        self.aside[key] = latex, display
        return WORD.format(key)


def as_html(markdown: str, attachments: dict | None = None) -> str:
    """Return the HTML of Markdown, uncleaned, with words in place of its formulas."""
    renderer = _Renderer(escape=False, attachments=attachments or {})
    shown = MarkdownWithMath(renderer=renderer).render(markdown)
    _read(sorted({formula for formula in renderer.aside.values() if formula not in _known}))
    for key, formula in renderer.aside.items():
        _waiting[key] = _known.get(formula) or f"<code>{html.escape(formula[0])}</code>"
    return shown


def put_back(cleaned: str) -> str:
    """Return cleaned HTML with the formulas where their words are."""
    return WORDS.sub(lambda word: _waiting.pop(word[1], ""), cleaned)


def _read(formulas: list[tuple[str, bool]]) -> None:
    """Get to know the MathML of some formulas, as far as they can be read in time."""
    if not formulas:
        return
    command = [sys.executable, "-I", __file__]
    try:
        run = subprocess.run(
            command,
            input=json.dumps(formulas),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return
    _known.update(zip(formulas, json.loads(run.stdout), strict=True))


def mathml(latex: str, display: bool) -> str:
    """Return the MathML of a formula; nothing for one that cannot be read."""
    try:
        converter = LatexToMathML(fancy_error=False)
        return converter.convert_with_local_state(latex, displaystyle=display)
    except LatexError:
        return ""


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    json.dump([mathml(*formula) for formula in json.load(sys.stdin)], sys.stdout)
