"""Every number that lesson 04 states is calculated here, and every cell of it is run.

`CLAIMS` holds pieces of the prose with gaps, and what belongs into the gaps; see lesson 03's test.
The computations go path by path, over single numbers, and use the references only where the prose
talks of what the node itself answers.
"""

import itertools

import numpy as np
from lesson_numbers import ANY_NUMBER, Lesson, LessonNumbers, format_claim

from solutions.array_nodes import MatMulNode, numerical_gradient, relative_error
from twoapples.shapes import shape_tutor

LESSON = Lesson("04-array-nodes")

# What the claims are calculated from -----------------------------------------------------------

ROWS = [[1, 2], [3, 4], [5, 6]]
COLUMN_SUMS = [sum(row[d] for row in ROWS) for d in (0, 1)]
W = [[1, 2, 3], [4, 5, 6]]
CASES = [[1, 2], [3, 4]]
DOUT = [[1, 10, 100], [2, 0, 1]]


def outputs(x):
    return [x[0] * W[0][j] + x[1] * W[1][j] for j in range(3)]


def dx(dout):
    return [sum(dout[j] * W[i][j] for j in range(3)) for i in range(2)]


def dW(x, dout):
    return [x[i] * dout[j] for i, j in itertools.product(range(2), range(3))]


SHARES = [dW(x, dout) for x, dout in zip(CASES, DOUT, strict=True)]
DW = [sum(pair) for pair in zip(*SHARES, strict=True)]
TUTOR = shape_tutor((4, 2), (2, 3))
VERDICTS = [row.verdict for row in TUTOR.candidates["dx"]]
SQUARES = [v**2 for v in (1, 2, 3, 4)]
AHEAD, BACK = sum(SQUARES) - 1 + 1.1**2, sum(SQUARES) - 1 + 0.9**2
ELEMENTS = 784 * 50


def stepped(element, h=1e-4):
    element += h
    element -= 2 * h
    return element + h


def off_by(k):
    return relative_error(np.array([1.0, -2.5]), k * np.array([1.0, -2.5]))


TABLE = r"\begin{{bmatrix}} {} & {} & {} \cr {} & {} & {} \end{{bmatrix}}"

# A gap is {}, or {:format}; braces of formulas are doubled.
CLAIMS = [
    # Names
    (r"$(1, D)$ or $(N, D)$",),
    # 2
    ("Shape $(1, 2)$ goes in, and with $n = 3$ shape $({}, {})$ comes out.",
     *np.repeat([[10, 20]], 3, axis=0).shape),
    (r"\text{{dout}} = \begin{{bmatrix}} {} & {} \cr {} & {} \cr {} & {} \end{{bmatrix}}",
     *itertools.chain(*ROWS)),
    ("about the marked element, 10.",),
    ("The local gradient is 1 each time, because a copy grows by 1 when the original does. The sum "
     "is $1 + 3 + 5 = {}$. For the second element it is $2 + 4 + 6 = {}$.", *COLUMN_SUMS),
    (r"with $x$ of shape $(1, D)$, $\text{{out}}$ and `dout` of shape $(N, D)$",),
    (r"with $x$ of shape $(N, D)$, $\text{{out}}$ and `dout` of shape $(1, D)$",),
    (r"\sum_{{n=1}}^{{N}}",),
    ("`dx` must have the shape of `x`, which is $(1, 2)$.",),
    ("`({},)`. With `keepdims=True` the axis stays, with length {}: `({}, {})`.",
     *np.sum(ROWS, axis=0).shape, 1, *np.sum(ROWS, axis=0, keepdims=True).shape),
    ("Change 3 to 1 and `dout` to `dout[:1]`",),
    # 3
    ("so $(N, D)$ goes in and $(1, D)$ comes out. With the rows of above it gives $1 + 3 + 5 = {}$ "
     "and $2 + 4 + 6 = {}$ once more.", *COLUMN_SUMS),
    ("Let `dout` be $(10, 20)$. Take the element 1 of the first row. It reaches one element of "
     "`out`, the {}. The local gradient is 1. So its gradient is {}. The 3 and the 5 below it "
     "reach the same {}, so they get {} as well, each of them the *whole* {}.",
     COLUMN_SUMS[0], 10 * 1, COLUMN_SUMS[0], 10 * 1, 10 * 1),
    ("the result is $3x$, here {} and {}. Its derivative is 3,", 3 * 10, 3 * 20),
    ("This is the $1/N$ in $(p - t)/N$ of lesson 02.",),
    # 4
    ("Shapes $(3, 2)$ and $(1, 2)$ are not the same",),
    ("With a `dout` of ones, the gradient of each bias is {}:", sum([1] * len(ROWS))),
    ("| $(1, D)$ | axis 0 | `np.sum(dout, axis=0, keepdims=True)` | | $(D,)$ | axis 0 | "
     "`np.sum(dout, axis=0)` | | $(N, 1)$ | axis 1 | `np.sum(dout, axis=1, keepdims=True)` |",),
    ("`scale` has shape `(1, 2)`, and its gradient `({}, {})`.", *np.shape(ROWS)),
    ("`np.sum(dscale, axis=0, keepdims=True)` has the right shape, and for this `dout` of ones it "
     "is $({}, {})$, the column sums", *COLUMN_SUMS),
    # 5
    (r"\begin{{bmatrix}} 1 & 2 \end{{bmatrix}}}}_{{x\ (1, 2)}} \underbrace{{" + TABLE +
     r"}}_{{W\ (2, 3)}} = \underbrace{{\begin{{bmatrix}} {} & {} & {} \end{{bmatrix}}}}_"
     r"{{\text{{out}}\ (1, 3)}}$$", *W[0], *W[1], *outputs(CASES[0])),
    (r"for example $9 = 1 \times 1 + 2 \times 4$",),
    (r"\sum_{{i=1}}^{{D_\text{{in}}}}",),
    ("Let `dout` be $({}, {}, {})$, and take one element: the second feature of `x`, which is {}.",
     *DOUT[0], CASES[0][1]),
    (r"by the second row of $W$: {}, {} and {}. Upstream × local, summed over the three paths: "
     r"$$1 \times 4 + 10 \times 5 + 100 \times 6 = {}$$", *W[1], dx(DOUT[0])[1]),
    (r"it is $1 \times 1 + 10 \times 2 + 100 \times 3 = {}$. So `dx` is $({}, {})$.",
     dx(DOUT[0])[0], *dx(DOUT[0])),
    (r"\sum_{{j=1}}^{{D_\text{{out}}}}",),
    ("Now one weight, the {} in the second row and first column. It is multiplied by the second "
     r"feature, {}, and goes into the first output only. With the upstream gradient {} its "
     r"gradient is $2 \times 1 = {}$.", W[1][0], CASES[0][1], DOUT[0][0], SHARES[0][3]),
    (r"\begin{{bmatrix}} 1 \times 1 & 1 \times 10 & 1 \times 100 \cr 2 \times 1 & 2 \times 10 & "
     r"2 \times 100 \end{{bmatrix}} = " + TABLE + "$$", *SHARES[0]),
    ("Let a second case be $({}, {})$, with an upstream gradient of $({}, {}, {})$.",
     *CASES[1], *DOUT[1]),
    (rf"= {TABLE} + {TABLE} = {TABLE}$$", *SHARES[0], *SHARES[1], *DW),
    (r"$2 \times 1 + 4 \times 2 = {}$.", DW[3]),
    ("`shape_tutor((3, 3), (3, 3))`. When all is square, every product fits",),
    # 6
    ("everybody who holds it sees the new numbers, 1 and 2. `gradient = …` does something else. It "
     "makes the *name* stand for a new array. The one in the list still holds 1 and 2,",),
    ("`self.grads[0] = …`",),
    ("the dtype `{}`, whole numbers.", np.array([[1]]).dtype),
    ("NumPy says nothing: 0.9 becomes {}, and only one of six gradients is left, as {}. A network "
     "whose gradients are 0", np.array([0.9]).astype(int)[0], np.array([1.5]).astype(int)[0]),
    ("NumPy refuses: {} cannot be kept in an array of whole numbers. (Without the `-=`, "
     "`whole[...] = whole - 0.1` is cut off", 1 - 0.1),
    ("`self.grads[0]` with the index",),
    ("You expect `dx` of $({}, {})$ for the first case and $({}, {})$ for the second,",
     *dx(DOUT[0]), *dx(DOUT[1])),
    ("with `10 * dout`? Add the line, and print `held` again. All numbers are 10 times as large",),
    # 7
    (r"$x$ an array of shape $(2, 2)$: $$x = \begin{{bmatrix}} 1 & 2 \cr 3 & 4 \end{{bmatrix}} "
     r"\qquad f(x) = {} + {} + {} + {} = {}$$", *SQUARES, sum(SQUARES)),
    ("by $h = 0.1$ to both sides. Ahead: $1.1^2 = {:.2f}$, so $f$ is {:.2f}. Back: $0.9^2 = "
     "{:.2f}$, so $f$ is {:.2f}.", 1.1**2, AHEAD, 0.9**2, BACK),
    (r"\frac{{{:.2f} - {:.2f}}}{{2 \times 0.1}} = \frac{{{:.1f}}}{{{:.1f}}} = {:.0f}$$",
     AHEAD, BACK, AHEAD - BACK, 2 * 0.1, (AHEAD - BACK) / (2 * 0.1)),
    ("The results {:.0f}, {:.0f}, {:.0f} and {:.0f} go to the places of their elements, and the "
     "gradient is $2x$",
     *numerical_gradient(lambda x: np.sum(x**2), np.array([[1, 2], [3, 4]])).ravel()),
    ("$(5,)$ as well as $(2, 3)$ or $(2, 3, 4)$.",),
    ("You get {}: each step", stepped(0.2)),
    ("an integer array cannot hold 3.0001.",),
    ("difference over $2h$",),
    (r"matrix of $784 \times 50$? Each of its {:,} elements takes two forward passes, {:,} "
     "together. So measure with small arrays: a formula that holds for $(2, 3)$ holds for "
     "$(784, 50)$.", ELEMENTS, 2 * ELEMENTS),
    # 8
    ("Gradients of 0.000001 and 0.000002 are only {:.6f} apart, and yet one is double the other. "
     "Gradients of 1000000 and 1000001 are a whole {} apart, and agree to six digits.",
     0.000002 - 0.000001, 1000001 - 1000000),
    (r"\max(10^{{-8}},\; |a_k| + |b_k|)",),
    (r"By hand: $a = (2, -4)$ and $b = (2, -12)$. The first elements agree: {:g}. The second: "
     r"$|-4 + 12| / (4 + 12) = {:g} / {:g} = {:g}$. The largest is {:g}.",
     abs(2 - 2) / 4, abs(-4 + 12), 4 + 12, 8 / 16,
     relative_error(np.array([2.0, -4]), np.array([2.0, -12]))),
    ("Why the $10^{{-8}}$? Two gradients of exactly 0 agree, and without the floor you would get "
     "0/0,",),
    ("One wrong element among 10,000 right ones",),
    ("`np.maximum(1e-8, array)`",),
    ("Both numbers are far below $10^{{-7}}$:",),
    ("the error of `dW` is {:g}. This number tells", round(off_by(4), 12)),
    (r"is $|k - 1| / (k + 1)$, for every element. With $k = 4$, the number of cases, it is "
     r"$3 / 5 = {:g}$.", (4 - 1) / (4 + 1)),
    ("| below $10^{{-7}}$ | right | | between $10^{{-7}}$ and $10^{{-3}}$ | look closer",),
    ("| above $10^{{-3}}$ | wrong somewhere",),
    ("| {:.3f} | a factor of 2 |", off_by(2)),
    ("| $(N - 1)/(N + 1)$ | a factor of $N$",),
    ("| {:.0f} | a wrong sign, or one of the two is 0 where", off_by(-1)),
    ("$|a - (-a)| / (|a| + |a|) = {:.0f}$, and $|a - 0| / (|a| + 0) = {:.0f}$.",
     off_by(-1), off_by(0)),
    ("Set `cases = 1` in the cell of the check, and run both cells again. The bug is gone: "
     "dividing by 1 does nothing.",),
    # Summary
    (r"| $(1, D) \to (n, D)$, copies | sum over axis 0, $(n, D) \to (1, D)$ |",),
    (r"| $(N, D) \to (1, D)$, sum over axis 0 | copies, $(1, D) \to (N, D)$ |",),
    (r"$(f(x + h\,e_k) - f(x - h\,e_k)) / (2h)$",),
    ("with 1 at element $k$ and 0 elsewhere",),
    (r"\max(10^{{-8}}, \lvert a_k",),
    ("- `grads[0][...] =` writes into the array that others hold; `grads[0] =` replaces it.",),
]  # fmt: skip


class TestNumbers(LessonNumbers):
    lesson = LESSON
    statements = tuple(map(format_claim, CLAIMS))
    number = ANY_NUMBER
    exercises = ("RepeatNode", "SumNode", "MatMulNode", "numerical_gradient", "relative_error")
    printed = (
        "(2,)\n(1, 2)\n",
        "[[10. 20.]\n [10. 20.]\n [10. 20.]]\n[[ 9. 12.]]\n",
        "[[30. 60.]]\n[[3. 3.]]\n",
        "[[11. 22.]\n [13. 24.]\n [15. 26.]]\n",
        "(1, 2) (3, 2)\n(3, 2)\n",
        "The shapes leave one product: `x.T @ dout`.",
        "[1. 2.]\n[1. 2.]\n",
        "int64 int64\n[[0 0 0]\n [1 0 0]]\n",
        "Cannot cast ufunc 'subtract' output from dtype('float64') to dtype('int64')",
        "[[ 9. 12. 15.]\n [19. 26. 33.]]\n[[321. 654.]\n [  5.  14.]]\n"
        "[[  7.  10. 103.]\n [ 10.  20. 204.]]\nstill the same array: True\n",
        "[(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]\n[(0,), (1,)]\n",
        "0.19999999999999998\n",
        "[[2. 4.]\n [6. 8.]]\n",
        "dW 0.6\n",
    )
    pictures = 6


def test_pictures_show_the_numbers_of_the_prose(solved):
    assert "[dx, 1 by 2: 9, 12 (marked: 9)]" in solved.alts[1]
    assert "[out, 1 by 3: 9, 12, 15 (marked: 9, 12, 15)]" in solved.alts[4]
    assert "[dW, 2 by 3: 7, 10, 103; 10, 20, 204 (marked: 10)]" in solved.alts[5]


def test_what_the_prose_says_without_numbers():
    # "Of eight products for `dx`, six do not fit at all, and one gives `dx` turned. One is left.
    # The same holds for `dW`."
    for rows in TUTOR.candidates.values():
        verdicts = sorted(row.verdict for row in rows)
        assert verdicts == ["does not fit"] * 6 + ["gradient", "turned"]
    # "When all is square, every product fits"
    square = shape_tutor((3, 3), (3, 3))
    assert all(row.shape == (3, 3) for rows in square.candidates.values() for row in rows)
    # "`whole[...] = whole - 0.1` is cut off silently"
    whole = np.array([[1, 2, 3]])
    whole[...] = whole - 0.1
    assert whole.tolist() == [[0, 1, 2]]
    # "agree to six digits"
    assert f"{1000000:.5e}" == f"{1000001:.5e}"
    # "a node is linear in `dout`, and the old numbers are gone"
    node = MatMulNode(np.array(W, dtype=float))
    node.forward(np.array(CASES, dtype=float))
    for factor in (1, 10):
        node.backward(factor * np.array(DOUT, dtype=float))
        assert node.grads[0].ravel().tolist() == [factor * v for v in DW]
    # "every row gets `dout` divided by N", the backward pass of a mean
    x = np.array(ROWS, dtype=float)
    drow = np.array([10.0, 20.0])
    measured = numerical_gradient(lambda x: np.sum(x.mean(axis=0) * drow), x)
    np.testing.assert_allclose(measured, np.repeat([drow / 3], 3, axis=0), atol=1e-9)
    # "what broadcasting stretched going forward is summed going back": the four rows of the table
    rng = np.random.default_rng(0)
    x, dout = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    for b, db in (
        (rng.normal(size=(1, 3)), np.sum(dout, axis=0, keepdims=True)),
        (rng.normal(size=3), np.sum(dout, axis=0)),
        (rng.normal(size=(4, 1)), np.sum(dout, axis=1, keepdims=True)),
        (np.array(rng.normal()), np.sum(dout)),
    ):
        measured = numerical_gradient(lambda b: np.sum((x + b) * dout), b)
        assert measured.shape == np.shape(db)
        assert relative_error(measured, db) < 1e-7


def test_the_check_finds_the_planted_bug_and_nothing_else(solved):
    right, planted = solved.outputs[-2:]
    errors = [float(line.split()[1]) for line in (right + planted).splitlines()]
    assert max(errors[:3]) < 1e-9  # "far below"
    assert errors[3] == 0.6


def test_one_case_hides_the_bug(solved):
    names = dict(solved.names)
    code = next(cell for cell in LESSON.cells if "cases = 4" in cell)
    lines = []
    names["print"] = lines.append
    exec(code.replace("cases = 4", "cases = 1"), names)
    names["compare"](names["MeanOfCases"])
    assert len(lines) == 4 and all(float(line.split()[1]) < 1e-7 for line in lines)
