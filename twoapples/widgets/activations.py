"""Activation functions: curve, derivative, and what ten of them leave of a gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from twoapples.datasets.records import Floats
from twoapples.trainer.networks import ACTIVATIONS
from twoapples.widgets.base import TablePanel, esm
from twoapples.widgets.tables import Words, number

__all__ = ["ActivationLayers", "explore_activations"]

REACH = 10.0
DEPTH = 10
SAMPLES = 401


class _Own:
    """A layer without parameters: a function, and its derivative told by its result."""

    def __init__(
        self, function: Callable[[Floats], Floats], slope: Callable[[Floats], Floats]
    ) -> None:
        self._function, self._slope = function, slope

    def forward(self, x: Floats) -> Floats:
        self._out = self._function(x)
        return self._out

    def backward(self, dout: Floats) -> Floats:
        return dout * self._slope(self._out)


def own_layers() -> dict[str, Any]:
    """Return step, sigmoid, tanh and ReLU as layers with `forward` and `backward`."""
    return {
        "step": _Own(lambda x: (x > 0).astype(float), np.zeros_like),
        "sigmoid": _Own(*ACTIVATIONS["Sigmoid"]),
        "tanh": _Own(*ACTIVATIONS["Tanh"]),
        "ReLU": _Own(*ACTIVATIONS["ReLU"]),
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
        chosen = own_layers() if layers is None else layers
        self.layers = {
            str(name): layer() if isinstance(layer, type) else layer
            for name, layer in chosen.items()
        }
        self.names = list(self.layers)
        if not self.names:
            raise ValueError("no layer to look at")

    def ask(self, name: str, x: Floats) -> tuple[Floats, Floats]:
        """Return a layer's output at x, shape (n,), and what its ``backward`` makes of ones.

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
        """Return what each layer on the way multiplies the gradient by, shape (10,).

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

        The arguments are those of `factors`.

        Returns
        -------
        array of float64, shape (len(names), 11)
            Column k is the product of the k factors nearest to the loss: the gradient goes from
            the last layer to the first. Column 0 is 1.
        """
        factors = [[1.0, *self.factors(name, x, weight, chained)[::-1]] for name in self.names]
        return np.cumprod(factors, axis=1)


def _shaped(name: str, method: str, found: Any, x: Floats) -> Floats:
    values: Floats = np.asarray(found, dtype=float)
    if values.shape != x.shape:
        raise ValueError(f"{name}.{method}: {x.shape} went in, but {values.shape} came out")
    return values


class ActivationsPanel(TablePanel):
    """The widget of `explore_activations`."""

    kind = "explore_activations"
    _esm = esm("activations.js")
    controls: ClassVar = {"function": str, "x": float, "weight": float, "chained": str}

    def __init__(self, layers: ActivationLayers, function: str, x: float, weight: float) -> None:
        super().__init__()
        self._layers = layers
        self.function, self.x, self.weight, self.chained = function, x, weight, "no"

    def answer(self, message: dict[str, Any]) -> None:
        """Push curve, point and products."""
        layers, settings = self._layers, self._settings()
        outputs, slopes = self._here()
        at = layers.names.index(self.function)
        products = layers.products(*settings)
        # What float32 cannot hold is still no 0: the page gets the power of ten.
        with np.errstate(divide="ignore"):
            powers = np.log10(np.abs(products))
        x, out, derivative = layers.curve(self.function)
        self.push(
            {
                "choices": {"function": layers.names},
                "value": outputs[at],
                "slope": slopes[at],
                "factors": layers.factors(self.function, *settings),
                "left": products[:, -1],
                "outputs": outputs,
                "slopes": slopes,
                "reach": REACH,
            },
            x=x,
            out=out,
            derivative=derivative,
            powers=powers,
        )

    def _settings(self) -> tuple[float, float, bool]:
        return self.x, self.weight, self.chained == "yes"

    def _here(self) -> Floats:
        """Return output and slope of every function, shape (2, len(names))."""
        here = np.array([self.x])
        return np.array([self._layers.ask(name, here) for name in self._layers.names])[..., 0].T

    def words(self) -> Words:
        """Return output, derivative and product of every function."""
        how = "the output of the one before" if self.chained == "yes" else "the same x"
        caption = (
            f"Activation functions at x = {self.x:g}, and what ten layers with weight "
            f"{self.weight:g} leave of a gradient; each layer gets {how}."
        )
        left = self._layers.products(*self._settings())[:, -1]
        rows = [
            [name, *map(number, values)]
            for name, *values in zip(self._layers.names, *self._here(), left, strict=True)
        ]
        return Words([caption], ["function", "output", "derivative", "left after ten layers"], rows)


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
