"""The trainer behind the training explorer, without any widget."""

import numpy as np
import pytest

from solutions.layers import Affine, ReLU, Sigmoid, SoftmaxWithLoss, Tanh
from solutions.training import SGD, Momentum, TwoLayerNet
from twoapples.trainer import PROBLEMS, History, PlainNetwork, Trainer, problem
from twoapples.trainer.rules import Rule

LAYERS = {
    "Affine": Affine,
    "ReLU": ReLU,
    "Sigmoid": Sigmoid,
    "Tanh": Tanh,
    "SoftmaxWithLoss": SoftmaxWithLoss,
}


def parameters(trainer):
    return {name: array.copy() for name, array in trainer.network.params.items()}


# Data ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "inputs", "classes", "cases", "planar"),
    [
        ("six pictures", 4, 3, (6, 0), False),
        ("xor", 2, 2, (4, 0), True),
        ("moons", 2, 2, (210, 90), True),
        ("spirals", 2, 3, (210, 90), True),
        ("circles", 2, 2, (210, 90), True),
        ("iris", 2, 3, (105, 45), True),
        ("digits", 64, 10, (1258, 539), False),
    ],
)
def test_data_are_flat_and_scaled(name, inputs, classes, cases, planar):
    data = problem(name)
    assert (data.inputs, data.classes, data.planar) == (inputs, classes, planar)
    assert (len(data.X), len(data.X_test)) == (len(data.t), len(data.t_test)) == cases
    assert np.abs(data.X).max() < 4
    assert set(data.t) == set(range(classes))
    np.testing.assert_array_equal(problem(name).X, data.X)


def test_every_name_is_tested_above():
    assert set(PROBLEMS) == {"six pictures", "xor", "moons", "spirals", "circles", "iris", "digits"}


def test_all_points_lie_in_the_window():
    for name in ("xor", "moons", "iris"):
        data = problem(name)
        (a, b), (c, d) = data.window()
        points = np.concatenate([data.X, data.X_test])
        assert a < points[:, 0].min() and points[:, 0].max() < b
        assert c < points[:, 1].min() and points[:, 1].max() < d


def test_own_data_in_three_forms():
    X, t = np.arange(12.0).reshape(6, 2), np.array([0, 1, 2, 0, 1, 2])
    assert problem((X, np.eye(3)[t])).t.tolist() == t.tolist()
    four = problem((X, t, X[:2], t[:2]))
    assert (len(four.X), len(four.X_test), four.classes, four.planar) == (6, 2, 3, True)
    with pytest.raises(ValueError, match="There is no data 'sun'; there is six pictures"):
        problem("sun")
    with pytest.raises(ValueError, match="a name, a Dataset"):
        problem((X, t, X))


# Networks and rules -------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["ReLU", "Tanh", "Sigmoid"])
def test_the_plain_gradient_is_the_measured_one(activation):
    rng = np.random.default_rng(0)
    net = PlainNetwork((3, 5, 4, 2), activation, rng)
    X, t = rng.normal(size=(7, 3)), rng.integers(0, 2, 7)
    found = net.gradient(X, t)
    assert set(found) == set(net.params)
    for name, array in net.params.items():
        for place in [(0,) * array.ndim, (-1,) * array.ndim]:
            kept, h = array[place], 1e-5
            array[place] = kept + h
            above = net.loss(X, t)
            array[place] = kept - h
            below = net.loss(X, t)
            array[place] = kept
            assert found[name][place] == pytest.approx((above - below) / (2 * h), abs=1e-5)


@pytest.mark.parametrize("activation", ["ReLU", "Tanh", "Sigmoid"])
def test_the_learners_layers_train_as_the_plain_network_does(activation):
    own = Trainer("spirals", (8, 6), activation, SGD, rate=0.3, layers=LAYERS)
    plain = Trainer("spirals", (8, 6), activation, "SGD", rate=0.3)
    own.step(30)
    plain.step(30)
    np.testing.assert_allclose(own.history.loss, plain.history.loss, rtol=1e-6)
    for name, array in plain.network.params.items():
        np.testing.assert_allclose(own.network.params[name], array, rtol=1e-5, atol=1e-8)


def test_the_rules_are_those_of_lesson_08_and_of_kingma_and_ba():
    grads = [np.array([10.0]), np.array([10.0]), np.array([-4.0])]
    for rule, reference in [
        (Rule("SGD", 0.1), SGD(0.1)),
        (Rule("Momentum", 0.1), Momentum(0.1, 0.9)),
    ]:
        mine, theirs = {"p": np.zeros(1)}, {"p": np.zeros(1)}
        for gradient in grads:
            rule.update(mine, {"p": gradient})
            reference.update(theirs, {"p": gradient})
        np.testing.assert_allclose(mine["p"], theirs["p"])
    # Adam's first step is the rate, whatever the gradient's size.
    p = {"p": np.zeros(2)}
    Rule("Adam", 0.01).update(p, {"p": np.array([1e-3, -50.0])})
    np.testing.assert_allclose(p["p"], [-0.01, 0.01], rtol=1e-4)


def test_what_is_not_there_is_said():
    with pytest.raises(ValueError, match="`layers` has no SoftmaxWithLoss"):
        Trainer(layers={"Affine": Affine, "ReLU": ReLU})
    with pytest.raises(ValueError, match="no rule 'Sgd'; there is SGD, Momentum, Adam"):
        Trainer(optimizer="Sgd")
    with pytest.raises(ValueError, match="no activation 'Step'"):
        PlainNetwork((2, 2), "Step", np.random.default_rng(0))


# Training -----------------------------------------------------------------------------------------


def test_an_epoch_takes_every_case_once():
    trainer = Trainer("spirals", (4,), batch_size=32)
    seen = []
    gradient = trainer.network.gradient

    def watched(X, t):
        seen.extend(map(tuple, X))
        return gradient(X, t)

    trainer.network.gradient = watched
    assert trainer.updates_an_epoch == 7
    trainer.step(7)
    assert sorted(seen) == sorted(map(tuple, trainer.problem.X))
    assert trainer.epochs == 1
    trainer.step(7)
    assert seen[:210] != seen[210:]
    assert trainer.epochs == 2


def test_rewind_gives_the_same_numbers_and_a_new_seed_others():
    trainer = Trainer("moons", (8,), rate=0.3, seed=4)
    first = parameters(trainer)
    trainer.step(25)
    losses, after = list(trainer.history.loss), parameters(trainer)
    assert any((after[name] != first[name]).any() for name in first)
    trainer.rewind()
    assert trainer.updates == 0 and trainer.history.update == [0]
    for name, array in first.items():
        np.testing.assert_array_equal(trainer.network.params[name], array)
    trainer.step(25)
    assert trainer.history.loss == losses
    trainer.reseed()
    assert trainer.settings.seed == 5
    trainer.step(25)
    assert trainer.history.loss[0] != losses[0]


def test_looking_changes_nothing():
    watched, left_alone = Trainer("iris", (8,), seed=1), Trainer("iris", (8,), seed=1)
    for _ in range(20):
        watched.step()
        watched.boundary(8)
        watched.record()
        watched.confusion()
        left_alone.step()
    for name, array in left_alone.network.params.items():
        np.testing.assert_array_equal(watched.network.params[name], array)


def test_moving_the_rate_acts_on_the_training_in_progress():
    trainer = Trainer("moons", (8,), rate=1e-6)
    trainer.step(50)
    flat = trainer.history.loss
    assert max(flat) - min(flat) < 1e-3
    trainer.set_rate(0.5)
    trainer.step(50)
    assert trainer.history.loss[-1] < 0.7 * flat[0]
    assert trainer.history.rates == [(0, 1e-6), (50, 0.5)]
    assert "SGD 1e-06 → 0.5" in trainer.label
    trainer.rewind()
    assert trainer.history.rates == [(0, 0.5)]  # the slider stays where it is


def test_momentum_keeps_its_velocity_when_the_rate_moves():
    trainer = Trainer("moons", (8,), optimizer={"Momentum": Momentum}, rate=0.1)
    trainer.step(5)
    velocities = trainer.optimizer.velocities
    trainer.set_rate(0.0)
    before = parameters(trainer)
    trainer.step()
    assert trainer.optimizer.velocities is velocities
    assert (trainer.network.params["W1"] != before["W1"]).any()  # it rolls on


def test_rewinding_empties_the_memory_of_an_optimizer():
    for optimizer in ("Momentum", Momentum, Momentum(0.1), {"M": Momentum}):
        trainer = Trainer("moons", (8,), optimizer=optimizer, rate=0.1)
        trainer.step(12)
        losses = list(trainer.history.loss)
        trainer.rewind()
        trainer.step(12)
        assert trainer.history.loss == losses, optimizer


def test_runs_are_kept_to_compare_with():
    trainer = Trainer("moons", (4,), rate=0.1)
    trainer.step(3)
    trainer.rewind()
    assert trainer.kept == []  # not worth it
    for seed in range(6):
        trainer.step(20)
        trainer.reseed()
        assert len(trainer.kept) == min(seed + 1, 4)
    assert [run.label.rpartition(" ")[2] for run in trainer.kept] == ["2", "3", "4", "5"]
    assert all(len(run.history.loss) == 21 for run in trainer.kept)
    trainer.forget()
    assert trainer.kept == []


def test_other_data_other_curves():
    trainer = Trainer("moons", (4,))
    trainer.step(20)
    trainer.change(widths=(6, 5))
    assert trainer.sizes == (2, 6, 5, 2) and trainer.updates == 0 and len(trainer.kept) == 1
    trainer.change(data="digits")
    assert trainer.sizes == (64, 6, 5, 10) and trainer.kept == []
    trainer.step(2)
    trainer.change(batch_size=100)  # acts on the training in progress
    assert trainer.updates == 2
    trainer.change(batch_size=100)
    trainer.change(optimizer="Adam", activation="Tanh")
    assert trainer.updates == 0 and trainer.optimizer.kind == "Adam"


def test_no_hidden_layer_is_a_network_too():
    trainer = Trainer("iris", ())
    trainer.step(30)
    assert trainer.sizes == (2, 3)
    assert trainer.history.loss[-1] < trainer.history.loss[0]


# What there is to see -----------------------------------------------------------------------------


def test_boundary_and_confusion_are_what_the_network_says():
    trainer = Trainer("moons", (16,), optimizer="Momentum", rate=0.1)
    trainer.step(300)
    labels, sure = trainer.boundary(11)
    (a, _), (_, d) = trainer.problem.window()
    corner = np.array([[a, d]])  # left, top: row 10, column 0
    scores = trainer.network.scores(corner)[0]
    assert labels[10, 0] == scores.argmax()
    p = np.exp(scores - scores.max())
    assert sure[10, 0] == pytest.approx((p / p.sum()).max())
    counts = trainer.confusion()
    assert counts.sum() == 90
    assert np.trace(counts) / 90 == pytest.approx(trainer.history.test_accuracy[-1])


def test_sizes_of_gradients_a_layer():
    trainer = Trainer("xor", (3,), rate=0.0)
    trainer.step()
    net, p = trainer.network, trainer.problem
    found = net.gradient(p.X, p.t)
    assert trainer.gradient_norms == {
        name: pytest.approx(np.sqrt((found[name] ** 2).sum())) for name in ("W1", "W2")
    }


def test_a_rate_that_is_too_large_is_seen_and_warns_nobody(recwarn):
    trainer = Trainer("spirals", (16, 16), rate=1e200)
    assert not trainer.diverged
    trainer.step(20)
    assert trainer.diverged
    assert len(recwarn) == 0


def test_a_long_record_is_thinned():
    history = History(every=1)
    for update in range(2000):
        if history.due(update):
            history.add(update, (update, 0.5), (-update, 0.5))
    assert history.every == 4
    assert len(history.update) <= 600
    assert history.update == list(range(0, 2000, 4))
    assert history.loss == history.update and history.test_loss == [-u for u in history.update]


# The learner's own --------------------------------------------------------------------------------


def test_a_whole_network_of_the_learners():
    trainer = Trainer("iris", (10,), net=TwoLayerNet, optimizer=SGD, rate=0.3)
    assert trainer.sizes == (2, 10, 3)
    trainer.step(60)
    assert trainer.history.loss[-1] < 0.5 * trainer.history.loss[0]
    losses = list(trainer.history.loss)
    trainer.rewind()
    trainer.step(60)
    assert trainer.history.loss == losses


def test_an_object_is_trained_itself_and_rewound_in_place():
    net = TwoLayerNet(2, 10, 3, weight_init_std=0.5, rng=np.random.default_rng(2))
    first = {name: array.copy() for name, array in net.params.items()}
    arrays = dict(net.params)
    trainer = Trainer("spirals", net=net, optimizer=SGD(0.01), rate=0.3)
    trainer.step(20)
    assert trainer.sizes == (2, 10, 3)
    assert (net.params["W1"] != first["W1"]).any()
    trainer.rewind()
    for name, array in first.items():
        assert net.params[name] is arrays[name]
        np.testing.assert_array_equal(net.params[name], array)
    trainer.reseed()
    assert (net.params["W1"] != first["W1"]).all() and (net.params["b1"] == 0).all()
    assert net.params["W1"] is arrays["W1"]


def test_an_error_in_a_layer_reaches_the_caller_and_nothing_is_lost():
    class Broken(ReLU):
        def backward(self, dout):
            if trainer.updates == 3:
                raise RuntimeError("no more")
            return super().backward(dout)

    trainer = Trainer("moons", (8,), layers={**LAYERS, "ReLU": Broken})
    with pytest.raises(RuntimeError, match="no more"):
        trainer.step(10)
    assert trainer.updates == 3
    assert trainer.history.update == [0, 1, 2, 3]


def test_a_trainer_that_has_not_started_uses_no_layer_yet():
    class Stub:
        def __init__(self, W, b):
            raise NotImplementedError

    trainer = Trainer(layers={**LAYERS, "Affine": Stub}, start=False)
    assert not trainer.started
    with pytest.raises(NotImplementedError):
        trainer.rewind()


def test_an_optimizer_that_rebinds_is_told_on():
    class Rebinding(SGD):
        def update(self, params, grads):
            for name in params:
                params[name] = params[name] - self.lr * grads[name]

    trainer = Trainer("moons", (8,), optimizer=Rebinding, layers=LAYERS)
    trainer.step(5)
    assert trainer.notes and "new array under 'W1'" in trainer.notes[0]
    assert len(set(trainer.history.loss)) == 1  # the layers have not seen any of it
    honest = Trainer("moons", (8,), optimizer=SGD, layers=LAYERS)
    honest.step(5)
    assert honest.notes == []
