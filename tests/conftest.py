"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import os

import pytest

# Small arrays gain nothing from threads, and threads that wait for each other cost much: on a busy
# machine these tests take ten times as long with them. Torch reads this when it is imported.
os.environ["OMP_NUM_THREADS"] = "1"

from tests.browser import launch_chromium


@pytest.fixture(scope="session", autouse=True)
def own_ipython(tmp_path_factory):
    """What a reader has set up for IPython, or that there is no home for it, is not the tests'."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        yield


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium driven by Playwright; one for the whole run."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        yield browser
        browser.close()
