"""`python -m tests.mutants [ONLY]`: do the tests notice small mistakes? The score, and the missed.

mutmut makes the changes and runs the tests on each (mutating.py says in which order); it was chosen
because it forks one process per change in place of starting pytest anew. A change that no user
could see is named in `unnoticed.toml`, with the reason, and does not count.

All changes take an hour. With a pattern, ``"*7"``, those alone whose name ends so are made: changes
are numbered within a function, so that is about one in ten, from everywhere.
"""

from __future__ import annotations

import ast
import difflib
import json
import os
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
LISTED = Path(__file__).parent / "unnoticed.toml"
#: What mutmut says of changes that no test ran on: the tests failed without any change, say.
UNTRIED = ("not checked", "check was interrupted by user", "skipped")
#: The share that must be noticed.
ENOUGH = 0.95


def mutmut(*arguments: str) -> str:
    """Run mutmut; return what it prints, and pass on its progress."""
    quiet = {"stdout": subprocess.PIPE} if arguments[0] == "results" else {}
    result = subprocess.run(
        [sys.executable, "-P", Path(__file__).with_name("mutating.py"), *arguments],
        cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, text=True, check=False, **quiet,
    )  # fmt: skip
    return result.stdout or ""


#: Prints the tests that mutmut chooses from, as pytest names them when it looks for a second time.
NAMES = """
import json, pytest

class Names:
    def pytest_collection_modifyitems(self, items):
        found.append([item.nodeid for item in items])

found = []
for _ in range(2):
    pytest.main(["--collect-only", "-qq", "-p", "no:xdist", *{tests}], plugins=[Names()])
print(json.dumps([*set(found[1]).difference(found[0])]))
"""


def renamed() -> list[str]:
    """Return the tests whose names are others once pytest ran before in the same process.

    mutmut asks for tests by their names in forks of such a process. One that is not found ends the
    fork, and that reads as a change that was noticed. (pytest escapes a list of ``ids`` each time
    it looks; an ``id`` in `pytest.param` stays.)
    """
    with open(ROOT / "pyproject.toml", "rb") as file:
        tests = tomllib.load(file)["tool"]["mutmut"]["pytest_add_cli_args_test_selection"]
    found = subprocess.run(
        [sys.executable, "-c", NAMES.format(tests=tests)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    names: list[str] = json.loads(found.stdout.splitlines()[-1])
    return names


@cache
def functions(module: str) -> dict[str, str]:
    """Return the source of every function of a changed module, all changes of it included."""
    path = ROOT / "mutants" / Path(*module.split(".")).with_suffix(".py")
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    return {
        node.name: "\n".join(lines[node.lineno - 1 : node.end_lineno])
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
    }


def change(name: str) -> str:
    """Return what a change does: ``"convlib.cost: old line → new line"``."""
    module, function = name.rsplit(".", 1)
    found = functions(module)
    texts = [found[re.sub(r"\d+$", "orig", function)], found[function]]
    heads = [re.sub(r"__mutmut_\w+", "", text) for text in texts]
    lines = difflib.ndiff(*(text.splitlines() for text in heads))
    marked = [" ".join(line.split()) for line in lines if line[:2] in ("- ", "+ ")]
    old = " ".join(line[2:] for line in marked if line.startswith("-"))
    new = " ".join(line[2:] for line in marked if line.startswith("+"))
    return f"{module}: {old} → {new}"


def listed(text: str) -> bool:
    """Tell whether a change is one of those that nobody could see."""
    entries = tomllib.loads(LISTED.read_text(encoding="utf-8"))["unnoticed"]
    return any(re.search(one["change"], text) for one in entries)


def main(*only: str) -> int:
    """Print the score; return 0 if enough changes were noticed."""
    if names := renamed():
        print("these tests change their names, so that mutmut cannot find them:", *names, sep="\n")
        return 1
    mutmut("run", *only)
    states = re.findall(r"^\s+(\S+): (.+)$", mutmut("results", "--all", "true"), flags=re.MULTILINE)
    states = [one for one in states if not only or any(fnmatch(one[0], each) for each in only)]
    untried = [name for name, state in states if state in UNTRIED]
    if untried or not states:
        print(f"mutmut tried {len(states) - len(untried)} of {len(states)} changes: see above")
        return 1
    missed = [change(name) for name, state in states if state in ("survived", "no tests")]
    counted = [text for text in missed if not listed(text)]
    total = len(states) - (len(missed) - len(counted))
    score = (total - len(counted)) / total
    for text in counted:
        print(f"not noticed: {text}")
    said = (
        f"{score:.1%} of {total} changes were noticed; {len(missed) - len(counted)} more change "
        "nothing that a user sees"
    )
    print(said)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(summary, "a", encoding="utf-8") as file:
            file.write(f"## Mutants\n\n{said}\n\n" + "".join(f"- `{one}`\n" for one in counted))
    return 0 if score >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
