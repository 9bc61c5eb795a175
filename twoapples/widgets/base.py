"""What all widgets of the course share: the way between Python and the browser, and a text.

A widget is a `Panel` in Python and a script in ``static/`` that draws. The script sends small
messages (`ask` in base.js), the Python side answers each with a frame of arrays (`Panel.push`).
What is computed, is computed in Python, by the learner's own code where it is given.

    class Parabola(Panel):
        kind = "parabola"
        _esm, _css = esm("parabola.js"), css()

        def answer(self, message):
            x = np.linspace(-1, 1, 200)
            self.push({"a": message.get("a", 1.0)}, y=message.get("a", 1.0) * x**2)

        def text(self):
            return "The parabola y = a x²."

Everything that a script may use is in static/base.js and static/drawing.js.
"""

from __future__ import annotations

import asyncio
import html
import itertools
import math
import time
import weakref
from collections.abc import Coroutine, Mapping
from importlib.resources import files
from typing import Any

import anywidget
import numpy as np
import traitlets
from IPython.core.getipython import get_ipython
from IPython.display import display

from twoapples.checking.learner_errors import learner_traceback, sentence

__all__ = ["Panel", "css", "esm"]

# Hides the text while the widget lives, and what JupyterLab says of a widget whose kernel is gone:
# a notebook that is opened later shows the still picture and its text alone.
_BESIDE = ".jp-OutputArea-child:has(> .jp-OutputArea-output .ta-still)"
_STILL_STYLE = (
    f"{_BESIDE} + .jp-OutputArea-child:not(:has(.ta-panel)) {{display: none}}"
    f"{_BESIDE}:has(+ .jp-OutputArea-child .ta-panel) {{display: none}}"
)
_SILENT_AFTER = 10.0  # seconds in which no browser took a frame: nobody looks any more


def esm(name: str) -> str:
    """Return the script of a widget: base.js, drawing.js and the file `name`, as one text.

    anywidget takes one string. Nothing is bundled and nothing is fetched.
    """
    return "\n".join(_static(part) for part in ("base.js", "drawing.js", name))


def css(*names: str) -> str:
    """Return the style sheet of a widget: base.css and the files named, as one text."""
    return "\n".join(_static(name) for name in ("base.css", *names))


def _static(name: str) -> str:
    return (files("twoapples.widgets") / "static" / name).read_text(encoding="utf-8")


class Panel(anywidget.AnyWidget):
    """A widget of the course.

    A subclass sets `kind`, `_esm` and `_css`, and writes `answer` and `text`; `html` if a table
    says it better.

    Attributes
    ----------
    kind : str
        The name of the widget; in the page it is `data-ta-widget` of the root element.
    """

    kind = "panel"
    _ta_kind = traitlets.Unicode().tag(sync=True)
    _ta_text = traitlets.Unicode().tag(sync=True)  # for a page whose kernel is gone

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._views = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._problem: dict[str, str] | None = None
        self._answering = False
        self._sent = itertools.count(1)
        self._last_sent = self._last_taken = 0
        self._idle_since: float | None = None
        self._still: Any = None  # the handle of the output that holds text and still picture
        self._ta_kind = self.kind
        self.on_msg(self._receive)

    # --- what a subclass writes -------------------------------------------------------------

    def answer(self, message: dict[str, Any]) -> None:
        """Answer a message of the script by a `push`; the first one is ``{"first": True}``.

        An exception that leaves this method is shown in the widget, with the lines of the
        learner's own code, and the widget goes on living.
        """
        raise NotImplementedError

    def text(self) -> str:
        """Return what the widget shows, in words: the same words for the same state."""
        raise NotImplementedError

    def html(self) -> str:
        """Return the text as HTML, a table say; by default the lines of `text`."""
        return f'<pre class="ta-words">{html.escape(self.text())}</pre>'

    # --- to the browser ---------------------------------------------------------------------

    def push(self, header: Mapping[str, Any] | None = None, **arrays: Any) -> None:
        """Send a frame: what is to be drawn.

        Parameters
        ----------
        header : mapping
            Numbers, text, lists and dicts. NaN and infinite numbers arrive as such.
        **arrays : array_like
            Sent as float32, little-endian, or as uint8 if they are uint8 or bool. In the script
            each is a typed array with a property `shape`.
        """
        about, buffers = [], []
        for name, values in arrays.items():
            array = np.asarray(values)
            small = array.dtype in (np.uint8, np.bool_)
            with np.errstate(over="ignore"):  # beyond float32 is infinite, and drawn as such
                array = np.ascontiguousarray(array, dtype="u1" if small else "<f4")
            kind = "uint8" if small else "float32"
            about.append({"name": name, "shape": list(array.shape), "dtype": kind})
            buffers.append(array.tobytes())
        self._last_sent = next(self._sent)
        if self._answering:  # the script asked, so it is there; no need to hear back
            self._last_taken = self._last_sent
        content = {
            "ta": "frame",
            "frame": None if self._answering else self._last_sent,
            "header": _plain(header or {}),
            "arrays": about,
        }
        self.send(content, buffers)

    def say(self, text: str) -> None:
        """Have a sentence read out by screen readers, without moving anything on the page."""
        self.send({"ta": "say", "text": text})

    def ready_for_frame(self, ahead: int = 2) -> bool:
        """Say whether the browser has taken all frames but the last few.

        A loop that pushes frames asks this before each of them, so that they do not pile up.
        """
        if self._last_sent - self._last_taken < ahead:
            self._idle_since = None
            return True
        return False

    def nobody_looks(self, passed: float) -> bool:
        """Say whether no browser has taken a frame for ten seconds.

        Parameters
        ----------
        passed : float
            Seconds since the loop asked the last time. Long ones do not count: another cell was
            running then, and the kernel could not hear the browser.
        """
        if self._last_sent == self._last_taken:
            self._idle_since = None
            return False
        self._idle_since = (self._idle_since or 0.0) + min(passed, 0.2)
        return self._idle_since > _SILENT_AFTER

    def fail(self, error: BaseException) -> None:
        """Show an exception in the widget: a sentence, and the lines of the learner's own code."""
        self._problem = {"sentence": sentence(error), "traceback": learner_traceback(error)}
        self.send({"ta": "problem", "problem": self._problem})

    def clear_problem(self) -> None:
        """Take the exception that is shown off the widget."""
        if self._problem is not None:
            self._problem = None
            self.send({"ta": "problem", "problem": None})

    # --- from the browser -------------------------------------------------------------------

    def _receive(self, widget: Any, content: Any, buffers: Any) -> None:
        if not isinstance(content, dict):
            return
        kind = content.get("ta")
        if kind == "ask":
            self._answer(content["message"], content["n"])
        elif kind == "taken":
            self._last_taken = max(self._last_taken, int(content["frame"]))
        elif kind == "hello":
            self._views += 1
            self._last_taken = self._last_sent  # a page that was reloaded owes nothing
            self._answer({"first": True}, None)
        elif kind == "bye":
            self._views -= 1
            if self._views <= 0:
                self._views = 0
                self.left()
        elif kind == "text":
            self.send({"ta": "text", "html": self._html()})
        elif kind == "still":
            self._keep_still(content.get("pictures") or [])

    def _answer(self, message: dict[str, Any], number: int | None) -> None:
        problem, self._problem = self._problem, None
        self._answering = True
        try:
            self.answer(message)
        except Exception as error:
            self._problem = {"sentence": sentence(error), "traceback": learner_traceback(error)}
        finally:  # an interrupted kernel answers as well, or the script would wait forever
            self._answering = False
            if self._problem is not None or problem is not None:
                self.send({"ta": "problem", "problem": self._problem})
            if number is not None:
                self.send({"ta": "done", "n": number})

    # --- tasks ------------------------------------------------------------------------------

    def start_task(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine in the kernel's event loop; other cells and messages run in between.

        It has to await often: ``await asyncio.sleep(0)`` lets others in. It is cancelled when the
        widget is closed, when its last view is gone, and when the cell is run again. What it
        raises is shown in the widget.
        """
        self.clear_problem()
        try:
            task = asyncio.get_running_loop().create_task(self._guard(coroutine))
        except RuntimeError:
            coroutine.close()
            raise
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guard(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        try:
            await coroutine
        except Exception as error:
            self.fail(error)

    def stop_tasks(self) -> None:
        """Cancel what `start_task` has started."""
        for task in list(self._tasks):
            task.cancel()

    def left(self) -> None:
        """Do what is to be done when the last view of the widget is gone: stop the tasks."""
        self.stop_tasks()

    def close(self) -> None:
        """End the tasks and take the widget off the page."""
        self.stop_tasks()
        super().close()

    # --- text, and the still picture ----------------------------------------------------------

    def __repr__(self) -> str:
        return self._words()

    def _words(self) -> str:
        try:
            return self.text()
        except Exception as error:  # the learner's code again
            return f"{self.kind}: {sentence(error)}"

    def _html(self) -> str:
        try:
            return self.html()
        except Exception:
            return f'<pre class="ta-words">{html.escape(self._words())}</pre>'

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = {"text/plain": self._words(), "text/html": self._still_html([])}
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        if self.comm is not None:
            bundle["application/vnd.jupyter.widget-view+json"] = view  # type: ignore[assignment]
        return bundle

    def _ipython_display_(self) -> None:
        """Display two outputs: text with a still picture, and the widget, which hides the former.

        JupyterLab prefers a widget to all else that an output holds, and shows an error if its
        kernel is gone. So what shall remain has an output of its own.
        """
        shell = get_ipython()
        if shell is None or not hasattr(shell, "kernel"):
            print(self._words())
            return
        _close_those_before(self, shell)
        self._ta_text = self._html()
        bundle = self._repr_mimebundle_()
        still = {key: bundle[key] for key in ("text/plain", "text/html")}
        self._still = display(still, raw=True, display_id=True)
        live = {k: v for k, v in bundle.items() if k not in still}
        display({**live, "text/plain": "", "text/html": ""}, raw=True)

    def _keep_still(self, pictures: list[dict[str, Any]]) -> None:
        if self._still is None:
            return
        self._ta_text = self._html()
        bundle = {"text/plain": self._words(), "text/html": self._still_html(pictures)}
        self._still.update(bundle, raw=True)

    def _still_html(self, pictures: list[dict[str, Any]]) -> str:
        shown = "".join(
            f'<img alt="{html.escape(str(p["alt"]))}" width="{int(p["width"])}" '
            f'style="max-width: 100%; height: auto" src="{html.escape(str(p["src"]))}">'
            for p in pictures
            if str(p.get("src", "")).startswith("data:image/png;base64,")
        )
        return f'<div class="ta-still"><style>{_STILL_STYLE}</style>{shown}{self._html()}</div>'


# --- which widgets a cell has shown -------------------------------------------------------------

_shown: dict[str, tuple[str, list[weakref.ref[Panel]]]] = {}


def _close_those_before(panel: Panel, shell: Any) -> None:
    """Close what an earlier run of the same cell has shown: nobody can see it any more."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell = (parent.get("metadata") or {}).get("cellId")
    run = (parent.get("header") or {}).get("msg_id", "")
    if not cell:
        return
    before, panels = _shown.get(cell, ("", []))
    if before != run:
        for reference in panels:
            old = reference()
            if old is not None and old is not panel:
                old.close()
        panels = []
    _shown[cell] = (run, [*panels, weakref.ref(panel)])


def _plain(value: Any) -> Any:
    """Return what JSON can hold; numbers that it cannot hold go as ``{"ta:number": "NaN"}``."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return {
            "ta:number": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        }
    return value


class Clock:
    """Measure how long a loop has run since the last time it asked.

    >>> clock = Clock()
    >>> clock.passed() >= 0
    True
    """

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def passed(self) -> float:
        """Return the seconds since the last call, or since the clock was made."""
        now = time.perf_counter()
        passed, self._last = now - self._last, now
        return passed
