"""Programming exercises: the model answer passes the learner's own check, the start fails it."""

from __future__ import annotations

import ast
import doctest
import re
from importlib import import_module
from pathlib import Path
from symtable import symtable

import pytest

from convlib.exercises.check import Verdict

BOOK = Path(__file__).parents[2] / "book"
CHAPTERS = sorted(path.stem for path in (BOOK / "exercises/solutions").glob("*.py"))
#: A cell: its options and its code.
CELL = re.compile(r"^```\{code-cell\} python\n((?::[^\n]*\n)*)(.*?)^```$", re.MULTILINE | re.DOTALL)
#: An exercise: its label, the starting code, and what its solution shows.
EXERCISE = re.compile(
    r"^:::\{exercise\} .+?\n:label: (?P<label>\S+)\n.*?^:::\n\n"
    r"```\{code-cell\} python\n:tags: \[skip-execution\]\n\n(?P<start>.*?)^```\n\n"
    r"^:::\{solution\} (?P=label)\n(?P<solution>.*?)^:::$",
    re.MULTILINE | re.DOTALL,
)


def chapter_text(chapter):
    return (BOOK / f"{chapter}.md").read_text(encoding="utf-8")


def exercises_of(chapter):
    """Return the exercises of a chapter by label, each with its parts by name."""
    found = EXERCISE.finditer(chapter_text(chapter))
    return {match["label"]: match.groupdict() for match in found}


EXERCISES = [
    pytest.param(chapter, exercise, id=label)
    for chapter in CHAPTERS
    for label, exercise in exercises_of(chapter).items()
]


def solutions_of(chapter):
    return import_module(f"book.exercises.solutions.{chapter}")


def verdict_of(start, answers):
    """Run starting code, with the answers in the place of its own; return what it ends with."""
    *statements, last = ast.parse(start).body
    assert isinstance(last, ast.Expr), "the starting code does not end with its check"
    namespace = {}
    for statement in statements:
        exec(compile(ast.Module([statement], []), "<start>", "exec"), namespace)
        if getattr(statement, "name", None) in answers:
            namespace[statement.name] = answers[statement.name]
    return eval(compile(ast.Expression(last.value), "<start>", "eval"), namespace)


def answers_of(chapter, exercise):
    """Return what the solution of an exercise shows, by name."""
    names = re.findall(r"^:pyobject: (\w+)$", exercise["solution"], re.MULTILINE)
    return {name: getattr(solutions_of(chapter), name) for name in names}


def test_each_chapter_has_exercises():
    assert len(CHAPTERS) >= 12
    assert len(EXERCISES) >= 2 * len(CHAPTERS)


@pytest.mark.parametrize(("chapter", "exercise"), EXERCISES)
def test_model_answer_passes_the_learners_check(chapter, exercise):
    answers = answers_of(chapter, exercise)
    named = {getattr(node, "name", None) for node in ast.parse(exercise["start"]).body}
    assert answers
    assert set(answers) <= named, "the starting code does not name what the solution defines"
    verdict = verdict_of(exercise["start"], answers)
    assert isinstance(verdict, Verdict)
    assert verdict, verdict


@pytest.mark.parametrize(("chapter", "exercise"), EXERCISES)
def test_starting_code_fails_its_check_without_an_error(chapter, exercise):
    verdict = verdict_of(exercise["start"], {})
    assert isinstance(verdict, Verdict)
    assert not verdict
    assert "NameError" not in str(verdict)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_doctests_of_solutions(chapter):
    result = doctest.testmod(solutions_of(chapter))
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_shows_each_of_its_solutions_once(chapter):
    tree = ast.parse((BOOK / f"exercises/solutions/{chapter}.py").read_text(encoding="utf-8"))
    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    shown = re.findall(r"^:pyobject: (\w+)$", chapter_text(chapter), re.MULTILINE)
    assert sorted(shown) == sorted(defined)
    file = f"exercises/solutions/{chapter}.py"
    files = re.findall(r"^```\{literalinclude\} (.*)$", chapter_text(chapter), re.MULTILINE)
    assert files == [file] * len(shown)
    # JupyterLab shows no part of a file, but opens it.
    assert chapter_text(chapter).count(f"]({file}).\n:::") == len(shown)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_exercises_are_well_formed(chapter):
    """Each has its parts in order; a chapter has at least two."""
    text = chapter_text(chapter)
    exercises = exercises_of(chapter)
    assert len(exercises) >= 2
    for part in (":::{exercise} ", ":::{solution} ", ":tags: [skip-execution]"):
        assert text.count(part) == len(exercises)
    for label, exercise in exercises.items():
        assert label.startswith(f"{chapter.replace('_', '-')}-")
        assert len(exercise["start"].splitlines()) <= 15
    solutions = Path(solutions_of(chapter).__file__).read_text(encoding="utf-8")
    for code in (solutions, *(exercise["start"] for exercise in exercises.values())):
        assert max(map(len, code.splitlines())) <= 80


def expected_from_elsewhere(code):
    """Return the names that a cell reads and other cells must have defined."""
    cell = symtable(code, "cell", "exec")
    own = {name.get_name() for name in cell.get_symbols() if name.is_local()}
    scopes, read = [cell], set()
    for scope in scopes:  # it grows on the way
        scopes += scope.get_children()
        read |= {name.get_name() for name in scope.get_symbols() if name.is_global()}
    return read - own


def defined(statements):
    """Return the names that functions and assignments among some statements define."""
    functions = {node.name for node in statements if isinstance(node, ast.FunctionDef)}
    targets = [part for node in statements if isinstance(node, ast.Assign) for part in node.targets]
    return functions | {
        node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)
    }


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_starting_code_leaves_the_chapters_names_alone(chapter):
    """In a notebook all cells share their names; what a learner tries must not change the rest."""
    cells = CELL.findall(chapter_text(chapter))
    run = [code for options, code in cells if "skip-execution" not in options]
    elsewhere = set().union(*map(expected_from_elsewhere, run))
    assert "print" in elsewhere
    for exercise in exercises_of(chapter).values():
        assert not defined(ast.parse(exercise["start"]).body) & elsewhere


def test_names_expected_from_elsewhere_are_seen_in_functions_and_not_those_of_their_own():
    cell = "import a\nb = [c for d in e]\ndef f(g):\n    h = b\n    return a.x(g, i)\nf(h)"
    assert expected_from_elsewhere(cell) == {"c", "e", "h", "i"}
