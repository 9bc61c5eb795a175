"""How lesson 06 is checked: cases, and the wrong versions that people really write."""

import numpy as np

from grader.exercises import FRAMEWORKS, Exercise
from solutions import one_layer as reference
from solutions.softmax import cross_entropy, softmax

NN_1layer = Exercise("NN_1layer", points=6, rtol=1e-6, atol=1e-9, forbids=(*FRAMEWORKS, "scipy"))


def _labels(rng, cases, classes):
    """Draw one-hot rows in which every class occurs (where there are enough cases)."""
    return np.eye(classes)[rng.permutation(np.arange(cases) % classes)]


def _start(rng, classes, *shape):
    """Draw weights, and pictures of the given shape (N, …) with pixels of both signs."""
    pixels = int(np.prod(shape[1:]))
    return rng.normal(0, 0.7, size=(classes, pixels)), rng.normal(0, 1.5, size=shape)


@NN_1layer.example("`backward` on the two pictures of the text: every probability is 1/3")
def text_numbers(NN_1layer, rng):
    net = NN_1layer(np.zeros((3, 2)))
    X = np.array([[3.0, 6.0], [6.0, 0.0]])
    net.backward(np.full((2, 3), 1 / 3), X, np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))


@NN_1layer.case("`backward` on pictures of 2 x 2 pixels", weight=2, draws=2)
def backward_pictures(NN_1layer, rng):
    W, X = _start(rng, 3, 6, 2, 2)
    net = NN_1layer(W)
    net.backward(reference.NN_1layer(W).forward(X), X, _labels(rng, 6, 3))


@NN_1layer.case("`backward` on pictures that are flat already", draws=2)
def backward_flat(NN_1layer, rng):
    W, X = _start(rng, 4, 7, 5)
    net = NN_1layer(W)
    net.backward(reference.NN_1layer(W).forward(X), X, _labels(rng, 7, 4))


@NN_1layer.case("`train` for four epochs: the losses, then the weights", weight=2, draws=2)
def train_and_look(NN_1layer, rng):
    W, X = _start(rng, 3, 6, 2, 2)
    net = NN_1layer(W)
    net.train(X, _labels(rng, 6, 3), 4, rng.uniform(0.15, 0.25))
    net.W


@NN_1layer.case("`train` goes on where it stopped")
def train_again(NN_1layer, rng):
    W, X = _start(rng, 4, 5, 3)
    t = _labels(rng, 5, 4)
    net = NN_1layer(W)
    net.train(X, t, 2, rng.uniform(0.1, 0.15))
    net.train(X, t, 3, rng.uniform(0.2, 0.3))
    net.W


def _flat(X):
    return X.reshape(len(X), -1)


# Wrong gradients. `train` of each is right in itself and follows the wrong gradient.


@NN_1layer.misconception(
    "`backward` gives the gradient of the *sum* of the losses: N times too large, where N is the "
    "number of pictures. The loss is their mean, so the gradient is divided by N too."
)
class Summed(reference.NN_1layer):
    def backward(self, p, X, t):
        return (p - t).T @ _flat(X)


@NN_1layer.misconception(
    "`backward` gives the gradient with rows and columns changed over, `(D, C)`. `W` is `(C, D)` "
    "in this lesson, and a gradient always has the shape of what it belongs to."
)
class Transposed(reference.NN_1layer):
    def backward(self, p, X, t):
        return _flat(X).T @ (p - t) / len(X)


@NN_1layer.misconception(
    "The sign of the gradient is turned round: `backward` starts from t - p. Where a class gets "
    "too much probability, raising its score raises the loss, so p - t is positive there."
)
class TMinusP(reference.NN_1layer):
    def backward(self, p, X, t):
        return (t - p).T @ _flat(X) / len(X)


@NN_1layer.misconception(
    "`backward` adds the targets to the probabilities. The gradient at the scores is p - t: it "
    "vanishes where the network is sure and right."
)
class PPlusT(reference.NN_1layer):
    def backward(self, p, X, t):
        return (p + t).T @ _flat(X) / len(X)


@NN_1layer.misconception(
    "`backward` subtracts the targets from the *scores*. They belong to the probabilities, which "
    "are given to it as `p`."
)
class Scores(reference.NN_1layer):
    def backward(self, p, X, t):
        return (_flat(X) @ self.W.T - t).T @ _flat(X) / len(X)


@NN_1layer.misconception(
    "`backward` leaves the targets out. Without them every picture pushes all its scores down, the "
    "right one too."
)
class TargetsForgotten(reference.NN_1layer):
    def backward(self, p, X, t):
        return p.T @ _flat(X) / len(X)


@NN_1layer.misconception(
    "Pictures that are flat work; pictures of shape `(N, 2, 2)` were used as they are. `forward` "
    "flattens them for itself, and `backward` gets them as they were: each picture becomes one row "
    "first."
)
class NotFlattened(reference.NN_1layer):
    def backward(self, p, X, t):
        return (p - t).T @ X / len(X)


@NN_1layer.misconception(
    "`backward` multiplies p - t with the pictures, both with one picture a row, and the shapes do "
    "not fit. The sum has to go over the pictures, so one of the two is transposed."
)
class NoTranspose(reference.NN_1layer):
    def backward(self, p, X, t):
        return (p - t) @ _flat(X) / len(X)


@NN_1layer.misconception(
    "The gradient was divided by the number of all entries of `p`, N·C. There are N losses to "
    "average, one for each picture."
)
class DividedByEntries(reference.NN_1layer):
    def backward(self, p, X, t):
        return (p - t).T @ _flat(X) / p.size


@NN_1layer.misconception(
    "The gradient was divided by the number of classes. The mean goes over the pictures: the "
    "number of rows of `p`."
)
class DividedByClasses(reference.NN_1layer):
    def backward(self, p, X, t):
        return (p - t).T @ _flat(X) / p.shape[1]


@NN_1layer.misconception(
    "The gradient was divided by the number of pixels. The mean goes over the pictures: the number "
    "of rows of `p`."
)
class DividedByPixels(reference.NN_1layer):
    def backward(self, p, X, t):
        return (p - t).T @ _flat(X) / _flat(X).shape[1]


@NN_1layer.misconception(
    "`backward` gives the derivative with respect to the *pictures*, p - t times `W`. To learn, "
    "the network needs the derivative with respect to its weights: the other factor of the "
    "product, `X`, takes part."
)
class WithRespectToPictures(reference.NN_1layer):
    def backward(self, p, X, t):
        return (p - t) @ self.W / len(X)


@NN_1layer.misconception(
    "Only the row of the true class gets a gradient from a picture. The scores of the other "
    "classes stand in the denominator of softmax, so their rows move too."
)
class TrueClassOnly(reference.NN_1layer):
    def backward(self, p, X, t):
        return ((p - t) * t).T @ _flat(X) / len(X)


@NN_1layer.misconception(
    "`backward` uses the derivative of the loss with respect to the *probabilities*, -t/p. The "
    "chain goes on through softmax to the scores; both together are p - t."
)
class StopsAtProbabilities(reference.NN_1layer):
    def backward(self, p, X, t):
        return (-t / (p + 1e-7)).T @ _flat(X) / len(X)


@NN_1layer.misconception(
    "`backward` gives the new weights, not the gradient: `W` is in it. Moving the weights is the "
    "task of `train`."
)
class WithWeights(reference.NN_1layer):
    def backward(self, p, X, t):
        return self.W - (p - t).T @ _flat(X) / len(X)

    def train(self, X, t, epochs, learning_rate):
        losses = []
        for _ in range(epochs):
            p = self.forward(X)
            losses.append(cross_entropy(p, t))
            self.W = self.backward(p, X, t)
        return losses


# Right gradients, wrong training.


@NN_1layer.misconception(
    "The gradient is right, but `train` goes uphill: the weights move *along* it. A positive "
    "derivative means that a larger weight gives a larger loss."
)
class Uphill(reference.NN_1layer):
    def train(self, X, t, epochs, learning_rate):
        losses = []
        for _ in range(epochs):
            p = self.forward(X)
            losses.append(cross_entropy(p, t))
            self.W = self.W + learning_rate * self.backward(p, X, t)
        return losses


@NN_1layer.misconception(
    "The gradient is right, but after `train` the weights are what they were, and all losses are "
    "the same. A new array under a local name is lost: the network's own `self.W` has to change."
)
class NotUpdated(reference.NN_1layer):
    def train(self, X, t, epochs, learning_rate):
        losses = []
        W = self.W
        for _ in range(epochs):
            p = self.forward(X)
            losses.append(cross_entropy(p, t))
            W = W - learning_rate * self.backward(p, X, t)
        return losses


@NN_1layer.misconception(
    "The weights are right, the losses come one epoch too late: each was taken after the update. "
    "Here the loss of an epoch belongs to the weights that the epoch began with."
)
class LossAfterUpdate(reference.NN_1layer):
    def train(self, X, t, epochs, learning_rate):
        losses = []
        for _ in range(epochs):
            p = self.forward(X)
            self.W = self.W - learning_rate * self.backward(p, X, t)
            losses.append(cross_entropy(self.forward(X), t))
        return losses


@NN_1layer.misconception(
    "The list has one loss too many: the loss after the last update is in it too. There is one "
    "loss for each epoch, taken before its update."
)
class OneTooMany(reference.NN_1layer):
    def train(self, X, t, epochs, learning_rate):
        losses = super().train(X, t, epochs, learning_rate)
        return [*losses, cross_entropy(self.forward(X), t)]


@NN_1layer.misconception(
    "`train` returns the last loss only. What is asked for is the list of all of them, one for "
    "each epoch."
)
class LastLossOnly(reference.NN_1layer):
    def train(self, X, t, epochs, learning_rate):
        return super().train(X, t, epochs, learning_rate)[-1]


@NN_1layer.misconception(
    "The list ends after the first epoch: the `return` of `train` stands inside the loop."
)
class ReturnsInsideLoop(reference.NN_1layer):
    def train(self, X, t, epochs, learning_rate):
        return super().train(X, t, 1, learning_rate)


@NN_1layer.misconception(
    "`forward` was called once, before the loop: the probabilities and the losses stay as they "
    "were, although the weights move. Each epoch begins with a new forward pass."
)
class ForwardOnce(reference.NN_1layer):
    def train(self, X, t, epochs, learning_rate):
        losses = []
        p = self.forward(X)
        for _ in range(epochs):
            losses.append(cross_entropy(p, t))
            self.W = self.W - learning_rate * self.backward(p, X, t)
        return losses


@NN_1layer.misconception(
    "The gradient was calculated once, before the loop, and used in every epoch. As soon as the "
    "weights have moved, their gradient is another one."
)
class GradientOnce(reference.NN_1layer):
    def train(self, X, t, epochs, learning_rate):
        losses = []
        dW = self.backward(self.forward(X), X, t)
        for _ in range(epochs):
            losses.append(cross_entropy(self.forward(X), t))
            self.W = self.W - learning_rate * dW
        return losses


@NN_1layer.misconception(
    "`train` subtracts the whole gradient. The learning rate that it was given takes no part."
)
class RateIgnored(reference.NN_1layer):
    def train(self, X, t, epochs, learning_rate):
        return super().train(X, t, epochs, 1.0)


@NN_1layer.misconception(
    "`train` divides by the number of pictures a second time. The gradient of the mean loss "
    "contains 1/N already."
)
class DividedTwice(reference.NN_1layer):
    def train(self, X, t, epochs, learning_rate):
        return super().train(X, t, epochs, learning_rate / len(X))


@NN_1layer.misconception(
    "The weights were *replaced* by the step: minus learning rate times gradient. The step is "
    "added to the weights that were there."
)
class ReplacedByStep(reference.NN_1layer):
    def train(self, X, t, epochs, learning_rate):
        losses = []
        for _ in range(epochs):
            p = self.forward(X)
            losses.append(cross_entropy(p, t))
            self.W = -learning_rate * self.backward(p, X, t)
        return losses


@NN_1layer.misconception(
    "The weights moved after every single picture. Here all pictures together give one gradient, "
    "and there is one update an epoch. (Smaller batches come in lesson 08.)"
)
class OnePictureAtATime(reference.NN_1layer):
    def train(self, X, t, epochs, learning_rate):
        losses = []
        for _ in range(epochs):
            losses.append(cross_entropy(self.forward(X), t))
            for n in range(len(X)):
                x, target = X[n : n + 1], t[n : n + 1]
                self.W = self.W - learning_rate * self.backward(self.forward(x), x, target)
        return losses


@NN_1layer.misconception(
    "The losses were added up over the pictures, though the weights are right. `cross_entropy` "
    "gives their mean, and so does the list."
)
class SummedLosses(reference.NN_1layer):
    def train(self, X, t, epochs, learning_rate):
        return [len(X) * loss for loss in super().train(X, t, epochs, learning_rate)]


@NN_1layer.misconception(
    "`cross_entropy` got its arguments in the wrong order: probabilities come first, then targets."
)
class ArgumentsSwapped(reference.NN_1layer):
    def train(self, X, t, epochs, learning_rate):
        losses = []
        for _ in range(epochs):
            p = self.forward(X)
            losses.append(cross_entropy(t, p))
            self.W = self.W - learning_rate * self.backward(p, X, t)
        return losses


@NN_1layer.misconception(
    "Softmax was applied to `p` again before the loss was taken. `forward` gives probabilities "
    "already."
)
class SoftmaxTwice(reference.NN_1layer):
    def train(self, X, t, epochs, learning_rate):
        losses = []
        for _ in range(epochs):
            p = self.forward(X)
            losses.append(cross_entropy(softmax(p), t))
            self.W = self.W - learning_rate * self.backward(p, X, t)
        return losses
