"""Solved lessons in a forked process and in a kernel: the second, the fifth, and so on."""

from execution_pairs import LessonPairs


class TestThird(LessonPairs):
    third = 1
