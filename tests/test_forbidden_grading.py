"""What an exercise forbids scores 0 when it is graded, and `check` says so before."""

import json
from textwrap import dedent

import mini_course
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from mini_course import LESSON, answer, cell
from nbformat.v4 import new_code_cell

from grader.build.hidden_cases import make_plan
from grader.course.course import Course
from grader.execution import Limits, can_fork
from grader.execution.forked import ForkedExecutor
from grader.execution.jupyter import KernelExecutor
from grader.exercises import FRAMEWORKS, Exercise
from grader.judging.task import grade_notebook
from grader.judging.verdicts import judge
from twoapples import CheckFailed, check
from twoapples.checking import traces

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_fork(), reason="forked submissions are for Linux"),
]

# `statistics` is part of Python, so it can really be imported in the sandbox.
EXERCISES = mini_course.EXERCISES.replace(
    '"double", points=4', '"double", points=4, forbids=("statistics", "torch")'
)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    made = mini_course.make_course(tmp_path_factory.mktemp("course"))
    path = made.root / "source" / LESSON / "exercises.py"
    path.write_text(EXERCISES, encoding="utf-8")
    return Course(made.root)


@pytest.fixture(scope="module")
def plan(course):
    return make_plan(course, "01")


@pytest.fixture(scope="module")
def executor():
    with ForkedExecutor(Limits(cell_seconds=5)) as executor:
        yield executor


def notebook(course, code="", helper=""):
    made = mini_course.solved(course)
    if code:
        answer(made, double=code)
    if helper:
        made.cells.insert(made.cells.index(cell(made, "double")), new_code_cell(dedent(helper)))
    return made


WAYS = {
    "import": ("import statistics\ndef double(x):\n    return x + x", ""),
    "in the function": ("def double(x):\n    import statistics\n    return x + x", ""),
    "in another cell": (
        "def double(x):\n    return s.fmean([1]) * 2 * x",
        "import statistics as s",
    ),
    "caught": (
        "try:\n    import torch\nexcept ImportError:\n    pass\ndef double(x):\n    return x + x",
        "",
    ),
    "by a name put together": (
        "def double(x):\n    try:\n        __import__('stat' + 'istics')\n"
        "    except ImportError:\n        pass\n    return x + x",
        "",
    ),
    "by such a name in the cell": (
        "try:\n    m = __import__('tor' + 'ch')\nexcept ImportError:\n    pass\n"
        "def double(x):\n    return x + x",
        "",
    ),
    "by such a name in another cell": (
        "def double(x):\n    try:\n        m.fmean([1])\n"
        "    except ImportError:\n        pass\n    return x + x",
        "m = __import__('stat' + 'istics')",
    ),
    "as the function": ("", "", "m = __import__('stat' + 'istics')\ndouble = m.fmean"),
}


@pytest.mark.parametrize("way", WAYS)
def test_scores_nothing_and_is_named(course, plan, executor, way):
    code, helper, *other = WAYS[way]
    graded = grade_notebook(plan, notebook(course, *other or [code], helper), executor)
    verdict = graded.verdicts["double"]
    told = verdict.report.diagnosis
    assert (verdict.score, told.kind, verdict.report.share) == (0, "forbidden", 0)
    name = "torch" if "tor" in code else "statistics"
    assert told.headline.startswith(f"`double` may not use `{name}`: write it with NumPy")
    assert not graded.problem
    # The exercise beside it forbids only frameworks, and keeps its points.
    other = graded.verdicts["Counter"]
    assert (other.score, other.report.diagnosis.kind) == (2, "right")


@pytest.mark.parametrize(
    "code, helper",
    [
        ("", ""),
        ("", "import statistics\nprint(statistics.fmean([1, 2]))"),
        (
            "def double(x):\n    return x + x\ndef other(x):\n    return m.fmean(x)",
            "import statistics as m",
        ),
        ("def double(x):\n    # not statistics\n    return x + x", ""),
        ("import math\ndef double(x):\n    return math.fsum([2]) * x", ""),
    ],
)
def test_what_is_not_used_costs_nothing(course, plan, executor, code, helper):
    graded = grade_notebook(plan, notebook(course, code, helper), executor)
    assert [v.score for v in graded.verdicts.values()] == [4, 2]


def test_the_cells_behind_may_import_again(course, plan, executor):
    made = notebook(course)
    made.cells.append(new_code_cell("import statistics\nprint(statistics.fmean([1, 2]))"))
    graded = grade_notebook(plan, made, executor)
    assert graded.notebook.cells[-1].outputs[0].text == "1.5\n"


def test_the_learner_sees_why_the_import_failed(course, plan, executor):
    graded = grade_notebook(plan, notebook(course, WAYS["import"][0]), executor)
    (output,) = cell(graded.notebook, "double").outputs
    assert output.ename == "ForbiddenImportError"
    assert "`double` may not use `statistics`" in output.evalue


def test_answered_below_the_check(course, plan, executor):
    """Who defines the exercise at the end only is asked, and read, at the end."""
    made = notebook(course, "pass")
    made.cells.append(
        new_code_cell("import statistics\ndef double(x):\n    return statistics and 2 * x")
    )
    verdict = grade_notebook(plan, made, executor).verdicts["double"]
    assert (verdict.score, verdict.report.diagnosis.kind) == (0, "forbidden")


def test_a_kernel_refuses_while_it_is_asked(course, plan):
    code, helper = WAYS["by a name put together"]
    graded = grade_notebook(plan, notebook(course, code, helper), KernelExecutor())
    assert [v.score for v in graded.verdicts.values()] == [0, 2]


def test_the_submissions_word_can_cost_points_and_win_none(plan):
    exercise = plan.exercises[0]
    expected = [case.expected for case in (*exercise.public.cases, *exercise.hidden.cases)]
    for told, score in [("statistics", 0), ("numpy", 4), ("", 4), (None, 4), (["statistics"], 4)]:
        verdict = judge(exercise, {"answers": expected, "forbidden": told})
        assert verdict.score == score
    verdict = judge(exercise, {"missing": True, "forbidden": "torch"})
    assert verdict.report.diagnosis.kind == "forbidden"


def test_the_module_of_the_reference_is_forbidden_by_itself(plan):
    assert "solutions.doubling" in plan.exercises[0].public.forbids
    counter = plan.exercises[1].hidden.forbids
    assert counter == [*FRAMEWORKS, "solutions.doubling"]


def test_traces_keep_what_is_forbidden(tmp_path):
    exercise = Exercise("double", points=1, forbids=("a.b", "c"))
    exercise.case("two")(lambda double, rng: double(2))
    trace = exercise.public_trace(lambda x: 2 * x)
    traces.write(tmp_path / traces.FILE_NAME, [trace])
    assert traces.find("double", tmp_path).forbids == ["a.b", "c"]
    data = json.loads((tmp_path / traces.FILE_NAME).read_text())["exercises"][0]
    assert traces.Trace.from_data({**data, "forbids": []}).forbids == []
    for broken in (None, "torch", [1]):
        with pytest.raises((TypeError, ValueError)):
            traces.Trace.from_data({**data, "forbids": broken})
    del data["forbids"]  # as lessons had it that were handed out before
    assert traces.Trace.from_data(data).forbids == []


@pytest.fixture
def shell(tmp_path, monkeypatch, plan):
    traces.write(tmp_path / traces.FILE_NAME, [item.public for item in plan.exercises])
    monkeypatch.chdir(tmp_path)
    InteractiveShell.clear_instance()
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def checked(shell):
    with capture_output():
        try:
            check("double")
        except CheckFailed as error:
            return str(error)
    return ""


def test_check_names_it(shell):
    shell.run_cell("import statistics", store_history=True)
    shell.run_cell("def double(x):\n    return statistics.fmean([2]) * x", store_history=True)
    message = checked(shell)
    assert message.startswith("double is not right yet. `double` may not use `statistics`: write")
    shell.run_cell("print(statistics.fmean([2]))", store_history=True)
    # What was written before and is no more is not looked at.
    shell.run_cell("def double(x):\n    return 2 * x", store_history=True)
    assert checked(shell) == ""
    shell.run_cell("%time import statistics\ndef double(x):\n    return 2 * x", store_history=True)
    assert checked(shell) == ""  # IPython hands the magic's line on as text
    shell.run_cell("import statistics\ndef double(x):\n    return 2 * x", store_history=True)
    assert "may not use" in checked(shell)
