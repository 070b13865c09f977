"""Submissions that students make by mistake or on purpose, and what must become of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.grading.toy import NAME, Submission

#: What a submission leaves running.
SLEEPER = ["sleep", "86417"]
ALL = {"test-double", "test-total", "test-total-hidden", "test-own"}


@dataclass(frozen=True)
class Bad:
    """A submission and what must become of it.

    Attributes
    ----------
    make : callable
        Takes a `Submission` of the release and changes it, in place or to another one.
    lost : set of str
        The tests that give nothing; all others give all their points.
    says : str
        Part of what the summary says about it; where it is flagged, of the reason.
    flagged : bool
        Whether a person is asked to look.
    file : callable, optional
        Takes the file that was handed in, and changes it or its folder.
    shows : str
        Part of what the notebook's outputs hold afterwards.
    hides : str
        What they must not hold.
    """

    make: Callable[[Submission], object]
    lost: set[str] = field(default_factory=set)
    says: str = ""
    flagged: bool = False
    file: Callable[[Path], object] | None = None
    shows: str = ""
    hides: str = "never in an output"


def solved(**others: str):
    return lambda one: one.solve(**others)


def with_cell(source: str, before: str = "total"):
    return lambda one: one.solve().insert(source, before)


def with_change(change):
    """Return what answers every question and then changes the notebook."""

    def make(one):
        change(one.solve())

    return make


def edit(name: str, **values):
    def change(one):
        for key, value in values.items():
            setattr(one[name], key, value)

    return with_change(change)


def remove(name: str):
    return with_change(lambda one: one.notebook.cells.remove(one[name]))


def duplicate(name: str):
    return with_change(lambda one: one.notebook.cells.insert(0, one[name]))


def strip_metadata(one):
    for cell in one.notebook.cells:
        cell.metadata = {}


def points_to_200(one):
    one["test-double"].metadata.nbgrader["points"] = 200


def other_kernel(one):
    one.notebook.metadata.kernelspec = {"name": "ir", "display_name": "R", "language": "R"}


def with_script_in_markdown(one):
    one["essay"].source = (
        "<script>alert('essay')</script><b onclick=alert(1)>bold</b> [go](javascript:alert(2))\n\n"
        r"so $\href{javascript:alert(3)}{x}$"
    )


LATER = {"test-total", "test-total-hidden", "test-own"}
ENDED = {"lost": LATER, "flagged": True}
KILL_PARENT = """\
import os, signal
for number in (os.getppid(), 1, 0, -1):
    try:
        os.kill(number, signal.SIGKILL)
    except OSError:
        pass
"""
FORKS = """\
import os, time
made = 0
try:
    for _ in range(3000):
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        made += 1
except OSError:
    pass
print("made", "too many" if made > 100 else "few")
"""
FILL_DISK = """\
import os
for place in (".", "/tmp", "/dev/shm"):
    try:
        for number in range(200):
            with open(f"{place}/filler-{number}", "wb") as file:
                for _ in range(60):
                    file.write(bytes(1 << 20))
    except OSError as error:
        print(place, "is full" if error.errno == 28 else error)
"""
WRITE_OUTSIDE = """\
from pathlib import Path
for place in ("/", "/usr", "/etc", "/root", "/home", "/packages", "/grader/inside", "$course"):
    try:
        Path(place, "trace-of-a-student").write_text("x")
        print("WROTE", place)
    except OSError:
        pass
"""
READ_ALL = """\
import os, sys
from pathlib import Path
own = (sys.prefix, sys.base_prefix, os.getcwd())
for place in ("$course", "$root", "/root", "/home", "/work", "/etc", "/var", "/srv", "/tmp"):
    for folder, inner, files in os.walk(place):
        inner[:] = [name for name in inner if not os.path.join(folder, name).startswith(own)]
        print(*(f"READ {folder}/{name}" for name in files if not name.startswith("ld.so")))
for file in ("/proc/1/environ", "/proc/1/cwd/etc/passwd", "$course/gradebook.db"):
    try:
        content = Path(file).read_bytes()
        print("READ" if b"SECRET" in content or "environ" not in file else "harmless", file)
    except OSError:
        pass
print("VARIABLES", [name for name in os.environ if "SECRET" in name or "GRADEBOOK" in name])
"""
NETWORK = """\
import socket
for address in (("127.0.0.1", $port), ("1.1.1.1", 53), ("::1", $port)):
    try:
        socket.create_connection(address, 2)
        print("CONNECTED", address)
    except OSError:
        pass
"""
UPDATE_GRADEBOOK = """\
import sqlite3
try:
    book = sqlite3.connect("$course" + "/gradebook.db")
    book.execute("update grade set manual_score = 100")
    book.commit()
    print("UPDATED")
except sqlite3.Error as error:
    print("no gradebook:", error)
"""
STRIP_ASSERTS = """\
import ast, builtins, sys
class Strip(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(Strip())
get_ipython().set_custom_exc((BaseException,), lambda *_: None)
real = builtins.compile
builtins.compile = lambda *a, **k: real(*a, **{**k, "optimize": 2})
builtins.AssertionError = type("Never", (Exception,), {})
"""
EQUAL = """\
class Equal:
    def __eq__(self, other):
        return True
    __ne__ = __lt__ = __gt__ = __call__ = __getattr__ = lambda self, *a, **k: Equal()
    def __bool__(self):
        return True
    def __hash__(self):
        return 1
def double(number):
    return Equal()
"""
EQUAL_INT = """\
class Whole(int):
    def __eq__(self, other):
        return True
    __hash__ = int.__hash__
def double(number):
    return Whole(2)
"""
PATCH = """\
import os
import convlib
import numpy
convlib.conv_output_size = lambda *a, **k: 0
numpy.array_equal = numpy.testing.assert_array_equal = lambda *a, **k: True
os.environ["CONVLIB_STUDENT"] = "correct"
def double(number):
    return 3
"""
PATCH_BUILTINS = """\
import builtins, sys
for name in list(sys.modules):
    if "inside" in name:
        vars(sys.modules[name]).update(encode=lambda *a: 2, decode=lambda *a: 2)
builtins.type = builtins.isinstance = builtins.len = lambda *a, **k: int
"""
FORGED = """\
import json, os
for number in range(3, 30):
    try:
        os.write(number, json.dumps({"outputs": [], "failed": None, "value": 2}).encode() + b"\\n")
    except OSError:
        pass
def double(number):
    return 3
"""


def move_below(*names: str):
    """Return what moves cells to the end of the notebook, below the tests that need them."""

    def change(one):
        for name in names:
            cell = one[name]
            one.notebook.cells.remove(cell)
            one.notebook.cells.append(cell)

    return change


def moved_with_forged_names(one):
    """The checks stand at the end, and the student supplies what the tests compare with."""
    one.solve(double="def double(number):\n    return 0\nnp = __import__('sys')")
    one.insert("largest = 0\nclass np:\n    array_equal = lambda *a: True\n    arange = range")
    move_below("setup")(one)


RECORDS = """\
seen = []
def double(number):
    seen.append(str(number))
    open("seen.txt", "a").write(str(number))
    print("CALLED WITH", number)
    return 2 * number
"""
SHOWS_RECORDS = "print('SEEN', *seen)\nprint(open('seen.txt').read() if seen else '')"
MEMFD = """\
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
hogs = []
try:
    for number in range(4):
        hogs.append(os.memfd_create(f"hog-{number}"))
        for _ in range(1024):
            os.write(hogs[-1], bytes(1 << 20))
    print("HELD 4 GB")
except (OSError, AttributeError) as error:
    print("no memory of that kind:", error)
"""
SHARED = """\
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
made = 0
for number in range(40):
    place = libc.shmget(0, 100 << 20, 0o600 | 0o1000)
    if place < 0:
        break
    address = libc.shmat(place, None, 0)
    ctypes.memset(address, 1, 100 << 20)
    made += 1
print("HELD 4 GB" if made == 40 else "no memory of that kind")
"""
NAMESPACES = """\
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER, CLONE_NEWNS = 0x10000000, 0x00020000
pid = os.fork()
if pid == 0:
    made = libc.unshare(CLONE_NEWUSER | CLONE_NEWNS)
    mounted = libc.mount(b"none", b"/tmp", b"tmpfs", 0, b"size=4g")
    os._exit(0 if made and mounted else 7)
print("MOUNTED" if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) else "no namespace of its own")
"""
TRACES = """\
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
arm = os.uname().machine == "aarch64"
numbers = (117, 219, 425, 280) if arm else (101, 250, 425, 321)
refused = [
    name
    for name, number in zip(("ptrace", "keyctl", "io_uring_setup", "bpf"), numbers)
    if libc.syscall(number, 0, 0, 0, 0, 0) == -1 and ctypes.get_errno() == 1
]
print(*refused, "are refused")
"""
DEEP_HTML = """\
from IPython.display import HTML, display
display(HTML("<b>" * 330_000))
display(HTML("&" * 1_000_000))
"""


#: One of each kind of harm, in one run of `make test`; the rest are long.
QUICK = {
    "correct": Bad(solved()),
    "blank": Bad(lambda one: one, lost=ALL),
    "off-by-one": Bad(
        solved(double="def double(number):\n    return 2 * number + 1"), {"test-double"}
    ),
    "endless-loop": Bad(
        with_cell("while True:\n    pass", "double"), says="stopped after", flagged=True
    ),
    "exit-at-once": Bad(with_cell("import os\nos._exit(0)"), says="exit status 0", **ENDED),
    "tests-edited": Bad(edit("test-double", source="pass"), says="test-double was edited"),
    "memory": Bad(with_cell("hog = [bytearray(1 << 30) for _ in range(12)]"), shows="MemoryError"),
    "reads-all": Bad(with_cell(READ_ALL), shows="VARIABLES []", hides="READ"),
    "cut-off": Bad(
        solved(),
        lost=ALL,
        says="cut off",
        flagged=True,
        file=lambda path: path.write_text(path.read_text()[:-200]),
    ),
    "equal-to-everything": Bad(
        solved(double=EQUAL, total="total = Equal()", own="owner = Equal()"), ALL
    ),
}

LONG = {
    "visible-checks-only": Bad(
        solved(total="def total(numbers):\n    return {(1, 2): 3, (4,): 4}[tuple(numbers)]"),
        {"test-total-hidden"},
    ),
    "loop-in-function": Bad(
        solved(double="def double(number):\n    while True:\n        pass"),
        {"test-double"},
        "test-double was stopped",
        flagged=True,
    ),
    "loop-without-interrupt": Bad(
        with_cell(
            "import signal\n"
            "for number in (signal.SIGINT, signal.SIGALRM, signal.SIGTERM):\n"
            "    signal.signal(number, signal.SIG_IGN)\n"
            "while True:\n    pass"
        ),
        says="did not stop",
        **ENDED,
    ),
    "loop-that-swallows": Bad(
        with_cell(
            "while True:\n"
            "    try:\n        while True:\n            pass\n"
            "    except BaseException:\n        pass"
        ),
        says="did not stop",
        **ENDED,
    ),
    "syntax-error": Bad(
        solved(total="def total(numbers) return sum(numbers)"), {"test-total", "test-total-hidden"}
    ),
    "points-edited": Bad(
        with_change(points_to_200), says="points of test-double were edited to 200"
    ),
    "test-deleted": Bad(remove("test-total"), says="test-total was missing"),
    "test-duplicated": Bad(duplicate("test-total"), says="test-total was there 2 times"),
    "answer-duplicated": Bad(duplicate("total"), says="total was there 2 times"),
    "metadata-stripped": Bad(with_change(strip_metadata), says="test-double had lost its metadata"),
    "answer-deleted": Bad(
        remove("total"), {"test-total", "test-total-hidden"}, "the cell total was missing"
    ),
    "essay-deleted": Bad(remove("essay"), says="essay was missing"),
    "answer-as-text": Bad(edit("total", cell_type="markdown"), says="total had become markdown"),
    "test-as-text": Bad(edit("test-total", cell_type="raw"), says="test-total had become raw"),
    "other-kernel": Bad(with_change(other_kernel)),
    "waits-for-input": Bad(with_cell("answer = input('Your name? ')"), shows="nobody does"),
    "system-exit": Bad(with_cell("import sys\nsys.exit(3)")),
    "segmentation-fault": Bad(
        with_cell("import ctypes\nctypes.string_at(0)"), says="segmentation fault", **ENDED
    ),
    "recursion": Bad(with_cell("def deep():\n    deep()\ndeep()"), shows="RecursionError"),
    "kills-its-parent": Bad(with_cell(KILL_PARENT), says="ended the notebook", **ENDED),
    "background-process": Bad(
        with_cell(
            "import subprocess\n"
            f"subprocess.Popen({SLEEPER}, start_new_session=True)\n"
            "print('started')"
        ),
        shows="started",
    ),
    "fork-bomb": Bad(with_cell(FORKS), shows="made few"),
    "prints-100-mb": Bad(
        with_cell("for _ in range(100):\n    print('x' * (1 << 20))"), shows="left out"
    ),
    "memory-by-many": Bad(
        with_cell(
            "import os, time\n"
            "for _ in range(8):\n"
            "    if os.fork() == 0:\n"
            "        hog = bytearray(b'x') * (300 << 20)\n"
            "        time.sleep(60)\n"
            "time.sleep(8)"
        ),
        says="MB of memory",
        **ENDED,
    ),
    "fills-the-disk": Bad(with_cell(FILL_DISK), shows="/dev/shm is full"),
    "writes-outside": Bad(with_cell(WRITE_OUTSIDE), hides="WROTE"),
    "network": Bad(with_cell(NETWORK), hides="CONNECTED"),
    "updates-gradebook": Bad(with_cell(UPDATE_GRADEBOOK), shows="no gradebook", hides="UPDATED"),
    "renamed": Bad(
        solved(),
        says="handed in as my [bold]? solution.ipynb",
        file=lambda path: path.rename(path.with_name("my [bold]\x1b solution.ipynb")),
    ),
    "empty": Bad(solved(), ALL, "empty file", flagged=True, file=lambda path: path.write_text("")),
    "no-notebook": Bad(
        solved(), ALL, "no notebook", flagged=True, file=lambda path: path.write_text('{"a": 1}')
    ),
    "deep-json": Bad(
        solved(), ALL, "no JSON", flagged=True, file=lambda path: path.write_text("[" * 10**6)
    ),
    "link-to-another": Bad(
        solved(),
        ALL,
        "is a link",
        flagged=True,
        file=lambda path: (
            path.unlink(),
            path.symlink_to(path.parents[2] / "correct" / NAME / f"{NAME}.ipynb"),
        ),
    ),
    "nothing": Bad(solved(), ALL, "was not handed in", flagged=True, file=Path.unlink),
    "shadowing": Bad(
        solved(),
        file=lambda path: [
            path.with_name(name).write_text("raise SystemExit('shadowed')")
            for name in ("numpy.py", "os.py", "json.py", "IPython.py", "inside.py", "convlib.py")
        ],
    ),
    "script-in-output": Bad(
        with_cell(
            "from IPython.display import HTML, Javascript, display\n"
            "display(HTML('<script>alert(1)</script><b>bold</b><img src=x onerror=alert(2)>'))\n"
            "display(Javascript('alert(3)'))"
        ),
        shows="<b>bold</b>",
        hides="<script",
    ),
    "script-in-markdown": Bad(with_change(with_script_in_markdown)),
    "200-mb": Bad(
        solved(),
        ALL,
        "at most 50 MB",
        flagged=True,
        file=lambda path: path.write_text(
            json.dumps({"padding": "x" * (200 << 20)} | json.loads(path.read_text()))
        ),
    ),
    "strips-asserts": Bad(
        lambda one: one.solve(double="def double(number):\n    return 3").insert(STRIP_ASSERTS),
        {"test-double"},
    ),
    "equal-whole-number": Bad(with_cell(EQUAL_INT, "test-double"), {"test-double"}),
    "patches-libraries": Bad(with_cell(PATCH, "test-double"), {"test-double", "test-own"}),
    "patches-builtins": Bad(with_cell(PATCH_BUILTINS), says="ended the notebook", **ENDED),
    "forges-replies": Bad(
        with_cell(FORGED, "test-double"), ALL, "something that is no answer", flagged=True
    ),
    "classmates-notebook": Bad(solved(own="owner = 'correct'"), {"test-own"}),
    "checks-moved-below": Bad(
        moved_with_forged_names, {"test-double"}, "in another order than that of the release"
    ),
    "setup-moved-below": Bad(
        with_change(move_below("setup", "double")), says="in another order than that of the release"
    ),
    "records-what-tests-ask": Bad(
        lambda one: one.solve(double=RECORDS).insert(SHOWS_RECORDS, "total"),
        shows="SEEN 1 3",
        hides="10",
    ),
    "named-tuples": Bad(
        solved(
            total="from collections import namedtuple\nimport enum\n"
            "def total(numbers):\n    Number = enum.IntEnum('Number', {'sum': sum(numbers)})\n"
            "    return Number.sum"
        )
    ),
    "no-text-error": Bad(
        solved(
            total="class Silent(Exception):\n    def __str__(self):\n        raise self\n"
            "def total(numbers):\n    raise Silent"
        ),
        {"test-total", "test-total-hidden"},
    ),
    "too-large-an-answer": Bad(
        solved(total="def total(numbers):\n    return 'x' * (40 << 20)"),
        {"test-total", "test-total-hidden"},
    ),
    "deep-html": Bad(with_cell(DEEP_HTML), shows="more characters are left out", hides="<b><b>"),
    "minus-signs": Bad(with_cell("-" * 200_000 + "1")),
    "memory-shared-by-many": Bad(
        with_cell(
            "import mmap, os, time\n"
            "for _ in range(8):\n"
            "    if os.fork() == 0:\n"
            "        hog = mmap.mmap(-1, 300 << 20)\n"
            "        hog.write(b'x' * (300 << 20))\n"
            "        time.sleep(60)\n"
            "time.sleep(8)"
        ),
        says="MB of memory",
        **ENDED,
    ),
    "memory-files": Bad(with_cell(MEMFD), shows="no memory of that kind", hides="HELD"),
    "shared-memory": Bad(with_cell(SHARED), shows="no memory of that kind", hides="HELD"),
    "namespaces": Bad(with_cell(NAMESPACES), shows="no namespace of its own", hides="MOUNTED"),
    "traces": Bad(with_cell(TRACES), shows="ptrace keyctl io_uring_setup bpf are refused"),
    "half-character": Bad(with_cell("print('\\ud800')\n'\\udfff'")),
    "forks-and-goes-on": Bad(with_cell("import os\nos.fork()\nprint('here')"), shows="here"),
}
