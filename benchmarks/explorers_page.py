"""What explorers in the page cost: bytes, build time, and the time a reader waits.

Measured in headless Chromium on a page opened from disk: `python -m benchmarks.explorers_page`.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from convlib import conv_matrix
from convlib.explorers import EXPLORERS
from convlib.explorers.declaration import Control
from convlib.explorers.explorer import Explorer
from convlib.explorers.page import page_form
from convlib.scenes.convolution import convolution_scene, example_input, example_kernel
from convlib.scenes.scene import Scene, grid
from tests.book.harness import COMMENT, STATIC, write_page
from tests.browser import launch_chromium

CHANGES, TOUCHES = 300, 9
SCRIPTS = ("explorer.js", "numbers.js", "predict.js", "symbols.js")
#: Whatever else the machine does only adds time: of so many rounds, the quietest counts.
ROUNDS = 3

# Give every change its turn, and return how long each took: the script with style and layout, and
# the same with the frame that paints it. Waiting for the screen's next beat is not counted, and
# what the explorer puts off until then is done at once.
UPDATES = """async (changes) => {
  const root = document.querySelector(".explorer"), form = root.querySelector("form");
  const channel = new MessageChannel(), times = [], beat = requestAnimationFrame, wait = setTimeout;
  window.requestAnimationFrame = (then) => then();
  window.setTimeout = (then, time) => time ? wait(then, time) : then();
  const frame = () => new Promise((resolve) => beat(() => {
    const start = performance.now();
    channel.port1.onmessage = () => resolve(performance.now() - start);
    channel.port2.postMessage(0); // handled once the frame is painted
  }));
  for (const [name, index] of changes) {
    const control = form.elements[name];
    control.value = index;
    const start = performance.now();
    control.dispatchEvent(new Event("input", {bubbles: true}));
    document.body.getBoundingClientRect();
    const script = performance.now() - start;
    times.push([script, script + await frame()]);
  }
  Object.assign(window, {requestAnimationFrame: beat, setTimeout: wait});
  return times;
}"""
# Change a number of the input many times, as by keys, and return how long each took with the frame.
EDITS = """async () => {
  const field = document.querySelector(".number-field input");
  const channel = new MessageChannel(), times = [];
  for (let n = 0; n < 100; n += 1) {
    field.value = (n * 37) % 99 - 49;
    const start = performance.now();
    field.dispatchEvent(new Event("input", {bubbles: true}));
    document.body.getBoundingClientRect();
    const script = performance.now() - start;
    times.push(script + await new Promise((resolve) => requestAnimationFrame(() => {
      const from = performance.now();
      channel.port1.onmessage = () => resolve(performance.now() - from);
      channel.port2.postMessage(0);
    })));
  }
  return times;
}"""
# The first touch is a change of the control, so that the picture must change.
TOUCH = """([name, index]) => new Promise((resolve) => {
  const root = document.querySelector(".explorer"), control = root.querySelector(`[name=${name}]`);
  control.value = index;
  const start = performance.now();
  new MutationObserver(() => requestAnimationFrame(() => setTimeout(
    () => resolve(performance.now() - start)))).observe(
      root.querySelector(".grids"), {childList: true, subtree: true});
  control.dispatchEvent(new Event("input", {bubbles: true}));
})"""


def _matrix_scene(**values) -> Scene:
    """Return the picture of a convolution with its matrix beside it."""
    input, kernel = example_input(values["input_size"]), example_kernel(values["kernel_size"])
    scene = convolution_scene(input, kernel, stride=values["stride"])
    if scene.error:
        return scene
    weights = conv_matrix(kernel, input.shape, stride=values["stride"])
    taken = conv_matrix(np.ones_like(kernel), input.shape, stride=values["stride"])
    roles = np.where(taken, "kernel", "blank")
    texts = np.where(taken, weights.astype(str), "")
    return replace(scene, matrix=grid("matrix", "matrix", texts, roles))


#: Matrices of up to 64×100 cells with 36×100 among them.
MATRIX = Explorer(
    "matrix",
    "A convolution and its matrix",
    (
        Control("input_size", "input size", tuple(range(5, 11)), 5),
        Control("kernel_size", "kernel size", (3, 4, 5), 3),
        Control("stride", "stride", (1, 2), 1),
    ),
    _matrix_scene,
)


def measure(browser, explorer: Explorer) -> tuple[dict[str, float], bool]:
    """Return the costs of one explorer, by name, and whether it shows a matrix."""
    start = time.perf_counter()
    html = page_form(explorer, explorer.values()).html
    built = time.perf_counter() - start
    packs = [data for _, data in COMMENT.findall(html)]
    count = len(list(explorer.states()))
    first = explorer.controls[0]
    dice = np.random.default_rng(2)
    changes = [
        [control.name, int(dice.integers(len(control.values)))]
        for control in dice.choice(np.array(explorer.controls, dtype=object), CHANGES)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = write_page(Path(folder), html)
        touches = []
        for _ in range(TOUCHES):
            context = browser.new_context()
            page = context.new_page()
            page.goto(path.as_uri())
            touches.append(page.evaluate(TOUCH, [first.name, len(first.values) - 1]))
            if len(touches) == TOUCHES:
                page.evaluate(UPDATES, changes[:40])  # the engine warms up
                rounds = [np.array(page.evaluate(UPDATES, changes)) for _ in range(ROUNDS)]
                edits = _edits(page)
            context.close()
    times = min(rounds, key=lambda times: np.percentile(times[:, 1], 95))
    costs = {
        "states": count,
        "build, ms a state": 1e3 * built / count,
        "packs, bytes a state": sum(map(len, packs)) / count,
        "pack at the first touch, bytes": max(map(len, packs)),
        "first touch, ms (median)": float(np.median(touches)),
        "first touch, ms (slowest)": max(touches),
        "update, script and layout, ms (p95)": float(np.percentile(times[:, 0], 95)),
        "update, painted, ms (median)": float(np.median(times[:, 1])),
        "update, painted, ms (p95)": float(np.percentile(times[:, 1], 95)),
    }
    if edits:
        costs["edit of a number, painted, ms (p95)"] = min(np.percentile(one, 95) for one in edits)
    return costs, 'data-part="matrix"' in html


def _edits(page) -> list[list[float]]:
    """Return how long changes of a number take where the explorer has numbers to change."""
    page.locator("[data-do=reset]").click()
    grid = page.locator(".grid.changes").first
    if not grid.count():
        return []
    grid.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    if not page.locator(".number-field").count():  # the first cell is padding
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
    page.locator(".number-field").wait_for()
    return [page.evaluate(EDITS) for _ in range(ROUNDS)]


def main() -> bool:
    """Print the costs beside their budgets; return whether all are kept."""
    budgets = {
        "build, ms a state": 10,
        "packs, bytes a state": 150,
        "pack at the first touch, bytes": 60_000,
        "first touch, ms (median)": 150,
        "update, painted, ms (p95)": 16,
        "edit of a number, painted, ms (p95)": 16,
    }
    kept = True
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        for explorer in (*EXPLORERS.values(), MATRIX):
            print(f"{explorer.name} explorer")
            costs, has_matrix = measure(browser, explorer)
            budgets["packs, bytes a state"] = 450 if has_matrix else 150
            for name, value in costs.items():
                kept &= _row(name, value, budgets.get(name))
        browser.close()
    scripts = sum(len(gzip.compress((STATIC / name).read_bytes())) for name in SCRIPTS)
    return kept & _row("scripts of an explorer, compressed, bytes", scripts, 17_000)


def _row(name: str, value: float, budget: float | None) -> bool:
    kept = budget is None or value <= budget
    limit = "" if budget is None else f"budget {budget:>6}   {'kept' if kept else 'BROKEN'}"
    print(f"  {name:<38}{value:>10.1f}   {limit}".rstrip(), flush=True)
    return kept


if __name__ == "__main__":
    sys.exit(not main())
