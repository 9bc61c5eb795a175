"""How lesson 01 is checked: cases, and the wrong versions that people really write.

Scores and margins are chosen and points are drawn to have them, so that no mistake stays hidden
because of a lucky draw. The batches are square (N = D) in one case only.
"""

import numpy as np

from grader.exercises import Exercise
from solutions import perceptron as reference
from source.families import Wrong, overwritten

# --- perceptron -------------------------------------------------------------------------------

perceptron = Exercise("perceptron", points=4)


def _weights(rng, count):
    """Draw weights none of which is near 0."""
    return rng.uniform(0.5, 2, size=count) * rng.permutation(np.resize([1.0, -1.0], count))


def _points(rng, w, scores):
    """Draw points, shape (N, D), whose weighted sums are `scores`, in an order drawn as well."""
    scores = rng.permutation(np.asarray(scores) + rng.uniform(0, 0.2, size=len(scores)))
    x = rng.normal(size=(len(scores), len(w)))
    return x + np.outer(scores - x @ w, w) / (w @ w)


def _scored(scores, b, inputs=3):
    """Make a case: points with such weighted sums, and this bias."""

    def case(perceptron, rng):
        w = _weights(rng, inputs)
        perceptron(_points(rng, w, scores), w, b)

    return case


@perceptron.example("the four apples of the text")
def apples(perceptron, rng):
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    perceptron(x, np.array([0.5, 0.5]), -0.7)


perceptron.case("five points with three inputs", weight=2, draws=2)(
    _scored([-4, -2, -0.6, 0.4, 2], 1.0)
)
perceptron.case("a negative bias", draws=2)(_scored([0.5, 1, 2.5, 4, 5, 7], -3.0, inputs=2))


@perceptron.case("points exactly on the decision line", draws=2)
def on_the_line(perceptron, rng):
    # Whole numbers, so that every way to add up gives exactly 0.
    w = rng.permutation([2.0, -3.0])
    along = np.array([-w[1], w[0]])
    start = rng.integers(1, 5, size=2).astype(float)
    x = np.array([start, start + along, start - w, start + w])
    perceptron(x, w, -float(start @ w))


perceptron.case("one point")(_scored([2.0], -1.0))
perceptron.case("as many points as inputs")(_scored([-3, 0.5, 2], 0.5))


@perceptron.case("the answers of two perceptrons, added up")
def added_up(perceptron, rng):
    w = _weights(rng, 3)
    x = _points(rng, w, [-2, 0.5, 2, 3])
    perceptron(x, w, 0.2) + perceptron(x, w, -1.0)


wrong = Wrong(perceptron)
wrong("on_the_line_is_one", lambda x, w, b: (x @ w + b >= 0).astype(int)).says(
    "Points exactly on the decision line got a 1. There the score is 0, and the answer is 1 only "
    "where the score is *above* 0."
)
wrong("booleans", lambda x, w, b: x @ w + b > 0).says(
    "The answers are `True` and `False`. They look right, but they do not add up like numbers: "
    "in NumPy `True + True` is `True`. The answers asked for are the numbers 1 and 0."
)
wrong("plus_minus_one", lambda x, w, b: np.where(x @ w + b > 0, 1, -1)).says(
    "The answers are 1 and -1. A perceptron of this lesson answers 1 and 0; +1 and -1 are used "
    "only for the targets, later on."
)
wrong("sign", lambda x, w, b: np.sign(x @ w + b)).says(
    "The sign of the score came back: 1, -1, and 0 on the decision line. The answers asked for "
    "are 1 and 0."
)
wrong("no_bias", lambda x, w, b: (x @ w > 0).astype(int)).says(
    "The bias `b` has no effect on the answers. It is added to the weighted sum before that is "
    "compared with 0."
)
wrong("bias_subtracted", lambda x, w, b: (x @ w - b > 0).astype(int)).says(
    "The bias was subtracted, as if it were the threshold. It is the threshold with the other "
    "sign, so it is added."
)
wrong("bias_in_the_sum", lambda x, w, b: (np.sum(x * w + b, axis=1) > 0).astype(int)).says(
    "The bias was added once for every input, inside the sum. A point has one bias: it is added "
    "after the products have been summed."
)
wrong("down_the_columns", lambda x, w, b: (np.sum(x * w, axis=0) + b > 0).astype(int)).says(
    "The products were summed down the columns, over the points, so there is an answer for every "
    "input instead of every point. Look at the axis of the sum."
)
wrong("one_sum", lambda x, w, b: int(np.sum(x * w) + b > 0)).says(
    "All products were summed into one number, so all points together got one answer. Each row "
    "of `x` is a point with a sum of its own."
)
wrong("no_step", lambda x, w, b: x @ w + b).says(
    "The scores themselves came back. The step is missing: 1 where the score is above 0, else 0."
)
wrong("turned_round", lambda x, w, b: (x @ w + b < 0).astype(int)).says(
    "The two answers are exchanged: points with a score below 0 got a 1. The answer is 1 on the "
    "side that `w` points to."
)
wrong("weights_first", lambda x, w, b: (w @ x + b > 0).astype(int)).says(
    "`w @ x` was asked for. It needs as many weights as there are points and sums over the "
    "points. With one point a row, `x` comes first: `(N, D)` times `(D,)` gives `(N,)`."
)


@perceptron.misconception(
    "An `if` was asked about all points at once, and an array of several answers is neither true "
    "nor false. Compare the array as a whole, and turn the result into numbers."
)
def if_of_an_array(x, w, b):
    if x @ w + b > 0:
        return 1
    return 0


wrong("a_column", lambda x, w, b: (x @ w.reshape(-1, 1) + b > 0).astype(int)).says(
    "The answers stand in a column of shape `(N, 1)`. One number for each point is shape `(N,)`: "
    "look at a `reshape` or `keepdims`."
)
wrong("no_sum", lambda x, w, b: (x * w + b > 0).astype(int)).says(
    "The products were not summed, so there is an answer for every input of every point. The "
    "score of a point is the *sum* of its products: one number a row."
)
wrong("half_a_step", lambda x, w, b: np.where((s := x @ w + b) > 0, 1.0, s)).says(
    "Scores above 0 became 1, but the other scores came back as they were. They become 0."
)


@perceptron.misconception(overwritten("x", "*"))
def overwrites(x, w, b):
    x *= w
    return (np.sum(x, axis=1) + b > 0).astype(int)


# --- the gates --------------------------------------------------------------------------------

AND = Exercise("AND", points=1, needs=("perceptron",))
NAND = Exercise("NAND", points=1, needs=("perceptron",))
OR = Exercise("OR", points=1, needs=("perceptron",))
XOR = Exercise("XOR", points=2, needs=("AND", "NAND", "OR"))


def _ask_all(gate, rng):
    for x1, x2 in ((0, 0), (0, 1), (1, 0), (1, 1)):
        gate(x1, x2)


# One case, not four: a gate with one wrong row is another gate.
for _gate in (AND, NAND, OR, XOR):
    _gate.case("the four rows of the table")(_ask_all)


class WrongGate(Wrong):
    """Declares wrong versions of a gate."""

    def always_1(self, name, threshold):
        return self(name, lambda x1, x2: int(0.5 * x1 + 0.5 * x2 + threshold > 0)).says(
            "The answer is always 1, even for 0 and 0. There the score is the bias alone, so the "
            f"bias must not be above 0. A threshold of {threshold} is a bias of -{threshold}."
        )

    def no_step(self, name, weight, bias):
        return self(name, lambda x1, x2: weight * x1 + weight * x2 + bias).says(
            f"The score itself came back (with the weights {weight}, {weight} and the bias {bias})."
            " The step is missing: 1 where the score is above 0, else 0."
        )

    def plus_minus_one(self, name):
        return self.changes(name, lambda answer: 2 * answer - 1).says(
            "The answers are 1 and -1. The gates of this lesson answer 1 and 0, so that one gate's "
            "answer can be the next gate's input."
        )


wrong = WrongGate(AND, reference.AND)
wrong("and_is_nand", reference.NAND).says(
    "This is the table of NAND: the answers of AND, turned round. For AND both inputs speak *for* "
    "a 1, so the weights are positive and the bias is negative."
)
wrong("and_is_or", reference.OR).says(
    "This is the table of OR: one input alone is enough for a 1. The bias is missing, or not far "
    "enough below 0: with a single input the score must not get above 0."
)
wrong.always_1("and_bias_positive", 0.7)
wrong("and_never", lambda x1, x2: int(0.5 * x1 + 0.5 * x2 - 1.7 > 0)).says(
    "The answer is always 0, even for 1 and 1. There the score is both weights plus the bias, and "
    "it must be above 0."
)
wrong.no_step("and_no_step", 0.5, -0.7)
wrong.plus_minus_one("and_plus_minus_one")
wrong.changes("and_array", lambda answer: np.array([answer])).says(
    "The answers are arrays with one entry, as `perceptron` gives for a batch of one point. A "
    "gate answers with the number itself: take it out of the array."
)

wrong = WrongGate(NAND, reference.NAND)
wrong("nand_is_and", reference.AND).says(
    "This is the table of AND. NAND answers the opposite everywhere: both inputs speak *against* "
    "a 1, so the weights are negative."
)
wrong("nand_is_nor", lambda x1, x2: 1 - reference.OR(x1, x2)).says(
    "This is the table of NOR: 1 only for 0 and 0. The bias is too small: with a single input the "
    "score must still be above 0."
)
wrong("nand_bias_negative", lambda x1, x2: int(-0.5 * x1 - 0.5 * x2 - 0.7 > 0)).says(
    "The answer is always 0. With negative weights and a negative bias no score gets above 0. For "
    "0 and 0 the score is the bias alone, and the answer there is 1."
)
wrong("nand_weights_positive", lambda x1, x2: int(0.5 * x1 + 0.5 * x2 + 0.7 > 0)).says(
    "The answer is always 1, even for 1 and 1. There the score is both weights plus the bias. If "
    "you started from AND, the weights change their sign too, not the bias alone."
)
wrong("nand_tilde", lambda x1, x2: ~reference.AND(x1, x2)).says(
    "`~` was used to turn 0 and 1 round. On whole numbers it turns every bit, so the answers are "
    "-1 and -2."
)
wrong("nand_minus", lambda x1, x2: -reference.AND(x1, x2)).says(
    "A minus sign was used to turn 0 and 1 round. It leaves 0 as it is, and makes -1 of 1."
)
wrong.no_step("nand_no_step", -0.5, 0.7)
wrong.plus_minus_one("nand_plus_minus_one")

wrong = WrongGate(OR, reference.OR)
wrong("or_is_and", reference.AND).says(
    "This is the table of AND: a single input is not enough for a 1. The bias is too far below 0: "
    "one weight plus the bias must be above 0."
)
wrong("or_is_xor", reference.XOR).says(
    "This is the table of XOR: 0 for 1 and 1, the 'either … or' of everyday speech. OR answers 1 "
    "as soon as at least one input is 1."
)
wrong("or_is_nand", reference.NAND).says(
    "This is the table of NAND: 1 for 0 and 0, and 0 for 1 and 1. For OR both inputs speak *for* "
    "a 1, so the weights are positive."
)
wrong.always_1("or_bias_positive", 0.2)
wrong.changes("or_is_nor", lambda answer: 1 - answer).says(
    "This is the table of NOR: the answers of OR, turned round. For OR both inputs speak *for* a "
    "1: look at the signs of the weights and at the direction of the comparison."
)
wrong.no_step("or_no_step", 0.5, -0.2)
wrong("or_sum", lambda x1, x2: x1 + x2).says(
    "The inputs were added up: 1 and 1 gives 2. A gate answers 1 or 0, so the sum still has to be "
    "compared."
)

wrong = Wrong(XOR, reference.XOR)
wrong("xor_is_or", reference.OR).says(
    "This is the table of OR. For 1 and 1 the answer is 0: a second gate has to say that not both "
    "inputs are 1."
)
wrong("xor_is_nand", reference.NAND).says(
    "This is the table of NAND. For 0 and 0 the answer is 0: a second gate has to say that at "
    "least one input is 1."
)
wrong.changes("xor_is_xnor", lambda answer: 1 - answer).says(
    "All answers are turned round: 1 where the inputs are *equal*. The first two gates are right; "
    "look at the gate that joins them."
)
wrong(
    "xor_joined_with_or", lambda x1, x2: reference.OR(reference.OR(x1, x2), reference.NAND(x1, x2))
).says(
    "The answer is always 1. At every input at least one of OR and NAND is 1, so a gate that is "
    "content with one of them never answers 0. *Both* must be 1."
)
wrong(
    "xor_never", lambda x1, x2: reference.AND(reference.AND(x1, x2), reference.NAND(x1, x2))
).says(
    "The answer is always 0, as it is when AND and NAND of the same inputs are joined: they are "
    "never 1 together. One of the first two gates is not the one that is needed."
)
wrong("xor_is_and", reference.AND).says(
    "This is the table of AND. XOR answers 1 where exactly one input is 1; look at both of the "
    "first two gates."
)


# A table of four answers has 16 forms. The rest of them, so that no gate is told that its table is
# one which it only begins like.
ALONE = (
    "The answer is that of `{0}` alone: `{1}` has no effect. Look where `{1}` comes in, and at its "
    "weight."
)
TURNED = (
    "The answer is `{0}` turned round, and `{1}` has no effect. Look where `{1}` comes in, and at "
    "the signs of the weights."
)
UNLIKE = (
    "The answer is {2} only. The two inputs do not play the same part: `{0}` speaks for a 1, and "
    "`{1}` against it."
)
OTHER_TABLES = {
    "always_0": ("0000", "The answer is always 0. The bias is too far below 0."),
    "nor": (
        "1000",
        "This is the table of NOR: 1 only for 0 and 0. Look at the signs of the weights.",
    ),
    "or": (
        "0111",
        "This is the table of OR: 1 as soon as one input is 1. Look at the signs of the weights.",
    ),
    "x1_alone": ("0011", ALONE.format("x1", "x2")),
    "x2_alone": ("0101", ALONE.format("x2", "x1")),
    "not_x1": ("1100", TURNED.format("x1", "x2")),
    "not_x2": ("1010", TURNED.format("x2", "x1")),
    "x1_not_x2": ("0010", UNLIKE.format("x1", "x2", "1 for 1 and 0")),
    "x2_not_x1": ("0100", UNLIKE.format("x2", "x1", "1 for 0 and 1")),
    "x1_or_not_x2": ("1011", UNLIKE.format("x1", "x2", "0 for 0 and 1")),
    "x2_or_not_x1": ("1101", UNLIKE.format("x2", "x1", "0 for 1 and 0")),
    "xor": (
        "0110",
        "The answer is 1 where the two inputs differ. That is another gate, XOR, and no single "
        "perceptron gives its table.",
    ),
    "xnor": (
        "1001",
        "The answer is 1 where the two inputs are equal. No single perceptron gives this table.",
    ),
}
LOPSIDED = [name for name in OTHER_TABLES if name.startswith(("x1", "x2", "not"))]

for _gate, _names in (
    (AND, ["nor", "xor", "xnor"]),
    (NAND, ["or", "xor", "xnor"]),
    (OR, ["always_0", "xnor"]),
    (XOR, ["nor"]),
):
    for _name in _names + LOPSIDED:
        _table, _sentence = OTHER_TABLES[_name]
        Wrong(_gate)(
            f"{_gate.name.lower()}_table_{_name}",
            lambda x1, x2, table=_table: int(table[2 * x1 + x2]),
        ).says(_sentence)


# --- perceptron_loss --------------------------------------------------------------------------

perceptron_loss = Exercise("perceptron_loss", points=3)

# Three points on the wrong side, four on the right one; both targets occur on both sides.
MARGINS = np.array([-2.0, -1.2, -0.5, 3.0, 1.5, 0.4, 2.3])
TARGETS = np.array([1, -1, -1, 1, -1, 1, -1])


def _labelled(rng, margins, targets, inputs=3):
    """Draw weights (D,), points with a leading 1 (N, D), and targets with the given margins."""
    w = _weights(rng, inputs + 1)
    margins = margins + rng.uniform(0, 0.2, size=len(margins))
    order = rng.permutation(len(margins))
    # The worst point is neither first nor last, so that a loop that ends or begins again too
    # early is not taken for one that looks for the worst.
    while len(order) > 2 and np.argmin(margins) in (order[0], order[-1]):
        order = np.roll(order, 1)
    y = targets[order]
    scores = (y * margins[order]) - w[0]
    x = rng.normal(size=(len(y), inputs))
    x = x + np.outer(scores - x @ w[1:], w[1:]) / (w[1:] @ w[1:])
    return w, np.column_stack([np.ones(len(y)), x]), y


def _or_gate():
    """Return points and targets of the text: the OR gate with targets of +1 and -1."""
    X = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
    return X, np.array([-1, 1, 1, 1])


def _labelled_case(margins, targets, inputs=3):
    """Make a case: points with such margins and targets."""
    return lambda perceptron_loss, rng: perceptron_loss(
        *_labelled(rng, np.array(margins), np.array(targets), inputs)
    )


perceptron_loss.example("the OR gate of the text")(
    lambda perceptron_loss, rng: perceptron_loss(np.array([-0.5, 1.0, -1.0]), *_or_gate())
)
perceptron_loss.case("three of seven points misclassified", weight=2, draws=2)(
    _labelled_case(MARGINS, TARGETS)
)
perceptron_loss.case("every point misclassified", draws=2)(
    _labelled_case([-0.5, -1.5, -3.0], [1, -1, -1], 4)
)
perceptron_loss.case("no point misclassified")(
    _labelled_case([0.3, 0.6, 1.0, 2.0], [1, 1, -1, 1], 2)
)
perceptron_loss.case("weights of zero")(
    lambda perceptron_loss, rng: perceptron_loss(np.zeros(4), *_labelled(rng, MARGINS, TARGETS)[1:])
)


def _margins(w, X, y):
    return y * (X @ w)


def _wrong_margins(w, X, y):
    """Return the margins of the misclassified points."""
    margins = _margins(w, X, y)
    return margins[margins <= 0]


def _right_margins(w, X, y):
    margins = _margins(w, X, y)
    return margins[margins > 0]


def _not_a_mean(what, points):
    return f"{what} was divided by the number of {points} points. It is a sum, not a mean."


RIGHT_ONES = (
    "The points that are classified *correctly* were summed{}. Misclassified are those where `y` "
    "times the score is 0 or negative."
)
ZERO_ONE_ANSWERS = (
    "Answers of 0 and 1 were compared with targets of -1 and +1. 0 never equals -1, so every point "
    "with the target -1 counted as misclassified."
)


wrong = Wrong(perceptron_loss, reference.perceptron_loss)
wrong("missing_sign", lambda *given: float(np.sum(_wrong_margins(*given)))).says(
    "The sign is turned round: the loss comes out negative. The products of misclassified points "
    "are negative, and the loss is the sum of *minus* these products."
)
wrong(
    "mean_of_the_wrong",
    lambda *given: float(np.sum(-_wrong_margins(*given)) / len(_wrong_margins(*given))),
).says(_not_a_mean("The loss", "misclassified"))
wrong("mean_of_all", lambda w, X, y: reference.perceptron_loss(w, X, y) / len(y)).says(
    _not_a_mean("The loss", "all")
)
wrong("counted", lambda *given: len(_wrong_margins(*given))).says(
    "The misclassified points were counted. Each of them adds how far it lies on the wrong side, "
    "minus `y` times the score, and not 1."
)
wrong("all_points", lambda *given: float(np.sum(-_margins(*given)))).says(
    "All points were summed, those on the right side too, and they make the loss smaller. Points "
    "that are classified correctly add nothing."
)
wrong("the_right_ones", lambda *given: float(np.sum(_right_margins(*given)))).says(
    RIGHT_ONES.format("")
)
wrong("minus_the_right_ones", lambda *given: float(np.sum(-_right_margins(*given)))).says(
    RIGHT_ONES.format(", which gives a negative loss")
)
wrong("not_summed", lambda *given: -_wrong_margins(*given)).says(
    "The result has one entry for each misclassified point. The loss is one number: their sum."
)
wrong("the_products", _wrong_margins).says(
    "The products of the misclassified points came back, one entry for each. The loss is one "
    "number: the sum of *minus* these products."
)
wrong("last_point_only", lambda *given: float(max(0.0, -_margins(*given)[-1]))).says(
    "Only the last point counts. Within a loop, a sum that is set to 0 in every round forgets the "
    "points before."
)
wrong("first_point_only", lambda *given: float(max(0.0, -_margins(*given)[0]))).says(
    "Only the first point counts. A `return` inside a loop ends the function in the first round."
)
wrong("without_the_first_point", lambda w, X, y: reference.perceptron_loss(w, X[1:], y[1:])).says(
    "The first point never counts. Rows are numbered from 0, so a loop that begins at 1 leaves one "
    "out."
)
wrong("bias_twice", lambda w, X, y: float(np.sum(-(m := y * (X @ w + w[0]))[m <= 0]))).says(
    "The bias was added twice. The column of ones in `X` brings it in: `X @ w` has it already."
)
wrong("maximum_of_one", lambda *given: np.sum(np.max(0, -_margins(*given)))).says(
    "`np.max(0, …)` looks for the largest element of *one* array; what stands second is taken for "
    "an axis. To take the larger of two numbers, element by element, there is `np.maximum`."
)
wrong("without_targets", lambda w, X, y: float(np.sum(-(s := X @ w)[y * s <= 0]))).says(
    "The scores of the misclassified points were summed without their targets, so points of the "
    "two classes cancel one another. Each score is multiplied by its `y`."
)
wrong(
    "zero_one_answers",
    lambda w, X, y: float(np.sum(-_margins(w, X, y)[(X @ w > 0).astype(int) != y])),
).says(ZERO_ONE_ANSWERS)
wrong("hinge", lambda *given: float(np.sum(np.maximum(0, 1 - _margins(*given))))).says(
    "Points on the right side, but closer to the line than 1, were counted as well, and every "
    "misclassified point costs 1 more. That is the hinge loss, which asks for a margin; here "
    "points on the right side add nothing."
)
wrong("the_worst", lambda w, X, y: float(np.max(np.maximum(0, -_margins(w, X, y))))).says(
    "Only the point that lies furthest on the wrong side was counted. Every misclassified point "
    "adds its part."
)
wrong("without_bias", lambda w, X, y: reference.perceptron_loss(w[1:], X[:, 1:], y)).says(
    "The first weight was left out of the scores. `w[0]` is the bias, and the ones in the first "
    "column of `X` are there to carry it."
)
wrong("squared", lambda *given: float(np.sum(_wrong_margins(*given) ** 2))).says(
    "The distances were squared before they were summed. This loss grows in proportion to the "
    "score, so the square does not belong here."
)


# --- delta_rule -------------------------------------------------------------------------------

delta_rule = Exercise("delta_rule", points=4)

delta_rule.example("the OR gate of the text")(
    lambda delta_rule, rng: delta_rule(np.array([-0.5, 1.0, -1.0]), *_or_gate(), 0.4)
)


@delta_rule.case("three of seven points misclassified, a small rate", weight=2, draws=2)
def update_some(delta_rule, rng):
    # So small that no point changes sides, whatever the order in which points are taken.
    delta_rule(*_labelled(rng, MARGINS, TARGETS), float(rng.uniform(0.002, 0.005)))


@delta_rule.case("no point misclassified")
def update_none(delta_rule, rng):
    delta_rule(*_labelled(rng, np.array([0.3, 0.6, 1.0]), np.array([1, -1, 1]), 2), 0.3)


@delta_rule.case("weights of zero: every point on the line", draws=2)
def update_zeros(delta_rule, rng):
    _, X, y = _labelled(rng, MARGINS, TARGETS)
    delta_rule(np.zeros(4), X, y, float(rng.uniform(0.2, 0.6)))


@delta_rule.case("two neighbours and a large rate")
def update_neighbours(delta_rule, rng):
    # The two differ little, and a step for the one puts the other on its right side as well.
    w, X, y = _labelled(rng, np.array([-0.5, 1.0]), np.array([1, -1]))
    wrong = int(np.argmin(y * (X @ w)))
    near = X[wrong] + np.array([0.0, *rng.uniform(0.01, 0.02, size=3)])
    delta_rule(w, np.vstack([X, near]), np.append(y, y[wrong]), 3.0)


def _wrong(w, X, y):
    return _margins(w, X, y) <= 0


def _update(w, X, y, rate, chosen):
    return w + rate * (y[chosen] @ X[chosen])


wrong = Wrong(delta_rule, reference.delta_rule)
wrong("subtracts", lambda w, X, y, rate: _update(w, X, y, -rate, _wrong(w, X, y))).says(
    "The step goes the wrong way: it was subtracted. Two minus signs meet here, one from stepping "
    "*against* the gradient and one from the loss, and together they make a plus."
)
wrong(
    "update_without_targets", lambda w, X, y, rate: w + rate * X[_wrong(w, X, y)].sum(axis=0)
).says(
    "The points are summed as they are, without their targets. A misclassified point with "
    "`y` = -1 has to push the weights the other way."
)
wrong("update_without_rate", lambda w, X, y, rate: _update(w, X, y, 1.0, _wrong(w, X, y))).says(
    "The learning rate has no effect: the full sum was added. It is multiplied by `rate` first."
)
wrong("update_all", lambda w, X, y, rate: w + rate * (y @ X)).says(
    "All points took part in the update. Points that are classified correctly do not: only the "
    "misclassified ones are summed."
)
wrong("update_right_ones", lambda w, X, y, rate: _update(w, X, y, rate, ~_wrong(w, X, y))).says(
    RIGHT_ONES.format("")
)
wrong(
    "update_first_only",
    lambda w, X, y, rate: _update(w, X, y, rate, np.flatnonzero(_wrong(w, X, y))[:1]),
).says(
    "One misclassified point only was used, the first. One update takes the sum over all of them; "
    "look whether a `return` or `break` ends a loop too early."
)


@delta_rule.misconception(
    "The weights changed within the loop, so later points were judged with weights that earlier "
    "points had already moved. Find out first which points are misclassified, then update once."
)
def update_in_turn(w, X, y, rate):
    w = w.copy()
    for x_k, y_k in zip(X, y, strict=True):
        if y_k * (w @ x_k) <= 0:
            w = w + rate * y_k * x_k
    return w


wrong("strictly_below", lambda w, X, y, rate: _update(w, X, y, rate, _margins(w, X, y) < 0)).says(
    "A point exactly on the line was taken as correct. Misclassified is also where `y` times the "
    "score is 0; otherwise weights of zero could never change."
)
wrong(
    "update_mean",
    lambda w, X, y, rate: _update(w, X, y, rate / _wrong(w, X, y).sum(), _wrong(w, X, y)),
).says(_not_a_mean("The step", "misclassified"))
wrong(
    "update_mean_of_all", lambda w, X, y, rate: _update(w, X, y, rate / len(y), _wrong(w, X, y))
).says(_not_a_mean("The step", "all"))
wrong(
    "update_zero_one_answers",
    lambda w, X, y, rate: _update(w, X, y, rate, (X @ w > 0).astype(int) != y),
).says(ZERO_ONE_ANSWERS)
wrong(
    "update_doubled", lambda w, X, y, rate: w + rate * ((y - np.where(X @ w > 0, 1, -1)) @ X)
).says(
    "The step is twice too large: the difference of target and answer was used, which is 2 or -2 "
    "for answers of +1 and -1. The rule takes the target itself."
)
wrong("widrow_hoff", lambda w, X, y, rate: w + rate * ((y - X @ w) @ X)).says(
    "The difference of target and *score* was used, for all points. That is the delta rule of "
    "Widrow and Hoff; here the target itself counts, and the misclassified points only."
)
wrong(
    "update_without_bias",
    lambda w, X, y, rate: np.append(w[0], reference.delta_rule(w, X, y, rate)[1:]),
).says(
    "The bias `w[0]` was left as it was. It is a weight like the others: its input is the column "
    "of ones."
)
wrong(
    "update_by_one_number",
    lambda w, X, y, rate: w + rate * np.sum(y[(wrong := _wrong(w, X, y)), None] * X[wrong]),
).says(
    "Everything was summed into one number, and every weight moved by it. The sum runs over the "
    "points: each weight has a step of its own, so the step has shape `(D,)`."
)
wrong(
    "update_by_the_loss", lambda w, X, y, rate: w - rate * reference.perceptron_loss(w, X, y)
).says(
    "The loss itself was subtracted, the same number from every weight. The step follows the "
    "*slope* of the loss, and every weight has a slope of its own."
)
wrong("step_only", lambda w, X, y, rate: reference.delta_rule(w, X, y, rate) - w).says(
    "The step alone came back. The new weights are the old ones plus the step."
)
wrong.overwrites("update_overwrites").says(overwritten("w", "+"))
