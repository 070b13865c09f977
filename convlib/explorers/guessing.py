"""Predict, then look: a picture without its answer, and what a given answer is compared with.

The page's script compares in the same way (book/_static/predict.js).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from convlib.explorers.declaration import Guess, Values
from convlib.scenes.scene import Scene

__all__ = ["asked_scene", "told"]

_WORD = re.compile(r"-?\d+(?:\.\d+)?|[a-z]+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
#: Between the two numbers of a size.
_JOINING = {"x", "by", "and"}


def asked_scene(scene: Scene, guess: Guess) -> Scene:
    """Return what a reader may see of a scene before they have answered.

    Examples
    --------
    >>> from convlib.explorers.declaration import size_of
    >>> from convlib.scenes.convolution import convolution_scene
    >>> guess = Guess("How large is the output?", size_of("output"))
    >>> asked = asked_scene(convolution_scene([[1, 2, 3]], [[1, 1]]), guess)
    >>> [grid.name for grid in asked.grids], asked.sentence
    (['input', 'kernel'], 'How large is the output?')
    """
    hidden = guess.hidden(scene)
    return replace(
        scene,
        grids=tuple(grid for grid in scene.grids if grid.name not in hidden),
        sentence=guess.question,
        sweep=None, matrix=None, bars=(), formula="", code="", error="", symbols={},
    )  # fmt: skip


def told(given: str, guess: Guess, scene: Scene, values: Values) -> str:
    """Return what a reader is told who has given an answer.

    Examples
    --------
    >>> from convlib.explorers.declaration import size_of
    >>> from convlib.scenes.convolution import convolution_scene
    >>> guess = Guess("How large is the output?", size_of("output"))
    >>> scene = convolution_scene([[1, 2, 3]], [[1, 1]])
    >>> told("1 by 2", guess, scene, {}), told("1×3", guess, scene, {})
    ('Right: 1×2.', 'You said 1×3 (right, 1 too many); it is 1×2.')
    """
    answer = guess.answer(scene, values)
    if _same(given, answer):
        return f"Right: {answer}."
    return f"You said {given.strip()}{_apart(given, answer)}; it is {answer}."


def _said(text: str) -> list[str]:
    """Return the numbers and words of an answer: "3×4", "3 by 4", "(3, 4)", "4,608", "none"."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("−", "-")
    return [word for word in _WORD.findall(_THOUSANDS.sub("", plain)) if word not in _JOINING]


def _same(given: str, answer: str) -> bool:
    mine, right = _said(given), _said(answer)
    if len(mine) == 1 and len(right) == 2 and right[0] == right[1]:
        mine *= 2  # one number stands for both sides of a square
    return list(map(_value, mine)) == list(map(_value, right))


def _apart(given: str, answer: str) -> str:
    """Return how far a wrong size or number is off, if that can be said."""
    mine, right = ([_value(word) for word in _said(text)] for text in (given, answer))
    pairs = [*zip(mine, right, strict=False)]
    if len(mine) != len(right) or any(isinstance(one, str) for pair in pairs for one in pair):
        return ""
    return f" ({', '.join(_off(float(one) - float(other)) for one, other in pairs)})"


def _off(by: float) -> str:
    by = round(by, 2)
    return f"{abs(by):g} too {'many' if by > 0 else 'few'}" if by else "right"


def _value(word: str) -> float | str:
    return word if word.isalpha() else float(word)
