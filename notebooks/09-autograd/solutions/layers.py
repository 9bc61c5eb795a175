"""Layers of a network: nodes whose inputs and outputs are arrays of many cases (lesson 05).

Every layer has the same four parts. `forward` calculates the output and remembers what `backward`
will need; `backward` turns the gradient that arrives from the output's side into the gradient of
the input; `params` lists the arrays that training changes, and `grads` their gradients, in the
same order.
"""

import numpy as np

from solutions.softmax import cross_entropy, softmax


class ReLU:
    """A layer that passes positive numbers on, and puts 0 in the place of all others.

    The number 0 counts as not positive.

    Attributes
    ----------
    params, grads : list
        Both empty: there is nothing to learn.
    """

    def __init__(self):
        self.params, self.grads = [], []
        self.mask = None  # what the latest forward found

    def forward(self, x):
        """Pass positive numbers on, and remember what `backward` will need.

        Parameters
        ----------
        x : ndarray of any shape
            The input. It is left as it was.

        Returns
        -------
        ndarray of the shape of `x`
            `x` where it is positive, 0 elsewhere.
        """
        self.mask = x > 0
        return np.where(self.mask, x, 0.0)

    def backward(self, dout):
        """Turn the upstream gradient into the downstream gradient.

        Parameters
        ----------
        dout : ndarray of the shape of `x`
            Upstream gradient: the derivative of the loss with respect to this layer's output.
            It is left as it was.

        Returns
        -------
        ndarray of the shape of `x`
            The derivative of the loss with respect to `x`, the input of the latest `forward`.
            Where `x` was exactly 0, it is 0.
        """
        return np.where(self.mask, dout, 0.0)


def sigmoid(x):
    """Squash every number into the range from 0 to 1.

    Parameters
    ----------
    x : float, or ndarray of any shape
        Any numbers, large ones such as ±1000 included. It is left as it was.

    Returns
    -------
    float, or ndarray of the shape of `x`
        1 / (1 + exp(-x)) for every element. Nothing overflows, and NumPy does not warn.
    """
    # The exponent is never positive, so the exponential lies between 0 and 1.
    e = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1.0, e) / (1 + e)


class Sigmoid:
    """A layer that squashes every number into the range from 0 to 1.

    Attributes
    ----------
    params, grads : list
        Both empty: there is nothing to learn.
    """

    def __init__(self):
        self.params, self.grads = [], []
        self.out = None  # the output of the latest forward

    def forward(self, x):
        """Apply `sigmoid`, and remember what `backward` will need.

        Parameters
        ----------
        x : ndarray of any shape
            The input. It is left as it was.

        Returns
        -------
        ndarray of the shape of `x`
            The sigmoid of every element.
        """
        self.out = sigmoid(x)
        return self.out

    def backward(self, dout):
        """Turn the upstream gradient into the downstream gradient.

        Parameters
        ----------
        dout : ndarray of the shape of `x`
            Upstream gradient: the derivative of the loss with respect to this layer's output.
            It is left as it was.

        Returns
        -------
        ndarray of the shape of `x`
            The derivative of the loss with respect to `x`, the input of the latest `forward`.
        """
        return dout * self.out * (1 - self.out)


class Tanh:
    """A layer that squashes every number into the range from -1 to 1.

    Attributes
    ----------
    params, grads : list
        Both empty: there is nothing to learn.
    """

    def __init__(self):
        self.params, self.grads = [], []
        self.out = None  # the output of the latest forward

    def forward(self, x):
        """Apply the hyperbolic tangent, and remember what `backward` will need.

        Parameters
        ----------
        x : ndarray of any shape
            The input, large numbers such as ±1000 included. It is left as it was.

        Returns
        -------
        ndarray of the shape of `x`
            The hyperbolic tangent of every element.
        """
        self.out = np.tanh(x)
        return self.out

    def backward(self, dout):
        """Turn the upstream gradient into the downstream gradient.

        Parameters
        ----------
        dout : ndarray of the shape of `x`
            Upstream gradient: the derivative of the loss with respect to this layer's output.
            It is left as it was.

        Returns
        -------
        ndarray of the shape of `x`
            The derivative of the loss with respect to `x`, the input of the latest `forward`.
        """
        return dout * (1 - self.out**2)


class Affine:
    """A layer that multiplies by weights and adds a bias: ``out = x @ W + b``.

    Parameters
    ----------
    W : ndarray of shape (D_in, D_out)
        The weights.
    b : ndarray of shape (D_out,)
        The bias.

    Attributes
    ----------
    params : list
        ``[W, b]``: the arrays that were handed in, not copies.
    grads : list
        ``[dW, db]``: the derivatives of the loss with respect to `W` and `b`, in their shapes.
        `backward` overwrites these two arrays *in place*: they stay the same array objects.
    """

    def __init__(self, W, b):
        self.params = [W, b]
        # Floats, even where the weights are whole numbers: these would cut gradients off.
        self.grads = [np.zeros(W.shape), np.zeros(b.shape)]
        self.x = None  # the input of the latest forward, flattened to shape (N, D_in)
        self.shape = None  # the shape that it had before

    def forward(self, x):
        """Multiply by the weights, add the bias, and remember what `backward` will need.

        Parameters
        ----------
        x : ndarray of shape (N, D_in), or (N, ...) with D_in numbers a case
            The input, one case along the first axis. A case of any shape, a picture for example,
            is flattened to a row of D_in numbers. `x` is left as it was.

        Returns
        -------
        ndarray of shape (N, D_out)
            The output, one case a row.
        """
        W, b = self.params
        self.shape = x.shape
        self.x = x.reshape(len(x), -1)
        return self.x @ W + b

    def backward(self, dout):
        """Turn the upstream gradient into that of the input, and write those of the parameters.

        Parameters
        ----------
        dout : ndarray of shape (N, D_out)
            Upstream gradient: the derivative of the loss with respect to this layer's output.
            It is left as it was.

        Returns
        -------
        ndarray of the shape of `x`
            The derivative of the loss with respect to `x`, the input of the latest `forward`, in
            the shape that `x` had.

        Notes
        -----
        The gradients of the parameters are written into the two arrays of `grads`. What stood in
        there before is gone: nothing is added to it.
        """
        W, _ = self.params
        dW, db = self.grads
        dW[...] = self.x.T @ dout
        db[...] = np.sum(dout, axis=0)
        return (dout @ W.T).reshape(self.shape)


class SoftmaxWithLoss:
    """The last layer in training: softmax, then the mean cross-entropy of the cases.

    Attributes
    ----------
    params, grads : list
        Both empty: there is nothing to learn.
    """

    def __init__(self):
        self.params, self.grads = [], []
        self.p = None  # the probabilities of the latest forward
        self.t = None  # the targets of the latest forward

    def forward(self, s, t):
        """Measure how wrong the scores are, and remember what `backward` will need.

        Parameters
        ----------
        s : ndarray, shape (C,) or (N, C)
            Scores: of one case, or of N cases, one case a row. They are left as they were.
        t : int, or ndarray of shape (N,), (C,) or (N, C)
            Targets, in one of two forms. As labels: an int for one case, or integers of
            shape (N,) for N cases. As one-hot rows: the same shape as `s`.

        Returns
        -------
        float
            The mean cross-entropy over the N cases (N is 1 where `s` has shape (C,)).
        """
        t = np.asarray(t)
        if t.ndim < s.ndim:  # labels have one axis fewer than s; one-hot rows have as many
            t = np.eye(s.shape[-1])[t]
        self.p, self.t = softmax(s), t
        return cross_entropy(self.p, self.t)

    def backward(self, dout=1):
        """Turn the upstream gradient into the gradient of the scores.

        Parameters
        ----------
        dout : float
            Upstream gradient: the derivative of the final output with respect to the loss. It is
            1 where the loss is the final output.

        Returns
        -------
        ndarray of the shape of `s`
            The derivative of the final output with respect to `s`, the scores of the latest
            `forward`. The 1e-7 inside the logarithm is left out of the derivative.
        """
        cases = 1 if self.p.ndim == 1 else len(self.p)
        return dout * (self.p - self.t) / cases
