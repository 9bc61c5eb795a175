"""Formgrader's Generate Feedback button writes the page that `grader grade` writes."""

from __future__ import annotations

import pytest
from browser import new_page, open_formgrader, run_lab
from mini_course import LESSON, NOTEBOOK, answer, hand_in, make_course, stub

from grader.feedback.writing import write_feedback
from grader.grading.options import GradingOptions
from grader.grading.run import grade_lesson

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SQUARED = "def double(x):\n    return x * x"


def test_generate_feedback_button(chromium, tmp_path):
    course = make_course(tmp_path / "course")
    hand_in(course, "ada", answer(stub(course), double=SQUARED))
    grade_lesson(course, LESSON, GradingOptions(workers=1, feedback=False))
    path = course.root / "feedback" / "ada" / LESSON / f"{NOTEBOOK}.html"
    assert not path.exists()
    with run_lab(course.root, tmp_path) as lab:
        page = new_page(chromium)
        formgrader = open_formgrader(page, lab)
        row = formgrader.get_by_role("row").filter(has_text=LESSON)
        row.locator(".num-submissions a").click()
        ada = formgrader.get_by_role("row").filter(has_text="ada")
        ada.locator(".generate-feedback a").click()
        # The button makes its pages in the server: slow on a busy machine.
        formgrader.get_by_text("Successfully generated feedback").wait_for(timeout=240_000)
        page.close()
    by_button = path.read_bytes()
    assert "The numbers were squared." in by_button.decode("utf-8")
    path.unlink()
    assert write_feedback(course, LESSON, ["ada"], 1) == {}
    assert path.read_bytes() == by_button
