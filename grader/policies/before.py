"""What has to be done before a lesson is graded, in a course with policies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.course.course import Course
from grader.execution import Executor, Limits, choose_executor
from grader.judging.isolation import WITHOUT
from grader.policies.reading import read_policies


def before_grading(
    course: Course,
    lesson: str,
    *,
    make_executor: Callable[[], Executor] | None = None,
    limits: Limits | None = None,
    isolation: str = "default",
    check: Callable[[], object] = lambda: None,
    say: Callable[[str], None] = lambda sentence: None,
    **_: Any,
) -> None:
    """Write due dates and extensions into the gradebook, and choose among attempts.

    Without `policies.toml` nothing happens, and little is imported.

    Parameters
    ----------
    make_executor : callable, optional
        Makes what runs notebooks, where the best of several attempts counts; by default
        `choose_executor` with `limits` and `isolation`, the options of grading.
    check : callable
        Called before anything of a submission is run; raises if it must not be.
    say : callable
        Told in sentences what was changed.
    """
    if read_policies(course.root) is None:
        return
    from grader.gradebook.opening import opened
    from grader.gradebook.released import is_released
    from grader.policies.attempts import choose_attempts
    from grader.policies.gradebook import apply

    lesson = course.resolve(lesson)
    with opened(course, say) as database:
        is_there = database is not None and database.transact(
            lambda read: is_released(read, lesson), write=False
        )
    if not is_there:
        from grader.build.build import build_lesson

        build_lesson(course, lesson)
    done = apply(course, lesson, say)
    if done.due:
        say("The due date of policies.toml was written to the gradebook.")
    if done.extended:
        say(f"Extensions were written for {', '.join(done.extended)}.")
    for student, (old, new) in done.penalties.items():
        say(f"{student}: the late penalty is {new:g} now; it was {old:g}.")

    def make() -> Executor:
        check()
        if make_executor is not None:
            return make_executor()
        return choose_executor(limits or Limits(), isolation=isolation, figures=False)

    for choice in choose_attempts(course, lesson, make, sandboxed=isolation != WITHOUT):
        if choice.changed and choice.points:
            points = ", ".join(f"{value:g}" for value in choice.points)
            say(f"{choice.student}: attempt {choice.number} counts, the best of {points} points.")
        elif choice.changed:
            say(f"{choice.student}: attempt {choice.number} counts, the latest.")
