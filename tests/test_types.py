"""What a user's type checker makes of convlib: right calls pass, wrong ones are named."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
#: What convlib's own files may be blamed for is not the user's; `mypy` says it in `make test`.
MYPY = [sys.executable, "-m", "mypy", "--strict", "--config-file", ROOT / "pyproject.toml"]
#: With the project's own settings, what `mypy` has just learnt of NumPy is known here as well.
CACHE = ["--cache-dir", ROOT / ".mypy_cache"]
RIGHT = """
from typing import assert_type

import numpy as np

from convlib import (
    ConvGeometry, conv2d, conv_matrix, conv_output_size, conv_transpose_output_size,
    input_sizes_for, plan, receptive_field, same_padding, separate,
)

assert_type(conv_output_size(224, 7, stride=2, padding=3), int)
assert_type(conv_output_size((7, 9), 3, padding=[(0, 1), (1, 1)]), tuple[int, ...])
assert_type(conv_output_size(7, (3, 5)), tuple[int, ...])
assert_type(conv_transpose_output_size(3, 3, output_padding=0), int)
assert_type(conv_transpose_output_size((3, 4), 3), tuple[int, ...])
assert_type(same_padding(3), tuple[int, int])
assert_type(same_padding((3, 4)), tuple[tuple[int, int], ...])
assert_type(input_sizes_for(3, 3, stride=2), tuple[int, ...])
size: int = conv_output_size(5, 3) + 1
conv2d([[1, 2], [3, 4]], np.eye(2), padding="same", dilation=(1, 2)).sum()
conv_matrix(np.eye(3), (5, 5)).shape
column, row, error = separate([[1, 2], [2, 4]])
nearly: bool = error < 1e-6 and column.ndim == row.ndim
ConvGeometry((6, 6), 3, stride=2).window((1, 1))
[layer.output_size for layer in plan([{"kind": "Conv2d", "kernel_size": 3}], 28)]
receptive_field([3, (3, 2), (3, 1, 2)])
"""
WRONG = {
    "conv_output_size(5.0, 3)": "call-overload",
    "conv_output_size(5, 3, padding='sane')": "arg-type",
    "conv_output_size(5, 3).shape": "attr-defined",
    "size: tuple[int, int] = conv_output_size((5, 5), 3)": "assignment",
    "conv2d([[1]], [[1]], strides=2)": "call-arg",
    "conv2d([[1]], [[1]], padding_mode='mirror')": "arg-type",
    "ConvGeometry((6, 6), '3')": "arg-type",
}


def check(folder, source):
    """Return the lines of a script that mypy complains of, each with its kind."""
    script = folder / "script.py"
    script.write_text(source, encoding="utf-8")
    run = subprocess.run(
        [*MYPY, *CACHE, script],
        cwd=folder,
        env={"MYPYPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in (0, 1), run.stdout + run.stderr
    found = re.findall(r"^script\.py:(\d+): error: .*\[([\w-]+)\]$", run.stdout, re.MULTILINE)
    assert bool(found) is (run.returncode == 1), run.stdout
    return {int(line): kind for line, kind in found}, run.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("user")


def test_a_right_script_passes(folder):
    found, said = check(folder, RIGHT)
    assert found == {}, said


def test_each_wrong_line_is_named(folder):
    lines = ["from convlib import ConvGeometry, conv2d, conv_output_size", *WRONG]
    found, said = check(folder, "\n".join(lines))
    assert found == dict(enumerate(WRONG.values(), start=2)), said
