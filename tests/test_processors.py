"""The same numbers on other processors: operations run with the matrix products of each.

OpenBLAS, which computes NumPy's products, has a kernel for each family of processors and takes one
that it is told, where the machine can run it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
#: By what names OpenBLAS tells that it took one, where it is not the kernel's own.
KNOWN_AS = {"Prescott": {"Prescott", "Katmai"}, "Zen": {"Zen", "Haswell"}}
#: The kernels, and what a processor must have to run them.
KERNELS = {
    "Prescott": {"SSE3"},
    "Sandybridge": {"AVX"},
    "Haswell": {"AVX2", "FMA3"},
    "Zen": {"AVX2", "FMA3"},
    "SkylakeX": {"AVX512F", "AVX512_SKX"},
}
#: Runs pytest, after a line that tells which kernel was chosen.
PROGRAM = """
import sys
import numpy
from threadpoolctl import threadpool_info
print(*(library.get("architecture") for library in threadpool_info()), flush=True)
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


def features() -> set[str]:
    """Return what NumPy has found this processor to have."""
    from numpy._core._multiarray_umath import __cpu_features__

    return {name for name, has in __cpu_features__.items() if has}


def has_openblas() -> bool:
    """Return whether NumPy computes its products with OpenBLAS, built for x86."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return "openblas" in blas["name"] and "SSE" in features()


def run(kernel: str, *arguments: str) -> tuple[str, subprocess.CompletedProcess]:
    """Run tests with a kernel; return which one was chosen, and how it went."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_CORETYPE": kernel, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout.partition("\n")[0], result


def runnable() -> list[str]:
    known = features() if has_openblas() else set()
    return [kernel for kernel, needed in KERNELS.items() if needed <= known]


def test_this_processor_runs_the_kernels_it_should():
    """Else the tests below would hold nothing on a machine that computes with OpenBLAS."""
    assert bool(runnable()) == has_openblas()


@pytest.mark.parametrize("kernel", runnable())
def test_layers_are_right_with_the_products_of(kernel):
    chosen, result = run(kernel, "tests/test_operations.py", "-k", "layers or rounding")
    assert result.returncode == 0, result.stdout[-3000:]
    assert chosen in KNOWN_AS.get(kernel, {kernel})


@pytest.mark.long
@pytest.mark.parametrize("kernel", runnable())
def test_all_operations_are_right_with_the_products_of(kernel):
    chosen, result = run(kernel, "tests/test_operations.py", "tests/test_matrix.py")
    assert result.returncode == 0, result.stdout[-3000:]
    assert chosen in KNOWN_AS.get(kernel, {kernel})
