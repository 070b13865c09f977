"""Each chapter says how long it takes, by one rule: words, lines of code and questions.

Sections called "Extra: ..." may be skipped: nothing outside of them needs them. They count apart.
"""

from __future__ import annotations

import re
from math import ceil
from pathlib import Path

import pytest

BOOK = Path(__file__).parent.parent / "book"
CELL = re.compile(r"^```\{code-cell\} python\n((?::[^\n]*\n)*)(.*?)^```$", re.MULTILINE | re.DOTALL)
ASKS = re.compile(r"^(?:Number|Size|Choice|Cells)\($", re.MULTILINE)
SAYS = re.compile(r"Allow\s+(\d+)\s+minutes(?:,\s+and\s+(\d+)\s+for\s+the\s+extras)?")
EXTRA = re.compile(r"^(##+) Extra: .*?(?=^#{2,3} |^:::\{admonition\}|\Z)", re.MULTILINE | re.DOTALL)
PROMPT = re.compile(r"^:::\{try\}.*\n((?s:.*?))^---\n(?s:.*?)^:::$", re.MULTILINE)
#: Without exercises and extras; what takes longer is split.
LONGEST = 25
CHAPTERS = [path for path in sorted(BOOK.glob("*.md")) if SAYS.search(path.read_text("utf-8"))]
#: A minute is so many words, or lines of code; a question takes so many minutes.
WORDS, LINES, QUESTION = 180, 12, 2


def minutes(text: str) -> float:
    """Return how long a chapter takes without its exercises."""
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    body = re.sub(r"^:::\{(exercise|solution)\}.*?^:::$", "", body, flags=re.MULTILINE | re.DOTALL)
    cells = CELL.findall(body)
    shown = [code for options, code in cells if not re.search("remove|skip|hide", options)]
    lines = sum(bool(line.strip()) for code in shown for line in code.splitlines())
    prose = re.sub(r"^```.*?^```$", "", body, flags=re.MULTILINE | re.DOTALL)
    # Of a prompt the reader sees neither its state nor how its numbers are computed; its answer,
    # like a solution, is for those who open it.
    prose = re.sub(r"\{\{.+?\}\}", "1", PROMPT.sub(r"\1", prose))
    prose = re.sub(r"<[^>]*>`|\]\([^)]*\)|^:[^:].*$|[|$\\{}]", " ", prose, flags=re.MULTILINE)
    words = len(re.findall(r"\w+(?:['’-]\w+)*", prose))
    return words / WORDS + lines / LINES + QUESTION * len(ASKS.findall(text))


def fives(time: float) -> int:
    """Return a time in whole steps of five minutes, rounded up."""
    return 5 * ceil(time / 5)


@pytest.mark.parametrize("path", CHAPTERS, ids=[path.stem for path in CHAPTERS])
def test_chapter_takes_as_long_as_it_says(path):
    text = path.read_text(encoding="utf-8")
    extras = "".join(found.group() for found in EXTRA.finditer(text))
    ((said, said_of_extras),) = SAYS.findall(text)
    needed, more = minutes(EXTRA.sub("", text)), minutes(extras)
    assert int(said) == fives(needed) <= LONGEST, f"by the rule: {needed:.1f}"
    assert int(said_of_extras or 0) == fives(more), f"by the rule, extras: {more:.1f}"


def test_rule_is_used_for_every_chapter_with_questions():
    with_questions = {
        path for path in BOOK.glob("*.md") if ASKS.search(path.read_text(encoding="utf-8"))
    }
    assert with_questions == set(CHAPTERS)
