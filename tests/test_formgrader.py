"""An instructor in nbgrader's Formgrader: its Autograde button and `grader grade` agree."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from browser import (
    LESSON,
    WRONG_SOFTMAX,
    copy_course,
    hand_in,
    new_page,
    open_formgrader,
    reference_body,
    run_lab,
)

pytestmark = [pytest.mark.slow, pytest.mark.browser]

# One wrong, one right, one not begun.
ANSWERS = {
    "softmax": WRONG_SOFTMAX,
    "cross_entropy": reference_body("softmax", "cross_entropy"),
}


def grader(course, *arguments):
    command = [sys.executable, "-m", "grader", "--course", str(course), *arguments]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_autograde_button_gives_the_score_that_grade_gives(chromium, tmp_path):
    course = copy_course(tmp_path / "course")
    hand_in(course, "ada", ANSWERS)
    grader(course, "grade", LESSON, "--no-feedback")
    hand_in(course, "grace", ANSWERS)  # the same, and for the button
    with run_lab(course, tmp_path) as lab:
        page = new_page(chromium)
        formgrader = open_formgrader(page, lab)

        row = formgrader.get_by_role("row").filter(has_text=LESSON)
        count = row.locator(".num-submissions a")
        assert count.inner_text() == "2"
        count.click()

        ada = formgrader.get_by_role("row").filter(has_text="ada")
        grace = formgrader.get_by_role("row").filter(has_text="grace")
        assert "needs manual grading" in ada.inner_text()  # the written exercise
        assert "needs autograding" in grace.inner_text()
        score = ada.locator(".score").inner_text()
        assert score == "6 / 16"  # half of softmax, all of cross_entropy

        grace.locator(".autograde a").click()
        # The button imports, draws hidden cases and runs the notebook: slow on a busy machine.
        formgrader.get_by_text("Successfully autograded").wait_for(timeout=240_000)
        formgrader.get_by_role("button", name="OK").click()
        grace.get_by_text("needs manual grading").wait_for()
        assert grace.locator(".score").inner_text() == score
        page.close()

    rows = json.loads(grader(course, "results", LESSON, "--format", "json"))
    table = {(row.pop("student"), row.pop("exercise")): row for row in rows}
    exercises = [exercise for student, exercise in table if student == "ada"]
    assert exercises[0] == "softmax"
    assert table["ada", "softmax"]["score"] == 2
    assert "sum over the whole batch" in table["ada", "softmax"]["message"]
    for exercise in exercises:
        assert table["grace", exercise] == table["ada", exercise]
