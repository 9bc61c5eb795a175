"""How the exercises of lesson 04 are checked: cases, and the wrong versions people really write."""

import numpy as np

from grader.exercises import FRAMEWORKS, Exercise, array, look, same, sine, weighted_squares
from solutions import array_nodes as reference
from source.families import Wrong, keeps, then, writes
from source.families.cases import drawn, forward_backward, walk, walk_two
from source.families.differences import Differences, alone, in_place

FLAT = (
    "`{}` returns one flat array: without `axis`, `np.repeat` gives up the shape and repeats "
    "every single number."
)
CUT_OFF = (
    "With whole numbers in `{0}` the gradient is cut off to whole numbers: `np.zeros_like({0})` "
    "takes over the dtype of `{0}` as well as its shape. The gradient needs an array of floats."
)

# RepeatNode ----------------------------------------------------------------------------------

RepeatNode = Exercise("RepeatNode", points=3)

RepeatNode.example("the row of the text, three times")(
    lambda RepeatNode, rng: forward_backward(
        RepeatNode(3),
        np.array([[10.0, 20.0]]),
        np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
    )
)
RepeatNode.case("forward")(lambda RepeatNode, rng: RepeatNode(4).forward(drawn(rng, 1, 3, 1, 3)))
RepeatNode.case("forward, then backward", weight=2, draws=2)(
    walk((1, 3, 1, 2), (1, 3, 5, 2), made_with=(5,))
)
RepeatNode.case("as many rows as columns")(walk((1, 3, 1, 3), (1, 3, 3, 3), made_with=(3,)))

wrong = Wrong(RepeatNode, reference.RepeatNode)
wrong("MeanOfRows", backward=lambda self, dout: np.mean(dout, axis=0, keepdims=True)).says(
    "`backward` takes the mean of the rows. Every copy reached the output, and where paths meet "
    "their gradients are added: nothing is divided."
)
wrong("LostAxis", backward=lambda self, dout: np.sum(dout, axis=0)).says(
    "`backward` returns shape (D,): the sum over the rows has lost its first axis. The row that "
    "went in has shape (1, D), and its gradient has the shape of the row."
)
wrong("HandedOn", backward=lambda self, dout: dout).says(
    "`backward` hands `dout` on as it is, with all its rows. One row went in, so one row of "
    "gradients comes back: look at the shape in the docstring."
)
wrong("FirstCopyOnly", backward=lambda self, dout: dout[:1]).says(
    "`backward` gives the gradient of the first copy only. The other copies reached the output, "
    "too."
)
wrong("AlongTheRow", backward=lambda self, dout: np.sum(dout, axis=1, keepdims=True)).says(
    "`backward` sums along `axis=1`: each row is added up, and the columns are mixed. A column of "
    "`dout` belongs to one element of `x`, so the sum runs down the columns."
)
wrong("OneNumber", backward=lambda self, dout: np.sum(dout)).says(
    "`backward` adds up everything to one number. Each element of `x` has a gradient of its own."
)
wrong("SideBySide", forward=lambda self, x: np.concatenate([x] * self.n, axis=1)).says(
    "`forward` lays the copies side by side in one long row. They are to stand below one another: "
    "n rows, which is axis 0."
)
wrong("WithoutAxis", forward=lambda self, x: np.repeat(x, self.n)).says(FLAT.format("forward"))
wrong("Multiplied", forward=lambda self, x: x * self.n).says(
    "`forward` returns one row, `x` times n. The node copies the row; it does not multiply it."
)
wrong("AlwaysThree", forward=lambda self, x: np.repeat(x, 3, axis=0)).says(
    "`forward` makes three copies always. How many there are was said when the node was made, and "
    "is in `self.n`."
)
wrong("AlongAxisOne", forward=lambda self, x: np.repeat(x, self.n, axis=1)).says(
    "`forward` repeats along `axis=1`: every number stands n times in one long row. Whole rows are "
    "to stand below one another, which is axis 0."
)
wrong("AllSummedKept", backward=lambda self, dout: np.sum(dout, keepdims=True)).says(
    "`backward` adds up everything; `keepdims` only keeps the brackets around the one number. Each "
    "element of `x` has a gradient of its own: which axis is summed has to be said."
)


# SumNode -------------------------------------------------------------------------------------

SumNode = Exercise("SumNode", points=3)

SumNode.example("the three rows of the text")(
    lambda SumNode, rng: forward_backward(
        SumNode(), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([[10.0, 20.0]])
    )
)
SumNode.case("forward")(lambda SumNode, rng: SumNode().forward(drawn(rng, 1, 3, 4, 3)))
SumNode.case("forward, then backward", weight=2, draws=2)(walk((2, 3, 5, 2), (1, 3, 1, 2)))
SumNode.case("as many rows as columns")(walk((2, 3, 3, 3), (1, 3, 1, 3)))
SumNode.case("two nodes at the same time")(
    walk_two(((2, 3, 4, 2), (1, 3, 1, 2)), ((2, 3, 6, 2), (1, 3, 1, 2)))
)


@SumNode.case("the same node again, with another number of rows")
def sum_again(SumNode, rng):
    node = SumNode()
    node.forward(drawn(rng, 2, 3, 4, 2))
    forward_backward(node, drawn(rng, 2, 3, 3, 2), drawn(rng, 1, 3, 1, 2))


wrong = Wrong(SumNode, reference.SumNode)
wrong("SumLostAxis", forward=then(lambda self, _, x: np.sum(x, axis=0))).says(
    "`forward` returns shape (D,): the sum over the rows has lost its first axis. One row of shape "
    "(1, D) is expected."
)
wrong("SumIsMean", forward=then(lambda self, out, x: out / len(x))).says(
    "`forward` takes the mean of the rows. This node adds them up and divides by nothing."
)
wrong("SumAlongTheRow", forward=then(lambda self, _, x: np.sum(x, axis=1, keepdims=True))).says(
    "`forward` sums along `axis=1`, so every row is added up. The rows are to be added to one "
    "another: the sum runs down each column, which is axis 0."
)
wrong("SumOfAll", forward=then(lambda self, _, x: np.sum(x))).says(
    "`forward` adds up everything to one number. Every column has a sum of its own; which axis is "
    "summed has to be said."
)
wrong("OneRowBack", backward=lambda self, dout: dout).says(
    "`backward` hands the one row of `dout` on as it is. N rows went in, and each of them has a "
    "gradient: the result has the shape of `x`."
)
wrong("SharedOut", backward=then(lambda self, dx, dout: dx / self.n)).says(
    "`backward` shares `dout` out among the rows, dividing by N. A row that grows by 1 makes the "
    "sum grow by 1, however many other rows there are: each row gets the whole gradient."
)
wrong.local_only("OnesBack")
wrong(
    "TimesInput", forward=keeps(x=lambda self, out, x: x), backward=lambda self, dout: dout * self.x
).says(
    "`backward` multiplies `dout` by the input. That is the rule for a product; in a sum every "
    "input has the local gradient 1."
)
wrong.shares("RowsForAllNodes", "n")


@SumNode.misconception(
    "The number of rows is remembered from the first `forward` only. `backward` belongs to the "
    "latest one, and that may have had another number of rows."
)
class RowsOfTheFirst(reference.SumNode):
    def forward(self, x):
        if self.n is None:
            self.n = len(x)
        return np.sum(x, axis=0, keepdims=True)


wrong("ColumnsCounted", forward=keeps(n=lambda self, out, x: x.shape[1])).says(
    "`backward` makes as many copies as `x` has *columns*. The first number of a shape counts the "
    "rows, the second the columns."
)
wrong("RowTimesN", backward=lambda self, dout: dout * self.n).says(
    "`backward` multiplies `dout` by the number of rows. The row is copied, not multiplied: each "
    "of the N rows gets `dout`."
)
wrong("FlatBack", backward=lambda self, dout: np.repeat(dout, self.n)).says(FLAT.format("backward"))


# MatMulNode ----------------------------------------------------------------------------------

MatMulNode = Exercise("MatMulNode", points=8)


def _numbers(rng, *shape):
    """Draw numbers of which none is small and no two are alike."""
    return rng.uniform(0.5, 2, size=shape) * rng.choice([-1, 1], size=shape)


def _both_ways(node, rng, cases, d_in, d_out):
    forward_backward(node, _numbers(rng, cases, d_in), _numbers(rng, cases, d_out))


def _walk(cases, d_in, d_out, weights=_numbers):
    """Make a case: forward, backward, and a look at the gradient."""

    def walk(MatMulNode, rng):
        node = MatMulNode(weights(rng, d_in, d_out))
        _both_ways(node, rng, cases, d_in, d_out)
        node.grads[0]

    return walk


@MatMulNode.example("the one case of the text")
def matmul_text(MatMulNode, rng):
    node = MatMulNode(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    forward_backward(node, np.array([[1.0, 2.0]]), np.array([[1.0, 10.0, 100.0]]))
    node.grads[0]


MatMulNode.case("forward")(
    lambda MatMulNode, rng: MatMulNode(_numbers(rng, 3, 2)).forward(_numbers(rng, 4, 3))
)
MatMulNode.case("forward, then backward", weight=3, draws=2)(_walk(5, 3, 2))
MatMulNode.case("every array is square")(_walk(3, 3, 3))


@MatMulNode.case("the gradient is there from the start, and a second backward replaces the first")
def matmul_twice(MatMulNode, rng):
    node = MatMulNode(_numbers(rng, 2, 3))
    grads = node.grads
    grads[0]
    for _ in range(2):
        _both_ways(node, rng, 4, 2, 3)
        node.grads[0]


@MatMulNode.case("grads and the array in it stay the same objects", weight=2)
def matmul_identity(MatMulNode, rng):
    node = MatMulNode(_numbers(rng, 2, 3))
    grads = node.grads
    gradient = grads[0]
    _both_ways(node, rng, 4, 2, 3)
    same(grads[0], gradient)
    same(node.grads[0], gradient)
    look(gradient)


@MatMulNode.case("params holds the array itself, so the node sees an update in place")
def matmul_params(MatMulNode, rng):
    W = array(_numbers(rng, 2, 3))
    node = MatMulNode(W)
    same(node.params[0], W)
    W[0] = _numbers(rng, 3)
    _both_ways(node, rng, 4, 2, 3)


MatMulNode.case("whole numbers as weights")(
    _walk(4, 2, 3, lambda rng, *shape: rng.integers(1, 6, size=shape))
)


@MatMulNode.case("two nodes at the same time")
def matmul_two(MatMulNode, rng):
    first, second = MatMulNode(_numbers(rng, 2, 3)), MatMulNode(_numbers(rng, 2, 3))
    first.forward(_numbers(rng, 4, 2))
    second.forward(_numbers(rng, 4, 2))
    first.backward(_numbers(rng, 4, 3))
    first.grads[0]
    second.backward(_numbers(rng, 4, 3))
    second.grads[0]


wrong = Wrong(MatMulNode, reference.MatMulNode)
wrong.accumulates("AddedUp")
wrong.rebinds_grads("NewArray", same_list=True)
wrong.rebinds_grads("NewList")
wrong.forgets_grads("NothingWritten")
wrong("BothReturned", backward=then(lambda self, dx, dout: (dx, self.grads[0]))).says(
    "`backward` returns two gradients. It returns that of `x` alone; the gradient of the weights "
    "is handed over in `grads[0]`."
)
wrong("WNotTurned", backward=then(lambda self, dx, dout: dout @ self.params[0])).says(
    "The gradient of `x` is `dout @ W`, with `W` as it is. That works only where `W` is square, "
    "and even there the numbers are wrong: the sum runs over the columns of `W`, so `W` has to be "
    "turned."
)
wrong("TurnedDx", backward=then(lambda self, dx, dout: dx.T)).says(
    "The gradient of `x` comes out transposed: the two factors stand in the wrong order. Its rows "
    "are cases, as those of `dout` are, so `dout` stands on the left."
)
wrong("TurnedDW", backward=writes(0, lambda self, dx, dout: dout.T @ self.x)).says(
    "The gradient of `W` comes out transposed, as `dout` turned times `x`. Row i of `W` belongs to "
    "column i of `x`, so the turned `x` stands on the left."
)
wrong("XNotTurned", backward=writes(0, lambda self, dx, dout: self.x @ dout)).says(
    "The gradient of `W` is `x @ dout`, with `x` as it is. The sum runs over the cases, and these "
    "are the rows of `x`, so `x` has to be turned."
)
wrong.divides_grads("MeanOfCases")
wrong("CutOff", __init__=keeps(grads=lambda self, _, W: [np.zeros_like(W)])).says(
    CUT_OFF.format("W")
)
wrong("CopiedWeights", __init__=keeps(params=lambda self, _, W: [W.copy()])).says(
    "`params` holds a copy of `W`. When the weights are updated in place, the node still "
    "multiplies by the old ones. Keep the array itself."
)
wrong.shares("InputForAllNodes", "x")
wrong("Elementwise", forward=then(lambda self, out, x: x * self.params[0])).says(
    "`forward` multiplies element by element, with `*`. A matrix product is written `@`: every "
    "element of the result is a sum of products."
)
wrong("WeightsOnTheLeft", forward=then(lambda self, out, x: self.params[0] @ x)).says(
    "`forward` calculates `W @ x`. Here every case is a row of `x`, so `x` stands on the left: `x "
    "@ W`. (Lessons 06 and 07 keep cases in columns; there `W` stands on the left.)"
)


@MatMulNode.misconception(
    "`params` and `grads` are arrays, so `grads[0]` is the first *row* of the gradient. They are "
    "lists with one array in each: a node with more parameters has longer ones."
)
class BareArrays(reference.MatMulNode):
    def __init__(self, W):
        self.params, self.grads, self.x = W, np.zeros(W.shape), None

    def forward(self, x):
        self.x = x
        return x @ self.params

    def backward(self, dout):
        self.grads[...] = self.x.T @ dout
        return dout @ self.params.T


wrong(
    "Reshaped",
    backward=then(lambda self, dx, dout: dout @ self.params[0].reshape(self.params[0].shape[::-1])),
).says(
    "The gradient of `x` was made with `W` *reshaped* to (D_out, D_in). That lays the same numbers "
    "out anew, row by row; turning, `.T`, makes rows of the columns."
)
wrong(
    "MultipliesByACopy",
    __init__=keeps(copy=lambda self, _, W: W.copy()),
    forward=then(lambda self, out, x: x @ self.copy),
    backward=then(lambda self, dx, dout: dout @ self.copy.T),
).says(
    "`params` holds the array itself, but the node multiplies by a copy of it. When the weights "
    "are updated in place, it still uses the old ones."
)

# numerical_gradient --------------------------------------------------------------------------

numerical_gradient = Exercise(
    "numerical_gradient", points=5, rtol=1e-7, atol=1e-8, forbids=(*FRAMEWORKS, "scipy")
)


def _squares(*shape):
    """Make a case: weighted squares, and an array of that shape."""
    return lambda numerical_gradient, rng: numerical_gradient(
        weighted_squares(drawn(rng, 1, 3, *shape)), drawn(rng, 0.5, 2, *shape)
    )


numerical_gradient.example("the squares of the text")(
    lambda numerical_gradient, rng: numerical_gradient(
        weighted_squares(np.ones((2, 2))), np.array([[1.0, 2.0], [3.0, 4.0]])
    )
)
numerical_gradient.case("one axis")(_squares(4))
numerical_gradient.case("two axes", weight=2, draws=2)(_squares(3, 2))
numerical_gradient.case("three axes")(_squares(2, 3, 2))
numerical_gradient.case("whole numbers in x")(
    lambda numerical_gradient, rng: numerical_gradient(
        weighted_squares(drawn(rng, 1.2, 1.4, 2, 2)), rng.integers(1, 6, size=(2, 2))
    )
)
numerical_gradient.case("no axis: an array that holds one number, and a step of another size")(
    lambda numerical_gradient, rng: numerical_gradient(
        sine(), np.array(rng.uniform(0.3, 1.2)), rng.uniform(0.2, 0.4)
    )
)


@numerical_gradient.case("x is as before afterwards")
def numerical_restored(numerical_gradient, rng):
    # Between 2 and 4 a step ahead, two back and one ahead never lead to the same float.
    x = array(rng.uniform(2.1, 3.9, size=(2, 3)))
    numerical_gradient(weighted_squares(rng.uniform(1, 3, size=(2, 3))), x)
    look(x)


def _rows(found, x):
    """Give all elements of a row the same derivative."""
    return np.broadcast_to(np.reshape(found, (-1, *[1] * (x.ndim - 1))), x.shape)


def _row_views(x, h):
    x = np.array(x, dtype=float)
    for i in range(len(x)):
        old = x[i]
        x[i] = old + h
        yield x
        x[i] = old - h
        yield x
        x[i] = old


wrong = Differences(numerical_gradient, reference.numerical_gradient)
wrong.one_sided("forward_differences")
wrong.one_step_of_two("one_step_of_two")
wrong.all_at_once("all_at_once")
wrong.walks("row_by_row", lambda x, h: alone(x, h, range(len(x)), float), gather=_rows).says(
    "A loop over the first axis moves a whole row at once, and every number of the row gets the "
    "sum of the row's derivatives. `x` can have any number of axes: every single element moves "
    "alone."
)
wrong.walks("not_put_back", lambda x, h: in_place(np.asarray(x, dtype=float), h)).says(
    "The elements of `x` are left one step away from where they were. Put each of them back before "
    "the next one moves."
)
wrong.walks(
    "nearly_put_back", lambda x, h: in_place(np.asarray(x, dtype=float), h, back=True)
).says(
    "`x` comes back nearly as it was: a step ahead, two steps back and a step ahead are rounded "
    "three times, and do not always lead back to the same float. Keep the old number, and write "
    "that back."
)
wrong.piled_up("steps_pile_up")
wrong.cut_off_steps("cut_off_steps")
wrong(
    "cut_off_gradient",
    lambda f, x, h=1e-4: reference.numerical_gradient(f, x, h).astype(x.dtype),
).says(CUT_OFF.format("x"))
wrong.changes("flattened", np.ravel).says(
    "The numbers are right, and they come back as one flat row. The gradient has the shape of `x`."
)
wrong.changes("summed", lambda gradient: float(gradient.sum())).says(
    "The derivatives are added up to one number. Every element of `x` has a derivative of its own, "
    "kept at its own place."
)
wrong.step_ignored("step_ignored")
wrong.changes(
    "first_element_only",
    lambda gradient: np.where(np.arange(gradient.size).reshape(gradient.shape) == 0, gradient, 0),
).says(
    "Only the first element was measured. A `return` inside the loop ends the function in the "
    "first round."
)
wrong.left_to_right("left_to_right")
wrong.walks(
    "one_element_given", lambda x, h: (x[i] + s for i in np.ndindex(x.shape) for s in (h, -h))
).says(
    "`f` was given the one element that moved. It takes the whole array, in which one element has "
    "moved."
)
wrong("the_input", lambda f, x, h=1e-4: np.array(x, dtype=float)).says(
    "`x` itself came back, not its gradient. Return the array that holds the results."
)
wrong.walks("row_views", _row_views, gather=_rows).says(
    "A loop over the first axis moves a whole row at once; and the old row was not kept, because "
    "`x[i]` of an array with two axes is a *view*, which changes along with `x`. Every single "
    "element moves alone."
)

# relative_error ------------------------------------------------------------------------------

relative_error = Exercise("relative_error", points=3, rtol=1e-7, atol=1e-12)


@relative_error.example("the gradients of the text")
def error_text(relative_error, rng):
    relative_error(np.array([2.0, -4.0]), np.array([2.0, -12.0]))


@relative_error.case("two arrays of one axis", weight=2, draws=2)
def error_vector(relative_error, rng):
    a = rng.uniform(1, 2, size=5)
    # `b` is the larger one: a difference that keeps its sign is never positive.
    relative_error(a, a * (1 + np.array([0.9, 0.3, 0.2, 0.1, 0.0]) * rng.uniform(0.5, 1, size=5)))


@relative_error.case("two arrays of two axes, with numbers of very different size")
def error_sizes(relative_error, rng):
    a = rng.uniform(1, 2, size=(2, 3)) * np.array([[1e-3, 1, 1e3], [1e3, 1e-3, 1]])
    b = a * (1 + np.array([[0.5, 0.2, 0.1], [0.02, 0.05, 0.1]]) * rng.uniform(0.8, 1, size=(2, 3)))
    relative_error(b, a)


@relative_error.case("numbers with opposite signs")
def error_signs(relative_error, rng):
    a = np.array([1.0, -1.0, 1.0, -1.0]) * rng.uniform(1, 2, size=4)
    relative_error(a, -a * rng.uniform(0.4, 0.8, size=4))


@relative_error.case("zeros, and numbers next to zero")
def error_zeros(relative_error, rng):
    tiny = rng.uniform(1e-9, 4e-9)
    a = np.array([0.0, tiny, rng.uniform(1, 2)])
    relative_error(a, a * np.array([1.0, 0.0, 1.0]))


@relative_error.case("the same numbers twice")
def error_none(relative_error, rng):
    a = rng.uniform(-2, 2, size=(2, 2))
    relative_error(a, a.copy())


wrong = Wrong(relative_error)
wrong(
    "mean_error", lambda a, b: np.mean(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
).says(
    "This is the mean of the relative errors. One wrong element among a thousand right ones would "
    "hardly show; the largest one is asked for."
)
wrong("no_floor", lambda a, b: np.max(np.abs(a - b) / (np.abs(a) + np.abs(b)))).says(
    "The floor of 1e-8 is missing. Where both numbers are 0, 0 is divided by 0, and the answer is "
    "`nan`; next to 0 a rounding error counts as a large one."
)
wrong("floor_added", lambda a, b: np.max(np.abs(a - b) / (1e-8 + np.abs(a) + np.abs(b)))).says(
    "The floor of 1e-8 is added to the denominator. It only steps in where the denominator is "
    "smaller than that: the larger of the two is taken."
)
wrong(
    "signed_difference", lambda a, b: np.max((a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
).says(
    "The difference keeps its sign, so an element of `a` that is too small counts as a negative "
    "error, and the maximum passes over it. A distance is never negative."
)
wrong(
    "absolute_of_the_sum", lambda a, b: np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a + b)))
).says(
    "The denominator is the absolute value of the sum. Numbers with opposite signs cancel there; "
    "each needs its own absolute value before they are added."
)
wrong("one_side_only", lambda a, b: np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(b)))).says(
    "The distance is divided by the size of `b` alone, so the answer depends on which of the two "
    "comes first. The denominator holds the absolute values of both."
)
wrong(
    "larger_of_the_two",
    lambda a, b: np.max(np.abs(a - b) / np.maximum(1e-8, np.maximum(np.abs(a), np.abs(b)))),
).says(
    "The distance is divided by the larger of the two absolute values. Some texts do that; here "
    "the denominator is their sum."
)
wrong(
    "ratio_of_maxima", lambda a, b: np.max(np.abs(a - b)) / max(1e-8, np.max(np.abs(a) + np.abs(b)))
).says(
    "The largest distance is divided by the largest size, and these may belong to different "
    "elements. A large error in a small element is lost: divide element by element first, then "
    "take the maximum."
)
wrong("not_reduced", lambda a, b: np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))).says(
    "The result still has one error for every element. The largest of them is asked for: one "
    "number."
)
wrong("absolute_error", lambda a, b: np.max(np.abs(a - b))).says(
    "This is the largest *distance*; it is not divided by anything. Whether 0.001 is much depends "
    "on the size of the numbers."
)
wrong("python_max", lambda a, b: np.max(np.abs(a - b) / max(1e-8, np.abs(a) + np.abs(b)))).says(
    "`max(1e-8, …)` is Python's own `max`. It asks whether one whole array is larger than the "
    "other number, and an array has no answer to that. NumPy has a function that takes the larger "
    "number element by element."
)
wrong(
    "maximum_of_one", lambda a, b: np.max(np.abs(a - b) / np.max(1e-8, np.abs(a) + np.abs(b)))
).says(
    "`np.max(1e-8, …)` looks for the largest element of *one* array; what stands second is taken "
    "for an axis. To take the larger of two numbers, element by element, NumPy has another "
    "function."
)
wrong("nothing_absolute", lambda a, b: np.max((a - b) / np.maximum(1e-8, a + b))).says(
    "No absolute values were taken: numbers with a minus sign make the denominator small or the "
    "error negative. Each of the three, the distance and both sizes, needs one."
)
wrong(
    "smaller_of_the_two",
    lambda a, b: np.max(np.abs(a - b) / np.minimum(1e-8, np.abs(a) + np.abs(b))),
).says(
    "The denominator is the *smaller* of 1e-8 and the sum, so it is never above 1e-8, and the "
    "result is huge. 1e-8 is a floor: the larger of the two is taken."
)
