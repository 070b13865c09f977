"""`--dask`: a local cluster of two workers grades as one process does, and may lose one of them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest

from tests.grading import toy
from tests.waiting import wait_for

#: Says where it is, and waits there until it may go on.
WAITS = """\
import os, time
from pathlib import Path
print("at work")
time.sleep(4)
"""


@pytest.fixture
def course(tmp_path):
    return toy.release(tmp_path / "course")


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers, each a process of its own."""
    environment = os.environ | {
        "PYTHONPATH": str(toy.ROOT),
        "DASK_TEMPORARY_DIRECTORY": str(tmp_path),
    }
    beside = [sys.executable, "-m"]
    log = (tmp_path / "scheduler.log").open("w+")
    started = [
        subprocess.Popen(
            [*beside, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0",
             "--no-dashboard"],
            env=environment, cwd=tmp_path, stdout=log, stderr=log,
        )
    ]  # fmt: skip

    def address() -> str:
        found = re.search(r"tcp://127\.0\.0\.1:\d+", (tmp_path / "scheduler.log").read_text())
        return found[0] if found else ""

    try:
        wait_for(address, "the scheduler")
        for number in (1, 2):
            worker = [
                *beside, "distributed.cli.dask_worker", address(), "--no-nanny", "--nthreads", "1",
                "--name", f"worker-{number}", "--no-dashboard",
            ]  # fmt: skip
            started.append(
                subprocess.Popen(worker, env=environment, cwd=tmp_path, stdout=log, stderr=log)
            )
        yield address(), started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()
        log.close()


@pytest.mark.long
def test_a_cluster_that_loses_a_worker_grades_everybody(course, cluster):
    address, workers = cluster
    for number in range(6):
        toy.Submission(course).solve().insert(WAITS).hand_in(course, f"student-{number}")
    toy.Submission(course).solve(double="double = None").hand_in(course, "wrong")
    command = [sys.executable, "-m", "grading", toy.NAME, "--course", str(course.root)]
    grader = subprocess.Popen(
        [*command, "--dask", address],
        cwd=toy.ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONPATH": str(toy.ROOT), "COLUMNS": "200"},
    )  # fmt: skip
    wait_for(lambda: list(course.root.glob(".grading/sums/*.json")), "the first grade", 120)
    workers[0].send_signal(signal.SIGKILL)
    said, _ = grader.communicate()
    assert grader.returncode == 0, said
    assert "7 graded, 0 for you to look at" in said
    for number in range(6):
        assert sum(toy.points(course, f"student-{number}")[name] for name in toy.TESTS) == 10
    assert toy.points(course, "wrong")["test-double"] == 0
    record = course.record(toy.NAME, "student-0")
    assert record.status == "graded"
    assert "unchanged" in toy.run(course).stdout


def test_a_cluster_that_is_not_there_is_named(course):
    toy.Submission(course).solve().hand_in(course, "ada")
    result = toy.run(course, "--dask", "nowhere")
    assert result.returncode == 2
    assert "dask='nowhere': no scheduler answers" in result.stderr
    assert "Traceback" not in result.stderr
