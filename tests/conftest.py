"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import os

import pytest

# Small arrays gain nothing from threads, and threads that wait for each other cost much: on a busy
# machine these tests take ten times as long with them. Torch reads this when it is imported.
os.environ["OMP_NUM_THREADS"] = "1"

from tests.browser import launch_chromium
from tests.waiting import PATIENCE


@pytest.fixture(scope="session", autouse=True)
def own_ipython(tmp_path_factory):
    """What a reader has set up for IPython, or that there is no home for it, is not the tests'."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        yield


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium driven by Playwright; one for the whole run, and patient everywhere."""
    from playwright.sync_api import expect, sync_playwright

    def patient_context(**options):
        context = make_context(**options)
        context.set_default_timeout(1000 * PATIENCE)
        return context

    expect.set_options(timeout=1000 * PATIENCE)
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        make_context, browser.new_context = browser.new_context, patient_context
        yield browser
        browser.close()


def pytest_collection_modifyitems(items):
    """Put the files that make small books of their own behind the first that needs the whole one.

    It takes a minute or two to build, and the other processes have something to do meanwhile.
    """
    whole = dict.fromkeys(item.path for item in items if "book_html" in item.fixturenames)
    small = {item.path for item in items if item.path.parent.name == "book"}.difference(whole)

    def place(item) -> int:
        if item.path == first:
            return 0
        return 1 if item.path in small else 2

    if first := next(iter(whole), None):
        begin = next(number for number, item in enumerate(items) if item.path == first)
        items[begin:] = sorted(items[begin:], key=place)
