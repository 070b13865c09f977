"""What the layers of the book's tables cost on this machine: `python -m benchmarks.hardware`.

It measures the layers of `convlib/data/h100.csv` on the processor, or on the GPU where PyTorch sees
one, writes a table with the same columns, and draws the roofline. On a processor the batch is small
and forward passes alone are measured, so that it takes less than three minutes. Times include what
it takes to start a layer, about 0.02 ms on a GPU.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import nn

from convlib.measured import COLUMNS, Measurement, ceiling, read_table

DATA = Path(__file__).parents[1] / "convlib/data/h100.csv"
Row = dict[str, str]
PRECISIONS = {"float32": torch.float32, "tf32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True)
class Machine:
    """Where to measure, and how much of it."""

    device: torch.device
    batch: int | None  # in place of the table's
    modes: tuple[str, ...]
    precisions: tuple[str, ...]
    product: int  # the side of the matrices whose product is the ceiling
    copied: int  # bytes
    seconds: float  # for each row, at least two runs

    @classmethod
    def here(cls) -> Machine:
        """Return the GPU where PyTorch sees one, else the processor."""
        if torch.cuda.is_available():
            device = torch.device("cuda")
            return cls(device, None, ("forward", "train"), tuple(PRECISIONS), 8192, 2**32, 0.05)
        return cls(torch.device("cpu"), 2, ("forward",), ("float32",), 2048, 2**28, 0.2)

    @property
    def name(self) -> str:
        """What it is called."""
        if self.device.type == "cuda":
            return torch.cuda.get_device_name()
        return f"processor, {torch.get_num_threads()} threads"

    def milliseconds(self, work: Callable[[], object]) -> float:
        """Return the median time of a piece of work, after two runs that do not count."""
        cuda = self.device.type == "cuda"
        wait = torch.cuda.synchronize if cuda else lambda: None
        # What is left in the caches by the run before is pushed out.
        flush = torch.empty(2**26 if cuda else 2**23, device=self.device)
        for _ in range(2):
            work()
        times: list[float] = []
        end = time.monotonic() + self.seconds
        while len(times) < 2 or time.monotonic() < end:
            flush.zero_()
            wait()
            begin = time.perf_counter()
            work()
            wait()
            times.append(1000 * (time.perf_counter() - begin))
        return median(times)


def sizes(text: str) -> tuple[int, ...]:
    """Return channels, height and width of a column: ``"64x56x56"``."""
    return tuple(map(int, text.split("x")))


def layer_of(row: Row) -> nn.Module:
    """Return the layer that a row of the table names."""
    (channels, *_), (maps, *_) = sizes(row["input"]), sizes(row["output"])
    name = row["layer"]
    if row["family"] == "upsampling":
        return _enlarging(name, channels, maps)
    if " then " in name and "x" in name and row["family"] == "kernel size":
        first, second = (sizes(part) for part in name.split(" then "))
        return nn.Sequential(_same(channels, maps, first), _same(maps, maps, second))
    if name == "depthwise+pointwise":
        return nn.Sequential(_same(channels, channels, (3, 3), channels), _same(channels, maps))
    if name == "pointwise":
        return _same(channels, maps)
    groups = int(row["groups"] or (channels if "depthwise" in name else 1))
    kernel = round((int(row["weights"]) * groups / channels / maps) ** 0.5)
    step, gap = int(row["stride"] or 1), int(row["dilation"] or 1)
    padding = 0 if row["family"] == "matrix" else gap * (kernel - 1) // 2
    plain = step if name != "stride 1, then every 2nd cell" else 1
    layer = nn.Conv2d(channels, maps, kernel, plain, padding, gap, groups, bias=False)
    if name.startswith("unfold"):
        return Unfolded(layer)
    return layer if plain == step else nn.Sequential(layer, EverySecond())


class EverySecond(nn.Module):
    """Every second row and column."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :, ::2, ::2].contiguous()


class Unfolded(nn.Module):
    """A convolution as windows in a matrix, then one product."""

    def __init__(self, layer: nn.Conv2d) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        columns = F.unfold(x, self.layer.kernel_size, padding=self.layer.padding)
        y = self.layer.weight.flatten(1) @ columns
        # As large as the input: the table unfolds a layer with "same" padding alone.
        return y.unflatten(-1, x.shape[-2:])


def _same(channels: int, maps: int, kernel: tuple[int, ...] = (1, 1), groups: int = 1) -> nn.Conv2d:
    half = tuple(size // 2 for size in kernel)
    return nn.Conv2d(channels, maps, kernel, 1, half, 1, groups, bias=False)


def _enlarging(name: str, channels: int, maps: int) -> nn.Module:
    if name.startswith("transposed"):
        kernel = int(name.split("x")[1][0])
        padding, extra = (kernel - 1) // 2, int("output padding" in name)
        return nn.ConvTranspose2d(channels, maps, kernel, 2, padding, extra, bias=False)
    if name.startswith("3x3 to 4"):
        return nn.Sequential(_same(channels, 4 * maps, (3, 3)), nn.PixelShuffle(2))
    return nn.Sequential(nn.Upsample(None, 2, name.split(",")[0]), _same(channels, maps, (3, 3)))


def measured(row: Row, machine: Machine) -> Row:
    """Return a row with this machine's batch and time."""
    dtype, batch = PRECISIONS[row["precision"]], min(machine.batch or 10**6, int(row["batch"]))
    torch.backends.cuda.matmul.allow_tf32 = row["precision"] == "tf32"
    torch.backends.cudnn.allow_tf32 = row["precision"] == "tf32"
    share = batch / int(row["batch"])
    format = torch.channels_last if row["layout"] == "NHWC" else torch.contiguous_format
    layer = layer_of(row).to(machine.device, dtype).to(memory_format=format)
    x = torch.rand(batch, *sizes(row["input"]), device=machine.device, dtype=dtype)
    x = x.to(memory_format=format)
    train = row["mode"] == "train"
    x.requires_grad_(train)

    def work() -> None:
        y = layer(x)
        if train:
            y.sum().backward()

    with torch.set_grad_enabled(train):
        found = machine.milliseconds(work)
    size = 2 if dtype == torch.bfloat16 else 4
    kept = int(row["weights"]) * size
    return row | {
        "batch": str(batch),
        "multiply_adds": str(round(int(row["multiply_adds"]) * share)),
        "bytes": str(round((int(row["bytes"]) - kept) * share) + kept),
        "milliseconds": f"{found:.5g}",
    }


def ceilings(machine: Machine) -> list[Row]:
    """Return what the machine can do at most: a matrix product, and a copy."""
    rows, side = [], machine.product
    for precision in machine.precisions:
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        dtype = PRECISIONS[precision]
        a, b = (torch.rand(side, side, device=machine.device, dtype=dtype) for _ in range(2))
        spent = machine.milliseconds(partial(torch.matmul, a, b))
        rows.append(
            {
                "layer": f"matrix product {side}",
                "precision": precision,
                "input": f"{side}x{side}",
                "output": f"{side}x{side}",
                "multiply_adds": str(side**3),
                "bytes": str(3 * side**2 * a.element_size()),
                "milliseconds": f"{spent:.5g}",
            }
        )
    source = torch.empty(machine.copied // 4, device=machine.device)
    target = torch.empty_like(source)
    spent = machine.milliseconds(lambda: target.copy_(source))
    copied = {"layer": f"copy {machine.copied / 2**30:g} GiB", "multiply_adds": "0"}
    rows.append(copied | {"bytes": str(2 * machine.copied), "milliseconds": f"{spent:.5g}"})
    usual = dict.fromkeys(COLUMNS, "") | {
        "family": "ceiling", "mode": "forward", "batch": "1", "weights": "0",
    }  # fmt: skip
    return [usual | row for row in rows]


def wanted(row: Row, machine: Machine) -> bool:
    """Tell whether a row of the table is measured here."""
    if row["family"] == "ceiling" or row["layer"].startswith("its matrix"):
        return False
    # One layout tells enough on a processor: its library has its own.
    layouts = ("NCHW", "NHWC") if machine.device.type == "cuda" else ("NCHW",)
    return (
        row["mode"] in machine.modes
        and row["precision"] in machine.precisions
        and row["layout"] in layouts
    )


def drawn(table: Sequence[Measurement], precision: str, title: str) -> Figure:
    """Return the roofline of a machine, with every measured layer under it."""
    roof = ceiling(table, precision)
    rows = [row for row in table if row.precision == precision and row.mode == "forward"]
    rows = [row for row in rows if row.family != "ceiling" and row.multiply_adds]
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    steps = sorted([*(2.0**n for n in range(-2, 13)), roof.ridge])
    axes.loglog(steps, [roof.attainable(step) for step in steps], color="#9a5b00", label="roof")
    for family in dict.fromkeys(row.family for row in rows):
        of_family = [row for row in rows if row.family == family]
        axes.loglog(
            [row.intensity for row in of_family],
            [row.teraflops for row in of_family],
            "o",
            markersize=4,
            label=family,
        )
    axes.set(xlabel="operations for each byte", ylabel="10¹² operations a second", title=title)
    axes.legend(fontsize=8)
    return figure


def main(arguments: Sequence[str] = ()) -> bool:
    """Measure, write the table and the picture; there is no budget to keep."""
    parser = argparse.ArgumentParser("python -m benchmarks.hardware", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("_build/hardware"))
    folder = parser.parse_args(list(arguments)).folder
    machine = Machine.here()
    with DATA.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if wanted(row, machine)]
    print(f"{machine.name}: {len(rows)} layers", flush=True)
    begin, found = time.monotonic(), ceilings(machine)
    torch.backends.cudnn.benchmark = True
    for number, row in enumerate(rows, 1):
        found.append(measured(row, machine))
        print(f"\r{number} of {len(rows)}, {time.monotonic() - begin:.0f} s", end="", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "hardware.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(found)
    with (folder / "hardware.csv").open(encoding="utf-8", newline="") as lines:
        table = read_table(lines)
    precision = machine.precisions[-1]
    drawn(table, precision, f"{machine.name}, {precision}").savefig(folder / "roofline.png")
    roof = ceiling(table, precision)
    print(f"\nat most {roof.teraflops:.3g}·10¹² operations and {roof.terabytes:.3g}·10¹² bytes a")
    print(f"second in {precision}; written: {folder / 'hardware.csv'}, {folder / 'roofline.png'}")
    return True


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
