"""What a learner reads of code that is not there, returns nothing or raises."""

import pytest
from diagnose_samples import AFFINE, AFFINE_CELL, NORMALISE, Affine, edit, told
from learners import ask, record

from grader.exercises import Exercise, defined
from twoapples.checking.diagnose import diagnose


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
