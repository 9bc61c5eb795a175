"""Every number that lesson 03 states is calculated here, and every cell of it is run.

`CLAIMS` holds pieces of the prose with gaps, and what belongs into the gaps. A claim must stand in
the prose as it is; a number of the prose that no claim covers is reported.
"""

import math
from decimal import Decimal

import numpy as np
from lesson_numbers import ANY_NUMBER, PLACES, Lesson, LessonNumbers, format_claim

from solutions.graphs import (
    AddNode,
    BranchNode,
    MaxNode,
    MulNode,
    apple_bill,
    fruit_bill,
    jacobian,
    numerical_derivative,
    triple_derivative,
)
from twoapples.graphs.layout import text_of

LESSON = Lesson("03-computational-graphs")

# What the claims are calculated from -----------------------------------------------------------


def mul(x, y, dout):
    node = MulNode()
    return node.forward(x, y), *node.backward(dout)


def largest(x, y):
    node = MaxNode()
    return node.forward(x, y), *node.backward(1)


def neuron(w, x, b):
    nodes = MulNode(), AddNode(), MaxNode()
    product = nodes[0].forward(w, x)
    score = nodes[1].forward(product, b)
    out = nodes[2].forward(score, 0)
    dscore, _ = nodes[2].backward(1)
    dproduct, db = nodes[1].backward(dscore)
    return score, out, *nodes[0].backward(dproduct), db


def two_ways(price, rate):
    branch, tax, total = BranchNode(2), MulNode(), AddNode()
    one, two = branch.forward(price)
    result = total.forward(one, tax.forward(two, rate))
    done, dtax = total.backward(1)
    dtwo, _ = tax.backward(dtax)
    return result, done, dtwo, branch.backward((done, dtwo))


def shared():
    node = MulNode()
    node.forward(node.forward(100, 2), 1.1)
    return *node.backward(1), *node.backward(1.1)


def three_outputs(x):
    return np.array([x[0] * x[1], x[0] + x[1], x[0] ** 2])


def square(x):
    return x**2


def cube(x):
    return x**3


def power_of_ten(number):
    """The exponent of the power of ten next to a number."""
    return round(math.log10(number))


TOTAL, DAPPLE, DCOUNT, DTAX = apple_bill(100, 2, 1.1)
FRUIT = fruit_bill(100, 2, 150, 3, 1.1)
PRICE, APPLES, ORANGES = mul(100, 2, 1)[0], mul(100, 2, 1)[0], mul(150, 3, 1)[0]
TAX_NODE = mul(PRICE, 1.1, 1)
APPLE_NODE = mul(100, 2, TAX_NODE[1])
ORANGE_NODE = mul(150, 3, 1.1)
FRUIT_TAX = mul(APPLES + ORANGES, 1.1, 1)
SUM = AddNode().backward(1.1)
SHARED = shared()
WAYS = two_ways(200, 0.1)
NEURON, ASLEEP = neuron(1.5, 2, -1), neuron(1.5, 2, -5)
CHAIN = [2.0, square(2.0), square(square(2.0)), square(square(square(2.0)))]
SLOPES = [2 * x for x in CHAIN[:3]]
PARAMETERS = sum(a.size for a in map(np.empty, ((784, 50), 50, (50, 10), 10)))
J = jacobian(three_outputs, np.array([3.0, 2.0])).round(6)
G = np.array([1, 10, 100])
ROWS, COLUMNS = 100 * 50, 100 * 784
FORWARD = [(cube(2 + h) - cube(2.0)) / h for h in (1, 0.1)]
CENTRAL = [numerical_derivative(cube, 2.0, h) for h in (1, 0.1)]
ONES = jacobian(lambda v: np.array([fruit_bill(*v)[0]]), np.ones(5)).round(6)[0]


# A gap is {}, or {:format}; braces of formulas are doubled.
CLAIMS = [
    ("`np.stack(columns, axis=1)` sets them side by side.",),
    # 1
    ("One apple costs {} won, and a tax of {} % is added, so the price is multiplied by {:g}:",
     100, round((1.1 - 1) * 100), 1.1),
    (r"$$100 \times 2 \times 1.1 = {:g}$$", TOTAL),
    (r"100 and 2 go into a product, out comes the price {}; {} and 1.1 go into another product, "
     "out comes the total {:g}.", PRICE, PRICE, TOTAL),
    ("It need not know where the {} came from.", PRICE),
    ("other things for 4,000 won. A sum node gets 4,000 and {} and gives {:,}. The 4,000 may",
     PRICE, AddNode().forward(4000, PRICE)),
    # 2
    (r"one apple for {} won gives $101 \times 2 \times 1.1 = {:.1f}$. The total is {:.1f} higher.",
     101, apple_bill(101, 2, 1.1)[0], apple_bill(101, 2, 1.1)[0] - TOTAL),
    (r"{{\partial\, \text{{apple}}}} = {}$$", DAPPLE),
    ("begins at the right end with {}, because the total changes by 1 when the total changes by 1.",
     1),
    ("| × tax | price | 1 | 1.1 | {} | | × tax | tax | 1 | 200 | {} |", *TAX_NODE[1:]),
    ("| × count | apple | {} | 2 | {} | | × count | count | {} | 100 | {:g} | The",
     TAX_NODE[1], APPLE_NODE[1], TAX_NODE[1], APPLE_NODE[2]),
    ("The downstream gradient of the tax node, {},", TAX_NODE[1]),
    ("**{} for the apple**: each won on the price of one apple adds {} won", DAPPLE, DAPPLE),
    (r"**{:g} for the count**: a third apple adds {:g} won. Indeed $100 \times 3 \times 1.1 = "
     "{:g}$",
     DCOUNT, apple_bill(100, 3, 1.1)[0] - TOTAL, apple_bill(100, 3, 1.1)[0]),
    ("**{} for the tax**: with a factor of {} instead of 1.1, the total is {:g}. The factor "
     r"grew by {:g}, and the total by $0.1 \times {} = {:g}$.",
     DTAX, 1.2, apple_bill(100, 2, 1.2)[0], round(1.2 - 1.1, 9), DTAX,
     apple_bill(100, 2, 1.2)[0] - TOTAL),
    ("would be {} %. One percentage point more is {}, and costs {:g} won: less than an apple that "
     "is 1 won dearer.", 1 * 100, 1 / 100, DTAX / 100),
    # 3
    ("You expect {}, then {} and {:g}.", *APPLE_NODE),
    ("**What if** the upstream gradient is 0? Change 1.1 to 0 and run the cell again. Both "
     "gradients are {:g}:", max(mul(100, 2, 0)[1:])),
    ("### Why {}? You expected {:g}, and Python printed `{}`.",
     APPLE_NODE[2], APPLE_NODE[2], APPLE_NODE[2]),
    ("The first line is `{}`, the second is `{}`. Your code is right; the number 1.1 is the",
     200 * 1.1, 200 * 1.1 == 220),
    ("and 1.1 has no finite binary form, as 1/3 has no finite decimal one.",),
    ("`{:.30f}` to 30 decimals. Multiplied by 200 that is {:.16f}.", 1.1,
     200 * Decimal.from_float(1.1)),
    ("near {} two neighbouring floats are `{}` apart.", 220, np.spacing(220.0)),
    ("atol matters when $b$ is near 0,",),
    (r"`np.isclose` takes $10^{{{}}}$ and $10^{{{}}}$ unless you say otherwise.",
     power_of_ten(1e-8), power_of_ten(1e-5)),
    # 4
    ("The first `backward` is given {}.", 1),
    ("The picture rounds to six digits, so it shows {} and {}.",
     text_of(TOTAL), text_of(DCOUNT)),
    ("Set `count=0` and run the cell again. The total is {:g}, and yet `dcount` is still {:g}:",
     apple_bill(100, 0, 1.1)[0], apple_bill(100, 0, 1.1)[2]),
    ("The first `backward` gives ({}, {}), which is right as well. The second should give {} and "
     "{:g}. It gives {:g} and {:g}.", *SHARED[:2], DAPPLE, DCOUNT, *SHARED[2:]),
    ("wrote {} and 1.1 over the 100 and 2 of the first.", PRICE),
    (r"$1.1 \times 1.1 = {:g}$ and $1.1 \times 200 = {:g}$.", *SHARED[2:]),
    # 5
    ("Two apples for 100 won each, three oranges for 150 won each,",),
    (r"{{\partial x}} = {} \qquad \frac{{\partial\, \text{{out}}}}{{\partial y}} = {}$$",
     *AddNode().backward(1)),
    ("Upstream times 1 is upstream:",),
    ("If the apples cost 1 won more, the sum is 1 won higher, and if the oranges cost 1 won more, "
     "it is 1 won higher, too.",),
    (r"Forward: $100 \times 2 = {}$ and $150 \times 3 = {}$, together {}, with tax {:g}.",
     APPLES, ORANGES, APPLES + ORANGES, FRUIT[0]),
    ("| × tax | price | 1 | 1.1 | {} | | × tax | tax | 1 | 650 | {} | "
     "| + | apples | 1.1 | 1 | {} | | + | oranges | 1.1 | 1 | {} | "
     "| × count | apple | 1.1 | 2 | {} | | × count | apple count | 1.1 | 100 | {:g} | "
     "| × count | orange | 1.1 | 3 | {:g} | | × count | orange count | 1.1 | 150 | {:g} |",
     *FRUIT_TAX[1:], *SUM, *APPLE_NODE[1:], *ORANGE_NODE[1:]),
    ("are the same as before, {} and {:g}: it does", FRUIT[1], FRUIT[2]),
    ("five pears for {} won each. The new total is {:g}.", 80, (650 + 5 * 80) * 1.1),
    # 6
    (r"The tax is 10 % *of the price*",),
    (r"= 200 + 200 \times 0.1 = {:g}$$", WAYS[0]),
    (r"= \frac{{\partial L}}{{\partial x_1}} + \frac{{\partial L}}{{\partial x_2}} + \ldots",),
    ("If the price grows by 1, the total grows along the first path by {}, and along the second by "
     "{}. Both happen: together by {:g}.",
     *WAYS[1:]),
    ("The gradients of price, apple and count are {:g}, {:g} and {:g}, as in the first graph.",
     WAYS[3], *mul(100, 2, WAYS[3])[1:]),
    ("it is `{}`. The first graph gave `{}` for the same bill.", WAYS[0], TOTAL),
    ("the larger of the price and 150 won.",),
    ("With a price of 200, the output is {}. If the price grows by 1, so does the output: the "
     "local gradient is {}. If the minimum grows by 1, to {}, nothing happens: the local gradient "
     "is {:g}.", largest(200, 150)[0], largest(200, 150)[1], 150 + 1, largest(200, 150)[2]),
    ("and let nothing below 0 through.",),
    ("The output is {:g}. The gradients of `w`, `x` and `b` are {:g}, {:g} and {:g}. They",
     *NEURON[1:]),
    ("Then set the rate to {}: what is left of the second path?", 0),
    ("**What if** the bias is −5? Go to the end of the walk",),
    ("At −5 the score is −{:g}, the output is {:g}, and the gradients of `w`, `x` and `b` are all "
     "{:g}.", -ASLEEP[0], ASLEEP[1], max(ASLEEP[2:])),
    (r"You will meet $\max(x, 0)$ again in lesson 05",),
    # 7
    (r"By hand, with $f(x) = x^2$, $f'(x) = 2x$ and $w = {:g}$. Forward: $x = {:g}$, $y = {:g}$, "
     r"$z = {:g}$.", *CHAIN),
    (r"Backward: $f'({:g}) = {:g}$, then $32 \times f'({:g}) = 32 \times {:g} = {:g}$, then "
     r"$256 \times f'({:g}) = 256 \times {:g} = {:g}$.",
     CHAIN[2], SLOPES[2], CHAIN[1], SLOPES[1], SLOPES[2] * SLOPES[1], CHAIN[0], SLOPES[0],
     math.prod(SLOPES)),
    (r"Here $z = w^8$, so $dz/dw = 8 w^7 = 8 \times {:g} = {:g}$.", 2.0**7, 8 * 2.0**7),
    (r"wrong answer is $f'(w)^3 = {:g}^3 = {:g}$.", SLOPES[0], SLOPES[0] ** 3),
    ("smaller than 1 everywhere? Three factors of 0.25 give {}. Ten of them give about a "
     "millionth.",
     0.25**3),
    # 8
    (r"Take $f(x) = x^3$ at $x = 2$, where the true derivative is $3 x^2 = {}$.", 3 * 2**2),
    (r"With $h = 1$: $$\frac{{f(x + h) - f(x)}}{{h}} = \frac{{{} - {}}}{{1}} = {:g}$$",
     cube(3), cube(2), FORWARD[0]),
    ("the whole distance, which is $2h$:",),
    (r"$$\frac{{f(x + h) - f(x - h)}}{{2h}} = \frac{{{} - {}}}{{2}} = {:g}$$",
     cube(3), cube(1), CENTRAL[0]),
    ("A step of 1 is huge. With $h = 0.1$ the two give {:.2f} and {:.2f}.", FORWARD[1], CENTRAL[1]),
    ("For $x^3$ at 2 the errors are $6h + h^2$ and $h^2$.",),
    ("Ten times smaller a step makes the forward error 10 times smaller, and the central error "
     "{:.0f} times.", (CENTRAL[0] - 12) / (CENTRAL[1] - 12)),
    (r"With $h = 10^{{-4}}$ the central error is about $10^{{{}}}$. With $h = 10^{{-12}}$ it is "
     r"about {:.3f}. In this course $h$ is $10^{{-4}}$ unless",
     power_of_ten(numerical_derivative(cube, 2.0) - 12),
     abs(numerical_derivative(cube, 2.0, 1e-12) - 12)),
    ("Both agree with the backward pass, {} and {}, to many digits", DAPPLE, DTAX),
    ("The fruit bill has {} inputs, so its gradient takes {}.", len(FRUIT) - 1, 2 * len(FRUIT) - 2),
    (r"with 784 inputs, 50 hidden units and 10 outputs has $$784 \times 50 + 50 + 50 \times 10 + "
     "10 = {}$$ weights and biases. One gradient takes {:,} forward passes.",
     PARAMETERS, 2 * PARAMETERS),
    (r"**What if** you use the forward difference with $h = 10^{{-12}}$? Look at the picture: what "
     r"is the error, and what is it with $h = 10^{{-4}}$? For $x^3$ at 2 the first is about "
     "{:.3f}, and the second about {:.4f}.",
     abs((cube(2 + 1e-12) - 8) / 1e-12 - 12), abs((cube(2 + 1e-4) - 8) / 1e-4 - 12)),
    # 9
    (r"at $x = (3, 2)$: $$y_1 = x_1 x_2 = {:g} \qquad y_2 = x_1 + x_2 = {:g} \qquad y_3 = x_1^2 = "
     "{:g}$$", *three_outputs([3, 2])),
    (r"x_2 & x_1 \cr 1 & 1 \cr 2 x_1 & 0 \end{{bmatrix}}",),
    (r"\begin{{bmatrix}} {:g} & {:g} \cr {:g} & {:g} \cr {:g} & {:g} \end{{bmatrix}} \qquad "
     r"\text{{shape }} ({}, {})$$", *J.ravel(), *J.shape),
    (r"\sum_{{i=1}}^{{m}}",),
    ("With $g = ({}, {}, {})$:", *G),
    (r"$$({:g} \times {:g} + {:g} \times {:g} + {:g} \times {:g},\;\; {:g} \times {:g} + "
     r"{:g} \times {:g} + {:g} \times {:g}) = ({:g}, {:g})$$",
     *np.column_stack((G, J[:, 0])).ravel(), *np.column_stack((G, J[:, 1])).ravel(), *(G @ J)),
    ("cannot hold 3.0001. If you write that into it, NumPy keeps {}", np.array([3.0001], int)[0]),
    ("You see {:g}, {:g}, {:g}, {:g} and {:g} again, found by {} forward passes.",
     *FRUIT[1:], 2 * len(FRUIT[1:])),
    ("**What if** all five inputs are 1? Walk backward through the graph by hand, and expect "
     "({:g}, {:g}, {:g}, {:g}, {:g}). Then put `np.array([1, 1, 1, 1, 1])` into", *ONES),
    ("100 cases of 784 numbers to 100 cases of 50 numbers. Its Jacobian has {:,} rows and {:,} "
     "columns: {:,} entries, or {:.1f} GB. Of 100 entries {} are 0,",
     ROWS, COLUMNS, ROWS * COLUMNS, ROWS * COLUMNS * 8 / 1e9, 100 - 100 * 100 // 100**2),
    # Summary
    (r"$(\text{{dout}}, 0)$ if $x \ge y$, else $(0, \text{{dout}})$",),
    (r"$(f(x + h) - f(x - h)) / (2h)$",),
    ("The backward pass begins with 1 and runs",),
    ("`{}` and {} are the same bill.", TOTAL, 220),
]  # fmt: skip


class TestNumbers(LessonNumbers):
    lesson = LESSON
    statements = tuple(map(format_claim, CLAIMS))
    number = ANY_NUMBER
    ignore = rf"{PLACES}|x_[1n]"
    exercises = (
        "MulNode",
        "apple_bill",
        "AddNode",
        "fruit_bill",
        "BranchNode",
        "MaxNode",
        "triple_derivative",
        "numerical_derivative",
        "jacobian",
    )
    printed = (
        "200\n(2.2, 110.00000000000001)\n",
        "220.00000000000003\nFalse\n1.100000000000000088817841970013\n2.842170943040401e-14\n",
        "True\nFalse\n",
        "(220.00000000000003, 2.2, 110.00000000000001, 200)\n",
        "total 220.00000000000003\n",
        "first backward, for the tax    (1.1, 200)\n",
        "second backward, for the apple (1.2100000000000002, 220.00000000000003)\n",
        "220.0\n",
        "1024\n",
        "[[2. 3.]\n [1. 1.]\n [6. 0.]]\n[612.  13.]\n",
        "[[  2.2 110.    3.3 165.  650. ]]\nforward passes: 10\n",
    )
    pictures = 11


def test_what_the_prose_says_without_numbers():
    # "the nearer neighbour is printed"
    exact = 200 * Decimal.from_float(1.1)
    above = Decimal(220) + Decimal(float(np.spacing(220.0)))
    assert above - exact < exact - 220
    # "the errors are 6h + h² and h²"
    for h in (1.0, 0.5, 0.25):
        assert (cube(2 + h) - 8) / h - 12 == 6 * h + h**2
        assert numerical_derivative(cube, 2.0, h) - 12 == h**2
    # "ten of them give about a millionth"
    assert round(0.25**10 * 1e6) == 1
    # "z = w⁸"
    assert CHAIN[3] == 2.0**8
    assert triple_derivative(square, lambda x: 2 * x, 2) == 1024
    # np.isclose's own tolerances
    assert np.isclose(0, 0.99e-8, rtol=0) and not np.isclose(0, 1.01e-8, rtol=0)
    assert np.isclose(1, 1 + 0.9e-5, atol=0) and not np.isclose(1, 1 + 1.1e-5, atol=0)
    # a gradient that is 0 makes all gradients before it 0
    assert mul(100, 2, 0)[1:] == (0, 0)


def test_pictures_with_values_by_hand_agree_with_calculated_ones(solved):
    by_hand = next(alt for alt in solved.alts if alt.endswith("count 110, apple 2.2."))
    by_nodes = [alt for alt in solved.alts if alt == by_hand]
    assert len(by_nodes) == 2
