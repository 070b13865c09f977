"""Parts of nbgrader that a class of strangers needs in another form; its settings name them."""

import os
import shutil

from nbconvert.exporters import NotebookExporter
from nbgrader.converters.base import NbGraderException
from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import find_owner, ignore_patterns


class SandboxOnly(NotebookExporter):
    """Takes the place of what nbgrader's own autograder begins with, and ends it there.

    That grader, behind a button of formgrader, runs submissions with the instructor's rights.
    """

    def __init__(self, parent=None, **settings):
        assignment = parent.coursedir.assignment_id
        raise NbGraderException(
            f"not run, for it would run outside of the sandbox: use python -m grading {assignment}"
        )


class OwnedCollect(ExchangeCollect):
    """Collect only what students handed in from their own account, and no links.

    ``nbgrader submit --student NAME`` hands in under any name. The stock collector logs that and
    collects all the same, so a student could replace a classmate's work with something worse. It
    follows links too, and so fetches the solutions for whoever hands in a link to them.
    """

    def copy_files(self):
        forged = [record for record in self.src_records if not self._genuine(record)]
        self.src_records = [record for record in self.src_records if record not in forged]
        for record in forged:
            self.log.error(
                "Not collected: %s comes from the account %s",
                record["filename"],
                self._owner(record),
            )
        super().copy_files()

    def do_copy(self, src, dest, log=None):
        course = self.coursedir
        size = self.get_size(src)
        if size > 1000 * course.max_dir_size:
            raise RuntimeError(f"{src} has {size} bytes, more than {1000 * course.max_dir_size}")
        ignored = ignore_patterns(course.ignore, course.include, course.max_file_size, self.log)
        shutil.copytree(src, dest, symlinks=True, ignore=ignored, copy_function=_copy_file)
        for folder, folders, files in os.walk(dest):
            for path in (os.path.join(folder, name) for name in folders + files):
                if os.path.islink(path):
                    self.log.error("Not collected: %s is a link", path)
                    os.unlink(path)

    def _sort_by_timestamp(self, records):
        # Called with all that was handed in under one name; the first of the answer is collected.
        genuine = [record for record in records if self._genuine(record)]
        return super()._sort_by_timestamp(genuine or records)

    def _genuine(self, record) -> bool:
        return not self.check_owner or self._owner(record) == record["username"]

    def _owner(self, record) -> str:
        try:
            return find_owner(f"{self.inbound_path}/{record['filename']}")
        except KeyError:  # an account that exists no more
            return "nobody known"


def _copy_file(source, target):
    """Copy a file, unless it has become a link since somebody looked."""
    with (
        os.fdopen(os.open(source, os.O_RDONLY | os.O_NOFOLLOW), "rb") as old,
        open(target, "wb") as new,
    ):
        shutil.copyfileobj(old, new)
