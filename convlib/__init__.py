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
        pool_output_size,
        remainder,
        same_padding,
        tensorflow_same_padding,
        transposed_padding,
    )
    from convlib.cost import (
        arithmetic_intensity,
        bytes_moved,
        multiply_adds,
        parameter_count,
    )
    from convlib.fields import ReceptiveField, path_counts, receptive_field, receptive_field_at
    from convlib.geometry import ConvGeometry
    from convlib.gradients import conv_input_gradient, conv_weight_gradient
    from convlib.matrix import col2im, conv_matrix, im2col, rotate180, zero_insert
    from convlib.network.diagnosis import Diagnosis, diagnose
    from convlib.network.plan import plan
    from convlib.network.record import LayerPlan, Plan
    from convlib.operations import (
        conv1d,
        conv2d,
        conv3d,
        conv_transpose1d,
        conv_transpose2d,
        conv_transpose3d,
        depthwise_conv2d,
        depthwise_separable_conv2d,
        pixel_shuffle,
        pixel_unshuffle,
        pointwise_conv2d,
    )
    from convlib.pooling import (
        adaptive_avg_pool1d,
        adaptive_avg_pool2d,
        adaptive_avg_pool3d,
        adaptive_max_pool1d,
        adaptive_max_pool2d,
        adaptive_max_pool3d,
        avg_pool1d,
        avg_pool2d,
        avg_pool3d,
        max_pool1d,
        max_pool2d,
        max_pool2d_with_indices,
        max_pool3d,
        max_unpool2d,
    )
    from convlib.resizing import interpolate
    from convlib.separable import compose, kernel_rank, separate

__version__ = "0.1.0"

# In the order of the book, so that it can be read as an overview.
__all__ = [  # noqa: RUF022
    # sizes
    "conv_output_size",
    "conv_transpose_output_size",
    "pool_output_size",
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
    "pixel_shuffle",
    "pixel_unshuffle",
    # gradients
    "conv_input_gradient",
    "conv_weight_gradient",
    # pooling
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_pool2d_with_indices",
    "max_unpool2d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    # resizing
    "interpolate",
    # matrices
    "conv_matrix",
    "im2col",
    "col2im",
    "zero_insert",
    "rotate180",
    # kernels that are made of others
    "compose",
    "separate",
    "kernel_rank",
    # cost
    "parameter_count",
    "multiply_adds",
    "bytes_moved",
    "arithmetic_intensity",
    # how far a cell sees
    "receptive_field",
    "receptive_field_at",
    "ReceptiveField",
    "path_counts",
    # whole networks
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
        "input_sizes_for output_padding_for pool_output_size remainder same_padding "
        "tensorflow_same_padding transposed_padding"
    ),
    "cost": "arithmetic_intensity bytes_moved multiply_adds parameter_count",
    "fields": "ReceptiveField path_counts receptive_field receptive_field_at",
    "geometry": "ConvGeometry",
    "gradients": "conv_input_gradient conv_weight_gradient",
    "matrix": "col2im conv_matrix im2col rotate180 zero_insert",
    "network.diagnosis": "Diagnosis diagnose",
    "network.plan": "plan",
    "network.record": "LayerPlan Plan",
    "operations": (
        "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d "
        "depthwise_conv2d depthwise_separable_conv2d pixel_shuffle pixel_unshuffle "
        "pointwise_conv2d"
    ),
    "pooling": (
        "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d "
        "adaptive_max_pool2d adaptive_max_pool3d avg_pool1d avg_pool2d avg_pool3d max_pool1d "
        "max_pool2d max_pool2d_with_indices max_pool3d max_unpool2d"
    ),
    "resizing": "interpolate",
    "separable": "compose kernel_rank separate",
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names.split():
            value = globals()[name] = getattr(import_module(f"convlib.{home}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
