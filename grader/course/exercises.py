"""How an exercise is checked: its cases, and the wrong versions that people really write.

A lesson's `exercises.py` declares these objects, which it imports from `grader.exercises`; see
`docs/contributor.md` for a full example.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from grader.course.recorder import Recorder
from grader.errors import CourseError
from twoapples.checking.replay import replay
from twoapples.checking.traces import Case, Trace

CaseFunction = Callable[[Any, np.random.Generator], None]
Wrong = TypeVar("Wrong", bound=Callable[..., Any])

# What does the work of many an exercise: frameworks, what takes derivatives, and those parts of our
# own package that calculate behind what moves.
FRAMEWORKS = (
    "torch",
    "tensorflow",
    "keras",
    "tf_keras",
    "jax",
    "flax",
    "mlx",
    "mxnet",
    "paddle",
    "theano",
    "tinygrad",
    "micrograd",
    "autograd",
    "numdifftools",
    "sklearn",
    "twoapples.trainer",
    "twoapples.widgets",
)

# Public cases are drawn from this seed; everybody may know them.
PUBLIC_SEED = 20_260_000


@dataclass(frozen=True)
class CaseSpec:
    """A case before it is drawn: a title, a weight, and the code that uses the exercise."""

    title: str
    function: CaseFunction
    weight: float
    draws: int
    public_only: bool


@dataclass(frozen=True)
class Misconception:
    """A wrong version and the sentence that tells what it does."""

    name: str
    sentence: str
    subject: Any


# A case, its weight, and the seed that it is drawn from.
_Draw = tuple[CaseSpec, float, Sequence[int]]


class Exercise:
    """An exercise to be coded, graded by its cases.

    Parameters
    ----------
    name : str
        The Python name that the learner defines.
    points : float
        Points for all cases together.
    rtol, atol : float
        Numbers are equal if ``abs(found - expected) <= atol + rtol * abs(expected)``.
    needs : sequence of str
        Earlier exercises of the lesson that this one builds on; named when they are not right yet.
    starts_from : str
        Code that the learner's cell starts from instead of an empty body: for a bug hunt.
    forbids : sequence of str
        Modules that may not be used to solve it, or names in them (``"solutions.graphs.MulNode"``).
        A solution that uses one scores 0. By default `FRAMEWORKS`; to forbid more, write
        ``(*FRAMEWORKS, "scipy")``. The module of the reference itself is forbidden in any case.
    """

    def __init__(
        self,
        name: str,
        *,
        points: float,
        rtol: float = 1e-6,
        atol: float = 1e-9,
        needs: tuple[str, ...] = (),
        starts_from: str = "",
        forbids: tuple[str, ...] = FRAMEWORKS,
    ) -> None:
        self.name, self.points = name, float(points)
        self.forbids = tuple(forbids)
        self.starts_from = starts_from.strip("\n")
        self.rtol, self.atol, self.needs = rtol, atol, tuple(needs)
        self.cases: list[CaseSpec] = []
        self.misconceptions: list[Misconception] = []

    def case(
        self, title: str, *, weight: float = 1.0, draws: int = 1, public_only: bool = False
    ) -> Callable[[CaseFunction], CaseFunction]:
        """Declare a case; one draw is shown to learners, `draws` fresh ones are graded."""

        def declare(function: CaseFunction) -> CaseFunction:
            self.cases.append(CaseSpec(title, function, float(weight), draws, public_only))
            return function

        return declare

    def example(self, title: str) -> Callable[[CaseFunction], CaseFunction]:
        """Declare a case with known numbers: shown to learners, worth nothing when graded."""
        return self.case(title, public_only=True)

    def misconception(self, sentence: str) -> Callable[[Wrong], Wrong]:
        """Declare a wrong version that people really write, and the sentence that helps."""

        def declare(subject: Wrong) -> Wrong:
            self.misconceptions.append(Misconception(subject.__name__, sentence, subject))
            return subject

        return declare

    def public_trace(self, reference: Any, others: Mapping[str, Any] | None = None) -> Trace:
        """Record what learners check themselves with: every case once, from a known seed.

        `others` are references of the lesson's other exercises, for cases that use them.
        """
        draws = [(spec, 1.0, (PUBLIC_SEED, _number(spec.title))) for spec in self.cases]
        return self._record(reference, draws, others or {})

    def hidden_trace(
        self, reference: Any, seed: int, others: Mapping[str, Any] | None = None
    ) -> Trace:
        """Record the graded cases, drawn from `seed`; the weights add up to the exercise."""
        draws = [
            (spec, spec.weight / spec.draws, (seed, _number(self.name), index, draw))
            for index, spec in enumerate(self.cases)
            if not spec.public_only
            for draw in range(spec.draws)
        ]
        if not draws:
            raise CourseError(f"{self.name} has examples only; at least one case must be graded.")
        return self._record(reference, draws, others or {})

    def _record(self, reference: Any, draws: Iterable[_Draw], others: Mapping[str, Any]) -> Trace:
        cases = []
        for spec, weight, seed in draws:
            recorder = Recorder(reference, f'{self.name}, case "{spec.title}"', others)
            # Wrong versions overflow and divide by zero; that is theirs to show, not ours to print.
            with np.errstate(all="ignore"):
                recorder.run(spec.function, seed)
                mistakes = {
                    m.name: replay(recorder.steps, m.subject, {**others, self.name: m.subject})
                    for m in self.misconceptions
                }
            cases.append(
                Case(spec.title, weight, recorder.steps, recorder.answers, _without_lines(mistakes))
            )
        return Trace(
            exercise=self.name,
            kind="class" if isinstance(reference, type) else "function",
            rtol=self.rtol,
            atol=self.atol,
            needs=list(self.needs),
            misconceptions={m.name: m.sentence for m in self.misconceptions},
            cases=cases,
            points=self.points,
            forbids=self.forbidden_beside(reference),
        )

    def forbidden_beside(self, reference: Any) -> list[str]:
        """Return what may not be used: what is declared, and the module of the reference."""
        own = getattr(reference, "__module__", "")
        return [*self.forbids, *([own] if own.startswith("solutions.") else [])]


class WrittenExercise:
    """A question answered in prose and graded by hand in formgrader."""

    def __init__(self, name: str, *, points: float) -> None:
        self.name, self.points = name, float(points)


def _number(text: str) -> int:
    """Give a text a number that is the same in every run, unlike `hash`."""
    return zlib.crc32(text.encode("utf-8"))


def _without_lines(mistakes: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Drop code and messages of a wrong version's exceptions: only the type is compared."""
    for answers in mistakes.values():
        for answer in answers:
            if "error" in answer:
                answer["error"] = {"type": answer["error"]["type"], "message": "", "lines": []}
    return mistakes
