"""A real Jupyter server, started in the repository's folder as Binder starts it, and its pages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from playwright.sync_api import TimeoutError as NotSeenError

from tests.waiting import PATIENCE, wait_for

TOP = Path(__file__).parents[2]
TOKEN = "known-to-the-test"
#: What tests and builds set for themselves and no reader has.
NOT_OURS = ("CONVLIB_PAGE", "MPLBACKEND")
CURRENT = "window.jupyterapp?.shell.currentWidget"


def post_build(prefix: Path) -> None:
    """Run Binder's `postBuild` for a Python whose environment is `prefix`."""
    commands = prefix.with_name(f"{prefix.name}-bin")
    commands.mkdir(parents=True)
    (commands / "python3").write_text(f"#!/bin/sh\necho '{prefix}'\n")
    (commands / "python3").chmod(0o755)
    prefix.mkdir(exist_ok=True)
    path = f"{commands}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["binder/postBuild"], cwd=TOP, env={**os.environ, "PATH": path}, check=True)


class JupyterServer:
    """A Jupyter server for a copy of the chapters.

    Parameters
    ----------
    folder : Path
        An empty folder for the copy, the settings and what the server writes.
    module : str
        ``"jupyterlab"`` or ``"notebook"``.
    options : sequence of str
        More of its command line.

    Attributes
    ----------
    top : Path
        What the server shows: the repository, as far as chapters need it.
    url : str
    """

    def __init__(self, folder: Path, module: str = "jupyterlab", options: Sequence[str] = ()):
        self.folder, self.module, self.options = folder, module, options
        self.top = folder / "repository"
        self.url = ""

    def __enter__(self):
        shutil.copytree(
            TOP / "book", self.top / "book", ignore=shutil.ignore_patterns("_*", ".ipynb_*")
        )
        post_build(self.folder / "environment")
        self.log = (self.folder / "log").open("w")
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", self.module),
                *("--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"),
                f"--IdentityProvider.token={TOKEN}",
                # It would ask npm, which never answers where there is no home: then no end comes.
                "--LanguageServerManager.autodetect=False",
                "--LabApp.expose_app_in_browser=True",
                "--JupyterNotebookApp.expose_app_in_browser=True",
                *self.options,
            ],
            cwd=self.top,
            env=self.environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        try:
            self.url = self._address()
        except BaseException:
            self.__exit__()
            raise
        return self

    @property
    def environment(self) -> dict[str, str]:
        """The reader's settings are not ours: all of Jupyter's folders are the test's own."""
        return {name: value for name, value in os.environ.items() if name not in NOT_OURS} | {
            "PYTHONPATH": str(TOP),
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "JUPYTER_CONFIG_PATH": str(self.folder / "environment/etc/jupyter"),
            "JUPYTER_DATA_DIR": str(self.folder / "data"),
            "JUPYTER_PATH": str(self.folder / "environment/share/jupyter"),
            "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self.folder / "workspaces"),
            "IPYTHONDIR": str(self.folder / "ipython"),
        }

    def _address(self) -> str:
        """Wait for the server's own note of the port it found."""

        def address() -> str | None:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            for note in (self.folder / "runtime").glob("jpserver-*.json"):
                with suppress(json.JSONDecodeError):  # it is being written
                    return json.loads(note.read_text())["url"].rstrip("/")
            return None

        return wait_for(address, "Jupyter")

    def __exit__(self, *exception):
        # Kernels are sessions of their own: after a test that failed, some may outlive the server.
        family = []
        with suppress(psutil.NoSuchProcess):
            family = psutil.Process(self.process.pid).children(recursive=True)
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            for one in family:
                with suppress(psutil.NoSuchProcess):
                    one.kill()
            self.log.close()

    def open(self, page, path: str) -> None:
        """Open an address of the server as a reader who comes anew."""
        shutil.rmtree(self.folder / "workspaces", ignore_errors=True)
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(f"{self.url}/{path}{'&' if '?' in path else '?'}token={TOKEN}")


def wait(page, condition: str) -> None:
    """Wait until a condition holds in the page."""
    page.wait_for_function(condition)


def wait_for_notebook(page, name: str) -> None:
    """Wait until a notebook of this name is in front, with a kernel that is ready."""
    wait(page, f"{CURRENT}?.title?.label === '{name}'")
    wait(page, f"{CURRENT}.sessionContext?.session?.kernel?.status === 'idle'")


def run_all(page) -> list[dict]:
    """Run every cell; return what went wrong, as notebook outputs."""
    return page.evaluate(
        """async () => {
            await jupyterapp.commands.execute("notebook:run-all-cells");
            const outputs = [...jupyterapp.shell.currentWidget.content.model.cells]
                .filter(cell => cell.type === "code")
                .flatMap(cell => cell.outputs.toJSON());
            return outputs.filter(o => o.output_type === "error" || o.name === "stderr");
        }"""
    )


def leave(page) -> None:
    """Stop the notebook's kernel, which nobody needs to wait for, and close it."""
    page.evaluate(
        """() => {
            void jupyterapp.shell.currentWidget.sessionContext.shutdown();
            return jupyterapp.commands.execute("application:close");
        }"""
    )


@contextmanager
def new_picture(page):
    """Yield the cell of the first explorer; after what is done there, its picture must change."""
    show_explorer(page)
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    cell = panel.locator(".jp-CodeCell", has_text="from convlib.explorers import").first
    before = cell.locator("img.widget-image").get_attribute("src")
    yield cell
    cell.locator(f"img.widget-image:not([src='{before}'])").wait_for()


def show_explorer(page) -> None:
    """Bring the cell of the first explorer into view: others may not be in the page.

    What is above may still grow, so that once is not enough.
    """
    page.wait_for_function(
        """async () => {
            const notebook = jupyterapp.shell.currentWidget.content;
            const isExplorer = cell => cell.type === "code"
                && cell.sharedModel.getSource().includes("from convlib.explorers import");
            const index = [...notebook.model.cells].findIndex(isExplorer);
            await notebook.scrollToItem(index, "start");
            return notebook.widgets[index].node.isConnected;
        }""",
        polling=500,
    )


def click_until_visible(link, shown) -> None:
    """Click a link until what it shows is there: a cell that is being drawn anew loses a click."""
    for _ in range(PATIENCE // 10):
        link.click()
        with suppress(NotSeenError):
            shown.first.wait_for(timeout=10_000)
            return
    shown.first.wait_for()
