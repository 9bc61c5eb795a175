"""What every picture of the course must pass; `shown` and `drawn` are fixtures of conftest.py."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import image as mpimg

from twoapples import plots
from twoapples.plots import style


@pytest.mark.filterwarnings("error")
class EveryPlot:
    """The tests that every plot passes; a file of plots has a subclass, `TestEveryPlot`.

    Attributes
    ----------
    modules : tuple of modules
        Those whose plots the file tests, all of them.
    drawings : dict of str to callable
        Each draws a plot. A name is the plot's, and after a comma what is special.
    """

    def pytest_generate_tests(self, metafunc):
        """Make a test of each drawing."""
        if "draw" in metafunc.fixturenames:
            metafunc.parametrize("draw", self.drawings.values(), ids=self.drawings.keys())

    def names(self):
        return {name for module in self.modules for name in module.__all__}

    def test_every_plot_is_drawn_here(self):
        assert {name.split(",")[0] for name in self.drawings} == self.names()

    def test_the_package_offers_them(self):
        assert self.names() <= set(vars(plots))

    def test_is_shown_once_with_a_text_and_closed(self, draw, shown, monkeypatch):
        assert draw() is None
        assert len(shown) == 1
        assert len(shown[0].alt) > 40
        assert plt.get_fignums() == []
        # Where figures are off, its text is all that is worked out.
        monkeypatch.setenv("TWOAPPLES_FIGURES", "off")
        monkeypatch.setattr(style, "Figure", None)
        assert draw() is None
        assert (shown[1].alt, shown[1].png) == (shown[0].alt, b"")

    @pytest.mark.slow
    def test_gives_the_same_bytes_on_a_light_ground_whatever_the_style(self, draw, shown):
        draw()
        with plt.style.context("dark_background"):
            draw()
        assert shown[0].png == shown[1].png
        pixels = mpimg.imread(io.BytesIO(shown[0].png))
        assert np.all(pixels[0, 0] == 1) and np.all(pixels[..., 3] == 1)
