"""To and from Canvas and Gradescope, on files as they export them."""

from __future__ import annotations

import csv
import shutil
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import pytest

from grading import lms
from grading.course import Course
from grading.lms import Grades, main, read_canvas, write_grades

ROSTER = """\
Student,ID,SIS User ID,SIS Login ID,Section,Problem set 1 (4314282),Essay (4325137),Final Score
    Points Possible,,,,,40.00,10.00,(read only)
"Lovelace, Ada",7001,S1,ada,Monday,,8.00,80
"Hopper, Grace",7002,S2,grace,Monday,12,9.00,90
"Turing, Alan",7003,S3,alan,Monday,,7.00,70
"""
SUBMITTERS = """\
---
submission_11:
  :submitters:
  - :name: Ada Lovelace
    :sid: ada
    :email: ada@example.org
  - :name: Grace Hopper
    :sid: grace
    :email: grace@example.org
  :created_at: 2026-03-01 10:00:00.000000000 +01:00
"""


@pytest.fixture
def roster(tmp_path) -> Path:
    (tmp_path / "export.csv").write_text(ROSTER, encoding="utf-8-sig")
    return tmp_path / "export.csv"


@pytest.fixture(scope="module")
def empty_gradebook(tmp_path_factory) -> Path:
    """To make one takes seconds."""
    folder = tmp_path_factory.mktemp("course")
    with Course(folder).gradebook():
        return folder / "gradebook.db"


@pytest.fixture(autouse=True)
def course(tmp_path, empty_gradebook) -> Course:
    (tmp_path / "course").mkdir()
    shutil.copy(empty_gradebook, tmp_path / "course")
    return Course(tmp_path / "course")


def make_zip(path: Path, **files: str) -> Path:
    with ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def canvas_zip(tmp_path) -> Path:
    files = {
        "lovelaceada_7001_51_ps1.ipynb": "ada's",
        "hoppergrace_LATE_7002_52_ps1-1.ipynb": "grace's",
        "hoppergrace_LATE_7002_53_picture.png": "a picture",
    }
    return make_zip(tmp_path / "submissions.zip", **files)


def collect(zip_file: Path, *options) -> int:
    course = zip_file.parent / "course"
    return main(["collect", str(zip_file), "ps1", "--course", str(course), *map(str, options)])


def submitted(tmp_path) -> dict[str, str]:
    folder = tmp_path / "course" / "submitted"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_collect_from_canvas_names_students_as_the_gradebook_does(tmp_path, roster):
    assert collect(canvas_zip(tmp_path), "--roster", roster) == 0
    assert submitted(tmp_path) == {
        "ada/ps1/ps1.ipynb": "ada's",
        "grace/ps1/picture.png": "a picture",
        "grace/ps1/ps1.ipynb": "grace's",
    }


def test_collect_tells_the_gradebook_who_is_who(tmp_path, roster, course):
    collect(canvas_zip(tmp_path), "--roster", roster)
    with course.gradebook() as gradebook:
        names = [(one.id, one.first_name, one.last_name) for one in gradebook.students]
    assert sorted(names) == [("ada", "Ada", "Lovelace"), ("grace", "Grace", "Hopper")]


def test_collect_takes_ids_from_the_column_asked_for(tmp_path, roster):
    assert collect(canvas_zip(tmp_path), "--roster", roster, "--id", "SIS User ID") == 0
    assert {name.split("/")[0] for name in submitted(tmp_path)} == {"S1", "S2"}


def test_collect_from_gradescope_gives_a_group_one_copy_each(tmp_path):
    top = "assignment_9_export"
    files = {
        f"{top}/submission_metadata.yml": SUBMITTERS,
        f"{top}/submission_11/my homework.ipynb": "theirs",
    }
    assert collect(make_zip(tmp_path / "export.zip", **files)) == 0
    time = f"{datetime(2026, 3, 1, 9, tzinfo=UTC):%Y-%m-%d %H:%M:%S.%f %Z}"
    assert submitted(tmp_path) == {
        f"{name}/ps1/{file}": text
        for name in ("ada", "grace")
        for file, text in (("ps1.ipynb", "theirs"), ("timestamp.txt", time))
    }
    collect(tmp_path / "export.zip", "--id", "email")
    assert "ada@example.org/ps1/ps1.ipynb" in submitted(tmp_path)


@pytest.mark.parametrize(
    ("files", "options", "message"),
    [
        ({"lovelaceada_7001_51_ps1.ipynb": ""}, [], "give the exported gradebook too: --roster"),
        ({"stranger_9_51_ps1.ipynb": ""}, ["roster"], "user 9, who is not in"),
        ({"lovelaceada_7001_51_ps1.ipynb": ""}, ["roster", "--id", "Login"], "its columns are"),
        ({"x/submission_metadata.yml": SUBMITTERS, "x/submission_11/a": ""}, ["--id", "uni"],
         "Ada Lovelace has no uni"),
        ({"x/submission_metadata.yml": SUBMITTERS.replace("sid: ada", "sid: ../ada"),
          "x/submission_11/a": ""}, [], "'../ada' cannot name a folder"),
    ],
)  # fmt: skip
def test_collect_refuses_and_writes_nothing(files, options, message, tmp_path, roster, capsys):
    options = [
        text for one in options for text in (["--roster", roster] if one == "roster" else [one])
    ]
    assert collect(make_zip(tmp_path / "submissions.zip", **files), *options) == 2
    assert message in capsys.readouterr().err
    assert submitted(tmp_path) == {}


@pytest.mark.parametrize(
    ("score", "penalty", "left"), [(31.5, None, 31.5), (31.5, 3.0, 28.5), (3.0, 3.5, 0.0)]
)
def test_a_late_penalty_takes_no_more_than_was_earned(score, penalty, left, monkeypatch):
    late, waiting = (
        SimpleNamespace(
            student=SimpleNamespace(id=name),
            score=score,
            late_submission_penalty=penalty,
            needs_manual_grade=name == "grace",
        )
        for name in ("ada", "grace")
    )
    gradebook = SimpleNamespace(
        assignment_submissions=lambda name: [late, waiting] if name == "ps1" else [],
        find_assignment=lambda name: SimpleNamespace(max_score=40.0),
    )
    course = SimpleNamespace(gradebook=lambda: nullcontext(gradebook))
    monkeypatch.setattr(lms, "Course", lambda folder: course)
    assert Grades.of(Path("course"), "ps1") == Grades(40.0, {"ada": left}, ["grace"])


def test_grades_fill_one_column_of_what_canvas_exported(tmp_path, roster):
    grades = Grades(points=40, scores={"ada": 31.5, "alan": 0.0, "zoe": 3.0}, unfinished=["grace"])
    blank = write_grades(roster, "Problem set 1", grades, "SIS Login ID", tmp_path / "to.csv")
    assert blank == ["grace"]
    with (tmp_path / "to.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == [*ROSTER.split(",")[:5], "Problem set 1 (4314282)"]
    assert rows[1][0].strip() == "Points Possible"
    names = ["Lovelace, Ada", "Hopper, Grace", "Turing, Alan"]
    assert [[row[0], row[-1]] for row in rows[2:]] == list(
        map(list, zip(names, ["31.5", "12", "0"], strict=True))
    )
    assert len(read_canvas(tmp_path / "to.csv", "SIS Login ID")[1]) == 3


@pytest.mark.parametrize(
    ("column", "points", "message"),
    [
        ("Problem set 2", 40, "0 columns are named 'Problem set 2'.*'Problem set 1 [(]4314282[)]'"),
        ("Essay", 40, "worth 10.00 points in Canvas and 40 here"),
    ],
)
def test_grades_refuse_a_column_that_cannot_be_meant(column, points, message, tmp_path, roster):
    grades = Grades(points=points, scores={}, unfinished=[])
    with pytest.raises(ValueError, match=message):
        write_grades(roster, column, grades, "SIS Login ID", tmp_path / "to.csv")
    assert not (tmp_path / "to.csv").exists()
