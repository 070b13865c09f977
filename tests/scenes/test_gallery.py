"""The pictures of the gallery: their numbers against PyTorch, and what is in their files."""

from __future__ import annotations

import importlib
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from convlib.scenes.convolution import example_kernel
from convlib.scenes.gallery import GALLERY, gallery_scene
from convlib.scenes.transpose import counting_input

TOP = Path(__file__).parents[2]
#: Name: size of the input, of the kernel, and of the output.
SIZES = {
    "no-padding": (4, 3, 2),
    "arbitrary-padding": (4, 4, 5),
    "half-padding": (4, 3, 4),
    "full-padding": (3, 3, 5),
    "strides": (5, 3, 2),
    "padding-strides": (5, 3, 3),
    "odd": (6, 3, 3),
    "dilated": (7, 3, 3),
}
BACK = {f"{name}-transposed": (o, k, i) for name, (i, k, o) in SIZES.items()}
SETTINGS = {
    "no-padding": {},
    "arbitrary-padding": {"padding": 2},
    "half-padding": {"padding": 1},
    "full-padding": {"padding": 2},
    "strides": {"stride": 2},
    "padding-strides": {"stride": 2, "padding": 1},
    "odd": {"stride": 2, "padding": 1},
    "dilated": {"dilation": 2},
}


@pytest.fixture
def extension(monkeypatch):
    """The book's extension as a module, without Sphinx."""
    monkeypatch.syspath_prepend(str(TOP / "book" / "_ext"))
    return importlib.import_module("book_gallery")


def numbers(grid) -> np.ndarray:
    return np.array([[int(text) for text in row] for row in grid.values])


def tensor(array):
    return torch.tensor(np.asarray(array))[None, None].float()


def test_the_set_is_complete():
    assert list(GALLERY) == [*SIZES, *BACK]
    assert len({picture.title for picture in GALLERY.values()}) == 16


@pytest.mark.parametrize("name", SIZES)
def test_convolutions_equal_pytorch(name):
    scene, (size, kernel_size, output_size) = gallery_scene(name), SIZES[name]
    weight, output = numbers(scene["kernel"]), numbers(scene["output"])
    p = SETTINGS[name].get("padding", 0)
    input = numbers(scene["input"])[p : p + size, p : p + size]
    assert weight.shape == (kernel_size, kernel_size)
    assert output.shape == (output_size, output_size)
    expected = F.conv2d(tensor(input), tensor(weight), **SETTINGS[name])[0, 0].numpy()
    np.testing.assert_array_equal(output, expected)


@pytest.mark.parametrize("name", BACK)
def test_transposed_convolutions_equal_pytorch(name):
    scene, (size, kernel_size, output_size) = gallery_scene(name), BACK[name]
    settings = dict(SETTINGS[name.removesuffix("-transposed")])
    if name == "odd-transposed":
        settings["output_padding"] = 1
    weight = example_kernel(kernel_size)
    np.testing.assert_array_equal(numbers(scene["kernel"]), weight[::-1, ::-1])
    cells = np.array(scene["input"].roles) == "input"
    np.testing.assert_array_equal(
        numbers(scene["input"])[cells], counting_input(size).ravel(), "the input's own cells"
    )
    assert not numbers(scene["input"])[~cells].any()
    expected = F.conv_transpose2d(tensor(counting_input(size)), tensor(weight), **settings)[0, 0]
    np.testing.assert_array_equal(numbers(scene["output"]), expected.numpy())
    assert expected.shape == (output_size, output_size)


@pytest.mark.parametrize("name", GALLERY)
def test_every_step_is_the_sum_it_says(name):
    scene = gallery_scene(name)
    for row, column in np.ndindex(scene.sweep.shape):
        _, terms, total = scene.step_text(row, column).split(" = ")
        assert eval(terms.replace("×", "*")) == int(total)


def test_the_odd_way_back_shows_where_its_zeros_come_from():
    roles = np.array(gallery_scene("odd-transposed")["input"].roles)
    assert roles.shape == (8, 8)
    assert (roles == "input").sum() == 9
    assert (roles == "zero").sum() == 5 * 5 - 9
    assert (roles == "padding").sum() == 8 * 8 - 5 * 5


def test_unknown_pictures_are_refused():
    with pytest.raises(ValueError, match="name='nope' must be one of no-padding, arbitrary"):
        gallery_scene("nope")


def test_files_hold_the_picture_its_words_and_its_licence(extension, tmp_path):
    scene = gallery_scene("strides")
    extension.draw_files("strides", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"strides.{e}" for e in extension.FORMATS}

    with Image.open(tmp_path / "strides.gif") as gif:
        assert gif.n_frames == 4
        gif.seek(3)  # a comment belongs to the frame before it, and the file still ends well
        gif.load()
    data = (tmp_path / "strides.gif").read_bytes()
    assert data.endswith(b"\x00;")
    assert b"Strides. A 3x3 kernel slides over a 5x5 input" in data
    assert b"CC BY 4.0" in data

    with Image.open(tmp_path / "strides.png") as png:
        assert png.info["Description"] == scene.sentence
        assert png.info["Copyright"] == extension.LICENCE
        assert min(png.size) > 200

    text = (tmp_path / "strides.svg").read_text(encoding="utf-8")
    root = ET.fromstring(text)
    assert root.find("{http://www.w3.org/2000/svg}title").text == "Strides"
    assert scene.sentence in text
    assert extension.LICENCE in text


def test_comments_longer_than_a_block_are_split(extension):
    gif = extension.with_comment(b"...;", "x" * 300)
    assert gif == b"...!\xfe" + b"\xff" + b"x" * 255 + b"\x2d" + b"x" * 45 + b"\x00;"


def test_keys_change_with_the_picture(extension):
    keys = {extension.key_of(name, TOP) for name in GALLERY}
    assert len(keys) == len(GALLERY)
    assert extension.key_of("odd", TOP) == extension.key_of("odd", TOP)
