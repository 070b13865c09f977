"""Runs one notebook: the student's cells in their process, the test cells in the judge's."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader import utils

from grading import points
from grading.messages import NoAnswerError, answer_of
from grading.names import imported
from grading.notebooks import visible
from grading.sandbox import HOME, SCRATCH, Limits, Sandbox, SandboxFailedError, environment

#: The longest line that the judge may send.
LONGEST = 64 << 20
#: How many times as long as what it says the outputs of a cell may be, written as JSON.
ESCAPES = 16
SECONDS_TO_START = 60
#: A cell of more characters stands empty where tests look at what was typed.
MOST_SOURCE = 200_000
#: What a copy of the student's process says first.
FIRST = 0


class GoneError(Exception):
    """A process has ended or was ended; the text says why."""


@dataclass
class Outcome:
    """What happened while a notebook ran.

    Attributes
    ----------
    problems : list of str
        Why a person should look; empty when all went well.
    memory_mb : float
        The most memory seen in use, student's process and judge together.
    starved : bool
        Whether it was stopped for its time, and the machine had given it less than half of that.
    """

    problems: list[str] = field(default_factory=list)
    memory_mb: float = 0.0
    starved: bool = False


def is_test(cell: NotebookNode) -> bool:
    """Return whether a cell is graded by running it."""
    return cell.cell_type == "code" and utils.is_grade(cell) and not utils.is_solution(cell)


def execute(
    notebook: NotebookNode,
    student: str,
    assignment: str,
    sandbox: Sandbox,
    limits: Limits | None = None,
    files: Mapping[str, Path] | None = None,
    answers: Collection[str] | None = None,
) -> Outcome:
    """Run a notebook, in place, and return what happened.

    It runs twice. First as at home, with the tests that students see: what it shows is kept from
    there. Then in a fresh process with all tests: only what these say is kept, so that nothing that
    a student's code prints or returns can show what hidden tests are.

    Parameters
    ----------
    notebook : NotebookNode
        Its cells carry nbgrader's metadata. The outputs are replaced. A test cell that failed gets
        `cell.metadata["grading"] = {"failed": "visible" | "hidden"}`: the part that failed.
    student, assignment : str
        Their names in the gradebook; the notebook finds them in its environment.
    sandbox : Sandbox
        Where the two processes run.
    limits : Limits, optional
        What they may use.
    files : mapping, optional
        Files that the notebook finds in its folder: name to place.
    answers : collection of str, optional
        The names that tests may ask of the student's process; default: all that nobody else binds.

    Raises
    ------
    SandboxFailedError
        If a process does not start: no fault of the notebook's.
    """
    variables = {"CONVLIB_STUDENT": student, "CONVLIB_ASSIGNMENT": assignment}
    limits = limits or Limits()
    run = _Run(notebook, sandbox, limits, dict(files or {}), variables, answers)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(run.all())
    with ThreadPoolExecutor(1) as pool:  # whoever calls from a notebook has a loop running
        return pool.submit(asyncio.run, run.all()).result()


class _Run:
    """One notebook with its two processes."""

    def __init__(self, notebook, sandbox, limits, files, variables, answers):
        self.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        self.limits = limits
        self.answers = None if answers is None else sorted(answers)
        self.outcome = Outcome()
        tests = [cell for cell in self.cells if is_test(cell)]
        self.seen = {id(cell): visible(cell) for cell in tests}
        locked = [cell for cell in self.cells if utils.is_locked(cell) and not is_test(cell)]
        modules = frozenset().union(*(imported(cell.source) for cell in locked))
        of_tests = modules.union(*(imported(cell.source) for cell in tests))
        self.student = _Process("student", sandbox, limits, variables, files, modules)
        self.judge = _Process("judge", sandbox, limits, variables, {}, of_tests)
        self.ran: list[dict] = []  # what the judge is to know of, from the first cell on
        self.told = 0  # how much of that it knows
        self.end = 0.0
        self.has_ended = False

    async def all(self) -> Outcome:
        try:
            starts = self.student.start(), self.judge.start()
            # Both come to an end, so that nobody reads from a process any more when it is stopped.
            for failure in filter(None, await asyncio.gather(*starts, return_exceptions=True)):
                raise failure
            watch = asyncio.create_task(self.watch())
            await self.as_at_home()
            if any(is_test(cell) and self.visible(cell) != cell.source for cell in self.cells):
                await self.student.renew()
                await self.judge.renew()
                await self.with_hidden_tests()
            watch.cancel()
        finally:
            await asyncio.gather(self.student.stop(), self.judge.stop())
        return self.outcome

    async def as_at_home(self) -> None:
        """Run the cells that students see, and keep what they show."""
        self.begin()
        for number, cell in enumerate(self.cells, 1):
            cell.outputs, cell.execution_count = [], None
            if is_test(cell):
                outputs, failed = await self.run_test(cell, self.visible(cell))
                cell.outputs = self.checked(cell, outputs)
                if failed:
                    cell.metadata["grading"] = {"failed": "visible"}
            else:
                outputs, cell.execution_count = await self.run_own(cell, number)
                cell.outputs = self.shown(outputs)

    async def with_hidden_tests(self) -> None:
        """Run the cells with all tests, and keep only what these say."""
        self.begin()
        for number, cell in enumerate(self.cells, 1):
            if not is_test(cell):
                await self.run_own(cell, number)
                continue
            outputs, failed = await self.run_test(cell, cell.source)
            if not failed:
                cell.outputs = self.checked(cell, outputs)
                cell.metadata.pop("grading", None)
            elif "grading" not in cell.metadata:
                cell.outputs = outputs
                cell.metadata["grading"] = {"failed": "hidden"}

    def visible(self, cell) -> str:
        """Return the text of a test as students see it."""
        return self.seen[id(cell)]

    def shown(self, outputs: list) -> list:
        """Return the outputs of a cell, or a note in their place where all show too much."""
        self.room -= len(json.dumps(outputs))
        if self.room >= 0 or not outputs:
            return outputs
        most = self.limits.outputs_mb
        text = f"... what this cell shows is left out: the notebook shows more than {most} MB"
        return [new_output("stream", text=text)]

    def checked(self, cell, outputs: list) -> list:
        """Return the outputs of a test, if it gives neither more points than there are nor less."""
        name, most = cell.metadata.nbgrader.grade_id, cell.metadata.nbgrader.points
        number = points.given(outputs)
        if not number or points.is_possible(number, most):
            return outputs
        problem = f"the test {name} gave {number:.20} points, where 0 to {most:g} may be"
        self.note(problem)
        return [_error("NotRun", problem)]

    def begin(self) -> None:
        self.ran, self.told = [], 0
        self.room = self.limits.outputs_mb << 20
        self.has_ended = False
        self.end = time.monotonic() + self.limits.total_seconds

    async def run_own(self, cell, number: int) -> tuple[list, int | None]:
        """Run a cell in the student's process; return its outputs and its number there."""
        is_ours = utils.is_locked(cell)
        source = cell.source if is_ours or len(cell.source) <= MOST_SOURCE else ""
        self.ran.append({"source": source, "ours": is_ours})
        name = f"code cell {number}"
        seconds = self.seconds()
        if self.student.gone:
            return [_error("NotRun", f"the notebook had ended: {self.student.gone}")], None
        try:
            with self.timed(name, seconds):
                reply = await self.student.ask(
                    {"do": "run", "source": cell.source, "seconds": seconds},
                    seconds + self.limits.grace_seconds,
                    ESCAPES * self.limits.output_kb << 10,
                )
                try:
                    return _checked(reply)
                except (AttributeError, KeyError, TypeError, nbformat.ValidationError):
                    self.student.end("it sent something that is no answer")
                    raise GoneError(self.student.gone) from None
        except GoneError as gone:
            self.note(f"{name} ended the notebook: {gone}")
            return [_error("NotebookEnded", str(gone))], None

    async def run_test(self, cell, source: str) -> tuple[list, bool]:
        """Run a test in the judge, and carry its questions to the student's process.

        Return its outputs, and whether it failed.
        """
        name = f"the test {cell.metadata.nbgrader.grade_id}"
        seconds = self.seconds()
        cells, self.told = self.ran[self.told :], len(self.ran) + 1
        self.ran.append({"source": source, "ours": True})
        message = {"do": "test", "cells": cells, "source": source, "seconds": seconds}
        message |= {"name": cell.metadata.nbgrader.grade_id, "answers": self.answers}
        patience = seconds + 3 * self.limits.grace_seconds
        try:
            with self.timed(name, seconds):
                while "ask" in (reply := await self.judge.request(message, patience)):
                    answer = await self.carried(reply["ask"], name)
                    message = {"answer": reply["number"], "reply": answer}
        except GoneError as gone:
            # What a test is given comes from the student, and so may what the judge dies of.
            self.note(f"{name} broke off: {gone}")
            reply = {"outputs": [_error("NotRun", f"the test broke off: {gone}")]}
            reply |= {"failed": True, "late": True}
        if reply["late"]:
            self.judge.end("a test's time was up")
            await self.judge.renew()
            self.told = 0
        return _clean(reply["outputs"]), reply["failed"]

    async def carried(self, question: dict, name: str) -> dict:
        """Return what the student's process answers to a question of the judge's."""
        try:
            patience = float(question["seconds"]) + self.limits.grace_seconds
            return await self.student.ask(question, patience)
        except GoneError as gone:
            self.note(f"{name} ended the notebook: {gone}")
            return {"gone": str(gone)}

    @contextlib.contextmanager
    def timed(self, name: str, seconds: float):
        """Note it where what runs inside used up its time."""
        begin, worked, had_ended = time.monotonic(), self.worked(), self.student.gone

        def is_late() -> bool:
            elapsed = time.monotonic() - begin
            late = not had_ended and (self.student.is_late or elapsed >= seconds)
            self.outcome.starved |= late and 2 * (self.worked() - worked) < elapsed
            return late

        try:
            yield
        except GoneError:
            is_late()
            raise
        if is_late():
            self.note(f"{name} was stopped after {seconds:.3g} seconds")

    def worked(self) -> float:
        return self.student.worked + self.judge.worked

    def seconds(self) -> float:
        """Return the time that the next cell has."""
        left = self.end - time.monotonic()
        if left < 1 and not self.student.gone:
            most = self.limits.total_seconds
            self.student.end(f"all of its {most:.4g} seconds were used")
            self.outcome.starved |= 2 * self.worked() < most
            self.note(f"the notebook was stopped: {self.student.gone}")
        return max(1.0, min(self.limits.cell_seconds, left))

    def note(self, problem: str) -> None:
        """Write a problem down, but not what follows from the end of the notebook."""
        if not self.has_ended and problem not in self.outcome.problems:
            self.outcome.problems.append(problem)
        self.has_ended = bool(self.student.gone)

    async def watch(self) -> None:
        """End a process that takes more than its share, which limits for one process allow."""
        most = self.limits.memory_mb
        while True:
            used = [await asyncio.to_thread(one.usage) for one in (self.student, self.judge)]
            megabytes, processes = used[0]
            self.outcome.memory_mb = max(self.outcome.memory_mb, megabytes + used[1][0])
            if megabytes > most and await asyncio.to_thread(self.student.exact_memory) > most:
                self.student.end(f"it used more than {most} MB of memory")
            if processes > 2 * self.limits.processes:
                self.student.end(f"it started more than {self.limits.processes} processes")
            await asyncio.sleep(0.2)


class _Process:
    """A sandboxed process that answers lines of JSON."""

    def __init__(self, program, sandbox, limits, variables, files, modules):
        self.program, self.sandbox, self.limits = program, sandbox, limits
        self.variables, self.files, self.modules = variables, files, modules
        self.process = None
        self.folder = None
        self.worked = 0.0  # seconds that processors gave it, at the last look
        self.files_mb = 0.0  # what its files in memory held then
        self.forget()

    def forget(self) -> None:
        self.gone = ""
        self.is_late = False
        self.asked = FIRST

    async def start(self) -> None:
        home = HOME
        if self.sandbox.contained:
            self.folder = home = tempfile.mkdtemp(prefix="grading-")
            for name, path in self.files.items():
                shutil.copy(path, Path(home, name))
            os.chmod(home, 0o777)
        with _readable(self.sandbox.refused) as source:
            self.process = await asyncio.create_subprocess_exec(
                *self.sandbox.command(self.program, self.limits, self.files, self.modules, source),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=environment(self.sandbox.contained, home, self.variables),
                cwd=self.folder,
                limit=LONGEST,
                pass_fds=() if source is None else (source,),
                start_new_session=self.sandbox.contained,
            )
        try:
            await self.exchange(None, SECONDS_TO_START)
        except GoneError as gone:
            said = (await self.process.stderr.read(4000)).decode(errors="replace").strip()
            raise SandboxFailedError(
                f"the {self.program}'s sandbox did not start: {said or gone}"
            ) from None

    async def renew(self) -> None:
        """Make it one that knows nothing of what ran: a fresh copy of itself, or started anew."""
        if not self.gone:
            with contextlib.suppress(GoneError, NoAnswerError):
                line = await self.exchange({"do": "leave"}, SECONDS_TO_START)
                answer_of(line, FIRST, LONGEST)
                self.asked = FIRST
                return
        await self.stop()
        self.forget()
        await self.start()

    async def ask(self, question: dict, seconds: float, longest: int | None = None) -> dict:
        """Return the student's answer to a question, or raise GoneError with the reason."""
        self.asked += 1
        line = await self.exchange({**question, "number": self.asked}, seconds)
        try:
            # What is wrapped around an answer of the size that is allowed takes some room, too.
            return answer_of(line, self.asked, longest or (self.limits.answer_mb << 20) + 1024)
        except NoAnswerError as error:
            self.end(str(error))
            raise GoneError(self.gone) from None

    async def request(self, message: dict, seconds: float) -> dict:
        """Return what the judge says next, or raise GoneError with the reason."""
        return json.loads(await self.exchange(message, seconds))

    async def exchange(self, message: dict | None, seconds: float) -> bytes:
        """Send a message, if there is one, and return the next line; GoneError says why not."""
        if self.gone:
            raise GoneError(self.gone)
        try:
            async with asyncio.timeout(seconds):
                if message:
                    with contextlib.suppress(ConnectionError):
                        self.process.stdin.write(json.dumps(message).encode() + b"\n")
                        await self.process.stdin.drain()
                line = await self.process.stdout.readline()
            if line:
                return line
            self.end(_reason(await asyncio.wait_for(self.process.wait(), 10)))
        except TimeoutError:
            self.is_late = True
            self.end("it did not stop when its time was up")
        except ValueError:  # longer than any line may be
            self.end("it sent something that is no answer")
        raise GoneError(self.gone)

    def end(self, reason: str) -> None:
        """End the process with all it has started."""
        if self.gone:
            return
        self.gone = reason
        with contextlib.suppress(ProcessLookupError):
            if self.sandbox.contained:  # its copies, too, even where it has ended before them
                os.killpg(self.process.pid, signal.SIGKILL)
            # Not by its `kill`, which may take the news of its end from asyncio, which then warns.
            elif self.process.returncode is None:
                os.kill(self.process.pid, signal.SIGKILL)

    def usage(self) -> tuple[float, int]:
        """Return the memory in MB, and the number of processes, of all that this one started."""
        megabytes, processes, worked = 0.0, 0, 0.0
        family = self.family()
        for one in family:
            with contextlib.suppress(psutil.Error), one.oneshot():
                megabytes += _memory(one.pid)
                processes += one.num_threads()
                worked += sum(one.cpu_times()[:4])
        self.worked = max(self.worked, worked)
        self.files_mb = 0.0 if self.sandbox.contained else _in_memory_files(family)
        return megabytes + self.files_mb, processes

    def exact_memory(self) -> float:
        """Return the memory in MB; what processes share, as after a fork, counts once."""
        used = 0
        for one in self.family():
            with contextlib.suppress(psutil.Error):
                used += one.memory_full_info().pss
        return used / (1 << 20) + self.files_mb

    def family(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.Error):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []

    async def stop(self) -> None:
        if self.process:
            self.end("the notebook is graded")
            try:  # closes its pipes, too
                await asyncio.wait_for(self.process.communicate(), self.limits.grace_seconds)
            except TimeoutError:  # in a container, what left its group may hold them
                self.process._transport.close()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def _readable(content: bytes):
    """Yield an open file to read some bytes from; None where there are none."""
    if not content:
        yield None
        return
    source, target = os.pipe()
    try:
        os.write(target, content)  # less than what a pipe holds
        os.close(target)
        yield source
    finally:
        os.close(source)


def _reason(status: int) -> str:
    """Return how a process ended, in words."""
    signals = {4: "illegal instruction", 6: "abort", 8: "arithmetic error", 9: "killed"}
    signals |= {11: "segmentation fault", 24: "too much processor time", 25: "too large a file"}
    number = -status if status < 0 else status - 128
    how = signals.get(number, f"exit status {status}")
    return f"its process ended ({how})"


def _memory(process: int) -> float:
    """Return the memory of a process that no file stands for, shared memory included, in MB."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:  # it has ended, or there is no /proc
        return 0.0
    kinds = ("RssAnon:", "RssShmem:", "VmSwap:")
    return sum(int(line.split()[1]) for line in lines if line.startswith(kinds)) / 1024


def _in_memory_files(family: list[psutil.Process]) -> float:
    """Return what the files in a sandbox's scratch folders hold, in MB."""
    for one in family:
        root = Path(f"/proc/{one.pid}/root")
        with contextlib.suppress(OSError):  # it has ended, or is no process of the sandbox
            if (root / "grader").is_dir():
                folders = [os.statvfs(root / place[1:]) for place in SCRATCH]
                return sum((at.f_blocks - at.f_bfree) * at.f_frsize for at in folders) / (1 << 20)
    return 0.0


def _error(name: str, text: str) -> NotebookNode:
    output = {"output_type": "error", "ename": name, "evalue": text}
    return NotebookNode(output, traceback=[f"{name}: {text}"])


def _checked(reply: dict) -> tuple[list[NotebookNode], int | None]:
    """Return the outputs that a student's process sent, if they are what a notebook may hold."""
    if "error" in reply:
        error = reply["error"]
        return [_error(str(error.get("type")), str(error.get("text")))], None
    cell = new_code_cell(outputs=_clean(reply["outputs"]), execution_count=reply["count"])
    nbformat.validate(new_notebook(cells=[cell]))
    return cell.outputs, cell.execution_count


def _clean(outputs):
    """Return outputs without half characters, which no file can hold."""
    whole = json.loads(json.dumps(outputs, ensure_ascii=False).encode(errors="replace"))
    return [nbformat.from_dict(output) for output in whole]
