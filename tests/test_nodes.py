"""Graphs of nodes, contexts and calls by name: told as data, built, recorded, judged, explained."""

import json

import pytest

from grader.errors import CourseError
from grader.exercises import Exercise, apply, context, holds, nodes, polynomial
from twoapples.checking.compare import PROPERTIES
from twoapples.checking.diagnose import diagnose
from twoapples.checking.nodes import (
    Context,
    GraphNode,
    build_nodes,
    describe_nodes,
    is_topological_order,
    read_edges,
)
from twoapples.checking.replay import replay
from twoapples.checking.traces import Trace
from twoapples.checking.values import ValueFormatError, encode

BILL = [
    ["apple", []],
    ["count", []],
    ["price", ["apple", "count"]],
    ["tax", []],
    ["total", ["price", "tax"]],
]


def test_a_node_is_a_text_with_parents():
    total = build_nodes(BILL)
    assert total == "total"
    assert isinstance(total, GraphNode)
    assert total.parents == ("price", "tax")
    assert total.parents[0].parents == ("apple", "count")
    assert total.parents[1].parents == ()
    assert encode([total]) == {"list": ["total"]}


def test_a_node_used_twice_is_one_object():
    out = build_nodes([["x", []], ["y", ["x", "x"]], ["z", ["x", "y"]]])
    x, y = out.parents
    assert y.parents[0] is y.parents[1] is x


def test_a_chain_is_told_in_few_words():
    edges = read_edges({"chain": 4, "first": 7})
    assert edges == {"7": (), "8": ("7",), "9": ("8",), "10": ("9",)}
    node, length = build_nodes({"chain": 3000}), 1
    while node.parents:
        (node,), length = node.parents, length + 1
    assert (node, length) == ("0", 3000)


@pytest.mark.parametrize(
    "data",
    [
        [],
        "abc",
        7,
        None,
        {"chain": 0},
        {"chain": -1},
        {"chain": True},
        {"chain": 10**9},
        {"chain": 3, "first": "a"},
        {"chain": 3, "more": 1},
        {},
        [["a"]],
        [["a", []], ["a", []]],
        [["a", ["b"]], ["b", []]],
        [["a", "b"]],
        [[1, []]],
        [["a", [["b"]]]],
    ],
)
def test_what_is_no_graph(data):
    with pytest.raises((ValueFormatError, TypeError)):
        read_edges(data)


@pytest.mark.parametrize(
    ("order", "right"),
    [
        (["apple", "count", "price", "tax", "total"], True),
        (["tax", "count", "apple", "price", "total"], True),
        (("tax", "count", "apple", "price", "total"), True),
        (["total", "tax", "price", "count", "apple"], False),
        (["apple", "price", "count", "tax", "total"], False),
        (["apple", "count", "price", "tax"], False),
        (["apple", "count", "price", "tax", "total", "total"], False),
        (["apple", "apple", "count", "price", "tax", "total"], False),
        (["apple", "count", "price", "tax", "pears", "total"], False),
        ([], False),
        ("total", False),
        ([1, 2, 3, 4, 5], False),
        ({"apple": 1}, False),
        (3.0, False),
    ],
)
def test_which_orders_are_right(order, right):
    assert is_topological_order(order, BILL) is right
    assert PROPERTIES["topological_order"](order, BILL) is right


def test_only_what_the_root_reaches_counts():
    data = [["a", []], ["b", []], ["c", ["a"]]]
    assert is_topological_order(["a", "c"], data)
    assert not is_topological_order(["a", "b", "c"], data)


def test_in_words():
    assert describe_nodes(BILL) == "total (price from apple, count; total from price, tax)"
    assert describe_nodes([["a", []]]) == "a (no parents)"
    assert describe_nodes({"chain": 3000}) == "the last of 3000 nodes"


def test_context():
    ctx = Context()
    assert ctx.saved_tensors == ()
    ctx.save_for_backward(1, 2)
    ctx.save_for_backward(3)
    assert ctx.saved_tensors == (3,)


# --- in a case ----------------------------------------------------------------------------------


def order(root):
    if not root.parents:
        return [root]
    found = []
    for parent in root.parents:
        found += [node for node in order(parent) if node not in found]
    return [*found, root]


def judged(exercise, reference, subject):
    trace = Trace.from_data(json.loads(json.dumps(exercise.public_trace(reference).to_data())))
    return diagnose(trace, [replay(case.steps, subject) for case in trace.cases])


def test_a_case_with_many_right_answers():
    exercise = Exercise("order", points=1)

    @exercise.case("the bill")
    def bill(order, rng):
        holds("topological_order", order(nodes(BILL)), BILL)

    def other(root):
        return ["tax", "count", "apple", "price", "total"]

    assert judged(exercise, order, order).right
    assert judged(exercise, order, other).right
    report = judged(exercise, order, lambda root: order(root)[::-1])
    assert not report.right
    assert report.diagnosis.kind == "property"
    assert "parents first" in report.diagnosis.headline
    details = dict(report.diagnosis.details)
    assert details["root"] == "total (price from apple, count; total from price, tax)"
    assert details["found"].startswith("['total'")


def test_a_slip_in_a_case_shows_at_once():
    with pytest.raises(ValueFormatError):
        nodes([["b", ["a"]]])


def test_two_contexts_are_two_objects():
    exercise = Exercise("Keep", points=1)

    @exercise.case("two")
    def two(Keep, rng):
        first, second = context(), context()
        Keep.put(first, 1.25)
        Keep.put(second, 2.0)
        Keep.get(first)
        Keep.get(second)

    class Keep:
        @staticmethod
        def put(ctx, x):
            ctx.save_for_backward(x)

        @staticmethod
        def get(ctx):
            return ctx.saved_tensors[0]

    class Once(Keep):
        one = Context()

        @staticmethod
        def put(ctx, x):
            Once.one.save_for_backward(x)

        @staticmethod
        def get(ctx):
            return Once.one.saved_tensors[0]

    assert judged(exercise, Keep, Keep).right
    report = judged(exercise, Keep, Once)
    assert report.held == (False,)
    assert dict(report.diagnosis.details)["ctx"] == "Context"


def test_a_function_is_one_step():
    exercise = Exercise("Number", points=1)

    @exercise.case("a polynomial")
    def deep(Number, rng):
        number = Number(2.0)
        apply(polynomial([1.0, 0.0, 3.0]), number).x

    class Number:
        def __init__(self, x):
            self.x = x

        def __rmul__(self, other):
            return Number(other * self.x)

        def __mul__(self, other):
            return Number(self.x * other.x)

        def __add__(self, other):
            return Number(self.x + other)

    trace = exercise.public_trace(Number)
    assert len(trace.cases[0].steps) == 3
    assert trace.cases[0].expected[-1] == {"value": 13.0}
    assert judged(exercise, Number, Number).right

    class NoSum(Number):
        def __add__(self, other):
            raise ValueError("no")

        def __rmul__(self, other):
            return NoSum(other * self.x)

    report = judged(exercise, Number, NoSum)
    assert report.diagnosis.headline.startswith("`polynomial(x)` raises")


def test_an_argument_that_is_a_plain_node_cannot_be_told():
    exercise = Exercise("order", points=1)

    @exercise.case("not told as data")
    def direct(order, rng):
        order(object())

    with pytest.raises(CourseError, match="cannot be written"):
        exercise.public_trace(order)
