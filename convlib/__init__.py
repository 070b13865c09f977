"""Convolution, cell by cell: sizes, windows, operations, matrices, costs.

What a picture shows is in `convlib.scenes`, how it is drawn in `convlib.draw`; on these stand
`convlib.explorers`, `convlib.questions` and `convlib.exercises`. They are imported by name.
``import convlib`` loads next to nothing: a name below brings the module that it lies in, and NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convlib.arithmetic import (
        conv_output_size,
        conv_transpose_output_size,
        effective_kernel_size,
        full_padding,
        input_sizes_for,
        output_padding_for,
        remainder,
        same_padding,
        tensorflow_same_padding,
        transposed_padding,
    )
    from convlib.cost import multiply_adds, parameter_count, receptive_field
    from convlib.geometry import ConvGeometry
    from convlib.matrix import col2im, conv_matrix, im2col, rotate180, zero_insert
    from convlib.network.diagnosis import Diagnosis, diagnose
    from convlib.network.plan import plan
    from convlib.network.record import LayerPlan, Plan
    from convlib.operations import (
        avg_pool2d,
        conv1d,
        conv2d,
        conv3d,
        conv_transpose1d,
        conv_transpose2d,
        conv_transpose3d,
        depthwise_conv2d,
        depthwise_separable_conv2d,
        max_pool2d,
        pixel_shuffle,
        pixel_unshuffle,
        pointwise_conv2d,
    )
    from convlib.separable import kernel_rank, separate

__version__ = "0.1.0"

# In the order of the book, so that it can be read as an overview.
__all__ = [  # noqa: RUF022
    # sizes
    "conv_output_size",
    "conv_transpose_output_size",
    "effective_kernel_size",
    "same_padding",
    "full_padding",
    "tensorflow_same_padding",
    "remainder",
    "output_padding_for",
    "transposed_padding",
    "input_sizes_for",
    # windows
    "ConvGeometry",
    # operations
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "depthwise_conv2d",
    "pointwise_conv2d",
    "depthwise_separable_conv2d",
    "max_pool2d",
    "avg_pool2d",
    "pixel_shuffle",
    "pixel_unshuffle",
    # matrices
    "conv_matrix",
    "im2col",
    "col2im",
    "zero_insert",
    "rotate180",
    # kernels that are a product
    "separate",
    "kernel_rank",
    # cost
    "parameter_count",
    "multiply_adds",
    "receptive_field",
    "plan",
    "Plan",
    "LayerPlan",
    "diagnose",
    "Diagnosis",
]

#: In which modules these names lie.
_HOMES = {
    "arithmetic": (
        "conv_output_size conv_transpose_output_size effective_kernel_size full_padding "
        "input_sizes_for output_padding_for remainder same_padding tensorflow_same_padding "
        "transposed_padding"
    ),
    "cost": "multiply_adds parameter_count receptive_field",
    "geometry": "ConvGeometry",
    "matrix": "col2im conv_matrix im2col rotate180 zero_insert",
    "network.diagnosis": "Diagnosis diagnose",
    "network.plan": "plan",
    "network.record": "LayerPlan Plan",
    "operations": (
        "avg_pool2d conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d "
        "depthwise_conv2d depthwise_separable_conv2d max_pool2d pixel_shuffle pixel_unshuffle "
        "pointwise_conv2d"
    ),
    "separable": "kernel_rank separate",
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names.split():
            value = globals()[name] = getattr(import_module(f"convlib.{home}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
