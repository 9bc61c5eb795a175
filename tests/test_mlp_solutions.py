"""The references of lesson 08 against slow, obvious versions, and other right styles."""

import numpy as np
import pytest
from course_exercises import check_misconceptions, exercises_of

from solutions import training
from solutions.array_nodes import numerical_gradient, relative_error
from solutions.layers import Affine, ReLU, SoftmaxWithLoss
from solutions.training import SGD, Momentum, TwoLayerNet, minibatches, train
from twoapples.checking.diagnose import diagnose
from twoapples.checking.replay import replay

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def rng():
    return np.random.default_rng(8)


@pytest.fixture(scope="module")
def exercises():
    return exercises_of("08-mlp-training")


def random_net(rng, sizes=(4, 6, 3)):
    net = TwoLayerNet(*sizes, weight_init_std=0.7, rng=rng)
    net.params["b1"][...] = rng.normal(size=sizes[1])
    net.params["b2"][...] = rng.normal(size=sizes[2])
    return net


@pytest.mark.parametrize("optimizer", [SGD(0.3), Momentum(0.3)])
class TestOptimizers:
    def test_in_place_by_name_and_gradients_stay(self, rng, optimizer):
        params = {"W": rng.normal(size=(2, 3)), "b": rng.normal(size=3)}
        arrays, before = dict(params), {name: p.copy() for name, p in params.items()}
        grads = {"b": rng.normal(size=3), "W": rng.normal(size=(2, 3))}
        kept = {name: g.copy() for name, g in grads.items()}
        assert type(optimizer)(0.3).update(params, grads) is None
        for name in params:
            assert params[name] is arrays[name]
            np.testing.assert_allclose(params[name], before[name] - 0.3 * grads[name])
            np.testing.assert_array_equal(grads[name], kept[name])

    def test_whole_numbers_are_refused(self, optimizer):
        """As the text says of them."""
        with pytest.raises(TypeError):
            optimizer.update({"p": np.array([3, 2])}, {"p": np.array([10.0, -4.0])})


class TestMomentum:
    def test_is_a_sum_of_old_gradients(self, rng):
        gradients, p = rng.normal(size=(6, 4)), np.zeros(4)
        optimizer = Momentum(0.2, momentum=0.7)
        positions = []
        for g in gradients:
            optimizer.update({"p": p}, {"p": g})
            positions.append(p.copy())
        for step in range(6):
            velocity = -0.2 * sum(0.7 ** (step - k) * gradients[k] for k in range(step + 1))
            before = positions[step - 1] if step else 0.0
            np.testing.assert_allclose(positions[step] - before, velocity)

    def test_without_memory_it_is_sgd(self, rng):
        p, q = np.ones(3), np.ones(3)
        plain, other = SGD(0.1), Momentum(0.1, momentum=0.0)
        for g in rng.normal(size=(4, 3)):
            plain.update({"p": p}, {"p": g})
            other.update({"p": q}, {"p": g})
        np.testing.assert_allclose(p, q)

    def test_does_not_keep_the_callers_gradient(self):
        optimizer, p, g = Momentum(1.0), np.zeros(1), np.ones(1)
        optimizer.update({"p": p}, {"p": g})
        g[...] = 100
        optimizer.update({"p": p}, {"p": np.zeros(1)})
        np.testing.assert_allclose(p, -1 - 0.9)


class TestMinibatches:
    @pytest.mark.parametrize("n, size", [(10, 3), (12, 4), (5, 8), (1, 1), (7, 1), (7, 7)])
    def test_every_index_once(self, n, size):
        batches = list(minibatches(n, size, np.random.default_rng(0)))
        assert sorted(np.concatenate(batches).tolist()) == list(range(n))
        assert len(batches) == -(-n // size)
        assert all(len(batch) == size for batch in batches[:-1])
        assert 1 <= len(batches[-1]) <= size

    def test_the_order_is_that_of_a_permutation(self):
        order = np.concatenate(list(minibatches(9, 4, np.random.default_rng(5))))
        np.testing.assert_array_equal(order, np.random.default_rng(5).permutation(9))

    def test_goes_on_from_epoch_to_epoch(self, rng):
        first = np.concatenate(list(minibatches(50, 8, rng)))
        second = np.concatenate(list(minibatches(50, 8, rng)))
        assert (first != second).any()


class TestTwoLayerNet:
    def test_start(self):
        net = TwoLayerNet(4, 6, 3, weight_init_std=0.2, rng=np.random.default_rng(3))
        again = np.random.default_rng(3)
        np.testing.assert_array_equal(net.params["W1"], 0.2 * again.standard_normal((4, 6)))
        np.testing.assert_array_equal(net.params["W2"], 0.2 * again.standard_normal((6, 3)))
        assert list(net.params) == ["W1", "b1", "W2", "b2"]
        assert net.params["b1"].tolist() == [0] * 6 and net.params["b2"].tolist() == [0] * 3

    def test_without_a_generator_two_differ(self):
        first, second = TwoLayerNet(4, 6, 3), TwoLayerNet(4, 6, 3)
        assert (first.params["W1"] != second.params["W1"]).any()
        assert first.params["W1"].std() == pytest.approx(0.01, rel=0.6)

    def test_params_are_the_arrays_of_the_layers(self, rng):
        net = random_net(rng)
        held = [p for layer in net.layers for p in layer.params]
        assert all(a is b for a, b in zip(held, net.params.values(), strict=True))

    def test_scores_one_case_at_a_time(self, rng):
        net, X = random_net(rng), rng.normal(size=(5, 4))
        p = net.params
        for x, scores in zip(X, net.predict(X), strict=True):
            hidden = [max(0.0, sum(x * p["W1"][:, j]) + p["b1"][j]) for j in range(6)]
            expected = [sum(hidden * p["W2"][:, k]) + p["b2"][k] for k in range(3)]
            np.testing.assert_allclose(scores, expected)

    @pytest.mark.parametrize("one_hot", [False, True])
    def test_gradient_equals_the_measured_one(self, rng, one_hot):
        # Small scores: where a probability is near 0, the 1e-7 in the logarithm would show.
        net, X, t = random_net(rng), 0.3 * rng.normal(size=(7, 4)), rng.integers(0, 3, 7)
        net.params["W2"] *= 0.3
        T = np.eye(3)[t] if one_hot else t
        grads = net.gradient(X, T)
        assert list(grads) == list(net.params)
        for name, array in net.params.items():
            measured = numerical_gradient(lambda _: net.loss(X, T), array)
            assert grads[name].shape == array.shape
            assert relative_error(grads[name], measured) < 1e-4

    def test_gradients_are_the_callers(self, rng):
        net = random_net(rng)
        grads = net.gradient(rng.normal(size=(7, 4)), rng.integers(0, 3, 7))
        kept = {name: g.copy() for name, g in grads.items()}
        net.gradient(rng.normal(size=(5, 4)), rng.integers(0, 3, 5))
        for name in kept:
            np.testing.assert_array_equal(grads[name], kept[name])

    def test_accuracy(self, rng):
        net, X = random_net(rng), rng.normal(size=(9, 4))
        labels = net.predict(X).argmax(axis=1)
        assert net.accuracy(X, labels) == 1
        labels[:3] = (labels[:3] + 1) % 3
        assert net.accuracy(X, labels) == pytest.approx(6 / 9)
        assert net.accuracy(X, np.eye(3)[labels]) == pytest.approx(6 / 9)
        assert type(net.accuracy(X, labels)) is float and type(net.loss(X, labels)) is float

    def test_pictures_with_rows_and_columns(self, rng):
        net, X, t = random_net(rng), rng.normal(size=(5, 2, 2)), rng.integers(0, 3, 5)
        np.testing.assert_allclose(net.predict(X), net.predict(X.reshape(5, 4)))
        assert net.gradient(X, t)["W1"].shape == (4, 6)


class TestTrain:
    def data(self, rng):
        X = rng.normal(size=(11, 4))
        return X, X[:, :3].argmax(axis=1)

    def test_by_hand(self, rng):
        X, t = self.data(rng)
        net, twin = random_net(np.random.default_rng(1)), random_net(np.random.default_rng(1))
        history = train(net, SGD(0.2), X, t, 3, 4, np.random.default_rng(2))
        order = np.random.default_rng(2)
        for epoch in range(3):
            positions = order.permutation(11)
            for batch in (positions[:4], positions[4:8], positions[8:]):
                for name, g in twin.gradient(X[batch], t[batch]).items():
                    twin.params[name] -= 0.2 * g
            assert history["loss"][epoch] == pytest.approx(twin.loss(X, t))
            assert history["accuracy"][epoch] == pytest.approx(twin.accuracy(X, t))
        assert {name: len(values) for name, values in history.items()} == {
            "loss": 3,
            "accuracy": 3,
        }

    def test_goes_on(self, rng):
        """One epoch at a time is the same as all at once."""
        X, t = self.data(rng)
        whole, parts = random_net(np.random.default_rng(1)), random_net(np.random.default_rng(1))
        expected = train(whole, Momentum(0.05), X, t, 4, 3, np.random.default_rng(2))["loss"]
        optimizer, order = Momentum(0.05), np.random.default_rng(2)
        found = [train(parts, optimizer, X, t, 1, 3, order)["loss"][0] for _ in range(4)]
        assert found == expected

    def test_no_epoch(self, rng):
        X, t = self.data(rng)
        assert train(random_net(rng), SGD(1.0), X, t, 0, 4, rng) == {"loss": [], "accuracy": []}

    def test_learns(self, rng):
        X, t = self.data(rng)
        history = train(random_net(rng), SGD(0.3), X, t, 100, 4, rng)
        assert history["accuracy"][-1] == 1
        assert history["loss"][-1] < history["loss"][0] / 5


def test_sentences_are_plain(exercises):
    check_misconceptions(exercises, ["SGD", "Momentum", "minibatches", "TwoLayerNet", "train"])


# --- right in other styles ----------------------------------------------------------------------


class LoopsOverKeys(SGD):
    def update(self, params, grads):
        for name in params:
            params[name][...] = params[name] - self.lr * grads[name]
        return params


class SubtractsVelocity(Momentum):
    def update(self, params, grads):
        for name in params:
            if name not in self.velocities:
                self.velocities[name] = np.zeros_like(params[name])
            v = self.velocities[name]
            v *= self.momentum
            v += self.lr * grads[name]
            params[name] -= v


def a_list_of_batches(n, batch_size, rng):
    order = np.arange(n)
    rng.shuffle(order)
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


class OwnNames:
    """Built another way: normal with a scale, layers in a dict, gradients gathered at the end."""

    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.01, rng=None):
        if rng is None:
            rng = np.random.default_rng()
        sizes = (input_size, hidden_size, output_size)
        self.params = {}
        for k in (1, 2):
            shape = sizes[k - 1 : k + 1]
            self.params[f"W{k}"] = rng.normal(0, weight_init_std, size=shape)
            self.params[f"b{k}"] = np.zeros(sizes[k])
        self.affine = [Affine(self.params[f"W{k}"], self.params[f"b{k}"]) for k in (1, 2)]
        self.relu, self.end = ReLU(), SoftmaxWithLoss()

    def predict(self, X):
        return self.affine[1].forward(self.relu.forward(self.affine[0].forward(X)))

    def loss(self, X, T):
        return self.end.forward(self.predict(X), T)

    def accuracy(self, X, T):
        if T.ndim != 1:
            T = T.argmax(axis=1)
        return np.sum(self.predict(X).argmax(axis=1) == T) / len(X)

    def gradient(self, X, T):
        self.loss(X, T)
        dout = self.affine[1].backward(self.end.backward())
        self.affine[0].backward(self.relu.backward(dout))
        return {
            f"{letter}{k}": np.array(self.affine[k - 1].grads[i])
            for i, letter in enumerate("Wb")
            for k in (1, 2)
        }


def train_with_a_while_loop(net, optimizer, X, T, epochs, batch_size, rng):
    losses, accuracies = [], []
    while len(losses) < epochs:
        for batch in minibatches(X.shape[0], batch_size, rng):
            grads = net.gradient(X[batch], T[batch])
            optimizer.update(net.params, grads)
        losses.append(net.loss(X, T))
        accuracies.append(net.accuracy(X, T))
    return {"accuracy": accuracies, "loss": losses}


@pytest.mark.parametrize(
    "name, solution",
    [
        ("SGD", LoopsOverKeys),
        ("Momentum", SubtractsVelocity),
        ("minibatches", a_list_of_batches),
        ("TwoLayerNet", OwnNames),
        ("train", train_with_a_while_loop),
    ],
)
def test_other_styles_pass(exercises, name, solution):
    exercise = getattr(exercises, name)
    references = {
        other: getattr(training, other)
        for other in ("SGD", "Momentum", "minibatches", "TwoLayerNet", "train")
    }
    reference = references[name]
    for trace in (
        exercise.public_trace(reference, references),
        exercise.hidden_trace(reference, 1, references),
    ):
        names = {**references, name: solution}
        report = diagnose(trace, [replay(case.steps, solution, names) for case in trace.cases])
        assert report.right, report.diagnosis.headline
