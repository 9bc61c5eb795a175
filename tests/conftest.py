"""Fixtures that several test files use."""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import browser as driving
import pytest

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from playwright.sync_api import Browser

    from grader.course.course import Course
    from grader.execution.forked import ForkedExecutor
    from twoapples.figures import Picture

# Where tests share checks a failed `assert` is to show what it compared, as it does in a test file.
pytest.register_assert_rewrite(
    *("course_exercises", "dataset_server", "diagnose_samples", "execution_pairs"),
    *("lesson_numbers", "plot_checks", "small_widgets"),
)

RUNNING: list[Browser] = []  # the one that `chromium` gives, while it lives

# Files that take long, in the order in which the workers of `-n` take them: what begins last is not
# what everybody waits for. A row holds one that waits, mostly for JupyterLab, and two that compute.
FIRST = [
    *("browser", "execution_lessons_b", "adversaries_wire"),
    *("formgrader", "execution_lessons_a", "adversaries_strict"),
    *("feedback_formgrader", "solved_notebooks", "adversaries_code"),
    *("graph_stepper_browser", "execution_lessons_c", "grading_run"),
    *("explorer_browser", "nbgrader_formgrade", "lesson_08_numbers"),
    *("small_widgets_01_02_browser", "execution_odd_cells", "fuzz_notebooks"),
    *("small_widgets_05_10_browser", "bad_submissions", "grading"),
    *("feedback_browser", "faults", "build"),
    *("dask", "feedback_nbgrader", "lesson_10_numbers"),
    *("report_browser", "gradebook", "execution_deadlines"),
    *("value_stepper_browser", "nbgrader_pages", "resume_workers"),
]


HERE = Path(__file__).parent

# Whoever uses one of these waits for a browser, or for submissions to be run.
SLOW_FIXTURES = {"chromium", "forked_executors"}


def pytest_configure() -> None:
    """Refuse names in `FIRST` of files that are gone."""
    gone = [name for name in FIRST if not (HERE / f"test_{name}.py").exists()]
    if gone:
        raise pytest.UsageError(f"conftest.py, FIRST: there is no test file for {gone}")


@pytest.hookimpl(optionalhook=True, wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Have `-n auto` start one worker more than there are cores: many tests wait, for servers."""
    workers = yield
    return workers if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else workers + 1


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even read a file of which `-m` wants nothing.

    To collect all files takes longer than to run the fast tests, and not every system has what the
    grader's tests import.
    """
    wanted = config.option.markexpr
    if not collection_path.name.startswith("test_") or " or " in wanted:
        return None
    if "not slow" in wanted:
        text = collection_path.read_text(encoding="utf-8")
        if re.search(r"^pytestmark = \[?\s*pytest\.mark\.(slow|browser)", text, re.M):
            return True
    return ("learner" in wanted and _needs_grader(collection_path)) or None


@functools.cache
def _needs_grader(path: Path) -> bool:
    """Whether a test file, or a file of the tests that it imports, imports the grader."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module).partition(".")[0])
    ours = [HERE / f"{name}.py" for name in names]
    return bool(names & {"grader", "adversaries"}) or any(
        _needs_grader(file) for file in ours if file.exists()
    )


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests are slow and which the learner's, and put the files of `FIRST` first.

    With `--no-loadscope-reorder` these are started first.
    """
    order = {f"test_{name}.py": place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))
    for item in items:
        if item.get_closest_marker("browser") or SLOW_FIXTURES & set(item.fixturenames):
            item.add_marker("slow")
        if not _needs_grader(item.path):
            item.add_marker("learner")


@pytest.fixture(scope="module", autouse=True)
def _own_solutions() -> Iterator[None]:
    """Give each file this course's `solutions`: some tests import those of other courses."""
    before, path = _solutions(), list(sys.path)
    yield
    for name in _solutions():
        del sys.modules[name]
    sys.modules.update(before)
    sys.path[:] = path


def _solutions() -> dict[str, ModuleType]:
    return {n: m for n, m in sys.modules.items() if n.partition(".")[0] == "solutions"}


@pytest.fixture(scope="module")
def solved(request: pytest.FixtureRequest) -> Any:
    """What a run of all cells of a lesson leaves: of the one that the test file calls `LESSON`."""
    return request.module.LESSON.run()


@pytest.fixture(scope="module")
def class_handed_in(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with twelve submissions, of which nothing is graded, and no hidden case is drawn."""
    import class_of_twelve

    return class_of_twelve.make(tmp_path_factory.mktemp("class") / "course")


@pytest.fixture(scope="module")
def class_to_grade(class_handed_in: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The class of twelve with its hidden cases drawn: all runs on copies of it grade the same."""
    from class_of_twelve import LESSON, copied

    from grader.build.hidden_cases import make_plan

    course = copied(class_handed_in, tmp_path_factory.mktemp("class") / "course")
    make_plan(course, LESSON)
    return course


@pytest.fixture(scope="module")
def class_graded(class_to_grade: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The class to grade after a run that nothing disturbed."""
    from class_of_twelve import copied, grade, states

    course = copied(class_to_grade, tmp_path_factory.mktemp("class") / "course")
    assert set(states(grade(course))) == {"graded"}
    return course


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Picture]:
    """The pictures that the course's plots show, instead of a notebook that displays them."""
    from twoapples import figures

    pictures: list[Picture] = []
    monkeypatch.setattr(figures, "display", pictures.append)
    return pictures


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, shown: list[Picture]) -> list[Figure]:
    """The figures that the course's plots draw; they are shown as well."""
    from twoapples.plots import style

    found: list[Figure] = []
    show = style.show

    def keep_and_show(fig: Figure, alt: str) -> None:
        found.append(fig)
        show(fig, alt)

    monkeypatch.setattr(style, "show", keep_and_show)
    return found


@pytest.fixture(scope="module")
def forked_executors() -> Iterator[tuple[ForkedExecutor, ForkedExecutor]]:
    """Forked executors without a sandbox: one renders figures, the other does not."""
    from execution_pairs import PATIENT, patient_drawing

    from grader.execution.forked import ForkedExecutor

    with (
        patient_drawing(),
        ForkedExecutor(PATIENT, isolation="none") as executor,
        ForkedExecutor(PATIENT, isolation="none", figures=False) as without_figures,
    ):
        yield executor, without_figures


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium, driven by Playwright; without one the test is skipped, but not in CI.

    It ends with the module: Playwright keeps an event loop in this thread for as long as it runs,
    and other tests start loops of their own.
    """
    missing = [] if driving.find_chromium() else ["Chromium"]
    if importlib.util.find_spec("playwright") is None:
        missing.append("Playwright")
    if missing:
        reason = f"there is no {' and no '.join(missing)} on this machine"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with driving.run_chromium() as chromium:
        RUNNING.append(chromium)
        yield chromium
        RUNNING.remove(chromium)


def pytest_runtest_setup() -> None:
    """Let nbgrader ask once which version its gradebooks have, and not for every new gradebook.

    It asks by running `alembic`, which takes seconds of computing and always says the same.
    """
    api = sys.modules.get("nbgrader.api")
    if api is not None and not hasattr(api.get_alembic_version, "cache_clear"):
        api.get_alembic_version = functools.cache(api.get_alembic_version)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Add to the report of a failed browser test what stood on its pages.

    And what JupyterLab printed: that a kernel ended, say. A fixture that fails is no argument of
    its test yet, so Chromium is not looked for among those.
    """
    report = yield
    if report.failed:
        for browser in RUNNING:
            for context in browser.contexts:
                for page in context.pages:
                    report.sections.append((f"page {page.url}", driving.seen_on(page)))
        if RUNNING and driving.logs:
            text = driving.logs[-1].read_text(encoding="utf-8", errors="replace")
            report.sections.append(("JupyterLab's log", text[-5000:]))
    return report
