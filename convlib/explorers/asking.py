"""An explorer in a page in which Python runs: the page's form, its pictures made when it asks.

The form is that of the built page, without packs: its script asks `answer` for the parts of a
state, and so takes any number that a picture has room for, and the reader's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from convlib.draw.svg import legend_html
from convlib.explorers.declaration import Control, Declaration, Own, Values
from convlib.explorers.page import PageForm, control_html, form_html, state_parts

__all__ = ["answer", "asking_form"]


def asking_form(explorer: Declaration, values: Values) -> PageForm:
    """Return an explorer as HTML that asks for its pictures.

    Parameters
    ----------
    values
        The first value of every control, or the reader's own in its place.

    Returns
    -------
    PageForm
        ``<div class="explorer" data-asks="NAME">``.
    """
    scene = explorer.scene(**values)
    controls = "".join(_control(control, values[control.name]) for control in explorer.controls)
    controls += "".join(
        _own_field(control, control.own, values[control.name])
        for control in explorer.controls
        if control.own
    )
    asks = f' data-asks="{escape(explorer.name)}"'
    return PageForm(form_html(explorer, scene, [scene], asks, "", controls))


def _control(control: Control, value: Any) -> str:
    shown = control.default if control.is_own(value) else value
    return control_html(control, shown, control.free_values)


def _own_field(control: Control, own: Own, value: Any) -> str:
    is_own = control.is_own(value)
    text = own.text(value) if is_own else ""
    label, hint = escape(own.label), escape(own.hint)
    rows = 2 if len(hint) < 40 else 4
    return (
        f'<details class="own"{" open" if is_own else ""}><summary>{label}</summary>'
        f'<textarea data-own="{escape(control.name)}" rows="{rows}" spellcheck="false" '
        f'aria-label="{label}" placeholder="{hint}">{escape(text)}</textarea></details>'
    )


def answer(
    explorer: Declaration, texts: Mapping[str, str], own: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the page shows for what its reader has set.

    Parameters
    ----------
    texts
        The value of each control, as text.
    own
        What was typed in place of controls, by their names; empty text is nothing.

    Returns
    -------
    dict
        ``"parts"``: HTML by kind, as `convlib.explorers.page.frame` has them, and ``"legend"``. Or
        ``"refused"``: what is wrong with what was typed, in words.
    """
    values: Values = {}
    for control in explorer.controls:
        typed = own.get(control.name, "").strip()
        try:
            if control.own and typed:
                values[control.name] = control.own.parse(typed)
            else:
                text = texts[control.name]
                known = {str(value): value for value in control.free_values}
                values[control.name] = control.checked(known.get(text, text), free=True)
        except (TypeError, ValueError) as error:
            return {"refused": f"Not shown: {str(error).rstrip('. ')}."}
    try:
        scene = explorer.scene(**values)
    except Exception as error:  # whatever it is, a reader must not meet a traceback
        return {"refused": f"No picture: {error}."}
    made = state_parts(explorer, scene, values)
    parts = {kind: part.html for kind, part in made.items()}
    return {"parts": {**parts, "legend": legend_html(scene.used_roles())}}
