"""Things to see and to move, each made by one call in a notebook cell.

Importing this package costs nothing: ipywidgets and anywidget are imported when the first widget
is made. With the environment variable ``TWOAPPLES_WIDGETS=off``, as it is set when notebooks are
graded, no widget is made at all; the functions return an object that shows a sentence.

>>> from twoapples.widgets import explore_training
>>> explore_training()  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
import os
from functools import partial
from typing import Any

# Where each public function lives: a module of another name, since Python puts the module itself
# under its name here as soon as it is imported. A new widget needs a line here, and a row in
# docs/widgets.md.
_MODULES = {
    "compare_learning_rates": "learning_rates",
    "draw_digit": "digit_reader",
    "explore_activations": "activations",
    "explore_fit": "fit",
    "explore_perceptron": "perceptron",
    "explore_softmax": "softmax",
    "explore_training": "explorer",
    "explore_xor": "xor",
    "step_graph": "graph_stepper",
    "step_values": "graph_stepper",
}

__all__ = [*_MODULES]


class TextOnly:
    """What stands in the place of a widget where there are none: a sentence."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text

    text = __repr__  # as that of a widget


def switched_off() -> bool:
    """Say whether the environment variable ``TWOAPPLES_WIDGETS`` is ``off``."""
    return os.environ.get("TWOAPPLES_WIDGETS", "").strip().lower() == "off"


def _stand_in(name: str, /, *args: Any, **kwargs: Any) -> TextOnly:
    return TextOnly(f"{name}: widgets are switched off here. Nothing else depends on them.")


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if switched_off():
        return partial(_stand_in, name)
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
