"""The two processes of a notebook: what a test may rely on, and what a student cannot reach."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from grading.execute import execute
from grading.inside.judge import hidden_lines, raised
from grading.inside.plain import decode, encode
from grading.sandbox import Limits, Sandbox, SandboxFailedError, find_sandbox


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
    "value", [np.array([object()]), type("Own", (int,), {})(3), np.ma.array([1]), len, np]
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


def test_hidden_lines_are_those_between_the_marks():
    source = "a\n### BEGIN HIDDEN TESTS\nb\nc\n### END HIDDEN TESTS\nd"
    assert hidden_lines(source) == {2, 3, 4}


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
}
FAIL = {
    "an-int-that-is-none": "assert whole == 3",
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
    said = ran["an-int-that-is-none"].outputs[0].evalue
    assert said == "the answer is of type Whole, where plain data is expected"
    assert "import enum in the test cell" in ran["a-module-of-the-student"].outputs[0].evalue
    assert re.search("function.*no plain data", ran["given-a-function"].outputs[0].evalue)


def test_what_functions_print_while_tests_call_them_is_dropped(ran):
    assert "LEAK" not in str(ran["silent"].outputs)


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
        def command(self, program, limits, files):
            pause = "sleep 0.3; " if program == slower else ""
            return ["/bin/sh", "-c", f"{pause}echo no {program} here >&2; exit 1"]

    with pytest.raises(SandboxFailedError, match=r"sandbox did not start: no (student|judge) here"):
        execute(new_notebook(cells=[new_code_cell("1")]), "ada", "sums", Broken())
