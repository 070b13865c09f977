"""Every refusal of the package, with the text a learner reads.

One table: what is called, the kind of error, the whole text. A row is added with the refusal.
"""

import re

import numpy as np
import pytest
from torch import nn

import convlib
from convlib import (
    ConvGeometry,
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    arithmetic_intensity,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    bytes_moved,
    col2im,
    compose,
    conv1d,
    conv2d,
    conv3d,
    conv_input_gradient,
    conv_matrix,
    conv_output_size,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
    conv_transpose_output_size,
    conv_weight_gradient,
    depthwise_conv2d,
    depthwise_separable_conv2d,
    diagnose,
    effective_kernel_size,
    full_padding,
    im2col,
    input_sizes_for,
    interpolate,
    kernel_rank,
    max_pool1d,
    max_pool2d,
    max_pool2d_with_indices,
    max_pool3d,
    max_unpool2d,
    multiply_adds,
    output_padding_for,
    parameter_count,
    path_counts,
    pixel_shuffle,
    pixel_unshuffle,
    plan,
    pointwise_conv2d,
    pool_output_size,
    receptive_field,
    receptive_field_at,
    remainder,
    rotate180,
    same_padding,
    separate,
    tensorflow_same_padding,
    transposed_padding,
    zero_insert,
)

FORMS = (
    "a whole number, one per axis, one (before, after) pair per axis, or 'valid', 'same' or 'full'"
)
CONV = {"kind": "Conv2d", "kernel_size": 3}
UP = {"kind": "ConvTranspose2d", "kernel_size": 3}

SIZES = [
    (
        lambda: conv_output_size(5, 3, dilation=3),
        ValueError,
        "kernel covers 7 cells (kernel_size=3, dilation=3) but the padded input has 5",
    ),
    (
        lambda: conv_output_size((5, 2), 3, padding=((9, 9), (0, 0))),
        ValueError,
        "kernel covers 3 cells (kernel_size=3, dilation=1) but the padded input has 2 along axis 1",
    ),
    (
        lambda: conv_output_size(5.0, 3),
        TypeError,
        "input_size=5.0 must be a whole number, not a float",
    ),
    (
        lambda: conv_output_size("5", 3),
        TypeError,
        "input_size='5' must be a whole number, not a str",
    ),
    (
        lambda: conv_output_size(5, True),
        TypeError,
        "kernel_size=True must be a whole number, not a bool",
    ),
    (
        lambda: conv_output_size(5, None),
        TypeError,
        "kernel_size=None must be a whole number, not a NoneType",
    ),
    (
        lambda: conv_output_size(5, np.array(2.0)),
        TypeError,
        "kernel_size=array(2.) must be a whole number",
    ),
    (
        lambda: conv_output_size(5, 3, stride=(1.5, 1)),
        TypeError,
        "stride[0]=1.5 must be a whole number, not a float",
    ),
    (lambda: conv_output_size(0, 3), ValueError, "input_size=0 must be at least 1"),
    (lambda: conv_output_size(5, 0), ValueError, "kernel_size=0 must be at least 1"),
    (lambda: conv_output_size(5, 3, stride=0), ValueError, "stride=0 must be at least 1"),
    (lambda: conv_output_size(5, 3, dilation=-1), ValueError, "dilation=-1 must be at least 1"),
    (
        lambda: conv_output_size((5, 5), 3, stride=(1, 0)),
        ValueError,
        "stride[1]=0 must be at least 1",
    ),
    (lambda: conv_output_size(5, 3, padding=-1), ValueError, "padding=-1 must be at least 0"),
    (
        lambda: conv_output_size((5, 5), 3, padding=((0, 1), (2, -1))),
        ValueError,
        "padding[1][1]=-1 must be at least 0",
    ),
    (
        lambda: conv_output_size(5, 3, padding=1.0),
        TypeError,
        "padding=1.0 must be a whole number, not a float",
    ),
    (
        lambda: conv_output_size((5, 5), (3, 3, 3)),
        ValueError,
        "kernel_size=(3, 3, 3) has 3 values but input_size=(5, 5) has 2",
    ),
    (
        lambda: conv_output_size((), 3),
        ValueError,
        "input_size=() must have one value per axis, so at least one",
    ),
    (
        lambda: conv_output_size((5, 5), 3, padding=(1, 1, 1)),
        ValueError,
        "padding=(1, 1, 1) has 3 values but there are 2 axes",
    ),
    (
        lambda: conv_output_size((5,), 3, padding=(1, 2)),
        ValueError,
        "padding=(1, 2) has 2 values but there is 1 axis; "
        "a (before, after) pair for it is written ((1, 2),)",
    ),
    (
        lambda: conv_output_size((5, 5), 3, padding=((1, 1, 1), 0)),
        ValueError,
        "padding[0]=(1, 1, 1) has 3 values; a (before, after) pair has two",
    ),
    (
        lambda: conv_output_size(5, 3, padding="sane"),
        ValueError,
        f"padding='sane' must be {FORMS}; did you mean 'same'?",
    ),
    (
        lambda: conv_output_size(5, 3, padding="VALID"),
        ValueError,
        f"padding='VALID' must be {FORMS}; did you mean 'valid'?",
    ),
    (
        lambda: conv_output_size(5, 3, stride=2, padding="same"),
        ValueError,
        "padding='same' needs stride=1, but stride=2: the output would not have the input's size",
    ),
    (
        lambda: conv_output_size((5, 5), 3, stride=(1, 2), padding="same"),
        ValueError,
        "padding='same' needs stride=1, but stride=(1, 2): "
        "the output would not have the input's size",
    ),
    (
        lambda: remainder(5, 3, dilation=3),
        ValueError,
        "kernel covers 7 cells (kernel_size=3, dilation=3) but the padded input has 5",
    ),
    (
        lambda: output_padding_for(2, 3),
        ValueError,
        "kernel covers 3 cells (kernel_size=3, dilation=1) but the padded input has 2",
    ),
    (lambda: input_sizes_for(0, 3), ValueError, "output_size=0 must be at least 1"),
    (lambda: effective_kernel_size(3, 0), ValueError, "dilation=0 must be at least 1"),
    (lambda: same_padding(0), ValueError, "kernel_size=0 must be at least 1"),
    (
        lambda: full_padding(2.5),
        TypeError,
        "kernel_size=2.5 must be a whole number, not a float",
    ),
    (lambda: tensorflow_same_padding(5, 3, 0), ValueError, "stride=0 must be at least 1"),
    (lambda: transposed_padding(3, -1), ValueError, "padding=-1 must be at least 0"),
    (
        lambda: conv_transpose_output_size(3, 3, stride=2, output_padding=2),
        ValueError,
        "output_padding=2 must be below max(stride, dilation) = max(2, 1) = 2",
    ),
    (
        lambda: conv_transpose_output_size(3, 3, output_padding=-1),
        ValueError,
        "output_padding=-1 must be at least 0",
    ),
    (
        lambda: conv_transpose_output_size(1, 2, padding=1),
        ValueError,
        "padding=1 crops 2 of the 2 cells of the transposed output; at least 1 must remain",
    ),
    (
        lambda: conv_transpose_output_size((4, 1), 2, padding=(0, (3, 0))),
        ValueError,
        "padding=(3, 0) crops 3 of the 2 cells of the transposed output along axis 1; "
        "at least 1 must remain",
    ),
]

WINDOWS = [
    (
        lambda: ConvGeometry(5, 3, dilation=3),
        ValueError,
        "kernel covers 7 cells (kernel_size=3, dilation=3) but the padded input has 5",
    ),
    (lambda: ConvGeometry(5, 3).window(3), ValueError, "position=3 must be in 0..2"),
    (lambda: ConvGeometry(5, 3).window(-1), ValueError, "position=-1 must be in 0..2"),
    (
        lambda: ConvGeometry(5, 3).window(0.0),
        TypeError,
        "position=0.0 must be a whole number, not a float",
    ),
    (
        lambda: ConvGeometry((5, 5), 3).window((0, 3)),
        ValueError,
        "position[1]=3 must be in 0..2",
    ),
    (
        lambda: ConvGeometry((5, 5), 3).window(1),
        ValueError,
        "position=(1,) must have one index per axis, so 2",
    ),
    (lambda: ConvGeometry(5, 3).contributors(5), ValueError, "cell=5 must be in 0..4"),
    (lambda: ConvGeometry(5, 3).links(1), ValueError, "axis=1 must be in 0..0"),
]

MATRICES = [
    (
        lambda: conv_matrix(np.ones((3, 3)), (224, 224), padding="same"),
        ValueError,
        "the matrix would have 50176 × 50176 = 2.5e+09 entries and take 18.8 GiB; "
        "conv_matrix makes at most 1 GiB",
    ),
    (
        lambda: conv_matrix(np.ones((3, 3)), (1, 1, 5, 5)),
        ValueError,
        "weight of shape (3, 3) does not fit input_shape=(1, 1, 5, 5): give (kH, kW) with (H, W), "
        "or (O, I // groups, kH, kW) with (C, H, W), without batch",
    ),
    (
        lambda: conv_matrix(np.ones((1, 1, 3, 3)), (1, 1, 5, 5)),
        ValueError,
        "weight of shape (1, 1, 3, 3) does not fit input_shape=(1, 1, 5, 5): give (kH, kW) with "
        "(H, W), or (O, I // groups, kH, kW) with (C, H, W), without batch",
    ),
    (
        lambda: conv_matrix(np.ones((3, 3)), 5),
        TypeError,
        "input_shape=5 must be a tuple such as (H, W) or (C, H, W)",
    ),
    (
        lambda: conv_matrix(np.ones((3, 3)), (2, 5)),
        ValueError,
        "kernel covers 3 cells (kernel_size=3, dilation=1) but the padded input has 2 along axis 0",
    ),
    (
        lambda: conv_matrix(np.ones((4, 2, 3, 3)), (3, 5, 5)),
        ValueError,
        "weight of shape (4, 2, 3, 3) with groups=1 reads 2 channels but the input has 3",
    ),
    (
        lambda: conv_matrix(np.ones((4, 1, 3, 3)), (3, 5, 5), groups=3),
        ValueError,
        "groups=3 must divide out_channels=4",
    ),
    (
        lambda: conv_matrix(np.ones((4, 1, 3, 3)), (3, 5, 5), groups=2),
        ValueError,
        "groups=2 must divide in_channels=3",
    ),
    (
        lambda: conv_matrix(np.ones((4, 1, 3, 3)), (3, 5, 5), groups=0),
        ValueError,
        "groups=0 must be at least 1",
    ),
    (
        lambda: conv_matrix([["a", "b"]], (5, 5)),
        TypeError,
        "weight holds text (dtype=<U1); it must hold real numbers",
    ),
    (
        lambda: conv_matrix([[1j]], (5, 5)),
        TypeError,
        "weight holds complex numbers (dtype=complex128); it must hold real numbers",
    ),
    (
        lambda: conv_matrix([[None]], (5, 5)),
        TypeError,
        "weight holds objects (dtype=object); it must hold real numbers",
    ),
    (
        lambda: conv_matrix([[1, 2], [3]], (5, 5)),
        ValueError,
        "weight must be a rectangular array: its rows differ",
    ),
    (
        lambda: im2col(np.ones(5), 2),
        ValueError,
        "input has shape (5,), 1 axis; with a kernel of 2 axes it must have 2, 3 (channels) or "
        "4 (batch and channels)",
    ),
    (
        lambda: im2col(np.ones((2, 2)), 3),
        ValueError,
        "kernel covers 3 cells (kernel_size=3, dilation=1) but the padded input has 2 along axis 0",
    ),
    (
        lambda: col2im(np.ones((4, 3)), (2, 3), 2),
        ValueError,
        "columns has shape (4, 3), but input_shape=(2, 3) with kernel_size=(2, 2) gives (4, 2)",
    ),
    (lambda: zero_insert([1, 2], 0), ValueError, "stride=0 must be at least 1"),
    (
        lambda: zero_insert([1, 2], (2, 2)),
        ValueError,
        "stride=(2, 2) has 2 values but input has 1 axis",
    ),
    (lambda: rotate180([1, 2]), ValueError, "axes=2 but weight has 1 axis"),
    (lambda: rotate180([[1]], 0), ValueError, "axes=0 must be at least 1"),
    (
        lambda: separate([1, 2, 1]),
        ValueError,
        "kernel has shape (3,), 1 axis; it must be (kH, kW)",
    ),
    (
        lambda: separate([[1, np.nan]]),
        ValueError,
        "kernel holds NaN or infinity; it must hold finite numbers",
    ),
    (
        lambda: kernel_rank(np.ones((0, 3))),
        ValueError,
        "kernel has shape (0, 3); it must have at least one cell",
    ),
]

COSTS = [
    (lambda: parameter_count(0, 1, 3), ValueError, "in_channels=0 must be at least 1"),
    (lambda: parameter_count(4, 6, 3, groups=4), ValueError, "groups=4 must divide out_channels=6"),
    (lambda: parameter_count(6, 4, 3, groups=4), ValueError, "groups=4 must divide in_channels=6"),
    (lambda: parameter_count(1, 0, 3), ValueError, "out_channels=0 must be at least 1"),
    (lambda: parameter_count(2, 2, 3, groups=0), ValueError, "groups=0 must be at least 1"),
    (lambda: parameter_count(1, 1, 0), ValueError, "kernel_size=0 must be at least 1"),
    (lambda: multiply_adds(1, 1, 0, 3), ValueError, "kernel_size=0 must be at least 1"),
    (lambda: multiply_adds(1, 0, 3, 3), ValueError, "out_channels=0 must be at least 1"),
    (lambda: multiply_adds(1, 1, 3, 0), ValueError, "output_size=0 must be at least 1"),
    (
        lambda: receptive_field([{"kernel_size": 3, "groups": 1}]),
        TypeError,
        "layers[0]={'kernel_size': 3, 'groups': 1} must have kernel_size and may have stride, "
        "dilation and padding",
    ),
    (
        lambda: multiply_adds(1, 1, (3, 3, 3), (5, 5)),
        ValueError,
        "output_size=(5, 5) has 2 values but kernel_size=(3, 3, 3) has 3",
    ),
    (
        lambda: receptive_field(3),
        TypeError,
        "layers=3 must be a list of (kernel_size, stride, dilation, padding)",
    ),
    (
        lambda: receptive_field([3, (3, 1, 1, 1, 1)]),
        TypeError,
        "layers[1]=(3, 1, 1, 1, 1) must be (kernel_size, stride, dilation, padding)",
    ),
    (
        lambda: receptive_field([{"kernel": 3}]),
        TypeError,
        "layers[0]={'kernel': 3} must have kernel_size and may have stride, dilation and padding",
    ),
    (
        lambda: receptive_field([((3, 3), 1), ((3, 3, 3), 1)]),
        ValueError,
        "layers have different numbers of axes: [2, 3]",
    ),
]

PLANS = [
    (
        lambda: plan([CONV, CONV], 4),
        ValueError,
        "layer 1 (Conv2d): kernel covers 3 cells (kernel_size=3, dilation=1) "
        "but the padded input has 2 along axis 0",
    ),
    (
        lambda: plan([CONV, {"kind": "Linear", "in_features": 3}], 9),
        TypeError,
        "layer 1 (Linear): plan does not know this kind; it knows Conv2d, ConvTranspose2d, "
        "MaxPool2d, AvgPool2d, Upsample, PixelShuffle, BatchNorm2d, Dropout, ReLU ...",
    ),
    (
        lambda: plan([{"kind": "Conv2D"}], 9),
        TypeError,
        "layer 0 (Conv2D): plan does not know this kind; did you mean 'Conv2d'?",
    ),
    (
        lambda: plan([{"kernel_size": 3}], 9),
        TypeError,
        "layer 0 is {'kernel_size': 3}, which names no kind, such as 'Conv2d'",
    ),
    (
        lambda: plan([{"kind": "Conv2d", "kernal_size": 3}], 9),
        TypeError,
        "layer 0 (Conv2d): no setting 'kernal_size'; did you mean 'kernel_size'?",
    ),
    (lambda: plan([{"kind": "Conv2d"}], 9), TypeError, "layer 0 (Conv2d): kernel_size is missing"),
    (
        lambda: plan("Conv2d", 9),
        TypeError,
        "layers='Conv2d' must be a sequence of layers, such as a list or an nn.Sequential",
    ),
    (
        lambda: plan([CONV], (1, 1, 9, 9)),
        ValueError,
        "input_size=(1, 1, 9, 9) must be an int, (H, W) or (C, H, W)",
    ),
    (
        lambda: plan([CONV, {"kind": "MaxPool1d", "kernel_size": 2}], 9),
        ValueError,
        "layer 1 (MaxPool1d): it needs 1 axis, but what it receives has 2: (7, 7)",
    ),
    (
        lambda: plan([{**CONV, "in_channels": 3, "out_channels": 8}], (4, 9, 9)),
        ValueError,
        "layer 0 (Conv2d): in_channels=3 but it receives 4 channels",
    ),
    (
        lambda: plan([{**CONV, "output_padding": 1}], 9),
        TypeError,
        "layer 0 (Conv2d): no setting 'output_padding'; did you mean 'padding'?",
    ),
    (
        lambda: plan([{**UP, "output_padding": 1}], 9),
        ValueError,
        "layer 0 (ConvTranspose2d): output_padding=1 must be below max(stride, dilation) = "
        "max(1, 1) = 1",
    ),
    (
        lambda: plan([{"kind": "MaxPool2d", "kernel_size": 3, "padding": 2}], 9),
        ValueError,
        "layer 0 (MaxPool2d): padding=2 must be at most half of the 3 cells that the window "
        "covers, so 1",
    ),
    (
        lambda: plan([{"kind": "AvgPool2d", "kernel_size": 3, "padding": "same"}], 9),
        TypeError,
        "layer 0 (AvgPool2d): padding='same' must be a whole number, or one per axis",
    ),
    (
        lambda: plan([{"kind": "BatchNorm2d", "num_features": 3}], (4, 9, 9)),
        ValueError,
        "layer 0 (BatchNorm2d): num_features=3 but it receives 4 channels",
    ),
    (
        lambda: plan([{"kind": "PixelShuffle", "upscale_factor": 2}], (6, 9, 9)),
        ValueError,
        "layer 0 (PixelShuffle): upscale_factor=2: 6 channels are no multiple of 4",
    ),
    (
        lambda: plan([{"kind": "PixelUnshuffle", "downscale_factor": 2}], (9, 8)),
        ValueError,
        "layer 0 (PixelUnshuffle): downscale_factor=2 must divide the size (9, 8)",
    ),
    (
        lambda: plan([{"kind": "Upsample"}], 9),
        ValueError,
        "layer 0 (Upsample): give either size or scale_factor, not size=None and scale_factor=None",
    ),
    (
        lambda: plan([{"kind": "Upsample", "scale_factor": 0}], 9),
        ValueError,
        "layer 0 (Upsample): scale_factor=0 must be above 0",
    ),
    (
        lambda: plan([{"kind": "Upsample", "scale_factor": 0.1}], 9),
        ValueError,
        "layer 0 (Upsample): scale_factor=0.1 leaves no cell of (9, 9)",
    ),
    (
        lambda: plan([{"kind": "Upsample", "scale_factor": "2"}], 9),
        TypeError,
        "layer 0 (Upsample): scale_factor='2' must be a number, or one per axis",
    ),
    (
        lambda: plan([{"kind": "Upsample", "scale_factor": 2, "mode": "lanczos"}], 9),
        ValueError,
        "layer 0 (Upsample): mode='lanczos' must be nearest, nearest-exact, linear, bilinear, "
        "trilinear, bicubic or area",
    ),
    (
        lambda: plan([{"kind": "AdaptiveAvgPool2d", "output_size": (1, 1, 1)}], 9),
        ValueError,
        "layer 0 (AdaptiveAvgPool2d): output_size=(1, 1, 1) has 3 values but there are 2 axes",
    ),
]

#: The operations; their rows are in the order of `convlib.__all__`.
OPERATIONS = [
    (
        lambda: conv1d(np.ones((1, 2, 5)), np.ones((1, 3, 2))),
        ValueError,
        "weight of shape (1, 3, 2) with groups=1 reads 3 channels but the input has 2",
    ),
    (
        lambda: conv1d(np.ones((2, 5)), np.ones(2)),
        ValueError,
        "weight has shape (2,), a plain kernel (k,), so input must be (L,); it has shape (2, 5)",
    ),
    (
        lambda: conv2d(np.ones((1, 2, 5, 5)), np.ones((4, 2, 3, 3)), stride=0),
        ValueError,
        "stride=0 must be at least 1",
    ),
    (
        lambda: conv2d(np.ones((1, 2, 5, 5)), np.ones((4, 3, 3, 3))),
        ValueError,
        "weight of shape (4, 3, 3, 3) with groups=1 reads 3 channels but the input has 2",
    ),
    (
        lambda: conv2d(np.ones((1, 2, 5, 5)), np.ones((3, 1, 3, 3)), groups=2),
        ValueError,
        "groups=2 must divide out_channels=3",
    ),
    (
        lambda: conv2d(np.ones((1, 3, 5, 5)), np.ones((4, 1, 3, 3)), groups=2),
        ValueError,
        "groups=2 must divide in_channels=3",
    ),
    (
        lambda: conv2d(np.ones((1, 2, 5, 5)), np.ones((4, 2, 3, 3)), groups=0),
        ValueError,
        "groups=0 must be at least 1",
    ),
    (
        lambda: conv2d(np.ones((1, 2, 5, 5)), np.ones((4, 2, 3, 3)), groups=1.0),
        TypeError,
        "groups=1.0 must be a whole number, not a float",
    ),
    (
        lambda: conv2d(np.ones((5, 5)), np.ones((3, 3)), bias=[1, 2]),
        ValueError,
        "bias has shape (2,); it must be (1,), one per output channel",
    ),
    (
        lambda: conv2d(np.ones((1, 2, 5, 5)), np.ones((4, 2, 3, 3)), bias=np.ones(3)),
        ValueError,
        "bias has shape (3,); it must be (4,), one per output channel",
    ),
    (
        lambda: conv2d(np.ones(5), np.ones((3, 3))),
        ValueError,
        "weight has shape (3, 3), a plain kernel (kH, kW), so input must be (H, W); it has "
        "shape (5,)",
    ),
    (
        lambda: conv2d(np.ones((1, 2, 5, 5)), np.ones((3, 3))),
        ValueError,
        "weight has shape (3, 3), a plain kernel (kH, kW), so input must be (H, W); it has "
        "shape (1, 2, 5, 5)",
    ),
    (
        lambda: conv2d(np.ones((5, 5)), np.ones((6, 3))),
        ValueError,
        "kernel covers 6 cells (kernel_size=6, dilation=1) but the padded input has 5 along axis 0",
    ),
    (
        lambda: conv2d(np.ones((5, 5)), np.ones((3, 3)), padding=-1),
        ValueError,
        "padding=-1 must be at least 0",
    ),
    (
        lambda: conv2d(np.ones((5, 5)), np.ones((3, 3)), padding="smae"),
        ValueError,
        f"padding='smae' must be {FORMS}; did you mean 'same'?",
    ),
    (
        lambda: conv2d(np.ones((5, 5)), np.ones((3, 3)), padding="same", stride=2),
        ValueError,
        "padding='same' needs stride=1, but stride=2: the output would not have the input's size",
    ),
    (
        lambda: conv2d(np.ones((5, 5)), np.ones((3, 3)), padding=1, padding_mode="mirror"),
        ValueError,
        "padding_mode='mirror' must be one of zeros, reflect, replicate, circular; did you "
        "mean 'circular'?",
    ),
    (
        lambda: conv2d(np.ones((5, 5)), np.ones((3, 3)), padding=5, padding_mode="reflect"),
        ValueError,
        "padding=5 with padding_mode='reflect' must be at most 4 along axis 0, where the "
        "input has 5 cells",
    ),
    (
        lambda: conv2d(np.ones((5, 5)), np.ones((3, 3)), padding=6, padding_mode="circular"),
        ValueError,
        "padding=6 with padding_mode='circular' must be at most 5 along axis 0, where the "
        "input has 5 cells",
    ),
    (
        lambda: conv2d([["a"]], np.ones((3, 3))),
        TypeError,
        "input holds text (dtype=<U1); it must hold real numbers",
    ),
    (
        lambda: conv2d(np.ones((5, 5)), [[1j]]),
        TypeError,
        "weight holds complex numbers (dtype=complex128); it must hold real numbers",
    ),
    (
        lambda: conv2d([[1, 2], [3]], np.ones((3, 3))),
        ValueError,
        "input must be a rectangular array: its rows differ",
    ),
    (
        lambda: conv2d(np.ones((5, 5)), np.ones((3, 3)), stride=True),
        TypeError,
        "stride=True must be a whole number, not a bool",
    ),
    (
        lambda: conv2d(np.ones((1, 0, 5, 5)), np.ones((4, 0, 3, 3))),
        ValueError,
        "in_channels=0 must be at least 1",
    ),
    (
        lambda: conv2d(np.ones((0, 5)), np.ones((1, 1))),
        ValueError,
        "input_size[0]=0 must be at least 1",
    ),
    (
        lambda: conv3d(np.ones((5, 5)), np.ones((3, 3))),
        ValueError,
        "weight has shape (3, 3), 2 axes; it must be (O, C // groups, kD, kH, kW) or (kD, kH, kW)",
    ),
    (
        lambda: conv_transpose1d(np.ones(3), np.ones(3), padding=3),
        ValueError,
        "padding=3 crops 6 of the 5 cells of the transposed output; at least 1 must remain",
    ),
    (
        lambda: conv_transpose2d(np.ones((3, 3)), np.ones((3, 3)), stride=2, output_padding=2),
        ValueError,
        "output_padding=2 must be below max(stride, dilation) = max(2, 1) = 2",
    ),
    (
        lambda: conv_transpose2d(np.ones((2, 3, 3)), np.ones((3, 1, 3, 3))),
        ValueError,
        "transposed weight of shape (3, 1, 3, 3) reads 3 channels but the input has 2",
    ),
    (
        lambda: conv_transpose2d(np.ones((3, 3, 3)), np.ones((3, 1, 3, 3)), groups=2),
        ValueError,
        "groups=2 must divide in_channels=3",
    ),
    (
        lambda: conv_transpose3d(np.ones((2, 3, 3)), np.ones((3, 3))),
        ValueError,
        "weight has shape (3, 3), 2 axes; it must be (C, O // groups, kD, kH, kW) or (kD, kH, kW)",
    ),
    (
        lambda: depthwise_conv2d(np.ones((2, 5, 5)), np.ones((3, 1, 3, 3))),
        ValueError,
        "depthwise weight has shape (3, 1, 3, 3); for an input with 2 channels it must be "
        "(2·M, 1, kH, kW)",
    ),
    (
        lambda: depthwise_conv2d(np.ones((5, 5)), np.ones((3, 3))),
        ValueError,
        "input has shape (5, 5), 2 axes; it must be (N, C, H, W) or (C, H, W)",
    ),
    (
        lambda: pointwise_conv2d(np.ones((2, 5, 5)), np.ones((2, 2, 3, 3))),
        ValueError,
        "pointwise weight has shape (2, 2, 3, 3); it must be (O, C, 1, 1)",
    ),
    (
        lambda: depthwise_separable_conv2d(
            np.ones((2, 5, 5)), np.ones((2, 1, 3, 3)), np.ones((4, 3))
        ),
        ValueError,
        "weight of shape (4, 3, 1, 1) with groups=1 reads 3 channels but the input has 2",
    ),
    (
        lambda: max_pool2d(np.ones((5, 5)), 3, padding=2),
        ValueError,
        "padding=2 must be at most half of the 3 cells that the window covers, so 1",
    ),
    (
        lambda: max_pool2d(np.ones((5, 5)), 6),
        ValueError,
        "kernel covers 6 cells (kernel_size=6, dilation=1) but the padded input has 5 along axis 0",
    ),
    (
        lambda: max_pool2d(np.ones(5), 2),
        ValueError,
        "input has shape (5,), 1 axis; it must be (N, C, H, W), (C, H, W) or (H, W)",
    ),
    (
        lambda: avg_pool2d(np.ones((5, 5)), 2, divisor_override=0),
        ValueError,
        "divisor_override=0 must not be 0: the sums are divided by it",
    ),
    (lambda: avg_pool2d(np.ones((5, 5)), 2, stride=0), ValueError, "stride=0 must be at least 1"),
    (
        lambda: avg_pool2d(np.ones((5, 5)), 2, padding="same"),
        ValueError,
        "padding='same' needs stride=1, but stride=2: the output would not have the input's size",
    ),
    (
        lambda: pixel_shuffle(np.ones((6, 5, 5)), 2),
        ValueError,
        "upscale_factor=2 needs a multiple of 4 channels but the input has 6",
    ),
    (
        lambda: pixel_shuffle(np.ones((5, 5)), 1),
        ValueError,
        "input has shape (5, 5), 2 axes; it must be (N, C, H, W) or (C, H, W)",
    ),
    (
        lambda: pixel_shuffle(np.ones((4, 5, 5)), 0),
        ValueError,
        "upscale_factor=0 must be at least 1",
    ),
    (
        lambda: pixel_unshuffle(np.ones((1, 5, 4)), 2),
        ValueError,
        "downscale_factor=2 must divide the input's height and width, 5 and 4",
    ),
]

GRADIENTS_AND_MORE = [
    (
        lambda: pool_output_size(5, 3, padding=2),
        ValueError,
        "padding=2 must be at most half of the 3 cells that the window covers, so 1",
    ),
    (
        lambda: conv_input_gradient((5, 5), np.ones((3, 3)), np.ones((2, 3))),
        ValueError,
        "grad_output has shape (2, 3) but the convolution's output has (3, 3)",
    ),
    (
        lambda: conv_input_gradient((5, 5), np.ones((3, 3)), np.ones((3, 3)), groups=2),
        ValueError,
        "groups=2 must be 1 for a plain kernel, which has no channels",
    ),
    (
        lambda: conv_weight_gradient(np.ones((2, 2)), (3, 3), np.ones((1, 1))),
        ValueError,
        "kernel covers 3 cells (kernel_size=3, dilation=1) but the padded input has 2 along axis 0",
    ),
    (
        lambda: conv_weight_gradient(np.ones((5, 5)), (1, 1, 3, 3), np.ones((3, 3))),
        ValueError,
        "input has shape (5, 5) and weight (1, 1, 3, 3); they must be (N, C, H, W) or (C, H, W) "
        "and (O, C // groups, kH, kW), with 1 to 3 axes of cells, or both without channels, (H, W) "
        "and (kH, kW)",
    ),
    (
        lambda: max_pool1d(np.ones((2, 2, 2, 2)), 2),
        ValueError,
        "input has shape (2, 2, 2, 2), 4 axes; it must be (N, C, L), (C, L) or (L,)",
    ),
    (
        lambda: max_pool3d(np.ones((2, 2, 2)), 2, padding=2),
        ValueError,
        "padding=2 must be at most half of the 2 cells that the window covers, so 1",
    ),
    (
        lambda: max_pool2d_with_indices(np.ones((5, 5)), 6),
        ValueError,
        "kernel covers 6 cells (kernel_size=6, dilation=1) but the padded input has 5 along axis 0",
    ),
    (
        lambda: max_unpool2d([[1.0]], [[4]], 2),
        ValueError,
        "indices go from 4 to 4; in an output of 2×2 they must be in 0..3",
    ),
    (
        lambda: max_unpool2d([[1.0]], [[0.0]], 2),
        TypeError,
        "indices have dtype float64; they must be whole numbers",
    ),
    (
        lambda: max_unpool2d([[1.0]], [[0, 1]], 2),
        ValueError,
        "indices have shape (1, 2) but input has (1, 1)",
    ),
    (
        lambda: max_unpool2d([[1.0]], [[0]], 2, padding=1),
        ValueError,
        "padding=1 leaves an output of 0×0 cells",
    ),
    (lambda: avg_pool1d(np.ones(5), 2, stride=0), ValueError, "stride=0 must be at least 1"),
    (
        lambda: avg_pool3d(np.ones((2, 2, 2)), 2, divisor_override=0),
        ValueError,
        "divisor_override=0 must not be 0: the sums are divided by it",
    ),
    (lambda: adaptive_max_pool1d(np.ones(5), 0), ValueError, "output_size=0 must be at least 1"),
    (
        lambda: adaptive_max_pool2d(np.ones((5, 5)), (None, 2)),
        TypeError,
        "output_size=(None, 2) must have a whole number for each axis",
    ),
    (
        lambda: adaptive_max_pool3d(np.ones((0, 2, 2)), 1),
        ValueError,
        "input has shape (0, 2, 2); each axis needs at least 1 cell",
    ),
    (
        lambda: adaptive_avg_pool1d(np.ones(5), 2.0),
        TypeError,
        "output_size=2.0 must be a whole number, not a float",
    ),
    (
        lambda: adaptive_avg_pool2d(np.ones(5), 2),
        ValueError,
        "input has shape (5,), 1 axis; it must be (N, C, H, W), (C, H, W) or (H, W)",
    ),
    (
        lambda: adaptive_avg_pool3d(np.ones((2, 2, 2)), (1, 1)),
        ValueError,
        "output_size=(1, 1) has 2 values but there are 3 axes",
    ),
    (
        lambda: interpolate(np.ones((2, 2))),
        ValueError,
        "size=None and scale_factor=None: exactly one of them must be given",
    ),
    (
        lambda: interpolate(np.ones((2, 2)), scale_factor=0.25),
        ValueError,
        "scale_factor=0.25 makes 0×0 cells of 2×2; each axis needs at least 1",
    ),
    (
        lambda: interpolate(np.ones((2, 2)), scale_factor=(2, 2)),
        TypeError,
        "scale_factor=(2, 2) must be one number for both axes",
    ),
    (
        lambda: interpolate(np.ones((2, 2)), 4, mode="bicubic"),
        ValueError,
        "mode='bicubic' must be one of nearest, nearest-exact, bilinear",
    ),
    (
        lambda: interpolate(np.ones((2, 2)), 4, align_corners=True),
        ValueError,
        "align_corners=True needs mode='bilinear', not 'nearest'",
    ),
    (
        lambda: compose([1, 2], [[1]]),
        ValueError,
        "first has shape (2,) and second (1, 1); both must be plain kernels, (k,) or (kH, kW), or "
        "both weights, (O, I, k...)",
    ),
    (
        lambda: compose(np.ones((3, 1, 2)), np.ones((1, 2, 2))),
        ValueError,
        "second takes 2 channels but first gives 3",
    ),
    (lambda: compose([1], [1], stride=0), ValueError, "stride=0 must be at least 1"),
    (
        lambda: receptive_field_at([((3, 3), 1)]),
        ValueError,
        "layers[0]=((3, 3), 1) must have one number for each parameter: axes do not influence each "
        "other, so ask for one at a time",
    ),
    (lambda: receptive_field_at([3], -1), ValueError, "position=-1 must be at least 0"),
    (
        lambda: path_counts("33"),
        TypeError,
        "layers='33' must be a list of (kernel_size, stride, dilation, padding)",
    ),
    (
        lambda: bytes_moved(1, 1, 3, (5, 5), (3,)),
        ValueError,
        "output_size=(3,) has 1 value but input_size=(5, 5) has 2",
    ),
    (
        lambda: bytes_moved(1, 1, 3, 5, 3, batch_size=0),
        ValueError,
        "batch_size=0 must be at least 1",
    ),
    (
        lambda: arithmetic_intensity(3, 4, 3, 5, 3, groups=2),
        ValueError,
        "groups=2 must divide in_channels=3",
    ),
]

DIAGNOSES = [
    (
        lambda: diagnose([{"kind": "ReLU"}], 8),
        TypeError,
        "model=list must be a module of PyTorch; for a chain of dicts, plan says what is wrong",
    ),
    (
        lambda: diagnose(nn.Conv2d(3, 8, 3), 0),
        ValueError,
        "input_size=0 must be at least 1",
    ),
    (
        lambda: diagnose(nn.Conv2d(3, 8, 3), (1, 3, 8, 8, 8)),
        ValueError,
        "input_size=(1, 3, 8, 8, 8) has 5 values; it must be an int, (H, W) or (C, H, W): "
        "the batch is left out",
    ),
]
REFUSALS = SIZES + WINDOWS + MATRICES + COSTS + PLANS + DIAGNOSES + OPERATIONS + GRADIENTS_AND_MORE


@pytest.mark.parametrize(
    ("call", "error", "text"), [pytest.param(*row, id=row[2]) for row in REFUSALS]
)
def test_refusal_names_the_offender_its_value_and_the_rule(call, error, text):
    with pytest.raises(error, match=f"^{re.escape(text)}$") as raised:
        call()
    assert type(raised.value) is error


def names_in(call):
    """Return the names a row's call uses."""
    return set(call.__code__.co_names)


def test_every_public_function_has_a_refusal_in_the_table():
    covered = set().union(*(names_in(call) for call, _, _ in REFUSALS))
    functions = set(convlib.__all__) - {
        "Diagnosis",
        "LayerPlan",
        "Plan",
        "ReceptiveField",
    }  # these are returned
    assert functions <= covered, f"no refusal for {sorted(functions - covered)}"


@pytest.mark.parametrize(
    "function", [conv_output_size, remainder, output_padding_for, ConvGeometry]
)
@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"stride": 0}, ValueError),
        ({"stride": 1.0}, TypeError),
        ({"dilation": 0}, ValueError),
        ({"dilation": "1"}, TypeError),
        ({"padding": -1}, ValueError),
        ({"padding": None}, TypeError),
        ({"padding": "some"}, ValueError),
        ({"padding": "same", "stride": 2}, ValueError),
        ({"input_size": 0}, ValueError),
        ({"input_size": 2}, ValueError),
        ({"input_size": True}, TypeError),
        ({"kernel_size": 0}, ValueError),
        ({"kernel_size": 6}, ValueError),
        ({"kernel_size": np.float32(3)}, TypeError),
        ({"kernel_size": (3, 3), "stride": (1, 1, 1)}, ValueError),
    ],
)
def test_refusals_are_the_same_for_all_functions_of_windows(function, parameters, error):
    parameters = {"input_size": 5, "kernel_size": 3} | parameters
    with pytest.raises(error) as expected:
        conv_output_size(**parameters)
    with pytest.raises(error, match=f"^{re.escape(str(expected.value))}$"):
        function(**parameters)
