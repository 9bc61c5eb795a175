"""How lesson 07 is checked: cases, and the wrong versions that people really write."""

from types import SimpleNamespace

import numpy as np

from grader.exercises import FRAMEWORKS, Exercise
from solutions import two_layer as reference
from solutions.softmax import softmax
from source.families import Around, Wrong, given, then
from source.families.cases import labels
from source.families.training import Training, epochs, train_with

# --- relu -------------------------------------------------------------------------------------

relu = Exercise("relu", points=1)


def _with_zeros(rng, *shape):
    """Draw numbers of both signs, some well above 1, with exact zeros among them."""
    x = rng.uniform(0.3, 4.0, size=shape) * rng.choice([-1.0, 1.0], size=shape)
    flat = x.reshape(-1)
    flat[:5] = [0.0, 1.5, -1.5, 3.5, -0.5]
    return rng.permutation(flat).reshape(shape)


relu.example("the three numbers of the text")(lambda relu, rng: relu(np.array([3.0, -3.0, 6.0])))
relu.case("a row of numbers")(lambda relu, rng: relu(_with_zeros(rng, 8)))
relu.case("a table: one picture a row", draws=2)(lambda relu, rng: relu(_with_zeros(rng, 6, 4)))

wrong = Wrong(relu, reference.relu)
wrong("absolute", lambda x: np.abs(x)).says(
    "Negative numbers lost their sign and stayed. ReLU puts 0 in their place; what it does is not "
    "the absolute value."
)
wrong("step", lambda x: np.where(x > 0, 1.0, 0.0)).says(
    "Where `x` is positive the result is 1. That is the *slope* of ReLU; ReLU itself keeps the "
    "number."
)
wrong("turned_round", lambda x: np.minimum(x, 0)).says(
    "The negative numbers were kept and the positive ones became 0: the smaller of `x` and 0 was "
    "taken, or the condition is the wrong way round."
)
wrong("leaky", lambda x: np.where(x > 0, x, 0.01 * x)).says(
    "Negative numbers still come through, multiplied by 0.01. That is a relative, the leaky ReLU; "
    "here they become 0."
)
wrong("clipped", lambda x: np.clip(x, 0, 1)).says(
    "Numbers above 1 were cut off at 1. ReLU has no upper end."
)
wrong.overwrites("overwrites")
wrong("builtin_max", lambda x: max(0, x)).says(
    "Python's own `max`, or an `if`, was asked to decide about a whole array at once, and it "
    "cannot. NumPy has functions that decide entry by entry."
)
wrong("selected", lambda x: x[x > 0]).says(
    "The negative numbers were left out, so the result is shorter than `x`. They become 0 and keep "
    "their places."
)
wrong("largest", lambda x: max(0.0, np.max(x))).says(
    "The result is one number, the largest of all. ReLU compares each entry with 0, by itself."
)


# --- drelu ------------------------------------------------------------------------------------

drelu = Exercise("drelu", points=1)


drelu.example("the three numbers of the text")(lambda drelu, rng: drelu(np.array([3.0, -3.0, 6.0])))
drelu.case("a row of numbers, with a 0 among them")(lambda drelu, rng: drelu(_with_zeros(rng, 8)))
drelu.case("a table: one picture a row", draws=2)(lambda drelu, rng: drelu(_with_zeros(rng, 6, 4)))

wrong = Wrong(drelu, reference.drelu)
wrong("one_at_zero", lambda x: np.where(x >= 0, 1.0, 0.0)).says(
    "At 0 the result is 1. ReLU has a corner there, and this course counts the slope at 0 as 0: "
    "compare with `>`."
)
wrong("half_at_zero", lambda x: np.heaviside(x, 0.5)).says(
    "At 0 the result is 1/2, the middle of both slopes. That would be a fair choice too; this "
    "course takes 0."
)
wrong("relu_itself", lambda x: np.maximum(x, 0)).says(
    "Where `x` is positive the result is `x`. That is ReLU itself; its slope there is 1, however "
    "large `x` is."
)
wrong("sign", lambda x: np.sign(x)).says(
    "Negative numbers give -1: this is the sign of `x`, the slope of the absolute value. ReLU is "
    "flat to the left of 0."
)
wrong("inverted", lambda x: np.where(x < 0, 1.0, 0.0)).says(
    "The result is 1 where `x` is negative: the condition is the wrong way round. ReLU is flat "
    "there, and its slope is 0."
)
wrong("not_zero", lambda x: np.where(x != 0, 1.0, 0.0)).says(
    "The result is 1 everywhere but at 0: negative numbers have come through. They belong to the "
    "flat part of ReLU."
)
wrong("ones", lambda x: np.ones_like(x)).says(
    "The result is 1 everywhere. That is the slope without ReLU."
)
wrong("leaky_slope", lambda x: np.where(x > 0, 1.0, 0.01)).says(
    "Negative numbers give 0.01, which belongs to the leaky ReLU. The ReLU of this lesson is flat "
    "to the left of 0."
)
wrong("with_if", lambda x: 1.0 if x > 0 else 0.0).says(
    "An `if` was asked to decide about a whole array at once, and it cannot. A comparison such as "
    "`x > 0` already gives one answer for each entry."
)
wrong.overwrites("drelu_overwrites")


# --- NN_2layer --------------------------------------------------------------------------------

NN_2layer = Exercise(
    "NN_2layer",
    points=8,
    rtol=1e-6,
    atol=1e-9,
    needs=("relu", "drelu"),
    forbids=(*FRAMEWORKS, "scipy"),
)


def _start(rng, hidden, classes, *shape):
    """Draw weights and pictures; about half of all hidden units are switched off by ReLU."""
    pixels = int(np.prod(shape[1:]))
    W1 = rng.normal(0, 0.7, size=(hidden, pixels))
    W2 = rng.normal(0, 0.7, size=(classes, hidden))
    return W1, W2, rng.normal(0, 1.5, size=shape)


def _both_ways(*sizes):
    """Make a case: `forward`, then `backward`."""

    def case(NN_2layer, rng):
        W1, W2, X = _start(rng, *sizes)
        net = NN_2layer(W1, W2)
        p = net.forward(X)
        net.backward(p, X, np.eye(len(W2))[labels(rng, len(X), len(W2))])

    return case


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


NN_2layer.case("`forward`, then `backward`", weight=2, draws=2)(_both_ways(4, 3, 6, 2, 2))
NN_2layer.case("the same with other numbers of pixels, hidden units and classes", draws=2)(
    _both_ways(6, 4, 7, 5)
)


@NN_2layer.case("`train` for four epochs: the losses, then both weights", weight=2, draws=2)
def train_and_look(NN_2layer, rng):
    W1, W2, X = _start(rng, 4, 3, 6, 2, 2)
    net = NN_2layer(W1, W2)
    net.train(X, np.eye(3)[labels(rng, 6, 3)], 4, rng.uniform(0.05, 0.1))
    net.W1
    net.W2


@NN_2layer.case("`train` goes on where it stopped")
def train_again(NN_2layer, rng):
    W1, W2, X = _start(rng, 5, 3, 4, 4)
    t = np.eye(3)[labels(rng, 4, 3)]
    net = NN_2layer(W1, W2)
    net.train(X, t, 2, rng.uniform(0.02, 0.04))
    net.train(X, t, 3, rng.uniform(0.06, 0.1))
    net.W1
    net.W2


def _flat(X):
    return X.reshape(len(X), -1)


def _hidden(net, X):
    return np.maximum(_flat(X) @ net.W1.T, 0)


def _scores(net, X):
    return _hidden(net, X) @ net.W2.T


# Wrong forward passes.

wrong = Training(NN_2layer, reference.NN_2layer)
wrong("NoRelu", forward=lambda self, X: softmax(_flat(X) @ self.W1.T @ self.W2.T)).says(
    "`forward` has no ReLU between the two layers. Two linear layers without it can do no more "
    "than one."
)
wrong("ReluOnScores", forward=lambda self, X: softmax(np.maximum(_scores(self, X), 0))).says(
    "ReLU was applied to the scores as well. It stands between the two layers only: scores may be "
    "negative."
)
wrong("SoftmaxDownTheColumns", forward=lambda self, X: softmax(_scores(self, X).T).T).says(
    "In `forward` the probabilities of each *class* sum to 1 over the pictures. Each picture is a "
    "case of its own: softmax goes along the rows."
)
wrong("ReturnsScores", forward=_scores).says(
    "`forward` returns scores. The last step, softmax, is missing."
)
wrong("PicturesInColumns", forward=then(lambda self, out, X: out.T)).says(
    "`forward` gives the probabilities with one picture a *column*, `(C, N)`. In this course one "
    "picture is a row, before and after the network."
)
wrong(
    "FirstNotTransposed",
    forward=lambda self, X: softmax(np.maximum(_flat(X) @ self.W1, 0) @ self.W2.T),
).says(
    "`forward` uses `W1` without a transpose. With 4 pixels and 4 hidden units that fits by "
    "chance, but it is another product: `W1` is `(outputs, inputs)`, and pictures are rows."
)
wrong(
    "NothingTransposed",
    forward=lambda self, X: softmax(np.maximum(_flat(X) @ self.W1, 0) @ self.W2),
).says(
    "`forward` multiplies pictures and weights as they are, `x @ W`, and the shapes do not fit. "
    "`W` is `(outputs, inputs)` in this lesson, so with one picture a row it is transposed."
)


# Wrong gradients. `train` of each is right in itself and follows the wrong gradient.


def _backward(dz=lambda net, v: v.dh * (v.z > 0), dW1=lambda v: v.dz.T @ v.x, W2_input="h"):
    """Make a `backward` that is wrong in one place.

    What it is made of is in a namespace: `X`, `x` (flat), `z`, `h`, and the gradients `dscores`,
    `dW2`, `dh` and `dz`.
    """

    def backward(net, p, X, t):
        v = SimpleNamespace(X=X, x=_flat(X), z=_flat(X) @ net.W1.T, dscores=(p - t) / len(X))
        v.h, v.dh = np.maximum(v.z, 0), v.dscores @ net.W2
        v.dW2 = v.dscores.T @ getattr(v, W2_input)
        v.dz = dz(net, v)
        return dW1(v), v.dW2

    return backward


wrong("MaskForgotten", backward=_backward(dz=lambda net, v: v.dh)).says(
    "On the way back ReLU is missing: a hidden unit that was 0 in `forward` still passes a "
    "gradient on. Its slope there is 0, so `drelu` takes part."
)
wrong("ReluOfGradient", backward=_backward(dz=lambda net, v: np.maximum(v.dh, 0))).says(
    "The *gradient* was sent through ReLU: its negative entries became 0. What decides is the sign "
    "of z in the forward pass; a gradient may have any sign."
)
wrong("TimesHidden", backward=_backward(dz=lambda net, v: v.dh * v.h)).says(
    "The slope of ReLU was replaced by its value: the gradient was multiplied by h. It is "
    "multiplied by `drelu`, which is 0 or 1."
)
wrong("BeforeRelu", backward=_backward(W2_input="z")).says(
    "The gradient of `W2` was made with z, before ReLU. The second layer was given h = relu(z), so "
    "h is the other factor."
)
wrong("Summed", backward=then(lambda self, grads, p, X, t: tuple(len(X) * g for g in grads))).says(
    "Both gradients are N times too large: they belong to the sum of the losses. The loss is the "
    "mean over the N pictures, so p - t is divided by N, once."
)
wrong("DividedTwice", backward=then(lambda self, g, p, X, t: (g[0] / len(X), g[1]))).says(
    "The gradient of `W2` is right, the gradient of `W1` was divided by N a second time. Once p - "
    "t is divided by N, everything that comes from it is, too."
)
wrong("FirstNotDivided", backward=then(lambda self, g, p, X, t: (len(X) * g[0], g[1]))).says(
    "The gradient of `W2` is right, the gradient of `W1` is N times too large. Divide p - t by N "
    "before it goes to the first layer."
)
wrong("TMinusP", backward=then(lambda self, grads, *_: tuple(-g for g in grads))).says(
    "The sign of both gradients is turned round: `backward` starts from t - p. It is p - t."
)
wrong(
    "WrongOrder",
    backward=then(lambda self, grads, *_: grads[::-1]),
    train=Around(
        lambda train, self, *given: train_with(
            lambda *found: type(self).backward(self, *found)[::-1], train, self, *given
        )
    ),
).says(
    "The two gradients come in the wrong order. `backward` finds the one of `W2` first, but it "
    "returns `dW1, dW2`."
)
wrong("Transposed", backward=then(lambda self, grads, *_: tuple(g.T for g in grads))).says(
    "Both gradients have rows and columns changed over. Each has the shape of the weights that it "
    "belongs to."
)
wrong(
    "BackThroughGradient", backward=_backward(dz=lambda net, v: v.dscores @ v.dW2 * (v.z > 0))
).says(
    "The gradient went back to the hidden units with the *gradient* of `W2` in the place of `W2`. "
    "What leads back through a layer are its weights."
)
wrong(
    "BackThroughTransposed",
    backward=_backward(dz=lambda net, v: v.dscores @ net.W2.T * (v.z > 0)),
).says(
    "The gradient went back to the hidden units through `W2` *transposed*. Here one picture is a "
    "row, `(N, C)`, and `W2` is `(C, H)`, so `W2` fits as it is. Only where C = H does the other "
    "product fit too, and then it is wrong."
)
wrong("Scores", backward=given(lambda self, p, X, t: (_scores(self, X), X, t))).says(
    "`backward` subtracts the targets from the scores. They belong to the probabilities, which are "
    "given to it as `p`."
)
wrong("NotFlattened", backward=_backward(dW1=lambda v: v.dz.T @ v.X)).says(
    "Flat pictures work; in `backward` pictures of shape `(N, 2, 2)` were used as they are. Each "
    "picture becomes one row first, as in `forward`."
)
wrong("HiddenForPictures", backward=_backward(dW1=lambda v: v.dz.T @ v.h)).says(
    "The gradient of `W1` was made with h. The first layer was given the pictures, so `X` is the "
    "other factor."
)


# Right gradients, wrong training.


def _moved(layer):
    """Return what gives the weights of one layer after a step with its gradient of this moment."""
    name = f"W{layer}"
    return lambda self, p, X, t, learning_rate: (
        getattr(self, name) - learning_rate * self.backward(p, X, t)[layer - 1]
    )


for _name, _weights, _only, _other in (
    ("SecondLayerOnly", {"W2": _moved(2)}, "W2", "W1"),
    ("FirstLayerOnly", {"W1": _moved(1)}, "W1", "W2"),
):
    wrong(_name, train=epochs(**_weights)).says(
        f"`train` moves `{_only}` only; `{_other}` is what it was. Both layers learn."
    )
wrong("ThroughNewWeights", train=epochs(W2=_moved(2), W1=_moved(1))).says(
    "`W2` was updated before the gradient of `W1` was taken, so the gradient went back through the "
    "*new* weights. Take both gradients first, then move both layers."
)
wrong("WithNewHidden", train=epochs(W1=_moved(1), W2=_moved(2))).says(
    "`W1` was updated before the gradient of `W2` was taken, so that gradient was made with hidden "
    "units of the *new* weights. Take both gradients first, then move both layers."
)
wrong.with_rate("Uphill", lambda rate, X: -rate).says(
    "The gradients are right, but `train` goes uphill: the weights move *along* them. Subtract "
    "learning rate times gradient."
)
wrong.with_rate("NotUpdated", lambda rate, X: 0.0).says(
    "The gradients are right, but after `train` the weights are what they were, and all losses are "
    "the same. New arrays under local names are lost: `self.W1` and `self.W2` have to change."
)
wrong.loss_after_update("LossAfterUpdate")
wrong.one_loss_too_many("OneTooMany")
wrong.gradient_once("GradientOnce")
wrong.rate_ignored("RateIgnored")
