"""Whether the book is being built: then cells show HTML, anywhere else widgets and figures.

Never both, since widget state in a page would bring back the widget bundle.
"""

from __future__ import annotations

import os

__all__ = ["PAGE_VARIABLE", "builds_page"]

#: The book's extension sets this variable for the kernels that build the book.
PAGE_VARIABLE = "CONVLIB_PAGE"


def builds_page() -> bool:
    """Return whether this kernel runs a page of the book while it is built."""
    return bool(os.environ.get(PAGE_VARIABLE))
