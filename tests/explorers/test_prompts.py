"""Prompts: what an author can write, what is refused, and every one of the book's."""

from __future__ import annotations

import re

import pytest

from convlib.explorers import EXPLORERS
from convlib.explorers.prompts import Prompt, call_text, lab_prompt, parted
from tests.book.tools import TOP

PROMPT = re.compile(r"^(:{3,})\{try\}[ \t]*(.*)\n((?s:.*?))^\1$", re.MULTILINE)
CHAPTERS = {
    path.stem: path.read_text(encoding="utf-8") for path in sorted((TOP / "book").glob("*.md"))
}
PROMPTS = {
    f"{name}-{number}": found.groups()[1:]
    for name, text in CHAPTERS.items()
    for number, found in enumerate(PROMPT.finditer(text), 1)
}


@pytest.mark.parametrize("prompt", PROMPTS)
def test_prompt_of_the_book_has_a_question_and_an_answer_in_full(prompt):
    """Whatever it asserts is true, and each of its numbers can be computed."""
    state, lines = PROMPTS[prompt]
    question, answer = lab_prompt(state, lines).text.split(":::{dropdown} Answer\n")
    for text in (question, answer):
        assert "{{" not in text
        assert "}}" not in text
    words = re.sub(r"<[^>]*>`", "", question.partition("{state}`Set the explorer")[0])
    assert re.search(r"[?.]$", words.strip()), "it asks for something"
    assert "?" in words
    assert len(words.split()) <= 60
    assert len(answer.split()) <= 75


@pytest.mark.parametrize("name", EXPLORERS)
def test_chapter_of_each_explorer_has_two_prompts_about_it(name):
    called = name.replace("-", "_")
    shown = [
        chapter for chapter, text in CHAPTERS.items() if re.search(rf"^{called}\(", text, re.M)
    ]
    chapters = [chapter for chapter in shown if chapter != "index"]
    assert chapters
    for chapter in chapters:
        states = [state for _, state, _ in PROMPT.findall(CHAPTERS[chapter])]
        assert sum(state.startswith(f"{name}:") for state in states) >= 2, chapter


def test_nothing_is_tried_without_an_answer():
    for name, text in CHAPTERS.items():
        assert not re.search(r"things\s+to\s+try|^- \{state\}", text, re.I | re.M), name


@pytest.mark.parametrize(
    ("state", "given", "refused", "message"),
    [
        ("nosuch: stride=2", "", False, "no explorer 'nosuch'; there are "),
        ("stride: strid=2", "", False, "no control 'strid'"),
        ("stride: stride=99", "", False, "stride=99 must be one of"),
        ("stride: stride", "", False, "form name=value"),
        ("stride: input_size=3 kernel_size=4", "", False, "makes no picture: kernel covers 4"),
        ("stride: stride=2", "", True, "makes no picture: there is a picture"),
        ("stride: stride=2", "o = nosuch(3)", False, "given 'o = nosuch.3.': NameError"),
        ("stride: stride=2", "assert stride == 3, 'it is 2'", False, "not true: it is 2"),
        ("stride: stride=2", "assert stride == 3", False, "given .*: not true$"),
    ],
)
def test_prompt_with_a_fault_is_refused(state, given, refused, message):
    with pytest.raises((TypeError, ValueError), match=message):
        Prompt(state, given, refused)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ strid }}", "{{ strid }}: NameError: name 'strid'"),
        ("{{ size('nosuch') }}", "no grid 'nosuch'"),
        ("{{ bar('nosuch') }}", "no bar 'nosuch'"),
        ("{{ 1 / 0 }}", "division by zero"),
    ],
)
def test_text_with_a_fault_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        Prompt("stride: stride=2").filled(text)


def test_texts_are_computed_from_the_state_and_from_others():
    prompt = Prompt("stride: input_size=7 stride=3", given="o = conv_output_size(7, 3, stride)")
    assert (
        prompt.filled("{{ o }} {{ size('output') }} {{ size('output', stride=1) }}") == "2 2×2 5×5"
    )
    assert prompt.filled("{{ at(stride=1).step_text(0, 0) }}").startswith("output[0, 0] = ")
    assert prompt.filled("{{ 12345 }}, {{ -0.5 }}, {{ 1 / 3 }}") == "12,345, −0.5, 0.33"
    assert prompt.filled("{{ o }}. It\n{{ o }} is") == "2\\. It\n2 is", "a dot that begins no list"


def test_refused_state_is_what_the_question_is_about():
    prompt = Prompt("stride: input_size=3 kernel_size=4", refused=True)
    assert prompt.filled("{{ error }}") == EXPLORERS["stride"].scene(**prompt.values).error


def test_prompt_may_be_about_no_explorer():
    assert Prompt("").filled("{{ conv_output_size(5, 3) }}") == "3"
    assert "{state}" not in lab_prompt("", "One?\n\n---\nOne.\n").text


def test_options_go_on_over_lines():
    lines = ":refused:\n:given: |\n:  a = 2\n:  b = a + 1\nHow many?\n\n---\n{{ b }}\n"
    assert lab_prompt("stride: input_size=3 kernel_size=4", lines).text.endswith("Answer\n3\n:::")


@pytest.mark.parametrize("body", ["Why?", "Why?\n---\n", "\n---\nSo.", "Why?\n---\nSo.\n---\nNo."])
def test_question_and_answer_are_two(body):
    with pytest.raises(ValueError, match="a question, a line ---, and its answer"):
        parted(body)


def test_a_state_is_called_with_what_it_changes():
    assert call_text("stride", EXPLORERS["stride"].values()) == "stride()"
    state = {"kind": "max-pooling", "stride": 4, "shift": 1}
    assert call_text("shift-test", state) == "shift_test(kind='max-pooling', stride=4)"
