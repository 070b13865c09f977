"""Find a Chromium, or say in one line what to install."""

from __future__ import annotations

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = (
    "the browser tests need Chromium: `apt-get install chromium` on Debian and Ubuntu, "
    "`playwright install chromium` elsewhere"
)


def chromium_path() -> str | None:
    """Return the path of an installed Chromium or Chrome, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch_chromium(playwright):
    """Return a headless browser: an installed one, else the one Playwright fetched."""
    from playwright.sync_api import Error

    try:
        return playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
    except Error as error:
        raise RuntimeError(MISSING) from error
