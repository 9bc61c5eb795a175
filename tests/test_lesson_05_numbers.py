"""Every number that the prose of lesson 05 states is computed here, and every cell of it is run.

The computations use `math` on single numbers, or plain sums, and not the references, which they
would only repeat.
"""

import math

import numpy as np
import pytest
from lesson_numbers import Lesson, LessonNumbers, fill

from solutions import layers as reference

LESSON = Lesson("05-layers")


def sigma(x):
    return 1 / (1 + math.exp(-x))


def slope(x):
    return math.exp(-x) / (1 + math.exp(-x)) ** 2


def tanh_slope(x):
    return 1 / math.cosh(x) ** 2


def number(value):
    """Write a number as tables do: −0.5, 3."""
    return f"{value:g}".replace("-", "−")


def power(value):
    r"""Write 4.54e-5 as 4.54 \times 10^{-5}."""
    mantissa, exponent = f"{value:.2e}".split("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}"


def matrix(rows):
    return r" \cr ".join(" & ".join(f"{v:g}" for v in row) for row in rows)


def product(a, b):
    return [
        [sum(x * y for x, y in zip(row, c, strict=True)) for c in zip(*b, strict=True)] for row in a
    ]


def transposed(a):
    return [list(row) for row in zip(*a, strict=True)]


# Part 2
X, DOUT = [1, -0.5, -2, 3], [1, 2, 3, 4]
RELU = [x if x > 0 else 0 for x in X]
RELU_BACK = [d if x > 0 else 0 for x, d in zip(X, DOUT, strict=True)]

# Part 4
BASKETS = [[2, 3, 0], [1, 0, 4]]
PRICES = [[100, 110], [150, 130], [80, 90]]
FEE = [30, 0]
BILLS = [[v + f for v, f in zip(row, FEE, strict=True)] for row in product(BASKETS, PRICES)]
CHOICE = [[0, 1], [1, 0]]
TOTAL = sum(v * c for a, b in zip(BILLS, CHOICE, strict=True) for v, c in zip(a, b, strict=True))
DX = product(CHOICE, transposed(PRICES))
DW = product(transposed(BASKETS), CHOICE)
DB = [sum(column) for column in zip(*CHOICE, strict=True)]
ALL = product(transposed(BASKETS), [[1, 1], [1, 1]])

# Part 6
CAT = [math.exp(s) / sum(map(math.exp, (2, 1, 0))) for s in (2, 1, 0)]
GRADIENT = [p - t for p, t in zip(CAT, (1, 0, 0), strict=True)]
TWO_CATS = (
    math.log(sum(map(math.exp, (2, 1, 0)))) - 2 + math.log(sum(map(math.exp, (0, 3, 1)))) - 0
) / 2
Y, O = [[1, 0], [0, 1]], [[0.8, 0.1], [0.3, 0.6]]  # noqa: E741
SQUARES = [sum((y - o) ** 2 for y, o in zip(*rows, strict=True)) for rows in zip(Y, O, strict=True)]
MSE = sum(SQUARES) / (2 * len(Y))
MSE_GRADIENT = [
    [round((o - y) / len(Y), 12) for y, o in zip(*rows, strict=True)]
    for rows in zip(Y, O, strict=True)
]
PARAMETERS = 4 * 5 + 5 + 5 * 3 + 3


def signed(value):
    return f"{value:.3f}".replace("-", "−")


def statements():
    """Return the pieces of prose that hold numbers, filled in, apart from those of the cells."""
    return [
        # Part 1
        fill("z = 3(2x + 1) - 4 = %dx - %d$$", 3 * 2, 4 - 3 * 1),
        # Part 2
        "| $x$ | " + " | ".join(map(number, X)) + " |",
        "| out | " + " | ".join(map(number, RELU)) + " |",
        "| `dout` | " + " | ".join(map(number, DOUT)) + " |",
        "| `dx` | " + " | ".join(map(number, RELU_BACK)) + " |",
        # Part 3
        *(
            fill("| %s | %.3f | %.3f | %.3f |", number(x), math.exp(-x), 1 + math.exp(-x), sigma(x))
            for x in (-2, 0, 2)
        ),
        fill('%.3f is "rather yes"', sigma(2)),
        r"What does the formula do with $x = -1000$? It needs $e^{1000}$",
        "This one is fine at −1000. But what does it do at 1000?",
        r"Write $\sigma = 1/u$ with $u = 1 + e^{-x}$. The derivative of $1/u$ is $-u'/u^2$",
        fill(r"At 0 it is $%.1f \times %.1f = %.2f$", sigma(0), 1 - sigma(0), slope(0)),
        fill(r"$%.3f \times %.3f = %.3f$, and at −2", sigma(2), 1 - sigma(2), slope(2)),
        fill(
            r"$\tanh(2) = %.3f$, so the derivative there is $1 - %.3f^2 = %.3f$. At 0 it is %d, "
            "four times that of the sigmoid",
            math.tanh(2),
            math.tanh(2),
            tanh_slope(2),
            tanh_slope(0),
        ),
        # Part 4
        fill(
            r"\begin{bmatrix} %s \end{bmatrix} \begin{bmatrix} %s \end{bmatrix} + "
            r"\begin{bmatrix} %s \end{bmatrix} = \begin{bmatrix} %s \end{bmatrix}",
            *map(matrix, (BASKETS, PRICES, [FEE], BILLS)),
        ),
        fill("a fee of %d won for delivery", FEE[0]),
        fill(r"$2 \times 100 + 3 \times 150 + 30 = %d$ in the first shop", BILLS[0][0]),
        fill("the smaller sums, $%d + %d = %d$", min(BILLS[0]), min(BILLS[1]), TOTAL),
        fill(
            r"dout} = \begin{bmatrix} %s \end{bmatrix} \qquad \text{dx} = \begin{bmatrix} %s "
            r"\end{bmatrix} \qquad \text{dW} = \begin{bmatrix} %s \end{bmatrix} \qquad "
            r"\text{db} = \begin{bmatrix} %s \end{bmatrix}",
            *map(matrix, (CHOICE, DX, DW, [DB])),
        ),
        fill("one more apple for the first customer costs %d", DX[0][0]),
        fill("$L$ grows by %d, the oranges that are bought there", DW[1][1]),
        fill("%d apples, %d oranges, %d pears", *(row[0] for row in ALL)),
        "come as $(N, 2, 2)$ or $(N, 28, 28)$",
        # Part 5
        fill("| 0 | %.1f | %.2f | %d | 0 |", sigma(0), slope(0), tanh_slope(0)),
        fill("| 2 | %.3f | %.3f | %.4f | 1 |", sigma(2), slope(2), tanh_slope(2)),
        fill("| 5 | %.3f | $%s$ | $%s$ | 1 |", sigma(5), power(slope(5)), power(tanh_slope(5))),
        fill("| 10 | %.5f | $%s$ | $%s$ | 1 |", sigma(10), power(slope(10)), power(tanh_slope(10))),
        fill(
            "It is $%s$: not 0, but a factor of %s is lost",
            power(slope(10)),
            f"{round(1 / slope(10), -3):,.0f}",
        ),
        fill("very best gives $0.25^{10} = %s$, about a millionth", power(slope(0) ** 10)),
        fill("With all inputs at 10 it gives $%s$", power(slope(10) ** 10)),
        fill("is kept to about %d digits", round(-math.log10(np.spacing(1.0)))),
        # Part 6
        fill("| $p - t$ | %s | %s | %s |", *map(signed, GRADIENT)),
        fill("| divided by $C = 3$, wrongly | %s | %s | %s |", *(signed(g / 3) for g in GRADIENT)),
        "You may add half of this loss to another one. Then the upstream gradient is 0.5, and",
        fill("had a loss of %.3f", TWO_CATS),
        fill(
            r"L = \frac{%.2f + %.2f}{%d} = %.3f \qquad",
            *SQUARES,
            2 * len(Y),
            MSE,
        ),
        fill(
            r"y = \begin{bmatrix} %s \end{bmatrix} \qquad o = \begin{bmatrix} %s \end{bmatrix}",
            matrix(Y),
            matrix(O),
        ),
        fill(
            r"\frac{\partial L}{\partial o} = \begin{bmatrix} %s \end{bmatrix}$$",
            matrix(MSE_GRADIENT),
        ),
        "one output with a sigmoid, score −10, but the target is 1",
        fill(r"\,\sigma'$ | $%s$ |", power((sigma(-10) - 1) * slope(-10))),
        fill(r"$p - t = \sigma - 1$ | −%.5f |", 1 - sigma(-10)),
        # Part 7
        fill(r"$\log 3 = %.3f$", math.log(3)),
        fill("All %d gradients agree. It took %d forward", PARAMETERS, 2 * PARAMETERS),
        # Part 8
        "Take $x = (1, -2)$ and `dout` $= (10, 20)$",
        fill(
            r"\text{dx} = (%d, %d) + (10, 20) = (%d, %d)$$",
            10 * (1 > 0),
            20 * (-2 > 0),
            10 * (1 > 0) + 10,
            20 * (-2 > 0) + 20,
        ),
        # With the second path reading what the first has overwritten
        fill("With the broken layer it is $(%d, %d)$", 10 + 10, 0 + 0),
        "This prints `[20. 0.]` with the bug, and `[20. 20.]` without it",
        "mostly the `1e-7` in the logarithm",
    ]


def measured_statements(solved):
    """Return the pieces whose numbers come out of the cells."""
    names = solved.names
    return [
        fill(
            "falls from %.3f in the last layer to $%s$ in the first",
            names["sizes"]["sigmoid"][0],
            power(names["sizes"]["sigmoid"][-1]),
        ),
        fill("The loss falls from %.3f to %.3f", names["losses"][0], names["losses"][-1]),
    ]


class TestNumbers(LessonNumbers):
    lesson = LESSON
    statements = statements()
    exercises = (
        "ReLU",
        "sigmoid",
        "Sigmoid",
        "Tanh",
        "Affine",
        "SoftmaxWithLoss",
        "repaired_relu",
        "repaired_affine",
    )
    printed = (
        "[[ True False]\n [False  True]]\n[[1. 0.]\n [0. 3.]]",
        "[[1. 0.]\n [0. 3.]]\n[[1. 0.]\n [0. 4.]]",
        "[0.881 0.119]",
        "first formula  [0. 1.]\nsecond formula [ 0. nan]",
        "[0.  0.5 1. ]\nnothing overflows",
        "[[680. 610.]\n [450. 470.]]\n[[110. 130.  90.]\n [100. 150.  80.]]\n"
        "[[1. 2.]\n [0. 3.]\n [4. 0.]]\n[1. 1.]",
        "1.789\n[[-0.167  0.122  0.045]\n [-0.479  0.422  0.057]]\n"
        "[[-0.084  0.061  0.023]\n [-0.239  0.211  0.029]]",
        "0.075\n[[-0.1   0.05]\n [ 0.15 -0.2 ]]\n[[-0.1   0.05]\n [ 0.15 -0.2 ]]",
        "loss 1.108\ngradient of the pictures: (6, 2, 2)",
        "(4, 5) relative error below 1e-4: True\n(5,) relative error below 1e-4: True\n"
        "(5, 3) relative error below 1e-4: True\n(3,) relative error below 1e-4: True",
        "first 1.108 last 0.028",
        "[0 1 2 0 1 2]\n[0 1 2 0 1 2]",
        "[20. 20.]",
    )
    pictures = 8

    def test_the_prose_states_what_the_cells_find(self, solved):
        for statement in measured_statements(solved):
            assert LESSON.states(statement), statement

    def test_no_number_stands_outside_the_statements(self, solved):
        pieces = [*self.statements, *measured_statements(solved)]
        # Formulas whose numbers are exponents or inverses and state no result.
        pieces += ["e^{-x}", "x^2", "u^2", r"\tanh^2", r"\rVert^2", "$e^x$"]
        assert LESSON.unstated(pieces, self.number, self.ignore) == []


def test_pictures_show_the_numbers_of_the_prose(solved):
    assert (
        f"sigmoid at 10: {slope(10):.2e} at the first and {slope(10) ** 10:.2e}" in solved.alts[5]
    )
    assert "0.622 for a = 1, 0.818 for a = 3, 0.993 for a = 10" in solved.alts[3]


def test_the_first_cell_shows_that_two_layers_are_one(solved):
    assert solved.outputs[1] == "True\n"


def test_notebook_has_no_x_that_the_broken_layer_could_find(solved):
    """With an `x` in the notebook the second bug hunt would not stop with a NameError."""
    assert not {"x", "W", "b", "dout", "mask", "out", "t", "s", "p"} & set(solved.names)


def test_claims_without_a_number_of_their_own(solved):
    names = solved.names
    # "σ(x) is what softmax gives to the first of two classes with the scores x and 0."
    for x in (-3.0, 0.4, 2.0):
        assert math.exp(x) / (math.exp(x) + 1) == pytest.approx(sigma(x))
    # "this is the largest value that it has", and "at most a quarter"
    assert max(slope(x / 100) for x in range(-1000, 1001)) == slope(0)
    # "tanh(x) = 2σ(2x) - 1"
    assert 2 * sigma(2 * 0.7) - 1 == pytest.approx(math.tanh(0.7))
    # "Subtract something that small, and the weight stays what it was."
    assert 1.0 - slope(10) ** 10 == 1.0
    # "With tanh and ReLU all layers get gradients of about the same size"
    for label in ("tanh", "ReLU"):
        sizes = names["sizes"][label]
        assert len(sizes) == 10 and max(sizes) / min(sizes) < 3
    # "the gradients shrink or grow from layer to layer"
    for spread, grows in ((1.0, False), (2.0, True)):
        sizes = names["gradient_sizes"](names["ReLU"], spread)
        # The gradient of a weight matrix is a product of what comes from both sides: only the
        # whole stack, not the order within it, tells growth from decay.
        reference_sizes = names["sizes"]["ReLU"]
        assert (np.mean(sizes) > 5 * np.mean(reference_sizes)) == grows
        assert (np.mean(sizes) < np.mean(reference_sizes) / 5) == (not grows)
    # "The first loss is near log 3"
    assert names["losses"][0] == pytest.approx(math.log(3), abs=0.02)
    # "a third time, with 0": asked of the layer that the text made
    last = reference.SoftmaxWithLoss()
    last.forward(names["two_cats"], np.array([0, 0]))
    assert np.all(last.backward(0) == 0)
    # "They can be negative, and do not sum to 1."
    assert (names["scores"] < 0).any()
    assert not np.allclose(names["scores"].sum(axis=1), 1)


@pytest.mark.parametrize("instead", ["Sigmoid(),", "Tanh(),", ""])
def test_what_if_another_bend_or_none(solved, instead):
    """The gradient check holds whichever activation function stands in the middle."""
    make = next(cell for cell in LESSON.cells if "network = [" in cell)
    measure = next(cell for cell in LESSON.cells if "relative_error(" in cell)
    printed = []
    names = {**solved.names, "print": lambda *words: printed.append(" ".join(map(str, words)))}
    exec(make.replace("    ReLU(),\n", f"    {instead}\n"), names)
    exec(measure, names)
    assert len(names["network"]) == 2 + bool(instead)
    assert [line.rsplit(" ", 1)[1] for line in printed[2:]] == ["True"] * 4
