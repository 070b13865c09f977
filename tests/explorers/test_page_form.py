import base64
import re
import zlib
from dataclasses import replace

import numpy as np
import pytest

from convlib import conv2d
from convlib.draw.svg import SLOT, Part
from convlib.explorers import EXPLORERS, page
from convlib.explorers.building import PAGE_VARIABLE
from convlib.explorers.declaration import Control
from convlib.explorers.page import (
    PACK_LIMIT,
    encode_pack,
    frame,
    page_form,
    split_packs,
    state_parts,
)
from convlib.scenes.convolution import example_input, example_kernel
from tests.book.harness import COMMENT, STATIC, TOY, page_html
from tests.draw.svg_reader import read_svg
from tests.thorough import one_in

ALL = [*EXPLORERS.values(), TOY]


def decode(pack):
    """Return the parts of each state, as the page's script reads them."""
    text = zlib.decompress(base64.b64decode(pack)).decode()
    head, parts, columns = (section.split("\x1e") for section in text.split("\x1d"))
    kinds, templates = head[0].split(SLOT), head[1:]
    states = []
    for differences in columns:
        states.append(np.cumsum([int(number) for number in differences.split(",")]))

    def part(number):
        template, *slots = parts[number].split(SLOT)
        return Part(templates[int(template)], tuple(slots)).html

    return [
        dict(zip(kinds, map(part, numbers), strict=True)) for numbers in zip(*states, strict=True)
    ]


def packs_of(html):
    return dict(COMMENT.findall(html))


@pytest.mark.parametrize("explorer", ALL, ids=lambda explorer: explorer.name)
@one_in(13)
def test_a_pack_holds_every_part_of_every_state(explorer, every):
    packs = packs_of(page_html(explorer))
    states = [state for pack in packs.values() for state in decode(pack)]
    known = list(explorer.states())
    assert len(states) == len(known)
    for state, values in zip(states[::every], known[::every], strict=True):
        parts = state_parts(explorer, explorer.scene(**values), values)
        assert {kind: html for kind, html in state.items() if html} == {
            kind: part.html for kind, part in parts.items() if part.html
        }


def test_every_number_in_the_stride_pack_is_what_convlib_computes():
    explorer = EXPLORERS["stride"]
    states = [state for pack in packs_of(page_html(explorer)).values() for state in decode(pack)]
    for values, state in zip(explorer.states(), states, strict=True):
        input, kernel = example_input(values["input_size"]), example_kernel(values["kernel_size"])
        options = {name: values[name] for name in ("stride", "padding", "dilation")}
        if state["error"]:
            assert not state["grid:output"]
            with pytest.raises(ValueError, match=re.escape(state["error"])):
                conv2d(input, kernel, **options)
            continue
        output = conv2d(input, kernel, **options)
        padded = np.pad(input, values["padding"])
        for name, numbers in (("input", padded), ("kernel", kernel), ("output", output)):
            shown = read_svg(state[f"grid:{name}"]).values
            np.testing.assert_array_equal(np.array(shown, dtype=int), numbers)


@pytest.mark.parametrize("explorer", EXPLORERS.values(), ids=EXPLORERS)
def test_packs_keep_their_budgets(explorer):
    html = page_html(explorer)
    packs = packs_of(html)
    count = len(list(explorer.states()))
    budget = 450 if 'data-part="matrix"' in html else 150
    assert sum(map(len, packs.values())) <= budget * count
    assert max(map(len, packs.values())) <= PACK_LIMIT


def test_the_script_keeps_its_budget():
    assert (STATIC / "explorer.js").stat().st_size <= 18_900
    assert (STATIC / "numbers.js").stat().st_size <= 15_600


def test_packs_are_split_by_the_first_controls_until_they_fit(monkeypatch):
    frames = [frame(TOY.scene(**values)) for values in TOY.states()]
    whole = encode_pack(frames)
    assert split_packs(TOY.controls, frames) == [whole]
    monkeypatch.setattr(page, "PACK_LIMIT", len(whole) - 1)
    packs = split_packs(TOY.controls, frames)
    assert len(packs) == len(TOY.controls[0].values)
    assert max(map(len, packs)) < len(whole)
    joined = [state for pack in packs for state in decode(pack)]
    texts = [{k: html for k, html in state.items() if html} for state in joined]
    assert texts == [{k: html for k, html in state.items() if html} for state in decode(whole)]

    html = page_form(TOY, TOY.values()).html
    assert re.findall(r'<i hidden data-pack="([\w-]+)">', html) == [f"toy-{i}" for i in range(4)]
    assert list(packs_of(html)) == [f"toy-{i}" for i in range(4)]
    assert 'aria-label="Toy: a matrix &amp; a choice">' in html  # the root names no pack


def test_text_with_a_control_character_is_refused():
    with pytest.raises(ValueError, match="control characters"):
        encode_pack([{"code": Part("a\x1eb")}])


def test_the_form_shows_the_first_state_and_can_do_without_scripts():
    html = page_form(TOY, TOY.values(size=2)).html
    assert 'id="explorer-toy" data-name="toy"' in html
    assert 'data-pack="toy"' in html
    assert "<fieldset disabled>" in html
    assert "<noscript>" in html
    assert 'min="0" max="3" value="0" aria-valuetext="2">' in html
    assert '<option value="0" selected>a</option>' in html
    assert "products[0, 0] = (−2)×3 = −6" in html
    assert "step 1 of 2" in html
    assert "2 products &amp; one weight." in html
    products = re.search(r'data-part="grid:products"[^>]*>(.*?)</div>', html)[1]
    assert read_svg(products).lit == {(0, 0)}
    assert 'class="lit-row" y="0"' in html


def test_a_form_that_starts_in_an_error_shows_its_text():
    html = page_form(TOY, TOY.values(size=4)).html
    assert '<div class="explorer still"' in html
    assert '<p class="error" data-part="error">4 &lt; 5 &amp; no picture</p>' in html
    assert '<p class="sum"></p>' in html


def test_labels_and_values_are_escaped():
    control = Control("kind", "a & b", ('"x"', "y<z"), "y<z")
    explorer = replace(TOY, controls=(TOY.controls[0], control))
    html = page_form(explorer, explorer.values()).html
    assert "a &amp; b" in html
    assert 'data-values="&quot;x&quot;|y&lt;z"' in html
    assert '<option value="1" selected>y&lt;z</option>' in html


def test_a_value_that_would_break_the_list_of_values_is_refused():
    broken = replace(TOY, controls=(Control("kind", "kind", ("a|b",), "a|b"),))
    with pytest.raises(ValueError, match=r"kind: value 'a\|b' must not hold '\|'"):
        page_form(replace(broken, scene=lambda kind: TOY.scene(2, "a")), {"kind": "a|b"})


def test_while_the_book_is_built_an_explorer_returns_html_only(monkeypatch):
    monkeypatch.setenv(PAGE_VARIABLE, "1")
    form = TOY(size=6)
    assert form._repr_html_() == form.html
    assert form._repr_mimebundle_() == {"text/html": form.html}
    assert 'aria-valuetext="6"' in form.html
