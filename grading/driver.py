"""`python -m grading ASSIGNMENT` grades a folder of submissions, several at a time."""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path

from nbgrader.api import MissingEntry
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from grading import cluster
from grading.course import Course, Record, fingerprint, prepare
from grading.sandbox import Limits, SandboxMissingError, find_sandbox
from grading.texts import is_clean, printable
from grading.worker import Job, Result, patience, unreadable, work

COURSE = Path(__file__).parents[1] / "course"
DESCRIPTION = """\
Grade the submissions in COURSE/submitted/<student>/<assignment>/, each in a sandbox, several at a
time, and write COURSE/autograded/ and the gradebook. Only what changed is graded again.
Exit status: 0 all graded, 1 some are flagged for a person to look at, 2 it could not run, 3 it
broke off or could not write all grades (run it again), 130 it was interrupted.
"""


ODD = "the name of its folder can be no student's id: rename it"


class CannotRunError(Exception):
    """The run cannot begin, or go on; the text says what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Grade, say what came of it, and return the exit status."""
    options = _parser().parse_args(arguments)
    # What students name their files is shown as it is, never read as rich's own marks.
    console = Console(markup=False, emoji=False, highlight=False)
    try:
        return _grade(options, console)
    except (CannotRunError, SandboxMissingError, cluster.ClusterMissingError) as error:
        print(f"grading: {error}", file=sys.stderr)
        return 2
    except Exception as error:  # the disk, the gradebook, or a mistake of ours
        cause = getattr(error, "orig", None) or error
        print(
            f"grading: the run broke off ({type(cause).__name__}: {cause}); what is graded stays, "
            "the next run does the rest",
            file=sys.stderr,
        )
        return 3
    except KeyboardInterrupt:
        print(
            "\ngrading: stopped; what is graded stays, the next run does the rest", file=sys.stderr
        )
        return 130


def _parser() -> argparse.ArgumentParser:
    limits = Limits()
    parser = argparse.ArgumentParser(prog="python -m grading", description=DESCRIPTION)
    parser.add_argument("assignment", help="its name in the gradebook")
    parser.add_argument("--course", type=Path, default=COURSE, help="default: course/")
    parser.add_argument(
        "--jobs", type=_at_least(1, int), default=_processors(), metavar="N", help="at a time"
    )
    parser.add_argument(
        "--shard", type=_shard, default=(1, 1), metavar="I/N", help="only this part"
    )
    parser.add_argument("--student", nargs="+", metavar="ID", help="only these students")
    parser.add_argument("--force", action="store_true", help="grade again what did not change")
    parser.add_argument(
        "--timeout",
        type=_at_least(1, float),
        default=limits.cell_seconds,
        metavar="S",
        help="for a cell",
    )
    parser.add_argument(
        "--total-timeout",
        type=_at_least(1, float),
        default=limits.total_seconds,
        metavar="S",
        help="for all",
    )
    parser.add_argument(
        "--memory",
        type=_at_least(512, int),
        default=limits.memory_mb,
        metavar="MB",
        help="for a submission",
    )
    parser.add_argument("--dask", metavar="ADDRESS", help="grade on the cluster of this scheduler")
    parser.add_argument(
        "--container",
        action="store_true",
        help="run without bubblewrap: a container surrounds this, and holds nothing secret",
    )
    return parser


def _at_least(least: int, kind: type):
    """Return what reads a number of a kind from the command line."""

    def read(text: str):
        try:
            value = kind(text)
        except ValueError:
            value = -1
        if not least <= value < float("inf"):
            raise argparse.ArgumentTypeError(f"{text!r} must be a number of at least {least}")
        return value

    return read


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _shard(text: str) -> tuple[int, int]:
    try:
        part, parts = map(int, text.split("/"))
    except ValueError:
        part = parts = 0
    if not 1 <= part <= parts:
        raise argparse.ArgumentTypeError(f"{text!r} must be I/N with 1 <= I <= N, such as 2/8")
    return part, parts


def _grade(options, console: Console) -> int:
    course = _course(options.course)
    _begin_workers()
    packages = tuple(course.config().Grading.get("packages", ()))
    sandbox = find_sandbox(packages, options.container)
    limits = Limits(options.timeout, options.total_timeout, memory_mb=options.memory)
    with course.gradebook() as gradebook:
        plans = _plans(course, gradebook, options.assignment)
        folders = _chosen(course, options)
        materials = course.materials(options.assignment)
        engine = _engine([*sandbox.packages, Path(__file__).parent], materials.values())
        prints = {
            student: fingerprint(folder, plans, engine)
            for student, folder in folders.items()
            if is_clean(student)
        }
        jobs = [
            Job(student, options.assignment, folders[student], plans, materials, sandbox, limits)
            for student, now in prints.items()
            if options.force or not course.is_current(gradebook, options.assignment, student, now)
        ]
        failures, strangers = {}, {student: ODD for student in folders if student not in prints}
        with _progress(console) as progress:
            bar = progress.add_task(options.assignment, total=len(jobs))
            for job, result in _results(jobs, options):
                failure = result.failure or _save(course, gradebook, job, result, prints)
                if failure:
                    failures[job.student] = failure
                if not console.is_terminal:
                    console.print(f"{job.student}: {failure or _status(result)}")
                progress.advance(bar)
        unchanged = set(folders) - {job.student for job in jobs}
        status = _summary(
            console, course, options.assignment, folders, unchanged, failures | strangers
        )
        return 3 if failures else status


def _plans(course: Course, gradebook, assignment: str):
    try:
        return course.plans(gradebook, assignment)
    except MissingEntry:
        known = ", ".join(one.name for one in gradebook.assignments) or "none"
        raise CannotRunError(
            f"assignment={assignment!r} is not in the gradebook of {course.root} "
            f"(there: {known}): release it first, with `make assignments`"
        ) from None


def _course(folder: Path) -> Course:
    if not folder.is_dir():
        raise CannotRunError(
            f"course={str(folder)!r} is no folder: make one with `make assignments`, "
            "or name yours with --course"
        )
    return prepare(folder)


def _chosen(course: Course, options) -> dict[str, Path]:
    """Return the submissions that this run is for."""
    folders = course.submissions(options.assignment)
    if not folders:
        raise CannotRunError(
            f"nothing was handed in: {course.root}/submitted/<student>/{options.assignment}/ "
            "holds no folder of a student"
        )
    unknown = sorted(set(options.student or ()) - set(folders))
    if unknown:
        raise CannotRunError(f"student={unknown[0]!r} handed in nothing for {options.assignment}")
    part, parts = options.shard
    return {
        student: folder
        for student, folder in folders.items()
        if (not options.student or student in options.student)
        and int(hashlib.sha256(os.fsencode(student)).hexdigest(), 16) % parts == part - 1
    }


def _engine(folders, files) -> str:
    """Return a hash of what grades with: the grader, the course's packages and materials."""
    digest = hashlib.sha256(sys.version.encode())
    paths = [path for folder in folders for path in sorted(Path(folder).rglob("*.py"))]
    for path in [*paths, *files]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _progress(console: Console) -> Progress:
    columns = (TextColumn("grading {task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console)


def _results(jobs: list[Job], options) -> Iterator[tuple[Job, Result]]:
    """Grade submissions here or on a cluster, and yield each result as it comes."""
    if options.dask:
        return again_alone(jobs, lambda some, _: cluster.run(some, options.dask), options.jobs)
    return run(jobs, options.jobs)


def run(jobs: list[Job], at_once: int) -> Iterator[tuple[Job, Result]]:
    """Grade submissions, each in its own process, and yield each result as it comes."""
    return again_alone(jobs, _run, at_once)


def again_alone(jobs: list[Job], grade_all, at_once: int) -> Iterator[tuple[Job, Result]]:
    """Yield results as they come; what the machine was too busy for is graded once more.

    Where it could not give a submission its time, another one may have kept it so: it is graded
    again, alone where that can be, and that counts.
    """
    again = []
    for job, result in grade_all(jobs, at_once):
        if result.starved or result.failure:
            again.append(job)
        else:
            yield job, result
    if again:
        yield from grade_all(again, 1)


def _begin_workers():
    """Return what starts workers; where they can be forked, what forks them begins to load now."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["grading.worker"])
    forkserver.ensure_running()
    return context


def _run(jobs: list[Job], at_once: int) -> Iterator[tuple[Job, Result]]:
    context = _begin_workers()
    waiting, running, ends = list(reversed(jobs)), {}, {}
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                job = waiting.pop()
                receiver, sender = context.Pipe(duplex=False)
                process = context.Process(target=work, args=(job, sender))
                process.start()
                sender.close()
                running[receiver] = job, process
                ends[receiver] = time.monotonic() + patience(job.limits)
            first = min(ends[receiver] for receiver in running)
            for receiver in wait(list(running), max(0.0, first - time.monotonic())):
                job, process = running.pop(receiver)
                yield job, _received(receiver, process, job)
            for receiver in [one for one in running if ends[one] < time.monotonic()]:
                job, process = running.pop(receiver)
                process.kill()
                problem = f"grading it took more than {patience(job.limits):.0f} seconds"
                yield job, unreadable(job, problem)
    finally:
        for _, process in running.values():
            process.kill()


def _received(receiver, process, job: Job) -> Result:
    try:
        result = receiver.recv()
    except EOFError:  # it died: out of memory, or by a mistake of ours
        process.join()
        problem = f"the process that graded it ended (exit status {process.exitcode})"
        result = unreadable(job, problem)
    process.join()
    return result


def _save(course: Course, gradebook, job: Job, result: Result, prints: dict[str, str]) -> str:
    """Write a result down; return why that failed, if it did."""
    record = Record(
        fingerprint=prints[job.student],
        status="flagged" if result.problems else "graded",
        problems=result.problems,
        notes=result.notes,
        seconds=round(result.seconds, 2),
        memory_mb=round(result.memory_mb, 1),
    )
    try:
        course.save(gradebook, job.assignment, job.student, result.notebooks, record)
    except Exception as error:  # a full disk, a locked gradebook: one's loss is not the others'
        cause = getattr(error, "orig", None) or error
        return f"its grade could not be written ({cause}); the next run does it again"
    return ""


def _status(result: Result) -> str:
    if result.problems:
        return f"flagged: {'; '.join(result.problems)}"
    return f"graded; {'; '.join(result.notes)}" if result.notes else "graded"


def _summary(console, course, assignment, folders, unchanged, failures) -> int:
    """Show what became of each submission, and return the exit status."""
    table = Table("student", "points", "status", "what to know", title=f"{assignment}")
    flagged = 0
    for student in folders:
        record = course.record(assignment, student)
        if student in failures or record is None:
            flagged += 1
            table.add_row(
                printable(student),
                "",
                "not graded",
                failures.get(student, "stopped before its turn"),
            )
            continue
        flagged += record.status == "flagged"
        status = f"{record.status}, unchanged" if student in unchanged else record.status
        by_hand = f", {record.by_hand:g} by hand" if record.by_hand else ""
        points = f"{record.points:g} of {record.most:g}{by_hand}"
        table.add_row(
            printable(student), points, status, "; ".join((*record.problems, *record.notes))
        )
    console.print(table)
    graded = len(folders) - flagged
    console.print(f"{graded} graded, {flagged} for you to look at")
    return 1 if flagged else 0
