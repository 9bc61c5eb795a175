"""How lesson 08 is checked: cases, and the wrong versions that people really write.

Networks are filled with drawn numbers in place, through `params`, so that only one case depends on
how the weights are drawn at the start, and so that every other case also asks whether `params`
holds the arrays that the layers use. N, D, H and C differ everywhere.
"""

import copy
from itertools import chain

import numpy as np

from grader.exercises import Exercise, array, collect, defined, generator, holds, look, same
from solutions import training as reference
from solutions.layers import Affine, ReLU, SoftmaxWithLoss
from solutions.softmax import softmax
from source.families import Wrong, given, then
from source.families.cases import labels


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

# What `update` of both optimizers is given: copies that nobody looks at, or other pairs.
_ON_COPIES = given(lambda self, params, grads: ({k: p.copy() for k, p in params.items()}, grads))
_BY_POSITION = given(lambda self, params, grads: (params, dict(zip(params, grads.values()))))


def _with_gradients(change):
    """Change each gradient before the reference's `update`."""
    return given(
        lambda self, params, grads: (params, {name: change(self, g) for name, g in grads.items()})
    )


def _right_velocity(self, v, g):
    return self.momentum * v - self.lr * g


def _velocity(rule, moves=lambda self, v, g: v):
    """Make an `update` in which `rule(self, velocity, gradient)` is the new velocity.

    The parameter moves by what `moves` makes of the new velocity and the gradient.
    """

    def update(self, params, grads):
        for name, p in params.items():
            v = self.velocities[name] = rule(self, self.velocities.get(name, 0.0), grads[name])
            p += moves(self, v, grads[name])

    return update


def _moves(rule):
    """Make an `update` that adds `rule(self, gradient)` to each parameter."""

    def update(self, params, grads):
        for name, p in params.items():
            p += rule(self, grads[name])

    return update


wrong = Wrong(SGD, reference.SGD)
wrong("NewArrays", update=_ON_COPIES).says(_NEW_ARRAYS)
wrong(
    "ReturnsNewArrays",
    update=lambda self, params, grads: {
        name: p - self.lr * grads[name] for name, p in params.items()
    },
).says(
    "New arrays were made and returned, and nobody takes what `update` returns. The arrays that "
    "were handed in hold what they held before: write into them."
)
wrong("Uphill", update=_moves(lambda self, g: self.lr * g)).says(
    "The parameters went *along* the gradient, so the loss grows. The gradient points uphill: the "
    "step has the opposite sign."
)
wrong("NoRate", update=_moves(lambda self, g: -g)).says(
    "The whole gradient was subtracted. The learning rate that the optimizer was made with takes "
    "no part."
)
wrong("OwnRate", update=_moves(lambda self, g: -0.01 * g)).says(
    "The learning rate is a number written into `update`. It is the one that the optimizer was "
    "made with, `self.lr`."
)
wrong("ByPosition", update=_BY_POSITION).says(_POSITION)


@SGD.misconception(
    "The parameters are right, but the gradients were multiplied by the learning rate in place: "
    "they are the caller's. Make the step a new array."
)
class ScalesGradients(reference.SGD):
    def update(self, params, grads):
        for name in params:
            grads[name] *= self.lr
            params[name] -= grads[name]


wrong(
    "FirstOnly", update=given(lambda self, params, grads: (dict([*params.items()][:1]), grads))
).says("Only the first parameter moved. A `return` inside the loop ends it after its first turn.")


@SGD.misconception(
    "The parameters hold the step alone: the old numbers were written over. The step is subtracted "
    "from them."
)
class StepOnly(reference.SGD):
    def update(self, params, grads):
        for name in params:
            params[name][...] = -self.lr * grads[name]


wrong("SignOnly", update=_moves(lambda self, g: -self.lr * np.sign(g))).says(
    "Only the sign of each gradient was used, so all numbers move equally far. A large gradient "
    "makes a large step."
)


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


wrong = Wrong(Momentum, reference.Momentum)
wrong("MomentumNewArrays", update=_ON_COPIES).says(_NEW_ARRAYS)
wrong("StartsAgain", update=_moves(lambda self, g: -self.lr * g)).says(
    "Every step is that of `SGD`: the velocity starts from 0 in each call. What one update leaves "
    "has to be there in the next: keep it on `self`."
)


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


wrong("MomentumUphill", update=_with_gradients(lambda self, g: -g)).says(
    "The parameters go uphill: the gradient is added to the velocity, and the velocity to the "
    "parameter. One of the two needs a minus."
)
wrong(
    "MemoryBackwards", update=_velocity(lambda self, v, g: -self.momentum * v - self.lr * g)
).says(
    "The memory has the wrong sign: the gradient was added to the velocity, which was then "
    "subtracted, but the old velocity entered with a minus. An old step helps the new one along."
)
wrong("MomentumNoRate", update=_velocity(lambda self, v, g: self.momentum * v - g)).says(
    "The velocity takes the whole gradient. The learning rate that the optimizer was made with has "
    "no part in it."
)
wrong(
    "FactorsInterchanged", update=_velocity(lambda self, v, g: self.lr * v - self.momentum * g)
).says(
    "`lr` and `momentum` changed places: the old velocity was multiplied by `lr`, and the gradient "
    "by `momentum`."
)
wrong("NeverFades", update=_velocity(lambda self, v, g: v - self.lr * g)).says(
    "The velocity never fades: the old one enters with its full size. Multiply it by `momentum` "
    "first."
)
wrong("Averaged", update=_with_gradients(lambda self, g: (1 - self.momentum) * g)).says(
    "The gradient was multiplied by 1 - momentum as well, which makes an average. Here the "
    "gradient's only factor is the learning rate."
)


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


wrong("Nesterov", update=_velocity(_right_velocity, moves=_right_velocity)).says(
    "The numbers follow another rule, that of Nesterov: the parameter moves by momentum times the "
    "new velocity, minus the step of the gradient. Here it moves by the new velocity."
)
wrong("MomentumByPosition", update=_BY_POSITION).says(_POSITION)


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


_REPLACED = (
    "Some positions come several times and others never: each batch was drawn by itself, with "
    "replacement. In an epoch every position comes exactly once."
)
_NEW_ORDERS = (
    "A new order was drawn for each batch, so batches overlap and other positions never come. One "
    "order is drawn for an epoch, and cut into pieces."
)


def _cut(order, size):
    return (order[start : start + size] for start in range(0, len(order), size))


def _yields(name, batches):
    """Declare a generator of what `batches(n, batch_size, rng)` holds."""

    def generate(n, batch_size, rng):
        yield from batches(n, batch_size, rng)

    return wrong(name, generate)


wrong = Wrong(minibatches)
wrong(
    "drops_the_rest",
    lambda n, size, rng: (
        batch for batch in reference.minibatches(n, size, rng) if len(batch) == size
    ),
).says(
    "The last batch is missing where it would be shorter than the others, so some cases are not "
    "used in the epoch. It comes too, as short as it is."
)
wrong(
    "always_full_with_replacement",
    lambda n, size, rng: (rng.choice(n, size) for _ in range(0, n, size)),
).says(_REPLACED)
wrong(
    "new_order_each_slice",
    lambda n, size, rng: (rng.permutation(n)[i : i + size] for i in range(0, n, size)),
).says(_NEW_ORDERS)
wrong(
    "with_replacement",
    lambda n, size, rng: (rng.choice(n, min(size, n - i)) for i in range(0, n, size)),
).says(_REPLACED)
wrong(
    "new_order_each_batch",
    lambda n, size, rng: (rng.permutation(n)[: min(size, n - i)] for i in range(0, n, size)),
).says(_NEW_ORDERS)
wrong("not_shuffled", lambda n, size, rng: _cut(np.arange(n), size)).says(
    "Every position comes once, but in the order 0, 1, 2 and so on: nothing is shuffled, and `rng` "
    "is not used."
)
_yields(
    "shuffled_inside", lambda n, size, rng: map(rng.permutation, _cut(np.arange(n), size))
).says(
    "Each batch is shuffled in itself, but holds the same positions in every epoch: its "
    "neighbours stay its neighbours. Shuffle all positions first, then cut."
)
wrong(
    "own_generator", lambda n, size, rng: reference.minibatches(n, size, np.random.default_rng(0))
).says(
    "The order comes from a generator of its own with a fixed seed, so all epochs are alike. Use "
    "`rng`, which goes on from epoch to epoch."
)
wrong("another_shuffle", lambda n, size, rng: _cut(np.argsort(rng.random(n)), size)).says(
    "Every position comes once and in random order, but not in the order of `rng.permutation(n)`. "
    "The docstring names it so that the same seed gives everybody the same batches."
)
_yields(
    "nearly_equal", lambda n, size, rng: np.array_split(rng.permutation(n), -(-n // size))
).says(
    "The cases were cut into parts of nearly equal size, with no short batch at the end. Every "
    "batch but the last has exactly `batch_size` positions."
)
wrong(
    "filled_up",
    lambda n, size, rng: _cut(np.resize(rng.permutation(n), -(-n // size) * size), size),
).says(
    "The short last batch was filled up with positions that have had their turn. They count twice "
    "then; let the last batch be short."
)
_yields("one_at_a_time", lambda n, size, rng: rng.permutation(n)).says(
    "Single positions come out, one at a time. A batch is an array of positions."
)
wrong("first_batch_only", lambda n, size, rng: rng.permutation(n)[:size]).says(
    "Only the first batch comes out: `return` ends the function. `yield` gives a batch and goes "
    "on from there when the next one is wanted."
)
wrong(
    "fixed_end",
    lambda n, size, rng: (
        batch[: size * (k == 0)] for k, batch in enumerate(reference.minibatches(n, size, rng))
    ),
).says(
    "After the first batch the others are empty or too short: every slice ends at `batch_size`. "
    "Each batch ends `batch_size` positions after its own beginning."
)
_yields(
    "empty_at_the_end",
    lambda n, size, rng: chain(
        reference.minibatches(n, size, rng), [np.arange(0)] * (n % size == 0)
    ),
).says(
    "Where the batches divide the cases evenly, an empty batch comes at the end. No batch begins "
    "at position `n` or later."
)
wrong(
    "one_short",
    lambda n, size, rng: (batch[: size - 1] for batch in reference.minibatches(n, size, rng)),
).says(
    "Each batch is one short, and a position is lost between two of them. The end of a slice is "
    "not included, so there is no 1 to subtract."
)


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
    net.loss(rng.normal(0, 1, (5, _D)), labels(rng, 5, _C))
    net.loss(rng.normal(0, 1, (7, _D)), np.eye(_C)[labels(rng, 7, _C)])


@TwoLayerNet.case("the accuracy, with labels and one-hot")
def net_accuracy(TwoLayerNet, rng):
    net = _filled(TwoLayerNet, rng)
    # Eight cases that are nearly alike get one answer, and every class is the right one somewhere.
    net.accuracy(rng.normal(0, 0.1, (8, _D)), np.array([0, 1, 2, 2, 2, 1, 2, 1]))
    net.accuracy(rng.normal(0, 1, (10, _D)), np.eye(_C)[labels(rng, 10, _C)])


@TwoLayerNet.case("the gradient", draws=2, weight=3)
def net_gradient(TwoLayerNet, rng):
    net = _filled(TwoLayerNet, rng)
    net.gradient(rng.normal(0, 1, (5, _D)), labels(rng, 5, _C))
    net.params


@TwoLayerNet.case("two gradients in a row, with a loss in between")
def net_two_gradients(TwoLayerNet, rng):
    net = _filled(TwoLayerNet, rng)
    gradients = net.gradient(rng.normal(0, 1, (5, _D)), np.eye(_C)[labels(rng, 5, _C)])
    net.loss(rng.normal(0, 1, (8, _D)), labels(rng, 8, _C))
    net.gradient(rng.normal(0, 1, (7, _D)), labels(rng, 7, _C))
    look(gradients)


@TwoLayerNet.case("two networks at the same time")
def net_two(TwoLayerNet, rng):
    first, second = _filled(TwoLayerNet, rng), _filled(TwoLayerNet, rng)
    X, t = rng.normal(0, 1, (5, _D)), labels(rng, 5, _C)
    first.loss(X, t)
    second.loss(X, t)
    first.gradient(X, t)
    same(first.params["W1"], second.params["W1"])


def _changed(change):
    """Make an `__init__` after which `change(net)` sets attributes."""

    def __init__(self, *given, **named):
        reference.TwoLayerNet.__init__(self, *given, **named)
        vars(self).update(change(self))

    return __init__


def _started(change):
    """Make an `__init__` that draws with another scale and generator, `change(std, rng)`."""

    def __init__(self, D, H, C, weight_init_std=0.01, rng=None):
        reference.TwoLayerNet.__init__(self, D, H, C, *change(weight_init_std, rng))

    return __init__


def _drawn(draw):
    """Make an `__init__` whose parameters `draw(rng, D, H, C)` returns, but for the scale."""

    def __init__(self, D, H, C, weight_init_std=0.01, rng=None):
        found = {
            "b1": np.zeros(H),
            "b2": np.zeros(C),
            **draw(rng or np.random.default_rng(), D, H, C),
        }
        self.params = {name: weight_init_std * found[name] for name in ("W1", "b1", "W2", "b2")}
        W1, b1, W2, b2 = self.params.values()
        self.first, self.second = Affine(W1, b1), Affine(W2, b2)
        self.layers, self.last = [self.first, ReLU(), self.second], SoftmaxWithLoss()

    return __init__


wrong = Wrong(TwoLayerNet, reference.TwoLayerNet)
wrong(
    "ParamsCopied",
    __init__=_changed(lambda net: {"params": {name: p.copy() for name, p in net.params.items()}}),
).says(
    "Writing into `params` does not change what the network answers: the layers calculate with "
    "other arrays, copies for example. An optimizer that writes into `params` would train nothing."
)
wrong(
    "OtherBiases",
    __init__=_changed(
        lambda net: {"params": {**net.params, "b1": np.zeros(_H), "b2": np.zeros(_C)}}
    ),
).says(
    "The biases of `params` have no effect: the layers were given other arrays of zeros. Hand "
    "`b1` and `b2` over to the layers."
)
wrong(
    "NoBiases",
    __init__=_changed(lambda net: {"params": {name: net.params[name] for name in ("W1", "W2")}}),
).says("`params` holds the weights only. The biases are learned too: there are four names.")
# A scale of 0 stays 0, so that the other cases can be asked at all.
wrong("FixedScale", __init__=_started(lambda std, rng: (0.01 if std else 0.0, rng))).says(
    "The scale of the first weights is fixed: `weight_init_std` takes no part. Multiply the drawn "
    "numbers by it."
)
wrong("Squared", __init__=_started(lambda std, rng: (std**2, rng))).says(
    "The first weights are spread by the square of `weight_init_std`, the variance. It is a "
    "standard deviation: the drawn numbers are multiplied by it once."
)
wrong("OwnGenerator", __init__=_started(lambda std, rng: (std, np.random.default_rng(0)))).says(
    "The first weights do not come from `rng`, so the seed that was chosen has no effect on them. "
    "Draw them from `rng`, and from a new generator only where it is None."
)
wrong(
    "NeedsGenerator", __init__=_started(lambda std, rng: (std, rng.standard_normal and rng))
).says(
    "The network starts well only if it is given a generator. Without one `rng` is None, which "
    "draws nothing: make a generator then."
)
wrong(
    "Uniform",
    __init__=_drawn(lambda rng, D, H, C: {"W1": rng.random((D, H)), "W2": rng.random((H, C))}),
).says(
    "The first weights are uniform numbers between 0 and 1 (times the scale), all of the same "
    "sign. Asked for are normal ones, of both signs: `standard_normal`."
)
wrong(
    "SecondFirst",
    __init__=_drawn(
        lambda rng, D, H, C: {"W2": rng.standard_normal((H, C)), "W1": rng.standard_normal((D, H))}
    ),
).says(
    "`W2` was drawn before `W1`. The docstring says which comes first, so that the same seed gives "
    "everybody the same network."
)
wrong(
    "RandomBiases",
    __init__=_drawn(
        lambda rng, D, H, C: {
            name: rng.standard_normal(shape)
            for name, shape in (("W1", (D, H)), ("b1", H), ("W2", (H, C)), ("b2", C))
        }
    ),
).says("The biases were drawn at random too. They start as zeros.")
wrong(
    "Turned",
    __init__=_drawn(
        lambda rng, D, H, C: {"W1": rng.standard_normal((H, D)), "W2": rng.standard_normal((C, H))}
    ),
).says(
    "The weights have the shapes (H, D) and (C, H), as in lessons 06 and 07. A case is a row here "
    "and is multiplied from the left, so they are (D, H) and (H, C)."
)
wrong("NoBend", __init__=_changed(lambda net: {"layers": [net.first, net.second]})).says(
    "ReLU is missing between the two affine layers, and two of them without a bend are one."
)
wrong("BendAtTheEnd", __init__=_changed(lambda net: {"layers": [*net.layers, ReLU()]})).says(
    "The scores went through a ReLU at the end: none is negative. Scores may have any sign; ReLU "
    "stands between the two affine layers only."
)
wrong("Probabilities", predict=then(lambda self, result, X: softmax(result))).says(
    "`predict` gives probabilities, and the last layer applies softmax to them a second time. "
    "`predict` ends with the scores."
)


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


wrong("SummedLoss", loss=then(lambda self, result, X, T: len(X) * result)).says(
    "The loss is the sum over the cases, N times too large. `SoftmaxWithLoss` gives their mean "
    "already."
)
wrong(
    "AlongColumns",
    accuracy=lambda self, X, T: float(
        np.mean(np.argmax(self.predict(X), axis=0) == (np.argmax(T, axis=1) if T.ndim == 2 else T))
    ),
).says(
    "`accuracy` looks for the largest score down the columns: one answer a class, not one a case. "
    "Look at `axis`."
)
wrong("Counted", accuracy=then(lambda self, result, X, T: result * len(X))).says(
    "`accuracy` gives how many answers are right. Asked for is their share among the N cases."
)
wrong(
    "LabelsOnly",
    accuracy=lambda self, X, T: float(np.mean(np.argmax(self.predict(X), axis=1) == T)),
).says(
    "`accuracy` is right for labels, and not for one-hot rows: labels were compared with whole "
    "rows. Turn one-hot rows into labels first."
)


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


wrong(
    "NotCopied",
    gradient=then(lambda self, *_: dict(zip(self.params, self.first.grads + self.second.grads))),
).says(
    "The gradients are right until `gradient` is called again: what it gave the first time has "
    "changed. The layers write into the same arrays each time, so give copies of them."
)


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


wrong(
    "NamesSwapped",
    gradient=then(
        lambda self, g, X, T: {"W1": g["W2"], "b1": g["b2"], "W2": g["W1"], "b2": g["b1"]}
    ),
).says("The gradients stand under the wrong names: those of the second layer under `W1` and `b1`.")
wrong(
    "WeightGradientsOnly", gradient=then(lambda self, g, X, T: {"W1": g["W1"], "W2": g["W2"]})
).says("The gradients of the biases are missing. The dict has the four names of `params`.")


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


wrong(
    "DividedTwice",
    gradient=then(lambda self, result, X, T: {name: g / len(X) for name, g in result.items()}),
).says(
    "The gradients were divided by N a second time. The last layer has done so already, because "
    "its loss is a mean."
)


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


def _each_epoch(epochs, n, batch_size, rng):
    return (reference.minibatches(n, batch_size, rng) for _ in range(epochs))


def _trains(
    picked=lambda X, T, batch: (X[batch], T[batch]),
    recorded=lambda X, T, batch: (X, T),
    batches=_each_epoch,
):
    """Make a `train` that picks or records other cases, or has other batches in its epochs."""

    def train(net, optimizer, X, T, epochs, batch_size, rng):
        history, batch = _new_history(), None
        for of_the_epoch in batches(epochs, len(X), batch_size, rng):
            for batch in of_the_epoch:
                optimizer.update(net.params, net.gradient(*picked(X, T, batch)))
            _record(history, net, *recorded(X, T, batch))
        return history

    return train


wrong = Wrong(train, reference.train)
wrong(
    "no_update", lambda net, optimizer, *given: reference.train(net, reference.SGD(0.0), *given)
).says(
    "The parameters never move: the optimizer's `update` is not called, or it gets them in the "
    "wrong place. For every batch it takes `net.params` first, and the gradients second."
)
wrong("gradient_of_all", _trains(picked=lambda X, T, batch: (X, T))).says(
    "Every update uses the gradient of *all* cases, however small the batch is. Pick the cases of "
    "the batch: `X` and `T`, both by its positions."
)


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


wrong.changes(
    "record_at_the_end", lambda found: {name: values[-1:] for name, values in found.items()}
).says(
    "The lists hold the last epoch's number alone. They hold one for each epoch: look at how far "
    "the lines that append are indented, and whether the empty lists are made before all loops."
)
wrong(
    "one_epoch_less",
    lambda net, optimizer, X, T, epochs, *given: reference.train(
        net, optimizer, X, T, epochs - 1, *given
    ),
).says(
    "There is one epoch too few: `range(1, epochs)` has `epochs - 1` numbers, and so has "
    "`range(epochs - 1)`."
)
wrong("all_targets", _trains(picked=lambda X, T, batch: (X[batch], T))).says(
    "The cases were picked by the positions of the batch, and all of `T` was handed over beside "
    "them. Pick the targets by the same positions."
)


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


wrong("record_last_batch", _trains(recorded=lambda X, T, batch: (X[batch], T[batch]))).says(
    "The record is that of the last batch of each epoch. Asked for are loss and accuracy of all "
    "of X and T."
)


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


wrong(
    "same_batches",
    _trains(batches=lambda epochs, *given: [list(reference.minibatches(*given))] * epochs),
).says(
    "All epochs use the batches of the first one: they were put into a list before the loop over "
    "the epochs. Each epoch needs an order of its own."
)
wrong(
    "used_up", _trains(batches=lambda epochs, *given: [reference.minibatches(*given)] * epochs)
).says(
    "Nothing moves after the first epoch: `minibatches` was called once, and a generator that has "
    "given all its batches gives no more. Call it in every epoch."
)
wrong(
    "first_batch",
    _trains(
        batches=lambda epochs, *given: (
            [next(reference.minibatches(*given))] for _ in range(epochs)
        )
    ),
).says("Each epoch makes a single update, with its first batch. An epoch goes through all batches.")
wrong(
    "returns_early",
    lambda net, optimizer, X, T, epochs, *given: reference.train(net, optimizer, X, T, 1, *given),
).says("Training ends after the first epoch: a `return` stands inside the loop over the epochs.")
wrong("other_targets", _trains(picked=lambda X, T, batch: (X[batch], T[: len(batch)]))).says(
    "The cases of a batch are paired with other cases' targets: `X` is picked by the positions of "
    "the batch and `T` is cut from its beginning. Both are picked by the same positions."
)
wrong.changes(
    "interchanged", lambda found: {"loss": found["accuracy"], "accuracy": found["loss"]}
).says("The two lists are interchanged: what stands under `loss` is the accuracy.")
wrong("trains_a_copy", lambda net, *given: reference.train(copy.deepcopy(net), *given)).says(
    "The record is right, but the network that was handed in is as before: a copy of it was "
    "trained."
)
wrong(
    "own_steps",
    lambda net, optimizer, *given: reference.train(net, reference.SGD(optimizer.lr), *given),
).says(
    "The steps are plain gradient descent, whichever optimizer was handed in. Leave the step to "
    "the optimizer's `update`."
)


@train.misconception(
    "New arrays were put into `net.params`, and the layers go on with the old ones: the network "
    "answers as before. Write into the arrays, as the optimizer's `update` does."
)
def rebinds(net, optimizer, X, T, epochs, batch_size, rng):
    net.params = {name: p.copy() for name, p in net.params.items()}
    return reference.train(net, optimizer, X, T, epochs, batch_size, rng)
