"""What a student's process may say: numbered answers of a few fixed shapes, and nothing else.

Whatever else arrives, the student's process has lost the right to speak. An answer reaches the
judge only inside of a message of the grader's own, so that it is never read as anything but data.
"""

from __future__ import annotations

import json

__all__ = ["NoAnswerError", "answer_of"]

#: The keys of each kind of answer, besides its number.
SHAPES = (
    {"ready"},
    {"outputs", "count"},
    {"value"},
    {"missing"},
    {"error"},
    {"each"},
)
ERROR = {"kinds": list, "type": str, "text": str, "trace": str}


class NoAnswerError(Exception):
    """What arrived is no answer to the question; the text says why."""


def answer_of(line: bytes, number: int, longest: int) -> dict:
    """Return the answer to a question, without its number.

    Parameters
    ----------
    line : bytes
        What arrived.
    number : int
        The question's number.
    longest : int
        How many bytes it may have.

    Raises
    ------
    NoAnswerError
        If it is too long, no JSON, of another shape, or the answer to another question.
    """
    if len(line) > longest:
        raise NoAnswerError(f"it sent {len(line)} bytes, where at most {longest} are allowed")
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError, MemoryError):
        raise NoAnswerError("it sent something that is no answer") from None
    if not isinstance(answer, dict) or type(answer.get("number")) is not int:
        raise NoAnswerError("it sent something that is no answer")
    if answer.pop("number") != number:
        raise NoAnswerError("it sent an answer that nobody had asked for")
    if set(answer) not in SHAPES or not _fits(answer):
        raise NoAnswerError("it sent something that is no answer")
    return answer


def _fits(answer: dict) -> bool:
    """Tell whether the parts of an answer are of the kinds that they must be."""
    if "each" in answer:
        each = answer["each"]
        return (
            isinstance(each, list)
            and len(each) > 0
            and all(
                isinstance(one, dict) and set(one) in ({"value"}, {"error"}) and _fits(one)
                for one in each
            )
        )
    if "error" in answer:
        error = answer["error"]
        return (
            isinstance(error, dict)
            and error.keys() == ERROR.keys()
            and all(isinstance(error[name], kind) for name, kind in ERROR.items())
            and all(isinstance(kind, str) for kind in error["kinds"])
        )
    if "outputs" in answer:
        return isinstance(answer["outputs"], list) and type(answer["count"]) is int
    return answer.get("missing", True) is True and answer.get("ready", True) is True
