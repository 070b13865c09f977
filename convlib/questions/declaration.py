"""How a question is declared: its text, the function that knows the answer, and the variants.

The answer is computed for each variant, never typed, and so are the usual wrong ones: a `Mistake`
is a function that goes wrong in one step, with the hint that names the step.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from itertools import product
from typing import Any, ClassVar, TypeAlias

from convlib._types import Cell
from convlib.scenes.scene import Grid, Scene

__all__ = [
    "NUMBER",
    "PAIR",
    "SAYS",
    "Answer",
    "Board",
    "Case",
    "Declaration",
    "Feedback",
    "Mistake",
    "Shown",
    "Values",
]

#: Fewest variants of a question, and how many are drawn where its ranges have more.
FEWEST, DRAWN = 12, 16
#: Most combinations of the ranges that are looked at.
SAMPLE = 200

#: A number as people type it; the page's script reads it with the same expression. Groups: the
#: sign, the digits with or without separators of thousands, the decimals.
NUMBER = r"([-−+]?)([0-9]{1,3}(?:[ ,_][0-9]{3})+|[0-9]{1,15})(?:\.([0-9]*))?"
_ONE = re.sub(r"\((?!\?)", "(?:", NUMBER)
#: Two numbers in one field, as people write a size: `3×4`, `3 x 4`, `(3, 4)`. Groups: the numbers.
PAIR = rf"[(\[]? *({_ONE}) *(?:[×xX*,;]|by) *({_ONE}) *[)\]]?"

#: What both forms say. The script fills the braces as `str.format` does.
SAYS = {
    "right": "Right.",
    "wrong": "Not yet.",
    "look": "Go through it step by step, or look at the worked answer.",
    "empty": "There is no answer yet. Type a whole number, such as 12.",
    "unreadable": "This cannot be read as a number. Type a whole number in digits, such as 12.",
    "whole": "The answer is a whole number, such as 12.",
    "first": "The {} are right; look at the {} again.",
    "choose": "Choose one of the answers first.",
    "mark": "Choose the cells in the grid first.",
    "some": "Right cells: {} of {}. Cells too many: {}.",
}


#: The parameters of a variant, by name.
Values: TypeAlias = dict[str, Any]
#: From the parameters of a variant to a value.
Answer: TypeAlias = Callable[..., Any]


@dataclass(frozen=True)
class Mistake:
    """A usual wrong answer, and the hint for whoever gives it.

    Parameters
    ----------
    answer
        Takes the parameters of a variant, as the answer does, and goes wrong in one step. None or
        a ValueError means that the mistake cannot be made there.
    hint
        Names the step, without the answer: "You rounded up: a step that does not fit is not
        taken." Parameters of the variant can stand in it in braces.
    """

    answer: Answer | object
    hint: str


@dataclass(frozen=True)
class Board:
    """A picture in which the reader chooses cells.

    Parameters
    ----------
    grid
        Name of the grid in which the reader chooses.
    asked
        The cell that the question is about, by the name of its grid. That cell is outlined.
    """

    scene: Scene
    grid: str
    asked: dict[str, set[Cell]] = field(default_factory=dict, compare=False)

    @property
    def chosen_in(self) -> Grid:
        """The grid in which the reader chooses."""
        return self.scene[self.grid]


#: What a variant shows besides the text: options, a picture to choose in, or nothing.
Shown: TypeAlias = tuple[str, ...] | Board | None


@dataclass(frozen=True)
class Case:
    """One variant of a question, computed.

    Parameters
    ----------
    values
        The parameters.
    text
        The question with the parameters filled in.
    answer
        The right answer, as the reader would read it.
    key
        The right answer in its normal form, in which answers are compared.
    hints
        The hint for each wrong answer that is known, by its normal form.
    worked
        How the answer comes about, in lines.
    shown : or Board, or None
        What is shown besides the text: the options to choose from, or the picture to choose in.
        With neither, the answer is typed.
    """

    values: Values
    text: str
    answer: str
    key: str
    hints: dict[str, str]
    worked: str
    shown: Shown = None

    @property
    def solution(self) -> str:
        """The right answer, and how it comes about."""
        return f"Answer: {self.answer}\n{self.worked}"

    @property
    def right_cells(self) -> set[Cell]:
        """The (row, column) of the right cells of a `Board`."""
        if not isinstance(self.shown, Board):
            raise TypeError(f"the answer {self.answer!r} is no set of cells")
        columns = self.shown.chosen_in.shape[1]
        return {divmod(int(index), columns) for index in self.key.split()}


@dataclass(frozen=True)
class Feedback:
    """What a reader hears about an answer.

    Parameters
    ----------
    right
        None where there is no answer, or it cannot be read; that is no mistake.
    """

    right: bool | None
    text: str


@dataclass(frozen=True, repr=False)
class Declaration:
    """A question, and nothing of the forms it is shown in; parameters as in `Question`."""

    #: What the page's script knows the kind by.
    kind: ClassVar[str]

    name: str
    text: str
    _: KW_ONLY
    answer: Answer | None
    worked: Callable[..., str]
    variants: Mapping[str, Iterable[Any]] | Iterable[Values]
    mistakes: tuple[Mistake, ...] = ()
    cases: tuple[Case, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name):
            raise ValueError(f"name={self.name!r} must be of small letters, digits and hyphens")
        if isinstance(self.variants, Mapping):
            cases = self._drawn_cases(self.variants, DRAWN)
        else:
            cases = [self._case(one) for one in self.variants]
        object.__setattr__(self, "cases", tuple(cases))
        self._check()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {len(self.cases)} variants)"

    @property
    def labels(self) -> tuple[str, ...]:
        """What stands before each field where the answer is typed."""
        return ()

    def at_most(self, count: int) -> tuple[Case, ...]:
        """Return so many variants, those of `cases` first; all that there are where they are fewer.

        Variants that were listed are all in `cases`; from ranges, more are drawn.
        """
        if not isinstance(self.variants, Mapping):
            return self.cases[:count]
        return tuple(self._drawn_cases(self.variants, count)[:count])

    def read(self, given: Any) -> str:
        """Return an answer in its normal form.

        Raises
        ------
        ValueError
            With a kind text, if there is no answer or it cannot be read.
        """
        raise NotImplementedError

    def key(self, value: Any, shown: Any) -> str | None:
        """Return a computed answer in its normal form; None if it cannot be given here."""
        raise NotImplementedError

    def answer_text(self, value: Any) -> str:
        """Return a computed answer as the reader would read it."""
        raise NotImplementedError

    def shown(self, values: Values) -> Shown:
        """Return what a variant shows besides the text."""

    def near(self, case: Case, key: str) -> str:
        """Return the hint for a wrong answer that no mistake explains."""
        return SAYS["look"]

    def apart(self, given: Any) -> Any:
        """Return an answer with each of its texts apart, where one field holds several."""
        return given

    def more_hints(self, value: Any, shown: Any) -> dict[str, str]:
        """Return hints that follow from the right answer, besides those of the mistakes."""
        return {}

    def feedback(self, number: int, given: Any) -> Feedback:
        """Return what a reader hears who gives this answer to the variant of this number."""
        case = self.cases[number]
        try:
            key = self.read(given)
            if key == case.key:
                return Feedback(True, SAYS["right"])
            hint = case.hints.get(key) or self.near(case, key)
        except ValueError as error:
            return Feedback(None, str(error))
        return Feedback(False, f"{SAYS['wrong']} {hint}")

    def _case(self, values: Values) -> Case:
        """Return a variant, computed."""
        shown, right = self.shown(values), self._right(values)
        key = self.key(right, shown)
        if key is None:
            raise ValueError(f"{self._place(values)}: answer={right!r} is none of this kind")
        hints: dict[str, str] = {}
        for mistake in self.mistakes:
            wrong = self._wrong(mistake, values, shown)
            if wrong is not None and wrong != key:
                hints.setdefault(wrong, self._filled(mistake.hint, values))
        for wrong, hint in self.more_hints(right, shown).items():
            if wrong != key:
                hints.setdefault(wrong, hint)
        text, worked = self._filled(self.text, values), self.worked(**values)
        return Case(values, text, self.answer_text(right), key, hints, worked, shown)

    def _right(self, values: Values) -> Any:
        if self.answer is None:
            raise TypeError(f"question {self.name!r}: answer=None must be a function")
        return self.answer(**values)

    def _wrong(self, mistake: Mistake, values: Values, shown: Shown) -> str | None:
        """Return what a mistake answers, in its normal form; None where it cannot be made."""
        if not callable(mistake.answer):
            return self.key(mistake.answer, shown)
        try:
            value = mistake.answer(**values)
        except ValueError:
            return None
        return None if value is None else self.key(value, shown)

    def _filled(self, text: str, values: Values) -> str:
        try:
            return text.format(**values)
        except (KeyError, IndexError, AttributeError) as error:
            raise ValueError(
                f"{self._place(values)}: no parameter for {error} in text={text!r}"
            ) from None

    def _place(self, values: Values) -> str:
        listed = ", ".join(f"{name}={value!r}" for name, value in values.items())
        return f"question {self.name!r} with {listed}"

    def _drawn_cases(self, ranges: Mapping[str, Iterable[Any]], count: int) -> list[Case]:
        """Return `count` cases drawn from the ranges, or all: most such that mistakes show."""
        chance = random.Random(self.name)
        combinations = [
            dict(zip(ranges, values, strict=True)) for values in product(*ranges.values())
        ]
        chance.shuffle(combinations)
        cases = []
        for values in combinations[:SAMPLE]:
            try:
                cases.append(self._case(values))
            except ValueError as error:
                reason = error
        if len(cases) < FEWEST:
            why = f"; one that is left out: {reason}" if len(combinations) >= FEWEST else ""
            raise ValueError(
                f"question {self.name!r}: variants= make {len(cases)} cases of at least {FEWEST}"
                f"{why}"
            )
        # First one variant for each mistake that shows; then, answer by answer, those where most
        # mistakes show, so that the answers differ.
        told = [self._told_apart(case) for case in cases]
        telling = sorted(range(len(cases)), key=lambda at: -len(told[at]))
        firsts = (
            next((at for at in telling if number in told[at]), telling[0])
            for number in range(len(self.mistakes))
        )
        rounds: dict[int, int] = {}
        seen: Counter[str] = Counter()
        for at in telling:
            rounds[at] = seen[cases[at].key]
            seen[cases[at].key] += 1
        order = dict.fromkeys((*firsts, *sorted(telling, key=rounds.__getitem__)))
        return [cases[at] for at in order][: max(count, len(self.mistakes))]

    def _told_apart(self, case: Case) -> set[int]:
        """Return the numbers of the mistakes that are wrong here, and whose hint is shown."""
        numbers = set()
        for number, mistake in enumerate(self.mistakes):
            wrong = self._wrong(mistake, case.values, case.shown)
            if wrong and case.hints.get(wrong) == self._filled(mistake.hint, case.values):
                numbers.add(number)
        return numbers

    def _check(self) -> None:
        """Raise ValueError if the question is not one that a reader can learn from."""
        place, cases = f"question {self.name!r}", self.cases
        if len(cases) < FEWEST:
            raise ValueError(f"{place}: variants= are {len(cases)}, at least {FEWEST} are needed")
        seen: list[tuple[str, Shown]] = []
        for case in cases:
            if (case.text, case.shown) in seen:
                raise ValueError(
                    f"{self._place(case.values)}: another variant looks the same; let the text "
                    "name all that differs"
                )
            seen.append((case.text, case.shown))
            if not case.worked:
                raise ValueError(f"{self._place(case.values)}: worked= gives no text")
        told = set().union(*map(self._told_apart, cases))
        for number, mistake in enumerate(self.mistakes):
            if number not in told:
                raise ValueError(
                    f"{place}: no variant tells this mistake from the right answer and from the "
                    f"mistakes before it: {mistake.hint!r}"
                )
