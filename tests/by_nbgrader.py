"""Grading with nbgrader's own Autograde, to compare with."""

import shutil

import nbformat
from instant import InstantExecutor
from mini_course import LESSON, NOTEBOOK
from nbgrader.converters import Autograde

from grader.course.submissions import find_submissions, read_files
from grader.judging.compose import write_verdicts
from grader.judging.task import Task, grade_task
from grader.nbgrader_api import converters as nbgrader_course
from grader.plugins.autograde import EXECUTED


def grade_by_nbgrader(course, plan):
    """Run nbgrader's Autograde on the class, as it was executed and judged for `plan`."""
    staged = course.root / "staged"
    shutil.rmtree(staged, ignore_errors=True)
    shutil.copytree(course.root / "submitted", staged)
    try:
        for submission in find_submissions(course, LESSON, NOTEBOOK):
            handed_in = read_files(submission, NOTEBOOK)
            name = submission.path.name if submission.path else ""
            task = Task(
                name,
                handed_in.content,
                handed_in.problem,
                submission.notes,
                handed_in.digest,
                handed_in.fault,
            )
            graded = grade_task(plan, task, InstantExecutor())
            write_verdicts(graded.notebook, graded.verdicts, graded.summary())
            EXECUTED[LESSON, submission.student] = graded.notebook
            folder = staged / submission.student / LESSON
            for other in folder.glob("*.ipynb"):
                other.unlink()
            nbformat.write(graded.notebook, folder / f"{NOTEBOOK}.ipynb")
        config = nbgrader_course.load_config(course.root)
        config.CourseDirectory.submitted_directory = "staged"
        directory = nbgrader_course.course_directory(course.root, config, assignment_id=LESSON)
        converter = Autograde(coursedir=directory, config=config)
        converter.force = True
        nbgrader_course.run_converter(converter, "grading the class")
    finally:
        EXECUTED.clear()
        shutil.rmtree(staged)
