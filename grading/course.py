"""A course's folder and its gradebook."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import nbformat
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config, PyFileConfigLoader

from grading import points
from grading.names import bound
from grading.notebooks import Cell, Plan

try:
    import fcntl
except ImportError:  # Windows, where one grader at a time must do
    fcntl = None

SETTINGS = Path(__file__).parent / "nbgrader_config.py"
#: When a submission came, and what finds its feedback: nbgrader's exchange adds both.
EXCHANGE_NOTES = ("timestamp.txt", "submission_secret.txt")
LONGEST_TIME = 200
COURSE_SETTINGS = '''"""nbgrader's settings for this course; yours can follow."""

from pathlib import Path

c = get_config()
c.CourseDirectory.root = str(Path(__file__).parent)
load_subconfig({path!r})
'''


@dataclass
class Record:
    """What a run of the grader found about one submission.

    Attributes
    ----------
    fingerprint : str
        Of all that the grade depends on, to know later whether anything changed.
    status : str
        `graded`, or `flagged` where a person should look.
    problems, notes : list of str
        Why it is flagged; what else there is to know.
    points, most : float
        Points given so far, and how many there are.
    by_hand : float
        How many of these wait for a person.
    seconds, memory_mb : float
        What the grading took.
    submission : str
        The submission's id in the gradebook.
    """

    fingerprint: str = ""
    status: str = "graded"
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    points: float = 0.0
    most: float = 0.0
    by_hand: float = 0.0
    seconds: float = 0.0
    memory_mb: float = 0.0
    submission: str = ""


def prepare(folder: Path) -> Course:
    """Return a course, with its folder and nbgrader's settings in it made where they are missing.

    Parameters
    ----------
    folder : Path
        The course's folder.
    """
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "nbgrader_config.py"
    if not settings.exists():
        settings.write_text(COURSE_SETTINGS.format(path=str(SETTINGS)))
    # The book's folder may have moved since.
    line = f"load_subconfig({str(SETTINGS)!r})"
    text = re.sub(
        r"load_subconfig\(.*[/\\]nbgrader_config\.py'\)", lambda _: line, settings.read_text()
    )
    if text != settings.read_text():
        settings.write_text(text)
    return Course(folder)


class Course:
    """A folder laid out as nbgrader has it, with its settings and its gradebook."""

    def __init__(self, folder: Path):
        self.root = Path(folder).resolve()

    def config(self) -> Config:
        """Return the settings: the book's, then the course's own."""
        settings = self.root / "nbgrader_config.py"
        path = settings if settings.exists() else SETTINGS
        config = PyFileConfigLoader(path.name, str(path.parent)).load_config()
        config.CourseDirectory.root = str(self.root)
        return config

    def directory(self) -> CourseDirectory:
        """Return nbgrader's own idea of the folder."""
        return CourseDirectory(config=self.config())

    @contextlib.contextmanager
    def gradebook(self) -> Iterator[Gradebook]:
        """Open the gradebook, a new one if there is none."""
        # For a new one nbgrader calls alembic by name: found also where no environment is active.
        beside = str(Path(sys.executable).parent)
        if beside not in os.environ.get("PATH", "").split(os.pathsep):
            os.environ["PATH"] = os.pathsep.join([beside, os.environ.get("PATH", "")])
        directory = self.directory()
        url = directory.db_url
        if url.startswith("sqlite") and "?" not in url:
            # Seconds to wait while formgrader, or another shard, writes.
            url += f"?timeout={os.environ.get('GRADEBOOK_PATIENCE', 60)}"
        with Gradebook(url, directory.course_id) as gradebook:
            yield gradebook

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Let one grader at a time write; the system lets go of the lock when a grader dies."""
        folder = self.root / ".grading"
        folder.mkdir(exist_ok=True)
        with (folder / "lock").open("w") as lock:
            if fcntl:
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def submissions(self, assignment: str) -> dict[str, Path]:
        """Return the folders handed in for an assignment, by student."""
        folders = sorted(self.root.glob(f"submitted/*/{assignment}"))
        return {folder.parent.name: folder for folder in folders if folder.is_dir()}

    def materials(self, assignment: str) -> dict[str, Path]:
        """Return the files that an assignment brings besides its notebooks, as released."""
        folder = self.root / "release" / assignment
        return {
            path.name: path
            for path in sorted(folder.glob("*"))
            if path.is_file() and path.suffix != ".ipynb"
        }

    def plans(self, gradebook: Gradebook, assignment: str) -> tuple[Plan, ...]:
        """Return what the gradebook knows of each notebook of an assignment.

        Raises
        ------
        nbgrader.api.MissingEntry
            If it does not know the assignment.
        """
        notebooks = gradebook.find_assignment(assignment).notebooks
        return tuple(self._plan(notebook, assignment) for notebook in notebooks)

    def _plan(self, notebook, assignment: str) -> Plan:
        path = self.root / "release" / assignment / f"{notebook.name}.ipynb"
        released = nbformat.read(path, 4).cells if path.exists() else []
        texts = {
            cell.metadata.nbgrader["grade_id"]: cell.source
            for cell in released
            if cell.metadata.get("nbgrader", {}).get("grade_id")
        }
        points = {
            cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)
        }
        graded = {cell.name for cell in notebook.grade_cells}
        solutions = {cell.name for cell in notebook.solution_cells}
        tasks = {cell.name for cell in notebook.task_cells}
        order = list(texts)
        cells = sorted(
            notebook.source_cells,
            key=lambda cell: order.index(cell.name) if cell.name in texts else len(order),
        )
        return Plan(
            notebook.name,
            notebook.kernelspec,
            tuple(
                Cell(
                    grade_id=cell.name,
                    cell_type=cell.cell_type,
                    source=cell.source,
                    released=texts.get(cell.name, cell.source),
                    checksum=cell.checksum,
                    grade=cell.name in graded,
                    solution=cell.name in solutions,
                    locked=cell.locked,
                    task=cell.name in tasks,
                    points=points.get(cell.name, 0),
                )
                for cell in cells
            ),
            answers=self._answers(assignment, notebook.name, released),
        )

    def _answers(self, assignment: str, name: str, released) -> tuple[str, ...]:
        """Return the names that answers bind, in the release and in the instructor's source."""
        source = self.root / "source" / assignment / f"{name}.ipynb"
        cells = [*released, *(nbformat.read(source, 4).cells if source.exists() else [])]
        answers = [
            cell.source for cell in cells if cell.cell_type == "code" and utils.is_solution(cell)
        ]
        return tuple(sorted(frozenset().union(*map(bound, answers))))

    # --- What is known already ----------------------------------------------------------------

    def record(self, assignment: str, student: str) -> Record | None:
        """Return what an earlier run found, if it came to its end."""
        try:
            return Record(**json.loads(self._record_path(assignment, student).read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def _record_path(self, assignment: str, student: str) -> Path:
        return self.root / ".grading" / assignment / f"{student}.json"

    def is_current(self, gradebook: Gradebook, assignment, student, fingerprint: str) -> bool:
        """Return whether the gradebook and the folder hold the grade of just this submission."""
        record = self.record(assignment, student)
        if record is None or record.fingerprint != fingerprint:
            return False
        try:
            submission = gradebook.find_submission(assignment, student)
        except MissingEntry:
            return False
        names = [notebook.name for notebook in submission.notebooks]
        folder = self.root / "autograded" / student / assignment
        there = all((folder / f"{name}.ipynb").exists() for name in names)
        return there and submission.id == record.submission

    # --- Writing ------------------------------------------------------------------------------

    def save(self, gradebook, assignment, student, notebooks, record: Record) -> None:
        """Write a submission's notebooks, grades and record: the record last.

        A grader that dies in between leaves no record, so that the next run does it again; grades
        given by hand are never touched.
        """
        with self.writing():
            self._record_path(assignment, student).unlink(missing_ok=True)
            self._save_notebooks(assignment, student, notebooks)
            try:
                self._save_grades(gradebook, assignment, student, notebooks, record)
            except BaseException:
                gradebook.db.rollback()
                raise
            self._save_record(assignment, student, record)

    def _save_notebooks(self, assignment: str, student: str, notebooks) -> None:
        folder = self.root / "autograded" / student / assignment
        new = folder.with_name(f".{assignment}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        for name, notebook in notebooks.items():
            nbformat.write(notebook, new / f"{name}.ipynb")
        for note in EXCHANGE_NOTES:
            source = self.root / "submitted" / student / assignment / note
            small = source.is_file() and source.stat().st_size <= LONGEST_TIME
            if small and not source.is_symlink():
                shutil.copyfile(source, new / note)
        if folder.exists():
            shutil.rmtree(folder)
        new.rename(folder)

    def _save_grades(self, gradebook, assignment, student, notebooks, record: Record) -> None:
        gradebook.update_or_create_student(student)
        when = handed_in_at(self.root / "submitted" / student / assignment, record)
        more = {"timestamp": when} if when else {}
        with gradebook.db.no_autoflush:  # nbgrader makes a submission from half-made parts
            submission = gradebook.update_or_create_submission(assignment, student, **more)
        record.points = record.by_hand = 0.0
        for submitted in submission.notebooks:
            cells = {
                cell.metadata.nbgrader["grade_id"]: cell
                for cell in notebooks[submitted.name].cells
                if cell.metadata.get("nbgrader")
            }
            for grade in submitted.grades:
                points.give(grade, cells[grade.name], bool(record.problems))
            for comment in submitted.comments:
                points.remark(comment, cells.get(comment.name))
        gradebook.db.commit()
        for submitted in submission.notebooks:
            for grade in submitted.grades:
                record.points += grade.score
                record.by_hand += grade.max_score if grade.needs_manual_grade else 0
        record.most = submission.max_score
        record.submission = submission.id
        self._save_penalties(submission, assignment, student, notebooks)

    def _save_penalties(self, submission, assignment, student, notebooks) -> None:
        """Let nbgrader take off what a late submission loses, by the course's own rule."""
        late = submission.total_seconds_late > 0
        if not (late or any(one.late_submission_penalty for one in submission.notebooks)):
            return
        directory = self.directory()
        penalties = AssignLatePenalties(config=self.config())
        for name, notebook in notebooks.items():
            about = {"notebook": name, "assignment": assignment, "student": student}
            penalties.preprocess(notebook, {"nbgrader": about | {"db_url": directory.db_url}})

    def _save_record(self, assignment: str, student: str, record: Record) -> None:
        path = self._record_path(assignment, student)
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        with new.open("w") as file:
            json.dump(asdict(record), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        new.rename(path)


def handed_in_at(folder: Path, record: Record) -> datetime | None:
    """Return when a submission came, by nbgrader's file; what that cannot say is noted."""
    path = folder / "timestamp.txt"
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > LONGEST_TIME:
            raise ValueError("no short file")
        text = path.read_text(encoding="utf-8").strip()
        return utils.parse_utc(text) if text else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, OverflowError):
        record.notes.append("its timestamp.txt holds no time, so it counts as handed in on time")
        return None


def fingerprint(submission: Path, plans: tuple[Plan, ...], engine: str) -> str:
    """Return a hash of all that a grade depends on: the files, the plans and what grades."""
    digest = hashlib.sha256(repr(plans).encode() + engine.encode())
    for path in sorted(submission.rglob("*")):
        digest.update(os.fsencode(path.relative_to(submission)))
        if path.is_symlink():
            digest.update(os.fsencode(os.readlink(path)))
        elif path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
