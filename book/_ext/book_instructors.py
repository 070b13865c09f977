"""Links for classes name the repository where the build knows it; elsewhere they say OWNER/NAME."""

from __future__ import annotations

from urllib.parse import quote

from sphinx.application import Sphinx


def with_repository(text: str, repository: str) -> str:
    """Return a page's text with the repository in its nbgitpuller links.

    Parameters
    ----------
    text : str
    repository : str
        ``"owner/name"`` on GitHub, or ``""`` where it is not known.

    Examples
    --------
    >>> link = "repo=https%3A%2F%2Fgithub.com%2FOWNER%2FNAME&urlpath=lab%2Ftree%2FNAME%2Fbook"
    >>> with_repository(link, "someone/cells")
    'repo=https%3A%2F%2Fgithub.com%2Fsomeone%2Fcells&urlpath=lab%2Ftree%2Fcells%2Fbook'
    >>> with_repository(link, "") == link
    True
    """
    if not repository:
        return text
    owner, name = (quote(part, safe="") for part in repository.split("/"))
    return text.replace("%2FOWNER%2FNAME", f"%2F{owner}%2F{name}").replace(
        "%2Ftree%2FNAME%2F", f"%2Ftree%2F{name}%2F"
    )


def read(app: Sphinx, page: str, source: list[str]) -> None:
    """Complete the page for instructors while it is read."""
    if page == "book/instructors":
        source[0] = with_repository(source[0], app.config.book_repository)


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    app.connect("source-read", read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
