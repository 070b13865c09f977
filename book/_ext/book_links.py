"""The addresses of a page beyond the book: its code live, its source, a place to report mistakes.

All are made here from the repository's name, and none where the repository is not known.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

#: Who runs a repository's notebooks for anyone.
BINDERHUB = "https://mybinder.org"

#: The branch that holds the published book, with each page's notebook beside the page.
PUBLISHED = "gh-pages"


def page_links(repository: str, page: str, binderhub: str = BINDERHUB) -> dict[str, str]:
    """Return the addresses of a page, by what they are for.

    ``binder`` and ``colab`` lead to the page's cells, so they are for pages that have some; so is
    ``build``, where a script asks the BinderHub for a computer.

    Parameters
    ----------
    repository : str
        ``"owner/name"`` on GitHub, or ``""`` where it is not known.
    page : str
        The page's name in the book, without its suffix.
    binderhub : str
        Address of the BinderHub.

    Returns
    -------
    dict of str to str
        Empty where the repository is not known.

    Examples
    --------
    >>> for name, address in page_links("someone/cells", "book/stride").items():
    ...     print(f"{name:10} {address}")
    repository https://github.com/someone/cells
    source     https://github.com/someone/cells/blob/HEAD/book/stride.md
    mistake    https://github.com/someone/cells/issues/new?title=Mistake%20on%20book/stride
    binder     https://mybinder.org/v2/gh/someone/cells/HEAD?urlpath=lab/tree/book/stride.md
    build      https://mybinder.org/build/gh/someone/cells/HEAD
    colab      https://colab.research.google.com/github/someone/cells/blob/gh-pages/book/stride.ipynb

    >>> page_links("", "book/stride")
    {}
    """
    if not repository:
        return {}
    github, path = f"https://github.com/{repository}", quote(page)
    title, urlpath = _query(title=f"Mistake on {page}"), _query(urlpath=lab_path(page))
    return {
        "repository": github,
        "source": f"{github}/blob/HEAD/{path}.md",
        "mistake": f"{github}/issues/new?{title}",
        "binder": f"{binderhub}/v2/gh/{repository}/HEAD?{urlpath}",
        "build": f"{binderhub}/build/gh/{repository}/HEAD",
        "colab": "https://colab.research.google.com/github/"
        f"{repository}/blob/{PUBLISHED}/{path}.ipynb",
    }


def lab_path(page: str) -> str:
    """Return the path at which JupyterLab, started at the top of the repository, opens a page.

    Examples
    --------
    >>> lab_path("book/stride")
    'lab/tree/book/stride.md'
    """
    return f"lab/tree/{quote(page)}.md"


def _query(**values: str) -> str:
    return urlencode(values, safe="/", quote_via=quote)
