"""How the book is built: what must fail, what must be noticed, what must be left out.

Each test builds a small book with this project's machinery and chapters of its own.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from grading import release, sources
from tests.book.tools import BUILT, NOTEBOOK, TOP, build, make_book, pages_run

#: What a page says that finds no results of its cells.
RUN_BY_THE_PAGE = "Executing notebook"
ART = "_static/art"
CELL = "```{{code-cell}} python\n{}\n```\n\n"


def cells(*sources: str) -> str:
    """Return the text of a chapter's cells."""
    return "".join(CELL.format(source) for source in sources)


def page_of(top, name: str = "index") -> str:
    """Return the HTML of a built page."""
    return (top / BUILT / "book" / f"{name}.html").read_text(encoding="utf-8")


def test_changed_function_changes_the_rebuilt_page(tmp_path):
    chapter = cells(
        "from convlib import conv_output_size",
        'print("size is", conv_output_size(7, 3, stride=2))',
    )
    make_book(tmp_path, index=NOTEBOOK + "# A\n\nText.\n\n" + chapter)
    first = build(tmp_path)
    assert first.returncode == 0, first.stdout[-2000:]
    assert list(pages_run(first)) == ["book/index"]
    assert RUN_BY_THE_PAGE not in first.stdout, "what had just run was run again"
    assert "size is 3" in page_of(tmp_path)

    source = tmp_path / "convlib" / "arithmetic.py"
    text = source.read_text(encoding="utf-8")
    source.write_text(f"{text}\n\ndef conv_output_size(*args, **kwargs):\n    return 1234\n")
    result = build(tmp_path)
    assert result.returncode == 0, result.stdout[-2000:]
    assert list(pages_run(result)) == ["book/index"]
    assert "size is 1234" in page_of(tmp_path)
    caches = list((tmp_path / "_build/.jupyter_cache").iterdir())
    assert len(caches) == 1, "results of the old convlib are kept"

    art = {path: path.stat().st_mtime_ns for path in (tmp_path / BUILT / ART).iterdir()}
    again = build(tmp_path)
    assert again.returncode == 0
    assert not pages_run(again), "what is up to date was run again"
    assert RUN_BY_THE_PAGE not in again.stdout, "what is up to date was run again"
    assert {path: path.stat().st_mtime_ns for path in art} == art, "art was drawn again"


@pytest.mark.long
def test_art_is_drawn_when_it_is_missing_or_shows_something_else(tmp_path):
    make_book(tmp_path, index="# A\n\nText.\n")
    assert build(tmp_path).returncode == 0
    folder = tmp_path / BUILT / ART
    names = {path.name for path in folder.iterdir()}
    assert names == {"favicon.svg", "favicon.png", "card.png"}
    card = (folder / "card.png").read_bytes()
    (folder / "favicon.svg").unlink()
    assert build(tmp_path).returncode == 0
    assert {path.name for path in folder.iterdir()} == names

    config = tmp_path / "_config.yml"
    config.write_text(re.sub("html_title: .*", "html_title: Another", config.read_text()))
    assert build(tmp_path).returncode == 0
    assert (folder / "card.png").read_bytes() != card


TRY = ":::{{try}} {}\nWhy? {}\n\n---\nSo.\n:::\n\n"
#: What a chapter may hold that must not pass, and what the build has to say about it.
WARNINGS = {
    "a cell that warns": (cells('import warnings\nwarnings.warn("deprecated thing")'), "stderr"),
    "a cell that writes an error": (cells('import sys\nprint("oh", file=sys.stderr)'), "stderr"),
    "a formula with an unknown word": ("$\\nosuchword{x}$\n\n", "nosuchword"),
    "a formula that does not end": ("$$\n\\frac{1\n$$\n\n", "frac{1"),
    "a state of no explorer": ("{state}`a <nosuch: stride=2>`\n\n", "no explorer 'nosuch'"),
    "a state of no control": ("{state}`b <stride: strid=2>`\n\n", "no control 'strid'"),
    "a state of no value": ("{state}`c <stride: stride=99>`\n\n", "stride=99 must be one of"),
    "a state of another type": ("{state}`d <stride: stride=two>`\n\n", "stride='two' must be one"),
    "a state without a value": ("{state}`e <stride: stride>`\n\n", "form name=value"),
    "a state without an explorer": ("{state}`plain words`\n\n", "text <explorer: name=value"),
    "a prompt of no explorer": (TRY.format("nosuch: a=2", ""), "no explorer 'nosuch'"),
    "a prompt without a picture": (
        TRY.format("stride: input_size=3 kernel_size=4", ""),
        "makes no picture: kernel covers 4",
    ),
    "a prompt with an unknown name": (TRY.format("stride: stride=2", "{{ nosuch }}"), "'nosuch'"),
    "a prompt that is not true": (
        TRY.format("stride: stride=2\n:given: assert stride == 3", ""),
        "not true",
    ),
    "a prompt without an answer": (":::{try}\nWhy?\n:::\n\n", "a line ---, and its answer"),
    "a link to no page": ("[there](nowhere.md)\n\n", "nowhere.md"),
    "a citation of nothing": ("{cite:t}`nobody1999`\n\n", "nobody1999"),
}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """The output of two builds of a book in which every chapter has one fault."""
    top = tmp_path_factory.mktemp("faulty")
    chapters = {
        f"fault{number}": f"{NOTEBOOK if 'code-cell' in text else ''}# F{number}\n\nText.\n\n{text}"
        for number, (text, _) in enumerate(WARNINGS.values())
    }
    make_book(top, index="# All\n\nText.\n", **chapters)
    return [build(top), build(top)]


def test_faulty_book_fails_again_when_built_again(faulty):
    """Sphinx alone forgets its warnings about pages that did not change."""
    assert [result.returncode != 0 for result in faulty] == [True, True]


@pytest.mark.parametrize("fault", WARNINGS)
def test_fault_fails_the_build(faulty, fault):
    number = list(WARNINGS).index(fault)
    expected = WARNINGS[fault][1]
    for result in faulty:
        lines = [line for line in result.stdout.splitlines() if f"fault{number}.md" in line]
        said = [line for line in lines if "WARNING" in line or "ERROR" in line]
        assert any(expected in line for line in said), f"{fault}: said {said}"


def test_cell_that_raises_fails_the_build(tmp_path):
    make_book(tmp_path, index=NOTEBOOK + "# A\n\nText.\n\n" + cells("1 / 0"))
    result = build(tmp_path)
    assert result.returncode != 0
    assert "1/1 book/index failed" in result.stdout
    said = re.sub(r"\x1b\[[\d;]*m", "", result.stdout)  # without its colours
    assert "----> 1 1 / 0\n\nZeroDivisionError: division by zero" in said, "no traceback"


@pytest.mark.long
def test_pages_run_side_by_side_with_their_own_results(tmp_path):
    """More pages than kernels; one of them fails, and the others' results are kept."""
    chapters = {f"page{number}": cells(f'print("result", {number} * 111)') for number in range(5)}
    chapters["page5"] = cells('open("nowhere")')
    texts = {name: f"{NOTEBOOK}# P\n\nText.\n\n{text}" for name, text in chapters.items()}
    make_book(tmp_path, index="# All\n\nText.\n", **texts)
    result = build(tmp_path)
    assert result.returncode != 0
    assert sorted(pages_run(result)) == [f"book/page{number}" for number in range(5)]
    assert "book/page5 failed" in result.stdout
    assert "FileNotFoundError" in result.stdout

    chapter = tmp_path / "book" / "page5.md"
    chapter.write_text(chapter.read_text().replace('open("nowhere")', 'print("result", 555)'))
    result = build(tmp_path)
    assert result.returncode == 0, result.stdout[-2000:]
    assert list(pages_run(result)) == ["book/page5"]
    for number in range(6):
        assert f"result {number * 111}\n" in page_of(tmp_path, f"page{number}")


PNG = base64.b64encode(bytes(1500)).decode()


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """A book with explorers' packs, known repository and address."""
    top = tmp_path_factory.mktemp("packed")
    show = "from IPython.display import HTML\nHTML({!r})"
    one = '<!--pack:a:QUJD--><div class="explorer" id="explorer-a" data-pack="a">one</div>'
    two = (
        '<div class="explorer" id="explorer-b"><i data-pack="b-0"></i><i data-pack="b-1"></i></div>'
        "<!--pack:b-0:Qg==--><!--pack:b-1:Qw+/-->"
        f'<img alt="" src="data:image/png;base64,{PNG}">'
    )
    make_book(
        top,
        index=NOTEBOOK + "# First\n\nWhat a page is for.\n\n" + cells(show.format(one)),
        second=NOTEBOOK + "# Second\n\nText.\n\n" + cells(show.format(one), show.format(two)),
        third="# Third\n\nA {state}`link <stride: stride=2 padding=1>`, $k$.\n\n"
        "$$\no = 1\n$$ (one)\n\nSee {eq}`one`.\n",
    )
    environment = {
        "GITHUB_REPOSITORY": "someone/cells",
        "BOOK_URL": "https://someone.example/cells",
    }
    result = build(top, **environment)
    assert result.returncode == 0, result.stdout[-2000:]
    return top, environment


def packs_of(top) -> dict[str, str]:
    folder = top / BUILT / "_static/explorers"
    return {path.name: path.read_text(encoding="ascii") for path in folder.iterdir()}


def test_packs_become_files_that_the_pages_name(packed):
    top, _ = packed
    packs = packs_of(top)
    assert sorted(packs.values()) == [
        'explorerPack("a", "QUJD");\n',
        'explorerPack("b-0", "Qg==");\n',
        'explorerPack("b-1", "Qw+/");\n',
    ]
    for name in ("index", "second"):
        page = page_of(top, name)
        assert "<!--pack:" not in page
        addresses = re.findall(r'data-pack="(.*?)" data-pack-name="(.*?)"', page)
        assert {pack for _, pack in addresses} == (
            {"a"} if name == "index" else {"a", "b-0", "b-1"}
        )
        for address, pack in addresses:
            path = (top / BUILT / "book" / address).resolve()
            assert path.read_text().startswith(f'explorerPack("{pack}"')


def test_images_become_files_that_the_pages_show(packed):
    (address,) = re.findall(
        r'<img loading="lazy" alt="" src="([^"]+)">', page_of(packed[0], "second")
    )
    image = (packed[0] / BUILT / "book" / address).resolve()
    assert image.read_bytes() == bytes(1500)
    assert list(image.parent.iterdir()) == [image]


def test_script_of_explorers_is_loaded_where_there_is_one(packed):
    top, _ = packed
    for name, expected in (("index", True), ("second", True), ("third", False)):
        page = page_of(top, name)
        assert ("explorer.js" in page) is expected, name


def test_state_link_names_explorer_and_state(packed):
    top, _ = packed
    link = re.search(r"<a [^>]*state-link[^>]*>link</a>", page_of(top, "third"))[0]
    for part in ('href="#explorer-stride"', 'data-explorer="stride"'):
        assert part in link
    assert 'data-state="stride=2,padding=1"' in link


def test_formulas_are_numbered_and_cited(packed):
    page = page_of(packed[0], "third")
    assert "<math>" in page
    assert 'id="equation-one"' in page
    assert 'href="#equation-one"' in page


def test_repository_links_are_there_when_it_is_known(packed):
    top, _ = packed
    page = page_of(top)
    assert 'href="https://github.com/someone/cells"' in page
    assert "https://github.com/someone/cells/issues/new?title=Mistake%20on%20book/index" in page
    assert '<link rel="canonical" href="https://someone.example/cells/book/index.html"' in page
    assert 'content="https://someone.example/cells/_static/art/card.png"' in page
    assert 'content="What a page is for."' in page
    missing = (top / BUILT / "404.html").read_text(encoding="utf-8")
    assert 'href="/cells/"' in missing


def test_packs_survive_a_rebuild_and_leave_with_their_page(packed):
    """The cells come from the cache; a pack that no page uses any longer is removed."""
    top, environment = packed
    before = packs_of(top)
    chapter = top / "book" / "index.md"
    chapter.write_text(chapter.read_text() + "\nOne more line.\n")
    for path in (top / BUILT / "_static/explorers").iterdir():
        path.unlink()
    result = build(top, **environment)
    assert result.returncode == 0, result.stdout[-2000:]
    assert not pages_run(result)
    assert RUN_BY_THE_PAGE not in result.stdout
    assert packs_of(top) == before

    chapter = top / "book" / "second.md"
    chapter.write_text("# Second\n\nNothing to see.\n")
    assert build(top, **environment).returncode == 0
    assert list(packs_of(top).values()) == ['explorerPack("a", "QUJD");\n']
    assert not any((top / BUILT / "_static/pictures").iterdir())


def test_repository_links_are_absent_when_it_is_unknown(book_html, pages):
    for name in pages:
        text = (book_html / name).read_text(encoding="utf-8")
        assert not re.search("Report a mistake|mybinder|thebe", text), name


def test_reference_holds_every_public_name(book_html):
    import convlib
    from convlib import draw
    from convlib.exercises import check

    page = (book_html / "book/api.html").read_text(encoding="utf-8")
    for module in (convlib, check, draw):
        names = [f"{module.__name__}.{name}" for name in module.__all__]
        assert not [name for name in names if f'id="{name}"' not in page]


def test_problem_sets_are_not_in_the_book(book_html):
    """Neither as pages nor as sources, notebooks, entries of the search or in the zip."""
    secrets = [max(release.secrets(sources.read(name)), key=len) for name in sources.names()]
    assert secrets
    (archive,) = book_html.glob("*.zip")
    with ZipFile(archive) as whole:
        files = {name: whole.read(name) for name in whole.namelist()}
    files |= {str(path): path.read_bytes() for path in book_html.rglob("*") if path.is_file()}
    for name, content in files.items():
        assert Path(name).stem not in sources.names(), name
        assert not [secret for secret in secrets if secret.encode() in content], name


def test_no_page_mentions_a_network_for_scripts(book_html):
    """No leftovers of what the theme and Jupyter Book would load by themselves."""
    forbidden = ("unpkg.com", "jsdelivr", "cdnjs", "tex-mml", "require.min.js", "sphinx-thebe")
    for path in book_html.rglob("*.html"):
        text = path.read_text(encoding="utf-8").lower()
        assert not [word for word in forbidden if word in text], path.name


def test_vendored_files_are_as_recorded():
    script = TOP / "book/_static/vendor/renew.py"
    result = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    record = json.loads((script.parent / "versions.json").read_text(encoding="utf-8"))
    files = [name for package in record for name in package["files"]]
    found = [path for path in script.parent.rglob("*") if path.is_file()]
    there = sorted(path.relative_to(script.parent).as_posix() for path in found)
    assert there == sorted([*files, "renew.py", "versions.json"])


def test_changed_vendored_file_is_noticed(tmp_path):
    folder = tmp_path / "vendor"
    shutil.copytree(TOP / "book/_static/vendor", folder)
    with (folder / "stix-two-math.woff2").open("ab") as font:
        font.write(b"\0")
    result = subprocess.run(
        [sys.executable, folder / "renew.py"], capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    assert "differs from its checksum" in result.stderr
