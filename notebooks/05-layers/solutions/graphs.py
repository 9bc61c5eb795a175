"""Computational graphs: nodes that know one small calculation and its derivative.

Reference solutions of lesson 03. A node has two methods. `forward` calculates the output and
remembers what `backward` will need; `backward` takes the gradient that arrives from the output's
side and returns the gradient for each input.
"""

import numpy as np


class MulNode:
    """A node of a computational graph that multiplies: ``out = x * y``.

    One object stands for one place in one graph: it remembers the inputs of its latest `forward`.
    """

    def __init__(self):
        self.x = None  # the inputs of the latest forward
        self.y = None

    def forward(self, x, y):
        """Multiply, and remember what `backward` will need.

        Parameters
        ----------
        x, y : float
            The two inputs of the node.

        Returns
        -------
        float
            The product of `x` and `y`.
        """
        self.x = x
        self.y = y
        return x * y

    def backward(self, dout):
        """Turn the upstream gradient into the two downstream gradients.

        Parameters
        ----------
        dout : float
            Upstream gradient: the derivative of the graph's final output with respect to this
            node's output.

        Returns
        -------
        tuple of float
            ``(dx, dy)``: the derivatives of the graph's final output with respect to `x` and `y`,
            the inputs of the latest `forward`.
        """
        return dout * self.y, dout * self.x


class AddNode:
    """A node of a computational graph that adds: ``out = x + y``."""

    def forward(self, x, y):
        """Add the two inputs.

        Parameters
        ----------
        x, y : float
            The two inputs of the node.

        Returns
        -------
        float
            The sum of `x` and `y`.
        """
        return x + y

    def backward(self, dout):
        """Turn the upstream gradient into the two downstream gradients.

        Parameters
        ----------
        dout : float
            Upstream gradient: the derivative of the graph's final output with respect to this
            node's output.

        Returns
        -------
        tuple of float
            ``(dx, dy)``: the derivatives of the graph's final output with respect to the two
            inputs.
        """
        return dout, dout


class BranchNode:
    """A node of a computational graph that hands one value on to several places.

    Parameters
    ----------
    n : int
        The number of branches that leave the node, at least 1.
    """

    def __init__(self, n):
        self.n = n

    def forward(self, x):
        """Hand the input on, unchanged, to every branch.

        Parameters
        ----------
        x : float
            The input of the node.

        Returns
        -------
        tuple of float
            `x`, once for each of the `n` branches.
        """
        return (x,) * self.n

    def backward(self, douts):
        """Turn the upstream gradients of all branches into the one downstream gradient.

        Parameters
        ----------
        douts : sequence of float
            The upstream gradients, one for each of the `n` branches.

        Returns
        -------
        float
            The derivative of the graph's final output with respect to `x`.
        """
        return sum(douts)


class MaxNode:
    """A node of a computational graph that passes the larger input on: ``out = max(x, y)``.

    When both inputs are equal, the node counts `x` as the larger one.
    """

    def __init__(self):
        self.x_is_larger = None  # what the latest forward found

    def forward(self, x, y):
        """Pass the larger input on, and remember what `backward` will need.

        Parameters
        ----------
        x, y : float
            The two inputs of the node.

        Returns
        -------
        float
            The larger of `x` and `y`.
        """
        self.x_is_larger = x >= y
        return x if self.x_is_larger else y

    def backward(self, dout):
        """Turn the upstream gradient into the two downstream gradients.

        Parameters
        ----------
        dout : float
            Upstream gradient: the derivative of the graph's final output with respect to this
            node's output.

        Returns
        -------
        tuple of float
            ``(dx, dy)``: the derivatives of the graph's final output with respect to `x` and `y`,
            the inputs of the latest `forward`. If they were equal, `x` counts as the larger one.
        """
        return (dout, 0.0) if self.x_is_larger else (0.0, dout)


def apple_bill(apple, count, tax):
    """Calculate the price of some apples with tax, and how it depends on each input.

    The graph: `apple` and `count` are multiplied, and the result is multiplied by `tax`.

    Parameters
    ----------
    apple : float
        The price of one apple.
    count : float
        How many apples.
    tax : float
        The factor of the tax: 1.1 for a tax of 10 %.

    Returns
    -------
    tuple of float
        ``(total, dapple, dcount, dtax)``: the total, then its derivatives with respect to `apple`,
        `count` and `tax`. Nothing is rounded.
    """
    apple_node = MulNode()
    tax_node = MulNode()

    price = apple_node.forward(apple, count)
    total = tax_node.forward(price, tax)

    dprice, dtax = tax_node.backward(1)
    dapple, dcount = apple_node.backward(dprice)
    return total, dapple, dcount, dtax


def fruit_bill(apple, apple_count, orange, orange_count, tax):
    """Calculate the price of apples and oranges with tax, and how it depends on each input.

    The graph: each price is multiplied by its count, the two results are added, and the sum is
    multiplied by `tax`.

    Parameters
    ----------
    apple, orange : float
        The price of one apple, and of one orange.
    apple_count, orange_count : float
        How many apples, and how many oranges.
    tax : float
        The factor of the tax: 1.1 for a tax of 10 %.

    Returns
    -------
    tuple of float
        ``(total, dapple, dapple_count, dorange, dorange_count, dtax)``: the total, then its
        derivatives with respect to the five inputs, in the order of the inputs. Nothing is rounded.
    """
    apple_node = MulNode()
    orange_node = MulNode()
    sum_node = AddNode()
    tax_node = MulNode()

    apples = apple_node.forward(apple, apple_count)
    oranges = orange_node.forward(orange, orange_count)
    price = sum_node.forward(apples, oranges)
    total = tax_node.forward(price, tax)

    dprice, dtax = tax_node.backward(1)
    dapples, doranges = sum_node.backward(dprice)
    dorange, dorange_count = orange_node.backward(doranges)
    dapple, dapple_count = apple_node.backward(dapples)
    return total, dapple, dapple_count, dorange, dorange_count, dtax


def triple_derivative(f, fprime, w):
    """Calculate dz/dw for z = f(f(f(w))) with the chain rule.

    Parameters
    ----------
    f : callable
        A function of one number.
    fprime : callable
        The derivative of `f`, also a function of one number.
    w : float
        Where the derivative is taken.

    Returns
    -------
    float
        The derivative of z with respect to `w`.
    """
    x = f(w)
    y = f(x)
    return fprime(y) * fprime(x) * fprime(w)


def numerical_derivative(f, x, h=1e-4):
    """Approximate the derivative of `f` at `x` by the central difference.

    Parameters
    ----------
    f : callable
        A function of one number that returns a number.
    x : float
        Where the derivative is taken.
    h : float
        The step: `f` is evaluated at a distance of `h` on both sides of `x`.

    Returns
    -------
    float
        The central difference.
    """
    return (f(x + h) - f(x - h)) / (2 * h)


def jacobian(f, x, h=1e-4):
    """Approximate the Jacobian of `f` at `x` by central differences.

    Parameters
    ----------
    f : callable
        A function that takes an array of shape (n,) and returns an array of shape (m,).
    x : ndarray of shape (n,)
        Where the derivatives are taken: whole numbers or floats. It is left as it was.
    h : float
        The step: one component at a time moves by `h` to both sides.

    Returns
    -------
    ndarray of shape (m, n)
        Row i, column j: the derivative of output i with respect to input j.
    """
    x = np.asarray(x, dtype=float)  # an integer array would cut the step off
    columns = []
    for j in range(x.size):
        step = np.zeros_like(x)
        step[j] = h
        columns.append((f(x + step) - f(x - step)) / (2 * h))
    return np.stack(columns, axis=1)
