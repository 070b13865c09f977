"""mutmut, which asks what is written down before all else. Run by tests/mutants.py, by its path.

Most changes of a picture or a question are noticed by `test_known.py`, within milliseconds. On its
own mutmut runs the shortest tests first, which may be a thousand; looking them up alone takes
seconds for each change.
"""

from __future__ import annotations

from collections.abc import Iterable

KNOWN = "tests/scenes/test_known.py"


def main() -> None:
    """Run mutmut with what the command line says."""
    # Only `make mutants` installs it, and tests look into this file for doctests.
    from mutmut.__main__ import cli
    from mutmut.runners.harness import PytestRunner
    from mutmut.workers import isolation

    class KnownFirst(PytestRunner):
        """Runs the tests of a change, those of `KNOWN` first."""

        def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:
            """Return pytest's exit status: 1 if a test notices."""
            known, others = [], []
            for test in tests:
                (known if test.startswith(KNOWN) else others).append(test)
            for some in (known, others) if mutant_name and known and others else ([*tests],):
                if status := super().run_tests(mutant_name=mutant_name, tests=some):
                    return status
            return 0

    isolation.PytestRunner = KnownFirst
    cli()


if __name__ == "__main__":
    main()
