"""The built book, served as a reader would get it."""

from __future__ import annotations

import pytest
from filelock import FileLock

from tests.book.tools import BUILT, TOP, Site, build


@pytest.fixture(scope="session")
def book_html(testrun_uid):
    """The folder of the built book; what is up to date is not built again.

    It is the same wherever the tests run: of no known repository, and at no address.
    """
    # Tests run in several processes, and the first to come builds: to build what is up to date
    # writes some pages anew all the same, which others may be reading.
    (TOP / BUILT).parent.mkdir(exist_ok=True)
    built_for = TOP / BUILT.parent / "tests.run"
    with FileLock(TOP / BUILT.parent / "tests.lock"):
        if not built_for.is_file() or built_for.read_text() != testrun_uid:
            result = build(TOP, GITHUB_REPOSITORY="", BOOK_URL="")
            assert result.returncode == 0, f"the book does not build:\n{result.stdout[-4000:]}"
            built_for.write_text(testrun_uid)
    return TOP / BUILT


@pytest.fixture(scope="session")
def site(book_html):
    """The built book behind a local web server that compresses what it sends."""
    with Site(book_html) as site:
        yield site


@pytest.fixture(scope="session")
def pages(book_html):
    """Every page of the built book, as a path below its folder; not the redirects at the top."""
    pages = {path.relative_to(book_html).as_posix() for path in book_html.rglob("*.html")}
    assert {"index.html", "404.html", "search.html", "book/index.html"} <= pages
    return sorted(pages - {"index.html", "review.html"})


@pytest.fixture(params=["some", pytest.param("all", marks=pytest.mark.long)])
def looked_at(request, pages):
    """The pages to look at: one in six of chapters and of pages of single explorers."""
    if request.param == "all":
        return pages
    alike = [
        [name for name in pages if name.startswith(start)] for start in ("book/", "explorers/")
    ]
    return sorted(set(pages).difference(*alike).union(*(names[::6] for names in alike)))
