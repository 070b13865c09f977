"""Renew or verify the files in this folder.

    python book/_static/vendor/renew.py          # verify: compare each file with its checksum
    python book/_static/vendor/renew.py --renew  # fetch, make and record them again (needs npm,
                                                 # fonttools and brotli)

The published font holds 5,169 glyphs in 403 kB, more than a whole page may weigh. The page gets the
letters and signs that mathematics here is written with; glyphs, metrics and the MATH table that
makes brackets grow are as published.

thebe makes code live in the page, and is loaded when a reader asks for that. Of its build the page
gets what it loads, unchanged. Its other scripts draw kinds of output that no chapter has.
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
from pathlib import Path

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
)

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


def fetch(package: str, version: str) -> bytes:
    """Return the archive of a published package."""
    with tempfile.TemporaryDirectory() as folder:
        name = subprocess.run(
            ["npm", "pack", "--silent", f"{package}@{version}"],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        return (Path(folder) / name).read_bytes()


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
    record = []
    for package in PACKAGES:
        archive = fetch(package["package"], package["version"])
        files = {}
        with tarfile.open(fileobj=io.BytesIO(archive)) as members:
            for name, published in package["files"].items():
                data = members.extractfile(f"package/{published}").read()
                if name == FONT:
                    data = reduced(data)
                (HERE / name).parent.mkdir(exist_ok=True)
                (HERE / name).write_bytes(data)
                files[name] = checksum(data)
        record.append({**package, "package_sha256": checksum(archive), "files": files})
    RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


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
