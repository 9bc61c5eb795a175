"""What all widgets share, without a browser: messages, errors, tasks, text; nothing when off."""

import asyncio
import json
import linecache
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from twoapples.checking.learner_errors import learner_traceback, sentence
from twoapples.widgets import base
from twoapples.widgets.base import Panel, css, esm


class Parabola(Panel):
    kind = "parabola"
    _esm = "export default {}"

    def answer(self, message):
        a = message.get("a", 1.0)
        if a == "stub":
            raise NotImplementedError
        x = np.array([0.0, 1.0, 2.0])
        self.push({"a": a, "size": np.float64(a) * 2}, y=a * x**2, mask=x > 0)

    def text(self):
        return "The parabola <y = x²>."


@pytest.fixture
def panel():
    made = Parabola()
    made.sent = []
    made.send = lambda content, buffers=None: made.sent.append((content, buffers))
    yield made
    made.close()


def ask(panel, number=1, **message):
    panel._receive(panel, {"ta": "ask", "n": number, "message": message}, None)


# Messages -----------------------------------------------------------------------------------------


def test_a_frame_is_a_header_and_bytes(panel):
    ask(panel, a=3.0)
    (frame, buffers), (done, _) = panel.sent
    assert frame["header"] == {"a": 3.0, "size": 6.0}
    assert frame["arrays"] == [
        {"name": "y", "shape": [3], "dtype": "float32"},
        {"name": "mask", "shape": [3], "dtype": "uint8"},
    ]
    np.testing.assert_array_equal(np.frombuffer(buffers[0], "<f4"), [0, 3, 12])
    assert buffers[1] == bytes([0, 1, 1])
    assert done == {"ta": "done", "n": 1}
    json.dumps(frame, allow_nan=False)


def test_numbers_that_json_cannot_hold_are_sent_all_the_same(panel):
    panel.push({"loss": [float("nan"), {"rate": np.inf}], "t": np.arange(2)}, y=[1e300])
    frame, buffers = panel.sent[0]
    assert frame["header"] == {
        "loss": [{"ta:number": "NaN"}, {"rate": {"ta:number": "Infinity"}}],
        "t": [0, 1],
    }
    json.dumps(frame, allow_nan=False)
    assert np.isposinf(np.frombuffer(buffers[0], "<f4"))


def test_hello_is_answered_with_a_first_frame(panel):
    panel._receive(panel, {"ta": "hello"}, None)
    assert [content["ta"] for content, _ in panel.sent] == ["frame"]


def test_a_loop_does_not_run_ahead_of_the_browser(panel):
    assert panel.ready_for_frame()
    panel.push({})
    assert panel.ready_for_frame()
    panel.push({})
    assert not panel.ready_for_frame()
    panel._receive(panel, {"ta": "taken", "frame": panel.sent[0][0]["frame"]}, None)
    assert panel.ready_for_frame()
    # Nobody takes the second one. A second in which another cell ran does not count as ten.
    assert not any(panel.nobody_looks(1.0) for _ in range(50))
    assert panel.nobody_looks(0.2)
    panel._receive(panel, {"ta": "taken", "frame": panel.sent[1][0]["frame"]}, None)
    assert not panel.nobody_looks(0.2)


def test_frames_that_were_asked_for_need_no_receipt(panel):
    ask(panel)
    ask(panel)
    ask(panel)
    assert panel.sent[0][0]["frame"] is None
    assert panel.ready_for_frame()


# Errors in the learner's code ---------------------------------------------------------------------


def test_an_error_is_shown_and_the_widget_goes_on(panel):
    ask(panel, a="x")
    problem, done = (content for content, _ in panel.sent)
    assert problem["problem"]["sentence"].startswith("ValueError: ")
    assert done == {"ta": "done", "n": 1}
    ask(panel, 2, a=2.0)
    assert [content["ta"] for content, _ in panel.sent[2:]] == ["frame", "problem", "done"]
    assert panel.sent[3][0]["problem"] is None


def test_an_interrupt_leaves_no_question_open(panel):
    def interrupted(message):
        raise KeyboardInterrupt

    panel.answer = interrupted
    with pytest.raises(KeyboardInterrupt):
        ask(panel, 7)
    assert panel.sent[-1][0] == {"ta": "done", "n": 7}


CELL = """\
class ReLU:
    def backward(self, dout):
        # not yet
        return dout * self.mask
"""


def test_the_traceback_names_the_cell_and_shows_its_lines(monkeypatch):
    # As IPython does it: the lines of a cell are in the cache under a name of their own.
    name = "/tmp/ipykernel_1/4321.py"
    monkeypatch.setitem(linecache.cache, name, (len(CELL), None, CELL.splitlines(True), name))
    names = {name: ("Cell", "In[3]")}
    shell = SimpleNamespace(compile=SimpleNamespace(format_code_name=names.get))
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    notebook = {}
    exec(compile(CELL, name, "exec"), notebook)
    with pytest.raises(AttributeError) as caught:
        # The widget's own frames and NumPy's are left out; that of this test stays.
        notebook["ReLU"]().backward(np.ones(2))
    told = learner_traceback(caught.value)
    assert told.split("\n\n")[0].startswith("File test_widget_base.py, line ")
    assert told.split("\n\n")[-2:] == [
        "Cell In[3], line 4, in ReLU.backward\n"
        "     2     def backward(self, dout):\n"
        "     3         # not yet\n"
        "->   4         return dout * self.mask",
        "AttributeError: 'ReLU' object has no attribute 'mask'",
    ]


def test_a_stub_is_named_in_words():
    class ReLU:
        def forward(self, x):
            raise NotImplementedError

    with pytest.raises(NotImplementedError) as caught:
        ReLU().forward(1)
    assert sentence(caught.value).endswith("ReLU.forward is not written yet.")


def test_a_recursion_without_end_is_told_in_few_lines():
    def endless(n):
        return endless(n + 1)

    with pytest.raises(RecursionError) as caught:
        endless(0)
    assert len(learner_traceback(caught.value).splitlines()) < 60


# Tasks --------------------------------------------------------------------------------------------


def test_tasks_let_others_in_and_end_with_the_widget(panel):
    ticks = []

    async def play():
        while True:
            ticks.append(1)
            await asyncio.sleep(0)

    async def session():
        task = panel.start_task(play())
        for _ in range(5):
            await asyncio.sleep(0)
        panel.close()
        await asyncio.sleep(0.01)
        assert task.done()
        return len(ticks)

    ran = asyncio.run(session())
    assert ran >= 5 and len(ticks) == ran


def test_tasks_end_when_the_last_view_goes(panel):
    async def session():
        for _ in range(2):
            panel._receive(panel, {"ta": "hello"}, None)
        task = panel.start_task(asyncio.sleep(60))
        panel._receive(panel, {"ta": "bye"}, None)
        await asyncio.sleep(0.01)
        assert not task.done()
        panel._receive(panel, {"ta": "bye"}, None)
        await asyncio.sleep(0.01)
        assert task.done()

    asyncio.run(session())


def test_what_a_task_raises_is_shown(panel):
    async def fails():
        raise ValueError("too small")

    async def session():
        await panel.start_task(fails())

    asyncio.run(session())
    assert panel.sent[-1][0]["problem"]["sentence"] == "ValueError: too small"


# Text ---------------------------------------------------------------------------------------------


def test_what_is_shown_without_a_browser(panel):
    bundle = panel._repr_mimebundle_()
    assert bundle["text/plain"] == repr(panel) == "The parabola <y = x²>."
    assert "The parabola &lt;y = x²&gt;." in bundle["text/html"]
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.model_id
    assert panel.model_id not in bundle["text/plain"] + bundle["text/html"]


def test_the_still_picture_keeps_what_the_browser_has_drawn(panel):
    updates = []
    panel._keep = lambda bundle, update: updates.append(bundle)
    pictures = [
        {"alt": 'a "curve"', "width": 400, "src": "data:image/png;base64,AAAA"},
        {"alt": "elsewhere", "width": 4, "src": "http://example.org/x.png"},
    ]
    panel._receive(panel, {"ta": "still", "pictures": pictures}, None)
    assert '<img alt="a &quot;curve&quot;" width="400"' in updates[0]["text/html"]
    assert "example.org" not in updates[0]["text/html"]


def test_a_text_that_fails_is_replaced_by_its_error(panel):
    panel.text = lambda: 1 / 0
    assert repr(panel) == "parabola: ZeroDivisionError: division by zero"


def test_scripts_and_styles_are_one_text_without_addresses():
    script, style = esm("explorer.js"), css("graph_stepper.css")
    assert script.count("export default") == 1 + script.count("//   export default")
    for text in (script, style):
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
        assert "import " not in text.replace("@import", "import ")


def test_the_example_of_the_page_works(monkeypatch):
    page = (Path(__file__).parents[1] / "docs" / "widgets.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(import numpy.*?)```", page, re.S)
    (script,) = re.findall(r"```js\n(.*?)```", page, re.S)
    monkeypatch.setattr(base, "_static", lambda name: f"{name}\n{script}")
    names = {"__name__": "example"}
    exec(code, names)
    made = names["Parabola"]()
    made.sent = []
    made.send = lambda content, buffers=None: made.sent.append((content, buffers))
    ask(made, a=-2.0)
    frame, buffers = made.sent[0]
    assert frame["header"] == {"chosen": {"a": -2.0}}
    assert np.frombuffer(buffers[1], "<f4").min() == -2
    assert made.text() == "The parabola y = a x² with a = -2."
    for array in frame["arrays"]:
        assert f"arrays.{array['name']}" in script
    made.close()


def test_a_cell_that_runs_again_closes_what_it_has_shown_before():
    def shell(run):
        parent = {"header": {"msg_id": run}, "metadata": {"cellId": "the cell"}}
        return type("Shell", (), {"get_parent": lambda self: parent})()

    first, second, again = Parabola(), Parabola(), Parabola()
    base._close_those_before(first, shell("run 1"))
    base._close_those_before(second, shell("run 1"))
    assert first.comm is not None and second.comm is not None
    base._close_those_before(again, shell("run 2"))
    assert first.comm is None and second.comm is None and again.comm is not None
    base._close_those_before(again, shell("run 3"))  # the same widget, shown again
    assert again.comm is not None
    again.close()


# Off ----------------------------------------------------------------------------------------------


def run(code, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_switched_off_widgets_import_nothing_and_show_a_sentence():
    code = """
import sys
from twoapples.widgets import explore_training, step_graph
w = explore_training(net="anything")
print(w, [m for m in ("anywidget", "ipywidgets", "numpy") if m in sys.modules])
"""
    shown = run(code, TWOAPPLES_WIDGETS="off")
    assert shown.startswith("explore_training: widgets are switched off here.")
    assert shown.endswith("['numpy']")  # by `check`, not by widgets


def test_importing_the_package_imports_no_widget():
    code = "import sys, twoapples, twoapples.widgets; print('anywidget' in sys.modules)"
    assert run(code) == "False"


def test_a_name_that_is_no_widget():
    import twoapples.widgets

    with pytest.raises(AttributeError, match="has no attribute 'explore'"):
        _ = twoapples.widgets.explore
    assert set(twoapples.widgets.__all__) <= set(dir(twoapples.widgets))
