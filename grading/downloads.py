"""What Canvas and Gradescope let an instructor download: a zip of what each student handed in.

The names of folders and files in it are partly the students' own, and so is all that the files
hold. Only what the management system writes itself says who handed in what: where it stands, and
once. What is wrong with one student's files costs nobody else anything.
"""

from __future__ import annotations

import re
import shutil
import stat
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

import yaml

from grading.course import EXCHANGE_NOTES
from grading.texts import is_clean, printable, shown_name

METADATA = "submission_metadata.yml"  # where Gradescope says who handed in what
CANVAS_FILE = re.compile(r"[^_]+_(LATE_)?(?P<user>\d+)_\d+_(?P<name>.+)", re.DOTALL)
LARGEST = 200 * 2**20  # bytes of all files of a student; the grader reads none that is larger
MOST_FILES = 1000
LONGEST_NAME = 200
#: What reading a damaged file of a zip raises, and writing one whose name a folder has, too.
#: A full disk is none of these: it is not the student's trouble.
DAMAGED = (BadZipFile, zlib.error, EOFError, NotImplementedError)
DAMAGED += (FileExistsError, NotADirectoryError, IsADirectoryError)
#: What computers and programs add to a folder by themselves.
LEFT_OVERS = {"__MACOSX", "Thumbs.db", "desktop.ini"}


@dataclass
class HandedIn:
    """What one student handed in, and what the download tells of the student and the time.

    Attributes
    ----------
    student : str
        The id in the gradebook.
    files : dict
        Files of the zip by where they stand in the student's folder.
    time : datetime or None
        When it came.
    about : dict
        Names and address, as the gradebook keeps them.
    """

    student: str
    files: dict[str, ZipInfo] = field(default_factory=dict)
    time: datetime | None = None
    about: dict[str, str] = field(default_factory=dict)


@dataclass
class Download:
    """What a download holds, by student, and what a person should know of it."""

    students: dict[str, HandedIn] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, one: HandedIn) -> None:
        """Take what a student handed in; of two attempts the newer one."""
        if not is_clean(one.student):
            self.problems.append(
                f"{printable(one.student)!r} cannot name a folder, so what came under this id was "
                "not collected: choose another --id"
            )
            return
        other = self.students.get(one.student)
        if other:
            self.problems.append(f"{one.student}: of several attempts the newest was collected")
            if _order(other) > _order(one):
                return
        self.students[one.student] = one


def _order(one: HandedIn) -> datetime:
    """Return a time that can be compared with any other."""
    time = one.time or datetime.min
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def gradescope_metadata(archive: ZipFile) -> ZipInfo | None:
    """Return the file in which Gradescope says who handed in what: the one above all folders.

    Raises
    ------
    ValueError
        If there are several at the same height, of which one must be a student's.
    """
    named = [one for one in archive.infolist() if PurePosixPath(one.filename).name == METADATA]
    heights = [len(PurePosixPath(one.filename).parts) for one in named]
    found = [one for one, at in zip(named, heights, strict=True) if at == min(heights) <= 2]
    if len(found) > 1:
        names = ", ".join(printable(one.filename) for one in found)
        raise ValueError(f"several files could be Gradescope's own: {names}")
    return found[0] if found else None


def from_gradescope(archive: ZipFile, metadata: ZipInfo, id_field: str) -> Download:
    """Return what a download from Gradescope holds; each author of a group has a copy.

    Raises
    ------
    ValueError
        If Gradescope's file cannot be read, or nobody has the field of the ids.
    """
    top = PurePosixPath(metadata.filename).parent
    try:
        about = yaml.safe_load(archive.read(metadata))
        submissions = {str(name): dict(one) for name, one in about.items()}
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"{metadata.filename} is not as Gradescope writes it: {error}") from None
    download = Download()
    fields: set[str] = set()
    for folder, submission in submissions.items():
        files = _files(archive, top / folder, folder, download.problems)
        for author in submission.get(":submitters") or []:
            fields |= {key.strip(":") for key in author}
            student, name = author.get(f":{id_field}"), str(author.get(":name") or "")
            if not student:
                download.problems.append(
                    f"{folder}: {shown_name(name) or 'somebody'} has no {id_field} on Gradescope, "
                    "so it was not collected"
                )
                continue
            first, _, last = name.rpartition(" ")
            told = {"first_name": first, "last_name": last, "email": author.get(":email")}
            time = submission.get(":created_at")
            time = time if isinstance(time, datetime) else None
            one = HandedIn(str(student), dict(files), time)
            one.about = {key: shown_name(value) for key, value in told.items()}
            download.add(one)
    if id_field not in fields:
        raise ValueError(
            f"nobody has a {id_field} on Gradescope: choose another field with --id, "
            f"one of {', '.join(sorted(fields))}"
        )
    return download


def from_canvas(archive: ZipFile, rows: list[dict], id_field: str, roster: Path) -> Download:
    """Return what a download from Canvas holds; the exported gradebook's rows say who is who.

    Raises
    ------
    ValueError
        If none of the files is by one of these rows.
    """
    by_user = {row["ID"]: row for row in rows}
    times_used = Counter(row[id_field].strip() for row in by_user.values())
    download = Download()
    files: dict[str, dict[str, ZipInfo]] = {}
    for info in archive.infolist():
        match = CANVAS_FILE.fullmatch(PurePosixPath(info.filename).name)
        if match and not info.is_dir():
            files.setdefault(match["user"], {})[match["name"]] = info
    strangers = sorted(set(files) - set(by_user))
    if strangers and len(strangers) == len(files):
        raise ValueError(
            f"{printable(next(iter(files[strangers[0]].values())).filename)} is by user "
            f"{strangers[0]}, who is not in {roster}: export the gradebook again"
        )
    for user, own in files.items():
        if user in strangers:
            download.problems.append(
                f"user {user} is not in {roster}, so what came from there was not collected: "
                "export the gradebook again"
            )
            continue
        row = by_user[user]
        student = row[id_field].strip()
        name = shown_name(row["Student"])
        if not student or times_used[student] > 1:
            why = f"the same {id_field} as another" if student else f"no {id_field}"
            download.problems.append(f"{name} (user {user}) has {why}, so it was not collected")
            continue
        last, _, first = row["Student"].partition(", ")
        told = {"first_name": shown_name(first), "last_name": shown_name(last)}
        paths = {PurePosixPath(path): info for path, info in own.items()}
        kept = _kept(paths, student, download.problems)
        download.add(HandedIn(student, kept, about=told))
    return download


def _files(archive: ZipFile, top: PurePosixPath, who: str, problems: list[str]) -> dict:
    """Return the files below a folder of the zip, by where they stand in it."""
    below = {}
    for info in archive.infolist():
        path = PurePosixPath(info.filename)
        if not info.is_dir() and path != top and path.is_relative_to(top):
            below[path.relative_to(top)] = info
    return _kept(below, who, problems)


def _kept(files: Mapping[PurePosixPath, ZipInfo], who: str, problems: list[str]) -> dict:
    """Return the files that can be written, and note those that cannot."""
    kept, left = {}, LARGEST
    for path, info in files.items():
        if any(map(_is_left_over, path.parts)):
            continue
        why = _wrong(path, info)
        left -= info.file_size
        if not why and (left < 0 or len(kept) == MOST_FILES):
            why = f"is too much: at most {LARGEST >> 20} MB and {MOST_FILES} files are collected"
        if why:
            name = printable(str(path))[:LONGEST_NAME]
            problems.append(f"{who}: {name} {why}, so it was left out")
        else:
            kept[str(path)] = info
    return kept


def _is_left_over(part: str) -> bool:
    return part in LEFT_OVERS or (part.startswith(".") and part != "..")


def _wrong(path: PurePosixPath, info: ZipInfo) -> str:
    """Return what is wrong with a file of a student, or nothing."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    names = [*path.parts, str(path)]
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in str(path):
        return "is no name for a file in a folder"
    if any(len(name.encode(errors="replace")) > LONGEST_NAME for name in names):
        return "has too long a name"
    if not str(path).isprintable():
        return "has a name that cannot be shown"
    if kind not in (0, stat.S_IFREG):
        return "is a link or no file"
    if info.flag_bits & 1:
        return "is locked with a password"
    if str(path) in EXCHANGE_NOTES:
        return "has a name that only the course may give"
    return ""


def write(archive: ZipFile, one: HandedIn, assignment: str, course: Path) -> list[str]:
    """Write what a student handed in into the course folder, in place of what was there.

    Returns
    -------
    list of str
        What is wrong with it.
    """
    folder = course / "submitted" / one.student / assignment
    new = folder.with_name(f".{assignment}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    problems = []
    for name, info in _renamed(one.files, assignment).items():
        path = new / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(info) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)
        except DAMAGED as error:
            path.unlink(missing_ok=True)
            problems.append(f"{one.student}: {printable(name)} cannot be read ({error})")
    if one.time:
        time = _order(one).astimezone(UTC)
        (new / "timestamp.txt").write_text(f"{time:%Y-%m-%d %H:%M:%S.%f %Z}")
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)
    return problems


def _renamed(files: dict[str, ZipInfo], assignment: str) -> dict[str, ZipInfo]:
    """Return the files, the notebook under the assignment's name where there is only one.

    Students rename their file, and Canvas does when one is handed in again; some hand in a folder.
    """
    notebooks = [name for name in files if name.endswith(".ipynb")]
    above = [name for name in notebooks if "/" not in name] or notebooks
    other = {above[0]: f"{assignment}.ipynb"} if len(above) == 1 else {}
    return {other.get(name, name): info for name, info in files.items()}
