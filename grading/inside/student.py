"""The student's process: runs the cells of a notebook and answers the judge's questions.

Nothing that it sends is trusted. It never sees a test.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from inside.plain import decode, encode
from inside.process import CellTimeout, Channel, confine, deadline, in_copies, prepare, text_of

del sys.path[0]


def as_text(content) -> str:
    """Return what a notebook keeps of a picture, or of anything that JSON does not know."""
    return base64.b64encode(content).decode() if isinstance(content, bytes) else repr(content)


#: Characters that each output counts beside its text, since each takes room in a page.
OUTPUT = 1024


class Recorder:
    """The outputs of the cell that runs, as a notebook keeps them, up to a size."""

    def __init__(self, most: int):
        self.most = most
        self.outputs = None  # nothing is kept

    @contextlib.contextmanager
    def recording(self):
        self.outputs, self.left = [], self.most
        try:
            yield self.outputs
        finally:
            self.outputs = None

    def stream(self, name: str, text: str) -> None:
        if self.outputs is None or self.left <= 0:
            return
        last = self.outputs[-1] if self.outputs else {}
        if last.get("name") != name:
            self.left -= OUTPUT
        kept = text[: max(0, self.left)]
        self.left -= len(kept)
        if self.left <= 0:
            kept += f"\n... the rest of the output is left out: more than {self.most} characters"
        if last.get("name") == name:
            last["text"] += kept
        else:
            self.outputs.append({"output_type": "stream", "name": name, "text": kept})

    def rich(self, kind: str, data: dict, metadata: dict | None, **more) -> None:
        if self.outputs is None:
            return
        content = json.dumps([data, metadata or {}], default=as_text)
        had = self.left
        self.left -= len(content) + OUTPUT
        if had <= 0:
            return
        if self.left <= 0:
            content = '[{"text/plain": "... an output is left out: the cell shows too much"}, {}]'
        data, metadata = json.loads(content)
        self.outputs.append({"output_type": kind, "data": data, "metadata": metadata, **more})

    def error(self, kind, error, lines: list[str]) -> None:
        if self.outputs is not None:
            text = text_of(error)
            lines = [line[:5000] for line in lines[:100]]
            failure = {"ename": kind.__name__, "evalue": text, "traceback": lines}
            self.outputs.append({"output_type": "error", **failure})


class Stream(io.TextIOBase):
    """Standard output or error of the notebook."""

    def __init__(self, recorder: Recorder, name: str):
        self._recorder, self._name = recorder, name

    def writable(self) -> bool:
        return True

    def write(self, text) -> int:
        self._recorder.stream(self._name, str(text))
        return len(text)


class NoInput(io.TextIOBase):
    """Standard input of the notebook: nobody is there to type."""

    def readline(self, size=-1):
        raise RuntimeError("input() waits for somebody to type, and nobody does during grading")


def make_shell(recorder: Recorder):
    """Return IPython's shell, without history, that shows everything to the recorder."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets import Type
    from traitlets.config import Config

    publisher, hook = _displays(recorder)

    class Shell(InteractiveShell):
        display_pub_class = Type(publisher)
        displayhook_class = Type(hook)
        system = InteractiveShell.system_piped

        def _showtraceback(self, etype, evalue, stb):
            recorder.error(etype, evalue, stb)

        def ask_exit(self):
            """Go on: a notebook that says `exit` is graded to its end."""

    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "nocolor"
    return Shell.instance(config=settings)


def _displays(recorder: Recorder):
    """Return the classes that show what `display` is given, and what a cell ends with."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher

    class Publisher(DisplayPublisher):
        def publish(self, data, metadata=None, *_, **__):
            recorder.rich("display_data", data, metadata)

        def clear_output(self, wait=False):
            if recorder.outputs:
                recorder.outputs.clear()

    class Hook(DisplayHook):
        def start_displayhook(self):
            pass

        def write_output_prompt(self):
            pass

        def write_format_data(self, format_dict, md_dict=None):
            recorder.rich("execute_result", format_dict, md_dict, execution_count=None)

        def finish_displayhook(self):
            pass

    return Publisher, Hook


class Student:
    """Answers to the grader's and the judge's requests."""

    def __init__(self, settings: dict):
        self.recorder = Recorder(settings["output_kb"] * 1024)
        sys.stdout, sys.stderr = Stream(self.recorder, "stdout"), Stream(self.recorder, "stderr")
        sys.stdin = NoInput()
        self.shell = make_shell(self.recorder)
        self.longest = settings["answer_mb"] << 20
        self.objects: list = []
        self.count = 0

    def answer(self, number: int, do: str, seconds: float, **request) -> bytes:
        """Return the answer to a question, as a line; one that is too long says so instead."""
        try:
            with deadline(seconds):
                answer = as_line(getattr(self, f"do_{do}")(**request), number)
                if do != "run" and len(answer) > self.longest:
                    size, most = len(answer) >> 20, self.longest >> 20
                    raise ValueError(f"the answer is too large: {size} MB, where {most} MB may be")
                return answer
        except BaseException as error:  # the student's code may raise anything
            return as_line({"error": self.described(error)}, number)

    def do_run(self, source: str) -> dict:
        with self.recorder.recording() as outputs:
            self.shell.run_cell(source, store_history=True)
        self.count += 1
        for output in outputs:
            if "execution_count" in output:
                output["execution_count"] = self.count
        return {"outputs": outputs, "count": self.count}

    def do_name(self, name: str) -> dict:
        if name not in self.shell.user_ns:
            return {"missing": True}
        return {"value": encode(self.shell.user_ns[name], self.refer)}

    def do_attribute(self, place: int, name: str) -> dict:
        return {"value": encode(getattr(self.objects[place], name), self.refer)}

    def do_calls(self, place: int, calls: list) -> dict:
        """Answer as many calls of a function as there is time for, and room in one message."""
        answers = []
        for call in calls:
            try:
                arguments, named = decode(call, self.resolve)
                answers.append(
                    {"value": encode(self.objects[place](*arguments, **named), self.refer)}
                )
            except BaseException as error:  # the student's code may raise anything
                answers.append({"error": self.described(error)})
                if isinstance(error, CellTimeout):
                    break
        while len(answers) > 1 and len(json.dumps(answers)) > self.longest:
            del answers[len(answers) // 2 :]
        return {"each": answers}

    def refer(self, value) -> dict:
        """Return what the judge may know of an object that stays here."""
        self.objects.append(value)
        name = getattr(value, "__name__", None) if callable(value) else None
        return {
            "place": len(self.objects) - 1,
            "type": type(value).__name__[:80],
            "name": name[:80] if isinstance(name, str) else None,
            "callable": callable(value),
        }

    def resolve(self, content: dict):
        return self.objects[content["place"]]

    def described(self, error: BaseException) -> dict:
        kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"]
        own = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame)]
        lines = traceback.format_list(own[-10:])
        return {
            "kinds": kinds,
            "type": type(error).__name__,
            "text": text_of(error),
            "trace": "".join(lines)[:5000],
        }


def _is_own(frame) -> bool:
    return Path(frame.filename).parent != Path(__file__).parent


def as_line(answer: dict, number: int) -> bytes:
    return json.dumps({"number": number, **answer}).encode() + b"\n"


def serve(channel: Channel, student: Student) -> None:
    """Answer questions until the grader asks for a fresh copy, or ends."""
    mine = os.getpid()
    channel.send({"number": 0, "ready": True})
    while (request := channel.receive())["do"] != "leave":
        line = student.answer(**request)
        if os.getpid() != mine:  # a copy that the notebook forked and never ended
            os._exit(0)
        channel.write(line)


def main() -> None:
    settings = json.loads(sys.argv[1])
    confine(settings)
    prepare(settings)
    channel = Channel()
    student = Student(settings)
    in_copies(lambda: serve(channel, student))


if __name__ == "__main__":
    main()
