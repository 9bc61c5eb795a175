"""Values as JSON: exact there and back, and nothing else is read."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from twoapples.checking import values
from twoapples.checking.values import Opaque, ValueFormatError, decode, encode


def travel(value):
    return decode(json.loads(json.dumps(encode(value), allow_nan=False)))


def same_bits(first, second):
    return np.float64(first).tobytes() == np.float64(second).tobytes()


class TestRoundTrip:
    @given(st.floats(allow_nan=False))
    @settings(deadline=None)
    def test_every_float(self, number):
        assert same_bits(travel(number), number)

    @pytest.mark.parametrize(
        "number", [0.0, -0.0, 5e-324, -2.2e-308, 1.7976931348623157e308, math.inf, -math.inf, 0.1]
    )
    def test_odd_floats(self, number):
        back = travel(number)
        assert type(back) is float and same_bits(back, number)
        array = travel(np.array([number, 1.0]))
        assert array.tobytes() == np.array([number, 1.0]).tobytes()

    def test_nan(self):
        assert math.isnan(travel(math.nan))
        assert np.isnan(travel(np.array([[math.nan]]))).all()

    @given(
        hnp.arrays(
            dtype=st.sampled_from(
                ["float64", "float32", "float16", "int8", "int64", "uint8", "uint64", "bool", ">f8"]
            ),
            shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
        )
    )
    @settings(max_examples=200, deadline=None)
    def test_every_array(self, array):
        back = travel(array)
        assert back.dtype == array.dtype and back.shape == array.shape
        np.testing.assert_array_equal(back, array)
        finite = array[np.isfinite(array)]
        assert back[np.isfinite(back)].tobytes() == finite.tobytes()  # the sign of zero too

    @pytest.mark.parametrize(
        "value",
        [
            None,
            True,
            False,
            0,
            -3,
            2**63,
            -(2**64),
            "",
            "Äpfel, 사과",
            (),
            [],
            {},
            (1, [2.5, None], {"W": "x", 3: (True,)}),
            {("a", 1): 2},
        ],
    )
    def test_plain_values(self, value):
        back = travel(value)
        assert back == value and type(back) is type(value)

    def test_views(self):
        array = np.arange(12.0).reshape(3, 4)
        for view in (array.T, array[::-1, ::2], np.broadcast_to(array[0], (2, 4))):
            np.testing.assert_array_equal(travel(view), view)


class TestEncode:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (np.bool_(True), True),
            (np.int8(-5), -5),
            (np.uint64(2**64 - 1), 2**64 - 1),
            (np.float32(0.5), 0.5),
            (np.float16(np.inf), {"float": "inf"}),
            (np.longdouble(1.5), 1.5),
            (2**64 + 1, {"object": "a very large int"}),
            (1 + 2j, {"object": "complex"}),
            ({1, 2}, {"object": "set"}),
            (iter([]), {"object": "list_iterator"}),
            ((x for x in "ab"), {"object": "generator"}),
            (np.array([1j]), {"object": "an array of complex128"}),
            (np.array([1, None]), {"object": "an array of object"}),
            (np.array(["a"]), {"object": "an array of <U1"}),
            (int, {"object": "type"}),
        ],
    )
    def test_other_types(self, value, expected):
        assert encode(value) == expected
        assert type(encode(value)) is type(expected)
        json.dumps(encode(value), allow_nan=False)

    def test_longdouble_arrays(self):
        back = travel(np.array([1.5, np.inf], dtype=np.longdouble))
        np.testing.assert_array_equal(back, [1.5, np.inf])

    def test_array_subclasses(self):
        class Lying(np.ndarray):
            def ravel(self, *_):
                raise RuntimeError

            def __array_finalize__(self, _):
                pass

        array = np.arange(3.0).view(Lying)
        assert encode(array)["array"] == [0.0, 1.0, 2.0]
        assert encode(np.ma.array([1.0, 2.0]))["array"] == [1.0, 2.0]

    def test_text_is_cut(self):
        assert len(encode("x" * 50_000)) == values.MAX_TEXT

    def test_what_is_too_large_is_named(self):
        assert encode(np.zeros((1000, 1000))) == {"object": "an array of shape (1000, 1000)"}
        assert encode([0] * 300_000) == {"object": "a list of 300000 elements"}
        assert encode(dict.fromkeys(range(300_000))) == {"object": "a dict of 300000 elements"}

    def test_parts_together_have_a_limit(self, monkeypatch):
        monkeypatch.setattr(values, "MAX_TOTAL", 100)
        data = encode([np.zeros(60), np.zeros(60)])
        assert "array" in data["list"][0]  # 20 for the list, 60, and 20 are left
        assert data["list"][1] == {"object": "an array of shape (60,)"}

    def test_cycles_end(self, monkeypatch):
        monkeypatch.setattr(values, "MAX_TOTAL", 100_000)
        cycle: list = []
        cycle += [cycle] * 30  # 30**8 without a limit on all parts together
        json.dumps(encode(cycle))
        assert decode(encode(cycle))

    def test_depth(self):
        deep = ()
        for _ in range(values.MAX_DEPTH + 3):
            deep = (deep,)
        assert "nested too deeply" in json.dumps(encode(deep))
        decode(encode(deep))

    def test_a_sequence_that_yields_more_than_it_says(self):
        class Endless(list):
            def __iter__(self):
                while True:
                    yield 1.0

        assert encode(Endless([0, 0])) == {"list": [1.0, 1.0]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["array", "shape", "dtype", "float", "object", "tuple", "list", "dict", "", "x"]
            ),
            inner | st.sampled_from(["nan", "float64", "int8", "O", "f8,f8", "bool"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)

FORGED_ARRAY = st.fixed_dictionaries(
    {
        "array": st.lists(
            st.integers() | st.floats() | st.booleans() | st.sampled_from(["nan", "-inf", "x"]),
            max_size=4,
        ),
        "shape": st.lists(st.integers(-2, 4) | st.booleans() | st.just(10**30), max_size=3),
        "dtype": st.sampled_from(
            ["float64", "float16", "int8", "uint64", "bool", "object", "U5", "V8", "M8[s]", "g"]
        )
        | st.text(max_size=6),
    }
)


class TestDecodeIsStrict:
    @given(JSON | FORGED_ARRAY)
    @settings(max_examples=500, deadline=None)
    def test_nothing_but_its_own_error(self, data):
        try:
            value = decode(data)
        except ValueFormatError:
            return
        encode(value)

    @pytest.mark.parametrize(
        "data",
        [
            [],
            [1],
            {},
            {"float": "1.5"},
            {"float": ["nan"]},
            {"float": {}},
            {"object": 1},
            {"tuple": "ab"},
            {"list": {"list": []}},
            {"dict": ["ab"]},
            {"dict": [[1, 2, 3]]},
            {"dict": [[{"list": []}, 1]]},
            {"dict": 3},
            {"tuple": [], "list": []},
            {"code": "print()"},
            math.nan,
            10**40,
            "x" * 20_000,
            {"array": []},
            {"array": [], "shape": [0]},
            {"array": [1], "shape": [1], "dtype": "float64", "more": 1},
            {"array": "ab", "shape": [2], "dtype": "float64"},
            {"array": [1, 2], "shape": [3], "dtype": "float64"},
            {"array": [1, 2], "shape": [-1], "dtype": "float64"},
            {"array": [1, 2], "shape": [-1, -2], "dtype": "float64"},
            {"array": [1], "shape": [True], "dtype": "float64"},
            {"array": [1], "shape": [1.0], "dtype": "float64"},
            {"array": [], "shape": [0, 10**30], "dtype": "float64"},
            {"array": [1], "shape": [1] * 40, "dtype": "float64"},
            {"array": [1], "shape": [10**9, 10**9], "dtype": "float64"},
            {"array": [1], "shape": [1], "dtype": "object"},
            {"array": [1], "shape": [1], "dtype": "O"},
            {"array": [1], "shape": [1], "dtype": "complex128"},
            {"array": [1], "shape": [1], "dtype": "(2,)f8"},
            {"array": [1], "shape": [1], "dtype": "no such"},
            {"array": [1], "shape": [1], "dtype": ["f8"]},
            {"array": [None], "shape": [1], "dtype": "float64"},
            {"array": [[1]], "shape": [1], "dtype": "float64"},
            {"array": ["1"], "shape": [1], "dtype": "float64"},
            {"array": ["nan"], "shape": [1], "dtype": "int64"},
            {"array": [math.nan], "shape": [1], "dtype": "int64"},
            {"array": [1.5], "shape": [1], "dtype": "int64"},
            {"array": [300], "shape": [1], "dtype": "int8"},
            {"array": [-1], "shape": [1], "dtype": "uint8"},
            {"array": [2], "shape": [1], "dtype": "bool"},
            {"array": [10**400], "shape": [1], "dtype": "float64"},
        ],
    )
    def test_refused(self, data):
        with pytest.raises(ValueFormatError) as caught:
            decode(data)
        assert len(str(caught.value)) < 200

    def test_deep_nesting(self):
        data = 1.0
        for _ in range(5000):
            data = {"list": [data]}
        with pytest.raises(ValueFormatError):
            decode(data)

    def test_too_many_elements(self):
        n = values.MAX_ELEMENTS + 1
        with pytest.raises(ValueFormatError):
            decode({"array": [0] * n, "shape": [n], "dtype": "int8"})

    def test_opaque(self):
        first = decode({"object": "Affine"})
        assert first == Opaque("Affine") != Opaque("Relu")
        assert hash(first) == hash(Opaque("Affine"))
        assert repr(first) == "<Affine object>"
        assert decode({"dict": [[{"object": "Affine"}, 1]]}) == {first: 1}
