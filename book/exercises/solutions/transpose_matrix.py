"""Model answers of the chapter on the transposed matrix."""

import numpy as np

from convlib import conv_matrix


def matrix_of(operation, input_shape):
    """Return the matrix, (outputs, inputs), of a linear operation.

    >>> matrix_of(lambda x: x[:, 1:] - x[:, :-1], (1, 3))
    array([[-1,  1,  0],
           [ 0, -1,  1]])
    """
    inputs = np.eye(np.prod(input_shape), dtype=int)
    results = [operation(one.reshape(input_shape)) for one in inputs]
    return np.stack([result.ravel() for result in results], axis=1)


def ghost(w, shape, stride):
    """Return an input of length 1 that the convolution makes zeros of.

    >>> np.abs(ghost(np.array([[3, 4]]), (1, 2), stride=1)).round(6)
    array([[0.8, 0.6]])
    """
    matrix = conv_matrix(w, shape, stride=stride)
    _, _, directions = np.linalg.svd(matrix)
    return directions[-1].reshape(shape)
