"""Model answers of the chapter on frameworks."""


def to_keras(weight, groups):
    """Return a weight of PyTorch in the layout of Keras.

    >>> import numpy as np
    >>> to_keras(np.zeros((8, 3, 5, 7)), groups=1).shape
    (5, 7, 3, 8)
    """
    kernels, channels, rows, columns = weight.shape
    if groups > 1 and channels == 1:
        each = weight.reshape(groups, kernels // groups, rows, columns)
        return each.transpose(2, 3, 0, 1)
    return weight.transpose(2, 3, 1, 0)


def onnx_same(sizes, kernel, strides, lower):
    """Return the pads of an ONNX convolution whose output has ⌈i / s⌉ cells.

    >>> onnx_same((8,), (3,), (2,), lower=False)
    [0, 1]
    """
    begins, ends = [], []
    for size, taps, step in zip(sizes, kernel, strides, strict=True):
        windows = -(-size // step)
        total = max(0, (windows - 1) * step + taps - size)
        less, more = total // 2, total - total // 2
        begins.append(more if lower else less)
        ends.append(less if lower else more)
    return begins + ends
