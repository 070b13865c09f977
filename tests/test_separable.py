"""Columns times rows: kernels known from paper, then random ones."""

import numpy as np
import pytest

from convlib import kernel_rank, separate

SOBEL = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
LAPLACIAN = [[0, 1, 0], [1, -4, 1], [0, 1, 0]]


@pytest.mark.parametrize(
    ("kernel", "column", "row"),
    [
        (SOBEL, [1, 2, 1], [1, 0, -1]),
        (np.transpose(SOBEL), [1, 0, -1], [1, 2, 1]),
        (np.full((3, 2), 1 / 6), [1 / 6] * 3, [1, 1]),
        ([[0, -2], [0, 4]], [-2, 4], [0, 1]),
        ([[5]], [5], [1]),
    ],
)
def test_separate_a_separable_kernel(kernel, column, row):
    found_column, found_row, error = separate(kernel)
    np.testing.assert_allclose(found_column, column, atol=1e-12)
    np.testing.assert_allclose(found_row, row, atol=1e-12)
    assert error < 1e-12
    assert kernel_rank(kernel) == 1


def test_separate_gives_the_nearest_product():
    column, row, error = separate(LAPLACIAN)
    assert kernel_rank(LAPLACIAN) == 2
    singular = np.linalg.svd(np.array(LAPLACIAN, float), compute_uv=False)
    assert error == pytest.approx(np.sqrt((singular[1:] ** 2).sum() / (singular**2).sum()))
    random = np.random.default_rng(0)
    for _ in range(200):
        other = np.outer(column, row) + random.normal(0, 0.1) * np.outer(
            random.standard_normal(3), random.standard_normal(3)
        )
        if kernel_rank(other) == 1:
            assert np.linalg.norm(LAPLACIAN - other) >= error * np.linalg.norm(LAPLACIAN)


def test_separate_random_products():
    random = np.random.default_rng(1)
    for _ in range(200):
        height, width, rank = random.integers(1, 7, 3)
        kernel = random.standard_normal((height, rank)) @ random.standard_normal((rank, width))
        column, row, error = separate(kernel)
        assert (column.shape, row.shape) == ((height,), (width,))
        assert row[np.flatnonzero(row)[0]] == 1
        distance = np.linalg.norm(kernel - np.outer(column, row)) / np.linalg.norm(kernel)
        assert error == pytest.approx(distance, abs=1e-12)
        assert kernel_rank(kernel) == min(height, width, rank)


def test_separate_shows_no_rounding_and_keeps_what_is_small(monkeypatch):
    """What is 0 on paper comes out as about 1e-17 from some processors; a small weight stays."""
    exactly = np.linalg.svd
    monkeypatch.setattr(
        np.linalg, "svd", lambda *a, **k: tuple(part + 3e-17 for part in exactly(*a, **k))
    )
    column, row = [0.1, 0.0, 0.3, -1e-9], [0.0, 0.7, -0.2, 0.0, 1e-10]
    found_column, found_row, _ = separate(np.outer(column, row))
    np.testing.assert_array_equal(found_column != 0, np.array(column) != 0)
    np.testing.assert_array_equal(found_row != 0, np.array(row) != 0)
    np.testing.assert_allclose(found_row, np.array(row) / 0.7, rtol=1e-6)


def test_separate_zeros():
    column, row, error = separate(np.zeros((2, 3)))
    np.testing.assert_array_equal(column, [0, 0])
    np.testing.assert_array_equal(row, [0, 0, 0])
    assert (error, kernel_rank(np.zeros((2, 3)))) == (0, 0)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_separate_keeps_the_floating_type_and_its_rounding(dtype):
    kernel = np.outer([0.1, 0.7, 0.3], [0.9, -0.2, 0.4]).astype(dtype)
    column, row, error = separate(kernel)
    assert column.dtype == row.dtype == dtype
    assert error < 10 * np.finfo(dtype).eps
    assert kernel_rank(kernel) == 1


@pytest.mark.parametrize(
    ("kernel", "column", "row"),
    [
        ([[0, 1], [-1, 0]], [0, -1], [1, 0]),
        ([[2, 0], [0, 2]], [2, 0], [1, 0]),
        ([[0, 1, 2], [-1, 0, 1], [-2, -1, 0]], [0, -1, -2], [1, 0.4, -0.2]),
    ],
)
def test_separate_of_equal_singular_values_is_the_same_on_every_processor(kernel, column, row):
    """The decomposition gives any two of the products that are as good as each other."""
    found = separate(kernel)
    np.testing.assert_allclose(found[0], column, atol=1e-12)
    np.testing.assert_allclose(found[1], row, atol=1e-12)
