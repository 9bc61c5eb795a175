"""Call a learner's function from a widget: quietly, and with a look at what comes back.

A widget lives on when the function raises, returns nothing, or returns what cannot be drawn: the
error is returned beside the value, and the widget shows it (`Panel.fail`).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np


def call(
    function: Callable[..., Any], *arguments: Any, reads: Callable[[Any], Any]
) -> tuple[Any, Exception | None]:
    """Call a function with copies of arrays; read what it returned.

    Arrays are copied, so that a function that writes into them does not reach the widget. `reads`
    turns what came back into what is drawn, and raises ValueError with a sentence if it cannot.

    Returns
    -------
    value : object
        What `reads` made of it; None if something went wrong.
    error : Exception or None
        What went wrong. An error of the function has its traceback, so that the line can be
        shown. That of `reads` has none: no line of the learner's has failed.
    """
    copies = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    try:
        # A warning here would be printed under whichever cell ran last.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = function(*copies)
    except Exception as error:
        return None, error
    try:
        return reads(found), None
    except (TypeError, ValueError) as error:
        return None, error.with_traceback(None)


def numbers(shape: tuple[int, ...], name: str) -> Callable[[Any], np.ndarray]:
    """Return a reader of numbers in an array of a shape, NaN and infinite ones included.

    The shape is ``()`` for a single number; `name` is what messages call the function.
    """
    needed = f"shape {shape}" if shape else "one number"

    def reads(found: Any) -> np.ndarray:
        if found is None:
            raise ValueError(f"{name} returned None. Is there a return in its last line?")
        try:
            array = np.asarray(found, dtype=float)
        except (TypeError, ValueError):
            raise ValueError(
                f"{name} gave {type(found).__name__}; numbers are needed, {needed}."
            ) from None
        if array.shape != shape:
            raise ValueError(f"{name} gave shape {array.shape}; {needed} is needed.")
        return array

    return reads


def zeros_and_ones(n: int, name: str) -> Callable[[Any], np.ndarray]:
    """Return a reader of n answers of 0 or 1; True and False are taken for them."""

    def reads(found: Any) -> np.ndarray:
        answers = numbers((n,), name)(found)
        if not np.isin(answers, (0, 1)).all():
            raise ValueError(f"{name} has to answer 0 or 1 for each point. It gave {answers}.")
        return answers.astype(int)

    return reads
