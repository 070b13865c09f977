"""Texts that strangers chose, as data: in a terminal, in a page, as the name of a folder."""

from __future__ import annotations

__all__ = ["is_clean", "printable", "shown_name"]

#: Signs that are marks in a page, and those that look like them and are none.
HARMLESS = str.maketrans({"<": "‹", ">": "›", "&": "+", '"': "”", "'": "’", "`": "‘"})


def printable(text: str) -> str:
    """Return a text, part of which a student wrote, as a terminal can show it without harm."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def shown_name(text: str | None) -> str:
    """Return a person's name without signs that are marks in a page, as nbgrader shows it."""
    kept = "".join(sign for sign in str(text or "") if sign.isprintable())
    return kept.translate(HARMLESS)[:100]


def is_clean(name: str) -> bool:
    """Return whether a name can be a student's id: of a folder, and in any page, as it stands."""
    usual = name.isprintable() and not set(name) & set("/\\<>&\"'`+")
    return usual and 0 < len(name.encode(errors="replace")) <= 200 and not name.startswith(".")
