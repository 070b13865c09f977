"""Scenes of receptive fields: which cells of every layer an output cell of a stack is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from convlib._types import Pair
from convlib.fields import ReceptiveField, receptive_field_at
from convlib.geometry import ConvGeometry
from convlib.scenes.convolution import settings_text
from convlib.scenes.scene import Bars, Fan, Grid, Scene, bars, cell_text, grid

__all__ = ["StackedLayer", "fan_scene", "field_of", "field_scene", "spread_scene"]

#: How many ways lead to a cell, by its number.
Ways: TypeAlias = Counter[int]
#: Which cell reads which.
Reads: TypeAlias = list[tuple[int, int]]
#: Input cells that the tree has room for, those in the padding before, and bars of the counts.
WIDEST, MOST_BEFORE, MOST_BARS = 24, 8, 15


class StackedLayer(NamedTuple):
    """A layer of a stack along one axis, in cells; padding before and after may differ."""

    kernel_size: int
    stride: int = 1
    dilation: int = 1
    padding: Pair = (0, 0)


def field_scene(layers: Sequence[StackedLayer], position: int = 0) -> Scene:
    """Return the fan of an output cell of a stack: which cells of each layer it is made of.

    Along one axis. One row for each layer, the output first; a cell stands above the input cell
    that its number times its jump names. The numbers count the ways from the output cell.

    Parameters
    ----------
    layers
        From the input on.
    position
        Number of the output cell.

    Returns
    -------
    Scene
        Grid ``"tree"``, left out where the field is too wide for it, and bars ``"ways"``: how often
        each input cell is read.

    Examples
    --------
    >>> scene = field_scene([StackedLayer(3), StackedLayer(3)])
    >>> scene["tree"].values[-1][:5]
    ('1', '2', '3', '2', '1')
    >>> scene.formula.split(chr(10))[-1]
    'field: cells 0 to 4, so 5; its middle is 2; jump 1'
    """
    field, ways = field_of(layers, position), _ways_to_layers(layers, position)
    fits = field.start >= -MOST_BEFORE and field.stop <= WIDEST
    return Scene(
        (_tree(layers, position, ways),) if fits else (),
        _sentence(field, ways[-1], position),
        bars=(_chart(field, ways[-1]),),
        formula=_formula(layers, position),
        code=_torch_lines(layers, position),
    )


def fan_scene(layers: Sequence[StackedLayer], size: int, position: int) -> Scene:
    """Return the fan of an output cell, drawn: the cells that it is made of, and who reads whom.

    Parameters
    ----------
    layers
        From the input on.
    size
        Of the input, in cells.
    position
        Number of the output cell.

    Examples
    --------
    >>> fan_scene([StackedLayer(3), StackedLayer(3)], 7, 1).sentence
    'Output cell 1 reads 3 cells of layer 1, and these read 5 cells of the input, 1 to 5.'
    """
    rows: list[list[int]] = [[position]]
    reads: list[Reads] = []
    for geometry in reversed(_geometries(layers, size)):
        reads.append([(reader, cell) for reader in rows[-1] for cell in geometry.window(reader)])
        rows.append(sorted({cell for _, cell in reads[-1]}))
    names = [f"of layer {n}" for n in range(len(layers) - 1, 0, -1)]
    return Scene(
        (),
        f"Output cell {position} reads {_steps_text(rows[1:], [*names, 'of the input'], 'read')}.",
        fan=_fan(layers, rows, reads),
    )


def spread_scene(layers: Sequence[StackedLayer], size: int, cell: int) -> Scene:
    """Return the fan of an input cell, drawn: the cells that it has a part in, and who reads whom.

    Parameters
    ----------
    layers
        From the input on.
    size
        Of the input, in cells.
    cell
        Number of the input cell.

    Examples
    --------
    >>> spread_scene([StackedLayer(3)], 5, 1).sentence
    'Input cell 1 is read by 2 cells of the output, 0 to 1.'
    """
    rows: list[list[int]] = [[cell]]
    reads: list[Reads] = []
    for geometry in _geometries(layers, size):
        reads.append([(by, read) for read in rows[-1] for by in geometry.contributors(read)])
        rows.append(sorted({by for by, _ in reads[-1]}))
    names = [f"of layer {n}" for n in range(1, len(layers))]
    steps = _steps_text(rows[1:], [*names, "of the output"], "are read by")
    return Scene(
        (),
        f"Input cell {cell} is read by {steps}.",
        fan=_fan(layers, rows[::-1], reads[::-1]),
    )


def _steps_text(rows: list[list[int]], names: list[str], verb: str) -> str:
    counts = [
        f"{len(row)} {'cell' if len(row) == 1 else 'cells'} {name}"
        for row, name in zip(rows, names, strict=True)
    ]
    return f", and these {verb} ".join(counts) + f", {rows[-1][0]} to {rows[-1][-1]}"


def _geometries(layers: Sequence[StackedLayer], size: int) -> list[ConvGeometry[int]]:
    geometries: list[ConvGeometry[int]] = []
    for layer in layers:
        geometries.append(
            ConvGeometry(size, layer.kernel_size, layer.stride, (layer.padding,), layer.dilation)
        )
        size = geometries[-1].output_size
    return geometries


def _fan(layers: Sequence[StackedLayer], rows: list[list[int]], reads: list[Reads]) -> Fan:
    """Return the cells of each row, the output first, above the middle of what they see."""
    places = [
        {cell: int(field_of(layers[: len(layers) - depth], cell).center) for cell in row}
        for depth, row in enumerate(rows)
    ]
    first = min(place for row in places for place in row.values())
    width = max(place for row in places for place in row.values()) - first + 1
    values = [[""] * width for _ in range(2 * len(rows) - 1)]
    roles = [["blank"] * width for _ in values]
    for depth, row in enumerate(places):
        for cell, place in row.items():
            values[2 * depth][place - first] = str(cell)
            roles[2 * depth][place - first] = "input" if depth == len(layers) else "output"
    lines = tuple(
        ((2 * depth, upper[reader] - first), (2 * depth + 2, lower[read] - first))
        for depth, (upper, lower, pairs) in enumerate(zip(places, places[1:], reads, strict=False))
        for reader, read in pairs
    )
    return Fan(grid("fan", "the output above, the input below", values, roles), lines)


def field_of(layers: Sequence[StackedLayer], position: int) -> ReceptiveField:
    """Return the receptive field of an output cell of a stack."""
    plain = [{**layer._asdict(), "padding": (layer.padding,)} for layer in layers]
    return receptive_field_at(plain, position)


def _ways_to_layers(layers: Sequence[StackedLayer], position: int) -> list[Ways]:
    """Return for the output, then each layer below it, how many ways lead to which cells.

    None leads on from a layer's padding. (Away from the border, those of the input are
    `convlib.path_counts`.)
    """
    ways = [Counter({position: 1})]
    for layer in reversed(layers):
        below: Ways = Counter()
        for cell, count in ways[-1].items():
            first = cell * layer.stride - layer.padding[0]
            for tap in range(layer.kernel_size if cell >= 0 else 0):
                below[first + tap * layer.dilation] += count
        ways.append(below)
    return ways


def _tree(layers: Sequence[StackedLayer], position: int, ways: list[Ways]) -> Grid:
    field = field_of(layers, position)
    cells = range(min(0, field.start), max(field.stop, 12))
    rows = []
    for depth, count_of in enumerate(ways):
        below, above = layers[: len(layers) - depth], layers[len(layers) - depth :]
        part, jump = field_of(above, position), field_of(below, 0).jump
        rows.append(_tree_row(count_of, part, jump, "output" if below else "input", cells))
    values, roles = zip(*rows, strict=True)
    title = f"from output cell {position}, above, to the input, below"
    return grid("tree", title, values, roles)


def _tree_row(
    ways: Ways, part: ReceptiveField, jump: int, usual: str, cells: range
) -> tuple[list[str], list[str]]:
    """Return the texts and roles of one layer's cells: what the layers above read of it."""
    texts, roles = [], []
    for cell in cells:
        number = cell // jump
        covered = cell % jump == 0 and part.start <= number < part.stop
        count = ways[number] if covered else 0
        role = "padding" if number < 0 else usual
        texts.append(str(count) if count else "")
        roles.append(role if count else f"{role} gap" if covered else "blank")
    return texts, roles


def _chart(field: ReceptiveField, ways: Ways) -> Bars:
    """Return how often each input cell is read, as bars: the middle ones, if there are many."""
    margin = max(0, -(-(field.size - MOST_BARS) // 2))
    shown = range(field.start + margin, field.stop - margin)
    share = Fraction(sum(ways[cell] for cell in shown), ways.total())
    title = f"ways to each input cell, of {ways.total():,}"
    if margin:
        title += f"; the middle {len(shown)} of {field.size} cells have {float(100 * share):.0f} %"
    return bars("ways", title, {f"cell {cell_text(cell)}": ways[cell] for cell in shown}, "input")


def _sentence(field: ReceptiveField, ways: Ways, position: int) -> str:
    read = len(ways)
    holes = "" if read == field.size else f", of which it reads {read}"
    outside = max(0, min(field.stop, 0) - field.start)
    edge = f" {outside} of them lie in the padding." if outside else ""
    return (
        f"Output cell {position} sees the input cells {cell_text(field.start)} to "
        f"{cell_text(field.stop - 1)}, {field.size} in all{holes}. The middle of its field is "
        f"{cell_text(float(field.center))}, and the next output cell looks {field.jump} further."
        f"{edge}"
    )


def _formula(layers: Sequence[StackedLayer], position: int) -> str:
    lines = []
    for depth in range(len(layers), 0, -1):
        layer = layers[depth - 1]
        above, below = field_of(layers[depth:], position), field_of(layers[depth - 1 :], position)
        reach = f" + {layer.dilation}·({layer.kernel_size} − 1)"
        first, last = (
            f"{cell_text(end)}·{layer.stride} − {layer.padding[0]}"
            for end in (above.start, above.stop - 1)
        )
        lines.append(
            f"layer {depth} reads from {first} = {cell_text(below.start)} "
            f"to {last}{reach} = {cell_text(below.stop - 1)}"
        )
    field = field_of(layers, position)
    lines.append(
        f"field: cells {cell_text(field.start)} to {cell_text(field.stop - 1)}, so {field.size}; "
        f"its middle is {cell_text(float(field.center))}; jump {field.jump}"
    )
    return "\n".join(lines)


def _torch_lines(layers: Sequence[StackedLayer], position: int) -> str:
    lines = ["# how often one output cell reads each input cell", "y = x"]
    for layer in layers:
        before, after = layer.padding
        cells = "y" if before == after else f"F.pad(y, ({before}, {after}))"
        words = settings_text(
            stride=layer.stride,
            padding=before if before == after else 0,
            dilation=layer.dilation,
        )
        lines.append(f"y = F.conv1d({cells}, torch.ones(1, 1, {layer.kernel_size}){words})")
    return "\n".join([*lines, f"y[0, 0, {position}].backward()", "x.grad"])
