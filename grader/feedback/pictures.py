"""Pictures that a browser draws without running anything."""

from __future__ import annotations

import base64
import binascii
from typing import Any

# How their files begin.
KINDS = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
}


def read_picture(kind: str, encoded: Any, most: int) -> bytes | None:
    """Return what a picture in base64 holds, or nothing if it is not what it says it is.

    Parameters
    ----------
    kind : str
        Its MIME type.
    encoded : object
        Whatever stands there as its data.
    most : int
        How many bytes it may have.
    """
    if kind not in KINDS or not isinstance(encoded, str) or len(encoded) > 2 * most:
        return None
    try:
        # Line ends are allowed in base64, quotation marks are not.
        content = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if content.startswith(KINDS[kind]) and len(content) <= most else None


def as_address(kind: str, content: bytes) -> str:
    """Return the address that holds a picture itself."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
