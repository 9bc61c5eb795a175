"""How lesson 08 is checked: cases, and the wrong versions that people really write.

Networks are filled with drawn numbers in place, through `params`, so that only one case depends on
how the weights are drawn at the start, and so that every other case also asks whether `params`
holds the arrays that the layers use. N, D, H and C differ everywhere.
"""

import copy

import numpy as np

from grader.exercises import Exercise, array, collect, defined, generator, holds, look, same
from solutions import training as reference
from solutions.layers import Affine, ReLU, SoftmaxWithLoss
from solutions.softmax import softmax


def _seed(rng):
    """Draw a seed for a generator argument; 0 is what wrong versions take."""
    return generator(int(rng.integers(1, 1_000_000)))


# --- SGD --------------------------------------------------------------------------------------

SGD = Exercise("SGD", points=2)


def _gradients(rng, **shapes):
    """Draw gradients of both signs, none near 0, none of the same size."""
    return {
        name: rng.uniform(0.5, 2.0, shape) * rng.choice([-1.0, 1.0], shape)
        for name, shape in shapes.items()
    }


@SGD.example("the numbers of the text")
def sgd_text(SGD, rng):
    W = array([3.0, 2.0])
    SGD(0.1).update({"W": W}, {"W": np.array([10.0, -4.0])})
    look(W)


@SGD.case("one step", weight=2, draws=2)
def sgd_step(SGD, rng):
    W, b = array(rng.normal(0, 1, (2, 3))), array(rng.normal(0, 1, 3))
    optimizer = SGD(rng.uniform(0.05, 0.4))
    optimizer.update({"W": W, "b": b}, _gradients(rng, W=(2, 3), b=3))
    look(W)
    look(b)


@SGD.case("gradients in another order than parameters")
def sgd_order(SGD, rng):
    first, second = array(rng.normal(0, 1, 4)), array(rng.normal(0, 1, 4))
    optimizer = SGD(rng.uniform(0.05, 0.4))
    optimizer.update({"first": first, "second": second}, _gradients(rng, second=4, first=4))
    look(first)
    look(second)


@SGD.case("two steps")
def sgd_two_steps(SGD, rng):
    W = array(rng.normal(0, 1, (3, 2)))
    optimizer = SGD(rng.uniform(0.05, 0.4))
    for _ in range(2):
        optimizer.update({"W": W}, _gradients(rng, W=(3, 2)))
        look(W)


_NEW_ARRAYS = (
    "The arrays that were handed in hold what they held before: new arrays were made, and given an "
    "old name. `p = p - step` does that, in a dict too; `p -= step` writes into the array."
)
_POSITION = (
    "Parameters and gradients were paired by their position in the two dicts. They belong together "
    "by name, and the order may differ."
)
_FIRST_ONLY = (
    "Only the first parameter moved. A `return` inside the loop ends it after its first turn."
)


@SGD.misconception(_NEW_ARRAYS)
class NewArrays(reference.SGD):
    def update(self, params, grads):
        for name in params:
            params[name] = params[name] - self.lr * grads[name]


@SGD.misconception(
    "New arrays were made and returned, and nobody takes what `update` returns. The arrays that "
    "were handed in hold what they held before: write into them."
)
class ReturnsNewArrays(reference.SGD):
    def update(self, params, grads):
        return {name: p - self.lr * grads[name] for name, p in params.items()}


@SGD.misconception(
    "The parameters went *along* the gradient, so the loss grows. The gradient points uphill: the "
    "step has the opposite sign."
)
class Uphill(reference.SGD):
    def update(self, params, grads):
        for name in params:
            params[name] += self.lr * grads[name]


@SGD.misconception(
    "The whole gradient was subtracted. The learning rate that the optimizer was made with takes "
    "no part."
)
class NoRate(reference.SGD):
    def update(self, params, grads):
        for name in params:
            params[name] -= grads[name]


@SGD.misconception(
    "The learning rate is a number written into `update`. It is the one that the optimizer was "
    "made with, `self.lr`."
)
class OwnRate(reference.SGD):
    def update(self, params, grads):
        for name in params:
            params[name] -= 0.01 * grads[name]


@SGD.misconception(_POSITION)
class ByPosition(reference.SGD):
    def update(self, params, grads):
        for p, g in zip(params.values(), grads.values()):
            p -= self.lr * g


@SGD.misconception(
    "The parameters are right, but the gradients were multiplied by the learning rate in place: "
    "they are the caller's. Make the step a new array."
)
class ScalesGradients(reference.SGD):
    def update(self, params, grads):
        for name in params:
            grads[name] *= self.lr
            params[name] -= grads[name]


@SGD.misconception(_FIRST_ONLY)
class FirstOnly(reference.SGD):
    def update(self, params, grads):
        for name in params:
            params[name] -= self.lr * grads[name]
            return


@SGD.misconception(
    "The parameters hold the step alone: the old numbers were written over. The step is subtracted "
    "from them."
)
class StepOnly(reference.SGD):
    def update(self, params, grads):
        for name in params:
            params[name][...] = -self.lr * grads[name]


@SGD.misconception(
    "Only the sign of each gradient was used, so all numbers move equally far. A large gradient "
    "makes a large step."
)
class SignOnly(reference.SGD):
    def update(self, params, grads):
        for name in params:
            params[name] -= self.lr * np.sign(grads[name])


# --- Momentum ---------------------------------------------------------------------------------

Momentum = Exercise("Momentum", points=3)


@Momentum.example("the numbers of the text")
def momentum_text(Momentum, rng):
    w = array([0.0])
    optimizer = Momentum(0.1, momentum=0.5)
    for gradient in (10.0, 10.0, -4.0):
        optimizer.update({"w": w}, {"w": np.array([gradient])})
        look(w)


@Momentum.case("three steps", weight=2, draws=2)
def momentum_steps(Momentum, rng):
    W, b = array(rng.normal(0, 1, (2, 3))), array(rng.normal(0, 1, 3))
    optimizer = Momentum(rng.uniform(0.05, 0.4), momentum=rng.uniform(0.5, 0.95))
    for _ in range(3):
        optimizer.update({"W": W, "b": b}, _gradients(rng, W=(2, 3), b=3))
        look(W)
        look(b)


@Momentum.case("two parameters of the same shape, gradients in another order")
def momentum_order(Momentum, rng):
    first, second = array(rng.normal(0, 1, 4)), array(rng.normal(0, 1, 4))
    optimizer = Momentum(rng.uniform(0.05, 0.4), momentum=rng.uniform(0.5, 0.95))
    for _ in range(2):
        optimizer.update({"first": first, "second": second}, _gradients(rng, second=4, first=4))
        look(first)
        look(second)


@Momentum.case("two optimizers at the same time")
def momentum_two(Momentum, rng):
    first, second = array(rng.normal(0, 1, 3)), array(rng.normal(0, 1, 3))
    optimizers = Momentum(rng.uniform(0.05, 0.4)), Momentum(rng.uniform(0.05, 0.4))
    for _ in range(2):
        for optimizer, W in zip(optimizers, (first, second), strict=True):
            optimizer.update({"W": W}, _gradients(rng, W=3))
            look(W)


@Momentum.misconception(_NEW_ARRAYS)
class MomentumNewArrays(reference.Momentum):
    def update(self, params, grads):
        super().update({name: p.copy() for name, p in params.items()}, grads)


@Momentum.misconception(
    "Every step is that of `SGD`: the velocity starts from 0 in each call. What one update leaves "
    "has to be there in the next: keep it on `self`."
)
class StartsAgain(reference.Momentum):
    def update(self, params, grads):
        for name in params:
            params[name] -= self.lr * grads[name]


@Momentum.misconception(
    "All parameters share one velocity, so that of one parameter is carried over to the next. Each "
    "needs its own, under its name."
)
class OneForAll(reference.Momentum):
    def update(self, params, grads):
        for name in params:
            self.velocities["all"] = (
                self.momentum * self.velocities.get("all", 0.0) - self.lr * grads[name]
            )
            params[name] += self.velocities["all"]


@Momentum.misconception(
    "The parameters go uphill: the gradient is added to the velocity, and the velocity to the "
    "parameter. One of the two needs a minus."
)
class MomentumUphill(reference.Momentum):
    def update(self, params, grads):
        super().update(params, {name: -g for name, g in grads.items()})


@Momentum.misconception(
    "The memory has the wrong sign: the gradient was added to the velocity, which was then "
    "subtracted, but the old velocity entered with a minus. An old step helps the new one along."
)
class MemoryBackwards(reference.Momentum):
    def update(self, params, grads):
        for name in params:
            v = -self.momentum * self.velocities.get(name, 0.0) - self.lr * grads[name]
            self.velocities[name] = v
            params[name] += v


@Momentum.misconception(
    "The velocity takes the whole gradient. The learning rate that the optimizer was made with has "
    "no part in it."
)
class MomentumNoRate(reference.Momentum):
    def update(self, params, grads):
        for name in params:
            v = self.momentum * self.velocities.get(name, 0.0) - grads[name]
            self.velocities[name] = v
            params[name] += v


@Momentum.misconception(
    "`lr` and `momentum` changed places: the old velocity was multiplied by `lr`, and the gradient "
    "by `momentum`."
)
class FactorsInterchanged(reference.Momentum):
    def update(self, params, grads):
        for name in params:
            v = self.lr * self.velocities.get(name, 0.0) - self.momentum * grads[name]
            self.velocities[name] = v
            params[name] += v


@Momentum.misconception(
    "The velocity never fades: the old one enters with its full size. Multiply it by `momentum` "
    "first."
)
class NeverFades(reference.Momentum):
    def update(self, params, grads):
        for name in params:
            v = self.velocities.get(name, 0.0) - self.lr * grads[name]
            self.velocities[name] = v
            params[name] += v


@Momentum.misconception(
    "The gradient was multiplied by 1 - momentum as well, which makes an average. Here the "
    "gradient's only factor is the learning rate."
)
class Averaged(reference.Momentum):
    def update(self, params, grads):
        scaled = {name: (1 - self.momentum) * g for name, g in grads.items()}
        super().update(params, scaled)


@Momentum.misconception(
    "The parameters moved by the *old* velocity, which is one update late; nothing moves in the "
    "first one. Change the velocity first, then use it."
)
class OneLate(reference.Momentum):
    def update(self, params, grads):
        for name in params:
            old = self.velocities.get(name, 0.0)
            params[name] += old
            self.velocities[name] = self.momentum * old - self.lr * grads[name]


@Momentum.misconception(
    "`momentum` is a number written into `update`. It is the one that the optimizer was made with, "
    "`self.momentum`."
)
class OwnMomentum(reference.Momentum):
    def update(self, params, grads):
        self.momentum = 0.99
        super().update(params, grads)


@Momentum.misconception(
    "The numbers follow another rule, that of Nesterov: the parameter moves by momentum times the "
    "new velocity, minus the step of the gradient. Here it moves by the new velocity."
)
class Nesterov(reference.Momentum):
    def update(self, params, grads):
        for name in params:
            v = self.momentum * self.velocities.get(name, 0.0) - self.lr * grads[name]
            self.velocities[name] = v
            params[name] += self.momentum * v - self.lr * grads[name]


@Momentum.misconception(_POSITION)
class MomentumByPosition(reference.Momentum):
    def update(self, params, grads):
        super().update(params, dict(zip(params, grads.values())))


@Momentum.misconception(
    "The velocities belong to the class, so two optimizers at work at the same time disturb one "
    "another. Each object keeps its own, on `self`."
)
class SharedVelocities(reference.Momentum):
    def __init__(self, lr, momentum=0.9):
        super().__init__(lr, momentum)
        type(self).kept = {}

    def update(self, params, grads):
        self.velocities = type(self).kept
        super().update(params, grads)


# --- minibatches ------------------------------------------------------------------------------

minibatches = Exercise("minibatches", points=3)


@minibatches.example("the five cases of the text")
def minibatches_text(minibatches, rng):
    collect(minibatches(5, 2, generator(3)))


@minibatches.case("every index once", weight=2, draws=2)
def minibatches_partition(minibatches, rng):
    n, size = 3 * int(rng.integers(4, 8)) + int(rng.integers(1, 3)), 3
    batches = collect(minibatches(n, size, _seed(rng)))
    holds("partition", batches, n)


@minibatches.case("sizes and order, with a short last batch", weight=2, draws=2)
def minibatches_order(minibatches, rng):
    # One case is left over, so that parts of nearly equal size are other parts.
    collect(minibatches(4 * int(rng.integers(3, 6)) + 1, 4, _seed(rng)))


@minibatches.case("batches that divide the cases evenly")
def minibatches_even(minibatches, rng):
    collect(minibatches(5 * int(rng.integers(3, 6)), 5, _seed(rng)))


@minibatches.case("one batch that is larger than all cases")
def minibatches_large(minibatches, rng):
    collect(minibatches(int(rng.integers(7, 10)), 20, _seed(rng)))


@minibatches.misconception(
    "The last batch is missing where it would be shorter than the others, so some cases are not "
    "used in the epoch. It comes too, as short as it is."
)
def drops_the_rest(n, batch_size, rng):
    order = rng.permutation(n)
    for start in range(0, n - batch_size + 1, batch_size):
        yield order[start : start + batch_size]


_REPLACED = (
    "Some positions come several times and others never: each batch was drawn by itself, with "
    "replacement. In an epoch every position comes exactly once."
)
_NEW_ORDERS = (
    "A new order was drawn for each batch, so batches overlap and other positions never come. One "
    "order is drawn for an epoch, and cut into pieces."
)


@minibatches.misconception(_REPLACED)
def always_full_with_replacement(n, batch_size, rng):
    for _ in range(0, n, batch_size):
        yield rng.choice(n, batch_size)


@minibatches.misconception(_NEW_ORDERS)
def new_order_each_slice(n, batch_size, rng):
    for start in range(0, n, batch_size):
        yield rng.permutation(n)[start : start + batch_size]


@minibatches.misconception(_REPLACED)
def with_replacement(n, batch_size, rng):
    for start in range(0, n, batch_size):
        yield rng.choice(n, min(batch_size, n - start))


@minibatches.misconception(_NEW_ORDERS)
def new_order_each_batch(n, batch_size, rng):
    for start in range(0, n, batch_size):
        yield rng.permutation(n)[: min(batch_size, n - start)]


@minibatches.misconception(
    "Every position comes once, but in the order 0, 1, 2 and so on: nothing is shuffled, and `rng` "
    "is not used."
)
def not_shuffled(n, batch_size, rng):
    order = np.arange(n)
    for start in range(0, n, batch_size):
        yield order[start : start + batch_size]


@minibatches.misconception(
    "Each batch is shuffled in itself, but holds the same positions in every epoch: its "
    "neighbours stay its neighbours. Shuffle all positions first, then cut."
)
def shuffled_inside(n, batch_size, rng):
    order = np.arange(n)
    for start in range(0, n, batch_size):
        yield rng.permutation(order[start : start + batch_size])


@minibatches.misconception(
    "The order comes from a generator of its own with a fixed seed, so all epochs are alike. Use "
    "`rng`, which goes on from epoch to epoch."
)
def own_generator(n, batch_size, rng):
    yield from reference.minibatches(n, batch_size, np.random.default_rng(0))


@minibatches.misconception(
    "Every position comes once and in random order, but not in the order of `rng.permutation(n)`. "
    "The docstring names it so that the same seed gives everybody the same batches."
)
def another_shuffle(n, batch_size, rng):
    order = np.argsort(rng.random(n))
    for start in range(0, n, batch_size):
        yield order[start : start + batch_size]


@minibatches.misconception(
    "The cases were cut into parts of nearly equal size, with no short batch at the end. Every "
    "batch but the last has exactly `batch_size` positions."
)
def nearly_equal(n, batch_size, rng):
    yield from np.array_split(rng.permutation(n), -(-n // batch_size))


@minibatches.misconception(
    "The short last batch was filled up with positions that have had their turn. They count twice "
    "then; let the last batch be short."
)
def filled_up(n, batch_size, rng):
    order = rng.permutation(n)
    for start in range(0, n, batch_size):
        yield np.take(order, range(start, start + batch_size), mode="wrap")


@minibatches.misconception(
    "Single positions come out, one at a time. A batch is an array of positions."
)
def one_at_a_time(n, batch_size, rng):
    yield from rng.permutation(n)


@minibatches.misconception(
    "Only the first batch comes out: `return` ends the function. `yield` gives a batch and goes "
    "on from there when the next one is wanted."
)
def first_batch_only(n, batch_size, rng):
    return rng.permutation(n)[:batch_size]


@minibatches.misconception(
    "After the first batch the others are empty or too short: every slice ends at `batch_size`. "
    "Each batch ends `batch_size` positions after its own beginning."
)
def fixed_end(n, batch_size, rng):
    order = rng.permutation(n)
    for start in range(0, n, batch_size):
        yield order[start:batch_size]


@minibatches.misconception(
    "Where the batches divide the cases evenly, an empty batch comes at the end. No batch begins "
    "at position `n` or later."
)
def empty_at_the_end(n, batch_size, rng):
    order = rng.permutation(n)
    for number in range(n // batch_size + 1):
        yield order[number * batch_size : (number + 1) * batch_size]


@minibatches.misconception(
    "Each batch is one short, and a position is lost between two of them. The end of a slice is "
    "not included, so there is no 1 to subtract."
)
def one_short(n, batch_size, rng):
    order = rng.permutation(n)
    for start in range(0, n, batch_size):
        yield order[start : start + batch_size - 1]


# --- TwoLayerNet ------------------------------------------------------------------------------

TwoLayerNet = Exercise("TwoLayerNet", points=6)

_D, _H, _C = 4, 6, 3


def _filled(TwoLayerNet, rng):
    """Make a network of zeros, and write numbers into its parameters in place.

    The biases see to it that some hidden units are on and some are off.
    """
    net = TwoLayerNet(_D, _H, _C, weight_init_std=0.0, rng=_seed(rng))
    params, signs = net.params, np.where(np.arange(_H) % 2 == 0, 1.0, -1.0)
    params["W1"][np.arange(_D)] = rng.normal(0, 0.5, (_D, _H))
    params["b1"][np.arange(_H)] = rng.uniform(0.5, 2.0, _H) * signs
    params["W2"][np.arange(_H)] = rng.normal(0, 1.0, (_H, _C))
    params["b2"][np.arange(_C)] = np.array([-2.0, 0.5, 1.0]) + rng.normal(0, 0.2, _C)
    return net


def _labels(rng, n):
    """Draw labels in which every class occurs."""
    return rng.permutation(np.resize(np.arange(_C), n))


@TwoLayerNet.case("the start")
def net_start(TwoLayerNet, rng):
    net = TwoLayerNet(_D, _H, _C, weight_init_std=rng.uniform(0.1, 0.9), rng=_seed(rng))
    net.params
    TwoLayerNet(_D, _H, _C, rng=_seed(rng)).params


@TwoLayerNet.case("a start without a generator")
def net_no_generator(TwoLayerNet, rng):
    TwoLayerNet(_D, _H, _C, weight_init_std=0.0).params


@TwoLayerNet.case("scores, after writing into the parameters", draws=2, weight=2)
def net_predict(TwoLayerNet, rng):
    _filled(TwoLayerNet, rng).predict(rng.normal(0, 1, (5, _D)))


@TwoLayerNet.case("the loss, with labels and one-hot")
def net_loss(TwoLayerNet, rng):
    net = _filled(TwoLayerNet, rng)
    net.loss(rng.normal(0, 1, (5, _D)), _labels(rng, 5))
    net.loss(rng.normal(0, 1, (7, _D)), np.eye(_C)[_labels(rng, 7)])


@TwoLayerNet.case("the accuracy, with labels and one-hot")
def net_accuracy(TwoLayerNet, rng):
    net = _filled(TwoLayerNet, rng)
    # Eight cases that are nearly alike get one answer, and every class is the right one somewhere.
    net.accuracy(rng.normal(0, 0.1, (8, _D)), np.array([0, 1, 2, 2, 2, 1, 2, 1]))
    net.accuracy(rng.normal(0, 1, (10, _D)), np.eye(_C)[_labels(rng, 10)])


@TwoLayerNet.case("the gradient", draws=2, weight=3)
def net_gradient(TwoLayerNet, rng):
    net = _filled(TwoLayerNet, rng)
    net.gradient(rng.normal(0, 1, (5, _D)), _labels(rng, 5))
    net.params


@TwoLayerNet.case("two gradients in a row, with a loss in between")
def net_two_gradients(TwoLayerNet, rng):
    net = _filled(TwoLayerNet, rng)
    gradients = net.gradient(rng.normal(0, 1, (5, _D)), np.eye(_C)[_labels(rng, 5)])
    net.loss(rng.normal(0, 1, (8, _D)), _labels(rng, 8))
    net.gradient(rng.normal(0, 1, (7, _D)), _labels(rng, 7))
    look(gradients)


@TwoLayerNet.case("two networks at the same time")
def net_two(TwoLayerNet, rng):
    first, second = _filled(TwoLayerNet, rng), _filled(TwoLayerNet, rng)
    X, t = rng.normal(0, 1, (5, _D)), _labels(rng, 5)
    first.loss(X, t)
    second.loss(X, t)
    first.gradient(X, t)
    same(first.params["W1"], second.params["W1"])


@TwoLayerNet.misconception(
    "Writing into `params` does not change what the network answers: the layers calculate with "
    "other arrays, copies for example. An optimizer that writes into `params` would train nothing."
)
class ParamsCopied(reference.TwoLayerNet):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.params = {name: p.copy() for name, p in self.params.items()}


@TwoLayerNet.misconception(
    "The biases of `params` have no effect: the layers were given other arrays of zeros. Hand "
    "`b1` and `b2` over to the layers."
)
class OtherBiases(reference.TwoLayerNet):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("b1", "b2"):
            self.params[name] = np.zeros_like(self.params[name])


@TwoLayerNet.misconception(
    "`params` holds the weights only. The biases are learned too: there are four names."
)
class NoBiases(reference.TwoLayerNet):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.params["b1"], self.params["b2"]


def _assemble(net, W1, b1, W2, b2):
    net.params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
    net.first, net.second = Affine(W1, b1), Affine(W2, b2)
    net.layers, net.last = [net.first, ReLU(), net.second], SoftmaxWithLoss()


@TwoLayerNet.misconception(
    "The scale of the first weights is fixed: `weight_init_std` takes no part. Multiply the drawn "
    "numbers by it."
)
class FixedScale(reference.TwoLayerNet):
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        # Zeros stay zeros, so that the other cases can be asked at all.
        std = 0.01 if weight_init_std else 0.0
        super().__init__(input_size, hidden_size, output_size, std, rng)


@TwoLayerNet.misconception(
    "The first weights are spread by the square of `weight_init_std`, the variance. It is a "
    "standard deviation: the drawn numbers are multiplied by it once."
)
class Squared(reference.TwoLayerNet):
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        super().__init__(input_size, hidden_size, output_size, weight_init_std**2, rng)


@TwoLayerNet.misconception(
    "The first weights do not come from `rng`, so the seed that was chosen has no effect on them. "
    "Draw them from `rng`, and from a new generator only where it is None."
)
class OwnGenerator(reference.TwoLayerNet):
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        fixed = np.random.default_rng(0)
        super().__init__(input_size, hidden_size, output_size, weight_init_std, fixed)


@TwoLayerNet.misconception(
    "The network starts well only if it is given a generator. Without one `rng` is None, which "
    "draws nothing: make a generator then."
)
class NeedsGenerator(reference.TwoLayerNet):
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        rng.standard_normal
        super().__init__(input_size, hidden_size, output_size, weight_init_std, rng)


@TwoLayerNet.misconception(
    "The first weights are uniform numbers between 0 and 1 (times the scale), all of the same "
    "sign. Asked for are normal ones, of both signs: `standard_normal`."
)
class Uniform(reference.TwoLayerNet):
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        rng = rng or np.random.default_rng()
        W1 = weight_init_std * rng.random((input_size, hidden_size))
        W2 = weight_init_std * rng.random((hidden_size, output_size))
        _assemble(self, W1, np.zeros(hidden_size), W2, np.zeros(output_size))


@TwoLayerNet.misconception(
    "`W2` was drawn before `W1`. The docstring says which comes first, so that the same seed gives "
    "everybody the same network."
)
class SecondFirst(reference.TwoLayerNet):
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        rng = rng or np.random.default_rng()
        W2 = weight_init_std * rng.standard_normal((hidden_size, output_size))
        W1 = weight_init_std * rng.standard_normal((input_size, hidden_size))
        _assemble(self, W1, np.zeros(hidden_size), W2, np.zeros(output_size))


@TwoLayerNet.misconception("The biases were drawn at random too. They start as zeros.")
class RandomBiases(reference.TwoLayerNet):
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        rng = rng or np.random.default_rng()
        shapes = (input_size, hidden_size), hidden_size, (hidden_size, output_size), output_size
        _assemble(self, *(weight_init_std * rng.standard_normal(shape) for shape in shapes))


@TwoLayerNet.misconception(
    "The weights have the shapes (H, D) and (C, H), as in lessons 06 and 07. A case is a row here "
    "and is multiplied from the left, so they are (D, H) and (H, C)."
)
class Turned(reference.TwoLayerNet):
    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        rng = rng or np.random.default_rng()
        W1 = weight_init_std * rng.standard_normal((hidden_size, input_size))
        W2 = weight_init_std * rng.standard_normal((output_size, hidden_size))
        _assemble(self, W1, np.zeros(hidden_size), W2, np.zeros(output_size))


@TwoLayerNet.misconception(
    "ReLU is missing between the two affine layers, and two of them without a bend are one."
)
class NoBend(reference.TwoLayerNet):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.layers = [self.first, self.second]


@TwoLayerNet.misconception(
    "The scores went through a ReLU at the end: none is negative. Scores may have any sign; ReLU "
    "stands between the two affine layers only."
)
class BendAtTheEnd(reference.TwoLayerNet):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.layers = [*self.layers, ReLU()]


@TwoLayerNet.misconception(
    "`predict` gives probabilities, and the last layer applies softmax to them a second time. "
    "`predict` ends with the scores."
)
class Probabilities(reference.TwoLayerNet):
    def predict(self, X):
        return softmax(super().predict(X))


@TwoLayerNet.misconception(
    "`predict` gives the class of each case. Asked for are the scores of all classes, which the "
    "loss needs too."
)
class PredictsLabels(reference.TwoLayerNet):
    def predict(self, X):
        return super().predict(X).argmax(axis=1)

    def loss(self, X, T):
        return self.last.forward(super().predict(X), T)

    def accuracy(self, X, T):
        labels = np.argmax(T, axis=1) if T.ndim == 2 else T
        return float(np.mean(self.predict(X) == labels))


@TwoLayerNet.misconception(
    "The loss is the sum over the cases, N times too large. `SoftmaxWithLoss` gives their mean "
    "already."
)
class SummedLoss(reference.TwoLayerNet):
    def loss(self, X, T):
        return len(X) * super().loss(X, T)


@TwoLayerNet.misconception(
    "`accuracy` looks for the largest score down the columns: one answer a class, not one a case. "
    "Look at `axis`."
)
class AlongColumns(reference.TwoLayerNet):
    def accuracy(self, X, T):
        labels = np.argmax(T, axis=1) if T.ndim == 2 else T
        return float(np.mean(np.argmax(self.predict(X), axis=0) == labels))


@TwoLayerNet.misconception(
    "`accuracy` gives how many answers are right. Asked for is their share among the N cases."
)
class Counted(reference.TwoLayerNet):
    def accuracy(self, X, T):
        return super().accuracy(X, T) * len(X)


@TwoLayerNet.misconception(
    "`accuracy` is right for labels, and not for one-hot rows: labels were compared with whole "
    "rows. Turn one-hot rows into labels first."
)
class LabelsOnly(reference.TwoLayerNet):
    def accuracy(self, X, T):
        return float(np.mean(np.argmax(self.predict(X), axis=1) == T))


@TwoLayerNet.misconception(
    "`gradient` goes backward without going forward first. The layers then remember the batch of "
    "an earlier call, or none at all: run `loss` on this X and T before."
)
class NoForward(reference.TwoLayerNet):
    def gradient(self, X, T):
        dout = self.last.backward()
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        names = [("W1", "b1"), ("W2", "b2")]
        return {
            name: g.copy()
            for pair, layer in zip(names, (self.first, self.second))
            for name, g in zip(pair, layer.grads)
        }


@TwoLayerNet.misconception(
    "The gradients are right until `gradient` is called again: what it gave the first time has "
    "changed. The layers write into the same arrays each time, so give copies of them."
)
class NotCopied(reference.TwoLayerNet):
    def gradient(self, X, T):
        super().gradient(X, T)
        (dW1, db1), (dW2, db2) = self.first.grads, self.second.grads
        return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


@TwoLayerNet.misconception(
    "The layers were asked in the order of the forward pass. Backward begins at the end: the last "
    "layer, then the others from the last to the first."
)
class ForwardOrder(reference.TwoLayerNet):
    def gradient(self, X, T):
        self.loss(X, T)
        dout = self.last.backward()
        for layer in self.layers:
            dout = layer.backward(dout)
        return {}


@TwoLayerNet.misconception(
    "The gradients stand under the wrong names: those of the second layer under `W1` and `b1`."
)
class NamesSwapped(reference.TwoLayerNet):
    def gradient(self, X, T):
        g = super().gradient(X, T)
        return {"W1": g["W2"], "b1": g["b2"], "W2": g["W1"], "b2": g["b1"]}


@TwoLayerNet.misconception(
    "The gradients of the biases are missing. The dict has the four names of `params`."
)
class WeightGradientsOnly(reference.TwoLayerNet):
    def gradient(self, X, T):
        g = super().gradient(X, T)
        return {"W1": g["W1"], "W2": g["W2"]}


@TwoLayerNet.misconception(
    "On the way back ReLU was left out: units that were off pass a gradient on. Go through all "
    "layers, and not only through those that have parameters."
)
class BackwardPastReLU(reference.TwoLayerNet):
    def gradient(self, X, T):
        g = super().gradient(X, T)
        self.first.backward(self.second.backward(self.last.backward()))
        dW1, db1 = self.first.grads
        return {**g, "W1": dW1.copy(), "b1": db1.copy()}


@TwoLayerNet.misconception(
    "The gradients were divided by N a second time. The last layer has done so already, because "
    "its loss is a mean."
)
class DividedTwice(reference.TwoLayerNet):
    def gradient(self, X, T):
        return {name: g / len(X) for name, g in super().gradient(X, T).items()}


@TwoLayerNet.misconception(
    "`gradient` took a training step as well: the parameters have moved. It only differentiates; "
    "moving is left to the optimizer."
)
class StepsToo(reference.TwoLayerNet):
    def gradient(self, X, T):
        g = super().gradient(X, T)
        for name in self.params:
            self.params[name] -= 0.1 * g[name]
        return g


# --- train ------------------------------------------------------------------------------------

train = Exercise("train", points=4, needs=("SGD", "minibatches", "TwoLayerNet"))


def _data(rng, n):
    """Draw cases with targets that depend on them, so that training has something to find."""
    X = rng.normal(0, 1, (n, _D))
    return X, np.argmax(X[:, :_C], axis=1)


def _net(rng):
    return _filled(defined("TwoLayerNet"), rng)


@train.case("all cases in one batch")
def train_whole(train, rng):
    net = _net(rng)
    X, t = _data(rng, 9)
    train(net, defined("SGD")(0.2), X, t, 3, 9, _seed(rng))
    net.params


@train.case("mini-batches", weight=3, draws=2)
def train_batches(train, rng):
    net = _net(rng)
    X, t = _data(rng, 8)
    train(net, defined("SGD")(0.2), X, t, 3, 3, _seed(rng))
    net.params


@train.case("one-hot targets, and training goes on")
def train_again(train, rng):
    net, optimizer = _net(rng), defined("SGD")(0.3)
    X, t = _data(rng, 10)
    for epochs in (1, 2):
        train(net, optimizer, X, np.eye(_C)[t], epochs, 4, _seed(rng))
        net.params


@train.case("another optimizer")
def train_momentum(train, rng):
    net = _net(rng)
    X, t = _data(rng, 8)
    train(net, defined("Momentum")(0.1, momentum=0.8), X, t, 2, 3, _seed(rng))
    net.params


def _record(history, net, X, T):
    history["loss"].append(net.loss(X, T))
    history["accuracy"].append(net.accuracy(X, T))


def _new_history():
    return {"loss": [], "accuracy": []}


@train.misconception(
    "The parameters never move: the optimizer's `update` is not called, or it gets them in the "
    "wrong place. For every batch it takes `net.params` first, and the gradients second."
)
def no_update(net, optimizer, X, T, epochs, batch_size, rng):
    history = _new_history()
    for _ in range(epochs):
        for batch in reference.minibatches(len(X), batch_size, rng):
            net.gradient(X[batch], T[batch])
        _record(history, net, X, T)
    return history


@train.misconception(
    "Every update uses the gradient of *all* cases, however small the batch is. Pick the cases of "
    "the batch: `X` and `T`, both by its positions."
)
def gradient_of_all(net, optimizer, X, T, epochs, batch_size, rng):
    history = _new_history()
    for _ in range(epochs):
        for _ in reference.minibatches(len(X), batch_size, rng):
            optimizer.update(net.params, net.gradient(X, T))
        _record(history, net, X, T)
    return history


@train.misconception(
    "The lists hold one number for each batch. They hold one for each epoch: look at how far the "
    "line that appends is indented."
)
def record_each_batch(net, optimizer, X, T, epochs, batch_size, rng):
    history = _new_history()
    for _ in range(epochs):
        for batch in reference.minibatches(len(X), batch_size, rng):
            optimizer.update(net.params, net.gradient(X[batch], T[batch]))
            _record(history, net, X, T)
    return history


@train.misconception(
    "The lists hold the last epoch's number alone. They hold one for each epoch: look at how far "
    "the lines that append are indented, and whether the empty lists are made before all loops."
)
def record_at_the_end(net, optimizer, X, T, epochs, batch_size, rng):
    history = reference.train(net, optimizer, X, T, epochs, batch_size, rng)
    return {name: values[-1:] for name, values in history.items()}


@train.misconception(
    "There is one epoch too few: `range(1, epochs)` has `epochs - 1` numbers, and so has "
    "`range(epochs - 1)`."
)
def one_epoch_less(net, optimizer, X, T, epochs, batch_size, rng):
    return reference.train(net, optimizer, X, T, epochs - 1, batch_size, rng)


@train.misconception(
    "The cases were picked by the positions of the batch, and all of `T` was handed over beside "
    "them. Pick the targets by the same positions."
)
def all_targets(net, optimizer, X, T, epochs, batch_size, rng):
    history = _new_history()
    for _ in range(epochs):
        for batch in reference.minibatches(len(X), batch_size, rng):
            optimizer.update(net.params, net.gradient(X[batch], T))
        _record(history, net, X, T)
    return history


@train.misconception(
    "The parameters are right, the record is one epoch old: it was taken before the updates of "
    "the epoch. It belongs after them."
)
def record_before(net, optimizer, X, T, epochs, batch_size, rng):
    history = _new_history()
    for _ in range(epochs):
        _record(history, net, X, T)
        for batch in reference.minibatches(len(X), batch_size, rng):
            optimizer.update(net.params, net.gradient(X[batch], T[batch]))
    return history


@train.misconception(
    "The record is that of the last batch of each epoch. Asked for are loss and accuracy of all "
    "of X and T."
)
def record_last_batch(net, optimizer, X, T, epochs, batch_size, rng):
    history = _new_history()
    for _ in range(epochs):
        for batch in reference.minibatches(len(X), batch_size, rng):
            optimizer.update(net.params, net.gradient(X[batch], T[batch]))
        _record(history, net, X[batch], T[batch])
    return history


@train.misconception(
    "The record is the mean over the batches, each measured before its own update, when the "
    "network was still another one. Measure all of X and T once, after the last update."
)
def record_means(net, optimizer, X, T, epochs, batch_size, rng):
    history = _new_history()
    for _ in range(epochs):
        seen = _new_history()
        for batch in reference.minibatches(len(X), batch_size, rng):
            _record(seen, net, X[batch], T[batch])
            optimizer.update(net.params, net.gradient(X[batch], T[batch]))
        for name, values in seen.items():
            history[name].append(float(np.mean(values)))
    return history


@train.misconception(
    "An epoch was counted as `n / batch_size` updates, a number that need not be whole, and a "
    "record was taken where the count divides by it without rest. So some epochs have none."
)
def float_epochs(net, optimizer, X, T, epochs, batch_size, rng):
    history, step = _new_history(), 0
    updates_per_epoch = max(len(X) / batch_size, 1)
    for _ in range(epochs):
        for batch in reference.minibatches(len(X), batch_size, rng):
            optimizer.update(net.params, net.gradient(X[batch], T[batch]))
            if step % updates_per_epoch == 0:
                _record(history, net, X, T)
            step += 1
    return history


@train.misconception(
    "All epochs use the batches of the first one: they were put into a list before the loop over "
    "the epochs. Each epoch needs an order of its own."
)
def same_batches(net, optimizer, X, T, epochs, batch_size, rng):
    history, batches = _new_history(), list(reference.minibatches(len(X), batch_size, rng))
    for _ in range(epochs):
        for batch in batches:
            optimizer.update(net.params, net.gradient(X[batch], T[batch]))
        _record(history, net, X, T)
    return history


@train.misconception(
    "Nothing moves after the first epoch: `minibatches` was called once, and a generator that has "
    "given all its batches gives no more. Call it in every epoch."
)
def used_up(net, optimizer, X, T, epochs, batch_size, rng):
    history, batches = _new_history(), reference.minibatches(len(X), batch_size, rng)
    for _ in range(epochs):
        for batch in batches:
            optimizer.update(net.params, net.gradient(X[batch], T[batch]))
        _record(history, net, X, T)
    return history


@train.misconception(
    "Each epoch makes a single update, with its first batch. An epoch goes through all batches."
)
def first_batch(net, optimizer, X, T, epochs, batch_size, rng):
    history = _new_history()
    for _ in range(epochs):
        batch = next(reference.minibatches(len(X), batch_size, rng))
        optimizer.update(net.params, net.gradient(X[batch], T[batch]))
        _record(history, net, X, T)
    return history


@train.misconception(
    "Training ends after the first epoch: a `return` stands inside the loop over the epochs."
)
def returns_early(net, optimizer, X, T, epochs, batch_size, rng):
    return reference.train(net, optimizer, X, T, 1, batch_size, rng)


@train.misconception(
    "The cases of a batch are paired with other cases' targets: `X` is picked by the positions of "
    "the batch and `T` is cut from its beginning. Both are picked by the same positions."
)
def other_targets(net, optimizer, X, T, epochs, batch_size, rng):
    history = _new_history()
    for _ in range(epochs):
        for batch in reference.minibatches(len(X), batch_size, rng):
            optimizer.update(net.params, net.gradient(X[batch], T[: len(batch)]))
        _record(history, net, X, T)
    return history


@train.misconception("The two lists are interchanged: what stands under `loss` is the accuracy.")
def interchanged(net, optimizer, X, T, epochs, batch_size, rng):
    history = reference.train(net, optimizer, X, T, epochs, batch_size, rng)
    return {"loss": history["accuracy"], "accuracy": history["loss"]}


@train.misconception(
    "The record is right, but the network that was handed in is as before: a copy of it was "
    "trained."
)
def trains_a_copy(net, optimizer, X, T, epochs, batch_size, rng):
    return reference.train(copy.deepcopy(net), optimizer, X, T, epochs, batch_size, rng)


@train.misconception(
    "The steps are plain gradient descent, whichever optimizer was handed in. Leave the step to "
    "the optimizer's `update`."
)
def own_steps(net, optimizer, X, T, epochs, batch_size, rng):
    plain = reference.SGD(optimizer.lr)
    return reference.train(net, plain, X, T, epochs, batch_size, rng)


@train.misconception(
    "New arrays were put into `net.params`, and the layers go on with the old ones: the network "
    "answers as before. Write into the arrays, as the optimizer's `update` does."
)
def rebinds(net, optimizer, X, T, epochs, batch_size, rng):
    net.params = {name: p.copy() for name, p in net.params.items()}
    return reference.train(net, optimizer, X, T, epochs, batch_size, rng)
