"""The walk through what a learner's Value has recorded: lesson 09, without a browser."""

import inspect
import math
import sys
import types

import pytest
from graph_boxes import assert_all_has_room

from solutions import autograd
from solutions.autograd import Value
from twoapples.graphs.record_steps import ValueStepper
from twoapples.widgets.graph_stepper import step_values


def out(x):
    m = 2 * x
    s = m**2
    return m + s


def neuron_loss(w, x, b, t):
    y = (w * x + b).tanh()
    return (y - t) ** 2


def swish(x):
    e = (-x).exp()
    return x / (1 + e) + x * e


def mean(a, b):
    x = [a, b]
    y = [x_i + 2 for x_i in x]
    z = [y_i**3 for y_i in y]
    return sum(z) / 2


def everything(a, b):
    c = (a**b - 3 / a).relu()
    return c * c + 2**b - (c + a).tanh()


EXAMPLES = {
    "a value used twice": (out, {"x": 3}),
    "a neuron": (neuron_loss, {"w": 1.5, "x": 2, "b": -1, "t": 1}),
    "used three times": (swish, {"x": 1.5}),
    "a mean": (mean, {"a": 1, "b": 1}),
    "every operation": (everything, {"a": 1.5, "b": 2.5}),
    "nothing but itself": (lambda x: x * x * x * x, {"x": 2}),
}


def learners(old="", new=""):
    """Return Value as a learner might have written it, with a piece of the reference replaced."""
    text = inspect.getsource(autograd)
    assert text.count(old) == 1 or not old
    module = types.ModuleType("cell")
    exec(compile(text.replace(old, new) if old else text, "cell", "exec"), module.__dict__)
    return module.Value


def words(stepper, kind=None):
    return [step.words for step in stepper.walk.steps if kind in (None, step.kind)]


def notes(stepper):
    return [f.note for step in stepper.walk.steps for f in step.factors if f.note]


def by_name(stepper):
    """Return values and gradients by name, of a value that branches before it does."""
    walk, found = stepper.walk, {}
    for edge, value, grad in zip(stepper.graph.edges, walk.values, walk.gradients, strict=True):
        found.setdefault(edge.name, (value, grad))
    return found


# --- the steps ----------------------------------------------------------------------------------


def test_a_value_used_twice_step_by_step():
    stepper = ValueStepper(out, Value, {"x": 3})
    assert words(stepper) == [
        "The inputs are known: x 3.",
        "Forward, ×: number 2 and x 3 go in, m 6 comes out.",
        "Forward, •: m 6 is used twice.",
        "Forward, **2: m 6 goes in, s 36 comes out.",
        "Forward, +: m 6 and s 36 go in, out 42 comes out.",
        "The backward pass begins at the right end, with 1.",
        "Backward, +: upstream 1, towards m 1 × 1 = 1 and towards s 1 × 1 = 1.",
        "Backward, **2: upstream 1, towards m 1 × 12 = 12.",
        "Backward, •: m is used twice; its 2 shares are added: 1 + 12 = 13.",
        "Backward, ×: upstream 13, towards number 13 × 3 = 39 and towards x 13 × 2 = 26.",
    ]
    assert stepper.walk.problem is None


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_walks_to_its_end_and_finds_the_derivatives(name):
    function, inputs = EXAMPLES[name]
    stepper = ValueStepper(function, Value, inputs)
    assert stepper.walk.problem is None
    assert len(stepper.walk.steps) == 2 * len(stepper.graph.operations) + 2
    assert notes(stepper) == []
    edges = {edge.name: edge for edge in reversed(stepper.graph.edges) if edge.source is None}
    for name, number in inputs.items():
        ahead, back = (
            function(**{**{n: Value(x) for n, x in inputs.items()}, name: Value(number + h)}).data
            for h in (1e-5, -1e-5)
        )
        assert edges[name].gradient == pytest.approx((ahead - back) / 2e-5, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_overlaps_and_nothing_is_cut_off(name):
    function, inputs = EXAMPLES[name]
    assert_all_has_room(ValueStepper(function, Value, inputs))


def test_a_record_that_is_there_already():
    apple, count, tax = Value(100), Value(2), Value(1.1)
    price = apple * count
    numbers = [price * tax]
    numbers[0].backward()
    numbers[0].backward()
    stepper = step_values(numbers[0]).stepper
    assert words(stepper)[1:3] == [
        "Forward, ×: apple 100 and count 2 go in, price 200 comes out.",
        "Forward, ×: price 200 and tax 1.1 go in, numbers[0] 220 comes out.",
    ]
    assert by_name(stepper)["count"] == ("2", "110")
    assert stepper.sliders == []
    # What earlier passes have left neither shows nor goes.
    assert [round(value.grad, 6) for value in (apple, count, tax, price)] == [4.4, 220, 400, 2.2]


def test_values_without_names_get_one():
    stepper = ValueStepper((Value(2) + 1) * 3)
    assert words(stepper)[0] == "The inputs are known: number 2, number 1 and number 3."
    assert words(stepper)[2] == "Forward, ×: v1 3 and number 3 go in, out 9 comes out."
    again = ValueStepper(lambda x: (x + 1) * 3, Value, {"x": 2})
    assert words(again)[2] == "Forward, ×: v1 3 and number 3 go in, out 9 comes out."


def test_forward_is_the_order_in_which_values_were_made():
    stepper = ValueStepper(mean, Value, {"a": 1, "b": 1})
    made = [operation.outputs[0].name for operation in stepper.graph.operations]
    assert made == ["y[0]", "y[1]", "z[0]", "z[1]", "v1", "v2", "v3", "mean"]
    symbols = [operation.symbol for operation in stepper.graph.operations]
    assert symbols == ["+", "+", "**3", "**3", "+", "+", "**−1", "×"]


def test_an_operation_of_the_learners_own_goes_by_its_op():
    op = "sigmoid"

    def sigmoid(a):
        made = Value(1 / (1 + math.exp(-a.data)), (a,), op)
        made.local_gradients = (made.data * (1 - made.data),)
        return made

    stepper = ValueStepper(lambda x: sigmoid(x) * 2, Value, {"x": 0})
    assert [operation.symbol for operation in stepper.graph.operations] == ["sigmoid", "×"]
    assert by_name(stepper)["x"] == ("0", "0.5")
    assert notes(stepper) == []
    op = ""
    assert ValueStepper(sigmoid(Value(1))).graph.operations[0].symbol == "?"


@pytest.mark.parametrize(
    ("value", "symbol"),
    [
        (Value(2) + Value(2), "+"),
        (Value(2) * Value(2), "×"),
        (Value(2) ** Value(2), "**"),
        (Value(2) ** 2, "**2"),
        (Value(-2) ** -1, "**−1"),
        (Value(1) ** 3, "**3"),
        (Value(4) ** 0.5, "**0.5"),
        (Value(4).relu(), "relu"),
        (Value(-4).relu(), "relu"),
        (Value(0).tanh(), "tanh"),
        (Value(0).exp(), "exp"),
        (Value(0) ** 2, "**2"),
        (Value(1, (Value(1),), "*" * 30), "*" * 20),
        (Value(1, (Value(1),), 3), "?"),
    ],
)
def test_the_op_names_the_operation(value, symbol):
    value.local_gradients = value.local_gradients or (0.0,)
    stepper = ValueStepper(value)
    assert stepper.graph.operations[-1].symbol == symbol
    assert notes(stepper) == []


def test_without_an_op_nothing_is_guessed():
    plain = learners("        self.op = op\n", "        pass\n")
    stepper = ValueStepper(out, plain, {"x": 3})
    assert [operation.symbol for operation in stepper.graph.operations] == ["?", "•", "?", "?"]
    assert words(stepper)[1] == "Forward, ?: number 2 and x 3 go in, m 6 comes out."
    assert by_name(stepper)["x"] == ("3", "26")
    assert notes(stepper) == []


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 0.0, 1e308, -1e-308])
@pytest.mark.parametrize("op", ["+", "*", "**", "**0.5", "**-2", "**x", "relu", "tanh", "exp"])
def test_no_number_is_too_odd_to_be_drawn(op, number):
    for count in (1, 2, 3):
        value = Value(number, [Value(number) for _ in range(count)], op)
        value.local_gradients = (number,) * count
        assert len(ValueStepper(value).graph.operations) == 1


# --- sliders ------------------------------------------------------------------------------------


def test_a_slider_runs_the_function_again():
    stepper = ValueStepper(out, Value, {"x": 3}, {"x": (-3, 3, 0.25)})
    assert (stepper.sliders[0].low, stepper.sliders[0].high) == (-3, 3)
    shape = stepper.shape
    stepper.set([-0.25])
    # What the lesson says of the two shares that cancel out
    assert by_name(stepper)["m"] == ("−0.5", "0")
    assert by_name(stepper)["x"] == ("−0.25", "0")
    assert "1 + (−1) = 0" in words(stepper)[8]
    assert stepper.shape == shape
    with pytest.raises(ValueError, match="2 values for 1 sliders"):
        stepper.set([1.0, 2.0])
    with pytest.raises(ValueError, match='no input is called "y"; there are x'):
        ValueStepper(out, Value, {"x": 3}, {"y": (0, 1)})


def branched(a):
    return a**2 if a.data > 0 else a * -7


def test_another_branch_is_another_picture(monkeypatch):
    widget = step_values(branched, Value, a=3, ranges={"a": (-3, 3, 0.5)})
    frames = []
    monkeypatch.setattr(widget, "push", frames.append)
    for message in ({"first": True}, {"values": [2.5]}, {"values": [-2]}, {"values": [-1]}):
        widget.answer(message)
    symbols = [[n["symbol"] for n in f["geometry"]["nodes"]] if "geometry" in f else None
               for f in frames]  # fmt: skip
    assert symbols == [["**2"], None, ["×"], None]
    assert [frame["values"][-1] for frame in frames] == ["9", "6.25", "14", "7"]
    assert [frame["gradients"][0] for frame in frames] == ["6", "5", "−7", "−7"]


# --- what is wrong in a learner's Value ---------------------------------------------------------

ADDED = "upstream[parent] += upstream[value] * local"


def test_gradients_that_are_replaced_are_told():
    stepper = ValueStepper(out, learners(ADDED, ADDED.replace("+=", "=")), {"x": 3})
    (note,) = notes(stepper)
    assert note == (
        "Your backward gives m the gradient 12, and that is not the sum of its shares, 13. It is "
        "only one of them: are gradients added, with +=, and does a value pass its gradient on "
        "only when all that use it have had their turn?"
    )
    assert words(stepper)[8].startswith("Backward, •: ")
    assert note in words(stepper)[8]
    assert by_name(stepper)["x"] == ("3", "24")  # the learner's number, not the right one


def test_a_turn_that_comes_too_early_is_told():
    early = learners(
        "        order = topological_order(self)\n        # The",
        "        order = [self]\n"
        "        for node in order:\n"
        "            order += [p for p in node.parents if p not in order]\n"
        "        order.reverse()\n"
        "        # The",
    )
    stepper = ValueStepper(out, early, {"x": 3})
    (note,) = notes(stepper)
    assert note.startswith("Your backward gives m the gradient 1, and that is not the sum")
    assert by_name(stepper)["x"] == ("3", "2")


def test_a_backward_that_forgets_upstream_is_told():
    stepper = ValueStepper(out, learners(ADDED, "upstream[parent] += local"), {"x": 3})
    assert notes(stepper) == [
        "Your backward gives number the gradient 3, and that is not 13 × 3.",
        "Your backward gives x the gradient 2, and that is not 13 × 2.",
    ]


def test_a_backward_that_begins_with_nothing_is_told():
    stepper = ValueStepper(out, learners("upstream[self] = 1.0", "pass"), {"x": 3})
    (turn,) = words(stepper, "turn")
    assert turn.startswith("Your backward leaves the gradient 0 at the root, out.")
    assert by_name(stepper)["x"] == ("3", "0")


def test_wrong_local_gradients_are_told():
    swapped = learners("(other.data, self.data)", "(self.data, other.data)")
    stepper = ValueStepper(out, swapped, {"x": 3})
    assert notes(stepper) == [
        "The local gradients of × are 3 and 2 here, and yours are 2 and 3."
    ]  # fmt: skip
    wrong = learners("(1 - out.data**2,)", "(out.data,)")
    assert notes(ValueStepper(lambda x: x.tanh(), wrong, {"x": 0.5})) == [
        "The local gradient of tanh is 0.786448 here, and yours is 0.462117."
    ]


def test_a_gap_in_the_local_gradients_is_told():
    gap = learners("out.local_gradients = (1.0, 1.0)", "pass")
    gap.backward = lambda self: setattr(self, "grad", 1.0)
    stepper = ValueStepper(lambda x, y: x + y, gap, {"x": 3, "y": 4})
    assert notes(stepper) == [
        "local_gradients needs 2 entries here, one for each parent; it has 0."
    ]
    assert stepper.walk.problem is None


@pytest.mark.parametrize(
    ("method", "line", "steps"),
    [
        ("__add__", 'out = Value(self.data + other.data, (self, other), "+")', ["start"]),
        ("backward", ADDED, ["start", "forward", "forward"]),
    ],
)
def test_a_stub_ends_the_walk_and_is_named(method, line, steps):
    before = sys.getprofile()
    stub = learners(line, "raise NotImplementedError")
    walk = ValueStepper(lambda x: (x + 1) * 2, stub, {"x": 3}).walk
    assert [step.kind for step in walk.steps] == steps
    assert walk.problem.words == f"Value.{method} is not written yet."
    assert f", in Value.{method}\n" in walk.problem.traceback
    assert "graph_value" not in walk.problem.traceback
    assert walk.problem.operation is None
    assert sys.getprofile() is before


def test_a_walk_goes_on_when_the_slider_leaves_the_trouble(monkeypatch):
    widget = step_values(lambda x: 1 / x, Value, x=2, ranges={"x": (0, 4)})
    frames = []
    monkeypatch.setattr(widget, "push", frames.append)
    widget.answer({"values": [0]})
    assert widget.stepper.walk.problem.words.startswith("ZeroDivisionError: ")
    assert [step.words for step in widget.stepper.walk.steps] == ["The inputs are known: x 0."]
    assert widget.stepper.walk.values == ["0", "", "", ""]
    assert "ZeroDivisionError" in widget.text()
    widget.answer({"values": [4]})
    assert widget.stepper.walk.problem is None
    assert [frame["ended"] for frame in frames] == [True, False]
    assert by_name(widget.stepper)["x"] == ("4", "−0.0625")


def test_what_fails_at_once_has_sliders_and_no_picture(monkeypatch):
    widget = step_values(lambda x: 1 / x, Value, x=0)
    frames = []
    monkeypatch.setattr(widget, "push", frames.append)
    widget.answer({"first": True})
    widget.answer({"values": [2]})
    assert frames[0]["geometry"] is None
    assert [one["label"] for one in frames[0]["sliders"]] == ["x"]
    assert len(frames[1]["geometry"]["nodes"]) == 2
    assert "ZeroDivisionError" in step_values(lambda x: 1 / x, Value, x=0).html()


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: None, "out returned None. Is there a return in it?"),
        (lambda x: 3, "A Value with data and parents is needed here, and this is a int: 3"),
        (lambda x: x, "This value was calculated from nothing: it has no parents."),
        (lambda x: sum([x] * 70), "The record holds more than 60 values, too many to draw."),
        (lambda x: Value(1, [Value(2), "x"]), "A Value with data and parents is needed here, and"),
    ],
)
def test_what_cannot_be_drawn_is_said(function, said):
    problem = ValueStepper(function, Value, {"x": 3}).walk.problem
    assert problem.words.startswith(said)
    assert problem.traceback == ""


def test_a_circle_is_no_record():
    a = Value(1)
    b = a + 1
    a.parents = (b,)
    assert ValueStepper(b).walk.problem.words.startswith("A value is among its own ancestors")


def test_a_call_that_makes_no_sense_is_refused():
    with pytest.raises(TypeError, match="a function needs the class of its inputs"):
        step_values(out)
    with pytest.raises(TypeError, match="a function needs the class of its inputs"):
        step_values(Value(1) + 2, x=3)
    with pytest.raises(TypeError, match="missing a required argument: 'x'"):
        step_values(out, Value)
    with pytest.raises(TypeError, match=r"x is to be a number, and it is Value\(1"):
        step_values(out, Value, x=Value(1))


# --- words --------------------------------------------------------------------------------------


def test_the_tables_have_the_rows_of_the_walk():
    widget = step_values(out, Value, x=3, title="m is used twice")
    found = widget.html()
    assert '<th scope="row">2</th><td>• → m, m</td><td>m 6</td><td>m 6, m 6</td>' in found
    row = "<td>• → m, m</td><td>m</td><td>1 and 12</td><td>1 and 1</td><td>13</td>"
    assert row in found
    assert "Backward, from out" in found
    assert "<p>Step" not in found
    lines = widget.text().splitlines()
    assert lines[0] == "m is used twice"
    assert len(lines) == 11
    wrong = step_values(out, learners(ADDED, ADDED.replace("+=", "=")), x=3).html()
    assert "<p>Step 8: Your backward gives m the gradient 12," in wrong
