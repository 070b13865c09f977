"""The planner: every size, cost and receptive field of a network, layer by layer."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from convlib.explorers.declaration import Control, Guess, Own
from convlib.explorers.explorer import Explorer
from convlib.network.layers import flatten
from convlib.network.plan import is_module, plan
from convlib.network.written import layers_written
from convlib.scenes.network import network_scene
from convlib.scenes.planner import CHARTS, NETWORKS, mirrored, plan_scene
from convlib.scenes.scene import Scene

__all__ = ["planner"]

AS_BUILT, MIRRORED = "none", "mirrored"
INPUT_SIZES = (28, 32, 33, 64, 65, 96, 100, 128, 224, 225, 256, 572)
#: What a picture has room for, and a plan has memory for.
MOST_LAYERS, MOST_CELLS, LARGEST = 60, 5000, 600
# fmt: off
_GROWS = (
    "kernel_size", "stride", "padding", "dilation", "output_padding", "scale_factor", "size",
    "upscale_factor", "output_size",
)
# fmt: on
_HINT = "nn.Conv2d(3, 16, 3, stride=2)\nnn.ReLU()\nnn.ConvTranspose2d(16, 3, 3, stride=2)"
#: What a module of one of these kinds is read for, with the values that need no mention.
_CONV = {
    "in_channels": None,
    "out_channels": None,
    "kernel_size": None,
    "stride": 1,
    "padding": 0,
    "dilation": 1,
    "groups": 1,
    "bias": True,
}
_POOL = {"kernel_size": None, "stride": None, "padding": 0, "dilation": 1, "ceil_mode": False}
_SETTINGS: dict[str, dict[str, Any]] = {
    "Conv": _CONV,
    "ConvTranspose": {**_CONV, "output_padding": 0},
    "MaxPool": _POOL,
    "AvgPool": _POOL,
    "BatchNorm": {"num_features": None, "affine": True},
    "ReLU": {},
    "Upsample": {"size": None, "scale_factor": None, "mode": "nearest", "align_corners": None},
    "PixelShuffle": {"upscale_factor": None},
}


def _own_layers(layers: Any) -> Any:
    """Return a reader's layers as one list, of dicts where nothing is lost by that.

    A module of PyTorch that is no chain of layers stays as it is.

    Parameters
    ----------
    layers
        As `convlib.plan` reads them; also ``(kind, settings)`` pairs, and lines of ``nn.`` calls.

    Raises
    ------
    TypeError, ValueError
        As `convlib.plan`, if the layers take none of the explorer's input sizes; also if there
        are no layers, too many, or none that a picture of square images can show.

    Examples
    --------
    >>> _own_layers([("MaxPool2d", {"kernel_size": (2, 2)})])
    [{'kind': 'MaxPool2d', 'kernel_size': 2}]
    """
    if isinstance(layers, str):
        layers = layers_written(layers)
    if is_module(layers) and not _is_chain(layers):
        _refuse_all_sizes(layers)
        return layers
    found = list(flatten(_from_pairs(layers)))
    if not 1 <= len(found) <= MOST_LAYERS:
        raise ValueError(f"layers are {len(found)}; they must be from 1 to {MOST_LAYERS}")
    for layer in found:
        if layer.axes not in (None, 2):
            raise ValueError(
                f"layer {layer.name} ({layer.kind}) has {layer.axes} axes; "
                "the picture is for 2, so for layers such as Conv2d"
            )
    own = [_settings(layer) for layer in found]
    for size in INPUT_SIZES:
        try:
            _check_cells(own, size)
            break
        except ValueError as error:
            refused = error
    else:
        raise refused
    return own


def _is_chain(module: Any) -> bool:
    """Tell whether a module is a sequence of layers that the chain of dicts can stand for."""
    try:
        return bool(list(flatten(module)))
    except TypeError:
        return False


def _refuse_all_sizes(module: Any) -> None:
    """Raise the error of a module that takes none of the input sizes."""
    for size in INPUT_SIZES:
        try:
            plan(module, size)
            return
        except ValueError as error:
            refused = error
    raise refused


def _check_cells(layers: Any, input_size: int) -> None:
    """Refuse layers that make anything but squares of a moderate size."""
    for place, layer in enumerate(layers):
        for name in _GROWS:
            is_mapping = isinstance(layer, Mapping)
            value = layer.get(name) if is_mapping else getattr(layer, name, None)
            if _largest(value) > LARGEST:
                raise ValueError(f"layer {place}: {name}={value} must be at most {LARGEST}")
        # One layer after the other: the plan of too many cells would fill the memory.
        made = plan(layers[: place + 1], input_size)[-1]
        if not isinstance(made.output_size, int):
            raise ValueError(
                f"layer {place} ({made.kind}) makes {made.output_size} cells of "
                f"{made.input_size}; the picture is for square images"
            )
        if made.output_size > MOST_CELLS:
            raise ValueError(
                f"layer {place} ({made.kind}) makes {made.output_size} cells of "
                f"{made.input_size}; the picture is for at most {MOST_CELLS}"
            )


def _from_pairs(layers: Any) -> Any:
    if not isinstance(layers, list | tuple):
        return layers
    return [
        {**layer[1], "kind": layer[0]}
        if isinstance(layer, list | tuple)
        and len(layer) == 2
        and isinstance(layer[0], str)
        and isinstance(layer[1], Mapping)
        else layer
        for layer in layers
    ]


def _settings(layer: Any) -> Any:
    """Return a layer as a dict; modules of a kind that is not listed stay as they are."""
    defaults = _SETTINGS.get(layer.family, {})
    if isinstance(layer.source, Mapping):
        given = dict(layer.source)
    elif layer.family in _SETTINGS:
        given = {name: getattr(layer.source, name, usual) for name, usual in defaults.items()}
        if "bias" in given:  # a module holds its bias, or None
            given["bias"] = given["bias"] is not None
    else:
        return layer.source
    given = {name: _one_number(value) for name, value in given.items() if name != "kind"}
    if defaults is _POOL and given.get("stride") == given.get("kernel_size"):
        given["stride"] = None  # the default
    needed = {name: value for name, value in given.items() if value != defaults.get(name, ...)}
    return {"kind": layer.kind, **needed}


def _largest(value: Any) -> float:
    if isinstance(value, list | tuple):
        return max(map(_largest, value), default=0)
    return value if isinstance(value, int | float) else 0


def _one_number(value: Any) -> Any:
    """Return one number for both axes where it is the same."""
    if isinstance(value, list | tuple) and len(value) == 2 and value[0] == value[1]:
        return value[0]
    return value


def _scene(network: Any, input_size: int, output_padding: str, chart: str) -> Scene:
    if is_module(network):
        return network_scene(network, input_size, chart)
    layers = NETWORKS[network] if isinstance(network, str) else network
    if output_padding == MIRRORED:
        # Where a layer is too small for its kernel, the scene says which.
        with suppress(ValueError):
            layers = mirrored(layers, input_size)
    return plan_scene(layers, input_size, chart)


planner = Explorer(
    name="planner",
    title="Planner: a network, layer by layer",
    controls=(
        Control(
            "network",
            "network",
            tuple(NETWORKS),
            "ResNet-stem",
            Own("layers", "your own layers", _HINT, _own_layers, reads=True),
        ),
        Control("input_size", "input size", INPUT_SIZES, 224),
        Control("output_padding", "output padding", (AS_BUILT, MIRRORED), AS_BUILT),
        Control("chart", "bars", CHARTS, "output-size"),
    ),
    scene=_scene,
    guess=Guess(
        "How many cells has a side of what comes out at the end, or none?",
        lambda scene, values: "none" if scene.error else scene["plan"].values[-1][2],
        ("plan",),
    ),
)
