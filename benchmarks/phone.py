"""What a touched explorer costs on a phone: `python -m benchmarks.phone`.

A chapter is opened with a processor four times as slow, and its first explorer is worked with the
keyboard: each slider there and back, then its buttons. Counted are the bytes of the page with what
the first touch loads, compressed; what moved without being asked to; and how long each press waited
for its picture, of which the slowest counts, as in "interaction to next paint". The browser tells
that time in steps of 8 ms.
"""

from __future__ import annotations

import sys

from playwright.sync_api import sync_playwright

from tests.book.tools import BUILT, TOP, Site, build, settle
from tests.browser import launch_chromium

CHAPTERS = ("stride", "padding", "transpose_matrix", "networks")
EXPLORER = ".explorer[data-name]"
SLOWER = 4
HELD = 80  # milliseconds from the press of a key until it is let go, as people do
BUDGETS = {"kB": 250, "shift": 0, "slowest press, ms": 50}
#: A press is an interaction with a number; its events are several.
WATCH = """() => {
  window.presses = {};
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const { interactionId, duration } of list.getEntries())
      if (interactionId) presses[interactionId] = Math.max(presses[interactionId] ?? 0, duration);
  }).observe({ type: "event", durationThreshold: 16 });
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value } of list.getEntries()) if (!hadRecentInput) shift += value;
  }).observe({ type: "layout-shift", buffered: true });
}"""
#: A slider's pictures come in the frame after its number: two frames, and they are painted.
PAINTED = """async () => {
  for (let frame = 0; frame < 3 || document.querySelector("[aria-busy]"); frame += 1)
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}"""


def work(page) -> None:
    """Move each slider of the first explorer there and back, and press its buttons."""
    explorer = page.locator(EXPLORER).first
    for slider in explorer.locator("input[type=range]").all():
        slider.focus()
        most = int(slider.get_attribute("max"))
        for key in ["ArrowRight"] * most + ["ArrowLeft"] * most:
            slider.press(key, delay=HELD)
            page.evaluate(PAINTED)
    for name in ("forward", "forward", "back", "reset"):
        for button in explorer.locator(f"[data-do={name}]:visible").all():  # not of a still picture
            button.press("Enter", delay=HELD)
            page.evaluate(PAINTED)


def measure(browser, site: Site, chapter: str) -> dict[str, float]:
    """Return the costs of a chapter with its explorer touched, by the names of their budgets."""
    site.sent.clear()
    options = {"viewport": {"width": 412, "height": 823}, "device_scale_factor": 1.75}
    page = browser.new_page(**options)
    settle(page, f"{site.url}/book/{chapter}.html")
    with page.expect_response("**/_static/explorers/*"):
        page.locator(f"{EXPLORER} input[type=range]").first.focus()
    sent = sum(site.sent.values())
    page.evaluate(WATCH)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    work(page)
    presses, shift = page.evaluate("[Object.values(presses), shift]")
    page.close()
    costs = sent / 1000, shift, max(presses, default=0)
    return dict(zip(BUDGETS, costs, strict=True))


def main() -> bool:
    """Print the costs beside their budgets; return whether all are kept."""
    result = build(TOP)
    if result.returncode:
        raise RuntimeError(f"the book does not build:\n{result.stdout[-4000:]}")
    kept = True
    with Site(TOP / BUILT) as site, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        for chapter in CHAPTERS:
            print(chapter)
            for name, value in measure(browser, site, chapter).items():
                within = value <= BUDGETS[name]
                kept &= within
                verdict = "kept" if within else "BROKEN"
                print(f"  {name:<20}{value:>8.1f}   budget {BUDGETS[name]:>4}   {verdict}")
        browser.close()
    return kept


if __name__ == "__main__":
    sys.exit(not main())
