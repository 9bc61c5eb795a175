"""Measure how long a widget takes from a moved slider to the changed picture, in a real browser.

Opens JupyterLab in Chromium, shows every widget of the course, moves the first slider of each and
waits for the frame that answers; and counts the frames a second of the training explorer while it
trains a network of 2-16-16-3. Run it on a machine that does nothing else:

    .venv/bin/python benchmarks/widget_latency.py
    .venv/bin/python benchmarks/widget_latency.py --moves 20 explore_training explore_softmax

The goal: 50 ms median and 100 ms at the 95th percentile on two cores, and 20 frames a second.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from browser import new_page, run_chromium, run_lab  # noqa: E402
from widget_pages import WidgetNotebook, write_notebook  # noqa: E402

# A cell for each widget, with the reference solutions in the place of what learners write.
CELLS = {
    "explore_perceptron": "explore_perceptron()",
    "explore_xor": "explore_xor()",
    "explore_softmax": "explore_softmax(softmax=softmax, cross_entropy=cross_entropy)",
    "step_graph": """\
graph = Graph()
apple, count, tax = graph.inputs(apple=100, count=2, tax=1.1)
price = graph.apply(MulNode(), apple, count, name="price")
total = graph.apply(MulNode(), price, tax, name="total")
step_graph(graph)""",
    "explore_activations": "explore_activations()",
    "compare_learning_rates": "compare_learning_rates(NN_1layer)",
    "explore_fit": "explore_fit()",
    "draw_digit": "draw_digit(net)",
    "explore_training": """\
explore_training(
    "spirals", (16, 16), optimizer={"SGD": SGD, "Momentum": Momentum},
    layers={"Affine": Affine, "ReLU": ReLU, "SoftmaxWithLoss": SoftmaxWithLoss},
)""",
}
SETUP = """\
from solutions.graphs import *
from solutions.layers import Affine, ReLU, SoftmaxWithLoss
from solutions.one_layer import *
from solutions.softmax import *
from solutions.training import SGD, Momentum, TwoLayerNet, train
from twoapples.datasets import digits
from twoapples.graphs import Graph
from twoapples.widgets import *"""

PREPARE = """\
import numpy as np
figures = digits().split(test=0.2, rng=np.random.default_rng(0))
net = TwoLayerNet(64, 50, 10, weight_init_std=0.1, rng=np.random.default_rng(0))
train(net, SGD(0.5), figures.X_train / 16, figures.t_train, 5, 32, np.random.default_rng(0));"""

# Moves the first slider to and fro; gives the times until the picture has changed and is painted.
MOVE = """async ([panel, moves]) => {
    const input = panel.querySelector('input[type=range]:not(:disabled)');
    if (!input) return [];
    const [low, high] = [Number(input.min), Number(input.max)];
    const drawn = () => new Promise((go, late) => {
        const observer = new MutationObserver(() => { observer.disconnect(); go(); });
        observer.observe(panel, {attributes: true, attributeFilter: ['data-ta-frame']});
        setTimeout(() => late(new Error('no frame for 10 seconds')), 10000);
    });
    const times = [];
    for (let k = 0; k < moves; k += 1) {
        const share = 0.25 + 0.5 * ((k * 0.381966) % 1);
        const changed = drawn();
        const begin = performance.now();
        input.value = String(low + share * (high - low));
        input.dispatchEvent(new Event('input', {bubbles: true}));
        await changed;
        await new Promise(requestAnimationFrame);
        times.push(performance.now() - begin);
        await new Promise(go => setTimeout(go, 40));
    }
    return times;
}"""


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("widgets", nargs="*", help="all of them, if none is named")
    parser.add_argument("--moves", type=int, default=60, help="how often each slider is moved")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long frames are counted")
    options = parser.parse_args()
    unknown = set(options.widgets) - set(CELLS)
    if unknown:
        parser.error(f"no such widget: {', '.join(sorted(unknown))}")
    names = options.widgets or list(CELLS)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, ",
        end="",
    )
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder) / "course"
        course.mkdir()
        (course / "solutions").symlink_to(ROOT / "solutions")
        cells = {"setup": SETUP, "prepare": PREPARE, **{name: CELLS[name] for name in names}}
        write_notebook(course / "widgets.ipynb", cells)
        with run_lab(course, Path(folder)) as lab, run_chromium() as chromium:
            print(f"Chromium {chromium.version}")
            page = new_page(chromium, viewport={"width": 1280, "height": 1000})
            notebook = WidgetNotebook(page, lab, "widgets.ipynb")
            notebook.run("setup")
            notebook.run("prepare")
            for name in names:
                measure(notebook, name, options)


def measure(notebook: WidgetNotebook, name: str, options: Any) -> None:
    """Measure one widget, and print its row."""
    try:
        widget = notebook.widget(name)
    except TimeoutError as error:
        print(f"{name:24} {error}")
        return
    widget.panel.evaluate(f"panel => ({MOVE})([panel, 5])")  # the first ones are slower
    times = widget.panel.evaluate(f"(panel, n) => ({MOVE})([panel, n])", options.moves)
    if times:
        times.sort()
        median, late = statistics.median(times), times[int(0.95 * (len(times) - 1))]
        print(f"{name:24} median {median:4.0f} ms   p95 {late:4.0f} ms   {len(times)} moves")
    else:
        print(f"{name:24} has no slider that answers")
    if name == "explore_training":
        widget.press("play")
        time.sleep(1)
        before, begin = widget.frames(), time.perf_counter()
        time.sleep(options.seconds)
        rate = (widget.frames() - before) / (time.perf_counter() - begin)
        widget.press("play")
        print(f"{'  while it trains':24} {rate:.1f} frames a second")


if __name__ == "__main__":
    main()
