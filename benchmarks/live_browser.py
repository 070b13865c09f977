"""A moved slider in JupyterLab: our explorer against `interact` and `plt.subplots`.

Both are cells of one notebook, in one kernel and one browser, and show the same figure. A key moves
a slider of one, then of the other; measured is the time from the key to the new picture painted.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import numpy as np
from playwright.sync_api import sync_playwright

from tests.browser import launch_chromium
from tests.live.jupyter import JupyterServer, run_all, wait_for_notebook

BUDGET = 1 / 3
ROUNDS = 60
WARM_UP = 5
START = "input_size=7, kernel_size=3, stride=1, padding=1, dilation=1"
OURS = f"from convlib.explorers import stride\nstride({START})"
THEIRS = f"""
import matplotlib.pyplot as plt
from ipywidgets import IntSlider, interact
from benchmarks.explorers_live import idiomatic_figure
from convlib.draw.layout import layout

largest = layout(stride.scene({START.replace("=7", "=8")}))
limits = {{"input_size": (3, 8), "kernel_size": (1, 4), "stride": (1, 3), "padding": (0, 2),
          "dilation": (1, 2)}}
sliders = {{name: IntSlider(value, *limits[name]) for name, value in dict({START}).items()}}

def picture(**values):
    idiomatic_figure(stride.scene(**values), (0, 0), (largest.width, largest.height))
    plt.show()

interact(picture, **sliders);
"""
# Arms a stopwatch: it starts with the next key and stops when another picture is on the screen.
STOPWATCH = """
output => {
    const picture = () => output.querySelector("img[src]");
    const before = picture().src;
    window.measured = new Promise(done => {
        let start;
        addEventListener("keydown", event => { start = event.timeStamp; },
                         {capture: true, once: true});
        const watcher = new MutationObserver(async () => {
            if (!picture() || picture().src === before) return;
            watcher.disconnect();
            await picture().decode();
            requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
        });
        watcher.observe(output, {attributes: true, childList: true, subtree: true});
    });
}
"""


def measure() -> tuple[np.ndarray, np.ndarray]:
    """Return milliseconds from key to picture: of our explorer, and of `interact`."""
    cells = [*map(nbformat.v4.new_code_cell, (OURS, THEIRS))]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    with (
        TemporaryDirectory() as folder,
        JupyterServer(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        nbformat.write(book, server.top / "speed.ipynb")
        browser = launch_chromium(playwright)
        page = browser.new_page(viewport={"width": 1300, "height": 2400})
        server.open(page, "lab/tree/speed.ipynb")
        wait_for_notebook(page, "speed.ipynb")
        wrong = run_all(page)
        assert not wrong, wrong
        cells = page.locator(".jp-CodeCell .jp-OutputArea").all()[:2]
        for cell in cells:
            cell.locator("img[src]").wait_for()
        times = [
            [_move(page, cell, "ArrowRight" if number % 2 == 0 else "ArrowLeft") for cell in cells]
            for number in range(ROUNDS + WARM_UP)
        ]
        browser.close()
    return np.transpose(times[WARM_UP:])


def _move(page, cell, key: str) -> float:
    cell.evaluate(STOPWATCH)
    cell.locator("[role=slider]").first.press(key)
    return page.evaluate("window.measured")


def main() -> bool:
    """Print both; return whether the 95th percentile keeps the budget."""
    ours, theirs = measure()
    print(f"{'a slider moved in JupyterLab':40} {'median':>8} {'p95':>8}")
    for name, times in (("interact and plt.subplots", theirs), ("our explorer", ours)):
        print(f"{name:40} {np.median(times):5.0f} ms {np.percentile(times, 95):5.0f} ms")
    share = np.percentile(ours, 95) / np.percentile(theirs, 95)
    kept = bool(share <= BUDGET)
    print(f"share of the time, p95: {share:.2f}   budget {BUDGET:.2f}", end="   ")
    print("kept" if kept else "BROKEN")
    return kept


if __name__ == "__main__":
    sys.exit(not main())
