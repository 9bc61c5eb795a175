"""What a learner reads of state that is wrong: inputs, attributes, arrays that are replaced."""

import numpy as np
from diagnose_samples import AFFINE, NORMALISE, edit, told
from learners import ask, record

from grader.exercises import array, look, same


class TestState:
    def test_input_overwritten(self):
        code = "def normalise(x):\n    x /= x.sum(1)[:, None]\n    return x"
        kind, text = told(ask(NORMALISE, code))
        assert kind == "input changed"
        assert text == (
            "`normalise(x)` changes its input `x`. Whoever called it still needs that array as it "
            "was: work on a copy, or build a new array."
        )

    def test_array_in_a_dict_overwritten(self):
        trace = record(
            lambda grads: grads["W"] * 0.1, lambda f, rng: f({"W": np.ones(2)}), name="f"
        )
        code = "def f(grads):\n    grads['W'] *= 0.1\n    return grads['W']"
        assert "changes its input `grads['W']`." in told(ask(trace, code))[1]

    def test_attribute_missing(self):
        report = ask(AFFINE, edit("self.db = ", "db = "))
        kind, text = told(report)
        assert kind == "attribute missing"
        assert text == (
            "`Affine` has no attribute `db`. It is asked for after `Affine.dW`. Only what is put "
            "on `self`, as `self.db`, is there later."
        )

    def test_method_missing(self):
        kind, text = told(ask(AFFINE, edit("def backward", "def backwards")))
        assert kind == "attribute missing"
        assert (
            text == "`Affine` has no method `backward`. It is asked for after `Affine.forward(x)`. "
            "Is it spelled like this, and indented so that it belongs to the class?"
        )

    def test_what_was_asked_before_is_shown(self):
        report = ask(AFFINE, edit("return dout @ self.W.T", "return dout"))
        details = dict(report.diagnosis.details)
        assert details["first"] == (
            "Affine(W, b)  with W = array of shape (3, 2), b = "
            + details["first"].splitlines()[0].split("b = ")[1]
            + "\nAffine.forward(x)  with x = array of shape (5, 3)"
        )

    def test_own_attribute_missing(self):
        report = ask(AFFINE, edit("        self.x = x\n", ""))
        kind, text = told(report)
        assert kind == "raises"
        assert "`Affine.backward(dout)` raises `AttributeError` in line 9 of its cell" in text
        assert "no attribute 'x'" in report.diagnosis.details[-1][1]

    def test_identity_lost(self):
        class SGD:
            def update(self, params, grads):
                params -= grads

        def case(SGD, rng):
            params = array([1.0, 2.0])
            SGD().update(params, np.ones(2))
            look(params)

        trace = record(SGD, case)
        code = "class SGD:\n    def update(self, params, grads):\n        params = params - grads"
        kind, text = told(ask(trace, code))
        assert kind == "value"
        assert text == "`params`, looked at afterwards, is wrong in every element."

        class Layer:
            def __init__(self, W):
                self.W = W

            def step(self):
                self.W -= 1

        def keeps(Layer, rng):
            W = array([[1.0, 2.0]])
            layer = Layer(W)
            layer.step()
            same(layer.W, W)

        code = """
        class Layer:
            def __init__(self, W):
                self.W = W
            def step(self):
                self.W = self.W - 1
        """
        kind, text = told(ask(record(Layer, keeps), code))
        assert kind == "identity"
        assert text.startswith("The array was replaced by a new one. It has to stay the same")

    def test_one_array_where_two_are_needed(self):
        def case(copy, rng):
            x = array([1.0])
            same(copy(x), x)

        trace = record(np.copy, case)
        kind, text = told(ask(trace, "copy = lambda a: a"))
        assert kind == "identity" and "one array stands where two" in text

    def test_an_operator_is_missing(self):
        class Value:
            def __init__(self, data):
                self.data = data

            def __add__(self, other):
                return Value(self.data + other.data)

        def case(Value, rng):
            total = Value(1.0) + Value(2.0)
            for _ in range(40):  # the name of the result stays short
                total = total + total
            total.data

        trace = record(Value, case)
        init = "class Value:\n    def __init__(self, data):\n        self.data = data\n"
        kind, text = told(ask(trace, init))
        assert kind == "attribute missing"
        assert text.startswith("`Value + Value` cannot be computed. Has `Value` a method `__add__`")
        stub = "    def __add__(self, other):\n        raise NotImplementedError"
        assert told(ask(trace, init + stub))[1].startswith("`Value.__add__` is not written yet")
        wrong = "    def __add__(self, other):\n        return Value(other.data)"
        report = ask(trace, init + wrong)
        assert told(report)[0] == "value" and len(told(report)[1]) < 100
