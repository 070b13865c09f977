"""The sweep of a scene as a file: an animated GIF, a video, or a page with buttons."""

from __future__ import annotations

import json
from base64 import b64encode
from html import escape
from io import BytesIO
from math import inf
from numbers import Real
from os import PathLike
from pathlib import Path
from string import Template
from subprocess import CalledProcessError
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image

from convlib.draw.picture import SCALE, File, ScenePicture
from convlib.scenes.scene import Scene

__all__ = ["ANIMATIONS", "animate"]


SHORTEST = 0.02  # seconds: browsers slow a GIF down that goes faster


def animate(scene: Scene, file: File, seconds: float = 0.6, format: str | None = None) -> None:
    """Write the sweep of a scene as an animation that repeats.

    Parameters
    ----------
    file : path or binary file
        A path's ending names the format.
    seconds
        Each step is shown for this long, at least 0.02.
    format : optional
        ``"gif"``; ``"mp4"``, which needs ffmpeg; or ``"html"``, a page by itself with buttons that
        play, pause and step. By default what the path's ending says; GIF for a binary file.

    Raises
    ------
    TypeError
        If `scene` is not a Scene, or `seconds` not a number.
    ValueError
        If the scene has no steps, the format is unknown, or `seconds` is too short.
    RuntimeError
        If ffmpeg is missing or fails.

    Examples
    --------
    >>> from convlib.scenes.convolution import convolution_scene
    >>> from io import BytesIO
    >>> file = BytesIO()
    >>> animate(convolution_scene([[1, 2, 3]], [[1, 1]]), file)
    >>> file.getvalue()[:6]
    b'GIF89a'
    """
    if not isinstance(scene, Scene):
        raise TypeError(
            "scene must be a Scene, as convlib.scenes.convolution.convolution_scene makes it, "
            f"not {type(scene).__name__}"
        )
    write = ANIMATIONS[_animation_format(file, format)]
    if 0 in scene.step_shape:
        raise ValueError("scene has no steps to animate")
    if isinstance(seconds, bool) or not isinstance(seconds, Real):
        raise TypeError(f"seconds={seconds!r} must be a number")
    if not SHORTEST <= seconds < inf:
        raise ValueError(f"seconds={seconds} must be at least {SHORTEST}, and finite")
    # Whole or not at all: the file is opened when there is something to write.
    data = write(scene, seconds)
    if isinstance(file, str | PathLike):
        Path(file).write_bytes(data)
    else:
        file.write(data)


def _animation_format(file: File, format: str | None) -> str:
    """Return a key of `ANIMATIONS`, from what the caller says or else the path's ending."""
    known = ", ".join(ANIMATIONS)
    if format is not None:
        if format not in ANIMATIONS:
            raise ValueError(f"format={format!r} must be one of {known}")
        return format
    if not isinstance(file, str | PathLike):
        return "gif"
    ending = Path(file).suffix.lower().removeprefix(".")
    if ending not in ANIMATIONS:
        raise ValueError(f"file={str(file)!r} must end in one of .{known.replace(', ', ', .')}")
    return ending


def _gif(scene: Scene, seconds: float) -> bytes:
    picture, file = ScenePicture(scene), BytesIO()
    frames: list[Image.Image] = []
    for step in scene.steps():
        picture.show_step(step)
        frame = Image.fromarray(picture.render()).convert("RGB").reduce(SCALE)
        # one palette for all: no flicker, and only what changes is stored
        palette = frames[0] if frames else frame.quantize(128)
        frames.append(frame.quantize(palette=palette, dither=Image.Dither.NONE))
    frames[0].save(
        file,
        format="GIF",
        save_all=True,
        append_images=frames[1:],
        duration=round(1000 * seconds),
        loop=0,
    )
    return file.getvalue()


def _mp4(scene: Scene, seconds: float) -> bytes:
    from matplotlib.animation import FFMpegWriter  # which loads pyplot

    others = "; " + " and ".join(f".{name}" for name in ANIMATIONS if name != "mp4") + " work"
    if not FFMpegWriter.isAvailable():
        raise RuntimeError(f"MP4 needs the program ffmpeg, which is not installed{others} without")
    picture = ScenePicture(scene)
    rate: Any = 1 / seconds  # a fraction will do, whatever the annotation says
    writer = FFMpegWriter(fps=rate, codec="h264", metadata={"comment": scene.sentence})
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sweep.mp4"
        try:
            with writer.saving(picture.figure, path, dpi=picture.figure.dpi):
                for step in scene.steps():
                    picture.show_step(step)
                    writer.grab_frame()
            return path.read_bytes()
        except (OSError, CalledProcessError) as error:
            raise RuntimeError(f"ffmpeg could not write the MP4 ({error}){others}") from error


def _html(scene: Scene, seconds: float) -> bytes:
    """Return a page that holds the picture once and, for each step, what it adds."""
    picture, layers, texts = ScenePicture(scene), [], []
    still = Image.fromarray(picture.render()).convert("RGB").quantize(128)
    for step in scene.steps():
        picture.show_step(step)
        lit = Image.fromarray(picture.render_highlights())
        few = lit.quantize(128, method=Image.Quantize.FASTOCTREE)  # the method that keeps alpha
        layers.append(_embedded(few))
        texts.append(scene.step_text(*step))
    # Nothing in a text may end the script.
    data = json.dumps({"layers": layers, "texts": texts}).replace("<", "\\u003c")
    size = f'width="{picture.layout.width}" height="{picture.layout.height}"'
    return _PLAYER.substitute(
        title=escape(scene.sentence.partition(". ")[0]),
        sentence=escape(scene.sentence),
        size=size,
        still=_embedded(still),
        first=layers[0],
        count=len(layers),
        text=escape(texts[0]),
        data=data,
        milliseconds=round(1000 * seconds),
    ).encode()


def _embedded(image: Image.Image) -> str:
    file = BytesIO()
    image.save(file, format="PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"


ANIMATIONS = {"gif": _gif, "html": _html, "mp4": _mp4}

# Without scripts it shows the first step, and no buttons.
_PLAYER = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 1rem; max-width: 52rem }
figure { margin: 0 }
.picture { position: relative }
.picture, .picture img { max-width: 100%; height: auto; display: block }
.picture img + img { position: absolute; inset: 0 }
button { font: inherit; min-width: 4.5em; min-height: 2.5em }
.sum { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden }
</style>
</head>
<body>
<main>
<figure>
<div class="picture"><img id="still" $size alt="$sentence" src="$still"><img id="lit" $size \
alt="" src="$first"></div>
<p id="controls" hidden><button id="back">Back</button> <button id="play">Play</button> \
<button id="next">Next</button> <span id="status" aria-live="polite">step <span id="number">1\
</span> of $count<span class="sum">: <span id="sum">$text</span></span></span></p>
<figcaption aria-hidden="true">$sentence</figcaption>
</figure>
</main>
<script>
const data = $data;
const part = (id) => document.getElementById(id);
let shown = 0, timer = 0;
function show(step) {
  shown = (step + data.layers.length) % data.layers.length;
  part("lit").src = data.layers[shown];
  part("number").textContent = shown + 1;
  part("sum").textContent = data.texts[shown];
}
function play(start) {
  clearInterval(timer);
  timer = start ? setInterval(() => show(shown + 1), $milliseconds) : 0;
  part("play").textContent = start ? "Pause" : "Play";
  part("status").setAttribute("aria-live", start ? "off" : "polite");
}
function move(by) { play(false); show(shown + by); }
part("back").onclick = () => move(-1);
part("next").onclick = () => move(1);
part("play").onclick = () => play(!timer);
part("controls").hidden = false;
</script>
</body>
</html>
""")
