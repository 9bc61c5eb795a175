"""The recorder: a case's code becomes steps, and a replay of them gives what was recorded."""

import json

import numpy as np
import pytest

from grader.course.recorder import Recorder
from grader.errors import CourseError
from grader.exercises import (
    Exercise,
    array,
    collect,
    defined,
    exponential,
    generator,
    holds,
    look,
    polynomial,
    quadratic_map,
    same,
    sine,
    weighted_squares,
)
from twoapples.checking import traces
from twoapples.checking.diagnose import diagnose
from twoapples.checking.replay import replay
from twoapples.checking.traces import Trace


class Thing:
    """Answers to every operation."""

    __array_ufunc__ = None  # so that `array @ thing` is asked of it

    def __init__(self, value=1.0):
        self.value, self.items = value, {}

    def twice(self, x, *more, scale=2):
        return self.value * scale * np.sum(x) + len(more)

    def pair(self):
        return self, np.array([1.0, 2.0])

    def add_to(self, x):
        x += self.value

    def count(self):
        yield from (self.value, self.value + 1)

    def __getitem__(self, key):
        return self.items[key]

    def __setitem__(self, key, value):
        self.items[key] = value

    def __neg__(self):
        return Thing(-self.value)

    def _operate(self, other):
        return Thing(self.value + 2 * getattr(other, "value", 3.0))

    __add__ = __sub__ = __mul__ = __truediv__ = __pow__ = __matmul__ = _operate
    __mod__ = __floordiv__ = __radd__ = __rmul__ = __rsub__ = __rmatmul__ = _operate


def run(case, subject=Thing, namespace=None):
    recorder = Recorder(subject, "case", namespace)
    recorder.run(case, 1)
    return recorder


def everything(Thing, rng):
    thing = Thing(rng.normal())
    thing.twice(rng.normal(size=3), 1, 2, scale=3)
    thing.value
    thing.value = 4.0
    thing["a"] = [1, (2, thing)]
    thing["a"]
    whole = thing.pair()
    same(whole[0], thing)
    shared = array([1.0, 2.0])
    thing.add_to(shared)
    look(shared)
    collect(thing.count())
    for result in (thing + 1, 1 + thing, thing - thing, 2 * thing, thing / 2, thing**2, -thing):
        result.value
    (thing @ np.eye(2)).value
    (np.eye(2) @ thing).value
    (thing % 2).value
    (thing // 2).value
    thing.twice({"W": np.ones(2)}["W"])


FUNCTIONS = [polynomial([1, 2]), sine(), exponential(), quadratic_map(np.eye(2), np.eye(2))]


@pytest.mark.parametrize(
    ("case", "subject"),
    [
        (everything, Thing),
        *[
            (lambda f, rng, g=g: f(g, np.ones(2)), lambda g, x: np.asarray(g(x)).sum())
            for g in [*FUNCTIONS, weighted_squares([1, 2])]
        ],
        (lambda f, rng: f(generator(3), rng.integers(9)), lambda rng, n: rng.normal(size=n)),
        (lambda f, rng: f(None, True, "text", 2**40, np.float32(0.1)), lambda *a: list(a)),
        (lambda f, rng: f({"b": np.ones(1), 2: [1]}, (1,)), lambda d, t: (sorted(map(str, d)), t)),
    ],
)
def test_replay_gives_what_was_recorded(case, subject):
    recorder = run(case, subject)
    steps = json.loads(json.dumps(recorder.steps, allow_nan=False))
    assert replay(steps, subject) == recorder.answers


def test_every_operation_was_recorded():
    kinds = {step["do"] for step in run(everything).steps}
    assert kinds == {
        *("call", "method", "attribute", "item", "set", "set_item"),
        *("operator", "same", "collect", "value", "look"),
    }


def test_names_of_parameters():
    steps = run(everything).steps
    assert steps[0]["names"] == ["value"]
    assert steps[1]["names"] == ["x", "more[0]", "more[1]"]
    assert list(steps[1]["keywords"]) == ["scale"]
    assert run(lambda f, rng: f(1, 2), max).steps[0]["names"] == ["argument 1", "argument 2"]


def test_changed_arguments_are_recorded():
    def case(Thing, rng):
        Thing().add_to(np.ones(2))

    assert run(case).answers[-1] == {"value": None, "changed": ["x"]}


def test_defined():
    def case(f, rng):
        f(defined("Thing")(5.0))
        f(defined("Thing"))

    recorder = run(case, lambda t: t.value if isinstance(t, Thing) else "class", {"Thing": Thing})
    assert [a["value"] for a in recorder.answers] == [{"object": "Thing"}, 5.0, "class"]
    assert replay(recorder.steps, lambda t: 0, {})[0]["error"]["type"] == "NameError"


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (lambda f, rng: None, "asks nothing"),
        (lambda f, rng: f(1 / f(2)), "raises ZeroDivisionError"),
        (lambda f, rng: f(object()), "an argument of type object cannot be written"),
        (lambda f, rng: f(np.array([1j])), "cannot be written"),
        (lambda f, rng: f(lambda x: x), "a function of grader.exercises"),
        (lambda f, rng: list(f(1)), "cannot loop over a result"),
        (lambda f, rng: f(1) or f(2), "cannot depend on a result"),
        (lambda f, rng: f(defined("SGD")), "no exercise SGD"),
        (lambda f, rng: f(1).missing, "AttributeError"),
    ],
)
def test_what_a_case_cannot_do(case, message):
    with pytest.raises(CourseError, match=message):
        run(case, lambda x: 0)


def test_a_property_instead_of_values():
    exercise = Exercise("split", points=1)

    @exercise.case("a partition")
    def _(split, rng):
        holds("partition", split(generator(1), 6), 6)

    def split(rng, n):
        return np.split(rng.permutation(n), 2)

    trace = exercise.public_trace(split)
    (case,) = trace.cases
    assert diagnose(trace, [replay(case.steps, lambda rng, n: [np.arange(n)])]).right
    report = diagnose(trace, [replay(case.steps, lambda rng, n: [np.arange(n - 1)])])
    assert report.diagnosis.headline.endswith(
        "is not a set of index arrays that hold every index exactly once."
    )


class TestTraces:
    def trace(self):
        exercise = Exercise("Thing", points=2, needs=("other",))
        exercise.example("known")(lambda T, rng: T(1.0).value)
        exercise.case("all", weight=3, draws=2)(everything)

        @exercise.misconception("It is always 2.")
        class AlwaysTwo(Thing):
            def __init__(self, value=2.0):
                super().__init__(2.0)

        return exercise

    def test_file(self, tmp_path):
        trace = self.trace().public_trace(Thing)
        path = tmp_path / traces.FILE_NAME
        traces.write(path, [trace])
        first = path.read_bytes()
        assert traces.read(path) == {"Thing": trace}
        traces.write(path, [self.trace().public_trace(Thing)])
        assert path.read_bytes() == first

    def test_public_and_hidden(self):
        exercise = self.trace()
        public, hidden = exercise.public_trace(Thing), exercise.hidden_trace(Thing, 7)
        assert [c.title for c in public.cases] == ["known", "all"]
        assert [(c.title, c.weight) for c in hidden.cases] == [("all", 1.5), ("all", 1.5)]
        assert hidden.cases[0].steps != hidden.cases[1].steps
        assert hidden == exercise.hidden_trace(Thing, 7) != exercise.hidden_trace(Thing, 8)

    def test_questions_hold_no_answers(self):
        case = self.trace().hidden_trace(Thing, 7).cases[0]
        assert set(case.questions()) == {"steps"}

    def test_examples_alone_cannot_be_graded(self):
        exercise = Exercise("f", points=1)
        exercise.example("known")(lambda f, rng: f(1))
        with pytest.raises(CourseError, match="examples only"):
            exercise.hidden_trace(abs, 1)

    @pytest.mark.parametrize(
        "change",
        [
            {"cases": []},
            {"cases": "ab"},
            {"cases": [{"title": "x"}]},
            {"rtol": "1"},
            {"exercise": 3},
            {"misconceptions": ["a"]},
            {"needs": None},
            {"unknown": 1},
        ],
    )
    def test_damaged_data(self, change):
        data = self.trace().public_trace(Thing).to_data()
        with pytest.raises((TypeError, KeyError, ValueError)):
            Trace.from_data({**data, **change})

    def test_damaged_case(self):
        data = self.trace().public_trace(Thing).to_data()
        data["cases"][0]["expected"] = []
        with pytest.raises(ValueError, match="do not match"):
            Trace.from_data(data)
