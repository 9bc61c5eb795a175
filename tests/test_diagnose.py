"""What a learner reads: one realistic cell a diagnosis, and the sentence it gets."""

import builtins

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learners import ask, cell, record

from grader.exercises import Exercise, array, collect, defined, look, polynomial, same
from twoapples.check import examine
from twoapples.diagnose import diagnose
from twoapples.display import as_html, as_text
from twoapples.replay import replay
from twoapples.wording import show_value


def normalise(x):
    """Divide each row by its sum."""
    return x / x.sum(axis=1, keepdims=True)


def rows(f, rng):
    f(rng.uniform(1, 2, size=(4, 3)))


def more_rows(f, rng):
    f(rng.uniform(1, 2, size=(5, 2)))


NORMALISE = record(normalise, rows, more_rows)


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout / len(dout)
        self.db = dout.mean(axis=0)
        return dout @ self.W.T


def layer(Affine, rng, N=5):
    node = Affine(rng.normal(size=(3, 2)), rng.normal(size=2))
    node.forward(rng.normal(size=(N, 3)))
    node.backward(rng.normal(size=(N, 2)))
    node.dW
    node.db


def other_layer(Affine, rng):
    layer(Affine, rng, N=7)


AFFINE = record(Affine, layer, other_layer)
AFFINE_CELL = """
class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout / len(dout)
        self.db = dout.mean(axis=0)
        return dout @ self.W.T
"""


def told(report):
    assert not report.right
    return report.diagnosis.kind, report.diagnosis.headline


def edit(old, new):
    assert old in AFFINE_CELL
    return AFFINE_CELL.replace(old, new)


class TestRight:
    def test_function(self):
        report = ask(NORMALISE, "def normalise(x):\n    return (x.T / x.T.sum(0)).T")
        assert report.right and report.share == 1.0
        assert report.diagnosis.headline == "2 of 2 cases hold."

    def test_one_case(self):
        report = ask(record(normalise, rows), "normalise = lambda x: x / x.sum(1)[:, None]")
        assert report.diagnosis.headline == "The case holds."

    def test_class(self):
        assert ask(AFFINE, AFFINE_CELL).right

    def test_share(self):
        report = ask(
            NORMALISE, "def normalise(x):\n    return x / x.sum(1)[:, None] * (len(x) < 5)"
        )
        assert report.held == (True, False) and report.share == 0.5


class TestNotThere:
    def test_not_defined(self):
        kind, text = told(ask(NORMALISE, "x = 1"))
        assert kind == "not defined"
        assert text == (
            "There is no `normalise` yet. Run the cell that defines it first; if you did, "
            "check that the name is spelled `normalise`."
        )

    def test_misspelled(self):
        _, text = told(ask(NORMALISE, "def normalize(x):\n    return x"))
        assert "there is a `normalize`" in text

    def test_not_started(self):
        kind, text = told(ask(NORMALISE, "def normalise(x):\n    raise NotImplementedError()"))
        assert kind == "not started"
        assert text == (
            "`normalise` is not written yet. Put your code where the cell says so and delete the "
            "line `raise NotImplementedError()`."
        )

    def test_one_method_is_not_started(self):
        code = edit("return dout @ self.W.T", "raise NotImplementedError()")
        assert told(ask(AFFINE, code)) == (
            "not started",
            "`Affine.backward` is not written yet. Put your code where the cell says so and delete "
            "the line `raise NotImplementedError()`.",
        )

    def test_calls_what_is_not_started(self):
        kind, text = told(
            ask(
                NORMALISE,
                """
                def row_sums(x):
                    raise NotImplementedError()

                def normalise(x):
                    return x / row_sums(x)
                """,
            )
        )
        assert kind == "not started"
        assert text.startswith("`normalise` calls `row_sums`, which is not written yet")

    def test_calls_anothers_method_of_the_same_name(self):
        code = edit("return x @ self.W + self.b", "return Inner().forward(x)")
        code += "\nclass Inner:\n    def forward(self, x):\n        raise NotImplementedError()"
        _, text = told(ask(AFFINE, code))
        assert text.startswith("`Affine.forward` calls `Inner.forward`, which is not written yet")

    @pytest.mark.parametrize(
        ("code", "what"),
        [
            ("normalise = np.ones((3, 2))", "an array of shape (3, 2)"),
            ("normalise = 3", "a number"),
            ("normalise = None", "None"),
            ("normalise = {1: 2}", "a dict with the keys 1"),
            ("import math as normalise", "an object of type module"),
        ],
    )
    def test_the_name_is_something_else(self, code, what):
        kind, text = told(ask(NORMALISE, code))
        assert kind == "type"
        assert text.startswith(f"`normalise` is {what}, and a function is needed.")

    def test_a_function_for_a_class(self):
        _, text = told(ask(AFFINE, "def Affine(x, W, b):\n    return x @ W + b"))
        assert text == (
            "`Affine` is a function, and a class is needed. Its cell begins with `class Affine`."
        )

    def test_an_instance_for_a_class(self):
        code = AFFINE_CELL + "\nAffine = Affine(np.ones((2, 2)), np.ones(2))"
        _, text = told(ask(AFFINE, code))
        assert text.startswith("`Affine` is an object of type Affine, and a class is needed.")

    def test_an_object_that_cannot_be_described(self):
        code = """
        class Odd(dict):
            def __iter__(self):
                raise OSError
            def __len__(self):
                raise OSError
        normalise = Odd()
        """
        assert told(ask(NORMALISE, code))[0] == "type"


class TestNothingReturned:
    def test_function(self):
        kind, text = told(ask(NORMALISE, "def normalise(x):\n    y = x / x.sum(1)[:, None]"))
        assert kind == "returns nothing"
        assert text == (
            "`normalise(x)` is None. Is there a `return` at the end, on every path through the "
            "code? (`print` shows a value, but does not hand it back.)"
        )

    def test_print_instead_of_return(self, capsys):
        kind, _ = told(ask(NORMALISE, "def normalise(x):\n    print('hello')"))
        assert kind == "returns nothing" and capsys.readouterr().out == "hello\n" * 2

    def test_attribute(self):
        code = edit("self.dW = self.x.T @ dout / len(dout)", "self.dW = None")
        kind, text = told(ask(AFFINE, code))
        assert kind == "returns nothing"
        assert text == "`Affine.dW` is None. Has a value been assigned to it?"


class TestRaises:
    def test_shapes_of_the_inputs(self):
        report = ask(NORMALISE, "def normalise(x):\n    s = x.sum(1)\n    return x / s")
        kind, text = told(report)
        assert kind == "raises"
        assert text == (
            "`normalise(x)` raises `ValueError` in line 3 of its cell, given `x` of shape (4, 3). "
            "The shapes of two arrays in this line do not fit together."
        )
        details = dict(report.diagnosis.details)
        assert details["line 3"] == "return x / s"
        assert "broadcast" in details["ValueError"]

    def test_in_a_helper(self):
        code = """
        def total(x):
            return x.sum(axis=2)

        def normalise(x):
            return x / total(x)
        """
        _, text = told(ask(NORMALISE, code))
        assert "raises `AxisError` in line 2 of the cell that defines `total`, given" in text

    @pytest.mark.parametrize(
        ("body", "start", "hint"),
        [
            ("return x / sums", "`NameError`", "This name is not defined"),
            ("return x[4, 0]", "`IndexError`", "beyond the end"),
            ("return x[0, 0, 0]", "`IndexError`", "fewer axes"),
            ("return x[1.0]", "`IndexError`", "has to be an int"),
            ("return x[0, 0][1]", "`IndexError`", "no elements"),
            ("return float(x)", "`TypeError`", "one number is needed"),
            ("if x > 0: return x", "`ValueError`", "needs one yes or no"),
            ("return np.array([[1], [1, 2]])", "`ValueError`", "different shapes"),
            ("a, b = x", "`ValueError`", "number of names on the left"),
            ("return x(1)", "`TypeError`", "before parentheses"),
            ("return np.sort(x, None, 1, 2, 3, 4, 5)", "`TypeError`", "other arguments"),
            ("return x + None", "`TypeError`", "is None"),
            ("return {}[0]", "`KeyError`", "a key that it does not have"),
            ("return x.summ()", "`AttributeError`", "an attribute"),
            ("return 1 / 0", "`ZeroDivisionError`", "divided by 0"),
            ("return normalise(x)", "`RecursionError`", "calls itself without end"),
            ("exit(1)", "`SystemExit`", "ends the whole program"),
            ("y = y + x", "`UnboundLocalError`", "before it has a value"),
            ("raise ValueError", "`ValueError`", ""),
            ("return max(x, 0 * x)", "`ValueError`", "`np.maximum`"),
            ("return x.shape[2]", "`IndexError`", "fewer axes"),
            ("return np.eye(3)[x]", "`IndexError`", "one-hot rows, are no positions"),
            ("return math.exp(x)", "`TypeError`", "the functions of `math`"),
            ("return x^2", "`TypeError`", "a power is written `**`"),
            ("return x / x.sum", "`TypeError`", "parentheses missing"),
            ("return [1.0] - 3", "`TypeError`", "`np.array` makes an array of it"),
            ("a = 1.0; a[0] = 2", "`TypeError`", "no elements to write into"),
            ("return len(3)", "`TypeError`", "no length"),
            ("return (3).ndim", "`AttributeError`", "`np.asarray`"),
            ("return [1].shape", "`AttributeError`", "`np.array`"),
            ("return None.shape", "`AttributeError`", "is None"),
            ("return math.expp(1)", "`AttributeError`", "The module has nothing"),
        ],
    )
    def test_hints(self, body, start, hint):
        code = f"import math; from sys import exit\ndef normalise(x):\n    {body}"
        kind, text = told(ask(NORMALISE, code))
        assert kind == "raises"
        assert text.startswith(f"`normalise(x)` raises {start} in line 3 of its cell, given `x`")
        assert hint in text

    def test_hints_in_a_class(self):
        _, text = told(ask(AFFINE, edit("self.x = x", "pass").replace("self.x.T", "x.T")))
        assert text.endswith("What another method has found is there only if it was put on `self`.")
        _, text = told(ask(AFFINE, edit("self.W + self.b", "self.W + self.c")))
        assert text.endswith("check the spelling, and what `__init__` puts on `self`.")

    def test_own_exceptions_are_not_named_in_the_sentence(self):
        code = """
        class Value_1_25(Exception):
            pass
        def normalise(x):
            raise Value_1_25(x)
        """
        report = ask(NORMALISE, code)
        assert "raises an exception in line 4" in told(report)[1]
        assert report.diagnosis.details[-1][0] == "Value_1_25"

    def test_wrong_signature(self):
        report = ask(NORMALISE, "def normalise(x, axis):\n    return x")
        kind, text = told(report)
        assert (kind, text) == (
            "raises",
            "`normalise(x)` cannot be called like this: the arguments do not fit. Compare the line "
            "that begins with `def` with the one you were given.",
        )
        assert "missing 1 required positional argument" in report.diagnosis.details[-1][1]

    def test_self_is_missing(self):
        _, text = told(ask(AFFINE, edit("def forward(self, x)", "def forward(x)")))
        assert text.startswith("`Affine.forward(x)` cannot be called like this")
        assert text.endswith("Is `self` its first parameter?")

    def test_wrong_constructor(self):
        _, text = told(ask(AFFINE, edit("def __init__(self, W, b)", "def __init__(self)")))
        assert text.startswith("`Affine(W, b)` cannot be called like this")

    def test_a_reference_that_raises(self):
        def root(x):
            if x < 0:
                raise ValueError("negative")
            return x**0.5

        trace = record(root, lambda f, rng: f(4.0))
        case = trace.cases[0]
        refused = [{"error": {"type": "ValueError", "message": "", "lines": []}}]
        object.__setattr__(case, "expected", refused)
        kind, text = told(ask(trace, "root = lambda x: 2.0"))
        assert kind == "raises nothing"
        assert text == "`root(x)` gives an answer where a `ValueError` is raised."
        _, text = told(ask(trace, "def root(x):\n    raise KeyError"))
        assert text == "`root(x)` raises `KeyError` where a `ValueError` is expected."

    @pytest.mark.parametrize(("kind", "text"), [("TimedOut", "time limit"), ("NoAnswer", "read")])
    def test_of_the_grader(self, kind, text):
        answers = [[{"error": {"type": kind, "message": "", "lines": []}}]] * 2
        assert text in told(diagnose(NORMALISE, answers))[1]

    def test_another_exercise_is_missing(self):
        def train(optimizer):
            return optimizer

        def case(train, rng):
            train(defined("SGD"))

        exercise = Exercise("train", points=1)
        exercise.case("one")(case)
        trace = exercise.public_trace(train, {"SGD": Affine})
        _, text = told(ask(trace, "train = lambda optimizer: optimizer"))
        assert text == (
            "`train(optimizer)` is checked together with `SGD`: run the cell that defines it first."
        )
        report = ask(trace, "class SGD: pass\ndef train(optimizer): return 3.0")
        assert ("optimizer", "SGD") in report.diagnosis.details


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


def total(x):
    return float(x.sum())


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


class TestMisconceptions:
    def exercise(self):
        exercise = Exercise("normalise", points=1)
        exercise.case("square")(lambda f, rng: f(rng.uniform(1, 2, size=(3, 3))))
        exercise.case("rows")(rows)

        @exercise.misconception("The whole array was divided by one sum.")
        def whole(x):
            return x / x.sum()

        @exercise.misconception("The columns sum to 1, not the rows.")
        def columns(x):
            return x / x.sum(axis=0)

        @exercise.misconception("The mean was taken, not the sum.")
        def mean(x):
            return x / x.mean(axis=1, keepdims=True)

        @exercise.misconception("The columns sum to 1, and only in a square.")
        def square_columns(x):
            return columns(x) if len(x) == x.shape[1] else -x

        @exercise.misconception("Nothing was computed.")
        def crash(x):
            raise ZeroDivisionError

        return exercise.public_trace(normalise)

    def test_in_all_cases(self):
        report = ask(self.exercise(), "def normalise(x):\n    return x / np.sum(x)")
        assert told(report) == ("misconception", "The whole array was divided by one sum.")
        assert report.diagnosis.misconception == "whole"

    def test_in_one_case(self):
        code = "def normalise(x):\n    return x / x.sum() if len(x) == 3 else x"
        report = ask(self.exercise(), code)
        assert report.diagnosis.misconception == "whole"

    def test_the_one_that_explains_most(self):
        code = "def normalise(x):\n    return x / x.sum(0) if len(x) == 3 else -x"
        assert ask(self.exercise(), code).diagnosis.misconception == "square_columns"
        code = "def normalise(x):\n    return x / x.sum(0) if len(x) == 3 else x * 5"
        assert ask(self.exercise(), code).diagnosis.misconception == "columns"

    def test_of_an_error_only_if_every_case_agrees(self):
        code = "def normalise(x):\n    return 1 / 0"
        assert ask(self.exercise(), code).diagnosis.misconception == "crash"
        code = "def normalise(x):\n    return 1 / 0 if len(x) == 3 else x"
        assert told(ask(self.exercise(), code))[0] == "raises"

    def test_right_in_the_other_cases(self):
        code = "def normalise(x):\n    return x / (x.sum() if len(x) == 3 else x.sum(1)[:, None])"
        report = ask(self.exercise(), code)
        assert report.held == (False, True) and report.diagnosis.misconception == "whole"


class TestFirstDifference:
    def test_input_expected_found(self):
        def double(x):
            return 2 * x

        trace = record(double, lambda f, rng: f(np.array([[1.0, 2.0], [3.0, 4.0]])))
        code = "def double(x):\n    y = 2 * x\n    y[1, 0] = 7\n    return y"
        report = ask(trace, code)
        assert told(report) == (
            "value",
            "`double(x)` is wrong in 1 of 4 elements, first at [1, 0].",
        )
        assert report.diagnosis.details == (
            ("case", "case 0"),
            ("you were asked", "double(x)"),
            ("x", "[[1. 2.]\n [3. 4.]]\n(shape (2, 2))"),
            ("expected", "[[2. 4.]\n [6. 8.]]\n(shape (2, 2))"),
            ("found", "[[2. 4.]\n [7. 8.]]\n(shape (2, 2))"),
            ("first difference", "[1, 0]"),
        )

    def test_a_small_difference_can_be_seen(self):
        trace = record(total, lambda f, rng: f(rng.normal(size=3)), rtol=1e-12, atol=0)
        details = dict(
            ask(trace, "def total(x):\n    return x.sum() * (1 + 1e-11)").diagnosis.details
        )
        assert details["expected"] != details["found"]
        trace = record(normalise, rows, rtol=1e-9)
        code = "def normalise(x):\n    return x / (x.sum(1)[:, None] + 1e-7)"
        details = dict(ask(trace, code).diagnosis.details)
        assert details["expected"] != details["found"]

    @pytest.mark.parametrize("shape", [(500,), (50, 40), (6, 5, 4, 30)])
    def test_in_a_large_array(self, shape):
        trace = record(lambda x: x, lambda f, rng: f(rng.uniform(1, 2, size=shape)), name="f")
        place = tuple(n - 2 for n in shape)
        code = f"def f(x):\n    x = x.copy()\n    x[{place}] = 9.5\n    return x"
        details = dict(ask(trace, code).diagnosis.details)
        assert "9.5" in details["found"] and "9.5" not in details["expected"]
        assert all(len(text) < 700 for text in details.values())

    def test_whole_numbers(self):
        trace = record(lambda x: x / 2, lambda f, rng: f(np.array([1.0, 2.5, 7.0])), name="half")
        code = "def half(x):\n    y = np.array([0, 0, 0])\n    y[:] = x / 2\n    return y"
        kind, text = told(ask(trace, code))
        assert kind == "dtype" and "what came after the decimal point was cut off" in text

    def test_text(self):
        trace = record(str.upper, lambda f, rng: f("abc"))
        assert told(ask(trace, "upper = lambda s: s")) == (
            "value",
            "`upper(self)` is another text than is expected.",
        )

    def test_collect(self):
        def batches(x, size):
            for start in range(0, len(x), size):
                yield x[start : start + size]

        def case(batches, rng):
            collect(batches(np.arange(6), 2), limit=10)

        trace = record(batches, case)
        code = "def batches(x, size):\n    return [x[i:i + size] for i in range(0, len(x), size)]"
        assert ask(trace, code).right
        code = "def batches(x, size):\n    yield x[:size]"
        assert told(ask(trace, code))[1] == (
            "`list(batches(…))` is a list of 1 element; a list of 3 elements is expected."
        )

    def test_function_arguments(self):
        trace = record(lambda f, x: f(x), lambda g, rng: g(polynomial([0, 1]), 2.0), name="apply")
        report = ask(trace, "apply = lambda f, x: 3.0")
        assert ("f", "polynomial") in report.diagnosis.details

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ((1.0,), "(1,)"),
            ([1, "a"], "[1, 'a']"),
            (list(range(20)), "list of 20: 0, 1, 2, 3, …"),
            (0.1, "0.1"),
            (float("nan"), "nan"),
            (np.array(True), "True"),
            ({"W": 1}, "{'W': 1}"),
            ("x" * 300, "'" + "x" * 199 + "…"),
        ],
    )
    def test_show_value(self, value, text):
        assert show_value(value) == text


KEYS = ["value", "error", "type", "message", "lines", "line", "function", "source", "changed"]
KEYS += ["array", "shape", "dtype", "tuple", "list", "dict", "object", "float"]
ANSWER = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner | st.sampled_from(["float64", "nan", "ValueError", "NotImplementedError"]),
            max_size=4,
        )
    ),
    max_leaves=10,
)
VALUE = ANSWER.map(lambda value: {"value": value})
ERROR = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(vars(builtins))) | ANSWER, "message": ANSWER, "lines": ANSWER}
).map(lambda error: {"error": error})


class TestForgedAnswers:
    """What comes from a submission's process may be anything; a sentence has to come of it."""

    @given(st.lists(st.lists(ANSWER | VALUE | ERROR, max_size=5), min_size=2, max_size=2))
    @settings(max_examples=400, deadline=None)
    def test_never_raises(self, answers):
        report = diagnose(AFFINE, answers)
        assert not report.right and "\n" not in report.diagnosis.headline
        assert len(report.diagnosis.headline) < 600
        as_text(report), as_html(report)

    def test_names_of_changed_inputs(self):
        value = replay(NORMALISE.cases[0].steps, normalise)[0]["value"]
        answers = [[{"value": value, "changed": ["x = [1.25, 3.5]"]}]] * 2
        assert "its input array." in told(diagnose(NORMALISE, answers))[1]

    def test_no_values_in_headlines(self):
        line = {"line": 3, "function": "f 1.25", "source": "1.25"}
        error = {"type": "X1_25", "message": "1.25", "lines": [line]}
        _, text = told(diagnose(NORMALISE, [[{"error": error}]] * 2))
        assert "1.25" not in text and "1_25" not in text

    def test_too_few_answers(self):
        assert told(diagnose(AFFINE, [[], []]))[0] == "no answer"


def test_notes_on_what_an_exercise_needs(tmp_path, capsys):
    from twoapples import traces

    def total_of_rows(x):
        return normalise(x).sum()

    needing = record(total_of_rows, rows, needs=("normalise", "nowhere"))
    traces.write(tmp_path / traces.FILE_NAME, [NORMALISE, needing])
    code = """
    def normalise(x):
        print("called")
        return x
    def total_of_rows(x):
        return normalise(x).sum()
    """
    report = examine(needing, cell(code), tmp_path)
    assert report.notes == ("This builds on `normalise`, which is not right yet: begin there.",)
    assert capsys.readouterr().out == "called\n"  # what the note asks is not printed


def test_a_single_number_is_no_proof_of_a_misconception():
    """0 is what the known mistake gives in the first case; in the second the code does other."""
    exercise = Exercise("total", points=1)
    exercise.case("one")(lambda total, rng: total(np.array([3.0])))
    exercise.case("many")(lambda total, rng: total(rng.uniform(1, 2, size=4)))

    @exercise.misconception("The first number was left out.")
    def all_but_the_first(x):
        return x[1:].sum()

    trace = exercise.public_trace(total)
    kind, text = told(ask(trace, "def total(x):\n    return x[:-1].sum()"))
    assert (kind, "left out" in text) == ("value", False)
    other = ask(trace, "def total(x):\n    return x[1:].sum()")
    assert told(other) == ("misconception", "The first number was left out.")
