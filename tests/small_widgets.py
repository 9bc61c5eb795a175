"""What the tests of small widgets share: a learner's functions, and messages to a panel."""

import numpy as np

from solutions import perceptron as reference
from twoapples.datasets import gates

OR = gates().OR
HALF = np.array([0.5, 0.5])
OWN = {
    "perceptron": reference.perceptron,
    "perceptron_loss": reference.perceptron_loss,
    "delta_rule": reference.delta_rule,
}


def some_lines(count=100):
    rng = np.random.default_rng(1)
    return [(values[:2], float(values[2])) for values in rng.normal(size=(count, 3))]


def stub(*args):
    raise NotImplementedError


def sent(panel, message):
    """Return what a panel sends for a message: the header, the arrays, and the problem if any."""
    found = []
    panel.send = lambda content, buffers=None: found.append((content, buffers))
    panel._receive(panel, {"ta": "ask", "n": 1, "message": message}, [])
    frames = [(c, b) for c, b in found if c["ta"] == "frame"]
    problems = [c["problem"] for c, _ in found if c["ta"] == "problem" and c["problem"]]
    assert found[-1][0] == {"ta": "done", "n": 1}
    assert len(frames) == 1
    content, buffers = frames[0]
    arrays = {}
    for about, data in zip(content["arrays"], buffers, strict=True):
        kind = "u1" if about["dtype"] == "uint8" else "<f4"
        arrays[about["name"]] = np.frombuffer(data, dtype=kind).reshape(about["shape"])
    return content["header"], arrays, problems[-1] if problems else None


def watch(panel, monkeypatch):
    """Return a function that tells the panel something, and the list of what it then pushes."""
    pushed = []
    monkeypatch.setattr(panel, "push", lambda header, **arrays: pushed.append((header, arrays)))
    return lambda **message: panel._answer(message, None), pushed


def check_text(kind, make):
    """Assert that a widget says in a text and in a table what it shows, each time the same."""
    first, second = make(), make()
    assert first.kind == kind
    assert first.text() == second.text()
    assert len(first.text().splitlines()) > 4
    assert "<table" in first.html() and "<caption>" in first.html()
