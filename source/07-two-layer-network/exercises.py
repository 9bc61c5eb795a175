"""How lesson 07 is checked: cases, and the wrong versions that people really write."""

import numpy as np

from grader.exercises import FRAMEWORKS, Exercise
from solutions import two_layer as reference
from solutions.softmax import cross_entropy, softmax

# --- relu -------------------------------------------------------------------------------------

relu = Exercise("relu", points=1)


def _with_zeros(rng, *shape):
    """Draw numbers of both signs, some well above 1, with exact zeros among them."""
    x = rng.uniform(0.3, 4.0, size=shape) * rng.choice([-1.0, 1.0], size=shape)
    flat = x.reshape(-1)
    flat[:5] = [0.0, 1.5, -1.5, 3.5, -0.5]
    return rng.permutation(flat).reshape(shape)


@relu.example("the three numbers of the text")
def relu_text(relu, rng):
    relu(np.array([3.0, -3.0, 6.0]))


@relu.case("a row of numbers")
def relu_row(relu, rng):
    relu(_with_zeros(rng, 8))


@relu.case("a table: one picture a row", draws=2)
def relu_table(relu, rng):
    relu(_with_zeros(rng, 6, 4))


@relu.misconception(
    "Negative numbers lost their sign and stayed. ReLU puts 0 in their place; what it does is not "
    "the absolute value."
)
def absolute(x):
    return np.abs(x)


@relu.misconception(
    "Where `x` is positive the result is 1. That is the *slope* of ReLU; ReLU itself keeps the "
    "number."
)
def step(x):
    return np.where(x > 0, 1.0, 0.0)


@relu.misconception(
    "The negative numbers were kept and the positive ones became 0: the smaller of `x` and 0 was "
    "taken, or the condition is the wrong way round."
)
def turned_round(x):
    return np.minimum(x, 0)


@relu.misconception(
    "Negative numbers still come through, multiplied by 0.01. That is a relative, the leaky ReLU; "
    "here they become 0."
)
def leaky(x):
    return np.where(x > 0, x, 0.01 * x)


@relu.misconception("Numbers above 1 were cut off at 1. ReLU has no upper end.")
def clipped(x):
    return np.clip(x, 0, 1)


@relu.misconception(
    "The result is right, but the array that was given has been overwritten. Whoever called `relu` "
    "still needs it: build a new array."
)
def overwrites(x):
    x[x < 0] = 0
    return x


@relu.misconception(
    "Python's own `max`, or an `if`, was asked to decide about a whole array at once, and it "
    "cannot. NumPy has functions that decide entry by entry."
)
def builtin_max(x):
    return max(0, x)


@relu.misconception(
    "The negative numbers were left out, so the result is shorter than `x`. They become 0 and keep "
    "their places."
)
def selected(x):
    return x[x > 0]


@relu.misconception(
    "The result is one number, the largest of all. ReLU compares each entry with 0, by itself."
)
def largest(x):
    return max(0.0, np.max(x))


# --- drelu ------------------------------------------------------------------------------------

drelu = Exercise("drelu", points=1)


@drelu.example("the three numbers of the text")
def drelu_text(drelu, rng):
    drelu(np.array([3.0, -3.0, 6.0]))


@drelu.case("a row of numbers, with a 0 among them")
def drelu_row(drelu, rng):
    drelu(_with_zeros(rng, 8))


@drelu.case("a table: one picture a row", draws=2)
def drelu_table(drelu, rng):
    drelu(_with_zeros(rng, 6, 4))


@drelu.misconception(
    "At 0 the result is 1. ReLU has a corner there, and this course counts the slope at 0 as 0: "
    "compare with `>`."
)
def one_at_zero(x):
    return np.where(x >= 0, 1.0, 0.0)


@drelu.misconception(
    "At 0 the result is 1/2, the middle of both slopes. That would be a fair choice too; this "
    "course takes 0."
)
def half_at_zero(x):
    return np.heaviside(x, 0.5)


@drelu.misconception(
    "Where `x` is positive the result is `x`. That is ReLU itself; its slope there is 1, however "
    "large `x` is."
)
def relu_itself(x):
    return np.maximum(x, 0)


@drelu.misconception(
    "Negative numbers give -1: this is the sign of `x`, the slope of the absolute value. ReLU is "
    "flat to the left of 0."
)
def sign(x):
    return np.sign(x)


@drelu.misconception(
    "The result is 1 where `x` is negative: the condition is the wrong way round. ReLU is flat "
    "there, and its slope is 0."
)
def inverted(x):
    return np.where(x < 0, 1.0, 0.0)


@drelu.misconception(
    "The result is 1 everywhere but at 0: negative numbers have come through. They belong to the "
    "flat part of ReLU."
)
def not_zero(x):
    return np.where(x != 0, 1.0, 0.0)


@drelu.misconception("The result is 1 everywhere. That is the slope without ReLU.")
def ones(x):
    return np.ones_like(x)


@drelu.misconception(
    "Negative numbers give 0.01, which belongs to the leaky ReLU. The ReLU of this lesson is flat "
    "to the left of 0."
)
def leaky_slope(x):
    return np.where(x > 0, 1.0, 0.01)


@drelu.misconception(
    "An `if` was asked to decide about a whole array at once, and it cannot. A comparison such as "
    "`x > 0` already gives one answer for each entry."
)
def with_if(x):
    return 1.0 if x > 0 else 0.0


@drelu.misconception(
    "The result is right, but the array that was given has been overwritten. The forward pass "
    "still needs it: build a new array."
)
def drelu_overwrites(x):
    positive = x > 0
    x[:] = 0
    x[positive] = 1
    return x


# --- NN_2layer --------------------------------------------------------------------------------

NN_2layer = Exercise(
    "NN_2layer",
    points=8,
    rtol=1e-6,
    atol=1e-9,
    needs=("relu", "drelu"),
    forbids=(*FRAMEWORKS, "scipy"),
)


def _labels(rng, cases, classes):
    """Draw one-hot rows in which every class occurs (where there are enough cases)."""
    return np.eye(classes)[rng.permutation(np.arange(cases) % classes)]


def _start(rng, hidden, classes, *shape):
    """Draw weights and pictures; about half of all hidden units are switched off by ReLU."""
    pixels = int(np.prod(shape[1:]))
    W1 = rng.normal(0, 0.7, size=(hidden, pixels))
    W2 = rng.normal(0, 0.7, size=(classes, hidden))
    return W1, W2, rng.normal(0, 1.5, size=shape)


@NN_2layer.example("the picture of the text")
def net_text(NN_2layer, rng):
    net = NN_2layer([[1, 0], [1, -1], [0, 1]], [[2, 3, 0], [0, 0, 1], [2, 0, 0]])
    X = np.array([[3.0, 6.0]])
    p = net.forward(X)
    net.backward(p, X, np.array([[1.0, 0.0, 0.0]]))


@NN_2layer.case("`forward` on pictures of 2 x 2 pixels, then on flat ones", weight=2, draws=2)
def forward_pictures(NN_2layer, rng):
    W1, W2, X = _start(rng, 4, 3, 6, 2, 2)
    net = NN_2layer(W1, W2)
    net.forward(X)
    net.forward(X.reshape(6, 4)[:4])


@NN_2layer.case("`forward`, then `backward`", weight=2, draws=2)
def backward_pictures(NN_2layer, rng):
    W1, W2, X = _start(rng, 4, 3, 6, 2, 2)
    net = NN_2layer(W1, W2)
    p = net.forward(X)
    net.backward(p, X, _labels(rng, 6, 3))


@NN_2layer.case("the same with other numbers of pixels, hidden units and classes", draws=2)
def backward_other_sizes(NN_2layer, rng):
    W1, W2, X = _start(rng, 6, 4, 7, 5)
    net = NN_2layer(W1, W2)
    p = net.forward(X)
    net.backward(p, X, _labels(rng, 7, 4))


@NN_2layer.case("`train` for four epochs: the losses, then both weights", weight=2, draws=2)
def train_and_look(NN_2layer, rng):
    W1, W2, X = _start(rng, 4, 3, 6, 2, 2)
    net = NN_2layer(W1, W2)
    net.train(X, _labels(rng, 6, 3), 4, rng.uniform(0.05, 0.1))
    net.W1
    net.W2


@NN_2layer.case("`train` goes on where it stopped")
def train_again(NN_2layer, rng):
    W1, W2, X = _start(rng, 5, 3, 4, 4)
    t = _labels(rng, 4, 3)
    net = NN_2layer(W1, W2)
    net.train(X, t, 2, rng.uniform(0.02, 0.04))
    net.train(X, t, 3, rng.uniform(0.06, 0.1))
    net.W1
    net.W2


def _flat(X):
    return X.reshape(len(X), -1)


def _parts(net, p, X, t):
    """Return what a right backward pass is made of: x, z, h, and the gradients of scores and h."""
    x = _flat(X)
    z = x @ net.W1.T
    dscores = (p - t) / len(X)
    return x, z, np.maximum(z, 0), dscores, dscores @ net.W2


# Wrong forward passes.


@NN_2layer.misconception(
    "`forward` has no ReLU between the two layers. Two linear layers without it can do no more "
    "than one."
)
class NoRelu(reference.NN_2layer):
    def forward(self, X):
        return softmax(_flat(X) @ self.W1.T @ self.W2.T)


@NN_2layer.misconception(
    "ReLU was applied to the scores as well. It stands between the two layers only: scores may be "
    "negative."
)
class ReluOnScores(reference.NN_2layer):
    def forward(self, X):
        h = np.maximum(_flat(X) @ self.W1.T, 0)
        return softmax(np.maximum(h @ self.W2.T, 0))


@NN_2layer.misconception(
    "In `forward` the probabilities of each *class* sum to 1 over the pictures. Each picture is a "
    "case of its own: softmax goes along the rows."
)
class SoftmaxDownTheColumns(reference.NN_2layer):
    def forward(self, X):
        h = np.maximum(_flat(X) @ self.W1.T, 0)
        return softmax((h @ self.W2.T).T).T


@NN_2layer.misconception("`forward` returns scores. The last step, softmax, is missing.")
class ReturnsScores(reference.NN_2layer):
    def forward(self, X):
        return np.maximum(_flat(X) @ self.W1.T, 0) @ self.W2.T


@NN_2layer.misconception(
    "`forward` gives the probabilities with one picture a *column*, `(C, N)`. In this course one "
    "picture is a row, before and after the network."
)
class PicturesInColumns(reference.NN_2layer):
    def forward(self, X):
        return super().forward(X).T


@NN_2layer.misconception(
    "`forward` uses `W1` without a transpose. With 4 pixels and 4 hidden units that fits by "
    "chance, but it is another product: `W1` is `(outputs, inputs)`, and pictures are rows."
)
class FirstNotTransposed(reference.NN_2layer):
    def forward(self, X):
        return softmax(np.maximum(_flat(X) @ self.W1, 0) @ self.W2.T)


@NN_2layer.misconception(
    "`forward` multiplies pictures and weights as they are, `x @ W`, and the shapes do not fit. "
    "`W` is `(outputs, inputs)` in this lesson, so with one picture a row it is transposed."
)
class NothingTransposed(reference.NN_2layer):
    def forward(self, X):
        return softmax(np.maximum(_flat(X) @ self.W1, 0) @ self.W2)


# Wrong gradients. `train` of each is right in itself and follows the wrong gradient.


@NN_2layer.misconception(
    "On the way back ReLU is missing: a hidden unit that was 0 in `forward` still passes a "
    "gradient on. Its slope there is 0, so `drelu` takes part."
)
class MaskForgotten(reference.NN_2layer):
    def backward(self, p, X, t):
        x, _, h, dscores, dh = _parts(self, p, X, t)
        return dh.T @ x, dscores.T @ h


@NN_2layer.misconception(
    "The *gradient* was sent through ReLU: its negative entries became 0. What decides is the sign "
    "of z in the forward pass; a gradient may have any sign."
)
class ReluOfGradient(reference.NN_2layer):
    def backward(self, p, X, t):
        x, _, h, dscores, dh = _parts(self, p, X, t)
        return np.maximum(dh, 0).T @ x, dscores.T @ h


@NN_2layer.misconception(
    "The slope of ReLU was replaced by its value: the gradient was multiplied by h. It is "
    "multiplied by `drelu`, which is 0 or 1."
)
class TimesHidden(reference.NN_2layer):
    def backward(self, p, X, t):
        x, _, h, dscores, dh = _parts(self, p, X, t)
        return (dh * h).T @ x, dscores.T @ h


@NN_2layer.misconception(
    "The gradient of `W2` was made with z, before ReLU. The second layer was given h = relu(z), so "
    "h is the other factor."
)
class BeforeRelu(reference.NN_2layer):
    def backward(self, p, X, t):
        x, z, _, dscores, dh = _parts(self, p, X, t)
        return (dh * (z > 0)).T @ x, dscores.T @ z


@NN_2layer.misconception(
    "Both gradients are N times too large: they belong to the sum of the losses. The loss is the "
    "mean over the N pictures, so p - t is divided by N, once."
)
class Summed(reference.NN_2layer):
    def backward(self, p, X, t):
        dW1, dW2 = super().backward(p, X, t)
        return len(X) * dW1, len(X) * dW2


@NN_2layer.misconception(
    "The gradient of `W2` is right, the gradient of `W1` was divided by N a second time. Once p - "
    "t is divided by N, everything that comes from it is, too."
)
class DividedTwice(reference.NN_2layer):
    def backward(self, p, X, t):
        dW1, dW2 = super().backward(p, X, t)
        return dW1 / len(X), dW2


@NN_2layer.misconception(
    "The gradient of `W2` is right, the gradient of `W1` is N times too large. Divide p - t by N "
    "before it goes to the first layer."
)
class FirstNotDivided(reference.NN_2layer):
    def backward(self, p, X, t):
        dW1, dW2 = super().backward(p, X, t)
        return len(X) * dW1, dW2


@NN_2layer.misconception(
    "The sign of both gradients is turned round: `backward` starts from t - p. It is p - t."
)
class TMinusP(reference.NN_2layer):
    def backward(self, p, X, t):
        dW1, dW2 = super().backward(p, X, t)
        return -dW1, -dW2


@NN_2layer.misconception(
    "The two gradients come in the wrong order. `backward` finds the one of `W2` first, but it "
    "returns `dW1, dW2`."
)
class WrongOrder(reference.NN_2layer):
    def backward(self, p, X, t):
        return super().backward(p, X, t)[::-1]

    def train(self, X, t, epochs, learning_rate):
        losses = []
        for _ in range(epochs):
            p = self.forward(X)
            losses.append(cross_entropy(p, t))
            dW2, dW1 = self.backward(p, X, t)
            self.W1 = self.W1 - learning_rate * dW1
            self.W2 = self.W2 - learning_rate * dW2
        return losses


@NN_2layer.misconception(
    "Both gradients have rows and columns changed over. Each has the shape of the weights that it "
    "belongs to."
)
class Transposed(reference.NN_2layer):
    def backward(self, p, X, t):
        dW1, dW2 = super().backward(p, X, t)
        return dW1.T, dW2.T


@NN_2layer.misconception(
    "The gradient went back to the hidden units with the *gradient* of `W2` in the place of `W2`. "
    "What leads back through a layer are its weights."
)
class BackThroughGradient(reference.NN_2layer):
    def backward(self, p, X, t):
        x, z, h, dscores, _ = _parts(self, p, X, t)
        dW2 = dscores.T @ h
        return (dscores @ dW2 * (z > 0)).T @ x, dW2


@NN_2layer.misconception(
    "The gradient went back to the hidden units through `W2` *transposed*. Here one picture is a "
    "row, `(N, C)`, and `W2` is `(C, H)`, so `W2` fits as it is. Only where C = H does the other "
    "product fit too, and then it is wrong."
)
class BackThroughTransposed(reference.NN_2layer):
    def backward(self, p, X, t):
        x, z, h, dscores, _ = _parts(self, p, X, t)
        return (dscores @ self.W2.T * (z > 0)).T @ x, dscores.T @ h


@NN_2layer.misconception(
    "`backward` subtracts the targets from the scores. They belong to the probabilities, which are "
    "given to it as `p`."
)
class Scores(reference.NN_2layer):
    def backward(self, p, X, t):
        return super().backward(np.maximum(_flat(X) @ self.W1.T, 0) @ self.W2.T, X, t)


@NN_2layer.misconception(
    "Flat pictures work; in `backward` pictures of shape `(N, 2, 2)` were used as they are. Each "
    "picture becomes one row first, as in `forward`."
)
class NotFlattened(reference.NN_2layer):
    def backward(self, p, X, t):
        _, z, h, dscores, dh = _parts(self, p, X, t)
        return (dh * (z > 0)).T @ X, dscores.T @ h


@NN_2layer.misconception(
    "The gradient of `W1` was made with h. The first layer was given the pictures, so `X` is the "
    "other factor."
)
class HiddenForPictures(reference.NN_2layer):
    def backward(self, p, X, t):
        _, z, h, dscores, dh = _parts(self, p, X, t)
        return (dh * (z > 0)).T @ h, dscores.T @ h


# Right gradients, wrong training.


@NN_2layer.misconception("`train` moves `W2` only; `W1` is what it was. Both layers learn.")
class SecondLayerOnly(reference.NN_2layer):
    def train(self, X, t, epochs, learning_rate):
        losses = []
        for _ in range(epochs):
            p = self.forward(X)
            losses.append(cross_entropy(p, t))
            self.W2 = self.W2 - learning_rate * self.backward(p, X, t)[1]
        return losses


@NN_2layer.misconception("`train` moves `W1` only; `W2` is what it was. Both layers learn.")
class FirstLayerOnly(reference.NN_2layer):
    def train(self, X, t, epochs, learning_rate):
        losses = []
        for _ in range(epochs):
            p = self.forward(X)
            losses.append(cross_entropy(p, t))
            self.W1 = self.W1 - learning_rate * self.backward(p, X, t)[0]
        return losses


@NN_2layer.misconception(
    "`W2` was updated before the gradient of `W1` was taken, so the gradient went back through the "
    "*new* weights. Take both gradients first, then move both layers."
)
class ThroughNewWeights(reference.NN_2layer):
    def train(self, X, t, epochs, learning_rate):
        losses = []
        for _ in range(epochs):
            p = self.forward(X)
            losses.append(cross_entropy(p, t))
            self.W2 = self.W2 - learning_rate * self.backward(p, X, t)[1]
            self.W1 = self.W1 - learning_rate * self.backward(p, X, t)[0]
        return losses


@NN_2layer.misconception(
    "`W1` was updated before the gradient of `W2` was taken, so that gradient was made with hidden "
    "units of the *new* weights. Take both gradients first, then move both layers."
)
class WithNewHidden(reference.NN_2layer):
    def train(self, X, t, epochs, learning_rate):
        losses = []
        for _ in range(epochs):
            p = self.forward(X)
            losses.append(cross_entropy(p, t))
            self.W1 = self.W1 - learning_rate * self.backward(p, X, t)[0]
            self.W2 = self.W2 - learning_rate * self.backward(p, X, t)[1]
        return losses


@NN_2layer.misconception(
    "The gradients are right, but `train` goes uphill: the weights move *along* them. Subtract "
    "learning rate times gradient."
)
class Uphill(reference.NN_2layer):
    def train(self, X, t, epochs, learning_rate):
        return super().train(X, t, epochs, -learning_rate)


@NN_2layer.misconception(
    "The gradients are right, but after `train` the weights are what they were, and all losses are "
    "the same. New arrays under local names are lost: `self.W1` and `self.W2` have to change."
)
class NotUpdated(reference.NN_2layer):
    def train(self, X, t, epochs, learning_rate):
        return super().train(X, t, epochs, 0.0)


@NN_2layer.misconception(
    "The weights are right, the losses come one epoch too late: each was taken after the update. "
    "Here the loss of an epoch belongs to the weights that the epoch began with."
)
class LossAfterUpdate(reference.NN_2layer):
    def train(self, X, t, epochs, learning_rate):
        losses = super().train(X, t, epochs, learning_rate)
        return [*losses[1:], cross_entropy(self.forward(X), t)]


@NN_2layer.misconception(
    "The list has one loss too many: the loss after the last update is in it too. There is one "
    "loss for each epoch, taken before its update."
)
class OneTooMany(reference.NN_2layer):
    def train(self, X, t, epochs, learning_rate):
        losses = super().train(X, t, epochs, learning_rate)
        return [*losses, cross_entropy(self.forward(X), t)]


@NN_2layer.misconception(
    "The gradients were calculated once, before the loop, and used in every epoch. As soon as the "
    "weights have moved, their gradients are others."
)
class GradientOnce(reference.NN_2layer):
    def train(self, X, t, epochs, learning_rate):
        losses = []
        dW1, dW2 = self.backward(self.forward(X), X, t)
        for _ in range(epochs):
            losses.append(cross_entropy(self.forward(X), t))
            self.W1 = self.W1 - learning_rate * dW1
            self.W2 = self.W2 - learning_rate * dW2
        return losses


@NN_2layer.misconception(
    "`train` subtracts the whole gradients. The learning rate that it was given takes no part."
)
class RateIgnored(reference.NN_2layer):
    def train(self, X, t, epochs, learning_rate):
        return super().train(X, t, epochs, 1.0)
