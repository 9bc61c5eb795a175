"""Pictures of computational graphs: what they hold, what they say, and that nothing overlaps."""

import itertools

import matplotlib.pyplot as plt
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from twoapples import figures
from twoapples.graphs import describe, draw, draw_differences, drawing
from twoapples.graphs.graph import Graph
from twoapples.graphs.layout import layout
from twoapples.plots import style


class Times:
    def forward(self, x, y):
        self.inputs = (x, y)
        return x * y

    def backward(self, dout):
        x, y = self.inputs
        return dout * y, dout * x


class Plus:
    def forward(self, x, y):
        return x + y

    def backward(self, dout):
        return dout, dout


class BranchNode:
    def __init__(self, n):
        self.n = n

    def forward(self, x):
        return (x,) * self.n

    def backward(self, douts):
        return sum(douts)


class MulNode(Times):
    """Has the name that a learner's class has."""


class AddNode(Plus):
    """Has the name that a learner's class has."""


def apple_graph():
    graph = Graph()
    apple, count, tax = graph.inputs(apple=100, count=2, tax=1.1)
    price = graph.apply(MulNode(), apple, count, name="price")
    graph.apply(MulNode(), price, tax, name="total")
    return graph


def fruit_graph():
    graph = Graph()
    apple, apple_count, orange, orange_count, tax = graph.inputs(
        apple=100, apple_count=2, orange=150, orange_count=3, tax=1.1
    )
    apples = graph.apply(MulNode(), apple, apple_count, name="apples")
    oranges = graph.apply(MulNode(), orange, orange_count, name="oranges")
    price = graph.apply(AddNode(), apples, oranges, name="price")
    graph.apply(MulNode(), price, tax, name="total")
    return graph


def branch_graph():
    graph = Graph()
    apple, count, rate = graph.inputs(apple=100, count=2, rate=0.1)
    price = graph.apply(MulNode(), apple, count, name="price")
    one, two = graph.apply(BranchNode(2), price, name=("price", "price"))
    tax = graph.apply(MulNode(), two, rate, name="tax")
    graph.apply(AddNode(), one, tax, name="total")
    return graph


GRAPHS = [apple_graph, fruit_graph, branch_graph]


@pytest.fixture
def shown(monkeypatch):
    """Catch what is shown, as pairs of figure and alternative text."""
    pairs = []
    monkeypatch.setattr(style, "show", lambda fig, alt: pairs.append((fig, alt)))
    yield pairs
    assert plt.get_fignums() == []


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def test_values_and_gradients_come_from_the_node_objects():
    graph = apple_graph()
    assert graph.forward() == 220.00000000000003
    gradients = graph.backward()
    assert gradients == {"apple": 2.2, "count": 110.00000000000001, "tax": 200}


def test_a_shared_node_object_is_not_repaired():
    shared = MulNode()
    graph = Graph()
    apple, count, tax = graph.inputs(apple=100, count=2, tax=1.1)
    graph.apply(shared, graph.apply(shared, apple, count, name="price"), tax, name="total")
    graph.forward()
    assert graph.backward() == pytest.approx({"apple": 1.21, "count": 220, "tax": 200})


def test_branches_get_their_gradients_added():
    graph = branch_graph()
    assert graph.forward() == 220
    assert graph.backward() == pytest.approx({"apple": 2.2, "count": 110, "rate": 200})


def test_an_input_can_be_changed_and_the_graph_calculated_again():
    graph = apple_graph()
    graph.forward()
    graph.edges[0].value = 200
    assert graph.forward() == pytest.approx(440)


def test_the_picture_shows_values_and_marks_gradients_without_colour(shown):
    graph = apple_graph()
    graph.forward()
    graph.backward()
    draw(graph, title="Two apples")
    ((figure, _),) = shown
    labels = texts(figure)
    assert {"100", "2", "1.1", "price = 200", "220", "total", "Two apples"} <= set(labels)
    assert {"← 2.2", "← 110", "← 200", "← 1.1", "← 1"} <= set(labels)
    styles = {t.get_text(): t.get_style() for t in figure.axes[0].texts}
    assert styles["← 110"] == "italic"
    assert styles["220"] == "normal"


def test_the_alternative_text_says_what_the_picture_shows(shown):
    graph = apple_graph()
    graph.forward()
    graph.backward()
    draw(graph)
    draw(graph, alt="Something else.")
    (_, alt), (_, other) = shown
    assert alt == describe(graph)
    assert "apple (100) and count (2) go into times, out comes price (200)." in alt
    assert alt.endswith("Gradients of total: total 1, price 1.1, tax 200, count 110, apple 2.2.")
    assert other == "Something else."


@pytest.mark.parametrize("make", GRAPHS)
def test_no_two_labels_overlap_and_all_are_inside(make, shown):
    graph = make()
    graph.forward()
    graph.backward()
    draw(graph, title="A heading")
    ((figure, _),) = shown
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = {
        text: text.get_window_extent(renderer) for text in figure.axes[0].texts if text.get_text()
    }
    for (a, box), (b, other) in itertools.combinations(boxes.items(), 2):
        assert not box.overlaps(other), f"{a.get_text()} overlaps {b.get_text()}"
    for text, box in boxes.items():
        assert figure.bbox.containsx(box.x0), f"{text.get_text()} is cut off"
        assert figure.bbox.containsx(box.x1), f"{text.get_text()} is cut off"
        assert text.get_fontsize() >= 10


@pytest.mark.parametrize("make", GRAPHS)
def test_every_operation_stands_to_the_right_of_its_inputs(make):
    graph = make()
    places = layout(graph)
    for operation in graph.operations:
        for edge in operation.inputs:
            if edge.source:
                assert places.centres[edge.source][0] < places.centres[operation][0]


def test_colours_of_small_text_have_enough_contrast():
    def luminance(colour):
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for colour in (drawing.VALUE, drawing.GRADIENT, drawing.INK):
        assert (luminance(drawing.PAPER) + 0.05) / (luminance(colour) + 0.05) >= 4.5


def test_a_value_in_two_places_is_refused_with_the_way_out():
    graph = Graph()
    (x,) = graph.inputs(x=3)
    graph.apply("f", x, name="y")
    with pytest.raises(ValueError, match="BranchNode"):
        graph.apply("g", x, name="z")


def test_a_node_with_the_wrong_number_of_gradients_is_named():
    class AddNode(Plus):
        def backward(self, dout):
            return dout

    graph = Graph()
    graph.apply(AddNode(), *graph.inputs(x=1, y=2), name="out")
    graph.forward()
    with pytest.raises(ValueError, match=r"backward of \+ gave 1 results for 2 edges"):
        graph.backward()


def test_a_graph_needs_one_output_and_no_idle_input(shown):
    graph = apple_graph()
    graph.inputs(pear=80)
    with pytest.raises(ValueError, match="pear"):
        draw(graph)
    with pytest.raises(ValueError, match="one output"):
        _ = Graph().output


def test_focus_leaves_one_operation_bright(shown):
    graph = apple_graph()
    graph.forward()
    draw(graph, focus=graph.output)
    ((figure, alt),) = shown
    assert alt.endswith("but the operation that gives total, and its edges.")
    colours = {t.get_text(): t.get_color() for t in figure.axes[0].texts}
    assert colours["100"] == drawing.FAINT
    assert colours["1.1"] == drawing.VALUE


def test_the_reader_s_style_changes_no_picture(monkeypatch):
    pictures = []
    monkeypatch.setattr(figures, "display", pictures.append)
    graph = apple_graph()
    graph.forward()
    for name in ("default", "dark_background"):
        with plt.style.context(name):
            draw(graph, title="Two apples")
            draw_differences(lambda x: x**3, lambda x: 3 * x**2, x=2.0)
    assert len({picture.png for picture in pictures}) == 2
    assert pictures[0].png == pictures[2].png and pictures[1].png == pictures[3].png


def test_differences_show_both_errors(shown):
    draw_differences(lambda x: x**3, lambda x: 3 * x**2, x=2.0, h=1.0)
    ((figure, alt),) = shown
    left, right = figure.axes
    assert "of slopes 19 and 13" in alt
    assert [left.get_xlabel(), right.get_xlabel()] == ["x", "step h"]
    forward, central = (dict(zip(*line.get_data(), strict=True)) for line in right.lines)
    assert forward[1.0] == 7
    assert central[1.0] == 1
    assert min(central, key=central.get) < 1e-4  # from there on rounding takes over
