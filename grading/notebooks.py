"""Submissions as they come: read without trust, made whole again, shown without harm."""

from __future__ import annotations

import html
import json
import re
import stat
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
import nh3
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbgrader.preprocessors import ClearHiddenTests
from rapidfuzz import fuzz

from grading.sandbox import Limits

NEW_CELL = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}
#: From this likeness on (of 100), a cell without metadata is taken for the answer it began as.
ALIKE = 60
MISSING = "This cell was missing. Is there an answer in one of the cells around it?"
PICTURES = {"image/png", "image/jpeg"}
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
SHOWN_AS_THEY_ARE = {"text/plain"} | PICTURES
SHOWN_CLEANED = {"text/html", "text/markdown", "text/latex"}
#: What TeX could do to the page around it, links that run scripts among them.
ACTIVE_TEX = re.compile(r"\\(href|require|class|cssId|style|unicode)\b")
TAGS = nh3.ALLOWED_TAGS - {"area", "map"}
ATTRIBUTES = {
    "a": {"href"},
    "img": {"alt", "height", "src", "width"},
    "table": {"class"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "*": {"style", "title"},
}
#: What styles may say: nothing that moves a part of the page, or makes it larger.
STYLES = {"background-color", "color", "font-style", "font-weight", "text-align", "text-decoration"}
#: Markup of more characters is shown as text, cut: to clean it could take minutes.
MOST_MARKUP = 200_000
MOST_TEXT = 20_000


class UnreadableError(Exception):
    """A submission is no notebook; the text says what is wrong with it."""


@dataclass(frozen=True)
class Cell:
    """What the gradebook knows of a cell that nbgrader looks after.

    Attributes
    ----------
    grade_id : str
        Its name.
    cell_type : str
        `code` or `markdown`.
    source : str
        Its text, hidden tests included.
    released : str
        Its text as students got it.
    checksum : str or None
        nbgrader's, to see whether an answer was touched.
    grade, solution, locked, task : bool
        nbgrader's kinds.
    points : float
        What it is worth; 0 where it is not graded.
    """

    grade_id: str
    cell_type: str
    source: str
    released: str
    checksum: str | None
    grade: bool
    solution: bool
    locked: bool
    task: bool
    points: float

    def metadata(self) -> dict:
        """Return nbgrader's metadata."""
        kinds = {name: getattr(self, name) for name in ("grade", "solution", "locked", "task")}
        more = {"points": self.points} if self.grade or self.task else {}
        named = {"grade_id": self.grade_id, "checksum": self.checksum, "schema_version": 3}
        return {"nbgrader": kinds | named | more | {"cell_type": self.cell_type}}


@dataclass(frozen=True)
class Plan:
    """What the instructor's source says of a notebook, before a submission is opened.

    Attributes
    ----------
    name : str
        The notebook's.
    kernelspec : str or None
        As JSON.
    cells : tuple of Cell
        Those that nbgrader looks after, in their order.
    answers : tuple of str
        The names that answers bind: all that tests may ask of a student's process.
    """

    name: str
    kernelspec: str | None
    cells: tuple[Cell, ...]
    answers: tuple[str, ...] = ()


def visible(cell: NotebookNode) -> str:
    """Return the text of a test cell without its hidden tests."""
    shown, _ = ClearHiddenTests().preprocess_cell(deepcopy(cell), {}, 0)
    return shown.source


def read(path: Path, limits: Limits) -> NotebookNode:
    """Return a notebook of the cells in a file, without outputs and foreign metadata.

    Raises
    ------
    UnreadableError
        If it is no file, too large or no notebook.
    """
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError(f"{path.name} is a link or a folder, not a file")
    if status.st_size > limits.notebook_mb << 20:
        size = status.st_size / (1 << 20)
        raise UnreadableError(f"{path.name} has {size:.0f} MB; at most {limits.notebook_mb} MB")
    if status.st_size == 0:
        raise UnreadableError(f"{path.name} is an empty file")
    try:
        content = json.loads(path.read_bytes())
    except json.JSONDecodeError as error:
        problem = "is no JSON" if error.doc.rstrip().endswith("}") else "is cut off"
        raise UnreadableError(f"{path.name} {problem}: {error}") from None
    except (UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(f"{path.name} is no JSON: {error}") from None
    try:
        if content["nbformat"] < 4:
            content = nbformat.convert(nbformat.from_dict(content), 4)
        cells = [_plain_cell(cell) for cell in content["cells"]]
    except Exception as error:  # whatever is wrong inside, it is the file that is wrong
        kind = type(error).__name__
        raise UnreadableError(f"{path.name} is JSON, but no notebook: {kind}: {error}") from None
    return new_notebook(cells=cells)


def _plain_cell(cell: Mapping) -> NotebookNode:
    source = cell["source"]
    source = source if isinstance(source, str) else "".join(source)
    # A half character, which JSON can hold, can neither run nor be written to a file.
    source = source.encode(errors="replace").decode()
    new = NEW_CELL.get(cell["cell_type"], new_markdown_cell)(source)
    pictures = _pictures(cell.get("attachments"))
    if pictures and new.cell_type == "markdown":
        new.attachments = pictures
    known = cell.get("metadata", {}).get("nbgrader", {})
    if isinstance(known, dict) and isinstance(known.get("grade_id"), str):
        new.metadata = NotebookNode(nbgrader=NotebookNode(known))
    return new


def _pictures(attachments) -> NotebookNode:
    """Return what students pasted into a text, as far as it is pictures."""
    kept = NotebookNode()
    for name, content in attachments.items() if isinstance(attachments, dict) else ():
        pictures = {mime: data for mime, data in content.items() if mime in PICTURES}
        if all(isinstance(data, str) and BASE64.fullmatch(data) for data in pictures.values()):
            kept[name] = NotebookNode(pictures)
    return kept


def grade_ids(notebook: NotebookNode) -> set[str]:
    """Return the names of nbgrader's cells in a notebook."""
    found = (cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells)
    return set(filter(None, found))


def repair(notebook: NotebookNode, plan: Plan) -> list[str]:
    """Make a notebook, in place, what its plan says; return what was done, for the instructor.

    The plan's cells stand in the plan's order, each followed by the student's own cells that stood
    below it. Tests and other locked cells get their text, kind and points back, and come back where
    they are missing. Cells that lost their metadata are found by their text. A cell that is there
    twice counts once.
    """
    places, notes = _places(notebook.cells, plan)
    kept = {index: name for name, index in places.items()}
    by_name = {cell.grade_id: cell for cell in plan.cells}
    own: dict[str | None, list] = {}  # the student's cells, by the cell of the plan above them
    above = None
    for index, cell in enumerate(notebook.cells):
        if index in kept:
            above = kept[index]
        elif not _is_copy_of_locked(cell, by_name):
            own.setdefault(above, []).append(_copy(cell, cell.cell_type, cell.source))
    there = sorted(places, key=places.get)
    if there != [cell.grade_id for cell in plan.cells if cell.grade_id in places]:
        notes.append("cells stood in another order than that of the release, in which they ran")
    cells = own.pop(None, [])
    for expected in plan.cells:
        name = expected.grade_id
        if name in places:
            cells.append(_restored(notebook.cells[places[name]], expected, notes))
        else:
            cells += _added(expected, notes)
        cells += own.get(name, [])
    notebook.cells = cells
    notebook.metadata = NotebookNode()
    if plan.kernelspec:
        notebook.metadata.kernelspec = NotebookNode(json.loads(plan.kernelspec))
    return notes


def _places(cells, plan: Plan) -> tuple[dict[str, int], list[str]]:
    """Return where each cell of the plan is."""
    places, notes = {}, []
    free = {index for index, cell in enumerate(cells) if not cell.metadata.get("nbgrader")}
    for expected in plan.cells:
        name = expected.grade_id
        there = [index for index, cell in enumerate(cells) if _name(cell) == name]
        if len(there) > 1:
            notes.append(f"the cell {name} was there {len(there)} times")
            changed = [i for i in there if not _same(cells[i].source, expected.released)]
            if expected.locked and expected.grade:
                there.reverse()  # a test counts where it comes last, after the answers
            elif changed and not expected.locked:
                there = changed
        if not there:
            there = [i for i in sorted(free) if _same(cells[i].source, expected.released)]
        if there:
            places[name] = there[0]
            free.discard(there[0])
    for expected in plan.cells:
        if expected.grade_id in places or expected.locked:
            continue
        likeness = {
            index: _likeness(cells[index].source, expected.released)
            for index in free
            if index in _between(expected, places, plan, len(cells))
        }
        best = max(likeness, key=likeness.get, default=None)
        if best is not None and likeness[best] >= ALIKE:
            places[expected.grade_id] = best
            free.discard(best)
    lost = [name for name, index in places.items() if _name(cells[index]) != name]
    notes += [f"the cell {name} had lost its metadata" for name in lost]
    return places, notes


def _between(expected: Cell, places: dict[str, int], plan: Plan, end: int) -> range:
    """Return where a cell may be: after the last one found before it, before the next one."""
    names = [cell.grade_id for cell in plan.cells]
    place = names.index(expected.grade_id)
    before = [places[name] for name in names[:place] if name in places]
    after = [places[name] for name in names[place:] if name in places]
    return range(max(before, default=-1) + 1, min(after, default=end))


def _likeness(text: str, released: str) -> float:
    """Return how much a cell looks like an answer to what students got, of 100."""
    first = released.strip().split("\n")[0]
    return 100 if first in text.split("\n") else fuzz.ratio(text, released)


def _is_copy_of_locked(cell: NotebookNode, by_name: Mapping[str, Cell]) -> bool:
    return _name(cell) in by_name and by_name[_name(cell)].locked


def _added(expected: Cell, notes: list[str]) -> list[NotebookNode]:
    """Return a missing cell as the plan has it; none if it need not be there."""
    notes.append(f"the cell {expected.grade_id} was missing")
    if not (expected.locked or expected.grade or expected.task):
        return []  # the start of an answer: to run it could undo an answer that is elsewhere
    source = expected.source
    if not expected.locked:  # an answer graded by hand: changed, so that nbgrader asks for a look
        mark = "# " if expected.cell_type == "code" else ""
        source = f"{mark}{MISSING}\n\n{expected.released}"
    return [NEW_CELL[expected.cell_type](source, metadata=expected.metadata())]


def _restored(cell: NotebookNode, expected: Cell, notes: list[str]) -> NotebookNode:
    name, known = expected.grade_id, cell.metadata.get("nbgrader", {})
    if cell.cell_type != expected.cell_type:
        notes.append(f"the cell {name} had become {cell.cell_type}")
    if expected.locked and not _same(cell.source, expected.released):
        notes.append(f"the cell {name} was edited")
    points = expected.metadata()["nbgrader"].get("points")
    if known.get("points", points) != points:
        notes.append(f"the points of {name} were edited to {str(known['points'])[:20]}")
    source = expected.source if expected.locked else cell.source
    return _copy(cell, expected.cell_type, source, metadata=expected.metadata())


def _copy(cell: NotebookNode, cell_type: str, source: str, **more) -> NotebookNode:
    if cell_type == "markdown" and "attachments" in cell:
        more["attachments"] = cell.attachments
    return NEW_CELL[cell_type](source, **more)


def _name(cell: NotebookNode) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def _same(text: str, other: str) -> bool:
    return text.split() == other.split()


def clean(markup: str) -> str:
    """Return HTML, with the TeX or Markdown in it, without scripts and all else that could act.

    Images come from the notebook itself or not at all, styles touch only what they are on, and
    what would take too long is shown as text.
    """
    if len(markup) > MOST_MARKUP:
        return as_text(markup)
    return nh3.clean(
        ACTIVE_TEX.sub(r"\\text", markup),
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_harmless,
        filter_style_properties=STYLES,
        url_schemes={"data", "http", "https", "mailto"},
    )


def as_text(markup: str) -> str:
    """Return markup as the text that it is, as much of it as a person would read."""
    rest = len(markup) - MOST_TEXT
    note = f"\n... {rest} more characters are left out" if rest > 0 else ""
    return f"<pre>{html.escape(markup[:MOST_TEXT])}{note}</pre>"


def _harmless(tag: str, name: str, value: str) -> str | None:
    """Return the value of an attribute, if it loads nothing and takes no other's looks."""
    is_data = value.strip().lower().startswith("data:")
    allowed = {
        "src": is_data,
        "href": not is_data,
        "class": value == "dataframe",  # as pandas marks its tables
        "height": value.isdecimal() and int(value[:9]) <= 2000,
        "width": value.isdecimal() and int(value[:9]) <= 2000,
    }
    return value if allowed.get(name, True) else None


def clean_outputs(notebook: NotebookNode) -> None:
    """Leave in a notebook what an instructor's browser can show without harm, and in a moment."""
    for cell in notebook.cells:
        if len(cell.source) > MOST_MARKUP:
            rest = len(cell.source) - MOST_TEXT
            cell.source = f"{cell.source[:MOST_TEXT]}\n# ... {rest} more characters are left out"
        for output in cell.get("outputs", []):
            if "data" not in output:
                continue
            cleaned = {
                mime: clean(_text(output.data[mime])) for mime in SHOWN_CLEANED & {*output.data}
            }
            texts = {mime: _text(output.data[mime]) for mime in SHOWN_AS_THEY_ARE & {*output.data}}
            kept = {
                mime: text
                for mime, text in texts.items()
                if mime not in PICTURES or BASE64.fullmatch(text)
            }
            output.data = NotebookNode(kept | cleaned)
            output.metadata = NotebookNode()


def _text(content) -> str:
    return content if isinstance(content, str) else json.dumps(content)
