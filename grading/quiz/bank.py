"""The variants of a chapter's questions, and the package that carries them to a course system."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from convlib.questions.question import Question
from grading.quiz.items import VARIANTS, Item, Picture, items_of
from grading.quiz.markup import document, element

__all__ = ["Bank", "bank_of", "manifest", "pack", "resource"]

CONTENT = "http://www.imsglobal.org/xsd/imscp_v1p1"
#: The earliest time that the format knows: the same questions are the same file.
TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Bank:
    """A chapter's questions.

    Parameters
    ----------
    name, title
        Of the chapter.
    questions
        The variants of each question, by its name.
    """

    name: str
    title: str
    questions: dict[str, list[Item]]

    @property
    def items(self) -> list[Item]:
        """All variants."""
        return [item for items in self.questions.values() for item in items]

    @property
    def pictures(self) -> list[Picture]:
        """All pictures."""
        return [picture for item in self.items for picture in item.pictures]


def bank_of(chapter: Path, questions: Iterable[Question], variants: int = VARIANTS) -> Bank:
    """Return the bank of a chapter, whose title is the first one of its source."""
    title = re.search("^# (.+)$", chapter.read_text(encoding="utf-8"), re.MULTILINE)
    if title is None:
        raise ValueError(f"{chapter.name} has no title: a line that begins with '# '")
    return Bank(chapter.stem, title[1], {one.name: items_of(one, variants) for one in questions})


def manifest(bank: Bank, schema: tuple[str, str], resources: Iterable[Element]) -> bytes:
    """Return the list of what a package holds; pictures are added.

    Parameters
    ----------
    schema : (name, version)
        Of what the package holds.
    """
    name, version = schema
    pictures = (
        element(
            "resource",
            element("file", href=f"media/{picture.name}"),
            identifier=picture_id(picture),
            type="webcontent",
            href=f"media/{picture.name}",
        )
        for picture in bank.pictures
    )
    return document(
        element(
            "manifest",
            element("metadata", element("schema", name), element("schemaversion", version)),
            element("organizations"),
            element("resources", *resources, *pictures),
            identifier=f"convolution-{bank.name}",
            xmlns=CONTENT,
        )
    )


def resource(
    name: str, kind: str, path: str, pictures: Iterable[Picture], needs: Iterable[str] = ()
) -> Element:
    """Return a manifest's entry of a file of questions."""
    needed = [*needs, *map(picture_id, pictures)]
    return element(
        "resource",
        element("file", href=path),
        *(element("dependency", identifierref=other) for other in needed),
        identifier=name,
        type=kind,
        href=path,
    )


def picture_id(picture: Picture) -> str:
    """Return the name of a picture in a manifest."""
    return f"media-{picture.name.removesuffix('.png')}"


def pack(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a zip; the same files make the same zip."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = ZipInfo(name, TIME)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, ZIP_DEFLATED)
