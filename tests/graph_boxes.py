"""Whether everything that a graph stepper draws has room: estimates, without a browser."""

import itertools

from twoapples.widgets.graph_stepper import _geometry


def boxes(stepper):
    """Return the rectangles of all that is written and drawn, in CSS pixels, as estimates."""
    walk = stepper.walk
    geometry = _geometry(stepper.graph, any(walk.notes), stepper.digits)
    found = {}

    def text(name, words, x, y, size=14, anchor="middle"):
        width = 0.53 * size * len(words)  # of letters and digits in a sans serif
        left = {"middle": x - width / 2, "end": x - width, "start": x}[anchor]
        found[name] = (left, y - 0.45 * size, left + width, y + 0.45 * size)

    for i, edge in enumerate(geometry["edges"]):
        named = edge["source"] is not None and edge["target"] is not None
        value = f"{edge['name']} = {walk.values[i]}" if named else walk.values[i]
        text(f"value {i}", value, edge["middle"], edge["level"] - 13)
        if not edge["constant"]:
            text(f"gradient {i}", f"← {walk.gradients[i]}", edge["middle"], edge["level"] + 14)
        if edge["source"] is None:
            text(f"name {i}", edge["name"], edge["start"], edge["level"], anchor="end")
        if edge["target"] is None:
            text(f"name {i}", edge["name"], edge["end"] + 4, edge["level"], anchor="start")
    for i, node in enumerate(geometry["nodes"]):
        x, y, half = node["x"], node["y"], node["half"]
        found[f"node {i}"] = (x - half, y - geometry["radius"], x + half, y + geometry["radius"])
        if walk.notes[i]:
            up = geometry["radius"] + 14
            text(f"params {i}", f"params {walk.notes[i]}", x, y - up - 15, 12)
            text(f"grads {i}", f"← grads {walk.notes[i]}", x, y - up, 12)
    for step in walk.steps:
        inputs = geometry["nodes"][step.operation]["inputs"] if step.kind == "backward" else []
        for i, factor in zip(inputs, step.factors, strict=True):
            if factor.product and len(factor.product) + 2 <= 17:
                edge = geometry["edges"][i]
                text(f"product {i}", f"= {factor.product}", edge["middle"], edge["level"] + 30, 12)
    return geometry, found


def is_note(name):
    return name.startswith(("params", "grads"))


def assert_all_has_room(stepper):
    """Assert that nothing in a stepper's picture overlaps and that nothing is cut off."""
    geometry, found = boxes(stepper)
    for (a, one), (b, other) in itertools.combinations(found.items(), 2):
        # Notes at a node must not look as if they were an edge's labels.
        far = 9 * (is_note(a) != is_note(b) and "node" not in (a + b))
        gaps = one[0] - other[2], other[0] - one[2], one[1] - other[3], other[1] - one[3]
        assert max(gaps) >= far, f"{a} overlaps {b}"
    for a, (left, top, right, bottom) in found.items():
        assert left >= 0 and right <= geometry["width"], f"{a} is cut off"
        assert top >= 0 and bottom <= geometry["height"] - 24, f"{a} is cut off"
    for i, edge in enumerate(geometry["edges"]):
        level = [x for x, y in edge["path"] if y == edge["level"]]
        for a, (left, top, right, bottom) in found.items():
            own = a in (f"node {edge['source']}", f"node {edge['target']}")
            beside = max(level) <= left or right <= min(level)
            assert own or beside or not top < edge["level"] < bottom, f"line {i} runs through {a}"
