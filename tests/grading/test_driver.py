"""`python -m grading`: runs again safely, whatever broke it, and says what it cannot do."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from grading.course import COURSE_SETTINGS, SETTINGS, prepare
from grading.driver import _shard, again_alone, main, run
from grading.execute import is_test
from grading.sandbox import MISSING, Limits, find_sandbox
from grading.worker import Job, Result
from tests.grading import toy
from tests.waiting import wait_for

SLOW = "import time\nprint('asleep')\ntime.sleep(3600)"


@pytest.fixture
def course(tmp_path):
    return toy.release(tmp_path / "course")


def grade_essay(course, student, points):
    """Grade by hand, as formgrader does."""
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("essay", toy.NAME, toy.NAME, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()


def essay(course, student):
    with course.gradebook() as gradebook:
        return gradebook.find_grade("essay", toy.NAME, toy.NAME, student).manual_score


def test_a_run_after_a_killed_one_completes_it(course):
    toy.Submission(course).solve().hand_in(course, "ada")
    slow = toy.Submission(course).solve().insert(SLOW).hand_in(course, "slow")
    command = [sys.executable, "-m", "grading", toy.NAME, "--course", str(course.root)]
    patient = ["--jobs", "2", "--timeout", "3000", "--total-timeout", "3000"]
    grader = subprocess.Popen(
        [*command, *patient],
        cwd=toy.ROOT,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(toy.ROOT)},
    )
    wait_for(lambda: course.record(toy.NAME, "ada"), "the first grade")
    children = psutil.Process(grader.pid).children(recursive=True)
    assert any(one.name() == "bwrap" for one in children)
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    pids = [child.pid for child in children]
    wait_for(lambda: not any(map(toy.is_alive, pids)), "the end of what the grader started")

    before = toy.points(course, "ada")
    grade_essay(course, "ada", 4)
    slow.write_text(toy.Submission(course).solve().text())
    result = toy.run(course)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "graded, unchanged" in result.stdout
    assert toy.points(course, "ada") == toy.points(course, "slow") == before
    assert essay(course, "ada") == 4
    assert course.record(toy.NAME, "slow").status == "graded"


@pytest.mark.long
def test_only_what_changed_is_graded_again(course):
    for student in ("ada", "bob"):
        toy.Submission(course).solve().hand_in(course, student)
    assert toy.run(course).returncode == 0
    for student in ("ada", "bob"):
        grade_essay(course, student, 3)
    toy.Submission(course).solve(double="double = None").hand_in(course, "bob")
    said = toy.run(course).stdout
    assert said.count("unchanged") == 1
    assert "bob: graded" in said
    assert "ada: graded" not in said
    assert toy.points(course, "bob")["test-double"] == 0
    assert essay(course, "ada") == essay(course, "bob") == 3
    with course.gradebook() as gradebook:  # graded by hand, then handed in anew: to look at again
        assert gradebook.find_grade("essay", toy.NAME, toy.NAME, "bob").needs_manual_grade
    assert "unchanged" not in toy.run(course, "--force").stdout


@pytest.mark.long
def test_what_was_lost_is_made_again(course):
    toy.Submission(course).solve().hand_in(course, "ada")
    toy.run(course)
    folder = course.root / "autograded" / "ada"
    shutil.rmtree(folder)
    assert "unchanged" not in toy.run(course).stdout
    assert (folder / toy.NAME / f"{toy.NAME}.ipynb").exists()
    with course.gradebook() as gradebook:
        gradebook.remove_submission(toy.NAME, "ada")
    assert "unchanged" not in toy.run(course).stdout
    assert toy.points(course, "ada")["test-double"] == 2


@pytest.mark.long
def test_a_full_disk_loses_no_point(course):
    toy.Submission(course).solve().hand_in(course, "ada")
    toy.run(course)
    grade_essay(course, "ada", 4)
    for student in ("bob", "eve"):
        big = toy.Submission(course).solve()
        for _ in range(4):
            big.insert("# " + "long " * 30_000)
        big.hand_in(course, student)
    full = subprocess.run(
        [sys.executable, "-m", "grading", toy.NAME, "--course", str(course.root), "--force"],
        cwd=toy.ROOT,
        env=os.environ | {"PYTHONPATH": str(toy.ROOT), "COLUMNS": "200"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert full.returncode == 3
    assert "could not be written" in full.stdout
    assert "Traceback" not in full.stderr
    assert toy.points(course, "ada")["test-double"] == 2
    result = toy.run(course)
    assert result.returncode == 0, result.stdout
    assert toy.points(course, "ada") == toy.points(course, "bob") == toy.points(course, "eve")
    assert essay(course, "ada") == 4


def test_odd_names_and_times_cost_nobody_a_grade(course):
    """Bytes that are no text, names that are marks in a page, a pipe, times that are none."""
    for student in ("ada", "bob", "eve", "kim"):
        toy.Submission(course).solve().hand_in(course, student)
    submitted = course.root / "submitted"
    for odd in (b"bytes-\xff", b"<img src=x onerror=alert(1)>", b"a\x1b[31m"):
        shutil.copytree(os.fsencode(submitted / "ada"), os.path.join(os.fsencode(submitted), odd))
    beside = os.fsencode(submitted / "ada" / toy.NAME)
    with open(os.path.join(beside, b"notes-\xff.txt"), "w") as file:
        file.write("x")
    os.symlink(b"to-\xff", os.path.join(beside, b"link-\xfe"))
    (submitted / "ada" / toy.NAME / "timestamp.txt").write_text("soon")
    os.mkfifo(submitted / "bob" / toy.NAME / "timestamp.txt")
    (submitted / "eve" / toy.NAME / "timestamp.txt").write_text("99999999999-01-01 00:00:00 UTC")
    (submitted / "kim" / toy.NAME / "timestamp.txt").write_bytes(bytes(range(256)))
    result = toy.run(course)
    assert result.returncode == 1, result.stdout + result.stderr
    assert not result.stderr
    assert result.stdout.count("can be no student's id") == 3
    assert result.stdout.count("holds no time") == 2 * 4
    assert "\x1b" not in result.stdout
    for student in ("ada", "bob", "eve", "kim"):
        assert toy.points(course, student)["test-double"] == 2


@pytest.mark.long
def test_what_cannot_be_written_is_said_and_done_by_the_next_run(course):
    toy.Submission(course).solve().hand_in(course, "ada")
    toy.run(course)
    toy.Submission(course).solve(double="double = None").hand_in(course, "ada")
    book = sqlite3.connect(course.root / "gradebook.db")
    book.execute("begin exclusive")
    result = toy.run(course, GRADEBOOK_PATIENCE="1")
    assert result.returncode == 3, result.stdout + result.stderr
    assert "locked" in result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    book.rollback()
    book.close()
    assert toy.points(course, "ada")["test-double"] == 2
    assert toy.run(course).returncode == 0
    assert toy.points(course, "ada")["test-double"] == 0


def test_what_was_starved_or_failed_is_graded_once_more_and_that_counts():
    """In processes of its own or on a cluster alike."""
    first = {"a": Result(), "b": Result(starved=True), "c": Result(failure="no sandbox")}
    second = {"b": Result(starved=True, problems=["slow"]), "c": Result()}
    asked = []

    def grade_all(jobs, at_once):
        asked.append((jobs, at_once))
        return [(job, (first, second)[len(asked) - 1][job]) for job in jobs]

    assert dict(again_alone(list("abc"), grade_all, 4)) == {"a": first["a"], **second}
    assert asked == [(["a", "b", "c"], 4), (["b", "c"], 1)]
    asked.clear()
    assert len(list(again_alone(["a"], grade_all, 4))) == len(asked) == 1


def test_a_submission_has_so_much_time_for_all_that_is_done_to_it(course, monkeypatch):
    """What nothing else stops is ended, and the others are graded."""
    for student in ("ada", "slow"):
        toy.Submission(course).solve().hand_in(course, student)
    with course.gradebook() as gradebook:
        plans = course.plans(gradebook, toy.NAME)
    jobs = [
        Job(student, toy.NAME, folder, plans, {}, find_sandbox(), Limits())
        for student, folder in course.submissions(toy.NAME).items()
    ]
    monkeypatch.setattr("grading.driver.patience", lambda limits: 0.0)
    (slow,) = run(jobs[1:], 1)
    assert slow[1].problems == ["grading it took more than 0 seconds"]
    assert [cell.outputs[0].ename for cell in slow[1].notebooks[toy.NAME].cells if is_test(cell)]
    monkeypatch.undo()
    (ada,) = run(jobs[:1], 1)
    assert ada[1].problems == []


@pytest.mark.long
def test_shards_side_by_side_grade_each_submission_once(course):
    students = {f"student-{number}" for number in range(6)}
    for student in students:
        toy.Submission(course).solve().hand_in(course, student)
    with ThreadPoolExecutor() as together:
        runs = together.map(lambda part: toy.run(course, "--shard", part), ("1/2", "2/2"))
        said = [run.stdout for run in runs]
    graded = [student for text in said for student in students if f"{student}: graded" in text]
    assert sorted(graded) == sorted(students)
    for student in students:
        assert toy.points(course, student)["test-total"] == 3


@pytest.mark.long
def test_late_work_loses_what_the_course_says(course):
    toy.Submission(course).solve().hand_in(course, "ada")
    late = toy.Submission(course).solve().hand_in(course, "late")
    late.with_name("timestamp.txt").write_text("2026-01-02 00:00:00 UTC")
    with (course.root / "nbgrader_config.py").open("a") as settings:
        settings.write("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(toy.NAME, duedate="2026-01-01 00:00:00 UTC")
    assert toy.run(course).returncode == 0
    with course.gradebook() as gradebook:
        penalties = {
            student: gradebook.find_submission(toy.NAME, student).late_submission_penalty
            for student in ("ada", "late")
        }
    assert penalties == {"ada": 0, "late": toy.BY_TESTS}


@pytest.mark.long
def test_files_beside_the_notebook_are_there_and_the_assignments_own_win(course):
    one = (
        toy.Submission(course)
        .solve()
        .insert(
            "import helper\n"
            "print(open('numbers.txt').read(), helper.name, open('data/own.txt').read())"
        )
    )
    folder = one.hand_in(course, "ada").parent
    (folder / "numbers.txt").write_text("4 5 6")
    (folder / "helper.py").write_text("name = 'of the student'")
    (folder / "data").mkdir()
    (folder / "data" / "own.txt").write_text("and more")
    (folder / "secret.txt").symlink_to("/etc/hostname")
    assert toy.run(course).returncode == 0
    path = course.root / "autograded" / "ada" / toy.NAME / f"{toy.NAME}.ipynb"
    assert "1 2 3 of the student and more" in path.read_text()


BURN = """\
import os
for _ in range(50):
    if os.fork() == 0:
        break
while True:
    pass
"""
WORK = """\
import time
while time.process_time() < 4:
    pass
"""


@pytest.mark.long
def test_a_submission_that_keeps_the_machine_busy_takes_no_time_of_another(course):
    toy.Submission(course).solve().insert(BURN).hand_in(course, "burner")
    toy.Submission(course).solve().insert(WORK).hand_in(course, "neighbour")
    result = toy.run(course, "--jobs", "2", "--timeout", "30")
    assert "neighbour: graded" in result.stdout
    assert set(toy.points(course, "neighbour").values()) == {2, 3, 4, 1, None}
    assert course.record(toy.NAME, "burner").status == "flagged"


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "a/b", "1/0"])
def test_a_shard_out_of_range_says_the_rule(text):
    with pytest.raises(Exception, match="must be I/N with 1 <= I <= N"):
        _shard(text)


@pytest.mark.parametrize(
    ("option", "value"),
    [("--jobs", "0"), ("--timeout", "nan"), ("--total-timeout", "x"), ("--memory", "100")],
)
def test_a_limit_that_cannot_be_says_the_rule(capsys, option, value):
    with pytest.raises(SystemExit):
        main(["sums", option, value])
    assert re.search(f"{option}: '{value}' must be a number of at least", capsys.readouterr().err)


def test_what_cannot_run_says_what_to_do(course, tmp_path):
    without = toy.run(course, PATH=str(tmp_path))
    assert without.returncode == 2
    assert MISSING in without.stderr
    nothing = toy.run(course)
    assert nothing.returncode == 2
    assert "nothing was handed in" in nothing.stderr


@pytest.mark.long
def test_unknown_names_are_named(course, tmp_path):
    toy.Submission(course).solve().hand_in(course, "ada")
    assert "student='bob' handed in nothing" in toy.run(course, "--student", "bob").stderr
    nowhere = prepare(tmp_path / "other")
    assert "assignment='sums' is not in the gradebook" in toy.run(nowhere).stderr
    shutil.rmtree(nowhere.root)
    assert "is no folder" in toy.run(nowhere).stderr


@pytest.mark.long
def test_in_a_container_limits_hold_without_bubblewrap(course, tmp_path):
    toy.Submission(course).solve().hand_in(course, "ada")
    toy.Submission(course).solve().insert("while True:\n    pass").hand_in(course, "loop")
    result = toy.run(course, "--container", "--timeout", "10", PATH=str(tmp_path))
    if closed := toy.closed_to_students():
        assert result.returncode == 2
        assert f"may not enter {closed}" in result.stderr
        return
    assert result.returncode == 1, result.stderr
    assert set(toy.points(course, "ada").values()) == {2, 3, 4, 1, None}
    assert "stopped after 10 seconds" in result.stdout


def test_a_course_keeps_its_settings_when_the_book_moves(tmp_path):
    course = prepare(tmp_path)
    settings = tmp_path / "nbgrader_config.py"
    assert settings.read_text() == COURSE_SETTINGS.format(path=str(SETTINGS))
    moved = settings.read_text().replace(str(SETTINGS), "/elsewhere/nbgrader_config.py")
    settings.write_text(moved + "\nc.CourseDirectory.course_id = 'own'\n")
    prepare(tmp_path)
    assert str(SETTINGS) in settings.read_text()
    assert course.config().CourseDirectory.course_id == "own"
