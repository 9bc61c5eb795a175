"""How derivatives are measured wrongly, one element at a time (lessons 03 and 04)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from grader.exercises import Exercise
from source.families import Wrong

Walk = Callable[[Any, float], Iterator[Any]]
Gather = Callable[[list[Any], Any], Any]


class Differences(Wrong):
    """Declares wrong versions of a function ``(f, x, h=1e-4)`` that measures derivatives.

    Parameters
    ----------
    exercise : Exercise
        What they are wrong versions of.
    reference : function
        The right one.
    gather : function, optional
        What makes the result ``(found, x)`` of the derivatives with respect to all elements of
        `x`; by default an array of the shape of `x`.
    """

    def __init__(self, exercise: Exercise, reference: Any, gather: Gather | None = None) -> None:
        super().__init__(exercise, reference)
        self.gather = gather or (lambda found, x: np.reshape(found, x.shape))

    def walks(self, name: str, walk: Walk, gather: Gather | None = None, steps: int = 2) -> Wrong:
        """Compare `f` at other points.

        Parameters
        ----------
        name : str
            The last part of the id of the sentence.
        walk : generator function
            Yields ``(x, h)``: for each element the point ahead, then the point back. `f` is asked
            while `walk` waits, so a point may change afterwards.
        gather : function, optional
            What takes the place of the usual one.
        steps : int
            By how many steps the difference is divided.
        """

        def measure(f: Any, x: Any, h: float = 1e-4) -> Any:
            values = [f(point) for point in walk(x, h)]
            pairs = zip(values[::2], values[1::2], strict=True)
            found = [(ahead - back) / (steps * h) for ahead, back in pairs]
            return (gather or self.gather)(found, x)

        return self(name, measure)

    def one_sided(self, name: str) -> Wrong:
        """Forward differences."""
        return self.walks(
            name, lambda x, h: alone(x, h, np.ndindex(x.shape), float, signs=(1, 0)), steps=1
        ).says(
            "These are forward differences, from `x` to one step ahead. Step to both sides of `x`: "
            "the error is then much smaller."
        )

    def one_step_of_two(self, name: str) -> Wrong:
        """The difference over two steps is divided by one."""
        return self(name, lambda f, x, h=1e-4: 2 * self.reference(f, x, h)).says(
            "The result is twice the derivative: from one step back to one step ahead it is two "
            "steps, and the difference was divided by one."
        )

    def left_to_right(self, name: str) -> Wrong:
        """The parentheses around 2h are missing."""
        return self(name, lambda f, x, h=1e-4: self.reference(f, x, h) * (2 * h) / 2 * h).says(
            "The difference was divided by 2 and then *multiplied* by `h`: without parentheses "
            "Python works from left to right, and `/ 2 * h` means `(… / 2) * h`."
        )

    def step_ignored(self, name: str) -> Wrong:
        """The step that is asked for has no effect."""
        return self(name, lambda f, x, h=1e-4: self.reference(f, x)).says(
            "The step is 1e-4 always; the argument `h` has no effect. It only *defaults* to 1e-4."
        )

    def all_at_once(self, name: str) -> Wrong:
        """All elements move together, for each of them."""
        return self.walks(name, lambda x, h: alone(x, h, [...] * x.size, float)).says(
            "All elements of `x` move at once, so the result is the same for each of them: the sum "
            "of the effects of all. Move one element, and leave the others where they are."
        )

    def piled_up(self, name: str) -> Wrong:
        """The elements before stay moved."""

        def walk(x: Any, h: float) -> Iterator[Any]:
            ahead, back = np.array(x, dtype=float), np.array(x, dtype=float)
            for place in np.ndindex(x.shape):
                ahead[place] += h
                back[place] -= h
                yield from (ahead, back)

        return self.walks(name, walk).says(
            "The steps pile up: when an element is measured, those before it have not been put "
            "back, and their effects are added in. Start from the original `x` every time."
        )

    def cut_off_steps(self, name: str) -> Wrong:
        """Steps are made in copies that hold whole numbers where `x` does."""
        return self.walks(name, lambda x, h: alone(x, h, np.ndindex(x.shape))).says(
            "`x` holds whole numbers, and so does a plain copy of it: a step written into such an "
            "array is cut off to a whole number. Step in a copy that is an array of floats."
        )


def alone(
    x: Any, h: float, places: Iterable[Any], dtype: Any = None, signs: tuple[int, int] = (1, -1)
) -> Iterator[Any]:
    """Yield two copies of `x` for each place, in which the elements there have moved."""
    for place in places:
        for sign in signs:
            moved = np.array(x, dtype=dtype)
            moved[place] = x[place] + sign * h
            yield moved


def in_place(x: Any, h: float, *, back: bool = False) -> Iterator[Any]:
    """Yield `x` itself, with each element one step ahead, then one back; put it back if asked."""
    for place in np.ndindex(x.shape):
        x[place] += h
        yield x
        x[place] -= 2 * h
        yield x
        if back:
            x[place] += h
