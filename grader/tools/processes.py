"""How worker processes are started, for grading and for feedback pages."""

from __future__ import annotations

import multiprocessing
import os
from typing import Any

_SAFE_PATH = "PYTHONSAFEPATH"


def process_context(preload: str) -> Any:
    """Return how worker processes are started.

    They come from a server process that has imported what they need, once, and runs no threads.
    Where a system has no such server (Windows), each worker imports for itself.

    Parameters
    ----------
    preload : str
        The module that the server imports.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([preload])
    # The server would look for the module in the current folder first. That is a course's, which
    # may hold another copy of this package, and anything else.
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        forkserver.ensure_running()
    finally:
        del os.environ[_SAFE_PATH]
        if before is not None:
            os.environ[_SAFE_PATH] = before
    return context
