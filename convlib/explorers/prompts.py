"""Prompts: questions to answer before one looks, about a state of an explorer.

A chapter holds them as the directive ``{try}``. The numbers in their texts are written as
expressions between double braces, so that the library computes them, and never an author.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

import convlib
from convlib.explorers import EXPLORERS, PANELS
from convlib.explorers.declaration import Values, parse_state
from convlib.scenes.convolution import size_text
from convlib.scenes.scene import Scene, cell_text

__all__ = ["Prompt", "call_text", "lab_prompt", "parted"]

#: Where a text holds an expression of Python.
VALUE = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)
#: The same where a number and the dot behind it would begin a list.
FIRST_VALUE = re.compile(r"^(\{\{[^{}]+\}\})\.", re.MULTILINE)
#: What parts the question from its answer.
LINE = re.compile(r"^---[ \t]*$", re.MULTILINE)
OPTION = re.compile(r"^:(\w+):[ \t]*(.*\n(?::[ \t].*\n)*)", re.MULTILINE)
#: What is not the option's own text where it goes on over several lines.
CONTINUED = re.compile(r"^(\||:[ \t]*)", re.MULTILINE)


@dataclass(frozen=True)
class Prompt:
    """A question about a state of an explorer.

    Expressions may use what `convlib` exports, the state's values by the names of their controls,
    and ``scene``; ``at(stride=3)``, the scene of the same explorer with other values;
    ``size("output")``, the size of one of its grids, and ``bar("plain")``, what stands behind one
    of its bars, which take other values too; and ``error``, why there is no picture.

    Parameters
    ----------
    state
        As in the role {state}: ``"stride: stride=2 padding=1"``; controls that it leaves out have
        their defaults. Empty for a question about no explorer.
    given : optional
        Python that runs before the texts are filled. Its names can be used there, and what it
        asserts must be true: ``"o = conv_output_size(6, 3, 2); assert o == 2"``.
    refused : optional
        Whether these values make no picture, which is what the question is about.

    Raises
    ------
    TypeError, ValueError
        If there is no such explorer, state or picture, or `given` fails.

    Examples
    --------
    >>> prompt = Prompt("stride: input_size=6", given="alike = size('output', input_size=5)")
    >>> prompt.filled("{{ size('input') }} gives {{ size('output') }}, and 5×5 gives {{ alike }}.")
    '6×6 gives 2×2, and 5×5 gives 2×2.'
    >>> prompt.words
    'input size 6'
    """

    state: str
    given: str = ""
    refused: bool = False

    def __post_init__(self) -> None:
        # What is amiss is said when the prompt is made.
        _ = self._names

    @property
    def explorer(self) -> str:
        """The explorer's name, or ``""``."""
        return self.state.partition(":")[0].strip()

    @cached_property
    def values(self) -> Values:
        """A value for each control of the explorer."""
        if not self.explorer:
            return {}
        if self.explorer not in PANELS:
            raise ValueError(f"no explorer {self.explorer!r}; there are {', '.join(PANELS)}")
        given: dict[str, Any] = parse_state(self.state.partition(":")[2])
        return PANELS[self.explorer].values(**given)

    @property
    def words(self) -> str:
        """What a reader has to set, in the words of the controls."""
        labels = {control.name: control.label for control in PANELS[self.explorer].controls}
        changed = changed_values(self.explorer, self.values)
        set_to = (f"{labels[name]} {cell_text(value)}" for name, value in changed.items())
        return ", ".join(set_to) or "as it begins"

    def filled(self, text: str) -> str:
        """Return a text with its expressions computed.

        Raises
        ------
        ValueError
            If an expression fails.
        """
        text = FIRST_VALUE.sub(r"\1\\.", text)
        return VALUE.sub(lambda found: _shown(self._computed(found[1].strip())), text)

    def _at(self, **changes: Any) -> Scene:
        explorer = EXPLORERS[self.explorer]
        return explorer.scene(**explorer.values(**{**self.values, **changes}))

    def _size(self, grid: str, **changes: Any) -> str:
        return size_text(self._at(**changes)[grid].shape)

    def _bar(self, label: str, **changes: Any) -> str:
        texts = [
            text
            for chart in self._at(**changes).bars
            for name, text in zip(chart.labels, chart.texts, strict=True)
            if name == label
        ]
        if not texts:
            raise ValueError(f"no bar {label!r}")
        return texts[0]

    def _computed(self, expression: str) -> object:
        try:
            return eval(expression, dict(self._names))
        except Exception as error:
            raise ValueError(f"{{{{ {expression} }}}}: {_said(error)}") from error

    @cached_property
    def _names(self) -> dict[str, Any]:
        names = {name: getattr(convlib, name) for name in convlib.__all__} | self.values
        if self.explorer in EXPLORERS:  # the picture explorer has no scene
            scene = self._at()
            if bool(scene.error) is not self.refused:
                fault = scene.error or "there is a picture, and :refused: says that there is none"
                raise ValueError(f"{self.state!r} makes no picture: {fault}")
            names |= {"scene": scene, "error": scene.error}
            names |= {"at": self._at, "size": self._size, "bar": self._bar}
        try:
            exec(self.given, names)
        except Exception as error:
            raise ValueError(f"given {self.given!r}: {_said(error)}") from error
        return names


def changed_values(name: str, values: Values) -> Values:
    """Return those of an explorer's values that are not their controls' defaults."""
    usual = {control.name: control.default for control in PANELS[name].controls}
    return {key: value for key, value in values.items() if value != usual.get(key)}


def call_text(name: str, values: Values) -> str:
    """Return the call that shows a state of an explorer.

    Examples
    --------
    >>> call_text("shift-test", {"kind": "max-pooling", "stride": 2})
    "shift_test(kind='max-pooling')"
    """
    changed = changed_values(name, values)
    arguments = ", ".join(f"{key}={value!r}" for key, value in changed.items())
    return f"{name.replace('-', '_')}({arguments})"


def _said(error: Exception) -> str:
    if isinstance(error, AssertionError):
        return f"not true{': ' if str(error) else ''}{error}"
    return f"{type(error).__name__}: {error}"


def _shown(value: object) -> str:
    """Return a value as prose has it.

    Examples
    --------
    >>> _shown(4640), _shown(-3), _shown(0.25), _shown("4×4")
    ('4,640', '−3', '0.25', '4×4')
    """
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return f"{value:,}".replace("-", "−")
    return cell_text(value)


def parted(body: str) -> tuple[str, str]:
    """Return the question and the answer of a prompt's body, which a line of three dashes parts.

    Raises
    ------
    ValueError
        If one of the two is missing.

    Examples
    --------
    >>> parted("How many?\\n\\n---\\nThree.")
    ('How many?\\n\\n', '\\nThree.')
    """
    question, *answers = LINE.split(body)
    if len(answers) != 1 or not question.strip() or not answers[0].strip():
        raise ValueError("a prompt is a question, a line ---, and its answer")
    return question, answers[0]


class _Markdown:
    """MyST as a cell's only output."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_markdown_(self) -> str:
        return self.text


def lab_prompt(head: str, block: str) -> _Markdown:
    """Return a prompt as JupyterLab shows it in a chapter: text whose numbers are filled in.

    Parameters
    ----------
    head
        What stands behind ``{try}``.
    block
        The lines below: options, question and answer.

    Returns
    -------
    object with a Markdown form

    Examples
    --------
    >>> print(lab_prompt("stride: stride=3", "How large?\\n\\n---\\n{{ size('output') }}.").text)
    How large?
    <BLANKLINE>
    {state}`Set the explorer: stride 3 <stride: input_size=5 kernel_size=3 stride=3 padding=0 \
dilation=1>`
    <BLANKLINE>
    :::{dropdown} Answer
    1×1\\.
    :::
    """
    options = {name: CONTINUED.sub("", text).strip() for name, text in OPTION.findall(block)}
    prompt = Prompt(head, options.get("given", ""), "refused" in options)
    question, answer = (text.strip() for text in parted(prompt.filled(OPTION.sub("", block))))
    link = ""
    if prompt.explorer:
        values = prompt.values.items()
        state = " ".join(f"{name}={value}" for name, value in values if value is not None)
        link = f"{{state}}`Set the explorer: {prompt.words} <{prompt.explorer}: {state}>`\n\n"
    return _Markdown(f"{question}\n\n{link}:::{{dropdown}} Answer\n{answer}\n:::")
