"""The learner's functions are called by widgets: answers of all kinds, errors, warnings."""

import numpy as np
import pytest
from small_widgets import HALF, OR

from twoapples.checking.learner_calls import call, numbers, zeros_and_ones
from twoapples.widgets.perceptron import DecisionLine


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "perceptron returned None"),
        (np.zeros((2, 1)), "perceptron gave shape (2, 1); shape (2,) is needed"),
        ([1, 3], "has to answer 0 or 1"),
        ([np.nan, 1], "has to answer 0 or 1"),
        ("yes", "perceptron gave str; numbers are needed"),
    ],
)
def test_answers_that_cannot_be_drawn(found, said):
    value, error = call(lambda: found, reads=zeros_and_ones(2, "perceptron"))
    assert value is None
    assert said in str(error)
    assert error.__traceback__ is None  # no line of the learner's has failed


def test_answers_of_all_kinds_are_read():
    for found in ([True, False], np.array([1.0, 0.0]), (1, 0)):
        value, error = call(lambda found=found: found, reads=zeros_and_ones(2, "perceptron"))
        assert (value.tolist(), error) == ([1, 0], None)


def test_an_error_keeps_its_line_and_a_warning_is_not_printed(recwarn):
    value, error = call(lambda: 1 // 0, reads=numbers((), "f"))
    assert value is None and isinstance(error, ZeroDivisionError)
    assert error.__traceback__.tb_next is not None
    value, error = call(lambda x: x / 0, np.ones(2), reads=numbers((2,), "f"))
    assert error is None and np.isinf(value).all()
    assert len(recwarn) == 0


def test_a_function_that_writes_into_its_arguments_does_no_harm():
    def overwrites(x, w, b):
        x *= 0
        w *= 0
        return x[:, 0]

    model = DecisionLine(OR.X, OR.t, HALF, -0.2, perceptron=overwrites)
    model.look()
    assert model.x.tolist() == OR.X.tolist() and model.lines[0][0].tolist() == [0.5, 0.5]
