"""Run the cells of a page in the reader's browser: what the page's worker calls.

A cell's results leave as they are made, as JSON: ``{"kind": "stream", "name", "text"}``,
``{"kind": "result", "html"}`` or ``{"kind": "error", "ename", "evalue", "text"}``.
"""

from __future__ import annotations

import ast
import builtins
import json
import linecache
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from html import escape
from rlcompleter import Completer
from typing import Any

#: Seconds between two messages of a cell that prints without end, and letters that it may print.
PAUSE, MOST = 0.1, 200_000
#: What results are asked for, the best first.
FORMS = ("_repr_html_", "_repr_svg_")
NO_BUILD = {
    "torch": "PyTorch has no build for browsers: this cell needs Binder, or your own notebook.",
    "ipywidgets": "Widgets need a notebook; in the page, explorers show their page form.",
}


class Stream:
    """What `print` writes to: text that leaves in a few messages."""

    encoding = "utf-8"

    def __init__(self, name: str, send: Callable[[dict], None]) -> None:
        self.name, self.send = name, send
        self.waiting: list[str] = []
        self.length, self.since = 0, time.monotonic()

    def write(self, text: str) -> int:
        """Take text, and send what has waited long enough."""
        if self.length <= MOST:
            self.waiting.append(text)
            self.length += len(text)
            if self.length > MOST:
                self.waiting.append("\n… more than the page can show.\n")
        if time.monotonic() - self.since > PAUSE:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Send what waits."""
        self.since = time.monotonic()
        if self.waiting:
            self.send({"kind": "stream", "name": self.name, "text": "".join(self.waiting)})
            self.waiting.clear()

    def isatty(self) -> bool:
        """Return that this is no terminal."""
        return False


class Cells:
    """The memory that the cells of a page share, and how they run.

    Parameters
    ----------
    post
        Takes each result, as JSON.
    """

    def __init__(self, post: Callable[[str], None]) -> None:
        self.post = post
        self.names: dict[str, Any] = {}
        self.forget()

    def forget(self) -> None:
        """Begin with an empty memory."""
        self.names.clear()
        self.names |= {"__name__": "__main__", "__builtins__": builtins, "display": self.display}

    def send(self, result: dict) -> None:
        """Hand out a result."""
        self.post(json.dumps(result))

    def run(self, name: str, code: str) -> str:
        """Run a cell; return ``""``, or the name of the module that it lacked.

        Parameters
        ----------
        name
            What the reader knows the cell by: ``"cell 3"``.
        """
        file = f"<{name}>"
        # A function of this cell that fails in a later one shows its line.
        linecache.cache[file] = (len(code), None, code.splitlines(True), file)
        out, errors = Stream("stdout", self.send), Stream("stderr", self.send)
        missing = ""
        with redirect_stdout(out), redirect_stderr(errors):
            try:
                self.send({"kind": "begun"})  # from here on, an interrupt ends this cell
                self._execute(file, code)
                self._show_figures()
            except BaseException as error:  # whatever it is, the reader is told
                out.flush()
                if isinstance(error, ImportError):
                    missing = (error.name or "").partition(".")[0]
                self.send({"kind": "error", **told(error)})
        out.flush()
        errors.flush()
        return missing

    def _execute(self, file: str, code: str) -> None:
        tree = ast.parse(code, file)
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr) and not code.rstrip().endswith(";"):
            last = ast.Expression(tree.body.pop().value)
        exec(compile(tree, file, "exec"), self.names)
        if last:
            value = eval(compile(last, file, "eval"), self.names)
            if value is not None:
                self.names["_"] = value
                self.display(value)

    def display(self, *values: Any) -> None:
        """Show values as the last line of a cell shows its own."""
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for value in values:
            self.send({"kind": "result", "html": shown(value)})

    def _show_figures(self) -> None:
        """Show the figures that pyplot holds, as notebooks do."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot:
            for number in pyplot.get_fignums():
                self.display(pyplot.figure(number))
            pyplot.close("all")

    def prepare(self) -> None:
        """Keep matplotlib from telling that it looks for its fonts."""
        import logging

        logging.getLogger("matplotlib").setLevel(logging.ERROR)

    def bring(self, code: str) -> None:
        """Import what a cell imports, without running it: it needs what browsers do not have."""
        for line in ast.parse(code).body:
            if isinstance(line, ast.Import | ast.ImportFrom):
                with suppress(ImportError):
                    exec(compile(ast.Module([line], []), "<cell>", "exec"), self.names)

    def complete(self, code: str, position: int) -> str:
        """Return the names that the word before a position may become, and where it begins.

        Parameters
        ----------
        position
            In the code of the cell, in characters.

        Returns
        -------
        str
            JSON of ``[names, start]``.
        """
        start = position
        while start and (code[start - 1].isalnum() or code[start - 1] in "._"):
            start -= 1
        word = code[start:position]
        completer, found = Completer(self.names), []
        while word and len(found) < 200:
            name = completer.complete(word, len(found))
            if name is None:
                break
            found.append(name)
        names = sorted(
            {name.rstrip("() :") for name in found}, key=lambda name: (name[:1] == "_", name)
        )
        at = word.rfind(".") + 1
        return json.dumps([[name[at:] for name in names if name != word], start + at])


def shown(value: Any) -> str:
    """Return a value as HTML: its own form, or its text.

    Examples
    --------
    >>> shown(1 < 2)
    '<div class="output text_plain"><pre tabindex="0">True</pre></div>'
    """
    from_form = _bundle(value)
    for form in FORMS:
        made = from_form.get(form) or _called(value, form)
        if made:
            kind = "text_html" if form == "_repr_html_" else "image_svg"
            return f'<div class="output {kind}">{made}</div>'
    if type(value).__module__.partition(".")[0] == "matplotlib" and hasattr(value, "savefig"):
        return f'<div class="output image_svg">{_figure(value)}</div>'
    return f'<div class="output text_plain"><pre tabindex="0">{escape(_text(value))}</pre></div>'


def _bundle(value: Any) -> dict[str, str]:
    made = _called(value, "_repr_mimebundle_")
    if not isinstance(made, dict):
        return {}
    return {"_repr_html_": made.get("text/html"), "_repr_svg_": made.get("image/svg+xml")}


def _called(value: Any, form: str) -> Any:
    method = getattr(type(value), form, None)
    return method(value) if method else None


def _figure(figure: Any) -> str:
    from io import StringIO

    file = StringIO()
    figure.savefig(file, format="svg", bbox_inches="tight")
    svg = file.getvalue()
    return svg[svg.index("<svg") :]


def _text(value: Any) -> str:
    """Return the text of a value; containers of some length are set in lines, as notebooks do.

    NumPy's whole numbers have 32 bits here where they have 64 elsewhere, and it names the type that
    is not the usual one: of 64 it need not be said.
    """
    text = repr(value).replace(", dtype=int64)", ")")
    if len(text) > 79 and isinstance(value, list | tuple | dict | set):
        from pprint import pformat

        return pformat(value, width=79, sort_dicts=False)
    return text


def told(error: BaseException) -> dict[str, str]:
    """Return an error as its name, what it says, and a traceback of the reader's own lines."""
    name, says = type(error).__name__, str(error)
    if isinstance(error, ModuleNotFoundError) and error.name in NO_BUILD:
        says = f"{says}. {NO_BUILD[error.name]}"
    lines = []
    if isinstance(error, SyntaxError) and error.filename and error.filename.startswith("<"):
        text = (error.text or "").rstrip("\n")
        lines.append(f"{error.filename.strip('<>')}, line {error.lineno}")
        lines.append(f"    {text}")
        if error.offset:
            lines.append(" " * (3 + error.offset) + "^")
        says = error.msg
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith("<cell ") or frame.filename.startswith("<a hidden cell"):
            within = "" if frame.name == "<module>" else f", in {frame.name}"
            lines.append(f"{frame.filename.strip('<>')}, line {frame.lineno}{within}")
            lines.append(f"    {frame.line}")
    lines.append(f"{name}: {says}" if says else name)
    return {"ename": name, "evalue": says, "text": "\n".join(lines)}


def explore(name: str, asked: str) -> str:
    """Return the parts of an explorer's picture, as JSON; see `convlib.explorers.asking`.

    Parameters
    ----------
    asked
        JSON of ``{"texts", "own"}``.
    """
    from convlib.explorers import EXPLORERS
    from convlib.explorers.asking import answer

    return json.dumps(answer(EXPLORERS[name], **json.loads(asked)))
