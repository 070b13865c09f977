"""Numbers of one's own: the same for one student everywhere, others for another."""

import itertools

import numpy as np
import pytest

from convlib.exercises.variants import Variant, student_id


@pytest.fixture(autouse=True)
def nobody(monkeypatch):
    for name in ("CONVLIB_STUDENT", "JUPYTERHUB_USER", "BINDER_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)


def test_draws_are_the_same_on_every_machine():
    # Written down, since a change would give every student other numbers than they worked with.
    mine = Variant("ps1_arithmetic", "ab123")
    assert [mine.integer(name, 0, 999) for name in ("a", "b", "c")] == [921, 178, 757]
    assert mine.choice("a", "xyz") == "y"
    assert mine.array("a", (2, 2), -9, 9).tolist() == [[7, -7], [-7, -2]]


def test_draws_depend_on_assignment_student_and_name():
    draws = {
        Variant(assignment, student).integer(name, 0, 10**12)
        for assignment, student, name in itertools.product(("p", "q"), ("a", "b"), ("x", "y"))
    }
    assert len(draws) == 8


def test_no_two_ways_to_split_a_text_give_the_same_draws():
    assert Variant("ab", "c").integer("x", 0, 10**9) != Variant("a", "bc").integer("x", 0, 10**9)


def test_every_value_is_drawn_about_equally_often():
    draws = [Variant("p", f"s{n}").integer("x", 3, 7) for n in range(2000)]
    values, counts = np.unique(draws, return_counts=True)
    assert values.tolist() == [3, 4, 5, 6, 7]
    assert counts.min() > 320
    assert counts.max() < 480


def test_array_has_its_shape_and_range_and_cells_of_their_own():
    array = Variant("p", "s").array("x", (20, 30), -2, 3)
    assert array.shape == (20, 30)
    assert array.dtype == np.int64
    assert set(array.ravel()) == {-2, -1, 0, 1, 2, 3}
    assert len({tuple(row) for row in array}) == 20


def test_capitals_and_spaces_of_the_id_make_no_difference():
    assert Variant("p", " AB123\n") == Variant("p", "ab123") != Variant("p", "ab124")


@pytest.mark.parametrize(
    ("draw", "error", "match"),
    [
        (lambda v: v.integer("x", 3, 2), ValueError, "largest=2 must be at least 3"),
        (lambda v: v.integer("x", 1.0, 2), TypeError, "smallest=1.0 must be a whole number"),
        (lambda v: v.choice("x", ()), ValueError, r"options=\[\] must hold at least one"),
    ],
)
def test_bad_ranges_are_refused(draw, error, match):
    with pytest.raises(error, match=match):
        draw(Variant("p", "s"))


def test_the_grader_decides_who_the_student_is(monkeypatch):
    assert student_id("typed") == "typed"
    monkeypatch.setenv("JUPYTERHUB_USER", "hub")
    assert student_id("typed") == student_id("") == "hub"
    monkeypatch.setenv("CONVLIB_STUDENT", "gradebook")
    assert student_id("typed") == student_id("") == "gradebook"


def test_the_user_name_on_binder_is_nobodys(monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_USER", "someone-cells-x7y2")
    monkeypatch.setenv("BINDER_SERVICE_HOST", "10.0.0.1")
    assert student_id("typed") == "typed"


@pytest.mark.parametrize(
    ("typed", "error", "match"),
    [("", ValueError, "is empty"), ("  ", ValueError, "is empty"), (123, TypeError, "in quotes")],
)
def test_an_id_that_says_nothing_is_refused(typed, error, match):
    with pytest.raises(error, match=match):
        student_id(typed)
