"""Drawings on matplotlib's axes."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from PIL import Image

from convlib import conv2d, conv_matrix
from convlib.draw import (
    draw_convolution,
    draw_grid,
    draw_matrix,
    draw_scene,
)
from convlib.draw.layout import Box, layout
from convlib.draw.picture import SCALE, lines_of, read_cells, read_glyphs, read_lit
from convlib.scenes.convolution import convolution_scene
from convlib.scenes.scene import grid
from tests.draw.tools import expected_cells, layers, small_scene


def test_draw_grid_fills_the_axes_it_is_given():
    axes = Figure(figsize=(4, 3)).add_subplot()
    shown = grid("kernel", "kernel 2×3", [[1, 2, 3], [4, 5, 6]], "kernel")
    assert draw_grid(shown, axes) is axes
    assert axes.get_title("left") == "kernel 2×3"
    (layer,) = layers(axes)
    places = {stamp.shape: path.vertices for stamp, path in layer.printed.items()}
    assert sorted(places) == ["1", "2", "3", "4", "5", "6", "cell"]
    places = places["cell"]
    assert len(places) == 6
    assert places.max(axis=0)[0] < axes.get_xlim()[1]
    assert len(set(np.diff(np.unique(places[:, 0])).round(6))) == 1


@pytest.fixture
def axes():
    """Axes wider than high, of a figure that pyplot does not know."""
    return Figure(figsize=(6, 3)).add_subplot()


@pytest.fixture
def new_figures():
    """Close the figures that drawing opens."""
    before = pyplot.get_fignums()
    yield lambda: sorted({*pyplot.get_fignums()} - {*before})
    for number in {*pyplot.get_fignums()} - {*before}:
        pyplot.close(number)


def test_draw_convolution_shows_the_cells_that_conv2d_makes(axes):
    input, weight = np.arange(20).reshape(4, 5) % 7, np.array([[1, -2, 3], [0, 1, 2]])
    arguments = {"stride": (1, 2), "padding": (0, 1)}
    assert draw_convolution(input, weight, **arguments, ax=axes) is axes
    still, lit = layers(axes)
    scene = convolution_scene(input, weight, **arguments)
    place = layout(replace(scene, sweep=None))
    for name in ("input", "kernel", "output"):
        assert read_cells(still, place.boxes[name]) == expected_cells(scene[name])
    output = read_cells(still, place.boxes["output"])
    for cell, value in np.ndenumerate(conv2d(input, weight, **arguments)):
        assert output[cell][0] == str(value).replace("-", "−")
    assert not lit.printed
    glyphs = [one for one in read_glyphs(still) if one.place[1] > place.height - 60]
    assert lines_of(glyphs)[-1] == scene.formula.split("\n")[-1]


def test_draw_convolution_lights_a_step_and_writes_its_sum(axes):
    input, weight = np.arange(12).reshape(3, 4), np.array([[2, -1]])
    draw_convolution(input, weight, stride=(1, 2), step=np.array([2, 1]), ax=axes)
    scene = convolution_scene(input, weight, stride=(1, 2))
    place = layout(scene)
    lit = layers(axes)[1]
    for name, cells in scene.lit((2, 1)).items():
        assert read_lit(lit, place.boxes[name]) == cells
    glyphs = [one for one in read_glyphs(lit) if one.place[1] > place.sum_top]
    assert lines_of(glyphs) == ["output[2, 1] = 10×2 + 11×(−1) = 9"]


def test_drawings_keep_their_shape_in_axes_of_any_size(axes):
    draw_convolution(np.eye(4), np.ones((2, 2)), ax=axes)
    for size in ((6, 3), (2, 7)):
        axes.figure.set_size_inches(size)
        axes.figure.savefig(BytesIO(), format="png")
        matrix = axes.transData.get_matrix()
        assert matrix[0, 0] == pytest.approx(-matrix[1, 1])  # square cells, row 0 at the top
        box = axes.figure.bbox
        corners = axes.transData.transform([(0, 0), (axes.get_xlim()[1], axes.get_ylim()[0])])
        assert (corners > 0).all()
        assert (corners < box.size).all()


def test_stamps_grow_with_the_axes(axes):
    class Recorder(RendererAgg):
        def draw_markers(self, gc, path, transform, *others):
            sizes.append((transform.get_matrix()[0, 0], gc.get_linewidth()))

    draw_grid(grid("k", "k", [[1]], "kernel"), axes)
    found = []
    for size in (3, 6):
        sizes = []
        axes.figure.set_size_inches(size, size)
        axes.apply_aspect()
        layers(axes)[0].draw(Recorder(600, 600, 100))
        found.append(sizes)
    np.testing.assert_allclose(found[1], 2 * np.array(found[0]))


@pytest.mark.parametrize("shape", [(3, 4), (8, 9)])
def test_draw_matrix_shows_conv_matrix(axes, shape):
    weight = np.array([[1, 0, -3], [4, 5, 6]])
    assert draw_matrix(weight, shape, stride=(1, 2), padding=(0, 1), ax=axes) is axes
    matrix = conv_matrix(weight, shape, stride=(1, 2), padding=(0, 1))
    assert axes.get_title("left").startswith("matrix {}×{}".format(*matrix.shape))
    (layer,) = layers(axes)
    side = axes.get_xlim()[1] / matrix.shape[1]
    assert axes.get_ylim() == (side * matrix.shape[0], 0)
    shown = read_cells(layer, Box(0, 0, side, matrix.shape, 0))
    places = conv_matrix(np.ones_like(weight), shape, stride=(1, 2), padding=(0, 1))
    assert set(shown) == {tuple(cell) for cell in np.argwhere(places)}
    assert {role for _, role in shown.values()} == {"kernel"}
    texts = {cell: str(int(matrix[cell])).replace("-", "−") for cell in shown}
    readable = shape == (3, 4)  # 72 columns are too many
    assert {cell: text for cell, (text, _) in shown.items()} == (
        texts if readable else dict.fromkeys(shown, "")
    )


@pytest.mark.parametrize(
    "draw_one",
    [
        lambda: draw_grid(grid("k", "a title longer than its grid", [[1]], "kernel")),
        lambda: draw_matrix(np.ones((2, 2)), (3, 4)),
        lambda: draw_convolution(np.eye(4), np.ones((2, 2)), step=(0, 0)),
    ],
)
def test_drawings_without_axes_open_one_pyplot_figure_that_holds_them(draw_one, new_figures):
    axes = draw_one()
    assert new_figures() == [axes.figure.number]
    axes.figure.savefig(BytesIO())
    box = axes.get_tightbbox()
    assert box.x0 >= 0
    assert box.y0 >= 0
    assert (box.max <= axes.figure.bbox.size).all()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda ax: draw_convolution(np.ones((1, 4, 4)), np.ones((2, 2)), ax=ax),
            ValueError,
            "input has shape (1, 4, 4), 3 axes; "
            "it must be (rows, columns): draw one channel at a time",
        ),
        (
            lambda ax: draw_convolution(np.ones((4, 4)), np.ones(2), ax=ax),
            ValueError,
            "weight has shape (2,), 1 axis; it must be (rows, columns): draw one channel at a time",
        ),
        (
            lambda ax: draw_convolution(np.ones((2, 2)), np.ones((3, 3)), ax=ax),
            ValueError,
            "kernel covers 3 cells (kernel_size=3, dilation=1) but the padded input has 2",
        ),
        (
            lambda ax: draw_convolution([["a"]], [[1]], ax=ax),
            TypeError,
            "input holds text",
        ),
        (
            lambda ax: draw_convolution(np.eye(3), [[1]], stride=0, ax=ax),
            ValueError,
            "stride=0 must be at least 1",
        ),
        (
            lambda ax: draw_convolution(np.eye(3), [[1]], step=(3, 0), ax=ax),
            ValueError,
            "step=(3, 0) must lie in the 3×3 steps of the scene",
        ),
        (
            lambda ax: draw_convolution(np.eye(3), [[1]], step=4, ax=ax),
            ValueError,
            "step=4 must be the (row, column) of an output cell",
        ),
        (
            lambda ax: draw_convolution(np.eye(3), [[1]], step=(0.5, 1), ax=ax),
            TypeError,
            "step=0.5 must be a whole number, not a float",
        ),
        (
            lambda ax: draw_matrix([[1]], (3, 0), ax=ax),
            ValueError,
            "input_shape[1]=0 must be at least 1",
        ),
        (
            lambda ax: draw_matrix(np.ones((3, 3)), (2, 2), ax=ax),
            ValueError,
            "kernel covers 3 cells",
        ),
        (
            lambda ax: draw_matrix([[1]], (100, 100), ax=ax),
            ValueError,
            "the matrix would have 10000 × 10000 entries; a picture has room for 500000",
        ),
        (
            lambda ax: draw_grid([[1, 2]], ax),
            TypeError,
            "grid must be a Grid, as convlib.scenes.scene.grid makes it, not list",
        ),
        (
            lambda ax: draw_matrix([[1]], (2, 2), ax=[ax]),
            TypeError,
            "ax must be one plain Axes of matplotlib, not list",
        ),
    ],
)
def test_drawings_refuse_bad_input_and_leave_the_axes_alone(axes, new_figures, call, error, text):
    with pytest.raises(error, match="^" + re.escape(text)):
        call(axes)
    assert not layers(axes)
    assert axes.axison
    assert axes.get_xlim() == (0, 1)
    assert not new_figures()


def test_draw_scene_returns_a_figure_that_notebooks_show():
    data, size = draw_scene(small_scene(), (0, 0))._repr_png_()
    assert Image.open(BytesIO(data)).size == (
        SCALE * size["width"],
        SCALE * size["height"],
    )
