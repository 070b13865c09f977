"""A page's own notebook in the classic Notebook, version 7: opened, run, an explorer moved."""

from __future__ import annotations

import shutil

import pytest

from tests.book.tools import watched_page
from tests.live.jupyter import JupyterServer, new_picture, run_all, wait_for_notebook


@pytest.fixture
def server(tmp_path, book_html, monkeypatch):
    # Its first cell installs what it names; here that would replace the convlib under test.
    monkeypatch.setenv("PIP_DRY_RUN", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with JupyterServer(tmp_path, "notebook") as server:
        for path in (book_html / "book").glob("*.whl"):
            shutil.copy(path, server.top)
        shutil.copy(book_html / "book/stride.ipynb", server.top)
        yield server


def test_page_runs_in_notebook_7(chromium, server):
    with watched_page(chromium, server.url) as (page, complaints):
        server.open(page, "notebooks/stride.ipynb")
        wait_for_notebook(page, "stride.ipynb")
        assert run_all(page) == []
        # Notebook keeps the arrow keys for its cells, so the number is typed.
        with new_picture(page) as cell:
            number = cell.locator(".widget-readout").first
            assert number.text_content() == "5"
            number.fill("7")
            number.press("Enter")
    assert [line for line in complaints if line.startswith("asks")] == []
