"""The training explorer without a browser: what it answers, how it plays, what it says."""

import asyncio

import numpy as np
import pytest

from solutions.layers import Affine, ReLU, SoftmaxWithLoss
from solutions.training import SGD, TwoLayerNet
from twoapples.widgets import explore_training

LAYERS = {"Affine": Affine, "ReLU": ReLU, "SoftmaxWithLoss": SoftmaxWithLoss}


def listen(widget):
    """Keep what is sent instead of sending it; a browser that takes every frame at once."""
    widget.sent = []

    def send(content, buffers=None):
        widget.sent.append(content)
        if content["ta"] == "frame" and content["frame"] is not None:
            widget._last_taken = content["frame"]

    widget.send = send
    return widget


@pytest.fixture
def make():
    made = []

    def explore(*args, **kwargs):
        made.append(listen(explore_training(*args, **kwargs)))
        return made[-1]

    yield explore
    for widget in made:
        widget.close()


def ask(widget, **message):
    widget.sent.clear()
    widget._receive(widget, {"ta": "ask", "n": 1, "message": message}, None)
    return [c for c in widget.sent if c["ta"] == "frame"]


def header(widget, **message):
    return ask(widget, **message)[-1]["header"]


def test_the_first_frame_says_all(make):
    frame = ask(make("iris"), first=True)[0]
    told = frame["header"]
    assert told["choices"]["data"][-2:] == ["iris", "digits"]
    assert told["chosen"]["data"] == "iris" and told["chosen"]["rate"] == 0.1
    assert told["updates"] == 0 and told["names"][0] == "setosa"
    shapes = {a["name"]: a["shape"] for a in frame["arrays"]}
    assert shapes["told"] == [60, 60] and shapes["X"] == [105, 2] and shapes["W2"] == [16, 16]


def test_steps_rewind_and_seed(make):
    widget = make("moons", (8,))
    first = header(widget, first=True)["loss"]
    assert header(widget, step=1)["updates"] == 1
    told = header(widget, epoch=True)
    assert told["updates"] == 8 and told["loss"] != first
    assert set(told["norms"]) == {"W1", "W2"}
    assert header(widget, rewind=True)["loss"] == first
    assert header(widget, reseed=True)["loss"] != first
    said = [c["text"] for c in widget.sent if c["ta"] == "say"]
    assert said == [widget.sentence()]


def test_choices_act(make):
    widget = make()
    header(widget, first=True)
    told = header(widget, set={"data": "digits", "widths": [8]})
    assert told["chosen"]["hidden"] == 1 and told["image_shape"] == [8, 8]
    assert len(told["true"]) == len(told["told"]) == 20
    assert header(widget, rate=0.01)["rates"] == [[0, 0.01]]
    header(widget, batch=256, speed=3)
    assert widget.trainer.settings.batch_size == 256 and widget.speed == 3


def test_playing_trains_and_pausing_stops(make):
    widget = make("moons", (8,), rate=1e-6)

    async def session():
        ask(widget, first=True)
        ask(widget, play=True)
        while widget.trainer.updates < 20:
            await asyncio.sleep(0.01)
        flat = widget.trainer.history.loss[-1]
        ask(widget, rate=0.5)  # while it plays
        at = widget.trainer.history.rates[-1][0]
        while widget.trainer.updates < at + 100:
            await asyncio.sleep(0.01)
        assert widget.trainer.history.loss[-1] < 0.8 * flat
        frame = ask(widget, play=False)[-1]
        assert frame["header"]["playing"] is False
        updates = widget.trainer.updates
        await asyncio.sleep(0.1)
        assert widget.trainer.updates == updates
        assert not widget._tasks

    asyncio.run(session())


def test_pressed_twice_in_a_moment_it_plays_once(make):
    widget = make("moons", (4,))

    async def session():
        ask(widget, first=True)
        for on in (True, False, True):
            ask(widget, play=on)
        await asyncio.sleep(0.15)
        assert len(widget._tasks) == 1
        widget.close()
        await asyncio.sleep(0.01)
        assert not widget._tasks

    asyncio.run(session())


def test_an_error_in_a_layer_stops_the_training_and_is_shown(make):
    class Broken(ReLU):
        def backward(self, dout):
            if widget.trainer.updates >= 5:
                raise RuntimeError("no more")
            return super().backward(dout)

    widget = make("moons", (8,), layers={**LAYERS, "ReLU": Broken}, optimizer=SGD)

    async def session():
        ask(widget, first=True)
        ask(widget, play=True)
        while widget.playing:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)

    asyncio.run(session())
    assert widget.trainer.updates == 5
    problem = [c["problem"] for c in widget.sent if c["ta"] == "problem"][-1]
    assert problem["sentence"] == "RuntimeError: no more"
    assert "raise RuntimeError" in problem["traceback"]
    assert header(widget, rewind=True)["updates"] == 0  # and it lives


def test_a_stub_is_shown_in_the_widget_and_not_raised_by_the_call(make):
    class Affine:
        def __init__(self, W, b):
            self.params, self.grads = [W, b], [W * 0, b * 0]

        def forward(self, x):
            raise NotImplementedError

    widget = make(layers={**LAYERS, "Affine": Affine})
    assert ask(widget, first=True) == []
    problem = next(c["problem"] for c in widget.sent if c["ta"] == "problem")
    assert problem["sentence"].endswith("Affine.forward is not written yet.")
    assert "The training has not begun." in widget.sentence()
    assert repr(widget).startswith("Training explorer\ndata: spirals")


def test_a_rate_that_is_too_large_ends_the_playing(make):
    widget = make("spirals", rate=1e200)

    async def session():
        ask(widget, first=True)
        ask(widget, play=True)
        while widget.playing:
            await asyncio.sleep(0.01)

    asyncio.run(session())
    assert widget.trainer.diverged
    assert "smaller rate" in header(widget, batch=64)["notes"][-1]
    assert "nan" in widget.sentence()


def test_a_network_that_is_given(make):
    net = TwoLayerNet(2, 5, 3, rng=np.random.default_rng(0))
    told = header(make("spirals", net=net, optimizer=SGD), first=True)
    assert told["choices"]["data"] == ["spirals"]
    assert told["choices"]["activation"] == [] and told["weights"] == {"W1": [2, 5], "W2": [5, 3]}
    told = header(make("spirals", net=TwoLayerNet), first=True)
    assert told["choices"]["hidden"] == [1] and len(told["choices"]["data"]) == 7


def test_data_that_are_neither_points_nor_pictures_are_counted(make):
    rng = np.random.default_rng(0)
    X, t = rng.normal(size=(30, 5)), np.arange(30) % 3
    frame = ask(make((X, t)), first=True)[0]
    assert frame["header"]["choices"]["data"] == ["your data"]
    assert {a["name"]: a["shape"] for a in frame["arrays"]}["confusion"] == [3, 3]


def test_the_words_are_the_same_for_the_same_state(make):
    texts = []
    for _ in range(2):
        widget = make("moons", (4,), seed=3)
        ask(widget, first=True)
        ask(widget, step=30)
        ask(widget, rewind=True)
        texts.append((widget.text(), widget.html()))
    assert texts[0] == texts[1]
    assert "kept run 1: SGD 0.1, 2-4-2 ReLU, batch 32, seed 3: training loss" in texts[0][0]
    assert "<table" in texts[0][1]
