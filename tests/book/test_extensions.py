"""The functions of the Sphinx extensions, without a build."""

from __future__ import annotations

import importlib

import pytest


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("https://github.com/someone/cells.git\n", "someone/cells"),
        ("https://user:word@github.com/someone/cells", "someone/cells"),
        ("git@github.com:someone/cells.v2.git", "someone/cells.v2"),
        ("ssh://git@github.com/someone/cells", "someone/cells"),
        ("https://example.org/someone/cells", ""),
        ("https://notgithub.com/someone/cells", ""),
        ("/srv/git/cells.git", ""),
        ("", ""),
    ],
)
def test_repository_of_knows_github_alone(origin, expected):
    module = importlib.import_module("book_page")
    assert module.repository_of(origin) == expected


def test_digest_of_notices_contents_names_and_new_files(tmp_path):
    module = importlib.import_module("book_execution")
    (tmp_path / "a.py").write_text("1")
    seen = [module.digest_of(tmp_path, ("*.py",))]
    (tmp_path / "a.py").write_text("2")
    seen.append(module.digest_of(tmp_path, ("*.py",)))
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    seen.append(module.digest_of(tmp_path, ("*.py",)))
    (tmp_path / "c.py").write_text("")
    seen.append(module.digest_of(tmp_path, ("*.py",)))
    (tmp_path / "other.txt").write_text("")
    assert len(set(seen)) == 4
    assert module.digest_of(tmp_path, ("*.py",)) == seen[-1]


def test_a_kernel_that_does_not_start_is_started_once_more(monkeypatch, tmp_path):
    module = importlib.import_module("book_execution")
    calls = []

    def start(notebook, cwd, timeout):
        calls.append((notebook, cwd, timeout))
        if len(calls) in (1, 3, 4):
            raise RuntimeError("Kernel died before replying to kernel_info")
        return "result"

    monkeypatch.setattr(module, "single_nb_execution", start)
    assert module.run_notebook("cells", tmp_path, timeout=9) == "result"
    assert calls == [("cells", str(tmp_path), 9)] * 2
    with pytest.raises(RuntimeError, match="Kernel died"):
        module.run_notebook("cells", tmp_path, timeout=9)
