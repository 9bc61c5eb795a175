"""How lesson 06 is checked: cases, and the wrong versions that people really write."""

import numpy as np

from grader.exercises import FRAMEWORKS, Exercise
from solutions import one_layer as reference
from solutions.softmax import cross_entropy, softmax
from source.families import given, then
from source.families.cases import labels
from source.families.training import Training, epochs

NN_1layer = Exercise("NN_1layer", points=6, rtol=1e-6, atol=1e-9, forbids=(*FRAMEWORKS, "scipy"))


def _start(rng, classes, *shape):
    """Draw weights, pictures of shape (N, …) with pixels of both signs, and one-hot rows."""
    pixels = int(np.prod(shape[1:]))
    W, X = rng.normal(0, 0.7, size=(classes, pixels)), rng.normal(0, 1.5, size=shape)
    return W, X, np.eye(classes)[labels(rng, shape[0], classes)]


def _backward(*sizes):
    """Make a case: `backward` with the probabilities that the right network gives."""

    def case(NN_1layer, rng):
        W, X, t = _start(rng, *sizes)
        NN_1layer(W).backward(reference.NN_1layer(W).forward(X), X, t)

    return case


@NN_1layer.example("`backward` on the two pictures of the text: every probability is 1/3")
def text_numbers(NN_1layer, rng):
    net = NN_1layer(np.zeros((3, 2)))
    X = np.array([[3.0, 6.0], [6.0, 0.0]])
    net.backward(np.full((2, 3), 1 / 3), X, np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))


NN_1layer.case("`backward` on pictures of 2 x 2 pixels", weight=2, draws=2)(_backward(3, 6, 2, 2))
NN_1layer.case("`backward` on pictures that are flat already", draws=2)(_backward(4, 7, 5))


@NN_1layer.case("`train` for four epochs: the losses, then the weights", weight=2, draws=2)
def train_and_look(NN_1layer, rng):
    W, X, t = _start(rng, 3, 6, 2, 2)
    net = NN_1layer(W)
    net.train(X, t, 4, rng.uniform(0.15, 0.25))
    net.W


@NN_1layer.case("`train` goes on where it stopped")
def train_again(NN_1layer, rng):
    W, X, t = _start(rng, 4, 5, 3)
    net = NN_1layer(W)
    net.train(X, t, 2, rng.uniform(0.1, 0.15))
    net.train(X, t, 3, rng.uniform(0.2, 0.3))
    net.W


def _flat(X):
    return X.reshape(len(X), -1)


# Wrong gradients. `train` of each is right in itself and follows the wrong gradient.

wrong = Training(NN_1layer, reference.NN_1layer)
wrong("Summed", backward=lambda self, p, X, t: (p - t).T @ _flat(X)).says(
    "`backward` gives the gradient of the *sum* of the losses: N times too large, where N is the "
    "number of pictures. The loss is their mean, so the gradient is divided by N too."
)
wrong("Transposed", backward=lambda self, p, X, t: _flat(X).T @ (p - t) / len(X)).says(
    "`backward` gives the gradient with rows and columns changed over, `(D, C)`. `W` is `(C, D)` "
    "in this lesson, and a gradient always has the shape of what it belongs to."
)
wrong("TMinusP", backward=lambda self, p, X, t: (t - p).T @ _flat(X) / len(X)).says(
    "The sign of the gradient is turned round: `backward` starts from t - p. Where a class gets "
    "too much probability, raising its score raises the loss, so p - t is positive there."
)
wrong("PPlusT", backward=lambda self, p, X, t: (p + t).T @ _flat(X) / len(X)).says(
    "`backward` adds the targets to the probabilities. The gradient at the scores is p - t: it "
    "vanishes where the network is sure and right."
)
wrong(
    "Scores", backward=lambda self, p, X, t: (_flat(X) @ self.W.T - t).T @ _flat(X) / len(X)
).says(
    "`backward` subtracts the targets from the *scores*. They belong to the probabilities, which "
    "are given to it as `p`."
)
wrong("TargetsForgotten", backward=lambda self, p, X, t: p.T @ _flat(X) / len(X)).says(
    "`backward` leaves the targets out. Without them every picture pushes all its scores down, the "
    "right one too."
)
wrong("NotFlattened", backward=lambda self, p, X, t: (p - t).T @ X / len(X)).says(
    "Pictures that are flat work; pictures of shape `(N, 2, 2)` were used as they are. `forward` "
    "flattens them for itself, and `backward` gets them as they were: each picture becomes one row "
    "first."
)
wrong("NoTranspose", backward=lambda self, p, X, t: (p - t) @ _flat(X) / len(X)).says(
    "`backward` multiplies p - t with the pictures, both with one picture a row, and the shapes do "
    "not fit. The sum has to go over the pictures, so one of the two is transposed."
)
wrong("DividedByEntries", backward=lambda self, p, X, t: (p - t).T @ _flat(X) / p.size).says(
    "The gradient was divided by the number of all entries of `p`, N·C. There are N losses to "
    "average, one for each picture."
)
wrong("DividedByClasses", backward=lambda self, p, X, t: (p - t).T @ _flat(X) / p.shape[1]).says(
    "The gradient was divided by the number of classes. The mean goes over the pictures: the "
    "number of rows of `p`."
)
wrong(
    "DividedByPixels", backward=lambda self, p, X, t: (p - t).T @ _flat(X) / _flat(X).shape[1]
).says(
    "The gradient was divided by the number of pixels. The mean goes over the pictures: the number "
    "of rows of `p`."
)
wrong("WithRespectToPictures", backward=lambda self, p, X, t: (p - t) @ self.W / len(X)).says(
    "`backward` gives the derivative with respect to the *pictures*, p - t times `W`. To learn, "
    "the network needs the derivative with respect to its weights: the other factor of the "
    "product, `X`, takes part."
)
wrong("TrueClassOnly", backward=lambda self, p, X, t: ((p - t) * t).T @ _flat(X) / len(X)).says(
    "Only the row of the true class gets a gradient from a picture. The scores of the other "
    "classes stand in the denominator of softmax, so their rows move too."
)
wrong(
    "StopsAtProbabilities", backward=lambda self, p, X, t: (-t / (p + 1e-7)).T @ _flat(X) / len(X)
).says(
    "`backward` uses the derivative of the loss with respect to the *probabilities*, -t/p. The "
    "chain goes on through softmax to the scores; both together are p - t."
)


wrong(
    "WithWeights",
    backward=lambda self, p, X, t: self.W - (p - t).T @ _flat(X) / len(X),
    train=epochs(W=lambda self, p, X, t, rate: self.backward(p, X, t)),
).says(
    "`backward` gives the new weights, not the gradient: `W` is in it. Moving the weights is the "
    "task of `train`."
)


# Right gradients, wrong training.


def _moved(self, p, X, t, learning_rate):
    """Return the weights after a right step."""
    return self.W - learning_rate * self.backward(p, X, t)


def _one_by_one(self, p, X, t, learning_rate):
    for n in range(len(X)):
        self.W = _moved(self, self.forward(X[[n]]), X[[n]], t[[n]], learning_rate)
    return self.W


wrong.with_rate("Uphill", lambda rate, X: -rate).says(
    "The gradient is right, but `train` goes uphill: the weights move *along* it. A positive "
    "derivative means that a larger weight gives a larger loss."
)
wrong.with_rate("NotUpdated", lambda rate, X: 0.0).says(
    "The gradient is right, but after `train` the weights are what they were, and all losses are "
    "the same. A new array under a local name is lost: the network's own `self.W` has to change."
)
wrong.loss_after_update("LossAfterUpdate")
wrong.one_loss_too_many("OneTooMany")
wrong("LastLossOnly", train=then(lambda self, losses, *_: losses[-1])).says(
    "`train` returns the last loss only. What is asked for is the list of all of them, one for "
    "each epoch."
)
wrong("ReturnsInsideLoop", train=given(lambda self, X, t, epochs, rate: (X, t, 1, rate))).says(
    "The list ends after the first epoch: the `return` of `train` stands inside the loop."
)


@NN_1layer.misconception(
    "`forward` was called once, before the loop: the probabilities and the losses stay as they "
    "were, although the weights move. Each epoch begins with a new forward pass."
)
class ForwardOnce(reference.NN_1layer):
    def train(self, X, t, epochs, learning_rate):
        p = self.forward(X)
        for _ in range(epochs):
            self.W = _moved(self, p, X, t, learning_rate)
        return [cross_entropy(p, t)] * epochs


wrong.gradient_once("GradientOnce")
wrong.rate_ignored("RateIgnored")
wrong.with_rate("DividedTwice", lambda rate, X: rate / len(X)).says(
    "`train` divides by the number of pictures a second time. The gradient of the mean loss "
    "contains 1/N already."
)
wrong(
    "ReplacedByStep", train=epochs(W=lambda self, p, X, t, rate: -rate * self.backward(p, X, t))
).says(
    "The weights were *replaced* by the step: minus learning rate times gradient. The step is "
    "added to the weights that were there."
)
wrong("OnePictureAtATime", train=epochs(W=_one_by_one)).says(
    "The weights moved after every single picture. Here all pictures together give one gradient, "
    "and there is one update an epoch. (Smaller batches come in lesson 08.)"
)
wrong("SummedLosses", train=then(lambda self, losses, X, *_: [len(X) * x for x in losses])).says(
    "The losses were added up over the pictures, though the weights are right. `cross_entropy` "
    "gives their mean, and so does the list."
)
wrong("ArgumentsSwapped", train=epochs(lambda p, t: cross_entropy(t, p), W=_moved)).says(
    "`cross_entropy` got its arguments in the wrong order: probabilities come first, then targets."
)
wrong("SoftmaxTwice", train=epochs(lambda p, t: cross_entropy(softmax(p), t), W=_moved)).says(
    "Softmax was applied to `p` again before the loss was taken. `forward` gives probabilities "
    "already."
)
