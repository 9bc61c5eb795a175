"""What the tests of diagnoses ask for: two exercises, and a diagnosis in short."""

import inspect

from learners import record


def normalise(x):
    """Divide each row by its sum."""
    return x / x.sum(axis=1, keepdims=True)


def rows(f, rng):
    f(rng.uniform(1, 2, size=(4, 3)))


def more_rows(f, rng):
    f(rng.uniform(1, 2, size=(5, 2)))


NORMALISE = record(normalise, rows, more_rows)


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout / len(dout)
        self.db = dout.mean(axis=0)
        return dout @ self.W.T


def layer(Affine, rng, N=5):
    node = Affine(rng.normal(size=(3, 2)), rng.normal(size=2))
    node.forward(rng.normal(size=(N, 3)))
    node.backward(rng.normal(size=(N, 2)))
    node.dW
    node.db


def other_layer(Affine, rng):
    layer(Affine, rng, N=7)


AFFINE = record(Affine, layer, other_layer)
AFFINE_CELL = "\n" + inspect.getsource(Affine)


def told(report):
    assert not report.right
    return report.diagnosis.kind, report.diagnosis.headline


def edit(old, new):
    assert old in AFFINE_CELL
    return AFFINE_CELL.replace(old, new)


def total(x):
    return float(x.sum())
