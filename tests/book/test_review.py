"""The review: questions come again after days, with other numbers; all of it on one's own device.

Most of it is tried from disk, where pages can ask for nothing but scripts.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.book.harness import STATIC, write_page
from tests.book.test_axe import RULES
from tests.book.test_questions import NUMBER, READY, box, check, plain
from tests.book.tools import BUILT, MOVED, NOTEBOOK, build, make_book, watched_page
from tests.questions.tools import chapters_with_questions, given_for
from tests.waiting import wait_for

KEY = "convolution-cell-by-cell:questions"
INTERVALS = (1, 5, 14, 30, 60, 60)
MONDAY = datetime(2027, 3, 1, 12)
#: A chapter with a question of cells, one of a size and one of a choice.
CHAPTER = "stride"
STORED = "key => { try { return localStorage.getItem(key) } catch { return null } }"
#: A page that leads on to itself; its address counts how often, and how often nothing was kept.
LEADS_ON = """<!doctype html><html><head>{head}</head><body><script>
const [turn, lost] = location.hash.slice(1).split("/").map(Number);
const kept = turn === 0 || localStorage.getItem("turn") === String(turn);
localStorage.setItem("turn", turn + 1);
if (turn < {turns}) setTimeout(() => {
  location.replace(`?${turn}#${turn + 1}/${lost + (kept ? 0 : 1)}`);
}, 50);
</script></body></html>"""
CLOSED = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('closed') } })"


def questions_of(chapter: str) -> tuple:
    return chapters_with_questions()[chapter]


#: Clicks the cells of a board until these are chosen; a mouse takes seconds for so many.
CLICKED = """(boxes, wanted) => boxes.forEach(
  (box, index) => box.checked !== wanted.includes(index) && box.click())"""


class Reader:
    """Hands on a keyboard and a mouse, and a clock."""

    def __init__(self, page, top: str):
        self.page, self.top = page, top
        self.questions = {
            one.name: one for found in chapters_with_questions().values() for one in found
        }
        self.day(0)

    def day(self, number: float):
        """Let it be so many days after a Monday."""
        self.page.clock.set_fixed_time(MONDAY + timedelta(days=number))

    def open_chapter(self, name: str = CHAPTER):
        self.page.goto(f"{self.top}/book/{name}.html")
        self.page.wait_for_selector(READY)

    def open_review(self):
        kept = self.page.evaluate(STORED, KEY)
        self.page.goto(f"{self.top}/book/review.html")
        self.page.locator(".review-line:not(:empty)").wait_for()
        # On a busy machine a page may open before what another one wrote has arrived.
        if kept:
            wait_for(self.has_what_was_kept, "what was kept before")
        self.page.evaluate("dispatchEvent(new Event('pageshow'))")

    def has_what_was_kept(self) -> bool:
        """Tell whether the page has it; if not, open the page once more."""
        if self.page.evaluate(STORED, KEY):
            return True
        self.page.reload()
        self.page.locator(".review-line:not(:empty)").wait_for()
        return False

    @property
    def line(self) -> str:
        return self.page.locator(".review-line").inner_text()

    def button(self, name: str):
        return self.page.get_by_role("button", name=name, exact=True)

    def start(self):
        self.button("Start").click()
        self.shown().wait_for()

    def shown(self):
        return self.page.locator(".review-question .question")

    def fill(self, root, right: bool = True) -> str:
        """Fill in an answer, not yet checked; return the question's text."""
        question = self.questions[root.get_attribute("data-name")]
        text = root.locator("legend").inner_text()
        cases = [
            case
            for number, case in enumerate(question.cases)
            if plain(case.text) == text and self.is_shown(root, question, number)
        ]
        (case,) = cases
        given = given_for(question, case.key)
        inputs = root.locator("form input")
        if question.kind == "choice":
            options = len(case.shown)
            inputs.nth(given if right else (given + 1) % options).check()
        elif question.kind == "cells":
            wanted = set(given) if right else {0, *given} - ({0} & set(given))
            inputs.evaluate_all(CLICKED, sorted(wanted))
        else:
            texts = given if isinstance(given, tuple) else (given,)
            for number, one in enumerate(texts):
                inputs.nth(number).fill(one if right else "98765")
        return text

    @staticmethod
    def is_shown(root, question, number: int) -> bool:
        """Tell apart variants with one text: the cells' values differ, or the options."""
        shown = question.cases[number].shown
        if question.kind == "choice":
            options = root.locator(".option").all_inner_texts()
            return options == [plain(option) for option in shown]
        if question.kind == "cells":
            values = [value for row in shown.chosen_in.values for value in row if value]
            return root.locator(".board text").all_text_contents() == values
        return True

    def answer(self, root, right: bool = True) -> str:
        """Answer a question and return its text."""
        text = self.fill(root, right)
        root.get_by_role("button", name="Check").click()
        root.locator(".result .right" if right else ".result .wrong").wait_for()
        return text

    def next(self):
        before = self.line
        self.button("Next").click()
        self.page.locator(".review-line").filter(
            has_not_text=re.compile(re.escape(before))
        ).wait_for()

    def go_through(self, right: bool = True) -> dict[str, str]:
        """Answer all that is due; return the texts by the names of the questions."""
        self.start()
        texts = {}
        while self.shown().count():
            name = self.shown().get_attribute("data-name")
            assert name not in texts
            texts[name] = self.answer(self.shown(), right)
            self.next()
        return texts

    def records(self) -> dict:
        return json.loads(self.page.evaluate("key => localStorage.getItem(key)", KEY) or "{}")


def own(complaints: list[str]) -> list[str]:
    """Return the complaints that are not the theme's, which does not expect refused storage."""
    return [line for line in complaints if "closed" not in line and "QuotaExceeded" not in line]


@pytest.fixture
def reader(chromium, site):
    """A reader of the book; at the end no page must have complained."""
    with watched_page(chromium, site.url) as (page, complaints):
        yield Reader(page, site.url)
        assert complaints == []


def answer_chapter(reader, name: str = CHAPTER, right: bool = True) -> dict[str, str]:
    reader.open_chapter(name)
    roots = reader.page.locator(".question").all()
    return {root.get_attribute("data-name"): reader.answer(root, right) for root in roots}


@pytest.mark.parametrize(
    "intervals", [INTERVALS[:2], pytest.param(INTERVALS, marks=pytest.mark.long)]
)
def test_right_answers_come_again_at_growing_intervals_with_other_numbers(reader, intervals):
    last = answer_chapter(reader)
    number, day = len(last), 0
    for interval in intervals:
        reader.day(day + interval - 1)
        reader.open_review()
        assert reader.line.startswith("Nothing is due. ")
        assert reader.line.endswith(f"The next {number} are due tomorrow.")
        assert not reader.button("Start").is_visible()
        day += interval
        reader.day(day)
        reader.open_review()
        assert reader.line == f"{number} questions are due, from 1 chapter."
        texts = reader.go_through()
        assert set(texts) == set(last)
        assert all(texts[name] != last[name] for name in texts), "the same numbers again"
        assert reader.line.startswith(
            f"That was all for today: {number} questions, {number} right at once."
        )
        last = texts


def test_page_says_when_the_next_are_due(reader):
    answer_chapter(reader)
    row = reader.page.locator(f"[data-page='book/{CHAPTER}']")
    for day, said in ((0, "tomorrow"), (1, "on Sunday"), (6, "on 21 March"), (20, "on 20 April")):
        reader.day(day)
        reader.open_review()
        if day:
            reader.go_through()
            reader.open_review()
        assert reader.line == f"Nothing is due. The next 4 are due {said}."
        assert row.locator(".review-words").inner_text() == f"4 of 4 answered, due {said}"


def test_a_wrong_answer_comes_at_the_end_with_other_numbers_and_the_next_day(reader):
    answer_chapter(reader)
    reader.day(1)
    reader.open_review()
    reader.start()
    name = reader.shown().get_attribute("data-name")
    wrong = reader.answer(reader.shown(), right=False)
    assert reader.line == "Question 1 of 5. It comes again at the end, and tomorrow."
    reader.next()
    for _ in range(3):
        assert reader.shown().get_attribute("data-name") != name
        reader.answer(reader.shown())
        assert reader.line.endswith("It comes again on Sunday.")
        reader.next()
    assert reader.shown().get_attribute("data-name") == name
    assert reader.answer(reader.shown()) != wrong
    assert reader.line == "Question 5 of 5. It comes again tomorrow."
    reader.next()
    assert "4 questions, 3 right at once. The next one is due tomorrow." in reader.line
    reader.day(2)
    reader.open_review()
    assert reader.line == "1 question is due, from 1 chapter."
    assert set(reader.go_through()) == {name}
    assert reader.line.endswith("The next one is due tomorrow.")  # it begins again


def test_a_wrong_one_comes_at_the_end_once(reader):
    answer_chapter(reader, right=False)
    reader.day(1)
    reader.open_review()
    reader.start()
    count = 0
    while reader.shown().count():
        reader.answer(reader.shown(), right=False)
        reader.next()
        count += 1
    assert count == 8
    assert "4 questions, 0 right at once. The next 4 are due tomorrow." in reader.line


def test_first_answer_counts_and_so_does_a_look_at_the_worked_answer(reader):
    answer_chapter(reader)
    reader.day(1)
    reader.open_review()
    reader.start()
    reader.answer(reader.shown(), right=False)
    reader.answer(reader.shown())
    assert reader.line.endswith("It comes again at the end, and tomorrow.")
    reader.next()
    reader.shown().get_by_text("Worked answer", exact=True).click()
    assert reader.shown().get_by_text("Answer:").is_visible()
    reader.page.locator(".review-line", has_text="at the end, and tomorrow").wait_for()
    reader.answer(reader.shown())
    assert reader.line.endswith("It comes again at the end, and tomorrow.")


def test_answers_of_one_day_in_a_chapter_count_once(reader):
    reader.open_chapter()
    root = reader.page.locator(".question").first
    name = root.get_attribute("data-name")
    for _ in range(3):
        reader.answer(root)
        root.get_by_role("button", name="Another one").click()
    first = reader.records()[name]
    assert (first["step"], first["solved"]) == (1, True)
    reader.answer(root, right=False)
    assert reader.records()[name]["step"] == 0
    reader.answer(root)
    assert reader.records()[name]["step"] == 0
    assert reader.records()[name]["due"] == first["due"]


def test_one_checked_answer_brings_the_chapter_the_next_day(reader):
    reader.open_chapter()
    first = reader.page.locator(".question").nth(1)
    first.get_by_role("button", name="Check").click()  # there is no answer yet
    assert reader.button("Add this chapter to my review").is_visible()
    reader.answer(first, right=False)
    link = reader.page.get_by_role("link", name="They come again in your review.")
    link.click()
    reader.page.wait_for_url("**/book/review.html")
    reader.page.locator(".review-line:not(:empty)").wait_for()
    assert reader.line == "Nothing is due. The next 4 are due tomorrow."
    assert reader.page.locator(".review-on a").get_attribute("href").endswith("seeing.html")


def test_a_chapter_is_added_at_a_press_in_it_or_in_the_review(reader):
    reader.open_chapter()
    reader.button("Add this chapter to my review").press("Enter")
    focused = reader.page.locator(":focus")
    assert focused.inner_text() == "They come again in your review."
    focused.press("Enter")
    reader.page.locator(".review-line:not(:empty)").wait_for()
    assert reader.line == "4 questions are due, from 1 chapter."
    reader.button("Add Padding to my review").press("Enter")
    assert reader.page.locator(":focus").inner_text() == "Padding"
    assert not reader.button("Add Padding to my review").is_visible()
    assert reader.line == "9 questions are due, from 2 chapters."
    # By turns, so that two of one chapter do not follow each other without need.
    reader.start()
    origins = []
    for _ in range(4):
        origins.append(reader.page.locator(".review-from a").inner_text())
        reader.answer(reader.shown())
        reader.next()
    assert origins == ["Padding", "Stride", "Padding", "Stride"]


def test_nothing_read_yet_says_what_to_do(reader):
    reader.open_review()
    assert reader.line == "Answer a question in a chapter, and it will come back here."
    assert reader.page.locator(".review-total").inner_text() == (
        f"0 of {len(reader.questions)} questions answered, "
        f"0 of {len(chapters_with_questions())} chapters in your review."
    )
    reader.page.locator(".review-on a").click()
    reader.page.wait_for_url("**/book/seeing.html")


def test_a_session_can_be_stopped_and_gone_on_with(reader):
    answer_chapter(reader)
    reader.day(1)
    reader.open_review()
    reader.start()
    reader.answer(reader.shown())
    reader.next()
    reader.button("Stop for today").click()
    assert reader.line == (
        "Stopped: 1 question, 1 right at once. 3 questions are due, from 1 chapter."
    )
    assert reader.page.locator(".review-line:focus").count() == 1
    assert not reader.shown().count()
    assert len(reader.go_through()) == 3


def test_next_goes_on_once_however_often_it_is_pressed(reader):
    answer_chapter(reader)
    reader.day(1)
    reader.open_review()
    reader.start()
    reader.answer(reader.shown())
    reader.button("Next").evaluate("button => { button.click(); button.click(); }")
    reader.page.locator(".review-line", has_text="Question 2 of 4.").wait_for()
    # What comes after it waits for its turn.
    reader.answer(reader.shown())
    reader.next()
    assert reader.line == "Question 3 of 4."


def test_the_chapter_stays_as_the_reader_left_it(reader):
    answer_chapter(reader)
    before = reader.page.locator("article").inner_text()
    reader.day(1)
    reader.open_review()
    reader.go_through()
    reader.open_chapter()
    assert reader.page.locator("article").inner_text() == before


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_days_are_those_of_the_readers_own_calendar(chromium, book_html, zone):
    with watched_page(chromium, book_html.as_uri(), timezone_id=zone) as (page, complaints):
        reader = Reader(page, book_html.as_uri())
        evening = page.evaluate("+new Date(2027, 2, 28, 23, 50)")
        page.clock.set_fixed_time(evening)
        answer_chapter(reader)
        reader.open_review()
        assert reader.line == "Nothing is due. The next 4 are due tomorrow."
        page.clock.set_fixed_time(evening + 20 * 60_000)
        reader.open_review()
        assert reader.line == "4 questions are due, from 1 chapter."
        assert complaints == []


def test_a_clock_that_was_wrong_keeps_nothing_back_for_years(reader):
    reader.day(4000)
    answer_chapter(reader)
    reader.day(0)
    reader.open_review()
    assert reader.line == "4 questions are due, from 1 chapter."
    reader.go_through()
    assert reader.line.endswith("The next 4 are due on Saturday.")


def test_only_what_is_due_is_loaded(chromium, site):
    with watched_page(chromium, site.url) as (page, complaints):
        reader = Reader(page, site.url)
        site.sent.clear()
        reader.open_chapter()
        asked = [path for path in site.sent if "/questions/" in path]
        assert all(f"/book-{CHAPTER}." in path for path in asked), "nothing is answered yet"
        answer_chapter(reader)
        answer_chapter(reader, "seeing", right=False)
        reader.day(1)
        site.sent.clear()
        reader.open_review()
        assert not any("/questions/book-" in path for path in site.sent)
        reader.go_through()
        packs = {path for path in site.sent if "/questions/book-" in path}
        assert {re.sub(r".*/book-(\w+)\..*", r"\1", path) for path in packs} == {CHAPTER, "seeing"}
        assert complaints == []


def test_a_file_that_does_not_load_is_said_and_can_be_tried_again(chromium, book_html):
    with watched_page(chromium, book_html.as_uri()) as (page, complaints):
        reader = Reader(page, book_html.as_uri())
        answer_chapter(reader)
        reader.day(1)
        reader.open_review()
        page.route("**/questions/book-*", lambda route: route.abort())
        reader.button("Start").click()
        page.locator(".review-line:focus", has_text="A question could not be opened").wait_for()
        assert complaints
        assert all("book-stride" in line or "ERR_FAILED" in line for line in complaints)
        complaints.clear()
        page.unroute("**/questions/book-*")
        assert len(reader.go_through()) == 4
        assert complaints == []


def save_file(reader, folder):
    with reader.page.expect_download() as download:
        reader.button("Save to a file").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def said(reader) -> str:
    return reader.page.locator(".review-said").inner_text()


def take(reader, path) -> str:
    place = reader.page.locator(".review-said")
    place.evaluate("place => { place.textContent = '' }")
    reader.page.get_by_label("Take from a file").set_input_files(path)
    place.filter(has_text=path.name).wait_for()
    return said(reader)


def clear(reader):
    reader.page.locator(".review-kept").get_by_text("Clear everything").first.click()
    reader.button("Clear everything").click()
    assert said(reader) == "Cleared."


def test_saved_cleared_and_taken_again_all_is_there(reader, tmp_path):
    answer_chapter(reader)
    reader.day(1)
    reader.open_review()
    reader.go_through()
    before, shown = reader.records(), reader.page.locator("ul.review-chapters").inner_text()
    path = save_file(reader, tmp_path)
    assert path.name == "convolution-cell-by-cell-2027-03-02.json"
    clear(reader)
    assert KEY not in reader.page.evaluate("Object.keys(localStorage)")
    assert reader.line.startswith("Answer a question in a chapter")
    assert reader.page.locator(".book-mark").count() == 0
    assert take(reader, path) == (
        f"{path.name} has 4 questions: 4 taken over, 0 left as they are, since you answered them "
        "later here."
    )
    assert reader.records() == before
    assert reader.page.locator("ul.review-chapters").inner_text() == shown
    assert reader.line == "Nothing is due. The next 4 are due on Sunday."


def test_of_two_records_the_later_answer_is_kept(reader, tmp_path):
    answer_chapter(reader)
    reader.open_review()
    path = save_file(reader, tmp_path)
    old = reader.records()
    reader.day(1)
    reader.open_review()
    reader.start()
    later = reader.shown().get_attribute("data-name")
    reader.answer(reader.shown())
    new = reader.records()
    reader.open_review()
    assert "3 taken over, 1 left as they are" in take(reader, path)
    assert reader.records() == {name: new[name] if name == later else old[name] for name in old}


GOOD = {"book": "convolution-cell-by-cell", "format": 1, "questions": {"a-b": {"due": 3}}}


def with_record(record) -> str:
    return json.dumps({**GOOD, "questions": {"a-b": record}})


BAD = (
    ("", "it is not JSON"),
    ("{'book': 1}", "it is not JSON"),
    ("null", "it was not saved on this page"),
    ("[]", "it was not saved on this page"),
    (json.dumps({**GOOD, "book": "another"}), "it was not saved on this page"),
    (json.dumps({**GOOD, "format": 2}), "its format is 2, and not 1"),
    (json.dumps({**GOOD, "questions": None}), "it holds no answers"),
    (json.dumps({**GOOD, "questions": []}), "it holds no answers"),
    (json.dumps({**GOOD, "questions": {"<b>": {}}}), "what it says of “<b>” is damaged"),
    (with_record(None), "what it says of “a-b” is damaged"),
    (with_record([]), "what it says of “a-b” is damaged"),
    (with_record({"due": "soon"}), "what it says of “a-b” is damaged"),
    (with_record({"due": 1.5}), "what it says of “a-b” is damaged"),
    (with_record({"solved": 1}), "what it says of “a-b” is damaged"),
    (with_record({"given": ["1", None]}), "what it says of “a-b” is damaged"),
    (with_record({"toString": 1}), "what it says of “a-b” is damaged"),
)


def test_a_file_that_is_none_of_ours_changes_nothing(reader, tmp_path):
    reader.open_chapter()
    reader.answer(reader.page.locator(".question").nth(1))
    reader.open_review()
    before = reader.records()
    for number, (content, why) in enumerate(BAD):
        path = tmp_path / f"answers-{number}.json"
        path.write_text(content, encoding="utf-8")
        assert take(reader, path) == f"Nothing was changed: {path.name} cannot be used, {why}."
        assert reader.records() == before
    path.write_text(json.dumps(GOOD), encoding="utf-8")  # the same file, mended
    assert "1 question: 1 taken over" in take(reader, path)


def test_refused_storage_is_said_and_the_review_works_for_the_visit(chromium, book_html, tmp_path):
    with watched_page(chromium, book_html.as_uri()) as (page, complaints):
        page.add_init_script(CLOSED)
        reader = Reader(page, book_html.as_uri())
        reader.open_chapter()
        page.get_by_text("Clear answers").click()
        assert page.get_by_text("This browser keeps nothing").is_visible()
        reader.open_review()
        assert page.get_by_text("This browser refuses to keep anything").is_visible()
        reader.button("Add Stride to my review").click()
        assert len(reader.go_through()) == 4
        assert reader.line.endswith("The next 4 are due tomorrow.")
        assert page.locator(".book-mark[data-answered=all]").count() == 1
        path = save_file(reader, tmp_path)
        page.reload()
        page.locator(".review-line:not(:empty)").wait_for()
        assert reader.line.startswith("Answer a question in a chapter")
        assert "4 taken over" in take(reader, path)
        reader.day(1)
        page.evaluate("() => { dispatchEvent(new Event('visibilitychange')) }")
        assert reader.line == "4 questions are due, from 1 chapter."
        clear(reader)
        assert reader.line.startswith("Answer a question in a chapter")
        assert own(complaints) == []


def test_storage_that_is_full_is_said(chromium, book_html):
    with watched_page(chromium, book_html.as_uri()) as (page, complaints):
        page.add_init_script(
            "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError') }"
        )
        reader = Reader(page, book_html.as_uri())
        reader.open_review()
        assert page.get_by_text("This browser refuses to keep anything").is_visible()
        reader.button("Add Stride to my review").click()
        assert reader.line == "4 questions are due, from 1 chapter."
        assert own(complaints) == []


def test_with_the_keyboard_alone(reader):
    """From the end of the text above to the end of a session: Tab, Enter, digits."""
    answer_chapter(reader, "pooling")
    reader.day(1)
    reader.open_review()
    page = reader.page
    reader.button("Start").focus()
    page.keyboard.press("Enter")
    reader.shown().wait_for()
    for number in range(1, 5):
        page.locator(".review-line", has_text=f"Question {number} of").wait_for()
        inputs = reader.shown().locator("form input")
        assert page.evaluate("() => document.activeElement.matches('.review-question input')")
        reader.fill(reader.shown())
        inputs.last.press("Enter")
        # Right: the next press goes on.
        assert page.locator(":focus").inner_text() == "Next"
        page.keyboard.press("Enter")
    page.locator(".review-line:focus", has_text="That was all for today").wait_for()
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Seeing"  # where to read on


def test_after_a_wrong_answer_the_hint_and_the_worked_answer_are_near(reader):
    answer_chapter(reader, "pooling")
    reader.day(1)
    reader.open_review()
    reader.start()
    root = reader.shown()
    assert not reader.button("Next").is_visible()
    reader.fill(root, right=False)
    root.get_by_role("button", name="Check").focus()
    reader.page.keyboard.press("Enter")
    assert root.get_by_role("status").inner_text().startswith("Not yet. ")
    stops = []
    for _ in range(2):
        reader.page.keyboard.press("Tab")
        stops.append(reader.page.locator(":focus").inner_text())
    assert stops == ["Next", "Worked answer"]
    reader.page.keyboard.press("Enter")
    assert root.get_by_text("Answer:").is_visible()


def test_marks_in_the_contents_say_some_and_all_and_move_nothing(reader):
    page = reader.page
    places = "all => all.map((one) => JSON.stringify(one.getBoundingClientRect()))"
    reader.open_chapter()
    links = page.locator(".bd-links a")
    mark = page.locator(".bd-links li", has=page.get_by_text("Stride", exact=False)).locator(
        ".book-mark"
    )
    before = links.evaluate_all(places)
    assert page.locator(".book-mark").count() == 0
    for number, root in enumerate(page.locator(".question").all(), 1):
        reader.answer(root)
        words = f"Stride ({number} of 4 questions answered)"
        page.get_by_role("link", name=words, exact=True).wait_for()
        assert mark.get_attribute("data-answered") == ("all" if number == 4 else "some")
        assert mark.get_attribute("title") == f"{number} of 4 questions answered"
    assert links.evaluate_all(places) == before
    size = mark.bounding_box()
    assert size["width"] >= 9
    assert size["x"] >= 0
    page.goto(f"{reader.top}/search.html")  # a page with no questions, in another folder
    page.get_by_role("link", name="Stride (4 of 4 questions answered)").wait_for()
    reader.open_chapter()
    page.get_by_text("Clear answers").click()
    reader.button("Of this chapter").click()
    page.get_by_role("link", name="Stride", exact=True).wait_for()
    assert page.locator(".book-mark").count() == 0
    assert reader.records() == {}


def test_another_page_of_the_book_is_noticed(reader):
    reader.open_review()
    other = reader.page.context.new_page()
    other.goto(f"{reader.top}/book/{CHAPTER}.html")
    other.get_by_role("button", name="Add this chapter to my review").click()
    reader.page.locator(".review-line", has_text="4 questions are due").wait_for()


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_moves_while_the_page_opens(chromium, site, width):
    with watched_page(chromium, site.url, viewport={"width": width, "height": 800}) as (page, _):
        page.add_init_script(MOVED)
        reader = Reader(page, site.url)
        answer_chapter(reader, "seeing")
        for day in (0, 1):
            reader.day(day)
            reader.open_review()
            page.wait_for_load_state("networkidle")
            assert sum(page.evaluate("moved")) == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_a_phone_is_wide_enough(chromium, book_html, theme):
    viewport = {"width": 320, "height": 700}
    # Not a watched page: axe itself asks for the styles, which from disk it may not.
    context = chromium.new_context(viewport=viewport, color_scheme=theme)
    page = context.new_page()

    def assert_clean():
        violations = Axe().run(page, options=RULES[theme]).response["violations"]
        assert [(one["id"], node["html"]) for one in violations for node in one["nodes"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320

    reader = Reader(page, book_html.as_uri())
    answer_chapter(reader)
    assert_clean()  # the box below the last question
    reader.day(1)
    reader.open_review()
    page.add_style_tag(content="* { transition: none !important }")
    page.locator(".review-kept summary").click()
    assert_clean()
    reader.start()
    for right in (False, True, False):
        reader.answer(reader.shown(), right)
        reader.shown().get_by_text("Worked answer", exact=True).click()
        assert_clean()
        reader.next()
    reader.button("Stop for today").click()
    assert_clean()
    context.close()


def test_page_can_be_read_without_scripts(chromium, book_html):
    address = book_html.as_uri()
    with watched_page(chromium, address, java_script_enabled=False) as (page, complaints):
        page.goto(f"{address}/book/review.html")
        assert page.locator("noscript p", has_text="The review needs JavaScript").is_visible()
        rows = page.locator(".review-chapters li")
        assert rows.count() == len(chapters_with_questions())
        assert "4 questions" in rows.filter(has_text="Stride").inner_text()
        assert page.locator("article").get_by_role("button").count() == 0
        assert complaints == []


def test_page_is_in_the_contents_and_found_by_search(chromium, site):
    with watched_page(chromium, site.url) as (page, complaints):
        page.goto(f"{site.url}/book/index.html")
        assert page.locator(".bd-links").get_by_role("link", name="Review", exact=True).count() == 1
        page.goto(f"{site.url}/search.html?q=review")
        page.locator("#search-results li a", has_text="Review").first.wait_for()
        assert complaints == []


def test_short_address_leads_to_the_review(chromium, site, book_html):
    for top in (site.url, book_html.as_uri()):
        with watched_page(chromium, top) as (page, complaints):
            page.goto(f"{top}/review.html")
            page.wait_for_url("**/book/review.html")
            page.locator(".review-line:not(:empty)").wait_for()
            assert complaints == []


def test_cards_are_offered_where_they_are(book_html):
    html = (book_html / "book/review.html").read_text(encoding="utf-8")
    cards = "convolution-cell-by-cell.apkg"
    assert (f'href="../{cards}"' in html) == (book_html / cards).exists()


@pytest.mark.parametrize("edited", [False, True], ids=["same", "edited"])
def test_schedule_survives_another_edition_of_a_question(chromium, tmp_path, edited):
    with watched_page(chromium, tmp_path.as_uri()) as (page, complaints):
        from convlib.questions.page import page_form

        html = page_form(NUMBER)
        page.goto(write_page(tmp_path, html).as_uri())
        page.wait_for_selector(READY)
        box(page, NUMBER).get_by_label("Your answer").fill(NUMBER.cases[0].key)
        check(page, NUMBER)
        records = json.loads(page.evaluate("key => localStorage.getItem(key)", KEY))
        if edited:
            records[NUMBER.name]["id"] = "another"
            page.evaluate("all => localStorage.setItem(...all)", [KEY, json.dumps(records)])
        page.reload()
        page.wait_for_selector(READY)
        given = box(page, NUMBER).get_by_label("Your answer").input_value()
        assert given == ("" if edited else NUMBER.cases[0].key)
        box(page, NUMBER).get_by_label("Your answer").fill("1")
        kept = json.loads(page.evaluate("key => localStorage.getItem(key)", KEY))[NUMBER.name]
        assert {name: kept[name] for name in ("step", "due", "solved")} == {
            name: records[NUMBER.name][name] for name in ("step", "due", "solved")
        }
        assert complaints == []


def test_review_follows_the_chapters(tmp_path):
    question = (
        "```{{code-cell}} python\n:tags: [remove-input]\n"
        "from convlib.questions import Number\n\n"
        'Number("{}", "{{size}}?", answer=lambda size: size,\n'
        "       worked=lambda size: str(size), variants=dict(size=range(12)))\n```\n\n"
    )
    chapter = f"{NOTEBOOK}# {{}}\n\nText.\n\n"
    make_book(
        tmp_path,
        index="# First\n\nText.\n",
        two=chapter.format("Two & more") + question.format("two-one") + question.format("two-two"),
        one=chapter.format("One") + question.format("one-one"),
        gone=chapter.format("Gone") + question.format("gone-one"),
        review="# Review\n\nText.\n\n```{review} chapters\n```\n",
    )
    folder = tmp_path / BUILT / "_static/questions"

    def handed(name: str) -> list:
        """Return what a script hands to the page."""
        return json.loads(re.sub(r"^\w+\((.*)\);\n$", r"[\1]", (folder / name).read_text("utf-8")))

    def assert_lists(*expected):
        result = build(tmp_path)
        assert result.returncode == 0, result.stdout
        (listed,) = handed("book.js")
        assert [(one["page"], one["title"], one["questions"]) for one in listed] == [*expected]
        packs = {one["pack"] for one in listed}
        assert {path.name for path in folder.iterdir()} == {"book.js"} | packs
        for one in listed:
            page, forms = handed(one["pack"])
            assert page == one["page"]
            assert len(forms) == len(one["questions"])
        html = (tmp_path / BUILT / "book/review.html").read_text(encoding="utf-8")
        rows = re.findall(r'<li data-page="([^"]+)"><a href="([^"]+)">([^<]+)</a>', html)
        assert rows == [
            (page, f"{page.partition('/')[2]}.html", title.replace("&", "&amp;"))
            for page, title, _ in expected
        ]
        assert "remember.js" in (tmp_path / BUILT / "book/index.html").read_text(encoding="utf-8")

    two = ("book/two", "Two & more", ["two-one", "two-two"])
    assert_lists(two, ("book/one", "One", ["one-one"]), ("book/gone", "Gone", ["gone-one"]))
    changed = chapter.format("One, changed") + question.format("one-two")
    (tmp_path / "book/one.md").write_text(changed, encoding="utf-8")
    (tmp_path / "book/gone.md").write_text("# Gone\n\nNothing is asked.\n", encoding="utf-8")
    assert_lists(two, ("book/one", "One, changed", ["one-two"]))


@pytest.mark.parametrize(("name", "most"), [("remember.js", 6), ("review.js", 12)])
def test_scripts_keep_their_budgets(name, most):
    assert (STATIC / name).stat().st_size <= most * 1024


@pytest.mark.long
def test_pages_from_disk_find_what_others_kept(chromium, book_html, tmp_path):
    """Without what theme.html asks for first, one in seven to fourteen finds nothing."""
    html = (book_html / f"book/{CHAPTER}.html").read_text(encoding="utf-8")
    head = re.search(r"<script>.*?</script>", html, re.DOTALL)[0]
    assert "localStorage" in head
    page_text = LEADS_ON.replace("{head}", head).replace("{turns}", "300")
    (tmp_path / "page.html").write_text(page_text, encoding="utf-8")
    page = chromium.new_context().new_page()
    page.goto(f"{(tmp_path / 'page.html').as_uri()}#0/0")
    page.wait_for_url("**#300/*", timeout=300_000)
    page.context.close()
    assert int(page.url.rsplit("/", 1)[1]) <= 3
