"""Scenes of a layer with several channels: which slices make which map."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from convlib._types import Array, Size
from convlib.explain import explain_parameter_count
from convlib.geometry import ConvGeometry
from convlib.operations import conv2d
from convlib.scenes.convolution import example_input, example_kernel, size_text
from convlib.scenes.scene import Bars, Grid, Scene, Sweep, Symbol, View, bars, grid, rows_of, view
from convlib.scenes.symbols import SIZES

__all__ = ["channels_scene", "example_channels", "example_weights", "weights_scene"]


def example_channels(channels: int, rows: int, columns: int | None = None) -> Array:
    """Return an input of several channels, int64 of shape (channels, rows, columns).

    Channel 0 is `convlib.scenes.convolution.example_input`; no two channels are alike.

    Examples
    --------
    >>> example_channels(2, 2)[1]
    array([[2, 5],
           [3, 0]])
    """
    first = example_input(rows, columns)
    return np.stack([(first + 2 * channel) % 7 for channel in range(channels)])


def example_weights(
    out_channels: int, in_channels: int, rows: int, columns: int | None = None
) -> Array:
    """Return kernels for each pair of channels, shape (out_channels, in_channels, rows, columns).

    Kernel [0, 0] is `example_kernel`; no two of up to 3×3 kernels are alike.

    Examples
    --------
    >>> example_weights(2, 1, 2).tolist()
    [[[[1, 2], [0, 1]]], [[[2, 0], [1, 2]]]]
    """
    first = example_kernel(rows, columns)
    return np.stack(
        [
            np.stack([(first + out + 2 * channel) % 3 - channel for channel in range(in_channels)])
            for out in range(out_channels)
        ]
    )


def channels_scene(input: ArrayLike, weight: ArrayLike, output_channel: int = 0) -> Scene:
    """Return one output channel of a layer: its kernels, the channels they slide over, its map.

    Parameters
    ----------
    input : shape (I, H, W)
    weight : shape (O, I, kH, kW)
    output_channel
        The map that is made step by step, from 0.

    Returns
    -------
    Scene
        Grids ``"input"``, ``"input_1"`` and so on for the input channels, ``"kernel"`` ... for the
        kernels of the map, and ``"output"`` ... for all maps; and a chart of the counts. Where
        there is no such map, the scene holds the error's text.

    Examples
    --------
    >>> scene = channels_scene([[[1]], [[2]]], [[[[3]], [[4]]]])
    >>> scene.step_text(0, 0)
    'output[0, 0] = 1×3 + 2×4 = 11'
    """
    input, weight = np.asarray(input), np.asarray(weight)
    inputs = tuple(
        grid(_name("input", c), f"input channel {c}", channel, "input")
        for c, channel in enumerate(input)
    )
    views = tuple(view(one.name, one.shape) for one in inputs)
    if error := _no_such_map(len(weight), output_channel):
        return Scene(inputs, f"No picture: {error}.", error=error, views=views)
    kernels = tuple(
        grid(_name("kernel", c), f"weight[{output_channel}, {c}]", kernel, "kernel")
        for c, kernel in enumerate(weight[output_channel])
    )
    sums = _sums(input.shape, weight.shape, output_channel)
    return Scene(
        grids=(*inputs, *kernels, *_maps(conv2d(input, weight), output_channel)),
        sentence=_sentence(weight.shape, output_channel),
        sweep=sums[output_channel],
        bars=(_counts(weight),),
        formula=_formula(weight.shape, input.shape[1:]),
        code=_torch_lines(weight.shape, output_channel),
        views=(*views, *_kernel_views(kernels, output_channel)),
        sums=sums,
        # The kernels of the other maps are in no grid.
        exact={
            _weight_name(o, c): rows_of(weight[o, c])
            for o, c in np.ndindex(*weight.shape[:2])
            if o != output_channel
        },
        symbols=_symbols([one.name for one in inputs], [one.name for one in kernels]),
    )


def _counts(weight: Array) -> Bars:
    counts = {
        "one kernel": weight[0, 0].size,
        "one output channel": weight[0].size,
        "the layer": weight.size,
    }
    return bars("counts", "weights", counts, "kernel")


def _symbols(inputs: list[str], kernels: list[str]) -> dict[str, Symbol]:
    """Return what the letters count; what all channels have alike is outlined in the first."""
    return {
        "i": SIZES["i"],
        "k": SIZES["k"],
        "o": SIZES["o"],
        "K": Symbol("cells of one kernel", tuple(kernels[:1]), "all", "kernel"),
        "I": Symbol("input channels", tuple(inputs), "all", "input"),
    }


def _no_such_map(out_channels: int, output_channel: int) -> str:
    """Return what is wrong with the number of an output channel, if anything is."""
    if 0 <= output_channel < out_channels:
        return ""
    known = "is 0" if out_channels == 1 else f"are 0 to {out_channels - 1}"
    return (
        f"there is no output channel {output_channel}: with out_channels={out_channels} "
        f"there {known}"
    )


def _maps(output: Array, output_channel: int) -> tuple[Grid, ...]:
    """Return a grid for each output channel; all but one of them blank."""
    return tuple(
        grid(
            _name("output", o),
            f"output channel {o}",
            channel,
            "output" if o == output_channel else "blank",
        )
        for o, channel in enumerate(output)
    )


def weights_scene(weight: ArrayLike) -> Scene:
    """Return all kernels of a layer as a table: a row for each output channel.

    Parameters
    ----------
    weight : shape (O, I, kH, kW)

    Examples
    --------
    >>> [one.title for one in weights_scene(example_weights(2, 2, 2)).grids]
    ['weight[0, 0]', 'weight[0, 1]', 'weight[1, 0]', 'weight[1, 1]']
    """
    weight = np.asarray(weight)
    out_channels, in_channels = weight.shape[:2]
    return Scene(
        tuple(
            grid(f"kernel-{o}-{c}", f"weight[{o}, {c}]", weight[o, c], "kernel")
            for o in range(out_channels)
            for c in range(in_channels)
        ),
        f"The {out_channels * in_channels} kernels of a layer with {in_channels} input and "
        f"{out_channels} output channels, as a table: a row for each output channel, a column for "
        "each input channel.",
        in_a_row=in_channels,
    )


def _formula(shape: Size, input_size: Size) -> str:
    """Return the count of the weights, then the size for a kernel that moves by one cell."""
    out_channels, in_channels, *kernel_size = shape
    pairs = list(zip(input_size, kernel_size, strict=True))
    lines = [f"o = i − k + 1 = {i} − {k} + 1 = {i - k + 1}" for i, k in pairs]
    if pairs[0] != pairs[1]:
        lines = [f"height: {lines[0]}", f"width: {lines[1]}"]
    counted = explain_parameter_count(in_channels, out_channels, kernel_size)
    return "\n".join([counted, *dict.fromkeys(lines)])


def _torch_lines(shape: Size, output_channel: int) -> str:
    out_channels, in_channels, *kernel_size = shape
    size = kernel_size[0] if len(set(kernel_size)) == 1 else tuple(kernel_size)
    return (
        f"layer = nn.Conv2d({in_channels}, {out_channels}, kernel_size={size}, bias=False)\n"
        f"layer.weight.shape  # {shape}\n"
        f"F.conv2d(input, weight)[:, {output_channel}]"
    )


def _name(kind: str, channel: int) -> str:
    # A name as in code, since a step's sum begins with it: "output-1[0, 0]" would be a difference.
    return f"{kind}_{channel}" if channel else kind


def _sums(input_shape: Size, shape: Size, output_channel: int) -> tuple[Sweep, ...]:
    """Return how each map follows from the input channels and its kernels."""
    geometry = ConvGeometry(input_shape[1:], shape[2:])
    sums = []
    for o in range(shape[0]):
        pairs = [
            (_name("input", c), _name("kernel", c) if o == output_channel else _weight_name(o, c))
            for c in range(shape[1])
        ]
        links = geometry.links(0), geometry.links(1)
        sums.append(Sweep(_name("output", o), *pairs[0], *links, more=tuple(pairs[1:])))
    return tuple(sums)


def _kernel_views(kernels: tuple[Grid, ...], output_channel: int) -> Iterator[View]:
    for channel, one in enumerate(kernels):
        yield view(one.name, one.shape, source=_weight_name(output_channel, channel))


def _weight_name(output_channel: int, channel: int) -> str:
    return f"weight_{output_channel}_{channel}"


def _sentence(shape: tuple[int, ...], output_channel: int) -> str:
    out_channels, in_channels = shape[:2]
    size = size_text(shape[2:])
    reads = (
        f"its {size} kernel slides over the only input channel"
        if in_channels == 1
        else f"each of its {in_channels} kernels of {size} slides over one input channel, and the "
        f"{in_channels} results are added"
    )
    total = out_channels * in_channels
    return (
        f"Output channel {output_channel} of {out_channels}: {reads}. The layer has {total} "
        f"{'kernel' if total == 1 else 'kernels'}."
    )
