"""Values as plain JSON data: what an exercise is given and what it gives back.

Numbers stay numbers, arrays are written out with dtype and shape, anything else is reduced to the
name of its type. There is no code in the result and nothing is ever unpickled, so an encoded value
can be read from an untrusted process. Python writes a float64 with the fewest digits that give
the same float64 back, therefore numbers are exact.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

MAX_DEPTH = 8
MAX_ELEMENTS = 200_000
MAX_TEXT = 10_000
MAX_INT = 2**64

_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class ValueFormatError(ValueError):
    """Data that is not an encoded value: a broken trace file, or a forged answer."""


def encode(value: Any, depth: int = 0) -> Any:
    """Describe `value` as JSON data.

    Parameters
    ----------
    value : object
        None, a bool, number, text, NumPy array or scalar, or a tuple, list or dict of these. Any
        other object is described by its type's name only.

    Returns
    -------
    object
        What `json.dumps(..., allow_nan=False)` accepts and `decode` reads.
    """
    if value is None or isinstance(value, (bool, np.bool_)):
        return None if value is None else bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value) if abs(int(value)) <= MAX_INT else {"object": "a very large int"}
    if isinstance(value, (float, np.floating)):
        return _number(float(value))
    if isinstance(value, str):
        return str(value[:MAX_TEXT])
    if isinstance(value, np.ndarray):
        return _encode_array(np.array(value, copy=True, subok=False))
    if depth >= MAX_DEPTH:
        return {"object": f"{type(value).__name__}, nested too deeply"}
    if isinstance(value, (tuple, list)):
        if len(value) > MAX_ELEMENTS:
            return {"object": f"{type(value).__name__} of {len(value)} elements"}
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [encode(item, depth + 1) for item in value]}
    if isinstance(value, dict):
        pairs = list(value.items())[:MAX_ELEMENTS]
        return {"dict": [[encode(k, depth + 1), encode(v, depth + 1)] for k, v in pairs]}
    return {"object": type(value).__name__}


def decode(data: Any) -> Any:
    """Give back the value that `encode` described.

    Objects that were reduced to their type's name come back as `Opaque`.

    Raises
    ------
    ValueFormatError
        If `data` is not what `encode` writes.
    """
    if data is None or isinstance(data, (bool, int, float, str)):
        return data
    if not isinstance(data, dict):
        raise ValueFormatError(f"a value cannot be a bare {type(data).__name__}")
    if "array" in data:
        return _decode_array(data)
    if len(data) != 1:
        raise ValueFormatError(f"unknown value with keys {sorted(map(str, data))}")
    (kind, content), *_ = data.items()
    if kind == "float" and content in _SPECIAL:
        return _SPECIAL[content]
    if kind == "object" and isinstance(content, str):
        return Opaque(content[:MAX_TEXT])
    if kind in ("tuple", "list") and isinstance(content, list):
        items = [decode(item) for item in content]
        return tuple(items) if kind == "tuple" else items
    if kind == "dict" and isinstance(content, list):
        try:
            return {decode(key): decode(value) for key, value in content}
        except (TypeError, ValueError) as error:
            raise ValueFormatError(f"not a dict: {error}") from None
    raise ValueFormatError(f"unknown kind of value: {str(kind)[:40]!r}")


class Opaque:
    """Stands for an object of which only the type's name is known."""

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opaque) and other.type_name == self.type_name

    def __hash__(self) -> int:
        return hash(self.type_name)

    def __repr__(self) -> str:
        return f"<{self.type_name} object>"


def _number(value: float) -> Any:
    return value if math.isfinite(value) else {"float": str(value)}


def _encode_array(array: np.ndarray) -> Any:
    if array.dtype.kind not in "biuf":
        return {"object": f"array of {array.dtype}"}
    if array.size > MAX_ELEMENTS:
        return {"object": f"array of shape {array.shape}"}
    flat = array.ravel().tolist()
    if array.dtype.kind == "f":
        flat = [item if math.isfinite(item) else str(item) for item in flat]
    return {"array": flat, "shape": list(array.shape), "dtype": str(array.dtype)}


def _decode_array(data: dict[str, Any]) -> np.ndarray:
    flat, shape, dtype_name = data["array"], data.get("shape"), data.get("dtype")
    if not (isinstance(flat, list) and isinstance(shape, list) and isinstance(dtype_name, str)):
        raise ValueFormatError("an array needs its numbers, its shape and its dtype")
    if len(flat) > MAX_ELEMENTS or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueFormatError("an array's shape is a short list of sizes")
    if len(shape) > 32 or math.prod(shape) != len(flat):
        raise ValueFormatError(f"{len(flat)} numbers do not fill the shape {shape}")
    try:
        dtype = np.dtype(dtype_name)
        if dtype.kind not in "biuf":
            raise ValueFormatError(f"arrays of {dtype_name[:40]} are not read")
        numbers = [_SPECIAL[item] if isinstance(item, str) else item for item in flat]
        if not all(isinstance(item, (bool, int, float)) for item in numbers):
            raise ValueFormatError("an array holds numbers only")
        return np.array(numbers, dtype=dtype).reshape(shape)
    except (TypeError, OverflowError, KeyError, SyntaxError) as error:
        raise ValueFormatError(f"not an array: {error}") from None
