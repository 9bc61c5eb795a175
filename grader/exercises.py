"""What a lesson's `exercises.py` imports: the face of `grader.course.exercises`."""

from grader.course.exercises import *  # noqa: F403
from grader.course.exercises import PUBLIC_SEED as PUBLIC_SEED
from grader.course.exercises import CaseSpec as CaseSpec
from grader.course.exercises import Misconception as Misconception
