"""The shape tutor tells the truth: every line of it is tried with arrays."""

import itertools
import re

import numpy as np
import pytest

from twoapples.shapes import shape_tutor

SIZES = [(4, 2, 3), (1, 2, 3), (3, 3, 3), (4, 2, 2), (2, 2, 3), (3, 2, 3), (1, 1, 1), (5, 1, 2)]


def arrays(order, sizes):
    """Draw x, W and dout for N cases, D_in inputs and D_out outputs."""
    N, D_in, D_out = sizes
    rng = np.random.default_rng(4)
    x, W, dout = (rng.normal(size=s) for s in ((N, D_in), (D_in, D_out), (N, D_out)))
    return (x, W, dout) if order == "x @ W" else (x.T, W.T, dout.T)


def true_gradients(order, x, W, dout):
    """Sum over all paths, one element at a time."""
    if order == "W @ x":
        dx, dW = true_gradients("x @ W", x.T, W.T, dout.T)
        return dx.T, dW.T
    dx, dW = np.zeros_like(x), np.zeros_like(W)
    for n, i, j in itertools.product(range(x.shape[0]), range(W.shape[0]), range(W.shape[1])):
        dx[n, i] += dout[n, j] * W[i, j]
        dW[i, j] += dout[n, j] * x[n, i]
    return dx, dW


@pytest.mark.parametrize("order", ["x @ W", "W @ x"])
@pytest.mark.parametrize("sizes", SIZES)
def test_every_line_is_true(order, sizes):
    x, W, dout = arrays(order, sizes)
    names = {"x": x, "W": W, "dout": dout}
    tutor = shape_tutor(x, W, order)
    assert tutor.shapes == {name: array.shape for name, array in names.items()}
    for gradient, truth in zip(("dx", "dW"), true_gradients(order, x, W, dout), strict=True):
        rows = tutor.candidates[gradient]
        assert len({row.product for row in rows}) == 8
        assert [row.verdict for row in rows].count("gradient") == 1
        for row in rows:
            try:
                found = eval(row.product, {}, names)
            except ValueError:
                assert row.verdict == "does not fit" and row.shape is None
                continue
            assert row.shape == found.shape
            wanted = {
                "gradient": found.shape == truth.shape,
                "only the shape": found.shape == truth.shape,
                "turned": found.T.shape == truth.shape,
                "other shape": found.shape != truth.shape,
            }
            assert wanted[row.verdict]
            if row.verdict == "gradient":
                np.testing.assert_allclose(found, truth)
            elif row.verdict == "turned":
                np.testing.assert_allclose(found.T, truth)
            elif row.verdict == "only the shape" and max(sizes) > 1:
                assert not np.allclose(found, truth)


def test_shapes_that_are_all_different_leave_one_product():
    text = repr(shape_tutor((4, 2), (2, 3)))
    assert "The shapes leave one product: `dout @ W.T`." in text
    assert "The shapes leave one product: `x.T @ dout`." in text
    assert "for each column of `W`" in text and "one output of every case" in text
    assert text.count("does not fit") == 12 and text.count("turned") == 2
    assert [line.split("  ")[0] for line in text.splitlines() if line.startswith("=>")] == [
        "=> dout @ W.T",
        "=> x.T @ dout",
    ]


def test_square_shapes_leave_all_and_the_sum_decides():
    text = repr(shape_tutor((3, 3), (3, 3)))
    assert text.count("With these sizes 7 other products have the right shape as well") == 2
    assert "Try sizes that are all different." in text
    assert "another product has the right shape" in repr(shape_tutor((4, 2), (2, 2)))


@pytest.mark.parametrize(
    "x, W, order, hint",
    [
        ((4, 2), (3, 2), "x @ W", "The shape of W.T would fit, (2, 3)."),
        ((2, 4), (2, 3), "x @ W", "The shape of x.T would fit, (4, 2)."),
        ((2, 4), (2, 3), "W @ x", "The shape of W.T would fit, (3, 2)."),
        ((4, 2), (5, 3), "x @ W", "The 2 columns of x have to meet as many rows of W"),
    ],
)
def test_what_cannot_be_multiplied_is_said(x, W, order, hint):
    tutor = shape_tutor(x, W, order)
    assert "cannot be formed" in repr(tutor) and hint in repr(tutor)
    assert tutor._repr_html_() == f"<p>{tutor!r}</p>"


@pytest.mark.parametrize("wrong", [4, (4,), (4, 2, 3), (0, 2), np.zeros(3), None])
def test_what_is_no_shape_is_refused(wrong):
    with pytest.raises(ValueError, match="x needs a shape of two sizes"):
        shape_tutor(wrong, (2, 3))
    with pytest.raises(ValueError, match="W needs a shape"):
        shape_tutor((4, 2), wrong)


def test_order_is_one_of_two():
    with pytest.raises(ValueError, match="order"):
        shape_tutor((4, 2), (2, 3), "x * W")


def test_html_says_what_the_text_says():
    tutor = shape_tutor((4, 2), (2, 3))
    html = tutor._repr_html_()
    assert html.count("<table") == html.count("</table>") == 2
    assert html.count("<tr") == 18
    words = re.sub(r"<[^>]+>", " ", html).split()
    text = re.sub(r"^=>", "", repr(tutor), flags=re.MULTILINE).replace("`", " ")
    missing = set(re.findall(r"\w+", text)) - set(re.findall(r"\w+", " ".join(words)))
    assert not missing
