"""What has to be done before a lesson is graded, in a course with policies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from grader.course.course import Course
from grader.execution import Executor
from grader.grading.options import GradingOptions
from grader.judging.isolation import WITHOUT
from grader.nbgrader_api.read_config import Settings
from grader.policies.reading import read_policies


def before_grading(
    course: Course,
    lesson: str,
    options: GradingOptions,
    settings: Settings,
    *,
    check: Callable[[], object] = lambda: None,
    say: Callable[[str], None] = lambda sentence: None,
) -> None:
    """Write due dates and extensions into the gradebook, and choose among attempts.

    Without `policies.toml` nothing happens, and little is imported.

    Parameters
    ----------
    settings : Settings
        The course's, as they are used for grading then: nbgrader's plugin for penalties finds in
        them what was read here.
    check : callable
        Called before anything of a submission is run; raises if it must not be.
    say : callable
        Told in sentences what was changed.
    """
    policies = read_policies(course.root)
    if policies is None:
        return
    settings.config.PolicyPenalty.policies = policies
    from grader.gradebook.opening import opened
    from grader.gradebook.released import is_released
    from grader.policies.attempts import choose_attempts
    from grader.policies.gradebook import apply

    lesson = course.resolve(lesson)
    with opened(course, say, settings) as database:
        is_there = database is not None and database.transact(
            lambda read: is_released(read, lesson), write=False
        )
    if not is_there:
        from grader.build.build import build_lesson

        build_lesson(course, lesson, config=settings.config)
    done = apply(course, lesson, policies, settings, say)
    if done.due:
        say("The due date of policies.toml was written to the gradebook.")
    if done.extended:
        say(f"Extensions were written for {', '.join(done.extended)}.")
    for student, (old, new) in done.penalties.items():
        say(f"{student}: the late penalty is {new:g} now; it was {old:g}.")

    def make() -> Executor:
        check()
        return replace(options, figures=False).executor()

    sandboxed = options.isolation != WITHOUT
    for choice in choose_attempts(course, lesson, policies, make, sandboxed=sandboxed):
        if choice.changed and choice.points:
            points = ", ".join(f"{value:g}" for value in choice.points)
            say(f"{choice.student}: attempt {choice.number} counts, the best of {points} points.")
        elif choice.changed:
            say(f"{choice.student}: attempt {choice.number} counts, the latest.")
