"""Which inputs of a computational graph can be moved with a slider, and how far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from twoapples.graphs.factors import SHORT, is_number
from twoapples.graphs.graph import Edge


@dataclass
class Slider:
    """A number among the inputs that can be moved.

    Attributes
    ----------
    label : str
        The name of the input; of a vector's element with its place, ``"s[0]"``.
    element : int or None
        The place in a vector.
    value, start : float
        Where it stands, and where it stood at first.
    whole : bool
        Whether the input was a whole number at first; then it stays one where it can.
    """

    label: str
    edge: Edge
    element: int | None
    low: float
    high: float
    step: float
    value: float
    start: float
    whole: bool

    def put(self, value: float) -> None:
        """Move it, to the end of its range at most, and give the input what it says."""
        self.value = min(max(float(value), self.low), self.high)
        if self.element is None:
            whole = self.whole and self.value.is_integer()
            self.edge.value = int(self.value) if whole else self.value
        else:
            array = np.array(self.edge.value, dtype=float)
            array[self.element] = self.value
            self.edge.value = array


def make_sliders(inputs: Sequence[Edge], ranges: dict[str, tuple[float, ...]]) -> list[Slider]:
    """Make a slider for each number among some inputs, and for each element of a short vector.

    Constants have none. The ranges go by the names of inputs, see `Stepper`.

    Raises
    ------
    ValueError
        If a range names no input, or does not hold its value.
    """
    given = {name.replace("_", " "): values for name, values in ranges.items()}
    for name in given:
        if name not in [edge.name.replace("_", " ") for edge in inputs]:
            names = ", ".join(edge.name for edge in inputs)
            raise ValueError(f'no input is called "{name}"; there are {names}')
    sliders = []
    for edge in inputs:
        numbers = [] if edge.constant else _numbers(edge)
        for element, label, value in numbers:
            size = max(abs(number) for _, _, number in numbers)
            low, high, step = _range(value, size, element, given.get(edge.name.replace("_", " ")))
            number, whole = float(value), isinstance(value, Integral)
            sliders.append(Slider(label, edge, element, low, high, step, number, number, whole))
    return sliders


def _numbers(edge: Edge) -> list[tuple[int | None, str, Any]]:
    """Return the numbers of an input that a slider can move: element, label and value of each."""
    value = edge.value
    if is_number(value) and not isinstance(value, (bool, np.ndarray)):
        return [(None, edge.name, value)]
    if isinstance(value, np.ndarray) and value.ndim == 1 and value.size <= SHORT:
        return [(i, f"{edge.name}[{i}]", x) for i, x in enumerate(value.tolist())]
    return []


def _range(
    value: Any, size: Any, element: int | None, given: tuple[float, ...] | None
) -> tuple[float, float, float]:
    """Choose lowest and highest value and step of a slider.

    A positive number goes down to 0 and up to its double; what is not positive, and a vector's
    elements, go to both sides. `size` is the largest absolute value that the input holds.
    """
    if given is not None:
        low, high = given[:2]
        if not low <= value <= high:
            raise ValueError(f"the value {value:g} is not between {low:g} and {high:g}")
        return low, high, given[2] if len(given) > 2 else _step(high - low)
    whole = isinstance(value, Integral)
    widest = max(2 * float(size), 10.0 if whole else 1.0 if element is None else 5.0)
    step = 1.0 if whole else _step(widest)
    widest = step * round(widest / step)
    return (0.0 if value > 0 and element is None else -widest), widest, step


def _step(width: float) -> float:
    """Return a power of ten that divides a range into 100 to 1,000 steps."""
    return float(10.0 ** (np.floor(np.log10(width)) - 2))


def move_sliders(sliders: Sequence[Slider], values: Sequence[float]) -> None:
    """Move all sliders of a graph; values outside of a range are moved to its ends.

    Raises
    ------
    ValueError
        If there are more or fewer values than sliders.
    """
    if len(values) != len(sliders):
        raise ValueError(f"{len(values)} values for {len(sliders)} sliders")
    for slider, value in zip(sliders, values, strict=True):
        slider.put(value)
