"""The sandbox: found, or one line says what to do."""

from __future__ import annotations

import shutil
import subprocess
from types import SimpleNamespace

import pytest

from grading import sandbox
from grading.sandbox import Limits, SandboxMissingError, find_sandbox


def test_without_bubblewrap_the_error_names_it(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SandboxMissingError, match=r"apt-get install bubblewrap.*--container"):
        find_sandbox()


def test_where_the_system_refuses_the_error_says_what_allows_it(monkeypatch):
    refused = SimpleNamespace(returncode=1, stderr="No permissions to create new namespace\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: refused)
    with pytest.raises(SandboxMissingError, match=r"No permissions.*user namespaces.*--container"):
        find_sandbox()


def test_in_a_container_a_closed_folder_is_named_before_anything_starts(monkeypatch, tmp_path):
    """Root becomes somebody else there, who must reach Python and its packages."""
    closed, packages = tmp_path / "home", tmp_path / "home" / "lib"
    packages.mkdir(parents=True)
    assert sandbox.closed_folder([packages]) in (None, *tmp_path.parents, tmp_path)
    closed.chmod(0o700)
    monkeypatch.setattr(sandbox, "_is_root", lambda: True)
    monkeypatch.setattr(sandbox.sys, "path", [str(packages)])
    monkeypatch.setattr(sandbox, "_refused", bytes)  # its package is on the path that is away
    outside = sandbox.closed_folder(tmp_path.parents)
    with pytest.raises(SandboxMissingError, match=rf"may not enter {outside or closed}, .*chmod o"):
        find_sandbox(container=True)
    monkeypatch.setattr(sandbox, "_is_root", lambda: False)
    assert find_sandbox(container=True).contained, "whoever is not root stays who they are"


def test_setting_up_names_what_it_cannot_install(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match=r"apt-get install bubblewrap"):
        sandbox.main()


def test_a_package_that_is_not_installed_is_named():
    with pytest.raises(ValueError, match=r"package='nowhere' is not installed"):
        find_sandbox(packages=("nowhere",))


def test_the_sandbox_shows_the_package_and_no_folder_above_it():
    found = find_sandbox(packages=("convlib",))
    (folder,) = found.packages
    command = found.command("student", Limits(), {})
    shown = [command[i + 1] for i, option in enumerate(command) if option == "--ro-bind"]
    assert str(folder) in shown
    assert not {str(parent) for parent in folder.parents} & set(shown)
    assert "--bind" not in command
