"""The replay engine: every operation, what a call changes, and what exceptions are told as."""

import os
import sys

import numpy as np
import pytest
from learners import cell

from twoapples.checking.learner_code import describe_error, is_library, notebook_namespace
from twoapples.checking.replay import OPERATORS, Machine, replay, where_not_finite
from twoapples.checking.values import ValueFormatError, encode

SUBJECT, FIRST = {"subject": True}, {"result": 0}


def call(*arguments, on=SUBJECT, names=(), **keywords):
    return {
        "do": "call",
        "on": on,
        "arguments": [encode(a) if not isinstance(a, dict) else a for a in arguments],
        "keywords": {name: encode(value) for name, value in keywords.items()},
        "names": list(names),
    }


def method(name, *arguments, on=FIRST, names=()):
    return {**call(*arguments, on=on, names=names), "do": "method", "name": name}


class Counter:
    size = 3

    def __init__(self, start=0):
        self.start, self.items = start, {"W": np.zeros(2)}

    def add(self, n):
        self.start += n
        return self.start

    def __getitem__(self, key):
        return self.items[key]

    def __setitem__(self, key, value):
        self.items[key] = value

    def __iter__(self):
        n = self.start
        while True:
            yield n
            n += 1

    def __add__(self, other):
        return Counter(self.start + (other.start if isinstance(other, Counter) else other))


def values(steps, subject, namespace=None):
    answers = replay(steps, subject, namespace)
    assert not any("error" in answer for answer in answers), answers[-1]
    return [answer["value"] for answer in answers]


class TestOperations:
    def test_call(self):
        assert values([call(2.0, 3)], lambda x, y: x * y) == [6.0]
        assert values([call(2, y=5)], lambda x, y: x - y) == [-3]

    def test_object(self):
        steps = [
            call(4),
            method("add", 2),
            {"do": "attribute", "on": FIRST, "name": "start"},
            {"do": "set", "on": FIRST, "name": "start", "value": 10},
            {"do": "attribute", "on": FIRST, "name": "start"},
            {"do": "set_item", "on": FIRST, "key": "b", "value": {"tuple": [1, FIRST]}},
            {"do": "item", "on": FIRST, "key": "b"},
            {"do": "collect", "on": FIRST, "limit": 3},
            {"do": "attribute", "on": SUBJECT, "name": "size"},
        ]
        assert values(steps, Counter) == [
            {"object": "Counter"},
            6,
            6,
            None,
            10,
            None,
            {"tuple": [1, {"object": "Counter"}]},
            {"list": [10, 11, 12]},
            3,
        ]

    @pytest.mark.parametrize("name", sorted(set(OPERATORS) - {"neg", "matmul"}))
    def test_operators(self, name):
        step = {"do": "operator", "name": name, "operands": [FIRST, 3.0]}
        expected = OPERATORS[name](7.5, 3.0)
        assert values([call(7.5), step], lambda x: x) == [7.5, expected]

    def test_matmul_and_neg(self):
        steps = [
            call(np.eye(2) * 2),
            {"do": "operator", "name": "matmul", "operands": [FIRST, FIRST]},
            {"do": "operator", "name": "neg", "operands": [FIRST]},
        ]
        _, product, negative = values(steps, lambda x: x)
        assert product["array"] == [4.0, 0, 0, 4.0] and negative["array"][0] == -2.0

    def test_same_value_look(self):
        steps = [
            {"do": "value", "value": encode(np.array([1.0, 2.0]))},
            call(FIRST),
            {"do": "same", "operands": [FIRST, {"result": 1}]},
            {"do": "look", "on": FIRST},
        ]

        def double(x):
            x *= 2
            return x

        answers = replay(steps, double)
        assert answers[2]["value"] is True
        assert answers[3]["value"]["array"] == [2.0, 4.0]
        assert replay(steps, lambda x: x * 2)[2]["value"] is False

    def test_arguments(self):
        seen = []
        steps = [
            call(
                {"function": "polynomial", "coefficients": [encode(np.array([1.0, 2.0]))]},
                {"generator": 5},
                {"list": [1, {"tuple": [SUBJECT]}]},
                {"dict": [["a", encode(np.ones(1))]]},
                {"defined": "SGD"},
            )
        ]

        def spy(*arguments):
            seen.extend(arguments)

        replay(steps, spy, {"SGD": Counter})
        f, rng, nested, named, other = seen
        assert f(3.0) == 7.0 and repr(f) == "<function polynomial>"
        assert {f: 1}[f] == 1 and f == f  # a function can be remembered
        assert rng.integers(100) == np.random.default_rng(5).integers(100)
        assert nested == [1, (spy,)] and other is Counter
        np.testing.assert_array_equal(named["a"], [1.0])

    def test_each_case_has_its_own_arrays(self):
        def overwrite(x):
            x[:] = 0
            return x.sum()

        steps = [call(np.ones(3), names=["x"])]
        assert replay(steps, overwrite) == replay(steps, overwrite)


class TestChangedInputs:
    @pytest.mark.parametrize(
        "code",
        ["x += 1", "x[0, 0] = np.nan", "x.sort(); x[:] = x[::-1]", "x.shape = (4,)", "x *= 2"],
    )
    def test_seen(self, code):
        subject = cell(f"def f(x):\n    {code}\n    return 1")["f"]
        (answer,) = replay([call(np.array([[3.0, 1.0], [2.0, 4.0]]), names=["x"])], subject)
        assert answer == {"value": 1, "changed": ["x"]}

    def test_untouched(self):
        (answer,) = replay([call(np.array([np.nan, 1.0]), names=["x"])], lambda x: x + 1)
        assert "changed" not in answer

    def test_names(self):
        def f(a, *, b):
            a += 1
            b += 1

        (answer,) = replay([call(np.ones(2), b=np.ones(2))], f)
        assert answer["changed"] == ["argument 1", "b"]

    def test_arrays_in_lists_and_dicts(self):
        def f(grads, batch):
            grads["W"] *= 0.1
            grads["b"] = grads["b"] * 0.1  # rebinds, changes no array
            batch[1][0] = 5

        grads = {"dict": [["W", encode(np.ones(2))], ["b", encode(np.ones(2))]]}
        batch = {"tuple": [encode(np.ones(2)), encode(np.ones(2))]}
        (answer,) = replay([call(grads, batch, names=["grads", "batch"])], f)
        assert answer["changed"] == ["grads['W']", "batch[1]"]


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class TestErrors:
    def test_steps_after_an_error_are_not_performed(self):
        answers = replay([call(), method("add", 1), call()], Counter().add)
        assert len(answers) == 1 and answers[0]["error"]["type"] == "TypeError"

    @pytest.mark.parametrize(
        "error",
        [ValueError("x"), SystemExit(2), GeneratorExit(), RecursionError(), Unspeakable()],
    )
    def test_every_exception_is_an_answer(self, error):
        def f():
            raise error

        (answer,) = replay([call()], f)
        assert answer["error"]["type"] == type(error).__name__
        assert isinstance(answer["error"]["message"], str)

    def test_an_interruption_passes_through(self):
        def f():
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            replay([call()], f)

    def test_endless_recursion(self):
        f = cell("def f(x):\n    return f(x + 1)")["f"]
        (answer,) = replay([call(1)], f)
        assert answer["error"]["type"] == "RecursionError"
        assert [line["line"] for line in answer["error"]["lines"]] == [2] * 5

    def test_a_long_message_is_cut(self):
        assert len(describe_error(ValueError("x" * 10_000))["message"]) == 1000

    @pytest.mark.parametrize(
        "code",
        [
            "class Liar:\n    @property\n    def __class__(self):\n        raise OSError",
            "class Liar(list):\n    def __len__(self):\n        raise OSError",
            "class Liar(dict):\n    def items(self):\n        raise OSError",
            "class Liar(int):\n    def __int__(self):\n        raise OSError",
        ],
    )
    def test_a_result_that_cannot_be_looked_at(self, code):
        liar = cell(code)["Liar"]
        (answer,) = replay([call()], liar)
        assert answer["error"]["type"] == "OSError"

    def test_an_object_that_lies_about_its_name(self):
        class Meta(type):
            __name__ = property(lambda self: 1 / 0)

        class Odd(metaclass=Meta):
            pass

        assert replay([call()], Odd) == [{"value": {"object": "Odd"}}]

    @pytest.mark.parametrize(
        "step",
        [
            {"do": "explode"},
            call(on={"result": 7}),
            call(on={"result": -1}),
            call(on={"result": "0"}),
            call({"function": "system", "coefficients": []}),
            call({"array": 3}),
            call({"strange": 1}),
        ],
    )
    def test_a_broken_trace_is_not_the_learners_fault(self, step):
        with pytest.raises(ValueFormatError):
            replay([step], lambda *a: 1)

    def test_name_of_another_exercise_that_is_not_there(self):
        (answer,) = replay([call({"defined": "SGD"})], lambda x: 1, {})
        assert answer["error"]["type"] == "NameError"
        assert "SGD" in answer["error"]["message"]


class TestLines:
    CODE = """
    def inner(x):
        y = x + 1
        return np.linalg.inv(y)

    def f(x):
        return inner(x)

    class Node:
        def forward(self, x):
            return [undefined for _ in [1]]
    """

    def lines(self, steps, subject):
        return replay(steps, subject)[-1]["error"]["lines"]

    def test_only_the_learners(self):
        lines = self.lines([call(np.ones((2, 3)))], cell(self.CODE)["f"])
        assert lines == [
            {"line": 6, "function": "f", "source": "return inner(x)"},
            {"line": 3, "function": "inner", "source": "return np.linalg.inv(y)"},
        ]

    def test_methods_are_named_with_their_class(self):
        steps = [call(), method("forward", 1)]
        assert self.lines(steps, cell(self.CODE)["Node"])[0]["function"] == "Node.forward"

    @pytest.mark.parametrize(
        "name",
        [
            "/tmp/ipykernel_123/456.py",
            "<ipython-input-3-0123abc>",
            "<stdin>",
            "<string>",
            r"C:\Users\kim\AppData\Local\Temp\ipykernel_4\123.py",
            "/private/var/folders/x/T/ipykernel_9/1.py",
            "/home/kim/solutions/lesson/my.py",
            os.path.dirname(sys.modules["twoapples"].__file__) + "-mine/notebook.py",
        ],
    )
    def test_cells_are_the_learners(self, name):
        assert not is_library(name)

    @pytest.mark.parametrize(
        "name",
        [
            np.__file__,
            os.__file__,
            sys.modules["twoapples.checking.replay"].__file__,
            "/home/kim/.local/lib/python3.12/site-packages/numpy/a.py",
            "/usr/lib/python3/dist-packages/numpy/a.py",
            r"C:\Python312\Lib\site-packages\numpy\a.py",
            "/home/kim/notebooks/08-training/solutions/layers.py",
            "<frozen importlib._bootstrap>",
            "<__array_function__ internals>",
        ],
    )
    def test_libraries_are_not(self, name):
        assert is_library(name)


class TestWhereNotFinite:
    def test_first_line(self):
        code = """
        def f(s):
            e = np.exp(s)
            print("seen")
            return e / e.sum()
        """
        error = where_not_finite([call(np.array([1000.0, 0]))], cell(code)["f"])
        assert error["lines"][-1]["source"] == "e = np.exp(s)"

    def test_prints_nothing(self, capsys):
        subject = cell("def f(s):\n    print('again')\n    return np.log(s)")["f"]
        assert where_not_finite([call(np.zeros(2))], subject)["type"] == "FloatingPointError"
        assert capsys.readouterr().out == ""

    def test_nan_from_elsewhere(self):
        assert where_not_finite([call(1.0)], lambda x: float("nan")) is None
        assert where_not_finite([], lambda x: x) is None


def test_namespace_without_a_notebook(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)
    assert notebook_namespace() is vars(sys.modules["__main__"])


def test_machine_keeps_results():
    machine = Machine(abs)
    machine.perform(call(-2))
    assert machine.results == [2]
