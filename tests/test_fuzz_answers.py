"""Garbage in place of answers: it is judged, never raises, and wins nothing."""

import json
import math

import numpy as np
import pytest
from fuzzing import WRONG, answers, fuzzed, jsons, mutated, plan, scalars, texts
from hypothesis import example, given
from hypothesis import strategies as st

from grader.judging.verdicts import judge
from twoapples.checking.compare import PROPERTIES
from twoapples.checking.diagnose import diagnose
from twoapples.checking.traces import Case, Trace
from twoapples.checking.values import MAX_ELEMENTS, Opaque, ValueFormatError, decode, encode

pytestmark = pytest.mark.slow

WORDS = [
    "array", "shape", "dtype", "object", "float", "tuple", "list", "dict", "value", "error",
    "type", "message", "lines", "line", "function", "source", "changed", "answers", "missing",
    "unusable", "forbidden", "property", "name", "arguments",
]  # fmt: skip
keys = st.one_of(st.sampled_from(WORDS), texts)
DTYPES = ["float64", "float32", "int64", "uint8", "bool", ">f8", "O", "M8[s]", "S5", "(2,3)f8",
          "f8,i4", "V3", "g", "complex128", "float16", "U", "{}", "i4,"]  # fmt: skip
arrays = st.fixed_dictionaries(
    {
        "array": st.lists(scalars | st.sampled_from(["nan", "inf", "-inf"]), max_size=8) | scalars,
        "shape": st.lists(st.integers(-1, 8) | st.sampled_from([2**31, 2**64]), max_size=40)
        | scalars,
        "dtype": st.sampled_from(DTYPES) | texts,
    }
)
values = jsons(keys, scalars | arrays)
ENCODED = [
    encode(value)
    for value in (
        1.5, "text", True, None, (1, [2.0, {"a": np.eye(2)}]), np.float32([1, math.nan]),
        np.zeros((0, 3)), {(1, 2): "b"}, -math.inf, object(),
    )
]  # fmt: skip


@fuzzed(200)
@given(values | st.sampled_from(ENCODED).flatmap(lambda one: mutated(one, keys)))
@example({"array": [], "shape": [0, 2**70], "dtype": "float64"})
@example({"array": [], "shape": [0] * 33, "dtype": "float64"})
@example({"array": [2**70], "shape": [1], "dtype": "float64"})
@example({"array": ["١"], "shape": [1], "dtype": "float64"})
@example({"array": [1], "shape": [True], "dtype": "float64"})
@example({"dict": [[{"float": "nan"}, 1], [{"float": "nan"}, 2]]})
@example({"array": [10**400], "shape": [1], "dtype": "float32"})
def test_decode_gives_a_value_or_its_own_error(data):
    try:
        value = decode(data)
    except ValueFormatError:
        return
    again = encode(value)
    if not holds_opaque(value):
        np.testing.assert_equal(decode(json.loads(json.dumps(again))), value)


def holds_opaque(value):
    if isinstance(value, dict):
        return any(map(holds_opaque, (*value.keys(), *value.values())))
    if isinstance(value, (tuple, list)):
        return any(map(holds_opaque, value))
    return isinstance(value, Opaque)


@pytest.mark.parametrize(
    "data",
    [
        {"array": [0.0] * (MAX_ELEMENTS + 1), "shape": [MAX_ELEMENTS + 1], "dtype": "float64"},
        {"array": [0] * 8, "shape": [2, 2, 2], "dtype": "(100000,100000)f8"},
        {"array": [0] * 8, "shape": [8], "dtype": "S1000000"},
        {"array": [], "shape": [0, 10**15], "dtype": "float64"},
    ],
)
def test_decode_takes_no_more_memory_than_the_data(data):
    import tracemalloc

    tracemalloc.start()
    try:
        decode(data)
    except ValueFormatError:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 20e6


@st.composite
def replies(draw, name="double"):
    """What a submission's process may say, made from the wrong answers."""
    wrong = answers(WRONG)[name]
    return draw(
        st.one_of(
            mutated(wrong, keys, most=8),
            st.dictionaries(keys, jsons(keys), max_size=4),
            st.lists(st.lists(values, max_size=3), min_size=6, max_size=8).map(
                lambda given: {"answers": given}
            ),
        ).filter(lambda reply: isinstance(reply, dict))
    )


@fuzzed(80)
@given(replies())
def test_wrong_answers_stay_wrong_whatever_else_is_said(reply):
    exercise = plan().exercises[0]
    verdict = judge(exercise, reply)
    report = verdict.report
    assert verdict.score == 0 and report.diagnosis.kind != "right"
    assert report.diagnosis.headline and len(report.diagnosis.headline) < 2000
    assert not any(report.held)
    json.dumps(verdict.to_data())


@fuzzed(50)
@given(st.deferred(lambda: mutated(answers()["double"], keys, most=3)))
def test_right_answers_can_lose_points_and_win_none(reply):
    exercise = plan().exercises[0]
    verdict = judge(exercise, reply if isinstance(reply, dict) else None)
    assert 0 <= verdict.score <= exercise.points


@fuzzed(50)
@given(st.data())
def test_every_reply_has_a_verdict_for_classes_too(data):
    exercise = plan().exercises[1]
    verdict = judge(exercise, data.draw(replies("Counter")))
    assert 0 <= verdict.score <= exercise.points


def trace_of(expected):
    """A trace whose one case asks for `expected`, with a wide tolerance."""
    case = Case("a case", 1.0, [{"do": "look", "on": {"subject": True}}], [expected])
    return Trace("f", "function", 1e-2, 1e-2, [], {}, [case])


# Where many answers are right, garbage may well be one of them; but no error may come of it.
ASKED = [{"value": 1, "property": {"name": name, "arguments": [10]}} for name in PROPERTIES] + [
    {"value": 1, "property": {"name": "topological_order", "arguments": [data]}}
    for data in ([["a", []], ["b", ["a"]]], {"chain": 5})
]
EXPECTED = [encode(v) for v in (1.5, "text", True, (1.0, 2.0), {"a": 1.0}, np.eye(2), [])]


@fuzzed(80)
@given(values, st.sampled_from(["value", "error", "changed", "more"]))
def test_every_answer_is_judged(data, key):
    answer = {"value": 1.5, key: data}
    for expected in (*ASKED, *({"value": value} for value in EXPECTED)):
        report = diagnose(trace_of(expected), [[answer]])
        assert report.diagnosis.headline
    for expected in (answer["value"] for answer in plan().exercises[0].hidden.cases[0].expected):
        assert not diagnose(trace_of({"value": expected}), [[answer]]).right


@pytest.mark.parametrize("nothing", [[], (), {}, np.zeros(0), np.zeros((0, 3)), "", None])
@pytest.mark.parametrize("name", ["zero_one", "decreasing", "partition"])
def test_nothing_has_no_property(name, nothing):
    """An empty answer has vacuously many properties; none may win points."""
    expected = {"value": 1, "property": {"name": name, "arguments": [10] * (name == "partition")}}
    assert not diagnose(trace_of(expected), [[{"value": encode(nothing)}]]).right
