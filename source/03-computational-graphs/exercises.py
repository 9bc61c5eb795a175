"""How the exercises of lesson 03 are checked: cases, and the wrong versions people really write."""

import numpy as np

from grader.exercises import (
    FRAMEWORKS,
    Exercise,
    exponential,
    polynomial,
    quadratic_map,
    sine,
)
from solutions import graphs as reference
from source.families import Wrong, then
from source.families.cases import forward_backward

# MulNode -------------------------------------------------------------------------------------

MulNode = Exercise("MulNode", points=3)


MulNode.example("the apple node of the text")(
    lambda MulNode, rng: forward_backward(MulNode(), 100, 2, 1.1)
)


@MulNode.case("forward")
def mul_forward(MulNode, rng):
    MulNode().forward(rng.uniform(2, 9), rng.uniform(-9, -2))


@MulNode.case("forward, then backward", weight=2, draws=2)
def mul_backward(MulNode, rng):
    node = MulNode()
    node.forward(rng.uniform(2, 5), rng.uniform(6, 9))
    node.backward(rng.uniform(-4, -2))


@MulNode.case("two nodes at the same time")
def mul_two(MulNode, rng):
    first, second = MulNode(), MulNode()
    first.forward(rng.uniform(2, 5), rng.uniform(6, 9))
    second.forward(rng.uniform(10, 14), rng.uniform(15, 19))
    first.backward(rng.uniform(2, 4))
    second.backward(rng.uniform(2, 4))


wrong = Wrong(MulNode, reference.MulNode)
wrong("NotSwapped", backward=lambda self, dout: (dout * self.x, dout * self.y)).says(
    "`backward` multiplies `dout` by the input itself. The derivative of `x * y` with respect to "
    "`x` is the *other* input: when `x` grows by 1, the product grows by `y`."
)
wrong("ForgotUpstream", backward=lambda self, dout: (self.y, self.x)).says(
    "`backward` gives the local derivatives only: `dout`, the gradient that arrives from the "
    "output's side, has no effect on the answer. Upstream times local gives downstream."
)
wrong("AddedUpstream", backward=lambda self, dout: (dout + self.y, dout + self.x)).says(
    "`backward` adds `dout` to the local derivative. The chain rule multiplies the two: a rate "
    "times a rate."
)
wrong("SameForBoth", backward=lambda self, dout: (dout * self.y, dout * self.y)).says(
    "`backward` gives `dout * y` to both inputs. That is the gradient of `x`; the gradient of `y` "
    "depends on `x`."
)
wrong("Undone", backward=lambda self, dout: (dout / self.y, dout / self.x)).says(
    "`backward` divides `dout` by the other input, as if it were to undo the multiplication. It "
    "does not calculate the inputs again; it calculates how the final output changes when an "
    "input does."
)


@MulNode.misconception(
    "The inputs are remembered for the whole class, so every `MulNode` forgets its own as soon as "
    "another one runs `forward`. They belong to the object: see what `__init__` sets up on "
    "`self`."
)
class SharedMemory(reference.MulNode):
    def forward(self, x, y):
        type(self).kept = (x, y)
        return x * y

    def backward(self, dout):
        x, y = type(self).kept
        return dout * y, dout * x


wrong(
    "TimesBoth", backward=lambda self, dout: (dout * self.x * self.y, dout * self.x * self.y)
).says(
    "`backward` multiplies `dout` by both inputs. The local derivative for one input is the other "
    "input alone."
)
wrong("UpstreamForOne", backward=lambda self, dout: (dout * self.y, self.x)).says(
    "`dout` has an effect on the first gradient only. Upstream times local holds for each input."
)


# apple_bill ----------------------------------------------------------------------------------

apple_bill = Exercise("apple_bill", points=4, needs=("MulNode",))


@apple_bill.example("two apples of 100 with 10 % tax")
def apple_text(apple_bill, rng):
    apple_bill(100, 2, 1.1)


@apple_bill.case("a bill with tax", weight=3, draws=2)
def apple_taxed(apple_bill, rng):
    apple_bill(rng.uniform(50, 300), rng.uniform(3, 9), rng.uniform(1.05, 1.25))


@apple_bill.case("a bill without tax: the factor is 1")
def apple_untaxed(apple_bill, rng):
    apple_bill(rng.uniform(50, 300), rng.uniform(3, 9), 1.0)


@apple_bill.case("no apple at all")
def apple_none(apple_bill, rng):
    apple_bill(rng.uniform(50, 300), 0, rng.uniform(1.05, 1.25))


wrong = Wrong(apple_bill)
wrong(
    "jumped_over_the_tax",
    lambda apple, count, tax: (apple * count * tax, count, apple, apple * count),
).says(
    "`dapple` and `dcount` leave out the tax: they are the gradients of the price *before* tax. "
    "The gradient passes through the tax node first, and what comes out of it is the upstream "
    "gradient of the apple node."
)
wrong(
    "changed_places",
    lambda apple, count, tax: (apple * count * tax, apple * tax, count * tax, apple * count),
).says(
    "`dapple` and `dcount` have changed places. `backward` returns the gradients in the order of "
    "the inputs of `forward`."
)


@apple_bill.misconception(
    "One `MulNode` object was used for both multiplications. The second `forward` overwrote what "
    "the first had remembered, so `dapple` and `dcount` come from the inputs of the tax node. "
    "Make one object for each place."
)
def one_node_for_both(apple, count, tax):
    node = reference.MulNode()
    price = node.forward(apple, count)
    total = node.forward(price, tax)
    dprice, dtax = node.backward(1)
    dapple, dcount = node.backward(dprice)
    return total, dapple, dcount, dtax


@apple_bill.misconception(
    "All gradients are too large by the factor `total`: `backward` was started with the total. It "
    "starts with 1, the derivative of the total with respect to itself."
)
def started_with_the_total(apple, count, tax):
    total = apple * count * tax
    return total, total * count * tax, total * apple * tax, total * apple * count


@apple_bill.misconception(
    "The total, or a gradient, is rounded. The check allows for the tiny error of floating-point "
    "arithmetic, so leave the numbers as they come out."
)
def rounded(apple, count, tax):
    return tuple(round(value) for value in reference.apple_bill(apple, count, tax))


@apple_bill.misconception(
    "A gradient was found by dividing the total by the input, which fails when the input is 0. "
    "Let the nodes do it: `backward` needs no division."
)
def divided(apple, count, tax):
    total = apple * count * tax
    return total, total / apple, total / count, total / tax


wrong("tax_was_added", lambda apple, count, tax: (apple * count + tax, count, apple, 1.0)).says(
    "The tax was taken as an amount to be added. `tax` is a factor, 1.1 for 10 %: the second node "
    "of the graph multiplies."
)


@apple_bill.misconception(
    "The four numbers are right, but their order is not: `dtax` stands before `dapple` and "
    "`dcount`. They are returned in the order of the inputs, not in that of the backward pass."
)
def tax_first(apple, count, tax):
    total, dapple, dcount, dtax = reference.apple_bill(apple, count, tax)
    return total, dtax, dapple, dcount


wrong(
    "price_and_tax_changed_places",
    lambda apple, count, tax: ((price := apple * count) * tax, price * count, price * apple, tax),
).says(
    "The two gradients of the tax node have changed places: what belongs to the tax went on to the "
    "apples. `backward` returns the gradients in the order of the inputs of `forward`."
)


@apple_bill.misconception(
    "Both gradients of the tax node were handed on together, as a pair. `backward` of the apple "
    "node takes one number: the gradient of the price."
)
def pair_handed_on(apple, count, tax):
    apple_node, tax_node = reference.MulNode(), reference.MulNode()
    total = tax_node.forward(apple_node.forward(apple, count), tax)
    pair = tax_node.backward(1)
    dapple, dcount = apple_node.backward(pair)
    return total, dapple, dcount, pair[1]


wrong("one_plus_tax", lambda apple, count, tax: reference.apple_bill(apple, count, 1 + tax)).says(
    "The price was multiplied by 1 + `tax`. `tax` is the whole factor already: 1.1 for 10 %."
)
wrong("always_two_apples", lambda apple, count, tax: (220, 2.2, 110, 200)).says(
    "The answer is that of the two apples, whatever the inputs are. It is calculated from `apple`, "
    "`count` and `tax`."
)


# AddNode -------------------------------------------------------------------------------------

AddNode = Exercise("AddNode", points=2)


AddNode.example("apples and oranges of the text")(
    lambda AddNode, rng: forward_backward(AddNode(), 200, 450, 1.1)
)


@AddNode.case("forward")
def add_forward(AddNode, rng):
    AddNode().forward(rng.uniform(3, 9), rng.uniform(-29, -12))


@AddNode.case("forward, then backward", draws=2)
def add_backward(AddNode, rng):
    node = AddNode()
    node.forward(rng.uniform(3, 9), rng.uniform(11, 19))
    node.backward(rng.uniform(-4, -2))


wrong = Wrong(AddNode, reference.AddNode)


@AddNode.misconception(
    "`backward` multiplies `dout` by the inputs, which is the rule of a product. When one input "
    "of a sum grows by 1, the sum grows by 1, whatever the inputs are."
)
class LikeAProduct(reference.AddNode):
    def forward(self, x, y):
        self.x, self.y = x, y
        return x + y

    def backward(self, dout):
        return dout * self.y, dout * self.x


wrong("SplitInHalf", backward=lambda self, dout: (dout / 2, dout / 2)).says(
    "`backward` gives half of `dout` to each input. A gradient is not an amount to be shared out: "
    "each input on its own moves the sum one for one."
)
wrong("OnesOnly", backward=lambda self, dout: (1.0, 1.0)).says(
    "`backward` gives the local derivatives only, 1 and 1: `dout` has no effect on the answer. "
    "Upstream times local gives downstream."
)
wrong("OneNumber", backward=lambda self, dout: dout).says(
    "`backward` returns one number. The node has two inputs, and each of them gets a gradient of "
    "its own, also when the two are equal: return a pair."
)
wrong("AddedOne", backward=lambda self, dout: (dout + 1, dout + 1)).says(
    "`backward` adds 1 to `dout`. The local derivative of a sum is 1, and the chain rule "
    "multiplies by it."
)


# fruit_bill ----------------------------------------------------------------------------------

fruit_bill = Exercise("fruit_bill", points=5, needs=("MulNode", "AddNode"))


@fruit_bill.example("two apples of 100 and three oranges of 150 with 10 % tax")
def fruit_text(fruit_bill, rng):
    fruit_bill(100, 2, 150, 3, 1.1)


@fruit_bill.case("a bill with tax", weight=3, draws=2)
def fruit_taxed(fruit_bill, rng):
    apple, orange = rng.uniform(50, 140), rng.uniform(150, 300)
    fruit_bill(apple, rng.uniform(2, 4), orange, rng.uniform(5, 9), rng.uniform(1.05, 1.25))


@fruit_bill.case("a bill without tax: the factor is 1")
def fruit_untaxed(fruit_bill, rng):
    apple, orange = rng.uniform(50, 140), rng.uniform(150, 300)
    fruit_bill(apple, rng.uniform(2, 4), orange, rng.uniform(5, 9), 1.0)


@fruit_bill.case("apples only")
def fruit_apples(fruit_bill, rng):
    apple, orange = rng.uniform(50, 140), rng.uniform(150, 300)
    fruit_bill(apple, rng.uniform(2, 4), orange, 0, rng.uniform(1.05, 1.25))


wrong = Wrong(fruit_bill)


@fruit_bill.misconception(
    "The gradients of the fruits leave out the tax. The gradient passes through the tax node "
    "first; what comes out of it goes on to the addition."
)
def fruit_jumped_over_the_tax(apple, apple_count, orange, orange_count, tax):
    price = apple * apple_count + orange * orange_count
    return price * tax, apple_count, apple, orange_count, orange, price


@fruit_bill.misconception(
    "Each price has changed places with its count. `backward` returns the gradients in the order "
    "of the inputs of `forward`, and the bill returns them in the order of its arguments."
)
def counts_first(apple, apple_count, orange, orange_count, tax):
    total, a, ac, o, oc, t = reference.fruit_bill(apple, apple_count, orange, orange_count, tax)
    return total, ac, a, oc, o, t


@fruit_bill.misconception(
    "The apples' gradients and the oranges' have changed places. The first output of the "
    "addition's `backward` belongs to the first input of its `forward`."
)
def fruits_changed_places(apple, apple_count, orange, orange_count, tax):
    total, a, ac, o, oc, t = reference.fruit_bill(apple, apple_count, orange, orange_count, tax)
    return total, o, oc, a, ac, t


@fruit_bill.misconception(
    "One `MulNode` object was used for apples and oranges. The oranges overwrote what it had "
    "remembered of the apples, so both fruits get the oranges' gradients. Make one object for "
    "each place."
)
def one_node_for_fruits(apple, apple_count, orange, orange_count, tax):
    total, _, _, o, oc, t = reference.fruit_bill(apple, apple_count, orange, orange_count, tax)
    return total, o, oc, o, oc, t


@fruit_bill.misconception(
    "The gradients of the fruits are half of what they are: the addition shared its gradient out. "
    "An addition passes the whole upstream gradient on to both inputs."
)
def halved(apple, apple_count, orange, orange_count, tax):
    total, *fruits, t = reference.fruit_bill(apple, apple_count, orange, orange_count, tax)
    return (total, *(gradient / 2 for gradient in fruits), t)


@fruit_bill.misconception(
    "All gradients are too large by the factor `total`: `backward` was started with the total. It "
    "starts with 1, the derivative of the total with respect to itself."
)
def fruit_started_with_the_total(apple, apple_count, orange, orange_count, tax):
    total, *gradients = reference.fruit_bill(apple, apple_count, orange, orange_count, tax)
    return (total, *(total * gradient for gradient in gradients))


@fruit_bill.misconception(
    "Only the apples are taxed: the oranges join after the tax node. In the graph the two sums of "
    "money are added first, and the sum is taxed."
)
def oranges_untaxed(apple, apple_count, orange, orange_count, tax):
    total = apple * apple_count * tax + orange * orange_count
    return (
        total,
        apple_count * tax,
        apple * tax,
        orange_count,
        orange,
        apple * apple_count,
    )


def _fruit_bill(mul_apple, mul_orange, join, mul_tax, fruits):
    """Walk forward and backward with the given node objects."""
    apple, apple_count, orange, orange_count, tax = fruits
    apples = mul_apple.forward(apple, apple_count)
    oranges = mul_orange.forward(orange, orange_count)
    total = mul_tax.forward(join.forward(apples, oranges), tax)
    dprice, dtax = mul_tax.backward(1)
    dapples, doranges = join.backward(dprice)
    return (total, *mul_apple.backward(dapples), *mul_orange.backward(doranges), dtax)


@fruit_bill.misconception(
    "One `MulNode` object was used for all three multiplications. The last `forward` overwrote "
    "what it had remembered, so the fruits' gradients come from the inputs of the tax node. Make "
    "one object for each place."
)
def one_node_for_all(*fruits):
    node = reference.MulNode()
    return _fruit_bill(node, node, reference.AddNode(), node, fruits)


wrong(
    "fruits_multiplied",
    lambda *fruits: _fruit_bill(*(reference.MulNode() for _ in range(4)), fruits),
).says(
    "The apples and the oranges were multiplied with each other. The two sums of money are added: "
    "that place needs an `AddNode`."
)


@fruit_bill.misconception(
    "The numbers are right, but the two prices come first and then the two counts. They are "
    "returned in the order of the inputs: apple, its count, orange, its count, tax."
)
def prices_first(*fruits):
    total, a, ac, o, oc, t = reference.fruit_bill(*fruits)
    return total, a, o, ac, oc, t


@fruit_bill.misconception(
    "`dtax` leaves out the oranges. The tax is multiplied by the whole price, apples and oranges "
    "together."
)
def tax_of_the_apples(apple, apple_count, orange, orange_count, tax):
    *others, _ = reference.fruit_bill(apple, apple_count, orange, orange_count, tax)
    return (*others, apple * apple_count)


# BranchNode ----------------------------------------------------------------------------------

BranchNode = Exercise("BranchNode", points=3)


BranchNode.example("the price of the text, in two branches")(
    lambda BranchNode, rng: forward_backward(BranchNode(2), 200, (1, 0.1))
)


@BranchNode.case("two branches")
def branch_two(BranchNode, rng):
    node = BranchNode(2)
    node.forward(rng.uniform(3, 9))
    node.backward((rng.uniform(2, 4), rng.uniform(5, 9)))


@BranchNode.case("more than two branches", weight=2, draws=2)
def branch_more(BranchNode, rng):
    n = int(rng.integers(3, 6))
    node = BranchNode(n)
    node.forward(rng.uniform(3, 9))
    node.backward(tuple(rng.uniform(2, 4, size=n).tolist()))


wrong = Wrong(BranchNode, reference.BranchNode)
wrong("MeanOfBranches", backward=lambda self, douts: sum(douts) / self.n).says(
    "`backward` gives the mean of the branches' gradients. Every branch carries the whole value, "
    "so the effects of all branches add up."
)
wrong("FirstBranch", backward=lambda self, douts: douts[0]).says(
    "`backward` uses the first branch only. A change of `x` reaches the output along every "
    "branch, and each of them counts."
)
wrong("LastBranch", backward=lambda self, douts: douts[-1]).says(
    "`backward` uses the last branch only. Within a loop, a sum that is set to 0 in every round, "
    "or a `=` in the place of `+=`, forgets the branches before."
)
wrong("WithoutTheLast", backward=lambda self, douts: sum(douts[:-1])).says(
    "`backward` leaves out the last branch. There are `n` of them, numbered from 0 to `n - 1`, and "
    "`range(n)` ends with `n - 1` already."
)
wrong("NotAddedUp", backward=lambda self, douts: tuple(douts)).says(
    "`backward` hands the branches' gradients back as they came, several of them. One value went "
    "in, so one gradient comes out: their sum."
)


@BranchNode.misconception(
    "`backward` multiplies the branches' gradients with each other. The chain rule multiplies "
    "along one path; what arrives on different paths is added."
)
class ProductOfBranches(reference.BranchNode):
    def backward(self, douts):
        product = 1.0
        for dout in douts:
            product *= dout
        return product


wrong("SharedOut", forward=lambda self, x: (x / self.n,) * self.n).says(
    "`forward` divides `x` among the branches. A branch is a copy, not a share: every one of them "
    "carries the whole value."
)
wrong("Multiplied", forward=lambda self, x: x * self.n).says(
    "`forward` returns one number, `x` times the number of branches. The node hands `x` on "
    "unchanged, once to each branch: return a tuple."
)
wrong(
    "AlwaysTwo", forward=lambda self, x: (x, x), backward=lambda self, douts: douts[0] + douts[1]
).says(
    "The node always has two branches. How many there are was said when it was made, and is in "
    "`self.n`."
)


# MaxNode -------------------------------------------------------------------------------------

MaxNode = Exercise("MaxNode", points=3)


MaxNode.example("a price of 200 and a minimum of 150")(
    lambda MaxNode, rng: forward_backward(MaxNode(), 200, 150, 1.1)
)


@MaxNode.case("the first input is larger")
def max_first(MaxNode, rng):
    node = MaxNode()
    node.forward(rng.uniform(6, 9), rng.uniform(2, 5))
    node.backward(rng.uniform(-4, -2))


@MaxNode.case("the same node again: first the first input is larger, then the second")
def max_second(MaxNode, rng):
    node = MaxNode()
    node.forward(rng.uniform(6, 9), rng.uniform(2, 5))
    node.forward(rng.uniform(-9, -6), rng.uniform(-5, -2))
    node.backward(rng.uniform(2, 4))


@MaxNode.case("two nodes at the same time")
def max_two(MaxNode, rng):
    first, second = MaxNode(), MaxNode()
    first.forward(rng.uniform(2, 5), rng.uniform(6, 9))
    second.forward(rng.uniform(15, 19), rng.uniform(10, 14))
    first.backward(rng.uniform(2, 4))
    second.backward(rng.uniform(2, 4))


@MaxNode.case("both inputs are equal: x counts as the larger")
def max_tie(MaxNode, rng):
    node = MaxNode()
    value = rng.uniform(2, 5)
    node.forward(value, value)
    node.backward(rng.uniform(2, 4))


wrong = Wrong(MaxNode, reference.MaxNode)
wrong("BothInputs", backward=lambda self, dout: (dout, dout)).says(
    "`backward` sends `dout` to both inputs. The smaller input did not reach the output: when it "
    "changes a little, the output stays as it is."
)
wrong(
    "OneForTheLarger", backward=lambda self, dout: (1.0, 0.0) if self.x_is_larger else (0.0, 1.0)
).says(
    "`backward` answers 1 for the larger input: `dout` has no effect. Upstream times local gives "
    "downstream."
)
wrong(
    "ToTheSmaller", backward=lambda self, dout: (0.0, dout) if self.x_is_larger else (dout, 0.0)
).says(
    "`backward` sends `dout` to the smaller input. The gradient takes the way that the value "
    "took: to the larger one."
)


@MaxNode.misconception(
    "`backward` multiplies `dout` by the larger input. The larger input is passed on as it is, so "
    "the local derivative is 1, not the value."
)
class TimesTheValue(reference.MaxNode):
    def forward(self, x, y):
        self.largest = super().forward(x, y)
        return self.largest

    def backward(self, dout):
        return tuple(self.largest * d for d in super().backward(dout))


wrong("AlwaysTheFirst", backward=lambda self, dout: (dout, 0.0)).says(
    "`backward` sends `dout` to the first input always. Which input was the larger one is known "
    "in `forward`, and has to be remembered there."
)


@MaxNode.misconception(
    "Which input was larger is remembered for the whole class, so a node forgets it as soon as "
    "another `MaxNode` runs `forward`. It belongs to the object: keep it on `self`."
)
class ForAllNodes(reference.MaxNode):
    def forward(self, x, y):
        type(self).kept = x >= y
        return max(x, y)

    def backward(self, dout):
        return (dout, 0.0) if type(self).kept else (0.0, dout)


@MaxNode.misconception(
    "When both inputs are equal, `backward` sends `dout` to both, and the gradient is counted "
    "twice. The docstring settles a tie: `x` counts as the larger one."
)
class TieToBoth(reference.MaxNode):
    def forward(self, x, y):
        self.x, self.y = x, y
        return max(x, y)

    def backward(self, dout):
        return dout * (self.x >= self.y), dout * (self.y >= self.x)


@MaxNode.misconception(
    "When both inputs are equal, `backward` sends `dout` to `y`. The docstring settles a tie the "
    "other way: `x` counts as the larger one. Look at the comparison in `forward`."
)
class TieToTheSecond(reference.MaxNode):
    def forward(self, x, y):
        self.x_is_larger = x > y
        return max(x, y)


@MaxNode.misconception(
    "When both inputs are equal, `backward` gives half of `dout` to each. That is a rule one could "
    "choose; the docstring chooses another: `x` counts as the larger one."
)
class TieShared(TieToBoth):
    def backward(self, dout):
        dx, dy = super().backward(dout)
        return (dx / 2, dy / 2) if self.x == self.y else (dx, dy)


wrong("AlwaysTheSecond", backward=lambda self, dout: (0.0, dout)).says(
    "`backward` sends `dout` to the second input always, as it does while `self.x_is_larger` is "
    "None. What `forward` finds out has to be kept under this name, on `self`."
)


@MaxNode.misconception(
    "Once `x` was the larger input, the node keeps to it: nothing sets `self.x_is_larger` back to "
    "False when a later `forward` finds `y` larger."
)
class NeverSetBack(reference.MaxNode):
    def forward(self, x, y):
        if x >= y:
            self.x_is_larger = True
        return max(x, y)


wrong("PassesTheSmaller", forward=then(lambda self, _, x, y: min(x, y))).says(
    "`forward` passes the smaller input on. The larger one is asked for."
)


# triple_derivative ---------------------------------------------------------------------------

triple_derivative = Exercise("triple_derivative", points=4)


@triple_derivative.example("the square of the text, at 2")
def triple_text(triple_derivative, rng):
    triple_derivative(polynomial([0, 0, 1]), polynomial([0, 2]), 2.0)


@triple_derivative.case("a parabola", weight=2, draws=2)
def triple_parabola(triple_derivative, rng):
    c0, c1, c2 = rng.uniform(0.3, 0.8, size=3).tolist()
    triple_derivative(polynomial([c0, c1, c2]), polynomial([c1, 2 * c2]), rng.uniform(0.6, 1.2))


@triple_derivative.case("the exponential function, which is its own derivative")
def triple_exponential(triple_derivative, rng):
    triple_derivative(exponential(), exponential(), rng.uniform(-2.0, -0.6))


@triple_derivative.case("a straight line")
def triple_line(triple_derivative, rng):
    slope = rng.uniform(1.3, 2.5)
    triple_derivative(polynomial([1.0, slope]), polynomial([slope]), rng.uniform(0.6, 1.2))


wrong = Wrong(triple_derivative)
wrong("all_at_w", lambda f, fprime, w: fprime(w) ** 3).says(
    "`fprime(w)` is multiplied by itself three times. Each of the three functions gets an input "
    "of its own, and its derivative is taken there: at `w`, at `f(w)` and at `f(f(w))`."
)
wrong("outermost_only", lambda f, fprime, w: fprime(f(f(w)))).says(
    "Only the outermost function is differentiated. The two inner ones change as well when `w` "
    "does, and each contributes a factor."
)
wrong("innermost_only", lambda f, fprime, w: fprime(w)).says(
    "Only the innermost function is differentiated. The change it makes passes through `f` twice "
    "more, and each time contributes a factor."
)
wrong("added", lambda f, fprime, w: fprime(f(f(w))) + fprime(f(w)) + fprime(w)).says(
    "The three derivatives are added. Along a chain rates are multiplied; they are added where "
    "several paths meet."
)
wrong("nested", lambda f, fprime, w: fprime(fprime(fprime(w)))).says(
    "`fprime` is applied to the result of `fprime`. What goes into the next function is the "
    "*value* of the one before, so that is where its derivative is taken."
)


@triple_derivative.misconception(
    "Every derivative is taken one step too late: at the function's output instead of its input. "
    "The derivative of the innermost function is taken at `w`."
)
def at_the_outputs(f, fprime, w):
    x = f(w)
    y = f(x)
    z = f(y)
    return fprime(z) * fprime(y) * fprime(x)


wrong("without_the_innermost", lambda f, fprime, w: fprime(f(f(w))) * fprime(f(w))).says(
    "One factor is missing: that of the innermost function, at `w`. Three functions in a row give "
    "three factors."
)
wrong("without_the_outermost", lambda f, fprime, w: fprime(f(w)) * fprime(w)).says(
    "One factor is missing: that of the outermost function, at `f(f(w))`. Three functions in a row "
    "give three factors."
)


@triple_derivative.misconception(
    "There is one factor too many, taken at the result z. Three functions in a row give three "
    "factors, and nothing is applied to z any more."
)
def four_factors(f, fprime, w):
    x = f(w)
    y = f(x)
    return fprime(f(y)) * fprime(y) * fprime(x) * fprime(w)


# numerical_derivative ------------------------------------------------------------------------

numerical_derivative = Exercise(
    "numerical_derivative", points=3, rtol=1e-7, atol=1e-9, forbids=(*FRAMEWORKS, "scipy")
)


@numerical_derivative.example("the cube of the text, at 2, with a step of 1")
def numerical_text(numerical_derivative, rng):
    numerical_derivative(polynomial([0, 0, 0, 1]), 2.0, 1.0)


@numerical_derivative.case("a cubic function", weight=2, draws=2)
def numerical_cubic(numerical_derivative, rng):
    function = polynomial(rng.uniform(0.5, 1.5, size=4))
    numerical_derivative(function, rng.uniform(0.8, 1.5))


@numerical_derivative.case("the exponential function")
def numerical_exponential(numerical_derivative, rng):
    numerical_derivative(exponential(), rng.uniform(-1.0, 1.0))


@numerical_derivative.case("a step of another size")
def numerical_step(numerical_derivative, rng):
    function = polynomial(rng.uniform(0.5, 1.5, size=4))
    numerical_derivative(function, rng.uniform(0.8, 1.5), rng.uniform(0.2, 0.4))


wrong = Wrong(numerical_derivative)
wrong("forward_difference", lambda f, x, h=0.0001: (f(x + h) - f(x)) / h).says(
    "This is the forward difference: from `x` to `x + h`. The central difference also looks back, "
    "to `x - h`, and its error is much smaller."
)
wrong("backward_difference", lambda f, x, h=0.0001: (f(x) - f(x - h)) / h).says(
    "This is the backward difference: from `x - h` to `x`. The central difference looks to both "
    "sides."
)
wrong("missing_two", lambda f, x, h=0.0001: (f(x + h) - f(x - h)) / h).says(
    "The answer is twice the slope: from `x - h` to `x + h` it is two steps, and the difference "
    "was divided by one."
)
wrong("missing_parentheses", lambda f, x, h=0.0001: (f(x + h) - f(x - h)) / 2 * h).says(
    "The difference was divided by 2 and then *multiplied* by `h`: without parentheses Python "
    "works from left to right, and `/ 2 * h` means `(… / 2) * h`."
)
wrong("half_divided", lambda f, x, h=0.0001: f(x + h) - f(x - h) / (2 * h)).says(
    "Only `f(x - h)` was divided by the distance: `/` comes before `-`. The whole difference needs "
    "parentheses."
)
wrong("not_divided", lambda f, x, h=0.0001: f(x + h) - f(x - h)).says(
    "The difference of the two values was not divided by the distance between the two points."
)
wrong("step_ignored", lambda f, x, h=0.0001: (f(x + 1e-4) - f(x - 1e-4)) / 2e-4).says(
    "The step is 1e-4 always; the argument `h` has no effect. It only *defaults* to 1e-4."
)
wrong("half_steps", lambda f, x, h=0.0001: (f(x + h / 2) - f(x - h / 2)) / h).says(
    "The points are half a step to each side. The docstring asks for a distance of `h` on both "
    "sides of `x`."
)
wrong("wrong_way_round", lambda f, x, h=0.0001: (f(x - h) - f(x + h)) / (2 * h)).says(
    "The sign is the wrong way round: the value at `x + h` was subtracted from the value at `x - "
    "h`."
)


# jacobian ------------------------------------------------------------------------------------

jacobian = Exercise("jacobian", points=6, rtol=1e-7, atol=1e-8, forbids=(*FRAMEWORKS, "scipy"))


@jacobian.example("two outputs, three inputs")
def jacobian_text(jacobian, rng):
    A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    jacobian(quadratic_map(A, np.zeros((2, 3))), np.array([1.0, 1.0, 1.0]))


def _map(rng, m, n):
    """Draw a quadratic map; no derivative is small, and no two are alike."""
    return quadratic_map(rng.uniform(1, 3, size=(m, n)), rng.uniform(0.5, 1.5, size=(m, n)))


@jacobian.case("more inputs than outputs", weight=2, draws=2)
def jacobian_wide(jacobian, rng):
    jacobian(_map(rng, 2, 3), rng.uniform(0.5, 2, size=3))


@jacobian.case("more outputs than inputs")
def jacobian_tall(jacobian, rng):
    jacobian(_map(rng, 4, 2), rng.uniform(0.5, 2, size=2))


@jacobian.case("as many inputs as outputs")
def jacobian_square(jacobian, rng):
    jacobian(_map(rng, 3, 3), rng.uniform(0.5, 2, size=3))


@jacobian.case("whole numbers in x")
def jacobian_whole(jacobian, rng):
    jacobian(_map(rng, 2, 3), rng.integers(1, 6, size=3))


@jacobian.case("a step of another size")
def jacobian_step(jacobian, rng):
    jacobian(sine(), rng.uniform(0.3, 1.2, size=3), rng.uniform(0.2, 0.4))


wrong = Wrong(jacobian)
wrong("transposed", lambda f, x, h=0.0001: reference.jacobian(f, x, h).T).says(
    "Rows and columns have changed places. Row i belongs to output i, column j to input j: the "
    "shape is (number of outputs, number of inputs)."
)


@jacobian.misconception(
    "These are forward differences, from `x` to one step ahead. Step to both sides of `x`, as "
    "`numerical_derivative` does."
)
def forward_differences(f, x, h=1e-4):
    x = np.asarray(x, dtype=float)
    return np.stack([(f(x + e) - f(x)) / h for e in h * np.eye(x.size)], axis=1)


wrong("one_step_of_two", lambda f, x, h=0.0001: 2 * reference.jacobian(f, x, h)).says(
    "Every entry is twice the derivative: from one step back to one step ahead it is two "
    "steps, and the difference was divided by one."
)
wrong(
    "all_at_once",
    lambda f, x, h=0.0001: np.stack(
        [((f((x := np.asarray(x, dtype=float)) + h) - f(x - h)) / (2 * h))] * x.size, axis=1
    ),
).says(
    "All components of `x` move at once, so every column is the same: the sum of the effects of "
    "all inputs. Move component j alone for column j."
)


@jacobian.misconception(
    "The steps are made inside the array `x` that was handed in, and it does not come back as it "
    "was. Work on a copy."
)
def left_changed(f, x, h=1e-4):
    columns = []
    for j in range(x.size):
        x[j] += h
        ahead = f(x)
        x[j] -= 2 * h
        columns.append((ahead - f(x)) / (2 * h))
    return np.stack(columns, axis=1)


@jacobian.misconception(
    "`x` holds whole numbers, and so does its copy: a step written into it is cut off to a whole "
    "number. Make the copy an array of floats."
)
def cut_off(f, x, h=1e-4):
    columns = []
    for j in range(x.size):
        ahead, back = x.copy(), x.copy()
        ahead[j] = x[j] + h
        back[j] = x[j] - h
        columns.append((f(ahead) - f(back)) / (2 * h))
    return np.stack(columns, axis=1)


@jacobian.misconception(
    "Every entry is 0 or next to it: both points are the same array under two names. An "
    "assignment such as `ahead = x` does not copy, so the step back undoes the step ahead before "
    "`f` is called."
)
def two_names(f, x, h=1e-4):
    x = np.array(x, dtype=float)
    columns = []
    for j in range(x.size):
        ahead = x
        ahead[j] += h
        back = x
        back[j] -= h
        columns.append((f(ahead) - f(back)) / (2 * h))
    return np.stack(columns, axis=1)


@jacobian.misconception(
    "Every entry is 0 or next to it: both points are `x` itself under two more names. An "
    "assignment such as `ahead = x` does not copy, so the step back undoes the step ahead before "
    "`f` is called, and all of it happens inside the caller's array."
)
def three_names(f, x, h=1e-4):
    columns = []
    for j in range(x.size):
        ahead = x
        back = x
        ahead[j] += h
        back[j] -= h
        columns.append((f(ahead) - f(back)) / (2 * h))
    return np.stack(columns, axis=1)


wrong("fixed_step", lambda f, x, h=0.0001: reference.jacobian(f, x)).says(
    "The step is 1e-4 always; the argument `h` has no effect. It only *defaults* to 1e-4."
)


@jacobian.misconception(
    "The steps pile up: when column j is measured, the components before it have not been put "
    "back, and their effects are added in. Start every column from the original `x`."
)
def steps_pile_up(f, x, h=1e-4):
    ahead, back = np.array(x, dtype=float), np.array(x, dtype=float)
    columns = []
    for j in range(x.size):
        ahead[j] += h
        back[j] -= h
        columns.append((f(ahead) - f(back)) / (2 * h))
    return np.stack(columns, axis=1)


wrong("outputs_added", lambda f, x, h=0.0001: reference.jacobian(f, x, h).sum(axis=0)).says(
    "The outputs are added up before the difference is taken, and one number for each input is "
    "left. The Jacobian keeps the outputs apart: one row for each."
)
wrong("one_step_for_all", lambda f, x, h=0.0001: (f(x + h) - f(x - h)) / (2 * h)).says(
    "All components of `x` move at once, so there is one number for each output: the sum of the "
    "effects of all inputs. Every component needs a step of its own, and gives a column."
)
wrong("first_column_only", lambda f, x, h=0.0001: reference.jacobian(f, x, h)[:, :1]).says(
    "There is one column only, that of the first input. A `return` inside the loop ends the "
    "function in the first round."
)
wrong("left_to_right", lambda f, x, h=0.0001: reference.jacobian(f, x, h) * (2 * h) / 2 * h).says(
    "The differences were divided by 2 and then *multiplied* by `h`: without parentheses Python "
    "works from left to right, and `/ 2 * h` means `(… / 2) * h`."
)
