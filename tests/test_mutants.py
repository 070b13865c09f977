"""What `make mutants` says of a change: how it reads, and which ones do not count."""

from __future__ import annotations

import pytest

from tests import mutants

CHANGED = """
def x_half__mutmut_orig(size, by=2):
    left = size % by
    return size // by


def x_half__mutmut_1(size, by=2):
    left = size % by
    return size / by


def x_half__mutmut_2(size, by=3):
    left = size % by
    return size // by
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "mutants/convlib").mkdir(parents=True)
    (tmp_path / "mutants/convlib/halves.py").write_text(CHANGED, encoding="utf-8")
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    monkeypatch.setattr(mutants, "renamed", list)
    mutants.functions.cache_clear()
    yield "convlib.halves"
    mutants.functions.cache_clear()


def test_a_change_is_told_by_its_lines(module):
    assert mutants.change(f"{module}.x_half__mutmut_1") == (
        "convlib.halves: return size // by → return size / by"
    )
    assert mutants.change(f"{module}.x_half__mutmut_2") == (
        "convlib.halves: def x_half(size, by=2): → def x_half(size, by=3):"
    )


@pytest.mark.long  # and `make mutants` itself asks
def test_no_test_changes_its_name_where_mutmut_looks_for_it_again():
    assert mutants.renamed() == []


def test_a_test_that_changes_its_name_ends_the_run(module, monkeypatch, capsys):
    monkeypatch.setattr(mutants, "renamed", lambda: ["tests/test_a.py::test_b[×]"])
    assert mutants.main() == 1
    assert "tests/test_a.py::test_b[×]" in capsys.readouterr().out


def test_one_in_ten_can_be_made(module, monkeypatch, capsys):
    lines = [f"{module}.x_half__mutmut_1: killed", f"{module}.x_half__mutmut_2: not checked"]
    asked = []

    def mutmut(*arguments):
        asked.append(arguments)
        return "\n".join(f"    {line}" for line in lines)

    monkeypatch.setattr(mutants, "mutmut", mutmut)
    assert mutants.main("*1") == 0
    assert asked[0] == ("run", "*1")
    assert "100.0% of 1 changes were noticed" in capsys.readouterr().out


def test_a_change_that_nobody_sees_is_listed_and_no_other():
    same = "convlib.geometry: zip(a, b, strict=True) → zip(a, b, strict=None)"
    assert mutants.listed(same)
    assert not mutants.listed("convlib.geometry: stride + 1 → stride - 1")


@pytest.mark.parametrize(
    ("states", "status", "says"),
    [
        ({1: "killed", 2: "killed"}, 0, "100.0% of 2 changes were noticed"),
        ({1: "survived", 2: "killed"}, 1, "50.0% of 2 changes were noticed"),
        ({1: "no tests", 2: "killed"}, 1, "not noticed: convlib.halves: return size // by"),
        ({}, 1, "mutmut tried 0 of 0 changes"),
        ({1: "not checked", 2: "killed"}, 1, "mutmut tried 1 of 2 changes"),
    ],
)
def test_the_score_decides(module, monkeypatch, capsys, tmp_path, states, status, says):
    lines = [f"    {module}.x_half__mutmut_{n}: {state}" for n, state in states.items()]
    monkeypatch.setattr(mutants, "mutmut", lambda *arguments: "\n".join(lines))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    assert mutants.main() == status
    said = capsys.readouterr()
    assert says in said.out + said.err
    if "noticed" in says:
        assert "changes were noticed" in (tmp_path / "summary.md").read_text(encoding="utf-8")
