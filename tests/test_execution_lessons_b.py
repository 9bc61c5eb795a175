"""Solved lessons give the same in a forked process as in a kernel: a third of them, for speed."""

import pytest
from execution_pairs import LESSONS, compare_lesson

from grader.execution import ForkedExecutor, can_fork

pytestmark = pytest.mark.skipif(not can_fork(), reason="processes are forked on Linux only")


@pytest.fixture(scope="module")
def executors():
    with (
        ForkedExecutor(isolation="none") as executor,
        ForkedExecutor(isolation="none", figures=False) as without_figures,
    ):
        yield executor, without_figures


@pytest.mark.parametrize("lesson", LESSONS[1::3])
def test_a_forked_process_gives_what_a_kernel_gives(lesson, tmp_path, executors):
    compare_lesson(lesson, tmp_path, *executors)
