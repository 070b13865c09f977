"""Where cells run: then they show HTML in a page of the book, anywhere else widgets and figures.

Never both, since widget state in a page would bring back the widget bundle. A page is made while
the book is built, and goes on in a reader's browser, where Python can be at hand.
"""

from __future__ import annotations

import os

__all__ = ["LIVE", "PAGE_VARIABLE", "builds_page", "page_is_live"]

#: The book's extension sets this variable for the kernels that build the book.
PAGE_VARIABLE = "CONVLIB_PAGE"
#: What it holds where Python runs in the page itself.
LIVE = "live"


def builds_page() -> bool:
    """Return whether this kernel shows its results in a page of the book."""
    return bool(os.environ.get(PAGE_VARIABLE))


def page_is_live() -> bool:
    """Return whether this kernel runs in the page, which can ask it for any picture."""
    return os.environ.get(PAGE_VARIABLE) == LIVE
