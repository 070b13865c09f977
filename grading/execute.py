"""Runs one notebook: the student's cells in their process, the test cells in the judge's."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader import utils

from grading.sandbox import HOME, Limits, Sandbox, SandboxFailedError, environment

#: The longest line that a process may send: an array for the judge.
LONGEST = 32 << 20
#: How many times as long as what it says the outputs of a cell may be, written as JSON.
ESCAPES = 16
SECONDS_TO_START = 60


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
) -> Outcome:
    """Run a notebook, in place, and return what happened.

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

    Raises
    ------
    SandboxFailedError
        If a process does not start, or the judge breaks: no fault of the notebook's.
    """
    variables = {"CONVLIB_STUDENT": student, "CONVLIB_ASSIGNMENT": assignment}
    run = _Run(notebook, sandbox, limits or Limits(), dict(files or {}), variables)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(run.all())
    with ThreadPoolExecutor(1) as pool:  # whoever calls from a notebook has a loop running
        return pool.submit(asyncio.run, run.all()).result()


class _Run:
    """One notebook with its two processes."""

    def __init__(self, notebook, sandbox, limits, files, variables):
        self.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        self.limits = limits
        self.outcome = Outcome()
        self.student = _Process("student", sandbox, limits, variables, files)
        self.judge = _Process("judge", sandbox, limits, variables, {})
        self.end = 0.0
        self.has_ended = False

    async def all(self) -> Outcome:
        try:
            starts = self.student.start(), self.judge.start()
            # Both come to an end, so that nobody reads from a process any more when it is stopped.
            for failure in filter(None, await asyncio.gather(*starts, return_exceptions=True)):
                raise failure
            watch = asyncio.create_task(self.watch())
            self.end = time.monotonic() + self.limits.total_seconds
            for number, cell in enumerate(self.cells, 1):
                cell.outputs, cell.execution_count = [], None
                await self.run(cell, number)
            watch.cancel()
        finally:
            await asyncio.gather(self.student.stop(), self.judge.stop())
        return self.outcome

    async def run(self, cell, number: int) -> None:
        """Run a cell where it belongs, and note if its time was up."""
        begin, worked = time.monotonic(), self.worked()
        seconds = self.seconds()
        had_ended = self.student.gone
        if is_test(cell):
            name = f"the test {cell.metadata.nbgrader.grade_id}"
            await self.run_test(cell, name, seconds)
        else:
            name = f"code cell {number}"
            await self.run_own(cell, number, name, seconds)
        elapsed = time.monotonic() - begin
        if not had_ended and (self.student.is_late or elapsed >= seconds):
            self.outcome.starved |= 2 * (self.worked() - worked) < elapsed
            self.note(f"{name} was stopped after {seconds:.3g} seconds")

    async def run_own(self, cell, number: int, name: str, seconds: float) -> None:
        """Run a cell in the student's process."""
        reply = await self.ask_judge(
            {"do": "note", "source": cell.source, "number": number, "ours": utils.is_locked(cell)}
        )
        if "broken" in reply:
            raise SandboxFailedError(f"code cell {number}: {reply['broken']}")
        if self.student.gone:
            cell.outputs = [_error("NotRun", f"the notebook had ended: {self.student.gone}")]
            return
        try:
            reply = await self.student.request(
                {"do": "run", "source": cell.source, "seconds": seconds},
                seconds + self.limits.grace_seconds,
                ESCAPES * self.limits.output_kb << 10,
            )
            try:
                cell.outputs, cell.execution_count = _checked(reply)
            except (AttributeError, KeyError, TypeError, nbformat.ValidationError):
                self.student.end("it sent something that is no answer")
                raise GoneError(self.student.gone) from None
        except GoneError as gone:
            self.note(f"{name} ended the notebook: {gone}")
            cell.outputs = [_error("NotebookEnded", str(gone))]

    async def run_test(self, cell, name: str, seconds: float) -> None:
        """Run a test cell in the judge, and carry its questions to the student's process."""
        grade_id = cell.metadata.nbgrader["grade_id"]
        message = {"do": "test", "source": cell.source, "name": grade_id, "seconds": seconds}
        while "ask" in (reply := await self.ask_judge(message)):
            try:
                left = float(reply["ask"]["seconds"])
                message = await self.student.request(reply["ask"], left + self.limits.grace_seconds)
            except GoneError as gone:
                self.note(f"{name} ended the notebook: {gone}")
                message = {"gone": str(gone)}
        cell.outputs = _clean(reply["outputs"])
        if reply["failed"]:
            cell.metadata["grading"] = {"failed": reply["failed"]}

    async def ask_judge(self, message: dict) -> dict:
        seconds = self.limits.cell_seconds + 3 * self.limits.grace_seconds
        try:
            return await self.judge.request(message, seconds)
        except GoneError as gone:
            raise SandboxFailedError(f"the judge broke: {gone}") from None

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
        if not self.has_ended:
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

    def __init__(self, program, sandbox, limits, variables, files):
        self.program, self.sandbox, self.limits = program, sandbox, limits
        self.variables, self.files = variables, files
        self.process = None
        self.gone = ""
        self.is_late = False
        self.worked = 0.0  # seconds that processors gave it, at the last look
        self.folder = None

    async def start(self) -> None:
        home = HOME
        if self.sandbox.contained:
            self.folder = home = tempfile.mkdtemp(prefix="grading-")
            for name, path in self.files.items():
                shutil.copy(path, Path(home, name))
            os.chmod(home, 0o777)
        self.process = await asyncio.create_subprocess_exec(
            *self.sandbox.command(self.program, self.limits, self.files),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(self.sandbox.contained, home, self.variables),
            cwd=self.folder,
            limit=LONGEST,
        )
        try:
            if not (await self.receive(SECONDS_TO_START)).get("ready"):
                raise GoneError("it did not say that it is ready")
        except GoneError as gone:
            said = (await self.process.stderr.read(4000)).decode(errors="replace").strip()
            raise SandboxFailedError(
                f"the {self.program}'s sandbox did not start: {said or gone}"
            ) from None

    async def request(self, message: dict, seconds: float, longest: int = LONGEST) -> dict:
        """Return the reply to a message, or raise GoneError with the reason."""
        if not self.gone:
            with contextlib.suppress(ConnectionError):
                self.process.stdin.write(json.dumps(message).encode() + b"\n")
                await self.process.stdin.drain()
        return await self.receive(seconds, longest)

    async def receive(self, seconds: float, longest: int = LONGEST) -> dict:
        if self.gone:
            raise GoneError(self.gone)
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), seconds)
            if not line:
                self.end(_reason(await asyncio.wait_for(self.process.wait(), 10)))
                raise GoneError(self.gone)
            reply = json.loads(line) if len(line) <= longest else None
            if isinstance(reply, dict):
                return reply
            self.end("it sent something that is no answer")
        except TimeoutError:
            self.is_late = True
            self.end("it did not stop when its time was up")
        except (ValueError, RecursionError, MemoryError):
            self.end("it sent something that is no answer")
        raise GoneError(self.gone)

    def end(self, reason: str) -> None:
        """End the process with all it has started."""
        self.gone = self.gone or reason
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    def usage(self) -> tuple[float, int]:
        """Return the memory in MB, and the number of processes, of all that this one started."""
        megabytes, processes, worked = 0.0, 0, 0.0
        for one in self.family():
            with contextlib.suppress(psutil.Error), one.oneshot():
                memory = one.memory_info()
                megabytes += (memory.rss - memory.shared) / (1 << 20)
                processes += one.num_threads()
                worked += sum(one.cpu_times()[:4])
        self.worked = max(self.worked, worked)
        return megabytes, processes

    def exact_memory(self) -> float:
        """Return the memory in MB; what processes share, as after a fork, counts once."""
        used = 0
        for one in self.family():
            with contextlib.suppress(psutil.Error):
                used += one.memory_full_info().pss
        return used / (1 << 20)

    def family(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.Error):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []

    async def stop(self) -> None:
        if self.process:
            self.end("the notebook is graded")
            await self.process.communicate()  # closes its pipes, too
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def _reason(status: int) -> str:
    """Return how a process ended, in words."""
    signals = {4: "illegal instruction", 6: "abort", 8: "arithmetic error", 9: "killed"}
    signals |= {11: "segmentation fault", 24: "too much processor time", 25: "too large a file"}
    number = -status if status < 0 else status - 128
    how = signals.get(number, f"exit status {status}")
    return f"its process ended ({how})"


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
