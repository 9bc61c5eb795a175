"""The IDX format: a few bytes that say what follows, then an array's numbers.

Two zero bytes, one byte for the type of the numbers, one byte for the number of axes, then the
length of each axis as four bytes (big-endian), then the numbers, last axis fastest.
"""

from __future__ import annotations

import gzip
import math
import zlib

import numpy as np
from numpy.typing import NDArray

from twoapples.datasets.errors import DatasetDamaged

_UNSIGNED_BYTE = 0x08
_TYPES = {
    0x08: "unsigned bytes",
    0x09: "signed bytes",
    0x0B: "2-byte whole numbers",
    0x0C: "4-byte whole numbers",
    0x0D: "4-byte floats",
    0x0E: "8-byte floats",
}


def read_idx(content: bytes, axes: int, where: str) -> NDArray[np.uint8]:
    """Read an array of unsigned bytes with so many axes, 1 for labels and 3 for pictures.

    Parameters
    ----------
    content : bytes
        A whole IDX file, gzipped or not.
    where : str
        What to call the file in an error.

    Raises
    ------
    DatasetDamaged
        If the file is something else, has other axes, or is shorter or longer than it says.
    """
    content = _unzip(content, where)
    if len(content) < 4:
        raise DatasetDamaged(f"{where} is no IDX file: it has {len(content)} bytes, too few.")
    if content[:2] != b"\0\0":
        guess = " It looks like a web page." if content.lstrip()[:1] == b"<" else ""
        raise DatasetDamaged(
            f"{where} is no IDX file: it starts with the bytes {content[:4].hex(' ')}, "
            f"and an IDX file with 00 00.{guess}"
        )
    kind, found_axes = content[2], content[3]
    if kind != _UNSIGNED_BYTE:
        raise DatasetDamaged(
            f"{where} holds {_TYPES.get(kind, f'numbers of an unknown type ({kind:#04x})')}, "
            f"and unsigned bytes (0x08) are expected."
        )
    if found_axes != axes:
        kinds = {1: " (labels)", 3: " (pictures)"}
        raise DatasetDamaged(
            f"{where} holds an array of {found_axes} axes{kinds.get(found_axes, '')}, "
            f"and {axes}{kinds.get(axes, '')} are expected. Are two files mixed up?"
        )
    start = 4 + 4 * axes
    if len(content) < start:
        raise DatasetDamaged(f"{where} ends in the middle of its header.")
    shape = tuple(int(length) for length in np.frombuffer(content, ">u4", axes, offset=4))
    promised, found = math.prod(shape), len(content) - start
    if promised != found:
        raise DatasetDamaged(
            f"{where} promises {' × '.join(map(str, shape))} = {promised} numbers and has {found}: "
            f"it is {'cut short' if found < promised else 'too long'}."
        )
    # A copy, because what frombuffer gives cannot be written to.
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()


def _unzip(content: bytes, where: str) -> bytes:
    """Return what a gzip file holds; anything else comes back as it is."""
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        return gzip.decompress(content)
    except EOFError as error:
        raise DatasetDamaged(f"{where} is cut short: the gzip file ends too early.") from error
    except (OSError, zlib.error) as error:
        raise DatasetDamaged(f"{where} cannot be unpacked: {error}.") from error
