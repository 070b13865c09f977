"""How each role and each mark looks: the one source for both renderers.

A role has a colour and something that is not a colour (width of the line, dashes, corners), so
that a figure reads in greyscale and to colour-blind readers. Hues are Okabe and Ito's: blue for
the input, orange for the kernel, bluish green for the output.

Lengths are fractions of a cell's side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from convlib.scenes.roles import MARKS, ROLES

__all__ = [
    "CELL",
    "INK",
    "LIT",
    "MARK_LOOKS",
    "ROLE_LOOKS",
    "THEMES",
    "Mark",
    "Role",
    "css_variables",
]

THEMES = ("light", "dark")
#: Side of a cell in the page, in pixels: a target that a finger can hit.
CELL = 24


@dataclass(frozen=True)
class Role:
    """How the cells of one role look.

    Parameters
    ----------
    fill, edge
        Hexadecimal colours of the cell and of its line, in the order of `THEMES`.
    width
        Width of the line.
    dash
        Dash and space of the line; ``()`` for a solid one.
    corner
        Radius of the corners.
    """

    fill: tuple[str, str]
    edge: tuple[str, str]
    width: float = 1 / 24
    dash: tuple[float, ...] = ()
    corner: float = 1 / 12


@dataclass(frozen=True)
class Mark:
    """What is drawn over a marked cell, below its text.

    Parameters
    ----------
    pattern
        ``"lines"``: diagonals that rise to the right. ``"dots"``: one in each corner.
    edge
        Hexadecimal colours, in the order of `THEMES`.
    """

    pattern: str
    edge: tuple[str, str]


#: The colour of texts on cells, and of the outline of lit cells: (light, dark).
INK = ("#14202b", "#f3f6f9")
LIT = ("#b3123f", "#ff9db4")

ROLE_LOOKS = {
    "input": Role(("#d3e6f8", "#17395c"), ("#2a6db0", "#6fb0ee")),
    "padding": Role(("#fbfbf9", "#1d2126"), ("#767d85", "#8d959e"), dash=(1 / 8, 1 / 10)),
    "zero": Role(("#f3ecf9", "#33284a"), ("#8258a8", "#b697dc"), dash=(1 / 24, 1 / 12)),
    "kernel": Role(("#fbdba6", "#5c3d08"), ("#a86400", "#eeb155"), width=1 / 12),
    "output": Role(("#c3e8d9", "#0f4937"), ("#15795a", "#58c9a2"), corner=7 / 24),
    "blank": Role(("#ffffff", "#14181d"), ("#c9ced4", "#3d444c")),
}

MARK_LOOKS = {
    "unused": Mark("lines", ("#8d96a0", "#6f7a86")),
    "gap": Mark("dots", ("#5a636d", "#b3bcc6")),
}

assert tuple(ROLE_LOOKS) == tuple(ROLES)
assert tuple(MARK_LOOKS) == tuple(MARKS)


def css_variables() -> str:
    """Return the looks as CSS: custom properties for both themes, and one rule for each class.

    The properties are ``--role-input-fill``, ``--role-input-edge``, ``--mark-gap-edge``, ``--ink``
    and ``--lit``; the classes ``.role-input`` and ``.mark-gap`` are for shapes of an SVG whose
    cells are `CELL` units wide. Paper takes the light colours, and so does a page without scripts.

    Examples
    --------
    >>> print(css_variables().splitlines()[1])
      --role-input-fill: #d3e6f8;
    """
    light, dark = (_declarations(theme) for theme in range(len(THEMES)))
    themes = f':root {{\n{light}}}\n@media screen {{\nhtml[data-theme="dark"] {{\n{dark}}}\n}}\n'
    return themes + "".join(_rules())


def _declarations(theme: int) -> str:
    colours = {}
    for name, role in ROLE_LOOKS.items():
        colours[f"role-{name}-fill"] = role.fill[theme]
        colours[f"role-{name}-edge"] = role.edge[theme]
    for name, mark in MARK_LOOKS.items():
        colours[f"mark-{name}-edge"] = mark.edge[theme]
    colours |= {"ink": INK[theme], "lit": LIT[theme]}
    return "".join(f"  --{name}: {colour};\n" for name, colour in colours.items())


def _rules() -> Iterator[str]:
    for name, role in ROLE_LOOKS.items():
        dash = " ".join(f"{CELL * length:g}" for length in role.dash) or "none"
        yield (
            f".role-{name} {{ fill: var(--role-{name}-fill); stroke: var(--role-{name}-edge); "
            f"stroke-width: {CELL * role.width:g}; stroke-dasharray: {dash}; "
            f"rx: {CELL * role.corner:g}px; }}\n"
        )
    for name, mark in MARK_LOOKS.items():
        width = {"lines": 1, "dots": 2.4}[mark.pattern]
        yield (
            f".mark-{name} {{ fill: none; stroke: var(--mark-{name}-edge); "
            f"stroke-width: {width}; stroke-linecap: round; }}\n"
        )
