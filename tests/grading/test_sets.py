"""The problem sets: solutions pass, everything else does not, and no two students' are equal."""

from __future__ import annotations

import ast
import itertools
import re
from collections import Counter
from types import SimpleNamespace

import jupytext
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from nbgrader.utils import determine_grade

from convlib.exercises.answers import check_own
from convlib.exercises.self_check import HIDDEN_NOTE, questions
from grading import sources
from grading.execute import execute
from grading.sandbox import SandboxMissingError, find_sandbox
from tests.grading import sets
from tests.grading.wrong import WRONG

NAMES = sources.names()
STUDENTS = [f"student{number}" for number in range(200)]


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def notebook(name):
    return sources.read(name)


def test_there_are_wrong_answers_to_each_set():
    assert set(WRONG) == set(NAMES)


def test_some_questions_of_each_kind_are_there():
    for name in NAMES[:4]:
        notebook = sources.read(name)
        assert len(sets.typed_tests(notebook)) >= 2
        assert any(question.by_hand for question in questions(notebook))


def test_solutions_pass_every_test(notebook):
    assert sets.run(notebook, sources.AUTHOR) == {}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.long] * (n != NAMES[0])) for n in NAMES]
)
def test_solutions_earn_all_points_when_they_are_graded(name):
    notebook = sources.read(name)
    try:
        sandbox = find_sandbox(("convlib",))
    except SandboxMissingError:  # the tests of the sandbox say what to install
        sandbox = find_sandbox(("convlib",), container=True)
    outcome = execute(notebook, sources.AUTHOR, name, sandbox)
    assert outcome.problems == []
    grades = {c.id: determine_grade(c) for c in notebook.cells if c.id in sets.tests(notebook)}
    assert [test for test, (points, most) in grades.items() if points != most] == []
    assert set(grades) == set(sets.tests(notebook))


def test_blank_notebook_passes_no_test(notebook):
    errors = sets.run(sets.released(notebook), "blank")
    assert set(sets.tests(notebook)) <= set(errors)


def test_every_hidden_test_tells_a_wrong_answer_and_no_other_test_does(name, notebook):
    told = set()
    for answer, text, failing in WRONG[name]:
        assert set(sets.run(notebook, sources.AUTHOR, {answer: text})) == failing, answer
        told |= failing
    hidden = {cell.id for cell in notebook.cells if HIDDEN_NOTE in cell.source}
    assert told == hidden


def test_no_reference_that_students_see_is_an_answer():
    """Whoever hands in the function that a visible check compares with is told on."""
    references = []
    for notebook in map(sources.read, NAMES):
        cells = {cell.id: cell.source for cell in notebook.cells}
        for answer, source in cells.items():
            check = cells.get(f"check-{answer}", "")
            wanted = re.findall(r"^def (\w+)", source, flags=re.MULTILINE)
            for name in re.findall(r"^def (true_\w+)", check, flags=re.MULTILINE):
                text = check.split("\nverdict")[0].replace(f"def {name}(", f"def {wanted[0]}(")
                texts = [text if cell.id == answer else cell.source for cell in notebook.cells]
                assert not check_own(wanted[0], texts), answer
                references.append(name)
    assert len(references) > 5


def test_copied_notebook_fails_what_depends_on_the_student_and_nothing_else(notebook):
    for other in STUDENTS[:5]:
        assert set(sets.run(notebook, other)) == set(sets.typed_tests(notebook))


def test_copied_answers_pass_for_hardly_any_pair_of_students(notebook):
    pairs = len(STUDENTS) * (len(STUDENTS) - 1) / 2
    for test, answers in sets.own_answers(notebook, STUDENTS).items():
        equal = sum(count * (count - 1) / 2 for count in Counter(answers).values())
        assert equal / pairs < 0.02, test
        # About equally hard: as many numbers to work out, but for the s sizes that share an output.
        shapes = {np.shape(ast.literal_eval(answer)) for answer in answers}
        assert shapes == {(3,), (4,), (5,)} if test == "test-heights" else len(shapes) == 1


def test_every_question_has_what_it_needs(notebook):
    for question in questions(notebook):
        hidden = [cell for cell in question.cells if HIDDEN_NOTE in cell.source]
        assert hidden or question.by_hand, question.title
        if question.by_hand:
            rubric = "\n".join(cell.source for cell in question.cells)
            points = re.findall(r"^\| (\d+) \| ", rubric, flags=re.MULTILINE)
            assert sum(map(int, points)) == question.by_hand == question.points


def test_points_and_minutes_are_those_of_a_problem_set(notebook):
    asked = questions(notebook)
    by_hand = sum(question.by_hand for question in asked)
    assert sum(question.points for question in asked) > 2 * by_hand
    (minutes,) = re.findall(r"Allow\s+(\d+)\s+minutes", notebook.cells[0].source)
    assert 60 <= int(minutes) <= 90


def test_cells_are_short(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            seen = cell.source.split(HIDDEN_NOTE)[0].splitlines()
            assert len([line for line in seen if "### " not in line]) <= 15, cell.id
            assert max(map(len, cell.source.splitlines())) <= 80, cell.id


def test_jupyter_keeps_everything_when_an_author_saves_the_source(name):
    before = jupytext.read(sources.FOLDER / f"{name}.md")
    after = jupytext.reads(jupytext.writes(before, fmt="md:myst"), fmt="md:myst")
    for one, other in itertools.zip_longest(before.cells, after.cells):
        assert (one.cell_type, one.source, one.metadata) == (
            other.cell_type,
            other.source,
            other.metadata,
        )


@pytest.fixture
def solutions():
    """Return a function that gives the functions of a set's solutions, by their names."""

    def load(name):
        namespace = {}
        assert sets.run(sources.read(name), sources.AUTHOR, namespace=namespace) == {}
        return SimpleNamespace(**namespace)

    return load


def as_image(array):
    return torch.tensor(array, dtype=torch.float64)[None, None]


def test_pytorch_confirms_the_solutions_on_layers_together(solutions):
    own, random = solutions("ps5_networks"), np.random.default_rng(5)
    layers = [(3, 2, 1, 1), (2, 1, 0, 2), (5, 3, 2, 1)]
    for stack in itertools.permutations(layers):
        row = torch.zeros(1, 1, 200, dtype=torch.float64, requires_grad=True)
        output = row
        for k, s, p, d in stack:
            ones = torch.ones(1, 1, k, dtype=torch.float64)
            output = F.conv1d(output, ones, None, s, p, d)
        output[0, 0, 8].backward()
        seen = row.grad[0, 0].nonzero().flatten()
        assert own.field(stack, 8) == (int(seen[0]), int(seen[-1]))
    for a, b, s in itertools.product((1, 2, 4), (1, 3), (1, 2, 3)):
        first, second = random.integers(-4, 5, a), random.integers(-4, 5, b)
        both = F.conv_transpose1d(as_image(second[None])[0], as_image(first[None])[0], stride=s)[
            0, 0
        ]
        assert own.together(first, second, s) == both.int().tolist()
    for n, k, s, ceil in itertools.product((5, 8), (2, 3), (1, 2, 3), (False, True)):
        row = random.integers(-9, 10, n).tolist()
        for p in range(k // 2 + 1):
            found = F.max_pool1d(as_image([row])[0], k, s, p, ceil_mode=ceil)[0, 0]
            assert own.largest(row, k, s, p, ceil) == found.int().tolist()


def test_pytorch_confirms_the_solutions_on_arithmetic(solutions):
    own, random = solutions("ps1_arithmetic"), np.random.default_rng(1)
    for k, s, p, d in itertools.product((1, 2, 3), (1, 2, 3), (0, 1, 2), (1, 2)):
        x, w = random.integers(-5, 6, (8, 9)), random.integers(-5, 6, (k, 3))
        image = as_image(x).requires_grad_()
        y = F.conv2d(image, as_image(w), None, s, p, d)
        np.testing.assert_array_equal(own.convolve(x, w, s, p, d), y[0, 0].detach())
        assert own.output_size(9, 3, s, p, d) == y.shape[3]
        ones = as_image(np.ones((k, 3)))
        (reads,) = torch.autograd.grad(F.conv2d(image, ones, None, s, p, d).sum(), image)
        assert own.unread(8, k, s, p, d) == [n for n in range(8) if not reads[0, 0, n].any()]
        (reads,) = torch.autograd.grad(F.conv2d(image, ones, None, s, p, d)[0, 0, 1, 0], image)
        seen = [n for n in range(8) if reads[0, 0, n].any()]
        assert own.window(1, 8, k, s, p, d) == seen
        row = torch.ones(1, 1, 8, dtype=torch.float64)
        taps = torch.ones(1, 1, k, dtype=torch.float64)
        for kind, size in (("same", 8), ("full", 8 + d * (k - 1))):
            padded = F.pad(row, own.paddings(kind, 8, k, s, d))
            assert F.conv1d(padded, taps, dilation=d).shape[2] == size


def test_pytorch_confirms_the_solutions_on_the_matrix(solutions):
    own, random = solutions("ps2_matrix"), np.random.default_rng(2)
    for high, wide, s in itertools.product((1, 3), (2, 3), (1, 2, 3)):
        x, w = random.integers(-5, 6, (7, 6)), random.integers(-5, 6, (high, wide))
        image = as_image(x).requires_grad_()
        y = F.conv2d(image, as_image(w), stride=s)
        found = own.matrix(w, x.shape, s) @ x.ravel()
        np.testing.assert_array_equal(found, y.detach().ravel())
        g = as_image(random.integers(-5, 6, y.shape[2:]))
        (back,) = torch.autograd.grad(y, image, g, retain_graph=True)
        np.testing.assert_array_equal(own.way_back(g[0, 0].numpy(), w, x.shape, s), back[0, 0])
        (slope,) = torch.autograd.grad(((y - g) ** 2).sum() / 2, image)
        np.testing.assert_array_equal(own.gradient(x, w, g[0, 0].numpy(), s), slope[0, 0])
        kernel = as_image(w).requires_grad_()
        (slopes,) = torch.autograd.grad(F.conv2d(as_image(x), kernel, stride=s), kernel, g)
        found = own.weight_gradient(x, g[0, 0].numpy(), w.shape, s)
        np.testing.assert_array_equal(found, slopes[0, 0])
    for s, cells in itertools.product((1, 2, 3), range(7)):
        ring = F.pad(torch.eye(6)[:, None], (0, 2), mode="circular")
        C = F.conv1d(ring, torch.tensor([[[1.0, 2.0, 4.0]]]), stride=s)[:, 0].T.numpy()
        moved = None if cells % s else cells // s % (6 // s)
        assert own.moves_along(C, cells) == moved
    layer = torch.nn.Conv2d(1, 1, (2, 5), bias=False)
    outputs = layer(torch.zeros(1, 1, 9, 7)).numel()
    assert own.counts((2, 5), (9, 7)) == (outputs * 63, outputs * 10, layer.weight.numel())


def test_pytorch_confirms_the_solutions_on_the_way_back(solutions):
    own, random = solutions("ps3_transposed"), np.random.default_rng(3)
    for k, s, p in itertools.product((2, 3, 4), (1, 2, 3), (0, 1)):
        x, w = random.integers(-5, 6, (3, 4)), random.integers(-5, 6, (k, 3))
        for a in range(s):
            y = F.conv_transpose2d(as_image(x), as_image(w), None, s, p, a)[0, 0]
            np.testing.assert_array_equal(own.way_back(x, w, s, p, a), y)
            assert own.back_size(4, 3, s, p, a) == y.shape[1]
        ones = torch.ones(1, 1, 5), torch.ones(1, 1, k)
        assert own.overlap(5, k, s) == F.conv_transpose1d(*ones, stride=s)[0, 0].tolist()
    encoder = [(5, 3, 1), (4, 2, 1), (3, 2, 0)]
    for size in range(40, 60):
        image, sizes = torch.zeros(1, 1, size), [size]
        for k, s, p in encoder:
            image = F.conv1d(image, torch.zeros(1, 1, k), None, s, p)
            sizes.append(image.shape[2])
        for (k, s, p, a), expected in zip(own.mirror(encoder, size), sizes[-2::-1], strict=True):
            image = F.conv_transpose1d(image, torch.zeros(1, 1, k), None, s, p, a)
            assert image.shape[2] == expected


def test_pytorch_confirms_the_solutions_on_separable_layers(solutions):
    own, random = solutions("ps4_separable"), np.random.default_rng(4)
    for inputs, outputs, high, wide in [(1, 3, 3, 2), (3, 2, 1, 3), (4, 4, 2, 5)]:
        x = random.integers(-5, 6, (inputs, 6, 7))
        depthwise = random.integers(-5, 6, (inputs, high, wide))
        pointwise = random.integers(-5, 6, (outputs, inputs))
        looked = F.conv2d(torch.tensor(x), torch.tensor(depthwise)[:, None], groups=inputs)
        mixed = F.conv2d(looked, torch.tensor(pointwise)[:, :, None, None])
        np.testing.assert_array_equal(own.separable(x, depthwise, pointwise), mixed)
        plain = torch.tensor(own.as_plain(depthwise, pointwise))
        np.testing.assert_array_equal(F.conv2d(torch.tensor(x), plain), mixed)
        column, row = depthwise[0, :, 0], depthwise[0, 0]
        kernel = np.outer(column, row)
        y = F.conv2d(as_image(x[0]), as_image(kernel))[0, 0]
        np.testing.assert_array_equal(own.two_passes(x[0], column, row)[0], y)
        if kernel.any():
            np.testing.assert_allclose(np.outer(*own.split(kernel)), kernel, atol=1e-9)
    for groups in (1, 2, 4):
        layer = torch.nn.Conv2d(8, 4, 3, groups=groups, bias=False)
        weights = layer.weight.numel()
        assert own.cost(8, 4, 3, groups, (5, 6)) == (weights, weights * 30)
    steps = torch.nn.Conv2d(8, 8, 3, groups=8, bias=False), torch.nn.Conv2d(8, 16, 1, bias=False)
    assert own.shrink([(8, 16, 3)]) == ([True], sum(step.weight.numel() for step in steps))


def edited(tmp_path, old, new):
    """Read the first set after a change in its text."""
    text = (sources.FOLDER / f"{NAMES[0]}.md").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "edited.md").write_text(text.replace(old, new, 1), encoding="utf-8")
    return sources.read("edited", tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("points: 2}", "points: 3}", "question 1 says 3 points, its cells have 4"),
        ("There are 25 points", "There are 24 points", 'must say "There are 25 points."'),
        ("## Question 2.", "## Question 7.", "numbered 1, 2, 3"),
        ("grade_id: check-window", "grade_id: window", "grade_id 'window' is used twice"),
    ],
)
def test_a_source_that_contradicts_itself_is_refused(tmp_path, old, new, said):
    with pytest.raises(ValueError, match=f"edited.md: .*{re.escape(said)}"):
        edited(tmp_path, old, new)


def test_a_set_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="'ps9' is no problem set: there are ps1_arithmetic"):
        sources.read("ps9")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("cases = [(5, 3, 1, 0, 1)", "cases = more + [(5, 3, 1, 0, 1)",
         "the test check-output-size needs more, which neither a locked cell nor an answer above"),
        ("own = Variant(", "window = 3\nown = Variant(",
         "window is bound by the answer window and by the locked cell layer"),
        ("## Question ", "## Exercise ",
         "it has no question: begin each with a Markdown cell '## Question 1."),
    ],
)  # fmt: skip
def test_a_source_that_grading_would_stumble_over_is_refused(tmp_path, old, new, said):
    text = (sources.FOLDER / f"{NAMES[0]}.md").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "own.md").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=f"own.md: .*{re.escape(said)}"):
        sources.read("own", tmp_path)
