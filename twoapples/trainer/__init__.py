"""Train a small network step by step, and look at everything on the way.

This is what drives the training explorer, without any widget: a `Trainer` holds data, network and
optimizer, makes single updates, rewinds, and keeps runs to compare. It trains layers, optimizers
and networks that are given to it, or plain ones of its own.

>>> trainer = Trainer(data="xor", widths=(4,), rate=0.5, seed=1)
>>> first = trainer.history.loss[0]
>>> trainer.step(200)
>>> trainer.history.loss[-1] < first
True
"""

from twoapples.trainer.history import History, Run
from twoapples.trainer.networks import GivenNetwork, LayeredNetwork, PlainNetwork
from twoapples.trainer.problems import PROBLEMS, Problem, problem
from twoapples.trainer.rules import RULES
from twoapples.trainer.trainer import Trainer

__all__ = [
    "PROBLEMS",
    "RULES",
    "GivenNetwork",
    "History",
    "LayeredNetwork",
    "PlainNetwork",
    "Problem",
    "Run",
    "Trainer",
    "problem",
]
