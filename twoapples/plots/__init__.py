"""Pictures that the lessons draw, each with one short call.

Every function draws the numbers that it is given; none of them computes what a learner is asked to
write. Each shows its picture with an alternative text and returns nothing. The modules' `__all__`
say which functions there are.
"""

from twoapples.plots.activations import *
from twoapples.plots.arrays import *
from twoapples.plots.autograd import *
from twoapples.plots.calibration import *
from twoapples.plots.learning import *
from twoapples.plots.perceptron import *
from twoapples.plots.planes import *
from twoapples.plots.softmax import *
from twoapples.plots.training import *
