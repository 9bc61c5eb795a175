"""The references of lesson 09 against measured derivatives, and against PyTorch where it is."""

import itertools
import math

import numpy as np
import pytest

from solutions.autograd import BatchNorm1d, Multiply, Value, topological_order
from twoapples.checking.nodes import Context, build_nodes, is_topological_order


@pytest.fixture
def rng():
    return np.random.default_rng(9)


def measured(f, numbers, k, h=1e-5):
    """The central difference of f, a function of plain numbers, in its k-th argument."""
    ahead, back = list(numbers), list(numbers)
    ahead[k] += h
    back[k] -= h
    return (f(*ahead) - f(*back)) / (2 * h)


def gradients(f, numbers):
    values = [Value(number) for number in numbers]
    out = f(*values)
    out.backward()
    return out.data, [value.grad for value in values]


class TestTopologicalOrder:
    def test_random_graphs(self, rng):
        for _ in range(50):
            data = [["0", []]]
            for k in range(1, int(rng.integers(2, 15))):
                parents = rng.integers(0, k, size=rng.integers(0, 4))
                data.append([str(k), [str(parent) for parent in parents]])
            assert is_topological_order(topological_order(build_nodes(data)), data)

    def test_deep(self):
        data = {"chain": 50_000}
        assert is_topological_order(topological_order(build_nodes(data)), data)

    def test_many_ways(self):
        """A ladder of squares: 2**200 ways from the root to the input, 201 nodes."""
        value = Value(1.0)
        for _ in range(200):
            value = value + value
        assert len(topological_order(value)) == 201

    def test_values_are_told_apart_by_what_they_are(self):
        a, b = Value(1), Value(1)
        assert len(topological_order(a * b)) == 3


FUNCTIONS = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / b,
    lambda a, b: a**b,
    lambda a, b: 3 + a + 2.5 + b,
    lambda a, b: 3 - a - 2.5 - b,
    lambda a, b: 3 * a * 2.5 * b,
    lambda a, b: 3 / a / 2.5 / b,
    lambda a, b: 2**a + b**3 + a**-1.5,
    lambda a, b: -a * a * b + a,
    lambda a, b: (a * b) * ((a * b) * a + b) / (a + b),
]


class TestValue:
    @pytest.mark.parametrize("f", FUNCTIONS)
    def test_operators(self, f, rng):
        for _ in range(5):
            numbers = rng.uniform(0.5, 2.5, size=2).tolist()
            data, grads = gradients(f, numbers)
            assert data == pytest.approx(f(*numbers), rel=1e-12)
            expected = [measured(f, numbers, k) for k in range(2)]
            assert grads == pytest.approx(expected, rel=1e-7)

    @pytest.mark.parametrize(
        ("name", "plain"),
        [("tanh", math.tanh), ("exp", math.exp), ("relu", lambda x: max(x, 0.0))],
    )
    def test_functions(self, name, plain, rng):
        for x in [*rng.uniform(-2, 2, size=5).tolist(), 1.5, -1.5]:
            value = Value(x)
            out = 3 * getattr(value, name)()
            out.backward()
            assert out.data == pytest.approx(3 * plain(x))
            assert value.grad == pytest.approx(3 * measured(plain, [x], 0), rel=1e-6)

    def test_corners(self):
        zero = Value(0)
        zero.relu().backward()
        assert zero.grad == 0
        assert Value(1000).tanh().data == 1

    def test_whole_exponents_of_negative_numbers(self):
        for n in (2, 3, -1, -2):
            a = Value(-1.5)
            (a**n).backward()
            assert a.grad == pytest.approx(n * (-1.5) ** (n - 1))

    def test_numbers_of_numpy(self):
        a = Value(np.float64(2.0))
        out = a * np.float64(3.0) + a / np.int64(4) - np.int64(1)
        out.backward()
        assert (out.data, a.grad) == (5.5, 3.25)

    def test_an_int_becomes_a_float(self):
        assert isinstance(Value(3).data, float)
        assert Value(2).parents == ()

    def test_again(self):
        a, b = Value(3), Value(2)
        middle = a * b
        out = middle * a
        for times in (1, 2, 3):
            out.backward()
            grads = [value.grad for value in (a, b, middle, out)]
            assert grads == [times * g for g in (12, 9, 3, 1)]
        out.zero_grad()
        assert [value.grad for value in (a, b, middle, out)] == [0, 0, 0, 0]

    def test_zero_grad_goes_as_far_as_the_record(self):
        a = Value(3)
        first, second = a * 2, a * 5
        first.backward()
        second.backward()
        assert a.grad == 7
        second.zero_grad()
        assert (a.grad, first.grad, second.grad) == (0, 1, 0)

    def test_deep(self):
        a = Value(1.0)
        out = a
        for _ in range(20_000):
            out = out + a
        out.backward()
        assert a.grad == 20_001

    def test_sum_starts_with_a_plain_zero(self):
        values = [Value(k) for k in range(4)]
        assert sum(values).data == 6

    def test_shown(self):
        assert repr(Value(2.5)) == "Value(2.5, grad=0)"


class TestMultiply:
    def test_numbers_and_arrays(self, rng):
        for x, y, dz in (rng.normal(size=3).tolist(), rng.normal(size=(3, 2, 4))):
            ctx = Context()
            np.testing.assert_allclose(Multiply.forward(ctx, x, y), x * y)
            dx, dy = Multiply.backward(ctx, dz)
            np.testing.assert_allclose(dx, dz * y)
            np.testing.assert_allclose(dy, dz * x)


def layer(rng, d, **settings):
    return BatchNorm1d(rng.uniform(0.5, 2, size=d), rng.normal(size=d), **settings)


class TestBatchNorm1d:
    @pytest.mark.parametrize("training", [True, False])
    @pytest.mark.parametrize("shape", [(2, 3), (6, 1), (5, 5), (7, 3)])
    def test_gradients(self, shape, training, rng):
        norm = layer(rng, shape[1])
        norm.forward(rng.normal(2, 3, size=shape), True)
        x, weights = rng.normal(2, 3, size=shape), rng.normal(size=shape)
        kept = norm.grads[0], norm.grads[1]
        norm.forward(x, training)
        dx = norm.backward(weights)
        assert norm.grads[0] is kept[0] and norm.grads[1] is kept[1]

        def loss():
            mean, var = norm.running_mean, norm.running_var
            value = float(np.sum(norm.forward(x, training) * weights))
            norm.running_mean, norm.running_var = mean, var
            return value

        for array, gradient in [(x, dx), *zip(norm.params, [g.copy() for g in kept], strict=True)]:
            for index in np.ndindex(array.shape):
                before = array[index]
                array[index] = before + 1e-5
                ahead = loss()
                array[index] = before - 1e-5
                slope = (ahead - loss()) / 2e-5
                array[index] = before
                assert gradient[index] == pytest.approx(slope, rel=1e-5, abs=1e-7)

    def test_batch_statistics(self, rng):
        x = rng.normal(5, 3, size=(40, 3))
        out = BatchNorm1d(np.ones(3), np.zeros(3)).forward(x, True)
        np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(out.var(axis=0), 1, rtol=1e-4)

    def test_running_statistics(self, rng):
        norm = layer(rng, 2, momentum=0.25)
        mean, var = np.zeros(2), np.ones(2)
        for n in (4, 9, 2):
            x = rng.normal(size=(n, 2))
            norm.forward(x, True)
            mean = 0.75 * mean + 0.25 * x.mean(axis=0)
            var = 0.75 * var + 0.25 * x.var(axis=0, ddof=1)
        np.testing.assert_allclose(norm.running_mean, mean)
        np.testing.assert_allclose(norm.running_var, var)
        before = norm.running_mean.copy()
        alone = norm.forward(x[:1], False)
        np.testing.assert_allclose(norm.forward(x, False)[:1], alone)
        np.testing.assert_array_equal(norm.running_mean, before)

    def test_inputs_stay(self, rng):
        norm, x, dout = layer(rng, 3), rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
        kept = x.copy(), dout.copy()
        norm.forward(x, True)
        norm.backward(dout)
        np.testing.assert_array_equal((x, dout), kept)

    def test_a_constant_feature(self):
        norm = BatchNorm1d(np.ones(1), np.full(1, 0.5))
        assert norm.forward(np.full((3, 1), 7.0), True).tolist() == [[0.5]] * 3


@pytest.mark.frameworks
class TestAgainstPyTorch:
    @pytest.fixture(autouse=True)
    def torch(self):
        self.torch = pytest.importorskip("torch")

    @pytest.mark.parametrize("f", FUNCTIONS)
    def test_operators(self, f, rng):
        numbers = rng.uniform(0.5, 2.5, size=2).tolist()
        tensors = [
            self.torch.tensor(x, dtype=self.torch.float64, requires_grad=True) for x in numbers
        ]
        out = f(*tensors)
        out.backward()
        data, grads = gradients(f, numbers)
        assert data == pytest.approx(out.item(), rel=1e-12)
        assert grads == pytest.approx([tensor.grad.item() for tensor in tensors], rel=1e-12)

    def test_again(self):
        """Intermediate grads included, a second backward does what PyTorch's does."""
        a = self.torch.tensor(3.0, requires_grad=True)
        middle = a * 2
        out = middle * a
        middle.retain_grad()
        out.backward(retain_graph=True)
        out.backward()
        b = Value(3.0)
        kept = b * 2
        result = kept * b
        result.backward()
        result.backward()
        assert (b.grad, kept.grad) == (a.grad.item(), middle.grad.item())

    @pytest.mark.parametrize("modes", list(itertools.product([True, False], repeat=2)))
    def test_batch_normalization(self, modes, rng):
        ours = layer(rng, 3, momentum=0.3, eps=1e-3)
        theirs = self.torch.nn.BatchNorm1d(3, eps=1e-3, momentum=0.3, dtype=self.torch.float64)
        with self.torch.no_grad():
            theirs.weight.copy_(self.torch.tensor(ours.params[0]))
            theirs.bias.copy_(self.torch.tensor(ours.params[1]))
        for training in modes:
            x, dout = rng.normal(2, 3, size=(5, 3)), rng.normal(size=(5, 3))
            theirs.train(training)
            theirs.zero_grad()
            tensor = self.torch.tensor(x, requires_grad=True)
            out = theirs(tensor)
            out.backward(self.torch.tensor(dout))
            np.testing.assert_allclose(ours.forward(x, training), out.detach().numpy())
            np.testing.assert_allclose(ours.backward(dout), tensor.grad.numpy(), rtol=1e-9)
            np.testing.assert_allclose(ours.grads[0], theirs.weight.grad.numpy())
            np.testing.assert_allclose(ours.grads[1], theirs.bias.grad.numpy())
            np.testing.assert_allclose(ours.running_mean, theirs.running_mean.numpy())
            np.testing.assert_allclose(ours.running_var, theirs.running_var.numpy())
