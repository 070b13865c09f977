"""Every bad submission ends graded or flagged with the reason, and changes no other's grade."""

from __future__ import annotations

import socket
from dataclasses import dataclass

import nbformat
import psutil
import pytest

from grading.course import Course, Record
from tests.grading import toy
from tests.grading.bad import ALL, LONG, QUICK, SLEEPER, Bad
from tests.waiting import wait_for

#: Small limits, so that what breaks them does so soon and harms nothing if they fail.
LIMITS = ("--timeout", "12", "--memory", "1024")


@dataclass
class Batch:
    """A folder of submissions after one run of the grader."""

    course: Course
    status: int
    said: str
    called: bool

    def record(self, student: str) -> Record:
        return self.course.record(toy.NAME, student)

    def notebook(self, student: str):
        folder = self.course.root / "autograded" / student / toy.NAME
        return nbformat.read(folder / f"{toy.NAME}.ipynb", 4)


def graded(folder, submissions: dict[str, Bad]) -> Batch:
    """Hand in submissions, with a good one before and after them, and grade them in one run."""
    course = toy.release(folder)
    with socket.create_server(("127.0.0.1", 0)) as server:
        values = {"course": course.root, "root": toy.ROOT, "port": server.getsockname()[1]}
        good = dict.fromkeys(("a-first", "correct", "z-last"), QUICK["correct"])
        for student, bad in (submissions | good).items():
            one = toy.Submission(course, **values)
            bad.make(one)
            path = one.hand_in(course, student)
            if bad.file:
                bad.file(path)
        result = toy.run(course, *LIMITS, SECRET_OF_THE_GRADER="1")
        assert not result.stderr
        server.settimeout(0.1)
        try:
            server.accept()[0].close()
            called = True
        except TimeoutError:
            called = False
    return Batch(course, result.returncode, result.stdout, called)


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    return graded(tmp_path_factory.mktemp("quick"), QUICK)


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    return graded(tmp_path_factory.mktemp("long"), LONG)


def check(batch: Batch, student: str, bad: Bad) -> None:
    record = batch.record(student)
    about = "; ".join((*record.problems, *record.notes))
    expected = {
        name: 0.0 if name in bad.lost else float(kind)
        for name, (kind, _) in toy.CELLS.items()
        if name in ALL
    }
    earned = toy.points(batch.course, student)
    assert {name: earned[name] for name in ALL} == expected, about
    assert bad.says in about
    assert (record.status == "flagged") == bad.flagged, about
    text = str([cell.get("outputs") for cell in batch.notebook(student).cells])
    assert bad.shows in text
    assert bad.hides not in text


@pytest.mark.parametrize("student", QUICK)
def test_each_kind_of_harm_is_graded_or_flagged(quick, student):
    check(quick, student, QUICK[student])


@pytest.mark.long
@pytest.mark.parametrize("student", LONG)
def test_every_harm_is_graded_or_flagged(long, student):
    check(long, student, LONG[student])


def test_a_batch_with_flags_says_so(quick):
    assert quick.status == 1
    flagged = sum(bad.flagged for bad in QUICK.values())
    assert f"{len(QUICK) + 2 - flagged} graded, {flagged} for you to look at" in quick.said
    for student in (*QUICK, "a-first", "z-last"):
        assert student in quick.said


@pytest.mark.long
def test_a_batch_with_every_harm_in_it_ends_with_a_row_for_each(long):
    assert long.status == 1
    rows = [line for line in long.said.splitlines() if line.startswith("│")]
    for student in (*LONG, "a-first", "correct", "z-last"):
        assert sum(line.split("│")[1].strip() == student for line in rows) == 1, student


@pytest.mark.parametrize("neighbour", ["a-first", "correct", "z-last"])
def test_bad_submissions_change_no_other_grade(quick, neighbour):
    check(quick, neighbour, QUICK["correct"])


@pytest.mark.long
@pytest.mark.parametrize("neighbour", ["a-first", "correct", "z-last"])
def test_no_bad_submission_changes_another_grade(long, neighbour):
    check(long, neighbour, QUICK["correct"])


@pytest.mark.long
def test_no_submission_reaches_the_network(long):
    assert not long.called


@pytest.mark.long
def test_no_submission_leaves_a_trace(long):
    def is_over() -> bool:
        return all(one.info["cmdline"] != SLEEPER for one in psutil.process_iter(["cmdline"]))

    wait_for(is_over, "the end of what a submission started", 10)
    assert not list(long.course.root.rglob("trace-of-a-student"))


def test_what_waits_for_a_person_is_marked_in_the_gradebook(quick):
    with quick.course.gradebook() as gradebook:
        for student, waits in (("cut-off", True), ("exit-at-once", True), ("off-by-one", False)):
            (notebook,) = gradebook.find_submission(toy.NAME, student).notebooks
            needs = {grade.name: grade.needs_manual_grade for grade in notebook.grades}
            assert needs["test-total"] is waits
