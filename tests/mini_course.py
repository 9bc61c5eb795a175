"""A course of one small lesson, for tests that need a whole course and not its content."""

import shutil
from pathlib import Path
from textwrap import dedent

from grader.build.notebooks import solved_notebook, stub_notebook
from grader.course.course import Course
from grader.notebook.cells import to_text

LESSON, NOTEBOOK = "01-doubling", "doubling"

TEXT = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# Doubling

Twice two is four.

```{code-cell} ipython3
:tags: [locked]

import numpy as np

from twoapples import check
```

Write a function that doubles.

{exercise}`doubling.double`

Then a class that counts.

{exercise}`doubling.Counter(step, reset)`

```{written} why
Why is two times zero zero?
```

Done.
"""

EXERCISES = """\
import numpy as np

from grader.exercises import Exercise, WrittenExercise
from solutions import doubling as reference

double = Exercise("double", points=4)


@double.example("two")
def two(double, rng):
    double(np.array([2.0]))


@double.case("a row of numbers", weight=3, draws=2)
def row(double, rng):
    double(rng.normal(size=3))


@double.case("a table")
def table(double, rng):
    double(rng.normal(size=(4, 2)))


@double.misconception("The numbers were squared. Twice a number is the number plus itself.")
def squared(x):
    return x * x


@double.misconception("The sign is turned.")
def turned(x):
    return -2 * x


@double.misconception("Only the first row was doubled.")
def first_row(x):
    out = x.copy()
    out[0] = 2 * out[0]
    return out


Counter = Exercise("Counter", points=2)


@Counter.case("two steps and a reset")
def steps(Counter, rng):
    counter = Counter(int(rng.integers(5, 50)))
    counter.step()
    counter.step()
    counter.reset()
    counter.step()


@Counter.misconception("`reset` does not go back to the start.")
class NoReset(reference.Counter):
    def reset(self):
        return 0


@Counter.misconception("A step goes two ahead.")
class Twice(reference.Counter):
    def step(self):
        self.count += 2
        return self.count


@Counter.misconception("`step` returns the count before the step.")
class Before(reference.Counter):
    def step(self):
        self.count += 1
        return self.count - 1


why = WrittenExercise("why", points=3)
"""

SOLUTIONS = '''\
"""Reference solutions of the lesson on doubling."""

import numpy as np


def double(x):
    """Double every number.

    Parameters
    ----------
    x : ndarray
        Numbers.
    """
    # Addition is enough.
    return x + x


class Counter:
    """Counts from a start."""

    def __init__(self, start):
        self.start = start
        self.count = start

    def step(self):
        """Go one ahead and return the count."""
        self.count += 1
        return self.count

    def reset(self):
        """Go back to the start."""
        self.count = self.start
'''

MARKS = "Because nothing, taken twice, is nothing. **3 points** for any sound reason."


def make_course(root: Path, *, config: bool = True) -> Course:
    """Write the course's files into `root`."""
    lesson = root / "source" / LESSON
    lesson.mkdir(parents=True)
    (lesson / f"{NOTEBOOK}.md").write_text(TEXT, encoding="utf-8")
    (lesson / "exercises.py").write_text(EXERCISES, encoding="utf-8")
    solutions = root / "solutions"
    solutions.mkdir()
    (solutions / "__init__.py").write_text("", encoding="utf-8")
    (solutions / "doubling.py").write_text(SOLUTIONS, encoding="utf-8")
    (solutions / "why.md").write_text(MARKS, encoding="utf-8")
    if config:
        shutil.copyfile(
            Path(__file__).parents[1] / "nbgrader_config.py", root / "nbgrader_config.py"
        )
    return Course(root)


def solved(course: Course):
    """Return the notebook with the reference's answers, as a learner would hand it in."""
    return solved_notebook(course.lesson(LESSON))


def stub(course: Course):
    """Return the untouched notebook."""
    return stub_notebook(course.lesson(LESSON))


def cell(notebook, grade_id):
    """Return the cell with that grade_id."""
    return next(
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


def answer(notebook, **code):
    """Put code into solution cells, by exercise."""
    for name, text in code.items():
        cell(notebook, name).source = dedent(text).strip("\n")
    return notebook


def hand_in(course: Course, student: str, content, file: str = f"{NOTEBOOK}.ipynb") -> Path:
    """Write a notebook, text or bytes as a student's submission; None makes the folder only."""
    folder = course.root / "submitted" / student / LESSON
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file
    if content is None:
        return path
    if not isinstance(content, (str, bytes)):
        content = to_text(content)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path
