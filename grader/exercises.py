"""What a lesson's `exercises.py` imports: the face of `grader.course`."""

from grader.course.exercises import FRAMEWORKS as FRAMEWORKS
from grader.course.exercises import PUBLIC_SEED as PUBLIC_SEED
from grader.course.exercises import CaseSpec as CaseSpec
from grader.course.exercises import Exercise as Exercise
from grader.course.exercises import Misconception as Misconception
from grader.course.exercises import WrittenExercise as WrittenExercise
from grader.course.recorder import apply as apply
from grader.course.recorder import array as array
from grader.course.recorder import collect as collect
from grader.course.recorder import context as context
from grader.course.recorder import defined as defined
from grader.course.recorder import generator as generator
from grader.course.recorder import holds as holds
from grader.course.recorder import look as look
from grader.course.recorder import nodes as nodes
from grader.course.recorder import same as same
from twoapples.checking.functions import exponential as exponential
from twoapples.checking.functions import polynomial as polynomial
from twoapples.checking.functions import quadratic_map as quadratic_map
from twoapples.checking.functions import sine as sine
from twoapples.checking.functions import weighted_squares as weighted_squares
