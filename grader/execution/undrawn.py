"""Stand-ins for figures that nobody will see: the course's own plots draw on them, at no cost.

A plot of `twoapples` works out its alternative text from the data, makes a Matplotlib figure and
hands both to `twoapples.figures.show`. Where figures are not rendered the text is all that is left,
and building a figure takes longer than most cells. Figures that learners make are built as ever.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from types import FunctionType, SimpleNamespace
from typing import Any

import matplotlib.figure
import matplotlib.pyplot
import numpy as np

_PACKAGE = "twoapples."
_STYLE = "twoapples.plots.style"


_ANSWERS: dict[str, Any] = {
    "get_xlim": (1.0, 10.0),
    "get_ylim": (1.0, 10.0),
    "get_position": (0.0, 0.0),
    "get_legend_handles_labels": ([], []),
}


class Undrawn:
    """Takes every call and every attribute, and is what comes back from it."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Do nothing."""
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        answer = _ANSWERS.get(name)
        return self if answer is None else lambda *_, **__: answer

    def __setattr__(self, name: str, value: Any) -> None:
        pass

    def __getitem__(self, key: Any) -> Any:
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return iter((self,))

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        pass

    def __float__(self) -> float:
        return 0.0

    def _itself(self, *_: Any) -> Any:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __neg__ = _itself

    def subplots(self, rows: int = 1, columns: int = 1, **options: Any) -> Any:
        """Return axes in an array, as Matplotlib's method does."""
        rows, columns = options.get("nrows", rows), options.get("ncols", columns)
        axes = np.empty((rows, columns), dtype=object)
        axes.fill(self)
        if not options.get("squeeze", True):
            return axes
        return self if axes.size == 1 else axes.squeeze()

    def subplot_mosaic(self, layout: Any, **_: Any) -> dict[Any, Any]:
        """Return axes by name, as Matplotlib's method does."""
        rows = layout.split(";" if ";" in layout else None) if isinstance(layout, str) else layout
        return {name: self for row in rows for name in row}


class _Pyplot(Undrawn):
    """Stands for `matplotlib.pyplot`, whose `subplots` gives the figure too."""

    def subplots(self, *arguments: Any, **options: Any) -> Any:
        return Undrawn(), super().subplots(*arguments, **options)


def draw_nothing() -> None:
    """Let the plots of `twoapples`, which are imported already, draw on stand-ins."""
    real = {"Figure": matplotlib.figure.Figure, "plt": matplotlib.pyplot}
    stand_ins = {"Figure": Undrawn, "plt": _Pyplot()}
    modules = {
        name: vars(module)
        for name, module in sys.modules.items()
        if name.startswith(_PACKAGE) and name != "twoapples.figures"
    }
    drawing: dict[str, dict[str, Any]] = {}
    for module, names in modules.items():
        used = {key: value for key, value in real.items() if names.get(key) is value}
        if used:
            drawing[module] = used
            names.update({key: stand_ins[key] for key in used})
    for module, names in modules.items():
        for name, value in list(names.items()):
            home = getattr(value, "__module__", None)
            if not isinstance(value, FunctionType) or home not in drawing:
                continue
            if hasattr(value, "__wrapped__"):  # by `in_style`: what it wraps is exchanged
                for cell in value.__closure__ or ():
                    if cell.cell_contents is value.__wrapped__:
                        cell.cell_contents = _with_care(value.__wrapped__, drawing[home])
            elif home != module:
                names[name] = _with_care(value, drawing[home])
    if _STYLE in modules:
        modules[_STYLE]["matplotlib"] = SimpleNamespace(
            rcParamsDefault={}, rc=lambda *_, **__: None, rc_context=contextlib.nullcontext
        )


def _with_care(draw: Callable[..., Any], real: dict[str, Any]) -> Callable[..., Any]:
    """Draw on a stand-in; where that fails, on a figure: the error may be the learner's."""

    @functools.wraps(draw)
    def drawn(*arguments: Any, **keywords: Any) -> Any:
        try:
            return draw(*arguments, **keywords)
        except Exception:
            names = draw.__globals__
            stand_ins = {name: names[name] for name in real}
        names.update(real)
        try:
            return draw(*arguments, **keywords)
        finally:
            names.update(stand_ins)

    return drawn
