"""To and from a learning management system: `python -m grading.lms collect` and `... grades`.

``collect`` sorts the submissions of a downloaded zip into the course folder, under the ids of the
gradebook. ``grades`` writes the file that Canvas imports.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

import yaml

from grading.course import Course

METADATA = "submission_metadata.yml"  # where Gradescope says who handed in what
CANVAS_FILE = re.compile(r"[^_]+_(LATE_)?(?P<user>\d+)_\d+_(?P<name>.+)")
CANVAS_COLUMN = re.compile(r"(?P<name>.+) \(\d+\)")
POINTS = "Points Possible"
LARGEST = 200 * 2**20  # bytes of one file; the grader reads none that is larger


@dataclass(frozen=True)
class HandedIn:
    """One file of a student, and what the download tells of the student and the time."""

    student: str
    file: ZipInfo
    name: str
    time: datetime | None = None
    about: dict[str, str] = field(default_factory=dict)


def gradescope_files(archive: ZipFile, id_field: str) -> Iterator[HandedIn]:
    """Yield the files of a download from Gradescope, once for each of a submission's authors."""
    metadata = next(info for info in archive.infolist() if info.filename.endswith(METADATA))
    top = PurePosixPath(metadata.filename).parent
    about = yaml.safe_load(archive.read(metadata))
    for info in archive.infolist():
        path = PurePosixPath(info.filename)
        if info.is_dir() or not path.is_relative_to(top) or len(path.relative_to(top).parts) < 2:
            continue
        submission = about.get(path.relative_to(top).parts[0], {})
        for author in submission.get(":submitters", []):
            student = author.get(f":{id_field}")
            if not student:
                raise ValueError(
                    f"{author.get(':name')} has no {id_field} on Gradescope: choose another field "
                    f"with --id, one of {', '.join(key.strip(':') for key in author)}"
                )
            first, _, last = author.get(":name", "").rpartition(" ")
            told = {"first_name": first, "last_name": last, "email": author.get(":email")}
            yield HandedIn(str(student), info, path.name, submission.get(":created_at"), told)


def canvas_files(archive: ZipFile, id_field: str, roster: Path) -> Iterator[HandedIn]:
    """Yield the files of a download from Canvas; the exported gradebook says who is who."""
    students = {row["ID"]: row for row in read_canvas(roster, id_field)[1]}
    for info in archive.infolist():
        match = CANVAS_FILE.fullmatch(PurePosixPath(info.filename).name)
        if info.is_dir() or not match:
            continue
        if match["user"] not in students:
            raise ValueError(
                f"{info.filename} is by user {match['user']}, who is not in {roster}: "
                f"export the gradebook again"
            )
        row = students[match["user"]]
        last, _, first = row["Student"].partition(", ")
        told = {"first_name": first, "last_name": last}
        yield HandedIn(row[id_field], info, match["name"], about=told)


def collect(archive: ZipFile, files: list[HandedIn], assignment: str, course: Path) -> list[str]:
    """Write the files into the course folder; return the students they are from."""
    too_large = [one.file.filename for one in files if one.file.file_size > LARGEST]
    if too_large:
        raise ValueError(f"larger than {LARGEST >> 20} MB: {', '.join(too_large)}")
    students = sorted({one.student for one in files})
    for student in students:
        if student != PurePosixPath(student).name or "+" in student:
            raise ValueError(f"student id {student!r} cannot name a folder: choose another --id")
        own = [one for one in files if one.student == student]
        notebooks = [one for one in own if one.name.endswith(".ipynb")]
        folder = course / "submitted" / student / assignment
        folder.mkdir(parents=True, exist_ok=True)
        for one in own:
            # Students rename their file, and Canvas does when one is handed in again.
            name = f"{assignment}.ipynb" if notebooks == [one] else one.name
            (folder / name).write_bytes(archive.read(one.file))
        times = [one.time for one in own if one.time]
        if times:
            latest = max(times).replace(tzinfo=max(times).tzinfo or UTC).astimezone(UTC)
            (folder / "timestamp.txt").write_text(f"{latest:%Y-%m-%d %H:%M:%S.%f %Z}")
    return students


def name_students(files: list[HandedIn], course: Path) -> None:
    """Tell the gradebook who the students are, so that formgrader shows names."""
    with Course(course).gradebook() as gradebook:
        for student, about in {one.student: one.about for one in files}.items():
            gradebook.update_or_create_student(student, **about)


def read_canvas(path: Path, id_field: str) -> tuple[dict, list[dict]]:
    """Return the row of points and the rows of students of a gradebook exported from Canvas."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    if not rows or "ID" not in rows[0] or id_field not in rows[0]:
        have = f"its columns are {', '.join(map(repr, rows[0]))}" if rows else "it is empty"
        raise ValueError(f"{path} needs the columns 'ID' and {id_field!r}, but {have}")
    points = next((row for row in rows if row["Student"].strip() == POINTS), None)
    if points is None:
        raise ValueError(f"{path} has no row {POINTS!r}: export the gradebook from Canvas")
    return points, [row for row in rows if row["ID"].strip()]


def assignment_column(header, wanted: str) -> str:
    """Return the column of an assignment, by its name in Canvas with or without the number."""
    matches = (CANVAS_COLUMN.fullmatch(column) for column in header)
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
    if float(points[column] or 0) != grades.points:
        raise ValueError(
            f"{column!r} is worth {points[column] or 0} points in Canvas and {grades.points:g} "
            f"here: set the points of the Canvas assignment to {grades.points:g}, export again"
        )
    stop = next(place for place, name in enumerate(points) if CANVAS_COLUMN.fullmatch(name))
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
        if any(name.endswith(METADATA) for name in archive.namelist()):
            files = list(gradescope_files(archive, options.id or "sid"))
        elif options.roster:
            files = list(canvas_files(archive, options.id or "SIS Login ID", options.roster))
        else:
            raise ValueError(
                f"{options.zip} has no {METADATA}, so it is not from Gradescope; for a download "
                f"from Canvas give the exported gradebook too: --roster FILE.csv"
            )
        students = collect(archive, files, options.assignment, options.course)
        name_students(files, options.course)
    print(f"[lms] {len(students)} submissions in {options.course / 'submitted'}")
    return 0 if students else 1


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
