"""What both processes in the sandboxes do first, and how they talk to the grader."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

from inside.calls import call_filter

try:
    import resource
except ImportError:  # Windows, where a student's own check runs without limits
    resource = None


#: How a copy of a process ends to make way for the next.
LEFT = 73


class CellTimeout(BaseException):
    """A cell's time is up. No Exception, so that `except Exception` does not swallow it."""


def confine(settings: dict) -> None:
    """Give up what the process does not need, for good: memory, files, processes, root."""
    megabyte = 1 << 20
    if resource:
        limits = {
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_NOFILE: 256,
            resource.RLIMIT_FSIZE: settings["file_mb"] * megabyte,
            resource.RLIMIT_CPU: int(settings["total_seconds"]) + 60,
            resource.RLIMIT_AS: settings["memory_mb"] * megabyte,
        }
        if settings["processes"]:
            limits[resource.RLIMIT_NPROC] = settings["processes"]
        for limit, value in limits.items():
            with contextlib.suppress(ValueError, OSError):  # a lower one holds, or none is known
                resource.setrlimit(limit, (value, value))
    if settings["uid"]:
        os.setgroups([])
        os.setresgid(settings["uid"], settings["uid"], settings["uid"])
        os.setresuid(settings["uid"], settings["uid"], settings["uid"])
    if settings.get("refuses_calls"):  # in a container; elsewhere bubblewrap has seen to it
        call_filter().load()
    # The folder of the notebook comes last, so that no file in it shadows a library.
    sys.path[:0] = settings["packages"]
    sys.path.append(os.getcwd())


def prepare(settings: dict) -> None:
    """Import what trusted cells will, so that each copy of the process has it already."""
    for name in settings["modules"]:
        with contextlib.suppress(Exception):  # the cell itself will say what is wrong
            importlib.import_module(name)


class Channel:
    """Lines of JSON from and to the grader, over what were standard input and output."""

    def __init__(self):
        self._input = os.fdopen(os.dup(0), "rb")
        self._output = os.fdopen(os.dup(1), "wb")
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)

    def send(self, message) -> None:
        self.write(json.dumps(message).encode() + b"\n")

    def write(self, line: bytes) -> None:
        self._output.write(line)
        self._output.flush()

    def receive(self):
        """Return the next message; the end of the process when there is none to come."""
        line = self._input.readline()
        if not line:
            os._exit(0)
        return json.loads(line)


def text_of(error: BaseException) -> str:
    """Return what an error says, one that cannot say it included: of a class of one's own, say."""
    try:
        return str(error)[:2000]
    except Exception as failure:
        return f"(its text raised {type(failure).__name__})"


def in_copies(serve: Callable[[], None]) -> NoReturn:
    """Serve in one copy of this process after the other, until one ends of itself.

    Each copy begins with nothing of a notebook in it, as this process does, and has its libraries;
    what the one before left in the folder is gone.
    """
    if not hasattr(os, "fork"):  # Windows
        serve()
        os._exit(LEFT)
    there = set(os.listdir())
    while copy := os.fork():
        _, status = os.waitpid(copy, 0)
        how = os.waitstatus_to_exitcode(status)
        if how != LEFT:
            os._exit(how if how >= 0 else 128 - how)
        for name in set(os.listdir()) - there:
            if os.path.isdir(name) and not os.path.islink(name):
                shutil.rmtree(name, ignore_errors=True)
            else:
                os.unlink(name)
    serve()
    os._exit(LEFT)


@contextlib.contextmanager
def deadline(seconds: float):
    """Raise CellTimeout in the main thread after some time, and again and again from then on."""
    if not hasattr(signal, "setitimer"):  # Windows
        yield
        return

    def stop(*_):
        raise CellTimeout(f"stopped after {seconds:.3g} seconds")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001), 3)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
