"""The command `convlib`, as people type it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from convlib.__main__ import main
from tests.network.networks import UNet

ROOT = Path(__file__).parents[2]
NETWORK = "tests/network/networks.py"


@pytest.fixture(autouse=True)
def at_the_top(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", sys.path[:])


def test_one_command_tells_why_a_unet_fails_and_how_to_mend_it(capsys):
    assert main(["plan", f"{NETWORK}:UNet(depth=2)", "--input", "1x350x525"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("layer")
    flat = " ".join(said.split())
    assert "makes 87 of 175 rows (175 = 2·87 + 1: 1 row never read)" in flat
    assert "model.up[0].output_padding = (1, 0)" in said
    assert "Pad the input to 352×528, and crop what comes out:" in said
    assert max(map(len, said.splitlines())) <= 140


def test_a_network_that_works_is_a_table(capsys):
    assert main(["plan", f"{NETWORK}:UNet(depth=2)", "--input", "1×32×48"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].split()[:4] == ["layer", "kind", "channels", "in"]
    assert said[1].split()[:3] == ["down.0.0", "Conv2d", "1"]
    parameters = sum(weight.numel() for weight in UNet(depth=2).parameters())
    assert said[-1].startswith(f"{parameters:,} parameters")


def test_json_has_the_records(capsys):
    assert main(["plan", "torch.nn:Conv2d(3, 8, 3)", "--input", "3x9x11", "--json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)
    assert (record["kind"], record["output_size"]) == ("Conv2d", [7, 9])


def test_svg_is_a_picture_of_the_sizes(tmp_path, capsys):
    path = tmp_path / "sizes.svg"
    assert main(["plan", f"{NETWORK}:UNet", "--input", "1x64x64", "--svg", str(path)]) == 0
    assert path.read_text(encoding="utf-8").lstrip().startswith("<?xml")
    assert main(["plan", f"{NETWORK}:UNet", "--input", "1x64x64", "--svg", "/no/where.svg"]) == 2
    assert "--svg: /no/where.svg cannot be written" in capsys.readouterr().err


def test_sizes_says_which_work(capsys):
    assert main(["plan", f"{NETWORK}:UNet(2)", "--input", "1x8x8", "--sizes", "6..25"]) == 0
    assert capsys.readouterr().out == "5 of 20 sizes work: 8 to 24 in steps of 4\n"
    assert main(["plan", f"{NETWORK}:UNet(2)", "--input", "1x8x8", "--sizes", "9..10"]) == 1
    assert capsys.readouterr().out == "none of 9 to 10 works\n"


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ("--input 224 --kernel 7 --stride 2 --padding 3", "112"),
        ("--input 5x7 --kernel 3x2", "3×6"),
        ("--input 8 --kernel 3 --padding same --dilation 2", "8"),
        ("--input 7 --kernel 4 --stride 2 --padding 1 --transposed", "14"),
        ("--input 7 --kernel 3 --stride 2 --padding 1 --output-padding 1 --transposed", "14"),
    ],
)
def test_size_is_for_the_pencil(arguments, size, capsys):
    assert main(["size", *arguments.split()]) == 0
    assert capsys.readouterr().out.strip() == size


def test_size_says_what_does_not_fit(capsys):
    assert main(["size", "--input", "3", "--kernel", "5"]) == 1
    assert "kernel covers 5 cells" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("network", "says"),
    [
        ("nothing.py:Net", "there is no file nothing.py"),
        (f"{NETWORK}:Nett", "has no Nett; it has "),
        (f"{NETWORK}:Block", "could not be made (TypeError"),
        (f"{NETWORK}:Block(given=open)", "arguments must be numbers, texts or tuples"),
        ("no_such_module:Net", "does not run (ModuleNotFoundError"),
        ("UNet", "must be my_file.py:Net, or package.module:function"),
        ("math:sqrt(4)", "gives a float, not an nn.Module"),
    ],
)
def test_what_cannot_be_run_is_said(network, says, capsys):
    assert main(["plan", network, "--input", "3x8x8"]) == 2
    assert says in capsys.readouterr().err


def test_a_size_that_is_none_is_said(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["plan", f"{NETWORK}:UNet", "--input", "3xa"])
    assert "'3xa' is no size, such as 3x350x525" in capsys.readouterr().err
    assert main(["plan", f"{NETWORK}:UNet", "--input", "1x2x3x4x5"]) == 2
    assert "--input: input_size=(1, 2, 3, 4, 5) has 5 values" in capsys.readouterr().err


def test_the_command_is_a_command():
    run = subprocess.run(
        [sys.executable, "-m", "convlib", "size", "--input", "6", "--kernel", "3"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout == "4\n"
