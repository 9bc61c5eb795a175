"""What a learner reads of answers with a wrong type, shape or value."""

import numpy as np
import pytest
from diagnose_samples import AFFINE, NORMALISE, edit, normalise, rows, told, total
from learners import ask, record


class TestTypes:
    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ("(x / x.sum(1)[:, None]).tolist()", "a list of 4 elements"),
            ("x[0, 0]", "a number"),
            ("'x'", "text"),
            ("x + 0j", "an array of complex128"),
            ("x.sum", "an object of type builtin_function_or_method"),
            ("{'a': 1}", "a dict with the keys 'a'"),
            ("x,", "a tuple of 1 element"),
            ("{1, 2}", "an object of type set"),
        ],
    )
    def test_wrong_type(self, body, text):
        kind, headline = told(ask(NORMALISE, f"def normalise(x):\n    return {body}"))
        assert kind == "type"
        assert headline.startswith(
            f"`normalise(x)` is {text}; an array of shape (4, 3) is expected."
        )

    def test_comma(self):
        _, text = told(ask(NORMALISE, "def normalise(x):\n    return x,"))
        assert text.endswith("Is there a comma at the end of the line that makes it?")

    def test_function_not_called(self):
        _, text = told(ask(NORMALISE, "def normalise(x):\n    return normalise"))
        assert text.endswith("Are the parentheses missing that call it?")

    def test_too_few_results(self):
        trace = record(divmod_, lambda f, rng: f(7, 2))
        kind, text = told(ask(trace, "def divmod_(a, b):\n    return a // b, a % b, 0"))
        assert kind == "type"
        assert text == (
            "`divmod_(a, b)` is a tuple of 3 elements; a tuple of 2 elements is expected."
        )
        _, text = told(ask(trace, "def divmod_(a, b):\n    return a // b"))
        assert text == "`divmod_(a, b)` is a number; a tuple of 2 elements is expected."


def divmod_(a, b):
    return a // b, a % b


class TestShapes:
    def test_wrong_shape(self):
        kind, text = told(ask(NORMALISE, "def normalise(x):\n    return x[:2]"))
        assert (kind, text) == (
            "shape",
            "`normalise(x)` has shape (2, 3), expected is (4, 3).",
        )

    def test_transposed(self):
        kind, text = told(ask(NORMALISE, "def normalise(x):\n    return x.T / x.sum(1)"))
        assert kind == "transposed"
        assert text == (
            "`normalise(x)` has shape (3, 4), expected is (4, 3). The numbers are right, but the "
            "array is transposed."
        )

    def test_transposed_and_wrong(self):
        kind, text = told(ask(NORMALISE, "def normalise(x):\n    return x.T"))
        assert kind == "transposed"
        assert text.endswith("rows and columns seem to have changed places.")

    def test_a_square_that_is_transposed(self):
        trace = record(normalise, lambda f, rng: f(rng.uniform(size=(3, 3))))
        kind, text = told(ask(trace, "def normalise(x):\n    return x.T / x.sum(1)"))
        assert kind == "transposed"
        assert text == "`normalise(x)` has the right numbers, but the array is transposed."

    def test_only_the_shape(self):
        code = "def normalise(x):\n    return (x / x.sum(1)[:, None]).ravel()"
        kind, text = told(ask(NORMALISE, code))
        assert kind == "shape"
        assert text.endswith("The numbers are right, only the shape is not.")

    def test_number_in_an_array(self):
        trace = record(total, lambda f, rng: f(rng.normal(size=3)))
        _, text = told(ask(trace, "def total(x):\n    return x.sum(keepdims=True)"))
        assert text == (
            "`total(x)` has shape (1,), expected is () (a number). The numbers are right, only the "
            "shape is not."
        )

    def test_every_element_with_every_other(self):
        trace = record(lambda y, t: y - t, lambda f, rng: f(np.ones(4), np.ones(4)), name="error")
        _, text = told(ask(trace, "def error(y, t):\n    return y[:, None] - t"))
        assert "shape (4, 4), expected is (4,). This happens where an array of shape (4, 1)" in text

    def test_part_of_a_tuple(self):
        trace = record(lambda x: (x.sum(0), x.sum(1)), rows, name="sums")
        _, text = told(ask(trace, "def sums(x):\n    return x.sum(1), x.sum(0)"))
        assert text == "The first element of `sums(x)` has shape (4,), expected is (3,)."


class TestNotFinite:
    def softmax(self):
        def softmax(s):
            e = np.exp(s - s.max())
            return e / e.sum()

        return record(softmax, lambda f, rng: f(np.array([1000.0, 1.0])))

    def test_where_it_began(self):
        code = """
        def softmax(s):
            e = np.exp(s)
            return e / e.sum()
        """
        report = ask(self.softmax(), code)
        kind, text = told(report)
        assert kind == "not finite"
        assert text == (
            "`softmax(s)` holds nan (not a number), first at [0] (1 of 2 elements). It begins in "
            "line 2 of the cell: NumPy reports “overflow encountered in exp”."
        )
        assert ("line 2", "e = np.exp(s)") in report.diagnosis.details
        assert any("overflow" in note for note in report.notes)

    def test_infinity(self):
        code = "def softmax(s):\n    return np.array([np.inf, 1.0])"
        _, text = told(ask(self.softmax(), code))
        assert text == "`softmax(s)` holds infinity, first at [0] (1 of 2 elements)."

    def test_everywhere(self):
        _, text = told(ask(self.softmax(), "def softmax(s):\n    return s * np.nan"))
        assert text.startswith("`softmax(s)` holds nan (not a number) everywhere.")

    def test_a_number(self):
        trace = record(total, lambda f, rng: f(rng.normal(size=3)))
        _, text = told(ask(trace, "def total(x):\n    return float(np.log(-np.abs(x)).sum())"))
        assert text.startswith("`total(x)` is nan (not a number). It begins in line 2")


class TestLikeness:
    """What is said of numbers that are wrong, beyond where."""

    @pytest.mark.parametrize(
        ("body", "kind", "text"),
        [
            ("y.round(3)", "value", "It is nearly right."),
            ("y + 1e-4 * x", "value", "It is nearly right."),
            ("y * 1.0005", "value", "It is nearly right."),
            ("y + 0.5", "value", "All elements are off by the same amount"),
            ("y * np.sign(x - 1.5)", "value", "Only the signs differ."),
            ("np.where(np.arange(len(x))[:, None] < 2, y, 0)", "value", "every element filled in?"),
            ("y[:, ::-1]", "value", "The right numbers are there, but in other places."),
            ("x / x.sum(axis=1, keepdims=True) ** 2", "value", "Each row is right but for"),
            ("y * np.arange(1, 1 + x.shape[1])", "value", "Each column is right but for"),
            ("y * y", "value", "should sum to 1"),
            ("np.sqrt(x)", "value", "should sum to 1"),
            ("np.ones((2, 3))", "same answer", "gives the same answer whatever it is given."),
            ("y.sum(axis=0)", "shape", "an axis is gone"),
            ("list(y)", "type", "`np.array` makes an array of a list."),
            ("float(y.sum())", "type", "has gone over all elements,"),
            ("(x, y)", "type", "The second element alone is what is asked for."),
            ("(x, x)", "type", "makes a tuple; one thing alone"),
        ],
    )
    def test_sentence(self, body, kind, text):
        code = f"def normalise(x):\n    y = x / x.sum(axis=1, keepdims=True)\n    return {body}"
        found, headline = told(ask(NORMALISE, code))
        assert (found, text in headline) == (kind, True), headline

    def test_rounded_down(self):
        trace = record(total, lambda f, rng: f(rng.uniform(5, 9, size=3)))
        code = "def total(x):\n    return float(x.sum() // 1)"
        assert told(ask(trace, code))[1].endswith("The numbers are rounded down: `//` does that.")

    def test_one_number_is_wanted(self):
        trace = record(total, lambda f, rng: f(rng.normal(size=3)))
        assert "Is a sum or a mean missing" in told(ask(trace, "def total(x):\n    return x"))[1]


class TestFactors:
    def gradient(self):
        def gradient(y, t):
            return (y - t) / len(y)

        def case(N, C):
            return lambda f, rng: f(rng.normal(size=(N, C)), rng.normal(size=(N, C)))

        return record(gradient, case(4, 3), case(5, 7))

    @pytest.mark.parametrize(
        ("expression", "text"),
        [
            ("y - t", "exactly N times too large, where N is the number of cases (rows)"),
            ("(y - t) / len(y)**2", "exactly N times too small, where N is the number of cases"),
            ("(t - y) / len(y)", "right but for its sign."),
            ("2 * (y - t) / len(y)", "exactly 2 times too large."),
            ("(y - t) / len(y) / 2", "exactly 2 times too small"),
            ("-2 * (y - t) / len(y)", "exactly 2 times too large and has the wrong sign."),
            ("(y - t) / y.size", "exactly C times too small, where C is the length of the last"),
            ("(y - t) * y.shape[1] / len(y)", "exactly C times too large"),
            ("(y - t) / y.size / len(y)", "exactly N·C times too small"),
            ("(y - t) * y.shape[1]", "exactly N·C times too large"),
            ("t - y", "exactly N times too large"),
            ("3.5 * (y - t) / len(y)", "exactly 3.5 times what is expected, everywhere:"),
        ],
    )
    def test_factor(self, expression, text):
        kind, headline = told(ask(self.gradient(), f"def gradient(y, t):\n    return {expression}"))
        assert kind == "factor"
        assert headline.startswith("`gradient(y, t)` is " + text)

    def test_sign_is_added(self):
        _, text = told(ask(self.gradient(), "def gradient(y, t):\n    return t - y"))
        assert text.endswith(", and has the wrong sign.")

    def test_rows_of_the_latest_input_not_of_the_weights(self):
        kind, text = told(ask(AFFINE, edit("self.x.T @ dout / len(dout)", "self.x.T @ dout")))
        assert kind == "factor"
        assert text.startswith("`Affine.dW` is exactly N times too large")

    def test_another_factor_in_each_case(self):
        code = "def gradient(y, t):\n    return (y - t) * (1 if len(y) < 5 else 0.1)"
        assert told(ask(self.gradient(), code)) == (
            "factor",
            "`gradient(y, t)` is right but for a factor, which is another one in each case. Look "
            "at what the whole answer is multiplied or divided by.",
        )

    def test_a_factor_in_the_first_case_only(self):
        code = "def gradient(y, t):\n    return (y - t) / len(y) * (2 if len(y) < 5 else y)"
        assert told(ask(self.gradient(), code)) == (
            "factor",
            "In the first case that fails, `gradient(y, t)` is exactly 2 times too large.",
        )

    def test_where_another_answer_differs(self):
        code = """
        class Affine:
            count = 0
            def __init__(self, W, b):
                self.W, self.b = W, b
                Affine.count += 1
            def forward(self, x):
                self.x = x
                return x @ self.W + self.b
            def backward(self, dout):
                self.dW = self.x.T @ dout / len(dout) * (2 if Affine.count == 1 else 1)
                self.db = dout.mean(axis=0) * (2 if Affine.count == 2 else 1)
                return dout @ self.W.T
        """
        text = "In the first case that fails, `Affine.dW` is exactly 2 times too large."
        assert told(ask(AFFINE, code)) == ("factor", text)

    def test_one_wrong_number_is_no_factor(self):
        trace = record(total, lambda f, rng: f(rng.normal(size=3)))
        kind, text = told(ask(trace, "def total(x):\n    return 1.3 * float(x.sum())"))
        assert (kind, text) == ("value", "`total(x)` is not what is expected.")

    def test_but_a_sign_is_a_sign(self):
        trace = record(total, lambda f, rng: f(rng.normal(size=3)))
        kind, text = told(ask(trace, "def total(x):\n    return -float(x.sum())"))
        assert (kind, text) == ("factor", "`total(x)` is right but for its sign.")

    def test_zeros_are_no_factor(self):
        trace = record(lambda x: x * 0, rows, name="nothing")
        assert told(ask(trace, "nothing = lambda x: x"))[0] == "value"
        kind, text = told(ask(self.gradient(), "gradient = lambda y, t: np.zeros_like(y)"))
        assert (kind, text) == (
            "value",
            "`gradient(y, t)` is 0 in every element, and other numbers are expected.",
        )
