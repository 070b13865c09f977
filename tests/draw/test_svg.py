import re
from itertools import islice

import pytest

from convlib.draw.svg import (
    LEGIBLE,
    SLOT,
    Part,
    bars_part,
    figure_html,
    grid_part,
    legend_html,
    matrix_part,
    text_part,
)
from convlib.explorers import EXPLORERS
from convlib.scenes.scene import Scene, Sweep, bars, grid
from tests.draw.svg_reader import read_svg
from tests.thorough import one_in

ROW = grid("input", "two < three 12", [["1", "a<b & c", ""]], [["input", "zero", "input gap"]])


@one_in(13)
def test_states_show_the_cells_texts_roles_and_marks_of_their_scenes(every):
    states = ((explorer, values) for explorer in EXPLORERS.values() for values in explorer.states())
    for explorer, values in islice(states, 0, None, every):
        scene = explorer.scene(**values)
        for shown in scene.grids:
            picture = read_svg(grid_part(shown).html)
            assert picture.title == shown.title
            assert picture.values == shown.values
            assert picture.role_rows == shown.roles
            assert not picture.lit
            for mark in ("unused", "gap"):
                marked = {
                    (r, c)
                    for r, row in enumerate(shown.roles)
                    for c, role in enumerate(row)
                    if role.endswith(mark)
                }
                assert picture.marks.get(mark, set()) == marked


def test_the_template_depends_on_shape_alone():
    one = grid("a", "4 cells", [[1, 2], [3, 4]], "input")
    two = grid("b", "9 cells", [[5, "x"], [7, 8]], [["padding", "zero"], ["blank", "input unused"]])
    assert grid_part(one).template == grid_part(two).template


def test_text_is_escaped_and_read_back():
    assert "a&lt;b &amp; c" in grid_part(ROW).slots
    assert read_svg(grid_part(ROW).html).values == ROW.values


def test_long_text_sets_the_size_of_its_grid():
    assert "font-size:" not in grid_part(grid("g", "", [["−12"]], "input")).html
    # Three characters at the usual size are 33 px wide: longer ones take no more.
    for text, size in (("1234", "8.25"), ("12345", "6.6"), ("−12.25", "5.5")):
        html = grid_part(grid("g", "", [["1", text]], "input")).html
        assert f'style="font-size:{size}px"' in html


def test_lit_cells_are_outlined_and_keep_their_roles():
    picture = read_svg(grid_part(ROW, {(0, 2)}).html)
    assert picture.lit == {(0, 2)}
    assert picture.role_rows == ROW.roles


def matrix_grid(rows, columns):
    """Return a matrix whose rows begin later and later, with two roles and a gap in each."""
    values = [["" for _ in range(columns)] for _ in range(rows)]
    roles = [["blank" for _ in range(columns)] for _ in range(rows)]
    for row in range(rows - 1):
        for column, role in ((row, "kernel"), (row + 2, "kernel"), (row + 3, "zero")):
            values[row][column], roles[row][column] = str(row - column), role
    return grid("C", "C 3×9", values, roles)


@pytest.mark.parametrize("shape", [(3, 6), (5, LEGIBLE), (1, 1)])
def test_matrix_shows_the_cells_texts_and_roles_it_has(shape):
    matrix = matrix_grid(*shape)
    picture = read_svg(matrix_part(matrix).html)
    assert picture.values == matrix.values
    assert picture.role_rows == matrix.roles
    assert len(picture.roles) == 3 * (shape[0] - 1)


def test_matrix_too_wide_to_read_shows_its_cells_alone():
    matrix = matrix_grid(4, LEGIBLE + 1)
    picture = read_svg(matrix_part(matrix).html)
    assert picture.role_rows == matrix.roles
    assert picture.texts == {}


def test_matrix_shows_a_blank_cell_that_has_a_text():
    matrix = grid("C", "", [["1", ""], ["", "0"]], [["kernel", "blank"], ["blank", "blank"]])
    assert read_svg(matrix_part(matrix).html).texts == {(0, 0): "1", (1, 1): "0"}


def test_matrix_lights_a_row():
    matrix = matrix_grid(3, 6)
    html = matrix_part(matrix, 1).html
    assert '<rect class="lit-row" y="24" width="144" height="24"/>' in html
    assert 'class="lit-row" y="-72"' in matrix_part(matrix).html  # out of the picture


@pytest.mark.parametrize("text", ["", "no number", "12", "a 3.5 b 4", "x < 2 & y\n3"])
def test_text_part_fills_to_the_escaped_text(text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    assert text_part(text).html == escaped
    assert not any(character.isdigit() for character in text_part(text).template)


def test_part_with_too_few_slots_is_an_error():
    with pytest.raises(ValueError, match="shorter"):
        _ = Part(f"{SLOT} and {SLOT}", ("1",)).html


def stride_scene(**values):
    return EXPLORERS["stride"].scene(**EXPLORERS["stride"].values(**values))


def test_figure_has_a_text_alternative_a_caption_and_its_step_outlined():
    scene = stride_scene(input_size=6, padding=1)
    html = figure_html(scene, "Cells <that> meet", step=(1, 0))
    computed = scene.step_text(1, 0)
    assert f'role="img" aria-label="{scene.sentence} Outlined: {computed}."' in html
    assert f'<p class="sum">{computed}</p>' in html
    assert 'class="sum"' not in figure_html(scene)
    assert "<figcaption>Cells &lt;that&gt; meet</figcaption>" in html
    assert html.count(" lit") == 9 + 9 + 1
    assert "padding</li>" in html
    assert "kernel</li>" not in html  # the grid's title says it
    assert f"<figcaption>{scene.sentence}</figcaption>" in figure_html(scene)
    assert " lit" not in figure_html(scene)


def test_figure_of_an_error_shows_its_text():
    scene = stride_scene(input_size=3, kernel_size=4)
    assert scene.error
    assert f'<p class="error">{scene.error}</p>' in figure_html(scene)


def test_figure_lights_the_row_of_a_matrix():
    one, two, out = (
        grid(name, "", [[1, 2]], role)
        for name, role in (("x", "input"), ("k", "kernel"), ("y", "output"))
    )
    links = (((0, 0),), ((1, 1),))
    sweep = Sweep("y", "x", "k", (((0, 0),),), links)
    matrix = grid("C", "", [[1, ""], ["", 2]], "kernel")
    html = figure_html(Scene((one, two, out), "", sweep, matrix), step=(0, 1))
    assert 'class="lit-row" y="24"' in html


def test_step_outside_the_sweep_is_refused():
    scene = stride_scene()
    rows, columns = scene.sweep.shape
    with pytest.raises(ValueError, match=rf"step=\({rows}, 0\) must lie in the {rows}×{columns}"):
        figure_html(scene, step=(rows, 0))
    with pytest.raises(ValueError, match="0×0 steps"):
        Scene((ROW,), "").lit((0, 0))


def test_legend_names_what_is_used_and_shows_its_mark():
    html = legend_html({"input", "gap", "blank"})
    assert html.count("<li>") == 2
    assert 'class="role-input"' in html
    assert 'class="mark-gap"' in html
    assert legend_html({"blank"}) == ""


def test_bars_show_label_length_role_and_text():
    chart = bars("cost", "weights of 2 <layers>", {"plain": 4608, "a & b": 1152}, "kernel")
    html = bars_part(chart).html
    assert "weights of 2 &lt;layers&gt;</p>" in html
    assert "<span>a &amp; b</span>" in html
    assert "<span>4,608</span>" in html
    assert re.findall(r"width:([\d.]+)%", html) == ["60", "15"]
    assert html.count("var(--role-kernel-fill)") == 2
    scene = Scene((), "Bars.", bars=(chart,))
    assert html in figure_html(scene)
    assert scene.used_roles() == {"kernel"}


def test_every_slice_of_a_step_is_lit():
    names = {"x": "input", "y": "input", "v": "kernel", "w": "kernel", "z": "output"}
    grids = tuple(grid(name, "", [[1, 2]], role) for name, role in names.items())
    rows, columns = (((0, 0),),), (((0, 0), (1, 1)),)
    sweep = Sweep("z", "x", "v", rows, columns, more=(("y", "w"),))
    both = {(0, 0), (0, 1)}
    assert Scene(grids, "", sweep).lit((0, 0)) == {
        **dict.fromkeys("xyvw", both),
        "z": {(0, 0)},
    }
