"""How lesson 05 is checked: cases, and the wrong versions that people really write.

Inputs are drawn so that no mistake hides: both signs occur in every combination of input and
upstream gradient, and N, D_in and D_out differ, except in one case where all three are equal and
a transposed product raises nothing.
"""

import math

import numpy as np

from grader.exercises import FRAMEWORKS, Exercise, array, look, same
from solutions import bug_hunts, layers
from solutions.softmax import cross_entropy, softmax
from source.families import Wrong, keeps, losses, made_from, then, writes
from source.families.cases import at_once, forward_backward, labels

# A layer's `backward` is to be derived, not measured.
LIBRARIES = (*FRAMEWORKS, "scipy", "solutions.array_nodes.numerical_gradient")


def _signs(rng, *shape):
    """Draw an input and an upstream gradient in which all pairs of signs occur, and no 0."""
    size = math.prod(shape)
    order = rng.permutation(size)
    x = np.resize([1.0, 1.0, -1.0, -1.0], size)[order] * rng.uniform(0.5, 2.5, size)
    dout = np.resize([1.0, -1.0, 1.0, -1.0], size)[order] * rng.uniform(0.5, 2.5, size)
    return x.reshape(shape), dout.reshape(shape)


def _with_zeros(rng):
    """Draw an input that holds positive numbers, negative ones and zeros; no 0 in the gradient."""
    x = rng.permutation(np.resize([1.0, 0.0, -1.0], 9)) * rng.uniform(0.5, 2.5, 9)
    return x, rng.uniform(1.0, 3.0, 9) * rng.permutation(np.resize([1.0, -1.0], 9))


def _forward(layer_class, rng):
    layer = layer_class()
    layer.forward(_signs(rng, 4, 3)[0])
    layer.params, layer.grads


def _both_ways(layer_class, rng):
    forward_backward(layer_class(), *_signs(rng, 4, 3))


def _zeros(layer_class, rng):
    forward_backward(layer_class(), *_with_zeros(rng))


def _large(layer_class, rng):
    x = np.array([1000.0, -1000.0, 1000.0, -1000.0]) + rng.normal(0, 1, size=4)
    forward_backward(layer_class(), x, rng.uniform(1, 3, size=4))


def _two_at_once(layer_class, rng):
    (x1, dout1), (x2, dout2) = _signs(rng, 4, 3), _signs(rng, 4, 3)
    at_once([layer_class(), layer_class()], [x1, x2], [dout1, dout2])


def _activation_cases(exercise, x, dout):
    """Declare the cases that every activation has; the text has the numbers of the first."""

    @exercise.example("the numbers of the text")
    def text(layer_class, rng):
        forward_backward(layer_class(), np.array(x), np.array(dout))

    exercise.case("forward")(_forward)
    exercise.case("forward, then backward", weight=2, draws=2)(_both_ways)


# --- ReLU -------------------------------------------------------------------------------------

ReLU = Exercise("ReLU", points=3, forbids=LIBRARIES)

_activation_cases(ReLU, [[1.0, -0.5], [-2.0, 3.0]], [[1.0, 2.0], [3.0, 4.0]])
ReLU.case("inputs of exactly 0")(_zeros)
ReLU.case("an array with three axes")(
    lambda ReLU, rng: forward_backward(ReLU(), *_signs(rng, 3, 2, 4))
)
ReLU.case("two layers at the same time")(_two_at_once)

wrong = Wrong(ReLU, layers.ReLU)
wrong("SignOfDout", backward=lambda self, dout: np.maximum(dout, 0)).says(
    "`backward` looks at the sign of `dout`: it keeps positive gradients and drops negative ones. "
    "What decides is the sign of `x`, the input of `forward`."
)
wrong("BothSigns", backward=lambda self, dout: np.maximum(np.where(self.mask, dout, 0), 0)).says(
    "`backward` keeps an element only where `x` *and* `dout` are positive. A gradient may be "
    "negative: where `x` was positive it passes as it is."
)
wrong("PassesAtZero", forward=keeps(mask=lambda self, out, x: x >= 0)).says(
    "Where `x` is exactly 0, `backward` lets the gradient pass. The docstring settles this case: "
    "0 counts as not positive."
)
wrong("NoMask", backward=lambda self, dout: dout).says(
    "`backward` returns `dout` as it came. Where `x` was not positive the output was 0 whatever "
    "`x` did, so nothing flows back there."
)
wrong.overwrites_dout("OverwritesDout").says(
    "The numbers are right, but `backward` wrote its zeros into `dout`, the caller's array. Other "
    "parts of the network may still need it: make a new array."
)
wrong.overwrites_input("OverwritesInput")
wrong.local_only("LocalOnly")
wrong("Inverted", backward=lambda self, dout: np.where(self.mask, 0.0, dout)).says(
    "`backward` keeps the gradient where `x` was *not* positive and drops it elsewhere. It is the "
    "other way round: look at what the mask says."
)
wrong(
    "TimesOutput",
    forward=keeps(out=lambda self, out, x: out),
    backward=lambda self, dout: dout * self.out,
).says(
    "`backward` multiplies `dout` by the output. Where `x` is positive it is passed on as it is, "
    "so the local derivative is 1, not the value."
)
wrong("MaskNotKept", backward=lambda self, dout: np.where(None, dout, 0.0)).says(
    "`backward` gives 0 everywhere. Is `self.mask` still None? What `forward` keeps in a variable "
    "of its own is gone when `forward` ends; put it on `self`."
)
wrong(
    "WhereSwapped",
    forward=then(lambda self, _, x: np.where(self.mask, 0.0, x)),
    backward=lambda self, dout: np.where(self.mask, 0.0, dout),
).says(
    "`forward` keeps the negative numbers and puts 0 in the place of the positive ones. It is the "
    "other way round: `np.where` takes first what holds where the mask is True."
)
wrong(
    "Picks",
    forward=then(lambda self, out, x: x[self.mask]),
    backward=lambda self, dout: dout[self.mask],
).says(
    "`forward` returns the positive numbers only, in a row. Picking with a mask leaves the others "
    "out; the output has the shape of `x`, with zeros in their places."
)
wrong("Step", forward=then(lambda self, out, x: np.where(out > 0, 1.0, 0.0))).says(
    "`forward` returns 1 where `x` is positive: that is the step function. ReLU passes the number "
    "itself on."
)
wrong("AbsoluteValue", forward=then(lambda self, _, x: np.abs(x))).says(
    "`forward` turns negative numbers into positive ones: that is the absolute value. ReLU puts 0 "
    "in their place."
)
wrong("LargestElement", forward=then(lambda self, _, x: max(0.0, np.max(x)))).says(
    "`forward` takes one maximum over the whole array. `np.max` gives the largest element; "
    "`np.maximum` compares element by element."
)
wrong.shares("SharedMask", "mask")


# --- sigmoid ----------------------------------------------------------------------------------

sigmoid = Exercise("sigmoid", points=3, rtol=1e-6, atol=1e-9, forbids=LIBRARIES)


@sigmoid.example("the numbers of the text")
def sigmoid_text(sigmoid, rng):
    sigmoid(np.array([-2.0, 0.0, 2.0]))


@sigmoid.case("an array", weight=2, draws=2)
def sigmoid_array(sigmoid, rng):
    sigmoid(_signs(rng, 4, 3)[0])


@sigmoid.case("one number")
def sigmoid_number(sigmoid, rng):
    sigmoid(rng.uniform(0.5, 3))
    sigmoid(rng.uniform(-3, -0.5))


@sigmoid.case("numbers near 1000 and near -1000")
def sigmoid_large(sigmoid, rng):
    sigmoid(np.array([1000.0, -1000.0, 1000.0, -1000.0, 0.0]) + rng.normal(0, 1, size=5))


wrong = Wrong(sigmoid)
wrong("overflow", lambda x: np.exp(x) / (1 + np.exp(x))).says(
    "Near 1000 the result is `nan`: `np.exp` overflows to infinity, and infinity divided by "
    "infinity is not a number. Let no large positive number into the exponential."
)
wrong("falling", lambda x: layers.sigmoid(-x)).says(
    "The curve falls instead of rising: large positive numbers give results near 0. Look for a "
    "minus sign that is missing in the exponent, or for two sides that have changed places."
)
wrong("no_parentheses", lambda x: 1 / 1 + np.exp(-x)).says(
    "The result is 1 plus the exponential. Python divides before it adds: without parentheses `1 "
    "/ 1 + e` means `(1 / 1) + e`."
)
wrong("tangent", lambda x: np.tanh(x)).says(
    "This is the hyperbolic tangent, which runs from -1 to 1. The sigmoid runs from 0 to 1."
)
wrong("twice_as_steep", lambda x: 0.5 * (1 + np.tanh(x))).says(
    "The result is the sigmoid of 2x, which is twice as steep. With the hyperbolic tangent, `x` "
    "has to be halved first."
)
wrong("both_sides_alike", lambda x: 1 / (1 + np.exp(-np.abs(x)))).says(
    "Negative numbers give the same result as positive ones. Taking the absolute value keeps the "
    "exponential small, but for negative `x` another formula has to follow."
)
wrong("derivative", lambda x: layers.sigmoid(x) * (1 - layers.sigmoid(x))).says(
    "The result is the derivative of the sigmoid, with 0.25 in the middle. Asked for is the "
    "function itself."
)


@sigmoid.misconception(
    "All elements together sum to 1: this is a softmax. The sigmoid looks at every element by "
    "itself."
)
def softmax_of_all(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


wrong("step", lambda x: np.where(np.asarray(x) > 0, 1.0, 0.0)).says(
    "The result is only 0 or 1: this is the step function. The sigmoid goes over from 0 to 1 "
    "smoothly."
)


@sigmoid.misconception(
    "One number works, an array does not: the functions of `math` take single numbers. Those of "
    "NumPy take both."
)
def numbers_only(x):
    e = math.exp(-abs(x))
    return 1 / (1 + e) if x >= 0 else e / (1 + e)


@sigmoid.misconception(
    "One number works, an array does not: `if` needs one answer, and an array of comparisons has "
    "many. `np.where` or a mask chooses element by element."
)
def if_of_an_array(x):
    if x >= 0:
        return 1 / (1 + np.exp(-x))
    return np.exp(x) / (1 + np.exp(x))


@sigmoid.misconception(
    "An array works, one number does not: the result is filled in by positions, and a plain "
    "number has none. `np.where` takes both."
)
def arrays_only(x):
    out = np.empty(x.shape)
    positive = x >= 0
    out[positive] = 1 / (1 + np.exp(-x[positive]))
    out[~positive] = np.exp(x[~positive]) / (1 + np.exp(x[~positive]))
    return out


# --- Sigmoid ----------------------------------------------------------------------------------

Sigmoid = Exercise("Sigmoid", points=3, needs=("sigmoid",), forbids=LIBRARIES)


def _other_out(formula):
    """Make a `forward` that returns and remembers something else."""

    def forward(self, x):
        self.out = formula(x)
        return self.out

    return forward


_activation_cases(Sigmoid, [-2.0, 0.0, 2.0], [1.0, 1.0, 1.0])
Sigmoid.case("numbers near 1000 and near -1000")(_large)
Sigmoid.case("two layers at the same time")(_two_at_once)

wrong = Wrong(Sigmoid, layers.Sigmoid)
wrong("OwnDerivative", backward=lambda self, dout: dout * self.out).says(
    "`backward` multiplies `dout` by the output alone, as if the sigmoid were its own derivative. "
    "That is a property of the exponential; a factor is missing here."
)
wrong.local_only("SigmoidLocalOnly")
wrong("InputRemembered", forward=keeps(out=lambda self, out, x: x)).says(
    "`backward` uses x(1 - x). The formula is right for the *output*: what was remembered is the "
    "input."
)
wrong.applied_twice("SigmoidTwice", "sigmoid")
wrong("HalfMultiplied", backward=lambda self, dout: dout * self.out - self.out**2).says(
    "`backward` calculates dout·out - out²: `dout` stands in one of the two terms only. Look at "
    "the parentheses."
)
wrong.derivative_at_dout("DerivativeAtDout")
wrong.adds_dout("AddsDout")
wrong("DerivativeOfTanh", backward=lambda self, dout: dout * (1 - self.out**2)).says(
    "`backward` uses 1 - out². That is the derivative of the hyperbolic tangent."
)
wrong("OneFactor", backward=lambda self, dout: dout * (1 - self.out)).says(
    "`backward` multiplies `dout` by 1 - out alone. The derivative is a product of two factors, "
    "and the other one is missing."
)
wrong("Falls", backward=lambda self, dout: dout * self.out * (self.out - 1)).says(
    "The sign is turned round. The sigmoid rises everywhere, so its derivative is positive: look "
    "at the order of the subtraction."
)
wrong.overwrites_dout("SigmoidOverwritesDout")
wrong("SigmoidOverflow", forward=_other_out(lambda x: np.exp(x) / (1 + np.exp(x)))).says(
    "Near 1000 the result is `nan`, because `np.exp` overflows. Call your `sigmoid` instead of "
    "writing the formula a second time."
)
wrong.shares("SharedOut", "out")


# --- Tanh -------------------------------------------------------------------------------------

Tanh = Exercise("Tanh", points=2, forbids=LIBRARIES)

_activation_cases(Tanh, [-2.0, 0.0, 2.0], [1.0, 1.0, 1.0])
Tanh.case("numbers near 1000 and near -1000")(_large)

wrong = Wrong(Tanh, layers.Tanh)
wrong("SquareOfInput", forward=keeps(out=lambda self, out, x: x)).says(
    "`backward` uses 1 - x². The formula is right for the *output*: remember what `forward` "
    "returned, not what it was given."
)
wrong("NotSquared", backward=lambda self, dout: dout * (1 - self.out)).says(
    "`backward` uses 1 - out. The output has to be squared: the slope is the same on both sides "
    "of 0."
)
wrong("DerivativeOfSigmoid", backward=lambda self, dout: dout * self.out * (1 - self.out)).says(
    "`backward` uses out(1 - out). That is the derivative of the sigmoid; the hyperbolic tangent "
    "has another one."
)
wrong.local_only("TanhLocalOnly")
wrong("NoParentheses", backward=lambda self, dout: dout * 1 - self.out**2).says(
    "`backward` calculates dout - out²: `dout` multiplies the 1 only. Look at the parentheses."
)
wrong.derivative_at_dout("TanhAtDout")
wrong.applied_twice("TanhTwice", "hyperbolic tangent")
wrong("AllSquared", backward=lambda self, dout: dout - (dout * self.out) ** 2).says(
    "`backward` squares `dout` as well. Only the output is squared: `**` binds to what stands "
    "right before it, so look at the parentheses."
)
wrong(
    "TanhOverflow",
    forward=_other_out(lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))),
).says(
    "Near 1000 and near -1000 the result is `nan`: the exponentials overflow to infinity. NumPy "
    "has the hyperbolic tangent ready, and it does not overflow."
)
wrong("HalfTheInput", forward=_other_out(lambda x: 2 * layers.sigmoid(x) - 1)).says(
    "`forward` gives 2σ(x) - 1, which is the hyperbolic tangent of *half* of `x`. The two "
    "functions are related, but with 2x inside the sigmoid."
)
wrong.overwrites_dout("TanhOverwritesDout")


# --- Affine -----------------------------------------------------------------------------------

Affine = Exercise("Affine", points=5, forbids=LIBRARIES)


@Affine.example("the baskets of the text")
def affine_text(Affine, rng):
    W = np.array([[100.0, 110.0], [150.0, 130.0], [80.0, 90.0]])
    layer = Affine(W, np.array([30.0, 0.0]))
    x = np.array([[2.0, 3.0, 0.0], [1.0, 0.0, 4.0]])
    forward_backward(layer, x, np.array([[0.0, 1.0], [1.0, 0.0]]))
    layer.grads


def _affine(Affine, rng, d_in, d_out):
    """Make a layer; return it with its weights and bias, which the case may change."""
    W, b = array(rng.normal(0, 1, (d_in, d_out))), array(rng.uniform(1, 3, d_out))
    return Affine(W, b), W, b


def _walk(d_in, d_out, *shape):
    """Make a case: forward with an input of that shape, backward, and a look at the gradients."""

    def walk(Affine, rng):
        layer, _, _ = _affine(Affine, rng, d_in, d_out)
        forward_backward(layer, rng.normal(0, 1, shape), rng.normal(0, 1, (shape[0], d_out)))
        layer.grads

    return walk


def _in_place(Affine, rng):
    layer, _, _ = _affine(Affine, rng, 3, 2)
    dW, db = layer.grads[0], layer.grads[1]
    for _ in range(2):
        forward_backward(layer, rng.normal(0, 1, (4, 3)), rng.normal(0, 1, (4, 2)))
        look(dW)
        look(db)
    return layer, dW, db


@Affine.case("forward")
def affine_forward(Affine, rng):
    layer, W, b = _affine(Affine, rng, 3, 4)
    layer.forward(rng.normal(0, 1, (5, 3)))
    same(layer.params[0], W)
    same(layer.params[1], b)


Affine.case("forward, then backward", weight=2, draws=2)(_walk(3, 4, 5, 3))
Affine.case("as many cases as inputs and outputs")(_walk(3, 3, 3, 3))
Affine.case("a batch of pictures, flattened")(_walk(6, 4, 5, 2, 3))


@Affine.case("gradients are written in place, twice")
def affine_in_place(Affine, rng):
    layer, dW, db = _in_place(Affine, rng)
    same(layer.grads[0], dW)
    same(layer.grads[1], db)


@Affine.case("weights that training has changed")
def affine_trained(Affine, rng):
    layer, W, b = _affine(Affine, rng, 3, 2)
    W[0] = rng.normal(5, 1, 2)
    b[1] = rng.normal(5, 1)
    forward_backward(layer, rng.normal(0, 1, (4, 3)), rng.normal(0, 1, (4, 2)))


wrong = Wrong(Affine, layers.Affine)


@Affine.misconception(
    "An input of shape `(N, D)` works, a batch of pictures does not: their axes do not fit those "
    "of `W`. All axes but the first have to become one, of D_in numbers a case."
)
class NotFlattened(layers.Affine):
    def forward(self, x):
        W, b = self.params
        self.shape, self.x = x.shape, x
        return x @ W + b


wrong("NotReshaped", backward=then(lambda self, dx, dout: dx.reshape(len(dout), -1))).says(
    "dx of a batch of pictures comes back flat, with shape `(N, D)`. The layer before expects a "
    "gradient in the shape of what it gave: remember the shape in `forward`."
)
wrong("NoBias", forward=then(lambda self, out, x: out - self.params[1])).says(
    "The bias is missing in `forward`: the output is `x @ W` alone."
)
wrong("DbNotSummed", backward=writes(1, lambda self, dx, dout: dout)).says(
    "An array was written into `grads` that does not fit there. dW stands first, db second; and db "
    "has shape `(D_out,)`: the one bias is used in every row, so the gradients of all rows add up."
)
wrong("DbMean", backward=writes(1, lambda self, dx, dout: np.mean(dout, axis=0))).says(
    "db is the mean over the cases. The bias is used once in every row, and gradients of several "
    "uses are added; the 1/N is in the loss already."
)
wrong("DbSummedOverAll", backward=writes(1, lambda self, dx, dout: np.sum(dout))).says(
    "All elements of db are the same number, the sum of all of `dout`. Every output has a bias of "
    "its own: look at the `axis` of the sum."
)
wrong("DbAlongRows", backward=writes(1, lambda self, dx, dout: np.sum(dout, axis=1))).says(
    "db was summed along the rows, so it has one number a case. It needs one number for each "
    "output, summed over the cases: look at `axis`."
)
wrong("DwTransposed", backward=writes(0, lambda self, dx, dout: dout.T @ self.x)).says(
    "dW is transposed: it was computed with the shape `(D_out, D_in)`. A gradient has the shape "
    "of its array, `(D_in, D_out)`; look at the order of the product."
)
wrong(
    "DxNotTransposed",
    backward=then(lambda self, _, dout: (dout @ self.params[0]).reshape(self.shape)),
).says(
    "In `backward`, `dout` was multiplied by `W` as it is. `dout` has D_out columns, and `W` has "
    "D_out columns too: for dx the weights have to be transposed."
)
wrong.rebinds_grads("Rebound")
wrong.accumulates("Accumulates")
wrong.forgets_grads("GradsForgotten")
wrong.divides_grads("DividedAgain")
wrong("ReturnsAll", backward=then(lambda self, dx, dout: (dx, *self.grads))).says(
    "`backward` returns three gradients. It returns that of the input only, for the layer before; "
    "dW and db are kept in `grads`."
)
wrong("ReturnsDw", backward=then(lambda self, _, dout: self.grads[0].copy())).says(
    "`backward` returns dW. It returns the gradient of the input, for the layer before; dW and db "
    "are kept in `grads`."
)


@Affine.misconception(
    "The layer works with copies of `W` and `b`. Training changes the arrays themselves, and the "
    "layer does not notice: keep the arrays that were handed in."
)
class Copies(layers.Affine):
    def __init__(self, W, b):
        super().__init__(W.copy(), b.copy())


# --- SoftmaxWithLoss --------------------------------------------------------------------------

SoftmaxWithLoss = Exercise("SoftmaxWithLoss", points=5, forbids=LIBRARIES)


def _loss(layer, s, t):
    layer.forward(s, t)
    layer.backward()


@SoftmaxWithLoss.example("the two cats of lesson 02")
def loss_text(SoftmaxWithLoss, rng):
    _loss(SoftmaxWithLoss(), np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]]), np.array([0, 0]))


@SoftmaxWithLoss.case("a batch with labels", draws=2)
def loss_labels(SoftmaxWithLoss, rng):
    layer = SoftmaxWithLoss()
    _loss(layer, rng.normal(0, 1, (5, 3)), labels(rng, 5, 3))
    layer.params, layer.grads


@SoftmaxWithLoss.case("a batch with one-hot rows", draws=2)
def loss_one_hot(SoftmaxWithLoss, rng):
    _loss(SoftmaxWithLoss(), rng.normal(0, 1, (6, 4)), np.eye(4)[labels(rng, 6, 4)])


@SoftmaxWithLoss.case("an upstream gradient other than 1")
def loss_upstream(SoftmaxWithLoss, rng):
    s, t = rng.normal(0, 1, (5, 3)), np.eye(3)[labels(rng, 5, 3)]
    forward_backward(SoftmaxWithLoss(), s, t, rng.uniform(2, 4))


@SoftmaxWithLoss.case("one case: a label, then a one-hot row")
def loss_one_case(SoftmaxWithLoss, rng):
    layer = SoftmaxWithLoss()
    s, k = rng.normal(0, 1, 4), int(rng.integers(1, 4))
    _loss(layer, s, k)
    _loss(layer, s, np.eye(4)[k])


@SoftmaxWithLoss.case("backward twice after one forward")
def loss_twice(SoftmaxWithLoss, rng):
    layer = SoftmaxWithLoss()
    _loss(layer, rng.normal(0, 1, (5, 3)), labels(rng, 5, 3))
    layer.backward()


def _n(layer):
    """How many cases the latest batch had."""
    return 1 if layer.p.ndim == 1 else len(layer.p)


wrong = Wrong(SoftmaxWithLoss, layers.SoftmaxWithLoss)
wrong.local_only("IgnoresDout").says(
    "`dout` has no effect on the answer of `backward`. Where the loss is only a part of the final "
    "output the upstream gradient is not 1, and upstream times local gives downstream."
)
wrong("SummedGradient", backward=then(lambda self, dx, dout=1: dx * _n(self))).says(
    losses.SUMMED_GRADIENT
)
wrong("OneCaseDivided", backward=lambda self, dout=1: dout * (self.p - self.t) / len(self.p)).says(
    "The gradient of a single case is divided by the number of classes. With scores of shape "
    "`(C,)` the first axis counts classes, not cases; N is 1."
)
wrong(
    "DividedByEntries", backward=lambda self, dout=1: dout * (self.p - self.t) / self.p.size
).says(losses.DIVIDED_BY_ENTRIES)
wrong("TMinusP", backward=then(lambda self, dx, dout=1: -dx)).says(losses.T_MINUS_P)
wrong("HalfDivided", backward=lambda self, dout=1: dout * (self.p - self.t / _n(self))).says(
    losses.HALF_DIVIDED
)
wrong("LossOfScores", forward=then(lambda self, _, s, t: cross_entropy(s, t))).says(
    "`forward` gave scores to `cross_entropy`, which expects probabilities. Softmax comes first."
)
wrong("ArgumentsSwapped", forward=then(lambda self, _, s, t: cross_entropy(self.t, self.p))).says(
    "`forward` gave `cross_entropy` its arguments in the wrong order: the probabilities come "
    "first, the targets second."
)
wrong("ScoresMinusT", forward=keeps(p=lambda self, loss, s, t: s)).says(losses.SCORES_MINUS_T)


@SoftmaxWithLoss.misconception(
    "One-hot targets were used as positions. Labels work; a row such as (0, 1, 0) can be "
    "subtracted as it is, or has to be turned into the number of its class first."
)
class LabelsOnly(layers.SoftmaxWithLoss):
    def forward(self, s, t):
        self.p, self.t = softmax(s), t
        return cross_entropy(self.p, self.t)

    def backward(self, dout=1):
        dx = np.atleast_2d(self.p).copy()
        dx[np.arange(len(dx)), self.t] -= 1
        return dout * dx.reshape(self.p.shape) / _n(self)


@SoftmaxWithLoss.misconception(
    "Labels were subtracted from probabilities as if they were amounts. One-hot rows work; a "
    "label says *where* the 1 is."
)
class OneHotOnly(layers.SoftmaxWithLoss):
    def forward(self, s, t):
        self.p, self.t = softmax(s), t
        return cross_entropy(self.p, self.t)


@SoftmaxWithLoss.misconception(
    "The second `backward` answers differently from the first: the probabilities that `forward` "
    "remembered were changed on the way. Subtract from a copy."
)
class SpoilsItsMemory(layers.SoftmaxWithLoss):
    def backward(self, dout=1):
        self.p -= self.t
        return dout * self.p / _n(self)


wrong("SoftmaxTwice", forward=then(lambda self, _, s, t: cross_entropy(softmax(self.p), t))).says(
    "Softmax was applied twice: `forward` gave the loss the softmax of probabilities. A second "
    "softmax makes them too even."
)
wrong("SummedLoss", forward=then(lambda self, loss, s, t: loss * _n(self))).says(
    "`forward` gives the sum of the losses. The loss of a batch is their mean, so that it does "
    "not grow with the number of cases."
)
wrong("DividedTwice", backward=then(lambda self, dx, dout=1: dx / _n(self))).says(
    "The gradient is divided by N twice. The loss is the mean over the cases once, so 1/N stands "
    "in the gradient once."
)
wrong("ReturnsProbabilities", forward=then(lambda self, _, s, t: self.p)).says(
    "`forward` returns the probabilities. Keep them on `self` for `backward`; what is returned is "
    "one number, the loss."
)


# --- Bug hunts --------------------------------------------------------------------------------

BROKEN_RELU = '''\
class repaired_relu:
    """A ReLU layer: passes positive numbers on, and puts 0 in the place of all others.

    Neither `forward` nor `backward` changes the array that it is given.
    """

    def __init__(self):
        self.params, self.grads = [], []
        self.off = None  # where the latest input was not positive

    def forward(self, x):
        """Return `x` where it is positive, 0 elsewhere. The number 0 counts as not positive."""
        self.off = x <= 0
        out = x.copy()
        out[self.off] = 0
        return out

    def backward(self, dout):
        """Return the derivative of the loss with respect to `x`, in the shape of `x`."""
        dout[self.off] = 0
        dx = dout
        return dx
'''

repaired_relu = Exercise("repaired_relu", points=2, starts_from=BROKEN_RELU, forbids=LIBRARIES)

# The broken code gives the right numbers. In every case something is set to 0 on the way back, so
# in every case an overwritten `dout` shows.


repaired_relu.example("the numbers of the text")(
    lambda Layer, rng: forward_backward(Layer(), np.array([1.0, -2.0]), np.array([10.0, 20.0]))
)
repaired_relu.case("forward, then backward", draws=2)(_both_ways)
repaired_relu.case("inputs of exactly 0")(_zeros)


@repaired_relu.case("the same dout for two layers")
def hunt_relu_twice(repaired_relu, rng):
    first, second = repaired_relu(), repaired_relu()
    x, values = _signs(rng, 4, 3)
    dout = array(values)
    first.forward(x)
    second.forward(-x)
    dx = first.backward(dout)
    second.backward(dout)
    same(dx, dout)


wrong = Wrong(repaired_relu, bug_hunts.repaired_relu)
wrong("still_broken_relu", made_from(BROKEN_RELU, "repaired_relu")).says(
    "This is still the broken code, or does the same: the numbers are right, but zeros were "
    "written into `dout`, which belongs to the caller. Giving an array a second name does not "
    "copy it."
)


@repaired_relu.misconception(
    "What is returned is another array, but zeros were written into `dout` all the same. Copy "
    "first, then write into the copy; a slice such as `dout[:]` is no copy, it looks into the same "
    "array."
)
class copied_too_late(bug_hunts.repaired_relu):
    def backward(self, dout):
        dout[self.off] = 0
        return dout.copy()


wrong.overwrites_input("forward_spoiled").says(
    "`backward` is repaired, but now `forward` writes its zeros into `x`, the caller's array. Its "
    "copy was needed."
)
wrong("mask_dropped", backward=lambda self, dout: dout.copy()).says(
    "`dout` is left alone, but no element is set to 0 any more. Where `x` was not positive "
    "nothing flows back."
)
wrong("all_zero", backward=lambda self, dout: np.zeros_like(dout)).says(
    "`backward` returns zeros only: the new array was made empty, and nothing of `dout` was put "
    "into it."
)
wrong("hunt_inverted", backward=lambda self, dout: dout * self.off).says(
    "`backward` keeps the gradient where `x` was *not* positive. `self.off` is True there: the "
    "elements to be kept are the others."
)
wrong("hunt_sign_of_dout", backward=lambda self, dout: np.maximum(dout, 0)).says(
    "`backward` looks at the sign of `dout` now. The sign of `x` decides, and `self.off` holds "
    "it; that part of the code was right."
)
wrong("hunt_zero_passes", forward=keeps(off=lambda self, out, x: x < 0)).says(
    "`dout` is left alone, but where `x` is exactly 0 the gradient passes now. The comparison in "
    "`forward` was right: 0 counts as not positive."
)


BROKEN_AFFINE = '''\
class repaired_affine:
    """An affine layer: ``out = x @ W + b``, with `x` (N, D_in), `W` (D_in, D_out), `b` (D_out,).

    `params` is ``[W, b]``. `backward` writes their gradients into the two arrays of `grads`.
    """

    def __init__(self, W, b):
        self.params = [W, b]
        self.grads = [np.zeros(W.shape), np.zeros(b.shape)]
        self.x = None  # the latest input

    def forward(self, x):
        """Return the output, of shape (N, D_out)."""
        W, b = self.params
        self.x = x
        return x @ W + b

    def backward(self, dout):
        """Write the gradients of `W` and `b`; return that of `x`, of shape (N, D_in)."""
        W, _ = self.params
        dx = dout @ W.T
        self.grads[0][...] = x.T @ dout
        self.grads[1][...] = np.sum(dout, axis=0)
        return dx
'''

repaired_affine = Exercise(
    "repaired_affine", points=2, starts_from=BROKEN_AFFINE, forbids=LIBRARIES
)


@repaired_affine.example("two cases, two inputs, one output")
def hunt_affine_text(repaired_affine, rng):
    layer = repaired_affine(np.array([[1.0], [1.0]]), np.array([0.0]))
    forward_backward(layer, np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0], [10.0]]))
    layer.grads


repaired_affine.case("forward, then backward", weight=2, draws=2)(_walk(3, 4, 5, 3))
repaired_affine.case("as many cases as inputs and outputs")(_walk(3, 3, 3, 3))


@repaired_affine.case("two layers at the same time")
def hunt_affine_two(repaired_affine, rng):
    both = [_affine(repaired_affine, rng, 3, 2)[0] for _ in range(2)]
    inputs = [rng.normal(0, 1, (4, 3)) for _ in range(2)]
    at_once(both, inputs, [rng.normal(0, 1, (4, 2)) for _ in range(2)])
    both[0].grads, both[1].grads


repaired_affine.case("gradients are written in place, twice")(_in_place)

wrong = Wrong(repaired_affine, bug_hunts.repaired_affine)
wrong("still_broken_affine", made_from(BROKEN_AFFINE, "repaired_affine")).says(
    "This is still the broken code, or does the same: `backward` uses a name that nothing "
    "defines. The input of `forward` is gone when `forward` ends, except for what it put on "
    "`self`."
)
wrong("gradient_of_the_input", backward=writes(0, lambda self, dx, dout: dx.T @ dout)).says(
    "dW is made of dx, the gradient of the input. The shapes fit, but the local derivative of `x "
    "@ W` with respect to `W` is the input itself."
)
wrong.shares("one_input_for_all", "x").says(
    "The input is kept in one place for all layers, so a layer works with the input of whichever "
    "ran last. It belongs to the object: `forward` puts it on `self` already."
)
wrong("second_argument", backward=lambda self, dout, x: dout).says(
    "`backward` asks for a second argument now, and whoever calls it gives one only. All layers "
    "are called alike; what `backward` needs besides `dout` is on `self`."
)
wrong("output_kept", forward=keeps(x=lambda self, out, x: out)).says(
    "What `forward` keeps is its output. dW needs the input."
)
wrong("transpose_lost", backward=writes(0, lambda self, dx, dout: self.x @ dout)).says(
    "The transpose is gone: `self.x` has a row for each case, and dW has a row for each input. "
    "Only the name was wrong."
)
wrong.rebinds_grads("grads_rebound").says(
    "The numbers are right, but `grads` holds new arrays now. Whoever took the old ones sees no "
    "change: writing with `[...] =` was right."
)
wrong.accumulates("gradients_added").says(
    "The second `backward` adds to the gradients of the first. Overwriting was right."
)
