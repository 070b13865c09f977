"""Where the sandbox has to work."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
PROGRAM = """
import subprocess, sys
from grading.sandbox import Limits, find_sandbox

command = find_sandbox().command("student", Limits(), {})
shell = command[: command.index("--") + 1]
subprocess.run([*shell, sys.executable, "-c", "import sys; print(sys.prefix)"], check=True)
"""


def test_sandbox_finds_an_environment_in_tmp():
    with TemporaryDirectory(dir="/tmp") as folder:
        venv.create(folder, symlinks=True)
        (site,) = Path(folder).glob("lib/python*/site-packages")
        (site / "these.pth").write_text(sysconfig.get_path("purelib"))
        done = subprocess.run(
            [f"{folder}/bin/python", "-c", PROGRAM],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.strip() == str(Path(folder).resolve()), done.stderr
