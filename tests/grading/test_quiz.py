"""Question banks: they keep to the grammars of QTI, and read back they hold the book's answers."""

from __future__ import annotations

import html
import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from lxml import etree
from PIL import Image

from convlib.draw import ScenePicture
from convlib.questions.declaration import SAYS
from grading.quiz import qti12, qti21
from grading.quiz.__main__ import main
from grading.quiz.bank import bank_of
from grading.quiz.items import VARIANTS, items_of
from tests.grading.qti import QTI12, Graded, Player, beside, plain
from tests.published import published
from tests.questions.tools import BOOK, chapters_with_questions, questions_of_book

#: So many variants of each question are read back in seconds; the long tests read all.
FEW = 2
CONTENT = "{http://www.imsglobal.org/xsd/imscp_v1p1}"
QTI21 = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"


@pytest.fixture(scope="module", params=[FEW, pytest.param(VARIANTS, marks=pytest.mark.long)])
def variants(request) -> int:
    """How many variants there are of a question, where they are possible."""
    return request.param


@pytest.fixture(scope="module")
def banks(variants):
    """Every chapter with questions."""
    return [
        bank_of(BOOK / f"{name}.md", questions, variants)
        for name, questions in chapters_with_questions().items()
    ]


@pytest.fixture(scope="module")
def asked(banks, variants):
    """(item, case) of every variant: as a bank holds it, and as the book does."""
    cases = {question.name: question.at_most(variants) for question in questions_of_book()}
    return [
        pair
        for bank in banks
        for name, items in bank.questions.items()
        for pair in zip(items, cases[name], strict=True)
    ]


@pytest.fixture(scope="module")
def old_items(banks):
    """Every item of QTI 1.2, by its name."""
    found = {}
    for bank in banks:
        root = plain(etree.fromstring(qti12.files(bank)[f"{bank.name}.xml"]))
        found |= {item.get("ident"): item for item in root.iter("item")}
    return found


@pytest.fixture(scope="module")
def new_items(banks):
    """Every item of QTI 2.1, by its name."""
    return {
        path.removeprefix("items/").removesuffix(".xml"): data
        for bank in banks
        for path, data in qti21.files(bank).items()
        if path.startswith("items/")
    }


@pytest.fixture(scope="module")
def player(chromium):
    player = Player(chromium)
    yield player
    player.page.close()


def expected(case, answer: tuple[str, ...]) -> str:
    """Return what the page says to a known wrong answer, which is given as a bank holds it."""
    between = " " if answer[0].startswith("cell") else "×"
    key = between.join(part.rpartition("_")[2] for part in answer)
    return f"{SAYS['wrong']} {case.hints[key]}"


def words(markup: str) -> str:
    """Return what is read of a piece of HTML."""
    return html.unescape(re.sub("<[^>]+>", "", markup))


def without_marks(text: str) -> str:
    return text.replace("`", "")


# --- what both hold -------------------------------------------------------------------------------


def test_every_question_of_the_book_is_in_a_bank_under_names_of_their_own(banks, asked):
    names = [name for bank in banks for name in bank.questions]
    assert names == [question.name for question in questions_of_book()]
    assert len({item.name for item, _ in asked}) == len(asked) >= FEW * len(names)
    assert all(bank.title and "#" not in bank.title for bank in banks)


def test_more_variants_begin_with_the_same_and_differ():
    counts = []
    for question in questions_of_book():
        cases = question.at_most(VARIANTS)
        assert cases[: len(question.cases)] == question.cases[:VARIANTS]
        assert len({(case.text, repr(case.shown)) for case in cases}) == len(cases)
        counts.append(len(cases))
    assert max(counts) == VARIANTS
    assert counts.count(VARIANTS) > 20


def test_pictures_are_png_and_described(banks):
    pictures = [picture for bank in banks for picture in bank.pictures]
    assert len({picture.name for picture in pictures}) == len(pictures)
    for picture in pictures:
        image = Image.open(BytesIO(picture.png))
        assert image.format == "PNG"
        assert image.size == (2 * picture.width, 2 * picture.height)
        # So long may a text be that stands for a picture.
        assert 10 < len(picture.words) <= 256
    kinds = {item.kind for bank in banks for item in bank.items if item.pictures}
    assert kinds == {"cells"}


def test_pictures_outline_the_cell_in_question_and_then_the_right_cells(monkeypatch):
    drawn = []
    update = ScenePicture.update

    def look(picture, scene, step=None):
        update(picture, scene, step)
        drawn.append({grid.name: picture.lit(grid.name) for grid in scene.grids})

    monkeypatch.setattr(ScenePicture, "update", look)
    for question in questions_of_book():
        if question.kind == "cells":
            case = question.cases[0]
            drawn.clear()
            items_of(question, 1)
            asked, solved = drawn[-2:]
            board = case.shown
            moved = {(row + 1, column + 1) for row, column in case.right_cells}
            assert solved == {board.grid: moved}
            for name, cells in asked.items():
                away = int(name == board.grid)
                found = {(row - away, column - away) for row, column in cells}
                assert found == board.asked.get(name, set())


# --- QTI 1.2 --------------------------------------------------------------------------------------


def test_qti_12_keeps_to_its_grammar(banks):
    grammar = etree.DTD(file=published("ims_qtiasiv1p2p1.dtd"))
    for bank in banks:
        data = qti12.files(bank)[f"{bank.name}.xml"]
        root = etree.fromstring(data)
        assert root.tag == f"{QTI12}questestinterop"
        # The grammar is older than namespaces.
        assert grammar.validate(etree.fromstring(re.sub(rb' xmlns="[^"]+"', b"", data, count=1))), (
            grammar.error_log
        )


def test_the_grammar_notices_what_is_wrong(banks):
    grammar = etree.DTD(file=published("ims_qtiasiv1p2p1.dtd"))
    data = qti12.files(banks[0])[f"{banks[0].name}.xml"]
    for wrong in (b"<outcomes>", b"<conditionvar>"):
        broken = data.replace(wrong, wrong + b"<unheard-of />", 1)
        broken = re.sub(rb' xmlns="[^"]+"', b"", broken, count=1)
        assert not grammar.validate(etree.fromstring(broken))


def old_answer(item, answer: tuple[str, ...]) -> dict[str, set[str]]:
    """Return an answer by the fields of QTI 1.2."""
    if item.kind != "size":
        return {"response1": set(answer)}
    blanks = zip(item.labels, answer, item.right, strict=True)
    return {
        f"response_{label}": {f"answer_{label}"} if given == right else {"another"}
        for label, given, right in blanks
    }


def said(element, names) -> list[str]:
    """Return the texts of feedback."""
    found = {one.get("ident"): one.findtext(".//mattext") for one in element.iter("itemfeedback")}
    return [words(found[name]) for name in names]


def test_qti_12_holds_the_books_questions_and_answers(asked, old_items):
    assert len(old_items) == len(asked)
    for item, case in asked:
        element = old_items[item.name]
        text = words(element.find("presentation").findtext("material/mattext"))
        assert text.startswith(without_marks(case.text))
        worked = without_marks(case.solution.replace("\n", ""))
        right = Graded(element, old_answer(item, item.right))
        assert right.score == 100
        assert said(element, right.said)[0] == worked
        assert SAYS["right"] in said(element, right.said) or item.kind == "size"
        for answer, hint in item.hints.items():
            wrong = Graded(element, old_answer(item, answer))
            assert wrong.score in ((0, 50) if item.kind == "size" else (0,))
            heard = said(element, wrong.said)
            assert heard[0] == worked
            assert heard[-1].startswith(SAYS["wrong"])
            if item.kind in ("number", "choice"):
                assert heard[1] == without_marks(hint)
            elif hint in item.usual:
                assert without_marks(hint) in heard[-1]


def test_a_number_is_right_with_zeros_behind_it(asked, old_items):
    for item, _ in asked:
        if item.kind == "number":
            written = {f"{item.right[0]}.0"}
            assert Graded(old_items[item.name], {"response1": written}).score == 100


def test_a_cell_too_many_or_too_few_is_wrong_in_qti_12(asked, old_items):
    for item, _ in asked:
        if item.kind == "cells":
            for cell in item.options:
                given = {"response1": set(item.right) ^ {cell}}
                assert Graded(old_items[item.name], given).score == 0


def test_qti_12_puts_and_and_or_into_right_answers_alone(old_items):
    for item in old_items.values():
        for condition in item.iter("respcondition"):
            if next(condition.find("conditionvar").iter("and", "or"), None) is not None:
                assert condition.findtext("setvar") == "100"


def test_a_quiz_of_qti_12_draws_one_variant_of_each_question(banks):
    for bank in banks:
        root = plain(etree.fromstring(qti12.files(bank)[f"{bank.name}.xml"]))
        sections = root.findall("assessment/section/section")
        assert [section.get("ident") for section in sections] == list(bank.questions)
        for section in sections:
            assert section.findtext("selection_ordering/selection/selection_number") == "1"
            assert len(section.findall("item")) == len(bank.questions[section.get("ident")])


# --- QTI 2.1 --------------------------------------------------------------------------------------


def new_answer(item, answer: tuple[str, ...]) -> dict:
    """Return an answer by the fields of QTI 2.1."""
    if item.kind == "cells":
        return {"RESPONSE": list(answer)}
    if item.kind == "size":
        return dict(zip(("RESPONSE_1", "RESPONSE_2"), answer, strict=True))
    return {"RESPONSE": answer[0]}


def test_a_player_of_qti_21_takes_the_books_answers_and_gives_its_hints(asked, new_items, player):
    assert len(new_items) == len(asked)
    for item, case in asked:
        assert player.load(new_items[item.name]) == item.name
        right = player.answer(**new_answer(item, item.right))
        assert (right["score"], right["feedback"]) == (1, SAYS["right"])
        worked = without_marks(case.solution.replace("\n", ""))
        assert right["solution"] == worked
        for answer in item.hints:
            wrong = player.answer(**new_answer(item, answer))
            assert wrong["score"] == 0
            assert wrong["feedback"] == without_marks(expected(case, answer))
    assert player.errors == []


def test_a_player_says_what_is_half_right_and_what_it_does_not_know(asked, new_items, player):
    for kind in ("number", "size", "choice", "cells"):
        item = next(item for item, _ in asked if item.kind == kind)
        player.load(new_items[item.name])
        if kind == "size":
            half = player.answer(RESPONSE_1=item.right[0], RESPONSE_2="999")
            assert half["feedback"].endswith("The rows are right; look at the columns again.")
            half = player.answer(RESPONSE_1="999", RESPONSE_2=item.right[1])
            assert half["feedback"].endswith("The columns are right; look at the rows again.")
        strange = {"number": ("999",), "size": ("998", "999")}.get(kind, ("none_such",))
        unknown = player.answer(**new_answer(item, strange))
        assert (unknown["score"], unknown["feedback"]) == (0, f"{SAYS['wrong']} {SAYS['look']}")


def test_a_player_takes_a_number_with_zeros_behind_it(asked, new_items, player):
    item = next(item for item, _ in asked if item.kind == "number")
    player.load(new_items[item.name])
    assert player.answer(RESPONSE=f"{item.right[0]}.0")["score"] == 1


def test_a_player_knows_a_wrong_fraction_by_two_decimals(asked, new_items, player):
    item, answer, case = next(
        (item, answer, case)
        for item, case in asked
        for answer in item.hints
        if item.kind == "number" and "." in answer[0]
    )
    player.load(new_items[item.name])
    said = player.answer(RESPONSE=f"{answer[0]}3")
    assert said["feedback"] == without_marks(expected(case, answer))


def test_a_player_shows_the_text_the_fields_and_the_options(asked, new_items, player):
    for item, case in asked[::FEW]:
        player.load(new_items[item.name])
        body = player.page.locator("qti-item-body")
        assert body.locator("p").first.text_content() == without_marks(case.text)
        if item.options:
            choices = body.locator("qti-simple-choice").all_text_contents()
            assert [text.strip() for text in choices] == [
                *map(without_marks, item.options.values())
            ]
        else:
            assert body.locator("qti-text-entry-interaction").count() == len(item.labels)
        assert body.locator("img").count() == (item.asked is not None)


def test_a_test_of_qti_21_draws_one_variant_of_each_question(banks):
    for bank in banks:
        files = qti21.files(bank)
        root = plain(etree.fromstring(files[f"{bank.name}.xml"]), QTI21)
        sections = root.findall("testPart/assessmentSection")
        assert [one.get("title") for one in sections] == list(bank.questions)
        for section in sections:
            assert section.find("selection").get("select") == "1"
            items = bank.questions[section.get("title")]
            assert len(section.findall("assessmentItemRef")) == len(items)
            for reference in section.findall("assessmentItemRef"):
                item = etree.fromstring(files[reference.get("href")])
                assert item.get("identifier") == reference.get("identifier")


# --- packages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", [qti12, qti21], ids=["1.2", "2.1"])
def test_a_package_lists_all_that_it_holds(banks, edition):
    grammar = etree.XMLSchema(etree.parse(published("xml.xsd").with_name("imscp_v1p1.xsd")))
    for bank in banks:
        files = edition.files(bank)
        root = etree.fromstring(files["imsmanifest.xml"])
        assert grammar.validate(root), grammar.error_log
        resources = {one.get("identifier"): one for one in root.iter(f"{CONTENT}resource")}
        paths = {one.get("href") for one in root.iter(f"{CONTENT}file")}
        media = {f"media/{picture.name}" for picture in bank.pictures}
        assert paths | {"imsmanifest.xml"} == {*files, *media}
        needed = {one.get("identifierref") for one in root.iter(f"{CONTENT}dependency")}
        assert needed <= set(resources)
        shown = {
            beside(path, source)
            for path, data in files.items()
            for source in re.findall(r'<img src="([^"]+)"', html.unescape(data.decode()))
        }
        assert shown == media


def test_the_command_writes_every_chapter_it_is_asked_for(tmp_path, capsys):
    assert main(["sliding", "--to", str(tmp_path)]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("[quiz] 1 of 1: sliding, 5 questions in ")
    assert "qti-1.2 into Canvas" in last
    zips = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.zip"))
    assert zips == ["qti-1.2/sliding.zip", "qti-2.1/sliding.zip"]
    before = {name: (tmp_path / name).read_bytes() for name in zips}
    assert main(["sliding", "--to", str(tmp_path)]) == 0
    assert before == {name: (tmp_path / name).read_bytes() for name in zips}
    with ZipFile(tmp_path / "qti-2.1/sliding.zip") as archive:
        assert sum(name.startswith("items/sliding-readers") for name in archive.namelist()) == 30
        assert archive.read("media/" + archive.namelist()[-1].partition("/")[2])[:4] == b"\x89PNG"


def test_the_command_names_what_is_no_chapter(tmp_path, capsys):
    assert main(["strides", "--to", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "no chapter with questions: strides\n"
    assert list(tmp_path.iterdir()) == []
