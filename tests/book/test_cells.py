"""What runs cells in the page, without a page: its results, errors and completions."""

from __future__ import annotations

import doctest
import importlib
import json

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot

from tests.book.tools import TOP


@pytest.fixture
def module(monkeypatch):
    monkeypatch.syspath_prepend(str(TOP / "book/_live"))
    return importlib.import_module("cells")


@pytest.fixture
def page(module):
    """Cells, and what they have sent; figures of other tests are none of theirs."""
    pyplot.close("all")

    class Page(module.Cells):
        def __init__(self):
            self.sent = []
            super().__init__(lambda text: self.sent.append(json.loads(text)))

        def results(self, code, name="cell 1"):
            self.sent.clear()
            self.missing = self.run(name, code)
            assert self.sent.pop(0) == {"kind": "begun"}
            return self.sent

    return Page()


def text(html):
    return f'<div class="output text_plain"><pre tabindex="0">{html}</pre></div>'


def test_doctests(module):
    assert doctest.testmod(module).failed == 0


def test_last_line_is_shown_and_what_is_printed_comes_in_its_order(page):
    sent = page.results("print('first')\ndisplay(1)\nprint('second')\n2 < 3")
    assert [one.get("text") or one["html"] for one in sent] == [
        "first\n",
        text("1"),
        "second\n",
        text("True"),
    ]
    assert page.results("3;") == []
    assert page.results("None") == []
    assert page.results("") == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("[1, 2]", "[1, 2]"),
        ("np.arange(3, dtype=np.int64)", "array([0, 1, 2])"),
        ("np.arange(3, dtype=np.int16)", "array([0, 1, 2], dtype=int16)"),
        ("'<b>'", "&#x27;&lt;b&gt;&#x27;"),
    ],
)
def test_values_are_their_text(page, value, shown):
    page.names["np"] = np
    assert page.results(value)[0]["html"] == text(shown)


def test_long_containers_take_lines(page):
    (sent,) = page.results("{'a' * 30: 1, 'b' * 30: 2, 'c' * 30: 3}")
    assert sent["html"].count("\n") == 2


def test_values_with_a_form_show_it(page):
    code = "class Shown:\n    def _repr_{}_(self):\n        return '<i>so</i>'\nShown()"
    (sent,) = page.results(code.format("html"))
    assert sent["html"] == '<div class="output text_html"><i>so</i></div>'
    (sent,) = page.results(code.format("svg"))
    assert sent["html"] == '<div class="output image_svg"><i>so</i></div>'


def test_figures_are_drawn_once(page, monkeypatch):
    monkeypatch.setitem(mpl.rcParams, "backend", "agg")
    sent = page.results("from matplotlib import pyplot\npyplot.plot([1, 2])\nNone")
    assert [one["html"].count("<svg") for one in sent] == [1]
    assert page.results("1")[0]["html"] == text("1")


def test_tracebacks_hold_the_readers_lines(page):
    page.results("def half(x):\n    return x / 0", "cell 1")
    (sent,) = page.results("a = 1\nhalf(a)", "cell 2")
    assert sent["ename"] == "ZeroDivisionError"
    assert sent["text"].splitlines() == [
        "cell 2, line 2",
        "    half(a)",
        "cell 1, line 2, in half",
        "    return x / 0",
        "ZeroDivisionError: division by zero",
    ]
    (sent,) = page.results("a = (1,", "hidden cell 1")
    assert sent["text"].startswith("hidden cell 1, line 1\n    a = (1,\n")


def test_what_is_missing_is_named(page):
    assert page.results("import no_such_module")[0]["ename"] == "ModuleNotFoundError"
    assert page.missing == "no_such_module"
    page.results("undefined_name")
    assert page.missing == ""


def test_imports_of_a_cell_that_is_left_out(page):
    page.bring("import math\nimport no_such_module\nfrom os import path\nx = 1")
    assert {"math", "path"} <= set(page.names)
    assert "x" not in page.names


def test_loops_that_print_are_cut_short(page, module):
    page.results("for _ in range(100_000):\n    print('again and again')")
    printed = "".join(one["text"] for one in page.sent)
    assert printed.endswith("… more than the page can show.\n")
    assert len(printed) < module.MOST + 100


def test_names_are_completed(page):
    page.results("some_name = 'text'\n_hidden = 1")
    assert json.loads(page.complete("x = some_n", 10)) == [["some_name"], 4]
    names, start = json.loads(page.complete("some_name.upp + 1", 13))
    assert (names, start) == (["upper"], 10)
    assert json.loads(page.complete("", 0)) == [[], 0]
    assert json.loads(page.complete("1 + ", 4)) == [[], 4]


def test_memory_is_emptied(page):
    page.results("x = 1")
    page.forget()
    assert page.results("x")[0]["ename"] == "NameError"
