"""Keras and JAX are large: their files are collected where `make frameworks` installed them."""

from importlib.util import find_spec

collect_ignore = [
    f"test_{name}.py" for name in ("keras", "jax", "tensorflow") if find_spec(name) is None
]
