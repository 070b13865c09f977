"""Find a Chromium, or say in one line what to install. `python -m tests.browser` sets it up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

#: Debian's, without windows: a whole browser draws windows that nobody sees, in twice the time.
SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
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
    "the browser tests need Chromium: run `.venv/bin/playwright install --with-deps chromium`, "
    "or install your system's package `chromium`"
)


def chromium_path(playwright) -> str | None:
    """Return the path of a Chromium or Chrome: an installed one, else the one Playwright has."""
    installed = next(filter(None, map(shutil.which, NAMES)), None)
    fetched = playwright.chromium.executable_path
    return installed or (fetched if Path(fetched).exists() else None)


def launch_chromium(playwright):
    """Return a headless browser."""
    path = chromium_path(playwright)
    if path is None:
        raise RuntimeError(MISSING)
    return playwright.chromium.launch(executable_path=path, args=list(FLAGS))


def main() -> None:
    """Make sure that there is a browser: install it on Debian as root, else say what to run."""
    with sync_playwright() as playwright:
        if chromium_path(playwright):
            return
    if not (shutil.which("apt-get") and os.geteuid() == 0):
        sys.exit(MISSING)
    print("[setup] installing Debian's Chromium for the browser tests", flush=True)
    subprocess.run(["apt-get", "update", "-qq"], check=False)
    install = ["apt-get", "install", "-y", "-qq"]
    if all(
        subprocess.run([*install, name], check=False).returncode for name in (SHELL, "chromium")
    ):
        sys.exit(MISSING)


if __name__ == "__main__":
    main()
