"""Programming exercises in the built book: with their solutions, and in the students' edition."""

from __future__ import annotations

import re
import zipfile
from html import unescape
from itertools import product
from types import SimpleNamespace

import book_exercises
import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from sphinx.errors import ConfigError, ExtensionError

from tests.book.tools import NOTEBOOK, TOP, Site, build, make_book, watched_page

SOLUTIONS = (TOP / "book/exercises/solutions/stride.py").read_text(encoding="utf-8")
#: A solution in a chapter of this book.
SOLUTION = re.compile(r"^:::\{solution\}.*?^:::$", re.MULTILINE | re.DOTALL)
PROSE = "Some words about the answer."
CHAPTER = f"""{NOTEBOOK}# Stride

Text.

:::{{exercise}} One
:label: one

A task.
:::

```{{code-cell}} python
:tags: [skip-execution]

def readers(cell, input_size, kernel_size, stride):
    raise RuntimeError("this was run")
```

:::{{solution}} one
:class: dropdown

```{{literalinclude}} exercises/solutions/stride.py
:language: python
:pyobject: readers
```

{PROSE} [As a file](exercises/solutions/stride.py).
:::

````{{exercise}}
:label: two

Another task, see {{ref}}`one`.
````

````{{solution}} two
:class: dropdown

```{{literalinclude}} exercises/solutions/stride.py
:language: python
:pyobject: put_together
```
````

The end.
"""


def edition(top, solutions):
    """Build a small book with or without its solutions."""
    make_book(top, index=CHAPTER)
    folder = top / "book/exercises/solutions"
    folder.mkdir(parents=True)
    (folder / "stride.py").write_text(SOLUTIONS, encoding="utf-8")
    result = build(top, SOLUTIONS=solutions)
    assert result.returncode == 0, result.stdout[-2000:]
    return top / "_build"


@pytest.fixture(scope="module")
def editions(tmp_path_factory):
    return {word: edition(tmp_path_factory.mktemp(word), word) for word in ("yes", "no")}


def telling(solutions, others):
    """Return the lines of a text that are long enough to tell something, and in no other text."""
    lines = {line.strip() for line in solutions.splitlines()}
    return {line for line in lines if len(line) > 12 and line not in others}


def lines_of_solutions():
    """Return what only a solution says: its lines of code, and the prose beside them."""
    return telling(f"{SOLUTIONS}\n{PROSE}", CHAPTER.replace(PROSE, ""))


def words_of(path):
    """Return the text of a file without marks, so that coloured code is found in it as well."""
    return readable(path.read_bytes())


def readable(data):
    return unescape(re.sub(r"<[^>]*>", "", data.decode("utf-8", "replace")))


def texts_of(folder):
    """Yield the names and texts of all files in a folder, also of those packed in others."""
    for path in folder.rglob("*"):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield f"{path}/{name}", readable(archive.read(name))
        elif path.is_file():
            yield str(path), words_of(path)


def test_solutions_are_in_the_book(editions):
    page = words_of(editions["yes"] / "html/book/index.html")
    code = {line for line in lines_of_solutions() if not line.startswith(('"""', "import"))}
    assert len(code) > 10
    assert len(list((editions["yes"] / "html/_downloads").glob("*/stride.py"))) == 1
    assert not [line for line in code if line not in page]


def test_students_edition_holds_no_line_of_a_solution_in_any_file(editions):
    suffixes = set()
    for name, text in texts_of(editions["no"]):
        assert not [line for line in lines_of_solutions() if line in text], name
        assert "put_together" not in text, name
        suffixes.add((".zip" in name, name.rpartition(".")[2]))
    kinds = ("html", "js", "md", "ipynb")
    assert suffixes >= {*product((False, True), kinds), (False, "doctree"), (False, "pickle")}


def test_students_edition_keeps_all_the_rest(editions):
    for word, folder in editions.items():
        page = words_of(folder / "html/book/index.html")
        for text in ("A task.", "Another task, see Exercise 1.", "def readers", "The end."):
            assert text in page, (word, text)
        assert "this was run\n" not in page
        source = (folder / "html/_sources/book/index.md").read_text(encoding="utf-8")
        assert source.count("{exercise}") == 2
        assert source.count("{solution}") == (2 if word == "yes" else 0)
        assert source.endswith("The end.\n")


def test_notebook_holds_the_tasks_and_the_starting_code_in_both_editions(editions):
    for folder in editions.values():
        notebook = nbformat.read(folder / "html/book/index.ipynb", as_version=4)
        shown = [cell.source for cell in notebook.cells if cell.source]
        assert "> **Exercise 1 (One)**\n> \n> A task." in shown[1]
        assert shown[2].startswith("def readers(")
        assert "> **Exercise 2**\n> \n> Another task, see" in shown[3]
        assert "The end." in shown[3]


def test_solution_opens_without_a_script_and_says_whose_it_is(editions):
    page = (editions["yes"] / "html/book/index.html").read_text(encoding="utf-8")
    titles = re.findall(r"<details [^>]*>\s*<summary>(.*?)</summary>", page)
    assert titles == ["Solution to Exercise 1 (One)", "Solution to Exercise 2"]
    assert not re.search(r"<details [^>]*dropdown", page)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.long
def test_students_edition_of_this_book_holds_no_solution(book_html, tmp_path):
    """What the book itself says of each exercise, the students' edition does not."""
    result = build(TOP, "--path-output", str(tmp_path), SOLUTIONS="no")
    assert result.returncode == 0, result.stdout[-2000:]
    chapters = "\n".join(path.read_text(encoding="utf-8") for path in TOP.glob("book/*.md"))
    answers, code = (
        "\n".join(path.read_text(encoding="utf-8") for path in TOP.glob(pattern))
        for pattern in ("book/exercises/solutions/*.py", "convlib/**/*.py")
    )
    blocks = "\n".join(match[0] for match in SOLUTION.finditer(chapters))
    lines = telling(f"{blocks}\n{answers}", SOLUTION.sub("", chapters) + code)
    assert len(lines) > 150
    book = "\n".join(text for _, text in texts_of(book_html))
    there = {line for line in lines if line in book}
    assert len(there) > 0.9 * len(lines), "what is in the book would not be found"
    for name, text in texts_of(tmp_path / "_build"):
        assert not [line for line in lines if line in text], name


PHONE = {"width": 320, "height": 640}
SCROLLED = "() => [...document.querySelectorAll('details *')].some(part => part.scrollLeft > 0)"


@pytest.mark.parametrize("scripts", [True, False])
def test_solution_opens_with_the_keyboard(chromium, editions, scripts):
    own = (editions["yes"] / "html").as_uri()
    with watched_page(chromium, own, viewport=PHONE, java_script_enabled=scripts) as (page, faults):
        page.goto(f"{own}/book/index.html")
        code = page.locator("details.solution pre").first
        assert not code.is_visible()
        page.locator("details.solution > summary").first.focus()
        page.keyboard.press("Enter")
        code.wait_for()
        if scripts:  # the code is wider than a phone
            page.keyboard.press("Tab")
            page.keyboard.press("ArrowRight")
            page.wait_for_function(SCROLLED)
            assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        assert not faults


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_open_solutions(chromium, editions, theme):
    folder = editions["yes"] / "html"
    options = {"viewport": PHONE, "color_scheme": theme}
    # Axe itself asks for styles under wrong addresses, so the page's complaints do not count.
    with Site(folder) as site, watched_page(chromium, site.url, **options) as (page, _):
        page.goto(f"{site.url}/book/index.html")
        for summary in page.locator("details.solution > summary").all():
            summary.click()
        found = Axe().run(page)
        assert not found.response["violations"], found.generate_report()


@pytest.mark.parametrize("start", ["````{solution} two", ":::{solution-start} two"])
def test_solution_that_cannot_be_taken_out_is_an_error(start):
    with pytest.raises(ExtensionError, match=r"a solution does not end: .\{solution"):
        book_exercises.without_solutions(f"Text.\n\n{start}\n\nAn answer.\n")


@pytest.mark.parametrize(("word", "hidden"), [("yes", False), ("no", True), (None, False)])
def test_environment_chooses_the_edition(monkeypatch, word, hidden):
    monkeypatch.delenv("SOLUTIONS", raising=False)
    if word:
        monkeypatch.setenv("SOLUTIONS", word)
    config = SimpleNamespace()
    book_exercises.choose_edition(None, config)
    assert config.hide_solutions is hidden


def test_other_words_than_yes_and_no_are_refused(monkeypatch):
    monkeypatch.setenv("SOLUTIONS", "No")
    with pytest.raises(ConfigError, match="SOLUTIONS='No' must be yes or no"):
        book_exercises.choose_edition(None, SimpleNamespace())
