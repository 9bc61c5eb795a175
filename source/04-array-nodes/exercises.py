"""How the exercises of lesson 04 are checked: cases, and the wrong versions people really write."""

import numpy as np

from grader.exercises import FRAMEWORKS, Exercise, array, look, same, sine, weighted_squares
from solutions import array_nodes as reference

# RepeatNode ----------------------------------------------------------------------------------

RepeatNode = Exercise("RepeatNode", points=3)


@RepeatNode.example("the row of the text, three times")
def repeat_text(RepeatNode, rng):
    node = RepeatNode(3)
    node.forward(np.array([[10.0, 20.0]]))
    node.backward(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))


@RepeatNode.case("forward")
def repeat_forward(RepeatNode, rng):
    RepeatNode(4).forward(rng.uniform(1, 3, size=(1, 3)))


@RepeatNode.case("forward, then backward", weight=2, draws=2)
def repeat_backward(RepeatNode, rng):
    node = RepeatNode(5)
    node.forward(rng.uniform(1, 3, size=(1, 2)))
    node.backward(rng.uniform(1, 3, size=(5, 2)))


@RepeatNode.case("as many rows as columns")
def repeat_square(RepeatNode, rng):
    node = RepeatNode(3)
    node.forward(rng.uniform(1, 3, size=(1, 3)))
    node.backward(rng.uniform(1, 3, size=(3, 3)))


@RepeatNode.misconception(
    "`backward` takes the mean of the rows. Every copy reached the output, and where paths meet "
    "their gradients are added: nothing is divided."
)
class MeanOfRows(reference.RepeatNode):
    def backward(self, dout):
        return np.mean(dout, axis=0, keepdims=True)


@RepeatNode.misconception(
    "`backward` returns shape (D,): the sum over the rows has lost its first axis. The row that "
    "went in has shape (1, D), and its gradient has the shape of the row."
)
class LostAxis(reference.RepeatNode):
    def backward(self, dout):
        return np.sum(dout, axis=0)


@RepeatNode.misconception(
    "`backward` hands `dout` on as it is, with all its rows. One row went in, so one row of "
    "gradients comes back: look at the shape in the docstring."
)
class HandedOn(reference.RepeatNode):
    def backward(self, dout):
        return dout


@RepeatNode.misconception(
    "`backward` gives the gradient of the first copy only. The other copies reached the output, "
    "too."
)
class FirstCopyOnly(reference.RepeatNode):
    def backward(self, dout):
        return dout[:1]


@RepeatNode.misconception(
    "`backward` sums along `axis=1`: each row is added up, and the columns are mixed. A column of "
    "`dout` belongs to one element of `x`, so the sum runs down the columns."
)
class AlongTheRow(reference.RepeatNode):
    def backward(self, dout):
        return np.sum(dout, axis=1, keepdims=True)


@RepeatNode.misconception(
    "`backward` adds up everything to one number. Each element of `x` has a gradient of its own."
)
class OneNumber(reference.RepeatNode):
    def backward(self, dout):
        return np.sum(dout)


@RepeatNode.misconception(
    "`forward` lays the copies side by side in one long row. They are to stand below one another: "
    "n rows, which is axis 0."
)
class SideBySide(reference.RepeatNode):
    def forward(self, x):
        return np.concatenate([x] * self.n, axis=1)


@RepeatNode.misconception(
    "`forward` returns one flat array: without `axis`, `np.repeat` gives up the shape and repeats "
    "every single number."
)
class WithoutAxis(reference.RepeatNode):
    def forward(self, x):
        return np.repeat(x, self.n)


@RepeatNode.misconception(
    "`forward` returns one row, `x` times n. The node copies the row; it does not multiply it."
)
class Multiplied(reference.RepeatNode):
    def forward(self, x):
        return x * self.n


@RepeatNode.misconception(
    "`forward` makes three copies always. How many there are was said when the node was made, and "
    "is in `self.n`."
)
class AlwaysThree(reference.RepeatNode):
    def forward(self, x):
        return np.repeat(x, 3, axis=0)


@RepeatNode.misconception(
    "`forward` repeats along `axis=1`: every number stands n times in one long row. Whole rows are "
    "to stand below one another, which is axis 0."
)
class AlongAxisOne(reference.RepeatNode):
    def forward(self, x):
        return np.repeat(x, self.n, axis=1)


@RepeatNode.misconception(
    "`backward` adds up everything; `keepdims` only keeps the brackets around the one number. Each "
    "element of `x` has a gradient of its own: which axis is summed has to be said."
)
class AllSummedKept(reference.RepeatNode):
    def backward(self, dout):
        return np.sum(dout, keepdims=True)


# SumNode -------------------------------------------------------------------------------------

SumNode = Exercise("SumNode", points=3)


@SumNode.example("the three rows of the text")
def sum_text(SumNode, rng):
    node = SumNode()
    node.forward(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    node.backward(np.array([[10.0, 20.0]]))


@SumNode.case("forward")
def sum_forward(SumNode, rng):
    SumNode().forward(rng.uniform(1, 3, size=(4, 3)))


@SumNode.case("forward, then backward", weight=2, draws=2)
def sum_backward(SumNode, rng):
    node = SumNode()
    node.forward(rng.uniform(2, 3, size=(5, 2)))
    node.backward(rng.uniform(1, 3, size=(1, 2)))


@SumNode.case("as many rows as columns")
def sum_square(SumNode, rng):
    node = SumNode()
    node.forward(rng.uniform(2, 3, size=(3, 3)))
    node.backward(rng.uniform(1, 3, size=(1, 3)))


@SumNode.case("two nodes at the same time")
def sum_two(SumNode, rng):
    first, second = SumNode(), SumNode()
    first.forward(rng.uniform(2, 3, size=(4, 2)))
    second.forward(rng.uniform(2, 3, size=(6, 2)))
    first.backward(rng.uniform(1, 3, size=(1, 2)))
    second.backward(rng.uniform(1, 3, size=(1, 2)))


@SumNode.case("the same node again, with another number of rows")
def sum_again(SumNode, rng):
    node = SumNode()
    node.forward(rng.uniform(2, 3, size=(4, 2)))
    node.forward(rng.uniform(2, 3, size=(3, 2)))
    node.backward(rng.uniform(1, 3, size=(1, 2)))


@SumNode.misconception(
    "`forward` returns shape (D,): the sum over the rows has lost its first axis. One row of shape "
    "(1, D) is expected."
)
class SumLostAxis(reference.SumNode):
    def forward(self, x):
        super().forward(x)
        return np.sum(x, axis=0)


@SumNode.misconception(
    "`forward` takes the mean of the rows. This node adds them up and divides by nothing."
)
class SumIsMean(reference.SumNode):
    def forward(self, x):
        return super().forward(x) / len(x)


@SumNode.misconception(
    "`forward` sums along `axis=1`, so every row is added up. The rows are to be added to one "
    "another: the sum runs down each column, which is axis 0."
)
class SumAlongTheRow(reference.SumNode):
    def forward(self, x):
        super().forward(x)
        return np.sum(x, axis=1, keepdims=True)


@SumNode.misconception(
    "`forward` adds up everything to one number. Every column has a sum of its own; which axis is "
    "summed has to be said."
)
class SumOfAll(reference.SumNode):
    def forward(self, x):
        super().forward(x)
        return np.sum(x)


@SumNode.misconception(
    "`backward` hands the one row of `dout` on as it is. N rows went in, and each of them has a "
    "gradient: the result has the shape of `x`."
)
class OneRowBack(reference.SumNode):
    def backward(self, dout):
        return dout


@SumNode.misconception(
    "`backward` shares `dout` out among the rows, dividing by N. A row that grows by 1 makes the "
    "sum grow by 1, however many other rows there are: each row gets the whole gradient."
)
class SharedOut(reference.SumNode):
    def backward(self, dout):
        return super().backward(dout) / self.n


@SumNode.misconception(
    "`backward` returns ones: `dout` has no effect on the answer. Upstream times local gives "
    "downstream, and the local gradient is 1."
)
class OnesBack(reference.SumNode):
    def backward(self, dout):
        return np.ones((self.n, dout.shape[1]))


@SumNode.misconception(
    "`backward` multiplies `dout` by the input. That is the rule for a product; in a sum every "
    "input has the local gradient 1."
)
class TimesInput(reference.SumNode):
    def forward(self, x):
        self.x = x
        return super().forward(x)

    def backward(self, dout):
        return dout * self.x


@SumNode.misconception(
    "The number of rows is remembered for the whole class, so a node forgets its own as soon as "
    "another `SumNode` runs `forward`. It belongs to the object: keep it on `self`."
)
class RowsForAllNodes(reference.SumNode):
    def forward(self, x):
        type(self).kept = len(x)
        return np.sum(x, axis=0, keepdims=True)

    def backward(self, dout):
        return np.repeat(dout, type(self).kept, axis=0)


@SumNode.misconception(
    "The number of rows is remembered from the first `forward` only. `backward` belongs to the "
    "latest one, and that may have had another number of rows."
)
class RowsOfTheFirst(reference.SumNode):
    def forward(self, x):
        if self.n is None:
            self.n = len(x)
        return np.sum(x, axis=0, keepdims=True)


@SumNode.misconception(
    "`backward` makes as many copies as `x` has *columns*. The first number of a shape counts the "
    "rows, the second the columns."
)
class ColumnsCounted(reference.SumNode):
    def forward(self, x):
        out = super().forward(x)
        self.n = x.shape[1]
        return out


@SumNode.misconception(
    "`backward` multiplies `dout` by the number of rows. The row is copied, not multiplied: each "
    "of the N rows gets `dout`."
)
class RowTimesN(reference.SumNode):
    def backward(self, dout):
        return dout * self.n


@SumNode.misconception(
    "`backward` returns one flat array: without `axis`, `np.repeat` gives up the shape and repeats "
    "every single number."
)
class FlatBack(reference.SumNode):
    def backward(self, dout):
        return np.repeat(dout, self.n)


# MatMulNode ----------------------------------------------------------------------------------

MatMulNode = Exercise("MatMulNode", points=8)


@MatMulNode.example("the one case of the text")
def matmul_text(MatMulNode, rng):
    node = MatMulNode(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    node.forward(np.array([[1.0, 2.0]]))
    node.backward(np.array([[1.0, 10.0, 100.0]]))
    node.grads[0]


def _numbers(rng, *shape):
    """Draw numbers of which none is small and no two are alike."""
    return rng.uniform(0.5, 2, size=shape) * rng.choice([-1, 1], size=shape)


@MatMulNode.case("forward")
def matmul_forward(MatMulNode, rng):
    MatMulNode(_numbers(rng, 3, 2)).forward(_numbers(rng, 4, 3))


@MatMulNode.case("forward, then backward", weight=3, draws=2)
def matmul_backward(MatMulNode, rng):
    node = MatMulNode(_numbers(rng, 3, 2))
    node.forward(_numbers(rng, 5, 3))
    node.backward(_numbers(rng, 5, 2))
    node.grads[0]


@MatMulNode.case("every array is square")
def matmul_square(MatMulNode, rng):
    node = MatMulNode(_numbers(rng, 3, 3))
    node.forward(_numbers(rng, 3, 3))
    node.backward(_numbers(rng, 3, 3))
    node.grads[0]


@MatMulNode.case("the gradient is there from the start, and a second backward replaces the first")
def matmul_twice(MatMulNode, rng):
    node = MatMulNode(_numbers(rng, 2, 3))
    grads = node.grads
    grads[0]
    for _ in range(2):
        node.forward(_numbers(rng, 4, 2))
        node.backward(_numbers(rng, 4, 3))
        node.grads[0]


@MatMulNode.case("grads and the array in it stay the same objects", weight=2)
def matmul_identity(MatMulNode, rng):
    node = MatMulNode(_numbers(rng, 2, 3))
    grads = node.grads
    gradient = grads[0]
    node.forward(_numbers(rng, 4, 2))
    node.backward(_numbers(rng, 4, 3))
    same(grads[0], gradient)
    same(node.grads[0], gradient)
    look(gradient)


@MatMulNode.case("params holds the array itself, so the node sees an update in place")
def matmul_params(MatMulNode, rng):
    W = array(_numbers(rng, 2, 3))
    node = MatMulNode(W)
    same(node.params[0], W)
    W[0] = _numbers(rng, 3)
    node.forward(_numbers(rng, 4, 2))
    node.backward(_numbers(rng, 4, 3))


@MatMulNode.case("whole numbers as weights")
def matmul_whole(MatMulNode, rng):
    node = MatMulNode(rng.integers(1, 6, size=(2, 3)))
    node.forward(_numbers(rng, 4, 2))
    node.backward(_numbers(rng, 4, 3))
    node.grads[0]


@MatMulNode.case("two nodes at the same time")
def matmul_two(MatMulNode, rng):
    first, second = MatMulNode(_numbers(rng, 2, 3)), MatMulNode(_numbers(rng, 2, 3))
    first.forward(_numbers(rng, 4, 2))
    second.forward(_numbers(rng, 4, 2))
    first.backward(_numbers(rng, 4, 3))
    first.grads[0]
    second.backward(_numbers(rng, 4, 3))
    second.grads[0]


@MatMulNode.misconception(
    "`backward` adds the new gradient to the one before. Every `backward` answers for the latest "
    "`forward` alone: what was in `grads[0]` is overwritten."
)
class AddedUp(reference.MatMulNode):
    def backward(self, dout):
        self.grads[0] += self.x.T @ dout
        return dout @ self.params[0].T


@MatMulNode.misconception(
    "`backward` puts a new array into `grads[0]`. Whoever took the old array before now holds one "
    "that is never filled again. Write the numbers *into* the array that is there."
)
class NewArray(reference.MatMulNode):
    def backward(self, dout):
        self.grads[0] = self.x.T @ dout
        return dout @ self.params[0].T


@MatMulNode.misconception(
    "`backward` makes a new list `grads`. Whoever took the old list before now holds one that is "
    "never filled again. Write the numbers *into* the array that is there."
)
class NewList(reference.MatMulNode):
    def backward(self, dout):
        self.grads = [self.x.T @ dout]
        return dout @ self.params[0].T


@MatMulNode.misconception(
    "`grads[0]` still holds zeros after `backward`. An assignment to a plain name, such as `dW = "
    "…`, only makes that name stand for something else; nothing is written into the array."
)
class NothingWritten(reference.MatMulNode):
    def backward(self, dout):
        return dout @ self.params[0].T


@MatMulNode.misconception(
    "`backward` returns two gradients. It returns that of `x` alone; the gradient of the weights "
    "is handed over in `grads[0]`."
)
class BothReturned(reference.MatMulNode):
    def backward(self, dout):
        return super().backward(dout), self.grads[0]


@MatMulNode.misconception(
    "The gradient of `x` is `dout @ W`, with `W` as it is. That works only where `W` is square, "
    "and even there the numbers are wrong: the sum runs over the columns of `W`, so `W` has to be "
    "turned."
)
class WNotTurned(reference.MatMulNode):
    def backward(self, dout):
        self.grads[0][...] = self.x.T @ dout
        return dout @ self.params[0]


@MatMulNode.misconception(
    "The gradient of `x` comes out transposed: the two factors stand in the wrong order. Its rows "
    "are cases, as those of `dout` are, so `dout` stands on the left."
)
class TurnedDx(reference.MatMulNode):
    def backward(self, dout):
        return super().backward(dout).T


@MatMulNode.misconception(
    "The gradient of `W` comes out transposed, as `dout` turned times `x`. Row i of `W` belongs to "
    "column i of `x`, so the turned `x` stands on the left."
)
class TurnedDW(reference.MatMulNode):
    def backward(self, dout):
        self.grads[0][...] = dout.T @ self.x
        return dout @ self.params[0].T


@MatMulNode.misconception(
    "The gradient of `W` is `x @ dout`, with `x` as it is. The sum runs over the cases, and these "
    "are the rows of `x`, so `x` has to be turned."
)
class XNotTurned(reference.MatMulNode):
    def backward(self, dout):
        self.grads[0][...] = self.x @ dout
        return dout @ self.params[0].T


@MatMulNode.misconception(
    "The gradient of `W` is divided by the number of cases. Every case adds its share; whether a "
    "mean is taken is decided by the loss, and has come in with `dout` already."
)
class MeanOfCases(reference.MatMulNode):
    def backward(self, dout):
        dx = super().backward(dout)
        self.grads[0][...] /= len(dout)
        return dx


@MatMulNode.misconception(
    "With whole numbers in `W` the gradient is cut off to whole numbers: `np.zeros_like(W)` takes "
    "over the dtype of `W` as well as its shape. The gradient needs an array of floats."
)
class CutOff(reference.MatMulNode):
    def __init__(self, W):
        super().__init__(W)
        self.grads = [np.zeros_like(W)]


@MatMulNode.misconception(
    "`params` holds a copy of `W`. When the weights are updated in place, the node still "
    "multiplies by the old ones. Keep the array itself."
)
class CopiedWeights(reference.MatMulNode):
    def __init__(self, W):
        super().__init__(W.copy())


@MatMulNode.misconception(
    "`x` is remembered for the whole class, so a node forgets its own input as soon as another "
    "`MatMulNode` runs `forward`. It belongs to the object: keep it on `self`."
)
class InputForAllNodes(reference.MatMulNode):
    def forward(self, x):
        type(self).kept = x
        return x @ self.params[0]

    def backward(self, dout):
        self.x = type(self).kept
        return super().backward(dout)


@MatMulNode.misconception(
    "`forward` multiplies element by element, with `*`. A matrix product is written `@`: every "
    "element of the result is a sum of products."
)
class Elementwise(reference.MatMulNode):
    def forward(self, x):
        self.x = x
        return x * self.params[0]


@MatMulNode.misconception(
    "`forward` calculates `W @ x`. Here every case is a row of `x`, so `x` stands on the left: `x "
    "@ W`. (Lessons 06 and 07 keep cases in columns; there `W` stands on the left.)"
)
class WeightsOnTheLeft(reference.MatMulNode):
    def forward(self, x):
        self.x = x
        return self.params[0] @ x


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


@MatMulNode.misconception(
    "The gradient of `x` was made with `W` *reshaped* to (D_out, D_in). That lays the same numbers "
    "out anew, row by row; turning, `.T`, makes rows of the columns."
)
class Reshaped(reference.MatMulNode):
    def backward(self, dout):
        super().backward(dout)
        W = self.params[0]
        return dout @ W.reshape(W.shape[::-1])


@MatMulNode.misconception(
    "`params` holds the array itself, but the node multiplies by a copy of it. When the weights "
    "are updated in place, it still uses the old ones."
)
class MultipliesByACopy(reference.MatMulNode):
    def __init__(self, W):
        super().__init__(W)
        self.copy = W.copy()

    def forward(self, x):
        self.x = x
        return x @ self.copy

    def backward(self, dout):
        super().backward(dout)
        return dout @ self.copy.T


# numerical_gradient --------------------------------------------------------------------------

numerical_gradient = Exercise(
    "numerical_gradient", points=5, rtol=1e-7, atol=1e-8, forbids=(*FRAMEWORKS, "scipy")
)


@numerical_gradient.example("the squares of the text")
def numerical_text(numerical_gradient, rng):
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    numerical_gradient(weighted_squares(np.ones((2, 2))), x)


@numerical_gradient.case("one axis")
def numerical_vector(numerical_gradient, rng):
    f = weighted_squares(rng.uniform(1, 3, size=4))
    numerical_gradient(f, rng.uniform(0.5, 2, size=4))


@numerical_gradient.case("two axes", weight=2, draws=2)
def numerical_matrix(numerical_gradient, rng):
    f = weighted_squares(rng.uniform(1, 3, size=(3, 2)))
    numerical_gradient(f, rng.uniform(0.5, 2, size=(3, 2)))


@numerical_gradient.case("three axes")
def numerical_cube(numerical_gradient, rng):
    f = weighted_squares(rng.uniform(1, 3, size=(2, 3, 2)))
    numerical_gradient(f, rng.uniform(0.5, 2, size=(2, 3, 2)))


@numerical_gradient.case("whole numbers in x")
def numerical_whole(numerical_gradient, rng):
    f = weighted_squares(rng.uniform(1.2, 1.4, size=(2, 2)))
    numerical_gradient(f, rng.integers(1, 6, size=(2, 2)))


@numerical_gradient.case("no axis: an array that holds one number, and a step of another size")
def numerical_step(numerical_gradient, rng):
    numerical_gradient(sine(), np.array(rng.uniform(0.3, 1.2)), rng.uniform(0.2, 0.4))


@numerical_gradient.case("x is as before afterwards")
def numerical_restored(numerical_gradient, rng):
    # Between 2 and 4 a step ahead, two back and one ahead never lead to the same float.
    x = array(rng.uniform(2.1, 3.9, size=(2, 3)))
    numerical_gradient(weighted_squares(rng.uniform(1, 3, size=(2, 3))), x)
    look(x)


@numerical_gradient.misconception(
    "These are forward differences, from `x` to one step ahead. Step to both sides of `x`: the "
    "error is then much smaller."
)
def forward_differences(f, x, h=1e-4):
    x = np.array(x, dtype=float)
    here, gradient = f(x), np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        ahead = x.copy()
        ahead[index] += h
        gradient[index] = (f(ahead) - here) / h
    return gradient


@numerical_gradient.misconception(
    "Every number is twice the derivative: from one step back to one step ahead it is two "
    "steps, and the difference was divided by one."
)
def one_step_of_two(f, x, h=1e-4):
    return 2 * reference.numerical_gradient(f, x, h)


@numerical_gradient.misconception(
    "All elements of `x` move at once, so the answer is the same everywhere: the sum of all "
    "derivatives. Move one element, and leave the others where they are."
)
def all_at_once(f, x, h=1e-4):
    slope = (f(x + h) - f(x - h)) / (2 * h)
    return np.full(x.shape, slope)


@numerical_gradient.misconception(
    "A loop over the first axis moves a whole row at once, and every number of the row gets the "
    "sum of the row's derivatives. `x` can have any number of axes: every single element moves "
    "alone."
)
def row_by_row(f, x, h=1e-4):
    x = np.array(x, dtype=float)
    gradient = np.zeros_like(x)
    for i in range(len(x)):
        ahead, back = x.copy(), x.copy()
        ahead[i] += h
        back[i] -= h
        gradient[i] = (f(ahead) - f(back)) / (2 * h)
    return gradient


@numerical_gradient.misconception(
    "The elements of `x` are left one step away from where they were. Put each of them back before "
    "the next one moves."
)
def not_put_back(f, x, h=1e-4):
    moved = x if x.dtype.kind == "f" else x.astype(float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        moved[index] += h
        ahead = f(moved)
        moved[index] -= 2 * h
        gradient[index] = (ahead - f(moved)) / (2 * h)
    return gradient


@numerical_gradient.misconception(
    "`x` comes back nearly as it was: a step ahead, two steps back and a step ahead are rounded "
    "three times, and do not always lead back to the same float. Keep the old number, and write "
    "that back."
)
def nearly_put_back(f, x, h=1e-4):
    moved = x if x.dtype.kind == "f" else x.astype(float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        moved[index] += h
        ahead = f(moved)
        moved[index] -= 2 * h
        gradient[index] = (ahead - f(moved)) / (2 * h)
        moved[index] += h
    return gradient


@numerical_gradient.misconception(
    "The steps pile up: when an element is measured, those before it have not been put back, and "
    "their effects are added in."
)
def steps_pile_up(f, x, h=1e-4):
    ahead, back = np.array(x, dtype=float), np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        ahead[index] += h
        back[index] -= h
        gradient[index] = (f(ahead) - f(back)) / (2 * h)
    return gradient


@numerical_gradient.misconception(
    "`x` holds whole numbers, and so does a plain copy of it: a step written into such an array is "
    "cut off to a whole number. Step in a copy that is an array of floats."
)
def cut_off_steps(f, x, h=1e-4):
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        ahead, back = x.copy(), x.copy()
        ahead[index] = x[index] + h
        back[index] = x[index] - h
        gradient[index] = (f(ahead) - f(back)) / (2 * h)
    return gradient


@numerical_gradient.misconception(
    "With whole numbers in `x` the gradient is cut off to whole numbers: `np.zeros_like(x)` takes "
    "over the dtype of `x` as well as its shape. The gradient needs an array of floats."
)
def cut_off_gradient(f, x, h=1e-4):
    gradient = np.zeros_like(x)
    gradient[...] = reference.numerical_gradient(f, x, h)
    return gradient


@numerical_gradient.misconception(
    "The numbers are right, and they come back as one flat row. The gradient has the shape of `x`."
)
def flattened(f, x, h=1e-4):
    return reference.numerical_gradient(f, x, h).ravel()


@numerical_gradient.misconception(
    "The derivatives are added up to one number. Every element of `x` has a derivative of its own, "
    "kept at its own place."
)
def summed(f, x, h=1e-4):
    return float(reference.numerical_gradient(f, x, h).sum())


@numerical_gradient.misconception(
    "The step is 1e-4 always; the argument `h` has no effect. It only *defaults* to 1e-4."
)
def step_ignored(f, x, h=1e-4):
    return reference.numerical_gradient(f, x)


@numerical_gradient.misconception(
    "Only the first element was measured. A `return` inside the loop ends the function in the "
    "first round."
)
def first_element_only(f, x, h=1e-4):
    gradient, first = np.zeros(x.shape), (0,) * x.ndim
    gradient[first] = reference.numerical_gradient(f, x, h)[first]
    return gradient


@numerical_gradient.misconception(
    "The differences were divided by 2 and then *multiplied* by `h`: without parentheses Python "
    "works from left to right, and `/ 2 * h` means `(… / 2) * h`."
)
def left_to_right(f, x, h=1e-4):
    return reference.numerical_gradient(f, x, h) * (2 * h) / 2 * h


@numerical_gradient.misconception(
    "`f` was given the one element that moved. It takes the whole array, in which one element has "
    "moved."
)
def one_element_given(f, x, h=1e-4):
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        gradient[index] = (f(x[index] + h) - f(x[index] - h)) / (2 * h)
    return gradient


@numerical_gradient.misconception(
    "`x` itself came back, not its gradient. Return the array that holds the results."
)
def the_input(f, x, h=1e-4):
    return np.array(x, dtype=float)


@numerical_gradient.misconception(
    "A loop over the first axis moves a whole row at once; and the old row was not kept, because "
    "`x[i]` of an array with two axes is a *view*, which changes along with `x`. Every single "
    "element moves alone."
)
def row_views(f, x, h=1e-4):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in range(len(x)):
        old = x[i]
        x[i] = old + h
        ahead = f(x)
        x[i] = old - h
        back = f(x)
        x[i] = old
        gradient[i] = (ahead - back) / (2 * h)
    return gradient


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


@relative_error.misconception(
    "This is the mean of the relative errors. One wrong element among a thousand right ones would "
    "hardly show; the largest one is asked for."
)
def mean_error(a, b):
    return np.mean(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


@relative_error.misconception(
    "The floor of 1e-8 is missing. Where both numbers are 0, 0 is divided by 0, and the answer is "
    "`nan`; next to 0 a rounding error counts as a large one."
)
def no_floor(a, b):
    return np.max(np.abs(a - b) / (np.abs(a) + np.abs(b)))


@relative_error.misconception(
    "The floor of 1e-8 is added to the denominator. It only steps in where the denominator is "
    "smaller than that: the larger of the two is taken."
)
def floor_added(a, b):
    return np.max(np.abs(a - b) / (1e-8 + np.abs(a) + np.abs(b)))


@relative_error.misconception(
    "The difference keeps its sign, so an element of `a` that is too small counts as a negative "
    "error, and the maximum passes over it. A distance is never negative."
)
def signed_difference(a, b):
    return np.max((a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


@relative_error.misconception(
    "The denominator is the absolute value of the sum. Numbers with opposite signs cancel there; "
    "each needs its own absolute value before they are added."
)
def absolute_of_the_sum(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a + b)))


@relative_error.misconception(
    "The distance is divided by the size of `b` alone, so the answer depends on which of the two "
    "comes first. The denominator holds the absolute values of both."
)
def one_side_only(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(b)))


@relative_error.misconception(
    "The distance is divided by the larger of the two absolute values. Some texts do that; here "
    "the denominator is their sum."
)
def larger_of_the_two(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.maximum(np.abs(a), np.abs(b))))


@relative_error.misconception(
    "The largest distance is divided by the largest size, and these may belong to different "
    "elements. A large error in a small element is lost: divide element by element first, then "
    "take the maximum."
)
def ratio_of_maxima(a, b):
    return np.max(np.abs(a - b)) / max(1e-8, np.max(np.abs(a) + np.abs(b)))


@relative_error.misconception(
    "The result still has one error for every element. The largest of them is asked for: one "
    "number."
)
def not_reduced(a, b):
    return np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))


@relative_error.misconception(
    "This is the largest *distance*; it is not divided by anything. Whether 0.001 is much depends "
    "on the size of the numbers."
)
def absolute_error(a, b):
    return np.max(np.abs(a - b))


@relative_error.misconception(
    "`max(1e-8, …)` is Python's own `max`. It asks whether one whole array is larger than the "
    "other number, and an array has no answer to that. NumPy has a function that takes the larger "
    "number element by element."
)
def python_max(a, b):
    return np.max(np.abs(a - b) / max(1e-8, np.abs(a) + np.abs(b)))


@relative_error.misconception(
    "`np.max(1e-8, …)` looks for the largest element of *one* array; what stands second is taken "
    "for an axis. To take the larger of two numbers, element by element, NumPy has another "
    "function."
)
def maximum_of_one(a, b):
    return np.max(np.abs(a - b) / np.max(1e-8, np.abs(a) + np.abs(b)))


@relative_error.misconception(
    "No absolute values were taken: numbers with a minus sign make the denominator small or the "
    "error negative. Each of the three, the distance and both sizes, needs one."
)
def nothing_absolute(a, b):
    return np.max((a - b) / np.maximum(1e-8, a + b))


@relative_error.misconception(
    "The denominator is the *smaller* of 1e-8 and the sum, so it is never above 1e-8, and the "
    "result is huge. 1e-8 is a floor: the larger of the two is taken."
)
def smaller_of_the_two(a, b):
    return np.max(np.abs(a - b) / np.minimum(1e-8, np.abs(a) + np.abs(b)))
