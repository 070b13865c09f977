"""The tests hold on machines of other kinds: quick ones here, all of them in the long run."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests import situations

QUICK = ("tests/test_imports.py", "tests/scenes/test_gallery.py", "tests/grading/test_sandbox.py")


#: Several at once take less time, and show the same.
TOGETHER = ["+".join(situations.CHEAP[at::2]) for at in (0, 1)]


@pytest.mark.parametrize("name", TOGETHER)
def test_quick_tests_pass_with(name):
    outcome = situations.run(name, QUICK)
    assert outcome.status == 0, outcome.said[-4000:]


@pytest.mark.long
@pytest.mark.parametrize("name", situations.SITUATIONS)
def test_more_tests_pass_with(name):
    outcome = situations.run(name)
    assert outcome.status == 0, outcome.said[-4000:]


def test_a_situation_leaves_nothing_behind():
    with situations.prepared("busy") as setting:
        assert len(setting.beside) == situations.BUSY
        assert all(process.poll() is None for process in setting.beside)
        assert (setting.checkout / "pyproject.toml").is_file()
    assert not setting.scratch.exists()
    assert all(process.poll() is not None for process in setting.beside)


def test_a_red_test_is_told_and_counted(tmp_path):
    (tmp_path / "test_red.py").write_text("def test_red():\n    assert False, 'so it is'\n")
    command = [sys.executable, "-m", "tests.situations", "private-files", "--", str(tmp_path)]
    result = subprocess.run(
        command, cwd=situations.ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "1 failed |" in result.stdout
    assert "so it is" in result.stderr
