"""PNG files, encoded fast enough for a picture that moves."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from convlib._types import Array

__all__ = ["PngEncoder"]


class PngEncoder:
    """PNG files of successive pictures, encoded for speed.

    A picture is cut into bands of rows that are compressed each by itself, and only those that
    may differ from the picture before are compressed again: during a sweep, a few. Rows are stored
    unfiltered with the fastest compression, since a picture of cells has few colours.

    Pillow's encoder, at its fastest (``compress_level=1``), is too slow for the live form, since
    it compresses all of a picture anew: 26 ms where this takes 6, for 161 numbers and a 36×100
    matrix. An update was then 9 times and a step 12 times as fast as drawing anew with pyplot,
    instead of 16 and 38 times; the budgets of `benchmarks.explorers_live` are 12 and 35.

    Examples
    --------
    >>> file = PngEncoder()(np.zeros((2, 3, 4), np.uint8))
    >>> file[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'

    References
    ----------
    Portable Network Graphics (PNG) Specification, sections 5 (chunks) and 9.2 (filter type 0).
    RFC 1950 (zlib), section 9 (Adler-32).
    """

    BAND = 8

    def __init__(self) -> None:
        self._shape: tuple[int, ...] = ()
        self._bands: dict[int, tuple[bytes, int, int]] = {}  # compressed, checksum, length before

    def __call__(self, pixels: Array, rows: Array | None = None) -> bytes:
        """Return a PNG file of opaque pixels, uint8 of shape (height, width, 4).

        `rows`, bool of shape (height,), says which rows may differ from the picture before; by
        default all may.
        """
        height, width, _ = pixels.shape
        if rows is None or pixels.shape != self._shape:
            self._shape, rows = pixels.shape, np.ones(height, bool)
            self._bands = {}
        for number in np.flatnonzero(np.logical_or.reduceat(rows, range(0, height, self.BAND))):
            band = slice(number * self.BAND, (number + 1) * self.BAND)
            self._bands[int(number)] = self._compressed(pixels[band])
        checksum = 1
        bands = [self._bands[number] for number in range(-(-height // self.BAND))]
        for _, part, length in bands:
            checksum = _joined_checksum(checksum, part, length)
        stream = [b"\x78\x01", *(data for data, _, _ in bands)]
        stream += [b"\x03\x00", struct.pack(">I", checksum)]  # an empty last block ends it
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        chunks = (b"IHDR", header), (b"IDAT", b"".join(stream)), (b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )

    @staticmethod
    def _compressed(pixels: Array) -> tuple[bytes, int, int]:
        height, width, _ = pixels.shape
        rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each after its filter type
        for channel in range(3):
            rows[:, 1 + channel :: 3] = pixels[:, :, channel]
        compressor = zlib.compressobj(1, wbits=-15)
        data = compressor.compress(rows.data) + compressor.flush(zlib.Z_FULL_FLUSH)
        return data, zlib.adler32(rows.data), rows.size


def _joined_checksum(first: int, second: int, second_length: int) -> int:
    """Return the Adler-32 of two texts in a row from that of each.

    Examples
    --------
    >>> _joined_checksum(zlib.adler32(b"convo"), zlib.adler32(b"lution"), 6)
    476120257
    >>> zlib.adler32(b"convolution")
    476120257
    """
    low, high = first & 0xFFFF, first >> 16
    low_sum = low + (second & 0xFFFF) - 1
    high_sum = high + (second >> 16) + second_length * (low - 1)
    return (high_sum % 65521) << 16 | low_sum % 65521
