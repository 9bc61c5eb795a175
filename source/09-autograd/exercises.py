"""How the exercises of lesson 09 are checked: cases, and the wrong versions people really write."""

import inspect
import math

import numpy as np

from grader.exercises import (
    FRAMEWORKS,
    Exercise,
    apply,
    array,
    context,
    holds,
    nodes,
    polynomial,
    same,
)
from solutions import autograd as reference

# topological_order ---------------------------------------------------------------------------

topological_order = Exercise(
    "topological_order", points=4, forbids=(*FRAMEWORKS, "graphlib", "networkx")
)


def _ask(topological_order, data):
    holds("topological_order", topological_order(nodes(data)), data)


def _names(rng, n):
    """Draw names whose alphabetical order says nothing about the graph."""
    return [str(name) for name in rng.permutation(list("abcdefghijklmnopqrstuvwxyz"))[:n]]


@topological_order.example("the bill of the text")
def order_text(topological_order, rng):
    bill = [
        ["apple", []],
        ["count", []],
        ["price", ["apple", "count"]],
        ["tax", []],
        ["total", ["price", "tax"]],
    ]
    _ask(topological_order, bill)


# Each node is made from the one before, so one order only is right. The shorter ways across are
# what makes a search in the wrong order fail.
@topological_order.case("a graph with one right order", weight=2, draws=2)
def order_unique(topological_order, rng):
    a, b, c, d, e = _names(rng, 5)
    _ask(topological_order, [[a, []], [b, [a]], [c, [b, a]], [d, [b, c]], [e, [d, a]]])


@topological_order.case("a value used twice by one node")
def order_square(topological_order, rng):
    a, b, c = _names(rng, 3)
    _ask(topological_order, [[a, []], [b, [a, a]], [c, [b, b]]])


@topological_order.case("a graph with many right orders")
def order_many(topological_order, rng):
    a, b, c, d, e, f, g = _names(rng, 7)
    graph = [[a, []], [b, []], [c, [a, b]], [d, [a]], [e, [b]], [f, [d, e]], [g, [c, f]]]
    _ask(topological_order, graph)


@topological_order.case("an input alone")
def order_input(topological_order, rng):
    _ask(topological_order, [[_names(rng, 1)[0], []]])


@topological_order.case("a chain of 3,000 nodes", weight=2)
def order_deep(topological_order, rng):
    _ask(topological_order, {"chain": 3000, "first": int(rng.integers(10, 90))})


@topological_order.misconception(
    "The order is right, but the function calls itself once for every node on the way down, and "
    "Python stops that after 1,000 calls or so. Keep a list of your own of the nodes that are "
    "still to be finished: a list has no such limit."
)
def recursive(root):
    order, seen = [], set()

    def visit(node):
        if node in seen:
            return
        seen.add(node)
        for parent in node.parents:
            visit(parent)
        order.append(node)

    visit(root)
    return order


@topological_order.misconception(
    "Nodes that are used in several places stand in the list several times. Remember in a set "
    "which nodes you have met, and pass over them when you meet them again."
)
def met_again(root):
    order = []
    for parent in root.parents:
        order += met_again(parent)
    return [*order, root]


@topological_order.misconception(
    "The list begins with the root: children come before their parents. The forward order is "
    "wanted, with the root last; the backward pass will go through it from the end."
)
def root_first(root):
    return recursive(root)[::-1]


@topological_order.misconception(
    "The nodes are taken in the order of their distance from the root. A node that is reached by "
    "a short way and by a long one is then placed too late: some node on the long way needs it "
    "earlier. A node's place is settled when all of its parents are in the list."
)
def by_distance(root):
    order, seen = [root], {root}
    for node in order:
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                order.append(parent)
    return order[::-1]


@topological_order.misconception(
    "A node is put into the list when it is first met, and the list is turned round at the end. "
    "When a node is met, nothing is known yet about other ways to it; put it into the list when "
    "all of its parents are there."
)
def when_met(root):
    order, seen, stack = [], set(), [root]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        order.append(node)
        stack += node.parents
    return order[::-1]


@topological_order.misconception(
    "The root itself is missing from the list. It is a node of the graph like the others, and the "
    "backward pass begins with it."
)
def without_root(root):
    return recursive(root)[:-1]


@topological_order.misconception(
    "What is returned is no list. The order of the nodes is what is asked for, and a set, for one, "
    "has none: return a list."
)
def as_set(root):
    return set(without_root(root)) | {root}


@topological_order.misconception(
    "Nodes without parents are left out. They are the inputs, and it is their gradients that one "
    "wants in the end."
)
def without_inputs(root):
    return [node for node in recursive(root) if node.parents]


@topological_order.misconception(
    "Only the root and its own parents are in the list. The parents have parents too: go on until "
    "you reach nodes that have none."
)
def one_step(root):
    return [*dict.fromkeys(root.parents), root]


@topological_order.misconception(
    "Only the first parent of each node is followed. Nodes that can be reached through another "
    "parent are missing."
)
def first_parent(root):
    return [*first_parent(root.parents[0]), root] if root.parents else [root]


# Value ---------------------------------------------------------------------------------------

Value = Exercise(
    "Value", points=10, needs=("topological_order",), forbids=(*FRAMEWORKS, "graphlib", "networkx")
)


def _numbers(rng, n, low=1.2, high=2.8):
    """Draw numbers of which no two are close."""
    step = (high - low) / n
    return rng.permutation([low + step * (i + rng.uniform(0.1, 0.7)) for i in range(n)]).tolist()


@Value.example("the bill of the text")
def value_bill(Value, rng):
    apple, count, tax = Value(100), Value(2), Value(1.1)
    total = apple * count * tax
    total.backward()
    total.data
    apple.grad
    count.grad
    tax.grad


@Value.case("a sum and a product")
def value_sum_product(Value, rng):
    a, b, c = (Value(x) for x in _numbers(rng, 3))
    product = a * b
    out = product + c
    out.data
    out.backward()
    a.grad
    b.grad
    c.grad
    product.grad
    out.grad


@Value.case("a value used several times", weight=2)
def value_shared(Value, rng):
    a, b = (Value(x) for x in _numbers(rng, 2))
    out = a * a + a * b + a
    out.data
    out.backward()
    a.grad
    b.grad


@Value.case("a short way and a long way", weight=2)
def value_two_ways(Value, rng):
    x, y, z = _numbers(rng, 3)
    a, b, c = Value(x), Value(y), Value(z)
    middle = a * b
    out = middle * (middle * c + a) + middle
    out.data
    out.backward()
    a.grad
    b.grad
    c.grad
    middle.grad


@Value.case("plain numbers on either side")
def value_plain(Value, rng):
    x, p, q, r, s = _numbers(rng, 5)
    a = Value(x)
    out = (p + a) * q + (r - a) / s + p / a - 3 * a + (a - q) * (a / 2) + 1
    out.data
    out.backward()
    a.grad


@Value.case("powers with a plain exponent")
def value_powers(Value, rng):
    x, y, n = _numbers(rng, 3)
    a, b = Value(-x), Value(y)
    cube, root = a**3, b ** (n / 4)
    cube.data
    root.data
    cube.backward()
    root.backward()
    a.grad
    b.grad


@Value.case("a value in the exponent")
def value_exponent(Value, rng):
    x, n, base = _numbers(rng, 3)
    a, b = Value(x), Value(n)
    out = a**b + base**a
    out.data
    out.backward()
    a.grad
    b.grad


@Value.case("relu, tanh and exp")
def value_functions(Value, rng):
    x, y, z, w = _numbers(rng, 4, 0.3, 1.6)
    a, b, c, d = Value(x), Value(-y), Value(z), Value(w)
    scale = Value(3.0)
    up, down, bent, grown = a.relu(), b.relu(), c.tanh(), d.exp()
    out = (up + down + bent + grown) * scale
    out.data
    out.backward()
    a.grad
    b.grad
    c.grad
    d.grad


@Value.case("relu at 0")
def value_relu_zero(Value, rng):
    a = Value(0.0)
    out = a.relu() * rng.uniform(2, 3)
    out.backward()
    out.data
    a.grad


@Value.case("backward twice, then zero_grad, then backward", weight=2)
def value_again(Value, rng):
    x, y = _numbers(rng, 2)
    a, b = Value(x), Value(y)
    middle = a * b
    out = middle * a
    out.backward()
    a.grad
    out.backward()
    a.grad
    b.grad
    middle.grad
    out.grad
    out.zero_grad()
    a.grad
    b.grad
    middle.grad
    out.grad
    out.backward()
    a.grad


@Value.case("two results of one input")
def value_two_results(Value, rng):
    x, y = _numbers(rng, 2)
    a = Value(x)
    first, second = a * y, a**3
    first.backward()
    second.backward()
    a.grad
    second.zero_grad()
    a.grad
    first.grad


@Value.case("a calculation of 3,200 steps", weight=2)
def value_deep(Value, rng):
    a = Value(rng.uniform(0.5, 0.9))
    out = apply(polynomial(np.full(1600, rng.integers(1, 4))), a)
    out.data
    out.backward()
    a.grad
    out.zero_grad()
    a.grad


def _value():
    """Return a copy of the reference whose operations make values of its wrong version.

    The reference's own say `Value(...)`, as a learner's do; in the copy that name means whichever
    class is derived from it.
    """
    names = dict(vars(reference))
    exec(inspect.getsource(reference.Value), names)
    names["Value"].__init_subclass__ = classmethod(lambda wrong: names.update(Value=wrong))
    return names["Value"]


@Value.misconception(
    "A value that is used in several places has the gradient of one place only: what arrives "
    "later replaces what arrived before. Where paths meet, gradients are added."
)
class Replaced(_value()):
    def backward(self):
        order = reference.topological_order(self)
        upstream = dict.fromkeys(order, 0.0)
        upstream[self] = 1.0
        for value in reversed(order):
            value.grad += upstream[value]
            for parent, local in zip(value.parents, value.local_gradients, strict=True):
                upstream[parent] = upstream[value] * local


@Value.misconception(
    "A second `backward` passes the gradients of the first one on again, so the grads grow to "
    "more than twice what they were. Keep the gradients of this call apart from `grad`, and add "
    "them to it."
)
class CountedAgain(_value()):
    def backward(self):
        self.grad += 1.0
        for value in reversed(reference.topological_order(self)):
            for parent, local in zip(value.parents, value.local_gradients, strict=True):
                parent.grad += value.grad * local


@Value.misconception(
    "The result's `grad` is set to 1 and what lies in the other grads is passed on. In a second "
    "`backward` they still hold the gradients of the first, so the result's grad is too small and "
    "the inputs' are too large. Keep the gradients of this call apart from `grad`, and add them."
)
class RootSetToOne(_value()):
    def backward(self):
        self.grad = 1.0
        for value in reversed(reference.topological_order(self)):
            for parent, local in zip(value.parents, value.local_gradients, strict=True):
                parent.grad += value.grad * local


@Value.misconception(
    "Every `backward` starts by setting all grads to 0, so what an earlier call found is lost. "
    "The docstring asks that it is kept and added to; clearing is what `zero_grad` is for."
)
class ClearedFirst(_value()):
    def backward(self):
        self.zero_grad()
        super().backward()


@Value.misconception(
    "`zero_grad` clears the value it is called on, and no other. The values that it was made from "
    "keep their old grads, and those are the ones that training uses."
)
class ClearedItselfOnly(_value()):
    def zero_grad(self):
        self.grad = 0.0


@Value.misconception(
    "The values are gone through in the order of their distance from the result. A value that is "
    "reached by a short way and by a long one passes its gradient on before all of it has "
    "arrived. `topological_order`, from its end, has each value after all that use it."
)
class TooEarly(_value()):
    def backward(self):
        order, seen = [self], {self}
        for value in order:
            for parent in value.parents:
                if parent not in seen:
                    seen.add(parent)
                    order.append(parent)
        upstream = dict.fromkeys(order, 0.0)
        upstream[self] = 1.0
        for value in order:
            value.grad += upstream[value]
            for parent, local in zip(value.parents, value.local_gradients, strict=True):
                upstream[parent] += upstream[value] * local


@Value.misconception(
    "`backward` goes through the topological order from its front, where the inputs are. The "
    "result comes last in it, and what it passes on comes too late for all others: begin at the "
    "end."
)
class FromTheFront(_value()):
    def backward(self):
        order = reference.topological_order(self)
        upstream = dict.fromkeys(order, 0.0)
        upstream[self] = 1.0
        for value in order:
            for parent, local in zip(value.parents, value.local_gradients, strict=True):
                upstream[parent] += upstream[value] * local
        for value in order:
            value.grad += upstream[value]


@Value.misconception(
    "Only the result itself gets a gradient. Does `backward` go through the topological order from "
    "its front? There the result comes last, when all others are done: begin at the end."
)
class ResultOnly(_value()):
    def backward(self):
        self.grad += 1.0


@Value.misconception(
    "After `backward` only inputs have a `grad`. The docstring asks for every value on the way, "
    "and for the result itself, whose grad grows by 1."
)
class InputsOnly(_value()):
    def backward(self):
        order = reference.topological_order(self)
        before = [value.grad for value in order]
        super().backward()
        for value, grad in zip(order, before, strict=True):
            if value.parents:
                value.grad = grad


@Value.misconception(
    "The `grad` of the value that `backward` is called on stays as it was. The derivative of a "
    "value with respect to itself is 1, and that is added to its own grad as well."
)
class ItselfLeftOut(_value()):
    def backward(self):
        before = self.grad
        super().backward()
        self.grad = before


@Value.misconception(
    "The gradients are right, but `backward` calls itself for every step of the calculation, and "
    "Python stops that after 1,000 calls or so. Go through `topological_order` in a loop instead."
)
class Recursive(_value()):
    def backward(self):
        def send(value, gradient):
            value.grad += gradient
            for parent, local in zip(value.parents, value.local_gradients, strict=True):
                send(parent, gradient * local)

        send(self, 1.0)


@Value.misconception(
    "The backward pass starts with the number itself instead of 1. The derivative of the result "
    "with respect to itself is 1, whatever the result is."
)
class StartedWithData(_value()):
    def backward(self):
        order = reference.topological_order(self)
        upstream = dict.fromkeys(order, 0.0)
        upstream[self] = self.data
        for value in reversed(order):
            value.grad += upstream[value]
            for parent, local in zip(value.parents, value.local_gradients, strict=True):
                upstream[parent] += upstream[value] * local


@Value.misconception(
    "`*` gives each factor its own number as local gradient. The derivative of a product with "
    "respect to one factor is the *other* factor."
)
class OwnFactor(_value()):
    def __mul__(self, other):
        other = self.of(other)
        out = type(self)(self.data * other.data, (self, other))
        out.local_gradients = (self.data, other.data)
        return out


@Value.misconception(
    "`**` forgets the factor `n`: the derivative of x**n with respect to x is n times x**(n - 1)."
)
class ForgotExponent(_value()):
    def __pow__(self, exponent):
        out = super().__pow__(exponent)
        n = exponent.data if isinstance(exponent, type(self)) else exponent
        out.local_gradients = (self.data ** (n - 1), *out.local_gradients[1:])
        return out


@Value.misconception(
    "`**` does not take one off the exponent: the derivative of x**n with respect to x is n times "
    "x**(n - 1), not n times x**n."
)
class SameExponent(_value()):
    def __pow__(self, exponent):
        out = super().__pow__(exponent)
        n = exponent.data if isinstance(exponent, type(self)) else exponent
        out.local_gradients = (n * out.data, *out.local_gradients[1:])
        return out


@Value.misconception(
    "With a value in the exponent, no gradient reaches the exponent. It is a parent as well: the "
    "result changes with it, and log(x) is in its local gradient."
)
class ConstantExponent(_value()):
    def __pow__(self, exponent):
        out = super().__pow__(exponent)
        out.parents, out.local_gradients = out.parents[:1], out.local_gradients[:1]
        return out


@Value.misconception(
    "`**` takes every exponent for a plain number. A float does not know how to take a power with "
    "a Value, so Python asks `__rpow__`, which calls `**` with two values again, and so on without "
    "end. Ask with `isinstance` whether the exponent is a Value, and calculate with its `data`."
)
class PlainExponentOnly(_value()):
    def __pow__(self, exponent):
        out = type(self)(self.data**exponent, (self,))
        out.local_gradients = (exponent * self.data ** (exponent - 1),)
        return out


@Value.misconception(
    "A plain exponent is treated like a value: its local gradient is calculated too, and the "
    "logarithm of a negative number does not exist. Nobody asks for the derivative with respect "
    "to a constant."
)
class LogarithmAlways(_value()):
    def __pow__(self, exponent):
        return super().__pow__(self.of(exponent))


@Value.misconception(
    "A plain number on the right is not made a Value first, so it has no `data`. `Value.of` takes "
    "either."
)
class NotWrapped(_value()):
    def __add__(self, other):
        out = type(self)(self.data + other.data, (self, other))
        out.local_gradients = (1.0, 1.0)
        return out

    def __mul__(self, other):
        out = type(self)(self.data * other.data, (self, other))
        out.local_gradients = (other.data, self.data)
        return out


@Value.misconception(
    "`+` does not make a plain number on the right a Value first, so it has no `data`. `Value.of` "
    "takes either."
)
class SummandNotWrapped(_value()):
    __add__ = NotWrapped.__add__


@Value.misconception(
    "`*` does not make a plain number on the right a Value first, so it has no `data`. `Value.of` "
    "takes either."
)
class FactorNotWrapped(_value()):
    __mul__ = NotWrapped.__mul__


@Value.misconception(
    "The local gradient of `tanh` uses the input: 1 - x**2. The formula is 1 - tanh(x)**2, with "
    "the *output*."
)
class TanhOfInput(_value()):
    def tanh(self):
        out = super().tanh()
        out.local_gradients = (1 - self.data**2,)
        return out


@Value.misconception(
    "The local gradient of `exp` is taken for that of a power, x * exp(x - 1). The exponential "
    "function is its own derivative."
)
class ExpLikePower(_value()):
    def exp(self):
        out = super().exp()
        out.local_gradients = (self.data * math.exp(self.data - 1),)
        return out


@Value.misconception(
    "`relu` passes the gradient on always. Where the input is negative the output is 0 and stays "
    "0 when the input moves a little: the local gradient there is 0."
)
class ReluAlwaysOpen(_value()):
    def relu(self):
        out = super().relu()
        out.local_gradients = (1.0,)
        return out


@Value.misconception(
    "At exactly 0 `relu` passes the gradient on. The docstring settles that corner the other way: "
    "look at the comparison."
)
class ReluOpenAtZero(_value()):
    def relu(self):
        out = super().relu()
        out.local_gradients = (1.0 if self.data >= 0 else 0.0,)
        return out


# Multiply ------------------------------------------------------------------------------------

Multiply = Exercise("Multiply", points=3)


@Multiply.example("the apples of the text")
def multiply_text(Multiply, rng):
    ctx = context()
    Multiply.forward(ctx, 100.0, 2.0)
    Multiply.backward(ctx, 1.1)


@Multiply.case("numbers", weight=2)
def multiply_numbers(Multiply, rng):
    x, y, dz = _numbers(rng, 3)
    ctx = context()
    Multiply.forward(ctx, x, -y)
    Multiply.backward(ctx, dz)


@Multiply.case("arrays")
def multiply_arrays(Multiply, rng):
    x, y, dz = (rng.uniform(1, 3, size=(2, 3)) + i for i in range(3))
    ctx = context()
    Multiply.forward(ctx, x, y)
    Multiply.backward(ctx, dz)


@Multiply.case("a factor of 0")
def multiply_zero(Multiply, rng):
    ctx = context()
    Multiply.forward(ctx, 0.0, rng.uniform(2, 3))
    Multiply.backward(ctx, rng.uniform(4, 5))


@Multiply.case("used in two places", weight=2)
def multiply_two_places(Multiply, rng):
    a, b, c, d, e, f = _numbers(rng, 6)
    first, second = context(), context()
    Multiply.forward(first, a, b)
    Multiply.forward(second, c, d)
    Multiply.backward(second, e)
    Multiply.backward(first, f)


@Multiply.misconception(
    "`backward` multiplies `dz` by the input itself. The derivative of the product with respect "
    "to `x` is the *other* factor."
)
class NotSwapped(reference.Multiply):
    @staticmethod
    def backward(ctx, dz):
        x, y = ctx.saved_tensors
        return dz * x, dz * y


@Multiply.misconception(
    "`backward` returns the local gradients: `dz`, which arrives from the output's side, has no "
    "effect. Upstream times local gives downstream."
)
class ForgotUpstream(reference.Multiply):
    @staticmethod
    def backward(ctx, dz):
        x, y = ctx.saved_tensors
        return y, x


@Multiply.misconception(
    "The factors are kept on the class, of which there is only one. The second use overwrites "
    "what the first has kept; the context belongs to one use."
)
class KeptOnTheClass(reference.Multiply):
    kept = ()

    @staticmethod
    def forward(ctx, x, y):
        KeptOnTheClass.kept = (x, y)
        return x * y

    @staticmethod
    def backward(ctx, dz):
        x, y = KeptOnTheClass.kept
        return dz * y, dz * x


@Multiply.misconception(
    "`backward` takes another number of values out of `ctx.saved_tensors` than `forward` has "
    "saved. Call `ctx.save_for_backward` once, with each factor as an argument of its own."
)
class SavedNothing(reference.Multiply):
    @staticmethod
    def forward(ctx, x, y):
        return x * y


@Multiply.misconception(
    "`backward` returns a gradient, or None, for `ctx` as well. The context is no input of the "
    "product: one gradient for each of `x` and `y`."
)
class OneForContext(reference.Multiply):
    @staticmethod
    def backward(ctx, dz):
        return (None, *reference.Multiply.backward(ctx, dz))


@Multiply.misconception(
    "Only the product was kept, and each factor is found again by dividing it by the other. That "
    "fails where a factor is 0. Save the two factors."
)
class DividedAgain(reference.Multiply):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x * y, x)
        return x * y

    @staticmethod
    def backward(ctx, dz):
        z, x = ctx.saved_tensors
        return dz * (z / x), dz * x


@Multiply.misconception(
    "`backward` adds `dz` to the local gradient. The chain rule multiplies the two."
)
class AddedUpstream(reference.Multiply):
    @staticmethod
    def backward(ctx, dz):
        x, y = ctx.saved_tensors
        return dz + y, dz + x


@Multiply.misconception(
    "Both inputs get the gradient of `x`. The local gradient of `y` is `x`, so the two differ."
)
class SameForBoth(reference.Multiply):
    @staticmethod
    def backward(ctx, dz):
        _, y = ctx.saved_tensors
        return dz * y, dz * y


# BatchNorm1d ---------------------------------------------------------------------------------

BatchNorm1d = Exercise("BatchNorm1d", points=8)


def _batch(rng, n, d):
    """Draw a batch whose features differ in level and spread."""
    return rng.normal(size=(n, d)) * rng.uniform(0.5, 3, size=d) + rng.uniform(1, 4, size=d)


def _layer(BatchNorm1d, rng, d, **keywords):
    gamma, beta = rng.uniform(0.5, 2, size=d), rng.uniform(-1, 1, size=d)
    return BatchNorm1d(array(gamma), array(beta), **keywords)


@BatchNorm1d.example("the two columns of the text")
def norm_text(BatchNorm1d, rng):
    layer = BatchNorm1d(np.ones(2), np.zeros(2))
    layer.forward(np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 60.0]]), training=True)
    layer.running_mean
    layer.running_var
    layer.forward(np.array([[1.0, 10.0]]), training=False)


@BatchNorm1d.case("forward in training")
def norm_forward(BatchNorm1d, rng):
    layer = _layer(BatchNorm1d, rng, 2)
    layer.forward(_batch(rng, 3, 2), True)


@BatchNorm1d.case("running statistics over two batches", weight=2)
def norm_running(BatchNorm1d, rng):
    layer = _layer(BatchNorm1d, rng, 2)
    for n in (3, 2):
        layer.forward(_batch(rng, n, 2), True)
    layer.running_mean
    layer.running_var


@BatchNorm1d.case("another momentum and another eps")
def norm_settings(BatchNorm1d, rng):
    layer = _layer(BatchNorm1d, rng, 2, momentum=0.25, eps=0.05)
    layer.forward(_batch(rng, 3, 2), True)
    layer.running_mean


@BatchNorm1d.case("a feature that is the same in all cases")
def norm_constant(BatchNorm1d, rng):
    layer = _layer(BatchNorm1d, rng, 2)
    x = _batch(rng, 3, 2)
    x[:, 1] = 2.5
    layer.forward(x, True)


@BatchNorm1d.case("forward after training", weight=2)
def norm_after(BatchNorm1d, rng):
    layer = _layer(BatchNorm1d, rng, 2)
    layer.forward(_batch(rng, 3, 2), True)
    layer.forward(_batch(rng, 3, 2), False)
    layer.forward(_batch(rng, 1, 2), False)
    layer.running_mean
    layer.running_var


@BatchNorm1d.case("backward in training", weight=3, draws=2)
def norm_backward(BatchNorm1d, rng):
    layer = _layer(BatchNorm1d, rng, 2)
    before = layer.grads[0], layer.grads[1]
    layer.forward(_batch(rng, 3, 2), True)
    layer.backward(rng.normal(size=(3, 2)) + 0.5)
    layer.grads[0]
    layer.grads[1]
    same(before[0], layer.grads[0])
    same(before[1], layer.grads[1])
    layer.backward(rng.normal(size=(3, 2)) - 0.5)
    layer.grads[0]
    layer.grads[1]


@BatchNorm1d.case("backward after a forward that was not in training")
def norm_backward_after(BatchNorm1d, rng):
    layer = _layer(BatchNorm1d, rng, 2)
    layer.forward(_batch(rng, 3, 2), True)
    layer.forward(_batch(rng, 2, 2), False)
    layer.backward(rng.normal(size=(2, 2)) + 0.5)


class _Norm(reference.BatchNorm1d):
    """The reference in pieces, so that a wrong version can replace one of them."""

    def statistics(self, x):
        return x.mean(axis=0), x.var(axis=0)

    def move(self, mean, variance, n):
        m = self.momentum
        self.running_mean = (1 - m) * self.running_mean + m * mean
        self.running_var = (1 - m) * self.running_var + m * variance * n / (n - 1)

    def root(self, variance):
        return np.sqrt(variance + self.eps)

    def forward(self, x, training):
        mean, variance = self.running_mean, self.running_var
        if training:
            mean, variance = self.statistics(x)
            self.move(mean, variance, len(x))
        self.training = training
        self.std = self.root(variance)
        self.x_hat = (x - mean) / self.std
        gamma, beta = self.params
        return gamma * self.x_hat + beta


@BatchNorm1d.misconception(
    "Each *row* is normalized: the mean is taken over the features of one case. Features have "
    "different units; a column, the same feature in all cases of the batch, gets mean 0."
)
class Rows(_Norm):
    def statistics(self, x):
        return x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)


@BatchNorm1d.misconception(
    "One mean and one variance are taken over all numbers of the batch. Each feature has its own: "
    "`axis=0` goes over the cases and leaves the features apart."
)
class WholeBatch(_Norm):
    def statistics(self, x):
        return x.mean(), x.var()


@BatchNorm1d.misconception(
    "The deviations are divided by the variance. The square root is missing: divided by the "
    "standard deviation, a feature has variance 1."
)
class NoRoot(_Norm):
    def root(self, variance):
        return variance + self.eps


@BatchNorm1d.misconception(
    "`eps` is not used, and a feature that is the same in all cases gives 0 / 0. It is added to "
    "the variance before the root is taken."
)
class NoEps(_Norm):
    def root(self, variance):
        return np.sqrt(variance)


@BatchNorm1d.misconception(
    "`eps` is added to the standard deviation, after the root. The docstring adds it to the "
    "variance, before."
)
class EpsOutside(_Norm):
    def root(self, variance):
        return np.sqrt(variance) + self.eps


@BatchNorm1d.misconception(
    "The batch is normalized with the variance that divides by N - 1. For normalizing, the "
    "variance is the plain mean of the squared deviations; N / (N - 1) comes in for "
    "`running_var` alone."
)
class SampleVariance(_Norm):
    def statistics(self, x):
        return x.mean(axis=0), x.var(axis=0, ddof=1)

    def move(self, mean, variance, n):
        super().move(mean, variance * (n - 1) / n, n)


@BatchNorm1d.misconception(
    "`running_var` takes the batch's variance as it is. It is an estimate for data to come, so "
    "the docstring multiplies by N / (N - 1) first."
)
class RunningAsItIs(_Norm):
    def move(self, mean, variance, n):
        super().move(mean, variance * (n - 1) / n, n)


@BatchNorm1d.misconception(
    "`momentum` is the share of the old running statistics instead of the newest batch's. Books "
    "use the word in both ways; the formula in the docstring decides."
)
class OtherMomentum(_Norm):
    def move(self, mean, variance, n):
        m = self.momentum
        self.running_mean = m * self.running_mean + (1 - m) * mean
        self.running_var = m * self.running_var + (1 - m) * variance * n / (n - 1)


@BatchNorm1d.misconception(
    "The share of the newest batch is always 0.1, whatever `momentum` was handed in. Use "
    "`self.momentum`."
)
class FixedMomentum(_Norm):
    def move(self, mean, variance, n):
        self.running_mean = 0.9 * self.running_mean + 0.1 * mean
        self.running_var = 0.9 * self.running_var + 0.1 * variance * n / (n - 1)


@BatchNorm1d.misconception(
    "0.00001 is always added to the variance, whatever `eps` was handed in. Use `self.eps`."
)
class FixedEps(_Norm):
    def root(self, variance):
        return np.sqrt(variance + 1e-5)


@BatchNorm1d.misconception(
    "`forward` returns `x_hat` itself. The learned scale and shift are missing: the output is "
    "gamma times x_hat plus beta."
)
class NotScaled(_Norm):
    def forward(self, x, training):
        super().forward(x, training)
        return self.x_hat


@BatchNorm1d.misconception(
    "The running statistics are never moved: after training they are still 0 and 1, as if nothing "
    "had been seen."
)
class NeverMoved(_Norm):
    def move(self, mean, variance, n):
        pass


@BatchNorm1d.misconception(
    "In training too the input is normalized with the running statistics. They are kept for later; "
    "in training mean and variance are those of the batch."
)
class RunningAlways(_Norm):
    def forward(self, x, training):
        if training:
            self.move(*self.statistics(x), len(x))
        out = super().forward(x, False)
        self.training = training
        return out


@BatchNorm1d.misconception(
    "Batch statistics are used always; `training` has no effect. After training a case's answer "
    "then depends on what else is in its batch, and a case alone is turned into 0."
)
class AlwaysTraining(_Norm):
    def forward(self, x, training):
        return super().forward(x, True)


@BatchNorm1d.misconception(
    "A forward that is not part of training moves the running statistics too. Then the test data "
    "leaks into the layer, and the same input gives another answer the next time."
)
class MovesAfterTraining(_Norm):
    def forward(self, x, training):
        out = super().forward(x, training)
        if not training and len(x) > 1:
            self.move(*self.statistics(x), len(x))
        return out


@BatchNorm1d.misconception(
    "In `backward` mean and variance count as constants. In training they are calculated from "
    "`x`: when one case moves, they move, and with them the output of every case in the batch."
)
class Constants(reference.BatchNorm1d):
    def backward(self, dout):
        super().backward(dout)
        return dout * self.params[0] / self.std


@BatchNorm1d.misconception(
    "`backward` takes account of the mean, and not of the variance. When a case moves away from "
    "the mean, the standard deviation grows, and all cases are divided by it."
)
class NoVariancePath(reference.BatchNorm1d):
    def backward(self, dout):
        dx = super().backward(dout)
        if self.training:
            d_hat = dout * self.params[0]
            dx = (d_hat - d_hat.mean(axis=0)) / self.std
        return dx


@BatchNorm1d.misconception(
    "After a forward that was not in training, `backward` still goes through mean and variance of "
    "a batch. The running statistics do not depend on `x`: there the two are constants."
)
class BatchPathAlways(reference.BatchNorm1d):
    def backward(self, dout):
        self.training = True
        return super().backward(dout)


@BatchNorm1d.misconception(
    "The gradient of `x` takes sums over the batch where the formula has means: the 1/N of both "
    "is missing."
)
class SumsForMeans(reference.BatchNorm1d):
    def backward(self, dout):
        dx = super().backward(dout)
        if self.training:
            g = dout * self.params[0]
            dx = (g - g.sum(axis=0) - self.x_hat * (g * self.x_hat).sum(axis=0)) / self.std
        return dx


@BatchNorm1d.misconception(
    "The gradient of `gamma` is calculated like that of `beta`: a sum of `dout` alone. `gamma` is "
    "multiplied by x_hat, so each case counts with its x_hat."
)
class GammaLikeBeta(reference.BatchNorm1d):
    def backward(self, dout):
        dx = super().backward(dout)
        self.grads[0][...] = dout.sum(axis=0)
        return dx


@BatchNorm1d.misconception(
    "The gradient of `gamma` has `gamma` as a factor. That belongs into the gradient of `x`; the "
    "local gradient of gamma times x_hat with respect to `gamma` is x_hat."
)
class GammaTwice(reference.BatchNorm1d):
    def backward(self, dout):
        dx = super().backward(dout)
        self.grads[0] *= self.params[0]
        return dx


@BatchNorm1d.misconception(
    "`gamma` is missing in the gradient of `x`. The output is gamma times x_hat plus beta, so the "
    "gradient is multiplied by `gamma` on its way to x_hat."
)
class NoGamma(reference.BatchNorm1d):
    def backward(self, dout):
        return super().backward(dout) / self.params[0]


@BatchNorm1d.misconception(
    "The gradients of `gamma` and `beta` are means over the batch. Every case has an effect "
    "through them, and effects of different paths are added; a loss that is a mean has divided "
    "by N already."
)
class MeanOfCases(reference.BatchNorm1d):
    def backward(self, dout):
        dx = super().backward(dout)
        for gradient in self.grads:
            gradient /= len(dout)
        return dx


@BatchNorm1d.misconception(
    "`backward` puts new arrays into `grads`. It has to overwrite the two that are there, because "
    "others hold them too."
)
class NewArrays(reference.BatchNorm1d):
    def backward(self, dout):
        self.grads = [gradient.copy() for gradient in self.grads]
        return super().backward(dout)


@BatchNorm1d.misconception(
    "`backward` adds to what is in `grads` already. A second call then leaves the sum of both, "
    "and nobody clears it: this layer overwrites its grads, like those of lesson 05."
)
class AddedUp(reference.BatchNorm1d):
    def backward(self, dout):
        before = [gradient.copy() for gradient in self.grads]
        dx = super().backward(dout)
        for gradient, old in zip(self.grads, before, strict=True):
            gradient += old
        return dx
