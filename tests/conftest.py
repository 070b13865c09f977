"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import pytest

from tests.browser import launch_chromium


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium driven by Playwright; one for the whole run."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        yield browser
        browser.close()
