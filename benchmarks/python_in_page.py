"""Python in the page: from the press of the button to the first result of `conv2d`.

The page is served as published pages are: compressed, and kept by the browser. First the network
and the processor are as they are; then comes a second visit, a processor four times as slow, a
network of 10 Mbit/s, and the page from disk. A slow processor is one core of which the browser has
a quarter. The longest pause of the page itself is measured, too,
and the memory of the browser's process that runs Python.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psutil
from playwright.sync_api import Browser, sync_playwright

from tests.book.tools import BUILT, TOP, Site, build
from tests.browser import launch_chromium

#: Seconds, by what is measured; and megabytes of memory.
BUDGETS = {
    "first visit": 4.0,
    "second visit": 2.5,
    "a quarter of one core": 12.0,
    "10 Mbit/s": 9.0,
    "from disk": 4.0,
}
MEMORY = 400
CELL = "from convlib import conv2d\nconv2d([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[1, 0], [0, 1]])"
#: Times the press and the result where they happen: looking from outside comes late.
STOPWATCH = """() => {
  window.longest = 0;
  let last = performance.now();
  const frame = (now) => {
    longest = Math.max(longest, now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  const press = document.querySelector("[data-live=start]");
  window.taken = new Promise((resolve) => {
    press.addEventListener("click", ({ timeStamp }) => {
      new MutationObserver(() => {
        if (document.querySelector(".live-output")?.textContent.includes("[12, 14]"))
          resolve(performance.now() - timeStamp);
      }).observe(document.body, { childList: true, subtree: true });
    });
  });
}"""


def first_result(page, home: str) -> tuple[float, float]:
    """Return seconds from the press to the result, and its page's longest pause, in ms."""
    page.goto(f"{home}/notebook.html#code={quote(CELL)}")
    page.reload()  # the address alone would not load the page again
    page.evaluate(STOPWATCH)
    page.get_by_role("button", name="Run the code on this page").click()
    return page.evaluate("taken") / 1000, page.evaluate("longest")


def memory_of(browser: Browser) -> float:
    """Return the megabytes of the largest of the browser's processes that draw pages."""
    family = psutil.Process().children(recursive=True)
    drawing = [one for one in family if "--type=renderer" in " ".join(one.cmdline())]
    return max(one.memory_info().rss for one in drawing) / 1e6


@contextmanager
def shared_core() -> Iterator[None]:
    """Keep to one core what is started meanwhile, beside three busy processes."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3)]
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
        for loop in loops:
            loop.kill()
            loop.wait()


def measure(site: Site, folder: Path) -> tuple[dict[str, float], float, float]:
    """Return the seconds of each visit, the longest pause in ms, and the memory in MB."""
    seconds, pauses = {}, []
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)

        def visit(name: str, home: str, context=None, megabits: float = 0) -> None:
            page = (context or browser.new_context()).new_page()
            if megabits:
                speed = megabits * 1e6 / 8
                limits = {"downloadThroughput": speed, "uploadThroughput": speed, "latency": 20}
                devtools = page.context.new_cdp_session(page)
                devtools.send("Network.enable")
                devtools.send("Network.emulateNetworkConditions", {**limits, "offline": False})
            seconds[name], pause = first_result(page, home)
            if not megabits:
                pauses.append(pause)

        reader = browser.new_context()
        visit("first visit", site.url, reader)
        memory = memory_of(browser)
        visit("second visit", site.url, reader)
        visit("10 Mbit/s", site.url, megabits=10)
        visit("from disk", folder.as_uri())
        browser.close()
    with shared_core(), sync_playwright() as playwright:
        page = launch_chromium(playwright).new_page()
        seconds["a quarter of one core"], _ = first_result(page, site.url)
    return seconds, max(pauses), memory


def main() -> bool:
    """Print the figures against their budgets; return whether all are kept."""
    result = build(TOP, GITHUB_REPOSITORY="", BOOK_URL="")
    if result.returncode:
        sys.exit(result.stdout)
    with Site(TOP / BUILT, kept=True) as site:
        seconds, pause, memory = measure(site, TOP / BUILT)
        sent = sum(size for path, size in site.sent.items() if "_static/python" in path)
    for name, took in seconds.items():
        print(f"{name:30} {took:5.1f} s   (at most {BUDGETS[name]} s)")
    print(f"{'sent, compressed':30} {sent / 1e6:5.1f} MB")
    print(f"{'longest pause of the page':30} {pause:5.0f} ms")
    print(f"{'memory of its process':30} {memory:5.0f} MB  (at most {MEMORY} MB)")
    return memory <= MEMORY and all(took <= BUDGETS[name] for name, took in seconds.items())


if __name__ == "__main__":
    sys.exit(not main())
