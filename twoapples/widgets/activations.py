"""Activation functions: curve, derivative, and what ten of them leave of a gradient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from twoapples.datasets.records import Floats
from twoapples.widgets.base import Panel, css, esm
from twoapples.widgets.tables import as_html, as_text, number

__all__ = ["ActivationLayers", "explore_activations"]

REACH = 10.0
DEPTH = 10
SAMPLES = 401


class _Own:
    """A layer without parameters, of two formulas; what lesson 05 asks for, for use without it."""

    def __init__(self, function: Any, slope: Any) -> None:
        self._function, self._slope = function, slope
        self._x: Floats = np.zeros(0)

    def forward(self, x: Floats) -> Floats:
        self._x = np.array(x, dtype=float)
        return self._function(self._x)

    def backward(self, dout: Floats) -> Floats:
        return dout * self._slope(self._x)


def _sigmoid(x: Floats) -> Floats:
    # Half of a tanh: no exponential that overflows.
    return 0.5 * (1 + np.tanh(x / 2))


def own_layers() -> dict[str, Any]:
    """Return step, sigmoid, tanh and ReLU as layers with `forward` and `backward`."""
    return {
        "step": _Own(lambda x: np.where(x > 0, 1.0, 0.0), np.zeros_like),
        # From the distance to 0, so that the small slope at 10 is not a difference of two ones.
        "sigmoid": _Own(_sigmoid, lambda x: _sigmoid(x) * _sigmoid(-x)),
        "tanh": _Own(np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        "ReLU": _Own(lambda x: np.maximum(x, 0.0), lambda x: np.where(x > 0, 1.0, 0.0)),
    }


class ActivationLayers:
    """What layers make of numbers, and what becomes of a gradient that passes ten of them.

    Parameters
    ----------
    layers : mapping, optional
        For each name a layer with ``forward(x)`` and ``backward(dout)``, or a class that is called
        without arguments to make one. Step, sigmoid, tanh and ReLU of its own unless given.
    """

    def __init__(self, layers: Mapping[str, Any] | None = None) -> None:
        chosen = own_layers() if layers is None else dict(layers)
        if not chosen:
            raise ValueError("no layer to look at")
        self.layers = {
            str(name): layer() if isinstance(layer, type) else layer
            for name, layer in chosen.items()
        }
        self.names = list(self.layers)

    def ask(self, name: str, x: Floats) -> tuple[Floats, Floats]:
        """Ask a layer for its output and its derivative.

        Parameters
        ----------
        name : str
            Which layer.
        x : array of float64, shape (n,)
            Where.

        Returns
        -------
        out, slope : array of float64, shape (n,)
            What ``forward(x)`` gives, and what ``backward`` makes of ones.

        Raises
        ------
        ValueError
            If an answer has another shape than `x`.
        """
        layer = self.layers[name]
        out = _shaped(name, "forward", layer.forward(x.copy()), x)
        return out, _shaped(name, "backward", layer.backward(np.ones_like(x)), x)

    def curve(self, name: str) -> tuple[Floats, Floats, Floats]:
        """Return x, output and derivative along the axis, shape (401,) each."""
        x = np.linspace(-REACH, REACH, SAMPLES)
        return x, *self.ask(name, x)

    def factors(self, name: str, x: float, weight: float, chained: bool) -> Floats:
        """Return what each layer on the way multiplies the gradient by.

        Parameters
        ----------
        name : str
            Which activation function stands in all layers.
        x : float
            The input of the first layer.
        weight : float
            The weight w in front of each activation function f. A layer calculates f(w x), and its
            derivative is w f'(w x).
        chained : bool
            Whether a layer gets the output of the one before it. Otherwise each gets `x`.

        Returns
        -------
        array of float64, shape (10,)
            From the first layer to the last.
        """
        found = np.empty(DEPTH)
        value = np.array([float(x)])
        for k in range(DEPTH):
            out, slope = self.ask(name, weight * value)
            found[k] = weight * slope[0]
            if chained:
                value = out
        return found

    def products(self, x: float, weight: float, chained: bool) -> Floats:
        """Return how much of a gradient is left after each layer, for every activation function.

        Parameters
        ----------
        x, weight, chained
            As in `factors`.

        Returns
        -------
        array of float64, shape (len(names), 11)
            Column k is the product of the k factors nearest to the loss: the gradient goes from
            the last layer to the first. Column 0 is 1.
        """
        products = np.ones((len(self.names), DEPTH + 1))
        for row, name in zip(products, self.names, strict=True):
            row[1:] = np.cumprod(self.factors(name, x, weight, chained)[::-1])
        return products


def _shaped(name: str, method: str, values: Any, x: Floats) -> Floats:
    values = np.asarray(values, dtype=float)
    if values.shape != x.shape:
        raise ValueError(f"{name}.{method}: {x.shape} went in, but {values.shape} came out")
    return values


class ActivationsPanel(Panel):
    """The widget of `explore_activations`."""

    kind = "explore_activations"
    _esm, _css = esm("activations.js"), css("small.css")

    def __init__(self, model: ActivationLayers, name: str, x: float, weight: float) -> None:
        self._model = model
        self._name, self._x, self._weight, self._chained = name, x, weight, False
        self._curves: dict[str, tuple[Floats, Floats, Floats]] = {}
        super().__init__()

    def answer(self, message: dict[str, Any]) -> None:
        """Take over what was moved, and push curve, point and products."""
        self._name = str(message.get("name", self._name))
        self._x = float(message.get("x", self._x))
        self._weight = float(message.get("weight", self._weight))
        self._chained = bool(message.get("chained", self._chained))
        if self._name not in self._curves:
            self._curves[self._name] = self._model.curve(self._name)
        x, out, slope = self._curves[self._name]
        here = np.array([self._x])
        points = {name: self._model.ask(name, here) for name in self._model.names}
        value, steepness = points[self._name]
        products = self._model.products(self._x, self._weight, self._chained)
        # What float32 cannot hold is still no 0: the page gets the power of ten.
        with np.errstate(divide="ignore"):
            powers = np.log10(np.abs(products))
        self.push(
            {
                "names": self._model.names,
                "name": self._name,
                "at": self._x,
                "weight": self._weight,
                "chained": self._chained,
                "value": value[0],
                "slope": steepness[0],
                "factors": self._model.factors(self._name, self._x, self._weight, self._chained),
                "left": products[:, -1],
                "outputs": [point[0][0] for point in points.values()],
                "slopes": [point[1][0] for point in points.values()],
                "reach": REACH,
            },
            x=x,
            out=out,
            derivative=slope,
            powers=powers,
        )

    def _caption(self) -> str:
        how = "the output of the one before" if self._chained else "the same x"
        return (
            f"Activation functions at x = {self._x:g}, and what ten layers with weight "
            f"{self._weight:g} leave of a gradient; each layer gets {how}."
        )

    def _table(self) -> tuple[list[str], list[list[str]]]:
        products = self._model.products(self._x, self._weight, self._chained)
        rows = []
        for name, row in zip(self._model.names, products, strict=True):
            out, slope = self._model.ask(name, np.array([self._x]))
            rows.append([name, number(out[0]), number(slope[0]), number(row[-1])])
        return ["function", "output", "derivative", "left after ten layers"], rows

    def text(self) -> str:
        """Return output, derivative and product of every function, as a table of text."""
        return f"{self._caption()}\n{as_text(*self._table())}"

    def html(self) -> str:
        """Return the same table as HTML."""
        return as_html(self._caption(), *self._table())


def explore_activations(
    layers: Mapping[str, Any] | None = None, x: float = 2.0, weight: float = 1.0
) -> ActivationsPanel:
    """Show activation functions with their derivative, and the product of ten derivatives.

    Parameters
    ----------
    layers : mapping, optional
        For each name a layer with ``forward(x)`` and ``backward(dout)``, or its class: your own
        `Sigmoid`, `Tanh` and `ReLU`, say. Without it the widget has its own.
    x : float, optional
        Where to begin.
    weight : float, optional
        The weight in front of every activation function to begin with.

    Returns
    -------
    ActivationsPanel
        The widget. The last line of a cell shows it.
    """
    model = ActivationLayers(layers)
    name = "sigmoid" if "sigmoid" in model.names else model.names[0]
    return ActivationsPanel(model, name, float(x), float(weight))
