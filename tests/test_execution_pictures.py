"""Plots that are drawn once for a class: the same pictures, and nobody can change another's."""

from __future__ import annotations

import ast
import base64
import sys
import time

import numpy as np
import pytest
from execution_pairs import (
    PATIENT,
    ROOT,
    forked,
    in_kernel,
    notebook,
    patient_drawing,
    result,
    shown,
    text,
)

from grader.execution import Limits, can_fork
from grader.execution.forked import ForkedExecutor
from grader.execution.picture_cache import PictureCache
from grader.inside import plots as pictures
from grader.inside.plots import NotPlainError, as_data, from_data
from twoapples.graphs import drawing  # noqa: F401  (its plots are among those of the course)
from twoapples.plots import softmax, style

pytestmark = pytest.mark.slow

PLOT = "from twoapples.plots import loss_curve\nloss_curve([3.0, 2.0, {}])"


@pytest.fixture
def executor():
    if not can_fork():
        pytest.skip("processes are forked on Linux only")
    with patient_drawing(), ForkedExecutor(PATIENT) as executor:
        yield executor


@pytest.fixture(scope="module")
def shared():
    """An executor for tests that do not count."""
    if not can_fork():
        pytest.skip("processes are forked on Linux only")
    with patient_drawing(), ForkedExecutor(PATIENT) as executor:
        yield executor


def pngs(cells):
    return [o.data["image/png"] for cell in cells for o in cell.outputs if "data" in o]


# Arguments


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        2.5,
        "a text",
        [1, (2.0, "x")],
        {"a": [1], 2: {"b": (1,)}},
        np.float32(0.1),
        np.int64(-3),
        np.bool_(True),
        (),
        slice(None),
        {"x": (slice(1, None, 2), 0)},
    ],
)
def test_plain_values_come_back_with_their_types(value):
    again = from_data(as_data(value))
    assert type(again) is type(value)
    assert again == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), -0.0, 1e-300])
def test_floats_come_back_to_the_last_bit(value):
    assert repr(from_data(as_data(value))) == repr(value)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(12)[::-2],
        np.array(2.0),
        np.zeros((0, 3)),
        np.array([np.nan, 1.0]),
        np.array([True, False]),
        np.arange(3, dtype=np.uint8),
    ],
)
def test_arrays_come_back(array):
    again = from_data(as_data(array))
    assert (again.dtype, again.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(again, array)
    again[...] = 0  # a plot may write into what it is given


class Numbers(list):
    pass


@pytest.mark.parametrize(
    "value",
    [
        len,
        object(),
        Numbers([1]),
        np.array([None]),
        np.ma.array([1.0]),
        np.array(["a"]),
        {1, 2},
        1j,
        [lambda: 0],
        slice(object()),
    ],
)
def test_what_is_more_than_plain_is_not_sent(value):
    with pytest.raises(NotPlainError):
        as_data(value)


# Pictures


def test_a_picture_is_drawn_once_and_is_the_one_that_is_drawn_otherwise(executor):
    given = notebook(PLOT.format("1.0"), PLOT.format("1.5"), PLOT.format("1.0"))
    first = forked(executor, given)
    again = forked(executor, given)
    cache = executor._pictures
    assert (cache.drawn, cache.found) == (2, 4)
    one, other, same = pngs(first.notebook.cells)
    assert one == same != other
    assert [shown(cell) for cell in again.notebook.cells] == [
        shown(cell) for cell in first.notebook.cells
    ]
    executor._pictures = None  # now a request is no message, so that this would die if one came
    here = "from twoapples.plots import style\nstyle.shown_elsewhere = None"
    own = forked(executor, notebook(here, *(cell.source for cell in given.cells)))
    assert own.incidents == []
    assert pngs(own.notebook.cells) == [one, other, one]


CELLS = {
    "error": "from twoapples.plots import loss_curve\nloss_curve([])",
    "shapes": "from twoapples.plots import softmax_bars\nsoftmax_bars([1, 2], [1])",
    "not a number": "import numpy as np\nfrom twoapples.plots import minus_log_curve\n"
    "minus_log_curve([0.0])",
    "callable": "import math\nfrom twoapples.plots import tangent_line\n"
    "tangent_line(math.sin, 0, 1)",
    "object": "class L(list): pass\nfrom twoapples.plots import loss_curve\nloss_curve(L([1, 2]))",
    "large": "import numpy as np\nfrom twoapples.plots import loss_curve\n"
    "loss_curve(np.ones(300_000))",
    "keywords": "from twoapples.plots import loss_curve\nloss_curve(losses=(1, 2), xlabel='a')",
}
GRAPH = """
import numpy as np
from twoapples.graphs import Graph, draw, draw_differences
from twoapples.checking.nodes import GraphNode
from twoapples.plots import activation_histograms, array_picture, recorded_graph

class MulNode:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, dout):
        return dout * self.y, dout * self.x

def bill(tax=1.1):
    graph = Graph()
    apple, count, rate = graph.inputs(apple=100, count=2, tax=tax)
    price = graph.apply(MulNode(), apple, count, name="price")
    total = graph.apply(MulNode(), price, rate, name="total")
    return graph, total

class Value:
    def __init__(self, data, grad=0.0, parents=()):
        self.data, self.grad, self.parents = data, grad, parents
"""
# Plots that are called with objects and functions of a learner's.
OF_OBJECTS = {
    "graph": "draw(bill()[0], title='without numbers')",
    "values": "graph, total = bill()\ngraph.forward()\ngraph.backward()\ndraw(graph)",
    "focus": "draw(graph, focus=total, title='One node')",
    "layers": "graph = Graph()\nx, t = graph.inputs(x='(3, 4)', t='(3,)')\n"
    "graph.apply('SoftmaxWithLoss', x, t, name='L', value='$f(x)$')\ndraw(graph, 'a text')",
    "differences": "draw_differences(lambda x: x**3, lambda x: 3 * x**2, x=2.0)",
    "nodes": "x = GraphNode('x')\ny = GraphNode('y', [x, x])\n"
    "recorded_graph([x, y, GraphNode('z', [y, x])], title='Three nodes')",
    "record": "a = Value(3.0, 5.0)\nb = Value(np.float64(-1.5), 1.0, (a, a))\n"
    "recorded_graph([a, b], {a: 'a'})",
    "marks": "array_picture(('x', np.eye(2)), marks={'x': (slice(None), 0)})",
    "many outputs": "activation_histograms({'a': [np.linspace(0, 1, 300_000)] * 2})",
}
OF_OBJECTS_WRONG = {
    "idle input": "graph, _ = bill()\ngraph.inputs(pear=80)\ndraw(graph)",
    "no formula": "graph, _ = bill('$\\\\nothing$')\ndraw(graph)",
    "no letter": "draw(bill()[0], title='\\uac00')",  # Matplotlib's font has none: it warns
    "no node": "recorded_graph([1, 2])",
    "not before": "x = GraphNode('x')\nrecorded_graph([GraphNode('y', [x]), x])",
    "no number": "recorded_graph([Value('three')])",
    "no curve": "draw_differences(lambda x: 1, lambda x: 0, x=2.0)",
    "no function": "draw_differences(2, lambda x: 0, x=2.0)",
    "text of its own": "class T(str): pass\ngraph = Graph()\nx, = graph.inputs(x=1)\n"
    "graph.apply('f', x, name=T('out'))\ndraw(graph)",
}


def test_every_kind_of_call_shows_what_a_kernel_shows(shared):
    calls = {**CELLS, **OF_OBJECTS, **OF_OBJECTS_WRONG}
    given = notebook(GRAPH, *calls.values())
    ours, kernel = forked(shared, given), in_kernel(given)
    assert ours.incidents == []
    cells = zip(calls, ours.notebook.cells[1:], kernel.notebook.cells[1:], strict=True)
    for kind, here, there in cells:
        assert here.outputs, kind
        assert shown(here) == shown(there), kind


def test_plots_of_objects_and_functions_are_drawn_once_as_well(executor):
    given = notebook(GRAPH, *OF_OBJECTS.values())
    count = len(OF_OBJECTS)
    first = forked(executor, given)
    cache = executor._pictures
    assert (cache.drawn, cache.found) == (count, 0)
    assert len(set(pngs(first.notebook.cells))) == count
    again = forked(executor, given)
    assert (cache.drawn, cache.found) == (count, count)
    assert not any(len(reply) < 100 for reply in cache._replies.values())  # a picture, each of them
    assert [shown(cell) for cell in again.notebook.cells] == [
        shown(cell) for cell in first.notebook.cells
    ]


def test_a_process_that_the_submission_forked_draws_for_itself(shared):
    given = notebook(
        "import os\nfrom twoapples.plots import loss_curve\n"
        "if os.fork() == 0:\n    loss_curve([3.0, 4.0])\n    os._exit(0)\n"
        "os.wait()[1]",
        PLOT.format("0.5"),
    )
    execution = forked(shared, given)
    assert execution.incidents == []
    assert result(execution.notebook.cells[0]) == ["0"]
    assert len(pngs(execution.notebook.cells[1:])) == 1


# Hostile submissions

HONEST = PLOT.format("0.25")
ASK = """
from grader.inside import wire
import twoapples.plots.style as style
outlet = style.shown_elsewhere.__closure__[0].cell_contents
connection = next(c.cell_contents for c in style.shown_elsewhere.__closure__
                  if hasattr(c.cell_contents, "connection")).connection
def ask(*request):
    connection.sendall(wire.pack(["draw", *request]))
    return wire.receive(connection)
"""


SPOIL = """
import matplotlib.axes, twoapples.figures, twoapples.plots.softmax as s
import twoapples.plots.style as style
style.PALETTE[:] = ["red"] * 8
s.BLUE = "red"
matplotlib.axes.Axes.plot = lambda *a, **k: None
style.plots.clear()
"""
ALONE = "style.shown_elsewhere = None\n"
# The honest submission's very question, with something more or something else.
LIES = """
import base64
module, name = "twoapples.plots.softmax", "loss_curve"
given, none = {"tuple": [{"list": [3.0, 2.0, 0.25]}]}, {"dict": []}
lie = ["drawn", 100, "a lie", base64.b64encode(b"no picture").decode()]
told = [ask(*request)[0] for request in (
    [module, name, given, {"dict": [["xlabel", "a lie"]]}],
    [module, name, {"tuple": [{"list": [3.0, 2.0, 9.0]}]}, none],
    [module, "minus_log_curve", {"tuple": [{"list": [0.5]}]}, none],
    [module, name, given, none, lie],
    [module, name, given, none, *lie],
    [module, name, given],
    lie,
)]
print(told)
"""


def honest(executor):
    """Return the picture that an honest submission has now."""
    return pngs(forked(executor, notebook(HONEST)).notebook.cells)


def test_a_submission_cannot_change_what_others_are_shown(executor):
    execution = forked(executor, notebook(ASK + LIES, SPOIL + HONEST, ALONE + HONEST))
    after = forked(executor, notebook(HONEST)).notebook.cells[0]
    executor._pictures = PictureCache()
    assert shown(after) == shown(forked(executor, notebook(HONEST)).notebook.cells[0])
    # It did what it is meant to: three questions were answered, and in its own process the plot is
    # another.
    assert execution.incidents == []
    assert text(execution.notebook.cells[0]).count("drawn") == 3
    assert pngs(execution.notebook.cells[2:]) not in ([], pngs([after]))


def test_one_that_has_no_time_left_does_not_spoil_a_picture_for_others(monkeypatch):
    import grader.execution.picture_cache as module

    monkeypatch.setattr(module, "DRAW_SECONDS", 10)
    monkeypatch.setattr(module, "_draw", lambda nursery, data, seconds: None)
    cache = PictureCache()
    request = ["twoapples.plots.softmax", "loss_curve", [], {}]
    now = time.monotonic()
    assert cache.reply(request, None, now + 1) == module._NO
    monkeypatch.setattr(module, "_draw", lambda nursery, data, seconds: b"a picture")
    assert cache.reply(request, None, now + 100) == b"a picture"
    # One that takes longer than any may is not tried again.
    monkeypatch.setattr(module, "_draw", lambda nursery, data, seconds: None)
    slow = ["twoapples.plots.softmax", "loss_curve", [1], {}]
    assert cache.reply(slow, None, now + 100) == module._NO
    monkeypatch.setattr(module, "_draw", lambda nursery, data, seconds: b"a picture")
    assert cache.reply(slow, None, now + 100) == module._NO


@pytest.mark.parametrize(
    "request_",
    [
        "'os', 'system', {'list': ['touch /tmp/x']}, {'dict': []}",
        "'twoapples.plots.style', 'in_style', {'tuple': [1]}, {'dict': []}",
        "'twoapples.plots.softmax', 'np.save', {'tuple': ['x']}, {'dict': []}",
        "'twoapples.plots.softmax', 'loss_curve', {'tuple': []}, {'dict': []}",
        "'twoapples.plots.softmax', 'loss_curve', {'array': ['O', [1], 'AAAA']}, {'dict': []}",
        "'twoapples.plots.softmax', 'loss_curve', {'tuple': []}",
        "1, 2, 3, 4",
        "*range(100)",
        "'twoapples.graphs.drawing', 'graph_parts', {'tuple': [1]}, {'dict': []}",
        "'twoapples.graphs.drawing', 'graph_picture', {'tuple': [1, 'x']}, {'dict': []}",
        "['a'], {'b': 1}, {'tuple': []}, {'dict': []}",
        "'x' * 3_000_000, 'loss_curve', {'tuple': []}, {'dict': []}",
    ],
)
def test_a_request_that_is_no_plot_gets_no(request_, shared):
    execution = forked(shared, notebook(ASK + f"ask({request_})", "41 + 1"))
    assert result(execution.notebook.cells[0]) == ["['no']"]
    assert result(execution.notebook.cells[1]) == ["42"]
    assert execution.incidents == []


def test_nothing_but_plots_is_called(tmp_path, monkeypatch):
    with pytest.raises(ValueError):
        pictures._draw("os", "mkdir", [str(tmp_path / "made")], {})
    assert not (tmp_path / "made").exists()
    # In each module that holds plots, everything that is none: helpers, what it imports, and what
    # only looks like one.
    called = []
    refused = 0
    for module in sorted({module for module, _ in style.plots}):
        names = vars(sys.modules[module])
        for name in [*names, "no_plot"]:
            if (module, name) in style.plots:
                continue

            def stub(*arguments, what=(module, name)):
                called.append(what)

            stub.__wrapped__ = stub
            with monkeypatch.context() as patched:
                patched.setitem(names, name, stub)
                with pytest.raises(ValueError):
                    pictures._draw(module, name, ["x"], {})
            refused += 1
    assert called == [] and refused > 100
    width, alternative, png = pictures._draw(softmax.__name__, "loss_curve", [[2.0, 1.0]], {})
    assert width and "ends at 1" in alternative and base64.b64decode(png).startswith(b"\x89PNG")


def test_the_plots_are_those_of_the_course():
    marked = {
        (".".join(path.relative_to(ROOT).with_suffix("").parts), item.name)
        for path in sorted((ROOT / "twoapples").rglob("*.py"))
        for item in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(item, ast.FunctionDef)
        and any(isinstance(d, ast.Name) and d.id == "in_style" for d in item.decorator_list)
    }
    assert {
        ("twoapples.graphs.drawing", "graph_picture"),
        (softmax.__name__, "loss_curve"),
    } < marked
    assert set(style.plots) == marked
    assert all(plot.__wrapped__.__name__ == name for (_, name), plot in style.plots.items())


def test_whoever_does_not_read_the_answers_ends_alone(executor):
    many = f"""{ASK}
data = wire.pack(["draw", "twoapples.plots.softmax", "loss_curve",
                  {{"tuple": [{{"list": [1.0, 2.0]}}]}}, {{"dict": []}}])
while True:
    connection.sendall(data)
"""
    execution = forked(executor, notebook(many, "'never'"))
    assert execution.died
    assert len(honest(executor)) == 1


def test_a_plot_that_takes_long_is_interrupted_like_a_cell():
    limits = Limits(cell_seconds=2, total_seconds=20)
    slow = "import numpy as np\nfrom twoapples.plots import digit_grid\n" \
        "digit_grid(np.ones((400, 64)))\n"  # fmt: skip
    with ForkedExecutor(limits) as executor:
        execution = forked(executor, notebook(slow * 30, "1 + 1"))
        assert any("stopped after 2 s" in note for note in execution.incidents)
        assert result(execution.notebook.cells[1]) == ["2"]


def test_the_oldest_pictures_are_forgotten():
    class Nursery:
        pass

    cache = PictureCache(most_bytes=100)
    drawn = []

    def draw(nursery, data, seconds):
        drawn.append(data)
        return b"x" * 40

    import grader.execution.picture_cache as module

    before, module._draw = module._draw, draw
    try:
        for name in "abcab":
            cache.reply([name, "", [], {}], Nursery(), float("inf"))
    finally:
        module._draw = before
    # Room for two: a and b went when c and a came.
    assert [data[6:7] for data in drawn] == [b"a", b"b", b"c", b"a", b"b"]
    assert len(cache._replies) == 2


def test_pictures_are_whole_pngs(shared):
    (png,) = honest(shared)
    assert base64.b64decode(png).startswith(b"\x89PNG") and base64.b64decode(png)[-8:-4] == b"IEND"
