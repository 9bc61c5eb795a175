"""The widget of under- and overfitting without a browser: what it computes, says and sends."""

import asyncio

import numpy as np
import pytest
from lesson_numbers import Lesson
from small_widgets import check_text, watch

from twoapples import widgets
from twoapples.widgets.fit import ENDS, EPOCHS, WIDTHS, FitGrid


@pytest.fixture(scope="module")
def grid():
    grid = FitGrid()
    while not grid.finished:
        grid.advance(100)
    return grid


def test_the_curves_of_three_widths(grid):
    narrow, middle, wide = (grid.curves(WIDTHS.index(width)) for width in (1, 3, 16))
    # Underfitting: both losses stay high, close together.
    assert 0.25 < narrow[0, -1] < 0.4 and abs(narrow[0, -1] - narrow[1, -1]) < 0.05
    # A better fit: both are lower, for a while.
    assert middle[1].min() < 0.9 * narrow[1].min()
    # Overfitting: training goes to nearly nothing, the test falls and rises to far above.
    best = wide[1].argmin()
    assert wide[0, -1] < 0.02
    assert 10 < EPOCHS[best] < 200
    assert wide[1, -1] > 3 * wide[1, best]
    assert wide.shape == (2, len(EPOCHS))


def test_a_width_trained_alone_is_the_same(grid):
    alone = FitGrid(widths=(3, 64))
    alone.advance(50)
    at = EPOCHS.index(50)
    position = WIDTHS.index(3)
    np.testing.assert_allclose(alone.losses[at][0], grid.losses[at][position], rtol=1e-9)


def test_the_boundary_is_that_of_the_remembered_epoch(grid):
    xs, ys = np.linspace(-2, 3, 9), np.linspace(-1.5, 2, 7)
    width = WIDTHS.index(16)
    first, last = (grid.boundary(width, k, xs, ys) for k in (0, len(EPOCHS) - 1))
    assert first.shape == (7, 9)
    assert not np.allclose(first, last)
    # At a training point it is the probability that the loss was taken of.
    p = np.array([grid.boundary(width, len(EPOCHS) - 1, *point[:, None])[0, 0] for point in grid.X])
    true = np.where(grid.t == 1, p, 1 - p)
    assert -np.log(true + 1e-7).mean() == pytest.approx(grid.losses[-1][width, 0])


def test_training_ends_at_the_last_epoch():
    grid = FitGrid(epochs=(0, 3), points=6, test_points=6)
    assert (grid.advance(2), grid.remembered, grid.finished) == (2, 1, False)
    assert (grid.advance(5), grid.remembered, grid.finished) == (1, 2, True)
    assert grid.advance(5) == 0


def test_epochs_rise():
    with pytest.raises(ValueError, match="epochs rise and begin with 0"):
        FitGrid(epochs=(1, 2))


def test_a_text_says_what_the_widget_shows():
    check_text("explore_fit", widgets.explore_fit)


def test_fit_trains_in_the_background(monkeypatch):
    async def look():
        panel = widgets.explore_fit(width=64, epochs=2000)
        tell, pushed = watch(panel, monkeypatch)
        tell(first=True)
        first = pushed[-1][0]
        assert (first["done"], first["shown"], panel.width) == (0, 0, len(WIDTHS) - 1)
        tell(width=2)  # answered from what there is, without waiting
        assert pushed[-1][0]["done"] == 0
        await panel._training
        return panel, tell, pushed

    panel, tell, pushed = asyncio.run(look())
    header, arrays = pushed[-1]
    assert (header["done"], header["shown"]) == (2000, len(EPOCHS) - 1)
    assert arrays["p"].shape == (64, 80)
    assert arrays["p"].dtype == np.uint8
    assert panel.text().startswith("3 hidden units after 2000 epochs: training loss 0.11 and test")
    # Nothing is trained again, and no loop is needed any more.
    tell(epoch=0)
    assert pushed[-1][0]["shown"] == 0


def test_the_table_of_fit_holds_what_training_ends_with(grid):
    for width, told in ENDS.items():
        at = WIDTHS.index(width)
        found = [*grid.losses[EPOCHS.index(50)][at], *grid.losses[-1][at]]
        assert [float(loss) for loss in told] == pytest.approx(found, abs=0.011)


def test_lesson_08(grid):
    lesson = Lesson("08-mlp-training")
    assert lesson.states("Nine networks, from 1 to 64 hidden units, learn the same sixty points")
    assert (len(WIDTHS), WIDTHS[0], WIDTHS[-1], len(grid.X)) == (9, 1, 64, 60)
    assert lesson.states("With 16 units or more the border begins to wind around")
    for width in (16, 32, 64):
        train, test = grid.curves(WIDTHS.index(width))
        assert train[-1] == train.min()
        assert test[-1] > 2.5 * test.min()
        assert grid.accuracies[-1][WIDTHS.index(width), 0] == 1
    # "With one unit the border is a straight line, and both losses stay where they are"
    train, test = grid.curves(0)[:, EPOCHS.index(50) :]
    assert max(np.ptp(train), np.ptp(test)) < 0.01
    xs, ys = np.linspace(-2, 3, 40), np.linspace(-1.75, 2.25, 400)
    p = grid.boundary(0, len(EPOCHS) - 1, xs, ys)
    crossings = [ys[np.argmin(np.abs(column - 0.5))] for column in p.T]
    fitted = np.polyval(np.polyfit(xs, crossings, 1), xs)
    np.testing.assert_allclose(crossings, fitted, atol=0.02)
