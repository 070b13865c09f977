"""What Lighthouse says of the built pages on a phone: `python -m benchmarks.lighthouse`.

A page of each kind is measured, three times, and the medians count; `--all` measures every page,
and names measure these. Pages are served compressed, as GitHub Pages does. Lighthouse works out
what an old phone on a slow mobile network would do from what happened here, so times depend on how
busy this machine is; bytes and requests do not. It comes from npm, and so needs Node.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from tests.book.tools import BUILT, TOP, Site, build
from tests.browser import FLAGS, MISSING, chromium_path

#: The newest that runs on Node 20.
VERSION = "12.8.2"
FOLDER = TOP / "_build/lighthouse"
NO_NODE = (
    "Lighthouse needs Node 20 or newer, which is not here: install it from nodejs.org or your "
    "package manager (Debian's are nodejs and npm), and run `make bench` again"
)
#: A page of each kind.
KINDS = (
    "book/index.html",
    "book/padding.html",
    "book/networks.html",
    "book/gallery.html",
    "book/api.html",
    "search.html",
    "notebook.html",
    "explorers/index.html",
    "explorers/stride.html",
    "404.html",
)
ROUNDS = 3
SCORES = {
    "performance": "speed",
    "accessibility": "access",
    "best-practices": "practice",
    "seo": "search",
}
#: The audits that are times in ms, or shares of the screen that moved; and their budgets.
TIMES = {
    "first-contentful-paint": ("FCP ms", 1200),
    "largest-contentful-paint": ("LCP ms", None),
    "total-blocking-time": ("TBT ms", None),
    "cumulative-layout-shift": ("CLS", 0),
}


def program() -> Path:
    """Return the path of Lighthouse, installed if it is not there."""
    path = FOLDER / "node_modules/lighthouse"
    about = path / "package.json"
    if not about.exists() or json.loads(about.read_text())["version"] != VERSION:
        print(f"installing Lighthouse {VERSION} from npm", flush=True)
        FOLDER.mkdir(parents=True, exist_ok=True)
        quiet = ("--no-save", "--no-fund", "--no-audit", "--loglevel=error")
        subprocess.run(
            ["npm", "install", *quiet, "--prefix", FOLDER, f"lighthouse@{VERSION}"], check=True
        )
    return path / "cli/index.js"


def report(lighthouse: Path, chromium: str, address: str) -> dict:
    """Return what Lighthouse says of a page, with its settings for mobile devices."""
    result = subprocess.run(
        [
            "node",
            lighthouse,
            address,
            "--quiet",
            "--output=json",
            f"--only-categories={','.join(SCORES)}",
            f"--chrome-flags=--headless=new {' '.join(FLAGS)}",
        ],
        env={**os.environ, "CHROME_PATH": chromium},
        stdout=subprocess.PIPE,
        check=True,
    )
    found = json.loads(result.stdout)
    if "runtimeError" in found:
        raise RuntimeError(f"{address}: {found['runtimeError']['message']}")
    return found


def numbers(found: dict) -> list[float]:
    """Return a report's scores of 100, its times, and how many requests and kB a page takes."""
    scores = [100 * found["categories"][name]["score"] for name in SCORES]
    times = [found["audits"][name]["numericValue"] for name in TIMES]
    asked = [
        item["transferSize"]
        for item in found["audits"]["network-requests"]["details"]["items"]
        if item["url"].startswith("http")
    ]
    return [*scores, *times, len(asked), sum(asked) / 1000]


def costs(found: dict) -> list[str]:
    """Return what costs points, and what would if it were worse."""
    names = {
        part["id"]: part["weight"]
        for category in found["categories"].values()
        for part in category["auditRefs"]
        if part.get("group") != "hidden"
    }
    told = []
    for name, weight in names.items():
        audit = found["audits"][name]
        if audit["score"] is not None and audit["score"] < 1:
            value = f": {audit['displayValue']}" if audit.get("displayValue") else ""
            told.append(f"{'costs points' if weight else 'hint'}  {name}{value}")
    return sorted(told)


def measure(pages: list[str]) -> bool:
    """Print a row for each page and what costs it points; return whether all budgets are kept."""
    with sync_playwright() as playwright:
        chromium = chromium_path(playwright)
    if chromium is None:
        raise RuntimeError(MISSING)
    lighthouse, kept = program(), True
    heads = [*SCORES.values(), *(head for head, _ in TIMES.values()), "requests", "kB"]
    print(f"{'':28}" + "".join(f"{head:>9}" for head in heads))
    with Site(TOP / BUILT) as site:
        for page in pages:
            found = [report(lighthouse, chromium, f"{site.url}/{page}") for _ in range(ROUNDS)]
            values = [median(column) for column in zip(*map(numbers, found), strict=True)]
            row = "".join(f"{value:9.2f}" if 0 < value < 1 else f"{value:9.0f}" for value in values)
            times = zip(values[len(SCORES) :], TIMES.values(), strict=False)
            within = all(limit is None or value <= limit for value, (_, limit) in times)
            good = within and all(round(score) == 100 for score in values[: len(SCORES)])
            print(f"{page:28}{row}   {'kept' if good else 'BROKEN'}", flush=True)
            for cost in costs(found[-1]):
                print(f"    {cost}")
            kept &= good
    return kept


def main(pages: list[str] | None = None) -> bool:
    """Measure pages; return whether each has 100 points four times, and its first paint in time."""
    if not (shutil.which("node") and shutil.which("npm")):
        print(NO_NODE)
        return True
    result = build(TOP)
    if result.returncode:
        raise RuntimeError(f"the book does not build:\n{result.stdout[-4000:]}")
    if pages == ["--all"]:
        built = (path.relative_to(TOP / BUILT) for path in (TOP / BUILT).rglob("*.html"))
        # The page at the top only leads to the first.
        pages = sorted(path.as_posix() for path in built if path != Path("index.html"))
    return measure(pages or [page for page in KINDS if (TOP / BUILT / page).exists()])


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
