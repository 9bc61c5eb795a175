"""What a submission's process says, judged outside: no statement of it wins points.

And the bounds that `tests/adversaries` cannot show from the inside, because what passes them costs
time or memory and no points.
"""

from __future__ import annotations

import copy
import functools
import itertools
import json
import select
import socket

import numpy as np
import pytest
from fuzzing import plan, submitted
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_code_cell

from grader.execution import Limits
from grader.execution import run as running
from grader.execution.outputs import Collector, _size
from grader.execution.run import SubmissionRun
from grader.inside import wire
from grader.judging.compose import to_bytes
from grader.judging.repair import repair
from grader.judging.verdicts import judge
from grader.notebook.cells import laid_out
from grader.tools.text import plain, plain_json
from twoapples.checking import compare
from twoapples.checking.answers import answer
from twoapples.checking.compare import Tolerance, compare_answers
from twoapples.checking.values import MAX_TUPLE_KEYS, Opaque, ValueFormatError, decode, encode

pytestmark = pytest.mark.slow


def exercise(name):
    return next(item for item in plan().exercises if item.name == name)


def answered(function):
    return answer("double", exercise("double").questions, {"double": function})


def score(reply):
    return judge(exercise("double"), reply).score


# Statements


def test_the_right_answers_score_full_points():
    assert score(answered(lambda x: 2 * x)) == 4


@pytest.mark.parametrize(
    "claim",
    [
        {"verdict": "right", "score": 4, "points": 4, "right": True, "held": [True] * 3},
        {"missing": False, "unusable": None, "forbidden": None},
        {"missing": True},
        {"unusable": "a function"},
        {"forbidden": "torch"},
    ],
)
def test_claims_beside_wrong_answers_win_nothing(claim):
    assert score({**answered(lambda x: x), **claim}) == 0


@pytest.mark.parametrize("changed", [[], ["x"], ["a name that no step has"]])
def test_what_was_overwritten_is_no_way_to_points(changed):
    def said(function):
        reply = answered(function)
        for case in reply["answers"]:
            for step in case:
                step["changed"] = changed
        return score(reply)

    assert said(lambda x: x) == 0
    assert said(lambda x: 2 * x) == (0 if changed else 4)


@pytest.mark.parametrize("name", ["ndarray", "float64", "array", "an array of shape (3,)"])
def test_a_types_name_is_no_value(name):
    reply = answered(lambda x: x)
    reply["answers"] = [[{"value": {"object": name}}] for _ in reply["answers"]]
    assert score(reply) == 0
    reply["answers"] = [[{"error": {"type": name, "message": ""}}] for _ in reply["answers"]]
    assert score(reply) == 0


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_tolerance_is_the_exercises_whatever_the_dtype(dtype):
    expected = {"value": encode(np.array([1.0, 2.0]))}
    near, far = {"value": encode(np.array([1.0, 2.0], dtype))}, np.array([1.0, 2.002])
    assert compare_answers(expected, near, Tolerance(1e-6, 1e-9)) is None
    found = {"value": encode(far.astype(dtype))}
    assert compare_answers(expected, found, Tolerance(1e-6, 1e-9)) is not None


# Bounds


def test_who_keeps_sending_does_not_get_more_time(monkeypatch):
    """Bytes of a message that never ends arrive each time that somebody looks."""
    clock = itertools.count()
    monkeypatch.setattr(running.time, "monotonic", lambda: next(clock) / 10)
    repaired, _ = repair(submitted(), plan().record)
    run = SubmissionRun(repaired, {}, Limits(cell_seconds=5, total_seconds=20))
    run.deadline = 20
    ours, theirs = socket.socketpair()
    feeds = itertools.count()

    class Trickle:
        size = 0

        def feed(self, connection):
            assert next(feeds) < 1000, "it is never stopped"
            return True

        def next(self):
            return None

    class Nursery:
        control = theirs

        def alive(self):
            return True

    class Poll:
        def register(self, *_):
            pass

        def poll(self, _):
            return [(ours.fileno(), select.POLLIN)]

    monkeypatch.setattr(running.select, "poll", Poll)
    run.reader, run.connection, run.interrupts = Trickle(), ours, ours
    with ours, theirs:
        run._serve(Nursery(), 1, b"")
    assert run.execution.died
    assert "could not be stopped" in run.execution.incidents[-1]


def test_a_message_of_too_many_lists_is_not_parsed():
    content = b'["display",[' + b"[]," * 1_000_000 + b"0]]"
    with pytest.raises(wire.GarbageError, match="too much memory"):
        wire._parse(content)
    assert len(wire._parse(b'["x",[' + b"[]," * 1000 + b"0]]")[1]) == 1001


def test_tuples_as_keys_are_few():
    def keys(count):
        return {"dict": [[{"tuple": [i, i]}, 0] for i in range(count)]}

    assert len(decode(keys(MAX_TUPLE_KEYS))) == MAX_TUPLE_KEYS
    with pytest.raises(ValueFormatError, match="tuples"):
        decode(keys(MAX_TUPLE_KEYS + 1))


@pytest.mark.parametrize(
    "value",
    [
        object(),
        np.zeros(3, complex),
        np.zeros(1, "datetime64[ns]"),
        np.zeros(1, "<U5"),
        np.zeros(1, object),
        2**70,
        [[[[[[[[[[1]]]]]]]]]],
        [0] * 300_000,
        np.zeros((600, 600)),
        type("과일", (), {})(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_the_encoder_says_of_a_value_is_kept(value):
    told = encode(value)
    inner = str(told)
    assert "object" in inner
    while not isinstance(told, dict) or "object" not in told:
        told = told["list"][0]
    assert decode(told) == Opaque(told["object"])


@pytest.mark.parametrize("text", ["right: 4 of 4", "x = 0.123", "an array of nothing at all", ""])
def test_what_it_never_says_is_not(text):
    assert decode({"object": text}) == Opaque("object")


@pytest.mark.parametrize("value", [{"list": [1, 2]}, {"list": [1, {"no": "kind"}]}])
def test_an_answer_is_decoded_once(monkeypatch, value):
    """It may be large, and is compared with the reference's and each misconception's."""
    decoded = []

    def counting(data):
        decoded.append(data)
        return decode(data)

    monkeypatch.setattr(compare, "decode", counting)
    count = len(exercise("double").questions)
    assert score({"answers": [[{"value": value}] for _ in range(count)]}) == 0
    assert 2 <= sum(data is value for data in decoded) <= count


def test_all_cells_together_have_a_bound():
    limits = Limits(text_bytes=1000, output_bytes=1700)
    repaired, _ = repair(submitted(), plan().record)
    cell = next(c for c in repaired.cells if c.cell_type == "code")
    collector = Collector(limits)
    sizes = []
    for _ in range(100):
        collector.begin(cell)
        collector.take(["display", {"text/plain": "x" * 900}, {}, None, False])
        collector.take(["text", "stdout", "y" * 900, True])
        collector.end()
        sizes.append(len(json.dumps(cell.outputs)))
    assert sizes[0] > 1800
    assert sum(sizes) < 30_000
    assert collector.overflowed


def test_what_is_not_shown_is_not_kept():
    """A display that is changed and was never shown takes no memory."""
    repaired, _ = repair(submitted(), plan().record)
    collector = Collector(Limits())
    collector.begin(next(c for c in repaired.cells if c.cell_type == "code"))
    for number in range(100):
        collector.take(["display", {"text/plain": "x"}, {}, f"unknown {number}", True])
    assert collector._displayed == {}


@pytest.mark.parametrize("value", ["\n" * 1000, "\u2028" * 1000, "\0" * 1000, "é" * 1000, ""])
def test_texts_are_counted_as_the_notebook_has_them(value):
    output = from_dict(
        {"output_type": "display_data", "data": {"text/plain": value}, "metadata": {}}
    )
    notebook = NotebookNode(cells=[new_code_cell("", outputs=[output])], metadata={})
    written = len(to_bytes(copy.deepcopy(notebook)).decode("utf-8"))
    assert written - 400 < _size(output, 10**9) < 2 * written + 400


@pytest.mark.parametrize(
    "value",
    [
        functools.reduce(lambda inner, _: [inner], range(200), 1),
        [functools.reduce(lambda inner, _: {"a": inner}, range(100), 1)] * 20,
        [1] * 1000,
        [[], {}] * 1000,
        {"\n" * 10: ["\0"] * 100},
    ],
)
def test_json_is_counted_as_the_notebook_has_it(value):
    output = from_dict(
        {"output_type": "display_data", "data": {"application/json": value}, "metadata": {}}
    )
    written = len(laid_out({"cells": [{"outputs": [output]}]}))
    assert written - 400 < _size(output, 10**9) < 4 * written + 400
    assert _size(output, 100) < 1000 + written / 5  # it ends where there is no room


# What is printed


def test_text_for_a_terminal_is_plain():
    assert plain("a\x1b[31m\u202e\x9b1m\udcff\r\n") == "a\\x1b[31m\\u202e\\x9b1m\\udcff\\r\n"
    assert plain("김하늘, é") == "김하늘, é"


def test_json_means_the_same():
    value = {"a": "\x1b\x9b\u202e\U000e0041 김"}
    text = plain_json(json.dumps(value, ensure_ascii=False))
    assert text.isprintable() and json.loads(text) == value
