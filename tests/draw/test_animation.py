"""Sweeps as files: GIF, MP4, and a page by itself."""

from __future__ import annotations

import base64
import json
import re
import sys
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from matplotlib import rcParams
from matplotlib.figure import Figure
from PIL import Image, ImageSequence

from convlib.draw import (
    ScenePicture,
    animate,
)
from convlib.draw.animation import ANIMATIONS
from convlib.draw.layout import layout
from convlib.draw.picture import SCALE
from tests.draw.tools import all_kinds_scene, small_scene


def test_animate_writes_one_frame_for_each_step(tmp_path):
    scene = small_scene()
    animate(scene, tmp_path / "sweep.gif", seconds=0.5)
    with Image.open(tmp_path / "sweep.gif") as gif:
        frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(gif)]
        assert gif.info["duration"] == 500
        assert gif.info["loop"] == 0
    place = layout(scene)
    assert len(frames) == 6
    assert {frame.shape for frame in frames} == {(place.height, place.width, 3)}
    assert len({frame.tobytes() for frame in frames}) == 6


@pytest.mark.parametrize("format", ANIMATIONS)
def test_animate_without_steps_is_refused(format):
    with pytest.raises(ValueError, match="no steps to animate"):
        animate(all_kinds_scene(), BytesIO(), format=format)


@pytest.mark.parametrize(
    ("name", "more", "error", "text"),
    [
        ("a.webm", {}, ValueError, "must end in one of .gif, .html, .mp4"),
        ("sweep", {}, ValueError, "sweep' must end in one of .gif, .html, .mp4"),
        ("a.gif", {"format": "GIF"}, ValueError, "format='GIF' must be one of gif, html, mp4"),
        ("a.gif", {"seconds": 0}, ValueError, "seconds=0 must be at least 0.02"),
        ("a.gif", {"seconds": float("nan")}, ValueError, "seconds=nan must be at least 0.02"),
        ("a.gif", {"seconds": "1"}, TypeError, "seconds='1' must be a number"),
    ],
)
def test_animate_refuses_bad_input_and_writes_nothing(tmp_path, name, more, error, text):
    with pytest.raises(error, match=re.escape(text)):
        animate(small_scene(), tmp_path / name, **more)
    assert not list(tmp_path.iterdir())


def test_animate_refuses_what_is_no_scene():
    with pytest.raises(TypeError, match=r"scene must be a Scene, .* not Axes"):
        animate(Figure().add_subplot(), BytesIO())


def test_animate_takes_the_format_before_the_ending(tmp_path):
    animate(small_scene(), str(tmp_path / "sweep.html"), format="gif")
    assert (tmp_path / "sweep.html").read_bytes().startswith(b"GIF89a")
    animate(small_scene(), tmp_path / "SWEEP.HTML")
    assert (tmp_path / "SWEEP.HTML").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


# A shell starts it: the first line of a script cannot name a Python below a folder with spaces.
FFMPEG = """#!/bin/sh
exec '{python}' -c '
import json, sys
frames = sys.stdin.buffer.read()
with open(sys.argv[-1], "w") as file:
    json.dump([sys.argv[1:], len(frames)], file)
' "$@"
"""


def test_animate_gives_ffmpeg_a_frame_for_each_step(tmp_path, monkeypatch):
    program = tmp_path / "ffmpeg"  # stands in for the real one, and writes what it was given
    program.write_text(FFMPEG.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setitem(rcParams, "animation.ffmpeg_path", str(program))
    scene = small_scene()
    animate(scene, tmp_path / "sweep.mp4", seconds=0.5)
    arguments, size = json.loads((tmp_path / "sweep.mp4").read_text())
    place = layout(scene)
    width, height = SCALE * place.width, SCALE * place.height
    assert arguments[arguments.index("-s") + 1] == f"{width}x{height}"
    assert arguments[arguments.index("-framerate") + 1] == "2.0"
    assert f"comment={scene.sentence}" in arguments
    assert size == 6 * 4 * width * height


def test_animate_says_what_works_without_ffmpeg(tmp_path, monkeypatch):
    monkeypatch.setitem(rcParams, "animation.ffmpeg_path", str(tmp_path / "missing"))
    text = "MP4 needs the program ffmpeg, which is not installed; .gif and .html work without"
    with pytest.raises(RuntimeError, match=re.escape(text)):
        animate(small_scene(), tmp_path / "sweep.mp4")
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setitem(rcParams, "animation.ffmpeg_path", str(program))
    with pytest.raises(RuntimeError, match=r"ffmpeg could not write the MP4 .*; \.gif and \.html"):
        animate(small_scene(), tmp_path / "sweep.mp4")
    assert not (tmp_path / "sweep.mp4").exists()


def embedded(address: str) -> np.ndarray:
    data = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    return Image.open(BytesIO(data)).convert("RGBA")


def test_animate_writes_a_page_whose_layers_make_the_pictures(tmp_path):
    scene = replace(small_scene(), sentence="Is 1 < 2 & </script> safe?")
    animate(scene, tmp_path / "sweep.html")
    page = (tmp_path / "sweep.html").read_text(encoding="utf-8")
    assert "Is 1 &lt; 2 &amp; &lt;/script&gt; safe?" in page
    assert page.count("</script>") == 1
    data = json.loads(re.search(r"^const data = (.*);$", page, re.MULTILINE)[1])
    still = embedded(re.search(r'id="still"[^>]*src="([^"]*)"', page)[1])
    steps = list(np.ndindex(scene.sweep.shape))
    assert data["texts"] == [scene.step_text(*step) for step in steps]
    for step, layer in zip(steps, data["layers"], strict=True):
        whole = np.asarray(Image.alpha_composite(still, embedded(layer))).astype(int)
        away = abs(whole - ScenePicture(scene, step).render())
        assert away.mean() < 0.2  # of 255: its colours are few
        assert (away > 40).mean() < 1e-3


def test_animate_writes_a_page_that_plays_and_steps_alone(tmp_path, chromium):
    animate(small_scene(), tmp_path / "sweep.html", seconds=0.05)
    page = chromium.new_page()
    asked, wrong = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.goto((tmp_path / "sweep.html").as_uri())
    status, lit = page.locator("#status"), page.locator("#lit")
    sentence = "A 1×2 kernel slides over a 3×4 input."
    assert page.get_by_role("img", name=sentence).count() == 1
    assert page.title() == sentence
    texts = [small_scene().step_text(*step) for step in np.ndindex(3, 2)]
    first = lit.get_attribute("src")
    assert status.text_content() == f"step 1 of 6: {texts[0]}"
    page.get_by_role("button", name="Next").click()
    assert status.text_content() == f"step 2 of 6: {texts[1]}"
    assert lit.get_attribute("src") != first
    for _ in range(2):
        page.get_by_role("button", name="Back").click()
    assert status.text_content() == f"step 6 of 6: {texts[5]}"
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.getElementById('number').textContent === '3'")
    page.get_by_role("button", name="Pause").click()
    stopped = status.text_content()
    page.wait_for_timeout(200)
    assert status.text_content() == stopped
    assert not wrong
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    boxes = [page.locator(name).bounding_box() for name in ("#still", "#lit")]
    assert boxes[0] == boxes[1]
    page.close()
