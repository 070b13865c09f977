"""`python -m tests.scenes.known`: write down what every picture and question of the book is today.

A change in any of them, in a number, a word or a role, is then seen by `test_known.py`, and by who
reads the change of `known/`. Run this where the change is meant.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from convlib.explorers import EXPLORERS
from convlib.questions import windows
from convlib.questions.page import page_form
from convlib.scenes import (
    channels,
    convolution,
    dilation,
    field,
    matrix,
    odd,
    output_padding,
    padding,
    transpose,
    upsampling,
)
from convlib.scenes.convolution import example_input, example_kernel
from convlib.scenes.field import StackedLayer
from convlib.scenes.gallery import GALLERY, gallery_scene
from convlib.scenes.scene import Grid, Scene, cell_text
from convlib.scenes.transpose import counting_input
from tests.questions.tools import questions_of_book

FOLDER = Path(__file__).parent / "known"
X, W, SMALL = example_input(5), example_kernel(3), counting_input(2)
LAYERS = [StackedLayer(3), StackedLayer(2, stride=2), StackedLayer(3, dilation=2, padding=(1, 1))]
#: Still pictures, as the chapters call for them.
FIGURES = {
    "dense": lambda: matrix.dense_matrix_scene(outputs=4, inputs=16),
    "weight counts": lambda: matrix.weight_counts_scene([4, 8, 16, 32, 64, 224], kernel_size=3),
    "legend": convolution.legend_scene,
    "flip": lambda: convolution.flip_scene(X[:3, :3], W),
    "subsampling": lambda: convolution.subsampling_scene(X, W, stride=2),
    "weights": lambda: channels.weights_scene(np.arange(2 * 3 * 4).reshape(2, 3, 2, 2)),
    "reads": lambda: dilation.reads_scene(3, [(1,), (1, 1), (2, 2), (1, 3)]),
    "input sizes": lambda: odd.input_sizes_scene(3, kernel_size=3, stride=2, padding=1),
    "canvas": lambda: output_padding.canvas_scene(SMALL, W, stride=2, padding=1),
    "canvas, longer": lambda: output_padding.canvas_scene(
        SMALL, W, stride=2, padding=1, output_padding=(0, 1)
    ),
    "named paddings": lambda: padding.named_paddings_scene(X, W),
    "padding modes": lambda: padding.padding_modes_scene(X, padding=2),
    "read counts": lambda: padding.read_counts_scene((5, 4), (3, 2), paddings=(0, 1, 2)),
    "each stamp": lambda: transpose.each_stamp_scene(SMALL, W, stride=2),
    "forward matrix": lambda: transpose.forward_matrix_scene(X, W),
    "transposed matrix": lambda: transpose.transposed_matrix_scene(SMALL, W),
    "there and back": lambda: transpose.there_and_back_scene(X, W, stride=2),
    "stamps in a row": lambda: transpose.stamps_scene([[1, 2, 1]], [[1, 2, 3]], stride=(1, 2)),
    "flat": lambda: upsampling.flat_scene(example_kernel(4), stride=2),
    "fan": lambda: field.fan_scene(LAYERS, 11, 1),
    "spread": lambda: field.spread_scene(LAYERS, 11, 5),
    "fan, of one layer": lambda: field.fan_scene([StackedLayer(2)], 6, 1),
    "spread, to one cell": lambda: field.spread_scene([StackedLayer(3, 3)], 6, 1),
    "empty row": lambda: windows.empty_row(4),
    "result row": lambda: windows.empty_row(3, "result"),
}


def written(scene: Scene) -> Iterator[str]:
    """Yield the lines of a picture written out, as somebody would read them."""
    for one in (*scene.grids, *([scene.matrix] if scene.matrix else [])):
        yield f"[{one.name}] {one.title}"
        yield from _rows(one)
    if scene.fan:
        yield from _rows(scene.fan.grid)
        yield f"lines: {scene.fan.lines}"
    for chart in scene.bars:
        yield f"[{chart.name}] {chart.title}"
        bars = zip(chart.labels, chart.texts, chart.lengths, chart.roles, strict=True)
        yield from (f"{label}: {text} ({part:.4f}, {role})" for label, text, part, role in bars)
    for step in scene.steps():
        yield scene.step_text(*step)
    for name in ("sentence", "formula", "code", "error"):
        if text := getattr(scene, name):
            yield f"{name}: {text}"
    for key, symbol in scene.symbols.items():
        yield f"{key}: {', '.join(map(str, symbol))}"


def linked(scene: Scene) -> Iterator[str]:
    """Yield what follows from which numbers; numbers that no grid shows as a cell would."""
    yield from map(str, (*scene.views, *scene.computed, scene.matrix_weights, scene.retold))
    for name, rows in scene.exact.items():
        yield f"{name}: {[[cell_text(float(number)) for number in row] for row in rows]}"


def _rows(one: Grid) -> Iterator[str]:
    for values, roles in zip(one.values, one.roles, strict=True):
        cells = zip(values, roles, strict=True)
        yield " | ".join(f"{value or '.'} {role}" for value, role in cells)


def _digest(lines: Iterator[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def of_explorer(name: str) -> str:
    """Return an explorer's first picture, and digests of its pictures, a line for each value."""
    lines = (of_value(name, value) for value in EXPLORERS[name].controls[0].values)
    return "\n".join([of_first(name), *lines, ""])


def of_first(name: str) -> str:
    """Return the picture with which an explorer opens."""
    explorer = EXPLORERS[name]
    return "\n".join([f"# {explorer.title}", *written(explorer.scene(**explorer.values())), ""])


def of_value(name: str, value: object) -> str:
    """Return a digest of an explorer's pictures in which its first control has a value."""
    explorer = EXPLORERS[name]
    first = explorer.controls[0].name
    states = (state for state in explorer.states() if state[first] == value)
    scenes = (explorer.scene(**state) for state in states)
    lines = (line for scene in scenes for line in (*written(scene), *linked(scene)))
    return f"{first}={value}: {_digest(lines)}"


def of_gallery() -> str:
    """Return digests of the gallery's pictures."""
    lines = (f"{name}: {_digest(written(gallery_scene(name)))}" for name in GALLERY)
    return "\n".join(lines) + "\n"


def of_figure(name: str) -> str:
    """Return one of `FIGURES`, written out."""
    return "\n".join([f"# {name}", *written(FIGURES[name]())])


def of_figures() -> str:
    """Return the chapters' still pictures that no explorer shows."""
    return "\n\n".join(map(of_figure, FIGURES)) + "\n"


def of_question(question) -> str:
    """Return a question's first variant, and a digest of all."""
    question = replace(question)  # computed now, not when its chapter was read
    cases = [
        "\n".join(
            (case.text, *map(str, _shown(case.shown)), f"key: {case.key}", f"answer: {case.answer}",
             f"worked: {case.worked}", *(f"{key}: {hint}" for key, hint in case.hints.items()))
        )
        for case in question.cases
    ]  # fmt: skip
    every = f"all {len(cases)}: {_digest(iter(cases))}\npage: {_digest(_page(question))}"
    return f"# {question.name}\n{cases[0]}\n{every}\n"


def _page(question) -> Iterator[str]:
    """Yield a question's HTML, and what the page's script gets of it."""
    html = page_form(question)
    data = re.search('data-question="([^"]+)"', html)[1]
    yield html.replace(data, "")
    yield zlib.decompress(base64.b64decode(data)).decode()


def _shown(shown) -> Iterator[str]:
    if scene := getattr(shown, "scene", None):
        yield from written(scene)
    elif isinstance(shown, tuple):
        yield from map(str, shown)


def texts() -> dict[str, str]:
    """Return what is written down, by the name of its file."""
    found = {name: of_explorer(name) for name in EXPLORERS} | {"gallery": of_gallery()}
    questions = "\n".join(map(of_question, questions_of_book()))
    return found | {"figures": of_figures(), "questions": questions}


def main() -> None:
    """Write all of it."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in texts().items():
        (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
