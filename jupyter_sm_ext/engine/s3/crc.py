"""CRC32C and CRC64NVME, which today's AWS clients send with every upload, at a speed that keeps the loop free.

The standard library has neither. A CRC is linear: numpy takes a piece as thousands of short rows at once, and their
values are put together pair by pair, each left one moved on by the length of its right one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words = NDArray[np.uint64]

# Reflected polynomial and width in bits; both begin and end with all bits inverted.
_KINDS = {"crc32c": (0x82F63B78, 32), "crc64nvme": (0x9A6C9329AC4BC9B5, 64)}
ALGORITHMS = tuple(_KINDS)
_ROW = 64
_LOW, _BYTE = np.uint64(0xFF), np.uint64(8)


class Crc:
    """A running CRC, used like hashlib's objects.

    Parameters
    ----------
    algorithm : str
        One of `ALGORITHMS`.
    """

    def __init__(self, algorithm: str) -> None:
        self._polynomial, self._bits = _KINDS[algorithm]
        self._value = self._all = (1 << self._bits) - 1

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""
        rest = memoryview(data)
        while len(rest) >= 2 * _ROW:
            rows = 1 << ((len(rest) // _ROW).bit_length() - 1)
            size = rows * _ROW
            moved = _moved(np.array([self._value], np.uint64), _mover(self._polynomial, size))
            self._value = int(moved[0]) ^ self._of_rows(rest[:size], rows)
            rest = rest[size:]
        table, value = _table(self._polynomial), self._value
        for byte in rest:
            value = int(table[(value ^ byte) & 0xFF]) ^ (value >> 8)
        self._value = value

    def digest(self) -> bytes:
        """Give the value of all bytes so far."""
        return (self._value ^ self._all).to_bytes(self._bits // 8, "big")

    def _of_rows(self, data: memoryview, rows: int) -> int:
        """CRC of a piece, begun with nothing."""
        table = _table(self._polynomial)
        columns = np.frombuffer(data, np.uint8).reshape(rows, _ROW).T.astype(np.uint64)
        values: Words = np.zeros(rows, np.uint64)
        for column in columns:
            values = table[(values ^ column) & _LOW] ^ (values >> _BYTE)
        length = _ROW
        while len(values) > 1:
            values = _moved(values[::2], _mover(self._polynomial, length)) ^ values[1::2]
            length *= 2
        return int(values[0])


@lru_cache
def _table(polynomial: int) -> Words:
    """What each byte does to a CRC."""
    values = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
        values.append(value)
    return np.array(values, np.uint64)


@lru_cache
def _mover(polynomial: int, length: int) -> NDArray[np.uint64]:
    """What so many zero bytes (a power of two) do to a CRC: a table for each of its bytes."""
    if length == 1:
        each: Any = np.arange(256, dtype=np.uint64)
        tables = np.stack([each << np.uint64(8 * place) for place in range(8)])
        moved: NDArray[np.uint64] = _table(polynomial)[tables & _LOW] ^ (tables >> _BYTE)
        return moved
    half = _mover(polynomial, length // 2)
    return _moved(half.ravel(), half).reshape(8, 256)


def _moved(values: Words, mover: NDArray[np.uint64]) -> Words:
    """CRCs after the zero bytes of a mover."""
    found: Words = mover[0][values & _LOW]
    for place in range(1, 8):
        found = found ^ mover[place][(values >> np.uint64(8 * place)) & _LOW]
    return found
