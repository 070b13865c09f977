"""To and from Canvas and Gradescope, on files as they export them."""

from __future__ import annotations

import csv
import json
import re
import shutil
import stat
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

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
         "nobody has a uni on Gradescope: choose another field with --id, one of email, name, sid"),
        ({"x/submission_metadata.yml": "[1, 2"}, [], "is not as Gradescope writes it"),
        ({"x/submission_metadata.yml": "- 1"}, [], "is not as Gradescope writes it"),
        ({"x/submission_metadata.yml": SUBMITTERS, "y/submission_metadata.yml": SUBMITTERS}, [],
         "several files could be Gradescope's own: x/submission_metadata.yml, y/"),
        ({"lovelaceada_7001_51_submission_metadata.yml": SUBMITTERS}, [], "has no submission_meta"),
    ],
)  # fmt: skip
def test_collect_refuses_and_writes_nothing(files, options, message, tmp_path, roster, capsys):
    options = [
        text for one in options for text in (["--roster", roster] if one == "roster" else [one])
    ]
    assert collect(make_zip(tmp_path / "submissions.zip", **files), *options) == 2
    assert message in capsys.readouterr().err
    assert submitted(tmp_path) == {}


TOP = "assignment_9_export"
THREE = (
    SUBMITTERS
    + """\
submission_12:
  :submitters:
  - :name: Eve Adversary
    :sid: eve
  :created_at: 2026-03-02 10:00:00 +01:00
submission_13:
  :submitters:
  - :name: Nobody
  :created_at: 2026-03-02 10:00:00 +01:00
"""
)


def gradescope(tmp_path, *more, text=THREE, top=f"{TOP}/", **files) -> Path:
    """Return a download in which `eve` handed in some files, besides what two others did."""
    path = tmp_path / "export.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr(f"{top}submission_metadata.yml", text)
        archive.writestr(f"{top}submission_11/ps1.ipynb", "theirs")
        for name, content in (*files.items(), *more):
            if isinstance(name, str):
                name = f"{top}submission_12/{name}"
            else:
                name.filename = f"{top}submission_12/{name.filename}"
            archive.writestr(name, content)
    return path


def of_eve(tmp_path) -> dict[str, str]:
    found = submitted(tmp_path)
    assert found["ada/ps1/ps1.ipynb"] == found["grace/ps1/ps1.ipynb"] == "theirs"
    return {
        name.removeprefix("eve/ps1/"): text
        for name, text in found.items()
        if name.startswith("eve/") and not name.endswith("timestamp.txt")
    }


@pytest.mark.parametrize("top", ["", "assignment_9_export/"])
def test_a_students_file_is_no_metadata(tmp_path, top, capsys):
    """One that says whose work is whose would replace a classmate's."""
    forged = SUBMITTERS.replace("submission_11", "submission_12")
    path = gradescope(
        tmp_path, ("submission_metadata.yml", forged), ("ps1.ipynb", "eve's"), top=top
    )
    assert collect(path) == 1
    assert of_eve(tmp_path) == {"ps1.ipynb": "eve's", "submission_metadata.yml": forged}
    assert "Nobody has no sid on Gradescope" in capsys.readouterr().out


def test_a_students_file_is_no_metadata_on_canvas(tmp_path, roster):
    path = canvas_zip(tmp_path)
    with ZipFile(path, "a") as archive:
        archive.writestr("lovelaceada_7001_54_submission_metadata.yml", SUBMITTERS)
    assert collect(path, "--roster", roster) == 0
    assert submitted(tmp_path)["ada/ps1/ps1.ipynb"] == "ada's"
    assert submitted(tmp_path)["grace/ps1/ps1.ipynb"] == "grace's"


@pytest.mark.parametrize("newer_first", [False, True])
def test_of_two_attempts_the_newest_is_collected(tmp_path, newer_first, capsys):
    again = THREE + THREE.split("---\n")[1].split("submission_12")[0].replace(
        "submission_11", "submission_14"
    ).replace("03-01", "02-01" if newer_first else "03-03")
    path = gradescope(tmp_path, text=again)
    with ZipFile(path, "a") as archive:
        archive.writestr(f"{TOP}/submission_14/ps1.ipynb", "another")
    assert collect(path) == 1
    assert submitted(tmp_path)["ada/ps1/ps1.ipynb"] == ("theirs" if newer_first else "another")
    assert "ada: of several attempts the newest was collected" in capsys.readouterr().out


def test_left_overs_are_ignored_and_folders_are_kept(tmp_path):
    path = gradescope(
        tmp_path,
        ("ps1.ipynb", "the answer"),
        (".ipynb_checkpoints/ps1-checkpoint.ipynb", "old"),
        (".ipynb_checkpoints/ps1.ipynb", "old"),
        ("old/ps1.ipynb", "older"),
        ("__MACOSX/._ps1.ipynb", "apple"),
        ("._ps1.ipynb", "apple"),
        (".DS_Store", "apple"),
        ("data/numbers.txt", "1 2 3"),
    )
    assert collect(path) == 1
    kept = {"ps1.ipynb": "the answer", "old/ps1.ipynb": "older", "data/numbers.txt": "1 2 3"}
    assert of_eve(tmp_path) == kept


def test_a_notebook_in_a_folder_is_found(tmp_path):
    collect(gradescope(tmp_path, ("homework/my ps1.ipynb", "the answer")))
    assert of_eve(tmp_path) == {"ps1.ipynb": "the answer"}


def link(name: str) -> ZipInfo:
    info = ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def pipe(name: str) -> ZipInfo:
    info = ZipInfo(name)
    info.external_attr = (stat.S_IFIFO | 0o777) << 16
    return info


HARMS = {
    "above": ("../../../ada/ps1/ps1.ipynb", "eve's", "is no name for a file"),
    "dots": ("..", "eve's", "is no name for a file"),
    "backslash": ("a\\..\\b", "x", "is no name for a file"),
    "long": ("x" * 300, "x", "has too long a name"),
    "deep": ("/".join(["x" * 50] * 30), "x", "has too long a name"),
    "escape": ("a\x1b[31m.txt", "x", "cannot be shown"),
    "link": (link("to"), "/etc/passwd", "is a link or no file"),
    "pipe": (pipe("in"), "", "is a link or no file"),
    "giant": ("giant.bin", bytes(201 << 20), "is too much"),
    "time": ("timestamp.txt", "2020-01-01 00:00:00 UTC", "only the course may give"),
    "secret": ("submission_secret.txt", "x", "only the course may give"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_what_is_wrong_with_a_file_costs_that_file(tmp_path, harm, capsys):
    name, content, said = HARMS[harm]
    path = gradescope(tmp_path, ("ps1.ipynb", "eve's"), (name, content))
    assert collect(path) == 1
    assert of_eve(tmp_path) == {"ps1.ipynb": "eve's"}
    out = capsys.readouterr().out
    assert "submission_12: " in out
    assert said in out
    assert "\x1b" not in out
    assert not [one for one in tmp_path.rglob("*") if one.is_symlink()]
    stamp = (tmp_path / "course" / "submitted" / "eve" / "ps1" / "timestamp.txt").read_text()
    assert stamp.startswith("2026-03-02 09:00")


def test_a_damaged_or_locked_file_costs_that_file(tmp_path, capsys):
    path = gradescope(tmp_path, ("ps1.ipynb", "eve's"), ("b.txt", "DAMAGED" * 100), ("c.txt", "c"))
    content = bytearray(path.read_bytes())
    with ZipFile(path) as archive:
        info = archive.getinfo(f"{TOP}/submission_12/b.txt")
        place = info.header_offset + 30 + len(info.filename)
    content[place : place + 5] = b"\xff" * 5
    path.write_bytes(content)
    assert collect(path) == 1
    assert of_eve(tmp_path) == {"ps1.ipynb": "eve's", "c.txt": "c"}
    assert "eve: b.txt cannot be read" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["../ada", "a<b>", "..", "", "x" * 300, "a+b", 'a"b'])
def test_an_id_that_can_name_no_folder_is_listed(tmp_path, name, capsys):
    text = THREE.replace(":sid: eve", f":sid: {json.dumps(name)}")
    assert collect(gradescope(tmp_path, ("ps1.ipynb", "x"), text=text)) == 1
    out = capsys.readouterr().out
    assert "cannot name a folder" in out or "has no sid" in out
    assert {one.split("/")[0] for one in submitted(tmp_path)} == {"ada", "grace"}


def test_rows_without_an_id_of_their_own_are_collected_nowhere(tmp_path, roster, capsys):
    more = '"No, One",7004,S4,,Monday,,,\n"No, Two",7005,S5,,Monday,,,\n'
    more += '"Same, One",7006,S6,sam,Monday,,,\n"Same, Two",7007,S7,sam,Monday,,,\n'
    roster.write_text(ROSTER + more, encoding="utf-8-sig")
    path = canvas_zip(tmp_path)
    with ZipFile(path, "a") as archive:
        for user in range(7004, 7009):
            archive.writestr(f"someone_{user}_51_ps1.ipynb", str(user))
    assert collect(path, "--roster", roster) == 1
    assert {one.split("/")[0] for one in submitted(tmp_path)} == {"ada", "grace"}
    out = capsys.readouterr().out
    assert "No, One (user 7004) has no SIS Login ID" in out
    assert "Same, Two (user 7007) has the same SIS Login ID as another" in out
    assert "user 7008 is not in" in out


def test_names_carry_no_marks_into_pages(tmp_path, course):
    payload = json.dumps('<img src=x onerror=alert(1)> O\'Neill & "co"')
    text = THREE.replace("Eve Adversary", payload).replace(
        ":sid: eve", f":sid: eve\n    :email: {payload}"
    )
    collect(gradescope(tmp_path, ("ps1.ipynb", "x"), text=text))
    with course.gradebook() as gradebook:
        eve = gradebook.find_student("eve")
    for field in (eve.first_name, eve.last_name, eve.email):
        assert not set(field) & set("<>&\"'`")
    assert "O’Neill" in eve.email


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("Student,ID", "Name,ID"), "needs the columns 'Student', 'ID'"),
        (lambda text: text.replace("40.00", "forty"), "says 'forty' in the row 'Points Possible'"),
        (lambda text: "", "it is empty"),
        (lambda text: text.replace("Points Possible", "Points"), "has no row 'Points Possible'"),
    ],
)
def test_grades_refuse_what_canvas_did_not_export(change, message, tmp_path, roster):
    roster.write_text(change(ROSTER), encoding="utf-8")
    grades = Grades(points=40, scores={}, unfinished=[])
    with pytest.raises(ValueError, match=message):
        write_grades(roster, "Problem set 1", grades, "SIS Login ID", tmp_path / "to.csv")
    assert not (tmp_path / "to.csv").exists()


def test_grades_read_short_and_long_rows(tmp_path, roster):
    roster.write_text(ROSTER + '"Short, One",7009\n"Long, One",7010,S8,long,Monday,,,,,,9\n')
    grades = Grades(points=40, scores={"long": 2.0}, unfinished=[])
    blank = write_grades(roster, "Problem set 1", grades, "SIS Login ID", tmp_path / "to.csv")
    assert blank == ["ada", "grace", "alan", ""]


def test_grades_refuse_what_is_no_text(tmp_path, roster):
    roster.write_bytes(b"\xff\xfe\x00bad")
    grades = Grades(points=40, scores={}, unfinished=[])
    with pytest.raises(ValueError, match="is not as Canvas exports it"):
        write_grades(roster, "Problem set 1", grades, "SIS Login ID", tmp_path / "to.csv")


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


def graded(monkeypatch, scores, unfinished=(), points=40.0):
    """Let the gradebook hold these scores."""
    asked = []

    def of(course, assignment):
        asked.append((course, assignment))
        return Grades(points, scores, list(unfinished))

    monkeypatch.setattr(lms.Grades, "of", of)
    return asked


def test_the_command_writes_grades_and_names_who_is_not_in_them(
    tmp_path, roster, monkeypatch, capsys
):
    asked = graded(monkeypatch, {"ada": 31.5, "zoe": 3.0}, ["grace"])
    command = ["grades", str(roster), "ps1", "--course", str(tmp_path / "here")]
    assert main([*command, "--column", "Problem set 1"]) == 1
    assert asked == [(tmp_path / "here", "ps1")]
    written = tmp_path / "ps1_for_canvas.csv"
    assert capsys.readouterr().out.splitlines() == [
        "[lms] wait for grading by hand: grace",
        "[lms] unchanged: nothing graded: alan",
        f"[lms] graded, but not among 'SIS Login ID' in {roster}: zoe",
        f"[lms] wrote {written}: import it in Canvas's gradebook",
    ]
    assert written.read_text().splitlines()[2].endswith("Monday,31.5")


def test_the_command_takes_another_column_of_ids_and_another_file(
    tmp_path, roster, monkeypatch, capsys
):
    graded(monkeypatch, {"S1": 1.0, "S2": 2.0, "S3": 40.0})
    to = tmp_path / "other.csv"
    roster.write_text(ROSTER.replace("Problem set 1", "ps1"), encoding="utf-8-sig")
    command = ["grades", str(roster), "ps1", "--id", "SIS User ID", "--to", str(to)]
    assert main(command) == 0
    assert capsys.readouterr().out == f"[lms] wrote {to}: import it in Canvas's gradebook\n"
    assert [line.rpartition(",")[2] for line in to.read_text().splitlines()[2:]] == ["1", "2", "40"]


@pytest.mark.parametrize("unfinished", [["ada"], []])
def test_the_commands_status_asks_for_a_look(tmp_path, roster, monkeypatch, unfinished):
    graded(monkeypatch, {"alan": 1.0} if unfinished else {"zoe": 1.0}, unfinished)
    command = ["grades", str(roster), "ps1", "--column", "Problem set 1", "--to"]
    assert main([*command, str(tmp_path / "to.csv")]) == 1


def test_what_the_file_lacks_is_said_in_full(tmp_path, roster):
    columns = ", ".join(map(repr, ROSTER.splitlines()[0].split(",")))
    said = f"{roster} needs the columns 'Student', 'ID' and 'Login', but its columns are {columns}"
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        read_canvas(roster, "Login")
    points, students = read_canvas(roster, "SIS Login ID")
    assert points["Problem set 1 (4314282)"] == "40.00"
    assert [row["SIS Login ID"] for row in students] == ["ada", "grace", "alan"]


def test_points_that_differ_are_said_in_full(tmp_path, roster):
    grades = Grades(points=25, scores={}, unfinished=[])
    said = (
        "'Problem set 1 (4314282)' is worth 40.00 points in Canvas and 25 here: set the points of "
        "the Canvas assignment to 25, export again"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        write_grades(roster, "Problem set 1", grades, "SIS Login ID", tmp_path / "to.csv")
    roster.write_text(ROSTER.replace("40.00", ""), encoding="utf-8")
    with pytest.raises(ValueError, match="is worth 0 points in Canvas and 25 here"):
        write_grades(roster, "Problem set 1", grades, "SIS Login ID", tmp_path / "to.csv")


def test_a_column_that_is_there_twice_is_said_in_full(tmp_path, roster):
    twice = ROSTER.replace("Essay (4325137)", "Problem set 1 (4325137)")
    roster.write_text(twice, encoding="utf-8")
    grades = Grades(points=40, scores={}, unfinished=[])
    said = (
        "2 columns are named 'Problem set 1': give one with --column, of "
        "'Problem set 1 (4314282)', 'Problem set 1 (4325137)'"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        write_grades(roster, "Problem set 1", grades, "SIS Login ID", tmp_path / "to.csv")
    to = tmp_path / "to.csv"
    column = "Problem set 1 (4325137)"
    write_grades(roster, column, Grades(10, {}, []), "SIS Login ID", to)
    assert (
        to.read_text(encoding="utf-8").splitlines()[0].endswith("Section,Problem set 1 (4325137)")
    )


def test_command_says_what_it_takes(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "300")

    def said(*words):
        with pytest.raises(SystemExit):
            lms.parser().parse_args(words)
        printed = capsys.readouterr()
        return [" ".join(line.split()) for line in (printed.out + printed.err).splitlines()]

    assert (
        said()[-1]
        == "python -m grading.lms: error: the following arguments are required: {collect,grades}"
    )
    whole = said("--help")
    assert lms.__doc__.split("\n")[0] in " ".join(whole)
    assert "collect sort a download into the course folder" in whole
    assert "grades write the file that Canvas imports" in whole
    both = {
        "assignment such as ps1_arithmetic",
        "--course COURSE course folder",
        "--id ID field or column that holds the ids of the gradebook",
    }
    assert both | {
        "zip what Canvas or Gradescope lets you download",
        "--roster ROSTER gradebook exported from Canvas",
    } <= set(said("collect", "--help"))
    assert both | {
        "export gradebook exported from Canvas",
        "--column COLUMN name of the assignment in Canvas, if another",
        "--to TO file to write",
    } <= set(said("grades", "--help"))


def test_command_reads_folders_as_paths():
    collect = lms.parser().parse_args(["collect", "a.zip", "ps1", "--roster", "b.csv"])
    assert vars(collect) == {
        "zip": Path("a.zip"), "roster": Path("b.csv"), "assignment": "ps1",
        "course": Path("course"), "id": None, "run": lms.run_collect,
    }  # fmt: skip
    grades = lms.parser().parse_args(["grades", "c.csv", "ps1", "--to", "d.csv", "--course", "e"])
    assert vars(grades) == {
        "export": Path("c.csv"), "column": None, "to": Path("d.csv"), "assignment": "ps1",
        "course": Path("e"), "id": None, "run": lms.run_grades,
    }  # fmt: skip
