"""Where downloaded data is kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "TWOAPPLES_DATA"


def data_folder() -> Path:
    """Return the folder that downloads are kept in; it need not exist yet.

    Returns
    -------
    pathlib.Path
        What the environment variable ``TWOAPPLES_DATA`` names, if it is set. Otherwise the folder
        ``twoapples`` where the operating system keeps a user's caches: ``~/.cache`` on Linux (or
        ``XDG_CACHE_HOME``), ``~/Library/Caches`` on macOS, ``%LOCALAPPDATA%`` on Windows.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    return _caches(sys.platform) / "twoapples"


def _caches(platform: str) -> Path:
    if platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if platform == "darwin":
        return Path.home() / "Library" / "Caches"
    # The XDG specification has relative paths ignored.
    named = Path(os.environ.get("XDG_CACHE_HOME") or "")
    return named if named.is_absolute() else Path.home() / ".cache"
