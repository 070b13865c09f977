"""Read cells back from the SVG of a grid, by where they stand and what they say."""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.etree import ElementTree

from convlib.draw.looks import CELL


class Picture(NamedTuple):
    """What an SVG shows: each cell's text, role and outline by (row, column), and its marks."""

    title: str
    shape: tuple[int, int]
    texts: dict[tuple[int, int], str]
    roles: dict[tuple[int, int], str]
    lit: set[tuple[int, int]]
    marks: dict[str, set[tuple[int, int]]]

    @property
    def values(self) -> tuple[tuple[str, ...], ...]:
        """The texts as rows; absent cells are empty."""
        rows, columns = self.shape
        return tuple(tuple(self.texts.get((r, c), "") for c in range(columns)) for r in range(rows))

    @property
    def role_rows(self) -> tuple[tuple[str, ...], ...]:
        """The roles as rows; absent cells are blank."""
        rows, columns = self.shape
        return tuple(
            tuple(self.roles.get((r, c), "blank") for c in range(columns)) for r in range(rows)
        )


def read_svg(html: str) -> Picture:
    """Return what the HTML of one grid shows."""
    tree = ElementTree.fromstring(f"<div>{html}</div>")
    svg = tree.find("svg")
    width, height = map(int, svg.get("viewBox").split(" ")[2:])

    def cell(x, y):
        row, column = divmod(float(y), CELL)[0], divmod(float(x), CELL)[0]
        return int(row), int(column)

    roles, lit = {}, set()
    for rect in svg.findall("rect"):
        if rect.get("x") is None:  # the frame and the bar of a matrix
            continue
        at = cell(rect.get("x"), rect.get("y"))
        words = rect.get("class").removeprefix("role-").split(" ")
        assert at not in roles, f"two cells at {at}"
        if "lit" in words:
            lit.add(at)
        roles[at] = " ".join(word for word in words if word != "lit")
    texts = {cell(text.get("x"), text.get("y")): text.text or "" for text in svg.findall("g/text")}
    for row in svg.findall("g/g"):  # of a matrix: cells are subpaths, each placed by the one before
        left, top = map(int, re.findall(r"\d+", row.get("transform")))
        for path in row.findall("path"):
            x, y = left, top
            for move in re.findall(r"m(\d+) (\d+)", path.get("d")):
                x, y = x + int(move[0]), y + int(move[1])
                assert cell(x, y) not in roles
                roles[cell(x, y)] = path.get("class").removeprefix("role-")
        for text in row.findall("text"):
            at = cell(left + int(text.get("x")), top + int(text.get("y")))
            texts[at] = text.text
    marks = {
        path.get("class").removeprefix("mark-"): {cell(*middle) for middle in _strokes(path)}
        for path in svg.findall("path")
    }
    shape = (height // CELL, width // CELL)
    return Picture(tree.find("p").text or "", shape, texts, roles, lit, marks)


def _strokes(path) -> list[tuple[float, float]]:
    """Return the middle of every stroke of a path of relative moves and lines."""
    x = y = 0.0
    middles = []
    for command, dx, dy in re.findall(r"([ml])([-\d.]+) ([-\d.]+)", path.get("d")):
        if command == "l":
            middles.append((x + float(dx) / 2, y + float(dy) / 2))
        x, y = x + float(dx), y + float(dy)
    return middles
