"""Families of cases and of careless mistakes, which several lessons share.

A lesson's `exercises.py` declares wrong versions with `Wrong`, a line and a sentence each::

    wrong = Wrong(ReLU, layers.ReLU)
    wrong("SignOfDout", backward=lambda self, dout: np.maximum(dout, 0)).says(
        "`backward` looks at the sign of `dout`. What decides is the sign of `x`."
    )
    wrong("TMinusP", backward=then(lambda self, dx, dout: -dx)).says("…")
    wrong("PassesAtZero", forward=keeps(mask=lambda self, out, x: x >= 0)).says("…")
    wrong("DbMean", backward=writes(1, lambda self, dx, dout: dout.mean(axis=0))).says("…")
    wrong.overwrites_dout("OverwritesDout")

    wrong = Wrong(confidence)
    wrong("row_mean", lambda p: np.mean(p, axis=1)).says("…")

A method that is given takes the place of the reference's; `then`, `keeps` and `writes` let the
reference's do its work first, and `given` lets it work with other arguments. The careless mistakes
below are made from the reference alone and bring their sentence, which `says` replaces. What takes
several statements stays a function or a class under ``@ReLU.misconception("…")``; all are told in
the order in which they are declared.
Families of cases are in `cases`, wrong ways to measure a derivative in `differences`, and wrong
ways to train in `training`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from grader.exercises import Exercise, Misconception

Method = Callable[..., Any]


class Around:
    """A method made from the reference's: it does `change(method, self, *arguments)`."""

    def __init__(self, change: Method) -> None:
        self.change = change

    def of(self, method: Method) -> Method:
        """Make it from the reference's method."""
        return lambda layer, *given: self.change(method, layer, *given)


def then(change: Method) -> Around:
    """Return what `change(self, result, *arguments)` makes of the reference's result."""
    return Around(lambda method, self, *given: change(self, method(self, *given), *given))


def given(change: Method) -> Around:
    """Let the reference's work with the arguments that `change(self, *arguments)` returns."""
    return Around(lambda method, self, *given: method(self, *change(self, *given)))


def keeps(**attributes: Method) -> Around:
    """Set attributes to what functions `(self, result, *arguments)` give; return the result."""

    def set_them(self: Any, result: Any, *given: Any) -> Any:
        for name, found in attributes.items():
            setattr(self, name, found(self, result, *given))
        return result

    return then(set_them)


def writes(place: int, gradient: Method) -> Around:
    """Write what `gradient(self, dx, dout)` gives into `grads[place]`; return `dx`."""

    def write(self: Any, dx: Any, dout: Any) -> Any:
        self.grads[place][...] = gradient(self, dx, dout)
        return dx

    return then(write)


def made_from(text: str, name: str) -> Any:
    """Run the broken code that a bug hunt starts from, and return what it defines under `name`."""
    namespace = {"np": np}
    exec(text, namespace)
    return namespace[name]


class Wrong:
    """Declares wrong versions of an exercise.

    Parameters
    ----------
    exercise : Exercise
        What they are wrong versions of.
    reference : class or function, optional
        The right one, where they are made from it.
    """

    def __init__(self, exercise: Exercise, reference: Any = None) -> None:
        self.exercise, self.reference = exercise, reference

    def __call__(self, name: str, subject: Any = None, /, **methods: Any) -> Wrong:
        """Declare a wrong version.

        Parameters
        ----------
        name : str
            The last part of the id of its sentence, ``ReLU.SignOfDout``.
        subject : function or class, optional
            The wrong function; or the class to be changed, by default the reference.
        **methods
            What takes the place of its methods: functions, or what `then` and its like give.
        """
        if subject is None or isinstance(subject, type):
            base = subject or self.reference
            made = {
                key: way.of(getattr(base, key)) if isinstance(way, Around) else way
                for key, way in methods.items()
            }
            subject = type(name, (base,), made)
        self.exercise.misconceptions.append(Misconception(name, "", subject))
        return self

    def says(self, sentence: str) -> Wrong:
        """Give the wrong version that was declared last the sentence that helps."""
        misconceptions = self.exercise.misconceptions
        misconceptions[-1] = replace(misconceptions[-1], sentence=sentence)
        return self

    # --- what is remembered -------------------------------------------------------------------

    def shares(self, name: str, *attributes: str) -> Wrong:
        """What `forward` keeps in these attributes is kept once for all objects of the class."""

        def keep(layer: Any, out: Any, *_: Any) -> Any:
            type(layer).kept = {key: getattr(layer, key) for key in attributes}
            return out

        def take(method: Method, layer: Any, dout: Any) -> Any:
            vars(layer).update(type(layer).kept)
            return method(layer, dout)

        return self(name, forward=then(keep), backward=Around(take)).says(
            "What `forward` remembers belongs to the whole class, so an object forgets it as soon "
            "as another one runs `forward`. Keep it on `self`."
        )

    # --- arrays of the caller -----------------------------------------------------------------

    def overwrites_dout(self, name: str) -> Wrong:
        """The numbers are right, and stand in the caller's `dout`."""

        def overwrite(_: Any, dx: Any, dout: Any) -> Any:
            dout[...] = dx
            return dout

        return self(name, backward=then(overwrite)).says(overwritten("dout", "*"))

    def overwrites_input(self, name: str) -> Wrong:
        """The output is right, and stands in the caller's `x`."""

        def overwrite(_: Any, out: Any, x: Any) -> Any:
            x[...] = out
            return x

        return self(name, forward=then(overwrite)).says(
            "The numbers are right, but `forward` wrote them into `x`, the caller's array. Make a "
            "new array."
        )

    # --- the chain rule -----------------------------------------------------------------------

    def local_only(self, name: str) -> Wrong:
        """`backward` answers as if `dout` were 1."""

        def local(method: Method, layer: Any, dout: Any = 1) -> Any:
            return method(layer, _ones(dout))

        return self(name, backward=Around(local)).says(
            "`backward` gives the local derivative only: `dout` has no effect on the answer. "
            "Upstream times local gives downstream."
        )

    def adds_dout(self, name: str) -> Wrong:
        """`dout` and the local derivative are added."""

        def add(method: Method, layer: Any, dout: Any) -> Any:
            return _each(lambda local: dout + local, method(layer, _ones(dout)))

        return self(name, backward=Around(add)).says(
            "`backward` adds `dout` to the local derivative. The chain rule multiplies: upstream "
            "times local."
        )

    def derivative_at_dout(self, name: str) -> Wrong:
        """The local derivative is taken at `dout`, and is all that comes out."""
        return self(name, backward=lambda layer, dout: self._backward_at(dout, _ones(dout))).says(
            "`backward` takes the derivative at `dout`. The local derivative belongs to the `x` of "
            "`forward`; `dout` is a factor before it."
        )

    def applied_twice(self, name: str, function: str) -> Wrong:
        """The local derivative is taken at `self.out`, the output, in the place of the input."""
        return self(name, backward=lambda layer, dout: self._backward_at(layer.out, dout)).says(
            f"`backward` takes the {function} of the output, a second one. What `forward` "
            f"remembered is the {function} of `x` already."
        )

    def _backward_at(self, x: Any, dout: Any) -> Any:
        layer = self.reference()
        layer.forward(x)
        return layer.backward(dout)

    # --- gradients that are written in place --------------------------------------------------

    def accumulates(self, name: str) -> Wrong:
        """Every `backward` adds to what `grads` holds."""

        def add(method: Method, layer: Any, dout: Any) -> Any:
            before = [gradient.copy() for gradient in layer.grads]
            dx = method(layer, dout)
            for gradient, old in zip(layer.grads, before, strict=True):
                gradient += old
            return dx

        return self(name, backward=Around(add)).says(
            "The second `backward` adds its gradients to those of the first. The docstring asks to "
            "overwrite: `=` instead of `+=`."
        )

    def rebinds_grads(self, name: str, *, same_list: bool = False) -> Wrong:
        """The gradients stand in new arrays, in a new list or in the same one."""

        def rebind(method: Method, layer: Any, dout: Any) -> Any:
            kept, layer.grads = layer.grads, [gradient.copy() for gradient in layer.grads]
            if same_list:
                kept[:], layer.grads = layer.grads, kept
            return method(layer, dout)

        return self(name, backward=Around(rebind)).says(
            "The numbers are right, but `grads` holds new arrays. Whoever took the old ones sees "
            "no change: write into them, with `[...] =`."
        )

    def forgets_grads(self, name: str) -> Wrong:
        """Nothing is written into `grads`."""

        def forget(method: Method, layer: Any, dout: Any) -> Any:
            kept = layer.grads
            layer.grads = [gradient.copy() for gradient in kept]
            dx = method(layer, dout)
            layer.grads = kept
            return dx

        return self(name, backward=Around(forget)).says(
            "`grads` still holds zeros after `backward`. An assignment to a plain name, such as "
            "`dW = …`, only makes that name stand for something else; nothing is written into the "
            "array."
        )

    def divides_grads(self, name: str) -> Wrong:
        """The gradients of the parameters are divided by the number of cases."""

        def divide(layer: Any, dx: Any, dout: Any) -> Any:
            for gradient in layer.grads:
                gradient /= len(dout)
            return dx

        return self(name, backward=then(divide)).says(
            "The gradients in `grads` are divided by the number of cases. The 1/N belongs to the "
            "mean in the loss, and has arrived in `dout` already."
        )

    # --- functions ----------------------------------------------------------------------------

    def changes(self, name: str, change: Method) -> Wrong:
        """A function's result is right, and then `change(result)` is made of it."""
        return self(name, lambda *given: change(self.reference(*given)))

    def overwrites(self, name: str) -> Wrong:
        """A function's result is right, and stands in the array that it was given first."""
        function = self.reference

        def overwriting(x: Any, *others: Any) -> Any:
            x[...] = function(x, *others)
            return x

        return self(name, overwriting).says(
            "The result is right, but the array that was given has been overwritten. Build a new "
            "array."
        )


def overwritten(array: str, operator: str) -> str:
    """Return the sentence for a function that works inside an array of its caller."""
    return (
        f"The numbers are right, but `{array}`, the caller's array, was changed. "
        f"`{array} {operator}= …` writes into it; `{array} {operator} …` makes a new array."
    )


def _ones(dout: Any) -> Any:
    return dout * 0 + 1


def _each(change: Method, found: Any) -> Any:
    """Change a gradient, or each of several."""
    return tuple(map(change, found)) if isinstance(found, tuple) else change(found)
