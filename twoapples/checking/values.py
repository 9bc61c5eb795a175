"""Values as plain JSON data: what an exercise is given and what it gives back.

Numbers stay numbers, arrays are written out with dtype and shape, anything else is reduced to the
name of its type. There is no code in the result and nothing is ever unpickled, so an encoded value
can be read from an untrusted process. Python writes a float64 with the fewest digits that give
the same float64 back, therefore numbers are exact.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

MAX_DEPTH = 8
MAX_DIMENSIONS = 32
MAX_ELEMENTS = 200_000  # of one array, list or dict
MAX_TOTAL = 2_200_000  # of all parts of a value together
_COST = 10  # an element of a list costs about as much time as ten of an array
MAX_TEXT = 10_000
MAX_INT = 2**64
# Tuples can be made so that thousands have one hash; each more in a dict then takes longer.
MAX_TUPLE_KEYS = 1000

_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class ValueFormatError(ValueError):
    """Data that is not an encoded value: a broken trace file, or a forged answer."""


def encode(value: Any) -> Any:
    """Describe `value` as JSON data.

    Parameters
    ----------
    value : object
        None, a bool, number, text, NumPy array or scalar, or a tuple, list or dict of these. Any
        other object is described by its type's name only.

    Returns
    -------
    object
        What `json.dumps(..., allow_nan=False)` accepts and `decode` reads. What is too large or
        nested too deeply is described by a few words, such as ``a list of 300000 elements``.
    """
    return _Encoder().encode(value, 0)


def decode(data: Any) -> Any:
    """Give back the value that `encode` described.

    Objects that were reduced to their type's name come back as `Opaque`.

    Raises
    ------
    ValueFormatError
        If `data` is not what `encode` writes.
    """
    return _decode(data, 0)


# Names, and what `encode` says of what it does not write out. Anything else comes from a process
# that wants to say something to a person.
_DESCRIPTION = re.compile(
    r"""[^\W\d][\w.]{0,59}
    | a\ very\ large\ int
    | a\ (tuple|list|dict)(,\ nested\ too\ deeply|\ of\ \d{1,20}\ elements)
    | an\ array\ of\ ([<>|=]?\w{1,20}(\[\w{1,10}\])?|shape\ \([\d,\ ]{0,200}\))""",
    re.VERBOSE,
)


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


def type_name(value: Any) -> str:
    """Return the name of the type of `value`, whatever the type says about itself."""
    name: str = type.__dict__["__name__"].__get__(type(value))
    return name[:100]


class _Encoder:
    """Encodes one value; remembers how much room is left for all its parts together."""

    def __init__(self) -> None:
        self.room = MAX_TOTAL

    def encode(self, value: Any, depth: int) -> Any:
        if value is None or isinstance(value, (bool, np.bool_)):
            return None if value is None else bool(value)
        if isinstance(value, (int, np.integer)):
            number = int(value)
            return number if abs(number) <= MAX_INT else {"object": "a very large int"}
        if isinstance(value, (float, np.floating)):
            return _number(float(value))
        if isinstance(value, str):
            return str(value[:MAX_TEXT])
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, (tuple, list)):
            kind = "tuple" if isinstance(value, tuple) else "list"
            return self._container(kind, len(value), value, depth)
        if isinstance(value, dict):
            return self._container("dict", len(value), value.items(), depth)
        return {"object": type_name(value)}

    def _array(self, value: np.ndarray) -> Any:
        array = np.array(value, copy=True, subok=False)
        if array.dtype.kind not in "biuf":
            return {"object": f"an array of {array.dtype}"[:MAX_TEXT]}
        if array.size > min(MAX_ELEMENTS, self.room) or array.ndim > MAX_DIMENSIONS:
            return {"object": f"an array of shape {array.shape}"}
        self.room -= array.size
        if array.dtype.kind == "f" and array.dtype.itemsize > 8:  # no Python float holds these
            with np.errstate(all="ignore"):
                array = array.astype(np.float64)
        flat = array.ravel().tolist()
        if array.dtype.kind == "f":
            flat = [item if math.isfinite(item) else str(item) for item in flat]
        return {"array": flat, "shape": list(array.shape), "dtype": str(array.dtype)}

    def _container(self, kind: str, size: int, content: Iterable[Any], depth: int) -> Any:
        if depth >= MAX_DEPTH:
            return {"object": f"a {kind}, nested too deeply"}
        if size > min(MAX_ELEMENTS, self.room // _COST):
            return {"object": f"a {kind} of {size} elements"}
        self.room -= size * _COST
        items = itertools.islice(content, size)  # a subclass may yield more than it says
        if kind == "dict":
            pairs = [[self.encode(k, depth + 1), self.encode(v, depth + 1)] for k, v in items]
            return {"dict": pairs}
        return {kind: [self.encode(item, depth + 1) for item in items]}


def _number(value: float) -> Any:
    return value if math.isfinite(value) else {"float": str(value)}


def _decode(data: Any, depth: int) -> Any:
    if data is None or isinstance(data, bool):
        return data
    if isinstance(data, int):
        if abs(data) > MAX_INT:
            raise ValueFormatError("an int is too large")
        return data
    if isinstance(data, float):
        if not math.isfinite(data):
            raise ValueFormatError("nan and infinity are written by name")
        return data
    if isinstance(data, str):
        if len(data) > MAX_TEXT:
            raise ValueFormatError("a text is too long")
        return data
    if not isinstance(data, dict):
        raise ValueFormatError(f"a value cannot be a bare {type_name(data)}")
    if "array" in data:
        return _decode_array(data)
    if len(data) != 1:
        raise ValueFormatError(f"a value has one kind, not {len(data)}")
    ((kind, content),) = data.items()
    if kind == "float" and isinstance(content, str) and content in _SPECIAL:
        return _SPECIAL[content]
    if kind == "object" and isinstance(content, str):
        return Opaque(content if _DESCRIPTION.fullmatch(content) else "object")
    if kind in ("tuple", "list", "dict") and isinstance(content, list):
        if depth >= MAX_DEPTH:
            raise ValueFormatError("a value is nested too deeply")
        if len(content) > MAX_ELEMENTS:
            raise ValueFormatError(f"a {kind} is too long")
        if kind == "dict":
            return _decode_dict(content, depth)
        items = [_decode(item, depth + 1) for item in content]
        return tuple(items) if kind == "tuple" else items
    raise ValueFormatError(f"unknown kind of value: {str(kind)[:40]!r}")


def _decode_dict(content: list[Any], depth: int) -> dict[Any, Any]:
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in content):
        raise ValueFormatError("a dict is a list of pairs")
    if sum(isinstance(key, dict) and "tuple" in key for key, _ in content) > MAX_TUPLE_KEYS:
        raise ValueFormatError("a dict has too many tuples for keys")
    try:
        return {_decode(key, depth + 1): _decode(value, depth + 1) for key, value in content}
    except TypeError:
        raise ValueFormatError("a key of a dict cannot be an array, a list or a dict") from None


_ITEM_TYPES: dict[str, tuple[type, ...]] = {
    "b": (bool,),
    "i": (int,),
    "u": (int,),
    "f": (int, float, str),
}


def _decode_array(data: dict[str, Any]) -> np.ndarray:
    if set(data) != {"array", "shape", "dtype"}:
        raise ValueFormatError("an array needs its numbers, its shape and its dtype")
    flat, shape, dtype_name = data["array"], data["shape"], data["dtype"]
    if not (isinstance(flat, list) and isinstance(shape, list) and isinstance(dtype_name, str)):
        raise ValueFormatError("an array needs its numbers, its shape and its dtype")
    if len(flat) > MAX_ELEMENTS or len(shape) > MAX_DIMENSIONS:
        raise ValueFormatError("an array is too large")
    if not all(type(n) is int and n >= 0 for n in shape) or math.prod(shape) != len(flat):
        raise ValueFormatError(f"{len(flat)} numbers do not fill the shape of an array")
    try:
        dtype = np.dtype(dtype_name[:20])
    except Exception:  # NumPy parses the text, and has many ways to say that it cannot
        raise ValueFormatError(f"there is no dtype {dtype_name[:40]!r}") from None
    if dtype.kind not in _ITEM_TYPES or dtype.itemsize > 8:
        raise ValueFormatError(f"arrays of {dtype_name[:40]!r} are not read")
    allowed = _ITEM_TYPES[dtype.kind]
    if not all(type(item) in allowed for item in flat):
        raise ValueFormatError("an array holds numbers of its dtype only")
    try:
        numbers = [_SPECIAL[item] if isinstance(item, str) else item for item in flat]
        with np.errstate(all="ignore"):
            return np.array(numbers, dtype=dtype).reshape(shape)
    except (ValueError, OverflowError, KeyError):
        raise ValueFormatError(f"numbers or shape do not fit an array of {dtype_name}") from None
