"""Layers as somebody wrote them down in Python: read, not run."""

from __future__ import annotations

import ast
from typing import Any

from convlib.network.layers import UNREAD, family_of

__all__ = ["layers_written"]

# fmt: off
#: The arguments of PyTorch's layers in their order, by the kind without its number of axes.
ARGUMENTS = {
    "Conv": ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation",
             "groups", "bias"),
    "ConvTranspose": ("in_channels", "out_channels", "kernel_size", "stride", "padding",
                      "output_padding", "groups", "bias", "dilation"),
    "MaxPool": ("kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode"),
    "AvgPool": ("kernel_size", "stride", "padding", "ceil_mode"),
    "BatchNorm": ("num_features",),
    "Upsample": ("size", "scale_factor", "mode", "align_corners"),
    "PixelShuffle": ("upscale_factor",),
}
# fmt: on
#: What changes no size: what a plan does not read, and what layers of one shape take.
WITHOUT_EFFECT = UNREAD | {"device", "dtype", "inplace", "negative_slope", "p"}
#: What holds layers, and is none.
HOLDERS = {"Sequential", "ModuleList"}


def layers_written(text: str) -> list[dict[str, Any]]:
    """Return the layers of some lines of Python as dicts, without running them.

    Parameters
    ----------
    text
        Calls such as ``nn.Conv2d(3, 16, 3, stride=2)``, a line each or in an ``nn.Sequential``;
        what they are assigned to does not matter. Arguments are numbers, texts and tuples of them.

    Returns
    -------
    list of dict
        As `convlib.plan` reads them.

    Raises
    ------
    ValueError
        If the lines are no Python, call no layer, or an argument is more than a number or text.

    Examples
    --------
    >>> layers_written("self.down = nn.Conv2d(3, 16, 3, stride=2)\\nnn.ReLU(inplace=True)")
    [{'kind': 'Conv2d', 'in_channels': 3, 'out_channels': 16, 'kernel_size': 3, 'stride': 2}, \
{'kind': 'ReLU'}]
    >>> layers_written("nn.Conv2d(3, width, 3)")
    Traceback (most recent call last):
    ValueError: nn.Conv2d(3, width, 3): width must be a number; nothing is run to find it out
    """
    lines = "\n".join(line.strip().rstrip(",") for line in text.strip().splitlines())
    for source in (text.strip(), lines):
        try:
            tree = ast.parse(source)
            break
        except SyntaxError as error:
            refused = error
    else:
        raise ValueError(f"line {refused.lineno} is no Python: {refused.msg}")
    calls = [layer for line in tree.body for layer in _calls(line)]
    if not calls:
        raise ValueError("there is no layer; write lines like nn.Conv2d(3, 16, 3, stride=2)")
    return [_layer(call) for call in calls]


def _calls(node: ast.AST) -> list[ast.Call]:
    """Return the outermost calls of layers in the order in which they are written."""
    if isinstance(node, ast.Call) and _kind(node) not in HOLDERS:
        return [node]
    return [layer for child in ast.iter_child_nodes(node) for layer in _calls(child)]


def _kind(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _layer(call: ast.Call) -> dict[str, Any]:
    kind = _kind(call)
    family, _ = family_of(kind)
    names = ARGUMENTS.get(family, ())
    if len(call.args) > len(names):
        raise ValueError(f"{ast.unparse(call)}: name its arguments, as in {kind}(size=2)")
    given = {name: _value(call, value) for name, value in zip(names, call.args, strict=False)}
    given |= {one.arg or "": _value(call, one.value) for one in call.keywords}
    kept = {name: value for name, value in given.items() if name not in WITHOUT_EFFECT}
    return {"kind": kind, **kept}


def _value(call: ast.Call, node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise ValueError(
            f"{ast.unparse(call)}: {ast.unparse(node)} must be a number; nothing is run to find "
            "it out"
        ) from None
