"""Questions: how they are declared, what they refuse, what they say."""

from __future__ import annotations

import re

import pytest

from convlib import conv_output_size
from convlib.arithmetic import conv_transpose_output_size, effective_kernel_size
from convlib.cost import multiply_adds, parameter_count
from convlib.explain import explain_output_size, explain_window
from convlib.explorers.building import PAGE_VARIABLE
from convlib.questions import Cells, Choice, Mistake, Number, Size, mistakes
from convlib.questions.declaration import FEWEST, SAYS
from convlib.questions.page import page_form
from convlib.questions.windows import window_cells, window_scene
from tests.questions.tools import (
    BOOK,
    chapters_with_questions,
    given_for,
    questions_of,
    questions_of_book,
)

SHAPES = {"input_size": [(6, 7), (8, 9)], "kernel_size": (2, 3), "stride": (1, 2)}
RANGES = {"input_size": range(5, 12), "kernel_size": (2, 3), "stride": (2, 3)}


def number(**changes) -> Number:
    """Return a question about an output size, changed."""
    parts = {
        "name": "size",
        "text": "{input_size} cells, kernel {kernel_size}, stride {stride}: how many stops?",
        "answer": conv_output_size,
        "worked": explain_output_size,
        "variants": RANGES,
        "mistakes": (mistakes.ROUNDED_UP,),
    }
    return Number(**{**parts, **changes})


def choice(**changes) -> Choice:
    parts = {
        "name": "longer",
        "text": "Which is larger, {a} or {b}?",
        "options": lambda a, b: (a, b),
        "answer": max,
        "worked": lambda a, b: f"{max(a, b)} is larger",
        "variants": {"a": range(5), "b": range(5, 9)},
    }
    return Choice(**{**parts, "answer": lambda a, b: max(a, b), **changes})


def cells(**changes) -> Cells:
    parts = {
        "name": "window",
        "text": "stride {stride}: what does {position} read?",
        "scene": window_scene,
        "worked": explain_window,
        "variants": {**SHAPES, "position": [(0, 1), (1, 0), (1, 1), (1, 2)]},
    }
    return Cells(**{**parts, **changes})


@pytest.mark.parametrize("question", questions_of_book(), ids=lambda question: question.name)
def test_questions_of_the_book_accept_the_right_answer_and_know_each_mistake(question):
    assert len(question.cases) >= FEWEST
    for at, case in enumerate(question.cases):
        assert question.feedback(at, given_for(question, case.key)).right
        for key, hint in case.hints.items():
            assert key != case.key
            feedback = question.feedback(at, given_for(question, key))
            assert feedback.right is False
            assert feedback.text == f"{SAYS['wrong']} {hint}"


def test_questions_of_the_book_have_names_of_their_own():
    names = [question.name for question in questions_of_book()]
    assert len(set(names)) == len(names)
    for chapter, questions in chapters_with_questions().items():
        text = (BOOK / f"{chapter}.md").read_text(encoding="utf-8")
        calls = re.findall(r"^(?:Number|Size|Choice|Cells)\($", text, flags=re.MULTILINE)
        assert len(calls) == len(questions), f"{chapter}: a question's cell is not remove-input"


def test_the_question_in_contributing_is_one():
    (recipe,) = questions_of(BOOK.parent / "CONTRIBUTING.md")
    assert recipe.feedback(0, recipe.cases[0].answer).right


def test_variants_are_always_the_same_and_leave_out_what_does_not_fit():
    ranges = {"input_size": range(2, 6), "kernel_size": range(1, 6), "stride": (1, 2)}
    one, two = (number(variants=ranges, mistakes=()) for _ in range(2))
    assert one.cases == two.cases
    assert all(case.values["kernel_size"] <= case.values["input_size"] for case in one.cases)
    assert len({case.key for case in one.cases}) > 3


def test_listed_variants_keep_their_order():
    listed = [{"input_size": size, "kernel_size": 2, "stride": 1} for size in range(20, 8, -1)]
    question = number(variants=listed, mistakes=())
    assert [case.values for case in question.cases] == listed
    assert question.cases[0].text == "20 cells, kernel 2, stride 1: how many stops?"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Stride size"}, "name='Stride size' must be of small letters"),
        ({"variants": {**RANGES, "input_size": (5,)}}, "make 4 cases of at least 12"),
        ({"variants": {**RANGES, "kernel_size": (20, 30)}}, "left out: kernel covers"),
        ({"variants": [{"input_size": 5, "kernel_size": 2, "stride": 1}]}, "are 1, at least 12"),
        ({"text": "stride {strid}?"}, "no parameter for 'strid'"),
        ({"text": "stride {stride}?"}, "another variant looks the same"),
        ({"worked": lambda **_: ""}, "worked= gives no text"),
        ({"mistakes": (mistakes.NO_DILATION,)}, "no variant tells this mistake .* left out the d"),
        (
            {"mistakes": (mistakes.ROUNDED_UP, Mistake(mistakes.ROUNDED_UP.answer, "again"))},
            "mistakes before it: 'again'",
        ),
    ],
)
def test_a_question_that_teaches_nothing_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        number(**changes)


def test_an_answer_of_another_kind_is_refused():
    with pytest.raises(TypeError, match=r"answer=2\.5 must be a whole number"):
        number(answer=lambda **_: 2.5)
    with pytest.raises(TypeError, match="answer=True must be a whole number"):
        number(answer=lambda **_: True)
    with pytest.raises(TypeError, match="answer=3 must be a pair"):
        Size("pair", "{a}", answer=lambda a: 3, worked=str, variants={"a": range(12)})
    with pytest.raises(ValueError, match="answer='third' is none of this kind"):
        choice(answer=lambda a, b: "third")
    with pytest.raises(ValueError, match="is none of this kind"):
        cells(answer=lambda **_: {(90, 0)})


def test_options_must_be_different_and_not_always_in_one_place():
    with pytest.raises(ValueError, match="must be two to six different ones"):
        choice(options=("same", "same"))
    with pytest.raises(ValueError, match="same place in every variant"):
        choice(options=("{a}", "{b}"), answer=lambda a, b: str(b))
    question = choice()
    assert len({case.key for case in question.cases}) == 2


@pytest.mark.parametrize("given", ["{}", " {} ", "+{}", "{}.0", "{}.", "0{}"])
def test_a_number_is_read_however_it_is_typed(given):
    question = number()
    assert question.feedback(0, given.format(question.cases[0].key)).right


@pytest.mark.parametrize("given", ["231,211,008", "231 211 008", "231_211_008", "231211008"])
def test_thousands_may_be_separated(given):
    question = number(
        answer=lambda size: size,
        text="{size}",
        worked=lambda size: f"{size}",
        variants={"size": range(231_211_008, 231_211_020)},
        mistakes=(),
    )
    at = next(at for at, case in enumerate(question.cases) if case.key == "231211008")
    assert question.feedback(at, given).right
    assert question.cases[at].answer == "231,211,008"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("", SAYS["empty"]),
        ("   ", SAYS["empty"]),
        ("abc", SAYS["unreadable"]),
        ("3,5", SAYS["unreadable"]),
        ("1,00", SAYS["unreadable"]),
        ("3 cells", SAYS["unreadable"]),
        ("1e3", SAYS["unreadable"]),
        ("٣", SAYS["unreadable"]),
        ("0.123", SAYS["whole"]),
    ],
)
def test_what_cannot_be_read_is_no_mistake(given, text):
    feedback = number().feedback(0, given)
    assert (feedback.right, feedback.text) == (None, text)


def test_a_wrong_answer_that_no_mistake_explains_is_sent_back_to_look():
    assert number().feedback(0, "98765").text == f"Not yet. {SAYS['look']}"
    question = choice(mistakes=())
    wrong = 1 - int(question.cases[0].key)
    assert question.feedback(0, wrong).text == f"Not yet. {SAYS['look']}"


def test_more_variants_begin_with_those_of_the_page():
    ranges = number(
        variants={"input_size": range(5, 60), "kernel_size": range(2, 5), "stride": [1, 2]}
    )
    more = ranges.at_most(len(ranges.cases) + 7)
    assert len(more) == len(ranges.cases) + 7
    assert [case.values for case in more[: len(ranges.cases)]] == [
        case.values for case in ranges.cases
    ]
    assert len({str(case.values) for case in more}) == len(more)
    assert ranges.at_most(2) == more[:2]
    listed = number(variants=[case.values for case in ranges.cases])
    assert listed.at_most(3) == listed.cases[:3]
    assert listed.at_most(999) == listed.cases


def test_a_fraction_gets_the_hint_of_who_did_not_round():
    question = number(mistakes=(mistakes.UNROUNDED,))
    assert question.cases[0].hints
    key, hint = next(iter(question.cases[0].hints.items()))
    assert re.fullmatch(r"\d+\.\d\d", key)
    for given in (key, f"{key}0"):
        assert question.feedback(0, given).text == f"Not yet. {hint}"


#: A size as people write it, in one field; the other stays empty.
PAIRS = ("3×4", "3x4", "3 X 4", "(3, 4)", "3, 4", "[3; 4]", "3 by 4", "3*4", "３×４", "（３，４）")


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("text", PAIRS)
def test_a_pair_in_one_field_is_two_numbers(text, place):
    question = Size(
        name="shape", text="{rows}", answer=lambda rows: (3, 4), worked=lambda rows: "It is.",
        variants={"rows": range(12)},
    )  # fmt: skip
    given = (text, "") if place == 0 else ("", text)
    assert question.feedback(0, given).right
    assert question.feedback(0, (" ３ ", "４.0")).right
    assert question.feedback(0, (text, "4")).text == SAYS["unreadable"]


def test_a_number_in_full_width_digits_is_read():
    question = number()
    wide = question.cases[0].key.translate({ord("0") + one: ord("０") + one for one in range(10)})
    assert question.feedback(0, wide).right


def test_a_pair_says_which_half_is_right():
    question = Size(
        "pair",
        "{input_size}, {stride}",
        answer=conv_output_size,
        worked=explain_output_size,
        variants={
            "input_size": [(9, 12), (8, 13), (20, 30)],
            "kernel_size": [3],
            "stride": [(1, 2), (2, 1), (2, 3), (1, 3)],
        },
    )
    rows, columns = question.cases[0].key.split("×")
    say = lambda *given: question.feedback(0, given).text  # noqa: E731
    assert question.feedback(0, (rows, f" {columns}.0")).right
    assert say(rows, "99") == "Not yet. The rows are right; look at the columns again."
    assert say("99", columns) == "Not yet. The columns are right; look at the rows again."
    assert say("98", "99") == f"Not yet. {SAYS['look']}"
    assert say(rows, "") == SAYS["empty"]
    assert say(rows, "2.5") == SAYS["whole"]


def test_cells_are_those_that_the_step_lights_and_hints_say_where():
    question = cells(mistakes=(mistakes.WINDOW_NO_STRIDE,))
    at, case = next(
        (at, case)
        for at, case in enumerate(question.cases)
        if case.values["position"] == (1, 1) and case.values["stride"] == 2
    )
    right = case.right_cells
    assert right == case.shown.scene.lit((1, 1))["input"]
    columns = case.shown.chosen_in.shape[1]

    def say(cells):
        return question.feedback(at, [row * columns + column for row, column in cells]).text

    assert say(right) == SAYS["right"]
    moved = {(row + 1, column) for row, column in right}
    assert say(moved) == "Not yet. The shape is right, but it lies one row too low."
    assert say({(r - 1, c - 1) for r, c in right}).endswith(mistakes.WINDOW_NO_STRIDE.hint)
    few = set(list(right)[1:]) | {(0, 0)}
    assert say(few) == f"Not yet. Right cells: {len(right) - 1} of {len(right)}. Cells too many: 1."
    assert say(()) == SAYS["mark"]


def test_a_cell_of_another_grid_can_be_the_one_in_question():
    readers = {"asked": "position", "asked_grid": "kernel", "answer": lambda **_: iter([(0, 0)])}
    question = cells(**readers, variants={**SHAPES, "position": [(0, 1), (1, 0), (1, 1)]})
    for case in question.cases:
        assert case.shown.asked == {"kernel": {case.values["position"]}}
        assert case.right_cells == {(0, 0)}
        html = page_form(question)
        assert "input 6×7: choose here" in html or "input 8×9: choose here" in html
    with pytest.raises(ValueError, match="no such cell in the grid 'kernel'"):
        cells(**readers, variants=[{**question.cases[0].values, "position": (0, 3)}])


def test_no_cell_can_be_the_right_answer():
    question = cells(answer=lambda position, stride, **_: {position} if stride == 2 else set())
    at = next(at for at, case in enumerate(question.cases) if not case.key)
    assert question.feedback(at, []).right
    assert question.cases[at].answer == "none"


def test_a_choice_waits_for_a_choice():
    question = choice(mistakes=(Mistake(lambda a, b: min(a, b), "that is the smaller"),))
    case = question.cases[0]
    assert question.feedback(0, None).text == SAYS["choose"]
    assert question.feedback(0, 1 - int(case.key)).text == "Not yet. that is the smaller"


SIZES = {"input_size": 10, "kernel_size": 3, "stride": 2, "padding": 2, "dilation": 2}
BACK = {"input_size": 4, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1}
COUNT = {"in_channels": 4, "out_channels": 8, "kernel_size": 3}


@pytest.mark.parametrize(
    ("name", "values", "wrong", "right"),
    [
        # ⌊(10 + 4 − 5) / 2⌋ + 1 = ⌊4.5⌋ + 1 = 5
        ("UNROUNDED", SIZES, 5.5, conv_output_size),
        ("ROUNDED_UP", SIZES, 6, conv_output_size),
        ("NO_FIRST_STOP", SIZES, 4, conv_output_size),
        ("PLUS_ONE_TOO_EARLY", SIZES, 5, conv_output_size),
        ("PLUS_ONE_TOO_EARLY", {**SIZES, "input_size": 9}, 4, conv_output_size),
        ("DIVIDED_INPUT", {**SIZES, "kernel_size": 2}, 5, conv_output_size),
        ("ONE_SIDE", SIZES, 4, conv_output_size),
        ("NO_PADDING", SIZES, 3, conv_output_size),
        ("NO_STRIDE", SIZES, 10, conv_output_size),
        ("NO_DILATION", SIZES, 6, conv_output_size),
        ("GAP_AFTER_LAST_TAP", {**SIZES, "input_size": 9}, 4, conv_output_size),
        # (4 − 1)·2 − 2·1 + 3 + 1 = 8
        ("DIRECT_FOR_TRANSPOSED", BACK, 2, conv_transpose_output_size),
        ("NO_OUTPUT_PADDING", BACK, 7, conv_transpose_output_size),
        ("ONE_STAMP_TOO_MANY", BACK, 10, conv_transpose_output_size),
        ("ADDED_PADDING", BACK, 12, conv_transpose_output_size),
        ("CROPPED_ONE_SIDE", BACK, 9, conv_transpose_output_size),
        ("GAP_AFTER_LAST_TAP_ALONE", {"kernel_size": 3, "dilation": 2}, 6, effective_kernel_size),
        ("NO_FIRST_CELL", {"kernel_size": 3, "dilation": 2}, 4, effective_kernel_size),
        # 4·8·9 + 8 = 296
        ("NO_BIAS", COUNT, 288, parameter_count),
        ("NO_GROUPS", {**COUNT, "groups": 4}, 296, parameter_count),
        ("ONE_CHANNEL", COUNT, 80, parameter_count),
        ("SIDE_FOR_AREA", COUNT, 104, parameter_count),
        ("ONE_POSITION", {**COUNT, "output_size": 5}, 288, multiply_adds),
    ],
)
def test_mistakes_go_wrong_in_the_step_they_name(name, values, wrong, right):
    assert getattr(mistakes, name).answer(**values) == wrong
    if (name, wrong) != ("PLUS_ONE_TOO_EARLY", 5):  # at times two wrongs make a right
        assert right(**values) != wrong


def test_mistakes_take_one_value_per_axis():
    values = {"input_size": (10, 7), "kernel_size": 3, "stride": (2, 1), "padding": 1}
    assert conv_output_size(**values) == (5, 7)
    assert mistakes.ROUNDED_UP.answer(**values) == (6, 7)
    assert mistakes.UNROUNDED.answer(**values) == (5.5, 7)
    assert mistakes.ONE_SIDE.answer(**values) == (5, 6)
    assert mistakes.STRIDE_OF_ROWS.answer(**values) == (5, 4)
    assert mistakes.SWAPPED_AXES.answer(**values) == (7, 5)


@pytest.mark.parametrize(
    ("name", "first"),
    [("WINDOW_NO_STRIDE", (1, 2)), ("WINDOW_NO_DILATION", (2, 4)), ("WINDOW_IN_INPUT", (3, 5))],
)
def test_mistakes_about_windows(name, first):
    values = {"position": (1, 2), "input_size": (8, 9), "kernel_size": 2, "stride": 2}
    wrong = getattr(mistakes, name).answer(**values, padding=1, dilation=2)
    assert min(wrong) == first
    assert max(wrong) == (first[0] + (step := 1 if "DILATION" in name else 2), first[1] + step)
    assert wrong != window_cells(**values, padding=1, dilation=2)


def test_the_page_holds_the_first_variant_readable_and_the_others_packed(monkeypatch):
    monkeypatch.setenv(PAGE_VARIABLE, "1")
    question = number(text="`a < b`: {input_size}, {kernel_size}, {stride}?")
    html = question._repr_mimebundle_()["text/html"]
    case = question.cases[0]
    assert 'id="question-size"' in html
    assert "<legend><code>a &lt; b</code>:" in html
    assert f"Answer: {case.answer}" in html
    assert "<fieldset disabled>" in html
    assert "<details><summary>Worked answer" in html
    assert html == page_form(question)
    assert len(html) < 3_500
    assert repr(question) == "Number('size', 16 variants)"
