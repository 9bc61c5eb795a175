"""The decision line of a perceptron, to be moved, turned and trained (lesson 01).

`DecisionLine` holds points and a line and asks the learner's functions; it knows nothing of
browsers. `explore_perceptron` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np

from twoapples.checking.learner_calls import call, numbers
from twoapples.datasets import gates, xor
from twoapples.datasets.records import Floats
from twoapples.plots.planes import brief
from twoapples.widgets.base import esm
from twoapples.widgets.lines import (
    Function,
    LinesPanel,
    Plane,
    Seen,
    binary,
    listing,
    scores,
    weights_of,
)
from twoapples.widgets.tables import Words

__all__ = ["DecisionLine", "PerceptronPanel", "explore_perceptron"]

# The learning rates to choose from: those of the lesson, and one between.
_RATES = (0.01, 0.1, 0.4, 1.0, 10.0, 100.0)
# Below this a score counts as 0: the point is on the line, as far as a float can tell.
_ON_THE_LINE = 1e-9


class Look(NamedTuple):
    """What is to be seen of a `DecisionLine` now, of each of N points."""

    scores: Floats
    answers: np.ndarray | None  # 0 or 1; None if the learner's function could not say
    wrong: np.ndarray  # where the answer is not the target; nowhere if there are no answers
    loss: float | None  # J(w), by the learner's function, if there is one
    error: Exception | None  # what went wrong in the learner's functions


class DecisionLine(Plane):
    """Points of two classes in the plane, and a line between them.

    The arguments are those of `explore_perceptron`.

    Attributes
    ----------
    task : str
        Which of the `tasks`, targets by name, count now; `t` are those, 0 and 1, shape (N,).
    updates : int
        Steps of the delta rule since the line was last moved by hand.
    """

    def __init__(
        self,
        x: Any,
        t: Any,
        w: Any,
        b: float,
        *,
        perceptron: Function | None = None,
        perceptron_loss: Function | None = None,
        delta_rule: Function | None = None,
        rate: float = 0.4,
        names: tuple[str, str] = ("x1", "x2"),
    ) -> None:
        super().__init__(x, [(w, b)], perceptron, names)
        tasks = t if isinstance(t, Mapping) else {"": t}
        self.tasks = {str(name): binary(each, len(self.x)) for name, each in tasks.items()}
        if not self.tasks:
            raise ValueError("t has no targets")
        self._loss, self.rule, self.rate = perceptron_loss, delta_rule, float(rate)
        self.choose(next(iter(self.tasks)))

    def place(self, number: int, w: Any, b: float) -> None:
        """Put the line, number 0, somewhere by hand."""
        super().place(number, w, b)
        self.updates = 0

    def rewind(self) -> None:
        """Put the line back to where it was at the start."""
        super().rewind()
        self.updates = 0

    def choose(self, task: str) -> None:
        """Let other targets count. The line stays."""
        if task not in self.tasks:
            raise ValueError(f"there is no task {task!r}; there are {', '.join(self.tasks)}")
        self.task, self.t = task, self.tasks[task]
        self.updates = 0

    def step(self) -> Exception | None:
        """Let the learner's delta rule change the weights once.

        Returns
        -------
        Exception or None
            What went wrong, if something did; the line is then where it was.
        """
        if self.rule is None:
            raise ValueError("there is no delta rule to take a step with")
        reads = numbers((3,), "delta_rule")
        found, error = call(self.rule, *self._as_learned(), self.rate, reads=reads)
        if error is None and not np.isfinite(found).all():
            error = ValueError(f"delta_rule gave the weights {found}, which make no line.")
        if error is None:
            self.lines = [weights_of(found[1:], found[0])]
            self.updates += 1
        return error

    def look(self) -> Look:
        """Ask for answers and loss, and compare."""
        answers, error = self.answers(*self.lines[0])
        wrong = np.zeros(len(self.x), dtype=bool) if answers is None else answers != self.t
        loss, problem = None, None
        if self._loss is not None:
            reads = numbers((), "perceptron_loss")
            loss, problem = call(self._loss, *self._as_learned(), reads=reads)
        found = scores(self.x, *self.lines[0])
        return Look(found, answers, wrong, None if loss is None else float(loss), error or problem)

    def _as_learned(self) -> tuple[Floats, Floats, np.ndarray]:
        """Return weights with the bias in front, points with ones in front, targets of ±1."""
        w, b = self.lines[0]
        return np.array([b, *w]), np.column_stack([np.ones(len(self.x)), self.x]), 2 * self.t - 1

    def sentences(self, look: Look) -> list[str]:
        """Say in words what is to be seen, the most important first."""
        n = len(self.x)
        if look.answers is None:
            told = ["Your perceptron gives no answers that can be drawn."]
        else:
            count = int(look.wrong.sum())
            places = f": {listing(self.x[look.wrong])}" if 0 < count <= 4 else ""
            told = [
                f"All {n} points are right."
                if not count
                else f"{count} of {n} points {'is' if count == 1 else 'are'} misclassified{places}."
            ]
            told += self._odd_answers(look.answers, look.scores)
        if not self.lines[0][0].any():
            told.append("With both weights 0 there is no line: every point has the same score.")
        if self.updates:
            told.append(f"{self.updates} step{'s' if self.updates > 1 else ''} of your delta_rule.")
        return told

    def _odd_answers(self, answers: np.ndarray, found: Floats) -> list[str]:
        """Point at what is easily overlooked: scores of 0, and answers that the line denies."""
        told = []
        on_the_line = np.abs(found) <= _ON_THE_LINE
        if on_the_line.any() and self.lines[0][0].any():
            told.append(
                f"On the line, with the score 0: {listing(self.x[on_the_line])}. "
                "A score of 0 gives the answer 0"
                + ("; the delta rule moves it in any case." if self.rule else ".")
            )
        denied = (answers != (found > 0)) & ~on_the_line
        if denied.any():
            first = int(np.argmax(denied))
            told.append(
                f"Your perceptron answers {answers[first]} at {listing(self.x[[first]])}, though "
                f"the score there is {brief(found[first])}."
            )
        return told

    def rows(self, look: Look) -> list[list[str]]:
        """Return a row for each point: place, target, score, answer, and whether it is wrong."""
        known = look.answers is not None
        answers = look.answers if look.answers is not None else ["?"] * len(self.x)
        verdicts = np.where(look.wrong, "misclassified", "right" if known else "unknown")
        return [
            [brief(a), brief(c), str(target), brief(score), str(answer), verdict]
            for (a, c), target, score, answer, verdict in zip(
                self.x, self.t, look.scores, answers, verdicts, strict=True
            )
        ]


class PerceptronPanel(LinesPanel):
    """Show a `DecisionLine`, to be moved with mouse, keys and sliders."""

    kind = "perceptron"
    _esm = esm("lines.js", "perceptron.js")
    controls: ClassVar = {"rate": float}
    model: DecisionLine

    def look(self, message: dict[str, Any]) -> Seen:
        """Take a step, ``{"step": True}``, or choose, ``{"task": name}``, and look."""
        model, error = self.model, None
        if "task" in message:
            model.choose(str(message["task"]))
        if "step" in message:
            error = model.step()
        look = model.look()
        known = look.answers is not None
        header = {
            "chosen": {"task": model.task},
            "choices": {
                "rate": sorted({*_RATES, model.rate}),
                "task": list(model.tasks) if len(model.tasks) > 1 else [],
            },
            "can_step": model.rule is not None,
            "loss": "" if look.loss is None else f"J(w) = {brief(look.loss)}",
            "equations": model.equations(model.names),
            "sentences": model.sentences(look),
            "good": known and not look.wrong.any(),
        }
        return header, {"wrong": look.wrong}, error or look.error

    def words(self) -> Words:
        """Return the line and what is right and wrong, and a row for every point."""
        model = self.model
        look = model.look()
        (line,) = model.equations(model.names)
        with_line = "without a line" if line == "no line" else f"with the decision line {line}"
        task = f" Targets: {model.task}." if model.task else ""
        loss = [] if look.loss is None else [f"The loss J(w) is {brief(look.loss)}."]
        head = [*model.names, "target", "score", "answer", "verdict"]
        told = [f"A perceptron {with_line}.{task}", *model.sentences(look), *loss]
        return Words(told, head, model.rows(look), "The points")


def explore_perceptron(
    x: Any = None,
    t: Any = None,
    w: Any = (1.0, -1.0),
    b: float = -0.5,
    *,
    perceptron: Function | None = None,
    perceptron_loss: Function | None = None,
    delta_rule: Function | None = None,
    rate: float = 0.4,
    names: tuple[str, str] = ("x1", "x2"),
) -> PerceptronPanel:
    """Move and turn a decision line, and see which points are misclassified.

    Parameters
    ----------
    x : ndarray, shape (N, 2), optional
        Points; the four inputs of a gate if they are left out.
    t : ndarray, shape (N,), or dict of str to such, optional
        Targets, 0 and 1 or -1 and +1. A dict gives several tasks to choose from.
    w : ndarray, shape (2,), optional
        Weights at the start.
    b : float, optional
        Bias at the start.
    perceptron : callable, optional
        Your ``perceptron(x, w, b)``: it classifies. Without it the side of the line decides.
    perceptron_loss : callable, optional
        Your ``perceptron_loss(w, X, y)``: the loss J(w) is shown.
    delta_rule : callable, optional
        Your ``delta_rule(w, X, y, rate)``: there is a button that takes one step.
    rate : float, optional
        Learning rate of the steps at the start.
    names : tuple of str, optional
        Names of the two inputs.

    Notes
    -----
    Drag the line to move it and the arrow to turn it. With the picture in focus ↑ and ↓ move the
    line, ← and → turn it, with Shift in small steps. A misclassified point has a cross.
    """
    if x is None:
        tables = gates()
        x = tables.OR.X
        if t is None:
            t = {gate.name: gate.t for gate in (tables.OR, tables.AND, tables.NAND, xor())}
    if t is None:
        raise ValueError("points need targets: give t as well as x")
    own = {"perceptron": perceptron, "perceptron_loss": perceptron_loss, "delta_rule": delta_rule}
    return PerceptronPanel(DecisionLine(x, t, w, b, rate=rate, names=names, **own))
