"""The judge: runs the test cells, in a process that holds nothing of the student's.

A test's names are its own, those of the cells that a student may not edit, and Python's; the names
that answers bind are asked of the student's process, and arrive as plain data.
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
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from inside.plain import decode, encode
from inside.process import CellTimeout, Channel, confine, deadline, in_copies, prepare, text_of

del sys.path[0]

MOST_OUTPUT = 100_000
#: How many calls of a student's function are asked for in one message.
MOST_AT_ONCE = 64


class StudentError(Exception):
    """What a student's code raised, where Python has no class of its own for it."""


class Remote:
    """An answer that is no plain data; it stays in the student's process.

    It has attributes, but no value: to compare it, or to ask whether it is true, is an error, so
    that an object made to be equal to everything is equal to nothing.
    """

    def __init__(self, judge, content):
        self._judge, self._place = judge, int(content["place"])
        self._type = str(content["type"])[:80]
        name = content["name"]
        if isinstance(name, str) and name[:80].isidentifier():  # it may stand in what tests print
            self.__name__ = name[:80]

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self._judge.ask(do="attribute", place=self._place, name=name)

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
        return self._judge.call(self._place, arguments, named)

    def __call_each__(self, calls):
        """Yield what it gives for each of some calls, or its errors: asked for many at a time."""
        return self._judge.call_each(self._place, calls)

    def __bool__(self):
        return True


class Names(dict):
    """The global names of test cells."""

    def __init__(self, judge):
        # IPython's list of the cells that ran: here the student cannot change it.
        super().__init__(__name__="__main__", __builtins__=builtins, In=[""])
        self._judge = judge
        self._statements: dict[str, list] = {}
        self.answers: set[str] | None = None  # those that students bind; None: they may bind any

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
        if self.answers is None:  # a check at home, which trusts nobody's release
            if hasattr(builtins, name):
                raise KeyError(name)
            return self._judge.look_up(name)
        if name not in self.answers:
            raise KeyError(name)
        try:
            return self._judge.look_up(name)
        except KeyError:  # not Python's own of that name: nobody has answered
            raise NameError(f"name {name!r} is not defined") from None


class Judge:
    """Runs test cells and asks the student's process for what they need."""

    def __init__(self, channel: Channel, settings: dict):
        self._channel = channel
        self._grace = settings["grace_seconds"]
        self._names = Names(self)
        self._end = 0.0
        self._asked = 0

    def test(self, cells: list[dict], source: str, name: str, seconds: float, answers) -> dict:
        """Return the outputs of a test cell, whether it failed, and whether its time was up.

        Parameters
        ----------
        cells : list of dict
            The cells since the last test: `source`, and whether they are `ours`.
        source, name : str
            The test.
        seconds : float
            The time it has.
        answers : list of str or None
            The names that may be asked of the student.
        """
        self._names.answers = None if answers is None else set(answers)
        for cell in cells:
            self._note(**cell)
        filename = f"<{name}>"
        self._names["In"].append(source)
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        self._end = time.monotonic() + seconds
        printed = io.StringIO()
        outputs, failed, late = [], False, False
        try:
            # Later than the grader gives up the student, so that no answer can come after it.
            with deadline(seconds + 2 * self._grace), contextlib.redirect_stdout(printed):
                outputs = self._run(source, filename)
        except BaseException as error:
            failed, late = True, isinstance(error, CellTimeout | TimeoutError)
            outputs = [shown_error(error)]
        if printed.getvalue():
            text = printed.getvalue()[:MOST_OUTPUT]
            outputs.insert(0, {"output_type": "stream", "name": "stdout", "text": text})
        with contextlib.suppress(SyntaxError):
            self._names.trust(source, filename)
        return {"outputs": outputs, "failed": failed, "late": late}

    def _note(self, source: str, ours: bool) -> None:
        """Take note of a cell that ran in the student's process before the test."""
        self._names["In"].append(source)
        if ours:
            source = as_python(source)
            for name in self._names.trust(source, f"<cell {len(self._names['In']) - 1}>"):
                self._names.pop(name, None)  # bound anew: what an earlier cell made of it is past

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

    def call(self, place: int, arguments: tuple, named: dict):
        (result,) = self.call_each(place, [(arguments, named)])
        if isinstance(result, Exception):
            raise result
        return result

    def call_each(self, place: int, calls: Iterable[tuple[tuple, dict]]) -> Iterator:
        """Yield what a function of the student's gives for each of some calls, or its error."""
        waiting, at_once = list(calls), 1
        while waiting:
            try:
                sent = [encode([list(inputs), named], refer) for inputs, named in waiting[:at_once]]
            except TypeError as error:
                raise TypeError(f"a test gives the student's function {error}") from None
            reply = self.exchange(do="calls", place=place, calls=sent)
            answers = reply.get("each", [reply])[:at_once]
            for answer in answers:
                try:
                    yield self.value_of(answer)
                except Exception as error:
                    yield error
            waiting = waiting[len(answers) :]
            at_once = min(2 * at_once, MOST_AT_ONCE)

    def exchange(self, **request) -> dict:
        left = self._end - time.monotonic()
        if left <= 0:
            raise CellTimeout("the test's time is up")
        self._asked += 1
        self._channel.send({"ask": {**request, "seconds": left}, "number": self._asked})
        while (message := self._channel.receive()).get("answer") != self._asked:
            pass  # an answer to a question whose time was up
        return message["reply"]

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
        return {"place": value._place}
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


def shown_error(error: BaseException) -> dict:
    """Return the output of a test that failed: what notebooks say of an error."""
    trace = traceback.TracebackException.from_exception(error)
    trace.stack = traceback.StackSummary.from_list(
        [frame for frame in trace.stack if frame.filename.startswith("<")]
    )
    lines = "".join(trace.format()).splitlines()
    failure = {"ename": type(error).__name__, "evalue": text_of(error)}
    return {"output_type": "error", **failure, "traceback": lines[:100]}


def as_python(source: str) -> str:
    """Return a cell as plain Python: IPython's own syntax, where there is any, as calls."""
    try:
        ast.parse(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        return TransformerManager().transform_cell(source)
    return source


def main() -> None:
    with contextlib.suppress(AssertionError):
        exec(compile("assert False", "<canary>", "exec"))
        sys.exit("asserts are switched off, so that no test could fail")
    settings = json.loads(sys.argv[1])
    confine(settings)
    prepare(settings)
    channel = Channel()
    in_copies(lambda: serve(channel, settings))


def serve(channel: Channel, settings: dict) -> None:
    """Run tests until the grader asks for a fresh copy, or ends."""
    judge = Judge(channel, settings)
    channel.send({"number": 0, "ready": True})
    while (action := (message := channel.receive()).pop("do", None)) != "leave":
        # What a student's process sent stands inside of an answer: it is never a thing to do.
        if action == "test":
            channel.send(judge.test(**message))


if __name__ == "__main__":
    main()
