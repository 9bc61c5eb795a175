"""How the exercises of lesson 03 are checked: cases, and the wrong versions people really write."""

import math
from operator import itemgetter

import numpy as np

from grader.exercises import FRAMEWORKS, Exercise, exponential, polynomial, quadratic_map, sine
from solutions import graphs as reference
from source.families import Wrong, keeps, then
from source.families.cases import drawn, forward_backward, walk, walk_two
from source.families.differences import Differences, in_place

BOTH_INPUTS = keeps(x=lambda self, out, x, y: x, y=lambda self, out, x, y: y)

# MulNode -------------------------------------------------------------------------------------

MulNode = Exercise("MulNode", points=3)

MulNode.example("the apple node of the text")(
    lambda MulNode, rng: forward_backward(MulNode(), 100, 2, 1.1)
)
MulNode.case("forward")(
    lambda MulNode, rng: MulNode().forward(rng.uniform(2, 9), rng.uniform(-9, -2))
)
MulNode.case("forward, then backward", weight=2, draws=2)(walk((2, 5), (6, 9), (-4, -2)))
MulNode.case("two nodes at the same time")(
    walk_two(((2, 5), (6, 9), (2, 4)), ((10, 14), (15, 19), (2, 4)))
)

wrong = Wrong(MulNode, reference.MulNode)
wrong("NotSwapped", backward=lambda self, dout: (dout * self.x, dout * self.y)).says(
    "`backward` multiplies `dout` by the input itself. The derivative of `x * y` with respect to "
    "`x` is the *other* input: when `x` grows by 1, the product grows by `y`."
)
wrong.local_only("ForgotUpstream")
wrong.adds_dout("AddedUpstream")
wrong("SameForBoth", backward=lambda self, dout: (dout * self.y, dout * self.y)).says(
    "`backward` gives `dout * y` to both inputs. That is the gradient of `x`; the gradient of `y` "
    "depends on `x`."
)
wrong("Undone", backward=lambda self, dout: (dout / self.y, dout / self.x)).says(
    "`backward` divides `dout` by the other input, as if it were to undo the multiplication. It "
    "does not calculate the inputs again; it calculates how the final output changes when an "
    "input does."
)
wrong.shares("SharedMemory", "x", "y")
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

apple_bill.example("two apples of 100 with 10 % tax")(
    lambda apple_bill, rng: apple_bill(100, 2, 1.1)
)
apple_bill.case("a bill with tax", weight=3, draws=2)(
    lambda apple_bill, rng: apple_bill(
        rng.uniform(50, 300), rng.uniform(3, 9), rng.uniform(1.05, 1.25)
    )
)
apple_bill.case("a bill without tax: the factor is 1")(
    lambda apple_bill, rng: apple_bill(rng.uniform(50, 300), rng.uniform(3, 9), 1.0)
)
apple_bill.case("no apple at all")(
    lambda apple_bill, rng: apple_bill(rng.uniform(50, 300), 0, rng.uniform(1.05, 1.25))
)


def _apple_bill(apple_node, tax_node, inputs, hand_on=itemgetter(0)):
    """Walk forward and backward with these nodes."""
    apple, count, tax = inputs
    total = tax_node.forward(apple_node.forward(apple, count), tax)
    pair = tax_node.backward(1)
    return total, *apple_node.backward(hand_on(pair)), pair[1]


class WrongBill(Wrong):
    """Declares wrong versions of a bill, in which the tax comes last."""

    def jumped_over_the_tax(self, name):
        def without_tax(*inputs):
            return (self.reference(*inputs)[0], *self.reference(*inputs[:-1], 1)[1:])

        return self(name, without_tax).says(
            "The gradients of prices and counts leave out the tax: they are those of the price "
            "*before* tax. The gradient passes through the tax node first, and what comes out of "
            "it goes on to the node before."
        )

    def price_and_count(self, name, *places):
        return self.changes(name, itemgetter(*places)).says(
            "The gradients of price and count have changed places. `backward` returns them in the "
            "order of the inputs of `forward`."
        )

    def one_node(self, name, bill, how_many):
        return self(name, bill).says(
            f"One `MulNode` object was used for {how_many} multiplications. The last `forward` "
            "overwrote what it had remembered, so all gradients come from the inputs of the tax "
            "node. Make one object for each place."
        )

    def started_with_the_total(self, name):
        return self.changes(name, lambda bill: (bill[0], *(bill[0] * g for g in bill[1:]))).says(
            "All gradients are too large by the factor `total`: `backward` was started with the "
            "total. It starts with 1, the derivative of the total with respect to itself."
        )


wrong = WrongBill(apple_bill, reference.apple_bill)
wrong.jumped_over_the_tax("jumped_over_the_tax")
wrong.price_and_count("changed_places", 0, 2, 1, 3)
wrong.one_node(
    "one_node_for_both", lambda *inputs: _apple_bill(*[reference.MulNode()] * 2, inputs), "both"
)
wrong.started_with_the_total("started_with_the_total")
wrong.changes("rounded", lambda bill: tuple(map(round, bill))).says(
    "The total, or a gradient, is rounded. The check allows for the tiny error of floating-point "
    "arithmetic, so leave the numbers as they come out."
)
wrong(
    "divided",
    lambda apple, count, tax: tuple(apple * count * tax / by for by in (1, apple, count, tax)),
).says(
    "A gradient was found by dividing the total by the input, which fails when the input is 0. "
    "Let the nodes do it: `backward` needs no division."
)
wrong("tax_was_added", lambda apple, count, tax: (apple * count + tax, count, apple, 1.0)).says(
    "The tax was taken as an amount to be added. `tax` is a factor, 1.1 for 10 %: the second node "
    "of the graph multiplies."
)
wrong.changes("tax_first", itemgetter(0, 3, 1, 2)).says(
    "The four numbers are right, but their order is not: `dtax` stands before `dapple` and "
    "`dcount`. They are returned in the order of the inputs, not in that of the backward pass."
)
wrong(
    "price_and_tax_changed_places",
    lambda apple, count, tax: ((p := apple * count) * tax, p * count, p * apple, tax),
).says(
    "The two gradients of the tax node have changed places: what belongs to the tax went on to the "
    "apples. `backward` returns the gradients in the order of the inputs of `forward`."
)
wrong(
    "pair_handed_on",
    lambda *inputs: _apple_bill(reference.MulNode(), reference.MulNode(), inputs, hand_on=tuple),
).says(
    "Both gradients of the tax node were handed on together, as a pair. `backward` of the apple "
    "node takes one number: the gradient of the price."
)
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
AddNode.case("forward")(
    lambda AddNode, rng: AddNode().forward(rng.uniform(3, 9), rng.uniform(-29, -12))
)
AddNode.case("forward, then backward", draws=2)(walk((3, 9), (11, 19), (-4, -2)))

wrong = Wrong(AddNode, reference.AddNode)
wrong(
    "LikeAProduct",
    forward=BOTH_INPUTS,
    backward=lambda self, dout: (dout * self.y, dout * self.x),
).says(
    "`backward` multiplies `dout` by the inputs, which is the rule of a product. When one input "
    "of a sum grows by 1, the sum grows by 1, whatever the inputs are."
)
wrong("SplitInHalf", backward=lambda self, dout: (dout / 2, dout / 2)).says(
    "`backward` gives half of `dout` to each input. A gradient is not an amount to be shared out: "
    "each input on its own moves the sum one for one."
)
wrong.local_only("OnesOnly")
wrong("OneNumber", backward=lambda self, dout: dout).says(
    "`backward` returns one number. The node has two inputs, and each of them gets a gradient of "
    "its own, also when the two are equal: return a pair."
)
wrong.adds_dout("AddedOne")


# fruit_bill ----------------------------------------------------------------------------------

fruit_bill = Exercise("fruit_bill", points=5, needs=("MulNode", "AddNode"))

fruit_bill.example("two apples of 100 and three oranges of 150 with 10 % tax")(
    lambda fruit_bill, rng: fruit_bill(100, 2, 150, 3, 1.1)
)


def _fruits(oranges=lambda rng: rng.uniform(5, 9), tax=lambda rng: rng.uniform(1.05, 1.25)):
    """Make a case with that many oranges and that tax."""

    def bill(fruit_bill, rng):
        apple, orange = rng.uniform(50, 140), rng.uniform(150, 300)
        fruit_bill(apple, rng.uniform(2, 4), orange, oranges(rng), tax(rng))

    return bill


fruit_bill.case("a bill with tax", weight=3, draws=2)(_fruits())
fruit_bill.case("a bill without tax: the factor is 1")(_fruits(tax=lambda rng: 1.0))
fruit_bill.case("apples only")(_fruits(oranges=lambda rng: 0))


def _fruit_bill(mul_apple, mul_orange, join, mul_tax, fruits):
    """Walk forward and backward with the given node objects."""
    apple, apple_count, orange, orange_count, tax = fruits
    apples = mul_apple.forward(apple, apple_count)
    oranges = mul_orange.forward(orange, orange_count)
    total = mul_tax.forward(join.forward(apples, oranges), tax)
    dprice, dtax = mul_tax.backward(1)
    dapples, doranges = join.backward(dprice)
    return (total, *mul_apple.backward(dapples), *mul_orange.backward(doranges), dtax)


def _one_node_for_all(*fruits):
    node = reference.MulNode()
    return _fruit_bill(node, node, reference.AddNode(), node, fruits)


wrong = WrongBill(fruit_bill, reference.fruit_bill)
wrong.jumped_over_the_tax("fruit_jumped_over_the_tax")
wrong.price_and_count("counts_first", 0, 2, 1, 4, 3, 5)
wrong.changes("fruits_changed_places", itemgetter(0, 3, 4, 1, 2, 5)).says(
    "The apples' gradients and the oranges' have changed places. The first output of the "
    "addition's `backward` belongs to the first input of its `forward`."
)
wrong.changes("one_node_for_fruits", itemgetter(0, 3, 4, 3, 4, 5)).says(
    "One `MulNode` object was used for apples and oranges. The oranges overwrote what it had "
    "remembered of the apples, so both fruits get the oranges' gradients. Make one object for "
    "each place."
)
wrong.changes("halved", lambda bill: (bill[0], *(g / 2 for g in bill[1:-1]), bill[-1])).says(
    "The gradients of the fruits are half of what they are: the addition shared its gradient out. "
    "An addition passes the whole upstream gradient on to both inputs."
)
wrong.started_with_the_total("fruit_started_with_the_total")
wrong(
    "oranges_untaxed",
    lambda a, ac, o, oc, tax: (a * ac * tax + o * oc, ac * tax, a * tax, oc, o, a * ac),
).says(
    "Only the apples are taxed: the oranges join after the tax node. In the graph the two sums of "
    "money are added first, and the sum is taxed."
)
wrong.one_node("one_node_for_all", _one_node_for_all, "all three")
wrong(
    "fruits_multiplied",
    lambda *fruits: _fruit_bill(*(reference.MulNode() for _ in range(4)), fruits),
).says(
    "The apples and the oranges were multiplied with each other. The two sums of money are added: "
    "that place needs an `AddNode`."
)
wrong.changes("prices_first", itemgetter(0, 1, 3, 2, 4, 5)).says(
    "The numbers are right, but the two prices come first and then the two counts. They are "
    "returned in the order of the inputs: apple, its count, orange, its count, tax."
)
wrong(
    "tax_of_the_apples",
    lambda *fruits: (*reference.fruit_bill(*fruits)[:-1], fruits[0] * fruits[1]),
).says(
    "`dtax` leaves out the oranges. The tax is multiplied by the whole price, apples and oranges "
    "together."
)


# BranchNode ----------------------------------------------------------------------------------

BranchNode = Exercise("BranchNode", points=3)

BranchNode.example("the price of the text, in two branches")(
    lambda BranchNode, rng: forward_backward(BranchNode(2), 200, (1, 0.1))
)
BranchNode.case("two branches")(
    lambda BranchNode, rng: forward_backward(
        BranchNode(2), rng.uniform(3, 9), (rng.uniform(2, 4), rng.uniform(5, 9))
    )
)


@BranchNode.case("more than two branches", weight=2, draws=2)
def branch_more(BranchNode, rng):
    n = int(rng.integers(3, 6))
    x = rng.uniform(3, 9)
    forward_backward(BranchNode(n), x, tuple(rng.uniform(2, 4, size=n).tolist()))


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
wrong("ProductOfBranches", backward=lambda self, douts: math.prod(douts)).says(
    "`backward` multiplies the branches' gradients with each other. The chain rule multiplies "
    "along one path; what arrives on different paths is added."
)
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
MaxNode.case("the first input is larger")(walk((6, 9), (2, 5), (-4, -2)))


@MaxNode.case("the same node again: first the first input is larger, then the second")
def max_second(MaxNode, rng):
    node = MaxNode()
    node.forward(rng.uniform(6, 9), rng.uniform(2, 5))
    forward_backward(node, rng.uniform(-9, -6), rng.uniform(-5, -2), rng.uniform(2, 4))


MaxNode.case("two nodes at the same time")(
    walk_two(((2, 5), (6, 9), (2, 4)), ((15, 19), (10, 14), (2, 4)))
)


@MaxNode.case("both inputs are equal: x counts as the larger")
def max_tie(MaxNode, rng):
    value = rng.uniform(2, 5)
    forward_backward(MaxNode(), value, value, rng.uniform(2, 4))


wrong = Wrong(MaxNode, reference.MaxNode)
wrong("BothInputs", backward=lambda self, dout: (dout, dout)).says(
    "`backward` sends `dout` to both inputs. The smaller input did not reach the output: when it "
    "changes a little, the output stays as it is."
)
wrong.local_only("OneForTheLarger")
wrong("ToTheSmaller", backward=then(lambda self, gradients, dout: gradients[::-1])).says(
    "`backward` sends `dout` to the smaller input. The gradient takes the way that the value "
    "took: to the larger one."
)
wrong(
    "TimesTheValue",
    forward=keeps(largest=lambda self, out, x, y: out),
    backward=then(lambda self, gradients, dout: tuple(self.largest * d for d in gradients)),
).says(
    "`backward` multiplies `dout` by the larger input. The larger input is passed on as it is, so "
    "the local derivative is 1, not the value."
)
wrong("AlwaysTheFirst", backward=lambda self, dout: (dout, 0.0)).says(
    "`backward` sends `dout` to the first input always. Which input was the larger one is known "
    "in `forward`, and has to be remembered there."
)
wrong.shares("ForAllNodes", "x_is_larger")
wrong(
    "TieToBoth",
    forward=BOTH_INPUTS,
    backward=lambda self, dout: (dout * (self.x >= self.y), dout * (self.y >= self.x)),
).says(
    "When both inputs are equal, `backward` sends `dout` to both, and the gradient is counted "
    "twice. The docstring settles a tie: `x` counts as the larger one."
)
wrong("TieToTheSecond", forward=keeps(x_is_larger=lambda self, out, x, y: x > y)).says(
    "When both inputs are equal, `backward` sends `dout` to `y`. The docstring settles a tie the "
    "other way: `x` counts as the larger one. Look at the comparison in `forward`."
)
wrong(
    "TieShared",
    forward=BOTH_INPUTS,
    backward=then(lambda self, dxy, dout: (dout / 2, dout / 2) if self.x == self.y else dxy),
).says(
    "When both inputs are equal, `backward` gives half of `dout` to each. That is a rule one could "
    "choose; the docstring chooses another: `x` counts as the larger one."
)
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

triple_derivative.example("the square of the text, at 2")(
    lambda triple_derivative, rng: triple_derivative(polynomial([0, 0, 1]), polynomial([0, 2]), 2.0)
)


@triple_derivative.case("a parabola", weight=2, draws=2)
def triple_parabola(triple_derivative, rng):
    c0, c1, c2 = rng.uniform(0.3, 0.8, size=3).tolist()
    triple_derivative(polynomial([c0, c1, c2]), polynomial([c1, 2 * c2]), rng.uniform(0.6, 1.2))


triple_derivative.case("the exponential function, which is its own derivative")(
    lambda triple_derivative, rng: triple_derivative(
        exponential(), exponential(), rng.uniform(-2.0, -0.6)
    )
)


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
wrong(
    "at_the_outputs", lambda f, fprime, w: fprime(f(f(f(w)))) * fprime(f(f(w))) * fprime(f(w))
).says(
    "Every derivative is taken one step too late: at the function's output instead of its input. "
    "The derivative of the innermost function is taken at `w`."
)


ONE_MISSING = (
    "One factor is missing: that of the {} function, at `{}`. Three functions in a row give three "
    "factors."
)
wrong("without_the_innermost", lambda f, fprime, w: fprime(f(f(w))) * fprime(f(w))).says(
    ONE_MISSING.format("innermost", "w")
)
wrong("without_the_outermost", lambda f, fprime, w: fprime(f(w)) * fprime(w)).says(
    ONE_MISSING.format("outermost", "f(f(w))")
)
wrong(
    "four_factors",
    lambda f, fprime, w: reference.triple_derivative(f, fprime, w) * fprime(f(f(f(w)))),
).says(
    "There is one factor too many, taken at the result z. Three functions in a row give three "
    "factors, and nothing is applied to z any more."
)


# numerical_derivative ------------------------------------------------------------------------

numerical_derivative = Exercise(
    "numerical_derivative", points=3, rtol=1e-7, atol=1e-9, forbids=(*FRAMEWORKS, "scipy")
)


def _cubic(*step):
    """Make a case: a polynomial, and a step from these bounds where they are given."""
    return lambda numerical_derivative, rng: numerical_derivative(
        polynomial(rng.uniform(0.5, 1.5, size=4)),
        rng.uniform(0.8, 1.5),
        *(rng.uniform(*bounds) for bounds in step),
    )


numerical_derivative.example("the cube of the text, at 2, with a step of 1")(
    lambda numerical_derivative, rng: numerical_derivative(polynomial([0, 0, 0, 1]), 2.0, 1.0)
)
numerical_derivative.case("a cubic function", weight=2, draws=2)(_cubic())
numerical_derivative.case("the exponential function")(
    lambda numerical_derivative, rng: numerical_derivative(exponential(), rng.uniform(-1.0, 1.0))
)
numerical_derivative.case("a step of another size")(_cubic((0.2, 0.4)))

wrong = Differences(numerical_derivative, reference.numerical_derivative)
wrong("forward_difference", lambda f, x, h=1e-4: (f(x + h) - f(x)) / h).says(
    "This is the forward difference: from `x` to `x + h`. The central difference also looks back, "
    "to `x - h`, and its error is much smaller."
)
wrong("backward_difference", lambda f, x, h=1e-4: (f(x) - f(x - h)) / h).says(
    "This is the backward difference: from `x - h` to `x`. The central difference looks to both "
    "sides."
)
wrong.one_step_of_two("missing_two")
wrong.left_to_right("missing_parentheses")
wrong("half_divided", lambda f, x, h=1e-4: f(x + h) - f(x - h) / (2 * h)).says(
    "Only `f(x - h)` was divided by the distance: `/` comes before `-`. The whole difference needs "
    "parentheses."
)
wrong("not_divided", lambda f, x, h=1e-4: f(x + h) - f(x - h)).says(
    "The difference of the two values was not divided by the distance between the two points."
)
wrong.step_ignored("step_ignored")
wrong("half_steps", lambda f, x, h=1e-4: (f(x + h / 2) - f(x - h / 2)) / h).says(
    "The points are half a step to each side. The docstring asks for a distance of `h` on both "
    "sides of `x`."
)
wrong.changes("wrong_way_round", lambda slope: -slope).says(
    "The sign is the wrong way round: the value at `x + h` was subtracted from the value at `x - "
    "h`."
)


# jacobian ------------------------------------------------------------------------------------

jacobian = Exercise("jacobian", points=6, rtol=1e-7, atol=1e-8, forbids=(*FRAMEWORKS, "scipy"))


def _quadratic(m, n):
    """Make a case: a quadratic map; no derivative is small, and no two are alike."""
    return lambda jacobian, rng: jacobian(
        quadratic_map(drawn(rng, 1, 3, m, n), drawn(rng, 0.5, 1.5, m, n)), drawn(rng, 0.5, 2, n)
    )


jacobian.example("two outputs, three inputs")(
    lambda jacobian, rng: jacobian(
        quadratic_map(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.zeros((2, 3))),
        np.array([1.0, 1.0, 1.0]),
    )
)
jacobian.case("more inputs than outputs", weight=2, draws=2)(_quadratic(2, 3))
jacobian.case("more outputs than inputs")(_quadratic(4, 2))
jacobian.case("as many inputs as outputs")(_quadratic(3, 3))
jacobian.case("whole numbers in x")(
    lambda jacobian, rng: jacobian(
        quadratic_map(drawn(rng, 1, 3, 2, 3), drawn(rng, 0.5, 1.5, 2, 3)),
        rng.integers(1, 6, size=3),
    )
)
jacobian.case("a step of another size")(
    lambda jacobian, rng: jacobian(sine(), rng.uniform(0.3, 1.2, size=3), rng.uniform(0.2, 0.4))
)


def _same_array(x, h):
    for place in np.ndindex(x.shape):
        x[place] += h
        x[place] -= h
        yield from (x, x)


wrong = Differences(jacobian, reference.jacobian, gather=lambda found, x: np.stack(found, axis=1))
wrong.changes("transposed", np.transpose).says(
    "Rows and columns have changed places. Row i belongs to output i, column j to input j: the "
    "shape is (number of outputs, number of inputs)."
)
wrong.one_sided("forward_differences")
wrong.one_step_of_two("one_step_of_two")
wrong.all_at_once("all_at_once")
wrong.walks("left_changed", in_place).says(
    "The steps are made inside the array `x` that was handed in, and it does not come back as it "
    "was. Work on a copy."
)
wrong.cut_off_steps("cut_off")
wrong.walks("two_names", lambda x, h: _same_array(np.array(x, dtype=float), h)).says(
    "Every entry is 0 or next to it: both points are the same array under two names. An "
    "assignment such as `ahead = x` does not copy, so the step back undoes the step ahead before "
    "`f` is called."
)
wrong.walks("three_names", _same_array).says(
    "Every entry is 0 or next to it: both points are `x` itself under two more names. An "
    "assignment such as `ahead = x` does not copy, so the step back undoes the step ahead before "
    "`f` is called, and all of it happens inside the caller's array."
)
wrong.step_ignored("fixed_step")
wrong.piled_up("steps_pile_up")
wrong.changes("outputs_added", lambda J: J.sum(axis=0)).says(
    "The outputs are added up before the difference is taken, and one number for each input is "
    "left. The Jacobian keeps the outputs apart: one row for each."
)
wrong("one_step_for_all", lambda f, x, h=1e-4: (f(x + h) - f(x - h)) / (2 * h)).says(
    "All components of `x` move at once, so there is one number for each output: the sum of the "
    "effects of all inputs. Every component needs a step of its own, and gives a column."
)
wrong.changes("first_column_only", lambda J: J[:, :1]).says(
    "There is one column only, that of the first input. A `return` inside the loop ends the "
    "function in the first round."
)
wrong.left_to_right("left_to_right")
