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


def _forward_backward(layer, x, dout):
    layer.forward(x)
    layer.backward(dout)


def _two_at_once(layer_class, rng):
    """Run two objects of one class, the second between forward and backward of the first."""
    first, second = layer_class(), layer_class()
    (x1, dout1), (x2, dout2) = _signs(rng, 4, 3), _signs(rng, 4, 3)
    first.forward(x1)
    second.forward(x2)
    first.backward(dout1)
    second.backward(dout2)


_SHARED = (
    "What `forward` found is remembered for the whole class, so a layer forgets it as soon as "
    "another one of its kind runs `forward`. It belongs to the object: keep it on `self`."
)

# --- ReLU -------------------------------------------------------------------------------------

ReLU = Exercise("ReLU", points=3, forbids=LIBRARIES)


@ReLU.example("the numbers of the text")
def relu_text(ReLU, rng):
    layer = ReLU()
    layer.forward(np.array([[1.0, -0.5], [-2.0, 3.0]]))
    layer.backward(np.array([[1.0, 2.0], [3.0, 4.0]]))


@ReLU.case("forward")
def relu_forward(ReLU, rng):
    layer = ReLU()
    layer.forward(_signs(rng, 4, 3)[0])
    layer.params, layer.grads


@ReLU.case("forward, then backward", weight=2, draws=2)
def relu_backward(ReLU, rng):
    _forward_backward(ReLU(), *_signs(rng, 4, 3))


@ReLU.case("inputs of exactly 0")
def relu_zero(ReLU, rng):
    _forward_backward(ReLU(), *_with_zeros(rng))


@ReLU.case("an array with three axes")
def relu_axes(ReLU, rng):
    _forward_backward(ReLU(), *_signs(rng, 3, 2, 4))


@ReLU.case("two layers at the same time")
def relu_two(ReLU, rng):
    _two_at_once(ReLU, rng)


@ReLU.misconception(
    "`backward` looks at the sign of `dout`: it keeps positive gradients and drops negative ones. "
    "What decides is the sign of `x`, the input of `forward`."
)
class SignOfDout(layers.ReLU):
    def backward(self, dout):
        return np.maximum(dout, 0)


@ReLU.misconception(
    "`backward` keeps an element only where `x` *and* `dout` are positive. A gradient may be "
    "negative: where `x` was positive it passes as it is."
)
class BothSigns(layers.ReLU):
    def backward(self, dout):
        return np.maximum(np.where(self.mask, dout, 0), 0)


@ReLU.misconception(
    "Where `x` is exactly 0, `backward` lets the gradient pass. The docstring settles this case: "
    "0 counts as not positive."
)
class PassesAtZero(layers.ReLU):
    def forward(self, x):
        self.mask = x >= 0
        return np.where(self.mask, x, 0.0)


@ReLU.misconception(
    "`backward` returns `dout` as it came. Where `x` was not positive the output was 0 whatever "
    "`x` did, so nothing flows back there."
)
class NoMask(layers.ReLU):
    def backward(self, dout):
        return dout


@ReLU.misconception(
    "The numbers are right, but `backward` wrote its zeros into `dout`, the caller's array. Other "
    "parts of the network may still need it: make a new array."
)
class OverwritesDout(layers.ReLU):
    def backward(self, dout):
        dout[~self.mask] = 0
        return dout


@ReLU.misconception(
    "The numbers are right, but `forward` wrote its zeros into `x`, the caller's array. Make a "
    "new array."
)
class OverwritesInput(layers.ReLU):
    def forward(self, x):
        self.mask = x > 0
        x[~self.mask] = 0
        return x


@ReLU.misconception(
    "`backward` gives the local derivative, 1 or 0: `dout` has no effect on the answer. Upstream "
    "times local gives downstream."
)
class LocalOnly(layers.ReLU):
    def backward(self, dout):
        return self.mask.astype(float)


@ReLU.misconception(
    "`backward` keeps the gradient where `x` was *not* positive and drops it elsewhere. It is the "
    "other way round: look at what the mask says."
)
class Inverted(layers.ReLU):
    def backward(self, dout):
        return np.where(self.mask, 0.0, dout)


@ReLU.misconception(
    "`backward` multiplies `dout` by the output. Where `x` is positive it is passed on as it is, "
    "so the local derivative is 1, not the value."
)
class TimesOutput(layers.ReLU):
    def forward(self, x):
        self.out = super().forward(x)
        return self.out

    def backward(self, dout):
        return dout * self.out


@ReLU.misconception(
    "`backward` gives 0 everywhere. Is `self.mask` still None? What `forward` keeps in a variable "
    "of its own is gone when `forward` ends; put it on `self`."
)
class MaskNotKept(layers.ReLU):
    def backward(self, dout):
        return np.where(None, dout, 0.0)


@ReLU.misconception(
    "`forward` keeps the negative numbers and puts 0 in the place of the positive ones. It is the "
    "other way round: `np.where` takes first what holds where the mask is True."
)
class WhereSwapped(layers.ReLU):
    def forward(self, x):
        super().forward(x)
        return np.where(self.mask, 0.0, x)

    def backward(self, dout):
        return np.where(self.mask, 0.0, dout)


@ReLU.misconception(
    "`forward` returns the positive numbers only, in a row. Picking with a mask leaves the others "
    "out; the output has the shape of `x`, with zeros in their places."
)
class Picks(layers.ReLU):
    def forward(self, x):
        self.mask = x > 0
        return x[self.mask]

    def backward(self, dout):
        return dout[self.mask]


@ReLU.misconception(
    "`forward` returns 1 where `x` is positive: that is the step function. ReLU passes the number "
    "itself on."
)
class Step(layers.ReLU):
    def forward(self, x):
        return np.where(super().forward(x) > 0, 1.0, 0.0)


@ReLU.misconception(
    "`forward` turns negative numbers into positive ones: that is the absolute value. ReLU puts 0 "
    "in their place."
)
class AbsoluteValue(layers.ReLU):
    def forward(self, x):
        super().forward(x)
        return np.abs(x)


@ReLU.misconception(
    "`forward` takes one maximum over the whole array. `np.max` gives the largest element; "
    "`np.maximum` compares element by element."
)
class LargestElement(layers.ReLU):
    def forward(self, x):
        super().forward(x)
        return max(0.0, np.max(x))


@ReLU.misconception(_SHARED)
class SharedMask(layers.ReLU):
    def forward(self, x):
        type(self).kept = x > 0
        return np.where(x > 0, x, 0.0)

    def backward(self, dout):
        return np.where(type(self).kept, dout, 0.0)


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


@sigmoid.misconception(
    "Near 1000 the result is `nan`: `np.exp` overflows to infinity, and infinity divided by "
    "infinity is not a number. Let no large positive number into the exponential."
)
def overflow(x):
    e = np.exp(x)
    return e / (1 + e)


@sigmoid.misconception(
    "The curve falls instead of rising: large positive numbers give results near 0. Look for a "
    "minus sign that is missing in the exponent, or for two sides that have changed places."
)
def falling(x):
    return layers.sigmoid(-x)


@sigmoid.misconception(
    "The result is 1 plus the exponential. Python divides before it adds: without parentheses `1 "
    "/ 1 + e` means `(1 / 1) + e`."
)
def no_parentheses(x):
    return 1 / 1 + np.exp(-x)


@sigmoid.misconception(
    "This is the hyperbolic tangent, which runs from -1 to 1. The sigmoid runs from 0 to 1."
)
def tangent(x):
    return np.tanh(x)


@sigmoid.misconception(
    "The result is the sigmoid of 2x, which is twice as steep. With the hyperbolic tangent, `x` "
    "has to be halved first."
)
def twice_as_steep(x):
    return 0.5 * (1 + np.tanh(x))


@sigmoid.misconception(
    "Negative numbers give the same result as positive ones. Taking the absolute value keeps the "
    "exponential small, but for negative `x` another formula has to follow."
)
def both_sides_alike(x):
    return 1 / (1 + np.exp(-np.abs(x)))


@sigmoid.misconception(
    "The result is the derivative of the sigmoid, with 0.25 in the middle. Asked for is the "
    "function itself."
)
def derivative(x):
    s = layers.sigmoid(x)
    return s * (1 - s)


@sigmoid.misconception(
    "All elements together sum to 1: this is a softmax. The sigmoid looks at every element by "
    "itself."
)
def softmax_of_all(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


@sigmoid.misconception(
    "The result is only 0 or 1: this is the step function. The sigmoid goes over from 0 to 1 "
    "smoothly."
)
def step(x):
    return np.where(np.asarray(x) > 0, 1.0, 0.0)


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


@Sigmoid.example("the numbers of the text")
def sigmoid_layer_text(Sigmoid, rng):
    layer = Sigmoid()
    layer.forward(np.array([-2.0, 0.0, 2.0]))
    layer.backward(np.array([1.0, 1.0, 1.0]))


@Sigmoid.case("forward")
def sigmoid_layer_forward(Sigmoid, rng):
    layer = Sigmoid()
    layer.forward(_signs(rng, 4, 3)[0])
    layer.params, layer.grads


@Sigmoid.case("forward, then backward", weight=2, draws=2)
def sigmoid_layer_backward(Sigmoid, rng):
    _forward_backward(Sigmoid(), *_signs(rng, 4, 3))


@Sigmoid.case("numbers near 1000 and near -1000")
def sigmoid_layer_large(Sigmoid, rng):
    x = np.array([1000.0, -1000.0, 1000.0, -1000.0]) + rng.normal(0, 1, size=4)
    _forward_backward(Sigmoid(), x, rng.uniform(1, 3, size=4))


@Sigmoid.case("two layers at the same time")
def sigmoid_layer_two(Sigmoid, rng):
    _two_at_once(Sigmoid, rng)


@Sigmoid.misconception(
    "`backward` multiplies `dout` by the output alone, as if the sigmoid were its own derivative. "
    "That is a property of the exponential; a factor is missing here."
)
class OwnDerivative(layers.Sigmoid):
    def backward(self, dout):
        return dout * self.out


@Sigmoid.misconception(
    "`backward` gives the local derivative only: `dout` has no effect on the answer. Upstream "
    "times local gives downstream."
)
class SigmoidLocalOnly(layers.Sigmoid):
    def backward(self, dout):
        return self.out * (1 - self.out)


@Sigmoid.misconception(
    "`backward` uses x(1 - x). The formula is right for the *output*: what was remembered is the "
    "input."
)
class InputRemembered(layers.Sigmoid):
    def forward(self, x):
        self.out = x
        return layers.sigmoid(x)


@Sigmoid.misconception(
    "`backward` takes the sigmoid of the output, a second sigmoid. What `forward` remembered is "
    "the sigmoid of `x` already."
)
class SigmoidTwice(layers.Sigmoid):
    def backward(self, dout):
        again = layers.sigmoid(self.out)
        return dout * again * (1 - again)


@Sigmoid.misconception(
    "`backward` calculates dout·out - out²: `dout` stands in one of the two terms only. Look at "
    "the parentheses."
)
class HalfMultiplied(layers.Sigmoid):
    def backward(self, dout):
        return dout * self.out - self.out**2


@Sigmoid.misconception(
    "`backward` takes the derivative at `dout`. The local derivative belongs to the `x` of "
    "`forward`; `dout` is a factor before it."
)
class DerivativeAtDout(layers.Sigmoid):
    def backward(self, dout):
        out = layers.sigmoid(dout)
        return out * (1 - out)


@Sigmoid.misconception(
    "`backward` adds `dout` to the local derivative. The chain rule multiplies: upstream times "
    "local."
)
class AddsDout(layers.Sigmoid):
    def backward(self, dout):
        return dout + self.out * (1 - self.out)


@Sigmoid.misconception(
    "`backward` uses 1 - out². That is the derivative of the hyperbolic tangent."
)
class DerivativeOfTanh(layers.Sigmoid):
    def backward(self, dout):
        return dout * (1 - self.out**2)


@Sigmoid.misconception(
    "`backward` multiplies `dout` by 1 - out alone. The derivative is a product of two factors, "
    "and the other one is missing."
)
class OneFactor(layers.Sigmoid):
    def backward(self, dout):
        return dout * (1 - self.out)


@Sigmoid.misconception(
    "The sign is turned round. The sigmoid rises everywhere, so its derivative is positive: look "
    "at the order of the subtraction."
)
class Falls(layers.Sigmoid):
    def backward(self, dout):
        return dout * self.out * (self.out - 1)


@Sigmoid.misconception(
    "The numbers are right, but `backward` changed `dout`, the caller's array. `dout *= …` writes "
    "into it; `dout * …` makes a new array."
)
class SigmoidOverwritesDout(layers.Sigmoid):
    def backward(self, dout):
        dout *= self.out * (1 - self.out)
        return dout


@Sigmoid.misconception(
    "Near 1000 the result is `nan`, because `np.exp` overflows. Call your `sigmoid` instead of "
    "writing the formula a second time."
)
class SigmoidOverflow(layers.Sigmoid):
    def forward(self, x):
        self.out = overflow(x)
        return self.out


@Sigmoid.misconception(_SHARED)
class SharedOut(layers.Sigmoid):
    def forward(self, x):
        type(self).kept = layers.sigmoid(x)
        return type(self).kept

    def backward(self, dout):
        out = type(self).kept
        return dout * out * (1 - out)


# --- Tanh -------------------------------------------------------------------------------------

Tanh = Exercise("Tanh", points=2, forbids=LIBRARIES)


@Tanh.example("the numbers of the text")
def tanh_text(Tanh, rng):
    layer = Tanh()
    layer.forward(np.array([-2.0, 0.0, 2.0]))
    layer.backward(np.array([1.0, 1.0, 1.0]))


@Tanh.case("forward")
def tanh_forward(Tanh, rng):
    layer = Tanh()
    layer.forward(_signs(rng, 4, 3)[0])
    layer.params, layer.grads


@Tanh.case("forward, then backward", weight=2, draws=2)
def tanh_backward(Tanh, rng):
    _forward_backward(Tanh(), *_signs(rng, 4, 3))


@Tanh.case("numbers near 1000 and near -1000")
def tanh_large(Tanh, rng):
    x = np.array([1000.0, -1000.0, 1000.0, -1000.0]) + rng.normal(0, 1, size=4)
    _forward_backward(Tanh(), x, rng.uniform(1, 3, size=4))


@Tanh.misconception(
    "`backward` uses 1 - x². The formula is right for the *output*: remember what `forward` "
    "returned, not what it was given."
)
class SquareOfInput(layers.Tanh):
    def forward(self, x):
        self.out = x
        return np.tanh(x)


@Tanh.misconception(
    "`backward` uses 1 - out. The output has to be squared: the slope is the same on both sides "
    "of 0."
)
class NotSquared(layers.Tanh):
    def backward(self, dout):
        return dout * (1 - self.out)


@Tanh.misconception(
    "`backward` uses out(1 - out). That is the derivative of the sigmoid; the hyperbolic tangent "
    "has another one."
)
class DerivativeOfSigmoid(layers.Tanh):
    def backward(self, dout):
        return dout * self.out * (1 - self.out)


@Tanh.misconception(
    "`backward` gives the local derivative only: `dout` has no effect on the answer. Upstream "
    "times local gives downstream."
)
class TanhLocalOnly(layers.Tanh):
    def backward(self, dout):
        return 1 - self.out**2


@Tanh.misconception(
    "`backward` calculates dout - out²: `dout` multiplies the 1 only. Look at the parentheses."
)
class NoParentheses(layers.Tanh):
    def backward(self, dout):
        return dout * 1 - self.out**2


@Tanh.misconception(
    "`backward` takes the derivative at `dout`. The local derivative belongs to the `x` of "
    "`forward`; `dout` is a factor before it."
)
class TanhAtDout(layers.Tanh):
    def backward(self, dout):
        return 1 - np.tanh(dout) ** 2


@Tanh.misconception(
    "`backward` takes the hyperbolic tangent of the output, a second one. What `forward` "
    "remembered is the hyperbolic tangent of `x` already."
)
class TanhTwice(layers.Tanh):
    def backward(self, dout):
        return dout * (1 - np.tanh(self.out) ** 2)


@Tanh.misconception(
    "`backward` squares `dout` as well. Only the output is squared: `**` binds to what stands "
    "right before it, so look at the parentheses."
)
class AllSquared(layers.Tanh):
    def backward(self, dout):
        return dout - (dout * self.out) ** 2


@Tanh.misconception(
    "Near 1000 and near -1000 the result is `nan`: the exponentials overflow to infinity. NumPy "
    "has the hyperbolic tangent ready, and it does not overflow."
)
class TanhOverflow(layers.Tanh):
    def forward(self, x):
        up, down = np.exp(x), np.exp(-x)
        self.out = (up - down) / (up + down)
        return self.out


@Tanh.misconception(
    "`forward` gives 2σ(x) - 1, which is the hyperbolic tangent of *half* of `x`. The two "
    "functions are related, but with 2x inside the sigmoid."
)
class HalfTheInput(layers.Tanh):
    def forward(self, x):
        self.out = 2 * layers.sigmoid(x) - 1
        return self.out


@Tanh.misconception(
    "The numbers are right, but `backward` changed `dout`, the caller's array. `dout *= …` writes "
    "into it; `dout * …` makes a new array."
)
class TanhOverwritesDout(layers.Tanh):
    def backward(self, dout):
        dout *= 1 - self.out**2
        return dout


# --- Affine -----------------------------------------------------------------------------------

Affine = Exercise("Affine", points=5, forbids=LIBRARIES)


@Affine.example("the baskets of the text")
def affine_text(Affine, rng):
    W = np.array([[100.0, 110.0], [150.0, 130.0], [80.0, 90.0]])
    layer = Affine(W, np.array([30.0, 0.0]))
    layer.forward(np.array([[2.0, 3.0, 0.0], [1.0, 0.0, 4.0]]))
    layer.backward(np.array([[0.0, 1.0], [1.0, 0.0]]))
    layer.grads


def _affine(Affine, rng, d_in, d_out):
    """Make a layer; return it with its weights and bias, which the case may change."""
    W, b = array(rng.normal(0, 1, (d_in, d_out))), array(rng.uniform(1, 3, d_out))
    return Affine(W, b), W, b


@Affine.case("forward")
def affine_forward(Affine, rng):
    layer, W, b = _affine(Affine, rng, 3, 4)
    layer.forward(rng.normal(0, 1, (5, 3)))
    same(layer.params[0], W)
    same(layer.params[1], b)


@Affine.case("forward, then backward", weight=2, draws=2)
def affine_backward(Affine, rng):
    layer, _, _ = _affine(Affine, rng, 3, 4)
    _forward_backward(layer, rng.normal(0, 1, (5, 3)), rng.normal(0, 1, (5, 4)))
    layer.grads


@Affine.case("as many cases as inputs and outputs")
def affine_square(Affine, rng):
    layer, _, _ = _affine(Affine, rng, 3, 3)
    _forward_backward(layer, rng.normal(0, 1, (3, 3)), rng.normal(0, 1, (3, 3)))
    layer.grads


@Affine.case("a batch of pictures, flattened")
def affine_pictures(Affine, rng):
    layer, _, _ = _affine(Affine, rng, 6, 4)
    _forward_backward(layer, rng.normal(0, 1, (5, 2, 3)), rng.normal(0, 1, (5, 4)))
    layer.grads


@Affine.case("gradients are written in place, twice")
def affine_in_place(Affine, rng):
    layer, _, _ = _affine(Affine, rng, 3, 2)
    dW, db = layer.grads[0], layer.grads[1]
    for _ in range(2):
        _forward_backward(layer, rng.normal(0, 1, (4, 3)), rng.normal(0, 1, (4, 2)))
        look(dW)
        look(db)
    same(layer.grads[0], dW)
    same(layer.grads[1], db)


@Affine.case("weights that training has changed")
def affine_trained(Affine, rng):
    layer, W, b = _affine(Affine, rng, 3, 2)
    W[0] = rng.normal(5, 1, 2)
    b[1] = rng.normal(5, 1)
    _forward_backward(layer, rng.normal(0, 1, (4, 3)), rng.normal(0, 1, (4, 2)))


@Affine.misconception(
    "An input of shape `(N, D)` works, a batch of pictures does not: their axes do not fit those "
    "of `W`. All axes but the first have to become one, of D_in numbers a case."
)
class NotFlattened(layers.Affine):
    def forward(self, x):
        W, b = self.params
        self.shape, self.x = x.shape, x
        return x @ W + b


@Affine.misconception(
    "dx of a batch of pictures comes back flat, with shape `(N, D)`. The layer before expects a "
    "gradient in the shape of what it gave: remember the shape in `forward`."
)
class NotReshaped(layers.Affine):
    def backward(self, dout):
        return super().backward(dout).reshape(len(dout), -1)


@Affine.misconception("The bias is missing in `forward`: the output is `x @ W` alone.")
class NoBias(layers.Affine):
    def forward(self, x):
        return super().forward(x) - self.params[1]


@Affine.misconception(
    "An array was written into `grads` that does not fit there. dW stands first, db second; and db "
    "has shape `(D_out,)`: the one bias is used in every row, so the gradients of all rows add up."
)
class DbNotSummed(layers.Affine):
    def backward(self, dout):
        dx = super().backward(dout)
        self.grads[1][...] = dout
        return dx


@Affine.misconception(
    "db is the mean over the cases. The bias is used once in every row, and gradients of several "
    "uses are added; the 1/N is in the loss already."
)
class DbMean(layers.Affine):
    def backward(self, dout):
        dx = super().backward(dout)
        self.grads[1][...] = np.mean(dout, axis=0)
        return dx


@Affine.misconception(
    "All elements of db are the same number, the sum of all of `dout`. Every output has a bias of "
    "its own: look at the `axis` of the sum."
)
class DbSummedOverAll(layers.Affine):
    def backward(self, dout):
        dx = super().backward(dout)
        self.grads[1][...] = np.sum(dout)
        return dx


@Affine.misconception(
    "db was summed along the rows, so it has one number a case. It needs one number for each "
    "output, summed over the cases: look at `axis`."
)
class DbAlongRows(layers.Affine):
    def backward(self, dout):
        dx = super().backward(dout)
        self.grads[1][...] = np.sum(dout, axis=1)
        return dx


@Affine.misconception(
    "dW is transposed: it was computed with the shape `(D_out, D_in)`. A gradient has the shape "
    "of its array, `(D_in, D_out)`; look at the order of the product."
)
class DwTransposed(layers.Affine):
    def backward(self, dout):
        dx = super().backward(dout)
        self.grads[0][...] = dout.T @ self.x
        return dx


@Affine.misconception(
    "In `backward`, `dout` was multiplied by `W` as it is. `dout` has D_out columns, and `W` has "
    "D_out columns too: for dx the weights have to be transposed."
)
class DxNotTransposed(layers.Affine):
    def backward(self, dout):
        super().backward(dout)
        return (dout @ self.params[0]).reshape(self.shape)


@Affine.misconception(
    "The numbers are right, but `grads` holds new arrays. Whoever took the old ones sees no "
    "change: write into them, with `[...] =`."
)
class Rebound(layers.Affine):
    def backward(self, dout):
        self.grads = [self.x.T @ dout, np.sum(dout, axis=0)]
        return (dout @ self.params[0].T).reshape(self.shape)


@Affine.misconception(
    "The second `backward` adds its gradients to those of the first. The docstring asks to "
    "overwrite: `=` instead of `+=`."
)
class Accumulates(layers.Affine):
    def backward(self, dout):
        self.grads[0][...] += self.x.T @ dout
        self.grads[1][...] += np.sum(dout, axis=0)
        return (dout @ self.params[0].T).reshape(self.shape)


@Affine.misconception(
    "`grads` still holds zeros after `backward`: dW and db were not written into it."
)
class GradsForgotten(layers.Affine):
    def backward(self, dout):
        return (dout @ self.params[0].T).reshape(self.shape)


@Affine.misconception(
    "dW and db are divided by the number of cases. The 1/N belongs to the mean in the loss, and "
    "has arrived in `dout` already."
)
class DividedAgain(layers.Affine):
    def backward(self, dout):
        dx = super().backward(dout)
        for gradient in self.grads:
            gradient /= len(dout)
        return dx


@Affine.misconception(
    "`backward` returns three gradients. It returns that of the input only, for the layer before; "
    "dW and db are kept in `grads`."
)
class ReturnsAll(layers.Affine):
    def backward(self, dout):
        return super().backward(dout), *self.grads


@Affine.misconception(
    "`backward` returns dW. It returns the gradient of the input, for the layer before; dW and db "
    "are kept in `grads`."
)
class ReturnsDw(layers.Affine):
    def backward(self, dout):
        super().backward(dout)
        return self.grads[0].copy()


@Affine.misconception(
    "The layer works with copies of `W` and `b`. Training changes the arrays themselves, and the "
    "layer does not notice: keep the arrays that were handed in."
)
class Copies(layers.Affine):
    def __init__(self, W, b):
        super().__init__(W.copy(), b.copy())


# --- SoftmaxWithLoss --------------------------------------------------------------------------

SoftmaxWithLoss = Exercise("SoftmaxWithLoss", points=5, forbids=LIBRARIES)


def _labels(rng, cases, classes):
    """Draw labels in which every class occurs."""
    return rng.permutation(np.arange(cases) % classes)


@SoftmaxWithLoss.example("the two cats of lesson 02")
def loss_text(SoftmaxWithLoss, rng):
    layer = SoftmaxWithLoss()
    layer.forward(np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]]), np.array([0, 0]))
    layer.backward()


@SoftmaxWithLoss.case("a batch with labels", draws=2)
def loss_labels(SoftmaxWithLoss, rng):
    layer = SoftmaxWithLoss()
    layer.forward(rng.normal(0, 1, (5, 3)), _labels(rng, 5, 3))
    layer.backward()
    layer.params, layer.grads


@SoftmaxWithLoss.case("a batch with one-hot rows", draws=2)
def loss_one_hot(SoftmaxWithLoss, rng):
    layer = SoftmaxWithLoss()
    layer.forward(rng.normal(0, 1, (6, 4)), np.eye(4)[_labels(rng, 6, 4)])
    layer.backward()


@SoftmaxWithLoss.case("an upstream gradient other than 1")
def loss_upstream(SoftmaxWithLoss, rng):
    layer = SoftmaxWithLoss()
    layer.forward(rng.normal(0, 1, (5, 3)), np.eye(3)[_labels(rng, 5, 3)])
    layer.backward(rng.uniform(2, 4))


@SoftmaxWithLoss.case("one case: a label, then a one-hot row")
def loss_one_case(SoftmaxWithLoss, rng):
    layer = SoftmaxWithLoss()
    s, k = rng.normal(0, 1, 4), int(rng.integers(1, 4))
    layer.forward(s, k)
    layer.backward()
    layer.forward(s, np.eye(4)[k])
    layer.backward()


@SoftmaxWithLoss.case("backward twice after one forward")
def loss_twice(SoftmaxWithLoss, rng):
    layer = SoftmaxWithLoss()
    layer.forward(rng.normal(0, 1, (5, 3)), _labels(rng, 5, 3))
    layer.backward()
    layer.backward()


class _Wrong(layers.SoftmaxWithLoss):
    """A last layer whose parts can be replaced one at a time."""

    def cases(self):
        return 1 if self.p.ndim == 1 else len(self.p)


@SoftmaxWithLoss.misconception(
    "`dout` has no effect on the answer of `backward`. Where the loss is only a part of the final "
    "output the upstream gradient is not 1, and upstream times local gives downstream."
)
class IgnoresDout(layers.SoftmaxWithLoss):
    def backward(self, dout=1):
        return super().backward()


@SoftmaxWithLoss.misconception(
    "The gradient is N times too large: it belongs to the sum of the losses. `forward` returns "
    "their mean, so p - t has to be divided by the number of cases."
)
class SummedGradient(_Wrong):
    def backward(self, dout=1):
        return super().backward(dout) * self.cases()


@SoftmaxWithLoss.misconception(
    "The gradient of a single case is divided by the number of classes. With scores of shape "
    "`(C,)` the first axis counts classes, not cases; N is 1."
)
class OneCaseDivided(layers.SoftmaxWithLoss):
    def backward(self, dout=1):
        return dout * (self.p - self.t) / len(self.p)


@SoftmaxWithLoss.misconception(
    "p - t was divided by the number of all entries, N·C. There are N losses to average, one for "
    "each case."
)
class DividedByEntries(layers.SoftmaxWithLoss):
    def backward(self, dout=1):
        return dout * (self.p - self.t) / self.p.size


@SoftmaxWithLoss.misconception(
    "The sign is turned round: this is t - p. Raising the score of a wrong class raises the loss, "
    "so its entry is positive."
)
class TMinusP(layers.SoftmaxWithLoss):
    def backward(self, dout=1):
        return -super().backward(dout)


@SoftmaxWithLoss.misconception(
    "Only the targets were divided by N: the result is p - t/N. The whole difference is divided; "
    "look at the parentheses."
)
class HalfDivided(_Wrong):
    def backward(self, dout=1):
        return dout * (self.p - self.t / self.cases())


@SoftmaxWithLoss.misconception(
    "`forward` gave scores to `cross_entropy`, which expects probabilities. Softmax comes first."
)
class LossOfScores(layers.SoftmaxWithLoss):
    def forward(self, s, t):
        super().forward(s, t)
        return cross_entropy(s, t)


@SoftmaxWithLoss.misconception(
    "`forward` gave `cross_entropy` its arguments in the wrong order: the probabilities come "
    "first, the targets second."
)
class ArgumentsSwapped(layers.SoftmaxWithLoss):
    def forward(self, s, t):
        super().forward(s, t)
        return cross_entropy(self.t, self.p)


@SoftmaxWithLoss.misconception(
    "The targets were subtracted from the scores. They belong to the probabilities: remember what "
    "softmax returned."
)
class ScoresMinusT(_Wrong):
    def forward(self, s, t):
        loss = super().forward(s, t)
        self.p = s
        return loss


@SoftmaxWithLoss.misconception(
    "One-hot targets were used as positions. Labels work; a row such as (0, 1, 0) can be "
    "subtracted as it is, or has to be turned into the number of its class first."
)
class LabelsOnly(_Wrong):
    def forward(self, s, t):
        self.p, self.t = softmax(s), t
        return cross_entropy(self.p, self.t)

    def backward(self, dout=1):
        dx = np.atleast_2d(self.p).copy()
        dx[np.arange(len(dx)), self.t] -= 1
        return dout * dx.reshape(self.p.shape) / self.cases()


@SoftmaxWithLoss.misconception(
    "Labels were subtracted from probabilities as if they were amounts. One-hot rows work; a "
    "label says *where* the 1 is."
)
class OneHotOnly(_Wrong):
    def forward(self, s, t):
        self.p, self.t = softmax(s), t
        return cross_entropy(self.p, self.t)


@SoftmaxWithLoss.misconception(
    "The second `backward` answers differently from the first: the probabilities that `forward` "
    "remembered were changed on the way. Subtract from a copy."
)
class SpoilsItsMemory(_Wrong):
    def backward(self, dout=1):
        self.p -= self.t
        return dout * self.p / self.cases()


@SoftmaxWithLoss.misconception(
    "Softmax was applied twice: `forward` gave the loss the softmax of probabilities. A second "
    "softmax makes them too even."
)
class SoftmaxTwice(layers.SoftmaxWithLoss):
    def forward(self, s, t):
        super().forward(s, t)
        return cross_entropy(softmax(self.p), t)


@SoftmaxWithLoss.misconception(
    "`forward` gives the sum of the losses. The loss of a batch is their mean, so that it does "
    "not grow with the number of cases."
)
class SummedLoss(_Wrong):
    def forward(self, s, t):
        return super().forward(s, t) * self.cases()


@SoftmaxWithLoss.misconception(
    "The gradient is divided by N twice. The loss is the mean over the cases once, so 1/N stands "
    "in the gradient once."
)
class DividedTwice(_Wrong):
    def backward(self, dout=1):
        return super().backward(dout) / self.cases()


@SoftmaxWithLoss.misconception(
    "`forward` returns the probabilities. Keep them on `self` for `backward`; what is returned is "
    "one number, the loss."
)
class ReturnsProbabilities(layers.SoftmaxWithLoss):
    def forward(self, s, t):
        super().forward(s, t)
        return self.p


# --- Bug hunts --------------------------------------------------------------------------------


def _made_from(text, name):
    """Run the broken code that a learner's cell starts from, and return what it defines."""
    namespace = {"np": np}
    exec(text, namespace)
    return namespace[name]


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


@repaired_relu.example("the numbers of the text")
def hunt_relu_text(repaired_relu, rng):
    layer = repaired_relu()
    layer.forward(np.array([1.0, -2.0]))
    layer.backward(np.array([10.0, 20.0]))


@repaired_relu.case("forward, then backward", draws=2)
def hunt_relu_backward(repaired_relu, rng):
    _forward_backward(repaired_relu(), *_signs(rng, 4, 3))


@repaired_relu.case("inputs of exactly 0")
def hunt_relu_zero(repaired_relu, rng):
    _forward_backward(repaired_relu(), *_with_zeros(rng))


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


@repaired_relu.misconception(
    "This is still the broken code, or does the same: the numbers are right, but zeros were "
    "written into `dout`, which belongs to the caller. Giving an array a second name does not "
    "copy it."
)
class still_broken_relu(_made_from(BROKEN_RELU, "repaired_relu")):
    pass


@repaired_relu.misconception(
    "What is returned is another array, but zeros were written into `dout` all the same. Copy "
    "first, then write into the copy; a slice such as `dout[:]` is no copy, it looks into the same "
    "array."
)
class copied_too_late(bug_hunts.repaired_relu):
    def backward(self, dout):
        dout[self.off] = 0
        return dout.copy()


@repaired_relu.misconception(
    "`backward` is repaired, but now `forward` writes its zeros into `x`, the caller's array. Its "
    "copy was needed."
)
class forward_spoiled(bug_hunts.repaired_relu):
    def forward(self, x):
        self.off = x <= 0
        x[self.off] = 0
        return x


@repaired_relu.misconception(
    "`dout` is left alone, but no element is set to 0 any more. Where `x` was not positive "
    "nothing flows back."
)
class mask_dropped(bug_hunts.repaired_relu):
    def backward(self, dout):
        return dout.copy()


@repaired_relu.misconception(
    "`backward` returns zeros only: the new array was made empty, and nothing of `dout` was put "
    "into it."
)
class all_zero(bug_hunts.repaired_relu):
    def backward(self, dout):
        return np.zeros_like(dout)


@repaired_relu.misconception(
    "`backward` keeps the gradient where `x` was *not* positive. `self.off` is True there: the "
    "elements to be kept are the others."
)
class hunt_inverted(bug_hunts.repaired_relu):
    def backward(self, dout):
        return dout * self.off


@repaired_relu.misconception(
    "`backward` looks at the sign of `dout` now. The sign of `x` decides, and `self.off` holds "
    "it; that part of the code was right."
)
class hunt_sign_of_dout(bug_hunts.repaired_relu):
    def backward(self, dout):
        return np.maximum(dout, 0)


@repaired_relu.misconception(
    "`dout` is left alone, but where `x` is exactly 0 the gradient passes now. The comparison in "
    "`forward` was right: 0 counts as not positive."
)
class hunt_zero_passes(bug_hunts.repaired_relu):
    def forward(self, x):
        self.off = x < 0
        return np.where(self.off, 0.0, x)


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
    layer.forward(np.array([[1.0, 2.0], [3.0, 4.0]]))
    layer.backward(np.array([[1.0], [10.0]]))
    layer.grads


@repaired_affine.case("forward, then backward", weight=2, draws=2)
def hunt_affine_backward(repaired_affine, rng):
    layer, _, _ = _affine(repaired_affine, rng, 3, 4)
    _forward_backward(layer, rng.normal(0, 1, (5, 3)), rng.normal(0, 1, (5, 4)))
    layer.grads


@repaired_affine.case("as many cases as inputs and outputs")
def hunt_affine_square(repaired_affine, rng):
    layer, _, _ = _affine(repaired_affine, rng, 3, 3)
    _forward_backward(layer, rng.normal(0, 1, (3, 3)), rng.normal(0, 1, (3, 3)))
    layer.grads


@repaired_affine.case("two layers at the same time")
def hunt_affine_two(repaired_affine, rng):
    first, _, _ = _affine(repaired_affine, rng, 3, 2)
    second, _, _ = _affine(repaired_affine, rng, 3, 2)
    first.forward(rng.normal(0, 1, (4, 3)))
    second.forward(rng.normal(0, 1, (4, 3)))
    first.backward(rng.normal(0, 1, (4, 2)))
    second.backward(rng.normal(0, 1, (4, 2)))
    first.grads, second.grads


@repaired_affine.case("gradients are written in place, twice")
def hunt_affine_in_place(repaired_affine, rng):
    layer, _, _ = _affine(repaired_affine, rng, 3, 2)
    dW, db = layer.grads[0], layer.grads[1]
    for _ in range(2):
        _forward_backward(layer, rng.normal(0, 1, (4, 3)), rng.normal(0, 1, (4, 2)))
        look(dW)
        look(db)


@repaired_affine.misconception(
    "This is still the broken code, or does the same: `backward` uses a name that nothing "
    "defines. The input of `forward` is gone when `forward` ends, except for what it put on "
    "`self`."
)
class still_broken_affine(_made_from(BROKEN_AFFINE, "repaired_affine")):
    pass


@repaired_affine.misconception(
    "dW is made of dx, the gradient of the input. The shapes fit, but the local derivative of `x "
    "@ W` with respect to `W` is the input itself."
)
class gradient_of_the_input(bug_hunts.repaired_affine):
    def backward(self, dout):
        dx = super().backward(dout)
        self.grads[0][...] = dx.T @ dout
        return dx


@repaired_affine.misconception(
    "The input is kept in one place for all layers, so a layer works with the input of whichever "
    "ran last. It belongs to the object: `forward` puts it on `self` already."
)
class one_input_for_all(bug_hunts.repaired_affine):
    def forward(self, x):
        type(self).kept = x
        return super().forward(x)

    def backward(self, dout):
        self.x = type(self).kept
        return super().backward(dout)


@repaired_affine.misconception(
    "`backward` asks for a second argument now, and whoever calls it gives one only. All layers "
    "are called alike; what `backward` needs besides `dout` is on `self`."
)
class second_argument(bug_hunts.repaired_affine):
    def backward(self, dout, x):
        self.x = x
        return super().backward(dout)


@repaired_affine.misconception("What `forward` keeps is its output. dW needs the input.")
class output_kept(bug_hunts.repaired_affine):
    def forward(self, x):
        self.x = super().forward(x)
        return self.x


@repaired_affine.misconception(
    "The transpose is gone: `self.x` has a row for each case, and dW has a row for each input. "
    "Only the name was wrong."
)
class transpose_lost(bug_hunts.repaired_affine):
    def backward(self, dout):
        dx = super().backward(dout)
        self.grads[0][...] = self.x @ dout
        return dx


@repaired_affine.misconception(
    "The numbers are right, but `grads` holds new arrays now. Whoever took the old ones sees no "
    "change: writing with `[...] =` was right."
)
class grads_rebound(bug_hunts.repaired_affine):
    def backward(self, dout):
        self.grads = [np.zeros(a.shape) for a in self.params]
        return super().backward(dout)


@repaired_affine.misconception(
    "The second `backward` adds to the gradients of the first. Overwriting was right."
)
class gradients_added(bug_hunts.repaired_affine):
    def backward(self, dout):
        before = [g.copy() for g in self.grads]
        dx = super().backward(dout)
        for gradient, old in zip(self.grads, before, strict=True):
            gradient += old
        return dx
