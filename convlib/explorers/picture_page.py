"""The picture explorer as a piece of a page, which works it with `book/_static/picture.js`."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from itertools import product
from typing import Any

import numpy as np

from convlib.draw.photo import LUMA, grey_levels, png_bytes, portrait
from convlib.explorers.declaration import Panel
from convlib.explorers.page import PageForm
from convlib.scenes.seeing import QUESTIONS, Look

__all__ = ["picture_form"]

#: Row and column of the lens to begin with.
START = 40
#: What one paints with: names and greys, and sides in cells.
COLOURS = {"black": 0, "grey": 128, "white": 255}
BRUSHES = (1, 3)


def picture_form(explorer: Panel, look: Look) -> PageForm:
    """Return the explorer with this look to begin with."""
    height, width = look.image.shape
    rows, columns = look.answers().shape
    size = f"answers {rows}×{columns}{', 0 is grey' if look.signed else ''}"
    row, column = min(START, rows - 1), min(START, columns - 1)
    title = escape(explorer.title)
    data = escape(json.dumps(_data(explorer, look), separators=(",", ":")))
    return PageForm(f"""\
<div class="explorer picture-explorer" id="explorer-{explorer.name}" role="group" \
aria-label="{title}" data-picture="{data}">
<p class="explorer-title" aria-hidden="true">{title}</p>
<form method="dialog" autocomplete="off"><fieldset disabled>
<div class="controls">{_kernel_controls(look)}{_slider("stride", look)}{_slider("dilation", look)}\
</div>
<p class="wrong" role="alert" data-of="wrong"></p>
{_BUTTONS.format(row, column)}</fieldset></form>
<noscript><p class="note">The controls need JavaScript; the picture shows their first state.</p>
<div class="pictures still">{_still("picture", look.image, False)}\
{_still("answers", look.answers(), look.signed)}</div></noscript>
{_paint_box(look)}<div class="pictures">
<div class="picture" data-of="drop"><p class="grid-title">picture {height}×{width}</p>
<canvas data-of="input" role="img" aria-label="the picture" width="{width}" height="{height}">\
</canvas></div>
<div class="picture"><p class="grid-title" data-of="size">{size}</p>
<canvas data-of="output" role="application" aria-label="answers: the arrow keys choose a cell" \
width="{columns}" height="{rows}"></canvas></div>
<div class="lens"><p class="grid-title">one window: cell × weight</p>
<table>{f"<tr>{'<td></td>' * 3}</tr>" * 3}</table></div></div>
<p class="sum" data-of="sum">answer[{row}, {column}] = {look.sum_text(row, column)}</p>
<p class="sentence" role="status" aria-live="polite" data-of="said">\
{look.kernel if _is_named(look) else "Your kernel"} with stride {look.stride} and dilation \
{look.dilation}: {size}.</p>
</div>""")


def _data(explorer: Panel, look: Look) -> dict[str, object]:
    """Return what the script works with: numbers, and which tap meets which cell."""
    steps: Iterator[Any] = product(*(control.values for control in explorer.controls[1:]))
    looks = [replace(look, stride=stride, dilation=dilation) for stride, dilation in steps]
    return {
        "shape": look.image.shape,
        "image": b64encode(look.image.tobytes()).decode(),
        "kernels": {
            name: [*weights.ravel().tolist(), over] for name, (weights, over) in QUESTIONS.items()
        },
        "links": {
            f"{look.image.shape[axis]} {one.stride} {one.dilation}": one.links(axis)
            for one in looks
            for axis in (0, 1)
        },
        "luma": LUMA,
    }


def _is_named(look: Look) -> bool:
    return isinstance(look.kernel, str) and look.over is None


def _kernel_controls(look: Look) -> str:
    """Return the menu of kernels, a field for each weight, and one for the divisor."""
    named = _is_named(look)
    options = "".join(
        f"<option{' selected' if named and name == look.kernel else ''}>{name}</option>"
        for name in QUESTIONS
    )
    fields = "".join(
        f'<input name="weight" aria-label="weight in row {row}, column {column}" '
        f'value="{_text(weight)}">'
        for (row, column), weight in np.ndenumerate(look.weights)
    )
    return (
        '<div class="control"><label><span class="label">kernel</span><select name="kernel">'
        f'{options}<option value="own" hidden{"" if named else " selected"}>your own</option>'
        '</select></label><label class="over"><span class="label">sum divided by</span>'
        f'<input name="over" value="{_text(look.divisor)}"></label></div>'
        '<div class="control"><span class="label" aria-hidden="true">its weights</span>'
        f'<div class="weights" role="group" aria-label="weights of the kernel">{fields}</div></div>'
    )


def _text(number: float) -> str:
    return str(number).replace("-", "−")


def _slider(name: str, look: Look) -> str:
    value = getattr(look, name)
    return (
        f'<div class="control"><label><span class="label">{name}</span><input type="range" '
        f'name="{name}" min="1" max="3" value="{value}"></label>'
        f'<output aria-hidden="true">{value}</output></div>'
    )


_BUTTONS = """\
<div class="buttons"><span class="steps">\
<button type="button" data-do="back" aria-label="Lens to the left">◂</button>\
<button type="button" data-do="play">Play</button>\
<button type="button" data-do="forward" aria-label="Lens to the right">▸</button>\
<span class="count" data-of="count">row {}, column {}</span></span>\
<span><button type="button" data-do="reset">Reset</button>\
<button type="button" data-do="link">Copy link</button></span></div>
"""


def _still(title: str, cells: np.ndarray, signed: bool) -> str:
    data = b64encode(png_bytes(grey_levels(cells, signed))).decode()
    return f'<img class="picture" alt="{title}" src="data:image/png;base64,{data}">'


def _paint_box(look: Look) -> str:
    """Return what one paints with, and where a photo is chosen."""
    colours = "".join(
        f'<label><input type="radio" name="colour" value="{level}" autocomplete="off"'
        f'{"" if level else " checked"}><i style="background:rgb({level} {level} {level})"></i>'
        f"{name}</label>"
        for name, level in COLOURS.items()
    )
    brushes = "".join(
        f'<label><input type="radio" name="brush" value="{side}" autocomplete="off"'
        f"{' checked' if side == BRUSHES[-1] else ''}>{side}×{side}</label>"
        for side in BRUSHES
    )
    again = "portrait" if look.image is portrait() else "first picture"
    return f"""\
<details class="paint" data-of="paint"><summary>Paint, or use a photo</summary>
<form method="dialog"><span role="group" aria-label="colour">{colours}</span>
<span role="group" aria-label="brush">{brushes}</span>
<span><button type="button" data-do="undo" disabled>Undo</button>
<button type="button" data-do="first">The {again} again</button>
<button type="button" data-do="empty">Empty</button></span></form>
<label>A photo of your own <input type="file" accept="image/*" autocomplete="off"></label>
<p class="note">It stays on your device: this page sends nothing and keeps nothing.</p>
<p class="wrong" role="alert" data-of="told"></p></details>
"""
