"""Questions in a page, used as readers use them: right, wrong, again, later, without scripts."""

from __future__ import annotations

import re
from html import unescape

import pytest
from axe_playwright_python.sync_playwright import Axe

from convlib import conv_output_size
from convlib.explain import explain_output_size, explain_window
from convlib.questions import Cells, Choice, Mistake, Number, Size, mistakes, window_scene
from convlib.questions.declaration import SAYS
from convlib.questions.page import page_form, rich
from tests.book.harness import STATIC, write_page
from tests.book.tools import BUILT, NOTEBOOK, Site, build, make_book, watched_page
from tests.questions.tools import chapters_with_questions, given_for
from tests.thorough import one_in

READY = ".question-progress:not([inert])"
#: What people type that is no answer, or an unusual way to write one.
TYPED = ("", "  ", "abc", "3,5", "1,00", "1e3", "3 cells", "0.123", "99999", "-4", "−4", "+4", "٣")

NUMBER = Number(
    "toy-number",
    "`conv2d`: {input_size} cells, kernel {kernel_size}, stride {stride}. How many stops?",
    answer=conv_output_size,
    worked=explain_output_size,
    variants={"input_size": range(5, 12), "kernel_size": (2, 3), "stride": (2, 3)},
    mistakes=(mistakes.UNROUNDED, mistakes.ROUNDED_UP),
)
SIZE = Size(
    "toy-size",
    "Input {input_size}, kernel 3, stride {stride}: how large is the output?",
    answer=conv_output_size,
    worked=explain_output_size,
    variants={
        "input_size": [(6, 9), (8, 5), (9, 6), (7, 10)],
        "kernel_size": [3],
        "stride": [(2, 1), (1, 2), (3, 2)],
    },
    mistakes=(mistakes.SWAPPED_AXES,),
)
CHOICE = Choice(
    "toy-choice",
    "Which is larger?",
    options=lambda a, b: (f"{a} < 9", f"{b} < 9"),
    answer=lambda a, b: f"{max(a, b)} < 9",
    worked=lambda a, b: f"{max(a, b)} is larger.",
    variants={"a": range(4), "b": range(4, 8)},
    mistakes=(Mistake(lambda a, b: f"{min(a, b)} < 9", "That is the smaller."),),
)
CELLS = Cells(
    "toy-cells",
    "Stride {stride}, kernel {kernel_size}, padding {padding}: what does {position} read?",
    scene=window_scene,
    worked=explain_window,
    variants={
        "position": [(1, 0), (1, 1), (0, 1)],
        "input_size": [(4, 5)],
        "kernel_size": (2, 3),
        "stride": (1, 2),
        "padding": (0, 1),
    },
    mistakes=(mistakes.WINDOW_NO_STRIDE,),
)
TOYS = (NUMBER, SIZE, CHOICE, CELLS)

# Goes through all variants of a question as fast as the page can, gives each the answers of a list
# (texts, or the numbers of what is chosen), and returns what is shown and said.
GO_THROUGH = """(root, answers) => answers.map((wanted) => {
  const seen = {
    text: root.querySelector("legend").textContent,
    options: [...root.querySelectorAll(".option")].map((one) => one.textContent),
    solution: [...root.querySelectorAll(".solution > p")].map((one) => one.textContent),
    said: wanted.map((given) => {
      [...root.querySelectorAll("input")].forEach((input, index) => {
        if (input.type === "text") input.value = given[index];
        else input.checked = given.includes(index);
      });
      root.querySelector("form").requestSubmit();
      return root.querySelector(".result").textContent;
    }),
  };
  root.querySelector("[data-do=next]").click();
  return seen;
})"""


def plain(text: str) -> str:
    """Return a text as it is shown."""
    return unescape(re.sub("<[^>]+>", "", rich(text)))


def answers_to(question, case) -> list:
    """Return the answers to try: the right one, each mistake, and what else readers give."""
    given = [given_for(question, key) for key in (case.key, *case.hints)]
    if isinstance(question, Choice):
        return [*given, *range(len(case.shown)), None]
    if isinstance(question, Cells):
        right = given_for(question, case.key)
        return [*given, [], [0], right[1:], sorted({0, 1, *right})]
    typed = TYPED if case is question.cases[0] else ("77", "")
    if isinstance(question, Size):
        rows, columns = given[0]
        return [*given, ("77", columns), *((rows, text) for text in typed)]
    return [*given, f" {given[0]} ", f"{given[0]}.0", *typed]


def for_page(given) -> list:
    """Return an answer as the list that `GO_THROUGH` takes."""
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple) else [given]


def assert_every_variant_answers(page, question):
    """Hold all that the page shows and says to what the question says in Python."""
    tried = [answers_to(question, case) for case in question.cases]
    sent = [[for_page(given) for given in answers] for answers in tried]
    root = page.locator(f"#question-{question.name}")
    for number, (case, answers, seen) in enumerate(
        zip(question.cases, tried, root.evaluate(GO_THROUGH, sent), strict=True)
    ):
        assert seen["text"] == plain(case.text)
        assert seen["solution"] == [plain(line) for line in case.solution.splitlines()]
        if isinstance(question, Choice):
            assert seen["options"] == [plain(option) for option in case.shown]
        expected = [question.feedback(number, given).text for given in answers]
        assert seen["said"] == expected, f"{case.text}: {answers}"
        assert expected[0] == SAYS["right"]
    # After the last variant comes the first.
    assert root.locator("legend").inner_text() == plain(question.cases[0].text)


@pytest.fixture
def open_page(chromium, tmp_path):
    """Open a page with questions; at the end it must have complained of nothing."""
    opened = []

    def open_with(*questions, **options):
        path = write_page(tmp_path, *map(page_form, questions))
        watched = watched_page(chromium, site.url, **options)
        page, complaints = watched.__enter__()
        opened.append((watched, complaints))
        page.goto(f"{site.url}/{path.name}")
        if options.get("java_script_enabled", True):
            page.wait_for_selector(READY)
        return page

    with Site(tmp_path) as site:  # from disk Chromium does not keep all: see theme.html
        yield open_with
        for watched, complaints in opened:
            watched.__exit__(None, None, None)
            assert complaints == []


def box(page, question):
    return page.locator(f"#question-{question.name}")


def check(page, question) -> str:
    box(page, question).get_by_role("button", name="Check").click()
    return box(page, question).get_by_role("status").inner_text()


def another(page, question):
    box(page, question).get_by_role("button", name="Another one").click()


@one_in(7)
def test_every_question_of_the_book_in_its_page(chromium, site, every):
    chapters = chapters_with_questions()
    assert chapters
    for chapter, questions in [*chapters.items()][::every]:
        with watched_page(chromium, site.url) as (page, complaints):
            page.goto(f"{site.url}/book/{chapter}.html")
            page.wait_for_selector(READY)
            names = page.locator(".question").evaluate_all("all => all.map(q => q.dataset.name)")
            assert names == [question.name for question in questions], chapter
            for question in questions:
                assert_every_variant_answers(page, question)
            total = len(questions)
            progress = page.locator(READY).get_by_role("status")
            assert (
                progress.inner_text() == f"{total} of {total} questions of this chapter answered."
            )
            assert complaints == []


@pytest.mark.parametrize("question", TOYS, ids=lambda question: question.name)
def test_every_variant_of_each_kind(open_page, question):
    assert_every_variant_answers(open_page(question), question)


@pytest.mark.parametrize("text", ["{}×{}", "({}, {})", "{} x {}"])
def test_a_size_typed_in_one_field_moves_into_both(open_page, text):
    page = open_page(SIZE)
    rows, columns = SIZE.cases[0].key.split("×")
    wide = {ord("0") + one: ord("０") + one for one in range(10)}
    fields = box(page, SIZE).locator("input[type=text]")
    fields.first.fill(text.format(rows, columns).translate(wide))
    fields.first.press("Enter")
    assert box(page, SIZE).get_by_role("status").inner_text() == SAYS["right"]
    assert [fields.nth(at).input_value() for at in (0, 1)] == [rows, columns]


def test_number_with_the_keyboard_alone(open_page):
    page = open_page(NUMBER)
    page.keyboard.press("Tab")
    page.keyboard.type("abc")
    page.keyboard.press("Enter")
    result = box(page, NUMBER).get_by_role("status")
    assert result.inner_text() == SAYS["unreadable"]
    field = box(page, NUMBER).get_by_label("Your answer")
    assert field.evaluate("field => field === document.activeElement")
    page.keyboard.press("Control+a")
    page.keyboard.type(NUMBER.cases[0].key)
    assert result.inner_text() == ""  # what was said was about another answer
    page.keyboard.press("Enter")
    assert result.inner_text() == SAYS["right"]
    assert box(page, NUMBER).locator(".done").is_visible()
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert box(page, NUMBER).locator("legend").inner_text() == plain(NUMBER.cases[1].text)
    assert field.input_value() == ""
    assert field.evaluate("field => field === document.activeElement")


def test_choice_with_the_keyboard_alone(open_page):
    page = open_page(CHOICE)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    if CHOICE.cases[0].key == "1":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert box(page, CHOICE).get_by_role("status").inner_text() == SAYS["right"]


def test_cells_with_the_keyboard_alone(open_page):
    page = open_page(CELLS)
    case = CELLS.cases[0]
    columns = case.shown.chosen_in.shape[1]
    page.keyboard.press("Tab")
    at = (0, 0)
    for row, column in sorted(case.right_cells):
        for key, count in (("ArrowDown", row - at[0]), ("ArrowRight", column - at[1])):
            for _ in range(abs(count)):
                page.keyboard.press(
                    key if count > 0 else {"ArrowDown": "ArrowUp", "ArrowRight": "ArrowLeft"}[key]
                )
        at = (row, column)
        page.keyboard.press("Space")
    for _ in range(columns + 1):  # the edge holds
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")  # the whole grid is one stop
    page.keyboard.press("Enter")
    assert box(page, CELLS).get_by_role("status").inner_text() == SAYS["right"]


def test_cells_by_touch_and_what_a_screen_reader_calls_them(open_page):
    page = open_page(CELLS, has_touch=True, viewport={"width": 320, "height": 700})
    case = CELLS.cases[0]
    grid = case.shown.chosen_in
    boxes = box(page, CELLS).get_by_role("checkbox")
    assert boxes.count() == grid.shape[0] * grid.shape[1]
    for row, column in case.right_cells:
        cell = box(page, CELLS).get_by_label(f"row {row}, column {column}: ")
        cell.tap()
        assert cell.is_checked()
        sizes = cell.bounding_box()
        assert min(sizes["width"], sizes["height"]) >= 24
    assert check(page, CELLS) == SAYS["right"]
    boxes.first.tap()
    assert "Cells too many: 1." in check(page, CELLS)
    outlined = box(page, CELLS).get_by_role("img", name="outlined: row 1 column 0")
    assert outlined.count() == (case.values["position"] == (1, 0))


def test_cells_lie_over_the_cells_of_the_picture(open_page):
    page = open_page(CELLS)
    drawn = box(page, CELLS).locator(".board rect")
    boxes = box(page, CELLS).get_by_role("checkbox")
    for number in (0, 6, boxes.count() - 1):
        under, over = drawn.nth(number).bounding_box(), boxes.nth(number).bounding_box()
        for side in ("x", "y"):
            middle = under[side] + under["width"] / 2, over[side] + over["width"] / 2
            assert abs(middle[0] - middle[1]) < 2


def test_nothing_is_lost_on_reload(open_page):
    page = open_page(*TOYS)
    another(page, NUMBER)
    box(page, NUMBER).get_by_label("Your answer").fill(NUMBER.cases[1].key)
    assert check(page, NUMBER) == SAYS["right"]
    box(page, SIZE).get_by_label("rows").fill("12x")
    box(page, CHOICE).get_by_role("radio").nth(1).check()
    for number in (2, 3):
        box(page, CELLS).get_by_role("checkbox").nth(number).check()
    for _ in range(2):
        page.reload()
        page.wait_for_selector(READY)
        assert box(page, NUMBER).locator("legend").inner_text() == plain(NUMBER.cases[1].text)
        assert box(page, NUMBER).get_by_label("Your answer").input_value() == NUMBER.cases[1].key
        assert box(page, NUMBER).get_by_role("status").inner_text() == SAYS["right"]
        assert box(page, NUMBER).locator(".done").is_visible()
        assert box(page, SIZE).get_by_label("rows").input_value() == "12x"
        assert box(page, SIZE).get_by_role("status").inner_text() == ""
        assert box(page, CHOICE).get_by_role("radio").nth(1).is_checked()
        checked = box(page, CELLS).locator("input:checked")
        assert checked.count() == 2
        assert page.locator(READY).get_by_role("status").inner_text().startswith("1 of 4")
        assert page.evaluate("document.activeElement === document.body")


def test_wrong_answer_after_a_right_one_stays_answered(open_page):
    page = open_page(NUMBER)
    field = box(page, NUMBER).get_by_label("Your answer")
    for key in (NUMBER.cases[0].key, "999"):
        field.fill(key)
        check(page, NUMBER)
    assert box(page, NUMBER).get_by_role("status").inner_text() == f"Not yet. {SAYS['look']}"
    assert box(page, NUMBER).locator(".done").is_visible()


def clear(page, which: str):
    page.locator(READY).get_by_text("Clear answers").click()
    page.locator(READY).get_by_role("button", name=which).click()


def test_clearing_forgets_a_chapter_or_all(open_page, tmp_path):
    page = open_page(NUMBER, SIZE)
    first = page.url
    box(page, NUMBER).get_by_label("Your answer").fill(NUMBER.cases[0].key)
    check(page, NUMBER)
    write_page(tmp_path, page_form(CHOICE), name="other.html")
    other = first.replace("page.html", "other.html")
    page.goto(other)
    page.wait_for_selector(READY)
    box(page, CHOICE).get_by_role("radio").nth(1).check()

    page.goto(first)
    page.wait_for_selector(READY)
    clear(page, "Of this chapter")
    assert page.locator(READY).get_by_role("status").inner_text().startswith("0 of 2")
    assert box(page, NUMBER).get_by_label("Your answer").input_value() == ""
    assert not box(page, NUMBER).locator(".done").is_visible()
    assert "toy-number" not in page.evaluate("JSON.stringify(localStorage)")
    page.goto(other)
    page.wait_for_selector(READY)
    assert box(page, CHOICE).get_by_role("radio").nth(1).is_checked()

    page.evaluate("localStorage.setItem('mode', 'dark')")  # the theme's, and not ours to clear
    page.goto(first)
    page.wait_for_selector(READY)
    clear(page, "Of all chapters")
    assert page.evaluate("Object.keys(localStorage)") == ["mode"]


def test_what_was_kept_of_another_edition_is_left_out(open_page, tmp_path):
    page = open_page(NUMBER)
    another(page, NUMBER)
    box(page, NUMBER).get_by_label("Your answer").fill(NUMBER.cases[1].key)
    check(page, NUMBER)
    edited = Number(
        "toy-number",
        "{size}?",
        answer=lambda size: size,
        worked=lambda size: f"{size}",
        variants=[{"size": size} for size in range(12)],
    )
    write_page(tmp_path, page_form(edited))
    page.reload()
    page.wait_for_selector(READY)
    assert box(page, edited).locator("legend").inner_text() == "0?"
    assert box(page, edited).get_by_label("Your answer").input_value() == ""
    assert box(page, edited).locator(".done").is_visible()


@pytest.mark.parametrize("kept", ["{", "5", "null", '{"toy-number": 7}', '{"toy-number": null}'])
def test_what_is_kept_may_be_damaged(open_page, kept):
    page = open_page(NUMBER)
    page.evaluate("kept => localStorage.setItem('convolution-cell-by-cell:questions', kept)", kept)
    page.reload()
    page.wait_for_selector(READY)
    box(page, NUMBER).get_by_label("Your answer").fill(NUMBER.cases[0].key)
    assert check(page, NUMBER) == SAYS["right"]
    page.reload()
    page.wait_for_selector(READY)
    assert box(page, NUMBER).locator(".done").is_visible()


def test_closed_storage_takes_nothing_but_memory(chromium, tmp_path):
    path = write_page(tmp_path, page_form(NUMBER))
    with watched_page(chromium, tmp_path.as_uri()) as (page, complaints):
        page.add_init_script(
            "Object.defineProperty(window, 'localStorage', { get() { throw new Error('closed') } })"
        )
        page.goto(path.as_uri())
        page.wait_for_selector(READY)
        box(page, NUMBER).get_by_label("Your answer").fill(NUMBER.cases[0].key)
        assert check(page, NUMBER) == SAYS["right"]
        another(page, NUMBER)
        assert box(page, NUMBER).locator(".done").is_visible()
        clear(page, "Of all chapters")
        assert page.locator(READY).get_by_role("status").inner_text().startswith("0 of 1")
        assert complaints == []


def test_a_browser_that_cannot_unpack_says_so(chromium, tmp_path):
    path = write_page(tmp_path, page_form(NUMBER))
    with watched_page(chromium, tmp_path.as_uri()) as (page, _):
        page.add_init_script("delete window.DecompressionStream")
        page.goto(path.as_uri())
        page.get_by_text("The questions could not be opened").wait_for()
        page.get_by_text("Worked answer").click()
        assert page.get_by_text(f"Answer: {NUMBER.cases[0].answer}").is_visible()


@pytest.mark.parametrize("question", TOYS, ids=lambda question: question.name)
def test_question_and_worked_answer_can_be_read_without_scripts(open_page, question):
    page = open_page(question, java_script_enabled=False)
    case = question.cases[0]
    assert page.get_by_text(plain(case.text)).is_visible()
    assert page.locator("noscript .note").is_visible()
    worked = page.get_by_text(f"Answer: {case.answer}")
    assert not worked.is_visible()
    page.get_by_text("Worked answer").click()
    assert worked.is_visible()
    assert page.get_by_role("button", name="Check").is_disabled()
    if isinstance(question, Cells):
        assert page.locator(".solution svg").is_visible()


def test_the_worked_answer_follows_the_variant_and_closes(open_page):
    page = open_page(CELLS)
    page.get_by_text("Worked answer").click()
    lit = page.locator(".solution rect.lit")
    assert lit.count() == len(CELLS.cases[0].right_cells)
    another(page, CELLS)
    assert not page.locator(".solution").is_visible()
    page.get_by_text("Worked answer").click()
    assert page.get_by_text(f"Answer: {CELLS.cases[1].answer}").is_visible()


def test_paper_shows_the_question_and_no_buttons(open_page):
    page = open_page(*TOYS)
    page.emulate_media(media="print")
    for question in TOYS:
        assert box(page, question).locator("legend").is_visible()
        for hidden in ("button", "details"):
            assert not box(page, question).locator(hidden).first.is_visible()
    assert not page.locator(READY).is_visible()
    assert box(page, CELLS).locator("svg").first.is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_a_phone_is_wide_enough(chromium, tmp_path, theme):
    path = write_page(tmp_path, *map(page_form, TOYS), theme=theme)
    # Not a watched page: axe itself asks for the styles, which from disk it may not.
    page = chromium.new_page(viewport={"width": 320, "height": 700})
    page.goto(path.as_uri())
    page.wait_for_selector(READY)
    for typed in ("", "5", "abc"):
        box(page, NUMBER).get_by_label("Your answer").fill(typed)
        box(page, CELLS).get_by_role("checkbox").nth(2).check()
        for question in TOYS:
            check(page, question)
        for summary in page.locator("details:not([open]) > summary").all()[::-1]:
            summary.click()
        violations = Axe().run(page).response["violations"]
        assert [(one["id"], node["html"]) for one in violations for node in one["nodes"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


def test_what_checks_the_answers_comes_after_the_page(chromium, site):
    """It would be half of the page; and where it does not come, the page says so."""
    with watched_page(chromium, site.url) as (page, _):
        page.route("**/_static/questions/book-*", lambda route: route.abort())
        page.goto(f"{site.url}/book/stride.html")
        page.get_by_text("The questions could not be opened").first.wait_for()
        names = page.locator(".question").evaluate_all("all => all.map(q => q.dataset.question)")
        assert names
        assert {len(name) for name in names} == {12}
        assert page.locator(".question-progress").count() == 0, (
            "none of its buttons would do anything"
        )
        page.unroute_all()
        page.reload()
        page.wait_for_selector(READY)
        assert page.locator(".question fieldset:disabled").count() == 0


def test_nothing_moves_when_the_questions_come(chromium, site):
    """Those of a page come after it; until then the place of what is below them is kept."""
    with watched_page(chromium, site.url) as (page, complaints):
        held = []
        page.route("**/_static/questions/book-*", lambda route: held.append(route))
        page.goto(f"{site.url}/book/networks.html", wait_until="domcontentloaded")
        page.locator(".question-progress[inert]").wait_for()
        height = page.evaluate("document.body.scrollHeight")
        for route in held:
            route.continue_()
        page.wait_for_selector(READY)
        assert page.evaluate("document.body.scrollHeight") == height
        assert complaints == []


def test_script_keeps_its_budget():
    assert (STATIC / "questions.js").stat().st_size <= 10 * 1024


def test_names_are_unique_over_the_book_and_scripts_are_loaded_where_needed(tmp_path):
    cell = (
        "```{{code-cell}} python\n:tags: [remove-input]\n"
        "from convlib.questions import Number\n\n"
        'Number("{}", "{{size}}?", answer=lambda size: size,\n'
        "       worked=lambda size: str(size), variants=dict(size=range(12)))\n```\n\n"
    )
    make_book(
        tmp_path,
        index="# First\n\nText.\n",
        one=f"{NOTEBOOK}# One\n\nText.\n\n{cell.format('same')}{cell.format('mine')}",
        two=f"{NOTEBOOK}# Two\n\nText.\n\n{cell.format('same')}",
    )
    result = build(tmp_path)
    assert result.returncode
    said = [line for line in result.stdout.splitlines() if "is there twice" in line]
    assert len(said) == 1
    assert "two" in said[0]
    assert "'same'" in said[0]
    for name, expected in (("index", False), ("one", True), ("two", True)):
        html = (tmp_path / BUILT / "book" / f"{name}.html").read_text(encoding="utf-8")
        assert html.count("questions.js") == expected, name
        # Where code runs in the page it is there as data, and shown nowhere.
        assert "lambda" not in re.sub("<script.*?</script>", "", html, flags=re.DOTALL)
