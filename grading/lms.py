"""To and from a learning management system: `python -m grading.lms collect` and `... grades`.

``collect`` sorts the submissions of a downloaded zip into the course folder, under the ids of the
gradebook. ``grades`` writes the file that Canvas imports.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from grading.course import Course
from grading.downloads import (
    METADATA,
    Download,
    HandedIn,
    from_canvas,
    from_gradescope,
    gradescope_metadata,
    write,
)

CANVAS_COLUMN = re.compile(r"(?P<name>.+) \(\d+\)")
POINTS = "Points Possible"


def name_students(handed_in: Iterable[HandedIn], course: Path) -> None:
    """Tell the gradebook who the students are, so that formgrader shows names."""
    with Course(course).gradebook() as gradebook:
        for one in handed_in:
            gradebook.update_or_create_student(one.student, **one.about)


def read_canvas(path: Path, id_field: str) -> tuple[dict, list[dict]]:
    """Return the row of points and the rows of students of a gradebook exported from Canvas."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file, restval=""))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is not as Canvas exports it: {error}") from None
    wanted = ("Student", "ID", id_field)
    if not rows or not set(wanted) <= set(rows[0]):
        have = f"its columns are {', '.join(map(repr, rows[0]))}" if rows else "it is empty"
        needed = " and ".join([", ".join(map(repr, wanted[:-1])), repr(id_field)])
        raise ValueError(f"{path} needs the columns {needed}, but {have}")
    points = next((row for row in rows if row["Student"].strip() == POINTS), None)
    if points is None:
        raise ValueError(f"{path} has no row {POINTS!r}: export the gradebook from Canvas")
    return points, [row for row in rows if row["ID"].strip()]


def assignment_column(header, wanted: str) -> str:
    """Return the column of an assignment, by its name in Canvas with or without the number."""
    matches = (CANVAS_COLUMN.fullmatch(column) for column in header if column)
    columns = {match[0]: match["name"] for match in matches if match}
    found = [column for column, name in columns.items() if wanted in (column, name)]
    if len(found) != 1:
        raise ValueError(
            f"{len(found)} columns are named {wanted!r}: give one with --column, "
            f"of {', '.join(map(repr, columns)) or 'which this file has none'}"
        )
    return found[0]


@dataclass(frozen=True)
class Grades:
    """What the gradebook knows of an assignment."""

    points: float
    scores: dict[str, float]
    unfinished: list[str]

    @classmethod
    def of(cls, course: Path, assignment: str) -> Grades:
        """Return the scores, less penalties, and who still waits for grading by hand."""
        with Course(course).gradebook() as gradebook:
            submissions = gradebook.assignment_submissions(assignment)
            waiting = [one.student.id for one in submissions if one.needs_manual_grade]
            scores = {
                one.student.id: max(0.0, one.score - (one.late_submission_penalty or 0.0))
                for one in submissions
                if one.student.id not in waiting
            }
            return cls(gradebook.find_assignment(assignment).max_score, scores, sorted(waiting))


def write_grades(export: Path, column: str, grades: Grades, id_field: str, to: Path) -> list[str]:
    """Write what Canvas imports; return the students whose cell stays as Canvas has it."""
    points, students = read_canvas(export, id_field)
    column = assignment_column(points, column)
    try:
        stated = float(points[column] or 0)
    except ValueError:
        raise ValueError(
            f"{export} says {points[column]!r} in the row {POINTS!r} of {column!r}, which is no "
            "number: export the gradebook again"
        ) from None
    if stated != grades.points:
        raise ValueError(
            f"{column!r} is worth {points[column] or 0} points in Canvas and {grades.points:g} "
            f"here: set the points of the Canvas assignment to {grades.points:g}, export again"
        )
    stop = next(place for place, name in enumerate(points) if CANVAS_COLUMN.fullmatch(name or ""))
    identity = list(points)[:stop]
    with to.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [*identity, column], extrasaction="ignore")
        table.writeheader()
        table.writerow(points)
        for row in students:
            score = grades.scores.get(row[id_field])
            table.writerow(row if score is None else {**row, column: f"{score:g}"})
    return [row[id_field] for row in students if row[id_field] not in grades.scores]


def main(arguments: list[str] | None = None) -> int:
    """Run one of the two; return 1 where a person should look, 2 where nothing was done."""
    options = parser().parse_args(arguments)
    try:
        return options.run(options)
    except (ValueError, OSError, BadZipFile) as error:
        print(f"[lms] {error}", file=sys.stderr)
        return 2


def run_collect(options) -> int:
    """Collect from either kind of download."""
    with ZipFile(options.zip) as archive:
        download = _read(archive, options)
        handed_in = [download.students[student] for student in sorted(download.students)]
        for one in handed_in:
            download.problems += write(archive, one, options.assignment, options.course)
        name_students(handed_in, options.course)
    for problem in download.problems:
        print(f"[lms] {problem}")
    print(f"[lms] {len(handed_in)} submissions in {options.course / 'submitted'}")
    return 1 if download.problems or not handed_in else 0


def _read(archive: ZipFile, options) -> Download:
    """Return what a download holds, of whichever kind it is."""
    if options.roster:
        id_field = options.id or "SIS Login ID"
        rows = read_canvas(options.roster, id_field)[1]
        return from_canvas(archive, rows, id_field, options.roster)
    metadata = gradescope_metadata(archive)
    if metadata is None:
        raise ValueError(
            f"{options.zip} has no {METADATA} of Gradescope's; for a download from Canvas give the "
            "exported gradebook too: --roster FILE.csv"
        )
    return from_gradescope(archive, metadata, options.id or "sid")


def run_grades(options) -> int:
    """Write the file for Canvas and say who is not in it."""
    to = options.to or options.export.with_name(f"{options.assignment}_for_canvas.csv")
    grades = Grades.of(options.course, options.assignment)
    column, id_field = options.column or options.assignment, options.id or "SIS Login ID"
    blank = write_grades(options.export, column, grades, id_field, to)
    strangers = sorted(
        set(grades.scores) - {row[id_field] for row in read_canvas(options.export, id_field)[1]}
    )
    for text, names in (
        ("wait for grading by hand", grades.unfinished),
        ("unchanged: nothing graded", sorted(set(blank) - set(grades.unfinished))),
        (f"graded, but not among {id_field!r} in {options.export}", strangers),
    ):
        if names:
            print(f"[lms] {text}: {', '.join(names)}")
    print(f"[lms] wrote {to}: import it in Canvas's gradebook")
    return 1 if grades.unfinished or strangers else 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of both commands."""
    top = argparse.ArgumentParser("python -m grading.lms", description=__doc__)
    commands = top.add_subparsers(required=True)
    collecting = commands.add_parser("collect", help="sort a download into the course folder")
    collecting.add_argument("zip", type=Path, help="what Canvas or Gradescope lets you download")
    collecting.add_argument("--roster", type=Path, help="gradebook exported from Canvas")
    collecting.set_defaults(run=run_collect)
    grading = commands.add_parser("grades", help="write the file that Canvas imports")
    grading.add_argument("export", type=Path, help="gradebook exported from Canvas")
    grading.add_argument("--column", help="name of the assignment in Canvas, if another")
    grading.add_argument("--to", type=Path, help="file to write")
    grading.set_defaults(run=run_grades)
    for command in (collecting, grading):
        command.add_argument("assignment", help="such as ps1_arithmetic")
        command.add_argument("--course", type=Path, default=Path("course"), help="course folder")
        command.add_argument("--id", help="field or column that holds the ids of the gradebook")
    return top


if __name__ == "__main__":
    sys.exit(main())
