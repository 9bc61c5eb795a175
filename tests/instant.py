"""An executor for tests of everything but execution: runs cells in this process, at once."""

from __future__ import annotations

import contextlib
import io

from nbformat.v4 import new_output

from grader.execution.executor import Execution
from grader.grading.options import GradingOptions
from grader.grading.run import grade_lesson
from grader.notebook.cells import is_run, places
from twoapples.checking.answers import answer


class InstantExecutor:
    """Runs a notebook's cells with `exec`; a cell that sets `OUTPUTS` says what it has shown."""

    isolation = "none"

    def start(self, many=True):
        pass

    def prepare(self, record):
        pass

    def execute(self, notebook, questions, supplements):
        execution = Execution(notebook)
        namespace = {}
        asked = places(notebook, questions)
        count = 0
        for index, cell in enumerate(notebook.cells):
            if is_run(cell):
                count += 1
                cell.execution_count = count
                cell.outputs = run(cell.source, namespace)
            for name in asked.get(index, []):
                execution.answers[name] = answer(name, questions[name], namespace)
        return execution

    def close(self):
        pass


def grade_with(course, lesson, *, listener=None, **options):
    """Grade a lesson, at once and without pages, if the options do not say otherwise."""
    options = {"feedback": False, "make_executor": InstantExecutor, **options}
    return grade_lesson(course, lesson, GradingOptions(**options), listener=listener)


def run(source, namespace):
    out = io.StringIO()
    outputs = []
    namespace.pop("OUTPUTS", None)
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(source, "<cell>", "exec"), namespace)
    except Exception as error:
        trace = [f"{type(error).__name__} {number}" for number in range(len(str(error)))]
        outputs.append(
            new_output("error", ename=type(error).__name__, evalue=str(error), traceback=trace)
        )
    if out.getvalue():
        outputs.insert(0, new_output("stream", name="stdout", text=out.getvalue()))
    return outputs + [new_output(**output) for output in namespace.get("OUTPUTS", [])]
