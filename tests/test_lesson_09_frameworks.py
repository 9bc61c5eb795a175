"""The comparison cells of lesson 09, run with PyTorch and with TensorFlow where these are."""

import sys
from unittest import mock

import numpy as np
import pytest
from lesson_numbers import Lesson

from twoapples.datasets import SplitDataset

LESSON = Lesson("09-autograd")

pytestmark = pytest.mark.frameworks


def run_without(*missing):
    """Run all cells as if some frameworks were not installed."""
    with mock.patch.dict(sys.modules, dict.fromkeys(missing)):
        return LESSON.run()


@pytest.fixture(scope="module")
def with_torch():
    pytest.importorskip("torch")
    return run_without("tensorflow", "keras")


@pytest.fixture(scope="module")
def with_tensorflow():
    with pytest.MonkeyPatch.context() as patch:
        # As the lesson sets it: TensorFlow writes about itself otherwise.
        patch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
        patch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
        pytest.importorskip("tensorflow")
        pytest.importorskip("keras")
        patch.setattr("twoapples.datasets.fashion_mnist", clothes)
        return run_without("torch")


def clothes():
    """Stand in for Fashion-MNIST: 600 pictures of two kinds."""
    rng = np.random.default_rng(0)
    t = rng.integers(0, 2, size=600)
    X = rng.integers(0, 60, size=(600, 28, 28), dtype=np.uint8)
    X[t == 0, :, :14] += 150
    X[t == 1, :, 14:] += 150
    X = X.reshape(600, 784)
    return SplitDataset(X[:500], t[:500], X[500:], t[500:], names=tuple("0123456789"))


@pytest.mark.parametrize(
    "lines",
    [
        "PyTorch: installed\nTensorFlow with Keras: not installed",
        "is_leaf       True False\ngrad_fn       None AddBackward0 PowBackward0\n"
        "requires_grad True True False\n"
        "x.grad [[6.75, 6.75], [6.75, 6.75]]\ny.grad [[6.75, 6.75], [6.75, 6.75]]\n"
        "z.grad [[0.25, 0.25], [0.25, 0.25]]",
        "x.grad [[13.5, 13.5], [13.5, 13.5]]\ny.grad [[13.5, 13.5], [13.5, 13.5]]\n"
        "is z.grad kept? False\n"
        "a third time: Trying to backward through the graph a second time",
        "vector-Jacobian product [0.2, 2.0, 0.0002]\ninside no_grad False\n"
        "detached       False\nswitched off   False",
        "grad_fn TorchMultiplyBackward\nx.grad [5.0, 7.0] y.grad [2.0, 3.0]\ngradcheck: True",
        "Value      3.0 6.0\nTensorFlow is not installed here, so this comparison is left out.\n"
        "PyTorch    3.0 6.0",
        "output   True\nrunning  True\ngradient True",
        "parameter arrays: 16  first: (128, 4)\naccuracy after training above 0.8: True",
    ],
)
def test_pytorch_says_what_the_prose_says(with_torch, lines):
    assert any(lines in text for text in with_torch.outputs)


def test_with_pytorch_nothing_of_pytorch_is_left_out(with_torch):
    assert not any("PyTorch is not installed" in text for text in with_torch.outputs)


@pytest.mark.parametrize(
    "lines",
    [
        "PyTorch: not installed\nTensorFlow with Keras: installed",
        "Value      16.0 [8.0, 8.0, 8.0, 8.0] 8.0\nTensorFlow 16.0 [[8.0, 8.0], [8.0, 8.0]] 8.0",
        "Value      108.0 6.0\nTensorFlow 108.0 6.0",
        "Value      3.0 6.0\nTensorFlow 3.0 6.0",
        "output (3, 4)  parameters 33\nall rows alike: True\nlayers after pop: 2",
    ],
)
def test_tensorflow_says_what_the_prose_says(with_tensorflow, lines):
    assert any(lines in text for text in with_tensorflow.outputs)


def test_with_tensorflow_nothing_of_tensorflow_is_left_out(with_tensorflow):
    assert not any("TensorFlow is not installed" in text for text in with_tensorflow.outputs)


def test_clothes(with_tensorflow):
    (text,) = [text for text in with_tensorflow.outputs if "Keras, 3 epochs" in text]
    lines = text.splitlines()
    assert lines[1] == "parameters: 101770"
    # Bright left half or bright right half: nobody gets that wrong.
    assert [line.split(":")[0] for line in lines[::2]] == [
        "your layers, 3 epochs",
        "Keras, 3 epochs",
    ]
    assert all(float(line.split(":")[1]) > 0.9 for line in lines[::2])
