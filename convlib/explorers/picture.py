"""The picture explorer: a kernel as a question asked everywhere, and a lens on one window.

It has no states that were drawn in advance: the page multiplies and adds along the links that
Python computed here, which tap meets which cell, for every stride and dilation.
"""

from __future__ import annotations

import json
from base64 import b64encode
from html import escape
from itertools import product
from typing import TYPE_CHECKING, Any

from convlib._types import Array
from convlib.explorers.building import builds_page
from convlib.explorers.page import PageForm
from convlib.geometry import ConvGeometry
from convlib.operations import conv2d
from convlib.scenes.seeing import QUESTIONS, is_signed, question_kernel

if TYPE_CHECKING:  # loaded when it is shown
    from ipywidgets import VBox

__all__ = ["DILATIONS", "SIDE", "STRIDES", "answer", "links", "picture"]

SIDE = 96
STRIDES, DILATIONS = (1, 2, 3), (1, 2, 3)
TAPS = 3


def answer(kernel: str, stride: int, dilation: int) -> Array:
    """Return the portrait convolved with a kernel of `QUESTIONS`."""
    from convlib.draw.photo import portrait

    return conv2d(portrait(SIDE), question_kernel(kernel), stride=stride, dilation=dilation)


def links(stride: int, dilation: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Return, for each output cell along an axis, its (tap, input cell) pairs.

    Examples
    --------
    >>> links(2, 1)[1]
    ((0, 2), (1, 3), (2, 4))
    """
    return ConvGeometry(SIDE, TAPS, stride, 0, dilation).links()


def picture(kernel: str = "Sobel", stride: int = 1, dilation: int = 1) -> PageForm | VBox:
    """Show the picture explorer: HTML while the book is built, widgets anywhere else.

    Parameters
    ----------
    kernel
        A key of `convlib.scenes.seeing.QUESTIONS`.
    stride, dilation
        From 1 to 3.

    Raises
    ------
    ValueError
        If a control does not have the value.
    """
    for name, value, known in (
        ("kernel", kernel, tuple(QUESTIONS)),
        ("stride", stride, STRIDES),
        ("dilation", dilation, DILATIONS),
    ):
        if value not in known:
            raise ValueError(f"{name}={value!r} must be one of {', '.join(map(str, known))}")
    if builds_page():
        return PageForm(_form(kernel, stride, dilation))
    return _live(kernel, stride, dilation)


def _form(kernel: str, stride: int, dilation: int) -> str:
    from convlib.draw.photo import grey_levels, png_bytes, portrait

    data = {
        "side": SIDE,
        "image": b64encode(portrait(SIDE).tobytes()).decode(),
        "kernels": {
            name: {"weights": weights.tolist(), "over": over, "signed": is_signed(name)}
            for name, (weights, over) in QUESTIONS.items()
        },
        "links": {f"{s} {d}": links(s, d) for s, d in product(STRIDES, DILATIONS)},
    }
    levels = grey_levels(answer(kernel, stride, dilation), is_signed(kernel))
    first = b64encode(png_bytes(levels)).decode()
    return f"""\
<div class="explorer picture-explorer" id="explorer-picture" role="group" aria-label="{TITLE}" \
data-picture="{escape(json.dumps(data, separators=(",", ":")))}">
<p class="explorer-title" aria-hidden="true">{TITLE}</p>
<form method="dialog" autocomplete="off"><fieldset disabled><div class="controls">
{_controls(kernel, stride, dilation)}</div></fieldset></form>
<noscript><p class="note">The controls need JavaScript; the picture shows their first state.</p>\
<img alt="{escape(kernel)}" width="240" src="data:image/png;base64,{first}"></noscript>
<div class="pictures">
<div class="picture"><p class="grid-title">picture {SIDE}×{SIDE}</p>\
<canvas data-of="input" width="{SIDE}" height="{SIDE}"></canvas></div>
<div class="picture"><p class="grid-title" data-of="size">answers</p>\
<canvas data-of="output" role="application" aria-label="answers: the arrow keys choose a cell" \
width="{SIDE}" height="{SIDE}"></canvas></div>
<div class="lens"><p class="grid-title">one window: cell × weight</p><table></table></div></div>
<p class="sum"></p>
<p class="sentence" role="status" aria-live="polite"></p>
</div>"""


def _controls(kernel: str, stride: int, dilation: int) -> str:
    options = "".join(
        f"<option{' selected' if name == kernel else ''}>{name}</option>" for name in QUESTIONS
    )
    sliders = "".join(
        f'<div class="control"><label><span class="label">{name}</span><input type="range" '
        f'name="{name}" min="1" max="3" value="{value}"></label>'
        f'<output aria-hidden="true">{value}</output></div>'
        for name, value in (("stride", stride), ("dilation", dilation))
    )
    return (
        '<div class="control"><label><span class="label">kernel</span>'
        f'<select name="kernel">{options}</select></label></div>{sliders}'
    )


TITLE = "Picture: one question, asked everywhere"


def _live(kernel: str, stride: int, dilation: int) -> VBox:
    import ipywidgets as widgets
    from matplotlib.figure import Figure

    from convlib.draw.photo import grey_levels, portrait

    controls: dict[str, Any] = {
        "kernel": widgets.Dropdown(options=list(QUESTIONS), value=kernel, description="kernel"),
        "stride": widgets.IntSlider(stride, 1, 3, description="stride"),
        "dilation": widgets.IntSlider(dilation, 1, 3, description="dilation"),
        "row": widgets.IntSlider(40, 0, SIDE - 3, description="row"),
        "column": widgets.IntSlider(40, 0, SIDE - 3, description="column"),
    }
    image, words = widgets.Image(format="png"), widgets.HTML()

    def draw(_: Any = None) -> None:
        values = {name: control.value for name, control in controls.items()}
        made = answer(values["kernel"], values["stride"], values["dilation"])
        row, column = (min(values[name], made.shape[0] - 1) for name in ("row", "column"))
        figure = Figure(figsize=(7, 3.4), layout="constrained")
        before, after = figure.subplots(1, 2)
        before.imshow(portrait(SIDE), cmap="gray", vmin=0, vmax=255)
        levels = grey_levels(made, is_signed(values["kernel"]))
        after.imshow(levels, cmap="gray", vmin=0, vmax=255)
        after.plot(column, row, "s", color="crimson", fillstyle="none")
        seen = links(values["stride"], values["dilation"])
        corners = seen[row][0][1], seen[column][0][1]
        before.plot(corners[1] + 1, corners[0] + 1, "s", color="crimson", fillstyle="none")
        image.value = _png(figure)
        words.value = _sum_text(values["kernel"], seen[row], seen[column], made[row, column])

    for control in controls.values():
        control.observe(draw, "value")
    draw()
    return widgets.VBox([*controls.values(), image, words])


def _png(figure: Any) -> bytes:
    from io import BytesIO

    file = BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _sum_text(kernel: str, rows: Any, columns: Any, value: float) -> str:
    from convlib.draw.photo import portrait

    weights, over = QUESTIONS[kernel]
    cells = portrait(SIDE)
    terms = " + ".join(f"{cells[y, x]}×({weights[a][b]})" for a, y in rows for b, x in columns)
    return f"{f'({terms}) / {over}' if over > 1 else terms} = {value:g}"
