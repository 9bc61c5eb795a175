"""The decision line of a perceptron, to be moved, turned and trained (lesson 01).

`DecisionLine` holds points and a line and asks the learner's functions; it knows nothing of
browsers. `explore_perceptron` shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from twoapples.checking.learner_calls import call, numbers, zeros_and_ones
from twoapples.datasets import gates, xor
from twoapples.plots.planes import brief, limits, line_equation
from twoapples.widgets.lines import (
    arrow,
    binary,
    ends,
    listing,
    positive_side,
    reach,
    scores,
    weights_of,
)
from twoapples.widgets.lines_panel import LinesPanel, lines_script

__all__ = ["DecisionLine", "PerceptronPanel", "explore_perceptron"]

Function = Callable[..., Any]

# The learning rates to choose from: those of the lesson, and one between.
_RATES = (0.01, 0.1, 0.4, 1.0, 10.0, 100.0)
# Below this a score counts as 0: the point is on the line, as far as a float can tell.
_ON_THE_LINE = 1e-9


@dataclass(frozen=True)
class Look:
    """What is to be seen of a `DecisionLine` now.

    Attributes
    ----------
    scores : ndarray, shape (N,)
        Of each point.
    answers : ndarray of int, shape (N,), or None
        What the perceptron answers; None if the learner's function could not say.
    wrong : ndarray of bool, shape (N,)
        Where the answer is not the target; nowhere if there are no answers.
    loss : float or None
        J(w), by the learner's function; None if there is none.
    error : Exception or None
        What went wrong in the learner's functions.
    """

    scores: np.ndarray
    answers: np.ndarray | None
    wrong: np.ndarray
    loss: float | None
    error: Exception | None


class DecisionLine:
    """Points of two classes in the plane, and a line between them.

    Parameters
    ----------
    x : ndarray, shape (N, 2)
        Points.
    t : ndarray, shape (N,), or mapping of str to such
        Targets, 0 and 1 or -1 and +1. A mapping gives several tasks over the same points a name.
    w : ndarray, shape (2,)
        Weights at the start.
    b : float
        Bias at the start.
    perceptron, perceptron_loss, delta_rule : callable, optional
        The learner's own, as in lesson 01. Without `perceptron` the side of the line decides;
        without the others there is no loss, and no step.
    rate : float, optional
        Learning rate of the steps.
    names : tuple of str, optional
        Names of the two inputs.

    Attributes
    ----------
    w, b : ndarray of shape (2,), float
        The line now.
    start : (ndarray of shape (2,), float)
        The line at the start.
    task : str
        Which targets count now.
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
        self.x = np.array(x, dtype=float)
        if self.x.ndim != 2 or self.x.shape[1] != 2 or not len(self.x):
            raise ValueError(f"x needs shape (N, 2), one point a row, not {self.x.shape}")
        tasks = t if isinstance(t, Mapping) else {"": t}
        self.tasks = {str(name): binary(each, len(self.x)) for name, each in tasks.items()}
        if not self.tasks:
            raise ValueError("t has no targets")
        self.task = next(iter(self.tasks))
        self.start = weights_of(w, b)
        self.w, self.b = self.start
        self.updates = 0
        self.rate = float(rate)
        self.names = names
        self._perceptron, self._loss, self._rule = perceptron, perceptron_loss, delta_rule
        across, up = limits(self.x)
        self.low = (float(across[0]), float(up[0]))
        self.high = (float(across[1]), float(up[1]))

    @property
    def t(self) -> np.ndarray:
        """The targets of the task, 0 and 1, shape (N,)."""
        return self.tasks[self.task]

    @property
    def can_step(self) -> bool:
        """Whether there is a delta rule."""
        return self._rule is not None

    def place(self, w: Any, b: float) -> None:
        """Put the line somewhere by hand."""
        self.w, self.b = weights_of(w, b)
        self.updates = 0

    def choose(self, task: str) -> None:
        """Let other targets count. The line stays."""
        if task not in self.tasks:
            raise ValueError(f"there is no task {task!r}; there are {', '.join(self.tasks)}")
        self.task = task
        self.updates = 0

    def rewind(self) -> None:
        """Put the line back to where it was at the start."""
        self.place(*self.start)

    def step(self) -> Exception | None:
        """Let the learner's delta rule change the weights once.

        Returns
        -------
        Exception or None
            What went wrong, if something did; the line is then where it was.
        """
        if self._rule is None:
            raise ValueError("there is no delta rule to take a step with")
        found, error = call(
            self._rule, *self._as_learned(), self.rate, reads=numbers((3,), "delta_rule")
        )
        if error is None and not np.isfinite(found).all():
            error = ValueError(f"delta_rule gave the weights {found}, which make no line.")
        if error is None:
            self.w, self.b = found[1:].copy(), float(found[0])
            self.updates += 1
        return error

    def look(self) -> Look:
        """Ask for answers and loss, and compare."""
        found = scores(self.x, self.w, self.b)
        answers, error = (found > 0).astype(int), None
        if self._perceptron is not None:
            answers, error = call(
                self._perceptron,
                *(self.x, self.w, self.b),
                reads=zeros_and_ones(len(self.x), "perceptron"),
            )
        wrong = np.zeros(len(self.x), dtype=bool) if answers is None else answers != self.t
        loss, problem = None, None
        if self._loss is not None:
            loss, problem = call(
                self._loss, *self._as_learned(), reads=numbers((), "perceptron_loss")
            )
        return Look(found, answers, wrong, None if loss is None else float(loss), error or problem)

    def _as_learned(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return weights with the bias in front, points with ones in front, targets of ±1."""
        w = np.array([self.b, *self.w])
        return w, np.column_stack([np.ones(len(self.x)), self.x]), 2 * self.t - 1

    def equation(self) -> str:
        """Return the equation of the line."""
        return line_equation(self.w, self.b, self.names)

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
            told += self._odd_answers(look)
        if not self.w.any():
            told.append("With both weights 0 there is no line: every point has the same score.")
        if self.updates:
            told.append(f"{self.updates} step{'s' if self.updates > 1 else ''} of your delta_rule.")
        return told

    def _odd_answers(self, look: Look) -> list[str]:
        """Point at what is easily overlooked: scores of 0, and answers that the line denies."""
        told = []
        on_the_line = np.abs(look.scores) <= _ON_THE_LINE
        if on_the_line.any() and self.w.any():
            told.append(
                f"On the line, with the score 0: {listing(self.x[on_the_line])}. "
                "A score of 0 gives the answer 0"
                + ("; the delta rule moves it in any case." if self.can_step else ".")
            )
        denied = (look.answers != (look.scores > 0)) & ~on_the_line
        if denied.any():
            first = int(np.argmax(denied))
            answers = look.answers
            assert answers is not None
            told.append(
                f"Your perceptron answers {answers[first]} at {listing(self.x[[first]])}, though "
                f"the score there is {brief(look.scores[first])}."
            )
        return told

    def rows(self, look: Look) -> list[list[str]]:
        """Return a row for each point: place, target, score, answer, and whether it is wrong."""
        answers = ["?"] * len(self.x) if look.answers is None else [str(a) for a in look.answers]
        verdicts = [
            "unknown" if look.answers is None else "misclassified" if wrong else "right"
            for wrong in look.wrong
        ]
        return [
            [brief(a), brief(c), str(target), brief(score), answer, verdict]
            for (a, c), target, score, answer, verdict in zip(
                self.x, self.t, look.scores, answers, verdicts, strict=True
            )
        ]


class PerceptronPanel(LinesPanel):
    """Show a `DecisionLine`, to be moved with mouse, keys and sliders.

    Parameters
    ----------
    model : DecisionLine
        What is shown.
    """

    kind = "perceptron"
    _esm = lines_script("perceptron.js")
    model: DecisionLine

    def answer(self, message: dict[str, Any]) -> None:
        """Do what a message asks for, and send what is to be drawn.

        Messages: ``{"first": True}``; ``{"w": [w1, w2], "b": b}``; ``{"task": name}``;
        ``{"rate": rate}``; ``{"step": True}``; ``{"rewind": True}``.
        """
        model, error = self.model, None
        if "rate" in message:
            model.rate = float(message["rate"])
        if "task" in message:
            model.choose(str(message["task"]))
        if "w" in message:
            model.place(message["w"], message["b"])
        if message.get("rewind"):
            model.rewind()
        if message.get("step"):
            error = model.step()
        look = model.look()
        self.push_points(
            message,
            {
                "w": model.w.tolist(),
                "b": model.b,
                "reach": reach(model.low, model.high, [model.start]),
                "rate": model.rate,
                "rates": sorted({*_RATES, model.rate}),
                "task": model.task,
                "tasks": list(model.tasks),
                "can_step": model.can_step,
                "errors": int(look.wrong.sum()),
                "known": look.answers is not None,
                "loss": "" if look.loss is None else f"J(w) = {brief(look.loss)}",
                "equation": model.equation() if model.w.any() else "no line",
                "sentences": model.sentences(look),
            },
            error or look.error,
            wrong=look.wrong,
            side=positive_side(model.w, model.b, model.low, model.high),
            line=ends(model.w, model.b, model.low, model.high),
            arrow=arrow(model.w, model.b, model.low, model.high),
        )

    def described(self) -> tuple[list[str], list[str], list[list[str]]]:
        """Return the line and what is right and wrong, and a row for every point."""
        model = self.model
        look = model.look()
        task = f" Targets: {model.task}." if model.task else ""
        loss = [] if look.loss is None else [f"The loss J(w) is {brief(look.loss)}."]
        told = [self._first_line() + task, *model.sentences(look), *loss]
        return told, [*model.names, "target", "score", "answer", "verdict"], model.rows(look)

    def _first_line(self) -> str:
        if not self.model.w.any():
            return "A perceptron without a line."
        return f"A perceptron with the decision line {self.model.equation()}."


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
