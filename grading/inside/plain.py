"""Plain data as JSON: the only language that the student's process and the judge share.

What says the same as plain data travels as that: a named tuple as a tuple, a member of an
enumeration as its number, a tensor or a matrix as an array. Anything else travels as a reference to
an object that stays where it is. Nothing that is decoded can run code.
"""

from __future__ import annotations

import base64
import math
import re
import sys

SEQUENCES = {"tuple": tuple, "set": set, "frozenset": frozenset}
SIGNATURES = {"range": range, "slice": slice}
#: From here on a whole number travels in base 16: Python limits the digits of the others.
LARGE = 10**4000
#: How a value of a kind of these becomes one of exactly these, by the plain type's own methods.
COPIES = {
    int: int.__pos__,
    float: float.__pos__,
    complex: complex.__pos__,
    str: str.__str__,
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
    tuple: lambda value: tuple.__getitem__(value, slice(None)),
    list: list.copy,
    dict: dict.copy,
    set: lambda value: set().union(value),
    frozenset: lambda value: frozenset().union(value),
}
PLAIN = {bool, range, slice, *COPIES}
DTYPE = re.compile(r"[<>|=]?[biufcUS]\d{1,9}")


def encode(value, refer):
    """Return a value as JSON's data.

    Parameters
    ----------
    value : object
        Python's own plain types, numpy's arrays and scalars, and any nesting of them.
    refer : callable
        What to send instead of any other object.
    """
    value = _as_plain(value)
    kind = type(value)
    if kind is int and abs(value) >= LARGE:
        return {"int": hex(value)}
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is list:
        return [encode(item, refer) for item in value]
    if kind is dict:
        return {"dict": [[encode(key, refer), encode(value[key], refer)] for key in value]}
    if kind.__name__ in SEQUENCES and kind is SEQUENCES[kind.__name__]:
        return {kind.__name__: [encode(item, refer) for item in value]}
    if kind in (range, slice):
        parts = (value.start, value.stop, value.step)
        return {kind.__name__: [encode(part, refer) for part in parts]}
    if kind is bytes:
        return {"bytes": base64.b64encode(value).decode()}
    if kind is complex:
        return {"complex": [value.real, value.imag]}
    if value is ...:
        return {"ellipsis": None}
    numpy = sys.modules.get("numpy")
    is_array = numpy and kind is numpy.ndarray
    is_numeric = is_array or (numpy and isinstance(value, numpy.generic))
    if is_numeric and DTYPE.fullmatch(value.dtype.str):
        data = base64.b64encode(value.tobytes()).decode()
        return {"array" if is_array else "scalar": [value.dtype.str, list(value.shape), data]}
    return {"object": refer(value)}


def _as_plain(value):
    """Return a value in the plain form that says the same, where it has one."""
    if type(value) in PLAIN or value is None or value is ...:
        return value
    numpy = sys.modules.get("numpy")
    if numpy and isinstance(value, (numpy.ndarray, numpy.generic)):
        is_plain = type(value) is numpy.ndarray or isinstance(value, numpy.generic)
        return value if is_plain or isinstance(value, numpy.ma.MaskedArray) else numpy.array(value)
    if numpy and hasattr(type(value), "__array__"):
        if hasattr(type(value), "detach"):  # a tensor of PyTorch that learns
            value = value.detach()
        array = numpy.asarray(value)
        return array if array.dtype.kind in "biufc" else value
    for plain, copy in COPIES.items():
        if isinstance(value, plain):
            return copy(value)
    return value


def decode(data, resolve):
    """Return the value of JSON's data; anything unexpected is a ValueError.

    Parameters
    ----------
    data : object
        What `encode` returned, or what a hostile process sends in its place.
    resolve : callable
        What makes an object of the reference to one.
    """
    if data is None or type(data) in (bool, int, float, str):
        return data
    if type(data) is list:
        return [decode(item, resolve) for item in data]
    ((kind, content),) = data.items()
    if kind == "int":
        return int(content, 16)
    if kind == "dict":
        return {decode(key, resolve): decode(value, resolve) for key, value in content}
    if kind in SEQUENCES:
        return SEQUENCES[kind](decode(item, resolve) for item in content)
    if kind in SIGNATURES:
        return SIGNATURES[kind](*(decode(part, resolve) for part in content))
    if kind == "bytes":
        return base64.b64decode(content, validate=True)
    if kind == "complex":
        return complex(*content)
    if kind == "ellipsis":
        return ...
    if kind in ("array", "scalar"):
        return _array(*content)[() if kind == "scalar" else ...]
    if kind == "object":
        return resolve(content)
    raise ValueError(f"no kind of plain data: {kind!r:.80}")


def _array(dtype, shape, data):
    import numpy

    data = bytearray(base64.b64decode(data, validate=True))
    if not DTYPE.fullmatch(dtype) or any(type(size) is not int or size < 0 for size in shape):
        raise ValueError(f"no array of plain data: {dtype!r:.80}, {shape!r:.80}")
    dtype = numpy.dtype(dtype)
    if dtype.itemsize * math.prod(shape) != len(data):
        raise ValueError(f"{len(data)} bytes are no {dtype} array of shape {shape}")
    array = numpy.ndarray(shape, dtype, data)
    # A forged truth value, a byte of 2, would be neither true nor false.
    return array.view("u1") != 0 if array.dtype.kind == "b" else array
