"""The walk through a graph, without a browser: its steps, sliders, errors, words and places."""

import os
import subprocess
import sys

import numpy as np
import pytest
from graph_boxes import assert_all_has_room

from solutions.graphs import AddNode, BranchNode, MaxNode, MulNode
from solutions.layers import Affine, ReLU, Sigmoid, SoftmaxWithLoss
from twoapples.graphs.examples import (
    apple_graph,
    fruit_graph,
    network_graph,
    neuron_graph,
    softmax_graph,
    softmax_loss_graph,
    two_ways_graph,
)
from twoapples.graphs.graph import Graph
from twoapples.graphs.steps import Stepper
from twoapples.widgets.graph_stepper import _geometry, step_graph


def make_network():
    rng = np.random.default_rng(5)
    layers = [
        Affine(rng.normal(size=(4, 5)), np.zeros(5)),
        ReLU(),
        Affine(rng.normal(size=(5, 3)), np.zeros(3)),
    ]
    x = rng.normal(size=(6, 2, 2))
    return network_graph(layers, SoftmaxWithLoss(), x, np.array([0, 1, 2, 0, 1, 2]))


EXAMPLES = {
    "apples": lambda: apple_graph(MulNode),
    "fruit": lambda: fruit_graph(MulNode, AddNode),
    "two ways": lambda: two_ways_graph(MulNode, AddNode, BranchNode),
    "neuron with sigmoid": lambda: neuron_graph(MulNode, AddNode, Sigmoid),
    "neuron with ReLU": lambda: neuron_graph(MulNode, AddNode, ReLU),
    "softmax with loss": lambda: softmax_loss_graph(SoftmaxWithLoss, np.array([2.0, 1, 0]), 0),
    "softmax in pieces": lambda: softmax_graph(MulNode, AddNode, BranchNode),
    "network": make_network,
}


def slider(stepper, label):
    return next(i for i, one in enumerate(stepper.sliders) if one.label == label)


def moved(stepper, **values):
    """Move some sliders by name; return values and gradients of all edges by name."""
    wanted = [one.value for one in stepper.sliders]
    for name, value in values.items():
        wanted[slider(stepper, name.replace("_", " "))] = value
    stepper.set(wanted)
    names = [edge.name for edge in stepper.graph.edges]
    walk = stepper.walk
    return dict(zip(names, walk.values, strict=True)), dict(zip(names, walk.gradients, strict=True))


def backward_words(stepper):
    return [step.words for step in stepper.walk.steps if step.kind == "backward"]


# --- the steps ----------------------------------------------------------------------------------


def test_the_apple_bill_step_by_step():
    walk = Stepper(apple_graph(MulNode)).walk
    assert [step.words for step in walk.steps] == [
        "The inputs are known: apple 100, count 2 and tax 1.1.",
        "Forward, ×: apple 100 and count 2 go in, price 200 comes out.",
        "Forward, ×: price 200 and tax 1.1 go in, total 220 comes out.",
        "The backward pass begins at the right end, with 1.",
        "Backward, ×: upstream 1, towards price 1 × 1.1 = 1.1 and towards tax 1 × 200 = 200.",
        "Backward, ×: upstream 1.1, towards apple 1.1 × 2 = 2.2 and towards count 1.1 × 100 = 110.",
    ]
    assert [step.operation for step in walk.steps] == [None, 0, 1, None, 1, 0]
    assert walk.problem is None


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_walks_to_its_end(name):
    graph = EXAMPLES[name]()
    walk = Stepper(graph).walk
    assert walk.problem is None
    assert len(walk.steps) == 2 * len(graph.operations) + 2
    assert all(walk.values)
    for edge, gradient in zip(graph.edges, walk.gradients, strict=True):
        assert bool(gradient) is not edge.constant
    notes = [f.note for step in walk.steps for f in step.factors]
    assert notes == [""] * len(notes)


def test_a_branch_adds_what_comes_back():
    stepper = Stepper(two_ways_graph(MulNode, AddNode, BranchNode))
    assert (
        "Backward, •: upstream 1 and 0.1, towards price 1 × 1 + 0.1 × 1 = 1.1."
        in backward_words(stepper)
    )


def test_softmax_in_pieces_gives_p_minus_t():
    scores = np.array([2.0, 1.0, 0.0])
    last = SoftmaxWithLoss()
    loss = last.forward(scores, 0)
    graph = softmax_graph(MulNode, AddNode, BranchNode, *scores)
    assert graph.forward() == pytest.approx(loss, abs=1e-6)
    gradients = graph.backward()
    assert list(gradients) == ["cat", "dog", "ship"]
    assert list(gradients.values()) == pytest.approx(list(last.backward()))


def test_a_network_shows_shapes_and_what_it_learns():
    walk = Stepper(make_network()).walk
    assert walk.notes == ["(4, 5), (5,)", "", "(5, 3), (3,)", ""]
    assert walk.values[:4] == ["(6, 2, 2)", "(6, 5)", "(6, 5)", "(6, 3)"]
    assert walk.gradients[:4] == walk.values[:4]
    assert walk.steps[-1].words == "Backward, Affine: upstream (6, 5), towards x (6, 2, 2)."


def test_a_vector_is_shown_whole_and_a_longer_array_by_its_shape():
    short = Stepper(softmax_loss_graph(SoftmaxWithLoss, np.array([2.0, 1, 0]), 0))
    assert short.walk.values == ["[2, 1, 0]", "0", "0.407606"]
    assert short.walk.gradients == ["[−0.335, 0.245, 0.09]", "", "1"]
    longer = Stepper(softmax_loss_graph(SoftmaxWithLoss, np.arange(5.0), 0))
    assert longer.walk.values[0] == "(5,)"


def test_one_object_in_two_places_is_one_in_the_walk_too():
    shared = MulNode()
    graph = Graph()
    apple, count, tax = graph.inputs(apple=100, count=2, tax=1.1)
    price = graph.apply(shared, apple, count, name="price")
    graph.apply(shared, price, tax, name="total")
    assert Stepper(graph).walk.gradients[:2] == ["1.21", "220"]


def test_a_graph_written_by_hand_is_shown_as_written():
    graph = Graph()
    apple, count = graph.inputs(apple=100, count=2)
    price = graph.apply("×", apple, count, name="price", value=200)
    stepper = Stepper(graph)
    assert [step.kind for step in stepper.walk.steps] == ["start", "forward"]
    assert stepper.sliders == []
    price.gradient, apple.gradient, count.gradient = 1, 2, 100
    walk = Stepper(graph).walk
    assert walk.gradients == ["2", "100", "1"]
    assert walk.steps[-1].words == "Backward, ×: upstream 1, towards apple 2 and towards count 100."


# --- what belongs to the learner ----------------------------------------------------------------


def test_the_graph_and_its_nodes_are_left_alone():
    graph = apple_graph(MulNode)
    stepper = Stepper(graph)
    moved(stepper, apple=150)
    assert [edge.value for edge in graph.edges] == [100, 2, 1.1, None, None]
    assert [edge.gradient for edge in graph.edges] == [None] * 5
    assert all(operation.node.x is None for operation in graph.operations)
    scores = np.array([2.0, 1.0, 0.0])
    stepper = Stepper(softmax_loss_graph(SoftmaxWithLoss, scores, 0))
    stepper.set([5.0, 1.0, 0.0])
    assert scores[0] == 2


def test_local_gradients_are_asked_of_a_copy():
    class Counting(MulNode):
        asked = 0

        def backward(self, dout):
            self.asked += 1
            return super().backward(dout)

    stepper = Stepper(apple_graph(Counting))
    assert [operation.node.asked for operation in stepper.graph.operations] == [1, 1]
    assert stepper.walk.steps[-1].factors[0].product == "1.1 × 2"


def test_a_node_that_cannot_be_copied_is_used_itself():
    class Stubborn(MulNode):
        def __deepcopy__(self, memo):
            raise TypeError("no copies")

    graph = apple_graph(Stubborn)
    stepper = Stepper(graph)
    assert stepper.walk.gradients[:3] == ["2.2", "110", "200"]
    assert stepper.graph.operations[0].node is graph.operations[0].node
    assert [factor.product for factor in stepper.walk.steps[-1].factors] == ["", ""]


# --- sliders ------------------------------------------------------------------------------------


def test_a_slider_recalculates_the_graph():
    stepper = Stepper(apple_graph(MulNode))
    values, gradients = moved(stepper, apple=150)
    assert (values["price"], values["total"]) == ("300", "330")
    # What lesson 03 says: the apple's own gradient stays, the other two follow its price.
    assert gradients == {
        "apple": "2.2", "count": "165", "tax": "300", "price": "1.1", "total": "1"
    }  # fmt: skip


def test_ranges_of_sliders():
    stepper = Stepper(neuron_graph(MulNode, AddNode, ReLU, w=1.5, x=2.0, b=-1.0))
    about = {one.label: (one.low, one.high, one.step, one.value) for one in stepper.sliders}
    assert about == {"w": (0, 3, 0.01, 1.5), "x": (0, 4, 0.01, 2), "b": (-2, 2, 0.01, -1)}
    stepper = Stepper(fruit_graph(MulNode, AddNode), {"apple_count": (0, 5, 1), "apple": (50, 300)})
    about = {one.label: (one.low, one.high, one.step) for one in stepper.sliders}
    assert about["apple count"] == (0, 5, 1)
    assert about["apple"] == (50, 300, 1)
    assert about["orange"] == (0, 300, 1)
    stepper = Stepper(softmax_loss_graph(SoftmaxWithLoss, np.array([2.0, 9.0, 0.0]), 0))
    about = [(one.label, one.low, one.high) for one in stepper.sliders]
    assert about == [("s[0]", -18, 18), ("s[1]", -18, 18), ("s[2]", -18, 18)]


def test_whole_numbers_stay_whole_and_values_stay_in_range():
    stepper = Stepper(apple_graph(MulNode))
    stepper.set([120.0, 1000.0, -5.0])
    count, tax = stepper.graph.edges[1].value, stepper.graph.edges[2].value
    assert (count, type(count)) == (10, int)
    assert (tax, type(tax)) == (0.0, float)


def test_wrong_ranges_and_values_are_refused_in_words():
    graph = apple_graph(MulNode)
    with pytest.raises(ValueError, match='no input is called "pear"; there are apple, count, tax'):
        Stepper(graph, {"pear": (0, 1)})
    with pytest.raises(ValueError, match="100 is not between 0 and 50"):
        Stepper(graph, {"apple": (0, 50)})
    with pytest.raises(ValueError, match="2 values for 3 sliders"):
        Stepper(graph).set([1.0, 2.0])


def test_what_the_lessons_say_about_the_sliders():
    # 03, the fruit: only the tax and the orange count follow the price of the orange
    stepper = Stepper(fruit_graph(MulNode, AddNode))
    _, before = moved(stepper)
    _, after = moved(stepper, orange=200)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"orange count", "tax"}
    # 03, the branch: with a rate of nothing only the first path counts
    _, gradients = moved(Stepper(two_ways_graph(MulNode, AddNode, BranchNode)), rate=0)
    assert gradients["apple"] == "2"
    # 03, the neuron: it wakes up where the score is no longer below nothing
    graph = Graph()
    w, x, b = graph.inputs(w=1.5, x=2, b=-1)
    (zero,) = graph.constants(zero=0)
    score = graph.apply(AddNode(), graph.apply(MulNode(), w, x, name="product"), b, name="score")
    graph.apply(MaxNode(), score, zero, name="out")
    stepper = Stepper(graph, {"b": (-6, 2, 0.1)})
    found = {at: moved(stepper, b=at)[1]["w"] for at in (-5, -3.1, -3, -2.9)}
    assert found == {-5: "0", -3.1: "0", -3: "2", -2.9: "2"}
    assert [one.label for one in stepper.sliders] == ["w", "x", "b"]
    # 05, the neuron: the gradient of the weight is largest where the score is 0
    stepper = Stepper(neuron_graph(MulNode, AddNode, Sigmoid), {"b": (-10, 10, 0.1)})
    sizes = {}
    for at in np.arange(-10, 10.01, 0.5):
        values, gradients = moved(stepper, b=at)
        sizes[values["s"]] = float(gradients["w"].replace("−", "-"))
    assert max(sizes, key=sizes.get) == "0"
    assert sizes["13"] < 1e-4 * sizes["0"]
    # 05, the last layer: the surer of the cat, the nearer to 0 all three gradients
    stepper = Stepper(softmax_loss_graph(SoftmaxWithLoss, np.array([2.0, 1.0, 0.0]), 0))
    tops = []
    for at in (2.0, 3.0, 5.0):
        stepper.set([at, 1.0, 0.0])
        gradient = stepper.graph.edges[0].gradient
        assert list(gradient > 0) == [False, True, True]
        tops.append(np.abs(gradient).max())
    assert tops == sorted(tops, reverse=True)


# --- what is wrong in a learner's node ----------------------------------------------------------


def test_a_stub_ends_the_walk_and_is_named():
    class MulNode:
        def forward(self, x, y):
            raise NotImplementedError()

    stepper = Stepper(apple_graph(MulNode))
    walk = stepper.walk
    assert [step.kind for step in walk.steps] == ["start"]
    assert walk.problem.operation == 0
    assert walk.problem.words.endswith("MulNode.forward is not written yet.")
    assert "raise NotImplementedError()" in walk.problem.traceback
    assert walk.values == ["100", "2", "1.1", "", ""]


def test_an_error_on_the_way_back_leaves_the_way_there():
    class MulNode:
        def forward(self, x, y):
            self.x, self.y = x, y
            return x * y

        def backward(self, dout):
            return dout * self.y, dout * self.z

    walk = Stepper(apple_graph(MulNode)).walk
    assert [step.kind for step in walk.steps] == ["start", "forward", "forward", "turn"]
    assert walk.problem.operation == 1
    assert walk.problem.words.startswith("AttributeError: ")
    assert "-> " in walk.problem.traceback
    assert "dout * self.z" in walk.problem.traceback
    assert walk.values[-1] == "220"


@pytest.mark.parametrize(
    ("forward", "backward", "said"),
    [
        (lambda x, y: None, None, "forward of Mul returned None. Is there a return in it?"),
        (lambda x, y: x, lambda d: None, "backward of Mul gave 1 results for 2 edges: None."),
        (lambda x, y: x, lambda d: (d, None), "backward of Mul returned None. Is there a return"),
        (lambda x, y: (x, y), None, "forward of Mul gave 2 results for 1 edges: (100, 2)."),
    ],
)
def test_an_answer_that_is_none_is_a_problem_too(forward, backward, said):
    class Mul:
        def forward(self, x, y):
            return forward(x, y)

        def backward(self, dout):
            return backward(dout)

    problem = Stepper(apple_graph(Mul)).walk.problem
    assert problem.words.startswith(said)
    assert problem.traceback == ""


def test_a_node_that_ignores_what_arrives_is_told_so():
    class MulNode:
        def forward(self, x, y):
            self.x, self.y = x, y
            return x * y

        def backward(self, dout):
            return self.y, self.x

    walk = Stepper(apple_graph(MulNode)).walk
    last, first = walk.steps[-1], walk.steps[-2]
    assert first.factors[0].note == ""  # upstream is 1: nothing shows
    assert last.factors[0].note == (
        "The node answers 2, and that is not 1.1 × 2: does its backward use what arrives from "
        "upstream?"
    )
    assert last.factors[0].note in last.words


def test_a_gradient_of_another_shape_is_told():
    class Flat:
        params = ()

        def forward(self, x):
            self.shape = x.shape
            return x.reshape(len(x), -1)

        def backward(self, dout):
            return dout

    graph = Graph()
    (x,) = graph.inputs(x=np.ones((6, 2, 2)))
    (t,) = graph.constants(t=np.zeros(6, int))
    graph.apply(SoftmaxWithLoss(), graph.apply(Flat(), x, name="s"), t, name="L")
    note = Stepper(graph).walk.steps[-1].factors[0].note
    assert note == "x has shape (6, 2, 2), and its gradient (6, 4): they should be alike."


def test_a_walk_goes_on_when_the_slider_leaves_the_trouble():
    class Inverse:
        def forward(self, x):
            self.out = 1 / x
            return self.out

        def backward(self, dout):
            return -dout * self.out**2

    graph = Graph()
    graph.apply(Inverse(), *graph.inputs(x=2.0), name="y")
    stepper = Stepper(graph)
    stepper.set([0.0])
    assert stepper.walk.problem.words.startswith("ZeroDivisionError")
    assert stepper.walk.values == ["0", ""]
    stepper.set([4.0])
    assert stepper.walk.problem is None
    assert stepper.walk.gradients == ["−0.0625", "1"]


# --- words --------------------------------------------------------------------------------------


def test_the_text_is_the_walk_and_is_the_same_every_time():
    text = step_graph(apple_graph(MulNode), title="Two apples").text()
    lines = text.splitlines()
    assert lines[0] == "Two apples"
    assert lines[3] == "2. Forward, ×: price 200 and tax 1.1 go in, total 220 comes out."
    assert len(lines) == 7
    assert repr(step_graph(apple_graph(MulNode), title="Two apples")) == text


def test_the_table_has_the_rows_of_the_lesson():
    found = step_graph(apple_graph(MulNode)).html()
    assert "<td>× → price</td><td>count</td><td>1.1</td><td>100</td><td>110</td>" in found
    assert found.count("<table ") == found.count("<caption>") == 2
    assert (
        '<th scope="row">2</th><td>× → total</td><td>price 200, tax 1.1</td><td>total 220</td>'
        in found
    )


def test_names_of_the_learner_are_no_markup():
    graph = Graph()
    graph.apply(MulNode(), *graph.inputs(**{"<b>": 1, "y": 2}), name="<i>z</i>")
    found = step_graph(graph, title="<script>").html()
    assert "<b>" not in found
    assert "<script>" not in found
    assert "&lt;i&gt;z" in found


def test_a_message_is_answered_with_a_frame(monkeypatch):
    widget = step_graph(apple_graph(MulNode), title="Two apples")
    frames = []
    monkeypatch.setattr(widget, "push", frames.append)
    widget.answer({"first": True})
    widget.answer({"values": [150, 2, 1.1]})
    first, second = frames
    assert first["heading"] == "Two apples"
    assert first["values"][-1] == "220"
    assert first["exact"] == ["", "", "", "", "220.00000000000003"]
    assert [one["label"] for one in first["sliders"]] == ["apple", "count", "tax"]
    assert second["values"][-1] == "330"
    assert "geometry" not in second
    assert second["total"] == len(second["steps"]) == 6
    assert second["broken"] is None


def test_switched_off_it_is_a_sentence_and_imports_nothing():
    code = (
        "import sys\n"
        "from twoapples.widgets import step_graph\n"
        "print(step_graph(None))\n"
        "print('anywidget' in sys.modules)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TWOAPPLES_WIDGETS": "off"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.startswith("step_graph: ")
    assert told.endswith("False\n")


# --- where everything stands --------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_overlaps_and_nothing_is_cut_off(name):
    assert_all_has_room(Stepper(EXAMPLES[name]()))


@pytest.mark.parametrize("name", EXAMPLES)
def test_lines_run_from_left_to_right_and_end_at_their_nodes(name):
    geometry = _geometry(Stepper(EXAMPLES[name]()).graph)
    for edge in geometry["edges"]:
        xs = [x for x, _ in edge["path"]]
        assert xs == sorted(xs)
        if edge["target"] is not None:
            node = geometry["nodes"][edge["target"]]
            x, y = edge["path"][-1]
            assert abs(y - node["y"]) <= geometry["radius"] + 0.2  # both are rounded
            assert node["x"] - node["half"] - 0.2 <= x <= node["x"]
