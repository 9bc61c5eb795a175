"""Softmax pictures: displayed once, with a text, the same bytes every time, on a light ground."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from plot_checks import EveryPlot

from twoapples import figures
from twoapples.plots import softmax as plots

P = np.array([0.665, 0.245, 0.09])
NAMES = ["cat", "dog", "ship"]

DRAWINGS = {
    "softmax_bars": lambda: plots.softmax_bars(np.array([2.0, 1.0, 0.0]), P, NAMES),
    "softmax_bars, unnamed": lambda: plots.softmax_bars(np.array([-2.0, 1.0, 0.0]), P),
    "softmax_bars, nan": lambda: plots.softmax_bars(np.full(3, np.inf), np.full(3, np.nan)),
    "probability_bars": lambda: plots.probability_bars([P, P[::-1]], ["T = 1", "T = 2"], NAMES),
    "minus_log_curve": lambda: plots.minus_log_curve(),
    "gradient_bars": lambda: plots.gradient_bars(P, np.eye(3)[0], NAMES),
    "tangent_line": lambda: plots.tangent_line(np.square, 1.0, 2.0, xlabel="x", ylabel="x²"),
    "loss_curve": lambda: plots.loss_curve([3.0, 1.5, 0.7]),
    "loss_curve, nan": lambda: plots.loss_curve([3.0, np.nan]),
}


class TestEveryPlot(EveryPlot):
    modules = (plots,)
    drawings = DRAWINGS

    def test_leaves_the_readers_style_alone(self, draw, shown):
        plt.get_backend()  # chosen at first use, by Matplotlib and not by us
        before = plt.rcParams.copy()
        draw()
        assert plt.rcParams == before


def test_axes_are_labelled(drawn):
    for draw in DRAWINGS.values():
        draw()
    assert len(drawn) == len(DRAWINGS)
    for fig in drawn:
        assert all(axes.get_xlabel() for axes in fig.axes)
        assert fig.axes[0].get_ylabel()


def test_numbers_are_in_the_text(shown):
    plots.gradient_bars(P, np.eye(3)[0], NAMES)
    plots.minus_log_curve(marks=(0.5,))
    plots.tangent_line(np.square, 3.0, 6.0, xlabel="x", ylabel="x squared")
    assert "cat -0.335, dog 0.245, ship 0.090" in shown[0].alt
    assert "0.693 at p = 0.5" in shown[1].alt
    assert "9.000" in shown[2].alt and "6.000" in shown[2].alt


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: plots.softmax_bars(P, P[:2]),
        lambda: plots.softmax_bars(P, P, ["cat", "dog"]),
        lambda: plots.softmax_bars(np.eye(3), np.eye(3)),
        lambda: plots.gradient_bars(P, np.array([0])),
        lambda: plots.probability_bars([P], ["one", "two"]),
    ],
)
def test_what_does_not_fit_is_said(wrong, shown):
    with pytest.raises(ValueError):
        wrong()
    assert shown == []


class TestShow:
    def bundle(self, shown, alt):
        fig, axes = plt.subplots(figsize=(3, 2))
        axes.plot([1, 2])
        figures.show(fig, alt=alt)
        return shown[-1]._repr_mimebundle_()

    def test_mime_bundle(self, shown):
        bundle = self.bundle(shown, "a line that rises")
        assert set(bundle) == {"text/plain", "text/html", "image/png"}
        assert bundle["text/plain"] == "a line that rises"
        assert bundle["image/png"].startswith("iVBORw0KGgo")
        assert f"data:image/png;base64,{bundle['image/png']}" in bundle["text/html"]

    def test_text_is_escaped(self, shown):
        html = self.bundle(shown, 'a < b & "c"')["text/html"]
        assert 'alt="a &lt; b &amp; &quot;c&quot;"' in html
        assert re.fullmatch(r"<img [^<>]*>", html)

    def test_picture_names_no_software_and_no_time(self, shown):
        self.bundle(shown, "a line")
        assert not re.search(rb"tEXt|iTXt|zTXt|tIME", shown[0].png)

    def test_figure_is_closed(self, shown):
        self.bundle(shown, "a line")
        assert plt.get_fignums() == []

    def test_empty_text_is_refused(self, shown):
        fig, _ = plt.subplots()
        with pytest.raises(ValueError, match="alt is empty"):
            figures.show(fig, alt="  ")
        plt.close(fig)

    def test_plain_terminals_read_the_text(self, shown):
        self.bundle(shown, "a line that rises")
        assert repr(shown[0]) == "a line that rises"


def test_palette_is_a_list_of_different_colours():
    assert len(set(figures.PALETTE)) == len(figures.PALETTE) == 8
    assert all(re.fullmatch(r"#[0-9A-F]{6}", colour) for colour in figures.PALETTE)
