"""The page's Python says what Python outside says: numbers, pictures, and whole chapters."""

from __future__ import annotations

import inspect
import json
import re

import book_python
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import expect

from convlib.explorers import EXPLORERS
from tests.book import drawn
from tests.book.live import output, press, status, write
from tests.scenes import known

BUTTON = "Run the code on this page"
SETTINGS = 2_000
#: What a page shows of a cell, without what only one of the two has.
TEXTS = """() => [...document.querySelectorAll("div.cell")].flatMap((cell) => {
  const still = cell.querySelector(":scope > .cell_output:not(.live-output)");
  const live = cell.querySelector(":scope > .live-output");
  if (!still || !live || live.hidden) return [];
  const text = (one) => {
    const copy = one.cloneNode(true);
    for (const part of copy.querySelectorAll(".explorer, .picture-explorer, .copybtn, .question"))
      part.remove();
    return copy.textContent.replace(/\\s+/g, " ").trim();
  };
  return [[text(still), text(live)]];
})"""


def pytorch(name):
    """Return PyTorch's function for an operation of `drawn`, from arrays to an array."""

    def tensors(values):
        return [torch.from_numpy(v.astype(np.float64)) if isinstance(v, np.ndarray) else v
                for v in values]  # fmt: skip

    def call(*arguments, **keywords):
        if name == "conv_input_gradient":
            function = torch.nn.grad.conv2d_input
        elif name == "conv_weight_gradient":
            function = torch.nn.grad.conv2d_weight
        else:
            function = getattr(F, name)
        return function(*tensors(arguments), **keywords).numpy()

    return call


@pytest.fixture(scope="module")
def notebook(chromium, site):
    """A page in which Python runs."""
    page = chromium.new_page()
    page.goto(f"{site.url}/notebook.html")
    press(page, BUTTON)
    expect(status(page)).to_contain_text("Done: cell 1.")
    yield page
    page.close()


def answer(page, code):
    """Run code in the page, and return what it prints."""
    write(page, 0, code)
    expect(page.locator(".live-mark").first).to_have_text(re.compile("^done in"))
    return output(page, 0).inner_text().strip()


@pytest.mark.parametrize(
    "count", [100, pytest.param(SETTINGS, marks=pytest.mark.long)], ids="{} settings".format
)
def test_numbers_are_pytorchs(notebook, count):
    code = (
        f"{inspect.getsource(drawn)}\nimport json\n"
        f"print(json.dumps([digest(name, {count}) for name in OPERATIONS]))"
    )
    found = dict(zip(drawn.OPERATIONS, json.loads(answer(notebook, code)), strict=True))
    expected = {name: drawn.digest(name, count, pytorch(name)) for name in drawn.OPERATIONS}
    assert found == expected


@pytest.mark.long
def test_every_picture_is_the_books(notebook):
    makers = (known.of_explorer, known.of_first, known.of_value, known.of_gallery)
    parts = (known.written, known.linked, known._rows, known._digest, *makers)
    code = "\n".join(
        [
            "from __future__ import annotations",
            "import hashlib, json",
            "from convlib.explorers import EXPLORERS",
            "from convlib.scenes.gallery import GALLERY, gallery_scene",
            "from convlib.scenes.scene import cell_text",
            *map(inspect.getsource, parts),
            "print(json.dumps([*map(of_explorer, EXPLORERS), of_gallery()]))",
        ]
    )
    found = json.loads(answer(notebook, code))
    expected = [*map(known.of_explorer, EXPLORERS), known.of_gallery()]
    assert found == expected


@pytest.mark.long
def test_every_chapter_runs_whole_and_shows_the_books_results(chromium, book_html):
    """From disk, in one window: as a reader with a stick has it."""
    ran = 0
    for path in sorted((book_html / "book").glob("*.html")):
        if 'class="live-bar' not in path.read_text(encoding="utf-8"):
            continue
        page = chromium.new_page()
        page.goto(path.as_uri())
        press(page, BUTTON)
        expect(status(page)).to_have_text(re.compile("^(Done|Stopped)|works as before"))
        assert status(page).inner_text().startswith("Done"), (
            f"{path.stem}: {status(page).inner_text()}"
        )
        texts = page.evaluate(TEXTS)
        # Whole numbers have 32 bits here, and NumPy names the type where it is not the usual one.
        other = [pair for pair in texts if pair[0] != pair[1].replace(", dtype=int32)", ")")]
        assert other == [], path.stem
        ran += len(texts)
        page.close()
    assert ran > 250


def test_books_that_share_pieces_take_none_from_each_other(tmp_path, monkeypatch):
    """A book's pieces stay while it is built, though another, of other files, is built too."""
    monkeypatch.setenv("BOOK_PIECES", str(tmp_path / "pieces"))
    monkeypatch.setattr(book_python, "PARTS", {"convlib": lambda top: (top / "a.py").read_bytes()})
    monkeypatch.setattr(book_python, "_own_files", lambda top: ["a.py"])
    found = {}
    for name in ("one", "other", "one"):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "a.py").write_text(f"print({name!r})")
        found[name] = book_python.prepared(tmp_path / name)
    (folder, ones), (_, others) = found.values()
    assert ones["convlib"].keys().isdisjoint(others["convlib"])
    for name in (*ones["convlib"], *others["convlib"]):
        assert (folder / name).is_file()
