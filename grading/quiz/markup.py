"""XML as nested calls, and HTML as banks hold it."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, fromstring, tostring

from convlib.questions.page import rich
from grading.quiz.items import Picture

__all__ = [
    "content",
    "document",
    "element",
    "image",
    "paragraph",
    "paragraphs",
    "text_list",
    "written",
]


def element(name: str, *inside: Element | str, **attributes: str) -> Element:
    """Return an element; an attribute whose name is a word of Python ends with an underscore.

    Examples
    --------
    >>> written(element("p", "a < ", element("b", "b", class_="sum"), "!"))
    '<p>a &lt; <b class="sum">b</b>!</p>'
    """
    made = Element(name, {key.rstrip("_"): value for key, value in attributes.items()})
    last = None
    for one in inside:
        if isinstance(one, Element):
            made.append(last := one)
        elif last is None:
            made.text = (made.text or "") + one
        else:
            last.tail = (last.tail or "") + one
    return made


def written(made: Element) -> str:
    """Return an element as text."""
    return tostring(made, encoding="unicode")


def document(root: Element) -> bytes:
    """Return a file whose root is this element."""
    return tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def content(text: str) -> list[Element | str]:
    """Return a text as what an element holds, its code as such."""
    made = fromstring(f"<p>{rich(text)}</p>")
    parts: list[Element | str] = [made.text or ""]
    for child in made:
        tail, child.tail = child.tail or "", None
        parts += [child, tail]
    return parts


def paragraph(text: str, *more: Element | str) -> Element:
    """Return a text as a paragraph, and what stands behind it.

    Examples
    --------
    >>> written(paragraph("`k < 3` fits", "."))
    '<p><code>k &lt; 3</code> fits.</p>'
    """
    return element("p", *content(text), *more)


def paragraphs(lines: Iterable[str]) -> list[Element]:
    """Return a paragraph for each line."""
    return [paragraph(line) for line in lines]


def text_list(texts: Iterable[str]) -> Element:
    """Return texts as a list."""
    return element("ul", *(element("li", *content(text)) for text in texts))


def image(picture: Picture, folder: str) -> Element:
    """Return a picture in a paragraph of its own."""
    return element(
        "p",
        element(
            "img",
            src=f"{folder}/{picture.name}",
            alt=picture.words,
            width=str(picture.width),
            height=str(picture.height),
        ),
    )
