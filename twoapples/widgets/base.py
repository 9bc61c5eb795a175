"""What all widgets of the course share: the way between Python and the browser, and a text.

A widget is a `Panel` in Python and a script in ``static/`` that draws. The script sends small
messages (`ask` in base.js), the Python side answers each with a frame of arrays (`Panel.push`).
What is computed, is computed in Python, by the learner's own code where it is given. An example is
in docs/widgets.md. All that a script may use is in static/base.js and static/drawing.js.
"""

from __future__ import annotations

import asyncio
import html
import itertools
import json
import math
import weakref
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from importlib.resources import files
from typing import Any, ClassVar

import anywidget
import numpy as np
import traitlets
from IPython.core.getipython import get_ipython

from twoapples.checking.learner_errors import learner_traceback, sentence
from twoapples.widgets.tables import Words

__all__ = ["Panel", "TablePanel", "css", "esm", "preformatted"]

# Hides the text while the widget lives, and what JupyterLab says of a widget whose kernel is gone:
# a notebook that is opened later shows the still picture and its text alone.
_BESIDE = ".jp-OutputArea-child:has(> .jp-OutputArea-output .ta-still)"
_STILL_STYLE = (
    f"{_BESIDE} + .jp-OutputArea-child:not(:has(.ta-panel)) {{display: none}}"
    f"{_BESIDE}:has(+ .jp-OutputArea-child .ta-panel) {{display: none}}"
)
_SILENT_AFTER = 10.0  # seconds in which no browser took a frame: nobody looks any more


def esm(*names: str) -> str:
    """Return the script of a widget: base.js, drawing.js and the files named, as one text.

    anywidget takes one string. Nothing is bundled and nothing is fetched.
    """
    return "\n".join(_static(name) for name in ("base.js", "drawing.js", *names))


def css(*names: str) -> str:
    """Return the style sheet of a widget: base.css and the files named, as one text."""
    return "\n".join(_static(name) for name in ("base.css", *names))


def _static(name: str) -> str:
    return (files("twoapples.widgets") / "static" / name).read_text(encoding="utf-8")


class Panel(anywidget.AnyWidget):
    """A widget of the course.

    A subclass sets `kind`, `_esm` and, where base.css is not enough, `_css`; it writes `answer` and
    `text`, and `html` if that is more than lines.

    Attributes
    ----------
    kind : str
        The name of the widget; in the page it is `data-ta-widget` of the root element.
    controls : dict of str to callable
        The attributes of the model that controls of the script set, each with what makes a value of
        what a message says. They are set before `answer`, and every frame says them (`chosen`).
    model : object
        What is shown; the widget itself unless another one is given.
    """

    kind = "panel"
    controls: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    _css = css()
    _ta_kind = traitlets.Unicode().tag(sync=True)
    _ta_text = traitlets.Unicode().tag(sync=True)  # for a page whose kernel is gone

    def __init__(self, model: Any = None) -> None:
        super().__init__()
        self.model: Any = self if model is None else model
        self._views = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._problem: dict[str, str] | None = None
        self._answering = False
        self._sent = itertools.count(1)
        self._last_sent = self._last_taken = 0
        self._idle = 0.0  # seconds for which no browser took a frame
        self._keep: Any = None  # publishes what stays when the kernel is gone
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
        return preformatted(self.text())

    # --- to the browser ---------------------------------------------------------------------

    def push(self, header: Mapping[str, Any] | None = None, **arrays: Any) -> None:
        """Send a frame: what is to be drawn.

        Parameters
        ----------
        header : mapping
            Numbers, text, lists and dicts. NaN and infinite numbers arrive as such. For a control
            ``choices`` holds entries, and ``chosen`` its place, if `controls` do not know it.
        **arrays : array_like
            Sent as float32, little-endian, or as uint8 if they are uint8 or bool. In the script
            each is a typed array with a property `shape`.
        """
        header = dict(header or {})
        if self.controls:
            chosen = {name: getattr(self.model, name) for name in self.controls}
            header["chosen"] = {**chosen, **header.get("chosen", {})}
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
            "header": _plain(header),
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
        ready = self._last_sent - self._last_taken < ahead
        if ready:
            self._idle = 0.0
        return ready

    def nobody_looks(self, passed: float) -> bool:
        """Say whether no browser has taken a frame for ten seconds.

        Parameters
        ----------
        passed : float
            Seconds since the loop asked the last time. Long ones do not count: another cell was
            running then, and the kernel could not hear the browser.
        """
        taken = self._last_sent == self._last_taken
        self._idle = 0.0 if taken else self._idle + min(passed, 0.2)
        return self._idle > _SILENT_AFTER

    def fail(self, error: BaseException) -> None:
        """Show an exception in the widget: a sentence, and the lines of the learner's own code."""
        self.show({"sentence": sentence(error), "traceback": learner_traceback(error)})

    def show(self, problem: dict[str, str] | None) -> None:
        """Show a sentence and a traceback as an exception's, or take what is shown away."""
        shown, self._problem = self._problem, problem
        if not self._answering and (problem or shown):  # or else it is sent behind the answer
            self.send({"ta": "problem", "problem": problem})

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
            self._views = max(0, self._views - 1)
            if not self._views:
                self.left()
        elif kind == "text":
            self.send({"ta": "text", "html": self._html()})
        elif kind == "still" and self._keep is not None:
            self._ta_text = self._html()
            self._keep(self._stays(content.get("pictures") or []), update=True)

    def _answer(self, message: dict[str, Any], number: int | None) -> None:
        shown, self._problem = self._problem, None
        self._answering = True
        try:
            for name, kind in self.controls.items():
                if name in message:
                    setattr(self.model, name, kind(message[name]))
            self.answer(message)
        except Exception as error:
            self.fail(error)
        finally:  # an interrupted kernel answers as well, or the script would wait forever
            self._answering = False
            problem, self._problem = self._problem, shown
            self.show(problem)
            if number is not None:
                self.send({"ta": "done", "n": number})

    # --- tasks ------------------------------------------------------------------------------

    def start_task(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine in the kernel's event loop; other cells and messages run in between.

        It has to await often: ``await asyncio.sleep(0)`` lets others in. It is cancelled when the
        widget is closed, when its last view is gone, and when the cell is run again. What it
        raises is shown in the widget.
        """
        self.show(None)
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

    def left(self) -> None:
        """Do what is to be done when the last view of the widget is gone: stop the tasks."""
        for task in list(self._tasks):
            task.cancel()

    def close(self) -> None:
        """End the tasks and take the widget off the page."""
        self.left()
        super().close()

    # --- text, and the still picture ----------------------------------------------------------

    def __repr__(self) -> str:
        try:
            return self.text()
        except Exception as error:  # the learner's code again
            return f"{self.kind}: {sentence(error)}"

    def _html(self) -> str:
        try:
            return self.html()
        except Exception:
            return preformatted(repr(self))

    def _stays(self, pictures: list[dict[str, Any]]) -> dict[str, str]:
        """Return what a notebook shows whose kernel is gone: the words, and pictures if any."""
        shown = "".join(
            f'<img alt="{html.escape(str(p["alt"]))}" width="{int(p["width"])}" '
            f'style="max-width: 100%; height: auto" src="{html.escape(str(p["src"]))}">'
            for p in pictures
            if str(p.get("src", "")).startswith("data:image/png;base64,")
        )
        still = f'<div class="ta-still"><style>{_STILL_STYLE}</style>{shown}{self._html()}</div>'
        return {"text/plain": repr(self), "text/html": still}

    def _lives(self) -> dict[str, Any]:
        if self.comm is None:
            return {}
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {"application/vnd.jupyter.widget-view+json": view}

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return {**self._stays([]), **self._lives()}

    def _ipython_display_(self) -> None:
        """Display two outputs: text with a still picture, and the widget, which hides the former.

        JupyterLab prefers a widget to all else that an output holds, and shows an error if its
        kernel is gone. So what shall remain has an output of its own.
        """
        shell = get_ipython()
        if shell is None or not hasattr(shell, "kernel"):
            print(repr(self))
            return
        _close_those_before(self, shell)
        self._ta_text = self._html()
        publish = shell.display_pub.publish
        self._keep = partial(publish, transient={"display_id": f"still-{self.model_id}"})
        self._keep(self._stays([]))
        publish({"text/plain": "", "text/html": "", **self._lives()})


class TablePanel(Panel):
    """A widget whose words are sentences and a table: a subclass writes `words`."""

    def words(self) -> Words:
        """Return what the widget shows: the same words for the same state."""
        raise NotImplementedError

    def text(self) -> str:
        """Return the words as lines."""
        return self.words().text()

    def html(self) -> str:
        """Return the words as paragraphs and a table."""
        return self.words().html()


def preformatted(text: str) -> str:
    """Return a text as HTML, line by line."""
    return f'<pre class="ta-words">{html.escape(text)}</pre>'


# --- which widgets a cell has shown -------------------------------------------------------------

_shown: dict[str, tuple[str, weakref.WeakSet[Panel]]] = {}


def _close_those_before(panel: Panel, shell: Any) -> None:
    """Close what an earlier run of the same cell has shown: nobody can see it any more."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell = (parent.get("metadata") or {}).get("cellId")
    run = (parent.get("header") or {}).get("msg_id", "")
    if not cell:
        return
    before, panels = _shown.get(cell, ("", weakref.WeakSet()))
    if before != run:
        for old in {*panels} - {panel}:
            old.close()
        panels = weakref.WeakSet()
    panels.add(panel)
    _shown[cell] = (run, panels)


def _plain(value: Any) -> Any:
    """Return what JSON can hold; numbers that it cannot hold go as ``{"ta:number": "NaN"}``."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return {"ta:number": json.dumps(value)}
    return value
