"""`python -m grading.quiz [CHAPTER ...]`: write the questions as question banks."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from convlib.questions.chapters import chapters_with_questions
from grading.quiz import qti12, qti21
from grading.quiz.bank import bank_of, pack

TOP = Path(__file__).parents[2]
EDITIONS = {"qti-1.2": qti12.files, "qti-2.1": qti21.files}


def write(names: list[str], target: Path) -> None:
    """Write the banks of some chapters, each in both editions, and say so.

    Raises
    ------
    ValueError
        If one of them is no chapter with questions.
    """
    chapters = chapters_with_questions(TOP / "book")
    if unknown := sorted(set(names) - set(chapters)):
        raise ValueError(f"no chapter with questions: {', '.join(unknown)}")
    chosen = names or list(chapters)
    total = 0
    for at, name in enumerate(chosen, 1):
        bank = bank_of(TOP / "book" / f"{name}.md", chapters[name])
        pictures = {f"media/{picture.name}": picture.png for picture in bank.pictures}
        for edition, files in EDITIONS.items():
            pack(target / edition / f"{name}.zip", {**files(bank), **pictures})
        total += len(bank.items)
        print(
            f"[quiz] {at} of {len(chosen)}: {name}, {len(bank.questions)} questions in "
            f"{len(bank.items)} variants",
            flush=True,
        )
    print(
        f"[quiz] {total} variants are in {target}, a zip for each chapter: import those of qti-1.2 "
        "into Canvas, those of qti-2.1 where QTI 2.1 is read; a quiz draws one variant of each "
        "question"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m grading.quiz", description=__doc__)
    parser.add_argument(
        "chapters", nargs="*", metavar="CHAPTER", help="such as stride; all if none"
    )
    parser.add_argument("--to", type=Path, default=TOP / "_build" / "quiz", metavar="DIR")
    options = parser.parse_args(arguments)
    try:
        write(options.chapters, options.to)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
