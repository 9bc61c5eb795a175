"""What a learner reads: one realistic cell a diagnosis, and the sentence it gets."""

import builtins

import numpy as np
import pytest
from diagnose_samples import AFFINE, AFFINE_CELL, NORMALISE, normalise, rows, told, total
from hypothesis import given, settings
from hypothesis import strategies as st
from learners import ask, cell, record

from grader.exercises import Exercise, collect, polynomial
from twoapples.box import as_html, as_text
from twoapples.check import examine
from twoapples.checking.diagnose import diagnose
from twoapples.checking.explain.wording import show_value
from twoapples.checking.replay import replay


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
    from twoapples.checking import traces

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
