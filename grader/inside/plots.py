"""Plots drawn once for a class: what a plot of the course shows depends on its arguments alone.

Drawing takes longer than most cells, and most learners' numbers are the same. So a submission's
process sends the arguments of a plot to the grader instead of drawing it. The grader looks whether
it has that picture (`PictureCache`); if not, the nursery forks a process that draws nothing but
this, from nothing but the arguments. What one submission sends can thus change only the picture of
these very arguments. Where arguments are more than plain data, or drawing them fails or warns, the
submission draws as ever, so that an error is shown as a kernel shows it.

This module works inside the sandbox.
"""

from __future__ import annotations

import base64
import contextlib
import io
import os
import signal
import socket
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.inside import wire
from grader.inside.limits import PLOT_BYTES
from grader.inside.streams import Outlet
from twoapples import figures
from twoapples.plots import style

_figures: Any = figures  # its `display` is replaced while a plot is drawn
_PLAIN = (type(None), bool, int, str)
_KINDS = "biuf"


class NotPlainError(Exception):
    """An argument is more than numbers, texts, arrays and collections of them."""


def as_data(value: Any) -> Any:
    """Return a plain value as JSON, from which `from_data` makes it again with its type.

    Raises
    ------
    NotPlainError
        If it is more than that, an instance of a subclass for one.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is float:
        return value if np.isfinite(value) else {"float": repr(value)}
    if kind in (list, tuple):
        return {kind.__name__: [as_data(item) for item in value]}
    if kind is slice:
        return {"slice": [as_data(part) for part in (value.start, value.stop, value.step)]}
    if kind is dict:
        return {"dict": [[as_data(key), as_data(item)] for key, item in value.items()]}
    if (kind is np.ndarray or isinstance(value, np.generic)) and value.dtype.kind in _KINDS:
        content = base64.b64encode(value.tobytes()).decode("ascii")
        shape = list(value.shape) if kind is np.ndarray else None
        return {"array": [value.dtype.str, shape, content]}
    raise NotPlainError


def from_data(data: Any) -> Any:
    """Return the value that `as_data` was given."""
    if not isinstance(data, dict):
        return data
    ((kind, content),) = data.items()
    if kind == "float":
        return float(content)
    if kind == "list":
        return [from_data(item) for item in content]
    if kind == "tuple":
        return tuple(from_data(item) for item in content)
    if kind == "slice":
        return slice(*(from_data(part) for part in content))
    if kind == "dict":
        return {from_data(key): from_data(item) for key, item in content}
    dtype, shape, encoded = content
    array = np.frombuffer(bytearray(base64.b64decode(encoded)), dtype=dtype)
    return array[0] if shape is None else array.reshape(shape)


def draw_elsewhere(outlet: Outlet) -> None:
    """Let the plots of this submission be drawn by the grader, where that can be."""
    lock, process = threading.Lock(), os.getpid()

    def shown(draw: Callable[..., Any], arguments: Any, keywords: Any) -> bool:
        if os.getpid() != process:  # a copy that the submission forked: two would speak at a time
            return False
        try:
            what = [draw.__module__, draw.__name__, as_data(arguments), as_data(keywords)]
            request = wire.pack(["draw", *what])
        except (NotPlainError, TypeError, ValueError, RecursionError):
            return False
        if len(request) > PLOT_BYTES:
            return False
        with lock:
            # An interrupt must leave neither half a question nor half an answer.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                outlet.put(request)
                outlet.send_now()
                reply = wire.receive(outlet.connection)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if reply[0] != "drawn":
            return False
        _, width, alternative, png = reply
        _figures.display(figures.Picture(base64.b64decode(png), alternative, width))
        return True

    style.shown_elsewhere = shown


def serve(connection: socket.socket) -> None:
    """Draw what the grader asks for, in a process forked for it, and send the picture."""
    if os.getpgrp() != os.getpid():
        os.setsid()  # so that it can be ended as a submission is
    module, name, arguments, keywords = wire.receive(connection)
    try:
        reply = ["drawn", *_draw(module, name, from_data(arguments), from_data(keywords))]
    except Exception:
        reply = ["no"]
    connection.sendall(wire.pack(reply))


def _draw(module: str, name: str, arguments: Any, keywords: Any) -> tuple[int, str, str]:
    """Call a plot; return its width, its alternative text, and the PNG in base64.

    Nothing is imported and no attribute is looked up by a name that a submission has sent: the
    nursery has imported all plots, and `in_style` has entered them in a list.
    """
    plot = style.plots.get((module, name))
    if plot is None:
        raise ValueError(f"{module}.{name} is no plot")
    shown: list[figures.Picture] = []
    printed = io.StringIO()
    display, _figures.display = _figures.display, shown.append
    try:
        # What it says besides would be lost, so the submission draws it then.
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            warnings.simplefilter("error")
            returned = plot(*arguments, **keywords)
    finally:
        _figures.display = display
    if returned is not None or printed.getvalue() or len(shown) != 1:
        raise ValueError("it does more than show one picture")
    png = base64.b64encode(shown[0].png).decode("ascii")
    return shown[0].width, shown[0].alt, png
