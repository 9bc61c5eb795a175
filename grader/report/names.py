"""Pseudonyms: the same for a student in every report of a course, and no way back without the key.

A pseudonym is drawn from a keyed hash of the id (HMAC, RFC 2104), since a bare hash of an id that
can be guessed is no secret. The key lies in `grading/`, which is private anyway.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from pathlib import Path

from grader.errors import GraderError
from grader.tools.files import write_atomically

_LENGTH = 6


def read_key(folder: Path) -> bytes:
    """Read the key of the pseudonyms; draw it the first time.

    Raises
    ------
    GraderError
        If the file is there and cannot be read.
    """
    path = folder / "pseudonyms.json"
    if path.exists():
        try:
            return bytes.fromhex(json.loads(path.read_text(encoding="utf-8"))["key"])
        except (OSError, ValueError, KeyError, TypeError):
            raise GraderError(
                f"{path} should hold the key of the pseudonyms and cannot be read. Restore it, or "
                "remove it: then everybody gets a new pseudonym."
            ) from None
    folder.mkdir(parents=True, exist_ok=True)
    key = secrets.token_bytes(32)
    text = json.dumps({"key": key.hex()}) + "\n"
    write_atomically(path, text.encode("ascii"), mode=0o600)
    return key


def pseudonyms(students: Iterable[str], key: bytes) -> dict[str, str]:
    """Return a pseudonym for each student, all different.

    Examples
    --------
    >>> pseudonyms(["ada"], b"key")
    {'ada': 'Student LVOX4F'}
    """
    full = {student: _code(student, key) for student in sorted(set(students))}
    length = _LENGTH
    while len({code[:length] for code in full.values()}) < len(full):
        length += 1
    return {student: f"Student {code[:length]}" for student, code in full.items()}


def _code(student: str, key: bytes) -> str:
    digest = hmac.new(key, student.encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
    return base64.b32encode(digest).decode("ascii")
