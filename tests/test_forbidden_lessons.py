"""What the course's exercises forbid: each finds its library, and no solution of ours uses one."""

from pathlib import Path

import pytest

from grader.build.notebooks import instructor_notebook, solved_notebook, stub_notebook
from grader.course.course import Course
from grader.exercises import FRAMEWORKS
from grader.judging.plan import ExercisePlan, Plan
from grader.judging.verdicts import find_forbidden
from twoapples.checking.forbids.find import find_use, words_for
from twoapples.checking.traces import Trace

COURSE = Course(Path(__file__).parents[1])
LESSONS = COURSE.lesson_names

# A library that would do the work, in the shape that people write it.
SKLEARN = "from sklearn.linear_model import Perceptron\nmodel = Perceptron()"
SPECIAL = "import scipy.special\n{name} = scipy.special.{other}"
TORCH = "import torch\n{name} = torch.nn.{name}"
USED = {
    "perceptron": (SKLEARN + "\ndef perceptron(x, w, b):\n    return model.predict(x)", "sklearn"),
    "AND": (SKLEARN + "\ndef AND(x1, x2):\n    return model.predict([[x1, x2]])", "sklearn"),
    "NAND": ("import torch\ndef NAND(a, b):\n    return int(torch.tensor(a * b) < 1)", "torch"),
    "OR": ("from jax.numpy import maximum as OR", "jax"),
    "XOR": (
        "import keras\nnet = keras.Sequential()\ndef XOR(a, b):\n    return net(a, b)",
        "keras",
    ),
    "perceptron_loss": (TORCH.replace("nn.{name}", "relu"), "torch"),
    "delta_rule": ("from torch.optim import SGD\ndef delta_rule(w, X, y, r): SGD(w)", "torch"),
    "softmax": (SPECIAL.replace("{other}", "softmax"), "scipy"),
    "cross_entropy": ("from twoapples.trainer.networks import cross_entropy", "twoapples.trainer"),
    "softmax_cross_entropy_gradient": ("import jax\n{name} = jax.grad(print)", "jax"),
    "MulNode": ("from micrograd.engine import Value\nclass MulNode(Value): pass", "micrograd"),
    "AddNode": (TORCH, "torch"),
    "BranchNode": (TORCH, "torch"),
    "MaxNode": (TORCH, "torch"),
    "apple_bill": ("import autograd\ndef apple_bill(*a):\n    return autograd.grad(a)", "autograd"),
    "fruit_bill": ("def fruit_bill(*a):\n    import torch\n    return torch.tensor(a)", "torch"),
    "triple_derivative": ("from tinygrad import Tensor as triple_derivative", "tinygrad"),
    "numerical_derivative": ("from scipy.misc import derivative as numerical_derivative", "scipy"),
    "jacobian": ("import numdifftools as nd\njacobian = lambda f, x: nd.Jacobian(f)(x)", "numdiff"),
    "RepeatNode": (TORCH, "torch"),
    "SumNode": (TORCH, "torch"),
    "MatMulNode": (TORCH.replace("nn.{name}", "nn.Linear"), "torch"),
    "numerical_gradient": (
        "from scipy import optimize\ndef numerical_gradient(f, x):\n"
        "    return optimize.approx_fprime(x, f)",
        "scipy",
    ),
    "relative_error": ("from torch.testing import assert_close as relative_error", "torch"),
    "sigmoid": (
        "import twoapples.widgets.activations as own\ndef sigmoid(x):\n    return own._sigmoid(x)",
        "twoapples.widgets",
    ),
    "ReLU": (TORCH, "torch"),
    "Sigmoid": ("class Sigmoid:\n    from scipy.special import expit as forward", "scipy"),
    "Tanh": (TORCH, "torch"),
    "Affine": (
        "class Affine:\n    def backward(self, dout):\n"
        "        return numerical_gradient(lambda x: (self.forward(x) * dout).sum(), self.x)",
        "solutions.array_nodes.numerical_gradient",
    ),
    "SoftmaxWithLoss": (TORCH.replace("nn.{name}", "nn.CrossEntropyLoss"), "torch"),
    "repaired_relu": (TORCH.replace("nn.{name}", "nn.ReLU"), "torch"),
    "repaired_affine": (
        "from tensorflow import keras\nrepaired_affine = keras.Dense",
        "tensorflow",
    ),
    "NN_1layer": ("import torch\nclass NN_1layer(torch.nn.Module):\n    pass", "torch"),
    "relu": ("from torch.nn.functional import relu", "torch"),
    "drelu": ("import jax\ndrelu = jax.grad(jax.nn.relu)", "jax"),
    "NN_2layer": ("from sklearn.neural_network import MLPClassifier as NN_2layer", "sklearn"),
    "SGD": ("from twoapples.trainer.rules import Rule\nSGD = lambda lr: Rule('SGD', lr)", "twoa"),
    "Momentum": ("from torch.optim import SGD\ndef Momentum(lr): return SGD([], lr)", "torch"),
    "minibatches": ("from sklearn.utils import gen_batches as minibatches", "sklearn"),
    "TwoLayerNet": ("from flax import nnx\nclass TwoLayerNet(nnx.Module): pass", "flax"),
    "train": ("import mlx.optimizers as o\ndef train(*a):\n    o.SGD().update(a)", "mlx"),
    "topological_order": (
        "from graphlib import TopologicalSorter\n"
        "def topological_order(root):\n    return [*TopologicalSorter(root).static_order()]",
        "graphlib",
    ),
    "Value": ("from micrograd.engine import Value", "micrograd"),
    "Multiply": ("import torch\nclass Multiply(torch.autograd.Function):\n    pass", "torch"),
    "BatchNorm1d": (TORCH, "torch"),
    "confidence": ("from torch import amax as confidence", "torch"),
    "reject": ("import theano\ndef reject(p, t):\n    return theano.tensor.argmax(p)", "theano"),
    "calibration_error": (
        "from scipy.stats import binned_statistic\n"
        "def calibration_error(p, t, bins=10):\n    return binned_statistic(p, t)",
        "scipy",
    ),
}


def exercises(lesson):
    return [item.exercise for item in lesson.codings]


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request):
    return COURSE.lesson(request.param)


def test_every_exercise_finds_a_library(lesson):
    setup = lesson_cells(instructor_notebook(lesson))[0]
    for exercise in exercises(lesson):
        code, start = USED[exercise.name]
        code = code.replace("{name}", exercise.name)
        found = find_use(exercise.name, [setup, code], exercise.forbids)
        assert found and found.startswith(start), exercise.name
        assert set(FRAMEWORKS) <= set(exercise.forbids)


def test_the_table_is_of_this_course():
    names = [e.name for name in LESSONS for e in exercises(COURSE.lesson(name))]
    assert sorted(USED) == sorted(names)


def lesson_cells(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def plan_of(lesson):
    """As much of a plan as the reading needs; recording the cases takes long."""
    items = []
    for item in lesson.codings:
        forbids = item.exercise.forbidden_beside(item.reference.load())
        trace = Trace(item.exercise.name, "function", 0, 0, [], {}, [], forbids=forbids)
        items.append(ExercisePlan(item.exercise.name, 1.0, trace, trace))
    record = stub_notebook(lesson)
    return Plan(lesson.name, lesson.notebook, 0, record, items, {})


def test_what_we_hand_out_and_our_solutions_use_nothing_forbidden(lesson):
    """The comparisons with PyTorch and TensorFlow in lesson 09 are in the notebook all the same."""
    plan = plan_of(lesson)
    for notebook in (solved_notebook(lesson), stub_notebook(lesson)):
        assert set(find_forbidden(plan, notebook).values()) == {""}


def test_a_solution_is_found_in_the_whole_notebook(lesson):
    plan = plan_of(lesson)
    notebook = solved_notebook(lesson)
    name = plan.exercises[-1].name
    cell = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)
    cell.source += "\n" + USED[name][0].replace("{name}", name)
    found = find_forbidden(plan, notebook)
    assert found.pop(name)
    assert set(found.values()) <= {""}


def test_words_that_lead_to_what_is_forbidden():
    cells = [
        "import scipy as s, math\nfrom solutions.graphs import MulNode as M",
        "def bill(a):\n    return M().forward(a)\ndef free(a):\n    return math.exp(a)",
        "total = bill(2)\nplain = free(2)\nnumber = s.linalg.norm(2)",
    ]
    assert words_for(cells, ["scipy.special", "solutions.graphs.MulNode"]) == {
        "s": {"scipy.special"},
        "M": {"solutions.graphs.MulNode"},
        "bill": {"solutions.graphs.MulNode"},
        "total": {"solutions.graphs.MulNode"},
    }


def test_a_given_function_that_uses_it():
    """Of lesson 05, `numerical_gradient` by way of a function that the notebook defines."""
    lesson = COURSE.lesson("05")
    plan = plan_of(lesson)
    assert "numerical_gradient" in plan.forbidden_words
    notebook = solved_notebook(lesson)
    ids = [c.metadata.get("nbgrader", {}).get("grade_id") for c in notebook.cells]
    notebook.cells[ids.index("Tanh")].source = (
        "def slope(f, x):\n    return numerical_gradient(f, x)\n"
        "class Tanh:\n    def backward(self, dout):\n        return slope(self.forward, dout)"
    )
    found = find_forbidden(plan, notebook)
    assert found.pop("Tanh") == "solutions.array_nodes.numerical_gradient"
    assert set(found.values()) == {""}
