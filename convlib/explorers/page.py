"""An explorer as a piece of a built page: HTML that needs no kernel, and its states in packs.

Every state is rendered while the book is built. A state is a row of parts (`convlib.draw.svg`), and
a pack holds each template and each part once, so a state costs little more than what is new in it.
The page's script fills the parts of the state that the controls ask for; it knows nothing of
convolution.

A pack is text, in three sections parted by U+001D:

1. the kinds of parts, parted by `SLOT`, then the templates, all parted by U+001E;
2. the parts, parted by U+001E: the template's number, then the slots, parted by `SLOT`;
3. for each kind, the part it shows in each state, as differences from the state before, parted by
   commas; the kinds parted by U+001E. Part 0 is the empty one.

It is deflated and written in base64 into a comment of the output, ``<!--pack:NAME:BASE64-->``,
which the book's extension moves into a script of its own.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import chain
from math import prod
from typing import Any

from convlib.draw.svg import (
    LEGIBLE,
    SLOT,
    Part,
    bars_part,
    grid_part,
    legend_html,
    matrix_part,
    text_part,
)
from convlib.explorers.declaration import Control, Declaration, Values
from convlib.scenes.changes import kernel_presets
from convlib.scenes.scene import Scene

__all__ = [
    "PACK_LIMIT",
    "PageForm",
    "control_html",
    "encode_pack",
    "form_html",
    "frame",
    "page_form",
    "split_packs",
    "state_parts",
]

#: Most bytes that a reader's first touch may load.
PACK_LIMIT = 60_000

RECORD, SECTION = "\x1e", "\x1d"
EMPTY = Part("")
# The kinds of parts that are not grids, in the order of the page.
_TEXTS = ("error", "formula", "code", "sentence")


@dataclass(frozen=True)
class PageForm:
    """What a cell of a chapter returns while the book is built: HTML, and nothing else."""

    html: str

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html}


def page_form(explorer: Declaration, values: Values) -> PageForm:
    """Return an explorer as HTML: controls, the picture of `values`, and the packs of all states.

    Parameters
    ----------
    values
        The first value of every control.

    Returns
    -------
    PageForm
        ``<div class="explorer" id="explorer-NAME">``. A single pack is named in its ``data-pack``;
        several are named by elements in it, in the order of the states.

    Raises
    ------
    ValueError
        If a text holds a character that parts a pack or a list of values.
    """
    states = list(explorer.states())
    scenes = [explorer.scene(**state) for state in states]
    frames = [
        state_parts(explorer, scene, state) for scene, state in zip(scenes, states, strict=True)
    ]
    packs = split_packs(explorer.controls, frames)
    many = len(packs) > 1
    names = [f"{explorer.name}-{i}" if many else explorer.name for i in range(len(packs))]
    comments = (f"<!--pack:{name}:{pack}-->" for name, pack in zip(names, packs, strict=True))
    return PageForm(_form_html(explorer, values, scenes, names) + "".join(comments))


def frame(scene: Scene) -> dict[str, Part]:
    """Return the parts of one state by their kinds.

    Kinds are ``"grid:NAME"``, ``"matrix"`` and ``"bars:NAME"``; ``"error"``, ``"formula"``,
    ``"code"`` and ``"sentence"``; and the sweep: ``"names"`` of its grids and its kind, links of
    ``"rows"`` and ``"columns"``. Where numbers can be changed, ``"views"``, ``"sums"``,
    ``"exact"``, ``"weights"`` and ``"retold"`` are what a `Scene` says of that, and ``"presets"``
    are kernels by their names.
    """
    parts = {f"grid:{grid.name}": grid_part(grid) for grid in scene.grids}
    if scene.matrix:
        parts["matrix"] = matrix_part(scene.matrix)
    parts |= {f"bars:{chart.name}": bars_part(chart) for chart in scene.bars}
    parts |= {kind: text_part(getattr(scene, kind)) for kind in _TEXTS}
    if scene.sweep:
        sweep = scene.sweep
        parts["names"] = Part(json.dumps([sweep.over, sweep.slices, sweep.kind]))
        parts["rows"] = _data_part(sweep.rows)
        parts["columns"] = _data_part(sweep.columns)
    if scene.views:
        parts |= _changing_parts(scene)
    return parts


def state_parts(explorer: Declaration, scene: Scene, values: Values) -> dict[str, Part]:
    """Return the parts of one state, and what the page needs to ask before it shows them.

    Besides those of `frame`: ``"answer"``, and ``"hidden"``, the grids that wait for it.
    """
    parts, guess = frame(scene), explorer.guess
    if guess:
        parts["answer"] = _data_part(guess.answer(scene, values))
        parts["hidden"] = _data_part(guess.hidden(scene))
    return parts


def _changing_parts(scene: Scene) -> dict[str, Part]:
    """Return what the page needs to follow a number that its reader changes."""
    parts = {
        "views": _data_part([(one.grid, one.source, one.rows, one.columns) for one in scene.views])
    }
    if scene.sums:
        sums = ((one.over, one.slices, one.kind, one.rows, one.columns) for one in scene.sums)
        parts["sums"] = _data_part(list(sums))
    if scene.exact:
        parts["exact"] = _data_part(dict(scene.exact))
    if scene.retold:
        parts["retold"] = _data_part(scene.retold)
    if scene.matrix and scene.matrix_weights and scene.matrix.shape[1] <= LEGIBLE:
        # Of the entries that are drawn, in the order of drawing.
        drawn = (number for row in scene.matrix_weights for number in row if number >= 0)
        parts["weights"] = _data_part(list(drawn))
    for one in scene.views:
        if one.source == "kernel":
            parts["presets"] = _data_part(kernel_presets((max(one.rows) + 1, max(one.columns) + 1)))
    return parts


def _data_part(data: object) -> Part:
    return Part(SLOT, (json.dumps(data, separators=(",", ":")),))


def split_packs(controls: tuple[Control, ...], frames: list[dict[str, Part]]) -> list[str]:
    """Return the packs of all states, in base64: one if it is small enough, else several.

    They are split by the values of the first control, then by those of the first two, and so on,
    until none is larger than `PACK_LIMIT`; so all have the same number of states.
    """
    for split in range(len(controls) + 1):
        count = prod(len(control.values) for control in controls[:split])
        size = len(frames) // count
        packs = [encode_pack(frames[i : i + size]) for i in range(0, len(frames), size)]
        if max(map(len, packs)) <= PACK_LIMIT:
            break
    return packs


def encode_pack(frames: list[dict[str, Part]]) -> str:
    """Return states as a pack: deflated text in base64, as the module describes."""
    kinds = list(dict.fromkeys(chain.from_iterable(frames)))
    templates: dict[str, int] = {}
    parts: dict[Part, int] = {EMPTY: 0}
    columns = [
        [parts.setdefault(state.get(kind, EMPTY), len(parts)) for state in frames] for kind in kinds
    ]
    records = []
    for part in parts:
        if {RECORD, SECTION} & set(part.html):
            raise ValueError(f"{part=} must not hold the control characters that part a pack")
        number = templates.setdefault(part.template, len(templates))
        records.append(SLOT.join((str(number), *part.slots)))
    differences = (
        ",".join(str(b - a) for a, b in zip((0, *column), column, strict=False))
        for column in columns
    )
    sections = (
        RECORD.join((SLOT.join(kinds), *templates)),
        RECORD.join(records),
        RECORD.join(differences),
    )
    return base64.b64encode(zlib.compress(SECTION.join(sections).encode(), 9)).decode()


def _form_html(explorer: Declaration, values: Values, scenes: list[Scene], packs: list[str]) -> str:
    scene = explorer.scene(**values)
    attribute = f' data-pack="{packs[0]}"' if len(packs) == 1 else ""
    places = "" if attribute else "".join(f'<i hidden data-pack="{name}"></i>' for name in packs)
    controls = "".join(
        control_html(control, values[control.name], control.values) for control in explorer.controls
    )
    return form_html(explorer, scene, scenes, attribute, places, controls)


def form_html(
    explorer: Declaration, scene: Scene, scenes: list[Scene], attribute: str, places: str,
    controls: str,
) -> str:  # fmt: skip
    """Return the HTML of an explorer.

    Parameters
    ----------
    scene
        What it shows first.
    scenes
        All that it can show: there is a place for each of their grids, matrices and charts.
    attribute, places
        What tells the script where its pictures come from.
    controls
        The HTML of the controls.
    """
    shown, steps = _first_parts(scene)
    # A scene with all grids knows their order; those with fewer need not.
    fullest = sorted(scenes, key=lambda other: -len(other.grids))
    kinds = dict.fromkeys(f"grid:{grid.name}" for other in fullest for grid in other.grids)
    if any(other.matrix for other in scenes):
        kinds["matrix"] = None
    grids = _grids_html(scenes, kinds, shown)
    charts = "".join(
        f'<div class="bars" data-part="{kind}">{shown.get(kind, EMPTY).html}</div>'
        for kind in dict.fromkeys(f"bars:{chart.name}" for other in scenes for chart in other.bars)
    )
    still = "" if steps else " still"
    ask = _PREDICT.format(escape(explorer.guess.question)) if explorer.guess else ""
    if any(view.source == "kernel" for other in scenes for view in other.views):
        controls += _PRESETS
    name, title = escape(explorer.name), escape(explorer.title)
    symbols = {key: symbol for other in scenes for key, symbol in other.symbols.items()}
    if symbols:
        attribute += f' data-symbols="{escape(json.dumps(symbols, ensure_ascii=False))}"'
    return f"""\
<div class="explorer{still}" id="explorer-{name}" data-name="{name}" role="group" \
aria-label="{title}"{attribute}>{places}
<p class="explorer-title" aria-hidden="true">{title}</p>
<form method="dialog" autocomplete="off"><fieldset disabled>
<div class="controls">{controls}</div>
<div class="buttons">{_STEP_BUTTONS.format(steps)}<span>{ask}{_BUTTONS}</div>
</fieldset></form>
<noscript><p class="note">The controls need JavaScript; the picture shows their first state.</p>\
</noscript>
<div class="grids">{grids}{charts}<p class="error" data-part="error">{shown["error"].html}</p></div>
{legend_html(set().union(*(other.used_roles() for other in scenes)))}
<p class="sum">{escape(scene.step_text(0, 0)) if steps else ""}</p>
<p class="formula" data-part="formula">{shown["formula"].html}</p>
<div class="code"><pre data-part="code">{shown["code"].html}</pre>{_COPY_CODE}</div>
<p class="sentence" data-part="sentence">{shown["sentence"].html}</p>
<div class="status" role="status" aria-live="polite"></div>
</div>"""


def _grids_html(scenes: list[Scene], kinds: Iterable[str], shown: dict[str, Part]) -> str:
    """Return a place for each grid, filled where it is shown; those with cells to choose say so."""
    over = {f"grid:{other.sweep.over}" for other in scenes if other.sweep}
    changing = {f"grid:{view.grid}" for other in scenes for view in other.views}
    return "".join(
        f'<div class="grid" data-grid="{_name(kind)}" data-part="{kind}"'
        f"{_keys(kind, kind in over, kind in changing)}>{shown.get(kind, EMPTY).html}</div>"
        for kind in kinds
    )


#: Filled by the script, with the presets of the kernel's shape.
_PRESETS = (
    '<div class="control"><label><span class="label">kernel’s numbers</span>'
    '<select data-preset="kernel"><option>the book’s</option></select></label></div>'
)
_STEP_BUTTONS = (
    '<span class="steps"><button type="button" data-do="back" aria-label="Step back">◂</button>'
    '<button type="button" data-do="play">Play</button>'
    '<button type="button" data-do="forward" aria-label="Step forward">▸</button>'
    '<span class="count">{}</span></span>'
)
#: Whether the reader is asked first; the question is the script's to ask.
_PREDICT = (
    '<button type="button" data-do="predict" aria-pressed="false" data-question="{}">Predict first'
    "</button>"
)
_BUTTONS = (
    '<button type="button" data-do="numbersBack" hidden>The book’s numbers</button>'
    '<button type="button" data-do="reset">Reset</button>'
    '<button type="button" data-do="link">Copy link</button></span>'
)
_COPY_CODE = '<button type="button" data-do="code" disabled>Copy code</button>'


def _keys(kind: str, steps: bool, changing: bool) -> str:
    """Return the attributes of a grid whose cells are chosen; the script makes it a tab stop."""
    if not steps and not changing:
        return ""
    label = f"{_name(kind)}: the arrow keys choose a cell"
    label += ", Enter changes its number" if changing else ""
    return f' role="application" aria-label="{label}"'


def _name(kind: str) -> str:
    return kind.removeprefix("grid:")


def _first_parts(scene: Scene) -> tuple[dict[str, Part], str]:
    """Return the parts of the first picture, its first step lit, and where the step stands."""
    parts = frame(scene)
    rows, columns = scene.step_shape
    if not rows * columns:
        return parts, ""
    lit = scene.lit((0, 0))
    parts |= {f"grid:{grid.name}": grid_part(grid, lit.get(grid.name, ())) for grid in scene.grids}
    if scene.matrix:
        parts["matrix"] = matrix_part(scene.matrix, 0)
    return parts, f"step 1 of {rows * columns}"


def control_html(control: Control, value: Any, values: tuple[int | str, ...]) -> str:
    """Return a slider or a menu; both hold the index of a value, since they may be uneven.

    Raises
    ------
    ValueError
        If a value holds the character that parts them.
    """
    for known in values:
        if "|" in str(known):
            raise ValueError(f"{control.name}: value {known!r} must not hold '|'")
    texts = [escape(str(known)) for known in values]
    start = values.index(value)
    attributes = f'name="{escape(control.name)}" data-values="{"|".join(texts)}"'
    if any(isinstance(known, str) for known in values):
        options = "".join(
            f'<option value="{index}"{" selected" if index == start else ""}>{text}</option>'
            for index, text in enumerate(texts)
        )
        field, output = f"<select {attributes}>{options}</select>", ""
    else:
        field = (
            f'<input type="range" {attributes} min="0" max="{len(texts) - 1}" value="{start}" '
            f'aria-valuetext="{texts[start]}">'
        )
        output = f'<output aria-live="off" aria-hidden="true">{texts[start]}</output>'
    label = f'<label><span class="label">{escape(control.label)}</span>{field}</label>'
    return f'<div class="control">{label}{output}</div>'
