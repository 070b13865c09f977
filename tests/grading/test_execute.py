"""The two processes of a notebook: what a test may rely on, and what a student cannot reach."""

from __future__ import annotations

import enum
import json
import os
import random
import re
import signal
from collections import OrderedDict
from typing import NamedTuple

import numpy as np
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from grading.execute import execute
from grading.inside.judge import raised
from grading.inside.plain import decode, encode
from grading.messages import NoAnswerError, answer_of
from grading.sandbox import Limits, Sandbox, SandboxFailedError, find_sandbox
from tests.grading import toy
from tests.waiting import wait_for


def refuse(value):
    raise TypeError(value)


def there_and_back(value):
    return decode(json.loads(json.dumps(encode(value, refuse))), refuse)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        7,
        10**30,
        0.1,
        float("inf"),
        2 - 3j,
        "é\n",
        b"\x00\xff",
        [1, [2.0, "3"]],
        (1, (2,)),
        {"a": 1, (2, 3): [4]},
        {1, 2},
        frozenset({3}),
        range(2, 9, 3),
        slice(1, None),
        ...,
        np.float32(0.5),
        np.int64(3),
        np.bool_(True),
    ],
)
def test_plain_data_keeps_value_and_type(value):
    back = there_and_back(value)
    assert type(back) is type(value)
    assert back == value


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.int8).reshape(2, 3),
        np.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1),
        np.array([[True, False]]),
        np.zeros((0, 3), dtype=np.float32),
        np.array(5),
        np.array(["a", "bc"]),
        np.array([1 + 2j]),
    ],
)
def test_arrays_keep_values_dtype_and_shape(array):
    back = there_and_back(array)
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)
    back[...] = 0  # an array like any other: it can be written to


@pytest.mark.parametrize(
    "value", [np.array([object()]), type("Own", (), {})(), np.ma.array([1]), len, np, Exception]
)
def test_anything_else_stays_where_it_is(value):
    with pytest.raises(TypeError):
        encode(value, refuse)


@pytest.mark.parametrize(
    "forged",
    [
        {"pickle": "x"},
        {"array": ["O", [1], "AAAAAAAAAAA="]},
        {"array": ["<i8", [2], "AAAAAAAAAAA="]},
        {"array": ["<i8", [-1], "AAAAAAAAAAA="]},
        {"array": ["|V8", [1], "AAAAAAAAAAA="]},
        {"bytes": "no base64!"},
        {"int": 3, "str": 4},
        {},
        {"dict": [[[1], 2]]},
    ],
)
def test_forged_data_is_refused(forged):
    with pytest.raises((ValueError, TypeError)):
        decode(forged, refuse)


class Pair(NamedTuple):
    """Two numbers with names."""

    height: int
    width: float


class Whole(enum.IntEnum):
    """A number with a name."""

    three = 3


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Pair(3, 0.5), (3, 0.5)),
        ([Pair(1, 2.0)], [(1, 2.0)]),
        (Whole.three, 3),
        (OrderedDict(a=1), {"a": 1}),
        (np.str_("same"), np.str_("same")),
        (type("Text", (str,), {})("same"), "same"),
        (10**5000, 10**5000),
        (-(10**5000), -(10**5000)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_says_the_same_as_plain_data_is_plain(value, plain):
    back = there_and_back(value)
    assert type(back) is type(plain)
    assert back == plain


@pytest.mark.parametrize(
    "value",
    [
        np.array([[1, 2]]).view(np.matrix),
        torch.tensor([[1, 2]]),
        torch.tensor([[1.0, 2.0]], requires_grad=True),
        np.array([[1, 2]]).view(np.recarray),
    ],
)
def test_what_can_be_an_array_is_one(value):
    back = there_and_back(value)
    assert type(back) is np.ndarray
    np.testing.assert_array_equal(back, [[1, 2]])


def test_a_forged_truth_value_is_true_or_false():
    (value,) = decode({"array": ["|b1", [1], "Ag=="]}, refuse)
    assert value.tobytes() == b"\x01"


def test_errors_come_as_pythons_own():
    content = {"kinds": ["ValueError", "Exception"], "type": "Own", "text": "no", "trace": ""}
    assert type(raised(content)) is ValueError
    for kind in ("SystemExit", "KeyboardInterrupt", "int", "exec", "UnicodeDecodeError", "Nowhere"):
        error = raised(content | {"kinds": [kind]})
        assert isinstance(error, Exception)
        assert str(error) == "Own: no"


# --- A whole notebook -----------------------------------------------------------------------------

SETUP = "import numpy as np\nlimit = 5\ndef helper(x):\n    return x * limit"
STUDENT = """\
import enum
class Whole(enum.IntEnum):
    three = 3
class Shape:
    sides = 4
    def grown(self, by):
        return self.sides + by
def double(x):
    return 2 * x
def fails(x):
    raise ZeroDivisionError('by zero, ' + str(x))
def helper(x):
    return 'not the real one'
def leak(x):
    print('LEAK', x)
    return x
np.array_equal = lambda *a: True
limit = 100
whole, shape, text, table = Whole.three, Shape(), 'abc', np.arange(6).reshape(2, 3)
In[:] = ['', 'forged = 1']
"""
TESTS = {
    "types": "assert type(double(2)) is int and type(double(2.0)) is float",
    "arrays": "assert double(table).tolist() == [[0, 2, 4], [6, 8, 10]]\n"
    "assert table.dtype.kind == 'i'",
    "own-names-win": "assert helper(2) == 10 and limit == 5",
    "libraries-are-whole": "assert not np.array_equal([1], [2])",
    "errors-keep-their-kind": "try:\n    fails(3)\nexcept ZeroDivisionError as error:\n"
    "    assert str(error) == 'by zero, 3'\nelse:\n    assert False",
    "objects": "assert shape.sides == 4 and shape.grown(2) == 6",
    "cells-that-ran": "assert any('Whole' in cell for cell in In)\nassert 'forged = 1' not in In",
    "later-tests-use-earlier-names": "assert kept == 6",
    "partial": "2.5",
    "silent": "leak('a hidden input')",
    "an-enumeration": "assert whole == 3 and type(whole) is int",
}
FAIL = {
    "an-object-that-is-none": "assert shape == 3",
    "truth-of-an-object": "assert shape",
    "unknown": "nowhere",
    "a-module-of-the-student": "enum.IntEnum",
    "given-a-function": "double(lambda: 1)",
    "the-canary": "assert False",
    "no-python": "assert (",
}


@pytest.fixture(scope="module")
def ran():
    """A notebook with cells of a student's and tests of all kinds, after it ran."""
    about = {"schema_version": 3, "solution": False, "task": False, "locked": True, "points": 3}
    cells = [
        new_code_cell(SETUP, metadata={"nbgrader": about | {"grade": False, "grade_id": "setup"}}),
        new_code_cell(STUDENT),
    ]
    tests = {"first": "kept = double(3)"} | TESTS | FAIL
    for name, source in tests.items():
        metadata = {"nbgrader": about | {"grade": True, "grade_id": name}}
        cells.append(new_code_cell(source, metadata=metadata))
    notebook = new_notebook(cells=cells)
    outcome = execute(notebook, "ada", "ps", find_sandbox(), Limits(cell_seconds=60))
    assert outcome.problems == []
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if cell.metadata}


@pytest.mark.parametrize("name", TESTS)
def test_a_test_cell_that_holds_earns_its_points(ran, name):
    assert determine_grade(ran[name]) == (2.5 if name == "partial" else 3, 3), ran[name].outputs


@pytest.mark.parametrize("name", FAIL)
def test_a_test_cell_that_fails_earns_nothing(ran, name):
    assert determine_grade(ran[name]) == (0, 3)
    assert ran[name].metadata["grading"] == {"failed": "visible"}


def test_a_test_names_what_is_not_plain_data(ran):
    said = ran["an-object-that-is-none"].outputs[0].evalue
    assert said == "the answer is of type Shape, where plain data is expected"
    assert "import enum in the test cell" in ran["a-module-of-the-student"].outputs[0].evalue
    assert re.search("function.*no plain data", ran["given-a-function"].outputs[0].evalue)


def test_what_functions_print_while_tests_call_them_is_dropped(ran):
    assert "LEAK" not in str(ran["silent"].outputs)


# --- What is kept from students -------------------------------------------------------------------

PLAIN = {"schema_version": 3, "grade": False, "solution": False, "task": False, "locked": False}


def cell(source: str, name: str = "", **kinds):
    """Return a cell: one of the student's own, or one that nbgrader looks after."""
    about = {"nbgrader": PLAIN | {"grade_id": name} | kinds} if name else {}
    return new_code_cell(source, metadata=about)


def graded_cell(source: str, name: str = "test"):
    return cell(source, name, grade=True, locked=True, points=3)


def hidden(source: str, seen: str = "") -> str:
    return f"{seen}\n### BEGIN HIDDEN TESTS\n{source}\n### END HIDDEN TESTS"


def run(*cells, limits: Limits | None = None, answers=None, sandbox: Sandbox | None = None):
    """Return the cells after a run, and what happened."""
    notebook = new_notebook(cells=list(cells))
    sandbox = sandbox or find_sandbox()
    outcome = execute(notebook, "ada", "ps", sandbox, limits, None, answers)
    return notebook.cells, outcome


def test_what_a_function_was_called_with_is_shown_nowhere():
    keep = "seen = []\ndef double(x):\n    seen.append(x)\n    return 2 * x"
    cells, outcome = run(
        cell(keep),
        graded_cell(hidden("assert double(77) == 154", "assert double(5)")),
        cell("print(seen)"),
    )
    assert determine_grade(cells[1]) == (3, 3)
    assert "[5]" in str(cells[2].outputs)
    assert "77" not in str([one.outputs for one in cells])
    assert outcome.problems == []


def test_what_the_first_run_leaves_behind_is_gone_in_the_second():
    cells, _ = run(
        cell("open('once', 'x').close()\nimport os\nos.mkdir('folder')\ndone = 1"),
        graded_cell(hidden("assert done == 1")),
    )
    assert determine_grade(cells[1]) == (3, 3)


def test_in_a_container_all_that_a_notebook_started_ends_with_it(monkeypatch, tmp_path):
    """Its processes have copies there, and no namespace that would end them; some may get away."""
    monkeypatch.setattr("grading.sandbox._is_root", lambda: False)  # root's Python may be closed
    away = f"""import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
if not (gone := os.fork()):
    os.setsid()
    if (last := os.fork()):
        with open({str(tmp_path / "pids")!r}, "w") as pids:
            pids.write(f"{{child.pid}} {{os.getppid()}} {{last}}")
        os._exit(0)
    time.sleep(600)
os.waitpid(gone, 0)
done = 1"""
    test = graded_cell(hidden("assert done == 1"))
    limits = Limits(grace_seconds=1)
    cells, outcome = run(cell(away), test, limits=limits, sandbox=Sandbox(contained=True))
    assert determine_grade(cells[1]) == (3, 3)
    assert outcome.problems == []
    *started, last = map(int, (tmp_path / "pids").read_text().split())
    wait_for(lambda: not any(map(toy.is_alive, started)), "the end of what it started")
    os.kill(last, signal.SIGKILL)  # a container ends this one


def test_a_helper_in_sight_shows_no_hidden_line():
    helper = "def check(n, m):\n    assert double(n) == m, f'double({n}) should be {m}'"
    cells, _ = run(
        cell("def double(x):\n    return 0 if x else 0"),
        cell(helper, "helper", locked=True),
        graded_cell(hidden("check(77, 154)", "check(0, 0)")),
    )
    assert determine_grade(cells[2]) == (0, 3)
    assert cells[2].metadata["grading"] == {"failed": "hidden"}
    cells, _ = run(
        cell("def double(x):\n    return 1"),
        cell(helper, "helper", locked=True),
        graded_cell(hidden("check(77, 154)", "check(0, 0)")),
    )
    assert "double(0) should be 0" in cells[2].outputs[0].evalue
    assert "77" not in str(cells[2].outputs)
    assert cells[2].metadata["grading"] == {"failed": "visible"}


def test_only_what_answers_bind_is_asked_of_the_student():
    forged = "def reference(x):\n    return answer(x)\ndef answer(x):\n    return 0"
    test = graded_cell("assert answer(2) == reference(2)")
    cells, _ = run(cell(forged), test, answers=frozenset({"answer"}))
    assert cells[1].outputs[0].ename == "NameError"
    assert determine_grade(cells[1]) == (0, 3)


def test_an_answer_that_is_missing_is_not_pythons_own_of_that_name():
    test = graded_cell("assert sum([1, 2]) == 3")
    cells, _ = run(cell("pass"), test, answers=("sum",))
    assert cells[1].outputs[0].ename == "NameError"
    cells, _ = run(cell("def sum(numbers):\n    return 7"), test, answers=("sum",))
    assert cells[1].outputs[0].ename == "AssertionError"


def test_the_name_of_a_function_says_nothing_to_the_instructor():
    forged = "def double(x):\n    return 2 * x\ndouble.__name__ = 'x\\nNote: full points please'"
    test = "from convlib.exercises.check import check_function\n"
    test += "print(check_function(double, lambda x: 2 * x, [1]))"
    notebook = new_notebook(cells=[cell(forged), graded_cell(test)])
    execute(notebook, "ada", "ps", find_sandbox(("convlib",)))
    assert notebook.cells[1].outputs[0].text == "your function: 1 case agrees\n"


LATE = """\
import sys, time
Channel = sys.modules["inside.process"].Channel
real = Channel.write
def late(self, line):
    if b'"value"' in line:
        time.sleep(1.9)
        line = b'{"do": "test", "cells": [], "source": "2 + 3", "name": "x", "seconds": 5,'
        line += b' "answers": null, "pad": "' + b"x" * (20 << 20) + b'"}\\n'
    real(self, line)
Channel.write = late
def double(x):
    return 0
"""


def test_a_late_reply_is_no_command():
    tests = [graded_cell("assert double(2) == 4", f"test-{number}") for number in range(3)]
    limits = Limits(cell_seconds=1, grace_seconds=1)
    cells, outcome = run(cell(LATE), *tests, limits=limits)
    assert [determine_grade(one) for one in cells[1:]] == [(0, 3)] * 3
    assert "ended the notebook" in outcome.problems[0]


def test_after_a_time_out_the_judge_begins_anew_and_knows_what_ran():
    setup = cell("def helper(x):\n    return 2 * x", "setup", locked=True)
    slow = graded_cell("kept = double(1)\nwhile True:\n    pass", "slow")
    after = graded_cell("assert helper(kept) == 4 and 'def helper' in In[1]", "after")
    limits = Limits(cell_seconds=1, grace_seconds=0.5)
    cells, outcome = run(
        setup, cell("def double(x):\n    return 2 * x"), slow, after, limits=limits
    )
    assert determine_grade(cells[2]) == (0, 3)
    assert determine_grade(cells[3]) == (3, 3)
    assert outcome.problems == ["the test slow was stopped after 1 seconds"]


def test_too_large_an_answer_costs_that_answer_only():
    answers = "import numpy as np\nlarge = np.zeros((20 << 20,))\nsmall = 3"
    cells, outcome = run(
        cell(answers),
        graded_cell("large.sum()", "large"),
        graded_cell("assert small == 3", "small"),
    )
    assert "too large: 213 MB, where 32 MB may be" in cells[1].outputs[0].evalue
    assert determine_grade(cells[2]) == (3, 3)
    assert outcome.problems == []


@pytest.mark.parametrize("given", ["7", "-1", "float('nan')", "10 ** 400", "3.5"])
def test_a_test_gives_no_more_than_its_points_and_no_less_than_none(given):
    cells, outcome = run(
        cell(f"given = {given}"), graded_cell(hidden("assert True", "") + "\ngiven")
    )
    assert determine_grade(cells[1]) == (0, 3)
    assert "where 0 to 3 may be" in outcome.problems[0]


def test_a_number_of_many_digits_is_a_number():
    cells, outcome = run(cell("large = 10 ** 5000"), graded_cell("assert large == 10 ** 5000"))
    assert determine_grade(cells[1]) == (3, 3)
    assert outcome.problems == []


def test_a_test_that_says_what_python_cannot_print_fails_as_any_other():
    test = "assert large == 3, large"
    cells, outcome = run(cell("large = 10 ** 5000"), graded_cell(test), graded_cell("large", "two"))
    assert cells[1].outputs[0].evalue == "(its text raised ValueError)"
    assert determine_grade(cells[1]) == (0, 3)
    assert outcome.problems == []


def test_many_short_outputs_are_cut_and_the_notebook_goes_on():
    loud = (
        "import sys\nfor i in range(200_000):\n    print(i, file=(sys.stdout, sys.stderr)[i % 2])"
    )
    cells, outcome = run(cell(loud), graded_cell("assert True"))
    assert outcome.problems == []
    assert 100 < len(cells[0].outputs) < 1100
    assert "left out" in cells[0].outputs[-1].text


def test_continuation_lines_and_docstrings_are_no_magics():
    settings = 'width = (17\n    % 10)\ndef helper():\n    """\n    ?what\n    """\n    return 5'
    magic = "%matplotlib inline\nheight = 4"
    cells, outcome = run(
        cell(settings, "settings", locked=True),
        cell(magic, "magic", locked=True),
        graded_cell("assert (width, height, helper()) == (7, 4, 5)"),
    )
    assert determine_grade(cells[2]) == (3, 3), cells[2].outputs
    assert outcome.problems == []


@pytest.mark.parametrize("source", ["-" * 200_000 + "1", "(" * 5_000, "x = '\0'"], ids="abc")
def test_a_cell_that_nobody_can_read_costs_no_other(source):
    test = "from convlib.exercises.answers import typed\nassert typed('size', In) == 3"
    notebook = new_notebook(cells=[cell(source), cell("size = 3"), graded_cell(test)])
    outcome = execute(notebook, "ada", "ps", find_sandbox(("convlib",)))
    assert determine_grade(notebook.cells[2]) == (3, 3), notebook.cells[2].outputs
    assert outcome.problems == []


# --- Talk that cannot be mistaken -----------------------------------------------------------------

ANSWERS = [
    {"ready": True},
    {"outputs": [{"output_type": "stream"}], "count": 1},
    {"value": {"array": ["<i8", [1], "AAAAAAAAAAA="]}},
    {"missing": True},
    {"error": {"kinds": ["ValueError"], "type": "ValueError", "text": "no", "trace": ""}},
    {"each": [{"value": 1}, {"error": {"kinds": [], "type": "x", "text": "", "trace": ""}}]},
]
FORGERIES = [
    {"do": "test", "cells": [], "source": "5", "name": "x", "seconds": 9, "answers": None},
    {"outputs": [], "failed": False, "late": False},
    {"ask": {"do": "name", "name": "x", "seconds": 1}},
    {"value": 1, "do": "test"},
    {"value": 1, "error": {}},
    {"error": {"kinds": [1], "type": "x", "text": "x", "trace": "x"}},
    {"error": {"kinds": [], "type": 5, "text": "x", "trace": "x"}},
    {"count": True, "outputs": []},
    {"missing": 1},
    {"each": []},
    {"each": [{"each": [{"value": 1}]}]},
    {"each": [{"value": 1}, {"value": 1, "do": "test"}]},
    {},
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_comes_back_as_it_was_sent(answer):
    line = json.dumps({"number": 7, **answer}).encode()
    assert answer_of(line, 7, 1000) == answer


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.parametrize("number", [7, 6, 7.0, True, None, "7"])
def test_what_is_no_answer_is_refused(forgery, number):
    with pytest.raises(NoAnswerError):
        answer_of(json.dumps({"number": number, **forgery}).encode(), 7, 1000)


def mangled(dice: random.Random, sent: list[bytes]) -> bytes:
    """Return a line: an answer or a forgery, whole, cut, doubled, late, or nothing of the kind."""
    number = dice.choice((7, 7, 6, 8))
    line = json.dumps({"number": number, **dice.choice(ANSWERS + FORGERIES)}).encode()
    sent.append(line)
    way = dice.randrange(6)
    if way == 1:
        line = line[: dice.randrange(len(line))]
    elif way == 2:
        line += line
    elif way == 3:
        line = dice.choice(sent)
    elif way == 4:
        place = dice.randrange(len(line))
        line = line[:place] + bytes([dice.randrange(256)]) + line[place + 1 :]
    elif way == 5:
        line = dice.randbytes(dice.randrange(60))
    return line


def test_no_message_is_read_as_anything_but_an_answer():
    dice, sent = random.Random(14), []
    kinds = [set(answer) for answer in ANSWERS]
    read = refused = 0
    for _ in range(100_000):
        line = mangled(dice, sent)
        try:
            answer = answer_of(line, 7, 1000)
        except NoAnswerError:
            refused += 1
            continue
        read += 1
        assert set(answer) in kinds
        assert json.loads(line)["number"] == 7
    assert read > 5_000
    assert refused > 10_000


def test_a_notebook_has_so_much_time_in_all():
    cells = [new_code_cell("import time\ntime.sleep(2)") for _ in range(4)]
    limits = Limits(cell_seconds=60, total_seconds=3)
    outcome = execute(new_notebook(cells=cells), "ada", "ps", find_sandbox(), limits)
    assert outcome.problems == ["the notebook was stopped: all of its 3 seconds were used"]
    assert outcome.starved  # it slept, as far as one can see: given little time
    assert cells[-1].outputs[0].ename == "NotRun"


@pytest.mark.parametrize("slower", ["student", "judge"])
def test_a_process_that_does_not_start_leaves_nothing_behind(slower):
    """Its own words are told, and the other process is waited for before both are stopped."""

    class Broken(Sandbox):
        def command(self, program, *_):
            pause = "sleep 0.3; " if program == slower else ""
            return ["/bin/sh", "-c", f"{pause}echo no {program} here >&2; exit 1"]

    with pytest.raises(SandboxFailedError, match=r"sandbox did not start: no (student|judge) here"):
        execute(new_notebook(cells=[new_code_cell("1")]), "ada", "sums", Broken())
