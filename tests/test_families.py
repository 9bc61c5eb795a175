"""What the families of careless mistakes make of a reference."""

import numpy as np
import pytest

from grader.exercises import Exercise
from solutions.array_nodes import numerical_gradient
from solutions.layers import Affine, Tanh
from solutions.one_layer import NN_1layer
from source.families import Wrong, given, keeps, made_from, then, writes
from source.families.cases import walk, walk_two
from source.families.differences import Differences, in_place
from source.families.training import Training, epochs

X, DOUT = np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([[2.0, 1.0], [-1.0, 4.0]])


@pytest.fixture
def wrong():
    return Wrong(Exercise("Tanh", points=1), Tanh)


@pytest.fixture
def wrong_affine():
    return Wrong(Exercise("Affine", points=1), Affine)


def made(wrong, *arguments):
    return wrong.exercise.misconceptions[-1].subject(*arguments)


def walked(layer):
    """Go forward and backward; return both results, and what became of the caller's arrays."""
    x, dout = X.copy(), DOUT.copy()
    return layer.forward(x), layer.backward(dout), x, dout


def slope():
    return 1 - np.tanh(X) ** 2


def affine(wrong):
    return made(wrong, np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros(2))


def test_a_function_is_declared_as_it_is():
    wrong = Wrong(Exercise("double", points=1))
    wrong("squared", lambda x: x * x).says("It was squared.")
    (found,) = wrong.exercise.misconceptions
    assert (found.name, found.sentence) == ("squared", "It was squared.")
    assert found.subject(3) == 9


def test_a_class_keeps_what_is_not_replaced(wrong):
    wrong("Zero", backward=lambda self, dout: 0 * dout).says("Nothing.")
    layer = made(wrong)
    assert type(layer).__name__ == "Zero" and isinstance(layer, Tanh)
    assert np.array_equal(layer.forward(X), np.tanh(X))
    assert not layer.backward(DOUT).any()


def test_the_reference_works_with_other_arguments(wrong):
    wrong("Doubled", forward=given(lambda self, x: (2 * x,)))
    assert np.array_equal(made(wrong).forward(X), np.tanh(2 * X))


def test_a_result_an_attribute_and_a_gradient_are_changed_after_the_work(wrong, wrong_affine):
    wrong("Turned", backward=then(lambda self, dx, dout: -dx))
    assert np.allclose(walked(made(wrong))[1], -DOUT * slope())
    wrong("Input", forward=keeps(out=lambda self, out, x: x))
    out, dx, *_ = walked(made(wrong))
    assert np.array_equal(out, np.tanh(X)) and np.allclose(dx, DOUT * (1 - X**2))
    wrong_affine("Rows", backward=writes(1, lambda self, dx, dout: dout.sum(axis=1)))
    layer = affine(wrong_affine)
    walked(layer)
    assert np.array_equal(layer.grads[1], [3.0, 3.0])
    assert np.array_equal(layer.grads[0], X.T @ DOUT)


def test_careless_with_the_callers_arrays(wrong):
    wrong.overwrites_dout("A")
    _, dx, _, dout = walked(made(wrong))
    assert np.array_equal(dout, dx) and np.allclose(dx, DOUT * slope())
    wrong.overwrites_input("B")
    _, dx, x, dout = walked(made(wrong))
    assert np.array_equal(x, np.tanh(X)) and np.array_equal(dout, DOUT)
    wrong = Wrong(Exercise("tanh", points=1), np.tanh)
    wrong.overwrites("C")
    x = X.copy()
    assert wrong.exercise.misconceptions[-1].subject(x) is x and np.array_equal(x, np.tanh(X))


def test_careless_with_the_chain_rule(wrong):
    wrong.local_only("A")
    assert np.allclose(walked(made(wrong))[1], slope())
    wrong.adds_dout("B")
    assert np.allclose(walked(made(wrong))[1], DOUT + slope())
    wrong.derivative_at_dout("C")
    assert np.allclose(walked(made(wrong))[1], 1 - np.tanh(DOUT) ** 2)
    wrong.applied_twice("D", "hyperbolic tangent")
    assert np.allclose(walked(made(wrong))[1], DOUT * (1 - np.tanh(np.tanh(X)) ** 2))


def test_careless_with_several_gradients():
    class Product:
        def forward(self, x, y):
            self.x, self.y = x, y
            return x * y

        def backward(self, dout):
            return dout * self.y, dout * self.x

    wrong = Wrong(Exercise("Product", points=1), Product)
    for declare, expected in ((wrong.local_only, (3.0, 2.0)), (wrong.adds_dout, (13.0, 12.0))):
        declare("Name")
        node = made(wrong)
        node.forward(2.0, 3.0)
        assert node.backward(10.0) == expected
    wrong.shares("Shared", "x", "y")
    first, second = made(wrong), made(wrong)
    first.forward(2.0, 3.0)
    second.forward(5.0, 7.0)
    assert first.backward(1.0) == (7.0, 5.0)


def test_careless_with_gradients_in_place(wrong_affine):
    right = X.T @ DOUT
    wrong_affine.accumulates("A")
    layer = affine(wrong_affine)
    walked(layer), walked(layer)
    assert np.allclose(layer.grads[0], 2 * right)
    wrong_affine.divides_grads("B")
    layer = affine(wrong_affine)
    walked(layer)
    assert np.allclose(layer.grads[0], right / 2)
    for declare, now in ((wrong_affine.rebinds_grads, right), (wrong_affine.forgets_grads, 0)):
        declare("Name")
        layer = affine(wrong_affine)
        before = layer.grads[0]
        walked(layer)
        assert not before.any() and np.allclose(layer.grads[0], now)


def test_a_sentence_of_the_family_can_be_replaced(wrong):
    wrong.local_only("A")
    assert "`dout` has no effect" in wrong.exercise.misconceptions[0].sentence
    wrong.local_only("B").says("Another one.")
    assert [m.sentence for m in wrong.exercise.misconceptions][1:] == ["Another one."]


def test_broken_code_is_run_with_numpy_at_hand():
    assert made_from("def zero(n):\n    return np.zeros(n)\n", "zero")(2).tolist() == [0, 0]


# --- derivatives that are measured ------------------------------------------------------------


@pytest.mark.parametrize(
    ("declare", "expected"),
    [
        (lambda wrong: wrong.one_sided("one_sided"), [2.1, 4.1]),
        (lambda wrong: wrong.one_step_of_two("one_step_of_two"), [4.0, 8.0]),
        (lambda wrong: wrong.all_at_once("all_at_once"), [6.0, 6.0]),
        (lambda wrong: wrong.piled_up("piled_up"), [2.0, 6.0]),
        (lambda wrong: wrong.left_to_right("left_to_right"), [0.02, 0.04]),
        (lambda wrong: wrong.walks("in_place", in_place), [2.0, 4.0]),
    ],
)
def test_the_gradient_of_squares_is_measured_wrongly(declare, expected):
    wrong = Differences(Exercise("numerical_gradient", points=1), numerical_gradient)
    declare(wrong)
    found = made(wrong, lambda x: np.sum(x**2), np.array([1.0, 2.0]), 0.1)
    assert np.allclose(found, expected)


def test_steps_in_whole_numbers_are_cut_off():
    wrong = Differences(Exercise("numerical_gradient", points=1), numerical_gradient)
    wrong.cut_off_steps("cut_off_steps")
    assert np.allclose(
        made(wrong, np.sum, np.array([1, 2]), 0.1), 5.0
    )  # from 1 or 2 down to 0 or 1


# --- training ---------------------------------------------------------------------------------


def trained(network_class):
    """Train for three epochs; return the losses and the weights."""
    net = network_class(np.zeros((2, 2)))
    return net.train(X, np.eye(2), 3, 0.1), net.W


def test_training_goes_wrong_in_one_place():
    right, W = trained(NN_1layer)
    four = NN_1layer(np.zeros((2, 2))).train(X, np.eye(2), 4, 0.1)
    step = NN_1layer(np.zeros((2, 2))).train(X, np.eye(2), 1, 0.1)
    wrong = Training(Exercise("NN_1layer", points=1), NN_1layer)
    wrong.loss_after_update("A")
    assert np.allclose(trained(made_class(wrong))[0], four[1:])
    wrong.one_loss_too_many("B")
    assert np.allclose(trained(made_class(wrong))[0], four)
    wrong.with_rate("C", lambda rate, X: 0.0)
    assert trained(made_class(wrong))[0] == step * 3
    wrong("D", train=epochs(W=lambda net, p, X, t, rate: net.W - rate * net.backward(p, X, t)))
    losses, moved = trained(made_class(wrong))
    assert losses == right and np.array_equal(moved, W)
    wrong.gradient_once("E")
    assert np.allclose(trained(made_class(wrong))[1], 3 * one_step())


def made_class(wrong):
    return wrong.exercise.misconceptions[-1].subject


def one_step():
    net = NN_1layer(np.zeros((2, 2)))
    net.train(X, np.eye(2), 1, 0.1)
    return net.W


# --- cases ------------------------------------------------------------------------------------


def test_nodes_are_walked_through_with_what_is_drawn():
    seen = []

    class Node:
        def forward(self, *given):
            seen.append(given)

        def backward(self, dout):
            seen.append(dout)

    walk((1, 2), (3, 4, 2), (5, 6))(Node, np.random.default_rng(0))
    (x, y), dout = seen
    assert 1 < x < 2 and y.shape == (2,) and 5 < dout < 6
    seen.clear()
    walk_two(((1, 2), (3, 4)), ((5, 6), (7, 8)))(Node, np.random.default_rng(0))
    assert [int(np.squeeze(numbers)) for numbers in seen] == [1, 5, 3, 7]
