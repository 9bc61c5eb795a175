"""Solved lessons in a forked process and in a kernel: the third, the sixth, and so on."""

import pytest
from execution_pairs import LessonPairs

pytestmark = pytest.mark.slow


class TestThird(LessonPairs):
    third = 2
