"""Python in the page: a browser, the page's own folder, and nothing else."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.book.live import (
    BEGINNING,
    assert_accessible,
    break_and_mend,
    editor,
    open_page,
    output,
    press,
    status,
    write,
)
from tests.book.tools import BUILT, Site, build, make_book

CHAPTER = (
    BEGINNING
    + """```{code-cell} python
import numpy as np
import torch

lent = torch.ones(2)
print("from PyTorch", lent.sum().item())
```

```{code-cell} python
print("sum", lent.sum().item())
```

```{code-cell} python
np.arange(3) + secret
```

```{code-cell} python
:tags: [raises-exception]
def half(text):
    return int(text) / 2

half("two")
```

```{code-cell} python
:tags: [skip-execution]
from convlib.exercises.check import check_value

answer = ...
check_value(answer, 4, "the output size")
```

```{code-cell} python
:tags: [remove-input]
from convlib.questions import Number

Number(
    "live-size",
    "How many cells has a grid of {size} cells a side?",
    answer=lambda size: size * size,
    worked=lambda size: f"{size} times {size}",
    variants={"size": range(2, 20)},
)
```

```{code-cell} python
print("last")
```
"""
)
EDITED, EXPLORER, TORCH, DEPENDENT, SUM, RAISING, EXERCISE, LAST = range(8)
BUTTON = "Run the code on this page"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small book of no known repository."""
    top = tmp_path_factory.mktemp("python")
    make_book(top, index=CHAPTER, plain="# Plain\n\nNo cells here.\n")
    result = build(top, GITHUB_REPOSITORY="")
    assert result.returncode == 0, result.stdout[-3000:]
    return top / BUILT


@pytest.fixture
def reader(chromium):
    """A browser that remembers nothing of the other tests; its first page."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def served(folder):
    with Site(folder) as site:
        yield site


@pytest.fixture(scope="module", params=["file", pytest.param("http", marks=pytest.mark.long)])
def opened(request, chromium, folder, served):
    """The page, from disk and from a server."""
    opened = open_page(chromium, served if request.param == "http" else None, folder)
    yield opened
    opened.page.close()


@pytest.fixture
def live(opened):
    """A live page whose cells hold the chapter's code and have run; one for all tests."""
    page = opened.page
    opened.complaints.clear()
    if not page.locator(".live-cell").count():
        press(page, BUTTON)
        expect(status(page)).to_have_text("Done: 7 cells.")
    undo = page.get_by_role("button", name="Undo my changes").locator("visible=true")
    while undo.count():
        undo.first.click()
    press(page, "Run all")
    expect(status(page)).to_have_text("Done: 7 cells.")
    return page


def test_nothing_is_loaded_before_a_press(chromium, served):
    opened = open_page(chromium, served)
    expect(opened.page.locator(".live-bar").get_by_role("button")).to_have_count(1)
    assert not re.search("codemirror.js|_static/python|live-python", " ".join(opened.asked))
    assert_accessible(opened.page)
    opened.page.goto(f"{served.url}/book/plain.html")
    expect(opened.page.locator(".live-bar")).to_have_count(0)
    opened.page.close()


def test_one_press_runs_every_cell(live, opened):
    left = "2 more need PyTorch, and show the book's result."
    expect(live.locator(".live-note")).to_have_text(left)
    expect(output(live, EDITED)).to_have_text("number 2")
    expect(output(live, SUM)).to_have_text("array([40, 41, 42])")
    expect(live.locator(".cell_output", has_text="from PyTorch 2.0")).to_be_visible()
    expect(editor(live, TORCH)).to_contain_text("Needs PyTorch, which browsers do not have.")
    expect(editor(live, DEPENDENT)).to_contain_text("Needs PyTorch")
    assert opened.complaints == []
    elsewhere = [url for url in opened.asked if not url.startswith(opened.home)]
    assert [url for url in elsewhere if not url.startswith(("data:", "blob:"))] == []


def test_traceback_has_the_readers_lines_alone(live):
    assert output(live, RAISING).inner_text().strip().splitlines() == [
        "cell 6, line 4",
        '    half("two")',
        "cell 6, line 2, in half",
        "    return int(text) / 2",
        "ValueError: invalid literal for int() with base 10: 'two'",
    ]
    write(live, LAST, "x = (1,\ny = 2")
    expect(output(live, LAST)).to_contain_text("SyntaxError: '(' was never closed")
    expect(output(live, LAST)).to_contain_text("cell 8, line 1")
    write(live, LAST, "import torch")
    expect(status(live)).to_contain_text("PyTorch has no build for browsers")


def test_explorer_takes_any_size_and_ones_own_numbers(live):
    explorer = output(live, EXPLORER).locator(".explorer")
    size = explorer.locator("[name=input_size]")
    size.focus()
    size.press("End")
    expect(explorer.locator("[data-grid=input] .grid-title")).to_contain_text("input 24×24")
    live.get_by_role("link", name="a stride of 3").click()
    expect(explorer.locator("[data-part=code]")).to_contain_text("stride=3, padding=1")
    explorer.get_by_text("your own kernel").click()
    field = explorer.get_by_role("textbox", name="your own kernel")
    field.fill("1 0; 0")
    expect(explorer.locator(".sum")).to_contain_text("row 1 has 1 numbers and row 0 has 2")
    field.fill("1 0; 0 -1")
    expect(explorer.locator("[data-grid=kernel] .grid-title")).to_have_text("kernel 2×2")
    expect(explorer.locator("[data-grid=kernel] text")).to_have_text(["1", "0", "0", "−1"])
    expect(explorer.locator(".sum")).to_contain_text("×(−1)")
    explorer.get_by_role("button", name="Reset").click()
    expect(explorer.locator("[data-grid=kernel] .grid-title")).to_have_text("kernel 3×3")


def test_edit_that_breaks_and_back(live):
    break_and_mend(live, LAST)
    live.reload()
    press(live, BUTTON)  # what was written is kept on the device
    expect(output(live, LAST)).to_have_text("still here 40")
    press(live, "Back to the page as it was")
    expect(live.locator(".live-cell")).to_have_count(0)
    expect(live.locator(".cell_output", has_text="number 2")).to_be_visible()
    live.reload()
    press(live, BUTTON)
    expect(output(live, LAST)).to_have_text("last")


def test_exercise_is_solved_and_checked(live):
    expect(editor(live, EXERCISE)).to_contain_text("Run all leaves this cell to you.")
    check = "\nfrom convlib.exercises.check import check_value\ncheck_value(answer, 4, 'it')"
    write(live, EXERCISE, f"answer = 5{check}")
    expect(output(live, EXERCISE)).to_contain_text("it: 5 is too large")
    write(live, EXERCISE, f"answer = 4{check}")
    expect(output(live, EXERCISE)).to_contain_text("it: 4 is right")


def test_question_keeps_its_answers(live):
    question = live.locator(".question:visible")
    expect(question).to_have_count(1)
    size = int(re.search(r"of (\d+) cells", question.inner_text())[1])
    question.get_by_role("textbox").fill(str(size * size))
    question.get_by_role("button", name="Check").click()
    expect(question.locator(".result")).to_contain_text("Right")
    press(live, "Run all")
    expect(status(live)).to_have_text("Done: 7 cells.")
    expect(question.get_by_role("textbox")).to_have_value(str(size * size))


def test_names_are_completed(live):
    write(live, LAST, "strange_name = [1]")
    expect(status(live)).to_contain_text("Done: cell 8.")
    editor(live, LAST).locator(".CodeMirror-code").click()
    live.keyboard.press("Control+A")
    live.keyboard.insert_text("strange_name.app")
    live.keyboard.press("Control+Space")
    expect(live.locator(".CodeMirror-hint")).to_have_text(["append"])
    live.keyboard.press("Enter")
    expect(editor(live, LAST).locator(".CodeMirror-code")).to_have_text("strange_name.append")


def test_endless_loop_is_stopped(live):
    write(live, LAST, "while True:\n    pass")
    expect(editor(live, LAST)).to_contain_text("running")
    editor(live, LAST).get_by_role("button", name="Interrupt").click()
    expect(status(live)).to_have_text(
        "Stopped cell 8. Python had to start again, so all names are gone. "
        "Run the cells above once more?"
    )
    press(live, "Run the cells above")
    expect(status(live)).to_have_text("Done: 6 cells.")
    write(live, LAST, "print(number)")
    expect(output(live, LAST)).to_have_text("2")


def test_loop_that_prints_leaves_the_page_alone(live):
    write(live, LAST, "while True:\n    print('again and again')")
    expect(output(live, LAST)).to_contain_text("… more than the page can show.")
    press(live, "Restart")
    expect(status(live)).to_have_text("Python has started again, with an empty memory.")
    write(live, LAST, "print(number)")
    expect(status(live)).to_contain_text("NameError: name 'number' is not defined")


def test_end_of_python_is_told(live):
    write(live, LAST, "import os; os._exit(1)")
    expect(status(live)).to_contain_text(
        "Python stopped: it was started again, with an empty memory."
    )
    write(live, LAST, "print('alive')")
    expect(output(live, LAST)).to_have_text("alive")


def test_endless_recursion_is_an_error_as_any(live):
    write(live, LAST, "def deeper(n):\n    return deeper(n + 1)\ndeeper(0)")
    expect(status(live)).to_contain_text("RecursionError")
    write(live, LAST, "print('alive')")
    expect(output(live, LAST)).to_have_text("alive")


def test_figures_of_pyplot_are_drawings(live, opened):
    write(live, LAST, "from matplotlib import pyplot as plt\nplt.plot([1, 3, 2]);")
    expect(output(live, LAST).locator("svg")).to_be_visible()
    expect(output(live, LAST).get_by_role("img")).to_have_accessible_name("Picture made by cell 8")
    assert opened.complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_live_page_suits_everyone(live, theme):
    live.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    live.set_viewport_size({"width": 320, "height": 640})
    assert_accessible(live)
    assert live.evaluate("document.documentElement.scrollWidth") == 320
    live.set_viewport_size({"width": 1280, "height": 720})


def test_all_of_it_by_keyboard(chromium, folder):
    page = open_page(chromium, None, folder).page
    page.get_by_role("button", name=BUTTON).focus()
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("Done: 7 cells.")
    editor(page, EDITED).locator("textarea").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nprint(number + secret)")
    page.keyboard.press("Shift+Enter")
    expect(output(page, EDITED)).to_contain_text("42")
    page.keyboard.press("Tab")
    expect(editor(page, EDITED).get_by_role("button", name="Run, cell 1")).to_be_focused()
    page.close()


def test_interrupt_keeps_names_where_memory_is_shared(chromium, folder):
    with Site(folder, isolated=True) as site:
        page = open_page(chromium, site).page
        press(page, BUTTON)
        expect(status(page)).to_have_text("Done: 7 cells.")
        for time in range(5):  # at once, when it may not have begun
            write(page, LAST, "while True:\n    pass")
            expect(editor(page, LAST)).to_contain_text("running")
            editor(page, LAST).get_by_role("button", name="Interrupt").click()
            expect(status(page)).to_have_text("Interrupted cell 8.")
            write(page, LAST, f"print({time}, number)")
            expect(output(page, LAST)).to_have_text(f"{time} 2")
        page.close()


def test_cancel_and_a_part_that_does_not_load(chromium, served):
    page = open_page(chromium, served).page
    page.route("**/wasm.*", lambda route: route.abort())
    press(page, BUTTON)
    expect(status(page)).to_contain_text("A part of this page did not load: wasm.")
    expect(status(page)).to_contain_text("The page works as before.")
    page.unroute_all()
    page.route("**/numpy.*", lambda route: None)  # never answered
    press(page, BUTTON)
    expect(page.locator(".live-note")).to_contain_text("MB. You can go on reading.")
    press(page, "Cancel")
    expect(status(page)).to_have_text("Cancelled. The page is as it was.")
    page.unroute_all()
    press(page, BUTTON)
    expect(status(page)).to_have_text("Done: 7 cells.")
    page.route("**/matplotlib.*", lambda route: route.abort())
    write(page, LAST, "import matplotlib\nprint('here')")
    expect(status(page)).to_contain_text("A part of this page did not load: matplotlib.")
    page.unroute_all()
    write(page, LAST, "import matplotlib\nprint('here')")
    expect(output(page, LAST)).to_have_text("here")
    page.close()


def test_page_starts_by_itself_where_the_reader_said_always(reader, served):
    page = reader
    page.goto(f"{served.url}/book/index.html")
    press(page, BUTTON)
    expect(status(page)).to_have_text("Done: 7 cells.")
    page.get_by_role("checkbox", name="Always start on this device").check()
    page.reload()
    expect(status(page)).to_have_text("Done: 7 cells.")
    # Code that came with an address is read before it runs.
    other = page.context.new_page()
    other.goto(f"{served.url}/notebook.html#code=print(1)")
    expect(other.locator(".cell_input pre")).to_have_text("print(1)")
    expect(other.get_by_role("button", name=BUTTON)).to_be_visible()
    other.close()
    page.get_by_role("checkbox", name="Always start on this device").uncheck()
    page.reload()
    expect(page.get_by_role("button", name=BUTTON)).to_be_visible()


def test_notebook_holds_ones_own_cells(reader, served):
    page = reader
    page.goto(f"{served.url}/book/index.html")
    press(page, BUTTON)
    expect(status(page)).to_have_text("Done: 7 cells.")
    editor(page, LAST).get_by_role("link", name="Open cell 8 in a notebook").click()
    expect(page.locator(".cell_input pre")).to_have_text('print("last")')
    press(page, BUTTON)
    expect(output(page, 0)).to_have_text("last")
    page.get_by_role("button", name="Add a cell below cell 1").click()
    write(page, 1, "from convlib.explorers import stride\nstride(input_size=12)")
    expect(output(page, 1).locator("[data-grid=input] .grid-title")).to_contain_text("12×12")
    assert_accessible(page)
    page.goto(f"{served.url}/notebook.html")
    press(page, BUTTON)
    expect(output(page, 1).locator("[data-grid=input] .grid-title")).to_contain_text("12×12")


def test_policy_lets_wasm_run_where_code_does(folder):
    pages = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*.html")
        if path.parent != folder or path.name != "index.html"  # which leads on, and holds nothing
    }
    policies = {
        name: re.search('Content-Security-Policy" content="([^"]*)"', text)[1]
        for name, text in pages.items()
    }
    assert set(policies) == set(pages)
    allowing = {name for name, policy in policies.items() if "wasm-unsafe-eval" in policy}
    assert allowing == {"notebook.html", "book/index.html"}
    assert not any("'unsafe-eval'" in policy for policy in policies.values())
