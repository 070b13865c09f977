"""What the tests of live code share: a chapter, its page, and a reader's hands."""

from __future__ import annotations

from types import SimpleNamespace

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.book.tools import NOTEBOOK

BEGINNING = (
    NOTEBOOK
    + """# Live

```{code-cell} python
:tags: [remove-cell]
secret = 40
```

```{code-cell} python
number = 2
print("number", number)
```

```{code-cell} python
from convlib.explorers import stride

stride(input_size=6, stride=2, padding=1)
```

Try {state}`a stride of 3 <stride: input_size=7 stride=3 padding=1>`.

"""
)
CHAPTER = (
    BEGINNING
    + """```{code-cell} python
:tags: [remove-input]
print("hidden", secret + number)
```

```{code-cell} python
:tags: [raises-exception]
int("two")
```

```{code-cell} python
:tags: [skip-execution]
raise NotImplementedError("for you to write")
```

```{code-cell} python
print("last")
```

```{code-cell} python
:tags: [skip-execution]
import torch
```
"""
)
EDITED, EXPLORER, RAISING, EXERCISE, LAST = range(5)  # the cells that show their code
STILL_TEXT = "number 2"


def open_page(chromium, site, folder=None, **options) -> SimpleNamespace:
    """Open the chapter, from a folder if there is no site; note whom it asks, and complaints."""
    home = site.url if site else folder.as_uri()
    page = chromium.new_page(**options)
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url.replace("ws:", "http:", 1)))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: message.type in ("warning", "error") and complaints.append(message.text),
    )
    page.goto(f"{home}/book/index.html")
    return SimpleNamespace(page=page, asked=asked, complaints=complaints, home=home)


def press(page, name):
    page.locator(".live-bar").get_by_role("button", name=name).click()


def status(page):
    return page.locator(".live-status")


def editor(page, number):
    return page.locator(".live-cell").nth(number)


def output(page, number):
    """The live output of a cell that shows its code."""
    return page.locator("div.cell:has(.live-cell) .live-output").nth(number)


def write(page, number, code):
    """Write code into a cell in the place of what it holds, and run it with the keyboard."""
    editor(page, number).locator(".CodeMirror-code").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(code)
    page.keyboard.press("Shift+Enter")


def assert_accessible(page):
    """axe finds nothing."""
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


def assert_as_it_was(page):
    """The page shows what it was built with, and its explorer works."""
    expect(page.locator(".live-cell")).to_have_count(0)
    assert page.locator(".live-output:visible").count() == 0
    expect(page.locator(".cell_output", has_text=STILL_TEXT)).to_be_visible()
    expect(page.locator(".cell_input").first).to_contain_text("number = 2")
    explorer = page.locator("#explorer-stride")
    explorer.locator("[name=stride]").fill("2")
    expect(explorer.locator("[data-part=code]")).to_contain_text("stride=3")


def break_and_mend(page, last):
    """Let the first cell fail, see that another still runs, and take the change back."""
    write(page, EDITED, "number = 1 / 0\nprint('never')")
    expect(status(page)).to_contain_text("Stopped at cell 1. ZeroDivisionError: division by zero")
    expect(output(page, EDITED)).to_contain_text("ZeroDivisionError")
    write(page, last, "print('still here', secret)")
    expect(output(page, last)).to_have_text("still here 40")
    editor(page, EDITED).get_by_role("button", name="Undo my changes").click()
    editor(page, EDITED).get_by_role("button", name="Run, cell 1").click()
    expect(output(page, EDITED)).to_have_text(STILL_TEXT)
