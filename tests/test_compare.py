"""Comparison of answers, and the properties that stand for many right answers."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from twoapples.checking.compare import (
    PROPERTIES,
    Tolerance,
    compare_answers,
    compare_values,
    same_answers,
)
from twoapples.checking.functions import quadratic_map, weighted_squares
from twoapples.checking.values import Opaque, encode

TOLERANCE = Tolerance(rtol=1e-6, atol=1e-9)
NAN, INF = math.nan, math.inf


def kind(expected, found, tolerance=TOLERANCE):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        difference = compare_values(expected, found, tolerance)
    return difference and difference.kind


class TestNumbers:
    @pytest.mark.parametrize(
        ("expected", "found"),
        [
            (220, 220.0),
            (220.0, 220),
            (1.0, 1.0 + 9e-7),
            (0.0, 9e-10),
            (True, 1),
            (1, True),
            (True, np.bool_(True)),
            (0.5, np.float32(0.5)),
            (2.0, np.array(2.0)),
            (np.array(2.0), 2.0),
            (NAN, NAN),
            (INF, INF),
            (-INF, -INF),
            (np.array([1.0, NAN, INF]), np.array([1.0, NAN, INF])),
            (np.array([1, 2]), np.array([1.0, 2.0])),
            (np.array([True, False]), np.array([1, 0])),
            (np.zeros((0, 3)), np.zeros((0, 3))),
            (2**64, 2.0**64),
        ],
    )
    def test_equal(self, expected, found):
        assert kind(expected, found) is None

    @pytest.mark.parametrize(
        ("expected", "found", "told"),
        [
            (1.0, 1.0 + 3e-6, "value"),
            (0.0, 2e-9, "value"),
            (True, False, "value"),
            (INF, 3.0, "value"),  # everything is within infinity of infinity
            (INF, -INF, "not finite"),
            (-INF, 1e308, "value"),
            (NAN, 1.0, "value"),
            (1.0, NAN, "not finite"),
            (1e308, -1e308, "value"),
            (1.0, "1.0", "type"),
            (1.0, (1.0,), "type"),
            (1.0, [1.0], "type"),
            (1.0, Opaque("complex"), "type"),
            (1.0, {}, "type"),
            (1.0, None, "none"),
            (1.0, np.array([1.0]), "shape"),
            (1.0, np.zeros(3), "shape"),
            (np.zeros(3), 0.0, "type"),
            (np.array([1.0]), 1.0, "shape"),
            (np.array([[1.0]]), np.array([1.0]), "shape"),
            (np.zeros(3), [0.0, 0.0, 0.0], "type"),
            (np.zeros((3, 1)), np.zeros((1, 3)), "shape"),
            (np.zeros((0, 3)), np.zeros((3, 0)), "shape"),
            (np.zeros(2), Opaque("an array of object"), "type"),
        ],
    )
    def test_different(self, expected, found, told):
        assert kind(expected, found) == told

    def test_where(self):
        expected = np.arange(6.0).reshape(2, 3)
        found = expected.copy()
        found[1, 1:] += 1
        difference = compare_values(expected, found, TOLERANCE)
        assert (difference.index, difference.count) == ((1, 1), 2)
        found[1, 2] = NAN  # what is not finite is told before what is wrong
        difference = compare_values(expected, found, TOLERANCE)
        assert (difference.kind, difference.index, difference.count) == ("not finite", (1, 2), 1)

    @given(hnp.arrays("float64", hnp.array_shapes(max_dims=2, max_side=3)), st.integers(-9, -1))
    @settings(deadline=None)
    def test_tolerance_is_as_documented(self, array, exponent):
        tolerance = Tolerance(rtol=10.0**exponent, atol=0.0)
        assert kind(array, array.copy(), tolerance) is None
        finite = np.where(np.isfinite(array) & (np.abs(array) < 1e300), array, 1.0)
        finite[np.abs(finite) < 1e-280] = 1.0
        assert kind(finite, finite * (1 + 0.9 * 10.0**exponent), tolerance) is None
        assert kind(finite, finite * (1 + 1.1 * 10.0**exponent), tolerance) == "value"


class TestContainers:
    @pytest.mark.parametrize(
        ("expected", "found"),
        [
            ((1, 2), [1, 2]),
            ([1, 2], (1.0, 2.0)),
            ((1, 2), np.array([1, 2])),  # its elements are NumPy's ints
            ((1.0, 0.0), np.array([True, False])),
            ((np.array([1.0]), np.array([2.0])), np.array([[1.0], [2.0]])),
            ((1, (2, 3)), [1, [2, 3]]),
            ((), []),
            ({"W": 1, "b": np.ones(2)}, {"b": np.ones(2), "W": 1.0}),
            ((None, 1), (7, 1)),
            ("text", "text"),
        ],
    )
    def test_equal(self, expected, found):
        assert kind(expected, found) is None

    @pytest.mark.parametrize(
        ("expected", "found", "told"),
        [
            ((1, 2), (1, 2, 3), "length"),
            ((1, 2), 1, "type"),
            ((1, 2), np.array(1), "type"),
            ((1, 2), "12", "type"),
            ((1, 2), {0: 1, 1: 2}, "type"),
            ((1, 2), (1, None), "none"),
            ((1, 2), (1, 3), "value"),
            ((1, 2), np.ones((2, 2)), "shape"),
            ({"W": 1}, {"w": 1}, "length"),
            ({"W": 1}, [1], "type"),
            ("text", "Text", "value"),
            ("text", np.array([1.0, 2.0]), "type"),
            ("text", None, "none"),
            ("text", 1, "type"),
        ],
    )
    def test_different(self, expected, found, told):
        assert kind(expected, found) == told

    def test_path(self):
        difference = compare_values((1, {"W": (2, 3)}), [1, {"W": [2, 4]}], TOLERANCE)
        assert difference.path == (1, "W", 1) and difference.found == 4

    def test_objects(self):
        assert kind(Opaque("Affine"), Opaque("Relu")) is None
        assert kind(Opaque("Affine"), 3.0) == "type"
        assert kind(Opaque("Affine"), [1]) == "type"
        assert kind(Opaque("generator"), [1]) is None  # a loop goes over a list as well
        assert kind(Opaque("generator"), 3) == "type"

    def test_none_expected(self):
        assert kind(None, "anything") is None
        assert compare_values(None, 1, TOLERANCE, none_is_any=False).kind == "type"
        assert compare_values((1, None), (1, None), TOLERANCE, none_is_any=False) is None


FOUND = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64)
    | st.floats()
    | st.text(max_size=3)
    | st.builds(Opaque, st.text(max_size=3))
    | hnp.arrays(
        st.sampled_from(["float64", "int64", "bool", "float32", "uint8"]),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=2) | st.integers(0, 3), inner, max_size=3)
    ),
    max_leaves=8,
)


class TestNeverRaises:
    @given(FOUND, FOUND)
    @settings(max_examples=300, deadline=None)
    def test_compare_values(self, expected, found):
        kind(expected, found)
        assert compare_values(expected, expected, TOLERANCE) is None
        assert compare_values(expected, expected, TOLERANCE, none_is_any=False) is None

    @given(st.sampled_from(sorted(PROPERTIES)), FOUND, st.integers(0, 4))
    @settings(max_examples=300, deadline=None)
    def test_properties(self, name, found, n):
        more = {"partition": (n,), "topological_order": ([["a", []], ["b", ["a"]]],)}
        assert PROPERTIES[name](found, *more.get(name, ())) in (True, False)


class TestProperties:
    @pytest.mark.parametrize(
        ("name", "value", "arguments", "holds"),
        [
            ("zero_one", np.array([[0, 1], [1.0, 0]]), (), True),
            ("zero_one", [True, 0], (), True),
            ("zero_one", np.array([0.5]), (), False),
            ("zero_one", [[0], [1, 0]], (), False),
            ("zero_one", "01", (), False),
            ("zero_one", NAN, (), False),
            ("decreasing", [3, 2.5, -1], (), True),
            ("decreasing", [3, 3], (), False),
            ("decreasing", [2, NAN], (), False),
            ("decreasing", np.eye(2), (), False),
            ("decreasing", [[3], [2, 1]], (), False),
            ("partition", (np.array([2, 0]), np.array([1])), (3,), True),
            ("partition", [np.array([0, 1]), np.array([1, 2])], (3,), False),
            ("partition", [np.array([0, 1])], (3,), False),
            ("partition", [np.array([0.0, 1.0])], (2,), False),
            ("partition", [], (0,), True),
            ("partition", [], (2,), False),
            ("partition", 3, (2,), False),
            ("partition", {0: 1, 1: 0}, (2,), False),
            ("partition", [[0], [1, [2]]], (3,), False),
        ],
    )
    def test_property(self, name, value, arguments, holds):
        assert PROPERTIES[name](value, *arguments) is holds
        expected = {"value": None, "property": {"name": name, "arguments": list(arguments)}}
        difference = compare_answers(expected, {"value": encode(value)}, TOLERANCE)
        assert (difference is None) == holds

    def test_none_is_told_as_none(self):
        expected = {"value": None, "property": {"name": "zero_one"}}
        assert compare_answers(expected, {"value": None}, TOLERANCE).kind == "none"


def error(kind):
    return {"error": {"type": kind, "message": "", "lines": []}}


class TestAnswers:
    def test_errors(self):
        assert compare_answers(error("ValueError"), error("ValueError"), TOLERANCE) is None
        assert compare_answers(error("ValueError"), error("TypeError"), TOLERANCE).kind == "error"
        assert compare_answers({"value": 1}, error("TypeError"), TOLERANCE).kind == "error"
        assert compare_answers(error("TypeError"), {"value": 1}, TOLERANCE).kind == "error"

    def test_changed(self):
        plain, changed = {"value": 1}, {"value": 1, "changed": ["x"]}
        assert compare_answers(plain, changed, TOLERANCE).kind == "changed"
        assert compare_answers(changed, changed, TOLERANCE) is None
        assert compare_answers(changed, plain, TOLERANCE) is None  # later steps tell

    @pytest.mark.parametrize(
        ("first", "second", "alike"),
        [
            ([{"value": 1.0}], [{"value": 1.0 + 1e-8}], True),
            ([{"value": 1.0}], [{"value": 1.0}, {"value": 2.0}], False),
            ([{"value": None}], [{"value": 1.0}], False),
            ([{"value": {"tuple": [None, 1]}}], [{"value": {"tuple": [2, 1]}}], False),
            ([{"value": None}], [{"value": None}], True),
            ([error("ValueError")], [error("ValueError")], True),
            ([error("ValueError")], [{"value": 1.0}], False),
            ([{"value": 1, "changed": ["a", "b"]}], [{"value": 1, "changed": ["b", "a"]}], True),
            ([{"value": 1, "changed": ["a"]}], [{"value": 1}], False),
            ([{"value": 1}], [{"value": {"forged": 1}}], False),
            ([{"value": 1}], [{}], False),
            ([{"value": 1}], [{"error": 3}], False),
        ],
    )
    def test_same_answers(self, first, second, alike):
        assert same_answers(first, second, TOLERANCE) is alike


def test_functions_of_traces():
    f = quadratic_map([[1.0, 2.0]], [[0.5, 0.0]])
    np.testing.assert_allclose(f(np.array([2.0, 3.0])), [1 * 2 + 2 * 3 + 0.5 * 4])
    assert weighted_squares([1.0, 3.0])(np.array([2.0, 1.0])) == 7.0
