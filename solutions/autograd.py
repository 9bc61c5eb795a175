"""Automatic differentiation: an order of nodes, numbers that record how they were made (lesson 09).

Every `Value` knows the values that it was made from and its derivatives with respect to them.
A backward pass is one walk over this record, from the result to the inputs. `Multiply` shows how a
framework lets you add an operation of your own, and `BatchNorm1d` is a layer that behaves
differently in training and afterwards.
"""

import math

import numpy as np


def topological_order(root):
    """Put a node, and all that it was made from, into an order with parents first.

    Parameters
    ----------
    root : object
        A node. Every node has an attribute `parents`, a tuple of the nodes that it was made from:
        empty for an input; a node that was used twice stands in it twice. Nodes can be put into a
        set.

    Returns
    -------
    list
        `root` and every node that can be reached from it through `parents`. Each node is in the
        list exactly once, and after all of its parents, so `root` comes last. Where several orders
        are right, any of them will do. Graphs may be thousands of nodes deep.
    """
    order, seen = [], {root}
    path = [(root, iter(root.parents))]  # the nodes begun, each with its parents still to visit
    while path:
        node, parents = path[-1]
        for parent in parents:
            if parent not in seen:
                seen.add(parent)
                path.append((parent, iter(parent.parents)))
                break
        else:  # no parent is left: all of them are in the list
            order.append(node)
            path.pop()
    return order


class Value:
    """A number that remembers how it was made.

    Calculate with values as with numbers, and call `backward` on the result: every value that it
    depends on then has the derivative of the result in `grad`.

    Parameters
    ----------
    data : float
        The number.
    parents : sequence of Value
        The values that it was made from; empty for an input.
    op : str
        The name of the operation that made it; empty for an input.

    Attributes
    ----------
    data : float
        The number.
    grad : float
        The sum of the derivatives that `backward` has found so far; 0.0 at first.
    parents : tuple of Value
        The values that it was made from. One that was used twice stands here twice.
    local_gradients : tuple of float
        The derivatives of this value with respect to each of its parents, in their order. The
        operation that makes a value fills them in.
    op : str
        The operation as a picture names it: ``"+"``, ``"**2"`` or ``"tanh"``.
    """

    def __init__(self, data, parents=(), op=""):
        self.data = float(data)
        self.grad = 0.0
        self.parents = tuple(parents)
        self.local_gradients = ()
        self.op = op

    @staticmethod
    def of(number):
        """Return `number` as it is if it is a Value, else a new Value that holds it."""
        return number if isinstance(number, Value) else Value(number)

    def __add__(self, other):
        """Give ``self + other``.

        Parameters
        ----------
        other : Value, int or float
            `Value.of` makes a Value of a plain number.

        Returns
        -------
        Value
            A new value with the parents `self` and `other`, the op ``"+"``, and its two local
            gradients.
        """
        other = Value.of(other)
        out = Value(self.data + other.data, (self, other), "+")
        out.local_gradients = (1.0, 1.0)
        return out

    def __mul__(self, other):
        """Give ``self * other``.

        Parameters
        ----------
        other : Value, int or float
            `Value.of` makes a Value of a plain number.

        Returns
        -------
        Value
            A new value with the parents `self` and `other`, the op ``"*"``, and its two local
            gradients.
        """
        other = Value.of(other)
        out = Value(self.data * other.data, (self, other), "*")
        out.local_gradients = (other.data, self.data)
        return out

    def __pow__(self, exponent):
        """Give ``self ** exponent``.

        Parameters
        ----------
        exponent : int, float or Value
            A plain number is a constant and no parent: `self`, which may then be negative, is
            the only one. A Value is the second parent; `self` is then positive.

        Returns
        -------
        Value
            A new value with the op ``"**"``; a plain exponent stands behind it: ``"**2"``. The
            derivative of x**n with respect to x is n * x**(n - 1), and with respect to n it is
            x**n * log(x), with the natural logarithm.
        """
        if not isinstance(exponent, Value):
            out = Value(self.data**exponent, (self,), f"**{exponent:g}")
            out.local_gradients = (exponent * self.data ** (exponent - 1),)
            return out
        n = exponent.data
        out = Value(self.data**n, (self, exponent), "**")
        out.local_gradients = (n * self.data ** (n - 1), out.data * math.log(self.data))
        return out

    def relu(self):
        """Give the value itself if it is positive, else 0.

        Returns
        -------
        Value
            A new value with the parent `self` and the op ``"relu"``. Where `self` is exactly 0, the
            local gradient is 0.
        """
        positive = self.data > 0
        out = Value(self.data if positive else 0.0, (self,), "relu")
        out.local_gradients = (1.0 if positive else 0.0,)
        return out

    def tanh(self):
        """Give the hyperbolic tangent.

        Returns
        -------
        Value
            A new value with the parent `self`, the op ``"tanh"``, and its local gradient.
        """
        out = Value(math.tanh(self.data), (self,), "tanh")
        out.local_gradients = (1 - out.data**2,)
        return out

    def exp(self):
        """Give e to the power of the value.

        Returns
        -------
        Value
            A new value with the parent `self`, the op ``"exp"``, and its local gradient.
        """
        out = Value(math.exp(self.data), (self,), "exp")
        out.local_gradients = (out.data,)
        return out

    def backward(self):
        """Add the derivatives of this value to the `grad` of every value that it depends on.

        This value's own `grad` grows by 1, its derivative with respect to itself. What is in `grad`
        already stays and is added to: a second call makes every `grad` twice as large, of
        intermediate values too. Graphs may be thousands of values deep.
        """
        order = topological_order(self)
        # The gradients of this call, apart from `grad`, where those of earlier calls lie.
        upstream = dict.fromkeys(order, 0.0)
        upstream[self] = 1.0
        for value in reversed(order):
            value.grad += upstream[value]
            for parent, local in zip(value.parents, value.local_gradients, strict=True):
                upstream[parent] += upstream[value] * local

    def zero_grad(self):
        """Set `grad` to 0.0, of this value and of every value that it depends on."""
        for value in topological_order(self):
            value.grad = 0.0

    # All that follows is made of the operations above, so it needs no derivative of its own.

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -Value.of(other)

    def __truediv__(self, other):
        return self * Value.of(other) ** -1

    def __radd__(self, number):
        return Value(number) + self

    def __rsub__(self, number):
        return Value(number) - self

    def __rmul__(self, number):
        return Value(number) * self

    def __rtruediv__(self, number):
        return Value(number) / self

    def __rpow__(self, number):
        return Value(number) ** self

    def __repr__(self):
        return f"Value({self.data:g}, grad={self.grad:g})"


class Multiply:
    """The product ``z = x * y`` as a function of your own, in the form that PyTorch asks for.

    Both methods are static: there is no `self`. What `backward` needs is kept in the context of
    this one use, so the same class may be used in as many places as you like.
    """

    @staticmethod
    def forward(ctx, x, y):
        """Multiply, and save what `backward` will need.

        Parameters
        ----------
        ctx : Context
            The memory of this use: `ctx.save_for_backward(a, b, …)` keeps any number of values.
        x, y : float, or arrays of one shape
            The factors. They are left as they were.

        Returns
        -------
        float or array
            The product, element by element.
        """
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx, dz):
        """Turn the upstream gradient into one downstream gradient for each input.

        Parameters
        ----------
        ctx : Context
            The context that `forward` was given: `ctx.saved_tensors` is the tuple of what it saved.
        dz : float, or array of the shape of `x`
            Upstream gradient: the derivative of the loss with respect to the product.

        Returns
        -------
        tuple
            ``(dx, dy)``: the derivatives of the loss with respect to `x` and `y`.
        """
        x, y = ctx.saved_tensors
        return dz * y, dz * x


class BatchNorm1d:
    """A layer that gives every feature of a batch mean 0 and variance 1, then scales and shifts it.

    Parameters
    ----------
    gamma, beta : ndarray of shape (D,)
        The learned scale and shift, one for each feature.
    momentum : float
        The share of the newest batch in the running statistics.
    eps : float
        Added to a variance before the root is taken, so that nothing is divided by 0.

    Attributes
    ----------
    params : list
        ``[gamma, beta]``: the arrays that were handed in, not copies.
    grads : list
        ``[dgamma, dbeta]``: the derivatives of the loss with respect to `gamma` and `beta`.
        `backward` overwrites these two arrays *in place*: they stay the same array objects.
    running_mean, running_var : ndarray of shape (D,)
        Mean and variance of each feature over past batches; at first 0 and 1.
    """

    def __init__(self, gamma, beta, momentum=0.1, eps=1e-5):
        self.params = [gamma, beta]
        self.grads = [np.zeros(gamma.shape), np.zeros(beta.shape)]
        self.momentum = momentum
        self.eps = eps
        self.running_mean = np.zeros(gamma.shape)
        self.running_var = np.ones(gamma.shape)
        self.x_hat = None  # the normalized input of the latest forward
        self.std = None  # what it was divided by
        self.training = None  # whether that forward was part of training

    def forward(self, x, training):
        """Normalize each feature, then scale it by `gamma` and shift it by `beta`.

        Parameters
        ----------
        x : ndarray of shape (N, D)
            The input, one case a row; in training N is at least 2. It is left as it was.
        training : bool
            True: normalize with mean and variance of this batch (the variance is the mean of the
            squared deviations), and move the running statistics towards them:
            ``running = (1 - momentum) * running + momentum * batch``. For `running_var` the
            batch's variance is first multiplied by N / (N - 1).
            False: normalize with the running statistics, and leave them as they are.

        Returns
        -------
        ndarray of shape (N, D)
            ``gamma * x_hat + beta`` with ``x_hat = (x - mean) / sqrt(variance + eps)``.
        """
        if training:
            n, m = len(x), self.momentum
            mean, variance = x.mean(axis=0), x.var(axis=0)
            self.running_mean = (1 - m) * self.running_mean + m * mean
            self.running_var = (1 - m) * self.running_var + m * variance * n / (n - 1)
        else:
            mean, variance = self.running_mean, self.running_var
        self.training = training
        self.std = np.sqrt(variance + self.eps)
        self.x_hat = (x - mean) / self.std
        gamma, beta = self.params
        return gamma * self.x_hat + beta

    def backward(self, dout):
        """Turn the upstream gradient into the downstream gradient, and fill `grads`.

        Parameters
        ----------
        dout : ndarray of shape (N, D)
            Upstream gradient: the derivative of the loss with respect to this layer's output. It
            is left as it was.

        Returns
        -------
        ndarray of shape (N, D)
            The derivative of the loss with respect to `x`, the input of the latest `forward`.
            After a forward in training, mean and variance depend on `x` too, and that counts; after
            one that was not in training they are constants.
        """
        gamma, _ = self.params
        self.grads[0][...] = (dout * self.x_hat).sum(axis=0)
        self.grads[1][...] = dout.sum(axis=0)
        d_hat = dout * gamma
        if not self.training:
            return d_hat / self.std
        through_mean = d_hat.mean(axis=0)
        through_variance = self.x_hat * (d_hat * self.x_hat).mean(axis=0)
        return (d_hat - through_mean - through_variance) / self.std
