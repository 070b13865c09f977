"""`python -m tests.situations [NAME ...] [-- ARGUMENTS]`: the tests on machines of other kinds.

Each situation has a copy of the checkout of its own, and the checkout's environment. What it prints
at the end is a table: situation, when, for how long, and how many tests passed. `all` means every
one; `busy+no-git` is both at once; the names are listed with `--help`. With `-- -m "not long"` all
tests of `make test` run, in the processes that the next arguments say (`--numprocesses 2 ...`).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO, cast

ROOT = Path(__file__).parent.parent
#: Quick, and they touch what situations touch: files, processes, texts, kernels, the sandbox.
QUICK = (
    "tests/test_commands.py",
    "tests/test_imports.py",
    "tests/scenes/test_gallery.py",
    "tests/draw/test_animation.py",
    "tests/grading/test_sandbox.py",
    "tests/grading/test_self_check.py",
)
BUSY = 6
#: The account that systems have for what needs no rights.
NOBODY = 65534


@dataclass
class Setting:
    """How the tests are run: what a situation changes."""

    checkout: Path
    scratch: Path
    environment: dict[str, str] = field(default_factory=dict)
    umask: int = -1
    within: tuple[str, ...] = ()  # what the command is given to
    account: int | None = None  # whose the tests' processes are
    python: str = sys.executable
    beside: list[subprocess.Popen] = field(default_factory=list)
    without: list[str] = field(default_factory=list)  # tests that cannot run there


def private_files(setting: Setting) -> None:
    """umask 077: nobody else may read what is made."""
    setting.umask = 0o077


def plain_language(setting: Setting) -> None:
    """LANG=C: a terminal that knows ASCII alone."""
    setting.environment |= {"LANG": "C", "LC_ALL": "C"}


def odd_path(setting: Setting) -> None:
    """a path with spaces and ö."""
    moved = setting.scratch / "Bücher und mehr" / "my book"
    moved.parent.mkdir()
    setting.checkout = setting.checkout.rename(moved)


def no_git(setting: Setting) -> None:
    """a checkout without .git, as a zip holds it."""
    shutil.rmtree(setting.checkout / ".git", ignore_errors=True)


def other_tmpdir(setting: Setting) -> None:
    """TMPDIR elsewhere."""
    folder = setting.scratch / "temporary files"
    folder.mkdir()
    setting.environment["TMPDIR"] = str(folder)


def closed_home(setting: Setting) -> None:
    """a home that is not there and cannot be made."""
    setting.environment["HOME"] = "/proc/no-home"


def busy(setting: Setting) -> None:
    """six busy processes beside."""
    loop = [sys.executable, "-c", "while True: pass"]
    setting.beside += [subprocess.Popen(loop) for _ in range(BUSY)]


def no_ipv6(setting: Setting) -> None:
    """a network of this machine alone, without IPv6; to set it up, one must be root.

    The one test that asks a registry for a package has none there.
    """
    setting.without.append("tests/test_oldest.py::test_convlib_runs_with_the_oldest_numpy")
    off = "for one in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > $one; done"
    script = f'ip link set lo up && {off} && exec "$@"'
    setting.within = ("unshare", "--net", "sh", "-c", script, "sh", *setting.within)


def ordinary_user(setting: Setting) -> None:
    """an account that owns nothing else, with the system's Python."""
    if os.getuid() == 0:
        setting.account = NOBODY
        home = setting.scratch / "home"
        home.mkdir()
        setting.environment.setdefault("HOME", str(home))
        for entry in (setting.scratch, *setting.scratch.rglob("*")):
            os.chown(entry, NOBODY, NOBODY, follow_symlinks=False)
        setting.within = (*setting.within, "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}")
        setting.within = (*setting.within, "--clear-groups", "--")
    (setting.checkout / ".venv").unlink()
    setting.python = str(setting.checkout / ".venv/bin/python")
    make = ("make", "--silent", "PYTHON=/usr/bin/python3", ".venv/test")
    # Before a network is taken away: the environment is installed.
    as_account = {"user": setting.account, "group": setting.account, "extra_groups": []}
    subprocess.run(
        make,
        cwd=setting.checkout,
        env={**os.environ, **setting.environment},
        check=True,
        stdout=subprocess.DEVNULL,
        **(as_account if setting.account else {}),
    )


SITUATIONS: dict[str, Callable[[Setting], None]] = {
    one.__name__.replace("_", "-"): one
    for one in (
        private_files, plain_language, odd_path, no_git, other_tmpdir, closed_home, no_ipv6,
        ordinary_user, busy,
    )
}  # fmt: skip
#: Those that cost more than the tests themselves, or need rights.
DEAR = ("no-ipv6", "ordinary-user", "busy")
CHEAP = [name for name in SITUATIONS if name not in DEAR]


@dataclass(frozen=True)
class Outcome:
    """How the tests went in a situation."""

    name: str
    when: datetime
    seconds: float
    status: int
    said: str

    @property
    def counts(self) -> str:
        """What pytest's last line tells: ``"12 passed, 1 failed"``."""
        found = re.findall(r"\d+ (?:passed|failed|errors?)", self.said.rsplit("\n=", 1)[-1])
        return ", ".join(found) or "no tests ran"


@contextlib.contextmanager
def prepared(name: str) -> Iterator[Setting]:
    """Yield the setting of a situation, and take everything of it away afterwards."""
    scratch = Path(tempfile.mkdtemp(prefix="situation-"))
    setting = Setting(scratch / "checkout", scratch)
    try:
        # As it is now: what is not committed yet counts too.
        made = shutil.ignore_patterns(".venv", "_build", "build", "course", "hub", "*cache*")
        shutil.copytree(ROOT, setting.checkout, ignore=made)
        (setting.checkout / ".venv").symlink_to(Path(sys.prefix))
        for one, set_up in SITUATIONS.items():  # in this order: places, then rights, then load
            if one in name.split("+"):
                set_up(setting)
        yield setting
    finally:
        for process in setting.beside:
            process.kill()
            process.wait()
        shutil.rmtree(scratch, ignore_errors=True)


def run(name: str, arguments: Sequence[str] = QUICK, heard: TextIO | None = None) -> Outcome:
    """Run tests in a situation; whoever wants to hear how they go is told line by line."""
    when, begin = datetime.now(UTC), time.monotonic()
    with prepared(name) as setting:
        without = [f"--deselect={test}" for test in setting.without]
        said = []
        with subprocess.Popen(
            [*setting.within, setting.python, "-m", "pytest", "-q", *arguments, *without],
            cwd=setting.checkout,
            env={**os.environ, "PYTHONPATH": str(setting.checkout), **setting.environment},
            umask=setting.umask,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process:
            for line in cast(TextIO, process.stdout):
                said.append(line)
                if heard:
                    print(line, end="", file=heard, flush=True)
    return Outcome(name, when, time.monotonic() - begin, process.returncode, "".join(said))


def main(arguments: Sequence[str]) -> int:
    """Run situations and print the table; return 0 if every test passed in each."""
    own = list(arguments)
    tests = own[own.index("--") + 1 :] if "--" in own else QUICK
    own = own[: own.index("--")] if "--" in own else own
    known = "; ".join(f"{name}: {one.__doc__}" for name, one in SITUATIONS.items())
    parser = argparse.ArgumentParser("python -m tests.situations", epilog=known)
    parser.add_argument("names", nargs="*", default=["all"])
    names = parser.parse_args(own).names
    if wrong := {one for name in names for one in name.split("+")} - {*SITUATIONS, "all"}:
        parser.error(f"no situation {', '.join(sorted(wrong))}; there are {', '.join(SITUATIONS)}")
    failed = 0
    print("| situation | when | seconds | tests |\n|---|---|---|---|")
    for name in SITUATIONS if "all" in names else names:
        outcome = run(name, tests, heard=sys.stderr)
        failed += outcome.status != 0
        row = (name, f"{outcome.when:%Y-%m-%d %H:%M}", f"{outcome.seconds:.0f}", outcome.counts)
        print(f"| {' | '.join(row)} |", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
