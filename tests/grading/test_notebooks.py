"""Submissions are read without trust and made whole; a batch tries each kind of damage."""

from __future__ import annotations

import json

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.utils import determine_grade

from grading import formulas
from grading.feedback import safe_markdown
from grading.formulas import put_back
from grading.notebooks import (
    MOST_MARKUP,
    Cell,
    Plan,
    UnreadableError,
    clean,
    clean_outputs,
    read,
    repair,
)
from grading.sandbox import Limits


def cell(name, source, **kinds):
    kinds = {"grade": False, "solution": False, "locked": False, "task": False} | kinds
    return Cell(name, "code", source, source, None, points=2 * kinds["grade"], **kinds)


PLAN = Plan(
    "ps",
    None,
    (
        cell("setup", "import math", locked=True),
        cell("answer", "def area(radius):\n    raise NotImplementedError", solution=True),
        cell("test", "assert area(1) > 3", grade=True, locked=True),
    ),
)


def named(source, name, **more):
    return new_code_cell(source, metadata={"nbgrader": {"grade_id": name} | more})


def repaired(*cells):
    notebook = new_notebook(cells=list(cells))
    notes = repair(notebook, PLAN)
    return [cell.source for cell in notebook.cells], notes


def test_repair_leaves_a_whole_notebook_as_it_is():
    cells = [named("import math", "setup"), named("area = max", "answer")]
    sources, notes = repaired(*cells, named("assert area(1) > 3", "test"))
    assert sources == ["import math", "area = max", "assert area(1) > 3"]
    assert notes == []


def test_repair_puts_missing_cells_before_the_next_one_that_is_there():
    sources, notes = repaired(new_code_cell("mine = 1"), named("assert area(1) > 3", "test"))
    assert sources == ["mine = 1", "import math", "assert area(1) > 3"]
    assert notes == ["the cell setup was missing", "the cell answer was missing"]


def test_repair_finds_an_answer_without_metadata_by_what_it_began_as():
    answer = new_code_cell("def area(radius):\n    return math.pi * radius ** 2")
    sources, notes = repaired(new_code_cell("import math"), answer)
    assert sources == ["import math", answer.source, "assert area(1) > 3"]
    assert "the cell answer had lost its metadata" in notes


def test_repair_leaves_a_missing_essay_to_a_person():
    plan = Plan("ps", None, (cell("essay", "YOUR ANSWER", grade=True, solution=True),))
    notebook = new_notebook(cells=[new_markdown_cell("an answer without metadata")])
    repair(notebook, plan)
    assert determine_grade(notebook.cells[1]) == (None, 2)


def test_repair_gives_each_cell_the_plans_metadata():
    notebook = new_notebook(cells=[named("pass", "test", points=200, grade=False)])
    notes = repair(notebook, PLAN)
    (test,) = (one for one in notebook.cells if one.metadata.nbgrader.grade_id == "test")
    assert test.metadata.nbgrader.points == 2
    assert test.metadata.nbgrader.grade
    assert test.source == "assert area(1) > 3"
    assert "the points of test were edited to 200" in notes


def test_read_keeps_pasted_pictures_and_nothing_else_of_a_file(tmp_path):
    picture = {"a.png": {"image/png": "iVBORw0KGgo=", "text/html": "<script>"}}
    text = new_markdown_cell("![](attachment:a.png)", attachments=picture)
    path = tmp_path / "ps.ipynb"
    path.write_text(json.dumps(new_notebook(cells=[text], metadata={"secret": 1})))
    notebook = read(path, Limits())
    repair(notebook, Plan("ps", None, ()))
    assert notebook.cells[0].attachments == {"a.png": {"image/png": "iVBORw0KGgo="}}
    assert notebook.metadata == {}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty file"),
        ('{"cells": [', "is cut off"),
        ("{1}", "is no JSON"),
        ("[" * 10**6, "is no JSON"),
        ("[]", "no notebook"),
        ('{"nbformat": 4, "cells": [{}]}', "no notebook"),
        (b'"\xff"', "is no JSON"),
    ],
)
def test_read_says_what_is_wrong_with_a_file(tmp_path, content, reason):
    path = tmp_path / "ps.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UnreadableError, match=reason):
        read(path, Limits())


@pytest.mark.parametrize(
    ("markup", "left"),
    [
        ("<b onclick=x>bold</b><script>x</script>", "<b>bold</b>"),
        ('<a href="javascript:x">go</a>', '<a rel="noopener noreferrer">go</a>'),
        ('<a href="data:text/html,x">go</a>', '<a rel="noopener noreferrer">go</a>'),
        (r"$\href{javascript:x}{y}$", r"$\text{javascript:x}{y}$"),
        ("<table><tr><td>1</td></tr></table>", "<table><tbody><tr><td>1</td></tr></tbody></table>"),
        ('<table class="dataframe"></table>', '<table class="dataframe"></table>'),
        ('<table class="modal-backdrop"></table>', "<table></table>"),
        ('<div class="modal-backdrop" id="x">1</div>', "<div>1</div>"),
        ('<p style="position:fixed;inset:0;color:red">1</p>', '<p style="color:red">1</p>'),
        ('<img src="https://x.org/seen.png" alt="x">', '<img alt="x">'),
        ('<img src="//x.org/seen.png">', "<img>"),
        ('<img src="data:image/png;base64,AA==" width="99999">', None),
        ('<style>body{display:none}</style><link href="x" rel="stylesheet">', ""),
        ('<svg><image href="https://x.org/a"/></svg><iframe src="https://x.org"></iframe>', ""),
        ('<video src="https://x.org/a" poster="https://x.org/b"></video>', ""),
    ],
)
def test_clean_leaves_nothing_that_acts(markup, left):
    expected = '<img src="data:image/png;base64,AA==">' if left is None else left
    assert clean(markup) == expected


HUGE = {
    "bold": "<b>" * 330_000,
    "ampersands": "&" * 1_000_000,
    "tables": "<a><table><tr><td>" * 11_000,
    "brackets": "[" * 100_000,
    "stars": "*a **b " * 20_000,
}


@pytest.mark.parametrize("markup", HUGE.values(), ids=HUGE)
def test_markup_without_end_is_cut_and_shown_as_text(markup):
    """Nothing is measured here: what was not cut would run for minutes."""
    cleaned = clean(markup)
    assert len(cleaned) < 5_000_000
    if len(markup) > MOST_MARKUP:
        assert "more characters are left out" in cleaned
        assert "<b>" not in cleaned
    shown = safe_markdown({}, markup)
    assert shown.startswith("<pre>")


@pytest.mark.parametrize("latex", ["(" * 1000, "{" * 10_000, r"\sqrt" * 2000, r"\nonsense{"])
def test_a_formula_that_nobody_can_read_is_shown_as_typed(latex, monkeypatch):
    monkeypatch.setattr(formulas, "SECONDS", 1)
    shown = put_back(safe_markdown({}, f"so ${latex}$"))
    assert "<code>" in shown
    assert latex[:20] in shown


def test_formulas_are_mathml():
    shown = put_back(safe_markdown({}, "so $x^2$ and\n\n$$\\frac{a}{b}$$"))
    assert "<math><msup><mi>x</mi><mn>2</mn></msup></math>" in shown
    assert "<mfrac><mi>a</mi><mi>b</mi></mfrac>" in shown
    forged = put_back("formula-" + "0" * 32 + "-")
    assert forged == ""


def test_pictures_that_are_none_are_left_out():
    data = {"image/png": 'x" onerror="alert(1)', "image/jpeg": "AAAA", "text/plain": "a"}
    cell = new_code_cell("", outputs=[new_output("display_data", data)])
    clean_outputs(new_notebook(cells=[cell]))
    assert cell.outputs[0].data == {"image/jpeg": "AAAA", "text/plain": "a"}


def test_cells_of_any_length_are_cut():
    cells = [new_code_cell("x" * 1_000_000), new_markdown_cell("y" * 1_000_000)]
    notebook = new_notebook(cells=cells)
    clean_outputs(notebook)
    assert [len(cell.source) < 30_000 for cell in notebook.cells] == [True, True]


ORDER = "cells stood in another order than that of the release, in which they ran"


def test_repair_puts_moved_cells_into_the_order_of_the_release():
    """With the checks below the answer's tests, a student's own names would be theirs."""
    sources, notes = repaired(
        named("area = max", "answer"),
        new_code_cell("mine = 1"),
        named("assert area(1) > 3", "test"),
        new_code_cell("mine = 2"),
        named("import math", "setup"),
        new_code_cell("mine = 3"),
    )
    assert sources == [
        "import math",
        "mine = 3",
        "area = max",
        "mine = 1",
        "assert area(1) > 3",
        "mine = 2",
    ]
    assert notes == [ORDER]


def test_a_doubled_test_runs_once_and_where_the_release_has_it():
    sources, notes = repaired(
        named("assert area(1) > 3", "test"),
        named("import math", "setup"),
        named("area = max", "answer"),
        named("pass", "test"),
    )
    assert sources == ["import math", "area = max", "assert area(1) > 3"]
    assert "the cell test was there 2 times" in notes
