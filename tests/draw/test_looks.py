from itertools import combinations

import pytest

from convlib.draw.looks import INK, LIT, MARK_LOOKS, ROLE_LOOKS, THEMES, css_variables


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, two):
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", range(len(THEMES)), ids=THEMES)
@pytest.mark.parametrize("name", ROLE_LOOKS)
def test_text_is_readable_on_every_role(name, theme):
    assert contrast(INK[theme], ROLE_LOOKS[name].fill[theme]) >= 7


@pytest.mark.parametrize("theme", range(len(THEMES)), ids=THEMES)
@pytest.mark.parametrize("name", MARK_LOOKS)
def test_mark_is_seen_and_leaves_the_text_readable(name, theme):
    mark = MARK_LOOKS[name]
    if mark.pattern == "lines":  # they run below the text; the dots keep to the corners
        assert contrast(INK[theme], mark.edge[theme]) >= 3.5
    for role in ("input", "padding"):
        assert contrast(mark.edge[theme], ROLE_LOOKS[role].fill[theme]) >= 2.2


@pytest.mark.parametrize("theme", range(len(THEMES)), ids=THEMES)
@pytest.mark.parametrize("name", [name for name in ROLE_LOOKS if name != "blank"])
def test_line_stands_out_from_its_cell(name, theme):
    role = ROLE_LOOKS[name]
    assert contrast(role.edge[theme], role.fill[theme]) >= 3
    assert contrast(LIT[theme], role.fill[theme]) >= 3


def test_no_two_roles_differ_by_colour_alone():
    for (one, a), (two, b) in combinations(ROLE_LOOKS.items(), 2):
        if "blank" not in (one, two):
            assert (a.width, a.dash, a.corner) != (b.width, b.dash, b.corner), (one, two)


def test_css_variables_name_each_colour_once_per_theme():
    css = css_variables()
    for name in (*(f"role-{role}-fill" for role in ROLE_LOOKS), "ink", "lit"):
        assert css.count(f"--{name}:") == len(THEMES)
    assert "\n" + 'html[data-theme="dark"] {' in css
