"""The operations against PyTorch and against other NumPy code: `python -m benchmarks.operations`.

float32, one thread, in processor time, so that a busy machine does not count what others do. Each
round runs every contestant once, so that what the machine does to caches and clocks hits all alike;
medians of the rounds are compared. The C allocator's trim and mmap thresholds are pinned, since it
would otherwise hand large arrays back to the system after every call, and page faults would distort
all sides. This happens in a process of its own, because threads, kernels and allocator are chosen
before NumPy is loaded.

The matrix products of NumPy come from OpenBLAS. Where the environment holds it to older kernels
than the processor has (`OPENBLAS_CORETYPE`), that slows NumPy and not PyTorch. The comparison is
then run twice, as it comes and with both sides free to use the whole processor; the second decides.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import subprocess
import sys
import time
import tracemalloc
from functools import partial
from pathlib import Path
from statistics import median

ROUNDS = 41
#: Peers are many times slower: they run in every eighth round.
PEER_EVERY = 8
EXTRA_MEMORY = 2_000_000
#: Variables that hold OpenBLAS to a choice it would not make itself.
HELD = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def main() -> bool:
    """Print the tables; return whether every budget is kept."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    environment = os.environ | dict.fromkeys(threads, "1")
    held = {name: environment[name] for name in HELD if name in environment}
    if held:
        given = " ".join(f"{name}={value}" for name, value in held.items())
        print(f"Held by the environment, {given}:", flush=True)
        _child(environment)
        print("\nWith OpenBLAS free to choose, as PyTorch is; this table decides:", flush=True)
    return _child({name: value for name, value in environment.items() if name not in held})


def _child(environment) -> bool:
    command = [sys.executable, "-m", "benchmarks.operations", "--measure"]
    return subprocess.run(command, env=environment, check=False).returncode == 0


def _openblas_kernels() -> str:
    """Return the name of the kernels that NumPy's OpenBLAS chose, "" for another BLAS."""
    import numpy as np

    for library in (Path(np.__file__).parent.parent / "numpy.libs").glob("*openblas*"):
        name = getattr(ctypes.CDLL(str(library)), "scipy_openblas_get_corename64_", None)
        if name is not None:
            name.restype = ctypes.c_char_p
            return name().decode()
    return ""


def _pin_allocator():
    """Keep freed memory in the process (glibc only)."""
    try:
        libc = ctypes.CDLL("libc.so.6")
    except OSError:
        return
    trim_threshold, mmap_threshold = -1, -3
    libc.mallopt(trim_threshold, 1 << 30)
    libc.mallopt(mmap_threshold, 1 << 30)


def cases():
    """Yield (name, budget, calls per round, PyTorch, ours, peers by name)."""
    import numpy as np

    rng = np.random.default_rng(0)
    yield _layer(rng, 1.7, 1, (1, 3, 224, 224), (64, 3, 7, 7), stride=2, padding=3)
    yield _layer(rng, 1.8, 1, (8, 64, 56, 56), (64, 64, 3, 3), padding=1)
    yield _layer(rng, 1.8, 1, (8, 64, 56, 56), (64, 64, 3, 3), padding=2, dilation=2)
    yield _layer(rng, 1.45, 10, (1, 16, 32, 32), (32, 16, 3, 3))
    yield _transposed(rng, 1.3)
    yield _layer(rng, 2.6, 1, (8, 64, 56, 56), (64, 1, 3, 3), padding=1, groups=64)
    yield _one_matrix(rng, 1.0)


def _layer(rng, budget, repeat, shape, kernels, stride=1, padding=0, dilation=1, groups=1):
    import numpy as np
    import torch.nn.functional as F

    import convlib

    x, weight = (rng.standard_normal(size, np.float32) for size in (shape, kernels))
    given = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    layer = {(7, 2): "7x7 stride 2", (3, 1): "3x3"}[kernels[-1], stride]
    what = f"{'x'.join(map(str, shape))} → {kernels[0]}, {layer}"
    what += ", padding 1" * (padding == 1) + ", dilation 2" * (dilation == 2)
    what += ", depthwise" * (groups > 1)
    peers = {
        "einsum": partial(_einsum, x, weight, stride, padding, dilation, groups),
        "im2col": partial(_im2col, x, weight, stride, padding, dilation, groups),
    }
    if groups == 1 and (numpy_ml := _numpy_ml()):
        nhwc = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
        hwio = np.ascontiguousarray(weight.transpose(2, 3, 1, 0))
        peers["numpy-ml"] = partial(numpy_ml.conv2D, nhwc, hwio, stride, padding, dilation - 1)
    if stride == dilation == 1 and (groups > 1 or x.size * weight.size < 10**8):
        peers["scipy"] = partial(_scipy, x, weight, padding, groups)
    reference = partial(F.conv2d, *_tensors(x, weight), **given)
    return what, budget, repeat, reference, partial(convlib.conv2d, x, weight, **given), peers


def _transposed(rng, budget):
    import numpy as np
    import torch.nn.functional as F

    import convlib

    x = rng.standard_normal((8, 64, 28, 28), np.float32)
    weight = rng.standard_normal((64, 64, 4, 4), np.float32)
    peers = {"matmul + add": partial(_scatter, x, weight, 2, 1)}
    if numpy_ml := _numpy_ml():
        nhwc = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
        hwio = np.ascontiguousarray(weight.transpose(2, 3, 0, 1))
        peers["numpy-ml"] = partial(numpy_ml.deconv2D_naive, nhwc, hwio, 2, 1)
    return (
        "transposed 8x64x28x28 → 64, 4x4 stride 2, padding 1",
        budget,
        1,
        partial(F.conv_transpose2d, *_tensors(x, weight), stride=2, padding=1),
        partial(convlib.conv_transpose2d, x, weight, stride=2, padding=1),
        peers,
    )


def _one_matrix(rng, budget):
    import numpy as np
    import torch.nn.functional as F

    import convlib

    image, kernel = (rng.standard_normal((size, size), np.float32) for size in (5, 3))
    full = image[None, None], kernel[None, None]
    peers = {
        "einsum": partial(_einsum, *full, 1, 0, 1, 1),
        "im2col": partial(_im2col, *full, 1, 0, 1, 1),
        "scipy": partial(_scipy, *full, 0, 1),
    }
    if numpy_ml := _numpy_ml():
        last = image[None, ..., None], kernel[..., None, None]
        peers["numpy-ml"] = partial(numpy_ml.conv2D, *last, 1, 0)
    reference = partial(F.conv2d, *_tensors(*full))
    ours = partial(convlib.conv2d, image, kernel)
    return "5x5 matrix, 3x3 kernel", budget, 300, reference, ours, peers


def _tensors(*arrays):
    import torch

    return map(torch.from_numpy, arrays)


def _einsum(x, weight, stride, padding, dilation, groups):
    """`sliding_window_view` and `einsum`, as answers on the web have it."""
    import numpy as np

    around = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    padded = np.pad(x, around) if padding else x
    covers = tuple(dilation * (size - 1) + 1 for size in weight.shape[2:])
    windows = np.lib.stride_tricks.sliding_window_view(padded, covers, axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride, ::dilation, ::dilation]
    if groups == 1:
        return np.einsum("ncyxij,ocij->noyx", windows, weight, optimize=True)
    return np.einsum("ncyxij,cij->ncyx", windows, weight[:, 0], optimize=True)


def _im2col(x, weight, stride, padding, dilation, groups):
    """The textbook's im2col: one column for each window, one matrix product."""
    import numpy as np

    around = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    padded = np.pad(x, around)
    out_channels, _, height, width = weight.shape
    rows, columns = (
        (size - dilation * (kernel - 1) - 1) // stride + 1
        for size, kernel in zip(padded.shape[2:], (height, width), strict=True)
    )
    parts = np.empty((len(x), x.shape[1], height, width, rows, columns), x.dtype)
    for i in range(height):
        for j in range(width):
            top, left = i * dilation, j * dilation
            parts[:, :, i, j] = padded[
                :,
                :,
                top : top + stride * rows : stride,
                left : left + stride * columns : stride,
            ]
    matrix = weight.reshape(groups, out_channels // groups, -1)
    cells = parts.reshape(len(x), groups, -1, rows * columns)
    return np.matmul(matrix, cells).reshape(len(x), out_channels, rows, columns)


def _scipy(x, weight, padding, groups):
    """`scipy.signal`: one correlation for each output channel."""
    import numpy as np
    from scipy.signal import correlate, correlate2d

    if padding:
        x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    if groups > 1:
        return np.stack(
            [[correlate2d(c, k[0], "valid") for c, k in zip(one, weight, strict=True)] for one in x]
        )
    if x.shape[1] == 1:
        return correlate2d(x[0, 0], weight[0, 0], "valid")[None, None]
    return np.stack([[correlate(one, kernel, "valid")[0] for kernel in weight] for one in x])


def _scatter(x, weight, stride, padding):
    """The textbook's transposed convolution: one matrix product, then col2im by adding."""
    import numpy as np

    n, channels, rows, columns = x.shape
    _, out_channels, height, width = weight.shape
    stamps = np.matmul(weight.reshape(channels, -1).T, x.reshape(n, channels, -1))
    stamps = stamps.reshape(n, out_channels, height, width, rows, columns)
    sizes = [stride * (cells - 1) + k for cells, k in ((rows, height), (columns, width))]
    out = np.zeros((n, out_channels, *sizes), x.dtype)
    for i in range(height):
        for j in range(width):
            out[:, :, i : i + stride * rows : stride, j : j + stride * columns : stride] += stamps[
                :, :, i, j
            ]
    return out[:, :, padding : sizes[0] - padding, padding : sizes[1] - padding]


def _numpy_ml():
    """Return numpy-ml's convolutions, or None where it is not installed.

    The package itself no longer imports (Python 3.10 took `collections.Hashable` away); the file
    that holds its convolutions does.
    """
    found = importlib.util.find_spec("numpy_ml")
    if found is None:
        return None
    path = Path(found.origin).parent / "neural_nets" / "utils" / "utils.py"
    spec = importlib.util.spec_from_file_location("numpy_ml_convolutions", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _time(call, repeat) -> float:
    start = time.thread_time()
    for _ in range(repeat):
        call()
    return (time.thread_time() - start) / repeat * 1e3


def _extra_memory(call) -> int:
    """Return the bytes a call needs at its peak, beside its result."""
    call()
    tracemalloc.start()
    result = call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak - result.nbytes


def measure() -> bool:
    """Print one table; return whether every budget is kept. Expects a prepared process."""
    _pin_allocator()
    import numpy as np
    import torch

    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    print(f"PyTorch {torch.__version__}, NumPy {np.__version__}, OpenBLAS {_openblas_kernels()}")
    if _numpy_ml() is None:
        print("numpy-ml is not installed and not compared: pip install numpy-ml==0.1.2")
    header = ("milliseconds", "torch", "ours", "ratio", "budget", "extra", "best peer: ratio")
    line = "{:54} {:>8} {:>8} {:>6} {:>6} {:>8}  {}"
    print(line.format(*header))
    kept = True
    for name, budget, repeat, reference, ours, peers in cases():
        _assert_equal(reference().numpy(), (ours, *peers.values()))
        theirs, mine, *others = _medians(repeat, reference, ours, peers.values())
        best, taken = min(zip(peers, others, strict=True), key=lambda peer: peer[1])
        extra = _extra_memory(ours)
        good = mine / theirs <= min(budget, taken / theirs) and extra <= EXTRA_MEMORY
        kept &= good
        print(
            line.format(
                name,
                f"{theirs:.4f}",
                f"{mine:.4f}",
                f"{mine / theirs:.2f}",
                budget,
                f"{extra / 1e6:.2f} MB",
                f"{best}: {taken / theirs:.1f}{'' if good else '  BROKEN'}",
            ),
            flush=True,
        )
    return kept


def _assert_equal(expected, calls):
    """Raise where a call does not give what PyTorch gives: a fast wrong answer counts nothing."""
    import numpy as np

    scale = abs(expected).max()
    for call in calls:
        result = call()
        if result.shape != expected.shape and result.ndim == 4:
            result = result.transpose(0, 3, 1, 2)  # numpy-ml keeps channels last
        result = result.reshape(expected.shape)
        np.testing.assert_allclose(result, expected, rtol=0, atol=1e-5 * scale)


def _medians(repeat, reference, ours, peers) -> list[float]:
    """Return the median milliseconds of a call: PyTorch's, ours, and each peer's."""
    times = {call: [] for call in (reference, ours, *peers)}
    for number in range(ROUNDS):
        for call, taken in times.items():
            if call in (reference, ours) or number % PEER_EVERY == 0:
                taken.append(_time(call, repeat))
    return [median(taken) for taken in times.values()]


if __name__ == "__main__":
    sys.exit(not (measure() if "--measure" in sys.argv else main()))
