"""The judge: runs the test cells, in a process that holds nothing of the student's.

A test's names are its own, those of the cells that a student may not edit, and Python's; any other
is asked of the student's process, and arrives as plain data.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import dis
import io
import json
import linecache
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from inside.plain import decode, encode
from inside.process import CellTimeout, Channel, confine, deadline

del sys.path[0]

MOST_OUTPUT = 100_000


class StudentError(Exception):
    """What a student's code raised, where Python has no class of its own for it."""


class Remote:
    """An answer that is no plain data; it stays in the student's process.

    It has attributes, but no value: to compare it, or to ask whether it is true, is an error, so
    that an object made to be equal to everything is equal to nothing.
    """

    def __init__(self, judge, content):
        self._judge, self._number = judge, int(content["number"])
        self._type = str(content["type"])[:80]
        if isinstance(content["name"], str):
            self.__name__ = content["name"][:80]

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self._judge.ask(do="attribute", number=self._number, name=name)

    def __repr__(self):
        return f"<{self._type} of the student>"

    def _refuse(self, *_):
        raise TypeError(f"the answer is of type {self._type}, where plain data is expected")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __len__ = __iter__ = __contains__ = __getitem__ = __array__ = _refuse
    __int__ = __float__ = __index__ = __bool__ = _refuse
    __hash__ = object.__hash__


class RemoteFunction(Remote):
    """A function of the student's: called here, it runs there."""

    def __call__(self, *arguments, **named):
        return self._judge.call(self._number, arguments, named)

    def __bool__(self):
        return True


class Names(dict):
    """The global names of test cells."""

    def __init__(self, judge):
        # IPython's list of the cells that ran: here the student cannot change it.
        super().__init__(__name__="__main__", __builtins__=builtins, In=[""])
        self._judge = judge
        self._statements: dict[str, list] = {}

    def trust(self, source: str, filename: str) -> set[str]:
        """Take note of what a trusted cell binds; each statement runs when it is first needed."""
        names = set()
        for statement in ast.parse(source).body:
            code = compile(ast.Module([statement], []), filename, "exec")
            if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
                exec(code, self)
            stores = ("STORE_NAME", "STORE_GLOBAL")
            bound = {step.argval for step in dis.get_instructions(code) if step.opname in stores}
            for name in bound:
                self._statements.setdefault(name, []).append(code)
            names |= bound
        return names

    def __missing__(self, name):
        if name in self._statements:  # never the student's, even if a statement of these fails
            for code in self._statements[name]:
                exec(code, self)
            return dict(self)[name]
        if hasattr(builtins, name):
            raise KeyError(name)
        return self._judge.look_up(name)


class Judge:
    """Runs test cells and asks the student's process for what they need."""

    def __init__(self, channel: Channel):
        self._channel = channel
        self._names = Names(self)
        self._end = 0.0

    def do_note(self, source: str, number: int, ours: bool) -> dict:
        """Take note of a cell that runs in the student's process now."""
        source = without_magics(source)
        self._names["In"].append(source)
        if ours:
            for name in self._names.trust(source, f"<cell {number}>"):
                self._names.pop(name, None)  # bound anew: what an earlier cell made of it is past
        return {}

    def do_test(self, source: str, name: str, seconds: float) -> dict:
        """Return the outputs of a test cell, and which part of it failed."""
        filename = f"<{name}>"
        self._names["In"].append(source)
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        self._end = time.monotonic() + seconds
        printed = io.StringIO()
        outputs, failed = [], None
        try:
            with deadline(seconds + 5), contextlib.redirect_stdout(printed):
                outputs = self._run(source, filename)
        except BaseException as error:
            trace = traceback.TracebackException.from_exception(error)
            own = [frame for frame in trace.stack if frame.filename == filename]
            trace.stack = traceback.StackSummary.from_list(
                [frame for frame in trace.stack if frame.filename.startswith("<")]
            )
            line = own[-1].lineno if own else getattr(error, "lineno", 0)
            failed = "hidden" if line in hidden_lines(source) else "visible"
            lines = "".join(trace.format()).splitlines()
            failure = {"ename": type(error).__name__, "evalue": str(error)[:2000]}
            outputs = [{"output_type": "error", **failure, "traceback": lines[:100]}]
        if printed.getvalue():
            text = printed.getvalue()[:MOST_OUTPUT]
            outputs.insert(0, {"output_type": "stream", "name": "stdout", "text": text})
        with contextlib.suppress(SyntaxError):
            self._names.trust(source, filename)
        return {"outputs": outputs, "failed": failed}

    def _run(self, source: str, filename: str) -> list[dict]:
        """Run a test cell; a number in its last line is nbgrader's partial credit."""
        tree = ast.parse(source, filename)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, filename, "exec"), self._names)
        if last is None:
            return []
        value = eval(compile(ast.Expression(last.value), filename, "eval"), self._names)
        if value is None:
            return []
        shown = {"data": {"text/plain": repr(value)[:MOST_OUTPUT]}, "metadata": {}}
        if type(value) in (int, float):
            return [{"output_type": "execute_result", "execution_count": None, **shown}]
        return [{"output_type": "display_data", **shown}]

    def look_up(self, name: str):
        reply = self.exchange(do="name", name=name)
        if reply.get("missing"):
            raise KeyError(name)
        value = self.value_of(reply)
        if isinstance(value, Remote) and value._type == "module":
            raise TypeError(f"import {name} in the test cell, or in a cell that is locked")
        return value

    def ask(self, **request):
        return self.value_of(self.exchange(**request))

    def call(self, number: int, arguments: tuple, named: dict):
        try:
            sent = [encode(part, refer) for part in (list(arguments), named)]
        except TypeError as error:
            raise TypeError(f"a test gives the student's function {error}") from None
        reply = self.exchange(do="call", number=number, arguments=sent[0], named=sent[1])
        return self.value_of(reply)

    def exchange(self, **request) -> dict:
        left = self._end - time.monotonic()
        if left <= 0:
            raise CellTimeout("the test's time is up")
        self._channel.send({"ask": {**request, "seconds": left}})
        return self._channel.receive()

    def value_of(self, reply: dict):
        if "gone" in reply:
            raise StudentError(f"the student's process is gone: {reply['gone']}")
        if "error" in reply:
            raise raised(reply["error"])
        return decode(reply["value"], self.resolve)

    def resolve(self, content: dict) -> Remote:
        return (RemoteFunction if content["callable"] is True else Remote)(self, content)


def refer(value):
    if isinstance(value, Remote):
        return {"number": value._number}
    raise TypeError(f"a {type(value).__name__}, which is no plain data")


def raised(content: dict) -> Exception:
    """Return the student's error as the nearest of Python's own, never one that ends the judge."""
    text = str(content["text"])
    kinds = [getattr(builtins, str(kind), None) for kind in content["kinds"]]
    if content["type"] == CellTimeout.__name__:
        error = TimeoutError(text)
    elif kinds and isinstance(kinds[0], type) and issubclass(kinds[0], Exception):
        try:
            error = kinds[0](text)
        except TypeError:  # UnicodeDecodeError and its like want more than a text
            error = StudentError(f"{content['type']}: {text}")
    else:
        error = StudentError(f"{content['type']}: {text}")
    if content["trace"]:
        error.add_note(f"In the notebook:\n{content['trace']}")
    return error


def hidden_lines(source: str) -> set[int]:
    """Return the numbers of the lines that nbgrader takes out of the release."""
    hidden, numbers = False, set()
    for number, line in enumerate(source.splitlines(), 1):
        hidden = (hidden or "BEGIN HIDDEN TESTS" in line) and "END HIDDEN TESTS" not in line
        if hidden:
            numbers.add(number)
    return numbers


def without_magics(source: str) -> str:
    """Return a cell as plain Python, as far as it is: IPython's magic lines bind no names."""
    magic = ("%", "!", "?")
    return "\n".join("" if line.lstrip().startswith(magic) else line for line in source.split("\n"))


def main() -> None:
    with contextlib.suppress(AssertionError):
        exec(compile("assert False", "<canary>", "exec"))
        sys.exit("asserts are switched off, so that no test could fail")
    confine(json.loads(sys.argv[1]))
    channel = Channel()
    judge = Judge(channel)
    channel.send({"ready": True})
    while True:
        request = channel.receive()
        try:
            reply = getattr(judge, "do_" + request.pop("do"))(**request)
        except SyntaxError as error:
            reply = {"broken": f"{error}: a locked cell must be plain Python"}
        channel.send(reply)


if __name__ == "__main__":
    main()
